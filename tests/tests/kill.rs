//! Goal: whenever the counter's or the district's process dies, nothing acknowledged is lost, nothing is doubled, no file is
//! left over.
//!
//! The test program starts itself again as a clerk (`worker`) who works over the office's own code, kills it (SIGKILL)
//! at a random moment of each stage in turn (saving, attaching, handing in, printing, sending to a real district), or the
//! district while it is sent to, and looks at what is left. The moment is drawn from the time the stage took when it was
//! last seen whole, and a quarter more, and waited for without sleeping. `JUKUNG_KILLS=2000` for more kills,
//! `JUKUNG_KILL_SEED=N` for other moments. The second test kills both programs at their named points (`points`).
#![expect(clippy::print_stdout, reason = "the worker speaks over its pipe; the kills and what was lost are told")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails right here")]

#[path = "kill/look.rs"]
mod look;
#[path = "kill/points.rs"]
mod points;
#[path = "kill/scenes.rs"]
mod scenes;
#[path = "kill/worker.rs"]
mod worker;

use jukung_domain::number::BLOCK;
use jukung_ledger::{Db, tx::first};
use jukung_office::edge::Edge;
use jukung_office::road::Http;
use jukung_office::tls::Trusted;
use jukung_office::{Office, home};
use jukung_tests::chance::Chance;
use jukung_tests::served::{self, Ends};
use look::Acknowledged;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const PASSPHRASE: &str = "sungai tapin perahu jukung";
/// Kills at random moments in one run of `./test`; those of the record stand in docs/performance.md.
const KILLS: u64 = 12;
/// Seed of the moments, unless another is given.
const SEED: u64 = 2026;
/// What dies in turn: the counter in each of its stages, and the district while something is sent to it.
const TARGETS: [&str; 6] = [DISTRICT, "save", "attach", "hand in", "print", "send"];
const DISTRICT: &str = "district";
/// How often the stage is let pass before it is hit: the counter is then neither always empty nor always the same.
const PASSES_MAX: u64 = 2;
/// A stage never seen whole is hit within this many microseconds.
const UNSEEN_US: u64 = 20_000;

fn number_from(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|n| n.parse().ok()).unwrap_or(default)
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

/// Not a claim of its own: the clerk that the test below starts in a process of its own.
#[test]
fn worker() {
    let Ok(dir) = std::env::var("JUKUNG_KILL_DIR") else { return };
    let server = std::env::var("JUKUNG_KILL_SERVER").unwrap();
    worker::work(Path::new(&dir), PASSPHRASE, &server, (number_from("JUKUNG_KILL_SEED", 1), u64::MAX), &runtime());
}

fn enrolled(folder: &Path) -> (Ends, PathBuf, String) {
    worker::enrolled(folder, PASSPHRASE, &runtime())
}

/// What was learned about the stages: how long each took when it was last seen whole, and how often it was cut.
#[derive(Default)]
struct Stages {
    took_us: BTreeMap<String, u64>,
    cut: BTreeMap<String, u64>,
}

#[expect(clippy::disallowed_methods, reason = "the moment of a kill is a real moment")]
fn moment() -> std::time::Instant {
    std::time::Instant::now()
}

/// Starts the clerk, lets `target` begin `passes` times and once more, and kills it at a random moment after that: the
/// district, too, when it is meant.
fn work_and_kill(data: &Path, url: &str, chance: &mut Chance, target: &str, stages: &mut Stages, server: &mut Ends) {
    let stage = if target == DISTRICT { "send" } else { target };
    let (seed, passes) = (chance.under(u64::MAX), chance.under(PASSES_MAX));
    let clerk = Command::new(std::env::current_exe().unwrap())
        .args(["worker", "--exact", "--nocapture", "--test-threads=1"])
        .env("JUKUNG_KILL_DIR", data)
        .env("JUKUNG_KILL_SERVER", url)
        .env("JUKUNG_KILL_SEED", seed.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let mut clerk = Ends(clerk.unwrap());
    let out = clerk.0.stdout.take().unwrap();
    let mut lines = BufReader::new(out).lines().map_while(Result::ok);
    let (mut left, mut began) = (passes + 1, moment());
    let mut now = String::new();
    while left > 0 {
        let line = lines.next().unwrap_or_else(|| panic!("the clerk (seed {seed}) ended before {stage}"));
        if let Some(name) = line.split("stage ").nth(1) {
            (now, began) = (name.to_owned(), moment());
            left -= u64::from(name == stage);
        } else if line == "done" {
            stages.took_us.insert(now.clone(), u64::try_from(began.elapsed().as_micros()).unwrap());
        }
    }
    let whole = stages.took_us.get(stage).copied().unwrap_or(UNSEEN_US);
    let wait_us = u128::from(chance.under(whole + whole / 4 + 1));
    while began.elapsed().as_micros() < wait_us {
        std::hint::spin_loop();
    }
    if target == DISTRICT {
        server.0.kill().unwrap();
        server.0.wait().unwrap();
        // The clerk hears that nobody answers, and goes on.
        let after = lines.find(|line| line.contains("stage ") || line == "done").unwrap_or_default();
        *stages.cut.entry(target.to_owned()).or_default() += u64::from(after != "done");
    }
    clerk.0.kill().unwrap();
    let how = clerk.0.wait().unwrap();
    assert!(how.code().is_none(), "the clerk (seed {seed}) ended by itself: {how}");
    // What it still said: without "done" the stage was cut in the middle.
    let cut = !lines.any(|l| l == "done");
    if target != DISTRICT {
        *stages.cut.entry(stage.to_owned()).or_default() += u64::from(cut);
    }
}

/// Numbers as they stood when the process died: next, and how far they were reserved.
fn numbers(data: &Path, key: &[u8; 32]) -> (i64, i64) {
    let db = Db::open_sqlite(&data.join("office.db"), Some(key)).unwrap();
    let row = db
        .read(|tx| {
            first(tx, "SELECT i.number, n.reserved_to FROM inc i JOIN num n ON n.code = i.code WHERE i.closed = 0", &[])
        })
        .unwrap()
        .unwrap();
    (row.int(0).unwrap(), row.int(1).unwrap())
}

fn count(db: &Db, sql: &str) -> i64 {
    db.read(|tx| first(tx, sql, &[])?.unwrap().int(0)).unwrap()
}

/// Opens the counter after a kill and sees that a whole block of numbers was skipped, with an event that says so.
fn open_after(data: &Path, key: &[u8; 32], told: &mut i64, context: &str) -> Office {
    let (next, reserved) = numbers(data, key);
    let office = Office::open(data, "", PASSPHRASE, Edge::system()).unwrap_or_else(|p| panic!("{context}: {}", p.code));
    let skipped = "SELECT count(*) FROM event WHERE kind LIKE 'num.skipped%'";
    let (before, now) = (*told, count(office.db(), skipped));
    *told = now;
    let after = count(office.db(), "SELECT number FROM inc WHERE closed = 0");
    // A whole block beyond what the database knows, whether one was reserved or not (decision 0008).
    let to = reserved.max(next + BLOCK - 1);
    assert_eq!((after, now), (to + 1, before + 1), "{context}: numbers");
    office
}

#[test]
fn a_counter_or_district_killed_at_any_moment_loses_and_doubles_nothing() {
    let kills = number_from("JUKUNG_KILLS", KILLS);
    let seed = number_from("JUKUNG_KILL_SEED", SEED);
    // Two counters at once, each with a district of its own: the machine's cores, not one after the other.
    std::thread::scope(|s| {
        for world in 0..2 {
            s.spawn(move || kill_often(seed + world, kills / 2));
        }
    });
}

fn kill_often(seed: u64, kills: u64) {
    let folder = tempfile::tempdir().unwrap();
    let (mut server, data, url) = enrolled(folder.path());
    let district = folder.path().join("district");
    let acks = folder.path().join("acks");
    let key = *home::card(&data).unwrap().unwrap().slots[0].open(PASSPHRASE).unwrap().keys.database;
    let there = Db::open_sqlite(&district.join("district.db"), None).unwrap();
    let (mut chance, mut stages) = (Chance::new(seed), Stages::default());
    let (mut read, mut told) = (0, 0);
    for kill in 0..kills {
        let target = TARGETS[usize::try_from(kill).unwrap() % TARGETS.len()];
        work_and_kill(&data, &url, &mut chance, target, &mut stages, &mut server);
        if target == DISTRICT {
            server = served::serve(&district, url.trim_start_matches("http://")).0;
        }
        let context = format!("JUKUNG_KILL_SEED={seed}, kill {kill} in {target}");
        let office = open_after(&data, &key, &mut told, &context);
        let lines = std::fs::read_to_string(&acks).unwrap_or_default();
        look::kept(&office, &Acknowledged::read(&lines[read..]), &context);
        read = lines.len();
        look::sound(&office, &data, &context);
        // The counter says "received" only of what the Dinas has.
        let held: BTreeSet<String> = look::ids(&there, "SELECT id FROM app");
        let claimed = look::ids(office.db(), "SELECT app FROM sent");
        assert!(claimed.is_subset(&held), "{context}: claims to be received what is not");
        office.close().unwrap();
    }
    let office = Office::open(&data, "", PASSPHRASE, Edge::system()).unwrap();
    runtime().block_on(office.sync(&Http::new(&url, Trusted::default()).unwrap())).unwrap();
    let whole = std::fs::read_to_string(&acks).unwrap();
    look::kept(&office, &Acknowledged::read(&whole), "at the end");
    look::sound(&office, &data, "at the end");
    drop(server);
    assert_eq!(there.quick_check().unwrap(), Vec::<String>::new());
    look::same(&office, &there, (&data, &district), "at the end");
    assert_eq!(count(office.db(), "SELECT count(*) FROM attention"), 0, "nobody has to settle anything");
    println!(
        "{kills} kills (seed {seed}), of them before the stage was acknowledged: {:?}; {} applications, {} papers; lost 0, doubled 0",
        stages.cut,
        look::ids(&there, "SELECT id FROM app").len(),
        look::ids(&there, "SELECT sha256 FROM blob").len()
    );
}
