//! The sheet for the sealed envelope: the recovery code of one computer, and how it is used.

use super::layout::{Face, Layout, PaperSize};
use super::sheet::{BODY_PT, Sheet};
use super::words::say;
use serde::{Deserialize, Serialize};

/// Everything on a recovery sheet. Nothing of any resident.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RecoveryFacts {
    /// `Kelurahan Rantau Kiwa`.
    pub office: String,
    /// Symbols that start this computer's registration numbers: which envelope it is.
    pub number_code: String,
    /// The code in its groups.
    pub code: String,
    /// `Rabu, 5 Agustus 2026`.
    pub day: String,
}

/// Sets the sheet, always A5.
#[must_use]
pub fn recovery_sheet(facts: &RecoveryFacts) -> Layout {
    let mut sheet = Sheet::new(&say("recovery_title", &[]), PaperSize::A5);
    sheet.text(Face::Regular, BODY_PT, &facts.office);
    sheet.text(Face::Bold, 18.0, &say("recovery_title", &[]));
    sheet.text(Face::Regular, BODY_PT, &say("recovery_of", &[("code", &facts.number_code), ("day", &facts.day)]));
    sheet.gap(6.0);
    for part in facts.code.split_inclusive('-').collect::<Vec<_>>().chunks(3) {
        sheet.text(Face::Bold, 24.0, &part.concat());
    }
    sheet.gap(6.0);
    for line in ["recovery_seal", "recovery_use", "recovery_once"] {
        sheet.text(Face::Regular, BODY_PT, &say(line, &[]));
        sheet.gap(2.0);
    }
    sheet.finish(|_, _| None)
}
