//! Fifty made-up people with a NIK and a name of their own go through a whole session of the window; then every byte that lies
//! on the disk is searched for them: database, write-ahead log, temporary files, what the web view keeps, logs, prints.

use crate::driver::{CTRL, ENTER, Window, f};
use crate::world::{PASSPHRASE, World};
use jukung_office::Office;
use jukung_office::edge::Edge;
use serde_json::json;
use std::collections::BTreeSet;
use std::io::BufRead;
use std::path::{Path, PathBuf};

const PEOPLE: usize = 50;
/// What every planted NIK and name begins with: one search finds all of them. Nothing of the samples is like it.
const NIK: &str = "6305047112889";
const NAME: &str = "Kenarijukung";
/// Handed in before the window opens: the others are drafts made in it.
const HANDED_IN: usize = 10;

fn person(n: usize) -> (String, String) {
    let letter = |n: usize| char::from(b'a' + u8::try_from(n % 26).unwrap());
    (format!("{NIK}{:03}", 900 + n), format!("{NAME} {}{} Contoh", letter(n / 26), letter(n)))
}

/// Files below a folder, without those of other homes.
fn files(folder: &Path, skip: &[PathBuf]) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let kind = entry.file_type().unwrap();
        if kind.is_dir() && !skip.contains(&path) {
            all.extend(files(&path, skip));
        } else if kind.is_file() {
            all.push(path);
        }
    }
    all
}

/// The text as bytes: UTF-8, UTF-16 of both orders.
fn encodings(text: &str) -> [Vec<u8>; 3] {
    let wide = |order: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(order).collect();
    [text.as_bytes().to_vec(), wide(u16::to_le_bytes), wide(u16::to_be_bytes)]
}

/// Where something planted stands, however its letters are written. A byte at a time takes minutes in a program that is not
/// optimised, for the web view's files are large: the standard library jumps to the first letter. Both orders of UTF-16 are
/// the same bytes from the first letter on, but for a zero at the end.
fn hits(bytes: &[u8]) -> usize {
    let mut found = 0;
    for text in [NIK, NAME] {
        let first = text.as_bytes()[0];
        let wide: Vec<u8> = text.bytes().flat_map(|b| [b, 0]).take(text.len() * 2 - 1).collect();
        let needles = [text.as_bytes(), wide.as_slice()];
        let firsts = BTreeSet::from([first.to_ascii_lowercase(), first.to_ascii_uppercase()]);
        for first in firsts {
            let mut rest = bytes;
            while rest.skip_until(first).unwrap() > 0 && bytes[bytes.len() - rest.len() - 1] == first {
                let here = &bytes[bytes.len() - rest.len() - 1..];
                let at = |n: &&&[u8]| here.len() >= n.len() && here[..n.len()].eq_ignore_ascii_case(n);
                found += usize::from(needles.iter().any(|n| at(&n)));
            }
        }
    }
    found
}

/// What was searched.
#[derive(Debug, Default)]
struct Searched {
    files: usize,
    bytes: usize,
    hits: Vec<String>,
    pictures: Vec<String>,
}

fn searched(world: &World) -> Searched {
    let mut all = Searched::default();
    for file in files(world.tools(), &[world.tools().join("district")]) {
        // A file may go while it is looked at: the window is running.
        let Ok(bytes) = std::fs::read(&file) else { continue };
        let name = file.strip_prefix(world.tools()).unwrap().display().to_string();
        (all.files, all.bytes) = (all.files + 1, all.bytes + bytes.len());
        if hits(&bytes) > 0 {
            all.hits.push(format!("{name}: {}", hits(&bytes)));
        }
        if bytes.starts_with(&[0xff, 0xd8, 0xff]) || (bytes.starts_with(b"%PDF") && file.starts_with(&world.data)) {
            all.pictures.push(name);
        }
    }
    all
}

/// The applications that were handed in, written where the search does not look.
fn planted(world: &World) -> Vec<String> {
    let elsewhere = tempfile::tempdir().unwrap();
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample");
    std::fs::copy(sample.join("ktp.jpg"), elsewhere.path().join("ktp.jpg")).unwrap();
    let text = std::fs::read_to_string(sample.join("01-ktp-damaged.json")).unwrap();
    let mut one: serde_json::Value = serde_json::from_str(&text).unwrap();
    let mut lines = Vec::new();
    for n in 0..HANDED_IN {
        let (nik, name) = person(n);
        one["fields"]["applicant.nik"] = nik.into();
        one["fields"]["applicant.name"] = name.into();
        one["fields"]["applicant.birthDate"] = "31-12-1988".into();
        lines.push(one.to_string());
    }
    let file = elsewhere.path().join("planted.jsonl");
    std::fs::write(&file, lines.join("\n")).unwrap();
    let office = Office::open(&world.data, "", PASSPHRASE, Edge::system()).unwrap();
    let ids = office.submit_file(&file).unwrap().into_iter().map(|line| line.result.unwrap().application).collect();
    office.close().unwrap();
    ids
}

/// What a clerk does with them, as the screens ask for it: over the window's own IPC. Each person is waited for: a debug
/// program takes a while for all of them.
async fn worked_with(w: &Window, ids: &[String]) {
    let each = |body: String| {
        format!(
        "const ask = (name, args) => window.__TAURI_INTERNALS__.invoke(name, args); window.worked = null;
         (async () => {{ {body} }})().then(() => {{ window.worked = 'well'; }}, (e) => {{ window.worked = JSON.stringify(e) + e; }});"
    )
    };
    let drafts = (HANDED_IN..PEOPLE).map(|n| {
        let (nik, name) = person(n);
        each(format!(
            "const draft = await ask('new_draft', {{service: 'KTP_DAMAGED', variant: null, resident: null}});
             await ask('save', {{change: {{draft: draft.id, fields: {{'applicant.nik': '{nik}', 'applicant.name': '{name}'}}, reasons: {{}}, missing: {{}}, section: '', field: ''}}}});
             await ask('search', {{text: '{name}'}}); await ask('search', {{text: '{nik}'}});
             await ask('open_draft', {{id: draft.id}}); await ask('review', {{draft: draft.id}});"
        ))
    });
    let cases = ids.iter().enumerate().map(|(n, id)| {
        let name = person(n).1;
        each(format!(
            "const opened = await ask('application', {{id: '{id}'}});
             await ask('reveal_numbers', {{of: 'case', id: '{id}', purpose: 'serving'}});
             await ask('receipt', {{application: '{id}', paper: 'a5'}}); await ask('print_receipt', {{application: '{id}', paper: 'a5', copies: 1}});
             await ask('scan_image', {{id: opened.scans[0].id}}); await ask('message', {{application: '{id}'}});
             const card = (await ask('search', {{text: '{name}'}})).find((hit) => hit.kind === 'resident').id;
             await ask('resident', {{id: card, purpose: 'serving'}}); await ask('known_person', {{card}});"
        ))
    });
    // Without one, receipts are PDF files in the data folder (docs/limits.md).
    let printer = each("await ask('change_settings', {change: {printer: 'EPSON-L3210'}});".to_owned());
    for work in std::iter::once(printer).chain(drafts).chain(cases) {
        w.js(&work).await;
        w.until("window.worked").await;
        assert_eq!(w.js("return window.worked").await, json!("well"));
    }
}

/// The programs of this window that run (itself and the web view's own), and how large a core dump of each may be.
fn dumps(world: &World) -> Vec<(String, String)> {
    let own = format!("JUKUNG_DATA={}\0", world.data.display());
    let read = |pid: &str, file: &str| std::fs::read(format!("/proc/{pid}/{file}")).unwrap_or_default();
    let mut found = Vec::new();
    for entry in std::fs::read_dir("/proc").unwrap().flatten() {
        let pid = entry.file_name().to_string_lossy().into_owned();
        let environment = String::from_utf8_lossy(&read(&pid, "environ")).into_owned();
        let (name, limits) = (read(&pid, "comm"), read(&pid, "limits"));
        let (name, limits) = (String::from_utf8_lossy(&name).trim().to_owned(), String::from_utf8_lossy(&limits));
        let core = limits.lines().find_map(|line| line.strip_prefix("Max core file size")).unwrap_or_default();
        if environment.contains(&own) && !name.contains("Driver") {
            found.push((name, core.split_whitespace().take(2).collect::<Vec<_>>().join(" ")));
        }
    }
    found
}

#[tokio::test]
async fn nothing_of_fifty_people_lies_readable_on_the_disk_after_a_whole_session() {
    let world = World::new().await;
    let ids = planted(&world);
    let (temporary, log) = (world.tools().join("tmp"), world.tools().join("window.log"));
    std::fs::create_dir_all(&temporary).unwrap();
    let temporary = temporary.display().to_string();
    let told = [("TMPDIR", temporary.as_str()), ("RUST_LOG", "debug")];
    let w = Window::open_logged(&world.data, world.tools(), &told, &log).await;
    w.until("document.querySelector('#passphrase')").await;
    w.tab_to("#passphrase", 3).await;
    w.press(&format!("{PASSPHRASE}{ENTER}")).await;
    w.title("Antrean").await;
    worked_with(&w, &ids).await;
    let dumps = dumps(&world);
    assert!(dumps.len() >= 3 && dumps.iter().any(|(name, _)| name == "WebKitWebProces"), "{dumps:?}");
    assert!(dumps.iter().all(|(_, core)| ["1 1", "0 0"].contains(&core.replace(" bytes", "").as_str())), "{dumps:?}");
    // One by hand, so that keys and boxes have seen them, too.
    w.press(&f(2)).await;
    w.title("Berkas baru").await;
    w.press(&format!("ktp rusak{ENTER}")).await;
    w.at("applicant-name").await;
    let (nik, name) = person(PEOPLE - 1);
    w.press(&format!("{name}{ENTER}{nik}{ENTER}")).await;
    w.at("applicant-kk").await;
    let running = searched(&world);
    w.chord(CTRL, "l").await;
    w.close().await;
    let after = searched(&world);
    println!(
        "{PEOPLE} NIK and names: {} bytes in {} files searched while the window ran, {} in {} after it ended, {} hits",
        running.bytes,
        running.files,
        after.bytes,
        after.files,
        running.hits.len() + after.hits.len()
    );
    assert!(after.bytes > 500_000 && after.files > 10, "{after:?}");
    for one in [&running, &after] {
        assert!(one.hits.is_empty(), "{:?}", one.hits);
        assert!(one.pictures.is_empty(), "{:?}", one.pictures);
    }
    assert!(std::fs::metadata(&log).is_ok_and(|m| m.len() > 0), "the window wrote a log");
    planted_ones_are_found(&world);
}

/// The search itself finds what is there, in every encoding and wherever it stands.
fn planted_ones_are_found(world: &World) {
    let (nik, name) = person(7);
    for text in [nik, name.clone(), name.to_lowercase()] {
        for bytes in encodings(&text) {
            let file = world.data.join("planted");
            std::fs::write(&file, [vec![0x41; 4_097], bytes, vec![0x42; 3]].concat()).unwrap();
            let found = searched(world);
            assert_eq!(found.hits.len(), 1, "{text}");
            std::fs::remove_file(file).unwrap();
        }
    }
}
