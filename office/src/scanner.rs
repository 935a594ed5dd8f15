//! The scanner's folder: where a scanner's own program or a phone puts pictures, and the newest one that was not taken yet.

use crate::view::Scan;
use crate::{Office, settings};
use jukung_domain::problem::Problem;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

/// Files looked at in the folder: a scanner folder with more was never emptied and is slow to list on an old disk.
const FILES_MAX: usize = 5_000;
/// What scanners and phones write.
const ENDINGS: [&str; 8] = ["jpg", "jpeg", "png", "tif", "tiff", "bmp", "webp", "pdf"];
/// Where the newest file that was taken is remembered, as `<ms>/<name>`.
const TAKEN: &str = "scanner_taken";

impl Office {
    /// Takes the newest file of the scanner folder that was not taken before as the paper for `requirement`. The file
    /// itself stays where it is: it is not ours to delete.
    ///
    /// # Errors
    /// `scanner_not_set`, `scanner_folder_gone`, `scanner_empty`, and those of [`Office::attach`].
    pub fn attach_newest(&self, draft: &str, requirement: &str, substitute: Option<&str>) -> Result<Scan, Problem> {
        let folder = self.setting("scanner_folder")?;
        if folder.trim().is_empty() {
            return Err(Problem::new("scanner_not_set"));
        }
        let taken = self.db.read(|tx| settings::get(tx, TAKEN))?;
        let (mark, path) = newest(Path::new(folder.trim()))?
            .filter(|(mark, _)| *mark > taken)
            .ok_or_else(|| Problem::new("scanner_empty").with("folder", folder.trim()))?;
        let bytes = fs::read(&path).map_err(|_| Problem::new("scan_unreadable"))?;
        let scan = self.attach(draft, requirement, substitute, &bytes)?;
        self.db.write(|tx| settings::set(tx, TAKEN, &mark))?;
        Ok(scan)
    }
}

/// The newest picture and a mark that grows with its time; the name tells two of the same moment apart.
fn newest(folder: &Path) -> Result<Option<(String, PathBuf)>, Problem> {
    let gone = |e| Problem::new("scanner_folder_gone").with("folder", folder.display()).with("why", e);
    let files = fs::read_dir(folder).map_err(gone)?.flatten().take(FILES_MAX);
    let marked = files.filter_map(|file| {
        let path = file.path();
        let ending = path.extension()?.to_str()?.to_ascii_lowercase();
        let written = file.metadata().ok().filter(fs::Metadata::is_file)?.modified().ok()?;
        let ms = written.duration_since(UNIX_EPOCH).ok()?.as_millis();
        ENDINGS.contains(&ending.as_str()).then(|| (format!("{ms:015}/{}", file.file_name().display()), path))
    });
    Ok(marked.max())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pictures_count_and_the_newest_wins() {
        let folder = tempfile::tempdir().expect("folder");
        assert_eq!(newest(folder.path()).expect("listed"), None);
        for (name, seconds) in [("a.jpg", 1_000), ("b.PDF", 3_000), ("c.txt", 9_000)] {
            let file = fs::File::create(folder.path().join(name)).expect("file");
            file.set_modified(UNIX_EPOCH + std::time::Duration::from_secs(seconds)).expect("time");
        }
        let (mark, path) = newest(folder.path()).expect("listed").expect("one");
        assert_eq!((path.file_name().expect("name").to_str(), mark.as_str()), (Some("b.PDF"), "000000003000000/b.PDF"));
    }

    #[test]
    fn a_folder_that_is_gone_is_named() {
        assert_eq!(newest(Path::new("/nowhere/pindai")).expect_err("gone").code, "scanner_folder_gone");
    }
}
