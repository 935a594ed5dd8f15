//! Goal: that processing is held back reaches every counter of the office in words, comes back to a district that was
//! restored, and stops nothing that a counter does; the same on both engines.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails right here")]

mod office_world;

use jukung_domain::event::{Body, HeldBack, Reason};
use jukung_domain::problem::Problem;
use jukung_office::Office;
use office_world::{World, off, settled};

const TOLD: &str = "Pemrosesan ditahan atas permintaan pemohon sejak";
const WHY: &str = "Surat pemohon.";

async fn hold(w: &World, id: &str) -> Result<(), Problem> {
    let (district, id) = (w.district.clone(), id.to_owned());
    off(move || district.hold(&id, "Kepala", WHY)).await
}

/// What the case file, its row and the sentence for the resident say of holding back.
fn told(office: &Office, id: &str) -> [bool; 3] {
    let file = office.application(id).unwrap();
    let row = office.queue("all", 0).unwrap().rows.into_iter().find(|row| row.id == id).unwrap();
    let told = [file.status_text, row.status_text, file.tell].map(|said| said.contains(TOLD));
    assert_eq!(file.promised.is_empty(), told[0], "no day is promised meanwhile");
    told
}

both_engines! {
    async fn both_counters_say_so_until_it_goes_on_and_a_restored_district_is_told_again(w: World) {
        let second = w.another("second").await;
        let (id, _) = w.hand_in("Halimah Contoh");
        settled(&w, &[&w.office, &second]).await;
        w.decide(&id, Body::Taken).await.unwrap();
        settled(&w, &[&w.office, &second]).await;
        let backup = w.backup().await;
        hold(&w, &id).await.unwrap();
        settled(&w, &[&w.office, &second]).await;
        for office in [&w.office, &second] {
            assert_eq!(told(office, &id), [true; 3]);
            let file = office.application(&id).unwrap();
            assert!(file.status == "IN_VERIFICATION" && file.status_text.starts_with("Sedang diperiksa. "), "{}", file.status_text);
            assert!(file.history.iter().any(|line| line.text.contains(WHY)), "its story says why");
        }
        // The district loses it, and hears of it from its counters.
        w.restore(&backup).await;
        w.decide(&id, Body::Approved).await.expect("it does not know yet");
        settled(&w, &[&w.office, &second]).await;
        assert_eq!((told(&w.office, &id), told(&second, &id)), ([true; 3], [true; 3]));
        let refused = w.decide(&id, Body::HeldBack(HeldBack::default())).await.unwrap_err();
        assert_eq!(refused.code, "reason_needed", "words are asked for first");
        assert_eq!(hold(&w, &id).await.unwrap_err().code, "processing_held");
        w.decide(&id, Body::Resumed(Reason { reason: "Diminta lagi.".into() })).await.unwrap();
        settled(&w, &[&w.office, &second]).await;
        assert_eq!((told(&w.office, &id), told(&second, &id)), ([false; 3], [false; 3]));
    }

    async fn a_counter_withdraws_what_is_held_back(w: World) {
        let (id, _) = w.hand_in("Halimah Contoh");
        w.office.sync(&w.road).await.unwrap();
        hold(&w, &id).await.unwrap();
        settled(&w, &[&w.office]).await;
        w.office.withdraw(&id, "Tidak jadi.").unwrap();
        settled(&w, &[&w.office]).await;
        let file = w.office.application(&id).unwrap();
        assert!(file.status == "CANCELLED" && file.status_text.contains(TOLD), "{}", file.status_text);
    }
}
