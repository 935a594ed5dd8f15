//! A run as it is shown: its head, and every document it carries with what became of it and what may be done.

use super::{ATTEMPTS_MAX, Way, ZONE, document, place_name, way_of};
use crate::District;
use crate::area::Area;
use jukung_domain::calendar::Local;
use jukung_domain::problem::Problem;
use jukung_domain::region::Regions;
use jukung_domain::texts::say;
use jukung_domain::words;
use jukung_ledger::projection::{self, Case};
use jukung_ledger::tx::first;
use jukung_ledger::{Row, Tx, params};
use serde::Serialize;
use utoipa::ToSchema;

/// Columns of a run, in the order [`read`] takes them.
pub(super) const SELECT: &str = "SELECT id, number, way, place, carrier, cod, state, made, made_by, sent, due FROM run";
/// Columns of an item, in the order [`read_item`] takes them.
const ITEMS: &str = "SELECT app, n, tracking, attempts, state, place, why, changed FROM run_item WHERE run = $1";

/// A run as it is stored.
#[derive(Debug, Clone)]
pub struct Run {
    /// Id.
    pub id: String,
    /// Number on its papers, `P261127-7KD`.
    pub number: String,
    /// How it travels.
    pub way: Way,
    /// Code of the place it goes to; empty: from door to door.
    pub place: String,
    /// Who carries it.
    pub carrier: String,
    /// Rupiah that PT Pos collects for each letter, for itself.
    pub cod: i64,
    /// `open`, `out`, `done`.
    pub state: String,
    /// When it was made, ms.
    pub made: i64,
    /// By whom.
    pub made_by: String,
    /// When it left, ms; 0 before.
    pub sent: i64,
    /// Last day on which it should have arrived, `YYYY-MM-DD`; empty before it left.
    pub due: String,
}

/// A run as the list shows it.
#[derive(Debug, Serialize, ToSchema)]
pub struct RunRow {
    /// Id.
    pub id: String,
    /// Number on its papers.
    pub number: String,
    /// `officer`, `post`, `district`, `village`.
    pub way: String,
    /// The same in words, with the place.
    pub way_text: String,
    /// Who carries it.
    pub carrier: String,
    /// `open`, `out`, `done`.
    pub state: String,
    /// The same in words.
    pub state_text: String,
    /// Day it was made, in words.
    pub made: String,
    /// Day by which it should have arrived, in words; empty before it left.
    pub due: String,
    /// That day has passed, and something is still on its way.
    pub overdue: bool,
    /// Documents in it.
    pub count: i64,
    /// Documents still packed or on their way.
    pub left: i64,
}

/// One document in a run.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = RunItem)]
pub struct Item {
    /// Application id.
    pub app: String,
    /// Place in the run, from 1.
    pub n: i64,
    /// Registration number.
    pub number: String,
    /// Who it is for.
    pub recipient: String,
    /// Where it goes: the address of the family, village, subdistrict, regency.
    pub address: String,
    /// Who else may take it, as the family said at the counter; empty for nobody.
    pub may_collect: String,
    /// Tracking number of the carrier.
    pub tracking: String,
    /// Attempts that failed.
    pub attempts: i64,
    /// `packed`, `out`, `waiting`, `delivered`, `returned`, `gone`.
    pub state: String,
    /// The same in words, with the place where it waits, who has it, or why it came back.
    pub state_text: String,
    /// What may be done: `failed`, `arrive`, `deliver`, `return`.
    pub does: Vec<String>,
}

/// A run with what it carries.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RunOpened)]
pub struct Opened {
    /// Its row.
    pub row: RunRow,
    /// Who made it.
    pub made_by: String,
    /// When it left, in words; empty before.
    pub sent: String,
    /// What PT Pos collects for each letter, in words; empty for nothing.
    pub cod: String,
    /// Place where a document waits after the last attempt, as the page proposes it.
    pub waits_at: String,
    /// What it carries, in its order.
    pub items: Vec<Item>,
}

/// Reads a row of [`SELECT`].
pub(super) fn read(row: &Row) -> Result<Run, Problem> {
    Ok(Run {
        id: row.text(0)?,
        number: row.text(1)?,
        way: way_of(&row.text(2)?)?,
        place: row.text(3)?,
        carrier: row.text(4)?,
        cod: row.int(5)?,
        state: row.text(6)?,
        made: row.int(7)?,
        made_by: row.text(8)?,
        sent: row.int(9)?,
        due: row.text(10)?,
    })
}

/// The run of `id`.
///
/// # Errors
/// `not_found`, also for one that carries something of another area; those of the database.
pub(super) fn run(tx: &mut dyn Tx, area: &Area, id: &str) -> Result<Run, Problem> {
    let row = first(tx, &format!("{SELECT} WHERE id = $1 AND {}", area.run("run.id")), params![id])?;
    row.as_ref().map(read).transpose()?.ok_or_else(|| Problem::new("not_found"))
}

/// The row of a run in lists.
pub(super) fn row_of(tx: &mut dyn Tx, run: &Run, now: i64) -> Result<RunRow, Problem> {
    let sql = "SELECT count(*), coalesce(sum(CASE WHEN state IN ('packed', 'out') THEN 1 ELSE 0 END), 0) FROM run_item WHERE run = $1";
    let counts = first(tx, sql, params![&run.id])?.ok_or_else(|| Problem::new("internal").with("at", "count"))?;
    let (count, left) = (counts.int(0)?, counts.int(1)?);
    let place = place_name(&run.place);
    let way = run.way.name();
    Ok(RunRow {
        id: run.id.clone(),
        number: run.number.clone(),
        way: run.way.code().to_owned(),
        way_text: if place.is_empty() { way } else { say("run.way_to", &[("way", &way), ("place", &place)]) },
        carrier: run.carrier.clone(),
        state_text: say(&format!("run.state.{}", run.state), &[]),
        state: run.state.clone(),
        made: words::long_day(Local::at(run.made, ZONE).day()),
        due: run.due.parse().map_or_else(|_| run.due.clone(), words::long_day),
        overdue: run.state == "out" && left > 0 && run.due < Local::at(now, ZONE).day().to_string(),
        count,
        left,
    })
}

/// Where the document of `case` goes, in one line.
#[must_use]
pub fn address(case: &Case) -> String {
    let field = |path: &str| case.state.application.fields.get(path).map_or("", String::as_str);
    let (own, village) = (field("delivery.address"), document::village(case));
    let around = Regions::current().full_name(village).unwrap_or_else(|| village.to_owned());
    if own.is_empty() { around } else { format!("{own}, {around}") }
}

/// The applicant's name.
#[must_use]
pub fn recipient(case: &Case) -> String {
    case.state.application.fields.get("applicant.name").cloned().unwrap_or_default()
}

/// `Rizal Contoh (Cucu)`: whom the family named at the counter as somebody who may take it.
#[must_use]
pub fn may_collect(case: &Case) -> String {
    let field = |path: &str| case.state.application.fields.get(path).map_or("", String::as_str);
    if field("helper.mayCollect") != "yes" || field("helper.name").is_empty() {
        return String::new();
    }
    let list = jukung_domain::catalogue::Catalogue::embedded().lists.get("helper_kind");
    let kind = list.and_then(|l| l.iter().find(|e| e.key == field("helper.kind"))).map_or("", |e| e.label.as_str());
    format!("{} ({kind})", field("helper.name"))
}

/// What a run carries, in its order.
pub(super) fn items(tx: &mut dyn Tx, run: &Run) -> Result<Vec<Item>, Problem> {
    let mut items = Vec::new();
    for row in tx.query(&format!("{ITEMS} ORDER BY n, app"), params![&run.id])? {
        items.push(item(tx, run, &row)?);
    }
    Ok(items)
}

fn item(tx: &mut dyn Tx, run: &Run, row: &Row) -> Result<Item, Problem> {
    let app = row.text(0)?;
    let case = projection::load(tx, &app)?.ok_or_else(|| Problem::new("internal").with("at", "run_item"))?;
    let (attempts, state, place, why) = (row.int(3)?, row.text(4)?, row.text(5)?, row.text(6)?);
    let state_text = match state.as_str() {
        "waiting" => say("run.item.waiting_at", &[("place", &place)]),
        "delivered" => say("run.item.delivered_to", &[("recipient", &case.state.delivery)]),
        "returned" => say("run.item.returned_why", &[("why", &why)]),
        "out" if attempts > 0 => {
            let (done, most) = (attempts.to_string(), ATTEMPTS_MAX.to_string());
            say("run.item.out_tried", &[("n", &done), ("most", &most), ("why", &why)])
        }
        other => say(&format!("run.item.{other}"), &[]),
    };
    Ok(Item {
        n: row.int(1)?,
        number: case.state.number.clone(),
        recipient: recipient(&case),
        address: address(&case),
        may_collect: may_collect(&case),
        tracking: row.text(2)?,
        does: does(run.way, &state, attempts),
        attempts,
        state,
        state_text,
        app,
    })
}

/// What may be done with a document that stands so.
fn does(way: Way, state: &str, attempts: i64) -> Vec<String> {
    let steps: &[&str] = match (state, way.is_bag_to_a_place()) {
        ("out", true) => &["arrive", "return"],
        ("out", false) if attempts < ATTEMPTS_MAX => &["deliver", "failed", "return"],
        ("out", false) | ("waiting", _) => &["deliver", "return"],
        (_, _) => &[],
    };
    steps.iter().map(|step| (*step).to_owned()).collect()
}

impl District {
    /// A run with what it carries.
    ///
    /// # Errors
    /// `not_found`; those of the database.
    pub fn run(&self, id: &str) -> Result<Opened, Problem> {
        let now = self.edge.now();
        self.db.read(|tx| {
            let run = run(tx, &self.area, id)?;
            let items = items(tx, &run)?;
            let left = Local::at(run.sent, ZONE);
            let sent =
                if run.sent == 0 { String::new() } else { format!("{}, {}", words::long_day(left.day()), left.time()) };
            Ok(Opened {
                row: row_of(tx, &run, now)?,
                made_by: run.made_by.clone(),
                sent,
                cod: if run.cod > 0 { say("run.cod", &[("amount", &super::rupiah(run.cod))]) } else { String::new() },
                waits_at: waits_at(&run),
                items,
            })
        })
    }
}

/// Where a document of this run waits after the last attempt, or where the bag is unpacked.
fn waits_at(run: &Run) -> String {
    match run.way {
        Way::Officer => say("run.waits.officer", &[]),
        Way::Post => say("run.waits.post", &[]),
        Way::Subdistrict | Way::Village => say("run.waits.place", &[("place", &place_name(&run.place))]),
    }
}
