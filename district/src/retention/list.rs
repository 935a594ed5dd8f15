//! The list of a destruction, in a file of its own beside the database and in the backup.

use jukung_domain::problem::Problem;
use jukung_domain::texts::say;
use jukung_ledger::private;
use serde::{Deserialize, Serialize};
use std::io;
use std::path::Path;

/// Folder of the lists.
pub(crate) const FOLDER: &str = "destroyed";

/// The file of one that was agreed to.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Kept {
    pub id: String,
    pub number: String,
    pub class: String,
    pub basis: String,
    pub days: i64,
    pub before: i64,
    pub made: i64,
    pub made_by: String,
    pub agreed: i64,
    pub agreed_by: String,
    pub things: i64,
    pub bytes: i64,
    pub list: String,
    /// What goes: as `due::Due` lists it.
    pub lines: Vec<String>,
}

impl Kept {
    /// How much it is, in words.
    pub fn much(&self) -> String {
        let things = say(&format!("retention.things.{}", self.class), &[("n", &self.things.to_string())]);
        let mb = (self.bytes + 999_999) / 1_000_000;
        if self.bytes == 0 { things } else { say("retention.much", &[("things", &things), ("mb", &mb.to_string())]) }
    }

    /// Files of its list: content, and office or complaint.
    pub fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.lines.iter().filter_map(|line| {
            let mut words = line.split(' ');
            Some((words.next()?, words.next()?))
        })
    }
}

/// A list as it is handed out, byte for byte what its hash is of.
pub(super) fn csv(lines: &[String]) -> String {
    lines.iter().map(|line| line.replace(' ', ",") + "\r\n").collect()
}

/// The list in this file.
///
/// # Errors
/// Those of the file system; `internal` for what is no list.
pub(super) fn read(path: &Path) -> Result<Kept, Problem> {
    let text = std::fs::read(path).map_err(|e| crate::backup::failed(&e))?;
    serde_json::from_slice(&text).map_err(|e| Problem::new("internal").with("at", e))
}

/// Removes a file; one that is gone already is fine.
///
/// # Errors
/// Those of the file system.
pub(super) fn remove(path: &Path) -> Result<(), Problem> {
    match std::fs::remove_file(path) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(crate::backup::failed(&e)),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Brings the lists to a backup and takes what they name out of it, unless it is still there at the server; how many went.
///
/// # Errors
/// Those of the file system.
pub(crate) fn follow(from: &Path, backup: &Path) -> io::Result<usize> {
    let mut removed = 0;
    let Ok(lists) = std::fs::read_dir(from.join(FOLDER)) else { return Ok(0) };
    for list in lists.flatten().map(|file| file.path()).filter(|path| path.extension().is_some_and(|e| e == "json")) {
        let name = list.file_name().unwrap_or_default();
        let copy = backup.join(FOLDER).join(name);
        if copy.exists() {
            continue;
        }
        let kept = read(&list).map_err(io::Error::other)?;
        for (sha256, _) in kept.files() {
            let scan = Path::new("scans").join(sha256.get(..2).unwrap_or("00")).join(sha256);
            for place in [scan, Path::new("complaints").join(sha256)] {
                if !from.join(&place).exists() && backup.join(&place).exists() {
                    std::fs::remove_file(backup.join(&place))?;
                    removed += 1;
                }
            }
        }
        private::folder(&backup.join(FOLDER))?;
        jukung_ledger::bring::one(&list, &copy)?;
    }
    Ok(removed)
}
