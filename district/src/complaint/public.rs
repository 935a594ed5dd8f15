//! Complaints on the families' pages: a form that works without JavaScript, and a page on which one is followed.

use super::html::{asked, followed};
use super::{Happened, Kept, Source};
use crate::District;
use crate::family::caller::Caller;
use crate::family::page as in_frame;
use crate::family::page::{esc, frame, t};
use crate::family::status::{NotSeen, read_link};
use crate::family::tries::{LOOKS, Limit, Tries};
use crate::http::Shared;
use axum::Form;
use axum::extract::{DefaultBodyLimit, Multipart, Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jukung_crypto::bundle as sealed;
use jukung_domain::complaint::{Complaint, WORDS_MAX};
use jukung_domain::number::Number;
use jukung_domain::problem::Problem;
use jukung_domain::texts::say;
use jukung_domain::two_words;
use jukung_ledger::tx::first;
use jukung_ledger::{Tx, params};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::sync::Arc;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Complaints from one address: a village's computer may help many in an hour; nobody reads more than twenty.
const FILED: Limit = Limit { name: "complaint", most: 20, window_ms: 3_600_000 };
/// Attachments of one complaint: a receipt, a letter, one more.
pub const FILES_MAX: usize = 3;
/// Largest attachment: a photograph as a telephone sends it on a slow line.
pub const FILE_BYTES_MAX: usize = 2 * 1024 * 1024;
/// Largest form: the attachments and two written pages.
const FORM_BYTES_MAX: usize = FILES_MAX * FILE_BYTES_MAX + 64 * 1024;

/// Routes of the families' complaints.
pub fn router() -> OpenApiRouter<Arc<District>> {
    OpenApiRouter::new()
        .routes(routes!(form, file))
        .routes(routes!(follow, say_so))
        .layer(DefaultBodyLimit::max(FORM_BYTES_MAX))
}

/// What came with a form.
#[derive(Default)]
struct Sent {
    complaint: Complaint,
    files: Vec<(Vec<u8>, &'static str)>,
}

/// The complaint's form as multipart/form-data.
#[derive(ToSchema)]
#[expect(dead_code, reason = "the shape the document describes; the bytes are read field by field")]
struct ComplaintForm {
    kind: String,
    words: String,
    about: String,
    name: String,
    contact: String,
    files: Vec<String>,
}

/// What the family says to an answer.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default)]
pub struct Said {
    /// `settled` or `reopened`.
    what: String,
    /// Why it is not settled.
    words: String,
}

/// The complaint form.
#[utoipa::path(get, path = "/pengaduan", responses((status = 200, description = "the form", body = String, content_type = "text/html")))]
async fn form(State(district): Shared) -> Response {
    in_frame(district, |settings, _| (StatusCode::OK, asked(settings, &Complaint::default(), None))).await
}

/// Files a complaint.
#[utoipa::path(post, path = "/pengaduan", request_body(content = ComplaintForm, content_type = "multipart/form-data"),
    responses((status = 303, description = "filed; its own page is at Location", body = String, content_type = "text/plain"),
        (status = 400, description = "something is missing", body = String, content_type = "text/html"),
        (status = 413, description = "too large", body = String, content_type = "text/html"),
        (status = 429, description = "too many complaints from here", body = String, content_type = "text/html")))]
async fn file(State(district): Shared, caller: Caller, multipart: Multipart) -> Response {
    let (sent, problem) = read(multipart).await;
    let typed = sent.complaint.clone();
    let here = district.clone();
    let filed = match problem {
        Some(problem) => Err(problem),
        None => tokio::task::spawn_blocking(move || here.complain_online(sent, &caller.0))
            .await
            .unwrap_or_else(|_| Err(crate::http::ended())),
    };
    match filed {
        Ok(link) => to_its_page(&link),
        Err(problem) => {
            let status = match problem.code.as_str() {
                "complaint_often" => StatusCode::TOO_MANY_REQUESTS,
                "complaint_file_large" => StatusCode::PAYLOAD_TOO_LARGE,
                "internal" | "disk_full" => StatusCode::INTERNAL_SERVER_ERROR,
                _ => StatusCode::BAD_REQUEST,
            };
            let values: Vec<(&str, &str)> = problem.details.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
            let sentence = t(&format!("problem.{}", problem.code), &values);
            in_frame(district, move |settings, _| (status, asked(settings, &typed, Some(&sentence)))).await
        }
    }
}

/// Sends the browser to the page of a complaint, so that loading it again files nothing twice.
pub(crate) fn to_its_page(link: &str) -> Response {
    let to = HeaderValue::from_str(&format!("/pengaduan/{link}")).unwrap_or(HeaderValue::from_static("/pengaduan"));
    (StatusCode::SEE_OTHER, [(header::LOCATION, to)], "").into_response()
}

async fn read(mut multipart: Multipart) -> (Sent, Option<Problem>) {
    let mut sent = Sent::default();
    loop {
        let field = match multipart.next_field().await {
            Ok(Some(field)) => field,
            Ok(None) => return (sent, None),
            Err(_) => return (sent, Some(Problem::new("complaint_file_large"))),
        };
        let name = field.name().unwrap_or_default().to_owned();
        let Ok(bytes) = field.bytes().await else { return (sent, Some(Problem::new("complaint_file_large"))) };
        if name == "files" {
            if bytes.is_empty() {
                continue;
            }
            let problem = match media(&bytes) {
                None => Some("complaint_file_kind"),
                Some(_) if bytes.len() > FILE_BYTES_MAX => Some("complaint_file_large"),
                Some(_) if sent.files.len() >= FILES_MAX => Some("complaint_files"),
                Some(media) => {
                    sent.files.push((bytes.to_vec(), media));
                    None
                }
            };
            if let Some(code) = problem {
                return (sent, Some(Problem::new(code)));
            }
            continue;
        }
        let text = String::from_utf8_lossy(&bytes).replace('\0', "");
        match name.as_str() {
            "kind" => sent.complaint.kind = text,
            "words" => sent.complaint.words = text,
            "about" => sent.complaint.about = Number::parse(&text).map_or(text, |n| n.to_string()),
            "name" => sent.complaint.name = text,
            "contact" => sent.complaint.contact = text,
            _ => {}
        }
    }
}

/// Media type by the first bytes; what a browser claims is not believed.
fn media(bytes: &[u8]) -> Option<&'static str> {
    let known: [(&[u8], &str); 3] =
        [(b"\xff\xd8\xff", "image/jpeg"), (b"\x89PNG\r\n", "image/png"), (b"%PDF-", "application/pdf")];
    known.into_iter().find(|(start, _)| bytes.starts_with(start)).map(|(_, media)| media)
}

impl District {
    /// Files what came through the form and gives the end of its own link.
    fn complain_online(&self, sent: Sent, address: &str) -> Result<String, Problem> {
        let now = self.edge.now();
        let filed = self.db.write(|tx| -> Result<Result<String, Problem>, Problem> {
            let tries = Tries { secret: &self.seed, now };
            if let Some(minutes) = tries.blocked(tx, FILED, address)? {
                return Ok(Err(Problem::new("complaint_often").with("minutes", minutes)));
            }
            tries.count(tx, FILED, address)?;
            let kept = self.complain(tx, sent.complaint.clone(), Source::Web, now)?;
            for (bytes, media) in &sent.files {
                self.keep_file(tx, &kept.id, bytes, media)?;
            }
            Ok(Ok(self.link_to(&kept.number, &kept.id, now)))
        });
        filed?
    }

    /// Seals an attachment to the Dinas and names it; the file is on the disk before its row is.
    fn keep_file(&self, tx: &mut dyn Tx, complaint: &str, bytes: &[u8], media: &str) -> Result<(), Problem> {
        let failed = |e: std::io::Error| Problem::new("disk_full").with("why", e);
        let sha256 = hex::encode(Sha256::digest(bytes));
        let folder = self.dir.join("complaints");
        jukung_ledger::private::folder(&folder).map_err(failed)?;
        let closed = sealed::seal(&self.courier_key(), bytes).map_err(|e| Problem::new("internal").with("at", e))?;
        let unfinished = self.unfinished("complaint")?;
        jukung_ledger::private::whole(&unfinished, &folder.join(&sha256), &closed).map_err(failed)?;
        tx.execute(
            "INSERT INTO complaint_file (complaint, sha256, media, bytes) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
            params![complaint, sha256, media, i64::try_from(bytes.len()).unwrap_or(0)],
        )?;
        Ok(())
    }

    /// An attachment of this complaint, opened.
    ///
    /// # Errors
    /// `not_found`; those of the database.
    pub fn complaint_file(&self, complaint: &str, sha256: &str) -> Result<(Vec<u8>, String), Problem> {
        let sql = "SELECT media FROM complaint_file WHERE complaint = $1 AND sha256 = $2";
        let row = self.db.read(|tx| first(tx, sql, params![complaint, sha256]))?;
        let media = row.ok_or_else(|| Problem::new("not_found"))?.text(0)?;
        let closed = std::fs::read(self.dir.join("complaints").join(sha256)).map_err(|_| Problem::new("not_found"))?;
        let bytes = sealed::open_bytes(&self.seed, &closed).map_err(|e| Problem::new("internal").with("at", e))?;
        Ok((bytes, media))
    }

    /// The link of a complaint that its number and its two words open.
    ///
    /// # Errors
    /// Those of the database.
    pub fn complaint_named(
        &self,
        tx: &mut dyn Tx,
        number: &str,
        text: &str,
        now: i64,
    ) -> Result<Option<String>, Problem> {
        for row in tx.query("SELECT id FROM complaint WHERE number = $1 ORDER BY id", params![number])? {
            let id = row.text(0)?;
            if id.parse().is_ok_and(|uuid| two_words::named(uuid, text)) {
                return Ok(Some(self.link_to(number, &id, now)));
            }
        }
        Ok(None)
    }

    /// A complaint and what happened to it, for whoever holds its link; `step` is done first.
    ///
    /// # Errors
    /// [`NotSeen`]; a step that is not allowed is [`NotSeen::Failed`] with `not_allowed` or `reason_needed`.
    pub fn follow(
        &self,
        link: &str,
        address: &str,
        step: Option<&Happened>,
        now: i64,
    ) -> Result<(Kept, Vec<Happened>), NotSeen> {
        let (number, proof) = read_link(link).ok_or(NotSeen::Unknown)?;
        self.db.write(|tx| -> Result<Result<(Kept, Vec<Happened>), NotSeen>, NotSeen> {
            let tries = Tries { secret: &self.seed, now };
            if let Some(minutes) = tries.blocked(tx, LOOKS, address)? {
                return Ok(Err(NotSeen::TooOften(minutes)));
            }
            tries.count(tx, LOOKS, address)?;
            for row in tx.query("SELECT id FROM complaint WHERE number = $1 ORDER BY id", params![&number])? {
                let id = row.text(0)?;
                if !self.link_opens(&id, &proof, now) {
                    continue;
                }
                let kept = match step {
                    Some(step) => Some(self.step_complaint(tx, &id, step).map_err(NotSeen::Failed)?),
                    None => self.kept(tx, &id).map_err(NotSeen::Failed)?,
                };
                let story = self.happened(tx, &id).map_err(NotSeen::Failed)?;
                return Ok(kept.map(|kept| (kept, story)).ok_or(NotSeen::Unknown));
            }
            Ok(Err(NotSeen::Unknown))
        })?
    }
}

/// A complaint, followed through its link.
#[utoipa::path(get, path = "/pengaduan/{link}", params(("link" = String, Path)),
    responses((status = 200, description = "where it stands", body = String, content_type = "text/html"),
        (status = 404, description = "no such link", body = String, content_type = "text/html"),
        (status = 429, description = "asked too often", body = String, content_type = "text/html")))]
async fn follow(State(district): Shared, caller: Caller, Path(link): Path<String>) -> Response {
    told(district, caller, link, None).await
}

/// The family says whether the answer settled it.
#[utoipa::path(post, path = "/pengaduan/{link}", params(("link" = String, Path)), request_body(content = Said, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, description = "taken in", body = String, content_type = "text/html"),
        (status = 400, description = "words are missing", body = String, content_type = "text/html"),
        (status = 404, description = "no such link", body = String, content_type = "text/html"),
        (status = 409, description = "not from where it stands", body = String, content_type = "text/html"),
        (status = 429, description = "asked too often", body = String, content_type = "text/html")))]
async fn say_so(State(district): Shared, caller: Caller, Path(link): Path<String>, Form(said): Form<Said>) -> Response {
    let words: String = said.words.replace('\0', "").chars().take(WORDS_MAX).collect();
    let what = if said.what == "settled" { "settled" } else { "reopened" };
    let step = Happened { at: district.edge.now(), who: String::new(), what: what.into(), words };
    told(district, caller, link, Some(step)).await
}

async fn told(district: Arc<District>, caller: Caller, link: String, step: Option<Happened>) -> Response {
    let (here, now) = (district.clone(), district.edge.now());
    let asked_for = link.clone();
    let found = tokio::task::spawn_blocking(move || here.follow(&asked_for, &caller.0, step.as_ref(), now));
    let found = found.await.unwrap_or_else(|_| Err(NotSeen::Failed(crate::http::ended())));
    in_frame(district, move |settings, _| match found {
        Ok((kept, story)) => (StatusCode::OK, followed(&kept, &story, &link, settings, now)),
        Err(why) => {
            let (status, key) = match &why {
                NotSeen::TooOften(_) => (StatusCode::TOO_MANY_REQUESTS, "problem.complaint_later"),
                NotSeen::Failed(p) if p.code == "reason_needed" => (StatusCode::BAD_REQUEST, "problem.complaint_words"),
                NotSeen::Failed(p) if p.code == "not_allowed" => (StatusCode::CONFLICT, "problem.complaint_stands"),
                NotSeen::Failed(p) => {
                    tracing::error!("a complaint's page: {p}");
                    (StatusCode::INTERNAL_SERVER_ERROR, "failed")
                }
                NotSeen::Unknown | NotSeen::Mistyped | NotSeen::Complaint(_) => {
                    (StatusCode::NOT_FOUND, "problem.complaint_link")
                }
            };
            let title = say("family.complain.title", &[]);
            let body = format!("<h1>{}</h1><p class=\"note\" role=\"alert\">{}</p>", esc(&title), t(key, &[]));
            (status, frame(&title, &body, settings))
        }
    })
    .await
}
