//! A QR as a PNG picture: what the district shows on the officers' page or prints beside the code.

use image::{GrayImage, ImageFormat, Luma};
use jukung_domain::problem::Problem;
use qrcodegen::{QrCode, QrCodeEcc};

/// Pixels of a module: a code of version 13 is 7 cm wide at 100 dpi, and a phone photographs it from the screen.
const DOT: u32 = 4;
/// Empty modules around it (ISO/IEC 18004).
const QUIET: u32 = 4;

/// The picture of `text`.
///
/// # Errors
/// `too_long` for more than 2,331 bytes.
pub fn qr_png(text: &str) -> Result<Vec<u8>, Problem> {
    let code = QrCode::encode_text(text, QrCodeEcc::Medium).map_err(|_| Problem::new("too_long"))?;
    let side = (u32::try_from(code.size()).unwrap_or(0) + 2 * QUIET) * DOT;
    let module = |pixel: u32| i32::try_from(pixel / DOT).unwrap_or(0) - QUIET as i32;
    let picture =
        GrayImage::from_fn(side, side, |x, y| Luma([if code.get_module(module(x), module(y)) { 0 } else { 255 }]));
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut bytes, ImageFormat::Png).map_err(|e| Problem::new("internal").with("at", e))?;
    Ok(bytes.into_inner())
}
