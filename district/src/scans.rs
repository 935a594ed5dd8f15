//! Scans on the server: streamed to disk while they are hashed, kept under their content, never held in memory.

use crate::District;
use jukung_domain::application::Attachment;
use jukung_domain::problem::Problem;
use jukung_ledger::params;
use jukung_ledger::point::point;
use jukung_ledger::tx::{Tx, first};
use sha2::{Digest, Sha256};
use std::io::Write;
use std::path::PathBuf;

/// Largest scan taken: the counter's own hard stop is 1 MiB.
pub const SCAN_BYTES_MAX: u64 = 2 * 1024 * 1024;

/// A scan that is arriving.
pub struct Arriving {
    file: std::fs::File,
    temporary: PathBuf,
    hash: Sha256,
    bytes: u64,
    sha256: String,
    office: String,
}

impl District {
    /// The device a bearer token belongs to.
    ///
    /// # Errors
    /// `token_unknown`.
    pub fn device_of(&self, token: &str) -> Result<(String, String), Problem> {
        let hash = hex::encode(Sha256::digest(token.as_bytes()));
        let now = self.edge.now();
        let row = self.db.read(|tx| {
            first(tx, "SELECT d.id, d.office FROM token t JOIN device d ON d.id = t.device WHERE t.hash = $1 AND t.expires > $2 AND d.state IN ('active', 'retired')", params![hash, now])
        })?;
        let row = row.ok_or_else(|| Problem::new("token_unknown"))?;
        Ok((row.text(0)?, row.text(1)?))
    }

    /// Where a scan lies.
    #[must_use]
    pub fn scan_path(&self, sha256: &str) -> PathBuf {
        self.dir.join("scans").join(sha256.get(..2).unwrap_or("00")).join(sha256)
    }

    /// Begins to take a scan that some application of `office` names.
    ///
    /// # Errors
    /// `scan_unknown` when nothing names it; `disk_full`.
    pub fn begin_scan(&self, sha256: &str, office: &str) -> Result<Arriving, Problem> {
        let known = self.db.read(|tx| {
            first(tx, "SELECT state FROM blob WHERE sha256 = $1 AND office = $2", params![sha256, office])
        })?;
        if known.is_none() || sha256.len() != 64 || !sha256.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(Problem::new("scan_unknown"));
        }
        let full = |e: std::io::Error| Problem::new("disk_full").with("why", e);
        let temporary = self.unfinished(sha256)?;
        let file = jukung_ledger::private::new_file(&temporary).map_err(full)?;
        Ok(Arriving {
            file,
            temporary,
            hash: Sha256::new(),
            bytes: 0,
            sha256: sha256.to_owned(),
            office: office.to_owned(),
        })
    }

    /// Ends a scan: on disk, whole and right, or not there at all.
    ///
    /// # Errors
    /// `scan_damaged` when the bytes are not those named; `disk_full`.
    pub fn finish_scan(&self, arriving: Arriving) -> Result<(), Problem> {
        // Dropping `arriving` removes its temporary file; after the rename there is none.
        let (sha256, office) = (arriving.sha256.clone(), arriving.office.clone());
        if hex::encode(arriving.hash.clone().finalize()) != sha256 {
            return Err(Problem::new("scan_damaged"));
        }
        let full = |e: std::io::Error| Problem::new("disk_full").with("why", e);
        arriving.file.sync_all().map_err(full)?;
        self.keep_scan(&arriving.temporary, &sha256, &office)
    }

    /// Moves a whole, flushed and compared file to its place, and says that it is here.
    pub(crate) fn keep_scan(&self, file: &std::path::Path, sha256: &str, office: &str) -> Result<(), Problem> {
        let full = |e: std::io::Error| Problem::new("disk_full").with("why", e);
        let path = self.scan_path(sha256);
        if let Some(folder) = path.parent() {
            jukung_ledger::private::folder(folder).map_err(full)?;
        }
        point("scan.whole");
        std::fs::rename(file, &path).map_err(full)?;
        point("scan.renamed");
        if let Some(folder) = path.parent().and_then(|p| std::fs::File::open(p).ok()) {
            folder.sync_all().map_err(full)?;
        }
        point("scan.kept");
        self.db.write(|tx| {
            tx.execute(
                "UPDATE blob SET state = 'held' WHERE sha256 = $1 AND office = $2 AND state <> 'destroyed'",
                params![sha256, office],
            )?;
            Ok(())
        })
    }
}

/// Forgets the papers that were replaced before they arrived: the counter sends them no more, so nobody waits for them.
///
/// # Errors
/// Those of the database.
pub(crate) fn forget_replaced(tx: &mut dyn Tx, office: &str, before: &[Attachment]) -> Result<(), Problem> {
    for paper in before {
        tx.execute(
            "DELETE FROM blob WHERE sha256 = $1 AND office = $2 AND state = 'wanted'
               AND NOT EXISTS (SELECT 1 FROM app a JOIN folded f ON f.app = a.id WHERE a.office = $2 AND f.state LIKE '%' || $1 || '%')
               AND NOT EXISTS (SELECT 1 FROM app a LEFT JOIN folded f ON f.app = a.id JOIN event e ON e.app = a.id
                 WHERE a.office = $2 AND f.app IS NULL AND e.raw LIKE '%' || $1 || '%')",
            params![&paper.sha256, office],
        )?;
    }
    Ok(())
}

impl Arriving {
    /// Takes the next bytes.
    ///
    /// # Errors
    /// `scan_too_large`, `disk_full`; what was written is removed.
    pub fn take(&mut self, chunk: &[u8]) -> Result<(), Problem> {
        self.bytes += chunk.len() as u64;
        let result = if self.bytes > SCAN_BYTES_MAX {
            Err(Problem::new("scan_too_large").with("bytes_max", SCAN_BYTES_MAX))
        } else {
            self.hash.update(chunk);
            self.file.write_all(chunk).map_err(|e| Problem::new("disk_full").with("why", e))
        };
        if result.is_err() {
            let _ = std::fs::remove_file(&self.temporary);
        }
        result
    }
}

impl Drop for Arriving {
    /// A call that was cut leaves no half file behind.
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.temporary);
    }
}
