//! A newer version of this program that came by stick: kept in the data folder until somebody who may installs it.

use crate::Office;
use jukung_domain::problem::Problem;
use jukung_domain::texts::say;
use jukung_ledger::private;
use jukung_ledger::release::{self, Release, Version};
use std::path::{Path, PathBuf};

/// Folder inside the data folder.
const FOLDER: &str = "pembaruan";

/// What a stick brought of the program itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Update {
    /// Version that lies ready now; empty when none came.
    pub version: String,
    /// Packages that were not taken, by name.
    pub refused: Vec<String>,
    /// There were packages, and the district has not said who releases Jukung.
    pub nobody: bool,
}

/// What a person reads about it; nothing when there was no package.
pub(crate) fn told(update: &Update) -> Vec<String> {
    let mut lines = Vec::new();
    if !update.version.is_empty() {
        lines.push(say("update.came", &[("version", &update.version)]));
    }
    lines.extend(update.refused.iter().map(|file| say("update.refused", &[("file", file)])));
    if update.nobody {
        lines.push(say("update.nobody", &[]));
    }
    lines
}

fn own() -> Version {
    release::version(env!("CARGO_PKG_VERSION")).unwrap_or_default()
}

impl Office {
    fn updates(&self) -> PathBuf {
        self.dir.join(FOLDER)
    }

    /// Takes the newest package of a stick that is newer than this program and than what lies ready.
    ///
    /// # Errors
    /// `stick_unreadable`; `stick_full` and `stick_unwritable` of this computer's disk; those of storage.
    pub(crate) fn take_update(&self, stick: &Path) -> Result<Update, Problem> {
        let (mut update, offered, key) =
            (Update::default(), release::offered(stick)?, self.district_settings()?.release_key);
        if key.is_empty() || offered.is_empty() {
            update.nobody = !offered.is_empty();
            return Ok(update);
        }
        let mut newest: Option<Release> = None;
        for package in offered {
            match release::verified(&package, &key) {
                Ok(found) if newest.as_ref().is_none_or(|n| n.version < found.version) => newest = Some(found),
                Ok(_) => {}
                Err(p) if p.code == "release_untrusted" => update.refused.extend(p.details.get("file").cloned()),
                Err(p) => return Err(p),
            }
        }
        let ready = self.update()?.map_or_else(own, |ready| ready.version.max(own()));
        let Some(found) = newest.filter(|found| found.version > ready) else { return Ok(update) };
        // As scans do, a package leaves the room that text needs.
        self.room_for_scan(
            usize::try_from(std::fs::metadata(&found.file).map_or(0, |m| m.len())).unwrap_or(usize::MAX),
        )?;
        private::folder(&self.updates()).map_err(|e| crate::scan::store::failed(&e))?;
        let kept = release::carry(&found.file, &key, &self.updates())?;
        update.version = kept.shown();
        // What this one replaces.
        if let Err(e) = release::forget_older(&self.updates(), ready) {
            tracing::warn!("an older package stays: {e}");
        }
        Ok(update)
    }

    /// The newer version that lies ready, believed anew by its signature; none when this program is as new.
    ///
    /// # Errors
    /// Those of storage.
    pub fn update(&self) -> Result<Option<Release>, Problem> {
        let key = self.district_settings()?.release_key;
        let offered = release::offered(&self.updates()).unwrap_or_default();
        let believed = offered.iter().filter_map(|package| release::verified(package, &key).ok());
        Ok(believed.filter(|found| found.version > own()).max_by_key(|found| found.version))
    }
}
