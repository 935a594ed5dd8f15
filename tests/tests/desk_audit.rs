//! Goal: what officers saw and did stands in one chain; nothing of it is changed, cut or put in unseen, also by whoever has the
//! database, once its end was written down elsewhere; the same on both engines.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails right here")]

mod district_world;

use district_world::{Counter, Engine, OFFICE, PASSPHRASE, World, shared};
use jukung_district::desk_audit::{Chain, HEADS};
use jukung_district::retention::{Change, Class};
use jukung_ledger::params;
use std::path::PathBuf;

/// Six records: who came in, who was refused, three openings and the opening of a trace.
fn worked(world: &World) -> String {
    let mut counter = Counter::enrol(world, OFFICE, 1);
    let (create, id) = counter.create(1, "Halimah Contoh", None);
    counter.sync(world, &[create]);
    world.district.set_officer("Sari", PASSPHRASE).expect("officer");
    world.district.sign_in("Sari", PASSPHRASE).expect("in");
    world.district.sign_in("Sari", "kata sandi salah").unwrap_err();
    (0..3).for_each(|_| world.district.note_opening(&id, "Sari", "").expect("opened"));
    world.district.trace("Sari", "6305044107489901").expect("traced");
    id
}

fn change(world: &World, sql: &str) {
    world.district.db.write(|tx| tx.batch(sql)).expect("changed behind its back");
}

fn all(world: &World) -> Chain {
    world.district.desk_audit(None).expect("read")
}

fn records(world: &World) -> Vec<String> {
    let rows = world.district.db.read(|tx| tx.query("SELECT record FROM desk_audit ORDER BY n", &[])).expect("read");
    rows.iter().map(|r| r.text(0).unwrap()).collect()
}

/// Ends as a backup writes them; on PostgreSQL, whose copies its own tools make, as SQLite's would be.
fn heads(world: &World) -> PathBuf {
    let folder = world.folder.path().join("elsewhere");
    std::fs::create_dir_all(&folder).expect("folder");
    world.district.leave_head(&folder).expect("written down");
    folder.join(HEADS)
}

both_engines! {
    fn everything_an_officer_saw_is_one_record_without_a_number_or_a_name_of_anybody_else(world: &World) {
        let id = worked(world);
        assert_eq!(all(world), Chain { from: 1, to: 6, broken: 0 });
        let told = records(world);
        let acts: Vec<bool> = ["enter", "refused", "open", "open", "open", "open"].iter().zip(&told).map(|(act, r)| r.contains(&format!("\"act\":\"{act}\""))).collect();
        assert_eq!(acts, [true; 6], "{told:?}");
        for text in ["6305044107489901", "Halimah", id.as_str(), "salah"] {
            assert!(!told.join(" ").contains(text), "{text}");
        }
        assert_eq!(world.district.desk_audit(Some(2)).expect("read"), Chain { from: 5, to: 6, broken: 0 });
    }

    fn every_change_of_a_record_is_told_where_it_stands(world: &World) {
        worked(world);
        let mut noticed = 0;
        for (n, record) in (1..).zip(records(world)) {
            for field in ["\"at\":", "\"who\":\"", "\"act\":\"", "\"of\":\"", "\"what\":\"", "\"n\":", "\"v\":"] {
                let changed = record.replacen(field, &format!("{field}1"), 1);
                let set = |text: &str| world.district.db.write(|tx| tx.execute("UPDATE desk_audit SET record = $1 WHERE n = $2", params![text, n])).expect("set");
                set(&changed);
                assert_eq!(all(world).broken, n, "{field}");
                set(&record);
                noticed += 1;
            }
        }
        eprintln!("{noticed} changes of records at the Dinas, {noticed} noticed");
        assert_eq!(all(world).broken, 0);
        for (sql, at) in [
            ("UPDATE desk_audit SET n = 40 WHERE n = 3; UPDATE desk_audit SET n = 3 WHERE n = 4; UPDATE desk_audit SET n = 4 WHERE n = 40", 3),
            ("DELETE FROM desk_audit WHERE n = 2", 2),
            ("DELETE FROM desk_audit WHERE n = 1", 1),
        ] {
            change(world, sql);
            assert_eq!(all(world).broken, at, "{sql}");
        }
    }

    fn an_end_that_was_written_down_elsewhere_finds_what_was_cut_and_calculated_anew(world: &World) {
        worked(world);
        let path = heads(world);
        assert_eq!(world.district.desk_audit_against(&path).expect("compared"), None);
        // Whoever has the database cuts the last ones off and puts the end back to where it was before.
        change(world, "DELETE FROM desk_audit WHERE n > 4;
            UPDATE meta SET v = (SELECT '4 ' || hash FROM desk_audit WHERE n = 4) WHERE k = 'desk_audit'");
        assert_eq!(all(world), Chain { from: 1, to: 4, broken: 0 }, "the chain alone does not see it");
        assert_eq!(world.district.desk_audit_against(&path).expect("compared").map(|head| head.n), Some(6));
        // And has it grow again: other records stand there now.
        (0..2).for_each(|_| world.district.note_opening("x", "Sari", "").expect("opened"));
        assert_eq!(world.district.desk_audit_against(&path).expect("compared").map(|head| head.n), Some(6));
        let forged = std::fs::read_to_string(&path).unwrap().replacen("\"n\":6", "\"n\":4", 1);
        std::fs::write(&path, forged).unwrap();
        assert_eq!(world.district.desk_audit_against(&path).unwrap_err().code, "audit_heads");
    }

    fn what_goes_by_rule_leaves_a_chain_that_still_holds(world: &World) {
        worked(world);
        let path = heads(world);
        change(world, "UPDATE desk_audit SET at = 1 WHERE n <= 3; UPDATE opened SET at = 1");
        let seen = world.district.retention().expect("here").seen;
        let rule = Change { basis: "Perbup Contoh 12/2026".into(), days: [("openings".into(), 365)].into(), seen };
        world.district.change_retention("Kepala", &rule).expect("set");
        world.district.propose_destruction("Sari", Class::Openings).expect("due");
        let record = world.district.retention().expect("here").records.remove(0);
        world.district.agree_destruction("Budi", &record.id).expect("agreed");
        assert_eq!(all(world), Chain { from: 4, to: 8, broken: 0 }, "the proposal and the agreement came in");
        assert_eq!(world.district.desk_audit_against(&path).expect("compared"), None);
        change(world, "DELETE FROM desk_audit WHERE n = 4");
        assert_eq!(all(world).broken, 4, "what no rule took is still missed");
    }
}

#[test]
fn officers_who_work_at_once_leave_one_chain() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let Some(world) = World::open(engine, shared()) else { continue };
        std::thread::scope(|scope| {
            for officer in ["Sari", "Budi", "Rina", "Dewi"] {
                let district = &world.district;
                scope.spawn(move || (0..10).for_each(|_| district.note_opening("x", officer, "").expect("opened")));
            }
        });
        assert_eq!(all(&world), Chain { from: 1, to: 40, broken: 0 });
    }
}

#[test]
fn each_backup_writes_the_end_down() {
    let world = World::open(Engine::Sqlite, shared()).expect("SQLite is always here");
    worked(&world);
    let to = world.folder.path().join("backup");
    for _ in 0..2 {
        world.district.back_up(&to).expect("a backup");
    }
    assert_eq!(std::fs::read_to_string(to.join(HEADS)).unwrap().lines().count(), 2);
    assert_eq!(world.district.desk_audit_against(&to.join(HEADS)).expect("compared"), None);
}
