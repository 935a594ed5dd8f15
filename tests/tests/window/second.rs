//! The second officer in a browser, by keyboard: the rule is switched on, one officer proposes, another one sends it back, then
//! confirms; clean in both themes.

use crate::driver::{ALT, ENTER, ESCAPE, SPACE, TAB, Window};
use crate::states::push;
use crate::world::{Scans, World};
use jukung_tests::served::OFFICER;
use serde_json::json;

const STATES: [&str; 6] = [
    "dinas-dua-petugas",
    "dinas-usulan-terbit",
    "dinas-usulan-sendiri",
    "dinas-usulan-antrean",
    "dinas-usulan-kembalikan",
    "dinas-usulan-dikembalikan",
];

/// Signs an officer in.
pub async fn enters(w: &Window, name: &str) {
    w.until("document.activeElement.name === 'name'").await;
    w.press(&format!("{name}{TAB}{OFFICER}{ENTER}")).await;
    w.title("Antrean").await;
}

/// Signs out; the page begins anew, for another officer sits there.
async fn leaves(w: &Window) {
    push(w, "header button:last-of-type").await;
    w.until("document.activeElement.name === 'name'").await;
    w.js("window.before = true; location.reload()").await;
    w.until("!window.before && document.activeElement.name === 'name'").await;
}

/// Opens the only application that stands there. The rows of before go first: those that are looked for are not they.
async fn opens(w: &Window, status: &str) {
    w.tab_to("select", 30).await;
    let choose = "document.querySelector('table.queue')?.remove(); const list = document.querySelector('select');
        list.value = 'STATUS'; list.dispatchEvent(new Event('change'))";
    w.js(&choose.replace("STATUS", status)).await;
    w.until("document.querySelectorAll('tr.pick').length === 1").await;
    push(w, "tr.pick button").await;
    w.until("document.querySelector('.answers')").await;
}

async fn proposes(w: &Window) {
    push(w, "[data-step=issue]").await;
    w.until("document.activeElement.name === 'document'").await;
    w.press("6305-CONTOH-0001").await;
    w.shows("Keputusan ini memerlukan petugas kedua").await;
}

#[tokio::test]
async fn a_second_officer_confirms_or_sends_back_what_the_first_one_proposed() {
    let mut world = World::new().await;
    world.cable_in().await;
    world.officer("Kepala");
    world.handed_in(&["01-ktp-damaged.json"]);
    world.sent(Scans::Too).await;
    let number = world.numbers().await.remove(0);
    for step in ["take", "approve"] {
        world.decide(&number, step, json!({})).await;
    }
    let w = Window::browse(&format!("{}/officer/", world.origin()), world.tools()).await;
    enters(&w, "Verifikator").await;
    push(&w, "a[href='#janji']").await;
    w.title("Janji layanan").await;
    push(&w, "a[href='#dua']").await;
    w.title("Dua petugas").await;
    w.tab_to("[name=steps][value=issue]", 30).await;
    w.press(SPACE).await;
    w.look("dinas-dua-petugas").await;
    w.press(ENTER).await;
    w.shows("Berlaku untuk keputusan berikutnya").await;
    w.press(ESCAPE).await;
    w.title("Antrean").await;
    opens(&w, "IN_PROCESS").await;
    proposes(&w).await;
    w.look("dinas-usulan-terbit").await;
    w.press(ENTER).await;
    w.shows("menunggu petugas kedua").await;
    opens(&w, "SECOND_WAITS").await;
    w.shows("Verifikator mengusulkan: Terbitkan dokumen: 6305-CONTOH-0001").await;
    w.until("!document.querySelector('#second-confirm') && document.querySelector('#second-back')").await;
    w.look("dinas-usulan-sendiri").await;
    leaves(&w).await;
    sent_back(&w).await;
    enters(&w, "Verifikator").await;
    w.shows("1 usulan Anda dikembalikan petugas kedua").await;
    opens(&w, "SECOND_BACK").await;
    w.shows("Dikembalikan Kepala: Nomor dokumen salah.").await;
    w.look("dinas-usulan-dikembalikan").await;
    proposes(&w).await;
    w.press(ENTER).await;
    w.shows("menunggu petugas kedua").await;
    leaves(&w).await;
    enters(&w, "Kepala").await;
    opens(&w, "SECOND_WAITS").await;
    w.chord(ALT, "p").await;
    w.until("document.activeElement.id === 'second-confirm'").await;
    w.press(ENTER).await;
    w.shows("ditandai terbit").await;
    w.until("document.querySelector('[data-step=ready]')").await;
    w.saw(&STATES);
    w.close().await;
}

/// Another officer finds it on top of the queue, and sends it back.
async fn sent_back(w: &Window) {
    enters(w, "Kepala").await;
    w.shows("1 usulan menunggu Anda sebagai petugas kedua").await;
    push(w, "#seconds button").await;
    w.until("document.querySelector('tr.pick .badge')?.textContent === 'Menunggu petugas kedua'").await;
    w.look("dinas-usulan-antrean").await;
    push(w, "tr.pick button").await;
    w.until("document.querySelector('#second-confirm')").await;
    w.chord(ALT, "b").await;
    w.until("document.activeElement.name === 'note'").await;
    w.press("Nomor dokumen salah.").await;
    w.look("dinas-usulan-kembalikan").await;
    w.press(TAB).await;
    w.press(ENTER).await;
    w.shows("Loket dan warga tidak diberi tahu").await;
    leaves(w).await;
}
