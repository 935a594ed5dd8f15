//! The file of a seal: its key (PKCS#8) and its certificates, each in PEM, so that other people's tools read it, too.

use super::certificate;
use super::{CmsProblem, Signer};
use aws_lc_rs::agreement::{ECDH_P256, PrivateKey};
use der::Encode;
use der::pem::{LineEnding, decode_vec, encode_string};
use x509_cert::Certificate;
use zeroize::Zeroizing;

const KEY: &str = "PRIVATE KEY";

/// The PKCS#8 form of the P-256 key whose secret is these 32 bytes of chance; nothing for the one in 2^32 that are no key.
#[must_use]
pub fn pkcs8_of(secret: &[u8; 32]) -> Option<Zeroizing<Vec<u8>>> {
    let public = PrivateKey::from_private_key(&ECDH_P256, secret).ok()?.compute_public_key().ok()?;
    // PrivateKeyInfo of id-ecPublicKey on prime256v1 around an ECPrivateKey with its public half (RFC 5208, RFC 5915).
    let before = hex::decode("308187020100301306072a8648ce3d020106082a8648ce3d030107046d306b0201010420").ok()?;
    let mut out = Zeroizing::new(Vec::with_capacity(138));
    out.extend_from_slice(&before);
    out.extend_from_slice(secret);
    out.extend_from_slice(&[0xa1, 0x44, 0x03, 0x42, 0x00]);
    out.extend_from_slice(public.as_ref());
    Some(out)
}

/// The key in a PEM file that may hold certificates, too.
///
/// # Errors
/// `Unreadable` when there is none in PKCS#8 without a passphrase.
pub fn key_in(pem: &[u8]) -> Result<Zeroizing<Vec<u8>>, CmsProblem> {
    let text = std::str::from_utf8(pem).map_err(|_| CmsProblem::Unreadable)?;
    let (begin, end) = ("-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----");
    let from = text.find(begin).ok_or(CmsProblem::Unreadable)?;
    let length = text[from..].find(end).ok_or(CmsProblem::Unreadable)? + end.len();
    let (_, key) = decode_vec(&text.as_bytes()[from..from + length]).map_err(|_| CmsProblem::Unreadable)?;
    Ok(Zeroizing::new(key))
}

/// The file of a key and its certificates, that of the key first.
///
/// # Errors
/// `Unreadable`.
pub fn write(pkcs8: &[u8], chain: &[Certificate]) -> Result<Zeroizing<String>, CmsProblem> {
    let pem = |label: &str, der: &[u8]| encode_string(label, LineEnding::LF, der).map_err(|_| CmsProblem::Unreadable);
    let mut out = Zeroizing::new(pem(KEY, pkcs8)?);
    for one in chain {
        out.push_str(&pem("CERTIFICATE", &one.to_der()?)?);
    }
    Ok(out)
}

/// A request (PKCS#10) or certificate in DER as PEM.
///
/// # Errors
/// `Unreadable`.
pub fn pem(label: &str, der: &[u8]) -> Result<String, CmsProblem> {
    encode_string(label, LineEnding::LF, der).map_err(|_| CmsProblem::Unreadable)
}

/// The signer of such a file.
///
/// # Errors
/// `Unreadable`; `OtherKey` when the first certificate is of another key.
pub fn signer(file: &[u8]) -> Result<Signer, CmsProblem> {
    let from = file.windows(16).position(|w| w == b"-----BEGIN CERTI").ok_or(CmsProblem::Unreadable)?;
    Signer::new(&key_in(file)?, certificate::read(&file[from..])?)
}
