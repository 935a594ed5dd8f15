//! Which algorithms of signatures are checked: RSA (PKCS#1 and PSS, 2048 bits and more) and ECDSA on P-256 and P-384 with
//! SHA-2. Everything else is told as unknown, never as valid.

use super::{CmsProblem, SHA256};
use aws_lc_rs::signature::{self, UnparsedPublicKey, VerificationAlgorithm};
use der::asn1::{Any, ObjectIdentifier};
use der::{Decode, TagNumber, Tagged};
use sha2::{Digest, Sha256, Sha384, Sha512};
use x509_cert::spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};

const SHA384: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.2");
const SHA512: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.3");
const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const RSA_PSS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.10");
const RSA_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.11");
const RSA_SHA384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.12");
const RSA_SHA512: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.13");
const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
pub(super) const ECDSA_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2");
const ECDSA_SHA384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.3");
const ECDSA_SHA512: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.4");
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");

/// A digest of SHA-2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hash {
    Sha256,
    Sha384,
    Sha512,
}

impl Hash {
    /// The one with this name.
    pub(super) fn of(oid: ObjectIdentifier) -> Result<Hash, CmsProblem> {
        match oid {
            SHA256 => Ok(Hash::Sha256),
            SHA384 => Ok(Hash::Sha384),
            SHA512 => Ok(Hash::Sha512),
            _ => Err(CmsProblem::Algorithm),
        }
    }

    /// Digest of these bytes, one part after the other.
    pub(super) fn digest(self, parts: &[&[u8]]) -> Vec<u8> {
        fn all<D: Digest>(parts: &[&[u8]]) -> Vec<u8> {
            let mut hash = D::new();
            parts.iter().for_each(|part| hash.update(part));
            hash.finalize().to_vec()
        }
        match self {
            Hash::Sha256 => all::<Sha256>(parts),
            Hash::Sha384 => all::<Sha384>(parts),
            Hash::Sha512 => all::<Sha512>(parts),
        }
    }
}

/// Whether `signature` over `message` is of this key. `digest` is the one named beside the signature, for the names of
/// algorithms that leave it out.
///
/// # Errors
/// `Algorithm`.
pub(super) fn verify(
    named: &AlgorithmIdentifierOwned,
    digest: Hash,
    key: &SubjectPublicKeyInfoOwned,
    message: &[u8],
    signature: &[u8],
) -> Result<bool, CmsProblem> {
    let (algorithm, bits) = (algorithm(named, digest, key)?, key.subject_public_key.raw_bytes());
    Ok(UnparsedPublicKey::new(algorithm, bits).verify(message, signature).is_ok())
}

/// Length of the salt that PSS names; none where it leaves it out (then it is 20, of SHA-1).
fn salt_bytes(named: &AlgorithmIdentifierOwned) -> Option<usize> {
    let parts = named.parameters.as_ref()?.decode_as::<Vec<Any>>().ok()?;
    let salt = parts.iter().find(|part| part.tag().number() == TagNumber::N2)?;
    u16::from_der(salt.value()).ok().map(usize::from)
}

fn algorithm(
    named: &AlgorithmIdentifierOwned,
    digest: Hash,
    key: &SubjectPublicKeyInfoOwned,
) -> Result<&'static dyn VerificationAlgorithm, CmsProblem> {
    let hash = match named.oid {
        RSA_SHA256 | ECDSA_SHA256 => Hash::Sha256,
        RSA_SHA384 | ECDSA_SHA384 => Hash::Sha384,
        RSA_SHA512 | ECDSA_SHA512 => Hash::Sha512,
        _ => digest,
    };
    if named.oid == RSA_PSS && salt_bytes(named) != Some(hash.digest(&[]).len()) {
        // Only the salt that everybody recommends is checked here: as long as the digest (RFC 4055, 3.1).
        return Err(CmsProblem::Algorithm);
    }
    let curve = key.algorithm.parameters.as_ref().and_then(|p| p.decode_as::<ObjectIdentifier>().ok());
    Ok(match (named.oid, key.algorithm.oid, curve, hash) {
        (RSA | RSA_SHA256 | RSA_SHA384 | RSA_SHA512, RSA, _, Hash::Sha256) => &signature::RSA_PKCS1_2048_8192_SHA256,
        (RSA | RSA_SHA256 | RSA_SHA384 | RSA_SHA512, RSA, _, Hash::Sha384) => &signature::RSA_PKCS1_2048_8192_SHA384,
        (RSA | RSA_SHA256 | RSA_SHA384 | RSA_SHA512, RSA, _, Hash::Sha512) => &signature::RSA_PKCS1_2048_8192_SHA512,
        (RSA_PSS, RSA | RSA_PSS, _, Hash::Sha256) => &signature::RSA_PSS_2048_8192_SHA256,
        (RSA_PSS, RSA | RSA_PSS, _, Hash::Sha384) => &signature::RSA_PSS_2048_8192_SHA384,
        (RSA_PSS, RSA | RSA_PSS, _, Hash::Sha512) => &signature::RSA_PSS_2048_8192_SHA512,
        (ECDSA_SHA256 | ECDSA_SHA384 | ECDSA_SHA512, EC, Some(P256), Hash::Sha256) => {
            &signature::ECDSA_P256_SHA256_ASN1
        }
        (ECDSA_SHA256 | ECDSA_SHA384 | ECDSA_SHA512, EC, Some(P256), Hash::Sha384) => {
            &signature::ECDSA_P256_SHA384_ASN1
        }
        (ECDSA_SHA256 | ECDSA_SHA384 | ECDSA_SHA512, EC, Some(P384), Hash::Sha256) => {
            &signature::ECDSA_P384_SHA256_ASN1
        }
        (ECDSA_SHA256 | ECDSA_SHA384 | ECDSA_SHA512, EC, Some(P384), Hash::Sha384) => {
            &signature::ECDSA_P384_SHA384_ASN1
        }
        _ => return Err(CmsProblem::Algorithm),
    })
}
