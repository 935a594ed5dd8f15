//! The sheet that closes a day, on paper: what was taken in, sent, received and printed, and every number explained.

use super::layout::{Face, Layout, PaperSize};
use super::sheet::{BODY_PT, SMALLEST_PT, Sheet};
use super::words::say;
use serde::{Deserialize, Serialize};

/// Where the values begin, in mm.
const VALUES_MM: f32 = 72.0;
/// Room for a signature in mm: a stamp of the office is 40 mm wide and half as high.
const SIGNATURE_MM: f32 = 22.0;

/// Everything on the sheet, in words. No name of a resident, no NIK.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DayFacts {
    /// `Kelurahan Rantau Kiwa`.
    pub office: String,
    /// `Lembar 12, komputer K7F`.
    pub sheet: String,
    /// `Selasa, 24 November 2026`.
    pub title: String,
    /// That it was closed on a later day; empty when in time.
    pub late: String,
    /// Label and value.
    pub lines: Vec<(String, String)>,
    /// Number ranges in sentences.
    pub numbers: Vec<String>,
    /// Numbers nobody explains and what differs from the Dinas.
    pub warnings: Vec<String>,
    /// Whether the Dinas has compared it.
    pub state: String,
    /// Who closed it, and when.
    pub closed: String,
    /// Its print and that of the sheet before.
    pub print: String,
    /// Made-up data.
    pub sample: bool,
}

/// Sets the sheet.
#[must_use]
pub fn day_sheet(facts: &DayFacts, size: PaperSize) -> Layout {
    let mut sheet = Sheet::new(&format!("{} {}", say("day_title", &[]), facts.title), size);
    if facts.sample {
        sheet.text(Face::Bold, BODY_PT, &say("sample", &[]));
    }
    sheet.text(Face::Regular, BODY_PT, &facts.office);
    sheet.text(Face::Bold, 18.0, &say("day_title", &[]));
    sheet.text(Face::Bold, 16.0, &facts.title);
    sheet.text(Face::Regular, SMALLEST_PT, &facts.sheet);
    if !facts.late.is_empty() {
        sheet.text(Face::Bold, BODY_PT, &facts.late);
    }
    sheet.gap(1.5);
    sheet.rule();
    for (label, value) in &facts.lines {
        sheet.labelled(label, VALUES_MM, value);
        sheet.gap(0.6);
    }
    sheet.gap(1.0);
    sheet.rule();
    sheet.text(Face::Bold, BODY_PT, &say("day_numbers", &[]));
    for line in &facts.numbers {
        sheet.text(Face::Regular, BODY_PT, line);
    }
    for line in &facts.warnings {
        sheet.text(Face::Bold, BODY_PT, line);
    }
    sheet.gap(1.0);
    sheet.rule();
    sheet.text(Face::Regular, SMALLEST_PT, &facts.state);
    sheet.text(Face::Regular, SMALLEST_PT, &facts.closed);
    sheet.text(Face::Regular, SMALLEST_PT, &facts.print);
    sheet.gap(2.0);
    sheet.need(SIGNATURE_MM);
    sheet.text(Face::Regular, SMALLEST_PT, &say("day_signature", &[]));
    sheet.gap(SIGNATURE_MM - 8.0);
    sheet.text(Face::Regular, SMALLEST_PT, "(…………………………………………)");
    sheet.finish(|page, pages| (pages > 1).then(|| format!("{page}/{pages}")))
}
