//! Turns and crops a picture that was already taken in.

use super::{ScanProblem, Scanned, intake};
use image::DynamicImage;

/// Smallest side kept by a crop, in pixels: less is a slip of the hand.
const CROP_SIDE_MIN: u32 = 40;

/// Turns a stored picture clockwise by quarters.
///
/// # Errors
/// [`ScanProblem::Unreadable`] or [`ScanProblem::WrongType`] when the bytes are no picture.
pub fn turn(bytes: &[u8], quarter_turns: u8) -> Result<Scanned, ScanProblem> {
    let image = intake::decode(bytes)?;
    intake::picture(&match quarter_turns % 4 {
        1 => image.rotate90(),
        2 => image.rotate180(),
        3 => image.rotate270(),
        _ => image,
    })
}

/// Keeps the part between the four edges, each a share (0–1) of the width or height from the top left.
///
/// # Errors
/// [`ScanProblem::CropEmpty`] when less than 40 pixels would be left, or an edge is no number.
pub fn crop(bytes: &[u8], left: f64, top: f64, right: f64, bottom: f64) -> Result<Scanned, ScanProblem> {
    if [left, top, right, bottom].iter().any(|edge| !edge.is_finite()) {
        return Err(ScanProblem::CropEmpty);
    }
    let image = intake::decode(bytes)?;
    let at = |share: f64, side: u32| (share.clamp(0.0, 1.0) * f64::from(side)).round() as u32;
    let (x, y) = (at(left, image.width()), at(top, image.height()));
    let width = at(right, image.width()).saturating_sub(x);
    let height = at(bottom, image.height()).saturating_sub(y);
    if width < CROP_SIDE_MIN || height < CROP_SIDE_MIN {
        return Err(ScanProblem::CropEmpty);
    }
    intake::picture(&image.crop_imm(x, y, width, height))
}

/// Undoes an EXIF orientation (CIPA DC-008: 1 upright, 3 half turn, 6 and 8 quarter turns, the others mirrored).
pub(super) fn upright(image: DynamicImage, orientation: u32) -> DynamicImage {
    match orientation {
        2 => image.fliph(),
        3 => image.rotate180(),
        4 => image.flipv(),
        5 => image.rotate90().fliph(),
        6 => image.rotate90(),
        7 => image.rotate270().fliph(),
        8 => image.rotate270(),
        _ => image,
    }
}
