//! What is being typed: autosaved field by field, reopened where it was, binned instead of deleted.

use crate::audit::{self, Act, Did};
use crate::normal;
use crate::view::{Change, Draft, Returned, Saved};
use crate::{Office, findable, stored, views};
use jukung_domain::application::Application;
use jukung_domain::catalogue::Service;
use jukung_domain::masked::Class;
use jukung_domain::problem::Problem;
use jukung_ledger::tx::first;
use jukung_ledger::{Row, Tx, params, projection};
use std::collections::BTreeMap;

/// Days a discarded draft waits in the bin (ux.md 1.12).
pub const BIN_DAYS: i64 = 30;
const DAY_MS: i64 = 86_400_000;

/// A draft as it is stored.
#[derive(Debug, Clone)]
pub struct Stored {
    /// Draft id.
    pub id: String,
    /// Application it corrects; empty for a new one.
    pub corrects: String,
    /// What was typed so far.
    pub application: Application,
    /// Fields still holding the answer put in beforehand.
    pub defaults: Vec<String>,
    /// Section the cursor is in.
    pub section: String,
    /// Field the cursor is in.
    pub field: String,
    /// Who began it.
    pub author: String,
    /// Last save, ms.
    pub saved: i64,
}

const COLUMNS: &str = "id, corrects, document, defaults, section, field, author, saved";

fn from_row(row: &Row) -> Result<Stored, Problem> {
    let json = |e: serde_json::Error| stored(e.into());
    Ok(Stored {
        id: row.text(0).map_err(stored)?,
        corrects: row.text(1).map_err(stored)?,
        application: serde_json::from_str(&row.text(2).map_err(stored)?).map_err(json)?,
        defaults: serde_json::from_str(&row.text(3).map_err(stored)?).map_err(json)?,
        section: row.text(4).map_err(stored)?,
        field: row.text(5).map_err(stored)?,
        author: row.text(6).map_err(stored)?,
        saved: row.int(7).map_err(stored)?,
    })
}

/// The draft `id`.
///
/// # Errors
/// `draft_gone` when it is not here or in the bin.
pub fn load(tx: &mut dyn Tx, id: &str) -> Result<Stored, Problem> {
    let row =
        first(tx, &format!("SELECT {COLUMNS} FROM draft WHERE id = $1 AND binned = 0"), params![id]).map_err(stored)?;
    from_row(&row.ok_or_else(|| Problem::new("draft_gone"))?)
}

/// The draft `id` as it lies in the bin.
///
/// # Errors
/// `draft_gone` when it is not there.
pub fn binned(tx: &mut dyn Tx, id: &str) -> Result<Stored, Problem> {
    let row =
        first(tx, &format!("SELECT {COLUMNS} FROM draft WHERE id = $1 AND binned > 0"), params![id]).map_err(stored)?;
    from_row(&row.ok_or_else(|| Problem::new("draft_gone"))?)
}

pub(crate) fn write(tx: &mut dyn Tx, draft: &Stored, now: i64) -> Result<(), Problem> {
    let json = |e: serde_json::Error| stored(e.into());
    let document = serde_json::to_string(&draft.application).map_err(json)?;
    let defaults = serde_json::to_string(&draft.defaults).map_err(json)?;
    tx.execute(
        "INSERT INTO draft (id, service, corrects, document, defaults, subject, section, field, author, created, saved, binned)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 0)
         ON CONFLICT (id) DO UPDATE SET service = excluded.service, document = excluded.document, defaults = excluded.defaults,
           subject = excluded.subject, section = excluded.section, field = excluded.field, saved = excluded.saved",
        params![
            &draft.id, &draft.application.service, &draft.corrects, document, defaults, views::name_in(&draft.application),
            &draft.section, &draft.field, &draft.author, now, now
        ],
    )
    .map_err(stored)?;
    Ok(())
}

impl Office {
    /// Begins a new application, with what is known of the resident (by card) and the answers put in beforehand.
    ///
    /// # Errors
    /// `service_unknown`, `service_off`, `not_found`, `reveal_budget`, `not_permitted` for a helper; those of storage.
    pub fn new_draft(&self, service: &str, variant: Option<&str>, resident: Option<&str>) -> Result<Draft, Problem> {
        self.room_for_text()?;
        self.for_school(service)?;
        let service = self.service(service)?;
        self.offers(service)?;
        let variant = variant.map(str::to_owned).or_else(|| service.variants.first().map(|v| v.code.clone()));
        let mut application = Application {
            service: service.code.clone(),
            variant,
            reported: Some(self.today().to_string()),
            ..Application::default()
        };
        let resident = resident.map(|card| self.db.read(|tx| findable::resident_of(tx, card))).transpose()?;
        if let Some(resident) = &resident {
            application.fields = self.known(resident)?;
        }
        let mut defaults = Vec::new();
        put_defaults(service, &self.identity.office, &mut application, &mut defaults);
        let draft = Stored {
            id: self.edge.new_id().to_string(),
            corrects: String::new(),
            application,
            defaults,
            section: service.sections.first().map(|s| s.id.clone()).unwrap_or_default(),
            field: String::new(),
            author: self.identity.person.id.clone(),
            saved: self.now(),
        };
        let begun = self.db.write(|tx| {
            write(tx, &draft, draft.saved)?;
            if let Some(resident) = &resident {
                self.note_filled(tx, resident)?;
            }
            self.note_draft(tx, &draft.id, "new", draft.saved)
        });
        self.refused_too(Class::Number, begun)?;
        self.draft_view(&draft, None)
    }

    /// Opens a draft where it was left.
    ///
    /// # Errors
    /// `draft_gone`.
    pub fn open_draft(&self, id: &str) -> Result<Draft, Problem> {
        let (draft, returned) = self.db.read(|tx| {
            let draft = load(tx, id)?;
            let returned = returned_to(tx, &draft.corrects)?;
            Ok::<_, Problem>((draft, returned))
        })?;
        self.note_opened(&Did::new(Act::Draft, ("draft", id), "open"))?;
        self.draft_view(&draft, returned)
    }

    /// Saves what changed, in one durable transaction.
    ///
    /// # Errors
    /// `draft_gone`, `disk_full`, `read_only`: nothing was saved and the form stays open.
    pub fn save(&self, change: &Change) -> Result<Saved, Problem> {
        self.room_for_text()?;
        let now = self.now();
        let draft = self.db.write(|tx| {
            let mut draft = load(tx, &change.draft)?;
            let service = self.service(&draft.application.service)?;
            for (path, value) in &change.fields {
                let value = normal::answer(service, path, value);
                draft.defaults.retain(|d| d != path);
                put(&mut draft.application.fields, path, &value);
            }
            change.reasons.iter().for_each(|(path, why)| put(&mut draft.application.reasons, path, why));
            change.missing.iter().for_each(|(id, why)| put(&mut draft.application.missing, id, why));
            draft.section.clone_from(&change.section);
            draft.field.clone_from(&change.field);
            draft.saved = now;
            write(tx, &draft, now)?;
            self.note_saved(tx, change, now)?;
            Ok::<_, Problem>(draft)
        })?;
        let application = self.with_papers(&draft)?;
        Ok(Saved {
            saved_at: self.local(now).time(),
            findings: self.noticed(&draft.corrects, &application),
            sections: self.section_states(&application),
        })
    }

    fn note_draft(&self, tx: &mut dyn Tx, id: &str, what: &str, now: i64) -> Result<(), Problem> {
        audit::note(tx, &self.identity, &Did::new(Act::Draft, ("draft", id), what), now)
    }

    /// The first save of a sign-in is written down at once; which fields followed, with the next record.
    fn note_saved(&self, tx: &mut dyn Tx, change: &Change, now: i64) -> Result<(), Problem> {
        let named = change.fields.keys().chain(change.reasons.keys()).chain(change.missing.keys());
        let first = self.identity.audit.is_first_save(&change.draft, named);
        if first { self.note_draft(tx, &change.draft, "write", now) } else { Ok(()) }
    }

    /// Chooses another variant of the service; answers stay.
    ///
    /// # Errors
    /// `draft_gone`.
    pub fn choose_variant(&self, id: &str, variant: &str) -> Result<Draft, Problem> {
        let now = self.now();
        self.db.write(|tx| {
            let mut draft = load(tx, id)?;
            draft.application.variant = Some(variant.to_owned());
            write(tx, &draft, now)
        })?;
        self.open_draft(id)
    }

    /// Puts a draft in the bin for [`BIN_DAYS`] days.
    ///
    /// # Errors
    /// Those of storage.
    pub fn discard_draft(&self, id: &str) -> Result<(), Problem> {
        let now = self.now();
        self.db.write(|tx| {
            tx.execute("UPDATE draft SET binned = $1 WHERE id = $2 AND binned = 0", params![now, id])
                .map_err(stored)?;
            self.note_draft(tx, id, "bin", now)
        })
    }

    /// Takes a draft out of the bin.
    ///
    /// # Errors
    /// `draft_gone` when the bin was emptied.
    pub fn restore_draft(&self, id: &str) -> Result<Draft, Problem> {
        let now = self.now();
        self.db.write(|tx| {
            let found = tx.execute("UPDATE draft SET binned = 0 WHERE id = $1", params![id]).map_err(stored)?;
            if found != 1 {
                return Err(Problem::new("draft_gone"));
            }
            self.note_draft(tx, id, "restore", now)
        })?;
        self.open_draft(id)
    }

    /// Empties the bin of what is older than [`BIN_DAYS`]; called when the office opens.
    ///
    /// # Errors
    /// Those of storage.
    pub fn empty_bin(&self) -> Result<(), Problem> {
        let before = self.now() - BIN_DAYS * DAY_MS;
        self.db.write(|tx| {
            tx.execute("DELETE FROM draft WHERE binned > 0 AND binned < $1", params![before]).map_err(stored)?;
            let old = "FROM scan WHERE binned > 0 AND binned < $1";
            let gone = tx.query(&format!("SELECT DISTINCT sha256 {old}"), params![before]).map_err(stored)?;
            let gone = gone.iter().map(|r| r.text(0)).collect::<Result<Vec<_>, _>>().map_err(stored)?;
            tx.execute(&format!("DELETE {old}"), params![before]).map_err(stored)?;
            crate::scans::forget_unnamed(tx, &gone)
        })
    }

    /// Opens a correction of what the Dinas returned; a correction already begun is continued.
    ///
    /// # Errors
    /// `not_found`; `not_allowed` when the counter may not change it now.
    pub fn correct(&self, application: &str) -> Result<Draft, Problem> {
        self.room_for_text()?;
        let now = self.now();
        let id = self.db.write(|tx| {
            let begun = first(tx, "SELECT id FROM draft WHERE corrects = $1 AND binned = 0", params![application])
                .map_err(stored)?;
            if let Some(row) = begun {
                return row.text(0).map_err(stored);
            }
            let case = projection::load(tx, application).map_err(stored)?.ok_or_else(|| Problem::new("not_found"))?;
            if !case.state.status.counter_may_edit() {
                return Err(Problem::new("not_allowed"));
            }
            let mut document = case.state.application;
            // Read back and agreed again: the resident hears what changed.
            document.read_back = None;
            document.consent = None;
            let target = case.state.returned.map(|r| r.target).unwrap_or_default();
            let draft = Stored {
                id: self.edge.new_id().to_string(),
                corrects: application.to_owned(),
                section: section_of(self.service(&document.service)?, &target),
                field: target,
                application: document,
                defaults: Vec::new(),
                author: self.identity.person.id.clone(),
                saved: now,
            };
            write(tx, &draft, now)?;
            // Its form shows every answer: the Dinas asked for it, and no budget keeps anybody from correcting.
            self.note_corrected(tx, application)?;
            self.note_draft(tx, &draft.id, "correct", now)?;
            Ok(draft.id)
        })?;
        self.open_draft(&id)
    }

    fn draft_view(&self, draft: &Stored, returned: Option<Returned>) -> Result<Draft, Problem> {
        let application = self.with_papers(draft)?;
        let settings = self.district_settings()?;
        let forms = self.service(&application.service)?.forms_on(&settings.form_edition, self.today());
        let number = self.db.read(|tx| match draft.corrects.as_str() {
            "" => Ok::<_, Problem>(String::new()),
            id => Ok(projection::load(tx, id).map_err(stored)?.map(|c| c.state.number).unwrap_or_default()),
        })?;
        Ok(Draft {
            id: draft.id.clone(),
            corrects: (!draft.corrects.is_empty()).then(|| draft.corrects.clone()),
            number,
            findings: self.noticed(&draft.corrects, &application),
            sections: self.section_states(&application),
            scans: self.scans_of(&draft.id, &application)?,
            application,
            section: draft.section.clone(),
            field: draft.field.clone(),
            defaults: draft.defaults.clone(),
            returned,
            saved_at: self.local(draft.saved).time(),
            created_by: self.person_name(&draft.author),
            extras: settings.extras,
            edition: forms.first().map(|f| f.edition.clone()).unwrap_or_default(),
            forms: forms.iter().map(|f| f.code.clone()).collect(),
        })
    }

    /// Changes a stored draft in one transaction (read-back, consent).
    ///
    /// # Errors
    /// `draft_gone`; those of `change`.
    pub fn change_draft(&self, id: &str, change: impl FnOnce(&mut Application)) -> Result<(), Problem> {
        self.room_for_text()?;
        let now = self.now();
        self.db.write(|tx| {
            let mut draft = load(tx, id)?;
            change(&mut draft.application);
            write(tx, &draft, now)
        })
    }
}

/// Why an application was returned, for the note pinned to its target.
///
/// # Errors
/// Those of storage.
pub fn returned_to(tx: &mut dyn Tx, application: &str) -> Result<Option<Returned>, Problem> {
    let Some(case) = projection::load(tx, application).map_err(stored)? else { return Ok(None) };
    Ok(case.state.returned.map(|r| Returned { note: r.note, target: r.target, at: String::new(), by: String::new() }))
}

fn put(into: &mut BTreeMap<String, String>, path: &str, value: &str) {
    if value.is_empty() {
        into.remove(path);
    } else {
        into.insert(path.to_owned(), value.to_owned());
    }
}

fn section_of(service: &Service, target: &str) -> String {
    if target.starts_with("requirement.") {
        return "papers".into();
    }
    let holds = |pattern: &str| {
        pattern == target || pattern.split_once('*').is_some_and(|(a, z)| target.starts_with(a) && target.ends_with(z))
    };
    service.sections.iter().find(|s| s.fields.iter().any(|f| holds(&f.path))).map(|s| s.id.clone()).unwrap_or_default()
}

/// Puts in the answers that are known beforehand and says which they are.
pub fn put_defaults(
    service: &Service,
    office: &jukung_domain::wire::Office,
    application: &mut Application,
    defaults: &mut Vec<String>,
) {
    for field in service.sections.iter().flat_map(|s| &s.fields) {
        let Some(default) = &field.default else { continue };
        if field.path.contains('*') || application.fields.contains_key(&field.path) {
            continue;
        }
        let regency_code = office.code.rsplitn(3, '.').last().unwrap_or_default();
        let value = default
            .replace("{office.village}", &office.code)
            .replace("{office.district}", &office.district)
            .replace("{office.regency_name}", &office.regency)
            .replace("{office.regency}", regency_code)
            .replace("{office.postcode}", &office.postcode);
        if !value.is_empty() {
            application.fields.insert(field.path.clone(), value);
            defaults.push(field.path.clone());
        }
    }
}
