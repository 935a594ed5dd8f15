//! What goes wrong with the files of a run: disks that lie, copies that are put back, twins, and old messages.

use super::check::Violation;
use super::faults::TAIL_DAYS_MAX;
use super::files::{Files, it_is};
use super::line::Passing;
use super::world::{DAY, World};
use jukung_district::ingest;
use jukung_domain::sync::log::KEEP_DAYS;
use jukung_ledger::Db;
use std::path::Path;

/// Commits a lying disk may lose, and a failover.
const LOST_COMMITS_MAX: usize = 3;
/// Copies kept of each computer, and of the district.
const BACKUPS_MAX: usize = 4;

impl World {
    /// A counter starts again from an older copy: of everything, or of its database alone.
    fn falls_back(&mut self, at: usize, from: &Path, what: &'static str, beside_too: bool) {
        self.note(what);
        it_is(self.now);
        let off = self.desks[at].clock_offset;
        let lives = self.desks[at].db.logs.len();
        let files = self.files();
        let here = files.desks[at].dir.clone();
        let dir = files.kept(from);
        if !beside_too {
            // Where the first start was before the copy, there is no such file to stay.
            let _ = std::fs::copy(here.join("head"), dir.join("head"));
        }
        files.restart(at, dir, off);
        self.look(at);
        self.forget_told(at);
        if !beside_too && self.desks[at].db.logs.len() >= lives {
            self.note("rollback seen at start");
        }
    }

    /// After a commit of a counter: its disk lied about the last ones.
    pub(super) fn lie_ends(&mut self, at: usize) {
        let Some((copy, left)) = self.files().desks[at].lie.take() else { return };
        if left > 1 {
            self.files().desks[at].lie = Some((copy, left - 1));
            return;
        }
        self.falls_back(at, &copy, "lying disk", true);
    }

    /// After a commit of the district.
    pub(super) fn district_wrote(&mut self) {
        self.look_at_district();
        if let Some((_, _, left)) = &mut self.files().lags {
            *left = left.saturating_sub(1);
        }
    }

    /// The standby takes over without the tail.
    pub(super) fn standby_takes_over(&mut self) {
        let now = self.now;
        let Some((day, copy, _)) = self.files().lags.take_if(|(_, _, left)| *left == 0) else { return };
        if now - day < TAIL_DAYS_MAX * DAY {
            self.put_back(&copy, "failover loses the tail");
        }
    }

    fn put_back(&mut self, copy: &Path, what: &'static str) {
        self.note(what);
        it_is(self.now);
        let files = self.files();
        files.lags = None;
        files.district = Some(files.open_district(copy));
        self.pending = None;
        self.look_at_district();
    }

    pub(super) fn counter_fault_on_file(&mut self, at: usize) {
        let dir = self.files().desks[at].dir.clone();
        match self.chance.below(100) {
            0..45 => {
                let left = 1 + self.chance.below(LOST_COMMITS_MAX);
                let copy = self.files().kept(&dir);
                self.files().desks[at].lie = Some((copy, left));
            }
            45..65 => {
                let copy = self.files().kept(&dir);
                let backups = self.files().desk_backups.entry(at).or_default();
                backups.push(copy);
                if backups.len() > BACKUPS_MAX - 1 {
                    backups.remove(0);
                }
            }
            65..90 => {
                let backups = self.files().desk_backups[&at].clone();
                let copy = self.chance.pick(&backups).clone();
                let whole = self.chance.happens(200);
                self.imaged |= whole;
                self.falls_back(at, &copy, if whole { "image restored" } else { "database restored" }, whole);
            }
            90..95 if self.desks.len() < 4 => {
                self.imaged = true;
                self.note("computer copied");
                let live = self.files().copied(at);
                let copy = self.files().kept(&dir);
                let new = self.desks.len();
                self.files().desks.push(live);
                self.files().desk_backups.insert(new, vec![copy]);
                let db = self.counter_of(new);
                let desk = self.desk_of(db);
                self.desks.push(desk);
            }
            _ if self.files().a_seat_is_free() => {
                self.note("computer destroyed, replaced");
                self.desks[at] = self.enrol(at);
                self.acknowledged.values_mut().for_each(|told| {
                    told.remove(&at);
                });
            }
            _ => {}
        }
    }

    pub(super) fn district_fault_on_file(&mut self) {
        let (_, dir) = self.files().district.as_ref().expect("it is open");
        let (dir, now) = (dir.clone(), self.now);
        match self.chance.below(100) {
            0..35 => self.back_up(&dir),
            35..60 => {
                let oldest = now - KEEP_DAYS * DAY;
                let usable: Vec<_> = self.files().backups.iter().filter(|(day, _)| *day >= oldest).cloned().collect();
                if !usable.is_empty() {
                    let copy = self.chance.pick(&usable).1.clone();
                    self.put_back(&copy, "district restored");
                }
            }
            60..80 => {
                let left = 1 + self.chance.below(LOST_COMMITS_MAX);
                let copy = self.files().kept(&dir);
                self.files().lags = Some((now, copy, left));
            }
            80..92 => {
                // A copy of the server that answers too.
                let (twin, _) = self.files().open_district(&dir);
                self.files().twin = Some(twin);
            }
            _ => self.files().twin = None,
        }
    }

    /// A copy that is read and compared moves what counts as safe.
    fn back_up(&mut self, dir: &Path) {
        self.note("district backed up");
        let now = self.now;
        it_is(now);
        let copy = self.files().kept(dir);
        let read = Db::open_sqlite(&copy.join("district.db"), None).expect("the copy opens");
        let Files { district, .. } = self.files();
        district.as_ref().expect("it is open").0.verify(&read).expect("a copy of the same moment");
        let files = self.files();
        files.backups.push((now, copy));
        if files.backups.len() > BACKUPS_MAX {
            files.backups.remove(0);
        }
        self.look_at_district();
    }

    /// Old requests and old answers come again.
    pub(super) fn stale_on_file(&mut self) -> Result<(), Violation> {
        let requests = self.chance.happens(500);
        let files = self.files();
        let (sent, told) = (files.requests.clone(), files.answers.clone());
        if requests && !sent.is_empty() {
            self.note("old request again");
            it_is(self.now);
            let body = self.chance.pick(&sent).clone();
            let call = ingest::read(&body).map_err(|_| Violation("a call that was read cannot be read"))?;
            let district = &self.files().district.as_ref().expect("it is open").0;
            district.sync(&call).map_err(|_| Violation("R7 the district refused a call"))?;
            self.district_wrote();
            self.standby_takes_over();
        } else if !told.is_empty() {
            let (at, answer) = self.chance.pick(&told).clone();
            self.note("old answer again");
            self.run(at, Passing { calls: 1, instead: Some(answer), ..Passing::default() }, false)?;
        }
        Ok(())
    }
}
