//! The officers' desk of complaints: the list with what is overdue on top, one complaint, its answer.

use super::{Happened, Kept, SELECT, ZONE, overdue, told_state};
use crate::District;
use crate::desk_audit::Did;
use crate::http::{Answer, PROBLEM, Refused, Shared, Told, blocking, officer};
use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use jukung_domain::calendar::Local;
use jukung_domain::policy::Action;
use jukung_domain::problem::Problem;
use jukung_domain::texts::say;
use jukung_domain::words::long_day;
use jukung_ledger::params;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Complaints on one page.
const PAGE: i64 = 100;

/// Routes of the officers' desk of complaints.
pub fn router() -> OpenApiRouter<Arc<District>> {
    OpenApiRouter::new()
        .routes(routes!(complaints))
        .routes(routes!(complaint))
        .routes(routes!(answer))
        .routes(routes!(file))
}

/// One row.
#[derive(Debug, Serialize, ToSchema)]
pub struct Line {
    /// Id.
    id: String,
    /// Number.
    number: String,
    /// What it is about, in words.
    kind: String,
    /// Where it came from, in words.
    source: String,
    /// Name of the office; empty when it came from none.
    office: String,
    /// `new`, `answered`, `closed`, `reopened`.
    state: String,
    /// The same in words.
    state_text: String,
    /// Day it was taken in, in words.
    day: String,
    /// Last day for an answer, in words.
    due: String,
    /// That day has passed without an answer.
    overdue: bool,
}

/// A complaint with what it says.
#[derive(Debug, Serialize, ToSchema)]
pub struct Opened {
    /// Its row.
    row: Line,
    /// Who complains.
    name: String,
    /// Where the answer goes.
    contact: String,
    /// The story.
    words: String,
    /// Number of the application it is about.
    about: String,
    /// Attachments: SHA-256 and media type.
    files: Vec<(String, String)>,
    /// What happened, oldest first, one line each.
    story: Vec<String>,
    /// An answer may be written.
    answerable: bool,
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    state: String,
}

/// Words of an answer.
#[derive(Deserialize, ToSchema)]
pub struct Reply {
    /// The answer, read by the family.
    words: String,
}

fn day(ms: i64) -> String {
    let at = Local::at(ms, ZONE);
    format!("{}, {}", long_day(at.day()), at.time())
}

fn line(kept: &Kept, now: i64) -> Line {
    let state = told_state(kept, now).to_owned();
    Line {
        id: kept.id.clone(),
        number: kept.number.clone(),
        kind: say(&format!("complaint.kind.{}", kept.kind), &[]),
        source: say(&format!("complaint.source.{}", kept.source), &[]),
        office: crate::enrol::card_of(&kept.office).map_or_else(|_| kept.office.clone(), |card| card.name),
        state_text: say(&format!("complaint.state.{state}"), &[]),
        state,
        day: long_day(Local::at(kept.made, ZONE).day()),
        due: kept.due.parse().map_or_else(|_| kept.due.clone(), long_day),
        overdue: overdue(kept, now),
    }
}

impl District {
    /// Complaints that wait for an answer, by deadline; or all of a state, newest first.
    ///
    /// # Errors
    /// Those of the database.
    pub fn complaints(&self, state: &str) -> Result<Vec<Line>, Problem> {
        let now = self.edge.now();
        self.db.read(|tx| {
            let seen = self.area.office("office");
            let rows = if state.is_empty() {
                let sql =
                    format!("{SELECT} WHERE {seen} AND state IN ('new', 'reopened') ORDER BY due, made, id LIMIT $1");
                tx.query(&sql, params![PAGE])?
            } else {
                let sql = format!("{SELECT} WHERE {seen} AND state = $1 ORDER BY changed DESC, id LIMIT $2");
                tx.query(&sql, params![state, PAGE])?
            };
            rows.iter().map(|r| Ok(line(&self.read_kept(r)?, now))).collect()
        })
    }

    /// One complaint; who opened it is written down.
    ///
    /// # Errors
    /// `not_found`; those of the database.
    pub fn open_complaint(&self, id: &str, officer: &str) -> Result<Opened, Problem> {
        let now = self.edge.now();
        self.db.write(|tx| {
            let kept = self.kept(tx, id)?.ok_or_else(|| Problem::new("not_found"))?;
            tx.execute(
                "INSERT INTO opened (at, officer, app, scan) VALUES ($1, $2, $3, '')",
                params![now, officer, id],
            )?;
            self.chained(tx, &Did { at: now, officer, act: "open", of: id, what: "complaint" })?;
            let story = self.happened(tx, id)?;
            let told = |h: &Happened| {
                let who = if h.who.is_empty() { say("complaint.family", &[]) } else { h.who.clone() };
                let what = say(&format!("complaint.step.{}", h.what), &[]);
                format!("{} · {who} · {what} {}", day(h.at), h.words).trim().to_owned()
            };
            let sql = "SELECT sha256, media FROM complaint_file WHERE complaint = $1 ORDER BY sha256";
            let files = tx.query(sql, params![id])?;
            Ok(Opened {
                row: line(&kept, now),
                name: kept.complaint.name.clone(),
                contact: kept.complaint.contact.clone(),
                words: kept.complaint.words.clone(),
                about: kept.complaint.about.clone(),
                files: files.iter().map(|r| Ok((r.text(0)?, r.text(1)?))).collect::<Result<_, Problem>>()?,
                story: story.iter().map(told).collect(),
                answerable: kept.state != "closed",
            })
        })
    }
}

/// Complaints that wait, or those of a state.
#[utoipa::path(get, path = "/officer/api/complaints", params(("state" = Option<String>, Query)), responses((status = 200, body = Vec<Line>), (status = 401, description = "signed out", body = Told, content_type = PROBLEM)))]
async fn complaints(
    State(district): Shared,
    headers: HeaderMap,
    Query(asked): Query<Asked>,
) -> Answer<Json<Vec<Line>>> {
    let (district, _) = officer(district, &headers, Action::ComplaintAnswer).await?;
    Ok(Json(blocking(move || district.complaints(&asked.state)).await?))
}

/// One complaint; who opened it is written down.
#[utoipa::path(get, path = "/officer/api/complaints/{id}", params(("id" = String, Path)), responses((status = 200, body = Opened), (status = 401, description = "signed out", body = Told, content_type = PROBLEM), (status = 404, description = "no such complaint", body = Told, content_type = PROBLEM)))]
async fn complaint(State(district): Shared, headers: HeaderMap, Path(id): Path<String>) -> Answer<Json<Opened>> {
    let (district, name) = officer(district, &headers, Action::ComplaintAnswer).await?;
    Ok(Json(blocking(move || district.open_complaint(&id, &name)).await?))
}

/// Answers a complaint; the family reads it where it follows the complaint.
#[utoipa::path(post, path = "/officer/api/complaints/{id}/answer", params(("id" = String, Path)), request_body = Reply, responses((status = 200, body = Opened), (status = 400, description = "no words", body = Told, content_type = PROBLEM), (status = 404, description = "no such complaint", body = Told, content_type = PROBLEM), (status = 409, description = "settled already", body = Told, content_type = PROBLEM)))]
async fn answer(
    State(district): Shared,
    headers: HeaderMap,
    Path(id): Path<String>,
    Json(reply): Json<Reply>,
) -> Answer<Json<Opened>> {
    let (district, name) = officer(district, &headers, Action::ComplaintAnswer).await?;
    let opened = blocking(move || {
        let at = district.edge.now();
        let step = Happened { at, who: name.clone(), what: "answer".into(), words: reply.words };
        district.db.write(|tx| district.step_complaint(tx, &id, &step))?;
        district.open_complaint(&id, &name)
    });
    Ok(Json(opened.await?))
}

/// An attachment of a complaint.
#[utoipa::path(get, path = "/officer/api/complaints/{id}/files/{sha256}", params(("id" = String, Path), ("sha256" = String, Path)), responses((status = 200, description = "the attachment", body = Vec<u8>, content_type = "image/jpeg"), (status = 401, description = "signed out", body = Told, content_type = PROBLEM), (status = 404, description = "not of this complaint", body = Told, content_type = PROBLEM)))]
async fn file(
    State(district): Shared,
    headers: HeaderMap,
    Path((id, sha256)): Path<(String, String)>,
) -> Result<Response, Refused> {
    let (district, _) = officer(district, &headers, Action::ComplaintAnswer).await?;
    let file = move || {
        district.db.read(|tx| district.kept(tx, &id))?.ok_or_else(|| Problem::new("not_found"))?;
        district.complaint_file(&id, &sha256)
    };
    let (bytes, media) = blocking(file).await?;
    Ok(([(header::CONTENT_TYPE, media), (header::CACHE_CONTROL, "private, no-store".into())], bytes).into_response())
}
