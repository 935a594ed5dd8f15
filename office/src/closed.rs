//! The day's sheet as people read it: on the screen, on paper, and with what the Dinas found.

use crate::audit::{Act, Did};
use crate::edge::long_day;
use crate::paper::{self, DayFacts, Layout, PaperSize};
use crate::view::AttentionRow;
use crate::{Office, edge, stored};
use jukung_domain::closing::{DayClosed, Difference, of_code};
use jukung_domain::problem::Problem;
use jukung_domain::texts::say;
use jukung_ledger::days::{self, Kept};
use jukung_ledger::{Tx, params};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// Sheets shown: a month of working days.
const SHOWN_MAX: i64 = 24;
/// Symbols of a sheet's hash that people compare.
const PRINT_CHARS: usize = 12;

/// One line of a sheet.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DayLine {
    pub label: String,
    pub value: String,
}

/// A sheet in words.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DaySheet {
    /// uid of its event; empty while the day is open.
    pub id: String,
    /// `YYYY-MM-DD`.
    pub day: String,
    /// `Selasa, 24 November 2026`.
    pub title: String,
    /// That it was closed on a later day; empty when in time.
    pub late: String,
    pub lines: Vec<DayLine>,
    /// The number ranges, and why numbers are missing in them.
    pub numbers: Vec<String>,
    /// Numbers that nobody explains; empty when all is well.
    pub unexplained: Vec<String>,
    /// The sheet's own print and that of the one before, in words; empty while open.
    pub print: String,
    /// Who closed it.
    pub by: String,
    /// `open`, `waiting` (not compared yet), `same` or `differs`.
    pub state: String,
    pub state_text: String,
    /// What differs, in sentences.
    pub differences: Vec<String>,
}

/// The screen "Tutup hari".
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DayScreen {
    /// The day that can be closed now, as its sheet would say.
    pub now: DaySheet,
    /// It has a sheet already and nothing happened since: there is nothing to close.
    pub closed: bool,
    /// An earlier day than today.
    pub missed: bool,
    /// What only this computer has, in a sentence.
    pub only_here: String,
    /// Something waits to be sent.
    pub waiting: bool,
    /// Sheets of this computer, the newest first.
    pub sheets: Vec<DaySheet>,
}

impl Office {
    /// What the screen "Tutup hari" shows.
    ///
    /// # Errors
    /// Those of storage.
    pub fn day(&self) -> Result<DayScreen, Problem> {
        let today = self.today();
        let device = self.identity.device.to_string();
        let (sheet, kept, open) = self.db.read(|tx| {
            let open = self.open_day(tx, today)?;
            let kept = days::sheets(tx, "d.device = $1", params![&device], SHOWN_MAX).map_err(stored)?;
            Ok::<_, Problem>((self.sheet(tx, open, today)?, kept, open))
        })?;
        let closed = sheet.logs.is_empty() && kept.iter().any(|k| k.sheet.day == sheet.day);
        let waiting = sheet.waiting + sheet.scans > 0;
        let only_here = if waiting { only_here(&sheet) } else { say("day.all_sent", &[]) };
        Ok(DayScreen {
            now: self.in_words(&sheet, "", "", &self.identity.person.id),
            closed,
            missed: open < today,
            only_here,
            waiting,
            sheets: kept.iter().map(|k| self.in_words(&k.sheet, &k.uid, &k.result, &k.author)).collect(),
        })
    }

    fn kept(&self, id: &str) -> Result<Kept, Problem> {
        let found = self.db.read(|tx| days::sheets(tx, "d.uid = $1", params![id], 1)).map_err(stored)?;
        found.into_iter().next().ok_or_else(|| Problem::new("not_found"))
    }

    fn in_words(&self, sheet: &DayClosed, id: &str, result: &str, author: &str) -> DaySheet {
        let title = sheet.day.parse().map_or_else(|_| sheet.day.clone(), long_day);
        let late = if sheet.on == sheet.day {
            String::new()
        } else {
            say("day.late", &[("on", &sheet.on.parse().map_or_else(|_| sheet.on.clone(), long_day))])
        };
        let found: Option<Vec<Difference>> = serde_json::from_str(result).ok();
        let state = match (&found, id.is_empty()) {
            (_, true) => "open",
            (None, false) => "waiting",
            (Some(x), false) if x.is_empty() => "same",
            (Some(_), false) => "differs",
        };
        DaySheet {
            id: id.to_owned(),
            day: sheet.day.clone(),
            title,
            late,
            lines: lines(sheet),
            numbers: numbers(sheet),
            unexplained: unexplained(sheet),
            print: if id.is_empty() { String::new() } else { print(sheet) },
            by: self.person_name(author),
            state: state.into(),
            state_text: say(&format!("day.state.{state}"), &[]),
            differences: found.unwrap_or_default().iter().map(difference).collect(),
        }
    }

    /// The sheet as a paper.
    ///
    /// # Errors
    /// `not_found`; those of storage.
    pub fn day_layout(&self, id: &str, size: &str) -> Result<Layout, Problem> {
        let kept = self.kept(id)?;
        let words = self.in_words(&kept.sheet, id, &kept.result, &kept.author);
        let at = self.local(kept.at);
        let facts = DayFacts {
            office: self.identity.office.name.clone(),
            sheet: say("day.sheet", &[("n", &kept.sheet.n.to_string()), ("code", &self.identity.code)]),
            title: words.title,
            late: words.late,
            lines: words.lines.into_iter().map(|l| (l.label, l.value)).collect(),
            numbers: words.numbers,
            warnings: words.unexplained.into_iter().chain(words.differences).collect(),
            state: words.state_text,
            closed: say(
                "day.closed_by",
                &[
                    ("by", &words.by),
                    ("at", &format!("{}, {} {}", long_day(at.day()), at.time(), self.identity.office.zone)),
                ],
            ),
            print: words.print,
            sample: self.district_settings()?.sample,
        };
        Ok(paper::day_sheet(&facts, if size == "a4" { PaperSize::A4 } else { PaperSize::A5 }))
    }

    /// Prints a sheet.
    ///
    /// # Errors
    /// `not_found`, `printer_silent`, `paper_font`.
    pub fn print_day(&self, id: &str, size: &str) -> Result<(), Problem> {
        let name = format!("Tutup-hari-{}.pdf", self.kept(id)?.sheet.day);
        self.print_noted(&self.day_layout(id, size)?, &name, ("day", id))
    }

    /// Writes a sheet's PDF into `folder` and says where it lies.
    ///
    /// # Errors
    /// `not_found`, `paper_font`, `read_only`.
    pub fn save_day(&self, id: &str, size: &str, folder: &Path) -> Result<String, Problem> {
        let bytes = paper::to_pdf(&self.day_layout(id, size)?).map_err(|e| Problem::new(e.code()))?;
        self.note(&Did::new(Act::Export, ("day", id), "day"))?;
        let file = folder.join(format!("Tutup-hari-{}-{}.pdf", self.kept(id)?.sheet.day, self.kept(id)?.sheet.n));
        let failed = |e: std::io::Error| crate::scan::store::failed(&e);
        std::fs::create_dir_all(folder).and_then(|()| std::fs::write(&file, bytes)).map_err(failed)?;
        Ok(file.display().to_string())
    }

    /// A person has read what differs. The sheet keeps it; only the reminder ends.
    ///
    /// # Errors
    /// Those of storage.
    pub fn day_read(&self, id: &str) -> Result<DayScreen, Problem> {
        let now = self.now();
        let sql = "UPDATE attention SET closed = $1 WHERE app = $2 AND reason = 'day' AND closed = 0";
        self.db.write(|tx| tx.execute(sql, params![now, id])).map_err(stored)?;
        self.day()
    }

    /// Sheets that differ, as rows of "Perlu perhatian".
    pub(crate) fn days_that_differ(&self, tx: &mut dyn Tx, now: i64) -> Result<Vec<AttentionRow>, Problem> {
        let sql = "SELECT app, opened FROM attention WHERE reason = 'day' AND closed = 0 ORDER BY opened";
        let mut rows = Vec::new();
        for row in tx.query(sql, &[]).map_err(stored)? {
            let id = row.text(0).map_err(stored)?;
            let kept = days::sheets(tx, "d.uid = $1", params![&id], 1).map_err(stored)?;
            let Some(kept) = kept.into_iter().next() else { continue };
            let found: Vec<Difference> = serde_json::from_str(&kept.result).unwrap_or_default();
            let day = kept.sheet.day.parse().map_or_else(|_| kept.sheet.day.clone(), long_day);
            rows.push(AttentionRow {
                id,
                kind: "day".into(),
                number: String::new(),
                name: say("day.title", &[]),
                service_name: day,
                sentence: found.iter().map(difference).collect::<Vec<_>>().join(" "),
                action: say("day.open", &[]),
                does: "day".into(),
                target: String::new(),
                age: edge::age(row.int(1).map_err(stored)?, now),
                event: String::new(),
                choices: Vec::new(),
            });
        }
        Ok(rows)
    }
}

fn only_here(sheet: &DayClosed) -> String {
    say("day.only_here", &[("files", &sheet.waiting.to_string()), ("scans", &sheet.scans.to_string())])
}

fn lines(sheet: &DayClosed) -> Vec<DayLine> {
    let n = |n: i64| n.to_string();
    let of = |part: i64| say("day.of", &[("n", &n(part)), ("all", &n(sheet.taken))]);
    let line = |key: &str, value: String| DayLine { label: say(&format!("day.{key}"), &[]), value };
    let printed = say("day.printed_n", &[("n", &n(sheet.printed)), ("missing", &n(sheet.unprinted))]);
    let waiting = say("day.waiting_n", &[("files", &n(sheet.waiting)), ("scans", &n(sheet.scans))]);
    vec![
        line("taken", n(sheet.taken)),
        line("sent", of(sheet.sent)),
        line("acknowledged", of(sheet.acknowledged)),
        line("waiting", waiting),
        line("printed", printed),
    ]
}

fn numbers(sheet: &DayClosed) -> Vec<String> {
    let mut said = Vec::new();
    for range in sheet.numbers.iter().filter(|r| r.t >= r.f) {
        let count: i64 = range.used.iter().map(|(f, t)| t - f + 1).sum();
        if !range.used.is_empty() {
            said.push(say("day.used", &[("range", &of_code(&range.c, &range.used)), ("n", &count.to_string())]));
        }
        if !range.skipped.is_empty() {
            said.push(say("day.skipped", &[("range", &of_code(&range.c, &range.skipped))]));
        }
    }
    if said.is_empty() {
        said.push(say("day.no_numbers", &[]));
    }
    said
}

fn unexplained(sheet: &DayClosed) -> Vec<String> {
    let missing = sheet.numbers.iter().map(|r| (&r.c, r.unexplained())).filter(|(_, missing)| !missing.is_empty());
    missing.map(|(code, missing)| say("day.unexplained", &[("range", &of_code(code, &missing))])).collect()
}

fn print(sheet: &DayClosed) -> String {
    let short = |hash: &str| hash.get(..PRINT_CHARS).unwrap_or("–").to_owned();
    let own = short(&sheet.hash().unwrap_or_default());
    let key = if sheet.prev.is_empty() { "day.print_first" } else { "day.print" };
    say(key, &[("print", &own), ("before", &short(&sheet.prev))])
}

fn difference(found: &Difference) -> String {
    say(&format!("day.differs.{}", found.w), &[("said", &found.s), ("held", &found.h)])
}
