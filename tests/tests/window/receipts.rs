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

/// A camera that holds this receipt before itself: the page's own way to pictures, from a picture instead of a lens.
const HELD: &str = "const picture = new Image(); picture.src = PICTURE;
    picture.decode().then(() => {
      const canvas = Object.assign(document.createElement('canvas'), {width: picture.width, height: picture.height});
      const draw = () => { canvas.getContext('2d').drawImage(picture, 0, 0); requestAnimationFrame(draw); };
      draw(); navigator.mediaDevices.getUserMedia = async () => canvas.captureStream(); window.held = true;
    });";

#[tokio::test]
async fn a_receipt_is_read_by_the_camera_and_the_camera_is_closed_again() {
    let world = World::new().await;
    let id = world.handed_in(&["01-ktp-damaged.json"]).remove(0);
    let (picture, _) = printed(&world, &id);
    let told = [("JUKUNG_MADE_UP_CAMERA", "1")];
    let w = Window::open_logged(&world.data, world.tools(), &told, &world.tools().join("window.log")).await;
    w.until("document.querySelector('#passphrase')").await;
    w.press(&format!("{PASSPHRASE}{ENTER}")).await;
    w.title("Antrean").await;
    menu(&w, "verify").await;
    w.at("verify").await;
    // The web view's own made-up camera: asked for, allowed, seen, and nothing is read in it.
    w.until("document.querySelector('[data-testid=verify-camera]')").await;
    push(&w, "[data-testid=verify-camera]").await;
    w.until("document.querySelector('.camera video')?.videoWidth").await;
    w.look("cek-bukti-kamera").await;
    push(&w, "[data-testid=verify-camera]").await;
    w.until("!document.querySelector('.camera video') && document.activeElement.dataset.testid === 'verify-camera'")
        .await;
    // The same with a receipt in front of it.
    let data = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, std::fs::read(&picture).unwrap());
    w.js(&HELD.replace("PICTURE", &format!("'data:image/png;base64,{data}'"))).await;
    w.until("window.held").await;
    push(&w, "[data-testid=verify-camera]").await;
    w.until("document.querySelector('.verdict.genuine')").await;
    w.until("!document.querySelector('.camera video')").await;
    w.saw(&["cek-bukti-kamera"]);
    w.close().await;
}

#[tokio::test]
async fn the_page_for_everybody_shows_the_mark_that_the_poster_at_the_counter_prints() {
    let mut world = World::new().await;
    world.cable_in().await;
    let office = Office::open(&world.data, "", PASSPHRASE, Edge::system()).unwrap();
    let mark = jukung_domain::receipt::key_mark(&office.identity().district_key);
    let poster = format!("{:?}", office.sheets_layout().unwrap().pages[0]);
    assert!(poster.contains(&mark), "{mark} on the poster");
    let w = Window::browse(&format!("{}/asli", world.origin()), world.tools()).await;
    w.shows(&format!("Tanda kunci: {mark}.")).await;
    w.look("keluarga-cek-bukti").await;
    let told = "const { told, sig } = await (await fetch('/asli/trusted.json')).json(); return [told, sig]";
    let signed = w.js(&format!("return (async () => {{ {told} }})()")).await;
    let (said, sig) = (format!("jukung-trusted-1|{}", signed[0].as_str().unwrap()), signed[1].as_str().unwrap());
    let sig = hex::decode(sig).unwrap();
    assert!(jukung_crypto::sign::verify(&office.identity().district_key, said.as_bytes(), &sig), "{said}");
    // Another key than at the last visit is told before anything is judged by it.
    w.js("localStorage.setItem('kunci', 'ab'.repeat(32)); location.reload()").await;
    w.shows("PERIKSA: kunci Dinas berubah").await;
    w.look("keluarga-kunci-berubah").await;
    w.close().await;
}
