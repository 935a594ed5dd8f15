//! Time-stamps (RFC 3161): what is asked of an authority, what its answer holds, and what a token says.

use super::algorithm::Hash;
use super::read::{Judged, judge_data, signed_data, trimmed};
use super::{CmsProblem, SHA256, TST_INFO};
use der::asn1::{Any, Int, ObjectIdentifier, OctetString};
use der::{Decode, Encode, Sequence, Tagged};
use x509_cert::spki::AlgorithmIdentifierOwned;

/// Media type of a request.
pub const QUERY_MEDIA: &str = "application/timestamp-query";
/// Media type of an answer.
pub const REPLY_MEDIA: &str = "application/timestamp-reply";

#[derive(Clone, Sequence)]
struct Imprint {
    algorithm: AlgorithmIdentifierOwned,
    digest: OctetString,
}

#[derive(Sequence)]
struct Query {
    version: u8,
    imprint: Imprint,
    nonce: Int,
    certificates: bool,
}

/// A request for a stamp on what has this SHA-256. `nonce` is 16 bytes of chance: the answer repeats it.
///
/// # Errors
/// `Unreadable` when the digest has another length than fits.
pub fn query(digest: &[u8], nonce: &[u8; 16]) -> Result<Vec<u8>, CmsProblem> {
    // A number that is not negative and has no empty beginning.
    let mut number = *nonce;
    number[0] = number[0] & 0x3f | 0x40;
    let algorithm = AlgorithmIdentifierOwned { oid: SHA256, parameters: None };
    let imprint = Imprint { algorithm, digest: OctetString::new(digest)? };
    Ok(Query { version: 1, imprint, nonce: Int::new(&number)?, certificates: true }.to_der()?)
}

/// The token in an authority's answer to [`query`], when it stamped what was asked and nothing else.
///
/// # Errors
/// `NoStamp` when it refused or answers another question; `Unreadable`.
pub fn token_of(answer: &[u8], asked: &[u8], signature: &[u8]) -> Result<Vec<u8>, CmsProblem> {
    let parts = Vec::<Any>::from_der(answer)?;
    let status = Vec::<Any>::from_der(&parts.first().ok_or(CmsProblem::Unreadable)?.to_der()?)?;
    let status: u8 = status.first().ok_or(CmsProblem::Unreadable)?.decode_as()?;
    // 0: granted, 1: granted with changes (RFC 3161, 2.4.2).
    let (0 | 1, Some(token)) = (status, parts.get(1)) else { return Err(CmsProblem::NoStamp) };
    let token = token.to_der()?;
    let stamp = over(&token, &[signature])?;
    let nonce = Vec::<Any>::from_der(asked)?.get(2).map(|n| n.value().to_vec());
    if stamp.judged.intact && stamp.nonce == nonce { Ok(token) } else { Err(CmsProblem::NoStamp) }
}

/// What a token says.
#[derive(Debug, Clone)]
pub struct Stamp {
    /// When, as `YYYYMMDDhhmmssZ`.
    pub at: String,
    /// Who stamped; `intact` says whether it is of this signature and of that authority's key.
    pub judged: Box<Judged>,
    nonce: Option<Vec<u8>>,
}

/// Reads a token over `content`, one part after the other: a signature, or a whole file that carries its stamp itself.
///
/// # Errors
/// `Unreadable`, `Algorithm`.
pub fn over(token: &[u8], content: &[&[u8]]) -> Result<Stamp, CmsProblem> {
    let signed = signed_data(trimmed(token)?)?;
    let inner = &signed.encap_content_info;
    let (TST_INFO, Some(held)) = (inner.econtent_type, &inner.econtent) else { return Err(CmsProblem::Unreadable) };
    let held = held.decode_as::<OctetString>()?;
    let mut judged = judge_data(&signed, &[held.as_bytes()])?;
    // TSTInfo ::= SEQUENCE { version, policy, messageImprint, serialNumber, genTime, … nonce INTEGER OPTIONAL, … }
    let info = Vec::<Any>::from_der(held.as_bytes())?;
    let (Some(imprint), Some(at)) = (info.get(2), info.get(4)) else { return Err(CmsProblem::Unreadable) };
    let imprint: Vec<Any> = imprint.decode_as()?;
    let (Some(algorithm), Some(digest)) = (imprint.first(), imprint.get(1)) else { return Err(CmsProblem::Unreadable) };
    let algorithm: Vec<Any> = algorithm.decode_as()?;
    let hash = Hash::of(algorithm.first().ok_or(CmsProblem::Unreadable)?.decode_as::<ObjectIdentifier>()?)?;
    judged.intact &= digest.value() == hash.digest(content);
    let nonce = info.iter().skip(5).find(|part| part.tag() == der::Tag::Integer).map(|part| part.value().to_vec());
    let at = String::from_utf8_lossy(at.value()).into_owned();
    Ok(Stamp { at, judged: Box::new(judged), nonce })
}
