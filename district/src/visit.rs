//! Several services of one visit, "3 in 1" (domain.md 3.1, DEATH_CERT): a death, the family's new card, the widow's KTP. Nothing
//! on the wire names a visit: it is what one family handed in at one office on one day, so that counters of every age have it.

use crate::District;
use crate::desk::{Row, row_of};
use crate::http::{Answer, PROBLEM, Shared, Told, blocking, officer};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use jukung_domain::catalogue::Catalogue;
use jukung_domain::event::Body;
use jukung_domain::policy::Action;
use jukung_domain::problem::Problem;
use jukung_domain::status::{self, Step};
use jukung_ledger::projection::{self, Case};
use jukung_ledger::{Tx, params};
use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Applications of one visit that are shown: a family with more comes again.
const SHOWN_MAX: usize = 12;
/// Applications that share a number with this one and are looked at: a witness's NIK stands in many of a day.
const ASKED_MAX: i64 = 100;

/// All of them.
pub fn router() -> OpenApiRouter<Arc<District>> {
    OpenApiRouter::new().routes(routes!(visit)).routes(routes!(take))
}

/// Applications of the same visit with this one among them, in the order of the work; empty when it is alone.
#[utoipa::path(get, path = "/officer/api/applications/{id}/visit", params(("id" = String, Path)), responses((status = 200, body = Vec<Row>), (status = 401, description = "signed out", body = Told, content_type = PROBLEM), (status = 404, description = "not here", body = Told, content_type = PROBLEM)))]
async fn visit(State(district): Shared, headers: HeaderMap, Path(id): Path<String>) -> Answer<Json<Vec<Row>>> {
    let (district, _) = officer(district, &headers, Action::CheckRead).await?;
    Ok(Json(blocking(move || district.visit(&id)).await?))
}

/// Takes every application of this visit that waits, by one officer and at once.
#[utoipa::path(post, path = "/officer/api/applications/{id}/visit/take", params(("id" = String, Path)), responses((status = 200, body = Vec<Row>), (status = 404, description = "not here", body = Told, content_type = PROBLEM), (status = 409, description = "nothing of it waits", body = Told, content_type = PROBLEM)))]
async fn take(State(district): Shared, headers: HeaderMap, Path(id): Path<String>) -> Answer<Json<Vec<Row>>> {
    let (district, name) = officer(district, &headers, Action::CheckDecide).await?;
    Ok(Json(blocking(move || district.take_visit(&id, &name)).await?))
}

impl District {
    /// Applications of the same visit with this one among them: the one that others follow from comes first. Empty when it is
    /// alone.
    ///
    /// # Errors
    /// `not_found`; those of the database.
    pub fn visit(&self, id: &str) -> Result<Vec<Row>, Problem> {
        let cases = self.together(id)?;
        Ok(if cases.len() > 1 { cases.iter().map(row_of).collect() } else { Vec::new() })
    }

    fn together(&self, id: &str) -> Result<Vec<Case>, Problem> {
        self.db.read(|tx| {
            let this = self.case(tx, id)?;
            together(tx, this)
        })
    }

    /// Takes every application of this visit that waits: all of them by `officer`, or none.
    ///
    /// # Errors
    /// `not_found`; `not_allowed` when nothing of it waits, for somebody else was quicker; those of the database.
    pub fn take_visit(&self, id: &str, officer: &str) -> Result<Vec<Row>, Problem> {
        let ids: Vec<String> = self.together(id)?.into_iter().map(|case| case.id).collect();
        self.decide_each(&ids, officer, &Body::Taken)?;
        self.visit(id)
    }
}

/// What one family handed in at one office on one day, `id` among it.
fn together(tx: &mut dyn Tx, this: Case) -> Result<Vec<Case>, Problem> {
    let mut found = Vec::new();
    for key in ["applicant.nik", "applicant.kk"] {
        let Some(number) = this.state.application.fields.get(key).filter(|number| !number.is_empty()) else { continue };
        let sql = "SELECT a.id FROM lookup l JOIN app a ON a.id = l.app
            WHERE l.key = $1 AND a.office = $2 AND a.day = $3 AND a.id <> $4 ORDER BY a.created, a.id LIMIT $5";
        for row in tx.query(sql, params![number, &this.office, &this.day, &this.id, ASKED_MAX])? {
            let other = row.text(0)?;
            if found.iter().any(|case: &Case| case.id == other) {
                continue;
            }
            // The number may be a witness's there: only whoever applied, or the same family, was at this visit.
            let of = |case: &Case| case.state.application.fields.get(key).is_some_and(|theirs| theirs == number);
            found.extend(projection::load(tx, &other)?.filter(of));
        }
    }
    found.truncate(SHOWN_MAX - 1);
    found.push(this);
    found.sort_by_key(|case| (follows(case), case.created, case.id.clone()));
    Ok(found)
}

/// Place in the work: the catalogue's order, in which a death comes before the new family card, and that before the KTP.
fn follows(case: &Case) -> u16 {
    Catalogue::embedded().service(&case.state.application.service).map_or(u16::MAX, |s| s.order)
}

/// Whether this step can be taken where the application stands.
pub(crate) fn waits_for(case: &Case, body: &Body) -> bool {
    status::step(case.state.status, body) != Step::NotAllowed
}
