//! A school helper's whole way, by keyboard: made by the supervisor, imports a class, fills a first identity card, hands it
//! over and sees only where it stands; the counter has it as a draft.

use super::driver::{CTRL, DOWN, ENTER, SPACE, Window};
use super::people::answers;
use super::states::{menu, push};
use super::world::{PASSPHRASE, World};
use super::{paper, sample, signed_in};
use serde_json::json;

const SCHOOL: [&str; 6] =
    ["masuk", "pembantu-baru", "sekolah-kosong", "sekolah-impor", "sekolah-daftar", "sekolah-diserahkan"];
const NIK: &str = "6305045207099901";

/// The supervisor writes the letter down and gets four words.
async fn made(w: &Window) -> String {
    menu(w, "people").await;
    w.until("document.querySelector('[data-testid=person]')").await;
    w.tab_to("#new-name", 20).await;
    w.press("Laila Contoh").await;
    w.tab_to("#role-officer", 3).await;
    w.press(&format!("{DOWN}{DOWN}")).await;
    w.tab_to("#new-school", 4).await;
    w.press("SMAN Contoh").await;
    w.tab_to("#new-letter", 2).await;
    w.press("800/12/SMAN-C/2026").await;
    w.tab_to("#new-day", 2).await;
    w.press("2 november 2026").await;
    w.tab_to("#new-until", 2).await;
    w.press("30 juni 2027").await;
    w.look("pembantu-baru").await;
    w.press(ENTER).await;
    w.until("document.activeElement.dataset.testid === 'noted'").await;
    let words = w.js("return document.querySelector('[data-testid=passphrase]').textContent").await;
    w.press(ENTER).await;
    w.shows("sampai 30 Jun 2027").await;
    words.as_str().unwrap().to_owned()
}

/// Leaves the counter's screen to somebody else, by the first letter of the name.
async fn sits_down(w: &Window, letter: &str, passphrase: &str) {
    w.chord(CTRL, "l").await;
    w.until("document.querySelector('#passphrase, [data-testid=use-passphrase]')").await;
    if w.js("return !!document.querySelector('[data-testid=use-passphrase]')").await == json!(true) {
        push(w, "[data-testid=use-passphrase]").await;
    }
    w.at("passphrase").await;
    w.tab_to("#person", 6).await;
    w.press(letter).await;
    w.until(&format!("document.querySelector('#person').selectedOptions[0].textContent[0] === '{letter}'")).await;
    w.tab_to("#passphrase", 3).await;
    w.press(&format!("{passphrase}{ENTER}")).await;
}

/// From the class list to a form that lacks nothing.
async fn filled(w: &Window) {
    w.choose("class-list", &sample("class-list.xlsx")).await;
    w.until("document.activeElement.id === 'report'").await;
    w.shows("3 murid baru").await;
    w.shows("Baris 6: Citra Contoh").await;
    w.shows("sudah dibulatkan").await;
    w.look("sekolah-impor").await;
    w.tab_to("[data-testid=close-report]", 3).await;
    w.press(ENTER).await;
    w.until("!document.querySelector('#report')").await;
    w.shows("3 murid: 1 sudah punya KIA").await;
    w.look("sekolah-daftar").await;
    w.tab_to("[data-testid=new-KTP_NEW]", 12).await;
    w.press(ENTER).await;
    w.at("applicant-name").await;
    w.until(&format!("document.querySelector('#applicant-nik').value.replaceAll(' ', '') === '{NIK}'")).await;
    w.tab_to("#applicant-kk", 6).await;
    w.press("6305040107199902").await;
    for title in ["Kontak", "KTP-el", "Syarat"] {
        w.chord(CTRL, ENTER).await;
        w.title(title).await;
    }
    paper(w, "kk", "kk.jpg").await;
    w.chord(CTRL, ENTER).await;
    w.until("document.querySelector('[data-testid=pupil]')").await;
}

#[tokio::test]
async fn a_school_helper_imports_a_class_fills_a_form_and_hands_it_over_by_keyboard() {
    let world = World::new().await;
    let w = signed_in(&world).await;
    let words = made(&w).await;
    sits_down(&w, "L", &words).await;
    w.at("fresh").await;
    w.press(&format!("perahu besar di sungai{ENTER}")).await;
    w.shows("Pembantu: Laila Contoh").await;
    w.until("document.querySelector('#class-list')").await;
    w.look("sekolah-kosong").await;
    filled(&w).await;
    w.shows("Lengkap").await;
    w.tab_to("[data-testid=give]", 30).await;
    w.press(SPACE).await;
    w.shows("1 berkas diserahkan").await;
    w.shows("Menunggu petugas loket").await;
    assert_eq!(
        w.js("return document.querySelectorAll('[data-testid=new-KTP_NEW]').length").await,
        json!(0),
        "one card"
    );
    w.tab_to("[data-testid=slip]", 10).await;
    w.press(ENTER).await;
    w.shows("Titipan Aisyah Contoh tersimpan sebagai PDF").await;
    w.look("sekolah-diserahkan").await;
    let page = w.js("return document.documentElement.outerHTML").await;
    let page = page.as_str().unwrap();
    assert!(page.contains("…9901") && !page.contains(NIK), "of the number its end is left");
    for (name, code) in answers(&w).await {
        let beyond = [
            "search",
            "people",
            "known_person",
            "resident",
            "submit",
            "correct",
            "send_now",
            "print_receipt",
            "staff",
            "add_helper",
            "reveal_numbers",
            "courier_out",
            "back_up",
            "close_day",
        ];
        assert!(!beyond.contains(&name.as_str()) || code == "not_permitted", "{name}: {code}");
    }
    sits_down(&w, "R", PASSPHRASE).await;
    w.title("Antrean").await;
    w.shows("Aisyah Contoh").await;
    w.down_to("[data-testid=queue-row]").await;
    w.press(ENTER).await;
    w.at("applicant-name").await;
    assert_eq!(w.js("return document.querySelectorAll('[data-testid=give]').length").await, json!(0));
    w.saw(&SCHOOL);
    w.close().await;
}
