//! Scans of closed applications, once they lie in a verified backup of the Dinas: first the key, then the file. No clock has
//! a say in it.

use super::{Class, told};
use crate::{Office, stored};
use jukung_domain::problem::Problem;
use jukung_ledger::point::point;
use jukung_ledger::tx::first;
use jukung_ledger::{Tx, params};

/// Scans let go of at a time: the one writer is held for it. What is left goes with the next tending.
const AT_ONCE: i64 = 200;

/// Scans that nothing needs any more, oldest first: the Dinas has each by its signed word, every application that names it
/// here is closed, has sent everything and has all of it in a verified backup, leaves a person nothing to settle, is not
/// held back, and no draft names it. An event is no sooner safe than the scans it names (district `backup`).
const FREE: &str = r#"WITH waits AS (SELECT DISTINCT e.app AS id FROM log l JOIN event e ON e.uid = l.uid
       WHERE l.seq > coalesce((SELECT max(s.seq) FROM safe s WHERE s.inc = l.incarnation), 0)
       UNION SELECT app FROM queue UNION SELECT app FROM attention WHERE closed = 0)
     SELECT b.sha256 FROM blob b WHERE b.state = 'received' AND b.key <> ''
       AND EXISTS (SELECT 1 FROM scan s WHERE s.sha256 = b.sha256)
       AND NOT EXISTS (SELECT 1 FROM scan s LEFT JOIN app a ON a.id = s.draft WHERE s.sha256 = b.sha256
         AND (a.id IS NULL OR a.status NOT IN ('DELIVERED', 'REJECTED', 'CANCELLED') OR a.id IN (SELECT id FROM waits)
           OR EXISTS (SELECT 1 FROM folded h WHERE h.app = a.id AND h.state LIKE '%"held_back":%')))
       AND NOT EXISTS (SELECT 1 FROM draft d WHERE d.document LIKE '%' || b.sha256 || '%')
     ORDER BY b.at, b.sha256 LIMIT $1"#;

impl Office {
    /// Lets go of scans, as many as at a time; whether that was all. Their keys go in one transaction with the record of it,
    /// their files after it: a process that dies in between leaves files that nothing can open, and the next start removes
    /// them. A name never stands without the truth.
    pub(super) fn forget_scans(&self) -> Result<bool, Problem> {
        let now = self.now();
        let gone = self.db.write(|tx| {
            let rows = tx.query(FREE, params![AT_ONCE]).map_err(stored)?;
            let free = rows.iter().map(|r| r.text(0)).collect::<Result<Vec<_>, _>>().map_err(stored)?;
            for sha256 in &free {
                // From now on `at` says when it went.
                tx.execute("UPDATE blob SET key = '', at = $1 WHERE sha256 = $2", params![now, sha256])
                    .map_err(stored)?;
            }
            if !free.is_empty() {
                told::write_down(tx, &self.identity, Class::Scans, free.len(), "", &[])?;
            }
            Ok::<_, Problem>(free)
        })?;
        if !gone.is_empty() {
            point("scan.keyless");
            self.remove_keyless(&gone)?;
            point("scan.gone");
        }
        Ok(i64::try_from(gone.len()).is_ok_and(|n| n < AT_ONCE))
    }

    /// Removes the files of scans whose key is gone, and their small pictures. In the transaction of the one writer: somebody
    /// may be bringing the same paper again, with a new key and a new file of the same name.
    fn remove_keyless(&self, gone: &[String]) -> Result<(), Problem> {
        self.db.write(|tx| {
            for sha256 in gone {
                if gone_on(tx, sha256)?.is_some() {
                    self.scans.remove(sha256)?;
                    self.small.remove(sha256)?;
                }
            }
            Ok(())
        })
    }

    /// What a process that died left of it: files whose keys are gone.
    pub(crate) fn remove_left_over(&self) -> Result<(), Problem> {
        let gone = self.keyless()?;
        self.remove_keyless(&gone)
    }

    /// Scans whose key is gone.
    pub(crate) fn keyless(&self) -> Result<Vec<String>, Problem> {
        self.db.read(|tx| {
            let rows = tx.query("SELECT sha256 FROM blob WHERE key = ''", &[]).map_err(stored)?;
            rows.iter().map(|r| r.text(0).map_err(stored)).collect()
        })
    }
}

/// When a scan was deleted here, in ms; nothing while it is here, or never was.
pub(crate) fn gone_on(tx: &mut dyn Tx, sha256: &str) -> Result<Option<i64>, Problem> {
    let sql = "SELECT at FROM blob WHERE sha256 = $1 AND key = ''";
    first(tx, sql, params![sha256]).map_err(stored)?.map(|r| r.int(0)).transpose().map_err(stored)
}

/// A restored district asks for a scan that rightly went from here: nobody asks for it again, and a person hears of it.
pub(crate) fn lost_at_district(tx: &mut dyn Tx, sha256: &str, now: i64) -> Result<(), Problem> {
    tx.execute("UPDATE blob SET state = 'received' WHERE sha256 = $1", params![sha256]).map_err(stored)?;
    let sql = "INSERT INTO attention (uid, app, reason, detail, opened, closed)
               SELECT $1, s.draft, 'scan-gone', '', $2, 0 FROM scan s WHERE s.sha256 = $1 ORDER BY s.at LIMIT 1
               ON CONFLICT (uid) DO UPDATE SET reason = excluded.reason, opened = excluded.opened, closed = 0";
    tx.execute(sql, params![sha256, now]).map_err(stored)?;
    Ok(())
}
