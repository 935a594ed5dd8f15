//! "Perlu perhatian": what asks for somebody's help, each with one sentence and one action.

use crate::edge::age;
use crate::view::AttentionRow;
use crate::{Office, drafts, stored};
use jukung_domain::problem::Problem;
use jukung_domain::texts::say;
use jukung_ledger::params;

/// A draft this old asks for attention: three working days are at least this many ms.
pub(crate) const DRAFT_OLD_MS: i64 = 3 * 86_400_000;
/// Waiting this long asks for attention.
const WAIT_OLD_MS: i64 = 86_400_000;

impl Office {
    /// What asks for somebody's help, oldest first.
    ///
    /// # Errors
    /// Those of storage.
    pub fn attention(&self) -> Result<Vec<AttentionRow>, Problem> {
        let now = self.now();
        let ids = self.db.read(|tx| {
            let rows = tx
                .query(
                    "SELECT id, changed FROM app WHERE status = 'NEEDS_CORRECTION'
                     UNION SELECT app, since FROM queue WHERE since < $1 OR problem = 'not_enrolled'
                     UNION SELECT id, saved FROM draft WHERE binned = 0 AND saved < $2 ORDER BY 2 LIMIT 200",
                    params![now - WAIT_OLD_MS, now - DRAFT_OLD_MS],
                )
                .map_err(stored)?;
            rows.iter()
                .map(|r| Ok::<_, Problem>((r.text(0).map_err(stored)?, r.int(1).map_err(stored)?)))
                .collect::<Result<Vec<_>, _>>()
        })?;
        let mut out = self.unsettled(now)?;
        for (id, since) in ids {
            let Some(row) = self.row(&id)? else { continue };
            let returned = self.db.read(|tx| drafts::returned_to(tx, &id))?;
            let (sentence, does, target) = match (&returned, row.kind.as_str()) {
                (Some(r), _) => (say("attention.returned", &[("note", &r.note)]), "correct", r.target.clone()),
                (None, "draft") => {
                    (say("attention.old_draft", &[("age", &row.sending.age)]), "continue", String::new())
                }
                (None, _) => (
                    say("attention.not_sent", &[("age", &row.sending.age), ("reason", &row.sending.reason)]),
                    "send_now",
                    String::new(),
                ),
            };
            out.push(AttentionRow {
                id,
                kind: row.kind,
                number: row.number,
                name: row.name,
                service_name: row.service_name,
                sentence,
                action: say(&format!("attention.do.{does}"), &[]),
                does: does.into(),
                target,
                age: age(since, now),
                event: String::new(),
                choices: Vec::new(),
            });
        }
        Ok(out)
    }
}
