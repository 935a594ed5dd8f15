//! The receipt's QR: the address with the signed token, or the registration number alone.

use fast_qr::{ECL, QRBuilder};
use qrcodegen::{Mask, QrCode, QrCodeEcc, QrSegment, Version};

/// Side of the number's QR in mm; 25 is the least an old phone reads at arm's length (ux.md 2.6).
const NUMBER_MM: f32 = 27.0;
/// Side of one module of the token's QR in mm (security.md 4.2: at least 0.4 on A5).
const MODULE_MM: f32 = 0.4;

/// A QR to be placed: dark modules as `true`, row by row, and its side in mm.
pub struct Square {
    /// Rows of modules.
    pub rows: Vec<Vec<bool>>,
    /// Side without the white around it, in mm.
    pub side_mm: f32,
}

/// The QR of an address that ends in `#` and a token in capitals: bytes, then alphanumeric mode, which needs a fifth less.
/// Nothing when the text is no such address or is too long for a QR.
#[must_use]
pub fn of_token(text: &str) -> Option<Square> {
    let (address, token) = text.split_once('#')?;
    if token.is_empty() || !QrSegment::is_alphanumeric(token) {
        return None;
    }
    let parts = [QrSegment::make_bytes(format!("{address}#").as_bytes()), QrSegment::make_alphanumeric(token)];
    // Any mask will do: signatures are chance, so none leaves large even areas. Trying all eight takes 1.4 ms, this 0.06.
    let (versions, mask) = ((Version::MIN, Version::MAX), Some(Mask::new(3)));
    let code = QrCode::encode_segments_advanced(&parts, QrCodeEcc::Medium, versions.0, versions.1, mask, true).ok()?;
    let line = 0..code.size();
    let rows: Vec<Vec<bool>> = line.clone().map(|y| line.clone().map(|x| code.get_module(x, y)).collect()).collect();
    let side_mm = rows.len() as f32 * MODULE_MM;
    Some(Square { rows, side_mm })
}

/// The QR of the number at level M; without modules when the number is too long for one.
#[must_use]
pub fn of_number(number: &str) -> Square {
    let rows = match QRBuilder::new(number).ecl(ECL::M).build() {
        Ok(code) => (0..code.size).map(|row| code[row].iter().map(|module| module.value()).collect()).collect(),
        Err(_) => Vec::new(),
    };
    Square { rows, side_mm: NUMBER_MM }
}
