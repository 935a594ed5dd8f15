//! People of a counter: adding, removing, handing out a passphrase anew. Somebody who leaves takes no key along: the
//! database gets another one, in an order that a power cut cannot break (decision 0010).

use crate::audit::{self, Act, Did};
use crate::edge::Edge;
use crate::home::{self, Card};
use crate::view::{HandedOut, StaffRow};
use crate::{Office, device_key, mend, own, settings, stored};
use jukung_crypto::CryptoProblem;
use jukung_crypto::keyring::{self, Keys, Secret};
use jukung_crypto::sign;
use jukung_crypto::slot::{Chosen, Own, Slot, Who};
use jukung_domain::event::{Body, PersonKey};
use jukung_domain::passphrase;
use jukung_domain::policy::{self, Action, Role};
use jukung_domain::problem::Problem;
use jukung_ledger::tx::first;
use jukung_ledger::{Db, DbProblem, Tx, params};
use std::path::Path;
use std::sync::{MutexGuard, PoisonError};
use zeroize::Zeroizing;

/// People of one computer: a counter has two to five, and each slot is read at every sign-in.
const PEOPLE_MAX: usize = 20;

/// The key that the Dinas was told for a person, by the person's id.
const AUTHOR: &str = "author:";

/// The keys of the session.
pub(crate) struct Ring {
    pub(crate) keys: Keys,
    own: Option<Own>,
    pub(crate) memory_kib: u32,
    chosen: Chosen,
    /// On what terms the person is here, as their slot binds it.
    pub(crate) terms: String,
}

impl Ring {
    pub(crate) fn new(keys: Keys, own: Option<Own>, slot: &Slot) -> Ring {
        Ring { keys, own, memory_kib: slot.memory_kib, chosen: slot.chosen, terms: slot.terms.clone() }
    }
}

pub(crate) fn sealed(problem: CryptoProblem) -> Problem {
    Problem::new("internal").with("at", problem)
}

/// Seals another database key and the device's next signing key to everybody on the card: the first step of a rotation, in
/// memory.
///
/// # Errors
/// `internal` when a public key on the card is none.
pub fn prepare(card: &mut Card, keys: &Keys, edge: &Edge) -> Result<Keys, Problem> {
    let next = keyring::rotated(keys, Zeroizing::new(edge.random()), Zeroizing::new(edge.random()));
    device_key::say(card, keys, &next);
    card.every_slot().try_for_each(|slot| slot.prepare(&next)).map_err(sealed)?;
    Ok(next)
}

/// Opens the database with whichever key it has, and finishes a rotation that was cut short.
///
/// # Errors
/// Those of storage.
pub(crate) fn open_database(
    dir: &Path,
    card: &mut Card,
    keys: Keys,
    next: Option<Keys>,
) -> Result<(Db, Keys), Problem> {
    let open = |keys: &Keys| Db::open_sqlite(&dir.join(home::DATABASE), Some(&keys.database));
    let (db, now) = match (open(&keys), next) {
        (Ok(db), None) => return Ok((db, keys)),
        (Err(DbProblem::Open(why)), None) => {
            // A copy from before a rotation was put in its place: it gets the key that holds.
            let older = keys.former.iter().find_map(|k| Db::open_sqlite(&dir.join(home::DATABASE), Some(k)).ok());
            let db = older.ok_or_else(|| stored(DbProblem::Open(why)))?;
            db.rekey(&keys.database).map_err(stored)?;
            return Ok((db, keys));
        }
        (Ok(db), Some(next)) => {
            db.rekey(&next.database).map_err(stored)?;
            (db, next)
        }
        (Err(DbProblem::Open(_)), Some(next)) => (open(&next).map_err(stored)?, next),
        (Err(problem), _) => return Err(stored(problem)),
    };
    advance(dir, card)?;
    Ok((db, now))
}

/// The last step of a rotation: the new keys are the ones that hold.
///
/// # Errors
/// Those of the disk.
pub fn advance(dir: &Path, card: &mut Card) -> Result<(), Problem> {
    card.every_slot().for_each(Slot::advance);
    home::write_card(dir, card)
}

impl Office {
    pub(crate) fn ring(&self) -> MutexGuard<'_, Ring> {
        self.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The key that opens the database now.
    pub(crate) fn database_key(&self) -> Secret {
        self.ring().keys.database.clone()
    }

    pub(crate) fn card(&self) -> Result<Card, Problem> {
        home::card(&self.dir)?.ok_or_else(|| Problem::new("not_enrolled_here"))
    }

    /// Whether the person who is signed in may do `action`; asked again here, for not every program has a session.
    pub(crate) fn may(&self, action: Action) -> Result<(), Problem> {
        if policy::permits(self.stands_as(), action) { Ok(()) } else { Err(Problem::new("not_permitted")) }
    }

    /// Whether the passphrase that was typed came from a supervisor.
    #[must_use]
    pub fn passphrase_was_given(&self) -> bool {
        self.ring().chosen == Chosen::Given
    }

    /// The name of somebody who left.
    pub(crate) fn former_name(&self, id: &str) -> Option<String> {
        self.former.lock().unwrap_or_else(PoisonError::into_inner).get(id).cloned()
    }

    /// Reads the names of those who left; kept in memory, because they are asked for while the database is being read.
    pub(crate) fn remember_former(&self) -> Result<(), Problem> {
        let rows = self.db.read(|tx| tx.query("SELECT id, name FROM person WHERE gone > 0", &[])).map_err(stored)?;
        let names = rows.iter().map(|r| Ok((r.text(0)?, r.text(1)?))).collect::<Result<_, DbProblem>>();
        *self.former.lock().unwrap_or_else(PoisonError::into_inner) = names.map_err(stored)?;
        Ok(())
    }

    /// The people of this computer, and the helpers of schools.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn staff(&self) -> Result<Vec<StaffRow>, Problem> {
        let me = &self.identity.person.id;
        let row = |slot: Slot| StaffRow {
            me: slot.person == *me,
            id: slot.person,
            name: slot.name,
            role: slot.role,
            given: slot.chosen == Chosen::Given,
            about: String::new(),
        };
        Ok(self.card()?.slots.into_iter().map(row).chain(self.helper_rows()).collect())
    }

    /// Adds a person. The passphrase is drawn here, shown once and stored nowhere.
    ///
    /// # Errors
    /// `not_permitted`, `name_needed`, `name_taken`, `people_full`, `setting_unknown` for a role that is none.
    pub fn add_person(&self, name: &str, role: &str) -> Result<HandedOut, Problem> {
        self.may(Action::PeopleChange)?;
        let _turn = self.changing();
        let role = match Role::from_code(role) {
            Some(role @ (Role::Officer | Role::Supervisor)) => role,
            Some(_) | None => return Err(Problem::new("setting_unknown").with("value", role)),
        };
        let mut card = self.card()?;
        let name = self.free_name(&card, name)?;
        if card.slots.len() >= PEOPLE_MAX {
            return Err(Problem::new("people_full").with("max", PEOPLE_MAX));
        }
        let (slot, handed) = self.new_slot(&self.edge.new_id().to_string(), name, role)?;
        card.slots.push(slot);
        home::write_card(&self.dir, &card)?;
        Ok(handed)
    }

    /// Hands out another passphrase to somebody who forgot theirs; the one of before opens nothing any more.
    ///
    /// # Errors
    /// `not_permitted`, `person_unknown`.
    pub fn reissue(&self, id: &str) -> Result<HandedOut, Problem> {
        self.may(Action::PeopleChange)?;
        let _turn = self.changing();
        if let Some(handed) = self.reissue_helper(id)? {
            return Ok(handed);
        }
        let handed = self.hand_anew(&mut self.card()?, id)?;
        self.seal_escrow(Some("supervisor"))?;
        Ok(handed)
    }

    /// [`Office::reissue`] into a card that is written with it.
    pub(crate) fn hand_anew(&self, card: &mut Card, id: &str) -> Result<HandedOut, Problem> {
        let slot = card.slots.iter_mut().find(|s| s.person == id).ok_or_else(|| Problem::new("person_unknown"))?;
        let role = Role::from_code(&slot.role).ok_or_else(|| Problem::new("person_unknown"))?;
        let (new, handed) = self.new_slot(id, &slot.name, role)?;
        let kept = new.recipient.clone();
        *slot = new;
        home::write_card(&self.dir, card)?;
        // Only now: until the card is written, a rotation has to reach the slot of before.
        self.db
            .write(|tx| {
                tx.execute("DELETE FROM pin WHERE person = $1", params![id])?;
                tx.execute("DELETE FROM person WHERE id = $1 AND recipient <> $2", params![id, kept]).map(|_| ())
            })
            .map_err(stored)?;
        Ok(handed)
    }

    /// Removes a person. Whoever held the keys has seen them: the database gets another one, and so does what signs here.
    ///
    /// # Errors
    /// `not_permitted`, `person_unknown`, `not_yourself`, `slot_changed` when somebody else's slot was tampered with;
    /// those of storage.
    pub fn remove_person(&self, id: &str) -> Result<Vec<StaffRow>, Problem> {
        self.may(Action::PeopleChange)?;
        if id == self.identity.person.id {
            return Err(Problem::new("not_yourself"));
        }
        let _turn = self.changing();
        if self.remove_helper(id)? {
            return self.staff();
        }
        let mut card = self.card()?;
        let left = card.slots.iter().position(|s| s.person == id).ok_or_else(|| Problem::new("person_unknown"))?;
        // Before it: from its first step on the person is gone, whatever cuts what follows.
        self.note(&Did::new(Act::Person, ("person", id), "remove"))?;
        card.slots.remove(left);
        self.between_copies(|| self.rotate(&mut card))?;
        self.seal_escrow(None)?;
        let now = self.now();
        self.db
            .write(|tx| {
                tx.execute("DELETE FROM pin WHERE person = $1", params![id])?;
                tx.execute("UPDATE person SET gone = $1 WHERE id = $2", params![now, id]).map(|_| ())
            })
            .map_err(stored)?;
        self.remember_former()?;
        self.keep_tail()?;
        self.renew_copies()?;
        self.staff()
    }

    /// Gives the database another key: sealed to everybody who stays, then used, then the only one. Opening finishes
    /// whatever a power cut left between these steps.
    pub(crate) fn rotate(&self, card: &mut Card) -> Result<(), Problem> {
        self.note(&Did::new(Act::Key, ("key", "computer"), "rotate"))?;
        let mut ring = self.ring();
        self.db.read(|tx| card.every_slot().try_for_each(|slot| is_known(tx, slot)))?;
        let next = prepare(card, &device_key::caught_up(card, ring.keys.clone()), &self.edge)?;
        home::write_card(&self.dir, card)?;
        self.db.rekey(&next.database).map_err(stored)?;
        mend::note_key(&self.dir, &next.database)?;
        self.sign_with(&next, card);
        ring.keys = next;
        advance(&self.dir, card)
    }

    /// Replaces one's own passphrase.
    ///
    /// # Errors
    /// `wrong_passphrase` for the old one, `passphrase_short`, `passphrase_same`.
    pub fn change_passphrase(&self, old: &str, new: &str) -> Result<(), Problem> {
        if !passphrase::long_enough(new) {
            return Err(Problem::new("passphrase_short").with("min", passphrase::LENGTH_MIN));
        }
        if old.trim() == new.trim() {
            return Err(Problem::new("passphrase_same"));
        }
        let _turn = self.changing();
        let (mut card, mut ring) = (self.card()?, self.ring());
        let me = &self.identity.person.id;
        let slot = card.slots.iter_mut().find(|s| s.person == *me).ok_or_else(|| Problem::new("person_unknown"))?;
        let own = slot.open(old).ok().and_then(|o| o.own).ok_or_else(|| Problem::new("wrong_passphrase"))?;
        self.note(&Did::new(Act::Secret, ("person", me.as_str()), "passphrase"))?;
        let mut fill = |bytes: &mut [u8]| self.edge.chance.fill(bytes);
        slot.close(new, &own, &sign::public_key(&ring.keys.device), &mut fill).map_err(sealed)?;
        slot.chosen = Chosen::Self_;
        home::write_card(&self.dir, &card)?;
        ring.chosen = Chosen::Self_;
        Ok(())
    }

    /// The signing key of whoever is signed in.
    pub(crate) fn author(&self) -> Option<Secret> {
        self.ring().own.as_ref().map(|own| own.author.clone())
    }

    /// Tells the Dinas the key that whoever is signed in signs with, unless somebody has: a person who was added is vouched
    /// for by the supervisor, the first person of a computer and those of older builds say it themselves.
    pub(crate) fn tell_author(&self) -> Result<(), Problem> {
        let Some(author) = self.author() else { return Ok(()) };
        let (me, key) = (&self.identity.person.id, hex::encode(sign::public_key(&author)));
        let now = self.now();
        self.db.write(|tx| self.vouch(tx, me, &key, now))
    }

    /// Tells a person's signing key once.
    fn vouch(&self, tx: &mut dyn Tx, person: &str, key: &str, now: i64) -> Result<(), Problem> {
        let told = format!("{AUTHOR}{person}");
        if settings::get(tx, &told)? == key {
            return Ok(());
        }
        let body = Body::PersonKey(PersonKey { person: person.to_owned(), key: key.to_owned() });
        own::append_note(tx, &self.identity, &body, &self.edge, now)?;
        settings::set(tx, &told, key)
    }

    /// Four words that nobody chose.
    #[must_use]
    pub fn propose_passphrase(&self) -> String {
        passphrase::words(self.edge.random())
    }

    /// A slot with a drawn passphrase, its public key known to the database before anything names it.
    fn new_slot(&self, id: &str, name: &str, role: Role) -> Result<(Slot, HandedOut), Problem> {
        let words = self.propose_passphrase();
        let mut slot = self.slot(id, name, role, &words)?;
        slot.chosen = Chosen::Given;
        Ok((slot, HandedOut { person: id.to_owned(), name: name.to_owned(), passphrase: words }))
    }

    fn slot(&self, id: &str, name: &str, role: Role, passphrase: &str) -> Result<Slot, Problem> {
        let ring = self.ring();
        let device = self.identity.device.to_string();
        let generation = self.card()?.generation();
        let who = Who { device: &device, person: id, name, role: role.code(), generation, terms: "" };
        let mut fill = |bytes: &mut [u8]| self.edge.chance.fill(bytes);
        let slot = Slot::make(who, passphrase, &ring.keys, ring.memory_kib, &mut fill).map_err(sealed)?;
        let now = self.now();
        self.db.write(|tx| {
            knows(tx, &slot, &self.identity.person.id, now).map_err(stored)?;
            self.vouch(tx, id, &slot.author, now)?;
            audit::note(tx, &self.identity, &Did::new(Act::Person, ("person", id), role.code()), now)
        })?;
        Ok(slot)
    }

    /// Makes the signed-in person's slot one of this build, and known to the database. The only person of a computer
    /// that had no roles yet is its supervisor. Gives the role that holds.
    pub(crate) fn renew_slot(&self, passphrase: &str) -> Result<Role, Problem> {
        let mut card = self.card()?;
        let me = &self.identity.person;
        let alone = card.slots.len() == 1;
        let slot = card.slots.iter_mut().find(|s| s.person == me.id).ok_or_else(|| Problem::new("person_unknown"))?;
        let own = self.ring().own.clone();
        if let Some(own) = own {
            // New to the database when the computer was just set up, or when it was restored to an earlier day.
            if self.db.read(|tx| is_known(tx, slot)).is_err() {
                self.db.write(|tx| knows(tx, slot, &me.id, self.now())).map_err(stored)?;
            }
            if !slot.since.is_empty() {
                // The passphrase seals the key that signs now: the ones of before are believed by nobody any more.
                let mut fill = |bytes: &mut [u8]| self.edge.chance.fill(bytes);
                slot.close(passphrase, &own, &sign::public_key(&self.seed()), &mut fill).map_err(sealed)?;
                home::write_card(&self.dir, &card)?;
            }
            return Ok(self.identity.role);
        }
        let role = if alone { Role::Supervisor } else { self.identity.role };
        let new = self.slot(&me.id, &me.name, role, passphrase)?;
        let own = new.open(passphrase).map_err(sealed)?.own;
        *slot = new;
        home::write_card(&self.dir, &card)?;
        self.ring().own = own;
        Ok(role)
    }
}

/// Writes down whose public key it is.
pub(crate) fn knows(tx: &mut dyn Tx, slot: &Slot, by: &str, now: i64) -> Result<(), DbProblem> {
    tx.execute(
        "INSERT INTO person (recipient, id, name, role, made, made_by, gone) VALUES ($1, $2, $3, $4, $5, $6, 0) ON CONFLICT (recipient) DO NOTHING",
        params![&slot.recipient, &slot.person, &slot.name, &slot.role, now, by],
    )
    .map(|_| ())
}

/// Whether the public key on the card is one that the database knows: the card lies in the clear, and new keys are sealed
/// to nobody who only wrote into it.
pub(crate) fn is_known(tx: &mut dyn Tx, slot: &Slot) -> Result<(), Problem> {
    let sql = "SELECT id FROM person WHERE recipient = $1 AND id = $2 AND role = $3 AND gone = 0";
    let found = first(tx, sql, params![&slot.recipient, &slot.person, &slot.role]).map_err(stored)?;
    found.map(|_| ()).ok_or_else(|| Problem::new("slot_changed").with("name", &slot.name))
}
