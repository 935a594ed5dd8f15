//! Reads the QR in a picture: a photo of the invitation, a scanned receipt.

use image::GrayImage;

/// Largest picture looked at, in pixels a side: an A4 page at 300 dpi has 3508.
const SIDE_MAX: u32 = 8_000;
/// Sizes at which a picture is tried, by its longer side: a sharp photo is found in the small one and faster, a QR that is a
/// corner of an A4 page only in the large one.
const TRIED: [u32; 4] = [900, 1_600, 2_600, SIDE_MAX];

/// The text of a file that is either text or a picture with a QR; nothing when it is neither.
#[must_use]
pub fn text_of(bytes: &[u8]) -> Option<String> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Some(text.trim().to_owned()),
        Err(_) => read(bytes),
    }
}

/// The text of the first QR that can be read in a picture (JPEG, PNG, WebP, BMP, TIFF).
#[must_use]
pub fn read(picture: &[u8]) -> Option<String> {
    let mut reader = image::ImageReader::new(std::io::Cursor::new(picture)).with_guessed_format().ok()?;
    let mut limits = image::Limits::default();
    (limits.max_image_width, limits.max_image_height) = (Some(SIDE_MAX), Some(SIDE_MAX));
    reader.limits(limits);
    let grey = reader.decode().ok()?.into_luma8();
    let longer = grey.width().max(grey.height());
    let mut sizes: Vec<u32> = TRIED.iter().map(|side| longer.min(*side)).collect();
    sizes.dedup();
    sizes.into_iter().find_map(|side| if side == longer { found(&grey) } else { found(&smaller(&grey, side, longer)) })
}

fn smaller(grey: &GrayImage, side: u32, longer: u32) -> GrayImage {
    let scaled = |length: u32| (u64::from(length) * u64::from(side) / u64::from(longer)).max(1) as u32;
    image::imageops::resize(grey, scaled(grey.width()), scaled(grey.height()), image::imageops::FilterType::Triangle)
}

fn found(grey: &GrayImage) -> Option<String> {
    let (width, height) = (grey.width() as usize, grey.height() as usize);
    let light = grey.as_raw();
    let mut prepared = rqrr::PreparedImage::prepare_from_greyscale(width, height, |x, y| light[y * width + x]);
    prepared.detect_grids().into_iter().find_map(|grid| grid.decode().ok().map(|(_, text)| text))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A QR of `text`, `dot` pixels a module, on a larger white page.
    fn page(text: &str, dot: u32, margin: u32) -> Vec<u8> {
        let code = qrcodegen::QrCode::encode_text(text, qrcodegen::QrCodeEcc::Medium).expect("fits");
        let side = u32::try_from(code.size()).expect("small") * dot;
        let dark = |x: u32, y: u32| {
            let at = |v: u32| v.checked_sub(margin).and_then(|v| i32::try_from(v / dot).ok()).unwrap_or(-1);
            code.get_module(at(x), at(y))
        };
        let picture = GrayImage::from_fn(side + 2 * margin, side + 2 * margin, |x, y| {
            image::Luma([if dark(x, y) { 20 } else { 240 }])
        });
        let mut bytes = std::io::Cursor::new(Vec::new());
        picture.write_to(&mut bytes, image::ImageFormat::Png).expect("png");
        bytes.into_inner()
    }

    #[test]
    fn a_qr_is_read_from_a_picture_small_and_large() {
        for (dot, margin) in [(3, 20), (4, 900)] {
            assert_eq!(read(&page("K7F-0417-N", dot, margin)).as_deref(), Some("K7F-0417-N"), "{dot} {margin}");
        }
    }

    #[test]
    fn a_picture_without_one_and_bytes_that_are_no_picture_hold_nothing() {
        assert_eq!(text_of(&page("x", 1, 40)[..100]), None);
        assert_eq!(text_of(b" AAAA-BBBB \n").as_deref(), Some("AAAA-BBBB"));
    }
}
