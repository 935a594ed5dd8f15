//! Makes a signature with the seal: ECDSA on P-256 with SHA-256, certificates inside, without a signing time of its own (PAdES
//! says that in the file), with a time-stamp where there is one.

use super::algorithm::{ECDSA_SHA256, Hash};
use super::{CONTENT_TYPE, CmsProblem, DATA, MESSAGE_DIGEST, SHA256, SIGNED_DATA, SIGNING_CERTIFICATE_V2, TIME_STAMP};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use cms::cert::{CertificateChoices, IssuerAndSerialNumber};
use cms::content_info::{CmsVersion, ContentInfo};
use cms::signed_data::{
    CertificateSet, EncapsulatedContentInfo, SignatureValue, SignedData, SignerIdentifier, SignerInfo, SignerInfos,
};
use der::asn1::{Any, ObjectIdentifier, OctetString, SetOfVec};
use der::{Decode, Encode};
use x509_cert::Certificate;
use x509_cert::attr::Attribute;
use x509_cert::spki::AlgorithmIdentifierOwned;

/// Who signs: a key and its certificate, with those that lead to a root.
pub struct Signer {
    key: EcdsaKeyPair,
    chain: Vec<Certificate>,
}

impl Signer {
    /// A signer of a PKCS#8 key of P-256, its certificate first in `chain`.
    ///
    /// # Errors
    /// `Unreadable`; `OtherKey` when the first certificate is not of this key.
    pub fn new(pkcs8: &[u8], chain: Vec<Certificate>) -> Result<Signer, CmsProblem> {
        let key =
            EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, pkcs8).map_err(|_| CmsProblem::Unreadable)?;
        let leaf = chain.first().ok_or(CmsProblem::Unreadable)?;
        let named = leaf.tbs_certificate.subject_public_key_info.subject_public_key.raw_bytes();
        if named != key.public_key().as_ref() {
            return Err(CmsProblem::OtherKey);
        }
        Ok(Signer { key, chain })
    }

    /// Its certificate, and those that lead to a root.
    #[must_use]
    pub fn chain(&self) -> &[Certificate] {
        &self.chain
    }

    /// Bytes that the certificates take in a signature; the name of the first one's issuer stands there once more.
    ///
    /// # Errors
    /// `Unreadable`.
    pub fn certificate_bytes(&self) -> Result<usize, CmsProblem> {
        let mut bytes = 0;
        for one in &self.chain {
            bytes += one.to_der()?.len();
        }
        Ok(bytes + self.chain.first().map_or(Ok(0), |leaf| leaf.tbs_certificate.issuer.to_der().map(|n| n.len()))?)
    }

    /// Signs what has this SHA-256.
    ///
    /// # Errors
    /// `Unreadable` when its own certificate cannot be written again.
    pub fn sign(&self, digest: &[u8]) -> Result<Signed, CmsProblem> {
        let leaf = self.chain.first().ok_or(CmsProblem::Unreadable)?;
        let attributes = SetOfVec::try_from(vec![
            attribute(CONTENT_TYPE, &DATA)?,
            attribute(MESSAGE_DIGEST, &OctetString::new(digest)?)?,
            // SigningCertificateV2 of one ESSCertIDv2, whose digest is SHA-256 when it names none.
            attribute(
                SIGNING_CERTIFICATE_V2,
                &vec![vec![vec![OctetString::new(super::certificate::fingerprint(leaf)?)?]]],
            )?,
        ])?;
        // What ECDSA draws by chance stays inside the library: another number there would give the key away.
        let signature =
            self.key.sign(&SystemRandom::new(), &attributes.to_der()?).map_err(|_| CmsProblem::Unreadable)?;
        let tbs = &leaf.tbs_certificate;
        let signer = SignerInfo {
            version: CmsVersion::V1,
            sid: SignerIdentifier::IssuerAndSerialNumber(IssuerAndSerialNumber {
                issuer: tbs.issuer.clone(),
                serial_number: tbs.serial_number.clone(),
            }),
            digest_alg: named(SHA256),
            signed_attrs: Some(attributes),
            signature_algorithm: named(ECDSA_SHA256),
            signature: SignatureValue::new(signature.as_ref())?,
            unsigned_attrs: None,
        };
        let certificates = self.chain.iter().cloned().map(CertificateChoices::Certificate).collect::<Vec<_>>();
        Ok(Signed { signer, certificates: CertificateSet(SetOfVec::try_from(certificates)?) })
    }
}

/// A signature that may still be stamped.
pub struct Signed {
    signer: SignerInfo,
    certificates: CertificateSet,
}

impl Signed {
    /// SHA-256 of the signature: this a time-stamping authority stamps.
    #[must_use]
    pub fn imprint(&self) -> Vec<u8> {
        Hash::Sha256.digest(&[self.signer.signature.as_bytes()])
    }

    /// The signature itself.
    #[must_use]
    pub fn value(&self) -> &[u8] {
        self.signer.signature.as_bytes()
    }

    /// With a time-stamp token of [`Signed::imprint`].
    ///
    /// # Errors
    /// `Unreadable`.
    pub fn stamped(mut self, token: &[u8]) -> Result<Signed, CmsProblem> {
        let values = SetOfVec::try_from(vec![Any::from_der(token)?])?;
        self.signer.unsigned_attrs = Some(SetOfVec::try_from(vec![Attribute { oid: TIME_STAMP, values }])?);
        Ok(self)
    }

    /// The signature as it stands in a file (DER).
    ///
    /// # Errors
    /// `Unreadable`.
    pub fn to_der(self) -> Result<Vec<u8>, CmsProblem> {
        let signed = SignedData {
            version: CmsVersion::V1,
            digest_algorithms: SetOfVec::try_from(vec![named(SHA256)])?,
            encap_content_info: EncapsulatedContentInfo { econtent_type: DATA, econtent: None },
            certificates: Some(self.certificates),
            crls: None,
            signer_infos: SignerInfos(SetOfVec::try_from(vec![self.signer])?),
        };
        let content = Any::encode_from(&signed)?;
        Ok(ContentInfo { content_type: SIGNED_DATA, content }.to_der()?)
    }
}

fn named(oid: ObjectIdentifier) -> AlgorithmIdentifierOwned {
    AlgorithmIdentifierOwned { oid, parameters: None }
}

fn attribute(oid: ObjectIdentifier, value: &impl Encode) -> Result<Attribute, CmsProblem> {
    let values = SetOfVec::try_from(vec![Any::from_der(&value.to_der()?)?])?;
    Ok(Attribute { oid, values })
}
