//! Holding processing back at a person's request (UU 27/2022, article 41; decision 0040): one event puts an application on
//! hold, another lets it go on, and meanwhile every step of officers that processes it further is refused. What counters send
//! is taken in all the same.

use crate::District;
use crate::desk::Detail;
use crate::http::{Answer, PROBLEM, Shared, Told, blocking, officer};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use jukung_domain::calendar::Local;
use jukung_domain::event::{Body, HeldBack, Reason};
use jukung_domain::policy::Action;
use jukung_domain::problem::Problem;
use jukung_domain::region::Regions;
use jukung_domain::status::Status;
use jukung_domain::texts::say;
use jukung_ledger::Tx;
use jukung_ledger::projection::Case;
use serde::Deserialize;
use std::sync::Arc;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// For which a held-back application may still be shown in full: to answer the very request.
const ANSWERS: [&str; 2] = ["request", "resident_asked"];

/// The routes of both steps.
pub fn router() -> OpenApiRouter<Arc<District>> {
    OpenApiRouter::new().routes(routes!(hold)).routes(routes!(resume))
}

/// What the person asked for, in the officer's words.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default)]
#[schema(as = HoldAsked)]
pub struct Asked {
    /// The words; they are needed.
    reason: String,
}

/// Holds processing of one application back: every further step is refused until it goes on.
#[utoipa::path(post, path = "/officer/api/applications/{id}/hold", params(("id" = String, Path)), request_body = Asked,
    responses((status = 200, body = Detail), (status = 400, description = "a reason is missing", body = Told, content_type = PROBLEM), (status = 403, description = "not permitted", body = Told, content_type = PROBLEM), (status = 404, description = "not here", body = Told, content_type = PROBLEM), (status = 409, description = "held back already", body = Told, content_type = PROBLEM)))]
async fn hold(
    State(district): Shared,
    headers: HeaderMap,
    Path(id): Path<String>,
    Json(asked): Json<Asked>,
) -> Answer<Json<Detail>> {
    let (district, name) = officer(district, &headers, Action::CheckHold).await?;
    let detail = blocking(move || {
        district.hold(&id, &name, &asked.reason)?;
        district.detail(&id)
    });
    Ok(Json(detail.await?))
}

/// Lets it go on where it stood.
#[utoipa::path(post, path = "/officer/api/applications/{id}/resume", params(("id" = String, Path)), request_body = Asked,
    responses((status = 200, body = Detail), (status = 400, description = "a reason is missing", body = Told, content_type = PROBLEM), (status = 403, description = "not permitted", body = Told, content_type = PROBLEM), (status = 404, description = "not here", body = Told, content_type = PROBLEM), (status = 409, description = "not held back", body = Told, content_type = PROBLEM)))]
async fn resume(
    State(district): Shared,
    headers: HeaderMap,
    Path(id): Path<String>,
    Json(asked): Json<Asked>,
) -> Answer<Json<Detail>> {
    let (district, name) = officer(district, &headers, Action::CheckHold).await?;
    let detail = blocking(move || {
        district.decide(&id, &name, &Body::Resumed(Reason { reason: asked.reason.trim().to_owned() }))?;
        district.detail(&id)
    });
    Ok(Json(detail.await?))
}

impl District {
    /// Holds processing of an application back from today on, wherever it stands.
    ///
    /// # Errors
    /// `not_found`; `reason_needed`; `processing_held` when it is held back already; those of the database.
    pub fn hold(&self, id: &str, officer: &str, reason: &str) -> Result<(), Problem> {
        let case = self.db.read(|tx| self.case(tx, id))?;
        let since = Local::at(self.edge.now(), Regions::zone(&case.office)).day().to_string();
        self.decide(id, officer, &Body::HeldBack(HeldBack { since, reason: reason.trim().to_owned() }))
    }

    /// An application for a step that processes it, by whoever may see it.
    ///
    /// # Errors
    /// `not_found`; `processing_held`; those of the database.
    pub(crate) fn to_process(&self, tx: &mut dyn Tx, id: &str) -> Result<Case, Problem> {
        let case = self.case(tx, id)?;
        refuse(&case)?;
        Ok(case)
    }
}

/// The sentence that lists and pages say of an application that is held back; empty for every other one.
pub(crate) fn told(case: &Case) -> String {
    let held = case.state.held_back.as_ref();
    held.map_or_else(String::new, |held| say("hold.since", &[("day", &held.day())]))
}

/// Refuses whatever processes an application that is held back.
///
/// # Errors
/// `processing_held`, with the number and since when.
pub(crate) fn refuse(case: &Case) -> Result<(), Problem> {
    let Some(held) = &case.state.held_back else { return Ok(()) };
    Err(Problem::new("processing_held").with("number", &case.state.number).with("since", held.day()))
}

/// [`refuse`] of showing what is masked, unless it is to answer the person who asked.
pub(crate) fn refuse_showing(case: &Case, purpose: &str) -> Result<(), Problem> {
    if ANSWERS.contains(&purpose) { Ok(()) } else { refuse(case) }
}

/// Whether an event of the Dinas may be written now: every way to write one asks here.
///
/// # Errors
/// `processing_held`; `not_allowed` for letting go on what is not held back.
pub(crate) fn allows(case: &Case, body: &Body) -> Result<(), Problem> {
    match body {
        // What is on its way already cannot be called back: what becomes of it is written down.
        Body::Ready(_) if matches!(case.state.status, Status::ReadyForPickup | Status::Shipped) => Ok(()),
        Body::Shipped(_) | Body::Delivered(_) if case.state.status == Status::Shipped => Ok(()),
        Body::Resumed(_) if case.state.held_back.is_none() => {
            Err(Problem::new("not_allowed").with("status", case.state.status.code()))
        }
        Body::Resumed(_) | Body::DistrictNote(_) | Body::Settled(_) => Ok(()),
        Body::HeldBack(_)
        | Body::Taken
        | Body::Returned(_)
        | Body::Approved
        | Body::Refused(_)
        | Body::Issued(_)
        | Body::Ready(_)
        | Body::Shipped(_)
        | Body::Delivered(_) => refuse(case),
        // Of counters, or of no application: no officer writes them here.
        Body::Create(_)
        | Body::Edit(_)
        | Body::Attach(_)
        | Body::Resubmit
        | Body::Withdraw(_)
        | Body::Note(_)
        | Body::Printed(_)
        | Body::NumbersSkipped(_)
        | Body::Renumber(_)
        | Body::Resolve(_)
        | Body::ClockSet(_)
        | Body::DayClosed(_)
        | Body::Escrowed(_)
        | Body::PersonKey(_)
        | Body::Recovered(_)
        | Body::Complained(_)
        | Body::Handed(_)
        | Body::Unhanded(_)
        | Body::DayCompared(_)
        | Body::ComplaintStepped(_) => Ok(()),
    }
}
