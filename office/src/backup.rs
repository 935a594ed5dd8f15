//! A backup that is carried away, and a spare computer that takes over from it (protocol 2.17). The folder is a data folder
//! without a database: a verified copy, the sealed scans and the card; opening it is what opening a broken one is.

use crate::audit::{Act, Did, NOTHING};
use crate::scan::store::{ScanStore, failed};
use crate::{Office, copies, home, mend};
use jukung_domain::problem::Problem;
use jukung_domain::sync::copies::Made;
use jukung_domain::texts::say;
use jukung_ledger::check::Checked;
use jukung_ledger::{bring, private};
use std::fs;
use std::path::Path;

/// Folder of the sealed scans.
const SCANS: &str = "scans";
/// Copies that stay in a backup: the newest, and one in case the newest was cut short.
const COPIES: usize = 2;

/// Folder of a backup on a stick.
pub const FOLDER: &str = "jukung-cadangan";

/// What a backup holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BackedUp {
    /// What was read back of the database.
    pub checked: Checked,
    /// Scans that were not there before.
    pub scans: usize,
    /// Bytes of those.
    pub bytes: u64,
}

impl BackedUp {
    /// It in one sentence.
    #[must_use]
    pub fn told(&self) -> String {
        let (events, scans) = (self.checked.events.to_string(), self.scans.to_string());
        let mb = self.bytes.div_ceil(1024 * 1024).to_string();
        say("backup.done", &[("events", &events), ("scans", &scans), ("mb", &mb)])
    }
}

impl Office {
    /// Brings the backup in `to` up to what is here: the database whole, of the scans only new ones, everything read back.
    ///
    /// # Errors
    /// `backup_place` for the data folder itself or another computer's backup; `damaged`; `disk_full`, `read_only`;
    /// `backup_differs` when something else was read back than was written.
    pub fn back_up(&self, to: &Path) -> Result<BackedUp, Problem> {
        fs::create_dir_all(to).map_err(|e| failed(&e))?;
        let place = || Problem::new("backup_place").with("folder", to.display());
        let (here, there) = (self.dir.canonicalize(), to.canonicalize());
        if here.is_ok_and(|here| there.is_ok_and(|there| there.starts_with(here))) {
            return Err(place());
        }
        if home::card(to)?.is_some_and(|card| card.device != self.identity.device) || to.join(home::DATABASE).exists() {
            return Err(place());
        }
        self.note(&Did::new(Act::Backup, NOTHING, ""))?;
        self.between_copies(|| {
            let old = self.strangers(to);
            let checked = self.copy_into(to, COPIES)?;
            copies::remove(&old)?;
            let brought = bring::folders(&self.dir.join(SCANS), &to.join(SCANS)).map_err(|e| not_brought(&e))?;
            // What was deleted here goes from the backup, too; one that was begun anew has a key again.
            let scans = ScanStore::new(&to.join(SCANS));
            self.keyless()?.iter().try_for_each(|sha256| scans.remove(sha256))?;
            self.back_up_helpers(to)?;
            // The card last: a folder without one is no backup yet.
            let card = home::card(&self.dir)?.ok_or_else(|| Problem::new("not_enrolled_here"))?;
            home::write_card(to, &card)?;
            Ok(BackedUp { checked, scans: brought.files, bytes: brought.bytes })
        })
    }
}

/// Makes a data folder of a backup. Whoever signs in there next takes the office over, with a new life of its log.
///
/// # Errors
/// `already_enrolled` when `dir` is a counter already; `backup_none` when there is no backup in `from`; `disk_full`,
/// `read_only`, `backup_differs`.
pub fn restore(from: &Path, dir: &Path) -> Result<Made, Problem> {
    if home::card(dir)?.is_some() || dir.join(home::DATABASE).exists() {
        return Err(Problem::new("already_enrolled"));
    }
    let none = || Problem::new("backup_none").with("folder", from.display());
    let card = home::card(from)?.ok_or_else(none)?;
    let copies = copies::all(from);
    let newest = copies.first().map(|(made, _)| *made).ok_or_else(none)?;
    let failed = |e: std::io::Error| failed(&e);
    private::folder(dir).map_err(failed)?;
    private::folder(&dir.join(copies::FOLDER)).map_err(failed)?;
    for (made, path) in copies.iter().take(COPIES) {
        bring::one(path, &dir.join(copies::FOLDER).join(made.file_name())).map_err(|e| not_brought(&e))?;
    }
    bring::folders(&from.join(SCANS), &dir.join(SCANS)).map_err(|e| not_brought(&e))?;
    crate::school::carried::restore(from, dir)?;
    mend::note_restored(dir)?;
    home::write_card(dir, &card)?;
    Ok(newest)
}

/// What keeps a file from being brought, for a person.
fn not_brought(e: &std::io::Error) -> Problem {
    let differs = e.kind() == std::io::ErrorKind::InvalidData;
    if differs { Problem::new("backup_differs").with("why", e) } else { failed(e) }
}
