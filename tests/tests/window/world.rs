//! A counter enrolled with a real district that can be switched off (the cable is out) and on again, a printer that writes
//! files, and an officer of the Dinas who decides over HTTP.

use jukung_domain::problem::Problem;
use jukung_office::Office;
use jukung_office::edge::Edge;
use jukung_office::enrol::{Enrolment, enrol};
use jukung_office::road::Http;
use jukung_office::sync::{Call, Reply, Road};
use jukung_office::tls::Trusted;
use jukung_tests::disk::SmallDisk;
use jukung_tests::served::{self, Ends, OFFICER};
use serde_json::{Value, json};
use std::future::Future;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::process::Command;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// More than a counter asks for (protocol 2.17); a disk in memory takes none before it is written to.
const SMALL_MIB: u32 = 1300;
pub const PASSPHRASE: &str = "sungai tapin perahu jukung";
const LP: &str =
    "#!/bin/sh\n[ -e \"$(dirname \"$0\")/out-of-paper\" ] && exit 1\ncat > \"$(dirname \"$0\")/printed-$$.pdf\"\n";
const LPSTAT: &str = "#!/bin/sh\necho EPSON-L3210\n";

pub struct World {
    /// Before the folder it lies in: it has to go first.
    pub disk: Option<SmallDisk>,
    folder: tempfile::TempDir,
    pub data: PathBuf,
    address: String,
    server: Option<Ends>,
    client: reqwest::Client,
    cookie: String,
}

impl World {
    /// An enrolled office whose cable is out.
    pub async fn new() -> World {
        World::bare(None).enrolled().await
    }

    /// An enrolled office on a disk of its own that can be full; without that disk where nobody may mount one.
    pub async fn on_a_small_disk() -> World {
        World::bare(Some(SMALL_MIB)).enrolled().await
    }

    /// A computer that is no counter yet, and a district that knows an officer.
    pub fn bare(disk_mib: Option<u32>) -> World {
        let folder = tempfile::tempdir().unwrap();
        for (name, script) in [("lp", LP), ("lpstat", LPSTAT)] {
            let file = folder.path().join(name);
            std::fs::write(&file, script).unwrap();
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
        }
        let district = folder.path().join("district");
        let _ = served::district(&district, &["officer", "--name", "Verifikator"]);
        let settings = folder.path().join("settings.json");
        std::fs::write(&settings, r#"{"form_edition": "2019", "site": "https://dukcapil.contoh.go.id"}"#).unwrap();
        let _ = served::district(&district, &["settings", "--file", &settings.display().to_string()]);
        let (server, address) = served::serve(&folder.path().join("district"), "127.0.0.1:0");
        drop(server);
        let data = folder.path().join("office");
        let disk = disk_mib.and_then(|mib| SmallDisk::new(&data, mib));
        World { disk, folder, data, address, server: None, client: reqwest::Client::new(), cookie: String::new() }
    }

    async fn enrolled(mut self) -> World {
        self.server = Some(self.serve());
        self.enrol(&self.data).await;
        self.server = None;
        self
    }

    /// Enrols a computer of the office in this folder; the cable is in.
    pub async fn enrol(&self, data: &Path) {
        let (code, url) = (self.code(), self.origin());
        let mut who = Enrolment::new(&url, &code, "Rahmah", PASSPHRASE);
        who.memory_kib = 8 * 1024;
        enrol(data, &Edge::system(), &Http::new(&url, Trusted::default()).unwrap(), &who).await.unwrap();
    }

    fn serve(&self) -> Ends {
        served::serve(&self.folder.path().join("district"), &self.address).0
    }

    /// A one-time code for the office.
    pub fn code(&self) -> String {
        served::code(&self.folder.path().join("district"))
    }

    /// Hands in the sample applications with these names, before any window is open; gives their ids.
    pub fn handed_in(&self, samples: &[&str]) -> Vec<String> {
        let office = Office::open(&self.data, "", PASSPHRASE, Edge::system()).unwrap();
        let file = |name: &&str| Path::new(env!("CARGO_MANIFEST_DIR")).join("sample").join(name);
        let ids = samples.iter().map(|n| office.submit_file(&file(n)).unwrap().remove(0).result.unwrap().application);
        let ids = ids.collect();
        office.close().unwrap();
        ids
    }

    /// The same for one sample, and a whole draft with its answers and these papers beside it.
    pub fn drafted(&self, name: &str, papers: &[(&str, &str)]) {
        let id = self.handed_in(&[name]).remove(0);
        let office = Office::open(&self.data, "", PASSPHRASE, Edge::system()).unwrap();
        let from = jukung_tests::document(&office, &id);
        let draft = office.new_draft(&from.service, None, None).unwrap().id;
        office
            .change_draft(&draft, |a| (a.fields, a.reasons, a.missing) = (from.fields, from.reasons, from.missing))
            .unwrap();
        for (requirement, file) in papers {
            let bytes = std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("sample").join(file)).unwrap();
            office.attach(&draft, requirement, None, &bytes).unwrap();
        }
        office.close().unwrap();
    }

    /// The printer takes nothing from now on, or takes again.
    pub fn printer_answers(&self, answers: Answers) {
        let sign = self.folder.path().join("out-of-paper");
        match answers {
            Answers::Never => std::fs::write(sign, "").unwrap(),
            Answers::Always => std::fs::remove_file(sign).unwrap(),
        }
    }

    /// Something else than the district answers at its address: always 503, or never.
    pub async fn stranger(&self, answers: Answers) -> Stranger {
        let listener = tokio::net::TcpListener::bind(&self.address).await.unwrap();
        Stranger(tokio::spawn(async move {
            let mut held = Vec::new();
            while let Ok((mut caller, _)) = listener.accept().await {
                if matches!(answers, Answers::Always) {
                    // Read first: closing on unread bytes would look like no network.
                    let mut asked = vec![0; 1 << 16];
                    let _ = caller.read(&mut asked).await;
                    let busy = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
                    let _ = caller.write_all(busy).await;
                }
                held.push(caller);
            }
        }))
    }

    /// Somebody opened something at the Dinas, years ago.
    pub fn opened_years_ago(&self) {
        let database = rusqlite::Connection::open(self.folder.path().join("district").join("district.db"));
        let row = "INSERT INTO opened (at, officer, app, scan) VALUES (1, 'Verifikator', 'x', '')";
        database.and_then(|db| db.execute(row, [])).expect("written");
    }

    /// One more officer of the Dinas, with the passphrase of the first one.
    pub fn officer(&self, name: &str) {
        let _ = served::district(&self.folder.path().join("district"), &["officer", "--name", name]);
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

    /// What was handed in reaches the district, with its scans or, as on a slow line, before them.
    pub async fn sent(&self, scans: Scans) {
        let office = Office::open(&self.data, "", PASSPHRASE, Edge::system()).unwrap();
        let road = Slow(Http::new(&self.origin(), Trusted::default()).unwrap(), scans);
        let ran = office.sync(&road).await;
        assert_eq!(ran.is_ok(), matches!(scans, Scans::Too), "{ran:?}");
        office.close().unwrap();
    }

    /// The cable is out again.
    pub fn cable_out(&mut self) {
        self.server = None;
    }

    pub async fn cable_in(&mut self) {
        self.server = Some(self.serve());
        // Nothing of the server before: a line that it held open is cut when the next call is halfway.
        self.client = reqwest::Client::new();
        let body = json!({"name": "Verifikator", "passphrase": OFFICER});
        let reply =
            self.client.post(self.url("/sign-in")).json_body(&body).header("Origin", self.origin()).send().await;
        let reply = reply.unwrap();
        assert!(reply.status().is_success(), "sign-in: {}", reply.status());
        let cookie = reply.headers().get("set-cookie").unwrap().to_str().unwrap();
        self.cookie = cookie.split(';').next().unwrap().to_owned();
    }

    /// Address of the district with `http://`.
    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}/officer/api{path}", self.address)
    }

    /// Numbers of what is at the district, oldest first.
    pub async fn numbers(&self) -> Vec<String> {
        let found = self.client.get(self.url("/applications?text=")).header("Cookie", &self.cookie);
        let found: Value = serde_json::from_str(&found.send().await.unwrap().text().await.unwrap()).unwrap();
        found["rows"].as_array().unwrap().iter().map(|r| r["number"].as_str().unwrap().to_owned()).collect()
    }

    /// The officer answers the complaint of this kind that waits.
    pub async fn answered(&self, kind: &str, words: &str) {
        let found = self.client.get(self.url("/complaints")).header("Cookie", &self.cookie);
        let found: Value = serde_json::from_str(&found.send().await.unwrap().text().await.unwrap()).unwrap();
        let row = found.as_array().unwrap().iter().find(|r| r["kind"] == kind);
        let id = row.unwrap_or_else(|| panic!("{kind} is not at the Dinas: {found}"))["id"].as_str().unwrap();
        let call = self.client.post(self.url(&format!("/complaints/{id}/answer"))).json_body(&json!({"words": words}));
        let reply = call.header("Cookie", &self.cookie).header("Origin", self.origin()).send().await.unwrap();
        assert!(reply.status().is_success(), "{}", reply.status());
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

/// Whether scans go with their applications.
#[derive(Debug, Clone, Copy)]
pub enum Scans {
    Too,
    Later,
}

/// A road that is too slow for scans when it is told so.
struct Slow(Http, Scans);
impl Road for Slow {
    fn carry(&self, call: Call) -> Pin<Box<dyn Future<Output = Result<Reply, Problem>> + Send + '_>> {
        match (self.1, call.path.starts_with("/v1/blobs")) {
            (Scans::Later, true) => Box::pin(async { Err(Problem::new("offline")) }),
            _ => self.0.carry(call),
        }
    }
}

/// Whether something answers.
#[derive(Debug, Clone, Copy)]
pub enum Answers {
    Always,
    Never,
}

/// What stands at the district's address until it is sent away.
pub struct Stranger(tokio::task::JoinHandle<()>);

impl Stranger {
    /// Leaves the address to the next, and its callers without an answer.
    pub async fn leaves(self) {
        self.0.abort();
        let _ = self.0.await;
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
