//! The signed token in a receipt's QR: anyone can check it with the district's public key and no network
//! (security.md 4.1; COSE_Sign1 of RFC 9052, CWT of RFC 8392).

use crate::sign;
use coset::cbor::value::Value;
use coset::{CborSerializable, CoseSign1, CoseSign1Builder, HeaderBuilder, iana};
use data_encoding::BASE32_NOPAD;

/// Unprotected header that carries the device's certificate; labels below -65536 are for private use (RFC 9052, 11.2).
const CERTIFICATE: i64 = -70_100;
/// Claims of a receipt beside those of RFC 8392.
const NUMBER: i64 = -70_001;
const GROUP: i64 = -70_002;
const DOCUMENTS: i64 = -70_003;
const INITIALS: i64 = -70_004;
const NONCE: i64 = -70_005;
const DIGEST: i64 = -70_006;
/// Claim keys of RFC 8392 and RFC 8747: issuer, subject, expiry, not before, issued at, key of the holder.
const ISS: i64 = 1;
const SUB: i64 = 2;
const EXP: i64 = 4;
const NBF: i64 = 5;
const IAT: i64 = 6;
const CNF: i64 = 8;
/// Longest token read, in bytes: the real ones have about 330; a QR of version 40 holds 2,331.
const TOKEN_BYTES_MAX: usize = 2_331;

/// What a receipt says about itself. No NIK, no name, no exact service (security.md 4.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims {
    /// Kemendagri code of the office without its dots, e.g. 6305041004.
    pub office: i64,
    /// When the receipt was made, seconds since 1970, by the counter's clock.
    pub issued_s: i64,
    /// Registration number, e.g. `K7F-0417-N`.
    pub number: String,
    /// Group of services: 1 certificates, 2 family card, 3 identity card, 4 moving, 5 other.
    pub group: i64,
    /// How many papers were taken in as scans.
    pub documents: i64,
    /// Initials of the applicant, e.g. `SA`.
    pub initials: String,
    /// Drawn for this receipt; asks for the status together with the number.
    pub nonce: [u8; 8],
    /// First 16 bytes of the SHA-256 of the receipt's text.
    pub digest: [u8; 16],
}

/// The district's word that a key belongs to one of its counters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// Regency's code, e.g. 6305.
    pub district: i64,
    /// Symbols that start the device's numbers, e.g. `K7F`.
    pub code: String,
    /// First and last second of its validity, since 1970.
    pub valid_s: (i64, i64),
    /// Its Ed25519 public key.
    pub key: [u8; 32],
}

/// Why a token is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenProblem {
    /// Not such a token at all, or cut short.
    #[error("not a receipt token")]
    Unreadable,
    /// The certificate is by none of the districts whose keys were given.
    #[error("not by a known district")]
    UnknownDistrict,
    /// Changed after it was signed.
    #[error("changed after it was signed")]
    Changed,
    /// Made outside the time for which the district vouched for the device.
    #[error("made outside the device's validity")]
    OutOfDate,
}

/// The certificate of `device`, signed by the district.
///
/// # Errors
/// [`TokenProblem::Unreadable`] when it cannot be written, which no content is known to cause.
pub fn certify(district_seed: &[u8; 32], device: &Device) -> Result<Vec<u8>, TokenProblem> {
    // COSE_Key of RFC 9053 7.2: kty OKP, crv Ed25519, x.
    let key = map([(1, int(1)), (-1, int(6)), (-2, Value::Bytes(device.key.to_vec()))]);
    let claims = map([
        (ISS, int(device.district)),
        (SUB, Value::Text(device.code.clone())),
        (EXP, int(device.valid_s.1)),
        (NBF, int(device.valid_s.0)),
        (CNF, map([(1, key)])),
    ]);
    signed(district_seed, &claims, None)
}

/// What a certificate says, when one of the given districts signed it.
///
/// # Errors
/// See [`TokenProblem`].
pub fn certified(district_keys: &[[u8; 32]], certificate: &[u8]) -> Result<Device, TokenProblem> {
    let inner = read(certificate)?;
    if !district_keys.iter().any(|key| holds(&inner, key)) {
        return Err(TokenProblem::UnknownDistrict);
    }
    device(&payload(&inner)?).ok_or(TokenProblem::Unreadable)
}

/// The token of a receipt, signed by the device and carrying its certificate.
///
/// # Errors
/// [`TokenProblem::Unreadable`] when it cannot be written, which no content is known to cause.
pub fn issue(device_seed: &[u8; 32], certificate: &[u8], claims: &Claims) -> Result<Vec<u8>, TokenProblem> {
    let body = map([
        (ISS, int(claims.office)),
        (IAT, int(claims.issued_s)),
        (NUMBER, Value::Text(claims.number.clone())),
        (GROUP, int(claims.group)),
        (DOCUMENTS, int(claims.documents)),
        (INITIALS, Value::Text(claims.initials.clone())),
        (NONCE, Value::Bytes(claims.nonce.to_vec())),
        (DIGEST, Value::Bytes(claims.digest.to_vec())),
    ]);
    signed(device_seed, &body, Some(certificate))
}

/// The certificate that a token carries.
fn carried(outer: &CoseSign1) -> Result<&[u8], TokenProblem> {
    let found = outer.unprotected.rest.iter().find(|(label, _)| *label == coset::Label::Int(CERTIFICATE));
    let (_, certificate) = found.ok_or(TokenProblem::Unreadable)?;
    certificate.as_bytes().map(Vec::as_slice).ok_or(TokenProblem::Unreadable)
}

/// The regency that a token says vouches for it. Nothing is checked: it only tells what kind of stranger this is.
#[must_use]
pub fn claimed_district(token: &[u8]) -> Option<i64> {
    let outer = read(token).ok()?;
    let inner = read(carried(&outer).ok()?).ok()?;
    number(&payload(&inner).ok()?, ISS)
}

/// Reads a token and believes it only when a known district vouched for the device that signed it.
///
/// # Errors
/// See [`TokenProblem`]. The wall clock plays no part: validity is compared with the token's own time.
pub fn verify(district_keys: &[[u8; 32]], token: &[u8]) -> Result<(Claims, Device), TokenProblem> {
    let outer = read(token)?;
    let device = certified(district_keys, carried(&outer)?)?;
    if !holds(&outer, &device.key) {
        return Err(TokenProblem::Changed);
    }
    let claims = claims(&payload(&outer)?).ok_or(TokenProblem::Unreadable)?;
    if claims.issued_s < device.valid_s.0 || claims.issued_s > device.valid_s.1 {
        return Err(TokenProblem::OutOfDate);
    }
    Ok((claims, device))
}

/// Base32 capitals without padding: fits a QR's alphanumeric mode and a URL fragment.
#[must_use]
pub fn to_text(token: &[u8]) -> String {
    BASE32_NOPAD.encode(token)
}

/// Reads what [`to_text`] wrote, whole address or fragment only, in any case.
///
/// # Errors
/// [`TokenProblem::Unreadable`].
pub fn from_text(text: &str) -> Result<Vec<u8>, TokenProblem> {
    let fragment = text.trim().rsplit('#').next().unwrap_or("").to_ascii_uppercase();
    BASE32_NOPAD.decode(fragment.as_bytes()).map_err(|_| TokenProblem::Unreadable)
}

fn int(number: i64) -> Value {
    Value::Integer(number.into())
}

fn map<const N: usize>(pairs: [(i64, Value); N]) -> Value {
    Value::Map(pairs.into_iter().map(|(key, value)| (int(key), value)).collect())
}

fn signed(seed: &[u8; 32], body: &Value, certificate: Option<&[u8]>) -> Result<Vec<u8>, TokenProblem> {
    let mut bytes = Vec::new();
    coset::cbor::into_writer(body, &mut bytes).map_err(|_| TokenProblem::Unreadable)?;
    let mut open = HeaderBuilder::new();
    if let Some(certificate) = certificate {
        open = open.value(CERTIFICATE, Value::Bytes(certificate.to_vec()));
    }
    CoseSign1Builder::new()
        // -8 and not the fully specified -19: other languages' libraries read this one (security.md 4.1).
        .protected(HeaderBuilder::new().algorithm(iana::Algorithm::EdDSA).build())
        .unprotected(open.build())
        .payload(bytes)
        .create_signature(b"", |message| sign::sign(seed, message).to_vec())
        .build()
        .to_vec()
        .map_err(|_| TokenProblem::Unreadable)
}

fn read(bytes: &[u8]) -> Result<CoseSign1, TokenProblem> {
    if bytes.len() > TOKEN_BYTES_MAX {
        return Err(TokenProblem::Unreadable);
    }
    CoseSign1::from_slice(bytes).map_err(|_| TokenProblem::Unreadable)
}

fn holds(signed: &CoseSign1, key: &[u8; 32]) -> bool {
    let eddsa = coset::RegisteredLabelWithPrivate::Assigned(iana::Algorithm::EdDSA);
    signed.protected.header.alg == Some(eddsa)
        && signed
            .verify_signature(
                b"",
                |signature, message| if sign::verify(key, message, signature) { Ok(()) } else { Err(()) },
            )
            .is_ok()
}

fn payload(signed: &CoseSign1) -> Result<Value, TokenProblem> {
    let bytes = signed.payload.as_deref().ok_or(TokenProblem::Unreadable)?;
    coset::cbor::from_reader(bytes).map_err(|_| TokenProblem::Unreadable)
}

fn at(map: &Value, key: i64) -> Option<&Value> {
    map.as_map()?.iter().find(|(k, _)| *k == int(key)).map(|(_, value)| value)
}

fn number(map: &Value, key: i64) -> Option<i64> {
    at(map, key)?.as_integer()?.try_into().ok()
}

fn text(map: &Value, key: i64) -> Option<String> {
    Some(at(map, key)?.as_text()?.to_owned())
}

fn bytes<const N: usize>(map: &Value, key: i64) -> Option<[u8; N]> {
    at(map, key)?.as_bytes()?.as_slice().try_into().ok()
}

fn device(map: &Value) -> Option<Device> {
    let key = at(at(map, CNF)?, 1)?;
    let okp = number(key, 1)? == 1 && number(key, -1)? == 6;
    okp.then_some(())?;
    Some(Device {
        district: number(map, ISS)?,
        code: text(map, SUB)?,
        valid_s: (number(map, NBF)?, number(map, EXP)?),
        key: bytes(key, -2)?,
    })
}

fn claims(map: &Value) -> Option<Claims> {
    Some(Claims {
        office: number(map, ISS)?,
        issued_s: number(map, IAT)?,
        number: text(map, NUMBER)?,
        group: number(map, GROUP)?,
        documents: number(map, DOCUMENTS)?,
        initials: text(map, INITIALS)?,
        nonce: bytes(map, NONCE)?,
        digest: bytes(map, DIGEST)?,
    })
}
