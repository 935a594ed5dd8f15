//! Delivery: documents packed into runs (an officer's tour) and bags (PT Pos, subdistrict, village), what becomes of each, and
//! the papers that go with them. What a family and a counter hear of it are the application's own events (decision 0025).

pub mod carry;
pub mod document;
pub mod handed;
pub mod label;
pub mod lists;
pub mod manifest;
pub mod pack;
mod photo;
pub mod routes;
pub mod run;
pub mod tracking;

use jukung_domain::problem::Problem;
use jukung_domain::texts::say;

/// Documents in one run: what one person carries in a day, and twelve pages of a manifest.
pub const ITEMS_MAX: usize = 60;
/// Attempts before a document waits at the post office or with the village head (Banjarnegara's practice, peers.md).
pub const ATTEMPTS_MAX: i64 = 2;
/// Most that PT Pos may collect for a letter, in rupiah: ten times the 10,000 of Banjarnegara (domain.md 4.5).
pub const COD_MAX: i64 = 100_000;
/// Documents on one list: three full runs; the oldest come first, so nothing is hidden for good.
const SHOWN_MAX: i64 = 200;
/// Time zone of days that belong to no single office.
pub(crate) const ZONE: &str = "WITA";

/// How a run travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// An officer's tour from door to door.
    Officer,
    /// A bag handed to PT Pos.
    Post,
    /// A bag to a subdistrict's office.
    Subdistrict,
    /// A bag to a village's office.
    Village,
}

impl Way {
    /// In the order of the page.
    pub const ALL: [Way; 4] = [Way::Officer, Way::Post, Way::Subdistrict, Way::Village];

    /// The key of `delivery_method` in the catalogue.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Way::Officer => "officer",
            Way::Post => "post",
            Way::Subdistrict => "district",
            Way::Village => "village",
        }
    }

    /// The way of this key; nothing for those that nobody carries (collected at the Dinas, electronic).
    #[must_use]
    pub fn from_code(code: &str) -> Option<Way> {
        Way::ALL.into_iter().find(|way| way.code() == code)
    }

    /// First letter of a run's number.
    fn letter(self) -> char {
        match self {
            Way::Officer => 'T',
            Way::Post => 'P',
            Way::Subdistrict => 'K',
            Way::Village => 'D',
        }
    }

    /// Working days after which it should have arrived: a tour is a day's work and may need a second try; Balikpapan's post
    /// takes up to seven (domain.md 2.4); a bag goes with the next car of the week.
    fn days(self) -> u16 {
        match self {
            Way::Officer => 2,
            Way::Post => 7,
            Way::Subdistrict | Way::Village => 5,
        }
    }

    /// It goes to one place and is collected there, instead of from door to door.
    #[must_use]
    pub fn is_bag_to_a_place(self) -> bool {
        matches!(self, Way::Subdistrict | Way::Village)
    }

    /// Its name in words.
    #[must_use]
    pub fn name(self) -> String {
        say(&format!("run.way.{}", self.code()), &[])
    }
}

/// What stands in the database is one of ours.
fn way_of(code: &str) -> Result<Way, Problem> {
    Way::from_code(code).ok_or_else(|| Problem::new("internal").with("at", "run.way"))
}

/// `Rp10.000`.
#[must_use]
pub fn rupiah(amount: i64) -> String {
    let digits = amount.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push('.');
        }
        out.push(digit);
    }
    format!("Rp{out}")
}

/// Name of the place a code means: an office of a village or subdistrict; the code itself where no table knows it.
#[must_use]
pub fn place_name(code: &str) -> String {
    if code.is_empty() {
        return String::new();
    }
    crate::enrol::card_of(code).map_or_else(|_| code.to_owned(), |card| card.name)
}

#[cfg(test)]
mod tests {
    use super::rupiah;

    #[test]
    fn rupiah_are_divided_by_thousands() {
        assert_eq!([0, 500, 10_000, 1_250_000].map(rupiah), ["Rp0", "Rp500", "Rp10.000", "Rp1.250.000"]);
    }
}
