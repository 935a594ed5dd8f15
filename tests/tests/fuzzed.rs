//! Goal: nothing that comes from the network or a stick makes a reader fall over: the targets of cargo fuzz on the committed
//! corpus and on seeded changes of it. JUKUNG_FUZZ_SECONDS=3600 leaves it running for an hour a target.

#[path = "../../fuzz/targets.rs"]
mod targets;

use jukung_domain::bundle::{Frame, OPENING};
use jukung_domain::pack;
use jukung_office::school::class_list;
use jukung_tests::chance::Chance;
use jukung_tests::made_up::{HELD_OUT, Village, calls};
use std::io::{Cursor, Read, Write};
use std::path::{Path, PathBuf};

/// Changed inputs a target gets in ./test.
const IN_TEST: u64 = 3_000;
/// The first page of a sheet.
const PAGE: &str = "xl/worksheets/sheet1.xml";
/// Largest input, in bytes.
const INPUT_MAX: usize = 16 * 1024;

fn folder(target: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus").join(target)
}

/// What the corpus begins with: one of each kind, whole.
fn first(target: &str) -> Vec<Vec<u8>> {
    let mut v = Village::new(2_000_000, HELD_OUT);
    let (id, _, raw) = v.handed_in();
    let decided = v.decided(id);
    let told = [calls::entry(&mut v, &decided)];
    let call = calls::call(&mut v, std::slice::from_ref(&raw), &[]);
    let answer = calls::answer(&mut v, &told);
    let line = |body: &[u8], n: usize| body.split(|b| *b == b'\n').nth(n).expect("a line").to_vec();
    match target {
        "sync_body" => vec![call, calls::call(&mut v, &[], &[])],
        "header" => vec![line(&answer, 0), line(&answer, 1)],
        "frame" => vec![
            pack::pack(&call, 3, None).expect("packed"),
            pack::pack(&call, 3, Some(pack::NEWEST.id)).expect("packed"),
            pack::pack_short(&call, 3, pack::NEWEST.id).expect("packed"),
        ],
        "tus_headers" => vec![
            b"filename Zm90bw==,sha256 YWJj".to_vec(),
            b"sha1 2jmj7l5rSw0yVb/vlWAYkK/YBwk=".to_vec(),
            b"18446744073709551615".to_vec(),
        ],
        _ => {
            let frame = |index, last| Frame { index, last, sealed: vec![7; 90] }.bytes();
            vec![[OPENING.to_vec(), frame(1, false), frame(2, true)].concat()]
        }
    }
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
            let over = done % 1_000 == 0 && jukung_office::edge::Edge::system().clock.now_ms() >= until;
            if done >= IN_TEST && over {
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

/// The same sheet with another first page, packed anew: behind a checksum no change of the bytes would reach the reader.
fn with_page(sheet: &[u8], page: &[u8]) -> Vec<u8> {
    let mut from = zip::ZipArchive::new(Cursor::new(sheet)).expect("a sheet");
    let mut to = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for at in 0..from.len() {
        let mut part = from.by_index(at).expect("a part");
        let name = part.name().expect("a name").into_owned();
        let mut content = Vec::new();
        part.read_to_end(&mut content).expect("read");
        to.start_file(name.as_str(), zip::write::SimpleFileOptions::default()).expect("begun");
        to.write_all(if name == PAGE { page } else { &content }).expect("written");
    }
    to.finish().expect("a sheet").into_inner()
}

#[test]
fn no_changed_class_list_makes_the_import_fall_over() {
    let sample =
        |name: &str| std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("sample").join(name)).expect(name);
    let (list, sheet) = (sample("class-list.csv"), sample("class-list.xlsx"));
    let mut page = Vec::new();
    let mut archive = zip::ZipArchive::new(Cursor::new(&sheet)).expect("a sheet");
    archive.by_name(PAGE).expect("its page").read_to_end(&mut page).expect("read");
    let (lists, sheets, pages) = ([list], [sheet.clone()], [page]);
    let mut taken = 0;
    for seed in 0..IN_TEST / 3 {
        let mut chance = Chance::new(seed);
        let page = changed(&mut chance, &pages);
        let inputs = [changed(&mut chance, &lists), changed(&mut chance, &sheets), with_page(&sheet, &page)];
        for input in &inputs {
            let Ok(read) = std::panic::catch_unwind(|| class_list::read(input)) else {
                panic!("the import falls over on seed {seed}: {}", hex::encode(input));
            };
            taken += usize::from(read.is_ok());
        }
    }
    eprintln!("class lists: {IN_TEST} changed ones, {taken} were lists still, 0 fell over");
    assert!(taken > 100, "{taken} were lists still");
}

#[test]
fn what_the_corpus_begins_with_is_read_whole() {
    assert!(jukung_domain::call::read(&first("sync_body")[0]).is_ok());
    assert!(serde_json::from_slice::<jukung_domain::wire::SyncAnswer>(&first("header")[0]).is_ok());
    assert!(pack::unpack_short(&first("frame")[2], INPUT_MAX).is_ok());
    assert!(jukung_domain::tus::named("sha256 YWJj").is_some_and(|s| s == "abc"));
}
