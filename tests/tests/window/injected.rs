//! What somebody typed is text wherever it is shown: at the counter, at the Dinas and to a family. Nothing of it becomes part of
//! a page, runs, or begins a line of a log.

use crate::driver::{CTRL, ENTER, TAB, Window, f};
use crate::signed_in;
use crate::world::{PASSPHRASE, Scans, World};
use jukung_office::Office;
use jukung_office::edge::Edge;
use jukung_tests::served::OFFICER;
use serde_json::json;
use std::path::{Path, PathBuf};

/// Texts that run in a page which takes them for its own. None has a quotation mark of JSON in it.
const PLANTED: [&str; 4] = [
    "<img src=x onerror=window.fired=true>",
    "</text></svg></title><script>window.fired=true</script>",
    "'><svg onload=window.fired=true>",
    "javascript:window.fired=true//{{window.fired=true}}${window.fired=true}",
];
/// What one of them would have left in a page.
const LEFT: &str = "img[src=x], svg[onload], [onerror], [onload], a[href^=javascript], script:not([src])";

/// Nothing ran, nothing was built, and the text stands there to be read.
async fn is_text(w: &Window, page: &str, shown: &[&str]) {
    let found =
        w.js(&format!("return [window.fired ?? false, document.querySelectorAll({}).length]", json!(LEFT))).await;
    assert_eq!(found, json!([false, 0]), "{page}");
    let read = "return document.body.innerText + [...document.querySelectorAll('input, textarea')].map((i) => i.value)";
    let text = w.js(read).await.as_str().unwrap().to_owned();
    for planted in shown {
        assert!(text.contains(planted), "{page} does not show {planted}: {text}");
    }
}

/// The sample with planted texts for its names and its address.
fn sample(world: &World) -> PathBuf {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample");
    let mut text = std::fs::read_to_string(from.join("01-ktp-damaged.json")).unwrap();
    for (was, planted) in [("Halimah Contoh", 0), ("Jalan Contoh Titian Nomor 4", 1), ("Rizal Contoh", 2)] {
        assert!(text.contains(was), "{was}");
        text = text.replace(was, PLANTED[planted]);
    }
    let folder = world.tools().join("planted");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::copy(from.join("ktp.jpg"), folder.join("ktp.jpg")).unwrap();
    std::fs::write(folder.join("planted.json"), text).unwrap();
    folder.join("planted.json")
}

/// An application that was handed in, one that is still typed, and a complaint, all of them full of planted texts.
fn plant(world: &World) -> String {
    let office = Office::open(&world.data, "", PASSPHRASE, Edge::system()).unwrap();
    let handed = office.submit_file(&sample(world)).unwrap().remove(0).result.unwrap();
    let from = jukung_tests::document(&office, &handed.application);
    let draft = office.new_draft(&from.service, None, None).unwrap().id;
    office.change_draft(&draft, |a| a.fields = from.fields).unwrap();
    office.close().unwrap();
    handed.number
}

#[tokio::test]
async fn what_people_typed_is_text_at_the_counter() {
    let world = World::new().await;
    plant(&world);
    let w = signed_in(&world).await;
    is_text(&w, "the first page", &PLANTED[..1]).await;
    w.down_to("[data-testid=queue-row]").await;
    w.press(ENTER).await;
    w.at("applicant-name").await;
    is_text(&w, "a form", &PLANTED[..2]).await;
    w.chord(CTRL, "s").await;
    w.title("Antrean").await;
    w.until("document.querySelectorAll('[data-testid=queue-row]').length === 2").await;
    w.js("document.querySelectorAll('[data-testid=queue-row]')[1].focus()").await;
    w.press(ENTER).await;
    w.shows(PLANTED[1]).await;
    is_text(&w, "an application", &PLANTED[..3]).await;
    w.press(&format!("{}img", f(3))).await;
    w.until("document.querySelector('[data-testid=hit]')").await;
    is_text(&w, "what was found", &PLANTED[..1]).await;
    w.press(ENTER).await;
    w.until("document.activeElement.dataset.testid === 'new-for-resident'").await;
    is_text(&w, "a resident", &PLANTED[..1]).await;
    w.close().await;
}

#[tokio::test]
async fn what_people_typed_is_text_at_the_dinas_and_for_a_family() {
    let mut world = World::new().await;
    world.cable_in().await;
    let number = plant(&world);
    world.sent(Scans::Too).await;
    let w = Window::browse(&format!("{}/officer/", world.origin()), world.tools()).await;
    w.until("document.activeElement.name === 'name'").await;
    w.press(&format!("Verifikator{TAB}{OFFICER}{ENTER}")).await;
    w.until("document.querySelectorAll('tr.pick').length === 1").await;
    is_text(&w, "the queue", &PLANTED[..1]).await;
    w.press(&f(2)).await;
    w.until("document.querySelector('.answers')").await;
    is_text(&w, "an application at the Dinas", &PLANTED[..3]).await;
    w.js("location.hash = 'jejak'").await;
    is_text(&w, "the next page", &[]).await;
    w.close().await;
    // A family's number is what it typed: it comes back as text, whatever it is.
    let w = Window::browse(&format!("{}/cek?number={}", world.origin(), number), world.tools()).await;
    w.until("document.querySelector('input')").await;
    w.tab_to("input", 12).await;
    w.chord(CTRL, "a").await;
    w.press(&format!("{}{TAB}{}{ENTER}", PLANTED[2], PLANTED[1])).await;
    w.until("document.readyState === 'complete'").await;
    is_text(&w, "a family's page", &[]).await;
    w.close().await;
}
