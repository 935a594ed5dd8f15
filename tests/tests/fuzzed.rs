//! Goal: nothing that comes from the network, a stick, a file or a picture makes a reader fall over: the targets of cargo fuzz
//! on the committed corpus and on seeded changes of it. JUKUNG_FUZZ_SECONDS=3600 leaves it running for an hour a target.

#[path = "fuzz_corpus/mod.rs"]
mod fuzz_corpus;
#[path = "../../fuzz/targets.rs"]
mod targets;

use fuzz_corpus::first;
use jukung_crypto::sign::public_key;
use jukung_crypto::verdict::{Ruling, Trust, judge};
use jukung_district::signature::look::{Roots, look};
use jukung_domain::pack;
use jukung_office::home::Card;
use jukung_office::qr;
use jukung_office::scan::take_in;
use jukung_office::school::class_list;
use jukung_tests::chance::Chance;
use std::path::{Path, PathBuf};
use targets::outside::{DISTRICT, MEMORY_KIB, PASSPHRASE, claims};

/// Largest input, in bytes.
const INPUT_MAX: usize = 16 * 1024;

/// Changed inputs a target gets in ./test: fewer where one opens seals, reads a folder or decodes a picture.
fn in_test(target: &str) -> u64 {
    match target {
        "slots" | "stick" | "picture" => 300,
        "pdf" | "sheet" => 1_000,
        _ => 3_000,
    }
}

fn folder(target: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus").join(target)
}

/// The corpus as it lies in the tree. JUKUNG_FUZZ_CORPUS=1 writes the first inputs there.
fn corpus(target: &str) -> Vec<Vec<u8>> {
    let folder = folder(target);
    if std::env::var_os("JUKUNG_FUZZ_CORPUS").is_some() {
        std::fs::create_dir_all(&folder).expect("a folder");
        for (n, input) in first(target).iter().enumerate() {
            std::fs::write(folder.join(format!("first-{n}")), input).expect("written");
        }
    }
    let mut files: Vec<_> =
        std::fs::read_dir(&folder).expect("a corpus for each target").map(|f| f.expect("file").path()).collect();
    files.sort();
    files.iter().map(|f| std::fs::read(f).expect("read")).collect()
}

/// One input made of others: bytes changed, cut out, doubled, put together, numbers at their edges.
fn changed(chance: &mut Chance, corpus: &[Vec<u8>]) -> Vec<u8> {
    const EDGES: [&[u8]; 8] =
        [b"-1", b"9223372036854775807", b"18446744073709551616", b"\"", b"\n", b"\x00", b"[[[[[[[[", b"\\ud800"];
    let mut input = chance.pick(corpus).clone();
    for _ in 0..=chance.below(6) {
        let at = chance.below(input.len() + 1);
        let to = (at + chance.below(40)).min(input.len());
        match chance.below(6) {
            0 if at < input.len() => input[at] ^= 1 << chance.below(8),
            1 if at < input.len() => input[at] = chance.draw().to_le_bytes()[0],
            2 => drop(input.drain(at..to)),
            3 => {
                let piece = input[at..to].to_vec();
                input.splice(at..at, piece);
            }
            4 => {
                let other = chance.pick(corpus).clone();
                let from = chance.below(other.len() + 1);
                input.splice(at.., other[from..].iter().copied());
            }
            _ => drop(input.splice(at..to, chance.pick(&EDGES).iter().copied())),
        }
    }
    input.truncate(INPUT_MAX);
    input
}

#[test]
fn no_input_makes_a_reader_fall_over() {
    let seconds: u64 = std::env::var("JUKUNG_FUZZ_SECONDS").ok().and_then(|s| s.parse().ok()).unwrap_or(0);
    let only = std::env::var("JUKUNG_FUZZ_TARGET").unwrap_or_default();
    for (name, run) in targets::TARGETS.into_iter().filter(|(name, _)| only.is_empty() || *name == only) {
        let corpus = corpus(name);
        for input in &corpus {
            run(input);
        }
        let until = jukung_office::edge::Edge::system().clock.now_ms() + i64::try_from(seconds).expect("few") * 1_000;
        let mut done = 0;
        loop {
            let over = done % 100 == 0 && jukung_office::edge::Edge::system().clock.now_ms() >= until;
            if done >= in_test(name) && over {
                break;
            }
            let input = changed(&mut Chance::new(done), &corpus);
            // The seed is what repeats a failure.
            if std::panic::catch_unwind(|| run(&input)).is_err() {
                panic!("{name} falls over on seed {done}: {}", hex::encode(&input));
            }
            done += 1;
        }
        eprintln!("{name}: {} whole inputs and {done} changed ones, 0 fell over", corpus.len());
    }
}

#[test]
fn what_the_corpus_begins_with_is_read_whole() {
    assert!(jukung_domain::call::read(&first("sync_body")[0]).is_ok());
    assert!(serde_json::from_slice::<jukung_domain::wire::SyncAnswer>(&first("header")[0]).is_ok());
    assert!(pack::unpack_short(&first("frame")[2], INPUT_MAX).is_ok());
    assert!(jukung_domain::tus::named("sha256 YWJj").is_some_and(|s| s == "abc"));
    let known = Trust { keys: vec![public_key(&DISTRICT)], district: 6305, lost: Vec::new() };
    let judged = judge(std::str::from_utf8(&first("receipt_qr")[0][1..]).expect("text"), &known);
    assert_eq!((judged.ruling, judged.claims), (Ruling::Genuine, Some(claims())));
    for card in first("slots") {
        let card: Card = serde_json::from_slice(&card).expect("a card");
        let cheap = card.slots.iter().filter(|slot| slot.memory_kib == MEMORY_KIB);
        assert!(cheap.map(|slot| slot.open(PASSPHRASE)).all(|opened| opened.is_ok()));
    }
    for sheet in first("sheet").iter().filter(|sheet| sheet[0] == 0) {
        assert!(class_list::read(&sheet[1..]).is_ok());
    }
    assert!(first("picture").iter().all(|picture| take_in(picture).is_ok()));
    assert_eq!(first("picture").last().and_then(|p| qr::read(p)).as_deref(), Some("K7F-0417-N"));
    let pdfs = first("pdf");
    assert!(pdfs[..4].iter().all(|pdf| take_in(pdf).is_ok()));
    let roots = Roots { roots: &[], ours: None, now: 1_795_000_000_000 };
    assert!(pdfs[2..4].iter().all(|pdf| look(pdf, &roots).is_ok_and(|seen| seen.is_whole())));
    assert!(jukung_crypto::cms::judge(&pdfs[4], &[]).is_ok());
}
