//! Scans of papers: read in Rust, never trusted by name, made small enough for 2G, kept sealed under their content.

pub mod intake;
pub mod store;
pub mod straighten;

pub use intake::{Scanned, take_in};
pub use jukung_paper::picture;

use picture::PictureProblem;

/// Why a file was not taken. Nothing of it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScanProblem {
    /// More bytes than a phone's photo has.
    TooLarge,
    /// Neither a picture nor a PDF, whatever its name says.
    WrongType,
    /// Cut off or damaged.
    Unreadable,
    /// More pixels than any scanner here makes.
    TooManyPixels,
    /// Cannot be made small enough to send.
    StaysTooLarge,
    /// A PDF with a password.
    PdfLocked,
    /// A PDF with more pages than any paper asked for.
    PdfTooLong,
    /// A PDF that runs programs or carries files.
    PdfActive,
    /// The four corners do not lie around a paper.
    CornersCrossed,
}

impl From<PictureProblem> for ScanProblem {
    fn from(problem: PictureProblem) -> ScanProblem {
        match problem {
            PictureProblem::WrongType => ScanProblem::WrongType,
            PictureProblem::Unreadable => ScanProblem::Unreadable,
            PictureProblem::TooManyPixels => ScanProblem::TooManyPixels,
            PictureProblem::StaysTooLarge => ScanProblem::StaysTooLarge,
        }
    }
}

impl ScanProblem {
    /// Stable code; the sentence is `problem.<code>`.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            ScanProblem::TooLarge => "scan_too_large",
            ScanProblem::WrongType => "scan_wrong_type",
            ScanProblem::Unreadable => "scan_unreadable",
            ScanProblem::TooManyPixels => "scan_too_many_pixels",
            ScanProblem::StaysTooLarge => "scan_stays_too_large",
            ScanProblem::PdfLocked => "pdf_locked",
            ScanProblem::PdfTooLong => "pdf_too_long",
            ScanProblem::PdfActive => "pdf_active",
            ScanProblem::CornersCrossed => "corners_crossed",
        }
    }
}
