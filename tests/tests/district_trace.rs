//! Goal: the Dinas can say who saw a person's data, answers within 3 × 24 hours, and knows whose data a lost computer had;
//! asking is written down, and no NIK is stored for it (UU 27/2022).

mod district_world;

use axum::body::Body as HttpBody;
use axum::http::Request;
use district_world::{Counter, Engine, OFFICE, PASSPHRASE, World, shared};
use jukung_district::duty::{Asked, DUE_MS, Ended};
use serde_json::{Value, json};

const NIK: &str = "6305044107489901";

/// A world in which one application came from a counter and an officer opened it.
fn opened(world: &World) -> (Counter, String) {
    let mut counter = Counter::enrol(world, OFFICE, 1);
    let (raw, id) = counter.create(1, "Halimah Contoh", None);
    counter.sync(world, &[raw]);
    world.district.note_opening(&id, "Verifikator", "").expect("opened");
    world.district.note_opening(&id, "Verifikator", &"a".repeat(64)).expect("a scan opened");
    let number = jukung_domain::number::Number::new(&counter.card.code, 1).expect("number").to_string();
    (counter, number)
}

both_engines! {
    fn everybody_who_saw_or_changed_it_is_named_and_so_is_whoever_asks(world: &World) {
        let (counter, number) = opened(world);
        for about in [NIK, "6305 0441 0748 9901", number.as_str()] {
            let trace = world.district.trace("Auditor", about).expect("a trace");
            assert_eq!(trace.cases.len(), 1, "{about}");
            assert_eq!(trace.cases[0].number, number);
        }
        let seen = world.district.trace("Auditor", &number).expect("a trace").cases.remove(0).seen;
        let by = |who: &str, did: &str| seen.iter().filter(|s| s.who == who && s.did.contains(did)).count();
        assert_eq!((by("Rahmah", "Diajukan"), by("Verifikator", "berkas"), by("Verifikator", "pindaian")), (1, 1, 1));
        assert_eq!(by("Auditor", "jejak"), 4, "the three before, and this one");
        assert!(seen.iter().any(|s| s.place.contains(&counter.card.code)), "where it was taken in");
        assert!(world.district.trace("Auditor", "6305044107489902").expect("nobody").cases.is_empty());
        assert_eq!(world.district.trace("Auditor", "nobody").expect_err("neither").code, "number_length");
    }

    fn a_request_has_72_hours_and_ends_once(world: &World) {
        let (counter, number) = opened(world);
        let ask = |kind: &str, about: &str| world.district.add_duty("Auditor", &Asked { kind: kind.into(), about: about.into() });
        let open = ask("access", NIK).expect("written down").remove(0);
        assert_eq!((open.due - open.made, open.late), (DUE_MS, false));
        assert_eq!(ask("correction", &number).expect("written down").len(), 2);
        assert_eq!(ask("breach", &counter.card.code).expect("written down").len(), 3);
        assert_eq!(ask("breach", "ZZZ").expect_err("no such computer").code, "not_found");
        assert_eq!(ask("gossip", NIK).expect_err("no such duty").code, "setting_unknown");
        let end = |note: &str| world.district.end_duty("Auditor", &open.id, &Ended { note: note.into(), about: String::new() });
        assert_eq!(end("words of mine").expect_err("a code").code, "setting_unknown");
        let done = end("given").expect("done").into_iter().find(|d| d.id == open.id).expect("it");
        assert_eq!((done.done_by.as_str(), done.note.as_str(), done.done > 0), ("Auditor", "given", true));
        assert_eq!(end("given").expect_err("once").code, "settled_already");
        assert_eq!(world.district.subject(NIK).expect("a mark"), open.subject, "the same person has the same mark");
        let rows = world.district.db.read(|tx| tx.query("SELECT * FROM duty", &[])).expect("rows");
        assert!(!format!("{rows:?}").contains(NIK), "no NIK is stored");
    }

    fn whose_data_a_lost_computer_had_is_listed_and_written_down(world: &World) {
        let (counter, number) = opened(world);
        let mut sibling = Counter::enrol(world, OFFICE, 2);
        let (raw, other) = sibling.create(1, "Galuh Contoh", None);
        sibling.sync(world, &[raw]);
        let breach = world.district.breach("Pengelola", &counter.card.code).expect("a list");
        let there: Vec<(&str, bool)> = breach.people.iter().map(|p| (p.name.as_str(), p.taken_there)).collect();
        assert_eq!(there.len(), 2, "a computer has the whole office's");
        assert!(there.contains(&("Halimah Contoh", true)) && there.contains(&("Galuh Contoh", false)));
        assert!(breach.people.iter().any(|p| p.number == number) && breach.letter.contains("Bapak/Ibu"));
        let sql = "SELECT officer FROM opened WHERE app = $1 AND scan = 'breach'";
        let noted = world.district.db.read(|tx| tx.query(sql, jukung_ledger::params![other])).expect("rows");
        assert_eq!(noted.len(), 1, "reading the list is an opening");
        assert_eq!(world.district.breach("Pengelola", "ZZZ").expect_err("no such computer").code, "not_found");
    }
}

fn call(world: &World, path: &str, cookie: &str, body: &Value) -> (u16, Value) {
    let request = Request::builder().method("POST").uri(path).header("cookie", cookie);
    let request = request.header("content-type", "application/json").body(HttpBody::from(body.to_string()));
    let (status, _, answer) = world.http(request.expect("a request"));
    (status, serde_json::from_slice(&answer).unwrap_or(Value::Null))
}

#[test]
fn only_who_reads_the_audit_gets_a_trace_over_http() {
    let world = World::open(Engine::Sqlite, shared()).expect("SQLite");
    opened(&world);
    for (role, wanted) in [("verifier", 403), ("courier", 403), ("auditor", 200), ("admin", 200), ("head", 200)] {
        world.district.set_officer(role, PASSPHRASE).expect("officer");
        world.district.set_roles(role, &[role.into()]).expect("role");
        let cookie = format!("jukung_officer={}", world.district.sign_in(role, PASSPHRASE).expect("in"));
        assert_eq!(call(&world, "/officer/api/trace", &cookie, &json!({"text": NIK})).0, wanted, "{role}");
    }
    assert_eq!(call(&world, "/officer/api/trace", "", &json!({"text": NIK})).0, 401);
}
