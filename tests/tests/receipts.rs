//! Goal: what stands on a printed receipt is proven to whoever holds it, and a counter says no more of it than it knows.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails right here")]

mod office_world;

use jukung_district::ended::End;
use jukung_domain::event::{Body, Issued};
use jukung_domain::two_words;
use jukung_domain::wire::DistrictSettings;
use jukung_office::handover::HandOver;
use jukung_office::{Office, home, qr, verify};
use office_world::{World, counter, off, world};
use std::path::Path;
use std::process::Command;

const SITE: &str = "https://dukcapil.contoh.go.id/";

/// Has the district name its page, and the counter learn it.
async fn with_page(w: &World) {
    let district = w.district.clone();
    let settings = DistrictSettings { site: SITE.into(), ..DistrictSettings::default() };
    off(move || district.set_settings(&settings).unwrap()).await;
    w.office.sync(&w.road).await.unwrap();
}

/// What a phone reads from the paper printed at 200 dpi.
fn qr_of(office: &Office, folder: &Path, id: &str, paper: &str) -> String {
    let pdf = office.receipt_pdf(id, paper).unwrap();
    assert_eq!(pdf, office.receipt_pdf(id, paper).unwrap(), "the same receipt is the same bytes");
    assert!(pdf.len() <= 16 * 1024, "{} bytes", pdf.len());
    let (file, picture) = (folder.join("receipt.pdf"), folder.join("receipt"));
    std::fs::write(&file, pdf).unwrap();
    let made =
        Command::new("pdftoppm").args(["-r", "200", "-gray", "-png", "-singlefile"]).args([&file, &picture]).status();
    assert!(made.expect("pdftoppm (poppler-utils) is here").success());
    qr::read(&std::fs::read(picture.with_extension("png")).unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certified_counter_prints_a_token_and_others_print_the_number() {
    let w = world(None).await;
    let (id, number) = w.hand_in("Halimah Contoh");
    assert_eq!(qr_of(&w.office, w.folder.path(), &id, "a5"), number, "the district has no page yet");
    with_page(&w).await;
    for paper in ["a5", "a4"] {
        let text = qr_of(&w.office, w.folder.path(), &id, paper);
        assert!(text.starts_with("https://dukcapil.contoh.go.id/asli#"), "{text}");
        let checked = w.office.verify(&text).unwrap();
        assert_eq!((checked.ruling.as_str(), checked.application.as_str()), ("genuine", id.as_str()), "{checked:?}");
        assert!(checked.record.contains("tercatat di komputer ini."), "{}", checked.record);
        let told = format!("{checked:?} {text}");
        assert!(!told.contains("Halimah") && !told.contains("6305044107489901"), "{told}");
        assert!(told.contains(&number) && told.contains("Kelurahan Rantau Kiwa") && told.contains("\"HC\""), "{told}");
    }
    let svg = w.office.receipt(&id, "a5").unwrap().pages.concat();
    for word in two_words::of(id.parse().unwrap()) {
        assert!(svg.contains(word), "the two words stand on the paper");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_counter_says_what_its_records_know_and_no_more() {
    let w = world(None).await;
    with_page(&w).await;
    let (id, number) = w.hand_in("Halimah Contoh");
    let text = qr_of(&w.office, w.folder.path(), &id, "a5");
    let other = w.another("second").await;
    let elsewhere = other.verify(&text).unwrap();
    assert_eq!((elsewhere.ruling.as_str(), elsewhere.application.as_str()), ("genuine", ""));
    assert!(elsewhere.record.contains("tidak tercatat di komputer ini"), "{}", elsewhere.record);
    let typed = w.office.verify(&number.to_lowercase()).unwrap();
    assert_eq!((typed.ruling.as_str(), typed.application.as_str()), ("unsure", id.as_str()), "a number proves nothing");
    let at = text.len() - 40;
    let swapped = format!("{}{}{}", &text[..at], text[at..at + 20].chars().rev().collect::<String>(), &text[at + 20..]);
    assert_eq!(w.office.verify(&swapped).unwrap().ruling, "not_genuine");
    assert_eq!(w.office.verify("Bukti terima").unwrap().ruling, "unsure");
    let card = home::card(&w.folder.path().join("office")).unwrap().unwrap();
    let unread = verify::by_card(&card, &text);
    assert_eq!(unread.ruling, "genuine");
    assert!(unread.record.contains("Tidak dibaca"), "what was not looked at is said: {}", unread.record);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_of_a_lost_computer_counts_only_where_it_was_recorded() {
    let w = world(None).await;
    with_page(&w).await;
    let (id, _) = w.hand_in("Halimah Contoh");
    let text = qr_of(&w.office, w.folder.path(), &id, "a5");
    let other = w.another("second").await;
    w.office.sync(&w.road).await.unwrap();
    let (district, device) = (w.district.clone(), w.office.identity().device.to_string());
    off(move || district.end(&device, End::Lost).unwrap()).await;
    assert_eq!(other.verify(&text).unwrap().ruling, "genuine", "nobody has told it yet");
    let third = w.another("third").await;
    let unrecorded = third.verify(&text).unwrap();
    assert_eq!(unrecorded.ruling, "unsure", "whoever has that computer can sign: {unrecorded:?}");
    other.sync(&w.road).await.unwrap();
    let recorded = other.verify(&text).unwrap();
    assert_eq!((recorded.ruling.as_str(), recorded.application.as_str()), ("genuine", id.as_str()), "{recorded:?}");
    assert!(recorded.why.contains("dilaporkan hilang"), "{recorded:?}");
}

/// Code of why a paper finds nothing to hand over, and its sentence.
fn refused(office: &Office, text: &str) -> (String, String) {
    let problem = office.to_collect(text).unwrap_err();
    (problem.code.clone(), jukung_domain::texts::of_problem(&problem))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_finds_the_document_to_hand_over_or_says_why_not() {
    let w = world(None).await;
    with_page(&w).await;
    let (id, number) = w.hand_in("Halimah Contoh");
    let text = qr_of(&w.office, w.folder.path(), &id, "a5");
    assert_eq!(refused(&w.office, &text).0, "handover_not_here", "nothing is issued yet");
    w.office.sync(&w.road).await.unwrap();
    for step in [Body::Taken, Body::Approved, Body::Issued(Issued::default())] {
        w.decide(&id, step).await.unwrap();
    }
    w.office.sync(&w.road).await.unwrap();
    for shown in [text.clone(), format!(" {text}\n"), number.to_lowercase().replace('-', " ")] {
        assert_eq!(w.office.to_collect(&shown).unwrap(), id, "{shown}");
    }
    let at = text.len() - 40;
    let swapped = format!("{}{}{}", &text[..at], text[at..at + 20].chars().rev().collect::<String>(), &text[at + 20..]);
    let (code, told) = refused(&w.office, &swapped);
    assert_eq!(code, "collect_not_valid", "though its number is here");
    assert!(told.starts_with("Tidak asli.") && told.contains("Jangan serahkan"), "{told}");
    assert_eq!(refused(&w.office, "Bukti terima").0, "collect_unreadable");
    assert_eq!(refused(&w.office, "").0, "collect_unreadable");
    // Another computer of the office that has not heard of it, and the counter of another village.
    let sibling = w.another("second").await;
    assert_eq!(refused(&sibling, &number).0, "collect_unknown");
    assert_eq!(refused(&sibling, &text).0, "collect_unknown");
    let district = w.district.clone();
    let code = off(move || district.new_code("63.05.04.1001").unwrap()).await;
    let village = counter(&w.folder.path().join("village"), &code, &w.road).await;
    let (code, told) = refused(&village, &text);
    assert_eq!(code, "collect_elsewhere");
    assert!(told.contains("Kelurahan Rantau Kiwa") && told.contains(&number) && !told.contains("Halimah"), "{told}");
    let halimah = HandOver { who: "applicant".into(), read: true, mark: "signature".into(), ..HandOver::default() };
    w.office.hand_over_document(&id, &halimah, &[]).unwrap();
    let (code, told) = refused(&w.office, &text);
    assert_eq!(code, "delivered_already");
    assert!(told.contains("Halimah Contoh"), "to whom, when and where: {told}");
}
