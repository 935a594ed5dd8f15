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
            "offline" | "server_busy" | "server_fault" | "internal" | "disk_full" | "room_text" | "room_scans" => {
                Retry::Later
            }
            "not_found" | "code_used" | "draft_gone" => Retry::Never,
            _ => Retry::AfterFix,
        }
    }
}

/// Letters of help codes: none that is heard or read as another one or as a digit.
const HELP_LETTERS: &[u8; 20] = b"ABCDEFGHJKLMNPRTUVXY";
/// FNV-1a, 32 bits: start and factor (draft-eastlake-fnv).
const FNV: (u32, u32) = (0x811c_9dc5, 0x0100_0193);

/// Short name of a problem's code that can be said on the telephone, e.g. `AX-31`; the window computes the same one
/// (`ui/src/help/code.ts`).
#[must_use]
pub fn help_code(code: &str) -> String {
    let hash = code.bytes().fold(FNV.0, |h, b| (h ^ u32::from(b)).wrapping_mul(FNV.1));
    let letter = |at: u32| char::from(HELP_LETTERS[(at % 20) as usize]);
    format!("{}{}-{:02}", letter(hash), letter(hash / 20), hash / 400 % 100)
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

#[cfg(test)]
mod tests {
    use super::help_code;

    #[test]
    fn a_help_code_is_the_same_in_the_window_and_in_the_log() {
        // The same pairs stand in ui/src/help/code.test.ts.
        assert_eq!(["internal", "window", "fork"].map(help_code), ["EM-22", "KV-24", "KX-11"]);
    }
}
