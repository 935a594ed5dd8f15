//! One application as an officer types it into SIAK: field by field in the order of the form, each answer in the shape SIAK
//! takes. What is masked elsewhere is masked here, too, until somebody says why (decision 0027).

use crate::District;
use crate::desk::answers;
use crate::http::{Answer, PROBLEM, Shared, Told, blocking, officer};
use crate::reveal;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use jukung_domain::catalogue::{Catalogue, FieldKind};
use jukung_domain::policy::Action;
use jukung_domain::problem::Problem;
use jukung_domain::{check, date};
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// What `opened` says of an opening by this page.
pub(crate) const TYPED: &str = "siak";

/// One answer to be copied.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct SiakField {
    /// Path, by which a shown number is found.
    pub path: String,
    /// Section of the form it stands in.
    pub section: String,
    /// Label.
    pub label: String,
    /// What is copied: digits without spaces, dates as `dd-mm-yyyy`; masked where `hidden` says why.
    pub value: String,
    /// Why it is masked: `number` or `highest`; empty for most.
    pub hidden: String,
}

/// What is copied of one application.
#[derive(Debug, Serialize, ToSchema)]
pub struct Siak {
    /// Registration number.
    pub number: String,
    /// Name of the service.
    pub service: String,
    /// Answers that were given, in the order of the form.
    pub fields: Vec<SiakField>,
}

/// The route of the page.
pub fn router() -> OpenApiRouter<Arc<District>> {
    OpenApiRouter::new().routes(routes!(siak))
}

/// One application to be typed into SIAK; that it was opened for that is written down.
#[utoipa::path(get, path = "/officer/api/applications/{id}/siak", params(("id" = String, Path)), responses((status = 200, body = Siak), (status = 401, description = "signed out", body = Told, content_type = PROBLEM), (status = 404, description = "not here", body = Told, content_type = PROBLEM), (status = 409, description = "held back", body = Told, content_type = PROBLEM)))]
async fn siak(State(district): Shared, headers: HeaderMap, Path(id): Path<String>) -> Answer<Json<Siak>> {
    let (district, name) = officer(district, &headers, Action::CheckRead).await?;
    Ok(Json(blocking(move || district.siak(&name, &id)).await?))
}

impl District {
    /// One application as it is typed into SIAK; that `officer` opened it is written down first.
    ///
    /// # Errors
    /// `not_found`; `processing_held`; those of the database.
    pub fn siak(&self, officer: &str, id: &str) -> Result<Siak, Problem> {
        let case = self.db.read(|tx| self.to_process(tx, id))?;
        self.note_opening(id, officer, TYPED)?;
        let doc = &case.state.application;
        let catalogue = Catalogue::embedded();
        let Some(service) = catalogue.service(&doc.service) else { return Err(Problem::new("not_found")) };
        let today = doc.reported.as_ref().and_then(|d| d.parse().ok()).unwrap_or_default();
        let titles: BTreeMap<&str, &str> = service.sections.iter().map(|s| (s.id.as_str(), s.title.as_str())).collect();
        let mut lines = answers(doc);
        reveal::mask(&mut lines);
        let shown = check::shown_fields(service, doc, today);
        let fields = shown.iter().zip(lines).filter(|(_, line)| !line.value.is_empty()).map(|(shown, line)| {
            let raw = doc.fields.get(&line.path).map_or("", String::as_str);
            let dated = if shown.field.kind == FieldKind::Date && line.hidden.is_empty() { as_siak(raw) } else { None };
            SiakField {
                section: titles.get(shown.section).copied().unwrap_or_default().to_owned(),
                label: line.label,
                value: dated.unwrap_or(line.value),
                hidden: line.hidden,
                path: line.path,
            }
        });
        Ok(Siak { number: case.state.number.clone(), service: service.name.clone(), fields: fields.collect() })
    }
}

/// A date as SIAK writes it (domain.md 3.7); where a part is not known, the 15th or 1 July stands in, as it does there.
fn as_siak(raw: &str) -> Option<String> {
    let day = date::parse(raw).ok()?.date;
    Some(format!("{:02}-{:02}-{:04}", day.day(), day.month(), day.year()))
}

#[cfg(test)]
mod tests {
    use super::as_siak;

    #[test]
    fn dates_are_written_as_siak_takes_them_also_where_a_part_is_not_known() {
        let told = ["1948-07-01", "1948-03", "1948", "x"].map(as_siak);
        assert_eq!(told, [Some("01-07-1948".into()), Some("15-03-1948".into()), Some("01-07-1948".into()), None]);
    }
}
