//! Warns when a photo is probably blurred, dark or shining. A warning never blocks: a person decides.

use image::imageops::FilterType;
use image::{DynamicImage, GrayImage};

/// Long side the measures are made at, so that they do not depend on the camera.
const MEASURED_SIDE: u32 = 800;
/// Mean brightness (0–255) below which print and paper run together.
const DARK_MEAN: f64 = 80.0;
/// Spread of the edge filter below which not even one line of print is sharp.
const BLUR_SPREAD: f64 = 40.0;
/// Brightness of a burnt-out point.
const BURNT: u8 = 254;
/// Share of burnt-out points that hides text on a sheet that is not white itself, in percent.
const GLARE_PERCENT: u64 = 4;
/// Median brightness from which white is simply the paper.
const WHITE_PAPER: u8 = 225;

/// `dark`, `blur`, `glare` as far as they apply.
pub(super) fn warnings(image: &DynamicImage) -> Vec<&'static str> {
    let small = if image.width().max(image.height()) > MEASURED_SIDE {
        image.resize(MEASURED_SIDE, MEASURED_SIDE, FilterType::Triangle)
    } else {
        image.clone()
    };
    let grey = small.to_luma8();
    let mut counts = [0u64; 256];
    for point in grey.as_raw() {
        counts[usize::from(*point)] += 1;
    }
    let all = (grey.as_raw().len() as u64).max(1);
    let mean = counts.iter().enumerate().map(|(value, n)| value as f64 * *n as f64).sum::<f64>() / all as f64;
    let burnt: u64 = counts[usize::from(BURNT)..].iter().sum();
    let below_white: u64 = counts[..usize::from(WHITE_PAPER)].iter().sum();
    let mut out = Vec::new();
    if mean < DARK_MEAN {
        out.push("dark");
    }
    if edge_spread(&grey) < BLUR_SPREAD {
        out.push("blur");
    }
    if below_white * 2 > all && burnt * 100 > all * GLARE_PERCENT {
        out.push("glare");
    }
    out
}

/// Variance of the Laplacian: large where there are sharp edges.
fn edge_spread(grey: &GrayImage) -> f64 {
    let (width, height) = grey.dimensions();
    if width < 3 || height < 3 {
        return 0.0;
    }
    let at = |x: u32, y: u32| f64::from(grey.get_pixel(x, y).0[0]);
    let (mut sum, mut squares, mut n) = (0.0, 0.0, 0.0);
    for y in 1..height - 1 {
        for x in 1..width - 1 {
            let edge = at(x - 1, y) + at(x + 1, y) + at(x, y - 1) + at(x, y + 1) - 4.0 * at(x, y);
            sum += edge;
            squares += edge * edge;
            n += 1.0;
        }
    }
    squares / n - (sum / n) * (sum / n)
}
