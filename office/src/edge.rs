//! The edges: the one clock and the one source of chance, handed to everything else as arguments.

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

pub use jukung_domain::calendar::{Local, working_days_after};
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
