//! The village app without its window: intake, drafts, papers, receipts, search and the way to the district.

mod again;
mod answer;
pub mod attention;
pub mod audit;
pub mod audit_check;
mod audit_told;
pub mod backup;
pub mod beside;
pub mod cases;
pub mod certificate;
pub mod clock;
pub mod closed;
pub mod closing;
mod collect;
mod complaint_draft;
pub mod complaints;
pub mod complaints_told;
pub mod connection;
pub mod copies;
pub mod courier;
mod deliver;
mod device_key;
pub mod drafts;
pub mod edge;
mod ended;
pub mod enrol;
pub mod findable;
mod forget;
pub mod handover;
mod history;
pub mod home;
pub mod import;
mod incoming;
pub mod lives;
mod masked_view;
mod mend;
mod merge;
pub mod normal;
mod offer;
pub mod often;
pub mod onfile;
mod opaque;
pub mod own;
pub mod paper;
pub mod passed_on;
pub mod people;
pub mod pin;
pub mod poster;
pub mod printer;
mod promise;
pub mod proof;
pub mod qr;
pub mod receipts;
mod recovered;
pub mod recovery;
pub mod regions;
mod remains;
pub mod resident_view;
pub mod residents;
mod reveal;
pub mod review;
pub mod road;
pub mod room;
mod salvage;
pub mod samples;
pub mod scan;
pub mod scanner;
pub mod scans;
pub mod school;
pub mod session;
pub mod settings;
pub mod settle;
pub mod shown_to;
pub mod staff;
pub mod staff_view;
pub mod sticks;
pub mod storage;
pub mod subdistrict;
pub mod submit;
pub mod sync;
mod tail;
pub mod tells;
pub mod tls;
pub mod trouble;
pub mod unattended;
pub mod unseal;
pub mod update;
pub mod verify;
pub mod view;
pub mod views;
pub mod voice;

pub use jukung_ledger::private::no_core_dump;

use edge::{Edge, Local};
use jiff::civil::Date;
use jukung_crypto::author::End;
use jukung_crypto::keyring::Secret;
use jukung_domain::application::Application;
use jukung_domain::catalogue::{Catalogue, Service};
use jukung_domain::check::{self, Ground};
use jukung_domain::event::Hash;
use jukung_domain::finding::{Finding, Strength};
use jukung_domain::policy::Role;
use jukung_domain::problem::Problem;
use jukung_domain::region::Regions;
use jukung_domain::{shown, wire};
use jukung_ledger::log::{Place, Signed};
use jukung_ledger::{Db, DbProblem};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use view::SectionState;

/// Who this computer is, and who sits at it.
#[derive(Clone)]
pub struct Identity {
    /// Device id given by the district.
    pub device: uuid::Uuid,
    /// Symbols that start its registration numbers.
    pub code: String,
    /// The office.
    pub office: wire::Office,
    /// Address of the district's server.
    pub server: String,
    /// District's public key.
    pub district_key: [u8; 32],
    /// Who is signed in.
    pub person: view::Person,
    /// What they are here for.
    pub role: Role,
    /// How far this computer's clock can be believed.
    pub clock: Arc<clock::Believed>,
    /// What is written down of what they do.
    pub audit: Arc<audit::Noter>,
    /// Their own signing key; none in a slot of an older build until it is renewed.
    author: Option<Secret>,
}

impl Identity {
    /// The signature of whoever is signed in over this computer's log up to a place.
    pub(crate) fn signs(&self, at: Place, chain: &Hash) -> Signed {
        let (device, Place { incarnation, seq, .. }) = (self.device.to_string(), at);
        let Some(author) = &self.author else { return Signed::default() };
        let signature = End { device: &device, incarnation, seq, chain }.sign(author);
        Signed { person: self.person.id.clone(), signature }
    }
}

/// An open office: database unlocked, someone signed in.
pub struct Office {
    db: Db,
    scans: scan::store::ScanStore,
    /// Small pictures of scans that left this computer for room.
    small: scan::store::ScanStore,
    identity: Identity,
    edge: Edge,
    catalogue: &'static Catalogue,
    dir: PathBuf,
    live: Mutex<sync::Live>,
    ring: Mutex<staff::Ring>,
    signing: Mutex<device_key::Signing>,
    /// Held while the card beside the database is changed.
    changing: Mutex<()>,
    /// Held while a copy is being made, and while the key changes.
    copying: Mutex<()>,
    /// How far the tail beside the database holds what stands nowhere else.
    tail: Mutex<String>,
    former: Mutex<BTreeMap<String, String>>,
    certificate: Mutex<Option<certificate::Certificate>>,
    /// The settings of the Dinas as text, and what they say.
    understood: Mutex<(String, Arc<wire::DistrictSettings>)>,
    /// Waked when something was handed in, so that the loop tries at once.
    pub wake: tokio::sync::Notify,
}

impl Office {
    /// Now, in ms.
    #[must_use]
    pub fn now(&self) -> i64 {
        self.edge.clock.now_ms()
    }

    /// Who this computer is.
    #[must_use]
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The database, for tests and repair tools.
    #[must_use]
    pub fn db(&self) -> &Db {
        &self.db
    }

    /// A moment in the office's zone.
    #[must_use]
    pub fn local(&self, ms: i64) -> Local {
        Local::at(ms, &self.identity.office.zone)
    }

    /// Today in the office's zone.
    #[must_use]
    pub fn today(&self) -> Date {
        self.local(self.now()).day()
    }

    /// Whether the Dinas takes this service at its counters now.
    ///
    /// # Errors
    /// `service_off` with its name; those of storage.
    pub(crate) fn offers(&self, service: &Service) -> Result<(), Problem> {
        let offered = self.district_settings()?.offers(&service.code);
        if offered { Ok(()) } else { Err(Problem::new("service_off").with("name", &service.name)) }
    }

    /// The service with this code.
    ///
    /// # Errors
    /// `service_unknown`; `service_elsewhere` for one that the Dinas takes itself.
    pub fn service(&self, code: &str) -> Result<&'static Service, Problem> {
        self.catalogue.offered(code)
    }

    /// Name of a service; its code when this build does not know it.
    #[must_use]
    pub fn service_name(&self, code: &str) -> String {
        self.catalogue.service(code).map_or_else(|| code.to_owned(), |s| s.name.clone())
    }

    /// Everything the check finds in an application.
    #[must_use]
    pub fn findings(&self, application: &Application) -> Vec<Finding> {
        self.findings_by(&self.district_settings().unwrap_or_default(), application)
    }

    fn findings_by(&self, settings: &wire::DistrictSettings, application: &Application) -> Vec<Finding> {
        let Ok(service) = self.service(&application.service) else { return Vec::new() };
        let ground = Ground {
            catalogue: self.catalogue,
            regions: Regions::current(),
            today: self.today(),
            extras: &settings.extras,
            limits: &settings.limits,
        };
        check::check(service, application, ground)
    }

    /// How far each section is.
    #[must_use]
    pub fn section_states(&self, application: &Application) -> Vec<SectionState> {
        let Ok(service) = self.service(&application.service) else { return Vec::new() };
        let findings = self.findings(application);
        let (fields, visible) = shown::seen(service, application, self.today());
        let state = |id: &str, mine: &dyn Fn(&str) -> bool, shown: bool| {
            let own: Vec<&Finding> = findings.iter().filter(|f| mine(&f.field)).collect();
            let count =
                |test: &dyn Fn(&Finding) -> bool| u32::try_from(own.iter().filter(|f| test(f)).count()).unwrap_or(0);
            let lacks = |f: &Finding| f.code == "required" || f.code == "requirement_missing";
            let errors = count(&|f| f.strength == Strength::Error && !lacks(f));
            let missing = count(&|f| f.strength == Strength::Error && lacks(f));
            SectionState { id: id.to_owned(), shown, complete: shown && errors == 0 && missing == 0, errors, missing }
        };
        let mut out: Vec<SectionState> = service
            .sections
            .iter()
            .map(|section| {
                let paths: Vec<&str> =
                    fields.iter().filter(|f| f.section == section.id).map(|f| f.path.as_ref()).collect();
                let is_shown = shown::holds(section.when.as_ref(), &visible, self.today());
                state(&section.id, &|field| paths.contains(&field), is_shown)
            })
            .collect();
        out.push(state("papers", &|field| field.starts_with("requirement."), true));
        out
    }

    /// Name of a person of this counter; the id when it is not known here.
    #[must_use]
    pub fn person_name(&self, id: &str) -> String {
        if id == self.identity.person.id {
            return self.identity.person.name.clone();
        }
        let mut all = home::people(&self.dir).into_iter().chain(home::helpers(&self.dir));
        let here = all.find(|p| p.id == id).map(|p| p.name);
        // Those who left keep their names in what they did.
        here.or_else(|| self.former_name(id)).unwrap_or_else(|| id.to_owned())
    }

    /// Has the sending loop try at once.
    pub fn nudge(&self) {
        self.wake.notify_one();
    }

    /// What is going on right now.
    #[must_use]
    pub fn live(&self) -> sync::Live {
        self.live_lock().clone()
    }

    pub(crate) fn set_live(&self, change: impl FnOnce(&mut sync::Live)) {
        change(&mut self.live_lock());
    }

    fn live_lock(&self) -> MutexGuard<'_, sync::Live> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What storage said, as a problem the user can act on. The engine's own words go to the log, never to the screen.
#[must_use]
pub fn stored(problem: DbProblem) -> Problem {
    tracing::error!("storage: {problem}");
    problem.into()
}
