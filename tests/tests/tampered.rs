//! Goal: whatever is changed of what lies on a counter's disk, on a stick or on a receipt is noticed before anybody believes it.
//! What people did (`--test audit`) and sealed PDFs (`--test seal`) have such trials beside their own tests.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test that cannot go on fails right here, and tells its figures"
)]

mod office_world;

use jukung_crypto::receipt_token;
use jukung_crypto::slot::Slot;
use jukung_domain::bundle::OPENING;
use jukung_ledger::{Db, stick};
use office_world::{PASSPHRASE, World, world};
use std::fs;
use std::path::{Path, PathBuf};

/// Places tried in each thing: spread over all of it, the first and the last byte too.
const PLACES: usize = 120;

fn places(bytes: usize) -> impl Iterator<Item = usize> {
    let tried = PLACES.min(bytes);
    (0..tried).map(move |n| n * (bytes - 1) / (tried - 1).max(1))
}

/// Each of [`PLACES`] bytes with one bit changed, another one each time, and the whole cut off at some places.
fn changed(whole: &[u8]) -> impl Iterator<Item = (String, Vec<u8>)> {
    let flipped = |at: usize| {
        let mut bytes = whole.to_vec();
        bytes[at] ^= 1 << (at % 8);
        (format!("bit {} of byte {at}", at % 8), bytes)
    };
    let cut = |at: usize| (format!("cut off at {at}"), whole[..at].to_vec());
    places(whole.len()).map(flipped).chain(places(whole.len()).step_by(10).map(cut))
}

/// Tries every change of a file behind `from`, puts the file back, and says how many there were.
fn tried(what: &str, (file, from): (&Path, usize), is_seen: impl Fn() -> bool) {
    let whole = fs::read(file).unwrap();
    assert!(!is_seen(), "{what}: nothing is changed yet");
    let mut tries = 0;
    for (how, bytes) in changed(&whole[from..]) {
        fs::write(file, [&whole[..from], &bytes].concat()).unwrap();
        assert!(is_seen(), "{what}: {how} stayed unseen");
        tries += 1;
    }
    fs::write(file, whole).unwrap();
    println!("{what}: {tries} changes, {tries} noticed");
}

/// Closed, with nothing beside the database.
async fn at_rest() -> (World, PathBuf) {
    let w = world(None).await;
    w.hand_in("Aminah Contoh");
    w.hand_in("Galuh Contoh");
    let dir = w.folder.path().join("office");
    (w, dir)
}

#[tokio::test]
async fn no_page_of_the_database_is_changed_unseen() {
    let (w, dir) = at_rest().await;
    w.office.close().unwrap();
    let at_rest = w.folder.path().join("at-rest");
    office_world::copy(&dir, &at_rest);
    office_world::open(&at_rest).close().unwrap();
    let key = jukung_office::home::card(&at_rest).unwrap().unwrap().slots[0].open(PASSPHRASE).unwrap().keys.database;
    let file = at_rest.join("office.db");
    let other = |db: Db| {
        let read = db.read(|tx| tx.query("SELECT id FROM app", &[]));
        read.is_err() || db.pages_changed().map_or(true, |lines| !lines.is_empty())
    };
    tried("database", (&file, 0), || Db::open_untouched(&file, Some(&key)).map_or(true, other));
}

#[tokio::test]
async fn no_scan_is_changed_unseen() {
    let (w, dir) = at_rest().await;
    let row = w.office.db().read(|tx| jukung_ledger::tx::first(tx, "SELECT sha256 FROM blob ORDER BY bytes DESC", &[]));
    let sha = row.unwrap().expect("a scan").text(0).unwrap();
    let file = dir.join("scans").join(&sha[..2]).join(&sha);
    tried("scan", (&file, 0), || w.office.scan_bytes(&sha).is_err());
}

/// Every field of a slot as text, with one letter changed at a time.
fn changed_slots(slot: &Slot) -> Vec<(String, Slot)> {
    let fields: serde_json::Map<String, serde_json::Value> =
        serde_json::from_str(&serde_json::to_string(slot).unwrap()).unwrap();
    let mut all = Vec::new();
    for (name, value) in fields.iter().filter(|(name, _)| name.as_str() != "chosen") {
        let others: Vec<serde_json::Value> = match value.as_str() {
            Some(text) => {
                let step = (text.len() / 12).max(1);
                let other = |at: usize| {
                    let was = text.as_bytes()[at];
                    format!("{}{}{}", &text[..at], if was == b'1' { '2' } else { '1' }, &text[at + 1..])
                };
                let longer = format!("{text}1");
                (0..text.len()).step_by(step).map(other).chain([longer]).map(Into::into).collect()
            }
            None => value.as_i64().map(|n| (n + 1).into()).into_iter().collect(),
        };
        for other in others {
            let mut fields = fields.clone();
            fields.insert(name.clone(), other.clone());
            if let Ok(slot) = serde_json::from_value(fields.into()) {
                all.push((format!("{name}: {other}"), slot));
            }
        }
    }
    all
}

#[tokio::test]
async fn no_slot_of_a_person_is_changed_unseen() {
    let (_w, dir) = at_rest().await;
    let slot = jukung_office::home::card(&dir).unwrap().unwrap().slots.remove(0);
    assert!(slot.open(PASSPHRASE).is_ok());
    let all = changed_slots(&slot);
    for (how, other) in &all {
        assert!(other.open(PASSPHRASE).is_err(), "{how} stayed unseen");
    }
    println!("slot: {} changes, {} noticed", all.len(), all.len());
    assert!(all.len() > 60, "{}", all.len());
}

#[tokio::test]
async fn no_file_on_a_stick_is_changed_unseen() {
    let (w, _) = at_rest().await;
    let folder = w.folder.path().join("stick");
    fs::create_dir_all(&folder).unwrap();
    w.office.courier_out(&folder).unwrap();
    let file = stick::files(&folder, false).unwrap().remove(0);
    let read = || {
        let (district, folder) = (w.district.clone(), folder.clone());
        let taken = std::thread::spawn(move || district.courier_in(&folder)).join().unwrap();
        taken.map_or(true, |t| t.files == 0 || t.refused + t.foreign > 0 || !t.missing.is_empty())
    };
    // The first line only says what the file is: what stands behind it is read all the same.
    tried("bundle", (&file, OPENING.len()), read);
    assert_eq!(w.stored_at_district().await, 2, "and nothing came twice");
}

#[tokio::test]
async fn no_receipt_is_changed_unseen() {
    let (w, _) = at_rest().await;
    let district = jukung_crypto::sign::public_key(&[7; 32]);
    let device = receipt_token::Device {
        district: 6305,
        code: "K7F".into(),
        valid_s: (1_790_000_000, 1_824_560_000),
        key: jukung_crypto::sign::public_key(&w.office.seed()),
    };
    let certificate = receipt_token::certify(&[7; 32], &device).unwrap();
    let claims = receipt_token::Claims {
        office: 6_305_041_004,
        issued_s: 1_795_000_000,
        number: "K7F-0417-N".into(),
        group: 3,
        documents: 4,
        initials: "HC".into(),
        nonce: [1; 8],
        digest: [0xAB; 16],
    };
    let token = receipt_token::issue(&w.office.seed(), &certificate, &claims).unwrap();
    let (bits, cuts) = (token.len() * 8, token.len());
    for at in 0..bits {
        let mut other = token.clone();
        other[at / 8] ^= 1 << (at % 8);
        assert!(receipt_token::verify(&[district], &other).is_err(), "bit {at} stayed unseen");
    }
    assert!((0..cuts).all(|end| receipt_token::verify(&[district], &token[..end]).is_err()));
    println!("receipt: {} changes, {} noticed", bits + cuts, bits + cuts);
}
