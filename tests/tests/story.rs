//! Stories of one application: its ten stops, and what may cross them.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails right here")]

mod office_world;
#[path = "story/one_application.rs"]
mod one_application;
#[path = "story/one_visit.rs"]
mod one_visit;
#[path = "story/two_officers.rs"]
mod two_officers;

use jukung_office::{Office, home};
use office_world::{PASSPHRASE, edge, postgres, world};
use std::path::Path;
use std::sync::atomic::Ordering;

#[tokio::test]
async fn a_lost_reply_does_not_double_an_application() {
    let w = world(None).await;
    w.hand_in("Aminah Contoh");
    w.road.lose_reply.store(true, Ordering::Relaxed);
    w.office.sync(&w.road).await.unwrap_err();
    assert_eq!(w.office.connection().unwrap().waiting, 1, "not received without the district's word");
    w.office.sync(&w.road).await.unwrap();
    assert_eq!((w.stored_at_district().await, w.office.connection().unwrap().waiting), (1, 0));
}

#[tokio::test]
async fn two_officers_at_once_make_one_decision() {
    use jukung_domain::event::Body;
    let w = world(None).await;
    let (id, _) = w.hand_in("Rusmini Contoh");
    w.office.sync(&w.road).await.unwrap();
    let (one, two) = tokio::join!(w.decide(&id, Body::Taken), w.decide(&id, Body::Taken));
    assert_eq!(usize::from(one.is_ok()) + usize::from(two.is_ok()), 1);
}

#[tokio::test]
async fn an_unclean_end_skips_numbers_and_doubles_none() {
    let w = world(None).await;
    let (_, first) = w.hand_in("Galuh Contoh");
    let dir = w.folder.path().join("office");
    // Dropped without `close`: as after a power cut.
    drop(w.office);
    let again = Office::open(&dir, "", PASSPHRASE, edge()).unwrap();
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample/01-ktp-damaged.json");
    let second = again.submit_file(&sample).unwrap().remove(0).result.unwrap().number;
    let counter = |n: &str| jukung_domain::number::Number::parse(n).unwrap().counter();
    assert_eq!(counter(&second), 22, "after {first} a block of 20 is skipped (decision 0008)");
    assert_eq!(home::people(&dir)[0].name, "Rahmah");
}

#[tokio::test]
async fn residents_are_found_by_old_spelling_number_and_nik() {
    let w = world(None).await;
    let (id, number) = w.hand_in("Hj. Noerhajati");
    for text in ["nurhayati", "Noorhayati", "nurh", &number.to_lowercase().replace('-', " "), "63050441", "0812000"] {
        let hits = w.office.search(text).unwrap();
        assert!(hits.iter().any(|h| h.id == id || h.kind == "resident"), "{text}: {hits:?}");
    }
    assert!(w.office.search("x").unwrap().is_empty());
}

#[tokio::test]
async fn nothing_of_a_resident_lies_in_the_clear_at_the_counter() {
    let w = world(None).await;
    w.hand_in("Kenari Rahasia");
    w.office.close().unwrap();
    let mut files = vec![w.folder.path().join("office")];
    while let Some(path) = files.pop() {
        if path.is_dir() {
            files.extend(std::fs::read_dir(path).unwrap().map(|e| e.unwrap().path()));
            continue;
        }
        let bytes = std::fs::read(&path).unwrap();
        for secret in ["Kenari", "6305044107489901"] {
            assert!(!bytes.windows(secret.len()).any(|b| b == secret.as_bytes()), "{secret} in {}", path.display());
        }
    }
}

/// Hands in one application whose family wants the document by post; its id and number.
fn by_post(w: &office_world::World) -> (String, String) {
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample");
    let text = std::fs::read(sample.join("01-ktp-damaged.json")).unwrap();
    let mut value: serde_json::Value = serde_json::from_slice(&text).unwrap();
    value["fields"]["delivery.method"] = "post".into();
    value["fields"]["delivery.address"] = "Jalan Contoh Titian Nomor 4, RT 003".into();
    let file = w.folder.path().join("one.json");
    std::fs::write(&file, value.to_string()).unwrap();
    std::fs::copy(sample.join("ktp.jpg"), w.folder.path().join("ktp.jpg")).unwrap();
    let done = w.office.submit_file(&file).unwrap().remove(0).result.unwrap();
    (done.application, done.number)
}

/// Halimah's card goes by post: nobody is at home the first time, and Rizal takes it the second time.
async fn delivered_at_the_second_attempt(database: Option<String>) {
    use jukung_district::delivery::{carry::Told, pack::Wanted};
    use jukung_domain::event::{Body, Issued};
    use office_world::off;
    const COURIER: &str = "Kurir";
    let w = world(database).await;
    let (id, number) = by_post(&w);
    w.office.sync(&w.road).await.unwrap();
    for step in [Body::Taken, Body::Approved, Body::Issued(Issued::default())] {
        w.decide(&id, step).await.unwrap();
    }
    // Packed into a bag for PT Pos, sent; the counter says so at once, the tracking number follows.
    let (district, app) = (w.district.clone(), id.clone());
    let run = off(move || {
        let wanted = Wanted { way: "post".into(), apps: vec![app], ..Wanted::default() };
        let run = district.make_run(COURIER, &wanted).unwrap();
        assert!(run.items[0].address.starts_with("Jalan Contoh Titian") && run.items[0].may_collect.contains("Rizal"));
        district.send_run(&run.row.id, COURIER).unwrap().row.id
    })
    .await;
    w.office.sync(&w.road).await.unwrap();
    let shown = || w.office.application(&id).unwrap();
    assert_eq!((shown().status.as_str(), shown().tell.contains("PT Pos Indonesia")), ("SHIPPED", true));
    let (district, list) = (w.district.clone(), format!("nomor;resi\n{number};P2611230001\n"));
    assert_eq!(off(move || district.take_tracking(COURIER, list.as_bytes()).unwrap().stored).await, 1);
    // Nobody at home: the counter can tell the family why, and the document is still on its way.
    let carried = |step: &'static str, told: Told| {
        let (district, run, app) = (w.district.clone(), run.clone(), id.clone());
        off(move || district.carry(&run, &app, COURIER, step, &told).map(|run| run.items[0].state.clone()))
    };
    let told = Told { attempt: 1, reason: "Tidak ada orang di rumah".into(), ..Told::default() };
    assert_eq!(carried("failed", told).await.unwrap(), "out");
    w.office.sync(&w.road).await.unwrap();
    assert_eq!((shown().status.as_str(), shown().tell.contains("P2611230001")), ("SHIPPED", true));
    let last = shown().history.last().unwrap().text.clone();
    assert!(last.contains("Percobaan ke-1") && last.contains("Tidak ada orang"), "{last}");
    // The second time Rizal is there, and leaves his thumb: the counter knows to whom it went.
    let told = || Told {
        recipient: "Rizal Contoh".into(),
        relation: "Cucu".into(),
        mark: "thumbprint".into(),
        ..Told::default()
    };
    assert_eq!(carried("deliver", told()).await.unwrap(), "delivered");
    w.office.sync(&w.road).await.unwrap();
    assert_eq!((shown().status.as_str(), shown().tell.contains("Rizal Contoh (Cucu)")), ("DELIVERED", true));
    // And nobody hands it over once more.
    let refused = carried("deliver", told()).await.unwrap_err();
    assert_eq!((refused.code.as_str(), refused.details["recipient"].as_str()), ("delivered_already", "Rizal Contoh"));
    assert_eq!(w.stored_at_district().await, 1);
}

#[tokio::test]
async fn a_letter_by_post_is_delivered_at_the_second_attempt_on_sqlite() {
    delivered_at_the_second_attempt(None).await;
}

#[tokio::test]
async fn a_letter_by_post_is_delivered_at_the_second_attempt_on_postgresql() {
    match tokio::task::spawn_blocking(postgres).await.unwrap() {
        Some(url) => delivered_at_the_second_attempt(Some(url)).await,
        None => eprintln!("PostgreSQL is not here: this story was told on SQLite only"),
    }
}

/// The bag comes to the village while there is no network: Rizal takes the card at the counter, and the Dinas learns it later.
async fn handed_over_at_the_counter_without_a_network(database: Option<String>) {
    use jukung_district::delivery::pack::Wanted;
    use jukung_domain::event::{Body, Issued};
    use jukung_office::handover::HandOver;
    use office_world::off;
    let w = world(database).await;
    let (id, number) = w.hand_in("Halimah Contoh");
    w.office.sync(&w.road).await.unwrap();
    for step in [Body::Taken, Body::Approved, Body::Issued(Issued::default())] {
        w.decide(&id, step).await.unwrap();
    }
    w.office.sync(&w.road).await.unwrap();
    // From now on the counter hears nothing: not that the bag left, and not that it should have come.
    w.road.out.store(true, Ordering::Relaxed);
    let (district, app) = (w.district.clone(), id.clone());
    let run = off(move || {
        let wanted =
            Wanted { way: "village".into(), place: "63.05.04.1004".into(), apps: vec![app], ..Wanted::default() };
        let run = district.make_run("Kurir", &wanted).unwrap();
        district.send_run(&run.row.id, "Kurir").unwrap().row.id
    })
    .await;
    // The card lies on the table: Rizal, whom Halimah named, reads it with the clerk and signs.
    let rizal = HandOver { who: "helper".into(), read: true, mark: "signature".into(), ..HandOver::default() };
    w.office.hand_over_document(&id, &rizal, &[]).unwrap();
    assert_eq!(w.office.application(&id).unwrap().status, "DELIVERED");
    // An hour later somebody asks for it once more: refused with to whom, when and where.
    let refused = w.office.hand_over_document(&id, &rizal, &[]).unwrap_err();
    assert_eq!((refused.code.as_str(), refused.details["recipient"].as_str()), ("delivered_already", "Rizal Contoh"));
    // The network is back: the bag is empty at the Dinas, too, and the family's page says it.
    w.road.out.store(false, Ordering::Relaxed);
    office_world::settled(&w, &[&w.office]).await;
    let (district, app) = (w.district.clone(), id.clone());
    let (run, detail) = off(move || (district.run(&run).unwrap(), district.detail(&app).unwrap())).await;
    assert_eq!((run.row.state.as_str(), run.items[0].state.as_str()), ("done", "delivered"));
    assert_eq!((detail.row.status.as_str(), detail.row.number), ("DELIVERED", number));
    assert!(w.office.attention().unwrap().is_empty());
}

#[tokio::test]
async fn a_card_is_handed_over_at_the_counter_without_a_network_on_sqlite() {
    handed_over_at_the_counter_without_a_network(None).await;
}

#[tokio::test]
async fn a_card_is_handed_over_at_the_counter_without_a_network_on_postgresql() {
    match tokio::task::spawn_blocking(postgres).await.unwrap() {
        Some(url) => handed_over_at_the_counter_without_a_network(Some(url)).await,
        None => eprintln!("PostgreSQL is not here: this story was told on SQLite only"),
    }
}
