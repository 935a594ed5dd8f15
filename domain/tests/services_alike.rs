//! What all services ask alike, the columns of F-1.01, the code lists and the sentences for services taken elsewhere, as
//! the domain reference tells them (1.3, 1.4, 2.5, 2.9, 3.4, 4.4, 4.5).

use jukung_domain::catalogue::{Catalogue, Field, Need};
use std::collections::BTreeMap;

fn catalogue() -> &'static Catalogue {
    Catalogue::embedded()
}

fn fields(code: &str) -> BTreeMap<&'static str, &'static Field> {
    let service = catalogue().service(code).unwrap_or_else(|| panic!("no {code}"));
    service.sections.iter().flat_map(|s| &s.fields).map(|f| (f.path.as_str(), f)).collect()
}

/// Asked by every service; `!` in front: needed to send.
const ALIKE: &str = "!appliedBy !applicant.name !applicant.nik !applicant.kk !applicant.birthDate applicant.rt \
    applicant.rw applicant.address applicant.phone applicant.phoneOwner applicant.email !helper.kind !helper.name helper.phone helper.email \
    helper.mayReceiveNews helper.mayCollect !delivery.method !delivery.address applicant.hamlet applicant.village";
/// The Surat Kuasa (F-1.07).
const PROXY: &str = "!proxy.name !proxy.nik proxy.reason proxy.birthPlace proxy.birthDate proxy.occupation \
    proxy.address proxy.rt proxy.rw";
/// Where a service needs more or less than the others.
const OTHERWISE: [(&str, &str, Need); 5] = [
    ("KK_LOST_DAMAGED", "applicant.kk", Need::May),
    ("MOVE_IN", "applicant.kk", Need::May),
    ("HOME_VISIT_REQUEST", "applicant.kk", Need::May),
    ("HOME_VISIT_REQUEST", "applicant.nik", Need::May),
    ("HOME_VISIT_REQUEST", "applicant.address", Need::Must),
];
/// Recording needs the person, and a home visit is asked for by whoever knows: no Surat Kuasa.
const WITHOUT_PROXY: [&str; 2] = ["KTP_NEW", "HOME_VISIT_REQUEST"];

#[test]
fn every_service_asks_for_applicant_helper_delivery_and_proxy_alike() {
    assert_eq!(catalogue().services.len(), 16);
    for service in &catalogue().services {
        let fields = fields(&service.code);
        let proxy = !WITHOUT_PROXY.contains(&service.code.as_str());
        let wanted = ALIKE.split_whitespace().chain(PROXY.split_whitespace().filter(|_| proxy));
        for path in wanted {
            let (path, need) = path.strip_prefix('!').map_or((path, Need::May), |p| (p, Need::Must));
            let otherwise = OTHERWISE.iter().find(|(code, p, _)| (*code, *p) == (service.code.as_str(), path));
            let found = fields.get(path).unwrap_or_else(|| panic!("{} lacks {path}", service.code));
            assert_eq!(found.need, otherwise.map_or(need, |(_, _, need)| *need), "{} {path}", service.code);
        }
        let letter = service.requirements.iter().any(|r| r.id == "proxy_letter");
        assert_eq!((letter, fields.contains_key("proxy.name")), (proxy, proxy), "{}", service.code);
    }
}

/// Columns 2 to 41 of F-1.01, in the order of the form.
const F_1_01: &str = "name titlePrefix titleSuffix passportNo passportExpiry sponsorName sponsorType sponsorAddress sex \
    birthPlace birthDate citizenship citizenshipDecree hasBirthCert birthCertNo bloodType religion beliefOrganisation \
    maritalStatus hasMarriageCert marriageCertNo marriageDate hasDivorceCert divorceCertNo divorceDate shdk impairment \
    disability education occupation permitNo permitPlace permitDate permitExpiry arrivalPlace arrivalDate motherNik \
    motherName fatherNik fatherName";

#[test]
fn a_member_of_a_new_family_has_every_column_of_f_1_01() {
    let fields = fields("KK_NEW_FAMILY");
    let columns: Vec<&str> = F_1_01.split_whitespace().collect();
    for column in &columns {
        assert!(fields.contains_key(format!("members.*.{column}").as_str()), "{column}");
    }
    // The NIK is what identifies the member, on F-1.02 and in the database.
    assert_eq!(fields.keys().filter(|p| p.starts_with("members.")).count(), columns.len() + 1);
}

#[test]
fn seldom_needed_answers_are_folded_and_never_needed_to_send() {
    for service in &catalogue().services {
        for field in service.sections.iter().flat_map(|s| &s.fields).filter(|f| f.folded) {
            assert_eq!(field.need, Need::May, "{} {}", service.code, field.path);
            assert_eq!(field.read_back, None, "{} {}", service.code, field.path);
        }
    }
    let fields = fields("KK_NEW_FAMILY");
    for disability in ["members.*.impairment", "members.*.disability"] {
        assert!(fields[disability].folded && fields[disability].sensitive, "{disability} (UU 24/2013 Ps. 84)");
    }
}

/// Code lists whose numbers stand in the boxes of a form, from 1 on without a gap.
const LISTS: &str = include_str!("lists.txt");

#[test]
fn code_lists_have_the_numbers_and_labels_of_the_forms() {
    let mut seen = 0;
    for block in LISTS.split("\n\n").filter(|b| !b.trim().is_empty()) {
        let mut lines = block.lines().filter(|l| !l.is_empty() && !l.starts_with('#'));
        let Some(name) = lines.next() else { continue };
        let list = &catalogue().lists.get(name).unwrap_or_else(|| panic!("no list {name}"));
        let wanted: Vec<(Option<u16>, &str)> = (1..).map(Some).zip(lines).collect();
        let found: Vec<(Option<u16>, &str)> = list.iter().map(|e| (e.number, e.label.as_str())).collect();
        assert_eq!(found, wanted, "{name}");
        seen += 1;
    }
    assert_eq!(seen, 19);
}

/// The services of 1.4 that this version does not take.
const ELSEWHERE: &str = "STILLBIRTH_LETTER MARRIAGE_CERT MARRIAGE_ANNULMENT DIVORCE_CERT DIVORCE_ANNULMENT CHILD_ADOPTION \
    CHILD_ACKNOWLEDGEMENT CHILD_LEGITIMATION NAME_CHANGE CITIZENSHIP_CHANGE CERT_CORRECTION CERT_CANCELLATION \
    CERT_REISSUE BIODATA_NEW KTP_MOVED KTP_OUT_OF_DOMICILE KIA_LOST_DAMAGED MOVE_WITHIN_REGENCY MOVE_ABROAD \
    RETURN_FROM_ABROAD IKD_ACTIVATION VULNERABLE_REGISTRATION";

#[test]
fn whoever_asks_for_a_service_that_is_not_taken_here_is_told_where_to_go() {
    for code in ELSEWHERE.split_whitespace() {
        let problem = catalogue().offered(code).expect_err(code);
        assert_eq!(problem.code, "service_elsewhere", "{code}");
        let values: Vec<(&str, &str)> = problem.details.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        let said = jukung_domain::texts::say("problem.service_elsewhere", &values);
        assert!(said.contains("tidak diajukan di loket ini. ") && said.len() > 90, "{said}");
    }
    assert_eq!(catalogue().elsewhere.len(), ELSEWHERE.split_whitespace().count());
    assert_eq!(catalogue().offered("TAX_RETURN").map(|s| &s.code).expect_err("not ours").code, "service_unknown");
    assert_eq!(catalogue().offered("KTP_LOST").expect("ours").name, "KTP-el hilang");
}
