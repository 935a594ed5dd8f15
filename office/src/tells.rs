//! What an answer of the Dinas means for the resident, in one sentence that says what to do (domain.md 7, 35 to 39).

use jukung_domain::fold::State;
use jukung_domain::status::Status;
use jukung_domain::texts::say;

/// The sentence for where an application stands; empty while there is nothing to tell.
#[must_use]
pub fn tell(state: &State) -> String {
    let with = |key: &str, value: &str| {
        if value.is_empty() { say(&format!("{key}_plain"), &[]) } else { say(key, &[("words", value)]) }
    };
    if let Some(held) = &state.held_back {
        return say("tells.held", &[("day", &held.day())]);
    }
    let reason = state.closed_reason.trim_end_matches('.');
    match state.status {
        Status::InProcess => say("tells.under_way", &[]),
        Status::ReadyForPickup => with("tells.ready", &state.delivery),
        Status::Shipped => with("tells.shipped", &state.delivery),
        Status::Delivered => with("tells.delivered", &state.delivery),
        Status::Rejected => with("tells.rejected", reason),
        Status::Submitted | Status::InVerification | Status::NeedsCorrection | Status::Issued | Status::Cancelled => {
            String::new()
        }
    }
}

/// Where an application stands in words, `status` being what is shown of it; and since when it is held back.
#[must_use]
pub fn stands(status: &str, state: &State) -> String {
    let stands = if status.is_empty() { String::new() } else { say(&format!("status.{status}"), &[]) };
    match &state.held_back {
        None => stands,
        Some(held) => [stands, say("hold.since", &[("day", &held.day())])].join(". "),
    }
}
