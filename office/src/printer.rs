//! Printers of this computer: the system's own way on each platform, and a folder for PDF files everywhere.

use jukung_domain::texts::say;
use jukung_ledger::private;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

/// The printer that is always there: it writes the PDF into the data folder.
pub const PDF: &str = "pdf";

/// Why nothing was printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PrintProblem {
    /// The system has no such printer, or it did not take the page.
    Silent,
    /// The PDF could not be written.
    Folder,
}

impl PrintProblem {
    /// Stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            PrintProblem::Silent => "printer_silent",
            PrintProblem::Folder => "read_only",
        }
    }
}

/// Printers by id and name.
#[must_use]
pub fn list() -> Vec<(String, String)> {
    let mut out = vec![(PDF.to_owned(), say("printer.pdf", &[]))];
    if let Ok(found) = Command::new("lpstat").arg("-e").output() {
        out.extend(String::from_utf8_lossy(&found.stdout).lines().map(|l| (l.to_owned(), l.to_owned())));
    }
    out
}

/// Prints a PDF.
///
/// # Errors
/// The printer did not take it; the caller then writes down no print.
pub fn print(pdf: &[u8], printer: &str, copies: u32, folder: &Path, name: &str) -> Result<(), PrintProblem> {
    if printer == PDF || printer.is_empty() {
        return keep(pdf, folder, name).map_err(|_| PrintProblem::Folder);
    }
    let spool = Command::new("lp")
        .args(["-d", printer, "-n", &copies.to_string(), "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let mut child = spool.map_err(|_| PrintProblem::Silent)?;
    // The PDF goes through the pipe: no copy of it stays in a temporary folder.
    let piped = child.stdin.take().is_some_and(|mut pipe| pipe.write_all(pdf).is_ok());
    let ended = child.wait().is_ok_and(|s| s.success());
    if piped && ended { Ok(()) } else { Err(PrintProblem::Silent) }
}

/// Ending of a PDF that is being written; the next start removes one that was cut.
const HALF: &str = "new";

/// Writes the PDF whole or not at all, and onto the disk before anybody says "printed".
fn keep(pdf: &[u8], folder: &Path, name: &str) -> std::io::Result<()> {
    private::folder(folder)?;
    private::whole(&folder.join(format!("{name}.{HALF}")), &folder.join(name), pdf)
}

/// PDFs of receipts and slips have names in them: they are kept for whoever carries them to a printer elsewhere, for a day.
const KEPT: Duration = Duration::from_secs(24 * 60 * 60);

/// Removes what a cut print left in the folder of PDFs, and the PDFs that are older than a day; each can be printed again.
/// Their age is told by the file system alone, which wrote them: a clock that was put right makes none of them old.
///
/// # Errors
/// Those of the file system.
pub fn sweep(folder: &Path) -> std::io::Result<()> {
    if !folder.exists() {
        return Ok(());
    }
    // A full disk lets people in all the same.
    let Ok(probe) = private::new_file(&folder.join(format!("now.{HALF}"))) else { return Ok(()) };
    let now = probe.metadata()?.modified()?;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let (path, written) = (entry.path(), entry.metadata()?.modified()?);
        let old = now.duration_since(written).is_ok_and(|age| age > KEPT);
        if old || path.extension().is_some_and(|end| end == HALF) {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::File;

    #[test]
    fn a_pdf_stays_for_a_day_and_what_a_cut_print_left_goes_at_once() {
        let folder = tempfile::tempdir().expect("a folder");
        let all = ["old.pdf", "today.pdf", "later.pdf", "cut.pdf.new"];
        let made: Vec<File> = all.iter().map(|n| File::create(folder.path().join(n)).expect("made")).collect();
        let now = made[1].metadata().and_then(|m| m.modified()).expect("a time");
        made[0].set_modified(now - KEPT - Duration::from_secs(60)).expect("yesterday");
        made[2].set_modified(now + KEPT * 300).expect("a clock that ran ahead");
        sweep(folder.path()).expect("swept");
        let left = |name: &&&str| folder.path().join(name).exists();
        assert_eq!(all.iter().filter(left).copied().collect::<Vec<_>>(), ["today.pdf", "later.pdf"]);
        assert_eq!(fs::read_dir(folder.path()).expect("listed").count(), 2, "and nothing of its own");
        sweep(&folder.path().join("missing")).expect("no folder, nothing to sweep");
    }
}
