//! `jukung-office` as people call it: the real program, its sentences and its exit codes.

use jukung_office::Office;
use jukung_office::edge::Edge;
use jukung_tests::served::{self, Ends, program};
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};

const PASSPHRASE: &str = "sungai tapin perahu jukung";

fn sample(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("sample").join(name).display().to_string()
}

/// What the program printed, and whether it went well.
fn office_as(folder: &Path, passphrase: &str, arguments: &[&str]) -> (String, bool) {
    let done = Command::new(program("jukung-office"))
        .current_dir(folder)
        .env("JUKUNG_PASSPHRASE", passphrase)
        .env_remove("JUKUNG_REGIONS")
        .args(arguments)
        .output()
        .expect("jukung-office is built: cargo build --workspace --bins");
    (String::from_utf8_lossy(&done.stdout).into_owned(), done.status.success())
}

fn office(folder: &Path, arguments: &[&str]) -> (String, bool) {
    office_as(folder, PASSPHRASE, arguments)
}

fn empty() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

#[test]
fn one_value_is_checked_without_a_data_folder() {
    let folder = empty();
    for (option, value, code, well) in [
        ("--nik", "6305040107559901", "", true),
        ("--nik", "6305990107559913", "nik_region", true),
        ("--nik", "6305043206609920", "nik_date", false),
        ("--nik", "", "required", false),
        ("--kk", "9905041203079908", "kk_province", false),
        ("--phone", "081200000001", "", true),
        ("--date", "31-04-2020", "date_none", false),
        ("--date", "24-11-2026", "date_future", false),
        ("--name", "Aminah", "", true),
        ("--postcode", "7111", "postcode_shape", false),
        ("--rt", "003", "", true),
        ("--rw", "x", "rt_shape", false),
        ("--village", "63.05.04.1004", "", true),
        ("--village", "62.99.01.2001", "village_unknown", false),
    ] {
        let (said, went) = office(folder.path(), &["check", option, value, "--today", "2026-11-23"]);
        assert_eq!(went, well, "{option} {value}: {said}");
        let codes: Vec<String> = said.lines().map(code_of).collect();
        assert_eq!(codes.concat(), code, "{option} {value}: {said}");
    }
    assert_eq!(std::fs::read_dir(folder.path()).map(Iterator::count).ok(), Some(0), "a check leaves nothing behind");
}

/// The code of a finding, whose four keys stand on one line.
fn code_of(line: &str) -> String {
    let found: serde_json::Value = serde_json::from_str(line).unwrap_or_else(|e| panic!("{line}: {e}"));
    let map = found.as_object().unwrap_or_else(|| panic!("{line}"));
    let mut keys: Vec<&str> = map.keys().map(String::as_str).collect();
    keys.sort_unstable();
    assert_eq!(keys, ["code", "field", "message", "strength"]);
    assert!(["error", "check", "suggestion"].contains(&map["strength"].as_str().unwrap_or_default()), "{line}");
    map["code"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn the_sample_applications_are_found_without_fault() {
    let folder = empty();
    let names = std::fs::read_dir(sample("")).expect("tests/sample").filter_map(Result::ok);
    let files: Vec<String> = names.map(|n| n.path().display().to_string()).filter(|n| n.ends_with(".json")).collect();
    assert!(files.len() >= 10);
    for file in files {
        let (said, well) = office(folder.path(), &["check", &file, "--today", "2026-11-23"]);
        assert!(well, "{file}: {said}");
    }
}

#[test]
fn what_cannot_be_done_is_answered_with_what_to_do() {
    let folder = empty();
    for (arguments, sentence) in [
        (vec!["check", "not-there.json"], "not-there.json"),
        (vec!["check"], "jukung-office check --nik"),
        (vec!["status"], "belum dipasang sebagai loket"),
        (vec!["--regions", "bad", "check", "--rt", "003"], "bad/63.csv"),
    ] {
        std::fs::create_dir_all(folder.path().join("bad")).expect("made");
        std::fs::write(folder.path().join("bad/63.csv"), "code,name\nsixty,three\n").expect("written");
        let (said, well) = office(folder.path(), &arguments);
        assert!(!well && said.contains(sentence), "{arguments:?}: {said}");
    }
}

#[test]
fn another_province_is_a_folder_beside_the_data() {
    let folder = empty();
    let check = ["--data", "d", "check", "--village", "62.99.01.2001"];
    assert!(!office(folder.path(), &check).1);
    std::fs::create_dir_all(folder.path().join("d/regions/62")).expect("made");
    let table = "code,name\n62.99,Kabupaten Contoh\n62.99.01,Contoh Hulu\n62.99.01.2001,Desa Contoh\n";
    std::fs::write(folder.path().join("d/regions/62/villages.csv"), table).expect("written");
    assert_eq!(office(folder.path(), &check), (String::new(), true));
}

/// A real district on a port the system chose, and a one-time code for the office.
fn district(folder: &Path) -> (Ends, String, String) {
    let data = folder.join("district");
    let code = served::code(&data);
    let (server, address) = served::serve(&data, "127.0.0.1:0");
    (server, format!("http://{address}"), code)
}

/// A table as Indonesian Excel saves it: semicolons, a mark in front, and numbers guarded as text.
fn table(folder: &Path) -> String {
    let base = [
        ("service", "KTP_LOST"),
        ("applicant.nik", "=\"6305044103489907\""),
        ("applicant.kk", "'6305041203079901"),
        ("applicant.birthDate", "1/3/1948"),
        ("applicant.phone", "'081200000001"),
        ("applicant.rt", "3"),
        ("helper.kind", "self"),
        ("missing.loss_report", "Menyusul"),
        ("consent.text_version", "2026-11"),
        ("consent.agreed", "ya"),
        ("consent.news", "tidak"),
        ("consent.given_by", "self"),
        ("consent.mark", "paper"),
    ];
    let mut lines = vec![format!("applicant.name;{}", base.map(|(head, _)| head).join(";"))];
    let cells = |nik: &str| {
        base.map(|(head, v)| (if head == "applicant.nik" { nik } else { v }).replace('"', "\"\""))
            .map(|v| format!("\"{v}\""))
            .join(";")
    };
    lines.push(format!("Hj. Nurhayati;{}", cells(base[1].1)));
    lines.push(format!("Basri Contoh;{}", cells("6,30504E+15")));
    lines.push(format!("=1+1;{}", cells(base[1].1)));
    lines.push(format!("Galuh Contoh;{}", cells("6305043206609920")));
    let file = folder.join("table.csv");
    std::fs::write(&file, format!("\u{feff}{}\r\n", lines.join("\r\n"))).expect("written");
    file.display().to_string()
}

#[test]
fn a_counter_is_worked_from_the_command_line_alone() {
    let folder = empty();
    let here = folder.path();
    let (_server, url, code) = district(here);
    let (said, well) = office(here, &["enrol", "--server", &url, "--code", "AAAA-AAAA-AAAA"]);
    assert!(!well && !said.is_empty(), "a wrong code is refused: {said}");
    let (said, well) = office(here, &["enrol", "--server", &url, "--code", &code, "--name", "Rahmah"]);
    assert!(well && said.contains("Rantau Kiwa"), "{said}");
    let (said, well) = office_as(here, "bukan ini kata sandinya", &["status"]);
    assert!(!well && said.contains("kata sandi salah"), "{said}");

    let (said, well) = office(here, &["submit", &table(here)]);
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!((lines.len(), well), (4, false), "{said}");
    let number = lines[0].strip_prefix("2: ").unwrap_or_else(|| panic!("{said}")).to_owned();
    assert!(lines[1].starts_with("3: ") && lines[1].contains("dibulatkan"), "{said}");
    assert!(lines[2].starts_with("4: ") && lines[2].contains("rumus"), "{said}");
    assert!(lines[3].starts_with("5: "), "{said}");
    let (said, well) = office(here, &["submit", &sample("05-ktp-lost.json")]);
    assert!(well && said.starts_with("1: "), "{said}");
    let lost = said.strip_prefix("1: ").unwrap_or_default().trim().to_owned();
    nothing_is_claimed_of_a_file(here, &lost);
    assert!(office(here, &["status"]).0.contains(&number));

    let careless = number.to_lowercase().replace('-', " ").replace('0', "o").replace('1', "i");
    let (said, well) = office(here, &["receipt", &careless, "-o", "bukti.pdf"]);
    assert!(well && std::fs::read(here.join("bukti.pdf")).is_ok_and(|b| b.starts_with(b"%PDF")), "{said}");
    let (said, well) = office(here, &["receipt", &number, "-o", "no-such-folder/bukti.pdf"]);
    assert!(!well && said.contains("no-such-folder/bukti.pdf"), "{said}");
    for wrong in ["K7F", "K7F-0417-?"] {
        let (said, well) = office(here, &["receipt", wrong, "-o", "x.pdf"]);
        assert!(!well && said.contains("omor berkas"), "{wrong}: {said}");
    }
    let (said, well) = office(here, &["sync"]);
    assert!(well, "{said}");
    let (said, well) = office(here, &["doctor"]);
    assert!(well && !said.is_empty(), "{said}");
    found_again(here, &number);
}

/// Of what came as a file, nobody at this counter saw the originals or read it back.
fn nothing_is_claimed_of_a_file(here: &Path, number: &str) {
    assert!(office(here, &["receipt", number, "-o", "file.pdf"]).1, "{number}");
    let shown =
        Command::new("pdftotext").args(["-layout", "file.pdf", "-"]).current_dir(here).output().expect("pdftotext");
    let text = String::from_utf8_lossy(&shown.stdout).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains("(dari file)") && !text.contains("asli dikembalikan"), "{text}");
}

/// Local search on what the command line handed in.
fn found_again(here: &Path, number: &str) {
    let office = Office::open(&here.join("jukung-data"), "", PASSPHRASE, Edge::system()).expect("opens");
    for text in
        ["Noerhajati", "hj noorhajati", "6305044103489907", "63050441", "6305041203079901", "081200000001", number]
    {
        let hits = office.search(text).unwrap_or_else(|p| panic!("{text}: {p:?}"));
        assert!(hits.iter().any(|h| h.name == "Hj. Nurhayati"), "{text}: {hits:?}");
    }
    assert!(office.search("Zulkipli").is_ok_and(|h| h.is_empty()));
    let numbers = office.db().read(|tx| {
        let rows = tx.query("SELECT count(*) FROM name_fts WHERE name_fts MATCH '\"63\"* OR \"08\"*'", &[])?;
        rows[0].int(0)
    });
    assert_eq!(numbers.ok(), Some(0), "numbers are found by B-tree, never by full text");
    office.close().expect("closes");
}

#[test]
fn a_server_that_is_told_to_stop_ends_though_a_call_never_does() {
    let here = empty();
    let served = served::serve_as(here.path(), "127.0.0.1:0", &[("JUKUNG_GRACE_S", "1")], Stdio::null());
    let (mut server, address) = served.unwrap();
    let mut call = std::net::TcpStream::connect(&address).unwrap();
    call.write_all(b"POST /v1/sync HTTP/1.1\r\nhost: x\r\ncontent-length: 9000\r\n\r\nhalf").unwrap();
    // An answer to a second call says that the first one was taken up.
    let healthy = std::net::TcpStream::connect(&address).unwrap();
    (&healthy).write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").unwrap();
    assert!((&healthy).read_to_end(&mut Vec::new()).unwrap() > 0);
    assert!(Command::new("kill").arg(server.0.id().to_string()).status().unwrap().success());
    let (ended, end) = std::sync::mpsc::channel();
    std::thread::spawn(move || ended.send(server.0.wait().unwrap()));
    let status = end.recv_timeout(std::time::Duration::from_secs(60)).expect("it ends");
    assert!(status.success(), "{status}");
}
