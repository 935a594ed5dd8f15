//! The road in the product: HTTP over rustls, with timeouts on progress only (R12).

use crate::sync::{Call, Reply, Road};
use crate::tls::{self, Trusted};
use jukung_domain::problem::Problem;
use jukung_domain::sync::patience::{IDLE_MAX_MS, drain_ms, stalled};
use jukung_domain::wire::BODY_BYTES_MAX;
use std::future::Future;
use std::net::{IpAddr, UdpSocket};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

/// Longest wait for a connection: three tries of a 2G handshake.
const CONNECT: Duration = Duration::from_secs(30);
/// Longest silence while bytes should move. There is no limit on the whole call: 1 MB takes minutes at 50 kbit/s.
const IDLE: Duration = Duration::from_millis(IDLE_MAX_MS);

/// Longest wait for the answer that is only shown at sign-in: who signs in does not wait for it.
const PROBE: Duration = Duration::from_secs(15);

/// HTTP to one district.
pub struct Http {
    client: reqwest::Client,
    server: String,
    idle: Duration,
}

impl Http {
    /// A road to `server`, e.g. `https://disdukcapil.tapinkab.go.id`.
    ///
    /// # Errors
    /// `internal` when TLS cannot be set up.
    pub fn new(server: &str, trusted: Trusted) -> Result<Http, Problem> {
        Http::with(server, IDLE, tls::config(trusted)?)
    }

    /// A road over plain HTTP or another TLS, with another longest silence: for tests.
    ///
    /// # Errors
    /// As [`Http::new`].
    pub fn with(server: &str, idle: Duration, tls: rustls::ClientConfig) -> Result<Http, Problem> {
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .connect_timeout(CONNECT)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|e| Problem::new("internal").with("at", e))?;
        Ok(Http { client, server: server.trim_end_matches('/').to_owned(), idle })
    }

    /// Whether the Dinas answers now: `connected`, `half` (something answers, not the Dinas) or `offline`. Nothing of
    /// anybody is sent.
    pub async fn reached(&self) -> &'static str {
        let asked = self.client.get(format!("{}/healthz", self.server)).timeout(PROBE).send().await;
        match asked {
            Ok(reply) if reply.status().is_success() => "connected",
            Ok(_) => "half",
            Err(e) if e.is_connect() || e.is_timeout() => "offline",
            Err(_) => "half",
        }
    }

    async fn go(&self, call: Call) -> Result<Reply, Problem> {
        let method = if call.method == "PATCH" { reqwest::Method::PATCH } else { reqwest::Method::POST };
        let moved = Moved::now(self.idle);
        let bytes = call.body.len();
        let mut request = self.client.request(method, format!("{}{}", self.server, call.path));
        for (name, value) in call.headers {
            request = request.header(name, value);
        }
        // The length is known, so it is told: some proxies take no body without one.
        request = request.header("content-length", bytes);
        let body = Leaving { rest: call.body, at: 0, moved: moved.clone() };
        let answered = async {
            let mut reply = request.body(reqwest::Body::wrap_stream(body)).send().await.map_err(|e| classify(&e))?;
            let status = reply.status().as_u16();
            let mut body = Vec::new();
            while let Some(chunk) = reply.chunk().await.map_err(|e| classify(&e))? {
                moved.note(0);
                body.extend_from_slice(&chunk);
                if body.len() > BODY_BYTES_MAX {
                    return Err(Problem::new("half"));
                }
            }
            Ok(Reply { status, body })
        };
        tokio::select! {
            reply = answered => reply,
            () = moved.stalls() => Err(Problem::new("offline")),
        }
    }
}

/// Pieces in which a body leaves: each that leaves is progress.
const PIECE: usize = 16 * 1024;

/// When something last moved. Only standing still ends a call, never its length (R12).
#[derive(Clone)]
struct Moved {
    began: tokio::time::Instant,
    /// Ms since `began` until which silence is no standstill.
    patient_to: Arc<AtomicU64>,
    idle: Duration,
}

impl Moved {
    fn now(idle: Duration) -> Moved {
        let moved = Moved { began: tokio::time::Instant::now(), patient_to: Arc::default(), idle };
        moved.note(0);
        moved
    }

    fn ms(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Something moved, and `buffered` bytes of it may not have left this computer yet.
    fn note(&self, buffered: u64) {
        self.patient_to.store(self.ms() + drain_ms(buffered), Ordering::Relaxed);
    }

    /// Ends when nothing has moved for too long.
    async fn stalls(&self) {
        loop {
            let progress = self.patient_to.load(Ordering::Relaxed);
            if stalled(progress, self.ms(), u64::try_from(self.idle.as_millis()).unwrap_or(u64::MAX)) {
                return;
            }
            let left = (progress + 1).saturating_sub(self.ms());
            tokio::time::sleep(self.idle + Duration::from_millis(left)).await;
        }
    }
}

/// A body that leaves piece by piece.
struct Leaving {
    rest: Vec<u8>,
    at: usize,
    moved: Moved,
}

impl futures_core::Stream for Leaving {
    type Item = Result<Vec<u8>, std::convert::Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let to = self.rest.len().min(self.at + PIECE);
        let piece = self.rest[self.at..to].to_vec();
        self.at = to;
        self.moved.note(to as u64);
        Poll::Ready(if piece.is_empty() { None } else { Some(Ok(piece)) })
    }
}

/// The local address from which packets would leave now; none without a network. Nothing is sent: the system is only
/// asked which way it would take. When this changes, the network has changed, and waiting on has no sense.
#[must_use]
pub fn way_out() -> Option<IpAddr> {
    // TEST-NET-1 (RFC 5737): an address that is nobody's.
    let socket = UdpSocket::bind("0.0.0.0:0").ok()?;
    socket.connect("192.0.2.1:9").ok()?;
    socket.local_addr().ok().map(|a| a.ip()).filter(|ip| !ip.is_unspecified())
}

fn classify(e: &reqwest::Error) -> Problem {
    if e.is_connect() || e.is_timeout() { Problem::new("offline") } else { Problem::new("half") }
}

impl Road for Http {
    fn carry(&self, call: Call) -> Pin<Box<dyn Future<Output = Result<Reply, Problem>> + Send + '_>> {
        Box::pin(self.go(call))
    }
}
