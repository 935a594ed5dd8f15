//! A counter of the simulation: the office half of the protocol over lists in memory.

use super::district::OFFICE;
use super::paper::{Answer, ByHash, Entry, Event, Part, Request};
use super::rules::Rules;
use jukung_domain::event::{self, Authorship, Body, Hash, Origin};
use jukung_domain::fold::{State, fold};
use jukung_domain::sync::feed::{self, Follows, Position, Stand};
use jukung_domain::sync::log::{Life, Mine, Moves, Sign, anchors, common};
use jukung_domain::sync::numbers::Numbers;
use std::collections::BTreeMap;
use std::rc::Rc;

/// Witness lines in one call: small, so that several calls are needed.
const WITNESS_MAX: usize = 20;

/// One life of a counter's log.
#[derive(Debug, Clone)]
pub struct Log {
    pub incarnation: i64,
    /// Event and chain at each place.
    pub events: Vec<(Rc<Event>, Hash)>,
    pub acked: i64,
    pub closed: bool,
    /// Places whose event is deleted.
    pub gone: i64,
    /// What the district told as safe, and on which day.
    pub(super) safe: Vec<(i64, i64)>,
}

impl Log {
    fn new(incarnation: i64) -> Log {
        Log { incarnation, events: Vec::new(), acked: 0, closed: false, gone: 0, safe: Vec::new() }
    }

    pub fn last(&self) -> i64 {
        i64::try_from(self.events.len()).expect("short")
    }

    fn chain(&self, device: uuid::Uuid, n: i64) -> Option<Hash> {
        match usize::try_from(n).ok()? {
            0 => Some(event::chain_start(device, self.incarnation)),
            n => self.events.get(n - 1).map(|(_, chain)| *chain),
        }
    }
}

/// What is seen of an application: its state and its newest event.
pub type Seen = BTreeMap<uuid::Uuid, (Option<Rc<State>>, Rc<str>)>;

/// What is in a counter's database.
#[derive(Debug, Clone)]
pub struct Counter {
    pub device: uuid::Uuid,
    pub name: String,
    /// The open life stands last.
    pub logs: Vec<Log>,
    pub feed: Vec<Entry>,
    pub seen: Seen,
    pub witness: Vec<(&'static str, Rc<Event>)>,
    pub code: String,
    pub numbers: Numbers,
    pub hlc: i64,
    pub asked: bool,
}

/// What the world does after an answer was taken in.
#[derive(Debug, Default)]
pub struct Took {
    pub acknowledged: Vec<Hash>,
    pub rewound: bool,
    pub forked: bool,
    pub diverged: bool,
    /// The disk has no room for the rest of the page.
    pub paused: bool,
}

impl Counter {
    pub fn new(device: uuid::Uuid, name: String, incarnation: i64, code: String) -> Counter {
        Counter {
            device,
            name,
            logs: vec![Log::new(incarnation)],
            feed: Vec::new(),
            seen: Seen::new(),
            witness: Vec::new(),
            code,
            numbers: Numbers::FRESH,
            hlc: 0,
            asked: false,
        }
    }

    pub fn open(&self) -> &Log {
        self.logs.last().expect("a life is open")
    }

    /// Bytes of text on the disk: each event once, wherever it is named.
    pub fn bytes(&self) -> i64 {
        let mut kept = ByHash::default();
        for log in &self.logs {
            let gone = usize::try_from(log.gone).expect("not negative");
            kept.extend(log.events.iter().skip(gone).map(|(e, _)| (e.uid, e.raw.len())));
        }
        kept.extend(self.feed.iter().map(|e| (e.event.uid, e.event.raw.len())));
        kept.extend(self.witness.iter().map(|(_, e)| (e.uid, e.raw.len())));
        kept.values().map(|bytes| i64::try_from(*bytes).expect("short")).sum()
    }

    /// What the home screen says: "belum terkirim".
    pub fn unsent(&self) -> i64 {
        self.logs.iter().map(|log| log.last() - log.acked.max(log.gone)).sum()
    }

    pub fn position(&self) -> Position {
        let start = Position { n: 0, hash: event::feed_start(OFFICE) };
        self.feed.last().map_or(start, |e| Position { n: e.n, hash: e.hash })
    }

    fn feed_hash(&self, n: i64) -> Option<Hash> {
        match usize::try_from(n).ok()? {
            0 => Some(event::feed_start(OFFICE)),
            at => self
                .feed
                .get(at - 1)
                .filter(|e| e.n == n)
                .or_else(|| self.feed.iter().find(|e| e.n == n))
                .map(|e| e.hash),
        }
    }

    /// Appends an event of a person at this counter.
    pub fn write(&mut self, app: uuid::Uuid, body: &Body, wall: i64, known: i64, rules: Rules) -> Rc<Event> {
        self.hlc = rules.tick(self.hlc, wall, known);
        let by = Authorship {
            application: app,
            base: self.base(app),
            hlc: (self.hlc, 0),
            clock: 'u',
            author: self.name.clone(),
        };
        let log = self.open();
        let place = Origin { device: self.device, incarnation: log.incarnation, seq: log.last() + 1 };
        let event = Event::write(rules.origin(None, place), &by, body);
        self.put(event.clone());
        event
    }

    /// The head this counter sees: its own newest waiting event, or the newest of the feed.
    fn base(&self, app: uuid::Uuid) -> Option<String> {
        let log = self.open();
        let waiting = &log.events[usize::try_from(log.acked).expect("not negative")..];
        let own = waiting.iter().rev().find(|(e, _)| e.app == app).map(|(e, _)| e.short.clone());
        own.or_else(|| self.seen.get(&app).map(|(_, head)| head.to_string()))
    }

    fn put(&mut self, event: Rc<Event>) {
        let device = self.device;
        let log = self.logs.last_mut().expect("a life is open");
        let before = log.chain(device, log.last()).expect("its own head");
        let chain = event::chain_next(&before, &event.uid);
        log.events.push((event, chain));
    }

    pub fn request(&self, most: usize, page: usize) -> Request {
        let part = |log: &Log| {
            let from = usize::try_from(log.acked.max(log.gone)).expect("not negative").min(log.events.len());
            let first = i64::try_from(from).expect("short") + 1;
            Part {
                incarnation: log.incarnation,
                first,
                before: log.chain(self.device, first - 1).expect("its own chain"),
                events: log.events[from..].iter().take(most).map(|(e, _)| e.clone()).collect(),
                last: log.last(),
                closed: log.closed,
            }
        };
        let here = self.position();
        let anchors = if self.asked { anchors(here.n) } else { Vec::new() };
        let short = |n: i64| self.feed_hash(n).map(|h| (n, event::short(&h)));
        Request {
            device: self.device,
            logs: self.logs.iter().map(part).collect(),
            position: (here.n, event::short(&here.hash)),
            anchors: anchors.into_iter().filter_map(short).collect(),
            witness: self.witness.iter().take(WITNESS_MAX).cloned().collect(),
            page,
        }
    }

    /// Takes an answer in, whenever and in whatever order it arrives.
    pub fn take_in(&mut self, answer: &Answer, fresh: i64, day: i64, disk: i64, rules: Rules) -> Took {
        let mut took = Took::default();
        for word in &answer.words {
            let Some(at) = self.logs.iter().position(|l| l.incarnation == word.incarnation) else { continue };
            let log = &self.logs[at];
            let mine = Mine { last: log.last(), chain: log.chain(self.device, word.told.acked), closed: log.closed };
            let moves = rules.watermark(&word.told, &mine, log.acked);
            if let (Moves::To(to), false) = (moves, word.fork) {
                took.rewound |= to < log.acked;
                let safe = answer.safe.iter().find(|(i, _)| *i == word.incarnation).map(|(_, safe)| *safe);
                took.acknowledged.extend(self.acknowledge(at, to, safe, day, rules));
            }
            let log = &self.logs[at];
            if moves == Moves::To(log.acked) && log.acked < log.gone && log.last() > log.gone {
                // The district lost what was rightly deleted here (others hand it back): what follows moves on.
                let (open, keep) = (!log.closed, log.gone);
                self.branch(at, keep, rules.life_after(Sign::Forked { open }), fresh, rules);
            }
            if word.fork || (moves == Moves::Differs && !word.anchors.is_empty()) {
                took.forked = true;
                let keep = common(&word.anchors, |n| self.logs[at].chain(self.device, n));
                let open = !self.logs[at].closed;
                self.branch(at, keep, rules.life_after(Sign::Forked { open }), fresh, rules);
            }
        }
        match answer.stand {
            Stand::Ask => self.asked = true,
            Stand::Common(n) if n < self.position().n => {
                took.diverged = true;
                self.roll_back(n, rules);
            }
            Stand::Page | Stand::Common(_) => {}
        }
        if answer.stand != Stand::Ask {
            self.asked = false;
            took.paused = self.read_feed(&answer.entries, disk, rules);
        }
        took
    }

    /// Moves the mark and deletes what may go; gives the events that count as received.
    fn acknowledge(&mut self, at: usize, to: i64, safe: Option<i64>, day: i64, rules: Rules) -> Vec<Hash> {
        let log = &mut self.logs[at];
        if to < log.acked {
            // A district that lost events lost what it told about them: backups made since may lack them.
            log.safe.retain(|(safe, _)| *safe <= to);
        }
        log.acked = to;
        log.safe.extend(safe.map(|safe| (safe.min(to), day)));
        let told = log.safe.clone();
        while log.gone < log.last() {
            let next = log.gone + 1;
            let free = |(safe, since): &(i64, i64)| rules.may_delete(next, log.acked, *safe, day - since);
            if !(told.iter().any(free) || told.is_empty() && free(&(0, day))) {
                break;
            }
            log.gone = next;
        }
        log.events.iter().take(usize::try_from(to).expect("not negative")).map(|(e, _)| e.uid).collect()
    }

    /// Ends a life at `keep`; what stands after it moves, with its origin, to the life that goes on.
    pub fn branch(&mut self, at: usize, keep: i64, life: Life, fresh: i64, rules: Rules) {
        if life == Life::Same {
            return;
        }
        let log = &mut self.logs[at];
        let from = usize::try_from(keep.min(log.last())).expect("not negative");
        let gone = usize::try_from(log.gone).expect("not negative").saturating_sub(from);
        let moved: Vec<Rc<Event>> = log.events.drain(from..).skip(gone).map(|(e, _)| e).collect();
        log.acked = log.acked.min(log.last());
        log.gone = log.gone.min(log.last());
        log.closed = true;
        if life == Life::New {
            self.logs.push(Log::new(fresh));
        }
        for event in moved {
            let open = self.open();
            let place = Origin { device: self.device, incarnation: open.incarnation, seq: open.last() + 1 };
            let origin = rules.origin(Some(event.origin), place);
            let same = origin == event.origin;
            self.put(if same { event } else { Event::read(origin, event.raw.clone()) });
        }
    }

    fn roll_back(&mut self, to: i64, rules: Rules) {
        for entry in self.feed.iter().filter(|e| rules.witness(e.n, e.kind, to)) {
            if !self.witness.iter().any(|(_, e)| e.uid == entry.event.uid) {
                self.witness.push((entry.kind, entry.event.clone()));
            }
        }
        self.feed.retain(|e| e.n <= to);
        self.seen.clear();
        for entry in &self.feed {
            see(&mut self.seen, entry);
        }
    }

    fn read_feed(&mut self, entries: &[Entry], disk: i64, rules: Rules) -> bool {
        let mut free = if disk == i64::MAX { disk } else { disk - self.bytes() };
        for entry in entries {
            let head = self.position();
            if rules.checks_feed() {
                let body = if entry.kind == "rel" { "" } else { entry.event.raw.as_str() };
                let place = feed::next(&head, entry.kind, &entry.event.hex, entry.outcome, body);
                match feed::follows(head.n, entry.n) {
                    Follows::Known => continue,
                    Follows::Next if place.hash == entry.hash => {}
                    Follows::Next | Follows::Gap => return false,
                }
            }
            let bytes = i64::try_from(entry.event.raw.len()).expect("short");
            if !rules.may_write(free, bytes) {
                return true;
            }
            free -= bytes;
            self.feed.push(entry.clone());
            see(&mut self.seen, entry);
            self.witness.retain(|(_, e)| e.uid != entry.event.uid);
        }
        false
    }
}

/// Folds an entry of the feed: the projection a person looks at.
fn see(seen: &mut Seen, entry: &Entry) {
    let folds = matches!(entry.outcome, "applied" | "merged" | "applied+number-conflict");
    if !folds {
        return;
    }
    let (state, head) = seen.entry(entry.event.app).or_insert_with(|| (None, "".into()));
    let mut next = state.as_deref().cloned();
    fold(&mut next, &entry.event.body);
    *state = next.map(Rc::new);
    *head = entry.event.short.as_str().into();
}
