//! The register of what the Dinas does with personal data (UU 27/2022, article 31), as far as Jukung does it: what for, by which
//! law, whose, for how long, and how much there is now. The sentences are a draft for the Dinas's lawyers; counts and times are
//! those of this server.

use super::{Class, rules};
use crate::District;
use jukung_domain::problem::Problem;
use jukung_domain::texts::say;
use jukung_ledger::tx::{Tx, first};
use serde::Serialize;
use utoipa::ToSchema;

/// What is done, where its count comes from, and the class that says how long it is kept.
const ACTIVITIES: [(&str, &str, Option<Class>); 7] = [
    ("applications", "SELECT count(*) FROM app", None),
    ("scans", "SELECT count(*) FROM blob WHERE state = 'held'", Some(Class::Scans)),
    ("delivery", "SELECT count(*) FROM run_item", None),
    ("complaints", "SELECT count(*) FROM complaint", Some(Class::ComplaintFiles)),
    ("messages", "SELECT (SELECT count(*) FROM message) + (SELECT count(*) FROM heard)", Some(Class::Messages)),
    ("openings", "SELECT (SELECT count(*) FROM opened) + (SELECT count(*) FROM revealed)", Some(Class::Openings)),
    ("officers", "SELECT (SELECT count(*) FROM officer) + (SELECT count(*) FROM author)", None),
];
/// What is said of each, in the order of the columns.
const COLUMNS: [&str; 7] = ["purpose", "law", "whose", "which", "who", "guarded", "count"];

/// One thing that is done with personal data.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ProcessingActivity)]
pub struct Activity {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub purpose: String,
    /// The law it rests on.
    pub law: String,
    /// Whose data.
    pub whose: String,
    /// Which data.
    pub which: String,
    /// Who gets to see them.
    pub who: String,
    /// How long they are kept.
    pub kept: String,
    /// What protects them.
    pub guarded: String,
    /// How much there is now, in words.
    pub count: String,
}

fn count(tx: &mut dyn Tx, sql: &str) -> Result<i64, Problem> {
    Ok(first(tx, sql, &[])?.map_or(Ok(0), |r| r.int(0))?)
}

impl District {
    /// All of them.
    ///
    /// # Errors
    /// Those of the database.
    pub fn register(&self) -> Result<Vec<Activity>, Problem> {
        self.db.read(|tx| {
            let rules = rules(tx)?;
            let mut all = Vec::new();
            for (code, sql, class) in ACTIVITIES {
                let n = count(tx, sql)?.to_string();
                let [purpose, law, whose, which, who, guarded, count] =
                    COLUMNS.map(|part| say(&format!("register.{code}.{part}"), &[("n", &n)]));
                let days = class.map_or(0, |class| rules.days(class));
                let kept = match class {
                    Some(_) if days > 0 => say("register.days", &[("days", &days.to_string())]),
                    Some(_) => say("register.undecided", &[]),
                    None => say(&format!("register.{code}.kept"), &[]),
                };
                let name = say(&format!("register.{code}.name"), &[]);
                all.push(Activity { name, purpose, law, whose, which, who, kept, guarded, count });
            }
            Ok(all)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_the_register_is_left_without_words() {
        for (code, _, class) in ACTIVITIES {
            let kept = if class.is_none() { &["name", "kept"][..] } else { &["name"] };
            for part in COLUMNS.iter().chain(kept) {
                let key = format!("register.{code}.{part}");
                assert_ne!(say(&key, &[("n", "1")]), key);
            }
        }
    }
}
