//! `/metrics`: how the server is, for Prometheus. Counts only: no name, no number, no address, and offices only as a count of
//! theirs, since a village of three applications is nearly a name.

use crate::District;
use crate::answer::{Answer, PROBLEM, Refused, Told, blocking};
use crate::delivery::ZONE;
use crate::http::Shared;
use crate::signature::Time;
use crate::signature::sealed::told;
use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::http::{HeaderMap, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use jukung_domain::calendar::Local;
use jukung_domain::problem::Problem;
use jukung_ledger::tx::Value;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::time::Instant;

/// Media type of the answer.
const TEXT: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
/// Upper ends in seconds: from a page out of memory to a sync of 200 applications on an old disk.
const SECONDS: [f64; 9] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 2.5, 10.0];
const DAY_MS: i64 = 86_400_000;

type Labels<const N: usize> = [(&'static str, String); N];

/// What this process has answered since it started.
#[derive(Debug, Clone)]
pub struct Answered {
    requests: Family<Labels<3>, Counter>,
    seconds: Family<Labels<1>, Histogram, fn() -> Histogram>,
    seals: Family<Labels<1>, Counter>,
}

impl Answered {
    /// Counts a paper that was sealed, by how its seal came to its time.
    pub(crate) fn sealed(&self, time: &Time) {
        self.seals.get_or_create(&[("time", told(time).to_owned())]).inc();
    }
}

impl Default for Answered {
    fn default() -> Answered {
        let seconds = Family::new_with_constructor((|| Histogram::new(SECONDS)) as fn() -> Histogram);
        Answered { requests: Family::default(), seconds, seals: Family::default() }
    }
}

/// Counts a request by the route it matched, never by its path: a path holds numbers.
pub async fn count(State(district): Shared, request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str).to_owned();
    let method = request.method().to_string();
    let begun = Instant::now();
    let response = next.run(request).await;
    let code = response.status().as_str().to_owned();
    let seen = &district.answered;
    seen.seconds.get_or_create(&[("route", route.clone())]).observe(begun.elapsed().as_secs_f64());
    seen.requests.get_or_create(&[("route", route), ("method", method), ("code", code)]).inc();
    response
}

/// One gauge read from the database: rows of a label's value and a number.
struct Read {
    name: &'static str,
    help: &'static str,
    label: &'static str,
    sql: &'static str,
    /// What the SQL takes.
    takes: Takes,
    /// Whether the number is a moment that becomes an age in seconds.
    age: bool,
}

#[derive(Clone, Copy)]
enum Takes {
    Nothing,
    Now,
    Today,
    /// The moments one, three and seven days ago.
    DaysAgo,
}

const fn read(name: &'static str, help: &'static str, label: &'static str, sql: &'static str) -> Read {
    Read { name, help, label, sql, takes: Takes::Nothing, age: false }
}

const READS: [Read; 14] = [
    read("jukung_feed_entries", "Entries told to counters so far", "", "SELECT '', CAST(coalesce(sum(next - 1), 0) AS BIGINT) FROM office_feed"),
    read("jukung_applications", "Applications by where they stand", "status", "SELECT status, count(*) FROM app GROUP BY status"),
    Read {
        age: true,
        ..read(
            "jukung_applications_oldest_seconds",
            "Age of the oldest application that waits for the Dinas",
            "status",
            "SELECT status, min(created) FROM app WHERE status IN ('SUBMITTED', 'IN_VERIFICATION', 'IN_PROCESS') GROUP BY status",
        )
    },
    read("jukung_computers", "Computers of counters by state", "state", "SELECT state, count(*) FROM device GROUP BY state"),
    Read {
        takes: Takes::DaysAgo,
        ..read(
            "jukung_computers_silent",
            "Computers in use that have not called for so many days",
            "days",
            "SELECT days, count(id) FROM (SELECT '1' AS days, CAST($1 AS BIGINT) AS since UNION ALL SELECT '3', CAST($2 AS BIGINT)
              UNION ALL SELECT '7', CAST($3 AS BIGINT)) limits
             LEFT JOIN device ON state = 'active' AND last_sync < since GROUP BY days",
        )
    },
    read(
        "jukung_scans_missing",
        "Scans that applications name and that have not arrived",
        "",
        "SELECT '', count(*) FROM blob WHERE state = 'wanted'",
    ),
    read("jukung_messages", "Messages to families by their fate", "state", "SELECT state, count(*) FROM message GROUP BY state"),
    read("jukung_complaints", "Complaints by state", "state", "SELECT state, count(*) FROM complaint GROUP BY state"),
    Read {
        takes: Takes::Today,
        ..read(
            "jukung_complaints_overdue",
            "Complaints whose day for an answer has passed",
            "",
            "SELECT '', count(*) FROM complaint WHERE state IN ('new', 'reopened') AND due < $1",
        )
    },
    read("jukung_documents_waiting", "Documents that lie ready, by their way", "way", "SELECT way, count(*) FROM document GROUP BY way"),
    read("jukung_letters", "What runs and bags carry, by state", "state", "SELECT state, count(*) FROM run_item GROUP BY state"),
    read("jukung_quarantine", "Events that could not be read", "", "SELECT '', count(*) FROM quarantine"),
    read(
        "jukung_audit_findings",
        "Places where the audit of a counter did not fit",
        "kind",
        "SELECT kind, count(*) FROM audit_finding GROUP BY kind",
    ),
    Read {
        takes: Takes::Now,
        ..read(
            "jukung_duties_overdue",
            "Duties of UU 27/2022 whose 72 hours have passed",
            "",
            "SELECT '', count(*) FROM duty WHERE done = 0 AND due < $1",
        )
    },
];

impl District {
    /// Everything that is counted, as OpenMetrics text.
    ///
    /// # Errors
    /// Those of the database.
    pub fn metrics(&self) -> Result<String, Problem> {
        let now = self.edge.now();
        let today = Local::at(now, ZONE).day().to_string();
        let mut registry = Registry::default();
        let build: Family<Labels<1>, Gauge> = Family::default();
        build.get_or_create(&[("version", env!("CARGO_PKG_VERSION").to_owned())]).set(1);
        registry.register("jukung_build", "The version that runs", build);
        self.db.read(|tx| {
            for read in &READS {
                let values: Vec<Value> = match read.takes {
                    Takes::Nothing => Vec::new(),
                    Takes::Now => vec![now.into()],
                    Takes::Today => vec![today.as_str().into()],
                    Takes::DaysAgo => [1, 3, 7].map(|days| (now - days * DAY_MS).into()).to_vec(),
                };
                let plain = Gauge::<i64>::default();
                let family: Family<Labels<1>, Gauge> = Family::default();
                for row in tx.query(read.sql, &values)? {
                    let (label, number) = (row.text(0)?, row.int(1)?);
                    let number = if read.age { (now - number).max(0) / 1000 } else { number };
                    if read.label.is_empty() {
                        plain.set(number);
                    } else {
                        family.get_or_create(&[(read.label, label)]).set(number);
                    }
                }
                if read.label.is_empty() {
                    registry.register(read.name, read.help, plain);
                } else {
                    registry.register(read.name, read.help, family);
                }
            }
            Ok::<_, jukung_ledger::DbProblem>(())
        })?;
        registry.register(
            "jukung_seals",
            "Papers sealed, by how the seal came to its time",
            self.answered.seals.clone(),
        );
        registry.register("jukung_http_requests", "Requests answered", self.answered.requests.clone());
        let seconds = self.answered.seconds.clone();
        registry.register_with_unit("jukung_http_answer", "Time until an answer began", Unit::Seconds, seconds);
        let mut text = String::new();
        encode(&mut text, &registry).map_err(|e| Problem::new("internal").with("at", e))?;
        Ok(text)
    }
}

/// Counts and ages for Prometheus, in OpenMetrics text; told to programs on this very machine only, not through a web server.
#[utoipa::path(get, path = "/metrics", responses((status = 200, description = "OpenMetrics", body = String, content_type = "application/openmetrics-text"), (status = 404, description = "asked from elsewhere", body = Told, content_type = PROBLEM)))]
pub(crate) async fn metrics(State(district): Shared, headers: HeaderMap, request: Request) -> Answer<Response> {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let passed_on = headers.contains_key("x-forwarded-for") || headers.contains_key(header::FORWARDED);
    if passed_on || peer.is_some_and(|p| !p.0.ip().is_loopback()) {
        return Err(Refused(Problem::new("not_found")));
    }
    let text = blocking(move || district.metrics()).await?;
    Ok(([(header::CONTENT_TYPE, TEXT)], text).into_response())
}

/// What the router wraps itself in.
pub(crate) fn counted(router: axum::Router<Arc<District>>, district: &Arc<District>) -> axum::Router<Arc<District>> {
    router.layer(axum::middleware::from_fn_with_state(district.clone(), count))
}
