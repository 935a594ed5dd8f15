//! A stick of a counter without a network, passed on at one that has it: what stops it is told, and what came of it.

use crate::signed_in;
use crate::states::{menu, push};
use crate::world::{PASSPHRASE, World};
use jukung_office::Office;
use jukung_office::edge::Edge;

const STATES: [&str; 3] = ["masuk", "titipan-tanpa-jaringan", "titipan-diteruskan"];

#[tokio::test]
async fn another_counters_stick_is_passed_on_from_the_sending_screen() {
    let mut world = World::new().await;
    let (theirs, stick) = (world.tools().join("theirs"), world.tools().join("stick"));
    std::fs::create_dir(&stick).unwrap();
    world.cable_in().await;
    world.enrol(&theirs).await;
    world.cable_out();
    let other = Office::open(&theirs, "", PASSPHRASE, Edge::system()).unwrap();
    let number = other.submit_file(&crate::sample("01-ktp-damaged.json")).unwrap().remove(0).result.unwrap().number;
    other.courier_out(&stick).unwrap();

    let w = signed_in(&world).await;
    menu(&w, "sending").await;
    w.until("document.querySelector('[data-testid=courier-pass]')").await;
    w.js("document.querySelector('#courier-folder').focus()").await;
    w.press(&stick.display().to_string()).await;
    push(&w, "[data-testid=courier-pass]").await;
    w.shows("Paket tetap utuh di flashdisk").await;
    w.look("titipan-tanpa-jaringan").await;
    world.cable_in().await;
    push(&w, "[data-testid=courier-pass]").await;
    w.shows("Jawaban untuk 1 komputer ditulis").await;
    w.look("titipan-diteruskan").await;
    assert_eq!(world.numbers().await, [number], "it is at the Dinas");
    let brought = other.courier_in(&stick).unwrap();
    assert_eq!((brought.answers, other.connection().unwrap().waiting), (1, 0), "and the answer on the stick");
    w.saw(&STATES);
    w.close().await;
}
