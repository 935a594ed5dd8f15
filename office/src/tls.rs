//! TLS to the district on a computer whose clock may be dead (protocol 2.11). Every certificate is checked as ever; only
//! where the clock cannot be right do the keys that enrolment fixed decide about its dates, and about nothing else.

use crate::clock::BUILT_MS;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jukung_domain::problem::Problem;
use jukung_domain::sync::clock::JUMP_MAX_MS;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error, SignatureScheme};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use std::time::Duration;

/// Certificates of one chain whose beginning may lie after what is known: the server's and two between it and the root.
const YOUNG_MAX: usize = 3;

/// What is certain about time and server before a call.
#[derive(Debug, Clone, Default)]
pub struct Trusted {
    /// The newest moment that was certain, in ms.
    pub known_ms: i64,
    /// Something happened here at that moment: a clock far ahead of it is in doubt.
    pub lived: bool,
    /// SHA-256 of the public keys (SPKI, base64) the server's certificate or its issuer may have.
    pub pins: Vec<String>,
}

impl Trusted {
    /// Before anybody has signed in: only that this program exists, and what is kept in the clear.
    #[must_use]
    pub fn before_sign_in(pins: &[String]) -> Trusted {
        Trusted { known_ms: BUILT_MS, lived: false, pins: pins.to_vec() }
    }
}

/// Checks the district's certificate.
#[derive(Debug)]
pub struct Dated {
    usual: Arc<dyn ServerCertVerifier>,
    trusted: Trusted,
}

impl Dated {
    /// Over the check that everybody makes.
    #[must_use]
    pub fn new(usual: Arc<dyn ServerCertVerifier>, trusted: Trusted) -> Dated {
        Dated { usual, trusted }
    }

    fn pinned(&self, chain: &[&CertificateDer<'_>]) -> bool {
        chain.iter().any(|der| {
            let Ok(cert) = webpki::EndEntityCert::try_from(*der) else { return false };
            let pin = STANDARD.encode(Sha256::digest(&*cert.subject_public_key_info()));
            self.trusted.pins.contains(&pin)
        })
    }
}

fn moment(ms: i64) -> UnixTime {
    UnixTime::since_unix_epoch(Duration::from_millis(u64::try_from(ms).unwrap_or(0)))
}

impl ServerCertVerifier for Dated {
    fn verify_server_cert(
        &self,
        server: &CertificateDer<'_>,
        between: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        wall: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let check = |at| self.usual.verify_server_cert(server, between, name, ocsp, at);
        let known = moment(self.trusted.known_ms);
        let ahead = self.trusted.lived && wall > moment(self.trusted.known_ms.saturating_add(JUMP_MAX_MS));
        let behind = wall < known;
        let chain: Vec<_> = std::iter::once(server).chain(between).collect();
        let mut verdict = check(wall.max(known));
        if !(ahead || behind) || !self.pinned(&chain) {
            return verdict;
        }
        if ahead && matches!(&verdict, Err(Error::InvalidCertificate(e)) if is_expired(e)) {
            verdict = check(known);
        }
        // Begun after what is known: looked at again on the day it began. Everything else must hold then.
        for _ in 0..YOUNG_MAX {
            let Err(Error::InvalidCertificate(CertificateError::NotValidYetContext { not_before, .. })) = &verdict
            else {
                break;
            };
            verdict = check(*not_before);
        }
        verdict
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.usual.verify_tls12_signature(message, cert, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.usual.verify_tls13_signature(message, cert, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.usual.supported_verify_schemes()
    }
}

fn is_expired(e: &CertificateError) -> bool {
    matches!(e, CertificateError::Expired | CertificateError::ExpiredContext { .. })
}

/// TLS by the system's own roots, with this look at dates.
///
/// # Errors
/// `internal` when the system's roots cannot be read.
pub fn config(trusted: Trusted) -> Result<ClientConfig, Problem> {
    let failed = |e: Error| Problem::new("internal").with("at", e);
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let usual = rustls_platform_verifier::Verifier::new(Arc::clone(&provider)).map_err(failed)?;
    over(Arc::new(usual), trusted)
}

/// The same over another check than the system's.
///
/// # Errors
/// `internal` when no version of TLS is left.
pub fn over(usual: Arc<dyn ServerCertVerifier>, trusted: Trusted) -> Result<ClientConfig, Problem> {
    let failed = |e: Error| Problem::new("internal").with("at", e);
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder =
        ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().map_err(failed)?;
    let dated = Arc::new(Dated::new(usual, trusted));
    Ok(builder.dangerous().with_custom_certificate_verifier(dated).with_no_client_auth())
}
