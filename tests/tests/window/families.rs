//! The families' pages in a browser, by keyboard, on a telephone 360 pixels wide and on a desk: clean in both themes.

use crate::driver::{ENTER, TAB, Window};
use crate::world::{Scans, World};
use jukung_domain::number::Number;
use serde_json::json;

/// The browser makes no window narrower than its own bar (447); what a telephone of 360 pixels shows is measured on top.
pub const PHONE: u32 = 360;
/// What sticks out of a page that is 360 pixels wide.
pub const WIDER: &str = "document.documentElement.style.width = '360px';
    const out = [...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > 360.5 || (e.scrollWidth > e.clientWidth + 1 && e.tagName === 'MAIN'));
    document.documentElement.style.width = '';
    return out.map(e => e.outerHTML.slice(0, 80));";
const STATES: [&str; 5] = ["cek", "cek-tidak-ada", "cek-keliru", "cek-diperiksa", "cek-perbaikan"];

#[tokio::test]
async fn a_family_finds_its_application_with_the_keyboard_on_a_telephone_and_on_a_desk() {
    let mut world = World::new().await;
    world.cable_in().await;
    world.handed_in(&["01-ktp-damaged.json"]);
    world.sent(Scans::Later).await;
    let number = world.numbers().await.remove(0);
    let w = Window::browse(&format!("{}/cek", world.origin()), world.tools()).await;
    for wide in [PHONE, 1366] {
        w.rect(wide, 768).await;
        w.look("cek").await;
        ask(&w, &number, "1949").await;
        w.shows("Nomor ini belum ada di Dinas").await;
        w.look("cek-tidak-ada").await;
        ask(&w, &format!("{number}X"), "1948").await;
        w.shows("ada huruf yang keliru").await;
        w.look("cek-keliru").await;
    }
    let take = Number::parse(&number).unwrap().to_string();
    world.decide(&take, "take", json!({})).await;
    ask(&w, &number.to_lowercase(), "1948").await;
    w.shows("Sedang diperiksa Dinas").await;
    w.look("cek-diperiksa").await;
    w.rect(PHONE, 768).await;
    let back = json!({"reason": "unreadable", "target": "requirement.ktp_damaged", "note": "Foto KTP tidak terbaca. Mohon dipindai ulang."});
    world.decide(&take, "return", back).await;
    // The family's own link opens the same page, for whoever got it.
    let link = w.js("return document.querySelector('#link').value").await;
    let shared = link.as_str().unwrap().strip_prefix("https://dukcapil.contoh.go.id").expect("an address of the site");
    w.js(&format!("location.href = '{shared}'")).await;
    w.shows("Ada yang perlu diperbaiki").await;
    w.fits("cek-perbaikan").await;
    assert_eq!(w.js(WIDER).await, json!([]), "wider than a telephone");
    w.saw(&STATES);
    w.close().await;
}

async fn ask(w: &Window, number: &str, fact: &str) {
    w.js("location.href = '/cek'").await;
    w.until("location.pathname === '/cek' && document.querySelector('#number')?.value === ''").await;
    w.tab_to("#number", 8).await;
    w.press(&format!("{number}{TAB}{fact}{ENTER}")).await;
}
