//! Complaints of the office as the counter sees them: read from their events, with what the Dinas told of each. What went
//! past the counter is counted and never shown.

use crate::complaints::ComplaintForm;
use crate::edge::{age, long_day};
use crate::view::{QueueRow, Sending};
use crate::{Office, stored};
use jiff::civil::Date;
use jukung_domain::complaint::{Complaint, KINDS, past_the_counter, state_after, told};
use jukung_domain::event::{self, Body};
use jukung_domain::problem::Problem;
use jukung_domain::sync::outcome::folds;
use jukung_domain::texts::say;
use jukung_ledger::tx::first;
use jukung_ledger::{Row, Tx, params};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Complaints listed: a busy counter's year; older ones are answered at the Dinas.
const SHOWN_MAX: i64 = 200;
/// Events of complaints taken in this office (schema.sql, `event_complaint`).
const SELECT: &str = "SELECT app, raw FROM event WHERE kind = 'complaint.create/1'";

/// What a complaint can be about.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ComplaintKind {
    pub code: String,
    pub label: String,
    /// It goes past the counter, sealed.
    pub direct: bool,
}

/// A complaint that the counter may read.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ComplaintRow {
    pub id: String,
    pub number: String,
    /// What it is about, in words.
    pub kind: String,
    /// Number of the application; empty when it is about none.
    pub about: String,
    /// `3 hari`.
    pub age: String,
    /// Last day for an answer, in words.
    pub due: String,
    /// That day has passed without an answer.
    pub overdue: bool,
    /// `new`, `answered`, `closed`, `reopened`.
    pub state: String,
    pub state_text: String,
    /// What was said last, by the Dinas or the family; empty when nothing was.
    pub said: String,
    pub sending: Sending,
}

/// The screen "Pengaduan".
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ComplaintScreen {
    pub kinds: Vec<ComplaintKind>,
    /// Why nothing can go past the counter yet, and where to go instead; empty when it can.
    pub not_direct: String,
    pub rows: Vec<ComplaintRow>,
    /// How many went past the counter, and where they stand; empty when none did.
    pub direct: String,
    /// What whoever is signed in typed and did not save; empty fields when nothing waits.
    pub draft: ComplaintForm,
}

/// A complaint of the log with what the Dinas told of it.
pub(crate) struct Known {
    pub id: String,
    pub complaint: Complaint,
    /// When it was taken and by whom, and how far the clock was believed.
    pub made: i64,
    pub author: String,
    pub clock: char,
    state: &'static str,
    changed: i64,
    said: String,
}

impl Office {
    /// What the screen "Pengaduan" shows, the newest complaint first.
    ///
    /// # Errors
    /// Those of storage.
    pub fn complaints(&self) -> Result<ComplaintScreen, Problem> {
        let kind = |code: &&str| ComplaintKind {
            code: (*code).to_owned(),
            label: kind_text(code),
            direct: past_the_counter(code),
        };
        let sealable = !self.district_settings()?.courier_key.is_empty();
        let now = self.now();
        self.db.read(|tx| {
            let sql = format!("{SELECT} ORDER BY at DESC LIMIT $1");
            let found = tx.query(&sql, params![SHOWN_MAX]).map_err(stored)?;
            let (mut rows, mut direct) = (Vec::new(), BTreeMap::new());
            for row in &found {
                let Some(known) = known(tx, row)? else { continue };
                let sending = self.sending_of(tx, &known.id)?;
                if known.complaint.sealed.is_empty() {
                    rows.push(self.shown_row(&known, sending, now));
                } else {
                    let stands =
                        if sending.state == "received" { told(known.state, known.changed, now) } else { "here" };
                    *direct.entry(stands.to_owned()).or_insert(0) += 1;
                }
            }
            Ok(ComplaintScreen {
                kinds: KINDS.iter().map(kind).collect(),
                not_direct: if sealable { String::new() } else { say("problem.complaint_key", &[]) },
                rows,
                direct: direct_told(&direct),
                draft: self.kept_complaint(tx)?,
            })
        })
    }

    fn shown_row(&self, known: &Known, sending: Sending, now: i64) -> ComplaintRow {
        let state = told(known.state, known.changed, now);
        let waits = matches!(state, "new" | "reopened");
        let day: Option<Date> = known.complaint.due.parse().ok();
        let late = waits && day.is_some_and(|day| day < self.today());
        ComplaintRow {
            id: known.id.clone(),
            number: known.complaint.n.clone(),
            kind: kind_text(&known.complaint.kind),
            about: known.complaint.about.clone(),
            age: age(known.made, now),
            due: day.map(long_day).unwrap_or_default(),
            overdue: late,
            state: state.into(),
            state_text: say(&format!("complaint.state.{state}"), &[]),
            said: known.said.clone(),
            sending,
        }
    }

    /// A complaint among what is on its way; one that went past the counter says nothing of itself.
    pub(crate) fn complaint_row(&self, tx: &mut dyn Tx, id: &str) -> Result<Option<QueueRow>, Problem> {
        let Some(known) = complaint(tx, id)? else { return Ok(None) };
        let sending = self.sending_of(tx, id)?;
        let open = known.complaint.sealed.is_empty();
        Ok(Some(QueueRow {
            id: id.to_owned(),
            kind: "complaint".into(),
            number: if open { known.complaint.n } else { String::new() },
            name: if open { kind_text(&known.complaint.kind) } else { say("complaints.straight", &[]) },
            applicant: String::new(),
            service: String::new(),
            service_name: say("app.complaints", &[]),
            when: self.when(known.made),
            needs_attention: sending.state == "stuck",
            status: String::new(),
            status_text: String::new(),
            sending,
        }))
    }
}

/// The complaint of this id.
pub(crate) fn complaint(tx: &mut dyn Tx, id: &str) -> Result<Option<Known>, Problem> {
    let row = first(tx, &format!("{SELECT} AND app = $1"), params![id]).map_err(stored)?;
    row.map_or(Ok(None), |row| known(tx, &row))
}

/// Whether these events are a complaint's, so that it goes (back) on its way.
pub(crate) fn is_one(tx: &mut dyn Tx, id: &str) -> Result<bool, Problem> {
    Ok(complaint(tx, id)?.is_some())
}

/// Reads a row of [`SELECT`], and the steps that were told of it.
fn known(tx: &mut dyn Tx, row: &Row) -> Result<Option<Known>, Problem> {
    let id = row.text(0).map_err(stored)?;
    let Ok(envelope) = event::read(&row.text(1).map_err(stored)?) else { return Ok(None) };
    let Ok(Some(Body::Complained(complaint))) = Body::read(&envelope) else { return Ok(None) };
    let mut known = Known {
        id,
        complaint,
        made: envelope.h.0,
        author: envelope.u,
        clock: envelope.c,
        state: "new",
        changed: envelope.h.0,
        said: String::new(),
    };
    let sql = "SELECT raw, outcome FROM event WHERE app = $1 AND kind = 'st.complaint/1'";
    let mut steps = Vec::new();
    for row in tx.query(sql, params![&known.id]).map_err(stored)? {
        let Ok(envelope) = event::read(&row.text(0).map_err(stored)?) else { continue };
        if let Ok(Some(Body::ComplaintStepped(step))) = Body::read(&envelope)
            && folds(&row.text(1).map_err(stored)?)
        {
            steps.push((step.n, step, envelope.h.0));
        }
    }
    steps.sort_by_key(|(n, _, _)| *n);
    for (_, step, at) in steps {
        if let Some(state) = state_after(&step.w) {
            (known.state, known.changed) = (state, at);
        }
        if !step.t.is_empty() {
            known.said = say(&format!("complaints.said.{}", step.w), &[("words", &step.t)]);
        }
    }
    Ok(Some(known))
}

/// What a complaint is about, in words.
pub(crate) fn kind_text(kind: &str) -> String {
    say(&format!("complaint.kind.{kind}"), &[])
}

/// `2 pengaduan dikirim langsung ke Dinas: 1 baru, 1 dijawab.`
fn direct_told(counts: &BTreeMap<String, u32>) -> String {
    let all: u32 = counts.values().sum();
    if all == 0 {
        return String::new();
    }
    let part = |(state, n): (&String, &u32)| say(&format!("complaints.direct.{state}"), &[("n", &n.to_string())]);
    let parts: Vec<String> = counts.iter().map(part).collect();
    say("complaints.direct", &[("n", &all.to_string()), ("states", &parts.join(", "))])
}
