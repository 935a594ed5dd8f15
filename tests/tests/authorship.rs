//! Goal: who wrote an event is proven by that person's own key; what is not proven is kept, told, and waits for an officer;
//! and no way a log may take (moved, set back, another passphrase, a stick) makes a true author doubted.

mod office_world;

use jukung_crypto::sign;
use jukung_district::doubt::Verdict;
use jukung_domain::event::{self, Authorship, Body, Edited, Origin, PersonKey};
use jukung_domain::wire::{self, FeedEntry, SyncHead, incarnation_hex};
use jukung_ledger::params;
use jukung_ledger::tx::first;
use jukung_office::sync::{Call, Reply, Road};
use jukung_office::{Office, own};
use office_world::{World, copy, counter_shows, edge, off, open, settled};
use std::future::Future;
use std::pin::Pin;
use std::sync::Mutex;

/// Outcomes of every event the district has of computers, with how many of each.
async fn outcomes(w: &World) -> Vec<(String, i64)> {
    let district = w.district.clone();
    let sql = "SELECT outcome, count(*) FROM event WHERE kind NOT LIKE 'st.%' GROUP BY outcome ORDER BY outcome";
    let rows = off(move || district.db.read(|tx| tx.query(sql, &[])).expect("read")).await;
    rows.iter().map(|r| (r.text(0).expect("outcome"), r.int(1).expect("count"))).collect()
}

/// Persons, and who vouched for their keys.
async fn authors(w: &World) -> Vec<(String, String)> {
    let district = w.district.clone();
    let sql = "SELECT person, vouched FROM author ORDER BY since, person";
    let rows = off(move || district.db.read(|tx| tx.query(sql, &[])).expect("read")).await;
    rows.iter().map(|r| (r.text(0).expect("person"), r.text(1).expect("by"))).collect()
}

/// Ends of runs the district keeps with their signatures.
async fn proofs(w: &World) -> i64 {
    let district = w.district.clone();
    let sql = "SELECT count(*) FROM log WHERE length(sig) = 128";
    off(move || district.db.read(|tx| first(tx, sql, &[])).expect("read").expect("one").int(0).expect("count")).await
}

/// Makes whatever this computer has not sent into what somebody with its keys, and nobody's own, could have written.
fn forge(office: &Office, person: &str) {
    let sql = "UPDATE log SET sig = '00', signer = $1 WHERE seq > (SELECT acked FROM inc WHERE closed = 0)";
    office.db().write(|tx| tx.execute(sql, params![person])).expect("forged");
}

/// An event of this computer as one that the district lost, without the district's mark.
fn lost(office: &Office, (kind, device): (&str, Option<uuid::Uuid>), seq: i64, raw: &str) -> FeedEntry {
    let log =
        office.db().read(|tx| first(tx, "SELECT inc FROM inc WHERE closed = 0", &[])).expect("read").expect("one");
    let incarnation = log.int(0).expect("a life");
    let device_of = device.unwrap_or(office.identity().device);
    let uid = event::uid(&Origin { device: device_of, incarnation, seq }, raw);
    FeedEntry {
        n: 90,
        t: kind.into(),
        r: hex::encode(uid),
        o: "applied".into(),
        b: raw.into(),
        d: device,
        k: 0,
        s: Some((incarnation_hex(incarnation), seq)),
        g: String::new(),
    }
}

/// A road that changes the first line of every call, adds entries that are handed back, and signs it with the computer's key
/// again: a thief who has that key.
struct Thief<'a> {
    office: &'a Office,
    road: &'a office_world::Cable,
    change: fn(&mut SyncHead),
    back: Vec<FeedEntry>,
    sent: Mutex<usize>,
}

impl Road for Thief<'_> {
    fn carry(
        &self,
        mut call: Call,
    ) -> Pin<Box<dyn Future<Output = Result<Reply, jukung_domain::problem::Problem>> + Send + '_>> {
        if call.path == "/v1/sync" {
            // As it is: the thief knows no dictionary.
            if call.headers.iter().any(|(name, _)| *name == "content-encoding") {
                return Box::pin(async { Ok(Reply { status: 415, body: Vec::new() }) });
            }
            let body = String::from_utf8(call.body).expect("plain");
            let mut lines = body.split('\n').map(str::to_owned);
            let mut head: SyncHead = serde_json::from_str(&lines.next().expect("a first line")).expect("a head");
            (self.change)(&mut head);
            head.wit += i64::try_from(self.back.len()).expect("few");
            let back = self.back.iter().map(|entry| serde_json::to_string(entry).expect("json"));
            let lines: Vec<String> = lines.chain(back).collect();
            head.sig = String::new();
            let unsigned = wire::body(&head, &lines).expect("a body");
            head.sig = hex::encode(sign::sign(&self.office.seed(), &wire::signed_bytes("/v1/sync", &unsigned)));
            call.body = wire::body(&head, &lines).expect("a body");
            *self.sent.lock().expect("free") += 1;
        }
        self.road.carry(call)
    }
}

both_engines! {
    async fn what_people_write_is_proven_by_their_own_keys_and_new_people_are_vouched_for(w: World) {
        w.hand_in("Aminah Contoh");
        let handed = w.office.add_person("Hamdi", "officer").expect("added");
        w.office.close().expect("closed");
        let dir = w.folder.path().join("office");
        let hamdi = Office::open(&dir, "Hamdi", &handed.passphrase, edge()).expect("Hamdi");
        w.hand_in_at(&hamdi, "Galuh Contoh");
        settled(&w, &[&hamdi]).await;
        assert!(outcomes(&w).await.iter().all(|(outcome, _)| outcome == "applied"), "{:?}", outcomes(&w).await);
        let authors = authors(&w).await;
        let (rahmah, of_hamdi) = (&authors[0], &authors[1]);
        assert_eq!((authors.len(), &rahmah.1), (2, &rahmah.0), "the first person says it for herself");
        assert_eq!((&of_hamdi.0, &of_hamdi.1), (&handed.person, &rahmah.0), "Hamdi's key is vouched for");
        assert_eq!(proofs(&w).await, 2, "one signature for each run, not for each event");
    }

    async fn what_nobody_signed_is_kept_told_and_taken_when_an_officer_believes_it(w: World) {
        w.hand_in("Aminah Contoh");
        settled(&w, &[&w.office]).await;
        let (id, _) = w.hand_in("Galuh Contoh");
        forge(&w.office, &w.office.identity().person.id.clone());
        for _ in 0..2 {
            w.office.sync(&w.road).await.expect("it is taken");
        }
        assert!(outcomes(&w).await.contains(&("parked:author".into(), 1)), "{:?}", outcomes(&w).await);
        assert_eq!(w.stored_at_district().await, 1, "it is kept and not taken in");
        let row = w.office.attention().expect("rows").remove(0);
        assert_eq!((&row.id, row.does.as_str()), (&id, "seen"), "and the counter is told");
        assert!(row.sentence.contains("siapa yang menulis"), "{}", row.sentence);
        let (district, device) = (w.district.clone(), w.office.identity().device.to_string());
        let waiting = off({ let district = district.clone(); move || district.unproven().expect("read") }).await;
        assert_eq!((waiting.len(), waiting[0].events, &waiting[0].device), (1, 1, &device));
        assert_eq!(off({ let district = district.clone(); move || district.accept_unproven("nobody", "Verifikator") }).await.expect_err("nobody").code, "not_found");
        assert_eq!(off(move || district.accept_unproven(&device, "Verifikator").expect("taken")).await, 1);
        settled(&w, &[&w.office]).await;
        assert_eq!((w.stored_at_district().await, outcomes(&w).await), (2, vec![("applied".into(), 3)]));
        assert_eq!(w.office.application(&id).expect("here").status, "SUBMITTED");
        assert_eq!(counter_shows(&w.office), w.district_shows().await);
    }

    async fn an_officer_believes_or_refuses_each_of_them_once_and_the_counter_is_told(w: World) {
        w.hand_in("Aminah Contoh");
        settled(&w, &[&w.office]).await;
        let (galuh, _) = w.hand_in("Galuh Contoh");
        let (rusmini, _) = w.hand_in("Rusmini Contoh");
        forge(&w.office, &w.office.identity().person.id.clone());
        w.office.sync(&w.road).await.expect("it is taken");
        let district = w.district.clone();
        let doubts = off({ let d = district.clone(); move || d.doubts().expect("read") }).await;
        assert_eq!((doubts.len(), off({ let d = district.clone(); move || d.doubted().expect("read") }).await), (2, 2));
        let number = |id: &str| w.office.application(id).expect("here").number;
        let of = |id: &str| doubts.iter().find(|d| d.number == number(id)).expect("listed").clone();
        let (refused, believed) = (of(&galuh), of(&rusmini));
        assert!(refused.why.contains("tidak cocok") && refused.said.iter().any(|(_, v)| v == "Galuh Contoh"), "{refused:?}");
        let digits = |v: &str| v.chars().filter(char::is_ascii_digit).count();
        assert!(refused.said.iter().all(|(_, v)| digits(v) < 16), "numbers stay masked: {:?}", refused.said);
        // Two officers press at the same time.
        let pressed = ["Verifikator", "Kepala"].map(|name| {
            let (d, uid) = (district.clone(), believed.uid.clone());
            std::thread::spawn(move || d.settle_doubt(&uid, Verdict::Believed, name).map_err(|p| p.code))
        });
        let mut said = off(move || pressed.map(|thread| thread.join().expect("ended"))).await;
        said.sort();
        assert_eq!(said, [Ok(()), Err("settled_already".to_owned())]);
        off({ let d = district.clone(); let uid = refused.uid.clone(); move || d.settle_doubt(&uid, Verdict::Refused, "Kepala") }).await.expect("refused");
        let again = off({ let d = district.clone(); let uid = refused.uid.clone(); move || d.settle_doubt(&uid, Verdict::Believed, "Kepala") }).await;
        assert_eq!(again.expect_err("once").code, "settled_already");
        let device = w.office.identity().device.to_string();
        assert_eq!(off({ let d = district.clone(); move || d.accept_unproven(&device, "Kepala").expect("none left") }).await, 0);
        for _ in 0..2 {
            w.office.sync(&w.road).await.expect("told");
        }
        assert_eq!(w.stored_at_district().await, 2, "the refused one is nowhere");
        let told = off(move || district.db.read(|tx| tx.query("SELECT outcome FROM feed WHERE kind = 'rel' ORDER BY outcome", &[])).expect("read")).await;
        let told: Vec<String> = told.iter().map(|r| r.text(0).expect("outcome")).collect();
        assert_eq!(told, ["applied", "parked:author-refused"], "each is told once");
        let rows = w.office.attention().expect("rows");
        assert_eq!((rows.len(), &rows[0].id), (1, &galuh));
        assert!(rows[0].sentence.contains("menolak"), "{}", rows[0].sentence);
    }

    async fn whoever_has_the_computers_key_alone_is_nobody(w: World) {
        w.hand_in("Aminah Contoh");
        settled(&w, &[&w.office]).await;
        for change in [
            (|head| head.logs.iter_mut().for_each(|part| part.r.clear())) as fn(&mut SyncHead),
            |head| head.logs.iter_mut().flat_map(|part| &mut part.r).for_each(|run| run.1 = "somebody".into()),
            |head| head.logs.iter_mut().flat_map(|part| &mut part.r).for_each(|run| run.2 = "00".repeat(64)),
        ] {
            let before = outcomes(&w).await.iter().filter(|(o, _)| o == "parked:author").map(|(_, n)| *n).sum::<i64>();
            w.hand_in("Galuh Contoh");
            let thief = Thief { office: &w.office, road: &w.road, change, back: Vec::new(), sent: Mutex::default() };
            w.office.sync(&thief).await.expect("the call is a computer's of this district");
            assert!(*thief.sent.lock().expect("free") > 0);
            let after = outcomes(&w).await.iter().filter(|(o, _)| o == "parked:author").map(|(_, n)| *n).sum::<i64>();
            assert_eq!(after, before + 1, "kept, and doubted");
        }
    }

    async fn a_key_that_somebody_says_alone_is_taken_and_found(w: World) {
        settled(&w, &[&w.office]).await;
        let body = Body::PersonKey(PersonKey { person: w.office.identity().person.id.clone(), key: "00".repeat(32) });
        let said = |tx: &mut dyn jukung_ledger::Tx| own::append_note(tx, w.office.identity(), &body, &edge(), 1);
        w.office.db().write(said).expect("said");
        settled(&w, &[&w.office]).await;
        let district = w.district.clone();
        let found = off(move || district.audit_found().expect("read")).await;
        assert_eq!(found.iter().map(|f| f.kind.as_str()).collect::<Vec<_>>(), ["author"]);
        assert!(found[0].sentence.contains("kode pemulihan"), "{found:?}");
    }

    async fn a_key_for_somebody_else_counts_only_from_who_is_proven_or_believed_by_an_officer(w: World) {
        settled(&w, &[&w.office]).await;
        let body = Body::PersonKey(PersonKey { person: "newcomer".into(), key: "ab".repeat(32) });
        let said = |tx: &mut dyn jukung_ledger::Tx| own::append_note(tx, w.office.identity(), &body, &edge(), 1);
        w.office.db().write(said).expect("said");
        forge(&w.office, &w.office.identity().person.id.clone());
        w.office.sync(&w.road).await.expect("it is taken");
        assert!(outcomes(&w).await.contains(&("parked:author".into(), 1)), "{:?}", outcomes(&w).await);
        assert_eq!(authors(&w).await.len(), 1, "whoever has the computer's key alone makes nobody one of its people");
        let (district, device) = (w.district.clone(), w.office.identity().device.to_string());
        assert_eq!(off(move || district.accept_unproven(&device, "Verifikator").expect("taken")).await, 1);
        assert_eq!(authors(&w).await.iter().filter(|(person, _)| person == "newcomer").count(), 1, "an officer stands for it");
    }

    async fn a_true_author_stays_one_wherever_the_log_goes(w: World) {
        let dir = w.folder.path().join("office");
        w.hand_in("Aminah Contoh");
        settled(&w, &[&w.office]).await;
        // The whole computer set back: what it writes next stands where something else stood, and moves to a new life.
        let image = w.folder.path().join("image");
        w.office.close().expect("closed");
        copy(&dir, &image);
        let office = open(&dir);
        w.hand_in_at(&office, "Galuh Contoh");
        settled(&w, &[&office]).await;
        let back = open(&image);
        w.hand_in_at(&back, "Rusmini Contoh");
        settled(&w, &[&back]).await;
        // A district set back is sent all of it again; a passphrase handed out anew brings another key.
        let early = w.backup().await;
        let handed = back.add_person("Hamdi", "supervisor").expect("added");
        let hamdi = Office::open(&image, "Hamdi", &handed.passphrase, edge()).expect("Hamdi");
        hamdi.change_passphrase(&handed.passphrase, "perahu besar di sungai").expect("his own");
        let me = back.identity().person.id.clone();
        let again = hamdi.reissue(&me).expect("another passphrase");
        let rahmah = Office::open(&image, "Rahmah", &again.passphrase, edge()).expect("Rahmah again");
        w.hand_in_at(&rahmah, "Kenari Contoh");
        settled(&w, &[&rahmah]).await;
        w.restore(&early).await;
        settled(&w, &[&rahmah]).await;
        assert!(!outcomes(&w).await.iter().any(|(outcome, _)| outcome == "parked:author"), "{:?}", outcomes(&w).await);
        assert_eq!(w.stored_at_district().await, 4);
    }
}

// What a computer hands back as lost (R5).
both_engines! {
    async fn nothing_is_believed_because_a_computer_says_that_the_district_lost_it(w: World) {
        let (id, _) = w.hand_in("Aminah Contoh");
        settled(&w, &[&w.office]).await;
        let before = w.district_shows().await;
        let me = w.office.identity().person.id.clone();
        let says = |author: &str, body: &Body| {
            let application = id.parse().expect("an id");
            let by = Authorship { application, base: None, hlc: (1, 0), clock: 't', author: author.to_owned() };
            event::write(&by, body).expect("an event")
        };
        let edit = Edited { f: [("applicant.name".to_owned(), "Nama Pencuri".to_owned())].into(), ..Edited::default() };
        let (edit, approval) = (says(&me, &Body::Edit(edit)), says("Rahmah", &Body::Taken));
        let district = jukung_district::own::log_of(&w.office.identity().office.code);
        let back = vec![
            lost(&w.office, ("ok", None), 900, &edit),
            lost(&w.office, ("ok", None), 901, &approval),
            lost(&w.office, ("st", None), 902, &approval),
            lost(&w.office, ("st", Some(district)), 903, &approval),
        ];
        w.hand_in("Galuh Contoh");
        let thief = Thief { office: &w.office, road: &w.road, change: |_| {}, back, sent: Mutex::default() };
        w.office.sync(&thief).await.expect("the call is a computer's of this district");
        let told = outcomes(&w).await;
        assert!(told.contains(&("parked:author".into(), 1)), "in her name, and not hers: {told:?}");
        let decided = off({ let d = w.district.clone(); move || d.db.read(|tx| tx.query("SELECT outcome FROM event WHERE kind LIKE 'st.%'", &[])).expect("read") }).await;
        let decided: Vec<String> = decided.iter().map(|r| r.text(0).expect("outcome")).collect();
        assert_eq!(decided, ["parked:not-owner:st.taken/1"; 2], "a computer decides nothing");
        let after = w.district_shows().await;
        assert!(before.iter().all(|row| after.contains(row)), "{after:?}");
        let aside = off({ let d = w.district.clone(); move || d.db.read(|tx| first(tx, "SELECT count(*) FROM quarantine WHERE reason = 'witness'", &[])).expect("read") }).await;
        assert_eq!(aside.expect("a row").int(0).expect("count"), 1, "in the district's own name: put aside for a person");
    }

    async fn what_came_without_its_signature_is_taken_when_the_log_brings_it_signed(w: World) {
        settled(&w, &[&w.office]).await;
        let early = w.backup().await;
        let (_, number) = w.hand_in("Aminah Contoh");
        settled(&w, &[&w.office]).await;
        w.restore(&early).await;
        let sql = "SELECT raw, incarnation, seq FROM event WHERE kind = 'app.create/1'";
        let row = w.office.db().read(|tx| first(tx, sql, &[])).expect("read").expect("here");
        let entry = lost(&w.office, ("ok", None), row.int(2).expect("seq"), &row.text(0).expect("raw"));
        let (district, device) = (w.district.clone(), w.office.identity().device);
        let office = w.office.identity().office.code.clone();
        let told = off(move || district.db.write(|tx| district.take_witness(tx, device, &office, &entry, 1))).await;
        assert_eq!(told.expect("taken").iter().map(|t| t.outcome.as_str()).collect::<Vec<_>>(), ["parked:author"]);
        assert_eq!(w.stored_at_district().await, 0, "without a signature it is nobody's");
        settled(&w, &[&w.office]).await;
        assert!(outcomes(&w).await.iter().all(|(outcome, _)| outcome == "applied"), "{:?}", outcomes(&w).await);
        assert!(w.office.attention().expect("rows").is_empty() && w.district_shows().await[0].1 == number);
        assert_eq!(off({ let d = w.district.clone(); move || d.doubted().expect("read") }).await, 0, "nobody is asked");
    }

    async fn a_restored_district_is_given_what_was_doubted_without_its_own_word_for_it(w: World) {
        w.hand_in("Aminah Contoh");
        settled(&w, &[&w.office]).await;
        let sibling = w.another("Hamdi").await;
        let early = w.backup().await;
        let (id, _) = w.hand_in("Galuh Contoh");
        forge(&w.office, &w.office.identity().person.id.clone());
        for office in [&w.office, &sibling, &w.office] {
            office.sync(&w.road).await.expect("told");
        }
        assert!(outcomes(&w).await.contains(&("parked:author".into(), 1)));
        w.restore(&early).await;
        for office in [&sibling, &w.office].repeat(4) {
            office.sync(&w.road).await.expect("handed back");
        }
        let told = outcomes(&w).await;
        assert!(told.contains(&("parked:author".into(), 1)), "still nobody's: {told:?}");
        assert!(w.district_shows().await.iter().all(|row| row.0 != id), "and it changes nothing");
    }
}
