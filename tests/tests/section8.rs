//! Every case of the domain reference, section 8, by its id, at its fixed clock: 23 November 2026 in WITA.

use jiff::civil::{Date, date as day};
use jukung_domain::application::Application;
use jukung_domain::catalogue::{Catalogue, FieldKind};
use jukung_domain::check::{Ground, check, check_single};
use jukung_domain::date::{self, Precision};
use jukung_domain::finding::{Finding, Strength};
use jukung_domain::nik::Nik;
use jukung_domain::region::Regions;
use jukung_domain::{name, phone};
use jukung_office::edge::Local;
use std::collections::{BTreeMap, BTreeSet};

const CASES: &str = include_str!("section8.txt");
const TODAY: Date = day(2026, 11, 23);

fn kind(name: &str) -> FieldKind {
    serde_json::from_value(name.into()).unwrap_or_else(|e| panic!("{name}: {e}"))
}

fn findings(service: &str, fields: &[(&str, &str)]) -> Vec<Finding> {
    let catalogue = Catalogue::embedded();
    let service = catalogue.service(service).unwrap_or_else(|| panic!("no {service}"));
    let application = Application {
        service: service.code.clone(),
        variant: service.variants.first().map(|v| v.code.clone()),
        reported: Some(TODAY.to_string()),
        fields: fields.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect(),
        ..Application::default()
    };
    check(
        service,
        &application,
        Ground { catalogue, regions: Regions::embedded(), today: TODAY, extras: &[], limits: &BTreeMap::new() },
    )
}

fn finds(service: &str, fields: &[(&str, &str)], field: &str, code: &str, strength: Strength) -> bool {
    findings(service, fields).iter().any(|f| (f.field.as_str(), f.code.as_str(), f.strength) == (field, code, strength))
}

fn parsed(text: &str) -> Option<(Date, Precision)> {
    date::parse(text).ok().map(|d| (d.date, d.precision))
}

/// 2026-11-22T16:30Z in milliseconds.
const D13_MS: i64 = 1_795_365_000_000;

fn people(id: &str) -> Option<bool> {
    use Strength::{Check, Error};
    let nik = "6305040107559901";
    Some(match id {
        "N11" => {
            let fits = |text: &str| {
                Nik::parse("6305040107269911").is_ok_and(|n| date::parse(text).is_ok_and(|d| n.fits_birth(&d)))
            };
            fits("1926-07-01") && fits("2026-07-01") && !fits("1926-07-02")
        }
        "N15" => {
            let fields = [("applicant.nik", nik), ("applicant.birthDate", "1956-03-02")];
            finds("BIRTH_CERT", &fields, "applicant.nik", "nik_birth", Check)
                && !findings("BIRTH_CERT", &fields).iter().any(|f| f.field == "applicant.nik" && f.strength == Error)
        }
        "N37" => finds("BIRTH_CERT", &[("applicant.name", "Contoh")], "applicant.nik", "required", Error),
        "P9" => ["051731000", "(0517) 31000"].iter().all(|p| phone::parse(p).is_ok_and(|p| !p.mobile)),
        "M8" => name::tidy("Siti  Aminah ") == "Siti Aminah",
        "R1" => Regions::embedded().full_name("63.05.04.1004").is_some_and(|n| n.starts_with("Kelurahan ")),
        "R3" => Regions::embedded().name("63.09.03.2008") == Some("Pulau Ku\"u"),
        "W1" => finds(
            "BIRTH_CERT",
            &[("witness1.nik", nik), ("witness2.nik", nik)],
            "witness2.nik",
            "witnesses_same",
            Error,
        ),
        "A1" => {
            let young = [("members.0.birthDate", "2015-01-01"), ("members.1.birthDate", "2012-01-01")];
            let guarded = [young[0], young[1], ("family.guardian", "Paman")];
            finds("KK_NEW_HEAD", &young, "members.0.birthDate", "all_under_17", Error)
                && !findings("KK_NEW_HEAD", &guarded).iter().any(|f| f.code == "all_under_17")
        }
        _ => return None,
    })
}

fn days(id: &str) -> Option<bool> {
    use Strength::{Check, Error};
    Some(match id {
        "D5" => parsed("04/06/2020") == Some((day(2020, 6, 4), Precision::Exact)),
        "D9" => {
            let late = |d| finds("BIRTH_CERT", &[("child.birthDate", d)], "child.birthDate", "late_birth", Check);
            late("2026-09-23") && !late("2026-09-24")
        }
        "D11" => {
            let late = |d| finds("DEATH_CERT", &[("deceased.deathDate", d)], "deceased.deathDate", "late_death", Check);
            late("2026-10-23") && !late("2026-10-24")
        }
        "D13" => {
            Local::at(D13_MS, "WITA").day() == day(2026, 11, 23) && Local::at(D13_MS, "WIB").day() == day(2026, 11, 22)
        }
        "D15" => {
            let fields = [("deceased.deathDate", "1954-01-01"), ("deceased.birthDate", "1955-07-01")];
            finds("DEATH_CERT", &fields, "deceased.deathDate", "death_before_birth", Error)
        }
        "D17" => {
            let young =
                |d| finds("KTP_NEW", &[("applicant.birthDate", d)], "applicant.birthDate", "ktp_too_young", Error);
            young("2009-11-24") && !young("2009-11-23")
        }
        "D19" => date::years(day(1966, 11, 23), TODAY) == 60 && date::years(day(1966, 11, 24), TODAY) == 59,
        "D21" => {
            let fields = [("applicant.birthDate", "1905-01-01")];
            finds("KTP_LOST", &fields, "applicant.birthDate", "age_unusual", Check)
        }
        "D23" => parsed("1948-03") == Some((day(1948, 3, 15), Precision::DayUnknown)),
        "D25" => date::time("7.5").is_none() && date::time("07.05").as_deref() == Some("07:05"),
        _ => return None,
    })
}

#[test]
fn every_case_of_section_8_comes_out_as_written() {
    let mut seen = BTreeSet::new();
    for line in CASES.lines().filter(|l| !l.starts_with('#')) {
        let mut parts = line.splitn(4, ' ');
        let (id, what) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        assert!(seen.insert(id), "{id} stands twice");
        if what == "whole" {
            let held = people(id).or_else(|| days(id)).unwrap_or_else(|| panic!("{id} is not played by any test"));
            assert!(held, "{id}");
            continue;
        }
        let (wanted, value) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        let found = check_single("x", kind(what), value, Regions::embedded(), TODAY);
        let strongest = match found.iter().map(|f| f.strength).min() {
            None | Some(Strength::Suggestion) => "ok",
            Some(Strength::Check) => "check",
            Some(Strength::Error) => "error",
        };
        assert_eq!(strongest, wanted, "{id} {value}: {found:?}");
    }
    // The reference holds 18 NIKs and the empty one, 6 KKs, 8 phones, 13 dates, 4 names, 3 regions, W1 and A1.
    let count = |letter: char| seen.iter().filter(|id| id.starts_with(letter)).count();
    assert_eq!(['N', 'K', 'P', 'D', 'M', 'R', 'W', 'A'].map(count), [19, 6, 8, 13, 4, 3, 1, 1]);
}

#[test]
fn what_is_hidden_breaks_no_rule() {
    let witness = ("witness1.nik", "6305040107559901");
    let adult = |nik: &str| {
        let service = Catalogue::embedded().service("BIRTH_CERT").unwrap_or_else(|| panic!("no BIRTH_CERT"));
        let application = |variant: &str| Application {
            service: service.code.clone(),
            variant: Some(variant.to_owned()),
            fields: [witness, ("child.nik", nik)].map(|(k, v)| (k.to_owned(), v.to_owned())).into(),
            ..Application::default()
        };
        let ground = Ground {
            catalogue: Catalogue::embedded(),
            regions: Regions::embedded(),
            today: TODAY,
            extras: &[],
            limits: &BTreeMap::new(),
        };
        ["child", "adult"]
            .map(|v| check(service, &application(v), ground).iter().any(|f| f.code == "witness_is_subject"))
    };
    // The NIK of the subject is asked of adults only.
    assert_eq!(adult(witness.1), [false, true]);
}

#[test]
fn a_paper_that_may_be_there_is_mentioned_only_when_its_case_holds() {
    for service in &Catalogue::embedded().services {
        let found = findings(&service.code, &[]);
        for paper in service.requirements.iter().filter(|r| r.when.is_none() && r.need == Default::default()) {
            assert!(!found.iter().any(|f| f.field == format!("requirement.{}", paper.id)), "{}", paper.id);
        }
    }
}

#[test]
fn one_person_stands_in_a_list_once() {
    let nik = "6305040107559901";
    let both = [("members.0.nik", nik), ("members.1.nik", nik)];
    for code in ["KK_NEW_FAMILY", "KK_NEW_HEAD", "KK_SPLIT", "MOVE_OUT", "MOVE_IN"] {
        assert!(finds(code, &both, "members.1.nik", "member_twice", Strength::Error), "{code}");
        let others = [both[0], ("members.1.nik", "6305043112489903"), ("members.2.nik", "")];
        assert!(!findings(code, &others).iter().any(|f| f.code == "member_twice"), "{code}");
    }
    // Two changes of one person are two rows about the same NIK.
    let changes = [("changes.0.nik", nik), ("changes.1.nik", nik)];
    assert!(!findings("KK_CHANGE", &changes).iter().any(|f| f.code == "member_twice"));
}

#[test]
fn a_head_who_moves_is_looked_for_in_the_list() {
    let missing = |kind, who| {
        let fields = [("move.kind", kind), ("members.0.shdk", who)];
        finds("MOVE_OUT", &fields, "members.0.shdk", "head_missing", Strength::Check)
    };
    assert_eq!(
        [missing("head_all", "child"), missing("head_all", "head"), missing("members", "child")],
        [true, false, false]
    );
}

#[test]
fn news_goes_to_a_number_that_takes_whatsapp() {
    let said = |phone| {
        let fields = [("helper.kind", "grandchild"), ("helper.phone", phone)];
        finds("KTP_LOST", &fields, "helper.phone", "phone_no_whatsapp", Strength::Suggestion)
    };
    assert_eq!([said("+6251731000"), said("+6281200000001")], [true, false]);
    // The applicant's own telephone may be any.
    let own = findings("KTP_LOST", &[("applicant.phone", "+6251731000")]);
    assert!(!own.iter().any(|f| f.field == "applicant.phone"), "{own:?}");
}

#[test]
fn a_sentence_names_the_button_that_is_there() {
    use jukung_domain::texts::say;
    let sentence = say("finding.nik_birth", &[]);
    assert!(sentence.contains(&format!("\"{}\"", say("form.confirm", &[]))), "{sentence}");
}

#[test]
fn members_who_move_without_their_head_do_not_list_the_head() {
    let listed = |kind, who| {
        let fields = [("move.kind", kind), ("members.0.shdk", who)];
        finds("MOVE_OUT", &fields, "members.0.shdk", "move_head_listed", Strength::Error)
    };
    assert_eq!([listed("members", "head"), listed("members", "child"), listed("head", "head")], [true, false, false]);
}
