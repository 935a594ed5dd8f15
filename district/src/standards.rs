//! What the district promises and when it can be reached, as officers set it: hours, holidays, numbers, days. Counters get it
//! signed with their next answer, and show since when it holds.

use crate::District;
use crate::http::{Answer, PROBLEM, Shared, Told, blocking, officer};
use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use jiff::civil::Date;
use jukung_domain::calendar::Local;
use jukung_domain::catalogue::Catalogue;
use jukung_domain::complaint::{DAYS, KINDS};
use jukung_domain::policy::Action;
use jukung_domain::problem::Problem;
use jukung_domain::texts::say;
use jukung_domain::wire::DistrictSettings;
use jukung_domain::words::long_day;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Longest line of hours or of a number: two lines on a receipt.
const LINE_CHARS_MAX: usize = 120;
/// Most working days that may be promised: a quarter of a year; more is no promise.
const DAYS_MAX: u16 = 65;
/// Most holidays kept: ten years of some twenty.
const HOLIDAYS_MAX: usize = 200;
/// Time zone of days that belong to no single office.
pub(crate) const ZONE: &str = "WITA";

/// Routes of the standards.
pub fn router() -> OpenApiRouter<Arc<District>> {
    OpenApiRouter::new().routes(routes!(read, change))
}

/// Days for one service or one kind of complaint.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StandardDays)]
pub struct Days {
    /// Code of the service, or kind of the complaint.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Working days that hold.
    pub days: u16,
    /// Working days without a word of this district.
    pub usual: u16,
}

/// What officers set, and what holds.
#[derive(Debug, Serialize, ToSchema)]
pub struct Standards {
    /// Number for questions, as shown.
    pub hotline: String,
    /// When it is answered.
    pub hotline_hours: String,
    /// When the counters are open.
    pub office_hours: String,
    /// Days nobody works beside Saturday and Sunday, `YYYY-MM-DD`.
    pub holidays: Vec<String>,
    /// Promised working days of each service; 0 promises none.
    pub services: Vec<Days>,
    /// Working days for an answer to each kind of complaint.
    pub complaints: Vec<Days>,
    /// Since when these hold, in words; empty while nobody set any.
    pub since: String,
    /// What a change is based on: another officer's change makes another one.
    pub seen: String,
}

/// A change: everything as it shall be.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default)]
#[schema(as = StandardsChange)]
pub struct Change {
    pub hotline: String,
    pub hotline_hours: String,
    pub office_hours: String,
    pub holidays: Vec<String>,
    pub services: BTreeMap<String, u16>,
    pub complaints: BTreeMap<String, u16>,
    /// [`Standards::seen`] of what was changed.
    pub seen: String,
}

/// What holds now.
#[utoipa::path(get, path = "/officer/api/standards", responses((status = 200, body = Standards), (status = 401, description = "signed out", body = Told, content_type = PROBLEM), (status = 403, description = "not permitted", body = Told, content_type = PROBLEM)))]
async fn read(State(district): Shared, headers: HeaderMap) -> Answer<Json<Standards>> {
    let (district, _) = officer(district, &headers, Action::DistrictSettings).await?;
    Ok(Json(blocking(move || district.standards()).await?))
}

/// Sets them; counters hear of it with their next answer.
#[utoipa::path(post, path = "/officer/api/standards", request_body = Change, responses((status = 200, body = Standards), (status = 400, description = "a day or a line that cannot be", body = Told, content_type = PROBLEM), (status = 403, description = "not permitted", body = Told, content_type = PROBLEM), (status = 409, description = "another officer changed them", body = Told, content_type = PROBLEM)))]
async fn change(State(district): Shared, headers: HeaderMap, Json(change): Json<Change>) -> Answer<Json<Standards>> {
    let (district, name) = officer(district, &headers, Action::DistrictSettings).await?;
    Ok(Json(blocking(move || district.change_standards(&name, &change)).await?))
}

impl District {
    /// What officers set, and what holds.
    ///
    /// # Errors
    /// Those of the database.
    pub fn standards(&self) -> Result<Standards, Problem> {
        let settings = self.settings()?;
        let service = |s: &jukung_domain::catalogue::Service| Days {
            code: s.code.clone(),
            name: s.name.clone(),
            days: settings.promised_days.get(&s.code).copied().unwrap_or(s.promised_days),
            usual: s.promised_days,
        };
        let kind = |code: &&str| Days {
            code: (*code).to_owned(),
            name: say(&format!("complaint.kind.{code}"), &[]),
            days: settings.complaint_days.get(*code).copied().unwrap_or(DAYS),
            usual: DAYS,
        };
        let since = settings.since.parse().map_or_else(|_| settings.since.clone(), long_day);
        Ok(Standards {
            services: Catalogue::embedded().services.iter().map(service).collect(),
            complaints: KINDS.iter().map(kind).collect(),
            hotline: settings.hotline.clone(),
            hotline_hours: settings.hotline_hours.clone(),
            office_hours: settings.office_hours.clone(),
            holidays: settings.holidays.clone(),
            since,
            seen: mark(&settings)?,
        })
    }

    /// Sets them, from today on.
    ///
    /// # Errors
    /// `standard_line`, `standard_day`, `standard_days` for what cannot be; `standards_changed` when somebody else was quicker;
    /// those of the database.
    pub fn change_standards(&self, officer: &str, change: &Change) -> Result<Standards, Problem> {
        let settings = self.settings()?;
        if mark(&settings)? != change.seen {
            return Err(Problem::new("standards_changed"));
        }
        let today = Local::at(self.edge.now(), ZONE).day();
        let usual = |code: &str| Catalogue::embedded().service(code).map(|s| s.promised_days);
        let kinds = |code: &str| KINDS.contains(&code).then_some(DAYS);
        let set = DistrictSettings {
            hotline: line(&change.hotline)?,
            hotline_hours: line(&change.hotline_hours)?,
            office_hours: line(&change.office_hours)?,
            holidays: holidays(&change.holidays)?,
            promised_days: days(&settings.promised_days, &change.services, 0, usual)?,
            complaint_days: days(&settings.complaint_days, &change.complaints, 1, kinds)?,
            since: today.to_string(),
            ..settings
        };
        self.set_settings(&set)?;
        tracing::info!("{officer} changed what this district promises");
        self.standards()
    }
}

/// What stands in the settings, as one short text.
pub(crate) fn mark(settings: &DistrictSettings) -> Result<String, Problem> {
    let text = serde_json::to_string(settings).map_err(|e| Problem::new("internal").with("at", e))?;
    Ok(hex::encode(&Sha256::digest(text)[..8]))
}

/// One line of words as it is shown.
///
/// # Errors
/// `standard_line` when it is too long.
pub(crate) fn line(text: &str) -> Result<String, Problem> {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let fits = text.chars().count() <= LINE_CHARS_MAX && !text.contains(char::is_control);
    if fits { Ok(text) } else { Err(Problem::new("standard_line").with("most", LINE_CHARS_MAX)) }
}

/// Days that exist, each once and in order.
fn holidays(given: &[String]) -> Result<Vec<String>, Problem> {
    let mut all = BTreeSet::new();
    for text in given.iter().map(|text| text.trim()).filter(|text| !text.is_empty()) {
        let day: Date = text.parse().map_err(|_| Problem::new("standard_day").with("day", text))?;
        all.insert(day.to_string());
    }
    if all.len() > HOLIDAYS_MAX {
        return Err(Problem::new("standard_day").with("day", HOLIDAYS_MAX));
    }
    Ok(all.into_iter().collect())
}

/// Those that differ from the usual; codes this build does not know stay as they were.
fn days(
    before: &BTreeMap<String, u16>,
    given: &BTreeMap<String, u16>,
    least: u16,
    usual: impl Fn(&str) -> Option<u16>,
) -> Result<BTreeMap<String, u16>, Problem> {
    let mut out: BTreeMap<_, _> = before
        .iter()
        .filter(|(code, _)| !given.contains_key(*code))
        .map(|(code, days)| (code.clone(), *days))
        .collect();
    for (code, days) in given {
        let Some(usual) = usual(code) else { return Err(Problem::new("standard_days").with("most", DAYS_MAX)) };
        if *days < least || *days > DAYS_MAX {
            return Err(Problem::new("standard_days").with("most", DAYS_MAX));
        }
        if *days != usual {
            out.insert(code.clone(), *days);
        }
    }
    Ok(out)
}
