//! The clerk of the kill test: works without end on one counter and writes down what the office acknowledged.

use jukung_domain::application::Consent;
use jukung_office::Office;
use jukung_office::edge::Edge;
use jukung_office::enrol::{Enrolment, enrol};
use jukung_office::road::Http;
use jukung_office::tls::Trusted;
use jukung_office::view::Change;
use jukung_tests::chance::Chance;
use jukung_tests::served::{self, Ends};
use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Answers of one made-up resident; `n` makes every resident another. No phone: reading its rules takes half a debug life.
pub fn answers(n: u64) -> Vec<(&'static str, String)> {
    let fixed = [
        ("applicant.name", format!("Halimah Contoh {}", letters(n))),
        ("applicant.nik", format!("6305044107{:06}", 480_000 + n % 10_000)),
        ("applicant.kk", "6305041203079901".into()),
        ("applicant.birthDate", "1948".into()),
        ("applicant.address", "Jalan Contoh Titian Nomor 4".into()),
        ("applicant.rt", "003".into()),
        ("applicant.rw", "001".into()),
        ("appliedBy", "self".into()),
        ("delivery.method", "village".into()),
    ];
    fixed.into()
}

fn letters(n: u64) -> String {
    n.to_string().bytes().map(|b| char::from(b - b'0' + b'a')).collect()
}

/// Told to the parent just before it begins: a kill can be aimed at it.
fn stage(name: &str) {
    println!("stage {name}");
}

/// How much there is to see on a picture: a fine one stays large, however well it is packed.
#[derive(Clone, Copy)]
pub enum Grain {
    Coarse,
    Fine,
}

/// A picture of its own for every `n` (BMP, 24 bits a pixel): another content, another file.
pub fn photo(n: u64, grain: Grain) -> Vec<u8> {
    let (all, side) = match grain {
        Grain::Coarse => (320_u32, 8_u32),
        Grain::Fine => (512, 2),
    };
    let pixels = all * all * 3;
    let mut out = b"BM".to_vec();
    for number in [54 + pixels, 0, 54, 40, all, all] {
        out.extend(number.to_le_bytes());
    }
    out.extend([1, 0, 24, 0]);
    out.extend([0; 24]);
    let mut chance = Chance::new(n);
    for _ in 0..all / side {
        let grains = (0..all / side).map(|_| (chance.under(200) + 28) as u8);
        let row: Vec<u8> = grains.flat_map(|grey| vec![grey; 3 * side as usize]).collect();
        out.extend(row.repeat(side as usize));
    }
    out
}

/// One counter at work; every line in `acks` is something the office said it kept.
pub struct Clerk {
    pub office: Office,
    /// Made at the first sending: reading the certificates of the machine takes longer than a stage.
    pub road: OnceCell<Http>,
    pub server: String,
    pub acks: File,
}

impl Clerk {
    fn acknowledged(&mut self, line: &str) {
        // One write call: a line is there whole or not at all, whenever the process dies.
        self.acks.write_all(format!("{line}\n").as_bytes()).unwrap();
        println!("done");
    }

    fn serve_one(&mut self, n: u64) {
        let draft = self.office.new_draft("KTP_DAMAGED", None, None).unwrap().id;
        for (path, value) in answers(n) {
            stage("save");
            let change = Change {
                draft: draft.clone(),
                fields: BTreeMap::from([(path.to_owned(), value.clone())]),
                reasons: BTreeMap::new(),
                missing: BTreeMap::new(),
                section: "applicant".into(),
                field: path.into(),
            };
            self.office.save(&change).unwrap();
            self.acknowledged(&format!("field\t{draft}\t{path}\t{value}"));
        }
        stage("attach");
        let scan = self.office.attach(&draft, "ktp_damaged", None, &photo(n, Grain::Coarse)).unwrap();
        self.acknowledged(&format!("scan\t{draft}\t{}", scan.attachment.sha256));
        self.office.record_read_back(&draft, "spoken", &[]).unwrap();
        let consent = Consent {
            text_version: "2026-11".into(),
            agreed: true,
            news: true,
            given_by: "self".into(),
            mark: "oral".into(),
            witnesses: vec!["Hamdi Contoh".into()],
            evidence: None,
        };
        stage("hand in");
        let done = self.office.submit(&draft, &consent).unwrap();
        self.acknowledged(&format!("handed\t{draft}\t{}\t{}", done.application, done.number));
        stage("print");
        self.office.print_receipt(&done.application, "a5", 1).unwrap();
        self.acknowledged(&format!("printed\t{}", done.application));
    }

    pub fn send(&mut self, runtime: &tokio::runtime::Runtime) {
        let road = self.road.get_or_init(|| Http::new(&self.server, Trusted::default()).unwrap());
        stage("send");
        if runtime.block_on(self.office.sync(road)).is_ok() {
            self.acknowledged("synced");
        }
    }
}

/// A real district on a port the system chose, and an office enrolled with it: its data folder, and the district's address.
pub fn enrolled(folder: &Path, passphrase: &str, runtime: &tokio::runtime::Runtime) -> (Ends, PathBuf, String) {
    let district = folder.join("district");
    let code = served::code(&district);
    let (server, address) = served::serve(&district, "127.0.0.1:0");
    let url = format!("http://{address}");
    let data = folder.join("office");
    let mut who = Enrolment::new(&url, &code, "Rahmah", passphrase);
    who.memory_kib = 8 * 1024;
    runtime.block_on(enrol(&data, &Edge::system(), &Http::new(&url, Trusted::default()).unwrap(), &who)).unwrap();
    (server, data, url)
}

/// Works until so many applications are handed in and ends cleanly, or until somebody kills this process.
pub fn work(dir: &Path, passphrase: &str, server: &str, (seed, serves): (u64, u64), runtime: &tokio::runtime::Runtime) {
    let acks = File::options().append(true).create(true).open(dir.join("../acks")).unwrap();
    let office = Office::open(dir, "", passphrase, Edge::system()).unwrap();
    let mut clerk = Clerk { office, road: OnceCell::new(), server: server.to_owned(), acks };
    let mut chance = Chance::new(seed);
    for _ in 0..serves {
        if chance.under(2) == 0 {
            clerk.send(runtime);
        }
        let n = chance.under(1_000_000_000);
        clerk.serve_one(n);
    }
    clerk.office.close().unwrap();
}
