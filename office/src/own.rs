//! This computer's own log: appending to it, and the registration numbers it may give out.

use crate::audit::{self, Did};
use crate::edge::Edge;
use crate::{Identity, settings};
use jukung_domain::event::{self, Authorship, Body, Hash, Origin, Skipped};
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
    /// The next registration number of its code.
    pub number: i64,
}

/// The open life.
///
/// # Errors
/// Those of the engine, or a database without one.
pub fn life(tx: &mut dyn Tx) -> Result<Life, DbProblem> {
    let row = first(tx, "SELECT inc, next, chain, hlc, code, number FROM inc WHERE closed = 0", &[])?
        .ok_or_else(|| DbProblem::Shape("this database has no open log".into()))?;
    Ok(Life {
        incarnation: row.int(0)?,
        next: row.int(1)?,
        chain: hash(&row.text(2)?)?,
        hlc: row.int(3)?,
        code: row.text(4)?,
        number: row.int(5)?,
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
    append_to(tx, identity, &life, application, body, now)
}

/// [`append`] of an event that gives its application the next registration number. Returns the number and the place.
///
/// # Errors
/// As [`append`]; `numbers_used_up` after the largest counter.
pub fn append_numbered(
    tx: &mut dyn Tx,
    identity: &Identity,
    application: &str,
    body: impl FnOnce(String) -> Body,
    now: i64,
) -> Result<(String, i64), Problem> {
    let mut life = life(tx).map_err(crate::stored)?;
    let number = take_number(tx, &mut life)?.to_string();
    let (_, seq) = append_to(tx, identity, &life, application, &body(number.clone()), now)?;
    Ok((number, seq))
}

fn append_to(
    tx: &mut dyn Tx,
    identity: &Identity,
    life: &Life,
    application: &str,
    body: &Body,
    now: i64,
) -> Result<(Hash, i64), Problem> {
    let before = projection::load(tx, application).map_err(crate::stored)?;
    let uid = write(tx, identity, life, application, before.as_ref().map(|c| c.head.clone()), (body, now))?;
    let context = Context { office: &identity.office.code, at: now };
    match projection::save(tx, application, before, body, &uid, context).map_err(crate::stored)? {
        Folded::Applied => Ok((uid, life.next)),
        Folded::NotAllowed => Err(Problem::new("not_allowed")),
        Folded::NoApplication => Err(Problem::new("not_found")),
    }
}

/// Writes one event at the end of the log, and folds nothing.
fn write(
    tx: &mut dyn Tx,
    identity: &Identity,
    life: &Life,
    application: &str,
    base: Option<String>,
    (body, now): (&Body, i64),
) -> Result<Hash, Problem> {
    // One logical tick per event: strictly increasing even when the wall clock stands still or jumps back.
    let hlc = clock::tick(life.hlc, now, now);
    let author = Authorship {
        application: application.parse().map_err(|_| Problem::new("not_found"))?,
        base,
        hlc: (hlc, 0),
        clock: identity.clock.mark(),
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
    log::place(tx, place, &uid, &chain, &identity.signs(place, &chain)).map_err(crate::stored)?;
    tx.execute(
        "UPDATE inc SET next = $1, chain = $2, hlc = $3, number = $4 WHERE inc = $5",
        params![life.next + 1, hex::encode(chain), hlc, life.number, life.incarnation],
    )
    .map_err(crate::stored)?;
    audit::note(tx, identity, &Did::event(application, body, &uid), now)?;
    Ok(uid)
}

/// Appends an event that belongs to no application, such as skipped numbers: it is kept and sent, and folds into nothing.
/// Gives its uid.
///
/// # Errors
/// Those of the engine.
pub fn append_note(tx: &mut dyn Tx, identity: &Identity, body: &Body, edge: &Edge, now: i64) -> Result<Hash, Problem> {
    let life = life(tx).map_err(crate::stored)?;
    write(tx, identity, &life, &edge.new_id().to_string(), None, (body, now))
}

/// [`append_note`] about `id`, of an event that takes the next registration number. Returns the number and the place.
///
/// # Errors
/// Those of the engine; `too_long`; `numbers_used_up` after the largest counter.
pub fn append_numbered_note(
    tx: &mut dyn Tx,
    identity: &Identity,
    id: &str,
    body: impl FnOnce(String) -> Body,
    now: i64,
) -> Result<(String, i64), Problem> {
    let mut life = life(tx).map_err(crate::stored)?;
    let number = take_number(tx, &mut life)?.to_string();
    write(tx, identity, &life, id, None, (&body(number.clone()), now))?;
    Ok((number, life.next))
}

/// Takes the next registration number, reserving a block ahead when the last one is used up. The counter stands in the
/// row of its life, which every event changes anyway; `num` is written once a block.
fn take_number(tx: &mut dyn Tx, life: &mut Life) -> Result<Number, Problem> {
    let had = numbers(tx, life).map_err(crate::stored)?;
    let (number, left) = had.take();
    if left.reserved_to != had.reserved_to {
        reserve(tx, &life.code, left).map_err(crate::stored)?;
    }
    life.number = left.next;
    Number::new(&life.code, number).ok_or_else(|| Problem::new("numbers_used_up"))
}

fn numbers(tx: &mut dyn Tx, life: &Life) -> Result<Numbers, DbProblem> {
    let row = first(tx, "SELECT reserved_to FROM num WHERE code = $1", params![&life.code])?
        .ok_or_else(|| DbProblem::Shape("a code without its numbers".into()))?;
    Ok(Numbers { next: life.number, reserved_to: row.int(0)? })
}

fn reserve(tx: &mut dyn Tx, code: &str, left: Numbers) -> Result<(), DbProblem> {
    tx.execute("UPDATE num SET reserved_to = $1 WHERE code = $2", params![left.reserved_to, code])?;
    Ok(())
}

/// After an unclean end a block is skipped: a disk that lied about its last commits, the reservation among them, cannot
/// make this computer print a number twice (R10).
///
/// # Errors
/// Those of the engine.
fn skip_block(tx: &mut dyn Tx) -> Result<(i64, i64), DbProblem> {
    let life = life(tx)?;
    let (left, skipped) = after_unclean_end(numbers(tx, &life)?);
    reserve(tx, &life.code, left)?;
    tx.execute("UPDATE inc SET number = $1 WHERE inc = $2", params![left.next, life.incarnation])?;
    Ok(skipped)
}

/// The life that had an unclean end: symbols that come to it afterwards it may have had before.
const UNSURE: &str = "unsure_life";

/// [`skip_block`] with the event that says so.
///
/// # Errors
/// Those of the engine.
pub fn skip_said(tx: &mut dyn Tx, identity: &Identity, edge: &Edge, now: i64) -> Result<(), Problem> {
    let (from, to) = skip_block(tx).map_err(crate::stored)?;
    let life = life(tx).map_err(crate::stored)?;
    settings::set(tx, UNSURE, &life.incarnation.to_string())?;
    append_note(tx, identity, &Body::NumbersSkipped(Skipped { from, to, code: life.code }), edge, now).map(drop)
}

/// Whether this life had an unclean end.
///
/// # Errors
/// Those of the engine.
pub fn ended_uncleanly(tx: &mut dyn Tx, life: &Life) -> Result<bool, Problem> {
    Ok(settings::get(tx, UNSURE)? == life.incarnation.to_string())
}
