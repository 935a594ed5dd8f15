//! What a person is told after a database was put together again, until they say that they have read it. Nothing is claimed
//! that is not known: what the Dinas has comes back with the next call, and only then it is here.

use crate::edge::{age, long_day};
use crate::mend::{MISSING, RECOVERED, Told};
use crate::view::AttentionRow;
use crate::{Office, stored};
use jukung_domain::problem::Problem;
use jukung_domain::texts::say;
use jukung_ledger::tx::first;
use jukung_ledger::{Tx, params, projection};

impl Office {
    /// Rows of "Perlu perhatian" about a recovery, oldest first. An application that came back since is not missed any more.
    pub(crate) fn recovery_told(&self, tx: &mut dyn Tx, now: i64) -> Result<Vec<AttentionRow>, Problem> {
        let sql = "SELECT uid, app, reason, detail, opened FROM attention WHERE closed = 0 AND reason IN ($1, $2) ORDER BY opened, uid";
        let mut rows = Vec::new();
        for row in tx.query(sql, params![RECOVERED, MISSING]).map_err(stored)? {
            let text = |i: usize| row.text(i).map_err(stored);
            let (app, detail) = (text(1)?, text(3)?);
            if !app.is_empty() && projection::load(tx, &app).map_err(stored)?.is_some() {
                continue;
            }
            let (number, name, sentence) = if text(2)? == RECOVERED {
                let told: Told = serde_json::from_str(&detail).unwrap_or_default();
                (String::new(), say("recovered.name", &[]), sentences(&told))
            } else {
                let (number, name): (String, String) = serde_json::from_str(&detail).unwrap_or_default();
                (number, name, say("recovered.missing", &[]))
            };
            rows.push(AttentionRow {
                id: app,
                kind: RECOVERED.into(),
                number,
                name,
                service_name: say("recovered.title", &[]),
                sentence,
                action: say("attention.do.seen", &[]),
                does: "noted".into(),
                target: String::new(),
                age: age(row.int(4).map_err(stored)?, now),
                event: text(0)?,
                choices: Vec::new(),
            });
        }
        Ok(rows)
    }
}

/// Whether a row is only told: reading it closes it, and it is nobody's event.
///
/// # Errors
/// Those of storage.
pub(crate) fn is_told(tx: &mut dyn Tx, uid: &str) -> Result<bool, Problem> {
    let sql = "SELECT uid FROM attention WHERE uid = $1 AND reason IN ($2, $3, 'scan-gone')";
    Ok(first(tx, sql, params![uid, RECOVERED, MISSING]).map_err(stored)?.is_some())
}

/// What happened, what came back, and what to look at.
fn sentences(told: &Told) -> String {
    let day = told.day.parse().map_or_else(|_| told.day.clone(), long_day);
    let (back, lost, check) = (told.back.to_string(), told.lost.to_string(), told.check.max(1).to_string());
    let mut all = vec![match (told.copy, told.day.is_empty()) {
        _ if told.older => say("recovered.older", &[]),
        _ if told.restored => say("recovered.restored", &[("date", &day)]),
        (true, false) => say("recovered.copy", &[("date", &day)]),
        (true, true) => say("recovered.copy_undated", &[]),
        (false, _) => say("recovered.no_copy", &[]),
    }];
    if told.back > 0 {
        all.push(say("recovered.back", &[("n", &back)]));
    }
    if told.lost > 0 {
        all.push(say("recovered.lost", &[("n", &lost)]));
    }
    all.push(say("recovered.check", &[("n", &check)]));
    all.join(" ")
}
