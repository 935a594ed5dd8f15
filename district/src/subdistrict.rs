//! The figures that a supervisor's counter is told: of its own office, and of the villages when the office is a
//! subdistrict's. This is the one place that decides who is told about whom (decision 0034).

use crate::District;
use crate::delivery::ZONE;
use crate::enrol::card_of;
use crate::said;
use jiff::civil::{Date, Time};
use jukung_domain::calendar::Local;
use jukung_domain::event::{self, Body};
use jukung_domain::problem::Problem;
use jukung_domain::subdistrict::{ComputerTold, OfficeTold, PinAsk, PinTold, Subdistrict, WeekTold, below};
use jukung_domain::texts;
use jukung_ledger::tx::first;
use jukung_ledger::{Tx, Value, params};
use std::collections::{BTreeMap, BTreeSet};

/// Weeks that are counted: this one, and the last one, for on Monday this one is empty.
const WEEKS: usize = 2;
/// Computers told: some 40 villages with two each.
const COMPUTERS_MAX: i64 = 100;
/// Files counted: ten times what a large subdistrict hands in within two weeks.
const FILES_MAX: i64 = 20_000;
/// Scans looked up at once; the statement always has so many places, so that it is prepared once.
const ASKED_AT_ONCE: usize = 100;

/// Where a supervisor's figures end: its own office, and those below it.
struct Reach {
    own: String,
    from: String,
    to: String,
}

/// One office while it is counted.
#[derive(Default)]
struct Counting {
    told: OfficeTold,
    people: [BTreeSet<String>; WEEKS],
    returned: [BTreeSet<String>; WEEKS],
    /// Scans that its files name: which file each belongs to.
    scans: BTreeMap<String, BTreeSet<String>>,
}

type Offices = BTreeMap<String, Counting>;

impl District {
    /// The figures for a computer; `None` for one that is not at work.
    ///
    /// # Errors
    /// Those of the database.
    pub(crate) fn subdistrict(&self, device: &str) -> Result<Option<Subdistrict>, Problem> {
        let now = self.edge.now();
        self.db.read(|tx| {
            let sql = "SELECT office FROM device WHERE id = $1 AND state = 'active'";
            let Some(row) = first(tx, sql, params![device])? else { return Ok(None) };
            let own = row.text(0)?;
            let (from, to) = below(&own);
            told(tx, &Reach { own, from, to }, now).map(Some)
        })
    }
}

impl District {
    /// The code for a forgotten PIN, for the computer of a supervisor: of another computer of its own office or of a village
    /// below it. Whose voice asks is for the supervisor to know, who asks is in the chain of that computer (decision 0026).
    ///
    /// # Errors
    /// Those of the database.
    pub(crate) fn pin_for(&self, device: &str, ask: &PinAsk) -> Result<PinTold, Problem> {
        let code = ask.code.trim().to_uppercase();
        let reached = self.db.read(|tx| {
            let sql = "SELECT office FROM device WHERE id = $1 AND state = 'active'";
            let Some(own) = first(tx, sql, params![device])?.map(|r| r.text(0)).transpose()? else { return Ok(false) };
            let (from, to) = below(&own);
            let sql = "SELECT id FROM device WHERE code = $1 AND state = 'active' AND id <> $2
                       AND (office = $3 OR (office >= $4 AND office < $5))";
            Ok::<_, Problem>(first(tx, sql, params![&code, device, &own, &from, &to])?.is_some())
        })?;
        let told = if reached { self.pin_code(&code, &ask.challenge) } else { Err(Problem::new("not_found")) };
        let answer = |told, problem| PinTold { ask: ask.clone(), told, problem };
        match told {
            Ok(told) => {
                tracing::info!("a code for a forgotten PIN at computer {code} was told to computer {device}");
                Ok(answer(told, String::new()))
            }
            Err(p) if ["not_found", "recovery_not_kept"].contains(&p.code.as_str()) => {
                Ok(answer(String::new(), p.code.clone()))
            }
            Err(problem) => Err(problem),
        }
    }
}

fn told(tx: &mut dyn Tx, reach: &Reach, now: i64) -> Result<Subdistrict, Problem> {
    let monday = monday(Local::at(now, ZONE).day());
    let before = monday.saturating_sub(jiff::Span::new().days(7));
    let weeks = [monday, before];
    let begins = weeks.map(|day| Local::from(day, Time::midnight(), ZONE));
    let mut offices = computers(tx, reach)?;
    files(tx, reach, begins, &mut offices)?;
    returns(tx, reach, begins, &mut offices)?;
    let mut all = Vec::new();
    for (code, mut counted) in offices {
        missing(tx, &code, &mut counted)?;
        for at in 0..WEEKS {
            let week = &mut counted.told.weeks[at];
            (week.people, week.returned) = (count(counted.people[at].len()), count(counted.returned[at].len()));
        }
        all.push(counted.told);
    }
    let weeks = weeks.iter().map(Date::to_string).collect();
    Ok(Subdistrict { at: now, version: env!("CARGO_PKG_VERSION").into(), weeks, offices: all })
}

fn count(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// The Monday of a day's week.
fn monday(day: Date) -> Date {
    day.saturating_sub(jiff::Span::new().days(day.weekday().to_monday_zero_offset()))
}

/// Offices with their computers at work.
fn computers(tx: &mut dyn Tx, reach: &Reach) -> Result<Offices, Problem> {
    let sql = "SELECT id, office, code, last_sync FROM device
               WHERE state = 'active' AND (office = $1 OR (office >= $2 AND office < $3)) ORDER BY office, code LIMIT $4";
    let mut offices = Offices::new();
    for row in tx.query(sql, params![&reach.own, &reach.from, &reach.to, COMPUTERS_MAX])? {
        let (said, office) = (said::of(tx, &row.text(0)?)?, row.text(1)?);
        let counted = offices.entry(office.clone()).or_default();
        if counted.told.code.is_empty() {
            let name = card_of(&office).map_or_else(|_| office.clone(), |card| card.name);
            let weeks = vec![WeekTold::default(); WEEKS];
            counted.told = OfficeTold { code: office, name, weeks, ..OfficeTold::default() };
        }
        counted.told.computers.push(ComputerTold {
            code: row.text(2)?,
            version: said.app,
            last: row.int(3)?,
            left: said.left,
            left_since: said.since,
        });
    }
    Ok(offices)
}

/// The week in which a moment lies, of those that are counted.
fn week_of(at: i64, begins: [i64; WEEKS]) -> Option<usize> {
    begins.iter().position(|begin| at >= *begin)
}

/// Files that arrived, who handed them in, and which scans they name.
fn files(tx: &mut dyn Tx, reach: &Reach, begins: [i64; WEEKS], offices: &mut Offices) -> Result<(), Problem> {
    let sql =
        "SELECT a.office, a.id, a.created, e.raw FROM app a JOIN event e ON e.app = a.id AND e.kind = 'app.create/1'
               WHERE a.created >= $1 AND (a.office = $2 OR (a.office >= $3 AND a.office < $4)) LIMIT $5";
    let since = begins[WEEKS - 1];
    for row in tx.query(sql, params![since, &reach.own, &reach.from, &reach.to, FILES_MAX])? {
        let (id, week) = (row.text(1)?, week_of(row.int(2)?, begins));
        let (Some(counted), Some(week)) = (offices.get_mut(&row.text(0)?), week) else { continue };
        counted.told.weeks[week].files += 1;
        let Ok(envelope) = event::read(&row.text(3)?) else { continue };
        if let Ok(Some(Body::Create(created))) = Body::read(&envelope) {
            for paper in created.d.attachments {
                counted.scans.entry(paper.sha256).or_default().insert(id.clone());
            }
        }
        counted.people[week].insert(envelope.u);
    }
    Ok(())
}

/// Files of these weeks that were returned, and for which reasons.
fn returns(tx: &mut dyn Tx, reach: &Reach, begins: [i64; WEEKS], offices: &mut Offices) -> Result<(), Problem> {
    // The kinds are named as in the index `event_answer`, so that it serves.
    let sql = "SELECT a.office, a.id, a.created, e.raw FROM event e JOIN app a ON a.id = e.app
               WHERE e.kind IN ('st.returned/1', 'st.approved/1', 'st.refused/1') AND e.kind = 'st.returned/1'
                 AND e.at >= $1 AND a.created >= $1 AND (a.office = $2 OR (a.office >= $3 AND a.office < $4)) LIMIT $5";
    let since = begins[WEEKS - 1];
    for row in tx.query(sql, params![since, &reach.own, &reach.from, &reach.to, FILES_MAX])? {
        let week = week_of(row.int(2)?, begins);
        let (Some(counted), Some(week)) = (offices.get_mut(&row.text(0)?), week) else { continue };
        counted.returned[week].insert(row.text(1)?);
        let read = event::read(&row.text(3)?).ok().and_then(|e| Body::read(&e).ok().flatten());
        if let Some(Body::Returned(returned)) = read {
            *counted.told.weeks[week].reasons.entry(reason(&returned.reason)).or_default() += 1;
        }
    }
    Ok(())
}

/// The code of a reason; what somebody wrote in words of their own stays here.
fn reason(said: &str) -> String {
    let known = said.bytes().all(|b| b.is_ascii_lowercase() || b == b'_') && texts::has(&format!("why.{said}"));
    if known { said.to_owned() } else { "other".into() }
}

/// Files whose scans have not all arrived, and since when.
fn missing(tx: &mut dyn Tx, office: &str, counted: &mut Counting) -> Result<(), Problem> {
    let places: Vec<String> = (2..ASKED_AT_ONCE + 2).map(|n| format!("${n}")).collect();
    let sql = format!(
        "SELECT sha256, at FROM blob WHERE office = $1 AND state = 'wanted' AND sha256 IN ({})",
        places.join(", ")
    );
    let (named, mut files) = (counted.scans.keys().collect::<Vec<_>>(), BTreeSet::new());
    for some in named.chunks(ASKED_AT_ONCE) {
        let mut asked = vec![Value::from(office)];
        asked.extend(some.iter().map(|sha| Value::from(*sha)));
        asked.resize(ASKED_AT_ONCE + 1, Value::from(""));
        for row in tx.query(&sql, &asked)? {
            files.extend(counted.scans.get(&row.text(0)?).into_iter().flatten().cloned());
            let (at, since) = (row.int(1)?, counted.told.waits_since);
            counted.told.waits_since = if since == 0 { at } else { at.min(since) };
        }
    }
    counted.told.waits = count(files.len());
    Ok(())
}
