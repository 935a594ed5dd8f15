//! The road in the product: HTTP over rustls, with timeouts on progress only (R12).

use crate::sync::{Call, Reply, Road};
use jukung_domain::problem::Problem;
use jukung_domain::sync::patience::IDLE_MAX_MS;
use jukung_domain::wire::BODY_BYTES_MAX;
use std::future::Future;
use std::pin::Pin;
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
}

impl Http {
    /// A road to `server`, e.g. `https://disdukcapil.tapinkab.go.id`.
    ///
    /// # Errors
    /// `internal` when TLS cannot be set up.
    pub fn new(server: &str) -> Result<Http, Problem> {
        let client = reqwest::Client::builder()
            .connect_timeout(CONNECT)
            .read_timeout(IDLE)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|e| Problem::new("internal").with("at", e))?;
        Ok(Http { client, server: server.trim_end_matches('/').to_owned() })
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
        let method = if call.method == "PUT" { reqwest::Method::PUT } else { reqwest::Method::POST };
        let mut request = self.client.request(method, format!("{}{}", self.server, call.path)).body(call.body);
        for (name, value) in call.headers {
            request = request.header(name, value);
        }
        let mut reply = request.send().await.map_err(|e| classify(&e))?;
        let status = reply.status().as_u16();
        let mut body = Vec::new();
        while let Some(chunk) = reply.chunk().await.map_err(|e| classify(&e))? {
            body.extend_from_slice(&chunk);
            if body.len() > BODY_BYTES_MAX {
                return Err(Problem::new("half"));
            }
        }
        Ok(Reply { status, body })
    }
}

fn classify(e: &reqwest::Error) -> Problem {
    if e.is_connect() || e.is_timeout() { Problem::new("offline") } else { Problem::new("half") }
}

impl Road for Http {
    fn carry(&self, call: Call) -> Pin<Box<dyn Future<Output = Result<Reply, Problem>> + Send + '_>> {
        Box::pin(self.go(call))
    }
}
