//! Figures about people: the elderly who were helped, what reached them, what they complained of, and the hotline.

use super::{Figure, Line, Period, figure, line};
use jiff::civil::Date;
use jukung_domain::application::Application;
use jukung_domain::nik::Nik;
use jukung_domain::texts::say;
use jukung_ledger::tx::first;
use jukung_ledger::{DbProblem, Tx, params, projection};
use std::collections::BTreeMap;

/// From this age somebody counts as elderly (UU 13/1998, article 1).
const ELDERLY: i16 = 60;
/// Applications that are opened for one figure: a quarter of a large district; opening them takes some seconds.
const READ_MAX: i64 = 20_000;

/// Age by the NIK of whoever applies. Two digits of a year are no century: nobody applies before they are born, and who could
/// be a child of this century counts as one. Good enough to count by, never to decide by.
fn age(application: &Application, today: Date) -> Option<i16> {
    let nik = Nik::parse(application.fields.get("applicant.nik")?).ok()?;
    if nik.youngest_birth(today).is_some() {
        return None;
    }
    let year: i16 = nik.to_string().get(10..12)?.parse().ok()?;
    Some(today.year() - 1900 - year)
}

/// The elderly, those with somebody beside them, and those who corrected something when it was read to them.
pub(super) fn elderly(tx: &mut dyn Tx, period: &Period) -> Result<Figure, DbProblem> {
    let (mut all, mut old, mut helped, mut corrected) = (0, 0, 0, 0);
    let of = period.area.office("office");
    let which = format!(
        "SELECT id, office, head, day, created, changed FROM app WHERE created >= $1 AND {of} ORDER BY created DESC, id LIMIT $2"
    );
    for case in projection::load_all(tx, &which, params![period.since, READ_MAX])? {
        let application = &case.state.application;
        all += 1;
        if age(application, period.today).is_none_or(|age| age < ELDERLY) {
            continue;
        }
        old += 1;
        helped += i64::from(application.fields.get("helper.kind").is_some_and(|kind| kind != "self"));
        corrected += i64::from(application.read_back.as_ref().is_some_and(|read| !read.corrected.is_empty()));
    }
    let case = match (all, old) {
        (0, _) => "none",
        (_, 0) => "nobody",
        _ => "some",
    };
    let label = |what: &str| say(&format!("figures.elderly.{what}"), &[]);
    let rows =
        [("old", old), ("helped", helped), ("corrected", corrected)].map(|(what, n)| line(label(what), &[n])).to_vec();
    let values = [("all", all), ("old", old), ("helped", helped), ("corrected", corrected)];
    Ok(figure("elderly", "bars", case, &values, &[], rows))
}

/// What was carried, and with which attempt it arrived.
pub(super) fn delivery(tx: &mut dyn Tx, period: &Period) -> Result<Figure, DbProblem> {
    let mut counts = [0_i64; 5];
    let of = period.area.application("run_item.app");
    let sql =
        format!("SELECT state, attempts, count(*) FROM run_item WHERE changed >= $1 AND {of} GROUP BY state, attempts");
    for row in tx.query(&sql, params![period.since])? {
        let at = match (row.text(0)?.as_str(), row.int(1)?) {
            ("delivered", attempts) if attempts <= 1 => 0,
            ("delivered", _) => 1,
            ("packed" | "out", _) => 2,
            ("waiting", _) => 3,
            ("returned", _) => 4,
            _ => continue,
        };
        counts[at] += row.int(2)?;
    }
    let [once, again, under_way, waits, back] = counts;
    let (arrived, all) = (once + again, counts.iter().sum::<i64>());
    let case = match (all, back + waits) {
        (0, _) => "none",
        (_, 0) => "well",
        _ => "some",
    };
    let label = |at: usize| say(&format!("figures.delivery.state{at}"), &[]);
    let rows = counts.iter().enumerate().map(|(at, n)| line(label(at), &[*n])).collect();
    let values = [("arrived", arrived), ("once", once), ("under_way", under_way), ("waits", waits), ("back", back)];
    Ok(figure("delivery", "bars", case, &values, &[], rows))
}

/// Complaints by what they are about.
pub(super) fn complaints(tx: &mut dyn Tx, period: &Period) -> Result<Figure, DbProblem> {
    let (mut kinds, today) = (BTreeMap::<String, [i64; 3]>::new(), period.today.to_string());
    let sql = format!(
        "SELECT kind, made, CASE WHEN state IN ('new', 'reopened') THEN 1 ELSE 0 END, due FROM complaint
         WHERE (made >= $1 OR state IN ('new', 'reopened')) AND {}",
        period.area.office("office")
    );
    for row in tx.query(&sql, params![period.since])? {
        let counts = kinds.entry(row.text(0)?).or_default();
        let open = row.int(2)?;
        counts[0] += i64::from(row.int(1)? >= period.since);
        counts[1] += open;
        counts[2] += i64::from(open == 1 && row.text(3)? < today);
    }
    let sum = |at: usize| kinds.values().map(|counts| counts[at]).sum::<i64>();
    let (came, open, late) = (sum(0), sum(1), sum(2));
    let case = match (came + open, open, late) {
        (0, _, _) => "none",
        (_, 0, _) => "answered",
        (_, _, 0) => "open",
        _ => "late",
    };
    let mut rows: Vec<Line> =
        kinds.iter().map(|(kind, counts)| line(say(&format!("complaint.kind.{kind}"), &[]), counts)).collect();
    rows.sort_by(|a, b| b.values.cmp(&a.values).then_with(|| a.label.cmp(&b.label)));
    Ok(figure("complaints", "bars", case, &[("came", came), ("open", open), ("late", late)], &[], rows))
}

/// What came by WhatsApp, and what became of what was sent.
pub(super) fn hotline(tx: &mut dyn Tx, period: &Period) -> Result<Figure, DbProblem> {
    // Who writes to the hotline is of no office.
    let seen = period.area.is_whole();
    let one = |tx: &mut dyn Tx, sql: &str| {
        if seen { first(tx, sql, params![period.since])?.map_or(Ok(0), |row| row.int(0)) } else { Ok(0) }
    };
    let came = one(tx, "SELECT count(*) FROM heard WHERE at >= $1")?;
    let sent = one(tx, "SELECT count(*) FROM message WHERE made >= $1 AND state IN ('sent', 'delivered', 'read')")?;
    let under_way = one(tx, "SELECT count(*) FROM message WHERE made >= $1 AND state IN ('queued', 'sending')")?;
    let failed = one(tx, "SELECT count(*) FROM message WHERE made >= $1 AND state IN ('failed', 'unsure')")?;
    let waits = one(tx, "SELECT count(*) FROM talk WHERE waits > 0 AND heard >= $1")?;
    let counts = [came, sent, under_way, failed, waits];
    let case = match (counts.iter().sum::<i64>(), failed, waits) {
        (0, _, _) => "none",
        (_, _, 1..) => "waits",
        (_, 1.., _) => "failed",
        _ => "well",
    };
    let label = |at: usize| say(&format!("figures.hotline.state{at}"), &[]);
    let rows = counts.iter().enumerate().map(|(at, n)| line(label(at), &[*n])).collect();
    Ok(figure(
        "hotline",
        "bars",
        case,
        &[("came", came), ("sent", sent), ("failed", failed), ("waits", waits)],
        &[],
        rows,
    ))
}

#[cfg(test)]
mod tests {
    use super::age;
    use jiff::civil::date;
    use jukung_domain::application::Application;

    #[test]
    fn who_may_be_a_child_of_this_century_is_nobody_s_grandmother() {
        let today = date(2026, 11, 27);
        let of = |nik: &str| {
            let fields = [("applicant.nik".to_owned(), nik.to_owned())].into();
            age(&Application { fields, ..Application::default() }, today)
        };
        assert_eq!(of("6305045505500001"), Some(76), "a woman of 1950");
        assert_eq!(of("6305041505680001"), Some(58));
        assert_eq!(of("6305041505050001"), None, "2005, or 1905");
        assert_eq!(of("63050415"), None);
    }
}
