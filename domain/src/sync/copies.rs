//! When a counter copies its database, and which copies stay (protocol 2.17). Days are evidence here, too: where the clock
//! cannot be believed, how much happened decides (R11).

use jiff::civil::Date;

/// Copies that stay: a week of working days and one.
pub const KEPT: usize = 7;
/// Events after which a counter with a doubtful clock makes another copy: a busy day.
pub const EVENTS_BETWEEN: i64 = 50;

/// A copy, as its name tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Made {
    /// Its place among the copies, growing.
    pub n: u32,
    /// How many events the database had.
    pub events: i64,
    /// Day it was made on; none when the clock could not be believed.
    pub day: Option<Date>,
}

/// Whether another copy is due. `today` is none while the clock cannot be believed; a day before that of the newest copy
/// is not believed either.
#[must_use]
pub fn due(newest: Option<&Made>, today: Option<Date>, events: i64) -> bool {
    let Some(newest) = newest else { return true };
    match (newest.day, today) {
        (Some(day), Some(today)) if today > day => true,
        (Some(day), Some(today)) if today == day => false,
        _ => (events - newest.events).abs() >= EVENTS_BETWEEN,
    }
}

impl Made {
    /// Its file name, e.g. `000042-1234-2026-11-26.db`: place, events, day.
    #[must_use]
    pub fn file_name(&self) -> String {
        let day = self.day.map_or_else(|| "0".to_owned(), |d| d.to_string());
        format!("{:06}-{}-{day}.db", self.n, self.events)
    }

    /// Reads a file name; none for other files.
    #[must_use]
    pub fn read(name: &str) -> Option<Made> {
        let mut parts = name.strip_suffix(".db")?.splitn(3, '-');
        let (n, events, day) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?, parts.next()?);
        Some(Made { n, events, day: if day == "0" { None } else { Some(day.parse().ok()?) } })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn made(day: Option<Date>) -> Made {
        Made { n: 42, events: 1_000, day }
    }

    #[test]
    fn one_copy_a_day_and_with_a_doubtful_clock_one_for_so_many_events() {
        let monday = date(2026, 11, 23);
        assert!(due(None, Some(monday), 0));
        assert!(!due(Some(&made(Some(monday))), Some(monday), 5_000));
        assert!(due(Some(&made(Some(monday))), Some(date(2026, 11, 24)), 1_000));
        for (day, today) in [(Some(monday), None), (None, Some(monday)), (Some(monday), Some(date(2026, 11, 22)))] {
            assert!(!due(Some(&made(day)), today, 1_000 + EVENTS_BETWEEN - 1));
            assert!(due(Some(&made(day)), today, 1_000 + EVENTS_BETWEEN));
        }
    }

    #[test]
    fn a_copy_is_told_by_its_name() {
        for day in [None, Some(date(2026, 11, 26))] {
            assert_eq!(Made::read(&made(day).file_name()), Some(made(day)));
        }
        for other in ["new.db", "000042-1000-2026-11-26.db-wal", "office.db", "1-2-x.db"] {
            assert_eq!(Made::read(other), None);
        }
    }
}
