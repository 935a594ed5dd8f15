//! Scans of papers: taken in from any file, made small and legible, kept sealed on disk.

pub mod edit;
pub mod intake;
pub mod judge;
pub mod pdf;
pub mod shrink;
pub mod store;

pub use edit::{crop, turn};
pub use intake::take_in;

use jukung_domain::problem::Problem;

/// Largest file taken in: a phone photo is 3–12 MB, and 20 MiB still decodes within the memory of an old computer.
pub const BYTES_IN_MAX: usize = 20 * 1024 * 1024;
/// Most pixels decoded: A4 at 600 dpi is 35 million; above 60 million a picture is a bomb or useless.
pub const PIXELS_MAX: u64 = 60_000_000;
/// Most pages of a handed-in PDF; the longest paper asked for (a divorce verdict) is shorter.
pub const PDF_PAGES_MAX: usize = 20;
/// Hard stop for what is sent (ux.md 1.9): on 2G one MiB takes almost three minutes.
pub const BYTES_OUT_MAX: usize = 1024 * 1024;
/// Largest page after compression (ux.md 1.9).
pub const PAGE_BYTES_MAX: usize = 350 * 1024;
/// Aim for a page of text: on 2G every 100 KB costs 16 s.
pub const PAGE_BYTES_AIM: usize = 120 * 1024;
/// Long side after scaling: 170 dpi for A4, small print stays legible.
pub const LONG_SIDE_MAX: u32 = 2_000;

/// A scan ready to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scanned {
    /// Final bytes, without EXIF.
    pub bytes: Vec<u8>,
    /// `image/jpeg` or `application/pdf`.
    pub media: String,
    /// Pages (1 for a picture).
    pub pages: u32,
    /// Width in pixels; 0 for a PDF.
    pub width: u32,
    /// Height in pixels; 0 for a PDF.
    pub height: u32,
    /// What was done: `scan_shrunk` or `scan_as_is`; the sentence is `problem.<code>` with `{kb}`.
    pub note_code: String,
    /// `blur`, `dark`, `glare`: warnings that never block.
    pub warnings: Vec<String>,
}

/// Why a scan was not taken in or cannot be read again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScanProblem {
    /// More than [`BYTES_IN_MAX`].
    TooLarge,
    /// Looks like a picture or PDF but is cut off or damaged.
    Unreadable,
    /// Neither a picture nor a PDF, whatever its name says.
    WrongType,
    /// More than [`PIXELS_MAX`].
    TooManyPixels,
    /// Still above [`BYTES_OUT_MAX`].
    StillTooLarge,
    /// A PDF with a password.
    PdfLocked,
    /// A PDF with more than [`PDF_PAGES_MAX`] pages.
    PdfTooManyPages,
    /// A PDF above [`BYTES_OUT_MAX`].
    PdfTooLarge,
    /// A PDF that runs programs or carries other files.
    PdfActive,
    /// The part kept by a crop is empty or outside the picture.
    CropEmpty,
    /// No space left on the disk.
    DiskFull,
    /// The disk refused for another reason.
    Disk,
    /// Stored bytes were changed or belong to another key.
    Damaged,
    /// Not stored here.
    NotFound,
}

impl ScanProblem {
    /// Stable code; the sentence is `problem.<code>`.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            ScanProblem::TooLarge => "scan_too_large",
            ScanProblem::Unreadable => "scan_unreadable",
            ScanProblem::WrongType => "scan_wrong_type",
            ScanProblem::TooManyPixels => "scan_too_many_pixels",
            ScanProblem::StillTooLarge => "scan_still_too_large",
            ScanProblem::PdfLocked => "pdf_locked",
            ScanProblem::PdfTooManyPages => "pdf_too_many_pages",
            ScanProblem::PdfTooLarge => "pdf_too_large",
            ScanProblem::PdfActive => "pdf_active",
            ScanProblem::CropEmpty => "crop_empty",
            ScanProblem::DiskFull => "disk_full",
            ScanProblem::Disk => "disk_refused",
            ScanProblem::Damaged => "scan_damaged",
            ScanProblem::NotFound => "not_found",
        }
    }

    /// The problem as it crosses IPC.
    #[must_use]
    pub fn into_problem(self) -> Problem {
        Problem::new(self.code())
    }
}

impl std::fmt::Display for ScanProblem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code())
    }
}

impl std::error::Error for ScanProblem {}

#[cfg(test)]
mod tests;
