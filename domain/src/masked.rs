//! What nobody is shown until they say why: how it reads until then, for which purposes it is seen, for how long, and of how
//! many people in a day (security.md T3, domain.md 4.8).

use crate::catalogue::{Field, FieldKind};

/// Why an answer is masked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// NIK and KK number: they name one person anywhere.
    Number,
    /// Health, disability, cause of death (`sensitive` in the catalogue), and the mark of a consent: strokes, signature or
    /// thumbprint (UU 24/2013, article 84).
    Highest,
}

/// Who looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// A counter, where the resident stands.
    Counter,
    /// The Dinas.
    District,
}

/// What one person may see of a class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// Purposes; the first is what nearly always holds. No other one is written down, and nothing is shown without one.
    pub purposes: &'static [&'static str],
    /// Files and residents in one day; the same one again is none more.
    pub a_day: usize,
    /// After so many seconds it is masked again.
    pub shown_s: u32,
}

/// Requirement whose paper is the mark of a consent.
pub const MARK: &str = "consent";

/// As long as a screen waits until it locks (security.md 2.3): long enough to compare a whole application.
const NUMBERS_S: u32 = 300;
/// Long enough to read one answer, and not to leave it standing.
const HIGHEST_S: u32 = 60;
/// What counts as a purpose for the highest class, at either place; none of them is chosen beforehand.
const NEEDED: &[&str] = &["needed_now", "resident_asked", "law_asked"];

impl Class {
    /// Its name in records, on the wire and in texts.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Class::Number => "number",
            Class::Highest => "highest",
        }
    }

    /// What one person may see of it.
    #[must_use]
    pub fn rules(self, place: Place) -> Rules {
        match (self, place) {
            // Some 30 events a day at a counter (protocol, load): twice that is a day nobody works.
            (Class::Number, Place::Counter) => {
                Rules { purposes: &["serving", "correction", "complaint"], a_day: 60, shown_s: NUMBERS_S }
            }
            // Seven hours of two minutes for each application.
            (Class::Number, Place::District) => {
                Rules { purposes: &["siak", "correction", "complaint", "request"], a_day: 200, shown_s: NUMBERS_S }
            }
            // Deaths, and families with somebody disabled: a few a day in a village, some dozens in a district.
            (Class::Highest, Place::Counter) => Rules { purposes: NEEDED, a_day: 10, shown_s: HIGHEST_S },
            (Class::Highest, Place::District) => Rules { purposes: NEEDED, a_day: 60, shown_s: HIGHEST_S },
        }
    }

    /// How an answer in words reads until somebody says why: of a number the first four and the last four digits, of the
    /// rest nothing, not even how long it is. An empty answer stays empty: that nothing was said is no secret.
    #[must_use]
    pub fn masked(self, answer: &str) -> String {
        match self {
            _ if answer.is_empty() => String::new(),
            Class::Number => number(answer),
            Class::Highest => "••••".into(),
        }
    }
}

/// The class of a question; none for most.
#[must_use]
pub fn class(field: &Field) -> Option<Class> {
    let number = matches!(field.kind, FieldKind::Nik | FieldKind::Kk);
    if field.sensitive { Some(Class::Highest) } else { number.then_some(Class::Number) }
}

/// `6305••••••••9901`, however it was grouped.
fn number(answer: &str) -> String {
    let digits: String = answer.chars().filter(|c| !c.is_whitespace()).collect();
    if digits.len() < 16 || !digits.is_ascii() {
        return "••••".into();
    }
    format!("{}••••••••{}", &digits[..4], &digits[digits.len() - 4..])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Catalogue;

    #[test]
    fn a_masked_number_shows_eight_digits_and_whatever_is_shorter_none() {
        assert_eq!(Class::Number.masked("6305044107489901"), "6305••••••••9901");
        assert_eq!(Class::Number.masked("6305 0441 0748 9901"), "6305••••••••9901");
        for short in ["630504410748990", "x", "６３０５０４４１０７４８９９０１"] {
            assert_eq!(Class::Number.masked(short), "••••", "{short}");
        }
        assert_eq!(Class::Highest.masked("Sakit biasa / tua"), Class::Highest.masked("Lain"), "nor how long it is");
        assert!([Class::Number, Class::Highest].iter().all(|c| c.masked("").is_empty()));
    }

    #[test]
    fn every_number_health_and_cause_of_death_in_the_catalogue_has_a_class() {
        let fields = || Catalogue::embedded().services.iter().flat_map(|s| &s.sections).flat_map(|s| &s.fields);
        for field in fields() {
            let path = field.path.as_str();
            let number = [".nik", ".kk"].iter().any(|end| path.ends_with(end));
            let highest = ["disability", "impairment", "deceased.cause"].iter().any(|end| path.ends_with(end));
            let wanted = if highest { Some(Class::Highest) } else { number.then_some(Class::Number) };
            assert!(wanted.is_none() || class(field) == wanted, "{path}: {:?}", class(field));
        }
        assert!(
            fields().any(|f| class(f) == Some(Class::Number)) && fields().any(|f| class(f) == Some(Class::Highest))
        );
    }

    #[test]
    fn the_highest_class_has_purposes_of_its_own_and_is_seen_shorter_and_less_often() {
        for place in [Place::Counter, Place::District] {
            let (numbers, highest) = (Class::Number.rules(place), Class::Highest.rules(place));
            assert!(highest.a_day < numbers.a_day && highest.shown_s < numbers.shown_s);
            assert!(highest.purposes.iter().all(|p| !numbers.purposes.contains(p)));
        }
    }
}
