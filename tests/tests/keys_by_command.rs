//! Goal: `jukung-office key rotate` and `jukung-district old-key` as people call them (decision 0023): a real district, what
//! was sealed before the change, a backup older than it, and the sentences that people read.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails right here")]

use jukung_tests::served::{self, program};
use std::path::Path;
use std::process::Command;

const PASSPHRASE: &str = "sungai tapin perahu jukung";
const ROTATED: &str = "Kunci komputer ini sudah diganti. Dinas mengenalnya pada pengiriman berikutnya. Buat cadangan baru, lalu musnahkan cadangan yang lama.";
const UNKNOWN: &str = "Perangkat ini perlu didaftarkan ulang di Dinas. Semua berkas tetap aman di sini. [not_enrolled]";

fn ran(here: &Path, name: &str, arguments: &[&str]) -> (String, bool) {
    let done = Command::new(program(name))
        .current_dir(here)
        .env("JUKUNG_PASSPHRASE", PASSPHRASE)
        .args(arguments)
        .output()
        .expect("built: cargo build --workspace --bins");
    (String::from_utf8_lossy(&done.stdout).trim().to_owned(), done.status.success())
}

/// What `jukung-office` says with this data folder, and whether it went well.
fn office(here: &Path, data: &str, arguments: &[&str]) -> (String, bool) {
    ran(here, "jukung-office", &[&["--data", data], arguments].concat())
}

fn well(here: &Path, data: &str, arguments: &[&str]) -> String {
    let (said, well) = office(here, data, arguments);
    assert!(well, "{arguments:?}: {said}");
    said
}

/// What `jukung-district` says, and whether it went well.
fn district(here: &Path, arguments: &[&str]) -> (String, bool) {
    ran(here, "jukung-district", &[arguments, &["--data", "district"]].concat())
}

/// The only computer as the district lists it.
fn listed(here: &Path) -> serde_json::Value {
    let (said, well) = district(here, &["devices"]);
    assert!(well, "{said}");
    serde_json::from_str(said.lines().next().unwrap()).unwrap()
}

/// Applications that the district has.
fn stored(here: &Path) -> i64 {
    let db = rusqlite::Connection::open(here.join("district/district.db")).unwrap();
    db.query_row("SELECT count(*) FROM app", [], |row| row.get(0)).unwrap()
}

fn copied(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copied(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// An application of the samples, handed in at the counter with this data folder.
fn handed_in(here: &Path, data: &str, sample: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample").join(sample);
    let said = well(here, data, &["submit", &file.display().to_string()]);
    assert!(said.starts_with("1: "), "{said}");
}

#[test]
fn a_changed_key_ends_what_was_sealed_before_and_old_key_lets_an_older_backup_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let code = served::code(&here.join("district"));
    let (_server, address) = served::serve(&here.join("district"), "127.0.0.1:0");
    well(here, "counter", &["enrol", "--server", &format!("http://{address}"), "--code", &code, "--name", "Rahmah"]);
    let symbols = listed(here)["code"].as_str().unwrap().to_owned();
    let (said, went) = district(here, &["old-key", &symbols]);
    assert!(!went && said.starts_with("Tidak ditemukan."), "it has one key: {said}");

    // Before the change: one application on a stick, in a backup, and sealed for the night in a copy of the whole computer.
    handed_in(here, "counter", "05-ktp-lost.json");
    std::fs::create_dir(here.join("stick")).unwrap();
    let said = well(here, "counter", &["courier", "out", "stick"]);
    assert!(said.starts_with("Aman dicabut."), "{said}");
    well(here, "counter", &["backup", "--to", "backup"]);
    copied(&here.join("counter"), &here.join("copied"));
    assert_eq!(well(here, "counter", &["key", "rotate"]), ROTATED);
    assert_eq!(stored(here), 0, "nothing was sent yet");
    let said = well(here, "counter", &["sync"]);
    assert!(said.contains("Diterima Dinas:"), "{said}");
    assert_eq!(stored(here), 1);

    the_old_key_opens_nothing(here);
    an_older_backup_goes_on(here, &symbols);
}

/// What was sealed with the key of before is refused once the district has seen the new one; nothing is lost by it.
fn the_old_key_opens_nothing(here: &Path) {
    let (said, went) = district(here, &["courier", "in", "stick"]);
    assert!(went && said.contains("ditolak: komputernya tidak dikenal atau izinnya sudah diakhiri."), "{said}");
    assert!(said.starts_with("0 kiriman catatan dan 0 foto diterima"), "{said}");
    let (said, _) = office(here, "copied", &["sync", "--unattended"]);
    assert!(!said.contains("[internal"), "{said}");
    assert_eq!(office(here, "copied", &["sync"]), (UNKNOWN.to_owned(), false), "a copy carried away opens nothing");
    assert_eq!(stored(here), 1, "the same one, once");
}

/// The disk breaks, and the newest backup is older than the change.
fn an_older_backup_goes_on(here: &Path, symbols: &str) {
    let newest = listed(here)["id"].clone();
    std::fs::rename(here.join("counter"), here.join("burnt")).unwrap();
    well(here, "spare", &["restore", "--from", "backup"]);
    let (said, went) = office(here, "spare", &["sync"]);
    assert_eq!((said.as_str(), went), (UNKNOWN, false), "the district does not believe a key of before");
    handed_in(here, "spare", "10-home-visit.json");
    let (said, went) = district(here, &["old-key", "XXX"]);
    assert!(!went && said.starts_with("Tidak ditemukan."), "{said}");
    let (said, went) = district(here, &["old-key", symbols]);
    assert!(went, "{said}");
    well(here, "spare", &["sync"]);
    well(here, "spare", &["sync"]);
    assert_eq!(stored(here), 2, "what was handed in before the backup, and since");
    assert_eq!(listed(here)["id"], newest, "it is the same computer");
    assert_eq!(office(here, "burnt", &["sync"]), (UNKNOWN.to_owned(), false), "the key of the broken one is over");
    // And from here the key changes as ever.
    assert_eq!(well(here, "spare", &["key", "rotate"]), ROTATED);
    well(here, "spare", &["sync"]);
}
