//! The hash of a PIN, and the code that resets one. It lies inside the encrypted database and opens nothing: six digits are found within minutes by
//! whoever may try them all, so they are only asked of a session that already runs (security.md 2.2).

use crate::{CryptoProblem, proof};
use argon2::{Algorithm, Argon2, Params, Version};
use subtle::ConstantTimeEq;

/// Memory of the hash in KiB: the least of OWASP's Password Storage Cheat Sheet; whoever reads the hash has the data
/// anyway, so more would only make the officer wait.
pub const MEMORY_KIB: u32 = 19 * 1024;
/// Passes of the hash, from the same place.
pub const PASSES: u32 = 2;

/// Argon2id of `pin`.
///
/// # Errors
/// [`CryptoProblem::Parameters`], which these parameters do not cause.
pub fn hash(pin: &str, salt: &[u8; 16]) -> Result<[u8; 32], CryptoProblem> {
    let params = Params::new(MEMORY_KIB, PASSES, 1, Some(32)).map_err(|_| CryptoProblem::Parameters)?;
    let mut out = [0u8; 32];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(pin.as_bytes(), salt, &mut out)
        .map_err(|_| CryptoProblem::Parameters)?;
    Ok(out)
}

/// Whether `pin` has this hash, compared in constant time.
///
/// # Errors
/// As [`hash`].
pub fn is(pin: &str, salt: &[u8; 16], kept: &[u8; 32]) -> Result<bool, CryptoProblem> {
    Ok(bool::from(hash(pin, salt)?.ct_eq(kept)))
}

/// Digits of a code that is read over the telephone.
const TOLD_DIGITS: u32 = 8;

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

/// The code that answers `challenge` (its digits) for a computer, under the secret that it and the district share.
#[must_use]
pub fn told(secret: &[u8; 32], device: &str, challenge: &str) -> String {
    let challenge = digits(challenge);
    let proof = proof::prove(secret, format!("jukung-pin-1|{device}|{challenge}").as_bytes());
    let number = proof.iter().take(8).fold(0u64, |n, byte| n << 8 | u64::from(*byte));
    format!("{:08}", number % 10u64.pow(TOLD_DIGITS))
}

/// Whether `typed` is that code, compared in constant time; only its digits count.
#[must_use]
pub fn is_told(secret: &[u8; 32], device: &str, challenge: &str, typed: &str) -> bool {
    bool::from(told(secret, device, challenge).as_bytes().ct_eq(digits(typed).as_bytes()))
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_code_answers_one_question_of_one_computer() {
        let code = super::told(&[1; 32], "d1", "482107");
        assert_eq!(code.len(), 8);
        assert!(super::is_told(&[1; 32], "d1", "482107", &format!("{}-{}", &code[..4], &code[4..])));
        for (secret, device, challenge) in
            [([2; 32], "d1", "482107"), ([1; 32], "d2", "482107"), ([1; 32], "d1", "482108")]
        {
            assert!(!super::is_told(&secret, device, challenge, &code));
        }
    }

    #[test]
    fn only_the_same_pin_with_the_same_salt_has_the_hash() {
        let kept = super::hash("482107", &[1; 16]).expect("hash");
        assert!(super::is("482107", &[1; 16], &kept).expect("hash"));
        assert!(!super::is("482108", &[1; 16], &kept).expect("hash"));
        assert!(!super::is("482107", &[2; 16], &kept).expect("hash"));
    }
}
