//! What of a service is shown: conditions, and sections with their rows numbered.

use crate::application::Application;
use crate::catalogue::{Condition, Field, Section, Service};
use crate::date;
use jiff::civil::Date;
use std::borrow::Cow;
use std::collections::BTreeSet;

/// A field that is shown.
#[derive(Debug, Clone)]
pub struct Shown<'a> {
    /// Section it stands in.
    pub section: &'a str,
    /// Where its answer is kept, with its row numbered.
    pub path: Cow<'a, str>,
    /// What the catalogue says of it; its own paths still hold `*`.
    pub field: &'a Field,
}

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
pub fn fields<'a>(service: &'a Service, application: &Application, today: Date) -> Vec<Shown<'a>> {
    seen(service, application, today).0
}

/// The application without the answers that are not shown: perhaps typed before another answer hid them, and nobody could
/// mend them. Checks look at this.
#[must_use]
pub fn visible<'a>(service: &Service, application: &'a Application, today: Date) -> Cow<'a, Application> {
    seen(service, application, today).1
}

/// [`fields`], and [`visible`] beside them.
#[must_use]
pub fn seen<'s, 'a>(
    service: &'s Service,
    application: &'a Application,
    today: Date,
) -> (Vec<Shown<'s>>, Cow<'a, Application>) {
    let mut shown = draw(service, application, today);
    let mut seen = only(&shown, application);
    for _ in 0..DEPTH_MAX {
        // Nearly always every answer is shown, and nothing is copied or drawn again.
        let Cow::Owned(less) = &seen else { break };
        shown = draw(service, less, today);
        let again = only(&shown, application);
        let settled = again.fields.len() == less.fields.len();
        seen = again;
        if settled {
            break;
        }
    }
    (shown, seen)
}

/// How deep conditions hang on each other at most; a longer chain would only show a field too many.
const DEPTH_MAX: usize = 4;

/// `application` with only the answers of these fields.
fn only<'a>(shown: &[Shown<'_>], application: &'a Application) -> Cow<'a, Application> {
    let paths: BTreeSet<&str> = shown.iter().map(|s| s.path.as_ref()).collect();
    if application.fields.keys().all(|path| paths.contains(path.as_str())) {
        return Cow::Borrowed(application);
    }
    let mut out = application.clone();
    out.fields.retain(|path, _| paths.contains(path.as_str()));
    Cow::Owned(out)
}

fn draw<'a>(service: &'a Service, application: &Application, today: Date) -> Vec<Shown<'a>> {
    let mut out = Vec::new();
    for section in service.sections.iter().filter(|s| holds(s.when.as_ref(), application, today)) {
        for row in 0..rows(section, application) {
            for field in &section.fields {
                if holds(in_row(field.when.as_ref(), row).as_deref(), application, today) {
                    out.push(Shown { section: &section.id, path: numbered(&field.path, row), field });
                }
            }
        }
    }
    out
}

fn numbered(path: &str, row: usize) -> Cow<'_, str> {
    if path.contains('*') { Cow::Owned(path.replace('*', &row.to_string())) } else { Cow::Borrowed(path) }
}

/// A condition of a row looks at its own row.
fn in_row(condition: Option<&Condition>, row: usize) -> Option<Cow<'_, Condition>> {
    let condition = condition?;
    match condition.field.as_deref().map(|path| numbered(path, row)) {
        Some(Cow::Owned(path)) => Some(Cow::Owned(Condition { field: Some(path), ..condition.clone() })),
        Some(Cow::Borrowed(_)) | None => Some(Cow::Borrowed(condition)),
    }
}
