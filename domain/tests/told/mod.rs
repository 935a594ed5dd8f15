//! A service written out as lines, so that a test can hold them against the table of the domain reference.

use jukung_domain::catalogue::{AskedBy, Catalogue, Condition, Need, Service};
use std::collections::BTreeSet;

/// Answers that every service asks alike; they have a test of their own.
const COMMON: [&str; 6] = ["applicant.", "appliedBy", "helper.", "delivery.", "proxy.", "members."];

fn need(need: Need) -> &'static str {
    match need {
        Need::Must => "must",
        Need::May => "may",
    }
}

fn condition(when: Option<&Condition>) -> String {
    let Some(c) = when else { return String::new() };
    let field = c.field.clone().unwrap_or_default();
    let mut parts = Vec::new();
    if !c.variant.is_empty() {
        parts.push(format!("variant {}", c.variant.join("|")));
    }
    if !c.is.is_empty() {
        parts.push(format!("{field} is {}", c.is.join("|")));
    }
    if !c.is_not.is_empty() {
        parts.push(format!("{field} is not {}", c.is_not.join("|")));
    }
    if let Some(filled) = c.filled {
        parts.push(format!("{field} {}", if filled { "filled" } else { "empty" }));
    }
    if let Some(years) = c.years_min {
        parts.push(format!("{field} {years} years"));
    }
    if let Some(years) = c.years_below {
        parts.push(format!("{field} under {years} years"));
    }
    format!(" if {}", parts.join(" and "))
}

/// What the catalogue says of a service, one line a claim.
pub fn lines(service: &Service) -> BTreeSet<String> {
    let mut out = BTreeSet::new();
    out.insert(format!("gives {} in {} days", service.output, service.promised_days));
    out.extend(service.together_with.iter().map(|code| format!("together with {code}")));
    for n in &service.notices {
        let at = n.section.as_deref().unwrap_or("all");
        out.insert(format!("says in {at}{}: {}", condition(n.when.as_ref()), n.text));
    }
    for f in &service.forms {
        out.insert(format!("form {} of {} from {}", f.code, f.edition, f.valid_from));
    }
    for (section, f) in service.sections.iter().flat_map(|s| s.fields.iter().map(move |f| (s, f))) {
        if COMMON.iter().any(|c| f.path.starts_with(c)) {
            continue;
        }
        let list = f.list.as_ref().map(|l| format!(" of {l}")).unwrap_or_default();
        let when = f.when.as_ref().or(section.when.as_ref());
        out.insert(format!("ask {} {}{list}{}", need(f.need), f.path, condition(when)));
    }
    for r in &service.requirements {
        let who = if r.asked_by == AskedBy::Nation { "paper" } else { "local" };
        out.insert(format!("{who} {} {}{}", need(r.need), r.id, condition(r.when.as_ref())));
        for s in &r.substitutes {
            let form = s.form.as_ref().map(|f| format!(" on {f}, witnesses {}", s.witnesses)).unwrap_or_default();
            out.insert(format!("instead of {} {}{form}", r.id, s.id));
        }
    }
    for r in &service.rules {
        let kind = serde_json::to_value(r.kind).unwrap_or_default().as_str().unwrap_or_default().to_owned();
        let strength = serde_json::to_value(r.strength).unwrap_or_default().as_str().unwrap_or_default().to_owned();
        let limit = r.limit.map(|l| format!(" {l}")).unwrap_or_default();
        let fields = r.fields.join(" ");
        out.insert(format!("{strength} {} {kind}{limit}: {fields}{}", r.code, condition(r.when.as_ref())));
    }
    out
}

/// Holds the catalogue's `code` against `table`: what stands on one side only is told.
pub fn compare(code: &str, table: &str) {
    let service = Catalogue::embedded().service(code).unwrap_or_else(|| panic!("no {code}"));
    let wanted: BTreeSet<String> = table.lines().map(|l| l.trim().to_owned()).filter(|l| !l.is_empty()).collect();
    let said = lines(service);
    let lost: Vec<&String> = wanted.difference(&said).collect();
    let more: Vec<&String> = said.difference(&wanted).collect();
    assert!(lost.is_empty() && more.is_empty(), "{code} lacks {lost:#?} and has beside the reference {more:#?}");
}
