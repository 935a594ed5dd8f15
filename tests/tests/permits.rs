//! Goal: no command of the window answers without the policy's word: every one names an action, the table of commands is
//! the one the code has, and each kind of asker gets exactly what the policy says.
//!
//! `JUKUNG_REGENERATE=1 cargo test --workspace --test permits` writes src-tauri/commands.txt anew.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails right here")]

#[path = "tidy/commands.rs"]
mod commands;
mod office_world;

use commands::{TABLE, asked};
use jukung_domain::assignment::Assignment;
use jukung_domain::policy::{Action, Role, Standing, permits, standings};
use jukung_office::edge::{Clock, Edge};
use jukung_office::session::Session;
use office_world::{PASSPHRASE, edge, world};
use std::path::Path;
use std::sync::Arc;

/// A clock that stands still: no session locks by itself.
struct Still(i64);

impl Clock for Still {
    fn now_ms(&self) -> i64 {
        self.0
    }
}

fn still() -> Edge {
    Edge { clock: Arc::new(Still(edge().clock.now_ms())), chance: edge().chance }
}

/// Sessions of everybody who can sit at a counter.
fn sessions(folder: &Path, officer: &str, helper: &str, given: &str) -> Vec<(Standing, &'static str, Session)> {
    let session = |who: Option<(&str, &str)>| {
        let session = Session::new(folder.to_path_buf(), still());
        if let Some((name, passphrase)) = who {
            session.sign_in(name, passphrase).unwrap();
        }
        session
    };
    let locked = session(Some(("Rahmah", PASSPHRASE)));
    locked.permit(Action::OwnSecret).unwrap().set_pin("482107").unwrap();
    locked.lock();
    vec![
        (Standing::Nobody, "signed_out", session(None)),
        (Standing::Nobody, "locked", locked),
        (Standing::Given, "passphrase_given", session(Some(("Galuh", given)))),
        (Standing::Person(Role::Officer), "not_permitted", session(Some(("Hamdi", officer)))),
        (Standing::Person(Role::Supervisor), "not_permitted", session(Some(("Rahmah", PASSPHRASE)))),
        (Standing::Person(Role::Helper), "not_permitted", session(Some(("Laila", helper)))),
    ]
}

#[tokio::test]
async fn everybody_gets_exactly_the_commands_that_the_policy_gives() {
    let w = world(None).await;
    let folder = w.folder.path().join("office");
    let hamdi = w.office.add_person("Hamdi", "officer").unwrap();
    let galuh = w.office.add_person("Galuh", "supervisor").unwrap();
    let letter = Assignment {
        school: "SDN Contoh".into(),
        letter: "1/2026".into(),
        letter_day: "2026-11-02".into(),
        until: "2027-06-30".into(),
    };
    let laila = w.office.add_helper("Laila", &letter).unwrap();
    w.office.close().unwrap();
    let own = ["perahu besar di sungai", "kapal kecil di muara"];
    for (handed, new) in [&hamdi, &laila].into_iter().zip(own) {
        let first = Session::new(folder.clone(), still());
        first.sign_in(&handed.name, &handed.passphrase).unwrap();
        first.permit(Action::OwnSecret).unwrap().change_passphrase(&handed.passphrase, new).unwrap();
        first.end();
    }
    drop(w.office);
    let (mut cells, mut unexpected) = (0, Vec::new());
    for (standing, refusal, session) in sessions(&folder, own[0], own[1], &galuh.passphrase) {
        for (name, action) in asked() {
            let Some(action) = action else { continue };
            cells += 1;
            let got = session.permit(action).map(|_| ()).map_err(|p| p.code);
            let wanted = if permits(standing, action) { Ok(()) } else { Err(refusal.to_owned()) };
            if got != wanted {
                unexpected.push(format!("{refusal} {standing:?} {name}: {got:?}, the policy says {wanted:?}"));
            }
        }
    }
    println!("{cells} cells asked of {} commands, {} unexpected", asked().len(), unexpected.len());
    assert!(cells >= 300, "only {cells} cells were asked");
    assert!(unexpected.is_empty(), "{unexpected:#?}");
}

#[test]
fn no_role_of_the_district_reaches_a_counters_files() {
    let counter = [Action::FileList, Action::FileRead, Action::FileWrite, Action::FileSubmit, Action::ResidentOpen];
    let district = &Role::ALL[3..];
    let open = district.iter().flat_map(|r| counter.iter().filter(|a| permits(Standing::Person(*r), **a)));
    assert_eq!(open.count(), 0);
    let cells = standings().len() * asked().len();
    println!("{cells} cells of roles and commands in {TABLE}");
}
