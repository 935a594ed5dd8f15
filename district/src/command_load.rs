//! The command that drives simulated counters against a running district and prints what it found.

use crate::{Home, line, off, open};
use clap::Subcommand;
use jukung_district::load::{self, Plan};
use jukung_domain::problem::Problem;
use std::sync::Arc;

#[derive(Subcommand)]
pub enum Load {
    /// Drives simulated counters against the running district of this folder, with the real protocol, and prints figures as
    /// one JSON line. It enrols them and hands in made-up applications: never on a district with counters of its own. Exits
    /// 1 when something that was acknowledged is missing or there twice.
    Load {
        #[command(flatten)]
        home: Home,
        /// Address of the running district.
        #[arg(long, default_value = "http://127.0.0.1:8710")]
        url: String,
        /// Counters that wake together.
        #[arg(long, default_value_t = 200)]
        counters: usize,
        /// Seconds within which they all wake.
        #[arg(long, default_value_t = 60)]
        wake: u64,
        /// Applications that each wakes with.
        #[arg(long, default_value_t = 2)]
        waking: usize,
        /// So many counters push a batch one after the other first, and as many others at once.
        #[arg(long, default_value_t = 20)]
        pushers: usize,
        /// Events in a batch.
        #[arg(long, default_value_t = 200)]
        batch: usize,
        /// Calls under way at a time.
        #[arg(long, default_value_t = 16)]
        at_once: usize,
        /// Process of the server or its database on this machine, once for each: their processor time is counted.
        #[arg(long)]
        pid: Vec<u32>,
    },
}

/// Does what it asks.
pub async fn run(command: Load) -> Result<(), Problem> {
    let Load::Load { home, url, counters, wake, waking, pushers, batch, at_once, pid } = command;
    let district = Arc::new(off(move || open(&home)).await?);
    let plan = Plan { url, counters, pushers, batch, at_once, wake_ms: wake * 1_000, waking, pids: pid };
    let report = load::run(district, plan).await?;
    line(&report)?;
    let counted = &report.counted;
    if counted.whole() {
        return Ok(());
    }
    Err(Problem::new("load_lost").with("acknowledged", counted.acknowledged).with("events", counted.events))
}
