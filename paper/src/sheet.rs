//! Sets text from top to bottom: wraps lines by the fonts' own widths and continues on a new page when one is full.

use super::code::Square;
use super::font::{MM_PER_PT, can_draw, width_mm};
use super::layout::{Bar, Code, Face, Layout, Page, PaperSize, Run};

/// Smallest type anywhere on a paper, in points (RNIB clear print; ux.md 2.6: not even the footer goes below).
pub const SMALLEST_PT: f32 = 12.0;
/// Ordinary text in points.
pub const BODY_PT: f32 = 13.0;
/// Edge left white in mm; every office printer can print up to here.
const MARGIN_MM: f32 = 11.0;
/// Line height as a multiple of the size: close enough for one A5 page, open enough for old eyes.
pub(crate) const LEADING: f32 = 1.22;
/// Room kept at the bottom for the page line, in mm.
const FOOT_MM: f32 = 7.0;
/// Most pages of one paper: far above any real list, so that no input prints a book.
const PAGES_MAX: usize = 12;
/// Digits in a row that may be a NIK or KK number; they are never printed.
const SECRET_DIGITS: usize = 16;

/// A paper being set.
pub struct Sheet {
    layout: Layout,
    page: Page,
    y: f32,
    /// Width kept free at the right (beside the QR), and down to which height in mm.
    beside: (f32, f32),
}

impl Sheet {
    /// An empty first page.
    #[must_use]
    pub fn new(title: &str, size: PaperSize) -> Sheet {
        let (width, height) = size.size_mm();
        let layout = Layout { title: clean(Face::Regular, title), width, height, pages: Vec::new() };
        Sheet { layout, page: Page::default(), y: MARGIN_MM, beside: (0.0, 0.0) }
    }

    /// Left and right ends of the lines at this height, in mm.
    fn ends(&self) -> (f32, f32) {
        let kept = if self.y < self.beside.1 { self.beside.0 } else { 0.0 };
        (MARGIN_MM, self.layout.width - MARGIN_MM - kept)
    }

    /// White space of this many mm.
    pub fn gap(&mut self, mm: f32) {
        self.y += mm;
    }

    /// Goes below whatever stands at the right.
    pub fn clear(&mut self) {
        self.y = self.y.max(self.beside.1);
    }

    /// Starts a new page unless this many mm are left on this one.
    pub fn need(&mut self, mm: f32) {
        if self.y + mm > self.layout.height - MARGIN_MM - FOOT_MM && self.layout.pages.len() + 1 < PAGES_MAX {
            self.layout.pages.push(std::mem::take(&mut self.page));
            self.y = MARGIN_MM;
            self.beside = (0.0, 0.0);
        }
    }

    /// A paragraph at the left edge.
    pub fn text(&mut self, face: Face, size_pt: f32, text: &str) {
        self.indented(face, size_pt, 0.0, text);
    }

    /// A paragraph whose lines all begin `indent` mm from the left edge.
    pub fn indented(&mut self, face: Face, size_pt: f32, indent: f32, text: &str) {
        let size_pt = size_pt.max(SMALLEST_PT);
        let mut rest = clean(face, text);
        while !rest.is_empty() {
            self.need(size_pt * LEADING * MM_PER_PT);
            if self.is_full() {
                return;
            }
            let (left, right) = self.ends();
            let (line, after) = first_line(face, size_pt, right - left - indent, &rest);
            self.place(face, size_pt, left + indent, &line);
            self.y += size_pt * LEADING * MM_PER_PT;
            rest = after;
        }
    }

    /// A bold word and an ordinary sentence beside it, lines kept clear of the word.
    pub fn labelled(&mut self, label: &str, indent: f32, text: &str) {
        self.need(BODY_PT * LEADING * MM_PER_PT);
        let at = (self.layout.pages.len(), self.y);
        self.indented(Face::Regular, BODY_PT, indent, text);
        let run = Run {
            x: MARGIN_MM,
            y: baseline(at.1, BODY_PT),
            size_pt: BODY_PT,
            face: Face::Bold,
            text: clean(Face::Bold, label),
        };
        match self.layout.pages.get_mut(at.0) {
            Some(page) => page.runs.push(run),
            None => self.page.runs.push(run),
        }
    }

    /// A thin rule across the page.
    pub fn rule(&mut self) {
        let (left, right) = self.ends();
        self.page.bars.push(Bar { x: left, y: self.y, width: right - left, height: 0.35 });
        self.y += 1.6;
    }

    /// An empty box with a side of `width` × `height` mm at the left edge plus `indent`; the text goes on at the same height.
    pub fn frame(&mut self, indent: f32, width: f32, height: f32) {
        let (x, y, line) = (MARGIN_MM + indent, self.y, 0.35);
        self.page.bars.extend([
            Bar { x, y, width, height: line },
            Bar { x, y: y + height - line, width, height: line },
            Bar { x, y, width: line, height },
            Bar { x: x + width - line, y, width: line, height },
        ]);
    }

    /// Width of the lines in mm.
    #[must_use]
    pub fn width(&self) -> f32 {
        let (left, right) = self.ends();
        right - left
    }

    /// Puts a QR at the top right and keeps text clear of it.
    pub fn square_at_right(&mut self, square: Square) {
        let (side, rows) = (square.side_mm, square.rows);
        let module = side / (rows.len().max(1) as f32);
        // Four modules of white around a QR are part of it.
        self.beside = (side + 4.0 * module, self.y + side + 2.0);
        self.page.codes.push(Code { x: self.layout.width - MARGIN_MM - side, y: self.y, module, rows });
    }

    /// The finished paper; `foot` makes the line at the bottom of every page from its number and the number of pages.
    #[must_use]
    pub fn finish(mut self, foot: impl Fn(usize, usize) -> Option<String>) -> Layout {
        self.layout.pages.push(self.page);
        let pages = self.layout.pages.len();
        for (index, page) in self.layout.pages.iter_mut().enumerate() {
            if let Some(text) = foot(index + 1, pages) {
                let y = self.layout.height - MARGIN_MM;
                page.runs.push(Run {
                    x: MARGIN_MM,
                    y,
                    size_pt: SMALLEST_PT,
                    face: Face::Regular,
                    text: clean(Face::Regular, &text),
                });
            }
        }
        self.layout
    }

    fn is_full(&self) -> bool {
        self.y > self.layout.height - MARGIN_MM - FOOT_MM
    }

    fn place(&mut self, face: Face, size_pt: f32, x: f32, text: &str) {
        self.page.runs.push(Run { x, y: baseline(self.y, size_pt), size_pt, face, text: text.to_owned() });
    }
}

/// Baseline of a line whose top is at `top` mm.
pub(crate) fn baseline(top: f32, size_pt: f32) -> f32 {
    top + size_pt * MM_PER_PT * 0.98
}

/// The lines of a text inside `width` mm.
#[must_use]
pub fn wrapped(face: Face, size_pt: f32, width: f32, text: &str) -> Vec<String> {
    let (mut lines, mut rest) = (Vec::new(), clean(face, text));
    while !rest.is_empty() {
        let (line, after) = first_line(face, size_pt, width, &rest);
        lines.push(line);
        rest = after;
    }
    lines
}

/// The first line that fits into `width` mm, and what is left. A word wider than the line is cut.
fn first_line(face: Face, size_pt: f32, width: f32, text: &str) -> (String, String) {
    let mut fits = 0;
    let mut used = 0.0;
    let mut last_space = None;
    for (at, character) in text.char_indices() {
        if character == ' ' {
            last_space = Some(at);
        }
        used += width_mm(face, size_pt, character.encode_utf8(&mut [0; 4]));
        if used > width && character != ' ' && fits > 0 {
            let cut = last_space.filter(|space| *space > 0).unwrap_or(fits);
            return (text[..cut].trim_end().to_owned(), text[cut..].trim_start().to_owned());
        }
        fits = at + character.len_utf8();
    }
    (text.trim_end().to_owned(), String::new())
}

/// One line of drawable characters: white space joined, long digit strings hidden, unknown characters as `?`.
fn clean(face: Face, text: &str) -> String {
    let joined = text.split_whitespace().collect::<Vec<_>>().join(" ");
    hide_long_digits(&joined).chars().map(|c| if can_draw(face, c) { c } else { '?' }).collect()
}

/// Replaces what may be a NIK (16 digits, also with dots or spaces between) by dots: a lost slip must not leak it.
fn hide_long_digits(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut group = String::new();
    for character in text.chars().chain(std::iter::once('\0')) {
        if character.is_ascii_digit() || (!group.is_empty() && matches!(character, ' ' | '.' | '-')) {
            group.push(character);
            continue;
        }
        let hidden = group.chars().filter(char::is_ascii_digit).count() >= SECRET_DIGITS;
        out.push_str(if hidden { "…" } else { &group });
        group.clear();
        if character != '\0' {
            out.push(character);
        }
    }
    out
}
