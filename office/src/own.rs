//! This computer's own log: appending to it, and the registration numbers it may give out.

use crate::Identity;
use crate::edge::Edge;
use jukung_domain::event::{self, Authorship, Body, Hash, Origin};
use jukung_domain::fold::Folded;
use jukung_domain::number::Number;
use jukung_domain::problem::Problem;
use jukung_domain::sync::clock;
use jukung_domain::sync::numbers::{Numbers, after_unclean_end};
use jukung_ledger::log::{self, Appended, NewEvent, Place, hash};
use jukung_ledger::projection::{self, Context};
use jukung_ledger::tx::first;
use jukung_ledger::{DbProblem, Tx, params};

/// The open life of this computer's log.
#[derive(Debug, Clone)]
pub struct Life {
    /// Incarnation.
    pub incarnation: i64,
    /// Symbols that start its registration numbers.
    pub code: String,
    /// Sequence the next event gets.
    pub next: i64,
    /// Chain so far.
    pub chain: Hash,
    /// Last logical clock in ms.
    pub hlc: i64,
}

/// The open life.
///
/// # Errors
/// Those of the engine, or a database without one.
pub fn life(tx: &mut dyn Tx) -> Result<Life, DbProblem> {
    let row = first(tx, "SELECT inc, next, chain, hlc, code FROM inc WHERE closed = 0", &[])?
        .ok_or_else(|| DbProblem::Shape("this database has no open log".into()))?;
    Ok(Life {
        incarnation: row.int(0)?,
        next: row.int(1)?,
        chain: hash(&row.text(2)?)?,
        hlc: row.int(3)?,
        code: row.text(4)?,
    })
}

/// Appends one event of this computer and folds it. The transaction is the caller's: nothing is handed in before it
/// commits.
///
/// # Errors
/// `not_allowed` when the application does not allow the step; those of the engine.
pub fn append(
    tx: &mut dyn Tx,
    identity: &Identity,
    application: &str,
    body: &Body,
    now: i64,
) -> Result<(Hash, i64), Problem> {
    let life = life(tx).map_err(crate::stored)?;
    let base = projection::load(tx, application).map_err(crate::stored)?.map(|c| c.head);
    // One logical tick per event: strictly increasing even when the wall clock stands still or jumps back.
    let known = if crate::clock_is_plausible(now) { now } else { life.hlc };
    let hlc = clock::tick(life.hlc, now, known);
    let author = Authorship {
        application: application.parse().map_err(|_| Problem::new("not_found"))?,
        base,
        hlc: (hlc, 0),
        clock: if crate::clock_is_plausible(now) { 'u' } else { 'x' },
        author: identity.person.id.clone(),
    };
    let raw = event::write(&author, body).map_err(|e| Problem::new("internal").with("at", e))?;
    if raw.len() > event::RAW_BYTES_MAX {
        return Err(Problem::new("too_long").with("bytes_max", event::RAW_BYTES_MAX));
    }
    let origin = Origin { device: identity.device, incarnation: life.incarnation, seq: life.next };
    let uid = event::uid(&origin, &raw);
    let chain = event::chain_next(&life.chain, &uid);
    let new = NewEvent {
        origin,
        raw: &raw,
        application: application.to_owned(),
        kind: body.kind().to_owned(),
        outcome: "applied".into(),
        at: now,
        turn: 0,
        proof: String::new(),
    };
    if !matches!(log::append(tx, &new).map_err(crate::stored)?, Appended::New(_)) {
        return Err(Problem::new("internal").with("at", "log fork"));
    }
    let place = Place { device: identity.device, incarnation: life.incarnation, seq: life.next };
    log::place(tx, place, &uid, &chain).map_err(crate::stored)?;
    tx.execute(
        "UPDATE inc SET next = $1, chain = $2, hlc = $3 WHERE inc = $4",
        params![life.next + 1, hex::encode(chain), hlc, life.incarnation],
    )
    .map_err(crate::stored)?;
    let context = Context { office: &identity.office.code, at: now };
    match projection::save(tx, application, body, &uid, context).map_err(crate::stored)? {
        Folded::Applied => Ok((uid, life.next)),
        Folded::NotAllowed => Err(Problem::new("not_allowed")),
        Folded::NoApplication => Err(Problem::new("not_found")),
    }
}

/// Appends an event that belongs to no application, such as skipped numbers: it is kept and sent, and folds into nothing.
///
/// # Errors
/// Those of the engine.
pub fn append_note(tx: &mut dyn Tx, identity: &Identity, body: &Body, edge: &Edge, now: i64) -> Result<(), Problem> {
    match append(tx, identity, &edge.new_id().to_string(), body, now) {
        Err(p) if p.code == "not_found" => Ok(()),
        other => other.map(|_| ()),
    }
}

/// Takes the next registration number, reserving a block ahead when the last one is used up.
///
/// # Errors
/// `numbers_used_up` after the largest counter; those of the engine.
pub fn take_number(tx: &mut dyn Tx) -> Result<Number, Problem> {
    let code = &life(tx).map_err(crate::stored)?.code;
    let row = first(tx, "SELECT next, reserved_to FROM num WHERE code = $1", params![code])
        .map_err(crate::stored)?
        .ok_or_else(|| Problem::new("internal").with("at", "num"))?;
    let had = Numbers { next: row.int(0).map_err(crate::stored)?, reserved_to: row.int(1).map_err(crate::stored)? };
    let (number, left) = had.take();
    keep_numbers(tx, code, left).map_err(crate::stored)?;
    Number::new(code, number).ok_or_else(|| Problem::new("numbers_used_up"))
}

fn keep_numbers(tx: &mut dyn Tx, code: &str, left: Numbers) -> Result<(), DbProblem> {
    tx.execute(
        "UPDATE num SET next = $1, reserved_to = $2 WHERE code = $3",
        params![left.next, left.reserved_to, code],
    )?;
    Ok(())
}

/// After an unclean end a block is skipped: a disk that lied about its last commits, the reservation among them, cannot
/// make this computer print a number twice (R10).
///
/// # Errors
/// Those of the engine.
pub fn skip_block(tx: &mut dyn Tx) -> Result<Option<(i64, i64)>, DbProblem> {
    let code = &life(tx)?.code;
    let Some(row) = first(tx, "SELECT next, reserved_to FROM num WHERE code = $1", params![code])? else {
        return Ok(None);
    };
    let (left, skipped) = after_unclean_end(Numbers { next: row.int(0)?, reserved_to: row.int(1)? });
    keep_numbers(tx, code, left)?;
    Ok(Some(skipped))
}
