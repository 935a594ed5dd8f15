//! Goal: whatever a network does to calls and answers, nothing is lost, nothing is doubled, and the counter says what it knows:
//! portals that answer for everybody, answers that get lost, come twice, late or in another order, clients that dribble.

mod office_world;

use jukung_domain::event::Body;
use jukung_domain::problem::Problem;
use jukung_office::sync::{Call, Reply, Road};
use jukung_tests::chance::Chance;
use office_world::{Cable, World, counter_told, world};
use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::pin::Pin;
use std::sync::Mutex;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Runs until everything is through: more than any of these roads needs, so that a road without an end is seen.
const RUNS_MAX: usize = 60;

/// Late roads, each of its own order.
const LATE_SEEDS: u64 = 2;

type Carried<'a> = Pin<Box<dyn Future<Output = Result<Reply, Problem>> + Send + 'a>>;

/// A road that answers everything with the same page, as the portal of a hotel does.
struct Portal(u16, &'static str);

impl Road for Portal {
    fn carry(&self, _: Call) -> Carried<'_> {
        let reply = Reply { status: self.0, body: self.1.as_bytes().to_vec() };
        Box::pin(async move { Ok(reply) })
    }
}

#[tokio::test]
async fn a_portal_that_answers_for_everybody_is_recognised_and_said_and_costs_nothing() {
    let w = world(None).await;
    w.hand_in("Aminah Contoh");
    let page = "<!doctype html><title>Selamat datang</title><form action=/login>";
    for (status, body) in
        [(200, page), (302, ""), (307, ""), (511, page), (403, page), (401, page), (200, "{}"), (200, "")]
    {
        let problem = w.office.sync(&Portal(status, body)).await.expect_err("no district answered");
        assert_eq!((problem.code.as_str(), w.office.live().state.as_str()), ("half", "half"), "{status} {body}");
        assert_eq!(w.office.connection().expect("told").waiting, 1, "{status}: it still waits");
    }
    assert!(
        w.office.connection().expect("told").text.contains("belum menjawab"),
        "{}",
        w.office.connection().expect("told").text
    );
    w.office.sync(&w.road).await.expect("the real one");
    assert_eq!((w.stored_at_district().await, w.office.connection().expect("told").waiting), (1, 0));
}

/// What a road does to the answers of the district.
enum Spoils {
    /// The answer of every call is lost the first time that call is made.
    LosesOnce(BTreeSet<(String, Vec<u8>)>),
    /// Every call arrives twice, and the answer of the second one is seen.
    Doubles,
}

struct Spoiled<'a> {
    road: &'a Cable,
    how: Mutex<Spoils>,
    /// Method and path, without what names one scan.
    routes: Mutex<BTreeSet<String>>,
    spoiled: Mutex<usize>,
}

impl<'a> Spoiled<'a> {
    fn new(road: &'a Cable, how: Spoils) -> Spoiled<'a> {
        Spoiled { road, how: Mutex::new(how), routes: Mutex::default(), spoiled: Mutex::default() }
    }

    /// What becomes of `reply`.
    fn treat(&self, key: (String, Vec<u8>), reply: Reply) -> Result<Reply, Problem> {
        let mut spoiled = self.spoiled.lock().expect("whole");
        match &mut *self.how.lock().expect("whole") {
            Spoils::LosesOnce(lost) => {
                if lost.insert(key) {
                    *spoiled += 1;
                    return Err(Problem::new("half"));
                }
                Ok(reply)
            }
            Spoils::Doubles => Ok(reply),
        }
    }
}

impl Road for Spoiled<'_> {
    fn carry(&self, call: Call) -> Carried<'_> {
        let path = if call.path.len() > 20 { "/v1/blobs/…".to_owned() } else { call.path.clone() };
        self.routes.lock().expect("whole").insert(format!("{} {path}", call.method));
        let doubled = matches!(*self.how.lock().expect("whole"), Spoils::Doubles);
        // A packed body has the time of the call inside: what makes two calls the same is what they are about.
        let about = if call.path == "/v1/sync" {
            Vec::new()
        } else {
            call.headers.iter().flat_map(|(_, v)| v.bytes()).collect()
        };
        let key = (format!("{} {}", call.method, call.path), about);
        Box::pin(async move {
            if doubled {
                self.road.carry(call.clone()).await?;
                *self.spoiled.lock().expect("whole") += 1;
            }
            let reply = self.road.carry(call).await?;
            self.treat(key, reply)
        })
    }
}

/// Two applications, one with a paper that needs pieces; one decided; one handed in later.
async fn all_arrives(w: &World, road: &Spoiled<'_>) {
    let (first, _) = w.hand_in("Aminah Contoh");
    w.hand_in("Halimah Contoh Aminah");
    until_quiet(w, road).await;
    w.decide(&first, Body::Taken).await.expect("decided");
    w.hand_in("Rusmini Contoh");
    until_quiet(w, road).await;
    // What is told is told by the district itself in the end.
    w.office.sync(&w.road).await.expect("sent");
    assert_eq!(counter_told(&w.office), w.told().await, "one feed on both sides");
    assert_eq!(w.stored_at_district().await, 3, "three applications, each once");
    assert_eq!(w.told().await.len(), 5, "the key of their author and the decision once");
    assert_eq!(w.scans_held(&first).await, (1, 1));
    assert_eq!(office_world::counter_shows(&w.office), w.district_shows().await);
    assert!(*road.spoiled.lock().expect("whole") > 0, "the road did what it is for");
}

async fn until_quiet(w: &World, road: &Spoiled<'_>) {
    for _ in 0..RUNS_MAX {
        let ran = w.office.sync(road).await;
        if ran.is_ok() && w.office.connection().expect("told").waiting == 0 {
            return;
        }
    }
    panic!("nothing came of {RUNS_MAX} runs");
}

#[tokio::test]
async fn the_answer_to_every_call_may_be_lost_once() {
    let w = world(None).await;
    let road = Spoiled::new(&w.road, Spoils::LosesOnce(BTreeSet::new()));
    all_arrives(&w, &road).await;
    let routes = road.routes.lock().expect("whole").clone();
    assert!(routes.contains("POST /v1/sync") && routes.contains("POST /v1/blobs"), "{routes:?}");
}

#[tokio::test]
async fn every_call_may_arrive_twice() {
    let w = world(None).await;
    all_arrives(&w, &Spoiled::new(&w.road, Spoils::Doubles)).await;
}

/// Answers on their way at once on a late road.
const ON_THE_WAY: usize = 3;
/// Pictures of the samples: each application brings another scan.
const PICTURES: [&str; 5] = ["ktp.jpg", "kk.jpg", "certificate.jpg", "birth-letter.jpg", "face.jpg"];

/// A road on which every answer takes longer than the counter waits for it: it comes as the answer to a later call of the
/// same method and path, each once, in an order that chance makes, as from a proxy that got out of step.
struct Late<'a>(&'a Cable, &'a Mutex<OnTheWay>);

/// What is on its way, whoever's call it answers.
struct OnTheWay {
    chance: Chance,
    /// By method and path: number of the call, and its answer.
    on_the_way: BTreeMap<String, Vec<(usize, Reply)>>,
    calls: usize,
    newest: BTreeMap<String, usize>,
    /// Answers that came to another call than theirs.
    late: usize,
    /// Answers that came after one that had left later.
    overtaken: usize,
    scans_crossed: usize,
}

impl OnTheWay {
    fn new(seed: u64) -> Mutex<OnTheWay> {
        Mutex::new(OnTheWay {
            chance: Chance::new(seed),
            on_the_way: BTreeMap::new(),
            calls: 0,
            newest: BTreeMap::new(),
            late: 0,
            overtaken: 0,
            scans_crossed: 0,
        })
    }

    /// What arrives instead of `reply`; nothing while fewer are on the way.
    fn arrives(&mut self, key: &str, reply: Reply) -> Result<Reply, Problem> {
        self.calls += 1;
        let list = self.on_the_way.entry(key.to_owned()).or_default();
        list.push((self.calls, reply));
        if list.len() < ON_THE_WAY {
            return Err(Problem::new("offline"));
        }
        let (call, told) = list.swap_remove(self.chance.below(list.len()));
        let newest = self.newest.entry(key.to_owned()).or_default();
        self.late += usize::from(call != self.calls);
        self.overtaken += usize::from(call < *newest);
        self.scans_crossed += usize::from(call != self.calls && key == "POST /v1/blobs");
        *newest = call.max(*newest);
        Ok(told)
    }
}

impl Road for Late<'_> {
    fn carry(&self, call: Call) -> Carried<'_> {
        Box::pin(async move {
            let key = format!("{} {}", call.method, call.path);
            let reply = self.0.carry(call).await?;
            self.1.lock().expect("whole").arrives(&key, reply)
        })
    }
}

/// Applications with a scan each, handed in one after another and decided, over a late road; on the way the district is
/// perhaps restored to what it was at the second one.
async fn late_and_whole(seed: u64, restored: bool) -> OnTheWay {
    let (mut w, road) = (world(None).await, OnTheWay::new(seed));
    let (mut ids, mut backup) = (Vec::new(), Vec::new());
    for (n, picture) in PICTURES.iter().enumerate() {
        let name = format!("Halimah Contoh {}", ["satu", "dua", "tiga", "empat", "lima"][n]);
        ids.push(w.hand_in_with(&w.office, &name, picture).0);
        through(&w, &road, seed).await;
        w.decide(&ids[n], Body::Taken).await.expect("decided");
        if n == 1 {
            backup = w.backup().await;
        }
        if restored && n == 3 {
            w.restore(&backup).await;
        }
    }
    through(&w, &road, seed).await;
    for _ in 0..3 {
        w.office.sync(&w.road).await.expect("the district itself");
    }
    assert_eq!(counter_told(&w.office), w.told().await, "seed {seed}: one feed on both sides");
    assert_eq!(w.stored_at_district().await, 5, "seed {seed}: each application once");
    assert_eq!(office_world::counter_shows(&w.office), w.district_shows().await, "seed {seed}");
    for id in &ids {
        assert_eq!(w.scans_held(id).await, (1, 1), "seed {seed}: the scan that the counter calls received");
    }
    road.into_inner().expect("whole")
}

/// Runs until the counter has nothing that waits.
async fn through(w: &World, road: &Mutex<OnTheWay>, seed: u64) {
    for _ in 0..RUNS_MAX {
        let ran = w.office.sync(&Late(&w.road, road)).await;
        let waiting = w.office.sending().expect("told");
        if ran.is_ok() && (waiting.waiting_files, waiting.waiting_scans) == (0, 0) {
            return;
        }
    }
    panic!("seed {seed}: nothing came of {RUNS_MAX} runs");
}

#[tokio::test]
async fn every_answer_may_come_late_and_in_another_order() {
    for seed in 0..LATE_SEEDS {
        let road = late_and_whole(seed, false).await;
        assert!(road.late > 3 && road.overtaken > 3, "seed {seed}: {} late, {} overtaken", road.late, road.overtaken);
        assert!(road.scans_crossed > 1, "seed {seed}: the answer about one scan came to the call about another");
    }
}

#[tokio::test]
async fn answers_of_a_district_before_it_was_restored_may_come_after_it() {
    for seed in 0..LATE_SEEDS {
        let road = late_and_whole(seed, true).await;
        assert!(road.overtaken > 3, "seed {seed}");
    }
}

/// Connections that dribble, beside the one that counts.
const DRIBBLING: usize = 300;

/// The district behind a socket.
async fn served(w: &World) -> std::net::SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("address");
    let router = jukung_district::http::router(w.district.clone());
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

async fn asked(address: std::net::SocketAddr) -> String {
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.expect("asked");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("answered");
    answer
}

#[tokio::test]
async fn clients_that_dribble_half_a_header_or_half_a_body_starve_nobody() {
    let w = world(None).await;
    let address = served(&w).await;
    let mut dribbling = Vec::new();
    for n in 0..DRIBBLING {
        let mut stream = TcpStream::connect(address).await.expect("a connection");
        let half: &[u8] = if n % 2 == 0 {
            b"POST /v1/sync HTTP/1.1\r\nhost: x\r\nx-slow: "
        } else {
            b"POST /v1/sync HTTP/1.1\r\nhost: x\r\ncontent-length: 8000000\r\n\r\n{\"v\":1"
        };
        stream.write_all(half).await.expect("sent");
        dribbling.push(stream);
    }
    for stream in &mut dribbling {
        stream.write_all(b"a").await.expect("one more byte");
    }
    assert!(asked(address).await.starts_with("HTTP/1.1 200"), "somebody else is answered");
    assert_eq!(dribbling.len(), DRIBBLING);
}
