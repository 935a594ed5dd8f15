//! Goal: a computer becomes a counter once a person heard its words, a lost answer costs nothing, and a stolen code little.

mod district_world;

use axum::body::Body as HttpBody;
use axum::http::Request;
use district_world::{Counter, Engine, OFFICE, World, enrol_call, shared};
use jukung_crypto::heard::heard;
use jukung_crypto::{receipt_token, sign};
use jukung_district::enrol::Approval;
use jukung_domain::enrolment::{self, EnrolAnswer, Vouched, covered};

fn told(answer: &Vouched) -> EnrolAnswer {
    serde_json::from_str(&answer.said).expect("an answer")
}

/// The words as the counter computes them.
fn words(world: &World, asked: &Vouched) -> String {
    let key = sign::public_key(&world.district.seed);
    enrolment::words(heard(asked.said.as_bytes(), &key).expect("six")).join(" ")
}

/// A computer that waits for approval: what it asked with, and itself.
fn waiting(world: &World, seed: u8) -> (Vouched, Counter) {
    let code = world.district.invite(OFFICE, "", Approval::ByWords).expect("code").code;
    let asked = enrol_call(&code, &[seed; 32]);
    (asked, Counter::enrol_with(world, OFFICE, &code, [seed; 32]))
}

both_engines! {
    fn nothing_of_a_computer_is_stored_until_its_words_were_heard(world: &World) {
        let (asked, mut counter) = waiting(world, 1);
        let (create, _) = counter.create(1, "Halimah Contoh", None);
        let refused = counter.send(world, std::slice::from_ref(&create), &[]).expect_err("it waits");
        assert_eq!(refused.code, "device_pending");
        let request = Request::post("/v1/sync").body(HttpBody::from(counter.call(&[], &[]))).expect("request");
        assert_eq!(world.http(request).0, 403);
        let nothing = world.district.list(&jukung_district::desk::Wanted::default()).expect("list");
        assert_eq!(nothing.total, 0);
        let six = words(world, &asked);
        let other = six.replacen(six.split(' ').nth(2).expect("third"), "kapalterbang", 1);
        let differs = world.district.approve(&counter.card.code, &other, "Verifikator").expect_err("other words");
        assert_eq!((differs.code.as_str(), differs.details["at"].as_str()), ("words_differ", "3"));
        world.district.approve(&counter.card.code, &six.to_uppercase(), "Verifikator").expect("the words");
        let (answer, feed) = counter.sync(world, &[create]);
        assert_eq!((answer.ack[0].1, feed.len()), (1, 1));
        let known = world.district.devices().expect("devices");
        assert_eq!((known[0].state.as_str(), known[0].approved_by.as_str()), ("active", "Verifikator"));
        let again = world.district.approve(&counter.card.code, &six, "Verifikator").expect_err("once");
        assert_eq!(again.code, "not_pending");
    }

    fn the_same_request_is_answered_again_and_another_one_with_its_code_is_not(world: &World) {
        let (asked, counter) = waiting(world, 1);
        let again = told(&world.district.enrol(&asked).expect("the answer was lost"));
        assert_eq!((again.device, again.state.as_str()), (counter.card.device, "pending"));
        assert_eq!(world.district.devices().expect("devices").len(), 1, "still one computer");
        let code = world.district.invite(OFFICE, "", Approval::ByWords).expect("code").code;
        world.district.enrol(&enrol_call(&code, &[3; 32])).expect("the first");
        assert_eq!(world.district.enrol(&enrol_call(&code, &[4; 32])).expect_err("a thief").code, "code_used");
        let mut changed = asked.clone();
        changed.said = changed.said.replace("Loket 1", "Loket 2");
        assert_eq!(world.district.enrol(&changed).expect_err("changed on the way").code, "code_refused");
    }

    fn a_refused_computer_stays_out_and_is_told_so(world: &World) {
        let (asked, counter) = waiting(world, 1);
        world.district.refuse(&counter.card.device.to_string(), "Verifikator").expect("refused");
        assert_eq!(counter.send(world, &[], &[]).expect_err("out").code, "device_unknown");
        assert_eq!(world.district.enrol(&asked).expect_err("out").code, "code_refused");
        let late = world.district.approve(&counter.card.code, &words(world, &asked), "Verifikator").expect_err("late");
        assert_eq!(late.code, "not_pending");
    }

    fn the_answer_is_signed_and_brings_a_certificate_once_approved(world: &World) {
        let (asked, counter) = waiting(world, 1);
        let key = sign::public_key(&world.district.seed);
        let before = world.district.enrol(&asked).expect("answer");
        assert_eq!(told(&before).certificate, "");
        world.district.approve(&counter.card.code, &words(world, &asked), "Verifikator").expect("approved");
        let after = world.district.enrol(&asked).expect("answer");
        let sig = hex::decode(&after.sig).expect("hex");
        assert!(sign::verify(&key, &covered("answer", &after.said), &sig), "anyone with the key can check it");
        let certificate = hex::decode(told(&after).certificate).expect("hex");
        let device = receipt_token::certified(&[key], &certificate).expect("the district's");
        assert_eq!((device.district, device.code.as_str()), (6305, counter.card.code.as_str()));
        assert_eq!(device.key, sign::public_key(&[1; 32]));
        let call = counter.call_with(&[], &[], &[], |head| head.cert = true);
        let answer = world.district.sync(&jukung_district::ingest::read(&call).expect("call")).expect("answer");
        let head: serde_json::Value = serde_json::from_slice(answer.split(|b| *b == b'\n').next().expect("head")).expect("head");
        assert_eq!(head["cert"].as_str(), Some(told(&after).certificate.as_str()), "a call that asks gets the same");
    }

    fn an_officer_invites_and_approves_over_the_page(world: &World) {
        world.district.set_officer("Verifikator", district_world::PASSPHRASE).expect("officer");
        let token = world.district.sign_in("Verifikator", district_world::PASSPHRASE).expect("token");
        let ask = |method: &str, path: &str, body: serde_json::Value| {
            let request = Request::builder().method(method).uri(format!("/officer/api{path}"));
            let request = request.header("cookie", format!("jukung_officer={token}")).header("content-type", "application/json");
            let (status, _, body) = world.http(request.body(HttpBody::from(body.to_string())).expect("request"));
            (status, serde_json::from_slice::<serde_json::Value>(&body).expect("JSON"))
        };
        let (status, sheet) = ask("POST", "/invitations", serde_json::json!({ "office": OFFICE, "server": "https://dukcapil.contoh.go.id/" }));
        assert_eq!(status, 200, "{sheet}");
        let picture = sheet["qr"].as_str().expect("a picture").strip_prefix("data:image/png;base64,").expect("a PNG");
        let picture = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, picture).expect("base64");
        let text = jukung_office::qr::read(&picture).expect("the QR is read from the picture");
        assert_eq!(Some(text.as_str()), sheet["text"].as_str());
        let invitation = enrolment::Invitation::read(&text).expect("an invitation");
        assert_eq!((invitation.server.as_str(), invitation.district_key), ("https://dukcapil.contoh.go.id", world.district.public_key()));
        let asked = enrol_call(&invitation.code, &[6; 32]);
        let device = told(&world.district.enrol(&asked).expect("enrolled")).device;
        let approve = format!("/devices/{device}/approve");
        assert_eq!(ask("POST", &approve, serde_json::json!({ "words": "satu dua" })).0, 409);
        let (status, list) = ask("POST", &approve, serde_json::json!({ "words": words(world, &asked) }));
        assert_eq!((status, list[0]["state"].as_str()), (200, Some("active")));
        assert_eq!(ask("POST", &format!("/devices/{device}/refuse"), serde_json::json!({})).0, 409);
        let out = Request::get("/officer/api/devices").body(HttpBody::empty()).expect("request");
        assert_eq!(world.http(out).0, 401, "nobody else");
    }
}
