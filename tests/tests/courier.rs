//! Goal: by stick everything arrives that is intact, exactly once, and only the Dinas and the computer itself can read it.

mod office_world;

use jukung_district::courier::Taken;
use jukung_district::ended::End;
use jukung_domain::bundle::{Frame, OPENING};
use jukung_domain::event::Body;
use jukung_domain::wire::DistrictSettings;
use jukung_ledger::stick;
use jukung_office::Office;
use jukung_tests::served::{code, district, program, serve};
use office_world::{World, counter_shows, counter_told, open, world};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A name of its own for each number; digits are no part of a name.
fn name(n: usize) -> String {
    let letter = |n: usize| char::from(b'a' + u8::try_from(n % 26).unwrap_or(0));
    format!("Aminah {}{}{}", letter(n / 26).to_ascii_uppercase(), letter(n), "contoh")
}

/// An empty folder of its own, as a stick is one.
fn stick_of(w: &World, name: &str) -> PathBuf {
    let folder = w.folder.path().join("sticks").join(name);
    fs::create_dir_all(&folder).expect("folder");
    folder
}

async fn take(w: &World, folder: &Path) -> Taken {
    let (district, folder) = (w.district.clone(), folder.to_owned());
    tokio::task::spawn_blocking(move || district.courier_in(&folder)).await.expect("ran").expect("read")
}

async fn answer(w: &World, folder: &Path) -> usize {
    let (district, folder) = (w.district.clone(), folder.to_owned());
    tokio::task::spawn_blocking(move || district.courier_out(&folder)).await.expect("ran").expect("written").len()
}

fn waiting(office: &Office) -> u32 {
    office.connection().expect("connection").waiting
}

/// The one bundle file in a folder and its frames.
fn frames(folder: &Path) -> (PathBuf, Vec<Frame>) {
    let file = stick::files(folder, false).expect("listed").remove(0);
    let mut all = Vec::new();
    stick::frames(&file, |f| {
        all.push(f);
        Ok(())
    })
    .expect("read");
    (file, all)
}

/// Writes a bundle with some bytes changed in the segment `broken`, or without it.
fn write_broken(folder: &Path, name: &Path, frames: &[Frame], broken: usize, left_out: bool) {
    let mut bytes = OPENING.to_vec();
    for (at, frame) in frames.iter().enumerate() {
        let mut own = frame.bytes();
        if at == broken {
            let middle = own.len() / 2;
            own[middle] ^= 0x10;
        }
        if at != broken || !left_out {
            bytes.extend(own);
        }
    }
    fs::write(folder.join(name.file_name().expect("name")), bytes).expect("written");
}

both_engines! {
    async fn an_office_without_a_network_works_by_stick_alone(w: World) {
        let settings = DistrictSettings { hotline: "0811-000".into(), ..DistrictSettings::default() };
        let (id, _) = w.hand_in("Aminah Contoh");
        w.hand_in("Galuh Contoh");
        w.road.out.store(true, std::sync::atomic::Ordering::Relaxed);
        let stick = stick_of(&w, "one");
        let loaded = w.office.courier_out(&stick).expect("loaded");
        assert!(loaded.events >= 2 && loaded.scans >= 1, "{loaded:?}");
        assert_eq!(waiting(&w.office), 2, "what is on a stick has not arrived");
        let taken = take(&w, &stick).await;
        assert_eq!((taken.missing.len(), taken.refused, taken.foreign, taken.unlinked), (0, 0, 0, 0), "{taken:?}");
        assert_eq!((taken.scans, w.stored_at_district().await), (loaded.scans, 2));
        w.decide(&id, Body::Taken).await.expect("taken");
        let district = w.district.clone();
        tokio::task::spawn_blocking(move || district.set_settings(&settings)).await.expect("ran").expect("set");
        assert_eq!(answer(&w, &stick).await, 1);
        let brought = w.office.courier_in(&stick).expect("read");
        assert!(brought.acknowledged >= 2 && brought.received >= 3, "{brought:?}");
        assert_eq!(waiting(&w.office), 0, "the Dinas said so");
        assert_eq!(counter_told(&w.office), w.told().await);
        assert_eq!(counter_shows(&w.office), w.district_shows().await, "the decision came back");
        assert_eq!(w.office.district_settings().expect("settings").hotline, "0811-000");
        assert_eq!(w.office.sending().expect("panel").waiting_scans, 0, "the scans count as received");
        // The second journey carries what is new, and nothing else.
        w.hand_in("Rusmini Contoh");
        let stick = stick_of(&w, "two");
        let again = w.office.courier_out(&stick).expect("loaded");
        assert!(again.events < loaded.events, "{again:?}");
        take(&w, &stick).await;
        answer(&w, &stick).await;
        w.office.courier_in(&stick).expect("read");
        assert_eq!((w.stored_at_district().await, waiting(&w.office)), (3, 0));
        assert_eq!(counter_shows(&w.office), w.district_shows().await);
    }

    async fn a_broken_segment_is_named_and_all_others_arrive(w: World) {
        for n in 0..3 {
            w.hand_in(&name(n));
        }
        let whole = stick_of(&w, "whole");
        w.office.courier_out(&whole).expect("loaded");
        let (file, frames) = frames(&whole);
        assert!(frames.len() >= 3, "events, a scan and a question: {}", frames.len());
        for left_out in [false, true] {
            for broken in 0..frames.len() {
                let stick = stick_of(&w, &format!("broken-{broken}-{left_out}"));
                write_broken(&stick, &file, &frames, broken, left_out);
                let taken = take(&w, &stick).await;
                let missing = taken.missing.values().next().expect("it is told");
                let expected: Vec<u32> = if broken + 1 == frames.len() { vec![] } else { vec![frames[broken].index] };
                assert_eq!((missing, taken.segments), (&expected, frames.len() - 1), "{broken}");
            }
        }
        assert_eq!(w.stored_at_district().await, 3, "together they brought everything, once");
        w.office.sync(&w.road).await.expect("sync");
        assert_eq!(counter_shows(&w.office), w.district_shows().await);
        assert_eq!(waiting(&w.office), 0);
    }

    async fn events_behind_a_broken_segment_arrive_and_nothing_is_acknowledged_early(w: World) {
        let many = jukung_domain::wire::BATCH_EVENTS_MAX + 4;
        for n in 0..many {
            w.hand_in(&name(n));
        }
        let whole = stick_of(&w, "whole");
        let loaded = w.office.courier_out(&whole).expect("loaded");
        let (file, frames) = frames(&whole);
        let stick = stick_of(&w, "broken");
        write_broken(&stick, &file, &frames, 0, false);
        take(&w, &stick).await;
        let arrived = w.stored_at_district().await;
        assert!(arrived > 0 && arrived < i64::try_from(many).expect("few"), "the intact part is there: {arrived}");
        answer(&w, &stick).await;
        assert_eq!(w.office.courier_in(&stick).expect("read").acknowledged, 0, "nothing before the gap has come");
        let second = stick_of(&w, "second");
        assert_eq!(w.office.courier_out(&second).expect("loaded").events, loaded.events, "all of it is carried again");
        take(&w, &second).await;
        answer(&w, &second).await;
        w.office.courier_in(&second).expect("read");
        assert_eq!(w.stored_at_district().await, i64::try_from(many).expect("few"), "each once");
        assert_eq!(waiting(&w.office), 0);
        assert_eq!(counter_told(&w.office), w.told().await);
        assert_eq!(counter_shows(&w.office), w.district_shows().await);
    }

    async fn twice_late_and_after_the_network_nothing_is_doubled_or_taken_back(w: World) {
        let (id, _) = w.hand_in("Aminah Contoh");
        let stick = stick_of(&w, "one");
        w.office.courier_out(&stick).expect("loaded");
        w.office.sync(&w.road).await.expect("sync");
        for _ in 0..2 {
            take(&w, &stick).await;
            answer(&w, &stick).await;
        }
        assert_eq!(w.stored_at_district().await, 1);
        w.hand_in("Galuh Contoh");
        w.office.sync(&w.road).await.expect("sync");
        w.decide(&id, Body::Taken).await.expect("taken");
        w.office.sync(&w.road).await.expect("sync");
        let before = (counter_shows(&w.office), counter_told(&w.office));
        for _ in 0..2 {
            let brought = w.office.courier_in(&stick).expect("read");
            assert_eq!((brought.acknowledged, brought.received), (0, 0), "{brought:?}");
            assert_eq!(waiting(&w.office), 0, "nothing counts as unsent again");
            assert_eq!((counter_shows(&w.office), counter_told(&w.office)), before);
        }
        // A late answer still brings what is new.
        w.decide(&id, Body::Approved).await.expect("approved");
        answer(&w, &stick).await;
        assert_eq!(w.office.courier_in(&stick).expect("read").received, 1);
        assert_eq!(counter_shows(&w.office), w.district_shows().await);
    }

    async fn any_counter_carries_it_and_none_can_read_it(w: World) {
        let second = w.another("second").await;
        w.hand_in("Aminah Rahasia");
        let stick = stick_of(&w, "one");
        w.office.courier_out(&stick).expect("loaded");
        w.hand_in_at(&second, "Galuh Rahasia");
        second.courier_out(&stick).expect("loaded onto the same stick");
        let files = stick::files(&stick, false).expect("listed");
        assert_eq!(files.len(), 2);
        for file in &files {
            let bytes = fs::read(file).expect("file");
            assert!(!bytes.windows(7).any(|w| w == b"Rahasia"), "nothing stands in the clear");
            stick::frames(file, |f| {
                for seed in [&w.office.seed(), &second.seed()] {
                    assert!(jukung_crypto::bundle::open(seed, &f.sealed).is_err(), "no counter opens it");
                }
                Ok(())
            })
            .expect("read");
        }
        assert_eq!(take(&w, &stick).await.asked.len(), 2);
        assert_eq!(answer(&w, &stick).await, 2);
        let brought = second.courier_in(&stick).expect("read");
        assert_eq!((brought.others, waiting(&second), waiting(&w.office)), (1, 0, 1), "each answer is for one computer");
        w.office.courier_in(&stick).expect("read");
        assert_eq!(waiting(&w.office), 0);
    }

    async fn a_bundle_of_another_district_is_not_taken_and_a_lost_computers_waits_apart(w: World) {
        w.hand_in("Aminah Contoh");
        let stick = stick_of(&w, "one");
        w.office.courier_out(&stick).expect("loaded");
        let other = world(None).await;
        let taken = take(&other, &stick).await;
        assert_eq!((taken.foreign, taken.bodies), (taken.segments, 0), "{taken:?}");
        let (district, device) = (w.district.clone(), w.office.identity().device.to_string());
        tokio::task::spawn_blocking(move || district.end(&device, End::Lost)).await.expect("ran").expect("ended");
        let taken = take(&w, &stick).await;
        assert_eq!((taken.bodies, taken.apart > 0), (0, true), "its words wait for an officer: {taken:?}");
        let district = w.district.clone();
        let apart = tokio::task::spawn_blocking(move || district.apart()).await.expect("ran").expect("apart");
        assert!(!apart.is_empty());
        assert_eq!((w.stored_at_district().await, other.stored_at_district().await), (0, 0));
    }
}

#[tokio::test]
async fn a_computer_that_does_not_know_the_key_of_the_dinas_says_so_and_learns_it_with_the_next_answer() {
    let w = world(None).await;
    w.hand_in("Aminah Contoh");
    let old = DistrictSettings::default();
    let text = serde_json::to_string(&old).expect("json");
    w.office
        .db()
        .write(|tx| jukung_office::settings::set(tx, "district_settings", &text))
        .expect("as enrolled long ago");
    let stick = stick_of(&w, "one");
    assert_eq!(w.office.courier_out(&stick).expect_err("no key").code, "no_courier_key");
    assert_eq!(fs::read_dir(&stick).expect("folder").count(), 0);
    w.office.sync(&w.road).await.expect("sync");
    w.office.courier_out(&stick).expect("loaded");
    w.office.close().expect("closed");
    let again = open(&w.folder.path().join("office"));
    again.courier_out(&stick).expect("the key was kept");
}

/// Everything below a folder.
fn all_files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("folder").flatten().map(|e| e.path());
    entries.flat_map(|p| if p.is_dir() { all_files(&p) } else { vec![p] }).collect()
}

#[tokio::test]
async fn a_locked_counter_sends_and_fetches_without_a_key_to_any_application() {
    let w = world(None).await;
    let (id, _) = w.hand_in("Aminah Rahasia");
    let here = w.folder.path().join("office");
    w.office.close().expect("locked");
    for file in all_files(&here) {
        let bytes = fs::read(&file).expect("file");
        assert!(!bytes.windows(7).any(|b| b == b"Rahasia"), "{} tells nothing", file.display());
    }
    // What sends has the card and the sealed folder, and nothing else: no database, no scans, no slot to open.
    let alone = w.folder.path().join("alone");
    fs::create_dir_all(&alone).expect("folder");
    let mut card = jukung_office::home::card(&here).expect("card").expect("enrolled");
    card.slots.clear();
    jukung_office::home::write_card(&alone, &card).expect("written");
    office_world::copy(&here.join("outbox"), &alone.join("outbox"));
    w.road.out.store(true, std::sync::atomic::Ordering::Relaxed);
    let office_edge = office_world::edge();
    let send = || jukung_office::unattended::send(&alone, &office_edge, &w.road);
    assert_eq!(send().await.expect_err("no network").code, "offline");
    w.road.out.store(false, std::sync::atomic::Ordering::Relaxed);
    let sent = send().await.expect("sent");
    assert_eq!((sent.files, sent.answers, w.stored_at_district().await), (1, 1, 1));
    // The next night nothing is sent again, and what was decided meanwhile comes.
    w.decide(&id, Body::Taken).await.expect("taken");
    let sent = send().await.expect("asked");
    assert_eq!((sent.files, sent.answers), (0, 1));
    let log = fs::read_to_string(alone.join(jukung_office::unattended::LOG)).expect("log");
    assert_eq!(log.lines().count(), 3, "a line for each night: {log}");
    office_world::copy(&alone.join("inbox"), &here.join("inbox"));
    let again = open(&here);
    assert_eq!((waiting(&again), counter_shows(&again)), (0, w.district_shows().await), "unlocked, it knows at once");
    assert_eq!(again.sending().expect("panel").waiting_scans, 0);
    assert_eq!(all_files(&here.join("inbox")).len(), 0, "read once");
}

#[tokio::test]
async fn only_one_sends_at_a_time_and_a_stranger_that_answers_costs_nothing() {
    let w = world(None).await;
    w.hand_in("Aminah Contoh");
    w.office.close().expect("locked");
    let (here, edge) = (w.folder.path().join("office"), office_world::edge());
    let packed = stick::files(&here.join("outbox/send"), false).expect("listed");
    w.office.close().expect("locked again");
    assert_eq!(stick::files(&here.join("outbox/send"), false).expect("listed"), packed, "nothing new, nothing packed");
    let lock = fs::File::create(here.join("outbox/lock")).expect("lock");
    lock.lock().expect("held by another run");
    let problem = jukung_office::unattended::send(&here, &edge, &w.road).await.expect_err("another one is at work");
    assert_eq!((problem.code.as_str(), jukung_office::unattended::exit_code(&problem)), ("already_running", 4));
    drop(lock);
    w.road.lose_reply.store(true, std::sync::atomic::Ordering::Relaxed);
    assert_eq!(jukung_office::unattended::send(&here, &edge, &w.road).await.expect_err("no answer").code, "half");
    assert_eq!(stick::files(&here.join("outbox/send"), false).expect("listed"), packed, "kept until it is answered");
    jukung_office::unattended::send(&here, &edge, &w.road).await.expect("sent");
    assert_eq!(w.stored_at_district().await, 1, "once, though it was sent twice");
}

/// What the real program printed and its exit code; it knows the passphrase only when it is given.
fn office_program(folder: &Path, passphrase: Option<&str>, arguments: &[&str]) -> (String, Option<i32>) {
    let mut call = Command::new(program("jukung-office"));
    call.current_dir(folder).env_remove("JUKUNG_PASSPHRASE").env_remove("JUKUNG_REGIONS");
    if let Some(passphrase) = passphrase {
        call.env("JUKUNG_PASSPHRASE", passphrase);
    }
    let done = call.args(["--data", "office"]).args(arguments).output();
    let done = done.expect("jukung-office is built: cargo build --workspace --bins");
    (String::from_utf8_lossy(&done.stdout).into_owned(), done.status.code())
}

#[test]
fn the_real_programs_carry_by_stick_and_by_night_and_tell_how_it_ended() {
    let folder = tempfile::tempdir().expect("folder");
    let (here, data) = (folder.path(), folder.path().join("district"));
    fs::create_dir_all(here.join("stick")).expect("stick");
    let stick = here.join("stick").display().to_string();
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample/01-ktp-damaged.json").display().to_string();
    let known = |arguments: &[&str]| office_program(here, Some(office_world::PASSPHRASE), arguments);
    let night = || office_program(here, None, &["sync", "--unattended", "--delay-max", "1"]);
    assert_eq!(night().1, Some(5), "nobody enrolled this folder");
    let one_time = code(&data);
    let (server, address) = serve(&data, "127.0.0.1:0");
    let server_url = format!("http://{address}");
    let (said, ended) = known(&["enrol", "--server", &server_url, "--code", &one_time, "--name", "Rahmah"]);
    assert_eq!(ended, Some(0), "{said}");
    known(&["submit", &sample]);
    let (said, ended) = known(&["courier", "out", &stick]);
    assert!(ended == Some(0) && said.contains("Aman dicabut"), "{said}");
    let read = district(&data, &["courier", "in", &stick]);
    let answered = district(&data, &["courier", "out", &stick]);
    assert!(read.contains("1 foto diterima") && answered.contains("Aman dicabut"), "{read} {answered}");
    let (said, ended) = known(&["courier", "in", &stick]);
    assert!(
        ended == Some(0) && said.contains("2 catatan diterima Dinas"),
        "the key of its author came with it: {said}"
    );
    known(&["submit", &sample]);
    let (said, ended) = night();
    assert!(ended == Some(0) && said.contains("1 paket terkirim"), "{said}");
    let (said, _) = known(&["status"]);
    assert_eq!(said.matches("Diterima Dinas").count(), 2, "{said}");
    drop(server);
    assert_eq!(night().1, Some(3), "the Dinas does not answer");
    let log = fs::read_to_string(here.join("office").join(jukung_office::unattended::LOG)).expect("log");
    assert_eq!(log.lines().count(), 2, "{log}");
}
