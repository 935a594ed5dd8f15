//! One problem shape for IPC and HTTP: a code the caller can act on, and details for the sentence.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What went wrong, as a code; its sentence is `problem.<code>` in `ui/texts`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// Stable code, e.g. `wrong_passphrase`.
    pub code: String,
    /// Values for the sentence's placeholders.
    #[serde(default)]
    pub details: BTreeMap<String, String>,
}

/// When trying again can help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// The same call may work in a while.
    Later,
    /// Only after somebody changed something.
    AfterFix,
    /// Never.
    Never,
}

impl Problem {
    /// A problem without details.
    #[must_use]
    pub fn new(code: &str) -> Problem {
        Problem { code: code.to_owned(), details: BTreeMap::new() }
    }

    /// Adds one value for the sentence.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl ToString) -> Problem {
        self.details.insert(name.to_owned(), value.to_string());
        self
    }

    /// Whether trying again can help.
    #[must_use]
    pub fn retry(&self) -> Retry {
        match self.code.as_str() {
            "offline" | "server_busy" | "server_fault" | "internal" | "disk_full" => Retry::Later,
            "not_found" | "code_used" | "draft_gone" => Retry::Never,
            _ => Retry::AfterFix,
        }
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.code)?;
        for (name, value) in &self.details {
            write!(f, " {name}={value}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Problem {}
