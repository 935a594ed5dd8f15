//! Who was shown how much: for the supervisor, how many files or residents each person had opened in full on each day, as the
//! audit has it. Counts only, by name and never by number: it tells whom to ask, not who is good.

use crate::edge::long_day;
use crate::{Office, audit::Act, stored};
use jiff::civil::Date;
use jukung_domain::audit::Record;
use jukung_domain::policy::Action;
use jukung_domain::problem::Problem;
use jukung_ledger::params;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Days that are told: a fortnight, as long as a supervisor may be away.
const DAYS: i64 = 14;
const DAY_MS: i64 = 86_400_000;
/// Records looked through, newest first: a fortnight of a busy counter has some ten thousand.
const LOOKED_MAX: i64 = 40_000;

/// What one person was shown on one day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShownDay {
    /// `Senin, 23 November 2026`.
    pub day: String,
    /// Name.
    pub person: String,
    /// Files and residents whose NIK and KK numbers were shown.
    pub numbers: u32,
    /// Files of which something of the highest class was shown.
    pub highest: u32,
    /// Residents whose history was opened.
    pub residents: u32,
    /// Times that more was asked for than a day allows, or than the policy gives.
    pub refused: u32,
}

/// The objects of one person and day, by act; refusals are counted as they come.
#[derive(Default)]
struct Counted {
    objects: BTreeMap<&'static str, BTreeSet<String>>,
    refused: u32,
}

impl Counted {
    fn of(&self, act: Act) -> u32 {
        self.objects.get(act.code()).map_or(0, |all| u32::try_from(all.len()).unwrap_or(u32::MAX))
    }
}

impl Office {
    /// The last fortnight, the newest day first and by name within it. The same file twice on a day is one.
    ///
    /// # Errors
    /// `not_permitted`; those of storage.
    pub fn shown_to(&self) -> Result<Vec<ShownDay>, Problem> {
        self.may(Action::AuditRead)?;
        let since = self.now() - DAYS * DAY_MS;
        let acts = [Act::Numbers, Act::Highest, Act::Resident];
        let rows = self
            .db
            .read(|tx| {
                let sql = "SELECT record FROM (SELECT id, record FROM audit ORDER BY id DESC LIMIT $1) a
                           WHERE record LIKE $2 OR record LIKE $3 OR record LIKE $4";
                let kinds = ["%\"reveal.%", "%\"open.resident\"%", "%\"denied\"%"];
                tx.query(sql, params![LOOKED_MAX, kinds[0], kinds[1], kinds[2]])
            })
            .map_err(stored)?;
        let mut all: BTreeMap<(Date, String), Counted> = BTreeMap::new();
        for record in rows.iter().filter_map(|r| serde_json::from_str::<Record>(&r.text(0).ok()?).ok()) {
            if record.w < since {
                continue;
            }
            let act = acts.iter().find(|act| act.code() == record.k);
            let is_refusal = record.k == Act::Denied.code();
            if act.is_none() && !is_refusal {
                continue;
            }
            let counted = all.entry((self.local(record.w).day(), record.u)).or_default();
            match act {
                Some(act) => {
                    counted.objects.entry(act.code()).or_default().insert(record.i);
                }
                None => counted.refused += 1,
            }
        }
        let told = |((day, person), counted): ((Date, String), Counted)| ShownDay {
            day: long_day(day),
            person: self.person_name(&person),
            numbers: counted.of(Act::Numbers),
            highest: counted.of(Act::Highest),
            residents: counted.of(Act::Resident),
            refused: counted.refused,
        };
        let mut days: Vec<(Date, ShownDay)> = all.into_iter().map(|row| (row.0.0, told(row))).collect();
        days.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.person.cmp(&b.1.person)));
        Ok(days.into_iter().map(|(_, day)| day).collect())
    }
}
