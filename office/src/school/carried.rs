//! Helpers' folders in a backup, and back from one: a verified copy of each database, what was handed over, sealed scans.

use super::{FOLDER, HANDED, place};
use crate::home;
use crate::scan::store::failed;
use crate::{Office, stored};
use jukung_domain::problem::Problem;
use jukung_ledger::{Db, bring, private};
use std::fs;
use std::io;
use std::path::Path;

/// Sealed scans in a helper's folder.
const SCANS: &str = "scans";
/// A copy that is not finished.
const UNFINISHED: &str = "new.db";

impl Office {
    /// Brings the helpers' folders of a backup up to what is here; those of helpers who left go.
    ///
    /// # Errors
    /// `damaged`, `disk_full`, `read_only`.
    pub(crate) fn back_up_helpers(&self, to: &Path) -> Result<(), Problem> {
        let helpers = self.helpers()?;
        for left in fs::read_dir(to.join(FOLDER)).into_iter().flatten().flatten() {
            if !helpers.iter().any(|h| left.file_name().to_str() == Some(h.id.as_str())) {
                fs::remove_dir_all(left.path()).map_err(|e| failed(&e))?;
            }
        }
        for helper in helpers {
            let (from, to) = (place(&self.dir, &helper.id), place(to, &helper.id));
            let Some(card) = home::card(&from)? else { continue };
            private::folder(&to).map_err(|e| failed(&e))?;
            let unfinished = to.join(UNFINISHED);
            let _ = fs::remove_file(&unfinished);
            let copy = Db::open_untouched(&from.join(home::DATABASE), Some(&helper.key)).map_err(stored)?;
            copy.copy_to(&unfinished).map_err(stored)?;
            let read_back = Db::open_untouched(&unfinished, Some(&helper.key)).and_then(|db| db.quick_check());
            if let Some(line) = read_back.map_err(stored)?.first() {
                return Err(Problem::new("damaged").with("why", line));
            }
            fs::rename(&unfinished, to.join(home::DATABASE))
                .and_then(|()| files(&from, &to))
                .map_err(|e| failed(&e))?;
            home::write_card(&to, &card)?;
        }
        Ok(())
    }
}

fn files(from: &Path, to: &Path) -> io::Result<()> {
    bring::files(&from.join(HANDED), &to.join(HANDED))?;
    bring::folders(&from.join(SCANS), &to.join(SCANS)).map(|_| ())
}

/// Makes the helpers' folders of a data folder from those of a backup.
///
/// # Errors
/// `disk_full`, `read_only`.
pub(crate) fn restore(from: &Path, dir: &Path) -> Result<(), Problem> {
    for folder in fs::read_dir(from.join(FOLDER)).into_iter().flatten().flatten() {
        let (from, to) = (folder.path(), dir.join(FOLDER).join(folder.file_name()));
        let Some(card) = home::card(&from)? else { continue };
        private::folder(&to)
            .and_then(|()| bring::one(&from.join(home::DATABASE), &to.join(home::DATABASE)))
            .and_then(|()| files(&from, &to))
            .map_err(|e| failed(&e))?;
        home::write_card(&to, &card)?;
    }
    Ok(())
}
