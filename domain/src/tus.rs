//! What the headers of a resumable upload say (<https://tus.io/protocols/resumable-upload>), read from text anybody may send.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// A checksum that a sender promises for a piece.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Checksum {
    /// SHA-1, which every tus server must know.
    Sha1(Vec<u8>),
    /// SHA-256.
    Sha256(Vec<u8>),
}

/// `sha256` of an `Upload-Metadata` header: keys and base64 values, parted by commas. `None` when it is not there.
#[must_use]
pub fn named(metadata: &str) -> Option<String> {
    let value = metadata.split(',').find_map(|pair| pair.trim().strip_prefix("sha256 "))?;
    String::from_utf8(STANDARD.decode(value.trim()).ok()?).ok()
}

/// What an `Upload-Checksum` header promises; `None` for an algorithm that is not known here, or no base64.
#[must_use]
pub fn checksum(header: &str) -> Option<Checksum> {
    let (algorithm, value) = header.split_once(' ')?;
    let value = STANDARD.decode(value.trim()).ok()?;
    match algorithm {
        "sha1" => Some(Checksum::Sha1(value)),
        "sha256" => Some(Checksum::Sha256(value)),
        _ => None,
    }
}

/// A number of bytes as `Upload-Length` and `Upload-Offset` say it.
#[must_use]
pub fn bytes(header: &str) -> Option<u64> {
    header.bytes().all(|b| b.is_ascii_digit()).then(|| header.parse().ok()).flatten()
}
