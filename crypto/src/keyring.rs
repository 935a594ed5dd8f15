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
    /// Database keys of before, newest first.
    pub former: Vec<Secret>,
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
    fn message(&self, body: &[u8]) -> Vec<u8> {
        let head = format!("jukung-keyring-2|{}|{}|{}|{}|", self.device, self.person, self.role, self.generation);
        [head.as_bytes(), body].concat()
    }
}

/// The keys after this one's database key was replaced by `database`.
#[must_use]
pub fn rotated(keys: &Keys, database: Secret) -> Keys {
    let former = std::iter::once(keys.database.clone()).chain(keys.former.iter().cloned()).take(FORMER_MAX).collect();
    Keys { database, device: keys.device.clone(), former }
}

/// Seals `keys` to `recipient` (`age1…`), in hex.
///
/// # Errors
/// [`CryptoProblem::Parameters`] when `recipient` is no such key.
pub fn seal(keys: &Keys, about: About<'_>, recipient: &str) -> Result<String, CryptoProblem> {
    let mut body = Zeroizing::new([keys.database.as_slice(), keys.device.as_slice()].concat());
    keys.former.iter().take(FORMER_MAX).for_each(|k| body.extend_from_slice(k.as_slice()));
    let signature = sign::sign(&keys.device, &about.message(&body));
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
    if !sign::verify(device_key, &about.message(body), signature) {
        return Err(CryptoProblem::CannotOpen);
    }
    let (keys, rest) = body.as_chunks::<KEY>();
    let mut keys = keys.iter().map(|k| Zeroizing::new(*k));
    let (Some(database), Some(device), []) = (keys.next(), keys.next(), rest) else {
        return Err(CryptoProblem::CannotOpen);
    };
    Ok(Keys { database, device, former: keys.collect() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys() -> Keys {
        Keys { database: Zeroizing::new([1; 32]), device: Zeroizing::new([2; 32]), former: Vec::new() }
    }

    #[test]
    fn a_keyring_opens_for_its_person_role_and_generation_only() {
        let about = About { device: "d", person: "p", role: "officer", generation: 3 };
        let secret = [5; 32];
        let text = seal(&rotated(&keys(), Zeroizing::new([9; 32])), about, &bundle::recipient(&secret).expect("key"))
            .expect("sealed");
        let device = sign::public_key(&[2; 32]);
        let opened = open(&secret, about, &device, &text).expect("opened");
        assert_eq!((*opened.database, *opened.former[0]), ([9; 32], [1; 32]));
        let others = [
            About { device: "e", ..about },
            About { person: "q", ..about },
            About { role: "supervisor", ..about },
            About { generation: 4, ..about },
        ];
        assert!(others.iter().all(|other| open(&secret, *other, &device, &text).is_err()));
        assert!(open(&[6; 32], about, &device, &text).is_err(), "another person's secret");
        assert!(open(&secret, about, &sign::public_key(&[3; 32]), &text).is_err(), "another device's signature");
    }
}
