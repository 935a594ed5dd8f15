//! Showing what is masked: one file or resident at a time, for a purpose that is written down in the same transaction, and
//! of only so many a day (security.md T3). No other way gives a NIK, a KK number or an answer of the highest class to a
//! screen that only reads.

use crate::audit::{self, Act, Did, Object};
use crate::view::{Revealed, ReviewRow};
use crate::{Office, drafts, findable, stored, views};
use jukung_domain::application::{Application, Fields};
use jukung_domain::audit::Record;
use jukung_domain::catalogue::FieldKind;
use jukung_domain::check;
use jukung_domain::masked::{Class, MARK, Place, class};
use jukung_domain::problem::Problem;
use jukung_domain::shown::Shown;
use jukung_domain::texts::say;
use jukung_ledger::tx::first;
use jukung_ledger::{Tx, params, projection};
use std::collections::BTreeSet;

/// Newest records in which today's are looked for: a counter writes some 300 a day.
const LOOKED_MAX: i64 = 5_000;
/// What fills a new form with what is known of a resident. It counts as showing their numbers.
const FORM: &str = "form";

/// An answer as it stands, and why it is masked.
pub(crate) struct Held {
    /// Why; none when it is not.
    pub class: Option<Class>,
    /// The answer in full.
    pub row: ReviewRow,
}

impl Held {
    /// As screens get it.
    pub fn row(self) -> ReviewRow {
        let Some(class) = self.class else { return self.row };
        let hidden = if self.row.value.is_empty() { String::new() } else { class.code().to_owned() };
        ReviewRow { value: class.masked(&self.row.value), hidden, ..self.row }
    }
}

fn act(class: Class) -> Act {
    match class {
        Class::Number => Act::Numbers,
        Class::Highest => Act::Highest,
    }
}

/// The path of an answer of which two values wait (`first:`, `later:`).
fn asked(path: &str) -> &str {
    path.split_once(':').map_or(path, |(_, path)| path)
}

impl Office {
    /// Labelled answers in form order, in full.
    pub(crate) fn held(&self, document: &Application) -> Vec<Held> {
        let Ok(service) = self.service(&document.service) else { return Vec::new() };
        let held = |Shown { section, path, field }: Shown<'_>| {
            let value = document.fields.get(path.as_ref()).cloned().unwrap_or_default();
            let title = service.sections.iter().find(|s| s.id == section).map(|s| s.title.clone()).unwrap_or_default();
            let value = if value.is_empty() {
                String::new()
            } else {
                views::answer(self.catalogue, field.kind, field.list.as_deref(), &value)
            };
            let row = ReviewRow {
                section: section.to_owned(),
                section_title: title,
                label: field.label.clone(),
                value,
                path: path.into_owned(),
                hidden: String::new(),
            };
            Held { class: class(field), row }
        };
        check::shown_fields(service, document, self.today()).into_iter().map(held).collect()
    }

    /// NIK and KK number of a resident, in full.
    pub(crate) fn numbers_of(&self, nik: &str, kk: &str) -> Vec<Held> {
        let held = |(path, kind, value): (&str, FieldKind, &str)| {
            let value = views::answer(self.catalogue, kind, None, value);
            let row = ReviewRow {
                section: String::new(),
                section_title: String::new(),
                path: path.to_owned(),
                label: say(&format!("reveal.{path}"), &[]),
                value,
                hidden: String::new(),
            };
            Held { class: Some(Class::Number), row }
        };
        [("nik", FieldKind::Nik, nik), ("kk", FieldKind::Kk, kk)].into_iter().map(held).collect()
    }

    /// NIK and KK numbers of a `case`, a `draft`, a `resident` (by card) or a waiting `event`, in full and by path.
    ///
    /// # Errors
    /// `not_found`; `bad_request` for another purpose; `reveal_budget` when the day's number is used up.
    pub fn reveal_numbers(&self, of: &str, id: &str, purpose: &str) -> Result<Revealed, Problem> {
        self.revealed(Class::Number, (of, id), None, purpose)
    }

    /// One answer of the highest class, in full.
    ///
    /// # Errors
    /// As [`Office::reveal_numbers`].
    pub fn reveal_highest(&self, of: &str, id: &str, path: &str, purpose: &str) -> Result<Revealed, Problem> {
        self.revealed(Class::Highest, (of, id), Some(path), purpose)
    }

    fn revealed(
        &self,
        class: Class,
        (of, id): (&str, &str),
        path: Option<&str>,
        purpose: &str,
    ) -> Result<Revealed, Problem> {
        let shown = self.db.write(|tx| {
            let (object, held) = self.held_of(tx, of, id)?;
            let wanted = |h: &Held| h.class == Some(class) && path.is_none_or(|path| asked(&h.row.path) == path);
            let values: Fields = held
                .into_iter()
                .filter(wanted)
                .map(|h| (h.row.path, h.row.value))
                .filter(|(_, v)| !v.is_empty())
                .collect();
            if values.is_empty() {
                return Err(Problem::new("not_found"));
            }
            let (kind, id) = &object;
            self.note_reveal(tx, class, (kind, id), purpose, values.keys().cloned().collect())?;
            Ok(values)
        });
        self.refused_too(class, shown).map(|values| Revealed { values, seconds: class.rules(Place::Counter).shown_s })
    }

    /// The mark of a consent that was handed in: strokes, signature or thumbprint.
    ///
    /// # Errors
    /// As [`Office::reveal_numbers`]; `scan_unreadable`.
    pub fn reveal_mark(&self, scan: &str, purpose: &str) -> Result<(Vec<u8>, String), Problem> {
        let noted = self.db.write(|tx| {
            let row = first(tx, "SELECT draft FROM scan WHERE id = $1", params![scan]).map_err(stored)?;
            let case = row.ok_or_else(|| Problem::new("not_found"))?.text(0).map_err(stored)?;
            self.note_reveal(tx, Class::Highest, ("case", &case), purpose, vec![MARK.to_owned()])
        });
        self.refused_too(Class::Highest, noted)?;
        self.scan_picture(scan)
    }

    /// Whether a scan is the mark of a consent that was handed in; in a draft it is what is being made.
    ///
    /// # Errors
    /// `not_found`; those of storage.
    pub(crate) fn is_masked(&self, scan: &str) -> Result<bool, Problem> {
        let marked = self.one(scan)?.attachment.requirement == MARK;
        let sql = "SELECT 1 FROM scan s JOIN app a ON a.id = s.draft WHERE s.id = $1";
        Ok(marked && self.db.read(|tx| first(tx, sql, params![scan])).map_err(stored)?.is_some())
    }

    /// Writes down that the numbers of a resident fill a form, as far as the day's number goes.
    ///
    /// # Errors
    /// `reveal_budget`; those of storage.
    pub(crate) fn note_filled(&self, tx: &mut dyn Tx, resident: &str) -> Result<(), Problem> {
        let filled = vec!["nik".to_owned(), "kk".to_owned()];
        self.counted(tx, Class::Number, ("resident", resident), filled, FORM)
    }

    /// Writes down that a correction shows every answer of an application in its form.
    ///
    /// # Errors
    /// Those of storage.
    pub(crate) fn note_corrected(&self, tx: &mut dyn Tx, case: &str) -> Result<(), Problem> {
        let did = Did::new(Act::Numbers, ("case", case), FORM);
        audit::note(tx, &self.identity, &did, self.now())
    }

    fn note_reveal(
        &self,
        tx: &mut dyn Tx,
        class: Class,
        object: Object<'_>,
        purpose: &str,
        fields: Vec<String>,
    ) -> Result<(), Problem> {
        if !class.rules(Place::Counter).purposes.contains(&purpose) {
            return Err(Problem::new("bad_request").with("purpose", purpose));
        }
        self.counted(tx, class, object, fields, purpose)
    }

    fn counted(
        &self,
        tx: &mut dyn Tx,
        class: Class,
        object: Object<'_>,
        fields: Vec<String>,
        purpose: &str,
    ) -> Result<(), Problem> {
        let most = class.rules(Place::Counter).a_day;
        let key = audit::key(tx, &self.identity.audit)?;
        let seen = self.seen_today(tx, class)?;
        if seen.len() >= most && !seen.contains(&audit::reference(&key, object)) {
            return Err(Problem::new("reveal_budget").with("n", most));
        }
        audit::note(tx, &self.identity, &Did::new(act(class), object, purpose).with(fields), self.now())
    }

    /// What the person who is signed in saw of a class today, as it stands in the records.
    fn seen_today(&self, tx: &mut dyn Tx, class: Class) -> Result<BTreeSet<String>, Problem> {
        let (today, act) = (self.today(), act(class).code());
        let sql = "SELECT record FROM (SELECT record FROM audit ORDER BY id DESC LIMIT $1) a WHERE record LIKE $2";
        let rows = tx.query(sql, params![LOOKED_MAX, format!("%\"{act}\"%")]).map_err(stored)?;
        let records = rows.iter().filter_map(|r| serde_json::from_str::<Record>(&r.text(0).ok()?).ok());
        let mine = |r: &Record| r.k == act && r.u == self.identity.person.id && self.local(r.w).day() == today;
        Ok(records.filter(mine).map(|r| r.i).collect())
    }

    /// A refusal is written down, too: it stands alone, for what it would have shown was not.
    pub(crate) fn refused_too<T>(&self, class: Class, done: Result<T, Problem>) -> Result<T, Problem> {
        done.inspect_err(|problem| {
            if problem.code == "reveal_budget" {
                self.note_denied(act(class).code());
            }
        })
    }

    fn held_of(&self, tx: &mut dyn Tx, of: &str, id: &str) -> Result<((&'static str, String), Vec<Held>), Problem> {
        let missing = || Problem::new("not_found");
        Ok(match of {
            "case" => {
                let case = projection::load(tx, id).map_err(stored)?.ok_or_else(missing)?;
                (("case", id.to_owned()), self.held(&case.state.application))
            }
            "draft" => (("draft", id.to_owned()), self.held(&drafts::load(tx, id)?.application)),
            "resident" => {
                let resident = findable::resident_of(tx, id)?;
                let row = first(tx, "SELECT nik, kk FROM resident WHERE id = $1", params![&resident]);
                let row = row.map_err(stored)?.ok_or_else(missing)?;
                let (nik, kk) = (row.text(0).map_err(stored)?, row.text(1).map_err(stored)?);
                (("resident", resident), self.numbers_of(&nik, &kk))
            }
            "event" => {
                let (case, held) = self.held_of_waiting(tx, id)?;
                (("case", case), held)
            }
            _ => return Err(Problem::new("bad_request").with("of", of)),
        })
    }
}
