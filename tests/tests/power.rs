//! Goal: whatever a power cut leaves on the disk, everything that was acknowledged is there, once, and the counter opens.
//!
//! A clerk (that of the kill test) works over the office's own code and a real district while `strace` writes down each call
//! that changes a file. From that, disks are put together as a power cut at any call could leave them: what was flushed, and
//! of the rest what chance takes (`disk`). The real code opens each of them. JUKUNG_POWER=1 runs
//! it, JUKUNG_POWER_STATES=N for more of them, JUKUNG_POWER_SEED=N for other ones.
#![cfg(target_os = "linux")]
#![expect(clippy::print_stdout, reason = "the clerk speaks over its pipe; how many states there were is told")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails right here")]

#[path = "power/disk.rs"]
mod disk;
#[allow(dead_code, reason = "the kill test also looks at the district")]
#[path = "kill/look.rs"]
mod look;
#[path = "power/record.rs"]
mod record;
#[allow(dead_code, reason = "the kill test also takes finer photos")]
#[path = "kill/worker.rs"]
mod worker;

use disk::{Disk, Flushes, Luck};
use jukung_office::Office;
use jukung_office::edge::Edge;
use jukung_tests::chance::Chance;
use look::Acknowledged;
use record::Deed;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const PASSPHRASE: &str = "sungai tapin perahu jukung";
/// Disks in one run of `./test`; those of the record stand in docs/reliability.md.
const STATES: u64 = 48;
const SEED: u64 = 2026;
/// Times the program is started, works and ends: a clean end moves the log into the database, which is worth a cut, too.
const DAYS: u64 = 2;
/// Applications a day.
const SERVES: u64 = 2;

fn number_from(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|n| n.parse().ok()).unwrap_or(default)
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

/// Not a claim of its own: the clerk that is written down, in a process of its own.
#[test]
fn worker() {
    let Ok(dir) = std::env::var("JUKUNG_POWER_DIR") else { return };
    let server = std::env::var("JUKUNG_POWER_SERVER").unwrap();
    worker::work(Path::new(&dir), PASSPHRASE, &server, (number_from("JUKUNG_POWER_DAY", 1), SERVES), &runtime());
}

/// What the clerk did, and the data folder before.
struct Recording {
    folder: tempfile::TempDir,
    deeds: Vec<Deed>,
}

impl Recording {
    fn before(&self) -> PathBuf {
        self.folder.path().join("before")
    }

    fn disk(&self, flushes: Flushes) -> Disk {
        Disk::of(&self.before(), flushes)
    }
}

/// Lets the clerk work for some days; none where there is no strace, which CI does not forgive.
fn recording() -> Option<Recording> {
    if Command::new("strace").arg("-V").stdout(Stdio::null()).stderr(Stdio::null()).status().is_err() {
        assert!(std::env::var("CI").is_err(), "strace is missing: apt install strace");
        eprintln!("skipped: strace is not here (apt install strace)");
        return None;
    }
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap();
    let (_server, data, url) = worker::enrolled(&root, PASSPHRASE, &runtime());
    copy(&data, &root.join("before"));
    let mut deeds = Vec::new();
    for day in 1..=DAYS {
        let trace = root.join("trace");
        let worked = record::recorded(&std::env::current_exe().unwrap(), &trace)
            .args(["worker", "--exact", "--nocapture", "--test-threads=1"])
            .env("JUKUNG_POWER_DIR", &data)
            .env("JUKUNG_POWER_SERVER", &url)
            .env("JUKUNG_POWER_DAY", day.to_string())
            .output()
            .unwrap();
        assert!(worked.status.success(), "{}", String::from_utf8_lossy(&worked.stderr));
        deeds.extend(record::read(&std::fs::read_to_string(&trace).unwrap(), &data, &root.join("acks")));
    }
    Some(Recording { folder, deeds })
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for path in std::fs::read_dir(from).unwrap().map(|e| e.unwrap().path()) {
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            std::fs::copy(path, target).unwrap();
        }
    }
}

/// The counter starts on this disk: what was said to be kept is there, and work goes on with a number nobody has.
fn looked_at(data: &Path, said: &str, context: &str) {
    let office = Office::open(data, "", PASSPHRASE, Edge::system()).unwrap_or_else(|p| panic!("{context}: {p}"));
    assert!(!data.join("rusak").exists(), "{context}: a database that is whole was mended");
    let all = Acknowledged::read(said);
    look::kept(&office, &all, context);
    look::sound(&office, data, context);
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample/01-ktp-damaged.json");
    let number = office.submit_file(&sample).unwrap().remove(0).result.unwrap().number;
    assert!(!said.contains(&number), "{context}: {number} stands on a paper already");
    look::sound(&office, data, context);
    office.close().unwrap_or_else(|p| panic!("{context}: {p}"));
}

/// The calls at which the power goes, in order, with the seed of what is left. Half of them are flushes: before one returns,
/// most waits.
fn cuts(deeds: &[Deed], states: u64, chance: &mut Chance) -> Vec<(usize, u64)> {
    let flushes: Vec<usize> = (0..deeds.len()).filter(|n| matches!(deeds[*n], Deed::Flush { .. })).collect();
    let mut cuts: Vec<_> = (0..states)
        .map(|n| (if n % 2 == 0 { *chance.pick(&flushes) } else { chance.below(deeds.len() + 1) }, chance.draw()))
        .collect();
    cuts.sort_unstable();
    cuts
}

/// Plays the deeds and cuts the power before each of the calls at `cuts`; how many disks had lost or torn something.
fn cut_often(recording: &Recording, cuts: &[(usize, u64)]) -> usize {
    let (mut disk, mut said, mut done, mut lost) = (recording.disk(Flushes::Kept), String::new(), 0, 0);
    for (at, seed) in cuts {
        for deed in &recording.deeds[done..*at] {
            disk.does(deed);
            if let Deed::Said(line) = deed {
                said += line;
            }
        }
        done = *at;
        lost += usize::from(disk.waits());
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("office");
        disk.after_power_cut(None, &mut Chance::new(*seed), &data);
        let context = format!("power cut before call {at} of {}, seed {seed}", recording.deeds.len());
        looked_at(&data, &said, &context);
    }
    lost
}

#[test]
fn whatever_a_power_cut_leaves_everything_acknowledged_is_there_once() {
    if std::env::var("JUKUNG_POWER").is_err() {
        eprintln!("skipped: JUKUNG_POWER is not set (docs/limits.md)");
        return;
    }
    let Some(recording) = recording() else { return };
    let (states, seed) = (number_from("JUKUNG_POWER_STATES", STATES), number_from("JUKUNG_POWER_SEED", SEED));
    let cuts = cuts(&recording.deeds, states, &mut Chance::new(seed));
    let (first, second) = cuts.split_at(cuts.len() / 2);
    let lost: usize = std::thread::scope(|s| {
        let halves = [first, second].map(|half| s.spawn(|| cut_often(&recording, half)));
        halves.into_iter().map(|half| half.join().unwrap()).sum()
    });
    let acks = recording.deeds.iter().filter(|d| matches!(d, Deed::Said(_))).count();
    println!(
        "{states} disks (seed {seed}) out of {} calls with {acks} acknowledgements, {lost} of them with something not flushed: \
         lost 0, doubled 0",
        recording.deeds.len()
    );
    a_loss_would_be_seen(&recording);
}

/// The same at the end of the recording with a disk that forgets what was flushed.
fn a_loss_would_be_seen(recording: &Recording) {
    let (mut disk, mut said) = (recording.disk(Flushes::Forgotten), String::new());
    for deed in &recording.deeds {
        disk.does(deed);
        if let Deed::Said(line) = deed {
            said += line;
        }
    }
    for (luck, whole) in [(Luck::All, true), (Luck::Nothing, false)] {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("office");
        disk.after_power_cut(Some(luck), &mut Chance::new(1), &data);
        let seen = catch_unwind(AssertUnwindSafe(|| looked_at(&data, &said, "a disk that forgets")));
        assert_eq!(seen.is_ok(), whole, "{luck:?} of what waited");
    }
}
