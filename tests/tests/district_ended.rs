//! Goal: an ended computer's work is not lost, and a lost computer learns nothing and changes nothing by itself.

mod district_world;

use axum::body::Body as HttpBody;
use axum::http::Request;
use district_world::{Counter, Engine, OFFICE, World, raw, shared};
use jukung_district::desk::Wanted;
use jukung_district::ended::{End, Ruled};
use jukung_domain::event::{Body, Edited};

fn applications(world: &World) -> i64 {
    world.district.list(&Wanted::default()).expect("list").total
}

fn edit(id: &str, base: Option<String>, name: &str) -> String {
    let mut edit = Edited::default();
    edit.f.insert("applicant.name".into(), name.into());
    raw(id, base, &Body::Edit(edit))
}

both_engines! {
    fn what_a_lost_computer_sends_waits_apart_and_it_learns_nothing(world: &World) {
        let mut counter = Counter::enrol(world, OFFICE, 1);
        let (first, _) = counter.create(1, "Halimah Contoh", None);
        let (told, _) = counter.sync(world, &[first]);
        world.district.end(&counter.card.code, End::Lost).expect("lost");
        let mut sibling = Counter::enrol(world, OFFICE, 2);
        let (theirs, _) = sibling.create(1, "Siti Contoh", None);
        sibling.sync(world, &[theirs]);
        let (second, _) = counter.create(2, "Aminah Contoh", None);
        for _ in 0..3 {
            let (answer, feed) = counter.send(world, std::slice::from_ref(&second), &[]).expect("an answer");
            assert_eq!(answer.ended.as_deref(), Some("lost"));
            assert_eq!((answer.apart[0].1, answer.ack.len(), feed.len()), (2, 0, 0), "kept, and not acknowledged");
            assert_eq!((answer.cur.clone(), answer.head), (told.cur.clone(), 0), "it does not learn how far its office is");
            assert_eq!((answer.token.as_str(), answer.settings.is_none(), answer.cert.is_none()), ("", true, true));
        }
        assert_eq!(applications(world), 2, "its old one and the sibling's");
        let apart = world.district.apart().expect("apart");
        assert_eq!(apart.len(), 1, "kept once, however often it comes");
        assert_eq!(apart[0].what, "Diajukan dari loket");
        assert!(apart[0].said.iter().any(|(_, value)| value == "Aminah Contoh"), "{:?}", apart[0]);
    }

    fn an_officer_takes_and_refuses_one_by_one_and_only_once(world: &World) {
        let counter = Counter::enrol(world, OFFICE, 1);
        let sibling = Counter::enrol(world, OFFICE, 2);
        world.district.end(&counter.card.device.to_string(), End::Lost).expect("lost");
        let (one, taken) = counter.create(1, "Halimah Contoh", None);
        let (two, refused) = counter.create(2, "Aminah Contoh", None);
        let base = district_world::head_of(&counter, 1, &one);
        counter.send(world, &[one, two, edit(&taken, Some(base), "Halimah Binti Contoh")], &[]).expect("an answer");
        let apart = world.district.apart().expect("apart");
        assert_eq!(apart.len(), 3);
        world.district.settle_apart(&apart[0].uid, Ruled::Taken, "Verifikator").expect("taken");
        world.district.settle_apart(&apart[1].uid, Ruled::Refused, "Verifikator").expect("refused");
        world.district.settle_apart(&apart[2].uid, Ruled::Taken, "Verifikator").expect("taken");
        let again = world.district.settle_apart(&apart[1].uid, Ruled::Taken, "Lain").expect_err("once");
        assert_eq!(again.code, "settled_already");
        assert!(world.district.apart().expect("apart").is_empty());
        let detail = world.district.detail(&taken).expect("here");
        assert!(detail.answers.iter().any(|a| a.value == "Halimah Binti Contoh"), "the change was taken too");
        assert_eq!(world.district.detail(&refused).expect_err("nowhere").code, "not_found");
        let (_, feed) = sibling.send(world, &[], &[]).expect("an answer");
        assert_eq!(feed.len(), 2, "the office is told what was taken");
        let (_, feed) = counter.send(world, &[], &[]).expect("an answer");
        assert!(feed.is_empty(), "the lost computer is not");
    }

    fn a_retired_computer_still_delivers_what_it_had_and_is_told(world: &World) {
        let mut counter = Counter::enrol(world, OFFICE, 1);
        world.district.end(&counter.card.code, End::Retired).expect("retired");
        let (create, id) = counter.create(1, "Halimah Contoh", None);
        let (answer, feed) = counter.sync(world, &[create]);
        assert_eq!((answer.ended.as_deref(), answer.ack[0].1, feed.len()), (Some("retired"), 1, 1));
        assert!(!answer.token.is_empty(), "its scans may come");
        assert_eq!(world.district.detail(&id).expect("here").row.status, "SUBMITTED");
        let asks = counter.call_with(&[], &[], &[], |head| head.cert = true);
        let answer = world.district.sync(&jukung_district::ingest::read(&asks).expect("call")).expect("answer");
        assert!(!String::from_utf8_lossy(&answer).contains("\"cert\""), "nobody vouches for it any more");
        assert_eq!(world.district.end(&counter.card.code, End::Retired).expect_err("twice").code, "ended_already");
        world.district.end(&counter.card.code, End::Lost).expect("it may still be lost");
        assert_eq!(world.district.end(&counter.card.code, End::Retired).expect_err("never back").code, "ended_already");
    }

    fn officers_end_computers_and_settle_over_the_page(world: &World) {
        world.district.set_officer("Verifikator", district_world::PASSPHRASE).expect("officer");
        let token = world.district.sign_in("Verifikator", district_world::PASSPHRASE).expect("token");
        let ask = |method: &str, path: &str| {
            let request = Request::builder().method(method).uri(format!("/officer/api{path}"));
            let request = request.header("cookie", format!("jukung_officer={token}"));
            let (status, _, body) = world.http(request.body(HttpBody::empty()).expect("request"));
            (status, serde_json::from_slice::<serde_json::Value>(&body).expect("JSON"))
        };
        let counter = Counter::enrol(world, OFFICE, 1);
        let (status, list) = ask("POST", &format!("/devices/{}/end/lost", counter.card.device));
        assert_eq!((status, list[0]["state"].as_str()), (200, Some("lost")));
        assert!(list[0]["ended_ms"].as_i64() > Some(0));
        counter.send(world, &[counter.create(1, "Halimah Contoh", None).0], &[]).expect("an answer");
        let (status, apart) = ask("GET", "/apart");
        assert_eq!((status, apart.as_array().map(Vec::len)), (200, Some(1)));
        let uid = apart[0]["uid"].as_str().expect("uid");
        assert_eq!(ask("POST", &format!("/apart/{uid}/burn")).0, 404);
        let (status, left) = ask("POST", &format!("/apart/{uid}/take"));
        assert_eq!((status, left.as_array().map(Vec::len)), (200, Some(0)));
        assert_eq!(ask("POST", &format!("/apart/{uid}/refuse")).0, 409);
        for path in ["/apart", "/devices/x/end/lost"] {
            let out = Request::builder().method(if path == "/apart" { "GET" } else { "POST" }).uri(format!("/officer/api{path}"));
            assert_eq!(world.http(out.body(HttpBody::empty()).expect("request")).0, 401, "nobody else");
        }
    }
}
