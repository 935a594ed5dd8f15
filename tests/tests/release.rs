//! Goal: a newer version of the program reaches a counter without a network by stick, and nothing that somebody else made
//! does, whatever it is called.

mod office_world;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use blake2::{Blake2b512, Digest};
use jukung_crypto::sign;
use jukung_ledger::release;
use jukung_office::courier;
use office_world::{World, off, world};
use std::path::{Path, PathBuf};

/// Who releases Jukung in these tests, and who would like to.
const MAKER: [u8; 32] = [41; 32];
const STRANGER: [u8; 32] = [42; 32];
const KEY_ID: [u8; 8] = *b"jukungid";

fn key(seed: [u8; 32]) -> String {
    let public = sign::public_key(&seed);
    STANDARD.encode([b"Ed".as_slice(), &KEY_ID, &public].concat())
}

/// Makes a package and signs it as `minisign -S` does: the hash of its bytes, then that signature with the comment.
fn released(folder: &Path, name: &str, signed_name: &str, seed: [u8; 32]) -> PathBuf {
    let (file, bytes) = (folder.join(name), format!("made-up package {name}").into_bytes());
    std::fs::write(&file, &bytes).expect("written");
    let signature = sign::sign(&seed, &Blake2b512::digest(&bytes));
    let comment = format!("timestamp:1764201600\tfile:{signed_name}\thashed");
    let whole = sign::sign(&seed, &[signature.as_slice(), comment.as_bytes()].concat());
    let first = STANDARD.encode([b"ED".as_slice(), &KEY_ID, &signature].concat());
    let text = format!(
        "untrusted comment: made for a test\n{first}\ntrusted comment: {comment}\n{}\n",
        STANDARD.encode(whole)
    );
    std::fs::write(folder.join(format!("{name}.minisig")), text).expect("written");
    file
}

/// A counter whose district says who releases Jukung, an empty stick, and a folder with what was released.
async fn begun(maker: &str) -> (World, PathBuf, PathBuf) {
    let w = world(None).await;
    let district = w.district.clone();
    let mut settings = off({
        let d = district.clone();
        move || d.settings().expect("settings")
    })
    .await;
    settings.release_key = maker.to_owned();
    off(move || district.set_settings(&settings).expect("set")).await;
    w.office.sync(&w.road).await.expect("settings arrive");
    let (stick, made) = (w.folder.path().join("stick"), w.folder.path().join("made"));
    std::fs::create_dir_all(&stick).expect("stick");
    std::fs::create_dir_all(&made).expect("folder");
    (w, stick, made)
}

fn ready(w: &World) -> Option<String> {
    w.office.update().expect("read").map(|update| update.shown())
}

#[tokio::test]
async fn a_newer_version_goes_by_stick_from_the_dinas_to_the_counter_and_is_told() {
    let (w, stick, made) = begun(&key(MAKER)).await;
    let package = released(&made, "jukung_7.0.1_amd64.deb", "jukung_7.0.1_amd64.deb", MAKER);
    let (district, to) = (w.district.clone(), stick.clone());
    let along = off(move || district.carry_release(&package, &to).expect("carried")).await;
    assert_eq!(along.shown(), "7.0.1");
    released(&stick, "jukung_7.0.0_amd64.deb", "jukung_7.0.0_amd64.deb", MAKER);
    let brought = w.office.courier_in(&stick).expect("read");
    assert_eq!((brought.update.version.as_str(), brought.update.refused.len()), ("7.0.1", 0));
    assert!(courier::brought(&brought).contains("versi 7.0.1"), "{}", courier::brought(&brought));
    let shown = w.office.settings().expect("settings").update.expect("shown");
    assert_eq!(shown.version, "7.0.1");
    assert_eq!(std::fs::read(&shown.file).expect("there"), b"made-up package jukung_7.0.1_amd64.deb");
    // The same stick again brings nothing new; a newer one replaces it.
    assert_eq!(w.office.courier_in(&stick).expect("read").update.version, "");
    released(&stick, "jukung_7.1.0_amd64.deb", "jukung_7.1.0_amd64.deb", MAKER);
    w.office.courier_in(&stick).expect("read");
    assert_eq!(ready(&w).as_deref(), Some("7.1.0"));
    let kept = release::offered(Path::new(&shown.file).parent().expect("folder")).expect("listed");
    assert_eq!(kept.len(), 1, "{kept:?}");
}

#[tokio::test]
async fn what_somebody_else_made_changed_renamed_or_older_is_not_taken() {
    let (w, stick, made) = begun(&key(MAKER)).await;
    released(&stick, "jukung_7.0.0_amd64.deb", "jukung_7.0.0_amd64.deb", STRANGER);
    released(&stick, "jukung_7.0.2_amd64.deb", "jukung_0.0.1_amd64.deb", MAKER);
    let changed = released(&stick, "jukung_7.0.3_amd64.deb", "jukung_7.0.3_amd64.deb", MAKER);
    std::fs::write(changed, "another program").expect("changed");
    released(&stick, "jukung_0.0.1_amd64.deb", "jukung_0.0.1_amd64.deb", MAKER);
    let comment = stick.join("jukung_7.0.4_amd64.deb.minisig");
    released(&stick, "jukung_7.0.4_amd64.deb", "jukung_0.0.1_amd64.deb", MAKER);
    let text = std::fs::read_to_string(&comment).expect("there").replace("file:jukung_0.0.1", "file:jukung_7.0.4");
    std::fs::write(&comment, text).expect("changed");
    let brought = w.office.courier_in(&stick).expect("read");
    assert_eq!((brought.update.version.as_str(), ready(&w)), ("", None));
    assert_eq!(brought.update.refused.len(), 4, "{:?}", brought.update.refused);
    assert!(
        courier::brought(&brought).contains("jukung_7.0.0_amd64.deb tidak diambil"),
        "{}",
        courier::brought(&brought)
    );
    let forged = released(&made, "jukung_7.0.0_amd64.deb", "jukung_7.0.0_amd64.deb", STRANGER);
    let (district, to) = (w.district.clone(), made.join("other"));
    let refused = off(move || district.carry_release(&forged, &to).expect_err("not ours")).await;
    assert_eq!(refused.code, "release_untrusted");
}

#[tokio::test]
async fn a_district_that_names_nobody_gets_no_version_to_its_counters_and_says_so() {
    let (w, stick, _) = begun("").await;
    released(&stick, "jukung_7.0.0_amd64.deb", "jukung_7.0.0_amd64.deb", MAKER);
    let brought = w.office.courier_in(&stick).expect("read");
    assert!(brought.update.nobody && ready(&w).is_none());
    assert!(courier::brought(&brought).contains("belum menyebut siapa"), "{}", courier::brought(&brought));
}

#[tokio::test]
async fn a_package_that_was_changed_while_it_lay_ready_is_offered_to_nobody() {
    let (w, stick, _) = begun(&key(MAKER)).await;
    released(&stick, "jukung_7.0.0_amd64.deb", "jukung_7.0.0_amd64.deb", MAKER);
    w.office.courier_in(&stick).expect("read");
    let file = w.office.update().expect("read").expect("ready").file;
    std::fs::write(file, "another program").expect("changed");
    assert_eq!(ready(&w), None);
}
