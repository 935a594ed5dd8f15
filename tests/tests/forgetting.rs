//! Goal: a counter deletes an event only when it is safe and old, and a scan only when it is safe and its application is
//! closed; no clock makes it sooner, and even then nothing is lost in silence.

mod office_world;

use jukung_domain::event::{Body, Reason};
use jukung_ledger::params;
use jukung_ledger::tx::first;
use jukung_office::Office;
use office_world::{World, pass_days, settled};

/// Events of this counter about an application that it still holds.
fn own_events(office: &Office, app: &str) -> i64 {
    let device = office.identity().device.to_string();
    let sql = "SELECT count(*) FROM event WHERE app = $1 AND device = $2";
    let row = office.db().read(|tx| first(tx, sql, params![app, device])).expect("read").expect("a row");
    row.int(0).expect("a number")
}

/// Decides an application to its end, and has everything told as safe.
async fn closed(w: &World, id: &str) {
    settled(w, &[&w.office]).await;
    w.decide(id, Body::Taken).await.expect("taken");
    w.decide(id, Body::Refused(Reason { reason: "Contoh".into() })).await.expect("refused");
    settled(w, &[&w.office]).await;
    w.verified().await;
    settled(w, &[&w.office]).await;
}

/// Lets days pass while the district answers at least once a month: only such days are counted.
async fn live(w: &World, counters: &[&Office], days: i64) {
    for begun in (0..days).step_by(30) {
        pass_days(30.min(days - begun));
        for office in counters {
            office.sync(&w.road).await.expect("the district answers");
        }
    }
}

both_engines! {
    alone;
    async fn an_event_goes_from_a_counter_only_400_days_after_it_was_told_safe(w: World) {
        let second = w.another("second").await;
        let early = w.backup().await;
        let (id, _) = w.hand_in("Aminah Contoh");
        let (open_id, _) = w.hand_in("Galuh Contoh");
        settled(&w, &[&w.office, &second]).await;
        w.decide(&id, Body::Taken).await.expect("taken");
        w.decide(&id, Body::Refused(Reason { reason: "Contoh".into() })).await.expect("refused");
        pass_days(500);
        settled(&w, &[&w.office, &second]).await;
        let own = || own_events(&w.office, &id);
        assert_eq!(own(), 1, "received, but in no verified backup");
        assert_eq!(w.verified().await, 6, "each event of the copy was read, the keys of two people among them");
        settled(&w, &[&w.office, &second]).await;
        live(&w, &[&w.office, &second], 400).await;
        settled(&w, &[&w.office, &second]).await;
        assert_eq!(own(), 1, "400 days are not over");
        pass_days(2);
        settled(&w, &[&w.office, &second]).await;
        assert_eq!((own(), own_events(&w.office, &open_id)), (0, 1), "the closed one went, the open one stays");
        // The worst case: a backup from before everything. The second counter still has it, the first one takes it back.
        w.restore(&early).await;
        w.hand_in("Rusmini Contoh");
        settled(&w, &[&w.office, &second]).await;
        assert_eq!(w.stored_at_district().await, 3);
        let refused = w.district_shows().await.into_iter().find(|(app, _, _)| *app == id).expect("here");
        assert!(refused.2.starts_with("REJECTED"), "the decision waited for its application: {}", refused.2);
    }

    // A counter that was told "safe", and is 400 days older with the answer in which a district asks again, for it was restored
    // to before (simulation, seed 116491): it holds the only copy.
    async fn an_event_told_safe_stays_when_a_restored_district_asks_for_it_again(w: World) {
        let (first, _) = w.hand_in("Galuh Contoh");
        closed(&w, &first).await;
        // From here on the backup goes on telling that the first event is safe.
        let early = w.backup().await;
        let (id, _) = w.hand_in("Aminah Contoh");
        closed(&w, &id).await;
        live(&w, &[&w.office], 395).await;
        w.restore(&early).await;
        pass_days(10);
        settled(&w, &[&w.office]).await;
        assert_eq!(own_events(&w.office, &id), 1, "the district asked for it again");
        assert_eq!(w.stored_at_district().await, 2, "and has it again");
    }
}
