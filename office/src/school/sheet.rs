//! What stands in a cell of a class list.

use jiff::civil::Date;
use jukung_domain::problem::Problem;

/// How an XLSX file begins.
const BEGINNING: &[u8] = b"PK\x03\x04";

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

/// Whether the bytes begin like an XLSX file.
#[must_use]
pub fn is_one(bytes: &[u8]) -> bool {
    bytes.starts_with(BEGINNING)
}

/// Not read yet: the list has to be saved as CSV.
///
/// # Errors
/// `sheet_unreadable`.
pub fn cells(_bytes: &[u8], _rows_max: usize) -> Result<Vec<(usize, Vec<Cell>)>, Problem> {
    Err(Problem::new("sheet_unreadable"))
}
