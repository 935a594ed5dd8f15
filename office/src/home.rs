//! The data folder: who may open it, opening and closing it.

use crate::audit::{self, Act, Did, NOTHING, Noter};
use crate::device_key::{self, Signing};
use crate::edge::Edge;
use crate::remains::Remains;
use crate::scan::store::ScanStore;
use crate::staff::{self, Ring};
use crate::view::{OfficeCard, Person, Start};
use crate::{
    Identity, Office, audit_told, beside, certificate, findable, lives, mend, own, printer, receipts, school, settings,
    stored, sync, tail,
};
use jukung_crypto::slot::{Opened, Slot};
use jukung_crypto::succession::Statement;
use jukung_domain::audit::Why;
use jukung_domain::catalogue::Catalogue;
use jukung_domain::policy::Role;
use jukung_domain::problem::Problem;
use jukung_domain::sync::log::{Life, Sign, life_after};
use jukung_domain::wire;
use jukung_ledger::migrate::{self, Home};
use jukung_ledger::{Tx, private};
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};

/// What lies beside the database in the clear: enough to show the sign-in screen, nothing of any resident.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Card {
    /// Device id.
    pub device: uuid::Uuid,
    /// Symbols that start its registration numbers.
    pub code: String,
    /// The office.
    pub office: wire::Office,
    /// Address of the district's server.
    pub server: String,
    /// District's public key in hex.
    pub district_key: String,
    /// Made-up sample data.
    pub sample: bool,
    /// The district's word for this computer's key, hex; empty until it is approved.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub certificate: String,
    /// SHA-256 of the public keys (SPKI, base64) that the server's certificate may have.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pins: Vec<String>,
    /// Public key that this computer signs with, hex, once it is another than it was enrolled with.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub key: String,
    /// How that key has changed: what a restored district needs to know it (crypto `succession`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<Statement>,
    /// What is read out by telephone until the district approves this computer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting: Option<Waiting>,
    /// People who may sign in.
    pub slots: Vec<Slot>,
    /// What the code in the sealed envelope opens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recovery: Option<Slot>,
    /// What the next code opens; it takes the place of the one before at the next sign-in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recovery_next: Option<Slot>,
    /// The keys, sealed to the district's offline key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub escrow: Option<Escrow>,
}

/// The keys of this computer for a key that lies offline at the district.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Escrow {
    /// Generation of the keys.
    pub generation: u32,
    /// Key they are sealed to, `age1…`.
    pub recipient: String,
    /// Sealed, in hex.
    pub keys: String,
}

impl Card {
    /// Every slot that new keys are sealed to: of people and of recovery codes.
    pub fn every_slot(&mut self) -> impl Iterator<Item = &mut Slot> {
        self.slots.iter_mut().chain(&mut self.recovery).chain(&mut self.recovery_next)
    }

    /// Generation of the keys that hold.
    #[must_use]
    pub fn generation(&self) -> u32 {
        self.slots.first().map_or(1, |s| s.generation)
    }
}

/// A computer that the district has not approved yet.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Waiting {
    /// Six words of its request.
    pub words: Vec<String>,
    /// Number to call; empty when the district gave none.
    pub hotline: String,
    /// Its request, to be carried to the district by hand.
    pub request: jukung_domain::enrolment::Vouched,
}

const CARD: &str = "office.json";
const CARD_UNFINISHED: &str = "office.json.new";
pub(crate) const DATABASE: &str = "office.db";

pub use crate::unseal::{Unsealed, unseal};

/// Reads the card of a data folder.
///
/// # Errors
/// `cannot_open` when it is there and cannot be read; `Ok(None)` when no office is enrolled here.
pub fn card(dir: &Path) -> Result<Option<Card>, Problem> {
    match fs::read(dir.join(CARD)) {
        Ok(bytes) => serde_json::from_slice(&bytes)
            .map(Some)
            .map_err(|e| Problem::new("cannot_open").with("file", CARD).with("why", e)),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(Problem::new("cannot_open").with("file", CARD).with("why", e)),
    }
}

/// Takes a card away: nobody signs in there any more.
///
/// # Errors
/// `read_only`.
pub(crate) fn remove_card(dir: &Path) -> Result<(), Problem> {
    let gone = match fs::remove_file(dir.join(CARD)) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(e),
        Ok(()) | Err(_) => private::sync_folder(dir),
    };
    gone.map_err(|e| crate::scan::store::failed(&e))
}

/// Writes the card whole or not at all.
///
/// # Errors
/// `disk_full`, `read_only` or another reason in words.
pub fn write_card(dir: &Path, card: &Card) -> Result<(), Problem> {
    let failed = |e: std::io::Error| crate::scan::store::failed(&e);
    private::folder(dir).map_err(failed)?;
    let bytes = serde_json::to_vec_pretty(card).map_err(|e| Problem::new("internal").with("at", e))?;
    private::whole(&dir.join(CARD_UNFINISHED), &dir.join(CARD), &bytes).map_err(failed)
}

/// People of the counter who may sign in here.
#[must_use]
pub fn people(dir: &Path) -> Vec<Person> {
    named(card(dir).ok().flatten().map(|c| c.slots).unwrap_or_default())
}

/// School helpers who may sign in here.
#[must_use]
pub fn helpers(dir: &Path) -> Vec<Person> {
    named(school::slots(dir))
}

fn named(slots: Vec<Slot>) -> Vec<Person> {
    slots.into_iter().map(|s| Person { id: s.person, name: s.name }).collect()
}

/// Who sits at this computer.
#[derive(Clone, Copy)]
pub enum Sits<'a> {
    /// Nobody: every key is gone from memory.
    Nobody,
    /// Somebody whose screen is locked.
    Behind(&'a Office),
    /// Somebody at work.
    At(&'a Office),
}

/// What the window needs before anyone signs in.
///
/// # Errors
/// `cannot_open`.
pub fn start(dir: &Path, edge: &Edge, sits: Sits<'_>) -> Result<Start, Problem> {
    let card = card(dir)?;
    let open = match sits {
        Sits::Nobody => None,
        Sits::Behind(office) | Sits::At(office) => Some(office),
    };
    let now = open.map_or_else(|| edge.clock.now_ms(), Office::now);
    let zone = card.as_ref().map_or("WITA", |c| c.office.zone.as_str());
    Ok(Start {
        state: match (&card, sits) {
            (None, _) => "enrol",
            (Some(_), Sits::Nobody) => "sign_in",
            (Some(_), Sits::Behind(_)) => "locked",
            (Some(_), Sits::At(_)) => "ready",
        }
        .into(),
        people: people(dir),
        helpers: helpers(dir),
        person: open.map(|o| o.identity.person.clone()),
        role: open.map_or_else(String::new, |o| o.identity.role.code().into()),
        school: open.and_then(Office::assignment).map_or_else(String::new, |a| a.school),
        given: open.is_some_and(Office::passphrase_was_given),
        pin: open.is_some_and(|o| o.has_pin().unwrap_or(false)),
        today: crate::edge::Local::at(now.max(crate::clock::BUILT_MS), zone).day().to_string(),
        asked_day: open.and_then(Office::doubted_day).map(|day| day.to_string()).unwrap_or_default(),
        sample: card.as_ref().is_some_and(|c| c.sample),
        version: env!("CARGO_PKG_VERSION").into(),
        words: crate::enrol::words(dir)?,
        hotline: card.as_ref().and_then(|c| c.waiting.as_ref()).map_or_else(String::new, |w| w.hotline.clone()),
        office: card.map(|c| OfficeCard {
            code: c.office.code,
            name: c.office.name,
            district: c.office.district,
            regency: c.office.regency,
            agency: c.office.agency,
            number_code: c.code,
            zone: c.office.zone,
        }),
    })
}

impl Office {
    /// Opens the data folder with a person's passphrase.
    ///
    /// # Errors
    /// `not_enrolled_here`, `person_unknown`, `wrong_passphrase`, `account_ended`, `cannot_open`.
    pub fn open(dir: &Path, person: &str, passphrase: &str, edge: Edge) -> Result<Office, Problem> {
        Office::enter(dir, unseal(dir, person, passphrase)?, passphrase, edge)
    }

    /// The office of a slot that `passphrase` opened: [`Office::open`] without the slow half.
    ///
    /// # Errors
    /// `cannot_open`, `account_ended`; those of storage.
    pub fn enter(dir: &Path, unsealed: Unsealed, passphrase: &str, edge: Edge) -> Result<Office, Problem> {
        let dir = unsealed.place(dir);
        unsealed.still_holds(edge.clock.now_ms())?;
        let mut office = Office::unlocked(&dir, unsealed.card, &unsealed.slot, unsealed.opened, edge)?;
        office.identity.role = office.renew_slot(passphrase)?;
        if office.is_of_school() {
            return office.at_school();
        }
        office.identity.author = office.author();
        office.tell_author()?;
        if let Err(problem) = office.settle_recovery() {
            // The way that let somebody in works on until this has been done; nobody is kept from working for it.
            tracing::warn!("the key was not changed after a recovery: {problem}");
        }
        if let Err(problem) = office.take_inbox() {
            // They stay; whoever signs in can work, and the network brings the same.
            tracing::warn!("answers that came while this was locked were not read: {problem}");
        }
        office.meet_helpers();
        Ok(office)
    }

    /// The office behind an opened slot.
    pub(crate) fn unlocked(
        dir: &Path,
        mut card: Card,
        slot: &Slot,
        opened: Opened,
        edge: Edge,
    ) -> Result<Office, Problem> {
        private::folder(dir).map_err(|e: std::io::Error| crate::scan::store::failed(&e))?;
        crate::room::drop_ballast(dir)?;
        let mut district_key = [0u8; 32];
        hex::decode_to_slice(&card.district_key, &mut district_key)
            .map_err(|_| Problem::new("cannot_open").with("file", CARD))?;
        let role = Role::from_code(&slot.role).ok_or_else(|| Problem::new("cannot_open").with("file", CARD))?;
        let clock = Arc::new(crate::clock::Believed::new(Arc::clone(&edge.clock)));
        let identity = Identity {
            clock: Arc::clone(&clock),
            device: card.device,
            code: card.code.clone(),
            office: card.office.clone(),
            server: card.server.clone(),
            district_key,
            person: Person { id: slot.person.clone(), name: slot.name.clone() },
            role,
            audit: Arc::new(Noter::new(&edge)),
            author: opened.own.as_ref().map(|own| own.author.clone()),
        };
        mend::ensure(dir, &identity, &opened.keys, opened.next.as_ref(), &edge)?;
        let (db, keys) = staff::open_database(dir, &mut card, opened.keys, opened.next)?;
        mend::note_key(dir, &keys.database)?;
        let keys = device_key::caught_up(&card, keys);
        let office = Office {
            certificate: Mutex::new(certificate::of(&card)),
            db,
            scans: ScanStore::new(&dir.join("scans")),
            small: crate::room::small_store(dir),
            identity,
            edge: Edge { clock, chance: edge.chance },
            catalogue: Catalogue::embedded(),
            dir: dir.to_owned(),
            live: Mutex::new(sync::Live::default()),
            former: Mutex::default(),
            signing: Mutex::new(Signing::of(&keys, &card)),
            ring: Mutex::new(Ring::new(keys, opened.own, slot)),
            changing: Mutex::default(),
            copying: Mutex::default(),
            tail: Mutex::default(),
            understood: Mutex::default(),
            wake: tokio::sync::Notify::new(),
        };
        office.begin()?;
        office.remember_former()?;
        Ok(office)
    }

    /// Tables, the log's life, and what an unclean end or an old copy of the database left behind.
    fn begin(&self) -> Result<(), Problem> {
        self.db.write(|tx| migrate::run(tx, Home::Office)).map_err(stored)?;
        self.learn_time()?;
        let (now, beside) = (self.now(), beside::read(&self.dir));
        self.db.write(|tx| {
            let Some(database) = beside::of_database(tx)? else {
                lives::open(tx, &self.identity, &self.edge, &self.identity.code, 0)?;
                return self.opened(tx, now);
            };
            if audit::end(tx)?.is_none() {
                audit::begin(tx, &self.identity, Why::New, now)?;
            }
            let unclean = settings::get(tx, "open")? == "yes";
            // Each tail was counted here before it was written: one that this database does not know was lost with others.
            let kept = tail::read(&self.dir, &self.database_key()).unwrap_or_default();
            let older = kept.n > tail::number(tx)?;
            let life = if older { Life::New } else { life_after(Sign::Started { database, beside }) };
            if life == Life::New
                && let Some(log) = lives::all(tx)?.pop()
            {
                audit_told::bring_back(tx, &self.identity, &[&kept])?;
                lives::branch(tx, &self.identity, &self.edge, &log, log.acked, life)?;
                let beyond = beside.map_or(0, |b| if b.incarnation == log.incarnation { b.last - log.last } else { 0 });
                mend::take_tail(tx, &self.identity, &if older { kept } else { Remains::default() }, (beyond, now))?;
            } else {
                audit_told::against_tail(tx, &self.identity, &kept, now)?;
            }
            if life == Life::Same && unclean {
                own::skip_said(tx, &self.identity, &self.edge, now)?;
            }
            self.opened(tx, now)
        })?;
        let rate = self.db.read(|tx| settings::get(tx, "rate"))?;
        self.set_live(|l| l.rate = rate.parse().unwrap_or(0));
        beside::write(&self.dir, &self.db)?;
        self.db.write(findable::fill_again)?;
        self.empty_bin()?;
        // A card that was being written when something cut it never counted: the one beside it does.
        let _ = fs::remove_file(self.dir.join(CARD_UNFINISHED));
        printer::sweep(&self.dir.join(receipts::PRINTS)).map_err(|e: std::io::Error| crate::scan::store::failed(&e))?;
        self.sweep_scans()
    }

    fn opened(&self, tx: &mut dyn Tx, now: i64) -> Result<(), Problem> {
        audit::note(tx, &self.identity, &Did::new(Act::Unlock, NOTHING, "passphrase"), now)?;
        settings::set(tx, "open", "yes")
    }

    /// Packs what is unsent for the night, and notes a clean end, so that the next start skips no numbers.
    ///
    /// # Errors
    /// Those of storage.
    pub fn close(&self) -> Result<(), Problem> {
        self.meet_helpers();
        if let Err(problem) = self.pack_unattended() {
            // Nothing is lost by it: what is unsent stays here and goes when somebody signs in.
            tracing::warn!("nothing was packed for the time while this is locked: {problem}");
        }
        if let Err(problem) = self.keep_tail() {
            // What is committed stays; only its second place is behind.
            tracing::warn!("the tail was not written: {problem}");
        }
        let now = self.now();
        self.db.write(|tx| {
            audit::note(tx, &self.identity, &Did::new(Act::Lock, NOTHING, "end"), now)?;
            settings::set(tx, "open", "")
        })?;
        beside::write(&self.dir, &self.db)
    }

    /// Deletes scan files that nothing names: what a power cut left between file and commit. Where a database broke, its
    /// keys may have gone with it: then they are put aside.
    fn sweep_scans(&self) -> Result<(), Problem> {
        self.remove_left_over()?;
        let named = self.db.read(|tx| {
            let rows = tx.query("SELECT sha256 FROM blob WHERE key <> ''", &[]).map_err(stored)?;
            rows.iter().map(|r| r.text(0).map_err(stored)).collect::<Result<Vec<_>, _>>()
        })?;
        let named = named.into_iter().collect();
        let aside = mend::aside(&self.dir);
        self.scans.sweep(&named, aside.as_deref())?;
        self.small.sweep(&named, None)?;
        Ok(())
    }
}
