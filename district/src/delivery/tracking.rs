//! Lists that go to and come from PT Pos: letters as CSV, and the tracking numbers it gave them, line by line.

use super::Way;
use super::pack::shipped;
use super::run::{items, run};
use crate::District;
use crate::area::Area;
use crate::cell::plain;
use jukung_domain::event::Body;
use jukung_domain::number::Number;
use jukung_domain::problem::Problem;
use jukung_domain::texts::say;
use jukung_ledger::tx::first;
use jukung_ledger::{Tx, params};
use serde::Serialize;
use std::collections::BTreeSet;
use utoipa::ToSchema;

/// Lines of one list: the letters of a month.
const LINES_MAX: usize = 2_000;
/// Letters of a tracking number: those of PT Pos have 11 to 15.
const TRACKING: std::ops::RangeInclusive<usize> = 6..=24;
/// From so many digits in a row a number may be a NIK, which families must never see in a message.
const NIK_DIGITS: usize = 16;
/// Heads of the column with the registration number, and of the one with the tracking number, as lists name them.
const NUMBER_HEADS: [&str; 5] = ["nomor", "nomor berkas", "no berkas", "nomor pendaftaran", "number"];
const TRACKING_HEADS: [&str; 6] = ["resi", "nomor resi", "no resi", "barcode", "kode kiriman", "tracking"];

/// What became of one line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = TrackingLine)]
pub struct Line {
    /// Line of the file, from 1.
    pub line: u64,
    /// Registration number on it.
    pub number: String,
    /// Tracking number on it.
    pub tracking: String,
    /// `stored`, `same`, `number`, `tracking`, `not_in_post`, `settled`, `twice`, `taken`.
    pub outcome: String,
    /// The same in words.
    pub text: String,
}

/// What became of a list.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TrackingReport)]
pub struct Report {
    /// Tracking numbers that were taken in.
    pub stored: usize,
    /// Lines that were not, and need a look.
    pub left: usize,
    /// Every line, in the file's order.
    pub lines: Vec<Line>,
}

impl District {
    /// Takes in a list of tracking numbers. Every line is taken or refused by itself; the same list again changes nothing.
    ///
    /// # Errors
    /// `list_empty`, `list_columns` when the two columns are not found, `list_long`; those of the database.
    pub fn take_tracking(&self, officer: &str, file: &[u8]) -> Result<Report, Problem> {
        let (mut lines, mut seen) = (Vec::new(), BTreeSet::new());
        for (line, number, tracking) in rows(file)? {
            let outcome = self.take_line(officer, &number, &tracking, &mut seen)?;
            let text = say(&format!("run.line.{outcome}"), &[]);
            lines.push(Line { line, number, tracking, outcome: outcome.to_owned(), text });
        }
        let stored = lines.iter().filter(|l| l.outcome == "stored").count();
        let left = lines.iter().filter(|l| !matches!(l.outcome.as_str(), "stored" | "same")).count();
        Ok(Report { stored, left, lines })
    }

    fn take_line(
        &self,
        officer: &str,
        number: &str,
        tracking: &str,
        seen: &mut BTreeSet<String>,
    ) -> Result<&'static str, Problem> {
        let Ok(number) = Number::parse(number) else { return Ok("number") };
        if !is_tracking(tracking) {
            return Ok("tracking");
        }
        if !seen.insert(number.to_string()) || !seen.insert(tracking.to_owned()) {
            return Ok("twice");
        }
        let found = self.db.read(|tx| find(tx, &self.area, &number.to_string(), tracking))?;
        let (id, app, state) = match found {
            Found::Item { run, app, state } => (run, app, state),
            Found::Outcome(outcome) => return Ok(outcome),
        };
        if state == "packed" {
            return self.db.write(|tx| {
                let sql = "UPDATE run_item SET tracking = $1 WHERE run = $2 AND app = $3 AND state = 'packed'";
                Ok(if tx.execute(sql, params![tracking, id, app])? > 0 { "stored" } else { "settled" })
            });
        }
        // It is on its way: families and counters hear the number, too.
        let run = self.db.read(|tx| run(tx, &self.area, &id))?;
        let body = Body::Shipped(shipped(&run, tracking));
        let told = self.decide_and(&app, officer, &[body], |tx, _| {
            let sql = "UPDATE run_item SET tracking = $1 WHERE run = $2 AND app = $3 AND state = 'out'";
            if tx.execute(sql, params![tracking, &id, &app])? == 0 { Err(Problem::new("not_allowed")) } else { Ok(()) }
        });
        match told {
            Ok(()) => Ok("stored"),
            Err(problem) if problem.code == "not_allowed" => Ok("settled"),
            Err(problem) => Err(problem),
        }
    }

    /// The letters of a run as PT Pos's counter can open them: one line each, after a line with the heads.
    ///
    /// # Errors
    /// `not_found`; those of the database.
    pub fn run_csv(&self, id: &str) -> Result<(String, Vec<u8>), Problem> {
        let (run, items) = self.db.read(|tx| {
            let run = run(tx, &self.area, id)?;
            let items = items(tx, &run)?;
            Ok::<_, Problem>((run, items))
        })?;
        let mut csv = csv::Writer::from_writer(Vec::new());
        let heads = ["no", "nomor_berkas", "penerima", "alamat", "boleh_diwakili", "cod_rupiah", "resi"];
        let failed = |e: csv::Error| Problem::new("internal").with("at", e);
        csv.write_record(heads).map_err(failed)?;
        for item in &items {
            let (n, cod) = (item.n.to_string(), run.cod.to_string());
            let cells = [&n, &item.number, &item.recipient, &item.address, &item.may_collect, &cod, &item.tracking];
            csv.write_record(cells.map(|cell| plain(cell).into_owned())).map_err(failed)?;
        }
        let bytes = csv.into_inner().map_err(|e| Problem::new("internal").with("at", e))?;
        Ok((run.number, bytes))
    }
}

/// Letters, digits and dashes, with a digit, and nothing that may be a NIK.
fn is_tracking(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    TRACKING.contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'-')
        && (1..NIK_DIGITS).contains(&digits)
}

enum Found {
    /// A letter that takes the number.
    Item { run: String, app: String, state: String },
    /// There is none, and why.
    Outcome(&'static str),
}

/// The letter of this registration number that is with PT Pos or packed for it.
fn find(tx: &mut dyn Tx, area: &Area, number: &str, tracking: &str) -> Result<Found, Problem> {
    let sql = format!(
        "SELECT i.run, i.app, i.state, i.tracking FROM lookup l JOIN run_item i ON i.app = l.app JOIN run r ON r.id = i.run
               WHERE l.key = $1 AND l.kind = 'number' AND r.way = $2 AND {} AND {} ORDER BY r.made DESC LIMIT 1",
        area.application("i.app"),
        area.run("r.id")
    );
    let Some(row) = first(tx, &sql, params![number, Way::Post.code()])? else {
        return Ok(Found::Outcome("not_in_post"));
    };
    let (run, app, state, held) = (row.text(0)?, row.text(1)?, row.text(2)?, row.text(3)?);
    if held == tracking {
        return Ok(Found::Outcome("same"));
    }
    if !matches!(state.as_str(), "packed" | "out") {
        return Ok(Found::Outcome("settled"));
    }
    let other = first(tx, "SELECT app FROM run_item WHERE tracking = $1 LIMIT 1", params![tracking])?;
    Ok(if other.is_some() { Found::Outcome("taken") } else { Found::Item { run, app, state } })
}

/// Lines with what stands in the two columns. A file without heads has them in this order: number, tracking number.
fn rows(file: &[u8]) -> Result<Vec<(u64, String, String)>, Problem> {
    let text = String::from_utf8_lossy(file);
    let text = text.trim_start_matches('\u{feff}');
    let head = text.lines().next().unwrap_or_default();
    // Table programs set to Indonesian divide by semicolons.
    let delimiter = [b';', b'\t', b','].into_iter().max_by_key(|d| head.bytes().filter(|b| b == d).count());
    let mut reader = csv::ReaderBuilder::new();
    reader.has_headers(false).flexible(true).delimiter(delimiter.unwrap_or(b','));
    let records = reader.from_reader(text.as_bytes()).into_records();
    let mut rows = Vec::new();
    let (mut at, mut begun) = ((0, 1), false);
    for record in records {
        // Letters that are no UTF-8 became question marks above, so what a reader may still refuse is nothing of ours.
        let Ok(record) = record else { continue };
        let line = record.position().map_or(0, csv::Position::line);
        if !begun {
            begun = true;
            if let Some(found) = heads(&record)? {
                at = found;
                continue;
            }
        }
        if rows.len() >= LINES_MAX {
            return Err(Problem::new("list_long").with("most", LINES_MAX));
        }
        let cell = |n: usize| record.get(n).unwrap_or_default().trim().trim_start_matches('\'').to_uppercase();
        rows.push((line, cell(at.0), cell(at.1).replace(' ', "")));
    }
    if rows.is_empty() { Err(Problem::new("list_empty")) } else { Ok(rows) }
}

/// Where the two columns stand, when the first line names them; nothing when it is a line like the others.
fn heads(record: &csv::StringRecord) -> Result<Option<(usize, usize)>, Problem> {
    let named = |names: &[&str]| {
        record.iter().position(|cell| {
            let cell = cell.trim().to_lowercase().replace(['_', '.'], " ");
            names.contains(&cell.split_whitespace().collect::<Vec<_>>().join(" ").as_str())
        })
    };
    match (named(&NUMBER_HEADS), named(&TRACKING_HEADS)) {
        (Some(number), Some(tracking)) => Ok(Some((number, tracking))),
        (None, None) if record.iter().any(|cell| Number::parse(cell.trim()).is_ok()) => Ok(None),
        _ => Err(Problem::new("list_columns")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_columns_are_found_by_their_heads_or_by_their_order() {
        let wanted = vec![("K7F-0417-N".to_owned(), "P2611230001".to_owned())];
        for file in [
            "No;Nama;Nomor_Berkas;No. Resi\n1;Halimah;K7F-0417-N;p2611230001\n",
            "\u{feff}nomor,resi\r\nK7F-0417-N, P26112 30001\r\n",
            "Resi\tNomor\nP2611230001\tK7F-0417-N\n",
        ] {
            let found: Vec<_> = rows(file.as_bytes()).expect(file).into_iter().map(|(_, n, t)| (n, t)).collect();
            assert_eq!(found, wanted, "{file}");
        }
        for (file, code) in [("", "list_empty"), ("nomor,resi\n", "list_empty"), ("nama,alamat\nx,y\n", "list_columns")]
        {
            assert_eq!(rows(file.as_bytes()).expect_err(file).code, code);
        }
    }

    #[test]
    fn what_may_be_a_nik_is_no_tracking_number_and_no_cell_is_a_formula() {
        for (text, fits) in [("P2611230001", true), ("6305044107489901", false), ("ABCDEFG", false), ("P26", false)] {
            assert_eq!(is_tracking(text), fits, "{text}");
        }
        assert_eq!(plain("=1+1"), "'=1+1");
    }
}
