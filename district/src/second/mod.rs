//! The two-person rule, where the district wants it (decision 0038): who decides proposes, another officer confirms or sends it
//! back, and until then nothing of it is an event, so no counter and no family hears of it.
//!
//! A proposal holds for exactly what its officer saw. Whatever changes the application meanwhile (a paper that came in, a
//! return, a withdrawal, another document attached) lets it fall; remarks, printed receipts and being held back do not. Switching the rule off
//! carries nothing through: what waits still waits for its second officer, but whoever has the right may now decide alone,
//! which lets it fall, too.

pub mod routes;

use crate::area::Area;
use crate::desk::Row as Listed;
use crate::{District, decide, settings_of};
use jukung_domain::calendar::Local;
use jukung_domain::event::{Body, Issued, Reason};
use jukung_domain::policy::Action;
use jukung_domain::problem::Problem;
use jukung_domain::status;
use jukung_domain::texts::say;
use jukung_domain::words;
use jukung_ledger::projection::Case;
use jukung_ledger::tx::{Value, first};
use jukung_ledger::{DbProblem, Row, Tx, params};
use serde::Serialize;
use utoipa::ToSchema;

/// Time zone of moments that are told to officers.
const ZONE: &str = crate::standards::ZONE;
/// A status to look for: what waits for a second officer.
pub const WAITS: &str = "SECOND_WAITS";
/// A status to look for: what a second officer sent back and nobody has changed or proposed again.
pub const BACK: &str = "SECOND_BACK";
/// A condition on `proposal p`: the application is still what the officer saw. Remarks, receipts and being held back change
/// nothing of it.
const HOLDS: &str = "NOT EXISTS (SELECT 1 FROM event e WHERE e.app = p.app AND e.turn > p.turn
    AND e.outcome IN ('applied', 'merged', 'applied+number-conflict') AND e.kind NOT IN ('app.note/1', 'st.note/1', 'doc.issued/1', 'st.held/1', 'st.resumed/1'))";
/// Another one: nobody has proposed anything since.
const NEWEST: &str = "NOT EXISTS (SELECT 1 FROM proposal n WHERE n.app = p.app AND n.at > p.at)";

/// A decision that may need a second officer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The document exists.
    Issue,
    /// Refused with a reason.
    Reject,
}

impl Step {
    /// Both of them.
    pub const ALL: [Step; 2] = [Step::Issue, Step::Reject];

    /// As it is stored, and stands in the road of a decision.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Step::Issue => "issue",
            Step::Reject => "reject",
        }
    }

    /// Reads a code; `None` for a decision that never needs a second officer.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Step> {
        Step::ALL.into_iter().find(|step| step.code() == code)
    }

    /// Which right it takes to propose it, to confirm it and to send it back.
    #[must_use]
    pub fn action(self) -> Action {
        crate::http::step_action(self.code())
    }

    /// The step that a decision is, with its words.
    fn of(body: &Body) -> Option<(Step, &str)> {
        if let Body::Issued(issued) = body {
            Some((Step::Issue, issued.document.as_str()))
        } else if let Body::Refused(refused) = body {
            Some((Step::Reject, refused.reason.as_str()))
        } else {
            None
        }
    }

    fn body(self, words: String) -> Body {
        match self {
            Step::Issue => Body::Issued(Issued { document: words }),
            Step::Reject => Body::Refused(Reason { reason: words }),
        }
    }

    fn name(self) -> String {
        say(&format!("second.step.{}", self.code()), &[])
    }
}

/// What an officer proposed, as officers see it beside its application.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Proposed {
    /// Its id: whoever confirms says which one they read.
    pub id: String,
    /// `issue` or `reject`.
    pub step: String,
    /// Who proposed it; that account never confirms it.
    pub by: String,
    /// It was sent back, and waits for nobody.
    pub back: bool,
    /// Who proposed what, and when; of one that was sent back also by whom and why.
    pub told: String,
}

/// A row of the table.
struct Kept {
    id: String,
    step: Step,
    words: String,
    officer: String,
    at: i64,
    turn: i64,
    how: String,
    ended_by: String,
    note: String,
    holds: bool,
}

const COLUMNS: &str = "p.id, p.step, p.words, p.officer, p.at, p.turn, p.how, p.ended_by, p.note";

fn kept(row: &Row) -> Result<Kept, Problem> {
    let step = row.text(1)?;
    let step = Step::from_code(&step).ok_or_else(|| Problem::new("internal").with("at", step))?;
    Ok(Kept {
        id: row.text(0)?,
        step,
        words: row.text(2)?,
        officer: row.text(3)?,
        at: row.int(4)?,
        turn: row.int(5)?,
        how: row.text(6)?,
        ended_by: row.text(7)?,
        note: row.text(8)?,
        holds: row.int(9)? != 0,
    })
}

/// Everything that was ever proposed for an application, the oldest first.
fn of(tx: &mut dyn Tx, application: &str) -> Result<Vec<Kept>, Problem> {
    let sql = format!(
        "SELECT {COLUMNS}, CASE WHEN {HOLDS} THEN 1 ELSE 0 END FROM proposal p WHERE p.app = $1 ORDER BY p.at, p.id"
    );
    tx.query(&sql, params![application])?.iter().map(kept).collect()
}

impl Kept {
    fn waits(&self) -> bool {
        self.how.is_empty() && self.holds
    }

    fn what(&self) -> String {
        let at = Local::at(self.at, ZONE);
        let when = format!("{}, {} {ZONE}", words::day(at.day()), at.time());
        let words = if self.words.is_empty() { String::new() } else { format!(": {}", self.words) };
        say("second.what", &[("who", &self.officer), ("step", &self.step.name()), ("words", &words), ("when", &when)])
    }

    /// How it ended, or that it waits.
    fn end(&self) -> String {
        let how = match self.how.as_str() {
            "" if self.holds => "waits",
            "" => "changed",
            how => how,
        };
        say(&format!("second.end.{how}"), &[("who", &self.ended_by), ("note", &self.note)])
    }
}

/// Lines for an application's story, each behind the event of its turn.
pub(crate) fn story(tx: &mut dyn Tx, application: &str) -> Result<Vec<(i64, String)>, Problem> {
    Ok(of(tx, application)?.iter().map(|one| (one.turn, format!("{} {}", one.what(), one.end()))).collect())
}

/// What waits for a second officer, or was sent back by one and not changed since.
pub(crate) fn proposed(tx: &mut dyn Tx, application: &str) -> Result<Option<Proposed>, Problem> {
    let newest = of(tx, application)?.pop().filter(|one| one.holds && matches!(one.how.as_str(), "" | "back"));
    Ok(newest.map(|one| {
        let back = one.how == "back";
        let told = if back { format!("{} {}", one.what(), one.end()) } else { one.what() };
        Proposed { step: one.step.code().to_owned(), by: one.officer.clone(), back, told, id: one.id }
    }))
}

/// Which steps need a second officer now.
pub(crate) fn needed(tx: &mut dyn Tx) -> Result<Vec<String>, DbProblem> {
    Ok(settings_of(tx)?.second)
}

/// Writes a decision down as a proposal, when the district wants a second officer for it; whether it did.
///
/// # Errors
/// `not_allowed` from where the application stands; `second_waits` when one waits already; those of the database.
pub(crate) fn propose(
    tx: &mut dyn Tx,
    case: &Case,
    body: &Body,
    (id, officer, now): (String, &str, i64),
) -> Result<bool, Problem> {
    let Some((step, words)) = Step::of(body) else { return Ok(false) };
    if !needed(tx)?.iter().any(|code| code == step.code()) {
        return Ok(false);
    }
    if status::step(case.state.status, body) == status::Step::NotAllowed {
        return Err(Problem::new("not_allowed").with("status", case.state.status.code()));
    }
    if let Some(one) = of(tx, &case.id)?.iter().find(|one| one.waits()) {
        return Err(Problem::new("second_waits").with("what", one.what()));
    }
    falls(tx, &case.id, now)?;
    let turn = first(tx, "SELECT coalesce(max(turn), 0) FROM event WHERE app = $1", params![&case.id])?;
    let turn = turn.map_or(Ok(0), |row| row.int(0))?;
    tx.execute(
        "INSERT INTO proposal (id, app, step, words, officer, at, turn, how, ended, ended_by, note)
         VALUES ($1, $2, $3, $4, $5, $6, $7, '', 0, '', '')",
        params![id, &case.id, step.code(), words, officer, now, turn],
    )?;
    Ok(true)
}

/// What waits for a second officer falls: the application is not what was seen any more.
pub(crate) fn falls(tx: &mut dyn Tx, application: &str, now: i64) -> Result<(), DbProblem> {
    let sql = "UPDATE proposal SET how = 'changed', ended = $1 WHERE app = $2 AND how = ''";
    tx.execute(sql, params![now, application])?;
    Ok(())
}

/// A condition on `app` for what is looked for by [`WAITS`] or [`BACK`]; `None` for a status of the application itself.
pub(crate) fn listed(wanted: &str) -> Option<String> {
    let how = match wanted {
        WAITS => "",
        BACK => "back",
        _ => return None,
    };
    Some(format!("id IN (SELECT p.app FROM proposal p WHERE p.how = '{how}' AND {HOLDS} AND {NEWEST})"))
}

/// Says of each row that waits for a second officer that it does.
pub(crate) fn mark(tx: &mut dyn Tx, rows: &mut [Listed]) -> Result<(), Problem> {
    if rows.is_empty() {
        return Ok(());
    }
    let places: Vec<String> = (1..=rows.len()).map(|n| format!("${n}")).collect();
    let ids: Vec<Value> = rows.iter().map(|row| Value::from(&row.id)).collect();
    let sql = format!("SELECT p.app FROM proposal p WHERE p.how = '' AND p.app IN ({}) AND {HOLDS}", places.join(", "));
    for waiting in tx.query(&sql, &ids)? {
        let id = waiting.text(0)?;
        rows.iter_mut().filter(|row| row.id == id).for_each(|row| row.second = true);
    }
    Ok(())
}

/// How many wait for this officer, and how many of theirs came back: what the queue says on top.
pub(crate) fn counts(tx: &mut dyn Tx, area: &Area, officer: &str, may: &[Action]) -> Result<(i64, i64), Problem> {
    let seen = area.application("p.app");
    let steps = Step::ALL.into_iter().filter(|step| may.contains(&step.action()));
    let steps: Vec<String> = steps.map(|step| format!("'{}'", step.code())).collect();
    if steps.is_empty() {
        return Ok((0, 0));
    }
    let mut count = |condition: &str| -> Result<i64, Problem> {
        let sql = format!("SELECT count(*) FROM proposal p WHERE {condition} AND {HOLDS} AND {NEWEST} AND {seen}");
        Ok(first(tx, &sql, params![officer])?.map_or(Ok(0), |row| row.int(0))?)
    };
    let waits = count(&format!("p.how = '' AND p.officer <> $1 AND p.step IN ({})", steps.join(", ")))?;
    Ok((waits, count("p.how = 'back' AND p.officer = $1")?))
}

impl District {
    /// Confirms what another officer proposed: only now it becomes an event. Of two officers at once one wins, and the other
    /// is told who it was.
    ///
    /// # Errors
    /// `not_found`; `second_self` for whoever proposed it; `second_gone` when it is ended; `second_changed` when the
    /// application changed since; those of [`District::decide`].
    pub fn confirm_second(&self, application: &str, officer: &str, step: Step, seen: &str) -> Result<(), Problem> {
        let now = self.edge.now();
        self.db.write(|tx| {
            let one = self.seen_to_wait(tx, application, step, seen)?;
            if one.officer == officer {
                return Err(Problem::new("second_self"));
            }
            end(tx, &one.id, ("confirmed", officer, ""), now)?;
            decide::append(tx, application, officer, &step.body(one.words), now)
        })
    }

    /// Sends a proposal back with a sentence; whoever proposed it takes it back that way.
    ///
    /// # Errors
    /// `not_found`; `reason_needed` without the sentence; `second_gone`, `second_changed`; those of the database.
    pub fn send_back_second(
        &self,
        application: &str,
        officer: &str,
        step: Step,
        (seen, note): (&str, &str),
    ) -> Result<(), Problem> {
        if note.trim().is_empty() {
            return Err(Problem::new("reason_needed"));
        }
        let now = self.edge.now();
        self.db.write(|tx| {
            let one = self.seen_to_wait(tx, application, step, seen)?;
            Ok(end(tx, &one.id, ("back", officer, note.trim()), now)?)
        })
    }

    /// The proposal that somebody read, with its application's row locked: as a decision does, so that nothing comes between.
    fn seen_to_wait(&self, tx: &mut dyn Tx, application: &str, step: Step, seen: &str) -> Result<Kept, Problem> {
        tx.execute("UPDATE app SET id = id WHERE id = $1", params![application])?;
        self.to_process(tx, application)?;
        let mut all = of(tx, application)?.into_iter();
        let one = all.find(|one| one.id == seen && one.step == step).ok_or_else(|| Problem::new("not_found"))?;
        match (one.how.as_str(), one.holds) {
            ("", true) => Ok(one),
            ("" | "changed", _) => Err(Problem::new("second_changed")),
            (_, _) => Err(Problem::new("second_gone").with("end", one.end())),
        }
    }
}

fn end(tx: &mut dyn Tx, id: &str, (how, by, note): (&str, &str, &str), now: i64) -> Result<(), DbProblem> {
    let sql = "UPDATE proposal SET how = $1, ended = $2, ended_by = $3, note = $4 WHERE id = $5";
    tx.execute(sql, params![how, now, by, note, id])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::HOLDS;
    use jukung_domain::event::{Body, HeldBack, Printed, Reason};
    use jukung_domain::sync::outcome::{Outcome, folds};

    #[test]
    fn what_lets_a_proposal_fall_is_named_as_the_log_names_it() {
        let all = [
            Outcome::Applied,
            Outcome::Merged,
            Outcome::Conflict,
            Outcome::NotOwner,
            Outcome::UnknownBase,
            Outcome::Held,
            Outcome::DistrictReview,
            Outcome::NumberConflict,
        ];
        for outcome in all.map(Outcome::code) {
            assert_eq!(HOLDS.contains(&format!("'{outcome}'")), folds(outcome), "{outcome}");
        }
        let tells = [
            Body::Note(Reason::default()),
            Body::DistrictNote(Reason::default()),
            Body::Printed(Printed::default()),
            Body::HeldBack(HeldBack::default()),
            Body::Resumed(Reason::default()),
        ];
        assert!(tells.iter().all(|body| HOLDS.contains(&format!("'{}'", body.kind()))));
    }
}
