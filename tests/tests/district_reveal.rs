//! Goal: an officer who opens an application is told no NIK, no KK number and nothing of the highest class until a purpose is
//! written down; what is shown is told to the resident who asks, and is only so much a day; on both engines.

mod district_world;

use axum::body::Body as HttpBody;
use axum::http::Request;
use district_world::{Counter, Engine, OFFICE, PASSPHRASE, World, sha256, shared};
use jukung_district::reveal::Why;
use jukung_district::verify::Tick;
use jukung_domain::masked::{Class, Place};
use jukung_ledger::params;
use serde_json::{Value, json};

const NIK: &str = "6305044107489901";
const DEAD: &str = "6305040107459931";
const MARK: &[u8] = b"\xff\xd8\xff strokes of a pen";
const PAPER: &[u8] = b"\xff\xd8\xff a letter about a death";

/// A death with its cause, a letter and the mark of the consent, all of which arrived.
fn death(world: &World, counter: &mut Counter, n: i64) -> String {
    let (raw, id) = counter.create(n, "Halimah Contoh", Some(MARK));
    let mut event: Value = serde_json::from_str(&raw).expect("an event");
    let document = &mut event["p"]["d"];
    document["service"] = json!("DEATH_CERT");
    for (path, value) in [("deceased.name", "Abdul Contoh"), ("deceased.nik", DEAD), ("deceased.cause", "illness_age")]
    {
        document["fields"][path] = json!(value);
    }
    document["attachments"][0]["requirement"] = json!("consent");
    let mut letter = document["attachments"][0].clone();
    letter["requirement"] = json!("death_letter");
    letter["sha256"] = json!(sha256(PAPER));
    letter["bytes"] = json!(PAPER.len());
    document["attachments"].as_array_mut().expect("papers").push(letter);
    counter.sync(world, &[event.to_string()]);
    let offered: Vec<String> = [MARK, PAPER].iter().map(|b| format!("{}:{}", sha256(b), b.len())).collect();
    let (answer, _) = counter.send(world, &[], &offered).expect("offered");
    for scan in [MARK, PAPER].iter().filter(|b| answer.want.contains(&sha256(b))) {
        let call = Request::put(format!("/v1/blobs/{}", sha256(scan)));
        let call = call.header("authorization", format!("Bearer {}", answer.token)).body(HttpBody::from(*scan));
        assert_eq!(world.http(call.expect("request")).0, 201);
    }
    id
}

fn cookie(world: &World, role: &str) -> String {
    world.district.set_officer(role, PASSPHRASE).expect("officer");
    world.district.set_roles(role, &[role.to_owned()]).expect("role");
    format!("jukung_officer={}", world.district.sign_in(role, PASSPHRASE).expect("session"))
}

fn get(world: &World, path: &str, cookie: &str) -> (u16, Vec<u8>) {
    let call = Request::get(path).header("cookie", cookie).body(HttpBody::empty()).expect("request");
    let (status, _, body) = world.http(call);
    (status, body)
}

fn post(world: &World, path: &str, cookie: &str, body: &Value) -> (u16, Value) {
    let call = Request::post(path).header("content-type", "application/json").header("cookie", cookie);
    let (status, _, body) = world.http(call.body(HttpBody::from(body.to_string())).expect("request"));
    (status, serde_json::from_slice(&body).unwrap_or(Value::Null))
}

fn why(purpose: &str, what: &str) -> Why {
    Why { purpose: purpose.into(), what: what.into() }
}

fn noted(world: &World) -> usize {
    world.district.db.read(|tx| tx.query("SELECT at FROM revealed", &[])).expect("rows").len()
}

both_engines! {
    fn an_opened_application_holds_no_number_and_no_cause_until_somebody_says_why(world: &World) {
        let mut counter = Counter::enrol(world, OFFICE, 1);
        let id = death(world, &mut counter, 1);
        let road = format!("/officer/api/applications/{id}");
        let verifier = cookie(world, "verifier");
        for path in [road.as_str(), "/officer/api/applications"] {
            let (status, body) = get(world, path, &verifier);
            let text = String::from_utf8(body).expect("text");
            assert_eq!(status, 200, "{path}");
            for secret in [NIK, DEAD, "illness_age", "Sakit biasa"] {
                assert!(!text.contains(secret), "{secret} in {path}: {text}");
            }
        }
        let detail = world.district.detail(&id).expect("here");
        let answer = |path: &str| detail.answers.iter().find(|a| a.path == path).expect("shown");
        assert_eq!((answer("applicant.nik").value.as_str(), answer("applicant.nik").hidden.as_str()), ("6305••••••••9901", "number"));
        assert_eq!((answer("deceased.cause").value.as_str(), answer("deceased.cause").hidden.as_str()), ("••••", "highest"));
        assert_eq!(answer("applicant.name").hidden, "");
        let (status, shown) = post(world, &format!("{road}/reveal/number"), &verifier, &json!({"purpose": "siak"}));
        assert_eq!((status, &shown["values"]["applicant.nik"], &shown["values"]["deceased.nik"]), (200, &json!(NIK), &json!(DEAD)));
        assert!(shown["values"].get("deceased.cause").is_none(), "the highest class is no part of it");
        assert_eq!(noted(world), 1);
        for purpose in ["", "needed_now", "serving", "Ingin tahu"] {
            assert_eq!(post(world, &format!("{road}/reveal/number"), &verifier, &json!({"purpose": purpose})).0, 400, "{purpose}");
        }
        for role in ["auditor", "courier", "complaint", "admin"] {
            let (status, _) = post(world, &format!("{road}/reveal/number"), &cookie(world, role), &json!({"purpose": "siak"}));
            assert_eq!(status, 403, "{role}");
        }
        assert_eq!(noted(world), 1, "what was refused showed nothing");
    }

    fn the_highest_class_and_the_mark_come_one_at_a_time_for_a_purpose_of_their_own(world: &World) {
        let mut counter = Counter::enrol(world, OFFICE, 1);
        let id = death(world, &mut counter, 1);
        let (verifier, other) = (cookie(world, "verifier"), cookie(world, "head"));
        let scan = |bytes: &[u8]| format!("/officer/api/applications/{id}/scans/{}", sha256(bytes));
        let refused = |what: &str, purpose: &str| world.district.reveal_highest("verifier", &id, &why(purpose, what)).expect_err("refused").code;
        assert_eq!((refused("deceased.cause", "siak"), refused("deceased.cause", "")), ("bad_request".into(), "bad_request".into()));
        assert_eq!((refused("applicant.nik", "needed_now"), refused(&sha256(PAPER), "needed_now")), ("not_found".into(), "not_found".into()));
        let shown = world.district.reveal_highest("verifier", &id, &why("law_asked", "deceased.cause")).expect("shown");
        assert_eq!(shown.values.keys().collect::<Vec<_>>(), ["deceased.cause"]);
        assert_eq!(get(world, &scan(PAPER), &verifier).0, 200, "a letter is looked at as before");
        assert_eq!(get(world, &scan(MARK), &verifier).0, 409);
        let body = json!({"purpose": "needed_now", "what": sha256(MARK)});
        assert_eq!(post(world, &format!("/officer/api/applications/{id}/reveal/highest"), &verifier, &body).0, 200);
        assert_eq!(get(world, &scan(MARK), &verifier), (200, MARK.to_vec()));
        assert_eq!(get(world, &scan(MARK), &other).0, 409, "for whoever said why, and nobody else");
        let late = params![i64::from(Class::Highest.rules(Place::District).shown_s) * 1_000].to_vec();
        world.district.db.write(|tx| tx.execute("UPDATE revealed SET at = at - $1", &late)).expect("time passes");
        assert_eq!(get(world, &scan(MARK), &verifier).0, 409, "and not for long");
    }

    fn what_is_typed_into_siak_stands_in_the_order_of_the_form_in_its_shape_and_masked(world: &World) {
        let mut counter = Counter::enrol(world, OFFICE, 1);
        let id = death(world, &mut counter, 1);
        let (status, body) = get(world, &format!("/officer/api/applications/{id}/siak"), &cookie(world, "verifier"));
        let text = String::from_utf8(body).expect("text");
        assert_eq!(status, 200, "{text}");
        for secret in [NIK, DEAD, "illness_age", "Sakit biasa"] {
            assert!(!text.contains(secret), "{secret}: {text}");
        }
        let told: Value = serde_json::from_str(&text).expect("JSON");
        let fields = told["fields"].as_array().expect("fields");
        let field = |path: &str| fields.iter().find(|f| f["path"] == path).unwrap_or_else(|| panic!("{path}: {text}"));
        assert_eq!(field("applicant.birthDate")["value"], "01-07-1948", "the year alone is known: 1 July stands in, as in SIAK");
        assert_eq!((&field("deceased.nik")["value"], &field("deceased.nik")["hidden"]), (&json!("6305••••••••9931"), &json!("number")));
        assert_eq!(field("deceased.cause")["hidden"], "highest");
        assert!(fields.iter().all(|f| f["value"] != "" && f["section"] != "" && f["label"] != ""), "{text}");
        let order: Vec<&str> = fields.iter().filter_map(|f| f["path"].as_str()).collect();
        let detail = world.district.detail(&id).expect("here");
        let form: Vec<&str> = detail.answers.iter().filter(|a| !a.value.is_empty()).map(|a| a.path.as_str()).collect();
        assert_eq!(order, form);
        let seen = world.district.trace("auditor", NIK).expect("a trace").cases.remove(0).seen;
        assert!(seen.iter().any(|s| s.who == "verifier" && s.did == "Membuka untuk disalin ke SIAK"));
    }

    fn an_officer_compares_only_what_was_shown(world: &World) {
        let mut counter = Counter::enrol(world, OFFICE, 1);
        let (raw, id) = counter.create(1, "Halimah Contoh", None);
        counter.sync(world, &[raw]);
        let tick = |value: &str| Tick { path: "applicant.nik".into(), value: value.into(), agrees: true };
        assert_eq!(world.district.tick(&id, "verifier", &tick("6305••••••••9901")).expect_err("masked").code, "answer_changed");
        let full = world.district.reveal_numbers("verifier", &id, "siak").expect("shown").values.remove("applicant.nik");
        let ticked = world.district.tick(&id, "verifier", &tick(&full.expect("a NIK"))).expect("ticked");
        let answer = ticked.answers.iter().find(|a| a.path == "applicant.nik").expect("shown");
        assert_eq!((answer.ticked.as_str(), answer.value.as_str()), ("verifier", "6305••••••••9901"));
    }

    fn who_was_shown_a_residents_data_and_what_for_is_told_to_them(world: &World) {
        let mut counter = Counter::enrol(world, OFFICE, 1);
        let id = death(world, &mut counter, 1);
        world.district.reveal_numbers("verifier", &id, "complaint").expect("shown");
        world.district.reveal_highest("head", &id, &why("resident_asked", "deceased.cause")).expect("shown");
        let seen = world.district.trace("auditor", NIK).expect("a trace").cases.remove(0).seen;
        let did = |who: &str| seen.iter().find(|s| s.who == who).map(|s| s.did.clone()).unwrap_or_default();
        assert_eq!(did("verifier"), "Melihat NIK dan nomor KK lengkap: Menindaklanjuti pengaduan");
        assert_eq!(did("head"), "Melihat data sangat pribadi: Diminta warga yang bersangkutan");
    }

    fn a_days_number_is_for_each_officer_and_begins_anew_the_next_day(world: &World) {
        let mut counter = Counter::enrol(world, OFFICE, 1);
        let (first, seen) = counter.create(1, "Halimah Contoh", None);
        let (second, last) = counter.create(2, "Galuh Contoh", None);
        counter.sync(world, &[first, second]);
        world.district.reveal_numbers("verifier", &seen, "siak").expect("shown");
        let most = Class::Number.rules(Place::District).a_day;
        let others: String = (1..most).map(|n| format!("INSERT INTO revealed SELECT at, officer, 'other {n}', class, purpose, what FROM revealed WHERE app = '{seen}';")).collect();
        world.district.db.write(|tx| tx.batch(&others)).expect("a busy day");
        let refused = world.district.reveal_numbers("verifier", &last, "siak").expect_err("used up");
        assert_eq!((refused.code.as_str(), refused.details["n"].clone()), ("reveal_budget", most.to_string()));
        world.district.reveal_numbers("verifier", &seen, "siak").expect("what was seen today is none more");
        world.district.reveal_numbers("head", &last, "siak").expect("each officer has their own");
        world.district.db.write(|tx| tx.execute("UPDATE revealed SET at = at - 86400000", &[])).expect("a day passes");
        world.district.reveal_numbers("verifier", &last, "siak").expect("another day");
    }
}
