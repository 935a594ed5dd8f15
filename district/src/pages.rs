//! The officers' page and the headers that keep it safe. No inline script or style, nothing from elsewhere.

use crate::District;
use axum::Router;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use std::sync::Arc;

const HTML: &str = include_str!("../pages/officer.html");
/// What families write: complaints, WhatsApp, messages.
const FAMILIES: &str = include_str!("../pages/families.html");
/// Delivery: runs, bags, what is overdue.
const DELIVER: &str = include_str!("../pages/deliver.html");
/// How it goes, in figures.
const FIGURES: &str = include_str!("../pages/figures.html");
const FIGURES_TEXTS: &str = include_str!("../../ui/texts/id/figures.json");
const DELIVERY_TEXTS: &str = include_str!("../../ui/texts/id/delivery.json");
const FAMILY_TEXTS: &str = include_str!("../../ui/texts/id/family.json");
const CSS: &str = include_str!("../pages/officer.css");
const DOUBT_TEXTS: &str = include_str!("../../ui/texts/id/doubt.json");
const REVEAL_TEXTS: &str = include_str!("../../ui/texts/id/reveal.json");
const RETENTION_TEXTS: &str = include_str!("../../ui/texts/id/retention.json");
const SECOND_TEXTS: &str = include_str!("../../ui/texts/id/second.json");
const TEXTS: &str = include_str!("../../ui/texts/id/district.json");
/// The page's scripts by name.
const SCRIPTS: &[(&str, &str)] = &[
    ("account", include_str!("../pages/account.js")),
    ("days", include_str!("../pages/days.js")),
    ("doubt", include_str!("../pages/doubt.js")),
    ("officer", include_str!("../pages/officer.js")),
    ("families", include_str!("../pages/families.js")),
    ("deliver", include_str!("../pages/deliver.js")),
    ("pack", include_str!("../pages/pack.js")),
    ("run", include_str!("../pages/run.js")),
    ("bar", include_str!("../pages/bar.js")),
    ("parts", include_str!("../pages/parts.js")),
    ("scan", include_str!("../pages/scan.js")),
    ("export", include_str!("../pages/export.js")),
    ("hold", include_str!("../pages/hold.js")),
    ("issued", include_str!("../pages/issued.js")),
    ("look", include_str!("../pages/look.js")),
    ("siak", include_str!("../pages/siak.js")),
    ("similar", include_str!("../pages/similar.js")),
    ("computers", include_str!("../pages/computers.js")),
    ("decide", include_str!("../pages/decide.js")),
    ("retention", include_str!("../pages/retention.js")),
    ("reveal", include_str!("../pages/reveal.js")),
    ("offered", include_str!("../pages/offered.js")),
    ("second", include_str!("../pages/second.js")),
    ("standards", include_str!("../pages/standards.js")),
    ("visit", include_str!("../pages/visit.js")),
    ("trace", include_str!("../pages/trace.js")),
    ("figures", include_str!("../pages/figures.js")),
];

/// Routes of the pages.
pub fn router() -> Router<Arc<District>> {
    let page = |media: &'static str, text: &'static str| {
        get(move || async move { ([(header::CONTENT_TYPE, media)], text).into_response() })
    };
    let mut router = Router::new();
    for (name, text) in SCRIPTS {
        router = router.route(&format!("/officer/{name}.js"), page("text/javascript; charset=utf-8", text));
    }
    router
        .route("/", get(|| async { Redirect::to("/officer/") }))
        .route("/officer/", page("text/html; charset=utf-8", HTML))
        .route("/officer/families", page("text/html; charset=utf-8", FAMILIES))
        .route("/officer/deliver", page("text/html; charset=utf-8", DELIVER))
        .route("/officer/figures", page("text/html; charset=utf-8", FIGURES))
        .route("/officer/figures.json", page("application/json", FIGURES_TEXTS))
        .route("/officer/delivery.json", page("application/json", DELIVERY_TEXTS))
        .route("/officer/doubt.json", page("application/json", DOUBT_TEXTS))
        .route("/officer/reveal.json", page("application/json", REVEAL_TEXTS))
        .route("/officer/retention.json", page("application/json", RETENTION_TEXTS))
        .route("/officer/second.json", page("application/json", SECOND_TEXTS))
        .route("/officer/family.json", page("application/json", FAMILY_TEXTS))
        .route("/officer/officer.css", page("text/css; charset=utf-8", CSS))
        .route("/officer/texts.json", page("application/json", TEXTS))
}

/// Security headers on every answer, which leaves after this.
pub async fn harden(mut response: Response) -> Response {
    jukung_ledger::point::point("reply");
    let headers = response.headers_mut();
    for (name, value) in [
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; object-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'",
        ),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}
