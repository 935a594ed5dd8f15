//! The counter's printed papers: facts go in, one layout comes out, which `jukung-paper` draws as PDF and SVG.

pub mod complaint_slip;
pub mod consent_sheet;
pub mod day_sheet;
mod head;
pub mod left_slip;
pub mod poster;
pub mod receipt;
pub mod recovery_sheet;
pub mod requirement_sheet;
mod words;

pub use complaint_slip::{ComplaintFacts, complaint_slip};
pub use consent_sheet::{ConsentFacts, consent_sheet};
pub use day_sheet::{DayFacts, day_sheet};
pub use jukung_paper::{Layout, PaperProblem, PaperSize, code, font, layout, pdf, sheet, svg, to_pdf, to_svg};
pub use left_slip::{LeftFacts, left_slip};
pub use poster::{PosterFacts, poster};
pub use receipt::{Clock, PaperKept, ReceiptFacts, receipt};
pub use recovery_sheet::{RecoveryFacts, recovery_sheet};
pub use requirement_sheet::{PaperToBring, RequirementFacts, requirement_sheet};

#[cfg(test)]
mod tests;
