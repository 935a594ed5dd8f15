//! Sheets that close a day: kept when they arrive, compared with what this database holds, and the finding told to the
//! office as an event of its feed, so that the next answer carries it by whatever road (decision 0014).

use crate::http::{Answer, PROBLEM, Shared, Told as Problems, blocking, officer};
use crate::own::{self, By};
use crate::receive::Told;
use crate::{District, keys};
use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use jukung_crypto::sign;
use jukung_domain::closing::{self, Counted, DayClosed, DayCompared, Difference, View};
use jukung_domain::event::{Body, short};
use jukung_domain::policy::Action;
use jukung_domain::problem::Problem;
use jukung_domain::sync::feed::Stand;
use jukung_domain::sync::feed::stand;
use jukung_domain::texts::say;
use jukung_domain::wire::{Gap, LogPart};
use jukung_domain::{wire, words};
use jukung_ledger::days::{self, Kept};
use jukung_ledger::tx::first;
use jukung_ledger::{Tx, feed, params};
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Sheets shown to an officer: a week of a district with 100 computers, those that differ first.
const SHOWN_MAX: i64 = 500;
/// Sheets read to see which places of a computer's lives were ever covered: ten years of one counter.
const ALL: i64 = 4_000;
/// Who writes the findings; no officer has this name, for it holds a colon.
const AUTHOR: &str = "tutup:hari";

/// A sheet as officers see it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Day {
    /// Name of the office.
    pub office: String,
    /// Computer: its code and name.
    pub computer: String,
    /// Calendar day, in words.
    pub day: String,
    /// It was closed on another day.
    pub late: bool,
    /// Applications taken in.
    pub taken: i64,
    /// Receipts printed.
    pub printed: i64,
    /// Applications that only the computer had when it closed the day.
    pub waiting: i64,
    /// Scans that only the computer had.
    pub scans: i64,
    /// `waiting` (not compared: places before it are missing), `same` or `differs`.
    pub state: String,
    /// What differs, in sentences.
    pub differences: Vec<String>,
}

impl District {
    /// Keeps which acknowledged places this database lacks: the counter's place in the feed proves that it was told more
    /// than is here, so this database was restored.
    ///
    /// # Errors
    /// Those of the database.
    pub(crate) fn note_lost(
        &self,
        tx: &mut dyn Tx,
        device: &str,
        parts: &[LogPart],
        need: &[Gap],
        acks: &[(String, i64, String)],
        now: i64,
    ) -> Result<(), Problem> {
        for part in parts.iter().filter(|part| need.iter().any(|gap| gap.i == part.i)) {
            let here = acks.iter().find(|(i, _, _)| *i == part.i).map_or(0, |(_, n, _)| *n);
            let Some(incarnation) = wire::incarnation_from_hex(&part.i).filter(|_| here < part.f - 1) else { continue };
            tx.execute(
                "INSERT INTO lost (device, incarnation, from_seq, to_seq, at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
                params![device, incarnation, here + 1, part.f - 1, now],
            )?;
        }
        Ok(())
    }

    /// Whether the counter stands where this feed never was.
    ///
    /// # Errors
    /// Those of the database.
    pub(crate) fn stands_apart(&self, tx: &mut dyn Tx, office: &str, cur: &(i64, String)) -> Result<bool, Problem> {
        let ours = feed::hash_at(tx, office, cur.0)?;
        Ok(stand((cur.0, &cur.1), &[], |n| ours.filter(|_| n == cur.0)) != Stand::Page)
    }

    /// Compares the sheets of a computer that stand in its log and were not compared yet, and says what the feed tells.
    ///
    /// # Errors
    /// Those of the database.
    pub(crate) fn compare_days(&self, tx: &mut dyn Tx, device: &str, now: i64) -> Result<Vec<Told>, Problem> {
        let open = "d.device = $1 AND d.result = '' AND EXISTS (SELECT 1 FROM log l WHERE l.device = d.device AND l.uid = d.uid)";
        // The oldest first: each is compared with the one before it.
        let mut open = days::sheets(tx, open, params![device], SHOWN_MAX)?;
        open.sort_by_key(|k| k.sheet.n);
        let mut told = Vec::new();
        for kept in open {
            let found = closing::compare(&kept.sheet, &view(tx, &kept)?);
            let json = |e: serde_json::Error| Problem::new("internal").with("at", e);
            days::set_result(tx, &kept.uid, &serde_json::to_string(&found).map_err(json)?)?;
            let by = By { office: &kept.office, application: &kept.app, base: None, author: AUTHOR, at: now };
            let body = Body::DayCompared(DayCompared {
                r: kept.uid.clone(),
                d: kept.device.clone(),
                day: kept.sheet.day.clone(),
                x: found,
            });
            let (uid, raw) = own::append(tx, &by, &body)?;
            told.push(Told { kind: "st", uid: hex::encode(uid), outcome: "applied".into(), raw });
        }
        Ok(told)
    }

    /// Sheets of every office that is seen, those that differ first, then the newest.
    ///
    /// # Errors
    /// Those of the database.
    pub fn days(&self) -> Result<Vec<Day>, Problem> {
        self.db.read(|tx| {
            let seen = self.area.office("d.office");
            let mut kept = days::sheets(tx, &format!("d.result NOT IN ('', '[]') AND {seen}"), &[], SHOWN_MAX)?;
            kept.extend(days::sheets(tx, &format!("d.result IN ('', '[]') AND {seen}"), &[], SHOWN_MAX)?);
            kept.truncate(usize::try_from(SHOWN_MAX).unwrap_or(usize::MAX));
            kept.iter().map(|k| shown(tx, k)).collect()
        })
    }

    /// How many sheets differ.
    ///
    /// # Errors
    /// Those of the database.
    pub fn days_that_differ(&self) -> Result<i64, Problem> {
        let seen = self.area.office("office");
        let sql = format!("SELECT count(*) FROM day_sheet WHERE result NOT IN ('', '[]') AND {seen}");
        Ok(self.db.read(|tx| first(tx, &sql, &[]))?.map_or(Ok(0), |r| r.int(0))?)
    }
}

fn shown(tx: &mut dyn Tx, kept: &Kept) -> Result<Day, Problem> {
    let row = first(tx, "SELECT code, name FROM device WHERE id = $1", params![&kept.device])?;
    let computer = row.map_or(Ok(String::new()), |r| Ok::<_, Problem>(format!("{} {}", r.text(0)?, r.text(1)?)))?;
    let found: Option<Vec<Difference>> = serde_json::from_str(&kept.result).ok();
    let state = found.as_ref().map_or("waiting", |x| if x.is_empty() { "same" } else { "differs" });
    let said = |d: &Difference| say(&format!("day.differs.{}", d.w), &[("said", d.s.as_str()), ("held", d.h.as_str())]);
    Ok(Day {
        office: crate::enrol::card_of(&kept.office).map_or_else(|_| kept.office.clone(), |o| o.name),
        computer,
        day: kept.sheet.day.parse().map_or_else(|_| kept.sheet.day.clone(), words::long_day),
        late: kept.sheet.on != kept.sheet.day,
        taken: kept.sheet.taken,
        printed: kept.sheet.printed,
        waiting: kept.sheet.waiting,
        scans: kept.sheet.scans,
        state: state.into(),
        differences: found.unwrap_or_default().iter().map(said).collect(),
    })
}

/// What this database holds of the places that a sheet covers.
fn view(tx: &mut dyn Tx, kept: &Kept) -> Result<View, Problem> {
    let (device, sheet) = (kept.device.as_str(), &kept.sheet);
    let mut view = View { counted: Counted::default(), ..View::default() };
    for span in &sheet.logs {
        days::count(tx, device, span, &mut view.counted)?;
        view.chains.push(days::chain(tx, device, &span.i, span.t)?);
        let incarnation = wire::incarnation_from_hex(&span.i).unwrap_or(-1);
        let sql = "SELECT from_seq, to_seq FROM lost WHERE device = $1 AND incarnation = $2";
        for row in tx.query(sql, params![device, incarnation])? {
            let (from, to) = (row.int(0)?.max(span.f), row.int(1)?.min(span.t).min(span.a));
            view.lost.extend(days::numbers(tx, device, &span.i, from, to)?);
        }
    }
    if !sheet.logs.is_empty() {
        view.early = early(tx, kept)?;
    }
    if sheet.logs.iter().any(|span| span.f == 1) && sheet.n > 1 {
        view.more = more(tx, kept)?;
    }
    let before = first(tx, "SELECT hash FROM day_sheet WHERE device = $1 AND n = $2", params![device, sheet.n - 1])?;
    view.before = before.map(|r| r.text(0)).transpose()?;
    let other = "SELECT uid FROM day_sheet WHERE device = $1 AND n = $2 AND uid <> $3";
    view.twice = first(tx, other, params![device, sheet.n, &kept.uid])?.is_some();
    view.signed = signed(tx, device, sheet)?;
    Ok(view)
}

fn signed(tx: &mut dyn Tx, device: &str, sheet: &DayClosed) -> Result<bool, Problem> {
    let signed = sheet.signed_bytes().map_err(|e| Problem::new("internal").with("at", e))?;
    let signature = hex::decode(&sheet.sig).unwrap_or_default();
    // The day may have been closed with a key that was exchanged before its sheet arrived.
    Ok(keys::all(tx, device)?.iter().any(|key| sign::verify(key, &signed, &signature)))
}

/// Numbers that the sheet calls not acknowledged although the feed up to its place had told them. The feed's own number
/// says nothing after a restore: then nothing is compared.
fn early(tx: &mut dyn Tx, kept: &Kept) -> Result<Vec<String>, Problem> {
    let here = feed::hash_at(tx, &kept.office, kept.sheet.seen.0)?;
    if here.map(|h| short(&h)) != Some(kept.sheet.seen.1.clone()) {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for span in kept.sheet.logs.iter().filter(|span| span.a < span.t) {
        let sql = "SELECT max(l.seq) FROM log l JOIN feed f ON f.ref = l.uid
                   WHERE f.office = $1 AND f.n <= $2 AND l.device = $3 AND l.incarnation = $4 AND l.seq > $5 AND l.seq <= $6";
        let incarnation = wire::incarnation_from_hex(&span.i).unwrap_or(-1);
        let from = span.f.max(span.a + 1);
        let row =
            first(tx, sql, params![&kept.office, kept.sheet.seen.0, &kept.device, incarnation, from - 1, span.t])?;
        if let Some(to) = row.and_then(|r| r.int(0).ok()) {
            found.extend(days::numbers(tx, &kept.device, &span.i, from, to)?);
        }
    }
    Ok(found)
}

/// Numbers of this computer's lives that end behind what its sheets cover: its database was an old copy.
fn more(tx: &mut dyn Tx, kept: &Kept) -> Result<Vec<String>, Problem> {
    let mut found = Vec::new();
    let sheets = days::sheets(tx, "d.device = $1", params![&kept.device], ALL)?;
    let sql = "SELECT incarnation, acked FROM log_head WHERE device = $1";
    for row in tx.query(sql, params![&kept.device])? {
        let (i, acked) = (wire::incarnation_hex(row.int(0)?), row.int(1)?);
        if kept.sheet.logs.iter().any(|span| span.i == i) {
            continue;
        }
        let spans = sheets.iter().flat_map(|k| &k.sheet.logs);
        let covered = spans.filter(|span| span.i == i).map(|span| span.t).max();
        // Without a sheet on it this life is older than the sheets are.
        if let Some(covered) = covered.filter(|c| *c < acked) {
            let numbers = days::numbers(tx, &kept.device, &i, covered + 1, acked)?;
            found.extend(numbers.into_iter().filter(|n| n != "–"));
        }
    }
    Ok(found)
}

/// The route of the sheets.
pub fn router() -> OpenApiRouter<Arc<District>> {
    OpenApiRouter::new().routes(routes!(days))
}

/// The sheets that close a day, those that differ from what is here first.
#[utoipa::path(get, path = "/officer/api/days", responses((status = 200, body = Vec<Day>), (status = 401, description = "signed out", body = Problems, content_type = PROBLEM)))]
async fn days(State(district): Shared, headers: HeaderMap) -> Answer<Json<Vec<Day>>> {
    let (district, _) = officer(district, &headers, Action::CheckRead).await?;
    Ok(Json(blocking(move || district.days()).await?))
}
