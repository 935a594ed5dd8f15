//! Goal: a spare computer takes an office over from its backup, with the real program: nothing handed in before the backup is
//! missing, what the Dinas got after it comes back, and no printed number comes twice.
//!
//! `JUKUNG_TAKEOVER=2000` for so many applications; the times are printed.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails right here")]

use jukung_tests::served::{self, program};
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

const PASSPHRASE: &str = "sungai tapin perahu jukung";
/// Applications in one run of `./test`.
const FEW: usize = 20;

/// What the program printed, and whether it went well.
fn office(folder: &Path, arguments: &[&str]) -> (String, bool) {
    let done = Command::new(program("jukung-office"))
        .current_dir(folder)
        .env("JUKUNG_PASSPHRASE", PASSPHRASE)
        .args(arguments)
        .output()
        .expect("jukung-office is built: cargo build --workspace --bins");
    (String::from_utf8_lossy(&done.stdout).into_owned(), done.status.success())
}

fn well(folder: &Path, arguments: &[&str]) -> String {
    let (said, well) = office(folder, arguments);
    assert!(well, "{arguments:?}: {said}");
    said
}

/// A file of so many applications, one line each, all with one photo.
fn applications(folder: &Path, name: &str, count: usize) {
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample");
    let text = std::fs::read_to_string(sample.join("01-ktp-damaged.json")).unwrap();
    let mut one: serde_json::Value = serde_json::from_str(&text).unwrap();
    let mut lines = Vec::new();
    for n in 0..count {
        let letters: String = n.to_string().bytes().map(|b| char::from(b - b'0' + b'a')).collect();
        one["fields"]["applicant.name"] = format!("Halimah Contoh {letters}").into();
        lines.push(one.to_string());
    }
    std::fs::write(folder.join(name), lines.join("\n")).unwrap();
    std::fs::copy(sample.join("ktp.jpg"), folder.join("ktp.jpg")).unwrap();
}

fn numbers(said: &str) -> BTreeSet<String> {
    let words = said.lines().filter_map(|line| line.split_once(": ").map(|(_, n)| n.trim().to_owned()));
    words.filter(|n| jukung_domain::number::Number::parse(n).is_ok()).collect()
}

#[expect(clippy::disallowed_methods, reason = "how long people wait is measured")]
fn timed<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let began = std::time::Instant::now();
    let done = work();
    (done, began.elapsed().as_secs_f64())
}

#[test]
fn a_spare_computer_takes_the_office_over_from_its_backup() {
    let count = std::env::var("JUKUNG_TAKEOVER").ok().and_then(|n| n.parse().ok()).unwrap_or(FEW);
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let code = served::code(&here.join("district"));
    let (_server, address) = served::serve(&here.join("district"), "127.0.0.1:0");
    well(here, &["--data", "old", "enrol", "--server", &format!("http://{address}"), "--code", &code]);
    applications(here, "many.jsonl", count);
    applications(here, "two.jsonl", 2);
    let mut all = numbers(&well(here, &["--data", "old", "submit", "many.jsonl"]));
    assert_eq!(all.len(), count);
    well(here, &["--data", "old", "sync"]);
    // Not sent before the backup.
    all.extend(numbers(&well(here, &["--data", "old", "submit", "two.jsonl"])));
    let (said, backup_s) = timed(|| well(here, &["--data", "old", "backup", "--to", "stick"]));
    assert!(said.contains("dibaca ulang"), "{said}");
    let again = well(here, &["--data", "old", "backup", "--to", "stick"]);
    assert!(again.contains(" 0 foto baru"), "only what is new: {again}");
    // Sent after it: the Dinas has it, the backup has not.
    all.extend(numbers(&well(here, &["--data", "old", "submit", "two.jsonl"])));
    well(here, &["--data", "old", "sync"]);
    let (said, well_done) = office(here, &["--data", "old", "restore", "--from", "stick"]);
    assert!(!well_done, "never over a counter that is there: {said}");
    std::fs::rename(here.join("old"), here.join("burnt")).unwrap();

    let (said, restore_s) = timed(|| well(here, &["--data", "spare", "restore", "--from", "stick"]));
    assert!(said.contains("mengambil alih"), "{said}");
    let (_, sync_s) = timed(|| well(here, &["--data", "spare", "sync"]));
    well(here, &["--data", "spare", "sync"]);
    let status = well(here, &["--data", "spare", "status"]);
    let new = numbers(&well(here, &["--data", "spare", "submit", "two.jsonl"]));
    assert_eq!(new.len(), 2);
    assert!(new.is_disjoint(&all), "no printed number comes twice: {new:?}");
    well(here, &["--data", "spare", "sync"]);
    let (said, doctor_s) = timed(|| well(here, &["--data", "spare", "doctor"]));
    assert!(said.contains("Menunggu dikirim: 0 berkas, 0 foto"), "{said}");
    let shown = jukung_office::Office::open(&here.join("spare"), "", PASSPHRASE, jukung_office::edge::Edge::system());
    let rows = shown.unwrap().db().read(|tx| tx.query("SELECT number FROM app", &[])).unwrap();
    let shown: BTreeSet<String> = rows.iter().map(|r| r.text(0).unwrap()).collect();
    assert_eq!(shown, all.union(&new).cloned().collect(), "everything, once: {status}");
    println!(
        "{} applications: backup {backup_s:.1} s, restore and first sign-in {restore_s:.1} s, sync {sync_s:.1} s, doctor {doctor_s:.1} s",
        shown.len()
    );
}
