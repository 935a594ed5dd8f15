//! E-mail addresses as families write them (RFC 5321 4.1.2, without quoted names): what a Dinas's mail server takes.

use crate::finding::Strength::{Check, Error};
use crate::nik::Note;
use std::fmt;

/// Longest address (RFC 5321 4.5.3.1.3: a path of 256 with its brackets).
pub const CHARS_MAX: usize = 254;
/// Longest part before the `@` (RFC 5321 4.5.3.1.1), and longest label behind it (RFC 1035).
const PART_MAX: usize = 64;
const LABEL_MAX: usize = 63;
/// Slips of the hand in what most people have; the right one is told, the typed one may stay.
const SLIPS: [(&str, &str); 8] = [
    ("gmail.co", "gmail.com"),
    ("gmail.con", "gmail.com"),
    ("gmail.co.id", "gmail.com"),
    ("gmial.com", "gmail.com"),
    ("gmai.com", "gmail.com"),
    ("gamil.com", "gmail.com"),
    ("yaho.com", "yahoo.com"),
    ("yahoo.con", "yahoo.com"),
];

/// An address; what stands behind the `@` is in small letters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Email(String);

/// Reads an address.
///
/// # Errors
/// `email_shape`.
pub fn parse(text: &str) -> Result<Email, Note> {
    let text = text.trim();
    let wrong = || (Error, "email_shape", vec![]);
    let (name, domain) = text.rsplit_once('@').ok_or_else(wrong)?;
    let atom = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c);
    let named = name.len() <= PART_MAX && name.split('.').all(|part| !part.is_empty() && part.chars().all(atom));
    let label = |l: &str| {
        (1..=LABEL_MAX).contains(&l.len())
            && l.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
            && !l.starts_with('-')
            && !l.ends_with('-')
    };
    let last = domain.rsplit('.').next().unwrap_or_default();
    let placed = domain.contains('.') && domain.split('.').all(label) && last.chars().any(|c| c.is_ascii_alphabetic());
    if named && placed && text.len() <= CHARS_MAX {
        return Ok(Email(format!("{name}@{}", domain.to_ascii_lowercase())));
    }
    Err(wrong())
}

/// Everything there is to say about `text` as an e-mail address.
#[must_use]
pub fn inspect(text: &str) -> Vec<Note> {
    let email = match parse(text) {
        Ok(email) => email,
        Err(note) => return vec![note],
    };
    let domain = email.0.rsplit('@').next().unwrap_or_default();
    let meant = SLIPS.iter().find(|(slip, _)| *slip == domain);
    meant.map(|(_, right)| (Check, "email_slip", vec![("meant", (*right).to_owned())])).into_iter().collect()
}

/// An address as officers see it in a list: `r•••@contoh.id`.
#[must_use]
pub fn shortened(text: &str) -> String {
    let (name, domain) = text.rsplit_once('@').unwrap_or((text, ""));
    format!("{}•••@{domain}", name.chars().take(1).collect::<String>())
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usual_addresses_are_taken_and_their_domain_is_small() {
        for (typed, kept) in [
            ("rizal@contoh.id", "rizal@contoh.id"),
            (" Rizal.Contoh+ktp@Surel.Contoh.ID ", "Rizal.Contoh+ktp@surel.contoh.id"),
            ("a@b-c.co.id", "a@b-c.co.id"),
        ] {
            assert_eq!(parse(typed).map(|e| e.to_string()), Ok(kept.to_owned()));
            assert_eq!(inspect(typed), vec![]);
        }
    }

    #[test]
    fn what_no_server_takes_or_that_hides_a_second_line_is_refused() {
        let long = format!("{}@contoh.id", "a".repeat(65));
        for typed in [
            "",
            "rizal",
            "@contoh.id",
            "rizal@",
            "rizal@contoh",
            "rizal@.id",
            "rizal@-a.id",
            "ri zal@contoh.id",
            "rizal..a@contoh.id",
            ".rizal@contoh.id",
            "a@b@contoh.id",
            "rizal@contoh.id\r\nRCPT TO:<x@y.id>",
            "rizal@10.0.0.1",
            "<rizal@contoh.id>",
            "rizäl@contoh.id",
            long.as_str(),
        ] {
            assert!(parse(typed).is_err(), "{typed}");
        }
    }

    #[test]
    fn a_slip_of_the_hand_is_looked_at_again() {
        assert_eq!(inspect("rizal@gmial.com"), vec![(Check, "email_slip", vec![("meant", "gmail.com".to_owned())])]);
        assert_eq!(shortened("rizal@contoh.id"), "r•••@contoh.id");
    }
}
