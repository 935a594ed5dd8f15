//! Residents served here, and finding them again by name (old spellings folded), NIK, KK, number or phone.

use crate::audit::{self, Act, Did};
use crate::reveal::Held;
use crate::view::{Hit, Resident};
use crate::{Office, findable, stored, views};
use jukung_domain::application::Fields;
use jukung_domain::number::Number;
use jukung_domain::problem::Problem;
use jukung_domain::search_key;
use jukung_domain::texts::say;
use jukung_ledger::tx::first;
use jukung_ledger::{Tx, params, projection};

/// Results shown at once: more is not read by anyone (ux.md 1.7).
pub const HITS_MAX: i64 = 8;
/// Fewest symbols that are searched for.
const TEXT_MIN: usize = 2;

impl Office {
    /// Searches residents, applications and drafts of this counter. No result names a number of a resident.
    ///
    /// # Errors
    /// Those of storage; fewer than two symbols find nothing.
    pub fn search(&self, text: &str) -> Result<Vec<Hit>, Problem> {
        let found = self.found(text)?;
        let carded = |tx: &mut dyn Tx, hit: Hit| {
            let card = if hit.kind == "resident" { findable::card_of(tx, &hit.id)? } else { Some(hit.id) };
            Ok(card.map(|id| Hit { id, ..hit }))
        };
        self.db.read(|tx| found.into_iter().filter_map(|hit| carded(tx, hit).transpose()).collect())
    }

    /// [`Office::search`], with residents as they are kept here.
    pub(crate) fn found(&self, text: &str) -> Result<Vec<Hit>, Problem> {
        let text = text.trim();
        if text.chars().count() < TEXT_MIN {
            return Ok(Vec::new());
        }
        self.make_findable()?;
        let mut kind = "name";
        let hits = self.db.read(|tx| {
            let digits: String = text.chars().filter(char::is_ascii_digit).collect();
            let only_digits = text.chars().all(|c| c.is_ascii_digit() || " .-+".contains(c));
            let found = if let Ok(number) = Number::parse(text) {
                kind = "number";
                by_key(tx, &number.to_string())?
            } else if only_digits {
                kind = "digits";
                by_digits(tx, &digits)?
            } else {
                by_name(tx, text)?
            };
            let hits: Result<Vec<Hit>, Problem> = found
                .into_iter()
                .map(|(kind, reference)| self.hit(tx, &kind, &reference))
                .filter_map(Result::transpose)
                .collect();
            tell_apart(tx, hits?)
        })?;
        self.note_search(kind, hits.len());
        Ok(hits)
    }

    fn hit(&self, tx: &mut dyn Tx, kind: &str, reference: &str) -> Result<Option<Hit>, Problem> {
        if kind == "resident" {
            let row = first(tx, "SELECT name, birth, known FROM resident WHERE id = $1", params![reference])
                .map_err(stored)?;
            let Some(row) = row else { return Ok(None) };
            let known: Fields = serde_json::from_str(&row.text(2).map_err(stored)?).unwrap_or_default();
            return Ok(Some(Hit {
                id: reference.to_owned(),
                kind: kind.to_owned(),
                name: row.text(0).map_err(stored)?,
                about: self.about(&row.text(1).map_err(stored)?, &known),
                number: String::new(),
                service_name: String::new(),
            }));
        }
        let Some(case) = projection::load(tx, reference).map_err(stored)? else { return Ok(None) };
        Ok(Some(Hit {
            id: reference.to_owned(),
            kind: "application".into(),
            name: projection::subject(&case.state),
            about: views::day_words(&case.day),
            number: case.state.number.clone(),
            service_name: self.service_name(&case.state.application.service),
        }))
    }

    /// `77 tahun · RT 003 · ibu: Galuh`: enough to tell people apart without a NIK.
    fn about(&self, birth: &str, known: &Fields) -> String {
        let mut parts = Vec::new();
        if let Some(years) = views::years(birth, self.today()) {
            parts.push(format!("{years} tahun"));
        }
        if let Some(rt) = known.get("applicant.rt") {
            parts.push(format!("RT {rt}"));
        }
        parts.join(" · ")
    }

    /// A resident's history, by their card; opening it is written down with its purpose.
    ///
    /// # Errors
    /// `not_found`.
    pub fn resident(&self, card: &str, purpose: &str) -> Result<Resident, Problem> {
        let now = self.now();
        let (id, name, birth, known, [kk, nik], cases) = self.db.write(|tx| {
            let id = &findable::resident_of(tx, card)?;
            tx.execute(
                "INSERT INTO looked (at, person, resident, purpose) VALUES ($1, $2, $3, $4)",
                params![now, &self.identity.person.id, id, purpose],
            )
            .map_err(stored)?;
            let did = Did::new(Act::Resident, ("resident", id), audit::code_of(purpose));
            audit::note(tx, &self.identity, &did, now)?;
            let row = first(tx, "SELECT name, birth, known, kk, nik FROM resident WHERE id = $1", params![id])
                .map_err(stored)?;
            let row = row.ok_or_else(|| Problem::new("not_found"))?;
            let known: Fields = serde_json::from_str(&row.text(2).map_err(stored)?).unwrap_or_default();
            let cases = tx
                .query("SELECT app FROM resident_case WHERE resident = $1 ORDER BY app DESC LIMIT 50", params![id])
                .map_err(stored)?;
            let cases: Result<Vec<String>, _> = cases.iter().map(|r| r.text(0)).collect();
            Ok::<_, Problem>((
                id.clone(),
                row.text(0).map_err(stored)?,
                row.text(1).map_err(stored)?,
                known,
                [row.text(3).map_err(stored)?, row.text(4).map_err(stored)?],
                cases.map_err(stored)?,
            ))
        })?;
        let family = if kk.is_empty() { Vec::new() } else { self.family(&kk, &id)? };
        let cases = cases.iter().map(|c| self.row(c)).filter_map(Result::transpose).collect::<Result<Vec<_>, _>>()?;
        let numbers =
            self.numbers_of(&nik, &kk).into_iter().map(Held::row).filter(|row| !row.value.is_empty()).collect();
        Ok(Resident { id: card.to_owned(), name, about: self.about(&birth, &known), numbers, family, cases })
    }

    fn family(&self, kk: &str, except: &str) -> Result<Vec<String>, Problem> {
        self.db.read(|tx| {
            let rows = tx
                .query(
                    "SELECT name FROM resident WHERE kk = $1 AND id <> $2 ORDER BY birth LIMIT 20",
                    params![kk, except],
                )
                .map_err(stored)?;
            rows.iter().map(|r| r.text(0).map_err(stored)).collect()
        })
    }

    /// Answers a new application of `resident` can start from.
    ///
    /// # Errors
    /// `not_found`.
    pub fn known(&self, resident: &str) -> Result<Fields, Problem> {
        self.make_findable()?;
        self.db.read(|tx| known(tx, resident))
    }

    /// Card of whoever applied here, from which the next service for the same person begins.
    ///
    /// # Errors
    /// `not_found`; those of storage.
    pub fn applicant_of(&self, application: &str) -> Result<String, Problem> {
        self.make_findable()?;
        self.db.read(|tx| {
            let case = projection::load(tx, application).map_err(stored)?.ok_or_else(|| Problem::new("not_found"))?;
            let resident = findable::resident_in(&case.state.application);
            findable::card_of(tx, &resident)?.ok_or_else(|| Problem::new("not_found"))
        })
    }
}

/// Answers of a resident that a form can start from.
///
/// # Errors
/// `not_found`; those of storage.
pub(crate) fn known(tx: &mut dyn Tx, resident: &str) -> Result<Fields, Problem> {
    let row = first(tx, "SELECT known FROM resident WHERE id = $1", params![resident]).map_err(stored)?;
    let row = row.ok_or_else(|| Problem::new("not_found"))?;
    let mut known: Fields = serde_json::from_str(&row.text(0).map_err(stored)?).unwrap_or_default();
    known.remove(findable::MOTHER);
    Ok(known)
}

/// Residents who share a name are told apart by their mothers, where these are known (ux.md S9).
fn tell_apart(tx: &mut dyn Tx, mut hits: Vec<Hit>) -> Result<Vec<Hit>, Problem> {
    let names: Vec<String> = hits.iter().filter(|h| h.kind == "resident").map(|h| search_key::fold(&h.name)).collect();
    for hit in hits.iter_mut().filter(|h| h.kind == "resident") {
        let own = search_key::fold(&hit.name);
        if names.iter().filter(|n| **n == own).count() < 2 {
            continue;
        }
        if let Some(mother) = findable::mother_before(tx, &hit.id)? {
            let said = say("search.mother", &[("name", &mother)]);
            hit.about = if hit.about.is_empty() { said } else { format!("{} · {said}", hit.about) };
        }
    }
    Ok(hits)
}

fn by_key(tx: &mut dyn Tx, key: &str) -> Result<Vec<(String, String)>, Problem> {
    let rows = tx.query("SELECT app FROM lookup WHERE key = $1 LIMIT $2", params![key, HITS_MAX]).map_err(stored)?;
    rows.iter().map(|r| Ok(("application".to_owned(), r.text(0).map_err(stored)?))).collect()
}

/// Prefix of a NIK, KK or phone by B-tree: full text is slow on number prefixes (targets.md 4).
fn by_digits(tx: &mut dyn Tx, digits: &str) -> Result<Vec<(String, String)>, Problem> {
    let mut found = Vec::new();
    let phone = digits.strip_prefix('0').or_else(|| digits.strip_prefix("62")).map(|d| format!("+62{d}"));
    let rows = tx
        .query(
            "SELECT id FROM resident WHERE id >= $1 AND id < $2 ORDER BY id LIMIT $3",
            params![digits, format!("{digits}:"), HITS_MAX],
        )
        .map_err(stored)?;
    for row in rows {
        found.push(("resident".to_owned(), row.text(0).map_err(stored)?));
    }
    for key in [Some(digits.to_owned()), phone].into_iter().flatten() {
        let rows = tx
            .query(
                "SELECT DISTINCT app FROM lookup WHERE key >= $1 AND key < $2 LIMIT $3",
                params![&key, format!("{key}:"), HITS_MAX],
            )
            .map_err(stored)?;
        for row in rows {
            found.push(("application".to_owned(), row.text(0).map_err(stored)?));
        }
    }
    found.truncate(usize::try_from(HITS_MAX).unwrap_or(8));
    Ok(found)
}

fn by_name(tx: &mut dyn Tx, text: &str) -> Result<Vec<(String, String)>, Problem> {
    let folded = search_key::fold(text);
    let words: Vec<String> = folded.split_whitespace().map(|w| format!("\"{}\"", w.replace('"', ""))).collect();
    if words.is_empty() {
        return Ok(Vec::new());
    }
    // Whole words and beginnings the index knows stream from one list each. Longer beginnings are merged from every match,
    // which a name that half the village carries makes slow: the word being typed is one, the others only when nothing
    // else is found.
    let enough = usize::try_from(HITS_MAX * 2).unwrap_or(16);
    let last = words.len() - 1;
    let beginnings = |at: usize, word: &String| {
        let short = word.chars().count() - 2 <= findable::BEGINNING_MAX;
        if short || at == last { format!("{word}*") } else { word.clone() }
    };
    let mut found = matching(tx, &words.join(" "))?;
    if found.len() < enough {
        found = matching(tx, &words.iter().enumerate().map(|(at, w)| beginnings(at, w)).collect::<Vec<_>>().join(" "))?;
    }
    if found.is_empty() {
        found = matching(tx, &words.iter().map(|w| format!("{w}*")).collect::<Vec<_>>().join(" "))?;
    }
    found.sort_by_key(|(kind, _)| kind != "resident");
    found.truncate(usize::try_from(HITS_MAX).unwrap_or(8));
    Ok(found)
}

/// Names that match an FTS5 expression, newest first. Not ORDER BY rank: it reads every match (132 ms at 1 million,
/// targets.md 4).
fn matching(tx: &mut dyn Tx, expression: &str) -> Result<Vec<(String, String)>, Problem> {
    let rows = tx
        .query(
            "SELECT o.kind, o.ref FROM name_fts f JOIN name_of o ON o.id = f.rowid WHERE name_fts MATCH $1 ORDER BY f.rowid DESC LIMIT $2",
            params![expression, HITS_MAX * 2],
        )
        .map_err(stored)?;
    rows.iter().map(|row| Ok((row.text(0).map_err(stored)?, row.text(1).map_err(stored)?))).collect()
}
