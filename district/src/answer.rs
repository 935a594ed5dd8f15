//! Answers of every route: problems as RFC 9457 tells them, and work done off the async threads.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use jukung_domain::problem::Problem;
use serde::Serialize;
use utoipa::ToSchema;

/// A problem on its way out, as RFC 9457 problem JSON.
pub struct Refused(pub Problem);

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Refused {
        Refused(problem)
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let status = match self.0.code.as_str() {
            "not_found" | "scan_unknown" | "upload_unknown" => StatusCode::NOT_FOUND,
            "signed_out" | "wrong_passphrase" | "code_needed" | "token_unknown" => StatusCode::UNAUTHORIZED,
            "device_unknown" | "device_pending" | "code_refused" | "code_used" | "code_expired" | "other_site"
            | "not_permitted" => StatusCode::FORBIDDEN,
            "standards_changed" | "ended_already" | "settled_already" | "not_allowed" | "delivered_already"
            | "in_another_run" | "attempt_known" | "answer_changed" | "reveal_first" | "not_pending"
            | "words_differ" | "upload_moved" | "signing_closed" | "signing_unsure" | "signing_none"
            | "issued_many" | "upload_overtaken" | "second_waits" | "second_self" | "second_gone"
            | "second_changed" | "processing_held" | "retention_waits" | "retention_none" | "retention_own"
            | "retention_changed" => StatusCode::CONFLICT,
            "too_many_tries" | "reveal_budget" => StatusCode::TOO_MANY_REQUESTS,
            "scan_too_large" | "pdf_too_large" => StatusCode::PAYLOAD_TOO_LARGE,
            "encoding_unknown" | "upload_media" => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "tus_version" => StatusCode::PRECONDITION_FAILED,
            "disk_full" => StatusCode::INSUFFICIENT_STORAGE,
            "internal" | "cannot_open" | "read_only" => StatusCode::INTERNAL_SERVER_ERROR,
            _ => StatusCode::BAD_REQUEST,
        };
        (status, [(header::CONTENT_TYPE, PROBLEM)], refusal(self.0, status)).into_response()
    }
}

/// A problem in the words of RFC 9457, as JSON.
pub(crate) fn refusal(problem: Problem, status: StatusCode) -> String {
    let title = jukung_domain::texts::of_problem(&problem);
    let kind = format!("urn:jukung:{}", problem.code);
    let told = Told { kind, title, status: status.as_u16(), code: problem.code, details: problem.details };
    serde_json::to_string(&told).unwrap_or_default()
}

/// Media type of a problem.
pub(crate) const PROBLEM: &str = "application/problem+json";

/// A problem as it is told (RFC 9457).
#[derive(Serialize, ToSchema)]
pub struct Told {
    /// `urn:jukung:` and the code.
    #[serde(rename = "type")]
    kind: String,
    /// The sentence for a person, in Indonesian.
    title: String,
    /// HTTP status.
    status: u16,
    /// Code a program can act on.
    code: String,
    /// Values that belong to it, by name.
    details: std::collections::BTreeMap<String, String>,
}

/// What a route gives.
pub type Answer<T> = Result<T, Refused>;

/// Runs `work` on a blocking thread. The task is its own: a client that hangs up does not cancel the commit.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Problem> + Send + 'static,
) -> Answer<T> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result.map_err(Refused),
        Err(e) => {
            tracing::error!("a request ended early: {e}");
            Err(Refused(ended()))
        }
    }
}

/// What is told of a call whose work ended early.
pub(crate) fn ended() -> Problem {
    Problem::new("internal")
}
