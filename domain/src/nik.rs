//! Nomor Induk Kependudukan: `PP KK CC DDMMYY SSSS`, day + 40 for women, no check digit (domain.md 3.1).

use crate::date::{CalendarDate, Precision};
use crate::finding::Strength::{self, Check, Error};
use crate::region::Regions;
use jiff::civil::Date;
use std::fmt;

/// Digits in a NIK and in a KK number.
pub const DIGITS: usize = 16;

/// Something noticed about a single value: strength, code and values for the sentence.
pub type Note = (Strength, &'static str, Vec<(&'static str, String)>);

/// A NIK that is possible: 16 digits, a province, a day that exists in some century, a serial.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Nik(String);

impl Nik {
    /// Reads a NIK; spaces, dots and dashes are forgiven, other digits than ASCII are not.
    ///
    /// # Errors
    /// The first thing that makes it impossible, as a note of strength error.
    pub fn parse(text: &str) -> Result<Nik, Note> {
        let digits = sixteen(text, "nik")?;
        if !Regions::is_province(&digits[..2]) {
            return Err((Error, "nik_province", vec![]));
        }
        let n = |a: usize| digits[a..a + 2].parse::<i8>().unwrap_or(0);
        let (day, month, year) = (n(6), n(8), n(10));
        let day = if day > 40 { day - 40 } else { day };
        let exists = [1900, 2000].iter().any(|c| Date::new(c + i16::from(year), month, day).is_ok());
        if !exists {
            return Err((Error, "nik_date", vec![]));
        }
        if &digits[12..] == "0000" {
            return Err((Error, "nik_serial", vec![]));
        }
        Ok(Nik(digits))
    }

    /// Everything there is to say about `text` as a NIK.
    #[must_use]
    pub fn inspect(text: &str, regions: &Regions) -> Vec<Note> {
        match Nik::parse(text) {
            Err(note) => vec![note],
            Ok(nik) if !regions.has_district(&nik.0[..6]) => vec![(Check, "nik_region", vec![])],
            Ok(_) => vec![],
        }
    }

    /// Whether the NIK could have been given to someone born on `birth`: only what is known of the date is compared, and
    /// the century is never inferred.
    #[must_use]
    pub fn fits_birth(&self, birth: &CalendarDate) -> bool {
        let date = birth.date;
        let day = i16::from(date.day());
        let same_year = self.0[10..12] == format!("{:02}", date.year().rem_euclid(100));
        let same_month = self.0[8..10] == format!("{:02}", date.month());
        let same_day = [day, day + 40].contains(&self.0[6..8].parse().unwrap_or(0));
        match birth.precision {
            Precision::Exact => same_year && same_month && same_day,
            Precision::DayUnknown => same_year && same_month,
            Precision::DayAndMonthUnknown => same_year,
        }
    }

    /// The later of the two birth dates it could mean, if that is not ahead of `today`: for asking again, never for a
    /// decision, for the century is not in it.
    #[must_use]
    pub fn youngest_birth(&self, today: Date) -> Option<Date> {
        let n = |a: usize| self.0[a..a + 2].parse::<i8>().unwrap_or(0);
        let day = if n(6) > 40 { n(6) - 40 } else { n(6) };
        Date::new(2000 + i16::from(n(10)), n(8), day).ok().filter(|birth| *birth <= today)
    }

    /// Whether the day says woman (41–71).
    #[must_use]
    pub fn says_woman(&self) -> bool {
        &self.0[6..8] > "40"
    }
}

impl fmt::Display for Nik {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Sixteen ASCII digits after forgiving spaces, dots and dashes; `what` is `nik` or `kk`.
pub(crate) fn sixteen(text: &str, what: &str) -> Result<String, Note> {
    let bare: String = text.chars().filter(|c| !matches!(c, ' ' | '.' | '-')).collect();
    let (digits, length, same) = match what {
        "kk" => ("kk_digits", "kk_length", "kk_same"),
        _ => ("nik_digits", "nik_length", "nik_same"),
    };
    if bare.is_empty() {
        return Err((Error, "required", vec![]));
    }
    if !bare.bytes().all(|b| b.is_ascii_digit()) {
        return Err((Error, digits, vec![]));
    }
    if bare.len() != DIGITS {
        return Err((Error, length, vec![("n", bare.len().to_string())]));
    }
    if bare.bytes().all(|b| b == bare.as_bytes()[0]) {
        return Err((Error, same, vec![]));
    }
    Ok(bare)
}
