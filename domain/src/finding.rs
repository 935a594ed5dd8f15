//! What a check found: where, how strong, and which sentence to show.

use serde::{Deserialize, Serialize};

/// How strong a finding is. The three are never mixed (ux.md 1.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strength {
    /// Blocks sending.
    Error,
    /// Needs a reason, which is kept for the Dinas.
    Check,
    /// Advice only.
    Suggestion,
}

/// One finding about one field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Path of the field, or of the requirement as `requirement.<id>`.
    pub field: String,
    /// How strong.
    pub strength: Strength,
    /// Stable code; `finding.<code>` is its sentence.
    pub code: String,
    /// The sentence in Indonesian, filled in.
    pub message: String,
}
