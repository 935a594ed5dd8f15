//! Sheets that close a day, as both homes keep them: once each, with what the district found.

use crate::tx::{DbProblem, Tx, first};
use jukung_domain::closing::{Counted, DayClosed, Span};
use jukung_domain::event::{self, Body};
use jukung_domain::wire;

/// A sheet as it is kept.
#[derive(Debug, Clone)]
pub struct Kept {
    /// uid of its event, in hex.
    pub uid: String,
    /// Computer that closed the day.
    pub device: String,
    /// Office.
    pub office: String,
    /// What it says.
    pub sheet: DayClosed,
    /// Who closed it, as the event says.
    pub author: String,
    /// Its application id in the log: of no application.
    pub app: String,
    /// What the district found, as JSON; empty while nobody has compared.
    pub result: String,
    /// When this home stored it.
    pub at: i64,
}

/// Whose sheet it is and where it came from.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// Computer.
    pub device: &'a str,
    /// Office.
    pub office: &'a str,
    /// uid in hex.
    pub uid: &'a str,
    /// When it is stored, in ms.
    pub at: i64,
}

/// Keeps a sheet; twice is once.
///
/// # Errors
/// Those of the engine.
pub fn keep(tx: &mut dyn Tx, from: Source<'_>, sheet: &DayClosed) -> Result<(), DbProblem> {
    tx.execute(
        "INSERT INTO day_sheet (device, n, uid, office, day, hash, result, at) VALUES ($1, $2, $3, $4, $5, $6, '', $7)
         ON CONFLICT DO NOTHING",
        crate::params![from.device, sheet.n, from.uid, from.office, &sheet.day, sheet.hash()?, from.at],
    )?;
    Ok(())
}

/// Sheets that `condition` (on `d`, the row) lets through, the newest first.
///
/// # Errors
/// Those of the engine.
pub fn sheets(tx: &mut dyn Tx, condition: &str, params: &[crate::Value], most: i64) -> Result<Vec<Kept>, DbProblem> {
    let sql = format!(
        "SELECT d.uid, d.device, d.office, d.result, d.at, e.raw FROM day_sheet d JOIN event e ON e.uid = d.uid
         WHERE {condition} ORDER BY d.day DESC, d.at DESC, d.n DESC LIMIT {most}"
    );
    let mut all = Vec::new();
    for row in tx.query(&sql, params)? {
        let envelope = event::read(&row.text(5)?)?;
        let Some(Body::DayClosed(sheet)) = Body::read(&envelope)? else { continue };
        all.push(Kept {
            uid: row.text(0)?,
            device: row.text(1)?,
            office: row.text(2)?,
            result: row.text(3)?,
            at: row.int(4)?,
            sheet,
            author: envelope.u,
            app: envelope.a.to_string(),
        });
    }
    Ok(all)
}

/// Writes down what the district found about a sheet; says whether the sheet is kept here.
///
/// # Errors
/// Those of the engine.
pub fn set_result(tx: &mut dyn Tx, uid: &str, result: &str) -> Result<bool, DbProblem> {
    Ok(tx.execute("UPDATE day_sheet SET result = $1 WHERE uid = $2", crate::params![result, uid])? > 0)
}

/// Counts the events of some places of a log.
///
/// # Errors
/// Those of the engine.
pub fn count(tx: &mut dyn Tx, device: &str, span: &Span, counted: &mut Counted) -> Result<(), DbProblem> {
    let incarnation = wire::incarnation_from_hex(&span.i).unwrap_or(-1);
    let rows = tx.query(
        "SELECT e.raw FROM log l JOIN event e ON e.uid = l.uid
         WHERE l.device = $1 AND l.incarnation = $2 AND l.seq >= $3 AND l.seq <= $4 ORDER BY l.seq",
        crate::params![device, incarnation, span.f, span.t],
    )?;
    for row in rows {
        counted.add(&row.text(0)?);
    }
    Ok(())
}

/// Registration numbers of the applications that the events at some places of a log are about; `–` alone when there are
/// events and none of them has one.
///
/// # Errors
/// Those of the engine.
pub fn numbers(tx: &mut dyn Tx, device: &str, i: &str, from: i64, to: i64) -> Result<Vec<String>, DbProblem> {
    let incarnation = wire::incarnation_from_hex(i).unwrap_or(-1);
    let rows = tx.query(
        "SELECT DISTINCT coalesce(a.number, '') FROM log l JOIN event e ON e.uid = l.uid LEFT JOIN app a ON a.id = e.app
         WHERE l.device = $1 AND l.incarnation = $2 AND l.seq >= $3 AND l.seq <= $4 ORDER BY 1",
        crate::params![device, incarnation, from, to],
    )?;
    let some = !rows.is_empty();
    let named: Result<Vec<String>, DbProblem> = rows.iter().map(|r| r.text(0)).collect();
    let named: Vec<String> = named?.into_iter().filter(|n| !n.is_empty()).collect();
    Ok(if some && named.is_empty() { vec!["–".to_owned()] } else { named })
}

/// Short chain of a log at a place; none when nothing stands there.
///
/// # Errors
/// Those of the engine.
pub fn chain(tx: &mut dyn Tx, device: &str, i: &str, seq: i64) -> Result<Option<String>, DbProblem> {
    let incarnation = wire::incarnation_from_hex(i).unwrap_or(-1);
    let sql = "SELECT chain FROM log WHERE device = $1 AND incarnation = $2 AND seq = $3";
    let row = first(tx, sql, crate::params![device, incarnation, seq])?;
    row.map(|r| Ok(event::short(&crate::log::hash(&r.text(0)?)?))).transpose()
}
