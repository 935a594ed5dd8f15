//! The feed coming down: each entry exactly once and in order; where this counter saw another order, the application is
//! read again.

use crate::{Office, closing, findable, forget, settle, stored};
use jukung_domain::event::{self, Body};
use jukung_domain::problem::Problem;
use jukung_domain::sync::feed::{Follows, follows, witness};
use jukung_domain::sync::outcome::{Outcome, folds};
use jukung_domain::wire::{self, FeedEntry};
use jukung_ledger::log::{self, NewEvent};
use jukung_ledger::projection::{self, Context};
use jukung_ledger::tx::first;
use jukung_ledger::{Tx, feed, params};
use std::borrow::Cow;
use std::collections::BTreeSet;

/// What taking one entry did.
enum Entered {
    /// It was here already.
    Known,
    /// It is in, and its application needs nothing more.
    Done,
    /// It is in, and its application must be read again in the district's order.
    Again(String),
    /// Its event is not here and did not come with it.
    Lacks,
}

impl Office {
    /// Takes entries in until one is lacking. Says how many are new, and whether one lacks.
    pub(crate) fn take_entries(
        &self,
        tx: &mut dyn Tx,
        entries: &[FeedEntry],
        now: i64,
    ) -> Result<(usize, bool), Problem> {
        let (mut again, mut count, mut lacks) = (BTreeSet::new(), 0, false);
        'all: for told in entries {
            let Some(entries) = self.one_by_one(tx, told)? else {
                lacks = true;
                break;
            };
            for entry in entries.iter() {
                match self.take_entry(tx, entry, now)? {
                    Entered::Known => continue,
                    Entered::Done => {}
                    Entered::Again(app) => {
                        again.insert(app);
                    }
                    Entered::Lacks => {
                        lacks = true;
                        break 'all;
                    }
                }
                count += 1;
            }
        }
        for app in again {
            self.read_again(tx, &app)?;
        }
        Ok((count, lacks))
    }

    /// What an entry says, entry by entry: a range stands for events of this computer's log. `None` when they are not here, or
    /// are not those the district means.
    fn one_by_one<'a>(&self, tx: &mut dyn Tx, told: &'a FeedEntry) -> Result<Option<Cow<'a, [FeedEntry]>>, Problem> {
        let (Some((incarnation, first)), 1..=wire::FEED_PAGE_MAX) = (&told.s, told.k) else {
            return Ok(Some(Cow::Borrowed(std::slice::from_ref(told))));
        };
        let Some(incarnation) = wire::incarnation_from_hex(incarnation) else { return Ok(None) };
        let rows = tx
            .query(
                "SELECT uid FROM log WHERE device = $1 AND incarnation = $2 AND seq >= $3 ORDER BY seq LIMIT $4",
                params![self.identity.device.to_string(), incarnation, *first, told.k],
            )
            .map_err(stored)?;
        let uids = rows.iter().map(|r| r.text(0)).collect::<Result<Vec<_>, _>>().map_err(stored)?;
        if wire::range_mark(&uids) != told.r {
            return Ok(None);
        }
        let single = |(n, r)| FeedEntry { n, r, s: None, k: 0, ..told.clone() };
        Ok(Some(Cow::Owned((told.n..).zip(uids).map(single).collect())))
    }

    /// One entry: exactly the next number, chained to the last (a gap stops the feed, it never skips).
    fn take_entry(&self, tx: &mut dyn Tx, entry: &FeedEntry, now: i64) -> Result<Entered, Problem> {
        let office = &self.identity.office.code;
        let head = feed::head(tx, office).map_err(stored)?;
        match follows(head.n, entry.n) {
            Follows::Next => {}
            Follows::Known => return Ok(Entered::Known),
            Follows::Gap => return Err(Problem::new("feed_gap").with("n", entry.n)),
        }
        let here = first(tx, "SELECT raw, app, turn FROM event WHERE uid = $1", params![&entry.r]).map_err(stored)?;
        let raw = match &here {
            Some(row) => row.text(0).map_err(stored)?,
            None if entry.b.is_empty() => return Ok(Entered::Lacks),
            None => entry.b.clone(),
        };
        let told = if entry.t == "rel" { "" } else { raw.as_str() };
        let next = feed::Entry { kind: &entry.t, reference: &entry.r, outcome: &entry.o, raw: told };
        feed::append(tx, office, &next).map_err(stored)?;
        let Some(row) = here else {
            return self.new_event(tx, entry, now);
        };
        let (app, turn) = (row.text(1).map_err(stored)?, row.int(2).map_err(stored)?);
        tx.execute(
            "UPDATE event SET outcome = $1, turn = $2, proof = CASE WHEN $3 = '' THEN proof ELSE $3 END WHERE uid = $4",
            params![&entry.o, entry.n, &entry.g, &entry.r],
        )
        .map_err(stored)?;
        note_outcome(tx, entry, &app, &raw, now)?;
        // The common case: an event of this computer, told in the order in which it was folded in here.
        let as_here = turn == 0 && entry.t == "ok" && folds(&entry.o) && !waits(tx, &app, "turn < 0")?;
        Ok(if as_here { Entered::Done } else { Entered::Again(app) })
    }

    /// An event that is new here: of the district, of a sibling, or of this computer before it lost it. Stored whole,
    /// folded when this build knows its kind.
    fn new_event(&self, tx: &mut dyn Tx, entry: &FeedEntry, now: i64) -> Result<Entered, Problem> {
        let (device, place) = (entry.d.unwrap_or_default(), entry.s.clone().unwrap_or_default());
        let origin =
            event::Origin { device, incarnation: wire::incarnation_from_hex(&place.0).unwrap_or(0), seq: place.1 };
        let uid = event::uid(&origin, &entry.b);
        if hex::encode(uid) != entry.r {
            return Err(Problem::new("feed_gap").with("n", entry.n));
        }
        let envelope = event::read(&entry.b).ok();
        let app = envelope.as_ref().map_or_else(String::new, |e| e.a.to_string());
        let new = NewEvent {
            origin,
            raw: &entry.b,
            application: app.clone(),
            kind: envelope.as_ref().map_or_else(String::new, |e| e.k.clone()),
            outcome: entry.o.clone(),
            at: now,
            turn: entry.n,
            proof: entry.g.clone(),
        };
        log::append(tx, &new).map_err(stored)?;
        note_outcome(tx, entry, &app, &entry.b, now)?;
        let Some(Ok(Some(body))) = envelope.as_ref().map(Body::read) else { return Ok(Entered::Done) };
        if !folds(&entry.o) {
            return Ok(Entered::Done);
        }
        if closing::take_note(tx, &self.identity, &body, &entry.r, &origin, now)? {
            return Ok(Entered::Done);
        }
        if waits(tx, &app, "turn <= 0")? {
            return Ok(Entered::Again(app));
        }
        let context = Context { office: &self.identity.office.code, at: now };
        projection::apply(tx, &app, &body, &uid, context).map_err(stored)?;
        if matches!(body, Body::Create(_) | Body::Edit(_)) {
            findable::index(tx, &app, now)?;
        }
        Ok(Entered::Done)
    }

    fn read_again(&self, tx: &mut dyn Tx, app: &str) -> Result<(), Problem> {
        read_again(tx, &self.identity.office.code, app)
    }

    /// Takes back what the district told after `n`: it has another history there. Everything is kept, and what it lacks
    /// is handed to it with the next calls (R4, R5).
    pub(crate) fn roll_back(&self, tx: &mut dyn Tx, n: i64) -> Result<(), Problem> {
        let office = &self.identity.office.code;
        let Some(hash) = feed::hash_at(tx, office, n).map_err(stored)? else { return Ok(()) };
        let sql = "SELECT f.n, f.kind, f.ref, e.app FROM feed f JOIN event e ON e.uid = f.ref WHERE f.office = $1 AND f.n > $2 ORDER BY f.n DESC";
        let mut again = BTreeSet::new();
        for row in tx.query(sql, params![office, n]).map_err(stored)? {
            let (at, kind, uid) =
                (row.int(0).map_err(stored)?, row.text(1).map_err(stored)?, row.text(2).map_err(stored)?);
            if witness(at, &kind, n) {
                tx.execute("UPDATE event SET turn = $1 WHERE uid = $2", params![-at, &uid]).map_err(stored)?;
            } else {
                // A release comes again by itself; until then the event is held where it was told first.
                let first_told = "UPDATE event SET outcome = $1, turn = coalesce((SELECT n FROM feed WHERE office = $2 AND ref = $3 AND kind <> 'rel'), turn) WHERE uid = $3";
                tx.execute(first_told, params![Outcome::Held.code(), office, &uid]).map_err(stored)?;
            }
            again.insert(row.text(3).map_err(stored)?);
        }
        feed::roll_back(tx, office, n, &hash).map_err(stored)?;
        forget::unfed(tx, n)?;
        let scans = "UPDATE blob SET state = 'local' WHERE state = 'received' AND sha256 IN (SELECT sha256 FROM scan WHERE draft = $1)";
        for app in again {
            self.read_again(tx, &app)?;
            tx.execute(scans, params![&app]).map_err(stored)?;
        }
        Ok(())
    }
}

/// Folds an application again from its events: those the district has told in its order, then what it lost, then what
/// waits here.
///
/// # Errors
/// Those of storage.
pub(crate) fn read_again(tx: &mut dyn Tx, office: &str, app: &str) -> Result<(), Problem> {
    let rows = tx
        .query("SELECT uid, raw, turn, at FROM event WHERE app = $1 AND (outcome = '' OR outcome LIKE 'applied%' OR outcome = 'merged')", params![app])
        .map_err(stored)?;
    let mut events = Vec::new();
    for row in rows {
        let (uid, turn, at) = (row.text(0), row.int(2).map_err(stored)?, row.int(3).map_err(stored)?);
        let Ok(envelope) = event::read(&row.text(1).map_err(stored)?) else { continue };
        let Ok(Some(body)) = Body::read(&envelope) else { continue };
        let class = match turn {
            1.. => 0,
            ..=-1 => 1,
            0 => 2,
        };
        events.push(((class, turn.abs(), envelope.h), uid.map_err(stored)?, body, at));
    }
    events.sort_by(|a, b| (&a.0, &a.1).cmp(&(&b.0, &b.1)));
    if !events.first().is_some_and(|(_, _, body, _)| matches!(body, Body::Create(_))) {
        // Its beginning is deleted (R3) or was not taken: what is shown stays as it is.
        return Ok(());
    }
    projection::remove(tx, app).map_err(stored)?;
    for (_, uid, body, at) in &events {
        let context = Context { office, at: *at };
        projection::apply(tx, app, body, &log::hash(uid).map_err(stored)?, context).map_err(stored)?;
    }
    Ok(())
}

/// Whether an application has events of which the district has not told, by a condition on their turn.
fn waits(tx: &mut dyn Tx, app: &str, condition: &str) -> Result<bool, Problem> {
    let sql = format!("SELECT uid FROM event WHERE app = $1 AND {condition} LIMIT 1");
    Ok(first(tx, &sql, params![app]).map_err(stored)?.is_some())
}

/// What the district decided about an event that a person must look at; closed when it was taken in after all.
fn note_outcome(tx: &mut dyn Tx, entry: &FeedEntry, app: &str, raw: &str, now: i64) -> Result<(), Problem> {
    if entry.o == Outcome::Applied.code() || entry.o == Outcome::Merged.code() {
        let sql = "UPDATE attention SET closed = $1 WHERE uid = $2 AND closed = 0";
        tx.execute(sql, params![now, &entry.r]).map_err(stored)?;
        return settle::settled_elsewhere(tx, raw, now);
    }
    // Handing in again what another computer has handed in already is nothing a person must settle.
    let again = event::read(raw).is_ok_and(|e| matches!(Body::read(&e), Ok(Some(Body::Resubmit))));
    if entry.t == "st" || again {
        return Ok(());
    }
    tx.execute(
        "INSERT INTO attention (uid, app, reason, detail, opened, closed) VALUES ($1, $2, $3, '', $4, 0)
         ON CONFLICT (uid) DO UPDATE SET reason = excluded.reason",
        params![&entry.r, app, &entry.o, now],
    )
    .map_err(stored)?;
    Ok(())
}
