//! What two people compare by telephone as six words: six numbers made of a request to enrol and of the district's key, both sides' own.

use crate::CryptoProblem;
use argon2::{Algorithm, Argon2, Params, Version};
use sha2::{Digest, Sha256};

/// What these bytes are for.
const PURPOSE: &[u8] = b"jukung-enrol-words-2";
/// Memory in KiB and passes: a tenth of a second at the counter. Of each number 11 bits choose a word, 66 in all: nobody
/// makes another request that sounds the same (rates of security.md 2.2).
const MEMORY_KIB: u32 = 8 * 1024;
const PASSES: u32 = 1;

/// The six numbers. Another request or another district's key gives others, and nobody can search for a pair that agrees.
///
/// # Errors
/// [`CryptoProblem::Parameters`], which no input is known to cause.
pub fn heard(said: &[u8], district_key: &[u8; 32]) -> Result<[u16; 6], CryptoProblem> {
    let whole = Sha256::new().chain_update(PURPOSE).chain_update(district_key).chain_update(said).finalize();
    let params = Params::new(MEMORY_KIB, PASSES, 1, Some(12)).map_err(|_| CryptoProblem::Parameters)?;
    let mut out = [0; 12];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(&whole, PURPOSE, &mut out)
        .map_err(|_| CryptoProblem::Parameters)?;
    let mut numbers = [0; 6];
    for (number, pair) in numbers.iter_mut().zip(out.as_chunks::<2>().0) {
        *number = u16::from_be_bytes(*pair);
    }
    Ok(numbers)
}

#[cfg(test)]
mod tests {
    use super::heard;

    #[test]
    fn the_same_request_sounds_the_same_and_any_other_does_not() {
        let one = heard(b"request", &[1; 32]).expect("six");
        assert_eq!(heard(b"request", &[1; 32]).expect("six"), one);
        assert_ne!(heard(b"request", &[2; 32]).expect("six"), one);
        assert_ne!(heard(b"Request", &[1; 32]).expect("six"), one);
    }
}
