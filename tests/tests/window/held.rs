//! Processing held back, by keyboard: at the Dinas from the opened application, past "Ambil berikutnya", to the request that
//! ends with it, and let go on; at the counter in the file and its row. Looked at in both themes.

use crate::driver::{ALT, DOWN, ENTER, ESCAPE, TAB, Window, f};
use crate::second::enters;
use crate::signed_in;
use crate::states::push;
use crate::world::{Scans, World};
use serde_json::json;

const DINAS: [&str; 4] = ["dinas-tahan", "dinas-ditahan", "dinas-ditahan-antrean", "dinas-jejak-ditahan"];
const COUNTER: [&str; 3] = ["masuk", "antrean-ditahan", "kasus-ditahan"];
const TOLD: &str = "Pemrosesan ditahan atas permintaan pemohon sejak";

#[tokio::test]
async fn the_head_of_section_holds_back_and_lets_go_on_by_keyboard() {
    let mut world = World::new().await;
    world.cable_in().await;
    world.handed_in(&["01-ktp-damaged.json", "04-death.json"]);
    world.sent(Scans::Too).await;
    let numbers = world.numbers().await;
    let w = Window::browse(&format!("{}/officer/", world.origin()), world.tools()).await;
    enters(&w, "Verifikator").await;
    push(&w, "tr.pick button").await;
    w.until("document.querySelector('.answers')").await;
    w.chord(ALT, "t").await;
    w.until("document.activeElement.name === 'reason'").await;
    w.press("Surat pemohon, 27 November.").await;
    w.look("dinas-tahan").await;
    w.press(&format!("{TAB}{ENTER}")).await;
    w.shows("Loket diberi tahu.").await;
    w.shows("Alasan: Surat pemohon, 27 November.").await;
    w.until("!document.querySelector('[data-step=take], #siak') && document.querySelector('[data-step=note]')").await;
    w.look("dinas-ditahan").await;
    w.press(ESCAPE).await;
    w.title("Antrean").await;
    w.until("document.querySelector('tr.pick .badge')?.textContent === 'Ditahan'").await;
    w.look("dinas-ditahan-antrean").await;
    w.press(&f(2)).await;
    w.shows(&format!("Berkas {} Anda ambil.", numbers[1])).await;
    requested(&w, &numbers[0]).await;
    push(&w, "#traced article a").await;
    w.until("document.querySelector('#held')").await;
    w.chord(ALT, "t").await;
    w.until("document.activeElement.name === 'reason'").await;
    w.press(&format!("Pemohon datang.{TAB}{ENTER}")).await;
    w.shows("dilanjutkan. Loket diberi tahu.").await;
    w.until("document.querySelector('[data-step=take]') && !document.querySelector('#held')").await;
    w.saw(&DINAS);
    w.close().await;
}

/// The request is written down, and ends as held when it is told of whom once more.
async fn requested(w: &Window, number: &str) {
    w.js("location.hash = 'jejak'").await;
    w.title("Jejak data").await;
    w.tab_to("[name=about]", 20).await;
    w.press(&format!("{number}{ENTER}")).await;
    w.shows(TOLD).await;
    push(w, "[data-kind=hold]").await;
    w.until("document.querySelector('.badge.wait')").await;
    w.tab_to("table select", 30).await;
    w.press(DOWN).await;
    w.until("document.activeElement.matches('td form input')").await;
    w.press(number).await;
    w.look("dinas-jejak-ditahan").await;
    w.press(ENTER).await;
    w.shows("Kewajiban dicatat selesai.").await;
}

#[tokio::test]
async fn a_counter_says_that_it_is_held_back() {
    let mut world = World::new().await;
    world.cable_in().await;
    world.handed_in(&["01-ktp-damaged.json"]);
    world.sent(Scans::Too).await;
    let number = world.numbers().await.remove(0);
    world.decide(&number, "hold", json!({"reason": "Surat pemohon, 27 November."})).await;
    world.sent(Scans::Too).await;
    let w = signed_in(&world).await;
    w.shows(TOLD).await;
    w.look("antrean-ditahan").await;
    w.down_to("[data-testid=queue-row]").await;
    w.press(ENTER).await;
    w.shows("Dinas tidak mengerjakan berkas ini").await;
    w.look("kasus-ditahan").await;
    w.saw(&COUNTER);
    w.close().await;
}
