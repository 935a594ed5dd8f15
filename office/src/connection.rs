//! Whether the Dinas can be reached, and how long what waits will take: told from what was tried.

use crate::view::Connection;
use crate::{Office, stored};
use jukung_domain::problem::Problem;
use jukung_domain::sync::pace;
use jukung_domain::texts::say;
use jukung_ledger::tx::first;

/// Clocks may differ by this much before anybody is asked to set one, ms: less dates no report wrongly, and a slow link
/// alone takes as long.
const CLOCK_FAR_MS: i64 = 5 * 60_000;
const HOUR_MS: i64 = 60 * 60_000;

/// The sentence for a clock that is so much ahead (or behind), in the largest unit that says it; empty while it agrees.
fn clock_told(ahead_ms: i64) -> String {
    let far = ahead_ms.saturating_abs();
    if far <= CLOCK_FAR_MS {
        return String::new();
    }
    let (unit, n) = if far <= 2 * HOUR_MS {
        ("minutes", far / 60_000)
    } else if far <= 48 * HOUR_MS {
        ("hours", far / HOUR_MS)
    } else {
        ("days", far / (24 * HOUR_MS))
    };
    let by = say(&format!("connection.clock.{unit}"), &[("n", &n.to_string())]);
    say("connection.clock", &[("by", &by)])
}

impl Office {
    /// The connection as the top bar tells it: from what was tried, never from what the system believes.
    ///
    /// # Errors
    /// Those of storage.
    pub fn connection(&self) -> Result<Connection, Problem> {
        let live = self.live();
        let (waiting, last) = self.db.read(|tx| {
            let row = first(tx, "SELECT count(*) FROM queue", &[]).map_err(stored)?;
            let last = first(tx, "SELECT coalesce(max(received), 0) FROM sent", &[]).map_err(stored)?;
            let last = last.map_or(Ok(0), |r| r.int(0)).map_err(stored)?;
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
            clock: clock_told(live.clock_ahead),
            ended: self.end_told(&n)?,
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

#[cfg(test)]
mod tests {
    use super::clock_told;

    #[test]
    fn a_clock_is_only_spoken_of_when_it_is_far_off_either_way() {
        let minute = 60_000;
        assert!([0, 5 * minute, -5 * minute].map(clock_told).iter().all(String::is_empty));
        for (ahead, said) in [(12, "12 menit"), (-12, "12 menit"), (3 * 60, "3 jam"), (-50 * 24 * 60, "50 hari")] {
            assert!(clock_told(ahead * minute).contains(&format!("berbeda {said} dari")), "{said}");
        }
        assert!(!clock_told(i64::MIN).is_empty(), "a broken battery is no reason to fall over");
    }
}
