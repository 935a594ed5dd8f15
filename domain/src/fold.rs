//! The current state of an application: its events, read again.

use crate::application::Application;
use crate::event::{Body, HeldBack, Returned};
use crate::status::{Status, Step, step};
use serde::{Deserialize, Serialize};

/// What the events of one application add up to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// Registration number.
    pub number: String,
    /// Numbers it had before: they stand on paper and still find it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub former: Vec<String>,
    /// Where it stands.
    pub status: Status,
    /// The answers and papers.
    pub application: Application,
    /// Why it was returned, until it is handed in again.
    #[serde(default)]
    pub returned: Option<Returned>,
    /// Why it was refused or withdrawn.
    #[serde(default)]
    pub closed_reason: String,
    /// How often the receipt was printed.
    #[serde(default)]
    pub printed: u32,
    /// Where it can be collected, who carries it or who received it, in words.
    #[serde(default)]
    pub delivery: String,
    /// The hand-over that counts, by the uid of its event in hex: said by whoever stores the event, for a fold sees none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub handed: String,
    /// Where it stood before that hand-over, and the words of [`State::delivery`] then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before_handed: Option<(Status, String)>,
    /// Processing is held back at the person's request; the Dinas refuses every step until it goes on (decision 0040).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_back: Option<HeldBack>,
}

/// What folding one event did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Folded {
    /// The state took the event in.
    Applied,
    /// The event is not allowed from here; the state is as before.
    NotAllowed,
    /// The event needs an application that is not here yet.
    NoApplication,
}

/// Folds one event into `state`.
pub fn fold(state: &mut Option<State>, body: &Body) -> Folded {
    let Some(current) = state else {
        let Body::Create(created) = body else { return Folded::NoApplication };
        *state = Some(State {
            number: created.n.clone(),
            former: Vec::new(),
            status: Status::Submitted,
            application: created.d.clone(),
            returned: None,
            closed_reason: String::new(),
            printed: 0,
            delivery: String::new(),
            handed: String::new(),
            before_handed: None,
            held_back: None,
        });
        return Folded::Applied;
    };
    match step(current.status, body) {
        Step::NotAllowed => return Folded::NotAllowed,
        Step::To(next) => {
            if next == Status::Delivered {
                current.before_handed = Some((current.status, current.delivery.clone()));
            }
            current.status = next;
        }
        Step::Stays => {}
    }
    take_in(current, body);
    Folded::Applied
}

fn take_in(state: &mut State, body: &Body) {
    match body {
        Body::Edit(edit) => {
            overlay(&mut state.application.fields, &edit.f);
            overlay(&mut state.application.reasons, &edit.r);
            overlay(&mut state.application.missing, &edit.m);
        }
        Body::Attach(paper) => {
            state.application.attachments.retain(|a| a.requirement != paper.requirement);
            state.application.attachments.push(paper.clone());
        }
        Body::Resubmit => state.returned = None,
        Body::Returned(returned) => state.returned = Some(returned.clone()),
        Body::Refused(r) | Body::Withdraw(r) => state.closed_reason.clone_from(&r.reason),
        Body::Renumber(p) if p.n != state.number => {
            state.former.push(std::mem::replace(&mut state.number, p.n.clone()))
        }
        Body::Printed(p) => state.printed = state.printed.max(p.copy),
        Body::Ready(p) => state.delivery.clone_from(&p.place),
        Body::Shipped(s) => state.delivery = format!("{} {}", s.carrier, s.tracking).trim().to_owned(),
        Body::Delivered(d) | Body::Handed(d) => state.delivery = format!("{} ({})", d.recipient, d.relation),
        // Of one that came second, or was taken back before: nothing to undo.
        Body::Unhanded(p) if !p.r.is_empty() && p.r == state.handed => {
            state.handed.clear();
            (state.status, state.delivery) = state.before_handed.take().unwrap_or((Status::Issued, String::new()));
        }
        Body::HeldBack(p) => state.held_back = Some(p.clone()),
        Body::Resumed(_) => state.held_back = None,
        Body::Unhanded(_)
        | Body::Settled(_)
        | Body::Create(_)
        | Body::Note(_)
        | Body::DistrictNote(_)
        | Body::NumbersSkipped(_)
        | Body::Recovered(_)
        | Body::ClockSet(_)
        | Body::DayClosed(_)
        | Body::Escrowed(_)
        | Body::PersonKey(_)
        | Body::DayCompared(_)
        | Body::Complained(_)
        | Body::ComplaintStepped(_)
        | Body::Renumber(_)
        | Body::Resolve(_)
        | Body::Taken
        | Body::Approved
        | Body::Issued(_) => {}
    }
}

fn overlay(into: &mut crate::application::Fields, changes: &crate::application::Fields) {
    for (path, value) in changes {
        if value.is_empty() {
            into.remove(path);
        } else {
            into.insert(path.clone(), value.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Created, Delivered, Edited, Issued, Place, Reason, Unhanded};

    fn created() -> Option<State> {
        let mut state = None;
        fold(&mut state, &Body::Create(Created { n: "K7F-0001-A".into(), d: Application::default() }));
        state
    }

    #[test]
    fn an_edit_changes_named_answers_only_and_an_empty_text_removes_one() {
        let mut state = created();
        let edit = |a: &str, b: &str| Body::Edit(Edited { f: [(a.into(), b.into())].into(), ..Edited::default() });
        fold(&mut state, &edit("child.name", "Siti"));
        fold(&mut state, &edit("child.sex", "female"));
        fold(&mut state, &edit("child.name", ""));
        let fields = state.expect("created").application.fields;
        assert_eq!(fields.into_iter().collect::<Vec<_>>(), [("child.sex".to_owned(), "female".to_owned())]);
    }

    #[test]
    fn a_step_that_is_not_allowed_changes_nothing() {
        let mut state = created();
        let before = state.clone();
        assert_eq!(fold(&mut state, &Body::Approved), Folded::NotAllowed);
        assert_eq!(state, before);
    }

    #[test]
    fn a_returned_application_is_open_again_after_it_is_handed_in_again() {
        let mut state = created();
        fold(&mut state, &Body::Taken);
        fold(
            &mut state,
            &Body::Returned(Returned {
                reason: "unreadable".into(),
                target: "requirement.ktp".into(),
                note: "x".into(),
            }),
        );
        assert!(state.as_ref().is_some_and(|s| s.returned.is_some() && s.status == Status::NeedsCorrection));
        fold(&mut state, &Body::Resubmit);
        assert!(state.as_ref().is_some_and(|s| s.returned.is_none() && s.status == Status::Submitted));
        fold(&mut state, &Body::Withdraw(Reason { reason: "salah".into() }));
        assert!(state.is_some_and(|s| s.status == Status::Cancelled));
    }

    #[test]
    fn holding_back_never_moves_an_application_and_what_it_held_comes_out_as_it_stood() {
        let mut state = created();
        fold(&mut state, &Body::Taken);
        let (before, written) = (state.clone(), serde_json::to_string(&state).expect("JSON"));
        let held = HeldBack { since: "2026-11-28".into(), reason: "Diminta pemohon".into() };
        assert_eq!(fold(&mut state, &Body::HeldBack(held.clone())), Folded::Applied);
        assert_eq!(state.as_ref().map(|s| (s.status, s.held_back.clone())), Some((Status::InVerification, Some(held))));
        assert_eq!(fold(&mut state, &Body::Withdraw(Reason { reason: "batal".into() })), Folded::Applied);
        fold(&mut state, &Body::Resumed(Reason { reason: "Selesai".into() }));
        assert!(state.is_some_and(|s| s.held_back.is_none() && s.status == Status::Cancelled));
        assert!(!written.contains("held_back"), "a state without it is written as before");
        assert_eq!(serde_json::from_str::<Option<State>>(&written).expect("JSON"), before);
    }

    #[test]
    fn only_the_hand_over_that_counts_is_undone_and_the_document_stands_where_it_stood() {
        let mut state = created();
        let ready = Body::Ready(Place { place: "Rantau".into() });
        for step in [Body::Taken, Body::Approved, Body::Issued(Issued::default()), ready] {
            fold(&mut state, &step);
        }
        let undone = |r: &str| Body::Unhanded(Unhanded { r: r.into(), reason: "salah baris".into() });
        let stands = |state: &Option<State>| state.as_ref().map(|s| (s.status, s.delivery.clone()));
        let waits = stands(&state);
        let to = Delivered { recipient: "Rizal".into(), relation: "Cucu".into(), ..Delivered::default() };
        assert_eq!(fold(&mut state, &Body::Handed(to.clone())), Folded::Applied);
        state.as_mut().expect("created").handed = "ab".into();
        for other in ["cd", ""] {
            assert_eq!(fold(&mut state, &undone(other)), Folded::Applied);
            assert_eq!(stands(&state), Some((Status::Delivered, "Rizal (Cucu)".into())));
        }
        fold(&mut state, &undone("ab"));
        assert_eq!(stands(&state), waits);
        fold(&mut state, &undone("ab"));
        assert_eq!((stands(&state), fold(&mut state, &Body::Handed(to))), (waits, Folded::Applied));
    }
}
