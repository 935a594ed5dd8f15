//! Appending events: the same function at the office, at the district and when the feed comes down.

use crate::tx::{DbProblem, Tx, first};
use jukung_domain::event::{self, Hash, Origin};

/// An event about to be stored, with the place it has in its log.
#[derive(Debug, Clone)]
pub struct NewEvent<'a> {
    /// Where it was first written.
    pub origin: Origin,
    /// Exact bytes.
    pub raw: &'a str,
    /// Application it is about.
    pub application: String,
    /// Kind with version.
    pub kind: String,
    /// Chain of the log up to and with this event.
    pub chain: Hash,
    /// Decided outcome.
    pub outcome: String,
    /// When this home stores it, in ms.
    pub at: i64,
}

/// What appending did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Appended {
    /// It is new.
    New(Hash),
    /// The same event is here already: success.
    Already(Hash),
    /// Another event stands at this place: stop, keep both, call a person.
    Fork,
}

/// Stores an event once.
///
/// # Errors
/// Only those of the engine; duplicates and forks are answers.
pub fn append(tx: &mut dyn Tx, new: &NewEvent<'_>) -> Result<Appended, DbProblem> {
    let uid = event::uid(&new.origin, new.raw);
    let hex_uid = hex::encode(uid);
    let device = new.origin.device.to_string();
    let written = tx.execute(
        "INSERT INTO event (uid, device, incarnation, seq, chain, app, kind, raw, outcome, at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING",
        crate::params![
            hex_uid.clone(),
            device.clone(),
            new.origin.incarnation,
            new.origin.seq,
            hex::encode(new.chain),
            new.application.clone(),
            new.kind.clone(),
            new.raw,
            new.outcome.clone(),
            new.at
        ],
    )?;
    if written == 1 {
        return Ok(Appended::New(uid));
    }
    let here = first(tx, "SELECT seq FROM event WHERE uid = $1", crate::params![hex_uid])?;
    Ok(if here.is_some() { Appended::Already(uid) } else { Appended::Fork })
}

/// The raw events of a log from `from` on, oldest first, at most `most`.
///
/// # Errors
/// Those of the engine.
pub fn read_from(
    tx: &mut dyn Tx,
    device: &str,
    incarnation: i64,
    from: i64,
    most: i64,
) -> Result<Vec<(i64, String)>, DbProblem> {
    tx.query(
        "SELECT seq, raw FROM event WHERE device = $1 AND incarnation = $2 AND seq >= $3 ORDER BY seq LIMIT $4",
        crate::params![device, incarnation, from, most],
    )?
    .iter()
    .map(|r| Ok((r.int(0)?, r.text(1)?)))
    .collect()
}

/// Chain of a log at `seq`; the start of the chain for 0.
///
/// # Errors
/// Those of the engine; `Ok(None)` when the event is not here.
pub fn chain_at(tx: &mut dyn Tx, device: uuid::Uuid, incarnation: i64, seq: i64) -> Result<Option<Hash>, DbProblem> {
    if seq == 0 {
        return Ok(Some(event::chain_start(device, incarnation)));
    }
    let row = first(
        tx,
        "SELECT chain FROM event WHERE device = $1 AND incarnation = $2 AND seq = $3",
        crate::params![device.to_string(), incarnation, seq],
    )?;
    row.map(|r| hash(&r.text(0)?)).transpose()
}

/// Reads a hash from hex.
///
/// # Errors
/// When the text is not 64 hex digits.
pub fn hash(text: &str) -> Result<Hash, DbProblem> {
    let mut out = [0u8; 32];
    hex::decode_to_slice(text, &mut out).map_err(|e| DbProblem::Shape(format!("hash: {e}")))?;
    Ok(out)
}
