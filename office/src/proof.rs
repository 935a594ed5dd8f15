//! The signed token on a receipt: anyone checks it with the Dinas's public key and no network (security.md 4).

use crate::Office;
use jukung_crypto::receipt_token::{self, Claims};
use jukung_crypto::sign;
use jukung_domain::receipt;
use jukung_ledger::projection::Case;

/// Where the page that checks a token lies on the district's site. What follows `#` never leaves the phone.
const PAGE: &str = "/asli#";

impl Office {
    /// The address on the receipt's QR; empty where a token cannot be made that others believe: no page is set up, this
    /// computer has no certificate, or its clock stood outside the certificate's time.
    pub(crate) fn proof(&self, case: &Case, site: &str, said: &str) -> String {
        let site = site.trim().trim_end_matches('/');
        let token = if site.is_empty() { None } else { self.token(case, said) };
        token.map_or_else(String::new, |token| format!("{site}{PAGE}{}", receipt_token::to_text(&token)))
    }

    /// The same application gives the same token, as long as it says the same and the certificate is the same.
    fn token(&self, case: &Case, said: &str) -> Option<Vec<u8>> {
        let (certificate, seed) = (self.certificate()?, self.seed());
        let application = case.id.parse().ok()?;
        let issued_s = case.created / 1000;
        let (from, until) = certificate.device.valid_s;
        if !(from..=until).contains(&issued_s) || certificate.device.key != sign::public_key(&seed) {
            return None;
        }
        let doc = &case.state.application;
        let service = self.service(&doc.service).ok()?;
        let scans = doc.attachments.iter().filter(|a| a.requirement != "consent").count();
        let claims = Claims {
            office: self.identity.office.code.replace('.', "").parse().ok()?,
            issued_s,
            number: case.state.number.clone(),
            group: receipt::group(&service.group),
            documents: i64::try_from(scans).ok()?,
            initials: receipt::initials(doc.fields.get("applicant.name").map_or("", String::as_str)),
            nonce: receipt::nonce(application),
            digest: receipt::digest(application, said),
        };
        receipt_token::issue(&seed, &certificate.bytes, &claims).ok()
    }
}
