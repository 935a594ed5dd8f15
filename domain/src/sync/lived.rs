//! Time that a counter has lived through: by it, and by no single clock, it counts the days after which things are deleted.

/// One step is at most this long, in ms: 31 days. A computer that lay in a cupboard for longer keeps things for longer; two
/// clocks that both stand in 2099 let go of a month's worth, not of everything.
pub const STEP_MAX_MS: i64 = 31 * 24 * 60 * 60_000;

/// How far that time is, and what both clocks said when it last moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lived {
    /// The time in ms. Its zero means nothing: only differences do.
    pub ms: i64,
    /// What the district signed then, in ms.
    pub district_ms: i64,
    /// What this computer's own clock said then, in ms.
    pub machine_ms: i64,
}

impl Lived {
    /// It moves with each answer of the district by what *both* clocks say has passed, the shorter of the two, never back and
    /// never by more than [`STEP_MAX_MS`]. So neither a counter's dead battery nor a server that stands in 2099 ages anything
    /// (R11), an answer that comes late by stick adds nothing, and an error is always on the side of keeping.
    #[must_use]
    pub fn heard(self, district_ms: i64, machine_ms: i64) -> Lived {
        let district = district_ms.saturating_sub(self.district_ms);
        let machine = machine_ms.saturating_sub(self.machine_ms);
        let step = district.min(machine).clamp(0, STEP_MAX_MS);
        Lived { ms: self.ms.saturating_add(step), district_ms, machine_ms }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 86_400_000;
    const NOW: i64 = 1_795_000_000_000;
    const YEARS: i64 = 73 * 365 * DAY;

    fn begun() -> Lived {
        Lived { ms: NOW, district_ms: NOW, machine_ms: NOW }
    }

    #[test]
    fn a_day_of_both_clocks_is_a_day() {
        let lived = (1..=400).fold(begun(), |l, day| l.heard(NOW + day * DAY, NOW + day * DAY));
        assert_eq!(lived.ms, NOW + 400 * DAY);
    }

    #[test]
    fn one_clock_that_lies_ages_nothing_and_neither_does_its_way_back() {
        for (district, machine) in [(YEARS, DAY), (DAY, YEARS), (-YEARS, DAY), (DAY, -YEARS)] {
            let mut lived = begun();
            for _ in 0..400 {
                lived = lived.heard(NOW + district, NOW + machine).heard(NOW + DAY, NOW + DAY);
                lived = Lived { district_ms: NOW, machine_ms: NOW, ..lived };
            }
            assert!(lived.ms <= NOW + 400 * DAY, "{district} {machine}: {}", (lived.ms - NOW) / DAY);
        }
    }

    #[test]
    fn two_clocks_that_lie_at_once_age_a_month_and_not_a_century() {
        let there = begun().heard(NOW + YEARS, NOW + YEARS);
        assert_eq!(there.ms, NOW + STEP_MAX_MS);
        assert_eq!(there.heard(NOW + YEARS + DAY, NOW + YEARS + DAY).ms, NOW + STEP_MAX_MS + DAY);
        assert_eq!(there.heard(NOW, NOW).ms, there.ms);
    }

    #[test]
    fn answers_that_come_late_by_stick_are_not_counted_twice() {
        let mut lived = begun();
        for week in 1..=50 {
            let now = NOW + week * 7 * DAY;
            lived = lived.heard(now - 6 * DAY, now).heard(now, now);
        }
        assert!(lived.ms <= NOW + 350 * DAY);
    }
}
