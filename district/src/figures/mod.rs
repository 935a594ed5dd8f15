//! How it goes at the Dinas: figures for the head of section. Each has what it says as its title, a table behind it, and the
//! same table as CSV. Counts only: no name, no number of anybody.

mod office;
mod people;
pub mod routes;

use crate::District;
use crate::area::Area;
use crate::cell::plain;
use crate::delivery::ZONE;
use jiff::civil::Date;
use jukung_domain::calendar::Local;
use jukung_domain::problem::Problem;
use jukung_domain::texts::say;
use jukung_ledger::{DbProblem, Tx};
use serde::Serialize;
use utoipa::ToSchema;

/// Periods that can be asked for, in days: a week, a month, a quarter.
const PERIODS: [i64; 3] = [7, 30, 90];
const DAY_MS: i64 = 86_400_000;

/// One row of a figure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = FigureLine)]
pub struct Line {
    /// What is counted: a day, a reason, a place.
    pub label: String,
    /// Its numbers, one for each head after the first.
    pub values: Vec<i64>,
}

/// A figure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Figure {
    /// Its name in addresses.
    pub name: String,
    /// How it is drawn: `days`, `bars` or `tiles`.
    pub shape: String,
    /// What it says, as a sentence.
    pub finding: String,
    /// What to know about how it is counted; may be empty.
    pub hint: String,
    /// Heads of the table.
    pub heads: Vec<String>,
    /// Its rows.
    pub rows: Vec<Line>,
}

/// All figures of a period.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Figures)]
pub struct Report {
    /// Length in days.
    pub days: i64,
    /// First day, `YYYY-MM-DD`.
    pub from: String,
    /// Last day: today.
    pub to: String,
    /// The figures.
    pub figures: Vec<Figure>,
}

/// What a figure is counted over.
pub(crate) struct Period {
    /// Length in days.
    pub days: i64,
    /// First day.
    pub from: Date,
    /// Today in the zone of the Dinas.
    pub today: Date,
    /// Begin of the first day, ms.
    pub since: i64,
    /// Now, ms.
    pub now: i64,
    /// Whose offices.
    pub area: Area,
}

impl Period {
    fn of(days: i64, now: i64, area: &Area) -> Result<Period, Problem> {
        if !PERIODS.contains(&days) {
            return Err(Problem::new("setting_unknown").with("value", days));
        }
        let today = Local::at(now, ZONE).day();
        let from = Local::at(now - (days - 1) * DAY_MS, ZONE).day();
        let since = Local::from(from, jiff::civil::Time::midnight(), ZONE);
        Ok(Period { days, from, today, since, now, area: area.clone() })
    }

    /// The day of a moment, as a row is labelled.
    fn day(ms: i64) -> Date {
        Local::at(ms, ZONE).day()
    }
}

/// A figure with its words from `figures.<name>.…`: `case` chooses the finding.
fn figure(
    name: &str,
    shape: &str,
    case: &str,
    values: &[(&str, i64)],
    words: &[(&str, &str)],
    rows: Vec<Line>,
) -> Figure {
    let numbers: Vec<(&str, String)> = values.iter().map(|(k, v)| (*k, v.to_string())).collect();
    let mut all: Vec<(&str, &str)> = numbers.iter().map(|(k, v)| (*k, v.as_str())).collect();
    all.extend_from_slice(words);
    let hint = format!("figures.{name}.hint");
    Figure {
        name: name.to_owned(),
        shape: shape.to_owned(),
        finding: say(&format!("figures.{name}.{case}"), &all),
        hint: if jukung_domain::texts::has(&hint) { say(&hint, &all) } else { String::new() },
        heads: say(&format!("figures.{name}.heads"), &[]).split('|').map(str::to_owned).collect(),
        rows,
    }
}

fn line(label: impl Into<String>, values: &[i64]) -> Line {
    Line { label: label.into(), values: values.to_vec() }
}

/// Makes one figure.
type Maker = fn(&mut dyn Tx, &Period) -> Result<Figure, DbProblem>;

/// Every figure, in the order in which a head of section asks.
const ALL: [(&str, Maker); 9] = [
    ("arrivals", office::arrivals),
    ("waiting", office::waiting),
    ("returns", office::returns),
    ("silent", office::silent),
    ("places", office::places),
    ("elderly", people::elderly),
    ("delivery", people::delivery),
    ("complaints", people::complaints),
    ("hotline", people::hotline),
];

impl District {
    /// Every figure of the last `days` days.
    ///
    /// # Errors
    /// `setting_unknown` for a period that is none; those of the database.
    pub fn figures(&self, days: i64) -> Result<Report, Problem> {
        let period = Period::of(days, self.edge.now(), &self.area)?;
        let made =
            |tx: &mut dyn Tx| ALL.iter().map(|(_, make)| make(tx, &period)).collect::<Result<Vec<_>, DbProblem>>();
        let figures = self.db.read(made)?;
        Ok(Report { days, from: period.from.to_string(), to: period.today.to_string(), figures })
    }

    /// One figure as CSV with its heads, for a spreadsheet.
    ///
    /// # Errors
    /// `not_found` for a figure that is none; those of [`District::figures`].
    pub fn figure_csv(&self, name: &str, days: i64) -> Result<Vec<u8>, Problem> {
        let period = Period::of(days, self.edge.now(), &self.area)?;
        let (_, make) = ALL.iter().find(|(n, _)| *n == name).ok_or_else(|| Problem::new("not_found"))?;
        let figure = self.db.read(|tx| make(tx, &period))?;
        let failed = |e: csv::Error| Problem::new("internal").with("at", e);
        let mut out = csv::Writer::from_writer(Vec::new());
        out.write_record(&figure.heads).map_err(failed)?;
        for row in &figure.rows {
            let label = std::iter::once(plain(&row.label).into_owned());
            out.write_record(label.chain(row.values.iter().map(i64::to_string))).map_err(failed)?;
        }
        out.into_inner().map_err(|e| Problem::new("internal").with("at", e))
    }
}
