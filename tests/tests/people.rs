//! Goal: several people share one counter, each with a passphrase of their own; who leaves takes no key along; and no
//! change of people, wherever it is cut, costs a record or locks out somebody who stays.
//!
//! `JUKUNG_ROTATIONS=200` for more kills during the change of the key.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails right here")]

mod office_world;

use jukung_crypto::slot::Slot;
use jukung_ledger::Db;
use jukung_office::edge::Edge;
use jukung_office::view::HandedOut;
use jukung_office::{Office, home, staff};
use jukung_tests::chance::Chance;
use jukung_tests::served::Ends;
use office_world::{PASSPHRASE, World, edge, world};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Kills during the change of the key in one run of `./test`.
const KILLS: u64 = 6;

fn here(w: &World) -> PathBuf {
    w.folder.path().join("office")
}

fn open_as(dir: &Path, person: &str, passphrase: &str) -> Result<Office, String> {
    Office::open(dir, person, passphrase, edge()).map_err(|p| p.code)
}

fn code<T>(result: Result<T, jukung_domain::problem::Problem>) -> String {
    result.err().map(|p| p.code).unwrap_or_default()
}

/// Everything a counter shows and still has to send.
fn kept(office: &Office) -> (Vec<(String, String, String)>, u32) {
    (office_world::counter_shows(office), office.connection().unwrap().waiting)
}

fn chosen(dir: &Path, handed: &HandedOut, new: &str) {
    let office = open_as(dir, &handed.name, &handed.passphrase).unwrap();
    assert!(office.passphrase_was_given());
    office.change_passphrase(&handed.passphrase, new).unwrap();
    assert!(!office.passphrase_was_given());
    office.close().unwrap();
}

#[tokio::test]
async fn each_person_opens_the_counter_with_a_passphrase_of_their_own_and_signs_what_they_hand_in() {
    let w = world(None).await;
    let (first, _) = w.hand_in("Aminah Contoh");
    let handed = w.office.add_person("Hamdi", "officer").unwrap();
    assert_eq!(handed.passphrase.split(' ').count(), 4);
    assert_eq!(code(w.office.add_person("hamdi", "officer")), "name_taken");
    chosen(&here(&w), &handed, "perahu besar di sungai");
    assert!(open_as(&here(&w), "Hamdi", &handed.passphrase).is_err(), "what was handed out opens nothing any more");
    assert!(
        open_as(&here(&w), "Hamdi", PASSPHRASE).is_err()
            && open_as(&here(&w), "Rahmah", "perahu besar di sungai").is_err()
    );
    let hamdi = open_as(&here(&w), "Hamdi", "perahu besar di sungai").unwrap();
    let (second, _) = w.hand_in_at(&hamdi, "Budi Contoh");
    for (id, author) in [(first, &w.office.identity().person.id), (second, &handed.person)] {
        let sql = "SELECT raw FROM event WHERE app = $1";
        let rows = hamdi.db().read(|tx| tx.query(sql, jukung_ledger::params![&id])).unwrap();
        assert!(
            rows.iter().all(|r| r.text(0).unwrap().contains(&format!("\"u\":\"{author}\""))),
            "fixed when it was made"
        );
    }
    // Sent by somebody else later, they are still the author's.
    w.office.sync(&w.road).await.unwrap();
    assert_eq!(w.stored_at_district().await, 2);
}

#[tokio::test]
async fn only_a_supervisor_changes_people_and_never_removes_themselves() {
    let w = world(None).await;
    let handed = w.office.add_person("Hamdi", "officer").unwrap();
    let hamdi = open_as(&here(&w), "Hamdi", &handed.passphrase).unwrap();
    let rahmah = w.office.identity().person.id.clone();
    assert_eq!(code(hamdi.add_person("Galuh", "supervisor")), "not_permitted");
    assert_eq!(code(hamdi.reissue(&rahmah)), "not_permitted");
    assert_eq!(code(hamdi.remove_person(&rahmah)), "not_permitted");
    assert_eq!(code(w.office.remove_person(&rahmah)), "not_yourself");
    assert_eq!(code(w.office.add_person("Galuh", "king")), "setting_unknown");
    // A slot that was written into by hand is no supervisor's.
    let mut card = home::card(&here(&w)).unwrap().unwrap();
    card.slots[1].role = "supervisor".into();
    home::write_card(&here(&w), &card).unwrap();
    assert_eq!(open_as(&here(&w), "Hamdi", &handed.passphrase).err().unwrap(), "wrong_passphrase");
}

#[tokio::test]
async fn who_leaves_takes_no_key_along_and_the_others_keep_everything() {
    let w = world(None).await;
    let handed = w.office.add_person("Hamdi", "officer").unwrap();
    let galuh = w.office.add_person("Galuh", "supervisor").unwrap();
    chosen(&here(&w), &handed, "perahu besar di sungai");
    let hamdi = open_as(&here(&w), "Hamdi", "perahu besar di sungai").unwrap();
    let (by_hamdi, _) = w.hand_in_at(&hamdi, "Aminah Contoh");
    drop(hamdi);
    let before = home::card(&here(&w)).unwrap().unwrap();
    let old_keys = before.slots[1].open("perahu besar di sungai").unwrap().keys;
    let had = kept(&w.office);
    w.office.remove_person(&handed.person).unwrap();
    assert_eq!(kept(&w.office), had, "the session goes on with the new key");
    w.office.close().unwrap();
    // With a copy of everything he ever had: the slots of before, and the key itself.
    assert!(Db::open_sqlite(&here(&w).join("office.db"), Some(&old_keys.database)).is_err());
    let copied = w.folder.path().join("copied");
    office_world::copy(&here(&w), &copied);
    home::write_card(&copied, &before).unwrap();
    assert!(open_as(&copied, "Hamdi", "perahu besar di sungai").is_err());
    for (name, passphrase) in [("Rahmah", PASSPHRASE), ("Galuh", &galuh.passphrase)] {
        let office = open_as(&here(&w), name, passphrase).unwrap();
        assert_eq!(kept(&office).0, had.0);
        let case = office.application(&by_hamdi).unwrap();
        assert!(case.history.iter().any(|line| line.who == "Hamdi"), "what he did keeps his name");
        office.sync(&w.road).await.unwrap();
        office.close().unwrap();
    }
}

#[tokio::test]
async fn a_key_written_into_the_card_by_hand_gets_no_new_keys() {
    let w = world(None).await;
    let handed = w.office.add_person("Hamdi", "officer").unwrap();
    let galuh = w.office.add_person("Galuh", "officer").unwrap();
    let mut card = home::card(&here(&w)).unwrap().unwrap();
    card.slots[2].recipient = jukung_crypto::bundle::recipient(&[66; 32]).unwrap();
    home::write_card(&here(&w), &card).unwrap();
    assert_eq!(code(w.office.remove_person(&handed.person)), "slot_changed");
    assert_eq!(open_as(&here(&w), "Galuh", &galuh.passphrase).err().unwrap(), "wrong_passphrase");
}

#[tokio::test]
async fn a_change_of_the_key_cut_after_any_step_is_finished_at_the_next_sign_in() {
    let w = world(None).await;
    w.hand_in("Aminah Contoh");
    let hamdi = w.office.add_person("Hamdi", "officer").unwrap();
    let had = kept(&w.office);
    w.office.close().unwrap();
    drop(w.office);
    for (cut, first) in [(1, "Rahmah"), (2, "Rahmah"), (1, "Hamdi"), (2, "Hamdi")] {
        let dir = w.folder.path().join(format!("cut-{cut}-{first}"));
        office_world::copy(&w.folder.path().join("office"), &dir);
        let mut card = home::card(&dir).unwrap().unwrap();
        let keys = card.slots[0].open(PASSPHRASE).unwrap().keys;
        let next = staff::prepare(&mut card, &keys, &edge()).unwrap();
        home::write_card(&dir, &card).unwrap();
        if cut == 2 {
            Db::open_sqlite(&dir.join("office.db"), Some(&keys.database)).unwrap().rekey(&next.database).unwrap();
        }
        let (one, other) = (("Rahmah", PASSPHRASE), ("Hamdi", hamdi.passphrase.as_str()));
        let order = if first == "Rahmah" { [one, other] } else { [other, one] };
        for (name, passphrase) in order {
            let office = open_as(&dir, name, passphrase).unwrap_or_else(|p| panic!("{name} after cut {cut}: {p}"));
            assert_eq!(kept(&office), had);
            office.close().unwrap();
        }
        let card = home::card(&dir).unwrap().unwrap();
        assert!(card.slots.iter().all(|s| s.generation == 2 && s.next.is_empty()));
        assert!(Db::open_sqlite(&dir.join("office.db"), Some(&keys.database)).is_err(), "the old key is gone");
    }
}

/// Not a claim of its own: the supervisor that the test below kills.
#[test]
fn worker() {
    let Ok(dir) = std::env::var("JUKUNG_PEOPLE_DIR") else { return };
    let office = Office::open(Path::new(&dir), "", PASSPHRASE, Edge::system()).unwrap();
    for n in 0.. {
        let handed = office.add_person(&format!("Orang {n}"), "officer").unwrap();
        println!("now");
        office.remove_person(&handed.person).unwrap();
        println!("done");
    }
}

#[tokio::test]
async fn a_counter_killed_while_somebody_is_removed_opens_with_everything() {
    let kills = std::env::var("JUKUNG_ROTATIONS").ok().and_then(|n| n.parse().ok()).unwrap_or(KILLS);
    let w = world(None).await;
    ["Aminah", "Budi", "Citra", "Dewi"].iter().for_each(|n| drop(w.hand_in(&format!("{n} Contoh"))));
    let (dir, had) = (here(&w), kept(&w.office));
    w.office.close().unwrap();
    drop(w.office);
    let (mut chance, mut whole_us) = (Chance::new(7), 40_000);
    for kill in 0..kills {
        whole_us = kill_in_between(&dir, &mut chance, whole_us).unwrap_or(whole_us);
        let office = open_as(&dir, "", PASSPHRASE).unwrap_or_else(|p| panic!("after kill {kill}: {p}"));
        assert_eq!(kept(&office), had, "after kill {kill}");
        let left: Vec<String> = office.staff().unwrap().into_iter().filter(|p| !p.me).map(|p| p.id).collect();
        left.iter().for_each(|id| drop(office.remove_person(id).unwrap()));
        office.close().unwrap();
    }
}

/// Starts a supervisor, lets one removal pass and kills the next at a random moment of it; gives how long the first took.
#[expect(clippy::disallowed_methods, reason = "the moment of a kill is a real moment")]
fn kill_in_between(dir: &Path, chance: &mut Chance, whole_us: u64) -> Option<u64> {
    let mut child = Ends(
        Command::new(std::env::current_exe().unwrap())
            .args(["worker", "--exact", "--nocapture", "--test-threads=1"])
            .env("JUKUNG_PEOPLE_DIR", dir)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap(),
    );
    let out = child.0.stdout.take().unwrap();
    let mut lines = BufReader::new(out).lines().map_while(Result::ok).filter(|l| l.ends_with("now") || l == "done");
    assert!(lines.next()?.ends_with("now"));
    let began = std::time::Instant::now();
    assert_eq!(lines.next()?, "done");
    let took = u64::try_from(began.elapsed().as_micros()).unwrap();
    lines.next()?;
    let (began, wait) = (std::time::Instant::now(), u128::from(chance.under(whole_us.max(took) + 1)));
    while began.elapsed().as_micros() < wait {
        std::hint::spin_loop();
    }
    Some(took)
}

/// A slot as the first version wrote it: the computer's keys themselves under the passphrase.
fn first_format(of: &Slot) -> Slot {
    let keys = of.open(PASSPHRASE).unwrap().keys;
    let (salt, person, name) = ([7u8; 16], &of.person, &of.name);
    let mut key = [0u8; 32];
    let params = argon2::Params::new(of.memory_kib, of.passes, 1, Some(32)).unwrap();
    argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, params)
        .hash_password_into(PASSPHRASE.as_bytes(), &salt, &mut key)
        .unwrap();
    let about = format!("jukung-slot-1|{person}|{name}|officer|1");
    let plain = [keys.database.as_slice(), keys.device.as_slice()].concat();
    let sealed = jukung_crypto::seal::seal(&key, about.as_bytes(), &plain, &mut |b| b.fill(5)).unwrap();
    let json = serde_json::json!({
        "v": 1, "person": person, "name": name, "role": "officer", "generation": 1, "salt": hex::encode(salt),
        "memory_kib": of.memory_kib, "passes": of.passes, "sealed": hex::encode(sealed)
    });
    serde_json::from_value(json).unwrap()
}

#[tokio::test]
async fn a_counter_of_the_first_version_keeps_its_passphrase_and_its_queue() {
    let w = world(None).await;
    w.hand_in("Aminah Contoh");
    w.hand_in("Budi Contoh");
    let (dir, had) = (here(&w), kept(&w.office));
    assert_eq!(had.1, 2);
    w.office.db().write(|tx| tx.batch("DELETE FROM person")).unwrap();
    w.office.close().unwrap();
    let mut card = home::card(&dir).unwrap().unwrap();
    card.slots = vec![first_format(&card.slots[0])];
    home::write_card(&dir, &card).unwrap();
    assert_eq!(open_as(&dir, "", "sungai tapin perahu kecil").err().unwrap(), "wrong_passphrase");
    for _ in 0..2 {
        let office = open_as(&dir, "", PASSPHRASE).unwrap();
        assert_eq!(kept(&office), had);
        assert_eq!(office.identity().role.code(), "supervisor", "who worked here alone answers for the computer");
        office.close().unwrap();
    }
    assert_eq!(home::card(&dir).unwrap().unwrap().slots[0].v, 2);
    let office = open_as(&dir, "", PASSPHRASE).unwrap();
    let handed = office.add_person("Hamdi", "officer").unwrap();
    office.remove_person(&handed.person).unwrap();
    office.sync(&w.road).await.unwrap();
    assert_eq!((w.stored_at_district().await, office.connection().unwrap().waiting), (2, 0));
}
