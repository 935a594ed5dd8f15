//! Goal: the boxes of the form take what an officer knows: a village's name, a date with its gaps, a telephone number.

use super::{World, signed_in};
use crate::driver::{ALT, CTRL, ENTER, Window, f};
use serde_json::json;

/// Opens a new draft of the service that the words name.
async fn begin(w: &Window, words: &str) {
    w.press(&f(2)).await;
    w.title("Berkas baru").await;
    w.press(&format!("{words}{ENTER}")).await;
    w.until("document.querySelector('.strip')").await;
}

async fn value(w: &Window, id: &str) -> serde_json::Value {
    w.js(&format!("return document.getElementById('{id}').value")).await
}

#[tokio::test]
async fn a_village_is_chosen_by_name_and_a_date_says_what_is_not_known() {
    let world = World::new().await;
    let w = signed_in(&world).await;
    begin(&w, "kedatangan").await;
    w.at("applicant-name").await;
    // A separator leads from box to box, a question mark says what nobody knows.
    w.js("document.getElementById('applicant-birthDate-day').focus()").await;
    w.press("5/agu.1949").await;
    w.shows("Jumat, 5 Agustus 1949 (77 tahun)").await;
    w.js("document.getElementById('applicant-birthDate-day').focus()").await;
    w.press("?").await;
    w.at("applicant-birthDate-month").await;
    w.shows("Ditulis 15 Agustus 1949; tanggalnya tidak diketahui.").await;
    assert_eq!(w.js("return document.getElementById('applicant-birthDate-unknown').checked").await, json!(true));
    w.js("document.getElementById('applicant-phone').focus()").await;
    w.press("081234567890").await;
    assert_eq!(value(&w, "applicant-phone").await, json!("0812-3456-7890"));
    w.look("tanggal-tidak-pasti").await;
    w.chord(ALT, "3").await;
    w.at("move-letterNumber").await;
    w.until("document.getElementById('move-village').value.startsWith('Kelurahan Rantau Kiwa, Tapin Utara')").await;
    w.js("document.getElementById('move-village').select(); document.getElementById('move-village').focus()").await;
    w.press("pulau ku\"u").await;
    w.until("document.querySelector('[role=option][aria-selected=true]')?.textContent.includes('Pulau Ku\"u')").await;
    w.look("desa-dengan-nama").await;
    w.press(ENTER).await;
    w.shows("Kode wilayah 63.09.03.2008").await;
    w.chord(CTRL, "s").await;
    w.down_to("tbody button").await;
    w.press(ENTER).await;
    w.until("document.getElementById('move-village')").await;
    w.until("document.getElementById('move-village')?.value === 'Desa Pulau Ku\"u, Tanta, Kabupaten Tabalong'").await;
    // The code still works, with and without its dots.
    w.js("document.getElementById('move-village').select(); document.getElementById('move-village').focus()").await;
    w.press(&format!("6305042008{ENTER}")).await;
    w.shows("Kode wilayah 63.05.04.2008").await;
    w.press(&f(8)).await;
    w.shows("Desa Banua Hanyar, Tapin Utara, Kabupaten Tapin").await;
    w.close().await;
}
