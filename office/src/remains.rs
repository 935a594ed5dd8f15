//! What a counter's database says that nobody else has, table by table, in a form that another database can take in:
//! read from a broken file as far as it can be read, or kept in the tail beside it.

use crate::stored;
use jukung_domain::problem::Problem;
use jukung_ledger::{Row, Tx};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A table whose rows are carried over.
pub(crate) struct Table {
    pub name: &'static str,
    pub columns: &'static str,
    /// Which rows the tail keeps: those that neither the Dinas nor a scanned paper has.
    pub tail: &'static str,
    /// What happens where the other database has the row already; empty for tables that are read and not carried over.
    pub merge: &'static str,
    /// Its rows may be deleted while people work: what a copy still has and the newest file has not is gone rightly.
    pub exact: bool,
}

const fn table(name: &'static str, columns: &'static str, tail: &'static str, merge: &'static str) -> Table {
    Table { name, columns, tail, merge, exact: false }
}

/// Every table that is carried over or read for what it tells. Events have their own way in ([`crate::merge`]).
pub(crate) const TABLES: [Table; 17] = [
    table(EVENT, "uid, device, incarnation, seq, app, kind, raw, outcome, at, turn, proof", "turn <= 0", ""),
    table(LIVES, "inc, next, gone, hlc", "1 = 1", ""),
    // What every record of the audit is found by, and what the first one follows from; the rest belongs to its own database.
    table(VALUES, "k, v", "k IN ('audit_key', 'audit_anchor')", ""),
    // Records have their own way in ([`crate::audit_told`]); the newest of them, for no other place has those of today.
    table(AUDIT, "id, record, hash", "id > (SELECT coalesce(max(id), 0) - 300 FROM audit)", ""),
    table(AUDIT_CHAINS, "chain, first, acked, hash, told, sig, parted", "1 = 1", ""),
    table(CASES, "id, number, subject, applicant", "1 = 0", ""),
    Table {
        name: "draft",
        columns: "id, service, corrects, document, defaults, subject, section, field, author, created, saved, binned",
        tail: "1 = 1",
        merge: "ON CONFLICT (id) DO UPDATE SET service = excluded.service, document = excluded.document,
                  defaults = excluded.defaults, subject = excluded.subject, section = excluded.section,
                  field = excluded.field, saved = excluded.saved, binned = excluded.binned
                WHERE excluded.saved >= draft.saved",
        exact: true,
    },
    Table {
        name: "scan",
        columns: "id, draft, sha256, paper, pages, note, warnings, binned, at",
        tail: "draft IN (SELECT id FROM draft) OR sha256 IN (SELECT sha256 FROM blob WHERE state <> 'received')",
        merge:
            "ON CONFLICT (id) DO UPDATE SET draft = excluded.draft, sha256 = excluded.sha256, paper = excluded.paper,
                  pages = excluded.pages, note = excluded.note, warnings = excluded.warnings, binned = excluded.binned",
        exact: true,
    },
    table(
        "blob",
        "sha256, office, bytes, media, state, key, at",
        "state <> 'received' OR sha256 IN (SELECT sha256 FROM scan WHERE draft IN (SELECT id FROM draft))",
        "ON CONFLICT DO NOTHING",
    ),
    table(
        "person",
        "recipient, id, name, role, made, made_by, gone",
        "1 = 1",
        "ON CONFLICT (recipient) DO UPDATE SET gone = excluded.gone WHERE excluded.gone > person.gone",
    ),
    table(
        "helper",
        "id, name, terms, key, seed, secret, made, made_by, gone",
        "1 = 1",
        "ON CONFLICT (id) DO UPDATE SET terms = excluded.terms, key = excluded.key, seed = excluded.seed,
           secret = excluded.secret, gone = excluded.gone
         WHERE helper.gone = 0",
    ),
    table(
        "taken",
        "id, helper, app, at",
        "1 = 1",
        "ON CONFLICT (id) DO UPDATE SET app = excluded.app WHERE taken.app = ''",
    ),
    table(
        "pin",
        "person, salt, hash, made",
        "1 = 1",
        "ON CONFLICT (person) DO UPDATE SET salt = excluded.salt, hash = excluded.hash, made = excluded.made
         WHERE excluded.made > pin.made",
    ),
    table(
        "num",
        "code, next, reserved_to",
        "1 = 1",
        "ON CONFLICT (code) DO UPDATE SET next = excluded.next, reserved_to = excluded.reserved_to
         WHERE excluded.next > num.next",
    ),
    table(
        "day_mark",
        "kind, k, upto",
        "1 = 1",
        "ON CONFLICT (kind, k) DO UPDATE SET upto = excluded.upto WHERE excluded.upto > day_mark.upto",
    ),
    table("day_sheet", "device, n, uid, office, day, hash, result, at", "result = ''", "ON CONFLICT DO NOTHING"),
    table(
        "attention",
        "uid, app, reason, detail, opened, closed",
        "closed = 0",
        "ON CONFLICT (uid) DO UPDATE SET closed = excluded.closed WHERE excluded.closed > attention.closed",
    ),
];

/// The table of events.
pub(crate) const EVENT: &str = "event";
/// The table of what people did.
pub(crate) const AUDIT: &str = "audit";
/// The table of its chains.
pub(crate) const AUDIT_CHAINS: &str = "audit_chain";
/// The table of lives.
pub(crate) const LIVES: &str = "inc";
/// The table of single values.
pub(crate) const VALUES: &str = "meta";
/// The table of applications as they are shown.
pub(crate) const CASES: &str = "app";

/// What one source says.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Remains {
    tables: BTreeMap<String, Vec<Row>>,
    /// How many tails were written before this one, as the database knew before it was: a database that knows fewer has
    /// lost what it had committed.
    #[serde(default)]
    pub n: i64,
    /// Tables that were read to their end without a miss.
    #[serde(skip)]
    whole: BTreeSet<&'static str>,
    /// Pieces of tables that could not be read.
    #[serde(skip)]
    pub missed: u32,
}

impl Remains {
    /// What a sound database has that must stand twice.
    ///
    /// # Errors
    /// Those of storage.
    pub fn of(tx: &mut dyn Tx) -> Result<Remains, Problem> {
        let mut remains = Remains::default();
        for table in &TABLES {
            let sql = format!("SELECT {} FROM {} WHERE {} ORDER BY rowid", table.columns, table.name, table.tail);
            remains.tables.insert(table.name.to_owned(), tx.query(&sql, &[]).map_err(stored)?);
        }
        Ok(remains)
    }

    /// Adds what was read of a table; `missed` are the places where something could not be.
    pub fn add(&mut self, table: &'static Table, rows: Vec<Row>, missed: u32) {
        if missed == 0 {
            self.whole.insert(table.name);
        }
        self.missed += missed;
        self.tables.insert(table.name.to_owned(), rows);
    }

    /// Rows of a table.
    pub fn rows(&self, table: &str) -> &[Row] {
        self.tables.get(table).map_or(&[], Vec::as_slice)
    }

    /// The value of a key in what was read; empty when it was not.
    pub fn value(&self, key: &str) -> String {
        let row = self.rows(VALUES).iter().find(|r| r.text(0).is_ok_and(|k| k == key));
        row.and_then(|r| r.text(1).ok()).unwrap_or_default()
    }

    /// What it lacks was not rightly deleted: something newer is known.
    pub fn is_older(&mut self) {
        self.whole.clear();
    }

    /// Whether a table was read to its end without a miss.
    pub fn is_whole(&self, table: &str) -> bool {
        self.whole.contains(table)
    }
}
