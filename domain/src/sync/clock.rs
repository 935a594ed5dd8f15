//! The logical clock of a log: evidence for people, never order (protocol 2.11).

/// How far a wall clock may run ahead of what is known before it is not believed, in ms: 45 days (protocol 2.11).
pub const JUMP_MAX_MS: i64 = 45 * 24 * 60 * 60_000;

/// R11: the logical time of the next event, in ms. Strictly increasing whatever the wall clock does; a wall that jumps
/// further ahead of `known` than [`JUMP_MAX_MS`] is not taken over, so one broken battery does not date every later event.
#[must_use]
pub fn tick(last: i64, wall: i64, known: i64) -> i64 {
    let believed = if wall <= known.max(last).saturating_add(JUMP_MAX_MS) { wall } else { last };
    believed.max(last.saturating_add(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_goes_on_whatever_the_wall_says() {
        let now = 1_790_000_000_000;
        let mut last = now;
        for wall in [now, 0, -5, i64::MAX, now - 50 * 365 * 86_400_000, now + 1_000] {
            let next = tick(last, wall, now);
            assert!(next > last && next < now + JUMP_MAX_MS, "{wall}");
            last = next;
        }
    }
}
