//! The repository's own files, read for the tidy tests.

use std::fs;
use std::path::{Path, PathBuf};

/// Folders that are made, fetched or not ours.
const NOT_OURS: [&str; 8] = ["target", "node_modules", "dist", ".git", ".svelte-kit", "gen", "coverage", "shots"];
/// Deepest folder of the tree; a link in a circle ends here.
const DEPTH_MAX: usize = 12;

/// Folder of the workspace.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ lies in the workspace").to_path_buf()
}

/// The text of a file named from the workspace's folder.
pub fn text(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|why| panic!("{path}: {why}"))
}

/// Every file below `folder` whose name ends in one of `endings`, as paths from the workspace's folder.
pub fn files(folder: &str, endings: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    walk(&root().join(folder), DEPTH_MAX, &mut found);
    let mut names: Vec<String> = found
        .iter()
        .filter_map(|path| path.strip_prefix(root()).ok())
        .map(|path| path.to_string_lossy().into_owned())
        .filter(|name| endings.iter().any(|ending| name.ends_with(ending)))
        .collect();
    names.sort();
    names
}

fn walk(folder: &Path, depth: usize, found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = entry.path();
        if path.is_dir() && depth > 0 && !NOT_OURS.contains(&name.as_str()) {
            walk(&path, depth - 1, found);
        } else if path.is_file() {
            found.push(path);
        }
    }
}

/// Fails with every complaint at once, so that one run tells all.
pub fn none(complaints: Vec<String>) {
    assert!(complaints.is_empty(), "\n  {}\n", complaints.join("\n  "));
}
