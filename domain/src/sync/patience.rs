//! What a device does with a status, how long it waits, and when it gives a call up (protocol 2.3).

/// First wait after a failure, in ms.
const FIRST_WAIT_MS: u64 = 30_000;
/// Longest wait while there is a link, in ms: a clerk who looks up after tea finds it tried again (issue 3, 3).
pub const WAIT_MAX_MS: u64 = 5 * 60_000;

/// How long a call may stand still before it is given up, in ms (protocol 2.3).
pub const IDLE_MAX_MS: u64 = 45_000;

/// The slowest link that counts as moving, in bytes per second: 2G in the rain.
const SLOWEST: u64 = 2_000;
/// What a computer takes off a program's hands before it has left: the send buffer of Linux at most.
const BUFFERED_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// How long the answer to a body of `bytes` may be waited for after its last byte was handed to the computer, in ms: what
/// lies in its buffers is still moving, and nobody sees it.
#[must_use]
pub fn drain_ms(bytes: u64) -> u64 {
    bytes.min(BUFFERED_BYTES_MAX) * 1_000 / SLOWEST
}

/// R12: whether a call has stalled for longer than `idle_ms` ([`IDLE_MAX_MS`] in the product). Only progress counts: 1 MB
/// over 50 kbit/s needs three minutes and must be let.
#[must_use]
pub fn stalled(last_progress_ms: u64, now_ms: u64, idle_ms: u64) -> bool {
    now_ms.saturating_sub(last_progress_ms) > idle_ms
}

/// What to do after a call. No answer ever makes a device delete or give up an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Processed: take the answer in.
    TakeIn,
    /// Send half as many events.
    Halve,
    /// Hand this one event over as bytes of its own.
    Opaque,
    /// Send the same without packing it: the district does not know how it was packed.
    Plain,
    /// Wait, then send the same bytes.
    Wait,
    /// Something answered that is not the district, as the portal of a network does that wants a sign-in first.
    Elsewhere,
    /// Stop and tell a person; everything is kept.
    Stop(Why),
}

/// Why a device stops and asks for a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// The district does not know this computer, or has ended its permission.
    NotEnrolled,
    /// This app is too old to be told anything; its events were still taken.
    TooOld,
}

/// Classifies an HTTP status; `events` is how many were in the call.
#[must_use]
pub fn after(status: u16, events: usize) -> Next {
    match status {
        200 => Next::TakeIn,
        400 | 413 | 422 if events > 1 => Next::Halve,
        400 | 413 | 422 if events == 1 => Next::Opaque,
        415 => Next::Plain,
        401 | 403 => Next::Stop(Why::NotEnrolled),
        426 => Next::Stop(Why::TooOld),
        // The district sends nobody elsewhere; 511 is what RFC 6585 gives to portals.
        300..=399 | 511 => Next::Elsewhere,
        _ => Next::Wait,
    }
}

/// Whether the body of a refusal is the district's: it always says its code (RFC 9457). A portal or a web server in between
/// refuses with a page, and a computer must not be called unknown because of that.
#[must_use]
pub fn is_the_districts(refusal: &[u8]) -> bool {
    serde_json::from_slice::<serde_json::Value>(refusal).is_ok_and(|v| v.get("code").is_some_and(|c| c.is_string()))
}

/// How long to wait after `tries` failures: full jitter under a ceiling. `chance` is any 32-bit number.
#[must_use]
pub fn wait_ms(tries: u32, chance: u32) -> u64 {
    let ceiling = FIRST_WAIT_MS.saturating_mul(1 << tries.min(8)).min(WAIT_MAX_MS);
    // Never under a second: a retry in the same breath only costs battery.
    1_000 + ceiling.saturating_sub(1_000) * u64::from(chance) / u64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_never_passes_its_ceiling() {
        for tries in 0..100 {
            assert!(wait_ms(tries, u32::MAX) <= WAIT_MAX_MS);
            assert!(wait_ms(tries, 0) >= 1_000);
        }
    }

    #[test]
    fn a_long_body_is_waited_for_longer_after_it_left_the_program() {
        assert_eq!(drain_ms(0), 0);
        assert_eq!(drain_ms(1_000_000), 500_000, "1 MB at 2 kB/s");
        assert_eq!(drain_ms(u64::MAX), drain_ms(BUFFERED_BYTES_MAX));
    }

    #[test]
    fn no_status_makes_a_device_give_up_an_event() {
        for status in 100..600 {
            for events in [0, 1, 200] {
                assert!(matches!(
                    after(status, events),
                    Next::TakeIn
                        | Next::Halve
                        | Next::Opaque
                        | Next::Plain
                        | Next::Wait
                        | Next::Elsewhere
                        | Next::Stop(_)
                ));
            }
        }
        assert_eq!(after(422, 1), Next::Opaque, "a single event is never dropped");
        assert_eq!(after(422, 0), Next::Wait, "and a call without one is no event's fault");
    }
}
