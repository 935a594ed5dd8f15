//! The world of a run: counters, a district, a link, disks and clocks, and everything that goes wrong with them.

use super::check::{self, Violation};
use super::counter::Counter;
use super::district::{District, OFFICE, Pending};
use super::files::Files;
use super::paper::{Answer, ByHash, Event, Hashes, Request};
use super::rules::Rules;
use jukung_domain::event::{Body, Created, Edited, Hash, Reason, Returned};
use jukung_domain::number::{ALPHABET, Number};
use jukung_domain::status::Status;
use jukung_domain::sync::log::Head;
use jukung_domain::sync::room::FLOOR_BYTES;
use jukung_tests::chance::Chance;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// Start of the virtual clock, ms since 1970.
const BEGIN: i64 = 1_790_000_000_000;
pub const DAY: i64 = 86_400_000;
/// No event of the simulation is longer.
const EVENT_BYTES_MAX: i64 = 1_000;

/// What clocks at the counters do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clocks {
    /// They tell the time.
    Right,
    /// They jump, stand in 1970 or fifty years ahead.
    Wild,
}

/// A counter's computer: its database, and what lies beside it.
pub struct Desk {
    pub db: Counter,
    /// Last commits, newest last: what a lying disk may fall back to.
    pub(super) recent: Vec<Counter>,
    pub(super) backups: Vec<Counter>,
    /// The file beside the database.
    pub(super) beside: Head,
    /// Bytes of scans that wait.
    pub scans: Vec<u64>,
    pub(super) clock_offset: i64,
    /// Bytes this disk has for text; `i64::MAX` when it does not matter.
    pub disk: i64,
}

pub(super) fn head(db: &Counter) -> Head {
    let open = db.open();
    Head { incarnation: open.incarnation, last: open.last(), next_number: db.numbers.next }
}

pub struct World {
    pub chance: Chance,
    clock_chance: Chance,
    disk_chance: Chance,
    small_disks: bool,
    clocks: Clocks,
    pub rules: Rules,
    pub district: District,
    pub(super) district_device: uuid::Uuid,
    /// What the standby has.
    pub(super) standby: District,
    pub(super) recent: Vec<(i64, District)>,
    pub(super) backups: Vec<(i64, District)>,
    /// An old copy of the server that answers too.
    pub(super) twin: Option<District>,
    pub desks: Vec<Desk>,
    pub(super) pending: Option<Pending>,
    pub now: i64,
    codes: BTreeSet<String>,
    pub printed: Vec<(String, Hash)>,
    /// Every event a person at a counter ever wrote, lost since or not.
    pub(super) written: Hashes,
    /// Acknowledged events, and the desks that were told.
    pub acknowledged: ByHash<BTreeSet<usize>>,
    /// Every event any server ever committed.
    pub ever: Hashes,
    /// Feed entries of the district that `ever` has.
    pub(super) ever_from: usize,
    /// A whole computer was copied or set back: only then may one number stand on two papers.
    pub imaged: bool,
    pub(super) requests: Vec<Request>,
    pub(super) answers: Vec<(usize, Answer)>,
    pub count: BTreeMap<&'static str, u64>,
    /// Where the computers and the district really are, when they are more than lists in memory.
    pub(super) files: Option<Files>,
}

impl World {
    pub fn new(seed: u64, rules: Rules, clocks: Clocks, files: Option<Files>) -> World {
        let mut chance = Chance::new(seed);
        let drawn = chance.id();
        let (begin, district_device) =
            files.as_ref().map_or((BEGIN, drawn), |_| (super::files::BEGIN, jukung_district::own::log_of(OFFICE)));
        let mut world = World {
            clock_chance: Chance::new(seed ^ 0xC10C),
            disk_chance: Chance::new(seed ^ 0xD15C),
            small_disks: seed % 5 == 2 && files.is_none(),
            clocks,
            rules,
            district: District::default(),
            district_device,
            standby: District::default(),
            recent: Vec::new(),
            backups: vec![(begin, District::default())],
            twin: None,
            desks: Vec::new(),
            pending: None,
            now: begin,
            codes: BTreeSet::new(),
            printed: Vec::new(),
            written: Hashes::default(),
            acknowledged: ByHash::default(),
            ever: Hashes::default(),
            ever_from: 0,
            imaged: false,
            requests: Vec::new(),
            answers: Vec::new(),
            count: BTreeMap::new(),
            chance,
            files,
        };
        world.begin_on_files(seed);
        for at in 0..2 + world.chance.below(3) {
            let desk = world.enrol(at);
            world.desks.push(desk);
        }
        world
    }

    pub fn note(&mut self, what: &'static str) {
        *self.count.entry(what).or_default() += 1;
    }

    pub(super) fn code(&mut self) -> String {
        loop {
            let code: String = (0..3).map(|_| char::from(*self.chance.pick(ALPHABET))).collect();
            if self.codes.insert(code.clone()) {
                return code;
            }
        }
    }

    pub(super) fn enrol(&mut self, at: usize) -> Desk {
        if self.files.is_some() {
            return self.seat(at);
        }
        let (device, incarnation, code) = (self.chance.id(), self.chance.incarnation(), self.code());
        let db = Counter::new(device, format!("loket{at}"), incarnation, code);
        let (recent, backups) = (vec![db.clone()], vec![db.clone()]);
        let disk = self.disk();
        Desk { beside: head(&db), db, recent, backups, scans: Vec::new(), clock_offset: 0, disk }
    }

    /// In every fifth world some disks are nearly full from the first day on. Chance of their own: other worlds stay as
    /// they were when their seeds failed.
    fn disk(&mut self) -> i64 {
        if !self.small_disks || self.disk_chance.happens(400) {
            return i64::MAX;
        }
        FLOOR_BYTES + 1_000 * self.disk_chance.between(5, 40)
    }

    /// A commit at a counter; the file beside the database follows.
    pub(super) fn commit(&mut self, at: usize) {
        let desk = &mut self.desks[at];
        desk.recent.push(desk.db.clone());
        if desk.recent.len() > 3 {
            desk.recent.remove(0);
        }
        desk.beside = head(&desk.db);
    }

    /// Saves an event of a person; `None` (nothing is saved, and the person is told) when the disk has no room for it.
    fn write(&mut self, at: usize, app: uuid::Uuid, body: &Body) -> Option<Rc<Event>> {
        if self.files.is_some() {
            return self.write_on_file(at, app, body);
        }
        let wall = self.now + self.desks[at].clock_offset;
        let disk = self.desks[at].disk;
        if disk != i64::MAX && !self.rules.may_write(disk - self.desks[at].db.bytes(), EVENT_BYTES_MAX) {
            self.note("disk full, not saved");
            return None;
        }
        let event = self.desks[at].db.write(app, body, wall, self.now, self.rules);
        self.written.insert(event.uid);
        self.commit(at);
        Some(event)
    }

    fn hand_in(&mut self, at: usize) {
        if self.files.is_some() {
            return self.hand_in_on_file(at);
        }
        let (number, next) = self.desks[at].db.numbers.take();
        let n = Number::new(&self.desks[at].db.code, number).expect("a number").to_string();
        let service = "BIRTH_CERT".to_owned();
        let d = jukung_domain::application::Application { service, ..Default::default() };
        let app = self.chance.id();
        let before = std::mem::replace(&mut self.desks[at].db.numbers, next);
        let Some(event) = self.write(at, app, &Body::Create(Created { n: n.clone(), d })) else {
            // The number goes back with the transaction.
            self.desks[at].db.numbers = before;
            return;
        };
        // Order: commit, then print.
        self.printed.push((n, event.uid));
    }

    fn act(&mut self, at: usize) {
        let known: Vec<uuid::Uuid> = self.desks[at].db.seen.keys().copied().collect();
        if known.is_empty() || self.chance.happens(450) {
            self.hand_in(at);
            if self.chance.happens(200) && self.files.is_none() {
                let bytes = 1_000 * self.chance.below(1_000) as u64;
                self.desks[at].scans.push(bytes);
            }
            return;
        }
        let app = *self.chance.pick(&known);
        let value = format!("{}", self.chance.below(3));
        let field = (*self.chance.pick(&["child.name", "child.sex", "child.weight"])).to_owned();
        let body = match self.chance.below(10) {
            0 | 1 => Body::Note(Reason { reason: format!("Contoh {}", self.chance.draw()) }),
            2 => Body::Resubmit,
            _ => Body::Edit(Edited { f: [(field, value)].into(), ..Edited::default() }),
        };
        self.write(at, app, &body);
    }

    /// An officer begins a decision or commits the one begun; others work in between.
    fn officer(&mut self) {
        if let Some(pending) = self.pending.take() {
            if self.files.is_some() {
                return self.decide_on_file(&pending);
            }
            if self.district.commit(&pending, self.district_device, self.now) {
                self.district_committed(true);
            }
            return;
        }
        let apps: Vec<uuid::Uuid> = self.district.apps.keys().copied().collect();
        if apps.is_empty() {
            return;
        }
        let app = *self.chance.pick(&apps);
        let status = self.district.apps[&app].state.status;
        let returned = Returned { reason: "unreadable".into(), target: "child.name".into(), note: "Contoh".into() };
        let returns = status == Status::InVerification && self.chance.happens(500);
        let next = [(Status::Submitted, Body::Taken), (Status::InVerification, Body::Approved)];
        let body = if returns {
            Body::Returned(returned)
        } else if let Some((_, body)) = next.into_iter().find(|(from, _)| *from == status) {
            body
        } else {
            return;
        };
        self.pending = Some(self.district.begin(app, body, self.rules));
    }

    /// After a commit at the district: `false` when the wait for the standby was cancelled.
    pub(super) fn district_committed(&mut self, waited: bool) {
        let known = self.ever_from.min(self.district.feed.len());
        self.ever.extend(self.district.feed[known..].iter().map(|e| e.event.uid));
        self.ever_from = self.district.feed.len();
        if waited {
            self.standby = self.district.clone();
        }
        self.recent.push((self.now, self.district.clone()));
        if self.recent.len() > 4 {
            self.recent.remove(0);
        }
    }

    /// One call of a counter, with everything a link may do to it.
    pub fn sync(&mut self, at: usize, faults: bool) -> Result<(), Violation> {
        if self.files.is_some() {
            return self.sync_on_file(at, faults);
        }
        let most = if faults { *self.chance.pick(&[1, 3, 50]) } else { 50 };
        let page = if faults { *self.chance.pick(&[2, 8, 60]) } else { 60 };
        let request = self.desks[at].db.request(most, page);
        if faults && self.chance.happens(120) {
            self.note("request lost");
            return Ok(());
        }
        if faults && self.chance.happens(100) {
            self.requests.push(request.clone());
        }
        let to_twin = faults && self.twin.is_some() && self.chance.happens(300);
        let Some(answer) = self.answered(&request, to_twin, faults)? else { return Ok(()) };
        if faults && self.chance.happens(60) {
            self.answers.push((at, answer.clone()));
        }
        if faults && self.chance.happens(150) {
            self.note("reply lost");
            return Ok(());
        }
        self.take_in(at, &answer);
        if faults && self.chance.happens(30) {
            self.note("reply twice");
            self.take_in(at, &answer);
        }
        self.carry_scans(at, faults);
        Ok(())
    }

    fn answered(&mut self, request: &Request, to_twin: bool, faults: bool) -> Result<Option<Answer>, Violation> {
        if to_twin && let Some(twin) = &mut self.twin {
            let answer = twin.sync(request, self.rules);
            self.ever.extend(twin.events.keys());
            self.note("twin server answers");
            return Ok(answer);
        }
        let Some(mut answer) = self.district.sync(request, self.rules) else { return Ok(None) };
        // A commit that wrote waits for the standby; the wait can be cancelled, and then no reply leaves.
        let cancelled = answer.wrote && faults && self.chance.happens(80);
        self.district_committed(answer.wrote && !cancelled);
        if cancelled {
            self.note("commit cancelled");
            return Ok(None);
        }
        check::acknowledged_only_what_is_replicated(&self.district, &self.standby)?;
        if let Some((_, backup)) = self.backups.last() {
            let safe = |((_, inc), log): (&(uuid::Uuid, i64), &super::district::Log)| {
                (*inc, i64::try_from(log.len()).expect("short"))
            };
            answer.safe = backup.logs.iter().filter(|((d, _), _)| *d == request.device).map(safe).collect();
        }
        Ok(Some(answer))
    }

    pub(super) fn take_in(&mut self, at: usize, answer: &Answer) {
        let fresh = self.chance.incarnation();
        let disk = self.desks[at].disk;
        let took = self.desks[at].db.take_in(answer, fresh, self.now / DAY, disk, self.rules);
        for uid in took.acknowledged {
            self.acknowledged.entry(uid).or_default().insert(at);
        }
        for (seen, what) in [
            (took.rewound, "district went back, counter rewinds"),
            (took.forked, "fork"),
            (took.diverged, "feed diverged"),
            (took.paused, "disk full, feed pauses"),
        ] {
            if seen {
                self.note(what);
            }
        }
        self.commit(at);
    }

    /// Scans follow the events. The link keeps nothing of a call that was given up: the worst proxy there is.
    fn carry_scans(&mut self, at: usize, faults: bool) {
        const BLOCK: u64 = 64 * 1024;
        let slow = !faults || self.chance.happens(500);
        let bytes_per_s = if slow { 6_250 } else { 100_000 };
        while let Some(bytes) = self.desks[at].scans.last().copied() {
            let (mut sent, mut clock, mut moved) = (0, 0, 0);
            while sent < bytes {
                let pause = if faults && self.chance.happens(100) { 1_000 * self.chance.below(60) as u64 } else { 0 };
                clock += pause + 1_000 * BLOCK.min(bytes - sent) / bytes_per_s;
                if self.rules.gives_up(0, moved, clock) {
                    self.note("scan given up");
                    return;
                }
                (sent, moved) = (sent + BLOCK.min(bytes - sent), clock);
            }
            self.desks[at].scans.pop();
            self.note("scan arrived");
        }
    }

    pub fn step(&mut self) -> Result<(), Violation> {
        let at = self.chance.below(self.desks.len());
        self.now += self.chance.between(1_000, 3_600_000);
        super::files::it_is(self.now);
        match self.chance.below(1000) {
            0..380 => self.act(at),
            380..400 => (0..8 + self.chance.below(16)).for_each(|_| self.hand_in(at)),
            400..700 => self.sync(at, true)?,
            700..820 => self.officer(),
            820..900 => self.counter_fault(at),
            900..955 => self.district_fault(),
            955..985 => self.stale()?,
            985..992 => {
                self.note("clock jumps");
                let jumps = [0, -BEGIN, 50 * 365 * DAY, -400 * DAY, -1_000];
                let jump = *self.clock_chance.pick(&jumps);
                self.desks[at].clock_offset = if self.clocks == Clocks::Wild { jump } else { 0 };
            }
            _ => self.now += self.chance.between(1, 200) * DAY,
        }
        check::after_every_step(self, at)
    }
}
