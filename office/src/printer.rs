//! Printers of this computer: the system's own way on each platform, and a folder for PDF files everywhere.

use jukung_domain::texts::say;
use jukung_ledger::private;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

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

/// Removes what a cut print left in the folder of PDFs.
///
/// # Errors
/// Those of the file system.
pub fn sweep(folder: &Path) -> std::io::Result<()> {
    let Ok(entries) = fs::read_dir(folder) else { return Ok(()) };
    for path in entries.flatten().map(|e| e.path()).filter(|p| p.extension().is_some_and(|e| e == HALF)) {
        fs::remove_file(path)?;
    }
    Ok(())
}
