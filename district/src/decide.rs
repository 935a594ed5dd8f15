//! What an officer decides: an event of the district, the projection and the feed in one transaction.

use crate::District;
use jukung_domain::event::{self, Authorship, Body, Origin};
use jukung_domain::fold::Folded;
use jukung_domain::problem::Problem;
use jukung_ledger::log::{self, Appended, NewEvent, Place};
use jukung_ledger::projection::{self, Context};
use jukung_ledger::tx::first;
use jukung_ledger::{feed, params};
use sha2::{Digest, Sha256};

/// The district writes one log per office; its key therefore begins with the office, and no counter is global.
#[must_use]
pub fn log_of(office: &str) -> uuid::Uuid {
    let digest = Sha256::new().chain_update(b"jukung-district-log\n").chain_update(office.as_bytes()).finalize();
    let mut bytes = [0u8; 16];
    bytes.copy_from_slice(&digest[..16]);
    uuid::Builder::from_random_bytes(bytes).into_uuid()
}

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
            let device = log_of(&case.office);
            let id = device.to_string();
            // Two officers of one office's queue write one log: its row is locked before it is read.
            tx.execute(
                "INSERT INTO log_head (device, incarnation, acked, chain, safe) VALUES ($1, 1, 0, $2, 0) ON CONFLICT DO NOTHING",
                params![&id, hex::encode(event::chain_start(device, 1))],
            )?;
            tx.execute("UPDATE log_head SET acked = acked WHERE device = $1 AND incarnation = 1", params![&id])?;
            let row =
                first(tx, "SELECT acked, chain FROM log_head WHERE device = $1 AND incarnation = 1", params![&id])?;
            let (last, chain) = match row {
                Some(row) => (row.int(0)?, log::hash(&row.text(1)?)?),
                None => (0, event::chain_start(device, 1)),
            };
            let author = Authorship {
                application: application.parse().map_err(|_| Problem::new("not_found"))?,
                base: Some(case.head.clone()),
                hlc: (now, 0),
                clock: 't',
                author: officer.to_owned(),
            };
            let raw = event::write(&author, body).map_err(|e| Problem::new("internal").with("at", e))?;
            let origin = Origin { device, incarnation: 1, seq: last + 1 };
            let uid = event::uid(&origin, &raw);
            let chain = event::chain_next(&chain, &uid);
            if projection::apply(tx, application, body, &uid, Context { office: &case.office, at: now })?
                != Folded::Applied
            {
                return Err(Problem::new("not_allowed").with("status", case.state.status.code()));
            }
            let kind = body.kind().to_owned();
            let turn = log::next_turn(tx, application)?;
            let stored = log::append(
                tx,
                &NewEvent {
                    origin,
                    raw: &raw,
                    application: application.to_owned(),
                    kind,
                    outcome: "applied".into(),
                    at: now,
                    turn,
                    proof: String::new(),
                },
            )?;
            log::place(tx, Place { device, incarnation: 1, seq: last + 1 }, &uid, &chain)?;
            if !matches!(stored, Appended::New(_)) {
                return Err(Problem::new("internal").with("at", "another event stands at the decision's place"));
            }
            tx.execute(
                "UPDATE log_head SET acked = $1, chain = $2 WHERE device = $3 AND incarnation = 1",
                params![last + 1, hex::encode(chain), &id],
            )?;
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
        | Body::Renumber(_)
        | Body::Resolve(_)
        | Body::Taken
        | Body::Approved
        | Body::Issued(_)
        | Body::Shipped(_) => false,
    };
    if empty { Err(Problem::new("reason_needed")) } else { Ok(()) }
}
