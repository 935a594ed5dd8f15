//! The damage ladder (protocol 2.17, decision 0018): a broken database is noticed when it is opened, never written to,
//! moved aside, and put together again from the newest good copy, from what can still be read and from the tail. The log
//! goes on with a new life, and a person is told.

use crate::edge::Edge;
use crate::remains::Remains;
use crate::scan::store::failed;
use crate::{
    Identity, audit_told, beside, copies, home, lives, merge, own, salvage, settings, stored, tail, unattended,
};
use jukung_crypto::keyring::{Keys, Secret};
use jukung_domain::event::{Body, Recovered};
use jukung_domain::problem::Problem;
use jukung_domain::sync::copies::Made;
use jukung_domain::sync::log::Life;
use jukung_ledger::check;
use jukung_ledger::migrate::{self, Home};
use jukung_ledger::point::point;
use jukung_ledger::tx::first;
use jukung_ledger::{Db, DbProblem, Tx, params, private};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fs;
use std::path::{Path, PathBuf};

/// Where what was broken is kept.
pub const ASIDE: &str = "rusak";
/// Being put together; worth nothing until it has the next name.
const UNFINISHED: &str = "office.db.part";
/// Put together, and not in its place yet.
const MENDED: &str = "office.db.mended";
/// Says which key the database has, so that a wrong key is not taken for damage.
const MARK: &str = "office.db.mark";
/// Somebody met damage while working: the next start reads everything.
const SUSPECTED: &str = "office.db.check";
/// The folder was made of a backup and was not opened yet: nothing is broken.
const RESTORED: &str = "office.db.restored";
/// What belongs to a broken database.
const OF_DATABASE: [&str; 6] = ["office.db", "office.db-wal", "office.db-shm", "head", tail::FILE, SUSPECTED];

/// Reasons of rows in "Perlu perhatian" that this file writes.
pub(crate) const RECOVERED: &str = "recovered";
/// An application that was shown before and could not be brought back.
pub(crate) const MISSING: &str = "missing";

/// What is told of a recovery; kept with its row.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Told {
    /// Day of the copy, `YYYY-MM-DD`; empty without a copy or a date.
    pub day: String,
    /// It began with a copy.
    pub copy: bool,
    /// Nothing was broken: the database was older than the files beside it.
    #[serde(default)]
    pub older: bool,
    /// Nothing was broken: a spare computer took over from a backup.
    #[serde(default)]
    pub restored: bool,
    /// Events brought back beyond the copy.
    pub back: usize,
    /// Events beyond the copy that were not brought back, at most.
    pub lost: i64,
    /// Applications to look at.
    pub check: usize,
}

fn mark_of(key: &[u8; 32]) -> String {
    hex::encode(&Sha256::new().chain_update(b"jukung-database-key-1").chain_update(key).finalize()[..16])
}

/// Notes which key the database has.
///
/// # Errors
/// `read_only`.
pub(crate) fn note_key(dir: &Path, key: &[u8; 32]) -> Result<(), Problem> {
    let mark = mark_of(key);
    if fs::read_to_string(dir.join(MARK)).is_ok_and(|m| m == mark) {
        return Ok(());
    }
    write_whole(dir, MARK, mark.as_bytes())
}

/// Notes that something could not be read: the next start looks at everything.
pub(crate) fn suspect(dir: &Path) {
    if let Err(problem) = write_whole(dir, SUSPECTED, b"") {
        tracing::warn!("the suspicion could not be noted: {problem}");
    }
}

/// Notes that a folder was made of a backup.
///
/// # Errors
/// `disk_full`, `read_only`.
pub(crate) fn note_restored(dir: &Path) -> Result<(), Problem> {
    write_whole(dir, RESTORED, b"")
}

fn write_whole(dir: &Path, name: &str, bytes: &[u8]) -> Result<(), Problem> {
    private::whole(&dir.join(format!("{name}.new")), &dir.join(name), bytes).map_err(|e| failed(&e))
}

/// Makes sure that a database stands in its place which can be opened, and mends it where it is broken.
///
/// # Errors
/// `disk_full`, `read_only`: nothing was changed then. What is broken is never overwritten.
pub(crate) fn ensure(
    dir: &Path,
    identity: &Identity,
    keys: &Keys,
    next: Option<&Keys>,
    edge: &Edge,
) -> Result<(), Problem> {
    finish(dir)?;
    let candidates: Vec<Secret> = std::iter::once(keys.database.clone())
        .chain(next.map(|n| n.database.clone()))
        .chain(keys.former.iter().cloned())
        .collect();
    let Some(key) = broken(dir, identity, &candidates) else { return Ok(()) };
    tracing::error!("the database is broken: it is moved aside and put together again");
    build(dir, identity, edge, keys, (&candidates, key.as_ref()))?;
    finish(dir)
}

/// Whether the database is broken; with the key it opens with, if it does. What is only locked away, full or of another
/// key is not broken.
fn broken(dir: &Path, identity: &Identity, candidates: &[Secret]) -> Option<Option<Secret>> {
    let path = dir.join(home::DATABASE);
    let was_here = beside::read(dir).is_some() || !copies::all(dir).is_empty();
    if fs::metadata(&path).map_or(0, |m| m.len()) == 0 {
        return was_here.then_some(None);
    }
    for key in candidates {
        match Db::open_untouched(&path, Some(key)) {
            Ok(db) => {
                let found = sound(dir, &db, identity).err();
                if let Some(why) = &found {
                    tracing::error!("{why}");
                }
                return found.map(|_| Some(key.clone()));
            }
            Err(DbProblem::Damaged(_)) => return Some(Db::open_broken(&path, Some(key)).is_ok().then(|| key.clone())),
            Err(DbProblem::Open(_)) => {}
            Err(_) => return None,
        }
    }
    let mark = fs::read_to_string(dir.join(MARK)).unwrap_or_default();
    candidates.iter().any(|key| mark_of(key) == mark).then_some(None)
}

/// Looks at every page; where one is not what was written, the engine and the chains have the last word: a page that
/// nothing uses, or of which the write-ahead log has a newer form, is no damage.
fn sound(dir: &Path, db: &Db, identity: &Identity) -> Result<(), DbProblem> {
    let changed = db.pages_changed()?;
    let open = db.read(|tx| first(tx, "SELECT v FROM meta WHERE k = 'open'", &[]));
    let unclean = matches!(open, Ok(Some(row)) if row.text(0).is_ok_and(|v| v == "yes"));
    let suspected = dir.join(SUSPECTED).exists();
    if changed.is_empty() && !unclean && !suspected {
        return Ok(());
    }
    if let Some(line) = db.quick_check()?.first() {
        return Err(DbProblem::Damaged(line.clone()));
    }
    if !changed.is_empty() || suspected {
        db.read(|tx| check::everything(tx, identity.device, &identity.office.code))?;
        let _ = fs::remove_file(dir.join(SUSPECTED));
    }
    Ok(())
}

/// Puts the database together beside the broken one.
fn build(
    dir: &Path,
    identity: &Identity,
    edge: &Edge,
    keys: &Keys,
    (candidates, key): (&[Secret], Option<&Secret>),
) -> Result<(), Problem> {
    let part = dir.join(UNFINISHED);
    forget_unfinished(dir)?;
    let copy = newest_copy(dir, identity, candidates);
    if let Some((_, path, opens_with)) = &copy {
        fs::copy(path, &part).map_err(|e| failed(&e))?;
        private::existing_file(&part).map_err(|e| failed(&e))?;
        if **opens_with != *keys.database {
            Db::open_sqlite(&part, Some(opens_with)).and_then(|db| db.rekey(&keys.database)).map_err(stored)?;
        }
    }
    let mut salvaged = key.map(|key| salvage::read(&dir.join(home::DATABASE), key)).unwrap_or_default();
    let kept = candidates.iter().find_map(|key| tail::read(dir, key)).unwrap_or_default();
    // A file whose write-ahead log is gone is whole and old: then the tail knows which drafts are left.
    let older = kept.n > salvaged.value(tail::NUMBER).parse().unwrap_or(0);
    if older {
        salvaged.is_older();
    }
    let now = edge.clock.now_ms();
    let db = Db::open_sqlite(&part, Some(&keys.database)).map_err(stored)?;
    db.write(|tx| migrate::run(tx, Home::Office)).map_err(stored)?;
    db.write(|tx| {
        let sources = [&kept, &salvaged];
        let mut ends: Vec<(i64, i64)> = sources.iter().flat_map(|r| merge::lives_of(r)).collect();
        ends.extend(beside::read(dir).map(|head| (head.incarnation, head.last)));
        let beyond = merge::places_beyond(tx, &longest(ends))?;
        audit_told::bring_back(tx, identity, &sources)?;
        begin_anew(tx, identity, edge)?;
        let mut told = Told {
            day: copy.as_ref().and_then(|(made, ..)| made.day).map(|d| d.to_string()).unwrap_or_default(),
            copy: copy.is_some(),
            restored: dir.join(RESTORED).exists(),
            ..Told::default()
        };
        for source in sources {
            let taken = merge::take_in(tx, identity, source, now)?;
            told.back += taken.events.len();
            told.check += taken.apps.len();
        }
        if !salvaged.is_whole("draft") {
            merge::bin_drafts_but(tx, if older { &sources[..1] } else { &sources }, now)?;
        }
        told.lost = (beyond - i64::try_from(told.back).unwrap_or(i64::MAX)).max(0);
        let missing = merge::cases_missing(tx, &salvaged)?;
        tell(tx, &told, &missing, now)?;
        let body = Recovered { copy: told.day, back: told.back, lost: told.lost };
        own::append_note(tx, identity, &Body::Recovered(body), edge, now)?;
        settings::set(tx, "open", "")?;
        settings::set(tx, COPY_DUE, "yes")
    })?;
    drop(db);
    let synced = fs::OpenOptions::new().append(true).open(&part).and_then(|file| file.sync_all());
    point("mend.flushed");
    synced
        .and_then(|()| fs::rename(&part, dir.join(MENDED)))
        .and_then(|()| private::sync_folder(dir))
        .map_err(|e| failed(&e))
}

/// Set until the next copy is made: the copies of before are of another life.
pub(crate) const COPY_DUE: &str = "copy_due";

/// The end of each life, where several sources tell of it.
fn longest(mut ends: Vec<(i64, i64)>) -> Vec<(i64, i64)> {
    ends.sort_unstable_by_key(|(incarnation, last)| (*incarnation, std::cmp::Reverse(*last)));
    ends.dedup_by_key(|(incarnation, _)| *incarnation);
    ends
}

/// A new life with a code that no printed number has (R1, R10); what the copy had not sent moves there.
fn begin_anew(tx: &mut dyn Tx, identity: &Identity, edge: &Edge) -> Result<(), Problem> {
    match lives::all(tx)?.pop() {
        Some(log) => lives::branch(tx, identity, edge, &log, log.acked, Life::New),
        None => lives::open(tx, identity, edge, &lives::provisional(edge), 0),
    }
}

/// The newest copy that can be read whole, with the key it opens with.
fn newest_copy(dir: &Path, identity: &Identity, candidates: &[Secret]) -> Option<(Made, PathBuf, Secret)> {
    copies::all(dir).into_iter().find_map(|(made, path)| {
        let reads = |key: &&Secret| copies::verified(&path, key, identity.device, &identity.office.code).is_ok();
        let key = candidates.iter().find(reads)?.clone();
        Some((made, path, key))
    })
}

/// A database that is older than the files beside it, in its new life: gets back what the tail has of what it forgot, and
/// a person is told.
///
/// # Errors
/// Those of storage.
pub(crate) fn take_tail(
    tx: &mut dyn Tx,
    identity: &Identity,
    kept: &Remains,
    (beyond, now): (i64, i64),
) -> Result<(), Problem> {
    let taken = merge::take_in(tx, identity, kept, now)?;
    if kept.n > 0 {
        // The tail lists every draft: another one was handed in or thrown away since.
        merge::bin_drafts_but(tx, &[kept], now)?;
    }
    let (back, check) = (taken.events.len(), taken.apps.len());
    let lost = (beyond - i64::try_from(back).unwrap_or(i64::MAX)).max(0);
    tell(tx, &Told { older: true, back, lost, check, ..Told::default() }, &[], now)
}

/// One row that says what happened, and one for each application that is not there any more.
fn tell(tx: &mut dyn Tx, told: &Told, missing: &[(String, String, String)], now: i64) -> Result<(), Problem> {
    let json = |e: serde_json::Error| Problem::new("internal").with("at", e);
    let mut row = |uid: String, app: &str, reason: &str, detail: String| {
        let sql = "INSERT INTO attention (uid, app, reason, detail, opened, closed) VALUES ($1, $2, $3, $4, $5, 0)
                   ON CONFLICT (uid) DO NOTHING";
        tx.execute(sql, params![uid, app, reason, detail, now]).map_err(stored)
    };
    row(format!("{RECOVERED}:{now}"), "", RECOVERED, serde_json::to_string(told).map_err(json)?)?;
    for (id, number, name) in missing {
        row(format!("{MISSING}:{id}"), id, MISSING, serde_json::to_string(&(number, name)).map_err(json)?)?;
    }
    Ok(())
}

fn forget_unfinished(dir: &Path) -> Result<(), Problem> {
    for end in ["", "-wal", "-shm", "-journal"] {
        match fs::remove_file(dir.join(format!("{UNFINISHED}{end}"))) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(failed(&e)),
            Ok(()) | Err(_) => {}
        }
    }
    Ok(())
}

/// Moves what was broken aside and the mended database into its place. Cut anywhere, the next start goes on here.
fn finish(dir: &Path) -> Result<(), Problem> {
    if !dir.join(MENDED).exists() {
        return Ok(());
    }
    let done = || {
        let there: Vec<&str> = OF_DATABASE.into_iter().filter(|name| dir.join(name).exists()).collect();
        if !there.is_empty() {
            let all = dir.join(ASIDE);
            private::folder(&all)?;
            let aside = all.join(format!("{:03}", fs::read_dir(&all)?.count() + 1));
            private::folder(&aside)?;
            there.iter().try_for_each(|name| {
                point("mend.moving");
                fs::rename(dir.join(name), aside.join(name))
            })?;
            private::sync_folder(&aside)?;
        }
        unattended::keep_packed(dir)?;
        if dir.join(RESTORED).exists() {
            fs::remove_file(dir.join(RESTORED))?;
        }
        point("mend.moved");
        fs::rename(dir.join(MENDED), dir.join(home::DATABASE))?;
        point("mend.placed");
        private::sync_folder(dir)
    };
    done().map_err(|e: std::io::Error| failed(&e))
}

/// What was put aside opens with the keys of its time: it goes when somebody leaves (decision 0018).
///
/// # Errors
/// `read_only`.
pub(crate) fn forget_aside(dir: &Path) -> Result<(), Problem> {
    match fs::remove_dir_all(dir.join(ASIDE)) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(failed(&e)),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Where files go that belong to something broken; none while nothing ever broke here.
pub(crate) fn aside(dir: &Path) -> Option<PathBuf> {
    let all = dir.join(ASIDE);
    all.is_dir().then(|| all.join("scans"))
}
