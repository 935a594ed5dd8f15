//! The second storage of the simulation: the product's own office and district over SQLite files. The world chooses deeds
//! and faults as ever; what is written, sent and taken in is the product's, and what is checked is read from its tables.

use super::district::OFFICE;
use super::line::{Line, Passing};
use super::tables::Known;
use super::world::DAY;
use jukung_district::District;
use jukung_office::edge::{Chance, Clock, Edge};
use jukung_office::enrol::{self, Enrolment};
use jukung_office::home::{self, Unsealed};
use jukung_office::{Office, clock};
use jukung_tests::chance;
use std::cell::Cell;
use std::collections::HashMap;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::task::{Context, Poll, Waker};

/// Start of the virtual clock, ms since 1970: a clock before the build is not believed.
pub const BEGIN: i64 = clock::BUILT_MS + 20 * DAY;
/// Computers that are enrolled before the first seed: four at the start, and those that are replaced.
const SEATS: usize = 10;
const PASSPHRASE: &str = "sungai tapin perahu jukung";
/// Weakest derivation there is; each computer's is done once for all seeds.
const MEMORY_KIB: u32 = 8 * 1024;

thread_local! {
    static NOW: Cell<i64> = const { Cell::new(BEGIN) };
    static DRAWN: Cell<u64> = const { Cell::new(0) };
}

/// A seed begins: its clock, and its chance.
pub fn begin(seed: u64) {
    NOW.set(BEGIN);
    DRAWN.set(chance::scramble(seed));
}

/// The virtual clock of this thread is there, or later; it moves with every look.
pub fn it_is(ms: i64) {
    NOW.set(NOW.get().max(ms));
}

fn now() -> i64 {
    NOW.set(NOW.get() + 1);
    NOW.get()
}

fn fill(bytes: &mut [u8]) {
    chance::fill(bytes, || {
        DRAWN.set(DRAWN.get().wrapping_add(chance::STEP));
        DRAWN.get()
    });
}

/// A computer's own clock: how far it is off.
struct Wall(Arc<AtomicI64>);
impl Clock for Wall {
    fn now_ms(&self) -> i64 {
        now() + self.0.load(Ordering::Relaxed)
    }
}
struct Drawn;
impl Chance for Drawn {
    fn fill(&self, bytes: &mut [u8]) {
        fill(bytes);
    }
}

fn edge(off: &Arc<AtomicI64>) -> Edge {
    Edge { clock: Arc::new(Wall(off.clone())), chance: Arc::new(Drawn) }
}

fn district(dir: &Path) -> District {
    District::open(dir, None, jukung_district::edge::Edge { now_ms: now, fill }).expect("the district opens")
}

/// Nothing here waits for anything.
pub fn at_once<T>(work: impl Future<Output = T>) -> T {
    match pin!(work).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(done) => done,
        Poll::Pending => panic!("a road in this process answers at once"),
    }
}

/// A folder in memory where there is one.
fn folder() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a folder")
}

/// Copies a data folder while its programs run, as a backup program or a thief would: SQLite files with their logs.
fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder").map(|e| e.expect("an entry")) {
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            copy(&path, &target);
        } else if !entry.file_name().to_string_lossy().ends_with("-shm") {
            std::fs::copy(&path, target).expect("copied");
        }
    }
}

/// A district that knows its computers, and their data folders: what every seed begins with.
pub struct Template {
    pub(super) root: tempfile::TempDir,
    seats: Vec<Unsealed>,
}

impl Template {
    pub fn new() -> Arc<Template> {
        let root = folder();
        let (district, off) = (district(&root.path().join("district")), Arc::new(AtomicI64::new(0)));
        let mut seats = Vec::new();
        for n in 0..SEATS {
            let dir = root.path().join(format!("seat-{n}"));
            let code = district.new_code(OFFICE).expect("a code");
            let who =
                Enrolment { memory_kib: MEMORY_KIB, ..Enrolment::new("http://district", &code, "Rahmah", PASSPHRASE) };
            let begun = enrol::begin(&dir, &edge(&off), &who).expect("asked");
            let answer = district.enrol(&begun.request).expect("answered");
            enrol::take_answer(&dir, &edge(&off), PASSPHRASE, &answer).expect("enrolled");
            let seat = home::unseal(&dir, "", PASSPHRASE).expect("unsealed");
            let office = Office::enter(&dir, seat.clone(), PASSPHRASE, edge(&off)).expect("opened");
            // It has heard the district's time once: from then on it knows a clock that jumps.
            at_once(office.sync(&Line::new(&district, Passing::default()))).expect("synced");
            office.close().expect("closed");
            seats.push(seat);
        }
        drop(district);
        Arc::new(Template { root, seats })
    }
}

/// A computer that runs.
pub struct Live {
    pub office: Office,
    pub dir: PathBuf,
    /// How far its clock is off, ms.
    pub off: Arc<AtomicI64>,
    seat: usize,
    /// Its disk lies: after so many more commits it falls back to what it was then.
    pub lie: Option<(PathBuf, usize)>,
}

/// Everything of a run that lies on files.
pub struct Files {
    pub(super) template: Arc<Template>,
    root: tempfile::TempDir,
    folders: usize,
    pub(super) seats: usize,
    pub(super) desks: Vec<Live>,
    pub(super) district: Option<(District, PathBuf)>,
    pub(super) twin: Option<District>,
    pub(super) known: Known,
    pub(super) requests: Vec<Vec<u8>>,
    pub(super) answers: Vec<(usize, Vec<u8>)>,
    /// Copies of data folders: each desk's, and the district's with their day.
    pub(super) desk_backups: HashMap<usize, Vec<PathBuf>>,
    pub(super) backups: Vec<(i64, PathBuf)>,
    /// The standby lags: after so many more commits it takes over with what it had then, unless that is too old.
    pub(super) lags: Option<(i64, PathBuf, usize)>,
}

impl Files {
    pub fn new(template: &Arc<Template>) -> Files {
        Files {
            template: template.clone(),
            root: folder(),
            folders: 0,
            seats: 0,
            desks: Vec::new(),
            district: None,
            twin: None,
            known: Known::default(),
            requests: Vec::new(),
            answers: Vec::new(),
            desk_backups: HashMap::new(),
            backups: Vec::new(),
            lags: None,
        }
    }

    /// A copy of a data folder as it is now.
    pub(super) fn kept(&mut self, from: &Path) -> PathBuf {
        self.folders += 1;
        let to = self.root.path().join(self.folders.to_string());
        copy(from, &to);
        to
    }

    /// Puts a district together from a copy.
    pub(super) fn open_district(&mut self, from: &Path) -> (District, PathBuf) {
        let dir = self.kept(from);
        (district(&dir), dir)
    }

    /// Starts a computer of this seat in a data folder.
    pub(super) fn start(&self, seat: usize, dir: PathBuf, off: i64) -> Live {
        let off = Arc::new(AtomicI64::new(off));
        let office = Office::enter(&dir, self.template.seats[seat].clone(), PASSPHRASE, edge(&off)).expect("it opens");
        Live { office, dir, off, seat, lie: None }
    }

    /// The same computer starts in another data folder.
    pub(super) fn restart(&mut self, at: usize, dir: PathBuf, off: i64) {
        let live = self.start(self.desks[at].seat, dir, off);
        self.desks[at] = live;
    }

    pub(super) fn copied(&mut self, at: usize) -> Live {
        let dir = self.desks[at].dir.clone();
        let dir = self.kept(&dir);
        self.start(self.desks[at].seat, dir, 0)
    }

    pub(super) fn a_seat_is_free(&self) -> bool {
        self.seats < self.template.seats.len()
    }

    pub(super) fn the_district(&self) -> &District {
        &self.district.as_ref().expect("it is open").0
    }
}
