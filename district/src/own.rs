//! The district's own log of an office: decisions and findings, appended one by one under the log's row lock.

use jukung_domain::event::{self, Authorship, Body, Hash, Origin};
use jukung_domain::problem::Problem;
use jukung_ledger::log::{self, Appended, NewEvent, Place};
use jukung_ledger::tx::first;
use jukung_ledger::{Tx, params};
use sha2::{Digest, Sha256};

/// The district writes one log per office; its key therefore begins with the office, and no counter is global.
#[must_use]
pub fn log_of(office: &str) -> uuid::Uuid {
    let digest = Sha256::new().chain_update(b"jukung-district-log\n").chain_update(office.as_bytes()).finalize();
    let mut bytes = [0u8; 16];
    bytes.copy_from_slice(&digest[..16]);
    uuid::Builder::from_random_bytes(bytes).into_uuid()
}

/// Who writes about what.
#[derive(Debug)]
pub struct By<'a> {
    /// Office whose log it is.
    pub office: &'a str,
    /// Application.
    pub application: &'a str,
    /// Head that was seen, first 8 bytes in hex.
    pub base: Option<String>,
    /// Name of the officer, or of what wrote it.
    pub author: &'a str,
    /// Now, in ms.
    pub at: i64,
}

/// Appends one event to the district's log of an office. The feed is the caller's, for its row is locked last.
///
/// # Errors
/// `not_found` for an application id that is none; those of the database.
pub fn append(tx: &mut dyn Tx, by: &By<'_>, body: &Body) -> Result<(Hash, String), Problem> {
    let device = log_of(by.office);
    let id = device.to_string();
    // Two officers of one office's queue write one log: its row is locked before it is read.
    tx.execute(
        "INSERT INTO log_head (device, incarnation, acked, chain, safe) VALUES ($1, 1, 0, $2, 0) ON CONFLICT DO NOTHING",
        params![&id, hex::encode(event::chain_start(device, 1))],
    )?;
    tx.execute("UPDATE log_head SET acked = acked WHERE device = $1 AND incarnation = 1", params![&id])?;
    let row = first(tx, "SELECT acked, chain FROM log_head WHERE device = $1 AND incarnation = 1", params![&id])?;
    let (last, chain) = match row {
        Some(row) => (row.int(0)?, log::hash(&row.text(1)?)?),
        None => (0, event::chain_start(device, 1)),
    };
    let author = Authorship {
        application: by.application.parse().map_err(|_| Problem::new("not_found"))?,
        base: by.base.clone(),
        hlc: (by.at, 0),
        clock: 't',
        author: by.author.to_owned(),
    };
    let raw = event::write(&author, body).map_err(|e| Problem::new("internal").with("at", e))?;
    let origin = Origin { device, incarnation: 1, seq: last + 1 };
    let uid = event::uid(&origin, &raw);
    let chain = event::chain_next(&chain, &uid);
    let new = NewEvent {
        origin,
        raw: &raw,
        application: by.application.to_owned(),
        kind: body.kind().to_owned(),
        outcome: "applied".into(),
        at: by.at,
        turn: log::next_turn(tx, by.application)?,
        proof: String::new(),
    };
    let stored = log::append(tx, &new)?;
    log::place(tx, Place { device, incarnation: 1, seq: last + 1 }, &uid, &chain, &log::Signed::default())?;
    if !matches!(stored, Appended::New(_)) {
        return Err(Problem::new("internal").with("at", "another event stands at the decision's place"));
    }
    tx.execute(
        "UPDATE log_head SET acked = $1, chain = $2 WHERE device = $3 AND incarnation = 1",
        params![last + 1, hex::encode(chain), &id],
    )?;
    Ok((uid, raw))
}
