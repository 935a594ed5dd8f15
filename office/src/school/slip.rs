//! The slip of what was left with the counter (*Titipan*), the one paper a helper prints (S17).

use super::text;
use crate::edge::long_day;
use crate::paper::{LeftFacts, left_slip};
use crate::receipts::PRINTS;
use crate::{Office, printer, stored};
use jukung_domain::catalogue::{AskedBy, Need};
use jukung_domain::problem::Problem;
use jukung_ledger::params;
use jukung_ledger::tx::first;

/// Whether a slip says the truth about what stands in this state: nothing was sent yet, and somebody will.
pub(super) fn holds(state: &str) -> bool {
    [super::meet::HANDED, super::meet::TAKEN].contains(&state)
}

impl Office {
    /// Prints the slip of one hand-over and says in which folder the PDF lies; empty when a printer took it.
    ///
    /// # Errors
    /// `not_permitted` for people of the counter; `not_found`; `slip_past` once it was sent or will not be; `printer_silent`,
    /// `paper_font`, `read_only`.
    pub fn print_slip(&self, id: &str) -> Result<String, Problem> {
        let facts = self.slip_facts(id)?;
        // Two pupils of one name are two files.
        let name = format!("Titipan-{}.pdf", id.rsplit('-').next().unwrap_or(id));
        self.print_noted(&left_slip(&facts), &name, ("draft", id))?;
        let kept = self.setting("printer")? == printer::PDF;
        Ok(if kept { self.dir.join(PRINTS).display().to_string() } else { String::new() })
    }

    /// What stands on the slip, from what the helper still has.
    ///
    /// # Errors
    /// Those of [`Office::print_slip`] before the printer.
    pub fn slip_facts(&self, id: &str) -> Result<LeftFacts, Problem> {
        self.only_of_school()?;
        let sql = "SELECT name, ends, service, at, state FROM handed WHERE id = $1";
        let row = self.db.read(|tx| first(tx, sql, params![id])).map_err(stored)?;
        let row = row.ok_or_else(|| Problem::new("not_found"))?;
        if !holds(&text(&row, 4)?) {
            return Err(Problem::new("slip_past"));
        }
        let (service, asked, assignment) =
            (self.service(&text(&row, 2)?)?, self.district_settings()?, self.assignment().unwrap_or_default());
        let originals = service.requirements.iter().filter(|r| r.need == Need::Must && r.when.is_none());
        let here = originals.filter(|r| r.asked_by == AskedBy::Nation || asked.extras.contains(&r.id));
        let number = text(&row, 1)?;
        Ok(LeftFacts {
            school: assignment.school,
            office: self.identity.office.name.clone(),
            agency: self.identity.office.agency.clone(),
            name: text(&row, 0)?,
            ends: if number.is_empty() { number } else { format!("…{number}") },
            service: service.name.clone(),
            day: long_day(self.local(row.int(3).map_err(stored)?).day()),
            originals: here.map(|r| r.name.clone()).collect(),
            hotline: asked.hotline,
            helper: self.identity.person.name.clone(),
            letter: assignment.letter,
            sample: asked.sample,
        })
    }
}
