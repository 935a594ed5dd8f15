//! Appending events and placing them in logs: the same functions at the office, at the district and when the feed comes down.

use crate::tx::{DbProblem, Tx, Value, first};
use jukung_domain::event::{self, Hash, Origin};

/// An event about to be stored.
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
    /// Decided outcome.
    pub outcome: String,
    /// When this home stores it, in ms.
    pub at: i64,
    /// Order in its application: [`next_turn`] at the district, the number in the feed at the office, 0 while it waits.
    pub turn: i64,
    /// The district's mark that it told the event; empty for this home's own.
    pub proof: String,
}

/// What appending did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Appended {
    /// It is new.
    New(Hash),
    /// The same event is here already: success.
    Already(Hash),
}

/// Stores an event once.
///
/// # Errors
/// Only those of the engine; a duplicate is an answer.
pub fn append(tx: &mut dyn Tx, new: &NewEvent<'_>) -> Result<Appended, DbProblem> {
    let uid = event::uid(&new.origin, new.raw);
    let written = tx.execute(
        "INSERT INTO event (uid, device, incarnation, seq, app, kind, raw, outcome, at, turn, proof)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT DO NOTHING",
        &row(&uid, new),
    )?;
    Ok(if written == 1 { Appended::New(uid) } else { Appended::Already(uid) })
}

/// [`append`] of several, each with what it is known by.
///
/// # Errors
/// As [`append`].
pub fn append_all(tx: &mut dyn Tx, events: &[(Hash, NewEvent<'_>)]) -> Result<(), DbProblem> {
    let rows: Vec<_> = events.iter().map(|(uid, new)| row(uid, new)).collect();
    let columns = "event (uid, device, incarnation, seq, app, kind, raw, outcome, at, turn, proof)";
    tx.insert(columns, &rows, "ON CONFLICT DO NOTHING")
}

fn row(uid: &Hash, new: &NewEvent<'_>) -> Vec<Value> {
    crate::params![
        hex::encode(uid),
        new.origin.device.to_string(),
        new.origin.incarnation,
        new.origin.seq,
        &new.application,
        &new.kind,
        new.raw,
        &new.outcome,
        new.at,
        new.turn,
        &new.proof
    ]
    .to_vec()
}

/// The turn after the last one of an application.
///
/// # Errors
/// Those of the engine.
pub fn next_turn(tx: &mut dyn Tx, application: &str) -> Result<i64, DbProblem> {
    let row = first(tx, "SELECT coalesce(max(turn), 0) FROM event WHERE app = $1", crate::params![application])?;
    Ok(row.map_or(Ok(0), |r| r.int(0))? + 1)
}

/// A place in a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Device id.
    pub device: uuid::Uuid,
    /// Incarnation.
    pub incarnation: i64,
    /// Sequence, dense from 1.
    pub seq: i64,
}

/// Puts an event at its place, with the chain of the log up to and with it.
///
/// # Errors
/// Those of the engine, also when something stands there already: the caller has compared before.
pub fn place(tx: &mut dyn Tx, at: Place, uid: &Hash, chain: &Hash, by: &Signed) -> Result<(), DbProblem> {
    let Signed { person, signature } = by;
    tx.execute(
        "INSERT INTO log (device, incarnation, seq, uid, chain, signer, sig) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        crate::params![
            at.device.to_string(),
            at.incarnation,
            at.seq,
            hex::encode(uid),
            hex::encode(chain),
            person,
            signature
        ],
    )?;
    Ok(())
}

/// Who stands for a log up to a place, with that person's signature over the chain there; both empty where nobody does.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Signed {
    /// Person's id.
    pub person: String,
    /// Signature in hex (crypto `author`).
    pub signature: String,
}

/// Keeps who proved a run at its last place.
///
/// # Errors
/// Those of the engine.
pub fn proven(tx: &mut dyn Tx, at: Place, by: &Signed) -> Result<(), DbProblem> {
    tx.execute(
        "UPDATE log SET signer = $1, sig = $2 WHERE device = $3 AND incarnation = $4 AND seq = $5",
        crate::params![&by.person, &by.signature, at.device.to_string(), at.incarnation, at.seq],
    )?;
    Ok(())
}

/// [`place`] of several that follow each other from `from` on: each with its chain.
///
/// # Errors
/// As [`place`].
pub fn place_all(tx: &mut dyn Tx, from: Place, events: &[(Hash, Hash)]) -> Result<(), DbProblem> {
    let device = from.device.to_string();
    let row = |(seq, (uid, chain)): (i64, &(Hash, Hash))| {
        crate::params![&device, from.incarnation, seq, hex::encode(uid), hex::encode(chain), "", ""].to_vec()
    };
    let rows: Vec<_> = (from.seq..).zip(events).map(row).collect();
    tx.insert("log (device, incarnation, seq, uid, chain, signer, sig)", &rows, "")
}

/// An event at its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// Its place.
    pub seq: i64,
    /// Where it was first written.
    pub origin: Origin,
    /// Exact bytes.
    pub raw: String,
    /// Application.
    pub application: String,
    /// Who stands for the log up to here.
    pub by: Signed,
}

/// The events of a log from `from` on, oldest first, at most `most`. Deleted ones are left out.
///
/// # Errors
/// Those of the engine.
pub fn read_from(
    tx: &mut dyn Tx,
    device: uuid::Uuid,
    incarnation: i64,
    from: i64,
    most: i64,
) -> Result<Vec<Placed>, DbProblem> {
    tx.query(
        "SELECT l.seq, e.device, e.incarnation, e.seq, e.raw, e.app, l.signer, l.sig FROM log l JOIN event e ON e.uid = l.uid
         WHERE l.device = $1 AND l.incarnation = $2 AND l.seq >= $3 ORDER BY l.seq LIMIT $4",
        crate::params![device.to_string(), incarnation, from, most],
    )?
    .iter()
    .map(|r| {
        let origin = Origin { device: id(&r.text(1)?)?, incarnation: r.int(2)?, seq: r.int(3)? };
        let by = Signed { person: r.text(6)?, signature: r.text(7)? };
        Ok(Placed { seq: r.int(0)?, origin, raw: r.text(4)?, application: r.text(5)?, by })
    })
    .collect()
}

/// Chain of a log at `seq`; the start of the chain for 0.
///
/// # Errors
/// Those of the engine; `Ok(None)` when nothing stands there.
pub fn chain_at(tx: &mut dyn Tx, device: uuid::Uuid, incarnation: i64, seq: i64) -> Result<Option<Hash>, DbProblem> {
    if seq == 0 {
        return Ok(Some(event::chain_start(device, incarnation)));
    }
    let row = first(
        tx,
        "SELECT chain FROM log WHERE device = $1 AND incarnation = $2 AND seq = $3",
        crate::params![device.to_string(), incarnation, seq],
    )?;
    row.map(|r| hash(&r.text(0)?)).transpose()
}

/// Reads a device id.
///
/// # Errors
/// When the text is not one.
pub fn id(text: &str) -> Result<uuid::Uuid, DbProblem> {
    text.parse().map_err(|e| DbProblem::Shape(format!("device id: {e}")))
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
