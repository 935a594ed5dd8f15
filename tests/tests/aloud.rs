//! Goal: the computer's voice reads what the resident sees and nothing else, and falls silent when the page goes.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails right here")]

#[path = "../benches/figures/counter.rs"]
mod counter;

use jukung_domain::application::Application;
use jukung_office::Office;
use jukung_office::edge::Edge;
use jukung_office::view::Change;
use jukung_office::voice::Voice;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A program that answers like `espeak-ng` and passes on what it hears through a pipe with a name.
fn program(folder: &Path, voices: &str) -> PathBuf {
    let (file, heard) = (folder.join("espeak-ng"), folder.join("heard"));
    assert!(Command::new("mkfifo").arg(&heard).status().unwrap().success());
    let script = format!(
        "#!/bin/sh\ncase \"$1\" in --voices=id) printf '{voices}';; *) exec cat >'{}';; esac\n",
        heard.display()
    );
    fs::write(&file, script).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
    heard
}

const INDONESIAN: &str = "Pty Language Age/Gender VoiceName File Other\\n 5  id  --/M Indonesian id\\n";

/// A draft with the answers of a sample.
fn draft(office: &Office, sample: &str) -> (String, Application) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample").join(sample);
    let mut value: serde_json::Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    value.as_object_mut().unwrap().remove("attachments");
    let application: Application = serde_json::from_value(value).unwrap();
    let id = office.new_draft(&application.service, application.variant.as_deref(), None).unwrap().id;
    let change = Change {
        draft: id.clone(),
        fields: application.fields.clone(),
        reasons: Default::default(),
        missing: Default::default(),
        section: String::new(),
        field: String::new(),
    };
    office.save(&change).unwrap();
    (id, application)
}

#[test]
fn every_page_is_read_as_shown_and_neither_a_nik_nor_a_phone_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let office = counter::open(folder.path(), &Edge::system());
    let (id, application) = draft(&office, "02-birth-child.json");
    let heard = program(folder.path(), INDONESIAN);
    let voice = Voice::find(folder.path().as_os_str()).unwrap();
    let review = office.review(&id).unwrap();
    let mut all = String::new();
    for page in 0..review.pages.len() {
        voice.read(&office.aloud(&id, Some(page)).unwrap()).unwrap();
        all += &fs::read_to_string(&heard).unwrap();
    }
    for fact in review.pages.iter().flat_map(|p| &p.facts).filter(|f| f.large) {
        assert!(all.contains(&fact.value.to_lowercase()), "{}: {all}", fact.value);
    }
    let numbers = application.fields.iter().filter(|(path, _)| path.ends_with("nik") || path.ends_with("phone"));
    for (path, value) in numbers {
        assert!(!all.contains(value.as_str()), "{path} is for nobody in the room: {all}");
    }
    assert!(all.matches("Apakah data ini sudah benar?").count() == review.pages.len(), "{all}");
    assert_eq!(office.aloud(&id, Some(review.pages.len())).unwrap_err().code, "bad_request");
    assert_eq!(office.aloud(&id, None).unwrap(), [review.consent]);
}

#[test]
fn the_next_page_ends_the_one_before_and_a_page_that_is_gone_is_silent() {
    let folder = tempfile::tempdir().unwrap();
    let heard = program(folder.path(), INDONESIAN);
    let voice = Voice::find(folder.path().as_os_str()).unwrap();
    // Nobody listens: the program waits at its pipe until it is ended.
    voice.read(&["halaman pertama".into()]).unwrap();
    voice.read(&["halaman kedua".into()]).unwrap();
    let said = fs::read_to_string(&heard).unwrap();
    assert!(said.contains("halaman kedua") && !said.contains("pertama"), "{said}");
    voice.read(&["halaman ketiga".into()]).unwrap();
    voice.hush();
    voice.read(&["halaman keempat".into()]).unwrap();
    let said = fs::read_to_string(&heard).unwrap();
    assert!(said.contains("keempat") && !said.contains("ketiga"), "{said}");
}

#[test]
fn a_program_without_indonesian_is_no_voice() {
    let folder = tempfile::tempdir().unwrap();
    program(folder.path(), "Pty Language Age/Gender VoiceName File Other\\n 5  en-gb  --/M English en\\n");
    assert!(Voice::find(folder.path().as_os_str()).is_none());
}
