//! Which applications an officer looks for: the queue under its filters and the search, asked so that an index answers also
//! among a million. The queue is read in its order and no further than the page; it is counted up to a limit.
//!
//! What waits for the Dinas stands in one index with everything it is filtered by (`app_waiting`); of the rest, which grows for
//! ever, each filter has its own (`app_rest_…`), and statuses are merged where several are wanted. SQLite takes a partial
//! index only for a question that repeats the index's own condition, in words and not as a parameter.

use crate::area::Area;
use crate::second;
use crate::sought::{FEW, Lists, Sought};
use jukung_domain::status::{ALL, Status};
use jukung_ledger::{DbProblem, Row, Tx, Value};

/// The queue is counted so far: nobody turns two hundred pages, they filter.
pub const COUNTED_MAX: i64 = 10_000;
/// Digits and dots of a subdistrict's code, with which an office's code begins (`app_rest_subdistrict`).
const SUBDISTRICT_LEN: usize = 8;
const DAY_MS: i64 = 86_400_000;
/// Condition of the index `app_waiting`; of `app_rest_…` its opposite.
const WAITING: &str = "IN ('SUBMITTED', 'IN_VERIFICATION', 'IN_PROCESS')";

/// What is looked for.
#[derive(Debug, Clone, Default, serde::Deserialize)]
pub struct Wanted {
    /// Status code, or [`second::WAITS`] or [`second::BACK`]; empty for all.
    #[serde(default)]
    pub status: String,
    /// Service code; empty for all.
    #[serde(default)]
    pub service: String,
    /// Office code; empty for all.
    #[serde(default)]
    pub office: String,
    /// Code of a subdistrict; empty for all.
    #[serde(default)]
    pub subdistrict: String,
    /// Handed in at least so many days ago; 0 for all.
    #[serde(default)]
    pub age: i64,
    /// Name, number or a part of it, NIK, KK number or its beginning.
    #[serde(default)]
    pub text: String,
    /// Page from 0.
    #[serde(default)]
    pub page: i64,
}

/// Which part of what was found is shown.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cut {
    /// Left out before it.
    pub from: i64,
    /// At most so many.
    pub rows: i64,
}

/// What was found.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// Ids of the part that is shown, oldest first.
    pub ids: Vec<String>,
    /// How many there are in all, as far as they were counted.
    pub total: i64,
    /// There are more than were counted.
    pub more: bool,
}

/// A statement under construction. SQLite numbers parameters in the order in which they stand, so does this.
#[derive(Debug, Default)]
pub(crate) struct Sql {
    pub text: String,
    pub values: Vec<Value>,
}

impl Sql {
    pub fn add(&mut self, text: &str) -> &mut Sql {
        self.text.push_str(text);
        self
    }

    pub fn bind(&mut self, value: impl Into<Value>) -> &mut Sql {
        self.values.push(value.into());
        self.text.push_str(&format!("${}", self.values.len()));
        self
    }

    pub fn ask(&self, tx: &mut dyn Tx) -> Result<Vec<Row>, DbProblem> {
        tx.query(&self.text, &self.values)
    }
}

/// The filters, understood.
#[derive(Debug)]
struct Filter<'a> {
    statuses: Vec<Status>,
    /// Condition of those whose decision waits for a second officer, or was given back; of few.
    second: Option<String>,
    service: &'a str,
    office: &'a str,
    /// Subdistricts that are seen and wanted; empty for the whole district.
    codes: Vec<String>,
    /// Their condition and the officer's own.
    seen: String,
    /// Newest time of intake, ms.
    until: Option<i64>,
}

impl<'a> Filter<'a> {
    /// `None` where nothing can be found.
    fn of(wanted: &'a Wanted, area: &Area, now: i64) -> Option<Filter<'a>> {
        let second = second::listed(&wanted.status);
        let all = wanted.status.is_empty() || second.is_some();
        let statuses = if all { ALL.to_vec() } else { vec![Status::from_code(&wanted.status)?] };
        let within = match wanted.subdistrict.as_str() {
            "" => area.clone(),
            code if area.covers(code) => Area::read(code),
            _ => return None,
        };
        if within.codes().is_empty() && !within.is_whole() {
            return None;
        }
        Some(Filter {
            statuses,
            second,
            service: &wanted.service,
            office: &wanted.office,
            codes: within.codes().to_vec(),
            seen: format!("{} AND {}", area.office("a.office"), within.office("a.office")),
            until: (wanted.age > 0).then(|| now.saturating_sub(wanted.age.saturating_mul(DAY_MS))),
        })
    }

    /// Nothing is asked but what is oldest.
    fn is_everything(&self) -> bool {
        self.statuses.len() == ALL.len() && self.service.is_empty() && self.office.is_empty() && self.codes.is_empty()
    }

    /// Everything but the status, as a condition on `app a`.
    fn rest(&self, sql: &mut Sql) {
        sql.add(&self.seen);
        if let Some(condition) = &self.second {
            sql.add(" AND ").add(condition);
        }
        for (column, value) in [("a.service", self.service), ("a.office", self.office)] {
            if !value.is_empty() {
                sql.add(&format!(" AND {column} = ")).bind(value);
            }
        }
        if let Some(until) = self.until {
            sql.add(" AND a.created <= ").bind(until);
        }
    }

    /// Lists of which each stands in one index in the order of the queue; together they are what is wanted.
    fn lists(&self) -> Vec<String> {
        if self.second.is_some() || self.is_everything() {
            return vec!["(1 = 1)".into()];
        }
        let mut all = Vec::new();
        for status in &self.statuses {
            let code = status.code();
            let waits = matches!(status, Status::Submitted | Status::InVerification | Status::InProcess);
            let not = if waits { "" } else { "NOT " };
            let one = format!("a.status = '{code}' AND a.status {not}{WAITING}");
            if waits || self.codes.is_empty() || !self.office.is_empty() {
                all.push(one);
                continue;
            }
            all.extend(self.codes.iter().map(|c| format!("substr(a.office, 1, {SUBDISTRICT_LEN}) = '{c}' AND {one}")));
        }
        all
    }

    /// The ids of a part of the queue, of those that `holds` is added for.
    fn page(&self, tx: &mut dyn Tx, holds: &dyn Fn(&mut Sql), cut: Cut) -> Result<Vec<String>, DbProblem> {
        let (mut sql, upto) = (Sql::default(), cut.from.saturating_add(cut.rows));
        sql.add("SELECT id FROM (");
        for (n, list) in self.lists().iter().enumerate() {
            sql.add(if n == 0 { "" } else { " UNION ALL " });
            sql.add("SELECT id, created FROM (SELECT a.id, a.created FROM app a WHERE ").add(list).add(" AND ");
            self.rest(&mut sql);
            holds(&mut sql);
            sql.add(" ORDER BY a.created, a.id LIMIT ").bind(upto).add(&format!(") list{n}"));
        }
        sql.add(") lists ORDER BY created, id LIMIT ").bind(cut.rows).add(" OFFSET ").bind(cut.from);
        sql.ask(tx)?.iter().map(|row| row.text(0)).collect()
    }

    /// How many there are, at most `most` of each list.
    fn count(&self, tx: &mut dyn Tx, most: i64) -> Result<i64, DbProblem> {
        let mut sql = Sql::default();
        sql.add("SELECT count(*) FROM (");
        for (n, list) in self.lists().iter().enumerate() {
            sql.add(if n == 0 { "" } else { " UNION ALL " });
            sql.add("SELECT 1 FROM (SELECT 1 FROM app a WHERE ").add(list).add(" AND ");
            self.rest(&mut sql);
            sql.add(" LIMIT ").bind(most).add(&format!(") list{n}"));
        }
        sql.add(") lists");
        sql.ask(tx)?.first().map_or(Ok(0), |row| row.int(0))
    }

    /// Those of the `named` that the filters let through, oldest first; `None` when more than [`FEW`] are named.
    fn among(&self, tx: &mut dyn Tx, named: &Lists) -> Result<Option<Vec<String>>, DbProblem> {
        let mut sql = Sql::default();
        // A question of its own for each: an engine that joins may read the whole table instead.
        sql.add("SELECT app, (SELECT a.created FROM app a WHERE a.id = named.app AND ");
        self.rest(&mut sql);
        let codes: Vec<String> = self.statuses.iter().map(|status| format!("'{}'", status.code())).collect();
        sql.add(&format!(" AND a.status IN ({}) LIMIT 1) FROM (", codes.join(", ")));
        named.list(&mut sql);
        sql.add(") named");
        let (mut found, rows) = (Vec::new(), sql.ask(tx)?);
        if rows.len() > usize::try_from(FEW).unwrap_or(usize::MAX) {
            return Ok(None);
        }
        for row in rows {
            if let [Value::Text(app), Value::Int(created)] = row.0.as_slice() {
                found.push((*created, app.clone()));
            }
        }
        found.sort();
        found.dedup();
        Ok(Some(found.into_iter().map(|(_, id)| id).collect()))
    }
}

/// What is wanted of an area: the part that `cut` names, oldest first, and how many there are.
///
/// # Errors
/// Those of the database.
pub(crate) fn find(tx: &mut dyn Tx, wanted: &Wanted, area: &Area, cut: Cut, now: i64) -> Result<Found, DbProblem> {
    let Some(filter) = Filter::of(wanted, area, now) else { return Ok(Found::default()) };
    let text = wanted.text.trim();
    let most = COUNTED_MAX.max(cut.from.saturating_add(cut.rows));
    if text.is_empty() {
        let total = filter.count(tx, most.saturating_add(1))?;
        let ids = filter.page(tx, &|_| {}, cut)?;
        return Ok(Found { ids, total: total.min(most), more: total > most });
    }
    let sought = Sought::of(text);
    let few = match sought.lists(tx)? {
        Some(lists) if lists.is_empty() => return Ok(Found::default()),
        Some(lists) => filter.among(tx, &lists)?,
        None => None,
    };
    let size = |n: i64| usize::try_from(n).unwrap_or(usize::MAX);
    let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    if let Some(all) = few {
        let total = count(all.len());
        let ids = all.into_iter().skip(size(cut.from)).take(size(cut.rows)).collect();
        return Ok(Found { ids, total, more: false });
    }
    // So many have it that the first in the order of the queue are soon found; nobody counts them.
    let one_more = Cut { rows: cut.rows.saturating_add(1), ..cut };
    let mut ids = filter.page(tx, &|sql| sought.holds(sql), one_more)?;
    let more = ids.len() > size(cut.rows);
    ids.truncate(size(cut.rows));
    let total = if ids.is_empty() { 0 } else { cut.from.saturating_add(count(ids.len())) };
    Ok(Found { ids, total, more })
}
