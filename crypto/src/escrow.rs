//! The keys of a computer, sealed to a key that lies offline at the district; and the slot that a recovery code opens.

use crate::keyring::{self, About, Keys};
use crate::slot::{Slot, Who};
use crate::{CryptoProblem, Fill};

/// Whose keyring or slot it is: nobody's at the counter. It stands in the signed head, so no person's slot can be made of it.
pub const PERSON: &str = "recovery";

/// Whose escrow it is; all of it is signed.
#[derive(Debug, Clone, Copy)]
pub struct Of<'a> {
    /// Device id.
    pub device: &'a str,
    /// Generation of the keys.
    pub generation: u32,
}

impl<'a> Of<'a> {
    fn about(self) -> About<'a> {
        About { device: self.device, person: PERSON, role: "escrow", generation: self.generation }
    }
}

/// Seals `keys` to the district's recovery key (`age1…`), in hex.
///
/// # Errors
/// [`CryptoProblem::Parameters`] when `recipient` is no such key.
pub fn seal(keys: &Keys, of: Of<'_>, recipient: &str) -> Result<String, CryptoProblem> {
    keyring::seal(keys, of.about(), recipient)
}

/// Opens them with the recovery key's secret; `device_key` is the computer's public key as the district knows it.
///
/// # Errors
/// [`CryptoProblem::CannotOpen`] when they are of another computer or generation, for another key, or were changed.
pub fn open(secret: &[u8; 32], of: Of<'_>, device_key: &[u8; 32], text: &str) -> Result<Keys, CryptoProblem> {
    keyring::open(secret, of.about(), device_key, text)
}

/// A slot that the recovery code `code` opens (as `recovery_code::read` of the domain gives it).
///
/// # Errors
/// Parameters that cannot be used.
pub fn slot(keys: &Keys, of: Of<'_>, code: &str, memory_kib: u32, fill: Fill<'_>) -> Result<Slot, CryptoProblem> {
    let Of { device, generation } = of;
    let who = Who { device, person: PERSON, name: PERSON, role: PERSON, generation, terms: "" };
    Slot::make(who, code, keys, memory_kib, fill)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{bundle, sign};
    use zeroize::Zeroizing;

    fn keys() -> Keys {
        Keys::new(Zeroizing::new([1; 32]), Zeroizing::new([2; 32]))
    }

    #[test]
    fn an_escrow_opens_with_the_offline_key_for_its_own_computer_and_generation() {
        let (of, secret, device) = (Of { device: "d1", generation: 3 }, [9; 32], sign::public_key(&[2; 32]));
        let text = seal(&keys(), of, &bundle::recipient(&secret).expect("key")).expect("sealed");
        assert_eq!(*open(&secret, of, &device, &text).expect("opened").database, [1; 32]);
        assert!(open(&[8; 32], of, &device, &text).is_err(), "another key");
        assert!(open(&secret, Of { device: "d2", ..of }, &device, &text).is_err());
        assert!(open(&secret, Of { generation: 4, ..of }, &device, &text).is_err());
        assert!(open(&secret, of, &sign::public_key(&[3; 32]), &text).is_err(), "no computer's signature");
    }

    #[test]
    fn no_persons_slot_is_made_of_a_recovery_slot() {
        let of = Of { device: "d1", generation: 1 };
        let made = slot(&keys(), of, "ABCDE", 8 * 1024, &mut |b| b.fill(7)).expect("made");
        assert_eq!(*made.open("ABCDE").expect("opened").keys.database, [1; 32]);
        let turned = Slot { person: "p1".into(), role: "supervisor".into(), ..made };
        assert!(turned.open("ABCDE").is_err());
    }
}
