//! Key slots: a person's passphrase opens the keys of this computer (security.md 2.3).

use crate::{CryptoProblem, Fill, seal};
use argon2::{Algorithm, Argon2, Params, Version};
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, Zeroizing};

/// Memory of the key derivation in KiB: what a village PC gives for half a second.
pub const MEMORY_KIB: u32 = 64 * 1024;
/// Passes of the key derivation.
pub const PASSES: u32 = 3;
/// Weakest parameters that are opened: a slot file with less was tampered with. Tests use exactly these.
const MEMORY_KIB_MIN: u32 = 8 * 1024;

/// The keys a slot holds.
#[derive(Clone)]
pub struct Keys {
    /// Opens the database.
    pub database: Zeroizing<[u8; 32]>,
    /// Seed of the device's signing key.
    pub device: Zeroizing<[u8; 32]>,
}

/// One person's slot as it lies in the slot file. Person, role and generation are bound: changing one breaks the slot.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Slot {
    /// Format.
    pub v: u32,
    /// Person's id.
    pub person: String,
    /// Name shown at sign-in.
    pub name: String,
    /// `officer` for now; roles come with their own issue.
    pub role: String,
    /// Generation of the keys.
    pub generation: u32,
    /// Salt in hex.
    pub salt: String,
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes.
    pub passes: u32,
    /// Sealed keys in hex.
    pub sealed: String,
}

impl Slot {
    /// Seals `keys` under `passphrase`.
    ///
    /// # Errors
    /// Parameters that cannot be used.
    pub fn make(
        person: &str,
        name: &str,
        passphrase: &str,
        keys: &Keys,
        memory_kib: u32,
        fill: Fill<'_>,
    ) -> Result<Slot, CryptoProblem> {
        let mut salt = [0u8; 16];
        fill(&mut salt);
        let mut slot = Slot {
            v: 1,
            person: person.to_owned(),
            name: name.to_owned(),
            role: "officer".to_owned(),
            generation: 1,
            salt: hex::encode(salt),
            memory_kib,
            passes: PASSES,
            sealed: String::new(),
        };
        let key = slot.derive(passphrase)?;
        let mut plain = Zeroizing::new([keys.database.as_slice(), keys.device.as_slice()].concat());
        slot.sealed = hex::encode(seal::seal(&key, &slot.about(), &plain, fill)?);
        plain.zeroize();
        Ok(slot)
    }

    /// Opens the slot.
    ///
    /// # Errors
    /// [`CryptoProblem::CannotOpen`] for a wrong passphrase or a changed slot.
    pub fn open(&self, passphrase: &str) -> Result<Keys, CryptoProblem> {
        let key = self.derive(passphrase)?;
        let sealed = hex::decode(&self.sealed).map_err(|_| CryptoProblem::CannotOpen)?;
        let plain = Zeroizing::new(seal::open(&key, &self.about(), &sealed)?);
        let (database, device) = plain.split_at_checked(32).ok_or(CryptoProblem::CannotOpen)?;
        let exact = |b: &[u8]| b.try_into().map(Zeroizing::new).map_err(|_| CryptoProblem::CannotOpen);
        Ok(Keys { database: exact(database)?, device: exact(device)? })
    }

    fn derive(&self, passphrase: &str) -> Result<Zeroizing<[u8; 32]>, CryptoProblem> {
        if self.memory_kib < MEMORY_KIB_MIN || self.passes < PASSES {
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

    fn about(&self) -> Vec<u8> {
        format!("jukung-slot-1|{}|{}|{}|{}", self.person, self.name, self.role, self.generation).into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slot() -> Slot {
        let keys = Keys { database: Zeroizing::new([1; 32]), device: Zeroizing::new([2; 32]) };
        Slot::make("p1", "Rahmah", "perahu sungai pasar pagi", &keys, MEMORY_KIB_MIN, &mut |b| b.fill(9)).expect("made")
    }

    #[test]
    fn only_the_passphrase_opens_the_slot() {
        let slot = slot();
        assert_eq!(*slot.open("perahu sungai pasar pagi").expect("opened").device, [2; 32]);
        assert!(slot.open("perahu sungai pasar siang").is_err());
    }

    #[test]
    fn a_slot_with_another_role_or_weaker_parameters_does_not_open() {
        let changed = Slot { role: "supervisor".into(), ..slot() };
        assert!(changed.open("perahu sungai pasar pagi").is_err());
        let weak = Slot { memory_kib: 8, ..slot() };
        assert!(weak.open("perahu sungai pasar pagi").is_err());
    }
}
