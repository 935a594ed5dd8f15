//! Taking a file in: its real type is sniffed, pictures are decoded and encoded anew, PDF pages are taken as they are.

use super::ScanProblem;
use super::picture;

/// Largest file read: a 48-megapixel phone photo has about 15 MB.
pub const BYTES_MAX: usize = 20 * 1024 * 1024;
/// Hard stop after making it small: on 2G, 1 MiB takes three minutes.
pub const KEPT_MAX: usize = 1024 * 1024;
/// Most pages of a PDF: the longest paper asked for is a court ruling.
const PDF_PAGES_MAX: usize = 20;

/// A scan ready to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scanned {
    /// Final bytes.
    pub bytes: Vec<u8>,
    /// `image/jpeg` or `application/pdf`.
    pub media: &'static str,
    /// Pages.
    pub pages: u32,
    /// Warnings: `blur`, `dark`, `glare`. They never block.
    pub warnings: Vec<&'static str>,
}

/// Takes in the bytes of a file.
///
/// # Errors
/// A [`ScanProblem`] with a sentence that says what to do; nothing is kept.
pub fn take_in(bytes: &[u8]) -> Result<Scanned, ScanProblem> {
    if bytes.len() > BYTES_MAX {
        return Err(ScanProblem::TooLarge);
    }
    if bytes.starts_with(b"%PDF-") {
        return pdf(bytes);
    }
    let image = picture::decode(bytes)?;
    let warnings = picture::warnings(&image);
    Ok(Scanned { bytes: picture::encode(&image)?, media: "image/jpeg", pages: 1, warnings })
}

fn pdf(bytes: &[u8]) -> Result<Scanned, ScanProblem> {
    if bytes.len() > KEPT_MAX {
        return Err(ScanProblem::StaysTooLarge);
    }
    let document = lopdf::Document::load_mem(bytes).map_err(|_| ScanProblem::Unreadable)?;
    if document.is_encrypted() {
        return Err(ScanProblem::PdfLocked);
    }
    let pages = document.get_pages().len();
    if pages == 0 {
        return Err(ScanProblem::Unreadable);
    }
    if pages > PDF_PAGES_MAX {
        return Err(ScanProblem::PdfTooLong);
    }
    let active = [&b"/JavaScript"[..], b"/Launch", b"/EmbeddedFile", b"/OpenAction"];
    if active.iter().any(|word| bytes.windows(word.len()).any(|w| w == *word)) {
        return Err(ScanProblem::PdfActive);
    }
    Ok(Scanned {
        bytes: bytes.to_vec(),
        media: "application/pdf",
        pages: u32::try_from(pages).unwrap_or(u32::MAX),
        warnings: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
    use std::io::Cursor;

    /// A page of dark lines on paper, like a typed letter.
    fn letter(width: u32, height: u32) -> DynamicImage {
        DynamicImage::ImageRgb8(RgbImage::from_fn(width, height, |x, y| {
            let ink = (y / 24) % 2 == 0 && (x * 7 + y * 3) % 11 < 4 && x > 60 && x + 60 < width;
            if ink { Rgb([40, 40, 44]) } else { Rgb([243, 242, 238]) }
        }))
    }

    fn png(image: &DynamicImage) -> Vec<u8> {
        let mut out = Cursor::new(Vec::new());
        image.write_to(&mut out, ImageFormat::Png).expect("png");
        out.into_inner()
    }

    #[test]
    fn a_large_page_becomes_small_enough_for_2g() {
        let taken = take_in(&png(&letter(2480, 3508))).expect("taken");
        assert!(taken.bytes.len() <= 350 * 1024, "{} bytes", taken.bytes.len());
        assert_eq!(image::load_from_memory(&taken.bytes).expect("jpeg").height(), picture::SIDE_MAX);
    }

    #[test]
    fn a_renamed_program_is_refused_whatever_its_name() {
        assert_eq!(take_in(b"MZ\x90\x00 this is a program"), Err(ScanProblem::WrongType));
        assert_eq!(take_in(b""), Err(ScanProblem::WrongType));
    }

    #[test]
    fn a_picture_that_was_cut_off_is_refused() {
        let whole = png(&letter(400, 300));
        assert_eq!(take_in(&whole[..whole.len() / 2]), Err(ScanProblem::Unreadable));
    }

    #[test]
    fn a_picture_that_claims_too_many_pixels_is_refused_before_it_is_decoded() {
        let mut bomb = png(&letter(40, 30));
        bomb[16..24].copy_from_slice(&[0, 1, 0, 0, 0, 1, 0, 0]);
        assert!(matches!(take_in(&bomb), Err(ScanProblem::TooManyPixels | ScanProblem::Unreadable)));
    }

    #[test]
    fn a_pdf_that_runs_something_is_refused() {
        assert_eq!(take_in(b"%PDF-1.4 broken"), Err(ScanProblem::Unreadable));
    }
}
