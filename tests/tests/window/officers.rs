//! The officers' pages of the Dinas in a browser, by keyboard: every state is clean in both themes.

use crate::driver::{ALT, BACKSPACE, CTRL, DOWN, ENTER, ESCAPE, SPACE, TAB, Window, f};
use crate::states::push;
use crate::world::{Scans, World};
use jukung_paper::layout::{Face, PaperSize};
use jukung_paper::sheet::Sheet;
use jukung_tests::served::OFFICER;
use serde_json::json;
use std::path::Path;

const STATES: [&str; 20] = [
    "dinas-masuk",
    "dinas-masuk-salah",
    "dinas-antrean",
    "dinas-kosong",
    "dinas-berkas",
    "dinas-dicocokkan",
    "dinas-kembalikan",
    "dinas-dikembalikan",
    "dinas-pindaian-belum-sampai",
    "dinas-didahului",
    "dinas-tolak",
    "dinas-catatan",
    "dinas-disetujui",
    "dinas-terbit",
    "dinas-dokumen",
    "dinas-tanda-tangan",
    "dinas-tanda-tangan-gagal",
    "dinas-tidak-ditemukan",
    "dinas-server-diam",
    "dinas-sesi-berakhir",
];

async fn opened(w: &Window) {
    w.until("document.querySelector('.answers') || document.querySelector('.trouble')").await;
}

#[tokio::test]
async fn the_officers_pages_are_clean_in_every_state() {
    let mut world = World::new().await;
    world.cable_in().await;
    world.handed_in(&["01-ktp-damaged.json"]);
    world.sent(Scans::Too).await;
    world.handed_in(&["04-death.json", "08-move-out.json"]);
    world.sent(Scans::Later).await;
    let w = Window::browse(&format!("{}/officer/", world.origin()), world.tools()).await;
    signed_in(&w).await;
    empty_search(&w).await;
    w.press(&f(2)).await;
    opened(&w).await;
    w.until("document.querySelector('.paper img')?.naturalWidth").await;
    w.look("dinas-berkas").await;
    ticks_and_return(&w).await;
    second(&w, &world).await;
    third(&w, world.tools()).await;
    w.js("location.hash = '00000000-0000-7000-8000-000000000000'").await;
    w.shows("belum dapat dibuka").await;
    w.look("dinas-tidak-ditemukan").await;
    without_server(&w, &mut world).await;
    w.saw(&STATES);
    w.close().await;
}

async fn signed_in(w: &Window) {
    w.until("document.activeElement.name === 'name'").await;
    w.look("dinas-masuk").await;
    w.press(&format!("Verifikator{TAB}bukan ini kata sandinya{ENTER}")).await;
    w.shows("belum cocok").await;
    w.look("dinas-masuk-salah").await;
    w.tab_to("[name=passphrase]", 12).await;
    w.chord(CTRL, "a").await;
    w.press(&format!("{OFFICER}{ENTER}")).await;
    w.until("document.querySelectorAll('tr.pick').length === 3").await;
    w.look("dinas-antrean").await;
}

async fn empty_search(w: &Window) {
    w.tab_to("[type=search]", 12).await;
    w.press(&format!("zzzz{ENTER}")).await;
    w.shows("Tidak ada berkas di sini").await;
    w.look("dinas-kosong").await;
    w.tab_to("[type=search]", 12).await;
    w.chord(CTRL, "a").await;
    w.press(&format!("{BACKSPACE}{ENTER}")).await;
    w.until("document.querySelectorAll('tr.pick').length === 3").await;
    // Back to those that wait, by the first letter of the list.
    w.tab_to("select", 12).await;
    w.press("M").await;
    w.until("document.querySelector('select').value === 'SUBMITTED'").await;
}

/// The first application: compared, left, found as it was, and returned because it is incomplete.
async fn ticks_and_return(w: &Window) {
    w.tab_to(".answers [type=checkbox]", 30).await;
    w.press(SPACE).await;
    w.shows("oleh Verifikator").await;
    w.press(ESCAPE).await;
    w.title("Antrean").await;
    w.js("history.back()").await;
    opened(w).await;
    w.shows("oleh Verifikator").await;
    assert_eq!(
        w.js("return document.querySelectorAll('.answers :checked').length").await,
        json!(1),
        "the tick was kept"
    );
    w.look("dinas-dicocokkan").await;
    w.chord(ALT, "k").await;
    w.tab_to("[name=reason][value=unreadable]", 6).await;
    w.look("dinas-kembalikan").await;
    w.press(&DOWN.repeat(4)).await;
    w.until("document.querySelector('[name=reason][value=incomplete]').checked").await;
    w.until("document.querySelector('[name=note]').value.startsWith('Mohon lengkapi')").await;
    w.press(ENTER).await;
    w.shows("dikembalikan ke loket").await;
    w.look("dinas-dikembalikan").await;
}

/// The second: its scans did not arrive, and another officer is quicker.
async fn second(w: &Window, world: &World) {
    push(w, "tr.pick button").await;
    opened(w).await;
    w.look("dinas-pindaian-belum-sampai").await;
    let number = w.js("return document.querySelector('h1 .code').textContent").await;
    world.decide(number.as_str().unwrap(), "take", json!({})).await;
    w.press(&f(2)).await;
    w.shows("sudah diputuskan petugas lain").await;
    w.look("dinas-didahului").await;
    push(w, "[data-step=reject]").await;
    w.until("document.activeElement.name === 'reason'").await;
    w.look("dinas-tolak").await;
    w.press(&format!("Bukan warga sini{TAB}{ENTER}")).await;
    w.shows("ditolak").await;
}

/// The third, to its document, with a remark on the way.
async fn third(w: &Window, folder: &Path) {
    w.press(&f(2)).await;
    opened(w).await;
    w.shows("Anda ambil").await;
    push(w, "[data-step=note]").await;
    w.until("document.activeElement.name === 'reason'").await;
    w.press("Ditelepon hari ini").await;
    w.look("dinas-catatan").await;
    w.press(&format!("{TAB}{ENTER}")).await;
    w.shows("tersimpan").await;
    w.chord(CTRL, ENTER).await;
    w.shows("disetujui").await;
    w.look("dinas-disetujui").await;
    w.js("history.back()").await;
    opened(w).await;
    push(w, "[data-step=issue]").await;
    w.until("document.activeElement.name === 'document'").await;
    w.press(&format!("6305-CONTOH-0001{ENTER}")).await;
    w.shows("ditandai terbit").await;
    w.look("dinas-terbit").await;
    w.js("history.back()").await;
    opened(w).await;
    w.until("document.querySelector('#issued-file')").await;
    w.js("document.querySelector('#issued').scrollIntoView({block: 'start', behavior: 'instant'})").await;
    w.look("dinas-dokumen").await;
    signs(w, folder).await;
}

/// The document of SIAK is attached, and the official is asked to sign it; there is no signing service here.
async fn signs(w: &Window, folder: &Path) {
    let mut sheet = Sheet::new("Contoh", PaperSize::A4);
    sheet.text(Face::Regular, 12.0, "Dokumen contoh");
    let pdf = folder.join("siak.pdf");
    std::fs::write(&pdf, jukung_paper::to_pdf(&sheet.finish(|_, _| None)).unwrap()).unwrap();
    w.choose("issued-file", &pdf).await;
    push(w, "#issued form button").await;
    w.shows("Belum bertanda tangan elektronik").await;
    push(w, "[data-sign]").await;
    w.until("document.activeElement.inputMode === 'numeric'").await;
    w.js("document.querySelector('#issued').scrollIntoView({block: 'start', behavior: 'instant'})").await;
    w.look("dinas-tanda-tangan").await;
    w.press(&format!("6305044107489901{TAB}kata sandi contoh{ENTER}")).await;
    w.until("document.querySelector('.trouble')").await;
    w.js("document.querySelector('.trouble').scrollIntoView({block: 'center', behavior: 'instant'})").await;
    w.look("dinas-tanda-tangan-gagal").await;
    let typed = "return [...document.querySelectorAll('input[type=password]')].map(i => i.value).join('')";
    assert_eq!(w.js(typed).await, json!(""), "the passphrase stays in no field");
}

/// The server is gone, and comes back without the session.
async fn without_server(w: &Window, world: &mut World) {
    world.cable_out();
    push(w, "main button").await;
    w.shows("Server tidak menjawab").await;
    w.look("dinas-server-diam").await;
    world.cable_in().await;
    w.forget_cookies().await;
    w.js("location.hash = 'x'").await;
    w.shows("Sesi Anda sudah berakhir").await;
    w.look("dinas-sesi-berakhir").await;
}
