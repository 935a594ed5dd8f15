//! Goal: a computer whose clock is dead, set back or far ahead goes on working, asks for the day, claims no time it does not
//! know, and is set right by the district.

mod office_world;

use jukung_domain::event;
use jukung_office::Office;
use jukung_office::edge::{Clock, Edge};
use office_world::{PASSPHRASE, World, edge, off, world};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// A clock that somebody turns.
struct Hand(AtomicI64);
impl Clock for Hand {
    fn now_ms(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }
}
const DAY: i64 = 86_400_000;

/// A computer of the office that handed in one application with a right clock, and starts again with its clock at `wall`.
async fn again(w: &World, wall: i64) -> (Office, Arc<Hand>) {
    let office = w.another("again").await;
    w.hand_in_at(&office, "Sebelum Rusak");
    office.sync(&w.road).await.expect("sent");
    office.close().expect("closed");
    drop(office);
    opened(&w.folder.path().join("again"), wall)
}

fn opened(dir: &Path, wall: i64) -> (Office, Arc<Hand>) {
    let hand = Arc::new(Hand(AtomicI64::new(wall)));
    let edge = Edge { clock: hand.clone(), chance: edge().chance };
    (Office::open(dir, "", PASSPHRASE, edge).expect("open"), hand)
}

/// Clock marks and kinds of this office's events, oldest first.
fn marks(office: &Office) -> Vec<(char, String)> {
    let device = office.identity().device.to_string();
    let sql = "SELECT e.raw FROM log l JOIN event e ON e.uid = l.uid WHERE l.device = $1 ORDER BY l.seq";
    let rows = office.db().read(|tx| tx.query(sql, jukung_ledger::params![&device])).expect("events");
    let read = |r: &jukung_ledger::Row| {
        let e = event::read(&r.text(0).expect("raw")).expect("an event");
        (e.c, e.k)
    };
    rows.iter().map(read).collect()
}

fn words_of_receipt(office: &Office, id: &str) -> String {
    let pdf = office.receipt_pdf(id, "a5").expect("a receipt");
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), pdf).expect("written");
    let out = std::process::Command::new("pdftotext").args(["-layout"]).arg(file.path()).arg("-").output();
    String::from_utf8(out.expect("pdftotext").stdout).expect("text")
}

#[tokio::test]
async fn a_dead_battery_asks_for_the_day_and_stops_no_work() {
    let w = world(None).await;
    let before = w.office.today();
    for dead in [0, 315_532_800_000, 946_684_800_000, 1_230_768_000_000] {
        let (office, hand) = again(&w, dead).await;
        assert_eq!(office.doubted_day(), Some(before), "the last day that is known is proposed");
        let (id, _) = w.hand_in_at(&office, "Nenek Contoh");
        assert!(words_of_receipt(&office, &id).contains("belum pasti"), "the paper says so");
        assert_eq!(office.close_day(&before.to_string()).expect_err("nobody knows the day").code, "clock_doubted");
        // It is three days later, says the calendar on the wall.
        let today = before.checked_add(jiff::Span::new().days(3)).expect("a day");
        office.set_day(&today.to_string()).expect("said");
        assert_eq!((office.doubted_day(), office.today()), (None, today));
        let (later, _) = w.hand_in_at(&office, "Kakek Contoh");
        assert!(!words_of_receipt(&office, &later).contains("belum pasti"));
        assert!(words_of_receipt(&office, &id).contains("belum pasti"), "what was printed stays as it was");
        let told: Vec<_> = marks(&office).into_iter().rev().take(3).rev().map(|(c, k)| format!("{c} {k}")).collect();
        assert_eq!(told, ["x app.create/1", "u clock.set/1", "u app.create/1"]);
        hand.0.fetch_add(60_000, Ordering::Relaxed);
        assert_eq!(office.today(), today);
        // The district takes all of it, and knows better.
        office.sync(&w.road).await.expect("sent");
        assert_eq!((office.today(), office.identity().clock.mark()), (before, 't'));
        assert_eq!(office.connection().expect("connection").waiting, 0);
        drop(office);
        std::fs::remove_dir_all(w.folder.path().join("again")).expect("gone");
    }
}

#[tokio::test]
async fn a_clock_far_ahead_or_set_back_while_the_program_runs_is_not_followed() {
    let w = world(None).await;
    let start = w.office.now();
    let (office, hand) = again(&w, start).await;
    let today = office.today();
    assert_eq!(office.doubted_day(), None);
    for wall in [start + 50 * 365 * DAY, start - 2 * DAY, 0] {
        hand.0.store(wall, Ordering::Relaxed);
        w.hand_in_at(&office, "Nenek Contoh");
        assert_eq!((office.doubted_day(), marks(&office).last().map(|m| m.0)), (Some(today), Some('x')), "{wall}");
        office.sync(&w.road).await.expect("sent");
        assert_eq!(office.doubted_day(), None, "the district has told the time, {wall}");
        w.hand_in_at(&office, "Kakek Contoh");
        assert_eq!(marks(&office).last().map(|m| m.0), Some('t'), "{wall}");
    }
}

#[tokio::test]
async fn an_answer_that_comes_late_does_not_set_the_clock_back() {
    let w = world(None).await;
    let (office, hand) = again(&w, w.office.now()).await;
    office.sync(&w.road).await.expect("sent");
    let folder = w.folder.path().join("stick");
    std::fs::create_dir_all(&folder).expect("a stick");
    w.hand_in_at(&office, "Nenek Contoh");
    office.courier_out(&folder).expect("packed");
    let (district, stick) = (w.district.clone(), folder.clone());
    off(move || district.courier_in(&stick)).await.expect("read");
    let (district, stick) = (w.district.clone(), folder.clone());
    off(move || district.courier_out(&stick)).await.expect("answered");
    hand.0.fetch_add(10 * DAY, Ordering::Relaxed);
    let now = office.now();
    office.courier_in(&folder).expect("the answer");
    assert!(office.now() >= now, "a stick on its way for ten days says nothing about now");
}

#[tokio::test]
async fn a_day_before_the_program_was_made_is_refused_with_what_to_do() {
    let w = world(None).await;
    for (day, code) in [("2019-05-01", "day_before_program"), ("besok", "day_unknown"), ("2026-02-30", "day_unknown")] {
        assert_eq!(w.office.set_day(day).expect_err(day).code, code);
    }
    assert_eq!(w.office.doubted_day(), None);
}
