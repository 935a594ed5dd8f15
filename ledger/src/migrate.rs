//! Brings a database to the schema of this build. Changes are added at the end and never edited.

use crate::tx::{DbProblem, Tx, first};

/// `schema.sql`, the one data model.
const SCHEMA: &str = include_str!("../../schema.sql");

/// Version of the schema this build writes.
pub const VERSION: i64 = 32;

/// The version each change leads to, whose databases it concerns, and the change in words both engines know.
const CHANGES: &[(i64, &[Home], &str)] = &[
    // 2: a scan is known per office; before, a second office with the same bytes was never asked for them.
    (2, &[Home::Office, Home::District], "ALTER TABLE blob RENAME TO blob_1;
     CREATE TABLE blob (
       sha256 TEXT NOT NULL, office TEXT NOT NULL, bytes BIGINT NOT NULL, media TEXT NOT NULL,
       state TEXT NOT NULL, key TEXT NOT NULL, at BIGINT NOT NULL, PRIMARY KEY (sha256, office)
     );
     INSERT INTO blob (sha256, office, bytes, media, state, key, at)
       SELECT sha256, office, bytes, media, state, key, at FROM blob_1;
     DROP TABLE blob_1;"),
    // 3: what officers compared outlives their page, and what they opened is written down.
    (3, &[Home::District], "CREATE TABLE ticked (app TEXT NOT NULL, path TEXT NOT NULL, answer TEXT NOT NULL, officer TEXT NOT NULL, at BIGINT NOT NULL, PRIMARY KEY (app, path));
     CREATE TABLE opened (at BIGINT NOT NULL, officer TEXT NOT NULL, app TEXT NOT NULL, scan TEXT NOT NULL);
     CREATE INDEX opened_app ON opened (app, at);"),
    // 4: an event may stand at another place than where it was written, and its application's events have an order.
    (4, &[Home::Office, Home::District], "CREATE TABLE log (
       device TEXT NOT NULL, incarnation BIGINT NOT NULL, seq BIGINT NOT NULL, uid TEXT NOT NULL, chain TEXT NOT NULL,
       PRIMARY KEY (device, incarnation, seq)
     );
     INSERT INTO log (device, incarnation, seq, uid, chain) SELECT device, incarnation, seq, uid, chain FROM event;
     DROP INDEX event_place; DROP INDEX event_app;
     ALTER TABLE event DROP COLUMN chain;
     ALTER TABLE event ADD COLUMN turn BIGINT NOT NULL DEFAULT 0;
     ALTER TABLE event ADD COLUMN proof TEXT NOT NULL DEFAULT '';
     CREATE INDEX feed_ref ON feed (ref);
     UPDATE event SET turn = coalesce((SELECT f.n FROM feed f WHERE f.ref = event.uid), 0);
     DROP INDEX feed_ref;
     CREATE INDEX event_app ON event (app, turn);"),
    (4, &[Home::Office], "DELETE FROM log WHERE incarnation NOT IN (SELECT inc FROM inc);
     CREATE INDEX event_back ON event (turn) WHERE turn < 0;
     ALTER TABLE inc ADD COLUMN gone BIGINT NOT NULL DEFAULT 0;
     CREATE TABLE safe (inc BIGINT NOT NULL, seq BIGINT NOT NULL, told BIGINT NOT NULL, PRIMARY KEY (inc, seq));
     ALTER TABLE queue ADD COLUMN inc BIGINT NOT NULL DEFAULT 0;
     UPDATE queue SET inc = coalesce((SELECT inc FROM inc WHERE closed = 0), 0);"),
    (4, &[Home::District], "ALTER TABLE log_head ADD COLUMN safe BIGINT NOT NULL DEFAULT 0;
     CREATE TABLE code (code TEXT PRIMARY KEY, device TEXT NOT NULL, incarnation BIGINT NOT NULL);
     INSERT INTO code (code, device, incarnation) SELECT code, id, 0 FROM device;"),
    // 5: handing in touches as few pages as it can; names and numbers follow it (findable.rs).
    (5, &[Home::Office, Home::District], "DROP INDEX app_changed;"),
    (5, &[Home::Office], "DROP INDEX app_created;
     ALTER TABLE inc ADD COLUMN indexed BIGINT NOT NULL DEFAULT 0;
     UPDATE inc SET indexed = next - 1;
     DROP INDEX queue_received;
     ALTER TABLE queue RENAME TO queue_4;
     CREATE TABLE queue (app TEXT PRIMARY KEY, since BIGINT NOT NULL, last_seq BIGINT NOT NULL, tries BIGINT NOT NULL, problem TEXT NOT NULL, received BIGINT NOT NULL, inc BIGINT NOT NULL) WITHOUT ROWID;
     INSERT INTO queue SELECT app, since, last_seq, tries, problem, received, inc FROM queue_4;
     DROP TABLE queue_4;
     CREATE INDEX queue_received ON queue (received, since);"),
    // 6: beginnings of four to six letters are looked up, not merged; the names are put in again at the next start.
    (6, &[Home::Office], "DROP TABLE name_fts;
     CREATE VIRTUAL TABLE name_fts USING fts5(folded, content='', contentless_delete=1, prefix='2 3 4 5 6', detail=none);"),
    // 7: several people at one counter.
    (7, &[Home::Office], "CREATE TABLE person (recipient TEXT PRIMARY KEY, id TEXT NOT NULL, name TEXT NOT NULL, role TEXT NOT NULL, made BIGINT NOT NULL, made_by TEXT NOT NULL, gone BIGINT NOT NULL);
     CREATE TABLE pin (person TEXT PRIMARY KEY, salt TEXT NOT NULL, hash TEXT NOT NULL, made BIGINT NOT NULL);"),
    // 8: computers are approved by six words, certified, ended, and change their keys; what lost ones sent waits apart.
    (8, &[Home::District], "ALTER TABLE device ADD COLUMN call TEXT NOT NULL DEFAULT '';
     ALTER TABLE device ADD COLUMN approved BIGINT NOT NULL DEFAULT 0;
     ALTER TABLE device ADD COLUMN approved_by TEXT NOT NULL DEFAULT '';
     ALTER TABLE device ADD COLUMN certified BIGINT NOT NULL DEFAULT 0;
     ALTER TABLE device ADD COLUMN ended BIGINT NOT NULL DEFAULT 0;
     ALTER TABLE device ADD COLUMN next_key TEXT NOT NULL DEFAULT '';
     ALTER TABLE enrolment ADD COLUMN device TEXT NOT NULL DEFAULT '';
     ALTER TABLE enrolment ADD COLUMN at_once BIGINT NOT NULL DEFAULT 0;
     CREATE TABLE lost_event (
       uid TEXT PRIMARY KEY, device TEXT NOT NULL, office TEXT NOT NULL, incarnation BIGINT NOT NULL, seq BIGINT NOT NULL,
       raw TEXT NOT NULL, at BIGINT NOT NULL, verdict TEXT NOT NULL, settled BIGINT NOT NULL, officer TEXT NOT NULL
     );"),
    // 9: handing in touches fewer pages still.
    (9, &[Home::Office, Home::District], "ALTER TABLE log RENAME TO log_8;
     CREATE TABLE log (
       device TEXT NOT NULL, incarnation BIGINT NOT NULL, seq BIGINT NOT NULL, uid TEXT NOT NULL, chain TEXT NOT NULL,
       PRIMARY KEY (device, incarnation, seq)
     ) WITHOUT ROWID;
     INSERT INTO log (device, incarnation, seq, uid, chain) SELECT device, incarnation, seq, uid, chain FROM log_8;
     DROP TABLE log_8;"),
    (9, &[Home::Office], "DROP INDEX app_office_status;
     ALTER TABLE inc ADD COLUMN number BIGINT NOT NULL DEFAULT 1;
     UPDATE inc SET number = coalesce((SELECT n.next FROM num n WHERE n.code = inc.code), 1);"),
    // 10: public pages count who asks how often.
    (10, &[Home::District], "CREATE TABLE tries (key TEXT PRIMARY KEY, since BIGINT NOT NULL, count BIGINT NOT NULL);
     CREATE INDEX tries_since ON tries (since);"),
    // 11: complaints.
    (11, &[Home::District], "CREATE TABLE complaint (
       id TEXT PRIMARY KEY, number TEXT NOT NULL, office TEXT NOT NULL, source TEXT NOT NULL, kind TEXT NOT NULL, body TEXT NOT NULL,
       state TEXT NOT NULL, made BIGINT NOT NULL, due TEXT NOT NULL, changed BIGINT NOT NULL
     );
     CREATE INDEX complaint_number ON complaint (number);
     CREATE INDEX complaint_state ON complaint (state, due);
     CREATE TABLE complaint_step (complaint TEXT NOT NULL, n BIGINT NOT NULL, at BIGINT NOT NULL, who TEXT NOT NULL, what TEXT NOT NULL, words TEXT NOT NULL, PRIMARY KEY (complaint, n));
     CREATE TABLE complaint_file (complaint TEXT NOT NULL, sha256 TEXT NOT NULL, media TEXT NOT NULL, bytes BIGINT NOT NULL, PRIMARY KEY (complaint, sha256));"),
    // 12: the hotline.
    (12, &[Home::District], "CREATE TABLE message (
       id TEXT PRIMARY KEY, recipient TEXT NOT NULL, body TEXT NOT NULL,
       template TEXT NOT NULL,
       state TEXT NOT NULL,
       tries BIGINT NOT NULL, next BIGINT NOT NULL, name TEXT NOT NULL, why TEXT NOT NULL, made BIGINT NOT NULL, changed BIGINT NOT NULL
     );
     CREATE INDEX message_due ON message (state, next);
     CREATE TABLE heard (name TEXT PRIMARY KEY, sender TEXT NOT NULL, at BIGINT NOT NULL, body TEXT NOT NULL);
     CREATE INDEX heard_sender ON heard (sender, at);
     CREATE TABLE talk (sender TEXT PRIMARY KEY, heard BIGINT NOT NULL, waits BIGINT NOT NULL, lost BIGINT NOT NULL);"),
    // 13: sheets that close a day; those of an older database begin where its log and its numbers stand now.
    (13, &[Home::Office, Home::District], "CREATE TABLE day_sheet (
       device TEXT NOT NULL, n BIGINT NOT NULL, uid TEXT NOT NULL, office TEXT NOT NULL, day TEXT NOT NULL, hash TEXT NOT NULL,
       result TEXT NOT NULL, at BIGINT NOT NULL, PRIMARY KEY (device, n, uid)
     );
     CREATE INDEX day_sheet_open ON day_sheet (device) WHERE result = '';"),
    (13, &[Home::Office], "CREATE TABLE day_mark (kind TEXT NOT NULL, k TEXT NOT NULL, upto BIGINT NOT NULL, PRIMARY KEY (kind, k));
     INSERT INTO day_mark (kind, k, upto) SELECT 'log', CAST(inc AS TEXT), next - 1 FROM inc;
     INSERT INTO day_mark (kind, k, upto) SELECT 'number', code, max(number) - 1 FROM inc GROUP BY code;"),
    (13, &[Home::District], "CREATE TABLE lost (device TEXT NOT NULL, incarnation BIGINT NOT NULL, from_seq BIGINT NOT NULL, to_seq BIGINT NOT NULL, at BIGINT NOT NULL, PRIMARY KEY (device, incarnation, from_seq, to_seq));"),
    // 14: an application is written once until something changes it, and what arrived leaves the queue.
    (14, &[Home::Office, Home::District], "ALTER TABLE app RENAME TO app_13;
     CREATE TABLE app (
       id TEXT PRIMARY KEY, office TEXT NOT NULL, number TEXT NOT NULL, service TEXT NOT NULL, status TEXT NOT NULL,
       subject TEXT NOT NULL, applicant TEXT NOT NULL, head TEXT NOT NULL, day TEXT NOT NULL,
       created BIGINT NOT NULL, changed BIGINT NOT NULL
     );
     CREATE TABLE folded (app TEXT PRIMARY KEY, state TEXT NOT NULL);
     INSERT INTO app (id, office, number, service, status, subject, applicant, head, day, created, changed)
       SELECT id, office, number, service, status, subject, applicant, head, day, created, changed FROM app_13;
     INSERT INTO folded (app, state) SELECT id, state FROM app_13;
     DROP TABLE app_13;"),
    (14, &[Home::District], "CREATE INDEX app_created ON app (created);
     CREATE INDEX app_office_status ON app (office, status, created);"),
    (14, &[Home::Office], "CREATE TABLE sent (app TEXT PRIMARY KEY, since BIGINT NOT NULL, last_seq BIGINT NOT NULL, received BIGINT NOT NULL, inc BIGINT NOT NULL) WITHOUT ROWID;
     CREATE INDEX sent_received ON sent (received);
     INSERT INTO sent (app, since, last_seq, received, inc) SELECT app, since, last_seq, received, inc FROM queue WHERE received > 0;
     DELETE FROM queue WHERE received > 0;
     DROP INDEX queue_received;
     ALTER TABLE queue DROP COLUMN received;"),
    // 15: complaints of the counter are events.
    (15, &[Home::Office], "CREATE INDEX event_complaint ON event (at) WHERE kind = 'complaint.create/1';"),
    // 16: officers have roles, who was there before did everything; a computer's keys of before are kept.
    (16, &[Home::District], "ALTER TABLE officer ADD COLUMN roles TEXT NOT NULL DEFAULT 'verifier,head,courier,complaint,auditor,admin';"),
    (16, &[Home::District], "CREATE TABLE device_key (device TEXT NOT NULL, public_key TEXT NOT NULL, since BIGINT NOT NULL, until BIGINT NOT NULL, PRIMARY KEY (device, public_key));"),
    // 17: runs and bags; what exists already is put among the documents at the next start (district/src/delivery).
    (17, &[Home::District], "CREATE TABLE document (app TEXT PRIMARY KEY, office TEXT NOT NULL, way TEXT NOT NULL, place TEXT NOT NULL, since BIGINT NOT NULL);
     CREATE INDEX document_way ON document (way, place, since);
     CREATE TABLE run (
       id TEXT PRIMARY KEY, number TEXT NOT NULL UNIQUE, way TEXT NOT NULL, place TEXT NOT NULL, carrier TEXT NOT NULL, cod BIGINT NOT NULL,
       state TEXT NOT NULL, made BIGINT NOT NULL, made_by TEXT NOT NULL, sent BIGINT NOT NULL, due TEXT NOT NULL
     );
     CREATE INDEX run_state ON run (state, made);
     CREATE TABLE run_item (
       run TEXT NOT NULL, app TEXT NOT NULL, n BIGINT NOT NULL, tracking TEXT NOT NULL, attempts BIGINT NOT NULL, state TEXT NOT NULL,
       place TEXT NOT NULL, why TEXT NOT NULL, changed BIGINT NOT NULL, PRIMARY KEY (run, app)
     );
     CREATE UNIQUE INDEX run_item_open ON run_item (app) WHERE state IN ('packed', 'out', 'waiting');
     CREATE INDEX run_item_state ON run_item (state, changed);"),
    // 18: what people do is chained, its ends are held by the district, and what residents may ask for has a clock.
    (18, &[Home::Office], "CREATE TABLE audit (id INTEGER PRIMARY KEY, record TEXT NOT NULL, hash TEXT NOT NULL);
     CREATE TABLE audit_chain (
       chain BIGINT PRIMARY KEY, first BIGINT NOT NULL, acked BIGINT NOT NULL, hash TEXT NOT NULL, told BIGINT NOT NULL,
       sig TEXT NOT NULL, parted BIGINT NOT NULL
     );"),
    (18, &[Home::District], "CREATE TABLE audit_head (device TEXT NOT NULL, chain BIGINT NOT NULL, n BIGINT NOT NULL, hash TEXT NOT NULL, since BIGINT NOT NULL, at BIGINT NOT NULL, PRIMARY KEY (device, chain));
     CREATE TABLE audit_finding (device TEXT NOT NULL, chain BIGINT NOT NULL, kind TEXT NOT NULL, held BIGINT NOT NULL, told BIGINT NOT NULL, at BIGINT NOT NULL, PRIMARY KEY (device, chain, kind, held, told));
     CREATE TABLE duty (
       id TEXT PRIMARY KEY, kind TEXT NOT NULL, subject TEXT NOT NULL, made BIGINT NOT NULL, made_by TEXT NOT NULL,
       due BIGINT NOT NULL, done BIGINT NOT NULL, done_by TEXT NOT NULL, note TEXT NOT NULL
     );
     CREATE INDEX duty_due ON duty (done, due);"),
    // 19: what the Dinas answered in a period is counted by an index.
    (19, &[Home::District], "CREATE INDEX event_answer ON event (at) WHERE kind IN ('st.returned/1', 'st.approved/1', 'st.refused/1');"),
    // 20: what officers were shown of what is masked.
    (20, &[Home::District], "CREATE TABLE revealed (at BIGINT NOT NULL, officer TEXT NOT NULL, app TEXT NOT NULL, class TEXT NOT NULL, purpose TEXT NOT NULL, what TEXT NOT NULL);
     CREATE INDEX revealed_officer ON revealed (officer, class, at);
     CREATE INDEX revealed_app ON revealed (app, at);"),
    // 21: documents that a counter handed over although somebody else had done so before are found by an index.
    (21, &[Home::District], "CREATE INDEX event_handed ON event (outcome, at) WHERE kind = 'doc.handed/1';"),
    // 22: whoever wrote a run of events signs its end; the Dinas knows their keys.
    (22, &[Home::Office, Home::District], "ALTER TABLE log ADD COLUMN signer TEXT NOT NULL DEFAULT '';
     ALTER TABLE log ADD COLUMN sig TEXT NOT NULL DEFAULT '';"),
    (22, &[Home::District], "CREATE TABLE author (device TEXT NOT NULL, person TEXT NOT NULL, public_key TEXT NOT NULL, vouched TEXT NOT NULL, since BIGINT NOT NULL, PRIMARY KEY (device, person, public_key));
     CREATE INDEX event_unproven ON event (device, incarnation, seq) WHERE outcome = 'parked:author';"),
    // 23: officers may have codes from a telephone, and see their sessions.
    (23, &[Home::District], "ALTER TABLE officer ADD COLUMN code TEXT NOT NULL DEFAULT '';
     ALTER TABLE officer ADD COLUMN code_next TEXT NOT NULL DEFAULT '';
     ALTER TABLE officer ADD COLUMN code_step BIGINT NOT NULL DEFAULT 0;
     ALTER TABLE session ADD COLUMN agent TEXT NOT NULL DEFAULT '';"),
    // 24: school helpers.
    (24, &[Home::Office], "CREATE TABLE helper (
       id TEXT PRIMARY KEY, name TEXT NOT NULL, terms TEXT NOT NULL, key TEXT NOT NULL, seed TEXT NOT NULL, secret TEXT NOT NULL,
       made BIGINT NOT NULL, made_by TEXT NOT NULL, gone BIGINT NOT NULL
     );
     CREATE TABLE taken (id TEXT PRIMARY KEY, helper TEXT NOT NULL, app TEXT NOT NULL, at BIGINT NOT NULL);
     CREATE TABLE pupil (
       id TEXT PRIMARY KEY, class TEXT NOT NULL, name TEXT NOT NULL, nik TEXT NOT NULL, birth TEXT NOT NULL, sex TEXT NOT NULL,
       card TEXT NOT NULL, at BIGINT NOT NULL
     );
     CREATE INDEX pupil_class ON pupil (class, name);
     CREATE TABLE pupil_file (draft TEXT PRIMARY KEY, pupil TEXT NOT NULL);
     CREATE TABLE handed (
       id TEXT PRIMARY KEY, pupil TEXT NOT NULL, service TEXT NOT NULL, name TEXT NOT NULL, ends TEXT NOT NULL, at BIGINT NOT NULL,
       state TEXT NOT NULL, changed BIGINT NOT NULL
     );"),
    // 25: officers settle one by one what is not proven to be its author's.
    (25, &[Home::District], "CREATE TABLE doubt (uid TEXT PRIMARY KEY, why TEXT NOT NULL, verdict TEXT NOT NULL, settled BIGINT NOT NULL, officer TEXT NOT NULL);
     CREATE INDEX doubt_open ON doubt (uid) WHERE verdict = '';
     INSERT INTO doubt (uid, why, verdict, settled, officer) SELECT uid, '', '', 0, '' FROM event WHERE outcome = 'parked:author';"),
    // 26: officers of a part of the district.
    (26, &[Home::District], "ALTER TABLE officer ADD COLUMN areas TEXT NOT NULL DEFAULT '';"),
    // 27: messages leave by more than one carrier.
    (27, &[Home::District], "ALTER TABLE message ADD COLUMN carrier TEXT NOT NULL DEFAULT 'whatsapp';
     DROP INDEX message_due;
     CREATE INDEX message_due ON message (carrier, state, next);"),
    // 28: documents of SIAK that were attached, and what their signatures say.
    (28, &[Home::District], "CREATE TABLE issued_pdf (
       app TEXT NOT NULL, sha256 TEXT NOT NULL, officer TEXT NOT NULL, at BIGINT NOT NULL, seen TEXT NOT NULL,
       signed_of TEXT NOT NULL, asked BIGINT NOT NULL, PRIMARY KEY (app, sha256)
     );"),
    // 29: decisions that wait for a second officer.
    (29, &[Home::District], "CREATE TABLE proposal (
       id TEXT PRIMARY KEY, app TEXT NOT NULL, step TEXT NOT NULL, words TEXT NOT NULL, officer TEXT NOT NULL, at BIGINT NOT NULL,
       turn BIGINT NOT NULL, how TEXT NOT NULL, ended BIGINT NOT NULL, ended_by TEXT NOT NULL, note TEXT NOT NULL
     );
     CREATE UNIQUE INDEX proposal_waits ON proposal (app) WHERE how = '';
     CREATE INDEX proposal_app ON proposal (app, at);"),
    // 30: indices answer the officers' queue and search among a million.
    (30, &[Home::District], "CREATE INDEX app_waiting ON app (status, created, id, office, service) WHERE status IN ('SUBMITTED', 'IN_VERIFICATION', 'IN_PROCESS');
     CREATE INDEX app_rest_status ON app (status, created) WHERE status NOT IN ('SUBMITTED', 'IN_VERIFICATION', 'IN_PROCESS');
     CREATE INDEX app_rest_service ON app (service, status, created) WHERE status NOT IN ('SUBMITTED', 'IN_VERIFICATION', 'IN_PROCESS');
     CREATE INDEX app_rest_subdistrict ON app (substr(office, 1, 8), status, created, office) WHERE status NOT IN ('SUBMITTED', 'IN_VERIFICATION', 'IN_PROCESS');
     CREATE INDEX app_count ON app (substr(number, 5));
     ALTER TABLE name_word RENAME TO name_word_29;
     CREATE TABLE name_word (word TEXT NOT NULL, app TEXT NOT NULL, PRIMARY KEY (word, app)) WITHOUT ROWID;
     INSERT INTO name_word (word, app) SELECT word, app FROM name_word_29;
     DROP TABLE name_word_29;
     CREATE INDEX name_word_app ON name_word (app, word);"),
    // 31: what the Dinas destroyed by rule, and who said so.
    (31, &[Home::District], "CREATE TABLE destruction (
       id TEXT PRIMARY KEY, number TEXT NOT NULL UNIQUE, class TEXT NOT NULL, basis TEXT NOT NULL, days BIGINT NOT NULL, before BIGINT NOT NULL,
       made BIGINT NOT NULL, made_by TEXT NOT NULL, agreed BIGINT NOT NULL, agreed_by TEXT NOT NULL,
       things BIGINT NOT NULL, bytes BIGINT NOT NULL, list TEXT NOT NULL, state TEXT NOT NULL, done BIGINT NOT NULL
     );"),
    // 32: what officers saw and did is a chain.
    (32, &[Home::District], "CREATE TABLE desk_audit (n BIGINT PRIMARY KEY, at BIGINT NOT NULL, record TEXT NOT NULL, hash TEXT NOT NULL);"),
];

/// Whose database it is: which parts of the schema it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Home {
    /// A counter's computer.
    Office,
    /// The district's server.
    District,
}

/// Makes the tables when the database is new, and brings an older one up to date.
///
/// # Errors
/// When the database was written by a newer build, or a statement fails.
pub fn run(tx: &mut dyn Tx, home: Home) -> Result<(), DbProblem> {
    tx.batch("CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL)")?;
    let found = match first(tx, "SELECT version FROM schema_version", &[])? {
        Some(row) => row.int(0)?,
        None => 0,
    };
    if found > VERSION {
        return Err(DbProblem::Open(format!(
            "written by a newer version (schema {found}, this build knows {VERSION})"
        )));
    }
    if found == 0 {
        tx.batch(part("both"))?;
        tx.batch(part(match home {
            Home::Office => "office",
            Home::District => "district",
        }))?;
        tx.execute("INSERT INTO schema_version (version) VALUES ($1)", crate::params![VERSION])?;
    } else if found < VERSION {
        for (_, _, change) in CHANGES.iter().filter(|(to, homes, _)| *to > found && homes.contains(&home)) {
            tx.batch(change)?;
        }
        tx.execute("UPDATE schema_version SET version = $1", crate::params![VERSION])?;
    }
    Ok(())
}

fn part(name: &str) -> &'static str {
    let start = SCHEMA.find(&format!("-- PART {name}")).unwrap_or(0);
    let rest = &SCHEMA[start..];
    let end = rest[1..].find("-- PART ").map_or(rest.len(), |e| e + 1);
    &rest[..end]
}
