//! The record of a destruction on paper (*berita acara pemusnahan*), sealed by the Dinas, with room for the signatures that its
//! own rules ask for.

use crate::District;
use crate::signature::sealed::Made;
use jukung_domain::problem::Problem;
use jukung_domain::texts::say;
use jukung_paper::layout::{Face, Layout, PaperSize};
use jukung_paper::sheet::{BODY_PT, SMALLEST_PT, Sheet};

/// Size of the heading and of the number, in points (ux.md 2.6).
const HEADING_PT: f32 = 16.0;
/// Where what stands beside a label begins, in mm.
const BESIDE_MM: f32 = 62.0;
/// Room for a signature, in mm.
const SIGN_MM: f32 = 18.0;

/// What stands on it, in words.
struct Facts {
    agency: String,
    number: String,
    lines: Vec<(String, String)>,
    told: Vec<String>,
    signers: Vec<String>,
    made: String,
    sample: bool,
}

fn word(part: &str) -> String {
    say(&format!("retention.paper.{part}"), &[])
}

fn paper(facts: &Facts) -> Layout {
    let mut sheet = Sheet::new(&format!("{} {}", word("title"), facts.number), PaperSize::A4);
    if facts.sample {
        sheet.text(Face::Bold, BODY_PT, &say("paper.sample", &[]));
    }
    sheet.text(Face::Regular, BODY_PT, &facts.agency);
    sheet.text(Face::Bold, HEADING_PT, &word("title"));
    sheet.text(Face::Mono, HEADING_PT, &facts.number);
    sheet.gap(2.0);
    sheet.text(Face::Regular, BODY_PT, &say("retention.paper.lead", &[("agency", &facts.agency)]));
    sheet.gap(1.0);
    sheet.rule();
    for (label, words) in &facts.lines {
        sheet.labelled(label, BESIDE_MM, words);
        sheet.gap(0.8);
    }
    sheet.rule();
    for line in &facts.told {
        sheet.text(Face::Regular, BODY_PT, line);
        sheet.gap(0.8);
    }
    for note in ["kept", "backup", "list_note"] {
        sheet.text(Face::Regular, BODY_PT, &word(note));
        sheet.gap(0.8);
    }
    for signer in &facts.signers {
        sheet.need(SIGN_MM + 12.0);
        sheet.gap(4.0);
        sheet.text(Face::Regular, BODY_PT, signer);
        sheet.gap(SIGN_MM);
        sheet.text(Face::Regular, BODY_PT, &word("sign"));
    }
    sheet.gap(4.0);
    let seal = [("agency", facts.agency.as_str()), ("made", facts.made.as_str())];
    sheet.text(Face::Regular, SMALLEST_PT, &say("seal.sealed", &seal));
    let number = facts.number.clone();
    sheet.finish(|page, pages| {
        let (page, of) = (page.to_string(), pages.to_string());
        (pages > 1).then(|| say("paper.page", &[("number", &number), ("page", &page), ("pages", &of)]))
    })
}

impl District {
    /// The record of a destruction that was carried out.
    ///
    /// # Errors
    /// `not_found` while it is not done; those of the database.
    pub fn destruction_paper(&self, id: &str) -> Result<Made, Problem> {
        let record = self.destruction(id)?;
        let settings = self.settings()?;
        let label = |part: &str, words: &str| (word(part), words.to_owned());
        let facts = Facts {
            agency: self.agency(),
            lines: vec![
                label("what", &record.what),
                label("much", &record.much),
                label("before", &record.before),
                label("basis", &record.basis),
                label("list", &record.list),
            ],
            told: record.told.clone(),
            signers: vec![
                format!("{}: {}", word("first"), record.by),
                format!("{}: {}", word("second"), record.second),
                word("witness"),
            ],
            made: super::record::when(self.edge.now()),
            sample: settings.sample,
            number: record.number.clone(),
        };
        let pdf = jukung_paper::to_pdf(&paper(&facts)).map_err(|e| Problem::new(e.code()))?;
        Ok(Made { pdf, name: format!("{}.pdf", record.number), reason: word("title") })
    }
}
