//! "Tutup hari" by keyboard: closed without a network, printed, compared once the cable is in; then what officers see of it.

#[path = "complaints.rs"]
mod complaints;

use crate::driver::{ENTER, Window};
use crate::states::{menu, push};
use crate::world::World;
use crate::{choose_printer, signed_in};
use serde_json::json;

const STATES: [&str; 6] =
    ["masuk", "pengaturan", "hari-terbuka", "hari-ditutup", "hari-cocok", "flashdisk-dari-tutup-hari"];

#[tokio::test]
async fn a_day_is_closed_printed_and_agreed_with_by_keyboard() {
    let mut world = World::new().await;
    world.handed_in(&["01-ktp-damaged.json", "04-death.json"]);
    let w = signed_in(&world).await;
    choose_printer(&w).await;
    menu(&w, "queue").await;
    push(&w, "[data-testid=to-day]").await;
    w.until("document.querySelector('[data-testid=day-close]')").await;
    w.shows("2 berkas dan").await;
    w.look("hari-terbuka").await;
    push(&w, "[data-testid=day-close]").await;
    w.shows("Lembar ikut dikirim").await;
    w.until("document.activeElement.tagName === 'H1' && document.querySelector('[data-testid=day-closed]')").await;
    w.look("hari-ditutup").await;
    let before = world.printed().len();
    push(&w, "[data-testid=day-print-a5]").await;
    w.shows("Lembar dikirim ke printer").await;
    assert_eq!(world.printed().len(), before + 1, "one sheet came out of the printer");
    push(&w, "[data-testid=day-stick]").await;
    w.until("document.activeElement.dataset.testid === 'courier-out'").await;
    w.look("flashdisk-dari-tutup-hari").await;
    world.cable_in().await;
    menu(&w, "day").await;
    push(&w, "[data-testid=day-send]").await;
    w.until("document.querySelector('[data-testid=day-sheet] .state.received')").await;
    w.shows("Cocok dengan catatan Dinas").await;
    w.until("document.querySelector('[data-testid=day-here].received')").await;
    w.look("hari-cocok").await;
    w.saw(&STATES);
    w.close().await;
    let w = Window::browse(&format!("{}/officer/", world.origin()), world.tools()).await;
    w.until("document.activeElement.name === 'name'").await;
    w.press(&format!("Verifikator{}{}{ENTER}", crate::driver::TAB, jukung_tests::served::OFFICER)).await;
    w.until("document.querySelector('#days')").await;
    push(&w, "#days").await;
    w.until("document.querySelector('table.queue .badge.done')").await;
    w.look("dinas-tutup-hari").await;
    assert_eq!(w.js("return document.querySelectorAll('tbody tr').length").await, json!(1));
    w.saw(&["dinas-tutup-hari"]);
    w.close().await;
}
