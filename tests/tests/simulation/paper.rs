//! What moves in the simulation: the product's own events, and the requests and answers that carry them.

use jukung_domain::event::{self, Authorship, Body, Hash, Origin};
use jukung_domain::sync::feed::Stand;
use jukung_domain::sync::log::Told;
use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};
use std::rc::Rc;

/// Events by their hash, which is spread evenly already: its first bytes say the place in the table. Hashing it once more
/// was a third of a run.
pub type Hashes = HashSet<Hash, BuildHasherDefault<FirstBytes>>;
/// The same with something to each.
pub type ByHash<T> = HashMap<Hash, T, BuildHasherDefault<FirstBytes>>;

/// Takes what is even for a hash.
#[derive(Default)]
pub struct FirstBytes(u64);

impl Hasher for FirstBytes {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        if let Some(first) = bytes.first_chunk() {
            self.0 ^= u64::from_le_bytes(*first);
        }
    }
}

/// An event, read once.
#[derive(Debug)]
pub struct Event {
    pub origin: Origin,
    pub raw: String,
    pub uid: Hash,
    pub short: String,
    pub hex: String,
    pub app: uuid::Uuid,
    pub base: Option<String>,
    pub hlc: i64,
    pub body: Body,
}

impl Event {
    pub fn write(origin: Origin, by: &Authorship, body: &Body) -> Rc<Event> {
        Event::read(origin, event::write(by, body).expect("an event can be written"))
    }

    pub fn read(origin: Origin, raw: String) -> Rc<Event> {
        let envelope = event::read(&raw).expect("our own event");
        let body = Body::read(&envelope).expect("our own payload").expect("a known kind");
        let uid = event::uid(&origin, &raw);
        let (app, base, hlc) = (envelope.a, envelope.b, envelope.h.0);
        Rc::new(Event { origin, raw, uid, short: event::short(&uid), hex: hex::encode(uid), app, base, hlc, body })
    }
}

/// One line of the feed.
#[derive(Debug, Clone)]
pub struct Entry {
    pub n: i64,
    /// `ok`, `st` or `rel`.
    pub kind: &'static str,
    pub event: Rc<Event>,
    pub outcome: &'static str,
    pub hash: Hash,
}

/// What a counter sends of one log.
#[derive(Debug, Clone)]
pub struct Part {
    pub incarnation: i64,
    pub first: i64,
    pub before: Hash,
    pub events: Vec<Rc<Event>>,
    pub last: i64,
    pub closed: bool,
}

/// One call.
#[derive(Debug, Clone)]
pub struct Request {
    pub device: uuid::Uuid,
    pub logs: Vec<Part>,
    pub position: (i64, String),
    pub anchors: Vec<(i64, String)>,
    pub witness: Vec<(&'static str, Rc<Event>)>,
    pub page: usize,
}

/// What the district says of one log.
#[derive(Debug, Clone)]
pub struct Word {
    pub incarnation: i64,
    pub told: Told,
    /// The histories differ.
    pub fork: bool,
    /// Its own chain at some places, with a fork and with a need.
    pub anchors: Vec<(i64, String)>,
}

/// The answer.
#[derive(Debug, Clone)]
pub struct Answer {
    pub words: Vec<Word>,
    pub stand: Stand,
    pub entries: Vec<Entry>,
    /// The commit before this answer wrote something.
    pub wrote: bool,
    /// Per incarnation: what lies in a verified backup.
    pub safe: Vec<(i64, i64)>,
}
