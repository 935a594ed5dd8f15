//! Goal: docs/inventory.md names every key, algorithm, purpose and library of the cryptography as the code has them, and the
//! list of parts is made from the lock files.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails right here")]

#[path = "tidy/tree.rs"]
#[allow(dead_code, reason = "the tidy test uses the rest")]
mod tree;

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use tree::{files, none, root, text};

const INVENTORY: &str = "docs/inventory.md";

/// Rows of the table under a heading, cell by cell.
fn rows(heading: &str) -> Vec<Vec<String>> {
    let all = text(INVENTORY);
    let part = all.split("\n## ").find(|part| part.starts_with(heading)).unwrap();
    let lines = part.lines().filter(|l| l.starts_with('|')).skip(2);
    lines.map(|l| l.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect()).collect()
}

/// The file a cell links to, and what it quotes behind that.
fn quoted(cell: &str) -> (String, Vec<String>) {
    let (_, rest) = cell.split_once("](").unwrap_or_else(|| panic!("{cell} names no file"));
    let (path, rest) = rest.split_once(')').unwrap();
    let quotes = rest.split('`').skip(1).step_by(2).map(str::to_owned).collect();
    (path.trim_start_matches("../").to_owned(), quotes)
}

#[test]
fn every_key_and_algorithm_stands_in_the_code_that_is_named() {
    let (mut lines, mut gone) = (0, Vec::new());
    for row in rows("Keys").into_iter().chain(rows("Algorithms")) {
        let (file, quotes) = quoted(row.last().unwrap());
        assert!(!quotes.is_empty(), "{row:?} quotes nothing");
        let code = text(&file);
        gone.extend(quotes.iter().filter(|q| !code.contains(q.as_str())).map(|q| format!("{}: {q} in {file}", row[0])));
        lines += quotes.len();
    }
    println!("{lines} lines of code named by {INVENTORY}");
    none(gone);
}

/// What is mixed into hashes and signatures: `"jukung-…-1"`, and the three of protocol 2.1.
fn purposes(code: &str) -> BTreeSet<String> {
    let code = code.split("#[cfg(test)]").next().unwrap_or(code);
    let mut found = BTreeSet::new();
    for (at, _) in code.match_indices("\"jukung-") {
        let name: String =
            code[at + 1..].chars().take_while(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || *c == '-').collect();
        let name = name.trim_end_matches('-').to_owned();
        if name.ends_with(|c: char| c.is_ascii_digit()) || name == "jukung-keyring" {
            found.insert(name);
        }
    }
    for short in ["ev1", "ch1", "fd1"] {
        if code.contains(&format!("b\"{short}\"")) {
            found.insert(short.to_owned());
        }
    }
    found
}

#[test]
fn every_purpose_is_listed_once_where_it_is_and_no_other_is() {
    let listed: BTreeSet<(String, String)> =
        rows("Purposes").iter().map(|row| (row[0].replace('`', ""), quoted(&row[2]).0)).collect();
    let mut there = BTreeSet::new();
    for folder in ["domain/src", "crypto/src", "office/src", "district/src", "ledger/src", "paper/src", "src-tauri/src"]
    {
        for file in files(folder, &[".rs"]) {
            there.extend(purposes(&text(&file)).into_iter().map(|purpose| (purpose, file.clone())));
        }
    }
    none(listed.symmetric_difference(&there).map(|(purpose, file)| format!("{purpose} of {file}")).collect());
    let names: BTreeSet<&String> = there.iter().map(|(purpose, _)| purpose).collect();
    assert_eq!(names.len(), there.len(), "one purpose serves two files");
}

#[test]
fn every_library_of_the_cryptography_is_listed_with_its_version() {
    let (lock, manifest) = (text("Cargo.lock"), text("Cargo.toml"));
    let listed: Vec<(String, String)> = rows("Libraries").into_iter().map(|r| (r[0].clone(), r[1].clone())).collect();
    let wrong = listed
        .iter()
        .filter(|(name, version)| !lock.contains(&format!("name = \"{name}\"\nversion = \"{version}\"\n")));
    none(wrong.map(|(name, version)| format!("{name} {version} is not what Cargo.lock says")).collect());
    let secrets = manifest.split("\n# Secrets\n").nth(1).unwrap().split("\n\n").next().unwrap();
    let ours = secrets.lines().filter_map(|l| l.split_once(" = ")).map(|(name, _)| name);
    none(ours.filter(|o| !listed.iter().any(|(name, _)| name == o)).map(|o| format!("{o} is not listed")).collect());
}

#[test]
fn the_list_of_parts_has_every_package_of_the_lock_files_and_repeats_itself() {
    let made = || {
        let done = Command::new("node").arg(root().join("tools/sbom.mjs")).output().expect("node is installed");
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        done.stdout
    };
    let first = made();
    assert_eq!(first, made(), "the same bytes for the same lock files");
    let bom: serde_json::Value = serde_json::from_slice(&first).unwrap();
    assert_eq!((bom["bomFormat"].as_str(), bom["specVersion"].as_str()), (Some("CycloneDX"), Some("1.6")));
    let npm: serde_json::Value = serde_json::from_str(&text("ui/package-lock.json")).unwrap();
    let wanted = text("Cargo.lock").matches("[[package]]").count() + npm["packages"].as_object().unwrap().len() - 1;
    let parts = bom["components"].as_array().unwrap();
    assert_eq!(parts.len(), wanted);
    let refs: BTreeSet<&str> = parts.iter().map(|p| p["bom-ref"].as_str().unwrap()).collect();
    assert_eq!(refs.len(), parts.len(), "each is named once");
    let of_others = parts.iter().filter(|p| p["description"] != "ours");
    assert!(of_others.clone().all(|p| p["hashes"][0]["content"].is_string()), "each with its checksum");
    println!("{} parts: {} of others", parts.len(), of_others.count());
    assert!(Path::new(&root().join(INVENTORY)).exists());
}
