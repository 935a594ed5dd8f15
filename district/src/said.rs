//! What a computer said of itself with its last call: the version it runs, and how much of its log had not come yet. One
//! value for each computer; the supervisor of its subdistrict is told it (decision 0034).

use jukung_domain::call::Call;
use jukung_domain::problem::Problem;
use jukung_domain::wire::{LogPart, SyncAnswer, incarnation_from_hex};
use jukung_ledger::tx::first;
use jukung_ledger::{Tx, params};
use serde::{Deserialize, Serialize};

/// Longest version that is kept: what a computer says is its own word.
const VERSION_CHARS_MAX: usize = 20;

/// The value.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Said {
    /// Version of its program.
    pub app: String,
    /// Entries of its log that had not come yet.
    pub left: i64,
    /// Since which call some had not come, ms; 0 when all have.
    pub since: i64,
}

fn key(device: &str) -> String {
    format!("said.{device}")
}

/// What the computer said; nothing when it never called.
///
/// # Errors
/// Those of the database.
pub(crate) fn of(tx: &mut dyn Tx, device: &str) -> Result<Said, Problem> {
    let row = first(tx, "SELECT v FROM meta WHERE k = $1", params![key(device)])?;
    Ok(row.and_then(|r| serde_json::from_str(&r.text(0).ok()?).ok()).unwrap_or_default())
}

/// Keeps what a call says, once what it brought has been taken in. Nothing is written while it says the same.
///
/// # Errors
/// Those of the database.
pub(crate) fn note(tx: &mut dyn Tx, call: &Call, answer: &SyncAnswer, now: i64) -> Result<(), Problem> {
    let (head, device) = (&call.head, call.head.d.to_string());
    if head.app.is_empty() {
        // A single event that was handed over as bytes says nothing else.
        return Ok(());
    }
    let before = of(tx, &device)?;
    let left = left(tx, &device, &head.logs, answer)?;
    let since = match (left, before.left) {
        (0, _) => 0,
        (_, 0) => now,
        (_, _) => before.since,
    };
    let said = Said { app: head.app.chars().take(VERSION_CHARS_MAX).collect(), left, since };
    if said == before {
        return Ok(());
    }
    let text = serde_json::to_string(&said).map_err(|e| Problem::new("internal").with("at", e))?;
    let sql = "INSERT INTO meta (k, v) VALUES ($1, $2) ON CONFLICT (k) DO UPDATE SET v = excluded.v";
    tx.execute(sql, params![key(&device), text])?;
    Ok(())
}

/// How many entries the computer has that are not held here. Its answer may stop before what is held: then the head is asked.
fn left(tx: &mut dyn Tx, device: &str, logs: &[LogPart], answer: &SyncAnswer) -> Result<i64, Problem> {
    let told = |part: &LogPart| answer.ack.iter().find(|(i, _, _)| *i == part.i).map_or(0, |(_, n, _)| *n);
    let mut left = 0;
    for part in logs.iter().filter(|part| told(part) < part.n) {
        let Some(incarnation) = incarnation_from_hex(&part.i) else { continue };
        let sql = "SELECT acked FROM log_head WHERE device = $1 AND incarnation = $2";
        let held = first(tx, sql, params![device, incarnation])?.map_or(Ok(0), |r| r.int(0))?;
        left += (part.n - held).max(0);
    }
    Ok(left)
}
