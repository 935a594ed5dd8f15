//! Indonesian phone numbers, by libphonenumber's metadata (domain.md 3.4). Kept as E.164.

use crate::finding::Strength::{Check, Error};
use crate::nik::Note;
use phonenumber::country::Id;
use std::fmt;

/// An Indonesian number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phone {
    e164: String,
    /// Can receive WhatsApp.
    pub mobile: bool,
}

/// Reads a number typed in any usual way; without a country it is Indonesian.
///
/// # Errors
/// `phone_letters`, `phone_foreign`, `phone_unknown`.
pub fn parse(text: &str) -> Result<Phone, Note> {
    let trimmed = text.trim();
    if trimmed.chars().any(char::is_alphabetic) {
        return Err((Error, "phone_letters", vec![]));
    }
    let digits: String = trimmed.chars().filter(char::is_ascii_digit).collect();
    // 62… without the plus is how many people write it.
    let text =
        if !trimmed.starts_with('+') && digits.starts_with("62") { format!("+{digits}") } else { trimmed.to_owned() };
    let unknown = || (Error, "phone_unknown", vec![]);
    let number = phonenumber::parse(Some(Id::ID), &text).map_err(|_| unknown())?;
    if number.code().value() != 62 {
        return Err((Error, "phone_foreign", vec![]));
    }
    let national = number.national().value().to_string();
    let mobile = national.starts_with('8');
    // Subscriber numbers have 10 to 13 digits with the leading 0 (mobile), fixed lines 9 to 12.
    let fits = if mobile {
        (9..=12).contains(&national.len())
    } else {
        (8..=11).contains(&national.len()) && !national.starts_with('1')
    };
    if !fits || !(mobile || phonenumber::is_valid(&number)) {
        return Err(unknown());
    }
    Ok(Phone { e164: format!("+62{national}"), mobile })
}

/// Everything there is to say about `text` as a phone number.
#[must_use]
pub fn inspect(text: &str) -> Vec<Note> {
    match parse(text) {
        Err(note) => vec![note],
        Ok(_) if text.trim().replace([' ', '-'], "").starts_with("+620") => vec![(Check, "phone_extra_zero", vec![])],
        Ok(_) => vec![],
    }
}

impl fmt::Display for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.e164)
    }
}
