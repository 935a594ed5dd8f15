//! A paper photographed at a slant, cut out by its four corners and made rectangular again.

use super::ScanProblem;
use super::picture::{decode, encode};
use image::{DynamicImage, Rgb, RgbImage};

/// Smallest side of what is cut out, in pixels: anything less is a slip of the hand, not a paper.
const SIDE_MIN: f64 = 40.0;

type Point = [f64; 2];

/// Cuts out what lies between four corners, given as fractions of the picture's sides: `x, y` of the paper's top left,
/// top right, bottom right and bottom left corner.
///
/// # Errors
/// `CornersCrossed` when the corners do not lie around a paper; unreadable; those of encoding.
pub fn straighten(bytes: &[u8], corners: [f64; 8]) -> Result<Vec<u8>, ScanProblem> {
    let picture = decode(bytes)?.to_rgb8();
    let (wide, high) = (f64::from(picture.width()), f64::from(picture.height()));
    let [x0, y0, x1, y1, x2, y2, x3, y3] = corners;
    if corners.iter().any(|c| !c.is_finite()) {
        return Err(ScanProblem::CornersCrossed);
    }
    let quad =
        [[x0, y0], [x1, y1], [x2, y2], [x3, y3]].map(|[x, y]| [x.clamp(0.0, 1.0) * wide, y.clamp(0.0, 1.0) * high]);
    if !goes_round(quad) {
        return Err(ScanProblem::CornersCrossed);
    }
    let [tl, tr, br, bl] = quad;
    let (width, height) = (far(tl, tr).max(far(bl, br)), far(tl, bl).max(far(tr, br)));
    if width < SIDE_MIN || height < SIDE_MIN {
        return Err(ScanProblem::CornersCrossed);
    }
    let from = projection(quad);
    let paper = RgbImage::from_fn(whole(width), whole(height), |x, y| {
        sample(&picture, from((f64::from(x) + 0.5) / width, (f64::from(y) + 0.5) / height))
    });
    Ok(encode(&DynamicImage::ImageRgb8(paper))?)
}

/// Name of the warning that a cut may have gone through the paper.
pub const CUT: &str = "cut";
/// How far beyond an edge is looked, of the picture's longer side: past the blur of the edge, short of the next paper.
const BEYOND: f64 = 0.015;
/// Places looked at along each edge, and how many of them must look like paper before it is said.
const PLACES: u32 = 24;
const PLACES_MIN: usize = 16;
/// Difference in brightness (0 to 255) up to which something looks like the paper: shadows change it less, tables more.
const LIKE_PAPER: u8 = 24;

/// Whether the paper seems to go on beyond an edge of the corners: most of what lies just outside is as bright as the
/// paper inside. An edge on the picture's own border is not judged. A guess, for a warning only.
///
/// # Errors
/// Unreadable.
pub fn cuts_paper(bytes: &[u8], corners: [f64; 8]) -> Result<bool, ScanProblem> {
    let grey = decode(bytes)?.to_luma8();
    let (wide, high) = (f64::from(grey.width()), f64::from(grey.height()));
    let [x0, y0, x1, y1, x2, y2, x3, y3] = corners;
    let quad = [[x0, y0], [x1, y1], [x2, y2], [x3, y3]].map(|[x, y]| [x * wide, y * high]);
    let at = |[x, y]: Point| -> Option<u8> {
        (x >= 0.0 && y >= 0.0 && x < wide && y < high).then(|| grey.get_pixel(floor(x), floor(y)).0[0])
    };
    let from = projection(quad);
    let steps = || (1..PLACES).map(|i| f64::from(i) / f64::from(PLACES));
    let mut inside: Vec<u8> =
        steps().flat_map(|u| steps().map(move |v| (u, v))).filter_map(|(u, v)| at(from(u, v))).collect();
    inside.sort_unstable();
    let Some(paper) = inside.get(inside.len() / 2).copied() else { return Ok(false) };
    let beyond = BEYOND * wide.max(high);
    Ok((0..4).any(|i| {
        let (a, b) = (quad[i], quad[(i + 1) % 4]);
        let length = far(a, b).max(1.0);
        // The corners go round to the right, so that outside lies to the left of each edge.
        let out = [(b[1] - a[1]) / length * beyond, (a[0] - b[0]) / length * beyond];
        let like = steps().filter(|t| {
            let place = [a[0] + (b[0] - a[0]) * t + out[0], a[1] + (b[1] - a[1]) * t + out[1]];
            at(place).is_some_and(|seen| seen.abs_diff(paper) <= LIKE_PAPER)
        });
        like.count() >= PLACES_MIN
    }))
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a place inside a decoded picture")]
fn floor(length: f64) -> u32 {
    length.floor() as u32
}

fn far(a: Point, b: Point) -> f64 {
    (a[0] - b[0]).hypot(a[1] - b[1])
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a length inside a decoded picture")]
fn whole(length: f64) -> u32 {
    length.round() as u32
}

/// Whether the corners turn right all the way round: neither crossed nor folded in.
fn goes_round(quad: [Point; 4]) -> bool {
    (0..4).all(|i| {
        let (a, b, c) = (quad[i], quad[(i + 1) % 4], quad[(i + 2) % 4]);
        (b[0] - a[0]) * (c[1] - b[1]) - (b[1] - a[1]) * (c[0] - b[0]) > 1.0
    })
}

/// The projective map of the unit square onto `quad` (Heckbert, Fundamentals of Texture Mapping, 1989, 2.2.3).
fn projection([p0, p1, p2, p3]: [Point; 4]) -> impl Fn(f64, f64) -> Point {
    let (dx1, dx2, sx) = (p1[0] - p2[0], p3[0] - p2[0], p0[0] - p1[0] + p2[0] - p3[0]);
    let (dy1, dy2, sy) = (p1[1] - p2[1], p3[1] - p2[1], p0[1] - p1[1] + p2[1] - p3[1]);
    let by = dx1 * dy2 - dx2 * dy1;
    let (g, h) = ((sx * dy2 - dx2 * sy) / by, (dx1 * sy - sx * dy1) / by);
    let (a, b) = (p1[0] - p0[0] + g * p1[0], p3[0] - p0[0] + h * p3[0]);
    let (d, e) = (p1[1] - p0[1] + g * p1[1], p3[1] - p0[1] + h * p3[1]);
    move |u, v| {
        let w = g * u + h * v + 1.0;
        [(a * u + b * v + p0[0]) / w, (d * u + e * v + p0[1]) / w]
    }
}

/// Colour at a point between pixels, mixed from the four around it.
fn sample(picture: &RgbImage, [x, y]: Point) -> Rgb<u8> {
    let (last_x, last_y) = (picture.width() - 1, picture.height() - 1);
    let (x, y) = ((x - 0.5).clamp(0.0, f64::from(last_x)), (y - 0.5).clamp(0.0, f64::from(last_y)));
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the picture")]
    let (left, top) = (x as u32, y as u32);
    let (right, below) = ((left + 1).min(last_x), (top + 1).min(last_y));
    let (fx, fy) = (x - f64::from(left), y - f64::from(top));
    let at = |x, y, i: usize| f64::from(picture.get_pixel(x, y).0[i]);
    Rgb([0, 1, 2].map(|i| {
        let above = at(left, top, i) * (1.0 - fx) + at(right, top, i) * fx;
        let under = at(left, below, i) * (1.0 - fx) + at(right, below, i) * fx;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a mean of bytes")]
        let mixed = (above * (1.0 - fy) + under * fy).round() as u8;
        mixed
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUAD: [Point; 4] = [[60.0, 40.0], [330.0, 70.0], [300.0, 270.0], [90.0, 240.0]];

    /// A slanted white paper with a dark upper left quarter, on a dark red table.
    fn slanted() -> Vec<u8> {
        let inside = |p: Point, quad: [Point; 4]| {
            (0..4).all(|i| {
                let (a, b) = (quad[i], quad[(i + 1) % 4]);
                (b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0]) >= 0.0
            })
        };
        let from = projection(QUAD);
        let quarter = [from(0.0, 0.0), from(0.5, 0.0), from(0.5, 0.5), from(0.0, 0.5)];
        let picture = RgbImage::from_fn(400, 300, |x, y| {
            let p = [f64::from(x) + 0.5, f64::from(y) + 0.5];
            match (inside(p, quarter), inside(p, QUAD)) {
                (true, _) => Rgb([20, 20, 160]),
                (_, true) => Rgb([250, 250, 250]),
                _ => Rgb([120, 20, 20]),
            }
        });
        encode(&DynamicImage::ImageRgb8(picture)).expect("jpeg")
    }

    fn fractions(quad: [Point; 4]) -> [f64; 8] {
        let [a, b, c, d] = quad.map(|[x, y]| [x / 400.0, y / 300.0]);
        [a[0], a[1], b[0], b[1], c[0], c[1], d[0], d[1]]
    }

    #[test]
    fn a_slanted_paper_becomes_a_rectangle_with_its_own_proportions() {
        let made =
            image::load_from_memory(&straighten(&slanted(), fractions(QUAD)).expect("cut")).expect("jpeg").to_rgb8();
        assert_eq!((made.width(), made.height()), (272, 202));
        for (x, y, dark) in
            [(0.1, 0.1, true), (0.4, 0.4, true), (0.6, 0.4, false), (0.4, 0.6, false), (0.9, 0.9, false)]
        {
            let [red, ..] = made.get_pixel(whole(x * 272.0), whole(y * 202.0)).0;
            assert_eq!(red < 80, dark, "{x} {y}: {red}");
        }
        for (x, y) in [(3, 198), (268, 3), (268, 198)] {
            assert!(made.get_pixel(x, y).0[1] > 150, "the table shows at {x} {y}");
        }
    }

    #[test]
    fn corners_inside_the_paper_are_said_to_cut_it_and_corners_on_its_edge_are_not() {
        let cut = |quad| cuts_paper(&slanted(), fractions(quad)).expect("readable");
        let [a, b, _, d] = QUAD;
        assert!(!cut(QUAD));
        assert!(!cut([[30.0, 20.0], [360.0, 40.0], [330.0, 290.0], [60.0, 270.0]]), "a margin of table is no cut");
        for quad in [[a, [280.0, 65.0], [255.0, 263.0], d], [a, b, [305.0, 235.0], [84.0, 205.0]]] {
            assert!(cut(quad), "{quad:?}");
        }
        assert!(
            !cut([[0.0, 0.0], [400.0, 0.0], [400.0, 300.0], [0.0, 300.0]]),
            "the picture's own border is not judged"
        );
    }

    #[test]
    fn corners_that_cross_fold_or_shrink_to_nothing_are_refused() {
        let [a, b, c, d] = QUAD;
        for wrong in
            [[a, c, b, d], [d, c, b, a], [a, b, [150.0, 120.0], d], [a, [61.0, 40.0], [61.0, 41.0], [60.0, 41.0]]]
        {
            assert_eq!(straighten(&slanted(), fractions(wrong)), Err(ScanProblem::CornersCrossed), "{wrong:?}");
        }
        assert_eq!(straighten(&slanted(), [f64::NAN; 8]), Err(ScanProblem::CornersCrossed));
    }
}
