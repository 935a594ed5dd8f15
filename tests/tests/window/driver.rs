//! Drives the real window over WebDriver with the keyboard alone: counts every key, takes pictures, runs axe.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

pub const ENTER: &str = "\u{E006}";
pub const ESCAPE: &str = "\u{E00C}";
pub const TAB: &str = "\u{E004}";
pub const SPACE: &str = " ";
pub const DOWN: &str = "\u{E015}";
pub const CTRL: &str = "\u{E009}";
pub const ALT: &str = "\u{E00A}";
/// F1 is E031, F2 is E032, and so on (WebDriver, table of keys).
pub fn f(number: u32) -> String {
    char::from_u32(0xE030 + number).unwrap().to_string()
}
/// Longest wait for anything to show: the debug program on a loaded machine stays well below.
const WAIT_MS: u32 = 15_000;
/// A call that takes longer hangs, and the test says which.
const CALL_MAX: Duration = Duration::from_secs(40);
/// axe with every rule this window is held to (ux.md 5.2).
const AXE: &str = "const done = arguments[0];
    axe.run(document, {runOnly: {type: 'tag', values: ['wcag2a','wcag2aa','wcag21a','wcag21aa','wcag22aa','wcag2aaa','best-practice']},
      rules: {'color-contrast-enhanced': {enabled: true}, 'target-size': {enabled: true}}})
      .then(r => done(r.violations.map(v => v.id + ': ' + v.nodes.slice(0, 4).map(n => n.target.join(' ') + ' ' + (n.any[0]?.message ?? n.all[0]?.message ?? n.none[0]?.message ?? '')).join(' | '))), e => done([String(e)]));";

/// A child that ends with the test.
pub struct Ends(pub Child);
impl Drop for Ends {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

pub fn program(name: &str) -> PathBuf {
    // target/debug/deps/window-… → target/debug/name
    std::env::current_exe().unwrap().parent().unwrap().parent().unwrap().join(name)
}

pub struct Window {
    client: reqwest::Client,
    session: String,
    axe: String,
    /// Keys pressed since the last [`Window::count`].
    pressed: Cell<usize>,
    _driver: Ends,
}

impl Window {
    /// Opens the program on a data folder; `tools` comes first in its PATH (a printer made for the test).
    pub async fn open(data: &Path, tools: &Path) -> Window {
        // The driver has no "any port"; the system gives one that was free a moment ago.
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let path = format!("{}:{}", tools.display(), std::env::var("PATH").unwrap());
        let driver = Command::new("WebKitWebDriver")
            .args([format!("--port={port}"), "--host=127.0.0.1".into()])
            .env("TAURI_WEBVIEW_AUTOMATION", "true")
            .env("JUKUNG_DATA", data)
            .env("HOME", tools)
            .env("PATH", path)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("WebKitWebDriver is missing: apt install webkit2gtk-driver");
        let client = reqwest::Client::builder().timeout(CALL_MAX).build().unwrap();
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
        let answer = tokio::time::timeout(Duration::from_secs(30), first_answer).await.expect("the driver answers");
        let answer: Value = serde_json::from_str(&answer).unwrap();
        let id = answer["value"]["sessionId"].as_str().unwrap_or_else(|| panic!("no session: {answer}")).to_owned();
        let axe = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ui/node_modules/axe-core/axe.min.js");
        let axe = std::fs::read_to_string(axe).expect("axe-core is installed: npm ci in ui/");
        Window { client, session: format!("{base}/session/{id}"), axe, pressed: Cell::new(0), _driver: Ends(driver) }
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        let reply = self.client.post(format!("{}{path}", self.session)).body(body.to_string()).send().await;
        let text = reply.unwrap_or_else(|e| panic!("{path} {body}: {e}")).text().await.unwrap();
        let value: Value = serde_json::from_str(&text).unwrap();
        assert!(value["value"]["error"].is_null(), "{path} {body}: {value}");
        value["value"].clone()
    }

    pub async fn js(&self, script: &str) -> Value {
        self.post("/execute/sync", json!({"script": script, "args": []})).await
    }

    /// Waits until `condition` holds in the page.
    pub async fn until(&self, condition: &str) {
        let script = format!(
            "const done = arguments[0]; const end = performance.now() + {WAIT_MS};
             const look = () => {{ let ok = false; try {{ ok = !!({condition}); }} catch {{}} if (ok || performance.now() > end) done(ok); else setTimeout(look, 20); }}; look();"
        );
        let held = self.post("/execute/async", json!({"script": script, "args": []})).await;
        if held != json!(true) {
            self.picture("waited-in-vain").await;
            let text = self
                .js("return document.body.innerText + '\\n[focus] ' + document.activeElement.outerHTML.slice(0, 200)")
                .await;
            panic!("waited in vain for {condition}; the window shows:\n{}", text.as_str().unwrap_or_default());
        }
    }

    pub async fn shows(&self, text: &str) {
        self.until(&format!("document.body.innerText.includes({})", json!(text))).await;
    }

    pub async fn title(&self, text: &str) {
        self.until(&format!("document.querySelector('h1')?.textContent.includes({})", json!(text))).await;
    }

    /// Waits until the box with this id has the cursor.
    pub async fn at(&self, id: &str) {
        self.until(&format!("document.activeElement.id === {}", json!(id))).await;
    }

    async fn act(&self, actions: Vec<Value>) {
        self.post("/actions", json!({"actions": [{"type": "key", "id": "keys", "actions": actions}]})).await;
    }

    /// Presses keys one after another, as a keyboard does.
    pub async fn press(&self, keys: &str) {
        let mut actions = Vec::new();
        for key in keys.chars() {
            self.pressed.set(self.pressed.get() + 1);
            actions.push(json!({"type": "keyDown", "value": key.to_string()}));
            actions.push(json!({"type": "keyUp", "value": key.to_string()}));
        }
        self.act(actions).await;
    }

    /// Holds one key while another is pressed; counts as two.
    pub async fn chord(&self, held: &str, key: &str) {
        self.pressed.set(self.pressed.get() + 2);
        let step = |what: &str, key: &str| json!({"type": what, "value": key});
        self.act(vec![step("keyDown", held), step("keyDown", key), step("keyUp", key), step("keyUp", held)]).await;
    }

    /// Keys pressed since this was last asked.
    pub fn count(&self) -> usize {
        self.pressed.replace(0)
    }

    /// Tabs until the focus is on what `selector` names, at most `most` times.
    pub async fn tab_to(&self, selector: &str, most: usize) {
        for _ in 0..most {
            if self.js(&format!("return document.activeElement.matches({})", json!(selector))).await == json!(true) {
                return;
            }
            self.press(TAB).await;
        }
        panic!("{selector} was not reached with {most} tabs");
    }

    /// Goes to the first row of a list with the arrow key, which works from anywhere on its screen.
    pub async fn down_to(&self, selector: &str) {
        self.until(&format!("document.querySelector({})", json!(selector))).await;
        self.press(DOWN).await;
        self.until(&format!("document.activeElement.matches({})", json!(selector))).await;
    }

    /// Chooses a file in the box with this id: what F9 and Enter are at a counter with a scanner, counted as two keys.
    pub async fn choose(&self, id: &str, file: &Path) {
        self.until(&format!("document.getElementById({})", json!(id))).await;
        self.pressed.set(self.pressed.get() + 2);
        let found = self.post("/element", json!({"using": "css selector", "value": format!("[id=\"{id}\"]")})).await;
        let element = found.as_object().unwrap().values().next().unwrap().as_str().unwrap().to_owned();
        self.post(&format!("/element/{element}/value"), json!({"text": file.display().to_string()})).await;
    }

    /// Leaves a picture in the folder JUKUNG_SCREENS names, if it names one.
    pub async fn picture(&self, name: &str) {
        let Ok(folder) = std::env::var("JUKUNG_SCREENS") else { return };
        let reply = self.client.get(format!("{}/screenshot", self.session)).send().await.unwrap();
        let value: Value = serde_json::from_str(&reply.text().await.unwrap()).unwrap();
        let png = STANDARD.decode(value["value"].as_str().unwrap()).unwrap();
        std::fs::write(Path::new(&folder).join(format!("{name}.png")), png).unwrap();
    }

    /// Looks at a screen in both themes: axe finds nothing, nothing is wider than the window; leaves its pictures.
    pub async fn look(&self, name: &str) {
        let theme = self.js("return document.documentElement.dataset.theme || ''").await;
        // Not through eval: the page's own policy forbids that, and WebDriver's scripts stand outside it.
        if self.js("return !window.axe").await == json!(true) {
            self.js(&self.axe).await;
        }
        self.until("[...document.images].every(i => i.complete && i.naturalWidth)").await;
        for now in ["light", "contrast"] {
            self.js(&format!("document.documentElement.dataset.theme = '{now}'")).await;
            let found = self.post("/execute/async", json!({"script": AXE, "args": []})).await;
            self.picture(&if now == "light" { name.to_owned() } else { format!("{name}-contrast") }).await;
            assert_eq!(found, json!([]), "axe at {name} ({now})");
        }
        self.js(&format!("document.documentElement.dataset.theme = {theme}")).await;
        let wide = self.js("return document.documentElement.scrollWidth - document.documentElement.clientWidth").await;
        assert_eq!(wide, json!(0), "{name} is wider than the window");
    }

    /// How many pixels the page is longer than the window.
    pub async fn overflow(&self) -> i64 {
        let over = self.js("return document.documentElement.scrollHeight - innerHeight").await;
        over.as_i64().unwrap_or(0)
    }

    /// Ends the program as a power cut would: no warning, no time to save.
    pub fn kill(self) {
        // The child of this very driver, not another window from the same build.
        let driver = self._driver.0.id().to_string();
        let ended = Command::new("pkill").args(["-KILL", "-x", "jukung", "-P", &driver]).status().unwrap();
        assert!(ended.success(), "no window was there to kill");
    }

    pub async fn close(self) {
        let _ = self.client.delete(&self.session).send().await;
    }
}
