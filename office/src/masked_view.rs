//! What the window is shown of answers that are masked until somebody says why.

use crate::view::QueueRow;
use jukung_domain::application::Fields;
use serde::{Deserialize, Serialize};

/// One answer on the staff check, of a file that was handed in, or of a resident.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ReviewRow {
    /// Section it stands in, and its title.
    pub section: String,
    /// Title of that section.
    pub section_title: String,
    /// Where the answer is kept.
    pub path: String,
    /// What was asked.
    pub label: String,
    /// The answer in words.
    pub value: String,
    /// Why it is masked: `number` or `highest`; empty when it stands as it was given.
    pub hidden: String,
}

/// One answer of which two values are kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Choice {
    /// Where the answer is kept.
    pub path: String,
    /// What was asked.
    pub label: String,
    /// Accepted first: it holds until a person decides.
    pub first: String,
    /// Came later, and waits.
    pub later: String,
    /// Why both are masked, as in [`ReviewRow`].
    pub hidden: String,
}

/// A resident and what was done for them here.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Resident {
    /// Their card, which is no number of theirs.
    pub id: String,
    /// Name.
    pub name: String,
    /// `77 tahun · RT 003`.
    pub about: String,
    /// NIK and KK number, masked.
    pub numbers: Vec<ReviewRow>,
    /// Names of the others on their family card.
    pub family: Vec<String>,
    /// What was handed in for them, newest first.
    pub cases: Vec<QueueRow>,
}

/// What was shown after somebody said why.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Revealed {
    /// Answers in full, by path.
    pub values: Fields,
    /// After so many seconds they are masked again.
    pub seconds: u32,
}
