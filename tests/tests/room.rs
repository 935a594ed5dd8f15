//! Goal: a disk that fills takes scans first and text last, and never what is kept; sending and the stick go on (I11).
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails right here")]

mod office_world;

use jukung_domain::sync::room::{BALLAST_BYTES, FLOOR_BYTES, SCANS_BYTES, WARN_BYTES};
use jukung_office::Office;
use jukung_tests::disk::SmallDisk;
use office_world::{World, counter_told, settled, world};
use std::path::{Path, PathBuf};

/// More than a counter asks for.
const MIB: u32 = 1300;
const MARGIN: u64 = 4 << 20;

fn bytes(n: i64) -> u64 {
    n.unsigned_abs()
}

fn photo() -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("sample/kk.jpg")).unwrap()
}

fn ballast(w: &World) -> PathBuf {
    w.folder.path().join("small/cadangan-ruang")
}

/// Why a paper is not taken, if it is not.
fn refused(office: &Office) -> Option<String> {
    let draft = office.new_draft("KTP_DAMAGED", None, None).expect("text is saved").id;
    office.attach(&draft, "ktp_damaged", None, &photo()).err().map(|p| p.code)
}

#[tokio::test]
async fn a_disk_that_fills_takes_scans_first_then_text_and_never_what_is_kept() {
    let w = world(None).await;
    let Some(disk) = SmallDisk::new(&w.folder.path().join("small"), MIB) else { return };
    let office = w.another("small").await;
    office.make_room().expect("tended");
    assert_eq!(std::fs::metadata(ballast(&w)).expect("the ballast").len(), bytes(BALLAST_BYTES));
    assert_eq!(office.room_told(), "");
    let (sent, _) = w.hand_in_at(&office, "Aminah Contoh");
    settled(&w, &[&w.office, &office]).await;
    w.verified().await;
    settled(&w, &[&office]).await;

    disk.leave(bytes(WARN_BYTES) - MARGIN);
    assert!(office.room_told().contains("Anda dapat terus bekerja"), "{}", office.room_told());
    assert_eq!(refused(&office), None, "only told");
    let waiting = with_another_photo(&w, &office);

    disk.leave(bytes(SCANS_BYTES) - MARGIN);
    assert!(office.room_told().contains("foto belum dapat ditambah"), "{}", office.room_told());
    // The content is here already, and takes no room.
    assert_eq!(refused(&office), None);
    let draft = office.new_draft("KTP_DAMAGED", None, None).expect("text is saved").id;
    let other = std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("sample/loss-report.jpg")).unwrap();
    assert_eq!(office.attach(&draft, "ktp_damaged", None, &other).expect_err("no scans").code, "room_scans");

    // Only the ballast stands between text and the floor: it goes, and text is still saved.
    disk.leave(bytes(FLOOR_BYTES) - MARGIN);
    office.new_draft("KTP_DAMAGED", None, None).expect("text is saved");
    assert!(!ballast(&w).exists(), "the ballast went");
    let before = (office.scan_image(&scan(&office, &sent)).expect("a scan").0, scan(&office, &waiting));
    disk.leave(bytes(FLOOR_BYTES) - MARGIN);
    assert_eq!(office.new_draft("KTP_DAMAGED", None, None).expect_err("read-only").code, "room_text");
    assert_eq!(office.withdraw(&waiting, "Contoh").expect_err("read-only").code, "room_text");
    assert!(office.room_told().contains("tetap dikirim"), "{}", office.room_told());
    let small = office.scan_image(&scan(&office, &sent)).expect("a small picture").0;
    assert!(small.len() < before.0.len() / 2, "{} of {}", small.len(), before.0.len());
    assert!(office.scan_bytes(&sha(&office, &waiting)).is_ok_and(|b| b.is_some()), "what nobody else has stays");

    // Sending and the stick go on; the feed waits, and its position stays at what is stored.
    w.hand_in("Rusmini Contoh");
    w.office.sync(&w.road).await.expect("sent");
    let told = counter_told(&office);
    office.sync(&w.road).await.expect("sent");
    assert_eq!(counter_told(&office), told, "the feed waits at the Dinas");
    assert_eq!(w.stored_at_district().await, 3);
    assert_eq!(w.scans_held(&waiting).await, (1, 1), "scans leave, too");
    let stick = w.folder.path().join("stick");
    std::fs::create_dir(&stick).unwrap();
    assert!(!office.courier_out(&stick).expect("packed").files.is_empty());

    disk.empty();
    office.make_room().expect("tended");
    assert!(ballast(&w).exists() && office.room_told().is_empty());
    settled(&w, &[&w.office, &office]).await;
    let draft = office.new_draft("KTP_DAMAGED", None, None).expect("text").id;
    let again = std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("sample/ktp.jpg")).unwrap();
    office.attach(&draft, "ktp_damaged", None, &again).expect("a paper that had left for room is brought again");
    assert_eq!(office.scan_image(&scan(&office, &sent)).expect("whole again").0, before.0);
}

/// Hands in an application whose paper nobody else brought.
fn with_another_photo(w: &World, office: &Office) -> String {
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample");
    let text = std::fs::read_to_string(sample.join("01-ktp-damaged.json")).unwrap();
    let file = w.folder.path().join("another.json");
    std::fs::write(&file, text.replace("ktp.jpg", "certificate.jpg")).unwrap();
    std::fs::copy(sample.join("certificate.jpg"), w.folder.path().join("certificate.jpg")).unwrap();
    office.submit_file(&file).unwrap().remove(0).result.unwrap().application
}

fn scan(office: &Office, id: &str) -> String {
    office.application(id).expect("case").scans[0].id.clone()
}

fn sha(office: &Office, id: &str) -> String {
    office.application(id).expect("case").scans[0].attachment.sha256.clone()
}

#[tokio::test]
async fn a_scan_that_broke_here_is_asked_for_again_and_holds_up_nothing() {
    let w = world(None).await;
    let (broken, _) = w.hand_in("Aminah Contoh");
    let sha = sha(&w.office, &broken);
    std::fs::write(w.folder.path().join("office/scans").join(&sha[..2]).join(&sha), b"a bad sector").unwrap();
    settled(&w, &[&w.office]).await;
    let rows = w.office.attention().expect("attention");
    assert!(rows.iter().any(|r| r.id == broken && r.sentence.contains("foto ulang")), "{rows:?}");
}
