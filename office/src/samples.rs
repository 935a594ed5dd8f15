//! "Contoh berkas untuk dibaca": a few files of this counter, drawn by chance once a week, that the supervisor reads to see
//! how well they were taken in. They are opened like any other file, with their numbers masked (decision 0034).

use crate::audit::{Act, Did};
use crate::{Office, audit, settings, stored};
use jukung_domain::problem::Problem;
use jukung_ledger::{Tx, params};
use serde::{Deserialize, Serialize};

/// Value in `meta`.
const DRAWN: &str = "samples";
/// Files drawn for a week (ux.md S13).
const SAMPLES: usize = 3;
/// How far back they are drawn from: a small village hands in a handful a week.
const RECENT_MS: i64 = 14 * 86_400_000;
/// Files chance chooses among.
const CANDIDATES_MAX: i64 = 500;

/// A file to be read.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SampleLine {
    /// Application.
    pub id: String,
    /// Registration number.
    pub number: String,
    /// What it asks for.
    pub service_name: String,
    /// When it was taken in.
    pub when: String,
    /// A supervisor opened it from here.
    pub read: bool,
}

/// What was drawn for a week.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct Drawn {
    /// Monday, `YYYY-MM-DD`.
    week: String,
    ids: Vec<String>,
    read: Vec<String>,
}

/// A file that may be drawn, and whether whoever looks took it in themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Candidate {
    id: String,
    own: bool,
}

/// Only the author of an event.
#[derive(Deserialize)]
struct By {
    u: String,
}

fn drawn(tx: &mut dyn Tx) -> Result<Drawn, Problem> {
    Ok(serde_json::from_str(&settings::get(tx, DRAWN)?).unwrap_or_default())
}

fn keep(tx: &mut dyn Tx, drawn: &Drawn) -> Result<(), Problem> {
    settings::set(tx, DRAWN, &serde_json::to_string(drawn).map_err(|e| stored(e.into()))?)
}

/// Fills what was drawn up to [`SAMPLES`]: files of others before the reader's own, each as likely as the next one.
fn filled(mut drawn: Drawn, candidates: Vec<Candidate>, mut chance: impl FnMut() -> u64) -> Drawn {
    let free = candidates.into_iter().filter(|c| !drawn.ids.contains(&c.id));
    let (own, mut left): (Vec<_>, Vec<_>) = free.partition(|c| c.own);
    let mut own = Some(own);
    while drawn.ids.len() < SAMPLES {
        if left.is_empty() {
            left = own.take().unwrap_or_default();
        }
        let Some(at) = u64::try_from(left.len()).ok().and_then(|n| chance().checked_rem(n)) else { break };
        drawn.ids.push(left.swap_remove(usize::try_from(at).unwrap_or(0)).id);
    }
    drawn
}

impl Office {
    /// The files drawn for this week; drawn now when nobody has, and filled up while there were too few.
    ///
    /// # Errors
    /// Those of storage.
    pub(crate) fn samples(&self) -> Result<Vec<SampleLine>, Problem> {
        let (now, today) = (self.now(), self.today());
        let week = today.saturating_sub(jiff::Span::new().days(today.weekday().to_monday_zero_offset())).to_string();
        let (before, candidates) = self.db.read(|tx| Ok::<_, Problem>((drawn(tx)?, self.candidates(tx, now)?)))?;
        let begun = if before.week == week { before.clone() } else { Drawn { week, ..Drawn::default() } };
        let drawn = filled(begun, candidates, || u64::from_be_bytes(self.edge.random::<8>()));
        if drawn != before {
            match self.db.write(|tx| keep(tx, &drawn)) {
                // Drawn anew at the next look; a full disk keeps nobody from looking.
                Err(problem) if ["disk_full", "read_only"].contains(&problem.code.as_str()) => {}
                done => done?,
            }
        }
        let mut lines = Vec::new();
        for id in &drawn.ids {
            let Some(row) = self.row(id)? else { continue };
            let read = drawn.read.contains(id);
            let (number, service_name, when) = (row.number, row.service_name, row.when);
            lines.push(SampleLine { id: id.clone(), number, service_name, when, read });
        }
        lines.sort_by_key(|line| line.read);
        Ok(lines)
    }

    /// A supervisor is about to read one of them: it is written down, and counts as read.
    ///
    /// # Errors
    /// `not_found` for a file that was not drawn; those of storage.
    pub fn read_sample(&self, id: &str) -> Result<(), Problem> {
        let now = self.now();
        self.db.write(|tx| {
            let mut drawn = drawn(tx)?;
            if !drawn.ids.iter().any(|one| one == id) {
                return Err(Problem::new("not_found"));
            }
            audit::note(tx, &self.identity, &Did::new(Act::Open, ("case", id), "sample"), now)?;
            if !drawn.read.iter().any(|one| one == id) {
                drawn.read.push(id.to_owned());
                keep(tx, &drawn)?;
            }
            Ok(())
        })
    }

    fn candidates(&self, tx: &mut dyn Tx, now: i64) -> Result<Vec<Candidate>, Problem> {
        let sql = "SELECT a.id, e.raw FROM app a JOIN event e ON e.app = a.id AND e.kind = 'app.create/1'
                   WHERE a.created >= $1 AND a.status <> 'CANCELLED' ORDER BY a.created DESC LIMIT $2";
        let rows = tx.query(sql, params![now - RECENT_MS, CANDIDATES_MAX]).map_err(stored)?;
        let candidate = |r: &jukung_ledger::Row| {
            let by: Option<By> = serde_json::from_str(&r.text(1)?).ok();
            Ok(Candidate { id: r.text(0)?, own: by.is_some_and(|by| by.u == self.identity.person.id) })
        };
        rows.iter().map(|r| candidate(r).map_err(stored)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(others: &[&str], own: &[&str]) -> Vec<Candidate> {
        let candidate = |own: bool| move |id: &&str| Candidate { id: (*id).to_owned(), own };
        others.iter().map(candidate(false)).chain(own.iter().map(candidate(true))).collect()
    }

    #[test]
    fn files_of_others_come_first_and_nobody_is_drawn_twice() {
        let mut n = 0;
        let drawn = filled(Drawn::default(), of(&["a", "b"], &["x", "y"]), || {
            n += 7;
            n
        });
        let mut first: Vec<&str> = drawn.ids[..2].iter().map(String::as_str).collect();
        first.sort_unstable();
        assert_eq!((drawn.ids.len(), first), (3, vec!["a", "b"]));
        assert!(["x", "y"].contains(&drawn.ids[2].as_str()));
        assert_eq!(filled(drawn.clone(), of(&["a", "b"], &["x", "y"]), || 0), drawn, "the week's draw stands");
    }

    #[test]
    fn every_file_is_drawn_as_often_as_the_next() {
        let mut counts = std::collections::BTreeMap::<String, u32>::new();
        for n in 0..40 {
            for id in filled(Drawn::default(), of(&["a", "b", "c", "d"], &[]), || n * 31 + n / 3).ids {
                *counts.entry(id).or_default() += 1;
            }
        }
        assert!(counts.len() == 4 && counts.values().all(|n| (20..=40).contains(n)), "{counts:?}");
    }

    #[test]
    fn too_few_files_are_filled_up_later() {
        let few = filled(Drawn::default(), of(&["a"], &[]), || 0);
        assert_eq!(few.ids, ["a"]);
        assert_eq!(filled(few, of(&["a", "b", "c", "d"], &[]), || 0).ids.len(), 3);
    }
}
