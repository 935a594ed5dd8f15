//! Messages on their way out: one row for each cause, claimed by one sender, never sent again when nobody knows whether it
//! left.

use super::{Carrier, Fate, Way};
use crate::District;
use jukung_domain::email;
use jukung_domain::problem::Problem;
use jukung_domain::texts::say;
use jukung_ledger::tx::first;
use jukung_ledger::{Tx, params};
use serde::Serialize;
use utoipa::ToSchema;

/// In which one may write freely after the family wrote (Meta's customer service window).
pub const WINDOW_MS: i64 = 24 * 3_600_000;
/// Tries before a message is given up: with the waits below about two days.
pub const TRIES_MAX: i64 = 10;
/// First wait, doubled up to the longest.
const WAIT_MS: i64 = 30_000;
/// Longest wait: a rate limit of the day is over by then.
const WAIT_MAX_MS: i64 = 6 * 3_600_000;
/// A message that was being sent this long ago was cut by a crash: nobody knows whether it left.
const SENDING_MS: i64 = 5 * 60_000;
/// Sent in one round, so that one round ends.
const ROUND_MAX: i64 = 20;
/// Recipient of an answer to a complaint, with its id behind: the contact stands in the complaint alone.
pub(crate) const COMPLAINANT: &str = "complaint:";
/// Rows shown to officers.
const SHOWN_MAX: i64 = 200;

/// One message as a carrier gets it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// Its id: what caused it. It comes back with every word about its fate.
    pub id: String,
    /// E.164, or an e-mail address.
    pub to: String,
    /// The text.
    pub text: String,
    /// Values of the template; empty for an answer, which has none.
    pub values: Vec<String>,
    /// The family wrote within the window: the text may go as it is.
    pub free: bool,
    /// When it was made, ms: the same at every try.
    pub made: i64,
}

/// One message as officers see it. The number is shortened.
#[derive(Debug, Serialize, ToSchema)]
pub struct Shown {
    /// What caused it.
    id: String,
    /// `whatsapp` or `mail`.
    way: String,
    /// Last digits of where it goes, or the address without its name.
    to: String,
    /// The text.
    text: String,
    /// `queued`, `sending`, `sent`, `delivered`, `read`, `failed`, `unsure`.
    state: String,
    /// The same in words.
    state_text: String,
    /// What the carrier said last.
    why: String,
    /// When it last changed, ms.
    changed: i64,
}

/// Puts a message on its way, once for each cause.
///
/// # Errors
/// Those of the database.
pub fn queue(
    tx: &mut dyn Tx,
    cause: &str,
    (way, to): (Way, &str),
    text: &str,
    values: &[&str],
    now: i64,
) -> Result<(), Problem> {
    let values = serde_json::to_string(values).map_err(|e| Problem::new("internal").with("at", e))?;
    tx.execute(
        "INSERT INTO message (id, recipient, body, template, state, tries, next, name, why, made, changed, carrier)
         VALUES ($1, $2, $3, $4, 'queued', 0, $5, '', '', $5, $5, $6) ON CONFLICT DO NOTHING",
        params![cause, to, text, values, now, way.code()],
    )?;
    Ok(())
}

/// When to try again after `tries` tries.
fn next(now: i64, tries: i64, asked: i64) -> i64 {
    let own = WAIT_MS.saturating_mul(1 << tries.clamp(0, 20)).min(WAIT_MAX_MS);
    now + own.max(asked.min(WAIT_MAX_MS))
}

impl District {
    /// Sends what is due, each message claimed right before it is sent, so that copies of this server do not send it twice
    /// and nobody takes one that waits behind a slow one for cut off. Says how many were handed over.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn send_due(self: &std::sync::Arc<Self>, carrier: &dyn Carrier) -> Result<usize, Problem> {
        let (mut sent, way) = (0, carrier.way());
        for _ in 0..ROUND_MAX {
            let here = self.clone();
            let Some(letter) = off(move || here.claim_due(way, 1, here.edge.now())).await?.pop() else { break };
            let fate = carrier.carry(&letter).await;
            sent += usize::from(matches!(fate, Fate::Taken(_)));
            let here = self.clone();
            off(move || here.settle_fate(&letter, &fate, here.edge.now())).await?;
        }
        Ok(sent)
    }

    /// Takes up to `most` messages of a way that are due for sending; what a crash left half sent becomes unsure.
    ///
    /// # Errors
    /// Those of the database.
    pub fn claim_due(&self, way: Way, most: i64, now: i64) -> Result<Vec<Letter>, Problem> {
        self.db.write(|tx| {
            tx.execute(
                "UPDATE message SET state = 'unsure', why = 'interrupted', changed = $1
                 WHERE carrier = $2 AND state = 'sending' AND changed < $3",
                params![now, way.code(), now - SENDING_MS],
            )?;
            let sql = "SELECT m.id, m.recipient, m.body, m.template, coalesce(t.heard, 0), m.made FROM message m
                LEFT JOIN talk t ON t.sender = m.recipient
                WHERE m.carrier = $1 AND m.state = 'queued' AND m.next <= $2 ORDER BY m.next, m.id LIMIT $3";
            let mut letters = Vec::new();
            for row in tx.query(sql, params![way.code(), now, most])? {
                let id = row.text(0)?;
                let claim = "UPDATE message SET state = 'sending', tries = tries + 1, changed = $1 WHERE id = $2 AND state = 'queued'";
                if tx.execute(claim, params![now, &id])? == 1 {
                    let values = serde_json::from_str(&row.text(3)?).unwrap_or_default();
                    let free = now - row.int(4)? < WINDOW_MS;
                    let to = self.reached(tx, row.text(1)?)?;
                    letters.push(Letter { id, to, text: row.text(2)?, values, free, made: row.int(5)? });
                }
            }
            Ok(letters)
        })
    }

    /// Where a message goes: what stands there, or the contact inside a complaint, which is sealed where it must be.
    fn reached(&self, tx: &mut dyn Tx, recipient: String) -> Result<String, Problem> {
        match recipient.strip_prefix(COMPLAINANT) {
            Some(id) => Ok(self.kept(tx, id)?.map(|kept| kept.complaint.contact).unwrap_or_default()),
            None => Ok(recipient),
        }
    }

    /// Writes down what became of an attempt.
    ///
    /// # Errors
    /// Those of the database.
    pub fn settle_fate(&self, letter: &Letter, fate: &Fate, now: i64) -> Result<(), Problem> {
        self.db.write(|tx| {
            let row = first(tx, "SELECT tries FROM message WHERE id = $1", params![&letter.id])?;
            let tries = row.map_or(Ok(0), |r| r.int(0))?;
            let (state, name, why, at) = match fate {
                Fate::Taken(name) => ("sent", name.as_str(), "", now),
                Fate::Later(_, why) if tries >= TRIES_MAX => ("failed", "", why.as_str(), now),
                Fate::Later(wait, why) => ("queued", "", why.as_str(), next(now, tries, *wait)),
                Fate::Refused(why) => ("failed", "", why.as_str(), now),
                // Once more as a template, where there is one.
                Fate::WindowClosed if !letter.values.is_empty() && letter.free => ("queued", "", "131047", now),
                Fate::WindowClosed => ("failed", "", "131047", now),
                Fate::Unsure(why) => ("unsure", "", why.as_str(), now),
            };
            if matches!(fate, Fate::WindowClosed) {
                tx.execute("UPDATE talk SET heard = 0 WHERE sender = $1", params![&letter.to])?;
            }
            // A word about its fate may have been quicker than the answer to the call.
            tx.execute(
                "UPDATE message SET state = $1, name = CASE WHEN name = '' THEN $2 ELSE name END, why = $3, next = $4, changed = $5
                 WHERE id = $6 AND state = 'sending'",
                params![state, name, why, at, now, &letter.id],
            )?;
            Ok(())
        })
    }

    /// Takes a word of the carrier about a message, known by our id or by its name. Words come doubled and in any order:
    /// only what is later on the road counts.
    ///
    /// # Errors
    /// Those of the database.
    pub fn take_fate(
        &self,
        tx: &mut dyn Tx,
        known_by: (&str, &str),
        told: &str,
        why: &str,
        now: i64,
    ) -> Result<(), Problem> {
        let before: &[&str] = match told {
            "sent" => &["sending", "unsure"],
            "delivered" => &["sending", "unsure", "sent"],
            "read" => &["sending", "unsure", "sent", "delivered"],
            "failed" => &["sending", "unsure", "sent"],
            _ => return Ok(()),
        };
        let (id, name) = known_by;
        if told == "failed" && why == "131047" {
            // The window was over after all: once more as a template, where there is one.
            tx.execute(
                "UPDATE talk SET heard = 0 WHERE sender IN (SELECT recipient FROM message WHERE id = $1 OR (name = $2 AND name <> ''))",
                params![id, name],
            )?;
            tx.execute(
                "UPDATE message SET state = 'queued', name = '', why = $1, next = $2, changed = $2
                 WHERE state IN ('sending', 'unsure', 'sent') AND template <> '[]' AND (id = $3 OR (name = $4 AND name <> ''))",
                params![why, now, id, name],
            )?;
        }
        for state in before {
            tx.execute(
                "UPDATE message SET state = $1, name = CASE WHEN name = '' THEN $2 ELSE name END, why = $3, changed = $4
                 WHERE state = $5 AND (id = $6 OR (name = $2 AND name <> ''))",
                params![told, name, why, now, *state, id],
            )?;
        }
        Ok(())
    }

    /// The newest messages with their fate.
    ///
    /// # Errors
    /// Those of the database.
    pub fn messages(&self) -> Result<Vec<Shown>, Problem> {
        if !self.area.is_whole() {
            return Ok(Vec::new());
        }
        let sql =
            "SELECT id, recipient, body, state, why, changed, carrier FROM message ORDER BY changed DESC, id LIMIT $1";
        let rows = self.db.read(|tx| tx.query(sql, params![SHOWN_MAX]))?;
        let read = |r: &jukung_ledger::Row| {
            let (to, state) = (r.text(1)?, r.text(3)?);
            let to = match to.as_str() {
                hidden if hidden.starts_with(COMPLAINANT) => say("hotline.complainant", &[]),
                mail if mail.contains('@') => email::shortened(mail),
                phone => format!("•••{}", &phone[phone.len().saturating_sub(4)..]),
            };
            let way = r.text(6)?;
            // A mail server that took a letter is not yet a letter box that has it.
            let told = if way == Way::Mail.code() && state == "sent" { "mail_sent" } else { &state };
            let state_text = say(&format!("hotline.state.{told}"), &[]);
            Ok(Shown {
                id: r.text(0)?,
                way,
                to,
                text: r.text(2)?,
                state,
                state_text,
                why: r.text(4)?,
                changed: r.int(5)?,
            })
        };
        rows.iter().map(read).collect()
    }

    /// An officer sends again what nobody knows of, or what failed.
    ///
    /// # Errors
    /// `not_allowed` when it is neither; those of the database.
    pub fn send_again(&self, id: &str) -> Result<(), Problem> {
        self.sees_everything()?;
        let now = self.edge.now();
        let sql = "UPDATE message SET state = 'queued', tries = 0, next = $1, changed = $1 WHERE id = $2 AND state IN ('unsure', 'failed')";
        let changed = self.db.write(|tx| tx.execute(sql, params![now, id]))?;
        if changed == 1 { Ok(()) } else { Err(Problem::new("not_allowed")) }
    }
}

async fn off<T: Send + 'static>(work: impl FnOnce() -> Result<T, Problem> + Send + 'static) -> Result<T, Problem> {
    tokio::task::spawn_blocking(work).await.map_err(|e| Problem::new("internal").with("at", e))?
}
