//! Goal: a computer changes the key it signs with when somebody who may have copied it left, and by command; no lost reply,
//! restart or restored backup on the way locks it out, and the old key opens nothing once the district has seen the new one.

mod office_world;

use jukung_crypto::sign::public_key;
use jukung_domain::problem::Problem;
use jukung_ledger::tx::first;
use jukung_office::recovery::{Brought, recover};
use jukung_office::sync::{Call, Reply, Road};
use jukung_office::{Office, home, unattended};
use office_world::{Cable, PASSPHRASE, World, copy, edge, off, open, settled, world};
use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A road on which one call fails: its reply is lost, or it never arrives.
struct Cut<'a> {
    road: &'a Cable,
    calls: AtomicUsize,
    at: usize,
    arrives: bool,
}

fn cut(road: &Cable, at: usize, arrives: bool) -> Cut<'_> {
    Cut { road, calls: AtomicUsize::new(0), at, arrives }
}

impl Road for Cut<'_> {
    fn carry(&self, call: Call) -> Pin<Box<dyn Future<Output = Result<Reply, Problem>> + Send + '_>> {
        Box::pin(async move {
            if self.calls.fetch_add(1, Ordering::Relaxed) != self.at {
                return self.road.carry(call).await;
            }
            if self.arrives {
                self.road.carry(call).await?;
            }
            Err(Problem::new("offline"))
        })
    }
}

fn here(w: &World) -> PathBuf {
    w.folder.path().join("office")
}

/// The public key that a counter signs with.
fn key(office: &Office) -> String {
    hex::encode(public_key(&office.seed()))
}

/// The key by which the district knows the counter, and the one it changes to.
async fn known(w: &World) -> (String, String) {
    let (district, id) = (w.district.clone(), w.office.identity().device.to_string());
    off(move || {
        let sql = "SELECT public_key, next_key FROM device WHERE id = $1";
        let row =
            district.db.read(|tx| first(tx, sql, jukung_ledger::params![id])).expect("read").expect("the computer");
        (row.text(0).expect("key"), row.text(1).expect("next"))
    })
    .await
}

/// Both programs end and start again from what they wrote.
async fn restart(w: &mut World) {
    w.office.close().expect("closed");
    w.office = open(&here(w));
    let backup = w.backup().await;
    w.restore(&backup).await;
}

async fn refused(w: &World, office: &Office) -> String {
    office.sync(&w.road).await.map_or_else(|p| p.code, |_| String::new())
}

both_engines! {
    async fn who_leaves_has_no_key_that_signs_after_the_next_call(w: World) {
        let (enrolled, handed) = (key(&w.office), w.office.add_person("Hamdi", "officer").expect("added"));
        w.office.sync(&w.road).await.expect("synced");
        w.office.close().expect("closed");
        let copied = w.folder.path().join("copied");
        copy(&here(&w), &copied);
        w.office = open(&here(&w));
        w.office.remove_person(&handed.person).expect("removed");
        assert_eq!(key(&w.office), enrolled, "until the district has answered to the new one");
        w.office.sync(&w.road).await.expect("synced");
        assert_ne!(key(&w.office), enrolled);
        assert_eq!(known(&w).await, (key(&w.office), String::new()));
        assert!(w.office.certificate().is_some(), "receipts go on to prove themselves");
        let thief = Office::open(&copied, "Hamdi", &handed.passphrase, edge()).expect("what he carried away opens");
        w.hand_in_at(&thief, "Palsu Contoh");
        assert_eq!(refused(&w, &thief).await, "not_enrolled");
        w.hand_in("Aminah Contoh");
        settled(&w, &[&w.office]).await;
        assert_eq!(w.stored_at_district().await, 1, "nothing of the thief's");
    }

    async fn a_reply_lost_at_any_step_and_a_restart_of_both_programs_lock_nobody_out(w: World) {
        // Calls, the delivery of a scan among them: each of them fails once on its way there, and once on its way back.
        for (at, arrives) in (0..4).flat_map(|at| [(at, true), (at, false)]) {
            let before = key(&w.office);
            w.office.rotate_key().expect("changed");
            w.hand_in("Aminah Contoh");
            let _ = w.office.sync(&cut(&w.road, at, arrives)).await;
            restart(&mut w).await;
            // The next try fails there too, and both start again.
            let again = w.office.sync(&cut(&w.road, 0, arrives)).await;
            assert!(again.is_err());
            restart(&mut w).await;
            settled(&w, &[&w.office]).await;
            assert_ne!(key(&w.office), before, "after call {at}");
            assert_eq!(known(&w).await.0, key(&w.office), "after call {at}");
        }
        assert_eq!(w.stored_at_district().await, 8);
    }

    async fn a_restored_district_that_knows_only_the_old_key_learns_the_new_one(w: World) {
        w.office.sync(&w.road).await.expect("synced");
        let backup = w.backup().await;
        // It forgets the change when it is done, and when it was only told.
        for at in [usize::MAX, 1] {
            w.office.rotate_key().expect("changed");
            let _ = w.office.sync(&cut(&w.road, at, true)).await;
            w.restore(&backup).await;
            w.hand_in("Aminah Contoh");
            settled(&w, &[&w.office]).await;
            assert_eq!(known(&w).await, (key(&w.office), String::new()));
        }
        // Several changes back: the statements lead over all of them.
        for _ in 0..2 {
            w.office.rotate_key().expect("changed");
            w.office.sync(&w.road).await.expect("synced");
        }
        w.restore(&backup).await;
        restart(&mut w).await;
        settled(&w, &[&w.office]).await;
        assert_eq!(known(&w).await, (key(&w.office), String::new()));
        assert_eq!(w.stored_at_district().await, 2);
    }

    async fn a_sheet_signed_with_the_key_of_before_is_still_told_as_matching(w: World) {
        w.hand_in("Aminah Contoh");
        w.office.sync(&w.road).await.expect("synced");
        let backup = w.backup().await;
        w.office.rotate_key().expect("changed");
        // Named, and not used yet: the day is closed with the old key, and the sheet goes with the first call of the new one.
        assert!(w.office.sync(&cut(&w.road, 1, false)).await.is_err());
        let (day, old) = (w.office.day().expect("the day").now.day, key(&w.office));
        w.office.close_day(&day).expect("closed");
        w.office.sync(&w.road).await.expect("synced");
        assert_ne!(key(&w.office), old);
        assert_eq!(w.office.day().expect("the day").sheets[0].state, "same");
        // And once more, to a district that was restored.
        w.restore(&backup).await;
        settled(&w, &[&w.office]).await;
        let district = w.district.clone();
        let days = off(move || district.days().expect("sheets")).await;
        assert_eq!(days.iter().map(|d| d.state.as_str()).collect::<Vec<_>>(), ["same"], "{days:?}");
    }

    async fn by_stick_the_key_changes_too_and_an_old_stick_is_refused(w: World) {
        w.hand_in("Aminah Contoh");
        w.office.sync(&w.road).await.expect("the district's key is known");
        let (enrolled, stick) = (key(&w.office), |n: &str| w.folder.path().join(format!("stick-{n}")));
        let (late, one, two) = (stick("late"), stick("one"), stick("two"));
        [&late, &one, &two].iter().for_each(|s| std::fs::create_dir_all(s).expect("folder"));
        w.office.courier_out(&late).expect("written");
        w.office.rotate_key().expect("changed");
        w.hand_in("Budi Contoh");
        for (folder, signs) in [(&one, false), (&two, true)] {
            w.office.courier_out(folder).expect("written");
            let (district, path) = (w.district.clone(), folder.clone());
            let taken = off(move || {
                let taken = district.courier_in(&path).expect("read");
                district.courier_out(&path).expect("answered");
                taken
            })
            .await;
            assert_eq!((taken.refused, taken.foreign), (0, 0));
            w.office.courier_in(folder).expect("read");
            assert_eq!(key(&w.office) != enrolled, signs);
        }
        assert_eq!(known(&w).await, (key(&w.office), String::new()));
        let district = w.district.clone();
        let taken = off(move || district.courier_in(&late).expect("read")).await;
        assert!(taken.refused > 0 && taken.bodies == 0, "{taken:?}");
        settled(&w, &[&w.office]).await;
        assert_eq!(w.stored_at_district().await, 2);
    }

    async fn what_was_packed_for_the_night_brings_the_new_key_too(w: World) {
        w.office.sync(&w.road).await.expect("the district's key is known");
        let enrolled = key(&w.office);
        w.office.rotate_key().expect("changed");
        assert!(w.office.sync(&cut(&w.road, 1, false)).await.is_err(), "named, and not used");
        w.hand_in("Aminah Contoh");
        w.office.close().expect("packed");
        unattended::send(&here(&w), &edge(), &w.road).await.expect("sent");
        assert_ne!(known(&w).await.0, enrolled);
        w.office = open(&here(&w));
        assert_eq!(known(&w).await, (key(&w.office), String::new()), "the answer of the night was to the new key");
        settled(&w, &[&w.office]).await;
    }
}

#[tokio::test]
async fn changes_without_a_network_lock_out_nobody_who_was_away_and_no_envelope() {
    let mut w = world(None).await;
    w.office.sync(&w.road).await.expect("synced");
    let galuh = w.office.add_person("Galuh", "supervisor").expect("added");
    let envelope = w.office.new_recovery_code().expect("a code");
    for round in 0..3 {
        for _ in 0..3 {
            w.office.rotate_key().expect("changed");
        }
        if round == 1 {
            restart(&mut w).await;
        }
        w.hand_in("Aminah Contoh");
        settled(&w, &[&w.office]).await;
        assert_eq!(known(&w).await, (key(&w.office), String::new()), "round {round}");
    }
    let had = key(&w.office);
    w.office.close().expect("closed");
    for _ in 0..2 {
        let office = Office::open(&here(&w), "Galuh", &galuh.passphrase, edge()).expect("she was away all the time");
        assert_eq!(key(&office), had);
        office.sync(&w.road).await.expect("synced");
        office.close().expect("closed");
    }
    let card = home::card(&here(&w)).expect("read").expect("a card");
    assert!(
        card.slots.iter().find(|s| s.name == "Galuh").expect("her slot").since.is_empty(),
        "sealed to the newest key"
    );
    let recovered = recover(&here(&w), "Rahmah", Brought::Envelope(&envelope), edge()).expect("the envelope opens");
    let office = Office::open(&here(&w), "Rahmah", &recovered.handed.passphrase, edge()).expect("let in");
    w.hand_in_at(&office, "Budi Contoh");
    settled(&w, &[&office]).await;
    assert_eq!(w.stored_at_district().await, 4);
    assert_ne!(key(&office), had, "what the envelope opened signs no more");
}

/// The district's file opens keys that were sealed before the change was done.
#[tokio::test]
async fn the_districts_recovery_brings_the_new_key_back_to_a_folder_of_an_older_backup() {
    let mut w = world(None).await;
    let district = w.district.clone();
    let secret = off(move || {
        let mut kept = String::new();
        let keep = |secret: &str| {
            secret.clone_into(&mut kept);
            Ok(())
        };
        district.new_recovery_key(keep).map(|()| kept).expect("made")
    })
    .await;
    w.office.sync(&w.road).await.expect("synced");
    w.office.close().expect("closed");
    let older = w.folder.path().join("older");
    copy(&here(&w), &older);
    w.office = open(&here(&w));
    w.office.rotate_key().expect("changed");
    w.office.sync(&w.road).await.expect("synced");
    w.office.close().expect("closed");
    let stale = Office::open(&older, "", PASSPHRASE, edge()).expect("opens");
    assert_eq!(stale.sync(&w.road).await.expect_err("an old key").code, "not_enrolled");
    stale.close().expect("closed");
    drop(stale);
    let (district, code) = (w.district.clone(), w.office.identity().code.clone());
    let wrapped = off(move || {
        let key = jukung_district::recovery::read_key(&secret).expect("key");
        district.recover(&code, &key, None).expect("kept")
    })
    .await;
    let file = serde_json::to_vec(&wrapped.slot).expect("file");
    let recovered = recover(&older, "", Brought::File(&file, &wrapped.code), edge()).expect("let in");
    let back = Office::open(&older, "", &recovered.handed.passphrase, edge()).expect("opens");
    let was = known(&w).await.0;
    w.hand_in_at(&back, "Aminah Contoh");
    back.sync(&w.road).await.expect("the key of the file is known");
    assert_eq!((known(&w).await, w.stored_at_district().await), ((key(&back), String::new()), 1));
    assert_ne!(key(&back), was, "what the code opened signs no more");
}
