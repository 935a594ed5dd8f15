//! Hands a finished PDF to a printer of this computer, or to a folder.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

/// The printer that is always there: a file in a folder.
pub const PDF_PRINTER: &str = "pdf";
/// Most printers shown; a print server may offer hundreds.
const PRINTERS_MAX: usize = 50;
/// Longest printer name CUPS allows (127 bytes); anything longer is not one.
const NAME_BYTES_MAX: usize = 127;

/// Why nothing was printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PrintProblem {
    /// No printer of this name, or no printing system.
    #[error("printer_missing")]
    Missing,
    /// The printing system refused or did not answer.
    #[error("printer_silent")]
    Silent,
    /// The PDF could not be written into the folder.
    #[error("pdf_folder_refused")]
    Folder,
}

impl PrintProblem {
    /// Stable code; the sentence is `problem.<code>`.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            PrintProblem::Missing => "printer_missing",
            PrintProblem::Silent => "printer_silent",
            PrintProblem::Folder => "pdf_folder_refused",
        }
    }
}

/// Printers as (id, name shown); the PDF folder is always the last one.
#[must_use]
pub fn list() -> Vec<(String, String)> {
    let mut printers: Vec<(String, String)> =
        system_printers().into_iter().take(PRINTERS_MAX).map(|name| (name.clone(), name.replace('_', " "))).collect();
    printers.push((PDF_PRINTER.to_owned(), jukung_domain::texts::say("paper.printer_pdf", &[])));
    printers
}

/// Prints a PDF, or writes it to `pdf_folder` under `file_name` when the printer is `pdf` or none was chosen.
///
/// # Errors
/// Those of [`PrintProblem`]; nothing was printed then.
pub fn print(pdf: &[u8], printer: &str, copies: u32, pdf_folder: &Path, file_name: &str) -> Result<(), PrintProblem> {
    if printer.is_empty() || printer == PDF_PRINTER {
        return save(pdf, pdf_folder, file_name);
    }
    let is_name =
        printer.len() <= NAME_BYTES_MAX && !printer.starts_with('-') && !printer.chars().any(char::is_control);
    if !is_name || !system_printers().iter().any(|known| known == printer) {
        return Err(PrintProblem::Missing);
    }
    send(pdf, printer, copies.max(1), pdf_folder, file_name)
}

fn save(pdf: &[u8], folder: &Path, file_name: &str) -> Result<(), PrintProblem> {
    // Only the last part of the name: it must stay in the folder.
    let name = Path::new(file_name).file_name().ok_or(PrintProblem::Folder)?;
    fs::create_dir_all(folder).map_err(|_| PrintProblem::Folder)?;
    fs::write(folder.join(name), pdf).map_err(|_| PrintProblem::Folder)
}

/// CUPS: names of its queues, one a line.
#[cfg(unix)]
fn system_printers() -> Vec<String> {
    let Ok(answer) = Command::new("lpstat").arg("-e").stdin(Stdio::null()).output() else { return Vec::new() };
    lines(&answer.stdout)
}

/// CUPS: the bytes go through standard input, so that no copy of the paper is left on disk.
#[cfg(unix)]
fn send(pdf: &[u8], printer: &str, copies: u32, _folder: &Path, _name: &str) -> Result<(), PrintProblem> {
    let mut lp = Command::new("lp")
        .args(["-d", printer, "-n", &copies.to_string(), "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|_| PrintProblem::Missing)?;
    let written = lp.stdin.take().map(|mut input| input.write_all(pdf));
    let ended = lp.wait().map_err(|_| PrintProblem::Silent)?;
    if matches!(written, Some(Ok(()))) && ended.success() { Ok(()) } else { Err(PrintProblem::Silent) }
}

/// Windows (not run here, see docs/limits.md): the printers PowerShell knows.
#[cfg(windows)]
fn system_printers() -> Vec<String> {
    let script = "Get-CimInstance Win32_Printer | ForEach-Object { $_.Name }";
    let asked = Command::new("powershell")
        .args(["-NoProfile", "-NonInteractive", "-Command", script])
        .stdin(Stdio::null())
        .output();
    asked.map(|answer| lines(&answer.stdout)).unwrap_or_default()
}

/// Windows (not run here): the `PrintTo` verb of whatever shows PDF files. It needs a file, which therefore stays in the
/// PDF folder; the path and the printer go in as environment values, never into the script.
#[cfg(windows)]
fn send(pdf: &[u8], printer: &str, copies: u32, folder: &Path, name: &str) -> Result<(), PrintProblem> {
    save(pdf, folder, name)?;
    let file = Path::new(name).file_name().map(|n| folder.join(n)).ok_or(PrintProblem::Folder)?;
    let script = "Start-Process -FilePath $env:JUKUNG_FILE -Verb PrintTo -ArgumentList ('\"' + $env:JUKUNG_PRINTER + '\"') -WindowStyle Hidden";
    for _ in 0..copies {
        let ended = Command::new("powershell")
            .args(["-NoProfile", "-NonInteractive", "-Command", script])
            .env("JUKUNG_FILE", &file)
            .env("JUKUNG_PRINTER", printer)
            .status()
            .map_err(|_| PrintProblem::Silent)?;
        if !ended.success() {
            return Err(PrintProblem::Silent);
        }
    }
    Ok(())
}

fn lines(bytes: &[u8]) -> Vec<String> {
    String::from_utf8_lossy(bytes).lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pdf_printer_writes_into_its_folder_and_nowhere_else() {
        let dir = std::env::temp_dir().join(format!("jukung-printer-{}", std::process::id()));
        print(b"%PDF-", PDF_PRINTER, 1, &dir, "../../Bukti.pdf").expect("saved");
        assert_eq!(fs::read(dir.join("Bukti.pdf")).expect("in the folder"), b"%PDF-");
        fs::remove_dir_all(&dir).expect("removed");
    }

    #[test]
    fn a_printer_that_is_not_there_gets_a_code() {
        let missing = print(b"%PDF-", "tidak ada", 1, Path::new("."), "a.pdf");
        assert_eq!(missing.expect_err("no such printer").code(), "printer_missing");
        assert_eq!(print(b"%PDF-", "-o", 1, Path::new("."), "a.pdf"), Err(PrintProblem::Missing));
    }
}
