//! The routes: each takes its call apart, asks the district off the async threads, and puts the answer together.

pub(crate) use crate::answer::{Answer, PROBLEM, blocking, ended};
pub use crate::answer::{Refused, Told};
use crate::courier::Taken;
use crate::desk::{Detail, Rows, Wanted};
use crate::me::Me;
use crate::officers::Entry;
use crate::packed::Packed;
use crate::verify::Tick;
use crate::{District, gate, ingest, pages, tus};
use axum::Json;
use axum::body::{Body as HttpBody, Bytes};
use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jukung_domain::bundle::{Frame, MEDIA, OPENING, Scanner};
use jukung_domain::event::{Body, Delivered, Issued, Place, Reason, Returned, Shipped};
use jukung_domain::policy::Action;
use jukung_domain::problem::Problem;
use jukung_domain::wire::{BODY_BYTES_MAX, FeedEntry, SYNC_MEDIA, SyncAnswer, SyncHead};
use serde::{Deserialize, Serialize};
use std::sync::{Arc, OnceLock};
use utoipa::{OpenApi, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// A district shared by its routes.
pub type Shared = State<Arc<District>>;

/// How the server is.
#[derive(Serialize, ToSchema)]
struct Health {
    /// `ok`.
    status: &'static str,
    /// Version of the server.
    version: &'static str,
}

#[derive(OpenApi)]
#[openapi(
    components(schemas(SyncHead, SyncAnswer, FeedEntry)),
    info(title = "Jukung district", description = "Counters sync here; officers decide here.")
)]
struct Doc;

/// Every route.
pub fn router(district: Arc<District>) -> axum::Router {
    // Describing them takes a fiftieth of a second, and a test opens hundreds of districts.
    static ROUTES: OnceLock<axum::Router<Arc<District>>> = OnceLock::new();
    crate::metrics::counted(ROUTES.get_or_init(routes).clone(), &district)
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(axum::middleware::map_response(crate::openapi::told))
        .layer(axum::middleware::map_response(pages::harden))
        .with_state(district)
}

fn routes() -> axum::Router<Arc<District>> {
    let (router, mut api) = OpenApiRouter::with_openapi(Doc::openapi())
        .routes(routes!(healthz))
        .routes(routes!(crate::metrics::metrics))
        .routes(routes!(gate::enrol))
        .routes(routes!(sync))
        .routes(routes!(quarantine))
        .routes(routes!(bundles))
        .routes(routes!(put_scan, tus::stand, tus::go_on, tus::end, tus::instead))
        .routes(routes!(tus::create, tus::can))
        .routes(routes!(sign_in))
        .routes(routes!(sign_out))
        .routes(routes!(me))
        .routes(routes!(list))
        .routes(routes!(detail))
        .routes(routes!(decide))
        .routes(routes!(get_scan))
        .routes(routes!(tick))
        .routes(routes!(gate::devices))
        .routes(routes!(gate::invite))
        .routes(routes!(gate::approve))
        .routes(routes!(gate::refuse))
        .routes(routes!(gate::end))
        .routes(routes!(gate::apart))
        .routes(routes!(gate::settle_apart))
        .merge(crate::family::router())
        .merge(crate::receipt_page::router())
        .merge(crate::complaint::public::router())
        .merge(crate::complaint::desk::router())
        .merge(crate::hotline::routes::router())
        .merge(crate::delivery::routes::router())
        .merge(crate::account::router())
        .merge(crate::standards::router())
        .merge(crate::offered::router())
        .merge(crate::trace_routes::router())
        .merge(crate::figures::routes::router())
        .merge(crate::doubt::router())
        .merge(crate::reveal::router())
        .merge(crate::similar::router())
        .merge(crate::export::router())
        .merge(crate::siak::router())
        .merge(crate::signature::routes::router())
        .merge(crate::signature::issued_routes::router())
        .merge(crate::visit::router())
        .merge(crate::hold::router())
        .merge(crate::retention::routes::router())
        .merge(crate::second::routes::router())
        .merge(crate::days::router())
        .split_for_parts();
    crate::openapi::complete(&mut api);
    let text = api.to_json().unwrap_or_default();
    router
        .route(
            "/openapi.json",
            axum::routing::get(move || async move { ([(header::CONTENT_TYPE, "application/json")], text) }),
        )
        .merge(pages::router())
}

/// Whether the server and its database answer.
#[utoipa::path(get, path = "/healthz", responses((status = 200, body = Health), (status = 500, description = "the database does not answer", body = Told, content_type = PROBLEM)))]
async fn healthz(State(district): Shared) -> Answer<Json<Health>> {
    blocking(move || district.settings().map_err(Problem::from)).await?;
    Ok(Json(Health { status: "ok", version: env!("CARGO_PKG_VERSION") }))
}

/// The one call both ways: events up, feed down.
#[utoipa::path(post, path = "/v1/sync", request_body(content = Vec<u8>, content_type = "application/vnd.jukung-sync+ndjson;v=1"),
    responses((status = 200, description = "processed; outcomes are in the feed: a SyncAnswer line, then FeedEntry lines, zstd", body = Vec<u8>, content_type = "application/vnd.jukung-sync+ndjson;v=1"), (status = 400, description = "envelope unreadable", body = Told, content_type = PROBLEM), (status = 403, description = "device unknown", body = Told, content_type = PROBLEM), (status = 415, description = "packed in a way or a version that is not known here: send it plain", body = Told, content_type = PROBLEM)))]
async fn sync(State(district): Shared, headers: HeaderMap, body: Bytes) -> Answer<Response> {
    let packed = Packed::of(&headers)?;
    if headers.get(header::CONTENT_TYPE).is_some_and(|v| v != SYNC_MEDIA) {
        return Err(Refused(Problem::new("encoding_unknown")));
    }
    let (answer, named) = blocking(move || {
        let answer = district.sync(&ingest::read(&packed.unpack(&body)?)?)?;
        packed.pack(answer, &body)
    })
    .await?;
    let mut response = ([(header::CONTENT_TYPE, SYNC_MEDIA)], answer).into_response();
    if !named.is_empty() {
        response.headers_mut().insert(header::CONTENT_ENCODING, header::HeaderValue::from_static(named));
    }
    Ok(response)
}

/// One event whose call could not be read: a first line, and behind it the bytes of the event, whatever they are. It gets its
/// place and its outcome like any other, so that nothing behind it waits.
#[utoipa::path(post, path = "/v1/quarantine", request_body(content = Vec<u8>, content_type = "application/vnd.jukung-sync+ndjson;v=1"),
    responses((status = 200, description = "an answer as of /v1/sync", body = Vec<u8>, content_type = "application/vnd.jukung-sync+ndjson;v=1"), (status = 400, description = "not even this can be read", body = Told, content_type = PROBLEM), (status = 403, description = "device unknown", body = Told, content_type = PROBLEM)))]
async fn quarantine(State(district): Shared, body: Bytes) -> Answer<Response> {
    let answer = blocking(move || district.sync(&ingest::read_opaque(&body)?)).await?;
    Ok(([(header::CONTENT_TYPE, SYNC_MEDIA)], answer).into_response())
}

/// Takes sealed segments that anyone may carry, and answers each device that asked so that it alone can read it.
#[utoipa::path(post, path = "/v1/bundles", request_body(content = Vec<u8>, content_type = "application/vnd.jukung-bundle;v=1"),
    responses((status = 200, description = "taken in as far as intact: frames with sealed answers", body = Vec<u8>, content_type = "application/vnd.jukung-bundle;v=1"), (status = 507, description = "no room", body = Told, content_type = PROBLEM)))]
async fn bundles(State(district): Shared, body: Bytes) -> Answer<Response> {
    let answer = blocking(move || {
        let mut scanner = Scanner::default();
        let mut frames = scanner.push(&body);
        frames.extend(scanner.finish());
        if frames.is_empty() {
            return Err(Problem::new("bad_request").with("why", "no intact segment"));
        }
        let (mut taken, mut link) = (Taken::default(), String::new());
        for frame in &frames {
            district.take_segment(&frame.sealed, &mut link, &mut taken)?;
        }
        if taken.pending > 0 {
            // Told as a refusal, so that the counter keeps what it packed.
            return Err(Problem::new("device_pending"));
        }
        let mut sealed = Vec::new();
        for device in &taken.asked {
            sealed.extend(district.answer(device)?.map(|a| a.segments).unwrap_or_default());
        }
        let count = sealed.len();
        let frame = |(at, sealed)| Frame { index: u32::try_from(at + 1).unwrap_or(0), last: at + 1 == count, sealed };
        let frames = sealed.into_iter().enumerate().flat_map(|s| frame(s).bytes());
        Ok(OPENING.iter().copied().chain(frames).collect::<Vec<u8>>())
    })
    .await?;
    Ok(([(header::CONTENT_TYPE, MEDIA)], answer).into_response())
}

/// Takes one scan under its content address.
#[utoipa::path(put, path = "/v1/blobs/{sha256}", params(("sha256" = String, Path)), request_body = Vec<u8>,
    responses((status = 201, description = "held"), (status = 400, description = "bytes are not those named", body = Told, content_type = PROBLEM), (status = 401, description = "token", body = Told, content_type = PROBLEM), (status = 404, description = "no application names it", body = Told, content_type = PROBLEM)))]
async fn put_scan(
    State(district): Shared,
    Path(sha256): Path<String>,
    headers: HeaderMap,
    body: HttpBody,
) -> Answer<StatusCode> {
    let token = headers
        .get(header::AUTHORIZATION)
        .and_then(|v| v.to_str().ok())
        .and_then(|v| v.strip_prefix("Bearer "))
        .unwrap_or_default()
        .to_owned();
    let here = district.clone();
    let mut arriving = blocking(move || {
        let (_, office) = here.device_of(&token)?;
        here.begin_scan(&sha256, &office)
    })
    .await?;
    let mut body = body;
    while let Some(frame) = next_frame(&mut body).await? {
        arriving.take(&frame)?;
    }
    blocking(move || district.finish_scan(arriving)).await?;
    Ok(StatusCode::CREATED)
}

pub(crate) async fn next_frame(body: &mut HttpBody) -> Answer<Option<Bytes>> {
    use axum::body::HttpBody as _;
    let frame = std::future::poll_fn(|context| std::pin::Pin::new(&mut *body).poll_frame(context)).await;
    match frame {
        None => Ok(None),
        Some(Ok(frame)) => Ok(Some(frame.into_data().unwrap_or_default())),
        Some(Err(e)) => Err(Refused(Problem::new("bad_request").with("why", e))),
    }
}

/// Name and passphrase of an officer.
#[derive(Deserialize, ToSchema)]
pub struct Credentials {
    name: String,
    passphrase: String,
    /// Six digits from the telephone, of an officer who has codes.
    #[serde(default)]
    code: String,
}

const COOKIE: &str = "jukung_officer";

pub(crate) fn session(headers: &HeaderMap) -> String {
    let cookies = headers.get(header::COOKIE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    cookies
        .split(';')
        .filter_map(|c| c.trim().split_once('='))
        .find(|(n, _)| *n == COOKIE)
        .map(|(_, v)| v.to_owned())
        .unwrap_or_default()
}

/// The district as far as the officer who calls sees it, and their name, when the policy lets them do `action`. It takes the
/// whole district and gives none back: a route that has asked cannot reach beyond the officer's area.
pub(crate) async fn officer(
    district: Arc<District>,
    headers: &HeaderMap,
    action: Action,
) -> Answer<(Arc<District>, String)> {
    let token = session(headers);
    let asked = move || {
        let (name, area) = district.officer_of(&token, action)?;
        Ok((Arc::new(district.within(area)), name))
    };
    blocking(asked).await
}

/// Signs an officer in.
#[utoipa::path(post, path = "/officer/api/sign-in", request_body = Credentials, responses((status = 204, description = "signed in, cookie set"), (status = 400, description = "another code", body = Told, content_type = PROBLEM), (status = 401, description = "wrong, or a code is needed", body = Told, content_type = PROBLEM), (status = 429, description = "too many tries", body = Told, content_type = PROBLEM)))]
async fn sign_in(State(district): Shared, headers: HeaderMap, Json(who): Json<Credentials>) -> Answer<Response> {
    let agent = headers.get(header::USER_AGENT).and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned();
    let Credentials { name, passphrase, code } = who;
    let enter = move || district.enter(&Entry { name: &name, passphrase: &passphrase, code: &code, agent: &agent });
    let token = blocking(enter).await?;
    let cookie = format!("{COOKIE}={token}; Path=/officer; HttpOnly; SameSite=Strict; Max-Age=36000");
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)]).into_response())
}

/// Ends the session.
#[utoipa::path(post, path = "/officer/api/sign-out", responses((status = 204, description = "signed out")))]
async fn sign_out(State(district): Shared, headers: HeaderMap) -> Answer<StatusCode> {
    let token = session(&headers);
    district.signings.forget(&token, district.edge.now());
    blocking(move || district.sign_out(&token)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Who is signed in.
#[utoipa::path(get, path = "/officer/api/me", responses((status = 200, body = Me), (status = 401, description = "nobody", body = Told, content_type = PROBLEM)))]
async fn me(State(district): Shared, headers: HeaderMap) -> Answer<Json<Me>> {
    let (district, _) = officer(district, &headers, Action::OwnSecret).await?;
    let token = session(&headers);
    let me = move || {
        let officer = district.signed_in(&token)?;
        district.me(officer.name, &officer.may)
    };
    Ok(Json(blocking(me).await?))
}

/// The work queue.
#[utoipa::path(get, path = "/officer/api/applications", params(("status" = Option<String>, Query), ("service" = Option<String>, Query), ("office" = Option<String>, Query), ("subdistrict" = Option<String>, Query), ("age" = Option<i64>, Query), ("text" = Option<String>, Query), ("page" = Option<i64>, Query)),
    responses((status = 200, body = Rows), (status = 401, description = "signed out", body = Told, content_type = PROBLEM)))]
async fn list(State(district): Shared, headers: HeaderMap, Query(wanted): Query<Wanted>) -> Answer<Json<Rows>> {
    let (district, _) = officer(district, &headers, Action::CheckRead).await?;
    Ok(Json(blocking(move || district.list(&wanted)).await?))
}

/// One application.
#[utoipa::path(get, path = "/officer/api/applications/{id}", params(("id" = String, Path)), responses((status = 200, body = Detail), (status = 404, description = "not here", body = Told, content_type = PROBLEM)))]
async fn detail(State(district): Shared, headers: HeaderMap, Path(id): Path<String>) -> Answer<Json<Detail>> {
    let (district, name) = officer(district, &headers, Action::CheckRead).await?;
    let opened = blocking(move || {
        let detail = district.detail(&id)?;
        district.note_opening(&id, &name, "")?;
        Ok(detail)
    });
    Ok(Json(opened.await?))
}

/// An answer was compared with the scans, or that is taken back.
#[utoipa::path(post, path = "/officer/api/applications/{id}/ticks", params(("id" = String, Path)), request_body = Tick,
    responses((status = 200, body = Detail), (status = 404, description = "no such answer", body = Told, content_type = PROBLEM), (status = 409, description = "the answer changed, or the application is decided", body = Told, content_type = PROBLEM)))]
async fn tick(
    State(district): Shared,
    headers: HeaderMap,
    Path(id): Path<String>,
    Json(tick): Json<Tick>,
) -> Answer<Json<Detail>> {
    let (district, name) = officer(district, &headers, Action::CheckDecide).await?;
    Ok(Json(blocking(move || district.tick(&id, &name, &tick)).await?))
}

/// Words that go with a decision; which are needed depends on the step.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default)]
pub struct Words {
    reason: String,
    target: String,
    note: String,
    document: String,
    place: String,
    carrier: String,
    tracking: String,
    recipient: String,
    relation: String,
}

fn decision(step: &str, w: Words) -> Result<Body, Problem> {
    Ok(match step {
        "take" => Body::Taken,
        "approve" => Body::Approved,
        "return" => Body::Returned(Returned { reason: w.reason, target: w.target, note: w.note }),
        "reject" => Body::Refused(Reason { reason: w.reason }),
        "issue" => Body::Issued(Issued { document: w.document }),
        "ready" => Body::Ready(Place { place: w.place }),
        "ship" => Body::Shipped(Shipped { carrier: w.carrier, tracking: w.tracking }),
        "deliver" => Body::Delivered(Delivered {
            recipient: w.recipient,
            relation: w.relation,
            place: w.place,
            ..Delivered::default()
        }),
        "note" => Body::DistrictNote(Reason { reason: w.reason }),
        _ => return Err(Problem::new("not_found")),
    })
}

/// What the policy calls a step.
pub(crate) fn step_action(step: &str) -> Action {
    match step {
        "approve" | "issue" => Action::CheckApprove,
        "ready" | "ship" | "deliver" => Action::Deliver,
        _ => Action::CheckDecide,
    }
}

/// One step: take, approve, return, reject, issue, ready, ship, deliver, note.
#[utoipa::path(post, path = "/officer/api/applications/{id}/{step}", params(("id" = String, Path), ("step" = String, Path)), request_body = Words,
    responses((status = 200, body = Detail), (status = 400, description = "a reason is missing", body = Told, content_type = PROBLEM), (status = 409, description = "not allowed from here", body = Told, content_type = PROBLEM)))]
async fn decide(
    State(district): Shared,
    headers: HeaderMap,
    Path((id, step)): Path<(String, String)>,
    Json(words): Json<Words>,
) -> Answer<Json<Detail>> {
    let (district, name) = officer(district, &headers, step_action(&step)).await?;
    let detail = blocking(move || {
        district.decide(&id, &name, &decision(&step, words)?)?;
        district.detail(&id)
    })
    .await?;
    Ok(Json(detail))
}

/// The bytes of a scan that this application names; who opened it is written down.
#[utoipa::path(get, path = "/officer/api/applications/{id}/scans/{sha256}", params(("id" = String, Path), ("sha256" = String, Path)), responses((status = 200, description = "the scan: JPEG or PDF", body = Vec<u8>, content_type = "image/jpeg"), (status = 404, description = "not here yet, or of another application", body = Told, content_type = PROBLEM)))]
async fn get_scan(
    State(district): Shared,
    headers: HeaderMap,
    Path((id, sha256)): Path<(String, String)>,
) -> Answer<Response> {
    let (district, name) = officer(district, &headers, Action::CheckRead).await?;
    let path = blocking(move || district.open_scan(&id, &name, &sha256)).await?;
    let bytes = tokio::fs::read(path).await.map_err(|_| Refused(Problem::new("not_found")))?;
    let media = if bytes.starts_with(b"%PDF") { "application/pdf" } else { "image/jpeg" };
    Ok(([(header::CONTENT_TYPE, media), (header::CACHE_CONTROL, "private, no-store")], bytes).into_response())
}
