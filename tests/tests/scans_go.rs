//! Goal: a scan leaves the counter once its application is closed and the Dinas has it in a verified backup, with its small
//! picture and its key; the file says so; what is still needed stays; a loss at the Dinas is told and asks for nothing twice.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails right here")]

mod office_world;

use jukung_domain::event::{Body, HeldBack, Issued, Place, Reason};
use jukung_ledger::params;
use jukung_office::Office;
use jukung_office::handover::HandOver;
use office_world::{World, open, pass_days, settled};
use std::path::{Path, PathBuf};

fn sha(office: &Office, id: &str) -> String {
    office.application(id).unwrap().scans[0].attachment.sha256.clone()
}

fn scan(office: &Office, id: &str) -> String {
    office.application(id).unwrap().scans[0].id.clone()
}

/// Where the file of a scan lies, and the small picture that stands in for it.
fn files(w: &World, sha: &str) -> [PathBuf; 2] {
    ["scans", "scans-small"].map(|folder| w.folder.path().join("office").join(folder).join(&sha[..2]).join(sha))
}

fn key(office: &Office, sha: &str) -> String {
    let sql = "SELECT key FROM blob WHERE sha256 = $1";
    office.db().read(|tx| tx.query(sql, params![sha])?[0].text(0)).unwrap()
}

/// The scan is nowhere on the disk and nothing opens it.
fn is_gone(w: &World, sha: &str) -> bool {
    let here = files(w, sha).iter().any(|file| file.exists());
    assert_eq!(here, !key(&w.office, sha).is_empty(), "file and key go together");
    !here
}

/// The next day's tending.
fn tended(w: &World) {
    pass_days(1);
    w.office.tend().unwrap();
}

async fn refused(w: &World, id: &str) {
    w.decide(id, Body::Taken).await.unwrap();
    w.decide(id, Body::Refused(Reason { reason: "Contoh".into() })).await.unwrap();
    settled(w, &[&w.office]).await;
}

/// Everything the district has lies in a verified backup, and the counter knows.
async fn safe(w: &World) {
    w.verified().await;
    settled(w, &[&w.office]).await;
}

/// An application that was handed in, refused and is safe; its scan.
async fn closed(w: &World, name: &str, picture: &str) -> (String, String) {
    let (id, _) = w.hand_in_with(&w.office, name, picture);
    settled(w, &[&w.office]).await;
    refused(w, &id).await;
    safe(w).await;
    let sha = sha(&w.office, &id);
    (id, sha)
}

fn sample(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("sample").join(name)).unwrap()
}

both_engines! {
    alone;
    async fn a_scan_goes_when_it_is_safe_and_its_application_is_closed_and_the_file_says_where_it_is(w: World) {
        let (id, _) = w.hand_in("Aminah Contoh");
        let (open_id, _) = w.hand_in_with(&w.office, "Galuh Contoh", "certificate.jpg");
        settled(&w, &[&w.office]).await;
        let (sha, open_sha) = (sha(&w.office, &id), sha(&w.office, &open_id));
        refused(&w, &id).await;
        tended(&w);
        assert!(!is_gone(&w, &sha), "received and closed, but in no verified backup");
        safe(&w).await;
        w.office.tend().unwrap();
        assert!(!is_gone(&w, &sha), "looked at once a day");
        tended(&w);
        assert!(is_gone(&w, &sha) && !is_gone(&w, &open_sha), "the open one stays");
        let case = w.office.application(&id).unwrap();
        let said = "Gambar sudah ada di Dinas dan dihapus dari komputer ini pada ";
        assert!(case.scans[0].gone.starts_with(said), "{}", case.scans[0].gone);
        assert_eq!(w.office.scan_image(&case.scans[0].id).unwrap_err().code, "scan_gone");
        assert_eq!((case.sending.scans_received, case.sending.scans_total), (1, 1));
        assert_eq!(w.office.application(&open_id).unwrap().scans[0].gone, "");
        assert!(w.office.scan_image(&scan(&w.office, &open_id)).is_ok());
        assert_eq!(w.scans_held(&id).await, (1, 1), "the Dinas has it");
        assert_eq!(w.office.attention().unwrap().len(), 0);
        settled(&w, &[&w.office]).await;
    }

    async fn what_a_draft_or_an_open_application_names_stays(w: World) {
        let (id, sha) = closed(&w, "Aminah Contoh", "ktp.jpg").await;
        let (open_id, _) = w.hand_in("Galuh Contoh");
        let draft = w.office.new_draft("KTP_DAMAGED", None, None).unwrap().id;
        w.office.attach(&draft, "ktp_damaged", None, &sample("ktp.jpg")).unwrap();
        settled(&w, &[&w.office]).await;
        tended(&w);
        assert!(!is_gone(&w, &sha), "two need it");
        refused(&w, &open_id).await;
        safe(&w).await;
        tended(&w);
        assert!(!is_gone(&w, &sha), "the draft needs it");
        w.office.discard_draft(&draft).unwrap();
        tended(&w);
        assert!(!is_gone(&w, &sha), "a draft comes back from the bin");
        assert_eq!(w.office.application(&id).unwrap().scans[0].gone, "");
    }

    async fn what_is_held_back_at_a_persons_request_stays_until_it_goes_on(w: World) {
        let (id, sha) = closed(&w, "Aminah Contoh", "ktp.jpg").await;
        let held = HeldBack { since: "2026-11-28".into(), reason: "Diminta pemohon".into() };
        w.decide(&id, Body::HeldBack(held)).await.unwrap();
        settled(&w, &[&w.office]).await;
        tended(&w);
        assert!(!is_gone(&w, &sha));
        w.decide(&id, Body::Resumed(Reason { reason: "Diminta pemohon".into() })).await.unwrap();
        settled(&w, &[&w.office]).await;
        tended(&w);
        assert!(is_gone(&w, &sha));
    }

    async fn a_paper_that_is_brought_again_has_a_new_key_and_stays(w: World) {
        let (_, sha) = closed(&w, "Aminah Contoh", "ktp.jpg").await;
        let old = key(&w.office, &sha);
        tended(&w);
        assert!(is_gone(&w, &sha));
        let (again, _) = w.hand_in("Galuh Contoh");
        assert!(![old, String::new()].contains(&key(&w.office, &sha)));
        assert!(w.office.scan_image(&scan(&w.office, &again)).is_ok());
        settled(&w, &[&w.office]).await;
        assert_eq!(w.scans_held(&again).await, (1, 1));
        tended(&w);
        assert!(!is_gone(&w, &sha));
    }

    async fn a_district_that_lost_a_scan_that_had_gone_is_told_to_a_person_once_and_asks_no_more(w: World) {
        let before = w.backup().await;
        let (id, sha) = closed(&w, "Aminah Contoh", "ktp.jpg").await;
        tended(&w);
        assert!(is_gone(&w, &sha));
        let after = w.backup().await;
        w.restore(&after).await;
        settled(&w, &[&w.office]).await;
        assert_eq!(w.office.attention().unwrap().len(), 0, "it has the scan");
        // The worst case: a backup from before everything.
        w.restore(&before).await;
        settled(&w, &[&w.office]).await;
        assert_eq!(w.scans_held(&id).await, (1, 0), "nobody has it any more");
        let told = w.office.attention().unwrap();
        let told: Vec<_> = told.iter().filter(|row| row.sentence.contains("tidak lagi memiliki")).collect();
        assert_eq!((told.len(), told[0].id.as_str(), told[0].does.as_str()), (1, id.as_str(), "seen"));
        let panel = w.office.sending().unwrap();
        assert_eq!((panel.rows.len(), panel.waiting_scans), (0, 0), "nothing waits for what cannot come");
        w.office.settle(&told[0].event, jukung_office::settle::Chosen::First).unwrap();
        settled(&w, &[&w.office]).await;
        assert_eq!(w.office.attention().unwrap().len(), 0, "read is read");
        // Brought again, it arrives like any other.
        w.hand_in("Galuh Contoh");
        settled(&w, &[&w.office]).await;
        assert_eq!(w.scans_held(&id).await, (1, 1));
    }

    async fn an_application_that_opens_again_without_its_scans_goes_on(w: World) {
        let (id, _) = w.hand_in("Halimah Contoh");
        settled(&w, &[&w.office]).await;
        let ready = Body::Ready(Place { place: "Kelurahan Rantau Kiwa".into() });
        for step in [Body::Taken, Body::Approved, Body::Issued(Issued::default()), ready] {
            w.decide(&id, step).await.unwrap();
        }
        settled(&w, &[&w.office]).await;
        let to = HandOver { who: "helper".into(), read: true, mark: "signature".into(), ..HandOver::default() };
        w.office.hand_over_document(&id, &to, &[]).unwrap();
        settled(&w, &[&w.office]).await;
        tended(&w);
        assert!(!is_gone(&w, &sha(&w.office, &id)), "the hand-over itself is not safe");
        safe(&w).await;
        tended(&w);
        assert!(is_gone(&w, &sha(&w.office, &id)));
        w.office.take_back_hand_over(&id, "salah orang").unwrap();
        settled(&w, &[&w.office]).await;
        let case = w.office.application(&id).unwrap();
        assert_ne!((case.status.as_str(), case.scans[0].gone.as_str()), ("DELIVERED", ""));
        w.office.hand_over_document(&id, &to, &[]).unwrap();
        settled(&w, &[&w.office]).await;
        assert_eq!(w.office.application(&id).unwrap().status, "DELIVERED");
    }

    // What a process leaves that died between key and file: nothing opens it, and the next start removes it.
    async fn a_file_without_its_key_goes_with_the_next_start(w: World) {
        let (id, sha) = closed(&w, "Aminah Contoh", "ktp.jpg").await;
        let sealed = std::fs::read(&files(&w, &sha)[0]).unwrap();
        tended(&w);
        for file in files(&w, &sha) {
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, &sealed).unwrap();
        }
        assert_eq!(w.office.scan_image(&scan(&w.office, &id)).unwrap_err().code, "scan_gone");
        w.office.close().unwrap();
        w.office = open(&w.folder.path().join("office"));
        assert!(is_gone(&w, &sha));
    }

    async fn a_clock_of_2099_makes_nothing_go_sooner(w: World) {
        const LIE: i64 = 73 * 365;
        let (id, _) = w.hand_in("Aminah Contoh");
        settled(&w, &[&w.office]).await;
        refused(&w, &id).await;
        let early = w.backup().await;
        // District and counter agree on the day, and both are wrong.
        pass_days(LIE);
        settled(&w, &[&w.office]).await;
        tended(&w);
        assert!(!is_gone(&w, &sha(&w.office, &id)), "age says nothing of a scan");
        pass_days(-LIE);
        safe(&w).await;
        let events = || w.office.db().read(|tx| tx.query("SELECT uid FROM event WHERE app = $1", params![&id])).unwrap().len();
        let before = events();
        for _ in 0..3 {
            pass_days(LIE);
            w.office.sync(&w.road).await.unwrap();
            pass_days(-LIE);
            w.office.sync(&w.road).await.unwrap();
        }
        tended(&w);
        assert_eq!(events(), before, "a century in one step is a month");
        // So a district that lost everything has it again.
        w.restore(&early).await;
        settled(&w, &[&w.office]).await;
        assert_eq!(w.stored_at_district().await, 1);
    }
}
