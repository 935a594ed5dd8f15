//! Every command of the window and what the policy calls it, read from the code; and the table of them.

use jukung_domain::policy::{Action, scope, standings};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Where commands stand; the handler is in the first.
const COMMANDS: [&str; 6] = [
    "src-tauri/src/commands.rs",
    "src-tauri/src/courier.rs",
    "src-tauri/src/reveal.rs",
    "src-tauri/src/handover.rs",
    "src-tauri/src/school.rs",
    "src-tauri/src/subdistrict.rs",
];
pub const TABLE: &str = "src-tauri/commands.txt";
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
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("written as this reads it").to_path_buf()
}

fn text(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).expect("written as this reads it")
}

fn none(complaints: Vec<String>) {
    assert!(complaints.is_empty(), "\n  {}\n", complaints.join("\n  "));
}

/// The action of every command, read from the code: `None` when it asks for none.
pub fn asked() -> BTreeMap<String, Option<Action>> {
    let code = COMMANDS.map(text).concat();
    let mut found = BTreeMap::new();
    let named = |name: &str| Action::ALL.iter().copied().find(|a| format!("{a:?}") == name);
    let mut group = None;
    for line in code
        .split("pass_on! {\n")
        .nth(1)
        .expect("written as this reads it")
        .split("\n}\n")
        .next()
        .expect("written as this reads it")
        .lines()
    {
        if let Some(action) = line.strip_prefix("    ").and_then(|l| l.strip_suffix(" {")) {
            group = Some(named(action).unwrap_or_else(|| panic!("{action} is no action")));
        } else if let Some((name, _)) = line.trim_start().split_once('(').filter(|_| line.contains(" => |")) {
            found.insert(name.to_owned(), group);
        }
    }
    for command in code.split("#[tauri::command").skip(1).filter(|c| !c.contains("fn $name")) {
        let body = command.split("\n}\n").next().expect("written as this reads it");
        let name = body
            .split("fn ")
            .nth(1)
            .expect("written as this reads it")
            .split('(')
            .next()
            .expect("written as this reads it");
        let action =
            body.split("Action::").nth(1).and_then(|a| named(a.split(')').next().expect("written as this reads it")));
        found.insert(name.to_owned(), action);
    }
    found
}

/// Every command that the window may call, as the handler lists them.
fn handled() -> Vec<String> {
    let code = text(COMMANDS[0]);
    let list = code
        .split("generate_handler![")
        .nth(1)
        .expect("written as this reads it")
        .split(']')
        .next()
        .expect("written as this reads it");
    let name = |listed: &str| listed.trim().rsplit("::").next().unwrap_or_default().to_owned();
    let mut names: Vec<String> = list.split(',').map(name).filter(|n| !n.is_empty()).collect();
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
        std::fs::write(root().join(TABLE), table()).expect("written as this reads it");
    }
    let kept = std::fs::read_to_string(root().join(TABLE)).unwrap_or_default();
    assert_eq!(kept, table(), "JUKUNG_REGENERATE=1 writes it anew; read what changed before you commit it");
}
