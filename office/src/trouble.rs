//! The local log of unexpected problems: when, which help code, which version; never what was typed or about whom.

use jukung_domain::problem::{Problem, help_code};
use jukung_ledger::private;
use std::fs;
use std::io::Write;
use std::path::Path;

/// File of the log in the data folder.
const LOG: &str = "gangguan.log";
/// Largest log, in bytes: some thousand lines; then it begins anew, for what matters happened lately.
const LOG_BYTES_MAX: u64 = 256 * 1024;
/// Longest code written: codes are words of this program, never text from outside.
const CODE_CHARS_MAX: usize = 40;

/// Writes one line `2026-11-24T12:00:00Z AX-31 internal 0.1.0` at the end of the log in `dir`.
///
/// # Errors
/// `read_only`.
pub fn note(dir: &Path, code: &str, now_ms: i64) -> Result<(), Problem> {
    let code: String = code.chars().filter(|c| c.is_ascii_lowercase() || *c == '_').take(CODE_CHARS_MAX).collect();
    let at = jiff::Timestamp::from_millisecond(now_ms).map(|t| t.strftime("%Y-%m-%dT%H:%M:%SZ").to_string());
    let line = format!("{} {} {code} {}\n", at.unwrap_or_default(), help_code(&code), env!("CARGO_PKG_VERSION"));
    tracing::error!("help code {} {code}", help_code(&code));
    write(&dir.join(LOG), &line).map_err(|e| Problem::new("read_only").with("why", e))
}

fn write(path: &Path, line: &str) -> std::io::Result<()> {
    if fs::metadata(path).is_ok_and(|m| m.len() > LOG_BYTES_MAX) {
        fs::remove_file(path)?;
    }
    if !path.exists() {
        return private::new_file(path)?.write_all(line.as_bytes());
    }
    fs::OpenOptions::new().append(true).open(path)?.write_all(line.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_leaves_its_help_code_and_nothing_of_anybody() {
        let dir = tempfile::tempdir().expect("a folder");
        note(dir.path(), "internal", 1_795_399_200_000).expect("written");
        note(dir.path(), "Siti 6305044107489901\n", 1_795_399_200_000).expect("written");
        let log = fs::read_to_string(dir.path().join(LOG)).expect("readable");
        let lines: Vec<&str> = log.lines().collect();
        assert_eq!(lines.len(), 2, "{log}");
        assert!(lines[0].starts_with("2026-11-23T02:00:00Z ") && lines[0].contains(&help_code("internal")), "{log}");
        assert!(!log.contains("6305") && !log.contains("Siti"), "{log}");
    }

    #[test]
    fn the_log_begins_anew_before_it_fills_the_disk() {
        let dir = tempfile::tempdir().expect("a folder");
        let old = "x".repeat(usize::try_from(LOG_BYTES_MAX).expect("small") + 1);
        fs::write(dir.path().join(LOG), old).expect("written");
        note(dir.path(), "internal", 0).expect("written");
        assert_eq!(fs::read_to_string(dir.path().join(LOG)).expect("readable").lines().count(), 1);
    }
}
