//! The edges: the one clock and the one source of chance, handed to everything else as arguments.

use jiff::civil::Date;
use std::sync::Arc;

/// Says what time it is, in ms since 1970 UTC. Evidence, never order.
pub trait Clock: Send + Sync {
    /// Now, in ms.
    fn now_ms(&self) -> i64;
}

/// Gives random bytes.
pub trait Chance: Send + Sync {
    /// Fills `bytes`.
    fn fill(&self, bytes: &mut [u8]);
}

/// Clock and chance together.
#[derive(Clone)]
pub struct Edge {
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The chance.
    pub chance: Arc<dyn Chance>,
}

struct System;

impl Clock for System {
    #[expect(clippy::disallowed_methods, reason = "the edge where the clock comes in")]
    fn now_ms(&self) -> i64 {
        jiff::Timestamp::now().as_millisecond()
    }
}

impl Chance for System {
    #[expect(clippy::disallowed_methods, reason = "the edge where chance comes in")]
    fn fill(&self, bytes: &mut [u8]) {
        if let Err(e) = getrandom::fill(bytes) {
            // Without chance no key and no id is safe to make: nothing sensible can go on.
            tracing::error!("no source of chance: {e}");
            std::process::abort();
        }
    }
}

impl Edge {
    /// The machine's own clock and chance.
    #[must_use]
    pub fn system() -> Edge {
        Edge { clock: Arc::new(System), chance: Arc::new(System) }
    }

    /// `N` random bytes.
    #[must_use]
    pub fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0u8; N];
        self.chance.fill(&mut bytes);
        bytes
    }

    /// A new time-ordered id. Its time part is not trusted, only its uniqueness.
    #[must_use]
    pub fn new_id(&self) -> uuid::Uuid {
        let ms = u64::try_from(self.clock.now_ms()).unwrap_or(0);
        uuid::Builder::from_unix_timestamp_millis(ms, &self.random::<10>()).into_uuid()
    }
}

/// Time in the office's zone.
#[derive(Debug, Clone, Copy)]
pub struct Local(jiff::civil::DateTime);

impl Local {
    /// `ms` as it reads on the wall of an office in `zone` (`WIB`, `WITA` or `WIT`; WITA when unknown).
    #[must_use]
    pub fn at(ms: i64, zone: &str) -> Local {
        let hours = match zone {
            "WIB" => 7,
            "WIT" => 9,
            _ => 8,
        };
        let moment = jiff::Timestamp::from_millisecond(ms).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        Local(jiff::tz::offset(hours).to_datetime(moment))
    }

    /// The calendar day.
    #[must_use]
    pub fn day(&self) -> Date {
        self.0.date()
    }

    /// `10.14`.
    #[must_use]
    pub fn time(&self) -> String {
        format!("{:02}.{:02}", self.0.hour(), self.0.minute())
    }
}

pub use jukung_domain::words::{long_day, short_day};

/// `baru saja`, `12 menit`, `3 jam`, `2 hari`.
#[must_use]
pub fn age(from_ms: i64, now_ms: i64) -> String {
    let minutes = now_ms.saturating_sub(from_ms).max(0) / 60_000;
    match minutes {
        0 => "baru saja".into(),
        1..60 => format!("{minutes} menit"),
        60..1440 => format!("{} jam", minutes / 60),
        _ => format!("{} hari", minutes / 1440),
    }
}

/// Working days after `from` (Monday to Friday; the district's holidays come with its settings).
#[must_use]
pub fn working_days_after(from: Date, days: u16) -> Date {
    let mut day = from;
    let mut left = days;
    while left > 0 {
        match day.tomorrow() {
            Ok(next) => day = next,
            Err(_) => break,
        }
        if day.weekday().to_monday_zero_offset() < 5 {
            left -= 1;
        }
    }
    day
}
