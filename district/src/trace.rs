//! "Who saw this person's data" (UU 27/2022, article 32): every opening and every step of a person's applications, and whose
//! data a computer had when its protection failed (article 46). Asking is itself an opening, and is written down.

use crate::District;
use crate::desk_audit::Did;
use crate::export::EXPORTED;
use crate::siak::TYPED;
use jukung_crypto::proof;
use jukung_domain::catalogue::Catalogue;
use jukung_domain::event;
use jukung_domain::nik::Nik;
use jukung_domain::number::Number;
use jukung_domain::problem::Problem;
use jukung_domain::texts::say;
use jukung_ledger::tx::{Tx, first};
use jukung_ledger::{Row, params, projection};
use serde::Serialize;
use utoipa::ToSchema;

/// Applications of one person that are told: more is no person.
const CASES_MAX: i64 = 100;
/// Applications of one office that a breach list names.
const AFFECTED_MAX: i64 = 5_000;
/// What `opened` says of an opening by these pages.
const TRACED: &str = "trace";
const BREACH: &str = "breach";

/// One time that somebody saw or changed something.
#[derive(Debug, Serialize, ToSchema, PartialEq, Eq)]
pub struct Seen {
    /// When, in ms since 1970 UTC.
    pub at: i64,
    /// Name of an officer of the Dinas, or the id that a counter knows a person by.
    pub who: String,
    /// `Dinas`, or the symbols of the counter's computer.
    pub place: String,
    /// What they did, in words.
    pub did: String,
}

/// What is told of one application.
#[derive(Debug, Serialize, ToSchema)]
pub struct TracedCase {
    /// Application id: whoever reads applications opens it.
    pub id: String,
    /// Registration number.
    pub number: String,
    /// Service.
    pub service: String,
    /// Office it came from.
    pub office: String,
    /// Status in words.
    pub status: String,
    /// Since when processing is held back, as a sentence; empty for most.
    pub held: String,
    /// Kinds of data that are kept of it, as the form calls them.
    pub kept: Vec<String>,
    /// Papers that are kept.
    pub papers: usize,
    /// Who saw or changed it, oldest first.
    pub seen: Vec<Seen>,
}

/// What is told of one person.
#[derive(Debug, Serialize, ToSchema)]
pub struct Trace {
    /// Stands for the person in what is written down about the request: no NIK is stored.
    pub subject: String,
    /// Their applications, newest first.
    pub cases: Vec<TracedCase>,
}

/// Somebody whose data a computer had.
#[derive(Debug, Serialize, ToSchema)]
pub struct Affected {
    /// Registration number.
    pub number: String,
    /// Who the document is about.
    pub name: String,
    /// Phone of whoever applied.
    pub phone: String,
    /// Service.
    pub service: String,
    /// Taken in at the very computer.
    pub taken_there: bool,
}

/// Whose data a computer had.
#[derive(Debug, Serialize, ToSchema)]
pub struct Breach {
    /// Symbols that start the computer's numbers.
    pub code: String,
    /// Its office.
    pub office: String,
    /// When it last called, in ms since 1970 UTC: what came after is not in it.
    pub last_sync: i64,
    /// Everybody, newest first.
    pub people: Vec<Affected>,
    /// A draft of the letter to each of them.
    pub letter: String,
}

/// What was asked for: a person by NIK, or an application by number.
enum Whom {
    Nik(String),
    Number(String),
}

fn whom(text: &str) -> Result<Whom, Problem> {
    let digits: String = text.chars().filter(|c| !c.is_whitespace() && *c != '.').collect();
    if let Ok(nik) = Nik::parse(&digits) {
        return Ok(Whom::Nik(nik.to_string()));
    }
    let number = Number::parse(text).map_err(|e| Problem::new(&e.to_string()))?;
    Ok(Whom::Number(number.to_string()))
}

impl District {
    /// What stands for a NIK or a number where a request is written down: half an HMAC under the district's key.
    fn subject_of(&self, whom: &Whom) -> String {
        let said = match whom {
            Whom::Nik(nik) => format!("jukung-subject-1\nnik\n{nik}"),
            Whom::Number(number) => format!("jukung-subject-1\nnumber\n{number}"),
        };
        hex::encode(&proof::prove(self.seed.as_slice(), said.as_bytes())[..16])
    }

    /// [`District::trace`]'s name for what was typed.
    ///
    /// # Errors
    /// `number_length`, `number_symbol`, `number_check` for what is neither a NIK nor a number.
    pub fn subject(&self, text: &str) -> Result<String, Problem> {
        Ok(self.subject_of(&whom(text)?))
    }

    fn note_seen(&self, tx: &mut dyn Tx, (at, officer, app, what): (i64, &str, &str, &str)) -> Result<(), Problem> {
        let row = params![at, officer, app, what].to_vec();
        tx.execute("INSERT INTO opened (at, officer, app, scan) VALUES ($1, $2, $3, $4)", &row)?;
        self.chained(tx, &Did { at, officer, act: "open", of: app, what })
    }

    /// Everything that is known about who saw the data of a person, or of one application. That `officer` asked is written
    /// down first.
    ///
    /// # Errors
    /// As [`District::subject`]; those of the database.
    pub fn trace(&self, officer: &str, text: &str) -> Result<Trace, Problem> {
        let (whom, now) = (whom(text)?, self.edge.now());
        let subject = self.subject_of(&whom);
        let cases = self.db.write(|tx| {
            let ids = self.named(tx, &whom)?;
            for id in &ids {
                self.note_seen(tx, (now, officer, id, TRACED))?;
            }
            ids.iter().filter_map(|id| traced(tx, id).transpose()).collect::<Result<Vec<_>, Problem>>()
        })?;
        Ok(Trace { subject, cases })
    }

    /// Applications of a person, or with this number, the newest first.
    fn named(&self, tx: &mut dyn Tx, whom: &Whom) -> Result<Vec<String>, Problem> {
        let (kind, key) = match whom {
            Whom::Nik(nik) => ("nik", nik),
            Whom::Number(number) => ("number", number),
        };
        let sql = format!(
            "SELECT DISTINCT l.app, a.created FROM lookup l JOIN app a ON a.id = l.app
             WHERE l.key = $1 AND l.kind = $2 AND {} ORDER BY a.created DESC LIMIT $3",
            self.area.office("a.office")
        );
        let rows = tx.query(&sql, params![key, kind, CASES_MAX])?;
        Ok(rows.iter().map(|r| r.text(0)).collect::<Result<Vec<_>, _>>()?)
    }

    /// Whether something of what `text` names is held back, for the request that was written down as `subject`.
    ///
    /// # Errors
    /// As [`District::subject`]; `duty_other` when it names somebody else; those of the database.
    pub(crate) fn is_held(&self, tx: &mut dyn Tx, subject: &str, text: &str) -> Result<bool, Problem> {
        let whom = whom(text)?;
        if self.subject_of(&whom) != subject {
            return Err(Problem::new("duty_other"));
        }
        let ids = self.named(tx, &whom)?;
        let cases = projection::load_listed(tx, &ids)?;
        Ok(cases.iter().any(|case| case.state.held_back.is_some()))
    }

    /// Whose data the computer with these symbols had: what its office handed in until it called last. Each of them is
    /// written down as an opening.
    ///
    /// # Errors
    /// `not_found`; those of the database.
    pub fn breach(&self, officer: &str, code: &str) -> Result<Breach, Problem> {
        let now = self.edge.now();
        self.db.write(|tx| {
            self.sees_computer(tx, code)?;
            let sql = "SELECT id, office, last_sync FROM device WHERE code = $1";
            let row = first(tx, sql, params![code])?.ok_or_else(|| Problem::new("not_found"))?;
            let (device, office, last_sync) = (row.text(0)?, row.text(1)?, row.int(2)?);
            let sql = "SELECT a.id, (SELECT count(*) FROM event e WHERE e.app = a.id AND e.kind = 'app.create/1' AND e.device = $1)
                       FROM app a WHERE a.office = $2 ORDER BY a.created DESC LIMIT $3";
            let mut people = Vec::new();
            for row in tx.query(sql, params![&device, &office, AFFECTED_MAX])? {
                let id = row.text(0)?;
                let Some(case) = projection::load(tx, &id)? else { continue };
                self.note_seen(tx, (now, officer, &id, BREACH))?;
                people.push(affected(&case, row.int(1)? > 0));
            }
            let office = crate::enrol::card_of(&office).map_or(office, |card| card.name);
            let letter = say("trace.letter", &[("office", &office)]);
            Ok(Breach { code: code.to_owned(), office, last_sync, people, letter })
        })
    }
}

fn service(code: &str) -> String {
    Catalogue::embedded().service(code).map_or_else(|| code.to_owned(), |s| s.name.clone())
}

fn affected(case: &projection::Case, taken_there: bool) -> Affected {
    let fields = &case.state.application.fields;
    let phone = fields.get("applicant.phone").or_else(|| fields.get("helper.phone"));
    Affected {
        number: case.state.number.clone(),
        name: projection::subject(&case.state),
        phone: phone.cloned().unwrap_or_default(),
        service: service(&case.state.application.service),
        taken_there,
    }
}

fn traced(tx: &mut dyn Tx, id: &str) -> Result<Option<TracedCase>, Problem> {
    let Some(case) = projection::load(tx, id)? else { return Ok(None) };
    let mut seen = steps(tx, id)?;
    let rows = tx.query("SELECT at, officer, scan FROM opened WHERE app = $1 ORDER BY at", params![id])?;
    seen.extend(rows.iter().map(opening).collect::<Result<Vec<_>, _>>()?);
    let here = say("trace.here", &[]);
    let shown = crate::reveal::seen(tx, id)?.into_iter();
    seen.extend(shown.map(|(at, who, did)| Seen { at, who, place: here.clone(), did }));
    seen.sort_by_key(|one| one.at);
    let document = &case.state.application;
    Ok(Some(TracedCase {
        held: crate::hold::told(&case),
        id: id.to_owned(),
        number: case.state.number.clone(),
        service: service(&document.service),
        office: crate::enrol::card_of(&case.office).map_or_else(|_| case.office.clone(), |card| card.name),
        status: say(&format!("status.{}", case.state.status.code()), &[]),
        kept: crate::desk::answers(document).into_iter().filter(|a| !a.value.is_empty()).map(|a| a.label).collect(),
        papers: document.attachments.len(),
        seen,
    }))
}

fn opening(row: &Row) -> Result<Seen, Problem> {
    let scan = row.text(2)?;
    let what = match scan.as_str() {
        "" => "case",
        TRACED => TRACED,
        BREACH => BREACH,
        EXPORTED => EXPORTED,
        TYPED => TYPED,
        _ => "scan",
    };
    let did = say(&format!("trace.did.{what}"), &[]);
    Ok(Seen { at: row.int(0)?, who: row.text(1)?, place: say("trace.here", &[]), did })
}

/// The steps of an application: who wrote its events, and where.
fn steps(tx: &mut dyn Tx, id: &str) -> Result<Vec<Seen>, Problem> {
    let sql = "SELECT e.raw, coalesce(d.code, '') FROM event e LEFT JOIN device d ON d.id = e.device
               WHERE e.app = $1 ORDER BY e.turn";
    let mut seen = Vec::new();
    for row in tx.query(sql, params![id])? {
        let (raw, code) = (row.text(0)?, row.text(1)?);
        let Ok(envelope) = event::read(&raw) else { continue };
        let place = if code.is_empty() { say("trace.here", &[]) } else { say("trace.counter", &[("code", &code)]) };
        let did = say(&format!("event.{}", envelope.k), &[]);
        seen.push(Seen { at: envelope.h.0, who: envelope.u, place, did });
    }
    Ok(seen)
}
