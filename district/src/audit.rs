//! The ends of the audit chains of the counters: held here, answered with a signed word, and compared with what a counter
//! tells next, so that what is cut off, put back or rewritten shows on both sides (decision 0026).

use crate::District;
use jukung_crypto::sign;
use jukung_domain::audit::{AuditHead, AuditWord, Follows, HEADS_MAX, Held, Proof, compare, word_bytes};
use jukung_domain::event::{Hash, short};
use jukung_domain::problem::Problem;
use jukung_domain::texts::say;
use jukung_domain::wire;
use jukung_ledger::log::hash;
use jukung_ledger::tx::first;
use jukung_ledger::{Tx, params};
use serde::Serialize;
use utoipa::ToSchema;

/// Findings shown at once, newest first.
const SHOWN_MAX: i64 = 200;

/// What did not fit in the audit of a counter's computer.
#[derive(Debug, Serialize, ToSchema, PartialEq, Eq)]
pub struct Found {
    /// Symbols that start the computer's numbers.
    pub code: String,
    /// Its office.
    pub office: String,
    /// `shorter`, `copy`, `differs`, `older`, `fork`, `cut`, `lost`, `restored_here`, `author`.
    pub kind: String,
    /// What that means, for a person.
    pub sentence: String,
    /// Last record that was held.
    pub held: i64,
    /// Last record that was told.
    pub told: i64,
    /// When, in ms since 1970 UTC.
    pub at: i64,
}

/// How far the audit of a computer is known.
#[derive(Debug, Serialize, ToSchema, PartialEq, Eq)]
pub struct Known {
    /// Symbols that start the computer's numbers.
    pub code: String,
    /// Its office.
    pub office: String,
    /// Chains known.
    pub chains: i64,
    /// Records known in all of them.
    pub records: i64,
    /// When the last one was told, in ms since 1970 UTC.
    pub at: i64,
}

/// The finding of a call: kind, what was held, what was told.
type Finding = (&'static str, i64, i64, i64);

fn held(tx: &mut dyn Tx, device: &str, chain: i64) -> Result<Option<Held>, Problem> {
    let sql = "SELECT n, hash FROM audit_head WHERE device = $1 AND chain = $2";
    let row = first(tx, sql, params![device, chain])?;
    row.map(|r| Ok::<_, Problem>(Held { n: r.int(0)?, hash: hash(&r.text(1)?)? })).transpose()
}

impl District {
    /// Compares the ends that a counter tells with what is held, keeps what goes on, and signs what is held then. `parts`
    /// says that its log goes another way in this call, too: then an older copy of it is at work.
    ///
    /// # Errors
    /// Those of the database.
    pub(crate) fn take_audit(
        &self,
        tx: &mut dyn Tx,
        device: &str,
        heads: &[AuditHead],
        parts: bool,
        now: i64,
    ) -> Result<Vec<AuditWord>, Problem> {
        // A computer that says itself that it goes on from an older copy is not told that its chain is shorter.
        let said: Vec<&str> =
            heads.iter().filter(|h| h.y == "life").filter_map(|h| h.b.as_ref()).map(|b| b.l.as_str()).collect();
        let mut words = Vec::new();
        for head in heads.iter().take(usize::try_from(HEADS_MAX).unwrap_or(1)) {
            let Some(chain) = wire::incarnation_from_hex(&head.i) else { continue };
            let Ok(told) = hash(&head.h) else { continue };
            let known = held(tx, device, chain)?;
            let mut found: Vec<Finding> = Vec::new();
            if known.is_none() {
                found.extend(begins(tx, device, head)?);
            }
            let (n, acked) = (known.map_or(0, |k| k.n), head.p.as_ref().map_or(0, |p| p.0));
            match compare(known, head, &told, self.proof(device, head)) {
                Follows::Keep => keep(tx, device, (chain, head.n, &told), now)?,
                Follows::KeepAfterRestore => {
                    found.push(("restored_here", chain, n, acked));
                    keep(tx, device, (chain, head.n, &told), now)?;
                }
                Follows::Tell => {}
                Follows::Shorter | Follows::Differs if said.contains(&head.i.as_str()) => {}
                Follows::Shorter => found.push((if parts { "copy" } else { "shorter" }, chain, n, head.n)),
                Follows::Differs => found.push((if parts { "copy" } else { "differs" }, chain, n, head.n)),
            }
            for finding in found {
                note(tx, device, finding, now)?;
            }
            words.extend(held(tx, device, chain)?.map(|held| self.word(device, &head.i, held, now)));
        }
        Ok(words)
    }

    fn word(&self, device: &str, chain: &str, held: Held, now: i64) -> AuditWord {
        let h = hex::encode(held.hash);
        let g = hex::encode(sign::sign(&self.seed, &word_bytes(device, chain, held.n, &h, now)));
        AuditWord { i: chain.to_owned(), n: held.n, h, t: now, g }
    }

    /// Whether what a counter shows is this district's own word about the record it names.
    fn proof(&self, device: &str, head: &AuditHead) -> Proof {
        let (Some((n, at)), Some((h, t, g))) = (&head.p, &head.g) else { return Proof::Lacks };
        let same = hash(h).is_ok_and(|h| short(&h) == *at);
        let said = word_bytes(device, &head.i, *n, h, *t);
        let genuine = hex::decode(g).is_ok_and(|g| sign::verify(&sign::public_key(&self.seed), &said, &g));
        if same && genuine { Proof::Holds } else { Proof::Lacks }
    }

    /// What did not fit, newest first.
    ///
    /// # Errors
    /// Those of the database.
    pub fn audit_found(&self) -> Result<Vec<Found>, Problem> {
        let sql = format!(
            "SELECT d.code, d.office, f.kind, f.held, f.told, f.at FROM audit_finding f JOIN device d ON d.id = f.device
             WHERE {} ORDER BY f.at DESC, d.code LIMIT $1",
            self.area.office("d.office")
        );
        self.db.read(|tx| {
            let rows = tx.query(&sql, params![SHOWN_MAX])?;
            rows.iter().map(|r| found(r).map_err(Problem::from)).collect()
        })
    }

    /// How far the audit of each computer is known.
    ///
    /// # Errors
    /// Those of the database.
    pub fn audit_known(&self) -> Result<Vec<Known>, Problem> {
        let sql = format!(
            "SELECT d.code, d.office, count(a.chain), CAST(coalesce(sum(a.n), 0) AS BIGINT), coalesce(max(a.at), 0)
             FROM device d LEFT JOIN audit_head a ON a.device = d.id
             WHERE d.state IN ('active', 'retired', 'lost') AND {} GROUP BY d.code, d.office ORDER BY d.office, d.code",
            self.area.office("d.office")
        );
        self.db.read(|tx| {
            let rows = tx.query(&sql, &[])?;
            let known = |r: &jukung_ledger::Row| {
                let (code, office) = (r.text(0)?, r.text(1)?);
                Ok::<_, Problem>(Known { code, office, chains: r.int(2)?, records: r.int(3)?, at: r.int(4)? })
            };
            rows.iter().map(known).collect()
        })
    }
}

fn found(r: &jukung_ledger::Row) -> Result<Found, jukung_ledger::DbProblem> {
    let (code, office, kind, held, told) = (r.text(0)?, r.text(1)?, r.text(2)?, r.int(3)?, r.int(4)?);
    let values = [("held", held.to_string()), ("told", told.to_string()), ("gone", (held - told).max(0).to_string())];
    let values: Vec<(&str, &str)> = values.iter().map(|(k, v)| (*k, v.as_str())).collect();
    let sentence = say(&format!("audit.found.{kind}"), &values);
    Ok(Found { code, office, kind, sentence, held, told, at: r.int(5)? })
}

/// What the beginning of a chain says about the one before.
fn begins(tx: &mut dyn Tx, device: &str, head: &AuditHead) -> Result<Vec<Finding>, Problem> {
    let Some(before) = &head.b else {
        let sql = "SELECT chain, n FROM audit_head WHERE device = $1 ORDER BY at DESC, chain LIMIT 1";
        let row = first(tx, sql, params![device])?;
        let other = row.map(|r| Ok::<_, Problem>((r.int(0)?, r.int(1)?))).transpose()?;
        return Ok(other.map(|(chain, n)| ("lost", chain, n, 0)).into_iter().collect());
    };
    let Some(chain) = wire::incarnation_from_hex(&before.l) else { return Ok(Vec::new()) };
    let Some(held) = held(tx, device, chain)? else { return Ok(Vec::new()) };
    let mut all = Vec::new();
    if held.n > before.n {
        let kind = if head.y == "life" { "older" } else { "fork" };
        if kind == "older" || !is_told(tx, device, chain)? {
            all.push((kind, chain, held.n, before.n));
        }
    } else if held.n == before.n && short(&held.hash) != before.h {
        all.push(("differs", chain, held.n, before.n));
    }
    if head.y == "fork" && all.is_empty() && !is_told(tx, device, chain)? {
        all.push(("fork", chain, held.n, before.n));
    }
    if head.y == "cut" {
        all.push(("cut", chain, held.n, before.n));
    }
    Ok(all)
}

/// Whether the end of a chain was found to be wrong before the counter said that it goes on with another.
fn is_told(tx: &mut dyn Tx, device: &str, chain: i64) -> Result<bool, Problem> {
    let sql =
        "SELECT kind FROM audit_finding WHERE device = $1 AND chain = $2 AND kind IN ('shorter', 'copy', 'differs')";
    Ok(first(tx, sql, params![device, chain])?.is_some())
}

fn keep(tx: &mut dyn Tx, device: &str, (chain, n, hash): (i64, i64, &Hash), now: i64) -> Result<(), Problem> {
    let sql = "INSERT INTO audit_head (device, chain, n, hash, since, at) VALUES ($1, $2, $3, $4, $5, $6)
               ON CONFLICT (device, chain) DO UPDATE SET n = excluded.n, hash = excluded.hash, at = excluded.at";
    tx.execute(sql, params![device, chain, n, hex::encode(hash), now, now])?;
    Ok(())
}

/// Writes down what did not fit.
pub(crate) fn note(tx: &mut dyn Tx, device: &str, (kind, chain, held, told): Finding, now: i64) -> Result<(), Problem> {
    let sql = "INSERT INTO audit_finding (device, chain, kind, held, told, at) VALUES ($1, $2, $3, $4, $5, $6)
               ON CONFLICT DO NOTHING";
    tx.execute(sql, params![device, chain, kind, held, told, now])?;
    Ok(())
}
