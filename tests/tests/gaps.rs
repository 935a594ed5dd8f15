//! Goal: a feed has no gap and nobody misses an entry, however many write at once and however many of them give up (R6): the
//! proof of `experiments/gap.py` on the product's own intake, on both engines.

mod district_world;

use district_world::{Counter, Engine, OFFICE, World, shared};
use jukung_domain::problem::Problem;
use jukung_ledger::{feed, params};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Computers that send at the same time.
const WRITERS: usize = 64;
/// Calls of each, with one or two events.
const CALLS: usize = 3;
/// One in so many calls is followed by a transaction that takes a number of the feed and is then given up.
const GIVEN_UP: usize = 4;

both_engines! {
    fn sixty_four_writers_leave_no_gap_and_every_entry_is_delivered_once_and_in_order(world: &World) {
        let offices = ["63.05.04.1004", "63.05.04.1001", OFFICE];
        let mut counters: Vec<Counter> =
            (0..WRITERS).map(|n| Counter::enrol(world, offices[n % 2], u8::try_from(n + 1).expect("few"))).collect();
        let (sent, working) = (AtomicUsize::new(0), AtomicUsize::new(WRITERS));
        let mut delivered: Vec<i64> = Vec::new();
        thread::scope(|scope| {
            for (n, counter) in counters.iter_mut().enumerate() {
                let (sent, working) = (&sent, &working);
                scope.spawn(move || {
                    for call in 0..CALLS {
                        let number = |k: usize| i64::try_from(call * 2 + k + 1).expect("few");
                        let events: Vec<String> =
                            (0..=(n + call) % 2).map(|k| counter.create(number(k), "Halimah Contoh", None).0).collect();
                        counter.sync(world, &events);
                        sent.fetch_add(usize::from(n % 2 == 0) * events.len(), Ordering::SeqCst);
                        if (n + call) % GIVEN_UP == 0 {
                            give_up(world, offices[n % 2]);
                        }
                    }
                    working.fetch_sub(1, Ordering::SeqCst);
                });
            }
            // A reader that polls meanwhile, as a sibling's computer does: it may only ever go forward by one.
            loop {
                let over = working.load(Ordering::SeqCst) == 0;
                let last = delivered.last().copied().unwrap_or(0);
                let sql = "SELECT n FROM feed WHERE office = $1 AND n > $2 ORDER BY n LIMIT 500";
                let rows = world.district.db.read(|tx| tx.query(sql, params![OFFICE, last])).expect("read");
                delivered.extend(rows.iter().map(|r| r.int(0).expect("a number")));
                if over && rows.is_empty() {
                    break;
                }
                thread::yield_now();
            }
        });
        let all: Vec<i64> = (1..=i64::try_from(sent.into_inner()).expect("few")).collect();
        assert!(all.len() > WRITERS);
        assert_eq!(delivered, all, "as many as were sent, without a gap");
    }
}

/// A transaction that appends and is then rolled back.
fn give_up(world: &World, office: &str) {
    let gone = world.district.db.write(|tx| {
        let entry = feed::Entry { kind: "ok", reference: "never", outcome: "applied", raw: "" };
        feed::append(tx, office, &entry)?;
        Err::<(), Problem>(Problem::new("internal"))
    });
    assert!(gone.is_err());
}
