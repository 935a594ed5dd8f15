//! Roads of documents that were issued: attach, open, sign; and what an official types to sign with.

use super::bsre::{BsreSeal, BsreSign};
use super::held::Held;
use super::issued::{Again, Wanted};
use super::look::PDF_BYTES_MAX;
use crate::District;
use crate::desk::Detail;
use crate::http::{Answer, PROBLEM, Refused, Shared, Told, blocking, officer, session};
use axum::Json;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jukung_domain::policy::Action;
use jukung_domain::problem::Problem;
use serde::Deserialize;
use std::sync::Arc;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use zeroize::Zeroizing;

/// All routes.
pub fn router() -> OpenApiRouter<Arc<District>> {
    OpenApiRouter::new()
        .routes(routes!(attach))
        .layer(DefaultBodyLimit::max(PDF_BYTES_MAX + 1))
        .routes(routes!(open))
        .routes(routes!(sign))
        .routes(routes!(hold, forget))
}

async fn shown(district: Arc<District>, id: String) -> Answer<Json<Detail>> {
    Ok(Json(blocking(move || district.detail(&id)).await?))
}

/// Runs work that waits for others on a task of its own: a client that hangs up does not leave a signature untold.
async fn apart(work: impl Future<Output = Result<(), Problem>> + Send + 'static) -> Answer<()> {
    match tokio::spawn(work).await {
        Ok(done) => done.map_err(Refused),
        Err(e) => {
            tracing::error!("a signing ended early: {e}");
            Err(Refused(crate::http::ended()))
        }
    }
}

/// Attaches the document that SIAK gave; its signatures are looked at first, and shown with it.
#[utoipa::path(post, path = "/officer/api/applications/{id}/issued", params(("id" = String, Path)), request_body(content = Vec<u8>, content_type = "application/pdf"),
    responses((status = 200, body = Detail), (status = 400, description = "no PDF, or one that was changed after it was signed", body = Told, content_type = PROBLEM), (status = 404, description = "not here", body = Told, content_type = PROBLEM), (status = 409, description = "not approved", body = Told, content_type = PROBLEM)))]
async fn attach(
    State(district): Shared,
    headers: HeaderMap,
    Path(id): Path<String>,
    body: Bytes,
) -> Answer<Json<Detail>> {
    let (district, name) = officer(district, &headers, Action::CheckApprove).await?;
    let (here, app) = (district.clone(), id.clone());
    apart(async move { here.attach_issued(app, name, body.to_vec()).await }).await?;
    shown(district, id).await
}

/// The bytes of a document; who opened it is written down.
#[utoipa::path(get, path = "/officer/api/applications/{id}/issued/{sha256}", params(("id" = String, Path), ("sha256" = String, Path)),
    responses((status = 200, description = "the document", body = Vec<u8>, content_type = "application/pdf"), (status = 404, description = "not here", body = Told, content_type = PROBLEM)))]
async fn open(
    State(district): Shared,
    headers: HeaderMap,
    Path((id, sha256)): Path<(String, String)>,
) -> Answer<Response> {
    let (district, name) = officer(district, &headers, Action::CheckRead).await?;
    let bytes = blocking(move || district.open_issued(&id, &name, &sha256)).await?;
    Ok(([(header::CONTENT_TYPE, "application/pdf"), (header::CACHE_CONTROL, "private, no-store")], bytes)
        .into_response())
}

/// How a document is to be signed.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default)]
pub struct SignHow {
    /// `official`: with what the official typed for this session; `agency`: with the agency's seal at BSrE.
    pub by: String,
    /// One-time digits of the agency's seal.
    pub totp: String,
    /// An earlier call's outcome is not known; the officer looked, and it was not signed.
    pub again: bool,
}

/// Has a document signed. What comes back is kept before it is told, and looked at like any other.
#[utoipa::path(post, path = "/officer/api/applications/{id}/issued/{sha256}/sign", params(("id" = String, Path), ("sha256" = String, Path)), request_body = SignHow,
    responses((status = 200, body = Detail), (status = 400, description = "another passphrase, or refused", body = Told, content_type = PROBLEM), (status = 404, description = "not here", body = Told, content_type = PROBLEM), (status = 409, description = "nothing was typed yet, or nobody knows what became of the last call", body = Told, content_type = PROBLEM)))]
async fn sign(
    State(district): Shared,
    headers: HeaderMap,
    Path((id, sha256)): Path<(String, String)>,
    Json(how): Json<SignHow>,
) -> Answer<Json<Detail>> {
    let (district, name) = officer(district, &headers, Action::CheckApprove).await?;
    let (here, app, token) = (district.clone(), id.clone(), session(&headers));
    let signed = async move {
        let again = if how.again { Again::Yes } else { Again::No };
        let bsre = here.bsre.get().cloned().ok_or_else(|| Problem::new("signing_none"))?;
        let wanted = Wanted { app, officer: name, sha256 };
        match how.by.as_str() {
            "official" => {
                let now = here.edge.now();
                let held = here.signings.of(&token, now).ok_or_else(|| Problem::new("signing_closed"))?;
                let done = here.sign_issued(wanted, &BsreSign { bsre, held }, again).await;
                // A wrong one is not tried a second time by itself: BSrE closes an account after a few.
                if done.as_ref().is_err_and(|p| p.code == "signing_passphrase" || p.code == "signing_person") {
                    here.signings.forget(&token, now);
                }
                done
            }
            "agency" if bsre.seals() => {
                let totp = Zeroizing::new(how.totp);
                here.sign_issued(wanted, &BsreSeal { bsre, totp }, again).await
            }
            _ => Err(Problem::new("signing_none")),
        }
    };
    apart(signed).await?;
    shown(district, id).await
}

/// What an official signs with.
#[derive(Deserialize, ToSchema)]
pub struct SignWith {
    /// NIK by which BSrE knows the official.
    nik: String,
    /// The passphrase of the certificate.
    passphrase: String,
}

/// Holds what an official typed in memory, for this session alone, until a quarter of an hour after its last use.
#[utoipa::path(put, path = "/officer/api/signing", request_body = SignWith, responses((status = 204, description = "held"), (status = 400, description = "no NIK, or nothing typed", body = Told, content_type = PROBLEM), (status = 401, description = "signed out", body = Told, content_type = PROBLEM)))]
async fn hold(State(district): Shared, headers: HeaderMap, Json(with): Json<SignWith>) -> Answer<StatusCode> {
    let held = Held { nik: Zeroizing::new(with.nik), passphrase: Zeroizing::new(with.passphrase) };
    let (district, _) = officer(district, &headers, Action::CheckApprove).await?;
    if held.nik.len() != 16 || !held.nik.bytes().all(|b| b.is_ascii_digit()) || held.passphrase.is_empty() {
        return Err(Refused(Problem::new("signing_incomplete")));
    }
    district.signings.hold(&session(&headers), held, district.edge.now());
    Ok(StatusCode::NO_CONTENT)
}

/// Forgets it.
#[utoipa::path(delete, path = "/officer/api/signing", responses((status = 204, description = "forgotten"), (status = 401, description = "signed out", body = Told, content_type = PROBLEM)))]
async fn forget(State(district): Shared, headers: HeaderMap) -> Answer<StatusCode> {
    let (district, _) = officer(district, &headers, Action::CheckApprove).await?;
    district.signings.forget(&session(&headers), district.edge.now());
    Ok(StatusCode::NO_CONTENT)
}
