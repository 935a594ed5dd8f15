//! Goal: what an officer compared stays compared until it changes, a file is found by what somebody remembers of its number,
//! and a scan is opened only with its application and never unseen.

mod district_world;

use axum::body::Body as HttpBody;
use axum::http::Request;
use district_world::{Counter, Engine, OFFICE, PASSPHRASE, World, raw, sha256, shared};
use jukung_district::desk::Wanted;
use jukung_district::verify::Tick;
use jukung_domain::application::Attachment;
use jukung_domain::event::{Body, Edited};
use std::collections::BTreeSet;

const SCAN: &[u8] = b"\xff\xd8\xff a scan of a torn card";
const BETTER: &[u8] = b"\xff\xd8\xff the same card, straight";

fn tick(path: &str, value: &str, agrees: bool) -> Tick {
    Tick { path: path.into(), value: value.into(), agrees }
}

fn get(path: &str, cookie: &str) -> Request<HttpBody> {
    Request::get(path).header("cookie", cookie).body(HttpBody::empty()).expect("request")
}

/// The cookie of a new officer's session.
fn signed_in(world: &World, name: &str) -> String {
    world.district.set_officer(name, PASSPHRASE).expect("officer");
    format!("jukung_officer={}", world.district.sign_in(name, PASSPHRASE).expect("session"))
}

/// Sends `events`, then every scan of `bytes` that the district wants.
fn delivered(world: &World, counter: &mut Counter, events: &[String], bytes: &[&'static [u8]]) {
    counter.sync(world, events);
    let offered: Vec<String> = bytes.iter().map(|b| format!("{}:{}", sha256(b), b.len())).collect();
    let (answer, _) = counter.send(world, &[], &offered).expect("offered");
    for scan in bytes.iter().filter(|b| answer.want.contains(&sha256(b))) {
        let call = Request::put(format!("/v1/blobs/{}", sha256(scan)));
        let call = call.header("authorization", format!("Bearer {}", answer.token)).body(HttpBody::from(*scan));
        assert_eq!(world.http(call.expect("request")).0, 201);
    }
}

both_engines! {
    fn what_was_compared_is_there_for_the_next_officer_until_it_is_corrected(world: &World) {
        let mut counter = Counter::enrol(world, OFFICE, 1);
        let (create, id) = counter.create(1, "Halimah Contoh", None);
        counter.sync(world, &[create]);
        world.district.decide(&id, "Sari", &Body::Taken).expect("taken");
        world.district.tick(&id, "Sari", &tick("applicant.name", "Halimah Contoh", true)).expect("ticked");
        world.district.tick(&id, "Sari", &tick("applicant.nik", "6305044107489901", true)).expect("ticked");
        world.district.tick(&id, "Budi", &tick("applicant.nik", "6305044107489901", false)).expect("taken back");
        let ticked = |world: &World| {
            let answers = world.district.detail(&id).expect("here").answers;
            answers.into_iter().filter(|a| !a.ticked.is_empty()).map(|a| (a.path, a.ticked)).collect::<Vec<_>>()
        };
        assert_eq!(ticked(world), [("applicant.name".to_owned(), "Sari".to_owned())]);
        let stale = tick("applicant.name", "Halimah", true);
        assert_eq!(world.district.tick(&id, "Budi", &stale).expect_err("another answer").code, "answer_changed");
        let nothing = tick("applicant.shoe", "", true);
        assert_eq!(world.district.tick(&id, "Budi", &nothing).expect_err("no answer").code, "not_found");
        let returned = jukung_domain::event::Returned { reason: "incomplete".into(), target: "applicant.name".into(), note: "Mohon lengkapi.".into() };
        world.district.decide(&id, "Sari", &Body::Returned(returned)).expect("returned");
        let edit = Edited { f: [("applicant.name".to_owned(), "Hj. Halimah Contoh".to_owned())].into(), ..Edited::default() };
        counter.sync(world, &[raw(&id, None, &Body::Edit(edit)), raw(&id, None, &Body::Resubmit)]);
        assert_eq!(ticked(world), [], "the answer reads otherwise now");
        for body in [Body::Taken, Body::Approved] {
            world.district.decide(&id, "Budi", &body).expect("allowed");
        }
        let late = tick("applicant.name", "Hj. Halimah Contoh", true);
        assert_eq!(world.district.tick(&id, "Budi", &late).expect_err("decided").code, "not_allowed");
    }

    fn a_part_of_a_number_and_the_beginning_of_a_nik_find_the_file(world: &World) {
        let mut counter = Counter::enrol(world, OFFICE, 1);
        let (create, id) = counter.create(417, "Halimah Contoh", None);
        counter.sync(world, &[create]);
        let number = world.district.detail(&id).expect("here").row.number;
        let found = |text: &str| {
            let rows = world.district.list(&Wanted { text: text.into(), ..Wanted::default() }).expect("list").rows;
            rows.into_iter().map(|r| r.id).collect::<Vec<_>>()
        };
        let code = &number[..3];
        for text in [number.clone(), number.to_lowercase(), number.replace('-', " "), "417".into(), "o4I7".into(), format!("{code}0")] {
            assert_eq!(found(&text), std::slice::from_ref(&id), "{text}");
        }
        assert_eq!(found("63050441"), std::slice::from_ref(&id), "the beginning of the NIK");
        for text in ["41", "418", "630504417", "%", "_", "63050"] {
            assert_eq!(found(text), Vec::<String>::new(), "{text}");
        }
    }

    fn every_word_of_a_name_narrows_the_search_and_a_common_name_is_counted_no_further_than_the_page(world: &World) {
        let mut counter = Counter::enrol(world, OFFICE, 1);
        let name = |n: i64| if n % 1_000 == 7 { "Halimah Zainab Contoh" } else { "Halimah Contoh" };
        let made: Vec<(String, String)> = (1..=2_200).map(|n| counter.create(n, name(n), None)).collect();
        for some in made.chunks(200) {
            counter.sync(world, &some.iter().map(|(raw, _)| raw.clone()).collect::<Vec<_>>());
        }
        world.district.decide(&made[0].1, "Sari", &Body::Taken).expect("taken");
        let found = |wanted: &Wanted| {
            let told = world.district.list(wanted).expect("list");
            (told.rows.into_iter().map(|row| row.id).collect::<Vec<_>>(), told.total, told.more)
        };
        let of = |text: &str| Wanted { text: text.into(), ..Wanted::default() };
        let ids = |from: usize, upto: usize| made[from..upto].iter().map(|(_, id)| id.clone()).collect::<Vec<_>>();
        assert_eq!(found(&of("halim")), (ids(0, 50), 50, true), "in the order of the queue");
        assert_eq!(found(&Wanted { page: 3, ..of("halimah contoh") }), (ids(150, 200), 200, true));
        assert_eq!(found(&Wanted { page: 43, ..of("halimah") }), (ids(2_150, 2_200), 2_200, false), "the last page");
        assert_eq!(found(&Wanted { status: "SUBMITTED".into(), ..of("halimah") }).0, ids(1, 51));
        let zainab = [made[6].1.clone(), made[1_006].1.clone(), made[2_006].1.clone()].to_vec();
        assert_eq!(found(&of("zai halimah")), (zainab.clone(), 3, false), "words in any order, by their beginnings");
        assert_eq!(found(&Wanted { subdistrict: OFFICE[..8].into(), ..of("halimah zainab") }).0, zainab);
        assert_eq!(found(&of("halimah rusmini")), (Vec::new(), 0, false));
        assert_eq!(found(&of("63050441")), (ids(0, 50), 50, true), "the beginning of a NIK that all have");
        assert_eq!(found(&of(&counter.number(2_199))).0, ids(2_198, 2_199));
        assert_eq!(found(&Wanted::default()), (ids(0, 50), 2_200, false));
    }

    fn a_scan_opens_only_with_its_application_and_the_opening_is_written_down(world: &World) {
        let (mut mine, mut theirs) = (Counter::enrol(world, OFFICE, 1), Counter::enrol(world, "63.05.04.1001", 2));
        let (with, id) = mine.create(1, "Halimah Contoh", Some(SCAN));
        let (without, other) = theirs.create(1, "Zainab Contoh", None);
        delivered(world, &mut mine, &[with], &[SCAN]);
        theirs.sync(world, &[without]);
        let cookie = signed_in(world, "Sari");
        let road = |id: &str| format!("/officer/api/applications/{id}/scans/{}", sha256(SCAN));
        assert_eq!(world.http(get(&road(&id), "jukung_officer=guessed")).0, 401);
        assert_eq!(world.http(get(&road(&other), &cookie)).0, 404, "of another application");
        assert_eq!(world.http(get(&format!("/officer/api/applications/{id}/scans/..%2fdistrict.key"), &cookie)).0, 404);
        assert_eq!(world.http(get(&format!("/officer/api/applications/{id}"), &cookie)).0, 200);
        let (status, _, body) = world.http(get(&road(&id), &cookie));
        assert_eq!((status, body.as_slice()), (200, SCAN));
        let number = world.district.detail(&id).expect("here").row.number;
        let openings = world.district.openings(&number.to_lowercase()).expect("openings");
        let told: Vec<(&str, &str)> = openings.iter().map(|o| (o.officer.as_str(), o.scan.as_str())).collect();
        assert_eq!(told, [("Sari", ""), ("Sari", sha256(SCAN).as_str())]);
    }

    fn a_paper_replaced_before_it_arrived_is_not_waited_for(world: &World) {
        let mut counter = Counter::enrol(world, OFFICE, 1);
        let (first, id) = counter.create(1, "Halimah Contoh", Some(SCAN));
        counter.sync(world, &[first]);
        let better = Attachment {
            requirement: "ktp_damaged".into(),
            substitute: None,
            sha256: sha256(BETTER),
            bytes: u32::try_from(BETTER.len()).expect("small"),
            media: "image/jpeg".into(),
            asked: None,
            legible: None,
            original: None,
        };
        let waited = |world: &World| {
            let rows = world.district.db.read(|tx| tx.query("SELECT sha256 FROM blob WHERE state = 'wanted'", &[]));
            rows.expect("read").iter().map(|r| r.text(0).expect("text")).collect::<BTreeSet<_>>()
        };
        assert_eq!(waited(world), BTreeSet::from([sha256(SCAN)]));
        delivered(world, &mut counter, &[raw(&id, None, &Body::Attach(better.clone()))], &[BETTER]);
        assert_eq!(waited(world), BTreeSet::new());
        let (second, _) = counter.create(2, "Zainab Contoh", Some(SCAN));
        let (third, replaced) = counter.create(3, "Ahmad Contoh", Some(SCAN));
        counter.sync(world, &[second, third]);
        counter.sync(world, &[raw(&replaced, None, &Body::Attach(better))]);
        assert_eq!(waited(world), BTreeSet::from([sha256(SCAN)]), "another application still names it");
    }
}

#[test]
fn every_reason_the_page_offers_has_its_name_and_its_sentence() {
    let script = include_str!("../../district/pages/decide.js");
    let why = script.split_once("const WHY = {").and_then(|(_, rest)| rest.split_once('}')).expect("the reasons").0;
    let reasons: Vec<&str> = why.split(',').filter_map(|r| r.split(':').next()).map(str::trim).collect();
    assert!(reasons.contains(&"incomplete") && reasons.len() >= 7, "{reasons:?}");
    for reason in reasons {
        for key in [format!("why.{reason}"), format!("say.{reason}")] {
            assert!(jukung_domain::texts::has(&key), "{key}");
        }
    }
}
