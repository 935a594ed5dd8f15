//! Scans on disk: named by the SHA-256 of their content, sealed, and either whole or not there.

use super::ScanProblem;
use jukung_crypto::seal;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

/// How names of unfinished files begin.
const UNFINISHED: &str = "tmp-";
/// Bound into every seal, so that a sealed scan cannot pass for another one or for anything else.
const PURPOSE: &[u8] = b"jukung scan v1 ";

/// A folder of sealed scans.
#[derive(Debug, Clone)]
pub struct ScanStore {
    dir: PathBuf,
}

impl ScanStore {
    /// A store in `dir`; folders are made when something is put in.
    #[must_use]
    pub fn new(dir: &Path) -> ScanStore {
        ScanStore { dir: dir.to_owned() }
    }

    /// Stores bytes sealed with `key` and returns their name, 64 hex digits; the same content is stored once.
    /// When this returns, the file survives a power cut. `fill` gives random bytes.
    ///
    /// # Errors
    /// [`ScanProblem::DiskFull`], [`ScanProblem::Disk`].
    pub fn put(&self, bytes: &[u8], key: &[u8; 32], fill: &mut dyn FnMut(&mut [u8])) -> Result<String, ScanProblem> {
        let sha = hex::encode(Sha256::digest(bytes));
        let path = self.path(&sha)?;
        // A file that cannot be opened with this key is replaced: it is no copy of this content.
        if self.get(&sha, key).is_ok() {
            return Ok(sha);
        }
        let folder = path.parent().ok_or(ScanProblem::Disk)?;
        fs::create_dir_all(folder).map_err(disk)?;
        let sealed = seal::seal(key, &about(&sha), bytes, fill).map_err(|_| ScanProblem::Disk)?;
        let mut name = [0u8; 8];
        fill(&mut name);
        let unfinished = folder.join(format!("{UNFINISHED}{}", hex::encode(name)));
        let written = write_through(&unfinished, &sealed).and_then(|()| fs::rename(&unfinished, &path));
        if let Err(error) = written {
            // Best effort: what stays behind is removed by the next sweep.
            let _ = fs::remove_file(&unfinished);
            return Err(disk(error));
        }
        sync_folder(folder).and_then(|()| sync_folder(&self.dir)).map_err(disk)?;
        Ok(sha)
    }

    /// The content stored under `sha`.
    ///
    /// # Errors
    /// [`ScanProblem::NotFound`], [`ScanProblem::Damaged`] for changed bytes or another key, [`ScanProblem::Disk`].
    pub fn get(&self, sha: &str, key: &[u8; 32]) -> Result<Vec<u8>, ScanProblem> {
        let sealed = fs::read(self.path(sha)?).map_err(disk)?;
        let bytes = seal::open(key, &about(sha), &sealed).map_err(|_| ScanProblem::Damaged)?;
        if hex::encode(Sha256::digest(&bytes)) == sha { Ok(bytes) } else { Err(ScanProblem::Damaged) }
    }

    /// Whether a file of this name is there.
    #[must_use]
    pub fn has(&self, sha: &str) -> bool {
        self.path(sha).is_ok_and(|path| path.is_file())
    }

    /// Removes a scan; one that is not there is already removed.
    ///
    /// # Errors
    /// [`ScanProblem::Disk`].
    pub fn delete(&self, sha: &str) -> Result<(), ScanProblem> {
        match fs::remove_file(self.path(sha)?) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(disk(error)),
            Ok(()) | Err(_) => Ok(()),
        }
    }

    /// Removes unfinished files and scans nobody names any more; returns how many.
    /// Call it only while nothing is being put in.
    ///
    /// # Errors
    /// [`ScanProblem::Disk`].
    pub fn sweep(&self, referenced: &BTreeSet<String>) -> Result<usize, ScanProblem> {
        let mut removed = 0;
        for folder in entries(&self.dir)?.into_iter().filter(|path| path.is_dir()) {
            for path in entries(&folder)? {
                let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
                // Files of other programs are left alone.
                if name.starts_with(UNFINISHED) || (is_sha(&name) && !referenced.contains(&name)) {
                    fs::remove_file(&path).map_err(disk)?;
                    removed += 1;
                }
            }
        }
        Ok(removed)
    }

    /// Where a scan lies. Anything but 64 hex digits is not a name: it must never become a path.
    fn path(&self, sha: &str) -> Result<PathBuf, ScanProblem> {
        if is_sha(sha) { Ok(self.dir.join(&sha[..2]).join(sha)) } else { Err(ScanProblem::NotFound) }
    }
}

fn is_sha(name: &str) -> bool {
    name.len() == 64 && name.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

fn about(sha: &str) -> Vec<u8> {
    [PURPOSE, sha.as_bytes()].concat()
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, ScanProblem> {
    match fs::read_dir(folder) {
        Ok(list) => list.map(|entry| entry.map(|e| e.path()).map_err(disk)).collect(),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(disk(error)),
    }
}

fn write_through(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = File::create_new(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Makes a rename durable. Windows has no such call and needs none.
fn sync_folder(folder: &Path) -> std::io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

fn disk(error: std::io::Error) -> ScanProblem {
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => ScanProblem::DiskFull,
        ErrorKind::NotFound => ScanProblem::NotFound,
        _ => ScanProblem::Disk,
    }
}
