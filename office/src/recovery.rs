//! The ways back in when passphrases are lost, none of which needs a network and none of which costs a record: the code in
//! the sealed envelope, and a file that the district made with its offline key (the supervisor's own way is staff.rs).

use crate::audit::{self, Act, Did};
use crate::edge::Edge;
use crate::home::{self, Card, Escrow};
use crate::paper::{self, RecoveryFacts};
use crate::staff::{self, sealed};
use crate::staff_view::Recovered;
use crate::{Office, own, printer, settings, stored};
use jukung_crypto::escrow::{self, Of};
use jukung_crypto::slot::{Opened, Slot};
use jukung_crypto::{bundle, pin};
use jukung_domain::event::{Body, Escrowed};
use jukung_domain::policy::Action;
use jukung_domain::problem::Problem;
use jukung_domain::recovery_code;
use jukung_ledger::tx::first;
use std::path::Path;

/// Largest file with a slot that is read: the real ones have about 3 KB.
const FILE_BYTES_MAX: usize = 64 * 1024;
/// Where the secret of the telephone's codes is kept, and whom it was sealed to.
const PIN_HELP: &str = "pin_help";
const PIN_HELP_TOLD: &str = "pin_help_told";

/// What somebody brought who cannot get in.
#[derive(Debug, Clone, Copy)]
pub enum Brought<'a> {
    /// The code from the sealed envelope.
    Envelope(&'a str),
    /// The district's file, and the code that was read over the telephone.
    File(&'a [u8], &'a str),
}

/// Lets `person` (id or name; the first one when empty) in again: with a passphrase that has to be replaced, and the next
/// code for the envelope. What was brought opens until that passphrase was used once, so that a power cut in between locks
/// nobody out.
///
/// # Errors
/// `recovery_code_typo`, `recovery_code_wrong`, `recovery_none` without an envelope, `recovery_file` for a file that is
/// none of this computer; `person_unknown`; those of storage.
pub fn recover(dir: &Path, person: &str, brought: Brought<'_>, edge: Edge) -> Result<Recovered, Problem> {
    let card = home::card(dir)?.ok_or_else(|| Problem::new("not_enrolled_here"))?;
    let (slot, typed, way) = match brought {
        Brought::Envelope(code) => {
            let slot = card.recovery.clone().ok_or_else(|| Problem::new("recovery_none"))?;
            (slot, code, "code")
        }
        Brought::File(bytes, code) => {
            let read = Some(bytes).filter(|b| b.len() <= FILE_BYTES_MAX).and_then(|b| serde_json::from_slice(b).ok());
            let slot = read.filter(|s: &Slot| s.device == card.device.to_string() && s.person == escrow::PERSON);
            (slot.ok_or_else(|| Problem::new("recovery_file"))?, code, "district")
        }
    };
    let code = recovery_code::read(typed).ok_or_else(|| Problem::new("recovery_code_typo"))?;
    let opened = slot.open(&code).map_err(|_| Problem::new("recovery_code_wrong"))?;
    let whose = |s: &&Slot| s.person == person || s.name == person || person.is_empty();
    let target = card.slots.iter().find(whose).cloned().ok_or_else(|| Problem::new("person_unknown"))?;
    let office = Office::unlocked(dir, card, &target, Opened { own: None, ..opened }, edge)?;
    let done = office.let_in(&target.person, way);
    let closed = office.close();
    done.and_then(|recovered| closed.map(|()| recovered))
}

impl Office {
    fn let_in(&self, person: &str, way: &str) -> Result<Recovered, Problem> {
        self.note(&Did::new(Act::Recovered, ("person", person), way))?;
        // Opening may have finished a rotation: the card as it is now.
        let mut card = self.card()?;
        let code = self.next_code(&mut card)?;
        let handed = self.hand_anew(&mut card, person)?;
        self.seal_escrow(Some(way))?;
        Ok(Recovered { handed, code })
    }

    /// Draws the next code; its slot waits in `card`, which the caller writes.
    fn next_code(&self, card: &mut Card) -> Result<String, Problem> {
        let code = recovery_code::code(self.edge.random());
        let bare = recovery_code::read(&code).ok_or_else(|| Problem::new("internal").with("at", "recovery code"))?;
        let device = self.identity.device.to_string();
        let of = Of { device: &device, generation: card.generation() };
        let slot = {
            let ring = self.ring();
            let mut fill = |bytes: &mut [u8]| self.edge.chance.fill(bytes);
            escrow::slot(&ring.keys, of, &bare, ring.memory_kib, &mut fill).map_err(sealed)?
        };
        let now = self.now();
        self.db.write(|tx| {
            staff::knows(tx, &slot, &self.identity.person.id, now).map_err(stored)?;
            audit::note(tx, &self.identity, &Did::new(Act::Key, ("key", "recovery"), "code"), now)
        })?;
        card.recovery_next = Some(slot);
        Ok(code)
    }

    /// A code for the sealed envelope, shown once and stored nowhere. The one before opens nothing any more.
    ///
    /// # Errors
    /// `not_permitted`; those of storage.
    pub fn new_recovery_code(&self) -> Result<String, Problem> {
        self.may(Action::PeopleChange)?;
        let _turn = self.changing();
        let mut card = self.card()?;
        let code = self.next_code(&mut card)?;
        home::write_card(&self.dir, &card)?;
        self.settle_recovery()?;
        Ok(code)
    }

    /// Prints a code that was just made, for the envelope.
    ///
    /// # Errors
    /// `not_permitted`, `recovery_code_typo`, `recovery_no_printer`, `printer_silent`, `paper_font`.
    pub fn print_recovery_code(&self, code: &str) -> Result<(), Problem> {
        self.may(Action::PeopleChange)?;
        recovery_code::read(code).ok_or_else(|| Problem::new("recovery_code_typo"))?;
        if self.setting("printer")? == printer::PDF {
            // It would lie beside the very data that it opens.
            return Err(Problem::new("recovery_no_printer"));
        }
        let facts = RecoveryFacts {
            office: self.identity.office.name.clone(),
            number_code: self.identity.code.clone(),
            code: code.to_owned(),
            day: crate::edge::long_day(self.today()),
        };
        self.print_noted(&paper::recovery_sheet(&facts), "Kode-pemulihan.pdf", ("key", "recovery"))
    }

    /// Puts a waiting code in its place and gives the database another key: what opened it before opens nothing now.
    pub(crate) fn settle_recovery(&self) -> Result<(), Problem> {
        let mut card = self.card()?;
        let next = card.recovery_next.take();
        // One that this database does not know was written into the card by hand.
        if let Some(next) = next.filter(|slot| self.db.read(|tx| staff::is_known(tx, slot)).is_ok()) {
            card.recovery = Some(next);
            match self.between_copies(|| self.rotate(&mut card)) {
                Err(problem) if problem.code == "slot_changed" => {
                    // Somebody wrote into a slot: its person is told at the next removal. Nobody is locked out for it.
                    tracing::warn!("the key was not changed after a recovery: {problem}");
                    home::write_card(&self.dir, &card)?;
                }
                done => {
                    done?;
                    self.keep_tail()?;
                    self.renew_copies()?;
                }
            }
        }
        self.seal_escrow(None)
    }

    /// Seals this computer's keys to the district's offline key, and the secret of the telephone's codes to the district,
    /// whenever either is not the one that holds. `way` tells the district that somebody came back in.
    ///
    /// # Errors
    /// Those of storage.
    pub fn keep_escrow(&self, way: Option<&str>) -> Result<(), Problem> {
        let _turn = self.changing();
        self.seal_escrow(way)
    }

    /// [`Office::keep_escrow`] in the turn of the caller.
    pub(crate) fn seal_escrow(&self, way: Option<&str>) -> Result<(), Problem> {
        if self.is_of_school() {
            // Nothing of a helper's folder goes to the Dinas; the counter's database has its key.
            return Ok(());
        }
        let (mut card, known) = (self.card()?, self.district_settings()?);
        let (generation, device) = (card.generation(), self.identity.device.to_string());
        let holds =
            card.escrow.as_ref().is_some_and(|e| e.generation == generation && e.recipient == known.recovery_key);
        let mut told = Escrowed { g: generation, w: way.unwrap_or("keys").to_owned(), ..Escrowed::default() };
        if !holds && !known.recovery_key.is_empty() {
            let of = Of { device: &device, generation };
            // A district's key that is none keeps nobody from working; the next one is tried.
            if let Ok(keys) = escrow::seal(&self.ring().keys, of, &known.recovery_key) {
                (told.r, told.k) = (known.recovery_key, keys);
            }
        }
        // Only a computer where somebody has a PIN is ever asked for such a code.
        let (said, pins) = self.db.read(|tx| {
            let pins = first(tx, "SELECT person FROM pin LIMIT 1", &[]).map_err(stored)?;
            Ok::<_, Problem>((settings::get(tx, PIN_HELP_TOLD)?, pins.is_some()))
        })?;
        let help = if pins && said != known.courier_key && !known.courier_key.is_empty() {
            let secret = self.pin_help_secret()?;
            bundle::seal(&known.courier_key, &secret).ok().map(hex::encode)
        } else {
            None
        };
        told.p = help.unwrap_or_default();
        if way.is_none() && told.k.is_empty() && told.p.is_empty() {
            return Ok(());
        }
        let now = self.now();
        self.db.write(|tx| {
            if !told.p.is_empty() {
                settings::set(tx, PIN_HELP_TOLD, &known.courier_key)?;
            }
            own::append_note(tx, &self.identity, &Body::Escrowed(told.clone()), &self.edge, now)
        })?;
        if told.k.is_empty() {
            return Ok(());
        }
        // After the event: a cut in between only seals once more.
        card.escrow = Some(Escrow { generation, recipient: told.r, keys: told.k });
        home::write_card(&self.dir, &card)
    }

    /// The secret that this computer and the district make telephone codes with.
    fn pin_help_secret(&self) -> Result<[u8; 32], Problem> {
        let drawn = hex::encode(self.edge.random::<32>());
        let text = self.db.write(|tx| {
            let kept = settings::get(tx, PIN_HELP)?;
            if kept.is_empty() {
                settings::set(tx, PIN_HELP, &drawn)?;
                return Ok::<_, Problem>(drawn);
            }
            Ok(kept)
        })?;
        let mut secret = [0u8; 32];
        hex::decode_to_slice(text, &mut secret).map_err(|e| Problem::new("internal").with("at", e))?;
        Ok(secret)
    }

    /// Whether `typed` is what the district reads out for `challenge`.
    ///
    /// # Errors
    /// `pin_help_none` while the district has not got the secret; those of storage.
    pub(crate) fn pin_code_is(&self, challenge: &str, typed: &str) -> Result<bool, Problem> {
        if self.db.read(|tx| settings::get(tx, PIN_HELP_TOLD))?.is_empty() {
            return Err(Problem::new("pin_help_none"));
        }
        Ok(pin::is_told(&self.pin_help_secret()?, &self.identity.device.to_string(), challenge, typed))
    }
}
