//! Packing: a run is made from documents that wait for its way, put in order, and sent.

use super::run::{Opened, Run, run};
use super::{COD_MAX, ITEMS_MAX, Way, ZONE, document};
use crate::District;
use crate::area::Area;
use jukung_domain::calendar::{Local, working_days_after};
use jukung_domain::event::{Body, Shipped};
use jukung_domain::problem::Problem;
use jukung_domain::region::Regions;
use jukung_domain::status::Status;
use jukung_domain::texts::say;
use jukung_ledger::{Tx, params};
use serde::Deserialize;
use std::collections::BTreeSet;
use utoipa::ToSchema;

/// Numbers drawn before it is given up: 29,791 for each way and day, of which a Dinas uses a handful.
const DRAWS_MAX: usize = 8;
/// Letters in a carrier's name.
const CARRIER_MAX: usize = 80;

/// A run that is asked for.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default)]
#[schema(as = RunWanted)]
pub struct Wanted {
    /// `officer`, `post`, `district`, `village`.
    pub way: String,
    /// Code of the place a bag goes to; may be empty for a tour, and is empty for PT Pos.
    pub place: String,
    /// Who carries it.
    pub carrier: String,
    /// Rupiah that PT Pos collects for each letter; 0 for the others.
    pub cod: i64,
    /// Applications, in their order.
    pub apps: Vec<String>,
}

/// Documents of a run, in their order.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = RunOrder)]
pub struct Order {
    /// Application ids.
    pub apps: Vec<String>,
}

impl Wanted {
    /// The way, when everything asked for goes together.
    fn way(&self) -> Result<Way, Problem> {
        let way = Way::from_code(&self.way).ok_or_else(|| Problem::new("run_way").with("way", &self.way))?;
        let to_a_place = !self.place.is_empty();
        // A tour may keep to one subdistrict or not; a bag to a place needs one, and PT Pos sorts by itself.
        let fits = way == Way::Officer || way.is_bag_to_a_place() == to_a_place;
        if !fits || (to_a_place && Regions::current().name(&self.place).is_none()) {
            return Err(Problem::new("run_place").with("place", &self.place));
        }
        let carrier = self.carrier.trim().chars().count();
        if carrier > CARRIER_MAX || (carrier == 0 && way == Way::Officer) {
            return Err(Problem::new("reason_needed"));
        }
        // An officer who takes money for the service commits a crime (UU 24/2013, 95B): only PT Pos collects its own fee.
        if !(0..=COD_MAX).contains(&self.cod) || (self.cod > 0 && way != Way::Post) {
            return Err(Problem::new("run_cod").with("most", super::rupiah(COD_MAX)));
        }
        Ok(way)
    }
}

impl District {
    /// Makes a run from documents that wait for its way.
    ///
    /// # Errors
    /// `run_way`, `run_place`, `run_cod`, `reason_needed` without a carrier; those of [`District::order_run`].
    pub fn make_run(&self, officer: &str, wanted: &Wanted) -> Result<Opened, Problem> {
        let (way, now) = (wanted.way()?, self.edge.now());
        let id = self.edge.new_id().to_string();
        let day = Local::at(now, ZONE).day();
        let carrier = match wanted.carrier.trim() {
            "" if way == Way::Post => say("run.carrier.post", &[]),
            "" => self.agency(),
            name => name.to_owned(),
        };
        self.db.write(|tx| {
            let mut made = 0;
            for _ in 0..DRAWS_MAX {
                let number = format!("{}{}-{}", way.letter(), day.strftime("%y%m%d"), self.edge.symbols(3));
                made = tx.execute(
                    "INSERT INTO run (id, number, way, place, carrier, cod, state, made, made_by, sent, due)
                     VALUES ($1, $2, $3, $4, $5, $6, 'open', $7, $8, 0, '') ON CONFLICT DO NOTHING",
                    params![&id, number, way.code(), &wanted.place, &carrier, wanted.cod, now, officer],
                )?;
                if made > 0 {
                    break;
                }
            }
            if made == 0 {
                return Err(Problem::new("numbers_used_up"));
            }
            let made = run(tx, &self.area, &id)?;
            self.put(tx, &made, &wanted.apps, now)
        })?;
        self.run(&id)
    }

    /// Says anew what an open run carries, and in which order.
    ///
    /// # Errors
    /// `not_found`, `run_left` once it left, `run_empty`, `run_full`, `not_ready` or `in_another_run` with the number of the
    /// document that cannot go with it, `processing_held` for one that is held back.
    pub fn order_run(&self, id: &str, order: &Order) -> Result<Opened, Problem> {
        let now = self.edge.now();
        self.db.write(|tx| {
            let run = open(tx, &self.area, id)?;
            self.put(tx, &run, &order.apps, now)
        })?;
        self.run(id)
    }

    /// Gives an open run up: its documents wait again.
    ///
    /// # Errors
    /// `not_found`, `run_left`.
    pub fn unpack_run(&self, id: &str) -> Result<(), Problem> {
        self.db.write(|tx| {
            open(tx, &self.area, id)?;
            tx.execute("DELETE FROM run_item WHERE run = $1", params![id])?;
            tx.execute("DELETE FROM run WHERE id = $1", params![id])?;
            Ok(())
        })
    }

    /// Sends a run: each document is told as shipped. What was handed over or taken back meanwhile does not go. Cut in the
    /// middle, it is sent again and goes on where it stood.
    ///
    /// # Errors
    /// `not_found`, `run_left` when nothing is packed any more; those of the database.
    pub fn send_run(&self, id: &str, officer: &str) -> Result<Opened, Problem> {
        let (now, holidays) = (self.edge.now(), self.settings()?.holidays);
        let today = Local::at(now, ZONE).day();
        let (run, apps) = self.db.write(|tx| {
            tx.execute("UPDATE run SET state = state WHERE id = $1", params![id])?;
            let run = run(tx, &self.area, id)?;
            let sql = "SELECT app FROM run_item WHERE run = $1 AND state = 'packed' ORDER BY n";
            let rows = tx.query(sql, params![id])?;
            let apps = rows.iter().map(|r| r.text(0)).collect::<Result<Vec<_>, _>>()?;
            if apps.is_empty() {
                return Err(Problem::new("run_left"));
            }
            let due = working_days_after(today, run.way.days(), &holidays).to_string();
            tx.execute(
                "UPDATE run SET state = 'out', sent = $1, due = $2 WHERE id = $3 AND state = 'open'",
                params![now, due, id],
            )?;
            Ok::<_, Problem>((run, apps))
        })?;
        for app in apps {
            self.send_one(&run, &app, officer, now)?;
        }
        self.db.write(|tx| document::close(tx, id))?;
        self.run(id)
    }

    fn send_one(&self, run: &Run, app: &str, officer: &str, now: i64) -> Result<(), Problem> {
        let tracking = self.db.read(|tx| {
            let sql = "SELECT tracking FROM run_item WHERE run = $1 AND app = $2";
            let row = jukung_ledger::tx::first(tx, sql, params![&run.id, app])?;
            Ok::<_, Problem>(row.map(|r| r.text(0)).transpose()?.unwrap_or_default())
        })?;
        let body = Body::Shipped(shipped(run, &tracking));
        let sent = self.decide_and(app, officer, &[body], |tx, case| {
            // In somebody's hands already: neither sent nor carried along.
            if !matches!(case.state.status, Status::Issued | Status::ReadyForPickup) {
                return Err(Problem::new("not_allowed"));
            }
            let sql =
                "UPDATE run_item SET state = 'out', changed = $1 WHERE run = $2 AND app = $3 AND state = 'packed'";
            if tx.execute(sql, params![now, &run.id, app])? == 0 { Err(Problem::new("not_allowed")) } else { Ok(()) }
        });
        match sent {
            // Held back since it was packed: it stays here, too.
            Err(problem) if matches!(problem.code.as_str(), "not_allowed" | "processing_held") => self.db.write(|tx| {
                let sql =
                    "UPDATE run_item SET state = 'gone', changed = $1 WHERE run = $2 AND app = $3 AND state = 'packed'";
                tx.execute(sql, params![now, &run.id, app])?;
                Ok(())
            }),
            other => other,
        }
    }
}

/// What the families and counters are told of a document on its way: PT Pos's own number, else the run's.
pub(super) fn shipped(run: &Run, tracking: &str) -> Shipped {
    let tracking = if run.way == Way::Post { tracking } else { run.number.as_str() };
    Shipped { carrier: run.carrier.clone(), tracking: tracking.to_owned() }
}

/// A run that has not left, its row locked.
fn open(tx: &mut dyn Tx, area: &Area, id: &str) -> Result<Run, Problem> {
    tx.execute("UPDATE run SET state = state WHERE id = $1", params![id])?;
    let run = run(tx, area, id)?;
    if run.state == "open" { Ok(run) } else { Err(Problem::new("run_left")) }
}

impl District {
    /// Puts these documents into an open run, in this order, instead of what was in it.
    fn put(&self, tx: &mut dyn Tx, run: &Run, apps: &[String], now: i64) -> Result<(), Problem> {
        let distinct: BTreeSet<&String> = apps.iter().collect();
        if apps.is_empty() {
            return Err(Problem::new("run_empty"));
        }
        if apps.len() > ITEMS_MAX || distinct.len() < apps.len() {
            return Err(Problem::new("run_full").with("most", ITEMS_MAX));
        }
        let kept = tx.query("SELECT app, tracking FROM run_item WHERE run = $1", params![&run.id])?;
        let kept = kept.iter().map(|r| Ok((r.text(0)?, r.text(1)?))).collect::<Result<Vec<_>, Problem>>()?;
        tx.execute("DELETE FROM run_item WHERE run = $1", params![&run.id])?;
        for (n, app) in (1_i64..).zip(apps) {
            let case = self.to_process(tx, app)?;
            let number = case.state.number.clone();
            let there = matches!(case.state.status, Status::Issued | Status::ReadyForPickup);
            let same_place = run.place.is_empty() || document::place(&case) == run.place;
            if !there || document::way(&case) != run.way.code() || !same_place {
                return Err(Problem::new("not_ready").with("number", number));
            }
            let tracking = kept.iter().find(|(known, _)| known == app).map_or("", |(_, tracking)| tracking.as_str());
            let put = tx.execute(
                "INSERT INTO run_item (run, app, n, tracking, attempts, state, place, why, changed)
                 VALUES ($1, $2, $3, $4, 0, 'packed', '', '', $5) ON CONFLICT DO NOTHING",
                params![&run.id, app, n, tracking, now],
            )?;
            if put == 0 {
                return Err(Problem::new("in_another_run").with("number", number));
            }
        }
        Ok(())
    }
}
