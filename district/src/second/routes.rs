//! Roads of the second officer: confirm, send back; and the rule itself, which whoever changes the settings switches.

use super::Step;
use crate::District;
use crate::desk::Detail;
use crate::http::{Answer, PROBLEM, Refused, Shared, Told, blocking, officer, step_action};
use crate::offered::Switch;
use crate::standards::mark;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use jukung_domain::policy::Action;
use jukung_domain::problem::Problem;
use jukung_domain::wire::DistrictSettings;
use jukung_ledger::tx::first;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// All of them.
pub fn router() -> OpenApiRouter<Arc<District>> {
    OpenApiRouter::new().routes(routes!(confirm)).routes(routes!(back)).routes(routes!(read, change))
}

/// Which proposal an officer read, and why it goes back.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default)]
#[schema(as = SecondSeen)]
pub struct Seen {
    /// Its id.
    seen: String,
    /// The sentence that sends it back; not asked for by a confirmation.
    note: String,
}

fn known(step: &str) -> Answer<Step> {
    Step::from_code(step).ok_or_else(|| Refused(Problem::new("not_found")))
}

/// Confirms what another officer proposed, `issue` or `reject`: it takes effect now.
#[utoipa::path(post, path = "/officer/api/applications/{id}/second/{step}", params(("id" = String, Path), ("step" = String, Path)), request_body = Seen,
    responses((status = 200, body = Detail), (status = 403, description = "not permitted", body = Told, content_type = PROBLEM), (status = 404, description = "not here", body = Told, content_type = PROBLEM), (status = 409, description = "proposed by the same officer, ended, or the application changed", body = Told, content_type = PROBLEM)))]
async fn confirm(
    State(district): Shared,
    headers: HeaderMap,
    Path((id, step)): Path<(String, String)>,
    Json(seen): Json<Seen>,
) -> Answer<Json<Detail>> {
    let (district, name) = officer(district, &headers, step_action(&step)).await?;
    let step = known(&step)?;
    let detail = blocking(move || {
        district.confirm_second(&id, &name, step, &seen.seen)?;
        district.detail(&id)
    });
    Ok(Json(detail.await?))
}

/// Sends it back with a sentence.
#[utoipa::path(post, path = "/officer/api/applications/{id}/second/{step}/back", params(("id" = String, Path), ("step" = String, Path)), request_body = Seen,
    responses((status = 200, body = Detail), (status = 400, description = "the sentence is missing", body = Told, content_type = PROBLEM), (status = 403, description = "not permitted", body = Told, content_type = PROBLEM), (status = 404, description = "not here", body = Told, content_type = PROBLEM), (status = 409, description = "ended, or the application changed", body = Told, content_type = PROBLEM)))]
async fn back(
    State(district): Shared,
    headers: HeaderMap,
    Path((id, step)): Path<(String, String)>,
    Json(seen): Json<Seen>,
) -> Answer<Json<Detail>> {
    let (district, name) = officer(district, &headers, step_action(&step)).await?;
    let step = known(&step)?;
    let detail = blocking(move || {
        district.send_back_second(&id, &name, step, (&seen.seen, &seen.note))?;
        district.detail(&id)
    });
    Ok(Json(detail.await?))
}

/// For which steps a second officer is needed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SecondRule)]
pub struct Rule {
    /// Every step there is, and whether it is one.
    pub steps: Vec<Switch>,
    /// Proposals that wait: they go on waiting when the rule is switched off.
    pub waiting: i64,
    /// What a change is based on: another officer's change makes another one.
    pub seen: String,
}

/// A change: everything as it shall be.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(default)]
#[schema(as = SecondChange)]
pub struct Change {
    /// Steps that need a second officer.
    pub steps: Vec<String>,
    /// [`Rule::seen`] of what was changed.
    pub seen: String,
}

/// What holds now.
#[utoipa::path(get, path = "/officer/api/second", responses((status = 200, body = Rule), (status = 401, description = "signed out", body = Told, content_type = PROBLEM), (status = 403, description = "not permitted", body = Told, content_type = PROBLEM)))]
async fn read(State(district): Shared, headers: HeaderMap) -> Answer<Json<Rule>> {
    let (district, _) = officer(district, &headers, Action::DistrictSettings).await?;
    Ok(Json(blocking(move || district.second_rule()).await?))
}

/// Sets it; the next decision follows it.
#[utoipa::path(post, path = "/officer/api/second", request_body = Change, responses((status = 200, body = Rule), (status = 400, description = "no such step", body = Told, content_type = PROBLEM), (status = 403, description = "not permitted", body = Told, content_type = PROBLEM), (status = 409, description = "another officer changed it", body = Told, content_type = PROBLEM)))]
async fn change(State(district): Shared, headers: HeaderMap, Json(change): Json<Change>) -> Answer<Json<Rule>> {
    let (district, name) = officer(district, &headers, Action::DistrictSettings).await?;
    Ok(Json(blocking(move || district.change_second_rule(&name, &change)).await?))
}

impl District {
    /// For which steps a second officer is needed.
    ///
    /// # Errors
    /// Those of the database.
    pub fn second_rule(&self) -> Result<Rule, Problem> {
        let settings = self.settings()?;
        let switch = |step: Step| Switch {
            code: step.code().to_owned(),
            name: step.name(),
            hint: String::new(),
            on: settings.second.iter().any(|code| code == step.code()),
        };
        let sql = format!("SELECT count(*) FROM proposal p WHERE p.how = '' AND {}", super::HOLDS);
        let waiting = self.db.read(|tx| first(tx, &sql, &[]))?.map_or(Ok(0), |row| row.int(0))?;
        Ok(Rule { steps: Step::ALL.map(switch).into(), waiting, seen: mark(&settings)? })
    }

    /// Sets it. A step that this build does not know (of a newer one) stays as it was.
    ///
    /// # Errors
    /// `offered_unknown` for a step that is none; `standards_changed` when somebody else was quicker; those of the database.
    pub fn change_second_rule(&self, officer: &str, change: &Change) -> Result<Rule, Problem> {
        let settings = self.settings()?;
        if mark(&settings)? != change.seen {
            return Err(Problem::new("standards_changed"));
        }
        if let Some(code) = change.steps.iter().find(|code| Step::from_code(code).is_none()) {
            return Err(Problem::new("offered_unknown").with("code", code));
        }
        let newer = settings.second.iter().filter(|code| Step::from_code(code).is_none()).cloned();
        let wanted = |step: &Step| change.steps.iter().any(|code| code == step.code());
        let steps = Step::ALL.into_iter().filter(wanted).map(|step| step.code().to_owned());
        let set = DistrictSettings { second: steps.chain(newer).collect(), ..settings };
        self.set_settings(&set)?;
        tracing::info!("{officer} changed what needs a second officer: {:?}", set.second);
        self.second_rule()
    }
}
