//! Goal: a counter hands a document over without a network and the Dinas learns of it later; a document is handed over once,
//! and whoever comes second is told to whom it went, when and where; what was written down by mistake is undone for ten
//! minutes; what was written down anywhere is kept.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails right here")]

mod office_world;

use jukung_district::delivery::pack::Wanted;
use jukung_domain::event::{Body, Delivered, Issued, Place};
use jukung_domain::problem::Problem;
use jukung_office::Office;
use jukung_office::handover::HandOver;
use office_world::{PASSPHRASE, World, edge, off, open, pass_minutes, settled};
use std::sync::atomic::Ordering;

/// What the clerk fills in for the applicant, or whom the family named.
fn to(who: &str) -> HandOver {
    HandOver { who: who.into(), read: true, mark: "signature".into(), ..HandOver::default() }
}

fn to_other(name: &str) -> HandOver {
    HandOver {
        who: "other".into(),
        name: name.into(),
        letter: true,
        read: true,
        mark: "thumbprint".into(),
        photo: String::new(),
    }
}

/// Halimah's card exists and waits at the counter, which knows it; the application and its number.
async fn waits_here(w: &World) -> (String, String) {
    let (id, number) = w.hand_in("Halimah Contoh");
    w.office.sync(&w.road).await.unwrap();
    let ready = Body::Ready(Place { place: "Kelurahan Rantau Kiwa".into() });
    for step in [Body::Taken, Body::Approved, Body::Issued(Issued::default()), ready] {
        w.decide(&id, step).await.unwrap();
    }
    w.office.sync(&w.road).await.unwrap();
    (id, number)
}

fn refused(result: Result<(), Problem>) -> Problem {
    result.expect_err("it was refused")
}

fn status(office: &Office, id: &str) -> String {
    office.application(id).unwrap().status
}

async fn twice(w: &World) -> Vec<String> {
    let district = w.district.clone();
    off(move || {
        let list = district.carried("twice").unwrap();
        assert_eq!(list.len(), usize::try_from(district.delivery_work().unwrap().twice).unwrap());
        list.into_iter().map(|row| row.about).collect()
    })
    .await
}

/// Hamdi, an officer of the first counter and no supervisor, signed in there in place of Rahmah.
fn as_officer(w: &World) -> Office {
    let dir = w.folder.path().join("office");
    let given = w.office.add_person("Hamdi", "officer").unwrap();
    w.office.close().unwrap();
    let first = Office::open(&dir, "Hamdi", &given.passphrase, edge()).unwrap();
    first.change_passphrase(&given.passphrase, "perahu besar di sungai").unwrap();
    first.close().unwrap();
    Office::open(&dir, "Hamdi", "perahu besar di sungai", edge()).unwrap()
}

fn may_undo(office: &Office, id: &str) -> bool {
    office.application(id).unwrap().actions.contains(&"take_back".to_owned())
}

/// The document left in a bag to the village, with its run.
async fn in_a_bag(w: &World, id: &str) -> String {
    let (district, app) = (w.district.clone(), id.to_owned());
    off(move || {
        let wanted =
            Wanted { way: "village".into(), place: "63.05.04.1004".into(), apps: vec![app], ..Wanted::default() };
        let run = district.make_run("Kurir", &wanted).unwrap();
        district.send_run(&run.row.id, "Kurir").unwrap().row.id
    })
    .await
}

/// State of a run and of the first document in it.
async fn run_stands(w: &World, run: &str) -> (String, String) {
    let (district, run) = (w.district.clone(), run.to_owned());
    let run = off(move || district.run(&run).unwrap()).await;
    (run.row.state, run.items[0].state.clone())
}

both_engines! {
    alone;
    async fn an_officer_takes_a_hand_over_back_for_ten_minutes_and_then_only_the_supervisor(w: World) {
        let (id, _) = waits_here(&w).await;
        let run = in_a_bag(&w, &id).await;
        w.office.sync(&w.road).await.unwrap();
        assert_eq!((status(&w.office, &id).as_str(), run_stands(&w, &run).await.1.as_str()), ("SHIPPED", "out"));
        let hamdi = as_officer(&w);
        assert_eq!(refused(hamdi.take_back_hand_over(&id, "x")).code, "handover_undo", "nobody has it");
        hamdi.hand_over_document(&id, &to("helper"), &[]).unwrap();
        hamdi.sync(&w.road).await.unwrap();
        assert_eq!(run_stands(&w, &run).await, ("done".into(), "delivered".into()));
        pass_minutes(9);
        assert!(may_undo(&hamdi, &id));
        assert_eq!(refused(hamdi.take_back_hand_over(&id, "  ")).code, "reason_needed");
        w.road.out.store(true, Ordering::Relaxed);
        hamdi.take_back_hand_over(&id, " Salah  baris. ").unwrap();
        let shown = hamdi.application(&id).unwrap();
        assert_eq!((shown.status.as_str(), shown.sending.state.as_str()), ("SHIPPED", "waiting"));
        assert!(shown.actions.contains(&"hand_over".to_owned()) && !may_undo(&hamdi, &id));
        assert!(shown.history.last().unwrap().text.ends_with("Penyerahan dibatalkan: Salah baris."));
        assert_eq!(refused(hamdi.take_back_hand_over(&id, "x")).code, "handover_undo", "once");
        w.road.out.store(false, Ordering::Relaxed);
        settled(&w, &[&hamdi]).await;
        assert_eq!(run_stands(&w, &run).await, ("out".into(), "out".into()), "the bag still has it");
        // The right person comes; after ten minutes Hamdi cannot undo it, Rahmah can.
        hamdi.hand_over_document(&id, &to("applicant"), &[]).unwrap();
        pass_minutes(11);
        assert!(!may_undo(&hamdi, &id));
        assert_eq!(refused(hamdi.take_back_hand_over(&id, "Salah orang.")).code, "handover_undo_late");
        hamdi.close().unwrap();
        let rahmah = Office::open(&w.folder.path().join("office"), "Rahmah", PASSPHRASE, edge()).unwrap();
        settled(&w, &[&rahmah]).await;
        assert!(may_undo(&rahmah, &id) && status(&rahmah, &id) == "DELIVERED");
        rahmah.take_back_hand_over(&id, "Salah orang.").unwrap();
        settled(&w, &[&rahmah]).await;
        let (district, app) = (w.district.clone(), id.clone());
        let told = off(move || district.detail(&app).unwrap()).await;
        assert_eq!(told.row.status, "SHIPPED");
        assert_eq!(told.history.iter().filter(|line| line.contains("dibatalkan di loket: Salah")).count(), 2, "{:?}", told.history);
        assert!(twice(&w).await.is_empty() && rahmah.attention().unwrap().is_empty());
    }

    async fn what_the_dinas_handed_over_no_counter_undoes_and_what_came_second_counts_when_the_first_is_undone(w: World) {
        let (id, _) = waits_here(&w).await;
        let other = w.another("other").await;
        settled(&w, &[&w.office, &other]).await;
        w.office.hand_over_document(&id, &to("applicant"), &[]).unwrap();
        other.hand_over_document(&id, &to_other("Siti Contoh"), &[]).unwrap();
        settled(&w, &[&w.office, &other]).await;
        assert_eq!((twice(&w).await.len(), other.attention().unwrap().len()), (1, 1));
        // The first was the mistake: whoever wrote the second has it, and nobody is asked any more.
        w.office.take_back_hand_over(&id, "Salah baris.").unwrap();
        settled(&w, &[&w.office, &other]).await;
        assert!(w.office.application(&id).unwrap().tell.contains("Siti Contoh (Penerima kuasa)"));
        assert!(twice(&w).await.is_empty() && w.office.attention().unwrap().is_empty() && other.attention().unwrap().is_empty());
        // A hand-over that was undone before anybody heard of it changes nothing of one that came meanwhile.
        let (id, _) = waits_here(&w).await;
        settled(&w, &[&w.office, &other]).await;
        w.office.hand_over_document(&id, &to("applicant"), &[]).unwrap();
        w.office.take_back_hand_over(&id, "Salah baris.").unwrap();
        other.hand_over_document(&id, &to_other("Siti Contoh"), &[]).unwrap();
        other.sync(&w.road).await.unwrap();
        settled(&w, &[&w.office, &other]).await;
        assert_eq!((status(&w.office, &id).as_str(), twice(&w).await.len()), ("DELIVERED", 0));
        assert!(w.office.attention().unwrap().is_empty());
        // The Dinas's own.
        let (id, _) = waits_here(&w).await;
        w.decide(&id, Body::Delivered(Delivered { recipient: "Halimah".into(), ..Delivered::default() })).await.unwrap();
        settled(&w, &[&w.office]).await;
        assert!(!may_undo(&w.office, &id));
        assert_eq!(refused(w.office.take_back_hand_over(&id, "x")).code, "handover_undo");
    }

    async fn an_officer_settles_what_was_handed_over_twice_and_every_counter_reads_what_was_found(w: World) {
        let (id, number) = waits_here(&w).await;
        let other = w.another("other").await;
        settled(&w, &[&w.office, &other]).await;
        w.office.hand_over_document(&id, &to("applicant"), &[]).unwrap();
        other.hand_over_document(&id, &to_other("Siti Contoh"), &[]).unwrap();
        settled(&w, &[&w.office, &other]).await;
        let district = w.district.clone();
        off(move || {
            let row = district.carried("twice").unwrap().remove(0);
            assert_eq!((row.number, row.event.len()), (number, 64));
            let code = |event: &str, note: &str| refused(district.settle_twice(event, "Kurir", note)).code;
            assert_eq!((code("aa", "x"), code(&row.event, "  ")), ("not_found".into(), "reason_needed".into()));
            district.settle_twice(&row.event, "Kurir", "Kartu ada pada Halimah.").unwrap();
            assert_eq!(code(&row.event, "Sekali lagi."), "not_found", "it left the list");
        })
        .await;
        assert!(twice(&w).await.is_empty());
        settled(&w, &[&w.office, &other]).await;
        for office in [&w.office, &other] {
            let shown = office.application(&id).unwrap();
            assert_eq!((shown.status.as_str(), office.attention().unwrap().len()), ("DELIVERED", 0));
            assert!(shown.history.iter().any(|line| line.text.ends_with("dua kali: Kartu ada pada Halimah.")), "{:?}", shown.history);
        }
    }

    async fn a_document_handed_over_offline_is_known_at_the_dinas_later_and_nobody_hands_it_over_again(w: World) {
        let (id, number) = waits_here(&w).await;
        w.road.out.store(true, Ordering::Relaxed);
        assert!(w.office.application(&id).unwrap().actions.contains(&"hand_over".to_owned()));
        w.office.hand_over_document(&id, &to("helper"), &[]).unwrap();
        let shown = w.office.application(&id).unwrap();
        assert_eq!((shown.status.as_str(), shown.sending.state.as_str()), ("DELIVERED", "waiting"));
        assert!(shown.history.last().unwrap().text.contains("Rizal Contoh (Cucu)") && shown.receivers.is_empty());
        // Still offline: the second time at the same counter.
        let again = refused(w.office.hand_over_document(&id, &to("applicant"), &[]));
        let told: Vec<&str> = ["number", "recipient", "relation", "place", "who"].iter().map(|k| again.details[*k].as_str()).collect();
        assert_eq!((again.code.as_str(), told), ("delivered_already", vec![&*number, "Rizal Contoh", "Cucu", "Kelurahan Rantau Kiwa", "Rahmah"]));
        assert!(again.details["when"].contains("November 2026"), "{again}");
        assert_eq!(w.office.sync(&w.road).await.unwrap_err().code, "offline");
        // The cable is back: the Dinas knows it, and refuses a second one with what the counter wrote.
        w.road.out.store(false, Ordering::Relaxed);
        settled(&w, &[&w.office]).await;
        let here = Body::Delivered(Delivered { recipient: "Budi".into(), ..Delivered::default() });
        let at_dinas = refused(w.decide(&id, here).await);
        assert_eq!(at_dinas.code, "delivered_already");
        assert_eq!((at_dinas.details["recipient"].as_str(), at_dinas.details["when"].as_str()), ("Rizal Contoh", again.details["when"].as_str()));
        assert_eq!(at_dinas.details["who"], "petugas loket", "who sits at a counter is known there alone");
        let (district, app) = (w.district.clone(), id.clone());
        let history = off(move || district.detail(&app).unwrap().history).await;
        assert!(history.last().unwrap().contains("Diserahkan di loket: Rizal Contoh (Cucu), Kelurahan Rantau Kiwa"), "{history:?}");
        assert!(twice(&w).await.is_empty() && w.office.attention().unwrap().is_empty());
    }

    async fn two_counters_without_a_network_hand_the_same_document_over_and_both_are_kept_and_told(w: World) {
        let (id, number) = waits_here(&w).await;
        let other = w.another("other").await;
        settled(&w, &[&w.office, &other]).await;
        w.office.hand_over_document(&id, &to("applicant"), &[]).unwrap();
        other.hand_over_document(&id, &to_other("  Siti   Contoh "), &[]).unwrap();
        // The second computer calls first: what is accepted first stays.
        other.sync(&w.road).await.unwrap();
        settled(&w, &[&w.office, &other]).await;
        for office in [&w.office, &other] {
            assert_eq!(status(office, &id), "DELIVERED");
            assert!(office.application(&id).unwrap().tell.contains("Siti Contoh (Penerima kuasa)"));
            let rows = office.attention().unwrap();
            let row = &rows[0];
            assert_eq!((rows.len(), row.does.as_str(), row.number.as_str()), (1, "seen", number.as_str()));
            for part in ["dua kali", "Yang berlaku: kepada Siti Contoh (Penerima kuasa)", "kepada Halimah Contoh (Pemohon sendiri)", "Kelurahan Rantau Kiwa", "November 2026"] {
                assert!(row.sentence.contains(part), "{part}: {}", row.sentence);
            }
            let kept = office.application(&id).unwrap().history;
            assert_eq!(kept.iter().filter(|line| line.text.contains("Diserahkan kepada")).count(), 2, "{kept:?}");
        }
        let list = twice(&w).await;
        assert_eq!(list.len(), 1);
        assert!(list[0].contains("berlaku: kepada Siti Contoh") && list[0].contains("kemudian: kepada Halimah Contoh"), "{list:?}");
        // Somebody read it at one of them: both are rid of the line, and nothing else changed.
        let event = other.attention().unwrap()[0].event.clone();
        other.settle(&event, jukung_office::settle::Chosen::First).unwrap();
        settled(&w, &[&other, &w.office]).await;
        assert!(w.office.attention().unwrap().is_empty() && other.attention().unwrap().is_empty());
        assert_eq!((status(&w.office, &id).as_str(), twice(&w).await.len()), ("DELIVERED", 1));
        // After a restart the counter still knows whose came first.
        w.office.close().unwrap();
        let again = refused(open(&w.folder.path().join("office")).hand_over_document(&id, &to("applicant"), &[]));
        assert_eq!(again.details["recipient"], "Siti Contoh");
    }

    async fn what_the_dinas_handed_over_first_stays_and_the_counter_reads_to_whom(w: World) {
        let (id, _) = waits_here(&w).await;
        w.road.out.store(true, Ordering::Relaxed);
        let first = Delivered { recipient: "Rizal Contoh".into(), relation: "Cucu".into(), ..Delivered::default() };
        w.decide(&id, Body::Delivered(first)).await.unwrap();
        w.office.hand_over_document(&id, &to("applicant"), &[]).unwrap();
        w.road.out.store(false, Ordering::Relaxed);
        settled(&w, &[&w.office]).await;
        let row = w.office.attention().unwrap().remove(0);
        assert!(row.sentence.contains("berlaku: kepada Rizal Contoh (Cucu)") && row.sentence.contains("Disdukcapil"), "{}", row.sentence);
        assert!(row.sentence.contains("dicatat Verifikator") && row.sentence.contains("dicatat Rahmah"), "{}", row.sentence);
        assert_eq!(twice(&w).await.len(), 1);
    }

    async fn only_whom_the_family_named_takes_it_without_a_letter(w: World) {
        let (id, _) = waits_here(&w).await;
        let code = |given: HandOver| refused(w.office.hand_over_document(&id, &given, &[])).code;
        assert_eq!((code(to("nobody")), code(to(""))), ("handover_who".into(), "handover_who".into()));
        assert_eq!(code(HandOver { read: false, ..to("helper") }), "handover_read");
        assert_eq!(code(HandOver { mark: String::new(), ..to("helper") }), "handover_mark");
        assert_eq!(code(HandOver { letter: false, ..to_other("Siti") }), "handover_letter");
        assert_eq!((code(to_other("  ")), code(to_other(&"a".repeat(91)))), ("handover_name".into(), "handover_name".into()));
        let shown = w.office.application(&id).unwrap();
        let who: Vec<&str> = shown.receivers.iter().map(|r| r.who.as_str()).collect();
        assert_eq!((who, shown.not_named.as_str(), shown.status.as_str()), (vec!["applicant", "helper"], "", "READY_FOR_PICKUP"));
        // The family takes the permission back before it is handed in: the contact stays a contact.
        let (other, _) = w.hand_in("Aminah Contoh");
        let draft = w.office.correct(&other).unwrap();
        w.office.change_draft(&draft.id, |a| { a.fields.remove("helper.mayCollect"); }).unwrap();
        w.office.record_read_back(&draft.id, "spoken", &[]).unwrap();
        let consent = jukung_tests::document(&w.office, &other).consent.unwrap();
        w.office.submit(&draft.id, &consent).unwrap();
        assert_eq!(refused(w.office.hand_over_document(&other, &to("applicant"), &[])).code, "handover_not_here", "it does not exist yet");
        w.office.sync(&w.road).await.unwrap();
        for step in [Body::Taken, Body::Approved, Body::Issued(Issued::default())] {
            w.decide(&other, step).await.unwrap();
        }
        w.office.sync(&w.road).await.unwrap();
        let shown = w.office.application(&other).unwrap();
        assert!(shown.receivers.len() == 1 && shown.not_named.contains("Rizal Contoh (Cucu)"), "{}", shown.not_named);
        assert_eq!(refused(w.office.hand_over_document(&other, &to("helper"), &[])).details["name"], "Rizal Contoh");
        w.office.hand_over_document(&other, &to_other("Rizal Contoh"), &[]).unwrap();
        settled(&w, &[&w.office]).await;
        assert_eq!(status(&w.office, &other), "DELIVERED");
    }
    async fn a_photo_of_the_hand_over_reaches_the_officers_small_and_clean_also_of_the_one_that_came_second(w: World) {
        let (id, _) = waits_here(&w).await;
        let other = w.another("other").await;
        settled(&w, &[&w.office, &other]).await;
        let photo = |name: &str| std::fs::read(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("sample").join(name)).unwrap();
        let refusal = refused(w.office.hand_over_document(&id, &to("applicant"), b"%PDF-1.4 no photo")).code;
        assert!(refusal.starts_with("scan_"), "{refusal}");
        assert_eq!(refused(w.office.hand_over_document(&id, &to("applicant"), b"MZ")).code, "scan_wrong_type");
        assert_eq!(status(&w.office, &id), "READY_FOR_PICKUP", "nothing was written");
        w.office.hand_over_document(&id, &to("applicant"), &photo("certificate.jpg")).unwrap();
        other.hand_over_document(&id, &to("helper"), &photo("kk.jpg")).unwrap();
        let here = w.office.application(&id).unwrap().scans;
        let kept: Vec<&str> = here.iter().filter(|s| s.attachment.requirement == "handover").map(|s| s.name.as_str()).collect();
        assert_eq!(kept, ["Foto serah terima"]);
        settled(&w, &[&w.office, &other]).await;
        assert_eq!(w.scans_held(&id).await, (3, 3), "the paper, and a photo of each hand-over");
        let (district, app) = (w.district.clone(), id.clone());
        off(move || {
            let photos: Vec<_> = district.detail(&app).unwrap().scans.into_iter().filter(|s| s.requirement == "handover").collect();
            assert!(photos.len() == 2 && photos.iter().all(|s| s.name == "Foto serah terima" && s.held && s.media == "image/jpeg"));
            for photo in photos {
                let bytes = std::fs::read(district.open_scan(&app, "Budi", &photo.sha256).unwrap()).unwrap();
                assert!(bytes.starts_with(b"\xff\xd8\xff") && bytes.len() <= 350 * 1024 && !bytes.windows(4).any(|w| w == b"Exif"));
            }
        })
        .await;
    }
}
