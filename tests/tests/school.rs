//! Goal: a school helper has a database and keys of their own and reaches nothing of the counter's; the account ends by itself;
//! and what is handed over becomes one draft of the counter, whatever is cut in between.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails right here")]

mod office_world;

use jukung_domain::application::Consent;
use jukung_domain::assignment::Assignment;
use jukung_domain::policy::Action;
use jukung_domain::problem::Problem;
use jukung_ledger::point::DIE_AT;
use jukung_ledger::{Db, params};
use jukung_office::session::Session;
use jukung_office::view::{Change, HandedOut};
use jukung_office::{Office, home};
use office_world::{ALONE, PASSPHRASE, World, edge, pass_days, world};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

fn here(w: &World) -> PathBuf {
    w.folder.path().join("office")
}

fn code<T>(result: Result<T, Problem>) -> String {
    result.err().map(|p| p.code).unwrap_or_default()
}

fn letter(until: &str) -> Assignment {
    Assignment {
        school: "SDN Binuang 2".into(),
        letter: "800/12/SDN-B2/2026".into(),
        letter_day: "2 november 2026".into(),
        until: until.into(),
    }
}

fn opened(dir: &Path, handed: &HandedOut) -> Office {
    Office::open(dir, &handed.name, &handed.passphrase, edge()).unwrap()
}

const NIK: &str = "6305045207099901";

/// A draft of a first identity card with every answer and its paper.
fn filled(office: &Office) -> String {
    let draft = office.new_draft("KTP_NEW", None, None).unwrap().id;
    let answers = [
        ("applicant.name", "Aisyah Contoh"),
        ("applicant.nik", NIK),
        ("applicant.kk", "6305040107199902"),
        ("applicant.birthDate", "2009-07-12"),
        ("appliedBy", "school"),
    ];
    let fields = answers.iter().map(|(k, v)| ((*k).into(), (*v).into())).collect();
    let change = Change {
        draft: draft.clone(),
        fields,
        reasons: BTreeMap::new(),
        missing: BTreeMap::new(),
        section: "applicant".into(),
        field: String::new(),
    };
    office.save(&change).unwrap();
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample/ktp.jpg");
    let paper = office.attach(&draft, "kk", None, &std::fs::read(sample).unwrap()).unwrap();
    office.confirm_legible(&paper.id, "9902").unwrap();
    draft
}

fn agreed() -> Consent {
    Consent {
        text_version: "2026-11".into(),
        agreed: true,
        news: false,
        given_by: "self".into(),
        mark: "oral".into(),
        evidence: None,
        witnesses: vec!["Hamdi Contoh".into()],
    }
}

fn rows(db: &Db, sql: &str) -> String {
    db.read(|tx| tx.query(sql, &[])).unwrap().iter().map(|r| format!("{:?}", r.0)).collect()
}

fn states(db: &Db) -> Vec<String> {
    let rows = db.read(|tx| tx.query("SELECT state FROM handed ORDER BY id", &[])).unwrap();
    rows.iter().map(|r| r.text(0).unwrap()).collect()
}

fn drafts(office: &Office) -> usize {
    office.db().read(|tx| tx.query("SELECT id FROM draft", params![])).unwrap().len()
}

/// Every file below a folder.
fn files(dir: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(dir).unwrap().map(|e| e.unwrap().path());
    entries.flat_map(|p| if p.is_dir() { files(&p) } else { vec![p] }).collect()
}

/// Whether the counter's database opens with `key` beside a helper's own, over the engine itself.
fn attaches((mine, own): (&Path, &[u8; 32]), (counter, key): (&Path, &[u8; 32])) -> bool {
    let db = rusqlite::Connection::open(mine.join("office.db")).unwrap();
    let text = |key: &[u8; 32]| format!("x'{}'", hex::encode(key));
    db.execute_batch("PRAGMA cipher_log_level = NONE; PRAGMA cipher_default_hmac_algorithm = HMAC_SHA256").unwrap();
    db.pragma_update(None, "key", text(own)).unwrap();
    let sql = format!("ATTACH DATABASE '{}' AS staff KEY \"{}\"", counter.join("office.db").display(), text(key));
    let counted =
        |db: &rusqlite::Connection| db.query_row("SELECT count(*) FROM staff.app", [], |r| r.get::<_, i64>(0));
    db.execute_batch(&sql).is_ok() && counted(&db).is_ok()
}

#[tokio::test]
async fn a_helpers_slot_opens_nothing_of_the_counter_by_any_means() {
    let w = world(None).await;
    let (_, number) = w.hand_in("Budi Contoh");
    let laila = w.office.add_helper("Laila", &letter("30 juni 2027")).unwrap();
    let rina = w.office.add_helper("Rina", &letter("30 juni 2027")).unwrap();
    w.office.close().unwrap();
    let dir = here(&w);
    let slot = home::card(&w.office.school_place(&laila.person)).unwrap().unwrap().slots.remove(0);
    let keys = slot.open(&laila.passphrase).unwrap();
    let own = keys.own.clone().unwrap();
    let known = [keys.keys.database.clone(), keys.keys.device.clone(), own.secret, own.author];
    let (mut tried, mut opens) = (0, Vec::new());
    // Every key she has, raw, against every file of the counter and of the other helper.
    let mine = w.office.school_place(&laila.person);
    for file in files(&dir).into_iter().filter(|f| !f.starts_with(&mine)) {
        for key in &known {
            tried += 1;
            if Db::open_untouched(&file, Some(key)).is_ok()
                || jukung_crypto::bundle::open_bytes(key, &std::fs::read(&file).unwrap()).is_ok()
            {
                opens.push(file.clone());
            }
        }
    }
    // Every slot of this computer with every passphrase, her keyring in every other slot, and her slot in every other place.
    let mut others = home::card(&dir).unwrap().unwrap().slots;
    others.push(home::card(&w.office.school_place(&rina.person)).unwrap().unwrap().slots.remove(0));
    for other in &others {
        let with_mine = jukung_crypto::slot::Slot { keyring: slot.keyring.clone(), ..other.clone() };
        let as_other = jukung_crypto::slot::Slot {
            role: other.role.clone(),
            person: other.person.clone(),
            name: other.name.clone(),
            ..slot.clone()
        };
        let their_ring =
            jukung_crypto::slot::Slot { keyring: other.keyring.clone(), generation: other.generation, ..slot.clone() };
        for forged in [other.clone(), with_mine, as_other, their_ring] {
            tried += 1;
            if forged.open(&laila.passphrase).is_ok() {
                opens.push(dir.clone());
            }
        }
    }
    // The counter's database attached to hers, over the engine itself. With the counter's own key it opens: the try is one.
    let attached = |key: &[u8; 32]| attaches((&mine, &keys.keys.database), (&dir, key));
    let counters = home::card(&dir).unwrap().unwrap().slots[0].open(PASSPHRASE).unwrap().keys.database;
    assert!(attached(&counters));
    for key in &known {
        tried += 1;
        if attached(key) {
            opens.push(dir.clone());
        }
    }
    // Her slot on the counter's card: the keys open no database there.
    let mut card = home::card(&dir).unwrap().unwrap();
    let kept = card.clone();
    card.slots.push(slot);
    home::write_card(&dir, &card).unwrap();
    let helper = opened(&dir, &laila);
    assert!(helper.is_of_school() && rows(helper.db(), "SELECT id FROM app").is_empty(), "it is still hers");
    assert_eq!(code(helper.by_number(&number).and_then(|id| helper.application(&id))), "number_unknown");
    helper.close().unwrap();
    home::write_card(&dir, &kept).unwrap();
    println!("{tried} tries of a helper's keys on the counter's files: {} opens", opens.len());
    assert!(tried > 40 && opens.is_empty(), "{tried}: {opens:?}");
}

#[tokio::test]
async fn a_helper_at_the_computer_leaves_no_key_of_the_counter_in_memory_and_may_do_little() {
    let w = world(None).await;
    let dir = here(&w);
    let laila = w.office.add_helper("Laila", &letter("30 juni 2027")).unwrap();
    assert_eq!(code(w.office.add_helper("laila", &letter("30 juni 2027"))), "name_taken");
    assert_eq!(code(w.office.add_person("Laila", "officer")), "name_taken");
    assert_eq!(code(w.office.add_helper("Rina", &letter("1 juni 2026"))), "assignment_until");
    w.office.close().unwrap();
    drop(w.office);
    let session = Session::new(dir, edge());
    let staff = session.sign_in("Rahmah", PASSPHRASE).unwrap();
    session.permit(Action::OwnSecret).unwrap().set_pin("482107").unwrap();
    session.sign_in("Laila", &laila.passphrase).unwrap();
    assert!(staff.upgrade().is_none(), "nobody holds the counter's keys any more");
    session.permit(Action::OwnSecret).unwrap().change_passphrase(&laila.passphrase, "perahu besar di sungai").unwrap();
    session.permit(Action::OwnSecret).unwrap().set_pin("135791").unwrap();
    session.lock();
    assert_eq!(code(session.unlock("482107")), "pin_wrong", "the officer's PIN opens no helper's screen");
    session.unlock("135791").unwrap();
    for refused in [Action::ResidentFind, Action::FileSubmit, Action::Send, Action::FilePrint, Action::PeopleRead] {
        assert_eq!(code(session.permit(refused)), "not_permitted", "{refused:?}");
    }
    let helper = session.permit(Action::FileWrite).unwrap();
    assert_eq!(code(helper.new_draft("BIRTH_CERT", None, None)), "not_permitted");
    assert_eq!(code(helper.sync(&w.road).await), "not_permitted");
    let draft = filled(&helper);
    assert_eq!(code(helper.submit(&draft, &agreed())), "not_permitted");
    assert_eq!(helper.setting("idle_minutes").unwrap(), "2");
}

#[tokio::test]
async fn an_account_ends_by_itself_and_goes_on_under_another_letter_with_its_drafts() {
    let _alone = ALONE.lock().await;
    let w = world(None).await;
    let (dir, until) = (here(&w), w.office.today().saturating_add(jiff::Span::new().days(2)));
    let laila = w.office.add_helper("Laila", &letter(&until.to_string())).unwrap();
    w.office.close().unwrap();
    let helper = opened(&dir, &laila);
    let draft = filled(&helper);
    helper.close().unwrap();
    drop(helper);
    pass_days(2);
    opened(&dir, &laila).close().unwrap();
    pass_days(1);
    let session = Session::new(dir.clone(), edge());
    let staff = session.sign_in("Rahmah", PASSPHRASE).unwrap();
    let ended = session.sign_in("Laila", &laila.passphrase).err().unwrap();
    assert_eq!((ended.code.as_str(), ended.details["school"].as_str()), ("account_ended", "SDN Binuang 2"));
    assert!(staff.upgrade().is_some(), "nobody is signed out for it");
    assert!(jukung_domain::texts::of_problem(&ended).contains("SDN Binuang 2"));
    // Another day written into the card by hand breaks the slot.
    let place = w.office.school_place(&laila.person);
    let kept = home::card(&place).unwrap().unwrap();
    let mut forged = kept.clone();
    forged.slots[0].terms = forged.slots[0].terms.replace("2026", "2036");
    home::write_card(&place, &forged).unwrap();
    assert_eq!(code(session.sign_in("Laila", &laila.passphrase)), "wrong_passphrase");
    home::write_card(&place, &kept).unwrap();
    let office = staff.upgrade().unwrap();
    let again = office.assign_helper(&laila.person, &letter("30 juni 2027")).unwrap();
    assert!(office.staff().unwrap()[1].about.contains("30 Jun 2027"));
    drop(office);
    session.end();
    assert_eq!(code(Office::open(&dir, "Laila", &laila.passphrase, edge())), "wrong_passphrase");
    let helper = opened(&dir, &again);
    assert_eq!(helper.open_draft(&draft).unwrap().application.fields["applicant.nik"], NIK);
    helper.close().unwrap();
}

/// A helper at the computer with one draft that lacks nothing; the counter's folder is closed.
async fn begun() -> (World, PathBuf, HandedOut, Office, String) {
    let w = world(None).await;
    let dir = here(&w);
    let laila = w.office.add_helper("Laila", &letter("30 juni 2027")).unwrap();
    w.office.close().unwrap();
    let helper = opened(&dir, &laila);
    let draft = filled(&helper);
    (w, dir, laila, helper, draft)
}

/// A helper who handed over one draft, in a world whose counter is closed; the counter's folder, and the draft.
async fn handed_over() -> (World, PathBuf, HandedOut, String) {
    let (w, dir, laila, helper, draft) = begun().await;
    let open = helper.new_draft("KIA_NEW", None, None).unwrap().id;
    assert_eq!(helper.give_to_counter().unwrap(), 1, "what lacks something stays");
    assert_eq!(code(helper.open_draft(&draft)), "draft_gone");
    assert!(helper.open_draft(&open).is_ok());
    let kept = rows(helper.db(), "SELECT * FROM handed") + &rows(helper.db(), "SELECT sha256, key FROM blob");
    assert!(kept.contains("Aisyah") && kept.contains("9901") && !kept.contains(NIK), "{kept}");
    assert!(rows(helper.db(), "SELECT id FROM scan").is_empty(), "no key opens its papers any more");
    helper.close().unwrap();
    (w, dir, laila, draft)
}

#[tokio::test]
async fn what_a_helper_handed_over_becomes_one_draft_and_one_application_and_they_see_only_where_it_stands() {
    let (w, dir, laila, draft) = handed_over().await;
    let place = w.office.school_place(&laila.person);
    let sealed = place.join("handed").join(&draft);
    assert!(sealed.exists());
    let key = home::card(&place).unwrap().unwrap().slots[0].open(&laila.passphrase).unwrap().keys.database;
    let theirs = Db::open_sqlite(&place.join("office.db"), Some(&key)).unwrap();
    // A cut between the two databases: the counter has it, the helper's says that it waits. Again and again.
    for _ in 0..3 {
        let office = office_world::open(&dir);
        assert_eq!(drafts(&office), 1);
        let seen = office.open_draft(&draft).unwrap();
        assert_eq!((seen.application.fields["applicant.nik"].as_str(), seen.created_by.as_str()), (NIK, "Laila"));
        assert_eq!(seen.scans.len(), 1);
        assert_eq!(states(&theirs), ["taken"]);
        office.close().unwrap();
        theirs.write(|tx| tx.execute("UPDATE handed SET state = 'handed'", &[]).map(|_| ())).unwrap();
    }
    // A backup has the helper's folder with it, and a spare computer takes over from it.
    let (backup, spare) = (w.folder.path().join("backup"), w.folder.path().join("spare"));
    let office = office_world::open(&dir);
    office.back_up(&backup).unwrap();
    office.close().unwrap();
    jukung_office::backup::restore(&backup, &spare).unwrap();
    let helper = opened(&spare, &laila);
    assert_eq!(states(helper.db()), ["taken"]);
    helper.close().unwrap();
    // The counter's database of before the taking was put back: what it lost is taken again.
    let office = office_world::open(&dir);
    for table in ["draft", "scan", "taken"] {
        office.db().write(|tx| tx.execute(&format!("DELETE FROM {table}"), &[]).map(|_| ())).unwrap();
    }
    office.close().unwrap();
    let office = office_world::open(&dir);
    assert_eq!((drafts(&office), states(&theirs)), (1, vec!["taken".to_owned()]));
    office.record_read_back(&draft, "spoken", &[]).unwrap();
    let done = office.submit(&draft, &agreed()).unwrap();
    office.sync(&w.road).await.unwrap();
    office.close().unwrap();
    assert_eq!((w.stored_at_district().await, states(&theirs)), (1, vec!["SUBMITTED".to_owned()]));
    assert!(!sealed.exists(), "it has done its work");
    // Handed over once more by an older copy of the helper's folder: nothing becomes of it.
    theirs.write(|tx| tx.execute("UPDATE handed SET state = 'handed'", &[]).map(|_| ())).unwrap();
    let office = office_world::open(&dir);
    assert_eq!(drafts(&office), 0);
    assert_eq!(office_world::counter_shows(&office).len(), 1);
    w.decide(&done.application, jukung_domain::event::Body::Taken).await.unwrap();
    office.sync(&w.road).await.unwrap();
    office.close().unwrap();
    assert_eq!(states(&theirs), ["IN_VERIFICATION"]);
}

/// Not a claim of its own: the process that dies at a named point while a helper gives, or the counter takes.
#[test]
fn worker() {
    let Ok(dir) = std::env::var("JUKUNG_SCHOOL_DIR") else { return };
    jukung_ledger::point::arm(std::env::var(DIE_AT).ok().as_deref());
    match std::env::var("JUKUNG_SCHOOL_HELPER") {
        Ok(passphrase) => {
            let helper = Office::open(Path::new(&dir), "Laila", &passphrase, edge()).unwrap();
            helper.give_to_counter().unwrap();
        }
        Err(_) => drop(office_world::open(Path::new(&dir))),
    }
}

fn dies(dir: &Path, helper: Option<&str>, at: &str) {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "worker"]).env("JUKUNG_SCHOOL_DIR", dir).env(DIE_AT, at).stdout(Stdio::null());
    child.envs(helper.map(|passphrase| ("JUKUNG_SCHOOL_HELPER", passphrase))).stderr(Stdio::null());
    assert_eq!(child.status().unwrap().code(), None, "killed at {at}");
}

#[tokio::test]
async fn killed_at_any_point_of_a_hand_over_it_is_one_draft_of_one_of_them() {
    let (_w, dir, laila, helper, draft) = begun().await;
    helper.close().unwrap();
    dies(&dir, Some(&laila.passphrase), "school.sealed");
    let helper = opened(&dir, &laila);
    assert!(helper.open_draft(&draft).is_ok() && states(helper.db()).is_empty(), "it is the helper's");
    helper.close().unwrap();
    dies(&dir, Some(&laila.passphrase), "school.handed");
    let helper = opened(&dir, &laila);
    assert_eq!((code(helper.open_draft(&draft)), states(helper.db())), ("draft_gone".into(), vec!["handed".into()]));
    helper.close().unwrap();
    dies(&dir, None, "school.taken");
    let office = office_world::open(&dir);
    assert_eq!((drafts(&office), office.open_draft(&draft).unwrap().scans.len()), (1, 1), "it is the counter's, once");
    office.close().unwrap();
    let helper = opened(&dir, &laila);
    assert_eq!(states(helper.db()), ["taken"]);
}

#[tokio::test]
async fn a_hand_over_that_was_tampered_with_is_told_as_such_and_a_removed_helper_leaves_it_behind() {
    let (w, dir, laila, draft) = handed_over().await;
    let place = w.office.school_place(&laila.person);
    let sealed = place.join("handed").join(&draft);
    let whole = std::fs::read(&sealed).unwrap();
    let mut broken = whole.clone();
    *broken.last_mut().unwrap() ^= 1;
    std::fs::write(&sealed, &broken).unwrap();
    let key = home::card(&place).unwrap().unwrap().slots[0].open(&laila.passphrase).unwrap().keys.database;
    let theirs = Db::open_sqlite(&place.join("office.db"), Some(&key)).unwrap();
    let office = office_world::open(&dir);
    assert_eq!((drafts(&office), states(&theirs)), (0, vec!["damaged".to_owned()]));
    std::fs::write(&sealed, &whole).unwrap();
    theirs.write(|tx| tx.execute("UPDATE handed SET state = 'handed'", &[]).map(|_| ())).unwrap();
    drop(theirs);
    office.remove_person(&laila.person).unwrap();
    assert_eq!(drafts(&office), 1, "it was taken before the folder went");
    assert_eq!(office.open_draft(&draft).unwrap().created_by, "Laila", "who left keeps a name");
    assert!(!place.exists());
    assert_eq!(code(Office::open(&dir, "Laila", &laila.passphrase, edge())), "person_unknown");
    assert_eq!(rows(office.db(), "SELECT key || seed || secret FROM helper"), r#"[Text("")]"#);
    office.close().unwrap();
}
