//! A document is handed over once: what whoever comes second is told, and the list of those that were handed over twice.

use super::lists::Carried;
use super::run::{address, may_collect, recipient};
use super::{SHOWN_MAX, ZONE};
use jukung_domain::calendar::Local;
use jukung_domain::problem::Problem;
use jukung_domain::region::Regions;
use jukung_domain::sync::outcome::Outcome;
use jukung_domain::texts::say;
use jukung_domain::words;
use jukung_ledger::handed::{self, Handed};
use jukung_ledger::projection::{self, Case};
use jukung_ledger::tx::first;
use jukung_ledger::{Tx, params};

/// A counter's hand-over of a document that somebody else had handed over before, by an index of its own.
const TWICE: &str = "FROM event e JOIN app a ON a.id = e.app
    WHERE e.kind = 'doc.handed/1' AND e.outcome = $1 AND a.status = 'DELIVERED'";

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
pub(super) fn count_twice(tx: &mut dyn Tx) -> Result<i64, Problem> {
    let row = first(tx, &format!("SELECT count(*) {TWICE}"), params![Outcome::NotOwner.code()])?;
    Ok(row.map_or(Ok(0), |r| r.int(0))?)
}

/// Those documents, the newest first, each with both hand-overs.
///
/// # Errors
/// Those of the database.
pub(super) fn twice(tx: &mut dyn Tx) -> Result<Vec<Carried>, Problem> {
    let sql = format!("SELECT e.uid, e.app, e.at {TWICE} ORDER BY e.at DESC, e.uid LIMIT $2");
    let mut out = Vec::new();
    for row in tx.query(&sql, params![Outcome::NotOwner.code(), SHOWN_MAX])? {
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
        });
    }
    Ok(out)
}
