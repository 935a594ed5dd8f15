//! The district of the simulation: the server half of the protocol over maps in memory.

use super::paper::{Answer, Entry, Event, Part, Request, Word};
use super::rules::{Removed, Rules};
use jukung_domain::event::{self, Authorship, Body, Edited, Hash, Origin};
use jukung_domain::fold::{State, fold};
use jukung_domain::status::{Step, step};
use jukung_domain::sync::feed::{self, Position, Stand};
use jukung_domain::sync::log::{Held, Offer, Received, Told, anchors, word_to};
use jukung_domain::sync::outcome::{Case, Outcome, Taken, settle};
use std::collections::BTreeMap;
use std::rc::Rc;

/// The one office of a run.
pub const OFFICE: &str = "63.05.04.1004";

/// An application as the district has it.
#[derive(Debug, Clone)]
pub struct Application {
    pub state: State,
    pub head: String,
    /// Every event of it in order of arrival, with the answers it changed when it was taken in.
    pub history: Vec<(String, Option<Edited>)>,
}

/// A log as the district has it: identity and chain at each place.
pub type Log = Vec<(Hash, Hash)>;

/// A decision that an officer has begun and not yet committed.
#[derive(Debug, Clone)]
pub struct Pending {
    pub app: uuid::Uuid,
    pub body: Body,
    /// Feed number taken too early (R6 removed).
    pub number: Option<i64>,
}

#[derive(Debug, Clone, Default)]
pub struct District {
    pub logs: BTreeMap<(uuid::Uuid, i64), Log>,
    pub events: BTreeMap<Hash, Rc<Event>>,
    pub feed: Vec<Entry>,
    pub apps: BTreeMap<uuid::Uuid, Rc<Application>>,
    pub held: BTreeMap<uuid::Uuid, Vec<Rc<Event>>>,
    pub numbers: BTreeMap<String, Hash>,
    /// Commits that wrote something.
    pub commits: u64,
    decisions: i64,
    /// R6 removed: numbers come from a bare sequence, taken before the commit.
    bare_serial: bool,
    serial: i64,
}

impl District {
    pub fn head(&self) -> Position {
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

    fn tell(&mut self, kind: &'static str, event: &Rc<Event>, outcome: Outcome, early: Option<i64>) {
        let body = if kind == "rel" { "" } else { event.raw.as_str() };
        let mut place = feed::next(&self.head(), kind, &event.hex, outcome.code(), body);
        if self.bare_serial {
            self.serial += i64::from(early.is_none());
            place.n = early.unwrap_or(self.serial);
        }
        self.feed.push(Entry { n: place.n, kind, event: event.clone(), outcome: outcome.code(), hash: place.hash });
    }

    /// Decides about an event and takes it in where it fits.
    fn decide(&mut self, event: &Rc<Event>) -> Outcome {
        let Some(app) = self.apps.get_mut(&event.app) else {
            let used = matches!(&event.body, Body::Create(c) if self.numbers.contains_key(&c.n));
            let taken = if used { Taken::Yes } else { Taken::No };
            let outcome = settle(None, None, &event.body, taken);
            let mut state = None;
            if fold(&mut state, &event.body) == jukung_domain::fold::Folded::Applied
                && let Some(state) = state
            {
                self.numbers.entry(state.number.clone()).or_insert(event.uid);
                let history = vec![(event.short.clone(), None)];
                self.apps.insert(event.app, Rc::new(Application { state, head: event.short.clone(), history }));
            } else if outcome == Outcome::Held {
                self.held.entry(event.app).or_default().push(event.clone());
            }
            return outcome;
        };
        let app = Rc::make_mut(app);
        let seen = event.base.as_ref().and_then(|base| app.history.iter().position(|(short, _)| short == base));
        let since = seen.map(|at| app.history[at + 1..].iter().filter_map(|(_, edit)| edit.as_ref()).collect());
        let case = Case { state: &app.state, head: &app.head, since };
        let outcome = settle(Some(&case), event.base.as_deref(), &event.body, Taken::No);
        take_in(app, event, outcome);
        outcome
    }

    fn ingest(&mut self, event: &Rc<Event>, rules: Rules) {
        if self.events.contains_key(&event.uid) {
            return;
        }
        let outcome = self.decide(event);
        if rules.forgets(outcome) {
            return;
        }
        self.events.insert(event.uid, event.clone());
        self.tell("ok", event, outcome, None);
        if matches!(event.body, Body::Create(_)) && outcome.folds() {
            for waiting in self.held.remove(&event.app).unwrap_or_default() {
                let decision = event::read(&waiting.raw).is_ok_and(|e| e.k.starts_with("st."));
                let outcome = if decision { self.decide_again(&waiting) } else { self.decide(&waiting) };
                self.tell("rel", &waiting, outcome, None);
            }
        }
    }

    /// A decision of the district, new or handed back by a counter.
    fn take_decision(&mut self, event: &Rc<Event>, early: Option<i64>) {
        if self.events.contains_key(&event.uid) {
            return;
        }
        self.events.insert(event.uid, event.clone());
        let outcome = self.decide_again(event);
        self.tell("st", event, outcome, early);
    }

    /// Whether a decision fits what is here; handed back before its application, it waits for it.
    fn decide_again(&mut self, event: &Rc<Event>) -> Outcome {
        match self.apps.get_mut(&event.app) {
            Some(app) if step(app.state.status, &event.body) != Step::NotAllowed => {
                take_in(Rc::make_mut(app), event, Outcome::Applied);
                Outcome::Applied
            }
            Some(_) => Outcome::DistrictReview,
            None => {
                self.held.entry(event.app).or_default().push(event.clone());
                Outcome::Held
            }
        }
    }

    /// An officer begins to decide.
    pub fn begin(&mut self, app: uuid::Uuid, body: Body, rules: Rules) -> Pending {
        let early = rules.lacks(Removed::R6).then(|| {
            self.bare_serial = true;
            self.serial += 1;
            self.serial
        });
        Pending { app, body, number: early }
    }

    /// The officer's transaction commits. `false` when the application does not allow it any more.
    pub fn commit(&mut self, pending: &Pending, device: uuid::Uuid, now: i64) -> bool {
        let Some(app) = self.apps.get(&pending.app) else { return false };
        if step(app.state.status, &pending.body) == Step::NotAllowed {
            return false;
        }
        self.decisions += 1;
        let origin = Origin { device, incarnation: 1, seq: self.decisions };
        let by = Authorship {
            application: pending.app,
            base: Some(app.head.clone()),
            hlc: (now, 0),
            clock: 't',
            author: "petugas".into(),
        };
        self.take_decision(&Event::write(origin, &by, &pending.body), pending.number);
        self.commits += 1;
        true
    }

    /// The one call, as one transaction; `None` when it may not be acknowledged.
    pub fn sync(&mut self, call: &Request, rules: Rules) -> Option<Answer> {
        let before = (self.events.len(), self.feed.len());
        self.bare_serial = rules.lacks(Removed::R6);
        let barrier = rules.barrier();
        let words = call.logs.iter().map(|part| self.take_log(call.device, part, rules)).collect();
        for (kind, event) in &call.witness {
            if *kind == "st" { self.take_decision(event, None) } else { self.ingest(event, rules) }
        }
        let stand = rules.stand((call.position.0, &call.position.1), &call.anchors, |n| self.feed_hash(n));
        let from = match stand {
            Stand::Page => Some(call.position.0),
            Stand::Common(n) => Some(n),
            Stand::Ask => None,
        };
        let mut entries: Vec<Entry> =
            from.map(|from| self.feed.iter().filter(|e| e.n > from).cloned().collect()).unwrap_or_default();
        entries.sort_by_key(|e| e.n);
        entries.truncate(call.page);
        let wrote = barrier > 0 || before != (self.events.len(), self.feed.len());
        self.commits += u64::from(wrote);
        rules.may_acknowledge(barrier).then_some(Answer { words, stand, entries, wrote, safe: Vec::new() })
    }

    fn take_log(&mut self, device: uuid::Uuid, part: &Part, rules: Rules) -> Word {
        let key = (device, part.incarnation);
        let log = self.logs.entry(key).or_default();
        let acked = i64::try_from(log.len()).expect("short");
        let start = event::chain_start(device, part.incarnation);
        let at = |log: &Log, n: i64| match usize::try_from(n).ok()? {
            0 => Some(start),
            n => log.get(n - 1).map(|(_, chain)| *chain),
        };
        let uids: Vec<Hash> = part.events.iter().map(|e| e.uid).collect();
        let reach = acked.min(part.first - 1 + i64::try_from(uids.len()).expect("short"));
        let overlap = (reach >= part.first).then(|| at(log, reach)).flatten();
        let held = Held { acked, before: at(log, part.first - 1), overlap };
        let offer = Offer { first: part.first, before: part.before, uids: &uids, last: part.last, closed: part.closed };
        let received = rules.receive(&held, &offer);
        let mut compared = Vec::new();
        match received {
            Received::Need { .. } | Received::Fork => {
                let places = anchors(acked.min(part.last)).into_iter();
                compared = places.filter_map(|n| at(log, n).map(|h| (n, event::short(&h)))).collect();
            }
            Received::Append { skip, mut chain } => {
                for event in &part.events[skip..] {
                    chain = event::chain_next(&chain, &event.uid);
                    self.ingest(event, rules);
                    self.logs.entry(key).or_default().push((event.uid, chain));
                }
            }
        }
        let log = &self.logs[&key];
        let acked = i64::try_from(log.len()).expect("short");
        let acked = word_to(acked, part.first, i64::try_from(part.events.len()).expect("short"));
        let chain = at(log, acked).map(|h| event::short(&h)).unwrap_or_default();
        let fork = received == Received::Fork;
        Word { incarnation: part.incarnation, told: Told { acked, chain }, fork, anchors: compared }
    }
}

fn take_in(app: &mut Application, event: &Rc<Event>, outcome: Outcome) {
    let mut edit = None;
    if outcome.folds() {
        let mut state = Some(app.state.clone());
        fold(&mut state, &event.body);
        app.state = state.expect("it was there");
        app.head.clone_from(&event.short);
        if let Body::Edit(change) = &event.body {
            edit = Some(change.clone());
        }
    }
    app.history.push((event.short.clone(), edit));
}
