//! The seal of this server: PAdES B-B by itself, B-T where a time-stamping authority (RFC 3161) answers. Without an answer the
//! document goes out with B-B, and that is told.

use super::write::{self, Said};
use super::{Asked, DocumentSealer, Sealed, Signing, Time};
use crate::District;
use crate::edge::Edge;
use jukung_crypto::cms::{CmsProblem, Signer, stamp};
use jukung_domain::problem::Problem;
use std::sync::Arc;
use std::time::Duration;

/// Longest wait for a stamp: whoever asked for the paper waits with it.
const ANSWER_MAX: Duration = Duration::from_secs(5);
/// Largest answer read, and room kept for it: a token with four certificates has 6 KB.
const ANSWER_BYTES_MAX: usize = 7_000;
/// Room for a signature beside its certificates: attributes, names and the two numbers of ECDSA take 600 bytes.
const ROOM: usize = 1_000;

/// A time-stamping authority.
#[derive(Clone)]
pub struct Authority {
    url: String,
    client: reqwest::Client,
}

impl Authority {
    /// The one at this address.
    ///
    /// # Errors
    /// When the HTTP client cannot be made.
    pub fn new(url: &str) -> Result<Authority, reqwest::Error> {
        Ok(Authority { url: url.to_owned(), client: reqwest::Client::builder().timeout(ANSWER_MAX).build()? })
    }

    /// The one of `JUKUNG_TSA_URL`; none when it is empty.
    ///
    /// # Errors
    /// When the HTTP client cannot be made.
    pub fn from_environment() -> Result<Option<Authority>, reqwest::Error> {
        std::env::var("JUKUNG_TSA_URL").ok().filter(|url| !url.is_empty()).map(|url| Authority::new(&url)).transpose()
    }

    /// A token over `signature`, or why there is none.
    async fn token(&self, imprint: &[u8], signature: &[u8], nonce: &[u8; 16]) -> Result<Vec<u8>, String> {
        let query = stamp::query(imprint, nonce).map_err(|e| e.to_string())?;
        let call = self.client.post(&self.url).header("content-type", stamp::QUERY_MEDIA).body(query.clone());
        // The address may hold a name and a password: an error of the client would say them.
        let answer = call.send().await.map_err(|e| e.without_url().to_string())?;
        if !answer.status().is_success() {
            return Err(format!("HTTP {}", answer.status().as_u16()));
        }
        if answer.content_length().is_some_and(|length| length > ANSWER_BYTES_MAX as u64) {
            return Err("the answer is too large".into());
        }
        let bytes = answer.bytes().await.map_err(|e| e.without_url().to_string())?;
        if bytes.len() > ANSWER_BYTES_MAX {
            return Err("the answer is too large".into());
        }
        stamp::token_of(&bytes, &query, signature).map_err(|e| e.to_string())
    }
}

/// The seal.
pub struct LocalPades {
    /// Key and certificates.
    pub signer: Arc<Signer>,
    /// Who says when; none where no authority is set.
    pub authority: Option<Authority>,
    /// Chance for the question to it.
    pub edge: Edge,
}

impl DocumentSealer for LocalPades {
    fn seal<'a>(&'a self, asked: &'a Asked<'a>) -> Signing<'a> {
        Box::pin(async move {
            let failed = |e: CmsProblem| Problem::new("internal").with("at", e);
            let stamp = if self.authority.is_some() { ANSWER_BYTES_MAX } else { 0 };
            let room = ROOM + self.signer.certificate_bytes().map_err(failed)? + stamp;
            let said = Said { name: asked.name, reason: asked.reason, at: asked.at, room };
            let prepared = write::prepare(asked.pdf, &said)?;
            let signed = self.signer.sign(&prepared.digest()).map_err(failed)?;
            let (signed, time) = match &self.authority {
                None => (signed, Time::Own),
                Some(authority) => {
                    let nonce = self.edge.random::<16>();
                    match authority.token(&signed.imprint(), signed.value(), &nonce).await {
                        Ok(token) => (signed.stamped(&token).map_err(failed)?, Time::Stamped),
                        Err(why) => {
                            tracing::warn!("no time-stamp: {why}");
                            (signed, Time::Missing(why))
                        }
                    }
                }
            };
            let pdf = prepared.finish(&signed.to_der().map_err(failed)?)?;
            Ok(Sealed { pdf, time })
        })
    }
}

impl District {
    /// Seals a PDF with this server's own seal, stamped by `authority` where there is one.
    ///
    /// # Errors
    /// `pdf_unreadable`, `pdf_locked`, `pdf_has_form`.
    pub async fn seal_with(&self, authority: Option<Authority>, pdf: &[u8], reason: &str) -> Result<Sealed, Problem> {
        self.seal_as(authority, pdf, "", reason).await
    }

    /// The same with the name of who seals; the certificate's alone stands there without one.
    pub(crate) async fn seal_as(
        &self,
        authority: Option<Authority>,
        pdf: &[u8],
        name: &str,
        reason: &str,
    ) -> Result<Sealed, Problem> {
        let sealer = LocalPades { signer: self.seal.clone(), authority, edge: self.edge };
        sealer.seal(&Asked { pdf, name, reason, at: self.edge.now() }).await
    }
}
