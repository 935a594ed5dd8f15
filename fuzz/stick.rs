//! A whole stick as the Dinas reads it: files of frames, of which some cannot be opened, some hold rubbish, and some are
//! signed by a computer that the Dinas knows, whose slip or content is as nobody writes them.

use super::outside::{DEVICE, DISTRICT, device};
use jukung_crypto::{bundle as sealed, sign};
use jukung_district::District;
use jukung_district::courier::told;
use jukung_district::edge::Edge;
use jukung_domain::bundle::{self, Assembly, Frame, OPENING, Slip};
use jukung_domain::{pack, wire};
use jukung_ledger::params;
use sha2::{Digest, Sha256};
use std::fs;
use std::path::PathBuf;
use std::sync::OnceLock;

/// The computer that the Dinas knows.
pub const KNOWN: &str = "01890a5d-ac96-774b-bcce-b302099a8057";
/// Parts of one stick here.
const PARTS_MAX: usize = 16;
/// Signs of what a person reads of a stick: more fits no screen, and nobody's memory is to be filled with it.
const TOLD_MAX: usize = 16 * 1024;

/// What a part of the input becomes: frames that are not sealed, sealed, or sealed and signed, or bytes between them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Rubbish,
    Unsealed,
    Sealed,
    Signed,
}

/// The input with one more part, as the target reads it.
#[must_use]
pub fn part(kind: u8, index: u32, bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).unwrap_or(u16::MAX);
    [&[kind][..], &index.to_be_bytes(), &length.to_be_bytes(), bytes].concat()
}

/// The content of a signed part.
#[must_use]
pub fn slipped(slip: &[u8], piece: &[u8]) -> Vec<u8> {
    [&u16::try_from(slip.len()).unwrap_or(u16::MAX).to_be_bytes(), slip, piece].concat()
}

/// An item of the known computer in one piece.
#[must_use]
pub fn slip(kind: &str, item: &[u8]) -> Slip {
    let hash = hex::encode(Sha256::digest(item));
    let (i, r) = ("0011223344556677".into(), sealed::recipient(&DEVICE).unwrap_or_default());
    let (s, d) = (hash.clone(), KNOWN.parse().unwrap_or_default());
    let of = item.len() as u64;
    Slip {
        v: bundle::VERSION,
        k: kind.into(),
        d,
        i,
        b: 1,
        n: 1,
        p: String::new(),
        h: hash,
        of,
        at: 0,
        s,
        r,
        q: Vec::new(),
    }
}

/// A district with one computer, in a folder of its own.
fn district() -> Option<&'static (District, PathBuf)> {
    static OPEN: OnceLock<Option<(District, PathBuf)>> = OnceLock::new();
    OPEN.get_or_init(|| open().ok()).as_ref()
}

fn open() -> Result<(District, PathBuf), Box<dyn std::error::Error>> {
    let dir = std::env::temp_dir().join(format!("jukung-fuzz-{}", std::process::id()));
    fs::create_dir_all(dir.join("stick"))?;
    fs::write(dir.join("district.key"), DISTRICT)?;
    let district = District::open(&dir, None, Edge { now_ms: || 1_795_000_000_000, fill: |bytes| bytes.fill(7) })?;
    let key = hex::encode(sign::public_key(&DEVICE));
    district.db.write(|tx| {
        let known = "INSERT INTO device (id, office, code, public_key, name, state, enrolled, last_sync, syncs, call,
             approved, approved_by, certified, ended, next_key)
             VALUES ($1, '63.05.04.1004', $2, $3, 'Contoh', 'active', 1, 0, 0, '', 1, 'Contoh', 1, 0, '')
             ON CONFLICT DO NOTHING";
        tx.execute(known, params![KNOWN, device().code, key])
    })?;
    Ok((district, dir))
}

/// The slip and the piece as the computer would have signed them, where they are such; otherwise as they are.
fn signed(bytes: &[u8], assembly: &mut Assembly) -> Option<Vec<u8>> {
    let (length, rest) = bytes.split_first_chunk::<2>()?;
    let (slip, piece) = rest.split_at(usize::from(u16::from_be_bytes(*length)).min(rest.len()));
    let mut said = slip.to_vec();
    if let Ok(mut slip) = serde_json::from_slice::<Slip>(slip) {
        slip.s = hex::encode(Sha256::digest(piece));
        if slip.of == piece.len() as u64 {
            slip.h.clone_from(&slip.s);
        }
        said = serde_json::to_vec(&slip).ok()?;
        // As a counter puts an answer together.
        if Slip::read(&said, piece).is_some() {
            let whole = assembly.add(&slip, piece.to_vec());
            assert!(whole.is_none_or(|item| item.len() as u64 <= bundle::ITEM_BYTES_MAX));
        }
        if let Ok(body) = pack::unpack(piece, wire::BODY_BYTES_MAX) {
            assert!(body.len() <= wire::BODY_BYTES_MAX);
        }
    }
    sealed::plain(&DEVICE, &said, piece).ok()
}

/// Files of a stick. What is read is told in few words, and nothing of it changes what the Dinas has.
pub fn stick(data: &[u8]) {
    let district = district();
    assert!(district.is_some(), "a district reads the stick");
    let Some((district, dir)) = district else { return };
    let (mut files, mut rest, mut assembly) = (vec![OPENING.to_vec()], data, Assembly::default());
    for _ in 0..PARTS_MAX {
        let Some((head, behind)) = rest.split_first_chunk::<7>() else { break };
        let [kind, i0, i1, i2, i3, l0, l1] = *head;
        let (bytes, behind) = behind.split_at(usize::from(u16::from_be_bytes([l0, l1])).min(behind.len()));
        rest = behind;
        if kind & 8 != 0 {
            files.push(OPENING.to_vec());
        }
        let to = sealed::recipient(&DISTRICT).unwrap_or_default();
        let part = match [Kind::Rubbish, Kind::Unsealed, Kind::Sealed, Kind::Signed][usize::from(kind & 3)] {
            Kind::Rubbish => None,
            Kind::Unsealed => Some(bytes.to_vec()),
            Kind::Sealed => sealed::seal(&to, bytes).ok(),
            Kind::Signed => signed(bytes, &mut assembly).and_then(|plain| sealed::seal(&to, &plain).ok()),
        };
        let (index, last) = (u32::from_be_bytes([i0, i1, i2, i3]), kind & 4 != 0);
        let part = part.map_or_else(|| bytes.to_vec(), |sealed| Frame { index, last, sealed }.bytes());
        if let Some(file) = files.last_mut() {
            file.extend(part);
        }
    }
    let folder = dir.join("stick");
    for (n, file) in (1..).zip(&files) {
        let name = bundle::file_name("63.05.04.1004", "K7F", 1, n);
        assert!(fs::write(folder.join(name), file).is_ok(), "the folder takes what is read from it");
    }
    let taken = district.courier_in(&folder);
    assert!(taken.is_ok(), "a stick is read as far as it can be: {:?}", taken.err());
    if let Ok(taken) = taken {
        assert_eq!((taken.files, taken.bodies), (files.len(), 0));
        assert!(told(&taken).chars().count() <= TOLD_MAX);
    }
    // The next input finds a stick and a district of before.
    for n in (1..).take(files.len()) {
        let _ = fs::remove_file(folder.join(bundle::file_name("63.05.04.1004", "K7F", 1, n)));
    }
    let _ = fs::remove_dir_all(dir.join("courier"));
}
