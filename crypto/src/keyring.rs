//! The keys of a computer, sealed to one person and signed by the device: whoever removes a person seals new keys for all
//! others without knowing their passphrases (decision 0010).

use crate::{CryptoProblem, bundle, sign};
use zeroize::Zeroizing;

/// Former database keys kept: they open the copies of the database made before the last rotations.
pub const FORMER_MAX: usize = 8;
/// Bytes of a signature.
const SIGNATURE: usize = 64;
/// Bytes of a key.
const KEY: usize = 32;

/// 32 secret bytes that leave memory with their owner.
pub type Secret = Zeroizing<[u8; 32]>;

/// What a person's slot opens.
#[derive(Clone)]
pub struct Keys {
    /// Opens the database.
    pub database: Secret,
    /// Seed of the device's signing key.
    pub device: Secret,
    /// Seed of the key that it changes to, until the district has answered to it (decision 0023).
    pub device_next: Option<Secret>,
    /// Seed of the key before: it opens what was sealed to this device then and is still on its way.
    pub device_before: Option<Secret>,
    /// Database keys of before, newest first.
    pub former: Vec<Secret>,
}

impl Keys {
    /// The first keys of a computer.
    #[must_use]
    pub fn new(database: Secret, device: Secret) -> Keys {
        Keys { database, device, device_next: None, device_before: None, former: Vec::new() }
    }

    /// The keys once the device signs with the one it changes to; none when it changes to no other.
    #[must_use]
    pub fn switched(&self) -> Option<Keys> {
        let device = self.device_next.clone()?;
        Some(Keys { device, device_next: None, device_before: Some(self.device.clone()), ..self.clone() })
    }
}

/// Whose keyring it is; all of it is signed.
#[derive(Debug, Clone, Copy)]
pub struct About<'a> {
    /// Device id.
    pub device: &'a str,
    /// Person's id.
    pub person: &'a str,
    /// Role.
    pub role: &'a str,
    /// Generation of the keys.
    pub generation: u32,
}

impl About<'_> {
    fn message(&self, form: u8, body: &[u8]) -> Vec<u8> {
        let head = format!("jukung-keyring-{form}|{}|{}|{}|{}|", self.device, self.person, self.role, self.generation);
        [head.as_bytes(), body].concat()
    }
}

/// The keys after the database key was replaced by `database`; the device changes to the key of `device`.
#[must_use]
pub fn rotated(keys: &Keys, database: Secret, device: Secret) -> Keys {
    let former = std::iter::once(keys.database.clone()).chain(keys.former.iter().cloned()).take(FORMER_MAX).collect();
    Keys { database, device_next: Some(device), former, ..keys.clone() }
}

/// Keyrings of this form have no other keys of the device than the one it signs with.
const WITHOUT_OTHERS: u8 = 2;
/// Form of the keyrings that this build makes.
const FORM: u8 = 3;
/// Stands where the device has no such key: no seed is drawn as zeros.
const NONE: [u8; KEY] = [0; KEY];

/// Seals `keys` to `recipient` (`age1…`), in hex.
///
/// # Errors
/// [`CryptoProblem::Parameters`] when `recipient` is no such key.
pub fn seal(keys: &Keys, about: About<'_>, recipient: &str) -> Result<String, CryptoProblem> {
    let other = |key: &Option<Secret>| key.as_ref().map_or(Zeroizing::new(NONE), Secret::clone);
    let (next, before) = (other(&keys.device_next), other(&keys.device_before));
    let mut body = Zeroizing::new([&keys.database[..], &keys.device[..], &next[..], &before[..]].concat());
    keys.former.iter().take(FORMER_MAX).for_each(|k| body.extend_from_slice(k.as_slice()));
    let signature = sign::sign(&keys.device, &about.message(FORM, &body));
    let plain = Zeroizing::new([signature.as_slice(), &body].concat());
    Ok(hex::encode(bundle::seal(recipient, &plain)?))
}

/// Opens a keyring with the person's `secret`; `device_key` is the device's public key as the person knows it.
///
/// # Errors
/// [`CryptoProblem::CannotOpen`] when it is for another person, role or generation, or the device did not sign it.
pub fn open(secret: &[u8; 32], about: About<'_>, device_key: &[u8; 32], text: &str) -> Result<Keys, CryptoProblem> {
    let sealed = hex::decode(text).map_err(|_| CryptoProblem::CannotOpen)?;
    let plain = Zeroizing::new(bundle::open_bytes(secret, &sealed)?);
    let (signature, body) = plain.split_at_checked(SIGNATURE).ok_or(CryptoProblem::CannotOpen)?;
    let signed = |form: &u8| sign::verify(device_key, &about.message(*form, body), signature);
    let form = [FORM, WITHOUT_OTHERS].into_iter().find(signed).ok_or(CryptoProblem::CannotOpen)?;
    let (keys, rest) = body.as_chunks::<KEY>();
    let mut keys = keys.iter().map(|k| Zeroizing::new(*k));
    let (Some(database), Some(device), []) = (keys.next(), keys.next(), rest) else {
        return Err(CryptoProblem::CannotOpen);
    };
    let mut other = || if form == WITHOUT_OTHERS { None } else { keys.next().filter(|key| **key != NONE) };
    let (device_next, device_before) = (other(), other());
    Ok(Keys { database, device, device_next, device_before, former: keys.collect() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys() -> Keys {
        Keys::new(Zeroizing::new([1; 32]), Zeroizing::new([2; 32]))
    }

    #[test]
    fn a_keyring_opens_for_its_person_role_and_generation_only() {
        let about = About { device: "d", person: "p", role: "officer", generation: 3 };
        let secret = [5; 32];
        let rotated = rotated(&keys(), Zeroizing::new([9; 32]), Zeroizing::new([8; 32]));
        let text = seal(&rotated, about, &bundle::recipient(&secret).expect("key")).expect("sealed");
        let signer = sign::public_key(&[2; 32]);
        let opened = open(&secret, about, &signer, &text).expect("opened");
        assert_eq!((*opened.database, *opened.former[0]), ([9; 32], [1; 32]));
        let device = |key: &Option<Secret>| key.as_ref().map(|k| **k);
        assert_eq!((device(&opened.device_next), device(&opened.device_before)), (Some([8; 32]), None));
        let switched = opened.switched().expect("another key");
        assert_eq!((*switched.device, device(&switched.device_before)), ([8; 32], Some([2; 32])));
        assert!(switched.switched().is_none());
        let others = [
            About { device: "e", ..about },
            About { person: "q", ..about },
            About { role: "supervisor", ..about },
            About { generation: 4, ..about },
        ];
        assert!(others.iter().all(|other| open(&secret, *other, &signer, &text).is_err()));
        assert!(open(&[6; 32], about, &signer, &text).is_err(), "another person's secret");
        assert!(open(&secret, about, &sign::public_key(&[3; 32]), &text).is_err(), "another device's signature");
    }

    #[test]
    fn a_keyring_of_the_build_before_still_opens() {
        let (about, secret) = (About { device: "d", person: "p", role: "officer", generation: 1 }, [5; 32]);
        let body = [[1u8; 32], [2; 32], [7; 32]].concat();
        let signature = sign::sign(&[2; 32], &about.message(WITHOUT_OTHERS, &body));
        let to = bundle::recipient(&secret).expect("key");
        let text = hex::encode(bundle::seal(&to, &[signature.as_slice(), &body].concat()).expect("sealed"));
        let opened = open(&secret, about, &sign::public_key(&[2; 32]), &text).expect("opened");
        assert_eq!((*opened.database, *opened.device, *opened.former[0]), ([1; 32], [2; 32], [7; 32]));
        assert!(opened.device_next.is_none() && opened.device_before.is_none());
    }
}
