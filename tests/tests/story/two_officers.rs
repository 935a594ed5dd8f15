//! The Dinas wants two officers for what is issued: Sari proposes, and the counter says nothing of it; Budi sends it back, then
//! confirms, and only now Halimah can be told.

use crate::office_world::{off, postgres, world};
use jukung_district::second::Step;
use jukung_district::second::routes::Change;
use jukung_domain::event::{Body, Issued};

async fn two_officers(database: Option<String>) {
    let w = world(database).await;
    let district = w.district.clone();
    let rule = move || {
        let seen = district.second_rule().unwrap().seen;
        district.change_second_rule("Kepala", &Change { steps: vec!["issue".into()], seen }).unwrap();
    };
    off(rule).await;
    let (id, _) = w.hand_in("Halimah Contoh");
    w.office.sync(&w.road).await.unwrap();
    let proposed = || {
        let (district, id) = (w.district.clone(), id.clone());
        off(move || district.detail(&id).unwrap().proposed.unwrap().id)
    };
    let issued = |number: &str| Body::Issued(Issued { document: number.into() });
    for step in [Body::Taken, Body::Approved, issued("6305-KELIRU")] {
        w.decide(&id, step).await.unwrap();
    }
    w.office.sync(&w.road).await.unwrap();
    let shown = || w.office.application(&id).unwrap();
    assert_eq!(shown().status, "IN_PROCESS", "the counter tells what is decided");
    let (district, app, seen) = (w.district.clone(), id.clone(), proposed().await);
    off(move || district.send_back_second(&app, "Budi", Step::Issue, (&seen, "Nomornya keliru.")).unwrap()).await;
    w.decide(&id, issued("6305-BENAR")).await.unwrap();
    let (district, app, seen) = (w.district.clone(), id.clone(), proposed().await);
    off(move || district.confirm_second(&app, "Budi", Step::Issue, &seen).unwrap()).await;
    w.office.sync(&w.road).await.unwrap();
    let story = shown().history.iter().map(|line| line.text.clone()).collect::<Vec<_>>().join(" | ");
    assert_eq!(shown().status, "ISSUED");
    assert!(story.contains("6305-BENAR") && !story.contains("KELIRU") && !story.contains("keliru"), "{story}");
}

#[tokio::test]
async fn what_one_officer_proposed_is_told_when_another_one_confirmed_it_on_sqlite() {
    two_officers(None).await;
}

#[tokio::test]
async fn what_one_officer_proposed_is_told_when_another_one_confirmed_it_on_postgresql() {
    match tokio::task::spawn_blocking(postgres).await.unwrap() {
        Some(url) => two_officers(Some(url)).await,
        None => eprintln!("PostgreSQL is not here: this story was told on SQLite only"),
    }
}
