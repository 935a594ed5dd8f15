//! Making findable what was handed in: numbers, names and the residents' cards, after the save and never in its way.
//!
//! Handing in commits the event, the projection, the number and the queue row, and nothing else: each page more would be
//! encrypted, signed and flushed while a resident waits. `inc.indexed` says how far this log is findable; whoever
//! searches calls [`Office::make_findable`] first, so that what was saved is always found, also after a power cut.

use crate::{Office, people, stored, views};
use jukung_domain::application::{Application, Fields};
use jukung_domain::problem::Problem;
use jukung_domain::search_key;
use jukung_ledger::tx::first;
use jukung_ledger::{DbProblem, Tx, params, projection};

/// Longest beginning of a word that the index knows (schema.sql, `name_fts`).
pub(crate) const BEGINNING_MAX: usize = 6;
/// Applications made findable in one transaction: a counter's day fits, and a longer one would hold up typing.
const BATCH: i64 = 200;

/// Answers that a new application may start from.
const KNOWN: [&str; 19] = [
    "applicant.name",
    "applicant.nik",
    "applicant.kk",
    "applicant.sex",
    "applicant.birthPlace",
    "applicant.birthDate",
    "applicant.phone",
    "applicant.phoneOwner",
    "applicant.email",
    "applicant.address",
    "applicant.rt",
    "applicant.rw",
    "applicant.hamlet",
    "applicant.village",
    "applicant.postcode",
    "helper.kind",
    "helper.name",
    "helper.phone",
    "helper.email",
];

/// Where the mother's name is kept: not a path of any form, so that no form begins with it.
pub(crate) const MOTHER: &str = "mother";

/// Whom an application is of. Without a NIK the folded name and birth date stand in; two people who share both meet in one
/// card and are told apart by their cases.
pub(crate) fn resident_in(document: &Application) -> String {
    let get = |path: &str| document.fields.get(path).map_or("", String::as_str);
    match get("applicant.nik") {
        "" => format!("{}/{}", search_key::fold(get("applicant.name")), get("applicant.birthDate")),
        nik => nik.to_owned(),
    }
}

/// Remembers the resident of an application for the next visit.
fn remember(tx: &mut dyn Tx, application: &str, document: &Application, now: i64) -> Result<(), Problem> {
    let get = |p: &str| document.fields.get(p).cloned().unwrap_or_default();
    let (nik, full_name, birth) = (get("applicant.nik"), get("applicant.name"), get("applicant.birthDate"));
    let id = resident_in(document);
    let mut known: Fields =
        KNOWN.iter().filter_map(|p| document.fields.get(*p).map(|v| ((*p).to_owned(), v.clone()))).collect();
    if let Some(mother) = mother(document).map_or_else(|| mother_before(tx, &id), |m| Ok(Some(m)))? {
        known.insert(MOTHER.into(), mother);
    }
    let known = serde_json::to_string(&known).map_err(|e| stored(e.into()))?;
    tx.execute(
        "INSERT INTO resident (id, nik, kk, name, birth, known, changed) VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (id) DO UPDATE SET kk = excluded.kk, name = excluded.name, birth = excluded.birth, known = excluded.known,
           changed = excluded.changed",
        params![&id, nik, get("applicant.kk"), &full_name, birth, known, now],
    )
    .map_err(stored)?;
    tx.execute(
        "INSERT INTO resident_case (resident, app) VALUES ($1, $2) ON CONFLICT DO NOTHING",
        params![&id, application],
    )
    .map_err(stored)?;
    name(tx, "resident", &id, &full_name)?;
    remember_others(tx, document, now)
}

/// Name of the applicant's mother where the form tells it: as a member of the family, or as the adult whose birth is
/// registered.
fn mother(document: &Application) -> Option<String> {
    let fields = &document.fields;
    let nik = fields.get("applicant.nik")?;
    let own = fields.iter().filter(|(path, value)| path.ends_with(".nik") && *value == nik);
    let starts = own.map(|(path, _)| path.trim_end_matches(".nik"));
    let told = |start: &str| match start {
        "child" | "subject" => fields.get("mother.name"),
        _ => fields.get(&format!("{start}.motherName")),
    };
    starts.filter_map(told).next().cloned()
}

/// What an earlier visit told of a resident's mother: no later form without the question may lose it.
///
/// # Errors
/// Those of storage.
pub(crate) fn mother_before(tx: &mut dyn Tx, id: &str) -> Result<Option<String>, Problem> {
    let row = first(tx, "SELECT known FROM resident WHERE id = $1", params![id]).map_err(stored)?;
    let Some(row) = row else { return Ok(None) };
    let known: Fields = serde_json::from_str(&row.text(0).map_err(stored)?).unwrap_or_default();
    Ok(known.get(MOTHER).cloned())
}

/// Everybody else the form names with a NIK: known by name next time, never overwriting what their own visit told.
fn remember_others(tx: &mut dyn Tx, document: &Application, now: i64) -> Result<(), Problem> {
    let applicant = document.fields.get("applicant.nik");
    for person in people::in_form(document).into_iter().filter(|p| p.get("nik") != applicant) {
        let get = |part: &str| person.get(part).cloned().unwrap_or_default();
        let known: Fields = person.iter().map(|(part, value)| (format!("applicant.{part}"), value.clone())).collect();
        let known = serde_json::to_string(&known).map_err(|e| stored(e.into()))?;
        let (nik, full_name) = (get("nik"), get("name"));
        let new = tx
            .execute(
                "INSERT INTO resident (id, nik, kk, name, birth, known, changed) VALUES ($1, $2, $3, $4, $5, $6, $7)
                 ON CONFLICT (id) DO NOTHING",
                params![&nik, &nik, get("kk"), &full_name, get("birthDate"), known, now],
            )
            .map_err(stored)?;
        if new > 0 {
            name(tx, "resident", &nik, &full_name)?;
        }
    }
    Ok(())
}

/// Makes names findable; called again, it replaces them.
fn name(tx: &mut dyn Tx, kind: &str, reference: &str, names: &str) -> Result<(), Problem> {
    let folded = search_key::fold(names);
    tx.execute("INSERT INTO name_of (kind, ref) VALUES ($1, $2) ON CONFLICT DO NOTHING", params![kind, reference])
        .map_err(stored)?;
    let row =
        first(tx, "SELECT id FROM name_of WHERE kind = $1 AND ref = $2", params![kind, reference]).map_err(stored)?;
    let id = row.ok_or_else(|| Problem::new("internal").with("at", "name_of"))?.int(0).map_err(stored)?;
    tx.execute("DELETE FROM name_fts WHERE rowid = $1", params![id]).map_err(stored)?;
    tx.execute("INSERT INTO name_fts (rowid, folded) VALUES ($1, $2)", params![id, folded]).map_err(stored)?;
    Ok(())
}

/// What a resident is called outside of this database: their card, which is no number of theirs.
///
/// # Errors
/// Those of storage; `Ok(None)` for somebody who is not findable.
pub(crate) fn card_of(tx: &mut dyn Tx, resident: &str) -> Result<Option<String>, Problem> {
    let sql = "SELECT id FROM name_of WHERE kind = 'resident' AND ref = $1";
    let row = first(tx, sql, params![resident]).map_err(stored)?;
    row.map(|r| r.int(0).map(|card| card.to_string())).transpose().map_err(stored)
}

/// Whose card it is.
///
/// # Errors
/// `not_found`; those of storage.
pub(crate) fn resident_of(tx: &mut dyn Tx, card: &str) -> Result<String, Problem> {
    let missing = || Problem::new("not_found");
    let card: i64 = card.parse().map_err(|_| missing())?;
    let row = first(tx, "SELECT ref FROM name_of WHERE kind = 'resident' AND id = $1", params![card]);
    row.map_err(stored)?.ok_or_else(missing)?.text(0).map_err(stored)
}

/// Everything people look an application up by.
///
/// # Errors
/// Those of storage.
pub fn index(tx: &mut dyn Tx, application: &str, now: i64) -> Result<(), Problem> {
    let Some(case) = projection::load(tx, application).map_err(stored)? else { return Ok(()) };
    projection::index(tx, application, &case.state).map_err(stored)?;
    let document = &case.state.application;
    remember(tx, application, document, now)?;
    name(tx, "application", application, &views::names_in(document))
}

/// How much of each life of this log is not findable yet: incarnation, and the last sequence that is.
fn behind(tx: &mut dyn Tx) -> Result<Vec<(i64, i64)>, DbProblem> {
    let rows = tx.query("SELECT inc, indexed FROM inc WHERE indexed < next - 1 ORDER BY closed DESC", &[])?;
    rows.iter().map(|r| Ok((r.int(0)?, r.int(1)?))).collect()
}

/// Puts every name in again when a new version made the index anew.
///
/// # Errors
/// Those of storage.
pub(crate) fn fill_again(tx: &mut dyn Tx) -> Result<(), Problem> {
    if first(tx, "SELECT 1 FROM name_fts_docsize LIMIT 1", &[]).map_err(stored)?.is_some() {
        return Ok(());
    }
    for row in tx.query("SELECT kind, ref FROM name_of", &[]).map_err(stored)? {
        let (kind, reference) = (row.text(0).map_err(stored)?, row.text(1).map_err(stored)?);
        let names = if kind == "resident" {
            let row = first(tx, "SELECT name FROM resident WHERE id = $1", params![&reference]).map_err(stored)?;
            row.map(|r| r.text(0)).transpose().map_err(stored)?
        } else {
            projection::load(tx, &reference).map_err(stored)?.map(|case| views::names_in(&case.state.application))
        };
        if let Some(names) = names {
            name(tx, &kind, &reference, &names)?;
        }
    }
    Ok(())
}

impl Office {
    /// Makes findable what this computer saved since the last time. Cheap when there is nothing to do.
    ///
    /// # Errors
    /// Those of storage.
    pub fn make_findable(&self) -> Result<(), Problem> {
        while !self.db.read(behind).map_err(stored)?.is_empty() {
            self.db.write(|tx| {
                for (incarnation, indexed) in behind(tx).map_err(stored)? {
                    self.make_life_findable(tx, incarnation, indexed)?;
                }
                Ok::<_, Problem>(())
            })?;
        }
        Ok(())
    }

    fn make_life_findable(&self, tx: &mut dyn Tx, incarnation: i64, indexed: i64) -> Result<(), Problem> {
        let until = indexed + BATCH;
        let apps = tx
            .query(
                "SELECT DISTINCT e.app FROM log l JOIN event e ON e.uid = l.uid
                 WHERE l.device = $1 AND l.incarnation = $2 AND l.seq > $3 AND l.seq <= $4",
                params![self.identity.device.to_string(), incarnation, indexed, until],
            )
            .map_err(stored)?;
        for app in &apps {
            index(tx, &app.text(0).map_err(stored)?, self.now())?;
        }
        tx.execute(
            "UPDATE inc SET indexed = CASE WHEN next - 1 < $1 THEN next - 1 ELSE $1 END WHERE inc = $2",
            params![until, incarnation],
        )
        .map_err(stored)?;
        Ok(())
    }
}
