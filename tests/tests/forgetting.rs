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

/// The first number of a question with one value.
fn number(office: &Office, sql: &str, value: &str) -> i64 {
    let row = office.db().read(|tx| first(tx, sql, params![value])).expect("read").expect("a row");
    row.int(0).expect("a number")
}

/// The counter hears everything that the district tells.
async fn settled_feed(w: &World) {
    w.office.sync(&w.road).await.expect("the district answers");
    w.office.sync(&w.road).await.expect("the district answers");
    assert_eq!(office_world::counter_told(&w.office), w.told().await);
}

/// Decides an application to its end, and has everything told as safe.
async fn closed(w: &World, id: &str) {
    settled(w, &[&w.office]).await;
    w.decide(id, Body::Taken).await.expect("taken");
    w.decide(id, Body::Refused(Reason { reason: "Contoh".into() })).await.expect("refused");
    settled(w, &[&w.office]).await;
    // Later words of the Dinas are safe with the next own event, such as the sheet of the day.
    let day = w.office.day().expect("the screen").now.day;
    w.office.close_day(&day).expect("closed");
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

    // 400 days: the words of everybody; 730: what it is found by. What waits for anything keeps all of it.
    async fn a_closed_application_loses_its_words_and_a_year_later_its_rows_and_its_resident(w: World) {
        let second = w.another("second").await;
        let (theirs, _) = w.hand_in_at(&second, "Galuh Contoh");
        settled(&w, &[&second, &w.office]).await;
        w.decide(&theirs, Body::Taken).await.expect("taken");
        w.decide(&theirs, Body::Refused(Reason { reason: "Contoh".into() })).await.expect("refused");
        let (id, _) = w.hand_in("Aminah Contoh");
        closed(&w, &id).await;
        let words = |app: &str| number(&w.office, "SELECT count(*) FROM event WHERE app = $1", app);
        let found = |name: &str| w.office.search(name).expect("found").len();
        let both = [&w.office, &second];
        assert!(words(&id) > 1 && words(&theirs) > 1 && found("Aminah") > 0 && found("Galuh") > 0);
        live(&w, &both, 400).await;
        w.office.tend().expect("tended");
        assert!(words(&theirs) > 1, "400 days are not over");
        live(&w, &both, 2).await;
        pass_days(1);
        w.office.tend().expect("tended");
        assert_eq!((words(&theirs), words(&id)), (0, 0), "a sibling's and an officer's words go like own ones");
        assert!(found("Aminah") > 0 && found("Galuh") > 0, "receipts are listed for two years");
        assert_eq!(w.office.application(&theirs).expect("shown").status, "REJECTED");
        // Somebody comes again, and half of what is known of them stays with what is new.
        live(&w, &both, 329).await;
        w.office.tend().expect("tended");
        assert!(found("Galuh") > 0);
        let (again, _) = w.hand_in("Rusmini Contoh");
        live(&w, &both, 4).await;
        w.office.tend().expect("tended");
        assert_eq!((found("Aminah"), found("Galuh"), found("Rusmini") > 0), (0, 0, true));
        assert_eq!(w.office.application(&theirs).expect_err("gone").code, "not_found");
        for (table, column) in [("app", "id"), ("folded", "app"), ("lookup", "app"), ("resident_case", "app"),
            ("sent", "app"), ("scan", "draft"), ("name_of", "ref")] {
            for app in [&id, &theirs] {
                let sql = format!("SELECT count(*) FROM {table} WHERE {column} = $1");
                assert_eq!(number(&w.office, &sql, app), 0, "{table}");
            }
        }
        assert_eq!(number(&w.office, "SELECT count(*) FROM resident WHERE name = $1", "Rusmini Contoh"), 1);
        let checked = w.office.db().read(|tx| {
            jukung_ledger::check::everything(tx, w.office.identity().device, &w.office.identity().office.code)
        });
        assert!(checked.is_ok(), "{checked:?}");
        // What is new goes its way.
        w.decide(&again, Body::Taken).await.expect("taken");
        settled_feed(&w).await;
        assert_eq!(w.office.application(&again).expect("shown").status, "IN_VERIFICATION");
    }

    async fn a_resident_goes_with_the_last_application_that_names_them(w: World) {
        let (id, _) = w.hand_in("Aminah Contoh");
        closed(&w, &id).await;
        assert_eq!(w.office.search("Aminah").expect("found").len(), 2, "the application and its resident");
        let people = || number(&w.office, "SELECT count(*) FROM resident WHERE id <> $1", "");
        assert!(people() > 0);
        for days in [402, 332] {
            live(&w, &[&w.office], days).await;
            pass_days(1);
            w.office.tend().expect("tended");
        }
        assert_eq!((people(), w.office.search("Aminah").expect("found").len()), (0, 0));
        let names = number(&w.office, "SELECT count(*) FROM name_fts_docsize WHERE id > $1", "-1");
        assert_eq!(names, 0, "no folded name either");
        settled_feed(&w).await;
    }

    async fn the_list_of_what_went_names_days_kinds_and_counts_and_nobody(w: World) {
        assert_eq!(w.office.deleted().expect("read").len(), 0);
        let (id, number) = w.hand_in("Aminah Contoh");
        closed(&w, &id).await;
        for days in [1, 402, 332] {
            live(&w, &[&w.office], days).await;
            pass_days(1);
            w.office.tend().expect("tended");
        }
        let lines = w.office.deleted().expect("read").join("\n");
        for what in [": 1 gambar surat dari berkas yang selesai", "catatan kejadian komputer ini", "komputer lain dan Dinas",
            ": 1 berkas dari daftar, diterima sampai ", "warga yang tidak punya berkas lagi"] {
            assert!(lines.contains(what), "{what}: {lines}");
        }
        assert!(!lines.contains("Aminah") && !lines.contains(&number) && !lines.contains("63050441"), "{lines}");
        assert!(!w.office.audit().expect("read").is_wrong(), "each is a record");
    }

    // An officer's word about what has gone from here is stored, and shows nothing that is not there.
    async fn a_word_about_an_application_that_has_gone_stops_nothing(w: World) {
        let (id, _) = w.hand_in("Aminah Contoh");
        closed(&w, &id).await;
        for days in [402, 332] {
            live(&w, &[&w.office], days).await;
            pass_days(1);
            w.office.tend().expect("tended");
        }
        w.decide(&id, Body::DistrictNote(Reason { reason: "Contoh".into() })).await.expect("noted");
        settled_feed(&w).await;
        assert_eq!(w.office.application(&id).expect_err("gone").code, "not_found");
        pass_days(1);
        w.office.tend().expect("tended");
    }

    async fn records_of_five_years_ago_go_in_a_whole_and_a_cut_that_is_none_of_that_is_still_found(w: World) {
        for _ in 0..200 {
            let draft = w.office.new_draft("KTP_DAMAGED", None, None).expect("begun").id;
            w.office.discard_draft(&draft).expect("thrown away");
        }
        w.office.sync(&w.road).await.expect("the district answers");
        let all = w.office.audit().expect("read");
        assert!(all.records > 400 && all.told.is_empty());
        for month in 0..64 {
            w.office.tend().expect("tended");
            let kept = w.office.audit().expect("read").records;
            assert!(month > 61 || kept >= all.records, "{kept} after {month} months");
            live(&w, &[&w.office], 30).await;
        }
        w.office.tend().expect("tended");
        let left = w.office.audit().expect("read");
        let told: Vec<_> = left.told.iter().map(|t| (t.is, t.code, t.other)).collect();
        let gone = left.told.first().expect("it is told").other;
        assert_eq!(told, [("notice", "purged", gone)]);
        assert!(gone > 50 && left.records >= 300, "{gone} went, {} stay", left.records);
        w.office.sync(&w.road).await.expect("the district answers");
        assert!(!w.office.audit().expect("read").is_wrong(), "the Dinas sees nothing wrong either");
        // What no purge did: more is cut off and the anchor moved to fit, the anchor taken away, one record behind it.
        let anchor = w.office.db().read(|tx| jukung_office::settings::get(tx, "audit_anchor")).expect("an anchor");
        let further = w.office.db().read(|tx| tx.query("SELECT hash FROM audit WHERE id = $1", params![gone + 20]));
        let mut moved: serde_json::Value = serde_json::from_str(&anchor).expect("JSON");
        moved["hash"] = further.expect("read")[0].text(0).expect("a hash").into();
        moved["id"] = (gone + 20).into();
        moved["n"] = (moved["n"].as_i64().expect("a number") + 20).into();
        for (id, anchor) in [(gone + 20, moved.to_string()), (gone, String::new()), (gone + 1, anchor)] {
            let copy = tempfile::tempdir().expect("a folder");
            w.office.close().expect("closed");
            office_world::copy(&w.folder.path().join("office"), copy.path());
            let cut = office_world::open(copy.path());
            assert!(!cut.audit().expect("read").is_wrong());
            let delete = |tx: &mut dyn jukung_ledger::Tx| {
                tx.execute("DELETE FROM audit WHERE id <= $1", params![id]).expect("cut");
                jukung_office::settings::set(tx, "audit_anchor", &anchor)
            };
            cut.db().write(delete).expect("written");
            assert!(cut.audit().expect("read").is_wrong(), "{id} {anchor}");
        }
    }
}
