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
