//! A file whose application is closed: its pictures lie at the Dinas, the screen says so in their place, and the settings list
//! what went.

use crate::driver::ENTER;
use crate::signed_in;
use crate::states::{menu, push};
use crate::world::{PASSPHRASE, Scans, World};
use jukung_office::Office;
use jukung_office::edge::Edge;
use jukung_tests::served;
use serde_json::json;

#[tokio::test]
async fn a_file_whose_pictures_went_says_where_they_are() {
    let mut world = World::new().await;
    world.cable_in().await;
    world.handed_in(&["01-ktp-damaged.json"]);
    world.sent(Scans::Too).await;
    let number = world.numbers().await.remove(0);
    world.decide(&number, "take", json!({})).await;
    world.decide(&number, "reject", json!({"reason": "Contoh"})).await;
    let backup = world.tools().join("backup").display().to_string();
    let _ = served::district(&world.tools().join("district"), &["backup", "--to", &backup]);
    world.sent(Scans::Too).await;
    let office = Office::open(&world.data, "", PASSPHRASE, Edge::system()).unwrap();
    office.tend().unwrap();
    office.close().unwrap();
    drop(office);
    let w = signed_in(&world).await;
    w.down_to("[data-testid=queue-row]").await;
    w.press(ENTER).await;
    w.title("Halimah Contoh").await;
    w.until("document.querySelector('[data-testid=scan-gone]')").await;
    w.shows("Gambar sudah ada di Dinas dan dihapus dari komputer ini pada").await;
    assert_eq!(w.js("return document.querySelectorAll('.thumbs img, [role=alert]').length").await, json!(0));
    w.look("berkas-gambar-di-dinas").await;
    // The list of what went: its day, its kind, how many, and nobody's name.
    menu(&w, "settings").await;
    push(&w, "[data-testid=deleted] summary").await;
    w.shows("1 gambar surat dari berkas yang selesai").await;
    let list = w.js("return document.querySelector('[data-testid=deleted]').textContent").await;
    assert!(!list.as_str().unwrap().contains("Halimah"), "{list}");
    w.look("pengaturan-yang-dihapus").await;
    w.close().await;
}
