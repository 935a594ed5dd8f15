//! What residents asked for, and protection that failed: each is answered within 3 × 24 hours (UU 27/2022, articles 30, 32,
//! 41 and 46). Whose data it is about is written down as an HMAC only.

use crate::District;
use jukung_domain::problem::Problem;
use jukung_ledger::tx::first;
use jukung_ledger::{Row, params};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// 3 × 24 hours.
pub const DUE_MS: i64 = 72 * 3_600_000;
/// What may be asked: to see, to correct, to hold; and what the Dinas has to tell.
const KINDS: [&str; 4] = ["access", "correction", "hold", "breach"];
/// How it may end.
const ENDS: [&str; 5] = ["given", "corrected", "held", "refused", "told"];
/// Shown at once: what is open first.
const SHOWN_MAX: i64 = 200;

/// One of them.
#[derive(Debug, Serialize, ToSchema, PartialEq, Eq)]
pub struct Duty {
    /// Id.
    pub id: String,
    /// `access`, `correction`, `hold`, `breach`.
    pub kind: String,
    /// HMAC of the NIK or number; of a breach, the symbols of the computer.
    pub subject: String,
    /// When it began, in ms since 1970 UTC.
    pub made: i64,
    /// Who wrote it down.
    pub made_by: String,
    /// When it has to be done.
    pub due: i64,
    /// When it was done; 0 while it is open.
    pub done: i64,
    /// Who did it.
    pub done_by: String,
    /// How it ended, as a code.
    pub note: String,
    /// Open, and its time is over.
    pub late: bool,
}

/// What is written down: `about` is a NIK or number, or the symbols of a computer.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = DutyAsked)]
pub struct Asked {
    /// One of the kinds.
    pub kind: String,
    /// Whose data.
    pub about: String,
}

/// How one of them ended.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = DutyEnded)]
pub struct Ended {
    /// `given`, `corrected`, `held`, `refused`, `told`.
    pub note: String,
    /// Of `held`: the NIK or number once more. What was written down is an HMAC, which nothing can be found by.
    #[serde(default)]
    pub about: String,
}

impl District {
    /// What is open, the most urgent first, then what was done lately.
    ///
    /// # Errors
    /// Those of the database.
    pub fn duties(&self, officer: &str) -> Result<Vec<Duty>, Problem> {
        let now = self.edge.now();
        let sql = format!(
            "SELECT id, kind, subject, made, made_by, due, done, done_by, note FROM duty WHERE {}
             ORDER BY CASE WHEN done = 0 THEN 0 ELSE 1 END, CASE WHEN done = 0 THEN due ELSE -done END, id LIMIT $2",
            self.duty_seen()
        );
        self.db.read(|tx| tx.query(&sql, params![officer, SHOWN_MAX])?.iter().map(|r| duty(r, now)).collect())
    }

    /// Which duties are seen, with the officer in `$1`: nobody knows whose data most are about, so whoever sees a part of the
    /// district sees what they wrote down themselves, and what is about a computer of theirs.
    fn duty_seen(&self) -> String {
        if self.area.is_whole() {
            return "(made_by = made_by OR made_by = $1)".to_owned();
        }
        let seen = self.area.office("d.office");
        format!(
            "(made_by = $1 OR EXISTS (SELECT 1 FROM device d WHERE duty.kind = 'breach' AND d.code = duty.subject AND {seen}))"
        )
    }

    /// Writes down that something was asked for, or that protection failed; the time runs from now on.
    ///
    /// # Errors
    /// `setting_unknown` for another kind; those of [`District::subject`]; `not_found` for a computer; those of the database.
    pub fn add_duty(&self, officer: &str, asked: &Asked) -> Result<Vec<Duty>, Problem> {
        if !KINDS.contains(&asked.kind.as_str()) {
            return Err(Problem::new("setting_unknown").with("value", &asked.kind));
        }
        let (id, now) = (self.edge.new_id().to_string(), self.edge.now());
        let breach = asked.kind == "breach";
        let subject = if breach { asked.about.trim().to_uppercase() } else { self.subject(&asked.about)? };
        self.db.write(|tx| {
            if breach {
                self.sees_computer(tx, &subject)?;
            }
            let sql = "INSERT INTO duty (id, kind, subject, made, made_by, due, done, done_by, note)
                       VALUES ($1, $2, $3, $4, $5, $6, 0, '', '')";
            tx.execute(sql, params![id, &asked.kind, subject, now, officer, now + DUE_MS])?;
            Ok::<_, Problem>(())
        })?;
        self.duties(officer)
    }

    /// Says that one of them is done, and how; it is not done twice. `held` is believed when something of whom it is about is
    /// held back by then.
    ///
    /// # Errors
    /// `setting_unknown` for another end; `settled_already`; of `held` those of [`District::subject`], `duty_other` when it
    /// names somebody else, `hold_first` when nothing is held back; those of the database.
    pub fn end_duty(&self, officer: &str, id: &str, ended: &Ended) -> Result<Vec<Duty>, Problem> {
        if !ENDS.contains(&ended.note.as_str()) {
            return Err(Problem::new("setting_unknown").with("value", &ended.note));
        }
        let now = self.edge.now();
        let done = self.db.write(|tx| {
            if ended.note == "held" {
                let open = first(tx, "SELECT subject FROM duty WHERE id = $1 AND done = 0", params![id])?;
                let open = open.ok_or_else(|| Problem::new("settled_already"))?;
                if !self.is_held(tx, &open.text(0)?, &ended.about)? {
                    return Err(Problem::new("hold_first"));
                }
            }
            let sql = format!(
                "UPDATE duty SET done_by = $1, done = $2, note = $3 WHERE id = $4 AND done = 0 AND {}",
                self.duty_seen()
            );
            Ok::<_, Problem>(tx.execute(&sql, params![officer, now, &ended.note, id])?)
        })?;
        if done == 0 { Err(Problem::new("settled_already")) } else { self.duties(officer) }
    }
}

fn duty(r: &Row, now: i64) -> Result<Duty, Problem> {
    let (due, done) = (r.int(5)?, r.int(6)?);
    Ok(Duty {
        id: r.text(0)?,
        kind: r.text(1)?,
        subject: r.text(2)?,
        made: r.int(3)?,
        made_by: r.text(4)?,
        due,
        done,
        done_by: r.text(7)?,
        note: r.text(8)?,
        late: done == 0 && due < now,
    })
}
