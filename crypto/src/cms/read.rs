//! Reads a signature of anybody: is it of these bytes, by whom, and stamped when. It believes nobody by itself; whom to
//! believe is asked of [`super::certificate::leads_to`].

use super::algorithm::{Hash, verify};
use super::certificate::{fingerprint, leads_to};
use super::stamp::{Stamp, over};
use super::{CONTENT_TYPE, CmsProblem, MESSAGE_DIGEST, SIGNED_DATA, SIGNING_CERTIFICATE_V2, TIME_STAMP};
use cms::cert::CertificateChoices;
use cms::content_info::ContentInfo;
use cms::signed_data::{SignedAttributes, SignedData, SignerIdentifier, SignerInfo};
use der::asn1::{Any, ObjectIdentifier, OctetString};
use der::{Decode, Encode, Header, Reader, SliceReader, Tag, TagNumber, Tagged};
use std::collections::BTreeSet;
use std::time::Duration;
use x509_cert::Certificate;
use x509_cert::ext::pkix::SubjectKeyIdentifier;

/// Where the certificates stand in a SignedData.
const CERTIFICATES: Tag = Tag::ContextSpecific { constructed: true, number: TagNumber::N0 };

/// What a signature turned out to be.
#[derive(Debug, Clone)]
pub struct Judged {
    /// It is of these very bytes, and of the certificate's key.
    pub intact: bool,
    /// Whose it is.
    pub signer: Certificate,
    /// Further certificates inside.
    pub others: Vec<Certificate>,
    /// What a time-stamping authority says of it; `intact` in there says whether that is of this signature.
    pub stamp: Option<Stamp>,
}

impl Judged {
    /// Whether its certificate leads to one of `roots` at `at` (since 1970).
    #[must_use]
    pub fn leads_to(&self, roots: &[Certificate], at: Duration) -> bool {
        leads_to(&self.signer, &self.others, roots, at)
    }
}

/// The first structure of these bytes without what stands behind it: a file keeps room for a signature and fills it up.
///
/// # Errors
/// `Unreadable`.
pub fn trimmed(bytes: &[u8]) -> Result<&[u8], CmsProblem> {
    let mut reader = SliceReader::new(bytes)?;
    let header = Header::decode(&mut reader)?;
    let length = (reader.position() + header.length)?;
    bytes.get(..usize::try_from(length)?).ok_or(CmsProblem::Unreadable)
}

pub(super) fn signed_data(der: &[u8]) -> Result<SignedData, CmsProblem> {
    let outer = ContentInfo::from_der(der)?;
    if outer.content_type != SIGNED_DATA {
        return Err(CmsProblem::Unreadable);
    }
    let mut parts = Vec::<Any>::from_der(&outer.content.to_der()?)?;
    for part in &mut parts {
        if part.tag() == CERTIFICATES {
            *part = Any::new(CERTIFICATES, each_once(part.value())?)?;
        }
    }
    Ok(SignedData::from_der(&parts.to_der()?)?)
}

/// Certificates one after the other, each once: some signers put their own in twice, which a SET of DER does not allow.
fn each_once(certificates: &[u8]) -> Result<Vec<u8>, CmsProblem> {
    let (mut reader, mut kept) = (SliceReader::new(certificates)?, BTreeSet::new());
    while !reader.is_finished() {
        kept.insert(Any::decode(&mut reader)?.to_der()?);
    }
    Ok(kept.into_iter().flatten().collect())
}

/// Reads a signature over `content`, which stands apart from it, one part after the other.
///
/// # Errors
/// `Unreadable`, also when it has no signer or several, or its certificate is not inside; `Algorithm`.
pub fn judge(der: &[u8], content: &[&[u8]]) -> Result<Judged, CmsProblem> {
    judge_data(&signed_data(trimmed(der)?)?, content)
}

pub(super) fn judge_data(signed: &SignedData, content: &[&[u8]]) -> Result<Judged, CmsProblem> {
    let mut certificates: Vec<Certificate> = Vec::new();
    for choice in signed.certificates.iter().flat_map(|set| set.0.iter()) {
        match choice {
            CertificateChoices::Certificate(certificate) => certificates.push(certificate.clone()),
            CertificateChoices::Other(_) => {}
        }
    }
    let [info] = signed.signer_infos.0.as_slice() else { return Err(CmsProblem::Unreadable) };
    let at = certificates.iter().position(|c| names(&info.sid, c)).ok_or(CmsProblem::Unreadable)?;
    let signer = certificates.swap_remove(at);
    let hash = Hash::of(info.digest_alg.oid)?;
    let attributes = info.signed_attrs.as_ref().ok_or(CmsProblem::Unreadable)?;
    let said: ObjectIdentifier = value(attributes, CONTENT_TYPE)?.ok_or(CmsProblem::Unreadable)?.decode_as()?;
    let digest: OctetString = value(attributes, MESSAGE_DIGEST)?.ok_or(CmsProblem::Unreadable)?.decode_as()?;
    let key = &signer.tbs_certificate.subject_public_key_info;
    let by = verify(&info.signature_algorithm, hash, key, &attributes.to_der()?, info.signature.as_bytes())?;
    let listed = signed.digest_algorithms.iter().any(|listed| listed.oid == info.digest_alg.oid);
    let intact = by
        && listed
        && said == signed.encap_content_info.econtent_type
        && digest.as_bytes() == hash.digest(content)
        && names_certificate(attributes, &signer)?;
    Ok(Judged { intact, stamp: stamp(info), signer, others: certificates })
}

fn names(sid: &SignerIdentifier, certificate: &Certificate) -> bool {
    let tbs = &certificate.tbs_certificate;
    match sid {
        SignerIdentifier::IssuerAndSerialNumber(s) => s.issuer == tbs.issuer && s.serial_number == tbs.serial_number,
        SignerIdentifier::SubjectKeyIdentifier(id) => {
            let found = tbs.get::<SubjectKeyIdentifier>().ok().flatten();
            found.is_some_and(|(_, of)| of.0.as_bytes() == id.0.as_bytes())
        }
    }
}

/// The only value of an attribute; none when it is not there.
fn value(attributes: &SignedAttributes, oid: ObjectIdentifier) -> Result<Option<&Any>, CmsProblem> {
    let mut found = attributes.iter().filter(|a| a.oid == oid);
    let Some(attribute) = found.next() else { return Ok(None) };
    match (attribute.values.as_slice(), found.next()) {
        ([value], None) => Ok(Some(value)),
        _ => Err(CmsProblem::Unreadable),
    }
}

/// Whether signing-certificate-v2, where it is there, means this certificate.
fn names_certificate(attributes: &SignedAttributes, certificate: &Certificate) -> Result<bool, CmsProblem> {
    let Some(value) = value(attributes, SIGNING_CERTIFICATE_V2)? else { return Ok(true) };
    // SigningCertificateV2 ::= SEQUENCE { certs SEQUENCE OF ESSCertIDv2, … }; the first one is of the signer.
    let outer: Vec<Any> = value.decode_as()?;
    let ids: Vec<Any> = outer.first().ok_or(CmsProblem::Unreadable)?.decode_as()?;
    let id: Vec<Any> = ids.first().ok_or(CmsProblem::Unreadable)?.decode_as()?;
    let (hash, digest) = match id.as_slice() {
        [digest, ..] if digest.tag() == der::Tag::OctetString => (Hash::Sha256, digest),
        [algorithm, digest, ..] => {
            let algorithm: Vec<Any> = algorithm.decode_as()?;
            (Hash::of(algorithm.first().ok_or(CmsProblem::Unreadable)?.decode_as()?)?, digest)
        }
        _ => return Err(CmsProblem::Unreadable),
    };
    let own = if hash == Hash::Sha256 { fingerprint(certificate)? } else { hash.digest(&[&certificate.to_der()?]) };
    Ok(digest.value() == own)
}

fn stamp(info: &SignerInfo) -> Option<Stamp> {
    let attribute = info.unsigned_attrs.iter().flat_map(|all| all.iter()).find(|a| a.oid == TIME_STAMP)?;
    let token = attribute.values.as_slice().first()?.to_der().ok()?;
    over(&token, &[info.signature.as_bytes()]).ok()
}
