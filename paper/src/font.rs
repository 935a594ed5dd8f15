//! The three small fonts inside the program, and how wide they set a text.

use super::layout::Face;
use printpdf::ParsedFont;
use std::sync::OnceLock;

/// Millimetres in a point (1/72 inch).
pub const MM_PER_PT: f32 = 25.4 / 72.0;

/// The fonts of every paper: family, weight and file.
pub const FILES: [(&str, u32, &[u8]); 3] = [
    ("Noto Sans", 400, include_bytes!("../fonts/NotoSans-Regular.ttf")),
    ("Noto Sans", 700, include_bytes!("../fonts/NotoSans-Bold.ttf")),
    ("Atkinson Hyperlegible Mono", 700, include_bytes!("../fonts/AtkinsonHyperlegibleMono-Bold.ttf")),
];

static FONTS: OnceLock<Option<[ParsedFont; 3]>> = OnceLock::new();

fn parse(bytes: &[u8]) -> Option<ParsedFont> {
    ParsedFont::from_bytes(bytes, 0, &mut Vec::new())
}

fn fonts() -> Option<&'static [ParsedFont; 3]> {
    FONTS.get_or_init(|| Some([parse(FILES[0].2)?, parse(FILES[1].2)?, parse(FILES[2].2)?])).as_ref()
}

/// The parsed face; none when the program file is damaged.
#[must_use]
pub fn face(face: Face) -> Option<&'static ParsedFont> {
    let all = fonts()?;
    Some(match face {
        Face::Regular => &all[0],
        Face::Bold => &all[1],
        Face::Mono => &all[2],
    })
}

/// Whether the face can draw this character.
#[must_use]
pub fn can_draw(which: Face, character: char) -> bool {
    face(which).and_then(|f| f.lookup_glyph_index(u32::from(character))).is_some_and(|glyph| glyph != 0)
}

/// Width of the text in mm at a size in points, without kerning: exactly what the PDF writer draws.
#[must_use]
pub fn width_mm(which: Face, size_pt: f32, text: &str) -> f32 {
    let Some(font) = face(which) else { return 0.0 };
    let em = f32::from(font.font_metrics.units_per_em.max(1));
    let units: f32 = text
        .chars()
        .map(|c| {
            font.lookup_glyph_index(u32::from(c)).map_or(0.0, |glyph| f32::from(font.get_horizontal_advance(glyph)))
        })
        .sum();
    units / em * size_pt * MM_PER_PT
}
