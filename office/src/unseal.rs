//! From a name and a passphrase to an opened slot: of the counter, or of a school helper, whose keys are others and lie in
//! a folder of their own (decision 0032).

use crate::edge::Local;
use crate::home::{self, Card};
use crate::school;
use jukung_crypto::slot::{Opened, Slot};
use jukung_domain::assignment::Assignment;
use jukung_domain::policy::Role;
use jukung_domain::problem::Problem;
use std::path::{Path, PathBuf};

/// A slot that its passphrase opened; the database is not touched yet.
#[derive(Clone)]
pub struct Unsealed {
    pub(crate) card: Card,
    pub(crate) slot: Slot,
    pub(crate) opened: Opened,
}

impl Unsealed {
    fn is_of_school(&self) -> bool {
        self.slot.role == Role::Helper.code()
    }

    /// The data folder that its keys open, within that of the counter.
    #[must_use]
    pub(crate) fn place(&self, dir: &Path) -> PathBuf {
        if self.is_of_school() { school::place(dir, &self.slot.person) } else { dir.to_owned() }
    }

    /// Refuses a helper whose assignment has ended.
    ///
    /// # Errors
    /// `account_ended`; `cannot_open` for one without an assignment.
    pub(crate) fn still_holds(&self, now: i64) -> Result<(), Problem> {
        if !self.is_of_school() {
            return Ok(());
        }
        let today = Local::at(now.max(crate::clock::BUILT_MS), &self.card.office.zone).day();
        let read = Assignment::read(&self.slot.terms).ok_or_else(|| Problem::new("cannot_open").with("file", "terms"));
        read?.still_holds(today)
    }
}

/// Opens the slot of `person` (id or name; the first one of the counter when empty).
///
/// # Errors
/// `not_enrolled_here`, `person_unknown`, `wrong_passphrase`, `cannot_open`.
pub fn unseal(dir: &Path, person: &str, passphrase: &str) -> Result<Unsealed, Problem> {
    let card = home::card(dir)?.ok_or_else(|| Problem::new("not_enrolled_here"))?;
    let is = |s: &&Slot| s.person == person || s.name == person;
    let first = || card.slots.first().filter(|_| person.is_empty());
    // A role that is not of this folder was written into its card by hand: such a slot opens nothing.
    let of_counter = card.slots.iter().find(is).or_else(first).filter(|s| s.role != Role::Helper.code()).cloned();
    let (card, slot) = if let Some(slot) = of_counter {
        (card, slot)
    } else {
        let found = school::slots(dir).into_iter().find(|s| is(&s));
        let slot = found.ok_or_else(|| Problem::new("person_unknown"))?;
        (school::card_for(&card, slot.clone()), slot)
    };
    let opened = slot.open(passphrase).map_err(|_| Problem::new("wrong_passphrase"))?;
    if !slot.device.is_empty() && slot.device != card.device.to_string() {
        // A slot of another computer, put here with its passphrase known: its keys open nothing here.
        return Err(Problem::new("wrong_passphrase"));
    }
    Ok(Unsealed { card, slot, opened })
}
