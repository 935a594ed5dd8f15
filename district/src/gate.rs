//! The routes about computers: one that enrols, and for officers who is there and who may come in.

use crate::District;
use crate::devices::Computer;
use crate::ended::{Apart, End, Ruled};
use crate::enrol::Approval;
use crate::http::{Answer, PROBLEM, Shared, Told, blocking, officer};
use crate::picture::qr_png;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jukung_domain::enrolment::Vouched;
use jukung_domain::policy::Action;
use jukung_domain::problem::Problem;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

/// Enrols a counter's computer; the same request is answered again.
#[utoipa::path(post, path = "/v1/enrol", request_body = Vouched, responses((status = 200, description = "known; pending until somebody compared the words", body = Vouched), (status = 403, description = "code unknown, used or expired", body = Told, content_type = PROBLEM)))]
pub async fn enrol(State(district): Shared, Json(call): Json<Vouched>) -> Answer<Json<Vouched>> {
    Ok(Json(blocking(move || district.enrol(&call)).await?))
}

/// The computers of every office.
#[utoipa::path(get, path = "/officer/api/devices", responses((status = 200, body = Vec<Computer>), (status = 401, description = "signed out", body = Told, content_type = PROBLEM)))]
pub async fn devices(State(district): Shared, headers: HeaderMap) -> Answer<Json<Vec<Computer>>> {
    let (district, _) = officer(district, &headers, Action::ComputerApprove).await?;
    Ok(Json(blocking(move || district.devices()).await?))
}

/// For which office, and at which address its computer reaches this server.
#[derive(Debug, Deserialize, ToSchema)]
pub struct Invited {
    office: String,
    server: String,
}

/// What an officer prints or hands over; it is shown once.
#[derive(Debug, Serialize, ToSchema)]
pub struct Sheet {
    /// One-time code in groups of four.
    code: String,
    /// Name of the office.
    office: String,
    /// Until when, ms since 1970 UTC.
    until: i64,
    /// The whole invitation as text, for a file.
    text: String,
    /// The same as a QR: a PNG as `data:` address.
    qr: String,
}

/// Makes a one-time code for an office.
#[utoipa::path(post, path = "/officer/api/invitations", request_body = Invited, responses((status = 200, body = Sheet), (status = 400, description = "no such office", body = Told, content_type = PROBLEM), (status = 401, description = "signed out", body = Told, content_type = PROBLEM)))]
pub async fn invite(State(district): Shared, headers: HeaderMap, Json(wanted): Json<Invited>) -> Answer<Json<Sheet>> {
    let (district, _) = officer(district, &headers, Action::ComputerApprove).await?;
    let sheet = blocking(move || {
        let office = crate::enrol::card_of(&wanted.office)?;
        let invitation = district.invite(&wanted.office, &wanted.server, Approval::ByWords)?;
        let text = invitation.text().map_err(|e| Problem::new("internal").with("at", e))?;
        let qr = format!("data:image/png;base64,{}", STANDARD.encode(qr_png(&text)?));
        Ok(Sheet { code: invitation.code, office: office.name, until: invitation.until, text, qr })
    });
    Ok(Json(sheet.await?))
}

/// The words that an officer heard.
#[derive(Debug, Deserialize, ToSchema)]
pub struct Heard {
    words: String,
}

async fn settled(
    district: Arc<District>,
    work: impl FnOnce(&District) -> Result<(), Problem> + Send + 'static,
) -> Answer<Json<Vec<Computer>>> {
    Ok(Json(
        blocking(move || {
            work(&district)?;
            district.devices()
        })
        .await?,
    ))
}

/// Approves a computer whose six words were heard by telephone.
#[utoipa::path(post, path = "/officer/api/devices/{id}/approve", params(("id" = String, Path)), request_body = Heard,
    responses((status = 200, body = Vec<Computer>), (status = 401, description = "signed out", body = Told, content_type = PROBLEM), (status = 404, description = "no such computer", body = Told, content_type = PROBLEM), (status = 409, description = "other words, or it does not wait", body = Told, content_type = PROBLEM)))]
pub async fn approve(
    State(district): Shared,
    headers: HeaderMap,
    Path(id): Path<String>,
    Json(heard): Json<Heard>,
) -> Answer<Json<Vec<Computer>>> {
    let (district, name) = officer(district, &headers, Action::ComputerApprove).await?;
    settled(district, move |d| d.approve(&id, &heard.words, &name)).await
}

/// Refuses a computer that waits.
#[utoipa::path(post, path = "/officer/api/devices/{id}/refuse", params(("id" = String, Path)),
    responses((status = 200, body = Vec<Computer>), (status = 401, description = "signed out", body = Told, content_type = PROBLEM), (status = 404, description = "no such computer", body = Told, content_type = PROBLEM), (status = 409, description = "it does not wait", body = Told, content_type = PROBLEM)))]
pub async fn refuse(
    State(district): Shared,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Answer<Json<Vec<Computer>>> {
    let (district, name) = officer(district, &headers, Action::ComputerApprove).await?;
    settled(district, move |d| d.refuse(&id, &name)).await
}

/// Ends a computer: `retire` or `lost`.
#[utoipa::path(post, path = "/officer/api/devices/{id}/end/{how}", params(("id" = String, Path), ("how" = String, Path)),
    responses((status = 200, body = Vec<Computer>), (status = 401, description = "signed out", body = Told, content_type = PROBLEM), (status = 404, description = "no such computer or end", body = Told, content_type = PROBLEM), (status = 409, description = "ended already", body = Told, content_type = PROBLEM)))]
pub async fn end(
    State(district): Shared,
    headers: HeaderMap,
    Path((id, how)): Path<(String, String)>,
) -> Answer<Json<Vec<Computer>>> {
    let (district, _) = officer(district, &headers, Action::ComputerApprove).await?;
    let end = match how.as_str() {
        "retire" => End::Retired,
        "lost" => End::Lost,
        _ => return Err(Problem::new("not_found").into()),
    };
    settled(district, move |d| d.end(&id, end)).await
}

/// What lost computers sent and nobody has settled.
#[utoipa::path(get, path = "/officer/api/apart", responses((status = 200, body = Vec<Apart>), (status = 401, description = "signed out", body = Told, content_type = PROBLEM)))]
pub async fn apart(State(district): Shared, headers: HeaderMap) -> Answer<Json<Vec<Apart>>> {
    let (district, _) = officer(district, &headers, Action::CheckRead).await?;
    Ok(Json(blocking(move || district.apart()).await?))
}

/// Takes or refuses one of them: `take` or `refuse`.
#[utoipa::path(post, path = "/officer/api/apart/{uid}/{how}", params(("uid" = String, Path), ("how" = String, Path)),
    responses((status = 200, body = Vec<Apart>), (status = 401, description = "signed out", body = Told, content_type = PROBLEM), (status = 404, description = "no such event", body = Told, content_type = PROBLEM), (status = 409, description = "settled already", body = Told, content_type = PROBLEM)))]
pub async fn settle_apart(
    State(district): Shared,
    headers: HeaderMap,
    Path((uid, how)): Path<(String, String)>,
) -> Answer<Json<Vec<Apart>>> {
    let (district, name) = officer(district, &headers, Action::CheckApprove).await?;
    let ruled = match how.as_str() {
        "take" => Ruled::Taken,
        "refuse" => Ruled::Refused,
        _ => return Err(Problem::new("not_found").into()),
    };
    Ok(Json(
        blocking(move || {
            district.settle_apart(&uid, ruled, &name)?;
            district.apart()
        })
        .await?,
    ))
}
