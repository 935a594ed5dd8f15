//! Lists of delivery: what waits to be packed, the runs, what is overdue, waits to be collected, or came back.

use super::run::{RunRow, SELECT, address, may_collect, read, recipient, row_of};
use super::{SHOWN_MAX, Way, ZONE, handed, place_name, way_of};
use crate::District;
use jukung_domain::calendar::Local;
use jukung_domain::problem::Problem;
use jukung_domain::texts::say;
use jukung_domain::words;
use jukung_ledger::tx::first;
use jukung_ledger::{Tx, params, projection};
use serde::Serialize;
use utoipa::ToSchema;

/// Runs on one list: a month of a busy Dinas.
const RUNS_MAX: i64 = 100;
/// A document that waits in no open run.
const FREE: &str =
    "NOT EXISTS (SELECT 1 FROM run_item i WHERE i.app = d.app AND i.state IN ('packed', 'out', 'waiting'))";

/// How many documents wait for one way to one place.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = DeliveryPile)]
pub struct Pile {
    /// `officer`, `post`, `district`, `village`.
    pub way: String,
    /// Code of the place; empty where there is none.
    pub place: String,
    /// Way and place in words.
    pub name: String,
    /// Documents.
    pub count: i64,
}

/// What there is to do.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DeliveryWork)]
pub struct Work {
    /// Documents that wait to be packed, by way and place.
    pub piles: Vec<Pile>,
    /// Documents on their way for too long.
    pub overdue: i64,
    /// Documents that wait at a post office, with a village head or in an office to be collected.
    pub waiting: i64,
    /// Documents that came back and were not sent again.
    pub returned: i64,
    /// Documents that a counter handed over although somebody else had done so before.
    pub twice: i64,
}

/// A document that waits to be packed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DeliveryWaiting)]
pub struct Waiting {
    /// Application id.
    pub app: String,
    /// Registration number.
    pub number: String,
    /// Who it is for.
    pub recipient: String,
    /// Where it goes.
    pub address: String,
    /// Since when, in words; of one that is held back that it is, for it cannot be packed.
    pub since: String,
}

/// A document on a list, with the run that had it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DeliveryCarried)]
pub struct Carried {
    /// Run id; empty where no run had it.
    pub run: String,
    /// Number of the run.
    pub run_number: String,
    /// Registration number.
    pub number: String,
    /// Who it is for.
    pub recipient: String,
    /// Where it goes.
    pub address: String,
    /// Who else may take it.
    pub may_collect: String,
    /// Tracking number.
    pub tracking: String,
    /// Where it waits, why it came back, both hand-overs, or by which day it should have arrived.
    pub about: String,
    /// Since when it stands so, in words.
    pub since: String,
    /// The hand-over that came second, by which it is settled; empty on other lists.
    pub event: String,
}

impl District {
    /// What there is to do, for whoever packs.
    ///
    /// # Errors
    /// Those of the database.
    pub fn delivery_work(&self) -> Result<Work, Problem> {
        let today = Local::at(self.edge.now(), ZONE).day().to_string();
        self.db.read(|tx| {
            let seen = self.area.office("d.office");
            let sql = format!(
                "SELECT d.way, d.place, count(*) FROM document d WHERE {FREE} AND {seen} GROUP BY d.way, d.place"
            );
            let mut piles = Vec::new();
            for row in tx.query(&sql, &[])? {
                if let Some(way) = Way::from_code(&row.text(0)?) {
                    let place = row.text(1)?;
                    piles.push((way as usize, pile(way, place, row.int(2)?)));
                }
            }
            piles.sort_by(|a, b| (a.0, &a.1.name).cmp(&(b.0, &b.1.name)));
            let mut count = |list: &str| -> Result<i64, Problem> {
                let sql = format!("SELECT count(*) {} AND {}", list_of(list)?, self.area.application("i.app"));
                let values = if list == "overdue" { params![&today].to_vec() } else { Vec::new() };
                Ok(first(tx, &sql, &values)?.map_or(Ok(0), |r| r.int(0))?)
            };
            Ok(Work {
                overdue: count("overdue")?,
                waiting: count("waiting")?,
                returned: count("returned")?,
                twice: handed::count_twice(tx, &self.area)?,
                piles: piles.into_iter().map(|(_, pile)| pile).collect(),
            })
        })
    }

    /// Documents that wait to be packed for one way (and place, where there is one), along the road: by village, then address.
    ///
    /// # Errors
    /// `run_way`; those of the database.
    pub fn to_pack(&self, way: &str, place: &str) -> Result<Vec<Waiting>, Problem> {
        let way = Way::from_code(way).ok_or_else(|| Problem::new("run_way").with("way", way))?;
        self.db.read(|tx| {
            let sql = format!(
                "SELECT d.app, d.since FROM document d WHERE d.way = $1 AND ($2 = '' OR d.place = $2) AND {FREE} AND {}
                 ORDER BY d.since, d.app LIMIT $3",
                self.area.office("d.office")
            );
            let mut rows = Vec::new();
            for row in tx.query(&sql, params![way.code(), place, SHOWN_MAX])? {
                let Some(case) = projection::load(tx, &row.text(0)?)? else { continue };
                let key = (super::document::village(&case).to_owned(), address(&case));
                rows.push((
                    key,
                    Waiting {
                        app: case.id.clone(),
                        number: case.state.number.clone(),
                        recipient: recipient(&case),
                        address: address(&case),
                        since: match crate::hold::told(&case) {
                            held if held.is_empty() => words::long_day(Local::at(row.int(1)?, ZONE).day()),
                            held => held,
                        },
                    },
                ));
            }
            rows.sort_by(|a, b| a.0.cmp(&b.0));
            Ok(rows.into_iter().map(|(_, row)| row).collect())
        })
    }

    /// Runs of a state (`open`, `out`, `done`), the newest first; of no state: those that are not done.
    ///
    /// # Errors
    /// Those of the database.
    pub fn runs(&self, state: &str) -> Result<Vec<RunRow>, Problem> {
        let now = self.edge.now();
        self.db.read(|tx| {
            let sql = format!(
                "{SELECT} WHERE (state = $1 OR ($1 = '' AND state IN ('open', 'out'))) AND {} ORDER BY made DESC, id LIMIT $2",
                self.area.run("run.id")
            );
            let rows = tx.query(&sql, params![state, RUNS_MAX])?;
            rows.iter().map(|row| row_of(tx, &read(row)?, now)).collect()
        })
    }

    /// Documents that are `overdue`, `waiting` to be collected, or `returned` and not sent again; the oldest first. And those
    /// that were handed over `twice`.
    ///
    /// # Errors
    /// `not_found` for another list; those of the database.
    pub fn carried(&self, list: &str) -> Result<Vec<Carried>, Problem> {
        if list == "twice" {
            return self.db.read(|tx| handed::twice(tx, &self.area));
        }
        let from = list_of(list)?;
        let today = Local::at(self.edge.now(), ZONE).day().to_string();
        let seen = self.area.application("i.app");
        self.db.read(|tx| {
            let limit = if list == "overdue" { "$2" } else { "$1" };
            let sql = format!(
                "SELECT r.id, r.number, r.due, i.app, i.tracking, i.place, i.why, i.changed, r.way {from} AND {seen} ORDER BY i.changed, i.app LIMIT {limit}"
            );
            let values =
                if list == "overdue" { params![&today, SHOWN_MAX].to_vec() } else { params![SHOWN_MAX].to_vec() };
            let rows = tx.query(&sql, &values)?;
            rows.iter().map(|row| carried_row(tx, list, row)).collect()
        })
    }
}

fn pile(way: Way, place: String, count: i64) -> Pile {
    let (name, at) = (way.name(), place_name(&place));
    let name = if at.is_empty() { name } else { say("run.way_to", &[("way", &name), ("place", &at)]) };
    Pile { way: way.code().to_owned(), place, name, count }
}

/// Where a list is read from; `overdue` takes today as its one value.
fn list_of(list: &str) -> Result<&'static str, Problem> {
    Ok(match list {
        "overdue" => "FROM run_item i JOIN run r ON r.id = i.run WHERE i.state = 'out' AND r.due < $1",
        "waiting" => "FROM run_item i JOIN run r ON r.id = i.run WHERE i.state = 'waiting'",
        // The newest time it came back, while it still lies here.
        "returned" => {
            "FROM run_item i JOIN run r ON r.id = i.run WHERE i.state = 'returned'
             AND EXISTS (SELECT 1 FROM document d WHERE d.app = i.app)
             AND NOT EXISTS (SELECT 1 FROM run_item o WHERE o.app = i.app AND (o.state IN ('packed', 'out', 'waiting') OR o.changed > i.changed))"
        }
        _ => return Err(Problem::new("not_found")),
    })
}

fn carried_row(tx: &mut dyn Tx, list: &str, row: &jukung_ledger::Row) -> Result<Carried, Problem> {
    let case = projection::load(tx, &row.text(3)?)?.ok_or_else(|| Problem::new("internal").with("at", "run_item"))?;
    let due = row.text(2)?;
    let about = match list {
        "overdue" => {
            let day = due.parse().map_or(due, words::long_day);
            say("run.should_have", &[("day", &day), ("way", &way_of(&row.text(8)?)?.name())])
        }
        "waiting" => row.text(5)?,
        _ => row.text(6)?,
    };
    Ok(Carried {
        run: row.text(0)?,
        run_number: row.text(1)?,
        number: case.state.number.clone(),
        recipient: recipient(&case),
        address: address(&case),
        may_collect: may_collect(&case),
        tracking: row.text(4)?,
        about,
        since: words::long_day(Local::at(row.int(7)?, ZONE).day()),
        event: String::new(),
    })
}
