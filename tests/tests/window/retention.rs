//! "Jejak data" and "Masa simpan" in a browser, by keyboard: the rules are set, one officer counts what is due, another one has
//! it destroyed; clean in both themes.

use crate::driver::{ENTER, TAB, Window};
use crate::states::push;
use crate::world::World;
use jukung_tests::served::OFFICER;

const STATES: [&str; 5] =
    ["dinas-jejak", "dinas-masa-simpan", "dinas-musnah-usul", "dinas-musnah-yakin", "dinas-musnah-selesai"];

async fn enters(w: &Window, name: &str) {
    w.until("document.activeElement.name === 'name'").await;
    w.press(&format!("{name}{TAB}{OFFICER}{ENTER}")).await;
    w.title("Antrean").await;
    push(w, "a[href='#jejak']").await;
    w.title("Jejak data").await;
}

#[tokio::test]
async fn one_officer_counts_what_is_due_and_another_one_has_it_destroyed() {
    let mut world = World::new().await;
    world.cable_in().await;
    world.officer("Kepala");
    world.opened_years_ago();
    let w = Window::browse(&format!("{}/officer/", world.origin()), world.tools()).await;
    enters(&w, "Verifikator").await;
    w.look("dinas-jejak").await;
    push(&w, "#retention").await;
    w.title("Masa simpan").await;
    w.shows("Belum ada yang mengatur").await;
    w.look("dinas-masa-simpan").await;
    w.tab_to("[name=basis]", 20).await;
    w.press(&format!("Perbup Contoh Nomor 12 Tahun 2026{ENTER}")).await;
    w.shows("Belum ada yang dihapus").await;
    push(&w, "[data-class=messages]").await;
    w.shows("tidak ada yang lewat masa simpan").await;
    push(&w, "[data-class=openings]").await;
    w.shows("menunggu petugas lain").await;
    w.shows("Petugas lain yang menyetujui").await;
    w.look("dinas-musnah-usul").await;
    push(&w, "header button:last-of-type").await;
    w.until("document.activeElement.name === 'name'").await;
    w.js("window.before = true; location.reload()").await;
    w.until("!window.before && document.activeElement.name === 'name'").await;
    enters(&w, "Kepala").await;
    push(&w, "#retention").await;
    w.until("document.querySelector('[data-agree]')").await;
    push(&w, "[data-agree]").await;
    w.until("document.querySelector('#agree-yes') && document.activeElement.textContent === 'Jangan dulu'").await;
    w.look("dinas-musnah-yakin").await;
    push(&w, "#agree-yes").await;
    w.shows("Berita acara siap dicetak").await;
    w.look("dinas-musnah-selesai").await;
    w.saw(&STATES);
    w.close().await;
}
