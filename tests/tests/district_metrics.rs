//! Goal: whoever runs the server sees how it is, on both engines, and nothing of anybody who handed something in.

mod district_world;

use axum::body::Body as HttpBody;
use axum::http::Request;
use district_world::{Counter, Engine, OFFICE, World, shared};
use jukung_domain::event::Body;

fn asked(world: &World, header: Option<(&str, &str)>) -> (u16, String) {
    let request = Request::get("/metrics");
    let request = header.into_iter().fold(request, |request, (name, value)| request.header(name, value));
    let (status, _, body) = world.http(request.body(HttpBody::empty()).expect("request"));
    (status, String::from_utf8(body).expect("text"))
}

fn value(text: &str, name: &str) -> Option<i64> {
    text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.parse().ok())
}

both_engines! {
    fn what_is_counted_is_what_is_there(world: &World) {
        let (_, before) = asked(world, None);
        assert_eq!(value(&before, "jukung_computers{state=\"active\"}"), None, "{before}");
        let mut counter = Counter::enrol(world, OFFICE, 1);
        let made: Vec<(String, String)> = (1..=3).map(|n| counter.create(n, "Halimah Contoh", None)).collect();
        counter.sync(world, &made.iter().map(|(raw, _)| raw.clone()).collect::<Vec<_>>());
        world.district.decide(&made[0].1, "Sari", &Body::Taken).expect("taken");
        let (status, text) = asked(world, None);
        assert_eq!(status, 200);
        assert!(text.ends_with("# EOF\n"), "the end that OpenMetrics asks for");
        for (name, there) in [
            ("jukung_applications{status=\"SUBMITTED\"}", 2),
            ("jukung_applications{status=\"IN_VERIFICATION\"}", 1),
            ("jukung_computers{state=\"active\"}", 1),
            ("jukung_computers_silent{days=\"1\"}", 0),
            ("jukung_computers_silent{days=\"7\"}", 0),
            ("jukung_feed_entries", 4),
            ("jukung_quarantine", 0),
            ("jukung_complaints_overdue", 0),
            ("jukung_duties_overdue", 0),
        ] {
            assert_eq!(value(&text, name), Some(there), "{name} in {text}");
        }
        assert!(value(&text, "jukung_applications_oldest_seconds{status=\"SUBMITTED\"}").is_some_and(|s| s >= 0));
        // A tenth of a minute or so may pass on the tests' clock; a silent computer is one of eight days.
        let sql = "UPDATE device SET last_sync = last_sync - 691200000";
        world.district.db.write(|tx| tx.execute(sql, &[])).expect("aged");
        assert_eq!(value(&asked(world, None).1, "jukung_computers_silent{days=\"7\"}"), Some(1));
    }

    fn nobody_is_named_in_what_is_counted(world: &World) {
        let mut counter = Counter::enrol(world, OFFICE, 1);
        let (create, id) = counter.create(1, "Halimah Contoh", None);
        counter.sync(world, &[create]);
        for path in [format!("/officer/api/applications/{id}"), "/s/K7F-3M8-2TW?nik=6305041004500001".to_owned()] {
            world.http(Request::get(path).body(HttpBody::empty()).expect("request"));
        }
        let text = asked(world, None).1;
        assert!(text.contains("route=\"/officer/api/applications/{id}\""), "by its route: {text}");
        for word in [id.as_str(), "Halimah", "63.05", "6305041004500001", "K7F"] {
            assert!(!text.contains(word), "{word} in {text}");
        }
    }

    fn a_web_server_that_passes_calls_on_gets_no_counts(world: &World) {
        assert_eq!(asked(world, Some(("x-forwarded-for", "203.0.113.9"))).0, 404);
        assert_eq!(asked(world, Some(("forwarded", "for=203.0.113.9"))).0, 404);
        assert_eq!(asked(world, None).0, 200);
    }
}
