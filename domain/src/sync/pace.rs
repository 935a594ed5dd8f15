//! How much goes into one call, and how long what waits will take: both from what the link was measured to carry.

use crate::pack;

/// Air time one call may cost when it is cut, in s (protocol 2.3).
const CALL_S: i64 = 10;
/// Smallest call in bytes: below it the round trip is all there is.
const CALL_BYTES_MIN: i64 = 2 * 1024;
/// Call while nothing was measured: ten seconds at 50 kbit/s.
const CALL_BYTES_FIRST: i64 = 64 * 1024;
/// Largest call: a faster link gains nothing from more.
const CALL_BYTES_MAX: i64 = 256 * 1024;
/// Longest time that is still a measurement, in ms; more is a clock that jumped.
const MEASURED_MS_MAX: i64 = 60 * 60_000;

/// The rate after a call that moved `bytes` in `ms`, in bytes per second: half the old, half the new, so that one
/// cut-off minute does not decide the day. Calls that carried nearly nothing measure the round trip, not the link.
#[must_use]
pub fn rate_after(before: i64, bytes: i64, ms: i64) -> i64 {
    if bytes < CALL_BYTES_MIN || !(1..=MEASURED_MS_MAX).contains(&ms) {
        return before;
    }
    let seen = (bytes.saturating_mul(1000) / ms).max(1);
    if before == 0 { seen } else { i64::midpoint(before, seen) }
}

/// Bytes of one call at `rate` bytes per second; 0 means that nothing was measured.
#[must_use]
pub fn call_bytes(rate: i64) -> i64 {
    if rate == 0 { CALL_BYTES_FIRST } else { rate.saturating_mul(CALL_S).clamp(CALL_BYTES_MIN, CALL_BYTES_MAX) }
}

/// Bytes per second from which a link is fast: packing harder then takes longer than it saves.
const FAST_RATE: i64 = 100_000;

/// How hard to pack for a link of `rate` bytes per second (protocol 0.7).
#[must_use]
pub fn level(rate: i64) -> i32 {
    if rate < FAST_RATE { pack::LEVEL_SLOW } else { pack::LEVEL_FAST }
}

/// Whether scans must go in small pieces: after a cut of a piece that was sent from `from`, `now` bytes lie at the district.
/// Nothing new means that something on the way hands a call on only when it is whole, or that the line was dead, where small
/// pieces cost a round trip each. The first cut is the probe of protocol 2.12: nobody's line is cut on purpose.
#[must_use]
pub fn in_small_pieces(from: usize, now: usize) -> bool {
    now <= from
}

/// Minutes that `bytes` take, rounded up; `None` when nothing waits or nothing was measured.
#[must_use]
pub fn minutes(bytes: i64, rate: i64) -> Option<i64> {
    (rate > 0 && bytes > 0).then(|| (bytes / rate) / 60 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_follows_the_link_within_its_bounds() {
        assert_eq!(call_bytes(0), CALL_BYTES_FIRST);
        assert_eq!(call_bytes(50_000 / 8), 62_500, "ten seconds at 50 kbit/s");
        assert_eq!((call_bytes(1), call_bytes(i64::MAX)), (CALL_BYTES_MIN, CALL_BYTES_MAX));
    }

    #[test]
    fn a_small_call_or_a_clock_that_jumped_measures_nothing() {
        assert_eq!(rate_after(700, 300, 600), 700);
        assert_eq!(rate_after(700, 10_000, 0), 700);
        assert_eq!(rate_after(700, 10_000, i64::MAX), 700);
        assert_eq!(rate_after(0, 10_000, 1_000), 10_000);
        assert_eq!(rate_after(10_000, 10_000, 10_000), 5_500);
    }

    #[test]
    fn an_estimate_is_only_given_from_a_measurement() {
        assert_eq!((minutes(0, 100), minutes(100, 0)), (None, None));
        assert_eq!(minutes(5_000_000, 6_250), Some(14));
        assert_eq!(minutes(1, 6_250), Some(1));
    }
}
