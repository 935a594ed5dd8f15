//! Documents that exist and are in nobody's hands: one row for each, which follows the application in its own transaction.

use jukung_domain::status::Status;
use jukung_ledger::projection::{self, Case};
use jukung_ledger::tx::first;
use jukung_ledger::{DbProblem, Tx, params};

/// Marks a database whose documents were put in once; those of before version 17 are not there by themselves.
const FILLED: &str = "documents";
/// Letters of a subdistrict's code, `63.05.04`.
const SUBDISTRICT: usize = 8;

/// How the family wants it: `delivery.method` of the catalogue, a village's counter when nobody asked.
#[must_use]
pub fn way(case: &Case) -> &str {
    let said = case.state.application.fields.get("delivery.method").map_or("", String::as_str);
    if said.is_empty() { "village" } else { said }
}

/// Code of the village that the way there leads to: the applicant's own where it is told, else the counter's.
#[must_use]
pub fn village(case: &Case) -> &str {
    let own = case.state.application.fields.get("applicant.village").map_or("", String::as_str);
    if own.is_empty() { &case.office } else { own }
}

/// Code of the place a document goes to with others: a counter's village, a subdistrict; empty for PT Pos and the Dinas.
#[must_use]
pub fn place(case: &Case) -> String {
    match way(case) {
        "village" => case.office.clone(),
        "district" => case.office.chars().take(SUBDISTRICT).collect(),
        "officer" => village(case).chars().take(SUBDISTRICT).collect(),
        _ => String::new(),
    }
}

/// Puts the row of an application where its status says, in the transaction that changed it.
///
/// # Errors
/// Those of the database.
pub fn follow(tx: &mut dyn Tx, app: &str, now: i64) -> Result<(), DbProblem> {
    let Some(case) = projection::load(tx, app)? else { return Ok(()) };
    match case.state.status {
        Status::Issued | Status::ReadyForPickup => {
            tx.execute(
                "INSERT INTO document (app, office, way, place, since) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (app) DO NOTHING",
                params![app, &case.office, way(&case), place(&case), now],
            )?;
        }
        Status::Delivered => {
            tx.execute("DELETE FROM document WHERE app = $1", params![app])?;
            // Handed over at the Dinas or a counter while a run had it: the run knows, too.
            tx.execute(
                "UPDATE run_item SET state = 'delivered', changed = $1 WHERE app = $2 AND state IN ('packed', 'out', 'waiting')",
                params![now, app],
            )?;
            let runs = tx.query("SELECT run FROM run_item WHERE app = $1", params![app])?;
            for run in runs {
                close(tx, &run.text(0)?)?;
            }
        }
        Status::Shipped => {
            tx.execute("DELETE FROM document WHERE app = $1", params![app])?;
        }
        Status::Submitted
        | Status::InVerification
        | Status::NeedsCorrection
        | Status::InProcess
        | Status::Rejected
        | Status::Cancelled => {}
    }
    Ok(())
}

/// A hand-over of this application was taken back: its document waits again, and so does its row in the run that had it when
/// the hand-over (uid in hex) came.
///
/// # Errors
/// Those of the database.
pub fn back(tx: &mut dyn Tx, app: &str, handed: &str, now: i64) -> Result<(), DbProblem> {
    follow(tx, app, now)?;
    let Some(case) = projection::load(tx, app)? else { return Ok(()) };
    let sql = "SELECT i.run, r.state FROM run_item i JOIN run r ON r.id = i.run JOIN event e ON e.app = i.app
               WHERE i.app = $1 AND e.uid = $2 AND i.state = 'delivered' AND i.changed = e.at";
    for row in tx.query(sql, params![app, handed])? {
        let (run, state) = (row.text(0)?, row.text(1)?);
        let stands = match (state.as_str(), case.state.status == Status::Shipped) {
            ("open", _) => "packed",
            (_, true) => "out",
            (_, false) => "waiting",
        };
        let sql = "UPDATE run_item SET state = $1, changed = $2 WHERE run = $3 AND app = $4";
        tx.execute(sql, params![stands, now, &run, app])?;
        if stands == "out" {
            tx.execute("UPDATE run SET state = 'out' WHERE id = $1 AND state = 'done'", params![&run])?;
        }
    }
    Ok(())
}

/// A run of which nothing is packed or on its way any more is done.
///
/// # Errors
/// Those of the database.
pub(super) fn close(tx: &mut dyn Tx, run: &str) -> Result<(), DbProblem> {
    tx.execute(
        "UPDATE run SET state = 'done' WHERE id = $1 AND state = 'out'
         AND NOT EXISTS (SELECT 1 FROM run_item i WHERE i.run = run.id AND i.state IN ('packed', 'out'))",
        params![run],
    )?;
    Ok(())
}

/// Once for each database: what was issued before there was this table.
///
/// # Errors
/// Those of the database.
pub fn fill(tx: &mut dyn Tx) -> Result<(), DbProblem> {
    if first(tx, "SELECT v FROM meta WHERE k = $1", params![FILLED])?.is_some() {
        return Ok(());
    }
    let sql = "SELECT id, changed FROM app WHERE status IN ('ISSUED', 'READY_FOR_PICKUP')";
    for row in tx.query(sql, &[])? {
        follow(tx, &row.text(0)?, row.int(1)?)?;
    }
    tx.execute("INSERT INTO meta (k, v) VALUES ($1, '1') ON CONFLICT (k) DO NOTHING", params![FILLED])?;
    Ok(())
}
