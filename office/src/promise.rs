//! The day on which the Dinas promised to be done.

use crate::{Office, edge};
use jiff::civil::Date;
use jukung_domain::application::Application;
use jukung_domain::problem::Problem;
use jukung_domain::wire::DistrictSettings;
use jukung_ledger::Tx;

impl Office {
    /// Promised day of an application: what stood in it when it was handed in, so that every copy of the paper says the
    /// same; before that, by the settings of now. None when nothing is promised.
    #[must_use]
    pub fn promised(&self, application: &Application) -> Option<Date> {
        if let Some(kept) = &application.promised {
            return kept.parse().ok();
        }
        self.promise(&self.district_settings().ok()?, application)
    }

    /// As [`Office::promised`] by the settings that hold in a transaction, whatever stood there before.
    pub(crate) fn promise_in(&self, tx: &mut dyn Tx, application: &Application) -> Result<Option<Date>, Problem> {
        Ok(self.promise(&*self.settings_in(tx)?, application))
    }

    fn promise(&self, settings: &DistrictSettings, application: &Application) -> Option<Date> {
        let service = self.service(&application.service).ok()?;
        let days = settings.promised_days.get(&service.code).copied().unwrap_or(service.promised_days);
        let from = application.reported.as_ref()?.parse::<Date>().ok()?;
        (days > 0).then(|| edge::working_days_after(from, days, &settings.holidays))
    }
}
