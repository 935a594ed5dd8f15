//! Handing in one application against a bare durable insert and a bare append of the same bytes, alternated in one run.

use crate::counter;
use crate::made_up;
use crate::measure::{Took, at, cpu_mean_us, measured, target, walls};
use jukung_ledger::tx::first;
use jukung_ledger::{Db, Tx, params};
use jukung_office::edge::Edge;
use std::fs::File;
use std::io::Write;

/// Rounds measured, after [`WARM`] that are not: the median of 600 moves by a few per cent between runs.
const PAIRS: usize = 600;
const WARM: usize = 100;
/// Issue 2, section 6.
const RATIO_MAX: f64 = 1.5;
/// Issue 3: against appending to a file and waiting for the disk.
const APPEND_RATIO_MAX: f64 = 1.6;

pub fn run() -> bool {
    let folder = tempfile::tempdir().unwrap();
    let office = counter::open(folder.path(), &Edge::system());
    let bare = Db::open_sqlite(&folder.path().join("bare.db"), Some(&[7; 32])).unwrap();
    bare.write(|tx| tx.batch("CREATE TABLE bare (id INTEGER PRIMARY KEY, raw TEXT NOT NULL)")).unwrap();
    let raw = {
        let done = office.submit_document(&made_up::application(&office, 0)).unwrap();
        let sql = "SELECT raw FROM event WHERE app = $1";
        office.db().read(|tx| first(tx, sql, params![&done.application])?.unwrap().text(0)).unwrap()
    };
    let mut appended = File::options().create(true).append(true).open(folder.path().join("appended")).unwrap();
    let mut took: [Vec<Took>; 3] = Default::default();
    for n in 1..=WARM + PAIRS {
        let application = made_up::application(&office, n);
        // In turn, and each first as often as the others.
        for which in (n..n + 3).map(|turn| turn % 3) {
            let one = match which {
                0 => measured(|| drop(office.submit_document(&application).unwrap())).1,
                1 => measured(|| insert(&bare, &raw)).1,
                _ => measured(|| append(&mut appended, &raw)).1,
            };
            if n > WARM {
                took[which].push(one);
            }
        }
    }
    told(&took, raw.len())
}

fn insert(bare: &Db, raw: &str) {
    let one = |tx: &mut dyn Tx| tx.execute("INSERT INTO bare (raw) VALUES ($1)", params![raw]).map(|_| ());
    bare.write(one).unwrap();
}

fn append(file: &mut File, raw: &str) {
    file.write_all(raw.as_bytes()).unwrap();
    file.sync_data().unwrap();
}

/// Prints all three and says whether both targets hold.
fn told(took: &[Vec<Took>; 3], bytes: usize) -> bool {
    let p50 = took.each_ref().map(|all| at(&walls(all), 0.5));
    for (name, all) in ["save", "bare insert", "append and fdatasync"].iter().zip(took) {
        let (half, most, cpu) = (at(&walls(all), 0.5), at(&walls(all), 0.99), cpu_mean_us(all));
        println!("{name} of {bytes} bytes: p50 {half:.0} µs, p99 {most:.0} µs (CPU mean {cpu:.0} µs)");
    }
    let insert = target("save ÷ bare durable insert, p50", p50[0] / p50[1], "×", RATIO_MAX);
    let append = target("save ÷ bare append and fdatasync, p50", p50[0] / p50[2], "×", APPEND_RATIO_MAX);
    insert && append
}
