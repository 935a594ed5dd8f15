//! The papers of one application as officers see them: what each is, whether it is here, and what the counter remarked.

use crate::District;
use jukung_domain::application::{Application, Attachment};
use jukung_domain::catalogue::{Catalogue, Requirement};
use jukung_domain::event::HANDOVER;
use jukung_domain::problem::Problem;
use jukung_domain::texts::say;
use jukung_ledger::projection::Case;
use jukung_ledger::tx::{Tx, first};
use jukung_ledger::{handed, params};
use serde::Serialize;
use utoipa::ToSchema;

/// One scan.
#[derive(Debug, Serialize, ToSchema)]
pub struct Scan {
    /// Requirement it answers.
    pub requirement: String,
    /// Name of the paper.
    pub name: String,
    /// Content address.
    pub sha256: String,
    /// Media type.
    pub media: String,
    /// It is here.
    pub held: bool,
    /// By which record it was destroyed, and when; empty for most.
    pub gone: String,
    /// `highest` when it is shown only after somebody said why; empty for most.
    pub hidden: String,
    /// What the counter saw on it that the officer should look at; empty for most.
    pub remark: String,
}

/// The scans of `doc`, which `office` sent, in its own order, and the photos of its hand-overs.
///
/// # Errors
/// Those of the database.
pub(crate) fn scans(tx: &mut dyn Tx, case: &Case) -> Result<Vec<Scan>, Problem> {
    let (doc, office, mut out) = (&case.state.application, &case.office, Vec::new());
    let photos = handed::photos(tx, &case.id)?;
    for a in doc.attachments.iter().chain(&photos) {
        let sql = "SELECT state, key FROM blob WHERE sha256 = $1 AND office = $2";
        let row = first(tx, sql, params![&a.sha256, office])?;
        let state = row.as_ref().map(|r| r.text(0)).transpose()?;
        let by = row.filter(|_| state.as_deref() == Some("destroyed")).map(|r| r.text(1)).transpose()?;
        out.push(Scan {
            requirement: a.requirement.clone(),
            name: name(doc, a),
            sha256: a.sha256.clone(),
            media: a.media.clone(),
            held: state.is_some_and(|s| s == "held"),
            gone: by.map_or_else(|| Ok(String::new()), |id| District::destroyed_by(tx, &id))?,
            hidden: String::new(),
            remark: remark(doc, a),
        });
    }
    Ok(out)
}

fn requirement(doc: &Application, id: &str) -> Option<&'static Requirement> {
    Catalogue::embedded().service(&doc.service)?.requirements.iter().find(|r| r.id == id)
}

/// Name of a requirement; its id where this build does not know it.
pub(crate) fn requirement_name(doc: &Application, id: &str) -> String {
    requirement(doc, id).map_or_else(|| id.to_owned(), |r| r.name.clone())
}

fn name(doc: &Application, a: &Attachment) -> String {
    if a.requirement == HANDOVER {
        return say("papers.handover", &[]);
    }
    let Some(requirement) = requirement(doc, &a.requirement) else { return a.requirement.clone() };
    let substitute = a.substitute.as_ref().and_then(|id| requirement.substitutes.iter().find(|s| s.id == *id));
    substitute.map_or_else(|| requirement.name.clone(), |s| s.name.clone())
}

/// The digits read off the photo were not those of the answer, or the question about the paper was answered with no.
fn remark(doc: &Application, a: &Attachment) -> String {
    let mut said = Vec::new();
    if a.legible == Some(false) {
        said.push(say("scan.unlike", &[]));
        let reason = doc.reasons.get(&format!("requirement.{}", a.requirement));
        said.extend(reason.map(|reason| say("opened.reason", &[("reason", reason)])));
    }
    if let (Some(false), Some(ask)) = (a.asked, requirement(doc, &a.requirement).and_then(|r| r.ask.as_ref())) {
        said.push(say("scan.denied", &[("ask", ask)]));
    }
    said.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_counter_saw_on_a_paper_is_told_with_its_reason() {
        let paper = |requirement: &str, legible, asked| Attachment {
            requirement: requirement.into(),
            substitute: None,
            sha256: String::new(),
            bytes: 1,
            media: "image/jpeg".into(),
            asked,
            legible,
            original: None,
        };
        let mut doc = Application { service: "BIRTH_CERT".into(), ..Application::default() };
        assert_eq!(remark(&doc, &paper("kk", Some(true), None)), "");
        assert_eq!(remark(&doc, &paper("birth_letter", None, Some(true))), "");
        doc.reasons.insert("requirement.kk".into(), "KK baru".into());
        let unlike = remark(&doc, &paper("kk", Some(false), None));
        assert!(unlike.contains("tidak sama dengan isian") && unlike.ends_with("KK baru"), "{unlike}");
        assert!(remark(&doc, &paper("birth_letter", None, Some(false))).contains("Nama anak tertulis di surat ini"));
    }
}
