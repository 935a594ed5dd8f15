//! What the resident's own screen is told and draws (ux.md 2.2).

use crate::view::ReadBackPage;
use serde::{Deserialize, Serialize};

/// Which page of a draft's read-back stands there, and how.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Shown {
    /// The draft.
    pub draft: String,
    /// Page, from 0.
    pub page: usize,
    /// In the largest letters.
    pub huge: bool,
    /// Upside down.
    pub turned: bool,
}

/// The page itself.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ResidentPage {
    /// Language of its words: `id`, `en`, `bjn`.
    pub language: String,
    /// Facts or papers.
    pub page: ReadBackPage,
    /// In the largest letters.
    pub huge: bool,
    /// Upside down.
    pub turned: bool,
}
