//! Goal: the supervisor's screen shows what the Dinas told last, without a network too and with its age, asks only where
//! somebody looks, and every file read from it is written down.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails right here")]

mod office_world;

use jukung_domain::audit::Record;
use jukung_domain::event::{Body, Returned};
use jukung_domain::policy::Action;
use jukung_office::Office;
use jukung_office::session::Session;
use jukung_office::subdistrict::CounterLine;
use office_world::{ALONE, PASSPHRASE, World, counter, edge, off, pass_days, pass_minutes, world};
use std::sync::atomic::Ordering;

const VILLAGE: &str = "63.05.04.1004";

/// A computer of the subdistrict's own office.
async fn subdistrict(w: &World) -> Office {
    let district = w.district.clone();
    let code = off(move || district.new_code("63.05.04").unwrap()).await;
    counter(&w.folder.path().join("subdistrict"), &code, &w.road).await
}

fn line(office: &Office, code: &str, week: usize) -> CounterLine {
    let screen = office.subdistrict().unwrap();
    screen.weeks[week].lines.iter().find(|line| line.code == code).unwrap().clone()
}

async fn looks(w: &World, office: &Office) {
    office.ask_subdistrict();
    office.sync(&w.road).await.unwrap();
}

#[tokio::test]
async fn a_village_is_seen_from_its_subdistrict_with_and_without_a_network() {
    let _alone = ALONE.lock().await;
    let w = world(None).await;
    let office = subdistrict(&w).await;
    office.sync(&w.road).await.unwrap();
    let before = office.subdistrict().unwrap();
    assert!(before.told.is_empty() && before.weeks.is_empty() && before.old, "nobody had looked, so nobody had asked");
    assert_eq!((before.title.as_str(), before.reach.as_str()), ("Kecamatan Tapin Utara", "subdistrict"));
    let made = [w.hand_in("Halimah Contoh"), w.hand_in("Abdul Contoh"), w.hand_in("Rusmini Contoh")];
    w.office.sync(&w.road).await.unwrap();
    for (id, _) in &made[..2] {
        let body = Returned { reason: "unreadable".into(), target: "ktp_damaged".into(), note: "Buram.".into() };
        w.decide(id, Body::Returned(body)).await.unwrap();
    }
    looks(&w, &office).await;
    let screen = office.subdistrict().unwrap();
    assert!(!screen.alone && !screen.old && screen.told.contains("baru saja"), "{screen:?}");
    let seen = line(&office, VILLAGE, 0);
    assert_eq!((seen.people, seen.files, seen.returned.as_str()), (1, 3, "2 (67 %)"));
    assert!(seen.conspicuous && seen.unsent.is_empty() && seen.stale.is_empty() && seen.last.starts_with("hari ini"));
    assert_eq!(seen.reasons, ["Pindaian tidak terbaca: 2"]);
    assert_eq!((line(&office, VILLAGE, 1).files, line(&office, "63.05.04", 0).files), (0, 0));
    w.road.out.store(true, Ordering::Relaxed);
    pass_days(3);
    assert!(office.sync(&w.road).await.is_err());
    let screen = office.subdistrict().unwrap();
    assert!(screen.old && screen.told.contains("3 hari"), "{}", screen.told);
    let stale = line(&office, VILLAGE, 0);
    assert_eq!((stale.stale.as_str(), stale.files), ("data 3 hari lalu", 3));
    w.road.out.store(false, Ordering::Relaxed);
    // Somebody looked at it once: what grew old is asked for with any call.
    office.sync(&w.road).await.unwrap();
    assert!(!office.subdistrict().unwrap().old);
    assert_eq!(line(&office, "63.05.04", 0).stale, "", "it called just now");
    pass_minutes(6);
    assert!(office.subdistrict().unwrap().old, "while the screen is open it is time to ask again");
}

#[tokio::test]
async fn a_village_sees_itself_alone_and_nothing_of_a_resident_is_kept() {
    let _alone = ALONE.lock().await;
    let w = world(None).await;
    w.hand_in("Halimah Contoh");
    looks(&w, &w.office).await;
    let screen = w.office.subdistrict().unwrap();
    assert_eq!((screen.reach.as_str(), screen.weeks[0].lines.len()), ("own", 1));
    assert!(screen.weeks[0].lines[0].office.ends_with("(loket ini)"), "{screen:?}");
    let kept = w.office.db().read(|tx| tx.query("SELECT v FROM meta WHERE k = 'subdistrict'", &[])).unwrap();
    let kept = kept[0].text(0).unwrap();
    assert!(!kept.contains("Halimah") && !kept.contains("6305044107489901"), "{kept}");
}

#[tokio::test]
async fn three_files_are_drawn_once_a_week_and_who_reads_one_is_written_down() {
    let _alone = ALONE.lock().await;
    let w = world(None).await;
    assert!(w.office.subdistrict().unwrap().samples.is_empty());
    let made: Vec<String> = (0..5).map(|_| w.hand_in("Halimah Contoh").0).collect();
    let screen = w.office.subdistrict().unwrap();
    let ids = |screen: &jukung_office::subdistrict::SubdistrictScreen| -> Vec<String> {
        screen.samples.iter().map(|sample| sample.id.clone()).collect()
    };
    let drawn = ids(&screen);
    assert_eq!((drawn.len(), screen.unread), (3, 3));
    assert_eq!(ids(&w.office.subdistrict().unwrap()), drawn, "nobody draws until they like it");
    let undrawn = made.iter().find(|id| !drawn.contains(id)).unwrap();
    assert_eq!(w.office.read_sample(undrawn).unwrap_err().code, "not_found");
    w.office.read_sample(&drawn[0]).unwrap();
    let screen = w.office.subdistrict().unwrap();
    assert_eq!((screen.unread, screen.samples[2].read, screen.samples[2].id.as_str()), (2, true, drawn[0].as_str()));
    let rows = w.office.db().read(|tx| tx.query("SELECT record FROM audit ORDER BY id DESC LIMIT 1", &[])).unwrap();
    let record: Record = serde_json::from_str(&rows[0].text(0).unwrap()).unwrap();
    assert_eq!((record.k.as_str(), record.o.as_str(), record.y.as_str()), ("open", "case", "sample"));
    let file = serde_json::to_string(&w.office.application(&drawn[0]).unwrap()).unwrap();
    assert!(!file.contains("6305044107489901"), "its numbers are masked");
    pass_days(7);
    let next = w.office.subdistrict().unwrap();
    assert_eq!((next.samples.len(), next.unread), (3, 3), "another week, another draw");
}

#[tokio::test]
async fn a_supervisor_gets_the_code_for_a_forgotten_pin_of_a_village_and_of_no_other() {
    let _alone = ALONE.lock().await;
    let w = world(None).await;
    let supervisor = subdistrict(&w).await;
    w.office.sync(&w.road).await.unwrap();
    let session = Session::new(w.folder.path().join("office"), edge());
    session.sign_in("Rahmah", PASSPHRASE).unwrap();
    let village = session.permit(Action::Send).unwrap();
    let computer = village.identity().code.clone();
    let asks = |code: &str, challenge: &str| supervisor.ask_pin_code(code, challenge);
    for (code, challenge) in [("K7", "12-34-56"), (computer.as_str(), "12-34"), ("", "")] {
        assert_eq!(asks(code, challenge).unwrap_err().code, "pin_ask_wrong");
    }
    asks(&computer, "12-34-56").unwrap();
    assert!(supervisor.subdistrict().unwrap().pin.contains("sedang diminta"), "nothing is claimed before the answer");
    supervisor.sync(&w.road).await.unwrap();
    let screen = supervisor.subdistrict().unwrap();
    assert!(screen.pin.contains("belum menyimpan") && screen.pin_code.is_empty(), "{}", screen.pin);
    village.set_pin("482107").unwrap();
    village.sync(&w.road).await.unwrap();
    drop(village);
    session.lock();
    let (code, challenge) = session.pin_forgotten().unwrap();
    assert_eq!(code, computer);
    asks(&code.to_lowercase(), &challenge.replace('-', " ")).unwrap();
    supervisor.sync(&w.road).await.unwrap();
    let screen = supervisor.subdistrict().unwrap();
    assert!(screen.pin.contains(&challenge), "{}", screen.pin);
    session.reset_pin(&screen.pin_code, "735190").unwrap();
    let sql = "SELECT record FROM audit WHERE record LIKE '%pin_code%'";
    let written = supervisor.db().read(|tx| tx.query(sql, &[])).unwrap();
    assert_eq!(written.len(), 2, "who asked, and for which computer, is written down");
    // The village supervises nobody, and nobody asks for the own computer.
    let mine = supervisor.identity().code.clone();
    for (office, asked) in [(&w.office, &mine), (&supervisor, &mine)] {
        office.ask_pin_code(asked, "12-34-56").unwrap();
        office.sync(&w.road).await.unwrap();
        let screen = office.subdistrict().unwrap();
        assert!(screen.pin.contains("tidak mengenal") && screen.pin_code.is_empty(), "{}", screen.pin);
    }
}
