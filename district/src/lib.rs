//! The district's server: takes in what the counters send, and lets officers decide. One process, no state of its own
//! beside the database and the scans, so that n copies can stand behind a load balancer.

pub mod account;
pub mod answer;
pub mod area;
mod at_once;
pub mod audit;
pub mod authors;
pub mod backup;
mod beside;
mod cell;
pub mod complaint;
pub mod courier;
pub mod days;
pub mod decide;
pub mod delivery;
pub mod desk;
pub mod desk_audit;
pub mod devices;
pub mod doubt;
pub mod duty;
pub mod edge;
pub mod ended;
pub mod enrol;
pub mod export;
pub mod family;
pub mod figures;
pub mod gate;
pub mod hold;
pub mod hotline;
pub mod http;
pub mod ingest;
mod keys;
pub mod load;
pub mod me;
pub mod metrics;
pub mod offered;
pub mod officers;
pub mod openapi;
pub mod outcome;
pub mod own;
pub mod packed;
pub mod pages;
pub mod papers;
pub mod partial;
pub mod picture;
pub mod receipt_page;
pub mod receive;
pub mod recovery;
pub mod retention;
pub mod reveal;
mod said;
pub mod scans;
pub mod second;
pub mod siak;
pub mod signature;
pub mod similar;
mod sought;
pub mod standards;
mod subdistrict;
pub mod tell;
pub mod trace;
pub mod trace_routes;
pub mod tus;
pub mod verify;
pub mod visit;
pub mod wanted;

use edge::Edge;
use jukung_domain::problem::Problem;
use jukung_domain::wire::DistrictSettings;
use jukung_ledger::migrate::{self, Home};
use jukung_ledger::point::point;
use jukung_ledger::{Db, DbProblem, Tx, private};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use zeroize::Zeroizing;

/// An open district, as far as whoever asks sees it.
pub struct District {
    core: Arc<Core>,
    /// Whose offices are seen; the whole district unless an officer asks who sees less.
    pub area: area::Area,
}

impl std::ops::Deref for District {
    type Target = Core;

    fn deref(&self) -> &Core {
        &self.core
    }
}

/// What a district consists of.
pub struct Core {
    /// The database.
    pub db: Db,
    /// Clock and chance.
    pub edge: Edge,
    /// Folder of scans and of the key.
    pub dir: PathBuf,
    /// Seed of the district's signing key.
    pub seed: Zeroizing<[u8; 32]>,
    /// Key and certificates of the seal on PDFs.
    pub seal: std::sync::Arc<jukung_crypto::cms::Signer>,
    /// Who says when something was sealed, where the district has such an authority.
    pub time: std::sync::OnceLock<signature::local::Authority>,
    /// BSrE's signing service, where the district has it.
    pub bsre: std::sync::OnceLock<std::sync::Arc<signature::bsre::Bsre>>,
    /// What officials typed to sign with.
    pub signings: signature::held::Signings,
    /// How WhatsApp is called, where the district has it.
    pub whatsapp: std::sync::OnceLock<hotline::whatsapp::Config>,
    /// What was answered since the start, for `/metrics`.
    pub answered: metrics::Answered,
    /// Who writes each scan that arrives in pieces.
    turns: partial::Turns,
}

impl District {
    /// Opens the data folder, with SQLite inside it or PostgreSQL by URL, and makes what is missing.
    ///
    /// # Errors
    /// `cannot_open` with the reason in words.
    pub fn open(dir: &Path, database: Option<&str>, edge: Edge) -> Result<District, Problem> {
        let failed = |e: std::io::Error| Problem::new("cannot_open").with("why", e);
        private::folder(dir).and_then(|()| private::folder(&dir.join("scans"))).map_err(failed)?;
        let db = match database {
            Some(url) => Db::open_postgres(url),
            None => Db::open_sqlite(&dir.join("district.db"), None),
        };
        let db = db.map_err(|e| Problem::new("cannot_open").with("why", e))?;
        let begun = |tx: &mut dyn Tx| migrate::run(tx, Home::District).and_then(|()| delivery::document::fill(tx));
        db.write(begun).map_err(|e| Problem::new("cannot_open").with("why", e))?;
        let seed = key(dir, &edge).map_err(failed)?;
        let new = || signature::key::new(&edge).map_err(std::io::Error::other);
        let seal = once(dir, signature::key::FILE, &edge, new).map_err(failed)?;
        let seal = std::sync::Arc::new(signature::key::read(&seal)?);
        let core = Core {
            db,
            edge,
            dir: dir.to_owned(),
            seed,
            seal,
            time: std::sync::OnceLock::new(),
            bsre: std::sync::OnceLock::new(),
            signings: signature::held::Signings::default(),
            whatsapp: std::sync::OnceLock::new(),
            answered: metrics::Answered::default(),
            turns: partial::Turns::default(),
        };
        let district = District { core: Arc::new(core), area: area::Area::Whole };
        district.updated(env!("CARGO_PKG_VERSION"))?;
        district.finish_destructions()?;
        Ok(district)
    }

    /// The same district, seen no further than this area.
    #[must_use]
    pub fn within(&self, area: area::Area) -> District {
        District { core: self.core.clone(), area }
    }

    /// Once after every update: what older builds held is decided again.
    ///
    /// # Errors
    /// Those of the database.
    pub fn updated(&self, build: &str) -> Result<usize, Problem> {
        let now = self.edge.now();
        self.db.write(|tx| {
            let known = jukung_ledger::tx::first(tx, "SELECT v FROM meta WHERE k = 'build'", &[])?;
            if known.map(|r| r.text(0)).transpose()?.as_deref() == Some(build) {
                return Ok(0);
            }
            tx.execute(
                "INSERT INTO meta (k, v) VALUES ('build', $1) ON CONFLICT (k) DO UPDATE SET v = excluded.v",
                jukung_ledger::params![build],
            )?;
            outcome::reconsider(tx, now)
        })
    }

    /// Public key in hex.
    #[must_use]
    pub fn public_key(&self) -> String {
        hex::encode(jukung_crypto::sign::public_key(&self.seed))
    }

    /// The agency's name, as its first office knows it.
    #[must_use]
    pub fn agency(&self) -> String {
        let row = self.db.read(|tx| jukung_ledger::tx::first(tx, "SELECT code FROM office ORDER BY code LIMIT 1", &[]));
        let code = row.ok().flatten().and_then(|r| r.text(0).ok());
        code.and_then(|code| enrol::card_of(&code).ok()).map_or_else(|| "Disdukcapil".into(), |card| card.agency)
    }

    /// What the district decided for its counters.
    ///
    /// # Errors
    /// Those of the database.
    pub fn settings(&self) -> Result<DistrictSettings, DbProblem> {
        let settings = self.db.read(settings_of)?;
        let lost = self.db.read(devices::lost_keys)?;
        let (courier_key, recovery_key) = (self.courier_key(), self.recovery_key()?);
        Ok(DistrictSettings { courier_key, recovery_key, lost, ..settings })
    }

    /// Replaces the settings; every counter gets them with its next sync.
    ///
    /// # Errors
    /// Those of the database.
    pub fn set_settings(&self, settings: &DistrictSettings) -> Result<(), DbProblem> {
        let text = serde_json::to_string(settings)?;
        self.db.write(|tx| {
            tx.execute(
                "INSERT INTO meta (k, v) VALUES ('settings', $1) ON CONFLICT (k) DO UPDATE SET v = excluded.v",
                jukung_ledger::params![text],
            )?;
            Ok(())
        })
    }
}

/// What is stored of the settings; what the district itself adds to them is not in it.
pub(crate) fn settings_of(tx: &mut dyn Tx) -> Result<DistrictSettings, DbProblem> {
    let row = jukung_ledger::tx::first(tx, "SELECT v FROM meta WHERE k = 'settings'", &[])?;
    match row {
        Some(row) => Ok(serde_json::from_str(&row.text(0)?)?),
        None => Ok(DistrictSettings::default()),
    }
}

/// The signing key.
fn key(dir: &Path, edge: &Edge) -> std::io::Result<Zeroizing<[u8; 32]>> {
    let bytes = once(dir, "district.key", edge, || Ok(Zeroizing::new(edge.random::<32>().to_vec())))?;
    let damaged = || std::io::Error::other("district.key is damaged: restore it from the backup");
    Ok(Zeroizing::new(bytes.as_slice().try_into().map_err(|_| damaged())?))
}

/// What lies in this file of the folder: made once by `new`, whole or not at all, readable by the server alone.
fn once(
    dir: &Path,
    name: &str,
    edge: &Edge,
    new: impl FnOnce() -> std::io::Result<Zeroizing<Vec<u8>>>,
) -> std::io::Result<Zeroizing<Vec<u8>>> {
    let path = dir.join(name);
    if !path.exists() {
        let unfinished = dir.join(partial::ARRIVING).join(format!("key.{}", hex::encode(edge.random::<4>())));
        private::folder(&dir.join(partial::ARRIVING))?;
        let mut file = private::new_file(&unfinished)?;
        file.write_all(&new()?)?;
        file.sync_all()?;
        point("key.written");
        // A second name, not a rename: of two programs that start here at once, the later one takes the key of the first.
        let named = fs::hard_link(&unfinished, &path).or_else(|e| if path.exists() { Ok(()) } else { Err(e) });
        point("key.named");
        fs::remove_file(&unfinished)?;
        named.and_then(|()| private::sync_folder(dir))?;
    }
    Ok(Zeroizing::new(fs::read(path)?))
}
