//! Goal: whatever breaks on the counter's disk, it opens again, nothing the Dinas has or the tail holds is lost or doubled,
//! what was broken lies aside untouched, no printed number comes twice, and a person is told.
//!
//! `JUKUNG_DAMAGE=all` for every page and every frame instead of some.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails right here")]

mod office_world;

use jukung_ledger::check;
use jukung_office::{Office, home};
use jukung_tests::disk::SmallDisk;
use office_world::{PASSPHRASE, World, copy, counter_shows, edge, open, world};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

const PAGE: u64 = 4096;
/// Pages and frames broken in one run of `./test`.
const SOME: u64 = 6;

/// A counter with one application in a copy, one that the Dinas got after it, one that only it has, and a draft with a
/// photo; closed.
struct Counter {
    w: World,
    dir: PathBuf,
    /// Number of the application that only this counter has.
    only_here: String,
    draft: String,
    before: Vec<(String, String, String)>,
}

fn photo() -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("sample/kk.jpg")).unwrap()
}

async fn counter() -> Counter {
    let w = world(None).await;
    w.hand_in("Aminah Contoh");
    w.office.sync(&w.road).await.unwrap();
    w.office.tend_copies().unwrap().expect("a copy");
    w.hand_in("Budi Contoh");
    w.office.sync(&w.road).await.unwrap();
    let (_, only_here) = w.hand_in("Citra Contoh");
    let draft = w.office.new_draft("KTP_DAMAGED", None, None).unwrap().id;
    w.office.attach(&draft, "ktp_damaged", None, &photo()).unwrap();
    w.office.tend().unwrap();
    let dir = w.folder.path().join("office");
    Counter { before: counter_shows(&w.office), w, dir, only_here, draft }
}

/// A copy of the counter's folder, as a disk that is about to break.
fn again(c: &Counter, name: &str) -> PathBuf {
    let dir = c.w.folder.path().join(name);
    copy(&c.dir, &dir);
    dir
}

fn told(office: &Office) -> Vec<String> {
    let rows = office.attention().unwrap();
    rows.into_iter().filter(|r| r.does == "noted").map(|r| format!("{} {}", r.number, r.sentence)).collect()
}

/// Everything is here, once it has met the Dinas; what only this counter has is here before.
async fn everything_is_back(c: &Counter, dir: &Path, what: &str) {
    let office = Office::open(dir, "", PASSPHRASE, edge()).unwrap_or_else(|p| panic!("{what}: {p}"));
    let said = told(&office);
    assert!(!said.is_empty(), "{what}: nobody is told");
    let shown = counter_shows(&office);
    assert!(shown.iter().any(|(_, number, _)| *number == c.only_here), "{what}: what nobody else has: {said:?}");
    let draft = office.open_draft(&c.draft).unwrap_or_else(|p| panic!("{what}: the draft: {p}"));
    let paper = &draft.scans[0].attachment.sha256;
    assert!(office.scan_bytes(paper).unwrap().is_some(), "{what}: the draft's photo");
    office.sync(&c.w.road).await.unwrap_or_else(|p| panic!("{what}: {p}"));
    office.sync(&c.w.road).await.unwrap();
    let ids =
        |rows: &[(String, String, String)]| rows.iter().map(|r| (r.0.clone(), r.1.clone())).collect::<BTreeSet<_>>();
    assert_eq!(ids(&counter_shows(&office)), ids(&c.before), "{what}");
    assert_eq!(c.w.stored_at_district().await, 3, "{what}");
    assert_eq!(office.connection().unwrap().waiting, 0, "{what}");
    let identity = office.identity();
    let checked = office.db().read(|tx| check::everything(tx, identity.device, &identity.office.code));
    checked.unwrap_or_else(|p| panic!("{what}: {p}"));
    assert_eq!(office.db().quick_check().unwrap(), Vec::<String>::new(), "{what}");
    let row = office.attention().unwrap().into_iter().find(|r| r.does == "noted").unwrap();
    office.settle(&row.event, jukung_office::settle::Chosen::First).unwrap();
    assert!(!office.attention().unwrap().iter().any(|r| r.event == row.event), "{what}: read is read");
    office.close().unwrap();
}

fn flip(file: &Path, at: u64) {
    let mut bytes = std::fs::read(file).unwrap();
    bytes[usize::try_from(at).unwrap()] ^= 0x40;
    std::fs::write(file, bytes).unwrap();
}

/// Some of `0..all`, or all of them when asked for.
fn some(all: u64) -> Vec<u64> {
    if std::env::var("JUKUNG_DAMAGE").is_ok_and(|v| v == "all") {
        return (0..all).collect();
    }
    (0..SOME.min(all)).map(|n| n * all / SOME.min(all)).collect()
}

#[tokio::test]
async fn a_flipped_byte_in_any_page_loses_nothing_and_is_told() {
    let c = counter().await;
    c.w.office.close().unwrap();
    let at_rest = c.w.folder.path().join("at-rest");
    copy(&c.dir, &at_rest);
    // Opened and closed once more, so that no log stands beside the file.
    open(&at_rest).close().unwrap();
    let pages = std::fs::metadata(at_rest.join("office.db")).unwrap().len() / PAGE;
    for page in some(pages) {
        let dir = c.w.folder.path().join("flipped");
        copy(&at_rest, &dir);
        flip(&dir.join("office.db"), page * PAGE + 1_000);
        let broken = std::fs::read(dir.join("office.db")).unwrap();
        let office = Office::open(&dir, "", PASSPHRASE, edge()).unwrap_or_else(|p| panic!("page {page}: {p}"));
        let free = !dir.join("rusak").exists();
        drop(office);
        if free {
            // A page that nothing uses: the engine and every chain say that all is well.
            eprintln!("page {} holds nothing", page + 1);
        } else {
            assert_eq!(std::fs::read(dir.join("rusak/001/office.db")).unwrap(), broken, "page {page}: untouched");
            everything_is_back(&c, &dir, &format!("page {page}")).await;
        }
        std::fs::remove_dir_all(&dir).unwrap();
    }
}

#[tokio::test]
async fn a_database_that_is_gone_empty_cut_or_rubbish_comes_back() {
    let c = counter().await;
    c.w.office.close().unwrap();
    for what in ["gone", "empty", "half", "uneven", "header", "rubbish", "gone, and the newest copy is broken"] {
        let dir = again(&c, "broken");
        let file = dir.join("office.db");
        for beside in ["office.db-wal", "office.db-shm"] {
            let _ = std::fs::remove_file(dir.join(beside));
        }
        let bytes = std::fs::read(&file).unwrap();
        match what {
            "empty" => std::fs::write(&file, b"").unwrap(),
            "half" => std::fs::write(&file, &bytes[..bytes.len() / 2 / 4096 * 4096]).unwrap(),
            "uneven" => std::fs::write(&file, &bytes[..bytes.len() - 100]).unwrap(),
            "header" => std::fs::write(&file, [&[7; 16], &bytes[16..]].concat()).unwrap(),
            "rubbish" => std::fs::write(&file, vec![3; bytes.len()]).unwrap(),
            _ => std::fs::remove_file(&file).unwrap(),
        }
        if what.contains("newest") {
            let newest = jukung_office::copies::all(&dir).remove(0).1;
            std::fs::copy(&newest, newest.with_file_name("000009-9-2026-11-29.db")).unwrap();
            flip(&newest.with_file_name("000009-9-2026-11-29.db"), 3 * PAGE + 7);
        }
        everything_is_back(&c, &dir, what).await;
        std::fs::remove_dir_all(&dir).unwrap();
    }
}

#[tokio::test]
async fn a_write_ahead_log_that_was_cut_anywhere_loses_nothing() {
    let c = counter().await;
    // A power cut: the log stands beside the database, and what it holds is nowhere else in it.
    let frames = std::fs::metadata(c.dir.join("office.db-wal")).unwrap().len().saturating_sub(32) / (PAGE + 24);
    assert!(frames > 0);
    for frame in some(frames) {
        for within in [0, 24 + 700] {
            let dir = again(&c, "cut");
            let log = std::fs::OpenOptions::new().write(true).open(dir.join("office.db-wal")).unwrap();
            log.set_len(32 + frame * (PAGE + 24) + within).unwrap();
            drop(log);
            everything_is_back(&c, &dir, &format!("frame {frame}, {within} bytes of it")).await;
            std::fs::remove_dir_all(&dir).unwrap();
        }
    }
}

#[tokio::test]
async fn without_a_copy_and_without_the_tail_what_can_be_read_comes_back_and_the_rest_is_told() {
    let c = counter().await;
    c.w.office.close().unwrap();
    let at_rest = c.w.folder.path().join("at-rest");
    copy(&c.dir, &at_rest);
    open(&at_rest).close().unwrap();
    std::fs::remove_file(at_rest.join("tail")).unwrap();
    std::fs::remove_dir_all(at_rest.join("cadangan")).unwrap();
    let pages = std::fs::metadata(at_rest.join("office.db")).unwrap().len() / PAGE;
    let (mut whole, mut damaged) = (0, 0);
    for page in some(pages) {
        let dir = c.w.folder.path().join("flipped");
        copy(&at_rest, &dir);
        flip(&dir.join("office.db"), page * PAGE + 1_000);
        let office = Office::open(&dir, "", PASSPHRASE, edge()).unwrap_or_else(|p| panic!("page {page}: {p}"));
        if dir.join("rusak").exists() {
            damaged += 1;
            let said = told(&office).join(" ");
            office.sync(&c.w.road).await.unwrap();
            let here = counter_shows(&office).iter().any(|(_, number, _)| *number == c.only_here);
            whole += u32::from(here);
            assert!(here || said.contains("belum terbaca"), "page {page}: lost without a word: {said}");
            assert!(counter_shows(&office).len() >= 2, "page {page}: what the Dinas has comes back");
        }
        drop(office);
        std::fs::remove_dir_all(&dir).unwrap();
    }
    eprintln!("{damaged} damaged, {whole} whole again from the broken file and what was packed for the night");
    assert!(damaged > 0);
}

#[tokio::test]
async fn a_counter_that_came_back_prints_no_number_twice_and_goes_on() {
    let c = counter().await;
    c.w.office.close().unwrap();
    let dir = again(&c, "gone");
    ["office.db", "office.db-wal", "office.db-shm"].iter().for_each(|f| drop(std::fs::remove_file(dir.join(f))));
    let office = open(&dir);
    let (_, number) = c.w.hand_in_at(&office, "Dewi Contoh");
    assert!(number.starts_with('X'), "{number}");
    office.sync(&c.w.road).await.unwrap();
    let (_, next) = c.w.hand_in_at(&office, "Edi Contoh");
    assert!(!next.starts_with('X'), "the Dinas gave a code: {next}");
    office.sync(&c.w.road).await.unwrap();
    assert_eq!(c.w.stored_at_district().await, 5);
    let all: Vec<String> = c.w.district_shows().await.into_iter().map(|(_, n, _)| n).collect();
    assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), 5, "{all:?}");
    assert!(office.tend_copies().unwrap().is_some(), "a copy of the new life at once");
}

#[tokio::test]
async fn what_was_packed_for_the_night_before_it_broke_is_still_sent() {
    let c = counter().await;
    c.w.office.close().unwrap();
    let dir = again(&c, "gone");
    ["office.db", "office.db-wal", "office.db-shm", "tail"]
        .iter()
        .for_each(|f| drop(std::fs::remove_file(dir.join(f))));
    let office = open(&dir);
    assert!(told(&office).join(" ").contains("belum terbaca"));
    assert!(!counter_shows(&office).iter().any(|(_, n, _)| *n == c.only_here), "nothing here has it");
    office.sync(&c.w.road).await.unwrap();
    office.sync(&c.w.road).await.unwrap();
    assert!(counter_shows(&office).iter().any(|(_, n, _)| *n == c.only_here), "sealed, sent, and told back");
}

#[tokio::test]
async fn a_key_of_somebody_who_left_is_not_taken_for_damage() {
    let c = counter().await;
    let hamdi = c.w.office.add_person("Hamdi", "officer").unwrap();
    let before = home::card(&c.dir).unwrap().unwrap();
    c.w.office.remove_person(&hamdi.person).unwrap();
    c.w.office.close().unwrap();
    let dir = again(&c, "his");
    home::write_card(&dir, &before).unwrap();
    for broken in [false, true] {
        if broken {
            flip(&dir.join("office.db"), 1_000);
        }
        let refused = Office::open(&dir, "Hamdi", &hamdi.passphrase, edge()).err().unwrap();
        assert_eq!(refused.code, "cannot_open");
        assert!(!dir.join("rusak").exists(), "nothing is moved for him");
    }
}

#[tokio::test]
async fn what_was_put_aside_goes_when_somebody_leaves() {
    let c = counter().await;
    c.w.office.close().unwrap();
    let dir = again(&c, "gone");
    std::fs::write(dir.join("office.db"), b"").unwrap();
    let office = open(&dir);
    assert!(dir.join("rusak").exists());
    let hamdi = office.add_person("Hamdi", "officer").unwrap();
    office.remove_person(&hamdi.person).unwrap();
    assert!(!dir.join("rusak").exists());
}

#[tokio::test]
async fn a_folder_that_may_not_be_written_is_no_damage() {
    let c = counter().await;
    c.w.office.close().unwrap();
    drop(c.w.office);
    let at = c.w.folder.path().join("locked");
    let Some(disk) = SmallDisk::new(&at, 200) else { return };
    copy(&c.dir, &at.join("office"));
    disk.lock();
    let refused = Office::open(&at.join("office"), "", PASSPHRASE, edge()).err().unwrap();
    assert_eq!(refused.code, "read_only");
    assert!(!at.join("office/rusak").exists());
}
