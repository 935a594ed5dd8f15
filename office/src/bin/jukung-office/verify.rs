//! `jukung-office verify`: what a receipt's QR proves, by this computer's card alone or beside its records.

use jukung_domain::problem::Problem;
use jukung_office::verify::{self, Checked};
use jukung_office::{home, qr};
use std::path::Path;
use std::process::ExitCode;

/// What `verify --help` says about its end.
pub const EXIT_CODES: &str = "Exit codes: 0 genuine, 1 not genuine (or trouble of the program), 3 nobody can tell. With a passphrase, \
the records of this counter and the list of lost computers are looked at too.";
/// Largest file read: a photo of a phone has 5 MB.
const FILE_BYTES_MAX: u64 = 40 * 1024 * 1024;

/// The text to check: what was given, or what the file of that name holds.
pub fn text(given: &str) -> Result<String, Problem> {
    let file = Path::new(given);
    if !file.is_file() {
        return Ok(given.to_owned());
    }
    let unreadable =
        |why: &dyn ToString| Problem::new("file_unreadable").with("file", given).with("why", why.to_string());
    let bytes = std::fs::metadata(file).map_err(|e| unreadable(&e))?.len();
    if bytes > FILE_BYTES_MAX {
        return Err(Problem::new("too_long"));
    }
    let bytes = std::fs::read(file).map_err(|e| unreadable(&e))?;
    // A picture without a QR holds no receipt, which is then said as such.
    Ok(qr::text_of(&bytes).unwrap_or_default())
}

/// Checks without opening the database.
pub fn by_card(data: &Path, given: &str) -> Result<ExitCode, Problem> {
    let card = home::card(data)?.ok_or_else(|| Problem::new("not_enrolled_here"))?;
    told(&verify::by_card(&card, &text(given)?))
}

/// Prints what is said of it.
pub fn told(checked: &Checked) -> Result<ExitCode, Problem> {
    println!("{}. {}", checked.title, checked.why);
    for (label, value) in &checked.facts {
        println!("{label}: {value}");
    }
    if !checked.record.is_empty() {
        println!("{}", checked.record);
    }
    Ok(match checked.ruling.as_str() {
        "genuine" => ExitCode::SUCCESS,
        "not_genuine" => ExitCode::FAILURE,
        _ => ExitCode::from(3),
    })
}
