//! Closing a day (Tutup hari): the sheet is built from the log after the last one, signed, chained, and written as an event.
//! A day is a calendar date that is handed in; events belong to it up to the first one of a later date.

use crate::{Identity, Office, lives, own, stored};
use jiff::civil::Date;
use jukung_crypto::sign;
use jukung_domain::closing::{Counted, DayClosed, Span};
use jukung_domain::event::{self, Body, Hash, Origin, short};
use jukung_domain::problem::Problem;
use jukung_domain::wire::{self, SyncHead};
use jukung_ledger::log::hash;
use jukung_ledger::tx::first;
use jukung_ledger::{Tx, days, feed, params};
use std::collections::{BTreeMap, BTreeSet};

/// Missed days closed in one go: two months; a computer that stood longer goes on at the next sign-in.
const MISSED_MAX: usize = 62;

impl Office {
    /// Closes `day`. Only the earliest day that is open can be closed; a second sheet for a day covers what came after
    /// the first.
    ///
    /// # Errors
    /// `day_unknown` for a text that is no date; `day_order` when an earlier day is open or `day` is not over yet;
    /// `day_closed` when nothing happened since its last sheet; `clock_doubted` while nobody knows what day it is; those of
    /// storage.
    pub fn close_day(&self, day: &str) -> Result<String, Problem> {
        let day: Date = day.parse().map_err(|_| Problem::new("day_unknown"))?;
        if self.doubted_day().is_some() {
            return Err(Problem::new("clock_doubted"));
        }
        let (now, on) = (self.now(), self.today());
        let uid = self.db.write(|tx| {
            if day != self.open_day(tx, on)? {
                return Err(Problem::new("day_order"));
            }
            let mut sheet = self.sheet(tx, day, on)?;
            let sql = "SELECT n FROM day_sheet WHERE device = $1 AND day = $2";
            let closed = first(tx, sql, params![self.identity.device.to_string(), &sheet.day]).map_err(stored)?;
            if sheet.logs.is_empty() && closed.is_some() {
                return Err(Problem::new("day_closed"));
            }
            let json = |e: serde_json::Error| Problem::new("internal").with("at", e);
            sheet.sig = hex::encode(sign::sign(&self.seed(), &sheet.signed_bytes().map_err(json)?));
            let uid = own::append_note(tx, &self.identity, &Body::DayClosed(sheet.clone()), &self.edge, now)?;
            self.keep_sheet(tx, &sheet, &uid, now)?;
            Ok(hex::encode(uid))
        })?;
        self.nudge();
        Ok(uid)
    }

    /// Closes the days before today that nobody closed, each as such; says which. A clock that cannot be believed closes
    /// nothing.
    ///
    /// # Errors
    /// Those of storage.
    pub fn close_missed(&self) -> Result<Vec<Date>, Problem> {
        let mut closed = Vec::new();
        while self.doubted_day().is_none() && closed.len() < MISSED_MAX {
            let (open, today) = (self.db.read(|tx| self.open_day(tx, self.today()))?, self.today());
            if open >= today {
                break;
            }
            self.close_day(&open.to_string())?;
            closed.push(open);
        }
        Ok(closed)
    }

    /// The earliest day with events that no sheet covers; `today` when there are none.
    pub(crate) fn open_day(&self, tx: &mut dyn Tx, today: Date) -> Result<Date, Problem> {
        let mut earliest = today;
        let marks = marks(tx, "log")?;
        for log in lives::all(tx)? {
            let sql = "SELECT e.at FROM log l JOIN event e ON e.uid = l.uid
                       WHERE l.device = $1 AND l.incarnation = $2 AND l.seq > $3 ORDER BY l.seq LIMIT 1";
            let after = reached(&marks, log.incarnation);
            let row = first(tx, sql, params![self.identity.device.to_string(), log.incarnation, after]);
            if let Some(row) = row.map_err(stored)? {
                earliest = earliest.min(self.local(row.int(0).map_err(stored)?).day());
            }
        }
        Ok(earliest)
    }

    /// What the sheet of `day` says if it is closed on `on`; unsigned.
    pub(crate) fn sheet(&self, tx: &mut dyn Tx, day: Date, on: Date) -> Result<DayClosed, Problem> {
        let (mut counted, mut logs) = (Counted::default(), Vec::new());
        let (mut left, mut acked) = (BTreeSet::new(), BTreeSet::new());
        let (device, marks_log) = (self.identity.device.to_string(), marks(tx, "log")?);
        for log in lives::all(tx)? {
            let from = reached(&marks_log, log.incarnation).max(log.gone) + 1;
            let gone_out = left_to(tx, log.incarnation)?.max(log.acked);
            let sql = "SELECT l.seq, l.chain, e.raw, e.at FROM log l JOIN event e ON e.uid = l.uid
                       WHERE l.device = $1 AND l.incarnation = $2 AND l.seq >= $3 ORDER BY l.seq";
            let mut last: Option<(i64, String)> = None;
            for row in tx.query(sql, params![&device, log.incarnation, from]).map_err(stored)? {
                if self.local(row.int(3).map_err(stored)?).day() > day {
                    break;
                }
                let seq = row.int(0).map_err(stored)?;
                if let Some(number) = counted.add(&row.text(2).map_err(stored)?) {
                    left.extend((seq <= gone_out).then(|| number.clone()));
                    acked.extend((seq <= log.acked).then_some(number));
                }
                last = Some((seq, row.text(1).map_err(stored)?));
            }
            if let Some((t, chain)) = last {
                let c = short(&hash(&chain).map_err(stored)?);
                logs.push(Span { i: wire::incarnation_hex(log.incarnation), f: from, t, c, a: log.acked });
            }
        }
        let told = marks(tx, "number")?;
        let taken = counted.untold(&told);
        let count = |set: &BTreeSet<String>| i64::try_from(taken.intersection(set).count()).unwrap_or(i64::MAX);
        let all = i64::try_from(taken.len()).unwrap_or(i64::MAX);
        let sql = "SELECT n, hash FROM day_sheet WHERE device = $1 ORDER BY n DESC LIMIT 1";
        let before = first(tx, sql, params![&device]).map_err(stored)?;
        let (n, prev) = match before {
            Some(row) => (row.int(0).map_err(stored)?, row.text(1).map_err(stored)?),
            None => (0, String::new()),
        };
        let here = feed::head(tx, &self.identity.office.code).map_err(stored)?;
        Ok(DayClosed {
            n: n + 1,
            day: day.to_string(),
            on: on.to_string(),
            prev,
            logs,
            numbers: counted.numbers(&told),
            taken: all,
            sent: count(&left),
            acknowledged: count(&acked),
            printed: counted.printed,
            unprinted: all - count(&counted.on_paper),
            waiting: one(tx, "SELECT count(*) FROM queue")?,
            scans: one(tx, SCANS_HERE)?,
            seen: (here.n, short(&here.hash)),
            sig: String::new(),
        })
    }

    fn keep_sheet(&self, tx: &mut dyn Tx, sheet: &DayClosed, uid: &Hash, at: i64) -> Result<(), Problem> {
        let (device, uid) = (self.identity.device.to_string(), hex::encode(uid));
        let from = days::Source { device: &device, office: &self.identity.office.code, uid: &uid, at };
        days::keep(tx, from, sheet).map_err(stored)?;
        advance(tx, sheet)?;
        // Its own place needs no sheet when it stands right behind what it covers.
        let life = own::life(tx).map_err(stored)?;
        if reached(&marks(tx, "log")?, life.incarnation) == life.next - 2 {
            mark(tx, "log", &life.incarnation.to_string(), life.next - 1)?;
        }
        Ok(())
    }

    /// Notes what a call carried: it has left this computer, whether or not an answer comes.
    pub(crate) fn note_left(&self, head: &SyncHead) -> Result<(), Problem> {
        let carried = head.logs.iter().filter(|part| part.m > 0).map(|part| (&part.i, part.f + part.m - 1));
        self.note_left_to(carried.collect())
    }

    /// Notes that all of the log is on a stick now.
    pub(crate) fn note_packed(&self, head: &SyncHead) -> Result<(), Problem> {
        self.note_left_to(head.logs.iter().map(|part| (&part.i, part.n)).collect())
    }

    fn note_left_to(&self, places: Vec<(&String, i64)>) -> Result<(), Problem> {
        let places = places.into_iter().filter_map(|(i, to)| Some((wire::incarnation_from_hex(i)?, to)));
        let news = self.db.read(|tx| {
            let mut news = Vec::new();
            for (incarnation, to) in places {
                if left_to(tx, incarnation)? < to {
                    news.push((incarnation, to));
                }
            }
            Ok::<_, Problem>(news)
        })?;
        if news.is_empty() {
            return Ok(());
        }
        self.db.write(|tx| news.iter().try_for_each(|(i, to)| mark(tx, "left", &i.to_string(), *to)))
    }
}

/// Scans of applications that were handed in and that the district does not have.
const SCANS_HERE: &str = "SELECT count(*) FROM blob b WHERE b.state <> 'received'
    AND EXISTS (SELECT 1 FROM scan s JOIN app a ON a.id = s.draft WHERE s.sha256 = b.sha256 AND s.binned = 0)";

fn one(tx: &mut dyn Tx, sql: &str) -> Result<i64, Problem> {
    first(tx, sql, &[]).map_err(stored)?.map_or(Ok(0), |r| r.int(0)).map_err(stored)
}

/// How far each life (`log`), code (`number`) or carried log (`left`) is.
fn marks(tx: &mut dyn Tx, kind: &str) -> Result<BTreeMap<String, i64>, Problem> {
    let rows = tx.query("SELECT k, upto FROM day_mark WHERE kind = $1", params![kind]).map_err(stored)?;
    rows.iter().map(|r| Ok((r.text(0).map_err(stored)?, r.int(1).map_err(stored)?))).collect()
}

fn reached(marks: &BTreeMap<String, i64>, incarnation: i64) -> i64 {
    marks.get(&incarnation.to_string()).copied().unwrap_or(0)
}

fn left_to(tx: &mut dyn Tx, incarnation: i64) -> Result<i64, Problem> {
    Ok(reached(&marks(tx, "left")?, incarnation))
}

fn mark(tx: &mut dyn Tx, kind: &str, key: &str, upto: i64) -> Result<(), Problem> {
    tx.execute(
        "INSERT INTO day_mark (kind, k, upto) VALUES ($1, $2, $3)
         ON CONFLICT (kind, k) DO UPDATE SET upto = CASE WHEN excluded.upto > upto THEN excluded.upto ELSE upto END",
        params![kind, key, upto],
    )
    .map_err(stored)?;
    Ok(())
}

/// The next sheet begins behind this one.
fn advance(tx: &mut dyn Tx, sheet: &DayClosed) -> Result<(), Problem> {
    for span in &sheet.logs {
        if let Some(incarnation) = wire::incarnation_from_hex(&span.i) {
            mark(tx, "log", &incarnation.to_string(), span.t)?;
        }
    }
    sheet.numbers.iter().try_for_each(|n| mark(tx, "number", &n.c, n.t))
}

/// Takes in a sheet of the office, or what the district found about one. Says whether `body` was either.
///
/// # Errors
/// Those of storage.
pub(crate) fn take_note(
    tx: &mut dyn Tx,
    identity: &Identity,
    body: &Body,
    uid: &str,
    origin: &Origin,
    now: i64,
) -> Result<bool, Problem> {
    if let Body::DayClosed(sheet) = body {
        let device = origin.device.to_string();
        let from = days::Source { device: &device, office: &identity.office.code, uid, at: now };
        days::keep(tx, from, sheet).map_err(stored)?;
        if origin.device == identity.device {
            advance(tx, sheet)?;
        }
        return Ok(true);
    }
    let Body::DayCompared(found) = body else { return Ok(false) };
    let text = serde_json::to_string(&found.x).map_err(|e| Problem::new("internal").with("at", e))?;
    if !days::set_result(tx, &found.r, &text).map_err(stored)? {
        // A sheet that this computer wrote and does not list: it is listed now, with what was found.
        keep_event(tx, identity, &found.r, now)?;
        days::set_result(tx, &found.r, &text).map_err(stored)?;
    }
    if !found.x.is_empty() && found.d == identity.device.to_string() {
        tx.execute(
            "INSERT INTO attention (uid, app, reason, detail, opened, closed) VALUES ($1, $2, 'day', '', $3, 0)
             ON CONFLICT DO NOTHING",
            params![uid, &found.r, now],
        )
        .map_err(stored)?;
    }
    Ok(true)
}

fn keep_event(tx: &mut dyn Tx, identity: &Identity, uid: &str, at: i64) -> Result<(), Problem> {
    let row = first(tx, "SELECT raw, device FROM event WHERE uid = $1", params![uid]).map_err(stored)?;
    let Some(row) = row else { return Ok(()) };
    let body = event::read(&row.text(0).map_err(stored)?).ok().map(|e| Body::read(&e));
    let Some(Ok(Some(Body::DayClosed(sheet)))) = body else { return Ok(()) };
    let device = row.text(1).map_err(stored)?;
    let from = days::Source { device: &device, office: &identity.office.code, uid, at };
    days::keep(tx, from, &sheet).map_err(stored)
}
