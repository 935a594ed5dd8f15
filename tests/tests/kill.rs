//! Goal: whenever the counter's process dies, nothing it acknowledged is lost, nothing is doubled, no file is left over.
//!
//! The test program starts itself again as a clerk (`worker`), kills it (SIGKILL) at a random moment of each stage
//! in turn (saving, attaching, handing in, printing, sending), and looks at what is left. `JUKUNG_KILLS=2000` for more kills, `JUKUNG_KILL_SEED=N`
//! for other moments.
#![expect(clippy::print_stdout, reason = "the worker speaks over its pipe; the kills and what was lost are told")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails right here")]

#[path = "kill/worker.rs"]
mod worker;

use jukung_domain::application::Application;
use jukung_office::Office;
use jukung_office::edge::Edge;
use jukung_office::enrol::{Enrolment, enrol};
use jukung_office::road::Http;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use worker::Seeded;

const PASSPHRASE: &str = "sungai tapin perahu jukung";
/// Kills in one run of `./test` (issue 2, section 6).
const KILLS: u64 = 200;
/// How often the stage is let pass before it is hit: the counter is then neither always empty nor always the same.
const PASSES_MAX: u64 = 2;
/// Turns of an empty loop after a stage began: some fifty milliseconds at most, longer than any stage takes.
const SPINS_MAX: u64 = 4_000_000;

fn number_from(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|n| n.parse().ok()).unwrap_or(default)
}

fn program(name: &str) -> PathBuf {
    std::env::current_exe().unwrap().parent().unwrap().parent().unwrap().join(name)
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

struct Ends(Child);
impl Drop for Ends {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Not a claim of its own: the clerk that the test below starts in a process of its own.
#[test]
fn worker() {
    let Ok(dir) = std::env::var("JUKUNG_KILL_DIR") else { return };
    let server = std::env::var("JUKUNG_KILL_SERVER").unwrap();
    worker::work(Path::new(&dir), PASSPHRASE, &server, number_from("JUKUNG_KILL_SEED", 1), &runtime());
}

/// A real district on a port the system chose, and an office enrolled with it.
fn enrolled(folder: &Path) -> (Ends, PathBuf, String) {
    let district = folder.join("district").display().to_string();
    let made = Command::new(program("jukung-district"))
        .args(["enrol", "--data", &district, "--office", "63.05.04.1004"])
        .output()
        .expect("jukung-district is built: cargo build --workspace --bins");
    let code = String::from_utf8(made.stdout).unwrap().trim().to_owned();
    let server = Command::new(program("jukung-district"))
        .args(["serve", "--data", &district, "--listen", "127.0.0.1:0"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let mut server = Ends(server.unwrap());
    let mut line = String::new();
    BufReader::new(server.0.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    let at = line
        .split_whitespace()
        .find_map(|w| w.find("127.0.0.1:").map(|i| w[i..].trim_end_matches(['/', '.', ',']).to_owned()));
    let url = format!("http://{}", at.unwrap_or_else(|| panic!("no address in {line:?}")));
    let data = folder.join("office");
    let mut who = Enrolment::new(&url, &code, "Rahmah", PASSPHRASE);
    who.memory_kib = 8 * 1024;
    runtime().block_on(enrol(&data, &Edge::system(), &Http::new(&url).unwrap(), &who)).unwrap();
    (server, data, url)
}

/// Starts the clerk, lets `stage` begin `passes` times and once more, and kills it `spins` turns later.
fn work_and_kill(data: &Path, url: &str, seed: u64, stage: &str, passes: u64, spins: u64) {
    let clerk = Command::new(std::env::current_exe().unwrap())
        .args(["worker", "--exact", "--nocapture", "--test-threads=1"])
        .env("JUKUNG_KILL_DIR", data)
        .env("JUKUNG_KILL_SERVER", url)
        .env("JUKUNG_KILL_SEED", seed.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let mut clerk = Ends(clerk.unwrap());
    let lines = BufReader::new(clerk.0.stdout.as_mut().unwrap()).lines();
    let begun = lines.map_while(Result::ok).filter(|l| l.ends_with(stage)).take(usize::try_from(passes).unwrap() + 1);
    assert!(begun.count() > 0, "the clerk (seed {seed}) ended before {stage}");
    for _ in 0..spins {
        std::hint::spin_loop();
    }
    clerk.0.kill().unwrap();
    let how = clerk.0.wait().unwrap();
    assert!(how.code().is_none(), "the clerk (seed {seed}) ended by itself: {how}");
}

/// What the office has said it kept, over all its lives.
#[derive(Default)]
struct Acknowledged {
    fields: BTreeMap<(String, String), String>,
    scans: BTreeSet<(String, String)>,
    handed: BTreeMap<String, (String, String)>,
    printed: BTreeSet<String>,
}

fn acknowledged(file: &Path) -> Acknowledged {
    let mut all = Acknowledged::default();
    for line in std::fs::read_to_string(file).unwrap_or_default().lines() {
        let parts: Vec<String> = line.split('\t').map(str::to_owned).collect();
        match parts.as_slice() {
            [what, draft, path, value] if what == "field" => {
                all.fields.insert((draft.clone(), path.clone()), value.clone());
            }
            [what, draft, sha] if what == "scan" => {
                all.scans.insert((draft.clone(), sha.clone()));
            }
            [what, draft, id, number] if what == "handed" => {
                all.handed.insert(draft.clone(), (id.clone(), number.clone()));
            }
            [what, id] if what == "printed" => {
                all.printed.insert(id.clone());
            }
            _ => assert_eq!(line, "synced"),
        }
    }
    all
}

/// Everything acknowledged is there, and nothing else lies about.
fn look(office: &Office, data: &Path, all: &Acknowledged, context: &str) {
    let sound =
        office.db().read(|tx| jukung_ledger::tx::first(tx, "PRAGMA quick_check", &[])?.unwrap().text(0)).unwrap();
    assert_eq!(sound, "ok", "{context}");
    let mut named = BTreeSet::new();
    for (draft, (id, number)) in &all.handed {
        let case = office.application(id).unwrap_or_else(|p| panic!("{context}: {number} is lost: {}", p.code));
        assert_eq!(&case.number, number, "{context}");
        assert!(named.insert(number.clone()), "{context}: {number} was given twice");
        for ((of, path), value) in &all.fields {
            assert!(of != draft || case.application.fields.get(path) == Some(value), "{context}: {number} lost {path}");
        }
        let scans = all.scans.iter().filter(|(of, _)| of == draft);
        for (_, sha) in scans {
            assert!(case.application.attachments.iter().any(|a| &a.sha256 == sha), "{context}: {number} lost a scan");
        }
        assert!(
            !all.printed.contains(id) || case.history.iter().any(|h| h.text.contains("cetak")),
            "{context}: a print"
        );
    }
    let drafts: BTreeSet<&String> =
        all.fields.keys().map(|(d, _)| d).filter(|d| !all.handed.contains_key(*d)).collect();
    for draft in drafts {
        let kept = match office.open_draft(draft) {
            Ok(kept) => kept.application,
            // Handed in, and killed before the clerk heard it: then an application carries the answers.
            Err(gone) => unheard(office, all, draft).unwrap_or_else(|| panic!("{context}: {}: {draft}", gone.code)),
        };
        for ((_, path), value) in all.fields.iter().filter(|((of, _), _)| of == draft) {
            assert_eq!(kept.fields.get(path), Some(value), "{context}: {path}");
        }
    }
    for (_, sha) in &all.scans {
        assert!(office.scan_bytes(sha).unwrap().is_some(), "{context}: the scan {sha} cannot be read");
    }
    assert_eq!(files(&data.join("scans")), blobs(office), "{context}: files and rows differ");
}

/// The application that this draft became without the clerk hearing of it: the one with its very name.
fn unheard(office: &Office, all: &Acknowledged, draft: &str) -> Option<Application> {
    let name = all.fields.get(&(draft.to_owned(), "applicant.name".to_owned()));
    let known = applications(office).into_iter().filter_map(|id| office.application(&id).ok());
    known.map(|c| c.application).find(|a| a.fields.get("applicant.name") == name)
}

fn column(office: &Office, sql: &str) -> Vec<String> {
    office.db().read(|tx| tx.query(sql, &[])?.iter().map(|r| r.text(0)).collect()).unwrap()
}

fn applications(office: &Office) -> Vec<String> {
    column(office, "SELECT id FROM app")
}

fn blobs(office: &Office) -> BTreeSet<String> {
    column(office, "SELECT sha256 FROM blob").into_iter().collect()
}

fn files(dir: &Path) -> BTreeSet<String> {
    let Ok(folders) = std::fs::read_dir(dir) else { return BTreeSet::new() };
    let inside = folders.flat_map(|f| std::fs::read_dir(f.unwrap().path()).unwrap());
    inside.map(|f| f.unwrap().file_name().to_string_lossy().into_owned()).collect()
}

fn open(data: &Path, context: &str) -> Office {
    Office::open(data, "", PASSPHRASE, Edge::system()).unwrap_or_else(|p| panic!("{context}: {}", p.code))
}

#[test]
fn a_counter_killed_at_any_moment_loses_and_doubles_nothing() {
    let kills = number_from("JUKUNG_KILLS", KILLS);
    let seed = number_from("JUKUNG_KILL_SEED", 2026);
    // Two counters at once, each with a district of its own: the machine's cores, not one after the other.
    std::thread::scope(|s| {
        for world in 0..2 {
            s.spawn(move || kill_often(seed + world, kills / 2));
        }
    });
}

fn kill_often(seed: u64, kills: u64) {
    let folder = tempfile::tempdir().unwrap();
    let (server, data, url) = enrolled(folder.path());
    let mut chance = Seeded(seed);
    for kill in 0..kills {
        let stage = worker::STAGES[usize::try_from(kill).unwrap() % worker::STAGES.len()];
        let (passes, spins) = (chance.below(PASSES_MAX), chance.below(SPINS_MAX));
        work_and_kill(&data, &url, chance.below(u64::MAX), stage, passes, spins);
        let context =
            format!("JUKUNG_KILL_SEED={seed}, kill {kill} in {stage} after {passes} passes and {spins} turns");
        let office = open(&data, &context);
        look(&office, &data, &acknowledged(&folder.path().join("acks")), &context);
        office.close().unwrap();
    }
    let office = open(&data, "at the end");
    runtime().block_on(office.sync(&Http::new(&url).unwrap())).unwrap();
    let here = applications(&office);
    let numbers: BTreeSet<String> = column(&office, "SELECT number FROM app").into_iter().collect();
    assert_eq!((office.connection().unwrap().waiting, numbers.len()), (0, here.len()), "all sent, no number twice");
    drop(server);
    let edge = jukung_district::edge::Edge::system();
    let district = jukung_district::District::open(&folder.path().join("district"), None, edge).unwrap();
    let there = district
        .db
        .read(|tx| tx.query("SELECT id FROM app", &[])?.iter().map(|r| r.text(0)).collect::<Result<Vec<_>, _>>())
        .unwrap();
    assert_eq!(here.into_iter().collect::<BTreeSet<_>>(), there.iter().cloned().collect(), "each one there, once");
    println!(
        "{kills} kills (seed {seed}): {} applications, {} scans, lost 0, doubled 0",
        there.len(),
        blobs(&office).len()
    );
}
