//! New applications in few statements. What a counter sends after days without a line is mostly that: applications nobody
//! has here, each with the event of its printed receipt. They are decided in memory and written together; what comes out is
//! what [`outcome::take_event`] makes of them one by one, and whatever is anything else goes that way.

use crate::beside;
use crate::outcome::{self, Read, Writer};
use crate::receive::Told;
use jukung_domain::event::{self, Body, Hash, Origin};
use jukung_domain::fold::{self, Folded, State};
use jukung_domain::problem::Problem;
use jukung_domain::sync::outcome::{Case, Taken, settle};
use jukung_ledger::log::NewEvent;
use jukung_ledger::projection::{self, Context, Stands};
use jukung_ledger::{Tx, Value, log};
use std::collections::{BTreeMap, BTreeSet};

/// Fewer events than this are taken one by one: what has to be asked before costs more than it saves.
const WORTH: usize = 8;

/// An event of a call: where it was first written, what it is known by, its bytes.
type Sent<'a> = (Origin, Hash, &'a String);

/// Takes the events of one log, and says what the feed must tell, in their order.
///
/// # Errors
/// Those of the database.
pub(crate) fn take_events(
    tx: &mut dyn Tx,
    office: &str,
    events: &[Sent<'_>],
    writers: Vec<Writer>,
    now: i64,
) -> Result<Vec<Told>, Problem> {
    let read: Vec<Read> = events.iter().map(|(origin, _, raw)| outcome::read(raw, origin.device)).collect();
    let mut here = Here::asked(tx, &read)?;
    let context = Context { office, at: now };
    let (mut told, mut run) = (Vec::with_capacity(events.len()), Run::default());
    for ((sent, event), writer) in events.iter().zip(&read).zip(writers) {
        if writer == Writer::Believed && run.takes(&mut here, sent, event) {
            continue;
        }
        told.extend(std::mem::take(&mut run).end(tx, context)?);
        let (origin, uid, raw) = sent;
        told.extend(outcome::take_read(tx, office, (*origin, raw), event, (uid, writer), now)?);
        here.changed_by(tx, event, &read)?;
    }
    told.extend(run.end(tx, context)?);
    Ok(told)
}

/// What this database has of the applications that events are about.
#[derive(Default)]
struct Here {
    /// Applications of which nothing is here.
    new: BTreeSet<String>,
    /// Registration numbers that stand on an application.
    numbers: BTreeSet<String>,
}

impl Here {
    fn asked(tx: &mut dyn Tx, events: &[Read]) -> Result<Here, Problem> {
        if events.len() < WORTH {
            return Ok(Here::default());
        }
        let created = |e: &Read| matches!(e.body, Some(Body::Create(_))).then(|| e.app.clone());
        let mut new: BTreeSet<String> = events.iter().filter_map(created).collect();
        let asked: Vec<Value> = new.iter().map(Value::from).collect();
        for known in
            tx.among(&asked, "(SELECT 1 FROM event WHERE app = asked.key ORDER BY turn LIMIT 1) IS NOT NULL")?
        {
            new.remove(&known);
        }
        let mut here = Here { new, numbers: BTreeSet::new() };
        here.ask_numbers(tx, events)?;
        Ok(here)
    }

    fn ask_numbers(&mut self, tx: &mut dyn Tx, events: &[Read]) -> Result<(), Problem> {
        let number = |e: &Read| match &e.body {
            Some(Body::Create(created)) if self.new.contains(&e.app) => Some(Value::from(&created.n)),
            Some(_) | None => None,
        };
        let asked: Vec<Value> = events.iter().filter_map(number).collect();
        let on = "SELECT 1 FROM lookup WHERE lookup.key = asked.key AND kind = 'number' ORDER BY app LIMIT 1";
        self.numbers.extend(tx.among(&asked, &format!("({on}) IS NOT NULL"))?);
        Ok(())
    }

    /// An event was taken by itself: its application is known now, and so may be a number.
    fn changed_by(&mut self, tx: &mut dyn Tx, event: &Read, all: &[Read]) -> Result<(), Problem> {
        self.new.remove(&event.app);
        if let Some(Body::Create(_) | Body::Renumber(_)) = &event.body {
            self.ask_numbers(tx, all)?;
        }
        Ok(())
    }
}

/// Events decided and not yet written, and the applications that they make.
#[derive(Default)]
struct Run<'a> {
    events: Vec<Decided<'a>>,
    uids: BTreeSet<Hash>,
    made: BTreeMap<&'a str, Made<'a>>,
}

struct Decided<'a> {
    sent: Sent<'a>,
    event: &'a Read,
    outcome: &'static str,
    turn: i64,
}

struct Made<'a> {
    /// What it was handed in with.
    first: &'a Body,
    state: Option<State>,
    head: String,
    turn: i64,
    /// Whether more than its first event was folded in.
    more: bool,
}

impl<'a> Run<'a> {
    /// Decides about an event when it makes an application, or tells of a paper printed for one made in this run. Anything
    /// else is left to whoever asks.
    fn takes(&mut self, here: &mut Here, sent: &Sent<'a>, event: &'a Read) -> bool {
        let Some(body) = &event.body else { return false };
        if !here.new.contains(&event.app) || self.uids.contains(&sent.1) {
            return false;
        }
        let head = event::short(&sent.1);
        let (outcome, turn) = match (body, self.made.get_mut(event.app.as_str())) {
            (Body::Create(created), None) => {
                let taken = !here.numbers.insert(created.n.clone());
                let mut state = None;
                fold::fold(&mut state, body);
                self.made.insert(&event.app, Made { first: body, state, head, turn: 1, more: false });
                (settle(None, event.base(), body, if taken { Taken::Yes } else { Taken::No }), 1)
            }
            (Body::Printed(_), Some(made)) => {
                let case = made.state.as_ref().map(|state| Case { state, head: &made.head, since: None });
                let outcome = settle(case.as_ref(), event.base(), body, Taken::No);
                made.turn += 1;
                if outcome.folds() && fold::fold(&mut made.state, body) == Folded::Applied {
                    (made.head, made.more) = (head, true);
                }
                (outcome, made.turn)
            }
            (_, _) => return false,
        };
        self.uids.insert(sent.1);
        self.events.push(Decided { sent: *sent, event, outcome: outcome.code(), turn });
        true
    }

    /// Writes all of it, inside a savepoint: when the engine refuses any of it (a NUL letter in PostgreSQL), all are undone
    /// and taken one by one, so that the one alone is held.
    fn end(self, tx: &mut dyn Tx, context: Context<'_>) -> Result<Vec<Told>, Problem> {
        if self.events.is_empty() {
            return Ok(Vec::new());
        }
        tx.batch("SAVEPOINT at_once")?;
        match self.write(tx, context) {
            Ok(()) => {
                tx.batch("RELEASE SAVEPOINT at_once")?;
                let told = |d: &Decided<'_>| Told {
                    kind: "ok",
                    uid: hex::encode(d.sent.1),
                    outcome: d.outcome.to_owned(),
                    raw: d.sent.2.clone(),
                };
                Ok(self.events.iter().map(told).collect())
            }
            Err(problem) if problem.code == "internal" => {
                tx.batch("ROLLBACK TO SAVEPOINT at_once")?;
                tx.batch("RELEASE SAVEPOINT at_once")?;
                let mut told = Vec::new();
                for Decided { sent: (origin, uid, raw), event, .. } in &self.events {
                    let by = (uid, Writer::Believed);
                    told.extend(outcome::take_read(tx, context.office, (*origin, raw), event, by, context.at)?);
                }
                Ok(told)
            }
            Err(problem) => Err(problem),
        }
    }

    fn write(&self, tx: &mut dyn Tx, context: Context<'_>) -> Result<(), Problem> {
        let new = |d: &Decided<'a>| {
            let event = NewEvent {
                origin: d.sent.0,
                raw: d.sent.2,
                application: d.event.app.clone(),
                kind: d.event.kind.clone(),
                outcome: d.outcome.to_owned(),
                at: context.at,
                turn: d.turn,
                proof: String::new(),
            };
            (d.sent.1, event)
        };
        let mut cases = Vec::with_capacity(self.made.len());
        for (id, made) in &self.made {
            let Some(state) = &made.state else { continue };
            let text = made.more.then(|| serde_json::to_string(state)).transpose();
            let text = text.map_err(|e| Problem::new("internal").with("at", e))?;
            cases.push((Stands { id, state, head: &made.head, created: context.at }, text));
        }
        projection::store_all(tx, &cases, context)?;
        beside::remember_all(tx, context, self.made.iter().map(|(id, made)| (*id, made.first)))?;
        log::append_all(tx, &self.events.iter().map(new).collect::<Vec<_>>())?;
        Ok(())
    }
}
