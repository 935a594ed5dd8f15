//! What is free on this computer's disk, what may still be written, and how room is made (protocol 2.17).

use crate::scan::{picture, store::ScanStore};
use crate::{Office, beside, stored};
use fs4::FileExt;
use jukung_domain::event::RAW_BYTES_MAX;
use jukung_domain::problem::Problem;
use jukung_domain::sync::room::{self, BALLAST_BYTES, FLOOR_BYTES, Room};
use jukung_domain::texts::say;
use jukung_ledger::private;
use std::fs;
use std::path::Path;

/// The file that only holds room.
const BALLAST: &str = "cadangan-ruang";
/// Evicting goes on until this much is free: twice the floor, so that it is not asked for again with every key.
const ROOM_AGAIN_BYTES: i64 = 2 * FLOOR_BYTES;
/// What one act of a person adds at most: its event, what it adds up to, and the draft it came from.
const ACT_BYTES: i64 = 4 * RAW_BYTES_MAX as i64;

/// Free bytes on the disk of `dir`. A disk that does not say is taken for one with room: writing will tell.
#[must_use]
pub fn free(dir: &Path) -> i64 {
    fs4::available_space(dir).map_or(i64::MAX, |bytes| i64::try_from(bytes).unwrap_or(i64::MAX))
}

/// Gives the ballast back when the disk is nearly full: before the database is opened, which may need it.
///
/// # Errors
/// `read_only` when the file cannot be removed.
pub fn drop_ballast(dir: &Path) -> Result<(), Problem> {
    let ballast = dir.join(BALLAST);
    if room::room(free(dir)) != Room::ReadOnly || !ballast.exists() {
        return Ok(());
    }
    tracing::warn!("the disk is nearly full: the ballast is freed");
    fs::remove_file(ballast).map_err(|e| crate::scan::store::failed(&e))
}

fn told(code: &str, free: i64) -> Problem {
    Problem::new(code).with("mb", (free / (1024 * 1024)).max(0))
}

impl Office {
    /// Free bytes on this counter's disk.
    #[must_use]
    pub fn free(&self) -> i64 {
        free(&self.dir)
    }

    /// Refuses what a person would write into the last room, after having made what room can be made.
    ///
    /// # Errors
    /// `room_text`; nothing was written.
    pub(crate) fn room_for_text(&self) -> Result<(), Problem> {
        if room::may_write(self.free(), ACT_BYTES) {
            return Ok(());
        }
        self.make_room()?;
        let free = self.free();
        if room::may_write(free, ACT_BYTES) { Ok(()) } else { Err(told("room_text", free)) }
    }

    /// Refuses a scan where only text is still saved.
    ///
    /// # Errors
    /// `room_scans`; nothing was written.
    pub(crate) fn room_for_scan(&self, bytes: usize) -> Result<(), Problem> {
        let free = self.free();
        let fits = room::may_take_scan(free, i64::try_from(bytes).unwrap_or(i64::MAX));
        if fits { Ok(()) } else { Err(told("room_scans", free)) }
    }

    /// Whether so many bytes of the feed may be read in; the feed waits at the Dinas when not (I11).
    pub(crate) fn room_for_feed(&self, bytes: usize) -> bool {
        room::may_write(self.free(), i64::try_from(bytes).unwrap_or(i64::MAX))
    }

    /// Whether a copy of so many bytes leaves the room that text needs.
    #[expect(clippy::cast_possible_truncation, reason = "bytes of scans: far below 2^53, as they cross IPC")]
    pub(crate) fn room_for_copy(&self, bytes: f64) -> bool {
        room::may_take_scan(self.free(), bytes as i64)
    }

    /// One sentence about the room for every screen, with what to do; empty while there is plenty.
    #[must_use]
    pub fn room_told(&self) -> String {
        let free = self.free();
        let key = match room::room(free) {
            Room::Plenty => return String::new(),
            Room::Low => "room.low",
            Room::NoScans => "room.no_scans",
            Room::ReadOnly => "room.read_only",
        };
        say(key, &[("mb", &(free / (1024 * 1024)).max(0).to_string())])
    }

    /// Holds room while there is plenty, and makes room when there is little: first the ballast, then older copies of the
    /// database, then scans that are safe at the Dinas, oldest first. Nothing that exists only here is ever touched.
    ///
    /// # Errors
    /// `read_only`; those of storage.
    pub fn make_room(&self) -> Result<(), Problem> {
        drop_ballast(&self.dir)?;
        let free = self.free();
        if room::room(free) == Room::ReadOnly {
            self.thin_copies()?;
            self.evict()?;
        } else if room::may_hold_ballast(free) && !self.dir.join(BALLAST).exists() {
            let failed = |e: std::io::Error| crate::scan::store::failed(&e);
            let file = private::new_file(&self.dir.join(BALLAST)).map_err(failed)?;
            file.allocate(BALLAST_BYTES.unsigned_abs()).map_err(failed)?;
        }
        Ok(())
    }

    /// What is done for the disk now and then: room, what stands beside the database, the day's copy, and what may go.
    ///
    /// # Errors
    /// Those of [`Office::make_room`] and [`Office::tend_copies`]; what could be done is done.
    pub fn tend(&self) -> Result<(), Problem> {
        let room = self.make_room();
        self.keep_tail()?;
        beside::write(&self.dir, &self.db)?;
        let copied = self.tend_copies();
        self.forget()?;
        copied?;
        room
    }

    /// Deletes scan files whose events and bytes the Dinas has told as lying in a verified backup, oldest first, and keeps
    /// a small picture of each. Says how many went.
    fn evict(&self) -> Result<usize, Problem> {
        let mut gone = 0;
        for (sha256, key, media) in self.safe_scans()? {
            if self.free() >= ROOM_AGAIN_BYTES {
                break;
            }
            if !self.scans.holds(&sha256) {
                continue;
            }
            if media == "image/jpeg" {
                let Ok(small) = self.scans.get(&sha256, &key).map(|bytes| picture::thumbnail(&bytes)) else { continue };
                let Ok(small) = small else { continue };
                let kept = self.small.put_as(&sha256, &small, &key, &mut |b| self.edge.chance.fill(b));
                if kept.is_err() {
                    continue;
                }
            }
            self.scans.remove(&sha256)?;
            gone += 1;
        }
        tracing::warn!("the disk is nearly full: {gone} scans that are safe at the district left this computer");
        Ok(gone)
    }

    /// Scans that every application which names them has sent, received and told as safe, oldest first.
    fn safe_scans(&self) -> Result<Vec<(String, [u8; 32], String)>, Problem> {
        let sql = "WITH waits AS (SELECT DISTINCT e.app AS id FROM log l JOIN event e ON e.uid = l.uid
                     WHERE l.seq > coalesce((SELECT max(s.seq) FROM safe s WHERE s.inc = l.incarnation), 0))
                   SELECT b.sha256, b.key, b.media FROM blob b WHERE b.state = 'received' AND b.key <> ''
                     AND EXISTS (SELECT 1 FROM scan s WHERE s.sha256 = b.sha256)
                     AND NOT EXISTS (SELECT 1 FROM scan s LEFT JOIN app a ON a.id = s.draft
                       WHERE s.sha256 = b.sha256 AND (a.id IS NULL OR a.id IN (SELECT id FROM waits)))
                   ORDER BY b.at, b.sha256";
        let rows = self.db.read(|tx| tx.query(sql, &[])).map_err(stored)?;
        let one = |r: &jukung_ledger::Row| Ok((r.text(0)?, jukung_ledger::log::hash(&r.text(1)?)?, r.text(2)?));
        rows.iter().map(|r| one(r).map_err(stored)).collect()
    }

    /// The small picture of a scan that left this computer.
    pub(crate) fn small_picture(&self, sha256: &str, key: &[u8; 32]) -> Option<Vec<u8>> {
        self.small.get(sha256, key).ok()
    }
}

/// Where small pictures lie.
pub(crate) fn small_store(dir: &Path) -> ScanStore {
    ScanStore::new(&dir.join("scans-small"))
}
