//! Settings of this counter, and those the Dinas sent.

use crate::audit::{self, Act, Did};
use crate::edge::{long_day, short_day};
use crate::view::{Ready, Settings, SettingsChange};
use crate::{Office, stored};
use jukung_domain::policy::Action;
use jukung_domain::problem::Problem;
use jukung_domain::texts::say;
use jukung_domain::wire::DistrictSettings;
use jukung_ledger::tx::first;
use jukung_ledger::{Tx, params};
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};

/// Value of `key`; empty when it was never set.
///
/// # Errors
/// Those of storage.
pub fn get(tx: &mut dyn Tx, key: &str) -> Result<String, Problem> {
    let row = first(tx, "SELECT v FROM meta WHERE k = $1", params![key]).map_err(stored)?;
    Ok(row.map(|r| r.text(0)).transpose().map_err(stored)?.unwrap_or_default())
}

/// Sets `key`.
///
/// # Errors
/// Those of storage.
pub fn set(tx: &mut dyn Tx, key: &str, value: &str) -> Result<(), Problem> {
    tx.execute(
        "INSERT INTO meta (k, v) VALUES ($1, $2) ON CONFLICT (k) DO UPDATE SET v = excluded.v",
        params![key, value],
    )
    .map_err(stored)?;
    Ok(())
}

/// Minutes without a key until the screen locks: what ux.md 1.13 leaves to choose.
const IDLE_MINUTES: [&str; 4] = ["2", "5", "10", "15"];

/// Those of a school helper, who sits at somebody else's computer (security.md 2.3).
const SCHOOL_IDLE_MINUTES: &str = "2";

/// What may be set at the counter, with what holds until it is.
const OWN: [(&str, &str); 8] = [
    ("theme", "light"),
    ("text_size", "100"),
    ("resident_language", "id"),
    ("printer", "pdf"),
    ("paper", "a5"),
    ("scanner_folder", ""),
    ("resident_screen", "second"),
    ("idle_minutes", "5"),
];

/// Holidays shown ahead: those of a quarter of a year.
const HOLIDAYS_SHOWN: usize = 6;

impl Office {
    /// What the Dinas decided; the defaults until it sent something.
    ///
    /// # Errors
    /// Those of storage.
    pub fn district_settings(&self) -> Result<DistrictSettings, Problem> {
        self.db.read(|tx| self.settings_in(tx)).map(Arc::unwrap_or_clone)
    }

    /// [`Office::district_settings`] inside a transaction. Read anew each time, for another program may have brought newer
    /// ones, but understood once: every save asks.
    ///
    /// # Errors
    /// Those of storage.
    pub(crate) fn settings_in(&self, tx: &mut dyn Tx) -> Result<Arc<DistrictSettings>, Problem> {
        let text = get(tx, "district_settings")?;
        let mut understood = self.understood.lock().unwrap_or_else(PoisonError::into_inner);
        if understood.0 != text {
            *understood = (text.clone(), Arc::new(serde_json::from_str(&text).unwrap_or_default()));
        }
        Ok(Arc::clone(&understood.1))
    }

    /// One setting of this counter.
    ///
    /// # Errors
    /// Those of storage.
    pub fn setting(&self, key: &str) -> Result<String, Problem> {
        let found = self.db.read(|tx| get(tx, &format!("set.{key}")))?;
        let default = match OWN.iter().find(|(k, _)| *k == key) {
            Some(("idle_minutes", _)) if self.is_of_school() => SCHOOL_IDLE_MINUTES,
            found => found.map_or("", |(_, d)| d),
        };
        Ok(if found.is_empty() { default.to_owned() } else { found })
    }

    /// Everything the settings screen shows.
    ///
    /// # Errors
    /// Those of storage.
    pub fn settings(&self) -> Result<Settings, Problem> {
        let district = self.district_settings()?;
        let today = self.today().to_string();
        let day = |text: &String| text.parse().map_or_else(|_| text.clone(), short_day);
        let holidays: Vec<String> =
            district.holidays.iter().filter(|d| **d >= today).take(HOLIDAYS_SHOWN).map(day).collect();
        let off: Vec<String> = district.services_off.iter().map(|code| self.service_name(code)).collect();
        let promised = district.promised_days.iter().map(|(code, days)| {
            say("settings.promised", &[("service", &self.service_name(code)), ("days", &days.to_string())])
        });
        let shown: BTreeMap<String, String> = [
            ("form_edition".to_owned(), district.form_edition.clone()),
            ("hotline".to_owned(), district.hotline.clone()),
            ("hotline_hours".to_owned(), district.hotline_hours.clone()),
            ("office_hours".to_owned(), district.office_hours.clone()),
            ("holidays".to_owned(), holidays.join(", ")),
            ("notice_counter".to_owned(), district.notice_counter.clone()),
            ("services_off".to_owned(), off.join(", ")),
            ("extras".to_owned(), self.extras_named(&district.extras).join(", ")),
            ("promised".to_owned(), promised.collect::<Vec<_>>().join(" · ")),
        ]
        .into();
        Ok(Settings {
            theme: self.setting("theme")?,
            text_size: self.setting("text_size")?.parse().unwrap_or(100),
            resident_language: self.setting("resident_language")?,
            printer: self.setting("printer")?,
            paper: self.setting("paper")?,
            scanner_folder: self.setting("scanner_folder")?,
            resident_screen: self.setting("resident_screen")?,
            idle_minutes: self.setting("idle_minutes")?.parse().unwrap_or(5),
            server: self.identity.server.clone(),
            district: shown,
            services_off: district.services_off.clone(),
            district_since: district.since.parse().map_or(district.since, long_day),
            data_folder: self.dir.display().to_string(),
            version: env!("CARGO_PKG_VERSION").into(),
            update: self.update()?.map(|u| Ready { version: u.shown(), file: u.file.display().to_string() }),
        })
    }

    /// Names of the papers that this district asks for beside the nation's.
    fn extras_named(&self, extras: &[String]) -> Vec<String> {
        let papers = || self.catalogue.services.iter().flat_map(|s| &s.requirements);
        let named = |id: &String| papers().find(|r| r.id == *id).map_or_else(|| id.clone(), |r| r.name.clone());
        extras.iter().map(named).collect()
    }

    /// Changes what is given; it applies at once.
    ///
    /// # Errors
    /// `setting_unknown` for a value that is not offered; `not_permitted` for when the screen locks, which is a
    /// supervisor's; those of storage.
    pub fn change_settings(&self, change: &SettingsChange) -> Result<Settings, Problem> {
        if change.idle_minutes.is_some() {
            self.may(Action::GuardChange)?;
        }
        let now = self.now();
        let size = change.text_size.map(|s| s.to_string());
        let idle = change.idle_minutes.map(|m| m.to_string());
        let offered: [(&str, &Option<String>, &[&str]); 8] = [
            ("theme", &change.theme, &["light", "contrast"]),
            ("text_size", &size, &["100", "115", "130", "150"]),
            ("resident_language", &change.resident_language, &["id", "en", "bjn"]),
            ("printer", &change.printer, &[]),
            ("paper", &change.paper, &["a5", "a4"]),
            ("scanner_folder", &change.scanner_folder, &[]),
            ("resident_screen", &change.resident_screen, &["second", "this"]),
            ("idle_minutes", &idle, &IDLE_MINUTES),
        ];
        self.db.write(|tx| {
            for (key, value, allowed) in offered {
                let Some(value) = value else { continue };
                if !allowed.is_empty() && !allowed.contains(&value.as_str()) {
                    return Err(Problem::new("setting_unknown").with("value", value));
                }
                set(tx, &format!("set.{key}"), value)?;
                audit::note(tx, &self.identity, &Did::new(Act::Setting, ("setting", key), key), now)?;
            }
            Ok(())
        })?;
        self.settings()
    }
}
