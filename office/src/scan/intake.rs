//! Taking a file in: its real type is sniffed, pictures are decoded and encoded anew, PDF pages are taken as they are.

use super::ScanProblem;
use super::picture::{self, KEPT_MAX};

/// Largest file read: a 48-megapixel phone photo has about 15 MB.
pub const BYTES_MAX: usize = 20 * 1024 * 1024;
/// Most pages of a PDF: the longest paper asked for is a court ruling.
const PDF_PAGES_MAX: usize = 20;
/// Most bytes that one list of objects in a PDF is unpacked to: those of twenty pages have some hundred KB.
const PDF_LIST_MAX: usize = 8 * 1024 * 1024;

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
    let bounded = lopdf::LoadOptions { max_decompressed_size: Some(PDF_LIST_MAX), ..Default::default() };
    let document = lopdf::Document::load_mem_with_options(bytes, bounded).map_err(|_| ScanProblem::Unreadable)?;
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

    /// The checksum of a part of a PNG.
    fn crc(bytes: &[u8]) -> u32 {
        let step = |crc: u32, _| if crc & 1 == 1 { 0xedb8_8320 ^ (crc >> 1) } else { crc >> 1 };
        !bytes.iter().fold(u32::MAX, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), step))
    }

    #[test]
    fn a_picture_whose_pixels_are_few_but_wide_is_refused_before_memory_is_taken_for_it() {
        let mut bomb = png(&letter(40, 30));
        // 49 million pixels are allowed; red, green, blue and opacity in 16 bits each make 392 MB of them.
        bomb[16..26].copy_from_slice(&[0, 0, 0x1b, 0x58, 0, 0, 0x1b, 0x58, 16, 6]);
        let sum = crc(&bomb[12..29]).to_be_bytes();
        bomb[29..33].copy_from_slice(&sum);
        assert_eq!(take_in(&bomb), Err(ScanProblem::TooManyPixels));
    }

    #[test]
    fn a_broken_pdf_is_refused() {
        assert_eq!(take_in(b"%PDF-1.4 broken"), Err(ScanProblem::Unreadable));
    }

    #[test]
    fn a_pdf_is_kept_as_it_is_up_to_twenty_pages_and_never_when_it_runs_something() {
        let plain = pdf_of(20, false);
        let kept = take_in(&plain).expect("taken");
        assert_eq!((kept.bytes, kept.media, kept.pages), (plain, "application/pdf", 20));
        assert_eq!(take_in(&pdf_of(21, false)), Err(ScanProblem::PdfTooLong));
        assert_eq!(take_in(&pdf_of(0, false)), Err(ScanProblem::Unreadable));
        assert_eq!(take_in(&pdf_of(1, true)), Err(ScanProblem::PdfActive));
    }

    #[test]
    fn a_small_pdf_that_unpacks_to_megabytes_is_refused() {
        // By hand: the writer of lopdf leaves lists of objects out.
        let with_list = |blanks: usize| {
            let mut list = b"9 0 <</Type/Page>>".to_vec();
            list.resize(list.len() + blanks, b' ');
            let mut list = lopdf::Stream::new(lopdf::dictionary! {}, list);
            list.compress().expect("compressed");
            let head =
                format!("3 0 obj<</Type/ObjStm/N 1/First 4/Filter/FlateDecode/Length {}>>stream\n", list.content.len());
            let objects = [
                b"1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n".to_vec(),
                b"2 0 obj<</Type/Pages/Kids[9 0 R]/Count 1>>endobj\n".to_vec(),
                [head.as_bytes(), &list.content, b"\nendstream endobj\n"].concat(),
            ];
            let mut pdf = b"%PDF-1.5\n".to_vec();
            let mut table = "xref\n0 4\n0000000000 65535 f \n".to_owned();
            for object in &objects {
                table += &format!("{:010} 00000 n \n", pdf.len());
                pdf.extend_from_slice(object);
            }
            let end = format!("{table}trailer<</Size 10/Root 1 0 R>>\nstartxref\n{}\n%%EOF", pdf.len());
            [pdf.as_slice(), end.as_bytes()].concat()
        };
        assert!(with_list(PDF_LIST_MAX).len() < 20_000);
        assert_eq!(take_in(&with_list(100)).map(|taken| taken.pages), Ok(1));
        assert_eq!(take_in(&with_list(PDF_LIST_MAX)), Err(ScanProblem::Unreadable));
    }

    /// A PDF of blank pages, with a script that starts when it `runs`.
    fn pdf_of(pages: i64, runs: bool) -> Vec<u8> {
        use lopdf::{Document, Object, dictionary};
        let mut pdf = Document::with_version("1.4");
        let tree = pdf.new_object_id();
        let kids: Vec<Object> =
            (0..pages).map(|_| pdf.add_object(dictionary! { "Type" => "Page", "Parent" => tree }).into()).collect();
        pdf.objects.insert(tree, dictionary! { "Type" => "Pages", "Kids" => kids, "Count" => pages }.into());
        let mut root = dictionary! { "Type" => "Catalog", "Pages" => tree };
        if runs {
            let script = dictionary! { "S" => "JavaScript", "JS" => Object::string_literal("app.alert(1)") };
            root.set("OpenAction", script);
        }
        let root = pdf.add_object(root);
        pdf.trailer.set("Root", root);
        let mut out = Vec::new();
        pdf.save_to(&mut out).expect("saved");
        out
    }

    #[test]
    fn a_photo_held_sideways_is_kept_upright_and_without_what_the_phone_wrote_into_it() {
        let mut photo = picture::encode(&letter(400, 300)).expect("jpeg");
        // EXIF after the first two bytes: little-endian TIFF, one entry, orientation 6 (turn right), then a maker's note.
        let mut exif = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0".to_vec();
        exif.extend_from_slice(b"PHONE-OF-RIZAL");
        let length = u16::try_from(exif.len() + 2).expect("short").to_be_bytes();
        photo.splice(2..2, [0xFF, 0xE1].into_iter().chain(length).chain(exif));
        let kept = take_in(&photo).expect("taken");
        let upright = image::load_from_memory(&kept.bytes).expect("jpeg");
        assert_eq!((upright.width(), upright.height()), (300, 400));
        assert!(!kept.bytes.windows(14).any(|w| w == b"PHONE-OF-RIZAL"), "the phone's note is still there");
    }
}
