//! Where an application stands at the Dinas, and which steps are allowed (domain.md 4.3, protocol 2.8).

use crate::event::Body;
use serde::{Deserialize, Serialize};

/// The service status. What is on its way is told separately, by the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Status {
    /// Handed in at the counter; the Dinas may not have it yet.
    Submitted,
    /// An officer has it in hand.
    InVerification,
    /// To be corrected at the counter.
    NeedsCorrection,
    /// Verified, being processed in SIAK.
    InProcess,
    /// The document exists.
    Issued,
    /// Can be collected.
    ReadyForPickup,
    /// On its way.
    Shipped,
    /// In somebody's hands.
    Delivered,
    /// Refused, with a reason.
    Rejected,
    /// Taken back before it was processed.
    Cancelled,
}

impl Status {
    /// The code stored and sent, e.g. `NEEDS_CORRECTION`.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Status::Submitted => "SUBMITTED",
            Status::InVerification => "IN_VERIFICATION",
            Status::NeedsCorrection => "NEEDS_CORRECTION",
            Status::InProcess => "IN_PROCESS",
            Status::Issued => "ISSUED",
            Status::ReadyForPickup => "READY_FOR_PICKUP",
            Status::Shipped => "SHIPPED",
            Status::Delivered => "DELIVERED",
            Status::Rejected => "REJECTED",
            Status::Cancelled => "CANCELLED",
        }
    }

    /// Reads a code; `None` for one this build does not know.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Status> {
        ALL.into_iter().find(|s| s.code() == code)
    }

    /// No further step is possible.
    #[must_use]
    pub fn is_closed(self) -> bool {
        matches!(self, Status::Delivered | Status::Rejected | Status::Cancelled)
    }

    /// The counter may change answers and papers.
    #[must_use]
    pub fn counter_may_edit(self) -> bool {
        matches!(self, Status::Submitted | Status::NeedsCorrection)
    }

    /// The counter may take it back.
    #[must_use]
    pub fn counter_may_withdraw(self) -> bool {
        matches!(self, Status::Submitted | Status::InVerification | Status::NeedsCorrection)
    }
}

/// Every status, in the order of the road.
pub const ALL: [Status; 10] = [
    Status::Submitted,
    Status::InVerification,
    Status::NeedsCorrection,
    Status::InProcess,
    Status::Issued,
    Status::ReadyForPickup,
    Status::Shipped,
    Status::Delivered,
    Status::Rejected,
    Status::Cancelled,
];

/// What an event does to a status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The status becomes this.
    To(Status),
    /// Allowed, and the status stays.
    Stays,
    /// Not allowed from here; the event is kept and shown, and changes nothing.
    NotAllowed,
}

/// Whether `body` is allowed when the application stands at `now`, and where it leads.
#[must_use]
pub fn step(now: Status, body: &Body) -> Step {
    use Status::{
        Cancelled, Delivered, InProcess, InVerification, Issued, NeedsCorrection, ReadyForPickup, Rejected, Shipped,
        Submitted,
    };
    let from = |allowed: &[Status], to: Status| if allowed.contains(&now) { Step::To(to) } else { Step::NotAllowed };
    match body {
        Body::Create(_) => Step::NotAllowed,
        Body::Edit(_) => {
            if now.counter_may_edit() {
                Step::Stays
            } else {
                Step::NotAllowed
            }
        }
        Body::Attach(_) => {
            if now.counter_may_edit() || now == InVerification {
                Step::Stays
            } else {
                Step::NotAllowed
            }
        }
        Body::Resubmit => from(&[NeedsCorrection], Submitted),
        Body::Withdraw(_) => {
            if now.counter_may_withdraw() {
                Step::To(Cancelled)
            } else {
                Step::NotAllowed
            }
        }
        Body::Note(_)
        | Body::DistrictNote(_)
        | Body::Printed(_)
        | Body::NumbersSkipped(_)
        | Body::Recovered(_)
        | Body::ClockSet(_)
        | Body::DayClosed(_)
        | Body::Escrowed(_)
        | Body::PersonKey(_)
        | Body::DayCompared(_)
        | Body::Complained(_)
        | Body::ComplaintStepped(_)
        // Both name a hand-over; folding minds whether it is the one that counts.
        | Body::Unhanded(_)
        | Body::Settled(_)
        // Holding back never moves an application: it comes out as it stood.
        | Body::HeldBack(_)
        | Body::Resumed(_)
        | Body::Renumber(_)
        | Body::Resolve(_) => Step::Stays,
        Body::Taken => from(&[Submitted], InVerification),
        Body::Returned(_) => from(&[Submitted, InVerification], NeedsCorrection),
        Body::Approved => from(&[InVerification], InProcess),
        Body::Refused(_) => from(&[InVerification], Rejected),
        Body::Issued(_) => from(&[InProcess], Issued),
        // Also where it stands so already: it lies at another place now, or its tracking number became known.
        Body::Ready(_) => from(&[Issued, ReadyForPickup, Shipped], ReadyForPickup),
        Body::Shipped(_) => from(&[Issued, ReadyForPickup, Shipped], Shipped),
        Body::Delivered(_) | Body::Handed(_) => from(&[Issued, ReadyForPickup, Shipped], Delivered),
    }
}
