//! Goal: an application handed in twice is shown to a person, who decides, and both logs say so; on both engines.

mod district_world;

use district_world::{Counter, Engine, OFFICE, World, shared};
use jukung_district::similar::Verdict;

both_engines! {
    fn what_was_handed_in_twice_is_found_and_a_person_decides(world: &World) {
        let (mut here, mut there) = (Counter::enrol(world, OFFICE, 1), Counter::enrol(world, "63.05.04.1001", 2));
        let birth = |raw: &str, name: &str, mother: &str| {
            let mut event: serde_json::Value = serde_json::from_str(raw).expect("an event");
            event["p"]["d"]["service"] = "BIRTH_CERT".into();
            event["p"]["d"]["fields"] = serde_json::json!({ "child.name": name, "child.birthDate": "2026-11-01",
                "mother.name": mother, "applicant.name": "Rahmah", "applicant.kk": "6305041201100003" });
            event.to_string()
        };
        let (first, second, third) = (here.create(1, "x", None), there.create(2, "x", None), here.create(3, "x", None));
        here.sync(world, &[birth(&first.0, "Noerhajati", "Siti Aminah")]);
        there.sync(world, &[birth(&second.0, "Nurhayati", "Siti Aminah")]);
        here.sync(world, &[birth(&third.0, "Rusmini", "Siti Aminah")]);
        let found = world.district.similar(&first.1).expect("found");
        assert_eq!(found.iter().map(|s| s.id.as_str()).collect::<Vec<_>>(), [second.1.as_str()], "{found:?}");
        assert_eq!(found[0].why, ["nama sama", "nama ibu sama", "tanggal lahir sama", "nomor KK sama"]);
        assert_eq!((found[0].facts[0].here.as_str(), found[0].facts[0].there.as_str()), ("Noerhajati", "Nurhayati"));
        assert!(!format!("{found:?}").contains("6305041201100003"), "no number of anybody");
        let left = world.district.compare(&first.1, &second.1, "Sari", &Verdict { same: false }).expect("noted");
        assert!(left.is_empty() && world.district.similar(&second.1).expect("found").is_empty(), "asked once");
        for (id, other) in [(&first.1, &found[0].number), (&second.1, &world.district.detail(&first.1).expect("here").row.number)] {
            let history = world.district.detail(id).expect("here").history;
            let note = history.iter().filter(|h| h.contains("bukan ganda") && h.contains(other.as_str()) && h.contains("Sari"));
            assert_eq!(note.count(), 1, "{history:?}");
        }
        let one = world.district.compare(&first.1, &first.1, "Sari", &Verdict { same: true });
        assert_eq!(one.expect_err("with itself").code, "not_found");
        assert_eq!(here.sync(world, &[]).1.last().map(|e| e.t.clone()), Some("st".into()), "the counter hears it");
    }
}
