//! Calendar dates as people say them, with the part they do not know left open; never instants (domain.md 3.1, 3.7).

use jiff::civil::Date;
use std::fmt;

/// How much of a date is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Precision {
    /// All of it.
    Exact,
    /// Month and year; the 15th stands in, after long practice in SIAK.
    DayUnknown,
    /// The year only; 1 July stands in.
    DayAndMonthUnknown,
}

/// A calendar date and how much of it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CalendarDate {
    /// The date written on forms.
    pub date: Date,
    /// What of it is known.
    pub precision: Precision,
}

/// Why a text is not a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DateProblem {
    /// Not of a shape that is read.
    Shape,
    /// A month named in English.
    EnglishMonth,
    /// The calendar has no such day.
    NoSuchDay,
}

impl DateProblem {
    /// Code of the finding.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            DateProblem::Shape => "date_shape",
            DateProblem::EnglishMonth => "date_english",
            DateProblem::NoSuchDay => "date_none",
        }
    }
}

const MONTHS: [&[&str]; 12] = [
    &["januari", "jan"],
    &["februari", "pebruari", "feb", "peb"],
    &["maret", "mar"],
    &["april", "apr"],
    &["mei"],
    &["juni", "jun"],
    &["juli", "jul"],
    &["agustus", "agu", "agt", "ags"],
    &["september", "sep", "sept"],
    &["oktober", "okt"],
    &["november", "nopember", "nov", "nop"],
    &["desember", "des"],
];
const ENGLISH: [&str; 16] = [
    "january", "february", "march", "may", "june", "july", "august", "aug", "october", "oct", "december", "dec",
    "monday", "sunday", "friday", "thursday",
];

/// Reads a date: ISO (`1948-03-15`, `1948-03`, `1948`), `29072026`, `29/7/2026`, `29 jul 2026`, with or without weekday.
/// The day always comes first, never the month.
///
/// # Errors
/// What is wrong with it.
pub fn parse(text: &str) -> Result<CalendarDate, DateProblem> {
    let text = text.trim().to_lowercase();
    if let Some(found) = iso(&text) {
        return found;
    }
    let text = text.split_once(',').map_or(text.as_str(), |(_, rest)| rest);
    let parts: Vec<&str> =
        text.split(|c: char| c.is_whitespace() || "/-.+".contains(c)).filter(|p| !p.is_empty()).collect();
    match parts.as_slice() {
        [run] if run.len() == 8 && digits(run) => exact(&run[..2], &run[2..4], &run[4..]),
        [day, month, year] => exact(day, month, year),
        _ => Err(DateProblem::Shape),
    }
}

fn iso(text: &str) -> Option<Result<CalendarDate, DateProblem>> {
    let parts: Vec<&str> = text.split('-').collect();
    if parts.first()?.len() != 4 || !parts.iter().all(|p| digits(p)) {
        return None;
    }
    let n = |i: usize| parts.get(i).and_then(|p: &&str| p.parse::<i16>().ok());
    let made = |month: i16, day: i16, precision| {
        let date = i8::try_from(month).ok().zip(i8::try_from(day).ok()).and_then(|(m, d)| Date::new(n(0)?, m, d).ok());
        date.map(|date| CalendarDate { date, precision }).ok_or(DateProblem::NoSuchDay)
    };
    match parts.len() {
        1 => Some(made(7, 1, Precision::DayAndMonthUnknown)),
        2 => Some(made(n(1)?, 15, Precision::DayUnknown)),
        3 => Some(made(n(1)?, n(2)?, Precision::Exact)),
        _ => None,
    }
}

fn exact(day: &str, month: &str, year: &str) -> Result<CalendarDate, DateProblem> {
    if !digits(day) || day.len() > 2 || !digits(year) || year.len() != 4 {
        return Err(if ENGLISH.contains(&month) || ENGLISH.contains(&day) {
            DateProblem::EnglishMonth
        } else {
            DateProblem::Shape
        });
    }
    let month = if digits(month) {
        month.parse().map_err(|_| DateProblem::Shape)?
    } else {
        match MONTHS.iter().position(|names| names.contains(&month)) {
            Some(i) => i8::try_from(i + 1).map_err(|_| DateProblem::Shape)?,
            None if ENGLISH.contains(&month) => return Err(DateProblem::EnglishMonth),
            None => return Err(DateProblem::Shape),
        }
    };
    let day = day.parse().map_err(|_| DateProblem::Shape)?;
    let year = year.parse().map_err(|_| DateProblem::Shape)?;
    let date = Date::new(year, month, day).map_err(|_| DateProblem::NoSuchDay)?;
    Ok(CalendarDate { date, precision: Precision::Exact })
}

fn digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

impl fmt::Display for CalendarDate {
    /// ISO, with the unknown part left out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let d = self.date;
        match self.precision {
            Precision::Exact => write!(f, "{:04}-{:02}-{:02}", d.year(), d.month(), d.day()),
            Precision::DayUnknown => write!(f, "{:04}-{:02}", d.year(), d.month()),
            Precision::DayAndMonthUnknown => write!(f, "{:04}", d.year()),
        }
    }
}

/// Full years between `birth` and `today`; reached on the birthday itself.
#[must_use]
pub fn years(birth: Date, today: Date) -> i16 {
    today.year() - birth.year() - i16::from((today.month(), today.day()) < (birth.month(), birth.day()))
}

/// Calendar days from `from` to `to`.
#[must_use]
pub fn days(from: Date, to: Date) -> i32 {
    from.until(to).map_or(0, |span| span.get_days())
}

/// Reads a time of day, `07.05` or `07:05`, as `HH:MM`.
#[must_use]
pub fn time(text: &str) -> Option<String> {
    let (hour, minute) = text.trim().split_once(['.', ':'])?;
    let fits = |t: &str, max: u8| digits(t) && t.len() == 2 && t.parse::<u8>().is_ok_and(|n| n <= max);
    (fits(hour, 23) && fits(minute, 59)).then(|| format!("{hour}:{minute}"))
}
