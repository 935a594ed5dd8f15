//! The slip (*Titipan*) of what a school helper left with the counter, for the family: what it is not yet, what comes next,
//! and which originals the counter asks for. It says no more than the helper still sees.

use super::head::HEADING_PT;
use super::layout::{Face, Layout, PaperSize};
use super::sheet::{BODY_PT, SMALLEST_PT, Sheet};
use super::words::say;
use serde::{Deserialize, Serialize};

/// Where sentences beside APA SELANJUTNYA and the others begin, in mm.
const BESIDE_LABEL_MM: f32 = 47.0;

/// Everything on the slip. Of a number only its end.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LeftFacts {
    /// `SDN Binuang 2`.
    pub school: String,
    /// `Kantor Desa Binuang`.
    pub office: String,
    /// `Dinas Dukcapil Kabupaten Tapin`.
    pub agency: String,
    /// Whom it is about.
    pub name: String,
    /// Last digits of their NIK, `…9901`; empty when it has none.
    pub ends: String,
    /// `Kartu Identitas Anak (KIA)`.
    pub service: String,
    /// `Rabu, 5 Agustus 2026`.
    pub day: String,
    /// Papers whose originals the counter looks at.
    pub originals: Vec<String>,
    /// WhatsApp number of the hotline; empty when there is none.
    pub hotline: String,
    /// Who handed it over.
    pub helper: String,
    /// Number of their letter of assignment.
    pub letter: String,
    /// Made-up sample data.
    pub sample: bool,
}

/// Sets the slip, always A5.
#[must_use]
pub fn left_slip(facts: &LeftFacts) -> Layout {
    let mut sheet = Sheet::new(&say("left_title", &[]), PaperSize::A5);
    if facts.sample {
        sheet.text(Face::Bold, BODY_PT, &say("sample", &[]));
    }
    sheet.text(Face::Regular, BODY_PT, &facts.school);
    sheet.text(Face::Bold, HEADING_PT, &say("left_title", &[]));
    sheet.gap(1.0);
    sheet.text(Face::Bold, BODY_PT, &say("for", &[("service", &facts.service), ("subject", &facts.name)]));
    if !facts.ends.is_empty() {
        sheet.text(Face::Regular, BODY_PT, &say("left_ends", &[("ends", &facts.ends)]));
    }
    sheet.text(Face::Regular, BODY_PT, &say("left_day", &[("office", &facts.office), ("day", &facts.day)]));
    sheet.gap(1.0);
    sheet.rule();
    sheet.text(Face::Bold, BODY_PT, &say("left_not", &[]));
    sheet.gap(1.0);
    sheet.rule();
    let ask = if facts.hotline.is_empty() {
        say("ask_come", &[("office", &facts.office)])
    } else {
        say("ask_how", &[("hotline", &facts.hotline), ("office", &facts.office)])
    };
    let mut told = vec![("next", say("left_next", &[("agency", &facts.agency)]))];
    if !facts.originals.is_empty() {
        told.push(("left_bring", format!("{}.", facts.originals.join(", "))));
    }
    told.extend([("ask", ask), ("free", say("free_rest", &[]))]);
    for (label, words) in told {
        sheet.labelled(&say(label, &[]), BESIDE_LABEL_MM, &words);
        sheet.gap(1.0);
    }
    sheet.rule();
    let (helper, letter) = (&facts.helper, &facts.letter);
    sheet.text(Face::Regular, SMALLEST_PT, &say("left_by", &[("name", helper), ("letter", letter)]));
    sheet.text(Face::Regular, SMALLEST_PT, &say("not_identity", &[]));
    sheet.finish(|page, pages| (pages > 1).then(|| format!("{page}/{pages}")))
}
