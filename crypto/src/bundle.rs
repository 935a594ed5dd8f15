//! A bundle segment: what it says is signed (COSE_Sign1, RFC 9052), then all of it is sealed with age to one X25519 key
//! (protocol 0.2). Both keys come from the one seed that a device or the district has.

use crate::{CryptoProblem, proof, sign};
use coset::{CborSerializable, CoseSign1, CoseSign1Builder, HeaderBuilder, iana};
use zeroize::Zeroizing;

/// What a signature of this kind is for; it serves nothing else.
const PURPOSE: &[u8] = b"jukung-bundle-1";
/// What the sealing key is derived for: nothing of it helps with the signing key it stands beside.
const DERIVED: &[u8] = b"jukung-age-x25519-1";
/// Longest signed slip read: the real ones have about 600 bytes.
const SLIP_BYTES_MAX: usize = 4 * 1024;

/// An opened segment, not yet believed.
pub struct Opened {
    signed: CoseSign1,
    /// Content.
    pub piece: Vec<u8>,
    /// Everything that was sealed: its hash links the segments.
    pub plain: Vec<u8>,
}

impl Opened {
    /// What it says about itself; believe it only after [`Opened::is_by`].
    #[must_use]
    pub fn slip(&self) -> &[u8] {
        self.signed.payload.as_deref().unwrap_or_default()
    }

    /// Whether the holder of `public_key` signed the slip. The slip holds the hash of the piece.
    #[must_use]
    pub fn is_by(&self, public_key: &[u8; 32]) -> bool {
        self.signed
            .verify_signature(
                PURPOSE,
                |signature, message| {
                    if sign::verify(public_key, message, signature) { Ok(()) } else { Err(()) }
                },
            )
            .is_ok()
    }
}

fn identity(seed: &[u8; 32]) -> Result<age::x25519::Identity, CryptoProblem> {
    let secret = Zeroizing::new(proof::prove(seed, DERIVED));
    let prefix = bech32::Hrp::parse("age-secret-key-").map_err(|_| CryptoProblem::Parameters)?;
    let text = bech32::encode::<bech32::Bech32>(prefix, secret.as_slice()).map_err(|_| CryptoProblem::Parameters)?;
    Zeroizing::new(text).to_uppercase().parse().map_err(|_| CryptoProblem::Parameters)
}

/// The public key, as `age1…`, that others seal to for the holder of `seed`.
///
/// # Errors
/// [`CryptoProblem::Parameters`], which no seed is known to cause.
pub fn recipient(seed: &[u8; 32]) -> Result<String, CryptoProblem> {
    Ok(identity(seed)?.to_public().to_string())
}

/// What is sealed: length of the signed slip, the signed slip, the piece.
///
/// # Errors
/// [`CryptoProblem::Parameters`] when it cannot be written.
pub fn plain(seed: &[u8; 32], slip: &[u8], piece: &[u8]) -> Result<Vec<u8>, CryptoProblem> {
    let protected = HeaderBuilder::new().algorithm(iana::Algorithm::EdDSA).build();
    let signed = CoseSign1Builder::new()
        .protected(protected)
        .payload(slip.to_vec())
        .create_signature(PURPOSE, |message| sign::sign(seed, message).to_vec())
        .build()
        .to_vec()
        .map_err(|_| CryptoProblem::Parameters)?;
    let length = u32::try_from(signed.len()).map_err(|_| CryptoProblem::Parameters)?;
    Ok([length.to_be_bytes().as_slice(), &signed, piece].concat())
}

/// Seals `plain` to `to`. The chance for the one-time key is age's own: it takes none from outside.
///
/// # Errors
/// [`CryptoProblem::Parameters`] when `to` is no such key.
pub fn seal(to: &str, plain: &[u8]) -> Result<Vec<u8>, CryptoProblem> {
    let to: age::x25519::Recipient = to.parse().map_err(|_| CryptoProblem::Parameters)?;
    age::encrypt(&to, plain).map_err(|_| CryptoProblem::Parameters)
}

/// The bytes that were sealed to the holder of `seed`.
///
/// # Errors
/// [`CryptoProblem::CannotOpen`] when they are for somebody else or were changed.
pub fn open_bytes(seed: &[u8; 32], sealed: &[u8]) -> Result<Vec<u8>, CryptoProblem> {
    age::decrypt(&identity(seed)?, sealed).map_err(|_| CryptoProblem::CannotOpen)
}

/// Opens a segment that was sealed to the holder of `seed`.
///
/// # Errors
/// [`CryptoProblem::CannotOpen`] when it is for somebody else, was changed, or is no segment.
pub fn open(seed: &[u8; 32], sealed: &[u8]) -> Result<Opened, CryptoProblem> {
    let plain = open_bytes(seed, sealed)?;
    let (length, rest) = plain.split_first_chunk::<4>().ok_or(CryptoProblem::CannotOpen)?;
    let length = usize::try_from(u32::from_be_bytes(*length)).unwrap_or(usize::MAX);
    if length > SLIP_BYTES_MAX {
        return Err(CryptoProblem::CannotOpen);
    }
    let (signed, piece) = rest.split_at_checked(length).ok_or(CryptoProblem::CannotOpen)?;
    let signed = CoseSign1::from_slice(signed).map_err(|_| CryptoProblem::CannotOpen)?;
    Ok(Opened { signed, piece: piece.to_vec(), plain })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_holder_opens_a_segment_and_only_its_writer_is_believed() {
        let (writer, reader) = ([7u8; 32], [9u8; 32]);
        let to = recipient(&reader).expect("key");
        assert!(to.starts_with("age1"));
        let sealed = seal(&to, &plain(&writer, b"slip", b"isi").expect("plain")).expect("sealed");
        assert!(open(&writer, &sealed).is_err(), "the carrier and the writer itself cannot read it");
        let opened = open(&reader, &sealed).expect("opened");
        assert_eq!((opened.slip(), opened.piece.as_slice()), (b"slip".as_slice(), b"isi".as_slice()));
        assert!(opened.is_by(&sign::public_key(&writer)));
        assert!(!opened.is_by(&sign::public_key(&reader)));
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(open(&reader, &changed).is_err(), "byte {at}");
        }
    }
}
