//! Goal: the house style that a machine can check stays kept: sizes, openings, words, decisions, links, commands.

#[path = "tidy/commands.rs"]
mod commands;
#[path = "tidy/tree.rs"]
mod tree;

use std::collections::BTreeMap;
use tree::{files, none, root, text};

/// Lines at which a file is asked what it is for (CONTRIBUTING.md).
const FILE_LINES_MAX: usize = 400;
/// A sentence that is heard once is understood up to here (ux.md 5.2, row 13).
const RESIDENT_WORDS_MAX: usize = 12;
/// Lines at which a function is asked to hand something to a leaf.
const FUNCTION_LINES_MAX: usize = 70;
/// Files that may be longer, each with its reason.
const LONGER: [(&str, &str); 2] = [
    (
        "domain/src/catalogue.rs",
        "one shape of data, read from top to bottom; cutting it would hide what a file may say",
    ),
    ("domain/src/wire.rs", "every shape that crosses the wire, read beside the protocol; the settings inside it grew"),
];
/// Words the screens never use (ux.md section 3): each has an Indonesian sentence that helps.
const NEVER_SAID: [&str; 5] = ["error", "invalid", "submit", "online", "offline"];
/// What a decision page says.
const DECISION_PARTS: [&str; 3] = ["## Context", "## Choice", "## Cost"];
const SOURCE: [&str; 8] = [".rs", ".ts", ".js", ".mjs", ".svelte", ".css", ".sql", ".sh"];

fn sources() -> Vec<String> {
    let scripts = ["run", "test", ".ci/run"].map(str::to_owned);
    files(".", &SOURCE).into_iter().chain(scripts).collect()
}

#[test]
fn files_stay_short_enough_to_read() {
    let long = sources().into_iter().filter(|name| !LONGER.iter().any(|(known, _)| known == name));
    none(
        long.map(|n| (text(&n).lines().count(), n))
            .filter(|(l, _)| *l > FILE_LINES_MAX)
            .map(|(l, n)| format!("{n}: {l} lines"))
            .collect(),
    );
}

#[test]
fn functions_stay_short_enough_to_hold() {
    let mut long = Vec::new();
    for name in files(".", &[".rs"]) {
        let body = text(&name);
        let lines: Vec<&str> = body.lines().collect();
        for (at, line) in lines.iter().enumerate() {
            let indent = &line[..line.len() - line.trim_start().len()];
            if !is_function(line) || line.ends_with(['}', ';']) {
                continue;
            }
            let end = format!("{indent}}}");
            let length = lines[at..].iter().position(|l| **l == end).unwrap_or(0);
            if length > FUNCTION_LINES_MAX {
                long.push(format!("{name}:{} has {length} lines", at + 1));
            }
        }
    }
    none(long);
}

fn is_function(line: &str) -> bool {
    let words: Vec<&str> = line.trim_start().split(' ').collect();
    let at =
        words.iter().position(|w| !matches!(*w, "pub" | "pub(crate)" | "pub(super)" | "async" | "const" | "unsafe"));
    at.is_some_and(|at| words[at] == "fn")
}

#[test]
fn every_source_file_opens_by_saying_what_it_is_for() {
    none(sources().into_iter().filter(|name| !opens(name, &text(name))).collect());
}

fn opens(name: &str, body: &str) -> bool {
    let first = body.lines().find(|line| !line.is_empty() && !line.starts_with("#!")).unwrap_or("");
    let marks: &[&str] = match name.rsplit('.').next() {
        Some("rs") => &["//! "],
        Some("ts" | "js" | "mjs") => &["// ", "/** ", "/* "],
        Some("svelte") => &["<!-- ", "<!--"],
        Some("css") => &["/* "],
        Some("sql") => &["-- "],
        _ => &["# "],
    };
    marks.iter().any(|mark| first.starts_with(mark))
}

#[test]
fn nothing_that_ships_unwraps_or_panics() {
    let mut found = Vec::new();
    let ships = |name: &String| !["tests/", "/benches/", "/tests.rs"].iter().any(|part| name.contains(part));
    for name in files(".", &[".rs"]).iter().filter(|name| ships(name)) {
        for (at, line) in shipped(&text(name)).lines().enumerate() {
            let code = line.split("//").next().unwrap_or("");
            if [".unwrap()", ".expect(", "panic!(", "unreachable!("].iter().any(|bad| code.contains(bad)) {
                found.push(format!("{name}:{}: {}", at + 1, line.trim()));
            }
        }
    }
    none(found);
}

/// The part of a Rust file that ships: everything before its tests, which stand at the end.
fn shipped(rust: &str) -> &str {
    rust.split("#[cfg(test)]\nmod tests {").next().unwrap_or(rust)
}

#[test]
fn no_test_sleeps() {
    let asleep = |name: &String| text(name).lines().any(|l| l.contains("thread::sleep(") || l.contains("time::sleep("));
    none(files("tests", &[".rs"]).into_iter().filter(|n| !n.contains("tidy") && asleep(n)).collect());
}

#[test]
fn the_screens_never_say_the_words_that_help_nobody() {
    let mut said = Vec::new();
    for name in files("ui/texts/id", &[".json"]) {
        let sentences: BTreeMap<String, String> =
            serde_json::from_str(&text(&name)).unwrap_or_else(|why| panic!("{name}: {why}"));
        for (key, sentence) in sentences {
            said.extend(banned(&sentence).map(|word| format!("{name} {key}: \"{word}\"")));
        }
    }
    for name in files("domain/catalogue", &[".toml"]) {
        for (at, line) in text(&name).lines().enumerate().filter(|(_, l)| shown(l)) {
            said.extend(banned(line).map(|word| format!("{name}:{}: \"{word}\"", at + 1)));
        }
    }
    none(said);
}

#[test]
fn no_sentence_for_a_resident_is_longer_than_twelve_words() {
    let read = |name: &str| serde_json::from_str::<BTreeMap<String, String>>(&text(name)).expect("a file of sentences");
    let own: BTreeMap<String, String> = files("ui/texts/id", &[".json"]).iter().flat_map(|n| read(n)).collect();
    let mut heard: Vec<(String, String)> = read("ui/texts/bjn/resident.json").into_iter().collect();
    // What English residents are asked is what Indonesian ones are asked: its keys are the list.
    for (key, sentence) in read("ui/texts/en/resident.json") {
        heard.extend(own.get(&key).map(|s| (key.clone(), s.clone())));
        heard.push((key, sentence));
    }
    assert!(heard.len() > 15, "{} sentences", heard.len());
    let long = |(_, all): &(String, String)| {
        all.split(['.', '!', '?', ';', ':']).any(|s| s.split_whitespace().count() > RESIDENT_WORDS_MAX)
    };
    none(heard.into_iter().filter(long).map(|(key, sentence)| format!("{key}: {sentence}")).collect());
}

#[test]
fn the_manual_calls_every_state_what_the_screen_calls_it() {
    let words: BTreeMap<String, String> =
        serde_json::from_str(&text("ui/texts/id/counter.json")).expect("a file of sentences");
    let manual = text("docs/panduan.md");
    let of_a_state = |key: &&String| {
        key.starts_with("status.") || ["draft", "waiting", "stuck"].iter().any(|s| **key == format!("sending.{s}"))
    };
    let states: Vec<&String> = words.keys().filter(of_a_state).collect();
    assert_eq!(states.len(), 13);
    none(states.into_iter().map(|key| words[key].clone()).filter(|word| !manual.contains(word.as_str())).collect());
}

/// A line of the catalogue that carries wording for a screen or a paper.
fn shown(line: &str) -> bool {
    ["label = ", "hint = ", "summary = ", "name = ", "title = ", "text = ", "ask = ", "output = "]
        .iter()
        .any(|key| line.contains(key))
}

fn banned(sentence: &str) -> impl Iterator<Item = &'static str> {
    let mut plain = String::new();
    let mut inside = 0u32;
    for c in sentence.to_lowercase().chars() {
        match c {
            '{' => inside += 1,
            '}' => inside = inside.saturating_sub(1),
            _ if inside == 0 => plain.push(c),
            _ => {}
        }
    }
    let words: Vec<String> = plain.split(|c: char| !c.is_alphanumeric()).map(str::to_owned).collect();
    NEVER_SAID.into_iter().filter(move |word| words.iter().any(|w| w == word))
}

#[test]
fn every_decision_says_context_choice_and_cost_under_the_next_number() {
    let mut complaints = Vec::new();
    for (at, name) in files("docs/decisions", &[".md"]).iter().enumerate() {
        let body = text(name);
        complaints.extend(
            DECISION_PARTS.iter().filter(|part| !body.contains(*part)).map(|part| format!("{name} lacks \"{part}\"")),
        );
        if !name.starts_with(&format!("docs/decisions/{:04}-", at + 1)) {
            complaints.push(format!("{name} is not number {:04}", at + 1));
        }
    }
    none(complaints);
}

#[test]
fn the_life_of_an_application_links_only_to_functions_that_exist() {
    let body = text("docs/life.md");
    let mut links = 0;
    let mut gone = Vec::new();
    for part in body.split("[`").skip(1) {
        let Some((function, rest)) = part.split_once("`](../") else { continue };
        let path = rest.split(')').next().unwrap_or("");
        links += 1;
        let there = root().join(path).is_file() && defines(path, function);
        if !there {
            gone.push(format!("{function} is not in {path}"));
        }
    }
    assert!(links >= 10, "ten stops, at least one link each; found {links}");
    none(gone);
}

fn defines(path: &str, function: &str) -> bool {
    let forms = if path.ends_with(".rs") {
        vec![format!("fn {function}("), format!("fn {function}<")]
    } else {
        vec![format!("{function}("), format!("{function}:")]
    };
    let body = text(path);
    forms.iter().any(|form| body.contains(form.as_str()))
}

#[test]
fn every_link_of_the_documents_leads_to_a_file() {
    let mut gone = Vec::new();
    for name in files(".", &[".md"]) {
        let folder = root().join(&name).parent().expect("a file lies in a folder").to_path_buf();
        for link in text(&name).split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let path = link.split('#').next().unwrap_or("");
            let outside = path.is_empty() || path.contains("://") || path.starts_with("mailto:");
            if !outside && !folder.join(path).exists() {
                gone.push(format!("{name}: {path}"));
            }
        }
    }
    none(gone);
}

#[test]
fn every_command_of_the_readme_exists() {
    let mut gone = Vec::new();
    for line in text("README.md").split("```").skip(1).step_by(2).flat_map(str::lines).map(str::trim) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let there = match words.as_slice() {
            [script, ..]
                if script.starts_with("./") || script.starts_with("tools/") || script.starts_with("installer/") =>
            {
                root().join(script).is_file()
            }
            [program @ ("jukung-office" | "jukung-district"), rest @ ..] => knows(program, rest),
            _ => true,
        };
        if !there {
            gone.push(line.to_owned());
        }
    }
    none(gone);
}

/// Whether the program's command line has this subcommand: clap names them after the enum's variants.
fn knows(program: &str, words: &[&str]) -> bool {
    let mut words = words.iter().copied();
    let mut sub = words.next();
    while sub.is_some_and(|w| w.starts_with("--")) {
        words.next();
        sub = words.next();
    }
    let Some(sub) = sub else { return true };
    let variant: String = sub.split('-').map(|part| part[..1].to_uppercase() + &part[1..]).collect();
    let folder = format!("{}/src", program.trim_start_matches("jukung-"));
    files(&folder, &[".rs"]).iter().any(|name| text(name).lines().any(|l| l.trim_start().starts_with(&variant)))
}

#[test]
fn every_shared_dependency_says_what_it_is_for() {
    let manifest = text("Cargo.toml");
    let table =
        manifest.split("[workspace.dependencies]").nth(1).and_then(|rest| rest.split("\n[").next()).unwrap_or("");
    let silent = table
        .lines()
        .filter(|l| l.contains(" = ") && !l.starts_with('#') && !l.contains("path = ") && !l.contains('#'));
    none(silent.map(str::to_owned).collect());
}
