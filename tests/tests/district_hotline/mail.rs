//! Goal: news and answers leave by e-mail at most once, to those alone who agreed or asked, without a NIK, over a line that is
//! protected; a lost line behind the message is told and never sent again by itself.

use super::post::{Post, certificate};
use super::{NIK, contact, returned, states, waited};
use crate::both_engines;
use crate::district_world::{Engine, World, shared};
use jukung_district::complaint::{Happened, Source};
use jukung_district::hotline::mail::{Config, Mail, Tls};
use jukung_domain::complaint::Complaint;
use jukung_domain::two_words;
use serde_json::json;

const MAIL: (&str, &str) = ("helper.email", "Rizal@Contoh.ID");

fn config(port: u16, tls: Tls, roots: Vec<u8>) -> Config {
    let from = "Dinas Dukcapil Contoh <kabar@dukcapil.contoh.id>".parse().expect("an address");
    let (user, password) = match tls {
        Tls::Never => (String::new(), String::new()),
        Tls::StartTls | Tls::Wrapped => ("kabar".to_owned(), "rahasia".to_owned()),
    };
    Config { host: "localhost".into(), port, tls, user, password, from, roots }
}

/// Sends what is due through this server; `None` is one that is not there.
fn sent(world: &World, post: Option<&Post>, tls: Tls, roots: &[u8]) -> usize {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("runtime");
    let (district, post) = (world.district.clone(), post.cloned());
    runtime.block_on(async move {
        let socket = tokio::net::TcpListener::bind("localhost:0").await.expect("a socket");
        let port = socket.local_addr().expect("address").port();
        let server = post.map(|post| {
            tokio::spawn(async move {
                while let Ok((line, _)) = socket.accept().await {
                    tokio::spawn(post.clone().talk(line));
                }
            })
        });
        let carrier = Mail::new(config(port, tls, roots.to_vec())).expect("carrier");
        let sent = district.send_due(&carrier).await.expect("a round");
        server.inspect(tokio::task::JoinHandle::abort);
        sent
    })
}

fn plain(world: &World, post: &Post) -> usize {
    sent(world, Some(post), Tls::Never, &[])
}

/// Answers the next round with this at this command.
fn otherwise(world: &World, command: &'static str, answer: &'static str) -> Post {
    let post = Post::default();
    post.otherwise.lock().expect("lock").push_back((command, answer));
    plain(world, &post);
    post
}

/// State of the one message, and why.
fn state(world: &World) -> (String, String) {
    let all = states(world);
    assert_eq!(all.len(), 1, "{all:?}");
    (all[0].1.clone(), all[0].2.clone())
}

fn is(state: &str, why: &str) -> (String, String) {
    (state.to_owned(), why.to_owned())
}

/// The text of a message without its quoted-printable.
fn readable(message: &str) -> String {
    let joined = message.replace("=\n", "");
    let mut bytes = Vec::new();
    let mut rest = joined.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let coded = (first == b'=').then(|| tail.get(..2)).flatten();
        let byte = coded.and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
        bytes.push(byte.unwrap_or(first));
        rest = if byte.is_some() { &tail[2..] } else { tail };
    }
    String::from_utf8(bytes).expect("text")
}

both_engines! {
    fn news_goes_once_to_the_contact_that_agreed_with_the_two_words_and_no_nik(world: &World) {
        let (silent, _) = contact(world, 1, false, &[MAIL]);
        let (id, number) = contact(world, 2, true, &[MAIL]);
        returned(world, &silent);
        returned(world, &id);
        let post = Post::default();
        assert_eq!((plain(world, &post), plain(world, &post)), (1, 0), "once, and not to who did not agree");
        let taken = post.taken.lock().expect("lock").clone();
        let text = readable(&taken[0]);
        let words = two_words::of(id.parse().expect("id")).join(" ");
        assert!(text.contains(&format!("\n\n{words}. ")) && text.contains(&number), "{text}");
        assert!(text.contains("ada yang perlu diperbaiki") && text.contains("Auto-Submitted: auto-generated"), "{text}");
        assert!(!text.contains(NIK) && !text.contains("Halimah"), "{text}");
        let heard = post.heard.lock().expect("lock").clone();
        assert!(heard.contains(&"MAIL FROM:<kabar@dukcapil.contoh.id>".to_owned()), "{heard:?}");
        assert!(heard.contains(&"RCPT TO:<Rizal@contoh.id>".to_owned()), "{heard:?}");
        let shown = serde_json::to_value(world.district.messages().expect("messages")).expect("JSON");
        assert_eq!((&shown[0]["to"], &shown[0]["state_text"]), (&json!("R•••@contoh.id"), &json!("Diterima server surel")));
    }

    fn later_is_waited_out_never_is_final_and_a_lost_line_is_told(world: &World) {
        let (id, _) = contact(world, 1, true, &[MAIL]);
        returned(world, &id);
        // Nobody there, a full server, grey-listing, a line cut before the dot, a refusal behind it: certainly not taken.
        sent(world, None, Tls::Never, &[]);
        assert_eq!(state(world), is("queued", "no_connection"));
        let later = [("HELLO", "554 5.3.2 no service", "554"), ("MAIL", "452 4.3.1 full", "452"), ("RCPT", "450 4.2.0 come again", "450"),
            ("DATA", "", "no_connection"), (".", "451 4.3.0 try again", "451")];
        for (command, answer, why) in later {
            assert_eq!(plain(world, &Post::default()), 0, "not before its time");
            waited(world);
            let post = otherwise(world, command, answer);
            assert_eq!((state(world), post.taken.lock().expect("lock").len()), (is("queued", why), 0), "{command}");
        }
        waited(world);
        otherwise(world, "RCPT", "550 5.1.1 no such box");
        assert_eq!(state(world), is("failed", "550"));
        waited(world);
        assert_eq!(plain(world, &Post::default()), 0, "what nobody has is not sent again by itself");
        let message = states(world)[0].0.clone();
        world.district.send_again(&message).expect("an officer sends it again");
        // The server has it, the line breaks before it says so.
        let first = otherwise(world, ".", "taken");
        assert_eq!((state(world), first.taken.lock().expect("lock").len()), (is("unsure", "no_answer"), 1));
        waited(world);
        let second = Post::default();
        assert_eq!(plain(world, &second), 0, "not doubled");
        world.district.send_again(&message).expect("an officer knows better");
        assert_eq!((plain(world, &second), state(world)), (1, is("sent", "")));
        assert_eq!(first.taken.lock().expect("lock")[0], second.taken.lock().expect("lock")[0], "byte for byte the same, so that whoever has both can tell");
    }

    fn nothing_leaves_over_a_line_that_is_not_protected(world: &World) {
        let (id, _) = contact(world, 1, true, &[MAIL]);
        returned(world, &id);
        let (root, tls) = certificate();
        sent(world, Some(&Post::default()), Tls::StartTls, &root);
        assert_eq!(state(world), is("queued", "no_starttls"));
        waited(world);
        let post = Post { tls: Some(tls), ..Post::default() };
        sent(world, Some(&post), Tls::StartTls, &certificate().0);
        assert_eq!((state(world).0, state(world).1.as_str() == "tls" || state(world).1 == "no_connection"), ("queued".to_owned(), true), "another authority");
        let heard = post.heard.lock().expect("lock").clone();
        assert!(!heard.iter().any(|c| c.starts_with("AUTH") || c.starts_with("MAIL")), "no password, no address: {heard:?}");
        waited(world);
        post.otherwise.lock().expect("lock").push_back(("AUTH", "535 5.7.8 wrong password"));
        sent(world, Some(&post), Tls::StartTls, &root);
        assert_eq!(state(world), is("queued", "535"), "it waits for whoever mends that");
        waited(world);
        assert_eq!((sent(world, Some(&post), Tls::StartTls, &root), state(world)), (1, is("sent", "")));
        assert_eq!(post.taken.lock().expect("lock").len(), 1);
    }

    fn an_answer_goes_to_the_complainant_and_a_sealed_one_says_only_that_it_is_there(world: &World) {
        let mut settings = world.district.settings().expect("settings");
        settings.site = "https://dukcapil.contoh.id/".into();
        world.district.set_settings(&settings).expect("settings");
        let secret = "pelapor@contoh.id";
        let complain = |kind: &str, contact: &str| {
            let complaint = Complaint { kind: kind.into(), words: "Sudah sebulan.".into(), contact: contact.into(), ..Complaint::default() };
            world.district.db.write(|tx| world.district.complain(tx, complaint, Source::Web, 1)).expect("filed").id
        };
        let (open, money, phone) = (complain("too_slow", "warga@contoh.id"), complain("money", secret), complain("too_slow", "+6281200000001"));
        for id in [&open, &money, &phone] {
            let step = Happened { at: 2, who: "Sari".into(), what: "answer".into(), words: format!("Sudah selesai. NIK {NIK}") };
            world.district.db.write(|tx| world.district.step_complaint(tx, id, &step)).expect("answered");
        }
        let rows = world.district.db.read(|tx| tx.query("SELECT recipient || body FROM message", &[])).expect("rows");
        let stored: Vec<String> = rows.iter().map(|r| r.text(0).expect("text")).collect();
        assert!(stored.len() == 2 && !stored.concat().contains(secret), "who complained about money stands in no open table: {stored:?}");
        let post = Post::default();
        assert_eq!(plain(world, &post), 2);
        let heard = post.heard.lock().expect("lock").concat();
        assert!(heard.contains("RCPT TO:<warga@contoh.id>") && heard.contains(&format!("RCPT TO:<{secret}>")), "{heard}");
        let taken: Vec<String> = post.taken.lock().expect("lock").iter().map(|m| readable(m)).collect();
        let words = |id: &str| format!("\n\n{}. ", two_words::of(id.parse().expect("id")).join(" "));
        let to = |id: &str| taken.iter().find(|m| m.contains(&words(id))).unwrap_or_else(|| panic!("{taken:?}")).clone();
        assert!(to(&open).contains("Sudah selesai. NIK •••") && to(&open).contains("https://dukcapil.contoh.id/pengaduan/"));
        assert!(!to(&money).contains("Sudah selesai") && to(&money).contains("sudah dijawab"), "{}", to(&money));
    }
}

#[test]
fn half_a_setting_is_refused_and_none_means_no_mail() {
    let read = |set: &[(&str, &str)]| {
        let set: Vec<(String, String)> =
            set.iter().map(|(n, v)| (format!("JUKUNG_MAIL_{n}"), (*v).to_owned())).collect();
        Config::read(move |name| set.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone()))
    };
    assert!(read(&[]).expect("none").is_none());
    let whole = [("HOST", "surel.contoh.id"), ("FROM", "kabar@contoh.id"), ("USER", "kabar"), ("PASSWORD", "rahasia")];
    let config = read(&whole).expect("whole").expect("a server");
    assert_eq!((config.port, config.tls), (587, Tls::StartTls), "never unprotected by itself");
    for (name, value) in
        [("FROM", "Dinas"), ("TLS", "none"), ("TLS", "ssl"), ("PORT", "x"), ("PASSWORD", ""), ("CA", "/nirgends")]
    {
        let mut half: Vec<(&str, &str)> = whole.iter().filter(|(n, _)| *n != name).copied().collect();
        half.push((name, value));
        let problem = read(&half).err().unwrap_or_else(|| panic!("{name}={value} was taken"));
        assert_eq!(problem.details["name"], format!("JUKUNG_MAIL_{name}"));
    }
}
