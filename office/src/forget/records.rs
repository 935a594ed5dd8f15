//! Records of the audit that are older than five years (security.md 6.2): a whole prefix of what the Dinas acknowledged goes,
//! and leaves an anchor. The next record says so, so that a cut that was no such purge is still one.

use super::{Class, lived, told};
use crate::audit_told::{self, Chain};
use crate::{Office, settings, stored};
use jukung_domain::audit::Record;
use jukung_domain::problem::Problem;
use jukung_ledger::tx::first;
use jukung_ledger::{Tx, params};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Days that records are kept.
const RECORDS_DAYS: i64 = 5 * 365 + 1;
/// The newest records stay, whatever their age: the file beside the database holds so many (office `remains`).
const NEWEST: i64 = 300;
/// Marks of how far the records went are this many days apart.
const MARK_DAYS: i64 = 30;
/// Begins the keys in `meta` of the last record by day lived: `said.20784`.
const SAID: &str = "said.";
/// Value in `meta`: the [`Anchor`].
pub(crate) const ANCHOR: &str = "audit_anchor";

/// The last record that was deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Anchor {
    /// Its id; as ids are dense from 1, also how many went.
    pub id: i64,
    /// Its chain.
    pub chain: i64,
    /// Its place in that chain.
    pub n: i64,
    /// Hash there, in hex: the next record follows from it.
    pub hash: String,
    /// Last place of the open log whose record went.
    pub z: i64,
}

impl Anchor {
    /// What the record of the purge names: where it reaches, and the beginning of the hash there.
    pub fn mark(&self) -> [String; 2] {
        [format!("upto:{}", self.id), format!("hash:{}", &self.hash.get(..16).unwrap_or_default())]
    }
}

/// The anchor; none while every record is here.
///
/// # Errors
/// Those of storage.
pub(crate) fn anchor(tx: &mut dyn Tx) -> Result<Option<Anchor>, Problem> {
    Ok(serde_json::from_str(&settings::get(tx, ANCHOR)?).ok())
}

impl Office {
    /// Deletes what is old enough.
    pub(super) fn forget_records(&self) -> Result<(), Problem> {
        self.db.write(|tx| {
            let Some(day) = lived::now(tx)?.map(lived::day) else { return Ok(()) };
            let upto = old(tx, day)?;
            let Some(anchor) = next_anchor(tx, upto)? else { return Ok(()) };
            let before = self::anchor(tx)?.map_or(0, |a| a.id);
            let row = first(tx, "SELECT record FROM audit WHERE id = $1", params![anchor.id]).map_err(stored)?;
            let last = row.map(|r| r.text(0)).transpose().map_err(stored)?.unwrap_or_default();
            let last: Record = serde_json::from_str(&last).unwrap_or_default();
            tx.execute("DELETE FROM audit WHERE id <= $1", params![anchor.id]).map_err(stored)?;
            let text = serde_json::to_string(&anchor).map_err(|e| stored(e.into()))?;
            settings::set(tx, ANCHOR, &text)?;
            let n = usize::try_from(anchor.id - before).unwrap_or(0);
            let until = self.local(last.w).day().to_string();
            told::write_down(tx, &self.identity, Class::Records, n, &until, &anchor.mark())
        })
    }
}

/// Marks how far the records are today, and says how far they were when they became old enough.
fn old(tx: &mut dyn Tx, day: i64) -> Result<i64, Problem> {
    let key = format!("{SAID}{}", day.div_euclid(MARK_DAYS) * MARK_DAYS + MARK_DAYS);
    let sql = "INSERT INTO meta (k, v) SELECT $1, CAST(coalesce(max(id), 0) AS TEXT) FROM audit
               WHERE 1 = 1 ON CONFLICT (k) DO UPDATE SET v = excluded.v";
    tx.execute(sql, params![key]).map_err(stored)?;
    let sql = "SELECT coalesce(max(CAST(v AS BIGINT)), 0) FROM meta
               WHERE k >= 'said.' AND k < 'said/' AND CAST(substr(k, 6) AS BIGINT) < $1";
    let row = first(tx, sql, params![day - RECORDS_DAYS]).map_err(stored)?;
    let upto = row.map_or(Ok(0), |r| r.int(0)).map_err(stored)?;
    let sql = "DELETE FROM meta WHERE k >= 'said.' AND k < 'said/' AND CAST(substr(k, 6) AS BIGINT) < $1
               AND CAST(v AS BIGINT) < $2";
    tx.execute(sql, params![day - RECORDS_DAYS, upto]).map_err(stored)?;
    Ok(upto)
}

/// How far of that the Dinas acknowledged without a gap: the records up to there go. None when nothing does.
fn next_anchor(tx: &mut dyn Tx, upto: i64) -> Result<Option<Anchor>, Problem> {
    let newest = first(tx, "SELECT coalesce(max(id), 0) FROM audit", &[]).map_err(stored)?;
    let newest = newest.map_or(Ok(0), |r| r.int(0)).map_err(stored)?;
    let upto = upto.min(newest - NEWEST);
    let mut reached: Option<(Chain, i64)> = None;
    for chain in audit_told::chains(tx)? {
        if chain.first > upto || chain.parted {
            break;
        }
        let (end, known) = (chain.first + chain.n - 1, chain.first + chain.acked - 1);
        let to = known.min(end).min(upto);
        if to >= chain.first {
            reached = Some((chain.clone(), to));
        }
        if to < end {
            break;
        }
    }
    let before = anchor(tx)?;
    let Some((chain, id)) = reached.filter(|(_, id)| *id > before.as_ref().map_or(0, |a| a.id)) else {
        return Ok(None);
    };
    let row = first(tx, "SELECT hash FROM audit WHERE id = $1", params![id]).map_err(stored)?;
    let Some(row) = row else { return Ok(None) };
    let (from, z) = before.map_or((0, 0), |a| (a.id, a.z));
    let z = z.max(last_event(tx, from, id)?);
    Ok(Some(Anchor { id, chain: chain.chain, n: id + 1 - chain.first, hash: row.text(0).map_err(stored)?, z }))
}

/// The last place of the open log whose event is still here and whose record is among these.
fn last_event(tx: &mut dyn Tx, after: i64, upto: i64) -> Result<i64, Problem> {
    let sql = "SELECT record FROM audit WHERE id > $1 AND id <= $2";
    let rows = tx.query(sql, params![after, upto]).map_err(stored)?;
    let record = |r: &jukung_ledger::Row| serde_json::from_str::<Record>(&r.text(0).ok()?).ok();
    let told: BTreeSet<String> = rows.iter().filter_map(record).map(|r| r.e).collect();
    let sql = "SELECT uid, seq FROM event WHERE incarnation = (SELECT inc FROM inc WHERE closed = 0) ORDER BY seq DESC";
    for row in tx.query(sql, &[]).map_err(stored)? {
        if told.contains(row.text(0).map_err(stored)?.get(..16).unwrap_or_default()) {
            return row.int(1).map_err(stored);
        }
    }
    Ok(0)
}
