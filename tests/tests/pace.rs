//! Goal: a call is as long as the link lets it be, is packed only when both know how, and ends only when nothing moves.

mod office_world;

use jukung_domain::pack;
use jukung_domain::problem::Problem;
use jukung_domain::wire;
use jukung_office::road::{Http, way_out};
use jukung_office::sync::{Call, Road};
use jukung_office::tls::{self, Trusted};
use office_world::world;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// The longest silence in these tests.
const IDLE: Duration = Duration::from_millis(400);

/// A server that treats its one connection as `serve` says, and a call of `bytes` to it.
async fn called<F: Future<Output = ()> + Send + 'static>(
    bytes: usize,
    serve: impl FnOnce(TcpStream) -> F + Send + 'static,
) -> Result<u16, Problem> {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("address"));
    let server = tokio::spawn(async move { serve(listener.accept().await.expect("a connection").0).await });
    let call = Call { method: "PATCH", path: "/v1/blobs/x".into(), headers: Vec::new(), body: vec![7; bytes] };
    let road = Http::with(&url, IDLE, tls::config(Trusted::default()).expect("TLS")).expect("a road");
    let reply = road.carry(call).await.map(|r| r.status);
    server.abort();
    reply
}

#[tokio::test]
async fn a_body_may_take_longer_than_the_longest_silence_while_it_moves() {
    const BYTES: usize = 16 * 1024 * 1024;
    let slowly = |mut stream: TcpStream| async move {
        let (mut left, mut piece) = (BYTES, vec![0; 512 * 1024]);
        let mut tick = tokio::time::interval(Duration::from_millis(50));
        while left > 0 {
            tick.tick().await;
            left = left.saturating_sub(stream.read(&mut piece).await.expect("bytes"));
        }
        stream.write_all(b"HTTP/1.1 201 Created\r\ncontent-length: 0\r\n\r\n").await.expect("answered");
    };
    let began = tokio::time::Instant::now();
    assert_eq!(called(BYTES, slowly).await.expect("it arrives"), 201);
    assert!(began.elapsed() > 2 * IDLE, "it took longer than the longest silence: {:?}", began.elapsed());
}

#[tokio::test]
async fn a_call_that_stands_still_is_given_up() {
    let silent = |stream: TcpStream| async move {
        std::future::pending::<()>().await;
        drop(stream);
    };
    assert_eq!(called(10, silent).await.expect_err("nothing moves").code, "offline");
}

#[tokio::test]
async fn a_district_that_knows_no_zstd_gets_it_plain() {
    let w = world(None).await;
    w.hand_in("Aminah Contoh");
    w.road.plain_only.store(true, Ordering::Relaxed);
    let ran = w.office.sync(&w.road).await.expect("sent");
    assert_eq!((ran.acknowledged, w.stored_at_district().await), (2, 1), "with the key of its author");
}

#[tokio::test]
async fn a_district_without_the_dictionary_gets_what_every_build_reads() {
    let w = world(None).await;
    w.hand_in("Aminah Contoh");
    w.road.no_dictionary.store(true, Ordering::Relaxed);
    let ran = w.office.sync(&w.road).await.expect("sent");
    assert_eq!((ran.acknowledged, w.stored_at_district().await), (2, 1), "with the key of its author");
    let (encoding, body) = w.road.read.lock().expect("whole")[0].clone();
    assert_eq!((encoding.as_str(), pack::dictionary_of(&body)), (pack::ZSTD, None));
    let text = String::from_utf8(pack::unpack(&body, wire::BODY_BYTES_MAX).expect("zstd")).expect("text");
    let head: serde_json::Value = serde_json::from_str(text.lines().next().expect("a line")).expect("JSON");
    let whole = |field: &str| head["logs"][0][field].as_str().expect("there").len();
    assert_eq!((whole("pc"), whole("tc")), (64, 64), "an older build asks for both");
    assert_eq!(
        (&head["caps"], &head["set"]),
        (&serde_json::Value::Null, &serde_json::Value::Null),
        "and signs nothing else"
    );
    w.office.sync(&w.road).await.expect("sent");
    assert_eq!(w.road.calls.lock().expect("whole").len(), 2, "it is not tried with every call");
}

#[tokio::test]
async fn both_with_the_dictionary_speak_the_short_form_and_tell_ranges_and_settings_once() {
    let w = world(None).await;
    for n in 0..12 {
        w.hand_in(&format!("Contoh {}", "Aminah ".repeat(n % 5 + 1)));
    }
    w.office.sync(&w.road).await.expect("sent");
    let (encoding, body) = w.road.read.lock().expect("whole")[0].clone();
    assert_eq!((encoding.as_str(), pack::dictionary_of_short(&body)), (pack::SHORT, Some(pack::NEWEST.id)));
    let down: usize = w.road.told.lock().expect("whole").iter().sum();
    assert!(down < 1_000, "twelve acknowledgements and the settings in {down} bytes");
    w.road.told.lock().expect("whole").clear();
    w.hand_in("Halimah Contoh");
    w.office.sync(&w.road).await.expect("sent");
    let down: usize = w.road.told.lock().expect("whole").iter().sum();
    // 150 of them are the Dinas's signature over what people did (decision 0026), which has news with every application.
    assert!(down < 400, "no settings, one range: {down} bytes");
    assert_eq!(w.stored_at_district().await, 13);
    assert_eq!(office_world::counter_told(&w.office), w.told().await, "both have the same feed");
}

#[tokio::test]
async fn calls_become_as_small_as_a_slow_link_needs_and_every_event_arrives() {
    const PEOPLE: usize = 60;
    let w = world(None).await;
    // 300 bytes a second: what goes into one call is ten seconds of it, but never less than 2 KiB.
    w.road.bytes_per_s.store(300, Ordering::Relaxed);
    w.hand_in("Aminah Contoh");
    w.office.sync(&w.road).await.expect("measured");
    let rate = w.office.live().rate;
    assert!((100..600).contains(&rate), "measured {rate} bytes per second");
    w.road.calls.lock().expect("calls").clear();
    for n in 0..PEOPLE {
        w.hand_in(&format!("Contoh {}", "Aminah ".repeat(n % 5 + 1)));
    }
    let panel = w.office.sending().expect("panel");
    assert!(panel.estimate.contains("menit"), "an estimate before it is sent: {:?}", panel.estimate);
    w.office.sync(&w.road).await.expect("sent");
    let calls = w.road.calls.lock().expect("calls").clone();
    assert!(calls.len() > 2, "one call would have been cut: {calls:?}");
    assert!(calls.iter().all(|bytes| *bytes < 6_000), "none takes longer than a little over ten seconds: {calls:?}");
    assert_eq!(w.stored_at_district().await, i64::try_from(PEOPLE).expect("few") + 1);
    drop(w.office);
    let again = office_world::open(&w.folder.path().join("office"));
    assert!(again.live().rate > 0, "the rate is remembered");
}

#[test]
fn asking_for_the_way_out_gives_an_address_or_says_that_there_is_none() {
    assert!(way_out().is_none_or(|ip| !ip.is_unspecified()));
}
