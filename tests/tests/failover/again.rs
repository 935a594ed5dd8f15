//! Goal: the primary is killed again and again while counters send, and every acknowledged event is there, once.

use super::district_world::{Counter, OFFICE, World, shared};
use super::patroni::Cluster;
use jukung_district::District;
use postgres::{Client, NoTls};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// Counters that send at the same time, and the applications of each call.
const COUNTERS: u8 = 4;
const EVENTS: i64 = 5;
/// Calls acknowledged between two kills, by all counters together.
const CALLS: usize = 40;

/// What the counters know of the cluster, and the test of the counters.
#[derive(Default)]
struct Going {
    /// Whether some node takes writes, and how many calls were acknowledged.
    now: Mutex<(bool, usize)>,
    changed: Condvar,
    over: AtomicBool,
}

impl Going {
    /// Waits until this holds, or until it is over; gives the calls.
    fn wait(&self, until: impl Fn(&(bool, usize)) -> bool) -> usize {
        let now = self.now.lock().expect("nobody panicked");
        let calls = self.changed.wait_while(now, |now| !until(now) && !self.is_over());
        calls.expect("nobody panicked").1
    }

    fn is_over(&self) -> bool {
        self.over.load(Ordering::Relaxed)
    }

    fn change(&self, how: impl FnOnce(&mut (bool, usize))) {
        how(&mut self.now.lock().expect("nobody panicked"));
        self.changed.notify_all();
    }
}

/// Says that it is over, also where a claim fails: nobody waits for anybody then.
struct Ends<'a>(&'a Going);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        self.0.over.store(true, Ordering::Relaxed);
        self.0.change(|_| ());
    }
}

/// Sends until it is over; gives the applications that were acknowledged, and how many calls had to be repeated.
fn sends(world: &World, mut counter: Counter, going: &Going) -> (Vec<String>, usize) {
    let ends = Ends(going);
    let (mut acknowledged, mut again, mut number) = (Vec::new(), 0, 0);
    while !going.is_over() {
        let made: Vec<_> = (1..=EVENTS).map(|n| counter.create(number + n, "Halimah Contoh", None)).collect();
        number += EVENTS;
        let (events, ids): (Vec<String>, Vec<String>) = made.into_iter().unzip();
        while counter.try_sync(world, &events).is_err() {
            again += 1;
            // Whoever was cut off waits for news of the cluster, as a counter waits between two tries.
            going.wait(|(there, _)| *there);
            if going.is_over() {
                return (acknowledged, again);
            }
        }
        acknowledged.extend(ids);
        going.change(|now| now.1 += 1);
    }
    drop(ends);
    (acknowledged, again)
}

#[expect(clippy::disallowed_methods, reason = "the figure is how long nothing could be written")]
fn now() -> Instant {
    Instant::now()
}

/// Kills the primary once, and says how long nothing was acknowledged.
fn lose_the_primary(cluster: &mut Cluster, going: &Going) -> Duration {
    let leader = cluster.whole();
    let before = going.wait(|_| true);
    going.wait(|(_, calls)| *calls >= before + CALLS);
    assert!(!going.is_over(), "a counter gave up");
    let began = now();
    going.change(|now| now.0 = false);
    cluster.kill(leader);
    let next = cluster.leader();
    assert_ne!(next, leader, "another one took over");
    going.change(|now| now.0 = true);
    let before = going.wait(|_| true);
    going.wait(|(_, calls)| *calls > before);
    let gap = began.elapsed();
    cluster.revive(leader);
    gap
}

fn count(client: &mut Client, sql: &str) -> i64 {
    client.query_one(sql, &[]).expect(sql).get(0)
}

#[test]
fn every_acknowledged_event_survives_primary_after_primary_once() {
    let Ok(times) = std::env::var("JUKUNG_FAILOVER") else {
        eprintln!("skipped: JUKUNG_FAILOVER is not set (./test --failover)");
        return;
    };
    let times: usize = times.parse().unwrap_or(1).max(1);
    let folder = PathBuf::from(format!("/tmp/jukung-pt.{}", std::process::id()));
    let mut cluster = Cluster::start(&folder);
    let mut admin = Client::connect(&cluster.url("postgres"), NoTls).expect("the primary");
    admin.batch_execute("CREATE DATABASE jukung").expect("a database");
    let home = tempfile::tempdir().expect("folder");
    let district = District::open(home.path(), Some(&cluster.url("jukung")), shared()).expect("a district");
    let world = World { district: Arc::new(district), folder: home };
    let counters: Vec<Counter> = (1..=COUNTERS).map(|n| Counter::enrol(&world, OFFICE, n)).collect();
    let going = Going::default();
    going.change(|now| now.0 = true);
    let (sent, gaps) = thread::scope(|scope| {
        let (world, going) = (&world, &going);
        let all: Vec<_> = counters.into_iter().map(|c| scope.spawn(move || sends(world, c, going))).collect();
        let ends = Ends(going);
        let gaps: Vec<Duration> = (0..times).map(|_| lose_the_primary(&mut cluster, going)).collect();
        drop(ends);
        (all.into_iter().map(|t| t.join().expect("a counter")).collect::<Vec<_>>(), gaps)
    });
    cluster.whole();
    let mut client = Client::connect(&cluster.url("jukung"), NoTls).expect("the last primary");
    let acknowledged: Vec<&String> = sent.iter().flat_map(|(ids, _)| ids).collect();
    let found = "SELECT count(*) FROM event WHERE app = ANY($1)";
    let found: i64 = client.query_one(found, &[&acknowledged]).expect("events").get(0);
    assert_eq!(usize::try_from(found), Ok(acknowledged.len()), "acknowledged and there, each once");
    assert_eq!(count(&mut client, "SELECT count(*) - count(DISTINCT app) FROM event"), 0, "nothing is doubled");
    assert_eq!(count(&mut client, "SELECT count(*) - count(DISTINCT ref) FROM feed"), 0, "nothing is told twice");
    assert_eq!(count(&mut client, "SELECT max(n) - count(*) FROM feed"), 0, "the feed has no gap");
    let mut seconds: Vec<f64> = gaps.iter().map(Duration::as_secs_f64).collect();
    seconds.sort_by(f64::total_cmp);
    let (half, most) = (seconds[seconds.len() / 2], seconds[seconds.len() - 1]);
    let again: usize = sent.iter().map(|(_, again)| again).sum();
    eprintln!(
        "{times} primaries killed, {} events acknowledged, all there once; {again} calls repeated; nothing could be written for {half:.1} s (half), {most:.1} s (longest)",
        acknowledged.len()
    );
    drop(cluster);
    let _ = std::fs::remove_dir_all(&folder);
}
