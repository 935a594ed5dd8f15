//! Daily verified copies of the database, beside it (protocol 2.17): made while people work, read back whole before they
//! count, and gone when the database gets another key, for they open with the one of before (decision 0010).

use crate::scan::store::failed;
use crate::{Office, home, mend, settings, stored};
use jiff::civil::Date;
use jukung_domain::problem::Problem;
use jukung_domain::sync::copies::{KEPT, Made, due};
use jukung_domain::texts::say;
use jukung_domain::words::long_day;
use jukung_ledger::check::{self, Checked};
use jukung_ledger::point::point;
use jukung_ledger::tx::first;
use jukung_ledger::{Db, DbProblem, private};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{MutexGuard, PoisonError};

/// Folder of the copies in the data folder.
pub const FOLDER: &str = "cadangan";
/// A copy that is not verified yet.
const UNFINISHED: &str = "new.db";
/// Companions that SQLite may put beside a file.
const COMPANIONS: [&str; 3] = ["-wal", "-shm", "-journal"];

/// The copies in a data folder, the newest first.
#[must_use]
pub fn all(dir: &Path) -> Vec<(Made, PathBuf)> {
    let entries = fs::read_dir(dir.join(FOLDER)).into_iter().flatten().flatten();
    let copy = |e: fs::DirEntry| Some((Made::read(e.file_name().to_str()?)?, e.path()));
    let mut found: Vec<(Made, PathBuf)> = entries.filter_map(copy).collect();
    found.sort_by_key(|(made, _)| std::cmp::Reverse(made.n));
    found
}

/// Opens a copy and reads all of it: every page, every identity, every chain.
///
/// # Errors
/// `cannot_open` with another key; `damaged`.
pub fn verified(path: &Path, key: &[u8; 32], device: uuid::Uuid, office: &str) -> Result<Checked, DbProblem> {
    let copy = Db::open_untouched(path, Some(key))?;
    if let Some(line) = copy.quick_check()?.first() {
        return Err(DbProblem::Damaged(line.clone()));
    }
    let checked = copy.read(|tx| check::everything(tx, device, office));
    drop(copy);
    without_companions(path);
    checked
}

/// Removes what SQLite left beside a file that nobody has open.
fn without_companions(path: &Path) {
    for end in COMPANIONS {
        let mut name = path.as_os_str().to_owned();
        name.push(end);
        let _ = fs::remove_file(PathBuf::from(name));
    }
}

impl Office {
    fn copying(&self) -> MutexGuard<'_, ()> {
        self.copying.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs `work` while no copy is being made: the key cannot be changed under one.
    pub(crate) fn between_copies<T>(&self, work: impl FnOnce() -> T) -> T {
        let _turn = self.copying();
        work()
    }

    /// Today, where the clock can be believed.
    fn believed_day(&self) -> Option<Date> {
        self.doubted_day().is_none().then(|| self.today())
    }

    /// Makes the day's copy when it is due and there is room for it, and lets go of those of another key. Says what the
    /// new copy holds.
    ///
    /// # Errors
    /// `damaged` when the database cannot be copied whole; `disk_full`, `read_only`. Copies of before stay then.
    pub fn tend_copies(&self) -> Result<Option<Checked>, Problem> {
        let _turn = self.copying();
        let strangers = self.strangers(&self.dir);
        let events = self.events()?;
        let newest = all(&self.dir).into_iter().find(|(_, path)| !strangers.contains(path));
        let mended = self.db.read(|tx| settings::get(tx, mend::COPY_DUE))? == "yes";
        let made = if mended || due(newest.as_ref().map(|(made, _)| made), self.believed_day(), events) {
            self.make_copy()
        } else {
            Ok(None)
        };
        remove(&strangers)?;
        made
    }

    /// Copies of before a change of the key go, what was once put aside goes with them, and one with the new key is made at once: whoever left could open them.
    ///
    /// # Errors
    /// `read_only` when one could not be deleted; that no new one could be made is only logged, the next start tries again.
    pub(crate) fn renew_copies(&self) -> Result<(), Problem> {
        let _turn = self.copying();
        let strangers = self.strangers(&self.dir);
        if let Err(problem) = self.make_copy() {
            tracing::warn!("no copy was made after the change of the key: {problem}");
        }
        mend::forget_aside(&self.dir)?;
        remove(&strangers)
    }

    /// Copies that do not open with the key of today: made before it was changed, or broken.
    pub(crate) fn strangers(&self, dir: &Path) -> Vec<PathBuf> {
        let key = self.database_key();
        let opens = |path: &Path| {
            let opened = Db::open_untouched(path, Some(&key)).is_ok();
            without_companions(path);
            opened
        };
        all(dir).into_iter().map(|(_, path)| path).filter(|path| !opens(path)).collect()
    }

    /// How far the database has come.
    fn events(&self) -> Result<i64, Problem> {
        let row = self.db.read(|tx| first(tx, "SELECT coalesce(max(rowid), 0) FROM event", &[])).map_err(stored)?;
        row.map_or(Ok(0), |r| r.int(0)).map_err(stored)
    }

    /// The day's copy, when there is room for it.
    fn make_copy(&self) -> Result<Option<Checked>, Problem> {
        let bytes = fs::metadata(self.dir.join(home::DATABASE)).map_or(0, |m| m.len());
        #[expect(clippy::cast_precision_loss, reason = "bytes of a file: far below 2^53")]
        if !self.room_for_copy(bytes as f64) {
            tracing::warn!("there is no room for a copy of the database");
            return Ok(None);
        }
        let checked = self.copy_into(&self.dir, KEPT)?;
        self.db.write(|tx| settings::set(tx, mend::COPY_DUE, ""))?;
        Ok(Some(checked))
    }

    /// One copy among those of `dir`, of which `kept` stay: made over a connection of its own, so that nobody waits for it;
    /// read back whole; only then it has a name.
    ///
    /// # Errors
    /// `damaged` when the database cannot be copied whole; `disk_full`, `read_only`.
    pub(crate) fn copy_into(&self, dir: &Path, kept: usize) -> Result<Checked, Problem> {
        let (database, folder) = (self.dir.join(home::DATABASE), dir.join(FOLDER));
        private::folder(&folder).map_err(|e| failed(&e))?;
        let unfinished = folder.join(UNFINISHED);
        without_companions(&unfinished);
        // An empty file that only this person may read: SQLite fills it.
        private::new_file(&unfinished).map_err(|e| failed(&e))?;
        let (key, events) = (self.database_key(), self.events()?);
        let (device, office) = (self.identity.device, self.identity.office.code.as_str());
        let copied = Db::open_untouched(&database, Some(&key))
            .and_then(|db| db.copy_to(&unfinished))
            .and_then(|()| verified(&unfinished, &key, device, office));
        point("daily.copied");
        let checked = copied.map_err(|problem| {
            let _ = fs::remove_file(&unfinished);
            if matches!(problem, DbProblem::Damaged(_)) {
                mend::suspect(&self.dir);
            }
            stored(problem)
        })?;
        let n = all(dir).first().map_or(0, |(made, _)| made.n) + 1;
        let made = Made { n, events, day: self.believed_day() };
        let synced = fs::OpenOptions::new().append(true).open(&unfinished).and_then(|file| file.sync_all());
        point("daily.flushed");
        synced
            .and_then(|()| fs::rename(&unfinished, folder.join(made.file_name())))
            .inspect(|()| point("daily.renamed"))
            .and_then(|()| private::sync_folder(&folder))
            .map_err(|e| failed(&e))?;
        let old: Vec<PathBuf> = all(dir).into_iter().skip(kept).map(|(_, path)| path).collect();
        remove(&old)?;
        Ok(checked)
    }

    /// For room: all copies but the newest go. Says how many went.
    pub(crate) fn thin_copies(&self) -> Result<usize, Problem> {
        let _turn = self.copying();
        let old: Vec<PathBuf> = all(&self.dir).into_iter().skip(1).map(|(_, path)| path).collect();
        remove(&old).map(|()| old.len())
    }

    /// When the last verified copy was made, in a sentence.
    #[must_use]
    pub fn copies_told(&self) -> String {
        let copies = all(&self.dir);
        let n = copies.len().to_string();
        match copies.first() {
            None => say("copies.none", &[]),
            Some((Made { day: Some(day), .. }, _)) => say("copies.last", &[("date", &long_day(*day)), ("n", &n)]),
            Some((Made { day: None, .. }, _)) => say("copies.undated", &[("n", &n)]),
        }
    }
}

/// Deletes copies.
///
/// # Errors
/// `read_only`.
pub(crate) fn remove(files: &[PathBuf]) -> Result<(), Problem> {
    for file in files {
        fs::remove_file(file).map_err(|e| failed(&e))?;
        without_companions(file);
    }
    Ok(())
}
