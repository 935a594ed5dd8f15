//! How far an officer sees: the whole district, or some of its subdistricts. A district handed to an officer's route sees no
//! further than its area ([`crate::http::officer`] takes the whole one and gives that), and every question that an officer may
//! ask says so in its SQL by what stands here.

use crate::District;
use jukung_domain::problem::Problem;
use jukung_domain::region::Regions;
use jukung_ledger::tx::first;
use jukung_ledger::{Tx, params, projection};

/// Subdistricts of one officer: a regency has some twenty.
const CODES_MAX: usize = 60;
/// Digits and dots of a subdistrict's Kemendagri code, `63.05.04`.
const CODE_LEN: usize = 8;
/// Said instead of codes for whoever sees everything.
pub const WHOLE: &str = "all";

/// Which offices somebody sees.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Area {
    /// Every office of the district, and what came from none.
    #[default]
    Whole,
    /// The offices of these subdistricts, and nothing that came from none.
    Subdistricts(Vec<String>),
}

/// Two digits, a dot, two digits, a dot, two digits: nothing else ever gets into SQL.
fn is_code(code: &str) -> bool {
    code.len() == CODE_LEN
        && code.bytes().enumerate().all(|(at, b)| if at % 3 == 2 { b == b'.' } else { b.is_ascii_digit() })
}

impl Area {
    /// The area of these subdistricts; of none, or of [`WHOLE`], the whole district.
    ///
    /// # Errors
    /// `setting_unknown` for what is no subdistrict.
    pub fn of(codes: &[String]) -> Result<Area, Problem> {
        if codes.is_empty() || codes.iter().any(|code| code == WHOLE) {
            return Ok(Area::Whole);
        }
        let unknown = |code: &&String| !is_code(code) || Regions::current().name(code).is_none();
        match codes.iter().find(unknown) {
            Some(code) => Err(Problem::new("setting_unknown").with("value", code)),
            None if codes.len() > CODES_MAX => Err(Problem::new("setting_unknown").with("value", codes.len())),
            None => Ok(Area::Subdistricts(codes.to_vec())),
        }
    }

    /// As it is stored. What cannot be read sees nothing rather than everything.
    #[must_use]
    pub fn read(stored: &str) -> Area {
        if stored.is_empty() {
            return Area::Whole;
        }
        Area::Subdistricts(stored.split(',').filter(|code| is_code(code)).map(str::to_owned).collect())
    }

    /// To be stored.
    #[must_use]
    pub fn stored(&self) -> String {
        self.codes().join(",")
    }

    /// Its subdistricts; none of the whole district.
    #[must_use]
    pub fn codes(&self) -> &[String] {
        match self {
            Area::Whole => &[],
            Area::Subdistricts(codes) => codes,
        }
    }

    /// Whether somebody sees everything.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        *self == Area::Whole
    }

    /// Whether an office belongs to it; what came from no office belongs to the whole district alone.
    #[must_use]
    pub fn covers(&self, office: &str) -> bool {
        let within =
            |code: &String| office.strip_prefix(code.as_str()).is_some_and(|r| r.is_empty() || r.starts_with('.'));
        match self {
            Area::Whole => true,
            Area::Subdistricts(codes) => codes.iter().any(within),
        }
    }

    /// The same as a condition on a column that holds an office's code. Its codes are digits and dots ([`is_code`]).
    #[must_use]
    pub fn office(&self, column: &str) -> String {
        match self {
            Area::Whole => "(1 = 1)".to_owned(),
            Area::Subdistricts(codes) if codes.is_empty() => "(1 = 0)".to_owned(),
            Area::Subdistricts(codes) => {
                // '/' follows '.': everything below the code, by the column's index.
                let one = |c: &String| format!("{column} = '{c}' OR ({column} >= '{c}.' AND {column} < '{c}/')");
                format!("({})", codes.iter().map(one).collect::<Vec<_>>().join(" OR "))
            }
        }
    }

    /// The same on a column that holds an application's id.
    #[must_use]
    pub fn application(&self, column: &str) -> String {
        if self.is_whole() {
            return "(1 = 1)".to_owned();
        }
        format!("EXISTS (SELECT 1 FROM app seen WHERE seen.id = {column} AND {})", self.office("seen.office"))
    }

    /// The same on a column that holds a run's id: nothing that it carries is of another area.
    #[must_use]
    pub fn run(&self, column: &str) -> String {
        if self.is_whole() {
            return "(1 = 1)".to_owned();
        }
        format!(
            "NOT EXISTS (SELECT 1 FROM run_item its JOIN app seen ON seen.id = its.app WHERE its.run = {column} AND NOT {})",
            self.office("seen.office")
        )
    }
}

impl District {
    /// An application that whoever asks may see.
    ///
    /// # Errors
    /// `not_found`, also for one of another area; those of the database.
    pub(crate) fn case(&self, tx: &mut dyn Tx, id: &str) -> Result<projection::Case, Problem> {
        let case = projection::load(tx, id)?.filter(|case| self.area.covers(&case.office));
        case.ok_or_else(|| Problem::new("not_found"))
    }

    /// Refuses a computer of another area, by its id or symbols, as if it were not here.
    ///
    /// # Errors
    /// `not_found`; those of the database.
    pub(crate) fn sees_computer(&self, tx: &mut dyn Tx, device: &str) -> Result<(), Problem> {
        let names = [device.trim().to_lowercase(), device.trim().to_uppercase()];
        let sql = format!("SELECT 1 FROM device WHERE (id = $1 OR code = $2) AND {}", self.area.office("office"));
        let row = first(tx, &sql, params![&names[0], &names[1]])?;
        row.map(drop).ok_or_else(|| Problem::new("not_found"))
    }

    /// Refuses what belongs to no office to whoever sees only some of them.
    ///
    /// # Errors
    /// `not_found`.
    pub(crate) fn sees_everything(&self) -> Result<(), Problem> {
        if self.area.is_whole() { Ok(()) } else { Err(Problem::new("not_found")) }
    }
}

#[cfg(test)]
mod tests {
    use super::Area;

    #[test]
    fn an_area_covers_its_subdistricts_and_nothing_that_only_begins_alike() {
        let area = Area::read("63.05.04,63.05.06");
        let covered = ["63.05.04.1004", "63.05.04", "63.05.06.2001"];
        assert!(covered.iter().all(|office| area.covers(office)));
        for other in ["63.05.05.2001", "63.05.040", "63.05", "", "63.05.4.1004"] {
            assert!(!area.covers(other) && Area::Whole.covers(other), "{other}");
        }
    }

    #[test]
    fn what_is_no_code_never_gets_into_sql_and_sees_nothing() {
        for stored in ["x", "63.05", "63.05.04'", "6305.04.", "63.05.0a"] {
            assert_eq!(Area::read(stored).office("office"), "(1 = 0)", "{stored}");
            assert_eq!(Area::of(&[stored.to_owned()]).expect_err(stored).code, "setting_unknown");
        }
        assert_eq!(Area::of(&["63.99.99".into()]).expect_err("nowhere").code, "setting_unknown");
        assert_eq!(Area::of(&["all".into()]).expect("all"), Area::Whole);
    }
}
