//! The end of a computer (protocol 2.15): retired, it may still deliver what it had; lost, what it sends waits apart until
//! an officer takes or refuses it, one by one. Nothing a computer held is thrown away unseen.

use crate::devices::locked;
use crate::ingest::Call;
use crate::outcome::Writer;
use crate::{District, desk, outcome, receive, reveal};
use jukung_domain::catalogue::Catalogue;
use jukung_domain::event::{self, Body, Envelope, Origin};
use jukung_domain::problem::Problem;
use jukung_domain::texts::say;
use jukung_domain::wire::{self, SyncAnswer};
use jukung_ledger::log::{self, Place};
use jukung_ledger::tx::first;
use jukung_ledger::{Row, Tx, params, projection};
use serde::Serialize;

/// Events kept apart of one lost computer: two years of a busy counter. Beyond it, somebody only fills the disk.
const APART_MAX: i64 = 20_000;
/// Events shown at a time; the next ones follow when these are settled.
const SHOWN_MAX: i64 = 200;
/// Longest answer shown of an event, in letters: it is read to be believed or not, not to be worked with.
const VALUE_SHOWN_MAX: usize = 200;

/// How a computer's work ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// As planned: another one takes its place.
    Retired,
    /// Lost or stolen: anybody may sit at it.
    Lost,
}

impl End {
    /// Stable code, as it stands in the database and in answers.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            End::Retired => "retired",
            End::Lost => "lost",
        }
    }
}

/// What an officer says to something that a lost computer sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ruled {
    /// It is as if it had come while the computer was trusted.
    Taken,
    /// It stays apart for ever.
    Refused,
}

impl Ruled {
    fn code(self) -> &'static str {
        match self {
            Ruled::Taken => "taken",
            Ruled::Refused => "refused",
        }
    }
}

/// Something that a lost computer sent and nobody has settled.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Apart {
    /// Identity of the event.
    pub uid: String,
    /// The computer: its three symbols and its name.
    pub computer: String,
    /// Office code.
    pub office: String,
    /// When it arrived, ms since 1970 UTC.
    pub at: i64,
    /// When the computer says it was made, ms; its own clock.
    pub made: i64,
    /// When the computer was reported lost, ms.
    pub lost: i64,
    /// What it is, in words.
    pub what: String,
    /// Registration number; empty when the application is not here.
    pub number: String,
    /// What it says: label and value.
    pub said: Vec<(String, String)>,
}

impl District {
    /// Ends a computer, by id or by its three symbols.
    ///
    /// # Errors
    /// `not_found`; `ended_already` when it was lost, or refused, or is retired again.
    pub fn end(&self, device: &str, end: End) -> Result<(), Problem> {
        let now = self.edge.now();
        self.db.write(|tx| {
            self.sees_computer(tx, device)?;
            let (id, state) = locked(tx, device)?;
            let may = match end {
                End::Retired => state == "active",
                End::Lost => ["active", "retired", "pending"].contains(&state.as_str()),
            };
            if !may {
                return Err(Problem::new("ended_already").with("state", state));
            }
            tx.execute("UPDATE device SET state = $1, ended = $2 WHERE id = $3", params![end.code(), now, &id])?;
            if end == End::Lost {
                tx.execute("DELETE FROM token WHERE device = $1", params![id])?;
            }
            Ok(())
        })
    }

    /// Keeps what a lost computer sent, and says how far: it need not send it again. It learns nothing else.
    ///
    /// # Errors
    /// Those of the database.
    pub(crate) fn set_apart(
        &self,
        tx: &mut dyn Tx,
        call: &Call,
        office: &str,
        now: i64,
        answer: &mut SyncAnswer,
    ) -> Result<(), Problem> {
        let device = call.head.d.to_string();
        answer.token.clear();
        answer.ended = Some(End::Lost.code().to_owned());
        let held = first(tx, "SELECT count(*) FROM lost_event WHERE device = $1", params![&device])?;
        let mut room = APART_MAX - held.map_or(Ok(0), |r| r.int(0))?;
        let mut rest = call.events.as_slice();
        for part in &call.head.logs {
            let (mine, others) = rest.split_at(usize::try_from(part.m).unwrap_or(0).min(rest.len()));
            rest = others;
            let Some(incarnation) = wire::incarnation_from_hex(&part.i) else { continue };
            let mut kept = part.f - 1;
            for (seq, raw) in (part.f..).zip(mine) {
                if room <= 0 {
                    break;
                }
                let origin = receive::origin_of(part, Place { device: call.head.d, incarnation, seq });
                room -= keep_apart(tx, &device, office, origin, raw, now)?;
                kept = seq;
            }
            answer.apart.push((part.i.clone(), kept));
        }
        Ok(())
    }

    /// What lost computers sent and nobody has settled, oldest first.
    ///
    /// # Errors
    /// Those of the database.
    pub fn apart(&self) -> Result<Vec<Apart>, Problem> {
        self.db.read(|tx| {
            let sql = format!(
                "SELECT l.uid, l.raw, l.office, l.at, d.code, d.name, d.ended FROM lost_event l JOIN device d ON d.id = l.device
                 WHERE l.verdict = '' AND {} ORDER BY l.at, l.device, l.incarnation, l.seq LIMIT $1",
                self.area.office("l.office")
            );
            let rows = tx.query(&sql, params![SHOWN_MAX])?;
            rows.iter().map(|row| told(tx, row)).collect()
        })
    }

    /// Takes or refuses one of them. What is taken is decided about like any event, and told to the office.
    ///
    /// # Errors
    /// `not_found`; `settled_already`; those of the database.
    pub fn settle_apart(&self, uid: &str, ruled: Ruled, officer: &str) -> Result<(), Problem> {
        let now = self.edge.now();
        self.db.write(|tx| {
            let sql = "UPDATE lost_event SET verdict = $1, settled = $2, officer = $3 WHERE uid = $4 AND verdict = ''";
            let settled = tx.execute(sql, params![ruled.code(), now, officer, uid])?;
            let seen = self.area.office("office");
            let sql = format!("SELECT device, office, incarnation, seq, raw FROM lost_event WHERE uid = $1 AND {seen}");
            let row = first(tx, &sql, params![uid])?.ok_or_else(|| Problem::new("not_found"))?;
            if settled == 0 {
                return Err(Problem::new("settled_already"));
            }
            if ruled == Ruled::Refused {
                return Ok(());
            }
            let office = row.text(1)?;
            let origin = Origin { device: log::id(&row.text(0)?)?, incarnation: row.int(2)?, seq: row.int(3)? };
            let told =
                outcome::take_event(tx, &office, origin, &row.text(4)?, (&log::hash(uid)?, Writer::Believed), now)?;
            receive::tell_all(tx, &office, &told)
        })
    }
}

/// Keeps one event; 1 when it is new. What the office's feed told already is nothing to settle.
fn keep_apart(
    tx: &mut dyn Tx,
    device: &str,
    office: &str,
    origin: Origin,
    raw: &str,
    now: i64,
) -> Result<i64, Problem> {
    let uid = hex::encode(event::uid(&origin, raw));
    if first(tx, "SELECT uid FROM event WHERE uid = $1", params![&uid])?.is_some() {
        return Ok(0);
    }
    let sql = "INSERT INTO lost_event (uid, device, office, incarnation, seq, raw, at, verdict, settled, officer)
               VALUES ($1, $2, $3, $4, $5, $6, $7, '', 0, '') ON CONFLICT DO NOTHING";
    let new = tx.execute(sql, params![uid, device, office, origin.incarnation, origin.seq, raw, now])?;
    Ok(i64::try_from(new).unwrap_or(0))
}

fn told(tx: &mut dyn Tx, row: &Row) -> Result<Apart, Problem> {
    let envelope = event::read(&row.text(1)?).ok();
    let (number, said) = match &envelope {
        Some(envelope) => said(tx, envelope)?,
        None => (String::new(), vec![(say("apart.unreadable", &[]), shown(&row.text(1)?))]),
    };
    Ok(Apart {
        uid: row.text(0)?,
        computer: format!("{} {}", row.text(4)?, row.text(5)?),
        office: row.text(2)?,
        at: row.int(3)?,
        made: envelope.as_ref().map_or(0, |e| e.h.0),
        lost: row.int(6)?,
        what: what(envelope.as_ref()),
        number,
        said,
    })
}

/// What an event is, in words.
pub(crate) fn what(envelope: Option<&Envelope>) -> String {
    envelope.map_or_else(|| say("apart.unreadable", &[]), |e| say(&format!("event.{}", e.k), &[]))
}

fn shown(value: &str) -> String {
    value.chars().take(VALUE_SHOWN_MAX).collect()
}

/// The number, and what an event says in words an officer can judge; what nobody is shown before saying why stays masked.
pub(crate) fn said(tx: &mut dyn Tx, envelope: &Envelope) -> Result<(String, Vec<(String, String)>), Problem> {
    let body = Body::read(envelope).ok().flatten();
    if let Some(Body::Create(created)) = &body {
        let service = Catalogue::embedded().service(&created.d.service);
        let name = service.map_or_else(|| created.d.service.clone(), |s| s.name.clone());
        let mut answers = desk::answers(&created.d);
        reveal::mask(&mut answers);
        let answers = answers.into_iter().filter(|a| !a.value.is_empty());
        let answers = answers.map(|a| (a.label, shown(&a.value)));
        return Ok((created.n.clone(), std::iter::once((say("apart.service", &[]), name)).chain(answers).collect()));
    }
    if let Some(Body::Complained(told)) = &body {
        let words = if told.sealed.is_empty() { shown(&told.words) } else { say("complaint.sealed", &[]) };
        return Ok((told.n.clone(), vec![(say("apart.says", &[]), words)]));
    }
    let case = projection::load(tx, &envelope.a.to_string())?;
    let number = case.as_ref().map(|c| c.state.number.clone()).unwrap_or_default();
    let Some(Body::Edit(edit)) = &body else {
        let words = envelope.p.to_string();
        return Ok((number, vec![(say("apart.says", &[]), shown(&words))]));
    };
    let after = case.map(|mut case| {
        case.state.application.fields.extend(edit.f.clone());
        desk::answers(&case.state.application)
    });
    let mut answers = after.unwrap_or_default();
    reveal::mask(&mut answers);
    // Of an application that is not here nobody knows what an answer is: it is shown to nobody.
    let words = |path: &String, value: &str| match answers.iter().find(|a| a.path == *path) {
        Some(answer) => (answer.label.clone(), shown(&answer.value)),
        None if value.is_empty() => (path.clone(), String::new()),
        None => (path.clone(), say("apart.changed", &[])),
    };
    Ok((number, edit.f.iter().map(|(path, value)| words(path, value)).collect()))
}
