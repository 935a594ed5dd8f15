//! What both programs do in the test of the points: the real `jukung-office` and `jukung-district`, as people start them.

#[path = "destroy.rs"]
mod destroy;

use crate::{PASSPHRASE, enrolled, look, runtime, worker};
use jukung_ledger::{Db, params, point};
use jukung_office::edge::Edge;
use jukung_office::road::Http;
use jukung_office::tls::Trusted;
use jukung_office::{Office, home};
use jukung_tests::served::{self, Ends, program};
use serde_json::json;
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// Tells every point that is passed.
const TOLD: &str = "error,jukung_ledger::point=trace";

/// One thing that a program does.
pub struct Scene {
    pub name: &'static str,
    /// Makes that there is something to do.
    pub ready: fn(&mut World),
    /// Does it, or goes on with it when it was cut; with a point to die at.
    pub act: fn(&mut World, Option<&str>) -> Ran,
}

const fn scene(name: &'static str, ready: fn(&mut World), act: fn(&mut World, Option<&str>) -> Ran) -> Scene {
    Scene { name, ready, act }
}

/// Where `jukung-office` dies.
pub const OFFICE: [Scene; 10] = [
    scene("handing in", World::somebody, World::hand_in),
    scene("printing", World::handed_in, |w, die| w.office(&["print", &w.number()], die)),
    scene("sending", World::handed_in, |w, die| w.office(&["sync"], die)),
    scene("sending a cut scan", World::cut_scan, |w, die| w.office(&["sync"], die)),
    scene("sending at night", World::handed_in, |w, die| w.office(&["sync", "--unattended"], die)),
    scene("a stick", World::handed_in, World::stick_out),
    scene("the day's copy", World::no_copy, |w, die| w.office(&["status"], die)),
    scene("a backup", World::handed_in, World::back_up),
    scene("letting scans go", World::closed, |w, die| w.office(&["status"], die)),
    scene("mending", World::broken, World::mend),
];

/// Where `jukung-district` dies.
pub const DISTRICT: [Scene; 9] = [
    scene("a first start", World::nothing, World::first_start),
    scene("taking in", World::handed_in, |w, die| w.serving(die, |w| w.office(&["sync"], None))),
    scene("taking in a night", World::handed_in, |w, die| {
        w.serving(die, |w| w.office(&["sync", "--unattended"], None))
    }),
    scene("deciding", World::sent, |w, die| w.serving(die, World::decide)),
    scene("enrolling", World::invited, |w, die| w.serving(die, World::enrol)),
    scene("taking in a stick", World::stick_brought, |w, die| w.district(&["courier", "in", &w.stick()], die)),
    scene("answers on a stick", World::stick_taken, |w, die| w.district(&["courier", "out", &w.stick()], die)),
    scene("a backup", World::sent, World::back_up_district),
    scene("destroying by rule", World::long_closed, |w, die| w.serving(die, World::destroy)),
];

/// How a program ended.
#[derive(Default)]
pub struct Ran {
    pub said: String,
    pub well: bool,
    pub died: bool,
    pub log: String,
}

impl Ran {
    /// The points it passed, and how often.
    pub fn passed(&self) -> BTreeMap<String, u32> {
        let mut all = BTreeMap::new();
        for name in self.log.lines().filter_map(|line| line.split("passes ").nth(1)) {
            *all.entry(name.trim().to_owned()).or_default() += 1;
        }
        all
    }
}

/// A counter and its district, and what the clerk was told.
pub struct World {
    folder: tempfile::TempDir,
    server: Option<Ends>,
    address: String,
    key: [u8; 32],
    /// The number told for each resident; empty while it was not told.
    told: BTreeMap<String, String>,
    resident: String,
    n: u64,
    code: String,
}

impl World {
    pub fn new() -> World {
        let folder = tempfile::tempdir().unwrap();
        let (server, data, url) = enrolled(folder.path());
        let key = *home::card(&data).unwrap().unwrap().slots[0].open(PASSPHRASE).unwrap().keys.database;
        let _ = served::district(&folder.path().join("district"), &["officer", "--name", "Verifikator"]);
        let address = url.trim_start_matches("http://").to_owned();
        let mut world = World {
            folder,
            server: Some(server),
            address,
            key,
            told: BTreeMap::new(),
            resident: String::new(),
            n: 0,
            code: String::new(),
        };
        // The first answer brings what a stick and the nights need.
        assert!(world.office(&["sync"], None).well);
        world.handed_in();
        world
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn run(&self, name: &str, arguments: &[&str], die: Option<&str>) -> Ran {
        let mut command = Command::new(program(name));
        command.args(arguments).env("JUKUNG_PASSPHRASE", PASSPHRASE).env("JUKUNG_OFFICER_PASSPHRASE", served::OFFICER);
        command.env_remove("JUKUNG_REGIONS").env("RUST_LOG", TOLD).envs(die.map(|die| (point::DIE_AT, die)));
        let done = command.output().expect("the programs are built: cargo build --workspace --bins");
        Ran {
            said: String::from_utf8_lossy(&done.stdout).into_owned(),
            well: done.status.success(),
            died: done.status.code().is_none(),
            log: String::from_utf8_lossy(&done.stderr).into_owned(),
        }
    }

    fn office(&self, arguments: &[&str], die: Option<&str>) -> Ran {
        let data = self.path("office").display().to_string();
        self.run("jukung-office", &[&["--data", &data][..], arguments].concat(), die)
    }

    fn district(&self, arguments: &[&str], die: Option<&str>) -> Ran {
        let data = self.path("district").display().to_string();
        self.run("jukung-district", &[arguments, &["--data", &data][..]].concat(), die)
    }

    /// Somebody comes with a damaged card: their answers and a photo of their own as files.
    fn somebody(&mut self) {
        self.n += 1;
        let (answers, photo) = (BTreeMap::from_iter(worker::answers(self.n)), self.path(&format!("{}.bmp", self.n)));
        self.resident.clone_from(&answers["applicant.name"]);
        fs::write(&photo, worker::photo(self.n, worker::Grain::Fine)).unwrap();
        let application = json!({
            "service": "KTP_DAMAGED", "fields": answers,
            "attachments": [{"requirement": "ktp_damaged", "file": photo.display().to_string()}],
            "consent": {"text_version": "2026-11", "agreed": true, "news": true, "given_by": "self", "mark": "paper"},
        });
        fs::write(self.path("application.json"), application.to_string()).unwrap();
        self.told.insert(self.resident.clone(), String::new());
    }

    /// Hands in what somebody brought, unless it is there already: whoever was cut looks first.
    fn hand_in(&mut self, die: Option<&str>) -> Ran {
        let there = if die.is_none() { self.there() } else { Vec::new() };
        match there.as_slice() {
            [] => self.submit(die),
            [number] => {
                self.told.insert(self.resident.clone(), number.clone());
                Ran { well: true, ..Ran::default() }
            }
            more => panic!("{} was handed in as {more:?}", self.resident),
        }
    }

    fn submit(&mut self, die: Option<&str>) -> Ran {
        let ran = self.office(&["submit", &self.path("application.json").display().to_string()], die);
        if let Some(number) = ran.said.lines().find_map(|line| line.strip_prefix("1: ")) {
            self.told.insert(self.resident.clone(), number.trim().to_owned());
        }
        ran
    }

    /// The numbers under the name of who came last, after the program was started again.
    fn there(&self) -> Vec<String> {
        let looked = self.office(&["status"], None);
        assert!(looked.well, "cannot be opened again: {}", looked.said);
        self.numbers(&self.resident)
    }

    fn numbers(&self, name: &str) -> Vec<String> {
        let here = Db::open_untouched(&self.path("office").join("office.db"), Some(&self.key)).unwrap();
        let sql = "SELECT number FROM app WHERE applicant = $1";
        here.read(|tx| tx.query(sql, params![name])?.iter().map(|r| r.text(0)).collect::<Result<_, _>>()).unwrap()
    }

    fn handed_in(&mut self) {
        self.somebody();
        let ran = self.submit(None);
        assert!(ran.well, "{}", ran.said);
    }

    fn number(&self) -> String {
        self.told[&self.resident].clone()
    }

    fn nothing(&mut self) {
        self.n += 1;
    }

    fn sent(&mut self) {
        self.handed_in();
        let ran = self.office(&["sync"], None);
        assert!(ran.well, "{}", ran.said);
    }

    /// A scan whose sending was begun and cut: it goes on in pieces.
    fn cut_scan(&mut self) {
        self.handed_in();
        assert!(self.office(&["sync"], Some("scan.begin")).died);
    }

    /// A withdrawn application that is safe at the Dinas; what may go was not looked for today.
    fn closed(&mut self) {
        self.withdrawn();
        for ran in [self.back_up_district(None), self.office(&["sync"], None)] {
            assert!(ran.well, "{}", ran.said);
        }
        let office = Office::open(&self.path("office"), "", PASSPHRASE, Edge::system()).unwrap();
        office.db().write(|tx| tx.execute("DELETE FROM meta WHERE k = 'forget_day'", &[])).unwrap();
        office.close().unwrap();
    }

    fn no_copy(&mut self) {
        let copies = self.path("office").join("cadangan");
        fs::read_dir(copies).unwrap().for_each(|copy| fs::remove_file(copy.unwrap().path()).unwrap());
    }

    /// Half of the database is gone.
    fn broken(&mut self) {
        self.handed_in();
        let file = self.path("office").join("office.db");
        let bytes = fs::read(&file).unwrap();
        fs::write(&file, &bytes[..bytes.len() / 2]).unwrap();
    }

    /// The next start puts it together; what only the Dinas had comes with the next call.
    fn mend(&mut self, die: Option<&str>) -> Ran {
        let ran = self.office(&["status"], die);
        let fetched = if ran.well { self.office(&["sync"], None) } else { Ran::default() };
        Ran { well: fetched.well, said: ran.said + &fetched.said, ..ran }
    }

    fn stick_out(&mut self, die: Option<&str>) -> Ran {
        let stick = self.path("stick");
        fs::create_dir_all(&stick).unwrap();
        let ran = self.office(&["courier", "out", &stick.display().to_string()], die);
        if ran.well {
            look::finished(&stick, "after a stick");
        }
        ran
    }

    fn back_up(&mut self, die: Option<&str>) -> Ran {
        let to = self.path("backup");
        let ran = self.office(&["backup", "--to", &to.display().to_string()], die);
        if ran.well {
            look::finished(&to, "after a backup");
        }
        ran
    }

    fn back_up_district(&mut self, die: Option<&str>) -> Ran {
        let to = self.path("district-backup");
        let ran = self.district(&["backup", "--to", &to.display().to_string()], die);
        if ran.well {
            look::finished(&to, "after a backup of the district");
        }
        ran
    }

    fn stick(&self) -> String {
        self.path("stick").display().to_string()
    }

    /// What was handed in lies on the stick; the answers of before were read.
    fn stick_brought(&mut self) {
        self.handed_in();
        if self.path("stick").exists() {
            assert!(self.office(&["courier", "in", &self.stick()], None).well);
            fs::remove_dir_all(self.path("stick")).unwrap();
        }
        let written = self.stick_out(None);
        assert!(written.well, "{}", written.said);
    }

    fn stick_taken(&mut self) {
        self.stick_brought();
        let read = self.district(&["courier", "in", &self.stick()], None);
        assert!(read.well, "{}", read.said);
    }

    fn first_start(&mut self, die: Option<&str>) -> Ran {
        let data = self.path(&format!("first-{}", self.n)).display().to_string();
        self.run("jukung-district", &["officer", "--name", "Verifikator", "--data", &data], die)
    }

    /// A code for another computer of the office.
    fn invited(&mut self) {
        self.n += 1;
        self.code = served::code(&self.path("district"));
    }

    fn enrol(&self) -> Ran {
        let data = self.path(&format!("spare-{}", self.n)).display().to_string();
        let server = format!("http://{}", self.address);
        let call = ["--data", &data, "enrol", "--server", &server, "--code", &self.code, "--name", "Rahmah"];
        if self.run("jukung-office", &["--data", &data, "status"], None).well {
            return Ran { well: true, ..Ran::default() };
        }
        self.run("jukung-office", &call, None)
    }

    /// Starts the district anew and lets somebody call it; with a point, it may be the district that dies.
    fn serving(&mut self, die: Option<&str>, call: impl FnOnce(&World) -> Ran) -> Ran {
        self.server = None;
        let log = self.path("district.log");
        let environment: Vec<(&str, &str)> =
            [("RUST_LOG", TOLD)].into_iter().chain(die.map(|die| (point::DIE_AT, die))).collect();
        let to = Stdio::from(fs::File::create(&log).unwrap());
        self.server =
            served::serve_as(&self.path("district"), &self.address, &environment, to).map(|(server, _)| server);
        let ran = call(self);
        let log = fs::read_to_string(log).unwrap();
        Ran { died: log.contains("dies at"), log, ..ran }
    }

    /// An officer takes the newest application; one that a cut made forget that it was taken is told so.
    fn decide(&self) -> Ran {
        let done = runtime().block_on(self.take());
        Ran { well: done.is_ok(), said: done.err().unwrap_or_default(), ..Ran::default() }
    }

    async fn take(&self) -> Result<(), String> {
        let (client, api) = (reqwest::Client::new(), format!("http://{}/officer/api", self.address));
        let post = |road: &str, body: serde_json::Value| {
            let call = client.post(format!("{api}{road}")).header("Origin", format!("http://{}", self.address));
            call.header("Content-Type", "application/json").body(body.to_string())
        };
        let told = |e: reqwest::Error| e.to_string();
        let who = json!({"name": "Verifikator", "passphrase": served::OFFICER});
        let reply = post("/sign-in", who).send().await.map_err(told)?;
        let cookie = reply.headers().get("set-cookie").ok_or(reply.status().to_string())?.to_str().unwrap();
        let cookie = cookie.split(';').next().unwrap().to_owned();
        let found = client.get(format!("{api}/applications?text={}", self.number())).header("Cookie", &cookie);
        let found = found.send().await.map_err(told)?.text().await.map_err(told)?;
        let found: serde_json::Value = serde_json::from_str(&found).unwrap();
        let id = found["rows"][0]["id"].as_str().ok_or("not at the Dinas")?;
        let reply = post(&format!("/applications/{id}/take"), json!({})).header("Cookie", &cookie).send().await;
        let status = reply.map_err(told)?.status();
        if status.is_success() || status.as_u16() == 409 { Ok(()) } else { Err(status.to_string()) }
    }

    /// Whatever the clerk was told is there, once.
    pub fn kept(&self, context: &str) {
        for (name, told) in &self.told {
            let numbers = self.numbers(name);
            assert!(numbers.len() < 2, "{context}: {name} stands there as {numbers:?}");
            assert!(told.is_empty() || numbers == [told.clone()], "{context}: {name} {told} became {numbers:?}");
        }
    }

    /// After the next call both sides are the same, whole, and without a file too many.
    pub fn same(&mut self, context: &str) {
        self.kept(context);
        if self.server.as_mut().is_none_or(|server| server.0.try_wait().unwrap().is_some()) {
            self.server = Some(served::serve(&self.path("district"), &self.address).0);
        }
        let data = self.path("office");
        let office = Office::open(&data, "", PASSPHRASE, Edge::system()).unwrap_or_else(|p| panic!("{context}: {p}"));
        let road = Http::new(&format!("http://{}", self.address), Trusted::default()).unwrap();
        runtime().block_on(office.sync(&road)).unwrap_or_else(|p| panic!("{context}: {p}"));
        let there = Db::open_sqlite(&self.path("district").join("district.db"), None).unwrap();
        assert_eq!(there.quick_check().unwrap(), Vec::<String>::new(), "{context}");
        look::same(&office, &there, (&data, &self.path("district")), context);
        let twice = "SELECT app FROM event WHERE kind = 'st.taken/1' GROUP BY app HAVING count(*) > 1";
        assert_eq!(look::ids(&there, twice).len(), 0, "{context}: taken twice");
        look::sound(&office, &data, context);
        office.close().unwrap();
    }
}
