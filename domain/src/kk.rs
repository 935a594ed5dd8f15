//! Nomor Kartu Keluarga: district of issue, day of recording, family serial (domain.md 3.2).

use crate::finding::Strength::{Check, Error};
use crate::nik::{Note, sixteen};
use crate::region::Regions;
use jiff::civil::Date;

/// Reads a KK number.
///
/// # Errors
/// The first thing that makes it impossible.
pub fn parse(text: &str) -> Result<String, Note> {
    let digits = sixteen(text, "kk")?;
    if !Regions::is_province(&digits[..2]) {
        return Err((Error, "kk_province", vec![]));
    }
    Ok(digits)
}

/// Everything there is to say about `text` as a KK number. Date and serial are only "check again": the structure is
/// administrative and less documented.
#[must_use]
pub fn inspect(text: &str, today: Date) -> Vec<Note> {
    let digits = match parse(text) {
        Ok(digits) => digits,
        Err(note) => return vec![note],
    };
    let n = |a: usize| digits[a..a + 2].parse::<i8>().unwrap_or(0);
    let (day, month, year) = (n(6), n(8), n(10));
    let mut notes = Vec::new();
    if (41..=71).contains(&day) {
        notes.push((Check, "kk_looks_like_nik", vec![]));
    } else {
        // Family cards are recorded since the 1990s; a two-digit year above today's is then a future one.
        let recorded = [1900, 2000]
            .iter()
            .filter_map(|c| Date::new(c + i16::from(year), month, day).ok())
            .find(|d| d.year() >= 2000);
        match recorded {
            None => notes.push((Check, "kk_date", vec![])),
            Some(date) if date > today => notes.push((Check, "kk_future", vec![])),
            Some(_) => {}
        }
    }
    if &digits[12..] == "0000" {
        notes.push((Check, "kk_serial", vec![]));
    }
    notes
}
