//! The same service asked for twice: told while the form is filled, so that a family does not wait for two answers.

use crate::{Office, stored, views};
use jukung_domain::application::Application;
use jukung_domain::check;
use jukung_domain::finding::{Finding, Strength};
use jukung_domain::nik::Nik;
use jukung_domain::problem::Problem;
use jukung_ledger::{params, projection};

/// Applications looked through: nobody has more unfinished ones of one service.
const LOOKED_MAX: i64 = 20;

impl Office {
    /// Findings of a draft, and beside them that the same was asked for before. `corrects` is the application that the
    /// draft corrects; empty for a new one.
    pub(crate) fn noticed(&self, corrects: &str, application: &Application) -> Vec<Finding> {
        let mut findings = self.findings(application);
        if corrects.is_empty() {
            // A hint is left out when it cannot be looked up: nothing waits for it.
            findings.extend(self.asked_before(application).ok().flatten());
        }
        findings
    }

    /// An unfinished application of the same service about the same NIK: a suggestion at the NIK, for a second one may be
    /// meant (domain.md 7, sentence 33).
    fn asked_before(&self, application: &Application) -> Result<Option<Finding>, Problem> {
        let service = self.service(&application.service)?;
        let path = format!("{}.nik", service.subject);
        let Some(nik) = application.fields.get(&path).and_then(|typed| Nik::parse(typed).ok()) else { return Ok(None) };
        self.make_findable()?;
        let nik = nik.to_string();
        let before = self.db.read(|tx| {
            let rows = tx
                .query(
                    "SELECT a.id FROM lookup l JOIN app a ON a.id = l.app WHERE l.key = $1 AND l.kind = 'nik' AND a.service = $2
                     AND a.status NOT IN ('DELIVERED', 'REJECTED', 'CANCELLED') ORDER BY a.created DESC LIMIT $3",
                    params![&nik, &service.code, LOOKED_MAX],
                )
                .map_err(stored)?;
            for row in rows {
                let case = projection::load(tx, &row.text(0).map_err(stored)?).map_err(stored)?;
                // The NIK of a parent or a witness is somebody else's application.
                if let Some(case) = case.filter(|c| c.state.application.fields.get(&path) == Some(&nik)) {
                    return Ok::<_, Problem>(Some(case));
                }
            }
            Ok(None)
        })?;
        Ok(before.map(|case| {
            let values = vec![("date", views::day_words(&case.day)), ("number", case.state.number)];
            check::finding(&path, (Strength::Suggestion, "asked_before", values))
        }))
    }
}
