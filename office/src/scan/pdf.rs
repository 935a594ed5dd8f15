//! A handed-in PDF is kept as it is, once it was read and found harmless.

use super::{BYTES_OUT_MAX, PDF_PAGES_MAX, ScanProblem, Scanned};
use lopdf::{Dictionary, Document, Object};

/// Names that make a PDF do something or carry other files (ISO 32000-1: 7.11.4, 12.6.4, 13).
const ACTIVE: [&[u8]; 8] =
    [b"JavaScript", b"JS", b"Launch", b"EmbeddedFile", b"EmbeddedFiles", b"ImportData", b"SubmitForm", b"RichMedia"];
/// Nesting looked into; real papers stay below ten.
const DEPTH_MAX: usize = 40;

/// Checks a PDF and takes it as it is.
pub(super) fn take_in(bytes: &[u8]) -> Result<Scanned, ScanProblem> {
    if bytes.len() > BYTES_OUT_MAX {
        return Err(ScanProblem::PdfTooLarge);
    }
    let locked = bytes.windows(8).any(|window| window == b"/Encrypt");
    let document = match Document::load_mem(bytes) {
        Ok(document) => document,
        Err(_) if locked => return Err(ScanProblem::PdfLocked),
        Err(_) => return Err(ScanProblem::Unreadable),
    };
    if locked || document.is_encrypted() || document.was_encrypted() {
        return Err(ScanProblem::PdfLocked);
    }
    let pages = document.get_pages().len();
    if pages == 0 {
        return Err(ScanProblem::Unreadable);
    }
    if pages > PDF_PAGES_MAX {
        return Err(ScanProblem::PdfTooManyPages);
    }
    if document.objects.values().any(|object| is_active(object, 0)) {
        return Err(ScanProblem::PdfActive);
    }
    Ok(Scanned {
        bytes: bytes.to_vec(),
        media: "application/pdf".to_owned(),
        pages: u32::try_from(pages).unwrap_or(u32::MAX),
        width: 0,
        height: 0,
        note_code: "scan_as_is".to_owned(),
        warnings: Vec::new(),
    })
}

/// Deeper than anything real counts as active: refusing is the safe side.
fn is_active(object: &Object, depth: usize) -> bool {
    if depth > DEPTH_MAX {
        return true;
    }
    let in_dictionary = |dictionary: &Dictionary| {
        dictionary.iter().any(|(key, value)| ACTIVE.contains(&key.as_slice()) || is_active(value, depth + 1))
    };
    if let Ok(dictionary) = object.as_dict() {
        return in_dictionary(dictionary);
    }
    if let Ok(stream) = object.as_stream() {
        return in_dictionary(&stream.dict);
    }
    if let Ok(items) = object.as_array() {
        return items.iter().any(|item| is_active(item, depth + 1));
    }
    object.as_name().is_ok_and(|name| ACTIVE.contains(&name))
}
