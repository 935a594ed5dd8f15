//! How a call came packed, and how its answer goes: the same way, with the same dictionary (decision 0011).

use axum::http::{HeaderMap, HeaderName, header};
use jukung_domain::pack::{self, Unpackable};
use jukung_domain::problem::Problem;
use jukung_domain::wire::BODY_BYTES_MAX;

/// How one call came, and what its sender can read.
#[derive(Debug, Clone)]
pub struct Packed {
    sent: String,
    reads: bool,
}

impl Packed {
    /// What the headers of a call say.
    ///
    /// # Errors
    /// `encoding_unknown`: the counter then sends it in a simpler way.
    pub fn of(headers: &HeaderMap) -> Result<Packed, Problem> {
        let text = |name: HeaderName| headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default();
        let sent = match text(header::CONTENT_ENCODING) {
            "identity" => "",
            other => other,
        };
        if !matches!(sent, "" | pack::ZSTD | pack::SHORT) {
            return Err(Problem::new("encoding_unknown"));
        }
        let named = if sent.is_empty() { pack::ZSTD } else { sent };
        let reads = text(header::ACCEPT_ENCODING).split(',').any(|e| e.trim() == named);
        Ok(Packed { sent: sent.to_owned(), reads })
    }

    /// The body as it was written.
    ///
    /// # Errors
    /// `encoding_unknown` for a dictionary that is not here; `bad_request` for a broken frame.
    pub fn unpack(&self, body: &[u8]) -> Result<Vec<u8>, Problem> {
        let unpack = match self.sent.as_str() {
            "" => return Ok(body.to_vec()),
            pack::SHORT => pack::unpack_short,
            _ => pack::unpack,
        };
        unpack(body, BODY_BYTES_MAX).map_err(|why| match why {
            Unpackable::Dictionary(id) => Problem::new("encoding_unknown").with("dictionary", id),
            Unpackable::Damaged => Problem::new("bad_request").with("why", "zstd"),
        })
    }

    /// The answer to `call` as it is sent, and what it is called.
    ///
    /// # Errors
    /// `internal` when zstd has no memory.
    pub fn pack(&self, answer: Vec<u8>, call: &[u8]) -> Result<(Vec<u8>, &'static str), Problem> {
        if !self.reads {
            return Ok((answer, ""));
        }
        // With the dictionary the call was packed with: that one the counter has for certain.
        let with = if self.sent == pack::SHORT { pack::dictionary_of_short(call) } else { None };
        if let Some(Ok(short)) = with.map(|id| pack::pack_short(&answer, pack::LEVEL_FAST, id)) {
            return Ok((short, pack::SHORT));
        }
        let plain = pack::pack(&answer, pack::LEVEL_FAST, None).map_err(|e| Problem::new("internal").with("at", e))?;
        Ok((plain, pack::ZSTD))
    }
}
