//! Goal: a backup of the district holds the database, the key and the scans, is read back before anything counts as safe, and
//! an event is never safer than the scans it names; a district made of it goes on, and its counters bring the rest.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails right here")]

mod office_world;

use jukung_district::District;
use jukung_district::backup::KEPT;
use jukung_ledger::tx::first;
use jukung_ledger::{Db, private};
use office_world::{World, off, pass_days, settled, world};
use std::path::{Path, PathBuf};

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .map(|all| all.map(|e| e.unwrap().file_name().to_string_lossy().into_owned()).collect())
        .unwrap_or_default();
    names.sort();
    names
}

fn databases(folder: &Path) -> Vec<PathBuf> {
    names(folder).into_iter().filter(|n| n.ends_with(".db")).map(|n| folder.join(n)).collect()
}

/// Hands in an application with a photo of its own.
fn with_photo(w: &World, name: &str, photo: &str) -> String {
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample");
    let text = std::fs::read_to_string(sample.join("01-ktp-damaged.json")).unwrap();
    let text = text.replace("ktp.jpg", photo);
    let mut value: serde_json::Value = serde_json::from_str(&text).unwrap();
    value["fields"]["applicant.name"] = name.into();
    std::fs::write(w.folder.path().join("photo.json"), value.to_string()).unwrap();
    std::fs::copy(sample.join(photo), w.folder.path().join(photo)).unwrap();
    w.office.submit_file(&w.folder.path().join("photo.json")).unwrap().remove(0).result.unwrap().application
}

async fn back_up(w: &World, to: &Path) -> jukung_district::backup::Verified {
    let (district, to) = (w.district.clone(), to.to_owned());
    off(move || district.back_up(&to).unwrap()).await
}

/// How far the counter was told that its log is safe.
fn told_safe(w: &World) -> i64 {
    let row = w.office.db().read(|tx| first(tx, "SELECT coalesce(max(seq), 0) FROM safe", &[])).unwrap().unwrap();
    row.int(0).unwrap()
}

#[tokio::test]
async fn a_backup_brings_only_new_scans_and_keeps_two_weeks_of_nights() {
    let _alone = office_world::ALONE.lock().await;
    let w = world(None).await;
    let to = w.folder.path().join("backup");
    with_photo(&w, "Aminah Contoh", "ktp.jpg");
    settled(&w, &[&w.office]).await;
    let first = back_up(&w, &to).await;
    assert_eq!((first.brought, first.broken, first.safe), (1, 0, first.events), "{first:?}");
    assert!(to.join("district.key").exists());
    with_photo(&w, "Budi Contoh", "kk.jpg");
    with_photo(&w, "Citra Contoh", "kk.jpg");
    settled(&w, &[&w.office]).await;
    let second = back_up(&w, &to).await;
    assert_eq!((second.brought, second.broken), (1, 0), "one content is there once");
    for _ in 0..KEPT {
        pass_days(1);
        assert_eq!(back_up(&w, &to).await.brought, 0, "nothing new");
    }
    assert_eq!(databases(&to).len(), KEPT);
    assert!(!names(&to).iter().any(|n| n.ends_with(".part") || n.ends_with("-wal")), "{:?}", names(&to));
    settled(&w, &[&w.office]).await;
    assert!(told_safe(&w) >= 3);
    assert!(private::folder(&to).is_ok());
}

#[tokio::test]
async fn an_event_is_not_safe_before_the_scans_it_names() {
    let _alone = office_world::ALONE.lock().await;
    let w = world(None).await;
    let to = w.folder.path().join("backup");
    let sha = |id: &str| w.office.application(id).unwrap().scans[0].attachment.sha256.clone();
    with_photo(&w, "Aminah Contoh", "ktp.jpg");
    let waits = with_photo(&w, "Budi Contoh", "kk.jpg");
    with_photo(&w, "Citra Contoh", "ktp.jpg");
    settled(&w, &[&w.office]).await;
    // The disk of the Dinas lost one scan, and broke another one's bytes.
    let scan = w.district.scan_path(&sha(&waits));
    let bytes = std::fs::read(&scan).unwrap();
    for broken in [None, Some(b"a bad sector".as_slice())] {
        match broken {
            None => std::fs::remove_file(&scan).unwrap(),
            Some(bytes) => std::fs::write(&scan, bytes).unwrap(),
        }
        let made = back_up(&w, &to).await;
        assert_eq!(
            (made.broken, made.safe),
            (1, 2),
            "the key of the person and one application; what follows it is not safe either: {made:?}"
        );
        settled(&w, &[&w.office]).await;
        assert_eq!(told_safe(&w), 2);
        pass_days(1);
    }
    std::fs::write(&scan, bytes).unwrap();
    let made = back_up(&w, &to).await;
    assert_eq!((made.broken, made.safe), (0, made.events), "{made:?}");
    settled(&w, &[&w.office]).await;
    assert!(told_safe(&w) >= 3);
}

#[tokio::test]
async fn a_district_made_of_its_backup_goes_on_and_its_counters_bring_the_rest() {
    let _alone = office_world::ALONE.lock().await;
    let mut w = world(None).await;
    let to = w.folder.path().join("backup");
    let kept = with_photo(&w, "Aminah Contoh", "ktp.jpg");
    settled(&w, &[&w.office]).await;
    back_up(&w, &to).await;
    let later = with_photo(&w, "Budi Contoh", "kk.jpg");
    settled(&w, &[&w.office]).await;
    let new = w.folder.path().join("new-district");
    std::fs::create_dir_all(&new).unwrap();
    std::fs::copy(databases(&to).pop().unwrap(), new.join("district.db")).unwrap();
    std::fs::copy(to.join("district.key"), new.join("district.key")).unwrap();
    office_world::copy(&to.join("scans"), &new.join("scans"));
    let edge = w.district.edge;
    w.district = off(move || std::sync::Arc::new(District::open(&new, None, edge).unwrap())).await;
    w.answers(&w.district);
    assert_eq!(w.scans_held(&kept).await, (1, 1));
    settled(&w, &[&w.office]).await;
    assert_eq!((w.stored_at_district().await, w.scans_held(&later).await), (2, (1, 1)));
}

#[tokio::test]
async fn a_backup_that_differs_counts_for_nothing() {
    let _alone = office_world::ALONE.lock().await;
    let w = world(None).await;
    let file = w.folder.path().join("backup/one.db");
    with_photo(&w, "Aminah Contoh", "ktp.jpg");
    settled(&w, &[&w.office]).await;
    back_up(&w, &file).await;
    assert_eq!(databases(file.parent().unwrap()), std::slice::from_ref(&file));
    let copy = Db::open_sqlite(&file, None).unwrap();
    copy.write(|tx| tx.batch("UPDATE event SET raw = replace(raw, 'Aminah', 'Amanah')")).unwrap();
    let district = w.district.clone();
    let refused = off(move || district.verify_with(&copy, None).err().unwrap().code).await;
    assert_eq!(refused, "backup_differs");
}
