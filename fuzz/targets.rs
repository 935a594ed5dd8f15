//! What is fuzzed: everything that reads bytes from the network, a stick, a file or a picture before anyone's signature was
//! looked at. Shared by cargo fuzz (`fuzz/fuzz_targets`) and the seeded loop of `tests/tests/fuzzed.rs`, without coverage.

pub mod outside;
pub mod stick;

use jukung_domain::bundle::{Frame, Scanner};
use jukung_domain::{call, event, pack, tus, wire};

/// A target: its name, and what it does with an input.
type Target = (&'static str, fn(&[u8]));

/// Every target.
pub const TARGETS: [Target; 11] = [
    ("sync_body", sync_body),
    ("header", header),
    ("frame", frame),
    ("tus_headers", tus_headers),
    ("segment", segment),
    ("receipt_qr", outside::receipt_qr),
    ("slots", outside::slots),
    ("stick", stick::stick),
    ("sheet", outside::sheet),
    ("picture", outside::picture),
    ("pdf", outside::pdf),
];

/// A decompressed sync body: what is read counts what it announced, and the signature covers the bytes that came.
pub fn sync_body(data: &[u8]) {
    if let Ok(opaque) = call::read_opaque(data) {
        assert_eq!((opaque.events.len(), opaque.head.logs.len()), (1, 1));
    }
    let Ok(read) = call::read(data) else { return };
    let announced: i64 = read.head.logs.iter().map(|l| l.m).sum();
    assert_eq!(i64::try_from(read.events.len()), Ok(announced));
    assert!(read.events.len() <= wire::BATCH_EVENTS_MAX);
    assert!(read.unsigned.len() <= data.len());
    for raw in &read.events {
        if let Ok(envelope) = event::read(raw) {
            let _ = event::Body::read(&envelope);
        }
    }
}

/// The first line of an answer, and an entry of the feed: what is read is written and read again as the same.
pub fn header(data: &[u8]) {
    if let Ok(answer) = serde_json::from_slice::<wire::SyncAnswer>(data) {
        let again = serde_json::to_vec(&answer).map(|bytes| serde_json::from_slice(&bytes).ok());
        assert_eq!(again.ok().flatten(), Some(answer));
    }
    if let Ok(entry) = serde_json::from_slice::<wire::FeedEntry>(data) {
        let again = serde_json::to_vec(&entry).map(|bytes| serde_json::from_slice(&bytes).ok());
        assert_eq!(again.ok().flatten(), Some(entry));
    }
    if let Ok(text) = std::str::from_utf8(data) {
        let _ = wire::incarnation_from_hex(text);
        let _ = wire::unsigned(text, &[], "ab");
    }
}

/// Most bytes unpacked here: small, so that a bomb is seen to be stopped and not only to be slow.
const UNPACKED_MAX: usize = 256 * 1024;

/// A frame with and without dictionary, and the short form: never more than allowed, and what is packed is unpacked.
pub fn frame(data: &[u8]) {
    for unpack in [pack::unpack, pack::unpack_short] {
        if let Ok(body) = unpack(data, UNPACKED_MAX) {
            assert!(body.len() <= UNPACKED_MAX);
        }
    }
    let _ = pack::dictionary_of(data);
    if let Some((text, chance)) = pack::hexes::fold(data) {
        assert_eq!(pack::hexes::unfold(&text, &chance, data.len()).as_deref(), Some(data));
    }
    if data.len() < 4_096
        && let Ok(short) = pack::pack_short(data, 1, pack::NEWEST.id)
    {
        assert_eq!(pack::unpack_short(&short, data.len()).as_deref(), Ok(data));
    }
}

/// The headers of an upload.
pub fn tus_headers(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let _ = tus::named(text);
    let _ = tus::checksum(text);
    if let Some(bytes) = tus::bytes(text) {
        assert_eq!(text.trim_start_matches('0').len().max(1), bytes.to_string().len());
    }
}

/// Segments of a bundle, however the stick hands them out: in one piece or in many, the same frames are found, and an
/// intact frame behind the rubbish is found too.
pub fn segment(data: &[u8]) {
    let found = |pieces: &[&[u8]]| {
        let mut scanner = Scanner::default();
        let mut frames = Vec::new();
        for piece in pieces {
            frames.extend(scanner.push(piece));
        }
        frames.extend(scanner.finish());
        frames.into_iter().map(|f| (f.index, f.last, f.sealed)).collect::<Vec<_>>()
    };
    let whole = found(&[data]);
    let (one, two) = data.split_at(data.len() / 3);
    assert_eq!(found(&[one, two]), whole);
    let intact = Frame { index: 7, last: true, sealed: b"Contoh".to_vec() }.bytes();
    let behind = [data, &intact].concat();
    assert!(found(&[&behind]).iter().any(|(index, last, sealed)| (*index, *last) == (7, true) && sealed == b"Contoh"));
}
