//! Goal: the figures of issue 2 stay within their targets; every run prints them and fails when one does not hold.
//!
//! `cargo bench --workspace --bench figures` (all) or `… -- save`, `receipt`, `search`, `ingest`, `queue`, `secrets`. Ratios are taken in one run,
//! alternated, because the disk of a shared machine drifts twentyfold in minutes while a ratio does not; work without
//! waiting is measured in CPU time of this thread for the same reason.
#![expect(clippy::print_stdout, reason = "the figures are what is asked for")]
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on fails right here")]

#[path = "figures/counter.rs"]
mod counter;
#[path = "figures/fill.rs"]
mod fill;
#[path = "figures/ingest.rs"]
mod ingest;
#[path = "figures/made_up.rs"]
mod made_up;
#[path = "figures/measure.rs"]
mod measure;
#[path = "figures/queue.rs"]
mod queue;
#[path = "figures/receipt.rs"]
mod receipt;
#[path = "figures/save.rs"]
mod save;
#[path = "figures/search.rs"]
mod search;
#[path = "figures/secrets.rs"]
mod secrets;

/// A figure: its name on the command line, and what measures it and says whether it holds.
type Figure = (&'static str, fn() -> bool);

fn main() {
    let asked: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with('-')).collect();
    let wanted = |name: &str| asked.is_empty() || asked.iter().any(|a| a == name);
    let all: [Figure; 6] = [
        ("save", save::run),
        ("receipt", receipt::run),
        ("search", search::run),
        ("ingest", ingest::run),
        ("queue", queue::run),
        ("secrets", secrets::run),
    ];
    let kept: Vec<bool> = all.iter().filter(|(name, _)| wanted(name)).map(|(_, run)| run()).collect();
    assert!(!kept.is_empty(), "choose from: save receipt search ingest queue secrets");
    if kept.contains(&false) {
        println!("a target was missed");
        std::process::exit(1);
    }
}
