//! Goal: what is held back at a person's request is processed no further by anybody at the Dinas, whichever way they try;
//! nothing moves or is lost meanwhile, and it goes on where it stood; the same on both engines.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails right here")]

mod district_world;

use axum::body::Body as HttpBody;
use axum::http::Request;
use district_world::{Counter, Engine, OFFICE, PASSPHRASE, World, head_of, raw, shared};
use jukung_district::delivery::pack::Wanted as RunWanted;
use jukung_district::desk::Wanted;
use jukung_district::duty::{Asked, Ended};
use jukung_district::second::Step;
use jukung_district::second::routes::Change;
use jukung_district::signature::issued::{Again, Wanted as SignWanted};
use jukung_district::signature::{DocumentSealer, Signing};
use jukung_domain::event::{self, Body, Delivered, Edited, Issued, Place, Reason, Shipped};
use jukung_domain::fold::{State, fold};
use jukung_domain::problem::Problem;
use jukung_ledger::{params, projection};
use serde_json::{Value, json};

const NIK: &str = "6305044107489901";
const WHY: &str = "Surat pemohon, 23 November.";

/// An application that was taken through these steps; its id and its first event.
fn handed_in(world: &World, counter: &mut Counter, n: i64, steps: &[Body]) -> (String, String) {
    let (create, id) = counter.create(n, "Halimah Contoh", None);
    counter.sync(world, std::slice::from_ref(&create));
    steps.iter().for_each(|step| world.district.decide(&id, "Sari", step).expect("allowed"));
    counter.sync(world, &[]);
    (id, create)
}

fn issued() -> [Body; 3] {
    [Body::Taken, Body::Approved, Body::Issued(Issued { document: "6305-CONTOH".into() })]
}

fn hold(world: &World, id: &str) {
    world.district.hold(id, "Kepala", WHY).expect("held");
}

fn resume(world: &World, id: &str) -> Result<(), Problem> {
    world.district.decide(id, "Kepala", &Body::Resumed(Reason { reason: "Diminta lagi.".into() }))
}

fn code<T>(result: Result<T, Problem>) -> String {
    result.err().map(|problem| problem.code).unwrap_or_default()
}

fn state(world: &World, id: &str) -> State {
    world.district.db.read(|tx| projection::load(tx, id)).unwrap().unwrap().state
}

/// The state, folded anew from every event that was taken in.
fn folded_anew(world: &World, id: &str) -> State {
    let sql =
        "SELECT raw FROM event WHERE app = $1 AND (outcome LIKE 'applied%' OR outcome = 'merged') ORDER BY turn, uid";
    let rows = world.district.db.read(|tx| tx.query(sql, params![id])).unwrap();
    let mut anew = None;
    for row in rows {
        let envelope = event::read(&row.text(0).unwrap()).unwrap();
        fold(&mut anew, &Body::read(&envelope).unwrap().unwrap());
    }
    anew.unwrap()
}

fn session(world: &World, name: &str, role: &str) -> String {
    world.district.set_officer(name, PASSPHRASE).expect("officer");
    world.district.set_roles(name, &[role.to_owned()]).expect("role");
    format!("jukung_officer={}", world.district.sign_in(name, PASSPHRASE).expect("session"))
}

fn call(world: &World, cookie: &str, method: &str, path: &str, body: &Value) -> (u16, Value) {
    let request =
        Request::builder().method(method.to_uppercase().as_str()).uri(path).header("content-type", "application/json");
    let body = if body.is_null() { HttpBody::empty() } else { HttpBody::from(body.to_string()) };
    let (status, _, body) = world.http(request.header("cookie", cookie).body(body).expect("request"));
    (status, serde_json::from_slice(&body).unwrap_or_default())
}

/// Every step that a road of an application takes, from the API's own description, and a body that can be read.
fn roads(world: &World) -> Vec<(String, String)> {
    let described = call(world, "", "get", "/openapi.json", &Value::Null).1;
    let under = "/officer/api/applications/{id}/";
    let mut roads = Vec::new();
    for (path, methods) in described["paths"].as_object().expect("paths").iter().filter(|(p, _)| p.starts_with(under)) {
        for method in methods.as_object().expect("methods").keys() {
            let steps: &[&str] = match path.as_str() {
                "/officer/api/applications/{id}/{step}" => {
                    &["take", "approve", "return", "reject", "issue", "ready", "ship", "deliver", "note"]
                }
                path if path.contains("/second/{step}") => &["issue", "reject"],
                _ => &[""],
            };
            roads.extend(steps.iter().map(|step| (method.clone(), path.replace("{step}", step))));
        }
    }
    roads
}

/// Roads that stay open, and why.
const OPEN: [&str; 10] = [
    // Looking: whoever answers the person has to; each opening is written down.
    "/visit",
    "/similar",
    "/scans/{sha256}",
    "/papers/{paper}",
    "/issued/{sha256}",
    // Remarks; and the way out.
    "/note",
    "/similar/{other}",
    "/resume",
    // Their files have tests of their own below.
    "/issued",
    "/issued/{sha256}/sign",
];

both_engines! {
    fn whichever_road_an_officer_takes_a_held_application_stays_where_it_is(world: &World) {
        let mut counter = Counter::enrol(world, OFFICE, 1);
        let head = session(world, "Kepala", "head");
        let (fresh, _) = handed_in(world, &mut counter, 1, &[]);
        let (taken, _) = handed_in(world, &mut counter, 2, &[Body::Taken]);
        let (ready, _) = handed_in(world, &mut counter, 3, &issued());
        let mut refused = 0;
        for id in [&fresh, &taken, &ready] {
            hold(world, id);
            let before = state(world, id);
            assert_eq!(world.district.detail(id).unwrap().steps, ["note"], "nothing else is offered");
            for (method, path) in roads(world).iter().filter(|(_, path)| !OPEN.iter().any(|open| path.ends_with(open))) {
                let uri = path.replace("{id}", id).replace("{sha256}", &"a".repeat(64)).replace("{other}", &taken);
                let body = json!({"reason": "x", "target": "x", "note": "x", "document": "x", "place": "x", "carrier": "x",
                    "tracking": "1", "recipient": "x", "relation": "x", "path": "applicant.name", "value": "Halimah Contoh",
                    "agrees": true, "purpose": if path.ends_with("highest") { "needed_now" } else { "siak" }, "seen": "x"});
                let (status, told) = call(world, &head, method, &uri, if method == "get" { &Value::Null } else { &body });
                if (status, &told["code"]) == (409, &json!("processing_held")) {
                    refused += 1;
                    let title = told["title"].as_str().unwrap();
                    assert!(title.contains("sejak 23 November 2026") && title.contains("Lanjutkan pemrosesan"), "{title}");
                } else {
                    panic!("{method} {uri}: {status} {told}");
                }
            }
            assert_eq!(state(world, id), before, "nothing changed");
            assert_eq!(folded_anew(world, id), before, "and its events say the same");
        }
        assert!(refused >= 3 * 15, "only {refused} roads were tried");
    }

    fn it_is_left_out_of_what_is_packed_and_of_the_names_that_leave(world: &World) {
        let mut counter = Counter::enrol(world, OFFICE, 1);
        let (held, _) = handed_in(world, &mut counter, 1, &issued());
        let (other, _) = handed_in(world, &mut counter, 2, &issued());
        let run = |apps: &[&String]| RunWanted { way: "village".into(), place: OFFICE.into(), apps: apps.iter().map(|a| (*a).clone()).collect(), ..RunWanted::default() };
        let packed = world.district.make_run("Kurir", &run(&[&held, &other])).expect("packed before").row.id;
        hold(world, &held);
        let sent = world.district.send_run(&packed, "Kurir").expect("the other one goes");
        let states: Vec<_> = sent.items.iter().map(|i| (i.app == held, i.state.clone())).collect();
        assert_eq!(states, [(true, "gone".into()), (false, "out".into())]);
        assert_eq!(world.district.detail(&held).unwrap().row.status, "ISSUED");
        assert_eq!(code(world.district.make_run("Kurir", &run(&[&held]))), "processing_held");
        assert!(world.district.to_pack("village", "").unwrap()[0].since.contains("ditahan"), "its row says why");
        let (_, _, file) = world.district.export("Sari", "list.csv", &Wanted::default()).expect("a file");
        let lines = String::from_utf8(file).unwrap();
        assert_eq!(lines.matches("Halimah").count(), 1, "the name stays here: {lines}");
        assert!(lines.contains("Pemrosesan ditahan"), "{lines}");
        let rows = world.district.list(&Wanted::default()).unwrap().rows;
        assert_eq!(rows.iter().filter(|row| row.held.contains("sejak 23 November 2026")).count(), 1);
        resume(world, &held).expect("goes on");
        world.district.make_run("Kurir", &run(&[&held])).expect("packed again");
    }

    fn what_is_on_its_way_is_still_told_and_what_the_counter_sends_is_taken_in(world: &World) {
        let mut counter = Counter::enrol(world, OFFICE, 1);
        let (away, _) = handed_in(world, &mut counter, 1, &issued());
        world.district.decide(&away, "Kurir", &Body::Shipped(Shipped { carrier: "PT Pos".into(), tracking: "1".into() })).unwrap();
        hold(world, &away);
        let to = Delivered { recipient: "Rizal".into(), relation: "cucu".into(), ..Delivered::default() };
        world.district.decide(&away, "Kurir", &Body::Delivered(to)).expect("it was in nobody's power to call it back");
        // Handed in, changed and withdrawn at the counter, which has not heard of it.
        let (id, create) = handed_in(world, &mut counter, 2, &[]);
        hold(world, &id);
        let base = Some(head_of(&counter, 2, &create));
        let edit = Edited { f: [("applicant.name".to_owned(), "Hj. Halimah".to_owned())].into(), ..Edited::default() };
        let sent = [Body::Edit(edit), Body::Note(Reason { reason: "Warga datang.".into() }), Body::Withdraw(Reason { reason: "Tidak jadi.".into() })];
        let raws: Vec<String> = sent.iter().map(|body| raw(&id, base.clone(), body)).collect();
        let told = counter.sync(world, &raws).1;
        let outcomes: Vec<_> = told.iter().filter(|e| e.t == "ok").map(|e| e.o.as_str()).collect();
        assert_eq!(outcomes, ["applied", "applied", "applied"], "{told:?}");
        let now = state(world, &id);
        assert_eq!((now.status.code(), now.application.fields["applicant.name"].as_str()), ("CANCELLED", "Hj. Halimah"));
        assert!(now.held_back.is_some() && now == folded_anew(world, &id), "and it is still held back");
    }

    fn it_goes_on_where_it_stood_and_is_held_and_let_go_once(world: &World) {
        let mut counter = Counter::enrol(world, OFFICE, 1);
        let seen = world.district.second_rule().unwrap().seen;
        world.district.change_second_rule("Kepala", &Change { steps: vec!["issue".into()], seen }).expect("two officers");
        let (id, _) = handed_in(world, &mut counter, 1, &issued());
        let one = world.district.detail(&id).unwrap().proposed.expect("it waits").id;
        let confirm = || world.district.confirm_second(&id, "Budi", Step::Issue, &one);
        assert_eq!(code(world.district.hold(&id, "Kepala", " ")), "reason_needed");
        assert_eq!(code(resume(world, &id)), "not_allowed", "nothing is held back");
        hold(world, &id);
        assert_eq!(code(world.district.hold(&id, "Kepala", WHY)), "processing_held", "once");
        assert_eq!(code(confirm()), "processing_held");
        assert_eq!(code(world.district.send_back_second(&id, "Budi", Step::Issue, (&one, "x"))), "processing_held");
        let (_, feed) = counter.sync(world, &[]);
        assert_eq!(feed.iter().map(|e| event::read(&e.b).unwrap().k).collect::<Vec<_>>(), ["st.held/1"], "the counter is told");
        resume(world, &id).expect("goes on");
        let detail = world.district.detail(&id).unwrap();
        assert!(detail.proposed.is_some() && detail.row.held.is_empty() && detail.held_why.is_empty());
        assert!(detail.history.iter().any(|line| line.contains(WHY)), "{:?}", detail.history);
        confirm().expect("what was proposed still waits");
        assert_eq!(state(world, &id).status.code(), "ISSUED");
    }

    fn numbers_are_shown_only_to_answer_the_request(world: &World) {
        let mut counter = Counter::enrol(world, OFFICE, 1);
        let (id, _) = handed_in(world, &mut counter, 1, &[]);
        hold(world, &id);
        for purpose in ["siak", "correction", "complaint"] {
            assert_eq!(code(world.district.reveal_numbers("Sari", &id, purpose)), "processing_held", "{purpose}");
        }
        let shown = world.district.reveal_numbers("Sari", &id, "request").expect("to answer it");
        assert_eq!(shown.values["applicant.nik"], NIK);
        let asked = world.district.db.read(|tx| tx.query("SELECT purpose FROM revealed", &[])).unwrap();
        assert_eq!(asked.len(), 1, "what was refused was not shown");
    }

    fn the_head_of_section_alone_holds_back_and_a_request_ends_as_held_when_it_is(world: &World) {
        let mut counter = Counter::enrol(world, OFFICE, 1);
        let (id, _) = handed_in(world, &mut counter, 1, &[]);
        let (_, _) = handed_in(world, &mut counter, 2, &[]);
        let (number, other) = (counter.number(1), counter.number(2));
        for (role, wanted) in [("verifier", 403), ("auditor", 403), ("admin", 403), ("head", 200)] {
            let cookie = session(world, role, role);
            for step in ["hold", "resume"] {
                let road = format!("/officer/api/applications/{id}/{step}");
                assert_eq!(call(world, &cookie, "post", &road, &json!({"reason": "x"})).0, wanted, "{role} {step}");
            }
        }
        let ask = |about: &str| world.district.add_duty("Auditor", &Asked { kind: "hold".into(), about: about.into() }).unwrap();
        let end = |duty: &str, about: &str| world.district.end_duty("Auditor", duty, &Ended { note: "held".into(), about: about.into() });
        let of_number = ask(&number).remove(0).id;
        assert_eq!(code(end(&of_number, "")), "number_length", "of whom?");
        assert_eq!(code(end(&of_number, &other)), "duty_other");
        assert_eq!(code(end(&of_number, &number)), "hold_first", "nothing is held back yet");
        hold(world, &id);
        assert!(end(&of_number, &number).unwrap().iter().any(|d| d.note == "held"));
        assert_eq!(code(end(&of_number, &number)), "settled_already");
        let traced = world.district.trace("Auditor", NIK).unwrap();
        assert_eq!(traced.cases.iter().filter(|c| !c.held.is_empty()).map(|c| &c.id).collect::<Vec<_>>(), [&id]);
    }

    fn a_visit_is_taken_without_what_is_held_back_and_the_family_reads_it(world: &World) {
        let mut counter = Counter::enrol(world, OFFICE, 1);
        let (held, _) = handed_in(world, &mut counter, 1, &[]);
        let (other, _) = handed_in(world, &mut counter, 2, &[]);
        hold(world, &held);
        world.district.take_visit(&held, "Sari").expect("the other one");
        let stands = |id: &str| world.district.detail(id).unwrap().row.status;
        assert_eq!((stands(&held).as_str(), stands(&other).as_str()), ("SUBMITTED", "IN_VERIFICATION"));
        assert_eq!(code(world.district.take_visit(&held, "Sari")), "processing_held", "nothing else waits");
        let body = format!("number={}&fact=1948", counter.number(1));
        let request = Request::post("/cek").header("content-type", "application/x-www-form-urlencoded").body(HttpBody::from(body)).unwrap();
        let (status, _, page) = world.http(request);
        let page = String::from_utf8(page).unwrap();
        assert!(status == 200 && page.contains("Atas permintaan Anda sejak 23 November 2026"), "{page}");
        assert!(!page.contains(WHY), "what was asked for stays at the Dinas");
        let ready = Body::Ready(Place { place: "x".into() });
        assert_eq!(code(world.district.decide(&held, "Sari", &ready)), "processing_held");
    }
}

/// A signer that must not be asked.
struct Never;
impl DocumentSealer for Never {
    fn seal<'a>(&'a self, _: &'a jukung_district::signature::Asked<'a>) -> Signing<'a> {
        panic!("somebody was asked to sign what is held back")
    }
}

#[test]
fn a_document_is_neither_attached_nor_signed_while_it_is_held_back() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let Some(world) = World::open(engine, shared()) else { continue };
        let mut counter = Counter::enrol(&world, OFFICE, 1);
        let (id, _) = handed_in(&world, &mut counter, 1, &issued());
        let head = session(&world, "Kepala", "head");
        let road = |rest: &str| format!("/officer/api/applications/{id}/{rest}");
        let paper = |name: &str| {
            let request = Request::get(road(name)).header("cookie", &head).body(HttpBody::empty()).unwrap();
            world.http(request).2
        };
        let attach = |pdf: Vec<u8>| {
            let request = Request::post(road("issued")).header("content-type", "application/pdf");
            world.http(request.header("cookie", &head).body(HttpBody::from(pdf)).unwrap())
        };
        let (first, second) = (paper("papers/status.pdf"), paper("papers/receipt.pdf"));
        let (status, _, told) = attach(first);
        assert_eq!(status, 200, "{}", String::from_utf8_lossy(&told));
        hold(&world, &id);
        let sha256 = world.district.detail(&id).unwrap().issued[0].sha256.clone();
        let (status, _, told) = attach(second);
        assert!(status == 409 && String::from_utf8_lossy(&told).contains("processing_held"), "{status}");
        let wanted = SignWanted { app: id.clone(), officer: "Kepala".into(), sha256 };
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let refused = runtime.block_on(world.district.sign_issued(wanted, &Never, Again::No));
        assert_eq!(refused.unwrap_err().code, "processing_held");
        assert_eq!(world.district.detail(&id).unwrap().issued.len(), 1);
        assert!(paper("papers/status.pdf").starts_with(b"%PDF"), "the family's letter is still made");
    }
}
