//! School helpers on the counter's computer. Each has a data folder of their own inside the counter's, with its own database,
//! its own key and a slot that opens nothing else; what they hand over is sealed to the counter and leaves their hands
//! (security.md 2, decision 0032).

pub mod accounts;
pub(crate) mod carried;
pub mod class_list;
mod give;
mod meet;
pub mod pupils;
pub mod sheet;
mod slip;
pub mod view;
mod witnessed;

pub(crate) use witnessed::PARTED;

use crate::home::{self, Card};
use crate::{Office, stored};
use jukung_crypto::slot::Slot;
use jukung_domain::application::{Application, Attachment};
use jukung_domain::assignment::Assignment;
use jukung_domain::policy::Role;
use jukung_domain::problem::Problem;
use jukung_ledger::Tx;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Folder of the helpers' folders in the counter's.
const FOLDER: &str = "helpers";
/// Folder of what was handed over, in a helper's.
const HANDED: &str = "handed";
/// What a helper may begin: a card for a child, a first identity card, and a visit at a grandparent's home (S17).
pub const SERVICES: [&str; 3] = ["KIA_NEW", "KTP_NEW", "HOME_VISIT_REQUEST"];
/// Value in `meta` of a helper's database: whom what is handed over is sealed to, `age1…`.
const COUNTER: &str = "counter_key";
/// Version of what is handed over.
const FORM: u32 = 1;

/// What is handed over: a draft with its papers. Only the counter opens it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct HandedOver {
    v: u32,
    /// Id of the draft, here and at the counter.
    id: String,
    application: Application,
    /// Fields that still hold the answer put in beforehand.
    defaults: Vec<String>,
    papers: Vec<Paper>,
}

/// A paper that goes along; its bytes in base64.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Paper {
    attachment: Attachment,
    note: String,
    bytes: String,
}

/// A helper's data folder within that of the counter.
#[must_use]
pub(crate) fn place(dir: &Path, helper: &str) -> PathBuf {
    dir.join(FOLDER).join(helper)
}

/// Where a draft lies sealed that was handed over.
fn sealed_file(place: &Path, draft: &str) -> PathBuf {
    place.join(HANDED).join(draft)
}

/// Slots of the helpers of a counter, by name. A folder whose card names another person, role or device is nobody's.
#[must_use]
pub(crate) fn slots(dir: &Path) -> Vec<Slot> {
    let folders = std::fs::read_dir(dir.join(FOLDER)).into_iter().flatten().flatten();
    let slot = |folder: std::fs::DirEntry| {
        let card = home::card(&folder.path()).ok().flatten()?;
        let slot = card.slots.into_iter().next()?;
        let own = folder.file_name().to_str() == Some(slot.person.as_str()) && slot.role == Role::Helper.code();
        own.then_some(slot)
    };
    let mut found: Vec<Slot> = folders.filter_map(slot).collect();
    found.sort_by(|a, b| a.name.cmp(&b.name));
    found
}

/// The counter's card as a helper's folder has it: one slot, and nothing that speaks with the district.
pub(crate) fn card_for(card: &Card, slot: Slot) -> Card {
    Card {
        slots: vec![slot],
        certificate: String::new(),
        pins: Vec::new(),
        key: String::new(),
        keys: Vec::new(),
        waiting: None,
        recovery: None,
        recovery_next: None,
        escrow: None,
        ..card.clone()
    }
}

impl Office {
    /// Whether it is a helper's: another database than the counter's, and no way to the district.
    #[must_use]
    pub fn is_of_school(&self) -> bool {
        self.identity.role == Role::Helper
    }

    /// The helper's letter of assignment; none for people of the counter.
    #[must_use]
    pub fn assignment(&self) -> Option<Assignment> {
        Assignment::read(&self.ring().terms).filter(|_| self.is_of_school())
    }

    /// Where a helper's folder lies in this one; for tests and repair.
    #[must_use]
    pub fn school_place(&self, helper: &str) -> PathBuf {
        place(&self.dir, helper)
    }

    /// For what only a helper does.
    fn only_of_school(&self) -> Result<(), Problem> {
        if self.is_of_school() { Ok(()) } else { Err(Problem::new("not_permitted")) }
    }

    /// For what a helper never does, whatever program asks.
    ///
    /// # Errors
    /// `not_permitted`.
    pub(crate) fn of_counter(&self) -> Result<(), Problem> {
        if self.is_of_school() { Err(Problem::new("not_permitted")) } else { Ok(()) }
    }

    /// A helper's office once it is open: refused again by the clock that the database helps to believe.
    pub(crate) fn at_school(self) -> Result<Office, Problem> {
        let holds = self.assignment().ok_or_else(|| Problem::new("cannot_open").with("file", "terms"));
        if let Err(ended) = holds.and_then(|a| a.still_holds(self.today())) {
            self.close()?;
            return Err(ended);
        }
        Ok(self)
    }

    /// Refuses a helper every service but those of a school.
    pub(crate) fn for_school(&self, service: &str) -> Result<(), Problem> {
        let may = !self.is_of_school() || SERVICES.contains(&service);
        if may { Ok(()) } else { Err(Problem::new("not_permitted")) }
    }
}

/// One text of a row.
fn text(row: &jukung_ledger::Row, at: usize) -> Result<String, Problem> {
    row.text(at).map_err(stored)
}

/// Changes one row of a helper's database; says whether there was one.
fn change(tx: &mut dyn Tx, sql: &str, values: &[jukung_ledger::Value]) -> Result<bool, Problem> {
    tx.execute(sql, values).map(|n| n > 0).map_err(stored)
}
