//! One application, ten stops: from the counter with the cable out to the district's answer, on both engines.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails right here")]

use axum::body::Body;
use axum::http::Request;
use jukung_district::District;
use jukung_domain::problem::Problem;
use jukung_office::edge::{Chance, Clock, Edge};
use jukung_office::enrol::{Enrolment, enrol};
use jukung_office::sync::{Call, Reply, Road};
use jukung_office::{Office, home};
use std::future::Future;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use tower::ServiceExt;

const PASSPHRASE: &str = "sungai tapin perahu jukung";

/// 23 November 2026, 10.00 in WITA; it moves a second with every look.
static NOW: AtomicI64 = AtomicI64::new(1_795_399_200_000);
static SEED: AtomicU64 = AtomicU64::new(1);

fn now() -> i64 {
    NOW.fetch_add(1_000, Ordering::Relaxed)
}

/// SplitMix64: enough chance for ids, the same on every run.
fn fill(bytes: &mut [u8]) {
    for chunk in bytes.chunks_mut(8) {
        let mut z = SEED.fetch_add(0x9E37_79B9_7F4A_7C15, Ordering::Relaxed);
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        chunk.copy_from_slice(&(z ^ (z >> 31)).to_le_bytes()[..chunk.len()]);
    }
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

fn edge() -> Edge {
    Edge { clock: Arc::new(Test), chance: Arc::new(Test) }
}

/// The road that leads straight into the district's router, with a cable that can be pulled and replies that get lost.
struct Cable {
    router: axum::Router,
    out: AtomicBool,
    lose_reply: AtomicBool,
}

impl Road for Cable {
    fn carry(&self, call: Call) -> Pin<Box<dyn Future<Output = Result<Reply, Problem>> + Send + '_>> {
        Box::pin(async move {
            if self.out.load(Ordering::Relaxed) {
                return Err(Problem::new("offline"));
            }
            let mut request = Request::builder().method(call.method).uri(&call.path);
            for (name, value) in &call.headers {
                request = request.header(*name, value);
            }
            let reply = self.router.clone().oneshot(request.body(Body::from(call.body)).unwrap()).await.unwrap();
            let status = reply.status().as_u16();
            let body = axum::body::to_bytes(reply.into_body(), 16 << 20).await.unwrap().to_vec();
            if self.lose_reply.swap(false, Ordering::Relaxed) {
                return Err(Problem::new("half"));
            }
            Ok(Reply { status, body })
        })
    }
}

struct World {
    district: Arc<District>,
    road: Cable,
    office: Office,
    folder: tempfile::TempDir,
}

/// A database of its own in the private cluster; none without one, which CI does not forgive.
fn postgres() -> Option<String> {
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

async fn world(database: Option<String>) -> World {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("district");
    let (district, code) = tokio::task::spawn_blocking(move || {
        let edge = jukung_district::edge::Edge { now_ms: now, fill };
        let district = District::open(&data, database.as_deref(), edge).unwrap();
        let code = district.new_code("63.05.04.1004").unwrap();
        (Arc::new(district), code)
    })
    .await
    .unwrap();
    let router = jukung_district::http::router(district.clone());
    let road = Cable { router, out: AtomicBool::new(false), lose_reply: AtomicBool::new(false) };
    let dir = folder.path().join("office");
    let mut who = Enrolment::new("http://district", &code, "Rahmah", PASSPHRASE);
    who.memory_kib = 8 * 1024;
    enrol(&dir, &edge(), &road, &who).await.unwrap();
    let office = Office::open(&dir, "", PASSPHRASE, edge()).unwrap();
    World { district, road, office, folder }
}

impl World {
    fn hand_in(&self, name: &str) -> (String, String) {
        let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample");
        let mut value: serde_json::Value =
            serde_json::from_slice(&std::fs::read(sample.join("01-ktp-damaged.json")).unwrap()).unwrap();
        value["fields"]["applicant.name"] = name.into();
        let file = self.folder.path().join("one.json");
        std::fs::write(&file, value.to_string()).unwrap();
        std::fs::copy(sample.join("ktp.jpg"), self.folder.path().join("ktp.jpg")).unwrap();
        let done = self.office.submit_file(&file).unwrap().remove(0).result.unwrap();
        (done.application, done.number)
    }

    async fn decide(&self, id: &str, body: jukung_domain::event::Body) -> Result<(), Problem> {
        let (district, id) = (self.district.clone(), id.to_owned());
        tokio::task::spawn_blocking(move || district.decide(&id, "Verifikator", &body)).await.unwrap()
    }

    async fn stored_at_district(&self) -> i64 {
        let district = self.district.clone();
        let count = move || {
            district.db.read(|tx| jukung_ledger::tx::first(tx, "SELECT count(*) FROM app", &[])?.unwrap().int(0))
        };
        tokio::task::spawn_blocking(count).await.unwrap().unwrap()
    }
}

async fn ten_stops(database: Option<String>) {
    use jukung_domain::event::{Body, Issued, Returned};
    let w = world(database).await;
    // 1–5: handed in with the cable out; saved here, and nothing else is claimed.
    w.road.out.store(true, Ordering::Relaxed);
    let (id, number) = w.hand_in("Halimah Contoh");
    assert_eq!(w.office.sync(&w.road).await.unwrap_err().code, "offline");
    let case = w.office.application(&id).unwrap();
    assert_eq!((case.sending.state.as_str(), case.status.as_str()), ("retrying", ""));
    // 6: the receipt, twice the same bytes, from what was committed.
    let pdf = w.office.receipt_pdf(&id, "a5").unwrap();
    assert_eq!(pdf, w.office.receipt_pdf(&id, "a5").unwrap());
    // 7–8: the cable is back.
    w.road.out.store(false, Ordering::Relaxed);
    let ran = w.office.sync(&w.road).await.unwrap();
    assert_eq!((ran.acknowledged, ran.scans), (1, 1));
    let case = w.office.application(&id).unwrap();
    assert_eq!((case.sending.state.as_str(), case.status.as_str()), ("received", "SUBMITTED"));
    // 9–10: taken, returned with its target, corrected, issued.
    w.decide(&id, Body::Taken).await.unwrap();
    let returned = Returned {
        reason: "mismatch".into(),
        target: "applicant.address".into(),
        note: "Alamat tidak sama dengan KK.".into(),
    };
    w.decide(&id, Body::Returned(returned)).await.unwrap();
    w.office.sync(&w.road).await.unwrap();
    let row = w.office.attention().unwrap().remove(0);
    assert_eq!((row.target.as_str(), row.does.as_str()), ("applicant.address", "correct"));
    let draft = w.office.correct(&id).unwrap();
    assert_eq!((draft.section.as_str(), draft.field.as_str()), ("applicant", "applicant.address"));
    w.office
        .change_draft(&draft.id, |a| {
            a.fields.insert("applicant.address".into(), "Jalan Titian 7".into());
        })
        .unwrap();
    w.office.record_read_back(&draft.id, "spoken", &[]).unwrap();
    let consent = case.application.consent.clone().unwrap();
    assert_eq!(w.office.submit(&draft.id, &consent).unwrap().number, number);
    w.office.sync(&w.road).await.unwrap();
    for step in [Body::Taken, Body::Approved, Body::Issued(Issued::default())] {
        w.decide(&id, step).await.unwrap();
    }
    w.office.sync(&w.road).await.unwrap();
    let case = w.office.application(&id).unwrap();
    assert_eq!(
        (case.status.as_str(), case.application.fields["applicant.address"].as_str()),
        ("ISSUED", "Jalan Titian 7")
    );
    assert_eq!(w.stored_at_district().await, 1);
}

#[tokio::test]
async fn one_application_goes_all_ten_stops_on_sqlite() {
    ten_stops(None).await;
}

#[tokio::test]
async fn one_application_goes_all_ten_stops_on_postgresql() {
    let database = tokio::task::spawn_blocking(postgres).await.unwrap();
    match database {
        Some(url) => ten_stops(Some(url)).await,
        None => eprintln!("PostgreSQL is not here: this story was told on SQLite only"),
    }
}

#[tokio::test]
async fn a_lost_reply_does_not_double_an_application() {
    let w = world(None).await;
    w.hand_in("Aminah Contoh");
    w.road.lose_reply.store(true, Ordering::Relaxed);
    w.office.sync(&w.road).await.unwrap_err();
    assert_eq!(w.office.connection().unwrap().waiting, 1, "not received without the district's word");
    w.office.sync(&w.road).await.unwrap();
    assert_eq!((w.stored_at_district().await, w.office.connection().unwrap().waiting), (1, 0));
}

#[tokio::test]
async fn two_officers_at_once_make_one_decision() {
    use jukung_domain::event::Body;
    let w = world(None).await;
    let (id, _) = w.hand_in("Rusmini Contoh");
    w.office.sync(&w.road).await.unwrap();
    let (one, two) = tokio::join!(w.decide(&id, Body::Taken), w.decide(&id, Body::Taken));
    assert_eq!(usize::from(one.is_ok()) + usize::from(two.is_ok()), 1);
}

#[tokio::test]
async fn an_unclean_end_skips_numbers_and_doubles_none() {
    let w = world(None).await;
    let (_, first) = w.hand_in("Galuh Contoh");
    let dir = w.folder.path().join("office");
    // Dropped without `close`: as after a power cut.
    drop(w.office);
    let again = Office::open(&dir, "", PASSPHRASE, edge()).unwrap();
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample/01-ktp-damaged.json");
    let second = again.submit_file(&sample).unwrap().remove(0).result.unwrap().number;
    let counter = |n: &str| jukung_domain::number::Number::parse(n).unwrap().counter();
    assert_eq!(counter(&second), 22, "after {first} a block of 20 is skipped (decision 0008)");
    assert_eq!(home::people(&dir)[0].name, "Rahmah");
}

#[tokio::test]
async fn residents_are_found_by_old_spelling_number_and_nik() {
    let w = world(None).await;
    let (id, number) = w.hand_in("Hj. Noerhajati");
    for text in ["nurhayati", "Noorhayati", "nurh", &number.to_lowercase().replace('-', " "), "63050441", "0812000"] {
        let hits = w.office.search(text).unwrap();
        assert!(hits.iter().any(|h| h.id == id || h.kind == "resident"), "{text}: {hits:?}");
    }
    assert!(w.office.search("x").unwrap().is_empty());
}

#[tokio::test]
async fn nothing_of_a_resident_lies_in_the_clear_at_the_counter() {
    let w = world(None).await;
    w.hand_in("Kenari Rahasia");
    w.office.close().unwrap();
    let mut files = vec![w.folder.path().join("office")];
    while let Some(path) = files.pop() {
        if path.is_dir() {
            files.extend(std::fs::read_dir(path).unwrap().map(|e| e.unwrap().path()));
            continue;
        }
        let bytes = std::fs::read(&path).unwrap();
        for secret in ["Kenari", "6305044107489901"] {
            assert!(!bytes.windows(secret.len()).any(|b| b == secret.as_bytes()), "{secret} in {}", path.display());
        }
    }
}
