//! The public page where anyone checks a receipt: static files that judge in the visitor's own browser, and the list of
//! whom to believe. What stands behind `#` in the receipt's address never comes here (security.md 4.4).

use crate::District;
use crate::family::page::{esc, frame, whom_to_ask};
use crate::http::{Answer, Shared, blocking};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderName, header};
use axum::response::{Html, IntoResponse, Response};
use jukung_crypto::sign;
use jukung_domain::problem::Problem;
use jukung_domain::texts::say;
use jukung_domain::wire::{DistrictSettings, Office};
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

const TEXTS: &str = include_str!("../../ui/texts/id/verify.json");
/// The page's scripts by name.
const SCRIPTS: [(&str, &str); 4] = [
    ("/asli/page.js", include_str!("../pages/asli.js")),
    ("/asli/verdict.js", include_str!("../pages/verdict.js")),
    ("/asli/ed25519.js", include_str!("../pages/ed25519.js")),
    ("/asli/worker.js", include_str!("../pages/asli-worker.js")),
];
/// Offices told with their names: a district has at most 300.
const OFFICES_MAX: i64 = 1000;

/// Whom the page believes, and how offices are called.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Trusted {
    /// Public keys of the district, hex.
    keys: Vec<String>,
    /// Its regency's code, e.g. 6305; 0 while it has no office.
    district: i64,
    /// Public keys of computers that were reported lost, hex.
    lost: Vec<String>,
    /// Name and zone of each office, by its code without dots.
    #[schema(value_type = BTreeMap<String, Vec<String>>)]
    offices: BTreeMap<String, (String, String)>,
    /// When this was told, ms since 1970 UTC.
    made: i64,
}

/// What the district says of whom to believe, with its signature over exactly these words.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = TrustedSigned)]
pub struct Signed {
    /// [`Trusted`] as JSON.
    pub told: String,
    /// Signature by the first of its keys over `jukung-trusted-1|` and these words, hex.
    pub sig: String,
}

/// Routes of the page.
pub fn router() -> OpenApiRouter<Arc<District>> {
    let mut router = OpenApiRouter::new().routes(routes!(show)).routes(routes!(trusted));
    for (path, text) in SCRIPTS {
        let headers = [
            (header::CONTENT_TYPE, "text/javascript; charset=utf-8"),
            (header::CACHE_CONTROL, "no-cache"),
            // The worker lies in /asli/ and answers for /asli itself.
            (HeaderName::from_static("service-worker-allowed"), "/asli"),
        ];
        router = router.route(path, axum::routing::get(move || async move { (headers, text) }));
    }
    let texts = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-cache")];
    router.route("/asli/texts.json", axum::routing::get(move || async move { (texts, TEXTS) }))
}

/// The page that checks a receipt; without JavaScript it says what else can be done.
#[utoipa::path(get, path = "/asli", responses((status = 200, description = "the page", body = String, content_type = "text/html")))]
async fn show(State(district): Shared) -> Response {
    // Without its settings the page still checks; only the hotline is not named.
    let settings = blocking(move || district.settings().map_err(Problem::from)).await.unwrap_or_default();
    ([(header::CACHE_CONTROL, "no-cache")], Html(page(&settings))).into_response()
}

/// Keys, lost computers and names of offices, signed: a copy that lies elsewhere, or was kept, shows whose it is.
#[utoipa::path(get, path = "/asli/trusted.json", responses((status = 200, body = Signed)))]
async fn trusted(State(district): Shared) -> Answer<Response> {
    let told = blocking(move || district.trusted_signed()).await?;
    Ok(([(header::CACHE_CONTROL, "no-cache")], Json(told)).into_response())
}

fn v(key: &str) -> String {
    esc(&say(&format!("verify.{key}"), &[]))
}

fn page(settings: &DistrictSettings) -> String {
    let ask = whom_to_ask("", settings);
    let ask = if ask.is_empty() { v("page.plain_ask") } else { format!("{} {}", v("page.plain_ask"), esc(&ask)) };
    let body = format!(
        "<h1>{title}</h1>\
         <div id=\"plain\"><p class=\"note\">{plain}</p><ul><li><a href=\"/cek\">{check}</a></li><li>{ask}</li></ul></div>\
         <div id=\"tool\" hidden><p>{lead}</p><p id=\"other-key\" class=\"note\" role=\"alert\" hidden></p>\
         <div id=\"verdict\" class=\"where\" role=\"status\" tabindex=\"-1\" hidden></div><dl id=\"facts\"></dl>\
         <form id=\"form\"><p class=\"field\"><label for=\"text\">{paste}</label><span class=\"hint\" id=\"hint\">{hint}</span>\
         <textarea id=\"text\" rows=\"3\" autocomplete=\"off\" autocapitalize=\"off\" spellcheck=\"false\" aria-describedby=\"hint\"></textarea></p>\
         <button class=\"first\">{go}</button></form>\
         <p id=\"photo\" class=\"field\" hidden><label for=\"file\">{photo}</label><input id=\"file\" type=\"file\" accept=\"image/*\"></p>\
         <p><a href=\"/cek\">{status}</a></p><p class=\"hint\" id=\"as-of\"></p><p class=\"hint\" id=\"kept\"></p></div>\
         <script type=\"module\" src=\"/asli/page.js\"></script>",
        title = v("title"),
        plain = v("page.plain"),
        check = v("page.plain_check"),
        lead = v("page.lead"),
        paste = v("paste"),
        hint = v("paste_hint"),
        go = v("go"),
        photo = v("photo"),
        status = v("page.status"),
    );
    frame(&say("verify.title", &[]), &body, settings)
}

impl District {
    /// Whom the page believes, signed.
    ///
    /// # Errors
    /// Those of the database.
    pub fn trusted_signed(&self) -> Result<Signed, Problem> {
        let told = serde_json::to_string(&self.trusted()?).map_err(|e| Problem::new("internal").with("at", e))?;
        let sig = hex::encode(sign::sign(&self.seed, format!("jukung-trusted-1|{told}").as_bytes()));
        Ok(Signed { told, sig })
    }

    /// Whom the page believes.
    ///
    /// # Errors
    /// Those of the database.
    pub fn trusted(&self) -> Result<Trusted, Problem> {
        let lost = self.settings()?.lost;
        let rows =
            self.db.read(|tx| tx.query("SELECT card FROM office ORDER BY code LIMIT $1", &[OFFICES_MAX.into()]))?;
        let mut offices = BTreeMap::new();
        for row in &rows {
            let card: Office =
                serde_json::from_str(&row.text(0)?).map_err(|e| Problem::new("internal").with("at", e))?;
            offices.insert(card.code.replace('.', ""), (card.name, card.zone));
        }
        let regency = offices.keys().next().and_then(|code| code.get(..4)).and_then(|code| code.parse().ok());
        let keys = vec![self.public_key()];
        Ok(Trusted { keys, district: regency.unwrap_or(0), lost, offices, made: self.edge.now() })
    }
}
