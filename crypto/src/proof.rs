//! Proofs of a shared secret: HMAC-SHA256 (RFC 2104), so that an enrolment code never travels.

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

const BLOCK: usize = 64;

/// HMAC-SHA256 of `message` under `secret`.
#[must_use]
pub fn prove(secret: &[u8], message: &[u8]) -> [u8; 32] {
    let mut key = [0u8; BLOCK];
    if secret.len() > BLOCK {
        key[..32].copy_from_slice(&Sha256::digest(secret));
    } else {
        key[..secret.len()].copy_from_slice(secret);
    }
    let inner = Sha256::new().chain_update(key.map(|b| b ^ 0x36)).chain_update(message).finalize();
    Sha256::new().chain_update(key.map(|b| b ^ 0x5c)).chain_update(inner).finalize().into()
}

/// Whether `proof` is that of `message` under `secret`, compared in constant time.
#[must_use]
pub fn holds(secret: &[u8], message: &[u8], proof: &[u8]) -> bool {
    bool::from(prove(secret, message).as_slice().ct_eq(proof))
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_second_vector_of_rfc_4231_holds() {
        let proof = super::prove(b"Jefe", b"what do ya want for nothing?");
        assert_eq!(hex::encode(proof), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    }
}
