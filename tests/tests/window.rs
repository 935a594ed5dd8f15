//! The real window under Xvfb, driven by WebDriver with the keyboard: from sign-in over F2 into the form, offline. With JUKUNG_SCREENS=DIR it also leaves a picture of every screen it passes.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails right here")]

use jukung_office::Office;
use jukung_office::edge::Edge;
use jukung_office::enrol::{Enrolment, enrol};
use jukung_office::road::Http;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

const PASSPHRASE: &str = "sungai tapin perahu jukung";
const ENTER: &str = "\u{E006}";
const F2: &str = "\u{E032}";

/// A child that ends with the test.
struct Ends(Child);
impl Drop for Ends {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn program(name: &str) -> PathBuf {
    // target/debug/deps/window-… → target/debug/name
    std::env::current_exe().unwrap().parent().unwrap().parent().unwrap().join(name)
}

struct Window {
    client: reqwest::Client,
    session: String,
    _driver: Ends,
}

impl Window {
    async fn open(data: &Path) -> Window {
        let port = 4800 + std::process::id() % 200;
        let driver = Command::new("WebKitWebDriver")
            .args([format!("--port={port}"), "--host=127.0.0.1".into()])
            .env("TAURI_WEBVIEW_AUTOMATION", "true")
            .env("WEBKIT_DISABLE_DMABUF_RENDERER", "1")
            .env("JUKUNG_DATA", data)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("WebKitWebDriver is missing: apt install webkit2gtk-driver");
        let client = reqwest::Client::new();
        let base = format!("http://127.0.0.1:{port}");
        let wanted = json!({"capabilities": {"alwaysMatch": {"webkitgtk:browserOptions": {"binary": program("jukung"), "args": []}}}});
        // Asked again until it answers: a bound on the whole, no guess at how long a start takes.
        let first_answer = async {
            loop {
                if let Ok(reply) = client.post(format!("{base}/session")).body(wanted.to_string()).send().await {
                    return reply.text().await.unwrap();
                }
            }
        };
        let answer = tokio::time::timeout(Duration::from_secs(20), first_answer).await.expect("the driver answers");
        let answer: Value = serde_json::from_str(&answer).unwrap();
        let id = answer["value"]["sessionId"].as_str().unwrap_or_else(|| panic!("no session: {answer}")).to_owned();
        Window { client, session: format!("{base}/session/{id}"), _driver: Ends(driver) }
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        let reply = self.client.post(format!("{}{path}", self.session)).body(body.to_string()).send().await.unwrap();
        let value: Value = serde_json::from_str(&reply.text().await.unwrap()).unwrap();
        value["value"].clone()
    }

    async fn js(&self, script: &str) -> Value {
        self.post("/execute/sync", json!({"script": script, "args": []})).await
    }

    /// Waits until `condition` holds in the page, at most ten seconds.
    async fn until(&self, condition: &str) {
        let script = format!(
            "const done = arguments[0]; const end = performance.now() + 10000;
             const look = () => {{ let ok = false; try {{ ok = {condition}; }} catch {{}} if (ok || performance.now() > end) done(ok); else requestAnimationFrame(look); }}; look();"
        );
        let held = self.post("/execute/async", json!({"script": script, "args": []})).await;
        let text = self.js("return document.body.innerText").await;
        assert_eq!(held, json!(true), "waited in vain for {condition}; the window shows:\n{text}");
    }

    /// Presses keys one after another, as a keyboard does.
    async fn press(&self, keys: &str) {
        let mut actions = Vec::new();
        for key in keys.chars() {
            actions.push(json!({"type": "keyDown", "value": key.to_string()}));
            actions.push(json!({"type": "keyUp", "value": key.to_string()}));
        }
        self.post("/actions", json!({"actions": [{"type": "key", "id": "keys", "actions": actions}]})).await;
    }

    async fn focus(&self, selector: &str) {
        self.until(&format!("!!document.querySelector('{selector}')")).await;
        self.js(&format!("document.querySelector('{selector}').focus()")).await;
    }

    async fn picture(&self, name: &str) {
        let Ok(folder) = std::env::var("JUKUNG_SCREENS") else { return };
        let reply = self.client.get(format!("{}/screenshot", self.session)).send().await.unwrap();
        let value: Value = serde_json::from_str(&reply.text().await.unwrap()).unwrap();
        let file = Path::new(&folder).join(format!("{name}.b64"));
        std::fs::write(file, value["value"].as_str().unwrap()).unwrap();
    }
}

async fn enrolled(folder: &Path) -> PathBuf {
    let district = folder.join("district");
    let run = |args: &[&str]| {
        let done = Command::new(program("jukung-district")).args(args).output().unwrap();
        String::from_utf8(done.stdout).unwrap().trim().to_owned()
    };
    let code = run(&["enrol", "--data", &district.display().to_string(), "--office", "63.05.04.1004"]);
    let listen = format!("127.0.0.1:{}", 5000 + std::process::id() % 1000);
    let server = Command::new(program("jukung-district"))
        .args(["serve", "--data", &district.display().to_string(), "--listen", &listen])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut server = Ends(server);
    let mut line = String::new();
    std::io::BufRead::read_line(&mut std::io::BufReader::new(server.0.stdout.take().unwrap()), &mut line).unwrap();
    let data = folder.join("office");
    let url = format!("http://{listen}");
    let mut who = Enrolment::new(&url, &code, "Rahmah", PASSPHRASE);
    who.memory_kib = 8 * 1024;
    enrol(&data, &Edge::system(), &Http::new(&url).unwrap(), &who).await.unwrap();
    // The server ends here: from now on the cable is out.
    data
}

#[tokio::test]
async fn what_is_typed_in_the_window_is_kept_without_a_save_button() {
    let folder = tempfile::tempdir().unwrap();
    let data = enrolled(folder.path()).await;
    let w = Window::open(&data).await;
    w.focus("#passphrase").await;
    w.press(PASSPHRASE).await;
    w.press(ENTER).await;
    w.until("document.querySelector('h1')?.textContent === 'Antrean'").await;
    w.press(F2).await;
    w.focus("#service").await;
    w.press("rusak").await;
    w.until("document.querySelectorAll('.services button').length === 2").await;
    w.focus("[data-testid=KTP_DAMAGED]").await;
    w.press(ENTER).await;
    w.focus("#applicant-name").await;
    w.press(&format!("Halimah Contoh{ENTER}6305044107489901{ENTER}6305041203079901{ENTER}01071948{ENTER}")).await;
    w.until("document.querySelector('#applicant-birthDate-year')?.value === '1948'").await;
    w.until("document.querySelector('footer [role=status]')?.textContent.startsWith('Tersimpan')").await;
    w.picture("form").await;
    w.client.delete(&w.session).send().await.unwrap();
    drop(w);
    let office = Office::open(&data, "", PASSPHRASE, Edge::system()).unwrap();
    let row = office.queue("draft", 0).unwrap().rows.remove(0);
    let fields = office.open_draft(&row.id).unwrap().application.fields;
    assert_eq!(
        (fields["applicant.nik"].as_str(), fields["applicant.birthDate"].as_str()),
        ("6305044107489901", "1948-07-01")
    );
}
