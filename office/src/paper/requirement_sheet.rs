//! The large-type list of papers to bring, handed out before a resident comes back, with the rest of what a service has
//! to tell (UU 25/2009 Ps. 21): how it goes, how long, at what price, what comes of it, where to complain.

use super::layout::{Face, Layout, PaperSize};
use super::sheet::{BODY_PT, SMALLEST_PT, Sheet};
use super::words::say;
use serde::{Deserialize, Serialize};

/// Where sentences beside HASIL, CARA and the others begin, in mm.
const BESIDE_LABEL_MM: f32 = 34.0;

/// One paper to bring.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PaperToBring {
    /// `Kartu Keluarga`.
    pub name: String,
    /// Needed, or only when there is one.
    pub needed: bool,
    /// What may be brought instead, best first.
    pub instead: Vec<String>,
}

/// Everything on the list.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RequirementFacts {
    /// `Kantor Desa Binuang`.
    pub office: String,
    /// `Akta Kelahiran`.
    pub service: String,
    /// The papers in order.
    pub papers: Vec<PaperToBring>,
    /// What comes of it: `Kutipan Akta Kelahiran`.
    pub product: String,
    /// Working days from a complete file; none when the Dinas promises none.
    pub days: Option<u16>,
    /// Since when the Dinas says so: `1 Juli 2026`; none while it said nothing.
    pub since: Option<String>,
    /// `Dinas Dukcapil Kabupaten Tapin`.
    pub agency: String,
    /// WhatsApp number of the hotline; empty when there is none.
    pub hotline: String,
}

/// Sets the list.
#[must_use]
pub fn requirement_sheet(facts: &RequirementFacts, size: PaperSize) -> Layout {
    let mut sheet = Sheet::new(&format!("{} {}", say("bring_title", &[]), facts.service), size);
    sheet.text(Face::Regular, BODY_PT, &facts.office);
    sheet.text(Face::Bold, 18.0, &say("bring_title", &[]));
    sheet.text(Face::Bold, 16.0, &facts.service);
    sheet.gap(1.0);
    sheet.text(Face::Regular, 14.0, &say("bring_original", &[]));
    sheet.gap(3.0);
    for paper in &facts.papers {
        sheet.need(14.0);
        sheet.frame(0.0, 6.0, 6.0);
        let name = if paper.needed { paper.name.clone() } else { say("bring_may", &[("name", &paper.name)]) };
        sheet.indented(Face::Bold, 16.0, 10.0, &name);
        for other in &paper.instead {
            sheet.indented(Face::Regular, 14.0, 10.0, &say("bring_instead", &[("name", other)]));
        }
        sheet.gap(3.0);
    }
    sheet.text(Face::Regular, 14.0, &say("bring_missing", &[]));
    sheet.gap(2.0);
    let ask = if facts.hotline.is_empty() {
        say("ask_come", &[("office", &facts.office)])
    } else {
        say("ask_how", &[("hotline", &facts.hotline), ("office", &facts.office)])
    };
    let time = match facts.days {
        Some(days) => say("bring_days", &[("days", &days.to_string())]),
        None => say("when_unknown", &[]),
    };
    sheet.need(40.0); // what belongs together stays together
    for (label, words) in [
        ("bring_product", format!("{}.", facts.product)),
        ("bring_how", say("bring_how_words", &[("office", &facts.office), ("agency", &facts.agency)])),
        ("when", time),
        ("free", say("free_rest", &[])),
        ("ask", ask),
        ("bring_complain", say("bring_complain_words", &[])),
    ] {
        sheet.labelled(&say(label, &[]), BESIDE_LABEL_MM, &words);
    }
    if let Some(day) = &facts.since {
        sheet.text(Face::Regular, SMALLEST_PT, &say("bring_version", &[("day", day)]));
    }
    sheet.finish(|_, _| None)
}
