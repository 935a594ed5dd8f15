//! Copies of the database: made, opened again, and compared event by event. Only such a copy makes events safe (R3).

use crate::District;
use jukung_domain::event;
use jukung_domain::problem::Problem;
use jukung_ledger::log::{self, chain_at};
use jukung_ledger::{Db, Tx, params, private};
use std::path::Path;

/// Events compared at a time.
const PAGE: i64 = 1_000;

/// What a copy holds, after every event of every log in it was read and its chain computed again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Verified {
    /// Logs.
    pub logs: u32,
    /// Events in them.
    pub events: i64,
}

/// One log of a copy: device, incarnation, last sequence and the chain there.
type Head = (uuid::Uuid, i64, i64, event::Hash);

impl District {
    /// Copies the SQLite database to a new file `to` and verifies the copy. Scans are files and are copied as files.
    ///
    /// # Errors
    /// `disk_full`, `backup_differs`; with PostgreSQL the copy is made by its own tools and shown to [`District::verify`].
    pub fn back_up(&self, to: &Path) -> Result<Verified, Problem> {
        self.db.copy_to(to)?;
        let failed = |e: std::io::Error| Problem::new("read_only").with("why", e);
        std::fs::File::open(to).and_then(|file| file.sync_all()).map_err(failed)?;
        to.parent().map_or(Ok(()), private::sync_folder).map_err(failed)?;
        let copy = Db::open_sqlite(to, None)?;
        if let Some(line) = copy.quick_check()?.first() {
            return Err(Problem::new("backup_differs").with("why", line));
        }
        self.verify(&copy)
    }

    /// Reads every event of every log in a copy, computes the chains again, compares them with this database, and only
    /// then counts what it holds as safe. A copy must lie where this computer's fire does not reach it.
    ///
    /// # Errors
    /// `backup_differs` with the first log that does; those of either database.
    pub fn verify(&self, copy: &Db) -> Result<Verified, Problem> {
        let heads = copy.read(heads)?;
        let mut verified = Verified::default();
        for (device, incarnation, acked, chain) in &heads {
            let differs = || Problem::new("backup_differs").with("log", format!("{device} {incarnation}"));
            let ours = self.db.read(|tx| chain_at(tx, *device, *incarnation, *acked))?;
            let theirs = copy.read(|tx| computed(tx, *device, *incarnation))?;
            if ours != Some(*chain) || theirs != (*acked, *chain) {
                return Err(differs());
            }
            verified.logs += 1;
            verified.events += acked;
        }
        self.db.write(|tx| {
            for (device, incarnation, acked, _) in &heads {
                tx.execute(
                    "UPDATE log_head SET safe = $1 WHERE device = $2 AND incarnation = $3 AND safe < $1",
                    params![*acked, device.to_string(), *incarnation],
                )?;
            }
            Ok::<_, Problem>(verified)
        })
    }
}

fn heads(tx: &mut dyn Tx) -> Result<Vec<Head>, Problem> {
    let rows = tx.query("SELECT device, incarnation, acked, chain FROM log_head ORDER BY device, incarnation", &[])?;
    rows.iter().map(|r| Ok((log::id(&r.text(0)?)?, r.int(1)?, r.int(2)?, log::hash(&r.text(3)?)?))).collect()
}

/// How far a log goes and its chain there, from the events themselves.
fn computed(tx: &mut dyn Tx, device: uuid::Uuid, incarnation: i64) -> Result<(i64, event::Hash), Problem> {
    let (mut last, mut chain) = (0, event::chain_start(device, incarnation));
    loop {
        let events = log::read_from(tx, device, incarnation, last + 1, PAGE)?;
        if events.is_empty() {
            return Ok((last, chain));
        }
        for event in events {
            if event.seq != last + 1 {
                return Ok((last, chain));
            }
            (last, chain) = (event.seq, event::chain_next(&chain, &event::uid(&event.origin, &event.raw)));
        }
    }
}
