//! Pages for families: server-rendered, without JavaScript, Indonesian. Here: where an application stands (ux.md S19).

pub mod caller;
pub mod page;
pub mod status;
pub mod tries;

use crate::District;
use crate::http::Shared;
use axum::Form;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use caller::Caller;
use jukung_domain::status::Status;
use jukung_domain::texts::say;
use jukung_domain::wire::DistrictSettings;
use jukung_domain::words::long_day;
use page::{esc, fact, frame, t, text_box, whatsapp};
use serde::Deserialize;
use status::{NotSeen, Proof, Seen, read_link};
use std::sync::Arc;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Longest form of the status page: a number and a few words.
const FORM_BYTES_MAX: usize = 4 * 1024;
const CSS: &str = include_str!("../../pages/family.css");

/// Routes of the families' pages.
pub fn router() -> OpenApiRouter<Arc<District>> {
    OpenApiRouter::new()
        .routes(routes!(form, look))
        .routes(routes!(link))
        .layer(DefaultBodyLimit::max(FORM_BYTES_MAX))
        .routes(routes!(css))
}

/// A page that nobody keeps.
pub(crate) fn answer(status: StatusCode, html: String) -> Response {
    (status, [(header::CACHE_CONTROL, "no-store")], Html(html)).into_response()
}

/// How the families' pages look.
#[utoipa::path(get, path = "/family.css", responses((status = 200, description = "the style sheet", body = String, content_type = "text/css")))]
async fn css() -> Response {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8"), (header::CACHE_CONTROL, "max-age=3600")], CSS).into_response()
}

/// What was typed on the status page.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default)]
#[schema(as = FamilyAsked)]
pub struct Asked {
    /// Registration number.
    number: String,
    /// The applicant's year of birth, or the two words of the receipt.
    fact: String,
}

/// The status page.
#[utoipa::path(get, path = "/cek", responses((status = 200, description = "the form", body = String, content_type = "text/html")))]
async fn form(State(district): Shared) -> Response {
    page(district, |settings, agency| (StatusCode::OK, check(settings, agency, "", None))).await
}

/// Where an application stands. Not found, a wrong fact and not yet arrived are told in one and the same way.
#[utoipa::path(post, path = "/cek", request_body(content = Asked, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, description = "where it stands", body = String, content_type = "text/html"),
        (status = 303, description = "a complaint's number: its own page is at Location", body = String, content_type = "text/plain"),
        (status = 400, description = "no such number can exist", body = String, content_type = "text/html"),
        (status = 404, description = "not found, wrong fact or not arrived", body = String, content_type = "text/html"),
        (status = 429, description = "asked too often", body = String, content_type = "text/html")))]
async fn look(State(district): Shared, caller: Caller, headers: HeaderMap, Form(asked): Form<Asked>) -> Response {
    let proof = Proof::Typed(asked.fact);
    shown(district, caller, &headers, asked.number, proof).await
}

/// The same through a link that the family was given; it dies after half a year.
#[utoipa::path(get, path = "/cek/{link}", params(("link" = String, Path)),
    responses((status = 200, description = "where it stands", body = String, content_type = "text/html"),
        (status = 404, description = "no such link, or it has died", body = String, content_type = "text/html"),
        (status = 429, description = "asked too often", body = String, content_type = "text/html")))]
async fn link(State(district): Shared, caller: Caller, headers: HeaderMap, Path(text): Path<String>) -> Response {
    let dead = || (String::new(), Proof::Link { until: 0, proof: Vec::new() });
    let (number, proof) = read_link(&text).unwrap_or_else(dead);
    shown(district, caller, &headers, number, proof).await
}

async fn shown(district: Arc<District>, caller: Caller, headers: &HeaderMap, number: String, proof: Proof) -> Response {
    let asked_at = caller::origin(headers);
    let here = district.clone();
    let linked = matches!(proof, Proof::Link { .. });
    let seen = tokio::task::spawn_blocking(move || {
        here.seen(&number, &proof, &caller.0, here.edge.now()).map_err(|why| (number, why))
    });
    let seen = seen.await.unwrap_or_else(|_| Err((String::new(), NotSeen::Failed(crate::http::ended()))));
    if let Err((_, NotSeen::Complaint(link))) = &seen {
        return crate::complaint::public::to_its_page(link);
    }
    page(district, move |settings, agency| match seen {
        Ok(seen) => (StatusCode::OK, found(&seen, settings, &asked_at)),
        Err((typed, why)) => {
            let why = if linked && why == NotSeen::Mistyped { NotSeen::Unknown } else { why };
            let (status, sentence) = refused(&why);
            (status, check(settings, agency, if linked { "" } else { &typed }, Some(&sentence)))
        }
    })
    .await
}

fn refused(why: &NotSeen) -> (StatusCode, String) {
    match why {
        NotSeen::Unknown | NotSeen::Complaint(_) => (StatusCode::NOT_FOUND, t("unknown", &[])),
        NotSeen::Mistyped => (StatusCode::BAD_REQUEST, t("mistyped", &[])),
        NotSeen::TooOften(minutes) => {
            (StatusCode::TOO_MANY_REQUESTS, t("too_often", &[("minutes", &minutes.to_string())]))
        }
        NotSeen::Failed(problem) => {
            tracing::error!("the status page: {problem}");
            (StatusCode::INTERNAL_SERVER_ERROR, t("failed", &[]))
        }
    }
}

/// A page with the district's settings and its agency's name.
pub(crate) async fn page(
    district: Arc<District>,
    body: impl FnOnce(&DistrictSettings, &str) -> (StatusCode, String) + Send + 'static,
) -> Response {
    let told = tokio::task::spawn_blocking(move || (district.settings().unwrap_or_default(), district.agency()));
    let (settings, agency) = told.await.unwrap_or_default();
    let (status, html) = body(&settings, &agency);
    answer(status, html)
}

fn check(settings: &DistrictSettings, agency: &str, typed: &str, said: Option<&str>) -> String {
    let title = say("family.check.title", &[("agency", agency)]);
    let said = said.map_or_else(String::new, |s| format!("<p class=\"note\" role=\"alert\">{s}</p>"));
    let say = |key: &str| say(&format!("family.check.{key}"), &[]);
    let typed = format!(
        "value=\"{}\" autocomplete=\"off\" autocapitalize=\"characters\" spellcheck=\"false\" required class=\"short code\"",
        esc(typed)
    );
    let number = text_box("number", &say("number"), &say("number_hint"), &typed);
    let more = "autocomplete=\"off\" spellcheck=\"false\" required class=\"short\"";
    let fact = text_box("fact", &say("fact"), &say("fact_hint"), more);
    let ask = whatsapp(&settings.whatsapp, "", &jukung_domain::texts::say("family.ask_whatsapp", &[]));
    let body = format!(
        "<h1>{}</h1>{said}<form method=\"post\" action=\"/cek\">{number}{fact}<p><button class=\"first\">{}</button></p></form><p>{}</p>{ask}<p class=\"hint\">{}</p>",
        esc(&title),
        esc(&say("go")),
        esc(&say("none")),
        t("true", &[]),
    );
    frame(&title, &body, settings)
}

fn tone(status: Status) -> &'static str {
    match status {
        Status::Issued | Status::ReadyForPickup | Status::Shipped | Status::Delivered => "done",
        Status::NeedsCorrection => "back",
        Status::Rejected | Status::Cancelled => "stop",
        Status::Submitted | Status::InVerification | Status::InProcess => "wait",
    }
}

fn found(seen: &Seen, settings: &DistrictSettings, asked_at: &str) -> String {
    let code = seen.status.code();
    let since = t("since", &[("day", &long_day(seen.since))]);
    let head = format!(
        "<h1>{}</h1><p>{}</p><p class=\"where {}\">{}<span>{since}</span></p>",
        esc(&seen.service),
        t("for", &[("subject", &seen.subject)]),
        tone(seen.status),
        t(&format!("status.{code}"), &[]),
    );
    let site = if settings.site.is_empty() { asked_at } else { settings.site.trim_end_matches('/') };
    let url = format!("{site}/cek/{}", seen.link.0);
    let body = format!("{head}{}{}", facts(seen, settings), share(seen, settings, &url));
    frame(&seen.service, &body, settings)
}

/// What stands under where it is, label and words; empty words are left out where they are shown.
pub(crate) fn said(seen: &Seen, settings: &DistrictSettings) -> Vec<(String, String)> {
    let code = seen.status.code();
    let say = |key: &str, values: &[(&str, &str)]| say(&format!("family.{key}"), values);
    let bring = match seen.status {
        Status::NeedsCorrection if seen.paper.is_empty() => say("bring.NEEDS_CORRECTION_plain", &[]),
        Status::NeedsCorrection => say("bring.NEEDS_CORRECTION", &[("target", &seen.paper)]),
        Status::ReadyForPickup => say("bring.READY_FOR_PICKUP", &[]),
        Status::Submitted
        | Status::InVerification
        | Status::InProcess
        | Status::Issued
        | Status::Shipped
        | Status::Delivered
        | Status::Rejected
        | Status::Cancelled => String::new(),
    };
    let when = match (seen.promised.map(long_day), seen.status) {
        (Some(day), _) => say(if seen.late { "when.late" } else { "when.day" }, &[("day", &day)]),
        (None, Status::NeedsCorrection) => say("when.correction", &[]),
        (None, _) => String::new(),
    };
    let place = if seen.status == Status::Shipped { "carried" } else { "where" };
    let day = seen.held.as_str();
    let (held, next) = if day.is_empty() {
        (String::new(), say(&format!("next.{code}"), &[("office", &seen.office.name)]))
    } else {
        (say("held.since", &[("day", day)]), say("next.held", &[("office", &seen.office.name)]))
    };
    vec![
        (say("held", &[]), held),
        (say("note", &[]), seen.note.clone()),
        (say("fix", &[]), seen.field.clone()),
        (say("next", &[]), next),
        (say("bring", &[]), bring),
        (say(place, &[]), seen.place.clone()),
        (say("when", &[]), when),
        (say("ask", &[]), page::whom_to_ask(&seen.office.name, settings)),
        (say("number", &[]), seen.number.clone()),
    ]
}

fn facts(seen: &Seen, settings: &DistrictSettings) -> String {
    let rows: String = said(seen, settings).iter().map(|(label, words)| fact(label, words)).collect();
    format!("<dl>{rows}</dl>")
}

fn share(seen: &Seen, settings: &DistrictSettings, url: &str) -> String {
    let ask = say("family.ask_text", &[("number", &seen.number)]);
    let ask = whatsapp(&settings.whatsapp, &ask, &say("family.ask_whatsapp", &[]));
    let text = say("family.share_text", &[("number", &seen.number), ("url", url)]);
    let until = say("family.share_hint", &[("day", &long_day(seen.link.1))]);
    let more = format!("readonly value=\"{}\"", esc(url));
    format!(
        "{ask}<div class=\"share\">{}<a class=\"button\" href=\"https://wa.me/?text={}\">{}</a><p><a href=\"/cek/{}/surat.pdf\">{}</a></p><p><a href=\"/cek\">{}</a></p></div><p class=\"hint\">{}</p>",
        text_box("link", &say("family.share", &[]), &until, &more),
        page::in_address(&text),
        t("share_whatsapp", &[]),
        esc(&seen.link.0),
        t("letter", &[]),
        t("again", &[]),
        t("true", &[]),
    )
}
