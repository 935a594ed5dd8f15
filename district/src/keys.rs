//! The signing keys of a computer (protocol 2.15, decision 0023): the one that holds, the one it said it changes to, and
//! those of before, with which what it signed then is still read.

use crate::District;
use crate::devices::locked;
use jukung_crypto::succession::{self, Statement};
use jukung_domain::problem::Problem;
use jukung_ledger::tx::first;
use jukung_ledger::{DbProblem, Tx, params};

/// Keys of before that are read of one computer: more changes than a counter makes in its life.
const KEPT_MAX: i64 = 100;

/// A computer, and the keys by which it is known now.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    device: String,
    /// Its office.
    pub office: String,
    /// `pending`, `active`, `refused`, `retired` or `lost`.
    pub state: String,
    /// The key that holds, hex.
    key: String,
    /// The one it changes to, hex; empty when it said none.
    next: String,
}

fn bytes(text: &str) -> Option<[u8; 32]> {
    let mut key = [0; 32];
    hex::decode_to_slice(text, &mut key).ok().map(|()| key)
}

impl Known {
    /// The computer with this id.
    ///
    /// # Errors
    /// Those of the database.
    pub fn of(tx: &mut dyn Tx, device: String) -> Result<Option<Known>, DbProblem> {
        let sql = "SELECT office, state, public_key, next_key FROM device WHERE id = $1";
        let Some(row) = first(tx, sql, params![&device])? else { return Ok(None) };
        let (office, state) = (row.text(0)?, row.text(1)?);
        Ok(Some(Known { device, office, state, key: row.text(2)?, next: row.text(3)? }))
    }

    /// Every key that may sign for the computer: the one that holds, the next one, and those that `statements` name after
    /// these. A restored database knows an old key only, and the statements lead to the new one; to one that was exchanged
    /// they never lead back.
    ///
    /// # Errors
    /// Those of the database.
    pub fn believed(&self, tx: &mut dyn Tx, statements: &[Statement]) -> Result<Vec<[u8; 32]>, DbProblem> {
        let mut all: Vec<[u8; 32]> = [&self.key, &self.next].into_iter().filter_map(|key| bytes(key)).collect();
        if !statements.is_empty() {
            let gone = before(tx, &self.device)?;
            let named = succession::follow(&all, &self.device, statements);
            all.extend(named.into_iter().filter(|key| !gone.contains(key)));
        }
        Ok(all)
    }

    /// Takes in that `by`, one of `believed`, signed a call. Any other key than the one that holds takes its place, and the
    /// ones of before sign no more. Gives the key that the computer may sign with from now on, when it named one.
    ///
    /// # Errors
    /// Those of the database.
    pub fn signed_by(
        &self,
        tx: &mut dyn Tx,
        by: &[u8; 32],
        believed: &[[u8; 32]],
        statements: &[Statement],
        now: i64,
    ) -> Result<Option<String>, Problem> {
        let by = hex::encode(by);
        if by != self.key {
            // Those that stand behind it come after it.
            let before: Vec<String> = believed.iter().map(hex::encode).take_while(|key| *key != by).collect();
            exchange(tx, &self.device, &by, &before, now)?;
            return Ok(None);
        }
        // What it names last is what it changes to. Without a statement it names nothing, and what was named stays.
        let named = believed.last().map(hex::encode).filter(|key| !statements.is_empty() && *key != self.key);
        if let Some(next) = named.as_ref().filter(|next| **next != self.next) {
            tx.execute("UPDATE device SET next_key = $1 WHERE id = $2", params![next, &self.device])?;
        }
        Ok(named)
    }
}

/// Makes `key` the one that holds; what was signed with those of `before` is still read.
fn exchange(tx: &mut dyn Tx, device: &str, key: &str, before: &[String], now: i64) -> Result<(), Problem> {
    let since = "SELECT max(until) FROM device_key WHERE device = $1";
    let since = first(tx, since, params![device])?.and_then(|row| row.int(0).ok());
    let enrolled = first(tx, "SELECT enrolled FROM device WHERE id = $1", params![device])?;
    let since = since.map_or_else(|| enrolled.map_or(Ok(0), |row| row.int(0)), Ok)?;
    for old in before {
        tx.execute(
            "INSERT INTO device_key (device, public_key, since, until) VALUES ($1, $2, $3, $4)
             ON CONFLICT (device, public_key) DO UPDATE SET until = excluded.until",
            params![device, old, since, now],
        )?;
    }
    tx.execute("UPDATE device SET public_key = $1, next_key = '' WHERE id = $2", params![key, device])?;
    // Whoever has the old key may have got one with it.
    tx.execute("DELETE FROM token WHERE device = $1", params![device])?;
    Ok(())
}

/// Every key with which a computer ever signed, the one that holds first.
///
/// # Errors
/// Those of the database.
pub(crate) fn all(tx: &mut dyn Tx, device: &str) -> Result<Vec<[u8; 32]>, DbProblem> {
    let now = first(tx, "SELECT public_key, next_key FROM device WHERE id = $1", params![device])?;
    let mut found = Vec::new();
    if let Some(row) = now {
        found.extend([row.text(0)?, row.text(1)?].iter().filter_map(|key| bytes(key)));
    }
    found.extend(before(tx, device)?);
    Ok(found)
}

/// The keys that a computer had before, the last one first.
fn before(tx: &mut dyn Tx, device: &str) -> Result<Vec<[u8; 32]>, DbProblem> {
    let sql =
        "SELECT public_key FROM device_key WHERE device = $1 ORDER BY until DESC, since DESC, public_key LIMIT $2";
    let keys =
        tx.query(sql, params![device, KEPT_MAX])?.iter().map(|row| row.text(0)).collect::<Result<Vec<_>, _>>()?;
    Ok(keys.iter().filter_map(|key| bytes(key)).collect())
}

impl District {
    /// Goes back to the key that a computer had before: it was put together again from a backup of that time and has no
    /// newer one. Whoever else has that key can sign as this computer then: ask at the office first.
    ///
    /// # Errors
    /// `not_found` when there is no such computer or it never changed its key; `ended_already` when it was ended.
    pub fn old_key(&self, device: &str) -> Result<(), Problem> {
        let now = self.edge.now();
        let id = self.db.write(|tx| {
            let (id, state) = locked(tx, device)?;
            if state != "active" {
                return Err(Problem::new("ended_already").with("state", state));
            }
            let holds = Known::of(tx, id.clone())?.ok_or_else(|| Problem::new("not_found"))?.key;
            let mut old = before(tx, &id)?.into_iter().map(hex::encode).filter(|key| *key != holds);
            let old = old.next().ok_or_else(|| Problem::new("not_found"))?;
            exchange(tx, &id, &old, &[holds], now)?;
            Ok(id)
        })?;
        // What it asked with the newer key is not answered any more.
        self.forget_question(&id)
    }
}
