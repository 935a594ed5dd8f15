//! What becomes of a document on its way: an attempt that failed, a bag that arrived, a hand-over, a way back.

use super::run::{Opened, Run, run};
use super::{ATTEMPTS_MAX, Way, document, photo};
use crate::District;
use jukung_domain::event::{Body, Delivered, Place, Reason};
use jukung_domain::problem::Problem;
use jukung_domain::texts::say;
use jukung_ledger::tx::first;
use jukung_ledger::{Tx, params};
use serde::Deserialize;
use utoipa::ToSchema;

/// Marks a recipient leaves on the list.
const MARKS: [&str; 2] = ["signature", "thumbprint"];

/// Words that go with a step; which are needed depends on it.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default)]
#[schema(as = RunTold)]
pub struct Told {
    /// Which attempt it was, 1 or 2: told twice, it counts once.
    pub attempt: i64,
    /// Why it failed or came back.
    pub reason: String,
    /// Where it waits now.
    pub place: String,
    /// Who received it.
    pub recipient: String,
    /// What they are to the applicant.
    pub relation: String,
    /// `signature` or `thumbprint`.
    pub mark: String,
    /// A photo of the hand-over, base64; empty where nobody took one.
    pub photo: String,
}

/// A document in a run, as far as the next step needs it.
struct Carried {
    attempts: i64,
    state: String,
    place: String,
}

/// What a step does to the document's row.
struct Change {
    state: &'static str,
    attempts: i64,
    place: String,
    why: String,
}

impl District {
    /// Writes down what became of one document of a run: `failed`, `arrive`, `deliver` or `return`.
    ///
    /// # Errors
    /// `not_found`; `reason_needed`, `run_mark` for words that are missing; `attempt_known` for an attempt that was told
    /// already; those of a photo that cannot be taken; `delivered_already` with who, when and where; `not_allowed` from where it stands.
    pub fn carry(&self, id: &str, app: &str, officer: &str, step: &str, told: &Told) -> Result<Opened, Problem> {
        match step {
            "failed" => self.failed(id, app, officer, told),
            "arrive" => self.arrived(id, app, officer, told.place.trim()),
            "deliver" => self.handed_over(id, app, officer, told),
            "return" => self.came_back(id, app, officer, told.reason.trim()),
            _ => Err(Problem::new("not_found")),
        }?;
        self.db.write(|tx| document::close(tx, id))?;
        self.run(id)
    }

    /// A bag is at its place: everything in it that is on its way waits there to be collected.
    ///
    /// # Errors
    /// `not_found`, `reason_needed` without a place; those of the database.
    pub fn arrive(&self, id: &str, officer: &str, place: &str) -> Result<Opened, Problem> {
        let apps = self.db.read(|tx| {
            if !run(tx, &self.area, id)?.way.is_bag_to_a_place() {
                return Err(Problem::new("not_allowed"));
            }
            let sql = "SELECT app FROM run_item WHERE run = $1 AND state = 'out' ORDER BY n";
            let rows = tx.query(sql, params![id])?;
            Ok(rows.iter().map(|r| r.text(0)).collect::<Result<Vec<_>, _>>()?)
        })?;
        for app in apps {
            match self.arrived(id, &app, officer, place.trim()) {
                // Handed over by somebody else while the bag was unpacked: the others still arrive.
                Err(problem) if problem.code == "not_allowed" => {}
                other => other?,
            }
        }
        self.db.write(|tx| document::close(tx, id))?;
        self.run(id)
    }

    /// One attempt more that failed. After the last one the document waits at the post office or with the village head.
    fn failed(&self, id: &str, app: &str, officer: &str, told: &Told) -> Result<(), Problem> {
        let (reason, place) = (told.reason.trim(), told.place.trim());
        if reason.is_empty() {
            return Err(Problem::new("reason_needed"));
        }
        let last = told.attempt >= ATTEMPTS_MAX;
        if last && place.is_empty() {
            return Err(Problem::new("reason_needed"));
        }
        let n = told.attempt.to_string();
        let mut bodies =
            vec![Body::DistrictNote(Reason { reason: say("run.event.failed", &[("n", &n), ("why", reason)]) })];
        if last {
            bodies.push(Body::Ready(Place { place: place.to_owned() }));
        }
        self.step(id, app, officer, &bodies, |run, at| {
            if run.way.is_bag_to_a_place() || at.state != "out" {
                return Err(Problem::new("not_allowed"));
            }
            if told.attempt != at.attempts + 1 {
                return Err(Problem::new("attempt_known").with("n", told.attempt));
            }
            let state = if last { "waiting" } else { "out" };
            let place = if last { place.to_owned() } else { String::new() };
            Ok(Change { state, attempts: told.attempt, place, why: reason.to_owned() })
        })
    }

    fn arrived(&self, id: &str, app: &str, officer: &str, place: &str) -> Result<(), Problem> {
        if place.is_empty() {
            return Err(Problem::new("reason_needed"));
        }
        let body = Body::Ready(Place { place: place.to_owned() });
        self.step(id, app, officer, &[body], |run, at| {
            if !run.way.is_bag_to_a_place() || at.state != "out" {
                return Err(Problem::new("not_allowed"));
            }
            Ok(Change { state: "waiting", attempts: at.attempts, place: place.to_owned(), why: String::new() })
        })
    }

    fn handed_over(&self, id: &str, app: &str, officer: &str, told: &Told) -> Result<(), Problem> {
        let (recipient, relation) = (told.recipient.trim(), told.relation.trim());
        if recipient.is_empty() || relation.is_empty() {
            return Err(Problem::new("reason_needed"));
        }
        if !MARKS.contains(&told.mark.as_str()) {
            return Err(Problem::new("run_mark"));
        }
        let photo = photo::read(&told.photo)?;
        let place = self.db.read(|tx| {
            let run = run(tx, &self.area, id)?;
            let at = carried(tx, id, app)?;
            Ok::<_, Problem>(if at.place.is_empty() { at_door(&run) } else { at.place })
        })?;
        let body = Body::Delivered(Delivered {
            recipient: recipient.to_owned(),
            relation: relation.to_owned(),
            mark: told.mark.clone(),
            place,
            photo: photo.as_ref().map(|photo| photo.paper.clone()),
        });
        if let Some(photo) = &photo {
            self.keep_photo(photo)?;
        }
        let handed = self.step_with(id, app, officer, &[body], photo.as_ref(), |run, at| {
            let allowed = match at.state.as_str() {
                "out" => !run.way.is_bag_to_a_place(),
                // Of one that was handed over, the rule of the application refuses the second time and says the first.
                "waiting" | "delivered" => true,
                _ => false,
            };
            if !allowed {
                return Err(Problem::new("not_allowed"));
            }
            Ok(Change { state: "delivered", attempts: at.attempts, place: at.place.clone(), why: String::new() })
        });
        if let (Some(photo), Err(_)) = (&photo, &handed) {
            self.forget_photo(photo);
        }
        handed
    }

    /// Back at the Dinas: it waits there, and can be packed again.
    fn came_back(&self, id: &str, app: &str, officer: &str, reason: &str) -> Result<(), Problem> {
        if reason.is_empty() {
            return Err(Problem::new("reason_needed"));
        }
        let bodies = [
            Body::DistrictNote(Reason { reason: say("run.event.returned", &[("why", reason)]) }),
            Body::Ready(Place { place: say("run.back_at", &[("agency", &self.agency())]) }),
        ];
        self.step(id, app, officer, &bodies, |_, at| {
            if !matches!(at.state.as_str(), "out" | "waiting") {
                return Err(Problem::new("not_allowed"));
            }
            Ok(Change { state: "returned", attempts: at.attempts, place: String::new(), why: reason.to_owned() })
        })
    }

    /// The events of a step and the change of the document's row, both or neither.
    fn step(
        &self,
        id: &str,
        app: &str,
        officer: &str,
        bodies: &[Body],
        change: impl FnOnce(&Run, &Carried) -> Result<Change, Problem>,
    ) -> Result<(), Problem> {
        self.step_with(id, app, officer, bodies, None, change)
    }

    /// [`District::step`] with a photo that its event names.
    fn step_with(
        &self,
        id: &str,
        app: &str,
        officer: &str,
        bodies: &[Body],
        photo: Option<&photo::Photo>,
        change: impl FnOnce(&Run, &Carried) -> Result<Change, Problem>,
    ) -> Result<(), Problem> {
        let now = self.edge.now();
        self.decide_and(app, officer, bodies, |tx, case| {
            let run = run(tx, &self.area, id)?;
            let to = change(&run, &carried(tx, id, app)?)?;
            if let Some(photo) = photo {
                photo::note(tx, &case.office, photo, now)?;
            }
            tx.execute(
                "UPDATE run_item SET state = $1, attempts = $2, place = $3, why = $4, changed = $5 WHERE run = $6 AND app = $7",
                params![to.state, to.attempts, to.place, to.why, now, id, app],
            )?;
            Ok(())
        })
    }
}

/// Where a hand-over from door to door took place.
fn at_door(run: &Run) -> String {
    let way = match run.way {
        Way::Officer => "officer",
        Way::Post | Way::Subdistrict | Way::Village => "post",
    };
    say(&format!("run.at_door.{way}"), &[("carrier", &run.carrier), ("number", &run.number)])
}

/// The row of a document in a run.
fn carried(tx: &mut dyn Tx, id: &str, app: &str) -> Result<Carried, Problem> {
    let row = first(tx, "SELECT attempts, state, place FROM run_item WHERE run = $1 AND app = $2", params![id, app])?;
    let row = row.ok_or_else(|| Problem::new("not_found"))?;
    Ok(Carried { attempts: row.int(0)?, state: row.text(1)?, place: row.text(2)? })
}
