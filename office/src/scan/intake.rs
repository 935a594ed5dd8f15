//! Takes in one file: what it really is decides, never its name; every limit is checked before memory is spent.

use super::{BYTES_IN_MAX, PIXELS_MAX, ScanProblem, Scanned, edit, judge, pdf, shrink};
use image::{DynamicImage, ImageFormat, ImageReader, Limits};
use std::io::Cursor;

/// Memory one decoder may ask for: 60 million pixels of four bytes, and its own tables.
const DECODER_BYTES_MAX: u64 = 320 * 1024 * 1024;

/// Makes a scan of a picture or PDF. The name is not looked at: files are renamed by accident.
///
/// # Errors
/// Those of [`ScanProblem`] that concern the file.
pub fn take_in(_name: &str, bytes: &[u8]) -> Result<Scanned, ScanProblem> {
    if bytes.len() > BYTES_IN_MAX {
        return Err(ScanProblem::TooLarge);
    }
    if bytes.starts_with(b"%PDF-") {
        return pdf::take_in(bytes);
    }
    picture(&decode(bytes)?)
}

/// Shrinks, judges and encodes a decoded picture.
pub(super) fn picture(image: &DynamicImage) -> Result<Scanned, ScanProblem> {
    let made = shrink::to_jpeg(image)?;
    Ok(Scanned {
        media: "image/jpeg".to_owned(),
        pages: 1,
        width: made.width,
        height: made.height,
        note_code: "scan_shrunk".to_owned(),
        warnings: judge::warnings(image).into_iter().map(str::to_owned).collect(),
        bytes: made.bytes,
    })
}

/// Decodes a picture upright.
pub(super) fn decode(bytes: &[u8]) -> Result<DynamicImage, ScanProblem> {
    let format = image::guess_format(bytes).map_err(|_| ScanProblem::WrongType)?;
    let known =
        [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP, ImageFormat::Bmp, ImageFormat::Tiff, ImageFormat::Gif];
    if !known.contains(&format) {
        return Err(ScanProblem::WrongType);
    }
    let size = ImageReader::with_format(Cursor::new(bytes), format).into_dimensions();
    let (width, height) = size.map_err(|_| ScanProblem::Unreadable)?;
    if u64::from(width) * u64::from(height) > PIXELS_MAX {
        return Err(ScanProblem::TooManyPixels);
    }
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = Limits::default();
    limits.max_alloc = Some(DECODER_BYTES_MAX);
    reader.limits(limits);
    let image = reader.decode().map_err(|_| ScanProblem::Unreadable)?;
    Ok(edit::upright(image, exif_orientation(bytes)))
}

/// Orientation 1–8 as the phone wrote it; 1 when it wrote none.
fn exif_orientation(bytes: &[u8]) -> u32 {
    let Ok(exif) = exif::Reader::new().read_from_container(&mut Cursor::new(bytes)) else { return 1 };
    exif.get_field(exif::Tag::Orientation, exif::In::PRIMARY).and_then(|field| field.value.get_uint(0)).unwrap_or(1)
}
