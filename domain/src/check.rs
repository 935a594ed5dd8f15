//! The check of one application: every value, every rule, every paper. The same code checks a single value.

use crate::application::{Application, Attachment};
use crate::catalogue::{AskedBy, Catalogue, Field, FieldKind, Need, Requirement, Service};
use crate::date::{self, Precision};
use crate::finding::{Finding, Strength};
use crate::nik::{Nik, Note};
use crate::region::Regions;
use crate::shown::{self, holds};
use crate::texts::say;
use crate::{email, kk, name, phone, rules};
use jiff::civil::Date;
use std::collections::BTreeMap;

pub use crate::shown::fields as shown_fields;

/// Oldest age that needs no second look (domain.md D21).
const AGE_USUAL_MAX: i16 = 115;

/// Everything needed beside the application itself.
#[derive(Debug, Clone, Copy)]
pub struct Ground<'a> {
    /// Services and code lists.
    pub catalogue: &'a Catalogue,
    /// Region table.
    pub regions: &'a Regions,
    /// Today in the office's zone.
    pub today: Date,
    /// Requirements of the district that are switched on.
    pub extras: &'a [String],
    /// Deadlines and other numbers of rules that the district set, by code of the rule.
    pub limits: &'a BTreeMap<String, i32>,
}

/// Checks a whole application.
#[must_use]
pub fn check(service: &Service, application: &Application, ground: Ground<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    if !service.variants.is_empty() && !service.variants.iter().any(|v| Some(&v.code) == application.variant.as_ref()) {
        findings.push(finding("variant", (Strength::Error, "variant_unknown", vec![])));
    }
    let (shown, application) = shown::seen(service, application, ground.today);
    let application = application.as_ref();
    for shown::Shown { path, field, .. } in &shown {
        let value = application.fields.get(path.as_ref()).map_or("", String::as_str);
        if value.is_empty() {
            if field.need == Need::Must {
                findings.push(finding(path, (Strength::Error, "required", vec![("label", field.label.clone())])));
            }
            continue;
        }
        for note in inspect(field, value, ground) {
            findings.push(finding(path, note));
        }
        if field.kind == FieldKind::Nik {
            findings.extend(against_siblings(path, value, application));
        }
    }
    findings.extend(rules::check(service, application, &shown, (ground.today, ground.limits)));
    findings.extend(papers(service, application, ground).filter_map(|requirement| paper(requirement, application)));
    findings
}

/// Papers asked for now: national ones, and the district's that are switched on, where their condition holds.
#[must_use]
pub fn asked<'a>(service: &'a Service, application: &Application, ground: Ground<'_>) -> Vec<&'a Requirement> {
    papers(service, &shown::visible(service, application, ground.today), ground).collect()
}

fn papers<'a>(
    service: &'a Service,
    visible: &Application,
    ground: Ground<'_>,
) -> impl Iterator<Item = &'a Requirement> {
    service
        .requirements
        .iter()
        .filter(move |r| r.asked_by == AskedBy::Nation || ground.extras.contains(&r.id))
        .filter(move |r| holds(r.when.as_ref(), visible, ground.today))
}

fn paper(requirement: &Requirement, application: &Application) -> Option<Finding> {
    if let Some(scan) = application.attachments.iter().find(|a| a.requirement == requirement.id) {
        return seen_on(requirement, scan);
    }
    if application.missing.get(&requirement.id).is_some_and(|why| !why.is_empty()) {
        return None;
    }
    // A paper that may be there is mentioned only when its own condition says that this case is one of those, or when the
    // district switched it on.
    if requirement.need == Need::May && requirement.when.is_none() && requirement.asked_by == AskedBy::Nation {
        return None;
    }
    let strength = if requirement.need == Need::Must { Strength::Error } else { Strength::Suggestion };
    Some(finding(
        &format!("requirement.{}", requirement.id),
        (strength, "requirement_missing", vec![("name", requirement.name.clone())]),
    ))
}

/// What the officer saw on the photo of a paper: a paper nobody can read, or somebody else's, comes back weeks later.
fn seen_on(requirement: &Requirement, scan: &Attachment) -> Option<Finding> {
    let field = format!("requirement.{}", requirement.id);
    if scan.legible == Some(false) {
        return Some(finding(&field, (Strength::Check, "paper_unlike", vec![("name", requirement.name.clone())])));
    }
    let ask = requirement.ask.as_ref().filter(|_| scan.substitute.is_none() && scan.asked != Some(true))?;
    Some(finding(&field, (Strength::Suggestion, "paper_ask", vec![("ask", ask.clone())])))
}

/// Whether these findings block sending: any error, or anything to check again that has no reason yet.
#[must_use]
pub fn blocks_sending(findings: &[Finding], application: &Application) -> bool {
    findings.iter().any(|f| match f.strength {
        Strength::Error => true,
        Strength::Check => application.reasons.get(&f.field).is_none_or(|r| r.trim().is_empty()),
        Strength::Suggestion => false,
    })
}

fn inspect(field: &Field, value: &str, ground: Ground<'_>) -> Vec<Note> {
    let mut notes = match field.kind {
        FieldKind::Choice => choice(field, value, ground.catalogue),
        FieldKind::Integer => integer(field, value),
        FieldKind::Date => date_notes(value, ground.today, field.may_be_future, field.path.ends_with("birthDate")),
        FieldKind::Name
        | FieldKind::NewName
        | FieldKind::Text
        | FieldKind::LongText
        | FieldKind::Nik
        | FieldKind::Kk
        | FieldKind::Time
        | FieldKind::Phone
        | FieldKind::Email
        | FieldKind::Village
        | FieldKind::Regency
        | FieldKind::Rt
        | FieldKind::Rw
        | FieldKind::Postcode
        | FieldKind::Tick => inspect_kind(field.kind, value, ground.regions, ground.today),
    };
    if field.whatsapp && phone::parse(value).is_ok_and(|p| !p.mobile) {
        notes.push((Strength::Suggestion, "phone_no_whatsapp", vec![]));
    }
    if let Some(max) = field.max_chars.filter(|max| value.chars().count() > usize::from(*max)) {
        notes.push((Strength::Error, "too_long", vec![("max", max.to_string())]));
    }
    notes
}

/// Everything there is to say about one value of `kind`.
#[must_use]
pub fn inspect_kind(kind: FieldKind, value: &str, regions: &Regions, today: Date) -> Vec<Note> {
    let digits = |n: usize| value.len() == n && value.bytes().all(|b| b.is_ascii_digit());
    let error_unless =
        |fits: bool, code: &'static str| if fits { vec![] } else { vec![(Strength::Error, code, vec![])] };
    match kind {
        FieldKind::Name => name::inspect_existing(value),
        FieldKind::NewName => name::inspect_new(value),
        FieldKind::Nik => Nik::inspect(value, regions),
        FieldKind::Kk => kk::inspect(value, today),
        FieldKind::Date => date_notes(value, today, false, false),
        FieldKind::Time => error_unless(date::time(value).is_some(), "time_shape"),
        FieldKind::Phone => phone::inspect(value),
        FieldKind::Email => email::inspect(value),
        FieldKind::Rt | FieldKind::Rw => error_unless(digits(3), "rt_shape"),
        FieldKind::Postcode => error_unless(digits(5), "postcode_shape"),
        FieldKind::Village => error_unless(regions.is_village(value), "village_unknown"),
        FieldKind::Regency => {
            error_unless(value.len() == 5 && regions.name(value).is_some() || !value.contains('.'), "regency_unknown")
        }
        FieldKind::Tick => error_unless(value == "yes", "tick_shape"),
        FieldKind::Text | FieldKind::LongText | FieldKind::Choice | FieldKind::Integer => vec![],
    }
}

fn choice(field: &Field, value: &str, catalogue: &Catalogue) -> Vec<Note> {
    let known =
        field.list.as_ref().and_then(|l| catalogue.lists.get(l)).is_some_and(|l| l.iter().any(|e| e.key == value));
    if known { vec![] } else { vec![(Strength::Error, "choice_unknown", vec![("label", field.label.clone())])] }
}

fn integer(field: &Field, value: &str) -> Vec<Note> {
    let Ok(n) = value.parse::<i32>() else { return vec![(Strength::Error, "integer_shape", vec![])] };
    let span = |(low, high): (i32, i32)| vec![("low", low.to_string()), ("high", high.to_string())];
    if let Some(bounds) = field.bounds.filter(|(low, high)| !(*low..=*high).contains(&n)) {
        return vec![(Strength::Error, "integer_bounds", span(bounds))];
    }
    match field.usual.filter(|(low, high)| !(*low..=*high).contains(&n)) {
        Some(usual) => vec![(Strength::Check, "integer_unusual", span(usual))],
        None => vec![],
    }
}

fn date_notes(value: &str, today: Date, may_be_future: bool, birth: bool) -> Vec<Note> {
    let found = match date::parse(value) {
        Ok(found) => found,
        Err(problem) => return vec![(Strength::Error, problem.code(), vec![])],
    };
    // Of a date that is not fully known, only the known part can lie ahead: the invented day in it says nothing.
    let earliest = match found.precision {
        Precision::Exact => found.date,
        Precision::DayUnknown => found.date.first_of_month(),
        Precision::DayAndMonthUnknown => found.date.first_of_year(),
    };
    if earliest > today && !may_be_future {
        return vec![(Strength::Error, "date_future", vec![("date", crate::words::day(today))])];
    }
    if birth && date::years(found.date, today) > AGE_USUAL_MAX {
        return vec![(Strength::Check, "age_unusual", vec![("years", date::years(found.date, today).to_string())])];
    }
    vec![]
}

/// NIK against the birth date and sex typed beside it. Never an error: a NIK stays when data are corrected.
fn against_siblings(path: &str, value: &str, application: &Application) -> Vec<Finding> {
    let Ok(nik) = Nik::parse(value) else { return vec![] };
    let Some(prefix) = path.strip_suffix("nik") else { return vec![] };
    let sibling = |name: &str| application.fields.get(&format!("{prefix}{name}"));
    let mut findings = Vec::new();
    let birth = sibling("birthDate").and_then(|d| date::parse(d).ok());
    if birth.is_some_and(|b| !nik.fits_birth(&b)) {
        findings.push(finding(path, (Strength::Check, "nik_birth", vec![])));
    }
    if sibling("sex").is_some_and(|sex| (sex == "female") != nik.says_woman()) {
        findings.push(finding(path, (Strength::Check, "nik_sex", vec![])));
    }
    findings
}

/// A note made a finding about `field`.
#[must_use]
pub fn finding(field: &str, (strength, code, values): Note) -> Finding {
    let values: Vec<(&str, &str)> = values.iter().map(|(k, v)| (*k, v.as_str())).collect();
    Finding {
        field: field.to_owned(),
        strength,
        code: code.to_owned(),
        message: say(&format!("finding.{code}"), &values),
    }
}

/// Checks one value on its own, as `jukung-office check --nik VALUE` does.
#[must_use]
pub fn check_single(field: &str, kind: FieldKind, value: &str, regions: &Regions, today: Date) -> Vec<Finding> {
    if value.trim().is_empty() {
        return vec![finding(field, (Strength::Error, "required", vec![("label", field.to_owned())]))];
    }
    inspect_kind(kind, value, regions, today).into_iter().map(|note| finding(field, note)).collect()
}
