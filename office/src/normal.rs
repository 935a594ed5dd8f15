//! Answers as they are kept: spaces collapsed, numbers without dots, dates as ISO. What cannot be read stays as typed,
//! so that the check can say what is wrong with it.

use jukung_domain::catalogue::{Field, FieldKind, Service};
use jukung_domain::{date, email, phone};

/// `value` of `path` in the form it is stored.
#[must_use]
pub fn answer(service: &Service, path: &str, value: &str) -> String {
    let value = value.split_whitespace().collect::<Vec<_>>().join(" ");
    let Some(field) = field(service, path) else { return value };
    of_kind(field.kind, &value)
}

/// `value` of a field of `kind` in the form it is stored.
#[must_use]
pub fn of_kind(kind: FieldKind, value: &str) -> String {
    match kind {
        FieldKind::Nik | FieldKind::Kk | FieldKind::Postcode => {
            value.chars().filter(|c| !matches!(c, ' ' | '.' | '-')).collect()
        }
        FieldKind::Date => date::parse(value).map_or_else(|_| value.to_owned(), |d| d.to_string()),
        FieldKind::Phone => phone::parse(value).map_or_else(|_| value.to_owned(), |p| p.to_string()),
        FieldKind::Email => email::parse(value).map_or_else(|_| value.to_owned(), |e| e.to_string()),
        FieldKind::Rt | FieldKind::Rw
            if !value.is_empty() && value.len() < 3 && value.bytes().all(|b| b.is_ascii_digit()) =>
        {
            format!("{value:0>3}")
        }
        FieldKind::Village if value.len() == 10 && value.bytes().all(|b| b.is_ascii_digit()) => {
            format!("{}.{}.{}.{}", &value[..2], &value[2..4], &value[4..6], &value[6..])
        }
        FieldKind::Time => value.replace('.', ":"),
        FieldKind::Rt
        | FieldKind::Rw
        | FieldKind::Name
        | FieldKind::NewName
        | FieldKind::Text
        | FieldKind::LongText
        | FieldKind::Choice
        | FieldKind::Integer
        | FieldKind::Village
        | FieldKind::Regency
        | FieldKind::Tick => value.to_owned(),
    }
}

/// The field that `path` belongs to; row numbers stand for `*`.
#[must_use]
pub fn field<'a>(service: &'a Service, path: &str) -> Option<&'a Field> {
    let pattern: String = path
        .split('.')
        .map(|p| if p.bytes().all(|b| b.is_ascii_digit()) { "*" } else { p })
        .collect::<Vec<_>>()
        .join(".");
    service.sections.iter().flat_map(|s| &s.fields).find(|f| f.path == path || f.path == pattern)
}
