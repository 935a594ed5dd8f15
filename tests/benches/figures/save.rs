//! Handing in one application against a bare durable insert of the same bytes, alternated in one run.

use crate::counter;
use crate::made_up;
use crate::measure::{at, cpu_mean_us, measured, target, walls};
use jukung_ledger::{Db, DbProblem, params, tx::first};
use jukung_office::edge::Edge;

/// Pairs measured, after [`WARM`] that are not: the median of 600 moves by a few per cent between runs.
const PAIRS: usize = 600;
const WARM: usize = 100;
/// Issue 2, section 6.
const RATIO_MAX: f64 = 1.5;

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
    let (mut ours, mut floor) = (Vec::new(), Vec::new());
    for n in 1..=WARM + PAIRS {
        let application = made_up::application(&office, n);
        let insert = || {
            bare.write(|tx| {
                tx.execute("INSERT INTO bare (raw) VALUES ($1)", params![&raw])?;
                Ok::<_, DbProblem>(())
            })
        };
        let hand_in = || office.submit_document(&application).map(|_| ());
        // Alternated, and each first as often as the other.
        let (a, b) = if n % 2 == 0 {
            let (done, a) = measured(hand_in);
            done.unwrap();
            let (done, b) = measured(insert);
            done.unwrap();
            (a, b)
        } else {
            let (done, b) = measured(insert);
            done.unwrap();
            let (done, a) = measured(hand_in);
            done.unwrap();
            (a, b)
        };
        if n > WARM {
            ours.push(a);
            floor.push(b);
        }
    }
    let (a, b) = (walls(&ours), walls(&floor));
    println!(
        "save: p50 {:.0} µs, p99 {:.0} µs (CPU mean {:.0} µs); bare insert of {} bytes: p50 {:.0} µs, p99 {:.0} µs (CPU mean {:.0} µs)",
        at(&a, 0.5),
        at(&a, 0.99),
        cpu_mean_us(&ours),
        raw.len(),
        at(&b, 0.5),
        at(&b, 0.99),
        cpu_mean_us(&floor)
    );
    target("save ÷ bare durable insert, p50", at(&a, 0.5) / at(&b, 0.5), "×", RATIO_MAX)
}
