//! What a load run found: order statistics, processor time, and the count at the district.

use super::counter::Counter;
use crate::District;
use jukung_domain::problem::Problem;
use jukung_ledger::params;
use jukung_ledger::tx::first;
use serde::Serialize;

/// Ticks of processor time in a second, as Linux tells them in `/proc` (USER_HZ, 100 everywhere).
const TICK_MS: u64 = 10;

/// Pushes of one part.
#[derive(Debug, Default, Serialize)]
pub struct Figure {
    /// How many.
    pub pushes: usize,
    /// Events in them that the district acknowledged.
    pub events: usize,
    /// From the first to the last, in ms.
    pub ms: i64,
    /// Events in a second.
    pub events_per_s: f64,
    /// Events in a second of processor time of the server and its database; 0 when their processes were not named.
    pub events_per_cpu_s: f64,
    /// Half of the pushes took at most so many ms.
    pub p50_ms: i64,
    /// Ninety-nine of a hundred.
    pub p99_ms: i64,
    /// The slowest one.
    pub slowest_ms: i64,
    #[serde(skip)]
    began: (i64, u64),
    #[serde(skip)]
    all: Vec<i64>,
}

/// All counters waking within the same time.
#[derive(Debug, Default, Serialize)]
pub struct Woken {
    /// How many counters.
    pub counters: usize,
    /// Applications they had.
    pub applications: usize,
    /// The time in which they woke, in ms.
    pub within_ms: u64,
    /// Until the last one was acknowledged, in ms.
    pub ms: i64,
    /// Times that somebody had to wait and try again.
    pub tries_again: u32,
    /// From waking to the last acknowledgement: half of the counters, ninety-nine of a hundred, the slowest, in ms.
    pub p50_ms: i64,
    pub p99_ms: i64,
    pub slowest_ms: i64,
    #[serde(skip)]
    all: Vec<i64>,
}

/// What the district has of these counters, asked of its database.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counted {
    /// Events that were acknowledged to them.
    pub acknowledged: i64,
    /// Events it has.
    pub events: i64,
    /// Applications they handed in.
    pub handed_in: i64,
    /// Applications it has.
    pub applications: i64,
    /// Events that it did not apply.
    pub not_applied: i64,
}

impl Counted {
    /// Nothing that was acknowledged is missing or there twice.
    #[must_use]
    pub fn whole(&self) -> bool {
        self.acknowledged == self.events && self.handed_in == self.applications && self.not_applied == 0
    }
}

/// The value below which `share` hundredths of the sorted values lie.
fn at(sorted: &[i64], share: usize) -> i64 {
    sorted.len().checked_sub(1).and_then(|last| sorted.get((last * share).div_ceil(100))).copied().unwrap_or(0)
}

#[expect(clippy::cast_precision_loss, reason = "a figure for people")]
fn per_s(n: usize, ms: i64) -> f64 {
    if ms > 0 { (n as f64 * 1_000.0 / ms as f64).round() } else { 0.0 }
}

impl Figure {
    pub(super) fn begins(now: i64, cpu_ms: u64) -> Figure {
        Figure { began: (now, cpu_ms), ..Figure::default() }
    }

    pub(super) fn took(&mut self, events: usize, ms: i64) {
        self.events += events;
        self.all.push(ms);
    }

    pub(super) fn ends(mut self, now: i64, cpu_ms: u64) -> Figure {
        self.all.sort_unstable();
        self.pushes = self.all.len();
        self.ms = now - self.began.0;
        self.events_per_s = per_s(self.events, self.ms);
        self.events_per_cpu_s = per_s(self.events, i64::try_from(cpu_ms.saturating_sub(self.began.1)).unwrap_or(0));
        (self.p50_ms, self.p99_ms, self.slowest_ms) = (at(&self.all, 50), at(&self.all, 99), at(&self.all, 100));
        self
    }
}

impl Woken {
    pub(super) fn took(&mut self, applications: usize, tries_again: u32, ms: i64) {
        self.applications += applications;
        self.tries_again += tries_again;
        self.all.push(ms);
    }

    pub(super) fn ends(mut self, within_ms: u64, ms: i64) -> Woken {
        self.all.sort_unstable();
        self.counters = self.all.len();
        (self.within_ms, self.ms) = (within_ms, ms);
        (self.p50_ms, self.p99_ms, self.slowest_ms) = (at(&self.all, 50), at(&self.all, 99), at(&self.all, 100));
        self
    }
}

/// Processor time of these processes so far, in ms; nothing where `/proc` does not tell.
pub(super) fn cpu_ms(pids: &[u32]) -> u64 {
    let of = |pid: &u32| {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        // Behind the name, which may hold anything, user and system time are the twelfth and thirteenth.
        let rest = stat.rsplit(')').next().unwrap_or_default();
        let ticks = rest.split_whitespace().skip(11).take(2).map(|t| t.parse::<u64>().unwrap_or(0));
        ticks.sum::<u64>() * TICK_MS
    };
    pids.iter().map(of).sum()
}

/// Counts at the district what it has of these counters.
pub(super) fn counted(district: &District, counters: &[Counter]) -> Result<Counted, Problem> {
    let mut counted = Counted::default();
    for counter in counters {
        counted.acknowledged += counter.acked;
        counted.handed_in += counter.written;
        let sql =
            "SELECT count(*), count(DISTINCT a.id), coalesce(sum(CASE WHEN e.outcome = 'applied' THEN 0 ELSE 1 END), 0)
                   FROM log l JOIN event e ON e.uid = l.uid LEFT JOIN app a ON a.id = e.app WHERE l.device = $1";
        let row = district.db.read(|tx| first(tx, sql, params![counter.device.to_string()]))?;
        if let Some(row) = row {
            counted.events += row.int(0)?;
            counted.applications += row.int(1)?;
            counted.not_applied += row.int(2)?;
        }
    }
    Ok(counted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_statistics_count_from_the_slow_end() {
        let all: Vec<i64> = (1..=200).collect();
        assert_eq!((at(&all, 50), at(&all, 99), at(&all, 100), at(&[], 99)), (101, 199, 200, 0));
    }
}
