//! To whom a document was handed over, when, where, and who wrote it down: what a second hand-over is told (ux.md S15).

use crate::tx::{DbProblem, Row, Tx, first};
use jukung_domain::application::Attachment;
use jukung_domain::event::{self, Body, Delivered};

/// One hand-over as it was written down.
#[derive(Debug, Clone)]
pub struct Handed {
    /// Recipient, relation, mark and place.
    pub to: Delivered,
    /// When its author wrote it, ms; when this home stored it, where the author's clock was broken.
    pub at: i64,
    /// Who wrote it: an officer's name, or the id of a person at a counter.
    pub author: String,
}

/// The hand-over of an application that counts; nothing while its document is in nobody's hands.
///
/// # Errors
/// Those of the engine.
pub fn handed(tx: &mut dyn Tx, app: &str) -> Result<Option<Handed>, DbProblem> {
    // As the state is read: what the district told in its order, then what it lost, then what waits here.
    let sql = "SELECT raw, at FROM event WHERE app = $1 AND kind IN ('st.delivered/1', 'doc.handed/1') AND outcome LIKE 'applied%'
               ORDER BY CASE WHEN turn > 0 THEN 0 WHEN turn < 0 THEN 1 ELSE 2 END, abs(turn), at LIMIT 1";
    first(tx, sql, crate::params![app])?.map_or(Ok(None), |row| read(&row))
}

/// The hand-over that this event of a counter tells of; nothing for another event.
///
/// # Errors
/// Those of the engine.
pub fn told_by(tx: &mut dyn Tx, uid: &str) -> Result<Option<Handed>, DbProblem> {
    let sql = "SELECT raw, at FROM event WHERE uid = $1 AND kind = 'doc.handed/1'";
    first(tx, sql, crate::params![uid])?.map_or(Ok(None), |row| read(&row))
}

/// Photos of every hand-over of an application that was written down, also of one that came second.
///
/// # Errors
/// Those of the engine.
pub fn photos(tx: &mut dyn Tx, app: &str) -> Result<Vec<Attachment>, DbProblem> {
    let sql =
        "SELECT raw, at FROM event WHERE app = $1 AND kind IN ('st.delivered/1', 'doc.handed/1') ORDER BY turn, uid";
    let mut photos = Vec::new();
    for row in tx.query(sql, crate::params![app])? {
        photos.extend(read(&row)?.and_then(|one| one.to.photo));
    }
    Ok(photos)
}

/// From a row of the event's bytes and the time they were stored.
fn read(row: &Row) -> Result<Option<Handed>, DbProblem> {
    let (envelope, stored) = (event::read(&row.text(0)?)?, row.int(1)?);
    let at = if envelope.c == 'x' { stored } else { envelope.h.0 };
    let Some(Body::Delivered(to) | Body::Handed(to)) = Body::read(&envelope)? else { return Ok(None) };
    Ok(Some(Handed { to, at, author: envelope.u }))
}
