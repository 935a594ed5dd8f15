//! Drives simulated counters against a running district, with the real protocol over HTTP, and counts at the district
//! afterwards what it has of them: how many events a second, how long a push takes, and whether anybody was starved when all
//! wake at once.

pub mod counter;
mod figures;

use crate::District;
use crate::edge::Edge;
use crate::enrol::Approval;
use counter::{Counter, NAME, Push};
use figures::cpu_ms;
pub use figures::{Counted, Figure, Woken};
use jukung_domain::enrolment::Vouched;
use jukung_domain::pack;
use jukung_domain::problem::Problem;
use jukung_domain::region::Regions;
use jukung_domain::sync::{Next, after, wait_ms};
use jukung_domain::wire::SYNC_MEDIA;
use jukung_ledger::params;
use jukung_ledger::tx::first;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// Longest wait for one answer, as long as a counter would wait before it tries again.
const ANSWER_MAX: Duration = Duration::from_secs(120);
/// Tries of one call: with the patience of the protocol about an hour and a half.
const TRIES_MAX: u32 = 25;

/// What is driven.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Address of the running district.
    pub url: String,
    /// Counters that wake together.
    pub counters: usize,
    /// Of these, how many push a batch one after the other, and as many again at once.
    pub pushers: usize,
    /// Applications of such a batch.
    pub batch: usize,
    /// Calls under way at a time.
    pub at_once: usize,
    /// The time in which all wake, in ms.
    pub wake_ms: u64,
    /// Applications each of them wakes with.
    pub waking: usize,
    /// Processes of the server and its database on this machine: their processor time is counted.
    pub pids: Vec<u32>,
}

/// Everything that was found.
#[derive(Debug, serde::Serialize)]
pub struct Report {
    /// Counters enrolled, and the ms it took.
    pub enrolled: (usize, i64),
    /// Batches one after the other.
    pub alone: Figure,
    /// Batches at once.
    pub at_once: Figure,
    /// All waking within the same time.
    pub woken: Woken,
    /// What the district has of them.
    pub counted: Counted,
}

/// The road to the district: a new connection for each call, as a counter that wakes has none.
#[derive(Clone)]
struct Road {
    client: reqwest::Client,
    url: Arc<str>,
    edge: Edge,
}

impl Road {
    fn new(url: &str, edge: Edge) -> Result<Road, Problem> {
        let client = reqwest::Client::builder().timeout(ANSWER_MAX).pool_max_idle_per_host(0).build();
        let client = client.map_err(|e| Problem::new("internal").with("at", e))?;
        Ok(Road { client, url: url.trim_end_matches('/').into(), edge })
    }

    async fn post(&self, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> (u16, Vec<u8>) {
        let mut call = self.client.post(format!("{}{path}", self.url)).body(body);
        for (name, value) in headers {
            call = call.header(*name, *value);
        }
        match call.send().await {
            Ok(reply) => {
                let status = reply.status().as_u16();
                reply.bytes().await.map_or((0, Vec::new()), |bytes| (status, bytes.to_vec()))
            }
            Err(_) => (0, Vec::new()),
        }
    }

    async fn enrol(&self, asked: &Vouched) -> Result<Vouched, Problem> {
        let body = serde_json::to_vec(asked).map_err(|e| Problem::new("internal").with("at", e))?;
        let (status, said) = self.post("/v1/enrol", &[("content-type", "application/json")], body).await;
        serde_json::from_slice(&said).map_err(|_| Problem::new("offline").with("status", status))
    }

    /// One call until it is answered, with the counter's own patience; says how often it had to wait.
    async fn push(&self, counter: &mut Counter, push: &Push) -> Result<u32, Problem> {
        let headers =
            [("content-type", SYNC_MEDIA), ("content-encoding", pack::SHORT), ("accept-encoding", pack::SHORT)];
        for tries in 0..TRIES_MAX {
            let (status, answer) = self.post("/v1/sync", &headers, push.body.clone()).await;
            match after(status, push.events) {
                Next::TakeIn => {
                    counter.takes(push, &answer)?;
                    return Ok(tries);
                }
                Next::Wait => {
                    let chance = u32::from_le_bytes(self.edge.random());
                    tokio::time::sleep(Duration::from_millis(wait_ms(tries, chance))).await;
                }
                Next::Halve | Next::Opaque | Next::Plain | Next::Elsewhere | Next::Stop(_) => {
                    return Err(Problem::new("half").with("status", status));
                }
            }
        }
        Err(Problem::new("offline"))
    }

    /// Sends what waits; says how often it had to wait.
    async fn send(&self, counter: &mut Counter) -> Result<u32, Problem> {
        let mut waits = 0;
        while counter.waits() {
            let push = counter.call(self.edge.now())?;
            waits += self.push(counter, &push).await?;
        }
        Ok(waits)
    }
}

/// Runs the whole of it.
///
/// # Errors
/// `load_real` when the district has counters of its own; those of the network and the database.
pub async fn run(district: Arc<District>, plan: Plan) -> Result<Report, Problem> {
    let edge = district.edge;
    let road = Road::new(&plan.url, edge)?;
    let began = edge.now();
    let mut counters = enrolled(&district, &road, &plan).await?;
    let enrolled = (counters.len(), edge.now() - began);
    let alone = alone(&road, &mut counters, &plan).await?;
    let at_once = at_once(&road, &mut counters, &plan).await?;
    let woken = wake(&road, &mut counters, &plan).await?;
    let counted = off(move || figures::counted(&district, &counters)).await?;
    Ok(Report { enrolled, alone, at_once, woken, counted })
}

async fn off<T: Send + 'static>(work: impl FnOnce() -> Result<T, Problem> + Send + 'static) -> Result<T, Problem> {
    tokio::task::spawn_blocking(work).await.map_err(|e| Problem::new("internal").with("at", e))?
}

/// Made-up applications belong among made-up ones.
fn refuse_a_real_one(district: &District) -> Result<(), Problem> {
    if district.settings()?.sample {
        return Ok(());
    }
    let sql = "SELECT id FROM device WHERE name NOT LIKE $1 LIMIT 1";
    let real = district.db.read(|tx| first(tx, sql, params![format!("{NAME} %")]))?;
    if real.is_some() { Err(Problem::new("load_real")) } else { Ok(()) }
}

/// Enrols the counters, spread over the villages, each approved as it asks.
async fn enrolled(district: &Arc<District>, road: &Road, plan: &Plan) -> Result<Vec<Counter>, Problem> {
    let (here, many) = (district.clone(), plan.counters);
    let codes = off(move || {
        refuse_a_real_one(&here)?;
        let villages: Vec<&str> = Regions::current().villages().collect();
        let of = |n: usize| villages.get(n % villages.len().max(1)).copied().unwrap_or_default();
        (0..many).map(|n| Ok(here.invite(of(n), "", Approval::AtOnce)?.code)).collect::<Result<Vec<_>, Problem>>()
    });
    let (room, mut tasks) = (Arc::new(Semaphore::new(plan.at_once)), JoinSet::new());
    for (n, code) in codes.await?.into_iter().enumerate() {
        let (road, room) = (road.clone(), room.clone());
        tasks.spawn(async move {
            let _held = room.acquire_owned().await;
            let seed = road.edge.random();
            let answer = road.enrol(&Counter::asks(&code, &n.to_string(), &seed)?).await?;
            Counter::begins(&answer, seed, &road.edge)
        });
    }
    all(tasks).await
}

async fn all<T: 'static>(mut tasks: JoinSet<Result<T, Problem>>) -> Result<Vec<T>, Problem> {
    let mut done = Vec::with_capacity(tasks.len());
    while let Some(one) = tasks.join_next().await {
        done.push(one.map_err(|e| Problem::new("internal").with("at", e))??);
    }
    Ok(done)
}

/// Batches one after the other: how long one push takes when nobody else asks.
async fn alone(road: &Road, counters: &mut [Counter], plan: &Plan) -> Result<Figure, Problem> {
    let mut figure = Figure::begins(road.edge.now(), cpu_ms(&plan.pids));
    for counter in counters.iter_mut().take(plan.pushers) {
        counter.hand_in(plan.batch.saturating_sub(1), &road.edge)?;
        let push = counter.call(road.edge.now())?;
        let began = road.edge.now();
        road.push(counter, &push).await?;
        figure.took(push.events, road.edge.now() - began);
    }
    Ok(figure.ends(road.edge.now(), cpu_ms(&plan.pids)))
}

/// Batches at once, all written and packed before: how many events the district takes in a second.
async fn at_once(road: &Road, counters: &mut Vec<Counter>, plan: &Plan) -> Result<Figure, Problem> {
    let from = plan.pushers.min(counters.len());
    let upto = (plan.pushers * 2).min(counters.len());
    let mut ready = Vec::new();
    for mut counter in counters.drain(from..upto) {
        counter.hand_in(plan.batch.saturating_sub(1), &road.edge)?;
        let push = counter.call(road.edge.now())?;
        ready.push((counter, push));
    }
    let (room, mut tasks) = (Arc::new(Semaphore::new(plan.at_once)), JoinSet::new());
    let mut figure = Figure::begins(road.edge.now(), cpu_ms(&plan.pids));
    for (mut counter, push) in ready {
        let (road, room) = (road.clone(), room.clone());
        tasks.spawn(async move {
            let _held = room.acquire_owned().await;
            let began = road.edge.now();
            road.push(&mut counter, &push).await?;
            Ok((counter, push.events, road.edge.now() - began))
        });
    }
    for (counter, events, ms) in all(tasks).await? {
        figure.took(events, ms);
        counters.push(counter);
    }
    Ok(figure.ends(road.edge.now(), cpu_ms(&plan.pids)))
}

/// Every counter wakes once within the same time, with something to send.
async fn wake(road: &Road, counters: &mut Vec<Counter>, plan: &Plan) -> Result<Woken, Problem> {
    let mut tasks = JoinSet::new();
    for mut counter in counters.drain(..) {
        counter.hand_in(plan.waking, &road.edge)?;
        let sleeps = u64::from_le_bytes(road.edge.random()) % plan.wake_ms.max(1);
        let road = road.clone();
        tasks.spawn(async move {
            tokio::time::sleep(Duration::from_millis(sleeps)).await;
            let began = road.edge.now();
            let waits = road.send(&mut counter).await?;
            Ok((counter, waits, road.edge.now() - began))
        });
    }
    let began = road.edge.now();
    let mut woken = Woken::default();
    for (counter, waits, ms) in all(tasks).await? {
        woken.took(plan.waking, waits, ms);
        counters.push(counter);
    }
    Ok(woken.ends(plan.wake_ms, road.edge.now() - began))
}
