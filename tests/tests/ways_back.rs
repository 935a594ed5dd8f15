//! Goal: who lost every passphrase gets in again without a network and without losing a record: by the supervisor at the
//! same computer, by the code of the sealed envelope, by the district's offline key; and a forgotten PIN by telephone. Each
//! is a drill from cold: everything is read from disk again, and what was not sent before is sent after it.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails right here")]

mod office_world;

use jukung_district::recovery::{Wrapped, read_key};
use jukung_domain::policy::Action;
use jukung_domain::problem::Problem;
use jukung_office::edge::{Clock, Edge};
use jukung_office::recovery::{Brought, recover};
use jukung_office::session::Session;
use jukung_office::staff_view::Recovered;
use jukung_office::{Office, home};
use office_world::{PASSPHRASE, World, counter_shows, edge, off, settled, world};
use std::path::{Path, PathBuf};
use std::sync::Arc;

const OWN: &str = "perahu besar di sungai";

/// A clock that stands still: no session locks by itself.
struct Still(i64);

impl Clock for Still {
    fn now_ms(&self) -> i64 {
        self.0
    }
}

fn here(w: &World) -> PathBuf {
    w.folder.path().join("office")
}

fn code<T>(result: Result<T, Problem>) -> String {
    result.err().map(|p| p.code).unwrap_or_default()
}

/// Applications shown and events that wait: what a drill must not change.
fn kept(office: &Office) -> (Vec<(String, String, String)>, u32) {
    (counter_shows(office), office.connection().unwrap().waiting)
}

/// Two applications that nobody has sent, and what the counter shows of them; the program has ended.
fn two_unsent(w: &World) -> (Vec<(String, String, String)>, u32) {
    w.hand_in("Aminah Contoh");
    w.hand_in("Budi Contoh");
    let had = kept(&w.office);
    assert_eq!(had.1, 2);
    w.office.close().unwrap();
    had
}

/// Signs in with what was handed out and replaces it, as a person does.
fn gets_in(dir: &Path, recovered: &Recovered) -> Office {
    let handed = &recovered.handed;
    let office = Office::open(dir, &handed.person, &handed.passphrase, edge()).unwrap();
    assert!(office.passphrase_was_given(), "it has to be replaced first");
    office.change_passphrase(&handed.passphrase, OWN).unwrap();
    office.close().unwrap();
    drop(office);
    Office::open(dir, &handed.person, OWN, edge()).unwrap()
}

async fn sent(w: &World, office: &Office) {
    office.sync(&w.road).await.unwrap();
    assert_eq!((w.stored_at_district().await, office.connection().unwrap().waiting), (2, 0), "nothing was lost");
}

/// The district makes its recovery key; the counter learns it with one answer and seals its keys. Gives the secret.
async fn with_offline_key(w: &World) -> String {
    let district = w.district.clone();
    let secret = off(move || {
        let mut kept = String::new();
        district
            .new_recovery_key(|secret| {
                secret.clone_into(&mut kept);
                Ok(())
            })
            .unwrap();
        kept
    })
    .await;
    w.office.sync(&w.road).await.unwrap();
    w.office.keep_escrow(None).unwrap();
    secret
}

async fn district_recovers(w: &World, secret: &str, card: Option<Vec<u8>>) -> Result<Wrapped, Problem> {
    let (district, device, key) = (w.district.clone(), w.office.identity().code.clone(), read_key(secret).unwrap());
    off(move || district.recover(&device, &key, card.as_deref())).await
}

fn file(wrapped: &Wrapped) -> Vec<u8> {
    serde_json::to_vec(&wrapped.slot).unwrap()
}

#[tokio::test]
async fn drill_1_a_supervisor_at_the_same_computer_lets_somebody_in_again() {
    let w = world(None).await;
    let hamdi = w.office.add_person("Hamdi", "officer").unwrap();
    let had = two_unsent(&w);
    // Hamdi has forgotten it. From cold:
    let supervisor = Office::open(&here(&w), "Rahmah", PASSPHRASE, edge()).unwrap();
    let handed = supervisor.reissue(&hamdi.person).unwrap();
    supervisor.close().unwrap();
    drop(supervisor);
    let office = gets_in(&here(&w), &Recovered { handed, code: String::new() });
    assert_eq!(kept(&office), had);
    assert!(Office::open(&here(&w), "Hamdi", &hamdi.passphrase, edge()).is_err(), "the one of before opens nothing");
    sent(&w, &office).await;
}

#[tokio::test]
async fn drill_2_the_code_of_the_sealed_envelope_lets_in_once_and_gives_the_next_one() {
    let w = world(None).await;
    let envelope = w.office.new_recovery_code().unwrap();
    let had = two_unsent(&w);
    // Every passphrase is lost. From cold, with the envelope alone:
    let one_off = envelope.replacen(|c: char| c.is_ascii_digit(), "Z", 1);
    assert!(
        ["recovery_code_typo", "recovery_code_wrong"]
            .contains(&code(recover(&here(&w), "", Brought::Envelope(&one_off), edge())).as_str())
    );
    let recovered = recover(&here(&w), "", Brought::Envelope(&envelope.to_lowercase()), edge()).unwrap();
    let before = home::card(&here(&w)).unwrap().unwrap();
    let office = gets_in(&here(&w), &recovered);
    assert_eq!(kept(&office), had);
    sent(&w, &office).await;
    office.close().unwrap();
    drop(office);
    assert_eq!(code(recover(&here(&w), "", Brought::Envelope(&envelope), edge())), "recovery_code_wrong", "used up");
    // Not even with the slots of before put back: the database has another key.
    let now = home::card(&here(&w)).unwrap().unwrap();
    home::write_card(&here(&w), &before).unwrap();
    assert!(recover(&here(&w), "", Brought::Envelope(&envelope), edge()).is_err());
    home::write_card(&here(&w), &now).unwrap();
    let again = recover(&here(&w), "", Brought::Envelope(&recovered.code), edge()).unwrap();
    assert_eq!(counter_shows(&gets_in(&here(&w), &again)).len(), 2, "the next envelope works");
}

#[tokio::test]
async fn drill_3_the_districts_offline_key_lets_in_by_a_file_and_a_code() {
    let w = world(None).await;
    let secret = with_offline_key(&w).await;
    w.office.sync(&w.road).await.unwrap();
    let had = two_unsent(&w);
    // Passphrases and envelope are lost. The district opens what it holds with the key from its safe:
    let wrapped = district_recovers(&w, &secret, None).await.unwrap();
    assert_eq!(code(recover(&here(&w), "", Brought::File(b"{}", &wrapped.code), edge())), "recovery_file");
    let recovered = recover(&here(&w), "Rahmah", Brought::File(&file(&wrapped), &wrapped.code), edge()).unwrap();
    let office = gets_in(&here(&w), &recovered);
    assert_eq!(kept(&office).0, had.0);
    sent(&w, &office).await;
    office.close().unwrap();
    drop(office);
    let twice = recover(&here(&w), "Rahmah", Brought::File(&file(&wrapped), &wrapped.code), edge());
    assert!(twice.is_err(), "file and code work once");
    // The escrow follows the new key, and so does the envelope that was handed out.
    let office = Office::open(&here(&w), "Rahmah", OWN, edge()).unwrap();
    office.sync(&w.road).await.unwrap();
    office.close().unwrap();
    let wrapped = district_recovers(&w, &secret, None).await.unwrap();
    assert!(recover(&here(&w), "Rahmah", Brought::File(&file(&wrapped), &wrapped.code), edge()).is_ok());
    assert!(recover(&here(&w), "Rahmah", Brought::Envelope(&recovered.code), edge()).is_ok());
}

#[tokio::test]
async fn a_counter_that_sent_nothing_is_let_in_by_the_file_beside_its_database() {
    let w = world(None).await;
    let secret = with_offline_key(&w).await;
    w.office.close().unwrap();
    assert_eq!(code(district_recovers(&w, &secret, None).await.map(|_| ())), "recovery_not_kept");
    let card = std::fs::read(here(&w).join("office.json")).unwrap();
    let wrapped = district_recovers(&w, &secret, Some(card)).await.unwrap();
    assert!(recover(&here(&w), "", Brought::File(&file(&wrapped), &wrapped.code), edge()).is_ok());
}

#[tokio::test]
async fn the_district_without_its_offline_key_opens_no_counter() {
    let w = world(None).await;
    with_offline_key(&w).await;
    w.office.sync(&w.road).await.unwrap();
    let another = hex::encode([5u8; 32]);
    assert_eq!(code(district_recovers(&w, &another, None).await.map(|_| ())), "recovery_not_kept");
    let own = hex::encode(w.district.seed.as_slice());
    assert_eq!(code(district_recovers(&w, &own, None).await.map(|_| ())), "recovery_not_kept", "the server's own key");
    assert_eq!(read_key("not a key").err().unwrap().code, "recovery_no_key");
}

#[tokio::test]
async fn a_power_cut_before_the_new_passphrase_was_read_locks_nobody_out() {
    let w = world(None).await;
    let envelope = w.office.new_recovery_code().unwrap();
    let had = two_unsent(&w);
    for _ in 0..2 {
        recover(&here(&w), "", Brought::Envelope(&envelope), edge()).unwrap();
    }
    let recovered = recover(&here(&w), "", Brought::Envelope(&envelope), edge()).unwrap();
    assert_eq!(kept(&gets_in(&here(&w), &recovered)), had);
}

#[tokio::test]
async fn who_leaves_takes_no_way_back_along() {
    let w = world(None).await;
    let secret = with_offline_key(&w).await;
    let envelope = w.office.new_recovery_code().unwrap();
    let hamdi = w.office.add_person("Hamdi", "officer").unwrap();
    let generation = home::card(&here(&w)).unwrap().unwrap().generation();
    w.office.remove_person(&hamdi.person).unwrap();
    let card = home::card(&here(&w)).unwrap().unwrap();
    assert_eq!((card.generation(), card.escrow.unwrap().generation), (generation + 1, generation + 1));
    w.office.sync(&w.road).await.unwrap();
    w.office.close().unwrap();
    let wrapped = district_recovers(&w, &secret, None).await.unwrap();
    assert!(recover(&here(&w), "", Brought::File(&file(&wrapped), &wrapped.code), edge()).is_ok());
    assert!(
        recover(&here(&w), "", Brought::Envelope(&envelope), edge()).is_ok(),
        "the envelope in the safe still works"
    );
}

#[tokio::test]
async fn a_recovery_slot_written_into_the_card_by_hand_opens_nothing() {
    let w = world(None).await;
    w.office.new_recovery_code().unwrap();
    w.office.close().unwrap();
    let another = w.another("another").await;
    let foreign = another.new_recovery_code().unwrap();
    let mut card = home::card(&here(&w)).unwrap().unwrap();
    let slot = home::card(&w.folder.path().join("another")).unwrap().unwrap().recovery;
    (card.recovery, card.recovery_next) = (slot.clone(), slot);
    home::write_card(&here(&w), &card).unwrap();
    assert!(recover(&here(&w), "", Brought::Envelope(&foreign), edge()).is_err());
    let office = Office::open(&here(&w), "", PASSPHRASE, edge()).unwrap();
    let fresh = office.new_recovery_code().unwrap();
    office.close().unwrap();
    assert!(recover(&here(&w), "", Brought::Envelope(&fresh), edge()).is_ok(), "a new code puts it right");
}

#[tokio::test]
async fn a_code_read_over_the_telephone_resets_a_pin_of_a_session_that_runs() {
    let w = world(None).await;
    w.office.sync(&w.road).await.unwrap();
    let still = Edge { clock: Arc::new(Still(edge().clock.now_ms())), chance: edge().chance };
    let session = Session::new(here(&w), still);
    session.sign_in("Rahmah", PASSPHRASE).unwrap();
    let office = session.permit(Action::Send).unwrap();
    office.set_pin("482107").unwrap();
    office.sync(&w.road).await.unwrap();
    drop(office);
    session.lock();
    let asks = session.pin_challenge().unwrap();
    let (district, device) = (w.district.clone(), w.office.identity().code.clone());
    let answer = |challenge: String| {
        let (district, device) = (district.clone(), device.clone());
        off(move || district.pin_code(&device, &challenge).unwrap())
    };
    let told = answer(asks.replace('-', "")).await;
    assert_eq!(code(session.reset_pin(&told, "111111")), "pin_simple", "costs no try");
    assert_eq!(code(session.reset_pin("0000-0000", "735190")), "pin_wrong");
    session.reset_pin(&told, "735190").unwrap();
    assert!(session.permit(Action::FileRead).is_ok());
    session.lock();
    assert_ne!(session.pin_challenge().unwrap(), asks);
    assert_eq!(code(session.reset_pin(&told, "913572")), "pin_wrong", "a code answers one question");
    session.unlock("735190").unwrap();
    session.end();
    assert_eq!(code(session.reset_pin(&told, "913572")), "passphrase_needed", "and opens no computer that is off");
}

#[tokio::test]
async fn only_a_supervisor_makes_the_code_and_it_never_lies_beside_the_data() {
    let w = world(None).await;
    let hamdi = w.office.add_person("Hamdi", "officer").unwrap();
    let code_text = w.office.new_recovery_code().unwrap();
    assert_eq!(code(w.office.print_recovery_code(&code_text)), "recovery_no_printer");
    let office = Office::open(&here(&w), "Hamdi", &hamdi.passphrase, edge()).unwrap();
    assert_eq!(code(office.new_recovery_code()), "not_permitted");
}

#[tokio::test]
async fn sealed_keys_travel_to_the_siblings_of_an_office_and_change_nothing_there() {
    let w = world(None).await;
    let sibling = w.another("sibling").await;
    with_offline_key(&w).await;
    w.hand_in("Aminah Contoh");
    settled(&w, &[&w.office, &sibling]).await;
    assert_eq!(counter_shows(&sibling).len(), 1);
}
