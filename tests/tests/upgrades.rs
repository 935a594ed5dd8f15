//! Goal: a database of the first version becomes one of this version, with what it held, and is the same as a new one;
//! and what was saved without being indexed is found.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails right here")]

#[path = "../benches/figures/counter.rs"]
mod counter;
#[path = "../benches/figures/made_up.rs"]
mod made_up;

use jukung_ledger::migrate::{self, Home};
use jukung_ledger::{Db, DbProblem, params};
use jukung_office::edge::Edge;

/// The schema as the first version wrote it.
const FIRST: &str = include_str!("upgrades/schema-1.sql");

fn part(name: &str) -> &'static str {
    let rest = &FIRST[FIRST.find(&format!("-- PART {name}")).expect("the part")..];
    &rest[..rest[1..].find("-- PART ").map_or(rest.len(), |e| e + 1)]
}

fn opened(folder: &tempfile::TempDir, name: &str) -> Db {
    Db::open_sqlite(&folder.path().join(name), None).expect("a database")
}

/// Every table and index with its columns, in the order of their names.
fn shape(db: &Db) -> Vec<String> {
    let sql = "SELECT m.type, m.name, p.name, p.type, p.\"notnull\", p.pk FROM sqlite_master m
               LEFT JOIN pragma_table_info(m.name) p WHERE m.name NOT LIKE 'sqlite_%' ORDER BY m.name, p.cid";
    db.read(|tx| tx.query(sql, &[])).expect("the shape").iter().map(|row| format!("{row:?}")).collect()
}

fn from_the_first_version(folder: &tempfile::TempDir, home: Home, name: &str) -> Db {
    let db = opened(folder, "old.db");
    db.write(|tx| {
        tx.batch("CREATE TABLE schema_version (version BIGINT NOT NULL); INSERT INTO schema_version VALUES (1)")?;
        tx.batch(part("both"))?;
        tx.batch(part(name))?;
        tx.execute(
            "INSERT INTO blob (sha256, office, bytes, media, state, key, at) VALUES ($1, 'a', 5, 'image/jpeg', 'held', '', 0)",
            params!["aa"],
        )?;
        // Two events of one application: the feed has told the second one first, and nobody the third.
        for (seq, uid) in [(10, "e10"), (11, "e11"), (12, "e12")] {
            tx.execute(
                "INSERT INTO event (uid, device, incarnation, seq, chain, app, kind, raw, outcome, at) VALUES ($1, 'd', 7, $2, $3, 'x', 'app.note/1', '{}', 'applied', 1)",
                params![uid, i64::from(seq), format!("chain {uid}")],
            )?;
        }
        tx.batch("INSERT INTO feed (office, n, kind, ref, outcome, hash) VALUES ('a', 1, 'ok', 'e11', 'applied', ''), ('a', 2, 'ok', 'e10', 'applied', '')")?;
        if home == Home::Office {
            tx.batch("INSERT INTO inc (inc, code, next, chain, hlc, acked, closed) VALUES (7, 'K7F', 12, '', 0, 4, 0)")?;
            tx.batch("INSERT INTO queue (app, since, last_seq, tries, problem, received) VALUES ('x', 1, 11, 2, '', 0)")?;
        }
        Ok::<_, DbProblem>(())
    })
    .expect("the old database");
    db.write(|tx| migrate::run(tx, home)).expect("brought up to date");
    db
}

#[test]
fn a_database_of_the_first_version_becomes_the_same_as_a_new_one() {
    for (home, name) in [(Home::Office, "office"), (Home::District, "district")] {
        let folder = tempfile::tempdir().expect("a folder");
        let old = from_the_first_version(&folder, home, name);
        let new = opened(&folder, "new.db");
        new.write(|tx| migrate::run(tx, home)).expect("a new one");
        assert_eq!(shape(&old), shape(&new), "{name}");
        let kept = old.read(|tx| tx.query("SELECT office, bytes FROM blob", &[])).expect("its scan");
        assert_eq!(kept.len(), 1, "{name}");
    }
}

#[test]
fn what_an_older_office_had_on_its_way_still_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let db = from_the_first_version(&folder, Home::Office, "office");
    let queue = db.read(|tx| tx.query("SELECT last_seq, tries FROM queue", &[])).expect("the queue");
    assert_eq!((queue[0].int(0).expect("seq"), queue[0].int(1).expect("tries")), (11, 2));
    let life = db.read(|tx| tx.query("SELECT next, acked, indexed FROM inc", &[])).expect("the life");
    assert_eq!(life[0].int(2).expect("indexed"), 11, "names were findable before");
}

#[test]
fn events_of_an_older_version_keep_their_places_and_the_order_in_which_they_were_told() {
    for (home, name) in [(Home::Office, "office"), (Home::District, "district")] {
        let folder = tempfile::tempdir().expect("a folder");
        let db = from_the_first_version(&folder, home, name);
        let rows = |sql: &str| -> Vec<(String, i64)> {
            let rows = db.read(|tx| tx.query(sql, &[])).expect("rows");
            rows.iter().map(|r| (r.text(0).expect("uid"), r.int(1).expect("number"))).collect()
        };
        let told = rows("SELECT uid, turn FROM event ORDER BY uid");
        assert_eq!(told, [("e10".to_owned(), 2), ("e11".to_owned(), 1), ("e12".to_owned(), 0)], "{name}");
        let placed = rows(
            "SELECT uid, seq FROM log WHERE device = 'd' AND incarnation = 7 AND chain = 'chain ' || uid ORDER BY seq",
        );
        assert_eq!(placed.iter().map(|(_, seq)| *seq).collect::<Vec<_>>(), [10, 11, 12], "{name}");
    }
}

#[test]
fn what_was_saved_just_before_a_power_cut_is_found_by_name_and_number() {
    let folder = tempfile::tempdir().expect("a folder");
    let office = counter::open(folder.path(), &Edge::system());
    let done = office.submit_document(&made_up::application(&office, 3)).expect("handed in");
    // Nothing looked for it before the end, and the end was no clean one.
    drop(office);
    let office = counter::again(folder.path(), &Edge::system());
    for text in [made_up::name(3), made_up::nik(3), done.number.clone()] {
        let hits = office.search(&text).expect("a search");
        assert!(hits.iter().any(|h| h.id == done.application || h.id == made_up::nik(3)), "{text}: {hits:?}");
    }
    // A new version that made the index anew puts the names in again.
    let empty = "DROP TABLE name_fts; CREATE VIRTUAL TABLE name_fts USING fts5(folded, content='', contentless_delete=1, prefix='2 3 4 5 6', detail=none)";
    office.db().write(|tx| tx.batch(empty)).expect("an empty index");
    assert!(office.search(&made_up::name(3)).expect("a search").is_empty());
    drop(office);
    let office = counter::again(folder.path(), &Edge::system());
    assert!(!office.search(&made_up::name(3)).expect("a search").is_empty());
    assert_eq!(office.by_number(&done.number).expect("its receipt"), done.application);
}
