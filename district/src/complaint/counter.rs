//! Complaints that counters took: filed once under the counter's own number and the day it promised, and every step of
//! them told back in the office's feed.

use super::{Happened, Kept, New, Source, insert, settings_in};
use crate::own::{self, By};
use jukung_domain::calendar::Local;
use jukung_domain::complaint::{Complaint, Stepped, due, past_the_counter, state_after};
use jukung_domain::event::Body;
use jukung_domain::problem::Problem;
use jukung_domain::region::Regions;
use jukung_domain::sync::outcome::Outcome;
use jukung_ledger::tx::first;
use jukung_ledger::{Tx, feed, params};

/// Who writes what the family said on its page; no officer has this name, for it holds a colon.
const FAMILY: &str = "warga:halaman";

/// Files what a counter sent. The paper's day holds, unless the counter's clock promised more than the district's
/// standard gives from today.
///
/// # Errors
/// Those of the database.
pub(crate) fn take_in(
    tx: &mut dyn Tx,
    office: &str,
    id: &str,
    complaint: &Complaint,
    now: i64,
) -> Result<Outcome, Problem> {
    let counted = due(&complaint.kind, Local::at(now, Regions::zone(office)).day(), &settings_in(tx)?);
    let day = complaint.due.parse().map_or(counted, |promised| counted.min(promised));
    insert(tx, &New { id, office, source: Source::Counter, complaint }, &complaint.kind, complaint, day, now)?;
    let row = first(tx, "SELECT office FROM complaint WHERE id = $1", params![id])?;
    let own = row.map(|r| r.text(0)).transpose()?.is_some_and(|filed| filed == office);
    Ok(if own { Outcome::Applied } else { Outcome::NotOwner })
}

/// Tells the office's counters of a step; of a complaint that went past them only that it happened. The feed's row is
/// locked last, so nothing of the transaction may follow.
///
/// # Errors
/// Those of the database.
pub(super) fn tell(tx: &mut dyn Tx, kept: &Kept, n: i64, step: &Happened) -> Result<(), Problem> {
    if kept.office.is_empty() {
        return Ok(());
    }
    let words = if past_the_counter(&kept.kind) { "" } else { step.words.trim() };
    let body = Body::ComplaintStepped(Stepped { n, w: step.what.clone(), t: words.to_owned() });
    let author = if step.who.is_empty() { FAMILY } else { &step.who };
    let by = By { office: &kept.office, application: &kept.id, base: None, author, at: step.at };
    let (uid, raw) = own::append(tx, &by, &body)?;
    let entry = feed::Entry { kind: "st", reference: &hex::encode(uid), outcome: "applied", raw: &raw };
    feed::append(tx, &kept.office, &entry)?;
    Ok(())
}

/// Takes a told step back from a counter after this database was restored. What officers wrote meanwhile under its
/// number stays; the step waits for its complaint, which comes back with its counter.
///
/// # Errors
/// Those of the database.
pub(crate) fn take_back(
    tx: &mut dyn Tx,
    office: &str,
    id: &str,
    step: &Stepped,
    (who, at): (&str, i64),
) -> Result<Outcome, Problem> {
    let sql = "UPDATE complaint SET state = state WHERE id = $1 AND office = $2";
    if tx.execute(sql, params![id, office])? == 0 {
        return Ok(Outcome::Held);
    }
    let Some(state) = state_after(&step.w) else { return Ok(Outcome::DistrictReview) };
    let who = if who == FAMILY { "" } else { who };
    let new = tx.execute(
        "INSERT INTO complaint_step (complaint, n, at, who, what, words) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT DO NOTHING",
        params![id, step.n, at, who, &step.w, &step.t],
    )?;
    if new == 0 {
        return Ok(Outcome::DistrictReview);
    }
    let last = "UPDATE complaint SET state = $1, changed = $2 WHERE id = $3
                AND NOT EXISTS (SELECT 1 FROM complaint_step s WHERE s.complaint = $3 AND s.n > $4)";
    tx.execute(last, params![state, at, id, step.n])?;
    Ok(Outcome::Applied)
}
