//! What a counter lets go of by itself, when, and the list of it that people can read (security.md 6.2, decision 0042).

mod lived;
pub(crate) mod records;
mod scans;
mod screens;
mod told;

pub(crate) use lived::hear;
pub(crate) use scans::{gone_on, lost_at_district};
pub(crate) use screens::{note_fed, unfed};
pub(crate) use told::write_down;

use crate::{Office, settings, stored};
use jukung_domain::problem::Problem;
use jukung_ledger::Tx;

/// Value in `meta`: the day on which everything was last looked through.
const LOOKED: &str = "forget_day";

/// What was let go of; its name is `forget.<code>` in the texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    /// Scans of closed applications.
    Scans,
    /// Own events of closed applications.
    Own,
    /// What other computers and officers wrote about closed applications.
    Events,
    /// Rows of closed applications: what they are found and shown by.
    Files,
    /// Residents whom no application names any more.
    Residents,
    /// Records of what people did.
    Records,
}

impl Class {
    /// Its name in records and texts.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Class::Scans => "scans",
            Class::Own => "own",
            Class::Events => "events",
            Class::Files => "files",
            Class::Residents => "residents",
            Class::Records => "records",
        }
    }
}

impl Office {
    /// Lets go of what may go, once a day by this computer's date: the date only says when to look, never what may go. A
    /// helper's folder has nothing of the kind.
    ///
    /// # Errors
    /// Those of storage; `read_only` where a file cannot be removed. What could not be done is done the next time.
    pub(crate) fn forget(&self) -> Result<(), Problem> {
        let today = self.today().to_string();
        if self.is_of_school() || self.db.read(|tx| settings::get(tx, LOOKED))? == today {
            return Ok(());
        }
        let (scans, screens) = (self.forget_scans()?, self.forget_screens()?);
        self.forget_records()?;
        if scans && screens {
            self.db.write(|tx| settings::set(tx, LOOKED, &today))?;
        }
        Ok(())
    }
}

/// First column of the first row as a number; 0 where there is none.
fn one(tx: &mut dyn Tx, sql: &str) -> Result<i64, Problem> {
    let row = jukung_ledger::tx::first(tx, sql, &[]).map_err(stored)?;
    row.map_or(Ok(0), |r| r.int(0)).map_err(stored)
}
