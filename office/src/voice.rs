//! Reading aloud with the computer's own Indonesian voice: a help, never a dependency (ux.md 2.3).
//!
//! `espeak-ng` is a program of its own (GPL-3), found where the system keeps programs. What it reads goes through a pipe, so
//! that no list of running programs shows a resident's data.

use jukung_domain::problem::Problem;
use std::ffi::OsStr;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError};

/// Words a minute: slow enough for old ears (ux.md 2.3: 110 to 130).
const WORDS_A_MINUTE: &str = "120";
/// Silence between two facts.
const PAUSE: &str = "<break time=\"600ms\"/>";
/// The language as the program names it.
const INDONESIAN: &str = "id";

/// The voice of this computer, and what it is reading now.
pub struct Voice {
    program: PathBuf,
    reading: Mutex<Option<Child>>,
}

impl Voice {
    /// The voice in one of `places` (a search path); none where the program is missing or knows no Indonesian.
    #[must_use]
    pub fn find(places: &OsStr) -> Option<Voice> {
        let name = format!("espeak-ng{}", std::env::consts::EXE_SUFFIX);
        let program = std::env::split_paths(places).map(|p| p.join(&name)).find(|p| p.is_file())?;
        let told = Command::new(&program).arg(format!("--voices={INDONESIAN}")).output().ok()?;
        // A heading, then one voice a line: priority, language, …
        let known = String::from_utf8_lossy(&told.stdout)
            .lines()
            .any(|line| line.split_whitespace().nth(1).is_some_and(|language| language == INDONESIAN));
        known.then(|| Voice { program, reading: Mutex::default() })
    }

    /// Begins to read; what was being read ends.
    ///
    /// # Errors
    /// `voice_silent` when the program does not start or does not listen.
    pub fn read(&self, sentences: &[String]) -> Result<(), Problem> {
        self.hush();
        let silent = |e: std::io::Error| Problem::new("voice_silent").with("why", e);
        let mut child = Command::new(&self.program)
            .args(["-v", INDONESIAN, "-s", WORDS_A_MINUTE, "-m", "--stdin"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(silent)?;
        let spoken = marked_up(sentences);
        let heard = child.stdin.take().map_or(Ok(()), |mut pipe| pipe.write_all(spoken.as_bytes()));
        *self.reading.lock().unwrap_or_else(PoisonError::into_inner) = Some(child);
        heard.map_err(silent)
    }

    /// Ends what is being read.
    pub fn hush(&self) {
        let reading = self.reading.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(mut child) = reading {
            // It may have ended by itself; either way it is waited for, so that nothing of it stays.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

impl Drop for Voice {
    fn drop(&mut self) {
        self.hush();
    }
}

/// Sentences with a pause after each, as the program reads them (SSML).
fn marked_up(sentences: &[String]) -> String {
    let mut out = String::from("<speak>");
    for sentence in sentences {
        out += &sentence.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        out += PAUSE;
    }
    out + "</speak>"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_signs_of_markup_is_read_and_not_obeyed() {
        let said = marked_up(&["Ibu <Siti> & \"Aminah\".".into(), "Betul?".into()]);
        assert_eq!(
            said,
            "<speak>Ibu &lt;Siti&gt; &amp; \"Aminah\".<break time=\"600ms\"/>Betul?<break time=\"600ms\"/></speak>"
        );
    }

    #[test]
    fn without_the_program_there_is_no_voice() {
        let empty = tempfile::tempdir().unwrap();
        assert!(Voice::find(empty.path().as_os_str()).is_none());
    }
}
