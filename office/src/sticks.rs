//! Where a stick may be plugged in: the folders a person can choose from without typing.

use std::fs;
use std::path::{Path, PathBuf};

/// Where Linux desktops show sticks: below these, or one folder deeper, by person.
const MOUNTED: [&str; 2] = ["/media", "/run/media"];

/// The sticks that are plugged in now.
#[must_use]
pub fn plugged_in() -> Vec<String> {
    let found =
        if cfg!(windows) { drives() } else { MOUNTED.iter().flat_map(|base| below(Path::new(base), 2)).collect() };
    found.into_iter().map(|p| p.display().to_string()).collect()
}

/// Drives after C, where Windows puts what is plugged in.
fn drives() -> Vec<PathBuf> {
    ('D'..='Z').map(|letter| PathBuf::from(format!("{letter}:\\"))).filter(|p| p.is_dir()).collect()
}

/// Folders of another disk than the one they hang in.
fn below(folder: &Path, deep: u8) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut found = Vec::new();
    for path in entries.flatten().map(|e| e.path()).filter(|p| p.is_dir()) {
        if other_disk(folder, &path) {
            found.push(path);
        } else if deep > 1 {
            found.extend(below(&path, deep - 1));
        }
    }
    found.sort();
    found
}

#[cfg(unix)]
fn other_disk(folder: &Path, inside: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let disk = |p: &Path| fs::metadata(p).map(|m| m.dev()).ok();
    disk(folder) != disk(inside)
}

#[cfg(not(unix))]
fn other_disk(_folder: &Path, _inside: &Path) -> bool {
    true
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_plain_folder_is_no_stick() {
        let folder = tempfile::tempdir().expect("folder");
        std::fs::create_dir_all(folder.path().join("a/b")).expect("folders");
        assert!(super::below(folder.path(), 2).is_empty());
        if cfg!(target_os = "linux") {
            let root = super::below(std::path::Path::new("/"), 1);
            assert!(root.contains(&"/proc".into()), "what is mounted is found: {root:?}");
        }
    }
}
