//! What the world does when its storage is files: the product writes, sends and takes in; its tables say what became of it.

use super::check::Violation;
use super::counter::Counter;
use super::district::Pending;
use super::files::{self, Files, at_once, it_is};
use super::line::{Line, Passing};
use super::paper::Event;
use super::world::{Desk, World, head};
use jukung_domain::application::Application;
use jukung_domain::event::{Body, Created};
use jukung_office::{beside, own};
use std::rc::Rc;
use std::sync::atomic::Ordering;

impl World {
    pub(super) fn files(&mut self) -> &mut Files {
        self.files.as_mut().expect("a world on files")
    }

    /// Opens the district of a world on files.
    pub(super) fn begin_on_files(&mut self, seed: u64) {
        let Some(files) = &mut self.files else { return };
        files::begin(seed);
        let template = files.template.root.path().join("district");
        files.district = Some(files.open_district(&template));
        files.backups.push((files::BEGIN, template));
        self.look_at_district();
        // The keys of the people at computers that nobody uses yet.
        self.written.extend(self.district.events.keys());
    }

    /// A computer that the district knows and nobody has used.
    pub(super) fn seat(&mut self, at: usize) -> Desk {
        let files = self.files();
        let seat = files.seats;
        files.seats += 1;
        let template = files.template.root.path().join(format!("seat-{seat}"));
        let dir = files.kept(&template);
        let live = files.start(seat, dir, 0);
        if at < files.desks.len() {
            files.desks[at] = live;
        } else {
            files.desks.push(live);
        }
        files.desk_backups.insert(at, vec![template]);
        let db = self.counter_of(at);
        self.desk_of(db)
    }

    pub(super) fn desk_of(&mut self, db: Counter) -> Desk {
        self.note_own(&db);
        let beside = head(&db);
        Desk { db, recent: Vec::new(), backups: Vec::new(), beside, scans: Vec::new(), clock_offset: 0, disk: i64::MAX }
    }

    /// What a counter's tables say.
    pub(super) fn counter_of(&mut self, at: usize) -> Counter {
        let Files { desks, known, .. } = self.files();
        let office = &desks[at].office;
        known.counter(office.db(), office.identity().device)
    }

    /// What the program writes by itself (skipped numbers, what was recovered) is nobody's to be lost or doubled under
    /// another identity.
    fn note_own(&mut self, db: &Counter) {
        let persons = |body: &Body| matches!(body, Body::Create(_) | Body::Edit(_) | Body::Note(_) | Body::Resubmit);
        let notes = db.logs.iter().flat_map(|l| &l.events).map(|(e, _)| e).filter(|e| !persons(&e.body));
        self.written.extend(notes.map(|e| e.uid));
    }

    /// Reads a counter's tables after they changed.
    pub(super) fn look(&mut self, at: usize) {
        let db = self.counter_of(at);
        self.note_own(&db);
        self.desks[at].db = db;
    }

    /// Reads the district's tables after they changed.
    pub(super) fn look_at_district(&mut self) {
        let Files { district, known, .. } = self.files();
        let seen = known.district(&district.as_ref().expect("it is open").0.db);
        self.ever.extend(seen.events.keys());
        self.district = seen;
    }

    /// Before the last word is said nothing is believed that was read before.
    pub(super) fn read_anew(&mut self) {
        let Some(files) = &mut self.files else { return };
        files.known.forget_states();
        self.look_at_district();
        (0..self.desks.len()).for_each(|at| self.look(at));
    }

    pub(super) fn write_on_file(&mut self, at: usize, app: uuid::Uuid, body: &Body) -> Option<Rc<Event>> {
        self.set_clock(at);
        let office = &self.files().desks[at].office;
        let now = office.now();
        let written = office.db().write(|tx| own::append(tx, office.identity(), &app.to_string(), body, now));
        if let Err(problem) = written {
            assert_eq!(problem.code, "not_allowed", "{problem}");
            return None;
        }
        Some(self.committed(at))
    }

    pub(super) fn hand_in_on_file(&mut self, at: usize) {
        self.set_clock(at);
        let d = Application { service: "BIRTH_CERT".to_owned(), ..Application::default() };
        let app = self.chance.id().to_string();
        let office = &self.files().desks[at].office;
        let now = office.now();
        let create = |n| Body::Create(Created { n, d });
        let taken = office.db().write(|tx| own::append_numbered(tx, office.identity(), &app, create, now));
        let number = taken.expect("handed in").0;
        // Order: commit, then print.
        let event = self.committed(at);
        self.printed.push((number, event.uid));
        self.lie_ends(at);
    }

    /// What was written last, after its commit; the file beside the database follows.
    fn committed(&mut self, at: usize) -> Rc<Event> {
        let live = &self.files().desks[at];
        beside::write(&live.dir, live.office.db()).expect("the file beside the database");
        self.look(at);
        let event = self.desks[at].db.open().events.last().expect("just written").0.clone();
        self.written.insert(event.uid);
        event
    }

    fn set_clock(&mut self, at: usize) {
        it_is(self.now);
        let off = self.desks[at].clock_offset;
        self.files().desks[at].off.store(off, Ordering::Relaxed);
    }

    pub(super) fn decide_on_file(&mut self, pending: &Pending) {
        let district = self.files().the_district();
        match district.decide(&pending.app.to_string(), "Petugas Contoh", &pending.body) {
            Ok(()) => self.district_wrote(),
            Err(problem) => assert!(["not_allowed", "not_found"].contains(&problem.code.as_str()), "{problem}"),
        }
    }

    /// One run of a counter's sending loop, with everything a link may do to it.
    pub(super) fn sync_on_file(&mut self, at: usize, faults: bool) -> Result<(), Violation> {
        let mut happens = |per_mille| faults && self.chance.happens(per_mille);
        let (request_lost, keeps_request, to_twin) = (happens(120), happens(100), happens(300));
        let (keeps_answer, reply_lost, twice) = (happens(60), happens(150), happens(30));
        let mut passing = Passing { request_lost, reply_lost, ..Passing::default() };
        if faults {
            (passing.calls, passing.most) = (1, *self.chance.pick(&[1, 3, 50]));
        }
        let to_twin = to_twin && self.files().twin.is_some();
        for (seen, what) in [
            (request_lost, "request lost"),
            (reply_lost && !request_lost, "reply lost"),
            (to_twin, "twin server answers"),
        ] {
            if seen {
                self.note(what);
            }
        }
        let passed = self.run(at, passing, to_twin)?;
        let files = self.files();
        files.requests.extend(passed.sent.filter(|_| keeps_request));
        if let Some(answer) = passed.got {
            if keeps_answer {
                files.answers.push((at, answer.clone()));
            }
            if twice && !reply_lost {
                self.note("reply twice");
                self.run(at, Passing { calls: 1, instead: Some(answer), ..Passing::default() }, to_twin)?;
            }
        }
        if faults {
            self.lie_ends(at);
            self.standby_takes_over();
        }
        Ok(())
    }

    /// Runs the loop of a counter once and reads what it wrote.
    pub(super) fn run(&mut self, at: usize, passing: Passing, to_twin: bool) -> Result<Passing, Violation> {
        self.set_clock(at);
        let old = passing.instead.is_some();
        let files = self.files();
        let district = if to_twin { files.twin.as_ref().expect("a twin") } else { files.the_district() };
        let line = Line::new(district, passing);
        let ran = at_once(files.desks[at].office.sync(&line));
        let passed = line.passing.into_inner().expect("whole");
        if let Some(problem) = &passed.refused {
            eprintln!("the district refused a call: {problem}");
            return Err(Violation("R7 the district refused a call"));
        }
        if let Err(problem) = ran
            && !["offline", "half"].contains(&problem.code.as_str())
            && !(old && problem.code == "feed_gap")
        {
            eprintln!("a counter could not take in what it was told: {problem}");
            return Err(Violation("a counter could not take in what it was told"));
        }
        if passed.got.is_some() {
            if to_twin {
                let Files { twin, known, .. } = self.files();
                let seen = known.district(&twin.as_ref().expect("a twin").db);
                self.ever.extend(seen.events.keys());
            } else {
                self.district_wrote();
            }
        }
        self.look(at);
        for log in &self.desks[at].db.logs {
            let acked = usize::try_from(log.acked).expect("not negative");
            for (event, _) in log.events.iter().take(acked) {
                self.acknowledged.entry(event.uid).or_default().insert(at);
            }
        }
        Ok(passed)
    }
}
