//! The first sheet of an XLSX file, cell by cell. A ZIP may be small and hold gigabytes, and a sheet may name a cell a million
//! columns away: only the parts that a table needs are unpacked, each up to a bound, and only near cells are kept.

use calamine::{Data, DataRef, Reader, Xlsx};
use jiff::civil::Date;
use jukung_domain::problem::Problem;
use std::io::{Cursor, Read, Write};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

/// How such a file begins.
const BEGINNING: &[u8] = b"PK\x03\x04";
/// Most bytes of all parts once unpacked: a sheet of 3,000 pupils with 60 columns has about 12 MB.
const UNPACKED_BYTES_MAX: u64 = 48 * 1024 * 1024;
/// Most parts: a workbook of a hundred sheets.
const PARTS_MAX: usize = 400;
/// Columns that are looked at: Dapodik's widest list has 66.
const COLUMNS_MAX: usize = 120;

/// What stands in a cell.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Text as it stands.
    Text(String),
    /// A number, which may have been rounded.
    Number(f64),
    /// A day.
    Day(Date),
}

impl Cell {
    /// It in words.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Cell::Text(text) => text.trim().to_owned(),
            Cell::Number(number) => number.to_string(),
            Cell::Day(day) => day.to_string(),
        }
    }
}

fn unreadable(why: impl std::fmt::Display) -> Problem {
    Problem::new("sheet_unreadable").with("why", why)
}

/// Whether the bytes begin like one.
#[must_use]
pub fn is_one(bytes: &[u8]) -> bool {
    bytes.starts_with(BEGINNING)
}

/// Rows of the first sheet that hold something, each under its number from 1; at most `rows_max`, and one more that says that
/// there are others.
///
/// # Errors
/// `sheet_unreadable`.
pub fn cells(bytes: &[u8], rows_max: usize) -> Result<Vec<(usize, Vec<Cell>)>, Problem> {
    // The reader counts past the end of its numbers on some sheets that were made to break it.
    std::panic::catch_unwind(|| first_sheet(bytes, rows_max)).unwrap_or_else(|_| Err(unreadable("fell over")))
}

fn first_sheet(bytes: &[u8], rows_max: usize) -> Result<Vec<(usize, Vec<Cell>)>, Problem> {
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(unpacked(bytes)?)).map_err(unreadable)?;
    let first = book.sheet_names().into_iter().next().ok_or_else(|| unreadable("no sheet"))?;
    let mut reader = book.worksheet_cells_reader(&first).map_err(unreadable)?;
    let mut rows: Vec<(usize, Vec<Cell>)> = Vec::new();
    while let Some(found) = reader.next_cell().map_err(unreadable)? {
        let (row, column) = found.get_position();
        let (row, column) = (row as usize + 1, column as usize);
        let cell = cell(found.get_value());
        if column >= COLUMNS_MAX || cell == Cell::Text(String::new()) {
            continue;
        }
        if rows.last().is_none_or(|(last, _)| *last != row) {
            if rows.len() > rows_max {
                break;
            }
            rows.push((row, Vec::new()));
        }
        let Some((_, cells)) = rows.last_mut() else { continue };
        if cells.len() <= column {
            cells.resize(column + 1, Cell::Text(String::new()));
        }
        cells[column] = cell;
    }
    Ok(rows)
}

fn cell(value: &DataRef<'_>) -> Cell {
    match Data::from(value.clone()) {
        Data::Float(number) => Cell::Number(number),
        #[expect(clippy::cast_precision_loss, reason = "a number of a spreadsheet is this already")]
        Data::Int(number) => Cell::Number(number as f64),
        Data::DateTime(when) => day(when.as_f64()).map_or_else(|| Cell::Number(when.as_f64()), Cell::Day),
        Data::String(text) | Data::DurationIso(text) => Cell::Text(text),
        Data::DateTimeIso(text) => text.get(..10).and_then(|d| d.parse().ok()).map_or(Cell::Text(text), Cell::Day),
        Data::Bool(yes) => Cell::Text(if yes { "ya" } else { "tidak" }.into()),
        Data::Error(_) | Data::Empty => Cell::Text(String::new()),
    }
}

/// The day of a spreadsheet's number: days since 30 December 1899, as all sheets count that did not begin on an old Mac.
fn day(number: f64) -> Option<Date> {
    #[expect(clippy::cast_possible_truncation, reason = "checked against the range of days that sheets know")]
    let days = (1.0..2_958_466.0).contains(&number).then_some(number as i64)?;
    Date::new(1899, 12, 30).ok()?.checked_add(jiff::Span::new().days(days)).ok()
}

/// The same archive with only what a table needs, unpacked within bounds and stored as it is.
fn unpacked(bytes: &[u8]) -> Result<Vec<u8>, Problem> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(unreadable)?;
    if archive.len() > PARTS_MAX {
        return Err(unreadable("parts"));
    }
    let mut out = ZipWriter::new(Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let mut left = UNPACKED_BYTES_MAX;
    for at in 0..archive.len() {
        let part = archive.by_index(at).map_err(unreadable)?;
        let name = part.name().map_err(unreadable)?.into_owned();
        let needed = name == "[Content_Types].xml"
            || name == "_rels/.rels"
            || (name.starts_with("xl/")
                && (name.ends_with(".xml") || name.ends_with(".rels"))
                && !name.contains("/media/"));
        if !needed {
            continue;
        }
        let mut content = Vec::new();
        part.take(left + 1).read_to_end(&mut content).map_err(unreadable)?;
        left = left.checked_sub(content.len() as u64).ok_or_else(|| unreadable("size"))?;
        out.start_file(name, stored).map_err(unreadable)?;
        out.write_all(&content).map_err(unreadable)?;
    }
    out.finish().map(Cursor::into_inner).map_err(unreadable)
}
