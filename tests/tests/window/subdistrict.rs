//! "Penyelia" by keyboard at a subdistrict's counter: before the Dinas told anything, alone, with a village whose files came
//! back, with one that fell silent, and a file that is read.

use crate::driver::ENTER;
use crate::signed_in;
use crate::states::{menu, push};
use crate::world::{PASSPHRASE, World};
use jukung_ledger::{Db, params};
use jukung_office::Office;
use jukung_office::edge::Edge;
use jukung_office::enrol::{Enrolment, enrol};
use jukung_office::road::Http;
use jukung_office::tls::Trusted;
use jukung_tests::served;
use serde_json::json;
use std::path::Path;

const STATES: [&str; 8] = [
    "masuk",
    "penyelia-belum-ada-kabar",
    "penyelia-sendiri",
    "penyelia",
    "penyelia-alasan",
    "penyelia-kode-pin",
    "penyelia-lama",
    "penyelia-contoh-dibaca",
];
const VILLAGE: &str = "63.05.04.2005";

/// Enrols a computer of this office.
async fn enrolled(world: &World, data: &Path, office: &str) {
    let district = world.tools().join("district");
    let (code, url) =
        (served::district(&district, &["enrol", "--office", office, "--approve-at-once"]), world.origin());
    let mut who = Enrolment::new(&url, &code, "Rahmah", PASSPHRASE);
    who.memory_kib = 8 * 1024;
    enrol(data, &Edge::system(), &Http::new(&url, Trusted::default()).unwrap(), &who).await.unwrap();
}

/// A village that hands in three files, of which the Dinas returns two; gives the code of its computer.
async fn village(world: &World) -> String {
    let data = world.tools().join("village");
    enrolled(world, &data, VILLAGE).await;
    let office = Office::open(&data, "", PASSPHRASE, Edge::system()).unwrap();
    // Somebody may forget it from now on, and the Dinas be asked.
    office.set_pin("482107").unwrap();
    let computer = office.identity().code.clone();
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample/01-ktp-damaged.json");
    let numbers: Vec<String> =
        (0..3).map(|_| office.submit_file(&file).unwrap().remove(0).result.unwrap().number).collect();
    office.sync(&Http::new(&world.origin(), Trusted::default()).unwrap()).await.unwrap();
    office.close().unwrap();
    for number in &numbers[..2] {
        let why = json!({"reason": "unreadable", "target": "ktp_damaged", "note": "Foto KTP buram."});
        world.decide(number, "return", why).await;
    }
    computer
}

/// The village fell silent three days ago, with an older program and something unsent.
fn silent(world: &World) {
    let db = Db::open_sqlite(&world.tools().join("district/district.db"), None).unwrap();
    db.write(|tx| {
        let device = tx.query("SELECT id, last_sync FROM device WHERE office = $1", params![VILLAGE])?.remove(0);
        let last = device.int(1)? - 3 * 86_400_000;
        let said = json!({"app": "0.0.9", "left": 12, "since": last}).to_string();
        tx.execute("UPDATE device SET last_sync = $1 WHERE office = $2", params![last, VILLAGE])?;
        tx.execute("UPDATE meta SET v = $1 WHERE k = $2", params![said, format!("said.{}", device.text(0)?)])
    })
    .unwrap();
}

#[tokio::test]
async fn a_supervisor_sees_the_counters_of_the_subdistrict_and_reads_a_file_by_keyboard() {
    let mut world = World::bare(None);
    world.cable_in().await;
    enrolled(&world, &world.data, "63.05.04").await;
    world.handed_in(&["01-ktp-damaged.json", "04-death.json"]);
    world.cable_out();
    let w = signed_in(&world).await;
    menu(&w, "subdistrict").await;
    w.title("Penyelia – Kecamatan Tapin Utara").await;
    w.shows("Belum ada kabar dari Dinas").await;
    w.shows("Contoh berkas untuk dibaca: 2").await;
    w.look("penyelia-belum-ada-kabar").await;
    world.cable_in().await;
    push(&w, "[data-testid=ask]").await;
    w.until("document.querySelector('[data-testid=none]')").await;
    w.shows("Belum ada loket terdaftar.").await;
    w.look("penyelia-sendiri").await;
    let computer = village(&world).await;
    push(&w, "[data-testid=ask]").await;
    w.until("document.querySelectorAll('[data-testid=counter]').length === 2").await;
    w.shows("2 (67 %)").await;
    w.look("penyelia").await;
    push(&w, "[data-testid=returned]").await;
    w.until("document.querySelector('.counters details[open]')").await;
    w.shows("Pindaian tidak terbaca: 2").await;
    w.look("penyelia-alasan").await;
    w.tab_to("#pin-computer", 60).await;
    w.press(&computer.to_lowercase()).await;
    w.tab_to("#pin-challenge", 2).await;
    w.press(&format!("12 34 56{ENTER}")).await;
    w.until("/^[0-9]{4}-[0-9]{4}$/.test(document.querySelector('[data-testid=pin-told]')?.textContent ?? '')").await;
    w.shows(&format!("Bacakan kode ini untuk komputer {computer}, angka 12-34-56")).await;
    w.look("penyelia-kode-pin").await;
    world.cable_out();
    silent(&world);
    world.cable_in().await;
    push(&w, "[data-testid=ask]").await;
    w.until("document.querySelector('tr.stale')").await;
    for told in ["data 3 hari lalu", "0.0.9", "12 catatan (3 hari)"] {
        w.shows(told).await;
    }
    w.look("penyelia-lama").await;
    push(&w, "[data-testid=week-1]").await;
    w.until(
        "[...document.querySelectorAll('[data-testid=counter] td:nth-child(3)')].every(c => c.textContent === '0')",
    )
    .await;
    push(&w, "[data-testid=read-sample]").await;
    w.until("document.querySelector('main h1') && !document.querySelector('[data-testid=sample]')").await;
    assert_eq!(w.js("return document.body.textContent.includes('6305044107489901')").await, json!(false));
    menu(&w, "subdistrict").await;
    w.shows("Contoh berkas untuk dibaca: 1").await;
    w.shows("sudah dibaca").await;
    w.look("penyelia-contoh-dibaca").await;
    w.tab_to("[data-testid=to-people]", 60).await;
    w.press(ENTER).await;
    w.title("Petugas loket ini").await;
    w.saw(&STATES);
    w.close().await;
}
