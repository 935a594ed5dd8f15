//! Goal: whatever comes back from an old copy, nothing is lost, nothing is doubled, and a doubled number is told.

mod office_world;

use jukung_domain::event::{Body, Returned};
use jukung_office::Office;
use jukung_office::settle::Chosen;
use office_world::{World, copy, counter_shows, open, settled};
use std::path::PathBuf;
use std::sync::atomic::Ordering;

fn dir(w: &World, name: &str) -> PathBuf {
    w.folder.path().join(name)
}

/// Corrects the address of a returned application at one counter.
fn correct(office: &Office, id: &str, address: &str) {
    let draft = office.correct(id).expect("a correction");
    office
        .change_draft(&draft.id, |a| {
            a.fields.insert("applicant.address".into(), address.into());
        })
        .expect("changed");
    office.record_read_back(&draft.id, "spoken", &[]).expect("read back");
    let consent = jukung_tests::document(office, id).consent.expect("consent");
    office.submit(&draft.id, &consent).expect("handed in");
}

async fn numbers(w: &World) -> Vec<String> {
    let mut numbers: Vec<String> = w.district_shows().await.into_iter().map(|(_, number, _)| number).collect();
    numbers.sort();
    numbers
}

both_engines! {
    async fn a_district_restored_from_an_old_backup_is_healed_by_its_counters(w: World) {
        let second = w.another("second").await;
        w.hand_in("Aminah Contoh");
        settled(&w, &[&w.office, &second]).await;
        let backup = w.backup().await;
        let (mine, _) = w.hand_in("Galuh Contoh");
        w.hand_in_at(&second, "Rusmini Contoh");
        settled(&w, &[&w.office, &second]).await;
        w.decide(&mine, Body::Taken).await.expect("taken");
        w.decide(&mine, Body::Approved).await.expect("approved");
        settled(&w, &[&w.office, &second]).await;
        let (before, told) = (w.district_shows().await, w.told().await.len());
        w.restore(&backup).await;
        assert_eq!(w.stored_at_district().await, 1, "the backup knows one");
        // The second counter comes first: it hands back what the first one wrote and the decisions, too.
        settled(&w, &[&second, &w.office]).await;
        assert_eq!((w.district_shows().await, w.told().await.len()), (before, told), "nothing lost, nothing doubled");
        w.restore(&backup).await;
        let (later, _) = w.hand_in("Kenari Contoh");
        settled(&w, &[&w.office, &second]).await;
        assert_eq!(w.stored_at_district().await, 4, "what came after the restore is not stuck behind what was lost");
        assert_eq!(w.office.application(&later).expect("case").status, "SUBMITTED");
    }

    async fn the_scans_that_a_restored_district_lost_are_sent_again(w: World) {
        let backup = w.backup().await;
        let (id, _) = w.hand_in("Aminah Contoh");
        settled(&w, &[&w.office]).await;
        assert_eq!(w.scans_held(&id).await, (1, 1), "sent once");
        w.restore(&backup).await;
        settled(&w, &[&w.office]).await;
        assert_eq!(w.scans_held(&id).await, (1, 1), "and once more");
        let sending = w.office.application(&id).expect("case").sending;
        assert_eq!((sending.scans_received, sending.scans_total, sending.state.as_str()), (1, 1, "received"));
    }

    async fn a_restored_district_that_went_on_keeps_both_histories(w: World) {
        let second = w.another("second").await;
        let (shared, _) = w.hand_in("Aminah Contoh");
        settled(&w, &[&w.office, &second]).await;
        let backup = w.backup().await;
        w.hand_in("Galuh Contoh");
        w.decide(&shared, Body::Taken).await.expect("taken");
        settled(&w, &[&w.office, &second]).await;
        w.restore(&backup).await;
        // Officers and the second counter work on the old state before the first counter is heard.
        let third = w.another("third").await;
        w.hand_in_at(&third, "Zainab Contoh");
        third.sync(&w.road).await.expect("third");
        w.decide(&shared, Body::Taken).await.expect("taken again, by somebody who could not know");
        settled(&w, &[&w.office, &second, &third]).await;
        assert_eq!(w.stored_at_district().await, 3);
        let reviewed = w.told().await.iter().filter(|(_, _, o)| o == "parked:district-review").count();
        assert_eq!(reviewed, 1, "the first decision is kept and waits for an officer");
    }

    async fn a_counters_database_from_an_old_copy_begins_a_new_life(w: World) {
        let (old, here) = (dir(&w, "old"), dir(&w, "office"));
        w.hand_in("Aminah Contoh");
        w.office.sync(&w.road).await.expect("sync");
        copy(&here, &old);
        w.hand_in("Galuh Contoh");
        w.office.sync(&w.road).await.expect("sync");
        let World { district, road, office, folder, .. } = &w;
        let _ = (district, road, folder);
        office.close().expect("closed");
        let head = std::fs::read(here.join("head")).expect("the file beside the database");
        let put_back = dir(&w, "put-back");
        copy(&old, &put_back);
        std::fs::write(put_back.join("head"), head).expect("it lies outside every backup");
        let again = open(&put_back);
        let (_, number) = w.hand_in_at(&again, "Rusmini Contoh");
        assert!(number.starts_with('X'), "a provisional code until the district gives one: {number}");
        settled(&w, &[&again]).await;
        assert_eq!(w.stored_at_district().await, 3);
        let (_, number) = w.hand_in_at(&again, "Zainab Contoh");
        assert!(!number.starts_with('X'), "the district gave a code: {number}");
        settled(&w, &[&again]).await;
        let mut all = numbers(&w).await;
        all.dedup();
        assert_eq!(all.len(), 4, "no number twice: {all:?}");
    }

    async fn symbols_that_a_lying_disk_lost_number_nothing_again_however_often_it_lies(w: World) {
        // A database from an old copy: its new life asks for symbols.
        let (old, asks) = (dir(&w, "old"), dir(&w, "asks"));
        copy(&dir(&w, "office"), &old);
        w.hand_in("Aminah Contoh");
        w.office.sync(&w.road).await.expect("sync");
        w.office.close().expect("closed");
        let head = std::fs::read(dir(&w, "office").join("head")).expect("the file beside the database");
        std::fs::write(old.join("head"), head).expect("it lies outside every backup");
        drop(open(&old));
        copy(&old, &asks);
        let mut given = Vec::new();
        for lie in ["first", "second", "third"] {
            let here = dir(&w, lie);
            copy(&asks, &here);
            let office = open(&here);
            // The disk keeps nothing of what is committed from here on.
            std::fs::remove_dir_all(&asks).expect("removed");
            copy(&here, &asks);
            office.sync(&w.road).await.expect("symbols");
            let (_, number) = w.hand_in_at(&office, "Galuh Contoh");
            assert!(!number.starts_with('X'), "the district gave symbols: {number}");
            given.push(number);
        }
        let papers: std::collections::BTreeSet<_> = given.iter().collect();
        assert_eq!(papers.len(), 3, "one number stands on two papers: {given:?}");
        let last = open(&asks);
        settled(&w, &[&last]).await;
    }

    async fn two_computers_with_one_image_lose_nothing_and_a_doubled_number_is_told(w: World) {
        w.hand_in("Aminah Contoh");
        w.office.sync(&w.road).await.expect("sync");
        w.office.close().expect("closed");
        copy(&dir(&w, "office"), &dir(&w, "twin"));
        let twin = open(&dir(&w, "twin"));
        let (_, one) = w.hand_in("Galuh Contoh");
        let (_, two) = w.hand_in_at(&twin, "Rusmini Contoh");
        assert_eq!(one, two, "both took the next number of one code");
        settled(&w, &[&w.office, &twin]).await;
        assert_eq!(w.stored_at_district().await, 3);
        let told = w.told().await.iter().filter(|(_, _, o)| o == "applied+number-conflict").count();
        assert_eq!(told, 1, "the pair is flagged");
        for office in [&w.office, &twin] {
            let rows = office.attention().expect("attention");
            assert!(rows.iter().any(|r| r.number == one && r.does == "renumber"), "both computers are told");
        }
        let task = twin.attention().expect("attention").remove(0);
        let new = twin.renumber(&task.id).expect("a number of its own").number;
        assert!(twin.receipt_pdf(&task.id, "a5").is_ok(), "and its receipt is printed again");
        settled(&w, &[&w.office, &twin]).await;
        let mut all = numbers(&w).await;
        all.dedup();
        assert_eq!(all.len(), 3, "no number twice: {all:?}");
        assert!(all.contains(&new));
        assert!(w.office.attention().expect("attention").is_empty(), "nobody is asked again");
        assert_eq!(w.office.search(&one).expect("search").len(), 2, "the old number still finds both");
        let (_, next) = w.hand_in("Zainab Contoh");
        let (_, other) = w.hand_in_at(&twin, "Kenari Contoh");
        assert_ne!(next[..3], other[..3], "from now on each numbers with a code of its own");
        settled(&w, &[&w.office, &twin]).await;
        assert_eq!(w.stored_at_district().await, 5);
    }

    async fn two_copies_that_part_only_beyond_one_call_are_still_told_apart(w: World) {
        // A link so slow that a call carries a dozen events; both copies hold thirty that nobody has sent.
        w.road.bytes_per_s.store(200, Ordering::Relaxed);
        w.hand_in("Aminah Contoh");
        w.office.sync(&w.road).await.expect("measured");
        for _ in 0..30 {
            w.hand_in("Galuh Contoh");
        }
        w.office.close().expect("closed");
        copy(&dir(&w, "office"), &dir(&w, "copy"));
        let twin = open(&dir(&w, "copy"));
        w.hand_in("Rusmini Contoh");
        w.hand_in_at(&twin, "Zainab Contoh");
        settled(&w, &[&w.office, &twin]).await;
        assert_eq!(w.stored_at_district().await, 33);
    }

    async fn a_computer_set_back_whole_is_noticed_by_the_district(w: World) {
        let (image, here) = (dir(&w, "image"), dir(&w, "office"));
        w.hand_in("Aminah Contoh");
        w.office.sync(&w.road).await.expect("sync");
        w.office.close().expect("closed");
        copy(&here, &image);
        w.hand_in("Galuh Contoh");
        w.office.sync(&w.road).await.expect("sync");
        let again = open(&image);
        settled(&w, &[&again]).await;
        assert_eq!(w.stored_at_district().await, 2);
        assert_eq!(counter_shows(&again).len(), 2, "what it had forgotten came back");
        w.hand_in_at(&again, "Rusmini Contoh");
        settled(&w, &[&again]).await;
        assert_eq!(w.stored_at_district().await, 3);
    }

    async fn two_values_for_one_answer_are_kept_side_by_side_until_a_person_chooses(w: World) {
        let second = w.another("second").await;
        let (id, _) = w.hand_in("Aminah Contoh");
        settled(&w, &[&w.office, &second]).await;
        w.decide(&id, Body::Taken).await.expect("taken");
        let back = Returned { reason: "mismatch".into(), target: "applicant.address".into(), note: "Periksa alamat.".into() };
        w.decide(&id, Body::Returned(back)).await.expect("returned");
        settled(&w, &[&w.office, &second]).await;
        correct(&w.office, &id, "Jalan Titian 7");
        correct(&second, &id, "Jalan Pasar 9");
        settled(&w, &[&w.office, &second]).await;
        for office in [&w.office, &second] {
            let rows = office.attention().expect("attention");
            let row = rows.iter().find(|r| r.does == "choose").expect("both computers are asked");
            assert_eq!(rows.len(), 1, "and asked nothing else");
            assert_eq!((row.choices[0].first.as_str(), row.choices[0].later.as_str()), ("Jalan Titian 7", "Jalan Pasar 9"));
            assert_eq!(jukung_tests::document(office, &id).fields["applicant.address"], "Jalan Titian 7");
        }
        let row = w.office.attention().expect("attention").into_iter().find(|r| r.does == "choose").expect("waits");
        w.office.settle(&row.event, Chosen::Later).expect("chosen");
        settled(&w, &[&w.office, &second]).await;
        for office in [&w.office, &second] {
            assert!(!office.attention().expect("attention").iter().any(|r| r.does == "choose"), "settled everywhere");
            assert_eq!(jukung_tests::document(office, &id).fields["applicant.address"], "Jalan Pasar 9");
        }
    }

    async fn an_old_twin_of_the_district_that_answers_does_no_harm(w: World) {
        w.hand_in("Aminah Contoh");
        w.office.sync(&w.road).await.expect("sync");
        let twin = w.restored(&w.backup().await).await;
        let (taken, _) = w.hand_in("Galuh Contoh");
        w.office.sync(&w.road).await.expect("sync");
        w.decide(&taken, Body::Taken).await.expect("taken");
        w.office.sync(&w.road).await.expect("sync");
        let before = w.district_shows().await;
        w.answers(&twin);
        w.office.sync(&w.road).await.expect("the twin answers");
        w.hand_in("Rusmini Contoh");
        w.office.sync(&w.road).await.expect("the twin answers again");
        w.answers(&w.district);
        settled(&w, &[&w.office]).await;
        let after = w.district_shows().await;
        assert_eq!(after.len(), 3);
        assert!(before.iter().all(|row| after.contains(row)), "nothing changed");
    }
}
