//! What the window is shown about the people of this computer.

use serde::{Deserialize, Serialize};

/// A person as the supervisor sees them.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct StaffRow {
    /// The person's id.
    pub id: String,
    /// Name shown at sign-in.
    pub name: String,
    /// `officer`, `supervisor` or `helper`.
    pub role: String,
    /// The one who is signed in.
    pub me: bool,
    /// Has not chosen a passphrase of their own yet.
    pub given: bool,
    /// A helper's school, letter and last day, in words; empty for people of the counter.
    pub about: String,
}

/// A passphrase to hand out; it is shown once and stored nowhere.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct HandedOut {
    /// The person's id.
    pub person: String,
    /// Whose it is.
    pub name: String,
    /// Four words.
    pub passphrase: String,
}

/// Somebody is let in again.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Recovered {
    /// The passphrase that has to be replaced at the first sign-in.
    pub handed: HandedOut,
    /// The next code for the envelope, shown once.
    pub code: String,
}
