//! Goal: a stick comes by network from any counter (protocol 2.16): the one that passes it on can read nothing of it and needs
//! no passphrase, the Dinas takes it as if it had been carried there, and its answers lie on the stick.

mod office_world;

use jukung_domain::event::Body;
use jukung_domain::problem::Problem;
use jukung_ledger::stick;
use jukung_office::passed_on::{PassedOn, pass_on, told};
use jukung_office::sync::{Call, Reply, Road};
use office_world::{World, counter_shows, settled, world};
use std::fs;
use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;

fn stick_of(w: &World) -> PathBuf {
    let folder = w.folder.path().join("stick");
    fs::create_dir_all(&folder).expect("folder");
    folder
}

/// A road on which the call with this number and all after it find nobody.
struct Dead<'a>(&'a World, std::sync::atomic::AtomicUsize);

impl Road for Dead<'_> {
    fn carry(&self, call: Call) -> Pin<Box<dyn Future<Output = Result<Reply, Problem>> + Send + '_>> {
        let left = self.1.load(std::sync::atomic::Ordering::Relaxed);
        self.1.store(left.saturating_sub(1), std::sync::atomic::Ordering::Relaxed);
        Box::pin(async move { if left == 0 { Err(Problem::new("offline")) } else { self.0.road.carry(call).await } })
    }
}

#[tokio::test]
async fn a_stick_of_two_counters_without_a_network_is_passed_on_by_a_third() {
    let w = world(None).await;
    let (second, stick) = (w.another("second").await, stick_of(&w));
    assert_eq!(pass_on(&stick, &w.road).await.expect("read"), PassedOn::default(), "nothing lies there");
    let (id, _) = w.hand_in("Aminah Contoh");
    w.office.courier_out(&stick).expect("loaded");
    w.hand_in_at(&second, "Galuh Contoh");
    second.courier_out(&stick).expect("loaded");
    // The line dies after the first file; what went counts, and the same command goes on.
    let dead = Dead(&w, 1.into());
    assert_eq!(pass_on(&stick, &dead).await.expect_err("no network").code, "pass_offline");
    let passed = pass_on(&stick, &w.road).await.expect("passed on");
    assert_eq!((passed.files, passed.answers, passed.missing.len(), passed.refused.len()), (2, 2, 0, 0));
    assert_eq!(w.stored_at_district().await, 2);
    assert!(told(&passed).contains("2 berkas") && told(&passed).contains("Jawaban untuk 2 komputer"), "{passed:?}");
    w.decide(&id, Body::Taken).await.expect("taken");
    let again = pass_on(&stick, &w.road).await.expect("and once more");
    assert_eq!((again.files, again.answers, w.stored_at_district().await), (2, 2, 2), "each replaces the older answer");
    for office in [&w.office, &second] {
        let brought = office.courier_in(&stick).expect("read");
        assert_eq!((brought.answers > 0, brought.others), (true, 1));
        assert_eq!(office.connection().expect("told").waiting, 0);
        assert_eq!(counter_shows(office), w.district_shows().await);
    }
    settled(&w, &[&w.office, &second]).await;
}

#[tokio::test]
async fn what_is_intact_of_a_broken_stick_is_passed_on_and_the_rest_is_named() {
    let w = world(None).await;
    let stick = stick_of(&w);
    w.hand_in("Aminah Contoh");
    w.office.courier_out(&stick).expect("loaded");
    let file = stick::files(&stick, false).expect("listed").remove(0);
    let mut bytes = fs::read(&file).expect("read");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&file, bytes).expect("broken");
    let passed = pass_on(&stick, &w.road).await.expect("passed on");
    assert_eq!((passed.files, passed.missing.len()), (1, 1), "{passed:?}");
    assert!(told(&passed).contains("rusak atau hilang"), "{}", told(&passed));
    settled(&w, &[&w.office]).await;
    assert_eq!(w.stored_at_district().await, 1);
}
