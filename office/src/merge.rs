//! Takes into a sound database what another source says: by identity, so that nothing is there twice, and into a new life,
//! so that nothing is sent from a place the Dinas knows otherwise (R1, R9).

use crate::remains::{CASES, EVENT, LIVES, Remains, TABLES, Table};
use crate::submit::queue;
use crate::{Identity, complaints_told, incoming, lives, stored};
use jukung_domain::event::{self, Hash, Origin};
use jukung_domain::problem::Problem;
use jukung_ledger::log::{self, Appended, NewEvent};
use jukung_ledger::tx::first;
use jukung_ledger::{Row, Tx, params, projection};
use std::collections::BTreeSet;

/// What taking in did.
#[derive(Debug, Default)]
pub(crate) struct Taken {
    /// Own events that were not here.
    pub events: Vec<(Hash, String)>,
    /// Applications they are about.
    pub apps: BTreeSet<String>,
}

/// Stores what `remains` has and this database has not; the open life goes on with the events. Rows of other tables are
/// merged: what is newer wins, what was rightly deleted goes.
///
/// # Errors
/// Those of storage.
pub(crate) fn take_in(tx: &mut dyn Tx, identity: &Identity, remains: &Remains, now: i64) -> Result<Taken, Problem> {
    let mut taken = Taken::default();
    for row in remains.rows(EVENT) {
        if let Some((uid, app)) = keep_event(tx, identity, row).map_err(stored)? {
            taken.apps.insert(app.clone());
            taken.events.push((uid, app));
        }
    }
    lives::go_on_with(tx, identity, &taken.events)?;
    for table in TABLES.iter().filter(|t| !t.merge.is_empty()) {
        merge(tx, table, remains)?;
    }
    let (last, office) = (lives::all(tx)?.pop().map_or(0, |l| l.last), &identity.office.code);
    for app in &taken.apps {
        incoming::read_again(tx, office, app)?;
        // A sheet of the day and skipped numbers are of no application.
        if projection::load(tx, app).map_err(stored)?.is_some() || complaints_told::is_one(tx, app)? {
            queue(tx, app, last, now)?;
        }
    }
    Ok(taken)
}

/// Stores one event under its own identity; gives it when it is this computer's and was not here. What others wrote comes
/// back with the feed, unless it waits here to be handed back to a restored district.
fn keep_event(
    tx: &mut dyn Tx,
    identity: &Identity,
    row: &Row,
) -> Result<Option<(Hash, String)>, jukung_ledger::DbProblem> {
    let origin = Origin { device: log::id(&row.text(1)?)?, incarnation: row.int(2)?, seq: row.int(3)? };
    let (raw, turn) = (row.text(6)?, row.int(9)?);
    let own = origin.device == identity.device;
    // What does not carry its own identity is not what was written.
    if hex::encode(event::uid(&origin, &raw)) != row.text(0)? || (!own && turn >= 0) {
        return Ok(None);
    }
    let new = NewEvent {
        origin,
        raw: &raw,
        application: row.text(4)?,
        kind: row.text(5)?,
        outcome: row.text(7)?,
        at: row.int(8)?,
        turn: if own { 0 } else { turn },
        proof: row.text(10)?,
    };
    match log::append(tx, &new)? {
        Appended::New(uid) if own => Ok(Some((uid, new.application))),
        Appended::New(_) | Appended::Already(_) => Ok(None),
    }
}

/// Carries over the rows of one table.
fn merge(tx: &mut dyn Tx, table: &Table, remains: &Remains) -> Result<(), Problem> {
    let places: Vec<String> = (1..=table.columns.split(',').count()).map(|n| format!("${n}")).collect();
    let sql = format!("INSERT INTO {} ({}) VALUES ({}) {}", table.name, table.columns, places.join(", "), table.merge);
    for row in remains.rows(table.name) {
        tx.execute(&sql, &row.0).map_err(stored)?;
    }
    if table.exact && remains.is_whole(table.name) {
        let left: BTreeSet<String> = remains.rows(table.name).iter().filter_map(|r| r.text(0).ok()).collect();
        for row in tx.query(&format!("SELECT id FROM {}", table.name), &[]).map_err(stored)? {
            let id = row.text(0).map_err(stored)?;
            if !left.contains(&id) {
                tx.execute(&format!("DELETE FROM {} WHERE id = $1", table.name), params![id]).map_err(stored)?;
            }
        }
    }
    Ok(())
}

/// Drafts that an older copy still has may have been handed in since: they go into the bin, where a person finds them.
///
/// # Errors
/// Those of storage.
pub(crate) fn bin_drafts_but(tx: &mut dyn Tx, known: &[&Remains], now: i64) -> Result<(), Problem> {
    let left: BTreeSet<String> = known.iter().flat_map(|r| r.rows("draft")).filter_map(|r| r.text(0).ok()).collect();
    for row in tx.query("SELECT id FROM draft WHERE binned = 0", &[]).map_err(stored)? {
        let id = row.text(0).map_err(stored)?;
        if !left.contains(&id) {
            tx.execute("UPDATE draft SET binned = $1 WHERE id = $2", params![now, id]).map_err(stored)?;
        }
    }
    Ok(())
}

/// How many places the lives of the source had beyond those of this database, at most.
///
/// # Errors
/// Those of storage.
pub(crate) fn places_beyond(tx: &mut dyn Tx, lives: &[(i64, i64)]) -> Result<i64, Problem> {
    let mut beyond = 0;
    for (incarnation, last) in lives {
        let sql = "SELECT coalesce(max(seq), 0) FROM log WHERE incarnation = $1";
        let here = first(tx, sql, params![*incarnation]).map_err(stored)?;
        beyond += (last - here.map_or(Ok(0), |r| r.int(0)).map_err(stored)?).max(0);
    }
    Ok(beyond)
}

/// The lives a source tells of: incarnation and last place.
pub(crate) fn lives_of(remains: &Remains) -> Vec<(i64, i64)> {
    remains.rows(LIVES).iter().filter_map(|r| Some((r.int(0).ok()?, r.int(1).ok()? - 1))).collect()
}

/// Applications that a source shows and this database does not: id, number and name.
///
/// # Errors
/// Those of storage.
pub(crate) fn cases_missing(tx: &mut dyn Tx, remains: &Remains) -> Result<Vec<(String, String, String)>, Problem> {
    let mut missing = Vec::new();
    for row in remains.rows(CASES) {
        let text = |i: usize| row.text(i).map_err(stored);
        if projection::load(tx, &text(0)?).map_err(stored)?.is_none() {
            let name = if text(2)?.is_empty() { text(3)? } else { text(2)? };
            missing.push((text(0)?, text(1)?, name));
        }
    }
    Ok(missing)
}
