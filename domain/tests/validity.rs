//! Every case of the domain reference, section 8, at its fixed clock: 23 November 2026 in WITA.

use jiff::civil::{Date, date as day};
use jukung_domain::application::Application;
use jukung_domain::catalogue::{Catalogue, FieldKind};
use jukung_domain::check::{Ground, check, check_single};
use jukung_domain::date::{self, Precision};
use jukung_domain::finding::{Finding, Strength};
use jukung_domain::name;
use jukung_domain::phone;
use jukung_domain::region::Regions;
use std::collections::BTreeMap;

fn today() -> Date {
    day(2026, 11, 23)
}

fn one(kind: FieldKind, value: &str) -> Vec<Finding> {
    check_single("x", kind, value, Regions::embedded(), today())
}

fn strongest(findings: &[Finding]) -> Option<Strength> {
    findings.iter().map(|f| f.strength).min()
}

fn whole(service: &str, fields: &[(&str, &str)]) -> Vec<Finding> {
    let catalogue = Catalogue::embedded();
    let service = catalogue.service(service).expect("service");
    let application = Application {
        service: service.code.clone(),
        variant: service.variants.first().map(|v| v.code.clone()),
        reported: Some("2026-11-23".into()),
        fields: fields.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect(),
        ..Application::default()
    };
    check(
        service,
        &application,
        Ground { catalogue, regions: Regions::embedded(), today: today(), extras: &[], limits: &BTreeMap::new() },
    )
}

fn has(findings: &[Finding], field: &str, code: &str, strength: Strength) -> bool {
    findings.iter().any(|f| f.field == field && f.code == code && f.strength == strength)
}

#[test]
fn possible_niks_pass() {
    for nik in [
        "6305040107559901",
        "6305013112489903",
        "6305042902009905",
        "6371025508309907",
        "6305041306609909",
        "6305040107269911",
        "63.05.04.010755.9901",
    ] {
        assert_eq!(one(FieldKind::Nik, nik), vec![], "{nik}");
    }
}

#[test]
fn a_historic_district_is_only_checked_again() {
    assert_eq!(strongest(&one(FieldKind::Nik, "6305990107559913")), Some(Strength::Check));
}

#[test]
fn impossible_niks_are_stopped() {
    for nik in [
        "63050401075599011",
        "٦٣٠٥٠٤٠١٠٧٥٥٩٩٠١",
        "0000000000000000",
        "6305042902019914",
        "6305043102609916",
        "6305047204609918",
        "6305043206609920",
        "6305040100609922",
        "6305040107550000",
        "",
    ] {
        assert_eq!(strongest(&one(FieldKind::Nik, nik)), Some(Strength::Error), "{nik}");
    }
}

#[test]
fn a_nik_against_birth_date_or_sex_is_never_an_error() {
    let found = whole("BIRTH_CERT", &[("applicant.nik", "6305040107559901"), ("applicant.birthDate", "1956-03-02")]);
    assert!(has(&found, "applicant.nik", "nik_birth", Strength::Check));
    let found = whole(
        "KIA_NEW",
        &[("child.nik", "6305045508209907"), ("child.sex", "male"), ("child.birthDate", "2020-08-15")],
    );
    assert!(has(&found, "child.nik", "nik_sex", Strength::Check));
    assert!(!found.iter().any(|f| f.field == "child.nik" && f.strength == Strength::Error));
}

#[test]
fn family_card_numbers_are_judged_as_the_reference_says() {
    for kk in ["6305041203079901", "6305041503129903"] {
        assert_eq!(one(FieldKind::Kk, kk), vec![], "{kk}");
    }
    for kk in ["6305045203079904", "6305041203999906", "6305041203070000"] {
        assert_eq!(strongest(&one(FieldKind::Kk, kk)), Some(Strength::Check), "{kk}");
    }
    assert_eq!(strongest(&one(FieldKind::Kk, "9905041203079908")), Some(Strength::Error));
}

#[test]
fn a_family_card_number_equal_to_a_nik_is_stopped() {
    let found = whole("KTP_LOST", &[("applicant.nik", "6305040107559901"), ("applicant.kk", "6305040107559901")]);
    assert!(has(&found, "applicant.kk", "kk_is_nik", Strength::Error));
}

#[test]
fn phone_numbers_are_judged_as_the_reference_says() {
    for (typed, kept) in
        [("081200000001", "+6281200000001"), ("6281200000001", "+6281200000001"), ("0812000001", "+62812000001")]
    {
        let read = phone::parse(typed).unwrap_or_else(|e| panic!("{typed}: {e:?}"));
        assert_eq!((read.to_string(), read.mobile), (kept.to_owned(), true), "{typed}");
    }
    for fixed in ["051731000", "(0517) 31000"] {
        assert_eq!(phone::parse(fixed).map(|p| p.mobile), Ok(false), "{fixed}");
    }
    for wrong in ["081200000", "+60123456789", "0o1200000001"] {
        assert_eq!(strongest(&one(FieldKind::Phone, wrong)), Some(Strength::Error), "{wrong}");
    }
    assert_eq!(strongest(&one(FieldKind::Phone, "+620812345678")), Some(Strength::Check));
}

#[test]
fn dates_are_read_day_first_and_only_real_days_pass() {
    assert_eq!(date::parse("29-02-2024").map(|d| d.date), Ok(day(2024, 2, 29)));
    assert_eq!(date::parse("04/06/2020").map(|d| d.date), Ok(day(2020, 6, 4)));
    assert_eq!(date::parse("31-04-2020").map_err(date::DateProblem::code).err(), Some("date_none"));
    assert_eq!(date::parse("6 August 2020").map_err(date::DateProblem::code).err(), Some("date_english"));
    for same in ["29072026", "29/7/2026", "29 jul 2026", "Rabu, 29 Juli 2026", "2026-07-29"] {
        assert_eq!(date::parse(same).map(|d| d.date), Ok(day(2026, 7, 29)), "{same}");
    }
}

#[test]
fn an_unknown_day_becomes_the_fifteenth_and_says_so() {
    let found = date::parse("1948-03").expect("readable");
    assert_eq!((found.date, found.precision), (day(1948, 3, 15), Precision::DayUnknown));
    assert_eq!(date::parse("1948").expect("readable").date, day(1948, 7, 1));
    assert_eq!(found.to_string(), "1948-03");
}

#[test]
fn late_reports_are_taken_with_a_reason() {
    assert!(has(
        &whole("BIRTH_CERT", &[("child.birthDate", "2026-09-23")]),
        "child.birthDate",
        "late_birth",
        Strength::Check
    ));
    assert!(!whole("BIRTH_CERT", &[("child.birthDate", "2026-09-24")]).iter().any(|f| f.code == "late_birth"));
    assert!(has(
        &whole("DEATH_CERT", &[("deceased.deathDate", "2026-10-23")]),
        "deceased.deathDate",
        "late_death",
        Strength::Check
    ));
}

#[test]
fn nobody_dies_before_birth() {
    let found = whole("DEATH_CERT", &[("deceased.deathDate", "1954-01-01"), ("deceased.birthDate", "1955-07-01")]);
    assert!(has(&found, "deceased.deathDate", "death_before_birth", Strength::Error));
}

#[test]
fn seventeen_is_reached_on_the_birthday() {
    let found = whole("KTP_NEW", &[("applicant.birthDate", "2009-11-24")]);
    assert!(has(&found, "applicant.birthDate", "ktp_too_young", Strength::Error));
    assert!(!whole("KTP_NEW", &[("applicant.birthDate", "2009-11-23")]).iter().any(|f| f.code == "ktp_too_young"));
    assert_eq!(date::years(day(1966, 11, 23), today()), 60);
}

#[test]
fn an_age_over_115_is_checked_again() {
    assert!(has(
        &whole("KTP_LOST", &[("applicant.birthDate", "1905-01-01")]),
        "applicant.birthDate",
        "age_unusual",
        Strength::Check
    ));
}

#[test]
fn a_time_needs_two_digits_each() {
    assert_eq!((date::time("7.5"), date::time("07.05")), (None, Some("07:05".to_owned())));
}

#[test]
fn names_are_judged_by_what_they_are_for() {
    assert_eq!(strongest(&one(FieldKind::NewName, "Aminah")), Some(Strength::Check));
    assert_eq!(one(FieldKind::Name, "Ma'ruf"), vec![]);
    assert_eq!(
        strongest(&one(FieldKind::NewName, &format!("{} {}", "a".repeat(30), "b".repeat(30)))),
        Some(Strength::Error)
    );
    assert_eq!(name::tidy("Siti  Aminah "), "Siti Aminah");
    assert_eq!(strongest(&one(FieldKind::NewName, "Rizki 2")), Some(Strength::Error));
}

#[test]
fn a_postcode_has_five_digits() {
    assert_eq!(strongest(&one(FieldKind::Postcode, "7111")), Some(Strength::Error));
}

#[test]
fn the_two_witnesses_are_two_people() {
    let found = whole("BIRTH_CERT", &[("witness1.nik", "6305040107559901"), ("witness2.nik", "6305040107559901")]);
    assert!(has(&found, "witness2.nik", "witnesses_same", Strength::Error));
}

#[test]
fn a_family_of_children_needs_a_guardian() {
    let fields = [("members.0.birthDate", "2015-01-01"), ("members.1.birthDate", "2012-01-01")];
    assert!(has(&whole("KK_NEW_HEAD", &fields), "members.0.birthDate", "all_under_17", Strength::Error));
    let with = [fields[0], fields[1], ("family.guardian", "Paman")];
    assert!(!whole("KK_NEW_HEAD", &with).iter().any(|f| f.code == "all_under_17"));
}
