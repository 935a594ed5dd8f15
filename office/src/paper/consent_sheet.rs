//! The A5 sheet the resident signs or thumb-prints before it is scanned.

use super::layout::{Face, Layout, PaperSize};
use super::sheet::{BODY_PT, SMALLEST_PT, Sheet};
use super::words::say;
use serde::{Deserialize, Serialize};

/// Everything on a consent sheet.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ConsentFacts {
    /// `Kantor Desa Binuang`.
    pub office: String,
    /// `Ibu Siti Aminah`.
    pub resident: String,
    /// `Akta Kelahiran`.
    pub service: String,
    /// The consent text that was read out, filled in.
    pub text: String,
    /// Further things agreed to, each with its own box, e.g. news by WhatsApp.
    pub ticks: Vec<String>,
    /// `Rabu, 5 Agustus 2026`.
    pub day: String,
    /// Made-up sample data.
    pub sample: bool,
}

/// Sets the sheet, always A5.
#[must_use]
pub fn consent_sheet(facts: &ConsentFacts) -> Layout {
    let mut sheet = Sheet::new(&say("consent_title", &[]), PaperSize::A5);
    if facts.sample {
        sheet.text(Face::Bold, BODY_PT, &say("sample", &[]));
    }
    sheet.text(Face::Regular, BODY_PT, &facts.office);
    sheet.text(Face::Bold, 18.0, &say("consent_title", &[]));
    sheet.text(Face::Regular, BODY_PT, &facts.service);
    sheet.gap(2.0);
    sheet.text(Face::Regular, 14.0, &facts.text);
    sheet.gap(2.0);
    for tick in &facts.ticks {
        sheet.need(7.0);
        sheet.frame(0.0, 5.0, 5.0);
        sheet.indented(Face::Regular, 14.0, 8.0, tick);
        sheet.gap(1.5);
    }
    sheet.text(Face::Regular, BODY_PT, &say("consent_date", &[("day", &facts.day)]));
    sheet.need(96.0); // the mark and both witnesses stay on one page
    sheet.text(Face::Bold, BODY_PT, &say("consent_mark", &[("resident", &facts.resident)]));
    sheet.gap(1.0);
    sheet.frame(0.0, sheet.width(), 38.0);
    sheet.gap(40.0);
    sheet.text(Face::Regular, SMALLEST_PT, &say("witnesses", &[]));
    for n in ["1", "2"] {
        sheet.text(Face::Regular, SMALLEST_PT, &say("witness", &[("n", n)]));
        sheet.gap(11.0);
        sheet.rule();
    }
    sheet.finish(|_, _| None)
}
