//! The routes of delivery: for whoever the policy lets deliver, and nobody else.

use super::carry::Told as Words;
use super::label;
use super::lists::{Carried, Waiting, Work};
use super::manifest::{Sender, manifest};
use super::pack::{Order, Wanted};
use super::photo;
use super::run::{Opened, RunRow};
use super::tracking::Report;
use crate::District;
use crate::http::{Answer, PROBLEM, Shared, Told, blocking, officer};
use axum::Json;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jukung_domain::policy::Action;
use jukung_domain::problem::Problem;
use jukung_paper::Layout;
use serde::Deserialize;
use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Routes of delivery.
pub fn router() -> OpenApiRouter<Arc<District>> {
    OpenApiRouter::new()
        .routes(routes!(work))
        .routes(routes!(to_pack))
        .routes(routes!(listed))
        .routes(routes!(settle))
        .routes(routes!(tracking))
        .routes(routes!(runs, make))
        .routes(routes!(opened))
        .routes(routes!(order))
        .routes(routes!(unpack))
        .routes(routes!(send))
        .routes(routes!(arrive))
        .routes(routes!(paper))
        .merge(OpenApiRouter::new().routes(routes!(carry)).layer(DefaultBodyLimit::max(photo::BODY_BYTES_MAX)))
}

/// What there is to do: piles to pack, and the lists that need a look.
#[utoipa::path(get, path = "/officer/api/deliveries", responses((status = 200, body = Work), (status = 403, description = "not a courier", body = Told, content_type = PROBLEM)))]
async fn work(State(district): Shared, headers: HeaderMap) -> Answer<Json<Work>> {
    let (district, _) = officer(district, &headers, Action::Deliver).await?;
    Ok(Json(blocking(move || district.delivery_work()).await?))
}

#[derive(Deserialize)]
struct Pile {
    #[serde(default)]
    way: String,
    #[serde(default)]
    place: String,
}

/// Documents that wait to be packed for one way and place.
#[utoipa::path(get, path = "/officer/api/deliveries/pack", params(("way" = String, Query), ("place" = Option<String>, Query)), responses((status = 200, body = Vec<Waiting>), (status = 400, description = "no such way", body = Told, content_type = PROBLEM)))]
async fn to_pack(State(district): Shared, headers: HeaderMap, Query(pile): Query<Pile>) -> Answer<Json<Vec<Waiting>>> {
    let (district, _) = officer(district, &headers, Action::Deliver).await?;
    Ok(Json(blocking(move || district.to_pack(&pile.way, &pile.place)).await?))
}

/// Documents that are overdue, wait to be collected, came back, or were handed over twice: `overdue`, `waiting`, `returned`, `twice`.
#[utoipa::path(get, path = "/officer/api/deliveries/lists/{list}", params(("list" = String, Path)), responses((status = 200, body = Vec<Carried>), (status = 404, description = "no such list", body = Told, content_type = PROBLEM)))]
async fn listed(State(district): Shared, headers: HeaderMap, Path(list): Path<String>) -> Answer<Json<Vec<Carried>>> {
    let (district, _) = officer(district, &headers, Action::Deliver).await?;
    Ok(Json(blocking(move || district.carried(&list)).await?))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[schema(as = DeliverySettled)]
struct Found {
    /// What was found out.
    note: String,
}

/// Settles a document that was handed over twice: it leaves the list, and the counters read the note.
#[utoipa::path(post, path = "/officer/api/deliveries/lists/twice/{event}", params(("event" = String, Path)), request_body = Found, responses((status = 204, description = "settled"), (status = 400, description = "no note", body = Told, content_type = PROBLEM), (status = 404, description = "not on the list", body = Told, content_type = PROBLEM)))]
async fn settle(
    State(district): Shared,
    headers: HeaderMap,
    Path(event): Path<String>,
    Json(found): Json<Found>,
) -> Answer<StatusCode> {
    let (district, name) = officer(district, &headers, Action::Deliver).await?;
    blocking(move || district.settle_twice(&event, &name, &found.note)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes in the tracking numbers that PT Pos gave: CSV with the registration number and the tracking number.
#[utoipa::path(post, path = "/officer/api/deliveries/tracking", request_body(content = String, content_type = "text/csv"), responses((status = 200, body = Report), (status = 400, description = "no list of two columns", body = Told, content_type = PROBLEM)))]
async fn tracking(State(district): Shared, headers: HeaderMap, body: Bytes) -> Answer<Json<Report>> {
    let (district, name) = officer(district, &headers, Action::Deliver).await?;
    Ok(Json(blocking(move || district.take_tracking(&name, &body)).await?))
}

#[derive(Deserialize)]
struct Which {
    #[serde(default)]
    state: String,
}

/// Runs of a state: `open`, `out`, `done`; without one, those that are not done.
#[utoipa::path(get, path = "/officer/api/runs", params(("state" = Option<String>, Query)), responses((status = 200, body = Vec<RunRow>)))]
async fn runs(State(district): Shared, headers: HeaderMap, Query(which): Query<Which>) -> Answer<Json<Vec<RunRow>>> {
    let (district, _) = officer(district, &headers, Action::Deliver).await?;
    Ok(Json(blocking(move || district.runs(&which.state)).await?))
}

/// Makes a run from documents that wait for its way.
#[utoipa::path(post, path = "/officer/api/runs", request_body = Wanted, responses((status = 200, body = Opened), (status = 400, description = "way, place, carrier or money do not fit", body = Told, content_type = PROBLEM), (status = 409, description = "a document is in another run", body = Told, content_type = PROBLEM)))]
async fn make(State(district): Shared, headers: HeaderMap, Json(wanted): Json<Wanted>) -> Answer<Json<Opened>> {
    let (district, name) = officer(district, &headers, Action::Deliver).await?;
    Ok(Json(blocking(move || district.make_run(&name, &wanted)).await?))
}

/// One run with what it carries.
#[utoipa::path(get, path = "/officer/api/runs/{id}", params(("id" = String, Path)), responses((status = 200, body = Opened), (status = 404, description = "not here", body = Told, content_type = PROBLEM)))]
async fn opened(State(district): Shared, headers: HeaderMap, Path(id): Path<String>) -> Answer<Json<Opened>> {
    let (district, _) = officer(district, &headers, Action::Deliver).await?;
    Ok(Json(blocking(move || district.run(&id)).await?))
}

/// Says anew what an open run carries, and in which order.
#[utoipa::path(post, path = "/officer/api/runs/{id}/order", params(("id" = String, Path)), request_body = Order, responses((status = 200, body = Opened), (status = 400, description = "it left, or a document cannot go with it", body = Told, content_type = PROBLEM), (status = 404, description = "not here", body = Told, content_type = PROBLEM)))]
async fn order(
    State(district): Shared,
    headers: HeaderMap,
    Path(id): Path<String>,
    Json(order): Json<Order>,
) -> Answer<Json<Opened>> {
    let (district, _) = officer(district, &headers, Action::Deliver).await?;
    Ok(Json(blocking(move || district.order_run(&id, &order)).await?))
}

/// Gives an open run up: its documents wait again.
#[utoipa::path(post, path = "/officer/api/runs/{id}/unpack", params(("id" = String, Path)), responses((status = 204, description = "unpacked"), (status = 400, description = "it left", body = Told, content_type = PROBLEM), (status = 404, description = "not here", body = Told, content_type = PROBLEM)))]
async fn unpack(State(district): Shared, headers: HeaderMap, Path(id): Path<String>) -> Answer<StatusCode> {
    let (district, _) = officer(district, &headers, Action::Deliver).await?;
    blocking(move || district.unpack_run(&id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Sends a run: every document in it is told as shipped.
#[utoipa::path(post, path = "/officer/api/runs/{id}/send", params(("id" = String, Path)), responses((status = 200, body = Opened), (status = 400, description = "nothing is packed in it", body = Told, content_type = PROBLEM), (status = 404, description = "not here", body = Told, content_type = PROBLEM)))]
async fn send(State(district): Shared, headers: HeaderMap, Path(id): Path<String>) -> Answer<Json<Opened>> {
    let (district, name) = officer(district, &headers, Action::Deliver).await?;
    Ok(Json(blocking(move || district.send_run(&id, &name)).await?))
}

/// A bag is at its place: what is in it waits there.
#[utoipa::path(post, path = "/officer/api/runs/{id}/arrive", params(("id" = String, Path)), request_body = Words, responses((status = 200, body = Opened), (status = 404, description = "not here", body = Told, content_type = PROBLEM), (status = 409, description = "no bag to a place", body = Told, content_type = PROBLEM)))]
async fn arrive(
    State(district): Shared,
    headers: HeaderMap,
    Path(id): Path<String>,
    Json(words): Json<Words>,
) -> Answer<Json<Opened>> {
    let (district, name) = officer(district, &headers, Action::Deliver).await?;
    Ok(Json(blocking(move || district.arrive(&id, &name, &words.place)).await?))
}

/// What became of one document: failed, arrive, deliver, return.
#[utoipa::path(post, path = "/officer/api/runs/{id}/items/{app}/{step}", params(("id" = String, Path), ("app" = String, Path), ("step" = String, Path)), request_body = Words, responses((status = 200, body = Opened), (status = 400, description = "words are missing", body = Told, content_type = PROBLEM), (status = 404, description = "not here", body = Told, content_type = PROBLEM), (status = 409, description = "handed over already (to whom, when, where), or told already", body = Told, content_type = PROBLEM)))]
async fn carry(
    State(district): Shared,
    headers: HeaderMap,
    Path((id, app, step)): Path<(String, String, String)>,
    Json(words): Json<Words>,
) -> Answer<Json<Opened>> {
    let (district, name) = officer(district, &headers, Action::Deliver).await?;
    Ok(Json(blocking(move || district.carry(&id, &app, &name, &step, &words)).await?))
}

/// A paper of a run: `manifest.pdf`, `labels.pdf`, or `letters.csv` for PT Pos.
#[utoipa::path(get, path = "/officer/api/runs/{id}/{paper}", params(("id" = String, Path), ("paper" = String, Path)), responses((status = 200, description = "PDF or CSV", body = Vec<u8>, content_type = "application/pdf"), (status = 404, description = "not here, or no such paper", body = Told, content_type = PROBLEM)))]
async fn paper(
    State(district): Shared,
    headers: HeaderMap,
    Path((id, paper)): Path<(String, String)>,
) -> Answer<Response> {
    let (district, _) = officer(district, &headers, Action::Deliver).await?;
    let (media, name, bytes) = blocking(move || district.run_paper(&id, &paper)).await?;
    let headers = [
        (header::CONTENT_TYPE, media.to_owned()),
        (header::CONTENT_DISPOSITION, format!("inline; filename=\"{name}\"")),
        (header::CACHE_CONTROL, "private, no-store".to_owned()),
    ];
    Ok((headers, bytes).into_response())
}

impl District {
    /// A paper of a run: its media type, file name and bytes.
    ///
    /// # Errors
    /// `not_found` also for another name; `paper_font`; those of the database.
    pub fn run_paper(&self, id: &str, paper: &str) -> Result<(&'static str, String, Vec<u8>), Problem> {
        if paper == "letters.csv" {
            let (number, bytes) = self.run_csv(id)?;
            return Ok(("text/csv; charset=utf-8", format!("{number}.csv"), bytes));
        }
        let set: fn(&Opened, &Sender<'_>) -> Layout = match paper {
            "manifest.pdf" => manifest,
            "labels.pdf" => label::labels,
            _ => return Err(Problem::new("not_found")),
        };
        let (run, agency) = (self.run(id)?, self.agency());
        let from = Sender { agency: &agency, sample: self.settings()?.sample };
        let bytes = jukung_paper::to_pdf(&set(&run, &from)).map_err(|e| Problem::new(e.code()))?;
        Ok(("application/pdf", format!("{}-{paper}", run.row.number), bytes))
    }
}
