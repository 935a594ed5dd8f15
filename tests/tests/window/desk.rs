//! The officers' desk and the page of delivery in a browser, by keyboard: a visit of several services, typed into SIAK, taken
//! along as files, the settings of the counters, a photo of a hand-over, and what was handed over twice; clean in both themes.

use crate::driver::{ALT, CTRL, DOWN, ENTER, ESCAPE, SPACE, TAB, Window, f};
use crate::families::{PHONE, WIDER};
use crate::sample;
use crate::states::push;
use crate::world::{Scans, World};
use jukung_office::Office;
use jukung_office::edge::Edge;
use jukung_office::handover::HandOver;
use jukung_tests::served::OFFICER;
use serde_json::json;

const STATES: [&str; 7] = [
    "dinas-kunjungan",
    "dinas-siak-disamarkan",
    "dinas-siak-disalin",
    "dinas-siak-360",
    "dinas-layanan",
    "dinas-antar-foto",
    "dinas-antar-dua-kali-selesai",
];

#[tokio::test]
async fn officers_copy_a_visit_into_siak_set_what_counters_take_and_settle_a_doubled_hand_over() {
    let mut world = World::new().await;
    world.cable_in().await;
    world.handed_in(&["01-ktp-damaged.json", "04-death.json"]);
    world.sent(Scans::Too).await;
    let w = Window::browse(&format!("{}/officer/", world.origin()), world.tools()).await;
    w.until("document.activeElement.name === 'name'").await;
    w.press(&format!("Verifikator{TAB}{OFFICER}{ENTER}")).await;
    w.title("Antrean").await;
    w.until("document.querySelector('[data-export=xlsx]')").await;
    visit(&w).await;
    siak(&w).await;
    settings(&w).await;
    delivery(&w, &world).await;
    w.saw(&STATES);
    w.close().await;
}

/// Two services of one family on one day, taken with one press.
async fn visit(w: &Window) {
    w.js("document.querySelector('tr.pick button').focus()").await;
    w.press(ENTER).await;
    w.shows("2 berkas dari satu kunjungan").await;
    w.until("document.querySelector('.paper img')?.naturalWidth").await;
    w.look("dinas-kunjungan").await;
    push(w, "#take-visit").await;
    w.shows("2 berkas dari kunjungan ini Anda ambil.").await;
    w.until("!document.querySelector('#take-visit')").await;
    // The death is the other one: its form has a cause.
    push(w, "#visit a").await;
    w.until("document.querySelector('h1').textContent.includes('kematian')").await;
}

/// Enter copies, Enter goes on; what is masked is shown first.
async fn siak(w: &Window) {
    w.until("document.querySelector('.answers')").await;
    w.chord(ALT, "s").await;
    w.until("document.activeElement.dataset.copy").await;
    let path = w.js("return document.activeElement.dataset.copy").await;
    assert_eq!(path, json!("applicant.name"), "the form begins there");
    w.press(ENTER).await;
    w.shows("sudah disalin. Tempel di SIAK.").await;
    w.press(ENTER).await;
    w.until("document.activeElement.dataset.copy !== 'applicant.name'").await;
    w.js("document.querySelector('[data-copy=\"applicant.nik\"]').focus()").await;
    w.press(ENTER).await;
    w.shows("masih disamarkan. Tekan F4").await;
    w.look("dinas-siak-disamarkan").await;
    w.press(&f(4)).await;
    w.shows("Lengkap sampai pukul").await;
    w.js("document.querySelector('[data-copy=\"applicant.nik\"]').focus()").await;
    w.press(ENTER).await;
    w.until("document.querySelectorAll('tr.copied').length === 2").await;
    w.press(DOWN).await;
    w.until("document.activeElement.dataset.copy !== 'applicant.nik'").await;
    w.look("dinas-siak-disalin").await;
    w.rect(PHONE, 768).await;
    w.js("document.querySelector('#said').textContent = ''").await;
    assert_eq!(w.js(WIDER).await, json!([]), "wider than a telephone");
    w.look("dinas-siak-360").await;
    w.rect(1366, 768).await;
    w.press(ESCAPE).await;
    w.until("document.querySelector('.answers')").await;
    // What was copied is what is pasted.
    w.press(ESCAPE).await;
    w.title("Antrean").await;
    w.tab_to("[type=search]", 20).await;
    w.chord(CTRL, "v").await;
    w.until("document.querySelector('[type=search]').value === '6305044107489901'").await;
}

/// A service less, a paper more, a sentence for the counters.
async fn settings(w: &Window) {
    push(w, "a[href='#janji']").await;
    w.title("Janji layanan").await;
    push(w, "a[href='#layanan']").await;
    w.title("Layanan dan syarat").await;
    w.until("document.querySelector('[name=extras]')").await;
    w.look("dinas-layanan").await;
    for box_of in ["[name=services][value=KTP_LOST]", "[name=extras][value=rt_letter]"] {
        w.tab_to(box_of, 60).await;
        w.press(SPACE).await;
    }
    w.tab_to("[name=notice_counter]", 60).await;
    w.press(&format!("Jumat loket tutup pukul 11.{ENTER}")).await;
    w.shows("Tersimpan. Loket menerimanya").await;
    w.until(
        "!document.querySelector('[value=KTP_LOST]').checked && document.querySelector('[value=rt_letter]').checked",
    )
    .await;
}

/// The Dinas and a counter hand the same document over; the form of a courier with its photo is looked at on the way.
async fn delivery(w: &Window, world: &World) {
    let number = world.numbers().await.remove(0);
    for (step, body) in [("approve", json!({})), ("issue", json!({"document": "6305-CONTOH-0001"}))] {
        world.decide(&number, step, body).await;
    }
    world.sent(Scans::Too).await;
    w.js("location.href = '/officer/deliver'").await;
    w.until("document.querySelector('[data-way=village]')").await;
    push(w, "[data-way=village]").await;
    w.title("Siapkan").await;
    w.tab_to("form .first", 20).await;
    w.press(ENTER).await;
    w.shows("disiapkan. Cetak manifes").await;
    push(w, "#send").await;
    w.shows("dikirim. Keluarga dan loket diberi tahu").await;
    push(w, "#arrive").await;
    w.until("document.querySelector('[data-step^=deliver]')").await;
    push(w, "[data-step^=deliver]").await;
    w.until("document.activeElement.name === 'recipient'").await;
    w.tab_to("[name=mark]", 8).await;
    w.press(SPACE).await;
    w.choose("photo", &sample("certificate.jpg")).await;
    w.look("dinas-antar-foto").await;
    w.tab_to("[data-ask] .first", 8).await;
    w.press(ENTER).await;
    w.shows("diserahkan kepada Halimah Contoh").await;
    at_the_counter(world, &number);
    world.sent(Scans::Too).await;
    w.js("location.hash = 'twice'").await;
    w.shows("kepada Rizal Contoh (Cucu)").await;
    push(w, "[data-settle]").await;
    w.until("document.activeElement.name === 'note'").await;
    w.press("Kartu ada pada Halimah, dicek lewat telepon.").await;
    w.look("dinas-antar-dua-kali-selesai").await;
    w.press(ENTER).await;
    w.shows("ditandai selesai").await;
    w.shows("Tidak ada dokumen yang dicatat diserahkan dua kali.").await;
}

/// A counter that does not know yet hands it over, too.
fn at_the_counter(world: &World, number: &str) {
    let office = Office::open(&world.data, "", crate::world::PASSPHRASE, Edge::system()).unwrap();
    let given = HandOver { who: "helper".into(), read: true, mark: "signature".into(), ..HandOver::default() };
    let id = office.search(number).unwrap().remove(0).id;
    office.hand_over_document(&id, &given, &[]).unwrap();
    office.close().unwrap();
}
