//! Printed papers: facts go in, one layout comes out, and two writers (PDF and SVG) draw that very layout.

pub mod code;
pub mod complaint_slip;
pub mod consent_sheet;
pub mod day_sheet;
pub mod font;
pub mod layout;
pub mod pdf;
pub mod receipt;
pub mod recovery_sheet;
pub mod requirement_sheet;
pub mod sheet;
pub mod svg;
mod words;

pub use complaint_slip::{ComplaintFacts, complaint_slip};
pub use consent_sheet::{ConsentFacts, consent_sheet};
pub use day_sheet::{DayFacts, day_sheet};
pub use layout::{Layout, PaperSize};
pub use pdf::to_pdf;
pub use receipt::{Clock, PaperKept, ReceiptFacts, receipt};
pub use recovery_sheet::{RecoveryFacts, recovery_sheet};
pub use requirement_sheet::{PaperToBring, RequirementFacts, requirement_sheet};
pub use svg::to_svg;

/// Why a paper could not be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PaperProblem {
    /// A font inside the program cannot be read: the program itself is damaged.
    #[error("paper_font")]
    Font,
}

impl PaperProblem {
    /// Stable code; the sentence is `problem.<code>`.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            PaperProblem::Font => "paper_font",
        }
    }
}

#[cfg(test)]
mod tests;
