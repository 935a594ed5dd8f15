//! Scan files on disk: sealed, named by their content, written whole or not at all.

use jukung_crypto::seal;
use jukung_domain::problem::Problem;
use jukung_ledger::private;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// A folder of scans.
pub struct ScanStore {
    dir: PathBuf,
}

/// What a file of the data folder that was not written is for a person: no room, or not allowed.
pub(crate) fn failed(e: &std::io::Error) -> Problem {
    let full = e.kind() == std::io::ErrorKind::StorageFull;
    Problem::new(if full { "disk_full" } else { "read_only" }).with("why", e)
}

impl ScanStore {
    /// The scans below `dir`; the folder is made with the first one.
    #[must_use]
    pub fn new(dir: &Path) -> ScanStore {
        ScanStore { dir: dir.to_owned() }
    }

    fn path(&self, sha256: &str) -> PathBuf {
        self.dir.join(sha256.get(..2).unwrap_or("00")).join(sha256)
    }

    /// Content address of `bytes`.
    #[must_use]
    pub fn address(bytes: &[u8]) -> String {
        hex::encode(Sha256::digest(bytes))
    }

    /// Writes `bytes` sealed with `key`: temporary file, flush, rename, flush of the folder. The row that names it comes
    /// after, so a reference never dangles.
    ///
    /// # Errors
    /// `disk_full`, `read_only`.
    pub fn put(&self, bytes: &[u8], key: &[u8; 32], fill: &mut dyn FnMut(&mut [u8])) -> Result<String, Problem> {
        let sha256 = ScanStore::address(bytes);
        self.put_as(&sha256, bytes, key, fill)?;
        Ok(sha256)
    }

    /// [`ScanStore::put`] under another content's name: the small picture of a scan stands in for it.
    ///
    /// # Errors
    /// `disk_full`, `read_only`.
    pub fn put_as(
        &self,
        sha256: &str,
        bytes: &[u8],
        key: &[u8; 32],
        fill: &mut dyn FnMut(&mut [u8]),
    ) -> Result<(), Problem> {
        let path = self.path(sha256);
        let folder = path.parent().map_or_else(|| self.dir.clone(), Path::to_owned);
        private::folder(&self.dir).and_then(|()| private::folder(&folder)).map_err(|e| failed(&e))?;
        let sealed =
            seal::seal(key, sha256.as_bytes(), bytes, fill).map_err(|e| Problem::new("internal").with("at", e))?;
        private::whole(&path.with_extension("new"), &path, &sealed).map_err(|e| failed(&e))
    }

    /// Whether the file is here.
    #[must_use]
    pub fn holds(&self, sha256: &str) -> bool {
        self.path(sha256).is_file()
    }

    /// Deletes a file; one that is not there is deleted already.
    ///
    /// # Errors
    /// `read_only`.
    pub fn remove(&self, sha256: &str) -> Result<(), Problem> {
        match fs::remove_file(self.path(sha256)) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(failed(&e)),
            _ => Ok(()),
        }
    }

    /// Reads a scan.
    ///
    /// # Errors
    /// `scan_unreadable` when the file is gone or was changed.
    pub fn get(&self, sha256: &str, key: &[u8; 32]) -> Result<Vec<u8>, Problem> {
        let sealed = fs::read(self.path(sha256)).map_err(|_| Problem::new("scan_unreadable"))?;
        seal::open(key, sha256.as_bytes(), &sealed).map_err(|_| Problem::new("scan_unreadable"))
    }

    /// Deletes every file that is not `named`, temporary ones too, or moves it into the folder `aside`; returns how many.
    ///
    /// # Errors
    /// `read_only`.
    pub fn sweep(&self, named: &BTreeSet<String>, aside: Option<&Path>) -> Result<usize, Problem> {
        let mut removed = 0;
        let Ok(folders) = fs::read_dir(&self.dir) else { return Ok(0) };
        for file in folders.flatten().filter_map(|f| fs::read_dir(f.path()).ok()).flat_map(Iterator::flatten) {
            let name = file.file_name().to_string_lossy().into_owned();
            if !named.contains(&name) {
                let gone = match aside {
                    Some(folder) => private::folder(folder).and_then(|()| fs::rename(file.path(), folder.join(&name))),
                    None => fs::remove_file(file.path()),
                };
                gone.map_err(|e| failed(&e))?;
                removed += 1;
            }
        }
        Ok(removed)
    }
}
