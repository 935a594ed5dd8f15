//! A document is handed over once: what whoever comes second is told, and the list of those that were handed over twice.

use super::lists::Carried;
use super::run::{address, may_collect, recipient};
use super::{SHOWN_MAX, ZONE};
use crate::District;
use crate::area::Area;
use jukung_domain::calendar::Local;
use jukung_domain::event::{Body, Settled};
use jukung_domain::problem::Problem;
use jukung_domain::region::Regions;
use jukung_domain::texts::say;
use jukung_domain::words;
use jukung_ledger::handed::{self, Handed};
use jukung_ledger::projection::{self, Case};
use jukung_ledger::tx::first;
use jukung_ledger::{Tx, params};

/// Longest note of what was found out.
const NOTE_CHARS_MAX: usize = 500;
/// A counter's hand-over `e` that came second, and that nobody took back or settled.
pub(crate) const SECOND: &str =
    "e.kind = 'doc.handed/1' AND e.outcome = 'parked:not-owner' AND NOT EXISTS (SELECT 1 FROM event s
    WHERE s.app = e.app AND s.kind IN ('doc.unhanded/1', 'st.settled/1') AND s.raw LIKE '%' || e.uid || '%')";

/// Those documents, by an index of their own.
fn twice_from(area: &Area) -> String {
    let seen = area.office("a.office");
    format!("FROM event e JOIN app a ON a.id = e.app WHERE {SECOND} AND a.status = 'DELIVERED' AND {seen}")
}

/// To whom, when, where and by whom, in words of the office's own time.
fn in_words(office: &str, one: Handed) -> [(&'static str, String); 5] {
    let at = Local::at(one.at, Regions::zone(office));
    let place = if one.to.place.is_empty() { say("run.at_dinas", &[]) } else { one.to.place };
    // A counter's person is an id there; a name only of this district's officers.
    let at_counter = uuid::Uuid::parse_str(&one.author).is_ok();
    [
        ("recipient", one.to.recipient),
        ("relation", one.to.relation),
        ("when", format!("{}, {}", words::long_day(at.day()), at.time())),
        ("place", place),
        ("who", if at_counter { say("run.who_counter", &[]) } else { one.author }),
    ]
}

/// Why a document is not handed over a second time: to whom it went, when, where, and who wrote it down (ux.md S15).
///
/// # Errors
/// Those of the database.
pub(crate) fn already(tx: &mut dyn Tx, case: &Case) -> Result<Problem, Problem> {
    let problem = Problem::new("delivered_already").with("number", &case.state.number);
    let Some(first) = handed::handed(tx, &case.id)? else { return Ok(problem) };
    Ok(in_words(&case.office, first).into_iter().fold(problem, |problem, (key, value)| problem.with(key, value)))
}

/// How many documents counters handed over although somebody else had before.
///
/// # Errors
/// Those of the database.
pub(super) fn count_twice(tx: &mut dyn Tx, area: &Area) -> Result<i64, Problem> {
    let row = first(tx, &format!("SELECT count(*) {}", twice_from(area)), &[])?;
    Ok(row.map_or(Ok(0), |r| r.int(0))?)
}

/// Those documents, the newest first, each with both hand-overs.
///
/// # Errors
/// Those of the database.
pub(super) fn twice(tx: &mut dyn Tx, area: &Area) -> Result<Vec<Carried>, Problem> {
    let sql = format!("SELECT e.uid, e.app, e.at {} ORDER BY e.at DESC, e.uid LIMIT $1", twice_from(area));
    let mut out = Vec::new();
    for row in tx.query(&sql, params![SHOWN_MAX])? {
        let Some(case) = projection::load(tx, &row.text(1)?)? else { continue };
        let (Some(first), Some(second)) = (handed::handed(tx, &case.id)?, handed::told_by(tx, &row.text(0)?)?) else {
            continue;
        };
        let told = |one: Handed| {
            let values = in_words(&case.office, one);
            let values: Vec<(&str, &str)> = values.iter().map(|(key, value)| (*key, value.as_str())).collect();
            say("run.twice_one", &values)
        };
        let about = say("run.twice_about", &[("first", &told(first)), ("second", &told(second))]);
        let since = words::long_day(Local::at(row.int(2)?, ZONE).day());
        out.push(Carried {
            run: String::new(),
            run_number: String::new(),
            number: case.state.number.clone(),
            recipient: recipient(&case),
            address: address(&case),
            may_collect: may_collect(&case),
            tracking: String::new(),
            about,
            since,
            event: row.text(0)?,
        });
    }
    Ok(out)
}

impl District {
    /// An officer found out about a hand-over that came second (its event by uid in hex): it leaves the list, and every computer
    /// of the office reads what was found. Neither record changes.
    ///
    /// # Errors
    /// `not_found` when it is not on the list any more; `reason_needed` without a note; those of the database.
    pub fn settle_twice(&self, event: &str, officer: &str, note: &str) -> Result<(), Problem> {
        let listed = |tx: &mut dyn Tx| {
            let row = first(tx, &format!("SELECT e.app {} AND e.uid = $1", twice_from(&self.area)), params![event])?;
            row.ok_or_else(|| Problem::new("not_found"))?.text(0).map_err(Problem::from)
        };
        let app = self.db.read(listed)?;
        let note = note.trim().chars().take(NOTE_CHARS_MAX).collect();
        let body = Body::Settled(Settled { r: event.to_owned(), note });
        self.decide_and(&app, officer, &[body], |tx, _| listed(tx).map(drop))
    }
}
