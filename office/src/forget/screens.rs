//! What the screens keep of closed applications: the words of other computers' events 400 days after a verified backup of the
//! Dinas had them, as own ones (office `lives`); 730 days after, the rows that people find them by, and the residents whom no
//! other application knows. Nothing that waits, nothing open.

use super::{Class, lived, told};
use crate::{Identity, Office, settings, stored};
use jukung_domain::problem::Problem;
use jukung_domain::sync::log::KEEP_DAYS;
use jukung_ledger::tx::first;
use jukung_ledger::{Tx, params, projection};

/// Days that the list of receipts is kept, from the same day as the words (security.md 6.2: two years).
const FILES_DAYS: i64 = 730;
/// Applications let go of at a time.
const AT_ONCE: i64 = 200;

/// Begins the keys in `meta` of how much of the feed lay in a verified backup, by day lived: `fed.20784`.
const FED: &str = "fed.";
/// Begins the keys of the day, lived, since which an application has no words here: `bare.ID`.
const BARE: &str = "bare.";

/// Applications that are closed, on no way, in nobody's correction, not held back, and leave nothing to settle.
const CLOSED: &str = r#"a.status IN ('DELIVERED', 'REJECTED', 'CANCELLED')
    AND NOT EXISTS (SELECT 1 FROM queue q WHERE q.app = a.id)
    AND NOT EXISTS (SELECT 1 FROM attention t WHERE t.app = a.id AND t.closed = 0)
    AND NOT EXISTS (SELECT 1 FROM draft d WHERE d.corrects = a.id)
    AND NOT EXISTS (SELECT 1 FROM folded h WHERE h.app = a.id AND h.state LIKE '%"held_back":%')"#;

/// An own event is told as safe: with it, everything that the feed told before it lay in the same backup, for the feed is
/// dense (R6) and both were committed together. A word of one own event stands for those of siblings and officers.
///
/// # Errors
/// Those of storage.
pub(crate) fn note_fed(tx: &mut dyn Tx, identity: &Identity, inc: i64, seq: i64, lived: i64) -> Result<(), Problem> {
    let sql = "SELECT f.n FROM log l JOIN feed f ON f.ref = l.uid AND f.kind <> 'rel'
               WHERE l.device = $1 AND l.incarnation = $2 AND l.seq = $3 ORDER BY f.n LIMIT 1";
    let row = first(tx, sql, params![identity.device.to_string(), inc, seq]).map_err(stored)?;
    let Some(n) = row.map(|r| r.int(0)).transpose().map_err(stored)? else { return Ok(()) };
    settings::set(tx, &format!("{FED}{}", lived::day(lived)), &n.to_string())
}

/// The district has another history after `n`: what it told of a longer one is void.
///
/// # Errors
/// Those of storage.
pub(crate) fn unfed(tx: &mut dyn Tx, n: i64) -> Result<(), Problem> {
    let sql = "DELETE FROM meta WHERE k >= 'fed.' AND k < 'fed/' AND CAST(v AS BIGINT) > $1";
    tx.execute(sql, params![n]).map_err(stored)?;
    Ok(())
}

impl Office {
    /// Lets go of words, rows and residents; whether that was all.
    pub(super) fn forget_screens(&self) -> Result<bool, Problem> {
        // Whoever was not indexed yet is known by no key.
        self.make_findable()?;
        self.db.write(|tx| {
            let Some(day) = lived::now(tx)?.map(lived::day) else { return Ok(true) };
            let words = forget_words(tx, self.identity.device, day)?;
            let files = bare_for(tx, day)?;
            let mut until = String::new();
            for (app, intake) in &files {
                forget_file(tx, app)?;
                until = until.max(intake.clone());
            }
            let people = if files.is_empty() { 0 } else { forget_residents(tx)? };
            let all = [(Class::Events, words, ""), (Class::Files, files.len(), &until), (Class::Residents, people, "")];
            for (class, n, until) in all.into_iter().filter(|(_, n, _)| *n > 0) {
                told::write_down(tx, &self.identity, class, n, until, &[])?;
            }
            Ok(i64::try_from(files.len()).is_ok_and(|n| n < AT_ONCE))
        })
    }
}

/// Deletes what other computers and officers wrote about closed applications, each whole or not at all: every event of it lay
/// in a verified backup more than [`KEEP_DAYS`] ago. Own events go by their own marks. Says how many went.
fn forget_words(tx: &mut dyn Tx, device: uuid::Uuid, day: i64) -> Result<usize, Problem> {
    let sql = "SELECT coalesce(max(CAST(v AS BIGINT)), 0) FROM meta
               WHERE k >= 'fed.' AND k < 'fed/' AND CAST(substr(k, 5) AS BIGINT) < $1";
    let row = first(tx, sql, params![day - KEEP_DAYS]).map_err(stored)?;
    let upto = row.map_or(Ok(0), |r| r.int(0)).map_err(stored)?;
    if upto == 0 {
        return Ok(0);
    }
    // Of the marks that are old enough the furthest one says it all.
    let sql = "DELETE FROM meta WHERE k >= 'fed.' AND k < 'fed/' AND CAST(substr(k, 5) AS BIGINT) < $1
               AND CAST(v AS BIGINT) < $2";
    tx.execute(sql, params![day - KEEP_DAYS, upto]).map_err(stored)?;
    let sql = format!(
        "DELETE FROM event WHERE device <> $1 AND turn BETWEEN 1 AND $2 AND app IN (SELECT a.id FROM app a WHERE {CLOSED}
           AND NOT EXISTS (SELECT 1 FROM event e WHERE e.app = a.id AND e.turn NOT BETWEEN 1 AND $2))"
    );
    let gone = tx.execute(&sql, params![device.to_string(), upto]).map_err(stored)?;
    Ok(usize::try_from(gone).unwrap_or(usize::MAX))
}

/// Notes which closed applications have no words left, and gives those that have had none for so long that their rows go,
/// with their days of intake. One that has words again begins anew; one whose scan is here for it alone waits for it.
fn bare_for(tx: &mut dyn Tx, day: i64) -> Result<Vec<(String, String)>, Problem> {
    let bare = format!("{CLOSED} AND NOT EXISTS (SELECT 1 FROM event e WHERE e.app = a.id)");
    let again = format!(
        "DELETE FROM meta WHERE k >= 'bare.' AND k < 'bare/' AND substr(k, 6) NOT IN (SELECT a.id FROM app a WHERE {bare})"
    );
    tx.execute(&again, &[]).map_err(stored)?;
    let new = format!(
        "INSERT INTO meta (k, v) SELECT '{BARE}' || a.id, $1 FROM app a WHERE {bare} ON CONFLICT (k) DO NOTHING"
    );
    tx.execute(&new, params![day.to_string()]).map_err(stored)?;
    let sql = "SELECT a.id, a.day FROM meta m JOIN app a ON a.id = substr(m.k, 6)
               WHERE m.k >= 'bare.' AND m.k < 'bare/' AND CAST(m.v AS BIGINT) < $1
                 AND NOT EXISTS (SELECT 1 FROM scan s JOIN blob b ON b.sha256 = s.sha256 WHERE s.draft = a.id AND b.key <> ''
                   AND NOT EXISTS (SELECT 1 FROM scan o WHERE o.sha256 = s.sha256 AND o.draft <> s.draft))
               ORDER BY a.id LIMIT $2";
    let rows = tx.query(sql, params![day - (FILES_DAYS - KEEP_DAYS), AT_ONCE]).map_err(stored)?;
    rows.iter().map(|r| Ok((r.text(0).map_err(stored)?, r.text(1).map_err(stored)?))).collect()
}

/// Every row of an application.
fn forget_file(tx: &mut dyn Tx, app: &str) -> Result<(), Problem> {
    projection::remove(tx, app).map_err(stored)?;
    for sql in [
        "DELETE FROM lookup WHERE app = $1",
        "DELETE FROM resident_case WHERE app = $1",
        "DELETE FROM sent WHERE app = $1",
        "DELETE FROM attention WHERE app = $1",
        "DELETE FROM blob WHERE key = '' AND sha256 IN (SELECT sha256 FROM scan WHERE draft = $1)
           AND NOT EXISTS (SELECT 1 FROM scan o WHERE o.sha256 = blob.sha256 AND o.draft <> $1)",
        "DELETE FROM scan WHERE draft = $1",
        "DELETE FROM meta WHERE k = 'bare.' || $1",
    ] {
        tx.execute(sql, params![app]).map_err(stored)?;
    }
    forget_name(tx, "application", app)
}

/// Residents whom no application and no draft names any more, and what was noted of looking at them. Says how many went.
fn forget_residents(tx: &mut dyn Tx) -> Result<usize, Problem> {
    let sql = "SELECT r.id FROM resident r WHERE NOT EXISTS (SELECT 1 FROM resident_case c WHERE c.resident = r.id)
                 AND (r.nik = '' OR NOT EXISTS (SELECT 1 FROM lookup l WHERE l.key = r.nik AND l.kind = 'nik'))
                 AND NOT EXISTS (SELECT 1 FROM draft d WHERE r.nik <> '' AND d.document LIKE '%' || r.nik || '%')";
    let rows = tx.query(sql, &[]).map_err(stored)?;
    for row in &rows {
        let id = row.text(0).map_err(stored)?;
        tx.execute("DELETE FROM resident WHERE id = $1", params![&id]).map_err(stored)?;
        tx.execute("DELETE FROM looked WHERE resident = $1", params![&id]).map_err(stored)?;
        forget_name(tx, "resident", &id)?;
    }
    Ok(rows.len())
}

fn forget_name(tx: &mut dyn Tx, kind: &str, reference: &str) -> Result<(), Problem> {
    let of = "(SELECT id FROM name_of WHERE kind = $1 AND ref = $2)";
    tx.execute(&format!("DELETE FROM name_fts WHERE rowid IN {of}"), params![kind, reference]).map_err(stored)?;
    tx.execute("DELETE FROM name_of WHERE kind = $1 AND ref = $2", params![kind, reference]).map_err(stored)?;
    Ok(())
}
