//! Applications that may be the same one, handed in twice: found by NIK, or by the name (old spellings folded) together with
//! mother, birth date or family card. A person decides; what they decide stands in the log of both.

use crate::District;
use crate::http::{Answer, PROBLEM, Shared, Told, blocking, officer};
use crate::wanted::Sql;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use jukung_domain::application::{Application, Fields};
use jukung_domain::catalogue::Catalogue;
use jukung_domain::event::{self, Body};
use jukung_domain::policy::Action;
use jukung_domain::problem::Problem;
use jukung_domain::search_key::fold;
use jukung_domain::texts::say;
use jukung_ledger::projection::{self, Case};
use jukung_ledger::tx::first;
use jukung_ledger::{Tx, Value, params};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::Arc;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Applications that are opened and compared: a name as common as Muhammad brings more, the newest come first.
const COMPARED_MAX: usize = 200;
/// Newest applications with the rarest word of a name, or the NIK, that are looked at at all.
const NAMED_MAX: i64 = 5_000;
/// Applications loaded by one question.
const LOADED_AT_ONCE: usize = 50;
/// Shown: more than these nobody reads beside a form.
const SHOWN_MAX: usize = 5;

/// One answer in both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Pair {
    /// What is asked.
    pub label: String,
    /// The answer in the application that is open.
    pub here: String,
    /// The answer in the other one.
    pub there: String,
}

/// Another application that may be the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Similar {
    /// Application id.
    pub id: String,
    /// Registration number.
    pub number: String,
    /// Where it stands, in words.
    pub status: String,
    /// Office that took it in.
    pub office: String,
    /// Day it was taken in.
    pub day: String,
    /// Why it was found, in words.
    pub why: Vec<String>,
    /// Both side by side; no NIK and no KK: that they are the same is told in words.
    pub facts: Vec<Pair>,
}

/// What an officer found.
#[derive(Debug, Deserialize, ToSchema)]
pub struct Verdict {
    /// Whether both are the same application.
    pub same: bool,
}

/// The person an application is about.
struct About<'a> {
    fields: &'a Fields,
    of: String,
}

impl<'a> About<'a> {
    fn of(application: &'a Application) -> About<'a> {
        let known = Catalogue::embedded().service(&application.service).map(|service| service.subject.clone());
        let named = |prefix: &String| application.fields.contains_key(&format!("{prefix}.name"));
        // Some variants name the person elsewhere: an adult's own birth certificate.
        let of = known.filter(|p| named(p)).or_else(|| Some("subject".to_owned()).filter(|p| named(p)));
        About { fields: &application.fields, of: of.unwrap_or_else(|| "applicant".into()) }
    }

    fn answer(&self, what: &str) -> &str {
        self.fields.get(&format!("{}.{what}", self.of)).map_or("", String::as_str)
    }

    fn mother(&self) -> &str {
        let own = self.answer("motherName");
        if own.is_empty() { self.fields.get("mother.name").map_or("", String::as_str) } else { own }
    }

    fn kk(&self) -> &str {
        let own = self.answer("kk");
        if own.is_empty() { self.fields.get("applicant.kk").map_or("", String::as_str) } else { own }
    }
}

fn same(a: &str, b: &str) -> bool {
    !a.is_empty() && a == b
}

/// Why two may be the same; empty when nothing says so. A birth date alone says nothing, nor a name alone.
fn reasons(a: &About<'_>, b: &About<'_>) -> Vec<&'static str> {
    let mut why = Vec::new();
    if same(a.answer("nik"), b.answer("nik")) {
        why.push("nik");
    }
    if same(&fold(a.answer("name")), &fold(b.answer("name"))) {
        let beside = [
            ("mother", same(&fold(a.mother()), &fold(b.mother()))),
            ("birth", same(a.answer("birthDate"), b.answer("birthDate"))),
            ("kk", same(a.kk(), b.kk())),
        ];
        let beside: Vec<_> = beside.iter().filter(|(_, is)| *is).map(|(name, _)| *name).collect();
        if !beside.is_empty() || !why.is_empty() {
            why.push("name");
        }
        why.extend(beside);
    }
    why
}

fn facts(a: &About<'_>, b: &About<'_>) -> Vec<Pair> {
    let pair = |what: &str, here: &str, there: &str| Pair {
        label: say(&format!("similar.fact.{what}"), &[]),
        here: here.to_owned(),
        there: there.to_owned(),
    };
    [
        pair("name", a.answer("name"), b.answer("name")),
        pair("birth", a.answer("birthDate"), b.answer("birthDate")),
        pair("mother", a.mother(), b.mother()),
        pair("address", a.answer("address"), b.answer("address")),
    ]
    .into_iter()
    .filter(|pair| !(pair.here.is_empty() && pair.there.is_empty()))
    .collect()
}

/// Ids of what shares the NIK or all words of the name, newest first.
fn candidates(tx: &mut dyn Tx, case: &Case, about: &About<'_>) -> Result<Vec<String>, Problem> {
    let mut ids = BTreeSet::new();
    let name = fold(about.answer("name"));
    let mut words: Vec<&str> = name.split_whitespace().collect();
    rarest_first(tx, &mut words)?;
    let rarest = words.first().copied().unwrap_or("");
    let lists = [
        ("lookup WHERE kind = 'nik' AND key = ", about.answer("nik"), &[][..]),
        ("name_word WHERE word = ", rarest, words.get(1..).unwrap_or_default()),
    ];
    for (list, key, others) in lists {
        // A question of its own for each: an engine that joins may read the whole table instead.
        let mut sql = Sql::default();
        sql.add("SELECT app, (SELECT a.created FROM app a WHERE a.id = named.app AND a.service = ");
        sql.bind(&case.state.application.service)
            .add(" AND a.id <> ")
            .bind(&case.id)
            .add(" LIMIT 1) FROM (SELECT app FROM ");
        sql.add(list).bind(key).add(&format!(" ORDER BY app DESC LIMIT {NAMED_MAX}) named WHERE 1 = 1"));
        for word in others {
            sql.add(" AND (SELECT 1 FROM name_word o WHERE o.app = named.app AND o.word = ").bind(*word);
            sql.add(" LIMIT 1) IS NOT NULL");
        }
        let mut found = BTreeSet::new();
        for row in sql.ask(tx)? {
            if let [Value::Text(app), Value::Int(created)] = row.0.as_slice() {
                found.insert((std::cmp::Reverse(*created), app.clone()));
            }
        }
        ids.extend(found.into_iter().take(COMPARED_MAX));
    }
    Ok(ids.into_iter().map(|(_, id)| id).collect())
}

fn rarest_first(tx: &mut dyn Tx, words: &mut Vec<&str>) -> Result<(), Problem> {
    let mut counted = Vec::new();
    for word in words.iter() {
        let sql = format!("SELECT count(*) FROM (SELECT 1 FROM name_word WHERE word = $1 LIMIT {NAMED_MAX}) counted");
        counted.push((first(tx, &sql, params![*word])?.map_or(Ok(0), |row| row.int(0))?, *word));
    }
    counted.sort_unstable();
    *words = counted.into_iter().map(|(_, word)| word).collect();
    Ok(())
}

/// Those applications, in their order.
fn loaded(tx: &mut dyn Tx, ids: &[String]) -> Result<Vec<Case>, Problem> {
    let mut all = Vec::with_capacity(ids.len());
    for some in ids.chunks(LOADED_AT_ONCE) {
        all.extend(projection::load_listed(tx, some)?);
    }
    Ok(all)
}

/// Numbers that a note at this application says it was compared with.
fn compared(tx: &mut dyn Tx, id: &str) -> Result<String, Problem> {
    let mut said = String::new();
    let sql = "SELECT raw FROM event WHERE app = $1 AND kind = 'st.note/1' ORDER BY turn, uid";
    for row in tx.query(sql, params![id])? {
        let read = event::read(&row.text(0)?).ok().and_then(|envelope| Body::read(&envelope).ok().flatten());
        if let Some(Body::DistrictNote(note)) = read {
            said.push_str(&note.reason);
            said.push('\n');
        }
    }
    Ok(said)
}

impl District {
    /// Applications that may be the same as this one and that nobody has compared with it yet.
    ///
    /// # Errors
    /// `not_found`; those of the database.
    pub fn similar(&self, id: &str) -> Result<Vec<Similar>, Problem> {
        self.db.read(|tx| {
            let case = self.case(tx, id)?;
            let about = About::of(&case.state.application);
            let (compared, mut found) = (compared(tx, id)?, Vec::new());
            let candidates = candidates(tx, &case, &about)?;
            for other in loaded(tx, &candidates)? {
                if !self.area.covers(&other.office) {
                    continue;
                }
                let there = About::of(&other.state.application);
                let why = reasons(&about, &there);
                let is_settled = ["same", "different"].iter().any(|v| compared.contains(&said(v, &other.state.number)));
                if why.is_empty() || is_settled {
                    continue;
                }
                let status = other.state.status.code();
                found.push(Similar {
                    number: other.state.number.clone(),
                    status: say(&format!("status.{status}"), &[]),
                    office: crate::enrol::card_of(&other.office).map_or_else(|_| other.office.clone(), |o| o.name),
                    day: other.day.clone(),
                    why: why.iter().map(|code| say(&format!("similar.why.{code}"), &[])).collect(),
                    facts: facts(&about, &there),
                    id: other.id,
                });
                if found.len() == SHOWN_MAX {
                    break;
                }
            }
            Ok(found)
        })
    }

    /// Writes down what an officer found, at both applications or at neither.
    ///
    /// # Errors
    /// `not_found` when one of them is not here, or both are one; those of the database.
    pub fn compare(&self, id: &str, other: &str, officer: &str, verdict: &Verdict) -> Result<Vec<Similar>, Problem> {
        if id == other {
            return Err(Problem::new("not_found"));
        }
        let what = if verdict.same { "same" } else { "different" };
        self.note_at_both([id, other], officer, |of| said(what, &of.state.number))?;
        self.similar(id)
    }
}

/// The note: it names the other application's number.
fn said(what: &str, number: &str) -> String {
    say(&format!("similar.noted.{what}"), &[("number", number)])
}

/// All of them.
pub fn router() -> OpenApiRouter<Arc<District>> {
    OpenApiRouter::new().routes(routes!(similar)).routes(routes!(compare))
}

/// Applications that may be the same as this one.
#[utoipa::path(get, path = "/officer/api/applications/{id}/similar", params(("id" = String, Path)), responses((status = 200, body = Vec<Similar>), (status = 401, description = "signed out", body = Told, content_type = PROBLEM), (status = 404, description = "not here", body = Told, content_type = PROBLEM)))]
async fn similar(State(district): Shared, headers: HeaderMap, Path(id): Path<String>) -> Answer<Json<Vec<Similar>>> {
    let (district, _) = officer(district, &headers, Action::CheckRead).await?;
    Ok(Json(blocking(move || district.similar(&id)).await?))
}

/// Whether both are the same: a person says so, and it stands at both.
#[utoipa::path(post, path = "/officer/api/applications/{id}/similar/{other}", params(("id" = String, Path), ("other" = String, Path)), request_body = Verdict, responses((status = 200, body = Vec<Similar>), (status = 401, description = "signed out", body = Told, content_type = PROBLEM), (status = 404, description = "not here", body = Told, content_type = PROBLEM)))]
async fn compare(
    State(district): Shared,
    headers: HeaderMap,
    Path((id, other)): Path<(String, String)>,
    Json(verdict): Json<Verdict>,
) -> Answer<Json<Vec<Similar>>> {
    let (district, name) = officer(district, &headers, Action::CheckDecide).await?;
    Ok(Json(blocking(move || district.compare(&id, &other, &name, &verdict)).await?))
}

#[cfg(test)]
mod tests {
    use super::{About, reasons};
    use jukung_domain::application::Application;

    fn child(name: &str, birth: &str, mother: &str, nik: &str) -> Application {
        let fields = [("child.name", name), ("child.birthDate", birth), ("mother.name", mother), ("child.nik", nik)];
        let fields = fields.iter().filter(|(_, v)| !v.is_empty()).map(|(k, v)| ((*k).into(), (*v).into())).collect();
        Application { service: "BIRTH_CERT".into(), fields, ..Application::default() }
    }

    #[test]
    fn an_old_spelling_is_the_same_name_and_a_birth_date_alone_is_nothing() {
        let one = child("Noerhajati", "2026-11-01", "Siti Aminah", "");
        let why = |other: &Application| reasons(&About::of(&one), &About::of(other));
        assert_eq!(why(&child("Nurhayati", "", "Siti Aminnah", "")), ["name", "mother"]);
        assert_eq!(why(&child("Nurhayati", "2026-11-01", "", "")), ["name", "birth"]);
        assert!(why(&child("Rusmini", "2026-11-01", "", "")).is_empty(), "twins of other families share a day");
        assert!(why(&child("Nurhayati", "2026-10-31", "Rabiah", "")).is_empty(), "a name alone");
    }

    #[test]
    fn the_same_nik_is_enough() {
        let (a, b) = (child("Nurhayati", "", "", "6305044107480001"), child("Siti", "", "", "6305044107480001"));
        assert_eq!(reasons(&About::of(&a), &About::of(&b)), ["nik"]);
    }
}
