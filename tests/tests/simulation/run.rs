//! Runs seeds on every processor and adds up what happened.

use super::check::{self, Violation};
use super::files::{Files, Template};
use super::rules::{Removed, Rules};
use super::world::{Clocks, World};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

/// What a run of many seeds found.
#[derive(Debug, Default)]
pub struct Report {
    pub seeds: u64,
    pub events: u64,
    pub days: u64,
    pub count: BTreeMap<&'static str, u64>,
    /// Failing seeds, smallest first, with the invariant.
    pub failed: Vec<(u64, Violation)>,
}

/// One seed, to the end.
pub fn seed(seed: u64, removed: Option<Removed>, clocks: Clocks) -> (World, Result<(), Violation>) {
    lived(World::new(seed, Rules(removed), clocks, None))
}

/// One seed over the product's own tables on SQLite files.
pub fn on_files(seed: u64, template: &Arc<Template>) -> (World, Result<(), Violation>) {
    lived(World::new(seed, Rules(None), Clocks::Wild, Some(Files::new(template))))
}

fn lived(mut world: World) -> (World, Result<(), Violation>) {
    let began = world.now;
    let steps = world.chance.between(30, 140);
    let mut result = Ok(());
    for _ in 0..steps {
        result = world.step();
        if result.is_err() {
            break;
        }
    }
    let result = result.and_then(|()| check::drained(&mut world));
    world.count.insert("virtual days", u64::try_from((world.now - began) / super::world::DAY).unwrap_or(0));
    (world, result)
}

/// Seeds `from..to`, each run by `run` with all rules in force.
pub fn many(from: u64, to: u64, run: impl Fn(u64) -> (World, Result<(), Violation>) + Sync) -> Report {
    let (next, report) = (AtomicU64::new(from), Mutex::new(Report::default()));
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let mut mine = Report::default();
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    if at >= to {
                        break;
                    }
                    let (world, result) = run(at);
                    mine.seeds += 1;
                    mine.events += world.district.events.len() as u64;
                    mine.days += world.count.get("virtual days").copied().unwrap_or(0);
                    world.count.iter().for_each(|(what, n)| *mine.count.entry(what).or_default() += n);
                    if let Err(violation) = result {
                        mine.failed.push((at, violation));
                    }
                }
                report.lock().expect("no thread panicked").add(mine);
            });
        }
    });
    let mut report = report.into_inner().expect("no thread panicked");
    report.failed.sort();
    report
}

impl Report {
    fn add(&mut self, other: Report) {
        self.seeds += other.seeds;
        self.events += other.events;
        self.days += other.days;
        other.count.iter().for_each(|(what, n)| *self.count.entry(what).or_default() += n);
        self.failed.extend(other.failed);
    }
}

/// The seeds needed until the removal is caught, and by which invariant.
pub fn caught(removed: Removed, most: u64) -> Option<(u64, Violation)> {
    (0..most).find_map(|at| seed(at, Some(removed), Clocks::Wild).1.err().map(|violation| (at + 1, violation)))
}
