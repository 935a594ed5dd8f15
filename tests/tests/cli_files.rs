//! Goal: a table is read however a spreadsheet saved it and answered line by line; a full or a locked disk is told with what
//! to do; and no two computers of a district ever give out one number, however often they are set up again.

use jukung_domain::number::Number;
use jukung_office::Office;
use jukung_office::edge::Edge;
use jukung_tests::disk::SmallDisk;
use jukung_tests::served::{self, program};
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

const PASSPHRASE: &str = "sungai tapin perahu jukung";
/// Room for an enrolled office; quick to fill.
const SMALL_MIB: u32 = 1300;

/// What the program printed, and whether it went well.
fn office(folder: &Path, arguments: &[&str]) -> (String, bool) {
    let done = Command::new(program("jukung-office"))
        .current_dir(folder)
        .env("JUKUNG_PASSPHRASE", PASSPHRASE)
        .args(arguments)
        .output()
        .expect("jukung-office is built: cargo build --workspace --bins");
    (String::from_utf8_lossy(&done.stdout).into_owned(), done.status.success())
}

/// Enrols the data folder `jukung-data` of `folder` with a district that is gone afterwards.
fn enrolled(folder: &Path) {
    let district = folder.join("district");
    let code = served::code(&district);
    let (_server, address) = served::serve(&district, "127.0.0.1:0");
    let (said, well) = office(folder, &["enrol", "--server", &format!("http://{address}"), "--code", &code]);
    assert!(well, "{said}");
}

/// Three rows: one that is whole, one whose NIK has a day that does not exist, one more that is whole.
fn rows(delimiter: char, end: &str) -> String {
    let heads = [
        "service",
        "applicant.name",
        "applicant.nik",
        "applicant.kk",
        "applicant.birthDate",
        "appliedBy",
        "helper.kind",
        "missing.loss_report",
        "consent.text_version",
        "consent.agreed",
        "consent.news",
        "consent.given_by",
        "consent.mark",
    ];
    let row = |name: &str, nik: &str| {
        let cells = ["KTP_LOST", name, nik, "'6305041203079901", "1/3/1948", "self", "self", "Menyusul"];
        let agreed = ["2026-11", "ya", "tidak", "self", "paper"];
        [&cells[..], &agreed].concat().iter().map(|c| format!("\"{}\"", c.replace('"', "\"\""))).collect::<Vec<_>>()
    };
    let table = [
        heads.map(str::to_owned).to_vec(),
        row("Renée Contoh", "'6305044103489907"),
        row("Galuh Contoh", "'6305043206609920"),
        row("Siti ’Aisyah Contoh", "'6305044103489908"),
    ];
    table.map(|cells| cells.join(&delimiter.to_string()) + end).concat()
}

/// The text in the letters of Windows-1252 (of which the table needs two beyond ASCII).
fn windows(text: &str) -> Vec<u8> {
    text.chars().map(|c| if c == '’' { 0x92 } else { u8::try_from(c).expect("a letter of Windows-1252") }).collect()
}

#[test]
fn a_table_is_read_however_it_was_saved_and_every_line_is_answered() {
    let folder = tempfile::tempdir().expect("a folder");
    let here = folder.path();
    enrolled(here);
    let utf16 = |text: &str, mark: [u8; 2], bytes: fn(u16) -> [u8; 2]| {
        let units = text.encode_utf16().flat_map(bytes);
        mark.into_iter().chain(units).collect::<Vec<u8>>()
    };
    let saved: [(&str, Vec<u8>); 7] = [
        ("UTF-8, commas", rows(',', "\n").into_bytes()),
        ("UTF-8 with its mark, semicolons", format!("\u{feff}{}", rows(';', "\r\n")).into_bytes()),
        ("UTF-8, tabs", rows('\t', "\r\n").into_bytes()),
        ("UTF-16 LE, tabs (Excel's Unicode text)", utf16(&rows('\t', "\r\n"), [0xff, 0xfe], u16::to_le_bytes)),
        ("UTF-16 BE, semicolons", utf16(&rows(';', "\n"), [0xfe, 0xff], u16::to_be_bytes)),
        ("Windows-1252, semicolons", windows(&rows(';', "\r\n"))),
        ("Windows-1252, commas", windows(&rows(',', "\r\n"))),
    ];
    let mut numbers = BTreeSet::new();
    for (how, bytes) in &saved {
        std::fs::write(here.join("table.csv"), bytes).expect("written");
        let (said, well) = office(here, &["submit", "table.csv"]);
        let lines: Vec<&str> = said.lines().collect();
        assert!(!well && lines.len() == 3, "{how}: one line was refused: {said}");
        for (line, start) in [(lines[0], "2: "), (lines[2], "4: ")] {
            let number = line.strip_prefix(start).unwrap_or_else(|| panic!("{how}: {said}"));
            assert!(Number::parse(number).is_ok() && numbers.insert(number.to_owned()), "{how}: {said}");
        }
        assert!(lines[1].starts_with("3: ") && lines[1].contains("NIK"), "{how}: {said}");
    }
    let office = Office::open(&here.join("jukung-data"), "", PASSPHRASE, Edge::system()).expect("opens");
    let names: BTreeSet<String> = ["renée", "aisyah"]
        .iter()
        .flat_map(|text| office.search(text).expect("found"))
        .filter(|h| !h.number.is_empty())
        .map(|h| h.name)
        .collect();
    assert_eq!(
        names,
        BTreeSet::from(["Renée Contoh".to_owned(), "Siti ’Aisyah Contoh".to_owned()]),
        "no letter was lost"
    );
}

#[test]
fn a_row_with_a_column_too_many_is_refused_alone_and_in_words() {
    let folder = tempfile::tempdir().expect("a folder");
    enrolled(folder.path());
    let mut table: Vec<String> = rows(';', "").split("\"KTP_LOST\"").map(str::to_owned).collect();
    table[2].push_str(";\"satu kolom lagi\"");
    std::fs::write(folder.path().join("table.csv"), table.join("\n\"KTP_LOST\"")).expect("written");
    let (said, well) = office(folder.path(), &["submit", "table.csv"]);
    let lines: Vec<&str> = said.lines().collect();
    assert!(!well && lines.len() == 3, "{said}");
    assert!(lines[0].starts_with("2: ") && lines[2].starts_with("4: "), "{said}");
    assert!(lines[1].contains("kolom") && !lines[1].contains("CSV error"), "{said}");
}

#[test]
fn a_full_and_a_locked_disk_are_told_with_what_to_do_and_lose_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let here = folder.path();
    let Some(disk) = SmallDisk::new(&here.join("jukung-data"), SMALL_MIB) else { return };
    enrolled(here);
    std::fs::write(here.join("table.csv"), rows(';', "\n")).expect("written");
    let first = office(here, &["submit", "table.csv"]).0;
    disk.fill();
    let (said, well) = office(here, &["submit", "table.csv"]);
    assert!(!well && said.contains("ruang simpan komputer tinggal 6") && said.contains("Hapus berkas lain"), "{said}");
    // The ballast is gone by now: not even the database opens on the last byte, and that is told, too.
    disk.fill();
    let (said, well) = office(here, &["submit", "table.csv"]);
    assert!(!well && said.contains("Ruang simpan komputer penuh") && said.contains("Hapus berkas lain"), "{said}");
    disk.empty();
    let again = office(here, &["submit", "table.csv"]).0;
    let numbers =
        |said: &str| said.lines().filter_map(|l| l.split_once(": ")).map(|(_, n)| n.to_owned()).collect::<Vec<_>>();
    let given: BTreeSet<String> =
        [numbers(&first), numbers(&again)].concat().into_iter().filter(|n| Number::parse(n).is_ok()).collect();
    assert_eq!(given.len(), 4, "no number twice: {first}{again}");
    assert!(office(here, &["doctor"]).1, "the data is whole");
    disk.lock();
    for arguments in [&["submit", "table.csv"][..], &["status"]] {
        let (said, well) = office(here, arguments);
        assert!(!well && said.contains("tidak dapat ditulis"), "{arguments:?}: {said}");
    }
    let (said, well) = office(
        here,
        &["--data", "jukung-data/new", "enrol", "--server", "http://127.0.0.1:9", "--code", "AAAAAA-AAAA-AAAA"],
    );
    assert!(!well && said.contains("ditulis"), "{said}");
}

#[test]
fn no_computer_gives_out_anothers_number_even_when_it_is_set_up_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let district = folder.path().join("district");
    let (_server, address) = served::serve(&district, "127.0.0.1:0");
    let url = format!("http://{address}");
    let mut given = BTreeSet::new();
    // Two computers side by side, each set up three times: its folder was lost, or Windows was installed again.
    for setup in 0..6 {
        let data = format!("computer-{}-{setup}", setup % 2);
        let code = served::code(&district);
        let enrol = ["--data", &data, "enrol", "--server", &url, "--code", &code];
        assert!(office(folder.path(), &enrol).1);
        std::fs::write(folder.path().join("table.csv"), rows(';', "\n")).expect("written");
        for line in office(folder.path(), &["--data", &data, "submit", "table.csv"]).0.lines() {
            let Some(number) = line.split_once(": ").and_then(|(_, n)| Number::parse(n).ok()) else { continue };
            assert!(given.insert(number.to_string()), "{number} was given out twice");
        }
    }
    assert_eq!(given.len(), 12);
    for number in &given {
        let careless = [number.to_lowercase(), number.replace('-', " "), number.replace('0', "O").replace('1', "l")];
        assert!(careless.iter().all(|n| Number::parse(n).is_ok_and(|p| p.to_string() == *number)), "{number}");
        let spoken = Number::parse(number).expect("its own").spoken();
        let words = spoken.split([' ', ',']).filter(|w| !w.is_empty()).count();
        assert_eq!(words, number.replace('-', "").len(), "one word for each symbol: {spoken}");
    }
}
