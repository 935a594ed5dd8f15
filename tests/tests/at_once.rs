//! Goal: what a call makes of many events at once is, to the letter, what it makes of them one by one, on both engines.

mod district_world;

use district_world::{Counter, Engine, OFFICE, World, head_of, raw, repeated};
use jukung_domain::event::{Body, Created, Edited, Printed, Renumbered};
use jukung_ledger::Tx;
use jukung_tests::chance::Chance;

/// Applications of one run, and the runs for each engine.
const APPLICATIONS: i64 = 60;
const SEEDS: u64 = 4;
/// Events of a call that are taken one by one (district `at_once`).
const FEW: usize = 5;

/// What a counter of many kinds of day sends: applications with their receipts, and everything that can stand between.
fn events_of(counter: &Counter, seed: u64) -> Vec<String> {
    let mut chance = Chance::new(seed);
    let (mut events, mut made): (Vec<String>, Vec<(String, i64)>) = (Vec::new(), Vec::new());
    let edit =
        |value: &str| Body::Edit(Edited { f: [("applicant.rt".into(), value.into())].into(), ..Edited::default() });
    for n in 1..=APPLICATIONS {
        let name = if chance.below(20) == 0 { format!("Nama\0Ganjil {n}") } else { format!("Halimah binti {n}") };
        let scan = (chance.below(3) == 0).then(|| format!("a scan of {}", n % 7));
        let number = if chance.below(12) == 0 { 1 + n / 2 } else { n };
        let (first, id) = counter.create(n, &name, scan.as_ref().map(String::as_bytes));
        let first = if number == n { first } else { renumbered(counter, &first, number) };
        let printed =
            |copy| raw(&id, None, &Body::Printed(Printed { n: counter.number(n), sha256: String::new(), copy }));
        if chance.below(10) == 0 {
            events.push(printed(1));
        }
        let at = i64::try_from(events.len()).expect("few") + 1;
        let head = head_of(counter, at, &first);
        events.push(first);
        made.push((id.clone(), n));
        match chance.below(9) {
            0 => events.push(raw(&id, Some(head), &edit("002"))),
            1 => events.push("{not json".into()),
            2 => events.push(raw(&id, None, &Body::Approved)),
            3 => events.push(raw(&id, None, &edit("003")).replace("app.edit/1", "app.dance/9")),
            4 => {
                let (other, n) = &made[chance.below(made.len())];
                let to = Renumbered { n: counter.number(APPLICATIONS + n) };
                events.push(raw(other, None, &Body::Renumber(to)));
            }
            _ => events.push(printed(1)),
        }
        if chance.below(5) == 0 {
            events.push(printed(2));
        }
    }
    events
}

/// The same application under another number.
fn renumbered(counter: &Counter, first: &str, number: i64) -> String {
    let envelope = jukung_domain::event::read(first).expect("an event");
    let Ok(Some(Body::Create(created))) = Body::read(&envelope) else { panic!("a new application") };
    raw(&envelope.a.to_string(), None, &Body::Create(Created { n: counter.number(number), ..created }))
}

/// Everything that events leave at a district, as lines.
fn left(world: &World) -> Vec<String> {
    let tables = [
        ("event", "uid, device, incarnation, seq, app, kind, raw, outcome, at, turn", "uid"),
        ("log", "seq, uid, chain, signer, sig", "seq"),
        ("feed", "office, n, kind, ref, outcome, hash", "office, n"),
        ("office_feed", "office, next, hash", "office"),
        ("app", "id, office, number, service, status, subject, applicant, head, day, created, changed", "id"),
        ("folded", "app, state", "app"),
        ("lookup", "key, kind, app", "key, kind, app"),
        ("name_word", "word, app", "word, app"),
        ("blob", "sha256, office, bytes, media, state, at", "sha256"),
    ];
    let rows = |tx: &mut dyn Tx| {
        let mut lines = Vec::new();
        for (table, columns, order) in tables {
            let sql = format!("SELECT {columns} FROM {table} ORDER BY {order}");
            lines.extend(tx.query(&sql, &[])?.iter().map(|row| format!("{table} {row:?}")));
        }
        Ok::<_, jukung_ledger::DbProblem>(lines)
    };
    world.district.db.read(rows).expect("rows")
}

fn same_on(engine: Engine) {
    for seed in 1..=SEEDS {
        let mut lefts = Vec::new();
        for call in [usize::MAX, FEW] {
            let Some(world) = World::open(engine, repeated()) else { return };
            let mut counter = Counter::enrol(&world, OFFICE, 1);
            for events in events_of(&counter, seed).chunks(call) {
                counter.sync(&world, events);
            }
            lefts.push(left(&world));
        }
        let (at_once, one_by_one) = (&lefts[0], &lefts[1]);
        for (a, b) in at_once.iter().zip(one_by_one) {
            assert_eq!(a, b, "seed {seed}");
        }
        assert_eq!(at_once.len(), one_by_one.len(), "seed {seed}");
        for outcome in ["\"applied\"", "number-conflict", "held:newer-app", "parked:unreadable", "not-owner"] {
            assert!(at_once.iter().any(|line| line.contains(outcome)), "seed {seed} tries {outcome}");
        }
    }
}

#[test]
fn many_at_once_leave_what_one_by_one_leaves_on_sqlite() {
    same_on(Engine::Sqlite);
}

#[test]
fn many_at_once_leave_what_one_by_one_leaves_on_postgresql() {
    same_on(Engine::Postgres);
}
