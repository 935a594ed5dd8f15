//! The seal's key (ECDSA P-256) and its certificates: made at the first start, self-issued, until the Dinas puts its own
//! certificate in. Beside it the roots by which other people's signatures are judged.

use crate::District;
use crate::edge::Edge;
use jukung_crypto::cms::certificate::{self, Named};
use jukung_crypto::cms::{Certificate, CmsProblem, Signer, file};
use jukung_domain::problem::Problem;
use jukung_ledger::private;
use rcgen::{
    CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose, SerialNumber, date_time_ymd,
};
use serde::Serialize;
use std::path::Path;
use zeroize::Zeroizing;

/// Key and certificates of the seal, in the data folder, mode 0600.
pub const FILE: &str = "seal.pem";
/// Roots that the Dinas believes, in the data folder: BSrE's, once somebody put it there.
pub const ROOTS: &str = "signature-roots.pem";
/// Name of the seal as long as its certificate is its own.
const NAME: &str = "Segel Sistem Jukung (diterbitkan sendiri)";
/// Years for which a self-issued certificate holds.
const YEARS: i16 = 10;
/// Signing of documents (RFC 9336).
const DOCUMENT_SIGNING: [u64; 9] = [1, 3, 6, 1, 5, 5, 7, 3, 36];

/// A certificate of the seal, in words and figures for whoever compares it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Shown {
    /// Common name.
    pub name: String,
    /// Organisation.
    pub organisation: String,
    /// Who issued it.
    pub issuer: String,
    /// SHA-256 of it, hex.
    pub fingerprint: String,
    /// Seconds since 1970 until which it holds.
    pub until: u64,
}

fn refused(e: CmsProblem) -> Problem {
    match e {
        CmsProblem::OtherKey => Problem::new("seal_other_key"),
        CmsProblem::Unreadable | CmsProblem::Algorithm | CmsProblem::NoStamp => Problem::new("seal_unreadable"),
    }
}

fn params(name: &str, edge: &Edge) -> CertificateParams {
    let epoch = jiff::civil::date(1970, 1, 1);
    let day = epoch.checked_add(jiff::SignedDuration::from_millis(edge.now())).unwrap_or(epoch);
    let on = |year: i16| date_time_ymd(i32::from(year), day.month().unsigned_abs(), day.day().unsigned_abs().min(28));
    let mut params = CertificateParams::default();
    params.not_before = on(day.year());
    params.not_after = on(day.year().saturating_add(YEARS));
    params.serial_number = Some(SerialNumber::from_slice(&edge.random::<16>()));
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::ContentCommitment];
    params.extended_key_usages =
        vec![ExtendedKeyUsagePurpose::EmailProtection, ExtendedKeyUsagePurpose::Other(DOCUMENT_SIGNING.to_vec())];
    params
}

/// A new seal with a certificate of its own.
///
/// # Errors
/// `internal` when the libraries refuse.
pub(crate) fn new(edge: &Edge) -> Result<Zeroizing<Vec<u8>>, Problem> {
    let failed = |what: String| Problem::new("internal").with("at", what);
    let pkcs8 = loop {
        // All but one number in 2^32 are a key.
        if let Some(key) = file::pkcs8_of(&Zeroizing::new(edge.random::<32>())) {
            break key;
        }
    };
    let key = KeyPair::try_from(pkcs8.as_slice()).map_err(|e| failed(e.to_string()))?;
    let made = params(NAME, edge).self_signed(&key).map_err(|e| failed(e.to_string()))?;
    let chain = certificate::read(made.der()).map_err(refused)?;
    let text = file::write(&pkcs8, &chain).map_err(refused)?;
    Ok(Zeroizing::new(text.as_bytes().to_vec()))
}

/// Reads the seal of a data folder.
///
/// # Errors
/// `seal_unreadable`, `seal_other_key`.
pub(crate) fn read(bytes: &[u8]) -> Result<Signer, Problem> {
    file::signer(bytes).map_err(refused)
}

impl District {
    /// The certificates of the seal, its own first.
    ///
    /// # Errors
    /// `seal_unreadable`.
    pub fn seal_shown(&self) -> Result<Vec<Shown>, Problem> {
        self.seal.chain().iter().map(shown).collect()
    }

    /// A request (PKCS#10, PEM) with which an authority issues a certificate for this seal's key.
    ///
    /// # Errors
    /// `seal_unreadable`, `internal`.
    pub fn seal_request(&self, name: &str) -> Result<String, Problem> {
        let pkcs8 = file::key_in(&std::fs::read(self.dir.join(FILE)).map_err(|e| unread(&e))?).map_err(refused)?;
        let failed = |e: rcgen::Error| Problem::new("internal").with("at", e);
        let key = KeyPair::try_from(pkcs8.as_slice()).map_err(failed)?;
        let mut asked = params(name, &self.edge);
        asked.serial_number = None;
        asked.is_ca = IsCa::NoCa;
        let request = asked.serialize_request(&key).map_err(failed)?;
        file::pem("CERTIFICATE REQUEST", request.der()).map_err(refused)
    }

    /// The roots by which other people's signatures are judged; none while nobody put any in.
    ///
    /// # Errors
    /// `roots_unreadable`.
    pub fn signature_roots(&self) -> Result<Vec<Certificate>, Problem> {
        match std::fs::read(self.dir.join(ROOTS)) {
            Ok(bytes) => certificate::read(&bytes).map_err(|_| Problem::new("roots_unreadable")),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(e) => Err(Problem::new("roots_unreadable").with("why", e)),
        }
    }
}

fn unread(e: &std::io::Error) -> Problem {
    Problem::new("seal_unreadable").with("why", e)
}

/// A certificate as it is shown.
///
/// # Errors
/// `seal_unreadable`.
pub fn shown(of: &Certificate) -> Result<Shown, Problem> {
    let Named { name, organisation } = certificate::named(&of.tbs_certificate.subject);
    Ok(Shown {
        name,
        organisation,
        issuer: certificate::named(&of.tbs_certificate.issuer).name,
        fingerprint: hex::encode(certificate::fingerprint(of).map_err(refused)?),
        until: certificate::holds(of).1,
    })
}

/// Puts other certificates of the seal into a data folder, with their key where it is another one. The server takes them at
/// its next start.
///
/// # Errors
/// `seal_unreadable`; `seal_other_key` when the first certificate is not of the key; `disk_full`.
pub fn import(dir: &Path, certificates: &[u8], key: Option<&[u8]>) -> Result<Vec<Shown>, Problem> {
    let path = dir.join(FILE);
    let held = std::fs::read(&path).map_err(|e| unread(&e))?;
    let pkcs8 = file::key_in(key.unwrap_or(&held)).map_err(refused)?;
    let chain = certificate::read(certificates).map_err(refused)?;
    let text = file::write(&pkcs8, &chain).map_err(refused)?;
    let signer = read(text.as_bytes())?;
    private::whole(&dir.join(format!("{FILE}.new")), &path, text.as_bytes())
        .map_err(|e| Problem::new("disk_full").with("why", e))?;
    signer.chain().iter().map(shown).collect()
}
