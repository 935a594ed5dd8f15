//! Reads every event of a counter's database, computes identities and chains again, and compares them with what stands
//! there (protocol 2.1, 2.17).

use crate::log::{self, chain_at, hash};
use crate::tx::{DbProblem, Tx};
use crate::{Row, Value, feed};
use jukung_domain::event::{self, Hash, Origin};
use jukung_domain::sync::feed as decide;

/// Rows read at a time: a few MB of text.
const PAGE: i64 = 1_000;

/// What was read and found to hold together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Checked {
    /// Events whose identity was computed again.
    pub events: i64,
    /// Lives whose chain was computed again.
    pub lives: u32,
    /// Entries of the feed whose chain was computed again.
    pub entries: i64,
}

fn differs(what: impl std::fmt::Display) -> DbProblem {
    DbProblem::Damaged(format!("{what} is not what was written"))
}

/// Checks every event, every life of this computer's log and the office's feed.
///
/// # Errors
/// [`DbProblem::Damaged`] with the first thing that does not hold; those of the engine.
pub fn everything(tx: &mut dyn Tx, device: uuid::Uuid, office: &str) -> Result<Checked, DbProblem> {
    let events = events(tx)?;
    let rows = tx.query("SELECT inc, next, chain, gone FROM inc ORDER BY inc", &[])?;
    for row in &rows {
        life(tx, device, row)?;
    }
    Ok(Checked { events, lives: u32::try_from(rows.len()).unwrap_or(u32::MAX), entries: entries(tx, office)? })
}

/// Every event carries its own identity.
fn events(tx: &mut dyn Tx) -> Result<i64, DbProblem> {
    let (mut count, mut after) = (0, String::new());
    loop {
        let sql = "SELECT uid, device, incarnation, seq, raw FROM event WHERE uid > $1 ORDER BY uid LIMIT $2";
        let rows = tx.query(sql, crate::params![&after, PAGE])?;
        for row in &rows {
            let origin = Origin { device: log::id(&row.text(1)?)?, incarnation: row.int(2)?, seq: row.int(3)? };
            after = row.text(0)?;
            if hex::encode(event::uid(&origin, &row.text(4)?)) != after {
                return Err(differs(format!("event {after}")));
            }
            count += 1;
        }
        if rows.is_empty() {
            return Ok(count);
        }
    }
}

/// One life: dense, chained, each event there from the first that was not rightly deleted, and as long as it says.
fn life(tx: &mut dyn Tx, device: uuid::Uuid, row: &Row) -> Result<(), DbProblem> {
    let (incarnation, last, end, gone) = (row.int(0)?, row.int(1)? - 1, hash(&row.text(2)?)?, row.int(3)?);
    let wrong = |seq: i64| differs(format!("place {seq} of life {incarnation}"));
    let (mut at, mut chain) = (gone, chain_at(tx, device, incarnation, gone)?.ok_or_else(|| wrong(gone))?);
    loop {
        let sql = "SELECT l.seq, l.uid, l.chain FROM log l JOIN event e ON e.uid = l.uid
                   WHERE l.device = $1 AND l.incarnation = $2 AND l.seq > $3 ORDER BY l.seq LIMIT $4";
        let rows = tx.query(sql, crate::params![device.to_string(), incarnation, at, PAGE])?;
        for row in &rows {
            chain = event::chain_next(&chain, &hash(&row.text(1)?)?);
            at += 1;
            if row.int(0)? != at || hash(&row.text(2)?)? != chain {
                return Err(wrong(at));
            }
        }
        if rows.is_empty() {
            return if (at, chain) == (last, end) { Ok(()) } else { Err(wrong(at + 1)) };
        }
    }
}

/// The feed: dense and chained to its head. An event that was rightly deleted leaves its entry's hash as it stands.
fn entries(tx: &mut dyn Tx, office: &str) -> Result<i64, DbProblem> {
    let mut at = decide::Position { n: 0, hash: event::feed_start(office) };
    loop {
        let sql = "SELECT f.n, f.kind, f.ref, f.outcome, f.hash, e.raw FROM feed f LEFT JOIN event e ON e.uid = f.ref
                   WHERE f.office = $1 AND f.n > $2 ORDER BY f.n LIMIT $3";
        let rows = tx.query(sql, crate::params![office, at.n, PAGE])?;
        for row in &rows {
            at = entry(row, &at)?;
        }
        if rows.is_empty() {
            let head = feed::head(tx, office)?;
            return if (head.n, head.hash) == (at.n, at.hash) { Ok(at.n) } else { Err(differs("the feed's head")) };
        }
    }
}

fn entry(row: &Row, before: &decide::Position) -> Result<decide::Position, DbProblem> {
    let (n, kind, stands) = (row.int(0)?, row.text(1)?, hash(&row.text(4)?)?);
    let raw = match row.0.get(5) {
        Some(Value::Null) | None if kind != "rel" => None,
        _ if kind == "rel" => Some(String::new()),
        _ => Some(row.text(5)?),
    };
    let next = match raw {
        Some(raw) => decide::next(before, &kind, &row.text(2)?, &row.text(3)?, &raw),
        None => decide::Position { n: before.n + 1, hash: stands },
    };
    let same: (i64, Hash) = (n, stands);
    if (next.n, next.hash) == same { Ok(next) } else { Err(differs(format!("entry {n} of the feed"))) }
}
