//! Goal: what lies in the data folders is whole, named, and readable by their owner alone.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails right here")]

#[path = "../benches/figures/counter.rs"]
mod counter;

use jukung_office::Office;
use jukung_office::edge::{Clock, Edge};
use jukung_office::view::{QueueRow, SettingsChange};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

const DAY_MS: i64 = 86_400_000;

struct Settable(AtomicI64);
impl Clock for Settable {
    fn now_ms(&self) -> i64 {
        self.0.fetch_add(1, Ordering::Relaxed)
    }
}

fn settable() -> (Arc<Settable>, Edge) {
    let clock = Arc::new(Settable(AtomicI64::new(1_795_399_200_000)));
    (clock.clone(), Edge { clock, ..Edge::system() })
}

fn photo(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("sample").join(name)).unwrap()
}

fn below(folder: &Path) -> Vec<PathBuf> {
    let mut found = vec![folder.to_owned()];
    let mut at = 0;
    while at < found.len() {
        if found[at].is_dir() {
            found.extend(std::fs::read_dir(&found[at]).unwrap().map(|f| f.unwrap().path()).collect::<Vec<_>>());
        }
        at += 1;
    }
    found
}

fn scan_files(folder: &Path) -> BTreeSet<String> {
    let files = below(&folder.join("office/scans")).into_iter().filter(|p| p.is_file());
    files.map(|p| p.file_name().unwrap().to_string_lossy().into_owned()).collect()
}

fn named(office: &Office) -> BTreeSet<String> {
    let read = office.db().read(|tx| {
        tx.query("SELECT sha256 FROM blob", &[])?.iter().map(|r| r.text(0)).collect::<Result<BTreeSet<_>, _>>()
    });
    read.unwrap()
}

#[cfg(unix)]
#[test]
fn nobody_but_their_owner_can_read_the_data_folders() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let open_to_all = std::fs::Permissions::from_mode(0o755);
    for home in ["office", "district"] {
        std::fs::create_dir(folder.path().join(home)).unwrap();
        std::fs::set_permissions(folder.path().join(home), open_to_all.clone()).unwrap();
    }
    let office = counter::open(folder.path(), &Edge::system());
    let draft = office.new_draft("KTP_DAMAGED", None, None).unwrap().id;
    office.attach(&draft, "ktp_damaged", None, &photo("ktp.jpg")).unwrap();
    let all = ["office", "district"].map(|home| below(&folder.path().join(home))).concat();
    let wrong: Vec<String> = all
        .iter()
        .map(|path| (path, path.metadata().unwrap().permissions().mode() & 0o777))
        .filter(|(path, mode)| *mode != if path.is_dir() { 0o700 } else { 0o600 })
        .map(|(path, mode)| format!("{} {mode:o}", path.display()))
        .collect();
    assert!(all.len() >= 12 && wrong.is_empty(), "{wrong:?} of {}", all.len());
}

#[test]
fn a_paper_that_was_not_saved_leaves_no_name_and_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let office = counter::open(folder.path(), &Edge::system());
    let draft = office.new_draft("KTP_DAMAGED", None, None).unwrap().id;
    let refuse = "CREATE TRIGGER refuse BEFORE INSERT ON scan BEGIN SELECT RAISE(ABORT, 'as if the power went'); END";
    office.db().write(|tx| tx.batch(refuse)).unwrap();
    office.attach(&draft, "ktp_damaged", None, &photo("ktp.jpg")).unwrap_err();
    assert_eq!(named(&office), BTreeSet::new());
    drop(office);
    counter::again(folder.path(), &Edge::system());
    assert_eq!(scan_files(folder.path()), BTreeSet::new());
}

#[test]
fn the_same_paper_brought_twice_at_once_stays_readable() {
    let folder = tempfile::tempdir().unwrap();
    let office = counter::open(folder.path(), &Edge::system());
    for name in ["ktp.jpg", "kk.jpg", "certificate.jpg"] {
        let bytes = photo(name);
        let drafts = [0, 1].map(|_| office.new_draft("KTP_DAMAGED", None, None).unwrap().id);
        let together = std::sync::Barrier::new(drafts.len());
        let shas = std::thread::scope(|s| {
            let bring = |draft: &String| {
                together.wait();
                office.attach(draft, "ktp_damaged", None, &bytes).unwrap().attachment.sha256
            };
            let both = drafts.each_ref().map(|draft| s.spawn(move || bring(draft)));
            both.map(|one| one.join().unwrap())
        });
        assert_eq!(shas[0], shas[1]);
        assert!(office.scan_bytes(&shas[0]).unwrap().is_some(), "{name}");
    }
}

#[test]
fn a_paper_that_left_the_bin_leaves_the_disk_and_one_still_used_stays() {
    let folder = tempfile::tempdir().unwrap();
    let (clock, edge) = settable();
    let office = counter::open(folder.path(), &edge);
    let draft = office.new_draft("KTP_DAMAGED", None, None).unwrap().id;
    let other = office.new_draft("KTP_DAMAGED", None, None).unwrap().id;
    let gone = office.attach(&draft, "ktp_damaged", None, &photo("kk.jpg")).unwrap();
    let twice = office.attach(&draft, "ktp_damaged", None, &photo("ktp.jpg")).unwrap();
    office.attach(&other, "ktp_damaged", None, &photo("ktp.jpg")).unwrap();
    office.detach(&twice.id).unwrap();
    assert!(scan_files(folder.path()).contains(&gone.attachment.sha256), "the bin still has it");
    office.close().unwrap();
    drop(office);
    clock.0.fetch_add(31 * DAY_MS, Ordering::Relaxed);
    let office = counter::again(folder.path(), &edge);
    assert_eq!(scan_files(folder.path()), BTreeSet::from([twice.attachment.sha256]));
    assert_eq!(scan_files(folder.path()), named(&office));
}

#[test]
fn a_correction_of_one_answer_keeps_the_papers_that_are_still_on_their_way() {
    let folder = tempfile::tempdir().unwrap();
    let office = counter::open(folder.path(), &Edge::system());
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample/01-ktp-damaged.json");
    let id = office.submit_file(&sample).unwrap().remove(0).result.unwrap().application;
    let before = jukung_tests::document(&office, &id);
    let draft = office.correct(&id).unwrap();
    office.change_draft(&draft.id, |a| drop(a.fields.insert("applicant.rt".into(), "004".into()))).unwrap();
    office.record_read_back(&draft.id, "spoken", &[]).unwrap();
    office.submit(&draft.id, &before.consent.clone().unwrap()).unwrap();
    let after = jukung_tests::document(&office, &id);
    assert_eq!((after.fields["applicant.rt"].as_str(), &after.attachments), ("004", &before.attachments));
    let kept: Vec<String> = office.scans_of(&id, &after).unwrap().into_iter().map(|s| s.attachment.sha256).collect();
    assert_eq!(kept, before.attachments.iter().map(|a| a.sha256.clone()).collect::<Vec<_>>());
}

#[test]
fn a_draft_in_the_bin_is_seen_there_and_comes_back_to_the_queue() {
    let folder = tempfile::tempdir().unwrap();
    let office = counter::open(folder.path(), &Edge::system());
    let draft = office.new_draft("KTP_DAMAGED", None, None).unwrap().id;
    let ids = |rows: Vec<QueueRow>| rows.into_iter().map(|r| r.id).collect::<Vec<_>>();
    office.discard_draft(&draft).unwrap();
    let page = office.queue("draft", 0).unwrap();
    assert_eq!((page.counts["bin"], ids(page.rows), ids(office.bin().unwrap())), (1, vec![], vec![draft.clone()]));
    office.restore_draft(&draft).unwrap();
    let page = office.queue("draft", 0).unwrap();
    assert_eq!((page.counts["bin"], ids(page.rows), ids(office.bin().unwrap())), (0, vec![draft], vec![]));
}

#[test]
fn what_yesterday_left_unfinished_is_listed_today_and_what_is_of_today_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let (clock, edge) = settable();
    let office = counter::open(folder.path(), &edge);
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample/01-ktp-damaged.json");
    let id = office.submit_file(&sample).unwrap().remove(0).result.unwrap().application;
    assert!(office.queue("earlier", 0).unwrap().rows.is_empty());
    clock.0.fetch_add(DAY_MS, Ordering::Relaxed);
    let page = office.queue("earlier", 0).unwrap();
    assert_eq!((page.earlier, page.rows[0].id.as_str()), (1, id.as_str()));
}

#[test]
fn the_screen_locks_after_the_minutes_that_were_chosen_and_after_no_others() {
    let folder = tempfile::tempdir().unwrap();
    let office = counter::open(folder.path(), &Edge::system());
    assert_eq!(office.settings().unwrap().idle_minutes, 5);
    let wish = |m: u32| serde_json::from_value::<SettingsChange>(serde_json::json!({"idle_minutes": m})).unwrap();
    assert_eq!(office.change_settings(&wish(15)).unwrap().idle_minutes, 15);
    assert_eq!(office.change_settings(&wish(600)).unwrap_err().code, "setting_unknown");
    assert_eq!(office.settings().unwrap().idle_minutes, 15);
}
