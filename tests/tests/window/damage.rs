//! A database that broke overnight: the person signs in as always, is told what happened, and goes on.

use crate::driver::ENTER;
use crate::signed_in;
use crate::states::{menu, push};
use crate::world::{PASSPHRASE, World};
use jukung_office::Office;
use jukung_office::edge::Edge;

const STATES: [&str; 4] = ["masuk", "antrean-dipulihkan", "dipulihkan", "cadangan"];

#[tokio::test]
async fn a_database_that_broke_overnight_is_told_once_and_work_goes_on() {
    let world = World::new().await;
    world.handed_in(&["01-ktp-damaged.json"]);
    let office = Office::open(&world.data, "", PASSPHRASE, Edge::system()).unwrap();
    office.tend_copies().unwrap().expect("a copy");
    office.close().unwrap();
    drop(office);
    world.handed_in(&["05-ktp-lost.json"]);
    let file = world.data.join("office.db");
    let bytes = std::fs::read(&file).unwrap();
    std::fs::write(&file, &bytes[..bytes.len() / 2]).unwrap();

    let w = signed_in(&world).await;
    w.shows("Jumiati").await;
    w.look("antrean-dipulihkan").await;
    push(&w, "[data-testid=to-attention]").await;
    w.shows("rusak dan telah dipulihkan dari cadangan").await;
    w.shows("1 catatan sesudahnya").await;
    w.look("dipulihkan").await;
    w.tab_to("[data-testid=attention]", 40).await;
    w.press(ENTER).await;
    w.shows("Sudah ditandai dibaca").await;
    menu(&w, "settings").await;
    w.until("document.querySelector('[data-testid=copies]')?.textContent.includes('Terakhir dibuat')").await;
    w.look("cadangan").await;
    w.saw(&STATES);
    w.close().await;
}
