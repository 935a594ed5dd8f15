//! Roads of what is kept and destroyed: the rules, what is proposed, who agrees, the record and the register.

use super::register::Activity;
use super::{Change, Class, Retention};
use crate::District;
use crate::http::{Answer, PROBLEM, Refused, Shared, Told, blocking, officer};
use crate::signature::routes::answer;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use jukung_domain::policy::Action;
use jukung_domain::problem::Problem;
use serde::Deserialize;
use std::sync::Arc;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// All of them.
pub fn router() -> OpenApiRouter<Arc<District>> {
    OpenApiRouter::new()
        .routes(routes!(read, change))
        .routes(routes!(propose))
        .routes(routes!(agree))
        .routes(routes!(drop_it))
        .routes(routes!(paper))
        .routes(routes!(list))
        .routes(routes!(register))
}

/// What is proposed.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default)]
#[schema(as = RetentionProposed)]
pub struct Proposed {
    /// Code of the class.
    class: String,
}

/// How long what is kept, and what was destroyed.
#[utoipa::path(get, path = "/officer/api/retention", responses((status = 200, body = Retention), (status = 401, description = "signed out", body = Told, content_type = PROBLEM), (status = 403, description = "not permitted", body = Told, content_type = PROBLEM)))]
async fn read(State(district): Shared, headers: HeaderMap) -> Answer<Json<Retention>> {
    let (district, _) = officer(district, &headers, Action::AuditRead).await?;
    Ok(Json(blocking(move || district.retention()).await?))
}

/// Sets how long.
#[utoipa::path(post, path = "/officer/api/retention", request_body = Change, responses((status = 200, body = Retention), (status = 400, description = "days that cannot be, or no regulation", body = Told, content_type = PROBLEM), (status = 403, description = "not permitted", body = Told, content_type = PROBLEM), (status = 409, description = "another officer changed it", body = Told, content_type = PROBLEM)))]
async fn change(State(district): Shared, headers: HeaderMap, Json(change): Json<Change>) -> Answer<Json<Retention>> {
    let (district, name) = officer(district, &headers, Action::DataDestroy).await?;
    Ok(Json(blocking(move || district.change_retention(&name, &change)).await?))
}

/// Counts what of a class is due, for a second officer to agree to. It takes a while where there is much.
#[utoipa::path(post, path = "/officer/api/retention/propose", request_body = Proposed, responses((status = 200, body = Retention), (status = 400, description = "kept for good, or no regulation", body = Told, content_type = PROBLEM), (status = 403, description = "not permitted", body = Told, content_type = PROBLEM), (status = 404, description = "no such class", body = Told, content_type = PROBLEM), (status = 409, description = "one waits already, or nothing is due", body = Told, content_type = PROBLEM)))]
async fn propose(State(district): Shared, headers: HeaderMap, Json(what): Json<Proposed>) -> Answer<Json<Retention>> {
    let (district, name) = officer(district, &headers, Action::DataDestroy).await?;
    let class = Class::from_code(&what.class).ok_or_else(|| Refused(Problem::new("not_found")))?;
    let proposed = move || district.propose_destruction(&name, class).and_then(|()| district.retention());
    Ok(Json(blocking(proposed).await?))
}

/// Agrees to what another officer proposed: it is destroyed now.
#[utoipa::path(post, path = "/officer/api/retention/{id}/agree", params(("id" = String, Path)), responses((status = 200, body = Retention), (status = 403, description = "not permitted", body = Told, content_type = PROBLEM), (status = 404, description = "not here", body = Told, content_type = PROBLEM), (status = 409, description = "proposed by the same officer, settled, or something changed", body = Told, content_type = PROBLEM)))]
async fn agree(State(district): Shared, headers: HeaderMap, Path(id): Path<String>) -> Answer<Json<Retention>> {
    let (district, name) = officer(district, &headers, Action::DataDestroy).await?;
    let agreed = move || district.agree_destruction(&name, &id).and_then(|()| district.retention());
    Ok(Json(blocking(agreed).await?))
}

/// Takes a proposal back, or says no to it.
#[utoipa::path(post, path = "/officer/api/retention/{id}/drop", params(("id" = String, Path)), responses((status = 200, body = Retention), (status = 403, description = "not permitted", body = Told, content_type = PROBLEM), (status = 404, description = "not here", body = Told, content_type = PROBLEM), (status = 409, description = "settled already", body = Told, content_type = PROBLEM)))]
async fn drop_it(State(district): Shared, headers: HeaderMap, Path(id): Path<String>) -> Answer<Json<Retention>> {
    let (district, name) = officer(district, &headers, Action::DataDestroy).await?;
    let dropped = move || district.drop_destruction(&name, &id).and_then(|()| district.retention());
    Ok(Json(blocking(dropped).await?))
}

/// The record of a destruction, sealed.
#[utoipa::path(get, path = "/officer/api/retention/{id}/record.pdf", params(("id" = String, Path)), responses((status = 200, description = "the record, sealed", body = Vec<u8>, content_type = "application/pdf"), (status = 404, description = "not here, or not done", body = Told, content_type = PROBLEM)))]
async fn paper(State(district): Shared, headers: HeaderMap, Path(id): Path<String>) -> Answer<Response> {
    let (district, _) = officer(district, &headers, Action::AuditRead).await?;
    let here = district.clone();
    let made = blocking(move || here.destruction_paper(&id)).await?;
    answer(district, made).await
}

/// The list that goes with the record: hashes, offices and numbers.
#[utoipa::path(get, path = "/officer/api/retention/{id}/list.csv", params(("id" = String, Path)), responses((status = 200, description = "the list", body = String, content_type = "text/csv"), (status = 404, description = "not here, or not agreed to", body = Told, content_type = PROBLEM)))]
async fn list(State(district): Shared, headers: HeaderMap, Path(id): Path<String>) -> Answer<Response> {
    let (district, _) = officer(district, &headers, Action::AuditRead).await?;
    let (name, csv) = blocking(move || district.destruction_list(&id)).await?;
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
        (header::CACHE_CONTROL, "private, no-store".to_owned()),
    ];
    Ok((headers, csv).into_response())
}

/// What the Dinas does with personal data (UU 27/2022, article 31).
#[utoipa::path(get, path = "/officer/api/register", responses((status = 200, body = Vec<Activity>), (status = 401, description = "signed out", body = Told, content_type = PROBLEM), (status = 403, description = "not permitted", body = Told, content_type = PROBLEM)))]
async fn register(State(district): Shared, headers: HeaderMap) -> Answer<Json<Vec<Activity>>> {
    let (district, _) = officer(district, &headers, Action::AuditRead).await?;
    Ok(Json(blocking(move || district.register()).await?))
}
