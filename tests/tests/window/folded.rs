//! Goal: what few people need costs nobody else a key, and what hangs on an answer shows when the answer is given.

use crate::driver::{ALT, CTRL, ENTER, SPACE, Window, f};
use crate::signed_in;
use crate::world::World;
use serde_json::json;

async fn begin(w: &Window, service: &str) {
    w.press(&f(2)).await;
    w.until("document.querySelector('#service')").await;
    w.press(&format!("{service}{ENTER}")).await;
    w.at("applicant-name").await;
}

/// Goes to a section and waits until the cursor stands in it.
async fn section(w: &Window, number: u32, title: &str) {
    w.chord(ALT, &number.to_string()).await;
    let current = format!("document.querySelectorAll('.strip button')[{}].matches('.current')", number - 1);
    w.until(&format!("{current} && document.activeElement.matches('main :is(input, select, textarea)')")).await;
    w.title(title).await;
}

async fn boxes(w: &Window) -> Vec<String> {
    let ids =
        w.js("return [...document.querySelectorAll('main .fields [id]:is(input, select, textarea)')].map(x => x.id)");
    ids.await.as_array().unwrap().iter().map(|x| x.as_str().unwrap().to_owned()).collect()
}

/// Chooses an entry of a list by its key, as an arrow key would.
async fn choose(w: &Window, id: &str, key: &str) {
    w.js(&format!(
        "const box = document.getElementById({}); box.focus(); box.value = {}; box.dispatchEvent(new Event('change', {{bubbles: true}}))",
        json!(id),
        json!(key)
    ))
    .await;
}

#[tokio::test]
async fn a_family_is_asked_for_its_rows_once_and_its_rare_columns_on_request() {
    let world = World::new().await;
    let w = signed_in(&world).await;
    begin(&w, "keluarga baru").await;
    section(&w, 3, "Keluarga baru").await;
    w.js("document.querySelector('#family-basis-unrecorded').focus()").await;
    w.press(SPACE).await;
    w.shows("bukan pengesahan perkawinan").await;
    w.look("kk-keluarga").await;
    section(&w, 4, "Anggota").await;
    w.at("members-0-name").await;
    w.press(&format!("Basri Contoh{ENTER}6305040909889939")).await;
    w.js("[...document.querySelectorAll('button')].find(b => b.textContent === 'Tambah baris').focus()").await;
    w.press(ENTER).await;
    w.at("members-1-name").await;
    w.press(&format!("Nur Contoh{ENTER}6305044910909905")).await;
    w.look("kk-anggota").await;
    // The first row goes at once, the second moves up, and one key brings it back.
    let first = "document.getElementById('members-0-name').value";
    w.js("document.querySelector('[data-testid=drop-row-0]').focus()").await;
    w.press(ENTER).await;
    w.until(&format!("{first} === 'Nur Contoh' && !document.getElementById('members-1-name')")).await;
    w.until("document.activeElement.dataset.testid === 'undo-row'").await;
    w.look("kk-baris-dihapus").await;
    w.chord(CTRL, "z").await;
    w.until(&format!(
        "{first} === 'Basri Contoh' && document.getElementById('members-1-nik')?.value.startsWith('6305')"
    ))
    .await;
    section(&w, 5, "Data anggota").await;
    // As many rows as there are members, by name, and no button that would add a person without one.
    w.shows("Anggota 2: Nur Contoh").await;
    assert_eq!(
        w.js("return [...document.querySelectorAll('button')].some(b => b.textContent === 'Tambah baris')").await,
        json!(false)
    );
    w.look("kk-data-anggota").await;
    // Ninety-nine occupations are not walked through: a few letters and Enter, and the cursor goes on.
    w.js("document.getElementById('members-0-occupation').focus()").await;
    w.press("tukang k").await;
    w.until("document.querySelector('[role=option][aria-selected=true]')?.textContent.includes('Tukang Kayu')").await;
    w.press(ENTER).await;
    w.until("document.getElementById('members-0-occupation').value === 'Tukang Kayu'").await;
    w.until("document.activeElement.id !== 'members-0-occupation'").await;
    let plain = boxes(&w).await;
    assert!(!plain.iter().any(|b| b.ends_with("titlePrefix") || b.ends_with("citizenship-wna")), "{plain:?}");
    w.js("document.querySelector('[data-testid=more]').focus()").await;
    w.press(ENTER).await;
    w.until("document.querySelector('#members-0-titlePrefix') && !document.querySelector('#members-1-titlePrefix')")
        .await;
    assert!(!boxes(&w).await.iter().any(|b| b.ends_with("permitNo")), "those of foreigners wait for the citizenship");
    w.js("document.getElementById('members-0-citizenship-wna').focus()").await;
    w.press(SPACE).await;
    w.until("document.querySelector('#members-0-permitNo')").await;
    w.look("kk-isian-tambahan").await;
    section(&w, 6, "Akta, orang tua").await;
    w.look("kk-akta-orang-tua").await;
    w.close().await;
}

#[tokio::test]
async fn what_hangs_on_an_answer_shows_with_it_and_goes_with_it() {
    let world = World::new().await;
    let w = signed_in(&world).await;
    begin(&w, "pindah keluar").await;
    section(&w, 3, "Perpindahan").await;
    w.look("pindah-keluar").await;
    choose(&w, "move-kind", "head").await;
    w.until("document.querySelector('#move-minorsStay')").await;
    w.js("document.querySelector('#move-minorsStay').focus()").await;
    w.press(SPACE).await;
    w.look("pindah-keluar-anak").await;
    section(&w, 5, "Syarat").await;
    w.until("document.querySelector('[data-requirement=care_letter]')").await;
    w.look("pindah-keluar-syarat").await;
    section(&w, 3, "Perpindahan").await;
    choose(&w, "move-kind", "head_all").await;
    w.until("!document.querySelector('#move-minorsStay')").await;
    section(&w, 5, "Syarat").await;
    w.until("!document.querySelector('[data-requirement=care_letter]')").await;
    begin(&w, "perubahan data kk").await;
    section(&w, 3, "Jenis perubahan").await;
    w.look("kk-ubah-jenis").await;
    section(&w, 4, "Perubahan").await;
    w.look("kk-ubah").await;
    section(&w, 3, "Jenis perubahan").await;
    w.at("change-kind-element").await;
    w.js("document.querySelector('#change-kind-join').focus()").await;
    w.press(SPACE).await;
    w.until("document.querySelector('#change-minorMoves')").await;
    w.look("kk-ubah-menumpang").await;
    section(&w, 4, "Anggota").await;
    w.look("kk-ubah-anggota").await;
    w.close().await;
}

#[tokio::test]
async fn a_service_that_is_not_taken_here_is_answered_with_where_to_go() {
    let world = World::new().await;
    let w = signed_in(&world).await;
    w.press(&f(2)).await;
    w.until("document.querySelector('#service')").await;
    w.press("nikah").await;
    w.shows("KUA").await;
    w.look("layanan-lain").await;
    w.chord(CTRL, "l").await;
    w.close().await;
}
