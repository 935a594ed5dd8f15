//! Goal: what a counter sends is taken once and whole, whatever is wrong with a part of it, and a stranger gets nothing.

mod district_world;

use axum::body::Body as HttpBody;
use axum::http::Request;
use district_world::{Counter, Engine, OFFICE, World, enrol_call, raw, sha256, shared};
use jukung_district::ended::End;
use jukung_domain::event::{Body, Edited};
use jukung_ledger::{migrate, params};

const SCAN: &[u8] = b"\xff\xd8\xff a scan of a torn card";

fn put(sha: &str, token: &str, bytes: &'static [u8]) -> Request<HttpBody> {
    let request = Request::put(format!("/v1/blobs/{sha}")).header("authorization", format!("Bearer {token}"));
    request.body(HttpBody::from(bytes)).expect("request")
}

both_engines! {
    fn a_duplicate_push_is_acknowledged_again_and_stored_once(world: &World) {
        let counter = Counter::enrol(world, OFFICE, 1);
        let (create, id) = counter.create(1, "Halimah Contoh", None);
        let (first, _) = counter.send(world, std::slice::from_ref(&create), &[]).expect("first");
        let (again, feed) = counter.send(world, &[create], &[]).expect("again");
        assert_eq!(first.ack, again.ack);
        assert_eq!(again.head, 1, "the feed tells it once");
        assert_eq!(feed.len(), 1);
        let found = world.district.list(&jukung_district::desk::Wanted::default()).expect("list");
        assert_eq!((found.total, found.rows[0].id.as_str()), (1, id.as_str()));
    }

    fn one_bad_event_does_not_block_the_rest(world: &World) {
        let mut counter = Counter::enrol(world, OFFICE, 1);
        let (good, id) = counter.create(1, "Halimah Contoh", None);
        let (odd, _) = counter.create(2, "Nama\0Ganjil", None);
        let forged = raw(&id, None, &Body::Approved);
        let newer = forged.replace("st.approved/1", "app.dance/9");
        let lost = Edited { f: [("applicant.rt".to_owned(), "002".to_owned())].into(), ..Edited::default() };
        let early = raw("00000000-0000-7000-8000-000000000099", None, &Body::Edit(lost));
        let events = ["{not json".to_owned(), odd, newer, early, good, forged];
        let (answer, feed) = counter.sync(world, &events);
        assert_eq!(answer.ack[0].1, 6, "every event is acknowledged");
        let outcomes: Vec<&str> = feed.iter().map(|e| e.o.as_str()).collect();
        assert_eq!(outcomes[0], "parked:unreadable");
        assert!(matches!(outcomes[1], "applied" | "held:server-fault"), "kept, with an outcome: {}", outcomes[1]);
        assert_eq!(outcomes[2..], ["held:newer-app", "held", "applied", "parked:not-owner:st.approved/1"]);
        assert_eq!(world.district.detail(&id).expect("here").row.status, "SUBMITTED");
    }

    fn an_unknown_device_is_refused_and_a_lost_ones_token_ends(world: &World) {
        let stranger = Counter::enrol(&World::open(Engine::Sqlite, shared()).expect("another"), OFFICE, 9);
        let known = Counter::enrol(world, OFFICE, 1);
        let token = known.send(world, &[], &[]).expect("still allowed").0.token;
        let call = Request::post("/v1/sync").body(HttpBody::from(stranger.call(&[], &[]))).expect("request");
        let (status, _, body) = world.http(call);
        let problem: serde_json::Value = serde_json::from_slice(&body).expect("problem JSON");
        assert_eq!((status, problem["code"].as_str()), (403, Some("device_unknown")));
        world.district.end(&known.card.code, End::Lost).expect("lost");
        assert_eq!(world.http(put(&sha256(SCAN), &token, SCAN)).0, 401, "its token ends with it");
    }

    fn a_body_signed_by_another_key_is_refused(world: &World) {
        let counter = Counter::enrol(world, OFFICE, 1);
        let other = Counter::enrol(world, OFFICE, 2);
        let forged = String::from_utf8(counter.call(&[], &[])).expect("text");
        let forged = forged.replace(&counter.card.device.to_string(), &other.card.device.to_string());
        let call = jukung_district::ingest::read(forged.as_bytes()).expect("readable");
        assert_eq!(world.district.sync(&call).expect_err("refused").code, "device_unknown");
    }

    fn a_scan_with_a_wrong_hash_leaves_no_file(world: &World) {
        let counter = Counter::enrol(world, OFFICE, 1);
        let (create, id) = counter.create(1, "Halimah Contoh", Some(SCAN));
        let sha = sha256(SCAN);
        let (answer, _) = counter.send(world, &[create], &[format!("{sha}:{}", SCAN.len())]).expect("sync");
        assert_eq!(answer.want, std::slice::from_ref(&sha));
        assert_eq!(world.http(put(&sha, &answer.token, b"something else")).0, 400);
        assert_eq!(world.scan_files(), Vec::<String>::new());
        assert!(!world.district.detail(&id).expect("here").scans[0].held);
        assert_eq!(world.http(put(&sha, &answer.token, SCAN)).0, 201);
        assert_eq!(world.scan_files(), [sha]);
        assert!(world.district.detail(&id).expect("here").scans[0].held);
    }

    fn a_scan_that_no_application_names_is_not_taken(world: &World) {
        let counter = Counter::enrol(world, OFFICE, 1);
        let token = counter.send(world, &[], &[]).expect("sync").0.token;
        assert_eq!(world.http(put(&sha256(SCAN), &token, SCAN)).0, 404);
        assert_eq!(world.http(put(&sha256(SCAN), "guessed", SCAN)).0, 401);
        assert_eq!(world.scan_files(), Vec::<String>::new());
    }

    fn a_second_office_with_the_same_paper_is_asked_for_it_and_told_nothing_of_the_first(world: &World) {
        let mut first = Counter::enrol(world, OFFICE, 1);
        let mut second = Counter::enrol(world, "63.05.04.1001", 2);
        let (sha, offer) = (sha256(SCAN), [format!("{}:{}", sha256(SCAN), SCAN.len())]);
        let ((mine, _), (theirs, id)) = (first.create(1, "Halimah", Some(SCAN)), second.create(1, "Zainab", Some(SCAN)));
        first.sync(world, &[mine]);
        let token = first.send(world, &[], &offer).expect("first").0.token;
        assert_eq!(world.http(put(&sha, &token, SCAN)).0, 201);
        second.sync(world, &[theirs]);
        let answer = second.send(world, &[], &offer).expect("second").0;
        assert_eq!((answer.want.as_slice(), answer.have.as_slice()), ([sha.clone()].as_slice(), [].as_slice()));
        assert!(!world.district.detail(&id).expect("here").scans[0].held, "the second has not delivered it");
        assert_eq!(world.http(put(&sha, &answer.token, SCAN)).0, 201);
        let answer = second.send(world, &[], &offer).expect("again").0;
        assert_eq!((answer.want.len(), answer.have.as_slice()), (0, [sha.clone()].as_slice()));
        assert!(world.district.detail(&id).expect("here").scans[0].held);
        assert_eq!(world.scan_files(), [sha], "one file serves both");
    }

    fn a_database_of_the_first_version_keeps_its_scans_and_takes_anothers(world: &World) {
        let scan = |office: &str| {
            world.district.db.write(|tx| {
                let sql = "INSERT INTO blob (sha256, office, bytes, media, state, key, at) VALUES ('ab', $1, 1, 'image/jpeg', 'held', '', 1)";
                tx.execute(sql, params![office])
            })
        };
        let old = "DROP TABLE blob; CREATE TABLE blob (sha256 TEXT PRIMARY KEY, office TEXT NOT NULL, bytes BIGINT NOT NULL,
            media TEXT NOT NULL, state TEXT NOT NULL, key TEXT NOT NULL, at BIGINT NOT NULL); DROP TABLE ticked; DROP TABLE opened;
            DROP TABLE log; DROP TABLE code; ALTER TABLE log_head DROP COLUMN safe; DROP INDEX event_app; ALTER TABLE event DROP COLUMN turn;
            ALTER TABLE event DROP COLUMN proof; ALTER TABLE event ADD COLUMN chain TEXT NOT NULL DEFAULT '';
            CREATE UNIQUE INDEX event_place ON event (device, incarnation, seq); CREATE INDEX event_app ON event (app, at);
            DROP TABLE lost_event; ALTER TABLE enrolment DROP COLUMN device;
            ALTER TABLE enrolment DROP COLUMN at_once; ALTER TABLE device DROP COLUMN call; ALTER TABLE device DROP COLUMN approved;
            ALTER TABLE device DROP COLUMN approved_by; ALTER TABLE device DROP COLUMN certified; ALTER TABLE device DROP COLUMN ended;
            ALTER TABLE device DROP COLUMN next_key; DROP TABLE tries; DROP TABLE complaint; DROP TABLE complaint_step;
            DROP TABLE app; DROP TABLE folded; CREATE TABLE app (id TEXT PRIMARY KEY, office TEXT NOT NULL, number TEXT NOT NULL,
            service TEXT NOT NULL, status TEXT NOT NULL, subject TEXT NOT NULL, applicant TEXT NOT NULL, state TEXT NOT NULL,
            head TEXT NOT NULL, day TEXT NOT NULL, created BIGINT NOT NULL, changed BIGINT NOT NULL);
            CREATE INDEX app_changed ON app (changed);
            DROP TABLE complaint_file; DROP TABLE message; DROP TABLE heard; DROP TABLE talk; DROP TABLE day_sheet; DROP TABLE lost; ALTER TABLE officer DROP COLUMN roles; DROP TABLE device_key;
            DROP TABLE document; DROP TABLE run; DROP TABLE run_item; DROP TABLE audit_head; DROP TABLE audit_finding; DROP TABLE duty; DROP INDEX event_answer; DROP TABLE revealed; DROP INDEX event_handed; DROP INDEX event_unproven; DROP TABLE author; ALTER TABLE officer DROP COLUMN code; ALTER TABLE officer DROP COLUMN code_next;
            ALTER TABLE officer DROP COLUMN code_step; ALTER TABLE session DROP COLUMN agent; DROP TABLE doubt; ALTER TABLE officer DROP COLUMN areas; DROP TABLE issued_pdf; DROP TABLE proposal; DROP TABLE destruction; DROP TABLE desk_audit; DROP INDEX name_word_app;
            UPDATE schema_version SET version = 1";
        world.district.db.write(|tx| tx.batch(old)).expect("the first version's table");
        scan(OFFICE).expect("the first office");
        assert!(scan("63.05.04.1001").is_err(), "one office alone could know it");
        world.district.db.write(|tx| migrate::run(tx, migrate::Home::District)).expect("brought up to date");
        assert!(scan(OFFICE).is_err(), "its row is still there");
        scan("63.05.04.1001").expect("the second office");
        world.district.db.write(|tx| migrate::run(tx, migrate::Home::District)).expect("and only once");
    }

    fn a_code_enrols_one_computer_and_no_more(world: &World) {
        let code = world.district.new_code(OFFICE).expect("code");
        let wrong = format!("{}0000", &code[..code.len() - 4]);
        let refused = world.district.enrol(&enrol_call(&wrong, &[3; 32])).expect_err("a guess");
        assert_eq!(refused.code, "code_refused");
        world.district.enrol(&enrol_call(&code, &[3; 32])).expect("the first");
        assert_eq!(world.district.enrol(&enrol_call(&code, &[4; 32])).expect_err("the second").code, "code_used");
    }

    fn another_offices_application_stays_as_it_is(world: &World) {
        let mut mine = Counter::enrol(world, OFFICE, 1);
        let mut other = Counter::enrol(world, "63.05.04.1001", 2);
        let (create, id) = mine.create(1, "Halimah Contoh", None);
        mine.sync(world, &[create]);
        let edit = Edited { f: [("applicant.name".to_owned(), "Orang Lain".to_owned())].into(), ..Edited::default() };
        let (_, feed) = other.sync(world, &[raw(&id, None, &Body::Edit(edit))]);
        assert_eq!(feed[0].o, "parked:not-owner");
        assert_eq!(world.district.detail(&id).expect("here").row.subject, "Halimah Contoh");
        assert_eq!(mine.sync(world, &[]).1.len(), 0, "its feed tells nothing of the other's attempt");
    }
}
