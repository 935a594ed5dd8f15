//! What the counters take in and by which rules, as officers set it: services offered, papers this district asks for beside the
//! nation's, edition of the forms, and a sentence for counters and for families. Signed and pushed as the standards are.

use crate::District;
use crate::http::{Answer, PROBLEM, Shared, Told, blocking, officer};
use crate::standards::{ZONE, line, mark};
use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use jukung_domain::calendar::Local;
use jukung_domain::catalogue::{AskedBy, Catalogue};
use jukung_domain::policy::Action;
use jukung_domain::problem::Problem;
use jukung_domain::wire::DistrictSettings;
use jukung_domain::words::long_day;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Routes of what is offered.
pub fn router() -> OpenApiRouter<Arc<District>> {
    OpenApiRouter::new().routes(routes!(read, change))
}

/// Something that is on or off.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = OfferedSwitch)]
pub struct Switch {
    /// Code of the service, or id of the paper.
    pub code: String,
    /// Its name.
    pub name: String,
    /// What to know about it: of a paper the services that ask for it.
    pub hint: String,
    /// Whether it holds.
    pub on: bool,
}

/// What officers set, and what holds.
#[derive(Debug, Serialize, ToSchema)]
pub struct Offered {
    /// Every service; those that are off are begun at no counter.
    pub services: Vec<Switch>,
    /// Papers that a district may ask for.
    pub extras: Vec<Switch>,
    /// Edition of the forms that holds.
    pub edition: String,
    /// Editions there are.
    pub editions: Vec<String>,
    /// A sentence on top of the counters' queue; empty for none.
    pub notice_counter: String,
    /// A sentence on the families' status page; empty for none.
    pub notice_family: String,
    /// Since when these hold, in words; empty while nobody set any.
    pub since: String,
    /// What a change is based on: another officer's change makes another one.
    pub seen: String,
}

/// A change: everything as it shall be.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(default)]
#[schema(as = OfferedChange)]
pub struct Change {
    /// Codes of the services that are offered.
    pub services: Vec<String>,
    /// Ids of the papers this district asks for.
    pub extras: Vec<String>,
    pub edition: String,
    pub notice_counter: String,
    pub notice_family: String,
    /// [`Offered::seen`] of what was changed.
    pub seen: String,
}

/// What holds now.
#[utoipa::path(get, path = "/officer/api/offered", responses((status = 200, body = Offered), (status = 401, description = "signed out", body = Told, content_type = PROBLEM), (status = 403, description = "not permitted", body = Told, content_type = PROBLEM)))]
async fn read(State(district): Shared, headers: HeaderMap) -> Answer<Json<Offered>> {
    let (district, _) = officer(district, &headers, Action::DistrictSettings).await?;
    Ok(Json(blocking(move || district.offered()).await?))
}

/// Sets it; counters hear of it with their next answer.
#[utoipa::path(post, path = "/officer/api/offered", request_body = Change, responses((status = 200, body = Offered), (status = 400, description = "a service, paper, edition or line that cannot be", body = Told, content_type = PROBLEM), (status = 403, description = "not permitted", body = Told, content_type = PROBLEM), (status = 409, description = "another officer changed it", body = Told, content_type = PROBLEM)))]
async fn change(State(district): Shared, headers: HeaderMap, Json(change): Json<Change>) -> Answer<Json<Offered>> {
    let (district, name) = officer(district, &headers, Action::DistrictSettings).await?;
    Ok(Json(blocking(move || district.change_offered(&name, &change)).await?))
}

impl District {
    /// What is offered and asked for.
    ///
    /// # Errors
    /// Those of the database.
    pub fn offered(&self) -> Result<Offered, Problem> {
        let settings = self.settings()?;
        let switch = |code: &str, name: &str, hint: String, on: bool| Switch {
            code: code.to_owned(),
            name: name.to_owned(),
            hint,
            on,
        };
        let services = Catalogue::embedded().services.iter();
        let services = services.map(|s| switch(&s.code, &s.name, String::new(), settings.offers(&s.code))).collect();
        let extras = extras().into_iter().map(|(id, (name, asks))| {
            switch(id, name, asks.join(", "), settings.extras.iter().any(|extra| extra == id))
        });
        Ok(Offered {
            services,
            extras: extras.collect(),
            edition: settings.form_edition.clone(),
            editions: editions().into_iter().map(str::to_owned).collect(),
            notice_counter: settings.notice_counter.clone(),
            notice_family: settings.notice_family.clone(),
            since: settings.since.parse().map_or_else(|_| settings.since.clone(), long_day),
            seen: mark(&settings)?,
        })
    }

    /// Sets it, from today on. What this build does not know of (a service or paper of a newer one) stays as it was.
    ///
    /// # Errors
    /// `offered_unknown` for a service, paper or edition that is none; `offered_none` when no service is left; `standard_line`
    /// for a sentence that is too long; `standards_changed` when somebody else was quicker; those of the database.
    pub fn change_offered(&self, officer: &str, change: &Change) -> Result<Offered, Problem> {
        let settings = self.settings()?;
        if mark(&settings)? != change.seen {
            return Err(Problem::new("standards_changed"));
        }
        let (papers, services) = (extras(), &Catalogue::embedded().services);
        let known: BTreeSet<&str> = services.iter().map(|s| s.code.as_str()).collect();
        let unknown = |code: &str| Problem::new("offered_unknown").with("code", code);
        if let Some(code) = change.services.iter().find(|code| !known.contains(code.as_str())) {
            return Err(unknown(code));
        }
        if let Some(id) = change.extras.iter().find(|id| !papers.contains_key(id.as_str())) {
            return Err(unknown(id));
        }
        if !editions().contains(change.edition.as_str()) {
            return Err(unknown(&change.edition));
        }
        if change.services.is_empty() {
            return Err(Problem::new("offered_none"));
        }
        let off = known.iter().filter(|code| !change.services.iter().any(|on| on == *code)).map(|c| (*c).to_owned());
        let newer = settings.services_off.iter().filter(|code| !known.contains(code.as_str())).cloned();
        let other = settings.extras.iter().filter(|id| !papers.contains_key(id.as_str())).cloned();
        let set = DistrictSettings {
            services_off: off.chain(newer).collect::<BTreeSet<_>>().into_iter().collect(),
            extras: change.extras.iter().cloned().chain(other).collect::<BTreeSet<_>>().into_iter().collect(),
            form_edition: change.edition.clone(),
            notice_counter: line(&change.notice_counter)?,
            notice_family: line(&change.notice_family)?,
            since: Local::at(self.edge.now(), ZONE).day().to_string(),
            ..settings
        };
        self.set_settings(&set)?;
        tracing::info!("{officer} changed what this district offers and asks for");
        self.offered()
    }
}

/// Papers that a district may ask for, by id: name, and the services that then ask.
fn extras() -> BTreeMap<&'static str, (&'static str, Vec<&'static str>)> {
    let mut all: BTreeMap<&str, (&str, Vec<&str>)> = BTreeMap::new();
    for service in &Catalogue::embedded().services {
        for paper in service.requirements.iter().filter(|r| r.asked_by == AskedBy::District) {
            let asks = &mut all.entry(&paper.id).or_insert((&paper.name, Vec::new())).1;
            if !asks.contains(&service.name.as_str()) {
                asks.push(&service.name);
            }
        }
    }
    all
}

/// Editions of the forms that any service has.
fn editions() -> BTreeSet<&'static str> {
    Catalogue::embedded().services.iter().flat_map(|s| &s.forms).map(|f| f.edition.as_str()).collect()
}
