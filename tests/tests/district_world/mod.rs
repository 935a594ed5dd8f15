//! A district of its own for each test, on either engine, and a counter's computer that speaks the wire by hand.
#![allow(dead_code, reason = "each test file uses its own part of the world")]

use axum::body::Body as HttpBody;
use axum::http::Request;
use jukung_crypto::{proof, sign};
use jukung_district::edge::Edge;
use jukung_district::{District, http, ingest};
use jukung_domain::application::{Application, Attachment};
use jukung_domain::enrolment::{self, EnrolAnswer, EnrolCall, Vouched};
use jukung_domain::event::{self, Authorship, Body, Created, Hash};
use jukung_domain::number::Number;
use jukung_domain::problem::Problem;
use jukung_domain::wire::{self, FeedEntry, LogPart, SyncAnswer, SyncHead};
use jukung_tests::chance;
use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use tower::ServiceExt;

pub const OFFICE: &str = "63.05.04.1004";
pub const PASSPHRASE: &str = "rantau kiwa pasar terapung";
const INCARNATION: i64 = 7;
/// 23 November 2026, 10.00 in WITA.
pub const START_MS: i64 = 1_795_399_200_000;

static NOW: AtomicI64 = AtomicI64::new(START_MS);
static SEED: AtomicU64 = AtomicU64::new(1);
static DATABASES: AtomicU64 = AtomicU64::new(0);
thread_local! { static OWN_SEED: Cell<u64> = const { Cell::new(1) }; }

/// Chance shared by all threads of the test program.
pub fn shared() -> Edge {
    Edge {
        now_ms: || NOW.fetch_add(1_000, Ordering::Relaxed),
        fill: |bytes| chance::fill(bytes, || SEED.fetch_add(chance::STEP, Ordering::Relaxed)),
    }
}

/// A clock that stands and chance that repeats: two worlds opened on one thread draw the same.
pub fn repeated() -> Edge {
    OWN_SEED.set(1);
    Edge {
        now_ms: || START_MS,
        fill: |bytes| {
            chance::fill(bytes, || {
                OWN_SEED.set(OWN_SEED.get().wrapping_add(chance::STEP));
                OWN_SEED.get()
            });
        },
    }
}

#[derive(Debug, Clone, Copy)]
pub enum Engine {
    Sqlite,
    Postgres,
}

pub struct World {
    pub district: Arc<District>,
    pub folder: tempfile::TempDir,
}

/// A database of its own; `None` (said aloud) when there is no PostgreSQL, which under CI=true is a failure.
fn database() -> Option<String> {
    let Ok(url) = std::env::var("JUKUNG_TEST_POSTGRES") else {
        assert!(std::env::var("CI").as_deref() != Ok("true"), "CI needs PostgreSQL: set JUKUNG_TEST_POSTGRES");
        eprintln!("skipped: JUKUNG_TEST_POSTGRES is not set (tools/pg-private.sh start DIR prints it)");
        return None;
    };
    let name = format!("jukung_{}_{}", std::process::id(), DATABASES.fetch_add(1, Ordering::Relaxed));
    let mut client = postgres::Client::connect(&url, postgres::NoTls).expect("the private cluster answers");
    client.batch_execute(&format!("DROP DATABASE IF EXISTS {name}")).expect("drop");
    let make = format!("CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'");
    client.batch_execute(&make).expect("create");
    Some(url.replace("/postgres?", &format!("/{name}?")))
}

impl World {
    pub fn open(engine: Engine, edge: Edge) -> Option<World> {
        let url = match engine {
            Engine::Sqlite => None,
            Engine::Postgres => Some(database()?),
        };
        let folder = tempfile::tempdir().expect("folder");
        let district = District::open(folder.path(), url.as_deref(), edge).expect("district opens");
        Some(World { district: Arc::new(district), folder })
    }

    /// One call over HTTP, without a socket: status, `Set-Cookie`, body.
    pub fn http(&self, request: Request<HttpBody>) -> (u16, String, Vec<u8>) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("runtime");
        let router = http::router(self.district.clone());
        runtime.block_on(async move {
            let answer = router.oneshot(request).await.expect("an answer");
            let status = answer.status().as_u16();
            let cookie =
                answer.headers().get("set-cookie").and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned();
            let body = axum::body::to_bytes(answer.into_body(), wire::BODY_BYTES_MAX).await.expect("body");
            (status, cookie, body.to_vec())
        })
    }

    /// Names of the files below the scans folder.
    pub fn scan_files(&self) -> Vec<String> {
        let folders = std::fs::read_dir(self.folder.path().join("scans")).expect("scans folder");
        let files = folders.flat_map(|f| std::fs::read_dir(f.expect("folder").path()).expect("folder"));
        files.map(|f| f.expect("file").file_name().to_string_lossy().into_owned()).collect()
    }
}

/// A counter's computer.
pub struct Counter {
    pub card: EnrolAnswer,
    pub seed: [u8; 32],
    chain: Hash,
    acked: i64,
    written: i64,
    cur: (i64, String),
}

/// What a computer with this key asks with.
pub fn enrol_call(code: &str, seed: &[u8; 32]) -> Vouched {
    let (slot, secret) = enrolment::split_code(code).expect("a code");
    let public_key = hex::encode(sign::public_key(seed));
    let call = EnrolCall { v: enrolment::VERSION, slot, public_key, name: "Loket 1".into() };
    let said = serde_json::to_string(&call).expect("text");
    let proof = hex::encode(proof::prove(secret.as_bytes(), &enrolment::covered("call", &said)));
    Vouched { said, proof, sig: String::new() }
}

impl Counter {
    pub fn enrol(world: &World, office: &str, seed: u8) -> Counter {
        let seed = [seed; 32];
        let code = world.district.new_code(office).expect("code");
        Counter::enrol_with(world, office, &code, seed)
    }

    /// Enrols with this code, approved or not.
    pub fn enrol_with(world: &World, office: &str, code: &str, seed: [u8; 32]) -> Counter {
        let told = world.district.enrol(&enrol_call(code, &seed)).expect("enrolled");
        let answer: EnrolAnswer = serde_json::from_str(&told.said).expect("answer");
        let cur = (0, event::short(&event::feed_start(office)));
        let chain = event::chain_start(answer.device, INCARNATION);
        Counter { card: answer, seed, chain, acked: 0, written: 0, cur }
    }

    /// The signed body of a call that sends `events` after what was acknowledged.
    pub fn call(&self, events: &[String], scans: &[String]) -> Vec<u8> {
        self.call_with(events, scans, &[], |_| {})
    }

    /// The same with entries handed back and a head that `change` makes different.
    pub fn call_with(
        &self,
        events: &[String],
        scans: &[String],
        back: &[FeedEntry],
        change: impl FnOnce(&mut SyncHead),
    ) -> Vec<u8> {
        let count = i64::try_from(events.len()).expect("few");
        let part = LogPart {
            i: wire::incarnation_hex(INCARNATION),
            f: self.acked + 1,
            m: count,
            pc: hex::encode(self.chain),
            tc: String::new(),
            n: (self.acked + count).max(self.written),
            c: false,
            o: Vec::new(),
            r: Vec::new(),
        };
        let mut head = SyncHead {
            v: wire::VERSION,
            d: self.card.device,
            logs: vec![part],
            cur: self.cur.clone(),
            anch: Vec::new(),
            wit: i64::try_from(back.len()).expect("few"),
            whole: false,
            code: self.card.code.clone(),
            cert: false,
            keys: Vec::new(),
            blobs: scans.to_vec(),
            au: Vec::new(),
            sub: false,
            pin: None,
            wall: START_MS,
            app: "test".into(),
            caps: Vec::new(),
            set: String::new(),
            sig: String::new(),
        };
        change(&mut head);
        let mut lines = events.to_vec();
        lines.extend(back.iter().map(|e| serde_json::to_string(e).expect("entry")));
        let unsigned = wire::body(&head, &lines).expect("body");
        head.sig = hex::encode(sign::sign(&self.seed, &wire::signed_bytes("/v1/sync", &unsigned)));
        wire::body(&head, &lines).expect("body")
    }

    /// Sends `events` and remembers neither acknowledgement nor feed: as if the reply was lost.
    pub fn send(
        &self,
        world: &World,
        events: &[String],
        scans: &[String],
    ) -> Result<(SyncAnswer, Vec<FeedEntry>), Problem> {
        answered(world, &self.call(events, scans))
    }

    /// Sends entries back, with a head that `change` makes different, and remembers nothing of the answer.
    pub fn hand_back(
        &self,
        world: &World,
        back: &[FeedEntry],
        change: impl FnOnce(&mut SyncHead),
    ) -> (SyncAnswer, Vec<FeedEntry>) {
        answered(world, &self.call_with(&[], &[], back, change)).expect("an answer")
    }

    /// Sends `events` and takes the answer in.
    pub fn sync(&mut self, world: &World, events: &[String]) -> (SyncAnswer, Vec<FeedEntry>) {
        self.try_sync(world, events).expect("an answer")
    }

    /// The same where it may fail; then it remembers nothing.
    pub fn try_sync(&mut self, world: &World, events: &[String]) -> Result<(SyncAnswer, Vec<FeedEntry>), Problem> {
        let (answer, entries) = self.send(world, events, &[])?;
        for (seq, raw) in (self.acked + 1..).zip(events) {
            let origin = event::Origin { device: self.card.device, incarnation: INCARNATION, seq };
            self.chain = event::chain_next(&self.chain, &event::uid(&origin, raw));
        }
        self.acked = answer.ack[0].1;
        self.written = self.acked;
        self.cur = answer.cur.clone();
        Ok((answer, entries))
    }

    /// A new application as a raw event, and its id.
    pub fn create(&self, counter: i64, name: &str, scan: Option<&[u8]>) -> (String, String) {
        let id = format!("00000000-0000-7000-8000-{:06x}{counter:06x}", self.seed[0]);
        let mut document = Application {
            service: "KTP_DAMAGED".into(),
            reported: Some("2026-11-23".into()),
            ..Application::default()
        };
        for (path, value) in
            [("applicant.name", name), ("applicant.nik", "6305044107489901"), ("applicant.birthDate", "1948")]
        {
            document.fields.insert(path.into(), value.into());
        }
        document.attachments.extend(scan.map(|bytes| Attachment {
            requirement: "ktp_damaged".into(),
            substitute: None,
            sha256: sha256(bytes),
            bytes: u32::try_from(bytes.len()).expect("small"),
            media: "image/jpeg".into(),
            asked: None,
            legible: None,
            original: None,
        }));
        (raw(&id, None, &Body::Create(Created { n: self.number(counter), d: document })), id)
    }

    /// The registration number of this computer with this count.
    pub fn number(&self, counter: i64) -> String {
        Number::new(&self.card.code, counter).expect("number").to_string()
    }
}

fn answered(world: &World, body: &[u8]) -> Result<(SyncAnswer, Vec<FeedEntry>), Problem> {
    let bytes = world.district.sync(&ingest::read(body)?)?;
    let text = String::from_utf8(bytes).expect("text");
    let mut lines = text.split('\n');
    let answer = serde_json::from_str(lines.next().expect("header")).expect("header");
    Ok((answer, lines.map(|l| serde_json::from_str(l).expect("entry")).collect()))
}

/// First 8 bytes of an event's identity at its place: what later events name as their base.
pub fn head_of(counter: &Counter, seq: i64, raw: &str) -> String {
    let origin = event::Origin { device: counter.card.device, incarnation: INCARNATION, seq };
    event::short(&event::uid(&origin, raw))
}

/// A raw event by the clerk.
pub fn raw(application: &str, base: Option<String>, body: &Body) -> String {
    let application = application.parse().expect("an id");
    let by = Authorship { application, base, hlc: (START_MS, 0), clock: 't', author: "Rahmah".into() };
    event::write(&by, body).expect("event")
}

pub fn sha256(bytes: &[u8]) -> String {
    use sha2::Digest;
    hex::encode(sha2::Sha256::digest(bytes))
}

/// Runs each claim on both engines.
#[macro_export]
macro_rules! both_engines {
    ($($(#[$meta:meta])* fn $name:ident($world:ident: &World) $body:block)*) => {$(
        mod $name {
            use super::*;
            fn claim($world: &World) $body
            #[test]
            $(#[$meta])*
            fn sqlite() {
                claim(&World::open(Engine::Sqlite, shared()).expect("SQLite is always here"));
            }
            #[test]
            $(#[$meta])*
            fn postgres() {
                if let Some(world) = World::open(Engine::Postgres, shared()) {
                    claim(&world);
                }
            }
        }
    )*};
}
