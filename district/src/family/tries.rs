//! How often something may be asked in a while. The counts lie in the database, so that copies of the server share them,
//! under keys from which nobody reads an address or a number back.

use jukung_ledger::{DbProblem, Tx, params, tx::first};

/// A limit: so many in so long.
#[derive(Debug, Clone, Copy)]
pub struct Limit {
    /// Stands in the key: each limit counts for itself.
    pub name: &'static str,
    /// Most in one window.
    pub most: i64,
    /// Length of the window in ms.
    pub window_ms: i64,
}

/// Looks from one address: a village's network or a mobile operator's is one address for many families, and 120 in ten
/// minutes are sixty of them looking twice; a machine that tries numbers is stopped in its first minute.
pub const LOOKS: Limit = Limit { name: "look", most: 120, window_ms: 10 * 60_000 };
/// Wrong second facts for one number: a hundred birth years are possible, so a guesser needs five days for one masked line;
/// the family still has its link, the hotline and the counter.
pub const WRONG: Limit = Limit { name: "wrong", most: 10, window_ms: 24 * 3_600_000 };

/// Longest window there is: older rows are nobody's count.
const KEPT_MS: i64 = 48 * 3_600_000;

/// Counts as they are kept.
pub struct Tries<'a> {
    /// Secret of this district.
    pub secret: &'a [u8; 32],
    /// Now, in ms.
    pub now: i64,
}

impl Tries<'_> {
    fn key(&self, limit: Limit, who: &str) -> String {
        let text = format!("jukung-tries-1\n{}\n{who}", limit.name);
        hex::encode(&jukung_crypto::proof::prove(self.secret, text.as_bytes())[..16])
    }

    /// Minutes until `who` may ask again; none when they may now. The row stays locked until the commit.
    ///
    /// # Errors
    /// Those of the database.
    pub fn blocked(&self, tx: &mut dyn Tx, limit: Limit, who: &str) -> Result<Option<i64>, DbProblem> {
        let key = self.key(limit, who);
        tx.execute("UPDATE tries SET count = count WHERE key = $1", params![&key])?;
        let Some(row) = first(tx, "SELECT since, count FROM tries WHERE key = $1", params![&key])? else {
            return Ok(None);
        };
        let left = row.int(0)? + limit.window_ms - self.now;
        Ok((left > 0 && row.int(1)? >= limit.most).then_some(left / 60_000 + 1))
    }

    /// Counts one more for `who`; a window that ended begins anew.
    ///
    /// # Errors
    /// Those of the database.
    pub fn count(&self, tx: &mut dyn Tx, limit: Limit, who: &str) -> Result<(), DbProblem> {
        tx.execute("DELETE FROM tries WHERE since < $1", params![self.now - KEPT_MS])?;
        tx.execute(
            "INSERT INTO tries (key, since, count) VALUES ($1, $2, 1)
             ON CONFLICT (key) DO UPDATE SET
               count = CASE WHEN tries.since <= $3 THEN 1 ELSE tries.count + 1 END,
               since = CASE WHEN tries.since <= $3 THEN excluded.since ELSE tries.since END",
            params![self.key(limit, who), self.now, self.now - limit.window_ms],
        )?;
        Ok(())
    }
}
