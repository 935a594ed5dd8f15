//! What goes wrong in a run: disks, backups, copies of computers, failovers, and old messages that come again.

use super::check::Violation;
use super::counter::Counter;
use super::district::District;
use super::paper::Hashes;
use super::rules::Removed;
use super::world::{DAY, Desk, World, head};
use jukung_domain::sync::log::{KEEP_DAYS, Life, Sign};
use jukung_domain::sync::numbers::Numbers;
use jukung_domain::sync::room::FLOOR_BYTES;

/// The oldest tail a failover may lose, in days: a standby that lags longer is out of service.
pub(super) const TAIL_DAYS_MAX: i64 = 30;

impl World {
    /// A counter starts again from an older state of its disk.
    fn fall_back(&mut self, at: usize, to: Counter, what: &'static str, beside_too: bool) {
        self.note(what);
        let desk = &mut self.desks[at];
        desk.db = to;
        if desk.disk != i64::MAX {
            // What was deleted since comes back: a disk that held it holds it again.
            desk.disk = desk.disk.max(desk.db.bytes() + FLOOR_BYTES);
        }
        self.forget_told(at);
        let desk = &mut self.desks[at];
        let database = head(&desk.db);
        if beside_too {
            desk.beside = database;
        }
        // An unclean start.
        desk.db.numbers = self.rules.after_unclean_end(desk.db.numbers);
        let life = self.rules.life_after(Sign::Started { database, beside: Some(desk.beside) });
        if life == Life::New {
            self.note("rollback seen at start");
            if !self.rules.lacks(Removed::R10Code) {
                self.desks[at].db.code = self.code();
                self.desks[at].db.numbers = Numbers::FRESH;
            }
            let (fresh, open) = (self.chance.incarnation(), self.desks[at].db.logs.len() - 1);
            let keep = self.desks[at].db.open().acked;
            self.desks[at].db.branch(open, keep, life, fresh, self.rules);
        }
        self.desks[at].recent.clear();
        self.commit(at);
    }

    /// What a computer that was set back was told of events it does not have any more counts no longer.
    pub(super) fn forget_told(&mut self, at: usize) {
        let logs = &self.desks[at].db.logs;
        let have: Hashes = logs.iter().flat_map(|l| l.events.iter().map(|(e, _)| e.uid)).collect();
        for (uid, told) in &mut self.acknowledged {
            if !have.contains(uid) {
                told.remove(&at);
            }
        }
    }

    fn restore(&mut self, to: District, what: &'static str) {
        self.note(what);
        self.district = to;
        self.standby = self.district.clone();
        self.recent.clear();
        self.pending = None;
        self.ever_from = 0;
    }

    pub(super) fn counter_fault(&mut self, at: usize) {
        if self.files.is_some() {
            return self.counter_fault_on_file(at);
        }
        let desk = &self.desks[at];
        let (recent, backups) = (desk.recent.clone(), desk.backups.clone());
        match self.chance.below(100) {
            0..45 => {
                let to = self.chance.pick(&recent).clone();
                self.fall_back(at, to, "lying disk", true);
            }
            45..65 => {
                let desk = &mut self.desks[at];
                desk.backups.push(desk.db.clone());
                if desk.backups.len() > 3 {
                    desk.backups.remove(0);
                }
            }
            65..85 => {
                let to = self.chance.pick(&backups).clone();
                self.fall_back(at, to, "database restored", false);
            }
            85..90 => {
                self.imaged = true;
                let to = self.chance.pick(&backups).clone();
                self.fall_back(at, to, "image restored", true);
            }
            90..95 if self.desks.len() < 4 => {
                self.imaged = true;
                self.note("computer copied");
                let (db, beside, disk) = (self.desks[at].db.clone(), self.desks[at].beside, self.desks[at].disk);
                let (recent, backups) = (vec![db.clone()], vec![db.clone()]);
                self.desks.push(Desk { db, recent, backups, beside, scans: Vec::new(), clock_offset: 0, disk });
            }
            _ => {
                self.note("computer destroyed, replaced");
                self.desks[at] = self.enrol(at);
                self.acknowledged.values_mut().for_each(|told| {
                    told.remove(&at);
                });
            }
        }
    }

    pub(super) fn district_fault(&mut self) {
        if self.files.is_some() {
            return self.district_fault_on_file();
        }
        match self.chance.below(100) {
            0..35 => {
                self.backups.push((self.now, self.district.clone()));
                if self.backups.len() > 4 {
                    self.backups.remove(0);
                }
            }
            35..60 => {
                // Backups older than the keeping time are not used any more.
                let oldest = self.now - KEEP_DAYS * DAY;
                let usable: Vec<District> =
                    self.backups.iter().filter(|(day, _)| *day >= oldest).map(|(_, d)| d.clone()).collect();
                if !usable.is_empty() {
                    let to = self.chance.pick(&usable).clone();
                    self.restore(to, "district restored");
                }
            }
            60..75 => {
                self.recent.retain(|(at, _)| self.now - at < TAIL_DAYS_MAX * DAY);
                if !self.recent.is_empty() {
                    let to = self.chance.pick(&self.recent.clone()).1.clone();
                    self.restore(to, "failover loses the tail");
                }
            }
            75..85 => self.restore(self.standby.clone(), "failover to the standby"),
            85..95 if self.twin.is_none() => self.twin = self.recent.first().map(|(_, d)| d.clone()),
            _ => self.twin = None,
        }
    }

    /// Old requests and old answers come again.
    pub(super) fn stale(&mut self) -> Result<(), Violation> {
        if self.files.is_some() {
            return self.stale_on_file();
        }
        if self.chance.happens(500) && !self.requests.is_empty() {
            let request = self.chance.pick(&self.requests.clone()).clone();
            self.note("old request again");
            let wrote = self.district.sync(&request, self.rules).is_some_and(|a| a.wrote);
            self.district_committed(wrote);
        } else if !self.answers.is_empty() {
            let (at, answer) = self.chance.pick(&self.answers.clone()).clone();
            self.note("old answer again");
            self.take_in(at, &answer);
        }
        Ok(())
    }
}
