//! What is looked at after a kill: everything the clerk was told is kept is there, once, and nothing else lies about.

use jukung_domain::application::Application;
use jukung_ledger::Db;
use jukung_office::Office;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// What the office has said it kept.
#[derive(Default)]
pub struct Acknowledged {
    pub fields: BTreeMap<String, BTreeMap<String, String>>,
    scans: BTreeMap<String, String>,
    handed: BTreeMap<String, (String, String)>,
    printed: BTreeSet<String>,
}

impl Acknowledged {
    /// Reads the clerk's lines.
    pub fn read(lines: &str) -> Acknowledged {
        let mut all = Acknowledged::default();
        for line in lines.lines() {
            let parts: Vec<String> = line.split('\t').map(str::to_owned).collect();
            match parts.as_slice() {
                [what, draft, path, value] if what == "field" => {
                    all.fields.entry(draft.clone()).or_default().insert(path.clone(), value.clone());
                }
                [what, draft, sha] if what == "scan" => drop(all.scans.insert(draft.clone(), sha.clone())),
                [what, draft, id, number] if what == "handed" => {
                    all.handed.insert(draft.clone(), (id.clone(), number.clone()));
                }
                [what, id] if what == "printed" => drop(all.printed.insert(id.clone())),
                _ => assert_eq!(line, "synced"),
            }
        }
        all
    }
}

pub fn column(office: &Office, sql: &str) -> Vec<String> {
    office.db().read(|tx| tx.query(sql, &[])?.iter().map(|r| r.text(0)).collect()).unwrap()
}

/// Names of the files below `dir`, which may be missing.
pub fn files(dir: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for entry in std::fs::read_dir(dir).into_iter().flatten().map(Result::unwrap) {
        if entry.path().is_dir() {
            found.extend(files(&entry.path()));
        } else {
            found.insert(entry.file_name().to_string_lossy().into_owned());
        }
    }
    found
}

/// The application that this draft became without the clerk hearing of it: the one with its very name.
fn unheard(office: &Office, fields: &BTreeMap<String, String>) -> Option<Application> {
    let name = fields.get("applicant.name")?;
    let ids = column(office, &format!("SELECT id FROM app WHERE applicant = '{name}'"));
    assert!(ids.len() < 2, "{name} was handed in twice");
    ids.first().map(|id| jukung_tests::document(office, id))
}

/// Everything in `all` is kept.
pub fn kept(office: &Office, all: &Acknowledged, context: &str) {
    for (draft, fields) in &all.fields {
        let application = match (all.handed.get(draft), office.open_draft(draft)) {
            (Some((id, number)), still) => {
                assert!(still.is_err(), "{context}: {number} is handed in and still a draft");
                let case = office.application(id).unwrap_or_else(|p| panic!("{context}: {number} lost: {}", p.code));
                assert_eq!(&case.number, number, "{context}");
                let printed = case.history.iter().any(|h| h.text.contains("cetak"));
                assert!(printed || !all.printed.contains(id), "{context}: {number}: a print is not written down");
                jukung_tests::document(office, id)
            }
            (None, Ok(kept)) => {
                assert!(unheard(office, fields).is_none(), "{context}: {draft} is a draft and handed in as well");
                kept.application
            }
            // Handed in, and killed before the clerk heard it: then an application carries the answers.
            (None, Err(gone)) => unheard(office, fields).unwrap_or_else(|| panic!("{context}: {draft}: {}", gone.code)),
        };
        for (path, value) in fields {
            assert_eq!(application.fields.get(path), Some(value), "{context}: {path} of {draft}");
        }
        if let Some(sha) = all.scans.get(draft) {
            assert!(application.attachments.iter().any(|a| a.sha256 == *sha), "{context}: {draft} lost a paper");
            assert!(office.scan_bytes(sha).unwrap().is_some(), "{context}: the paper {sha} cannot be read");
        }
    }
}

/// No file of `dir` is one that somebody was still writing.
pub fn finished(dir: &Path, context: &str) {
    let half = files(dir).into_iter().filter(|name| name.ends_with(".new") || name.ends_with(".part"));
    assert_eq!(half.collect::<Vec<_>>(), Vec::<String>::new(), "{context}: half written");
}

/// What stands here and at the district is the same: applications, events, papers and numbers, and no file too many.
pub fn same(office: &Office, there: &Db, (data, district): (&Path, &Path), context: &str) {
    assert_eq!(office.connection().unwrap().waiting, 0, "{context}: something waits");
    for (what, sql) in [
        ("applications", "SELECT id FROM app"),
        ("events", "SELECT uid FROM event ORDER BY 1"),
        ("numbers", "SELECT number FROM app ORDER BY 1"),
    ] {
        assert_eq!(ids(office.db(), sql), ids(there, sql), "{context}: {what} here and there");
    }
    let held = ids(there, "SELECT sha256 FROM blob WHERE state = 'held'");
    let had = ids(there, "SELECT sha256 FROM blob WHERE state IN ('held', 'destroyed')");
    let received = ids(office.db(), "SELECT sha256 FROM blob WHERE state = 'received'");
    // Keys of papers that the Dinas has go with a database that broke (decision 0018): it alone shows them then.
    let broke = !files(&data.join("rusak")).is_empty();
    assert!(received == had || (broke && received.is_subset(&had)), "{context}: papers here and there");
    assert_eq!(files(&district.join("scans")), held, "{context}: files left over at the district");
    assert_eq!(
        ids(there, "SELECT sha256 FROM blob WHERE state NOT IN ('held', 'destroyed')"),
        BTreeSet::new(),
        "{context}: papers on their way"
    );
    // A cut scan that came by night or stick may stay there for a month; one that a counter sends in pieces goes on.
    let pieces = files(&district.join("arriving")).into_iter().filter(|name| !name.contains('.'));
    assert_eq!(pieces.collect::<Vec<_>>(), Vec::<String>::new(), "{context}: arriving at the district");
    finished(district, context);
}

pub fn ids(db: &Db, sql: &str) -> BTreeSet<String> {
    db.read(|tx| tx.query(sql, &[])?.iter().map(|r| r.text(0)).collect::<Result<_, _>>()).unwrap()
}

/// The database is whole, no number stands twice, and every file and every content has a name.
pub fn sound(office: &Office, data: &Path, context: &str) {
    assert_eq!(office.db().quick_check().unwrap(), Vec::<String>::new(), "{context}");
    let numbers = column(office, "SELECT number FROM app");
    assert_eq!(numbers.iter().collect::<BTreeSet<_>>().len(), numbers.len(), "{context}: a number was given twice");
    let contents: BTreeSet<String> = column(office, "SELECT sha256 FROM blob WHERE key <> ''").into_iter().collect();
    assert_eq!(files(&data.join("scans")), contents, "{context}: files and contents differ");
    let here = "SELECT sha256 FROM scan WHERE sha256 NOT IN (SELECT sha256 FROM blob WHERE key = '')";
    let scans: BTreeSet<String> = column(office, here).into_iter().collect();
    assert_eq!(contents, scans, "{context}: a content that no paper names");
    for name in files(&data.join("cetak")) {
        let pdf = std::fs::read(data.join("cetak").join(&name)).unwrap();
        let whole = pdf.starts_with(b"%PDF") && pdf.trim_ascii_end().ends_with(b"%%EOF");
        assert!(whole && numbers.iter().any(|n| name.contains(n.as_str())), "{context}: {name} is half or nobody's");
    }
    finished(data, context);
    let beside = std::fs::read_dir(data).unwrap().map(|f| f.unwrap().file_name().to_string_lossy().into_owned());
    for name in beside {
        let known = [
            "office.db",
            "office.db-wal",
            "office.db-shm",
            "office.json",
            "head",
            "scans",
            "cetak",
            "outbox",
            "cadangan",
            "cadangan-ruang",
            "tail",
            "office.db.mark",
            "inbox",
            "rusak",
            "unattended.log",
        ];
        assert!(known.contains(&name.as_str()), "{context}: {name} was left over");
    }
}
