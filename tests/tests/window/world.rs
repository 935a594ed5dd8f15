//! A counter enrolled with a real district that can be switched off (the cable is out) and on again, a printer that writes
//! files, and an officer of the Dinas who decides over HTTP.

use crate::driver::{Ends, program};
use jukung_office::edge::Edge;
use jukung_office::enrol::{Enrolment, enrol};
use jukung_office::road::Http;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

pub const PASSPHRASE: &str = "sungai tapin perahu jukung";
const OFFICER: &str = "rantau kiwa pasar terapung";
const LP: &str = "#!/bin/sh\ncat > \"$(dirname \"$0\")/printed-$$.pdf\"\n";
const LPSTAT: &str = "#!/bin/sh\necho EPSON-L3210\n";

pub struct World {
    folder: tempfile::TempDir,
    pub data: PathBuf,
    address: String,
    server: Option<Ends>,
    client: reqwest::Client,
    cookie: String,
}

fn district(folder: &Path, args: &[&str]) -> String {
    let data = folder.join("district");
    let done = Command::new(program("jukung-district"))
        .args([args, &["--data", &data.display().to_string()]].concat())
        .env("JUKUNG_OFFICER_PASSPHRASE", OFFICER)
        .output()
        .unwrap();
    String::from_utf8(done.stdout).unwrap().trim().to_owned()
}

fn serve(folder: &Path, listen: &str) -> (Ends, String) {
    let data = folder.join("district").display().to_string();
    let server = Command::new(program("jukung-district"))
        .args(["serve", "--data", &data, "--listen", listen])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let mut server = Ends(server.unwrap());
    let mut line = String::new();
    BufReader::new(server.0.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    let address = line.trim().rsplit('/').next().unwrap().to_owned();
    (server, address)
}

impl World {
    /// An enrolled office whose cable is out.
    pub async fn new() -> World {
        let folder = tempfile::tempdir().unwrap();
        for (name, script) in [("lp", LP), ("lpstat", LPSTAT)] {
            let file = folder.path().join(name);
            std::fs::write(&file, script).unwrap();
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
        }
        district(folder.path(), &["officer", "--name", "Verifikator"]);
        let code = district(folder.path(), &["enrol", "--office", "63.05.04.1004"]);
        let (server, address) = serve(folder.path(), "127.0.0.1:0");
        let data = folder.path().join("office");
        let url = format!("http://{address}");
        let mut who = Enrolment::new(&url, &code, "Rahmah", PASSPHRASE);
        who.memory_kib = 8 * 1024;
        enrol(&data, &Edge::system(), &Http::new(&url).unwrap(), &who).await.unwrap();
        drop(server);
        World { folder, data, address, server: None, client: reqwest::Client::new(), cookie: String::new() }
    }

    /// Where the printer's files and its programs lie.
    pub fn tools(&self) -> &Path {
        self.folder.path()
    }

    /// PDF files that came out of the printer.
    pub fn printed(&self) -> Vec<PathBuf> {
        let files = std::fs::read_dir(self.folder.path()).unwrap().map(|f| f.unwrap().path());
        files.filter(|f| f.extension().is_some_and(|e| e == "pdf")).collect()
    }

    /// What stands on them, read back by pdftotext.
    pub fn printed_text(&self) -> Vec<String> {
        let read = |file: &PathBuf| Command::new("pdftotext").args([file.as_path(), Path::new("-")]).output().unwrap();
        self.printed().iter().map(|file| String::from_utf8(read(file).stdout).unwrap()).collect()
    }

    pub async fn cable_in(&mut self) {
        self.server = Some(serve(self.folder.path(), &self.address).0);
        let body = json!({"name": "Verifikator", "passphrase": OFFICER});
        let reply =
            self.client.post(self.url("/sign-in")).json_body(&body).header("Origin", self.origin()).send().await;
        let reply = reply.unwrap();
        assert!(reply.status().is_success(), "sign-in: {}", reply.status());
        let cookie = reply.headers().get("set-cookie").unwrap().to_str().unwrap();
        self.cookie = cookie.split(';').next().unwrap().to_owned();
    }

    fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}/officer/api{path}", self.address)
    }

    /// One step of the officer on the application with this number.
    pub async fn decide(&self, number: &str, step: &str, body: Value) {
        let found = self.client.get(self.url(&format!("/applications?text={number}"))).header("Cookie", &self.cookie);
        let found: Value = serde_json::from_str(&found.send().await.unwrap().text().await.unwrap()).unwrap();
        let id = found["rows"][0]["id"].as_str().unwrap_or_else(|| panic!("{number} is not at the Dinas: {found}"));
        let call = self.client.post(self.url(&format!("/applications/{id}/{step}"))).json_body(&body);
        let reply = call.header("Cookie", &self.cookie).header("Origin", self.origin()).send().await.unwrap();
        let status = reply.status();
        assert!(status.is_success(), "{step} {number}: {status} {}", reply.text().await.unwrap());
    }
}

/// reqwest is built without its JSON feature.
trait JsonBody {
    fn json_body(self, body: &Value) -> Self;
}

impl JsonBody for reqwest::RequestBuilder {
    fn json_body(self, body: &Value) -> Self {
        self.header("Content-Type", "application/json").body(body.to_string())
    }
}
