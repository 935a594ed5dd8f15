//! What the district takes in for a second of processor time, beside bare batched INSERTs of the same bytes in the same run.

#[path = "../../tests/district_world/mod.rs"]
#[macro_use]
mod district_world;

use crate::measure::at;
use district_world::{Counter, Engine, OFFICE, World, shared};
use jukung_ledger::{Db, Value};

/// Calls measured, alternated with as many bare batches, and the events of each.
const CALLS: usize = 24;
const BATCH: usize = 200;
/// Calls before that are not measured.
const WARM: usize = 4;
/// Issue 3: least share of what bare batched INSERTs do.
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

/// One multi-row INSERT of a batch, in a transaction of its own.
fn bare(db: &Db, batch: usize, raws: &[String]) {
    let places: Vec<String> = (0..raws.len()).map(|n| format!("(${}, ${})", n * 2 + 1, n * 2 + 2)).collect();
    let sql = format!("INSERT INTO bare (id, raw) VALUES {} ON CONFLICT DO NOTHING", places.join(", "));
    let values: Vec<Value> = raws
        .iter()
        .enumerate()
        .flat_map(|(n, raw)| [Value::from(format!("{batch}-{n}").as_str()), Value::from(raw.as_str())])
        .collect();
    db.write(|tx| tx.execute(&sql, &values).map(|_| ())).unwrap();
}

fn on(engine: Engine, name: &str) -> bool {
    let Some(world) = World::open(engine, shared()) else { return true };
    let make = |tx: &mut dyn jukung_ledger::Tx| tx.batch("CREATE TABLE bare (id TEXT PRIMARY KEY, raw TEXT NOT NULL)");
    world.district.db.write(make).unwrap();
    let pid = backend(&world.district.db, engine);
    let mut counter = Counter::enrol(&world, OFFICE, 1);
    let (mut ours, mut floor) = (Vec::new(), Vec::new());
    for call in 0..WARM + CALLS {
        let number = |n: usize| i64::try_from(call * BATCH + n + 1).unwrap();
        let events: Vec<String> = (0..BATCH).map(|n| counter.create(number(n), "Halimah Contoh", None).0).collect();
        let began = cpu_s(pid);
        bare(&world.district.db, call, &events);
        let middle = cpu_s(pid);
        counter.sync(&world, &events);
        let ended = cpu_s(pid);
        if call >= WARM {
            floor.push(middle - began);
            ours.push(ended - middle);
        }
    }
    let rate = |all: &[f64]| BATCH as f64 / at(all, 0.5);
    let (a, b) = (rate(&ours), rate(&floor));
    let share = a / b;
    let holds = share >= SHARE_MIN;
    println!(
        "{} ingest on {name}: {a:.0} events per CPU-second, bare INSERT of {BATCH} rows: {b:.0}; {share:.3} of it (at least {SHARE_MIN})",
        if holds { "ok  " } else { "MISS" }
    );
    holds
}

pub fn run() -> bool {
    let (sqlite, postgres) = (on(Engine::Sqlite, "SQLite"), on(Engine::Postgres, "PostgreSQL"));
    sqlite && postgres
}
