//! Pictures: decoded with limits, turned upright, scaled and encoded anew, so that nothing of the file but its pixels stays.

use image::metadata::Orientation;
use image::{DynamicImage, GenericImageView, ImageDecoder, ImageReader, Limits};
use std::io::Cursor;

/// Hard stop after making it small: on 2G, 1 MiB takes three minutes.
pub const KEPT_MAX: usize = 1024 * 1024;
/// Most pixels: an A3 page at 600 dpi is 70 megapixels; no counter has that scanner.
const PIXELS_MAX: u64 = 60_000_000;
/// Memory one decode may take: four bytes a pixel and some.
const MEMORY_MAX: u64 = 320 * 1024 * 1024;
/// Long side after scaling: 170 dpi on A4, legible at the Dinas.
pub const SIDE_MAX: u32 = 2_000;
/// What a page should have: 16 s for every 100 KB on 2G.
const AIM: usize = 120 * 1024;
/// What a page may have.
const PAGE_MAX: usize = 350 * 1024;
/// JPEG qualities tried, best first; below 45 small type breaks up.
const QUALITIES: [u8; 4] = [80, 70, 58, 45];

/// Why a picture was not taken. Nothing of it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PictureProblem {
    /// No picture, whatever its name says.
    #[error("scan_wrong_type")]
    WrongType,
    /// Cut off or damaged.
    #[error("scan_unreadable")]
    Unreadable,
    /// More pixels than any scanner here makes.
    #[error("scan_too_many_pixels")]
    TooManyPixels,
    /// Cannot be made small enough to send.
    #[error("scan_stays_too_large")]
    StaysTooLarge,
}

/// Decodes a picture and turns it the way it was held.
///
/// # Errors
/// Wrong type, too many pixels, unreadable.
pub fn decode(bytes: &[u8]) -> Result<DynamicImage, PictureProblem> {
    let mut reader =
        ImageReader::new(Cursor::new(bytes)).with_guessed_format().map_err(|_| PictureProblem::Unreadable)?;
    if reader.format().is_none() {
        return Err(PictureProblem::WrongType);
    }
    let mut limits = Limits::default();
    limits.max_alloc = Some(MEMORY_MAX);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|_| PictureProblem::Unreadable)?;
    let (width, height) = decoder.dimensions();
    // The limits hold for what a decoder takes by itself; the picture it fills is not among that, and a pixel may have 16 bytes.
    if u64::from(width) * u64::from(height) > PIXELS_MAX || decoder.total_bytes() > MEMORY_MAX {
        return Err(PictureProblem::TooManyPixels);
    }
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut image = DynamicImage::from_decoder(decoder).map_err(|_| PictureProblem::Unreadable)?;
    image.apply_orientation(orientation);
    Ok(image)
}

/// Scales and encodes: grey where there is no colour, as good as fits the aim.
///
/// # Errors
/// `StaysTooLarge` when even the lowest quality passes the hard stop.
pub fn encode(image: &DynamicImage) -> Result<Vec<u8>, PictureProblem> {
    let (width, height) = image.dimensions();
    let scaled = if width.max(height) > SIDE_MAX {
        image.resize(SIDE_MAX, SIDE_MAX, image::imageops::FilterType::Triangle)
    } else {
        image.clone()
    };
    let grey = is_grey(&scaled);
    let mut best = Vec::new();
    for quality in QUALITIES {
        best = jpeg(&scaled, grey, quality)?;
        if best.len() <= AIM {
            return Ok(best);
        }
    }
    if best.len() <= PAGE_MAX {
        return Ok(best);
    }
    // A photo full of detail: smaller, not worse.
    let half = scaled.resize(SIDE_MAX * 7 / 10, SIDE_MAX * 7 / 10, image::imageops::FilterType::Triangle);
    let best = jpeg(&half, grey, QUALITIES[3])?;
    if best.len() <= KEPT_MAX { Ok(best) } else { Err(PictureProblem::StaysTooLarge) }
}

/// Side of the small picture that stays when a scan leaves this computer for room: names and stamps are still recognised.
const SMALL_SIDE: u32 = 400;

/// The small picture of a scan.
///
/// # Errors
/// `Unreadable`.
pub fn thumbnail(bytes: &[u8]) -> Result<Vec<u8>, PictureProblem> {
    let image = decode(bytes)?.thumbnail(SMALL_SIDE, SMALL_SIDE);
    let grey = is_grey(&image);
    jpeg(&image, grey, QUALITIES[2])
}

fn jpeg(image: &DynamicImage, grey: bool, quality: u8) -> Result<Vec<u8>, PictureProblem> {
    let (width, height) = (u16::try_from(image.width()), u16::try_from(image.height()));
    let (Ok(width), Ok(height)) = (width, height) else { return Err(PictureProblem::TooManyPixels) };
    let mut out = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut out, quality);
    // One scan for all colours: with tables of its own per colour it writes several, which `image` 0.25.10 decodes to
    // wrong colours when the picture is turned or cut later.
    encoder.set_optimized_huffman_tables(false);
    let done = if grey {
        encoder.encode(image.to_luma8().as_raw(), width, height, jpeg_encoder::ColorType::Luma)
    } else {
        encoder.encode(image.to_rgb8().as_raw(), width, height, jpeg_encoder::ColorType::Rgb)
    };
    done.map_err(|_| PictureProblem::Unreadable)?;
    Ok(out)
}

/// Every 50th pixel tells: stamps and photos have colour, typed pages do not.
fn is_grey(image: &DynamicImage) -> bool {
    let rgb = image.to_rgb8();
    let coloured = rgb
        .pixels()
        .step_by(50)
        .filter(|p| p.0.iter().max().zip(p.0.iter().min()).is_some_and(|(a, b)| a - b > 28))
        .count();
    coloured * 200 < rgb.pixels().len() / 50
}

/// Warnings that never block: the officer decides.
#[must_use]
pub fn warnings(image: &DynamicImage) -> Vec<&'static str> {
    let small = image.thumbnail(400, 400).to_luma8();
    let count = (small.width() * small.height()).max(1);
    let mean = small.pixels().map(|p| u64::from(p.0[0])).sum::<u64>() / u64::from(count);
    let white = small.pixels().filter(|p| p.0[0] > 252).count();
    let mut out = Vec::new();
    if mean < 70 {
        out.push("dark");
    }
    if white * 100 > usize::try_from(count).unwrap_or(1) * 92 {
        out.push("glare");
    }
    let edges: u64 = small
        .rows()
        .map(|row| {
            let values: Vec<i32> = row.map(|p| i32::from(p.0[0])).collect();
            values.windows(2).map(|w| u64::from((w[0] - w[1]).unsigned_abs())).sum::<u64>()
        })
        .sum();
    if edges / u64::from(count) < 2 {
        out.push("blur");
    }
    out
}

/// Turns a kept picture by quarter turns to the right.
///
/// # Errors
/// Unreadable.
pub fn turn(bytes: &[u8], quarters: i32) -> Result<Vec<u8>, PictureProblem> {
    let image = decode(bytes)?;
    encode(&match quarters.rem_euclid(4) {
        1 => image.rotate90(),
        2 => image.rotate180(),
        3 => image.rotate270(),
        _ => image,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{Rgb, RgbImage};

    #[test]
    fn a_kept_photo_keeps_its_colours_however_often_it_is_turned() {
        let red_above_blue =
            RgbImage::from_fn(320, 240, |_, y| if y < 120 { Rgb([200, 30, 30]) } else { Rgb([30, 30, 200]) });
        let mut kept = encode(&DynamicImage::ImageRgb8(red_above_blue)).expect("jpeg");
        for _ in 0..4 {
            kept = turn(&kept, 1).expect("turned");
        }
        let seen = image::load_from_memory(&kept).expect("jpeg").to_rgb8();
        for (y, wanted) in [(20, [200, 30, 30]), (100, [200, 30, 30]), (140, [30, 30, 200]), (220, [30, 30, 200])] {
            let found = seen.get_pixel(160, y).0;
            assert!(found.iter().zip(wanted).all(|(a, b)| a.abs_diff(b) < 12), "{found:?} at {y}, not {wanted:?}");
        }
    }
}
