//! Handing a document over at the counter, with or without a network (ux.md S15): to whom, and what they left as a mark. Once;
//! whoever comes second is told to whom it went, when and where.

use crate::scan::store::ScanStore;
use crate::scan::{self, ScanProblem, Scanned};
use crate::submit::queue;
use crate::view::Receiver;
use crate::{Office, edge, own, stored};
use jukung_domain::application::Attachment;
use jukung_domain::catalogue::Catalogue;
use jukung_domain::event::{Body, Delivered, HANDOVER, Unhanded};
use jukung_domain::fold::State;
use jukung_domain::policy::Role;
use jukung_domain::problem::Problem;
use jukung_domain::status::Status;
use jukung_domain::texts::say;
use jukung_ledger::handed::{self, Handed};
use jukung_ledger::{Tx, projection};
use serde::{Deserialize, Serialize};

/// Marks a recipient leaves in the book of the office.
const MARKS: [&str; 2] = ["signature", "thumbprint"];
/// Longest name taken: as long as the longest a KTP-el carries, and half as much again for titles.
const NAME_CHARS_MAX: usize = 90;
/// How long an officer may take a hand-over back; after that only the supervisor (ux.md S15).
const UNDO_MS: i64 = 10 * 60_000;
/// Who may take a document: the applicant, whom the family named, somebody with a letter.
const APPLICANT: &str = "applicant";
const HELPER: &str = "helper";
const OTHER: &str = "other";

/// A hand-over as the clerk wrote it down.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct HandOver {
    /// `applicant`, `helper` or `other`.
    pub who: String,
    /// Name of somebody else; empty for the first two.
    pub name: String,
    /// The letter that lets somebody else take it was seen.
    pub letter: bool,
    /// Name, birth and address were read together with whoever receives it.
    pub read: bool,
    /// `signature` or `thumbprint`.
    pub mark: String,
    /// A photo of the hand-over as the window carries it, base64; empty where nobody took one.
    pub photo: String,
}

/// Whether the document may lie at this counter: it waits to be collected, or it exists and the family wants it brought to the
/// village or its subdistrict, and the bag may have come while there was no network.
#[must_use]
pub fn is_here(state: &State) -> bool {
    let way = state.application.fields.get("delivery.method").map_or("", String::as_str);
    match state.status {
        Status::ReadyForPickup => true,
        Status::Issued | Status::Shipped => matches!(way, "" | "village" | "district"),
        Status::Submitted
        | Status::InVerification
        | Status::NeedsCorrection
        | Status::InProcess
        | Status::Delivered
        | Status::Rejected
        | Status::Cancelled => false,
    }
}

/// Who may take it without a letter: the applicant, and whom the family named for that.
#[must_use]
pub fn receivers(state: &State) -> Vec<Receiver> {
    let name = state.application.fields.get("applicant.name").cloned().unwrap_or_default();
    let own = Receiver { who: APPLICANT.into(), name, relation: say("run.relation.self", &[]) };
    let named = may_collect(state).then(|| helper(state)).flatten();
    [Some(own), named].into_iter().flatten().collect()
}

/// What is said of somebody the family named as a contact and not as one who may take the document; empty where there is none.
#[must_use]
pub fn not_named(state: &State) -> String {
    match helper(state).filter(|_| !may_collect(state)) {
        Some(helper) => say("case.hand_not_named", &[("name", &helper.name), ("relation", &helper.relation)]),
        None => String::new(),
    }
}

fn may_collect(state: &State) -> bool {
    state.application.fields.get("helper.mayCollect").is_some_and(|said| said == "yes")
}

/// The contact the family named, where it is somebody else.
fn helper(state: &State) -> Option<Receiver> {
    let field = |path: &str| state.application.fields.get(path).map_or("", String::as_str);
    let list = Catalogue::embedded().lists.get("helper_kind")?;
    let kind = list.iter().find(|e| e.key == field("helper.kind") && !field("helper.name").is_empty())?;
    Some(Receiver { who: HELPER.into(), name: field("helper.name").to_owned(), relation: kind.label.clone() })
}

/// Whom `given` names, when they may take the document.
fn recipient(state: &State, given: &HandOver) -> Result<Receiver, Problem> {
    if given.who != OTHER {
        let may = receivers(state).into_iter().find(|r| r.who == given.who);
        return may.ok_or_else(|| match helper(state).filter(|_| given.who == HELPER) {
            Some(helper) => Problem::new("handover_not_named").with("name", helper.name),
            None => Problem::new("handover_who"),
        });
    }
    let name = given.name.split_whitespace().collect::<Vec<_>>().join(" ");
    if name.is_empty() || name.chars().count() > NAME_CHARS_MAX {
        return Err(Problem::new("handover_name").with("most", NAME_CHARS_MAX));
    }
    if !given.letter {
        return Err(Problem::new("handover_letter"));
    }
    Ok(Receiver { who: OTHER.into(), name, relation: say("run.relation.proxy", &[]) })
}

/// A photo, made small and without what the camera wrote into it; no PDF.
fn picture_of(bytes: &[u8]) -> Result<Scanned, Problem> {
    let taken = scan::take_in(bytes).map_err(|e| Problem::new(e.code()))?;
    if taken.media == "image/jpeg" { Ok(taken) } else { Err(Problem::new(ScanProblem::WrongType.code())) }
}

fn photo_of(taken: &Scanned) -> Attachment {
    Attachment {
        requirement: HANDOVER.into(),
        substitute: None,
        sha256: ScanStore::address(&taken.bytes),
        bytes: u32::try_from(taken.bytes.len()).unwrap_or(u32::MAX),
        media: taken.media.into(),
        asked: None,
        legible: None,
        original: None,
    }
}

impl Office {
    /// Writes down that a document was handed over here; the Dinas learns of it with the next call, by whatever road. `photo`
    /// is a picture of it as a camera made it; empty where nobody took one.
    ///
    /// # Errors
    /// `delivered_already` with to whom, when, where and by whom; `handover_not_here` for a document that is not at this
    /// counter as far as it knows; `handover_who`, `handover_not_named`, `handover_name`, `handover_letter`, `handover_read`,
    /// `handover_mark` for what is missing; those of a picture
    /// that cannot be taken; `not_found`; those of storage.
    pub fn hand_over_document(&self, id: &str, given: &HandOver, photo: &[u8]) -> Result<(), Problem> {
        self.room_for_text()?;
        let now = self.now();
        let taken = if photo.is_empty() { None } else { Some(picture_of(photo)?) };
        self.db.write(|tx| {
            let case = projection::load(tx, id).map_err(stored)?.ok_or_else(|| Problem::new("not_found"))?;
            if case.state.status == Status::Delivered {
                return Err(self.already(tx, id, &case.state.number)?);
            }
            if !is_here(&case.state) {
                return Err(Problem::new("handover_not_here"));
            }
            let to = recipient(&case.state, given)?;
            if !given.read {
                return Err(Problem::new("handover_read"));
            }
            if !MARKS.contains(&given.mark.as_str()) {
                return Err(Problem::new("handover_mark"));
            }
            let photo = taken.as_ref().map(photo_of);
            if let (Some(taken), Some(paper)) = (&taken, &photo) {
                self.add_scan(tx, id, paper, taken)?;
            }
            let body = Body::Handed(Delivered {
                recipient: to.name,
                relation: to.relation,
                mark: given.mark.clone(),
                place: self.identity.office.name.clone(),
                photo,
            });
            let (_, seq) = own::append(tx, &self.identity, id, &body, now)?;
            queue(tx, id, seq, now)
        })?;
        self.nudge();
        Ok(())
    }

    /// Takes back a hand-over that was written down by mistake: the document stands where it stood before, here and, with the
    /// next call, at the Dinas. The record of it stays, with the reason.
    ///
    /// # Errors
    /// `reason_needed`; `handover_undo` when no counter wrote the hand-over that counts; `handover_undo_late` after ten minutes,
    /// and for a hand-over of another computer, unless a supervisor asks; `not_found`; those of storage.
    pub fn take_back_hand_over(&self, id: &str, reason: &str) -> Result<(), Problem> {
        let reason = reason.split_whitespace().collect::<Vec<_>>().join(" ");
        if reason.is_empty() {
            return Err(Problem::new("reason_needed"));
        }
        self.room_for_text()?;
        let now = self.now();
        self.db.write(|tx| {
            let one = handed::handed(tx, id).map_err(stored)?.filter(|one| one.at_counter);
            let one = one.ok_or_else(|| Problem::new("handover_undo"))?;
            if !self.may_take_back(&one, now) {
                return Err(Problem::new("handover_undo_late"));
            }
            let body = Body::Unhanded(Unhanded { r: one.uid, reason });
            let (_, seq) = own::append(tx, &self.identity, id, &body, now)?;
            queue(tx, id, seq, now)
        })?;
        self.nudge();
        Ok(())
    }

    /// Whether the hand-over of an application can be taken back now by whoever is signed in.
    pub(crate) fn can_take_back(&self, tx: &mut dyn Tx, id: &str) -> Result<bool, Problem> {
        let now = self.now();
        Ok(handed::handed(tx, id).map_err(stored)?.is_some_and(|one| one.at_counter && self.may_take_back(&one, now)))
    }

    /// Only this computer's own clock is asked about its own hand-over, and no other decides by it (R11). A clock that was put
    /// back by more than the time allowed tells nothing: then it is for the supervisor, too.
    fn may_take_back(&self, one: &Handed, now: i64) -> bool {
        let own = one.device == self.identity.device.to_string();
        self.identity.role == Role::Supervisor || (own && (now - one.at).abs() <= UNDO_MS)
    }

    pub(crate) fn already(&self, tx: &mut dyn Tx, id: &str, number: &str) -> Result<Problem, Problem> {
        let problem = Problem::new("delivered_already").with("number", number);
        let Some(first) = handed::handed(tx, id).map_err(stored)? else { return Ok(problem) };
        Ok(self.told_of(&first).into_iter().fold(problem, |problem, (key, value)| problem.with(key, value)))
    }

    /// The sentence for a hand-over of a counter that another one came before: both, to whom, when, where, and who wrote it
    /// down. Nothing for another event.
    pub(crate) fn handed_twice(
        &self,
        tx: &mut dyn Tx,
        uid: &str,
        app: &str,
        number: &str,
    ) -> Result<Option<String>, Problem> {
        let Some(second) = handed::told_by(tx, uid).map_err(stored)? else { return Ok(None) };
        let Some(first) = handed::handed(tx, app).map_err(stored)? else { return Ok(None) };
        let told = |one: &Handed| {
            let words = self.told_of(one);
            let words: Vec<(&str, &str)> = words.iter().map(|(key, value)| (*key, value.as_str())).collect();
            say("attention.handed_one", &words)
        };
        let both = [("number", number), ("first", &told(&first)), ("second", &told(&second))];
        Ok(Some(say("attention.handed_twice", &both)))
    }

    /// To whom, when, where and by whom, in words.
    fn told_of(&self, one: &Handed) -> [(&'static str, String); 5] {
        let at = self.local(one.at);
        let office = &self.identity.office;
        let place = if one.to.place.is_empty() { office.agency.clone() } else { one.to.place.clone() };
        let named = self.person_name(&one.author);
        // Another computer of this office has people of its own: here they are only an id.
        let unknown = named == one.author && uuid::Uuid::parse_str(&named).is_ok();
        [
            ("recipient", one.to.recipient.clone()),
            ("relation", one.to.relation.clone()),
            ("when", format!("{}, {}", edge::long_day(at.day()), at.time())),
            ("place", place),
            ("who", if unknown { say("case.hand_colleague", &[]) } else { named }),
        ]
    }
}
