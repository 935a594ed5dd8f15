//! "Paket syarat & poster": the sheets of every service that this counter offers, and its poster, as one file for the wall and
//! the table. Nothing of anybody is in it.

use crate::Office;
use crate::paper::{self, Layout, PosterFacts};
use jukung_domain::problem::Problem;
use jukung_domain::receipt::key_mark;
use jukung_domain::texts::say;

/// Name of the file where no printer is set.
const FILE: &str = "Paket-syarat-dan-poster.pdf";

impl Office {
    /// The poster, and behind it what to bring for each service that the Dinas has at its counters, in the catalogue's order.
    ///
    /// # Errors
    /// Those of storage.
    pub fn sheets_layout(&self) -> Result<Layout, Problem> {
        let settings = self.district_settings()?;
        let mut all = paper::poster(&PosterFacts {
            office: self.identity.office.name.clone(),
            agency: self.identity.office.agency.clone(),
            hours: settings.office_hours.clone(),
            hotline: settings.hotline.clone(),
            hotline_hours: settings.hotline_hours.clone(),
            whatsapp: settings.whatsapp.clone(),
            mark: key_mark(&self.identity.district_key),
            sample: settings.sample,
        });
        for service in self.catalogue.services.iter().filter(|service| settings.offers(&service.code)) {
            all.pages.extend(self.requirement_layout(&service.code)?.pages);
        }
        Ok(Layout { title: say("paper.sheets_title", &[("office", &self.identity.office.name)]), ..all })
    }

    /// Prints them, and says how many pages there are and where the file lies when no printer is set.
    ///
    /// # Errors
    /// `printer_silent`, `paper_font`; those of storage.
    pub fn print_sheets(&self) -> Result<String, Problem> {
        let layout = self.sheets_layout()?;
        self.print_layout(&layout, FILE)?;
        let pages = layout.pages.len().to_string();
        let printer = self.setting("printer")?;
        let kept = printer.is_empty() || printer == crate::printer::PDF;
        let file = self.dir.join(crate::receipts::PRINTS).join(FILE).display().to_string();
        let key = if kept { "subdistrict.sheets_kept" } else { "subdistrict.sheets_printed" };
        Ok(say(key, &[("pages", &pages), ("file", &file)]))
    }
}
