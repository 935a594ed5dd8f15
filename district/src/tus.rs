//! Resumable uploads for any tus 1.0.0 client: core, creation, creation-with-upload, checksum, expiration, termination
//! (<https://tus.io/protocols/resumable-upload>). A scan's content address is its upload URL, so that asking twice for one
//! gives the same, and a lost answer leaves no orphan.

use crate::District;
use crate::http::{Refused, Shared, Told, blocking, next_frame};
use crate::partial::{Promise, Upload, WRITTEN_BYTES};
use crate::scans::SCAN_BYTES_MAX;
use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimePrinter;
use jukung_domain::problem::Problem;
use jukung_domain::tus::{self, Checksum};
use serde::Serialize;
use sha1::Sha1;
use sha2::{Digest, Sha256};
use std::sync::Arc;
use utoipa::ToSchema;

const VERSION: &str = "1.0.0";
const EXTENSIONS: &str = "creation,creation-with-upload,checksum,expiration,termination";
const PIECE: &str = "application/offset+octet-stream";
const PROBLEM: &str = "application/problem+json";
/// Status of a piece that is not what its checksum says (tus, checksum extension).
const CHECKSUM_MISMATCH: u16 = 460;

/// What this server can do.
#[utoipa::path(options, path = "/v1/blobs", responses((status = 204, description = "version, extensions and limits, in headers")))]
pub async fn can() -> Response {
    let mut answer = StatusCode::NO_CONTENT.into_response();
    for (name, value) in
        [("tus-version", VERSION), ("tus-extension", EXTENSIONS), ("tus-checksum-algorithm", "sha1,sha256")]
    {
        answer.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    answer.headers_mut().insert("tus-max-size", HeaderValue::from(SCAN_BYTES_MAX));
    said(Ok(answer))
}

/// Begins a scan; a body is its first piece.
#[utoipa::path(post, path = "/v1/blobs", request_body(content = Vec<u8>, content_type = PIECE),
    params(("Tus-Resumable" = String, Header, description = "1.0.0"), ("Upload-Length" = u64, Header), ("Upload-Metadata" = String, Header, description = "sha256 and the address in base64")),
    responses((status = 201, description = "begun: Location, Upload-Offset, Upload-Expires", body = Begun), (status = 401, description = "token", body = Told, content_type = PROBLEM), (status = 404, description = "no application names it", body = Told, content_type = PROBLEM), (status = 412, description = "another version of tus", body = Told, content_type = PROBLEM)))]
pub async fn create(State(district): Shared, headers: HeaderMap, body: Body) -> Response {
    said(begin(district, headers, body).await)
}

/// How many bytes of a scan lie here.
#[utoipa::path(head, path = "/v1/blobs/{sha256}", params(("sha256" = String, Path), ("Tus-Resumable" = String, Header, description = "1.0.0")),
    responses((status = 200, description = "Upload-Offset and Upload-Length"), (status = 404, description = "not begun")))]
pub async fn stand(State(district): Shared, Path(sha256): Path<String>, headers: HeaderMap) -> Response {
    said(stands(district, sha256, headers).await)
}

/// The next piece of a scan.
#[utoipa::path(patch, path = "/v1/blobs/{sha256}", params(("sha256" = String, Path), ("Tus-Resumable" = String, Header, description = "1.0.0"), ("Upload-Offset" = u64, Header), ("Upload-Checksum" = Option<String>, Header)),
    request_body(content = Vec<u8>, content_type = PIECE),
    responses((status = 204, description = "Upload-Offset"), (status = 409, description = "another offset, or a newer request came", body = Told, content_type = PROBLEM), (status = 460, description = "not what the checksum or the address says", body = Told, content_type = PROBLEM)))]
pub async fn go_on(State(district): Shared, Path(sha256): Path<String>, headers: HeaderMap, body: Body) -> Response {
    said(piece(district, sha256, headers, body).await)
}

/// Gives up a scan that has not arrived whole.
#[utoipa::path(delete, path = "/v1/blobs/{sha256}", params(("sha256" = String, Path), ("Tus-Resumable" = String, Header, description = "1.0.0")),
    responses((status = 204, description = "gone"), (status = 404, description = "not begun", body = Told, content_type = PROBLEM)))]
pub async fn end(State(district): Shared, Path(sha256): Path<String>, headers: HeaderMap) -> Response {
    said(give_up(district, sha256, headers).await)
}

/// The same for clients behind a proxy that knows only POST (`X-HTTP-Method-Override`).
#[utoipa::path(post, path = "/v1/blobs/{sha256}", params(("sha256" = String, Path), ("Tus-Resumable" = String, Header, description = "1.0.0"), ("X-HTTP-Method-Override" = String, Header, description = "HEAD, PATCH or DELETE")),
    request_body(content = Vec<u8>, content_type = PIECE),
    responses((status = 204, description = "as the method named"), (status = 400, description = "no such method", body = Told, content_type = PROBLEM)))]
pub async fn instead(State(district): Shared, Path(sha256): Path<String>, headers: HeaderMap, body: Body) -> Response {
    said(match text(&headers, "x-http-method-override") {
        "HEAD" => stands(district, sha256, headers).await,
        "PATCH" => piece(district, sha256, headers, body).await,
        "DELETE" => give_up(district, sha256, headers).await,
        other => Err(Refused(Problem::new("bad_request").with("why", format!("method {other:?}")))),
    })
}

/// What the headers of [`create`] say, for clients that read bodies only.
#[derive(Serialize, ToSchema)]
struct Begun {
    /// Bytes that lie here.
    offset: u64,
}

type Answer = Result<Response, Refused>;

async fn begin(district: Arc<District>, headers: HeaderMap, body: Body) -> Answer {
    let length: u64 = whole(&headers, "upload-length")?;
    let sha256 = tus::named(text(&headers, "upload-metadata")).ok_or_else(|| bad("Upload-Metadata: sha256"))?;
    let upload = asked(&district, &headers, sha256).await?;
    if length != upload.bytes {
        return Err(bad("Upload-Length is not what the application names"));
    }
    let (here, begun) = (district.clone(), upload.clone());
    let mut at = blocking(move || here.begin_upload(&begun).and_then(|()| here.stands_at(&begun))).await?;
    let location = format!("/v1/blobs/{}", upload.sha256);
    if text(&headers, "content-type") == PIECE && !upload.held && at == 0 {
        at = receive(&district, upload, 0, &headers, body).await?;
    }
    let mut answer = (StatusCode::CREATED, [(header::LOCATION, location)], Json(Begun { offset: at })).into_response();
    describe(&mut answer, &district, at, None);
    Ok(answer)
}

async fn stands(district: Arc<District>, sha256: String, headers: HeaderMap) -> Answer {
    let upload = asked(&district, &headers, sha256).await?;
    let (here, asked) = (district.clone(), upload.clone());
    let at = blocking(move || here.stands_at(&asked)).await?;
    let mut answer = StatusCode::OK.into_response();
    describe(&mut answer, &district, at, Some(upload.bytes));
    Ok(answer)
}

async fn piece(district: Arc<District>, sha256: String, headers: HeaderMap, body: Body) -> Answer {
    if text(&headers, "content-type") != PIECE {
        return Err(Refused(Problem::new("upload_media")));
    }
    let offset = whole(&headers, "upload-offset")?;
    let upload = asked(&district, &headers, sha256).await?;
    let at = receive(&district, upload, offset, &headers, body).await?;
    let mut answer = StatusCode::NO_CONTENT.into_response();
    describe(&mut answer, &district, at, None);
    Ok(answer)
}

async fn give_up(district: Arc<District>, sha256: String, headers: HeaderMap) -> Answer {
    let upload = asked(&district, &headers, sha256).await?;
    blocking(move || district.end_upload(&upload)).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Takes a piece as it comes, written every [`WRITTEN_BYTES`]; what came before a cut stays.
async fn receive(
    district: &Arc<District>,
    upload: Upload,
    offset: u64,
    headers: &HeaderMap,
    mut body: Body,
) -> Result<u64, Refused> {
    if upload.held && offset == upload.bytes {
        return Ok(offset);
    }
    let promise = promised(text(headers, "upload-checksum"))?;
    let here = district.clone();
    let mut turn = blocking(move || here.take_turn(upload, offset, promise)).await?;
    let mut waiting = Vec::with_capacity(WRITTEN_BYTES);
    loop {
        let frame = next_frame(&mut body).await;
        let over = !matches!(frame, Ok(Some(_)));
        if let Ok(Some(bytes)) = &frame {
            waiting.extend_from_slice(bytes);
        }
        if waiting.len() >= WRITTEN_BYTES || (over && !waiting.is_empty()) {
            let (here, bytes) = (district.clone(), std::mem::take(&mut waiting));
            turn = blocking(move || here.append(&mut turn, &bytes).map(|()| turn)).await?;
        }
        if over {
            frame?;
            let here = district.clone();
            return blocking(move || here.end_turn(turn)).await;
        }
    }
}

/// The scan a call is about, if its version and its token allow the call.
async fn asked(district: &Arc<District>, headers: &HeaderMap, sha256: String) -> Result<Upload, Refused> {
    if text(headers, "tus-resumable") != VERSION {
        return Err(Refused(Problem::new("tus_version").with("version", VERSION)));
    }
    let token = text(headers, "authorization").strip_prefix("Bearer ").unwrap_or_default().to_owned();
    let here = district.clone();
    blocking(move || here.upload(&token, &sha256)).await
}

/// Adds what every tus answer carries, and turns problems into the statuses tus gives them.
fn said(answer: Answer) -> Response {
    let mut answer = answer.unwrap_or_else(|refused| {
        let status = match refused.0.code.as_str() {
            "checksum_wrong" | "scan_damaged" => StatusCode::from_u16(CHECKSUM_MISMATCH).ok(),
            _ => None,
        };
        let mut answer = refused.into_response();
        if let Some(status) = status {
            *answer.status_mut() = status;
        }
        answer
    });
    if answer.status() == StatusCode::PRECONDITION_FAILED {
        answer.headers_mut().insert("tus-version", HeaderValue::from_static(VERSION));
    }
    answer.headers_mut().insert("tus-resumable", HeaderValue::from_static(VERSION));
    answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}

fn describe(answer: &mut Response, district: &District, at: u64, length: Option<u64>) {
    let headers = answer.headers_mut();
    headers.insert("upload-offset", HeaderValue::from(at));
    if let Some(length) = length {
        headers.insert("upload-length", HeaderValue::from(length));
    }
    let ends = Timestamp::from_millisecond(district.upload_ends()).ok();
    let ends = ends.and_then(|t| DateTimePrinter::new().timestamp_to_rfc9110_string(&t).ok());
    if let Some(ends) = ends.and_then(|t| HeaderValue::from_str(&t).ok()) {
        headers.insert(HeaderName::from_static("upload-expires"), ends);
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default()
}

fn whole(headers: &HeaderMap, name: &str) -> Result<u64, Refused> {
    tus::bytes(text(headers, name)).ok_or_else(|| bad(name))
}

fn bad(why: &str) -> Refused {
    Refused(Problem::new("bad_request").with("why", why))
}

fn promised(header: &str) -> Result<Option<Promise>, Refused> {
    if header.is_empty() {
        return Ok(None);
    }
    match tus::checksum(header) {
        Some(Checksum::Sha1(value)) => Ok(Some(Promise::Sha1(Sha1::new(), value))),
        Some(Checksum::Sha256(value)) => Ok(Some(Promise::Sha256(Sha256::new(), value))),
        None => Err(bad("Upload-Checksum")),
    }
}
