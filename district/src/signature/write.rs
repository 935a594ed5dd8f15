//! Puts a signature into a PDF (PAdES, ETSI EN 319 142-1): what was there stays byte for byte, and behind it come the
//! signature, a field that nobody sees, and the changed catalogue and first page, listed as the file lists its own objects.

use jukung_domain::problem::Problem;
use lopdf::{Dictionary, Document, IncrementalDocument, Object, ObjectId, StringFormat, dictionary};
use sha2::{Digest, Sha256};
use std::ops::Range;

/// Stands where the four numbers of the range come; no number of a file is that large.
const RANGE: [i64; 4] = [0, 1_111_111_111, 1_111_111_111, 1_111_111_111];

/// What stands beside a signature.
pub struct Said<'a> {
    /// Who seals.
    pub name: &'a str,
    /// Why. Never a number of a person.
    pub reason: &'a str,
    /// When, in ms since 1970 UTC.
    pub at: i64,
    /// Bytes kept for the signature.
    pub room: usize,
}

/// A PDF that waits for its signature.
pub struct Prepared {
    bytes: Vec<u8>,
    /// The hexadecimal digits of the signature, without `<` and `>`.
    room: Range<usize>,
}

fn unreadable(_: lopdf::Error) -> Problem {
    Problem::new("pdf_unreadable")
}

/// Makes a PDF ready to be sealed as it is: no change is allowed behind the seal (DocMDP, 1).
///
/// # Errors
/// `pdf_unreadable`; `pdf_locked`; `pdf_has_form` when it has fields or a signature already.
pub fn prepare(pdf: &[u8], said: &Said<'_>) -> Result<Prepared, Problem> {
    let before = Document::load_mem(pdf).map_err(unreadable)?;
    if before.is_encrypted() {
        return Err(Problem::new("pdf_locked"));
    }
    let root = before.trailer.get(b"Root").and_then(Object::as_reference).map_err(unreadable)?;
    if before.get_dictionary(root).map_err(unreadable)?.has(b"AcroForm") {
        return Err(Problem::new("pdf_has_form"));
    }
    let page = *before.get_pages().get(&1).ok_or_else(|| Problem::new("pdf_unreadable"))?;
    let annotations = annotations(&before, page)?;
    let mut update = IncrementalDocument::create_from(pdf.to_vec(), before);
    let next = update.new_document.max_id + 1;
    let (signature, field) = ((next, 0), (next + 1, 0));
    update.new_document.max_id += 2;
    update.new_document.objects.insert(signature, Object::Dictionary(entry(said)));
    update.new_document.objects.insert(field, Object::Dictionary(widget(signature, page)));
    for id in [root, page] {
        update.opt_clone_object_to_new_document(id).map_err(unreadable)?;
    }
    let catalogue = update.new_document.get_dictionary_mut(root).map_err(unreadable)?;
    catalogue.set("AcroForm", dictionary! { "Fields" => vec![Object::Reference(field)], "SigFlags" => 3 });
    catalogue.set("Perms", dictionary! { "DocMDP" => Object::Reference(signature) });
    let first = update.new_document.get_dictionary_mut(page).map_err(unreadable)?;
    first.set("Annots", annotations.into_iter().chain([Object::Reference(field)]).collect::<Vec<_>>());
    let mut bytes = Vec::new();
    update.save_to(&mut bytes).map_err(|e| Problem::new("internal").with("at", e))?;
    ranged(bytes, pdf.len())
}

/// What the first page has pinned to it already.
fn annotations(document: &Document, page: ObjectId) -> Result<Vec<Object>, Problem> {
    let page = document.get_dictionary(page).map_err(unreadable)?;
    let Ok(listed) = page.get(b"Annots") else { return Ok(Vec::new()) };
    let (_, listed) = document.dereference(listed).map_err(unreadable)?;
    Ok(listed.as_array().map_err(unreadable)?.clone())
}

fn entry(said: &Said<'_>) -> Dictionary {
    let at = jiff::Timestamp::from_millisecond(said.at).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    let certifies = dictionary! {
        "Type" => "SigRef",
        "TransformMethod" => "DocMDP",
        "TransformParams" => dictionary! { "Type" => "TransformParams", "P" => 1, "V" => "1.2" },
    };
    let mut entry = dictionary! {
        "Type" => "Sig",
        "Filter" => "Adobe.PPKLite",
        "SubFilter" => "ETSI.CAdES.detached",
        "ByteRange" => RANGE.map(Object::Integer).to_vec(),
        "Contents" => Object::String(vec![0; said.room], StringFormat::Hexadecimal),
        "M" => Object::string_literal(at.strftime("D:%Y%m%d%H%M%SZ").to_string()),
        "Reference" => vec![Object::Dictionary(certifies)],
    };
    for (key, words) in [("Name", said.name), ("Reason", said.reason)] {
        if !words.is_empty() {
            entry.set(key, lopdf::text_string(words));
        }
    }
    entry
}

/// The field of a signature, without any size on the page: hidden, printed, locked.
fn widget(signature: ObjectId, page: ObjectId) -> Dictionary {
    dictionary! {
        "Type" => "Annot",
        "Subtype" => "Widget",
        "FT" => "Sig",
        "T" => Object::string_literal("Segel"),
        "V" => Object::Reference(signature),
        "P" => Object::Reference(page),
        "Rect" => vec![0.into(), 0.into(), 0.into(), 0.into()],
        "F" => 132,
    }
}

/// Finds the room of the signature behind `from` and says what is signed: everything but that room.
fn ranged(mut bytes: Vec<u8>, from: usize) -> Result<Prepared, Problem> {
    let lost = || Problem::new("internal").with("at", "the room of a signature");
    let after = |bytes: &[u8], at: usize, text: &[u8]| {
        let found = bytes.get(at..)?.windows(text.len()).position(|w| w == text)?;
        Some(at + found + text.len())
    };
    let open = after(&bytes, from, b"/Contents<").ok_or_else(lost)?;
    let close = after(&bytes, open, b">").ok_or_else(lost)?;
    let range = after(&bytes, from, b"/ByteRange[").ok_or_else(lost)?;
    let end = after(&bytes, range, b"]").ok_or_else(lost)? - 1;
    let numbers = format!("0 {} {} {}", open - 1, close, bytes.len() - close);
    let place = bytes.get_mut(range..end).filter(|place| place.len() >= numbers.len()).ok_or_else(lost)?;
    place.fill(b' ');
    place[..numbers.len()].copy_from_slice(numbers.as_bytes());
    Ok(Prepared { bytes, room: open..close - 1 })
}

impl Prepared {
    /// SHA-256 of what is signed.
    #[must_use]
    pub fn digest(&self) -> Vec<u8> {
        let mut hash = Sha256::new();
        hash.update(&self.bytes[..self.room.start - 1]);
        hash.update(&self.bytes[self.room.end + 1..]);
        hash.finalize().to_vec()
    }

    /// The finished file.
    ///
    /// # Errors
    /// `internal` when the signature needs more room than is kept.
    pub fn finish(mut self, signature: &[u8]) -> Result<Vec<u8>, Problem> {
        let digits = hex::encode(signature);
        let place = self.bytes.get_mut(self.room).filter(|place| place.len() >= digits.len());
        let place = place.ok_or_else(|| Problem::new("internal").with("at", "a signature is too large"))?;
        place[..digits.len()].copy_from_slice(digits.as_bytes());
        Ok(self.bytes)
    }
}
