//! Deadlines, papers that hang on an answer, and substitutes: played through the check as the domain reference tells them
//! (1.4, 1.5, 4.4), on its fixed day, 23 November 2026.

use jiff::civil::{Date, date as day};
use jukung_domain::application::{Application, Attachment};
use jukung_domain::catalogue::Catalogue;
use jukung_domain::check::{Ground, blocks_sending, check};
use jukung_domain::finding::{Finding, Strength};
use jukung_domain::region::Regions;
use std::collections::BTreeMap;

const TODAY: Date = day(2026, 11, 23);

fn filled(code: &str, fields: &[(&str, &str)]) -> Application {
    let service = Catalogue::embedded().service(code).unwrap_or_else(|| panic!("no {code}"));
    Application {
        service: code.to_owned(),
        variant: service.variants.first().map(|v| v.code.clone()),
        reported: Some(TODAY.to_string()),
        fields: fields.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect(),
        ..Application::default()
    }
}

fn found(application: &Application, extras: &[&str], limits: &[(&str, i32)]) -> Vec<Finding> {
    let catalogue = Catalogue::embedded();
    let service = catalogue.service(&application.service).unwrap_or_else(|| panic!("no {}", application.service));
    let extras: Vec<String> = extras.iter().map(|e| (*e).to_owned()).collect();
    let limits: BTreeMap<String, i32> = limits.iter().map(|(k, v)| ((*k).to_owned(), *v)).collect();
    let ground = Ground { catalogue, regions: Regions::embedded(), today: TODAY, extras: &extras, limits: &limits };
    check(service, application, ground)
}

/// 1.5: service, the date it counts from, the answers that ask for that date, days, the finding and its strength.
type Deadline = (&'static str, &'static str, Answers, i32, &'static str, Strength);
const DEADLINES: [Deadline; 11] = [
    ("BIRTH_CERT", "child.birthDate", &[], 60, "late_birth", Strength::Check),
    ("DEATH_CERT", "deceased.deathDate", &[], 30, "late_death", Strength::Check),
    (
        "KK_NEW_FAMILY",
        "family.marriageDate",
        &[("family.basis", "marriage_book")],
        30,
        "late_family",
        Strength::Suggestion,
    ),
    ("KK_NEW_FAMILY", "family.divorceDate", &[("family.basis", "divorce")], 30, "late_family", Strength::Suggestion),
    ("KK_NEW_HEAD", "family.deathDate", &[], 30, "late_family", Strength::Suggestion),
    ("KK_SPLIT", "split.marriageDate", &[("split.cause", "marriage")], 30, "late_family", Strength::Suggestion),
    ("KK_SPLIT", "split.divorceDate", &[("split.cause", "divorce")], 30, "late_family", Strength::Suggestion),
    ("KK_CHANGE", "change.eventDate", &[("change.kind", "join")], 30, "late_family", Strength::Suggestion),
    ("KTP_LOST", "card.since", &[], 14, "late_ktp", Strength::Suggestion),
    ("KTP_DAMAGED", "card.since", &[], 14, "late_ktp", Strength::Suggestion),
    ("MOVE_IN", "move.letterDate", &[], 30, "letter_old", Strength::Check),
];

#[test]
fn a_deadline_passes_on_the_day_after_its_last_and_never_blocks() {
    for (service, path, others, days, code, strength) in DEADLINES {
        let after = |days: i32, limits: &[(&str, i32)]| {
            let date = TODAY.checked_sub(jiff::Span::new().days(days)).map(|d| d.to_string()).unwrap_or_default();
            let fields: Vec<(&str, &str)> = others.iter().copied().chain([(path, date.as_str())]).collect();
            found(&filled(service, &fields), &[], limits).into_iter().find(|f| f.code == code)
        };
        assert_eq!(after(days, &[]), None, "{service} {path} on its last day");
        let late = after(days + 1, &[]).unwrap_or_else(|| panic!("{service} {path} a day late"));
        assert_eq!((late.field.as_str(), late.strength), (path, strength), "{service}");
        assert!(late.message.contains(&(days + 1).to_string()), "{}", late.message);
        // A district that counts otherwise says so once, for all its counters.
        assert_eq!(after(days + 1, &[(code, days + 1)]), None, "{service} {path} with the district's own number");
    }
}

#[test]
fn no_rule_counts_days_beside_those_of_the_table() {
    let counted: usize = Catalogue::embedded()
        .services
        .iter()
        .map(|s| s.rules.iter().filter(|r| r.kind == jukung_domain::catalogue::RuleKind::LaterThanDays).count())
        .sum();
    assert_eq!(counted, DEADLINES.len());
}

/// Answers by path.
type Answers = &'static [(&'static str, &'static str)];
/// Service, paper, and the answer it hangs on.
const HANGS_ON: [(&str, &str, Answers); 17] = [
    ("BIRTH_CERT", "police_report", &[("parents.unknown", "yes")]),
    ("BIRTH_CERT", "proxy_letter", &[("appliedBy", "proxy")]),
    ("DEATH_CERT", "travel_document", &[("deceased.notResident", "yes")]),
    ("KK_NEW_HEAD", "guardian_statement", &[("family.guardian", "Paman")]),
    ("KK_SPLIT", "marriage_proof", &[("split.cause", "marriage")]),
    ("KK_SPLIT", "marriage_proof", &[("split.cause", "divorce")]),
    ("KK_CHANGE", "care_statement", &[("change.kind", "join"), ("change.minorMoves", "yes")]),
    ("KK_LOST_DAMAGED", "loss_report", &[("card.state", "lost")]),
    ("KK_LOST_DAMAGED", "kk_damaged", &[("card.state", "damaged")]),
    ("KTP_LOST", "proxy_letter", &[("appliedBy", "family_other")]),
    ("KIA_NEW", "photo", &[("child.birthDate", "2021-11-23")]),
    ("MOVE_OUT", "care_letter", &[("move.kind", "head"), ("move.minorsStay", "yes")]),
    ("MOVE_OUT", "care_letter", &[("move.kind", "head_some"), ("move.minorsStay", "yes")]),
    ("MOVE_IN", "no_objection", &[("move.lodging", "yes")]),
    ("DATA_CONSOLIDATION", "letter", &[("problem.hasLetter", "yes")]),
    ("HOME_VISIT_REQUEST", "house_photo", &[("visit.photoAllowed", "yes")]),
    ("KTP_CHANGE", "proxy_letter", &[("appliedBy", "proxy")]),
];

fn asks_for(application: &Application, paper: &str) -> bool {
    found(application, &[], &[]).iter().any(|f| f.field == format!("requirement.{paper}"))
}

#[test]
fn a_paper_is_asked_for_when_its_case_holds_and_not_before() {
    for (service, paper, answers) in HANGS_ON {
        assert!(!asks_for(&filled(service, &[]), paper), "{service} asks for {paper} of everybody");
        assert!(asks_for(&filled(service, answers), paper), "{service} does not ask for {paper} when {answers:?}");
    }
    let born = |date: &str| asks_for(&filled("KIA_NEW", &[("child.birthDate", date)]), "photo");
    assert_eq!([born("2021-11-23"), born("2021-11-24")], [true, false], "five years are reached on the birthday");
}

#[test]
fn what_hangs_on_a_hidden_answer_is_not_asked_for() {
    let moves = |kind| asks_for(&filled("MOVE_OUT", &[("move.kind", kind), ("move.minorsStay", "yes")]), "care_letter");
    assert_eq!([moves("head"), moves("head_all")], [true, false]);
    let adult = Application { variant: Some("adult".into()), ..filled("BIRTH_CERT", &[("parents.unknown", "yes")]) };
    assert_eq!([asks_for(&adult, "police_report"), asks_for(&adult, "marriage_proof")], [false, true]);
    let foundling = filled("BIRTH_CERT", &[("parents.unknown", "yes")]);
    assert!(!asks_for(&foundling, "marriage_proof"));
    assert!(!found(&foundling, &[], &[]).iter().any(|f| f.code == "parents_unnamed"));
}

#[test]
fn a_rule_that_hangs_on_a_hidden_answer_says_nothing() {
    // The date of a marriage was typed before the card was said to follow a divorce.
    let fields = [("family.basis", "divorce"), ("family.marriageDate", "2020-01-01")];
    assert!(!found(&filled("KK_NEW_FAMILY", &fields), &[], &[]).iter().any(|f| f.code == "late_family"));
    // The phone of a helper who is no longer named calls nobody.
    let phone = |kind| {
        let fields = [("helper.kind", kind), ("helper.phone", "+6281200000001")];
        found(&filled("HOME_VISIT_REQUEST", &fields), &[], &[]).iter().any(|f| f.code == "visit_no_phone")
    };
    assert_eq!([phone("grandchild"), phone("none")], [false, true]);
}

#[test]
fn a_local_extra_is_mentioned_only_where_the_district_switched_it_on_and_never_blocks() {
    for service in &Catalogue::embedded().services {
        for extra in service.requirements.iter().filter(|r| r.asked_by == jukung_domain::catalogue::AskedBy::District) {
            let variant = extra.when.as_ref().and_then(|w| w.variant.first().cloned());
            let empty = filled(&service.code, &[]);
            let application = Application { variant: variant.or(empty.variant.clone()), ..empty };
            let field = format!("requirement.{}", extra.id);
            let said = |extras: &[&str]| {
                found(&application, extras, &[]).into_iter().find(|f| f.field == field).map(|f| f.strength)
            };
            assert_eq!(said(&[]), None, "{} {}", service.code, extra.id);
            assert_eq!(said(&[&extra.id]), Some(Strength::Suggestion), "{} {}", service.code, extra.id);
        }
    }
}

/// Service, paper, lawful substitute, its form, its witnesses.
const SUBSTITUTES: [(&str, &str, &str, Option<&str>, u8); 8] = [
    ("BIRTH_CERT", "birth_letter", "sptjm_birth", Some("F-2.03"), 2),
    ("BIRTH_CERT", "marriage_proof", "sptjm_spouses", Some("F-2.04"), 2),
    ("DEATH_CERT", "death_letter", "police_letter", None, 0),
    ("DEATH_CERT", "death_letter", "court_ruling", None, 0),
    ("DEATH_CERT", "death_letter", "airline_statement", None, 0),
    ("DEATH_CERT", "death_letter", "mission_letter", None, 0),
    ("DEATH_CERT", "deceased_kk", "no_kk", None, 0),
    ("KK_NEW_FAMILY", "marriage_proof", "sptjm_unrecorded", Some("F-1.05"), 2),
];

#[test]
fn a_lawful_substitute_stands_in_for_its_paper() {
    let catalogue = Catalogue::embedded();
    for (code, paper, instead, form, witnesses) in SUBSTITUTES {
        let requirement = catalogue.service(code).and_then(|s| s.requirements.iter().find(|r| r.id == paper));
        let substitute = requirement.and_then(|r| r.substitutes.iter().find(|s| s.id == instead));
        let substitute = substitute.unwrap_or_else(|| panic!("{code} takes no {instead} for {paper}"));
        assert_eq!((substitute.form.as_deref(), substitute.witnesses), (form, witnesses), "{code} {instead}");
        let mut application = filled(code, &[]);
        assert!(asks_for(&application, paper));
        application.attachments.push(Attachment {
            requirement: paper.into(),
            substitute: Some(instead.into()),
            sha256: "0".repeat(64),
            bytes: 1,
            media: "image/jpeg".into(),
            asked: None,
            legible: None,
            original: None,
        });
        assert!(!asks_for(&application, paper), "{code}: {instead} is not taken for {paper}");
    }
    let all: usize = catalogue.services.iter().flat_map(|s| &s.requirements).map(|r| r.substitutes.len()).sum();
    assert_eq!(all, SUBSTITUTES.len());
}

#[test]
fn what_was_seen_on_a_photo_is_minded() {
    let paper = |requirement: &str, legible, asked, substitute: Option<&str>| Attachment {
        requirement: requirement.into(),
        substitute: substitute.map(str::to_owned),
        sha256: "0".repeat(64),
        bytes: 1,
        media: "image/jpeg".into(),
        asked,
        legible,
        original: None,
    };
    let said = |code: &str, scan: Attachment| {
        let field = format!("requirement.{}", scan.requirement);
        let application = Application { attachments: vec![scan], ..filled(code, &[]) };
        found(&application, &[], &[]).into_iter().find(|f| f.field == field)
    };
    let kk = |legible| said("KTP_NEW", paper("kk", legible, None, None)).map(|f| (f.code, f.strength));
    assert_eq!(kk(Some(false)), Some(("paper_unlike".into(), Strength::Check)), "unreadable, or somebody else's");
    assert_eq!([kk(None), kk(Some(true))], [None, None], "nobody is made to compare");
    let letter = |asked, instead| said("BIRTH_CERT", paper("birth_letter", None, asked, instead)).map(|f| f.strength);
    assert_eq!([letter(None, None), letter(Some(false), None)], [Some(Strength::Suggestion); 2]);
    assert_eq!([letter(Some(true), None), letter(None, Some("sptjm_birth"))], [None, None]);
    // A mismatch goes on with a reason, which the Dinas reads.
    let mut application =
        Application { attachments: vec![paper("kk", Some(false), None, None)], ..filled("KTP_NEW", &[]) };
    let unlike = |a: &Application| -> Vec<Finding> {
        found(a, &[], &[]).into_iter().filter(|f| f.code == "paper_unlike").collect()
    };
    assert!(blocks_sending(&unlike(&application), &application));
    application.reasons.insert("requirement.kk".into(), "KK baru, nomornya berganti".into());
    assert!(!blocks_sending(&unlike(&application), &application));
}

#[test]
fn a_reason_for_a_missing_paper_lets_it_be_sent() {
    let mut application = filled("KTP_LOST", &[("card.since", "2026-10-01")]);
    application.missing.insert("loss_report".into(), "Kantor polisi tutup".into());
    assert!(!asks_for(&application, "loss_report"));
    let late: Vec<Finding> = found(&application, &[], &[]).into_iter().filter(|f| f.code == "late_ktp").collect();
    assert!(late.len() == 1 && !blocks_sending(&late, &application), "lateness alone never blocks");
}

#[test]
fn a_form_is_used_in_the_edition_the_district_chose_and_only_while_it_runs() {
    let birth = Catalogue::embedded().service("BIRTH_CERT").unwrap_or_else(|| panic!("no BIRTH_CERT"));
    let codes = |edition: &str, on: Date| -> Vec<String> {
        birth.forms_on(edition, on).iter().map(|f| f.code.clone()).collect()
    };
    assert_eq!([codes("2019", TODAY), codes("2026", TODAY)], [vec!["F-2.01"], vec!["F-2.01A"]]);
    // Before an edition runs, the one that does.
    assert_eq!(codes("2026", day(2025, 12, 31)), ["F-2.01"]);
    assert_eq!(codes("2019", day(2020, 6, 30)), Vec::<String>::new());
    let mut ended = birth.clone();
    ended.forms[0].valid_until = Some("2026-06-30".into());
    let codes =
        |edition: &str| -> Vec<&str> { ended.forms_on(edition, TODAY).iter().map(|f| f.code.as_str()).collect() };
    assert_eq!(codes("2019"), ["F-2.01A"], "an edition that has ended gives way to the one in force");
}

#[test]
fn a_witness_who_may_be_under_21_is_checked_again_and_the_district_may_say_18() {
    let young = |nik: &str, limits: &[(&str, i32)]| {
        let fields = [("witness2.nik", nik)];
        let all = found(&filled("DEATH_CERT", &fields), &[], limits);
        all.into_iter().find(|f| f.code == "witness_young").map(|f| (f.field, f.strength))
    };
    assert_eq!(young("6305042311059901", &[]), None, "21 today");
    let checked = Some(("witness2.nik".to_owned(), Strength::Check));
    assert_eq!(young("6305042411059901", &[]), checked, "21 tomorrow");
    assert_eq!(young("6305046411059901", &[("witness_young", 18)]), None, "a woman of 20 where 18 is enough");
    // 27 can only be 1927: 2027 is ahead.
    assert_eq!(young("6305040107279901", &[]), None);
}
