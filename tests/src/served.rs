//! The programs of this build, and a real district server that ends with its test.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// Passphrase of every officer these districts know.
pub const OFFICER: &str = "rantau kiwa pasar terapung";

/// A child that ends with the test.
pub struct Ends(pub Child);
impl Drop for Ends {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A program of this build: target/debug/deps/test-… → target/debug/name.
#[must_use]
pub fn program(name: &str) -> PathBuf {
    std::env::current_exe().unwrap().parent().unwrap().parent().unwrap().join(name)
}

/// What `jukung-district` prints when called with `arguments` on the data folder `data`.
///
/// # Panics
/// When it is not built or does not succeed.
#[must_use]
pub fn district(data: &Path, arguments: &[&str]) -> String {
    let done = Command::new(program("jukung-district"))
        .args([arguments, &["--data", &data.display().to_string()]].concat())
        .env("JUKUNG_OFFICER_PASSPHRASE", OFFICER)
        .output()
        .expect("jukung-district is built: cargo build --workspace --bins");
    let said = String::from_utf8(done.stdout).unwrap();
    assert!(done.status.success(), "{arguments:?}: {said}");
    said.trim().to_owned()
}

/// A one-time code for Kelurahan Rantau Kiwa whose computer needs no approval.
#[must_use]
pub fn code(data: &Path) -> String {
    district(data, &["enrol", "--office", "63.05.04.1004", "--approve-at-once"])
}

/// The server on `listen` (port 0: the system chooses), and its address without `http://`.
///
/// # Panics
/// When it does not start.
#[must_use]
pub fn serve(data: &Path, listen: &str) -> (Ends, String) {
    serve_as(data, listen, &[], Stdio::null()).expect("the server says its address")
}

/// The same in this environment, with what it logs; `None` when it ended before it listened.
///
/// # Panics
/// When it is not built.
#[must_use]
pub fn serve_as(data: &Path, listen: &str, environment: &[(&str, &str)], log: Stdio) -> Option<(Ends, String)> {
    let server = Command::new(program("jukung-district"))
        .args(["serve", "--data", &data.display().to_string(), "--listen", listen])
        .envs(environment.iter().copied())
        .stdout(Stdio::piped())
        .stderr(log)
        .spawn();
    let mut server = Ends(server.expect("jukung-district is built: cargo build --workspace --bins"));
    let mut line = String::new();
    BufReader::new(server.0.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    let address = line.trim().rsplit('/').next().unwrap().to_owned();
    address.contains(':').then_some((server, address))
}
