//! Scans that arrive in pieces: what has come lies on disk and counts, whatever cuts the call (protocol 2.12).
//!
//! The length of the part file is the offset, so there is nothing to keep in step with it. A newer request for the same
//! scan ends the older one: a counter that comes back after a cut must not wait for a connection that is dead.

use crate::District;
use crate::scans::SCAN_BYTES_MAX;
use jukung_domain::problem::Problem;
use jukung_ledger::params;
use jukung_ledger::point::point;
use jukung_ledger::tx::first;
use sha1::Sha1;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Write};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, UNIX_EPOCH};

/// Folder of what is not finished.
pub(crate) const ARRIVING: &str = "arriving";
/// Days an unfinished scan is kept: a counter without a link for a month begins again (protocol 2.12).
pub const KEPT_DAYS: u64 = 30;
/// Bytes after which what arrived is flushed: the end of this server's power loses at most this much.
pub const FLUSHED_BYTES: usize = 64 * 1024;
/// Bytes after which what arrived is written: a cut of the line loses at most this much (issue 3: 16 KB).
pub const WRITTEN_BYTES: usize = 8 * 1024;
const DAY_SECONDS: u64 = 86_400;

/// Whose turn it is to write each unfinished scan: a number that only the newest request knows.
#[derive(Default)]
pub struct Turns(Mutex<BTreeMap<String, Arc<Mutex<u64>>>>);

/// A scan that some application of the caller's office names.
#[derive(Debug, Clone)]
pub struct Upload {
    /// Content address.
    pub sha256: String,
    /// Office of the device that sends it.
    pub office: String,
    /// Size the application names, in bytes.
    pub bytes: u64,
    /// Whether it has arrived whole.
    pub held: bool,
    part: PathBuf,
}

/// What the sender promised of this piece.
pub enum Promise {
    /// SHA-1, which every tus server must know; it guards against the line, not against people.
    Sha1(Sha1, Vec<u8>),
    /// SHA-256.
    Sha256(Sha256, Vec<u8>),
}

/// One request that writes, from the offset it named on.
pub struct Turn {
    upload: Upload,
    file: File,
    lock: Arc<Mutex<u64>>,
    mine: u64,
    began: u64,
    at: u64,
    unflushed: usize,
    promise: Option<Promise>,
}

impl District {
    /// The scan a token may send.
    ///
    /// # Errors
    /// `token_unknown`; `scan_unknown` when no application of that office names it.
    pub fn upload(&self, token: &str, sha256: &str) -> Result<Upload, Problem> {
        let (device, office) = self.device_of(token)?;
        let unknown = || Problem::new("scan_unknown");
        if sha256.len() != 64 || !sha256.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(unknown());
        }
        let sql = "SELECT bytes, state FROM blob WHERE sha256 = $1 AND office = $2";
        let row = self.db.read(|tx| first(tx, sql, params![sha256, &office]))?.ok_or_else(unknown)?;
        let bytes = u64::try_from(row.int(0)?).unwrap_or(0);
        if bytes > SCAN_BYTES_MAX {
            return Err(Problem::new("scan_too_large").with("bytes_max", SCAN_BYTES_MAX));
        }
        let part = self.dir.join(ARRIVING).join(format!("{device}-{sha256}"));
        Ok(Upload {
            sha256: sha256.to_owned(),
            office,
            bytes,
            held: matches!(row.text(1)?.as_str(), "held" | "destroyed"),
            part,
        })
    }

    /// Makes room for a scan that will come; called again, it changes nothing. Unfinished scans nobody went on with are
    /// removed.
    ///
    /// # Errors
    /// `disk_full`.
    pub fn begin_upload(&self, upload: &Upload) -> Result<(), Problem> {
        self.forget_old_uploads()?;
        if upload.held {
            return Ok(());
        }
        let folder = self.dir.join(ARRIVING);
        jukung_ledger::private::folder(&folder).map_err(full)?;
        let lock = self.turns.of(upload);
        let _turn = held(&lock);
        if upload.part.exists() {
            return Ok(());
        }
        self.touch(&jukung_ledger::private::new_file(&upload.part).map_err(full)?)
    }

    /// How many bytes lie safely here. An older request for the same scan is ended, so that the answer stays true.
    ///
    /// # Errors
    /// `upload_unknown` when it was never begun, or too long ago; `scan_damaged` when it came whole and is not what the
    /// application names.
    pub fn stands_at(&self, upload: &Upload) -> Result<u64, Problem> {
        if upload.held {
            return Ok(upload.bytes);
        }
        let (at, mine) = self.next_turn(upload)?;
        if at == upload.bytes {
            // The call that brought the last byte was cut before the whole was compared: nobody else will do it.
            self.keep_whole(upload, mine)?;
        }
        Ok(at)
    }

    /// Ends every older request for this scan: its offset, and the number of the newest turn.
    fn next_turn(&self, upload: &Upload) -> Result<(u64, u64), Problem> {
        let lock = self.turns.of(upload);
        let mut newest = held(&lock);
        *newest += 1;
        let file = File::options().append(true).open(&upload.part).map_err(|_| Problem::new("upload_unknown"))?;
        // What is told must lie on the disk: the sender will not send it again.
        file.sync_data().map_err(full)?;
        Ok((file.metadata().map_err(full)?.len(), *newest))
    }

    /// Begins to write at `offset`.
    ///
    /// # Errors
    /// `upload_unknown`; `upload_moved` when another number of bytes lies here.
    pub fn take_turn(&self, upload: Upload, offset: u64, promise: Option<Promise>) -> Result<Turn, Problem> {
        let (at, mine) = self.next_turn(&upload)?;
        if at != offset {
            return Err(Problem::new("upload_moved").with("offset", at));
        }
        let lock = self.turns.of(&upload);
        let file = File::options().append(true).open(&upload.part).map_err(|_| Problem::new("upload_unknown"))?;
        Ok(Turn { upload, file, lock, mine, began: at, at, unflushed: 0, promise })
    }

    /// Writes the next bytes, and flushes when [`FLUSHED_BYTES`] were not.
    ///
    /// # Errors
    /// `upload_overtaken` when a newer request came; `scan_too_large` beyond the size named; `disk_full`.
    pub fn append(&self, turn: &mut Turn, bytes: &[u8]) -> Result<(), Problem> {
        let lock = turn.lock.clone();
        let newest = held(&lock);
        if *newest != turn.mine {
            return Err(Problem::new("upload_overtaken"));
        }
        if turn.at + bytes.len() as u64 > turn.upload.bytes {
            return Err(Problem::new("scan_too_large").with("bytes_max", turn.upload.bytes));
        }
        turn.file.write_all(bytes).map_err(full)?;
        point("piece.written");
        turn.at += bytes.len() as u64;
        turn.unflushed += bytes.len();
        if turn.unflushed >= FLUSHED_BYTES {
            turn.file.sync_data().map_err(full)?;
            point("piece.flushed");
            turn.unflushed = 0;
        }
        self.touch(&turn.file)?;
        match &mut turn.promise {
            Some(Promise::Sha1(hash, _)) => hash.update(bytes),
            Some(Promise::Sha256(hash, _)) => hash.update(bytes),
            None => {}
        }
        Ok(())
    }

    /// Ends a request: how many bytes lie here now. The last one has the scan compared with its name and kept.
    ///
    /// # Errors
    /// `checksum_wrong` when the piece is not what was promised: it does not count. `scan_damaged` when the whole is not
    /// what the application names: it begins again.
    pub fn end_turn(&self, mut turn: Turn) -> Result<u64, Problem> {
        let kept = match turn.promise.take() {
            Some(Promise::Sha1(hash, promised)) => hash.finalize()[..] == promised[..],
            Some(Promise::Sha256(hash, promised)) => hash.finalize()[..] == promised[..],
            None => true,
        };
        if !kept {
            turn.take_back();
            return Err(Problem::new("checksum_wrong"));
        }
        turn.file.sync_data().map_err(full)?;
        point("piece.ended");
        let at = turn.at;
        if at == turn.upload.bytes {
            self.keep_whole(&turn.upload, turn.mine)?;
        }
        Ok(at)
    }

    /// Compares a whole scan with its name, and keeps it.
    fn keep_whole(&self, upload: &Upload, mine: u64) -> Result<(), Problem> {
        let lock = self.turns.of(upload);
        let newest = held(&lock);
        if *newest != mine {
            return Err(Problem::new("upload_overtaken"));
        }
        let result = match hash_of(&upload.part) {
            Ok(hash) if hash == upload.sha256 => self.keep_scan(&upload.part, &upload.sha256, &upload.office),
            Ok(_) => {
                std::fs::remove_file(&upload.part).map_err(full)?;
                Err(Problem::new("scan_damaged"))
            }
            Err(e) => Err(full(e)),
        };
        self.turns.forget(upload);
        result
    }

    /// Gives up an unfinished scan.
    ///
    /// # Errors
    /// `upload_unknown`.
    pub fn end_upload(&self, upload: &Upload) -> Result<(), Problem> {
        if !upload.held {
            self.next_turn(upload)?;
            std::fs::remove_file(&upload.part).map_err(|_| Problem::new("upload_unknown"))?;
            self.turns.forget(upload);
        }
        Ok(())
    }

    /// When an unfinished scan is removed, in ms: after [`KEPT_DAYS`] without a byte.
    #[must_use]
    pub fn upload_ends(&self) -> i64 {
        self.edge.now() + i64::try_from(KEPT_DAYS * DAY_SECONDS * 1000).unwrap_or(i64::MAX)
    }

    /// The file's time is this server's clock, handed in, so that its age is told by one clock alone.
    fn touch(&self, file: &File) -> Result<(), Problem> {
        let now = Duration::from_millis(u64::try_from(self.edge.now()).unwrap_or(0));
        file.set_modified(UNIX_EPOCH + now).map_err(full)
    }

    /// A name of its own for a file that is being written, where nothing that a power cut leaves stays for ever.
    ///
    /// # Errors
    /// `disk_full`.
    pub(crate) fn unfinished(&self, name: &str) -> Result<PathBuf, Problem> {
        self.forget_old_uploads()?;
        let folder = self.dir.join(ARRIVING);
        jukung_ledger::private::folder(&folder).map_err(full)?;
        Ok(folder.join(format!("{name}.{}", hex::encode(self.edge.random::<4>()))))
    }

    fn forget_old_uploads(&self) -> Result<(), Problem> {
        let Ok(files) = std::fs::read_dir(self.dir.join(ARRIVING)) else { return Ok(()) };
        let now = Duration::from_millis(u64::try_from(self.edge.now()).unwrap_or(0));
        let kept = Duration::from_secs(KEPT_DAYS * DAY_SECONDS);
        for file in files.flatten() {
            // One that is gone meanwhile has arrived: that is no trouble of whoever asks for room now.
            let old = |written: std::time::SystemTime| written + kept < UNIX_EPOCH + now;
            if file.metadata().and_then(|m| m.modified()).is_ok_and(old) {
                std::fs::remove_file(file.path()).map_err(full)?;
            }
        }
        Ok(())
    }
}

impl Turns {
    fn of(&self, upload: &Upload) -> Arc<Mutex<u64>> {
        held(&self.0).entry(upload.key()).or_default().clone()
    }

    fn forget(&self, upload: &Upload) {
        held(&self.0).remove(&upload.key());
    }
}

impl Upload {
    fn key(&self) -> String {
        self.part.to_string_lossy().into_owned()
    }
}

impl Turn {
    /// A piece that was promised a checksum and did not keep it, or was cut before it could be compared, does not count.
    fn take_back(&mut self) {
        self.promise = None;
        let newest = held(&self.lock);
        if *newest == self.mine {
            let _ = self.file.set_len(self.began).and_then(|()| self.file.sync_data());
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if self.promise.is_some() {
            self.take_back();
        }
    }
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panic elsewhere left no half-done change behind these locks: they hold a number or a map.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn full(e: std::io::Error) -> Problem {
    Problem::new("disk_full").with("why", e)
}

fn hash_of(path: &std::path::Path) -> std::io::Result<String> {
    let (mut file, mut hash, mut piece) = (File::open(path)?, Sha256::new(), vec![0; FLUSHED_BYTES]);
    loop {
        match file.read(&mut piece)? {
            0 => return Ok(hex::encode(hash.finalize())),
            n => hash.update(&piece[..n]),
        }
    }
}
