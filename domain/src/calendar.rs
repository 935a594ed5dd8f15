//! Days on the wall of an office: its zone, its working days, the district's holidays.

use jiff::civil::{Date, Time};
use jiff::tz::Offset;

/// Time in an office's zone.
#[derive(Debug, Clone, Copy)]
pub struct Local(jiff::civil::DateTime);

impl Local {
    /// `ms` as it reads on the wall of an office in `zone` (`WIB`, `WITA` or `WIT`; WITA when unknown).
    #[must_use]
    pub fn at(ms: i64, zone: &str) -> Local {
        let moment = jiff::Timestamp::from_millisecond(ms).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        Local(offset(zone).to_datetime(moment))
    }

    /// The moment, in ms, at which it is `time` on `day` in `zone`; 0 where no computer can count to.
    #[must_use]
    pub fn from(day: Date, time: Time, zone: &str) -> i64 {
        offset(zone).to_timestamp(day.to_datetime(time)).map_or(0, jiff::Timestamp::as_millisecond)
    }

    /// The time of day.
    #[must_use]
    pub fn of_day(&self) -> Time {
        self.0.time()
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

fn offset(zone: &str) -> Offset {
    jiff::tz::offset(match zone {
        "WIB" => 7,
        "WIT" => 9,
        _ => 8,
    })
}

/// Working days after `from`: Monday to Friday without the district's `holidays` (`YYYY-MM-DD`; others are passed over).
#[must_use]
pub fn working_days_after(from: Date, days: u16, holidays: &[String]) -> Date {
    let free = |day: Date| holidays.iter().any(|h| h.parse::<Date>().is_ok_and(|h| h == day));
    let mut day = from;
    let mut left = days;
    while left > 0 {
        match day.tomorrow() {
            Ok(next) => day = next,
            Err(_) => break,
        }
        if day.weekday().to_monday_zero_offset() < 5 && !free(day) {
            left -= 1;
        }
    }
    day
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weekends_and_holidays_are_no_working_days() {
        let friday = jiff::civil::date(2026, 12, 25);
        let day = |days, free: &[&str]| {
            working_days_after(friday, days, &free.iter().map(|d| (*d).to_owned()).collect::<Vec<_>>()).to_string()
        };
        assert_eq!(day(1, &[]), "2026-12-28");
        assert_eq!(day(1, &["2026-12-28", "bukan tanggal"]), "2026-12-29");
        assert_eq!(day(0, &[]), "2026-12-25");
    }

    #[test]
    fn the_day_follows_the_zone() {
        let night = 1_795_363_800_000; // 22 November 2026, 16.10 UTC
        assert_eq!(Local::at(night, "WITA").day().to_string(), "2026-11-23");
        assert_eq!(Local::at(night, "WIB").day().to_string(), "2026-11-22");
    }
}
