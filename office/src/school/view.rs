//! What the window is shown of a school.

use serde::{Deserialize, Serialize};

/// The helper's screen (S17).
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct SchoolScreen {
    /// Name of the school.
    pub school: String,
    /// Last day of the assignment, in words.
    pub until: String,
    /// The counter that it is handed over to.
    pub counter: String,
    /// Classes with how many pupils each has.
    pub classes: Vec<SchoolClass>,
    /// Class that is shown; empty for all.
    pub class: String,
    /// How many of what, in one sentence about the class.
    pub counts: String,
    /// Pupils of the class.
    pub pupils: Vec<PupilRow>,
    /// Drafts of nobody on the list.
    pub loose: Vec<SchoolFile>,
    /// What was handed over, the newest first.
    pub handed: Vec<HandedRow>,
    /// Drafts that lack nothing.
    pub ready: u32,
}

/// A class.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SchoolClass {
    /// Its name; empty for pupils without one.
    pub name: String,
    /// Pupils in it.
    pub pupils: u32,
}

/// A pupil.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PupilRow {
    /// The pupil's id.
    pub id: String,
    /// Name.
    pub name: String,
    /// Class.
    pub class: String,
    /// Age, and the end of the NIK.
    pub about: String,
    /// Has a card for children already.
    pub card: bool,
    /// Services that may be begun.
    pub offers: Vec<String>,
    /// Drafts, and what was handed over.
    pub files: Vec<SchoolFile>,
}

/// A draft or what became of one.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SchoolFile {
    /// Id of the draft; empty once it was handed over.
    pub draft: String,
    /// Name it is about.
    pub name: String,
    /// Service's code; empty of what came to nothing, which may be begun again.
    pub service: String,
    /// Service.
    pub service_name: String,
    /// What it lacks, or where it stands.
    pub state: String,
    /// Lacks nothing.
    pub complete: bool,
}

/// What was handed over.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct HandedRow {
    /// Id of the draft it was.
    pub id: String,
    /// Name.
    pub name: String,
    /// End of the NIK, `…9901`.
    pub ends: String,
    /// Service.
    pub service_name: String,
    /// `Diserahkan 5 Agu`.
    pub when: String,
    /// Where it stands.
    pub state: String,
    /// Its slip may be printed: nothing was sent yet.
    pub slip: bool,
}

/// What an import did, line by line where something was refused.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ClassReport {
    /// New pupils.
    pub added: u32,
    /// Pupils who were there already.
    pub known: u32,
    /// Lines that were not taken.
    pub refused: Vec<RefusedLine>,
    /// The screen afterwards.
    pub screen: SchoolScreen,
}

/// A line that was not taken.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RefusedLine {
    /// Line as the spreadsheet numbers it.
    pub line: u32,
    /// Name that stands there.
    pub name: String,
    /// Why, and what to do.
    pub why: String,
}

/// What was handed over just now.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Given {
    /// How many.
    pub given: u32,
    /// The screen afterwards.
    pub screen: SchoolScreen,
}
