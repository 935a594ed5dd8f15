//! What is due: found by reading what there is, so that a list agrees with what stands here now and not with what somebody
//! noted years ago.

use super::Class;
use crate::District;
use crate::backup::{NAME_SCANS, scans_named};
use jukung_domain::problem::Problem;
use jukung_domain::status;
use jukung_ledger::tx::{Tx, first};
use jukung_ledger::{Row, params};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};

/// Events read at once.
const PAGE: i64 = 2000;
/// Whether somebody asked to hold the application `a` back: its papers are part of what is held (decision 0040).
const HELD_BACK: &str = "CASE WHEN EXISTS (SELECT 1 FROM folded f WHERE f.app = a.id AND f.state LIKE '%\"held_back\":{%') THEN 1 ELSE 0 END";

/// What a destruction would take.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Due {
    /// Each thing, or how much of each table: `SHA256 PLACE NUMBER` for files, `table COUNT` for rows.
    pub lines: Vec<String>,
    /// How many things.
    pub things: i64,
    /// Their bytes; 0 for rows.
    pub bytes: i64,
}

impl Due {
    /// What the list says, as one hash: who agrees says to which one.
    pub fn hash(&self) -> String {
        hex::encode(Sha256::digest(super::list::csv(&self.lines)))
    }
}

/// Of a chain goes its beginning, whole.
const PREFIX: &str = "n <= (SELECT coalesce(max(n), 0) FROM desk_audit WHERE at < $1)";

/// Rows that go by their age: table, what counts them, and which.
pub(super) fn rows_of(class: Class) -> &'static [(&'static str, &'static str)] {
    match class {
        Class::Scans | Class::ComplaintFiles => &[],
        Class::Openings => &[("opened", "at < $1"), ("revealed", "at < $1"), ("desk_audit", PREFIX)],
        Class::Messages => &[
            ("message", "changed < $1 AND state NOT IN ('queued', 'sending')"),
            ("heard", "at < $1"),
            ("talk", "heard < $1 AND waits = 0"),
        ],
        Class::Refused => &[("quarantine", "at < $1"), ("lost_event", "settled < $1 AND verdict = 'refused'")],
    }
}

/// The scans that one event or attached document names.
struct Named {
    /// Office that it belongs to; empty where the application is not known.
    office: String,
    /// Registration number.
    number: String,
    app: String,
    /// Closed, and nothing happened since the day that is asked about.
    over: bool,
    scans: Vec<String>,
}

impl District {
    /// What of a class is older than `before`, in ms since 1970 UTC.
    ///
    /// # Errors
    /// Those of the database.
    pub(super) fn due(&self, class: Class, before: i64) -> Result<Due, Problem> {
        match class {
            Class::Scans => self.scans_due(before),
            Class::ComplaintFiles => self.db.read(|tx| complaint_files_due(tx, before)),
            Class::Openings | Class::Messages | Class::Refused => self.db.read(|tx| {
                let mut due = Due::default();
                for (table, which) in rows_of(class) {
                    let counted = first(tx, &format!("SELECT count(*) FROM {table} WHERE {which}"), params![before])?;
                    let count = counted.map_or(Ok(0), |r| r.int(0))?;
                    due.things += count;
                    due.lines.push(format!("{table} {count}"));
                }
                Ok(due)
            }),
        }
    }

    /// Scans that only applications name which are over; one that another application of the office names, too, stays.
    fn scans_due(&self, before: i64) -> Result<Due, Problem> {
        let asked = self.db.read(asked_about)?;
        let mut found: BTreeMap<String, String> = BTreeMap::new();
        let mut kept: BTreeSet<String> = BTreeSet::new();
        self.each_named(before, &mut |tx, named| {
            if named.over && !kept.contains(&named.app) && self.is_asked(tx, &named.app, &asked)? {
                kept.insert(named.app.clone());
            }
            if named.over && !kept.contains(&named.app) {
                found.extend(named.scans.iter().map(|sha| (format!("{sha} {}", named.office), named.number.clone())));
            }
            Ok(())
        })?;
        self.each_named(before, &mut |_, named| {
            if !named.over || kept.contains(&named.app) {
                named.scans.iter().for_each(|sha| drop(found.remove(&format!("{sha} {}", named.office))));
            }
            Ok(())
        })?;
        self.db.read(|tx| {
            let mut due = Due::default();
            for (scan, number) in &found {
                let (sha256, office) = scan.split_once(' ').unwrap_or_default();
                let sql = "SELECT bytes FROM blob WHERE sha256 = $1 AND office = $2 AND state = 'held'";
                if let Some(row) = first(tx, sql, params![sha256, office])? {
                    due.bytes += row.int(0)?;
                    due.things += 1;
                    due.lines.push(format!("{scan} {number}"));
                }
            }
            Ok(due)
        })
    }

    /// Whether the resident, or whoever knows the number, waits for an answer about this application.
    fn is_asked(&self, tx: &mut dyn Tx, app: &str, asked: &BTreeSet<String>) -> Result<bool, Problem> {
        if asked.is_empty() {
            return Ok(false);
        }
        let keys = tx.query("SELECT key FROM lookup WHERE app = $1 AND kind IN ('nik', 'number')", params![app])?;
        let keys = keys.iter().map(|r| r.text(0)).collect::<Result<Vec<_>, _>>()?;
        Ok(keys.iter().any(|key| self.subject(key).is_ok_and(|subject| asked.contains(&subject))))
    }

    /// Gives everything that names a scan, page by page.
    fn each_named(
        &self,
        before: i64,
        each: &mut dyn FnMut(&mut dyn Tx, &Named) -> Result<(), Problem>,
    ) -> Result<(), Problem> {
        let kinds = NAME_SCANS.map(|kind| format!("'{kind}'")).join(", ");
        let events = format!(
            "SELECT e.app, e.turn, e.raw, coalesce(a.office, ''), coalesce(a.number, ''), coalesce(a.status, ''), coalesce(a.changed, 0), {HELD_BACK}
             FROM event e LEFT JOIN app a ON a.id = e.app
             WHERE (e.app > $1 OR (e.app = $2 AND e.turn > $3)) AND e.kind IN ({kinds}) ORDER BY e.app, e.turn LIMIT $4"
        );
        let mut at = (String::new(), -1);
        loop {
            let page = params![&at.0, &at.0, at.1, PAGE].to_vec();
            let last = self.db.read(|tx| {
                let rows = tx.query(&events, &page)?;
                for row in &rows {
                    each(tx, &named(row, before, scans_named(&row.text(2)?))?)?;
                }
                rows.last().map(|row| Ok::<_, Problem>((row.text(0)?, row.int(1)?))).transpose()
            })?;
            let Some(last) = last else { break };
            at = last;
        }
        let documents = format!(
            "SELECT i.app, 0, i.sha256, a.office, a.number, a.status, a.changed, {HELD_BACK} FROM issued_pdf i JOIN app a ON a.id = i.app"
        );
        self.db.read(|tx| {
            for row in tx.query(&documents, &[])? {
                each(tx, &named(&row, before, vec![row.text(2)?])?)?;
            }
            Ok(())
        })
    }
}

fn named(row: &Row, before: i64, scans: Vec<String>) -> Result<Named, Problem> {
    let status = row.text(5)?;
    let closed = status::Status::from_code(&status).is_some_and(status::Status::is_closed);
    Ok(Named {
        app: row.text(0)?,
        office: row.text(3)?,
        number: row.text(4)?,
        over: closed && row.int(6)? < before && row.int(7)? == 0,
        scans,
    })
}

/// Whose data somebody asked to see, to correct or to hold back, and has no answer yet.
fn asked_about(tx: &mut dyn Tx) -> Result<BTreeSet<String>, Problem> {
    let rows = tx.query("SELECT subject FROM duty WHERE done = 0 AND kind <> 'breach'", &[])?;
    rows.iter().map(|r| Ok(r.text(0)?)).collect()
}

fn complaint_files_due(tx: &mut dyn Tx, before: i64) -> Result<Due, Problem> {
    let sql =
        "SELECT f.sha256, f.complaint, c.number, f.bytes FROM complaint_file f JOIN complaint c ON c.id = f.complaint
               WHERE c.state = 'closed' AND c.changed < $1 ORDER BY f.sha256, f.complaint";
    let mut due = Due::default();
    for row in tx.query(sql, params![before])? {
        due.bytes += row.int(3)?;
        due.things += 1;
        due.lines.push(format!("{} {} {}", row.text(0)?, row.text(1)?, row.text(2)?));
    }
    Ok(due)
}
