//! Certificates and family cards, line by line as the domain reference tells them (1.4, 1.5, 2.1 to 2.8).
//!
//! `ask` is a field, `paper` a national requirement, `local` an extra a district may switch on, `instead of` a lawful
//! substitute; the other lines are rules by their strength. A line taken from or added to a service's file fails here.

mod told;

use told::compare;

const BIRTH: &str = "
    gives Kutipan Akta Kelahiran in 3 days
    says in applicant if appliedBy is family_same_kk: Penerima kuasa tercantum dalam KK yang sama, sehingga surat kuasa dapat disesuaikan dengan ketentuan Disdukcapil setempat.
    says in child: Lewat 60 hari tetap dapat diajukan. Prosesnya menunggu keputusan Kepala Dinas, bukan pengadilan.
    says in parents if variant adult: NIK dan tanggal lahir orang tua yang sudah meninggal boleh dikosongkan.
    says in parents if variant child: Anak seorang ibu: kosongkan isian ayah.
    form F-2.01 of 2019 from 2020-07-01
    form F-2.01A of 2026 from 2026-01-01
    ask may child.attendant of attendant if variant child
    ask may child.birthMultiplicity of multiplicity if variant child
    ask may child.birthOrder if variant child
    ask may child.birthTime if variant child
    ask may child.citizenship of citizenship
    ask may child.kk
    ask may child.length if variant child
    ask may child.nik if variant adult
    ask may child.weight if variant child
    ask may father.birthDate
    ask may father.birthPlace
    ask may father.citizenship of citizenship
    ask may father.name
    ask may father.nik
    ask may mother.birthDate
    ask may mother.birthPlace
    ask may mother.citizenship of citizenship
    ask may mother.name
    ask may mother.nik
    ask may parents.unknown if variant child
    ask may reporter.relationship of birth_reporter
    ask may witness1.citizenship of citizenship
    ask may witness1.kk
    ask may witness2.citizenship of citizenship
    ask may witness2.kk
    ask must child.birthCity
    ask must child.birthDate
    ask must child.birthPlaceType of birth_place_type
    ask must child.name if variant child
    ask must child.sex of sex
    ask must subject.name if variant adult
    ask must witness1.name
    ask must witness1.nik
    ask must witness2.name
    ask must witness2.nik
    paper must birth_letter
    paper must kk
    paper must marriage_proof if parents.unknown empty
    paper must police_report if parents.unknown filled
    paper must proxy_letter if appliedBy is proxy|family_other
    instead of birth_letter sptjm_birth on F-2.03, witnesses 2
    instead of marriage_proof sptjm_spouses on F-2.04, witnesses 2
    local may adult_diploma if variant adult
    local may adult_ktp if variant adult
    local may adult_marriage_book if variant adult
    local may adult_never_had if variant adult
    local may witness_ktp
    error witness_is_parent differs: father.nik witness1.nik witness2.nik
    error witness_is_parent differs: mother.nik witness1.nik witness2.nik
    error witness_is_subject differs: child.nik witness1.nik witness2.nik
    error witnesses_same differs: witness2.nik witness1.nik
    suggestion baby_fact one_of: child.attendant if variant child and child.birthDate under 1 years
    suggestion baby_fact one_of: child.birthOrder if variant child and child.birthDate under 1 years
    suggestion baby_fact one_of: child.birthTime if variant child and child.birthDate under 1 years
    suggestion baby_fact one_of: child.length if variant child and child.birthDate under 1 years
    suggestion baby_fact one_of: child.weight if variant child and child.birthDate under 1 years
    check late_birth later_than_days 60: child.birthDate
    check parents_unnamed one_of: mother.name father.name if parents.unknown empty
    check witness_young nik_at_least_years 21: witness1.nik
    check witness_young nik_at_least_years 21: witness2.nik
    check witness_is_reporter differs: applicant.nik witness1.nik witness2.nik
";

#[test]
fn a_birth_is_asked_for_as_f_2_01_does() {
    compare("BIRTH_CERT", BIRTH);
}

#[test]
fn a_death_is_asked_for_as_f_2_01_does() {
    compare(
        "DEATH_CERT",
        "
        gives Kutipan Akta Kematian in 3 days
        together with KK_NEW_HEAD
        together with KTP_CHANGE
        says in applicant if appliedBy is family_same_kk: Penerima kuasa tercantum dalam KK yang sama, sehingga surat kuasa dapat disesuaikan dengan ketentuan Disdukcapil setempat.
        says in deceased: Lewat 30 hari tetap dapat diajukan.
        says in evidence if deceased.wasHead filled: Tawarkan sekaligus KK baru dan KTP-el pasangan dengan status Cerai Mati (3 dalam 1).
        says in parents: NIK dan tanggal lahir orang tua yang sudah meninggal boleh dikosongkan.
        form F-2.01 of 2019 from 2020-07-01
        form F-2.01A of 2026 from 2026-01-01
        ask may deceased.birthDate
        ask may deceased.cause of death_cause
        ask may deceased.citizenship of citizenship
        ask may deceased.deathTime
        ask may deceased.evidenceDate
        ask may deceased.evidenceNumber
        ask may deceased.evidenceType of evidence_type
        ask may deceased.kk
        ask may deceased.nik
        ask may deceased.notResident
        ask may deceased.wasHead
        ask may father.birthDate
        ask may father.birthPlace
        ask may father.citizenship of citizenship
        ask may father.name
        ask may father.nik
        ask may mother.birthDate
        ask may mother.birthPlace
        ask may mother.citizenship of citizenship
        ask may mother.name
        ask may mother.nik
        ask may witness1.citizenship of citizenship
        ask may witness1.kk
        ask may witness2.citizenship of citizenship
        ask may witness2.kk
        ask must deceased.certifier of death_certifier
        ask must deceased.deathDate
        ask must deceased.deathPlace
        ask must deceased.name
        ask must reporter.relationship of reporter_relation
        ask must witness1.name
        ask must witness1.nik
        ask must witness2.name
        ask must witness2.nik
        paper must death_letter
        paper must deceased_kk
        paper must proxy_letter if appliedBy is proxy|family_other
        paper must travel_document if deceased.notResident filled
        instead of death_letter airline_statement
        instead of death_letter court_ruling
        instead of death_letter mission_letter
        instead of death_letter police_letter
        instead of deceased_kk no_kk
        local may witness_ktp
        error death_before_birth not_before: deceased.deathDate deceased.birthDate
        error witness_is_subject differs: deceased.nik witness1.nik witness2.nik
        error witnesses_same differs: witness2.nik witness1.nik
        check late_death later_than_days 30: deceased.deathDate
        check parents_unnamed one_of: mother.name father.name
        check witness_young nik_at_least_years 21: witness1.nik
        check witness_young nik_at_least_years 21: witness2.nik
        check witness_is_reporter differs: applicant.nik witness1.nik witness2.nik
        ",
    );
}

#[test]
fn a_new_family_is_asked_for_as_f_1_01_does() {
    compare(
        "KK_NEW_FAMILY",
        "
        gives Kartu Keluarga in 3 days
        says in applicant if appliedBy is family_same_kk: Penerima kuasa tercantum dalam KK yang sama, sehingga surat kuasa dapat disesuaikan dengan ketentuan Disdukcapil setempat.
        says in family if family.basis is unrecorded: Kawin Belum Tercatat hanya status administrasi; bukan pengesahan perkawinan.
        form F-1.01 of 2019 from 2020-07-01
        form F-1.01 of 2026 from 2026-01-01
        form F-1.02 of 2019 from 2020-07-01
        form F-1.02 of 2026 from 2026-01-01
        ask may family.address
        ask may family.divorceDate if family.basis is divorce
        ask may family.documentNumber if family.basis is not unrecorded
        ask may family.email
        ask may family.hamlet
        ask may family.kind of family_kind
        ask may family.marriageDate if family.basis is marriage_book|unrecorded
        ask may family.postcode
        ask may family.rt
        ask may family.rw
        ask must family.basis of new_family_basis
        paper must marriage_proof
        paper must proxy_letter if appliedBy is proxy|family_other
        instead of marriage_proof sptjm_unrecorded on F-1.05, witnesses 2
        local may kk_old
        local may rt_letter
        error member_twice rows_differ: members.*.nik
        check head_missing some_row_is: members.*.shdk
        suggestion late_family later_than_days 30: family.divorceDate
        suggestion late_family later_than_days 30: family.marriageDate
        ",
    );
}

#[test]
fn a_new_head_needs_the_death_certificate_and_the_old_card() {
    compare(
        "KK_NEW_HEAD",
        "
        gives Kartu Keluarga in 3 days
        together with DEATH_CERT
        says in applicant if appliedBy is family_same_kk: Penerima kuasa tercantum dalam KK yang sama, sehingga surat kuasa dapat disesuaikan dengan ketentuan Disdukcapil setempat.
        form F-1.02 of 2019 from 2020-07-01
        form F-1.02 of 2026 from 2026-01-01
        ask may family.deathDate
        ask may family.guardian
        ask must family.deceasedHead
        ask must family.newHead
        paper must death_cert
        paper must guardian_statement if family.guardian filled
        paper must kk_old
        paper must proxy_letter if appliedBy is proxy|family_other
        error member_twice rows_differ: members.*.nik
        error all_under_17 all_below_years 17: members.*.birthDate if family.guardian empty
        suggestion late_family later_than_days 30: family.deathDate
        ",
    );
}

#[test]
fn a_split_shows_its_cause_and_the_age() {
    compare(
        "KK_SPLIT",
        "
        gives Kartu Keluarga in 3 days
        says in applicant if appliedBy is family_same_kk: Penerima kuasa tercantum dalam KK yang sama, sehingga surat kuasa dapat disesuaikan dengan ketentuan Disdukcapil setempat.
        says in cause: Pisah KK hanya dalam alamat yang sama. Bila alamatnya lain, gunakan layanan pindah.
        form F-1.02 of 2019 from 2020-07-01
        form F-1.02 of 2026 from 2026-01-01
        ask may split.divorceDate if split.cause is divorce
        ask may split.marriageDate if split.cause is marriage
        ask must split.cause of split_cause
        paper must kk_old
        paper must ktp
        paper must marriage_proof if split.cause is marriage|divorce
        paper must proxy_letter if appliedBy is proxy|family_other
        error member_twice rows_differ: members.*.nik
        check split_too_young at_least_years 17: applicant.birthDate if split.cause is own
        suggestion late_family later_than_days 30: split.divorceDate
        suggestion late_family later_than_days 30: split.marriageDate
        ",
    );
}

#[test]
fn a_changed_card_is_asked_for_as_f_1_06_does() {
    compare(
        "KK_CHANGE",
        "
        gives Kartu Keluarga in 3 days
        together with KTP_CHANGE
        says in applicant if appliedBy is family_same_kk: Penerima kuasa tercantum dalam KK yang sama, sehingga surat kuasa dapat disesuaikan dengan ketentuan Disdukcapil setempat.
        says in changes: NIK tidak berubah walaupun tanggal lahir dibetulkan.
        says in members: Tulis anggota yang bergabung atau keluar dari KK. NIK bayi yang belum ada boleh kosong.
        form F-1.02 of 2019 from 2020-07-01
        form F-1.02 of 2026 from 2026-01-01
        form F-1.06 of 2019 from 2020-07-01
        form F-1.06 of 2026 from 2026-01-01
        ask may change.eventDate if change.kind is join|event
        ask may change.minorMoves if change.kind is join|event
        ask may changes.*.note if change.kind is element
        ask may changes.*.shdk of shdk if change.kind is element
        ask must change.kind of kk_change_kind
        ask must changes.*.element of element if change.kind is element
        ask must changes.*.evidence if change.kind is element
        ask must changes.*.from if change.kind is element
        ask must changes.*.name if change.kind is element
        ask must changes.*.nik if change.kind is element
        ask must changes.*.to if change.kind is element
        paper must care_statement if change.minorMoves filled
        paper must evidence
        paper must kk_old
        paper must proxy_letter if appliedBy is proxy|family_other
        local may rt_letter
        error member_twice rows_differ: members.*.nik
        suggestion late_family later_than_days 30: change.eventDate
        ",
    );
}

#[test]
fn a_lost_card_needs_a_report_and_a_damaged_one_itself() {
    compare(
        "KK_LOST_DAMAGED",
        "
        gives Kartu Keluarga in 3 days
        says in applicant if appliedBy is family_same_kk: Penerima kuasa tercantum dalam KK yang sama, sehingga surat kuasa dapat disesuaikan dengan ketentuan Disdukcapil setempat.
        form F-1.02 of 2019 from 2020-07-01
        form F-1.02 of 2026 from 2026-01-01
        ask must card.state of kk_state
        paper must kk_damaged if card.state is damaged
        paper must loss_report if card.state is lost
        paper must proxy_letter if appliedBy is proxy|family_other
        ",
    );
}
