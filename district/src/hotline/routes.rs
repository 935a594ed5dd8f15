//! Routes of the hotline: Meta's webhook, and the officers' page of talks and messages.

use super::inbox::Talk;
use super::outbox::Shown;
use super::webhook::{signed, verified};
use super::whatsapp::Config;
use crate::District;
use crate::http::{Answer, PROBLEM, Refused, Shared, Told, blocking, officer};
use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use jukung_domain::policy::Action;
use jukung_domain::problem::Problem;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::Arc;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Routes of the hotline.
pub fn router() -> OpenApiRouter<Arc<District>> {
    OpenApiRouter::new()
        .routes(routes!(set_up, told))
        .routes(routes!(talks))
        .routes(routes!(say_it))
        .routes(routes!(messages))
        .routes(routes!(again))
}

fn config(district: &District) -> Result<Config, Refused> {
    district.whatsapp.get().cloned().ok_or_else(|| Refused(Problem::new("not_found")))
}

/// Meta checks that the webhook is ours.
#[utoipa::path(get, path = "/hotline/whatsapp", params(("hub.mode" = Option<String>, Query), ("hub.verify_token" = Option<String>, Query), ("hub.challenge" = Option<String>, Query)),
    responses((status = 200, description = "the challenge, word for word", body = String, content_type = "text/plain"), (status = 403, description = "another word", body = Told, content_type = PROBLEM), (status = 404, description = "no WhatsApp here", body = Told, content_type = PROBLEM)))]
async fn set_up(State(district): Shared, Query(asked): Query<BTreeMap<String, String>>) -> Answer<String> {
    let text = |name: &str| asked.get(name).map(String::as_str).unwrap_or_default();
    if verified(&config(&district)?, text("hub.mode"), text("hub.verify_token")) {
        return Ok(text("hub.challenge").to_owned());
    }
    Err(Refused(Problem::new("other_site")))
}

/// Meta tells messages and fates, signed over the bytes.
#[utoipa::path(post, path = "/hotline/whatsapp", request_body(content = Vec<u8>, content_type = "application/json"),
    responses((status = 204, description = "taken in"), (status = 400, description = "no JSON", body = Told, content_type = PROBLEM), (status = 403, description = "not signed by Meta", body = Told, content_type = PROBLEM), (status = 404, description = "no WhatsApp here", body = Told, content_type = PROBLEM)))]
async fn told(State(district): Shared, headers: HeaderMap, body: Bytes) -> Answer<StatusCode> {
    let config = config(&district)?;
    let signature = headers.get("x-hub-signature-256").and_then(|v| v.to_str().ok()).unwrap_or_default();
    if !signed(&config, signature, &body) {
        return Err(Refused(Problem::new("other_site")));
    }
    blocking(move || district.take_webhook(&config, &body, district.edge.now())).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Talks with families.
#[utoipa::path(get, path = "/officer/api/hotline", responses((status = 200, body = Vec<Talk>), (status = 401, description = "signed out", body = Told, content_type = PROBLEM)))]
async fn talks(State(district): Shared, headers: HeaderMap) -> Answer<Json<Vec<Talk>>> {
    let (district, _) = officer(district, &headers, Action::ComplaintAnswer).await?;
    Ok(Json(blocking(move || district.talks()).await?))
}

/// Words of a person.
#[derive(Deserialize, ToSchema)]
pub struct Spoken {
    /// What is written to the family.
    words: String,
}

/// A person answers a talk.
#[utoipa::path(post, path = "/officer/api/hotline/{sender}", params(("sender" = String, Path)), request_body = Spoken, responses((status = 204, description = "on its way"), (status = 400, description = "no words", body = Told, content_type = PROBLEM), (status = 401, description = "signed out", body = Told, content_type = PROBLEM), (status = 404, description = "nobody wrote from there", body = Told, content_type = PROBLEM), (status = 409, description = "the 24 hours are over", body = Told, content_type = PROBLEM)))]
async fn say_it(
    State(district): Shared,
    headers: HeaderMap,
    Path(sender): Path<String>,
    Json(spoken): Json<Spoken>,
) -> Answer<StatusCode> {
    let (district, _) = officer(district, &headers, Action::ComplaintAnswer).await?;
    blocking(move || district.answer_talk(&sender, &spoken.words)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Messages on their way and gone, with their fate.
#[utoipa::path(get, path = "/officer/api/messages", responses((status = 200, body = Vec<Shown>), (status = 401, description = "signed out", body = Told, content_type = PROBLEM)))]
async fn messages(State(district): Shared, headers: HeaderMap) -> Answer<Json<Vec<Shown>>> {
    let (district, _) = officer(district, &headers, Action::ComplaintAnswer).await?;
    Ok(Json(blocking(move || district.messages()).await?))
}

/// Sends a message again that failed, or of which nobody knows.
#[utoipa::path(post, path = "/officer/api/messages/again", request_body = Again, responses((status = 204, description = "on its way"), (status = 401, description = "signed out", body = Told, content_type = PROBLEM), (status = 409, description = "it is on its way or gone", body = Told, content_type = PROBLEM)))]
async fn again(State(district): Shared, headers: HeaderMap, Json(which): Json<Again>) -> Answer<StatusCode> {
    let (district, _) = officer(district, &headers, Action::ComplaintAnswer).await?;
    blocking(move || district.send_again(&which.id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Which message.
#[derive(Deserialize, ToSchema)]
pub struct Again {
    /// Its id.
    id: String,
}
