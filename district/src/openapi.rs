//! What stands behind every route of `/openapi.json`: the refusals they have in common, and refusals of the framework itself
//! told like ours (RFC 9457), so that no caller meets a bare line of English.

use crate::answer::{PROBLEM, refusal};
use axum::body::{Body, to_bytes};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use jukung_domain::problem::Problem;
use utoipa::openapi::path::Operation;
use utoipa::openapi::{Content, Object, OpenApi, Ref, RefOr, ResponseBuilder, Type};

/// Longest reason of the framework that is passed on, in bytes: it names a field and a place, never what was sent whole.
const WHY_MAX: usize = 300;
const HTML: &str = "text/html";

/// Says of every operation how it refuses: as a problem, and where it answers with a page also as a page.
pub fn complete(api: &mut OpenApi) {
    for item in api.paths.paths.values_mut() {
        let operations = [
            &mut item.get,
            &mut item.put,
            &mut item.post,
            &mut item.delete,
            &mut item.options,
            &mut item.patch,
            &mut item.trace,
        ];
        operations.into_iter().flatten().for_each(refuses);
        if let Some(head) = &mut item.head {
            // No answer to HEAD has a body.
            let refusal = ResponseBuilder::new().description("refused: the status says it all").build();
            head.responses.responses.entry("default".to_owned()).or_insert_with(|| refusal.into());
        }
    }
}

fn refuses(operation: &mut Operation) {
    let problem = || Content::new(Some(Ref::from_schema_name("Told")));
    let responses = &mut operation.responses.responses;
    let mut is_page = false;
    for (status, response) in responses.iter_mut() {
        let RefOr::T(response) = response else { continue };
        let page = response.content.keys().any(|media| media.starts_with(HTML));
        is_page |= page;
        if page && status.starts_with('4') {
            // What is no form at all is refused before there is a page.
            response.content.entry(PROBLEM.to_owned()).or_insert_with(|| problem().into());
        }
    }
    let mut refusal = ResponseBuilder::new()
        .description("refused: the code says why, the title what to do")
        .content(PROBLEM, problem());
    if is_page {
        refusal = refusal.content(HTML, Content::new(Some(Object::with_type(Type::String))));
    }
    responses.entry("default".to_owned()).or_insert_with(|| refusal.build().into());
}

/// Gives a refusal without words of ours the form that all others have; its status stays.
pub async fn told(response: Response) -> Response {
    let status = response.status();
    let media = response.headers().get(header::CONTENT_TYPE).map(HeaderValue::as_bytes);
    let is_bare = media.is_none_or(|media| media.starts_with(b"text/plain"));
    if !(status.is_client_error() || status.is_server_error()) || !is_bare {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let why = to_bytes(body, WHY_MAX).await.unwrap_or_default();
    let problem = match status {
        StatusCode::NOT_FOUND => Problem::new("not_found"),
        _ if status.is_server_error() => Problem::new("internal"),
        _ => Problem::new("bad_request").with("why", String::from_utf8_lossy(&why)),
    };
    parts.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM));
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(refusal(problem, status)))
}
