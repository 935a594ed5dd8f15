//! The letter that makes somebody a school helper: for which school, by which letter, and the day with which the account
//! ends by itself (security.md 6.2: access rights need a written assignment).

use crate::date::{self, Precision};
use crate::problem::Problem;
use crate::words;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// Longest name of a school or number of a letter, in signs.
const TEXT_MAX: usize = 80;

/// A letter of assignment.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Assignment {
    /// Name of the school, e.g. `SDN Binuang 2`.
    pub school: String,
    /// Number of the letter.
    pub letter: String,
    /// Day of the letter, `YYYY-MM-DD`.
    pub letter_day: String,
    /// Last day on which the account opens, `YYYY-MM-DD`.
    pub until: String,
}

/// A whole day as it was typed.
fn day(text: &str) -> Option<Date> {
    date::parse(text).ok().filter(|d| d.precision == Precision::Exact).map(|d| d.date)
}

impl Assignment {
    /// As it was typed, its days in their stored form.
    ///
    /// # Errors
    /// `assignment_school`, `assignment_letter`, `assignment_letter_day` for a day that is none or is ahead,
    /// `assignment_until` for one that is none or has passed.
    pub fn checked(&self, today: Date) -> Result<Assignment, Problem> {
        let text = |value: &str, code: &str| {
            let value = value.split_whitespace().collect::<Vec<_>>().join(" ");
            let fits = !value.is_empty() && value.chars().count() <= TEXT_MAX;
            if fits { Ok(value) } else { Err(Problem::new(code).with("max", TEXT_MAX)) }
        };
        let written = day(&self.letter_day).filter(|day| *day <= today);
        let until = day(&self.until).filter(|day| *day >= today);
        Ok(Assignment {
            school: text(&self.school, "assignment_school")?,
            letter: text(&self.letter, "assignment_letter")?,
            letter_day: written.ok_or_else(|| Problem::new("assignment_letter_day"))?.to_string(),
            until: until.ok_or_else(|| Problem::new("assignment_until"))?.to_string(),
        })
    }

    /// Reads what is bound to a slot; nothing when it is no assignment.
    #[must_use]
    pub fn read(text: &str) -> Option<Assignment> {
        serde_json::from_str(text).ok()
    }

    /// Refuses an account that has ended. A last day that cannot be read has passed.
    ///
    /// # Errors
    /// `account_ended` with the day.
    pub fn still_holds(&self, today: Date) -> Result<(), Problem> {
        let until = day(&self.until);
        if until.is_some_and(|until| today <= until) {
            return Ok(());
        }
        let ended = until.map_or_else(|| self.until.clone(), words::day);
        Err(Problem::new("account_ended").with("date", ended).with("school", &self.school))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed() -> Assignment {
        let text = |t: &str| t.to_owned();
        Assignment {
            school: text("  SDN  Binuang 2 "),
            letter: text("800/123/SDN-B2/2026"),
            letter_day: text("3 agustus 2026"),
            until: text("30/06/2027"),
        }
    }

    fn on(text: &str) -> Date {
        text.parse().expect("a day")
    }

    #[test]
    fn an_assignment_is_kept_in_one_form_and_says_which_part_is_wrong() {
        let kept = typed().checked(on("2026-11-27")).expect("checked");
        assert_eq!((kept.school.as_str(), kept.until.as_str()), ("SDN Binuang 2", "2027-06-30"));
        assert_eq!(Assignment::read(&serde_json::to_string(&kept).expect("text")), Some(kept));
        let wrong = [
            (Assignment { school: " ".into(), ..typed() }, "assignment_school"),
            (Assignment { letter: "x".repeat(81), ..typed() }, "assignment_letter"),
            (Assignment { letter_day: "28 november 2026".into(), ..typed() }, "assignment_letter_day"),
            (Assignment { until: "2027".into(), ..typed() }, "assignment_until"),
            (Assignment { until: "26 november 2026".into(), ..typed() }, "assignment_until"),
        ];
        for (assignment, code) in wrong {
            assert_eq!(assignment.checked(on("2026-11-27")).expect_err(code).code, code);
        }
    }

    #[test]
    fn an_account_opens_on_its_last_day_and_not_after_it() {
        let kept = typed().checked(on("2026-11-27")).expect("checked");
        assert!(kept.still_holds(on("2027-06-30")).is_ok());
        let ended = kept.still_holds(on("2027-07-01")).expect_err("ended");
        assert_eq!((ended.code.as_str(), ended.details["date"].as_str()), ("account_ended", "30 Juni 2027"));
        assert!(Assignment { until: "later".into(), ..kept }.still_holds(on("2026-11-27")).is_err());
    }
}
