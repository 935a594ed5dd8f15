//! What this counter does most, so that the picker of services begins with it.

use crate::{Office, stored};
use jukung_domain::problem::Problem;
use jukung_ledger::params;

/// How far back is counted: a month tells a season (school, harvest) from last year's.
const DAYS: i64 = 30;
const DAY_MS: i64 = 86_400_000;
/// Services shown: one line of buttons at 1366 px.
const SHOWN_MAX: i64 = 4;

impl Office {
    /// Codes of the services handed in most here in the last 30 days, most first; empty for a new counter.
    ///
    /// # Errors
    /// Those of storage.
    pub fn often(&self) -> Result<Vec<String>, Problem> {
        let since = self.now() - DAYS * DAY_MS;
        let sql =
            "SELECT service FROM app WHERE created >= $1 GROUP BY service ORDER BY count(*) DESC, service LIMIT $2";
        let rows = self.db.read(|tx| tx.query(sql, params![since, SHOWN_MAX])).map_err(stored)?;
        let codes = rows.iter().map(|r| r.text(0).map_err(stored)).collect::<Result<Vec<_>, _>>()?;
        Ok(codes.into_iter().filter(|code| self.service(code).is_ok()).collect())
    }
}
