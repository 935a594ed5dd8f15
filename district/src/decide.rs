//! What an officer decides: an event of the district, the projection and the feed in one transaction.

use crate::District;
use crate::own::{self, By};
use jukung_domain::event::Body;
use jukung_domain::fold::Folded;
use jukung_domain::problem::Problem;
use jukung_ledger::projection::{self, Context};
use jukung_ledger::{feed, params};

impl District {
    /// Decides about an application. Of two officers at once, the second is told `not_allowed`.
    ///
    /// # Errors
    /// `not_found`, `not_allowed`, `reason_needed`; those of the database.
    pub fn decide(&self, application: &str, officer: &str, body: &Body) -> Result<(), Problem> {
        needs_words(body)?;
        let now = self.edge.now();
        self.db.write(|tx| {
            tx.execute("UPDATE app SET id = id WHERE id = $1", params![application])?;
            let case = projection::load(tx, application)?.ok_or_else(|| Problem::new("not_found"))?;
            let by = By { office: &case.office, application, base: Some(case.head.clone()), author: officer, at: now };
            let (uid, raw) = own::append(tx, &by, body)?;
            if projection::apply(tx, application, body, &uid, Context { office: &case.office, at: now })?
                != Folded::Applied
            {
                return Err(Problem::new("not_allowed").with("status", case.state.status.code()));
            }
            feed::append(
                tx,
                &case.office,
                &feed::Entry { kind: "st", reference: &hex::encode(uid), outcome: "applied", raw: &raw },
            )?;
            if let Some(now_stands) = projection::load(tx, application)? {
                crate::hotline::news(tx, &now_stands, body, &uid, now)?;
            }
            Ok(())
        })
    }
}

/// A return needs a reason, a sentence and a target, so that the counter can open the very field; a refusal a reason.
fn needs_words(body: &Body) -> Result<(), Problem> {
    let empty = match body {
        Body::Returned(r) => r.reason.trim().is_empty() || r.target.trim().is_empty() || r.note.trim().is_empty(),
        Body::Refused(r) | Body::DistrictNote(r) => r.reason.trim().is_empty(),
        Body::Ready(p) => p.place.trim().is_empty(),
        Body::Delivered(d) => d.recipient.trim().is_empty(),
        Body::Create(_)
        | Body::Edit(_)
        | Body::Attach(_)
        | Body::Resubmit
        | Body::Withdraw(_)
        | Body::Note(_)
        | Body::Printed(_)
        | Body::NumbersSkipped(_)
        | Body::Recovered(_)
        | Body::ClockSet(_)
        | Body::DayClosed(_)
        | Body::Escrowed(_)
        | Body::DayCompared(_)
        | Body::Complained(_)
        | Body::ComplaintStepped(_)
        | Body::Renumber(_)
        | Body::Resolve(_)
        | Body::Taken
        | Body::Approved
        | Body::Issued(_)
        | Body::Shipped(_) => false,
    };
    if empty { Err(Problem::new("reason_needed")) } else { Ok(()) }
}
