//! The clock of an open office: the computer's own, as far as it can be believed (protocol 2.11). Work never waits for it.

use crate::edge::{Clock, Local};
use crate::tls::Trusted;
use crate::{Identity, Office, home, own, settings, stored};
use jiff::civil::Date;
use jukung_domain::event::{Body, ClockSet};
use jukung_domain::problem::Problem;
use jukung_domain::sync::clock::{BEHIND_MAX_MS, Wall, judge};
use jukung_ledger::tx::first;
use jukung_ledger::{DbProblem, Tx, params};
use std::sync::{Arc, Mutex, PoisonError};

/// 1 November 2026, the month this was built in, in ms: no moment before it can be now.
pub const BUILT_MS: i64 = 1_793_491_200_000;
/// Where the newest time that the district told is kept.
const TOLD: &str = "district_time";

/// How far the time can be believed; its mark stands in every event (protocol 2.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trust {
    /// The district has told the time since the program started.
    Told,
    /// Nothing speaks against it.
    Unverified,
    /// It cannot be right, and nobody has said yet what day it is.
    Doubted,
}

/// The computer's clock, moved to where a person or the district said it stands.
pub struct Believed {
    machine: Arc<dyn Clock>,
    state: Mutex<State>,
}

struct State {
    /// Added to the computer's clock, in ms.
    moved: i64,
    /// The newest moment that was certain, in ms.
    known: i64,
    /// Something happened here at `known`; before that only a clock in the past can be told from a right one.
    lived: bool,
    trust: Trust,
}

impl Believed {
    /// Over the computer's own clock.
    #[must_use]
    pub fn new(machine: Arc<dyn Clock>) -> Believed {
        let state = State { moved: 0, known: BUILT_MS, lived: false, trust: Trust::Unverified };
        Believed { machine, state: Mutex::new(state) }
    }

    /// What the computer's own clock says, in ms.
    #[must_use]
    pub fn machine_ms(&self) -> i64 {
        self.machine.now_ms()
    }

    /// How far it can be believed now.
    #[must_use]
    pub fn trust(&self) -> Trust {
        let _ = self.now_ms();
        self.state().trust
    }

    /// Its mark in an event: `t`rusted, `u`nverified, `x` broken.
    #[must_use]
    pub fn mark(&self) -> char {
        match self.trust() {
            Trust::Told => 't',
            Trust::Unverified => 'u',
            Trust::Doubted => 'x',
        }
    }

    /// The newest moment that is certain, in ms: TLS takes no certificate to be younger than this.
    #[must_use]
    pub fn known(&self) -> i64 {
        let now = self.now_ms();
        now.max(self.state().known)
    }

    /// Something happened here at `ms`.
    fn learn(&self, ms: i64) {
        let mut state = self.state();
        state.known = state.known.max(ms);
        state.lived = true;
    }

    /// It is `ms` now: a person or the district says so.
    fn set(&self, ms: i64, trust: Trust) {
        let machine = self.machine.now_ms();
        let mut state = self.state();
        // A few minutes are the computer's own: they are in no paper, and its seconds are better than a long call's.
        let moved = if (ms - machine).abs() <= BEHIND_MAX_MS { 0 } else { ms - machine };
        *state = State { moved, known: machine + moved, lived: true, trust };
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for Believed {
    /// Now: where the computer's clock cannot be right, the newest moment that is certain.
    fn now_ms(&self) -> i64 {
        let machine = self.machine.now_ms();
        let mut state = self.state();
        let now = machine.saturating_add(state.moved);
        match judge(now, state.known) {
            Wall::Ahead if state.lived => {}
            Wall::Fits | Wall::Ahead => {
                if state.lived {
                    state.known = state.known.max(now);
                }
                return now;
            }
            Wall::Behind => {}
        }
        (state.moved, state.trust) = (state.known.saturating_sub(machine), Trust::Doubted);
        state.known
    }
}

/// The newest moment this database knows of: the last word of the district and the last event written here.
fn newest(tx: &mut dyn Tx, identity: &Identity) -> Result<Option<i64>, Problem> {
    let told = settings::get(tx, TOLD)?.parse::<i64>().ok();
    let sql =
        "SELECT e.at FROM inc i JOIN log l ON l.device = $1 AND l.incarnation = i.inc JOIN event e ON e.uid = l.uid
               WHERE i.closed = 0 ORDER BY l.seq DESC LIMIT 1";
    let row = first(tx, sql, params![identity.device.to_string()]).map_err(stored)?;
    let last = row.map(|r| r.int(0)).transpose().map_err(stored)?;
    Ok(told.max(last))
}

/// Answers that a network delivers later than this come by stick. Further back it is the district's clock that was set right.
const LATE_MAX_MS: i64 = 86_400_000;

/// Whether an answer that the district gave at `ms` is older than one that was taken in already. By its signed times, not by
/// a clock of this computer (R11).
pub(crate) fn is_late(tx: &mut dyn Tx, ms: i64) -> Result<bool, Problem> {
    let newest = settings::get(tx, TOLD)?.parse::<i64>().ok();
    Ok(newest.is_some_and(|newest| (1..=LATE_MAX_MS).contains(&(newest - ms))))
}

/// Whether the application was handed in while the clock could not be believed.
///
/// # Errors
/// Those of the engine.
pub(crate) fn was_doubted(tx: &mut dyn Tx, application: &str) -> Result<bool, DbProblem> {
    let sql = "SELECT raw FROM event WHERE app = $1 AND kind = 'app.create/1'";
    let Some(row) = first(tx, sql, params![application])? else { return Ok(false) };
    Ok(jukung_domain::event::read(&row.text(0)?)?.c == 'x')
}

impl Office {
    /// Before anything else asks for the time.
    pub(crate) fn learn_time(&self) -> Result<(), Problem> {
        if let Some(ms) = self.db.read(|tx| newest(tx, &self.identity))? {
            self.identity.clock.learn(ms);
        }
        Ok(())
    }

    /// Takes the time the district signed just now. An older word than the newest is a late answer and says nothing of now.
    pub(crate) fn told_time(&self, ms: i64) -> Result<(), Problem> {
        self.db.write(|tx| {
            let late = settings::get(tx, TOLD)?.parse::<i64>().is_ok_and(|before| ms < before);
            if late || ms < BUILT_MS {
                return Ok(());
            }
            self.identity.clock.set(ms, Trust::Told);
            settings::set(tx, TOLD, &ms.to_string())
        })
    }

    /// What is certain before a call to the district.
    ///
    /// # Errors
    /// Those of storage.
    pub fn trusted(&self) -> Result<Trusted, Problem> {
        let pins = home::card(&self.dir)?.map(|card| card.pins).unwrap_or_default();
        let known_ms = self.identity.clock.known();
        Ok(Trusted { known_ms, lived: self.identity.clock.state().lived, pins })
    }

    /// The day to ask a person about, while the computer's clock cannot be believed.
    #[must_use]
    pub fn doubted_day(&self) -> Option<Date> {
        (self.identity.clock.trust() == Trust::Doubted).then(|| self.today())
    }

    /// A person says what day it is. The time of day is the computer's own, or what is known of this day already. The
    /// computer's clock itself is never set.
    ///
    /// # Errors
    /// `day_unknown`; `day_before_program` for a day before this program was made; those of storage.
    pub fn set_day(&self, day: &str) -> Result<(), Problem> {
        let day: Date = day.parse().map_err(|_| Problem::new("day_unknown"))?;
        let zone = &self.identity.office.zone;
        let built = Local::at(BUILT_MS, zone).day();
        if day < built {
            return Err(Problem::new("day_before_program").with("date", crate::edge::long_day(built)));
        }
        let clock = &self.identity.clock;
        let (wall, known) = (clock.machine.now_ms(), clock.known());
        let hour = Local::at(wall, zone).of_day();
        let mut now = Local::from(day, hour, zone);
        if Local::at(known, zone).day() == day {
            now = now.max(known);
        }
        clock.set(now, Trust::Unverified);
        let said = ClockSet { day: day.to_string(), wall, known };
        let now = self.now();
        self.db.write(|tx| own::append_note(tx, &self.identity, &Body::ClockSet(said), &self.edge, now))?;
        self.nudge();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::Time;
    use std::sync::atomic::{AtomicI64, Ordering};

    struct Hand(AtomicI64);
    impl Clock for Hand {
        fn now_ms(&self) -> i64 {
            self.0.load(Ordering::Relaxed)
        }
    }
    const DAY: i64 = 86_400_000;
    const NOW: i64 = BUILT_MS + 30 * DAY;

    fn at(wall: i64) -> (Arc<Hand>, Believed) {
        let hand = Arc::new(Hand(AtomicI64::new(wall)));
        (hand.clone(), Believed::new(hand))
    }

    #[test]
    fn a_dead_battery_is_noticed_and_time_goes_on_from_what_is_known() {
        let (hand, clock) = at(0);
        clock.learn(NOW);
        assert_eq!((clock.now_ms(), clock.trust()), (NOW, Trust::Doubted));
        hand.0.store(60_000, Ordering::Relaxed);
        assert_eq!(clock.now_ms(), NOW + 60_000);
        clock.set(NOW + 3 * DAY, Trust::Unverified);
        assert_eq!((clock.now_ms(), clock.mark()), (NOW + 3 * DAY, 'u'));
    }

    #[test]
    fn a_clock_that_jumps_while_the_program_runs_is_not_followed() {
        let (hand, clock) = at(NOW);
        clock.learn(NOW - DAY);
        assert_eq!((clock.now_ms(), clock.mark()), (NOW, 'u'));
        for jump in [-50 * 365 * DAY, 50 * 365 * DAY, -DAY] {
            hand.0.store(NOW + jump, Ordering::Relaxed);
            assert_eq!((clock.now_ms(), clock.mark()), (NOW, 'x'), "{jump}");
            clock.set(NOW, Trust::Told);
            assert_eq!((clock.now_ms(), clock.mark()), (NOW, 't'), "{jump}");
        }
    }

    #[test]
    fn a_new_computer_long_after_the_build_is_believed_and_one_before_it_is_not() {
        assert_eq!(at(BUILT_MS + 900 * DAY).1.mark(), 'u');
        assert_eq!(at(BUILT_MS - DAY).1.mark(), 'x');
    }

    #[test]
    fn the_district_sets_right_what_a_person_said_wrongly() {
        let (_, clock) = at(0);
        clock.set(NOW + 20 * DAY, Trust::Unverified);
        clock.set(NOW, Trust::Told);
        assert_eq!((clock.now_ms(), clock.mark()), (NOW, 't'));
    }

    #[test]
    fn a_few_minutes_of_difference_are_left_to_the_computer() {
        let (_, clock) = at(NOW);
        clock.set(NOW + BEHIND_MAX_MS, Trust::Told);
        assert_eq!((clock.now_ms(), clock.mark()), (NOW, 't'));
    }

    #[test]
    fn midnight_and_noon_of_a_zone_are_found_again() {
        for zone in ["WIB", "WITA", "WIT"] {
            for time in [Time::midnight(), jiff::civil::time(23, 59, 59, 0)] {
                let ms = Local::from(jiff::civil::date(2026, 12, 1), time, zone);
                assert_eq!(
                    (Local::at(ms, zone).day(), Local::at(ms, zone).of_day()),
                    (jiff::civil::date(2026, 12, 1), time)
                );
            }
        }
    }
}
