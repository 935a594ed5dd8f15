//! Signatures of documents (CMS, RFC 5652, in the profile of ETSI CAdES): made with the seal of the district, and read of
//! anybody. It knows no PDF: what is signed is handed in as bytes.

pub mod algorithm;
pub mod certificate;
pub mod file;
pub mod make;
pub mod read;
pub mod stamp;

pub use make::Signer;
pub use read::{Judged, judge};
pub use x509_cert::Certificate;

use der::asn1::ObjectIdentifier;

/// What a signature is about, among its signed attributes.
const CONTENT_TYPE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.3");
/// Digest of what is signed.
const MESSAGE_DIGEST: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.4");
/// Which certificate belongs to it (RFC 5035): another one with the same key does not.
const SIGNING_CERTIFICATE_V2: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.47");
/// A time-stamp of the signature, among the attributes that are not signed (RFC 3161, appendix A).
const TIME_STAMP: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.14");
const DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.1");
const SIGNED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.2");
const TST_INFO: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.1.4");
const SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");

/// Why a signature cannot be made or read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CmsProblem {
    /// The bytes are no signature, certificate or key of a form that is read here.
    #[error("unreadable")]
    Unreadable,
    /// Signed in a way that is not checked here, e.g. with MD5.
    #[error("algorithm not known here")]
    Algorithm,
    /// The certificate is of another key.
    #[error("the certificate is of another key")]
    OtherKey,
    /// The time-stamping authority refused, or stamped something else.
    #[error("no time-stamp")]
    NoStamp,
}

impl From<der::Error> for CmsProblem {
    fn from(_: der::Error) -> CmsProblem {
        CmsProblem::Unreadable
    }
}
