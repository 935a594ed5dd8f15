//! When the Dinas has ended this computer's work (protocol 2.15): what is still sent, and what the person is told.

use crate::{Office, settings};
use jukung_domain::problem::Problem;
use jukung_domain::texts::say;
use jukung_domain::wire::{self, SyncAnswer, SyncHead};
use jukung_ledger::Tx;
use std::collections::BTreeMap;

/// What a lost computer is told.
pub(crate) const LOST: &str = "lost";

/// Keeps what the signed answer says about this computer, for the next start too.
pub(crate) fn note(tx: &mut dyn Tx, answer: &SyncAnswer) -> Result<(), Problem> {
    let ended = answer.ended.as_deref().unwrap_or_default();
    settings::set(tx, "ended", ended)?;
    if ended == LOST { Ok(()) } else { settings::set(tx, "apart", "") }
}

/// The last place of each life that the Dinas keeps apart: it is not sent again.
pub(crate) fn marks(tx: &mut dyn Tx) -> Result<BTreeMap<i64, i64>, Problem> {
    Ok(serde_json::from_str(&settings::get(tx, "apart")?).unwrap_or_default())
}

impl Office {
    /// [`marks`] at the beginning of a run.
    pub(crate) fn apart(&self) -> Result<BTreeMap<i64, i64>, Problem> {
        self.db.read(marks)
    }

    /// Takes in how far the Dinas keeps apart what this call carried, and says whether it kept something: then the rest is
    /// sent too, so that nothing stays on a lost computer alone.
    pub(crate) fn kept_apart(
        &self,
        apart: &mut BTreeMap<i64, i64>,
        sent: &SyncHead,
        answer: &SyncAnswer,
    ) -> Result<bool, Problem> {
        let mut kept = false;
        for part in &sent.logs {
            let told = answer.apart.iter().find(|(i, _)| *i == part.i).map(|(_, seq)| *seq);
            let (Some(life), Some(seq)) = (wire::incarnation_from_hex(&part.i), told) else { continue };
            if seq >= part.f {
                kept = true;
                apart.insert(life, seq);
            }
        }
        let text = serde_json::to_string(apart).map_err(|e| Problem::new("internal").with("at", e))?;
        self.db.write(|tx| settings::set(tx, "apart", &text))?;
        Ok(kept)
    }

    /// What a person at an ended computer has to know; empty while its work goes on.
    ///
    /// # Errors
    /// Those of storage.
    pub(crate) fn end_told(&self, waiting: &str) -> Result<String, Problem> {
        let ended = self.db.read(|tx| settings::get(tx, "ended"))?;
        let key = match (ended.as_str(), waiting) {
            ("", _) => return Ok(String::new()),
            (LOST, _) => "ended.lost",
            (_, "0") => "ended.retired_done",
            (_, _) => "ended.retired",
        };
        Ok(say(key, &[("n", waiting)]))
    }
}
