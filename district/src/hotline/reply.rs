//! What somebody who writes to the hotline wants: read by rule, in words that people use.

use jukung_domain::number::Number;

/// What a message asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wish {
    /// Where the application with this number stands.
    Status(String),
    /// A complaint of this kind with its story.
    Complaint(&'static str, String),
    /// A complaint without a story: how to write one is told.
    EmptyComplaint,
    /// A person at the desk.
    Person,
    /// None of these.
    Unclear,
}

/// Words with which a complaint begins.
const COMPLAINT: [&str; 5] = ["pengaduan", "aduan", "mengadu", "lapor", "komplain"];
/// Words in which a person is asked for.
const PERSON: [&str; 4] = ["petugas", "orang", "manusia", "bicara"];
/// Words by which a complaint is about money.
const MONEY: [&str; 6] = ["bayar", "membayar", "uang", "pungli", "dipungut", "biaya"];
/// Words by which a complaint is about an officer.
const OFFICER: [&str; 3] = ["petugas", "pegawai", "loket"];

/// Reads a message.
#[must_use]
pub fn wish(text: &str) -> Wish {
    let lower = text.to_lowercase();
    let words: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).collect();
    if words.first().is_some_and(|w| COMPLAINT.contains(w)) {
        let story = text.trim_start().split_once(char::is_whitespace).map_or("", |(_, rest)| rest.trim());
        let story = story.trim_start_matches([':', '-', ',']).trim();
        if story.is_empty() {
            return Wish::EmptyComplaint;
        }
        let about = |list: &[&str]| words.iter().skip(1).any(|w| list.contains(w));
        let kind = if about(&MONEY) {
            "money"
        } else if about(&OFFICER) {
            "officer"
        } else {
            "other"
        };
        return Wish::Complaint(kind, story.to_owned());
    }
    if let Some(number) = number(text) {
        return Wish::Status(number);
    }
    if words.iter().any(|w| PERSON.contains(w)) {
        return Wish::Person;
    }
    Wish::Unclear
}

/// The first registration number in a text, written in one piece or in up to three.
fn number(text: &str) -> Option<String> {
    let pieces: Vec<&str> = text.split_whitespace().map(|p| p.trim_matches([',', '.', ':', ';', '?', '!'])).collect();
    (1..=3).find_map(|many| {
        pieces.windows(many).find_map(|window| Number::parse(&window.join("-")).ok().map(|n| n.to_string()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_found_however_it_is_written() {
        let number = Number::new("K7F", 417).expect("in range").to_string();
        for text in [
            format!("status {number} sungai perahu"),
            format!("{} sungai perahu", number.to_lowercase()),
            format!("Assalamualaikum, nomor saya {}.", number.replace('-', " ")),
        ] {
            assert_eq!(wish(&text), Wish::Status(number.clone()), "{text}");
        }
    }

    #[test]
    fn complaints_are_told_apart_by_what_they_are_about() {
        assert_eq!(wish("Pengaduan: diminta uang 50 ribu"), Wish::Complaint("money", "diminta uang 50 ribu".into()));
        assert_eq!(wish("lapor pegawai tidak sopan"), Wish::Complaint("officer", "pegawai tidak sopan".into()));
        assert_eq!(wish("PENGADUAN sudah lama sekali"), Wish::Complaint("other", "sudah lama sekali".into()));
        assert_eq!(wish("pengaduan"), Wish::EmptyComplaint);
    }

    #[test]
    fn a_person_is_asked_for_in_plain_words() {
        assert_eq!(wish("mau bicara dengan petugas"), Wish::Person);
        assert_eq!(wish("halo"), Wish::Unclear);
        assert_eq!(wish(""), Wish::Unclear);
    }
}
