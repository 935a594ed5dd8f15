//! What every printed paper is made of: one layout of text, bars and codes, and two writers (PDF and SVG) that draw that very
//! layout; and pictures of papers, made small and clean. It knows no receipt and no manifest; those set their own facts
//! (decision 0024).

pub mod code;
pub mod code128;
pub mod font;
pub mod layout;
pub mod pdf;
pub mod pen;
pub mod picture;
pub mod sheet;
pub mod svg;

pub use layout::{Layout, PaperSize};
pub use pdf::to_pdf;
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
