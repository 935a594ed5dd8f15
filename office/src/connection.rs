//! Whether the Dinas can be reached, and how long what waits will take: told from what was tried.

use crate::view::Connection;
use crate::{Office, stored};
use jukung_domain::problem::Problem;
use jukung_domain::sync::pace;
use jukung_domain::texts::say;
use jukung_ledger::params;
use jukung_ledger::tx::first;

impl Office {
    /// The connection as the top bar tells it: from what was tried, never from what the system believes.
    ///
    /// # Errors
    /// Those of storage.
    pub fn connection(&self) -> Result<Connection, Problem> {
        let live = self.live();
        let (waiting, last) = self.db.read(|tx| {
            let row = first(tx, "SELECT count(*) FROM queue WHERE received = 0", &[]).map_err(stored)?;
            let last =
                first(tx, "SELECT max(received) FROM queue WHERE received > $1", params![0_i64]).map_err(stored)?;
            let last = last.and_then(|r| r.int(0).ok()).unwrap_or(0);
            Ok::<_, Problem>((row.map_or(Ok(0), |r| r.int(0)).map_err(stored)?, last))
        })?;
        let state = match (live.sending, live.state.as_str()) {
            (true, _) => "busy",
            (false, "") => "unknown",
            (false, other) => other,
        };
        let n = waiting.to_string();
        Ok(Connection {
            state: state.into(),
            text: say(&format!("connection.{state}"), &[("n", &n)]),
            waiting: u32::try_from(waiting).unwrap_or(u32::MAX),
            last_sent: if last > 0 {
                say("connection.last_sent", &[("time", &self.local(last).time())])
            } else {
                String::new()
            },
            next_try: if live.next_try > 0 {
                say("connection.next_try", &[("time", &self.local(live.next_try).time())])
            } else {
                String::new()
            },
            room: self.room_told(),
            attention: u32::try_from(self.attention()?.len()).unwrap_or(u32::MAX),
        })
    }

    /// `Kira-kira 4 menit` from the last measured rate; empty while nothing was measured.
    #[must_use]
    pub fn estimate(&self, bytes: i64) -> String {
        let minutes = pace::minutes(bytes, self.live().rate);
        minutes.map_or_else(String::new, |n| say("sending.estimate", &[("n", &n.to_string())]))
    }
}
