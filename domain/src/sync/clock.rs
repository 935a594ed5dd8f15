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

/// How far a wall clock may lie behind what is known before it is not believed, in ms: 5 minutes (protocol 2.11).
pub const BEHIND_MAX_MS: i64 = 5 * 60_000;

/// What a wall clock is worth beside the newest moment this computer knows of: its build, its own last event, the last
/// word of the district.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wall {
    /// It may be right.
    Fits,
    /// It lies before what has already happened: a dead battery, or somebody set it back.
    Behind,
    /// It lies further ahead than a counter ever stood still.
    Ahead,
}

/// Judges a wall clock; both in ms.
#[must_use]
pub fn judge(wall: i64, known: i64) -> Wall {
    if wall < known.saturating_sub(BEHIND_MAX_MS) {
        Wall::Behind
    } else if wall > known.saturating_add(JUMP_MAX_MS) {
        Wall::Ahead
    } else {
        Wall::Fits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_before_what_happened_or_far_ahead_of_it_is_not_believed() {
        let known = 1_795_000_000_000;
        for (wall, expected) in [
            (0, Wall::Behind),
            (946_684_800_000, Wall::Behind),
            (known - BEHIND_MAX_MS - 1, Wall::Behind),
            (known - BEHIND_MAX_MS, Wall::Fits),
            (known + JUMP_MAX_MS, Wall::Fits),
            (known + JUMP_MAX_MS + 1, Wall::Ahead),
            (i64::MAX, Wall::Ahead),
            (i64::MIN, Wall::Behind),
        ] {
            assert_eq!(judge(wall, known), expected, "{wall}");
        }
    }

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
