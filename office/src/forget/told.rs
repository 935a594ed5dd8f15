//! The list of what was let go of: day, kind and how many; no number and no name.

use super::Class;
use crate::audit::{self, Act, Did, NOTHING};
use crate::edge::{Clock, Local, long_day};
use crate::{Identity, Office, settings, stored};
use jukung_domain::problem::Problem;
use jukung_domain::texts::say;
use jukung_ledger::{Tx, params};

/// Begins the keys of its lines in `meta`: `deleted.2026-11-28.scans`.
const LINE: &str = "deleted.";

/// Lines that are shown: those of some months.
const SHOWN_MAX: i64 = 60;

impl Office {
    /// What this counter let go of by itself, the newest day first, in words.
    ///
    /// # Errors
    /// Those of storage.
    pub fn deleted(&self) -> Result<Vec<String>, Problem> {
        let sql = "SELECT k, v FROM meta WHERE k >= 'deleted.' AND k < 'deleted/' ORDER BY k DESC LIMIT $1";
        let rows = self.db.read(|tx| tx.query(sql, params![SHOWN_MAX])).map_err(stored)?;
        let line = |r: &jukung_ledger::Row| {
            let (key, value) = (r.text(0).map_err(stored)?, r.text(1).map_err(stored)?);
            let (day, class) = key.trim_start_matches(LINE).split_once('.').unwrap_or_default();
            let (n, until) = value.split_once(' ').unwrap_or((&value, ""));
            let words = |day: &str| day.parse().map_or_else(|_| day.to_owned(), long_day);
            let what = say(&format!("forget.{class}"), &[("n", n), ("until", &words(until))]);
            Ok(say("forget.line", &[("date", &words(day)), ("what", &what)]))
        };
        rows.iter().map(line).collect()
    }
}

/// Writes down what was let go of today, in the list and in the audit; `until` says how far it reaches, where that is a day,
/// and `more` what the record names beside the number.
///
/// # Errors
/// Those of storage.
pub(crate) fn write_down(
    tx: &mut dyn Tx,
    identity: &Identity,
    class: Class,
    n: usize,
    until: &str,
    more: &[String],
) -> Result<(), Problem> {
    let now = identity.clock.now_ms();
    note(tx, &Local::at(now, &identity.office.zone).day().to_string(), class, n, until)?;
    let fields = [&[format!("n:{n}")], more].concat();
    audit::note(tx, identity, &Did::new(Act::Destroy, NOTHING, class.code()).with(fields), now)
}

/// Adds to the line of a day.
fn note(tx: &mut dyn Tx, day: &str, class: Class, n: usize, until: &str) -> Result<(), Problem> {
    let key = format!("{LINE}{day}.{}", class.code());
    let before = settings::get(tx, &key)?;
    let before: usize = before.split(' ').next().and_then(|n| n.parse().ok()).unwrap_or(0);
    settings::set(tx, &key, format!("{} {until}", before + n).trim_end())
}
