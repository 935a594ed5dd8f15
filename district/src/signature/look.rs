//! Looks at the signatures of a PDF, ours or anybody's: is each intact, does it cover the whole file, whose is it, and does
//! its certificate lead to a root that the Dinas put in. What is shown is decided here; what is trusted is not.

use crate::District;
use jukung_crypto::cms::certificate::{Named, leads_to, named};
use jukung_crypto::cms::{Certificate, CmsProblem, Judged, judge, read::trimmed, stamp};
use jukung_domain::problem::Problem;
use lopdf::{Dictionary, Document, LoadOptions, Object};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use utoipa::ToSchema;

/// Largest PDF looked at: a document of SIAK has 200 KB, one with pictures of its pages a few MB.
pub const PDF_BYTES_MAX: usize = 5 * 1024 * 1024;
/// Most bytes that one list of objects is unpacked to: a list of a thousand objects has some hundred KB.
const LIST_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Signatures read of one file: an official one has one, with a witness and a stamp three.
const SIGNATURES_MAX: usize = 16;

/// What all signatures of a file say together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = PdfVerdict)]
pub enum Verdict {
    /// Nobody signed it.
    Unsigned,
    /// Signed, whole, and not a byte is different.
    Intact,
    /// Signed, and something was put behind the signature afterwards.
    Appended,
    /// Signed, and the bytes are not those that were signed.
    Changed,
    /// Signed in a way that is not checked here.
    Unknown,
}

/// Whether the certificate leads to a root that was put in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trust {
    /// Nobody put a root in: not compared with anything.
    NoRoot,
    /// It does.
    Leads,
    /// It does not.
    Stranger,
    /// It is the seal of this district.
    Ours,
}

/// One signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// What it says of the file.
    pub verdict: Verdict,
    /// Common name of its certificate.
    pub signer: String,
    /// Organisation of the certificate.
    pub organisation: String,
    /// Who issued the certificate.
    pub issuer: String,
    /// When, as the file claims, in ms since 1970; 0 when it does not.
    pub at: i64,
    /// A time-stamping authority says when, `YYYYMMDDhhmmssZ`; empty without one or when its stamp does not fit.
    pub stamped: String,
    /// Whether its certificate leads to a root.
    pub trust: Trust,
}

/// A PDF that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// What its signatures say together.
    pub verdict: Verdict,
    /// Each of them, in the order in which the file grew.
    pub signatures: Vec<Signature>,
}

impl Seen {
    /// Signed, covering the whole file, and not a byte is different.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.verdict == Verdict::Intact
    }
}

impl District {
    /// Looks at the signatures of a PDF with the roots of this district.
    ///
    /// # Errors
    /// Those of [`look`]; `roots_unreadable`.
    pub fn signatures_of(&self, pdf: &[u8]) -> Result<Seen, Problem> {
        let roots = self.signature_roots()?;
        look(pdf, &Roots { roots: &roots, ours: self.seal.chain().first(), now: self.edge.now() })
    }
}

/// Whom to believe.
pub struct Roots<'a> {
    /// Roots that the Dinas put in.
    pub roots: &'a [Certificate],
    /// The seal of this district.
    pub ours: Option<&'a Certificate>,
    /// Now, in ms since 1970: for a signature that does not say when.
    pub now: i64,
}

/// Looks at the bytes of a PDF.
///
/// # Errors
/// `pdf_unreadable`, `pdf_locked`, `pdf_too_large`.
pub fn look(pdf: &[u8], roots: &Roots<'_>) -> Result<Seen, Problem> {
    if pdf.len() > PDF_BYTES_MAX {
        return Err(Problem::new("pdf_too_large").with("bytes_max", PDF_BYTES_MAX));
    }
    let unreadable = || Problem::new("pdf_unreadable");
    let bounded = LoadOptions { max_decompressed_size: Some(LIST_BYTES_MAX), ..Default::default() };
    let document = Document::load_mem_with_options(pdf, bounded).map_err(|_| unreadable())?;
    if document.is_encrypted() {
        return Err(Problem::new("pdf_locked"));
    }
    if document.get_pages().is_empty() {
        return Err(unreadable());
    }
    let mut found: Vec<(usize, bool, Signature)> = Vec::new();
    for entry in entries(&document).take(SIGNATURES_MAX) {
        let range = Range::of(entry, pdf);
        let end = range.as_ref().map_or(0, |range| range.end);
        let is_stamp = name(entry, b"SubFilter") == b"ETSI.RFC3161";
        found.push((end, is_stamp, one(entry, range, pdf, roots)));
    }
    found.sort_by_key(|(end, ..)| *end);
    let verdict = together(&found);
    Ok(Seen { verdict, signatures: found.into_iter().map(|(_, _, signature)| signature).collect() })
}

/// The last signature decides, unless an earlier one is broken; earlier ones cover what was there then.
fn together(found: &[(usize, bool, Signature)]) -> Verdict {
    let each = || found.iter().map(|(.., signature)| signature.verdict);
    // A stamp on the file is nobody's signature.
    let signed = found.iter().any(|(_, is_stamp, _)| !is_stamp);
    match each().next_back() {
        None => Verdict::Unsigned,
        Some(_) if each().any(|v| v == Verdict::Changed) => Verdict::Changed,
        Some(_) if each().any(|v| v == Verdict::Unknown) => Verdict::Unknown,
        Some(_) if !signed => Verdict::Unsigned,
        Some(last) => last,
    }
}

/// Every signature's entry, wherever it hangs.
fn entries(document: &Document) -> impl Iterator<Item = &Dictionary> {
    fn inside(object: &Object) -> Option<&Dictionary> {
        let dictionary = object.as_dict().ok()?;
        if dictionary.has(b"ByteRange") {
            return Some(dictionary);
        }
        dictionary.get(b"V").ok()?.as_dict().ok().filter(|v| v.has(b"ByteRange"))
    }
    document.objects.values().filter_map(inside)
}

fn name<'a>(entry: &'a Dictionary, key: &[u8]) -> &'a [u8] {
    entry.get(key).and_then(Object::as_name).unwrap_or_default()
}

/// What a signature says it covers, compared with the bytes: everything from the first one but its own digits.
struct Range {
    open: usize,
    close: usize,
    end: usize,
}

impl Range {
    fn of(entry: &Dictionary, pdf: &[u8]) -> Option<Range> {
        let numbers = entry.get(b"ByteRange").ok()?.as_array().ok()?;
        let numbers: Vec<usize> =
            numbers.iter().map(|n| usize::try_from(n.as_i64().ok()?).ok()).collect::<Option<_>>()?;
        let [0, open, close, length] = *numbers.as_slice() else { return None };
        let end = close.checked_add(length)?;
        let gap = pdf.get(open..close)?;
        let digits = gap.strip_prefix(b"<")?.strip_suffix(b">")?;
        // Whatever else lay in there would be signed by nobody.
        let only = digits.iter().all(|b| b.is_ascii_hexdigit() || b.is_ascii_whitespace());
        (only && end <= pdf.len()).then_some(Range { open, close, end })
    }

    fn parts<'a>(&self, pdf: &'a [u8]) -> [&'a [u8]; 2] {
        [&pdf[..self.open], &pdf[self.close..self.end]]
    }

    fn signature(&self, pdf: &[u8]) -> Option<Vec<u8>> {
        let digits: Vec<u8> =
            pdf[self.open + 1..self.close - 1].iter().copied().filter(u8::is_ascii_hexdigit).collect();
        hex::decode(digits).ok()
    }
}

fn one(entry: &Dictionary, range: Option<Range>, pdf: &[u8], roots: &Roots<'_>) -> Signature {
    let at = entry.get(b"M").and_then(Object::as_str).ok().and_then(when).unwrap_or(0);
    let broken = |verdict| Signature {
        verdict,
        signer: String::new(),
        organisation: String::new(),
        issuer: String::new(),
        at,
        stamped: String::new(),
        trust: if roots.roots.is_empty() { Trust::NoRoot } else { Trust::Stranger },
    };
    let Some(range) = range else { return broken(Verdict::Changed) };
    let Some(bytes) = range.signature(pdf) else { return broken(Verdict::Changed) };
    // Behind a signature its room is filled with zeros: whatever else lay there would be signed by nobody.
    if trimmed(&bytes).is_ok_and(|own| bytes[own.len()..].iter().any(|b| *b != 0)) {
        return broken(Verdict::Changed);
    }
    let parts = range.parts(pdf);
    let judged = match name(entry, b"SubFilter") {
        b"ETSI.RFC3161" => stamp::over(&bytes, &parts).map(|stamp| *stamp.judged),
        b"adbe.pkcs7.detached" | b"ETSI.CAdES.detached" => judge(&bytes, &parts),
        _ => Err(CmsProblem::Algorithm),
    };
    let judged = match judged {
        Ok(judged) => judged,
        // Nobody is told that a file was changed because we cannot read who signed it.
        Err(CmsProblem::Algorithm | CmsProblem::Unreadable | CmsProblem::OtherKey | CmsProblem::NoStamp) => {
            return broken(Verdict::Unknown);
        }
    };
    let verdict = match (judged.intact, range.end == pdf.len()) {
        (false, _) => Verdict::Changed,
        (true, true) => Verdict::Intact,
        (true, false) => Verdict::Appended,
    };
    told(&judged, verdict, at, roots)
}

fn told(judged: &Judged, verdict: Verdict, at: i64, roots: &Roots<'_>) -> Signature {
    let tbs = &judged.signer.tbs_certificate;
    let (Named { name, organisation }, issuer) = (named(&tbs.subject), named(&tbs.issuer));
    let moment = u64::try_from(if at > 0 { at } else { roots.now }).unwrap_or(0);
    let trust = if roots.ours == Some(&judged.signer) {
        Trust::Ours
    } else if roots.roots.is_empty() {
        Trust::NoRoot
    } else if leads_to(&judged.signer, &judged.others, roots.roots, Duration::from_millis(moment)) {
        Trust::Leads
    } else {
        Trust::Stranger
    };
    let stamp = judged.stamp.as_ref().filter(|stamp| stamp.judged.intact);
    Signature {
        verdict,
        signer: name,
        organisation,
        issuer: if issuer.name.is_empty() { issuer.organisation } else { issuer.name },
        at,
        stamped: stamp.map(|stamp| stamp.at.clone()).unwrap_or_default(),
        trust,
    }
}

/// `D:20261127101500+08'00'` in ms since 1970.
fn when(text: &[u8]) -> Option<i64> {
    let text = std::str::from_utf8(text).ok()?;
    let text = text.strip_prefix("D:").unwrap_or(text);
    let (day, zone) = text.split_at_checked(14)?;
    let at = jiff::civil::DateTime::strptime("%Y%m%d%H%M%S", day).ok()?;
    let digits: String = zone.chars().filter(char::is_ascii_digit).collect();
    let part = |at: std::ops::Range<usize>| digits.get(at).and_then(|n| n.parse::<i64>().ok()).unwrap_or(0);
    let shift = (part(0..2) * 60 + part(2..4)) * 60_000;
    let at = at.duration_since(jiff::civil::date(1970, 1, 1).at(0, 0, 0, 0)).as_millis();
    let at = i64::try_from(at).ok()?;
    Some(if zone.starts_with('-') { at + shift } else { at - shift })
}

#[cfg(test)]
mod tests {
    use super::when;

    #[test]
    fn a_claimed_time_is_read_with_its_zone() {
        let noon = 1_795_752_000_000;
        for text in
            ["D:20261127040000Z", "D:20261127120000+08'00'", "D:20261127120000+08'00", "D:20261126230000-05'00'"]
        {
            assert_eq!(when(text.as_bytes()), Some(noon), "{text}");
        }
        assert_eq!(when(b"yesterday"), None);
    }
}
