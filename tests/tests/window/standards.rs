//! The officers' page Janji layanan before anybody has set anything, and Akun saya with a code from the telephone: clean in
//! both themes.

use crate::driver::{ENTER, TAB, Window};
use crate::states::push;
use crate::world::World;
use jukung_tests::served::OFFICER;

#[tokio::test]
async fn the_page_of_standards_is_clean_before_anybody_set_them() {
    let mut world = World::new().await;
    world.cable_in().await;
    let w = Window::browse(&format!("{}/officer/", world.origin()), world.tools()).await;
    w.until("document.activeElement.name === 'name'").await;
    w.press(&format!("Verifikator{TAB}{OFFICER}{ENTER}")).await;
    w.title("Antrean").await;
    push(&w, "a[href='#janji']").await;
    w.title("Janji layanan").await;
    w.shows("Belum pernah diatur").await;
    w.look("dinas-janji").await;
    push(&w, "a[href='#akun']").await;
    w.title("Akun saya").await;
    w.shows("kata sandi saja sudah cukup").await;
    w.look("dinas-akun").await;
    push(&w, "button.first").await;
    w.until("document.querySelector('#secret') !== null && document.activeElement.name === 'code'").await;
    w.look("dinas-akun-kode").await;
    let secret = w.js("return document.querySelector('#secret').textContent").await;
    let secret = secret.as_str().unwrap().to_owned();
    let code = |steps_on| telephone(&secret, steps_on);
    w.press(&format!("{}{ENTER}", code(0))).await;
    w.shows("Setiap masuk diminta kode").await;
    w.look("dinas-akun-aktif").await;
    push(&w, "header button:last-of-type").await;
    w.until("document.activeElement.name === 'name'").await;
    w.press(&format!("Verifikator{TAB}{OFFICER}{ENTER}")).await;
    w.until("document.activeElement.name === 'code'").await;
    w.look("dinas-masuk-kode").await;
    // A code works once, so this is the next one: half a minute early is early enough.
    w.press(&format!("{}{ENTER}", code(1))).await;
    w.title("Antrean").await;
    w.saw(&["dinas-janji", "dinas-akun", "dinas-akun-kode", "dinas-akun-aktif", "dinas-masuk-kode"]);
    w.close().await;
}

/// What the app on a telephone shows for this secret, now or some steps of half a minute on.
fn telephone(secret: &str, steps_on: u64) -> String {
    let secret = totp_rs::Secret::try_from_base32(secret).unwrap();
    let codes = totp_rs::Builder::new().with_secret(secret).build_noncompliant();
    let now = u64::try_from(jukung_office::edge::Edge::system().clock.now_ms()).unwrap() / 1000;
    codes.generate(now + 30 * steps_on).to_string()
}
