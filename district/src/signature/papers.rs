//! What the district seals: where an application stands, a copy of a lost receipt, and the slip that goes with one document.
//! None of them looks like a document of civil registration, none has a NIK, and each says what it is not.

use jukung_domain::texts::say;
use jukung_paper::code;
use jukung_paper::layout::{Face, Layout, PaperSize};
use jukung_paper::sheet::{BODY_PT, SMALLEST_PT, Sheet};

/// Size of headings and of the number, in points (ux.md 2.6).
const HEADING_PT: f32 = 16.0;
const NUMBER_PT: f32 = 22.0;
/// Where what stands beside a label begins, in mm.
const BESIDE_MM: f32 = 44.0;

/// Everything on such a paper, in words.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// Which paper: `status`, `receipt`, `slip`; its texts are `seal.<kind>.title` and `seal.<kind>.lead`.
    pub kind: &'static str,
    /// Name of the Dinas.
    pub agency: String,
    /// Registration number.
    pub number: String,
    /// What stands there, label and words; empty words are left out.
    pub lines: Vec<(String, String)>,
    /// What the reader shall know at the end.
    pub notes: Vec<String>,
    /// When it was made: `Jumat, 27 November 2026, 10.14 WITA`.
    pub made: String,
    /// Made-up sample data.
    pub sample: bool,
}

/// Sets the paper, always A5.
#[must_use]
pub fn paper(facts: &Facts) -> Layout {
    let word = |part: &str| {
        let values = [("agency", facts.agency.as_str()), ("made", facts.made.as_str())];
        say(&format!("seal.{}.{part}", facts.kind), &values)
    };
    let mut sheet = Sheet::new(&format!("{} {}", word("title"), facts.number), PaperSize::A5);
    sheet.square_at_right(code::of_number(&facts.number));
    if facts.sample {
        sheet.text(Face::Bold, BODY_PT, &say("paper.sample", &[]));
    }
    sheet.text(Face::Regular, BODY_PT, &facts.agency);
    sheet.text(Face::Bold, HEADING_PT, &word("title"));
    sheet.gap(1.0);
    sheet.text(Face::Mono, NUMBER_PT, &facts.number);
    sheet.clear();
    sheet.text(Face::Regular, BODY_PT, &word("lead"));
    sheet.gap(1.0);
    sheet.rule();
    for (label, words) in facts.lines.iter().filter(|(_, words)| !words.trim().is_empty()) {
        sheet.labelled(label, BESIDE_MM, words);
        sheet.gap(0.8);
    }
    sheet.rule();
    for note in &facts.notes {
        sheet.text(Face::Regular, SMALLEST_PT, note);
        sheet.gap(0.8);
    }
    sheet.text(Face::Regular, SMALLEST_PT, &say("seal.sealed", &[("agency", &facts.agency), ("made", &facts.made)]));
    sheet.text(Face::Bold, SMALLEST_PT, &say("paper.not_identity", &[]));
    let number = facts.number.clone();
    sheet.finish(|page, pages| {
        let (page, of) = (page.to_string(), pages.to_string());
        (pages > 1).then(|| say("paper.page", &[("number", &number), ("page", &page), ("pages", &of)]))
    })
}
