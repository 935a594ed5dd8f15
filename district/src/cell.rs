//! One cell of a table that people open in a spreadsheet: what somebody typed at a counter never becomes a formula there
//! (CWE-1236).

use std::borrow::Cow;

/// Beginnings that a spreadsheet takes for a formula, or skips before looking for one.
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// Whether a spreadsheet might calculate this.
pub(crate) fn is_formula(cell: &str) -> bool {
    cell.starts_with(FORMULA)
}

/// The cell as CSV may carry it: an apostrophe in front says that it is text.
pub(crate) fn plain(cell: &str) -> Cow<'_, str> {
    if is_formula(cell) { Cow::Owned(format!("'{cell}")) } else { Cow::Borrowed(cell) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_begins_a_formula_is_text_and_everything_else_stays_as_it_is() {
        for text in ["=1+1", "+62811", "-3", "@SUM(A1)", "\t=1", "\r=1"] {
            assert_eq!(plain(text), format!("'{text}"));
        }
        for text in ["", "Halimah Contoh", "K7F-0417-N", "3-4", "'=1"] {
            assert_eq!(plain(text), text);
        }
    }
}
