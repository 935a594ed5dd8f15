//! What a receipt's signed token says about an application, computed the same at the counter and at the Dinas
//! (security.md 4.1 and 4.3): no NIK, no name, no exact service.

use sha2::{Digest, Sha256};
use uuid::Uuid;

/// Most initials told: three say enough to compare with the paper, a whole row of them would spell a name.
const INITIALS_MAX: usize = 3;

/// The beginning of the district's public key as people compare it: on the poster at the counter, and on the page that checks
/// receipts (security.md 4.4). 64 bits: nobody finds another key that begins the same.
#[must_use]
pub fn key_mark(public_key: &[u8; 32]) -> String {
    public_key[..8].chunks(2).map(hex::encode_upper).collect::<Vec<_>>().join(" ")
}

/// Group of services by the catalogue's menu group: 1 certificates, 2 family card, 3 identity card, 4 moving, 5 other.
/// Whoever photographs a QR must not learn of a divorce or an adoption.
#[must_use]
pub fn group(menu: &str) -> i64 {
    match menu {
        "birth" | "death" => 1,
        "kk" => 2,
        "ktp" | "kia" => 3,
        "move" => 4,
        _ => 5,
    }
}

/// Tells two papers with one number apart (protocol 2.10). Both homes know the application's id, which no paper shows, so
/// nothing has to be drawn, kept or sent for it.
#[must_use]
pub fn nonce(application: Uuid) -> [u8; 8] {
    part(&hash("jukung-receipt-nonce-1", application, ""))
}

/// Stands for what the receipt says. The id goes in: without it nobody can try names until one fits.
#[must_use]
pub fn digest(application: Uuid, said: &str) -> [u8; 16] {
    part(&hash("jukung-receipt-text-1", application, said))
}

fn hash(purpose: &str, application: Uuid, said: &str) -> [u8; 32] {
    Sha256::new().chain_update(format!("{purpose}\n{application}\n{said}")).finalize().into()
}

fn part<const N: usize>(hash: &[u8; 32]) -> [u8; N] {
    std::array::from_fn(|at| hash[at])
}

/// First letters of a name's first words, e.g. `SA`.
#[must_use]
pub fn initials(name: &str) -> String {
    let letters = name.split_whitespace().filter_map(|word| word.chars().find(|c| c.is_alphabetic()));
    letters.take(INITIALS_MAX).flat_map(char::to_uppercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mark_of_a_key_is_its_first_eight_bytes_in_groups() {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&[0x4f, 0x3a, 0x91, 0xbc, 0x22, 0xd0, 0x77, 0xe1]);
        assert_eq!(key_mark(&key), "4F3A 91BC 22D0 77E1");
    }

    #[test]
    fn initials_are_few_and_never_a_name() {
        assert_eq!(initials("siti aminah"), "SA");
        assert_eq!(initials("M. 'Abdul Rahman bin Contoh"), "MAR");
        assert_eq!(initials("6305 --"), "");
    }

    #[test]
    fn two_applications_with_one_number_differ_and_the_same_one_never_does() {
        let (one, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        assert_eq!(nonce(one), nonce(one));
        assert_ne!(nonce(one), nonce(other));
        assert_ne!(digest(one, "Siti"), digest(other, "Siti"));
        assert_ne!(digest(one, "Siti"), digest(one, "Sita"));
    }
}
