//! Makes a picture small enough for 2G while its text stays legible: scales it, drops colour that is not there, encodes.

use super::{BYTES_OUT_MAX, LONG_SIDE_MAX, PAGE_BYTES_AIM, PAGE_BYTES_MAX, ScanProblem};
use image::imageops::FilterType;
use image::{DynamicImage, GenericImageView, Rgba};
use jpeg_encoder::{ColorType, Encoder};

/// JPEG qualities tried from the best down; below 45 small print breaks up.
const QUALITIES: [u8; 4] = [75, 65, 55, 45];
/// Rounds of scaling down when even the lowest quality is too large; each leaves 80 % of the sides.
const ROUNDS_MAX: usize = 6;
/// Largest distance between the colour channels that still counts as grey.
const GREY_SPREAD: u8 = 28;
/// Share of sampled points that may be coloured in a grey picture, in percent (a stamp has more).
const COLOURED_PERCENT_MAX: usize = 1;
/// Points sampled along each side.
const SAMPLES: u32 = 160;

/// A picture as JPEG.
pub(super) struct Jpeg {
    pub bytes: Vec<u8>,
    pub width: u32,
    pub height: u32,
}

/// Scales and encodes.
pub(super) fn to_jpeg(image: &DynamicImage) -> Result<Jpeg, ScanProblem> {
    let grey = is_grey(image);
    let mut current = if image.width().max(image.height()) > LONG_SIDE_MAX {
        image.resize(LONG_SIDE_MAX, LONG_SIDE_MAX, FilterType::CatmullRom)
    } else {
        image.clone()
    };
    for _ in 0..ROUNDS_MAX {
        let made = encode_steps(&current, grey)?;
        if made.len() <= PAGE_BYTES_MAX {
            return Ok(Jpeg { bytes: made, width: current.width(), height: current.height() });
        }
        let (width, height) = (current.width() * 4 / 5, current.height() * 4 / 5);
        current = current.resize(width.max(1), height.max(1), FilterType::CatmullRom);
    }
    let made = encode_steps(&current, grey)?;
    if made.len() > BYTES_OUT_MAX {
        return Err(ScanProblem::StillTooLarge);
    }
    Ok(Jpeg { bytes: made, width: current.width(), height: current.height() })
}

/// The best quality within the aim, or the lowest one.
fn encode_steps(image: &DynamicImage, grey: bool) -> Result<Vec<u8>, ScanProblem> {
    let (data, colour) =
        if grey { (image.to_luma8().into_raw(), ColorType::Luma) } else { (on_white(image), ColorType::Rgb) };
    let width = u16::try_from(image.width()).map_err(|_| ScanProblem::TooManyPixels)?;
    let height = u16::try_from(image.height()).map_err(|_| ScanProblem::TooManyPixels)?;
    let mut made = Vec::new();
    for quality in QUALITIES {
        made.clear();
        let mut encoder = Encoder::new(&mut made, quality);
        encoder.set_optimized_huffman_tables(true);
        encoder.encode(&data, width, height, colour).map_err(|_| ScanProblem::Unreadable)?;
        if made.len() <= PAGE_BYTES_AIM {
            break;
        }
    }
    Ok(made)
}

/// RGB bytes with transparency laid on white paper.
fn on_white(image: &DynamicImage) -> Vec<u8> {
    if !image.color().has_alpha() {
        return image.to_rgb8().into_raw();
    }
    let mut out = Vec::with_capacity(image.width() as usize * image.height() as usize * 3);
    for Rgba([r, g, b, a]) in image.to_rgba8().pixels() {
        let over = |channel: u8| ((u32::from(channel) * u32::from(*a) + 255 * (255 - u32::from(*a))) / 255) as u8;
        out.extend([over(*r), over(*g), over(*b)]);
    }
    out
}

/// Whether nearly every sampled point is grey.
fn is_grey(image: &DynamicImage) -> bool {
    if image.color().has_alpha() {
        return false;
    }
    let step = |side: u32| (side / SAMPLES).max(1) as usize;
    let (mut seen, mut coloured) = (0usize, 0usize);
    for y in (0..image.height()).step_by(step(image.height())) {
        for x in (0..image.width()).step_by(step(image.width())) {
            let Rgba([r, g, b, _]) = image.get_pixel(x, y);
            seen += 1;
            coloured += usize::from(r.max(g).max(b) - r.min(g).min(b) > GREY_SPREAD);
        }
    }
    coloured * 100 <= seen * COLOURED_PERCENT_MAX
}
