//! Goal: a counter copies its database once a day, counts only copies it has read back whole, keeps seven, and leaves none
//! that somebody who was removed could open.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails right here")]

mod office_world;

use jukung_domain::sync::copies::KEPT;
use jukung_domain::sync::room::SCANS_BYTES;
use jukung_ledger::Db;
use jukung_office::{copies, home};
use jukung_tests::disk::SmallDisk;
use office_world::{PASSPHRASE, World, pass_days, world};
use std::path::PathBuf;

fn here(w: &World) -> PathBuf {
    w.folder.path().join("office")
}

/// The key of the database as the slot of its supervisor opens it.
fn key(w: &World) -> [u8; 32] {
    *home::card(&here(w)).unwrap().unwrap().slots[0].open(PASSPHRASE).unwrap().keys.database
}

/// The only one here that lets the one clock of this program jump: "once a day" would not hold beside another.
#[tokio::test]
async fn a_copy_is_made_once_a_day_and_read_back_and_seven_stay() {
    let _alone = office_world::ALONE.lock().await;
    let w = world(None).await;
    assert!(w.office.copies_told().contains("Belum ada"));
    w.hand_in("Aminah Contoh");
    w.office.sync(&w.road).await.unwrap();
    let made = w.office.tend_copies().unwrap().expect("a first copy");
    assert!(made.events >= 1 && made.lives == 1 && made.entries >= 1, "{made:?}");
    assert_eq!(w.office.tend_copies().unwrap(), None, "once a day");
    for day in 1..=KEPT + 2 {
        pass_days(1);
        w.hand_in(&format!("Orang {}", "a".repeat(day)));
        assert!(w.office.tend_copies().unwrap().is_some(), "day {day}");
    }
    let all = copies::all(&here(&w));
    assert_eq!(all.len(), KEPT);
    assert_eq!(std::fs::read_dir(here(&w).join(copies::FOLDER)).unwrap().count(), KEPT, "and nothing beside them");
    let identity = w.office.identity();
    for (made, path) in &all {
        let checked = copies::verified(path, &key(&w), identity.device, &identity.office.code).unwrap();
        assert!(checked.events <= made.events);
        assert!(Db::open_untouched(path, Some(&[7; 32])).is_err(), "sealed");
    }
    assert!(w.office.copies_told().contains(&format!("({KEPT} tersimpan)")), "{}", w.office.copies_told());
    assert_eq!(w.office.storage().unwrap().copies, w.office.copies_told());
}

#[tokio::test]
async fn a_copy_of_what_was_changed_behind_the_program_does_not_count() {
    let _alone = office_world::ALONE.lock().await;
    let w = world(None).await;
    w.hand_in("Aminah Contoh");
    for change in [
        "UPDATE event SET raw = replace(raw, 'Aminah', 'Amanah')",
        "UPDATE log SET uid = 'ab' || substr(uid, 3)",
        "UPDATE inc SET next = next + 1",
        "UPDATE office_feed SET next = next + 1",
        "DELETE FROM event",
    ] {
        let dir = w.folder.path().join("changed");
        office_world::copy(&here(&w), &dir);
        // A feed, so that each of these has something to change.
        let office = office_world::open(&dir);
        office.sync(&w.road).await.unwrap();
        office.db().write(|tx| tx.batch(change)).unwrap();
        let refused = office.tend_copies().expect_err("not a copy").code;
        assert_eq!(refused, "damaged", "{change}");
        assert!(copies::all(&dir).is_empty(), "{change}");
        assert!(dir.join("office.db.check").exists(), "{change}: the next start looks at everything");
        drop(office);
        std::fs::remove_dir_all(&dir).unwrap();
    }
}

#[tokio::test]
async fn no_copy_opens_to_somebody_who_left() {
    let _alone = office_world::ALONE.lock().await;
    let w = world(None).await;
    let hamdi = w.office.add_person("Hamdi", "officer").unwrap();
    w.hand_in("Aminah Contoh");
    w.office.tend_copies().unwrap().expect("a copy");
    let before = copies::all(&here(&w));
    let old = key(&w);
    let put_by = w.folder.path().join("put-by.db");
    std::fs::copy(&before[0].1, &put_by).unwrap();
    w.office.remove_person(&hamdi.person).unwrap();
    let after = copies::all(&here(&w));
    assert_eq!(after.len(), 1, "one copy, made at once");
    for (_, path) in &after {
        assert!(Db::open_untouched(path, Some(&old)).is_err(), "the key he had opens it");
        assert!(Db::open_untouched(path, Some(&key(&w))).is_ok());
    }
    // A power cut left one of before: it goes with the next look, and a newer one is there.
    std::fs::rename(&put_by, &before[0].1).unwrap();
    w.office.tend_copies().unwrap();
    assert!(!before[0].1.exists());
    assert_eq!(copies::all(&here(&w)).len(), 1);
}

#[tokio::test]
async fn a_copy_never_takes_the_room_that_work_needs() {
    let _alone = office_world::ALONE.lock().await;
    let w = world(None).await;
    let Some(disk) = SmallDisk::new(&w.folder.path().join("small"), 1300) else { return };
    let office = w.another("small").await;
    disk.leave(SCANS_BYTES.unsigned_abs());
    assert_eq!(office.tend_copies().unwrap(), None, "not below the room for scans");
    assert!(copies::all(&w.folder.path().join("small")).is_empty());
    disk.empty();
    assert!(office.tend_copies().unwrap().is_some());
}
