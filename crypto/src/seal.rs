//! Bytes sealed with XChaCha20-Poly1305: nonce first, then the ciphertext; what they belong to is bound as AAD.

use crate::{CryptoProblem, Fill};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};

const NONCE: usize = 24;

/// Seals `plain` for `about`.
///
/// # Errors
/// Only when the cipher refuses its input (longer than 256 GiB).
pub fn seal(key: &[u8; 32], about: &[u8], plain: &[u8], fill: Fill<'_>) -> Result<Vec<u8>, CryptoProblem> {
    let mut nonce = [0u8; NONCE];
    fill(&mut nonce);
    let cipher = XChaCha20Poly1305::new(key.into());
    let sealed = cipher
        .encrypt(&XNonce::from(nonce), Payload { msg: plain, aad: about })
        .map_err(|_| CryptoProblem::Parameters)?;
    Ok([nonce.as_slice(), &sealed].concat())
}

/// Opens what [`seal`] made.
///
/// # Errors
/// [`CryptoProblem::CannotOpen`] for another key, another `about` or any changed bit.
pub fn open(key: &[u8; 32], about: &[u8], sealed: &[u8]) -> Result<Vec<u8>, CryptoProblem> {
    let (nonce, rest) = sealed.split_at_checked(NONCE).ok_or(CryptoProblem::CannotOpen)?;
    let nonce: [u8; NONCE] = nonce.try_into().map_err(|_| CryptoProblem::CannotOpen)?;
    XChaCha20Poly1305::new(key.into())
        .decrypt(&XNonce::from(nonce), Payload { msg: rest, aad: about })
        .map_err(|_| CryptoProblem::CannotOpen)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_flipped_bit_and_every_other_purpose_is_refused() {
        let key = [7u8; 32];
        let sealed = seal(&key, b"scan", b"isi surat", &mut |b| b.fill(3)).expect("sealed");
        assert_eq!(open(&key, b"scan", &sealed).expect("opened"), b"isi surat");
        assert_eq!(open(&key, b"slot", &sealed), Err(CryptoProblem::CannotOpen));
        for bit in 0..sealed.len() * 8 {
            let mut changed = sealed.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(open(&key, b"scan", &changed), Err(CryptoProblem::CannotOpen));
        }
    }
}
