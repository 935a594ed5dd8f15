//! Goal: a counter is enrolled by network or by two files, works while it waits, and believes only its own district.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails right here")]

mod office_world;

use jukung_district::District;
use jukung_district::ended::End;
use jukung_district::enrol::Approval;
use jukung_domain::enrolment::{Invitation, Vouched};
use jukung_office::enrol::{self, Enrolment};
use jukung_office::{Office, home};
use office_world::{PASSPHRASE, World, edge, off, open, postgres, world};
use std::path::{Path, PathBuf};
use std::sync::Arc;

async fn on_both(claim: impl AsyncFn(World)) {
    claim(world(None).await).await;
    if let Some(database) = tokio::task::spawn_blocking(postgres).await.unwrap() {
        claim(world(Some(database)).await).await;
    }
}

async fn invited(district: &Arc<District>) -> Invitation {
    let district = district.clone();
    off(move || district.invite("63.05.04.1004", "http://district", Approval::ByWords).unwrap()).await
}

async fn approve(district: &Arc<District>, office: &Path) {
    let (district, card) = (district.clone(), home::card(office).unwrap().unwrap());
    let words = card.waiting.unwrap().words.join(" ");
    off(move || district.approve(&card.code, &words, "Verifikator").unwrap()).await;
}

fn who<'a>(code: &'a str) -> Enrolment<'a> {
    Enrolment { memory_kib: 8 * 1024, ..Enrolment::new("", code, "Rahmah", PASSPHRASE) }
}

async fn answer(district: &Arc<District>, asked: Vouched) -> Vouched {
    let district = district.clone();
    off(move || district.enrol(&asked).unwrap()).await
}

fn second(w: &World) -> PathBuf {
    w.folder.path().join("second")
}

fn waits(office: &Office, dir: &Path) -> Vec<String> {
    home::start(dir, &edge(), home::Sits::At(office)).unwrap().words
}

#[tokio::test(flavor = "multi_thread")]
async fn a_counter_works_while_it_waits_and_sends_when_it_is_approved() {
    on_both(async |w| {
        let (dir, invitation) = (second(&w), invited(&w.district).await);
        enrol::enrol(&dir, &edge(), &w.road, &who(&invitation.text().unwrap())).await.unwrap();
        let office = open(&dir);
        assert_eq!(waits(&office, &dir).len(), 6, "six words are shown");
        let (id, _) = w.hand_in_at(&office, "Halimah Contoh");
        assert_eq!(office.sync(&w.road).await.unwrap_err().code, "device_pending");
        assert_eq!(office.connection().unwrap().state, "pending");
        assert_eq!(office.row(&id).unwrap().unwrap().sending.reason, "Menunggu persetujuan Dinas.");
        assert!(office.certificate().is_none());
        approve(&w.district, &dir).await;
        office.sync(&w.road).await.unwrap();
        assert_eq!(office.connection().unwrap().waiting, 0);
        assert!(waits(&office, &dir).is_empty());
        let certificate = office.certificate().unwrap();
        assert_eq!(certificate.device.code, office.identity().code);
        drop(office);
        assert!(open(&dir).certificate().is_some(), "it is there at the next start");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_costs_no_code() {
    let w = world(None).await;
    let (dir, invitation) = (second(&w), invited(&w.district).await);
    w.road.lose_reply.store(true, std::sync::atomic::Ordering::Relaxed);
    let lost = enrol::enrol(&dir, &edge(), &w.road, &who(&invitation.code)).await.unwrap_err();
    assert_eq!(lost.code, "half");
    enrol::enrol(&dir, &edge(), &w.road, &who(&invitation.code)).await.unwrap();
    assert_eq!(home::card(&dir).unwrap().unwrap().slots.len(), 1);
    assert!(enrol::begun(&dir).unwrap().is_none(), "the code is not kept any longer than it is needed");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_files_enrol_a_counter_without_a_network() {
    on_both(async |w| {
        let (dir, invitation) = (second(&w), invited(&w.district).await);
        enrol::begin(&dir, &edge(), &who(&invitation.text().unwrap())).unwrap();
        let shown = enrol::words(&dir).unwrap();
        assert_eq!(shown.len(), 6, "the invitation said the district's key, so they are known before the answer");
        let asked = enrol::request(&dir).unwrap();
        let secret = invitation.code.replace('-', "");
        assert!(!serde_json::to_string(&asked).unwrap().contains(&secret[6..]), "the code does not travel");
        let first = answer(&w.district, asked.clone()).await;
        enrol::take_answer(&dir, &edge(), PASSPHRASE, &first).unwrap();
        assert_eq!(enrol::words(&dir).unwrap(), shown);
        approve(&w.district, &dir).await;
        assert_eq!(enrol::request(&dir).unwrap(), asked, "the same request is carried again");
        let second = answer(&w.district, asked).await;
        enrol::take_answer(&dir, &edge(), PASSPHRASE, &second).unwrap();
        assert!(open(&dir).certificate().is_some());
        assert!(enrol::words(&dir).unwrap().is_empty());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_inviting_district_and_only_the_answer_to_this_request_are_believed() {
    let w = world(None).await;
    let (dir, invitation) = (second(&w), invited(&w.district).await);
    let mut forged = invitation.clone();
    forged.district_key = "00".repeat(32);
    enrol::begin(&dir, &edge(), &who(&forged.text().unwrap())).unwrap();
    let told = answer(&w.district, enrol::request(&dir).unwrap()).await;
    assert_eq!(
        enrol::take_answer(&dir, &edge(), PASSPHRASE, &told).unwrap_err().code,
        "half",
        "another key than invited"
    );
    let (dir, other) = (w.folder.path().join("third"), invited(&w.district).await);
    enrol::begin(&dir, &edge(), &who(&other.text().unwrap())).unwrap();
    assert_eq!(enrol::take_answer(&dir, &edge(), PASSPHRASE, &told).unwrap_err().code, "answer_of_another");
    let mine = answer(&w.district, enrol::request(&dir).unwrap()).await;
    for at in 0..mine.said.len() {
        let mut changed = mine.clone().said.into_bytes();
        changed[at] ^= 1;
        let Ok(said) = String::from_utf8(changed) else { continue };
        let changed = Vouched { said, ..mine.clone() };
        assert!(
            enrol::take_answer(&dir, &edge(), PASSPHRASE, &changed).is_err(),
            "byte {at} changed and nobody noticed"
        );
    }
    enrol::take_answer(&dir, &edge(), PASSPHRASE, &mine).unwrap();
    assert_eq!(enrol::take_answer(&dir, &edge(), PASSPHRASE, &told).unwrap_err().code, "answer_of_another");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_with_more_in_it_than_this_build_knows_is_still_believed() {
    // Proofs cover bytes as sent: a district that is newer than the counter may say more.
    let w = world(None).await;
    let (dir, invitation) = (second(&w), invited(&w.district).await);
    enrol::begin(&dir, &edge(), &who(&invitation.text().unwrap())).unwrap();
    let mut told = answer(&w.district, enrol::request(&dir).unwrap()).await;
    told.said = told.said.replacen('{', "{\"later\":{\"a\":1},", 1);
    let covered = jukung_domain::enrolment::covered("answer", &told.said);
    let (_, secret) = jukung_domain::enrolment::split_code(&invitation.code).unwrap();
    told.proof = hex::encode(jukung_crypto::proof::prove(secret.as_bytes(), &covered));
    told.sig = hex::encode(jukung_crypto::sign::sign(&w.district.seed, &covered));
    enrol::take_answer(&dir, &edge(), PASSPHRASE, &told).unwrap();
    assert!(home::card(&dir).unwrap().is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_computer_hands_everything_over_once_and_says_plainly_where_it_stands() {
    /// More than one call carries.
    const WAITING: usize = jukung_domain::wire::BATCH_EVENTS_MAX + 4;
    let w = world(None).await;
    w.hand_in("Halimah Contoh");
    w.office.sync(&w.road).await.unwrap();
    let (district, device) = (w.district.clone(), w.office.identity().device.to_string());
    off(move || district.end(&device, End::Lost).unwrap()).await;
    (0..WAITING).for_each(|_| drop(w.hand_in("Aminah Contoh")));
    assert_eq!(w.office.sync(&w.road).await.unwrap_err().code, "device_lost");
    let district = w.district.clone();
    let count = "SELECT count(*) FROM lost_event";
    let kept = off(move || district.db.read(|tx| tx.query(count, &[])).unwrap()[0].int(0).unwrap()).await;
    assert_eq!(usize::try_from(kept).unwrap(), WAITING, "two calls carried it all");
    let told = w.office.connection().unwrap();
    assert_eq!((told.state.as_str(), told.waiting as usize), ("lost", WAITING), "nothing counts as received");
    assert!(told.ended.contains("dilaporkan hilang"), "{}", told.ended);
    let before = w.road.calls.lock().unwrap().len();
    assert_eq!(w.office.sync(&w.road).await.unwrap_err().code, "device_lost");
    let after = w.road.calls.lock().unwrap().len();
    assert_eq!(after - before, 1, "what is kept there is not sent again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retired_computer_delivers_and_says_when_it_may_be_put_away() {
    let w = world(None).await;
    w.hand_in("Halimah Contoh");
    let (district, device) = (w.district.clone(), w.office.identity().device.to_string());
    off(move || district.end(&device, End::Retired).unwrap()).await;
    assert_eq!(w.office.connection().unwrap().ended, "");
    w.office.sync(&w.road).await.unwrap();
    let told = w.office.connection().unwrap();
    assert_eq!((told.waiting, told.state.as_str()), (0, "connected"));
    assert!(told.ended.contains("semua berkasnya sudah sampai"), "{}", told.ended);
}
