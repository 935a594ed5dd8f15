//! "Cek bukti" by keyboard: a receipt's QR as text and as a picture, a number alone, and a QR that was changed.

use crate::driver::{CTRL, ENTER, Window};
use crate::signed_in;
use crate::states::{menu, push};
use crate::world::{PASSPHRASE, World};
use jukung_office::edge::Edge;
use jukung_office::{Office, qr};
use std::path::PathBuf;
use std::process::Command;

const STATES: [&str; 6] =
    ["masuk", "cek-bukti", "cek-bukti-asli", "cek-bukti-nomor", "cek-bukti-tidak-asli", "cek-bukti-foto"];

/// The receipt of an application as a picture, and what its QR holds.
pub fn printed(world: &World, id: &str) -> (PathBuf, String) {
    let office = Office::open(&world.data, "", PASSPHRASE, Edge::system()).unwrap();
    let (pdf, png) = (world.data.join("bukti.pdf"), world.data.join("bukti"));
    std::fs::write(&pdf, office.receipt_pdf(id, "a5").unwrap()).unwrap();
    office.close().unwrap();
    let made = Command::new("pdftoppm").args(["-r", "200", "-png", "-singlefile"]).args([&pdf, &png]).status().unwrap();
    assert!(made.success());
    let picture = png.with_extension("png");
    let text = qr::read(&std::fs::read(&picture).unwrap()).unwrap();
    (picture, text)
}

async fn checked(w: &Window, text: &str) {
    w.tab_to("#verify", 60).await;
    w.chord(CTRL, "a").await;
    w.press(&format!("{text}{ENTER}")).await;
    w.until("document.activeElement.dataset.testid === 'verdict'").await;
}

#[tokio::test]
async fn a_receipt_is_checked_from_text_from_a_picture_and_from_a_number() {
    let world = World::new().await;
    let id = world.handed_in(&["01-ktp-damaged.json"]).remove(0);
    let (picture, text) = printed(&world, &id);
    assert!(text.contains("/asli#"), "{text}");
    let w = signed_in(&world).await;
    menu(&w, "verify").await;
    w.at("verify").await;
    w.look("cek-bukti").await;
    checked(&w, &text).await;
    w.shows("Permohonan ini tercatat di komputer ini.").await;
    w.until("document.querySelector('.verdict.genuine')").await;
    w.look("cek-bukti-asli").await;
    let number = w.js("return document.querySelector('.verdict dd').textContent").await;
    checked(&w, number.as_str().unwrap()).await;
    w.shows("Nomor saja tidak membuktikan apa-apa").await;
    w.look("cek-bukti-nomor").await;
    let at = text.len() - 40;
    let swapped: String = text[at..at + 20].chars().rev().collect();
    checked(&w, &format!("{}{swapped}{}", &text[..at], &text[at + 20..])).await;
    w.until("document.querySelector('.verdict.error')").await;
    w.look("cek-bukti-tidak-asli").await;
    w.choose("file-verify", &picture).await;
    w.until("document.querySelector('.verdict.genuine')").await;
    w.look("cek-bukti-foto").await;
    push(&w, "[data-testid=verify-open]").await;
    w.shows(number.as_str().unwrap()).await;
    w.saw(&STATES);
    w.close().await;
}
