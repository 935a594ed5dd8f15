//! One application, ten stops: from the counter with the cable out to the district's answer, on both engines.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails right here")]

mod office_world;

use jukung_office::{Office, home};
use office_world::{PASSPHRASE, edge, postgres, world};
use std::path::Path;
use std::sync::atomic::Ordering;

async fn ten_stops(database: Option<String>) {
    use jukung_domain::event::{Body, Issued, Returned};
    let w = world(database).await;
    // 1–5: handed in with the cable out; saved here, and nothing else is claimed.
    w.road.out.store(true, Ordering::Relaxed);
    let (id, number) = w.hand_in("Halimah Contoh");
    assert_eq!(w.office.sync(&w.road).await.unwrap_err().code, "offline");
    let case = w.office.application(&id).unwrap();
    assert_eq!((case.sending.state.as_str(), case.status.as_str()), ("retrying", ""));
    // 6: the receipt, twice the same bytes, from what was committed.
    let pdf = w.office.receipt_pdf(&id, "a5").unwrap();
    assert_eq!(pdf, w.office.receipt_pdf(&id, "a5").unwrap());
    // 7–8: the cable is back.
    w.road.out.store(false, Ordering::Relaxed);
    let ran = w.office.sync(&w.road).await.unwrap();
    assert_eq!((ran.acknowledged, ran.scans), (1, 1));
    let case = w.office.application(&id).unwrap();
    assert_eq!((case.sending.state.as_str(), case.status.as_str()), ("received", "SUBMITTED"));
    // 9–10: taken, returned with its target, corrected, issued.
    w.decide(&id, Body::Taken).await.unwrap();
    let returned = Returned {
        reason: "mismatch".into(),
        target: "applicant.address".into(),
        note: "Alamat tidak sama dengan KK.".into(),
    };
    w.decide(&id, Body::Returned(returned)).await.unwrap();
    w.office.sync(&w.road).await.unwrap();
    let row = w.office.attention().unwrap().remove(0);
    assert_eq!((row.target.as_str(), row.does.as_str()), ("applicant.address", "correct"));
    let draft = w.office.correct(&id).unwrap();
    assert_eq!((draft.section.as_str(), draft.field.as_str()), ("applicant", "applicant.address"));
    w.office
        .change_draft(&draft.id, |a| {
            a.fields.insert("applicant.address".into(), "Jalan Titian 7".into());
        })
        .unwrap();
    w.office.record_read_back(&draft.id, "spoken", &[]).unwrap();
    let consent = case.application.consent.clone().unwrap();
    assert_eq!(w.office.submit(&draft.id, &consent).unwrap().number, number);
    w.office.sync(&w.road).await.unwrap();
    for step in [Body::Taken, Body::Approved, Body::Issued(Issued::default())] {
        w.decide(&id, step).await.unwrap();
    }
    w.office.sync(&w.road).await.unwrap();
    let case = w.office.application(&id).unwrap();
    assert_eq!(
        (case.status.as_str(), case.application.fields["applicant.address"].as_str()),
        ("ISSUED", "Jalan Titian 7")
    );
    assert_eq!(w.stored_at_district().await, 1);
}

#[tokio::test]
async fn one_application_goes_all_ten_stops_on_sqlite() {
    ten_stops(None).await;
}

#[tokio::test]
async fn one_application_goes_all_ten_stops_on_postgresql() {
    let database = tokio::task::spawn_blocking(postgres).await.unwrap();
    match database {
        Some(url) => ten_stops(Some(url)).await,
        None => eprintln!("PostgreSQL is not here: this story was told on SQLite only"),
    }
}

#[tokio::test]
async fn a_lost_reply_does_not_double_an_application() {
    let w = world(None).await;
    w.hand_in("Aminah Contoh");
    w.road.lose_reply.store(true, Ordering::Relaxed);
    w.office.sync(&w.road).await.unwrap_err();
    assert_eq!(w.office.connection().unwrap().waiting, 1, "not received without the district's word");
    w.office.sync(&w.road).await.unwrap();
    assert_eq!((w.stored_at_district().await, w.office.connection().unwrap().waiting), (1, 0));
}

#[tokio::test]
async fn two_officers_at_once_make_one_decision() {
    use jukung_domain::event::Body;
    let w = world(None).await;
    let (id, _) = w.hand_in("Rusmini Contoh");
    w.office.sync(&w.road).await.unwrap();
    let (one, two) = tokio::join!(w.decide(&id, Body::Taken), w.decide(&id, Body::Taken));
    assert_eq!(usize::from(one.is_ok()) + usize::from(two.is_ok()), 1);
}

#[tokio::test]
async fn an_unclean_end_skips_numbers_and_doubles_none() {
    let w = world(None).await;
    let (_, first) = w.hand_in("Galuh Contoh");
    let dir = w.folder.path().join("office");
    // Dropped without `close`: as after a power cut.
    drop(w.office);
    let again = Office::open(&dir, "", PASSPHRASE, edge()).unwrap();
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample/01-ktp-damaged.json");
    let second = again.submit_file(&sample).unwrap().remove(0).result.unwrap().number;
    let counter = |n: &str| jukung_domain::number::Number::parse(n).unwrap().counter();
    assert_eq!(counter(&second), 22, "after {first} a block of 20 is skipped (decision 0008)");
    assert_eq!(home::people(&dir)[0].name, "Rahmah");
}

#[tokio::test]
async fn residents_are_found_by_old_spelling_number_and_nik() {
    let w = world(None).await;
    let (id, number) = w.hand_in("Hj. Noerhajati");
    for text in ["nurhayati", "Noorhayati", "nurh", &number.to_lowercase().replace('-', " "), "63050441", "0812000"] {
        let hits = w.office.search(text).unwrap();
        assert!(hits.iter().any(|h| h.id == id || h.kind == "resident"), "{text}: {hits:?}");
    }
    assert!(w.office.search("x").unwrap().is_empty());
}

#[tokio::test]
async fn nothing_of_a_resident_lies_in_the_clear_at_the_counter() {
    let w = world(None).await;
    w.hand_in("Kenari Rahasia");
    w.office.close().unwrap();
    let mut files = vec![w.folder.path().join("office")];
    while let Some(path) = files.pop() {
        if path.is_dir() {
            files.extend(std::fs::read_dir(path).unwrap().map(|e| e.unwrap().path()));
            continue;
        }
        let bytes = std::fs::read(&path).unwrap();
        for secret in ["Kenari", "6305044107489901"] {
            assert!(!bytes.windows(secret.len()).any(|b| b == secret.as_bytes()), "{secret} in {}", path.display());
        }
    }
}
