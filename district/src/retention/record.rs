//! The record of a destruction (*berita acara*): proposed by one officer, agreed to by another, carried out, and kept.
//!
//! Once it is agreed to, the list lies in a file of its own before the first thing goes: a server that stops half-way goes on
//! with it at its next start, and one that was restored from an older backup destroys again what had gone.

use super::due::rows_of;
use super::list::{FOLDER, Kept, csv, read, remove};
use super::{Class, DAY_MS, rules};
use crate::District;
use crate::desk_audit::{self, Did};
use crate::standards::ZONE;
use jukung_domain::calendar::Local;
use jukung_domain::problem::Problem;
use jukung_domain::texts::say;
use jukung_domain::words::long_day;
use jukung_ledger::point::point;
use jukung_ledger::tx::{Tx, first};
use jukung_ledger::{Row, params, private};
use serde::Serialize;
use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use utoipa::ToSchema;

/// Things that go in one transaction.
const AT_ONCE: usize = 500;

/// One destruction as officers see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = RetentionRecord)]
pub struct Record {
    /// Its id.
    pub id: String,
    /// Number of the record, e.g. `BA-2026-001`.
    pub number: String,
    /// What was destroyed, in words.
    pub what: String,
    /// How much of it, in words.
    pub much: String,
    /// Older than this day, in words.
    pub before: String,
    /// The regulation, and the days.
    pub basis: String,
    /// `proposed`, `agreed` (being carried out), `done`, `dropped`.
    pub state: String,
    /// Who proposed it; that account never agrees to it.
    pub by: String,
    /// Who agreed to it, or said no; empty while nobody did.
    pub second: String,
    /// Who did what and when.
    pub told: Vec<String>,
    /// SHA-256 of the list.
    pub list: String,
}

const COLUMNS: &str =
    "id, number, class, basis, days, before, made, made_by, agreed, agreed_by, things, bytes, list, state, done";

/// A row of the table: what the file says, where it stands, and when it was done.
struct Stored {
    kept: Kept,
    state: String,
    done: i64,
}

fn stored(r: &Row) -> Result<Stored, Problem> {
    let kept = Kept {
        id: r.text(0)?,
        number: r.text(1)?,
        class: r.text(2)?,
        basis: r.text(3)?,
        days: r.int(4)?,
        before: r.int(5)?,
        made: r.int(6)?,
        made_by: r.text(7)?,
        agreed: r.int(8)?,
        agreed_by: r.text(9)?,
        things: r.int(10)?,
        bytes: r.int(11)?,
        list: r.text(12)?,
        lines: Vec::new(),
    };
    Ok(Stored { kept, state: r.text(13)?, done: r.int(14)? })
}

fn one(tx: &mut dyn Tx, id: &str) -> Result<Stored, Problem> {
    let row = first(tx, &format!("SELECT {COLUMNS} FROM destruction WHERE id = $1"), params![id])?;
    stored(&row.ok_or_else(|| Problem::new("not_found"))?)
}

/// All of them, the newest first.
pub(super) fn all(tx: &mut dyn Tx) -> Result<Vec<Record>, Problem> {
    let rows = tx.query(&format!("SELECT {COLUMNS} FROM destruction ORDER BY made DESC, number DESC"), &[])?;
    rows.iter().map(|r| Ok(stored(r)?.shown())).collect()
}

pub(super) fn when(at: i64) -> String {
    let at = Local::at(at, ZONE);
    format!("{}, {} {ZONE}", long_day(at.day()), at.time())
}

impl Stored {
    fn shown(&self) -> Record {
        let kept = &self.kept;
        let class = Class::from_code(&kept.class);
        let told =
            |how: &str, who: &str, at: i64| say(&format!("retention.told.{how}"), &[("who", who), ("when", &when(at))]);
        let mut lines = vec![told("proposed", &kept.made_by, kept.made)];
        if kept.agreed > 0 {
            lines.push(told(if self.state == "dropped" { "dropped" } else { "agreed" }, &kept.agreed_by, kept.agreed));
        }
        if self.done > 0 {
            lines.push(told("done", "", self.done));
        }
        Record {
            id: kept.id.clone(),
            number: kept.number.clone(),
            what: class.map(Class::name).unwrap_or_default(),
            much: kept.much(),
            before: long_day(Local::at(kept.before, ZONE).day()),
            basis: say("retention.basis_days", &[("basis", &kept.basis), ("days", &kept.days.to_string())]),
            state: self.state.clone(),
            by: kept.made_by.clone(),
            second: kept.agreed_by.clone(),
            told: lines,
            list: kept.list.clone(),
        }
    }
}

impl District {
    fn list_of(&self, id: &str) -> PathBuf {
        self.dir.join(FOLDER).join(format!("{id}.json"))
    }

    /// Counts what of a class is due now, and writes it down for a second officer.
    ///
    /// # Errors
    /// `retention_kept` for a class that is kept for good; `retention_basis` while nobody said by which regulation;
    /// `retention_waits` when one of this class waits already; `retention_none` when nothing is due; those of the database.
    pub fn propose_destruction(&self, officer: &str, class: Class) -> Result<(), Problem> {
        let rules = self.db.read(rules)?;
        let (days, now) = (rules.days(class), self.edge.now());
        if days == 0 {
            return Err(Problem::new("retention_kept").with("what", class.name()));
        }
        if rules.basis.is_empty() {
            return Err(Problem::new("retention_basis"));
        }
        let before = now - days * DAY_MS;
        let due = self.due(class, before)?;
        if due.things == 0 {
            return Err(Problem::new("retention_none").with("what", class.name()));
        }
        let (id, year) = (self.edge.new_id().to_string(), Local::at(now, ZONE).day().year());
        let (things, bytes, list) = (due.things, due.bytes, due.hash());
        self.db.write(|tx| {
            let waits = "SELECT number FROM destruction WHERE class = $1 AND state IN ('proposed', 'agreed')";
            if let Some(row) = first(tx, waits, params![class.code()])? {
                return Err(Problem::new("retention_waits").with("number", row.text(0)?));
            }
            let count =
                first(tx, "SELECT count(*) FROM destruction WHERE number LIKE $1", params![format!("BA-{year}-%")])?;
            let number = format!("BA-{year}-{:03}", count.map_or(Ok(0), |r| r.int(0))? + 1);
            let row = params![
                &id,
                number,
                class.code(),
                &rules.basis,
                days,
                before,
                now,
                officer,
                0,
                "",
                things,
                bytes,
                list,
                "proposed",
                0
            ]
            .to_vec();
            tx.insert(&format!("destruction ({COLUMNS})"), &[row], "")?;
            self.chained(tx, &Did { at: now, officer, act: "retention", of: &id, what: "propose" })
        })
    }

    /// Takes a proposal back, or says no to it: nothing goes.
    ///
    /// # Errors
    /// `not_found`; `settled_already`; those of the database.
    pub fn drop_destruction(&self, officer: &str, id: &str) -> Result<(), Problem> {
        let now = self.edge.now();
        self.db.write(|tx| {
            let sql = "UPDATE destruction SET state = 'dropped', agreed = $1, agreed_by = $2 WHERE id = $3 AND state = 'proposed'";
            let changed = tx.execute(sql, params![now, officer, id])?;
            if changed == 0 {
                return one(tx, id).and(Err(Problem::new("settled_already")));
            }
            self.chained(tx, &Did { at: now, officer, act: "retention", of: id, what: "drop" })
        })
    }

    /// Agrees to a proposal: what it lists is destroyed now, and stays destroyed.
    ///
    /// # Errors
    /// `not_found`; `retention_own` for whoever proposed it; `settled_already`; `retention_changed` when what is due is not
    /// what was listed; `disk_full`, `read_only`; those of the database. What has gone stays gone, and the rest goes at the next
    /// start.
    pub fn agree_destruction(&self, officer: &str, id: &str) -> Result<(), Problem> {
        let Stored { kept, state, .. } = self.db.read(|tx| one(tx, id))?;
        if state != "proposed" {
            return Err(Problem::new("settled_already"));
        }
        if kept.made_by == officer {
            return Err(Problem::new("retention_own"));
        }
        let class = Class::from_code(&kept.class).ok_or_else(|| Problem::new("not_found"))?;
        let due = self.due(class, kept.before)?;
        if due.hash() != kept.list {
            return Err(Problem::new("retention_changed"));
        }
        let kept = Kept { agreed: self.edge.now(), agreed_by: officer.to_owned(), lines: due.lines, ..kept };
        self.db.write(|tx| {
            let sql = "UPDATE destruction SET state = 'agreed', agreed = $1, agreed_by = $2 WHERE id = $3 AND state = 'proposed'";
            let changed = tx.execute(sql, params![kept.agreed, officer, id])?;
            if changed == 0 {
                return Err(Problem::new("settled_already"));
            }
            self.chained(tx, &Did { at: kept.agreed, officer, act: "retention", of: id, what: "agree" })
        })?;
        let failed = |e: io::Error| crate::backup::failed(&e);
        private::folder(&self.dir.join(FOLDER)).map_err(failed)?;
        let text = serde_json::to_vec(&kept).map_err(|e| Problem::new("internal").with("at", e))?;
        let path = self.list_of(id);
        private::whole(&path.with_extension("new"), &path, &text).map_err(failed)?;
        point("destruction.listed");
        self.carry_out(class, &kept)
    }

    /// Goes on with what was agreed to and not finished, also what a restored database does not know any more.
    ///
    /// # Errors
    /// `read_only`; those of the database.
    pub(crate) fn finish_destructions(&self) -> Result<(), Problem> {
        let lists = std::fs::read_dir(self.dir.join(FOLDER)).into_iter().flatten().flatten().map(|file| file.path());
        for path in lists.filter(|path| path.extension().is_some_and(|e| e == "json")) {
            let id = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let state = self.db.read(|tx| first(tx, "SELECT state FROM destruction WHERE id = $1", params![id]))?;
            if state.map(|r| r.text(0)).transpose()?.as_deref() != Some("done") {
                let kept = read(&path)?;
                let unknown = || Problem::new("internal").with("at", &kept.class);
                self.carry_out(Class::from_code(&kept.class).ok_or_else(unknown)?, &kept)?;
            }
        }
        // Agreed to, and cut off before the list lay there: nothing has gone, so it is proposed anew.
        let cut =
            self.db.read(|tx| Ok::<_, Problem>(tx.query("SELECT id FROM destruction WHERE state = 'agreed'", &[])?))?;
        for row in cut {
            let id = row.text(0)?;
            self.db.write(|tx| {
                tx.execute(
                    "UPDATE destruction SET state = 'proposed', agreed = 0, agreed_by = '' WHERE id = $1",
                    params![id],
                )
            })?;
        }
        Ok(())
    }

    /// Everything here may be done twice.
    fn carry_out(&self, class: Class, kept: &Kept) -> Result<(), Problem> {
        let now = self.edge.now();
        self.db.write(|tx| {
            let row = params![
                &kept.id,
                &kept.number,
                &kept.class,
                &kept.basis,
                kept.days,
                kept.before,
                kept.made,
                &kept.made_by,
                kept.agreed,
                &kept.agreed_by,
                kept.things,
                kept.bytes,
                &kept.list,
                "agreed",
                0
            ]
            .to_vec();
            tx.insert(&format!("destruction ({COLUMNS})"), &[row], "ON CONFLICT (id) DO NOTHING")?;
            if class == Class::Openings {
                desk_audit::leave_before(tx, kept.before)?;
            }
            for (table, which) in rows_of(class) {
                tx.execute(&format!("DELETE FROM {table} WHERE {which}"), params![kept.before])?;
            }
            Ok::<_, Problem>(())
        })?;
        let files: Vec<(&str, &str)> = if rows_of(class).is_empty() { kept.files().collect() } else { Vec::new() };
        for some in files.chunks(AT_ONCE) {
            self.destroy_files(class, &kept.id, some)?;
        }
        self.db.write(|tx| {
            // With who agreed: a program that started in between may have set an agreement without a list back.
            let sql = "UPDATE destruction SET state = 'done', done = $1, agreed = $2, agreed_by = $3 WHERE id = $4";
            tx.execute(sql, params![now, kept.agreed, &kept.agreed_by, &kept.id])?;
            Ok::<_, Problem>(())
        })?;
        tracing::info!("{}: destroyed by rule, as two officers said", kept.number);
        Ok(())
    }

    /// First the database stops naming them, then the bytes go, unless somebody else's row still needs them.
    fn destroy_files(&self, class: Class, id: &str, files: &[(&str, &str)]) -> Result<(), Problem> {
        let complaints = class == Class::ComplaintFiles;
        let gone = self.db.write(|tx| {
            for &(sha256, place) in files {
                if complaints {
                    let sql = "DELETE FROM complaint_file WHERE sha256 = $1 AND complaint = $2";
                    tx.execute(sql, params![sha256, place])?;
                } else {
                    let sql = "UPDATE blob SET state = 'destroyed', key = $1 WHERE sha256 = $2 AND office = $3";
                    tx.execute(sql, params![id, sha256, place])?;
                }
            }
            let needed = if complaints {
                "SELECT sha256 FROM complaint_file WHERE sha256 = $1"
            } else {
                "SELECT sha256 FROM blob WHERE sha256 = $1 AND state <> 'destroyed'"
            };
            let mut gone = Vec::new();
            for &(sha256, _) in files {
                if first(tx, needed, params![sha256])?.is_none() {
                    gone.push(sha256);
                }
            }
            Ok::<_, Problem>(gone)
        })?;
        point("destruction.marked");
        let mut folders = BTreeSet::new();
        for sha256 in gone {
            let path = if complaints { self.dir.join("complaints").join(sha256) } else { self.scan_path(sha256) };
            remove(&path)?;
            folders.extend(path.parent().map(Path::to_owned));
        }
        point("destruction.removed");
        let flush = |folder: &PathBuf| if folder.exists() { private::sync_folder(folder) } else { Ok(()) };
        folders.iter().try_for_each(flush).map_err(|e| crate::backup::failed(&e))
    }

    /// One of them, for whoever sees the whole district: what goes is of no part.
    fn destruction_seen(&self, id: &str) -> Result<Stored, Problem> {
        if !self.area.is_whole() {
            return Err(Problem::new("not_found"));
        }
        self.db.read(|tx| one(tx, id))
    }

    /// The list of one that was agreed to, as CSV: what it names, and nothing of what stood in it.
    ///
    /// # Errors
    /// `not_found` while it is not agreed to.
    pub fn destruction_list(&self, id: &str) -> Result<(String, String), Problem> {
        let number = self.destruction_seen(id)?.kept.number;
        let kept = read(&self.list_of(id)).map_err(|_| Problem::new("not_found"))?;
        Ok((format!("{number}.csv"), csv(&kept.lines)))
    }

    /// What the record of one that was agreed to says.
    pub(super) fn destruction(&self, id: &str) -> Result<Record, Problem> {
        let stored = self.destruction_seen(id)?;
        if stored.done == 0 { Err(Problem::new("not_found")) } else { Ok(stored.shown()) }
    }

    /// When what an application named was destroyed, and by which record; none for what was not.
    pub(crate) fn destroyed_by(tx: &mut dyn Tx, id: &str) -> Result<String, Problem> {
        let Stored { kept, done, .. } = one(tx, id)?;
        let day = long_day(Local::at(if done > 0 { done } else { kept.agreed }, ZONE).day());
        Ok(say("retention.gone", &[("number", &kept.number), ("day", &day)]))
    }
}
