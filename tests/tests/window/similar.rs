//! An application that was handed in twice, as an officer sees it: side by side, decided by keyboard; clean in both themes.

use crate::driver::{ENTER, TAB, Window, f};
use crate::families::{PHONE, WIDER};
use crate::world::{Scans, World};
use jukung_tests::served::OFFICER;
use serde_json::json;

const STATES: [&str; 3] = ["dinas-mungkin-ganda", "dinas-mungkin-ganda-360", "dinas-bukan-ganda"];

#[tokio::test]
async fn what_may_be_handed_in_twice_stands_side_by_side_until_a_person_says() {
    let mut world = World::new().await;
    world.cable_in().await;
    world.handed_in(&["01-ktp-damaged.json", "01-ktp-damaged.json"]);
    world.sent(Scans::Too).await;
    let w = Window::browse(&format!("{}/officer/", world.origin()), world.tools()).await;
    w.until("document.activeElement.name === 'name'").await;
    w.press(&format!("Verifikator{TAB}{OFFICER}{ENTER}")).await;
    w.title("Antrean").await;
    w.press(&f(2)).await;
    w.shows("Mungkin sudah pernah diajukan (1)").await;
    w.shows("NIK sama, nama sama").await;
    w.look("dinas-mungkin-ganda").await;
    w.rect(PHONE, 768).await;
    // The notice at the bottom is as wide as the window itself, which no browser makes as narrow as a telephone.
    w.js("document.querySelector('#said').textContent = ''").await;
    assert_eq!(w.js(WIDER).await, json!([]), "wider than a telephone");
    w.look("dinas-mungkin-ganda-360").await;
    w.rect(1366, 768).await;
    w.tab_to("[data-same='false']", 12).await;
    w.press(ENTER).await;
    w.shows("Tercatat di kedua berkas: bukan ganda.").await;
    w.until("!document.querySelector('#similar section')").await;
    w.look("dinas-bukan-ganda").await;
    w.saw(&STATES);
    w.close().await;
}
