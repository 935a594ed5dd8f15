//! Goal: the head of section sees how it goes in sentences that the counts behind them bear out, on both engines.

mod district_world;

use axum::body::Body as HttpBody;
use axum::http::Request;
use district_world::{Counter, Engine, OFFICE, PASSPHRASE, World, shared};
use jukung_district::figures::Figure;
use jukung_domain::event::{Body, Reason, Returned};

fn of(world: &World, name: &str) -> Figure {
    let report = world.district.figures(30).expect("figures");
    report.figures.into_iter().find(|figure| figure.name == name).expect("a figure of that name")
}

fn counts(figure: &Figure) -> Vec<(&str, &[i64])> {
    figure.rows.iter().map(|row| (row.label.as_str(), row.values.as_slice())).collect()
}

fn returned(reason: &str) -> Body {
    Body::Returned(Returned {
        reason: reason.into(),
        target: "applicant.address".into(),
        note: "Mohon dilengkapi.".into(),
    })
}

both_engines! {
    fn every_figure_of_an_empty_district_says_that_there_is_nothing(world: &World) {
        let report = world.district.figures(7).expect("figures");
        assert_eq!(report.figures.len(), 9);
        for figure in &report.figures {
            assert!(!figure.finding.contains("figures.") && !figure.finding.contains('{'), "{}", figure.finding);
            assert!(figure.heads.len() > 1 && figure.rows.iter().all(|r| r.values.len() + 1 == figure.heads.len()), "{figure:?}");
            assert!(figure.rows.iter().flat_map(|r| &r.values).all(|n| *n == 0), "{figure:?}");
        }
    }

    fn what_came_was_answered_and_was_returned_is_counted(world: &World) {
        let mut counter = Counter::enrol(world, OFFICE, 1);
        let made: Vec<(String, String)> = (1..=5).map(|n| counter.create(n, "Halimah Contoh", None)).collect();
        counter.sync(world, &made.iter().map(|(raw, _)| raw.clone()).collect::<Vec<_>>());
        for (at, body) in [returned("mismatch"), returned("mismatch"), returned("unreadable")].iter().enumerate() {
            world.district.decide(&made[at].1, "Sari", body).expect("returned");
        }
        world.district.decide(&made[3].1, "Sari", &Body::Taken).expect("taken");
        let refused = Body::Refused(Reason { reason: "bukan warga".into() });
        world.district.decide(&made[3].1, "Sari", &refused).expect("refused");
        let arrivals = of(world, "arrivals");
        let sum = |at: usize| arrivals.rows.iter().map(|row| row.values[at]).sum::<i64>();
        assert_eq!((arrivals.rows.len(), sum(0), sum(1)), (30, 5, 4));
        assert_eq!(arrivals.finding, "Antrean bertambah 1 berkas: 5 masuk, 4 dijawab.");
        let returns = of(world, "returns");
        assert_eq!(counts(&returns), [("Isian tidak sama dengan dokumen", &[2][..]), ("Pindaian tidak terbaca", &[1][..])]);
        assert!(returns.finding.ends_with("Isian tidak sama dengan dokumen (2 dari 3)."), "{}", returns.finding);
        assert_eq!(of(world, "waiting").rows[0].values, [1]);
        assert_eq!(counts(&of(world, "places")), [("Tapin Utara", &[5][..])]);
    }

    fn a_counter_that_is_silent_for_longer_than_usual_is_named(world: &World) {
        let mut counter = Counter::enrol(world, OFFICE, 1);
        counter.sync(world, &[]);
        assert!(of(world, "silent").rows.is_empty());
        world.district.db.write(|tx| tx.execute("UPDATE device SET last_sync = last_sync - 172800000, enrolled = enrolled - 172800000", &[])).expect("two days");
        let silent = of(world, "silent");
        assert_eq!((silent.rows.len(), silent.rows[0].values[0]), (1, 48), "{silent:?}");
        assert!(silent.finding.contains("Rantau Kiwa"), "{}", silent.finding);
    }

    fn a_figure_comes_as_csv_to_officers_only_and_no_cell_is_a_formula(world: &World) {
        world.district.set_officer("Sari", PASSPHRASE).expect("officer");
        let ask = |path: &str, cookie: &str| world.http(Request::get(path).header("cookie", cookie).body(HttpBody::empty()).expect("request"));
        assert_eq!(ask("/officer/api/figures", "").0, 401);
        assert_eq!(ask("/officer/api/figures/arrivals", "").0, 401);
        let cookie = format!("jukung_officer={}", world.district.sign_in("Sari", PASSPHRASE).expect("signed in"));
        let (status, _, body) = ask("/officer/api/figures/arrivals?days=7", &cookie);
        let text = String::from_utf8(body).expect("text");
        assert_eq!((status, text.lines().count(), text.lines().next()), (200, 8, Some("Hari,Masuk,Dijawab")));
        assert_eq!(ask("/officer/api/figures/nothing", &cookie).0, 404);
        assert_eq!(ask("/officer/api/figures?days=8", &cookie).0, 400);
        world.district.db.write(|tx| tx.execute("UPDATE office SET code = '=1+1'", &[])).expect("a strange code");
        let csv = String::from_utf8(ask("/officer/api/figures/places", &cookie).2).expect("text");
        assert!(!csv.lines().any(|l| l.starts_with(['=', '+', '-', '@'])), "{csv}");
    }
}
