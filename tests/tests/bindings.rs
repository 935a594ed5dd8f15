//! Goal: the screens and the window mean the same: every shape and call in ui/src/lib/api is one of Rust's.

#[path = "tidy/tree.rs"]
mod tree;

use std::collections::{BTreeMap, BTreeSet};
use tree::{files, none, text};

/// Where the shapes that cross IPC are written down in Rust.
const SHAPES: [&str; 17] = [
    "domain/src/assignment.rs",
    "office/src/school/view.rs",
    "office/src/view.rs",
    "office/src/masked_view.rs",
    "office/src/staff_view.rs",
    "office/src/resident_view.rs",
    "office/src/closed.rs",
    "office/src/complaints.rs",
    "office/src/complaints_told.rs",
    "office/src/verify.rs",
    "office/src/handover.rs",
    "office/src/shown_to.rs",
    "office/src/subdistrict.rs",
    "office/src/samples.rs",
    "domain/src/catalogue.rs",
    "domain/src/application.rs",
    "domain/src/finding.rs",
];
const COMMANDS: [&str; 6] = [
    "src-tauri/src/commands.rs",
    "src-tauri/src/courier.rs",
    "src-tauri/src/reveal.rs",
    "src-tauri/src/handover.rs",
    "src-tauri/src/school.rs",
    "src-tauri/src/subdistrict.rs",
];

/// Cuts at `mark` wherever no bracket is open.
fn pieces(body: &str, mark: char) -> Vec<String> {
    let (mut depth, mut out) = (0i32, vec![String::new()]);
    for c in body.chars() {
        match c {
            '{' | '(' | '[' | '<' => depth += 1,
            '}' | ')' | ']' | '>' => depth -= 1,
            _ => {}
        }
        if c == mark && depth == 0 {
            out.push(String::new());
        } else if let Some(last) = out.last_mut() {
            last.push(c);
        }
    }
    out.into_iter().map(|p| p.trim().to_owned()).filter(|p| !p.is_empty()).collect()
}

/// What stands between the bracket that `body` begins with and its partner.
fn inside(body: &str) -> &str {
    let mut depth = 0i32;
    for (at, c) in body.char_indices() {
        match c {
            '{' | '(' => depth += 1,
            '}' | ')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return body.get(1..at).unwrap_or("");
        }
    }
    ""
}

/// Names before the colon of each piece.
fn names(body: &str, mark: char) -> BTreeSet<String> {
    let name = |piece: String| piece.split(':').next().unwrap_or("").trim().trim_end_matches('?').to_owned();
    pieces(body, mark).into_iter().map(name).collect()
}

/// Rust without its comments and attributes.
fn bare(rust: &str) -> String {
    let line = |l: &str| l.split("//").next().unwrap_or("").trim_end().to_owned();
    rust.lines().filter(|l| !l.trim_start().starts_with("#[")).map(line).collect::<Vec<_>>().join("\n")
}

/// Fields of every struct, by the struct's name.
fn rust_shapes() -> BTreeMap<String, BTreeSet<String>> {
    let mut shapes = BTreeMap::new();
    for file in SHAPES {
        let body = bare(&text(file));
        for (at, _) in body.match_indices(" {") {
            let before = body[..at].rsplit('\n').next().unwrap_or("").trim();
            let name = before.rsplit(' ').next().unwrap_or("");
            if name.starts_with(char::is_uppercase) && (before == name || before.starts_with("pub struct ")) {
                let fields = names(inside(&body[at + 1..]), ',');
                shapes.insert(
                    name.to_owned(),
                    fields.into_iter().map(|f| f.trim_start_matches("pub ").to_owned()).collect(),
                );
            }
        }
    }
    shapes
}

#[test]
fn every_field_the_screens_read_is_one_rust_writes() {
    let rust = rust_shapes();
    let mut wrong = Vec::new();
    let types = text("ui/src/lib/api/types.ts");
    let mut seen = 0;
    for shape in types.split("export interface ").skip(1) {
        let (name, body) = shape.split_once(' ').expect("a name and a body");
        let body = &body[body.find('{').expect("a body")..];
        // A problem is the one shape that is not a view: domain/src/problem.rs.
        let Some(fields) = rust.get(name) else {
            wrong.push(format!("{name} is no shape of Rust's"));
            continue;
        };
        seen += 1;
        wrong
            .extend(names(inside(body), ';').difference(fields).map(|f| format!("{name}.{f} is not in Rust's {name}")));
    }
    assert!(seen >= 20, "only {seen} shapes were found: has types.ts another form now?");
    none(wrong);
}

#[test]
fn every_call_of_the_screens_is_a_command_with_the_same_arguments() {
    let commands = bare(&COMMANDS.map(text).concat());
    let mut wrong = Vec::new();
    let mut seen = 0;
    for file in files("ui/src/lib/api", &[".ts"]) {
        for call in text(&file).split("call<").skip(1) {
            let Some((_, call)) = call.split_once(">('") else { continue };
            let (name, rest) = call.split_once('\'').unwrap_or((call, ""));
            let given = rest
                .find('{')
                .filter(|at| rest[..*at].trim() == ",")
                .map_or(BTreeSet::new(), |at| names(inside(&rest[at..]), ','));
            seen += 1;
            match arguments(&commands, name) {
                None => wrong.push(format!("{file}: no command {name}")),
                Some(taken) if taken != given => wrong.push(format!("{name}: given {given:?}, takes {taken:?}")),
                Some(_) => {}
            }
        }
    }
    assert!(seen >= 20, "only {seen} calls were found: has index.ts another form now?");
    none(wrong);
}

/// Argument names of a command, without what Tauri hands in itself.
fn arguments(commands: &str, name: &str) -> Option<BTreeSet<String>> {
    let at = [format!("fn {name}("), format!("    {name}(")]
        .iter()
        .find_map(|form| commands.find(form).map(|at| at + form.len() - 1))?;
    let taken =
        pieces(inside(&commands[at..]), ',').into_iter().filter(|a| !a.contains("Shared<") && !a.contains("AppHandle"));
    Some(taken.map(|a| camel(a.split(':').next().unwrap_or("").trim())).collect())
}

/// Tauri's name of an argument on the screens' side.
fn camel(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap_or("").to_owned();
    words.fold(first, |out, word| out + &word[..1].to_uppercase() + &word[1..])
}
