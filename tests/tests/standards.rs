//! Goal: what officers set (hours, holidays, numbers, promised days) reaches the counters signed and is shown there with its day;
//! two officers at once do not undo each other; what cannot be is refused and nothing of it is kept.

mod office_world;

use jukung_district::offered::Change as Offer;
use jukung_district::standards::{Change, Standards};
use jukung_domain::problem::Problem;
use office_world::{World, off};
use std::collections::BTreeMap;

async fn now(w: &World) -> Standards {
    let district = w.district.clone();
    off(move || district.standards().expect("what holds")).await
}

async fn set(w: &World, change: Change) -> Result<Standards, Problem> {
    let district = w.district.clone();
    off(move || district.change_standards("Sari", &change)).await
}

fn days(code: &str, days: u16) -> BTreeMap<String, u16> {
    BTreeMap::from([(code.to_owned(), days)])
}

both_engines! {
    async fn what_officers_set_reaches_the_counter_with_its_day(w: World) {
        let before = now(&w).await;
        assert!(before.since.is_empty() && before.services.len() >= 16 && before.complaints.iter().all(|c| c.days == c.usual));
        let change = Change {
            hotline: "  0811   2222 ".into(),
            office_hours: "Senin-Jumat 08.00-15.00".into(),
            holidays: vec!["2027-01-01".into(), "2026-12-25".into(), "2027-01-01".into(), String::new()],
            services: days("KTP_LOST", 9),
            complaints: days("money", 2),
            seen: before.seen,
            ..Change::default()
        };
        let after = set(&w, change).await.expect("set");
        assert_eq!((after.hotline.as_str(), after.holidays.len(), after.since.as_str()), ("0811 2222", 2, "Senin, 23 November 2026"));
        w.office.sync(&w.road).await.expect("the district answers");
        let shown = w.office.settings().expect("settings");
        assert_eq!(shown.district["office_hours"], "Senin-Jumat 08.00-15.00");
        assert!(shown.district_since.contains("23 Nov"), "{}", shown.district_since);
        assert!(shown.district["promised"].contains(": 9 hari") && shown.district["holidays"].starts_with("25 Des"), "{:?}", shown.district);
        let settings = w.office.district_settings().expect("settings");
        assert_eq!((settings.promised_days, settings.complaint_days), (days("KTP_LOST", 9), days("money", 2)));
    }

    async fn two_officers_at_once_do_not_undo_each_other_and_what_cannot_be_is_refused(w: World) {
        let seen = now(&w).await.seen;
        set(&w, Change { hotline: "0811".into(), seen: seen.clone(), ..Change::default() }).await.expect("the first");
        let late = set(&w, Change { hotline: "0822".into(), seen, ..Change::default() }).await.expect_err("somebody was quicker");
        assert_eq!((late.code.as_str(), now(&w).await.hotline.as_str()), ("standards_changed", "0811"));
        let seen = now(&w).await.seen;
        let with = |change: Change| Change { seen: seen.clone(), ..change };
        for (change, code) in [
            (Change { holidays: vec!["2027-02-30".into()], ..Change::default() }, "standard_day"),
            (Change { services: days("KTP_LOST", 66), ..Change::default() }, "standard_days"),
            (Change { services: days("NO_SERVICE", 3), ..Change::default() }, "standard_days"),
            (Change { complaints: days("money", 0), ..Change::default() }, "standard_days"),
            (Change { office_hours: "x".repeat(121), ..Change::default() }, "standard_line"),
        ] {
            assert_eq!(set(&w, with(change)).await.expect_err(code).code, code);
        }
        assert_eq!(now(&w).await.seen, seen, "nothing of it was kept");
        // What is usual again is no word of this district any more.
        let usual = now(&w).await.services.iter().find(|s| s.code == "KTP_LOST").expect("a service").usual;
        set(&w, with(Change { services: days("KTP_LOST", usual), ..Change::default() })).await.expect("set");
        let district = w.district.clone();
        assert!(off(move || district.settings().expect("settings").promised_days).await.is_empty());
    }

    async fn services_papers_edition_and_notices_that_officers_set_hold_at_the_counter(w: World) {
        let offered = || {
            let district = w.district.clone();
            off(move || district.offered().expect("what holds"))
        };
        let set = |change: Offer| {
            let district = w.district.clone();
            off(move || district.change_offered("Sari", &change))
        };
        let before = offered().await;
        assert!(before.services.iter().all(|s| s.on) && before.extras.iter().all(|e| !e.on && !e.hint.is_empty()) && before.editions == ["2019", "2026"]);
        let begun = w.office.new_draft("KTP_LOST", None, None).expect("offered");
        let services: Vec<String> = before.services.iter().map(|s| s.code.clone()).filter(|code| code != "KTP_LOST").collect();
        let change = Offer {
            services,
            extras: vec!["rt_letter".into()],
            edition: "2026".into(),
            notice_counter: " Jumat  loket tutup pukul 11. ".into(),
            notice_family: "Dinas pindah ke <Jalan Baru>.".into(),
            seen: before.seen,
        };
        for (wrong, code) in [
            (Offer { services: vec!["NO_SERVICE".into()], ..change.clone() }, "offered_unknown"),
            (Offer { extras: vec!["no_paper".into()], ..change.clone() }, "offered_unknown"),
            (Offer { edition: "1999".into(), ..change.clone() }, "offered_unknown"),
            (Offer { services: Vec::new(), ..change.clone() }, "offered_none"),
            (Offer { notice_family: "x".repeat(121), ..change.clone() }, "standard_line"),
            (Offer { seen: "x".into(), ..change.clone() }, "standards_changed"),
        ] {
            assert_eq!(set(wrong).await.expect_err(code).code, code);
        }
        let after = set(change.clone()).await.expect("set");
        assert_eq!((after.edition.as_str(), after.since.as_str()), ("2026", "Senin, 23 November 2026"));
        assert_eq!(set(change).await.expect_err("somebody was quicker").code, "standards_changed");
        w.office.sync(&w.road).await.expect("the district answers");
        let settings = w.office.district_settings().expect("settings");
        assert_eq!((settings.extras, settings.form_edition.as_str()), (vec!["rt_letter".to_owned()], "2026"));
        let shown = w.office.settings().expect("settings");
        assert_eq!((shown.services_off, shown.district["notice_counter"].as_str()), (vec!["KTP_LOST".to_owned()], "Jumat loket tutup pukul 11."));
        assert!(shown.district["extras"].contains("RT/RW") && !shown.district["services_off"].is_empty());
        // What was begun goes on; nothing new begins, also not from a file.
        let refused = w.office.new_draft("KTP_LOST", None, None).expect_err("not offered now");
        assert_eq!((refused.code.as_str(), w.office.open_draft(&begun.id).is_ok()), ("service_off", true));
        let sample = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("sample/05-ktp-lost.json");
        assert_eq!(w.office.submit_file(&sample).expect("read").remove(0).result.expect_err("not offered now").code, "service_off");
        w.office.new_draft("KTP_DAMAGED", None, None).expect("still offered");
        let district = w.district.clone();
        let page = off(move || jukung_district::family::page::frame("x", "", &district.settings().expect("settings"))).await;
        assert!(page.contains("Dinas pindah ke &lt;Jalan Baru&gt;."), "{page}");
    }
}
