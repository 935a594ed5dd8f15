//! "3 in 1" (domain.md, DEATH_CERT): Abdul died; Halimah, his widow, asks at one visit for his death certificate, the family's
//! new card with her as its head, and a KTP that says widow. The Dinas sees the three together, one officer takes them at
//! once, and each still goes its own way.

use crate::office_world::{World, off, postgres, world};
use jukung_domain::event::{Body, Issued, Returned};
use serde_json::{Value, json};
use std::path::Path;

/// Hands in what Halimah asks for beside the death: the sample's answers, with those of this service.
fn beside(w: &World, service: &str, answers: &Value, attachments: &Value, missing: &Value) -> String {
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample");
    let mut value: Value = serde_json::from_slice(&std::fs::read(sample.join("04-death.json")).unwrap()).unwrap();
    value["service"] = json!(service);
    let fields = value["fields"].as_object_mut().unwrap();
    fields.retain(|path, _| {
        !["deceased.", "witness", "reporter.", "father.", "mother."].iter().any(|p| path.starts_with(p))
    });
    fields.extend(answers.as_object().unwrap().clone());
    value["attachments"] = attachments.clone();
    value["missing"] = missing.clone();
    let file = w.folder.path().join("one.json");
    std::fs::write(&file, value.to_string()).unwrap();
    for picture in ["ktp.jpg", "kk.jpg"] {
        std::fs::copy(sample.join(picture), w.folder.path().join(picture)).unwrap();
    }
    w.office.submit_file(&file).unwrap().remove(0).result.unwrap().application
}

/// Death, family card and KTP of the same family, in whatever order the clerk typed them.
fn three(w: &World) -> [String; 3] {
    let widow = json!({"changes.0.element": "marital_status", "changes.0.from": "Kawin", "changes.0.to": "Cerai mati",
        "changes.0.evidence": "Akta kematian Abdul Contoh Gani"});
    let papers = json!([{"requirement": "ktp_old", "file": "ktp.jpg"}, {"requirement": "evidence", "file": "kk.jpg"}]);
    let ktp = beside(w, "KTP_CHANGE", &widow, &papers, &json!({}));
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample/04-death.json");
    let death = w.office.submit_file(&sample).unwrap().remove(0).result.unwrap().application;
    let head = json!({"family.deceasedHead": "Abdul Contoh Gani", "family.newHead": "Halimah Contoh", "members.0.name": "Halimah Contoh",
        "members.0.nik": "6305044107489901", "members.0.birthDate": "1948", "members.0.shdk": "head"});
    let papers = json!([{"requirement": "kk_old", "file": "kk.jpg"}]);
    let kk = beside(w, "KK_NEW_HEAD", &head, &papers, &json!({"death_cert": "Diajukan bersama pada kunjungan ini"}));
    [death, kk, ktp]
}

/// Ids and statuses of a visit, as officers see it.
async fn shown(w: &World, id: &str) -> Vec<(String, String)> {
    let (district, id) = (w.district.clone(), id.to_owned());
    let rows = off(move || district.visit(&id).unwrap()).await;
    rows.into_iter().map(|row| (row.id, row.status)).collect()
}

async fn three_in_one(database: Option<String>) {
    let w = world(database).await;
    let [death, kk, ktp] = three(&w);
    // A neighbour comes the same day; Halimah brought her, and is named there.
    let other = json!({"applicant.name": "Zainab Contoh", "applicant.nik": "6305044107489902", "applicant.kk": "6305041203079902"});
    let card = json!([{"requirement": "ktp_damaged", "file": "ktp.jpg"}]);
    let neighbour = beside(&w, "KTP_DAMAGED", &other, &card, &json!({}));
    w.office.sync(&w.road).await.unwrap();
    let all = |status: &str| [&death, &kk, &ktp].map(|id| (id.clone(), status.to_owned())).to_vec();
    assert_eq!(shown(&w, &ktp).await, all("SUBMITTED"), "a death first, then the card of the family, then the KTP");
    assert!(shown(&w, &neighbour).await.is_empty(), "alone");
    // One officer takes the three at once; the next one finds nothing of them.
    let take = |id: &str, who: &'static str| {
        let (district, id) = (w.district.clone(), id.to_owned());
        off(move || district.take_visit(&id, who).map(|rows| rows.len()))
    };
    let (one, two) = tokio::join!(take(&ktp, "Sari"), take(&death, "Budi"));
    let refused = if one.is_ok() { two } else { one };
    assert_eq!(refused.unwrap_err().code, "not_allowed", "one of them has all three");
    assert_eq!(shown(&w, &death).await, all("IN_VERIFICATION"));
    // Each goes its own way: the family card comes back for a paper, the death is issued, and the counter hears both.
    let returned = Returned {
        reason: "missing_document".into(),
        target: "requirement.death_cert".into(),
        note: "Tunggu akta kematian terbit.".into(),
    };
    w.decide(&kk, Body::Returned(returned)).await.unwrap();
    for step in [Body::Approved, Body::Issued(Issued { document: "6305-KM-CONTOH".into() })] {
        w.decide(&death, step).await.unwrap();
    }
    w.office.sync(&w.road).await.unwrap();
    let status = |id: &str| w.office.application(id).unwrap().status;
    assert_eq!([status(&death), status(&kk), status(&ktp)], ["ISSUED", "NEEDS_CORRECTION", "IN_VERIFICATION"]);
    assert_eq!(w.office.attention().unwrap().len(), 1, "only what came back asks for somebody");
    let told: Vec<String> = shown(&w, &kk).await.into_iter().map(|(_, status)| status).collect();
    assert_eq!(told, ["ISSUED", "NEEDS_CORRECTION", "IN_VERIFICATION"], "together to the end");
}

#[tokio::test]
async fn three_services_of_one_visit_are_seen_and_taken_together_on_sqlite() {
    three_in_one(None).await;
}

#[tokio::test]
async fn three_services_of_one_visit_are_seen_and_taken_together_on_postgresql() {
    match tokio::task::spawn_blocking(postgres).await.unwrap() {
        Some(url) => three_in_one(Some(url)).await,
        None => eprintln!("PostgreSQL is not here: this story was told on SQLite only"),
    }
}
