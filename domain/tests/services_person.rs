//! KTP-el, KIA, moves and the rest, line by line as the domain reference tells them (1.4, 1.5, 2.6 to 2.8).
//!
//! `ask` is a field, `paper` a national requirement, `local` an extra a district may switch on, `instead of` a lawful
//! substitute; the other lines are rules by their strength. A line taken from or added to a service's file fails here.

mod told;

use told::compare;

#[test]
fn a_first_ktp_needs_age_and_family_card() {
    compare(
        "KTP_NEW",
        "
        gives KTP-el in 3 days
        says in card: Perekaman KTP-el harus dihadiri langsung oleh pemohon. Ajukan layanan jemput bola bila pemohon sakit atau berusia lanjut.
        form F-1.02 of 2019 from 2020-07-01
        form F-1.02 of 2026 from 2026-01-01
        ask may card.recorded
        ask may card.recordingStatus of ktp_recording
        paper must kk
        error ktp_too_young at_least_years 17: applicant.birthDate if applicant.everMarried empty
        ",
    );
}

#[test]
fn a_changed_ktp_shows_the_old_one_and_what_changed() {
    compare(
        "KTP_CHANGE",
        "
        gives KTP-el in 3 days
        together with KK_CHANGE
        says in applicant if appliedBy is family_same_kk: Penerima kuasa tercantum dalam KK yang sama, sehingga surat kuasa dapat disesuaikan dengan ketentuan Disdukcapil setempat.
        says in changes: KK harus sudah diubah sebelum KTP-el.
        form F-1.02 of 2019 from 2020-07-01
        form F-1.02 of 2026 from 2026-01-01
        form F-1.06 of 2019 from 2020-07-01
        form F-1.06 of 2026 from 2026-01-01
        ask must changes.*.element of element
        ask must changes.*.evidence
        ask must changes.*.from
        ask must changes.*.to
        paper must evidence
        paper must ktp_old
        paper must proxy_letter if appliedBy is proxy|family_other
        ",
    );
}

#[test]
fn a_damaged_ktp_needs_itself() {
    compare(
        "KTP_DAMAGED",
        "
        gives KTP-el in 3 days
        says in applicant if appliedBy is family_same_kk: Penerima kuasa tercantum dalam KK yang sama, sehingga surat kuasa dapat disesuaikan dengan ketentuan Disdukcapil setempat.
        form F-1.02 of 2019 from 2020-07-01
        form F-1.02 of 2026 from 2026-01-01
        ask may card.since
        paper must ktp_damaged
        paper must proxy_letter if appliedBy is proxy|family_other
        suggestion late_ktp later_than_days 14: card.since
        ",
    );
}

#[test]
fn a_lost_ktp_needs_the_police_report_and_no_letter_of_the_rt() {
    compare(
        "KTP_LOST",
        "
        gives KTP-el in 3 days
        says in applicant if appliedBy is family_same_kk: Penerima kuasa tercantum dalam KK yang sama, sehingga surat kuasa dapat disesuaikan dengan ketentuan Disdukcapil setempat.
        says in applicant: Surat pengantar RT/RW tidak diperlukan.
        form F-1.02 of 2019 from 2020-07-01
        form F-1.02 of 2026 from 2026-01-01
        ask may card.reportNumber
        ask may card.since
        paper must loss_report
        paper must proxy_letter if appliedBy is proxy|family_other
        suggestion late_ktp later_than_days 14: card.since
        ",
    );
}

#[test]
fn a_child_card_needs_a_photo_from_five_years() {
    compare(
        "KIA_NEW",
        "
        gives Kartu Identitas Anak in 3 days
        says in applicant if appliedBy is family_same_kk: Penerima kuasa tercantum dalam KK yang sama, sehingga surat kuasa dapat disesuaikan dengan ketentuan Disdukcapil setempat.
        says in child: Di bawah 5 tahun KIA terbit tanpa foto. Kakek atau nenek dapat menjadi wali.
        form F-1.02 of 2019 from 2020-07-01
        form F-1.02 of 2026 from 2026-01-01
        ask may child.birthCertNo
        ask must child.birthDate
        ask must child.name
        ask must child.nik
        ask must child.sex of sex
        paper must birth_cert
        paper must kk
        paper must parents_ktp
        paper must photo if child.birthDate 5 years
        paper must proxy_letter if appliedBy is proxy|family_other
        error kia_too_old below_years 17: child.birthDate
        ",
    );
}

#[test]
fn moving_out_is_asked_for_as_f_1_03_does() {
    compare(
        "MOVE_OUT",
        "
        gives Surat Keterangan Pindah (SKPWNI) in 3 days
        says in applicant if appliedBy is family_same_kk: Penerima kuasa tercantum dalam KK yang sama, sehingga surat kuasa dapat disesuaikan dengan ketentuan Disdukcapil setempat.
        says in members if move.kind is head_all: Cantumkan semua anggota KK, termasuk kepala keluarga.
        says in members: KTP-el dan KIA lama tidak ditarik di tempat asal.
        says in move if move.classification is same_village|between_villages|between_districts: Pindah dalam satu kabupaten tidak memerlukan SKPWNI: KK beralamat baru diurus langsung di Dinas.
        says in move: Bila kepala keluarga tidak ikut pindah, nomor KK yang tinggal tetap sama. Bila ikut pindah, yang tinggal mendapat KK bernomor baru.
        says in move: SKPWNI berlaku sesuai ketentuan Dinas; segera lapor di tempat tujuan.
        form F-1.03 of 2019 from 2020-07-01
        form F-1.03 of 2026 from 2026-01-01
        ask may move.destinationPostcode
        ask may move.minorsStay if move.kind is head|head_some
        ask may move.originPostcode
        ask must move.classification of classification
        ask must move.destination
        ask must move.go of stay_kind
        ask must move.kind of move_kind
        ask must move.reason of move_reason
        ask must move.reasonOther if move.reason is other
        ask must move.stay of stay_kind if move.kind is head|head_some
        paper must care_letter if move.minorsStay filled
        paper must kk
        paper must proxy_letter if appliedBy is proxy|family_other
        check head_missing some_row_is: members.*.shdk if move.kind is head|head_all|head_some
        error member_twice rows_differ: members.*.nik
        error move_head_listed no_row_is: members.*.shdk if move.kind is members
        ",
    );
}

#[test]
fn moving_in_shows_the_letter_or_has_it_requested() {
    compare(
        "MOVE_IN",
        "
        gives KK, KTP-el, dan KIA baru in 3 days
        says in applicant if appliedBy is family_same_kk: Penerima kuasa tercantum dalam KK yang sama, sehingga surat kuasa dapat disesuaikan dengan ketentuan Disdukcapil setempat.
        says in move: KTP-el dan KIA lama ditarik dan diganti dengan yang baru.
        ask may move.letterRequested
        ask may move.lodging
        ask must move.address
        ask must move.letterDate if move.letterRequested empty
        ask must move.letterNumber if move.letterRequested empty
        ask must move.origin
        ask must move.village
        paper must ktp_old
        paper must no_objection if move.lodging filled
        paper must proxy_letter if appliedBy is proxy|family_other
        paper must skpwni if move.letterRequested empty
        error member_twice rows_differ: members.*.nik
        check letter_old later_than_days 30: move.letterDate
        ",
    );
}

#[test]
fn a_consolidation_needs_ktp_and_kk() {
    compare(
        "DATA_CONSOLIDATION",
        "
        gives Data terbarui di pusat in 3 days
        says in applicant if appliedBy is family_same_kk: Penerima kuasa tercantum dalam KK yang sama, sehingga surat kuasa dapat disesuaikan dengan ketentuan Disdukcapil setempat.
        ask may problem.hasLetter
        ask must problem.institution of institution
        ask must problem.story
        paper must kk
        paper must ktp
        paper must letter if problem.hasLetter filled
        paper must proxy_letter if appliedBy is proxy|family_other
        ",
    );
}

#[test]
fn a_home_visit_needs_address_phone_and_reason() {
    compare(
        "HOME_VISIT_REQUEST",
        "
        gives Kunjungan petugas in 5 days
        together with KTP_NEW
        ask may visit.directions
        ask may visit.photoAllowed
        ask must visit.purpose of visit_for
        ask must visit.reason of visit_reason
        paper may house_photo if visit.photoAllowed filled
        check visit_no_phone one_of: helper.phone applicant.phone
        ",
    );
}
