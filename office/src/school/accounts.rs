//! Making, re-issuing and removing school helpers: a supervisor's. The counter's database holds the keys of their folders,
//! so whoever opens the counter opens them; a helper's slot holds their own and no other.

use super::{COUNTER, card_for, place, slots, text};
use crate::audit::{self, Act, Did};
use crate::home::{self, Card};
use crate::scan::store::failed;
use crate::staff::{self, sealed};
use crate::staff_view::{HandedOut, StaffRow};
use crate::{Office, settings, stored};
use jukung_crypto::bundle;
use jukung_crypto::keyring::{Keys, Secret};
use jukung_crypto::slot::{Chosen, Slot, Who};
use jukung_domain::assignment::Assignment;
use jukung_domain::policy::{Action, Role};
use jukung_domain::problem::Problem;
use jukung_domain::texts::say;
use jukung_ledger::migrate::{self, Home};
use jukung_ledger::{Db, Row, Tx, params, private};
use std::path::Path;

/// Helpers of one counter: each school of a village sends one or two.
const HELPERS_MAX: usize = 20;

/// A helper as the counter's database knows them.
pub(super) struct Helper {
    pub id: String,
    pub name: String,
    pub terms: String,
    /// Opens their database.
    pub key: Secret,
    /// Signs the keyring in their slot, and nothing else.
    pub seed: Secret,
    /// Opens what they handed over.
    pub secret: Secret,
}

fn of_row(row: &Row) -> Result<Helper, Problem> {
    let key = |at: usize| row.text(at).and_then(|t| jukung_ledger::log::hash(&t)).map(Secret::new).map_err(stored);
    Ok(Helper {
        id: text(row, 0)?,
        name: text(row, 1)?,
        terms: text(row, 2)?,
        key: key(3)?,
        seed: key(4)?,
        secret: key(5)?,
    })
}

impl Office {
    /// Helpers who were not removed.
    pub(super) fn helpers(&self) -> Result<Vec<Helper>, Problem> {
        let sql = "SELECT id, name, terms, key, seed, secret FROM helper WHERE gone = 0 ORDER BY made, id";
        let rows = self.db.read(|tx| tx.query(sql, &[])).map_err(stored)?;
        rows.iter().map(of_row).collect()
    }

    fn helper(&self, id: &str) -> Result<Option<Helper>, Problem> {
        Ok(self.helpers()?.into_iter().find(|h| h.id == id))
    }

    /// A name that nobody at this computer has.
    ///
    /// # Errors
    /// `name_needed`, `name_taken`.
    pub(crate) fn free_name<'a>(&self, card: &Card, name: &'a str) -> Result<&'a str, Problem> {
        let name = name.trim();
        if name.is_empty() {
            return Err(Problem::new("name_needed"));
        }
        let mut taken = card.slots.iter().cloned().chain(slots(&self.dir));
        if taken.any(|s| s.name.to_lowercase() == name.to_lowercase()) {
            return Err(Problem::new("name_taken").with("name", name));
        }
        Ok(name)
    }

    /// Makes a school helper. The passphrase is drawn here, shown once and stored nowhere.
    ///
    /// # Errors
    /// `not_permitted`, `name_needed`, `name_taken`, `helpers_full`; those of [`Assignment::checked`] and of the disk.
    pub fn add_helper(&self, name: &str, assignment: &Assignment) -> Result<HandedOut, Problem> {
        self.may(Action::PeopleChange)?;
        let _turn = self.changing();
        let (card, assignment) = (self.card()?, assignment.checked(self.today())?);
        let name = self.free_name(&card, name)?;
        if slots(&self.dir).len() >= HELPERS_MAX {
            return Err(Problem::new("helpers_full").with("max", HELPERS_MAX));
        }
        let drawn = || Secret::new(self.edge.random());
        let helper = Helper {
            id: self.edge.new_id().to_string(),
            name: name.to_owned(),
            terms: serde_json::to_string(&assignment).map_err(|e| Problem::new("internal").with("at", e))?,
            key: drawn(),
            seed: drawn(),
            secret: drawn(),
        };
        let (slot, handed) = self.helper_slot(&helper)?;
        // The keys first: what they open may never be there without them.
        let (now, me) = (self.now(), &self.identity.person.id);
        let hexed = [&helper.key, &helper.seed, &helper.secret].map(|key| hex::encode(key.as_slice()));
        self.db.write(|tx| {
            let sql = "INSERT INTO helper (id, name, terms, key, seed, secret, made, made_by, gone)
                       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0)";
            let [key, seed, secret] = &hexed;
            tx.execute(sql, params![&helper.id, name, &helper.terms, key, seed, secret, now, me]).map_err(stored)?;
            self.note_helper(tx, &slot, Role::Helper.code(), now)
        })?;
        self.begin_folder(&helper)?;
        home::write_card(&place(&self.dir, &helper.id), &card_for(&card, slot))?;
        self.keep_tail()?;
        Ok(handed)
    }

    fn note_helper(&self, tx: &mut dyn Tx, slot: &Slot, what: &str, now: i64) -> Result<(), Problem> {
        staff::knows(tx, slot, &self.identity.person.id, now).map_err(stored)?;
        audit::note(tx, &self.identity, &Did::new(Act::Person, ("person", slot.person.as_str()), what), now)
    }

    /// A slot with a drawn passphrase that opens the helper's keys.
    fn helper_slot(&self, helper: &Helper) -> Result<(Slot, HandedOut), Problem> {
        let (words, device) = (self.propose_passphrase(), self.identity.device.to_string());
        let role = Role::Helper.code();
        let Helper { id, name, terms, .. } = helper;
        let who = Who { device: &device, person: id, name, role, generation: 1, terms };
        let keys = Keys::new(helper.key.clone(), helper.seed.clone());
        let memory_kib = self.ring().memory_kib;
        let mut fill = |bytes: &mut [u8]| self.edge.chance.fill(bytes);
        let mut slot = Slot::make(who, &words, &keys, memory_kib, &mut fill).map_err(sealed)?;
        slot.chosen = Chosen::Given;
        Ok((slot, HandedOut { person: id.clone(), name: name.clone(), passphrase: words }))
    }

    /// The folder with its database, which knows whom to seal to and what the Dinas asks for.
    fn begin_folder(&self, helper: &Helper) -> Result<(), Problem> {
        let place = place(&self.dir, &helper.id);
        private::folder(&place).map_err(|e| failed(&e))?;
        let (to, asked) =
            (bundle::recipient(&helper.secret).map_err(sealed)?, self.db.read(|tx| settings::get(tx, ASKED))?);
        let db = Db::open_sqlite(&place.join(home::DATABASE), Some(&helper.key)).map_err(stored)?;
        db.write(|tx| migrate::run(tx, Home::Office)).map_err(stored)?;
        db.write(|tx| settings::set(tx, COUNTER, &to).and_then(|()| settings::set(tx, ASKED, &asked)))
    }

    /// The helpers as the supervisor sees them.
    pub(crate) fn helper_rows(&self) -> Vec<StaffRow> {
        let today = self.today();
        let row = |slot: Slot| {
            let read = Assignment::read(&slot.terms).unwrap_or_default();
            let key = if read.still_holds(today).is_ok() { "school.until" } else { "school.ended" };
            let until = crate::views::day_words(&read.until);
            StaffRow {
                me: false,
                id: slot.person,
                name: slot.name,
                role: slot.role,
                given: slot.chosen == Chosen::Given,
                about: say(key, &[("school", &read.school), ("letter", &read.letter), ("date", &until)]),
            }
        };
        slots(&self.dir).into_iter().map(row).collect()
    }

    /// Hands out another passphrase to a helper; their drafts stay. False when it is nobody's id here.
    pub(crate) fn reissue_helper(&self, id: &str) -> Result<Option<HandedOut>, Problem> {
        let Some(helper) = self.helper(id)? else { return Ok(None) };
        self.hand_helper_anew(&helper).map(Some)
    }

    /// Goes on with a helper under another letter: the same drafts, and a passphrase anew, for the old one carries the old
    /// letter.
    ///
    /// # Errors
    /// `not_permitted`, `person_unknown`; those of [`Assignment::checked`] and of the disk.
    pub fn assign_helper(&self, id: &str, assignment: &Assignment) -> Result<HandedOut, Problem> {
        self.may(Action::PeopleChange)?;
        let _turn = self.changing();
        let assignment = assignment.checked(self.today())?;
        let helper = self.helper(id)?.ok_or_else(|| Problem::new("person_unknown"))?;
        let terms = serde_json::to_string(&assignment).map_err(|e| Problem::new("internal").with("at", e))?;
        self.db
            .write(|tx| tx.execute("UPDATE helper SET terms = $1 WHERE id = $2", params![&terms, id]).map(|_| ()))
            .map_err(stored)?;
        self.hand_helper_anew(&Helper { terms, ..helper })
    }

    fn hand_helper_anew(&self, helper: &Helper) -> Result<HandedOut, Problem> {
        let (slot, handed) = self.helper_slot(helper)?;
        let (now, place) = (self.now(), place(&self.dir, &helper.id));
        self.db.write(|tx| {
            tx.execute("DELETE FROM person WHERE id = $1", params![&helper.id]).map_err(stored)?;
            self.note_helper(tx, &slot, "reissue", now)
        })?;
        home::write_card(&place, &card_for(&self.card()?, slot))?;
        // A PIN of before opens nothing by itself, but its owner may have forgotten both.
        let db = Db::open_sqlite(&place.join(home::DATABASE), Some(&helper.key)).map_err(stored)?;
        db.write(|tx| tx.execute("DELETE FROM pin", &[]).map(|_| ())).map_err(stored)?;
        Ok(handed)
    }

    /// Removes a helper: the way in first, then what they handed over is taken, then the folder and its keys go. False when
    /// it is nobody's id here.
    pub(crate) fn remove_helper(&self, id: &str) -> Result<bool, Problem> {
        let Some(helper) = self.helper(id)? else { return Ok(false) };
        self.note(&Did::new(Act::Person, ("person", id), "remove"))?;
        home::remove_card(&place(&self.dir, id))?;
        self.end_helper(&helper)?;
        Ok(true)
    }

    /// The second half of a removal, which the next sign-in does again where something cut it.
    pub(super) fn end_helper(&self, helper: &Helper) -> Result<(), Problem> {
        let place = place(&self.dir, &helper.id);
        if place.join(home::DATABASE).exists() {
            self.take_from(helper, &place)?;
        }
        let now = self.now();
        self.db
            .write(|tx| {
                let sql = "UPDATE helper SET gone = $1, key = '', seed = '', secret = '' WHERE id = $2";
                tx.execute(sql, params![now, &helper.id])?;
                tx.execute("UPDATE person SET gone = $1 WHERE id = $2", params![now, &helper.id]).map(|_| ())
            })
            .map_err(stored)?;
        self.remember_former()?;
        remove_folder(&place)
    }
}

/// Setting with what the Dinas asks for.
pub(super) const ASKED: &str = "district_settings";

fn remove_folder(place: &Path) -> Result<(), Problem> {
    match std::fs::remove_dir_all(place) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(failed(&e)),
        Ok(()) | Err(_) => Ok(()),
    }
}
