//! The key that this computer signs with, and how it changes to another (protocol 2.15, decision 0023): drawn and sealed
//! to everybody here, named to the district by the one before, and the only one once the district has answered to it.

use crate::home::{self, Card};
use crate::staff::{is_known, sealed};
use crate::{Office, settings, unattended};
use jukung_crypto::keyring::{Keys, Secret};
use jukung_crypto::sign::public_key;
use jukung_crypto::succession::{self, STATEMENTS_MAX, Statement};
use jukung_domain::policy::Action;
use jukung_domain::problem::Problem;
use std::collections::VecDeque;
use std::sync::{MutexGuard, PoisonError};

/// Setting: the key, in hex, that the district said it will know this computer by as well.
pub(crate) const TOLD: &str = "key_told";

/// The signing keys of the session; the card has them sealed.
#[derive(Clone)]
pub(crate) struct Signing {
    held: Secret,
    next: Option<Secret>,
    before: Option<Secret>,
    said: Vec<Statement>,
}

impl Signing {
    pub(crate) fn of(keys: &Keys, card: &Card) -> Signing {
        Signing {
            held: keys.device.clone(),
            next: keys.device_next.clone(),
            before: keys.device_before.clone(),
            said: card.keys.clone(),
        }
    }

    fn next_public(&self) -> Option<String> {
        self.next.as_ref().map(|seed| hex::encode(public_key(seed)))
    }
}

/// Which key signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum By {
    /// The one that holds.
    Held,
    /// The one that it changes to.
    Next,
}

/// How a call is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Way {
    /// Which key signs.
    pub by: By,
    /// The statements about its keys go along.
    pub said: bool,
}

/// What signs while nothing changes.
pub(crate) const USUAL: Way = Way { by: By::Held, said: false };

/// Writes down on the card that the key which `next` changes to follows every key that the district may know.
pub(crate) fn say(card: &mut Card, keys: &Keys, next: &Keys) {
    let Some(new) = next.device_next.as_ref().map(|seed| public_key(seed)) else { return };
    let device = card.device.to_string();
    for seed in std::iter::once(&keys.device).chain(&keys.device_next) {
        note(card, succession::name(seed, &device, &new));
    }
}

fn note(card: &mut Card, said: Statement) {
    if !card.keys.contains(&said) {
        card.keys.push(said);
    }
    let over = card.keys.len().saturating_sub(STATEMENTS_MAX);
    card.keys.drain(..over);
}

/// The keys as the card says they are: those of a recovery may be sealed before the last change was done.
pub(crate) fn caught_up(card: &Card, keys: Keys) -> Keys {
    let done = keys.device_next.as_ref().is_some_and(|seed| hex::encode(public_key(seed)) == card.key);
    if done { keys.switched().unwrap_or(keys) } else { keys }
}

impl Office {
    /// One change of the card at a time: the sending loop and a person may want one at once.
    pub(crate) fn changing(&self) -> MutexGuard<'_, ()> {
        self.changing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn signing(&self) -> Signing {
        self.signing.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn sign_with(&self, keys: &Keys, card: &Card) {
        *self.signing.lock().unwrap_or_else(PoisonError::into_inner) = Signing::of(keys, card);
    }

    /// Seed of the key that this computer signs with.
    #[must_use]
    pub fn seed(&self) -> Secret {
        self.signing().held
    }

    pub(crate) fn seed_of(&self, by: By) -> Secret {
        let signing = self.signing();
        match by {
            By::Held => signing.held,
            By::Next => signing.next.unwrap_or(signing.held),
        }
    }

    /// What may be sealed to this computer and is still on its way, by the seed that opens it.
    pub(crate) fn seeds_that_open(&self) -> Vec<(Secret, By)> {
        let Signing { held, next, before, .. } = self.signing();
        let others = next.map(|seed| (seed, By::Next)).into_iter().chain(before.map(|seed| (seed, By::Held)));
        std::iter::once((held, By::Held)).chain(others).collect()
    }

    /// How its keys have changed.
    pub(crate) fn statements(&self) -> Vec<Statement> {
        self.signing().said
    }

    /// The ways to sign, the usual one first. The others are for a district that does not know that key: it was restored, or
    /// its answer was lost. Both keys work until the change was seen, so none of this locks anybody out.
    ///
    /// # Errors
    /// Those of storage.
    pub(crate) fn ways_to_sign(&self) -> Result<VecDeque<Way>, Problem> {
        let (signing, held) = (self.signing(), |said| Way { by: By::Held, said });
        let Some(next) = signing.next_public() else {
            let known = [held(false)].into_iter();
            return Ok(known.chain(Some(held(true)).filter(|_| !signing.said.is_empty())).collect());
        };
        let told = self.db.read(|tx| settings::get(tx, TOLD))? == next;
        let next = Way { by: By::Next, said: true };
        // What a broken database had packed is signed with the key that holds: it goes first.
        let ready = told && !unattended::keeps(&self.dir);
        Ok(if ready { [next, held(true)] } else { [held(true), next] }.into())
    }

    /// How what is carried is signed: nobody can ask back, so the statements always go along.
    ///
    /// # Errors
    /// Those of storage.
    pub(crate) fn way_by_stick(&self) -> Result<Way, Problem> {
        let by = self.ways_to_sign()?.front().map_or(By::Held, |way| way.by);
        Ok(Way { by, said: true })
    }

    /// The district answered to what a key signed. Where that cannot be written down, both keys go on to work.
    pub(crate) fn answered(&self, by: By) {
        if by == By::Next
            && let Err(problem) = self.switch()
        {
            tracing::warn!("this computer goes on with two keys: {problem}");
        }
    }

    /// Makes the next key the one that holds: sealed to everybody here in one step, signed by the one before once more.
    fn switch(&self) -> Result<(), Problem> {
        let _turn = self.changing();
        let (mut card, mut ring) = (self.card()?, self.ring());
        let Some(keys) = ring.keys.switched() else { return Ok(()) };
        if card.every_slot().any(|slot| !slot.next.is_empty()) {
            // A change of the database's key was cut; the next sign-in finishes it, and this comes after.
            return Ok(());
        }
        let new = public_key(&keys.device);
        // Another program at this folder may have done it already.
        if card.key != hex::encode(new) {
            self.db.read(|tx| card.every_slot().try_for_each(|slot| is_known(tx, slot)))?;
            let said = succession::name(&ring.keys.device, &card.device.to_string(), &new);
            card.every_slot().try_for_each(|slot| slot.follow(&keys, &said)).map_err(sealed)?;
            card.key = hex::encode(new);
            note(&mut card, said);
            home::write_card(&self.dir, &card)?;
        }
        self.sign_with(&keys, &card);
        ring.keys = keys;
        Ok(())
    }

    /// Gives this computer another signing key, and its database another key with it. The district learns it with the next
    /// call; until then, and without a network, the one of before goes on to work.
    ///
    /// # Errors
    /// `not_permitted`, `slot_changed`; those of storage.
    pub fn rotate_key(&self) -> Result<(), Problem> {
        self.may(Action::PeopleChange)?;
        let _turn = self.changing();
        let mut card = self.card()?;
        self.between_copies(|| self.rotate(&mut card))?;
        self.seal_escrow(None)?;
        self.keep_tail()?;
        self.renew_copies()
    }
}
