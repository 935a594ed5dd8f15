//! Goal: the district decides by order of arrival and by identity, whatever clocks, counters or old copies say.

mod district_world;

use district_world::{Counter, Engine, OFFICE, World, head_of, raw, shared};
use jukung_district::edge::Edge;
use jukung_domain::event::{Body, Created, Edited};
use jukung_ledger::params;
use jukung_ledger::tx::first;
use std::sync::atomic::{AtomicI64, Ordering};

fn named(name: &str) -> Body {
    Body::Edit(Edited { f: [("applicant.name".to_owned(), name.to_owned())].into(), ..Edited::default() })
}

/// A district whose clock runs backwards: its dead battery and its time server disagree.
fn backwards() -> Edge {
    static BACK: AtomicI64 = AtomicI64::new(1_795_399_200_000);
    Edge { now_ms: || BACK.fetch_sub(60_000, Ordering::Relaxed), ..shared() }
}

fn first_accepted_stays(world: &World) {
    let (mut one, mut two) = (Counter::enrol(world, OFFICE, 1), Counter::enrol(world, OFFICE, 2));
    let (create, id) = one.create(1, "Halimah Contoh", None);
    let base = head_of(&one, 1, &create);
    one.sync(world, &[create]);
    let seen = |body: &Body| raw(&id, Some(base.clone()), body);
    one.sync(world, &[seen(&named("Halimah Satu"))]);
    let (_, feed) = two.sync(world, &[seen(&named("Halimah Dua"))]);
    assert_eq!(feed.last().expect("told").o, "parked:conflict");
    assert_eq!(world.district.detail(&id).expect("here").row.subject, "Halimah Satu");
    let other = Edited { f: [("applicant.rt".to_owned(), "002".to_owned())].into(), ..Edited::default() };
    let (_, feed) = two.sync(world, &[seen(&Body::Edit(other))]);
    assert_eq!(feed.last().expect("told").o, "merged", "another answer does not overlap");
    let unknown = raw(&id, Some("0123456789abcdef".into()), &named("Halimah Tiga"));
    let (_, feed) = two.sync(world, &[unknown]);
    assert_eq!(feed.last().expect("told").o, "parked:unknown-base", "nobody knows what its author saw");
}

#[test]
fn the_first_accepted_answer_stays_though_the_districts_clock_runs_backwards_on_sqlite() {
    first_accepted_stays(&World::open(Engine::Sqlite, backwards()).expect("SQLite is always here"));
}

#[test]
fn the_first_accepted_answer_stays_though_the_districts_clock_runs_backwards_on_postgresql() {
    if let Some(world) = World::open(Engine::Postgres, backwards()) {
        first_accepted_stays(&world);
    }
}

both_engines! {
    fn what_came_before_its_application_is_released_with_it_and_told(world: &World) {
        let (mut one, mut two) = (Counter::enrol(world, OFFICE, 1), Counter::enrol(world, OFFICE, 2));
        let (create, id) = one.create(1, "Halimah Contoh", None);
        let (_, feed) = two.sync(world, &[raw(&id, Some(head_of(&one, 1, &create)), &named("Halimah Baru"))]);
        assert_eq!(feed[0].o, "held");
        let (_, feed) = one.sync(world, &[create]);
        let told: Vec<(&str, &str)> = feed.iter().map(|e| (e.t.as_str(), e.o.as_str())).collect();
        assert_eq!(told, [("ok", "held"), ("ok", "applied"), ("rel", "applied")]);
        assert_eq!(world.district.detail(&id).expect("here").row.subject, "Halimah Baru");
    }

    fn a_number_that_stands_on_another_application_is_told_with_the_later_one(world: &World) {
        let (mut one, mut two) = (Counter::enrol(world, OFFICE, 1), Counter::enrol(world, OFFICE, 2));
        let (create, _) = one.create(1, "Halimah Contoh", None);
        one.sync(world, std::slice::from_ref(&create));
        let envelope = jukung_domain::event::read(&create).expect("readable");
        let Ok(Some(Body::Create(Created { n, d }))) = Body::read(&envelope) else { panic!("a new application") };
        let second = raw("00000000-0000-7000-8000-0000000000ff", None, &Body::Create(Created { n, d }));
        let (_, feed) = two.sync(world, &[second]);
        assert_eq!(feed.last().expect("told").o, "applied+number-conflict");
        assert_eq!(world.district.list(&Default::default()).expect("list").total, 2, "both are kept");
        let story = world.district.detail("00000000-0000-7000-8000-0000000000ff").expect("here").history;
        assert!(story[0].contains("juga dipakai berkas lain"), "officers are told, too: {story:?}");
    }

    fn what_an_older_build_held_is_decided_once_after_the_update(world: &World) {
        let mut counter = Counter::enrol(world, OFFICE, 1);
        let (create, id) = counter.create(1, "Halimah Contoh", None);
        let newer = raw(&id, None, &named("Halimah Baru")).replace("app.edit/1", "app.edit/9");
        let (_, feed) = counter.sync(world, &[create, newer]);
        assert_eq!(feed[1].o, "held:newer-app");
        assert_eq!(world.district.updated("8").expect("an update that does not know it either"), 0);
        // The update that knows it: here the stored kind becomes the one this build knows.
        let known = "UPDATE event SET kind = 'app.edit/1', raw = replace(raw, 'app.edit/9', 'app.edit/1')";
        world.district.db.write(|tx| tx.execute(known, &[])).expect("as if this build knew it");
        assert_eq!(world.district.updated("9").expect("updated"), 1);
        assert_eq!(world.district.updated("9").expect("once"), 0);
        let (_, feed) = counter.sync(world, &[]);
        assert_eq!((feed[0].t.as_str(), feed[0].o.as_str()), ("rel", "applied"));
        assert_eq!(world.district.detail(&id).expect("here").row.subject, "Halimah Baru");
    }

    fn an_acknowledgement_names_the_chain_and_another_history_is_a_fork_with_anchors(world: &World) {
        let mut counter = Counter::enrol(world, OFFICE, 1);
        let (mine, _) = counter.create(1, "Halimah Contoh", None);
        let (other, _) = counter.create(2, "Orang Lain", None);
        let (answer, _) = counter.send(world, &[other], &[]).expect("the other history");
        assert_eq!((answer.ack[0].1, answer.ack[0].2.len()), (1, 16));
        let (answer, feed) = counter.send(world, std::slice::from_ref(&mine), &[]).expect("mine");
        assert_eq!(answer.fork.len(), 1, "never taken for a duplicate");
        assert_eq!(answer.fork[0].a.last().map(|(n, _)| *n), Some(0), "the start is an anchor");
        assert_eq!((answer.ack[0].1, feed.len()), (1, 1), "nothing was taken in its place");
        counter.sync(world, &[]);
    }

    fn only_what_this_district_told_can_be_handed_back(world: &World) {
        let (mut one, two) = (Counter::enrol(world, OFFICE, 1), Counter::enrol(world, OFFICE, 2));
        let (create, id) = one.create(1, "Halimah Contoh", None);
        one.sync(world, &[create]);
        world.district.decide(&id, "Rahmah", &Body::Taken).expect("taken");
        let (_, feed) = two.send(world, &[], &[]).expect("read");
        let mut forged = feed[1].clone();
        forged.b = raw(&id, None, &Body::Approved);
        let (_, after) = two.hand_back(world, &[forged, feed[1].clone(), feed[0].clone()], |_| {});
        assert_eq!(after.len(), 2, "the genuine ones are here already, the forged one is not told");
        assert_eq!(world.district.detail(&id).expect("here").row.status, "IN_VERIFICATION");
        let aside = world.district.db.read(|tx| first(tx, "SELECT count(*) FROM quarantine WHERE reason = $1", params!["witness"]));
        assert_eq!(aside.expect("read").expect("a row").int(0).expect("count"), 1, "kept for a person");
    }

    fn a_position_of_another_history_is_asked_for_anchors_and_paged_from_the_common_one(world: &World) {
        let mut counter = Counter::enrol(world, OFFICE, 1);
        let (create, _) = counter.create(1, "Halimah Contoh", None);
        let (answer, _) = counter.sync(world, &[create]);
        let here = answer.cur.clone();
        let elsewhere = (9, "0123456789abcdef".to_owned());
        let (asked, entries) = counter.hand_back(world, &[], |h| h.cur = elsewhere.clone());
        assert!(asked.ask && entries.is_empty());
        let (page, entries) = counter.hand_back(world, &[], |h| {
            h.cur = elsewhere.clone();
            h.anch = vec![elsewhere.clone(), (0, jukung_domain::event::short(&jukung_domain::event::feed_start(OFFICE)))];
        });
        assert_eq!((page.common, entries.len(), page.cur), (Some(0), 1, here));
    }

    fn a_provisional_code_is_replaced_once_and_a_forgotten_one_is_learned(world: &World) {
        let counter = Counter::enrol(world, OFFICE, 1);
        let provisional = |h: &mut jukung_domain::wire::SyncHead| h.code = "X7K".into();
        let (first_time, _) = counter.hand_back(world, &[], provisional);
        let (again, _) = counter.hand_back(world, &[], provisional);
        let code = first_time.code.expect("a code");
        assert!(!code.starts_with('X') && code != counter.card.code);
        assert_eq!(again.code, Some(code), "the same when the answer was lost");
        let (learned, _) = counter.hand_back(world, &[], |h| h.code = "K7Z".into());
        assert_eq!(learned.code, None, "a restored district believes the holder");
        let other = Counter::enrol(world, OFFICE, 2);
        let (taken, _) = other.hand_back(world, &[], |h| h.code = "K7Z".into());
        assert!(taken.code.is_some_and(|c| c != "K7Z"), "never two holders");
    }
}
