//! Goal: no command of the window answers without the policy's word: every one names an action, the table of commands is
//! the one the code has, and each kind of asker gets exactly what the policy says.
//!
//! `JUKUNG_REGENERATE=1 cargo test --workspace --test permits` writes src-tauri/commands.txt anew.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails right here")]

mod office_world;

use jukung_domain::policy::{Action, Role, Standing, permits, scope, standings};
use jukung_office::edge::{Clock, Edge};
use jukung_office::session::Session;
use office_world::{PASSPHRASE, edge, world};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const COMMANDS: &str = "src-tauri/src/commands.rs";
const TABLE: &str = "src-tauri/commands.txt";
/// Commands of the door: what they tell is on the card that lies in the clear, or nothing of this counter at all.
const DOOR: [&str; 16] = [
    "alive",
    "catalogue",
    "enrol",
    "enrol_answer",
    "enrol_folders",
    "enrol_request",
    "lock",
    "note_problem",
    "pin_challenge",
    "reached",
    "read_invitation",
    "recover",
    "reset_pin",
    "sign_in",
    "start",
    "unlock",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

fn text(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap()
}

fn none(complaints: Vec<String>) {
    assert!(complaints.is_empty(), "\n  {}\n", complaints.join("\n  "));
}

/// The action of every command, read from the code: `None` when it asks for none.
fn asked() -> BTreeMap<String, Option<Action>> {
    let code = text(COMMANDS);
    let mut found = BTreeMap::new();
    let named = |name: &str| Action::ALL.iter().copied().find(|a| format!("{a:?}") == name);
    let mut group = None;
    for line in code.split("pass_on! {\n").nth(1).unwrap().split("\n}\n").next().unwrap().lines() {
        if let Some(action) = line.strip_prefix("    ").and_then(|l| l.strip_suffix(" {")) {
            group = Some(named(action).unwrap_or_else(|| panic!("{action} is no action")));
        } else if let Some((name, _)) = line.trim_start().split_once('(').filter(|_| line.contains(" => |")) {
            found.insert(name.to_owned(), group);
        }
    }
    for command in code.split("#[tauri::command").skip(1).filter(|c| !c.contains("fn $name")) {
        let body = command.split("\n}\n").next().unwrap();
        let name = body.split("fn ").nth(1).unwrap().split('(').next().unwrap();
        let action = body.split("Action::").nth(1).and_then(|a| named(a.split(')').next().unwrap()));
        found.insert(name.to_owned(), action);
    }
    found
}

/// Every command that the window may call, as the handler lists them.
fn handled() -> Vec<String> {
    let code = text(COMMANDS);
    let list = code.split("generate_handler![").nth(1).unwrap().split(']').next().unwrap();
    let mut names: Vec<String> = list.split(',').map(|n| n.trim().to_owned()).filter(|n| !n.is_empty()).collect();
    names.sort();
    names
}

fn table() -> String {
    let mut out = String::from(
        "# Every command of the window, its action, and who may call it how far. Made by tests/tests/permits.rs.\n",
    );
    for (name, action) in asked() {
        let action = action.unwrap_or(Action::Door);
        let who = standings().into_iter().filter_map(|w| Some(format!("{}:{}", w.column(), scope(w, action)?.code())));
        out += &format!("{name}\t{}\t{}\n", action.code(), who.collect::<Vec<_>>().join(" "));
    }
    out
}

#[test]
fn every_command_asks_the_policy_or_stands_at_the_door() {
    let asked = asked();
    assert_eq!(handled(), asked.keys().cloned().collect::<Vec<_>>(), "commands handled, and commands written");
    let silent = asked.iter().filter(|(name, action)| action.is_none() && !DOOR.contains(&name.as_str()));
    none(silent.map(|(name, _)| format!("{name} asks for no action of domain/data/policy.csv")).collect());
}

#[test]
fn the_table_of_commands_is_the_one_the_code_has() {
    if std::env::var_os("JUKUNG_REGENERATE").is_some() {
        std::fs::write(root().join(TABLE), table()).unwrap();
    }
    let kept = std::fs::read_to_string(root().join(TABLE)).unwrap_or_default();
    assert_eq!(kept, table(), "JUKUNG_REGENERATE=1 writes it anew; read what changed before you commit it");
}

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
fn sessions(folder: &Path, officer: &str, given: &str) -> Vec<(Standing, &'static str, Session)> {
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
    ]
}

#[tokio::test]
async fn everybody_gets_exactly_the_commands_that_the_policy_gives() {
    let w = world(None).await;
    let folder = w.folder.path().join("office");
    let hamdi = w.office.add_person("Hamdi", "officer").unwrap();
    let galuh = w.office.add_person("Galuh", "supervisor").unwrap();
    w.office.close().unwrap();
    let first = Session::new(folder.clone(), still());
    first.sign_in("Hamdi", &hamdi.passphrase).unwrap();
    first.permit(Action::OwnSecret).unwrap().change_passphrase(&hamdi.passphrase, "perahu besar di sungai").unwrap();
    first.end();
    drop(w.office);
    let (mut cells, mut unexpected) = (0, Vec::new());
    for (standing, refusal, session) in sessions(&folder, "perahu besar di sungai", &galuh.passphrase) {
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
    none(unexpected);
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
