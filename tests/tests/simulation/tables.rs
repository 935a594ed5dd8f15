//! What lies in the product's tables, read into what the checks of the simulation look at.

use super::counter::{Counter, Log, Seen};
use super::district::{Application, District};
use super::paper::{Entry, Event};
use jukung_domain::event::Origin;
use jukung_domain::fold::State;
use jukung_domain::sync::numbers::Numbers;
use jukung_ledger::log::{hash, id};
use jukung_ledger::tx::first;
use jukung_ledger::{Db, Tx, params, projection};
use jukung_office::lives;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

/// Events and states that were read once. An event never changes; a state is read again when its row says another head.
#[derive(Default)]
pub struct Known {
    events: HashMap<String, Rc<Event>>,
    states: HashMap<[String; 3], Rc<State>>,
    words: BTreeSet<&'static str>,
}

impl Known {
    /// From now on every state is read from its row again.
    pub fn forget_states(&mut self) {
        self.states.clear();
    }

    /// A word of a column, kept for the run of the program: there are a dozen.
    fn word(&mut self, text: String) -> &'static str {
        if let Some(&known) = self.words.get(text.as_str()) {
            return known;
        }
        let word: &'static str = Box::leak(text.into_boxed_str());
        self.words.insert(word);
        word
    }

    fn event(&mut self, tx: &mut dyn Tx, uid: &str) -> Rc<Event> {
        if let Some(event) = self.events.get(uid) {
            return event.clone();
        }
        let row = first(tx, "SELECT device, incarnation, seq, raw FROM event WHERE uid = $1", params![uid]);
        let row = row.expect("read").expect("an event that is named is here");
        let device = id(&row.text(0).expect("device")).expect("an id");
        let origin = Origin { device, incarnation: row.int(1).expect("life"), seq: row.int(2).expect("place") };
        let event = Event::read(origin, row.text(3).expect("raw"));
        assert_eq!(event.hex, uid, "an event's identity is what its row says");
        self.events.insert(uid.to_owned(), event.clone());
        event
    }

    fn feed(&mut self, tx: &mut dyn Tx) -> Vec<Entry> {
        let rows = tx.query("SELECT n, kind, ref, outcome, hash FROM feed ORDER BY n", &[]).expect("the feed");
        let mut feed = Vec::new();
        for row in rows {
            let (kind, outcome) = (row.text(1).expect("kind"), row.text(3).expect("outcome"));
            feed.push(Entry {
                n: row.int(0).expect("n"),
                kind: self.word(kind),
                event: self.event(tx, &row.text(2).expect("ref")),
                outcome: self.word(outcome),
                hash: hash(&row.text(4).expect("hash")).expect("a hash"),
            });
        }
        feed
    }

    /// Every application with its state and its newest event.
    fn shown(&mut self, tx: &mut dyn Tx) -> Vec<(uuid::Uuid, Rc<State>, String)> {
        let rows = tx.query("SELECT id, head, status FROM app ORDER BY id", &[]).expect("applications");
        let mut shown = Vec::new();
        for row in rows {
            let key = [0, 1, 2].map(|n| row.text(n).expect("text"));
            let [app, head, _] = key.clone();
            let state = self.states.entry(key).or_insert_with(|| {
                let case = projection::load(tx, &app).expect("read").expect("its row is here");
                assert_eq!(case.head, head, "one newest event");
                Rc::new(case.state)
            });
            shown.push((id(&app).expect("an id"), state.clone(), head));
        }
        shown
    }

    fn witness(&mut self, tx: &mut dyn Tx) -> Vec<(&'static str, Rc<Event>)> {
        let rows = tx.query("SELECT uid, kind FROM event WHERE turn < 0", &[]).expect("what is handed back");
        let kind = |k: &str| if k.starts_with("st.") { "st" } else { "ok" };
        let mut back = Vec::new();
        for row in rows {
            back.push((kind(&row.text(1).expect("kind")), self.event(tx, &row.text(0).expect("uid"))));
        }
        back
    }

    /// A counter, from its own tables.
    pub fn counter(&mut self, db: &Db, device: uuid::Uuid) -> Counter {
        db.read(|tx| {
            let mut logs = Vec::new();
            for life in lives::all(tx)? {
                let sql = "SELECT seq, uid, chain FROM log WHERE device = $1 AND incarnation = $2 ORDER BY seq";
                let rows =
                    tx.query(sql, params![device.to_string(), life.incarnation]).map_err(jukung_office::stored)?;
                let mut events = Vec::new();
                for (row, place) in rows.iter().zip(1..) {
                    assert_eq!(row.int(0).expect("seq"), place, "a log has no gap");
                    let chain = hash(&row.text(2).expect("chain")).expect("a hash");
                    events.push((self.event(tx, &row.text(1).expect("uid")), chain));
                }
                assert_eq!(i64::try_from(events.len()), Ok(life.last), "a life ends where its row says");
                let (incarnation, acked, closed, gone) = (life.incarnation, life.acked, life.closed, life.gone);
                logs.push(Log { incarnation, events, acked, closed, gone, safe: Vec::new() });
            }
            let seen: Seen = self.shown(tx).into_iter().map(|(app, s, head)| (app, (Some(s), head.into()))).collect();
            Ok::<_, jukung_domain::problem::Problem>(Counter {
                device,
                name: String::new(),
                logs,
                feed: self.feed(tx),
                seen,
                witness: self.witness(tx),
                code: String::new(),
                numbers: Numbers::FRESH,
                hlc: 0,
                asked: false,
            })
        })
        .expect("a counter's tables")
    }

    /// The district, from its own tables.
    pub fn district(&mut self, db: &Db) -> District {
        db.read(|tx| {
            let mut district = District::default();
            for row in
                tx.query("SELECT device, incarnation, uid, chain FROM log ORDER BY device, incarnation, seq", &[])?
            {
                let log = (id(&row.text(0)?)?, row.int(1)?);
                let uid = self.event(tx, &row.text(2)?).uid;
                district.logs.entry(log).or_default().push((uid, hash(&row.text(3)?)?));
            }
            let mut held: BTreeMap<uuid::Uuid, Vec<Rc<Event>>> = BTreeMap::new();
            for row in tx.query("SELECT uid, outcome FROM event", &[])? {
                let event = self.event(tx, &row.text(0)?);
                if row.text(1)? == "held" {
                    held.entry(event.app).or_default().push(event.clone());
                }
                district.events.insert(event.uid, event);
            }
            district.held = held;
            district.feed = self.feed(tx);
            for (app, state, head) in self.shown(tx) {
                let state = State::clone(&state);
                district.apps.insert(app, Rc::new(Application { state, head, history: Vec::new() }));
            }
            Ok::<_, jukung_ledger::DbProblem>(district)
        })
        .expect("a district's tables")
    }
}
