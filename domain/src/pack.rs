//! How a body is packed for the line: zstd, with a dictionary that both sides carry (protocol 0.7, decision 0011).
//!
//! A dictionary lies inside the programs, so whoever installs one has it. Its bytes never change under its number: what
//! was packed with it stays readable for ever. `tools/train-dictionary.sh` makes the next one from made-up applications.

pub mod hexes;

use std::sync::LazyLock;
use zstd::dict::{DecoderDictionary, EncoderDictionary};

/// `Content-Encoding` of a body in the short form: a dictionary named by the frame itself (RFC 8878, Dictionary_ID), hashes
/// as bytes before the frame ([`hexes`]), and the short header of [`crate::wire::SyncHead::shortened`]. Whoever does not know it answers 415 and gets [`ZSTD`].
pub const SHORT: &str = "x-jukung-1";
/// `Content-Encoding` of a body without a dictionary and with the whole header: every build ever made reads it.
pub const ZSTD: &str = "zstd";

/// A dictionary both sides carry.
#[derive(Debug, Clone, Copy)]
pub struct Dictionary {
    /// Number inside its frames: from 40001 up, in the range the format leaves to private use; below 65536 it takes two bytes.
    pub id: u32,
    /// The dictionary as trained.
    pub bytes: &'static [u8],
}

/// Every dictionary ever shipped, the newest last.
pub const DICTIONARIES: [Dictionary; 1] = [Dictionary { id: 40_001, bytes: include_bytes!("../wire/40001.dict") }];
/// The one to pack with.
pub const NEWEST: Dictionary = DICTIONARIES[DICTIONARIES.len() - 1];

/// Made ready once: the tables of a dictionary take longer to build than a small body to read.
static READERS: LazyLock<Vec<(u32, DecoderDictionary<'static>)>> =
    LazyLock::new(|| DICTIONARIES.iter().map(|d| (d.id, DecoderDictionary::copy(d.bytes))).collect());
static WRITERS: LazyLock<Vec<(u32, EncoderDictionary<'static>)>> =
    LazyLock::new(|| DICTIONARIES.iter().map(|d| (d.id, EncoderDictionary::copy(d.bytes, LEVEL_FAST))).collect());

/// Level on a fast link, and of the district's answers: 3–9 cost little (protocol 0.7).
pub const LEVEL_FAST: i32 = 9;
/// Level on a slow link: 330 KB take 0.14 s and save 11 ms of 2G an application (targets.md B 4.1).
pub const LEVEL_SLOW: i32 = 19;

/// Why something cannot be unpacked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unpackable {
    /// Packed with a dictionary that is not in this build.
    #[error("dictionary {0} is not known here")]
    Dictionary(u32),
    /// No frame, broken, or larger than allowed.
    #[error("not a whole zstd frame of the allowed size")]
    Damaged,
}

/// The dictionary a frame names; none for a frame without one, and for what is no frame.
#[must_use]
pub fn dictionary_of(frame: &[u8]) -> Option<u32> {
    zstd::zstd_safe::get_dict_id_from_frame(frame).map(std::num::NonZeroU32::get)
}

/// Packs `body` at `level`, with the dictionary `id` or without one.
///
/// # Errors
/// When zstd has no memory, or `id` is not one of [`DICTIONARIES`].
pub fn pack(body: &[u8], level: i32, id: Option<u32>) -> std::io::Result<Vec<u8>> {
    let Some(id) = id else { return zstd::bulk::compress(body, level) };
    if level == LEVEL_FAST {
        let ready = WRITERS.iter().find(|(own, _)| *own == id);
        let (_, ready) = ready.ok_or_else(|| std::io::Error::other(Unpackable::Dictionary(id)))?;
        return zstd::bulk::Compressor::with_prepared_dictionary(ready)?.compress(body);
    }
    let known = DICTIONARIES.iter().find(|d| d.id == id);
    let known = known.ok_or_else(|| std::io::Error::other(Unpackable::Dictionary(id)))?;
    zstd::bulk::Compressor::with_dictionary(level, known.bytes)?.compress(body)
}

/// Unpacks a frame to at most `most` bytes, whatever dictionary it names.
///
/// # Errors
/// See [`Unpackable`].
pub fn unpack(frame: &[u8], most: usize) -> Result<Vec<u8>, Unpackable> {
    let damaged = |_| Unpackable::Damaged;
    let Some(id) = dictionary_of(frame) else { return zstd::bulk::decompress(frame, most).map_err(damaged) };
    let (_, ready) = READERS.iter().find(|(own, _)| *own == id).ok_or(Unpackable::Dictionary(id))?;
    let mut reader = zstd::bulk::Decompressor::with_prepared_dictionary(ready).map_err(damaged)?;
    reader.decompress(frame, most).map_err(damaged)
}

/// Most bytes of hashes in one body: 256 events with eight papers each, twice over.
const CHANCE_BYTES_MAX: usize = 256 * 1024;

/// Packs a body in the short form: how many bytes of hashes, these, then the frame.
///
/// # Errors
/// As [`pack`]; also for a text with control characters, which goes without the short form.
pub fn pack_short(body: &[u8], level: i32, id: u32) -> std::io::Result<Vec<u8>> {
    let (text, chance) = hexes::fold(body).ok_or_else(|| std::io::Error::other(Unpackable::Damaged))?;
    let length = u32::try_from(chance.len()).map_err(std::io::Error::other)?;
    let mut out = length.to_le_bytes()[..3].to_vec();
    out.extend_from_slice(&chance);
    out.extend(pack(&text, level, Some(id))?);
    Ok(out)
}

/// The hashes and the frame of a body in the short form.
fn parts(short: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = short.split_at_checked(3)?;
    let length = usize::from(length[0]) | usize::from(length[1]) << 8 | usize::from(length[2]) << 16;
    (length <= CHANCE_BYTES_MAX).then(|| rest.split_at_checked(length)).flatten()
}

/// The dictionary that a body in the short form was packed with.
#[must_use]
pub fn dictionary_of_short(short: &[u8]) -> Option<u32> {
    dictionary_of(parts(short)?.1)
}

/// Unpacks a body in the short form to at most `most` bytes.
///
/// # Errors
/// See [`Unpackable`].
pub fn unpack_short(short: &[u8], most: usize) -> Result<Vec<u8>, Unpackable> {
    let (chance, frame) = parts(short).ok_or(Unpackable::Damaged)?;
    hexes::unfold(&unpack(frame, most)?, chance, most).ok_or(Unpackable::Damaged)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_dictionary_carries_its_own_number() {
        for d in DICTIONARIES {
            assert_eq!(d.bytes[4..8], d.id.to_le_bytes(), "{}", d.id);
            assert!((32_768..65_536).contains(&d.id), "private, and two bytes long");
        }
    }

    #[test]
    fn what_is_packed_is_unpacked_with_each_dictionary_and_without() {
        let body = "Halimah Contoh ".repeat(40).into_bytes();
        for id in DICTIONARIES.iter().map(|d| Some(d.id)).chain([None]) {
            for level in [LEVEL_FAST, LEVEL_SLOW] {
                let frame = pack(&body, level, id).expect("packed");
                assert_eq!((dictionary_of(&frame), unpack(&frame, 8_000)), (id, Ok(body.clone())));
                assert_eq!(unpack(&frame, 100), Err(Unpackable::Damaged), "larger than allowed");
            }
        }
    }

    #[test]
    fn a_dictionary_of_another_build_is_named_and_not_guessed() {
        let mut other = NEWEST.bytes.to_vec();
        other[4..8].copy_from_slice(&50_000_u32.to_le_bytes());
        let frame = zstd::bulk::Compressor::with_dictionary(3, &other).and_then(|mut c| c.compress(b"Contoh"));
        assert_eq!(unpack(&frame.expect("packed"), 8_000), Err(Unpackable::Dictionary(50_000)));
        assert!(pack(b"Contoh", 3, Some(50_000)).is_err());
        assert_eq!(unpack(b"no frame", 8_000), Err(Unpackable::Damaged));
    }
}
