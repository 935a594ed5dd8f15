//! Goal: a supervisor of a subdistrict is told figures of its villages and nothing of any resident, a village is told about
//! itself alone, and what is not known is not claimed, on both engines (decision 0034).

mod district_world;

use district_world::{Counter, Engine, OFFICE, World, shared};
use jukung_district::ended::End;
use jukung_domain::event::{Body, Returned};
use jukung_domain::subdistrict::{OfficeTold, Subdistrict};
use jukung_domain::wire::SyncHead;

const SUBDISTRICT: &str = "63.05.04";
const ELSEWHERE: &str = "63.05.05.2001";

/// What a counter is told when its supervisor looks.
fn told(world: &World, counter: &Counter) -> Option<Subdistrict> {
    counter.hand_back(world, &[], |head: &mut SyncHead| head.sub = true).0.sub
}

fn codes(told: &Subdistrict) -> Vec<&str> {
    told.offices.iter().map(|office| office.code.as_str()).collect()
}

fn of<'a>(told: &'a Subdistrict, office: &str) -> &'a OfficeTold {
    told.offices.iter().find(|one| one.code == office).expect("the office")
}

fn returned(reason: &str) -> Body {
    Body::Returned(Returned {
        reason: reason.into(),
        target: "applicant.name".into(),
        note: "Mohon dilengkapi.".into(),
    })
}

both_engines! {
    fn a_subdistrict_is_told_about_its_villages_and_a_village_about_itself_alone(world: &World) {
        let counters = [(SUBDISTRICT, 1), (OFFICE, 2), (ELSEWHERE, 3)].map(|(office, seed)| Counter::enrol(world, office, seed));
        let [subdistrict, village, elsewhere] = &counters;
        assert_eq!(codes(&told(world, subdistrict).expect("told")), [SUBDISTRICT, OFFICE]);
        assert_eq!(codes(&told(world, village).expect("told")), [OFFICE]);
        assert_eq!(codes(&told(world, elsewhere).expect("told")), [ELSEWHERE]);
        assert!(subdistrict.send(world, &[], &[]).expect("an answer").0.sub.is_none(), "nobody asked");
        world.district.end(&subdistrict.card.device.to_string(), End::Retired).expect("retired");
        assert!(told(world, subdistrict).is_none(), "its work has ended");
    }

    fn files_and_what_came_back_are_counted_without_a_word_of_anybody(world: &World) {
        let subdistrict = Counter::enrol(world, SUBDISTRICT, 9);
        let mut village = Counter::enrol(world, OFFICE, 1);
        let made: Vec<(String, String)> = (1..=5).map(|n| village.create(n, "Halimah Contoh", None)).collect();
        village.sync(world, &made.iter().map(|(raw, _)| raw.clone()).collect::<Vec<_>>());
        for (at, reason) in [(0, "mismatch"), (1, "unreadable"), (2, "Halimah kurang lengkap")] {
            world.district.decide(&made[at].1, "Sari", &returned(reason)).expect("returned");
        }
        let said = told(world, &subdistrict).expect("told");
        let week = &of(&said, OFFICE).weeks[0];
        assert_eq!((week.people, week.files, week.returned, week.percent()), (1, 5, 3, 60));
        let reasons: Vec<(&str, i64)> = week.reasons.iter().map(|(code, n)| (code.as_str(), *n)).collect();
        assert_eq!(reasons, [("mismatch", 1), ("other", 1), ("unreadable", 1)]);
        assert_eq!((said.weeks.as_slice(), of(&said, OFFICE).weeks[1].files), (&["2026-11-23".to_owned(), "2026-11-16".to_owned()][..], 0));
        let text = serde_json::to_string(&said).expect("text");
        for secret in ["Halimah", "6305044107489901", made[0].1.as_str()] {
            assert!(!text.contains(secret), "{secret} is told: {text}");
        }
    }

    fn what_had_not_come_with_the_last_call_is_told_until_it_has(world: &World) {
        let subdistrict = Counter::enrol(world, SUBDISTRICT, 9);
        let mut village = Counter::enrol(world, OFFICE, 1);
        let silent = told(world, &subdistrict).expect("told").offices[1].computers[0].clone();
        assert_eq!((silent.last, silent.version.as_str(), silent.left), (0, "", 0), "it never called");
        let (raw, _) = village.create(1, "Halimah Contoh", Some(b"not here yet"));
        village.sync(world, &[raw]);
        village.hand_back(world, &[], |head| (head.logs[0].n, head.app) = (4, "0.0.9".into()));
        let said = told(world, &subdistrict).expect("told");
        let (office, computer) = (of(&said, OFFICE), &of(&said, OFFICE).computers[0]);
        assert_eq!((computer.version.as_str(), computer.left, office.waits), ("0.0.9", 3, 1));
        assert!(computer.left_since > 0 && computer.last >= computer.left_since && office.waits_since > 0);
        village.hand_back(world, &[], |head| head.logs[0].n = 3);
        let later = told(world, &subdistrict).expect("told");
        let still = &of(&later, OFFICE).computers[0];
        assert_eq!((still.left, still.left_since), (2, computer.left_since), "the oldest still waits");
        village.sync(world, &[]);
        let all = told(world, &subdistrict).expect("told");
        assert_eq!((of(&all, OFFICE).computers[0].left, of(&all, OFFICE).computers[0].left_since), (0, 0));
    }
}
