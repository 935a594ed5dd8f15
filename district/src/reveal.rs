//! Showing officers what is masked: the numbers of one application together, an answer or a mark of the highest class alone,
//! each for a purpose that is written down in the same transaction, and of only so many applications a day (security.md T3).

use crate::District;
use crate::desk::{self, Answer as Line};
use crate::desk_audit::Did;
use crate::hold;
use crate::http::{Answer, PROBLEM, Shared, Told, blocking, officer};
use crate::papers::Scan;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use jiff::civil::Time;
use jukung_domain::calendar::Local;
use jukung_domain::masked::{Class, MARK, Place};
use jukung_domain::policy::Action;
use jukung_domain::problem::Problem;
use jukung_domain::region::Regions;
use jukung_domain::texts::say;
use jukung_ledger::tx::{Tx, first};
use jukung_ledger::{Row, params, projection};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Why something is to be shown, and what of the highest class.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default)]
pub struct Why {
    /// `siak`, `correction`, `complaint` or `request`; of the highest class `needed_now`, `resident_asked` or `law_asked`.
    pub purpose: String,
    /// Of the highest class: the path of the one answer, or the content address of the mark.
    pub what: String,
}

/// What was shown.
#[derive(Debug, Serialize, ToSchema)]
pub struct Revealed {
    /// Answers in full, by path.
    pub values: BTreeMap<String, String>,
    /// After so many seconds they are masked again.
    pub seconds: u32,
}

/// All routes.
pub fn router() -> OpenApiRouter<Arc<District>> {
    OpenApiRouter::new().routes(routes!(numbers)).routes(routes!(highest))
}

/// Masks the answers that nobody is shown before saying why.
pub(crate) fn mask(answers: &mut [Line]) {
    for answer in answers {
        let class = [Class::Number, Class::Highest].into_iter().find(|class| class.code() == answer.hidden);
        if let Some(class) = class {
            answer.value = class.masked(&answer.value);
            if answer.value.is_empty() {
                answer.hidden = String::new();
            }
        }
    }
}

/// Whether a paper is the mark of a consent.
pub(crate) fn is_mark(requirement: &str) -> bool {
    requirement == MARK
}

impl District {
    /// NIK and KK numbers of an application, in full.
    ///
    /// # Errors
    /// `not_found`; `bad_request` for another purpose; `reveal_budget` when the day's number is used up; `processing_held`
    /// unless it is to answer whoever asked; those of the database.
    pub fn reveal_numbers(&self, officer: &str, id: &str, purpose: &str) -> Result<Revealed, Problem> {
        self.revealed(Class::Number, officer, id, &Why { purpose: purpose.to_owned(), what: String::new() })
    }

    /// One answer of the highest class, in full; or the mark of the consent, which then opens as any scan does.
    ///
    /// # Errors
    /// As [`District::reveal_numbers`].
    pub fn reveal_highest(&self, officer: &str, id: &str, why: &Why) -> Result<Revealed, Problem> {
        self.revealed(Class::Highest, officer, id, why)
    }

    fn revealed(&self, class: Class, officer: &str, id: &str, why: &Why) -> Result<Revealed, Problem> {
        let seconds = class.rules(Place::District).shown_s;
        self.db.write(|tx| {
            let case = self.case(tx, id)?;
            hold::refuse_showing(&case, &why.purpose)?;
            let asked = |a: &Line| a.hidden == class.code() && (class == Class::Number || a.path == why.what);
            let held = desk::answers(&case.state.application).into_iter().filter(|a| asked(a) && !a.value.is_empty());
            let values: BTreeMap<String, String> = held.map(|a| (a.path, a.value)).collect();
            let mut papers = case.state.application.attachments.iter();
            let mark = class == Class::Highest && papers.any(|a| is_mark(&a.requirement) && a.sha256 == why.what);
            if values.is_empty() && !mark {
                return Err(Problem::new("not_found"));
            }
            self.note_reveal(tx, class, officer, &case, why)?;
            Ok(Revealed { values, seconds })
        })
    }

    /// Whether `officer` said a moment ago why the mark of this consent is to be seen.
    ///
    /// # Errors
    /// Those of the database.
    pub(crate) fn may_see_mark(&self, application: &str, officer: &str, sha256: &str) -> Result<bool, Problem> {
        let since = self.edge.now() - i64::from(Class::Highest.rules(Place::District).shown_s) * 1_000;
        let sql = "SELECT 1 FROM revealed WHERE app = $1 AND officer = $2 AND what = $3 AND at >= $4 LIMIT 1";
        let row = self.db.read(|tx| first(tx, sql, params![application, officer, sha256, since]))?;
        Ok(row.is_some())
    }

    fn note_reveal(
        &self,
        tx: &mut dyn Tx,
        class: Class,
        officer: &str,
        case: &projection::Case,
        why: &Why,
    ) -> Result<(), Problem> {
        let (rules, now) = (class.rules(Place::District), self.edge.now());
        if !rules.purposes.contains(&why.purpose.as_str()) {
            return Err(Problem::new("bad_request").with("purpose", &why.purpose));
        }
        let zone = Regions::zone(&case.office);
        let today = Local::from(Local::at(now, zone).day(), Time::midnight(), zone);
        let sql =
            "SELECT count(DISTINCT app) FROM revealed WHERE officer = $1 AND class = $2 AND at >= $3 AND app <> $4";
        let values = params![officer, class.code(), today, &case.id].to_vec();
        let others = first(tx, sql, &values)?.map_or(Ok(0), |r| r.int(0))?;
        let sql = "SELECT 1 FROM revealed WHERE officer = $1 AND class = $2 AND at >= $3 AND app = $4 LIMIT 1";
        let again = first(tx, sql, &values)?.is_some();
        if !again && usize::try_from(others).is_ok_and(|others| others >= rules.a_day) {
            return Err(Problem::new("reveal_budget").with("n", rules.a_day));
        }
        let sql = "INSERT INTO revealed (at, officer, app, class, purpose, what) VALUES ($1, $2, $3, $4, $5, $6)";
        tx.execute(sql, params![now, officer, &case.id, class.code(), &why.purpose, &why.what])?;
        self.chained(tx, &Did { at: now, officer, act: "reveal", of: &case.id, what: &why.purpose })
    }
}

/// Who was shown what of an application, as the page Jejak data tells it: when, officer, and in words what and why.
///
/// # Errors
/// Those of the database.
pub(crate) fn seen(tx: &mut dyn Tx, app: &str) -> Result<Vec<(i64, String, String)>, Problem> {
    let sql = "SELECT at, officer, class, purpose FROM revealed WHERE app = $1 ORDER BY at";
    let line = |r: &Row| {
        let purpose = say(&format!("reveal.purpose.{}", r.text(3)?), &[]);
        Ok((r.int(0)?, r.text(1)?, say(&format!("trace.did.{}", r.text(2)?), &[("purpose", &purpose)])))
    };
    tx.query(sql, params![app])?.iter().map(line).collect()
}

/// Marks scans that are not shown before somebody said why.
pub(crate) fn mask_scans(scans: &mut [Scan]) {
    for scan in scans.iter_mut().filter(|scan| is_mark(&scan.requirement)) {
        scan.hidden = Class::Highest.code().to_owned();
    }
}

/// NIK and KK numbers of one application; that they were seen, and what for, is written down.
#[utoipa::path(post, path = "/officer/api/applications/{id}/reveal/number", params(("id" = String, Path)), request_body = Why,
    responses((status = 200, body = Revealed), (status = 400, description = "another purpose", body = Told, content_type = PROBLEM), (status = 404, description = "nothing masked there", body = Told, content_type = PROBLEM), (status = 409, description = "held back", body = Told, content_type = PROBLEM), (status = 429, description = "the day's number is used up", body = Told, content_type = PROBLEM)))]
async fn numbers(
    State(district): Shared,
    headers: HeaderMap,
    Path(id): Path<String>,
    Json(why): Json<Why>,
) -> Answer<Json<Revealed>> {
    let (district, name) = officer(district, &headers, Action::RevealNumber).await?;
    Ok(Json(blocking(move || district.reveal_numbers(&name, &id, &why.purpose)).await?))
}

/// One answer of the highest class, by its path; or the mark of the consent, which then opens as any scan does.
#[utoipa::path(post, path = "/officer/api/applications/{id}/reveal/highest", params(("id" = String, Path)), request_body = Why,
    responses((status = 200, body = Revealed), (status = 400, description = "another purpose", body = Told, content_type = PROBLEM), (status = 404, description = "nothing masked there", body = Told, content_type = PROBLEM), (status = 409, description = "held back", body = Told, content_type = PROBLEM), (status = 429, description = "the day's number is used up", body = Told, content_type = PROBLEM)))]
async fn highest(
    State(district): Shared,
    headers: HeaderMap,
    Path(id): Path<String>,
    Json(why): Json<Why>,
) -> Answer<Json<Revealed>> {
    let (district, name) = officer(district, &headers, Action::RevealHighest).await?;
    Ok(Json(blocking(move || district.reveal_highest(&name, &id, &why)).await?))
}
