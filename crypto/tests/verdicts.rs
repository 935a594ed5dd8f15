//! Goal: what is said of a receipt is true, and the browser's page says the same: both read tests/vectors/verdicts.json.
//! `JUKUNG_WRITE_VECTORS=1` writes the file anew after a deliberate change.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails right here")]

use jukung_crypto::receipt_token::{Claims, Device, certify, issue, to_text};
use jukung_crypto::sign::public_key;
use jukung_crypto::verdict::{Ruling, Trust, judge};
use serde_json::{Value, json};

const VECTORS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/verdicts.json");
const DISTRICT: [u8; 32] = [7; 32];
const FORGER: [u8; 32] = [8; 32];
const NEIGHBOUR: [u8; 32] = [6; 32];
const COUNTER: [u8; 32] = [9; 32];
const LOST: [u8; 32] = [11; 32];

fn trust() -> Trust {
    Trust { keys: vec![public_key(&[5; 32]), public_key(&DISTRICT)], district: 6305, lost: vec![public_key(&LOST)] }
}

fn device(district: i64, seed: &[u8; 32]) -> Device {
    Device { district, code: "K7F".into(), valid_s: (1_790_000_000, 1_824_560_000), key: public_key(seed) }
}

fn claims() -> Claims {
    Claims {
        office: 6_305_041_004,
        issued_s: 1_795_000_000,
        number: "K7F-0417-N".into(),
        group: 3,
        documents: 4,
        initials: "HC".into(),
        nonce: [1, 2, 3, 4, 5, 6, 7, 8],
        digest: [0xAB; 16],
    }
}

fn token(district: (i64, &[u8; 32]), counter: &[u8; 32], claims: &Claims) -> Vec<u8> {
    issue(counter, &certify(district.1, &device(district.0, counter)).unwrap(), claims).unwrap()
}

fn replaced(token: &[u8], old: &[u8], new: &[u8]) -> Vec<u8> {
    let at = token.windows(old.len()).rposition(|w| w == old).unwrap();
    [&token[..at], new, &token[at + old.len()..]].concat()
}

/// Texts by what they are.
fn cases() -> Vec<(&'static str, String)> {
    let own = (6305, &DISTRICT);
    let whole = token(own, &COUNTER, &claims());
    let text = to_text(&whole);
    let address = format!("https://dukcapil.contoh.go.id/asli#{text}");
    let signature_end = whole.len() - 1;
    let mut other_signature = whole.clone();
    other_signature[signature_end] ^= 1;
    let foreign_certificate =
        issue(&[10; 32], &certify(&DISTRICT, &device(6305, &COUNTER)).unwrap(), &claims()).unwrap();
    let at = |claims: Claims| to_text(&token(own, &COUNTER, &claims));
    vec![
        ("a receipt of this district", address.clone()),
        ("the token alone, in small letters", format!(" {}\n", text.to_lowercase())),
        ("another number put in", to_text(&replaced(&whole, b"K7F-0417-N", b"K7F-0418-N"))),
        ("one bit of the signature changed", to_text(&other_signature)),
        ("the certificate of another counter", to_text(&foreign_certificate)),
        ("signed as EdDSA by another name of it", to_text(&replaced(&whole, &[0xA1, 0x01, 0x27], &[0xA1, 0x01, 0x26]))),
        ("a district of one's own with this one's code", to_text(&token((6305, &FORGER), &COUNTER, &claims()))),
        ("the neighbouring district", to_text(&token((6306, &NEIGHBOUR), &COUNTER, &claims()))),
        ("an office of another district", at(Claims { office: 6_306_041_004, ..claims() })),
        ("dated before the certificate", at(Claims { issued_s: 1_700_000_000, ..claims() })),
        ("dated after the certificate", at(Claims { issued_s: 1_824_560_001, ..claims() })),
        ("the last second of the certificate", at(Claims { issued_s: 1_824_560_000, ..claims() })),
        ("a computer that was reported lost", to_text(&token(own, &LOST, &claims()))),
        ("names in other letters", at(Claims { initials: "Åé".into(), ..claims() })),
        ("cut in the middle", address[..300].to_owned()),
        ("cut in its last symbol", address[..address.len() - 1].to_owned()),
        ("one symbol too many", format!("{address}A")),
        ("only the address", "https://dukcapil.contoh.go.id/asli#".into()),
        ("nothing", String::new()),
        ("a sentence", "Bukti terima atas nama Contoh".into()),
        ("a number", "K7F-0417-Y".into()),
        ("a number as people type it", " k7f o4i7 y ".into()),
        ("a number that is none", "K7F-0417-X".into()),
        ("a number with five digits", "k7f10417e".into()),
        ("far too long", "A".repeat(8000)),
        ("arrays in arrays", to_text(&[0x81; 400])),
    ]
}

/// One letter for each bit of a receipt: what is said when it alone is changed.
fn flips() -> String {
    let whole = token((6305, &DISTRICT), &COUNTER, &claims());
    let said = (0..whole.len() * 8).map(|at| {
        let mut changed = whole.clone();
        changed[at / 8] ^= 1 << (at % 8);
        match judge(&to_text(&changed), &trust()).ruling {
            Ruling::Genuine => 'g',
            Ruling::NotGenuine => 'n',
            Ruling::Unsure => 'u',
        }
    });
    said.collect()
}

fn all() -> Value {
    let said = cases().into_iter().map(|(name, text)| {
        let verdict = judge(&text, &trust());
        let number = verdict.number.clone().or(verdict.claims.map(|c| c.number));
        json!({"name": name, "text": text, "ruling": verdict.ruling.code(), "reason": verdict.reason, "number": number})
    });
    json!({
        "keys": trust().keys.map_hex(), "district": 6305, "lost": trust().lost.map_hex(),
        "cases": said.collect::<Vec<_>>(),
        "flipped": to_text(&token((6305, &DISTRICT), &COUNTER, &claims())), "flips": flips(),
    })
}

trait MapHex {
    fn map_hex(&self) -> Vec<String>;
}

impl MapHex for Vec<[u8; 32]> {
    fn map_hex(&self) -> Vec<String> {
        self.iter().map(hex::encode).collect()
    }
}

#[test]
fn the_committed_verdicts_are_those_of_this_build() {
    let now = all();
    if std::env::var_os("JUKUNG_WRITE_VECTORS").is_some() {
        std::fs::write(VECTORS, format!("{}\n", serde_json::to_string_pretty(&now).unwrap())).unwrap();
    }
    let committed: Value = serde_json::from_str(&std::fs::read_to_string(VECTORS).unwrap()).unwrap();
    assert_eq!(committed, now);
}

#[test]
fn only_what_a_counter_of_this_district_signed_is_called_genuine() {
    let genuine = [
        "a receipt of this district",
        "the token alone, in small letters",
        "the last second of the certificate",
        "names in other letters",
    ];
    for (name, text) in cases() {
        let verdict = judge(&text, &trust());
        assert_eq!(verdict.ruling == Ruling::Genuine, genuine.contains(&name), "{name}: {verdict:?}");
    }
}

#[test]
fn no_single_changed_bit_is_called_genuine() {
    assert!(!flips().contains('g'));
}

#[test]
fn every_reason_is_given_by_some_case() {
    let given: std::collections::BTreeSet<&str> =
        cases().iter().map(|(_, text)| judge(text, &trust()).reason).collect();
    let known = [
        "changed",
        "lost",
        "not_by_district",
        "number_only",
        "office_elsewhere",
        "other_district",
        "out_of_date",
        "signed",
        "unreadable",
    ];
    assert_eq!(given.into_iter().collect::<Vec<_>>(), known);
}
