//! What an officer decides: an event of the district, the projection and the feed in one transaction.

use crate::District;
use crate::delivery::{document, handed};
use crate::own::{self, By};
use crate::{hold, second, visit};
use jukung_domain::event::{Body, Reason};
use jukung_domain::fold::Folded;
use jukung_domain::problem::Problem;
use jukung_domain::status::Status;
use jukung_ledger::projection::{self, Case, Context};
use jukung_ledger::{Tx, feed, params};
use std::collections::BTreeSet;

impl District {
    /// Decides about an application, or proposes it where the district wants a second officer. Of two officers at once, the
    /// second is told `not_allowed`.
    ///
    /// # Errors
    /// `not_found`, `not_allowed`, `delivered_already` with who, when and where, `reason_needed`, `second_waits`,
    /// `processing_held`; those of the database.
    pub fn decide(&self, application: &str, officer: &str, body: &Body) -> Result<(), Problem> {
        needs_words(body)?;
        let (now, id) = (self.edge.now(), self.edge.new_id().to_string());
        self.db.write(|tx| {
            tx.execute("UPDATE app SET id = id WHERE id = $1", params![application])?;
            let case = self.case(tx, application)?;
            hold::allows(&case, body)?;
            if second::propose(tx, &case, body, (id, officer, now))? {
                return Ok(());
            }
            append(tx, application, officer, body, now)
        })
    }

    /// What needs no second officer, for several events at once, when `also` agrees: it is asked in the same transaction, with the application's
    /// row locked, and what it writes stands or falls with the events.
    ///
    /// # Errors
    /// Those of [`District::decide`] and of `also`.
    pub(crate) fn decide_and(
        &self,
        application: &str,
        officer: &str,
        bodies: &[Body],
        also: impl FnOnce(&mut dyn Tx, &Case) -> Result<(), Problem>,
    ) -> Result<(), Problem> {
        bodies.iter().try_for_each(needs_words)?;
        let now = self.edge.now();
        self.db.write(|tx| {
            tx.execute("UPDATE app SET id = id WHERE id = $1", params![application])?;
            let case = self.case(tx, application)?;
            also(tx, &case)?;
            for body in bodies {
                append(tx, application, officer, body, now)?;
            }
            Ok(())
        })
    }
}

impl District {
    /// The same decision about each of several applications that it is open to: about all of those, or none.
    ///
    /// # Errors
    /// `not_allowed` when it is open to none of them, `processing_held` when only that stands in the way; those of
    /// [`District::decide`].
    pub(crate) fn decide_each(&self, applications: &[String], officer: &str, body: &Body) -> Result<(), Problem> {
        needs_words(body)?;
        let now = self.edge.now();
        // Their rows are locked in one order, whoever asks.
        let ordered: BTreeSet<&String> = applications.iter().collect();
        self.db.write(|tx| {
            let (mut open, mut why) = (Vec::new(), Problem::new("not_allowed"));
            for application in ordered {
                tx.execute("UPDATE app SET id = id WHERE id = $1", params![application])?;
                let seen = projection::load(tx, application)?.filter(|case| self.area.covers(&case.office));
                let Some(case) = seen.filter(|case| visit::waits_for(case, body)) else { continue };
                match hold::allows(&case, body) {
                    Ok(()) => open.push(case),
                    Err(held) => why = held,
                }
            }
            if open.is_empty() {
                return Err(why);
            }
            open.iter().try_for_each(|case| append(tx, &case.id, officer, body, now))
        })
    }

    /// A note at two applications, each naming the other: both say it, or neither.
    ///
    /// # Errors
    /// `not_found` when one is not here; those of the database.
    pub(crate) fn note_at_both(
        &self,
        ids: [&str; 2],
        officer: &str,
        words: impl Fn(&Case) -> String,
    ) -> Result<(), Problem> {
        let now = self.edge.now();
        self.db.write(|tx| {
            let mut found = Vec::new();
            for id in ids {
                found.push(self.case(tx, id)?);
            }
            // The feeds are locked in one order, whoever compares what with what.
            let mut order = [(&found[0], &found[1]), (&found[1], &found[0])];
            order.sort_by(|a, b| (&a.0.office, &a.0.id).cmp(&(&b.0.office, &b.0.id)));
            for (case, other) in order {
                tx.execute("UPDATE app SET id = id WHERE id = $1", params![&case.id])?;
                append(tx, &case.id, officer, &Body::DistrictNote(Reason { reason: words(other) }), now)?;
            }
            Ok(())
        })
    }
}

/// Appends one decision: log, projection, what follows from it, and the feed, whose row is locked last.
pub(crate) fn append(tx: &mut dyn Tx, application: &str, officer: &str, body: &Body, now: i64) -> Result<(), Problem> {
    let case = projection::load(tx, application)?.ok_or_else(|| Problem::new("not_found"))?;
    hold::allows(&case, body)?;
    if case.state.status == Status::Delivered && matches!(body, Body::Delivered(_)) {
        return Err(handed::already(tx, &case)?);
    }
    let by = By { office: &case.office, application, base: Some(case.head.clone()), author: officer, at: now };
    let (uid, raw) = own::append(tx, &by, body)?;
    if projection::apply(tx, application, body, &uid, Context { office: &case.office, at: now })? != Folded::Applied {
        return Err(Problem::new("not_allowed").with("status", case.state.status.code()));
    }
    document::follow(tx, application, now)?;
    feed::append(
        tx,
        &case.office,
        &feed::Entry { kind: "st", reference: &hex::encode(uid), outcome: "applied", raw: &raw },
    )?;
    if let Some(now_stands) = projection::load(tx, application)? {
        crate::hotline::news(tx, &now_stands, body, &uid, now)?;
    }
    Ok(())
}

/// A return needs a reason, a sentence and a target, so that the counter can open the very field; a refusal a reason.
fn needs_words(body: &Body) -> Result<(), Problem> {
    let empty = match body {
        Body::Returned(r) => r.reason.trim().is_empty() || r.target.trim().is_empty() || r.note.trim().is_empty(),
        Body::Refused(r) | Body::DistrictNote(r) | Body::Resumed(r) => r.reason.trim().is_empty(),
        Body::HeldBack(h) => h.reason.trim().is_empty(),
        Body::Ready(p) => p.place.trim().is_empty(),
        Body::Delivered(d) | Body::Handed(d) => d.recipient.trim().is_empty(),
        Body::Settled(s) => s.note.trim().is_empty(),
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
        | Body::PersonKey(_)
        | Body::DayCompared(_)
        | Body::Complained(_)
        | Body::ComplaintStepped(_)
        | Body::Unhanded(_)
        | Body::Renumber(_)
        | Body::Resolve(_)
        | Body::Taken
        | Body::Approved
        | Body::Issued(_)
        | Body::Shipped(_) => false,
    };
    if empty { Err(Problem::new("reason_needed")) } else { Ok(()) }
}
