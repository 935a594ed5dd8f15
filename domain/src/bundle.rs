//! The format of a courier bundle (protocol 2.16): a line that says what it is, then frames that can be found again
//! one by one when the bytes around them are broken. Nothing here can be read without the key it is sealed to.

use crate::texts::say;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};

/// Version of the bundle.
pub const VERSION: u32 = 1;
/// First bytes of every file.
pub const OPENING: &[u8] = b"JUKUNG-BUNDLE 1\n";
/// Most bytes of content in one segment (protocol 0.2): a broken block of a stick costs no more.
pub const PIECE_BYTES_MAX: usize = 64 * 1024;
/// Most bytes of a sealed segment: the content, its slip and signature, and what sealing adds.
pub const SEALED_BYTES_MAX: usize = PIECE_BYTES_MAX + 8 * 1024;
/// Largest item: a sync body or a scan, as it is packed.
pub const ITEM_BYTES_MAX: u64 = 8 * 1024 * 1024;
/// Largest file: FAT32 ends at 4 GiB, some old drivers and programs at 2 GiB, so 16 MiB below that.
pub const FILE_BYTES_MAX: u64 = 2 * 1024 * 1024 * 1024 - 16 * 1024 * 1024;
/// Ending of bundle files.
pub const ENDING: &str = ".jkb";
/// Media type of frames sent over HTTP.
pub const MEDIA: &str = "application/vnd.jukung-bundle;v=1";

const MARK: &[u8; 4] = b"JKBS";
/// Mark, number, whether it is the last one, length.
const FIXED: usize = 4 + 4 + 1 + 4;
const HEAD: usize = FIXED + 32;

/// What a segment says about itself; the device or the district signs it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slip {
    /// Version.
    pub v: u32,
    /// `sync`, `scan` or `answer`.
    pub k: String,
    /// Device that wrote it or that it is for.
    pub d: uuid::Uuid,
    /// Open life of its log, 16 hex digits.
    pub i: String,
    /// Number of the bundle at that device; an answer names the one it answers.
    pub b: i64,
    /// Number of the segment at that device.
    pub n: i64,
    /// SHA-256 of the segment before, in hex; empty for the first one.
    pub p: String,
    /// SHA-256 of the whole item, in hex.
    pub h: String,
    /// Bytes of the whole item.
    pub of: u64,
    /// Where this piece stands in it.
    pub at: u64,
    /// SHA-256 of this piece, in hex.
    pub s: String,
    /// Key that answers are sealed to; in an answer, the symbols that the asking computer numbered with.
    pub r: String,
    /// How the device's signing key has changed, as in a call: a restored district may know an older one only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub q: Vec<(String, String)>,
}

impl Slip {
    /// The slips of an item in pieces, each beside its piece, numbered on from `self` and linked by the caller.
    pub fn pieces<'a>(&'a self, kind: &'a str, item: &'a [u8]) -> impl Iterator<Item = (Slip, &'a [u8])> + 'a {
        let (hash, of) = (hex::encode(Sha256::digest(item)), item.len() as u64);
        item.chunks(PIECE_BYTES_MAX).enumerate().map(move |(at, piece)| {
            let slip = Slip {
                k: kind.to_owned(),
                h: hash.clone(),
                of,
                at: (at * PIECE_BYTES_MAX) as u64,
                s: hex::encode(Sha256::digest(piece)),
                ..self.clone()
            };
            (slip, piece)
        })
    }

    /// Reads a slip and compares it with the piece that came with it.
    #[must_use]
    pub fn read(bytes: &[u8], piece: &[u8]) -> Option<Slip> {
        let slip: Slip = serde_json::from_slice(bytes).ok()?;
        let fits = slip.v == VERSION
            && slip.of <= ITEM_BYTES_MAX
            && slip.at.checked_add(piece.len() as u64).is_some_and(|end| end <= slip.of)
            && slip.h.len() == 64
            && slip.h.bytes().all(|b| b.is_ascii_hexdigit())
            && hex::encode(Sha256::digest(piece)) == slip.s;
        fits.then_some(slip)
    }
}

/// A sealed segment with its number in the bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// Number, from 1.
    pub index: u32,
    /// Nothing follows it.
    pub last: bool,
    /// Sealed bytes.
    pub sealed: Vec<u8>,
}

impl Frame {
    /// As it stands in a file: with a hash over all of it, so that an intact one is known as such.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        let mut out = MARK.to_vec();
        out.extend_from_slice(&self.index.to_be_bytes());
        out.push(u8::from(self.last));
        out.extend_from_slice(&u32::try_from(self.sealed.len()).unwrap_or(u32::MAX).to_be_bytes());
        let hash = Sha256::new().chain_update(&out).chain_update(&self.sealed).finalize();
        out.extend_from_slice(&hash);
        out.extend_from_slice(&self.sealed);
        out
    }
}

/// Bytes hashed in vain that a file may cost, and for each of its bytes: a broken stick costs each byte about once. A file of
/// nothing but beginnings of frames within each other would cost each of them five thousand times.
const IN_VAIN_BYTES: u64 = 64 * 1024 * 1024;
const IN_VAIN_EACH: u64 = 8;

/// Finds intact frames in bytes that come piece by piece, whatever stands between them. In bytes made to keep it busy it
/// stops looking.
#[derive(Debug, Default)]
pub struct Scanner {
    buffer: Vec<u8>,
    came: u64,
    in_vain: u64,
}

/// What stands at the start of some bytes.
enum Found {
    Frame(Frame, usize),
    More,
    /// No frame, known after so many bytes were hashed.
    Nothing(usize),
}

impl Scanner {
    /// Takes the next bytes and gives the frames that are complete now.
    pub fn push(&mut self, bytes: &[u8]) -> Vec<Frame> {
        self.came += bytes.len() as u64;
        self.buffer.extend_from_slice(bytes);
        self.take(false)
    }

    /// The frames that are left when nothing more comes.
    pub fn finish(&mut self) -> Vec<Frame> {
        self.take(true)
    }

    fn take(&mut self, ended: bool) -> Vec<Frame> {
        let (mut frames, mut at) = (Vec::new(), 0);
        while at < self.buffer.len() {
            let rest = &self.buffer[at..];
            let Some(mark) = rest.windows(MARK.len()).position(|w| w == MARK) else {
                // The last bytes may be the beginning of a mark.
                at = self.buffer.len() - if ended { 0 } else { rest.len().min(MARK.len() - 1) };
                break;
            };
            at += mark;
            if self.in_vain > IN_VAIN_BYTES + IN_VAIN_EACH * self.came {
                at = self.buffer.len();
                break;
            }
            match look(&self.buffer[at..]) {
                Found::Frame(frame, length) => {
                    frames.push(frame);
                    at += length;
                }
                Found::More if !ended => break,
                Found::More => at += 1,
                Found::Nothing(hashed) => {
                    self.in_vain += hashed as u64;
                    at += 1;
                }
            }
        }
        self.buffer.drain(..at);
        frames
    }
}

fn look(bytes: &[u8]) -> Found {
    let Some(head) = bytes.get(..HEAD) else { return Found::More };
    let number = |at: usize| u32::from_be_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
    let (index, last, length) = (number(4), head[8], number(9) as usize);
    if last > 1 || length > SEALED_BYTES_MAX {
        return Found::Nothing(0);
    }
    let Some(sealed) = bytes.get(HEAD..HEAD + length) else { return Found::More };
    let hash = Sha256::new().chain_update(&head[..FIXED]).chain_update(sealed).finalize();
    if hash.as_slice() != &head[FIXED..] {
        return Found::Nothing(FIXED + length);
    }
    Found::Frame(Frame { index, last: last == 1, sealed: sealed.to_vec() }, HEAD + length)
}

/// Puts items together from pieces that come in any order.
#[derive(Debug, Default)]
pub struct Assembly {
    open: Vec<(String, u64, BTreeMap<u64, Vec<u8>>)>,
}

/// Items in pieces at once: they follow each other, so more are the remains of a broken stick.
const OPEN_MAX: usize = 8;

impl Assembly {
    /// Takes a piece; gives the item when it is whole and right.
    pub fn add(&mut self, slip: &Slip, piece: Vec<u8>) -> Option<Vec<u8>> {
        let at = self.open.iter().position(|(hash, of, _)| *hash == slip.h && *of == slip.of).unwrap_or_else(|| {
            if self.open.len() == OPEN_MAX {
                self.open.remove(0);
            }
            self.open.push((slip.h.clone(), slip.of, BTreeMap::new()));
            self.open.len() - 1
        });
        let (_, of, pieces) = &mut self.open[at];
        pieces.insert(slip.at, piece);
        if pieces.values().map(|p| p.len() as u64).sum::<u64>() < *of {
            return None;
        }
        let item = self.open.remove(at).2.into_values().collect::<Vec<_>>().concat();
        (hex::encode(Sha256::digest(&item)) == slip.h).then_some(item)
    }
}

/// Most missing segments that are named: nobody reads more, and a number in a frame is anybody's, up to four billion.
pub const MISSING_MAX: usize = 100;

/// Which segments of a bundle were found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {
    found: BTreeSet<u32>,
    end: Option<u32>,
}

impl Seen {
    /// Notes a frame.
    pub fn note(&mut self, frame: &Frame) {
        self.found.insert(frame.index);
        if frame.last {
            self.end = Some(frame.index);
        }
    }

    /// How many were found.
    #[must_use]
    pub fn count(&self) -> usize {
        self.found.len()
    }

    /// Numbers that are missing, the first [`MISSING_MAX`] of them, as far as can be known: after the highest one found only
    /// the end can tell.
    #[must_use]
    pub fn missing(&self) -> Vec<u32> {
        let to = self.end.or_else(|| self.found.last().copied()).unwrap_or(0);
        (1..=to).filter(|n| !self.found.contains(n)).take(MISSING_MAX).collect()
    }

    /// Whether the end was found; without it more may be missing.
    #[must_use]
    pub fn whole_end(&self) -> bool {
        self.end.is_some()
    }
}

/// What a person reads of the parts of a file that are broken or missing; without numbers when its end is.
#[must_use]
pub fn missing(file: &str, parts: &[u32]) -> String {
    let parts: Vec<String> = parts.iter().map(u32::to_string).collect();
    let key = if parts.is_empty() { "courier.cut" } else { "courier.missing" };
    say(key, &[("file", file), ("parts", &parts.join(", "))])
}

/// Name of a file going to the district: `jukung-63.05.04.1004-K7F-0042.jkb`, further parts `-0042-2.jkb`. Only letters,
/// digits, dots and dashes: every file system takes it.
#[must_use]
pub fn file_name(office: &str, code: &str, bundle: i64, part: u32) -> String {
    let part = if part > 1 { format!("-{part}") } else { String::new() };
    safe(&format!("jukung-{office}-{code}-{bundle:04}{part}{ENDING}"))
}

/// Name of the file that goes back to a computer; a newer one replaces it.
#[must_use]
pub fn answer_name(office: &str, code: &str, part: u32) -> String {
    let part = if part > 1 { format!("-{part}") } else { String::new() };
    safe(&format!("jukung-{office}-{code}-{ANSWER}{part}{ENDING}"))
}

const ANSWER: &str = "balasan";

/// Whether a file name is that of a bundle, and if so whether it goes back from the district.
#[must_use]
pub fn direction(name: &str) -> Option<bool> {
    let stem = name.strip_prefix("jukung-")?.strip_suffix(ENDING)?;
    Some(stem.rsplit('-').take(2).any(|word| word == ANSWER))
}

/// Name of the bundle that a file is a part of.
#[must_use]
pub fn of_part(name: &str) -> String {
    let words: Vec<&str> = name.trim_end_matches(ENDING).split('-').collect();
    words.iter().take(4).copied().collect::<Vec<_>>().join("-")
}

fn safe(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() || c == '.' || c == '-' { c } else { '_' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frames(count: u32) -> Vec<Frame> {
        let sealed = |n: u32| (0..200 + n).map(|b| u8::try_from(b % 251).unwrap_or(0)).collect();
        (1..=count).map(|index| Frame { index, last: index == count, sealed: sealed(index) }).collect()
    }

    fn read(bytes: &[u8], step: usize) -> Vec<Frame> {
        let mut scanner = Scanner::default();
        let mut found: Vec<Frame> = bytes.chunks(step).flat_map(|c| scanner.push(c)).collect();
        found.extend(scanner.finish());
        found
    }

    #[test]
    fn every_flipped_byte_costs_one_segment_and_is_told() {
        let all = frames(4);
        let bytes: Vec<u8> = OPENING.iter().copied().chain(all.iter().flat_map(Frame::bytes)).collect();
        assert_eq!(read(&bytes, 7), all);
        for at in OPENING.len()..bytes.len() {
            let mut broken = bytes.clone();
            broken[at] ^= 0x41;
            let found = read(&broken, 1000);
            assert_eq!(found.len(), 3, "byte {at}");
            let mut seen = Seen::default();
            found.iter().for_each(|f| seen.note(f));
            assert!(seen.missing().len() == 1 || !seen.whole_end(), "byte {at}");
        }
    }

    #[test]
    fn a_file_of_beginnings_within_each_other_costs_no_more_than_its_bytes_are_worth() {
        let beginning = [MARK.as_slice(), &[0; 5], &60_000u32.to_be_bytes()].concat();
        let made = beginning.repeat(24_000);
        let mut scanner = Scanner::default();
        let found: usize = made.chunks(SEALED_BYTES_MAX).map(|part| scanner.push(part).len()).sum();
        assert_eq!(found + scanner.finish().len(), 0);
        let most = IN_VAIN_BYTES + IN_VAIN_EACH * made.len() as u64 + SEALED_BYTES_MAX as u64;
        assert!(scanner.in_vain <= most, "{} bytes hashed of {}", scanner.in_vain, made.len());
    }

    #[test]
    fn a_frame_that_claims_to_be_the_four_billionth_fills_no_memory() {
        let mut seen = Seen::default();
        for index in [1, 3, u32::MAX] {
            seen.note(&Frame { index, last: index == u32::MAX, sealed: Vec::new() });
        }
        let missing = seen.missing();
        assert_eq!((missing.len(), &missing[..3]), (MISSING_MAX, [2, 4, 5].as_slice()));
        assert!(seen.whole_end());
    }

    #[test]
    fn names_tell_the_way_and_fit_every_file_system() {
        let out = file_name("63.05.04.1004", "K7F", 42, 2);
        assert_eq!(out, "jukung-63.05.04.1004-K7F-0042-2.jkb");
        assert_eq!(direction(&out), Some(false));
        assert_eq!(direction(&answer_name("63.05.04.1004", "K7F", 1)), Some(true));
        assert_eq!(direction(&answer_name("63.05.04.1004", "K7F", 3)), Some(true));
        assert_eq!(direction("foto.jpg"), None);
        assert_eq!(file_name("6:3*", "K/7", 1, 1), "jukung-6_3_-K_7-0001.jkb");
    }
}
