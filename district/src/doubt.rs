//! Events whose author is not proven (decision 0030), as officers settle them: one by one, each believed or refused once,
//! after somebody asked the counter who wrote it.

use crate::ended::{said, what};
use crate::http::{Answer, PROBLEM, Shared, Told as Problems, blocking, officer};
use crate::receive::Told;
use crate::{District, authors, outcome, receive};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use jukung_domain::event::{self, Hash};
use jukung_domain::policy::Action;
use jukung_domain::problem::Problem;
use jukung_domain::texts::say;
use jukung_ledger::tx::{Tx, first};
use jukung_ledger::{Row, params};
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Outcome of an event whose author is not proven.
pub const UNPROVEN: &str = "parked:author";
/// Outcome of one that an officer refused: it stays in the log and never takes effect.
pub const REFUSED: &str = "parked:author-refused";
/// Events shown at a time; the next ones follow when these are settled.
const SHOWN_MAX: i64 = 200;

/// Why an event is not taken for its author's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// No signature came with it.
    Unsigned,
    /// Somebody else signed the run it stands in.
    Other,
    /// The signature is of none of the author's keys.
    Unfit,
}

impl Why {
    fn code(self) -> &'static str {
        match self {
            Why::Unsigned => "unsigned",
            Why::Other => "other",
            Why::Unfit => "unfit",
        }
    }
}

/// What an officer says to one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is decided about as if it came now.
    Believed,
    /// It stays apart for ever, and the counter is told.
    Refused,
}

impl Verdict {
    fn code(self) -> &'static str {
        match self {
            Verdict::Believed => "believed",
            Verdict::Refused => "refused",
        }
    }
}

/// An event whose author is not proven.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Doubted {
    /// Identity of the event.
    pub uid: String,
    /// The computer: its three symbols and its name.
    pub computer: String,
    /// Name of the office.
    pub office: String,
    /// When it arrived, ms since 1970 UTC.
    pub at: i64,
    /// When it was made, ms, by the computer's clock.
    pub made: i64,
    /// What it is, in words.
    pub what: String,
    /// Registration number; empty when the application is not here.
    pub number: String,
    /// Why it is doubted, in words.
    pub why: String,
    /// What it says: label and value, numbers masked.
    pub said: Vec<(String, String)>,
}

/// Notes why an event that was just stored is doubted.
pub(crate) fn note(tx: &mut dyn Tx, uid: &Hash, why: Why) -> Result<(), Problem> {
    let sql =
        "INSERT INTO doubt (uid, why, verdict, settled, officer) VALUES ($1, $2, '', 0, '') ON CONFLICT DO NOTHING";
    tx.execute(sql, params![hex::encode(uid), why.code()])?;
    Ok(())
}

/// Settles one, and gives its office and what that is to be told: nothing when it does not wait. Whoever comes second finds it
/// settled, for the row is locked until the commit.
pub(crate) fn settle(
    tx: &mut dyn Tx,
    uid: &str,
    (verdict, officer): (Verdict, &str),
    now: i64,
) -> Result<Option<(String, Vec<Told>)>, Problem> {
    let sql = "UPDATE doubt SET verdict = $1, settled = $2, officer = $3 WHERE uid = $4 AND verdict = ''";
    if tx.execute(sql, params![verdict.code(), now, officer, uid])? == 0 {
        return Ok(None);
    }
    let sql = "SELECT e.raw, e.device, d.office FROM event e JOIN device d ON d.id = e.device WHERE e.uid = $1";
    let row = first(tx, sql, params![uid])?.ok_or_else(|| Problem::new("not_found"))?;
    let (raw, device, office) = (row.text(0)?, row.text(1)?, row.text(2)?);
    let told = match verdict {
        Verdict::Believed => {
            authors::take_key(tx, &device, &raw, now)?;
            outcome::decide_anew(tx, &office, uid, (&raw, &device), now)?
        }
        Verdict::Refused => {
            tx.execute("UPDATE event SET outcome = $1 WHERE uid = $2", params![REFUSED, uid])?;
            vec![Told { kind: "rel", uid: uid.to_owned(), outcome: REFUSED.to_owned(), raw: String::new() }]
        }
    };
    Ok(Some((office, told)))
}

/// Settles one that nobody has settled, since it came again with its author's signature: a district that was restored may hear
/// of an event from a copy first. Gives what is to be told.
///
/// # Errors
/// Those of the database.
pub(crate) fn proven(tx: &mut dyn Tx, uid: &Hash, now: i64) -> Result<Vec<Told>, Problem> {
    Ok(settle(tx, &hex::encode(uid), (Verdict::Believed, ""), now)?.map_or_else(Vec::new, |(_, told)| told))
}

fn shown(tx: &mut dyn Tx, row: &Row) -> Result<Doubted, Problem> {
    let (raw, office, why) = (row.text(1)?, row.text(2)?, row.text(6)?);
    let envelope = event::read(&raw).ok();
    let (number, said) = envelope.as_ref().map_or_else(|| Ok((String::new(), Vec::new())), |e| said(tx, e))?;
    let why = if why.is_empty() { "before" } else { &why };
    Ok(Doubted {
        uid: row.text(0)?,
        computer: format!("{} {}", row.text(4)?, row.text(5)?),
        office: crate::enrol::card_of(&office).map_or(office, |card| card.name),
        at: row.int(3)?,
        made: envelope.as_ref().map_or(0, |e| e.h.0),
        what: what(envelope.as_ref()),
        number,
        why: say(&format!("doubt.why.{why}"), &[]),
        said,
    })
}

impl District {
    /// Events whose author is not proven and that nobody has settled, oldest first.
    ///
    /// # Errors
    /// Those of the database.
    pub fn doubts(&self) -> Result<Vec<Doubted>, Problem> {
        self.db.read(|tx| {
            let sql = format!(
                "SELECT e.uid, e.raw, d.office, e.at, d.code, d.name, q.why FROM doubt q JOIN event e ON e.uid = q.uid
                 JOIN device d ON d.id = e.device WHERE q.verdict = '' AND {}
                 ORDER BY e.at, e.device, e.incarnation, e.seq LIMIT $1",
                self.area.office("d.office")
            );
            let rows = tx.query(&sql, params![SHOWN_MAX])?;
            rows.iter().map(|row| shown(tx, row)).collect()
        })
    }

    /// How many there are.
    ///
    /// # Errors
    /// Those of the database.
    pub fn doubted(&self) -> Result<i64, Problem> {
        let sql = format!(
            "SELECT count(*) FROM doubt q JOIN event e ON e.uid = q.uid JOIN device d ON d.id = e.device
             WHERE q.verdict = '' AND {}",
            self.area.office("d.office")
        );
        Ok(self.db.read(|tx| first(tx, &sql, &[]))?.map_or(Ok(0), |r| r.int(0))?)
    }

    /// Believes or refuses one of them; the counter is told. It is settled once, whoever presses second.
    ///
    /// # Errors
    /// `not_found`; `settled_already`; those of the database.
    pub fn settle_doubt(&self, uid: &str, verdict: Verdict, officer: &str) -> Result<(), Problem> {
        let now = self.edge.now();
        self.db.write(|tx| {
            let of = first(tx, "SELECT device FROM event WHERE uid = $1", params![uid])?;
            self.sees_computer(tx, &of.ok_or_else(|| Problem::new("not_found"))?.text(0)?)?;
            if let Some((office, told)) = settle(tx, uid, (verdict, officer), now)? {
                return receive::tell_all(tx, &office, &told);
            }
            let known = first(tx, "SELECT uid FROM doubt WHERE uid = $1", params![uid])?;
            Err(Problem::new(if known.is_some() { "settled_already" } else { "not_found" }))
        })
    }
}

/// Routes of the list.
pub fn router() -> OpenApiRouter<Arc<District>> {
    OpenApiRouter::new().routes(routes!(doubts)).routes(routes!(settle_one))
}

/// Events whose author is not proven and that nobody has settled, oldest first.
#[utoipa::path(get, path = "/officer/api/doubts", responses((status = 200, body = Vec<Doubted>), (status = 401, description = "signed out", body = Problems, content_type = PROBLEM)))]
async fn doubts(State(district): Shared, headers: HeaderMap) -> Answer<Json<Vec<Doubted>>> {
    let (district, _) = officer(district, &headers, Action::CheckRead).await?;
    Ok(Json(blocking(move || district.doubts()).await?))
}

/// Believes or refuses one of them: `believe` or `refuse`.
#[utoipa::path(post, path = "/officer/api/doubts/{uid}/{how}", params(("uid" = String, Path), ("how" = String, Path)),
    responses((status = 200, body = Vec<Doubted>), (status = 401, description = "signed out", body = Problems, content_type = PROBLEM), (status = 404, description = "no such event", body = Problems, content_type = PROBLEM), (status = 409, description = "settled already", body = Problems, content_type = PROBLEM)))]
async fn settle_one(
    State(district): Shared,
    headers: HeaderMap,
    Path((uid, how)): Path<(String, String)>,
) -> Answer<Json<Vec<Doubted>>> {
    let (district, name) = officer(district, &headers, Action::AuthorSettle).await?;
    let verdict = match how.as_str() {
        "believe" => Verdict::Believed,
        "refuse" => Verdict::Refused,
        _ => return Err(Problem::new("not_found").into()),
    };
    let settled = move || {
        district.settle_doubt(&uid, verdict, &name)?;
        district.doubts()
    };
    Ok(Json(blocking(settled).await?))
}
