//! Drives the real window over WebDriver with the keyboard alone: counts every key, takes pictures, runs axe.

use crate::axe;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jukung_tests::served::{Ends, program};
use serde_json::{Value, json};
use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

pub const ENTER: &str = "\u{E006}";
pub const ESCAPE: &str = "\u{E00C}";
pub const TAB: &str = "\u{E004}";
pub const SPACE: &str = " ";
pub const BACKSPACE: &str = "\u{E003}";
pub const LEFT: &str = "\u{E012}";
pub const RIGHT: &str = "\u{E014}";
pub const DOWN: &str = "\u{E015}";
pub const CTRL: &str = "\u{E009}";
pub const ALT: &str = "\u{E00A}";
/// F1 is E031, F2 is E032, and so on (WebDriver, table of keys).
pub fn f(number: u32) -> String {
    char::from_u32(0xE030 + number).unwrap().to_string()
}
/// Longest wait for anything to show: the debug program on a loaded machine stays well below.
const WAIT_MS: u32 = 15_000;
/// Names the file that the driver and the window write into.
const LOG: &str = "JUKUNG_TEST_LOG";
/// A call that takes longer hangs, and the test says which. A web view that opens a camera while two others work stood still
/// for 40 s once.
const CALL_MAX: Duration = Duration::from_secs(90);
/// The letters of WCAG 1.4.12, without a style element, which the page's own policy forbids.
const SPACING: &str = "const sheet = new CSSStyleSheet();
    sheet.replaceSync('* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important; } p { margin-bottom: 2em !important; }');
    document.adoptedStyleSheets = arguments[0] ? [sheet] : [];";
/// Text that does not fit where it stands: what hides its overflow and has some, and words that stick out of their button.
const CLIPPED: &str = "return [...document.querySelectorAll('body *')].filter(e => e.innerText?.trim() && e.checkVisibility() && !e.closest('svg')).filter(e => {
      const style = getComputedStyle(e), box = e.getBoundingClientRect();
      const hides = (axis) => ['hidden', 'clip'].includes(style['overflow' + axis]);
      if (box.width <= 1 || style.display === 'inline') return false;
      const out = [e.scrollWidth - e.clientWidth, e.scrollHeight - e.clientHeight];
      const part = ['BUTTON', 'SELECT'].includes(e.tagName) || e.matches('.button, .card, td, th');
      return (out[0] > 1 && (part || hides('X'))) || (out[1] > 1 && (part || hides('Y')));
    }).map(e => e.outerHTML.slice(0, 120));";
/// What takes the keyboard and is then under something else (a footer, the top bar).
const COVERED: &str = "const at = document.activeElement, out = [];
    for (const e of document.querySelectorAll('main :is(button, input, select, textarea, a[href])')) {
      if (e.disabled || !e.checkVisibility() || e.type === 'file') continue;
      e.focus(); e.scrollIntoView({block: 'nearest', behavior: 'instant'});
      const box = e.getBoundingClientRect(), top = document.elementFromPoint(box.left + box.width / 2, box.top + Math.min(box.height, innerHeight) / 2);
      if (!top || !(e.contains(top) || top.contains(e) || e.labels?.[0]?.contains(top))) out.push(e.outerHTML.slice(0, 120) + ' under ' + top?.outerHTML.slice(0, 60));
    }
    at?.focus?.(); return out;";

pub struct Window {
    client: reqwest::Client,
    session: String,
    axe: String,
    /// Keys pressed since the last [`Window::count`].
    pressed: Cell<usize>,
    /// States looked at.
    seen: RefCell<BTreeSet<String>>,
    /// A browser with bars of its own around the page.
    browser: bool,
    /// The display that it stands on.
    display: String,
    _driver: Ends,
}

impl Window {
    /// Opens the program on a data folder; `tools` comes first in its PATH (a printer made for the test).
    pub async fn open(data: &Path, tools: &Path) -> Window {
        Window::run(&program("jukung"), &[], data, tools, &[]).await
    }

    /// The same with more of an environment, and what it says in a file.
    pub async fn open_logged(data: &Path, tools: &Path, told: &[(&str, &str)], log: &Path) -> Window {
        let log = log.display().to_string();
        let told = [told, &[(LOG, log.as_str())]].concat();
        Window::run(&program("jukung"), &[], data, tools, &told).await
    }

    /// The same on a display of its own, with the resident's screen at this place of it.
    pub async fn open_beside(display: &str, residents: &str, data: &Path, tools: &Path) -> Window {
        let told = [("DISPLAY", display), ("JUKUNG_RESIDENT_SCREEN", residents)];
        Window::run(&program("jukung"), &[], data, tools, &told).await
    }

    /// Opens a page in WebKitGTK's own small browser: what the officers of the Dinas have, as far as the engine goes.
    pub async fn browse(url: &str, tools: &Path) -> Window {
        let found = ["x86_64", "aarch64"].map(|cpu| format!("/usr/lib/{cpu}-linux-gnu/webkit2gtk-4.1/MiniBrowser"));
        let browser = found.iter().map(Path::new).find(|p| p.exists());
        let browser = browser.expect("MiniBrowser is missing: apt install webkit2gtk-driver libwebkit2gtk-4.1-0");
        let window = Window::run(browser, &["--automation"], tools, tools, &[]).await;
        window.post("/url", json!({"url": url})).await;
        window
    }

    async fn run(binary: &Path, arguments: &[&str], data: &Path, tools: &Path, told: &[(&str, &str)]) -> Window {
        // The driver has no "any port"; the system gives one that was free a moment ago.
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let path = format!("{}:{}", tools.display(), std::env::var("PATH").unwrap());
        let said = |name: &&(&str, &str)| name.0 == LOG;
        let log = || {
            told.iter().find(said).map_or(Stdio::null(), |(_, log)| {
                std::fs::File::options().create(true).append(true).open(log).unwrap().into()
            })
        };
        let driver = Command::new("WebKitWebDriver")
            .args([format!("--port={port}"), "--host=127.0.0.1".into()])
            .env("TAURI_WEBVIEW_AUTOMATION", "true")
            .env("JUKUNG_DATA", data)
            .env("HOME", tools)
            .env("PATH", path)
            // The bus of this screen stands for the system's: no other computer's sleep is heard.
            .env("DBUS_SYSTEM_BUS_ADDRESS", std::env::var_os("DBUS_SESSION_BUS_ADDRESS").unwrap_or_default())
            .envs(told.iter().copied())
            .stdout(log())
            .stderr(log())
            .spawn()
            .expect("WebKitWebDriver is missing: apt install webkit2gtk-driver");
        let client = reqwest::Client::builder().timeout(CALL_MAX).build().unwrap();
        let base = format!("http://127.0.0.1:{port}");
        let options = json!({"binary": binary, "args": arguments});
        let wanted = json!({"capabilities": {"alwaysMatch": {"webkitgtk:browserOptions": options}}});
        // Asked again until it answers: a bound on the whole, no guess at how long a start takes.
        let first_answer = async {
            loop {
                if let Ok(reply) = client.post(format!("{base}/session")).body(wanted.to_string()).send().await {
                    return reply.text().await.unwrap();
                }
            }
        };
        let answer = tokio::time::timeout(CALL_MAX, first_answer).await.expect("the driver answers");
        let answer: Value = serde_json::from_str(&answer).unwrap();
        let id = answer["value"]["sessionId"].as_str().unwrap_or_else(|| panic!("no session: {answer}")).to_owned();
        let axe = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ui/node_modules/axe-core/axe.min.js");
        let axe = std::fs::read_to_string(axe).expect("axe-core is installed: npm ci in ui/");
        let session = format!("{base}/session/{id}");
        let own = told.iter().find(|(name, _)| *name == "DISPLAY").map(|(_, display)| (*display).to_owned());
        let display = own.or_else(|| std::env::var("DISPLAY").ok()).unwrap_or_default();
        Window {
            client,
            session,
            axe,
            pressed: Cell::new(0),
            seen: RefCell::default(),
            browser: !arguments.is_empty(),
            display,
            _driver: Ends(driver),
        }
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        let value = self.told(path, &body).await;
        assert!(value["error"].is_null(), "{path} {body}: {value}");
        value
    }

    async fn told(&self, path: &str, body: &Value) -> Value {
        let reply = self.client.post(format!("{}{path}", self.session)).body(body.to_string()).send().await;
        let text = reply.unwrap_or_else(|e| panic!("{path} {body}: {e:?}")).text().await.unwrap();
        let value: Value = serde_json::from_str(&text).unwrap();
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
        let body = json!({"script": script, "args": []});
        // A page that is left takes the question along: the next one is asked.
        let held = loop {
            let told = self.told("/execute/async", &body).await;
            let left = told["error"] == json!("no such frame") && told["message"].to_string().contains("unload");
            if !left {
                assert!(told["error"].is_null(), "waiting for {condition}: {told}");
                break told;
            }
        };
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
        // A picture is of what was painted last, maybe the page before. A frame begins when the one before was painted.
        let painted = "const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(() => requestAnimationFrame(() => done(true))));";
        self.post("/execute/async", json!({"script": painted, "args": []})).await;
        let file = Path::new(&folder).join(format!("{name}.png"));
        if self.browser {
            let reply = self.client.get(format!("{}/screenshot", self.session)).send().await.unwrap();
            let value: Value = serde_json::from_str(&reply.text().await.unwrap()).unwrap();
            std::fs::write(file, STANDARD.decode(value["value"].as_str().unwrap()).unwrap()).unwrap();
            return;
        }
        // From the screen: a window painted by the processor sometimes never answers WebDriver's question for one.
        let size = self.js("return innerWidth + 'x' + innerHeight + '+0+0'").await;
        let mut import = Command::new("import");
        import
            .args(["-display", &self.display, "-window", "root", "-crop", size.as_str().unwrap(), "+repage"])
            .arg(file);
        assert!(import.status().expect("import is missing: apt install imagemagick").success());
    }

    /// Looks at a screen in both themes: axe finds nothing and leaves nothing undecided that nobody reviewed, nothing is
    /// wider than the window; leaves its pictures.
    pub async fn look(&self, name: &str) {
        self.seen.borrow_mut().insert(name.to_owned());
        let theme = self.js("return document.documentElement.dataset.theme || ''").await;
        // Not through eval: the page's own policy forbids that, and WebDriver's scripts stand outside it.
        if self.js("return !window.axe").await == json!(true) {
            self.js(&self.axe).await;
        }
        self.until("[...document.images].every(i => i.complete && i.naturalWidth)").await;
        for now in ["light", "contrast"] {
            self.js(&format!("document.documentElement.dataset.theme = '{now}'")).await;
            let found = self.post("/execute/async", json!({"script": axe::RUN, "args": []})).await;
            self.picture(&if now == "light" { name.to_owned() } else { format!("{name}-contrast") }).await;
            assert_eq!(found[0], json!([]), "axe at {name} ({now})");
            let open: Vec<&str> = found[1].as_array().unwrap().iter().filter_map(Value::as_str).collect();
            let open: Vec<&str> = open.into_iter().filter(|told| !axe::decided(told, name)).collect();
            assert_eq!(open, Vec::<&str>::new(), "axe could not decide at {name} ({now}), and nobody did");
        }
        self.js(&format!("document.documentElement.dataset.theme = {theme}")).await;
        let wide = self.js("return document.documentElement.scrollWidth - document.documentElement.clientWidth").await;
        assert_eq!(wide, json!(0), "{name} is wider than the window");
    }

    /// The states that were looked at are exactly those the table names.
    pub fn saw<S: AsRef<str>>(&self, names: &[S]) {
        let wanted: BTreeSet<String> = names.iter().map(|n| n.as_ref().to_owned()).collect();
        assert_eq!(*self.seen.borrow(), wanted, "states looked at, and states of the table");
    }

    /// Gives the page this size in CSS pixels.
    pub async fn resize(&self, wide: u32, high: u32) {
        self.post("/window/rect", json!({"width": wide, "height": high})).await;
        self.until(&format!("innerWidth === {wide} && innerHeight === {high}")).await;
    }

    /// Gives the window of a browser about this size: its own bars take some of the height.
    pub async fn rect(&self, wide: u32, high: u32) {
        self.post("/window/rect", json!({"width": wide, "height": high})).await;
    }

    /// Looks at a screen whose letters grew or whose window shrank: no sideways scroll, and nothing that takes the
    /// keyboard is under something else.
    pub async fn fits(&self, name: &str) {
        self.look(name).await;
        assert_eq!(self.js(COVERED).await, json!([]), "covered at {name}");
    }

    /// With the spacing of WCAG 1.4.12 no text is cut and the page is no wider than the window.
    pub async fn spaced(&self, name: &str) {
        self.seen.borrow_mut().insert(name.to_owned());
        self.post("/execute/sync", json!({"script": SPACING, "args": [true]})).await;
        self.picture(name).await;
        let cut = self.js(CLIPPED).await;
        let wide = self.js("return document.documentElement.scrollWidth - document.documentElement.clientWidth").await;
        self.post("/execute/sync", json!({"script": SPACING, "args": [false]})).await;
        assert_eq!((cut, wide), (json!([]), json!(0)), "text spacing at {name}");
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

    /// Ends a browser's session with every server.
    pub async fn forget_cookies(&self) {
        self.client.delete(format!("{}/cookie", self.session)).send().await.unwrap();
    }

    pub async fn close(self) {
        let _ = self.client.delete(&self.session).send().await;
    }
}
