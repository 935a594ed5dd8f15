//! The feed of an office: dense numbers under a row lock, hash-chained (R4, R6).

use crate::log::hash;
use crate::tx::{DbProblem, Tx, first};
use jukung_domain::event::{self, Hash};
use jukung_domain::sync::feed as decide;

/// Position in a feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// Last number.
    pub n: i64,
    /// Chain up to it.
    pub hash: Hash,
}

/// One entry about to be appended: kind (`ok`, `st` or `rel`), uid in hex, outcome and the raw event.
#[derive(Debug, Clone)]
pub struct Entry<'a> {
    /// `ok` for a device's event, `st` for the district's, `rel` for one that was held until now.
    pub kind: &'a str,
    /// uid in hex.
    pub reference: &'a str,
    /// Outcome.
    pub outcome: &'a str,
    /// Raw event: hashed, not stored again (it stands in `event`). Empty for `rel`, whose event was told before.
    pub raw: &'a str,
}

/// Head of an office's feed.
///
/// # Errors
/// Those of the engine.
pub fn head(tx: &mut dyn Tx, office: &str) -> Result<Position, DbProblem> {
    match first(tx, "SELECT next, hash FROM office_feed WHERE office = $1", crate::params![office])? {
        Some(row) => Ok(Position { n: row.int(0)? - 1, hash: hash(&row.text(1)?)? }),
        None => Ok(Position { n: 0, hash: event::feed_start(office) }),
    }
}

/// Appends one entry. Call it last in the transaction: it takes the office's row lock and holds it to the commit.
///
/// # Errors
/// Those of the engine.
pub fn append(tx: &mut dyn Tx, office: &str, entry: &Entry<'_>) -> Result<Position, DbProblem> {
    append_all(tx, office, std::slice::from_ref(entry))
}

/// [`append`] of several, in their order, under one lock. Gives the place of the last.
///
/// # Errors
/// Those of the engine.
pub fn append_all(tx: &mut dyn Tx, office: &str, entries: &[Entry<'_>]) -> Result<Position, DbProblem> {
    if entries.is_empty() {
        return head(tx, office);
    }
    tx.execute(
        "INSERT INTO office_feed (office, next, hash) VALUES ($1, 1, $2) ON CONFLICT DO NOTHING",
        crate::params![office, hex::encode(event::feed_start(office))],
    )?;
    // The lock first, then what it protects is read.
    tx.execute("UPDATE office_feed SET next = next WHERE office = $1", crate::params![office])?;
    let before = head(tx, office)?;
    let (mut last, mut rows) = (decide::Position { n: before.n, hash: before.hash }, Vec::new());
    for entry in entries {
        last = decide::next(&last, entry.kind, entry.reference, entry.outcome, entry.raw);
        let hash = hex::encode(last.hash);
        rows.push(crate::params![office, last.n, entry.kind, entry.reference, entry.outcome, hash].to_vec());
    }
    tx.insert("feed (office, n, kind, ref, outcome, hash)", &rows, "")?;
    tx.execute(
        "UPDATE office_feed SET next = $1, hash = $2 WHERE office = $3",
        crate::params![last.n + 1, hex::encode(last.hash), office],
    )?;
    Ok(Position { n: last.n, hash: last.hash })
}

/// Chain at entry `n`; the start for 0.
///
/// # Errors
/// Those of the engine; `Ok(None)` when there is no such entry.
pub fn hash_at(tx: &mut dyn Tx, office: &str, n: i64) -> Result<Option<Hash>, DbProblem> {
    if n == 0 {
        return Ok(Some(event::feed_start(office)));
    }
    let row = first(tx, "SELECT hash FROM feed WHERE office = $1 AND n = $2", crate::params![office, n])?;
    row.map(|r| hash(&r.text(0)?)).transpose()
}

/// Takes back every entry after `n`, whose chain is `hash`: the histories part there (R4).
///
/// # Errors
/// Those of the engine.
pub fn roll_back(tx: &mut dyn Tx, office: &str, n: i64, hash: &Hash) -> Result<(), DbProblem> {
    tx.execute("DELETE FROM feed WHERE office = $1 AND n > $2", crate::params![office, n])?;
    tx.execute(
        "UPDATE office_feed SET next = $1, hash = $2 WHERE office = $3",
        crate::params![n + 1, hex::encode(hash), office],
    )?;
    Ok(())
}
