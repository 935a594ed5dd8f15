//! Goal: what the counter knows is offered again: services, people, papers; and only to whom it belongs.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails right here")]

#[path = "../benches/figures/counter.rs"]
mod counter;

use jukung_domain::application::Original;
use jukung_office::Office;
use jukung_office::edge::{Clock, Edge};
use jukung_office::view::Change;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

const DAY_MS: i64 = 86_400_000;
const HALIMAH: &str = "6305044107489901";

struct Settable(AtomicI64);
impl Clock for Settable {
    fn now_ms(&self) -> i64 {
        self.0.fetch_add(1, Ordering::Relaxed)
    }
}

fn sample(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("sample").join(name)
}

/// Hands a sample in and gives the application's id.
fn hand_in(office: &Office, name: &str) -> String {
    let number = office.submit_file(&sample(name)).unwrap().remove(0).result.unwrap().number;
    office.by_number(&number).unwrap()
}

/// Card of the resident that these letters find.
fn card(office: &Office, letters: &str) -> String {
    office.search(letters).unwrap().into_iter().find(|hit| hit.kind == "resident").unwrap().id
}

fn answer(office: &Office, draft: &str, answers: &[(&str, &str)]) {
    let fields = answers.iter().map(|(path, value)| ((*path).to_owned(), (*value).to_owned())).collect();
    let change = Change {
        draft: draft.into(),
        fields,
        reasons: Default::default(),
        missing: Default::default(),
        section: String::new(),
        field: String::new(),
    };
    office.save(&change).unwrap();
}

#[test]
fn services_taken_in_the_last_month_come_first_and_older_ones_are_forgotten() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(Settable(AtomicI64::new(1_795_399_200_000)));
    let office = counter::open(folder.path(), &Edge { clock: clock.clone(), ..Edge::system() });
    assert_eq!(office.often().unwrap(), Vec::<String>::new(), "a new counter");
    hand_in(&office, "04-death.json");
    clock.0.fetch_add(31 * DAY_MS, Ordering::Relaxed);
    for name in ["05-ktp-lost.json", "01-ktp-damaged.json", "05-ktp-lost.json"] {
        hand_in(&office, name);
    }
    assert_eq!(office.often().unwrap(), ["KTP_LOST", "KTP_DAMAGED"]);
}

#[test]
fn a_whole_nik_names_one_person_and_no_witness_is_a_party() {
    let folder = tempfile::tempdir().unwrap();
    let office = counter::open(folder.path(), &Edge::system());
    hand_in(&office, "01-ktp-damaged.json");
    let draft = office.new_draft("BIRTH_CERT", None, None).unwrap().id;
    let names = |path: &str, text: &str| {
        let found = office.people(&draft, path, text).unwrap();
        found.into_iter().map(|p| p.name).collect::<Vec<_>>()
    };
    let found = office.people(&draft, "applicant.nik", HALIMAH).unwrap();
    assert_eq!(found.len(), 1);
    let chosen = office.known_person(&found[0].card).unwrap().fields;
    assert_eq!(chosen.get("kk").map(String::as_str), Some("6305041203079901"));
    assert_eq!(chosen.get("rt").map(String::as_str), Some("003"));
    assert!(!chosen.contains_key("phone"), "a phone is asked anew");
    assert_eq!(names("applicant.nik", "6305044107489902"), Vec::<String>::new());
    assert_eq!(names("applicant.nik", &HALIMAH[..15]), Vec::<String>::new());
    // Known, and nobody of this birth yet: she may be a witness.
    assert_eq!(names("witness1.name", "hali"), ["Halimah Contoh"]);
    for start in ["applicant", "mother", "father", "witness2"] {
        let (name, nik) = (format!("{start}.name"), format!("{start}.nik"));
        answer(&office, &draft, &[(&name, "Halimah Contoh"), (&nik, HALIMAH)]);
        assert_eq!(names("witness1.name", "hali"), Vec::<String>::new(), "{start}");
        assert_eq!(names("witness1.nik", HALIMAH), Vec::<String>::new(), "{start}");
        assert!(!names("mother.name", "hali").is_empty(), "only witnesses are held apart");
        answer(&office, &draft, &[(&name, ""), (&nik, "")]);
    }
}

#[test]
fn a_paper_on_file_is_taken_again_stored_once_and_shown_only_to_its_owner() {
    let folder = tempfile::tempdir().unwrap();
    let office = counter::open(folder.path(), &Edge::system());
    let first = hand_in(&office, "07-kia.json");
    let owner = jukung_tests::document(&office, &first).fields["applicant.nik"].clone();
    let before = office.application(&first).unwrap().scans;
    let service = office.service("BIRTH_CERT").unwrap();
    let shared = before.iter().find(|s| service.requirements.iter().any(|r| r.id == s.attachment.requirement)).unwrap();
    let draft = office.new_draft("BIRTH_CERT", None, None).unwrap().id;
    assert!(office.papers_on_file(&draft).unwrap().is_empty(), "nobody is known yet");
    answer(&office, &draft, &[("applicant.nik", "6305040101809903")]);
    assert!(office.papers_on_file(&draft).unwrap().is_empty(), "somebody else's papers");
    assert_eq!(office.take_on_file(&draft, &shared.id).unwrap_err().code, "not_found");
    answer(&office, &draft, &[("applicant.nik", &owner)]);
    let offered = office.papers_on_file(&draft).unwrap();
    let one = offered.iter().find(|p| p.requirement == shared.attachment.requirement).unwrap();
    assert_eq!(one.service_name, office.service_name("KIA_NEW"));
    let stored = || std::fs::read_dir(folder.path().join("office/scans")).unwrap().count();
    let files = stored();
    let taken = office.take_on_file(&draft, &one.scan).unwrap();
    assert_eq!((taken.attachment.sha256, taken.attachment.asked), (shared.attachment.sha256.clone(), None));
    assert_eq!(taken.attachment.original, Some(Original::OnFile), "nobody claims to have seen the original");
    assert!(taken.note.contains(&one.day), "{}", taken.note);
    assert_eq!(stored(), files, "the same content is stored once");
    assert!(office.papers_on_file(&draft).unwrap().iter().all(|p| p.requirement != shared.attachment.requirement));
    office.detach(&taken.id).unwrap();
    assert_eq!(office.papers_on_file(&draft).unwrap().len(), offered.len(), "put away, it is offered again");
}

#[test]
fn the_receipt_says_which_original_stays_and_which_goes_back() {
    let folder = tempfile::tempdir().unwrap();
    let office = counter::open(folder.path(), &Edge::system());
    let application = hand_in(&office, "01-ktp-damaged.json");
    let shown = |id: &str| office.receipt(id, "a5").unwrap().pages.concat();
    let words = |key: &str| jukung_domain::texts::say(key, &[]);
    let from_file = shown(&application);
    assert!(from_file.contains(&words("receipt.original_unseen")), "nobody here held it: {from_file}");
    assert!(!from_file.contains(&words("receipt.original_returned")));
    let draft = office.new_draft("KTP_DAMAGED", None, Some(&card(&office, "halimah"))).unwrap().id;
    let scan = office.attach(&draft, "ktp_damaged", None, &std::fs::read(sample("ktp.jpg")).unwrap()).unwrap();
    assert_eq!(office.keep_original(&scan.id, true).unwrap().attachment.original, Some(Original::Kept));
    assert_eq!(office.keep_original(&scan.id, false).unwrap().attachment.original, None);
    office.keep_original(&scan.id, true).unwrap();
    answer(&office, &draft, &[("applicant.birthDate", "1948")]);
    office.record_read_back(&draft, "spoken", &[]).unwrap();
    let mut consent = jukung_tests::document(&office, &application).consent.unwrap();
    consent.mark = "oral".into();
    consent.witnesses = vec!["Hamdi Contoh".into(), "Galuh Contoh".into()];
    consent.evidence = None;
    let done = office.submit(&draft, &consent).unwrap();
    let page = shown(&done.application);
    assert!(page.contains(&words("receipt.original_kept")), "{page}");
    // Whoever was called last time is called again, by the same word: her grandchild, not "pemohon sendiri".
    assert!(page.contains("Rizal Contoh (cucu)"), "{page}");
    assert!(!page.contains(&words("receipt.original_returned")));
}

#[test]
fn another_service_for_the_same_person_begins_with_what_the_first_one_told() {
    let folder = tempfile::tempdir().unwrap();
    let office = counter::open(folder.path(), &Edge::system());
    let application = hand_in(&office, "04-death.json");
    let first = jukung_tests::document(&office, &application);
    let applicant = office.applicant_of(&application).unwrap();
    assert_eq!(applicant, card(&office, "halimah"), "the card that a search gives: no number of hers");
    let next = office.new_draft("KK_NEW_HEAD", None, Some(&applicant)).unwrap();
    for path in ["applicant.name", "applicant.nik", "applicant.kk", "applicant.phone", "helper.name"] {
        assert_eq!(next.application.fields.get(path), first.fields.get(path), "{path}");
    }
    assert!(!next.application.fields.keys().any(|path| path.starts_with("deceased.")), "and with nothing else of it");
    assert_eq!(office.applicant_of("nobody").unwrap_err().code, "not_found");
}

#[test]
fn residents_who_share_a_name_are_told_apart_by_their_mothers() {
    let folder = tempfile::tempdir().unwrap();
    let office = counter::open(folder.path(), &Edge::system());
    let visit = |name: &str, nik: &str, mother: &str| {
        let mut value: serde_json::Value =
            serde_json::from_str(&std::fs::read_to_string(sample(name)).unwrap()).unwrap();
        let (same, born) = ("Halimah Contoh", "1948-07-01");
        let person = [("applicant.name", same), ("subject.name", same), ("applicant.nik", nik), ("child.nik", nik)];
        for (path, text) in person.into_iter().chain([("applicant.birthDate", born), ("child.birthDate", born)]) {
            // Only what this form asks.
            if value["fields"].get(path).is_some() {
                value["fields"][path] = text.into();
            }
        }
        if !mother.is_empty() {
            value["fields"]["mother.name"] = mother.into();
        }
        let scans = value["attachments"].as_array().cloned().unwrap_or_default();
        for scan in scans {
            let file = scan["file"].as_str().unwrap();
            std::fs::copy(sample(file), folder.path().join(file)).unwrap();
        }
        let file = folder.path().join("application.json");
        std::fs::write(&file, value.to_string()).unwrap();
        let line = office.submit_file(&file).unwrap().remove(0);
        assert!(line.result.is_ok(), "{name} {:?}", line.result.err());
    };
    let about = || {
        let hits = office.search("halimah").unwrap().into_iter().filter(|h| h.kind == "resident");
        hits.map(|h| h.about).collect::<Vec<_>>()
    };
    visit("03-birth-elderly.json", HALIMAH, "Galuh Contoh");
    assert!(about().iter().all(|a| !a.contains("ibu")), "alone, nobody needs her mother's name");
    visit("03-birth-elderly.json", "6305044107489902", "Rusmini Contoh");
    let both = about();
    assert_eq!(both.len(), 2);
    assert!(
        both.iter().any(|a| a.contains("ibu: Galuh Contoh")) && both.iter().any(|a| a.contains("Rusmini")),
        "{both:?}"
    );
    // A later form that does not ask for her mother does not lose the name, and no form begins with it.
    visit("01-ktp-damaged.json", HALIMAH, "");
    assert!(about().iter().any(|a| a.contains("ibu: Galuh Contoh")));
    assert!(office.known(HALIMAH).unwrap().keys().all(|path| path.contains('.')));
}

#[test]
fn the_room_a_counter_takes_grows_with_its_papers() {
    let folder = tempfile::tempdir().unwrap();
    let office = counter::open(folder.path(), &Edge::system());
    let before = office.storage().unwrap();
    std::fs::write(folder.path().join("office/filler"), vec![0; 3 * 1024 * 1024]).unwrap();
    let after = office.storage().unwrap();
    assert_eq!(after.used_mb, before.used_mb + 3);
    assert!(after.free_mb > 0);
}
