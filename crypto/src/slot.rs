//! Key slots: a person's passphrase opens that person's own secrets, and these open the computer's keys (security.md 2.3).

use crate::keyring::{self, About, Keys, Secret};
use crate::succession::{self, Statement};
use crate::{CryptoProblem, Fill, bundle, seal, sign};
use argon2::{Algorithm, Argon2, Params, Version};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// Memory of the key derivation in KiB: what a village PC gives for half a second.
pub const MEMORY_KIB: u32 = 64 * 1024;
/// Passes of the key derivation.
pub const PASSES: u32 = 3;
/// Weakest parameters that are opened: a slot file with less was tampered with. Tests use exactly these.
const MEMORY_KIB_MIN: u32 = 8 * 1024;
/// Most memory that is given: a slot file that asks for more was tampered with, to make the computer stand still.
const MEMORY_KIB_MAX: u32 = 1024 * 1024;
/// Format of the slots that this build makes; format 1 held the computer's keys themselves.
const FORMAT: u32 = 2;

/// What is a person's own: no other person of the computer can open it.
#[derive(Clone)]
pub struct Own {
    /// Opens the keyrings sealed to this person.
    pub secret: Secret,
    /// Seed of the person's signing key.
    pub author: Secret,
}

/// What a passphrase opened.
#[derive(Clone)]
pub struct Opened {
    /// The computer's keys.
    pub keys: Keys,
    /// Those of the next generation, while a rotation is under way.
    pub next: Option<Keys>,
    /// The person's own secrets; none in a slot of format 1.
    pub own: Option<Own>,
}

/// Whose slot it is.
#[derive(Debug, Clone, Copy)]
pub struct Who<'a> {
    /// Device id.
    pub device: &'a str,
    /// Person's id.
    pub person: &'a str,
    /// Name shown at sign-in.
    pub name: &'a str,
    /// Role.
    pub role: &'a str,
    /// Generation of the keys.
    pub generation: u32,
    /// On what terms, e.g. a letter of assignment; empty for most.
    pub terms: &'a str,
}

/// Who chose the passphrase.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Chosen {
    /// The person, or nobody else knows it any more.
    #[default]
    Self_,
    /// A supervisor handed it out: it has to be replaced at the first sign-in.
    Given,
}

/// One person's slot as it lies in the slot file. Device, person, name, role and generation are bound: changing one
/// breaks the slot.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Slot {
    /// Format.
    pub v: u32,
    /// Device id; empty in format 1.
    #[serde(default)]
    pub device: String,
    /// Person's id.
    pub person: String,
    /// Name shown at sign-in.
    pub name: String,
    /// Role, e.g. `officer`.
    pub role: String,
    /// Generation of the keys.
    pub generation: u32,
    /// On what terms the person is here; bound like the rest.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub terms: String,
    /// Salt in hex.
    pub salt: String,
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes.
    pub passes: u32,
    /// Sealed with the passphrase, in hex: the person's own secrets and the device's public key.
    pub sealed: String,
    /// The person's public key, `age1…`.
    #[serde(default)]
    pub recipient: String,
    /// The computer's keys, sealed to the person.
    #[serde(default)]
    pub keyring: String,
    /// Those of the next generation; empty when no rotation is under way.
    #[serde(default)]
    pub next: String,
    /// How the device's key has changed since the passphrase sealed the one of before; the next sign-in seals the newest.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub since: Vec<Statement>,
    /// The person's public signing key in hex, which proves what they wrote; empty in slots of before.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub author: String,
    /// Who chose the passphrase.
    #[serde(default)]
    pub chosen: Chosen,
}

impl Slot {
    /// A new slot with new secrets of its person's own.
    ///
    /// # Errors
    /// Parameters that cannot be used.
    pub fn make(
        who: Who<'_>,
        passphrase: &str,
        keys: &Keys,
        memory_kib: u32,
        fill: Fill<'_>,
    ) -> Result<Slot, CryptoProblem> {
        let mut drawn = || {
            let mut key = Zeroizing::new([0u8; 32]);
            fill(key.as_mut_slice());
            key
        };
        let own = Own { secret: drawn(), author: drawn() };
        let recipient = bundle::recipient(&own.secret)?;
        let mut slot = Slot {
            v: FORMAT,
            device: who.device.to_owned(),
            person: who.person.to_owned(),
            name: who.name.to_owned(),
            role: who.role.to_owned(),
            generation: who.generation,
            terms: who.terms.to_owned(),
            salt: String::new(),
            memory_kib,
            passes: PASSES,
            sealed: String::new(),
            recipient,
            keyring: String::new(),
            next: String::new(),
            since: Vec::new(),
            author: hex::encode(sign::public_key(&own.author)),
            chosen: Chosen::Self_,
        };
        slot.keyring = keyring::seal(keys, slot.about(who.generation), &slot.recipient)?;
        slot.close(passphrase, &own, &sign::public_key(&keys.device), fill)?;
        Ok(slot)
    }

    /// Opens the slot.
    ///
    /// # Errors
    /// [`CryptoProblem::CannotOpen`] for a wrong passphrase or a changed slot; [`CryptoProblem::Parameters`] for a form that a
    /// newer build writes.
    pub fn open(&self, passphrase: &str) -> Result<Opened, CryptoProblem> {
        if self.v > FORMAT {
            return Err(CryptoProblem::Parameters);
        }
        let key = self.derive(passphrase)?;
        let sealed = hex::decode(&self.sealed).map_err(|_| CryptoProblem::CannotOpen)?;
        let plain = Zeroizing::new(seal::open(&key, &self.bound(), &sealed)?);
        let (parts, rest) = plain.as_chunks::<32>();
        let part = |at: usize| parts.get(at).map(|p| Zeroizing::new(*p)).ok_or(CryptoProblem::CannotOpen);
        if self.v < FORMAT {
            let keys = Keys::new(part(0)?, part(1)?);
            return Ok(Opened { keys, next: None, own: None });
        }
        if !rest.is_empty() {
            return Err(CryptoProblem::CannotOpen);
        }
        let (own, device_key) = (Own { secret: part(0)?, author: part(1)? }, part(2)?);
        if bundle::recipient(&own.secret)? != self.recipient {
            // Somebody wrote another public key here, for the next keys to be sealed to.
            return Err(CryptoProblem::CannotOpen);
        }
        if !self.author.is_empty() && self.author != hex::encode(sign::public_key(&own.author)) {
            return Err(CryptoProblem::CannotOpen);
        }
        let device_key = self.newest(*device_key)?;
        let keys = keyring::open(&own.secret, self.about(self.generation), &device_key, &self.keyring)?;
        let next = if self.next.is_empty() {
            None
        } else {
            Some(keyring::open(&own.secret, self.about(self.generation + 1), &device_key, &self.next)?)
        };
        Ok(Opened { keys, next, own: Some(own) })
    }

    /// The device's key that follows `sealed` by the statements since.
    fn newest(&self, sealed: [u8; 32]) -> Result<[u8; 32], CryptoProblem> {
        let follows = |by: [u8; 32], said: &Statement| succession::named(&by, &self.device, said);
        self.since.iter().try_fold(sealed, follows).ok_or(CryptoProblem::CannotOpen)
    }

    /// Closes the slot under a passphrase, the same or another; the person's own secrets stay. `device_key` is the
    /// device's public key that holds.
    ///
    /// # Errors
    /// Parameters that cannot be used.
    pub fn close(
        &mut self,
        passphrase: &str,
        own: &Own,
        device_key: &[u8; 32],
        fill: Fill<'_>,
    ) -> Result<(), CryptoProblem> {
        let mut salt = [0u8; 16];
        fill(&mut salt);
        self.salt = hex::encode(salt);
        let key = self.derive(passphrase)?;
        let plain = Zeroizing::new([own.secret.as_slice(), own.author.as_slice(), device_key].concat());
        self.sealed = hex::encode(seal::seal(&key, &self.bound(), &plain, fill)?);
        self.since.clear();
        Ok(())
    }

    /// Seals the keys of the next generation to this person.
    ///
    /// # Errors
    /// A public key that is none.
    pub fn prepare(&mut self, next: &Keys) -> Result<(), CryptoProblem> {
        self.next = keyring::seal(next, self.about(self.generation + 1), &self.recipient)?;
        Ok(())
    }

    /// Seals the same generation's keys again, after the device's key changed as `said`.
    ///
    /// # Errors
    /// A public key that is none.
    pub fn follow(&mut self, keys: &Keys, said: &Statement) -> Result<(), CryptoProblem> {
        self.keyring = keyring::seal(keys, self.about(self.generation), &self.recipient)?;
        self.since.push(said.clone());
        Ok(())
    }

    /// The next generation is the one that holds.
    pub fn advance(&mut self) {
        if !self.next.is_empty() {
            self.keyring = std::mem::take(&mut self.next);
            self.generation += 1;
        }
    }

    fn derive(&self, passphrase: &str) -> Result<Secret, CryptoProblem> {
        if !(MEMORY_KIB_MIN..=MEMORY_KIB_MAX).contains(&self.memory_kib) || self.passes != PASSES {
            return Err(CryptoProblem::Parameters);
        }
        let params = Params::new(self.memory_kib, self.passes, 1, Some(32)).map_err(|_| CryptoProblem::Parameters)?;
        let salt = hex::decode(&self.salt).map_err(|_| CryptoProblem::Parameters)?;
        let mut key = Zeroizing::new([0u8; 32]);
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(passphrase.trim().as_bytes(), &salt, key.as_mut_slice())
            .map_err(|_| CryptoProblem::Parameters)?;
        Ok(key)
    }

    fn about(&self, generation: u32) -> About<'_> {
        About { device: &self.device, person: &self.person, role: &self.role, generation }
    }

    fn bound(&self) -> Vec<u8> {
        let Slot { device, person, name, role, generation, terms, .. } = self;
        if self.v < FORMAT {
            return format!("jukung-slot-1|{person}|{name}|{role}|{generation}").into_bytes();
        }
        // The generation is bound by the keyring: it moves on without the passphrase.
        let bound = format!("jukung-slot-2|{device}|{person}|{name}|{role}");
        if terms.is_empty() {
            return bound.into_bytes();
        }
        // By their hash: what somebody typed cannot stand for another part.
        format!("{bound}|{}", hex::encode(Sha256::digest(terms))).into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASSPHRASE: &str = "perahu sungai pasar pagi";

    fn keys(database: u8) -> Keys {
        Keys::new(Zeroizing::new([database; 32]), Zeroizing::new([2; 32]))
    }

    fn slot() -> Slot {
        let who = Who { device: "d1", person: "p1", name: "Rahmah", role: "officer", generation: 1, terms: "" };
        let mut next = 8;
        let mut fill = |b: &mut [u8]| {
            next += 1;
            b.fill(next);
        };
        Slot::make(who, PASSPHRASE, &keys(1), MEMORY_KIB_MIN, &mut fill).expect("made")
    }

    #[test]
    fn only_the_passphrase_opens_the_slot() {
        let slot = slot();
        assert_eq!(*slot.open(PASSPHRASE).expect("opened").keys.device, [2; 32]);
        assert!(slot.open("perahu sungai pasar siang").is_err());
    }

    #[test]
    fn a_slot_with_anything_changed_does_not_open() {
        let one = slot();
        let other = bundle::recipient(&[4; 32]).expect("key");
        let changed: [Slot; 10] = [
            Slot { terms: "until 2030".into(), ..one.clone() },
            Slot { recipient: other, ..one.clone() },
            Slot { role: "supervisor".into(), ..one.clone() },
            Slot { device: "d2".into(), ..one.clone() },
            Slot { person: "p2".into(), ..one.clone() },
            Slot { name: "Hamdi".into(), ..one.clone() },
            Slot { generation: 2, ..one.clone() },
            Slot { memory_kib: 8, ..one.clone() },
            Slot { memory_kib: u32::MAX, ..one.clone() },
            Slot { v: 1, ..one.clone() },
        ];
        assert!(changed.iter().all(|slot| slot.open(PASSPHRASE).is_err()));
        for at in 0..one.sealed.len() {
            let mut bytes = one.sealed.clone().into_bytes();
            bytes[at] = if bytes[at] == b'0' { b'1' } else { b'0' };
            let sealed = String::from_utf8(bytes).expect("text");
            // A whole derivation for each would take a minute: the same key opens or does not.
            let key = one.derive(PASSPHRASE).expect("key");
            if at % 16 == 0 {
                assert!(seal::open(&key, &one.bound(), &hex::decode(sealed).expect("hex")).is_err(), "{at}");
            }
        }
    }

    #[test]
    fn the_next_generation_opens_with_the_same_passphrase_before_and_after_it_holds() {
        let mut slot = slot();
        slot.prepare(&keyring::rotated(&keys(1), Zeroizing::new([7; 32]), Zeroizing::new([3; 32]))).expect("prepared");
        let opened = slot.open(PASSPHRASE).expect("opened");
        assert_eq!((*opened.keys.database, *opened.next.expect("next").database), ([1; 32], [7; 32]));
        slot.advance();
        let opened = slot.open(PASSPHRASE).expect("opened");
        assert_eq!((*opened.keys.database, *opened.keys.former[0], slot.generation), ([7; 32], [1; 32], 2));
        assert!(opened.next.is_none());
    }

    #[test]
    fn a_slot_opens_after_its_device_changed_its_key_and_believes_no_key_that_the_one_before_did_not_name() {
        let (mut slot, mut all) = (slot(), keys(1));
        for seed in 3..6 {
            all.device_next = Some(Zeroizing::new([seed; 32]));
            let said = succession::name(&all.device, "d1", &sign::public_key(&[seed; 32]));
            all = all.switched().expect("another key");
            slot.follow(&all, &said).expect("sealed");
        }
        assert_eq!(*slot.open(PASSPHRASE).expect("opened").keys.device, [5; 32]);
        let mut forged = slot.clone();
        forged.since[2] = succession::name(&[9; 32], "d1", &sign::public_key(&[5; 32]));
        assert!(forged.open(PASSPHRASE).is_err());
        assert!(Slot { since: slot.since[..2].to_vec(), ..slot.clone() }.open(PASSPHRASE).is_err());
        let own = slot.open(PASSPHRASE).expect("opened").own.expect("own");
        slot.close(PASSPHRASE, &own, &sign::public_key(&[5; 32]), &mut |b| b.fill(3)).expect("closed");
        assert!(slot.since.is_empty() && slot.open(PASSPHRASE).is_ok());
    }

    #[test]
    fn another_passphrase_keeps_the_persons_own_secrets() {
        let mut slot = slot();
        let own = slot.open(PASSPHRASE).expect("opened").own.expect("own");
        slot.close("kapal laut ombak senja", &own, &sign::public_key(&[2; 32]), &mut |b| b.fill(3)).expect("closed");
        assert!(slot.open(PASSPHRASE).is_err());
        let again = slot.open("kapal laut ombak senja").expect("opened").own.expect("own");
        assert_eq!(*again.author, *own.author);
    }

    #[test]
    fn a_slot_of_the_first_format_still_opens() {
        let mut first = Slot { v: 1, device: String::new(), ..slot() };
        let key = first.derive(PASSPHRASE).expect("key");
        let plain = [[1u8; 32], [2; 32]].concat();
        first.sealed = hex::encode(
            seal::seal(&key, b"jukung-slot-1|p1|Rahmah|officer|1", &plain, &mut |b| b.fill(3)).expect("sealed"),
        );
        let opened = first.open(PASSPHRASE).expect("opened");
        assert_eq!((*opened.keys.database, *opened.keys.device), ([1; 32], [2; 32]));
        assert!(opened.own.is_none());
    }
}
