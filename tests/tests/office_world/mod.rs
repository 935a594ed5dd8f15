//! A district and the computers of one office, in one process: cables that are pulled, backups that are restored, copies.
#![allow(dead_code, reason = "each test file uses its own part of the world")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails right here")]

mod engines;

use axum::body::Body;
use axum::http::Request;
use jukung_district::District;
use jukung_domain::pack;
use jukung_domain::problem::Problem;
use jukung_ledger::{DbProblem, Row, Tx};
use jukung_office::Office;
use jukung_office::edge::{Chance, Clock, Edge};
use jukung_office::enrol::{Enrolment, enrol};
use jukung_office::sync::{Call, Reply, Road};
use jukung_tests::chance;
use std::future::Future;
use std::path::Path;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use tower::ServiceExt;

pub const PASSPHRASE: &str = "sungai tapin perahu jukung";

/// 23 November 2026, 10.00 in WITA; it moves 50 ms with every look, and less would make two events of one moment.
static NOW: AtomicI64 = AtomicI64::new(1_795_399_200_000);
static SEED: AtomicU64 = AtomicU64::new(1);

fn now() -> i64 {
    NOW.fetch_add(50, Ordering::Relaxed)
}

/// Enough chance for ids, the same on every run.
fn fill(bytes: &mut [u8]) {
    chance::fill(bytes, || SEED.fetch_add(chance::STEP, Ordering::Relaxed));
}

struct Test;
impl Clock for Test {
    fn now_ms(&self) -> i64 {
        now()
    }
}
impl Chance for Test {
    fn fill(&self, bytes: &mut [u8]) {
        fill(bytes);
    }
}

pub fn edge() -> Edge {
    Edge { clock: Arc::new(Test), chance: Arc::new(Test) }
}

/// The road that leads straight into the district's router, with a cable that can be pulled and replies that get lost.
pub struct Cable {
    router: Mutex<axum::Router>,
    pub out: AtomicBool,
    pub lose_reply: AtomicBool,
    /// The district knows no zstd.
    pub plain_only: AtomicBool,
    /// The district is of a build before the short form, or has other dictionaries.
    pub no_dictionary: AtomicBool,
    /// Bytes of each answer to a sync call.
    pub told: Mutex<Vec<usize>>,
    /// `Content-Encoding` and bytes of each sync call that was answered.
    pub read: Mutex<Vec<(String, Vec<u8>)>>,
    /// Bytes per second; 0 takes no time.
    pub bytes_per_s: AtomicI64,
    /// Bytes of each sync call.
    pub calls: Mutex<Vec<usize>>,
}

impl Road for Cable {
    fn carry(&self, call: Call) -> Pin<Box<dyn Future<Output = Result<Reply, Problem>> + Send + '_>> {
        Box::pin(async move {
            if self.out.load(Ordering::Relaxed) {
                return Err(Problem::new("offline"));
            }
            let encoding = call.headers.iter().find(|(name, _)| *name == "content-encoding");
            let packed = encoding.map(|(_, v)| v.clone()).unwrap_or_default();
            if !packed.is_empty() && self.plain_only.load(Ordering::Relaxed)
                || packed == pack::SHORT && self.no_dictionary.load(Ordering::Relaxed)
            {
                return Ok(Reply { status: 415, body: Vec::new() });
            }
            let rate = self.bytes_per_s.load(Ordering::Relaxed);
            if rate > 0 {
                NOW.fetch_add(i64::try_from(call.body.len()).unwrap() * 1_000 / rate, Ordering::Relaxed);
            }
            if call.path == "/v1/sync" {
                self.calls.lock().unwrap().push(call.body.len());
                self.read.lock().unwrap().push((packed, call.body.clone()));
            }
            let mut request = Request::builder().method(call.method).uri(&call.path);
            for (name, value) in &call.headers {
                request = request.header(*name, value);
            }
            let router = self.router.lock().unwrap().clone();
            let reply = router.oneshot(request.body(Body::from(call.body)).unwrap()).await.unwrap();
            let status = reply.status().as_u16();
            let body = axum::body::to_bytes(reply.into_body(), 16 << 20).await.unwrap().to_vec();
            if call.path == "/v1/sync" {
                self.told.lock().unwrap().push(body.len());
            }
            if self.lose_reply.swap(false, Ordering::Relaxed) {
                return Err(Problem::new("half"));
            }
            Ok(Reply { status, body })
        })
    }
}

pub struct World {
    pub district: Arc<District>,
    pub road: Cable,
    pub office: Office,
    pub folder: tempfile::TempDir,
    postgres: bool,
}

/// A database of its own in the private cluster; none without one, which CI does not forgive.
pub fn postgres() -> Option<String> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let Ok(url) = std::env::var("JUKUNG_TEST_POSTGRES") else {
        assert!(std::env::var("CI").is_err(), "PostgreSQL is missing: JUKUNG_TEST_POSTGRES is not set");
        return None;
    };
    let name = format!("story_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    let mut client = postgres::Client::connect(&url, postgres::NoTls).unwrap();
    client
        .batch_execute(&format!(
            "CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'"
        ))
        .unwrap();
    let mut config: postgres::Config = url.parse().unwrap();
    config.dbname(&name);
    let host = match &config.get_hosts()[0] {
        postgres::config::Host::Unix(path) => path.display().to_string(),
        postgres::config::Host::Tcp(host) => host.clone(),
    };
    let port = config.get_ports().first().copied().unwrap_or(5432);
    Some(format!("host={host} port={port} user={} dbname={name}", config.get_user().unwrap_or("postgres")))
}

pub async fn world(database: Option<String>) -> World {
    let folder = tempfile::tempdir().unwrap();
    let (data, on_postgres) = (folder.path().join("district"), database.is_some());
    let (district, code) = tokio::task::spawn_blocking(move || {
        let edge = jukung_district::edge::Edge { now_ms: now, fill };
        let district = District::open(&data, database.as_deref(), edge).unwrap();
        let code = district.new_code("63.05.04.1004").unwrap();
        (Arc::new(district), code)
    })
    .await
    .unwrap();
    let router = jukung_district::http::router(district.clone());
    let road = Cable {
        router: Mutex::new(router),
        out: AtomicBool::new(false),
        lose_reply: AtomicBool::new(false),
        plain_only: AtomicBool::new(false),
        no_dictionary: AtomicBool::new(false),
        read: Mutex::default(),
        told: Mutex::default(),
        bytes_per_s: AtomicI64::new(0),
        calls: Mutex::default(),
    };
    let office = counter(&folder.path().join("office"), &code, &road).await;
    World { district, road, office, folder, postgres: on_postgres }
}

/// Enrols a counter's computer in `dir` and opens it.
pub async fn counter(dir: &Path, code: &str, road: &Cable) -> Office {
    let mut who = Enrolment::new("http://district", code, "Rahmah", PASSPHRASE);
    who.memory_kib = 8 * 1024;
    enrol(dir, &edge(), road, &who).await.unwrap();
    open(dir)
}

/// Opens the data folder of a counter.
pub fn open(dir: &Path) -> Office {
    Office::open(dir, "", PASSPHRASE, edge()).unwrap()
}

/// Copies a data folder as a person would, with everything in it.
pub fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for file in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(file.file_name());
        if file.path().is_dir() {
            copy(&file.path(), &target);
        } else {
            std::fs::copy(file.path(), target).unwrap();
        }
    }
}

/// All worlds of a test program have one clock: who lets days pass in it works alone, or the tokens of others end.
pub static ALONE: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

/// Lets time pass. Every test of the program holds [`ALONE`] while it runs.
pub fn pass_days(days: i64) {
    NOW.fetch_add(days * 86_400_000, Ordering::Relaxed);
}

/// The same for less than a day.
pub fn pass_minutes(minutes: i64) {
    NOW.fetch_add(minutes * 60_000, Ordering::Relaxed);
}

/// The rows of every table of a district: a backup that either engine can be restored from.
pub type Backup = Vec<(String, Vec<Row>)>;

/// Runs `work` where the PostgreSQL client may run its own loop.
pub async fn off<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work).await.unwrap()
}

impl World {
    /// Hands in one application at the first counter: its id and number.
    pub fn hand_in(&self, name: &str) -> (String, String) {
        self.hand_in_at(&self.office, name)
    }

    /// Hands in one application at `office`.
    pub fn hand_in_at(&self, office: &Office, name: &str) -> (String, String) {
        self.hand_in_with(office, name, "ktp.jpg")
    }

    /// Hands in one application at `office` with this picture of the samples.
    pub fn hand_in_with(&self, office: &Office, name: &str, picture: &str) -> (String, String) {
        let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample");
        let mut value: serde_json::Value =
            serde_json::from_slice(&std::fs::read(sample.join("01-ktp-damaged.json")).unwrap()).unwrap();
        value["fields"]["applicant.name"] = name.into();
        let file = self.folder.path().join("one.json");
        std::fs::write(&file, value.to_string()).unwrap();
        std::fs::copy(sample.join(picture), self.folder.path().join("ktp.jpg")).unwrap();
        let done = office.submit_file(&file).unwrap().remove(0).result.unwrap();
        (done.application, done.number)
    }

    pub async fn decide(&self, id: &str, body: jukung_domain::event::Body) -> Result<(), Problem> {
        let (district, id) = (self.district.clone(), id.to_owned());
        tokio::task::spawn_blocking(move || district.decide(&id, "Verifikator", &body)).await.unwrap()
    }

    pub async fn stored_at_district(&self) -> i64 {
        let district = self.district.clone();
        let count = move || {
            district.db.read(|tx| jukung_ledger::tx::first(tx, "SELECT count(*) FROM app", &[])?.unwrap().int(0))
        };
        tokio::task::spawn_blocking(count).await.unwrap().unwrap()
    }

    /// Another computer of the same office.
    pub async fn another(&self, name: &str) -> Office {
        let district = self.district.clone();
        let code = off(move || district.new_code("63.05.04.1004").unwrap()).await;
        counter(&self.folder.path().join(name), &code, &self.road).await
    }

    pub async fn backup(&self) -> Backup {
        let district = self.district.clone();
        let tables = || {
            let schema = include_str!("../../../schema.sql");
            let office = schema.find("-- PART office").unwrap()..schema.find("-- PART district").unwrap();
            let parts = [&schema[..office.start], &schema[office.end..]].concat();
            let names: Vec<String> = parts
                .match_indices("CREATE TABLE ")
                .map(|(at, word)| parts[at + word.len()..].split([' ', '(']).next().unwrap().to_owned())
                .collect();
            names
        };
        off(move || {
            let rows = |name: &String| district.db.read(|tx| tx.query(&format!("SELECT * FROM {name}"), &[])).unwrap();
            tables().into_iter().map(|name| (name.clone(), rows(&name))).collect()
        })
        .await
    }

    /// A district of its own from a backup, with the same key.
    pub async fn restored(&self, backup: &Backup) -> Arc<District> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let dir = self.folder.path().join(format!("restored-{}", COUNT.fetch_add(1, Ordering::Relaxed)));
        std::fs::create_dir_all(&dir).unwrap();
        std::fs::copy(self.folder.path().join("district/district.key"), dir.join("district.key")).unwrap();
        let (backup, on_postgres) = (backup.clone(), self.postgres);
        off(move || {
            let url = if on_postgres { postgres() } else { None };
            let edge = jukung_district::edge::Edge { now_ms: now, fill };
            let district = District::open(&dir, url.as_deref(), edge).unwrap();
            let insert = |tx: &mut dyn Tx| {
                for (name, rows) in &backup {
                    tx.execute(&format!("DELETE FROM {name}"), &[])?;
                    for row in rows {
                        let places: Vec<String> = (1..=row.0.len()).map(|n| format!("${n}")).collect();
                        tx.execute(&format!("INSERT INTO {name} VALUES ({})", places.join(", ")), &row.0)?;
                    }
                }
                Ok::<_, DbProblem>(())
            };
            district.db.write(insert).unwrap();
            Arc::new(district)
        })
        .await
    }

    /// Shows the district a copy of itself, and says how many events of it were read.
    pub async fn verified(&self) -> i64 {
        let (district, copy) = (self.district.clone(), self.restored(&self.backup().await).await);
        off(move || district.verify(&copy.db).unwrap().events).await
    }

    /// How many scans of an application the district names, and how many of them it holds.
    pub async fn scans_held(&self, id: &str) -> (usize, usize) {
        let (district, id) = (self.district.clone(), id.to_owned());
        let scans = off(move || district.detail(&id).unwrap().scans).await;
        (scans.len(), scans.iter().filter(|s| s.held).count())
    }

    /// Identities of every event the district holds.
    pub async fn district_uids(&self) -> std::collections::BTreeSet<String> {
        let district = self.district.clone();
        let rows = off(move || district.db.read(|tx| tx.query("SELECT uid FROM event", &[])).unwrap()).await;
        rows.iter().map(|r| r.text(0).unwrap()).collect()
    }

    /// From now on this district answers.
    pub fn answers(&self, district: &Arc<District>) {
        *self.road.router.lock().unwrap() = jukung_district::http::router(district.clone());
    }

    /// Restores the district: what it took in since the backup is gone from it.
    pub async fn restore(&mut self, backup: &Backup) {
        self.district = self.restored(backup).await;
        self.answers(&self.district);
    }

    /// The numbers and outcomes the feed of the district tells, by application.
    pub async fn told(&self) -> Vec<(i64, String, String)> {
        let district = self.district.clone();
        let read = |tx: &mut dyn Tx| {
            let rows = tx.query("SELECT n, ref, outcome FROM feed ORDER BY n", &[])?;
            rows.iter().map(|r| Ok::<_, DbProblem>((r.int(0)?, r.text(1)?, r.text(2)?))).collect()
        };
        off(move || district.db.read(read).unwrap()).await
    }

    /// Every application with its number and status, as the district has it.
    pub async fn district_shows(&self) -> Vec<(String, String, String)> {
        let district = self.district.clone();
        off(move || district.db.read(shown).unwrap()).await
    }
}

fn shown(tx: &mut dyn Tx) -> Result<Vec<(String, String, String)>, DbProblem> {
    let rows = tx.query("SELECT id, number, status, head FROM app ORDER BY id", &[])?;
    let mut shown = Vec::new();
    for row in rows {
        let case = jukung_ledger::projection::load(tx, &row.text(0)?)?.unwrap();
        let state = serde_json::to_string(&case.state)?;
        shown.push((row.text(0)?, row.text(1)?, format!("{} {} {state}", row.text(2)?, row.text(3)?)));
    }
    Ok(shown)
}

/// Every application with its number and status, as a counter shows it.
pub fn counter_shows(office: &Office) -> Vec<(String, String, String)> {
    office.db().read(shown).unwrap()
}

/// The feed as a counter holds it.
pub fn counter_told(office: &Office) -> Vec<(i64, String, String)> {
    let rows = office.db().read(|tx| tx.query("SELECT n, ref, outcome FROM feed ORDER BY n", &[])).unwrap();
    rows.iter().map(|r| (r.int(0).unwrap(), r.text(1).unwrap(), r.text(2).unwrap())).collect()
}

/// Lets every counter sync until nothing changes, and checks that all show what the district has.
pub async fn settled(w: &World, counters: &[&Office]) {
    for _ in 0..4 {
        for office in counters {
            office.sync(&w.road).await.expect("the district answers");
        }
    }
    for office in counters {
        assert_eq!(counter_told(office), w.told().await, "one feed everywhere");
        assert_eq!(counter_shows(office), w.district_shows().await, "one state everywhere");
        assert_eq!(office.connection().expect("connection").waiting, 0, "nothing waits");
    }
}
