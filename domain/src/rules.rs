//! Checks across fields: those of the catalogue, and the identity numbers of one application against each other.

use crate::application::Application;
use crate::catalogue::{FieldKind, Rule, RuleKind, Service};
use crate::check::finding;
use crate::date;
use crate::finding::{Finding, Strength};
use crate::nik::Nik;
use crate::shown::{Shown, holds};
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};

/// Findings of the service's rules and of the identity numbers. `application` holds only what is shown: no rule looks at
/// the rest. `limits` are the district's own numbers, by code of the rule.
#[must_use]
pub fn check(
    service: &Service,
    application: &Application,
    shown: &[Shown<'_>],
    (today, limits): (Date, &BTreeMap<String, i32>),
) -> Vec<Finding> {
    let found = |rule: &Rule| {
        let limit = limits.get(&rule.code).copied().or(rule.limit).unwrap_or(0);
        broken(rule, application, (today, limit)).map(|(path, values)| say(rule, &path, &values))
    };
    let mut findings: Vec<Finding> =
        service.rules.iter().filter(|r| holds(r.when.as_ref(), application, today)).filter_map(found).collect();
    findings.extend(kk_is_no_nik(application, shown));
    findings
}

type Values = Vec<(&'static str, String)>;

fn say(rule: &Rule, path: &str, values: &Values) -> Finding {
    let mut found = finding(path, (rule.strength, "rule", vec![]));
    found.code.clone_from(&rule.code);
    let pairs: Vec<(&str, &str)> = values.iter().map(|(k, v)| (*k, v.as_str())).collect();
    found.message = crate::texts::say(&format!("finding.{}", rule.code), &pairs);
    found
}

fn broken(rule: &Rule, application: &Application, (today, limit): (Date, i32)) -> Option<(String, Values)> {
    let value = |i: usize| rule.fields.get(i).and_then(|p| application.fields.get(p));
    let day = |i: usize| value(i).and_then(|v| date::parse(v).ok()).map(|d| d.date);
    let carrier = rule.fields.first()?.clone();
    let reported = application.reported.as_ref().and_then(|d| d.parse::<Date>().ok()).unwrap_or(today);
    let plain = |broken: bool| broken.then(|| (carrier.clone(), vec![("limit", limit.to_string())]));
    match rule.kind {
        RuleKind::LaterThanDays => {
            let n = date::days(day(0)?, reported);
            (n > limit).then(|| (carrier, vec![("n", n.to_string()), ("limit", limit.to_string())]))
        }
        RuleKind::NotBefore => plain(day(0)? < day(1)?),
        RuleKind::Differs => {
            let first = value(0).filter(|v| !v.is_empty())?;
            plain(rule.fields[1..].iter().any(|p| application.fields.get(p) == Some(first)))
        }
        RuleKind::AtLeastYears => plain(i32::from(date::years(day(0)?, today)) < limit),
        RuleKind::NikAtLeastYears => {
            let birth = Nik::parse(value(0)?).ok()?.youngest_birth(today)?;
            plain(i32::from(date::years(birth, today)) < limit)
        }
        RuleKind::BelowYears => plain(i32::from(date::years(day(0)?, today)) >= limit),
        RuleKind::OneOf => plain(rule.fields.iter().all(|p| application.fields.get(p).is_none_or(String::is_empty))),
        RuleKind::AllBelowYears => {
            let (head, tail) = rule.fields[0].split_once('*')?;
            let births: Vec<Date> = application
                .fields
                .iter()
                .filter(|(p, _)| p.starts_with(head) && p.ends_with(tail))
                .filter_map(|(_, v)| date::parse(v).ok().map(|d| d.date))
                .collect();
            let path = rule.fields[0].replace('*', "0");
            let all = !births.is_empty() && births.iter().all(|b| i32::from(date::years(*b, today)) < limit);
            all.then(|| (path, vec![("limit", limit.to_string())]))
        }
        RuleKind::NoRowIs => {
            let (head, tail) = rule.fields[0].split_once('*')?;
            let (path, _) = application
                .fields
                .iter()
                .find(|(p, v)| p.starts_with(head) && p.ends_with(tail) && rule.values.contains(v))?;
            Some((path.clone(), vec![]))
        }
        RuleKind::SomeRowIs => {
            let (head, tail) = rule.fields[0].split_once('*')?;
            let mut rows =
                application.fields.iter().filter(|(p, _)| p.starts_with(head) && p.ends_with(tail)).peekable();
            rows.peek()?;
            (!rows.any(|(_, v)| rule.values.contains(v))).then(|| (rule.fields[0].replace('*', "0"), vec![]))
        }
        RuleKind::RowsDiffer => {
            let (head, tail) = rule.fields[0].split_once('*')?;
            let mut seen = BTreeSet::new();
            let mine = |p: &str, v: &str| p.starts_with(head) && p.ends_with(tail) && !v.is_empty();
            let (path, _) = application.fields.iter().find(|(p, v)| mine(p, v) && !seen.insert(*v))?;
            Some((path.clone(), vec![]))
        }
        RuleKind::Needs => plain(value(0).is_some_and(|v| !v.is_empty()) && value(1).is_none_or(|v| v.is_empty())),
    }
}

/// A KK number can be nobody's NIK.
fn kk_is_no_nik(application: &Application, shown: &[Shown<'_>]) -> Vec<Finding> {
    let of = |kind: FieldKind| {
        shown
            .iter()
            .filter(move |s| s.field.kind == kind)
            .filter_map(|s| Some((s.path.as_ref(), application.fields.get(s.path.as_ref())?)))
    };
    let niks: Vec<&String> = of(FieldKind::Nik).map(|(_, v)| v).filter(|v| !v.is_empty()).collect();
    of(FieldKind::Kk)
        .filter(|(_, v)| niks.contains(v))
        .map(|(path, _)| finding(path, (Strength::Error, "kk_is_nik", vec![])))
        .collect()
}
