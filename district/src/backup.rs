//! Backups of the district: the database, its keys and the scans, made, read back, and compared event by event. Only what lies
//! in such a copy is safe (R3), and an event no sooner than the scans it names.

use crate::District;
use crate::signature::key;
use jukung_domain::event::{self, Body};
use jukung_domain::problem::Problem;
use jukung_ledger::log::{self, chain_at};
use jukung_ledger::point::point;
use jukung_ledger::{Db, Tx, bring, params, private};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Events compared at a time.
const PAGE: i64 = 1_000;
/// Copies of the database that stay in a backup: two weeks of nights. Scans are there once for all of them.
pub const KEPT: usize = 14;
/// Kinds of events that name scans.
pub(crate) const NAME_SCANS: [&str; 4] = ["app.create/1", "app.attach/1", "doc.handed/1", "st.delivered/1"];

/// What a copy holds, after every event of every log in it was read and its chain computed again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Verified {
    /// Logs.
    pub logs: u32,
    /// Events in them.
    pub events: i64,
    /// Events that count as safe: up to the first whose scan is not in the backup.
    pub safe: i64,
    /// Scans and attachments of complaints that were not in the backup before.
    pub brought: usize,
    /// Scans that this server should have and that are not what their name says; their counters still have them.
    pub broken: usize,
}

/// One log of a copy: device, incarnation, last sequence and the chain there.
type Head = (uuid::Uuid, i64, i64, event::Hash);

pub(crate) fn failed(e: &std::io::Error) -> Problem {
    let full = e.kind() == std::io::ErrorKind::StorageFull;
    Problem::new(if full { "disk_full" } else { "read_only" }).with("why", e)
}

/// Where a backup's copies of the database lie: a name that ends in `.db` is one file, anything else a folder of several.
fn target(to: &Path, now: i64) -> (PathBuf, PathBuf) {
    if to.extension().is_some_and(|e| e == "db") {
        return (to.parent().unwrap_or(Path::new(".")).to_owned(), to.to_owned());
    }
    let at = jiff::Timestamp::from_millisecond(now).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    (to.to_owned(), to.join(format!("district-{}.db", at.strftime("%Y%m%dT%H%M%SZ"))))
}

impl District {
    /// Brings the backup in the folder `to` up to date (or into the folder of the file `to`): the SQLite database whole, the
    /// keys, of scans and attachments only new ones. Everything new is read back; only then it counts as safe.
    ///
    /// # Errors
    /// `disk_full`, `read_only`, `backup_differs`; with PostgreSQL the copy is made by its own tools and shown to
    /// [`District::verify_with`].
    pub fn back_up(&self, to: &Path) -> Result<Verified, Problem> {
        let (folder, file) = target(to, self.edge.now());
        private::folder(&folder).map_err(|e| failed(&e))?;
        let unfinished = file.with_extension("part");
        let _ = std::fs::remove_file(&unfinished);
        forget_unfinished(&folder).map_err(|e| failed(&e))?;
        self.db.copy_to(&unfinished)?;
        private::existing_file(&unfinished)
            .and_then(|()| std::fs::File::open(&unfinished))
            .and_then(|file| file.sync_all())
            .map_err(|e| failed(&e))?;
        let copy = Db::open_untouched(&unfinished, None)?;
        if let Some(line) = copy.quick_check()?.first() {
            return Err(Problem::new("backup_differs").with("why", line));
        }
        let (mut brought, broken) = self.bring_scans(&copy, &folder)?;
        let complaints = bring::files(&self.dir.join("complaints"), &folder.join("complaints"));
        brought += complaints.map_err(|e| failed(&e))?.files;
        let followed = crate::retention::follow(&self.dir, &folder).map_err(|e| failed(&e))?;
        if followed > 0 {
            tracing::info!("{followed} files that were destroyed by rule left the backup, too");
        }
        self.leave_head(&folder)?;
        for name in ["district.key", key::FILE, key::ROOTS] {
            let (from, to) = (self.dir.join(name), folder.join(name));
            if name == key::ROOTS && !from.exists() {
                continue;
            }
            bring::one(&from, &to).and_then(|()| private::existing_file(&to)).map_err(|e| failed(&e))?;
        }
        let verified = self.verify_with(&copy, Some(&folder.join("scans")))?;
        drop(copy);
        without_companions(&unfinished);
        point("backup.verified");
        std::fs::rename(&unfinished, &file).and_then(|()| private::sync_folder(&folder)).map_err(|e| failed(&e))?;
        point("backup.kept");
        if file != to {
            forget_old(&folder).map_err(|e| failed(&e))?;
        }
        Ok(Verified { brought, broken, ..verified })
    }

    /// Copies the scans the copy says are here and the backup lacks; hashes each one read back. Says how many are new, and
    /// how many are not what their name says.
    fn bring_scans(&self, copy: &Db, folder: &Path) -> Result<(usize, usize), Problem> {
        let (mut brought, mut broken) = (0, 0);
        for sha256 in named(copy, "SELECT DISTINCT sha256 FROM blob WHERE state = 'held' ORDER BY sha256")? {
            let (from, to) = (self.scan_path(&sha256), place(&folder.join("scans"), &sha256));
            if bring::is_there(&from, &to) {
                continue;
            }
            if let Some(parent) = to.parent() {
                private::folder(parent).map_err(|e| failed(&e))?;
            }
            match bring::one(&from, &to) {
                Ok(()) => {}
                Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
                    broken += 1;
                    continue;
                }
                Err(e) => return Err(failed(&e)),
            }
            if hashed(&to).map_err(|e| failed(&e))? == sha256 {
                brought += 1;
            } else {
                std::fs::remove_file(&to).map_err(|e| failed(&e))?;
                broken += 1;
            }
        }
        Ok((brought, broken))
    }

    /// Reads every event of every log in a copy, computes the chains again, compares them with this database, and only
    /// then counts what it holds as safe. A copy must lie where this computer's fire does not reach it. Scans are taken
    /// for copied by whoever made the copy.
    ///
    /// # Errors
    /// `backup_differs` with the first log that does; those of either database.
    pub fn verify(&self, copy: &Db) -> Result<Verified, Problem> {
        self.verify_with(copy, None)
    }

    /// [`District::verify`] with the folder of the scans: an event that names one which is not there is not safe, nor is
    /// what follows it in its log.
    ///
    /// # Errors
    /// The same.
    pub fn verify_with(&self, copy: &Db, scans: Option<&Path>) -> Result<Verified, Problem> {
        let missing = scans.map_or(Ok(BTreeSet::new()), |scans| lacking(copy, scans))?;
        let heads = copy.read(heads)?;
        let (mut verified, mut safe) = (Verified::default(), Vec::new());
        for (device, incarnation, acked, chain) in &heads {
            let differs = || Problem::new("backup_differs").with("log", format!("{device} {incarnation}"));
            let ours = self.db.read(|tx| chain_at(tx, *device, *incarnation, *acked))?;
            let theirs = copy.read(|tx| computed(tx, *device, *incarnation, &missing))?;
            if ours != Some(*chain) || (theirs.last, theirs.chain) != (*acked, *chain) {
                return Err(differs());
            }
            verified.logs += 1;
            verified.events += acked;
            verified.safe += theirs.safe;
            safe.push((device.to_string(), *incarnation, theirs.safe));
        }
        self.db.write(|tx| {
            for (device, incarnation, safe) in safe {
                tx.execute(
                    "UPDATE log_head SET safe = $1 WHERE device = $2 AND incarnation = $3 AND safe < $1",
                    params![safe, device, incarnation],
                )?;
            }
            Ok::<_, Problem>(verified)
        })
    }
}

/// Where a scan lies in a folder of scans.
fn place(scans: &Path, sha256: &str) -> PathBuf {
    scans.join(sha256.get(..2).unwrap_or("00")).join(sha256)
}

fn hashed(path: &Path) -> std::io::Result<String> {
    // The server takes none larger than 2 MiB.
    Ok(hex::encode(Sha256::digest(std::fs::read(path)?)))
}

fn named(copy: &Db, sql: &str) -> Result<Vec<String>, Problem> {
    let rows = copy.read(|tx| tx.query(sql, &[]))?;
    rows.iter().map(|r| Ok(r.text(0)?)).collect()
}

/// Scans that the copy names and the folder lacks, also those that never arrived; what was destroyed by rule lacks nobody.
fn lacking(copy: &Db, scans: &Path) -> Result<BTreeSet<String>, Problem> {
    let all = named(copy, "SELECT DISTINCT sha256 FROM blob WHERE state <> 'destroyed'")?;
    Ok(all.into_iter().filter(|sha256| !place(scans, sha256).is_file()).collect())
}

fn heads(tx: &mut dyn Tx) -> Result<Vec<Head>, Problem> {
    let rows = tx.query("SELECT device, incarnation, acked, chain FROM log_head ORDER BY device, incarnation", &[])?;
    rows.iter().map(|r| Ok((log::id(&r.text(0)?)?, r.int(1)?, r.int(2)?, log::hash(&r.text(3)?)?))).collect()
}

/// How far a log goes, its chain there, and how far it is safe.
struct Computed {
    last: i64,
    chain: event::Hash,
    safe: i64,
}

/// Computes a log again from the events themselves.
fn computed(
    tx: &mut dyn Tx,
    device: uuid::Uuid,
    incarnation: i64,
    missing: &BTreeSet<String>,
) -> Result<Computed, Problem> {
    let mut at = Computed { last: 0, chain: event::chain_start(device, incarnation), safe: 0 };
    let mut all_here = true;
    loop {
        let events = log::read_from(tx, device, incarnation, at.last + 1, PAGE)?;
        if events.is_empty() {
            return Ok(at);
        }
        for event in events {
            if event.seq != at.last + 1 {
                return Ok(at);
            }
            at.chain = event::chain_next(&at.chain, &event::uid(&event.origin, &event.raw));
            at.last = event.seq;
            all_here = all_here && !names_any(&event.raw, missing);
            at.safe = if all_here { at.last } else { at.safe };
        }
    }
}

/// Whether an event names one of these scans.
fn names_any(raw: &str, missing: &BTreeSet<String>) -> bool {
    !missing.is_empty() && scans_named(raw).iter().any(|sha256| missing.contains(sha256))
}

/// The scans that an event names; one that this build cannot read names none.
pub(crate) fn scans_named(raw: &str) -> Vec<String> {
    if !NAME_SCANS.iter().any(|kind| raw.contains(kind)) {
        return Vec::new();
    }
    let body = event::read(raw).map(|envelope| Body::read(&envelope));
    if let Ok(Ok(Some(Body::Create(created)))) = body {
        return created.d.attachments.into_iter().map(|a| a.sha256).collect();
    }
    if let Ok(Ok(Some(Body::Handed(to) | Body::Delivered(to)))) = body {
        return to.photo.into_iter().map(|photo| photo.sha256).collect();
    }
    if let Ok(Ok(Some(Body::Attach(paper)))) = body { vec![paper.sha256] } else { Vec::new() }
}

/// Copies beyond the newest go; their names sort by time.
fn forget_old(folder: &Path) -> std::io::Result<()> {
    let ours = |path: &PathBuf| {
        let name = path.file_name().and_then(|n| n.to_str()).unwrap_or_default();
        name.starts_with("district-") && name.ends_with(".db")
    };
    let mut copies: Vec<PathBuf> = std::fs::read_dir(folder)?.flatten().map(|e| e.path()).filter(ours).collect();
    copies.sort();
    let old = copies.len().saturating_sub(KEPT);
    copies.iter().take(old).try_for_each(std::fs::remove_file)
}

/// Removes what a backup that was cut left in the folder: the next one has another moment in its name.
fn forget_unfinished(folder: &Path) -> std::io::Result<()> {
    let cut = |path: &PathBuf| {
        let name = path.file_name().and_then(|n| n.to_str()).unwrap_or_default();
        name.starts_with("district-") && name.contains(".part")
    };
    std::fs::read_dir(folder)?.flatten().map(|e| e.path()).filter(cut).try_for_each(std::fs::remove_file)
}

/// Removes what SQLite left beside a file that nobody has open.
fn without_companions(path: &Path) {
    for end in ["-wal", "-shm"] {
        let mut name = path.as_os_str().to_owned();
        name.push(end);
        let _ = std::fs::remove_file(PathBuf::from(name));
    }
}
