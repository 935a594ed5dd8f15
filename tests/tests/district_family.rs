//! Goal: a family sees where its application stands with the number and a second fact, and nobody learns anything else:
//! not whether a number exists, no NIK, no name; on both engines.

mod district_world;

use axum::body::Body as HttpBody;
use axum::http::Request;
use district_world::{Counter, Engine, OFFICE, World, shared};
use jukung_district::family::status::{NotSeen, Proof, Seen, read_link};
use jukung_domain::event::{Body, Delivered, Issued, Place, Reason, Returned, Shipped};
use jukung_domain::status::Status;
use jukung_domain::two_words;
use jukung_domain::wire::DistrictSettings;

const NIK: &str = "6305044107489901";
/// 24 November 2026, 10.00 in WITA: the day after it was handed in.
const NOW: i64 = 1_795_485_600_000;
const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;

fn typed(text: &str) -> Proof {
    Proof::Typed(text.into())
}

fn see(world: &World, number: &str, fact: &str, address: &str, now: i64) -> Result<Seen, NotSeen> {
    world.district.seen(number, &typed(fact), address, now)
}

/// One application at the Dinas: its id and its number.
fn handed_in(world: &World) -> (Counter, String, String) {
    let mut counter = Counter::enrol(world, OFFICE, 1);
    let (create, id) = counter.create(1, "Halimah Contoh", None);
    counter.sync(world, &[create]);
    let number = jukung_domain::number::Number::new(&counter.card.code, 1).expect("number").to_string();
    (counter, id, number)
}

fn ask(world: &World, number: &str, fact: &str) -> (u16, String) {
    let body = format!("number={number}&fact={fact}");
    let request = Request::post("/cek").header("content-type", "application/x-www-form-urlencoded");
    let request = request.header("host", "dukcapil.contoh").body(HttpBody::from(body)).expect("request");
    let (status, _, body) = world.http(request);
    (status, String::from_utf8(body).expect("text"))
}

fn open(world: &World, path: &str) -> (u16, String) {
    let (status, _, body) = world.http(Request::get(path).body(HttpBody::empty()).expect("request"));
    (status, String::from_utf8(body).expect("text"))
}

/// No long number and no name in whatever a family is shown.
fn tells_nothing_more(page: &str) {
    let plain: String = page.split(['<', '>']).collect::<String>().replace([' ', '.', '-'], "");
    assert!(!plain.contains(NIK) && !plain.contains("Halimah") && !plain.contains("Contoh"), "{page}");
    assert!(!page.contains("<script") && !page.contains("style=") && page.len() < 60 * 1024);
}

both_engines! {
    fn every_status_is_told_without_a_nik_or_a_name(world: &World) {
        let (_, id, number) = handed_in(world);
        let note = format!("KTP {NIK} tidak terbaca.");
        let back = Returned { reason: "unreadable".into(), target: "requirement.ktp_damaged".into(), note };
        let road = [
            (None, "Sudah diterima Dinas", "Paling lambat"),
            (Some(Body::Taken), "Sedang diperiksa", "Kamis, 26 November 2026"),
            (Some(Body::Returned(back)), "Ada yang perlu diperbaiki", "KTP-el yang rusak dan kertas bukti"),
        ];
        for (body, head, more) in road {
            if let Some(body) = body {
                world.district.decide(&id, "Sari", &body).expect("decided");
            }
            let (status, page) = ask(world, &number, "1948");
            assert_eq!(status, 200, "{page}");
            assert!(page.contains(head) && page.contains(more) && page.contains("H••• C•••"), "{page}");
            tells_nothing_more(&page);
        }
    }

    fn the_document_is_followed_into_the_hands(world: &World) {
        let (_, id, number) = handed_in(world);
        let shipped = Shipped { carrier: "PT Pos".into(), tracking: "P2608123456789".into() };
        let got = Delivered { recipient: "Rizal Contoh".into(), relation: "cucu".into(), ..Delivered::default() };
        for body in [Body::Taken, Body::Approved, Body::Issued(Issued::default())] {
            world.district.decide(&id, "Sari", &body).expect("decided");
        }
        for (body, told) in [
            (Body::Shipped(shipped), "P2608123456789"),
            (Body::Ready(Place { place: "Kelurahan Rantau Kiwa".into() }), "Kelurahan Rantau Kiwa"),
            (Body::Delivered(got), "Dokumen sudah diserahkan"),
        ] {
            world.district.decide(&id, "Sari", &body).expect("decided");
            let (status, page) = ask(world, &number, "1948");
            assert!(status == 200 && page.contains(told), "{page}");
            tells_nothing_more(&page);
        }
    }

    fn a_refusal_is_told_with_its_reason(world: &World) {
        let (_, id, number) = handed_in(world);
        world.district.decide(&id, "Sari", &Body::Taken).expect("taken");
        let reason = Reason { reason: "Bukan warga kabupaten ini".into() };
        world.district.decide(&id, "Sari", &Body::Refused(reason)).expect("refused");
        let (_, page) = ask(world, &number, "1948");
        assert!(page.contains("Bukan warga kabupaten ini"), "{page}");
    }

    fn not_found_and_a_wrong_year_and_not_arrived_look_the_same(world: &World) {
        let (counter, _, number) = handed_in(world);
        let not_arrived = jukung_domain::number::Number::new(&counter.card.code, 2).expect("number").to_string();
        let (wrong_status, wrong) = ask(world, &number, "1949");
        let (none_status, none) = ask(world, &not_arrived, "1948");
        assert_eq!((wrong_status, none_status), (404, 404));
        assert_eq!(wrong.replace(&number, "N"), none.replace(&not_arrived, "N"));
        assert!(wrong.contains("Nomor ini belum ada di Dinas, atau tahun lahirnya tidak cocok."));
        let link = |number: &str| format!("/cek/{number}.99999.AAAAAAAAAAAAAAAAAAAAAA");
        assert_eq!(open(world, &link(&number)), open(world, &link(&not_arrived)));
        assert_eq!(open(world, &link(&number)), open(world, "/cek/tidak-ada"));
    }

    fn ten_wrong_facts_close_a_number_for_a_day_and_no_longer(world: &World) {
        let (_, _, number) = handed_in(world);
        let link = see(world, &number, "1948", "a", NOW).expect("seen").link.0;
        for n in 0..10 {
            assert_eq!(see(world, &number, &format!("19{n:02}"), &format!("guesser {n}"), NOW + n), Err(NotSeen::Unknown));
        }
        let closed = see(world, &number, "1948", "family", NOW + HOUR);
        assert_eq!(closed, Err(NotSeen::TooOften(23 * 60 + 1)), "the right year too: nobody learns which it is");
        let (same, proof) = read_link(&link).expect("a link");
        assert!(world.district.seen(&same, &proof, "family", NOW + HOUR).is_ok(), "the family's link opens all the same");
        assert!(see(world, &number, "1948", "family", NOW + DAY + 1_000).is_ok(), "the next day");
    }

    fn looks_with_the_right_fact_never_close_a_number(world: &World) {
        let (_, _, number) = handed_in(world);
        for n in 0..40 {
            assert!(see(world, &number, "1948", &format!("phone {n}"), NOW + n).is_ok());
        }
    }

    fn one_address_looks_at_most_120_times_in_ten_minutes(world: &World) {
        let (_, _, number) = handed_in(world);
        for n in 0..120 {
            assert!(see(world, &number, "1948", "machine", NOW + n).is_ok());
        }
        assert_eq!(see(world, &number, "1948", "machine", NOW + 120), Err(NotSeen::TooOften(10)));
        assert!(see(world, &number, "1948", "another", NOW + 120).is_ok());
        assert!(see(world, &number, "1948", "machine", NOW + 10 * 60_000).is_ok());
    }

    fn the_two_words_open_it_and_those_of_another_do_not(world: &World) {
        let (_, id, number) = handed_in(world);
        let [first, second] = two_words::of(id.parse().expect("id"));
        assert!(see(world, &number, &format!("{} {second}", first.to_uppercase()), "a", NOW).is_ok());
        assert_eq!(see(world, &number, &format!("{second} {second}"), "a", NOW), Err(NotSeen::Unknown));
    }

    fn a_link_dies_after_half_a_year_and_cannot_be_prolonged(world: &World) {
        let (_, _, number) = handed_in(world);
        let seen = see(world, &number, "1948", "a", NOW).expect("seen");
        let (same, proof) = read_link(&seen.link.0).expect("a link");
        assert_eq!(same, number);
        assert!(world.district.seen(&same, &proof, "a", NOW + 179 * DAY).is_ok());
        assert_eq!(world.district.seen(&same, &proof, "a", NOW + 181 * DAY), Err(NotSeen::Unknown));
        let Proof::Link { until, proof } = proof else { panic!("a link") };
        let longer = Proof::Link { until: until + 100, proof };
        assert_eq!(world.district.seen(&same, &longer, "a", NOW + 181 * DAY), Err(NotSeen::Unknown));
    }

    fn a_day_that_passed_is_told_as_late(world: &World) {
        let (_, _, number) = handed_in(world);
        let seen = see(world, &number, "1948", "a", NOW).expect("seen");
        assert_eq!((seen.status, seen.late, seen.promised), (Status::Submitted, false, Some("2026-11-26".parse().expect("a day"))));
        let holidays = vec!["2026-11-25".to_owned()];
        world.district.set_settings(&DistrictSettings { holidays, ..DistrictSettings::default() }).expect("settings");
        let later = see(world, &number, "1948", "a", NOW + 3 * DAY).expect("seen");
        assert_eq!((later.late, later.promised), (false, Some("2026-11-27".parse().expect("a day"))));
        assert!(see(world, &number, "1948", "a", NOW + 4 * DAY).expect("seen").late);
    }
}

#[test]
fn the_pages_take_what_is_typed_as_text() {
    let world = World::open(Engine::Sqlite, shared()).expect("SQLite");
    let (status, page) = ask(&world, "%22%3E%3Cscript%3E", "x");
    assert_eq!(status, 400);
    assert!(page.contains("&quot;&gt;&lt;script&gt;") && !page.contains("<script"), "{page}");
    let long = Request::post("/cek").header("content-type", "application/x-www-form-urlencoded");
    let long = long.body(HttpBody::from("number=".to_owned() + &"A".repeat(5_000))).expect("request");
    assert_eq!(world.http(long).0, 413);
}
