//! Goal: what a stranger sends stays text: on a page of the families it is shown and never part of the page, and in the log it
//! begins no line and hides none. Tables are in `--test district_desk`; the screens of counters and officers in the window test.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails right here")]

mod district_world;

use axum::body::Body as HttpBody;
use axum::http::Request;
use district_world::{Counter, Engine, OFFICE, PASSPHRASE, World, shared};
use jukung_domain::event::{Body, Reason, Returned};
use jukung_tests::served::serve_as;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Stdio;

/// What would become part of a page that takes it for its own.
const PAGES: [&str; 6] = [
    "<img src=x onerror=fired(1)>",
    "</title></textarea><script>fired(2)</script>",
    "\"><svg onload=fired(3)>",
    "' onmouseover='fired(4)",
    "<!--<a href=\"javascript:fired(5)\">",
    "{{fired(6)}}${fired(7)}",
];

/// Wherever it stands, the letters that end a text or an attribute's value are written as what they are called.
fn is_text(page: &str, planted: &str) {
    for around in page.split("fired(").skip(1).zip(page.split("fired(")) {
        let (after, before) = (around.0, around.1);
        let text = before.rsplit(['<', '>', '"', '\'']).next().unwrap_or_default();
        let inside = before.rsplit_once(['<', '>']).is_some_and(|(left, _)| before[left.len()..].starts_with('<'));
        let quoted = before.rsplit_once('"').is_some_and(|(left, _)| left.ends_with('='));
        assert!(!inside || quoted, "{planted} stands in a tag: {text}fired({}", after.get(..20).unwrap_or(after));
    }
    for mark in ['<', '"', '\''] {
        let bare = planted.split("fired(").next().unwrap_or(planted);
        assert!(!bare.contains(mark) || !page.contains(bare), "{planted} is part of {page}");
    }
}

fn asked(world: &World, path: &str, media: &str, body: String) -> (u16, String) {
    let request = Request::post(path).header("content-type", media).header("host", "dukcapil.contoh");
    let (status, _, body) = world.http(request.body(HttpBody::from(body)).unwrap());
    (status, String::from_utf8(body).unwrap())
}

fn got(world: &World, path: &str) -> String {
    let (_, _, body) = world.http(Request::get(path).body(HttpBody::empty()).unwrap());
    String::from_utf8(body).unwrap()
}

/// As a form sends it: every byte by its number.
fn coded(text: &str) -> String {
    text.bytes().map(|b| format!("%{b:02X}")).collect()
}

both_engines! {
    fn what_is_typed_into_the_pages_of_the_families_comes_back_as_text(world: &World) {
        let form = "application/x-www-form-urlencoded";
        let mut shown = 0;
        for planted in PAGES {
            let (_, page) = asked(world, "/cek", form, format!("number={}&fact={}", coded(planted), coded(planted)));
            is_text(&page, planted);
            is_text(&got(world, &format!("/cek?number={}&n={}", coded(planted), coded(planted))), planted);
            is_text(&got(world, &format!("/pengaduan/{}", coded(planted))), planted);
            let body = format!("--X\r\nContent-Disposition: form-data; name=\"words\"\r\n\r\n{planted}\r\n--X--\r\n");
            let (_, page) = asked(world, "/pengaduan", "multipart/form-data; boundary=X", body);
            is_text(&page, planted);
            shown += usize::from(page.contains("fired("));
        }
        assert_eq!(shown, PAGES.len(), "the form keeps what was typed, so this test sees it");
    }

    fn what_counters_and_officers_wrote_is_text_for_a_family(world: &World) {
        let mut counter = Counter::enrol(world, OFFICE, 1);
        let mut shown = 0;
        for (n, planted) in (1..).zip(PAGES) {
            let (create, id) = counter.create(n, planted, None);
            counter.sync(world, &[create]);
            let back = Returned { reason: "unreadable".into(), target: planted.into(), note: planted.into() };
            for body in [Body::Taken, Body::Returned(back), Body::Note(Reason { reason: planted.into() })] {
                let _ = world.district.decide(&id, planted, &body);
            }
            let number = jukung_domain::number::Number::new(&counter.card.code, n).unwrap().to_string();
            let typed = format!("number={number}&fact=1948");
            let (status, page) = asked(world, "/cek", "application/x-www-form-urlencoded", typed);
            assert_eq!(status, 200, "{page}");
            is_text(&page, planted);
            shown += usize::from(page.contains("fired("));
        }
        assert!(shown > 0, "a return's sentence is shown, so this test sees it");
    }
}

/// What would look like a line of the log of its own, or hide the ones before it on a terminal.
const LINES: [&str; 4] = [
    "a\n2026-11-27T00:00:00.000000Z ERROR planted: PLANTED",
    "a\r\nPLANTED",
    "\u{1b}[2K\u{1b}[1A PLANTED",
    "a\u{2028}PLANTED\u{9b}2K",
];

#[test]
fn what_is_sent_begins_no_line_of_the_log_and_hides_none() {
    let folder = tempfile::tempdir().unwrap();
    let (data, log) = (folder.path().join("district"), folder.path().join("log"));
    let out = Stdio::from(std::fs::File::create(&log).unwrap());
    let told = [("RUST_LOG", "trace"), ("NO_COLOR", "1")];
    let (server, address) = serve_as(&data, "127.0.0.1:0", &told, out).expect("it listens");
    let mut sent = 0;
    for planted in LINES {
        let path = coded(planted);
        let form = format!("number={path}&fact={path}");
        let part = format!("--X\r\nContent-Disposition: form-data; name=\"words\"\r\n\r\n{planted}\r\n--X--\r\n");
        let sign_in = serde_json::json!({"name": planted, "passphrase": PASSPHRASE}).to_string();
        for (method, path, media, body) in [
            ("GET", format!("/{path}?{path}"), "text/plain", String::new()),
            ("GET", format!("/officer/{path}"), "text/plain", String::new()),
            ("POST", "/cek".into(), "application/x-www-form-urlencoded", form),
            ("POST", "/pengaduan".into(), "multipart/form-data; boundary=X", part),
            ("POST", "/officer/api/sign-in".into(), "application/json", sign_in),
            ("POST", "/v1/sync".into(), "application/x-ndjson", planted.to_owned()),
            ("POST", "/v1/enrol".into(), "application/json", planted.to_owned()),
        ] {
            let mut line = TcpStream::connect(&address).unwrap();
            let agent: String = planted.chars().filter(|c| !['\r', '\n'].contains(c)).collect();
            write!(
                line,
                "{method} {path} HTTP/1.1\r\nhost: x\r\nuser-agent: {agent}\r\nx-forwarded-for: {agent}\r\ncontent-type: {media}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
                body.len()
            )
            .unwrap();
            let mut answer = Vec::new();
            line.read_to_end(&mut answer).unwrap();
            sent += 1;
            assert!(answer.starts_with(b"HTTP/1.1"), "{method} {path}");
        }
    }
    drop(server);
    let log = std::fs::read(&log).unwrap();
    let text = String::from_utf8_lossy(&log);
    assert!(text.lines().count() > sent, "it logs: {} lines", text.lines().count());
    for line in text.split(['\n', '\r', '\u{2028}', '\u{85}']).filter(|line| !line.is_empty()) {
        assert!(!line.starts_with("PLANTED") && !line.contains(" ERROR planted: "), "{line}");
        assert!(!line.contains(['\u{1b}', '\u{9b}']), "{line:?}");
    }
    println!("{sent} requests, {} lines of the log, 0 planted", text.lines().count());
}
