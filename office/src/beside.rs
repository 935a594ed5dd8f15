//! The file beside the database: how far the log and the numbers have come. No copy of the database holds it, so that an
//! old database is recognised without a network (protocol 2.17).

use crate::lives;
use jukung_domain::problem::Problem;
use jukung_domain::sync::log::Head;
use jukung_ledger::tx::first;
use jukung_ledger::{Db, Tx, private};
use std::fs;
use std::path::Path;

const FILE: &str = "head";

/// What the database says of itself.
///
/// # Errors
/// Those of storage.
pub fn of_database(tx: &mut dyn Tx) -> Result<Option<Head>, Problem> {
    let Some(open) = lives::all(tx)?.pop().filter(|l| !l.closed) else { return Ok(None) };
    let row = first(tx, "SELECT number FROM inc WHERE closed = 0", &[]).map_err(crate::stored)?;
    let next_number = row.map_or(Ok(1), |r| r.int(0)).map_err(crate::stored)?;
    Ok(Some(Head { incarnation: open.incarnation, last: open.last, next_number }))
}

/// What the file says; nothing when it is not there or was cut short, which proves nothing.
#[must_use]
pub fn read(dir: &Path) -> Option<Head> {
    let text = fs::read_to_string(dir.join(FILE)).ok()?;
    let mut words = text.split_whitespace().map(str::parse::<i64>);
    let mut next = || words.next()?.ok();
    Some(Head { incarnation: next()?, last: next()?, next_number: next()? })
}

/// Brings the file up to what is committed.
///
/// # Errors
/// `read_only`; those of storage.
pub fn write(dir: &Path, db: &Db) -> Result<(), Problem> {
    let Some(head) = db.read(of_database)? else { return Ok(()) };
    if read(dir) == Some(head) {
        return Ok(());
    }
    let line = format!("{} {} {}\n", head.incarnation, head.last, head.next_number);
    let written = private::whole(&dir.join("head.new"), &dir.join(FILE), line.as_bytes());
    written.map_err(|e| crate::scan::store::failed(&e))
}
