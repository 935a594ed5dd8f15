//! The list of what was let go of: day, kind and how many; no number and no name.

use super::Class;
use crate::settings;
use jukung_domain::problem::Problem;
use jukung_ledger::Tx;

/// Begins the keys of its lines in `meta`: `deleted.2026-11-28.scans`.
const LINE: &str = "deleted.";

/// Adds to the line of a day; `until` says how far it reaches, where that is a day.
pub(super) fn note(tx: &mut dyn Tx, day: &str, class: Class, n: usize, until: &str) -> Result<(), Problem> {
    let key = format!("{LINE}{day}.{}", class.code());
    let before = settings::get(tx, &key)?;
    let before: usize = before.split(' ').next().and_then(|n| n.parse().ok()).unwrap_or(0);
    settings::set(tx, &key, format!("{} {until}", before + n).trim_end())
}
