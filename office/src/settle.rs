//! What the district could not simply take in: kept, shown side by side, and settled by a person (protocol 2.8).

use crate::edge::age;
use crate::reveal::Held;
use crate::submit::queue;
use crate::view::{AttentionRow, Choice, ReviewRow, Submitted};
use crate::{Office, own, recovered, stored, views};
use jukung_domain::check;
use jukung_domain::event::{self, Body, Edited, Renumbered, Resolved};
use jukung_domain::masked::{Class, class};
use jukung_domain::number::Number;
use jukung_domain::problem::Problem;
use jukung_domain::shown::Shown;
use jukung_domain::sync::outcome::Outcome;
use jukung_domain::texts::say;
use jukung_ledger::tx::first;
use jukung_ledger::{Tx, params, projection};

/// Outcomes that have a sentence of their own, longest first, and what can be done about them.
const REASONS: [(&str, &str); 11] = [
    ("parked:author-refused", "seen"),
    ("parked:author", "seen"),
    ("parked:not-owner", "seen"),
    ("parked:conflict", "choose"),
    ("parked:unknown-base", "choose"),
    ("parked", "seen"),
    ("held:newer-app", "open"),
    ("held", "open"),
    ("applied+number-conflict", "renumber"),
    ("scan-lost", "open"),
    ("scan-gone", "seen"),
];
/// Most rows shown: a person settles a few a day; more would hide the rest of the screen.
const ROWS_MAX: i64 = 200;

/// What a person chose for an event that waited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chosen {
    /// What was accepted first stays.
    First,
    /// The values that waited are used, as a new change on what holds now.
    Later,
}

/// One answer of which two values are kept, in words and in full.
struct Waiting {
    path: String,
    label: String,
    class: Option<Class>,
    first: String,
    later: String,
}

impl Office {
    /// What waits for a person's decision, oldest first.
    pub(crate) fn unsettled(&self, now: i64) -> Result<Vec<AttentionRow>, Problem> {
        let sql = "SELECT uid, app, reason, opened FROM attention WHERE closed = 0 AND reason NOT IN ('day', 'recovered', 'missing') ORDER BY opened, uid LIMIT $1";
        let rows = self.db.read(|tx| tx.query(sql, params![ROWS_MAX])).map_err(stored)?;
        let mut out = self.db.read(|tx| self.recovery_told(tx, now))?;
        out.extend(self.db.read(|tx| self.days_that_differ(tx, now))?);
        for row in rows {
            let (uid, id, reason) =
                (row.text(0).map_err(stored)?, row.text(1).map_err(stored)?, row.text(2).map_err(stored)?);
            let Some(case) = self.row(&id)? else { continue };
            let known = REASONS.iter().find(|(known, _)| reason.starts_with(known));
            let (known, does) = known.copied().unwrap_or(("parked", "seen"));
            let choices = if does == "choose" { self.db.read(|tx| self.choices(tx, &uid))? } else { Vec::new() };
            let twice = self.db.read(|tx| self.handed_twice(tx, &uid, &id, &case.number))?;
            let usual = || say(&format!("attention.{known}"), &[("number", &case.number)]);
            out.push(AttentionRow {
                id,
                kind: case.kind,
                sentence: twice.unwrap_or_else(usual),
                number: case.number,
                name: case.name,
                service_name: case.service_name,
                action: say(&format!("attention.do.{does}"), &[]),
                does: does.into(),
                target: String::new(),
                age: age(row.int(3).map_err(stored)?, now),
                event: uid,
                choices,
            });
        }
        Ok(out)
    }

    /// The answers of a waiting change beside those that hold, in form order and in words, as screens get them.
    fn choices(&self, tx: &mut dyn Tx, uid: &str) -> Result<Vec<Choice>, Problem> {
        let shown = |class: Option<Class>, words: &str| match class {
            _ if words.is_empty() => say("attention.empty_value", &[]),
            Some(class) => class.masked(words),
            None => words.to_owned(),
        };
        let choice = |w: Waiting| Choice {
            path: w.path,
            label: w.label,
            first: shown(w.class, &w.first),
            later: shown(w.class, &w.later),
            hidden: w.class.map_or(String::new(), |class| class.code().to_owned()),
        };
        Ok(self.waiting(tx, uid)?.1.into_iter().map(choice).collect())
    }

    /// Those answers in full, as `first:` and `later:` of each path, and the application they belong to.
    ///
    /// # Errors
    /// `not_found`; those of storage.
    pub(crate) fn held_of_waiting(&self, tx: &mut dyn Tx, uid: &str) -> Result<(String, Vec<Held>), Problem> {
        let (app, waiting) = self.waiting(tx, uid)?;
        let both = |w: Waiting| {
            let Waiting { path, label, class, first, later } = w;
            let row = |place: &str, value: String| ReviewRow {
                section: String::new(),
                section_title: String::new(),
                path: format!("{place}:{path}"),
                label: label.clone(),
                value,
                hidden: String::new(),
            };
            [Held { class, row: row("first", first) }, Held { class, row: row("later", later) }]
        };
        Ok((app, waiting.into_iter().flat_map(both).collect()))
    }

    fn waiting(&self, tx: &mut dyn Tx, uid: &str) -> Result<(String, Vec<Waiting>), Problem> {
        let missing = || Problem::new("not_found");
        let row = first(tx, "SELECT app FROM event WHERE uid = $1", params![uid]).map_err(stored)?;
        let app = row.ok_or_else(missing)?.text(0).map_err(stored)?;
        let case = projection::load(tx, &app).map_err(stored)?.ok_or_else(missing)?;
        let Some(edit) = waiting_edit(tx, uid)? else { return Ok((app, Vec::new())) };
        let now = &case.state.application;
        let mut wanted = now.clone();
        wanted.fields.extend(edit.f.clone());
        let Ok(service) = self.service(&now.service) else { return Ok((app, Vec::new())) };
        let mut out = Vec::new();
        for Shown { path, field, .. } in check::shown_fields(service, &wanted, self.today()) {
            let Some(later) = edit.f.get(path.as_ref()) else { continue };
            let words = |value: &str| {
                if value.is_empty() {
                    return String::new();
                }
                views::answer(self.catalogue, field.kind, field.list.as_deref(), value)
            };
            let first = now.fields.get(path.as_ref()).map_or("", String::as_str);
            if first != later {
                let (first, later) = (words(first), words(later));
                out.push(Waiting {
                    path: path.into_owned(),
                    label: field.label.clone(),
                    class: class(field),
                    first,
                    later,
                });
            }
        }
        Ok((app, out))
    }

    /// Settles an event that waits. Choosing the later values writes a new change on what holds now; either way the
    /// decision is an event of its own, so that every computer of the office and the district know it.
    ///
    /// # Errors
    /// `not_found` when it does not wait any more, `not_allowed` when the application cannot be changed now.
    pub fn settle(&self, uid: &str, chosen: Chosen) -> Result<(), Problem> {
        self.room_for_text()?;
        let now = self.now();
        if self.db.read(|tx| recovered::is_told(tx, uid))? {
            return self.db.write(|tx| close(tx, uid, now));
        }
        self.db.write(|tx| {
            let row = first(tx, "SELECT app FROM attention WHERE uid = $1 AND closed = 0", params![uid]);
            let app = row.map_err(stored)?.ok_or_else(|| Problem::new("not_found"))?.text(0).map_err(stored)?;
            if chosen == Chosen::Later
                && let Some(edit) = waiting_edit(tx, uid)?
            {
                own::append(tx, &self.identity, &app, &Body::Edit(edit), now)?;
            }
            let w = if chosen == Chosen::Later { "later" } else { "first" };
            let resolved = Body::Resolve(Resolved { r: uid.to_owned(), w: w.to_owned() });
            let (_, seq) = own::append(tx, &self.identity, &app, &resolved, now)?;
            close(tx, uid, now)?;
            queue(tx, &app, seq, now)
        })?;
        self.nudge();
        Ok(())
    }

    /// Gives an application a number of its own when another one has the same (protocol 2.10). The receipt is printed
    /// again afterwards; the old number still finds it.
    ///
    /// # Errors
    /// `not_found`, `numbers_used_up`; those of storage.
    pub fn renumber(&self, id: &str) -> Result<Submitted, Problem> {
        self.room_for_text()?;
        let now = self.now();
        let number = self.db.write(|tx| {
            let body = |n| Body::Renumber(Renumbered { n });
            let (number, seq) = own::append_numbered(tx, &self.identity, id, body, now)?;
            close_number(tx, id, now)?;
            queue(tx, id, seq, now)?;
            Ok::<_, Problem>(number)
        })?;
        self.nudge();
        let spoken = Number::parse(&number).map(|n| n.spoken()).unwrap_or_default();
        Ok(Submitted { application: id.to_owned(), number, spoken })
    }
}

/// The change that waits, when it is one of answers.
fn waiting_edit(tx: &mut dyn Tx, uid: &str) -> Result<Option<Edited>, Problem> {
    let row = first(tx, "SELECT raw FROM event WHERE uid = $1", params![uid]).map_err(stored)?;
    let Some(row) = row else { return Ok(None) };
    let body = event::read(&row.text(0).map_err(stored)?).ok().map(|e| Body::read(&e));
    Ok(if let Some(Ok(Some(Body::Edit(edit)))) = body { Some(edit) } else { None })
}

fn close(tx: &mut dyn Tx, uid: &str, now: i64) -> Result<(), Problem> {
    tx.execute("UPDATE attention SET closed = $1 WHERE uid = $2 AND closed = 0", params![now, uid]).map_err(stored)?;
    Ok(())
}

fn close_number(tx: &mut dyn Tx, app: &str, now: i64) -> Result<(), Problem> {
    let sql = "UPDATE attention SET closed = $1 WHERE app = $2 AND reason = $3 AND closed = 0";
    tx.execute(sql, params![now, app, Outcome::NumberConflict.code()]).map_err(stored)?;
    Ok(())
}

/// Closes here what another computer of the office has settled.
pub(crate) fn settled_elsewhere(tx: &mut dyn Tx, raw: &str, now: i64) -> Result<(), Problem> {
    let Ok(envelope) = event::read(raw) else { return Ok(()) };
    match Body::read(&envelope) {
        Ok(Some(Body::Resolve(resolved))) => close(tx, &resolved.r, now),
        // Of a hand-over that came second: it was a mistake, or the Dinas found out.
        Ok(Some(Body::Unhanded(undone))) => close(tx, &undone.r, now),
        Ok(Some(Body::Settled(settled))) => close(tx, &settled.r, now),
        Ok(Some(Body::Renumber(_))) => close_number(tx, &envelope.a.to_string(), now),
        Ok(_) | Err(_) => Ok(()),
    }
}
