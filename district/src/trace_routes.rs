//! The routes of "Jejak data": who saw whose data, what has to be answered within 3 × 24 hours, and the audit of the
//! counters. A NIK travels in bodies only, never in an address.

use crate::District;
use crate::audit::{Found, Known};
use crate::desk_audit::{Chain, NEWEST};
use crate::duty::{Asked, Duty, Ended};
use crate::http::{Answer, PROBLEM, Shared, Told, blocking, officer};
use crate::trace::{Breach, Trace};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use jukung_domain::policy::Action;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// All of them.
pub fn router() -> OpenApiRouter<Arc<District>> {
    OpenApiRouter::new()
        .routes(routes!(trace))
        .routes(routes!(duties, add_duty))
        .routes(routes!(end_duty))
        .routes(routes!(breach))
        .routes(routes!(audit))
}

/// A NIK or a registration number.
#[derive(Deserialize, ToSchema)]
pub struct About {
    text: String,
}

/// The audit of the counters.
#[derive(Serialize, ToSchema)]
pub struct Audit {
    /// How far each is known.
    known: Vec<Known>,
    /// What did not fit.
    found: Vec<Found>,
    /// The Dinas's own chain.
    desk: Chain,
}

/// Who saw the data of a person or of an application; that it was asked is written down.
#[utoipa::path(post, path = "/officer/api/trace", request_body = About, responses((status = 200, body = Trace), (status = 400, description = "neither a NIK nor a number", body = Told, content_type = PROBLEM), (status = 401, description = "signed out", body = Told, content_type = PROBLEM)))]
async fn trace(State(district): Shared, headers: HeaderMap, Json(about): Json<About>) -> Answer<Json<Trace>> {
    let (district, name) = officer(district, &headers, Action::AuditRead).await?;
    Ok(Json(blocking(move || district.trace(&name, &about.text)).await?))
}

/// What has to be answered, the most urgent first.
#[utoipa::path(get, path = "/officer/api/duties", responses((status = 200, body = Vec<Duty>), (status = 401, description = "signed out", body = Told, content_type = PROBLEM)))]
async fn duties(State(district): Shared, headers: HeaderMap) -> Answer<Json<Vec<Duty>>> {
    let (district, name) = officer(district, &headers, Action::AuditRead).await?;
    Ok(Json(blocking(move || district.duties(&name)).await?))
}

/// Writes down what was asked for; 72 hours run from now on.
#[utoipa::path(post, path = "/officer/api/duties", request_body = Asked, responses((status = 200, body = Vec<Duty>), (status = 400, description = "another kind, or nobody's number", body = Told, content_type = PROBLEM), (status = 404, description = "no such computer", body = Told, content_type = PROBLEM)))]
async fn add_duty(State(district): Shared, headers: HeaderMap, Json(asked): Json<Asked>) -> Answer<Json<Vec<Duty>>> {
    let (district, name) = officer(district, &headers, Action::AuditRead).await?;
    Ok(Json(blocking(move || district.add_duty(&name, &asked)).await?))
}

/// Says that it is done, and how.
#[utoipa::path(post, path = "/officer/api/duties/{id}/done", params(("id" = String, Path)), request_body = Ended, responses((status = 200, body = Vec<Duty>), (status = 400, description = "another end", body = Told, content_type = PROBLEM), (status = 409, description = "done already", body = Told, content_type = PROBLEM)))]
async fn end_duty(
    State(district): Shared,
    headers: HeaderMap,
    Path(id): Path<String>,
    Json(ended): Json<Ended>,
) -> Answer<Json<Vec<Duty>>> {
    let (district, name) = officer(district, &headers, Action::AuditRead).await?;
    Ok(Json(blocking(move || district.end_duty(&name, &id, &ended)).await?))
}

/// Whose data a computer had, by its symbols.
#[utoipa::path(post, path = "/officer/api/breach", request_body = About, responses((status = 200, body = Breach), (status = 404, description = "no such computer", body = Told, content_type = PROBLEM)))]
async fn breach(State(district): Shared, headers: HeaderMap, Json(about): Json<About>) -> Answer<Json<Breach>> {
    let (district, name) = officer(district, &headers, Action::AuditRead).await?;
    Ok(Json(blocking(move || district.breach(&name, about.text.trim())).await?))
}

/// The audit of the counters: how far it is known, and what did not fit.
#[utoipa::path(get, path = "/officer/api/audit", responses((status = 200, body = Audit), (status = 401, description = "signed out", body = Told, content_type = PROBLEM)))]
async fn audit(State(district): Shared, headers: HeaderMap) -> Answer<Json<Audit>> {
    let (district, _) = officer(district, &headers, Action::AuditRead).await?;
    let audit = move || {
        let desk = district.desk_audit(Some(NEWEST))?;
        Ok(Audit { known: district.audit_known()?, found: district.audit_found()?, desk })
    };
    Ok(Json(blocking(audit).await?))
}
