//! What a receipt's QR proves, and what it does not. The district's page says the same in the browser
//! (`district/pages/verdict.js`): both are held to `tests/vectors/verdicts.json`.

use crate::receipt_token::{Claims, TokenProblem, claimed_district, from_text, verify};
use jukung_domain::number::Number;

/// Whom to believe.
#[derive(Debug, Clone, Default)]
pub struct Trust {
    /// Public keys of the district, the newest first.
    pub keys: Vec<[u8; 32]>,
    /// Its regency's code, e.g. 6305.
    pub district: i64,
    /// Public keys of computers that were reported lost.
    pub lost: Vec<[u8; 32]>,
}

/// The three things that can be said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ruling {
    /// A counter of this district made it, and nothing in the QR was changed since.
    Genuine,
    /// It says something that is not so.
    NotGenuine,
    /// Neither can be known from the QR alone.
    Unsure,
}

impl Ruling {
    /// Stable code; the sentence is `verify.<code>`.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Ruling::Genuine => "genuine",
            Ruling::NotGenuine => "not_genuine",
            Ruling::Unsure => "unsure",
        }
    }
}

/// What is said of one receipt, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// What is said.
    pub ruling: Ruling,
    /// Why: the sentence is `verify.why.<reason>`.
    pub reason: &'static str,
    /// What the receipt says about itself, where a counter of this district signed it.
    pub claims: Option<Claims>,
    /// The registration number that was given instead of a QR's content.
    pub number: Option<String>,
}

fn unsure(reason: &'static str) -> Verdict {
    Verdict { ruling: Ruling::Unsure, reason, claims: None, number: None }
}

fn not_genuine(reason: &'static str) -> Verdict {
    Verdict { ruling: Ruling::NotGenuine, reason, claims: None, number: None }
}

/// Judges what was pasted or read from a picture: an address, a token alone, or something else.
#[must_use]
pub fn judge(text: &str, trust: &Trust) -> Verdict {
    if let Ok(number) = Number::parse(text) {
        // A receipt without a token: anybody can write down a number.
        return Verdict { number: Some(number.to_string()), ..unsure("number_only") };
    }
    let Ok(token) = from_text(text) else { return unsure("unreadable") };
    let (claims, device) = match verify(&trust.keys, &token) {
        Ok(known) => known,
        // A QR that was read wrong and one that was made wrong look alike.
        Err(TokenProblem::Unreadable) => return unsure("unreadable"),
        Err(TokenProblem::Changed) => return not_genuine("changed"),
        // The clock of the counter, or somebody with an old key: nobody can tell from here.
        Err(TokenProblem::OutOfDate) => return unsure("out_of_date"),
        Err(TokenProblem::UnknownDistrict) if claimed_district(&token) == Some(trust.district) => {
            return not_genuine("not_by_district");
        }
        Err(TokenProblem::UnknownDistrict) => return unsure("other_district"),
    };
    if !claims.office.to_string().starts_with(&device.district.to_string()) {
        return not_genuine("office_elsewhere");
    }
    let said = Verdict { ruling: Ruling::Genuine, reason: "signed", claims: Some(claims), number: None };
    if trust.lost.contains(&device.key) {
        // Whoever holds that computer can sign with any date.
        return Verdict { ruling: Ruling::Unsure, reason: "lost", ..said };
    }
    said
}
