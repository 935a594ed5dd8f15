//! Sets text and codes at a place of a page, inside a column: for papers that are a table or a sheet of labels.

use crate::code::Square;
use crate::code128;
use crate::font::MM_PER_PT;
use crate::layout::{Bar, Code, Face, Page, Run};
use crate::sheet::{LEADING, baseline, wrapped};

/// Side of one bar's module in mm: a 200 dpi print has more than two dots for it.
const BAR_MODULE_MM: f32 = 0.33;
/// Thickness of a frame's line in mm.
const LINE_MM: f32 = 0.35;

/// A place on a page from which text goes down inside a column.
pub struct Pen<'a> {
    page: &'a mut Page,
    /// Left edge of the column in mm.
    pub x: f32,
    /// Where the next thing begins, in mm from the top.
    pub y: f32,
    /// Width of the column in mm.
    pub width: f32,
}

impl<'a> Pen<'a> {
    /// A column of `width` mm whose top left corner stands at `x` and `y`.
    pub fn new(page: &'a mut Page, x: f32, y: f32, width: f32) -> Pen<'a> {
        Pen { page, x, y, width }
    }

    /// A paragraph, wrapped inside the column.
    pub fn text(&mut self, face: Face, size_pt: f32, text: &str) {
        for line in wrapped(face, size_pt, self.width, text) {
            self.page.runs.push(Run { x: self.x, y: baseline(self.y, size_pt), size_pt, face, text: line });
            self.y += line_mm(size_pt);
        }
    }

    /// White space of this many mm.
    pub fn gap(&mut self, mm: f32) {
        self.y += mm;
    }

    /// The Code 128 of `text`, `height` mm high; nothing where it cannot be said in one.
    pub fn bars(&mut self, text: &str, height: f32) {
        let Some(bars) = code128::bars(text) else { return };
        for (at, width) in bars.dark {
            let (x, width) = (self.x + at as f32 * BAR_MODULE_MM, width as f32 * BAR_MODULE_MM);
            self.page.bars.push(Bar { x, y: self.y, width, height });
        }
        self.y += height;
    }

    /// A QR whose top left corner is the pen's; the pen stays, for text goes on beside it.
    pub fn square(&mut self, square: Square) {
        let module = square.side_mm / (square.rows.len().max(1) as f32);
        self.page.codes.push(Code { x: self.x, y: self.y, module, rows: square.rows });
    }

    /// A rule across the column.
    pub fn rule(&mut self) {
        self.page.bars.push(Bar { x: self.x, y: self.y, width: self.width, height: LINE_MM });
        self.y += LINE_MM;
    }

    /// The frame of a box as wide as the column and `height` mm high; the pen stays.
    pub fn frame(&mut self, height: f32) {
        let (x, y, width) = (self.x, self.y, self.width);
        self.page.bars.extend([
            Bar { x, y, width, height: LINE_MM },
            Bar { x, y: y + height - LINE_MM, width, height: LINE_MM },
            Bar { x, y, width: LINE_MM, height },
            Bar { x: x + width - LINE_MM, y, width: LINE_MM, height },
        ]);
    }
}

/// Height of a line in mm.
#[must_use]
pub fn line_mm(size_pt: f32) -> f32 {
    size_pt * LEADING * MM_PER_PT
}

/// Height of a paragraph in mm.
#[must_use]
pub fn height_mm(face: Face, size_pt: f32, width: f32, text: &str) -> f32 {
    wrapped(face, size_pt, width, text).len() as f32 * line_mm(size_pt)
}
