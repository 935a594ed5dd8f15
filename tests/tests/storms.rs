//! Goal: whatever order the faults come in, the real office and district lose and double nothing. The faults are chosen by
//! a seed, as in the simulation, but everything here is the product: SQLite files, signatures, scans, the router.
//!
//! More: JUKUNG_STORMS=N cargo test --workspace --test storms -- --nocapture

mod office_world;

use jukung_domain::event::{Body, Returned};
use jukung_ledger::Db;
use jukung_office::Office;
use jukung_tests::chance::Chance;
use office_world::{Backup, World, copy, counter_shows, counter_told, open, world};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::atomic::Ordering;

/// Storms when nobody says how many: half a minute.
const STORMS: u64 = 6;
/// Faults and deeds in one storm.
const STEPS: usize = 40;
/// Rounds of syncs in which everything must have come to rest.
const ROUNDS_MAX: usize = 16;
/// Computers at most, copies among them.
const COUNTERS_MAX: usize = 4;

struct Storm {
    w: World,
    chance: Chance,
    counters: Vec<(Office, PathBuf)>,
    copies: Vec<PathBuf>,
    backups: Vec<Backup>,
    folders: usize,
}

impl Storm {
    async fn begin(seed: u64) -> Storm {
        let mut w = world(None).await;
        let second = w.another("second").await;
        let dirs = ["office", "second"].map(|name| w.folder.path().join(name));
        let spare = w.another("spare").await;
        let first = std::mem::replace(&mut w.office, spare);
        let [one, two] = dirs;
        let backups = vec![w.backup().await];
        let counters = vec![(first, one), (second, two)];
        Storm { w, chance: Chance::new(seed), counters, copies: Vec::new(), backups, folders: 0 }
    }

    fn folder(&mut self) -> PathBuf {
        self.folders += 1;
        self.w.folder.path().join(format!("storm-{}", self.folders))
    }

    async fn step(&mut self) {
        let at = self.chance.below(self.counters.len());
        match self.chance.below(100) {
            0..30 => drop(self.w.hand_in_at(&self.counters[at].0, "Aminah Contoh")),
            30..55 => self.sync(at).await,
            55..68 => self.decide().await,
            68..74 => self.correct(at),
            74..80 => {
                let to = self.folder();
                copy(&self.counters[at].1, &to);
                self.copies.push(to);
            }
            80..87 => self.set_back(at),
            87..90 if self.counters.len() < COUNTERS_MAX => {
                let to = self.folder();
                copy(&self.counters[at].1, &to);
                self.counters.push((open(&to), to));
            }
            90..95 => self.backups.push(self.w.backup().await),
            _ => {
                let backup = self.chance.pick(&self.backups).clone();
                self.w.restore(&backup).await;
            }
        }
    }

    async fn sync(&mut self, at: usize) {
        self.w.road.lose_reply.store(self.chance.happens(200), Ordering::Relaxed);
        // A slow link makes calls of a dozen events.
        self.w.road.bytes_per_s.store(if self.chance.happens(300) { 200 } else { 0 }, Ordering::Relaxed);
        let result = self.counters[at].0.sync(&self.w.road).await;
        assert!(result.as_ref().err().is_none_or(|p| p.code == "half"), "{result:?}");
        self.w.road.lose_reply.store(false, Ordering::Relaxed);
    }

    /// A counter starts from an older copy: of its database, or of the whole computer.
    fn set_back(&mut self, at: usize) {
        if self.copies.is_empty() {
            return;
        }
        let (from, to) = (self.chance.pick(&self.copies).clone(), self.folder());
        copy(&from, &to);
        let here = self.counters[at].1.join("head");
        let device = |dir: &PathBuf| jukung_office::home::card(dir).expect("card").expect("enrolled").device;
        if device(&from) == device(&self.counters[at].1) && self.chance.happens(600) {
            std::fs::copy(here, to.join("head")).expect("the file beside the database stays");
        }
        self.counters[at] = (open(&to), to);
    }

    async fn decide(&mut self) {
        let shown = self.w.district_shows().await;
        if shown.is_empty() {
            return;
        }
        let (id, _, state) = self.chance.pick(&shown).clone();
        let returned =
            Returned { reason: "mismatch".into(), target: "applicant.address".into(), note: "Contoh".into() };
        let body = match state.split(' ').next().expect("a status") {
            "SUBMITTED" => Body::Taken,
            "IN_VERIFICATION" if self.chance.happens(600) => Body::Returned(returned),
            "IN_VERIFICATION" => Body::Approved,
            _ => return,
        };
        self.w.decide(&id, body).await.expect("allowed");
    }

    fn correct(&mut self, at: usize) {
        let office = &self.counters[at].0;
        let shown = counter_shows(office);
        let returned: Vec<_> = shown.iter().filter(|(_, _, s)| s.starts_with("NEEDS_CORRECTION")).collect();
        let Some((id, _, _)) = returned.first() else { return };
        let Ok(draft) = office.correct(id) else { return };
        let address = format!("Jalan Contoh {}", self.chance.below(90) + 10);
        office
            .change_draft(&draft.id, |a| drop(a.fields.insert("applicant.address".into(), address)))
            .expect("changed");
        office.record_read_back(&draft.id, "spoken", &[]).expect("read back");
        let consent = jukung_tests::document(office, id).consent.expect("consent");
        office.submit(&draft.id, &consent).expect("handed in");
    }

    /// The faults stop; everything that any living computer holds must be everywhere, once.
    async fn ends_well(&mut self, seed: u64) {
        self.w.road.bytes_per_s.store(0, Ordering::Relaxed);
        let living: BTreeSet<String> = self.counters.iter().flat_map(|(office, _)| uids(office.db())).collect();
        let mut before = Vec::new();
        for _ in 0..ROUNDS_MAX {
            for (office, _) in &self.counters {
                office.sync(&self.w.road).await.unwrap_or_else(|p| panic!("seed {seed}: {p}"));
            }
            let now = self.w.told().await;
            if now == before && self.counters.iter().all(|(office, _)| counter_told(office) == now) {
                break;
            }
            before = now;
        }
        let (told, shown) = (self.w.told().await, self.w.district_shows().await);
        for (office, _) in &self.counters {
            assert_eq!(counter_told(office), told, "seed {seed}: one feed everywhere");
            assert_eq!(counter_shows(office), shown, "seed {seed}: one state everywhere");
            assert_eq!(office.connection().expect("connection").waiting, 0, "seed {seed}: nothing waits");
        }
        let held = self.w.district_uids().await;
        let lost: Vec<_> = living.difference(&held).collect();
        assert!(lost.is_empty(), "seed {seed}: lost {lost:?}");
        let once: BTreeSet<&String> = told.iter().map(|(_, uid, _)| uid).collect();
        let firsts = told.iter().filter(|(_, _, outcome)| outcome == "applied+number-conflict").count();
        assert_eq!(once.len(), held.len(), "seed {seed}: every event has its outcome");
        let numbers: BTreeSet<&String> = shown.iter().map(|(_, number, _)| number).collect();
        assert!(shown.len() - numbers.len() <= firsts, "seed {seed}: a doubled number is not told");
        for (id, _, _) in &shown {
            let (named, here) = self.w.scans_held(id).await;
            assert!(named == here || self.nobody_has_the_scan(id), "seed {seed}: a scan of {id} is not there");
        }
    }

    /// A scan lies only where it was taken: without that computer nobody can bring it.
    fn nobody_has_the_scan(&self, id: &str) -> bool {
        let sql = "SELECT count(*) FROM scan WHERE draft = $1 AND binned = 0";
        self.counters.iter().all(|(office, _)| {
            let row = office.db().read(|tx| jukung_ledger::tx::first(tx, sql, jukung_ledger::params![id]));
            row.expect("read").expect("a row").int(0).expect("a count") == 0
        })
    }
}

fn uids(db: &Db) -> Vec<String> {
    let rows = db.read(|tx| tx.query("SELECT uid FROM event", &[])).expect("events");
    rows.iter().map(|r| r.text(0).expect("uid")).collect()
}

#[tokio::test]
async fn no_storm_loses_or_doubles_anything() {
    let storms = std::env::var("JUKUNG_STORMS").ok().map_or(STORMS, |n| n.parse().expect("JUKUNG_STORMS is a number"));
    for seed in 0..storms {
        let mut storm = Storm::begin(seed).await;
        for _ in 0..STEPS {
            storm.step().await;
        }
        storm.ends_well(seed).await;
    }
    println!("{storms} storms of {STEPS} steps; lost 0, doubled 0");
}
