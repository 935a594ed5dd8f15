//! A complaint: what it is about, who hears of it, and how long the Dinas has for an answer (domain.md 4.7).

use crate::calendar::working_days_after;
use crate::wire::DistrictSettings;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// What complaints are about, in the order of the form (ux.md S14).
pub const KINDS: [&str; 6] = ["too_slow", "wrong_data", "money", "officer", "access", "other"];
/// Longest story, in characters: two written pages.
pub const WORDS_MAX: usize = 4_000;
/// Longest name or contact, in characters.
pub const SHORT_MAX: usize = 100;
/// Working days for an answer where the district sets none: SP4N-LAPOR! gives an agency five.
pub const DAYS: u16 = 5;
/// Days of silence after an answer until a complaint counts as settled: SP4N-LAPOR! closes after ten.
pub const SILENCE_DAYS: i64 = 10;
const DAY_MS: i64 = 86_400_000;

/// Payload of `complaint.create/1`. Of a sealed one, only number and sealed bytes travel and are kept readable.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Complaint {
    /// Its number, of the same kind as an application's.
    pub n: String,
    /// One of [`KINDS`]; empty when sealed.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub kind: String,
    /// Number of the application it is about; empty when it is about none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub about: String,
    /// Who complains; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Where the answer goes, as E.164 or e-mail; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub contact: String,
    /// The story in the resident's own words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub words: String,
    /// All of the above sealed to the district (age, base64); empty for one that the counter may read.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub sealed: String,
    /// Last day for an answer as a counter's paper promises it, `YYYY-MM-DD`; empty where the Dinas itself files.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub due: String,
}

/// Payload of `st.complaint/1`: one step of a complaint, as its counter is told.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Stepped {
    /// Number of the step, dense from 1.
    pub n: i64,
    /// `answer`, `settled`, `reopened`.
    pub w: String,
    /// Its words; empty for a complaint that went past the counter.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub t: String,
}

/// Where a step leads; nothing for a word that is no step.
#[must_use]
pub fn state_after(step: &str) -> Option<&'static str> {
    match step {
        "answer" => Some("answered"),
        "settled" => Some("closed"),
        "reopened" => Some("reopened"),
        _ => None,
    }
}

/// State as it is told, from where it has stood since `changed` (ms): an answer that nobody objected to for
/// [`SILENCE_DAYS`] has settled it.
#[must_use]
pub fn told(state: &str, changed: i64, now: i64) -> &str {
    let silent = state == "answered" && now - changed > SILENCE_DAYS * DAY_MS;
    if silent { "closed" } else { state }
}

/// Last day for an answer to a complaint taken on `from`, by the district's standard. Of a sealed one (`kind` empty)
/// the longer standard of the two that go past the counter: nobody knows here which it is.
#[must_use]
pub fn due(kind: &str, from: Date, settings: &DistrictSettings) -> Date {
    let of = |kind: &str| settings.complaint_days.get(kind).copied().unwrap_or(DAYS);
    let days = if kind.is_empty() { of("money").max(of("officer")) } else { of(kind) };
    working_days_after(from, days, &settings.holidays)
}

/// Whether a complaint goes past the counter: it may be about the very people who would read it.
#[must_use]
pub fn past_the_counter(kind: &str) -> bool {
    matches!(kind, "money" | "officer")
}

/// What is wrong with a complaint, as the code of a problem; nothing when it can be taken.
#[must_use]
pub fn wrong(complaint: &Complaint) -> Option<&'static str> {
    let long = |text: &str, most: usize| text.chars().count() > most;
    if !KINDS.contains(&complaint.kind.as_str()) {
        return Some("complaint_kind");
    }
    if complaint.words.trim().is_empty() {
        return Some("complaint_words");
    }
    let short = [&complaint.name, &complaint.contact, &complaint.about];
    (long(&complaint.words, WORDS_MAX) || short.iter().any(|t| long(t, SHORT_MAX))).then_some("complaint_long")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_complaint_needs_a_kind_and_words_and_is_not_endless() {
        let good = Complaint { kind: "too_slow".into(), words: "Sudah sebulan.".into(), ..Complaint::default() };
        assert_eq!(wrong(&good), None);
        assert_eq!(wrong(&Complaint { kind: "x".into(), ..good.clone() }), Some("complaint_kind"));
        assert_eq!(wrong(&Complaint { words: "  ".into(), ..good.clone() }), Some("complaint_words"));
        assert_eq!(wrong(&Complaint { name: "a".repeat(101), ..good }), Some("complaint_long"));
    }
}
