//! Goal: what names a resident anywhere, or is of the highest class, leaves the office of a counter only for a purpose that
//! is written down, only of so many residents a day, and never as part of what only lists or opens something.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails right here")]

mod office_world;

use jukung_domain::audit::Record;
use jukung_domain::masked::{Class, Place};
use jukung_office::Office;
use jukung_tests::document;
use office_world::{World, pass_days, settled, world};
use serde_json::json;
use std::path::Path;

fn sample(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("sample").join(name)
}

/// A death, whose form has the numbers of several people and a cause.
fn death(w: &World) -> String {
    w.office.submit_file(&sample("04-death.json")).unwrap().remove(0).result.unwrap().application
}

fn card(office: &Office, letters: &str) -> String {
    office.search(letters).unwrap().into_iter().find(|hit| hit.kind == "resident").unwrap().id
}

/// What was shown, as it stands in the chain.
fn told(office: &Office) -> Vec<Record> {
    let rows = office.db().read(|tx| tx.query("SELECT record FROM audit ORDER BY id", &[])).unwrap();
    let records = rows.iter().map(|r| serde_json::from_str::<Record>(&r.text(0).unwrap()).unwrap());
    records.filter(|r| r.k.starts_with("reveal.") || r.k == "denied").collect()
}

/// A draft about somebody whose NIK nobody else has.
fn drafted(office: &Office, n: usize) -> String {
    let draft = office.new_draft("KTP_DAMAGED", None, None).unwrap().id;
    let change = json!({"draft": draft, "fields": {"applicant.nik": format!("63050441074{n:05}")}, "reasons": {}, "missing": {}, "section": "", "field": ""});
    office.save(&serde_json::from_value(change).unwrap()).unwrap();
    draft
}

#[tokio::test]
async fn nothing_that_lists_or_opens_something_holds_a_full_number_or_a_cause_of_death() {
    let _alone = office_world::ALONE.lock().await;
    let w = world(None).await;
    let id = death(&w);
    let (own, draft) = (card(&w.office, "halimah"), w.office.new_draft("BIRTH_CERT", None, None).unwrap().id);
    let form = w.office.new_draft("KTP_DAMAGED", None, Some(&own)).unwrap().id;
    settled(&w, &[&w.office]).await;
    let office = &w.office;
    let seen = [
        json!(office.search("halimah").unwrap()),
        json!(office.search("6305044107489901").unwrap()),
        json!(office.application(&id).unwrap()),
        json!(office.resident(&own, "serving").unwrap()),
        json!(office.review(&form).unwrap()),
        json!(office.queue("all", 0).unwrap()),
        json!(office.attention().unwrap()),
        json!(office.sending().unwrap()),
        json!(office.people(&draft, "mother.name", "hal").unwrap()),
        json!(office.people(&draft, "applicant.nik", "6305044107489901").unwrap()),
    ];
    let fields = document(office, &id).fields;
    let secret: Vec<&String> =
        fields.values().filter(|v| v.len() == 16 && v.bytes().all(|b| b.is_ascii_digit())).collect();
    assert!(secret.len() >= 5, "{secret:?}");
    for (at, text) in seen.iter().map(|v| v.to_string().replace(' ', "")).enumerate() {
        for number in &secret {
            assert!(!text.contains(number.as_str()), "{number} in {at}: {text}");
        }
        assert!(!text.contains("illness_age") && !text.contains("Sakitbiasa"), "the cause of death in {at}: {text}");
    }
    assert!(seen[2].to_string().contains("6305••••••••9901") && seen[3].to_string().contains("6305••••••••9901"));
    assert!(told(office).iter().all(|r| r.y == "form"), "only the form that began with a resident's answers");
}

#[tokio::test]
async fn what_is_shown_is_written_down_with_its_purpose_and_names_nobody() {
    let _alone = office_world::ALONE.lock().await;
    let w = world(None).await;
    let (id, fields) = (death(&w), document(&w.office, &death(&w)).fields);
    let shown = w.office.reveal_numbers("case", &id, "serving").unwrap();
    let plain = |text: &str| text.replace(' ', "");
    assert_eq!(plain(&shown.values["applicant.nik"]), fields["applicant.nik"]);
    assert_eq!(plain(&shown.values["deceased.nik"]), fields["deceased.nik"]);
    assert!(shown.values.keys().all(|path| path.ends_with(".nik") || path.ends_with(".kk")), "{:?}", shown.values);
    let records = told(&w.office);
    assert_eq!(records.len(), 1);
    let record = &records[0];
    assert_eq!((record.k.as_str(), record.o.as_str(), record.y.as_str()), ("reveal.number", "case", "serving"));
    assert_eq!(record.f, shown.values.keys().cloned().collect::<Vec<_>>(), "which answers, never what they say");
    w.office.reveal_numbers("case", &id, "serving").unwrap();
    assert_eq!(told(&w.office).len(), 2, "each time is written down");
    let own = card(&w.office, "halimah");
    let of_resident = w.office.reveal_numbers("resident", &own, "complaint").unwrap().values;
    assert_eq!(plain(&of_resident["nik"]), fields["applicant.nik"]);
    assert_eq!(w.office.audit_of(&id).unwrap().iter().filter(|r| r.k == "reveal.number").count(), 2);
    assert!(w.office.audit().unwrap().told.is_empty());
}

#[tokio::test]
async fn without_a_purpose_of_the_list_nothing_is_shown_and_nothing_written_down() {
    let _alone = office_world::ALONE.lock().await;
    let w = world(None).await;
    let id = death(&w);
    for (of, id, purpose) in [
        ("case", id.as_str(), ""),
        ("case", &id, "needed_now"),
        ("case", &id, "Ingin tahu"),
        ("street", &id, "serving"),
    ] {
        assert_eq!(w.office.reveal_numbers(of, id, purpose).unwrap_err().code, "bad_request", "{of} {purpose}");
    }
    for (of, id) in [("case", "nobody"), ("resident", "6305044107489901"), ("resident", "99"), ("event", "none")] {
        assert_eq!(w.office.reveal_numbers(of, id, "serving").unwrap_err().code, "not_found", "{of} {id}");
    }
    assert_eq!(w.office.reveal_highest("case", &id, "deceased.cause", "serving").unwrap_err().code, "bad_request");
    assert_eq!(told(&w.office), []);
}

#[tokio::test]
async fn the_highest_class_comes_alone_for_a_purpose_of_its_own() {
    let _alone = office_world::ALONE.lock().await;
    let w = world(None).await;
    let id = death(&w);
    assert_eq!(w.office.reveal_highest("case", &id, "applicant.nik", "needed_now").unwrap_err().code, "not_found");
    let shown = w.office.reveal_highest("case", &id, "deceased.cause", "law_asked").unwrap();
    assert_eq!(shown.values.keys().collect::<Vec<_>>(), ["deceased.cause"]);
    assert!(shown.seconds < w.office.reveal_numbers("case", &id, "serving").unwrap().seconds);
    let records: Vec<(String, String)> = told(&w.office).into_iter().map(|r| (r.k, r.y)).collect();
    assert_eq!(records[0], ("reveal.highest".to_owned(), "law_asked".to_owned()));
}

#[tokio::test]
async fn the_mark_of_a_consent_is_no_picture_until_somebody_says_why() {
    let _alone = office_world::ALONE.lock().await;
    let w = world(None).await;
    let picture = std::fs::read(sample("ktp.jpg")).unwrap();
    death(&w);
    let draft = w.office.new_draft("KTP_DAMAGED", None, Some(&card(&w.office, "halimah"))).unwrap().id;
    w.office.attach(&draft, "ktp_damaged", None, &picture).unwrap();
    let made = w.office.attach(&draft, "consent", None, &std::fs::read(sample("certificate.jpg")).unwrap()).unwrap();
    assert!(w.office.scan_image(&made.id).is_ok(), "in a draft it is what is being made");
    let change = json!({"draft": draft, "fields": {"applicant.birthDate": "1948"}, "reasons": {}, "missing": {}, "section": "", "field": ""});
    w.office.save(&serde_json::from_value(change).unwrap()).unwrap();
    w.office.record_read_back(&draft, "spoken", &[]).unwrap();
    let consent = json!({"text_version": "2026-11", "agreed": true, "news": false, "given_by": "self", "mark": "strokes", "witnesses": []});
    let done = w.office.submit(&draft, &serde_json::from_value(consent).unwrap()).unwrap();
    let scans = w.office.application(&done.application).unwrap().scans;
    let mark = scans.iter().find(|s| s.attachment.requirement == "consent").unwrap();
    assert_eq!(w.office.scan_image(&mark.id).unwrap_err().code, "reveal_first");
    let other = scans.iter().find(|s| s.attachment.requirement != "consent").unwrap();
    assert!(w.office.scan_image(&other.id).is_ok());
    let before = told(&w.office).len();
    assert_eq!(w.office.reveal_mark(&mark.id, "serving").unwrap_err().code, "bad_request");
    assert_eq!(w.office.reveal_mark(&mark.id, "needed_now").unwrap().1, "image/jpeg");
    assert_eq!(told(&w.office).len(), before + 1);
    assert_eq!(w.office.audit_of(&done.application).unwrap().iter().filter(|r| r.k == "reveal.highest").count(), 1);
}

#[tokio::test]
async fn a_days_number_is_for_each_person_counts_residents_and_begins_anew_the_next_day() {
    let _alone = office_world::ALONE.lock().await;
    let w = world(None).await;
    let most = Class::Number.rules(Place::Counter).a_day;
    let drafts: Vec<String> = (0..=most).map(|n| drafted(&w.office, n)).collect();
    for draft in &drafts[..most] {
        w.office.reveal_numbers("draft", draft, "serving").unwrap();
    }
    let refused = w.office.reveal_numbers("draft", &drafts[most], "serving").unwrap_err();
    assert_eq!((refused.code.as_str(), refused.details["n"].as_str()), ("reveal_budget", most.to_string().as_str()));
    w.office.reveal_numbers("draft", &drafts[0], "serving").expect("what was seen today is none more");
    let id = death(&w);
    let own = card(&w.office, "halimah");
    assert_eq!(w.office.new_draft("KTP_DAMAGED", None, Some(&own)).unwrap_err().code, "reveal_budget");
    assert_eq!(w.office.known_person(&own).unwrap_err().code, "reveal_budget", "no other way around it");
    w.office.new_draft("KTP_DAMAGED", None, None).expect("work goes on");
    w.office.reveal_highest("case", &id, "deceased.cause", "needed_now").expect("it has a number of its own");
    assert_eq!(told(&w.office).iter().filter(|r| r.k == "denied" && r.y == "reveal.number").count(), 1, "told once");
    pass_days(1);
    w.office.reveal_numbers("draft", &drafts[most], "serving").expect("another day");
    let days = w.office.shown_to().expect("a supervisor is told");
    let counts: Vec<_> = days.iter().map(|d| (d.person.as_str(), d.numbers, d.highest, d.refused)).collect();
    assert_eq!(counts, [("Rahmah", 1, 0, 0), ("Rahmah", u32::try_from(most).unwrap(), 1, 1)], "the newest day first");
}

#[tokio::test]
async fn who_is_refused_may_ask_somebody_else() {
    let _alone = office_world::ALONE.lock().await;
    let w = world(None).await;
    let most = Class::Highest.rules(Place::Counter).a_day;
    let cases: Vec<String> = (0..=most).map(|_| death(&w)).collect();
    for case in &cases[..most] {
        w.office.reveal_highest("case", case, "deceased.cause", "needed_now").unwrap();
    }
    let last = &cases[most];
    assert_eq!(
        w.office.reveal_highest("case", last, "deceased.cause", "needed_now").unwrap_err().code,
        "reveal_budget"
    );
    let hamdi = w.office.add_person("Hamdi", "officer").unwrap();
    let folder = w.folder.path().join("office");
    w.office.close().unwrap();
    drop(w.office);
    let other = Office::open(&folder, "Hamdi", &hamdi.passphrase, office_world::edge()).unwrap();
    other.reveal_highest("case", last, "deceased.cause", "needed_now").expect("each person has their own");
    assert_eq!(other.shown_to().unwrap_err().code, "not_permitted", "only a supervisor sees who was shown how much");
}
