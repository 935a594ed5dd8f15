//! The routes of the figures.

use super::Report;
use crate::District;
use crate::http::{Answer, PROBLEM, Shared, Told, blocking, officer};
use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use jukung_domain::policy::Action;
use serde::Deserialize;
use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// All of them.
pub fn router() -> OpenApiRouter<Arc<District>> {
    OpenApiRouter::new().routes(routes!(figures)).routes(routes!(figure))
}

/// A period in days.
#[derive(Deserialize)]
pub struct Asked {
    #[serde(default = "month")]
    days: i64,
}

fn month() -> i64 {
    30
}

/// Every figure of the last 7, 30 or 90 days.
#[utoipa::path(get, path = "/officer/api/figures", params(("days" = Option<i64>, Query)), responses((status = 200, body = Report), (status = 400, description = "another period", body = Told, content_type = PROBLEM), (status = 401, description = "signed out", body = Told, content_type = PROBLEM)))]
async fn figures(State(district): Shared, headers: HeaderMap, Query(asked): Query<Asked>) -> Answer<Json<Report>> {
    let (district, _) = officer(district, &headers, Action::CheckRead).await?;
    Ok(Json(blocking(move || district.figures(asked.days)).await?))
}

/// The table of one figure as CSV.
#[utoipa::path(get, path = "/officer/api/figures/{name}", params(("name" = String, Path), ("days" = Option<i64>, Query)), responses((status = 200, description = "CSV with heads", body = String, content_type = "text/csv"), (status = 401, description = "signed out", body = Told, content_type = PROBLEM), (status = 404, description = "no such figure", body = Told, content_type = PROBLEM)))]
async fn figure(
    State(district): Shared,
    headers: HeaderMap,
    Path(name): Path<String>,
    Query(asked): Query<Asked>,
) -> Answer<Response> {
    let (district, _) = officer(district, &headers, Action::CheckRead).await?;
    let kept = name.clone();
    let text = blocking(move || district.figure_csv(&name, asked.days)).await?;
    let file = format!("attachment; filename=\"{kept}.csv\"");
    Ok(([(header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()), (header::CONTENT_DISPOSITION, file)], text)
        .into_response())
}
