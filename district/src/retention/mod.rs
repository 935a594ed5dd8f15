//! How long the Dinas keeps what, and what is destroyed when that time is over (UU 27/2022, articles 42 to 45; decision 0041).
//!
//! Nothing goes by itself. An officer has what is due counted, another one agrees, and a record (*berita acara*) says what went,
//! by which rule and who said so. Where an application stands and what was written about it stays: only what the classes name
//! goes. Scans of a case that somebody asked to see, to correct or to hold back stay until that is answered.

mod due;
mod list;
mod paper;
mod record;
pub mod register;
pub mod routes;

pub(crate) use list::follow;
pub use record::Record;

use crate::District;
use crate::standards::{ZONE, line};
use jukung_domain::calendar::Local;
use jukung_domain::problem::Problem;
use jukung_domain::texts::say;
use jukung_domain::words::long_day;
use jukung_ledger::params;
use jukung_ledger::tx::{Tx, first};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// Milliseconds of a day.
pub(crate) const DAY_MS: i64 = 86_400_000;
/// Longest time that can be set, in days: a hundred years; what is kept longer is kept for good, and that is 0.
const DAYS_MAX: i64 = 36_525;

/// What is destroyed together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// Scans, photos of hand-overs and attached documents of closed applications, counted from the last step.
    Scans,
    /// Attachments of closed complaints.
    ComplaintFiles,
    /// Who opened and revealed what at the Dinas.
    Openings,
    /// Messages to families and from them, once their fate is known.
    Messages,
    /// What was refused: broken deliveries, and what lost computers sent and an officer refused.
    Refused,
}

impl Class {
    /// All of them, in the order of the page.
    pub const ALL: [Class; 5] = [Class::Scans, Class::ComplaintFiles, Class::Openings, Class::Messages, Class::Refused];

    /// As it is stored, and stands in roads.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Class::Scans => "scans",
            Class::ComplaintFiles => "complaint_files",
            Class::Openings => "openings",
            Class::Messages => "messages",
            Class::Refused => "refused",
        }
    }

    /// The class of a code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Class> {
        Class::ALL.into_iter().find(|class| class.code() == code)
    }

    /// Days without a word of the Dinas; 0 keeps everything. Five years of who saw what and one year of the rest are
    /// suggestions of the security plan (6.2); how long papers are kept says each district's own schedule (JRA).
    #[must_use]
    pub fn usual(self) -> i64 {
        match self {
            Class::Scans | Class::ComplaintFiles => 0,
            Class::Openings => 1826,
            Class::Messages | Class::Refused => 365,
        }
    }

    /// Fewest days that can be set: a family may still ask about what ended last month, and a year of who saw what is the
    /// least that an answer to a resident needs.
    #[must_use]
    pub fn least(self) -> i64 {
        match self {
            Class::Scans | Class::ComplaintFiles | Class::Messages | Class::Refused => 30,
            Class::Openings => 365,
        }
    }

    /// In words.
    #[must_use]
    pub fn name(self) -> String {
        say(&format!("retention.class.{}", self.code()), &[])
    }
}

/// What the Dinas decided.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rules {
    /// Its schedule, in words: a regulation with its number.
    #[serde(default)]
    basis: String,
    /// Days by class; what is missing is as usual.
    #[serde(default)]
    days: BTreeMap<String, i64>,
    /// Since when, `YYYY-MM-DD`.
    #[serde(default)]
    since: String,
}

impl Rules {
    fn days(&self, class: Class) -> i64 {
        self.days.get(class.code()).copied().unwrap_or_else(|| class.usual())
    }

    fn mark(&self) -> Result<String, Problem> {
        let text = serde_json::to_string(self).map_err(|e| Problem::new("internal").with("at", e))?;
        Ok(hex::encode(&Sha256::digest(text)[..8]))
    }
}

/// How long one class is kept.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RetentionRule)]
pub struct Rule {
    /// Code of the class.
    pub code: String,
    /// Its name.
    pub name: String,
    /// From when on the days count.
    pub from: String,
    /// Days; 0 keeps everything.
    pub days: i64,
    /// Days without a word of this district.
    pub usual: i64,
    /// Fewest days that can be set.
    pub least: i64,
}

/// What holds, and what was destroyed.
#[derive(Debug, Serialize, ToSchema)]
pub struct Retention {
    /// The regulation it rests on.
    pub basis: String,
    /// Each class.
    pub rules: Vec<Rule>,
    /// Since when these hold, in words; empty while nobody set any.
    pub since: String,
    /// What a change is based on: another officer's change makes another one.
    pub seen: String,
    /// What was proposed and destroyed, the newest first.
    pub records: Vec<Record>,
}

/// A change: everything as it shall be.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default)]
#[schema(as = RetentionChange)]
pub struct Change {
    pub basis: String,
    pub days: BTreeMap<String, i64>,
    /// [`Retention::seen`] of what was changed.
    pub seen: String,
}

/// What stands in the database.
pub(crate) fn rules(tx: &mut dyn Tx) -> Result<Rules, Problem> {
    let row = first(tx, "SELECT v FROM meta WHERE k = 'retention'", &[])?;
    let text = row.map(|r| r.text(0)).transpose()?;
    text.map_or_else(
        || Ok(Rules::default()),
        |text| serde_json::from_str(&text).map_err(|e| Problem::new("internal").with("at", e)),
    )
}

impl District {
    /// What holds, and what was destroyed.
    ///
    /// # Errors
    /// Those of the database.
    pub fn retention(&self) -> Result<Retention, Problem> {
        let (rules, mut records) = self.db.read(|tx| Ok::<_, Problem>((rules(tx)?, record::all(tx)?)))?;
        if !self.area.is_whole() {
            // What was destroyed is of the whole district.
            records.clear();
        }
        let rule = |class: Class| Rule {
            code: class.code().to_owned(),
            name: class.name(),
            from: say(&format!("retention.from.{}", class.code()), &[]),
            days: rules.days(class),
            usual: class.usual(),
            least: class.least(),
        };
        Ok(Retention {
            rules: Class::ALL.into_iter().map(rule).collect(),
            since: rules.since.parse().map_or_else(|_| rules.since.clone(), long_day),
            seen: rules.mark()?,
            basis: rules.basis.clone(),
            records,
        })
    }

    /// Sets how long each class is kept, from today on.
    ///
    /// # Errors
    /// `retention_days` for what cannot be; `retention_basis` without the regulation it rests on; `standard_line` for one that
    /// is too long; `standards_changed` when somebody else was quicker; those of the database.
    pub fn change_retention(&self, officer: &str, change: &Change) -> Result<Retention, Problem> {
        let today = Local::at(self.edge.now(), ZONE).day();
        let basis = line(&change.basis)?;
        if basis.is_empty() {
            return Err(Problem::new("retention_basis"));
        }
        let mut days = BTreeMap::new();
        for (code, wanted) in &change.days {
            let class = Class::from_code(code).ok_or_else(|| Problem::new("not_found"))?;
            if *wanted != 0 && !(class.least()..=DAYS_MAX).contains(wanted) {
                let wrong = Problem::new("retention_days").with("what", class.name()).with("least", class.least());
                return Err(wrong.with("most", DAYS_MAX));
            }
            days.insert(code.clone(), *wanted);
        }
        self.db.write(|tx| {
            let before = rules(tx)?;
            if before.mark()? != change.seen {
                return Err(Problem::new("standards_changed"));
            }
            let set = Rules { basis, days: before.days.into_iter().chain(days).collect(), since: today.to_string() };
            let text = serde_json::to_string(&set).map_err(|e| Problem::new("internal").with("at", e))?;
            let sql = "INSERT INTO meta (k, v) VALUES ('retention', $1) ON CONFLICT (k) DO UPDATE SET v = excluded.v";
            tx.execute(sql, params![text])?;
            Ok(())
        })?;
        tracing::info!("{officer} changed how long things are kept");
        self.retention()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn papers_are_kept_until_the_dinas_says_how_long() {
        let rules = Rules::default();
        assert_eq!((rules.days(Class::Scans), rules.days(Class::ComplaintFiles)), (0, 0));
        assert_eq!(rules.days(Class::Openings), 1826);
    }

    #[test]
    fn every_class_has_its_words() {
        for class in Class::ALL {
            assert_eq!(Class::from_code(class.code()), Some(class));
            for part in ["class", "from", "things"] {
                let key = format!("retention.{part}.{}", class.code());
                assert_ne!(say(&key, &[("n", "1")]), key);
            }
        }
    }
}
