//! What officers see: the work queue, and one application with its labelled answers, papers and story.

use crate::papers::{self, Scan};
use crate::second::Proposed;
use crate::signature::issued::{self, IssuedPdf};
pub use crate::wanted::Wanted;
use crate::wanted::{self, Cut};
use crate::{District, hold, reveal, second};
use jukung_domain::catalogue::{Catalogue, FieldKind};
use jukung_domain::event::{Body, Delivered, Issued, Place, Reason, Returned, Shipped};
use jukung_domain::fold::State;
use jukung_domain::problem::Problem;
use jukung_domain::status::{self, Step};
use jukung_domain::texts::say;
use jukung_domain::{check, date, event, masked, words};
use jukung_ledger::{Tx, params, projection};
use serde::Serialize;
use utoipa::ToSchema;

/// Rows on one page.
pub const PAGE: i64 = 50;

/// One row of the work queue.
#[derive(Debug, Serialize, ToSchema)]
pub struct Row {
    /// Application id.
    pub id: String,
    /// Registration number.
    pub number: String,
    /// Service name.
    pub service: String,
    /// Who the document is about.
    pub subject: String,
    /// Name of the office it came from.
    pub office: String,
    /// Status code.
    pub status: String,
    /// Status in words.
    pub status_text: String,
    /// Day of intake.
    pub day: String,
    /// A decision about it waits for a second officer; told in the work queue and of one application.
    pub second: bool,
    /// Since when processing is held back, as a sentence; empty for most.
    pub held: String,
}

/// A page of the work queue.
#[derive(Debug, Serialize, ToSchema)]
pub struct Rows {
    /// Oldest first.
    pub rows: Vec<Row>,
    /// How many there are in all, as far as they are counted ([`wanted::COUNTED_MAX`], or to the end of this page).
    pub total: i64,
    /// There are more than were counted.
    pub more: bool,
}

/// One labelled answer.
#[derive(Debug, Serialize, ToSchema)]
pub struct Answer {
    /// Path, the target of a return.
    pub path: String,
    /// Label.
    pub label: String,
    /// Answer in words; masked where `hidden` says why.
    pub value: String,
    /// Why it is masked: `number` or `highest`; empty when it stands as it was given.
    pub hidden: String,
    /// The counter's reason where the check asked to look again.
    pub reason: String,
    /// The resident corrected it at the read-back.
    pub corrected: bool,
    /// Officer who compared it with the scans; empty until somebody did, and again when it was corrected since.
    pub ticked: String,
}

/// How the resident agreed, in words.
#[derive(Debug, Serialize, ToSchema)]
pub struct Agreed {
    /// Who agreed.
    pub given_by: String,
    /// The resident's mark.
    pub mark: String,
    /// Names of the witnesses.
    pub witnesses: Vec<String>,
    /// There is no mark to look at: the consent was spoken.
    pub oral: bool,
    /// How it was read back; empty when it was not.
    pub read_back: String,
}

/// One application.
#[derive(Debug, Serialize, ToSchema)]
pub struct Detail {
    /// Its row.
    pub row: Row,
    /// Answers in form order.
    pub answers: Vec<Answer>,
    /// Papers.
    pub scans: Vec<Scan>,
    /// Papers that are missing, with the counter's explanation.
    pub missing: Vec<Answer>,
    /// How the resident agreed.
    pub consent: Option<Agreed>,
    /// Documents that were issued for it, the newest first.
    pub issued: Vec<IssuedPdf>,
    /// What waits for a second officer, or was sent back by one.
    pub proposed: Option<Proposed>,
    /// Steps that need a second officer.
    pub needs_second: Vec<String>,
    /// What happened, oldest first.
    pub history: Vec<String>,
    /// Why it was returned.
    pub returned: String,
    /// What was asked for when processing was held back; empty while it is not.
    pub held_why: String,
    /// Steps allowed from here, as they stand in the road `/officer/api/applications/{id}/{step}`.
    pub steps: Vec<String>,
}

impl District {
    /// A page of the work queue, oldest first.
    ///
    /// # Errors
    /// Those of the database.
    pub fn list(&self, wanted: &Wanted) -> Result<Rows, Problem> {
        let (from, now) = (wanted.page.max(0).saturating_mul(PAGE), self.edge.now());
        self.db.read(|tx| {
            let found = wanted::find(tx, wanted, &self.area, Cut { from, rows: PAGE }, now)?;
            let mut rows = rows_of(tx, &found.ids)?;
            second::mark(tx, &mut rows)?;
            Ok(Rows { rows, total: found.total, more: found.more })
        })
    }

    /// One application, masked where nobody is shown an answer before saying why.
    ///
    /// # Errors
    /// `not_found`; those of the database.
    pub fn detail(&self, id: &str) -> Result<Detail, Problem> {
        self.db.read(|tx| {
            let case = self.case(tx, id)?;
            let doc = &case.state.application;
            let mut scans = papers::scans(tx, &case)?;
            reveal::mask_scans(&mut scans);
            let mut history = Vec::new();
            for row in
                tx.query("SELECT raw, outcome, turn FROM event WHERE app = $1 ORDER BY turn, uid", params![id])?
            {
                if let Ok(e) = event::read(&row.text(0)?) {
                    history.push((row.int(2)?, format!("{}{}", told(&e), aside(&row.text(1)?))));
                }
            }
            history.extend(second::story(tx, id)?);
            history.sort_by_key(|(turn, _)| *turn);
            let missing = doc
                .missing
                .iter()
                .map(|(id, why)| Answer {
                    path: format!("requirement.{id}"),
                    label: papers::requirement_name(doc, id),
                    value: why.clone(),
                    hidden: String::new(),
                    reason: String::new(),
                    corrected: false,
                    ticked: String::new(),
                })
                .collect();
            let returned = case.state.returned.as_ref().map(|r| r.note.clone()).unwrap_or_default();
            let mut answers = answers(doc);
            crate::verify::mark(tx, id, &mut answers)?;
            reveal::mask(&mut answers);
            let issued = issued::of(tx, id)?;
            let proposed = second::proposed(tx, id)?;
            let second = proposed.as_ref().is_some_and(|one| !one.back);
            Ok(Detail {
                issued,
                proposed,
                needs_second: second::needed(tx)?,
                row: Row { second, ..row_of(&case) },
                answers,
                scans,
                missing,
                consent: agreed(doc),
                history: history.into_iter().map(|(_, line)| line).collect(),
                returned,
                held_why: case.state.held_back.as_ref().map(|held| held.reason.clone()).unwrap_or_default(),
                steps: steps(&case.state),
            })
        })
    }
}

/// The rows of these applications, in their order.
pub(crate) fn rows_of(tx: &mut dyn Tx, ids: &[String]) -> Result<Vec<Row>, Problem> {
    let mut rows = Vec::with_capacity(ids.len());
    for some in ids.chunks(usize::try_from(PAGE).unwrap_or(1)) {
        rows.extend(projection::load_listed(tx, some)?.iter().map(row_of));
    }
    Ok(rows)
}

pub(crate) fn row_of(case: &projection::Case) -> Row {
    let service = &case.state.application.service;
    let status = case.state.status.code();
    Row {
        id: case.id.clone(),
        number: case.state.number.clone(),
        service: Catalogue::embedded().service(service).map_or_else(|| service.clone(), |s| s.name.clone()),
        subject: projection::subject(&case.state),
        office: crate::enrol::card_of(&case.office).map_or_else(|_| case.office.clone(), |o| o.name),
        status: status.into(),
        status_text: say(&format!("status.{status}"), &[]),
        day: case.day.clone(),
        second: false,
        held: hold::told(case),
    }
}

/// What an officer may do from here, asked of the rules themselves; of what is held back nothing but a remark.
pub(crate) fn steps(now: &State) -> Vec<String> {
    if now.held_back.is_some() {
        return vec!["note".to_owned()];
    }
    let all = [
        ("take", Body::Taken),
        ("approve", Body::Approved),
        ("return", Body::Returned(Returned::default())),
        ("reject", Body::Refused(Reason::default())),
        ("issue", Body::Issued(Issued::default())),
        ("ready", Body::Ready(Place::default())),
        ("ship", Body::Shipped(Shipped::default())),
        ("deliver", Body::Delivered(Delivered::default())),
        ("note", Body::DistrictNote(Reason::default())),
    ];
    all.into_iter()
        .filter(|(_, body)| status::step(now.status, body) != Step::NotAllowed)
        .map(|(name, _)| name.to_owned())
        .collect()
}

/// What the story adds about an event that did not simply take effect: nobody shall read it as done.
fn aside(outcome: &str) -> String {
    let known = ["applied+number-conflict", "parked:district-review", "parked", "held"];
    let known = known.iter().find(|known| outcome.starts_with(**known));
    known.map_or_else(String::new, |known| format!(" ({})", say(&format!("outcome.{known}"), &[])))
}

/// One line of the story: what, who, and the words that went with it.
fn told(envelope: &event::Envelope) -> String {
    let words = match Body::read(envelope) {
        Ok(Some(Body::Note(r) | Body::DistrictNote(r) | Body::Withdraw(r) | Body::Refused(r) | Body::Resumed(r))) => {
            r.reason
        }
        Ok(Some(Body::Returned(r))) => r.note,
        Ok(Some(Body::Issued(i))) => i.document,
        Ok(Some(Body::Ready(p))) => p.place,
        Ok(Some(Body::Shipped(s))) => [s.carrier, s.tracking].join(" ").trim().to_owned(),
        Ok(Some(Body::Delivered(d) | Body::Handed(d))) => handed_to(&d),
        Ok(Some(Body::Unhanded(u))) => u.reason,
        Ok(Some(Body::Settled(s))) => s.note,
        Ok(Some(Body::HeldBack(h))) => h.reason,
        Ok(_) | Err(_) => String::new(),
    };
    let what = say(&format!("event.{}", envelope.k), &[]);
    // A counter's person is an id there; a name only of this district's officers.
    let line = if uuid::Uuid::parse_str(&envelope.u).is_ok() { what } else { format!("{what} · {}", envelope.u) };
    if words.is_empty() { line } else { format!("{line}: {words}") }
}

/// To whom a document went, and where.
fn handed_to(to: &Delivered) -> String {
    let relation = if to.relation.is_empty() { String::new() } else { format!(" ({})", to.relation) };
    let place = if to.place.is_empty() { String::new() } else { format!(", {}", to.place) };
    format!("{}{relation}{place}", to.recipient)
}

fn agreed(doc: &jukung_domain::application::Application) -> Option<Agreed> {
    let consent = doc.consent.as_ref()?;
    let read_back = doc.read_back.as_ref().map(|r| say(&format!("agreed.read_back.{}", r.mode), &[]));
    Some(Agreed {
        given_by: say(&format!("agreed.by.{}", consent.given_by), &[]),
        mark: say(&format!("agreed.mark.{}", consent.mark), &[]),
        witnesses: consent.witnesses.iter().filter(|w| !w.trim().is_empty()).cloned().collect(),
        oral: consent.mark == "oral",
        read_back: read_back.unwrap_or_default(),
    })
}

/// Answers in form order, in full, with the class of each in `hidden`.
pub(crate) fn answers(doc: &jukung_domain::application::Application) -> Vec<Answer> {
    let catalogue = Catalogue::embedded();
    let Some(service) = catalogue.service(&doc.service) else { return Vec::new() };
    let today = doc.reported.as_ref().and_then(|d| d.parse().ok()).unwrap_or_default();
    let corrected = doc.read_back.as_ref().map(|r| r.corrected.clone()).unwrap_or_default();
    check::shown_fields(service, doc, today)
        .into_iter()
        .map(|shown| {
            let (path, f) = (shown.path.into_owned(), shown.field);
            let raw = doc.fields.get(&path).cloned().unwrap_or_default();
            let value = match f.kind {
                FieldKind::Choice => f
                    .list
                    .as_ref()
                    .and_then(|l| catalogue.lists.get(l))
                    .and_then(|l| l.iter().find(|e| e.key == raw))
                    .map_or(raw, |e| e.label.clone()),
                FieldKind::Date => date::parse(&raw).map_or(raw, |d| words::day(d.date)),
                FieldKind::Name
                | FieldKind::NewName
                | FieldKind::Text
                | FieldKind::LongText
                | FieldKind::Email
                | FieldKind::Nik
                | FieldKind::Kk
                | FieldKind::Time
                | FieldKind::Integer
                | FieldKind::Village
                | FieldKind::Regency
                | FieldKind::Rt
                | FieldKind::Rw
                | FieldKind::Postcode => raw,
                FieldKind::Phone => words::local_phone(&raw),
                FieldKind::Tick if raw.is_empty() => raw,
                FieldKind::Tick => say(if raw == "yes" { "opened.yes" } else { "opened.no" }, &[]),
            };
            let reason = doc.reasons.get(&path).cloned().unwrap_or_default();
            let corrected = corrected.contains(&path);
            let hidden = masked::class(f).map_or(String::new(), |class| class.code().to_owned());
            Answer { corrected, label: f.label.clone(), path, value, hidden, reason, ticked: String::new() }
        })
        .collect()
}
