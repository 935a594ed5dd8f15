//! How much room the data takes, and how much is left beside it.

use crate::Office;
use crate::view::Storage;
use jukung_domain::problem::Problem;
use jukung_domain::sync::room::WARN_BYTES;
use std::fs;
use std::path::Path;

/// Folders below each other that are looked into: scans lie two deep.
const DEPTH_MAX: usize = 6;

fn used(folder: &Path, depth: usize) -> u64 {
    let Ok(entries) = fs::read_dir(folder) else { return 0 };
    let size = |entry: fs::DirEntry| match entry.metadata() {
        Ok(m) if m.is_dir() && depth < DEPTH_MAX => used(&entry.path(), depth + 1),
        Ok(m) if m.is_file() => m.len(),
        _ => 0,
    };
    entries.filter_map(Result::ok).map(size).sum()
}

fn megabytes(bytes: u64) -> u32 {
    u32::try_from(bytes.div_ceil(1024 * 1024)).unwrap_or(u32::MAX)
}

impl Office {
    /// What this counter's data takes and what is free on its disk.
    ///
    /// # Errors
    /// `read_only` when the disk does not say what is free; those of storage.
    pub fn storage(&self) -> Result<Storage, Problem> {
        let free = fs4::available_space(&self.dir).map_err(|e| Problem::new("read_only").with("why", e))?;
        Ok(Storage {
            used_mb: megabytes(used(&self.dir, 0)),
            free_mb: megabytes(free),
            low: free < WARN_BYTES.unsigned_abs(),
            copies: self.copies_told(),
            deleted: self.deleted()?,
        })
    }
}
