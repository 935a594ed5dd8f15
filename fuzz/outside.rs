//! The rest of what is read from outside: a receipt's QR, the card with the slots, a stick, lists, pictures, PDFs. Past a
//! signature, a seal or a checksum no change of bytes comes, so the first byte of some inputs says which part they are, and
//! the target signs, seals or packs it.

use jukung_crypto::cms::{self, certificate, stamp};
use jukung_crypto::keyring::{self, About};
use jukung_crypto::receipt_token::{Claims, Device, TokenProblem, certify, issue, to_text};
use jukung_crypto::slot::PASSES;
use jukung_crypto::verdict::judge;
use jukung_crypto::{CryptoProblem, sign, succession};
use jukung_district::signature::look::{Roots, Verdict, look};
use jukung_domain::assignment::Assignment;
use jukung_domain::wire::DistrictSettings;
use jukung_office::home::Card;
use jukung_office::school::class_list;
use jukung_office::{import, qr, scan, verify};
use std::io::{Cursor, Read, Write};
use std::sync::OnceLock;

/// Seed of the district that everything here is for.
pub const DISTRICT: [u8; 32] = [7; 32];
/// Seed of its one computer.
pub const DEVICE: [u8; 32] = [9; 32];
/// Secret of the one person of that computer, and what they type.
pub const OWN: [u8; 32] = [5; 32];
/// See [`OWN`].
pub const PASSPHRASE: &str = "perahu sungai pasar pagi";
/// Memory of the slots whose passphrase is tried, in KiB: the least that is opened, some 30 ms.
pub const MEMORY_KIB: u32 = 8 * 1024;
/// Most memory that a slot gets, in KiB.
const MEMORY_KIB_MAX: u32 = 1024 * 1024;
/// Made-up list of a class.
const SHEET: &[u8] = include_bytes!("../tests/sample/class-list.xlsx");
/// Pixels of a picture that is decoded here. What is larger and allowed takes seconds, and the same way.
const PIXELS_MAX: u64 = 1_000_000;
/// Pixels of a picture in which a QR is looked for.
const QR_PIXELS_MAX: u64 = 100_000;
/// Pixels that no scanner makes: refused before anything is decoded.
const PIXELS_REFUSED: u64 = 60_000_000;

/// The computer, as the district vouches for it.
#[must_use]
pub fn device() -> Device {
    Device {
        district: 6305,
        code: "K7F".into(),
        valid_s: (1_790_000_000, 1_824_560_000),
        key: sign::public_key(&DEVICE),
    }
}

/// The one receipt that was handed out.
#[must_use]
pub fn claims() -> Claims {
    let (nonce, digest) = ([3; 8], [4; 16]);
    let (number, initials) = ("K7F-0417-N".into(), "SA".into());
    Claims { office: 6_305_041_004, issued_s: 1_795_000_000, number, group: 3, documents: 2, initials, nonce, digest }
}

/// Its token.
///
/// # Errors
/// None is known.
pub fn token() -> Result<Vec<u8>, TokenProblem> {
    issue(&DEVICE, &certify(&DISTRICT, &device())?, &claims())
}

/// The card of the computer as JSON, with `slots`.
#[must_use]
pub fn card(slots: &serde_json::Value) -> serde_json::Value {
    serde_json::json!({
        "device": "01890a5d-ac96-774b-bcce-b302099a8057", "code": "K7F", "server": "https://dinas.contoh.example",
        "office": { "code": "63.05.04.1004", "name": "Kelurahan Contoh", "district": "Binuang", "regency": "Tapin",
            "province": "Kalimantan Selatan", "agency": "Disdukcapil Contoh", "zone": "WITA" },
        "district_key": hex::encode(sign::public_key(&DISTRICT)), "sample": true, "slots": slots,
    })
}

/// A byte string of CBOR.
fn string(bytes: &[u8]) -> Vec<u8> {
    let head = match (bytes.len(), u8::try_from(bytes.len()), u16::try_from(bytes.len())) {
        (0..24, Ok(n), _) => vec![0x40 | n],
        (_, Ok(n), _) => vec![0x58, n],
        (_, _, Ok(n)) => [&[0x59][..], &n.to_be_bytes()].concat(),
        _ => [&[0x5a][..], &u32::try_from(bytes.len()).unwrap_or(0).to_be_bytes()].concat(),
    };
    [head.as_slice(), bytes].concat()
}

/// COSE_Sign1 (RFC 9052) around any payload, right in all but that.
fn signed(seed: &[u8; 32], payload: &[u8], certificate: Option<&[u8]>) -> Vec<u8> {
    // {1: -8}, EdDSA.
    const PROTECTED: [u8; 4] = [0x43, 0xa1, 0x01, 0x27];
    let payload = string(payload);
    let covered = [b"\x84\x6aSignature1", &PROTECTED[..], &string(b""), &payload].concat();
    // {-70100: the certificate}
    let open = certificate.map_or(vec![0xa0], |c| [&[0xa1, 0x3a, 0x00, 0x01, 0x11, 0xd3][..], &string(c)].concat());
    [&[0x84][..], &PROTECTED, &open, &payload, &string(&sign::sign(seed, &covered))].concat()
}

/// What is pasted or scanned as a receipt: text, a token, or what a computer of the district or the district itself would
/// have signed. Only the one receipt that was handed out is believed of what nobody signs here.
pub fn receipt_qr(data: &[u8]) {
    static CARD: OnceLock<Option<Card>> = OnceLock::new();
    let Some((kind, rest)) = data.split_first() else { return };
    let Ok(certificate) = certify(&DISTRICT, &device()) else { return };
    let text = match kind % 4 {
        0 => String::from_utf8_lossy(rest).into_owned(),
        1 => to_text(rest),
        2 => to_text(&signed(&DEVICE, rest, Some(&certificate))),
        _ => {
            let (claims, certificate) = rest.split_at(rest.len() / 2);
            to_text(&signed(&DEVICE, claims, Some(&signed(&DISTRICT, certificate, None))))
        }
    };
    let card = CARD.get_or_init(|| serde_json::from_value(card(&serde_json::json!([]))).ok());
    assert!(card.is_some(), "the card is one");
    let Some(card) = card else { return };
    let verdict = judge(&text, &verify::trust(card, &DistrictSettings::default()));
    if let (0 | 1, Some(said)) = (kind % 4, &verdict.claims) {
        assert_eq!(*said, claims());
    }
    assert_eq!(verify::by_card(card, &text).ruling, verdict.ruling.code());
}

/// The card with the slots that lies in the clear beside the database. Whoever changes it takes no memory with it, and what
/// is read is written and read again as the same.
pub fn slots(data: &[u8]) {
    let Ok(mut card) = serde_json::from_slice::<Card>(data) else { return };
    let text = serde_json::to_vec(&card).unwrap_or_default();
    let again = serde_json::from_slice::<Card>(&text).map(|card| serde_json::to_vec(&card).unwrap_or_default());
    assert_eq!(again.ok().as_ref(), Some(&text));
    let (key, tried) = (sign::public_key(&DEVICE), data.len().is_multiple_of(8));
    for slot in card.every_slot() {
        if slot.passes != PASSES || !(MEMORY_KIB..=MEMORY_KIB_MAX).contains(&slot.memory_kib) {
            assert!(matches!(slot.open(PASSPHRASE), Err(CryptoProblem::Parameters)));
        } else if slot.memory_kib == MEMORY_KIB && tried {
            let _ = slot.open(PASSPHRASE);
        }
        let (device, person, role) = (&slot.device, &slot.person, &slot.role);
        let newest = succession::follow(&[key], device, &slot.since).last().copied().unwrap_or(key);
        for (sealed, generation) in [(&slot.keyring, slot.generation), (&slot.next, slot.generation.wrapping_add(1))] {
            let _ = keyring::open(&OWN, About { device, person, role, generation }, &newest, sealed);
        }
        let _ = Assignment::read(&slot.terms).map(|terms| terms.still_holds(jiff::civil::date(2026, 11, 27)));
    }
}

/// The sheet with another part, packed anew.
fn with_part(name: &str, content: &[u8]) -> Option<Vec<u8>> {
    let mut from = zip::ZipArchive::new(Cursor::new(SHEET)).ok()?;
    let mut to = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for at in 0..from.len() {
        let mut part = from.by_index(at).ok()?;
        let own = part.name().ok()?.into_owned();
        let mut whole = Vec::new();
        part.read_to_end(&mut whole).ok()?;
        to.start_file(own.as_str(), zip::write::SimpleFileOptions::default()).ok()?;
        to.write_all(if own == name { content } else { &whole }).ok()?;
    }
    to.finish().ok().map(Cursor::into_inner)
}

/// A list of pupils (as it is, or one part of a sheet), or of applications (a table, lines, one).
pub fn sheet(data: &[u8]) {
    let Some((kind, rest)) = data.split_first() else { return };
    let part = match kind % 8 {
        1 => "xl/worksheets/sheet1.xml",
        2 => "xl/styles.xml",
        3 => "xl/workbook.xml",
        4 => "xl/sharedStrings.xml",
        of @ 5.. => {
            let ending = [Some("csv"), Some("jsonl"), None][usize::from(of - 5)];
            for (_, value) in import::lines(rest, ending).unwrap_or_default() {
                let _ = value.and_then(import::application);
            }
            return;
        }
        _ => "",
    };
    let list = if part.is_empty() { Some(rest.to_vec()) } else { with_part(part, rest) };
    let Some(Ok(lines)) = list.map(|list| class_list::read(&list)) else { return };
    assert!(lines.len() <= class_list::PUPILS_MAX);
}

/// A scan as it is taken in, and the QR that somebody photographed.
pub fn picture(data: &[u8]) {
    let reader = image::ImageReader::new(Cursor::new(data)).with_guessed_format().ok();
    let size = reader.and_then(|reader| reader.into_dimensions().ok());
    let pixels = size.map_or(0, |(width, height)| u64::from(width) * u64::from(height));
    if data.starts_with(b"%PDF-") || (PIXELS_MAX..=PIXELS_REFUSED).contains(&pixels) {
        return;
    }
    if let Ok(taken) = scan::take_in(data) {
        assert!(pixels <= PIXELS_REFUSED && taken.media == "image/jpeg");
        assert!(scan::take_in(&taken.bytes).is_ok(), "what was kept is a picture");
    }
    if pixels <= QR_PIXELS_MAX {
        let _ = qr::read(data);
    }
}

/// A PDF as a counter takes it in and as the Dinas looks at its signatures; anything else as a signature, a stamp, a
/// certificate by itself.
pub fn pdf(data: &[u8]) {
    if data.starts_with(b"%PDF-") {
        if let Ok(taken) = scan::take_in(data) {
            assert_eq!((taken.bytes.as_slice(), taken.media), (data, "application/pdf"));
        }
        if let Ok(seen) = look(data, &Roots { roots: &[], ours: None, now: 1_795_000_000_000 }) {
            assert!(!seen.is_whole() || seen.signatures.iter().any(|one| one.verdict == Verdict::Intact));
        }
        return;
    }
    let of = [&b"Contoh"[..]];
    let _ = stamp::over(data, &of);
    let _ = stamp::token_of(data, &[1; 16], b"Contoh");
    let judged = cms::judge(data, &of).map(|judged| [vec![judged.signer], judged.others].concat());
    for one in judged.or_else(|_| certificate::read(data)).unwrap_or_default() {
        let _ = (certificate::named(&one.tbs_certificate.subject), certificate::fingerprint(&one));
        let _ = (
            certificate::holds(&one),
            certificate::leads_to(&one, &[], std::slice::from_ref(&one), std::time::Duration::ZERO),
        );
    }
}
