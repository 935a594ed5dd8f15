//! The head of what a resident takes home: office, heading, when, the number large and as it is spoken, the square.

use super::code::Square;
use super::layout::Face;
use super::receipt::Clock;
use super::sheet::{BODY_PT, SMALLEST_PT, Sheet};
use super::words::say;

/// Size of a number that is read at arm's length, in points (ux.md 2.6).
const NUMBER_PT: f32 = 22.0;
/// Size of headings, in points (ux.md 2.6).
pub const HEADING_PT: f32 = 16.0;

/// What stands in a head.
pub struct Head<'a> {
    /// Key of the heading, e.g. `title`.
    pub title: &'static str,
    /// `Kantor Desa Binuang`.
    pub office: &'a str,
    /// `Rabu, 5 Agustus 2026, 10.14 WITA`.
    pub received: &'a str,
    /// Whether that time can be believed.
    pub clock: Clock,
    /// As printed, e.g. `K7F-3M8-2TW`.
    pub number: &'a str,
    /// The number as it is read aloud; empty when there is no spoken form.
    pub spoken: &'a str,
    /// 0 for the first print, n for the n-th copy.
    pub copy: u32,
    /// Made-up sample data.
    pub sample: bool,
}

/// Sets the head with its square at the right; what follows begins below both.
pub fn head(sheet: &mut Sheet, head: &Head<'_>, square: Square) {
    sheet.square_at_right(square);
    if head.sample {
        sheet.text(Face::Bold, BODY_PT, &say("sample", &[]));
    }
    if head.copy > 0 {
        sheet.text(Face::Bold, BODY_PT, &say("copy", &[("n", &head.copy.to_string())]));
    }
    sheet.text(Face::Regular, BODY_PT, head.office);
    sheet.text(Face::Bold, HEADING_PT, &say(head.title, &[]));
    let when = match head.clock {
        Clock::Sure => head.received.to_owned(),
        Clock::Unsure => say("clock_unsure", &[("when", head.received)]),
    };
    sheet.text(Face::Regular, SMALLEST_PT, &when);
    sheet.gap(1.5);
    sheet.text(Face::Mono, NUMBER_PT, head.number);
    sheet.clear();
    if !head.spoken.is_empty() {
        sheet.text(Face::Regular, SMALLEST_PT, &say("spoken", &[("spoken", head.spoken)]));
    }
}
