//! What becomes of an event: decided once by the district, in arrival order, and final (protocol 2.8).

use crate::event::{Body, Edited};
use crate::fold::State;
use crate::status::{Step, step};

/// The outcome of one event. There is none that means "refused".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Outcome {
    /// Taken in.
    Applied,
    /// Taken in although its author had not seen the newest state: nothing overlaps.
    Merged,
    /// The same answer was changed by somebody else meanwhile; the first accepted stays.
    Conflict,
    /// The application does not allow it any more, or belongs to another office.
    NotOwner,
    /// The state its author saw is not known here.
    UnknownBase,
    /// Its application is not here yet.
    Held,
    /// A decision of the district handed back by a counter that does not fit any more: an officer looks at it.
    DistrictReview,
    /// Taken in, but another application has its registration number.
    NumberConflict,
}

impl Outcome {
    /// As stored and sent.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Outcome::Applied => "applied",
            Outcome::Merged => "merged",
            Outcome::Conflict => "parked:conflict",
            Outcome::NotOwner => "parked:not-owner",
            Outcome::UnknownBase => "parked:unknown-base",
            Outcome::Held => "held",
            Outcome::DistrictReview => "parked:district-review",
            Outcome::NumberConflict => "applied+number-conflict",
        }
    }

    /// Whether the event changes its application.
    #[must_use]
    pub fn folds(self) -> bool {
        folds(self.code())
    }
}

/// Whether an outcome, as stored and sent, lets its event change the application.
#[must_use]
pub fn folds(code: &str) -> bool {
    [Outcome::Applied, Outcome::Merged, Outcome::NumberConflict].iter().any(|o| o.code() == code)
}

/// The application as the district has it.
#[derive(Debug, Clone)]
pub struct Case<'a> {
    /// Its state.
    pub state: &'a State,
    /// Its newest event, first 8 bytes in hex.
    pub head: &'a str,
    /// Changes accepted after the event the author saw; `None` when that event is not known here.
    pub since: Option<Vec<&'a Edited>>,
}

/// R7: gives an event its outcome; it never fails. `number_taken` says that a `create` carries a number already given.
#[must_use]
pub fn settle(case: Option<&Case<'_>>, base: Option<&str>, body: &Body, number_taken: Taken) -> Outcome {
    let Some(case) = case else {
        return if matches!(body, Body::Create(_)) {
            if number_taken == Taken::Yes { Outcome::NumberConflict } else { Outcome::Applied }
        } else if matches!(
            body,
            Body::NumbersSkipped(_)
                | Body::Recovered(_)
                | Body::ClockSet(_)
                | Body::DayClosed(_)
                | Body::Escrowed(_)
                | Body::PersonKey(_)
                | Body::DayCompared(_)
        ) {
            Outcome::Applied
        } else {
            Outcome::Held
        };
    };
    if step(case.state.status, body) == Step::NotAllowed {
        return Outcome::NotOwner;
    }
    let Body::Edit(edit) = body else { return Outcome::Applied };
    if base.is_none_or(|base| base == case.head) {
        return Outcome::Applied;
    }
    let Some(since) = &case.since else { return Outcome::UnknownBase };
    if since.is_empty() {
        return Outcome::Applied;
    }
    let now = &case.state.application;
    let parts = [(&edit.f, &now.fields), (&edit.r, &now.reasons), (&edit.m, &now.missing)];
    let touched =
        |part: usize, path: &String| since.iter().any(|other| [&other.f, &other.r, &other.m][part].contains_key(path));
    let (mut shared, mut differs) = (false, false);
    for (part, (wanted, present)) in parts.iter().enumerate() {
        for (path, value) in wanted.iter().filter(|(path, _)| touched(part, path)) {
            shared = true;
            differs = differs || present.get(path).map_or("", String::as_str) != value;
        }
    }
    match (shared, differs) {
        (_, true) => Outcome::Conflict,
        (true, false) => Outcome::Applied,
        (false, _) => Outcome::Merged,
    }
}

/// Whether a registration number is given to another application already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// It is.
    Yes,
    /// It is not.
    No,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::application::Application;
    use crate::event::Created;
    use crate::fold::fold;

    fn edit(path: &str, value: &str) -> Edited {
        Edited { f: [(path.to_owned(), value.to_owned())].into(), ..Edited::default() }
    }

    fn state(edits: &[&Edited]) -> State {
        let mut state = None;
        fold(&mut state, &Body::Create(Created { n: "K7F-0001-A".into(), d: Application::default() }));
        for edit in edits {
            fold(&mut state, &Body::Edit((*edit).clone()));
        }
        state.expect("created")
    }

    #[test]
    fn the_first_accepted_answer_stays_and_the_later_one_waits() {
        let first = edit("child.name", "Siti");
        let state = state(&[&first]);
        let case = Case { state: &state, head: "b", since: Some(vec![&first]) };
        let settled = |body: Edited| settle(Some(&case), Some("a"), &Body::Edit(body), Taken::No);
        assert_eq!(settled(edit("child.name", "Sitti")), Outcome::Conflict);
        assert_eq!(settled(edit("child.name", "Siti")), Outcome::Applied);
        assert_eq!(settled(edit("child.sex", "female")), Outcome::Merged);
    }

    #[test]
    fn an_event_before_its_application_is_held_and_an_unknown_base_is_parked() {
        let body = Body::Edit(edit("child.name", "Siti"));
        assert_eq!(settle(None, None, &body, Taken::No), Outcome::Held);
        let state = state(&[]);
        let case = Case { state: &state, head: "b", since: None };
        assert_eq!(settle(Some(&case), Some("x"), &body, Taken::No), Outcome::UnknownBase);
    }
}
