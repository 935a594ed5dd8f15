//! Goal: a day that is closed is counted whole, chained and signed; whatever differs from what the Dinas holds is shown on
//! the same day at the counter and to the officers, by whatever road the sheet went.

mod office_world;

use jukung_crypto::sign;
use jukung_domain::closing::DayClosed;
use jukung_domain::event::Body;
use jukung_ledger::{days, params};
use jukung_office::Office;
use jukung_office::closed::{DayScreen, DaySheet};
use office_world::{World, edge, open, pass_days, world};
use std::sync::atomic::Ordering;

fn screen(office: &Office) -> DayScreen {
    office.day().expect("the screen")
}

/// Closes the day that is open and gives its sheet as the screen shows it.
fn close(office: &Office) -> DaySheet {
    let day = screen(office).now.day;
    office.close_day(&day).expect("closed");
    screen(office).sheets.remove(0)
}

fn value(sheet: &DaySheet, at: usize) -> &str {
    &sheet.lines[at].value
}

/// The last sheet of a counter as it was written.
fn last(office: &Office) -> DayClosed {
    let kept = office.db().read(|tx| days::sheets(tx, "d.device <> $1", params![""], 1)).expect("read");
    kept.into_iter().next().expect("a sheet").sheet
}

/// Writes a sheet that says something else, signed or not, at the end of the counter's log.
fn forge(office: &Office, signed: bool, change: impl FnOnce(&mut DayClosed)) {
    let mut sheet = last(office);
    (sheet.prev, sheet.n) = (sheet.hash().expect("hash"), sheet.n + 1);
    change(&mut sheet);
    if signed {
        sheet.sig = hex::encode(sign::sign(&office.seed(), &sheet.signed_bytes().expect("bytes")));
    }
    let (identity, now) = (office.identity(), office.now());
    let written = office
        .db()
        .write(|tx| jukung_office::own::append_note(tx, identity, &Body::DayClosed(sheet.clone()), &edge(), now));
    written.expect("written");
}

/// What the officers see: state and differences of every sheet.
async fn officers(w: &World) -> Vec<(String, String)> {
    let district = w.district.clone();
    let all = tokio::task::spawn_blocking(move || district.days().expect("sheets")).await.expect("ran");
    all.into_iter().map(|d| (d.state, d.differences.join(" "))).collect()
}

/// The rows of "Perlu perhatian" about days.
fn reminders(office: &Office) -> Vec<String> {
    let rows = office.attention().expect("attention");
    rows.into_iter().filter(|r| r.kind == "day").map(|r| r.sentence).collect()
}

both_engines! {
    alone;
    async fn a_closed_day_is_counted_sent_and_agreed_with(w: World) {
        let (first, _) = w.hand_in("Aminah Contoh");
        w.hand_in("Galuh Contoh");
        w.office.print_receipt(&first, "a5", 1).expect("printed");
        w.office.sync(&w.road).await.expect("synced");
        w.road.out.store(true, Ordering::Relaxed);
        let (_, third) = w.hand_in("Rusmini Contoh");
        let before = screen(&w.office);
        assert!(before.waiting && before.only_here.starts_with("1 berkas dan 0 foto"), "{}", before.only_here);
        let sheet = close(&w.office);
        assert_eq!((value(&sheet, 0), value(&sheet, 1), value(&sheet, 2)), ("3", "2 dari 3", "2 dari 3"));
        assert_eq!(value(&sheet, 4), "1 lembar; 2 berkas belum dicetak");
        assert!(sheet.numbers[0].contains("-0001–0003: 3 nomor"), "{:?}", sheet.numbers);
        assert_eq!((sheet.state.as_str(), sheet.late.as_str(), sheet.unexplained.len()), ("waiting", "", 0));
        let again = w.office.close_day(&sheet.day).expect_err("nothing happened since");
        assert_eq!(again.code, "day_closed");
        assert!(w.office.day().expect("screen").closed);
        w.road.out.store(false, Ordering::Relaxed);
        w.office.sync(&w.road).await.expect("synced");
        assert_eq!(screen(&w.office).sheets[0].state, "same", "{third}");
        assert_eq!(officers(&w).await, [("same".to_owned(), String::new())]);
        assert_eq!(reminders(&w.office), Vec::<String>::new());
        // What comes after closing needs a sheet of its own, chained to the first.
        w.hand_in("Halimah Contoh");
        let second = close(&w.office);
        assert_eq!((value(&second, 0), second.title == sheet.title), ("1", true));
        w.office.sync(&w.road).await.expect("synced");
        assert!(officers(&w).await.iter().all(|(state, _)| state == "same"));
        office_world::settled(&w, &[&w.office]).await;
    }

    async fn a_sheet_that_was_tampered_with_is_told_to_both_sides(w: World) {
        w.hand_in("Aminah Contoh");
        w.hand_in("Galuh Contoh");
        w.office.sync(&w.road).await.expect("synced");
        close(&w.office);
        // One application is left out, and the signature stays what it was.
        forge(&w.office, false, |s| {
            s.taken = 1;
            s.numbers[0].used = vec![(1, 1)];
        });
        // Signed, but it denies what the district had told before.
        forge(&w.office, true, |s| s.logs[0].a = 0);
        // Signed, and it claims another history.
        forge(&w.office, true, |s| s.logs[0].c = "0000000000000000".into());
        w.office.sync(&w.road).await.expect("nothing is refused because of a sheet");
        let said: String = officers(&w).await.into_iter().map(|(_, d)| d).collect();
        for part in ["Tanda komputer", "Lembar menghitung 1 berkas, Dinas menghitung 2", "Dinas sudah mengabarkan menerima 2 berkas",
            "Isi catatan sampai", "Ada dua lembar"] {
            assert!(said.contains(part), "{part} in {said}");
        }
        let shown = reminders(&w.office);
        assert_eq!(shown.len(), 3, "the same day at the counter: {shown:?}");
        assert_eq!(w.office.connection().expect("bar").attention, 3);
        for sheet in screen(&w.office).sheets.iter().filter(|s| !s.differences.is_empty()) {
            w.office.day_read(&sheet.id).expect("read");
        }
        assert_eq!(reminders(&w.office), Vec::<String>::new());
        assert!(screen(&w.office).sheets.iter().any(|s| s.state == "differs"), "the sheet keeps it");
    }

    async fn a_day_that_nobody_closed_is_closed_next_morning_as_such(w: World) {
        w.hand_in("Aminah Contoh");
        pass_days(1);
        let (_, _) = w.hand_in("Galuh Contoh");
        let before = screen(&w.office);
        assert!(before.missed);
        let today = w.office.today().to_string();
        assert_eq!(w.office.close_day(&today).expect_err("yesterday first").code, "day_order");
        assert_eq!(w.office.close_missed().expect("closed").len(), 1);
        let sheet = screen(&w.office).sheets.remove(0);
        assert!(sheet.late.starts_with("Tidak ditutup pada harinya"), "{}", sheet.late);
        assert_eq!(value(&sheet, 0), "1", "what was taken in today is not yesterday's");
        let own = close(&w.office);
        assert_eq!((value(&own, 0), own.late.as_str()), ("1", ""));
        assert!(own.numbers[0].contains("-0002: 1 nomor"), "{:?}", own.numbers);
        w.office.sync(&w.road).await.expect("synced");
        assert!(officers(&w).await.iter().all(|(state, _)| state == "same"), "{:?}", officers(&w).await);
        // A sheet that names one which never came.
        forge(&w.office, true, |s| s.n += 1);
        w.office.sync(&w.road).await.expect("synced");
        assert!(officers(&w).await[0].1.contains("Lembar 3 tidak ada di Dinas"), "{:?}", officers(&w).await);
    }

    async fn what_a_restored_district_had_lost_is_named_on_both_sides(w: World) {
        w.hand_in("Aminah Contoh");
        w.office.sync(&w.road).await.expect("synced");
        close(&w.office);
        w.office.sync(&w.road).await.expect("synced");
        let yesterday = w.backup().await;
        pass_days(1);
        let (_, second) = w.hand_in("Galuh Contoh");
        let (_, third) = w.hand_in("Rusmini Contoh");
        w.office.sync(&w.road).await.expect("synced");
        close(&w.office);
        w.restore(&yesterday).await;
        w.office.sync(&w.road).await.expect("synced");
        let seen = officers(&w).await;
        assert_eq!((seen.len(), seen[0].0.as_str(), seen[1].0.as_str()), (2, "differs", "same"), "{seen:?}");
        assert!(seen[0].1.starts_with("2 berkas yang sudah diterima Dinas sempat hilang"), "{seen:?}");
        assert!(seen[0].1.contains(&second) && seen[0].1.contains(&third), "{seen:?}");
        let shown = reminders(&w.office);
        assert!(shown.len() == 1 && shown[0].contains(&second), "{shown:?}");
        office_world::settled(&w, &[&w.office]).await;
    }

    async fn every_number_of_the_range_is_explained_or_named(w: World) {
        let dir = w.folder.path().join("office");
        w.hand_in("Aminah Contoh");
        // The computer died: whoever opens it again finds a block skipped, and an event that says so.
        let office = open(&dir);
        w.hand_in_at(&office, "Galuh Contoh");
        let sheet = close(&office);
        assert!(sheet.numbers.iter().any(|n| n.contains("dilewati karena komputer mati")), "{:?}", sheet.numbers);
        assert_eq!(sheet.unexplained, Vec::<String>::new());
        // Three numbers vanish without a word.
        office.db().write(|tx| tx.execute("UPDATE inc SET number = number + 3", &[])).expect("moved");
        w.hand_in_at(&office, "Rusmini Contoh");
        let sheet = close(&office);
        assert_eq!(sheet.unexplained.len(), 1, "{:?}", sheet.unexplained);
        office.sync(&w.road).await.expect("synced");
        assert!(officers(&w).await[0].1.contains("tidak ada pada berkas mana pun"));
        assert_eq!(reminders(&office).len(), 1);
    }

    async fn a_sheet_goes_and_its_finding_comes_back_by_stick(w: World) {
        w.hand_in("Aminah Contoh");
        w.road.out.store(true, Ordering::Relaxed);
        let stick = w.folder.path().join("stick");
        std::fs::create_dir_all(&stick).expect("folder");
        w.office.courier_out(&stick).expect("loaded");
        assert_eq!(value(&screen(&w.office).now, 1), "1 dari 1", "what is on a stick has left this computer");
        close(&w.office);
        w.office.courier_out(&stick).expect("loaded");
        let (district, folder) = (w.district.clone(), stick.clone());
        tokio::task::spawn_blocking(move || {
            district.courier_in(&folder).expect("read");
            district.courier_out(&folder).expect("answered");
        })
        .await
        .expect("ran");
        w.office.courier_in(&stick).expect("read");
        assert_eq!(screen(&w.office).sheets[0].state, "same");
    }
}

#[test]
fn the_sheet_on_paper_says_what_the_screen_says_on_one_page() {
    let _alone = office_world::ALONE.blocking_lock();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("runtime");
    let w = runtime.block_on(world(None));
    for n in 0..4 {
        w.hand_in(&format!("Aminah Contoh {}", char::from(b'A' + n)));
    }
    let sheet = close(&w.office);
    for size in ["a5", "a4"] {
        let layout = w.office.day_layout(&sheet.id, size).expect("layout");
        assert_eq!(layout.pages.len(), 1, "{size}");
        let text: String = layout.pages[0].runs.iter().map(|r| format!("{} ", r.text)).collect();
        for part in ["Lembar tutup hari", &sheet.title, "4 nomor pada berkas", "Belum dicocokkan"] {
            assert!(text.contains(part), "{size}: {part} in {text}");
        }
        let file = w.office.save_day(&sheet.id, size, &w.folder.path().join(size)).expect("saved");
        assert!(std::fs::read(&file).expect("a file").starts_with(b"%PDF"));
        if let Ok(keep) = std::env::var("JUKUNG_KEEP_PDF") {
            std::fs::copy(&file, format!("{keep}/day-{size}.pdf")).expect("copied");
        }
    }
}
