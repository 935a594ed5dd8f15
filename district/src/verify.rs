//! What officers compared with the scans, and who opened what: kept at the server, for the next officer and for the Dinas.

use crate::District;
use crate::desk::{self, Answer, Detail};
use crate::desk_audit::Did;
use jukung_domain::number::Number;
use jukung_domain::problem::Problem;
use jukung_ledger::tx::{Tx, first};
use jukung_ledger::{params, projection};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::path::PathBuf;
use utoipa::ToSchema;

/// An answer that an officer compared, or takes back.
#[derive(Debug, Deserialize, ToSchema)]
pub struct Tick {
    /// Path of the answer.
    pub path: String,
    /// The answer as the officer read it.
    pub value: String,
    /// It agrees with the scans.
    pub agrees: bool,
}

/// One opening of an application or of a scan.
#[derive(Debug, Serialize, PartialEq, Eq)]
pub struct Opening {
    /// When, in milliseconds since 1970 UTC.
    pub at: i64,
    /// Officer.
    pub officer: String,
    /// Content address of the scan; empty for the application itself.
    pub scan: String,
}

impl District {
    /// Keeps that `officer` compared an answer, or takes that back.
    ///
    /// # Errors
    /// `not_found` for an answer that is not there; `answer_changed` when it reads otherwise by now; `not_allowed` once the
    /// application is decided; `processing_held`; those of the database.
    pub fn tick(&self, application: &str, officer: &str, tick: &Tick) -> Result<Detail, Problem> {
        let now = self.edge.now();
        self.db.write(|tx| {
            let case = self.to_process(tx, application)?;
            let steps = desk::steps(&case.state);
            if !steps.iter().any(|s| s == "take" || s == "approve") {
                return Err(Problem::new("not_allowed").with("status", case.state.status.code()));
            }
            let answers = desk::answers(&case.state.application);
            let answer = answers.iter().find(|a| a.path == tick.path).ok_or_else(|| Problem::new("not_found"))?;
            if answer.value != tick.value {
                return Err(Problem::new("answer_changed"));
            }
            tx.execute("DELETE FROM ticked WHERE app = $1 AND path = $2", params![application, &tick.path])?;
            if tick.agrees {
                tx.execute(
                    "INSERT INTO ticked (app, path, answer, officer, at) VALUES ($1, $2, $3, $4, $5)",
                    params![application, &tick.path, fingerprint(&answer.value), officer, now],
                )?;
            }
            Ok(())
        })?;
        self.detail(application)
    }

    /// Writes down that `officer` opened an application, or one of its scans.
    ///
    /// # Errors
    /// Those of the database.
    pub fn note_opening(&self, application: &str, officer: &str, scan: &str) -> Result<(), Problem> {
        let now = self.edge.now();
        self.db.write(|tx| {
            let row = params![now, officer, application, scan].to_vec();
            tx.execute("INSERT INTO opened (at, officer, app, scan) VALUES ($1, $2, $3, $4)", &row)?;
            self.chained(tx, &Did { at: now, officer, act: "open", of: application, what: scan })?;
            Ok(())
        })
    }

    /// Where the scan lies that this application names; that `officer` opened it is written down first.
    ///
    /// # Errors
    /// `not_found` when the application does not name it or it is not here yet; `reveal_first` for the mark of a consent;
    /// those of the database.
    pub fn open_scan(&self, application: &str, officer: &str, sha256: &str) -> Result<PathBuf, Problem> {
        let case = self.db.read(|tx| self.case(tx, application))?;
        let papers = &case.state.application.attachments;
        let mark = papers.iter().any(|a| a.sha256 == sha256 && crate::reveal::is_mark(&a.requirement));
        if mark && !self.may_see_mark(application, officer, sha256)? {
            return Err(Problem::new("reveal_first"));
        }
        let held = self.db.read(|tx| {
            let photos = jukung_ledger::handed::photos(tx, application)?;
            let named = papers.iter().chain(&photos).any(|a| a.sha256 == sha256);
            let state = params![sha256, &case.office].to_vec();
            let held = first(tx, "SELECT at FROM blob WHERE sha256 = $1 AND office = $2 AND state = 'held'", &state)?;
            Ok::<_, Problem>(named && held.is_some())
        })?;
        if !held {
            return Err(Problem::new("not_found"));
        }
        self.note_opening(application, officer, sha256)?;
        Ok(self.scan_path(sha256))
    }

    /// Who opened the application with this registration number, and which of its scans, oldest first.
    ///
    /// # Errors
    /// `number_length`, `number_symbol`, `number_check`; `not_found`; those of the database.
    pub fn openings(&self, number: &str) -> Result<Vec<Opening>, Problem> {
        let number = Number::parse(number).map_err(|e| Problem::new(&e.to_string()))?.to_string();
        self.db.read(|tx| {
            let app = projection::by_number(tx, &number)?.ok_or_else(|| Problem::new("not_found"))?;
            let rows = tx.query("SELECT at, officer, scan FROM opened WHERE app = $1 ORDER BY at", params![app])?;
            let rows = rows.iter().map(|r| Ok(Opening { at: r.int(0)?, officer: r.text(1)?, scan: r.text(2)? }));
            rows.collect()
        })
    }
}

/// Writes into the answers who compared them; a tick on other words than those that stand there now does not count.
///
/// # Errors
/// Those of the database.
pub(crate) fn mark(tx: &mut dyn Tx, application: &str, answers: &mut [Answer]) -> Result<(), Problem> {
    for row in tx.query("SELECT path, answer, officer FROM ticked WHERE app = $1", params![application])? {
        let (path, print) = (row.text(0)?, row.text(1)?);
        let officer = row.text(2)?;
        for answer in answers.iter_mut().filter(|a| a.path == path && fingerprint(&a.value) == print) {
            answer.ticked.clone_from(&officer);
        }
    }
    Ok(())
}

/// The answer without its words: the table of ticks is no second place for NIK and names.
fn fingerprint(answer: &str) -> String {
    hex::encode(Sha256::digest(answer.as_bytes()))
}
