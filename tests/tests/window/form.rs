//! Goal: the boxes of the form take what an officer knows: a village's name, a date with its gaps, a telephone number.

use super::{World, sample, signed_in};
use crate::driver::{ALT, CTRL, DOWN, ENTER, ESCAPE, SPACE, Window, f};
use crate::world::PASSPHRASE;
use jukung_office::Office;
use jukung_office::edge::Edge;
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
    // axe cannot decide what an open list lies upon; its picture is for people, the closed box for axe.
    w.picture("desa-dengan-nama").await;
    w.press(ENTER).await;
    w.shows("Kode wilayah 63.09.03.2008").await;
    w.look("desa-dipilih").await;
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

#[tokio::test]
async fn what_the_counter_knows_is_offered_again_services_people_and_papers() {
    let world = World::new().await;
    let office = Office::open(&world.data, "", PASSPHRASE, Edge::system()).unwrap();
    for name in ["07-kia.json", "01-ktp-damaged.json", "01-ktp-damaged.json"] {
        assert!(office.submit_file(&sample(name)).unwrap().remove(0).result.is_ok(), "{name}");
    }
    office.close().unwrap();
    let w = signed_in(&world).await;
    w.press(&f(2)).await;
    w.until("document.querySelector('.usual button')?.dataset.testid === 'often-KTP_DAMAGED'").await;
    w.look("layanan-sering").await;
    w.press("zzzz").await;
    w.shows("arahkan ke Disdukcapil Kabupaten Tapin").await;
    w.look("layanan-tidak-ada").await;
    w.js("document.querySelector('#service').select()").await;
    w.press(&format!("akta kel{ENTER}")).await;
    w.until("document.querySelector('.strip') && document.activeElement.matches('main input')").await;
    // A whole NIK of somebody known fills the rest.
    w.js("document.getElementById('applicant-nik').focus()").await;
    w.press("6305045004979925").await;
    w.shows("Siti Contoh Aminah sudah dikenal").await;
    assert_eq!(value(&w, "applicant-name").await, json!("Siti Contoh Aminah"));
    assert_eq!(value(&w, "applicant-rt").await, json!("003"));
    w.look("nik-dikenal").await;
    w.chord(ALT, "4").await;
    w.at("mother-name").await;
    w.shows("Sama dengan pemohon").await;
    assert_eq!(w.js("return !!document.querySelector('[data-testid=same-father-name]')").await, json!(false));
    w.chord(CTRL, "d").await;
    w.until("document.getElementById('mother-nik').value === '6305 0450 0497 9925'").await;
    w.look("sama-dengan-pemohon").await;
    w.chord(ALT, "6").await;
    w.until("document.querySelector('[data-testid=on-file-kk]')").await;
    w.look("surat-yang-tersimpan").await;
    w.chord(CTRL, "d").await;
    w.until("document.querySelector('dialog[open] img')").await;
    w.shows("Dari berkas KIA").await;
    w.press(ESCAPE).await;
    w.until("!document.querySelector('dialog[open]')").await;
    w.shows("Aslinya tidak diminta").await;
    w.choose("file-birth_letter", &sample("birth-letter.jpg")).await;
    w.until("document.querySelector('dialog[open] img')").await;
    w.press(ESCAPE).await;
    w.until("document.querySelector('#original-birth_letter-returned')?.checked").await;
    w.until("!document.querySelector('dialog[open]')").await;
    w.js("document.querySelector('#original-birth_letter-returned').focus()").await;
    w.press(DOWN).await;
    w.until("document.querySelector('#original-birth_letter-kept').checked").await;
    w.look("surat-asli-disimpan").await;
    w.close().await;
}

#[tokio::test]
async fn sign_in_help_and_settings_say_what_they_know() {
    let world = World::new().await;
    let w = Window::open(&world.data, world.tools()).await;
    w.at("passphrase").await;
    w.shows("Tanpa internet. Loket tetap bisa dipakai").await;
    w.press("rahasia").await;
    w.tab_to("[data-testid=show-passphrase]", 2).await;
    w.press(SPACE).await;
    w.until("document.getElementById('passphrase').type === 'text'").await;
    assert_eq!(value(&w, "passphrase").await, json!("rahasia"));
    w.look("masuk-kata-sandi-terlihat").await;
    w.js("document.getElementById('passphrase').select(); document.getElementById('passphrase').focus()").await;
    w.press(&format!("{PASSPHRASE}{ENTER}")).await;
    w.title("Antrean").await;
    w.press(&f(1)).await;
    w.at("help").await;
    w.press("em 22").await;
    w.shows("Gangguan di dalam aplikasi").await;
    w.look("bantuan-kode").await;
    // What nobody at the counter caused names its code and leaves a line in the log.
    w.js("setTimeout(() => { throw new Error('as if a screen failed'); })").await;
    w.shows("Kode bantuan: KV-24.").await;
    w.look("gangguan").await;
    let log = std::fs::read_to_string(world.data.join("gangguan.log")).unwrap();
    assert!(log.contains(" KV-24 window "), "{log}");
    w.js("document.querySelector('[data-testid=menu-settings]').focus()").await;
    w.press(ENTER).await;
    w.until("/dipakai \\d+ MB, bebas \\d+ MB/.test(document.querySelector('[data-testid=storage]')?.textContent)")
        .await;
    w.look("pengaturan-ruang").await;
    w.close().await;
}

/// Takes the first suggestion for the letters typed.
pub async fn known(w: &Window, letters: &str) {
    w.press(letters).await;
    w.until("document.querySelector('[role=option]')").await;
    w.press(&format!("{DOWN}{ENTER}")).await;
}
