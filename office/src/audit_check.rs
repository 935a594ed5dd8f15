//! Reads the whole audit back: every record, every chain, the district's words about them, and whether each event of this
//! life has its record (decision 0026). What was changed, cut off or put back is named; nobody is called a culprit.

use crate::audit::{Act, KEY, reference};
use crate::audit_told::{self, Chain, is_genuine};
use crate::forget::{Class, records};
use crate::school::PARTED;
use crate::{Office, settings, stored};
use jukung_domain::audit::{AuditWord, BEGIN, Record, next, start};
use jukung_domain::event::{Hash, short};
use jukung_domain::problem::Problem;
use jukung_domain::texts::say;
use jukung_domain::wire;
use jukung_ledger::tx::first;
use jukung_ledger::{Tx, params};
use serde::Serialize;
use std::collections::BTreeSet;

/// Records read at a time.
const PAGE: i64 = 1_000;
/// Records named one by one; beyond that there is one tale to tell, not a thousand.
const NAMED_MAX: usize = 50;

/// One thing that does not fit, or that a person should know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Told {
    /// `wrong` or `notice`.
    pub is: &'static str,
    /// What it is; its sentence is `audit.<code>`.
    pub code: &'static str,
    /// Chain, 16 hex digits.
    pub chain: String,
    /// Record in it.
    pub n: i64,
    /// A second number where the sentence has one.
    pub other: i64,
}

impl Told {
    /// It as a sentence.
    #[must_use]
    pub fn sentence(&self) -> String {
        let (n, other) = (self.n.to_string(), self.other.to_string());
        say(&format!("audit.{}", self.code), &[("n", &n), ("other", &other), ("chain", &self.chain[..4])])
    }
}

/// What was read.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Audited {
    /// Records.
    pub records: i64,
    /// Chains.
    pub chains: usize,
    /// Records that the district has acknowledged.
    pub acknowledged: i64,
    /// What does not fit.
    pub told: Vec<Told>,
}

impl Audited {
    /// Whether something was changed, cut off or put back.
    #[must_use]
    pub fn is_wrong(&self) -> bool {
        self.told.iter().any(|t| t.is == "wrong")
    }

    fn tell(&mut self, is: &'static str, code: &'static str, chain: i64, n: i64, other: i64) {
        if self.told.len() < NAMED_MAX {
            self.told.push(Told { is, code, chain: wire::incarnation_hex(chain), n, other });
        }
    }

    fn wrong(&mut self, code: &'static str, chain: i64, n: i64) {
        self.tell("wrong", code, chain, n, 0);
    }
}

/// How far the reading is.
struct At {
    chain: i64,
    n: i64,
    hash: Hash,
    /// Events that the newest chain has records of.
    events: BTreeSet<String>,
    /// Since when that chain has them.
    since: i64,
    /// Where the last purge of old records ended, as its own record says.
    purge: Vec<String>,
}

impl Office {
    /// Reads the whole audit.
    ///
    /// # Errors
    /// Those of storage.
    pub fn audit(&self) -> Result<Audited, Problem> {
        self.db.read(|tx| {
            let chains = audit_told::chains(tx)?;
            let mut audited = Audited { chains: chains.len(), ..Audited::default() };
            let at = self.read_records(tx, &chains, &mut audited)?;
            for chain in &chains {
                self.check_word(tx, chain, &mut audited)?;
            }
            self.check_events(tx, &at, &mut audited)?;
            Ok(audited)
        })
    }

    fn read_records(&self, tx: &mut dyn Tx, chains: &[Chain], audited: &mut Audited) -> Result<At, Problem> {
        let anchor = records::anchor(tx)?;
        let mut at = At { chain: 0, n: 0, hash: [0; 32], events: BTreeSet::new(), since: 0, purge: Vec::new() };
        let (mut id, mut begun) = (0, 0);
        if let Some(anchor) = &anchor {
            // What was deleted for its age: the rest follows from where it ended.
            (at.chain, at.n, at.since) = (anchor.chain, anchor.n, anchor.z);
            at.hash = jukung_ledger::log::hash(&anchor.hash).unwrap_or_default();
            (id, begun) = (anchor.id, chains.iter().filter(|c| c.first <= anchor.id).count());
            audited.tell("notice", "purged", anchor.chain, anchor.n, anchor.id);
        }
        loop {
            let sql = "SELECT id, record, hash FROM audit WHERE id > $1 ORDER BY id LIMIT $2";
            let rows = tx.query(sql, params![id, PAGE]).map_err(stored)?;
            for row in &rows {
                let (found, text) = (row.int(0).map_err(stored)?, row.text(1).map_err(stored)?);
                if found != id + 1 {
                    audited.tell("wrong", "gap", at.chain, at.n + 1, found - id - 1);
                }
                id = found;
                if let Some(chain) = chains.iter().find(|c| c.first == id) {
                    begun += 1;
                    self.begins(&text, chain, &mut at, audited);
                } else {
                    at.n += 1;
                }
                self.check_record(&text, &row.text(2).map_err(stored)?, &mut at, audited);
                audited.records += 1;
            }
            if rows.is_empty() {
                break;
            }
        }
        if anchor.is_some_and(|a| at.purge != a.mark()) {
            // A purge writes down where it ended; a cut does not.
            audited.wrong("purge", at.chain, at.n);
        }
        if begun != chains.len() {
            audited.wrong("chain", at.chain, at.n);
        }
        if chains.is_empty() {
            audited.wrong("none", 0, 0);
        }
        Ok(at)
    }

    /// The first record of a chain names the end of the one before, as it stands here.
    fn begins(&self, text: &str, chain: &Chain, at: &mut At, audited: &mut Audited) {
        let record: Record = serde_json::from_str(text).unwrap_or_default();
        let (before, n, hash) = (at.chain, at.n, at.hash);
        *at = At {
            chain: chain.chain,
            n: 1,
            hash: start(self.identity.device, chain.chain),
            events: BTreeSet::new(),
            since: record.z,
            purge: std::mem::take(&mut at.purge),
        };
        match (&record.p, n) {
            (None, 0) => {}
            (Some(p), _) if p.l == wire::incarnation_hex(before) && p.n == n && p.h == short(&hash) => {}
            (Some(p), _) => audited.tell("wrong", "link", before, n, p.n),
            (None, _) => audited.wrong("link", before, n),
        }
        match record.y.as_str() {
            "life" => audited.tell("notice", "life", before, n, 0),
            "fork" => audited.tell("notice", "fork", before, n, 0),
            "cut" => audited.tell("notice", "cut", before, n, 0),
            _ => {}
        }
    }

    fn check_record(&self, text: &str, stands: &str, at: &mut At, audited: &mut Audited) {
        at.hash = next(&at.hash, text);
        if hex::encode(at.hash) != stands {
            audited.wrong("changed", at.chain, at.n);
            // What follows is held against what stands here, so that one change is told once.
            at.hash = jukung_ledger::log::hash(stands).unwrap_or(at.hash);
        }
        let Ok(record) = serde_json::from_str::<Record>(text) else {
            return audited.wrong("unreadable", at.chain, at.n);
        };
        if record.l != wire::incarnation_hex(at.chain) || record.n != at.n || (record.k == BEGIN) != (at.n == 1) {
            audited.tell("wrong", "place", at.chain, at.n, record.n);
        }
        if record.y == PARTED {
            audited.tell("notice", "helper", at.chain, at.n, 0);
        }
        if record.k == Act::Destroy.code() && record.y == Class::Records.code() {
            at.purge = record.f.iter().skip(1).cloned().collect();
        }
        if !record.e.is_empty() {
            at.events.insert(record.e);
        }
    }

    /// The district's signed word about a chain, against what stands here.
    fn check_word(&self, tx: &mut dyn Tx, chain: &Chain, audited: &mut Audited) -> Result<(), Problem> {
        if chain.parted {
            audited.tell("notice", "parted", chain.chain, chain.n, 0);
        }
        if chain.acked == 0 && chain.sig.is_empty() {
            return Ok(());
        }
        let (i, h, g) = (wire::incarnation_hex(chain.chain), chain.hash.clone(), chain.sig.clone());
        let word = AuditWord { i, n: chain.acked, h, t: chain.told, g };
        if !is_genuine(&self.identity, &word) {
            audited.wrong("word", chain.chain, chain.acked);
            return Ok(());
        }
        if chain.acked > chain.n {
            audited.tell("wrong", "short", chain.chain, chain.n, chain.acked);
            return Ok(());
        }
        let (last, anchor) = (chain.first + chain.acked - 1, records::anchor(tx)?);
        let gone = anchor.as_ref().map_or(0, |a| a.id);
        if last < gone {
            return Ok(());
        }
        let sql = "SELECT hash FROM audit WHERE id = $1 UNION SELECT $2 WHERE $1 = $3";
        let there = anchor.map_or(String::new(), |a| a.hash);
        let row = first(tx, sql, params![last, there, gone]).map_err(stored)?;
        if !row.is_some_and(|r| r.text(0).is_ok_and(|h| h == chain.hash)) {
            audited.wrong("other", chain.chain, chain.acked);
        }
        audited.acknowledged += last - gone.max(chain.first - 1);
        Ok(())
    }

    /// Every event that was written in this life since the newest chain began has its record: the log is chained, too, so
    /// records cannot be cut off behind it.
    fn check_events(&self, tx: &mut dyn Tx, at: &At, audited: &mut Audited) -> Result<(), Problem> {
        let sql = "SELECT e.uid FROM event e WHERE e.device = $1 AND e.seq > $2
                   AND e.incarnation = (SELECT inc FROM inc WHERE closed = 0)";
        let rows = tx.query(sql, params![self.identity.device.to_string(), at.since]).map_err(stored)?;
        let mut without = 0;
        for row in &rows {
            let uid = row.text(0).map_err(stored)?;
            without += i64::from(!at.events.contains(uid.get(..16).unwrap_or_default()));
        }
        if without > 0 {
            audited.tell("wrong", "no_record", at.chain, at.n, without);
        }
        Ok(())
    }

    /// Records about an application of this counter, oldest first, as they stand.
    ///
    /// # Errors
    /// `not_permitted`; those of storage.
    pub fn audit_of(&self, application: &str) -> Result<Vec<Record>, Problem> {
        self.may(jukung_domain::policy::Action::AuditRead)?;
        self.db.read(|tx| {
            let mut key = [0; 32];
            if hex::decode_to_slice(settings::get(tx, KEY)?, &mut key).is_err() {
                return Ok(Vec::new());
            }
            let sql = "SELECT id FROM scan WHERE draft = $1";
            let scans = tx.query(sql, params![application]).map_err(stored)?;
            let scans = scans.iter().map(|r| r.text(0)).collect::<Result<Vec<_>, _>>().map_err(stored)?;
            let mut wanted: BTreeSet<String> = scans.iter().map(|id| reference(&key, ("scan", id.as_str()))).collect();
            wanted.insert(reference(&key, ("case", application)));
            let (mut found, mut id) = (Vec::new(), 0);
            loop {
                let sql = "SELECT id, record FROM audit WHERE id > $1 ORDER BY id LIMIT $2";
                let rows = tx.query(sql, params![id, PAGE]).map_err(stored)?;
                for row in &rows {
                    id = row.int(0).map_err(stored)?;
                    let record: Record = serde_json::from_str(&row.text(1).map_err(stored)?).unwrap_or_default();
                    if wanted.contains(&record.i) {
                        found.push(record);
                    }
                }
                if rows.is_empty() {
                    return Ok(found);
                }
            }
        })
    }

    /// The audit in one sentence, for `doctor`.
    ///
    /// # Errors
    /// Those of storage.
    pub fn audit_told(&self) -> Result<(Audited, String), Problem> {
        let audited = self.audit()?;
        let (records, chains) = (audited.records.to_string(), audited.chains.to_string());
        let unheard = (audited.records - audited.acknowledged).max(0).to_string();
        let said = say("audit.read", &[("records", &records), ("chains", &chains), ("unheard", &unheard)]);
        Ok((audited, said))
    }
}
