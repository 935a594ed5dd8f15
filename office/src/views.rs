//! Words for what is stored: names, days, ages and labelled answers.

use crate::edge::{long_day, short_day};
use jiff::civil::Date;
use jukung_domain::application::Application;
use jukung_domain::catalogue::{Catalogue, FieldKind};
use jukung_domain::date;
pub use jukung_domain::words::local_phone;

/// Name of the person a document is about, or of the applicant; empty when nothing was typed.
#[must_use]
pub fn name_in(application: &Application) -> String {
    ["child.name", "deceased.name", "subject.name", "applicant.name"]
        .iter()
        .find_map(|p| application.fields.get(*p))
        .cloned()
        .unwrap_or_default()
}

/// Every name in an application, for search.
#[must_use]
pub fn names_in(application: &Application) -> String {
    let names: Vec<&str> =
        application.fields.iter().filter(|(p, _)| p.ends_with(".name")).map(|(_, v)| v.as_str()).collect();
    names.join(" ")
}

/// `5 Agu 2026` for an ISO day; the text itself when it is none.
#[must_use]
pub fn day_words(day: &str) -> String {
    day.parse::<Date>().map_or_else(|_| day.to_owned(), |d| format!("{} {}", short_day(d), d.year()))
}

/// Full years since a stored birth date.
#[must_use]
pub fn years(birth: &str, today: Date) -> Option<i16> {
    Some(date::years(date::parse(birth).ok()?.date, today))
}

/// An answer as people read it: labels for codes, weekdays for dates, groups for numbers.
#[must_use]
pub fn answer(catalogue: &Catalogue, kind: FieldKind, list: Option<&str>, value: &str) -> String {
    match kind {
        FieldKind::Choice => list
            .and_then(|l| catalogue.lists.get(l))
            .and_then(|l| l.iter().find(|e| e.key == value))
            .map_or_else(|| value.to_owned(), |e| e.label.clone()),
        FieldKind::Date => date_words(value),
        FieldKind::Nik | FieldKind::Kk => grouped(value),
        FieldKind::Phone => local_phone(value),
        FieldKind::Time => value.replace(':', "."),
        FieldKind::Tick => {
            if value == "yes" {
                "Ya".into()
            } else {
                "Tidak".into()
            }
        }
        FieldKind::Village => {
            jukung_domain::region::Regions::current().full_name(value).unwrap_or_else(|| value.to_owned())
        }
        FieldKind::Regency => {
            jukung_domain::region::Regions::current().full_name(value).unwrap_or_else(|| value.to_owned())
        }
        FieldKind::Name
        | FieldKind::NewName
        | FieldKind::Text
        | FieldKind::LongText
        | FieldKind::Email
        | FieldKind::Integer
        | FieldKind::Rt
        | FieldKind::Rw
        | FieldKind::Postcode => value.to_owned(),
    }
}

/// `Rabu, 29 Juli 2026`; a date that is not fully known says so.
#[must_use]
pub fn date_words(value: &str) -> String {
    let Ok(found) = date::parse(value) else { return value.to_owned() };
    match found.precision {
        date::Precision::Exact => long_day(found.date),
        date::Precision::DayUnknown => format!("{} (tanggal pasti tidak diketahui)", long_day(found.date)),
        date::Precision::DayAndMonthUnknown => {
            format!("{} (tanggal dan bulan pasti tidak diketahui)", long_day(found.date))
        }
    }
}

fn grouped(value: &str) -> String {
    value.as_bytes().chunks(4).map(|c| String::from_utf8_lossy(c).into_owned()).collect::<Vec<_>>().join(" ")
}
