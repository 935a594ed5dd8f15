//! What a supervisor's counter is told about the counters of its subdistrict: figures of offices and computers, never a
//! resident, a number of an application or a person's name (protocol 0.8, decision 0034).

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Length of a subdistrict's code, `63.05.04`.
const CODE_LEN: usize = 8;
/// A share of returned files that is worth a look, in percent: every fourth.
const RETURNED_PERCENT: i64 = 25;
/// One file that came back says nothing about a counter.
const RETURNED_FEW: i64 = 2;

/// The figures, as they stood at one moment.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Subdistrict {
    /// When, in ms of the district's clock.
    pub at: i64,
    /// Version of the district's server.
    pub version: String,
    /// First day of each week that is counted, `YYYY-MM-DD`, this one first.
    pub weeks: Vec<String>,
    /// Offices that have a computer at work, by code: they are in no order of merit.
    pub offices: Vec<OfficeTold>,
}

/// One office.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OfficeTold {
    /// Kemendagri code.
    pub code: String,
    /// `Desa Tungkap`.
    pub name: String,
    /// One for each of [`Subdistrict::weeks`].
    pub weeks: Vec<WeekTold>,
    /// Its computers at work.
    pub computers: Vec<ComputerTold>,
    /// Files of these weeks whose scans have not all arrived.
    pub waits: i64,
    /// Since when the oldest of them is waited for, ms; 0 when none is.
    pub waits_since: i64,
}

/// What an office did in a week.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WeekTold {
    /// How many people handed files in.
    pub people: i64,
    /// Files that arrived.
    pub files: i64,
    /// Of these, how many the Dinas returned at least once until now.
    pub returned: i64,
    /// How often for which reason: a code of `why.…`.
    pub reasons: BTreeMap<String, i64>,
}

/// A computer.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ComputerTold {
    /// Symbols that start its registration numbers.
    pub code: String,
    /// Version it named with its last call; empty when it never called.
    pub version: String,
    /// Its last call, ms; 0 when it never called.
    pub last: i64,
    /// Entries of its log that had not come yet with its last call.
    pub left: i64,
    /// Since which call some had not come, ms; 0 when all have.
    pub left_since: i64,
}

/// Somebody at a counter forgot a PIN and reads the digits of the locked screen to a supervisor over the telephone.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PinAsk {
    /// Symbols that start the registration numbers of the computer.
    pub code: String,
    /// The digits, `12-34-56`.
    pub challenge: String,
}

/// What the Dinas answers a supervisor.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PinTold {
    /// What was asked.
    pub ask: PinAsk,
    /// The code to be read back, `1234-5678`; empty when there is none.
    pub told: String,
    /// Why there is none: `not_found` for a computer the asking office does not supervise, `recovery_not_kept`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub problem: String,
}

/// Whether this is the code of a subdistrict's own office, which supervises the villages in it.
#[must_use]
pub fn supervises(office: &str) -> bool {
    office.len() == CODE_LEN
}

/// The codes, from the first one up to but without the second one, of the offices below the one with this code that it is
/// told about: none below a village, a school or a regency.
#[must_use]
pub fn below(office: &str) -> (String, String) {
    // A slash follows the dot, so every code with more behind the dot lies between the two.
    if supervises(office) {
        (format!("{office}."), format!("{office}/"))
    } else {
        (office.to_owned(), office.to_owned())
    }
}

impl WeekTold {
    /// How many of a hundred files came back, rounded; 0 when there was none.
    #[must_use]
    pub fn percent(&self) -> i64 {
        if self.files > 0 { (self.returned * 200 + self.files) / (2 * self.files) } else { 0 }
    }

    /// Whether so many came back that somebody should ask why.
    #[must_use]
    pub fn is_conspicuous(&self) -> bool {
        self.returned >= RETURNED_FEW && self.returned * 100 >= self.files * RETURNED_PERCENT
    }
}

/// Whether `version` is one before `newest`. A version that is no `1.2.3` is not called old: nobody knows.
#[must_use]
pub fn is_older(version: &str, newest: &str) -> bool {
    let read = |text: &str| text.split('.').map(|part| part.parse::<u32>().ok()).collect::<Option<Vec<u32>>>();
    read(version).zip(read(newest)).is_some_and(|(one, other)| one.len() == other.len() && one < other)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn week(files: i64, returned: i64) -> WeekTold {
        WeekTold { files, returned, ..WeekTold::default() }
    }

    #[test]
    fn only_a_subdistrict_is_told_about_others_and_only_about_its_own_villages() {
        let reaches = |office: &str, other: &str| {
            let (from, to) = below(office);
            other == office || (from.as_str()..to.as_str()).contains(&other)
        };
        for other in ["63.05.04", "63.05.04.1004", "63.05.04.2011"] {
            assert!(reaches("63.05.04", other), "{other}");
        }
        for other in ["63.05.05.2001", "63.05.040", "63.05.03.1001", "63.05", "63.06.04.2001"] {
            assert!(!reaches("63.05.04", other), "{other}");
        }
        assert!(reaches("63.05.04.1004", "63.05.04.1004"));
        for (office, other) in
            [("63.05.04.1004", "63.05.04.2011"), ("63.05.04.1004", "63.05.04"), ("63.05", "63.05.04")]
        {
            assert!(!reaches(office, other), "{office} is not told about {other}");
        }
    }

    #[test]
    fn a_share_is_worth_a_look_from_a_fourth_on_but_never_for_a_single_file() {
        assert_eq!([week(31, 1), week(4, 2), week(3, 1), week(0, 0)].map(|w| w.percent()), [3, 50, 33, 0]);
        assert_eq!(
            [week(31, 1), week(4, 2), week(1, 1), week(8, 2)].map(|w| w.is_conspicuous()),
            [false, true, false, true]
        );
        assert!(!week(9, 2).is_conspicuous() && !week(0, 0).is_conspicuous());
    }

    #[test]
    fn a_version_is_old_only_when_both_can_be_read() {
        assert!(is_older("1.3.9", "1.4.0") && is_older("1.9.0", "1.10.0"));
        assert!(!is_older("1.4.0", "1.4.0") && !is_older("2.0.0", "1.10.0"));
        assert!(!is_older("test", "1.4.0") && !is_older("", "1.4.0") && !is_older("1.4", "1.4.0"));
    }
}
