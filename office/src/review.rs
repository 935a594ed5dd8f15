//! The staff check, the pages read back to the resident, and the consent they give.

use crate::view::{Fact, ReadBackPage, Review};
use crate::{Office, drafts, views};
use jukung_domain::application::{Application, ReadBack};
use jukung_domain::catalogue::FieldKind;
use jukung_domain::check;
use jukung_domain::problem::Problem;
use jukung_domain::shown::Shown;
use jukung_domain::texts::say_in;

/// Facts on one page of the resident's screen (ux.md 2.2). Its six pages hold every service but those of large families,
/// whose pages go on: nobody consents to what was left out.
const FACTS: usize = 4;
/// Version of the consent text read out; it changes whenever a word of it changes.
pub const CONSENT_VERSION: &str = "2026-11";

impl Office {
    /// Everything the staff check and the read-back show of a draft.
    ///
    /// # Errors
    /// `draft_gone`; those of storage.
    pub fn review(&self, id: &str) -> Result<Review, Problem> {
        let draft = self.db.read(|tx| drafts::load(tx, id))?;
        let application = self.with_papers(&draft)?;
        let findings = self.findings(&application);
        let scans = self.scans_of(id, &application)?;
        let mut pages: Vec<ReadBackPage> = self
            .facts(&application)?
            .chunks(FACTS)
            .map(|facts| ReadBackPage { facts: facts.to_vec(), papers: Vec::new() })
            .collect();
        if !scans.is_empty() {
            pages.push(ReadBackPage { facts: Vec::new(), papers: scans });
        }
        let name = application.fields.get("applicant.name").cloned().unwrap_or_default();
        let service = self.service_name(&application.service);
        let language = self.setting("resident_language")?;
        Ok(Review {
            can_send: !check::blocks_sending(&findings, &application),
            findings,
            rows: self.review_rows(&application),
            pages,
            script: say_in(&language, "readback.script", &[("name", &name)]),
            consent: say_in(
                &language,
                "consent.text",
                &[("name", &name), ("service", &service), ("agency", &self.identity.office.agency)],
            ),
            consent_version: CONSENT_VERSION.into(),
            news: news(&language, &application),
        })
    }

    fn facts(&self, application: &Application) -> Result<Vec<Fact>, Problem> {
        let service = self.service(&application.service)?;
        let mut fields: Vec<Shown<'_>> = check::shown_fields(service, application, self.today());
        fields.retain(|Shown { field: f, .. }| {
            f.read_back.is_some() && !f.sensitive && !matches!(f.kind, FieldKind::Nik | FieldKind::Kk)
        });
        fields.sort_by_key(|s| s.field.read_back);
        let fact = |Shown { path, field: f, .. }: Shown<'_>| {
            let value = application.fields.get(path.as_ref()).filter(|v| !v.is_empty())?;
            let value = views::answer(self.catalogue, f.kind, f.list.as_deref(), value);
            let name = matches!(f.kind, FieldKind::Name | FieldKind::NewName);
            Some(Fact {
                label: f.label.clone(),
                value: if name { value.to_uppercase() } else { value },
                large: name,
                path: path.into_owned(),
            })
        };
        Ok(fields.into_iter().filter_map(fact).collect())
    }

    /// What the computer's voice reads of one page of the read-back, or of the consent (`page` none): what the resident sees
    /// there, without numbers to call (ux.md 2.3).
    ///
    /// # Errors
    /// `draft_gone`, `bad_request` for a page that is not there; those of storage.
    pub fn aloud(&self, id: &str, page: Option<usize>) -> Result<Vec<String>, Problem> {
        let review = self.review(id)?;
        let Some(page) = page else { return Ok(vec![review.consent]) };
        let shown = review.pages.get(page).ok_or_else(|| Problem::new("bad_request").with("page", page))?;
        let phones = self.phones(id)?;
        let mut out: Vec<String> = shown
            .facts
            .iter()
            .filter(|fact| !phones.contains(&fact.path))
            // A voice spells what stands in capitals.
            .map(|fact| {
                format!("{}: {}.", fact.label, if fact.large { fact.value.to_lowercase() } else { fact.value.clone() })
            })
            .collect();
        out.extend(shown.papers.iter().map(|paper| format!("{}.", paper.name)));
        out.push(say_in(&self.setting("resident_language")?, "readback.title", &[]));
        Ok(out)
    }

    fn phones(&self, id: &str) -> Result<Vec<String>, Problem> {
        let application = self.db.read(|tx| drafts::load(tx, id))?.application;
        let service = self.service(&application.service)?;
        let shown = check::shown_fields(service, &application, self.today());
        Ok(shown.into_iter().filter(|s| s.field.kind == FieldKind::Phone).map(|s| s.path.into_owned()).collect())
    }

    /// Notes that the summary was read to the resident and what they corrected.
    ///
    /// # Errors
    /// `draft_gone`, `bad_request` for an unknown mode.
    pub fn record_read_back(&self, id: &str, mode: &str, corrected: &[String]) -> Result<Review, Problem> {
        if !matches!(mode, "screen" | "spoken") {
            return Err(Problem::new("bad_request").with("mode", mode));
        }
        self.change_draft(id, |a| a.read_back = Some(ReadBack { mode: mode.into(), corrected: corrected.to_vec() }))?;
        self.review(id)
    }
}

/// Where news may go: the telephone and the e-mail of the contact, or of the applicant where nobody else is named.
fn ways(application: &Application) -> (&str, &str) {
    let get = |p: &str| application.fields.get(p).map_or("", String::as_str);
    if get("helper.name").is_empty() {
        (get("applicant.phone"), get("applicant.email"))
    } else {
        (get("helper.phone"), get("helper.email"))
    }
}

/// What is agreed to with the news, by the ways there are; empty without any.
#[must_use]
pub fn news(language: &str, application: &Application) -> String {
    let key = match ways(application) {
        ("", "") => return String::new(),
        (_, "") => "consent.news",
        ("", _) => "consent.news_mail",
        (_, _) => "consent.news_both",
    };
    say_in(language, key, &[("contact", &contact(application))])
}

/// `Rizal (Cucu) 0812-3456-7890, rizal@contoh.id`: who gets the news; empty when nobody has a phone or an e-mail address.
#[must_use]
pub fn contact(application: &Application) -> String {
    let get = |p: &str| application.fields.get(p).map_or("", String::as_str);
    let (name, kind) = (get("helper.name"), get("helper.kind"));
    let (phone, mail) = ways(application);
    let phone = views::local_phone(phone);
    let reached = [phone.as_str(), mail].into_iter().filter(|w| !w.is_empty()).collect::<Vec<_>>().join(", ");
    if name.is_empty() {
        return if reached.is_empty() { reached } else { format!("{} {reached}", get("applicant.name")) };
    }
    let lists = &jukung_domain::catalogue::Catalogue::embedded().lists;
    let relation =
        lists.get("helper_kind").and_then(|l| l.iter().find(|e| e.key == kind)).map(|e| e.label.to_lowercase());
    let relation = relation.map(|r| format!(" ({r})")).unwrap_or_default();
    format!("{name}{relation} {reached}").trim().to_owned()
}
