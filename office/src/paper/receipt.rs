//! The receipt the resident takes home (Bukti Terima): what was handed in, what happens next, whom to ask.

use super::code;
use super::head::{HEADING_PT, Head, head};
use super::layout::{Face, Layout, PaperSize};
use super::sheet::{BODY_PT, SMALLEST_PT, Sheet};
use super::words::say;
use serde::{Deserialize, Serialize};

/// Where sentences beside KAPAN and BERTANYA begin, in mm.
const BESIDE_LABEL_MM: f32 = 29.0;

/// How far the computer's clock can be believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Clock {
    /// Checked against the Dinas.
    Sure,
    /// Not checked: the paper says so.
    Unsure,
}

/// A paper that was photographed, and what was done with it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PaperKept {
    /// `Kartu Keluarga`.
    pub name: String,
    /// `asli dikembalikan`.
    pub done: String,
}

/// Everything on a receipt, taken from committed state. Never a NIK.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ReceiptFacts {
    /// `Kantor Desa Binuang`.
    pub office: String,
    /// `Dinas Dukcapil Kabupaten Tapin`.
    pub agency: String,
    /// Registration number as printed, e.g. `K7F-3M8-2TW`.
    pub number: String,
    /// What the QR holds: the address where anyone checks the signed token (security.md 4.1); empty: the number.
    pub proof: String,
    /// The number as it is read aloud; empty when there is no spoken form.
    pub spoken: String,
    /// The two words by which the family knows a true message.
    pub words: [String; 2],
    /// The resident at the counter, with the polite form: `Ibu Siti Aminah`.
    pub resident: String,
    /// `Akta Kelahiran`.
    pub service: String,
    /// Name of the person the document is about.
    pub subject: String,
    /// Papers photographed.
    pub papers: Vec<PaperKept>,
    /// `Rabu, 12 Agustus 2026`; none when the Dinas promises no day.
    pub promised: Option<String>,
    /// WhatsApp number of the hotline; empty when there is none.
    pub hotline: String,
    /// When people answer there, `Senin–Jumat 08.00–15.00`; empty when the Dinas did not say.
    pub hotline_hours: String,
    /// Who gets the news: `Rizal (cucu) 0812-3456-7890`; none when the resident is told in person.
    pub contact: Option<String>,
    /// How the document comes, as a sentence without full stop: `Akta diantar ke rumah oleh petugas Pos`.
    pub delivery: String,
    /// Officer at the counter.
    pub officer: String,
    /// `Rabu, 5 Agustus 2026, 10.14 WITA`.
    pub received: String,
    /// Whether that time can be believed.
    pub clock: Clock,
    /// 0 for the first print, n for the n-th copy.
    pub copy: u32,
    /// Made-up sample data.
    pub sample: bool,
}

impl ReceiptFacts {
    /// What the token's digest stands for: what was handed in for whom, the same on every copy and at every counter.
    #[must_use]
    pub fn said(&self) -> String {
        let mut lines: Vec<&str> = vec![&self.number, &self.resident, &self.service, &self.subject];
        lines.extend(self.papers.iter().flat_map(|p| [p.name.as_str(), p.done.as_str()]));
        lines.join("\n")
    }

    fn head(&self) -> Head<'_> {
        Head {
            title: "title",
            office: &self.office,
            received: &self.received,
            clock: self.clock,
            number: &self.number,
            spoken: &self.spoken,
            copy: self.copy,
            sample: self.sample,
        }
    }
}

/// Sets the receipt.
#[must_use]
pub fn receipt(facts: &ReceiptFacts, size: PaperSize) -> Layout {
    let mut sheet = Sheet::new(&format!("{} {}", say("title", &[]), facts.number), size);
    let square = code::of_token(&facts.proof).unwrap_or_else(|| code::of_number(&facts.number));
    head(&mut sheet, &facts.head(), square);
    sheet.gap(1.0);
    sheet.rule();
    handed_in(&mut sheet, facts);
    next_steps(&mut sheet, facts);
    whom_to_ask(&mut sheet, facts);
    let number = facts.number.clone();
    sheet.finish(|page, pages| {
        (pages > 1)
            .then(|| say("page", &[("number", &number), ("page", &page.to_string()), ("pages", &pages.to_string())]))
    })
}

fn handed_in(sheet: &mut Sheet, facts: &ReceiptFacts) {
    sheet.text(Face::Bold, BODY_PT, &facts.resident);
    sheet.text(Face::Regular, BODY_PT, &say("for", &[("service", &facts.service), ("subject", &facts.subject)]));
    if facts.papers.is_empty() {
        sheet.text(Face::Regular, BODY_PT, &say("no_papers", &[]));
    } else {
        sheet.text(Face::Regular, BODY_PT, &say("papers", &[]));
        for paper in &facts.papers {
            sheet.indented(Face::Regular, BODY_PT, 3.0, &say("paper", &[("name", &paper.name), ("done", &paper.done)]));
        }
    }
    sheet.text(Face::Bold, BODY_PT, &say("saved", &[("office", &facts.office), ("agency", &facts.agency)]));
    sheet.gap(1.5);
}

fn next_steps(sheet: &mut Sheet, facts: &ReceiptFacts) {
    sheet.need(22.0); // the heading never stands alone at the foot of a page
    sheet.text(Face::Bold, HEADING_PT, &say("next", &[]));
    let check = match &facts.contact {
        Some(contact) => say("next_check", &[("contact", contact)]),
        None => say("next_check_self", &[]),
    };
    let steps =
        [say("next_send", &[("agency", &facts.agency)]), check, say("next_deliver", &[("delivery", &facts.delivery)])];
    for (index, step) in steps.iter().enumerate() {
        sheet.labelled(&(index + 1).to_string(), 7.0, step);
    }
    sheet.gap(1.5);
}

fn whom_to_ask(sheet: &mut Sheet, facts: &ReceiptFacts) {
    let day = match &facts.promised {
        Some(day) => say("when_day", &[("day", day)]),
        None => say("when_unknown", &[]),
    };
    sheet.labelled(&say("when", &[]), BESIDE_LABEL_MM, &day);
    let ask = if facts.hotline.is_empty() {
        say("ask_come", &[("office", &facts.office)])
    } else {
        let key = if facts.hotline_hours.is_empty() { "ask_how" } else { "ask_how_hours" };
        let hours = ("hours", facts.hotline_hours.as_str());
        say(key, &[("hotline", &facts.hotline), hours, ("office", &facts.office)])
    };
    sheet.labelled(&say("ask", &[]), BESIDE_LABEL_MM, &ask);
    sheet.labelled(&say("free", &[]), BESIDE_LABEL_MM, &say("free_rest", &[]));
    sheet.gap(1.0);
    sheet.rule();
    if let Some(contact) = &facts.contact {
        sheet.text(Face::Regular, SMALLEST_PT, &say("news", &[("contact", contact)]));
    }
    // One line together: with a line of its own a copy would need a second page.
    let [first, second] = &facts.words;
    let words = say("two_words", &[("first", first), ("second", second)]);
    sheet.text(Face::Regular, SMALLEST_PT, &format!("{} {words}", say("officer", &[("officer", &facts.officer)])));
    sheet.text(Face::Regular, SMALLEST_PT, &say("lapor", &[]));
    sheet.text(Face::Regular, SMALLEST_PT, &say("not_identity", &[]));
}
