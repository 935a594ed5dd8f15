//! Villages and regencies found by name, so that nobody at the counter has to know a Kemendagri code.

use crate::Office;
use crate::view::Region;
use jukung_domain::problem::Problem;
use jukung_domain::region::{Level, Regions};

/// Suggestions shown at once: a list of eight stays inside the window below the last question of a section.
const SHOWN_MAX: usize = 8;
/// Fewest symbols that are suggested for.
const TEXT_MIN: usize = 2;

impl Office {
    /// Regions of `kind` (`village`, else regencies) that fit `text`: words of the name, or a code. Those of the office's
    /// own district come first.
    ///
    /// # Errors
    /// None today; the window's commands answer alike.
    pub fn regions(&self, kind: &str, text: &str) -> Result<Vec<Region>, Problem> {
        if text.trim().chars().count() < TEXT_MIN {
            return Ok(Vec::new());
        }
        let level = if kind == "village" { Level::Village } else { Level::Regency };
        let found = Regions::current().search(text, level, &self.identity.office.code, SHOWN_MAX);
        let shown = |f: jukung_domain::region::Found| {
            let name = match level {
                Level::Village => format!("{} {}", Regions::village_kind(&f.code), f.name),
                Level::Regency | Level::District => f.name,
            };
            Region { code: f.code, name, within: f.within }
        };
        Ok(found.into_iter().map(shown).collect())
    }
}
