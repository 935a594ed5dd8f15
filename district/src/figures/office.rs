//! Figures about the work: what comes and is answered, what waits, what is returned, who is silent, and from where.

use super::{DAY_MS, Figure, Line, Period, figure, line};
use crate::enrol::card_of;
use jukung_domain::event::{self, Body};
use jukung_domain::region::Regions;
use jukung_domain::texts::say;
use jukung_ledger::{DbProblem, Tx, params};
use std::collections::{BTreeMap, HashMap};

/// Ends of the groups of age, in days; older ones are the last group.
const AGES: [i64; 4] = [2, 4, 8, 15];
/// Computers shown: those that are silent longest.
const SILENT_SHOWN: usize = 20;
/// How many times its usual pause a computer may be silent, and at least a day: nights and Sundays are no silence.
const USUAL_TIMES: i64 = 3;
/// Answers of the Dinas (the index `event_answer` holds these).
const ANSWERS: &str = "kind IN ('st.returned/1', 'st.approved/1', 'st.refused/1')";

/// Arrivals and answers for each day.
pub(super) fn arrivals(tx: &mut dyn Tx, period: &Period) -> Result<Figure, DbProblem> {
    let mut days: BTreeMap<jiff::civil::Date, [i64; 2]> = BTreeMap::new();
    let mut day = period.from;
    while day <= period.today {
        days.insert(day, [0, 0]);
        let Ok(next) = day.tomorrow() else { break };
        day = next;
    }
    let (of, about) = (period.area.office("office"), period.area.application("event.app"));
    // Counted by the engine: a quarter of a large district is a hundred thousand. No zone of ours has a summer time.
    let count = |when: &str, of: &str| {
        format!(
            "SELECT ({when} - $1) / {DAY_MS}, count(*) FROM {of} AND {when} >= $2 GROUP BY ({when} - $1) / {DAY_MS}"
        )
    };
    let came = count("created", &format!("app WHERE {of}"));
    let answered = count("at", &format!("event WHERE {ANSWERS} AND {about}"));
    for (at, sql) in [&came, &answered].into_iter().enumerate() {
        for row in tx.query(sql, params![period.since, period.since])? {
            if let Some(counts) = days.get_mut(&Period::day(period.since + row.int(0)? * DAY_MS)) {
                counts[at] += row.int(1)?;
            }
        }
    }
    let sum = |at: usize| days.values().map(|counts| counts[at]).sum::<i64>();
    let (came, went) = (sum(0), sum(1));
    let case = match (came, came - went) {
        (0, _) => "none",
        (_, more) if more > 0 => "more",
        _ => "kept",
    };
    let values = [("came", came), ("went", went), ("days", period.days), ("more", (came - went).abs())];
    let rows = days.iter().map(|(day, counts)| line(day.to_string(), counts)).collect();
    Ok(figure("arrivals", "days", case, &values, &[], rows))
}

/// How long what is not answered has waited.
pub(super) fn waiting(tx: &mut dyn Tx, period: &Period) -> Result<Figure, DbProblem> {
    let mut counts = [0_i64; AGES.len() + 1];
    let of = period.area.office("office");
    let sql =
        format!("SELECT created FROM app WHERE status IN ('SUBMITTED', 'IN_VERIFICATION', 'IN_PROCESS') AND {of}");
    for row in tx.query(&sql, &[])? {
        let age = (period.now - row.int(0)?).max(0) / DAY_MS;
        counts[AGES.iter().position(|end| age < *end).unwrap_or(AGES.len())] += 1;
    }
    let all: i64 = counts.iter().sum();
    let old = counts[AGES.len() - 1] + counts[AGES.len()];
    let case = match (all, old) {
        (0, _) => "none",
        (_, 0) => "young",
        _ => "old",
    };
    let label = |at: usize| say(&format!("figures.waiting.age{at}"), &[]);
    let rows = counts.iter().enumerate().map(|(at, n)| line(label(at), &[*n])).collect();
    Ok(figure("waiting", "bars", case, &[("all", all), ("old", old)], &[], rows))
}

/// Why applications were returned.
pub(super) fn returns(tx: &mut dyn Tx, period: &Period) -> Result<Figure, DbProblem> {
    let mut reasons: BTreeMap<String, i64> = BTreeMap::new();
    let about = period.area.application("event.app");
    let sql = format!("SELECT raw FROM event WHERE {ANSWERS} AND kind = 'st.returned/1' AND at >= $1 AND {about}");
    for row in tx.query(&sql, params![period.since])? {
        let read = event::read(&row.text(0)?).ok().and_then(|envelope| Body::read(&envelope).ok().flatten());
        if let Some(Body::Returned(returned)) = read {
            *reasons.entry(returned.reason).or_default() += 1;
        }
    }
    let named = |code: &str| {
        let key = format!("why.{code}");
        say(if jukung_domain::texts::has(&key) { &key } else { "why.other" }, &[])
    };
    let mut rows: Vec<Line> = reasons.iter().map(|(code, n)| line(named(code), &[*n])).collect();
    rows.sort_by(|a, b| b.values.cmp(&a.values).then_with(|| a.label.cmp(&b.label)));
    let all: i64 = reasons.values().sum();
    let (case, first) = rows.first().map_or(("none", line("", &[0])), |first| ("some", first.clone()));
    let values = [("all", all), ("n", first.values[0]), ("days", period.days)];
    Ok(figure("returns", "bars", case, &values, &[("why", &first.label)], rows))
}

/// Computers that have been silent for longer than is usual for them.
pub(super) fn silent(tx: &mut dyn Tx, period: &Period) -> Result<Figure, DbProblem> {
    let of = period.area.office("office");
    let sql = format!("SELECT office, code, last_sync, enrolled, syncs FROM device WHERE state = 'active' AND {of}");
    let (mut all, mut rows) = (0, Vec::new());
    for row in tx.query(&sql, &[])? {
        all += 1;
        let (office, code) = (row.text(0)?, row.text(1)?);
        let (last, enrolled, syncs) = (row.int(2)?, row.int(3)?, row.int(4)?);
        let last = last.max(enrolled);
        let (pause, usual) = (period.now - last, (last - enrolled) / syncs.max(1));
        if pause > (USUAL_TIMES * usual).max(DAY_MS) {
            let name = card_of(&office).map_or(office, |card| card.name);
            let hours = |ms: i64| ms / 3_600_000;
            rows.push(line(format!("{name} ({code})"), &[hours(pause), hours(usual)]));
        }
    }
    rows.sort_by(|a, b| b.values.cmp(&a.values).then_with(|| a.label.cmp(&b.label)));
    let n = i64::try_from(rows.len()).unwrap_or(i64::MAX);
    let longest = rows.first().map_or(String::new(), |first| first.label.clone());
    rows.truncate(SILENT_SHOWN);
    let case = match (all, n) {
        (0, _) => "nobody",
        (_, 0) => "none",
        _ => "some",
    };
    Ok(figure("silent", "bars", case, &[("n", n), ("all", all)], &[("office", &longest)], rows))
}

/// Applications by subdistrict, those of the Dinas's counters that sent none included.
pub(super) fn places(tx: &mut dyn Tx, period: &Period) -> Result<Figure, DbProblem> {
    let mut counts: HashMap<String, i64> = HashMap::new();
    let subdistrict = |office: &str| office.split('.').take(3).collect::<Vec<_>>().join(".");
    for row in tx.query(&format!("SELECT code FROM office WHERE {}", period.area.office("code")), &[])? {
        counts.entry(subdistrict(&row.text(0)?)).or_default();
    }
    let of = period.area.office("office");
    let sql = format!("SELECT office, count(*) FROM app WHERE created >= $1 AND {of} GROUP BY office");
    for row in tx.query(&sql, params![period.since])? {
        *counts.entry(subdistrict(&row.text(0)?)).or_default() += row.int(1)?;
    }
    let regions = Regions::current();
    let mut rows: Vec<Line> =
        counts.iter().map(|(code, n)| line(regions.name(code).unwrap_or(code.as_str()), &[*n])).collect();
    rows.sort_by(|a, b| a.label.cmp(&b.label));
    let quiet: Vec<&str> = rows.iter().filter(|row| row.values == [0]).map(|row| row.label.as_str()).collect();
    let most = rows.iter().max_by_key(|row| row.values[0]).map_or(String::new(), |row| row.label.clone());
    let total: i64 = counts.values().sum();
    let case = match (total, quiet.len()) {
        (0, _) => "none",
        (_, 0) => "all",
        _ => "some",
    };
    let count = i64::try_from(quiet.len()).unwrap_or(i64::MAX);
    let values = [("all", total), ("quiet", count), ("days", period.days)];
    let names = quiet.join(", ");
    Ok(figure("places", "tiles", case, &values, &[("names", names.as_str()), ("most", most.as_str())], rows.clone()))
}
