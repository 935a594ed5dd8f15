//! The slip of a complaint: its number, by when an answer comes, how it is followed, and the way outside the office.

use super::code;
use super::head::{Head, head};
use super::layout::{Face, Layout, PaperSize};
use super::receipt::Clock;
use super::sheet::{BODY_PT, SMALLEST_PT, Sheet};
use super::words::say;
use serde::{Deserialize, Serialize};

/// Where sentences beside TENTANG and the others begin, in mm.
const BESIDE_LABEL_MM: f32 = 31.0;

/// Everything on the slip. Neither the resident's words nor their name.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ComplaintFacts {
    /// `Kantor Desa Binuang`.
    pub office: String,
    /// `Dinas Dukcapil Kabupaten Tapin`.
    pub agency: String,
    /// Its number, e.g. `K7F-0417-N`.
    pub number: String,
    /// The number as it is read aloud; empty when there is no spoken form.
    pub spoken: String,
    /// The two words that open it beside its number.
    pub words: [String; 2],
    /// What it is about, in one line; of one that went past the counter only that.
    pub topic: String,
    /// `Senin, 30 November 2026`.
    pub due: String,
    /// Address of the families' pages; empty when there are none.
    pub site: String,
    /// Officer at the counter.
    pub officer: String,
    /// `Rabu, 5 Agustus 2026, 10.14 WITA`.
    pub received: String,
    /// Whether that time can be believed.
    pub clock: Clock,
    /// Made-up sample data.
    pub sample: bool,
}

/// Sets the slip.
#[must_use]
pub fn complaint_slip(facts: &ComplaintFacts, size: PaperSize) -> Layout {
    let mut sheet = Sheet::new(&format!("{} {}", say("complaint_title", &[]), facts.number), size);
    let top = Head {
        title: "complaint_title",
        office: &facts.office,
        received: &facts.received,
        clock: facts.clock,
        number: &facts.number,
        spoken: &facts.spoken,
        copy: 0,
        sample: facts.sample,
    };
    head(&mut sheet, &top, code::of_number(&facts.number));
    let [first, second] = &facts.words;
    sheet.text(Face::Bold, BODY_PT, &say("two_words", &[("first", first), ("second", second)]));
    sheet.gap(1.0);
    sheet.rule();
    let follow = if facts.site.is_empty() {
        say("complaint_follow", &[("office", &facts.office)])
    } else {
        let site = facts.site.trim_end_matches('/').trim_start_matches("https://").trim_start_matches("http://");
        say("complaint_follow_site", &[("site", site), ("office", &facts.office)])
    };
    for (label, words) in [
        ("complaint_topic", facts.topic.clone()),
        ("complaint_answer", say("complaint_due", &[("agency", &facts.agency), ("day", &facts.due)])),
        ("complaint_see", follow),
        ("free", say("free_rest", &[])),
        ("complaint_outside", say("complaint_lapor", &[])),
    ] {
        sheet.labelled(&say(label, &[]), BESIDE_LABEL_MM, &words);
        sheet.gap(1.0);
    }
    sheet.rule();
    sheet.text(Face::Regular, SMALLEST_PT, &say("officer", &[("officer", &facts.officer)]));
    sheet.finish(|page, pages| (pages > 1).then(|| format!("{page}/{pages}")))
}
