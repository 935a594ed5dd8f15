//! The tail: a small sealed file beside the database with what stands nowhere else yet (decision 0018): events the Dinas
//! has not told, drafts, keys of scans it lacks. When the database breaks, no copy of the night has them.

use crate::remains::Remains;
use crate::scan::store::failed;
use crate::{Office, settings, stored};
use jukung_crypto::seal;
use jukung_domain::problem::Problem;
use jukung_domain::sync::room;
use jukung_ledger::tx::first;
use jukung_ledger::{Tx, private};
use sha2::{Digest, Sha256};
use std::fs;
use std::path::Path;
use std::sync::PoisonError;

/// Name of the file.
pub(crate) const FILE: &str = "tail";
/// Counts the tails in the database, before each is written.
pub(crate) const NUMBER: &str = "tail";
const ABOUT: &[u8] = b"jukung-tail-1";
/// Fast: it is written after every application that is handed in.
const LEVEL: i32 = 3;
/// Largest tail that is read: weeks without a network.
const BYTES_MAX: usize = 256 * 1024 * 1024;

/// Key of the tail: it opens with the database's, and goes with it.
fn key(database: &[u8; 32]) -> [u8; 32] {
    Sha256::new().chain_update(ABOUT).chain_update(database).finalize().into()
}

/// What the tail in `dir` says; nothing when it is not there, was sealed with another key, or is broken.
pub(crate) fn read(dir: &Path, database: &[u8; 32]) -> Option<Remains> {
    let sealed = fs::read(dir.join(FILE)).ok()?;
    let packed = seal::open(&key(database), ABOUT, &sealed).ok()?;
    let text = zstd::bulk::decompress(&packed, BYTES_MAX).ok()?;
    serde_json::from_slice(&text).ok()
}

/// How many tails this database has written.
///
/// # Errors
/// Those of storage.
pub(crate) fn number(tx: &mut dyn Tx) -> Result<i64, Problem> {
    Ok(settings::get(tx, NUMBER)?.parse().unwrap_or(0))
}

/// How far what the tail holds has come: while it is the same, the file is right.
fn standing(tx: &mut dyn Tx) -> Result<String, Problem> {
    let sql = "SELECT (SELECT coalesce(max(rowid), 0) FROM event) || ' ' || (SELECT count(*) FROM event WHERE turn <= 0)
        || ' ' || (SELECT count(*) || ' ' || coalesce(max(saved), 0) || ' ' || coalesce(max(binned), 0) FROM draft)
        || ' ' || (SELECT count(*) || ' ' || coalesce(max(rowid), 0) || ' ' || coalesce(sum(length(paper)), 0) FROM scan)
        || ' ' || (SELECT count(*) FROM blob WHERE state <> 'received')
        || ' ' || (SELECT count(*) || ' ' || coalesce(sum(gone), 0) FROM person)
        || ' ' || (SELECT count(*) || ' ' || coalesce(sum(gone), 0) || ' ' || coalesce(max(terms), '') FROM helper)
        || ' ' || (SELECT count(*) || ' ' || coalesce(sum(length(app)), 0) FROM taken)
        || ' ' || (SELECT count(*) FROM attention WHERE closed = 0)
        || ' ' || (SELECT coalesce(max(id), 0) FROM audit)";
    let row = first(tx, sql, &[]).map_err(stored)?;
    row.map_or(Ok(String::new()), |r| r.text(0)).map_err(stored)
}

impl Office {
    /// Brings the tail up to what is committed, whole or not at all; cheap when nothing changed.
    ///
    /// # Errors
    /// `disk_full`, `read_only`; those of storage. The one of before stays then.
    pub fn keep_tail(&self) -> Result<(), Problem> {
        let mut kept = self.tail.lock().unwrap_or_else(PoisonError::into_inner);
        let database = self.database_key();
        let mark = hex::encode(&Sha256::digest(key(&database))[..8]);
        let stands = format!("{mark} {}", self.db.read(standing)?);
        if *kept == stands {
            return Ok(());
        }
        let remains = self.db.write(|tx| {
            let n = number(tx)? + 1;
            settings::set(tx, NUMBER, &n.to_string())?;
            let mut remains = Remains::of(tx)?;
            remains.n = n;
            Ok::<_, Problem>(remains)
        })?;
        let text = serde_json::to_vec(&remains).map_err(|e| stored(e.into()))?;
        drop(remains);
        let packed = zstd::bulk::compress(&text, LEVEL).map_err(|e| Problem::new("internal").with("at", e))?;
        let sealed = seal::seal(&key(&database), ABOUT, &packed, &mut |b| self.edge.chance.fill(b))
            .map_err(|e| Problem::new("internal").with("at", e))?;
        if !room::may_write(self.free(), i64::try_from(sealed.len()).unwrap_or(i64::MAX)) {
            return Err(Problem::new("disk_full"));
        }
        private::whole(&self.dir.join("tail.new"), &self.dir.join(FILE), &sealed).map_err(|e| failed(&e))?;
        *kept = stands;
        Ok(())
    }
}
