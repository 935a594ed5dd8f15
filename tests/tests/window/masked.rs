//! NIK, KK numbers and what is of the highest class reach a screen that only reads when somebody pressed the key and said
//! why, at the counter and at the Dinas; and go again. Looked at in both themes.

use crate::driver::{DOWN, ENTER, SPACE, TAB, Window, f};
use crate::signed_in;
use crate::states::{menu, push};
use crate::world::{Scans, World};
use jukung_tests::served::OFFICER;
use serde_json::json;

const COUNTER: [&str; 8] = [
    "masuk",
    "kasus-disamarkan",
    "kasus-ditampilkan",
    "kasus-sebab-ditanya",
    "kasus-sebab-ditampilkan",
    "periksa-disamarkan",
    "warga-disamarkan",
    "warga-ditampilkan",
];
const DINAS: [&str; 5] =
    ["dinas-disamarkan", "dinas-ditampilkan", "dinas-sebab-ditampilkan", "dinas-jejak-kosong", "dinas-jejak"];
const HALIMAH: &str = "6305044107489901";
const MASKED: &str = "6305••••••••9901";

/// The window holds these digits nowhere, however they are grouped.
async fn nowhere(w: &Window, number: &str) {
    let page = w
        .js("return document.documentElement.outerHTML + [...document.querySelectorAll('input')].map(i => i.value)")
        .await;
    let page = page.as_str().unwrap().replace(' ', "");
    assert!(!page.contains(number), "{number} is in the window");
}

/// What a command tells the window, as text without spaces.
async fn told(w: &Window, command: &str, arguments: &str) -> String {
    w.js(&format!(
        "window.heard = null; window.__TAURI_INTERNALS__.invoke('{command}', {arguments}).then((v) => {{ window.heard = JSON.stringify(v); }}, (e) => {{ window.heard = JSON.stringify(e); }});"
    ))
    .await;
    w.until("window.heard").await;
    w.js("return window.heard").await.as_str().unwrap().replace(' ', "")
}

#[tokio::test]
async fn a_counters_screens_show_a_number_for_a_purpose_by_one_key_and_mask_it_again() {
    let world = World::new().await;
    let id = world.handed_in(&["04-death.json"]).remove(0);
    let w = signed_in(&world).await;
    for (command, arguments) in [("application", format!("{{id: '{id}'}}")), ("search", "{text: 'halimah'}".into())] {
        let heard = told(&w, command, &arguments).await;
        assert!(heard.len() > 50 && !heard.contains(HALIMAH) && !heard.contains("Sakit"), "{command}: {heard}");
    }
    w.down_to("[data-testid=queue-row]").await;
    w.press(ENTER).await;
    w.shows(MASKED).await;
    nowhere(&w, HALIMAH).await;
    w.look("kasus-disamarkan").await;
    w.count();
    w.press(&f(4)).await;
    w.shows("6305 0441 0748 9901").await;
    assert_eq!(w.count(), 1, "one key");
    w.look("kasus-ditampilkan").await;
    w.press(&f(4)).await;
    w.shows(MASKED).await;
    nowhere(&w, HALIMAH).await;
    push(&w, "[data-testid=why]").await;
    w.until("document.activeElement.matches('select')").await;
    w.look("kasus-sebab-ditanya").await;
    w.press(&format!("{TAB}{ENTER}")).await;
    assert_eq!(w.js("return document.body.innerText.includes('Sakit biasa')").await, json!(false), "no purpose yet");
    w.js("document.querySelector('.answers select').focus()").await;
    w.press(&format!("{DOWN}{TAB}{ENTER}")).await;
    w.shows("Sakit biasa").await;
    w.look("kasus-sebab-ditampilkan").await;
    resident(&w).await;
    checked(&w).await;
    w.saw(&COUNTER);
    w.close().await;
}

/// The resident's own page takes the purpose it was opened for.
async fn resident(w: &Window) {
    w.press(&format!("{}hal", f(3))).await;
    w.until("document.querySelector('[data-testid=hit]')").await;
    nowhere(w, HALIMAH).await;
    w.press(ENTER).await;
    w.until("document.activeElement.dataset.testid === 'new-for-resident'").await;
    w.shows(MASKED).await;
    nowhere(w, HALIMAH).await;
    w.look("warga-disamarkan").await;
    w.press(&f(4)).await;
    w.shows("6305 0441 0748 9901").await;
    w.look("warga-ditampilkan").await;
}

/// The staff check of a draft.
async fn checked(w: &Window) {
    menu(w, "queue").await;
    nowhere(w, HALIMAH).await;
    w.press(&f(2)).await;
    w.title("Berkas baru").await;
    w.press(&format!("ktp rusak{ENTER}")).await;
    w.at("applicant-name").await;
    w.press(&format!("Halimah Contoh{ENTER}{HALIMAH}{ENTER}6305041203079901{ENTER}01071948{ENTER}3")).await;
    w.press(&f(8)).await;
    w.title("Periksa isian").await;
    w.shows(MASKED).await;
    nowhere(w, HALIMAH).await;
    w.look("periksa-disamarkan").await;
    w.press(&f(4)).await;
    w.shows("6305 0441 0748 9901").await;
}

#[tokio::test]
async fn an_officers_page_shows_a_number_for_a_purpose_by_one_key_before_it_is_compared() {
    let mut world = World::new().await;
    world.cable_in().await;
    world.handed_in(&["04-death.json"]);
    world.sent(Scans::Too).await;
    let w = Window::browse(&format!("{}/officer/", world.origin()), world.tools()).await;
    w.until("document.activeElement.name === 'name'").await;
    w.press(&format!("Verifikator{TAB}{OFFICER}{ENTER}")).await;
    w.until("document.querySelectorAll('tr.pick').length === 1").await;
    w.press(&f(2)).await;
    w.shows(MASKED).await;
    nowhere(&w, HALIMAH).await;
    let ticks = "[...document.querySelectorAll('.answers tr')].filter(r => r.textContent.includes('NIK')).map(r => r.querySelector('[type=checkbox]')).filter(Boolean)";
    assert_eq!(
        w.js(&format!("return {ticks}.every(b => b.disabled)")).await,
        json!(true),
        "nobody compares what is masked"
    );
    w.look("dinas-disamarkan").await;
    w.count();
    w.press(&f(4)).await;
    w.shows(HALIMAH).await;
    assert_eq!(w.count(), 1, "one key");
    w.look("dinas-ditampilkan").await;
    w.js(&format!("{ticks}[0].focus()")).await;
    w.press(SPACE).await;
    w.shows("oleh Verifikator").await;
    w.press(&f(4)).await;
    w.shows(MASKED).await;
    nowhere(&w, HALIMAH).await;
    push(&w, ".why").await;
    w.until("document.activeElement.matches('.answers select')").await;
    w.press(&format!("{DOWN}{TAB}{ENTER}")).await;
    w.shows("Sakit biasa").await;
    w.look("dinas-sebab-ditampilkan").await;
    traced(&w).await;
    w.saw(&DINAS);
    w.close().await;
}

/// "Jejak data" tells the resident what was shown and what for; at the width of a small desk.
async fn traced(w: &Window) {
    w.rect(1024, 768).await;
    w.js("location.hash = 'jejak'").await;
    w.title("Jejak data").await;
    w.look("dinas-jejak-kosong").await;
    w.tab_to("[name=about]", 20).await;
    w.press(&format!("{HALIMAH}{ENTER}")).await;
    w.shows("Melihat NIK dan nomor KK lengkap: Mencocokkan dengan SIAK").await;
    w.shows("Melihat data sangat pribadi: Diperlukan untuk berkas ini").await;
    push(w, "[data-kind=access]").await;
    w.until("document.querySelector('.badge.wait')").await;
    w.tab_to("[name=code]", 30).await;
    w.press("K7F").await;
    w.look("dinas-jejak").await;
}
