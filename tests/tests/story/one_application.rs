//! One application, ten stops under the headings of `docs/life.md`: from the counter with the cable out to the district's
//! answer, on both engines.

use crate::office_world::{postgres, world};
use jukung_domain::event::{Body, Issued, Returned};
use std::sync::atomic::Ordering;

async fn ten_stops(database: Option<String>) {
    let w = world(database).await;
    // 1 The clerk fills the form the catalogue drew, 2 a typed call leaves the screen, 3 the window's command passes it on,
    // 4 handing in: one transaction, 5 the log line, the state and the lists: with the cable out, and nothing else claimed.
    w.road.out.store(true, Ordering::Relaxed);
    let (id, number) = w.hand_in("Halimah Contoh");
    assert_eq!(w.office.sync(&w.road).await.unwrap_err().code, "offline");
    let case = w.office.application(&id).unwrap();
    assert_eq!((case.sending.state.as_str(), case.status.as_str()), ("retrying", ""));
    // 6 The receipt: twice the same bytes, from what was committed.
    let pdf = w.office.receipt_pdf(&id, "a5").unwrap();
    assert_eq!(pdf, w.office.receipt_pdf(&id, "a5").unwrap());
    // 7 The loop asks: what next? The cable is back. 8 The district takes it in.
    w.road.out.store(false, Ordering::Relaxed);
    let ran = w.office.sync(&w.road).await.unwrap();
    assert_eq!((ran.acknowledged, ran.scans), (2, 1), "the application, and the key its author signs with");
    let case = w.office.application(&id).unwrap();
    assert_eq!((case.sending.state.as_str(), case.status.as_str()), ("received", "SUBMITTED"));
    // 9 An officer decides, 10 the counter hears of it: taken, returned with its target, corrected, issued.
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
    let consent = jukung_tests::document(&w.office, &id).consent.unwrap();
    assert_eq!(w.office.submit(&draft.id, &consent).unwrap().number, number);
    w.office.sync(&w.road).await.unwrap();
    for step in [Body::Taken, Body::Approved, Body::Issued(Issued::default())] {
        w.decide(&id, step).await.unwrap();
    }
    w.office.sync(&w.road).await.unwrap();
    let case = w.office.application(&id).unwrap();
    assert_eq!(
        (case.status.as_str(), jukung_tests::document(&w.office, &id).fields["applicant.address"].as_str()),
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
