//! To whom a document was handed over, when, where, and who wrote it down: what a second hand-over is told, and what an undo
//! names (ux.md S15).

use crate::projection;
use crate::tx::{DbProblem, Row, Tx, first};
use jukung_domain::application::Attachment;
use jukung_domain::event::{self, Body, Delivered};
use jukung_domain::status::Status;

/// Events that put a document into somebody's hands.
const KINDS: &str = "kind IN ('st.delivered/1', 'doc.handed/1')";

/// One hand-over as it was written down.
#[derive(Debug, Clone)]
pub struct Handed {
    /// Its event, by uid in hex.
    pub uid: String,
    /// Computer whose log it is in.
    pub device: String,
    /// Recipient, relation, mark and place.
    pub to: Delivered,
    /// When its author wrote it, ms; when this home stored it, where the author's clock was broken.
    pub at: i64,
    /// Who wrote it: an officer's name, or the id of a person at a counter.
    pub author: String,
    /// A counter wrote it, not the Dinas.
    pub at_counter: bool,
}

/// The hand-over of an application that counts; nothing while its document is in nobody's hands.
///
/// # Errors
/// Those of the engine.
pub fn handed(tx: &mut dyn Tx, app: &str) -> Result<Option<Handed>, DbProblem> {
    let Some(case) = projection::load(tx, app)?.filter(|c| c.state.status == Status::Delivered) else {
        return Ok(None);
    };
    let row = if case.state.handed.is_empty() {
        // Folded by a build that did not know yet: as the state is read, what the district told in its order, then what it
        // lost, then what waits here.
        let sql = format!(
            "SELECT uid, device, raw, at FROM event WHERE app = $1 AND {KINDS} AND outcome LIKE 'applied%'
             ORDER BY CASE WHEN turn > 0 THEN 0 WHEN turn < 0 THEN 1 ELSE 2 END, abs(turn), at LIMIT 1"
        );
        first(tx, &sql, crate::params![app])?
    } else {
        first(tx, "SELECT uid, device, raw, at FROM event WHERE uid = $1", crate::params![&case.state.handed])?
    };
    row.map_or(Ok(None), |row| read(&row))
}

/// The hand-over that this event of a counter tells of; nothing for another event.
///
/// # Errors
/// Those of the engine.
pub fn told_by(tx: &mut dyn Tx, uid: &str) -> Result<Option<Handed>, DbProblem> {
    let sql = "SELECT uid, device, raw, at FROM event WHERE uid = $1 AND kind = 'doc.handed/1'";
    first(tx, sql, crate::params![uid])?.map_or(Ok(None), |row| read(&row))
}

/// Photos of every hand-over of an application that was written down, also of one that came second.
///
/// # Errors
/// Those of the engine.
pub fn photos(tx: &mut dyn Tx, app: &str) -> Result<Vec<Attachment>, DbProblem> {
    let sql = format!("SELECT uid, device, raw, at FROM event WHERE app = $1 AND {KINDS} ORDER BY turn, uid");
    let mut photos = Vec::new();
    for row in tx.query(&sql, crate::params![app])? {
        photos.extend(read(&row)?.and_then(|one| one.to.photo));
    }
    Ok(photos)
}

/// From a row of uid, computer, the event's bytes and the time they were stored.
fn read(row: &Row) -> Result<Option<Handed>, DbProblem> {
    let (envelope, stored) = (event::read(&row.text(2)?)?, row.int(3)?);
    let at = if envelope.c == 'x' { stored } else { envelope.h.0 };
    let body = Body::read(&envelope)?;
    let at_counter = matches!(body, Some(Body::Handed(_)));
    let Some(Body::Delivered(to) | Body::Handed(to)) = body else { return Ok(None) };
    Ok(Some(Handed { uid: row.text(0)?, device: row.text(1)?, to, at, author: envelope.u, at_counter }))
}
