//! Names: as they stand on a document, or given for the first time (Permendagri 73/2022; domain.md 3.6).

use crate::finding::Strength::{Check, Error};
use crate::nik::Note;

/// Most letters of a new name, spaces included (Permendagri 73/2022, Ps. 4(2)).
pub const NEW_MAX: usize = 60;
/// Most letters kept of an existing name: older and foreign documents are longer than today's rule.
pub const EXISTING_MAX: usize = 100;
const TITLES: [&str; 14] = ["h", "hj", "kh", "dr", "drs", "dra", "ir", "prof", "sh", "se", "spd", "st", "mpd", "msi"];

/// Spaces trimmed and collapsed.
#[must_use]
pub fn tidy(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Everything there is to say about the name of a person already registered.
#[must_use]
pub fn inspect_existing(text: &str) -> Vec<Note> {
    let name = tidy(text);
    if name.is_empty() {
        return vec![(Error, "required", vec![])];
    }
    if name.chars().count() > EXISTING_MAX {
        return vec![(Error, "name_too_long", vec![("max", EXISTING_MAX.to_string())])];
    }
    if name.chars().any(|c| c.is_numeric() || c.is_control()) {
        return vec![(Check, "name_digits", vec![])];
    }
    vec![]
}

/// Everything there is to say about a name given for the first time.
#[must_use]
pub fn inspect_new(text: &str) -> Vec<Note> {
    let name = tidy(text);
    if name.is_empty() {
        return vec![(Error, "required", vec![])];
    }
    let mut notes = Vec::new();
    if name.chars().count() > NEW_MAX {
        notes.push((Error, "new_name_too_long", vec![]));
    }
    if !name.chars().all(|c| c == ' ' || c.is_ascii_alphabetic()) {
        notes.push((Error, "new_name_letters", vec![]));
    }
    let words: Vec<String> = name.split(' ').map(|w| w.trim_matches('.').to_lowercase()).collect();
    if words.first().is_some_and(|w| TITLES.contains(&w.as_str()))
        || words.last().is_some_and(|w| words.len() > 1 && TITLES[8..].contains(&w.as_str()))
    {
        notes.push((Check, "new_name_title", vec![]));
    }
    if words.len() == 1 {
        notes.push((Check, "new_name_one_word", vec![]));
    }
    notes
}
