//! Roads of the sealed papers: a family's status letter, and those of the officers.

use super::sealed::{Made, told};
use crate::District;
use crate::family::caller::Caller;
use crate::family::status::{NotSeen, Proof, read_link};
use crate::http::{Answer, PROBLEM, Refused, Shared, Told, blocking, officer};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName, header};
use axum::response::{IntoResponse, Response};
use jukung_domain::policy::Action;
use jukung_domain::problem::Problem;
use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Says how the seal came to its time: `own`, `stamped`, or `missing` when the authority did not answer.
const TIME: HeaderName = HeaderName::from_static("jukung-seal-time");

/// All routes.
pub fn router() -> OpenApiRouter<Arc<District>> {
    OpenApiRouter::new().routes(routes!(family_letter)).routes(routes!(officer_paper)).routes(routes!(slip))
}

/// A paper on its way out, sealed.
pub(crate) async fn answer(district: Arc<District>, made: Made) -> Answer<Response> {
    let here = district.clone();
    let agency = blocking(move || Ok(here.agency())).await?;
    let sealed = district.seal_made(&made, &agency).await.map_err(Refused)?;
    let headers = [
        (header::CONTENT_TYPE, "application/pdf".to_owned()),
        (header::CONTENT_DISPOSITION, format!("inline; filename=\"{}\"", made.name)),
        (header::CACHE_CONTROL, "private, no-store".to_owned()),
        (TIME, told(&sealed.time).to_owned()),
    ];
    Ok((headers, sealed.pdf).into_response())
}

/// Where an application stands, as a sealed PDF, for whoever has the family's link.
#[utoipa::path(get, path = "/cek/{link}/surat.pdf", params(("link" = String, Path)),
    responses((status = 200, description = "the letter, sealed", body = Vec<u8>, content_type = "application/pdf"),
        (status = 404, description = "no such link, or it has died", body = Told, content_type = PROBLEM),
        (status = 429, description = "asked too often", body = Told, content_type = PROBLEM)))]
async fn family_letter(State(district): Shared, caller: Caller, Path(link): Path<String>) -> Answer<Response> {
    let here = district.clone();
    let made = blocking(move || {
        let dead = || (String::new(), Proof::Link { until: 0, proof: Vec::new() });
        let (number, proof) = read_link(&link).unwrap_or_else(dead);
        here.family_letter(&number, &proof, &caller.0).map_err(|why| match why {
            NotSeen::Unknown | NotSeen::Mistyped | NotSeen::Complaint(_) => Problem::new("not_found"),
            NotSeen::TooOften(minutes) => Problem::new("too_many_tries").with("minutes", minutes),
            NotSeen::Failed(problem) => problem,
        })
    });
    let made = made.await?;
    answer(district, made).await
}

/// A sealed paper about an application: `status.pdf`, or `receipt.pdf`, the copy of a lost receipt. That it was opened is
/// written down.
#[utoipa::path(get, path = "/officer/api/applications/{id}/papers/{paper}", params(("id" = String, Path), ("paper" = String, Path)),
    responses((status = 200, description = "the paper, sealed", body = Vec<u8>, content_type = "application/pdf"), (status = 404, description = "not here, or no such paper", body = Told, content_type = PROBLEM)))]
async fn officer_paper(
    State(district): Shared,
    headers: HeaderMap,
    Path((id, paper)): Path<(String, String)>,
) -> Answer<Response> {
    let (district, name) = officer(district, &headers, Action::CheckRead).await?;
    let here = district.clone();
    let made = blocking(move || {
        let made = here.officer_paper(&id, &paper)?;
        here.note_opening(&id, &name, &paper)?;
        Ok(made)
    });
    let made = made.await?;
    answer(district, made).await
}

/// The sealed slip that goes with one document of a run.
#[utoipa::path(get, path = "/officer/api/runs/{id}/items/{app}/slip.pdf", params(("id" = String, Path), ("app" = String, Path)),
    responses((status = 200, description = "the slip, sealed", body = Vec<u8>, content_type = "application/pdf"), (status = 404, description = "not here", body = Told, content_type = PROBLEM)))]
async fn slip(
    State(district): Shared,
    headers: HeaderMap,
    Path((id, app)): Path<(String, String)>,
) -> Answer<Response> {
    let (district, _) = officer(district, &headers, Action::Deliver).await?;
    let here = district.clone();
    let made = blocking(move || here.delivery_slip(&id, &app)).await?;
    answer(district, made).await
}
