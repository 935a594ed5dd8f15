//! "Pengaduan" by keyboard: refused with the reason, taken offline, printed, sealed where it must be, answered by the Dinas.

use crate::driver::{CTRL, ENTER, SPACE, Window};
use crate::states::{menu, push};
use crate::world::World;
use crate::{choose_printer, signed_in};
use serde_json::json;

const STATES: [&str; 8] = [
    "masuk",
    "pengaturan",
    "pengaduan-kosong",
    "pengaduan-ditolak",
    "pengaduan-tersimpan",
    "pengaduan-langsung",
    "pengaduan-menunggu",
    "pengaduan-dijawab",
];

/// Marks what it is about.
async fn about(w: &Window, kind: &str) {
    w.js(&format!("document.getElementById('kind-{kind}').focus()")).await;
    w.press(SPACE).await;
    w.until(&format!("document.getElementById('kind-{kind}').checked")).await;
}

#[tokio::test]
async fn a_complaint_is_taken_printed_and_answered_by_keyboard() {
    let mut world = World::new().await;
    let w = signed_in(&world).await;
    choose_printer(&w).await;
    menu(&w, "complaints").await;
    w.shows("Belum ada pengaduan.").await;
    w.look("pengaduan-kosong").await;
    w.count();
    w.tab_to("#kind-too_slow", 60).await;
    w.press(SPACE).await;
    w.chord(CTRL, ENTER).await;
    w.at("words").await;
    w.shows("Tulis dulu cerita warga").await;
    w.look("pengaduan-ditolak").await;
    w.press("Sudah sebulan menunggu kartu.").await;
    let before = world.printed().len();
    w.chord(CTRL, ENTER).await;
    w.until("document.activeElement.dataset.testid === 'complaint-taken'").await;
    w.shows("Bukti dikirim ke printer.").await;
    w.until("document.querySelector('[data-testid=complaint-row] .state:not(.received)')").await;
    println!("keys for a complaint: {}", w.count());
    assert_eq!(world.printed().len(), before + 1, "one slip came out of the printer");
    let slip = world.printed_text().into_iter().find(|text| text.contains("BUKTI PENGADUAN")).unwrap();
    assert!(slip.contains("Terlalu lama") && slip.contains("LAPOR!") && !slip.contains("sebulan"), "{slip}");
    w.look("pengaduan-tersimpan").await;
    world.cable_in().await;
    menu(&w, "sending").await;
    push(&w, "[data-testid=send-now]").await;
    w.shows("Diterima Dinas").await;
    menu(&w, "complaints").await;
    w.until("document.querySelector('[data-testid=complaint-row] .state.waiting')?.textContent === 'Baru'").await;
    world.cable_out();
    about(&w, "officer").await;
    w.shows("langsung ke Dinas").await;
    w.js("document.getElementById('words').focus()").await;
    w.press("Petugas membentak ibu saya.").await;
    w.look("pengaduan-langsung").await;
    push(&w, "[data-testid=complaint-save]").await;
    w.until("document.activeElement.dataset.testid === 'complaint-taken'").await;
    w.shows("1 pengaduan dikirim langsung ke Dinas").await;
    assert_eq!(w.js("return document.querySelectorAll('[data-testid=complaint-row]').length").await, json!(1));
    w.look("pengaduan-menunggu").await;
    world.cable_in().await;
    world.answered("Terlalu lama", "Kartunya sudah jadi, silakan diambil.").await;
    menu(&w, "sending").await;
    push(&w, "[data-testid=send-now]").await;
    menu(&w, "complaints").await;
    w.shows("Jawaban Dinas: Kartunya sudah jadi").await;
    w.shows("1 menunggu jawaban").await;
    w.look("pengaduan-dijawab").await;
    w.saw(&STATES);
    w.close().await;
}
