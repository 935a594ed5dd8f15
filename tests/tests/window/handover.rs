//! "Serahkan dokumen" by keyboard, without a network: refused until it is whole, written down, undone, and told when the Dinas
//! had handed the same document over before. Of a complaint, what was typed outlives another page.

use crate::driver::{CTRL, ENTER, ESCAPE, SPACE, Window};
use crate::receipts;
use crate::states::{menu, push};
use crate::world::{Scans, World};
use crate::{sample, signed_in};
use serde_json::json;
use std::path::PathBuf;

const STATES: [&str; 10] = [
    "masuk",
    "serahkan-bukti",
    "serahkan-bukti-tidak-asli",
    "serahkan",
    "serahkan-orang-lain",
    "serahkan-lengkap",
    "diserahkan",
    "batalkan-penyerahan",
    "diserahkan-dua-kali",
    "pengaduan-draf",
];

#[tokio::test]
async fn a_document_is_handed_over_by_keyboard_without_a_network_undone_and_twice_is_told() {
    let mut world = World::new().await;
    world.cable_in().await;
    let id = world.handed_in(&["01-ktp-damaged.json"]).remove(0);
    world.sent(Scans::Too).await;
    let number = world.numbers().await.remove(0);
    for (step, body) in
        [("take", json!({})), ("approve", json!({})), ("issue", json!({"document": "6305-CONTOH-0001"}))]
    {
        world.decide(&number, step, body).await;
    }
    world.sent(Scans::Too).await;
    // While the counter hears nothing, the Dinas hands it over to somebody else.
    world.decide(&number, "deliver", json!({"recipient": "Halimah Contoh", "relation": "Pemohon sendiri"})).await;
    let paper = receipts::printed(&world, &id);
    world.cable_out();
    let w = signed_in(&world).await;
    push(&w, "[data-testid=filter-ready]").await;
    w.shows("Dokumen terbit").await;
    by_its_receipt(&w, &paper).await;
    w.down_to("[data-testid=queue-row]").await;
    w.press(ENTER).await;
    w.title("Halimah Contoh").await;
    refused_until_whole(&w).await;
    undone(&w).await;
    // Once more, and rightly: nothing is asked but what was asked before.
    opened(&w).await;
    whole(&w).await;
    push(&w, "[data-testid=do-hand-over]").await;
    w.until("!document.querySelector('dialog[open]') && !document.querySelector('[data-testid=hand-over]')").await;
    draft_of_a_complaint(&w).await;
    world.cable_in().await;
    menu(&w, "sending").await;
    push(&w, "[data-testid=send-now]").await;
    w.until("document.querySelector('.connection.connected')").await;
    menu(&w, "attention").await;
    w.shows("dicatat diserahkan dua kali. Yang berlaku: kepada Halimah Contoh").await;
    w.shows("Yang datang kemudian: kepada Rizal Contoh (Cucu)").await;
    w.look("diserahkan-dua-kali").await;
    push(&w, "[data-testid=attention]").await;
    w.shows("Keputusan tersimpan").await;
    w.saw(&STATES);
    w.close().await;
}

/// What a scanner types: everything at once, and Enter.
async fn scanned(w: &Window, text: &str) {
    w.tab_to("#collect", 60).await;
    w.chord(CTRL, "a").await;
    w.press(&format!("{text}{ENTER}")).await;
}

/// The receipt as a scanner types it, wrong and right, and as a picture: the dialog is open at once.
async fn by_its_receipt(w: &Window, (picture, text): &(PathBuf, String)) {
    w.look("serahkan-bukti").await;
    let at = text.len() - 40;
    let swapped: String = text[at..at + 20].chars().rev().collect();
    scanned(w, &format!("{}{swapped}{}", &text[..at], &text[at + 20..])).await;
    w.shows("Tidak asli").await;
    w.shows("Jangan serahkan dokumen dengan kertas ini").await;
    w.look("serahkan-bukti-tidak-asli").await;
    let unknown = jukung_domain::number::Number::new("K7F", 417).unwrap().to_string();
    scanned(w, &unknown).await;
    w.shows("tidak tercatat di komputer ini").await;
    scanned(w, text).await;
    w.until("document.querySelector('dialog[open]')?.contains(document.activeElement)").await;
    w.press(ESCAPE).await;
    w.until("!document.querySelector('dialog[open]') && document.querySelector('[data-testid=hand-over]')").await;
    menu(w, "queue").await;
    push(w, "[data-testid=filter-ready]").await;
    w.until("document.querySelector('#file-collect')").await;
    w.choose("file-collect", picture).await;
    w.until("document.querySelector('dialog[open]')?.contains(document.activeElement)").await;
    w.press(ESCAPE).await;
    menu(w, "queue").await;
    push(w, "[data-testid=filter-ready]").await;
    w.shows("Dokumen terbit").await;
}

async fn opened(w: &Window) {
    push(w, "[data-testid=hand-over]").await;
    w.until("document.querySelector('dialog[open]')?.contains(document.activeElement)").await;
}

/// Marks one of several by keyboard.
async fn choose(w: &Window, selector: &str) {
    w.js(&format!("document.querySelector('{selector}').focus()")).await;
    w.press(SPACE).await;
    w.until(&format!("document.querySelector('{selector}').checked")).await;
}

async fn whole(w: &Window) {
    choose(w, "[name=who][value=helper]").await;
    for what in ["name", "birth", "address"] {
        w.tab_to(&format!("#hand-{what}"), 12).await;
        w.press(SPACE).await;
    }
    choose(w, "[name=mark][value=thumbprint]").await;
}

/// Refused with the reason, closed with Escape without a trace, and at last written down with a photo.
async fn refused_until_whole(w: &Window) {
    opened(w).await;
    w.shows("Rizal Contoh (Cucu), boleh mengambil").await;
    w.look("serahkan").await;
    w.press(ESCAPE).await;
    w.until("!document.querySelector('dialog[open]')").await;
    opened(w).await;
    push(w, "[data-testid=do-hand-over]").await;
    w.shows("Pilih siapa yang menerima dokumen").await;
    choose(w, "[name=who][value=other]").await;
    w.tab_to("#hand-other", 12).await;
    w.press("Siti Contoh").await;
    push(w, "[data-testid=do-hand-over]").await;
    w.shows("Orang lain perlu surat kuasa").await;
    w.look("serahkan-orang-lain").await;
    whole(w).await;
    w.until("!document.querySelector('dialog [role=alert]')").await;
    w.choose("hand-photo", &sample("certificate.jpg")).await;
    w.shows("Foto sudah dipilih dan ikut tersimpan").await;
    w.look("serahkan-lengkap").await;
    push(w, "[data-testid=do-hand-over]").await;
    w.shows("Diserahkan kepada Rizal Contoh. Dinas diberi tahu sendiri.").await;
    w.until("!document.querySelector('dialog[open]') && !document.querySelector('[data-testid=hand-over]')").await;
    w.shows("Dokumen sudah diserahkan kepada Rizal Contoh (Cucu)").await;
    w.until("document.querySelector('.thumbs img')?.naturalWidth").await;
    w.look("diserahkan").await;
}

/// It was the wrong row: the safe button first, then the reason, then it waits again.
async fn undone(w: &Window) {
    push(w, "[data-testid=take-back]").await;
    w.until("document.activeElement.dataset.testid === 'keep'").await;
    w.press(ENTER).await;
    w.until("!document.querySelector('dialog[open]')").await;
    push(w, "[data-testid=take-back]").await;
    w.until("document.activeElement.dataset.testid === 'keep'").await;
    push(w, "[data-testid=do-withdraw]").await;
    w.shows("Alasan wajib diisi").await;
    w.look("batalkan-penyerahan").await;
    w.tab_to("#reason", 8).await;
    w.press(&format!("Salah baris{ENTER}")).await;
    w.shows("Penyerahan dibatalkan. Dokumen kembali menunggu diserahkan.").await;
    w.until("document.querySelector('[data-testid=hand-over]') && !document.querySelector('[data-testid=take-back]')")
        .await;
}

/// Half a complaint, another page, and back.
async fn draft_of_a_complaint(w: &Window) {
    menu(w, "complaints").await;
    w.tab_to("#kind-too_slow", 60).await;
    w.press(SPACE).await;
    w.tab_to("#words", 12).await;
    w.press("Sudah sebulan menunggu").await;
    menu(w, "queue").await;
    menu(w, "complaints").await;
    w.until("document.getElementById('words')?.value === 'Sudah sebulan menunggu'").await;
    w.look("pengaduan-draf").await;
}
