//! A helper's records of what they did lie in their own folder (decision 0026). The counter writes their end down in its own
//! chain at each meeting; the Dinas holds the end of that one, so what is cut off or rewritten later shows here.

use super::accounts::Helper;
use crate::audit::{self, Act, Did, End};
use crate::{Office, settings, stored};
use jukung_domain::problem::Problem;
use jukung_domain::wire;
use jukung_ledger::tx::first;
use jukung_ledger::{Db, Tx, params};

/// Reason of a record that names an end which goes on from the one before.
const WITNESSED: &str = "helper.end";
/// Reason of one that does not: records are gone or others, or the folder is an older copy.
pub(crate) const PARTED: &str = "helper.parted";

/// Value in the counter's `meta`: the end of a helper's records that it wrote down last.
fn known(helper: &Helper) -> String {
    format!("helper_end:{}", helper.id)
}

fn said(end: &End) -> String {
    format!("{} {} {}", wire::incarnation_hex(end.chain), end.n, hex::encode(end.hash))
}

/// Whether a helper's database still has the record whose place and hash `before` names.
fn has(tx: &mut dyn Tx, before: &str) -> Result<bool, Problem> {
    let mut words = before.split(' ');
    let (chain, n) =
        (words.next().and_then(wire::incarnation_from_hex), words.next().and_then(|n| n.parse::<i64>().ok()));
    let (Some(chain), Some(n), Some(hash)) = (chain, n, words.next()) else { return Ok(false) };
    let sql = "SELECT a.hash FROM audit a JOIN audit_chain c ON a.id = c.first + $1 - 1 WHERE c.chain = $2";
    let row = first(tx, sql, params![n, chain]).map_err(stored)?;
    Ok(row.is_some_and(|r| r.text(0).is_ok_and(|stands| stands == hash)))
}

impl Office {
    /// Writes down how far a helper's records go, when that is news, and whether they go on from what was written down last.
    ///
    /// # Errors
    /// Those of storage.
    pub(super) fn witness(&self, helper: &Helper, db: &Db) -> Result<(), Problem> {
        let before = self.db.read(|tx| settings::get(tx, &known(helper)))?;
        let (end, goes_on) =
            db.read(|tx| Ok::<_, Problem>((audit::end(tx)?, before.is_empty() || has(tx, &before)?)))?;
        let Some(end) = end.filter(|end| said(end) != before) else { return Ok(()) };
        let did = Did::new(Act::Person, ("helper", helper.id.as_str()), if goes_on { WITNESSED } else { PARTED });
        let fields = said(&end).split(' ').map(str::to_owned).collect();
        self.db.write(|tx| {
            audit::note(tx, &self.identity, &did.clone().with(fields), self.now())?;
            settings::set(tx, &known(helper), &said(&end))
        })
    }
}
