//! Goal: what the district decides for its counters is what the counter promises, asks for and counts by.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails right here")]

#[path = "../benches/figures/counter.rs"]
mod counter;

use jukung_domain::application::Application;
use jukung_domain::wire::DistrictSettings;
use jukung_office::Office;
use jukung_office::edge::{Clock, Edge};
use jukung_office::view::Change;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// 23 November 2026, 10.00 in WITA, a Monday.
struct Monday;
impl Clock for Monday {
    fn now_ms(&self) -> i64 {
        1_795_399_200_000
    }
}

fn office(folder: &Path) -> Office {
    counter::open(folder, &Edge { clock: Arc::new(Monday), ..Edge::system() })
}

/// As the counter receives them from the Dinas with a sync.
fn decide(office: &Office, settings: &DistrictSettings) {
    let text = serde_json::to_string(settings).unwrap();
    office.db().write(|tx| jukung_office::settings::set(tx, "district_settings", &text)).unwrap();
}

#[test]
fn promised_days_are_the_catalogues_until_the_district_sets_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let office = office(folder.path());
    let promised = |service: &str| {
        let handed_in =
            Application { service: service.into(), reported: Some("2026-11-23".into()), ..Application::default() };
        office.promised(&handed_in).map(|d| d.to_string())
    };
    decide(&office, &DistrictSettings::default());
    // Three working days after a Monday; five lead over the week-end.
    assert_eq!(promised("KTP_LOST").as_deref(), Some("2026-11-26"));
    assert_eq!(promised("HOME_VISIT_REQUEST").as_deref(), Some("2026-11-30"));
    let promised_days = BTreeMap::from([("KTP_LOST".to_owned(), 1), ("HOME_VISIT_REQUEST".to_owned(), 0)]);
    decide(&office, &DistrictSettings { promised_days, ..DistrictSettings::default() });
    assert_eq!(promised("KTP_LOST").as_deref(), Some("2026-11-24"));
    assert_eq!(promised("HOME_VISIT_REQUEST"), None, "no days, no promise");
    assert_eq!(promised("KTP_DAMAGED").as_deref(), Some("2026-11-26"), "others keep theirs");
}

#[test]
fn a_copy_of_the_receipt_promises_the_day_of_the_first_whatever_the_dinas_changed_since() {
    let folder = tempfile::tempdir().unwrap();
    let office = office(folder.path());
    decide(&office, &DistrictSettings::default());
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample/05-ktp-lost.json");
    let id = office.submit_file(&sample).unwrap().remove(0).result.unwrap().application;
    let (paper, screen) = (office.receipt_pdf(&id, "A5").unwrap(), office.application(&id).unwrap().promised);
    assert!(screen.contains("26 November 2026"), "{screen}");
    let promised_days = BTreeMap::from([("KTP_LOST".to_owned(), 9)]);
    decide(&office, &DistrictSettings { promised_days, ..DistrictSettings::default() });
    assert_eq!(office.application(&id).unwrap().promised, screen);
    assert!(office.receipt_pdf(&id, "A5").unwrap() == paper, "the same paper, byte for byte");
    let next = office.submit_file(&sample).unwrap().remove(0).result.unwrap().application;
    assert!(office.application(&next).unwrap().promised.contains("4 Desember 2026"), "the next one by the new days");
}

#[test]
fn a_draft_names_the_forms_and_the_local_papers_of_its_district() {
    let folder = tempfile::tempdir().unwrap();
    let office = office(folder.path());
    decide(&office, &DistrictSettings::default());
    let draft = office.new_draft("BIRTH_CERT", None, None).unwrap();
    assert_eq!((draft.forms, draft.edition.as_str()), (vec!["F-2.01".to_owned()], "2019"));
    assert!(draft.extras.is_empty() && !draft.findings.iter().any(|f| f.field == "requirement.witness_ktp"));
    let new = DistrictSettings {
        form_edition: "2026".into(),
        extras: vec!["witness_ktp".into()],
        ..DistrictSettings::default()
    };
    decide(&office, &new);
    let draft = office.open_draft(&draft.id).unwrap();
    assert_eq!((draft.forms, draft.edition.as_str()), (vec!["F-2.01A".to_owned()], "2026"));
    assert_eq!(draft.extras, ["witness_ktp"]);
    assert!(draft.findings.iter().any(|f| f.field == "requirement.witness_ktp"));
    let none = office.new_draft("MOVE_IN", None, None).unwrap();
    assert!(none.forms.is_empty() && none.edition.is_empty(), "a service without a form names none");
}

#[test]
fn a_deadline_the_district_set_is_the_one_the_counter_counts_by() {
    let folder = tempfile::tempdir().unwrap();
    let office = office(folder.path());
    let draft = office.new_draft("MOVE_IN", None, None).unwrap().id;
    let old = |limits: &[(&str, i32)]| {
        let limits = limits.iter().map(|(k, v)| ((*k).to_owned(), *v)).collect();
        decide(&office, &DistrictSettings { limits, ..DistrictSettings::default() });
        let typed = BTreeMap::from([("move.letterDate".to_owned(), "2026-10-01".to_owned())]);
        let (reasons, missing) = (BTreeMap::new(), BTreeMap::new());
        let change = Change {
            draft: draft.clone(),
            fields: typed,
            reasons,
            missing,
            section: "move".into(),
            field: String::new(),
        };
        office.save(&change).unwrap().findings.iter().any(|f| f.code == "letter_old")
    };
    assert_eq!([old(&[]), old(&[("letter_old", 60)])], [true, false]);
}

#[test]
fn a_service_of_the_dinas_itself_is_not_begun_but_told_where_to_go() {
    let folder = tempfile::tempdir().unwrap();
    let problem = office(folder.path()).new_draft("MARRIAGE_CERT", None, None).unwrap_err();
    assert_eq!((problem.code.as_str(), problem.details["name"].as_str()), ("service_elsewhere", "Akta perkawinan"));
}
