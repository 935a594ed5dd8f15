//! Goal: what people do at a counter is written down once, chained, and names no resident; whatever is changed, cut off or
//! put back shows at the counter, at the district, or at both; and a restored computer is told from a tampered one.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails right here")]

mod office_world;

use jukung_domain::assignment::Assignment;
use jukung_domain::audit::{Record, next, start};
use jukung_domain::event::Hash;
use jukung_domain::wire;
use jukung_ledger::{Db, DbProblem, Row, Tx, params};
use jukung_office::audit_check::Audited;
use jukung_office::{Office, backup, home};
use office_world::{World, copy, edge, off, open, settled, world};
use std::sync::atomic::Ordering;

/// Somebody looks at something new, which only the audit knows of.
fn look(office: &Office) {
    office.change_settings(&serde_json::from_value(serde_json::json!({"theme": "light"})).unwrap()).unwrap();
}

fn rows(office: &Office) -> Vec<(i64, String, String)> {
    let rows = office.db().read(|tx| tx.query("SELECT id, record, hash FROM audit ORDER BY id", &[])).unwrap();
    rows.iter().map(|r| (r.int(0).unwrap(), r.text(1).unwrap(), r.text(2).unwrap())).collect()
}

fn records(office: &Office) -> Vec<Record> {
    rows(office).iter().map(|(_, record, _)| serde_json::from_str(record).unwrap()).collect()
}

fn codes(audited: &Audited) -> Vec<&'static str> {
    audited.told.iter().map(|t| t.code).collect()
}

fn change(office: &Office, sql: &str, values: &[jukung_ledger::Value]) {
    assert!(office.db().write(|tx| tx.execute(sql, values)).unwrap() > 0, "{sql}");
}

/// The whole audit as it stands.
fn taken(office: &Office) -> (Vec<Row>, Vec<Row>) {
    let all = |tx: &mut dyn Tx| {
        Ok::<_, DbProblem>((tx.query("SELECT * FROM audit", &[])?, tx.query("SELECT * FROM audit_chain", &[])?))
    };
    office.db().read(all).unwrap()
}

fn put(office: &Office, (audit, chains): &(Vec<Row>, Vec<Row>)) {
    let back = |tx: &mut dyn Tx| {
        tx.batch("DELETE FROM audit; DELETE FROM audit_chain")?;
        for row in audit {
            tx.execute("INSERT INTO audit VALUES ($1, $2, $3)", &row.0)?;
        }
        for row in chains {
            tx.execute("INSERT INTO audit_chain VALUES ($1, $2, $3, $4, $5, $6, $7)", &row.0)?;
        }
        Ok::<_, DbProblem>(())
    };
    office.db().write(back).unwrap();
}

/// Somebody works for a while: a draft, a hand-in, openings, a search, people, a print.
fn work(w: &World) -> (String, String) {
    let done = w.hand_in("Halimah Contoh");
    w.office.application(&done.0).unwrap();
    assert!(!w.office.search("halimah").unwrap().is_empty());
    let draft = w.office.new_draft("KTP_DAMAGED", None, None).unwrap();
    let change = serde_json::json!({"draft": draft.id, "fields": {"applicant.name": "Galuh Contoh"}, "reasons": {}, "missing": {}, "section": "", "field": ""});
    w.office.save(&serde_json::from_value(change).unwrap()).unwrap();
    w.office.discard_draft(&draft.id).unwrap();
    w.office.print_receipt(&done.0, "a5", 1).unwrap();
    w.office.add_person("Hamdi", "officer").unwrap();
    w.office.set_pin("482107").unwrap();
    done
}

#[tokio::test]
async fn what_people_do_is_written_down_once_and_names_no_resident() {
    let w = world(None).await;
    let (id, _) = work(&w);
    let kinds: Vec<String> = records(&w.office).into_iter().map(|r| r.k).collect();
    for kind in ["chain.begin", "unlock", "app.create/1", "open", "search", "draft", "doc.issued/1", "person", "secret"]
    {
        assert!(kinds.iter().any(|k| k == kind), "{kind} of {kinds:?}");
    }
    let all = rows(&w.office).into_iter().map(|(_, record, _)| record).collect::<String>();
    for never in ["6305044107489901", "Halimah", "halimah", "Galuh", "Hamdi", &id] {
        assert!(!all.contains(never), "{never}");
    }
    let audited = w.office.audit().unwrap();
    assert!(audited.told.is_empty(), "{:?}", audited.told);
    w.office.application(&id).unwrap();
    assert_eq!(rows(&w.office).len(), kinds.len(), "the same thing again is one opening for a while");
    let opened = w.office.audit_of(&id).unwrap();
    assert_eq!(opened.iter().filter(|r| r.k == "open").count(), 1);
}

#[tokio::test]
async fn nothing_is_written_down_of_what_was_not_done() {
    let w = world(None).await;
    let before = rows(&w.office).len();
    let draft = w.office.new_draft("KTP_DAMAGED", None, None).unwrap();
    let consent = serde_json::json!({"text_version": "1", "agreed": true, "news": false, "given_by": "self", "mark": "oral", "witnesses": ["Galuh"]});
    let consent = serde_json::from_value(consent).unwrap();
    assert!(w.office.submit(&draft.id, &consent).is_err(), "nothing was read back");
    assert!(w.office.restore_draft("nobody").is_err());
    assert_eq!(rows(&w.office).len(), before + 1, "only the draft was begun");
}

/// Texts of a record with one thing changed in each field.
fn changed(record: &str) -> Vec<String> {
    let fields: serde_json::Map<String, serde_json::Value> = serde_json::from_str(record).unwrap();
    let other = |value: &serde_json::Value| match value {
        serde_json::Value::Number(n) => (n.as_i64().unwrap() + 1).into(),
        serde_json::Value::Object(_) => serde_json::Value::Null,
        serde_json::Value::Array(_) => serde_json::json!(["x"]),
        serde_json::Value::Null | serde_json::Value::Bool(_) | serde_json::Value::String(_) => "x".into(),
    };
    let one = |name: &String| {
        let mut fields = fields.clone();
        fields.insert(name.clone(), other(&fields[name]));
        serde_json::Value::Object(fields).to_string()
    };
    fields.keys().map(one).chain([record.replace(':', ": ")]).collect()
}

#[tokio::test]
async fn every_record_that_is_changed_deleted_moved_or_cut_off_is_found() {
    let w = world(None).await;
    work(&w);
    w.office.sync(&w.road).await.unwrap();
    let whole = taken(&w.office);
    assert!(w.office.audit().unwrap().told.is_empty());
    let (mut tried, mut unseen) = (0, Vec::new());
    let mut attempt = |what: String, sql: &str, values: &[jukung_ledger::Value]| {
        tried += 1;
        change(&w.office, sql, values);
        if !w.office.audit().unwrap().is_wrong() {
            unseen.push(what);
        }
        put(&w.office, &whole);
    };
    let stand = rows(&w.office);
    for (id, record, hash) in &stand {
        for text in changed(record) {
            attempt(format!("{id}: {text}"), "UPDATE audit SET record = $1 WHERE id = $2", params![text, *id]);
        }
        let flipped = format!("{}{}", if hash.starts_with('0') { '1' } else { '0' }, &hash[1..]);
        attempt(format!("{id}: hash"), "UPDATE audit SET hash = $1 WHERE id = $2", params![flipped, *id]);
        attempt(format!("{id}: gone"), "DELETE FROM audit WHERE id = $1", params![*id]);
        attempt(format!("{id}: cut off behind"), "DELETE FROM audit WHERE id >= $1", params![*id]);
        let twice = "INSERT INTO audit (id, record, hash) SELECT (SELECT max(id) + 1 FROM audit), record, hash FROM audit WHERE id = $1";
        attempt(format!("{id}: twice"), twice, params![*id]);
    }
    for pair in stand.windows(2) {
        let swap = "UPDATE audit SET record = CASE id WHEN $1 THEN $2 ELSE $3 END, hash = CASE id WHEN $1 THEN $4 ELSE $5 END WHERE id IN ($1, $6)";
        let ((a, ra, ha), (b, rb, hb)) = (&pair[0], &pair[1]);
        attempt(format!("{a} and {b} swapped"), swap, params![*a, rb, ra, hb, ha, *b]);
    }
    for sql in [
        "UPDATE audit_chain SET chain = chain + 1",
        "UPDATE audit_chain SET first = first + 1",
        "UPDATE audit_chain SET acked = acked - 1",
        "UPDATE audit_chain SET acked = acked + 1",
        "UPDATE audit_chain SET hash = CASE WHEN hash LIKE 'aa%' THEN 'bb' ELSE 'aa' END || substr(hash, 3)",
        "UPDATE audit_chain SET told = told + 1",
        "UPDATE audit_chain SET sig = CASE WHEN sig LIKE 'aa%' THEN 'bb' ELSE 'aa' END || substr(sig, 3)",
        "DELETE FROM audit_chain",
        "DELETE FROM audit",
    ] {
        attempt(sql.to_owned(), sql, &[]);
    }
    println!("{tried} changes of {} records and their chain, {} not found", stand.len(), unseen.len());
    assert!(tried > 200 && unseen.is_empty(), "{unseen:#?}");
}

/// Writes the records from `id` on anew, as somebody with the database's key could: whole in itself.
fn rewritten(office: &Office, id: i64, edit: impl Fn(&mut Record)) {
    let mut hash: Option<Hash> = None;
    for (at, text, stands) in rows(office) {
        let mut record: Record = serde_json::from_str(&text).unwrap();
        if at == id {
            edit(&mut record);
        }
        if at >= id {
            let chain = wire::incarnation_from_hex(&record.l).unwrap();
            let before = if record.n == 1 { start(office.identity().device, chain) } else { hash.unwrap() };
            let text = serde_json::to_string(&record).unwrap();
            let new = next(&before, &text);
            change(
                office,
                "UPDATE audit SET record = $1, hash = $2 WHERE id = $3",
                params![text, hex::encode(new), at],
            );
            hash = Some(new);
        } else {
            let mut bytes = [0; 32];
            hex::decode_to_slice(stands, &mut bytes).unwrap();
            hash = Some(bytes);
        }
    }
}

async fn found(w: &World) -> Vec<(String, i64, i64)> {
    let district = w.district.clone();
    let found = off(move || district.audit_found().unwrap()).await;
    assert!(found.iter().all(|f| f.sentence.contains(' ')), "{found:?}");
    found.into_iter().map(|f| (f.kind, f.held, f.told)).collect()
}

both_engines! {
    async fn the_district_holds_and_signs_what_a_counter_told(w: World) {
        let (id, _) = work(&w);
        w.road.lose_reply.store(true, Ordering::Relaxed);
        let _ = w.office.sync(&w.road).await;
        look(&w.office);
        settled(&w, &[&w.office]).await;
        let audited = w.office.audit().unwrap();
        assert_eq!((audited.acknowledged, audited.told.is_empty()), (audited.records, true), "{:?}", audited.told);
        let district = w.district.clone();
        let known = off(move || district.audit_known().unwrap()).await;
        assert_eq!((known[0].chains, known[0].records), (1, audited.records));
        assert!(found(&w).await.is_empty());
        assert!(!w.office.audit_of(&id).unwrap().is_empty());
    }

    async fn an_end_that_is_cut_off_shows_on_both_sides(w: World) {
        work(&w);
        settled(&w, &[&w.office]).await;
        let held = i64::try_from(rows(&w.office).len()).unwrap();
        change(&w.office, "DELETE FROM audit WHERE id > $1", params![held - 3]);
        change(&w.office, "UPDATE audit_chain SET acked = 0, hash = '', told = 0, sig = ''", &[]);
        look(&w.office);
        settled(&w, &[&w.office]).await;
        assert_eq!(found(&w).await, [("shorter".to_owned(), held, held - 2)]);
        assert_eq!(codes(&w.office.audit().unwrap()), ["fork", "parted"], "and the next chain says so for ever");
        look(&w.office);
        settled(&w, &[&w.office]).await;
        assert_eq!(found(&w).await.len(), 1, "told once");
    }

    async fn records_that_are_rewritten_whole_show_on_both_sides(w: World) {
        work(&w);
        settled(&w, &[&w.office]).await;
        let held = i64::try_from(rows(&w.office).len()).unwrap();
        rewritten(&w.office, 4, |record| record.u = "somebody else".into());
        assert_eq!(codes(&w.office.audit().unwrap()), ["other"], "the district's own word is here");
        change(&w.office, "UPDATE audit_chain SET acked = 0, hash = '', told = 0, sig = ''", &[]);
        look(&w.office);
        settled(&w, &[&w.office]).await;
        assert_eq!(found(&w).await, [("fork".to_owned(), held, held + 1)]);
        assert_eq!(codes(&w.office.audit().unwrap()), ["fork", "parted"]);
    }

    async fn an_old_image_of_the_disk_is_told_from_a_cut(w: World) {
        work(&w);
        settled(&w, &[&w.office]).await;
        let image = w.folder.path().join("image");
        copy(&w.folder.path().join("office"), &image);
        for name in ["Kenari Contoh", "Rusmini Contoh", "Aminah Contoh", "Galuh Contoh"] {
            w.hand_in(name);
        }
        settled(&w, &[&w.office]).await;
        let held = i64::try_from(rows(&w.office).len()).unwrap();
        let back = open(&image);
        back.sync(&w.road).await.unwrap();
        back.sync(&w.road).await.unwrap();
        let all = found(&w).await;
        assert!(all.iter().any(|(kind, of, told)| kind == "copy" && *of == held && *told < held), "{all:?}");
        assert!(all.iter().all(|(kind, ..)| ["copy", "older"].contains(&kind.as_str())), "{all:?}");
        let audited = back.audit().unwrap();
        assert!(!audited.is_wrong(), "{:?}", audited.told);
        assert!(codes(&audited).iter().all(|c| ["life", "fork", "parted"].contains(c)), "{:?}", audited.told);
        assert!(!codes(&audited).is_empty());
    }

    async fn a_computer_that_takes_over_from_a_backup_says_what_it_is(w: World) {
        work(&w);
        settled(&w, &[&w.office]).await;
        w.office.back_up(&w.folder.path().join("stick")).unwrap();
        w.hand_in("Kenari Contoh");
        settled(&w, &[&w.office]).await;
        let held = i64::try_from(rows(&w.office).len()).unwrap();
        backup::restore(&w.folder.path().join("stick"), &w.folder.path().join("spare")).unwrap();
        let spare = open(&w.folder.path().join("spare"));
        let audited = spare.audit().unwrap();
        assert_eq!((audited.is_wrong(), codes(&audited)), (false, vec!["life"]), "{:?}", audited.told);
        spare.sync(&w.road).await.unwrap();
        spare.sync(&w.road).await.unwrap();
        let all = found(&w).await;
        assert_eq!(all.iter().map(|(kind, of, _)| (kind.as_str(), *of)).collect::<Vec<_>>(), [("older", held)]);
        assert!(!spare.audit().unwrap().is_wrong());
    }

    async fn a_restored_district_is_shown_its_own_word(w: World) {
        work(&w);
        settled(&w, &[&w.office]).await;
        let (backup, old) = (w.backup().await, i64::try_from(rows(&w.office).len()).unwrap());
        w.hand_in("Kenari Contoh");
        settled(&w, &[&w.office]).await;
        let new = i64::try_from(rows(&w.office).len()).unwrap();
        w.restore(&backup).await;
        w.hand_in("Rusmini Contoh");
        settled(&w, &[&w.office]).await;
        look(&w.office);
        settled(&w, &[&w.office]).await;
        assert_eq!(found(&w).await, [("restored_here".to_owned(), old, new)]);
        let audited = w.office.audit().unwrap();
        assert_eq!((audited.acknowledged, audited.told.is_empty()), (audited.records, true), "{:?}", audited.told);
    }

    async fn a_district_that_rewrites_an_end_is_found_by_the_counter(w: World) {
        work(&w);
        settled(&w, &[&w.office]).await;
        let district = w.district.clone();
        let sql = "UPDATE audit_head SET hash = 'aa' || substr(hash, 3)";
        off(move || district.db.write(|tx| tx.execute(sql, &[])).unwrap()).await;
        look(&w.office);
        settled(&w, &[&w.office]).await;
        assert_eq!(codes(&w.office.audit().unwrap()), ["fork", "parted"]);
        assert_eq!(found(&w).await.len(), 1);
    }
}

#[tokio::test]
async fn a_database_that_lost_its_newest_records_gets_them_back_from_the_file_beside_it() {
    let w = world(None).await;
    let (id, _) = work(&w);
    w.office.close().unwrap();
    let before = rows(&w.office);
    let last = before.len();
    change(&w.office, "DELETE FROM audit WHERE id > $1", params![i64::try_from(last).unwrap() - 4]);
    let dir = w.folder.path().join("office");
    drop(w.office);
    let office = open(&dir);
    let after = rows(&office);
    // The end of the session came after the file was written.
    assert_eq!(after[..last - 1], before[..last - 1]);
    let audited = office.audit().unwrap();
    assert_eq!((audited.is_wrong(), codes(&audited)), (false, vec!["cut"]), "{:?}", audited.told);
    assert!(!office.audit_of(&id).unwrap().is_empty(), "objects are found by the same key");
}

#[tokio::test]
async fn the_counter_writes_down_how_far_a_helpers_records_go_and_tells_what_is_cut_off_or_changed_later() {
    let w = world(None).await;
    let dir = w.folder.path().join("office");
    let letter = Assignment {
        school: "SDN Binuang 2".into(),
        letter: "800/12/SDN-B2/2026".into(),
        letter_day: "2 november 2026".into(),
        until: "30 juni 2027".into(),
    };
    let laila = w.office.add_helper("Laila", &letter).unwrap();
    w.office.close().unwrap();
    Office::open(&dir, "Laila", &laila.passphrase, edge()).unwrap().close().unwrap();
    let place = w.office.school_place(&laila.person);
    let key = home::card(&place).unwrap().unwrap().slots[0].open(&laila.passphrase).unwrap().keys.database;
    let theirs = Db::open_sqlite(&place.join("office.db"), Some(&key)).unwrap();
    let met = || {
        let office = open(&dir);
        let records = records(&office).into_iter().filter(|r| r.y == "helper.end").count();
        let told: Vec<&str> = office.audit().unwrap().told.iter().map(|told| told.code).collect();
        office.close().unwrap();
        (records, told)
    };
    assert_eq!(met(), (1, vec![]));
    assert_eq!(met(), (1, vec![]), "what is no news is not written down again");
    Office::open(&dir, "Laila", &laila.passphrase, edge()).unwrap().close().unwrap();
    assert_eq!(met(), (2, vec![]), "what goes on is no finding");
    let change = |sql: &str| theirs.write(|tx| tx.execute(sql, &[]).map(|_| ())).unwrap();
    change("DELETE FROM audit WHERE id = (SELECT max(id) FROM audit)");
    assert_eq!(met().1, ["helper"], "cut off");
    change("UPDATE audit SET hash = 'aa' || substr(hash, 3) WHERE id = (SELECT max(id) FROM audit)");
    assert_eq!(met().1, ["helper", "helper"], "written anew");
}
