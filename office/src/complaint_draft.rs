//! What is typed of a complaint and not saved yet: kept for whoever typed it, so that a lock or a power cut loses nothing. What
//! goes past the counter is never kept.

use crate::complaints::ComplaintForm;
use crate::{Office, settings, stored};
use jukung_domain::complaint::past_the_counter;
use jukung_domain::problem::Problem;
use jukung_ledger::{Tx, params};

/// Longest draft kept, in bytes: four times the longest story, whose letters may take four bytes each.
const DRAFT_BYTES_MAX: usize = 4 * 4 * 4_000;

impl Office {
    fn complaint_key(&self) -> String {
        format!("complaint.draft.{}", self.identity.person.id)
    }

    /// Keeps what is typed, in place of what was kept before. Without a kind nobody knows yet whether it may be kept, and what
    /// goes past the counter may not: then what was kept goes.
    ///
    /// # Errors
    /// `complaint_long`, `room_text`; those of storage.
    pub fn keep_complaint(&self, form: &ComplaintForm) -> Result<(), Problem> {
        let typed = [&form.about, &form.name, &form.contact, &form.words].iter().any(|text| !text.trim().is_empty());
        if form.kind.is_empty() || past_the_counter(&form.kind) || !typed {
            return self.db.write(|tx| self.forget_complaint(tx));
        }
        self.room_for_text()?;
        let text = serde_json::to_string(form).map_err(|e| Problem::new("internal").with("at", e))?;
        if text.len() > DRAFT_BYTES_MAX {
            return Err(Problem::new("complaint_long"));
        }
        self.db.write(|tx| settings::set(tx, &self.complaint_key(), &text))
    }

    /// What was kept for whoever is signed in; empty when nothing was.
    ///
    /// # Errors
    /// Those of storage.
    pub(crate) fn kept_complaint(&self, tx: &mut dyn Tx) -> Result<ComplaintForm, Problem> {
        Ok(serde_json::from_str(&settings::get(tx, &self.complaint_key())?).unwrap_or_default())
    }

    /// Forgets it: it was saved, or must not be kept.
    ///
    /// # Errors
    /// Those of storage.
    pub(crate) fn forget_complaint(&self, tx: &mut dyn Tx) -> Result<(), Problem> {
        tx.execute("DELETE FROM meta WHERE k = $1", params![self.complaint_key()]).map_err(stored)?;
        Ok(())
    }
}
