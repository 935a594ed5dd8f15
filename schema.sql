-- THE data model, on one page, portable to SQLite and PostgreSQL: TEXT and BIGINT only, no engine's own types.
-- Three parts: both homes, office only, district only. WITHOUT ROWID is SQLite's and left out for PostgreSQL. Times are milliseconds since 1970 UTC and are evidence, never
-- order; order is (device, incarnation, seq) going up and (office, n) coming down, both dense and hash-chained.
-- Hashes and ids are lower-case hex or UUID text. Every key begins with its device, office or district.

-- PART both

-- Single values: schema version, keys of this home, settings.
CREATE TABLE meta (k TEXT PRIMARY KEY, v TEXT NOT NULL);

-- Every event ever accepted, exact bytes in raw, never edited (protocol 2.1).
CREATE TABLE event (
  uid TEXT PRIMARY KEY,              -- SHA-256 over origin and raw; survives another place in the log (R9)
  device TEXT NOT NULL, incarnation BIGINT NOT NULL, seq BIGINT NOT NULL, -- where it was first written
  app TEXT NOT NULL, kind TEXT NOT NULL,
  raw TEXT NOT NULL,
  outcome TEXT NOT NULL,             -- applied, parked:…, held:…; decided once by the district
  at BIGINT NOT NULL,                -- when this home stored it
  turn BIGINT NOT NULL,              -- order in its application. District: order of arrival. Office: number in the feed;
                                     -- 0 while it waits, negative while a restored district lacks it
  proof TEXT NOT NULL                -- office: the district's mark that it told the event; empty for own events
);
CREATE INDEX event_app ON event (app, turn);

-- The logs going up: which event stands where, and the hash chain up to it. An event that moved to a new life stands at
-- another place than where it was first written. At the office: this computer's logs only.
CREATE TABLE log (
  device TEXT NOT NULL, incarnation BIGINT NOT NULL, seq BIGINT NOT NULL, uid TEXT NOT NULL, chain TEXT NOT NULL,
  signer TEXT NOT NULL, sig TEXT NOT NULL, -- who stands for the log up to here, and that person's signature over the chain;
                                           -- at the district: at the ends of the runs it was sent (protocol 0.3)
  PRIMARY KEY (device, incarnation, seq)
) WITHOUT ROWID;

-- The feed of an office: what its devices are told, dense and chained (R4, R6).
CREATE TABLE feed (
  office TEXT NOT NULL, n BIGINT NOT NULL,
  kind TEXT NOT NULL, ref TEXT NOT NULL, outcome TEXT NOT NULL, hash TEXT NOT NULL,
  PRIMARY KEY (office, n)
);
-- Head of each feed; this row is locked last and held to commit.
CREATE TABLE office_feed (office TEXT PRIMARY KEY, next BIGINT NOT NULL, hash TEXT NOT NULL);

-- Projection: the current state of each application, rebuildable from event. What its first event says is not written
-- twice: the whole state follows with the second (decision 0020).
CREATE TABLE app (
  id TEXT PRIMARY KEY, office TEXT NOT NULL, number TEXT NOT NULL,
  service TEXT NOT NULL, status TEXT NOT NULL,
  subject TEXT NOT NULL, applicant TEXT NOT NULL,
  head TEXT NOT NULL,                -- first 8 bytes of the newest uid
  day TEXT NOT NULL,                 -- calendar day of intake in the office's zone
  created BIGINT NOT NULL, changed BIGINT NOT NULL
);
CREATE TABLE folded (app TEXT PRIMARY KEY, state TEXT NOT NULL); -- fold::State as JSON

-- Exact look-ups and prefixes: number, NIK, KK, phone. Kept out of full text, where prefixes are slow.
CREATE TABLE lookup (key TEXT NOT NULL, kind TEXT NOT NULL, app TEXT NOT NULL, PRIMARY KEY (key, kind, app));
CREATE INDEX lookup_app ON lookup (app);

-- Scans by content and office: what one office delivered says nothing to another (protocol 2.12). The bytes are files
-- beside the database, one for each content; no event names a scan that is not here.
CREATE TABLE blob (
  sha256 TEXT NOT NULL, office TEXT NOT NULL, bytes BIGINT NOT NULL, media TEXT NOT NULL,
  state TEXT NOT NULL,               -- office: local, wanted, received; district: wanted, held, destroyed
  key TEXT NOT NULL,                 -- office: key the file is sealed with, empty once deleted; district: the destruction it went with
  at BIGINT NOT NULL,                -- when it came; at the office, when it was deleted, once it was
  PRIMARY KEY (sha256, office)
);

-- Sheets that close a day, of every computer of the office (decision 0014); their bytes are events.
CREATE TABLE day_sheet (
  device TEXT NOT NULL, n BIGINT NOT NULL, uid TEXT NOT NULL, office TEXT NOT NULL, day TEXT NOT NULL, hash TEXT NOT NULL,
  result TEXT NOT NULL,              -- what the district found, as JSON; empty while nobody has compared
  at BIGINT NOT NULL,
  PRIMARY KEY (device, n, uid)
);
CREATE INDEX day_sheet_open ON day_sheet (device) WHERE result = '';

-- PART office

-- Lives of this computer's log; a restored or copied database gets a new one (R1).
CREATE TABLE inc (
  inc BIGINT PRIMARY KEY, code TEXT NOT NULL, next BIGINT NOT NULL, chain TEXT NOT NULL, hlc BIGINT NOT NULL,
  acked BIGINT NOT NULL, closed BIGINT NOT NULL,
  gone BIGINT NOT NULL,              -- last place whose event is deleted (R3)
  indexed BIGINT NOT NULL,           -- last place whose application can be found by name and number
  number BIGINT NOT NULL             -- next registration number of its code, while it is open
);
-- What the district told as lying in a verified backup, and when by its own clock (R3).
CREATE TABLE safe (inc BIGINT NOT NULL, seq BIGINT NOT NULL, told BIGINT NOT NULL, PRIMARY KEY (inc, seq));
-- What is handed back to a restored district (R5).
CREATE INDEX event_back ON event (turn) WHERE turn < 0;
-- Complaints that counters of the office took, newest first; what became of them is told by events of the same id.
CREATE INDEX event_complaint ON event (at) WHERE kind = 'complaint.create/1';

-- Registration numbers reserved ahead (R10); next is where they stand when no open life has the code.
CREATE TABLE num (code TEXT PRIMARY KEY, next BIGINT NOT NULL, reserved_to BIGINT NOT NULL);

-- How far the sheets reach: places of the log by life, numbers by code.
CREATE TABLE day_mark (kind TEXT NOT NULL, k TEXT NOT NULL, upto BIGINT NOT NULL, PRIMARY KEY (kind, k));

-- What is being typed. A draft is nobody's business but this counter's (decision 0001).
CREATE TABLE draft (
  id TEXT PRIMARY KEY, service TEXT NOT NULL, corrects TEXT NOT NULL,
  document TEXT NOT NULL, defaults TEXT NOT NULL, subject TEXT NOT NULL,
  section TEXT NOT NULL, field TEXT NOT NULL,
  author TEXT NOT NULL, created BIGINT NOT NULL, saved BIGINT NOT NULL,
  binned BIGINT NOT NULL             -- 0, or when it went to the bin (30 days)
);
CREATE INDEX draft_saved ON draft (binned, saved);

-- Scans of drafts and applications, with what was asked about them.
CREATE TABLE scan (
  id TEXT PRIMARY KEY, draft TEXT NOT NULL, sha256 TEXT NOT NULL,
  paper TEXT NOT NULL,               -- application::Attachment as JSON
  pages BIGINT NOT NULL, note TEXT NOT NULL, warnings TEXT NOT NULL,
  binned BIGINT NOT NULL, at BIGINT NOT NULL
);
CREATE INDEX scan_draft ON scan (draft);
CREATE INDEX scan_sha256 ON scan (sha256);

-- One row per application on its way, and one per application that the district acknowledged: what the sending panel
-- tells. An application stands in one of the two.
CREATE TABLE queue (app TEXT PRIMARY KEY, since BIGINT NOT NULL, last_seq BIGINT NOT NULL, tries BIGINT NOT NULL, problem TEXT NOT NULL, inc BIGINT NOT NULL) WITHOUT ROWID;
CREATE TABLE sent (app TEXT PRIMARY KEY, since BIGINT NOT NULL, last_seq BIGINT NOT NULL, received BIGINT NOT NULL, inc BIGINT NOT NULL) WITHOUT ROWID;
CREATE INDEX sent_received ON sent (received);

-- What a person must settle.
CREATE TABLE attention (uid TEXT PRIMARY KEY, app TEXT NOT NULL, reason TEXT NOT NULL, detail TEXT NOT NULL, opened BIGINT NOT NULL, closed BIGINT NOT NULL);

-- Residents served here, for the next visit.
CREATE TABLE resident (id TEXT PRIMARY KEY, nik TEXT NOT NULL, kk TEXT NOT NULL, name TEXT NOT NULL, birth TEXT NOT NULL, known TEXT NOT NULL, changed BIGINT NOT NULL);
CREATE INDEX resident_kk ON resident (kk);
CREATE TABLE resident_case (resident TEXT NOT NULL, app TEXT NOT NULL, PRIMARY KEY (resident, app));

-- Folded names. rowid is looked up in name_of, which says whose name it is.
CREATE TABLE name_of (id INTEGER PRIMARY KEY, kind TEXT NOT NULL, ref TEXT NOT NULL);
CREATE UNIQUE INDEX name_of_ref ON name_of (kind, ref);
CREATE VIRTUAL TABLE name_fts USING fts5(folded, content='', contentless_delete=1, prefix='2 3 4 5 6', detail=none);

-- People of this computer: the public keys that a new generation of its keys is sealed to, and the names of those who left.
CREATE TABLE person (
  recipient TEXT PRIMARY KEY,        -- the person's public key, `age1…`; another one after a passphrase was handed out anew
  id TEXT NOT NULL, name TEXT NOT NULL, role TEXT NOT NULL,
  made BIGINT NOT NULL, made_by TEXT NOT NULL,
  gone BIGINT NOT NULL               -- 0, or when the person was removed
);
-- PIN of each person as an Argon2id hash: asked of a running session only, so it never opens anything by itself.
CREATE TABLE pin (person TEXT PRIMARY KEY, salt TEXT NOT NULL, hash TEXT NOT NULL, made BIGINT NOT NULL);

-- What people did here, one record each, chained (domain `audit`); ids are dense from 1. No NIK, no name, nobody's words.
CREATE TABLE audit (id INTEGER PRIMARY KEY, record TEXT NOT NULL, hash TEXT NOT NULL);
-- Its chains: where each begins, and the district's last signed word about its end.
CREATE TABLE audit_chain (
  chain BIGINT PRIMARY KEY, first BIGINT NOT NULL, acked BIGINT NOT NULL, hash TEXT NOT NULL, told BIGINT NOT NULL,
  sig TEXT NOT NULL,
  parted BIGINT NOT NULL             -- 1 when the district holds another history of it: it is named no more
);

-- School helpers and the keys of their folders, each with a database of its own (decision 0032).
CREATE TABLE helper (
  id TEXT PRIMARY KEY, name TEXT NOT NULL,
  terms TEXT NOT NULL,               -- assignment::Assignment as JSON
  key TEXT NOT NULL,                 -- opens their database; this and the next two are empty once the helper was removed
  seed TEXT NOT NULL,                -- signs the keyring in their slot
  secret TEXT NOT NULL,              -- opens what they handed over
  made BIGINT NOT NULL, made_by TEXT NOT NULL, gone BIGINT NOT NULL
);
-- What was taken of helpers, by the id of the draft: never a second time, whatever was cut in between.
CREATE TABLE taken (
  id TEXT PRIMARY KEY, helper TEXT NOT NULL,
  app TEXT NOT NULL,                 -- application it became; empty until then
  at BIGINT NOT NULL
);
-- In a helper's own database: the pupils of one school, which drafts are whose, and what was handed over to the counter.
CREATE TABLE pupil (
  id TEXT PRIMARY KEY, class TEXT NOT NULL, name TEXT NOT NULL,
  nik TEXT NOT NULL,                 -- only the last four digits once something was handed over
  birth TEXT NOT NULL, sex TEXT NOT NULL,
  card TEXT NOT NULL,                -- yes: has a card already
  at BIGINT NOT NULL
);
CREATE INDEX pupil_class ON pupil (class, name);
CREATE TABLE pupil_file (draft TEXT PRIMARY KEY, pupil TEXT NOT NULL);
CREATE TABLE handed (
  id TEXT PRIMARY KEY, pupil TEXT NOT NULL, service TEXT NOT NULL, name TEXT NOT NULL, ends TEXT NOT NULL, at BIGINT NOT NULL,
  state TEXT NOT NULL,               -- handed, taken, dropped, damaged, or the status of the application
  changed BIGINT NOT NULL
);

-- Who opened a resident's history, and why.
CREATE TABLE looked (at BIGINT NOT NULL, person TEXT NOT NULL, resident TEXT NOT NULL, purpose TEXT NOT NULL);

-- PART district

-- What the Dinas answered, for the figures of a period.
CREATE INDEX event_answer ON event (at) WHERE kind IN ('st.returned/1', 'st.approved/1', 'st.refused/1');
CREATE INDEX app_created ON app (created);
CREATE INDEX app_office_status ON app (office, status, created);
-- The officers' queue (district/src/wanted.rs). What waits for the Dinas stands in an index that is short and has all it is
-- filtered by; what does not, which taking in never touches, has one for each filter.
CREATE INDEX app_waiting ON app (status, created, id, office, service) WHERE status IN ('SUBMITTED', 'IN_VERIFICATION', 'IN_PROCESS');
CREATE INDEX app_rest_status ON app (status, created) WHERE status NOT IN ('SUBMITTED', 'IN_VERIFICATION', 'IN_PROCESS');
CREATE INDEX app_rest_service ON app (service, status, created) WHERE status NOT IN ('SUBMITTED', 'IN_VERIFICATION', 'IN_PROCESS');
CREATE INDEX app_rest_subdistrict ON app (substr(office, 1, 8), status, created, office) WHERE status NOT IN ('SUBMITTED', 'IN_VERIFICATION', 'IN_PROCESS');
-- The count of a registration number, of which people say a part.
CREATE INDEX app_count ON app (substr(number, 5));
CREATE TABLE device (
  id TEXT PRIMARY KEY, office TEXT NOT NULL, code TEXT NOT NULL UNIQUE, public_key TEXT NOT NULL, name TEXT NOT NULL,
  state TEXT NOT NULL,               -- pending, active, refused, retired, lost
  enrolled BIGINT NOT NULL, last_sync BIGINT NOT NULL, syncs BIGINT NOT NULL,
  call TEXT NOT NULL,                -- what it asked with at enrolment, byte for byte; the six words come from it
  approved BIGINT NOT NULL, approved_by TEXT NOT NULL, -- when the words were compared, and by whom
  certified BIGINT NOT NULL,         -- since when its certificate holds; 0 when it has none
  ended BIGINT NOT NULL,             -- when it was retired or lost; 0 otherwise
  next_key TEXT NOT NULL             -- key it changes to; becomes public_key with the first call signed by it
);
-- Keys that a computer had before, in hex: what it signed with them is still read (decision 0023).
CREATE TABLE device_key (device TEXT NOT NULL, public_key TEXT NOT NULL, since BIGINT NOT NULL, until BIGINT NOT NULL, PRIMARY KEY (device, public_key));
-- Keys with which the people of a computer sign what they write: the first one they said themselves, others somebody else
-- vouched for. What is not signed by a known author's key waits for an officer (decision 0030).
CREATE TABLE author (device TEXT NOT NULL, person TEXT NOT NULL, public_key TEXT NOT NULL, vouched TEXT NOT NULL, since BIGINT NOT NULL, PRIMARY KEY (device, person, public_key));
CREATE INDEX event_unproven ON event (device, incarnation, seq) WHERE outcome = 'parked:author';
-- Why each of them is doubted, and what an officer said to it.
CREATE TABLE doubt (
  uid TEXT PRIMARY KEY,
  why TEXT NOT NULL,                 -- unsigned, other, unfit; empty for those of before
  verdict TEXT NOT NULL,             -- empty, believed, refused
  settled BIGINT NOT NULL, officer TEXT NOT NULL
);
CREATE INDEX doubt_open ON doubt (uid) WHERE verdict = '';
CREATE TABLE log_head (device TEXT NOT NULL, incarnation BIGINT NOT NULL, acked BIGINT NOT NULL, chain TEXT NOT NULL, safe BIGINT NOT NULL, PRIMARY KEY (device, incarnation));
-- Places that a counter knew as acknowledged and this database lacked: it was restored. They come again.
CREATE TABLE lost (device TEXT NOT NULL, incarnation BIGINT NOT NULL, from_seq BIGINT NOT NULL, to_seq BIGINT NOT NULL, at BIGINT NOT NULL, PRIMARY KEY (device, incarnation, from_seq, to_seq));
-- Every code that ever started a registration number, and the life of the computer that has it; never given twice (R10).
CREATE TABLE code (code TEXT PRIMARY KEY, device TEXT NOT NULL, incarnation BIGINT NOT NULL);
CREATE TABLE enrolment (slot TEXT PRIMARY KEY, office TEXT NOT NULL, secret TEXT NOT NULL, made BIGINT NOT NULL, expires BIGINT NOT NULL, used BIGINT NOT NULL,
  device TEXT NOT NULL,              -- who used it; the same request is answered again
  at_once BIGINT NOT NULL            -- 1: nobody compares words (samples and tests)
);
CREATE TABLE office (code TEXT PRIMARY KEY, card TEXT NOT NULL);
CREATE TABLE token (hash TEXT PRIMARY KEY, device TEXT NOT NULL, expires BIGINT NOT NULL);
CREATE TABLE officer (id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, secret TEXT NOT NULL, made BIGINT NOT NULL, failed BIGINT NOT NULL, blocked_until BIGINT NOT NULL,
  roles TEXT NOT NULL,               -- of policy.csv, with commas between
  code TEXT NOT NULL,                -- secret of the telephone's codes, sealed under the server's key; empty without
  code_next TEXT NOT NULL,           -- one that was offered and not confirmed
  code_step BIGINT NOT NULL,         -- last step of a code that was used: each works once
  areas TEXT NOT NULL                -- subdistricts this officer sees, with commas between; empty: the whole district
);
CREATE TABLE session (hash TEXT PRIMARY KEY, officer TEXT NOT NULL, made BIGINT NOT NULL, expires BIGINT NOT NULL, agent TEXT NOT NULL);
CREATE TABLE quarantine (id TEXT PRIMARY KEY, device TEXT NOT NULL, raw TEXT NOT NULL, reason TEXT NOT NULL, at BIGINT NOT NULL);
-- What lost computers sent: nobody's until an officer takes or refuses it, one by one (protocol 2.15).
CREATE TABLE lost_event (
  uid TEXT PRIMARY KEY, device TEXT NOT NULL, office TEXT NOT NULL, incarnation BIGINT NOT NULL, seq BIGINT NOT NULL,
  raw TEXT NOT NULL, at BIGINT NOT NULL,
  verdict TEXT NOT NULL,             -- empty, taken, refused
  settled BIGINT NOT NULL, officer TEXT NOT NULL
);
-- Folded names for the officers' search, one row per word; the index answers whether an application has another word too.
CREATE TABLE name_word (word TEXT NOT NULL, app TEXT NOT NULL, PRIMARY KEY (word, app)) WITHOUT ROWID;
CREATE INDEX name_word_app ON name_word (app, word);
-- Answers an officer compared with the scans, in the words that stood there: a corrected answer is compared again.
CREATE TABLE ticked (app TEXT NOT NULL, path TEXT NOT NULL, answer TEXT NOT NULL, officer TEXT NOT NULL, at BIGINT NOT NULL, PRIMARY KEY (app, path));
-- Who opened which application or scan; scan is empty for the application itself.
CREATE TABLE opened (at BIGINT NOT NULL, officer TEXT NOT NULL, app TEXT NOT NULL, scan TEXT NOT NULL);
CREATE INDEX opened_app ON opened (app, at);
-- What officers were shown in full, and what for: the numbers of an application, or one thing of the highest class.
CREATE TABLE revealed (at BIGINT NOT NULL, officer TEXT NOT NULL, app TEXT NOT NULL, class TEXT NOT NULL, purpose TEXT NOT NULL, what TEXT NOT NULL);
CREATE INDEX revealed_officer ON revealed (officer, class, at);
CREATE INDEX revealed_app ON revealed (app, at);
-- What officers saw and did, one record each with the hash of the one before it; names no application as it is (decision 0043).
CREATE TABLE desk_audit (n BIGINT PRIMARY KEY, at BIGINT NOT NULL, record TEXT NOT NULL, hash TEXT NOT NULL);
-- How often something was asked in a while, under keys nobody reads an address or a number back from.
CREATE TABLE tries (key TEXT PRIMARY KEY, since BIGINT NOT NULL, count BIGINT NOT NULL);
CREATE INDEX tries_since ON tries (since);
-- Complaints. body is complaint::Complaint as JSON, sealed to the district where it is about money or an officer.
CREATE TABLE complaint (
  id TEXT PRIMARY KEY, number TEXT NOT NULL, office TEXT NOT NULL, source TEXT NOT NULL, kind TEXT NOT NULL, body TEXT NOT NULL,
  state TEXT NOT NULL,               -- new, answered, closed, reopened
  made BIGINT NOT NULL, due TEXT NOT NULL, changed BIGINT NOT NULL
);
CREATE INDEX complaint_number ON complaint (number);
CREATE INDEX complaint_state ON complaint (state, due);
CREATE TABLE complaint_step (complaint TEXT NOT NULL, n BIGINT NOT NULL, at BIGINT NOT NULL, who TEXT NOT NULL, what TEXT NOT NULL, words TEXT NOT NULL, PRIMARY KEY (complaint, n));
-- Attachments, sealed files beside the database, one for each content.
CREATE TABLE complaint_file (complaint TEXT NOT NULL, sha256 TEXT NOT NULL, media TEXT NOT NULL, bytes BIGINT NOT NULL, PRIMARY KEY (complaint, sha256));
-- Messages to families: one row for each cause, with its fate.
CREATE TABLE message (
  id TEXT PRIMARY KEY,
  recipient TEXT NOT NULL,           -- E.164, e-mail, or complaint:ID: the contact that stands in it, sealed where it is
  body TEXT NOT NULL,
  template TEXT NOT NULL,            -- values of the template as JSON; [] for an answer
  state TEXT NOT NULL,               -- queued, sending, sent, delivered, read, failed, unsure
  tries BIGINT NOT NULL, next BIGINT NOT NULL, name TEXT NOT NULL, why TEXT NOT NULL, made BIGINT NOT NULL, changed BIGINT NOT NULL,
  carrier TEXT NOT NULL              -- whatsapp, mail
);
CREATE INDEX message_due ON message (carrier, state, next);
-- What families wrote, by the carrier's name of each message: one that comes twice is taken in once.
CREATE TABLE heard (name TEXT PRIMARY KEY, sender TEXT NOT NULL, at BIGINT NOT NULL, body TEXT NOT NULL);
CREATE INDEX heard_sender ON heard (sender, at);
CREATE TABLE talk (sender TEXT PRIMARY KEY, heard BIGINT NOT NULL, waits BIGINT NOT NULL, lost BIGINT NOT NULL);
-- Documents that exist and lie at the Dinas or at a place where they are collected, by the way the family chose; where they
-- stand says the application itself.
CREATE TABLE document (
  app TEXT PRIMARY KEY, office TEXT NOT NULL,
  way TEXT NOT NULL,                 -- delivery_method of the catalogue: dinas, district, village, officer, post, electronic
  place TEXT NOT NULL,               -- code of the village or subdistrict it goes to; empty where there is none
  since BIGINT NOT NULL
);
CREATE INDEX document_way ON document (way, place, since);
-- Runs: an officer's tour, or a bag for PT Pos, a subdistrict or a village (decision 0025).
CREATE TABLE run (
  id TEXT PRIMARY KEY, number TEXT NOT NULL UNIQUE, way TEXT NOT NULL, place TEXT NOT NULL,
  carrier TEXT NOT NULL,             -- who carries it, in words
  cod BIGINT NOT NULL,               -- rupiah that PT Pos collects for each letter for itself; never the Dinas's
  state TEXT NOT NULL,               -- open, out, done
  made BIGINT NOT NULL, made_by TEXT NOT NULL, sent BIGINT NOT NULL,
  due TEXT NOT NULL                  -- last day on which it should have arrived; empty before it left
);
CREATE INDEX run_state ON run (state, made);
-- What a run carries, in its order. A document is in one run at a time.
CREATE TABLE run_item (
  run TEXT NOT NULL, app TEXT NOT NULL, n BIGINT NOT NULL,
  tracking TEXT NOT NULL, attempts BIGINT NOT NULL,
  state TEXT NOT NULL,               -- packed, out, waiting (where it is collected), delivered, returned, gone (was not there to be sent)
  place TEXT NOT NULL, why TEXT NOT NULL, changed BIGINT NOT NULL,
  PRIMARY KEY (run, app)
);
CREATE UNIQUE INDEX run_item_open ON run_item (app) WHERE state IN ('packed', 'out', 'waiting');
CREATE INDEX run_item_state ON run_item (state, changed);
-- Hand-overs at counters that came second: a courier looks at them.
CREATE INDEX event_handed ON event (outcome, at) WHERE kind = 'doc.handed/1';
-- Ends of the chains of what people did at each counter, since when each is known, and what did not fit (decision 0026).
CREATE TABLE audit_head (device TEXT NOT NULL, chain BIGINT NOT NULL, n BIGINT NOT NULL, hash TEXT NOT NULL, since BIGINT NOT NULL, at BIGINT NOT NULL, PRIMARY KEY (device, chain));
CREATE TABLE audit_finding (device TEXT NOT NULL, chain BIGINT NOT NULL, kind TEXT NOT NULL, held BIGINT NOT NULL, told BIGINT NOT NULL, at BIGINT NOT NULL, PRIMARY KEY (device, chain, kind, held, told));
-- What residents asked for and protection that failed: each is due within 72 hours (UU 27/2022).
CREATE TABLE duty (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL,                -- access, correction, hold, breach
  subject TEXT NOT NULL,             -- HMAC of a NIK or of an application; of a breach, the computer
  made BIGINT NOT NULL, made_by TEXT NOT NULL, due BIGINT NOT NULL,
  done BIGINT NOT NULL, done_by TEXT NOT NULL, note TEXT NOT NULL
);
CREATE INDEX duty_due ON duty (done, due);
-- Documents of SIAK that were attached to an application, and those that were signed here (decision 0037).
CREATE TABLE issued_pdf (
  app TEXT NOT NULL, sha256 TEXT NOT NULL, officer TEXT NOT NULL, at BIGINT NOT NULL,
  seen TEXT NOT NULL,                -- what its signatures say, JSON
  signed_of TEXT NOT NULL,           -- the document of which this is the signed one; empty for one that was attached
  asked BIGINT NOT NULL,             -- since when a signing is asked for whose outcome is not known; 0: none
  PRIMARY KEY (app, sha256)
);
-- Decisions that one officer proposed and another one confirms or sends back (decision 0038).
CREATE TABLE proposal (
  id TEXT PRIMARY KEY, app TEXT NOT NULL,
  step TEXT NOT NULL,                -- issue, reject
  words TEXT NOT NULL,               -- number of the document, or the reason
  officer TEXT NOT NULL, at BIGINT NOT NULL,
  turn BIGINT NOT NULL,              -- newest event of the application that the officer could see
  how TEXT NOT NULL,                 -- confirmed, back, changed; empty while it waits
  ended BIGINT NOT NULL, ended_by TEXT NOT NULL, note TEXT NOT NULL
);
CREATE UNIQUE INDEX proposal_waits ON proposal (app) WHERE how = '';
CREATE INDEX proposal_app ON proposal (app, at);
-- What was destroyed because its time was over, and who said so (decision 0041). The list of each is a file beside the database.
CREATE TABLE destruction (
  id TEXT PRIMARY KEY, number TEXT NOT NULL UNIQUE,
  class TEXT NOT NULL,               -- scans, complaint_files, openings, messages, refused
  basis TEXT NOT NULL, days BIGINT NOT NULL, -- the rule it rests on
  before BIGINT NOT NULL,            -- what was older went
  made BIGINT NOT NULL, made_by TEXT NOT NULL, -- who proposed it
  agreed BIGINT NOT NULL, agreed_by TEXT NOT NULL, -- who said yes, or no
  things BIGINT NOT NULL, bytes BIGINT NOT NULL,
  list TEXT NOT NULL,                -- SHA-256 of the list
  state TEXT NOT NULL,               -- proposed, agreed, done, dropped
  done BIGINT NOT NULL
);
