//! The poster of a counter, read from two metres: that it is free, when it is open, where to ask, where to complain.

use super::code::Square;
use super::layout::{Face, Layout, PaperSize};
use super::sheet::Sheet;
use super::words::say;
use serde::{Deserialize, Serialize};

/// Smallest type on a poster, in points (ux.md S16: at least 24 on A4).
const TEXT_PT: f32 = 24.0;
/// Type of its title, in points (ux.md S16: at least 36).
const TITLE_PT: f32 = 40.0;
/// Side of the square in mm: read from a metre away by an old telephone.
const SQUARE_MM: f32 = 46.0;

/// Everything on the poster.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PosterFacts {
    /// `Kantor Desa Binuang`.
    pub office: String,
    /// `Dinas Dukcapil Kabupaten Tapin`.
    pub agency: String,
    /// When the counter is open; empty when the Dinas said nothing.
    pub hours: String,
    /// WhatsApp number of the hotline as shown; empty when there is none.
    pub hotline: String,
    /// When it is answered; empty when the Dinas said nothing.
    pub hotline_hours: String,
    /// The same number in digits with its country, for the square; empty when there is none.
    pub whatsapp: String,
    /// Mark of the Dinas's key, for whoever compares it with the page that checks receipts.
    pub mark: String,
    /// Made-up sample data.
    pub sample: bool,
}

/// Sets the poster, one page of A4.
#[must_use]
pub fn poster(facts: &PosterFacts) -> Layout {
    let mut sheet = Sheet::new(&say("poster_title", &[]), PaperSize::A4);
    if facts.sample {
        sheet.text(Face::Bold, TEXT_PT, &say("sample", &[]));
    }
    sheet.text(Face::Bold, TEXT_PT, &facts.office);
    sheet.gap(8.0);
    sheet.text(Face::Bold, TITLE_PT, &say("poster_title", &[]));
    sheet.gap(4.0);
    sheet.text(Face::Regular, TEXT_PT, &say("poster_free", &[]));
    sheet.gap(6.0);
    sheet.rule();
    sheet.gap(4.0);
    if !facts.hours.is_empty() {
        sheet.text(Face::Bold, TEXT_PT, &say("poster_open", &[]));
        sheet.text(Face::Regular, TEXT_PT, &facts.hours);
        sheet.gap(6.0);
    }
    if let Some(rows) =
        (!facts.whatsapp.is_empty()).then(|| super::code::of_number(&format!("https://wa.me/{}", facts.whatsapp)).rows)
    {
        // Four modules of nothing above it, or a telephone does not find it.
        sheet.gap(4.0);
        sheet.square_at_right(Square { rows, side_mm: SQUARE_MM });
    }
    let ask = if facts.hotline.is_empty() { "poster_ask_here" } else { "poster_ask" };
    sheet.text(Face::Bold, TEXT_PT, &say(ask, &[]));
    if facts.hotline.is_empty() {
        sheet.text(Face::Regular, TEXT_PT, &say("poster_come", &[]));
    } else {
        sheet.text(Face::Mono, TITLE_PT, &facts.hotline);
        sheet.text(Face::Regular, TEXT_PT, &facts.hotline_hours);
    }
    sheet.clear();
    sheet.gap(6.0);
    sheet.text(Face::Bold, TEXT_PT, &say("poster_complain", &[]));
    sheet.text(Face::Regular, TEXT_PT, &say("bring_complain_words", &[]));
    sheet.gap(6.0);
    sheet.text(Face::Bold, TEXT_PT, &say("poster_check", &[]));
    sheet.text(Face::Mono, TEXT_PT, &facts.mark);
    sheet.gap(4.0);
    sheet.text(Face::Regular, TEXT_PT, &facts.agency);
    sheet.finish(|_, _| None)
}

#[cfg(test)]
pub(super) mod tests {
    use super::{PosterFacts, poster};
    use crate::paper::Layout;

    /// Every line, one after the other.
    fn all_text(layout: &Layout) -> String {
        let lines = layout.pages.iter().flat_map(|page| page.runs.iter().map(|run| run.text.as_str()));
        lines.collect::<Vec<_>>().join(" ")
    }

    pub fn on_the_wall() -> PosterFacts {
        PosterFacts {
            office: "Kantor Kelurahan Rantau Kiwa".into(),
            agency: "Dinas Dukcapil Kabupaten Tapin".into(),
            hours: "Senin sampai Jumat, 08.00–15.30 WITA".into(),
            hotline: "0811-5000-123".into(),
            hotline_hours: "Senin sampai Jumat, 08.00–16.00".into(),
            whatsapp: "628115000123".into(),
            mark: "4F3A 91BC 22D0 77E1".into(),
            sample: false,
        }
    }

    #[test]
    fn the_poster_is_one_page_of_large_type_with_what_the_dinas_said_and_nothing_it_did_not() {
        let full = poster(&on_the_wall());
        let smallest = full.pages[0].runs.iter().map(|run| run.size_pt).fold(f32::MAX, f32::min);
        let largest = full.pages[0].runs.iter().map(|run| run.size_pt).fold(0.0, f32::max);
        assert!(full.pages.len() == 1 && smallest >= 24.0 && largest >= 36.0, "{smallest} to {largest}");
        let text = all_text(&full);
        for part in ["GRATIS", "Rantau Kiwa", "08.00–15.30", "0811-5000-123", "LAPOR!", "4F3A 91BC 22D0 77E1"] {
            assert!(text.contains(part), "{part} in {text}");
        }
        let bare =
            PosterFacts { hours: String::new(), hotline: String::new(), whatsapp: String::new(), ..on_the_wall() };
        let text = all_text(&poster(&bare));
        assert!(
            poster(&bare).pages[0].codes.is_empty() && !text.contains("Kami buka") && text.contains("petugas di sini")
        );
    }
}
