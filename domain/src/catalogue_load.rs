//! Reads `domain/catalogue/*.toml`, expands the shared blocks, and refuses what does not fit together.

use crate::catalogue::{Catalogue, Condition, Elsewhere, Field, ListEntry, Service};
use crate::problem::Problem;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

const BLOCKS: &str = include_str!("../catalogue/blocks.toml");
const LISTS: &str = include_str!("../catalogue/lists.toml");
const ELSEWHERE: &str = include_str!("../catalogue/elsewhere.toml");

macro_rules! services {
    ($($file:literal),* $(,)?) => { [$(($file, include_str!(concat!("../catalogue/", $file, ".toml")))),*] };
}

const SERVICES: [(&str, &str); 16] = services![
    "birth_cert",
    "death_cert",
    "kk_new_family",
    "kk_new_head",
    "kk_split",
    "kk_change",
    "kk_lost_damaged",
    "ktp_new",
    "ktp_change",
    "ktp_damaged",
    "ktp_lost",
    "kia_new",
    "move_out",
    "move_in",
    "data_consolidation",
    "home_visit_request",
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Blocks {
    block: Vec<Block>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Block {
    name: String,
    fields: Vec<Field>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Lists {
    list: Vec<List>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    name: String,
    entries: Vec<ListEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Elsewheres {
    elsewhere: Vec<Elsewhere>,
}

/// What does not fit, and where.
#[derive(Debug, thiserror::Error)]
#[error("{file}: {what}")]
pub struct CatalogueProblem {
    /// File without `.toml`.
    pub file: String,
    /// What does not fit.
    pub what: String,
}

fn problem(file: &str, what: impl std::fmt::Display) -> CatalogueProblem {
    CatalogueProblem { file: file.to_owned(), what: what.to_string() }
}

impl Catalogue {
    /// The catalogue inside this build. A test proves that it loads; were it ever broken, it would offer no service.
    #[must_use]
    pub fn embedded() -> &'static Catalogue {
        static CATALOGUE: OnceLock<Catalogue> = OnceLock::new();
        let none = || Catalogue { services: Vec::new(), lists: BTreeMap::new(), elsewhere: Vec::new() };
        CATALOGUE.get_or_init(|| Catalogue::load().unwrap_or_else(|_| none()))
    }

    /// Reads and checks the embedded files.
    ///
    /// # Errors
    /// The first thing that does not fit, with its file.
    pub fn load() -> Result<Catalogue, CatalogueProblem> {
        let blocks: Blocks = toml::from_str(BLOCKS).map_err(|e| problem("blocks", e))?;
        let lists: Lists = toml::from_str(LISTS).map_err(|e| problem("lists", e))?;
        let lists: BTreeMap<String, Vec<ListEntry>> = lists.list.into_iter().map(|l| (l.name, l.entries)).collect();
        let mut services = Vec::new();
        for (file, text) in SERVICES {
            let mut service: Service = toml::from_str(text).map_err(|e| problem(file, e))?;
            expand(file, &mut service, &blocks.block)?;
            fits(file, &service, &lists)?;
            services.push(service);
        }
        services.sort_by_key(|s| s.order);
        let elsewhere: Elsewheres = toml::from_str(ELSEWHERE).map_err(|e| problem("elsewhere", e))?;
        let elsewhere = elsewhere.elsewhere;
        if let Some(both) = elsewhere.iter().find(|e| services.iter().any(|s| s.code == e.code)) {
            return Err(problem("elsewhere", format!("{} is offered here", both.code)));
        }
        Ok(Catalogue { services, lists, elsewhere })
    }

    /// The service with this code, or what to say to whoever asks for it.
    ///
    /// # Errors
    /// `service_elsewhere` with where to go for a service that is not taken here; `service_unknown`.
    pub fn offered(&self, code: &str) -> Result<&Service, Problem> {
        let elsewhere = || self.elsewhere.iter().find(|e| e.code == code);
        self.service(code).ok_or_else(|| match elsewhere() {
            Some(e) => Problem::new("service_elsewhere").with("name", &e.name).with("sentence", &e.sentence),
            None => Problem::new("service_unknown").with("service", code),
        })
    }

    /// The service with this code.
    #[must_use]
    pub fn service(&self, code: &str) -> Option<&Service> {
        self.services.iter().find(|s| s.code == code)
    }
}

fn expand(file: &str, service: &mut Service, blocks: &[Block]) -> Result<(), CatalogueProblem> {
    for section in &mut service.sections {
        let mut fields = Vec::new();
        for wanted in std::mem::take(&mut section.uses) {
            let block = blocks
                .iter()
                .find(|b| b.name == wanted.block)
                .ok_or_else(|| problem(file, format!("no block {}", wanted.block)))?;
            for field in block.fields.iter().filter(|f| !wanted.without.contains(&f.path)) {
                let mut field = field.clone();
                if let Some(need) = wanted.need.get(&field.path) {
                    field.need = *need;
                }
                if let Some(label) = &wanted.label {
                    field.label = format!("{label}: {}", lower_first(&field.label));
                }
                field.path = format!("{}.{}", wanted.at, field.path);
                if let Some(path) = field.when.as_mut().and_then(|w| w.field.as_mut()) {
                    *path = path.strip_prefix('/').map_or_else(|| format!("{}.{path}", wanted.at), str::to_owned);
                }
                fields.push(field);
            }
        }
        fields.append(&mut section.fields);
        section.fields = fields;
    }
    Ok(())
}

/// `Nama lengkap` → `nama lengkap`, but `NIK` stays.
fn lower_first(label: &str) -> String {
    let mut chars = label.chars();
    match (chars.next(), chars.clone().next()) {
        (Some(first), Some(second)) if second.is_lowercase() || second == ' ' => {
            first.to_lowercase().chain(chars).collect()
        }
        _ => label.to_owned(),
    }
}

fn fits(file: &str, service: &Service, lists: &BTreeMap<String, Vec<ListEntry>>) -> Result<(), CatalogueProblem> {
    let mut paths = BTreeSet::new();
    for field in service.sections.iter().flat_map(|s| &s.fields) {
        if !paths.insert(field.path.as_str()) {
            return Err(problem(file, format!("{} stands twice", field.path)));
        }
        if let Some(list) = field.list.as_ref().filter(|l| !lists.contains_key(*l)) {
            return Err(problem(file, format!("{}: no list {list}", field.path)));
        }
    }
    repeats_fit(file, service)?;
    let conditions = service.sections.iter().filter_map(|s| s.when.as_ref());
    let conditions = conditions.chain(service.sections.iter().flat_map(|s| &s.fields).filter_map(|f| f.when.as_ref()));
    let conditions = conditions.chain(service.requirements.iter().filter_map(|r| r.when.as_ref()));
    let conditions = conditions
        .chain(service.notices.iter().filter_map(|n| n.when.as_ref()))
        .chain(service.rules.iter().filter_map(|r| r.when.as_ref()));
    let named =
        conditions.filter_map(|c: &Condition| c.field.as_ref()).chain(service.rules.iter().flat_map(|r| &r.fields));
    for path in named.chain(service.requirements.iter().filter_map(|r| r.legible_by.as_ref())) {
        if !paths.contains(path.as_str()) {
            return Err(problem(file, format!("no field {path}")));
        }
    }
    let mut ids = BTreeSet::new();
    for requirement in &service.requirements {
        if !ids.insert(&requirement.id) {
            return Err(problem(file, format!("requirement {} stands twice", requirement.id)));
        }
    }
    Ok(())
}

/// A list has one section that adds rows, and the sections that follow it come after.
fn repeats_fit(file: &str, service: &Service) -> Result<(), CatalogueProblem> {
    let mut lists = BTreeSet::new();
    for repeat in service.sections.iter().filter_map(|s| s.repeat.as_ref()) {
        if lists.insert(&repeat.path) == repeat.follows {
            return Err(problem(file, format!("rows of {} have not one section that adds them", repeat.path)));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_service_loads_and_fits_together() {
        let catalogue = Catalogue::load().unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(catalogue.services.len(), SERVICES.len());
    }

    #[test]
    fn every_rule_has_a_sentence() {
        for service in &Catalogue::embedded().services {
            for rule in &service.rules {
                assert!(crate::texts::has(&format!("finding.{}", rule.code)), "{}: {}", service.code, rule.code);
            }
        }
    }

    #[test]
    fn the_status_page_and_the_receipt_find_what_they_need_in_every_service() {
        for service in &Catalogue::embedded().services {
            let paths: Vec<&str> = service.sections.iter().flat_map(|s| &s.fields).map(|f| f.path.as_str()).collect();
            for path in ["applicant.name", "applicant.birthDate", "helper.phone", "delivery.method"] {
                assert!(paths.contains(&path), "{} lacks {path}", service.code);
            }
        }
    }
}
