//! What of a service is shown: conditions, and sections with their rows numbered.

use crate::application::Application;
use crate::catalogue::{Condition, Field, Section, Service};
use crate::date;
use jiff::civil::Date;
use std::collections::BTreeSet;

/// Whether `condition` holds for what was typed so far. No condition always holds.
#[must_use]
pub fn holds(condition: Option<&Condition>, application: &Application, today: Date) -> bool {
    let Some(c) = condition else { return true };
    if !c.variant.is_empty() && !application.variant.as_ref().is_some_and(|v| c.variant.contains(v)) {
        return false;
    }
    let Some(path) = &c.field else { return true };
    let value = application.fields.get(path).map_or("", String::as_str);
    let years = || date::parse(value).ok().map(|d| date::years(d.date, today));
    (c.is.is_empty() || c.is.iter().any(|v| v == value))
        && (c.is_not.is_empty() || (!value.is_empty() && !c.is_not.iter().any(|v| v == value)))
        && c.filled.is_none_or(|filled| filled != value.is_empty())
        && c.years_min.is_none_or(|min| years().is_some_and(|y| i32::from(y) >= i32::from(min)))
        && c.years_below.is_none_or(|max| years().is_some_and(|y| i32::from(y) < i32::from(max)))
}

/// Rows of a repeated section: as many as were begun, at least its minimum.
#[must_use]
pub fn rows(section: &Section, application: &Application) -> usize {
    let Some(repeat) = &section.repeat else { return 1 };
    let prefix = format!("{}.", repeat.path);
    let begun = application
        .fields
        .range(prefix.clone()..)
        .take_while(|(path, _)| path.starts_with(&prefix))
        .filter_map(|(path, _)| path[prefix.len()..].split('.').next()?.parse::<usize>().ok())
        .max()
        .map_or(0, |n| n + 1);
    begun.clamp(usize::from(repeat.min), usize::from(repeat.max))
}

/// Fields that are shown, in typing order, with the section they stand in; `*` replaced by row numbers. An answer that is
/// itself hidden counts as empty: what hangs on it is hidden too.
#[must_use]
pub fn fields(service: &Service, application: &Application, today: Date) -> Vec<(String, Field)> {
    let mut shown = draw(service, application, today);
    let mut seen = only(&shown, application);
    for _ in 0..DEPTH_MAX {
        let again = draw(service, &seen, today);
        let less = only(&again, application);
        let settled = less.fields.len() == seen.fields.len();
        (shown, seen) = (again, less);
        if settled {
            break;
        }
    }
    shown
}

/// The application without the answers that are not shown: perhaps typed before another answer hid them, and nobody could
/// mend them. Checks look at this.
#[must_use]
pub fn visible(service: &Service, application: &Application, today: Date) -> Application {
    only(&fields(service, application, today), application)
}

/// How deep conditions hang on each other at most; a longer chain would only show a field too many.
const DEPTH_MAX: usize = 4;

/// `application` with only the answers of these fields.
pub(crate) fn only(shown: &[(String, Field)], application: &Application) -> Application {
    let paths: BTreeSet<&str> = shown.iter().map(|(_, f)| f.path.as_str()).collect();
    let mut out = application.clone();
    out.fields.retain(|path, _| paths.contains(path.as_str()));
    out
}

fn draw(service: &Service, application: &Application, today: Date) -> Vec<(String, Field)> {
    let mut out = Vec::new();
    for section in service.sections.iter().filter(|s| holds(s.when.as_ref(), application, today)) {
        for row in 0..rows(section, application) {
            let number = row.to_string();
            for field in &section.fields {
                let mut field = field.clone();
                field.path = field.path.replace('*', &number);
                if let Some(path) = field.when.as_mut().and_then(|w| w.field.as_mut()) {
                    *path = path.replace('*', &number);
                }
                if holds(field.when.as_ref(), application, today) {
                    out.push((section.id.clone(), field));
                }
            }
        }
    }
    out
}
