//! Goal: what families write by WhatsApp is taken in once and answered without a NIK; every message leaves at most once and
//! its fate is known; against a server that answers as Meta documents, on both engines.

mod district_world;
#[path = "district_hotline/mail.rs"]
mod mail;
#[path = "district_hotline/post.rs"]
mod post;

use axum::body::Body as HttpBody;
use axum::extract::State;
use axum::http::Request;
use district_world::{Counter, Engine, OFFICE, World, raw, shared};
use jukung_crypto::proof;
use jukung_district::hotline::outbox::TRIES_MAX;
use jukung_district::hotline::whatsapp::{Config, WhatsApp, meaning};
use jukung_district::hotline::{Fate, Way};
use jukung_domain::application::Consent;
use jukung_domain::event::{self, Body, Returned};
use jukung_domain::number::Number;
use jukung_domain::two_words;
use jukung_ledger::params;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

const NIK: &str = "6305044107489901";
/// When these worlds begin.
const START_MS: i64 = 1_795_399_200_000;
const FAMILY: &str = "6281200000001";

fn config(base: &str) -> Config {
    let text = str::to_owned;
    Config {
        base: text(base),
        phone_id: text("55"),
        token: text("t0ken"),
        app_secret: text("s3cret"),
        verify: text("kata"),
        template: text("kabar"),
    }
}

/// Meta's side: answers in turn, keeps what it was asked.
#[derive(Clone, Default)]
struct Meta {
    answers: Arc<Mutex<Vec<(u16, Value)>>>,
    asked: Arc<Mutex<Vec<Value>>>,
}

async fn messages(
    State(meta): State<Meta>,
    headers: axum::http::HeaderMap,
    body: String,
) -> (axum::http::StatusCode, String) {
    assert_eq!(headers["authorization"], "Bearer t0ken");
    let mut asked = meta.asked.lock().expect("lock");
    asked.push(serde_json::from_str(&body).expect("JSON"));
    let taken = (200, json!({"messaging_product": "whatsapp", "messages": [{"id": format!("wamid.{}", asked.len())}]}));
    let mut answers = meta.answers.lock().expect("lock");
    let (status, answer) = if answers.is_empty() { taken } else { answers.remove(0) };
    (axum::http::StatusCode::from_u16(status).expect("a status"), answer.to_string())
}

/// Sends what is due to a Meta that gives these answers first; says what it was asked.
fn sent(world: &World, answers: &[(u16, Value)]) -> Vec<Value> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("runtime");
    let meta = Meta::default();
    *meta.answers.lock().expect("lock") = answers.to_vec();
    let (app, district) = (
        axum::Router::new().route("/55/messages", axum::routing::post(messages)).with_state(meta.clone()),
        world.district.clone(),
    );
    runtime.block_on(async move {
        let socket = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a socket");
        let base = format!("http://{}", socket.local_addr().expect("address"));
        let server = tokio::spawn(async move { axum::serve(socket, app).await });
        let carrier = WhatsApp::new(config(&base)).expect("carrier");
        district.send_due(&carrier).await.expect("a round");
        server.abort();
    });
    meta.asked.lock().expect("lock").clone()
}

fn error(code: i64) -> Value {
    json!({"error": {"message": format!("(#{code})"), "type": "OAuthException", "code": code, "fbtrace_id": "A"}})
}

fn webhook(world: &World, value: &Value, secret: &str) -> u16 {
    let body = json!({"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [{"field": "messages", "value": value}]}]}).to_string();
    let signature = format!("sha256={}", hex::encode(proof::prove(secret.as_bytes(), body.as_bytes())));
    let request = Request::post("/hotline/whatsapp").header("x-hub-signature-256", signature);
    world.http(request.header("content-type", "application/json").body(HttpBody::from(body)).expect("request")).0
}

/// A text of the family, as Meta tells it.
fn text(world: &World, name: &str, text: &str) -> u16 {
    let seconds = (world.district.edge.now() / 1000).to_string();
    let message = json!({"from": FAMILY, "id": name, "timestamp": seconds, "type": "text", "text": {"body": text}});
    webhook(world, &json!({"metadata": {"phone_number_id": "55"}, "messages": [message]}), "s3cret")
}

fn fate(world: &World, id: &str, name: &str, status: &str, code: Option<i64>) {
    let errors: Vec<Value> = code.iter().map(|c| json!({"code": c})).collect();
    let told = json!({"id": name, "status": status, "timestamp": "1", "recipient_id": FAMILY, "biz_opaque_callback_data": id, "errors": errors});
    assert_eq!(webhook(world, &json!({"metadata": {"phone_number_id": "55"}, "statuses": [told]}), "s3cret"), 204);
}

fn ready(world: &World) {
    let _ = world.district.whatsapp.set(config("http://127.0.0.1:9"));
}

/// An application whose contact agreed to news by WhatsApp, or did not.
fn handed_in(world: &World, news: bool) -> (String, String) {
    contact(world, 1, news, &[("helper.phone", "+6281200000001")])
}

/// The same of counter `seed`, with these ways to reach the contact.
fn contact(world: &World, seed: u8, news: bool, ways: &[(&str, &str)]) -> (String, String) {
    let mut counter = Counter::enrol(world, OFFICE, seed);
    let (create, id) = counter.create(1, "Halimah Contoh", None);
    let Ok(Some(Body::Create(mut created))) = Body::read(&event::read(&create).expect("an event")) else {
        panic!("a create")
    };
    for (path, value) in [("helper.kind", "grandchild"), ("helper.mayReceiveNews", "yes")].iter().chain(ways) {
        created.d.fields.insert((*path).into(), (*value).into());
    }
    let text = str::to_owned;
    created.d.consent = Some(Consent {
        text_version: text("1"),
        agreed: true,
        news,
        given_by: text("self"),
        mark: text("paper"),
        evidence: None,
        witnesses: Vec::new(),
    });
    counter.sync(world, &[raw(&id, None, &Body::Create(created))]);
    (id, Number::new(&counter.card.code, 1).expect("number").to_string())
}

fn returned(world: &World, id: &str) {
    let back =
        Returned { reason: "unreadable".into(), target: "requirement.ktp_damaged".into(), note: format!("KTP {NIK}") };
    world.district.decide(id, "Sari", &Body::Taken).expect("taken");
    world.district.decide(id, "Sari", &Body::Returned(back)).expect("returned");
}

fn states(world: &World) -> Vec<(String, String, String)> {
    let sql = "SELECT id, state, why FROM message ORDER BY made, id";
    let rows = world.district.db.read(|tx| tx.query(sql, &[])).expect("rows");
    rows.iter().map(|r| (r.text(0).expect("id"), r.text(1).expect("state"), r.text(2).expect("why"))).collect()
}

fn state(world: &World) -> (String, String) {
    let all = states(world);
    assert_eq!(all.len(), 1, "{all:?}");
    (all[0].1.clone(), all[0].2.clone())
}

/// Everything queued is due now.
fn waited(world: &World) {
    world
        .district
        .db
        .write(|tx| tx.execute("UPDATE message SET next = 0 WHERE state = $1", params!["queued"]))
        .expect("due");
}

both_engines! {
    fn the_number_and_the_two_words_are_answered_with_them_and_without_a_nik(world: &World) {
        ready(world);
        let (id, number) = handed_in(world, false);
        let [first, second] = two_words::of(id.parse().expect("id"));
        assert_eq!(text(world, "wamid.in1", &format!("Status {} {first} {second}", number.to_lowercase())), 204);
        let asked = sent(world, &[]);
        let body = asked[0]["text"]["body"].as_str().expect("text");
        assert!(body.starts_with(&format!("{first} {second}.")) && body.contains("Sudah diterima Dinas"), "{body}");
        assert!(!body.contains(NIK) && !body.contains("Halimah") && !body.contains("http"), "{body}");
        assert_eq!((asked[0]["to"].as_str(), asked[0]["type"].as_str()), (Some(FAMILY), Some("text")));
        text(world, "wamid.in2", &format!("{number} 1948"));
        let asked = sent(world, &[]);
        assert!(asked[0]["text"]["body"].as_str().expect("text").contains("tidak cocok"), "the year is no second fact here");
    }

    fn a_message_that_comes_twice_is_answered_once(world: &World) {
        ready(world);
        for _ in 0..3 {
            assert_eq!(text(world, "wamid.same", "halo"), 204);
        }
        assert_eq!(sent(world, &[]).len(), 1);
        assert_eq!(sent(world, &[]).len(), 0, "and left once");
    }

    fn only_what_meta_signed_over_these_bytes_is_taken_in(world: &World) {
        ready(world);
        let value = json!({"metadata": {"phone_number_id": "55"}, "messages": [{"from": FAMILY, "id": "x", "timestamp": "1", "type": "text", "text": {"body": "halo"}}]});
        assert_eq!(webhook(world, &value, "another secret"), 403);
        let plain = Request::post("/hotline/whatsapp").body(HttpBody::from("{}")).expect("request");
        assert_eq!(world.http(plain).0, 403);
        let elsewhere = json!({"metadata": {"phone_number_id": "56"}, "messages": value["messages"]});
        assert_eq!(webhook(world, &elsewhere, "s3cret"), 204, "another number's messages are left alone");
        assert_eq!(states(world).len(), 0);
        let ask = |word: &str| world.http(Request::get(format!("/hotline/whatsapp?hub.mode=subscribe&hub.verify_token={word}&hub.challenge=1158201444")).body(HttpBody::empty()).expect("request"));
        assert_eq!((ask("kata").0, ask("kata").2, ask("lain").0), (200, b"1158201444".to_vec(), 403));
    }

    fn a_nik_is_neither_kept_nor_answered(world: &World) {
        ready(world);
        text(world, "wamid.nik", "NIK saya 6305 0441 0748 9901");
        let kept = world.district.db.read(|tx| tx.query("SELECT body FROM heard", &[])).expect("rows");
        assert_eq!(kept[0].text(0).expect("text"), "NIK saya •••");
        assert!(sent(world, &[])[0]["text"]["body"].as_str().expect("text").contains("Jangan kirim NIK"));
    }

    fn news_goes_to_a_contact_that_agreed_and_outside_the_window_as_a_template(world: &World) {
        ready(world);
        let (id, number) = handed_in(world, true);
        returned(world, &id);
        let asked = sent(world, &[]);
        assert_eq!((asked.len(), asked[0]["type"].as_str(), asked[0]["template"]["name"].as_str()), (1, Some("template"), Some("kabar")));
        let values = asked[0]["template"]["components"][0]["parameters"].to_string();
        assert!(values.contains(&number) && values.contains(&two_words::of(id.parse().expect("id")).join(" ")) && !values.contains(NIK), "{values}");
    }

    fn no_news_goes_to_anybody_who_did_not_agree(world: &World) {
        ready(world);
        let (id, _) = handed_in(world, false);
        returned(world, &id);
        assert_eq!(states(world).len(), 0);
    }

    fn a_rate_limit_is_waited_out_and_the_message_leaves_once(world: &World) {
        ready(world);
        text(world, "wamid.in", "halo");
        for code in [130_429, 131_056] {
            assert_eq!(sent(world, &[(400, error(code))]).len(), 1);
            assert_eq!(state(world), ("queued".into(), code.to_string()));
            assert_eq!(world.district.claim_due(Way::WhatsApp, 20, START_MS).expect("claimed").len(), 0, "not before its time");
            waited(world);
        }
        assert_eq!(sent(world, &[]).len(), 1);
        waited(world);
        assert_eq!((sent(world, &[]).len(), state(world).0), (0, "sent".to_owned()));
    }

    fn a_limit_that_never_ends_gives_up_and_says_so(world: &World) {
        ready(world);
        text(world, "wamid.in", "halo");
        for _ in 0..TRIES_MAX {
            sent(world, &[(429, error(130_429))]);
            waited(world);
        }
        assert_eq!(state(world), ("failed".into(), "130429".into()));
        let id = states(world)[0].0.clone();
        world.district.send_again(&id).expect("an officer sends it again");
        assert_eq!((sent(world, &[]).len(), state(world).0), (1, "sent".to_owned()));
        assert!(world.district.send_again(&id).is_err(), "what is gone is not sent again");
    }

    fn after_the_window_an_answer_fails_and_news_goes_as_a_template(world: &World) {
        ready(world);
        text(world, "wamid.in", "halo");
        sent(world, &[(400, error(131_047))]);
        assert_eq!(state(world), ("failed".into(), "131047".into()), "an answer has no template");
        let (id, _) = handed_in(world, true);
        text(world, "wamid.in2", "halo lagi");
        returned(world, &id);
        let first = sent(world, &[]);
        let news = states(world).into_iter().find(|s| s.0.starts_with("news:")).expect("news").0;
        assert!(first.iter().all(|m| m["type"] == "text"), "{first:?}");
        fate(world, &news, "wamid.9", "failed", Some(131_047));
        let again = sent(world, &[]);
        assert_eq!((again.len(), again[0]["type"].as_str()), (1, Some("template")));
    }

    fn fates_come_doubled_and_out_of_order_and_only_go_forward(world: &World) {
        ready(world);
        text(world, "wamid.in", "halo");
        let asked = sent(world, &[]);
        let id = asked[0]["biz_opaque_callback_data"].as_str().expect("our id").to_owned();
        for (told, now) in [("read", "read"), ("delivered", "read"), ("sent", "read"), ("failed", "read"), ("read", "read")] {
            fate(world, &id, "wamid.1", told, None);
            assert_eq!(state(world).0, now, "{told}");
        }
    }

    fn a_message_nobody_knows_of_is_not_sent_again_by_itself(world: &World) {
        ready(world);
        text(world, "wamid.in", "halo");
        let asked = sent(world, &[(500, json!("a page of a proxy"))]);
        assert_eq!(state(world).0, "unsure");
        waited(world);
        assert_eq!(sent(world, &[]).len(), 0);
        fate(world, asked[0]["biz_opaque_callback_data"].as_str().expect("id"), "wamid.7", "delivered", None);
        assert_eq!(state(world).0, "delivered", "its fate settles it");
    }

    fn two_senders_at_once_send_each_message_once(world: &World) {
        ready(world);
        for n in 0..6 {
            text(world, &format!("wamid.in{n}"), "pengaduan lama sekali");
        }
        let claim = || world.district.claim_due(Way::WhatsApp, 20, world.district.edge.now()).expect("claimed").len();
        let both = std::thread::scope(|s| { let (a, b) = (s.spawn(claim), s.spawn(claim)); a.join().expect("a") + b.join().expect("b") });
        assert_eq!(both, 6);
    }

    fn a_complaint_is_opened_and_its_number_told(world: &World) {
        ready(world);
        text(world, "wamid.in", "Pengaduan: diminta uang 50 ribu");
        let asked = sent(world, &[]);
        let body = asked[0]["text"]["body"].as_str().expect("text").to_owned();
        let rows = world.district.db.read(|tx| tx.query("SELECT number, kind, source, body FROM complaint", &[])).expect("rows");
        let column = |n| rows[0].text(n).expect("text");
        assert_eq!((column(1), column(2)), ("money".to_owned(), "whatsapp".to_owned()));
        assert!(body.contains(&column(0)) && !column(3).contains("50 ribu"), "sealed, and its number told: {body}");
    }

    fn a_person_is_asked_for_and_the_rules_are_silent_meanwhile(world: &World) {
        ready(world);
        text(world, "a", "halo");
        text(world, "b", "saya bingung");
        assert_eq!(sent(world, &[]).len(), 2, "help first, then a person");
        text(world, "c", "halo?");
        assert_eq!(sent(world, &[]).len(), 0);
        let talks = serde_json::to_value(world.district.talks().expect("talks")).expect("JSON");
        assert_eq!((talks[0]["waits"].as_bool(), talks[0]["lines"].as_array().expect("lines").len()), (Some(true), 5));
        world.district.answer_talk(&format!("+{FAMILY}"), &format!("Silakan datang. {NIK}")).expect("answered");
        let body = sent(world, &[])[0]["text"]["body"].as_str().expect("text").to_owned();
        assert_eq!(body, "Silakan datang. •••", "nobody sends a NIK");
        text(world, "d", "halo");
        assert_eq!(sent(world, &[]).len(), 1, "the rules answer again");
    }
}

#[test]
fn answers_mean_what_meta_documents() {
    let told = |status, body: &Value| meaning(status, body.to_string().as_bytes());
    assert_eq!(told(200, &json!({"messages": [{"id": "wamid.1"}]})), Fate::Taken("wamid.1".into()));
    assert!(matches!(told(400, &error(130_429)), Fate::Later(_, _)));
    assert_eq!(told(400, &error(131_047)), Fate::WindowClosed);
    assert_eq!(told(400, &error(131_026)), Fate::Refused("131026".into()), "not a WhatsApp number");
    assert_eq!(told(401, &error(190)), Fate::Refused("190".into()), "the token is no longer good");
    assert!(matches!(told(502, &json!("bad gateway")), Fate::Unsure(_)));
    assert!(matches!(meaning(200, b""), Fate::Unsure(_)), "taken, but nobody knows what");
}
