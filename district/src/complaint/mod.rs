//! Complaints of one desk, wherever they come from: filed, given a deadline, answered, settled or opened again. Those
//! about money or an officer are kept sealed and opened for an officer of the Dinas alone.

mod by_mail;
pub(crate) mod counter;
pub mod desk;
mod html;
pub mod public;

use crate::District;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::civil::Date;
use jukung_crypto::bundle as sealed;
use jukung_domain::calendar::Local;
use jukung_domain::complaint::{Complaint, WORDS_MAX, due, past_the_counter, state_after, told, wrong};
use jukung_domain::number::Number;
use jukung_domain::problem::Problem;
use jukung_domain::wire::DistrictSettings;
use jukung_ledger::tx::first;
use jukung_ledger::{Row, Tx, params};

/// Zone in which the desk counts its days when a complaint came from no office.
const ZONE: &str = "WITA";
/// Steps of one complaint: asking and answering for a year, twice a week.
const STEPS_MAX: i64 = 100;

/// Where a complaint came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The form on the families' pages.
    Web,
    /// An office's counter.
    Counter,
    /// WhatsApp.
    WhatsApp,
}

impl Source {
    fn code(self) -> &'static str {
        match self {
            Source::Web => "web",
            Source::Counter => "counter",
            Source::WhatsApp => "whatsapp",
        }
    }
}

/// A complaint as it is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Kept {
    /// Id.
    pub id: String,
    /// Its number.
    pub number: String,
    /// Office it came from; empty when it came from none.
    pub office: String,
    /// `web`, `counter`, `whatsapp`.
    pub source: String,
    /// What it is about.
    pub kind: String,
    /// `new`, `answered`, `closed`, `reopened`.
    pub state: String,
    /// When it was taken in, ms.
    pub made: i64,
    /// Last day for an answer, `YYYY-MM-DD`.
    pub due: String,
    /// When it last changed, ms.
    pub changed: i64,
    /// The complaint itself.
    pub complaint: Complaint,
}

/// One thing that happened to a complaint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Happened {
    /// When, ms.
    pub at: i64,
    /// Officer, or empty for the family.
    pub who: String,
    /// `answer`, `settled`, `reopened`.
    pub what: String,
    /// Words that went with it.
    pub words: String,
}

/// What is to be filed, and whence.
pub struct New<'a> {
    /// Its id.
    pub id: &'a str,
    /// Office it came from; empty when it came from none.
    pub office: &'a str,
    /// The road.
    pub source: Source,
    /// The complaint; sealed already when it came past a counter.
    pub complaint: &'a Complaint,
}

impl District {
    /// Files a complaint that came to the Dinas itself, under a number of its own.
    ///
    /// # Errors
    /// `complaint_kind`, `complaint_words`, `complaint_long`; those of the database.
    pub fn complain(
        &self,
        tx: &mut dyn Tx,
        mut complaint: Complaint,
        source: Source,
        now: i64,
    ) -> Result<Kept, Problem> {
        if let Some(code) = wrong(&complaint) {
            return Err(Problem::new(code));
        }
        complaint.n = self.own_number(tx)?;
        let id = self.edge.new_id().to_string();
        self.file(tx, &New { id: &id, office: "", source, complaint: &complaint }, now)?;
        self.kept(tx, &id)?.ok_or_else(|| Problem::new("internal").with("at", "complaint"))
    }

    /// Files a complaint with its deadline; one that is here already stays as it is.
    ///
    /// # Errors
    /// Those of the database.
    pub fn file(&self, tx: &mut dyn Tx, new: &New<'_>, now: i64) -> Result<(), Problem> {
        let read = self.unsealed(new.complaint);
        let day = due(&read.kind, Local::at(now, ZONE).day(), &settings_in(tx)?);
        let body = if past_the_counter(&read.kind) && new.complaint.sealed.is_empty() {
            self.sealed(&read)?
        } else {
            new.complaint.clone()
        };
        insert(tx, new, &read.kind, &body, day, now)
    }

    fn sealed(&self, complaint: &Complaint) -> Result<Complaint, Problem> {
        let failed = |e: &dyn ToString| Problem::new("internal").with("at", e.to_string());
        let plain = serde_json::to_vec(complaint).map_err(|e| failed(&e))?;
        let bytes = sealed::seal(&self.courier_key(), &plain).map_err(|e| failed(&e))?;
        Ok(Complaint { n: complaint.n.clone(), sealed: STANDARD.encode(bytes), ..Complaint::default() })
    }

    /// What a complaint says; one that cannot be opened says so by its kind `officer`, which nobody but the Dinas sees.
    fn unsealed(&self, complaint: &Complaint) -> Complaint {
        if complaint.sealed.is_empty() {
            return complaint.clone();
        }
        let bytes = STANDARD.decode(&complaint.sealed).ok();
        let plain = bytes.and_then(|b| sealed::open_bytes(&self.seed, &b).ok());
        let read = plain.and_then(|p| serde_json::from_slice::<Complaint>(&p).ok());
        read.map_or_else(
            || Complaint { kind: "officer".into(), ..complaint.clone() },
            |read| Complaint { n: complaint.n.clone(), due: complaint.due.clone(), ..read },
        )
    }

    /// A number of the Dinas itself: like a counter's, under symbols no counter ever has.
    fn own_number(&self, tx: &mut dyn Tx) -> Result<String, Problem> {
        tx.execute("INSERT INTO meta (k, v) VALUES ('complaint_next', '1') ON CONFLICT DO NOTHING", &[])?;
        tx.execute("UPDATE meta SET v = v WHERE k = 'complaint_next'", &[])?;
        let value = |row: Option<Row>| row.map(|r| r.text(0)).transpose();
        let next = value(first(tx, "SELECT v FROM meta WHERE k = 'complaint_next'", &[])?)?.unwrap_or_default();
        let next: i64 = next.parse().map_err(|_| Problem::new("internal").with("at", "complaint_next"))?;
        let code = match value(first(tx, "SELECT v FROM meta WHERE k = 'complaint_code'", &[])?)? {
            Some(code) => code,
            None => {
                let code = self.unused_code(tx)?;
                crate::tell::keep_code(tx, &code, "complaint", 0)?;
                tx.execute("INSERT INTO meta (k, v) VALUES ('complaint_code', $1)", params![&code])?;
                code
            }
        };
        tx.execute("UPDATE meta SET v = $1 WHERE k = 'complaint_next'", params![(next + 1).to_string()])?;
        let number = Number::new(&code, next).ok_or_else(|| Problem::new("numbers_used_up"))?;
        Ok(number.to_string())
    }

    /// One complaint by id.
    ///
    /// # Errors
    /// Those of the database.
    pub fn kept(&self, tx: &mut dyn Tx, id: &str) -> Result<Option<Kept>, Problem> {
        let row = first(tx, &format!("{SELECT} WHERE id = $1"), params![id])?;
        let kept = row.map(|r| self.read_kept(&r)).transpose()?;
        Ok(kept.filter(|kept| self.area.covers(&kept.office)))
    }

    fn read_kept(&self, row: &Row) -> Result<Kept, Problem> {
        let body: Complaint =
            serde_json::from_str(&row.text(5)?).map_err(|e| Problem::new("internal").with("at", e))?;
        let complaint = self.unsealed(&body);
        let kind = row.text(4)?;
        Ok(Kept {
            id: row.text(0)?,
            number: row.text(1)?,
            office: row.text(2)?,
            source: row.text(3)?,
            // What a counter sealed was filed unopened.
            kind: if kind.is_empty() { complaint.kind.clone() } else { kind },
            state: row.text(6)?,
            made: row.int(7)?,
            due: row.text(8)?,
            changed: row.int(9)?,
            complaint,
        })
    }

    /// What happened to a complaint, oldest first.
    ///
    /// # Errors
    /// Those of the database.
    pub fn happened(&self, tx: &mut dyn Tx, id: &str) -> Result<Vec<Happened>, Problem> {
        let sql = "SELECT at, who, what, words FROM complaint_step WHERE complaint = $1 ORDER BY n LIMIT $2";
        let rows = tx.query(sql, params![id, STEPS_MAX])?;
        let read = |r: &Row| Ok(Happened { at: r.int(0)?, who: r.text(1)?, what: r.text(2)?, words: r.text(3)? });
        rows.iter().map(read).collect()
    }

    /// Adds a step: an officer's answer, or the family's word that it is settled or not. The row is locked first, so that
    /// two officers write two steps one after the other; the feed's is locked last.
    ///
    /// # Errors
    /// `not_found`, `reason_needed` for an answer without words, `complaint_long`, `not_allowed` from where it stands.
    pub fn step_complaint(&self, tx: &mut dyn Tx, id: &str, step: &Happened) -> Result<Kept, Problem> {
        tx.execute("UPDATE complaint SET state = state WHERE id = $1", params![id])?;
        let kept = self.kept(tx, id)?.ok_or_else(|| Problem::new("not_found"))?;
        let state = state_after(&step.what).ok_or_else(|| Problem::new("not_found"))?;
        let allowed = match state {
            "answered" => kept.state != "closed",
            "closed" => kept.state == "answered",
            _ => !matches!(kept.state.as_str(), "new" | "reopened"),
        };
        let wordless = step.words.trim().is_empty() && step.what != "settled";
        if wordless {
            return Err(Problem::new("reason_needed"));
        }
        if step.words.chars().count() > WORDS_MAX {
            return Err(Problem::new("complaint_long"));
        }
        let last = first(tx, "SELECT coalesce(max(n), 0) FROM complaint_step WHERE complaint = $1", params![id])?;
        let last = last.map_or(Ok(0), |r| r.int(0))?;
        if !allowed || last >= STEPS_MAX {
            return Err(Problem::new("not_allowed").with("status", &kept.state));
        }
        tx.execute(
            "INSERT INTO complaint_step (complaint, n, at, who, what, words) VALUES ($1, $2, $3, $4, $5, $6)",
            params![id, last + 1, step.at, &step.who, &step.what, step.words.trim()],
        )?;
        tx.execute("UPDATE complaint SET state = $1, changed = $2 WHERE id = $3", params![state, step.at, id])?;
        self.answer_by_mail(tx, &kept, last + 1, step)?;
        counter::tell(tx, &kept, last + 1, step)?;
        self.kept(tx, id)?.ok_or_else(|| Problem::new("not_found"))
    }
}

/// Writes a complaint down; one that is here already stays as it is. `kind` is empty for one that was not opened.
fn insert(tx: &mut dyn Tx, new: &New<'_>, kind: &str, body: &Complaint, due: Date, now: i64) -> Result<(), Problem> {
    let text = serde_json::to_string(body).map_err(|e| Problem::new("internal").with("at", e))?;
    tx.execute(
        "INSERT INTO complaint (id, number, office, source, kind, body, state, made, due, changed)
         VALUES ($1, $2, $3, $4, $5, $6, 'new', $7, $8, $9) ON CONFLICT DO NOTHING",
        params![new.id, &body.n, new.office, new.source.code(), kind, text, now, due.to_string(), now],
    )?;
    Ok(())
}

fn settings_in(tx: &mut dyn Tx) -> Result<DistrictSettings, Problem> {
    let row = first(tx, "SELECT v FROM meta WHERE k = 'settings'", &[])?;
    let text = row.map(|r| r.text(0)).transpose()?;
    Ok(text.and_then(|t| serde_json::from_str(&t).ok()).unwrap_or_default())
}

const SELECT: &str = "SELECT id, number, office, source, kind, body, state, made, due, changed FROM complaint";

/// State as it is told: an answer that nobody objected to for ten days has settled it.
#[must_use]
pub fn told_state(kept: &Kept, now: i64) -> &str {
    told(&kept.state, kept.changed, now)
}

/// The day for an answer has passed and there is none.
#[must_use]
pub fn overdue(kept: &Kept, now: i64) -> bool {
    let today = Local::at(now, ZONE).day().to_string();
    matches!(kept.state.as_str(), "new" | "reopened") && kept.due < today
}
