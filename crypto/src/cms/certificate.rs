//! Certificates (X.509): who they name, and whether one leads to a root that somebody here believes.

use super::algorithm::{Hash, verify};
use super::{CmsProblem, SHA256};
use der::asn1::{Any, ObjectIdentifier};
use der::{Decode, DecodePem, Encode, Tag, Tagged};
use std::time::Duration;
use x509_cert::Certificate;
use x509_cert::ext::pkix::BasicConstraints;
use x509_cert::name::Name;

const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");
const ORGANISATION: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.10");
const BASIC_CONSTRAINTS: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.19");
/// Most certificates between a signature and its root: Indonesian ones have two.
const CHAIN_MAX: usize = 6;

/// Certificates of a PEM file in its order, or a single one in DER.
///
/// # Errors
/// `Unreadable` when there is none, or one is no certificate.
pub fn read(bytes: &[u8]) -> Result<Vec<Certificate>, CmsProblem> {
    if !bytes.starts_with(b"-----") {
        return Ok(vec![Certificate::from_der(bytes)?]);
    }
    let text = std::str::from_utf8(bytes).map_err(|_| CmsProblem::Unreadable)?;
    let end = "-----END CERTIFICATE-----";
    let parts = text.split_inclusive(end).map(str::trim).filter(|part| part.ends_with(end));
    let all: Vec<Certificate> = parts.map(Certificate::from_pem).collect::<Result<_, _>>()?;
    if all.is_empty() { Err(CmsProblem::Unreadable) } else { Ok(all) }
}

/// Who a certificate is of, or by.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Named {
    /// Common name.
    pub name: String,
    /// Organisation; empty when it names none.
    pub organisation: String,
}

fn text(value: &Any) -> String {
    if value.tag() == Tag::BmpString {
        let units = value.value().chunks(2).map(|c| c.iter().fold(0, |n: u16, b| n << 8 | u16::from(*b)));
        return String::from_utf16_lossy(&units.collect::<Vec<u16>>());
    }
    String::from_utf8_lossy(value.value()).into_owned()
}

/// The names in it, without control characters.
#[must_use]
pub fn named(name: &Name) -> Named {
    let of = |oid| {
        let found = name.0.iter().flat_map(|rdn| rdn.0.iter()).find(|part| part.oid == oid);
        found.map(|part| text(&part.value).chars().filter(|c| !c.is_control()).collect()).unwrap_or_default()
    };
    Named { name: of(COMMON_NAME), organisation: of(ORGANISATION) }
}

/// SHA-256 of a certificate, hex: by this it is compared on the telephone.
///
/// # Errors
/// `Unreadable`.
pub fn fingerprint(certificate: &Certificate) -> Result<Vec<u8>, CmsProblem> {
    Ok(Hash::of(SHA256)?.digest(&[&certificate.to_der()?]))
}

/// Seconds since 1970 from and until which it holds.
#[must_use]
pub fn holds(certificate: &Certificate) -> (u64, u64) {
    let validity = &certificate.tbs_certificate.validity;
    (validity.not_before.to_unix_duration().as_secs(), validity.not_after.to_unix_duration().as_secs())
}

fn holds_at(certificate: &Certificate, at: Duration) -> bool {
    let (from, until) = holds(certificate);
    (from..=until).contains(&at.as_secs())
}

fn is_authority(certificate: &Certificate) -> bool {
    let extensions = certificate.tbs_certificate.extensions.iter().flatten();
    let found = extensions.filter(|e| e.extn_id == BASIC_CONSTRAINTS);
    found.filter_map(|e| BasicConstraints::from_der(e.extn_value.as_bytes()).ok()).any(|b| b.ca)
}

/// Whether `by` signed `certificate`.
fn signed_by(certificate: &Certificate, by: &Certificate) -> bool {
    let Ok(signed) = certificate.tbs_certificate.to_der() else { return false };
    let (named, key) = (&certificate.signature_algorithm, &by.tbs_certificate.subject_public_key_info);
    verify(named, Hash::Sha256, key, &signed, certificate.signature.raw_bytes()).unwrap_or(false)
}

/// Whether `leaf` leads to one of `roots` over `others`, every certificate on the way holding at `at` (since 1970). Whether
/// one was revoked is not asked: that needs the internet.
#[must_use]
pub fn leads_to(leaf: &Certificate, others: &[Certificate], roots: &[Certificate], at: Duration) -> bool {
    let mut here = leaf;
    for _ in 0..CHAIN_MAX {
        if !holds_at(here, at) {
            return false;
        }
        if roots.contains(here) {
            return true;
        }
        let issuer = &here.tbs_certificate.issuer;
        let fits = |c: &&Certificate| c.tbs_certificate.subject == *issuer && is_authority(c) && signed_by(here, c);
        if let Some(root) = roots.iter().find(fits) {
            return holds_at(root, at);
        }
        match others.iter().filter(|c| *c != here).find(fits) {
            Some(next) => here = next,
            None => return false,
        }
    }
    false
}
