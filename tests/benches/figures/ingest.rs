//! What the district takes in for a second of processor time, beside batched INSERTs of the same bytes in the same run: as the
//! raw limit of targets.md 4 was measured (a key and two indices, `jsonb` on PostgreSQL), and into one key alone.

#[path = "../../tests/district_world/mod.rs"]
#[macro_use]
pub mod district_world;

use crate::measure::at;
use district_world::{Counter, Engine, OFFICE, World, shared};
use jukung_ledger::{Db, Value, params};

/// Calls measured, alternated with as many bare batches, and the events of each.
const CALLS: usize = 24;
const BATCH: usize = 200;
/// Calls before that are not measured.
const WARM: usize = 4;
/// Issue 3: least share of what raw batched INSERTs do.
const SHARE_MIN: f64 = 0.6;

/// Processor time of this thread and of the database's own process, in seconds.
fn cpu_s(backend: Option<i64>) -> f64 {
    let of = |file: &str| {
        let text = std::fs::read_to_string(file).unwrap();
        text.split_whitespace().next().unwrap().parse::<f64>().unwrap() / 1e9
    };
    of("/proc/thread-self/schedstat") + backend.map_or(0.0, |pid| of(&format!("/proc/{pid}/schedstat")))
}

fn backend(db: &Db, engine: Engine) -> Option<i64> {
    let pid = |tx: &mut dyn jukung_ledger::Tx| tx.query("SELECT pg_backend_pid()::bigint", &[]);
    match engine {
        Engine::Sqlite => None,
        Engine::Postgres => Some(db.read(pid).unwrap()[0].int(0).unwrap()),
    }
}

/// Tables that batches go into.
const TABLES: &str = "
  CREATE TABLE bare (id TEXT PRIMARY KEY, raw TEXT NOT NULL);
  CREATE TABLE limit_of (id TEXT PRIMARY KEY, office TEXT NOT NULL, at BIGINT NOT NULL, raw JSON_OF NOT NULL);
  CREATE INDEX limit_office ON limit_of (office, at); CREATE INDEX limit_at ON limit_of (at);";

/// One multi-row INSERT of a batch, in a transaction of its own.
fn insert(db: &Db, into: &str, row: &[&str], rows: &[Vec<Value>]) {
    let place = |n: usize| {
        let all: Vec<String> = (1..).zip(row).map(|(c, kind)| format!("${}{kind}", n * row.len() + c)).collect();
        format!("({})", all.join(", "))
    };
    let places: Vec<String> = (0..rows.len()).map(place).collect();
    let sql = format!("INSERT INTO {into} VALUES {} ON CONFLICT DO NOTHING", places.join(", "));
    db.write(|tx| tx.execute(&sql, &rows.concat()).map(|_| ())).unwrap();
}

/// The raw limit: a key and two indices.
fn limit(db: &Db, engine: Engine, batch: usize, raws: &[String]) {
    let json = match engine {
        Engine::Sqlite => "",
        Engine::Postgres => "::text::jsonb",
    };
    let row = |(n, raw): (i64, &String)| params![format!("{batch}-{n}"), OFFICE, 1_795_399_200_000 + n, raw].to_vec();
    let rows: Vec<_> = (0..).zip(raws).map(row).collect();
    insert(db, "limit_of (id, office, at, raw)", &["", "", "", json], &rows);
}

fn bare(db: &Db, batch: usize, raws: &[String]) {
    let rows: Vec<_> = (0..).zip(raws).map(|(n, raw)| params![format!("{batch}-{n}"), raw].to_vec()).collect();
    insert(db, "bare (id, raw)", &["", ""], &rows);
}

fn on(engine: Engine, name: &str) -> bool {
    let Some(world) = World::open(engine, shared()) else { return true };
    let db = &world.district.db;
    let json = match engine {
        Engine::Sqlite => "TEXT",
        Engine::Postgres => "JSONB",
    };
    db.write(|tx| tx.batch(&TABLES.replace("JSON_OF", json))).unwrap();
    let pid = backend(db, engine);
    let mut counter = Counter::enrol(&world, OFFICE, 1);
    let mut took: [Vec<f64>; 3] = Default::default();
    for call in 0..WARM + CALLS {
        let number = |n: usize| i64::try_from(call * BATCH + n + 1).unwrap();
        let events: Vec<String> = (0..BATCH).map(|n| counter.create(number(n), "Halimah Contoh", None).0).collect();
        let mut at = vec![cpu_s(pid)];
        bare(db, call, &events);
        at.push(cpu_s(pid));
        limit(db, engine, call, &events);
        at.push(cpu_s(pid));
        counter.sync(&world, &events);
        at.push(cpu_s(pid));
        if call >= WARM {
            (0..took.len()).for_each(|n| took[n].push(at[n + 1] - at[n]));
        }
    }
    let [one_key, limit, ours] = took.each_ref().map(|all| BATCH as f64 / at(all, 0.5));
    let share = ours / limit;
    let holds = share >= SHARE_MIN;
    println!(
        "{} ingest on {name}: {ours:.0} events per CPU-second; INSERT of {BATCH} rows with a key and two indices: {limit:.0}, {share:.3} of it (at least {SHARE_MIN}); with one key alone: {one_key:.0}, {:.3}",
        if holds { "ok  " } else { "MISS" },
        ours / one_key
    );
    holds
}

pub fn run() -> bool {
    let (sqlite, postgres) = (on(Engine::Sqlite, "SQLite"), on(Engine::Postgres, "PostgreSQL"));
    sqlite && postgres
}
