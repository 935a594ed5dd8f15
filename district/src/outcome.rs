//! What becomes of an event: stored once, decided by the one rule (R7), folded in, and released when it was held.

use crate::beside;
use crate::complaint::counter;
use crate::delivery::handed;
use crate::doubt::{self, UNPROVEN, Why};
use crate::receive::Told;
use jukung_domain::event::{self, Body, Envelope, Hash, Origin};
use jukung_domain::fold::Folded;
use jukung_domain::problem::Problem;
use jukung_domain::status::{Step, step};
use jukung_domain::sync::outcome::{Case, Outcome, Taken, folds, settle};
use jukung_ledger::days;
use jukung_ledger::log::{self, NewEvent};
use jukung_ledger::projection::{self, Context};
use jukung_ledger::tx::first;
use jukung_ledger::{Tx, feed, params};

/// An event that was read, and the application it is about.
pub(crate) struct Read {
    envelope: Option<Envelope>,
    /// What it says; nothing where this build cannot read it.
    pub(crate) body: Option<Body>,
    /// Whether this build does not know its kind: an update may.
    newer: bool,
    pub(crate) app: String,
    pub(crate) kind: String,
    /// Whose log it was first written to.
    device: String,
}

impl Read {
    /// Head its author saw, first 8 bytes in hex.
    pub(crate) fn base(&self) -> Option<&str> {
        self.envelope.as_ref().and_then(|e| e.b.as_deref())
    }
}

pub(crate) fn read(raw: &str, device: impl ToString) -> Read {
    let envelope = event::read(raw).ok().filter(|_| raw.len() <= event::RAW_BYTES_MAX);
    let (app, kind) = envelope.as_ref().map_or((String::new(), String::new()), |e| (e.a.to_string(), e.k.clone()));
    let (body, newer) = match envelope.as_ref().map(Body::read) {
        Some(Ok(body)) => (body, true),
        Some(Err(_)) | None => (None, false),
    };
    let newer = newer && body.is_none();
    Read { envelope, body, newer, app, kind, device: device.to_string() }
}

fn known(tx: &mut dyn Tx, uid: &Hash) -> Result<bool, Problem> {
    Ok(first(tx, "SELECT uid FROM event WHERE uid = $1", params![hex::encode(uid)])?.is_some())
}

/// Whether an event is taken for its author's ([`crate::authors`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Writer {
    /// It is: signed, or of somebody whose key nobody has told.
    Believed,
    /// It is not proven: it is stored and waits for an officer.
    Doubted(Why),
}

/// Stores one event of a counter and gives its outcome; nothing when it is here already, unless it comes proven now and was
/// not before. Whatever is wrong with it becomes the outcome, never a refusal. An application that arrives releases what
/// waited for it.
///
/// # Errors
/// Those of the database.
pub fn take_event(
    tx: &mut dyn Tx,
    office: &str,
    origin: Origin,
    raw: &str,
    (uid, writer): (&Hash, Writer),
    now: i64,
) -> Result<Vec<Told>, Problem> {
    take_read(tx, office, (origin, raw), &read(raw, origin.device), (uid, writer), now)
}

/// [`take_event`] of one that was read before.
pub(crate) fn take_read(
    tx: &mut dyn Tx,
    office: &str,
    (origin, raw): (Origin, &str),
    event: &Read,
    (uid, writer): (&Hash, Writer),
    now: i64,
) -> Result<Vec<Told>, Problem> {
    if known(tx, uid)? {
        return if writer == Writer::Believed { doubt::proven(tx, uid, now) } else { Ok(Vec::new()) };
    }
    let outcome = match &event.body {
        None if !event.newer => "parked:unreadable".to_owned(),
        None | Some(_) if writer != Writer::Believed => UNPROVEN.to_owned(),
        None => "held:newer-app".to_owned(),
        Some(body) if event.kind.starts_with("st.") => format!("parked:not-owner:{}", body.kind()),
        Some(body) => fold_or_hold(tx, office, event, body, uid, now)?,
    };
    store(tx, event, origin, raw, &outcome, now)?;
    if let (UNPROVEN, Writer::Doubted(why)) = (outcome.as_str(), writer) {
        doubt::note(tx, uid, why)?;
    }
    let mut told = vec![Told { kind: "ok", uid: hex::encode(uid), outcome, raw: raw.to_owned() }];
    let took = folds(&told[0].outcome);
    if took && let Some(Body::Create(_) | Body::Complained(_)) = &event.body {
        told.extend(release(tx, office, &event.app, now)?);
    }
    if took && let Some(Body::Unhanded(_)) = &event.body {
        told.extend(release_second(tx, office, &event.app, now)?);
    }
    Ok(told)
}

/// Takes back a decision of this district that a counter kept. It is folded in where it still fits; where officers have
/// decided otherwise meanwhile, it waits for an officer.
///
/// # Errors
/// Those of the database.
pub fn take_decision(
    tx: &mut dyn Tx,
    office: &str,
    origin: Origin,
    raw: &str,
    uid: &Hash,
    now: i64,
) -> Result<Vec<Told>, Problem> {
    if known(tx, uid)? {
        return Ok(Vec::new());
    }
    let event = read(raw, origin.device);
    let outcome = decide_again(tx, office, &event, uid, now)?.code().to_owned();
    store(tx, &event, origin, raw, &outcome, now)?;
    Ok(vec![Told { kind: "st", uid: hex::encode(uid), outcome, raw: raw.to_owned() }])
}

/// Whether a decision that was handed back fits what is here: it waits for its application, which others hand back.
fn decide_again(tx: &mut dyn Tx, office: &str, event: &Read, uid: &Hash, now: i64) -> Result<Outcome, Problem> {
    let Some(body) = &event.body else { return Ok(Outcome::DistrictReview) };
    if let Body::DayCompared(_) = body {
        // A finding about a sheet: the sheet itself comes again and is compared anew.
        return Ok(Outcome::Applied);
    }
    if let (Body::ComplaintStepped(step), Some(envelope)) = (body, &event.envelope) {
        return counter::take_back(tx, office, &event.app, step, (envelope.u.as_str(), envelope.h.0));
    }
    let Some(case) = locked(tx, &event.app)? else { return Ok(Outcome::Held) };
    if case.office != office || step(case.state.status, body) == Step::NotAllowed {
        return Ok(Outcome::DistrictReview);
    }
    projection::apply(tx, &event.app, body, uid, Context { office, at: now })?;
    crate::delivery::document::follow(tx, &event.app, now)?;
    Ok(Outcome::Applied)
}

fn store(tx: &mut dyn Tx, event: &Read, origin: Origin, raw: &str, outcome: &str, now: i64) -> Result<(), Problem> {
    let new = NewEvent {
        origin,
        raw,
        application: event.app.clone(),
        kind: event.kind.clone(),
        outcome: outcome.to_owned(),
        at: now,
        turn: log::next_turn(tx, &event.app)?,
        proof: String::new(),
    };
    log::append(tx, &new)?;
    Ok(())
}

/// Decides again about what an older build could not, in the order it arrived, and tells it: an update may know more.
///
/// # Errors
/// Those of the database.
pub fn reconsider(tx: &mut dyn Tx, now: i64) -> Result<usize, Problem> {
    let sql = "SELECT e.uid, e.raw, f.office, e.device FROM event e JOIN feed f ON f.ref = e.uid AND f.kind = 'ok'
               WHERE e.outcome IN ('held:newer-app', 'held:server-fault') ORDER BY f.office, f.n";
    let mut decided = 0;
    for row in tx.query(sql, &[])? {
        let (name, event, office) = (row.text(0)?, read(&row.text(1)?, row.text(3)?), row.text(2)?);
        let told = decide_held(tx, &office, &name, &event, now)?;
        for t in told.iter().filter(|t| !t.outcome.starts_with("held:")) {
            let entry = feed::Entry { kind: t.kind, reference: &t.uid, outcome: &t.outcome, raw: &t.raw };
            feed::append(tx, &office, &entry)?;
            decided += 1;
        }
    }
    Ok(decided)
}

/// Decides about one held event; nothing when this build does not know its kind either.
fn decide_held(tx: &mut dyn Tx, office: &str, name: &str, event: &Read, now: i64) -> Result<Option<Told>, Problem> {
    let Some(body) = &event.body else { return Ok(None) };
    let uid = log::hash(name)?;
    let outcome = if event.kind.starts_with("st.") {
        decide_again(tx, office, event, &uid, now)?.code().to_owned()
    } else {
        fold_or_hold(tx, office, event, body, &uid, now)?
    };
    let turn = log::next_turn(tx, &event.app)?;
    tx.execute("UPDATE event SET outcome = $1, turn = $2 WHERE uid = $3", params![&outcome, turn, name])?;
    Ok(Some(Told { kind: "rel", uid: name.to_owned(), outcome, raw: String::new() }))
}

/// Decides about an event whose author was not proven and whom a person believes; with what waited for it.
///
/// # Errors
/// Those of the database.
pub(crate) fn decide_anew(
    tx: &mut dyn Tx,
    office: &str,
    name: &str,
    (raw, device): (&str, &str),
    now: i64,
) -> Result<Vec<Told>, Problem> {
    let event = read(raw, device);
    let Some(told) = decide_held(tx, office, name, &event, now)? else {
        // A newer app's: an update decides about it ([`reconsider`]).
        let outcome = "held:newer-app".to_owned();
        tx.execute("UPDATE event SET outcome = $1 WHERE uid = $2", params![&outcome, name])?;
        return Ok(vec![Told { kind: "rel", uid: name.to_owned(), outcome, raw: String::new() }]);
    };
    let begins = ["app.create/1", "complaint.create/1"].contains(&event.kind.as_str()) && folds(&told.outcome);
    let mut all = vec![told];
    if begins {
        all.extend(release(tx, office, &event.app, now)?);
    }
    Ok(all)
}

/// Decides again about what was held for an application that is here now, in the order it arrived.
fn release(tx: &mut dyn Tx, office: &str, app: &str, now: i64) -> Result<Vec<Told>, Problem> {
    let held =
        tx.query("SELECT uid, raw, device FROM event WHERE app = $1 AND outcome = 'held' ORDER BY turn", params![app])?;
    let mut told = Vec::new();
    for row in held {
        told.extend(decide_held(tx, office, &row.text(0)?, &read(&row.text(1)?, row.text(2)?), now)?);
    }
    Ok(told)
}

/// A hand-over was taken back: of those that came second the first one counts now, unless it was taken back, too.
fn release_second(tx: &mut dyn Tx, office: &str, app: &str, now: i64) -> Result<Option<Told>, Problem> {
    let sql = format!("SELECT uid, raw, device FROM event e WHERE app = $1 AND {} ORDER BY turn", handed::SECOND);
    for row in tx.query(&sql, params![app])? {
        let (uid, event) = (row.text(0)?, read(&row.text(1)?, row.text(2)?));
        if let Some(told) = decide_held(tx, office, &uid, &event, now)?.filter(|told| folds(&told.outcome)) {
            return Ok(Some(told));
        }
    }
    Ok(None)
}

/// Folds an event in, inside a savepoint: what the engine refuses (a NUL letter in PostgreSQL) is undone and held for a
/// person, and the events after it go on (R7). No room on the disk is nobody's event: then the whole call waits.
fn fold_or_hold(
    tx: &mut dyn Tx,
    office: &str,
    event: &Read,
    body: &Body,
    uid: &Hash,
    now: i64,
) -> Result<String, Problem> {
    tx.batch("SAVEPOINT one_event")?;
    match fold_in(tx, office, event, body, uid, now) {
        Ok(outcome) => {
            tx.batch("RELEASE SAVEPOINT one_event")?;
            Ok(outcome.code().to_owned())
        }
        Err(problem) if problem.code == "internal" => {
            tracing::error!("an event is held, the engine refused it: {problem}");
            tx.batch("ROLLBACK TO SAVEPOINT one_event")?;
            tx.batch("RELEASE SAVEPOINT one_event")?;
            Ok("held:server-fault".into())
        }
        Err(problem) => Err(problem),
    }
}

/// The application, its row locked until the commit.
fn locked(tx: &mut dyn Tx, app: &str) -> Result<Option<projection::Case>, Problem> {
    tx.execute("UPDATE app SET id = id WHERE id = $1", params![app])?;
    Ok(projection::load(tx, app)?)
}

fn fold_in(tx: &mut dyn Tx, office: &str, event: &Read, body: &Body, uid: &Hash, now: i64) -> Result<Outcome, Problem> {
    let (app, base) = (event.app.as_str(), event.base());
    if let Body::DayClosed(sheet) = body {
        let from = days::Source { device: &event.device, office, uid: &hex::encode(uid), at: now };
        days::keep(tx, from, sheet)?;
        return Ok(Outcome::Applied);
    }
    if let Body::Complained(complaint) = body {
        return counter::take_in(tx, office, app, complaint, now);
    }
    let before = locked(tx, app)?;
    if before.as_ref().is_some_and(|c| c.office != office) {
        return Ok(Outcome::NotOwner);
    }
    let edits = match (&before, base, body) {
        (Some(case), Some(base), Body::Edit(_)) if case.head != base => since(tx, app, base)?,
        _ => None,
    };
    let case = before.as_ref().map(|case| Case {
        state: &case.state,
        head: &case.head,
        since: edits.as_ref().map(|edits| edits.iter().collect()),
    });
    let outcome = settle(case.as_ref(), base, body, number_taken(tx, app, body)?);
    if let (Body::Handed(to), Some(_)) = (body, &before) {
        // Also of one that came second: it shows what happened.
        beside::want_scans(tx, office, to.photo.iter().map(|a| (&a.sha256, a.bytes, &a.media)), now)?;
    }
    let context = Context { office, at: now };
    if outcome.folds() && projection::apply_after(tx, app, before.clone(), body, uid, context)? == Folded::Applied {
        beside::remember(tx, office, app, body, before.as_ref(), now)?;
    }
    Ok(outcome)
}

/// The changes taken in after the event the author saw, in order of arrival (never of clocks, R11); none when this
/// district does not know that event.
fn since(tx: &mut dyn Tx, app: &str, base: &str) -> Result<Option<Vec<event::Edited>>, Problem> {
    let rows = tx.query("SELECT uid, outcome, raw FROM event WHERE app = $1 ORDER BY turn, uid", params![app])?;
    let mut edits = None;
    for row in rows {
        if let Some(edits) = &mut edits
            && folds(&row.text(1)?)
            && let Ok(Ok(Some(Body::Edit(edit)))) = event::read(&row.text(2)?).map(|e| Body::read(&e))
        {
            Vec::push(edits, edit);
        }
        if row.text(0)?.starts_with(base) {
            edits = Some(Vec::new());
        }
    }
    Ok(edits)
}

/// Whether the number of a new application stands on another one already.
fn number_taken(tx: &mut dyn Tx, app: &str, body: &Body) -> Result<Taken, Problem> {
    let Body::Create(created) = body else { return Ok(Taken::No) };
    let sql = "SELECT app FROM lookup WHERE key = $1 AND kind = 'number' AND app <> $2 LIMIT 1";
    let other = first(tx, sql, params![&created.n, app])?;
    Ok(if other.is_some() { Taken::Yes } else { Taken::No })
}
