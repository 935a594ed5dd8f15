//! Who sits at the counter, by keyboard: the lock that blanks everything, the PIN that leads back to the very field, and the
//! supervisor's screen for people.

#[path = "canaries.rs"]
mod canaries;

use crate::driver::{CTRL, DOWN, ENTER, SPACE, Window, f};
use crate::states::{menu, push};
use crate::world::{PASSPHRASE, World};
use crate::{choose_printer, signed_in};
use jukung_tests::served;
use serde_json::json;

const LOCKED: [&str; 8] =
    ["masuk", "akun", "layar-terkunci", "pin-salah", "terkunci-kata-sandi", "pin-habis", "baca-terkunci", "masuk-lagi"];
const PEOPLE: [&str; 8] = [
    "masuk",
    "petugas",
    "petugas-baru",
    "petugas-dua",
    "masuk-dua-orang",
    "kata-sandi-baru",
    "petugas-keluarkan",
    "petugas-dikeluarkan",
];
const BACK: [&str; 9] = [
    "masuk",
    "pengaturan",
    "amplop-kode",
    "tidak-bisa-masuk",
    "kode-salah",
    "dipulihkan",
    "sandi-sesudah-pulih",
    "lupa-pin",
    "pin-diganti",
];
const PIN: &str = "482107";
/// Arguments that fit every command: what a command does not take, it does not read.
const ARGUMENTS: &str = "{filter: 'all', page: 0, id: 'x', draft: 'x', path: 'applicant.name', text: 'halimah', application: 'x',
    paper: 'a5', copies: 1, service: 'KTP_DAMAGED', variant: 'x', resident: null, requirement: 'ktp_damaged', substitute: null,
    base64: '', quarters: 1, corners: [0,0,1,0,1,1,0,1], yes: true, digits: '1234', mode: 'spoken', corrected: [], scan: 'x',
    kept: true, kind: 'village', reason: 'x', event: 'x', later: true, day: '2026-11-23', folder: 'FOLDER', name: 'X', role: 'officer',
    old: 'x', new: 'x', shown: {draft: 'x', page: 0, huge: false, turned: false},
    given: {who: 'applicant', name: '', letter: false, read: true, mark: 'signature', photo: ''},
    form: {kind: 'too_slow', about: '', name: '', contact: '', words: 'x'}, pin: '111222', purpose: 'x', class: '', pupil: '', assignment: {school: 'x', letter: 'x', letter_day: 'x', until: 'x'}, of: 'case', card: '1', code: 'x', person: 'x', computer: 'K7F', challenge: '12-34-56',
    consent: {text_version: '1', agreed: true, news: false, given_by: 'self', mark: 'paper', witnesses: []},
    change: {draft: 'x', fields: {}, reasons: {}, missing: {}, section: '', field: '', idle_minutes: 15}}";

/// What every command that the table does not leave at the door answers just now, by code.
pub async fn answers(w: &Window) -> Vec<(String, String)> {
    let table = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../src-tauri/commands.txt")).unwrap();
    let rows = table.lines().filter(|l| !l.starts_with('#')).map(|l| l.split('\t').collect::<Vec<_>>());
    let arguments = ARGUMENTS.replace("FOLDER", env!("CARGO_TARGET_TMPDIR"));
    let names: Vec<&str> = rows.filter(|r| r[1] != "door").map(|r| r[0]).collect();
    assert!(names.len() > 50, "{} commands", names.len());
    w.js(&format!(
        "window.told = {{}}; for (const name of {}) window.__TAURI_INTERNALS__.invoke(name, {arguments})
           .then(() => 'answered', (e) => e.code ?? String(e)).then((code) => {{ window.told[name] = code; }});",
        json!(names)
    ))
    .await;
    w.until(&format!("Object.keys(window.told).length === {}", names.len())).await;
    let told = w.js("return window.told").await;
    names.iter().map(|n| ((*n).to_owned(), told[n].as_str().unwrap_or_default().to_owned())).collect()
}

async fn lock(w: &Window) {
    w.chord(CTRL, "l").await;
    w.at("pin").await;
}

/// Nothing of a resident is in the window.
async fn is_blank(w: &Window) {
    let page = w
        .js("return document.documentElement.outerHTML + [...document.querySelectorAll('input')].map(i => i.value)")
        .await;
    for secret in ["Halimah", "6305044107489901", "6305 0441", "data:image"] {
        assert!(!page.as_str().unwrap().contains(secret), "{secret} is still in the window");
    }
}

async fn give_a_pin(w: &Window) {
    menu(w, "settings").await;
    w.tab_to("#new-pin", 40).await;
    w.press(&format!("{PIN}{ENTER}")).await;
    w.shows("PIN sudah disimpan").await;
}

#[tokio::test]
async fn a_locked_screen_is_blank_answers_nothing_and_opens_where_the_cursor_stood() {
    let world = World::new().await;
    world.drafted("01-ktp-damaged.json", &[("ktp_damaged", "ktp.jpg")]);
    let w = signed_in(&world).await;
    give_a_pin(&w).await;
    w.look("akun").await;
    w.press(&f(2)).await;
    w.title("Berkas baru").await;
    w.press(&format!("ktp rusak{ENTER}")).await;
    w.at("applicant-name").await;
    w.press(&format!("Halimah Contoh{ENTER}630504410748")).await;
    // Before the autosave has run: what was typed goes along.
    lock(&w).await;
    is_blank(&w).await;
    w.look("layar-terkunci").await;
    let told = answers(&w).await;
    let open: Vec<_> = told.iter().filter(|(_, code)| code != "locked").collect();
    println!("{} commands asked of the locked window, {} answered", told.len(), open.len());
    assert!(open.is_empty(), "{open:?}");
    w.press(&format!("482108{ENTER}")).await;
    w.shows("PIN salah. Sisa 4 kali.").await;
    w.look("pin-salah").await;
    w.press(&format!("{PIN}{ENTER}")).await;
    w.at("applicant-nik").await;
    w.until("document.querySelector('#applicant-nik').value.replaceAll(' ', '') === '630504410748'").await;
    w.until("document.querySelector('#applicant-name').value === 'Halimah Contoh'").await;
    read_back_is_blanked(&w).await;
    lock(&w).await;
    push(&w, "[data-testid=use-passphrase]").await;
    w.at("passphrase").await;
    w.look("terkunci-kata-sandi").await;
    push(&w, "[data-testid=use-pin]").await;
    w.at("pin").await;
    for _ in 0..5 {
        w.press(&format!("913572{ENTER}")).await;
        w.until("document.querySelector('[role=alert]') && !document.querySelector('[type=submit]').disabled").await;
    }
    w.shows("PIN salah 5 kali").await;
    w.at("passphrase").await;
    w.look("pin-habis").await;
    w.press(&format!("{PASSPHRASE}{ENTER}")).await;
    w.until("document.querySelector('nav.menu')").await;
    w.look("masuk-lagi").await;
    locks_with_the_desktop(&w).await;
    w.saw(&LOCKED);
    w.close().await;
}

/// A question that was under way when the counter locked is refused, so the window asks where it stands, and hears it only
/// when the test says so.
const LATE: &str = "const asked = window.fetch, late = window.late = [];
    let shut; const locked = new Promise((done) => { shut = done; });
    window.fetch = async (...call) => {
      const name = new URL(call[0]).pathname.slice(1);
      if (name === 'connection') await locked;
      const told = await asked(...call);
      if (name === 'lock') shut();
      if (name === 'start') await new Promise((done) => { late.push(done); });
      return told;
    };";

#[tokio::test]
async fn an_answer_from_before_it_was_opened_again_does_not_lock_the_screen() {
    let world = World::new().await;
    let w = signed_in(&world).await;
    give_a_pin(&w).await;
    w.press(&f(2)).await;
    w.title("Berkas baru").await;
    w.js(LATE).await;
    w.press(&format!("ktp rusak{ENTER}")).await;
    w.at("applicant-name").await;
    lock(&w).await;
    w.until("window.late.length > 0").await;
    w.press(&format!("{PIN}{ENTER}")).await;
    w.at("applicant-name").await;
    w.js("window.late.forEach((answer) => answer())").await;
    w.press("Halimah").await;
    w.until("document.querySelector('#applicant-name')?.value === 'Halimah'").await;
    assert!(w.js("return document.querySelector('[role=alert]')").await.is_null());
    w.close().await;
}

/// Sleep, a locked session and a screen saver lock the counter before its clock could tell, and lose no letter.
async fn locks_with_the_desktop(w: &Window) {
    menu(w, "queue").await;
    push(w, "[data-testid=filter-draft]").await;
    w.until("document.querySelectorAll('[data-testid=queue-row]').length === 2").await;
    w.down_to("[data-testid=queue-row]").await;
    w.press(ENTER).await;
    w.until("document.querySelector('.strip')").await;
    for (interface, word) in [
        ("org.freedesktop.login1.Manager.PrepareForSleep", "boolean:true"),
        ("org.freedesktop.login1.Session.Lock", ""),
        ("org.gnome.ScreenSaver.ActiveChanged", "boolean:true"),
    ] {
        w.js("document.querySelector('#applicant-name').select()").await;
        w.js("document.querySelector('#applicant-name').focus()").await;
        w.press(word.get(..3).unwrap_or("Lah")).await;
        let mut said = std::process::Command::new("dbus-send");
        said.args(["--session", "--type=signal", "/", interface]).args(Some(word).filter(|word| !word.is_empty()));
        assert!(said.status().expect("dbus-send").success());
        w.at("pin").await;
        is_blank(w).await;
        w.press(&format!("{PIN}{ENTER}")).await;
        w.at("applicant-name").await;
        let typed = json!(word.get(..3).unwrap_or("Lah"));
        w.until(&format!("document.querySelector('#applicant-name').value === {typed}")).await;
    }
    let woke = ["--session", "--type=signal", "/", "org.freedesktop.login1.Manager.PrepareForSleep", "boolean:false"];
    assert!(std::process::Command::new("dbus-send").args(woke).status().expect("dbus-send").success());
}

/// The page a resident reads is gone while it is locked, and comes back.
async fn read_back_is_blanked(w: &Window) {
    menu(w, "queue").await;
    push(w, "[data-testid=filter-draft]").await;
    w.until("document.querySelector('[data-testid=filter-draft][aria-pressed=true]')").await;
    w.until("document.querySelectorAll('[data-testid=queue-row]').length === 2").await;
    w.down_to("[data-testid=queue-row]").await;
    w.press(DOWN).await;
    w.press(ENTER).await;
    w.until("document.querySelector('.strip')").await;
    w.press(&f(8)).await;
    w.title("Periksa isian").await;
    w.press(&f(8)).await;
    w.until("document.querySelector('[data-testid=read-back-yes]')").await;
    lock(w).await;
    is_blank(w).await;
    w.look("baca-terkunci").await;
    w.press(&format!("{PIN}{ENTER}")).await;
    w.title("Periksa isian").await;
}

#[tokio::test]
async fn a_supervisor_adds_and_removes_somebody_who_chooses_a_passphrase_first() {
    let world = World::new().await;
    let w = signed_in(&world).await;
    menu(&w, "people").await;
    w.until("document.querySelector('[data-testid=person]')").await;
    w.look("petugas").await;
    w.tab_to("#new-name", 20).await;
    w.press(&format!("Hamdi Contoh{ENTER}")).await;
    w.until("document.activeElement.dataset.testid === 'noted'").await;
    w.look("petugas-baru").await;
    let words = w.js("return document.querySelector('[data-testid=passphrase]').textContent").await;
    let words = words.as_str().unwrap().to_owned();
    w.press(ENTER).await;
    w.until("!document.querySelector('[data-testid=handed]')").await;
    assert_eq!(w.js(&format!("return document.body.textContent.includes({})", json!(words))).await, json!(false));
    w.tab_to("#idle", 20).await;
    w.press("1").await;
    w.shows("Sudah diubah").await;
    w.look("petugas-dua").await;
    hamdi_begins(&w, &words).await;
    lock(&w).await;
    push(&w, "[data-testid=use-passphrase]").await;
    w.at("passphrase").await;
    w.press(&format!("{PASSPHRASE}{ENTER}")).await;
    w.until("document.querySelector('nav.menu')").await;
    menu(&w, "people").await;
    push(&w, "[data-testid=remove]").await;
    w.until("document.activeElement.dataset.testid === 'keep'").await;
    w.look("petugas-keluarkan").await;
    w.tab_to("[data-testid=do-ask]", 3).await;
    w.press(SPACE).await;
    w.shows("Hamdi Contoh sudah dikeluarkan").await;
    w.until("document.querySelectorAll('[data-testid=person]').length === 1").await;
    w.look("petugas-dikeluarkan").await;
    w.saw(&PEOPLE);
    w.close().await;
}

/// Hamdi signs in with what was handed out, replaces it, and gets no supervisor's command.
async fn hamdi_begins(w: &Window, words: &str) {
    w.chord(CTRL, "l").await;
    w.at("passphrase").await;
    w.look("masuk-dua-orang").await;
    w.tab_to("#person", 6).await;
    w.press("H").await;
    w.until("document.querySelector('#person').selectedOptions[0].textContent === 'Hamdi Contoh'").await;
    w.tab_to("#passphrase", 3).await;
    w.press(&format!("{words}{ENTER}")).await;
    w.at("fresh").await;
    w.until("document.querySelector('[data-testid=drawn]').textContent.split(' ').length === 4").await;
    w.look("kata-sandi-baru").await;
    for (name, code) in answers(w).await {
        let own = ["change_passphrase", "propose_passphrase", "set_pin"].contains(&name.as_str());
        assert!(own || code == "passphrase_given", "{name}: {code}");
    }
    let drawn = w.js("return document.querySelector('[data-testid=drawn]').textContent").await;
    w.tab_to("#fresh", 6).await;
    w.press(&format!("{}{ENTER}", drawn.as_str().unwrap())).await;
    w.title("Antrean").await;
    assert_eq!(w.js("return document.querySelectorAll('[data-testid=menu-people]').length").await, json!(0));
    for (name, code) in answers(w)
        .await
        .iter()
        .filter(|(n, _)| ["add_person", "reissue", "remove_person", "change_settings"].contains(&n.as_str()))
    {
        assert_eq!(code, "not_permitted", "{name}");
    }
}

#[tokio::test]
async fn the_envelope_lets_somebody_in_and_the_telephone_replaces_a_pin() {
    let mut world = World::new().await;
    world.handed_in(&["01-ktp-damaged.json"]);
    let w = signed_in(&world).await;
    choose_printer(&w).await;
    menu(&w, "people").await;
    push(&w, "[data-testid=make-code]").await;
    w.until("document.querySelector('[data-testid=code]')").await;
    w.look("amplop-kode").await;
    let code = text(&w, "code").await;
    let before = world.printed().len();
    push(&w, "[data-testid=print-code]").await;
    w.shows("Kode dikirim ke printer").await;
    assert_eq!(world.printed().len(), before + 1);
    let sheet = world.printed_text().concat();
    // pdftotext takes the dash at the end of a line for a hyphen.
    let bare = |t: &str| t.replace(['\n', ' ', '-'], "");
    assert!(bare(&sheet).contains(&bare(&code)), "{code} is not on the sheet: {sheet}");
    w.chord(CTRL, "l").await;
    w.at("passphrase").await;
    push(&w, "[data-testid=lost]").await;
    w.tab_to("#recovery-code", 4).await;
    w.look("tidak-bisa-masuk").await;
    w.press(&format!("AAAAA{ENTER}")).await;
    w.shows("Kode itu belum lengkap").await;
    w.look("kode-salah").await;
    w.tab_to("#recovery-code", 20).await;
    w.chord(CTRL, "a").await;
    w.press(&format!("{}{ENTER}", code.to_lowercase())).await;
    w.until("document.activeElement.dataset.testid === 'noted'").await;
    w.look("dipulihkan").await;
    let words = text(&w, "passphrase").await;
    assert_ne!(text(&w, "next-code").await, code);
    w.press(ENTER).await;
    w.at("passphrase").await;
    w.press(&format!("{words}{ENTER}")).await;
    w.at("fresh").await;
    w.look("sandi-sesudah-pulih").await;
    w.press(&format!("kapal besar di muara{ENTER}")).await;
    w.until("document.querySelector('nav.menu')").await;
    menu(&w, "queue").await;
    w.shows("Halimah Contoh").await;
    forgotten_pin(&w, &mut world).await;
    w.saw(&BACK);
    w.close().await;
}

async fn text(w: &Window, id: &str) -> String {
    let found = w.js(&format!("return document.querySelector('[data-testid={id}]').textContent")).await;
    found.as_str().unwrap().to_owned()
}

/// The digits on the screen are read to the Dinas, and what it reads back allows another PIN.
async fn forgotten_pin(w: &Window, world: &mut World) {
    give_a_pin(w).await;
    world.cable_in().await;
    menu(w, "sending").await;
    push(w, "[data-testid=send-now]").await;
    w.until("document.querySelector('.connection.connected')").await;
    lock(w).await;
    push(w, ".signin summary").await;
    w.until("/^[0-9-]{8}$/.test(document.querySelector('[data-testid=challenge]')?.textContent)").await;
    let asks = text(w, "challenge").await;
    let number = &world.numbers().await[0];
    let device = number.split('-').next().unwrap();
    let told =
        served::district(&world.tools().join("district"), &["pin-code", "--device", device, "--challenge", &asks]);
    w.look("lupa-pin").await;
    w.tab_to("#told", 6).await;
    w.press(told.trim()).await;
    w.tab_to("#fresh-pin", 3).await;
    w.press(&format!("735190{ENTER}")).await;
    w.until("document.querySelector('nav.menu')").await;
    lock(w).await;
    w.press(&format!("735190{ENTER}")).await;
    w.until("document.querySelector('nav.menu')").await;
    w.look("pin-diganti").await;
}
