//! Goal: nothing at the Dinas goes by itself; what two officers had destroyed is gone for good, everywhere, and only that; the
//! same on both engines.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails right here")]

mod district_world;

use axum::body::Body as HttpBody;
use axum::http::Request;
use district_world::{Counter, Engine, OFFICE, PASSPHRASE, World, sha256, shared};
use jukung_district::District;
use jukung_district::duty::{Asked, Ended};
use jukung_district::retention::{Change, Class, Record};
use jukung_domain::event::{Body, Reason};
use jukung_ledger::params;
use jukung_ledger::tx::first;
use serde_json::{Value, json};
use std::path::Path;

const SCAN: &[u8] = b"a scan of a card";
const OTHER: &[u8] = b"a scan of another card";
const BASIS: &str = "Perbup Contoh 12/2026";

fn rule(world: &World, days: &[(Class, i64)]) {
    let seen = world.district.retention().expect("the rules").seen;
    let days = days.iter().map(|(class, days)| (class.code().to_owned(), *days)).collect();
    world.district.change_retention("Kepala", &Change { basis: BASIS.into(), days, seen }).expect("set");
}

/// An application with this scan, which has arrived.
fn handed_in(world: &World, counter: &mut Counter, n: i64, scan: &[u8]) -> String {
    let (create, id) = counter.create(n, "Halimah Contoh", Some(scan));
    counter.sync(world, &[create]);
    let mut arriving = world.district.begin_scan(&sha256(scan), OFFICE).expect("wanted");
    arriving.take(scan).expect("taken");
    world.district.finish_scan(arriving).expect("here");
    id
}

fn refused(world: &World, id: &str) {
    for body in [Body::Taken, Body::Refused(Reason { reason: "Bukan warga sini.".into() })] {
        world.district.decide(id, "Sari", &body).expect("decided");
    }
}

/// As if nothing had happened to it for years.
fn long_ago(world: &World, id: &str) {
    world
        .district
        .db
        .write(|tx| tx.execute("UPDATE app SET changed = 1 WHERE id = $1", params![id]))
        .expect("set back");
}

fn closed(world: &World, counter: &mut Counter, n: i64, scan: &[u8]) -> String {
    let id = handed_in(world, counter, n, scan);
    refused(world, &id);
    long_ago(world, &id);
    id
}

fn propose(world: &World, officer: &str, class: Class) -> Result<Record, String> {
    world.district.propose_destruction(officer, class).map_err(|p| p.code)?;
    Ok(world.district.retention().expect("here").records.remove(0))
}

fn agree(world: &World, officer: &str, record: &Record) -> Result<(), String> {
    world.district.agree_destruction(officer, &record.id).map_err(|p| p.code)
}

fn destroyed(world: &World, class: Class) -> Record {
    let one = propose(world, "Sari", class).expect("due");
    agree(world, "Budi", &one).expect("agreed");
    world.district.retention().expect("here").records.remove(0)
}

fn holds(world: &World, scan: &[u8]) -> bool {
    world.district.scan_path(&sha256(scan)).exists()
}

fn count(world: &World, table: &str) -> i64 {
    let row = world.district.db.read(|tx| first(tx, &format!("SELECT count(*) FROM {table}"), &[])).expect("read");
    row.expect("a row").int(0).expect("a count")
}

fn ask(world: &World, cookie: &str, method: &str, path: &str, body: &Value) -> (u16, Vec<u8>) {
    let request = Request::builder().method(method).uri(format!("/officer/api{path}"));
    let request = request.header("content-type", "application/json").header("cookie", cookie);
    let (status, _, body) = world.http(request.body(HttpBody::from(body.to_string())).expect("request"));
    (status, body)
}

fn session(world: &World, name: &str, role: &str) -> String {
    world.district.set_officer(name, PASSPHRASE).expect("officer");
    world.district.set_roles(name, &[role.to_owned()]).expect("role");
    format!("jukung_officer={}", world.district.sign_in(name, PASSPHRASE).expect("session"))
}

both_engines! {
    fn nothing_goes_without_days_a_regulation_and_a_second_officer(world: &World) {
        let mut counter = Counter::enrol(world, OFFICE, 1);
        closed(world, &mut counter, 1, SCAN);
        assert_eq!(propose(world, "Sari", Class::Scans).unwrap_err(), "retention_kept", "papers are kept for good");
        assert_eq!(propose(world, "Sari", Class::Openings).unwrap_err(), "retention_basis");
        rule(world, &[(Class::Scans, 365)]);
        assert_eq!(propose(world, "Sari", Class::Messages).unwrap_err(), "retention_none");
        let one = propose(world, "Sari", Class::Scans).expect("due");
        assert_eq!((one.number.as_str(), one.state.as_str()), ("BA-2026-001", "proposed"));
        assert_eq!(propose(world, "Budi", Class::Scans).unwrap_err(), "retention_waits");
        assert_eq!(agree(world, "Sari", &one).unwrap_err(), "retention_own");
        assert!(holds(world, SCAN), "nobody else has said yes");
        world.district.drop_destruction("Budi", &one.id).expect("no");
        assert_eq!(agree(world, "Budi", &one).unwrap_err(), "settled_already");
        assert!(holds(world, SCAN));
        let wrong = |days| {
            let seen = world.district.retention().expect("here").seen;
            let change = Change { basis: BASIS.into(), days: [("scans".to_owned(), days)].into(), seen };
            world.district.change_retention("Kepala", &change).unwrap_err().code
        };
        assert_eq!([wrong(1), wrong(-3), wrong(40_000)], ["retention_days", "retention_days", "retention_days"]);
    }

    fn scans_of_what_is_over_go_and_everything_written_stays(world: &World) {
        let mut counter = Counter::enrol(world, OFFICE, 1);
        let (over, open) = (closed(world, &mut counter, 1, SCAN), handed_in(world, &mut counter, 2, OTHER));
        let fresh = handed_in(world, &mut counter, 3, b"refused yesterday");
        refused(world, &fresh);
        long_ago(world, &open);
        rule(world, &[(Class::Scans, 365)]);
        let record = destroyed(world, Class::Scans);
        assert_eq!((record.state.as_str(), record.much.as_str()), ("done", "1 berkas gambar atau PDF, 1 MB"));
        assert_eq!((holds(world, SCAN), holds(world, OTHER), holds(world, b"refused yesterday")), (false, true, true));
        let detail = world.district.detail(&over).expect("its story");
        assert_eq!(detail.row.status, "REJECTED");
        assert!(detail.answers.iter().any(|a| a.value == "Halimah Contoh"));
        let scan = &detail.scans[0];
        assert!(!scan.held && scan.gone.contains("BA-2026-001"), "{}", scan.gone);
        assert_eq!(world.district.open_scan(&over, "Sari", &sha256(SCAN)).unwrap_err().code, "not_found");
        // The counter has nothing to send again, and cannot bring it back.
        let offer = [format!("{}:{}", sha256(SCAN), SCAN.len())];
        let answer = counter.send(world, &[], &offer).expect("an answer").0;
        assert_eq!((answer.want.len(), answer.have.len()), (0, 1));
        assert_eq!(propose(world, "Sari", Class::Scans).unwrap_err(), "retention_none");
    }

    fn a_scan_that_another_application_needs_stays_and_one_that_is_needed_again_is_asked_for(world: &World) {
        let mut counter = Counter::enrol(world, OFFICE, 1);
        closed(world, &mut counter, 1, SCAN);
        let (create, open) = counter.create(2, "Halimah Contoh", Some(SCAN));
        counter.sync(world, &[create]);
        rule(world, &[(Class::Scans, 365)]);
        assert_eq!(propose(world, "Sari", Class::Scans).unwrap_err(), "retention_none", "it lies with the other one, too");
        refused(world, &open);
        long_ago(world, &open);
        destroyed(world, Class::Scans);
        assert!(!holds(world, SCAN));
        let (create, again) = counter.create(3, "Halimah Contoh", Some(SCAN));
        counter.sync(world, &[create]);
        let offer = [format!("{}:{}", sha256(SCAN), SCAN.len())];
        assert_eq!(counter.send(world, &[], &offer).expect("an answer").0.want, [sha256(SCAN)]);
        let scan = world.district.detail(&again).expect("here").scans.remove(0);
        assert_eq!((scan.held, scan.gone.as_str()), (false, ""));
    }

    fn what_a_resident_asked_about_or_had_held_back_stays(world: &World) {
        let mut counter = Counter::enrol(world, OFFICE, 1);
        let id = closed(world, &mut counter, 1, SCAN);
        rule(world, &[(Class::Scans, 365)]);
        let asked = Asked { kind: "access".into(), about: "6305044107489901".into() };
        let duty = world.district.add_duty("Sari", &asked).expect("asked").remove(0);
        assert_eq!(propose(world, "Sari", Class::Scans).unwrap_err(), "retention_none");
        world.district.end_duty("Sari", &duty.id, &Ended { note: "given".into(), about: String::new() }).expect("answered");
        world.district.hold(&id, "Kepala", "Diminta pemohon").expect("held back");
        long_ago(world, &id);
        assert_eq!(propose(world, "Sari", Class::Scans).unwrap_err(), "retention_none", "nor what is held back");
        world.district.decide(&id, "Kepala", &Body::Resumed(Reason { reason: "Selesai".into() })).expect("goes on");
        long_ago(world, &id);
        assert!(propose(world, "Sari", Class::Scans).is_ok());
    }

    fn a_list_that_is_not_what_was_proposed_is_not_carried_out(world: &World) {
        let mut counter = Counter::enrol(world, OFFICE, 1);
        let id = closed(world, &mut counter, 1, SCAN);
        rule(world, &[(Class::Scans, 365)]);
        let one = propose(world, "Sari", Class::Scans).expect("due");
        let asked = Asked { kind: "hold".into(), about: world.district.detail(&id).expect("here").row.number };
        world.district.add_duty("Sari", &asked).expect("asked");
        assert_eq!(agree(world, "Budi", &one).unwrap_err(), "retention_changed");
        assert!(holds(world, SCAN));
    }

    fn rows_go_by_their_age_and_younger_ones_stay(world: &World) {
        let mut counter = Counter::enrol(world, OFFICE, 1);
        let id = handed_in(world, &mut counter, 1, SCAN);
        world.district.note_opening(&id, "Sari", "").expect("opened");
        world.district.db.write(|tx| tx.batch("INSERT INTO opened (at, officer, app, scan) VALUES (1, 'Sari', 'x', '');
            INSERT INTO revealed (at, officer, app, class, purpose, what) VALUES (1, 'Sari', 'x', 'number', 'siak', '');
            INSERT INTO heard (name, sender, at, body) VALUES ('w1', '+628', 1, 'cek');
            INSERT INTO talk (sender, heard, waits, lost) VALUES ('+628', 1, 0, 0), ('+629', 1, 1, 0);
            INSERT INTO message (id, recipient, body, template, state, tries, next, name, why, made, changed, carrier)
              VALUES ('a', '+628', 'x', '[]', 'sent', 1, 0, '', '', 1, 1, 'whatsapp'), ('b', '+628', 'x', '[]', 'queued', 1, 0, '', '', 1, 1, 'whatsapp');
            INSERT INTO quarantine (id, device, raw, reason, at) VALUES ('q', 'd', 'x', 'x', 1)")).expect("old rows");
        rule(world, &[]);
        for class in [Class::Openings, Class::Messages, Class::Refused] {
            assert_eq!(destroyed(world, class).state, "done");
        }
        let left = ["opened", "revealed", "heard", "talk", "message", "quarantine"].map(|table| count(world, table));
        assert_eq!(left, [1, 0, 0, 1, 1, 0], "what waits and what is young stays");
    }

    fn the_record_and_its_list_say_what_went_to_those_who_may_see_it(world: &World) {
        let mut counter = Counter::enrol(world, OFFICE, 1);
        closed(world, &mut counter, 1, SCAN);
        let (sari, budi) = (session(world, "Sari", "head"), session(world, "Budi", "admin"));
        let now: Value = serde_json::from_slice(&ask(world, &sari, "GET", "/retention", &json!(null)).1).unwrap();
        let change = json!({"basis": BASIS, "days": {"scans": 365}, "seen": now["seen"]});
        assert_eq!(ask(world, &sari, "POST", "/retention", &change).0, 200);
        let (status, body) = ask(world, &sari, "POST", "/retention/propose", &json!({"class": "scans"}));
        assert_eq!(status, 200);
        let id = serde_json::from_slice::<Value>(&body).unwrap()["records"][0]["id"].as_str().unwrap().to_owned();
        assert_eq!(ask(world, &sari, "GET", &format!("/retention/{id}/record.pdf"), &json!(null)).0, 404, "nothing is done yet");
        assert_eq!(ask(world, &sari, "POST", &format!("/retention/{id}/agree"), &json!(null)).0, 409);
        let verifier = session(world, "Rina", "verifier");
        assert_eq!(ask(world, &verifier, "POST", &format!("/retention/{id}/agree"), &json!(null)).0, 403);
        assert_eq!(ask(world, &budi, "POST", &format!("/retention/{id}/agree"), &json!(null)).0, 200);
        let (status, pdf) = ask(world, &budi, "GET", &format!("/retention/{id}/record.pdf"), &json!(null));
        assert!(status == 200 && pdf.starts_with(b"%PDF"), "{status}");
        if let Some(folder) = std::env::var_os("JUKUNG_PAPERS") {
            std::fs::write(Path::new(&folder).join("berita-acara.pdf"), &pdf).expect("kept");
        }
        let (_, list) = ask(world, &budi, "GET", &format!("/retention/{id}/list.csv"), &json!(null));
        assert_eq!(sha256(&list), world.district.retention().unwrap().records[0].list, "the record names this very list");
        assert_eq!(String::from_utf8(list).unwrap(), format!("{},{OFFICE},{}\r\n", sha256(SCAN), counter.number(1)));
        let (status, register) = ask(world, &budi, "GET", "/register", &json!(null));
        let register: Value = serde_json::from_slice(&register).unwrap();
        assert_eq!((status, &register[1]["kept"], &register[0]["count"]), (200, &json!("365 hari"), &json!("1 berkas")));
        // Whoever sees a part of the district destroys nothing and reads no list of the whole.
        let part = session(world, "Jauh", "head");
        world.district.set_areas("Jauh", &["63.05.05".into()]).expect("area");
        assert_eq!(ask(world, &part, "POST", "/retention/propose", &json!({"class": "scans"})).0, 403);
        assert_eq!(ask(world, &part, "GET", &format!("/retention/{id}/list.csv"), &json!(null)).0, 404);
        let seen: Value = serde_json::from_slice(&ask(world, &part, "GET", "/retention", &json!(null)).1).unwrap();
        assert_eq!(seen["records"], json!([]));
    }
}

/// A district with one destruction that was carried out, as an older backup or a cut leaves it: the row says otherwise, and the
/// file lies there again.
fn set_back(change: &str) -> (World, Record) {
    let world = World::open(Engine::Sqlite, shared()).expect("SQLite is always here");
    let mut counter = Counter::enrol(&world, OFFICE, 1);
    closed(&world, &mut counter, 1, SCAN);
    rule(&world, &[(Class::Scans, 365)]);
    let record = destroyed(&world, Class::Scans);
    std::fs::write(world.district.scan_path(&sha256(SCAN)), SCAN).expect("there again");
    let older = "UPDATE blob SET state = 'held', key = ''";
    world.district.db.write(|tx| tx.batch(&format!("{older}; {change}"))).expect("set back");
    (world, record)
}

#[test]
fn what_was_cut_off_goes_on_at_the_next_start_and_a_restored_district_destroys_again() {
    let set_back_by_another = "UPDATE destruction SET state = 'proposed', agreed = 0, agreed_by = '', done = 0";
    for change in ["UPDATE destruction SET state = 'agreed', done = 0", "DELETE FROM destruction", set_back_by_another]
    {
        let (world, record) = set_back(change);
        let again = District::open(world.folder.path(), None, shared()).expect("opens");
        let now = again.retention().expect("here").records.remove(0);
        assert_eq!((now.number, now.state.as_str(), now.list), (record.number, "done", record.list));
        assert_eq!((now.by, now.second), (record.by, record.second), "and who said so");
        assert!(!again.scan_path(&sha256(SCAN)).exists());
    }
}

#[test]
fn what_was_agreed_to_and_cut_off_before_its_list_lay_there_is_proposed_anew() {
    let (world, record) = set_back("UPDATE destruction SET state = 'agreed', done = 0");
    std::fs::remove_dir_all(world.folder.path().join("destroyed")).expect("no list");
    let again = District::open(world.folder.path(), None, shared()).expect("opens");
    assert_eq!(again.retention().expect("here").records[0].state, "proposed");
    assert!(again.scan_path(&sha256(SCAN)).exists(), "nothing had gone");
    again.agree_destruction("Budi", &record.id).expect("agreed again");
    assert!(!again.scan_path(&sha256(SCAN)).exists());
}

#[test]
fn the_backup_follows_and_what_is_destroyed_makes_nothing_unsafe() {
    let world = World::open(Engine::Sqlite, shared()).expect("SQLite is always here");
    let mut counter = Counter::enrol(&world, OFFICE, 1);
    closed(&world, &mut counter, 1, SCAN);
    handed_in(&world, &mut counter, 2, OTHER);
    let to = world.folder.path().join("backup");
    let before = world.district.back_up(&to).expect("a backup");
    let there = |scan: &[u8]| to.join("scans").join(&sha256(scan)[..2]).join(sha256(scan)).exists();
    assert_eq!((there(SCAN), there(OTHER), before.safe), (true, true, before.events));
    rule(&world, &[(Class::Scans, 365)]);
    destroyed(&world, Class::Scans);
    let after = world.district.back_up(&to).expect("a backup");
    assert_eq!((there(SCAN), there(OTHER), after.broken), (false, true, 0));
    assert_eq!(after.safe, after.events, "every event counts as safe without the scan");
}
