//! The officers' page of figures in a browser, by keyboard: empty, with work, its tables open, another period, and on a telephone;
//! clean in both themes.

use crate::driver::{ENTER, ESCAPE, TAB, Window};
use crate::families::{PHONE, WIDER};
use crate::states::push;
use crate::world::{Scans, World};
use jukung_tests::served::OFFICER;
use serde_json::json;

const STATES: [&str; 4] = ["dinas-gambaran-kosong", "dinas-gambaran", "dinas-gambaran-tabel", "dinas-gambaran-360"];

#[tokio::test]
async fn the_page_of_figures_is_clean_from_nothing_to_work() {
    let mut world = World::new().await;
    world.cable_in().await;
    let w = Window::browse(&format!("{}/officer/", world.origin()), world.tools()).await;
    w.until("document.activeElement.name === 'name'").await;
    w.press(&format!("Verifikator{TAB}{OFFICER}{ENTER}")).await;
    w.title("Antrean").await;
    push(&w, "a[href='/officer/figures']").await;
    w.shows("Belum ada berkas masuk dalam 30 hari ini.").await;
    w.look("dinas-gambaran-kosong").await;
    world.handed_in(&["01-ktp-damaged.json", "03-birth-elderly.json", "04-death.json"]);
    world.sent(Scans::Too).await;
    let number = world.numbers().await.remove(0);
    let back = json!({"reason": "unreadable", "target": "applicant.name", "note": "Foto KTP tidak terbaca. Mohon dipindai ulang."});
    world.decide(&number, "return", back).await;
    push(&w, "button[data-days='7']").await;
    w.shows("Antrean bertambah 2 berkas: 3 masuk, 1 dijawab.").await;
    w.shows("Paling sering dikembalikan karena: Pindaian tidak terbaca (1 dari 1).").await;
    assert_eq!(w.js("return document.querySelectorAll('.figures > section').length").await, json!(9));
    assert_eq!(w.js("return document.activeElement.tagName").await, json!("H1"), "a reader hears the page anew");
    w.look("dinas-gambaran").await;
    for _ in 0..2 {
        w.tab_to("details:not([open]) > summary", 40).await;
        w.press(ENTER).await;
    }
    w.until("document.querySelectorAll('details[open] table').length === 2").await;
    w.look("dinas-gambaran-tabel").await;
    w.rect(PHONE, 768).await;
    assert_eq!(w.js(WIDER).await, json!([]), "wider than a telephone");
    w.look("dinas-gambaran-360").await;
    w.press(ESCAPE).await;
    w.title("Antrean").await;
    w.saw(&STATES);
    w.close().await;
}
