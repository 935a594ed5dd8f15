//! Ed25519 signatures of devices and of the district.

use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};

/// Public key of a 32-byte seed.
#[must_use]
pub fn public_key(seed: &[u8; 32]) -> [u8; 32] {
    SigningKey::from_bytes(seed).verifying_key().to_bytes()
}

/// Signs `message`. Callers put their purpose in front of it, so that one signature cannot serve another.
#[must_use]
pub fn sign(seed: &[u8; 32], message: &[u8]) -> [u8; 64] {
    SigningKey::from_bytes(seed).sign(message).to_bytes()
}

/// Whether `signature` over `message` is by the holder of `public_key` (strict: no malleable forms).
#[must_use]
pub fn verify(public_key: &[u8; 32], message: &[u8], signature: &[u8]) -> bool {
    let Ok(key) = VerifyingKey::from_bytes(public_key) else { return false };
    let Ok(signature) = Signature::from_slice(signature) else { return false };
    key.verify_strict(message, &signature).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_vector_of_rfc_8032_holds() {
        let seed: [u8; 32] = hex::decode("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
            .expect("hex")
            .try_into()
            .expect("32");
        assert_eq!(hex::encode(public_key(&seed)), "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
        let signature = sign(&seed, b"");
        assert!(hex::encode(signature).starts_with("e5564300c360ac729086e2cc806e828a"));
        assert!(verify(&public_key(&seed), b"", &signature));
        assert!(!verify(&public_key(&seed), b"x", &signature));
    }
}
