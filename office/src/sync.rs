//! The loop that carries events up and brings answers down. What to do next is decided in `domain::sync`.

use crate::device_key::{USUAL, Way};
use crate::ended::LOST;
use crate::offer::{Packing, Prepared};
use crate::subdistrict::PinHelp;
use crate::{Office, beside, lives, settings, stored, unattended};
use jukung_domain::problem::Problem;
use jukung_domain::sync::pace::{call_bytes, level, rate_after};
use jukung_domain::sync::patience::is_the_districts;
use jukung_domain::sync::{Next, Why, after, wait_ms};
use jukung_domain::wire;
use jukung_ledger::point::point;
use jukung_ledger::tx::first;
use jukung_ledger::{Tx, feed, params};
use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;

/// Calls in one run: 256 events each, so a counter's worst week fits, and a server that answers oddly cannot keep us here.
const CALLS_MAX: usize = 200;

/// A request to the district.
#[derive(Debug, Clone)]
pub struct Call {
    /// `POST` or `PATCH`.
    pub method: &'static str,
    /// Path, e.g. `/v1/sync`.
    pub path: String,
    /// Headers.
    pub headers: Vec<(&'static str, String)>,
    /// Body.
    pub body: Vec<u8>,
}

/// What came back.
#[derive(Debug, Clone)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// Body.
    pub body: Vec<u8>,
}

/// The network, handed in: a socket in the product, the router itself in tests.
pub trait Road: Send + Sync {
    /// Carries one call.
    ///
    /// The error is `offline` when nothing answered and `half` when something answered that is not the district.
    fn carry(&self, call: Call) -> Pin<Box<dyn Future<Output = Result<Reply, Problem>> + Send + '_>>;
}

/// What is going on right now; it is not stored.
#[derive(Debug, Clone, Default)]
pub struct Live {
    /// A call is under way.
    pub sending: bool,
    /// `connected`, `offline`, `half`, `pending` (nobody approved this computer yet) or empty before the first try.
    pub state: String,
    /// When the next try is planned, ms; 0 when none.
    pub next_try: i64,
    /// Failures in a row.
    pub tries: u32,
    /// How far this computer's clock is ahead of the district's at its last answer, ms; negative when it is behind.
    pub clock_ahead: i64,
    /// Bytes per second of the last upload; 0 while unknown.
    pub rate: i64,
    /// How the district was last found to read calls; another try with each start of the program.
    pub packing: Packing,
    /// Whether something on the way keeps nothing of a call that was cut: scans then go in small pieces.
    pub small_pieces: bool,
    /// A supervisor looks at the counters of the subdistrict: the next call asks for their figures.
    pub asks: bool,
    /// A supervisor helps with a forgotten PIN.
    pub pin: PinHelp,
}

/// How the next call of a run is made.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Manner {
    /// Most events.
    pub most: usize,
    /// The district asked for anchors.
    pub anchors: bool,
    /// This counter lacks events of its own.
    pub whole: bool,
    /// How the body is packed.
    pub packing: Packing,
    /// Most bytes of the packed body.
    pub bytes: i64,
}

impl Office {
    /// Sends and fetches until both sides have the same, or something stops it.
    ///
    /// # Errors
    /// `offline`, `half`, `not_enrolled`, `device_pending`, `too_old`, `server_busy`. Nothing is lost by any of them.
    pub async fn sync(&self, road: &dyn Road) -> Result<Ran, Problem> {
        self.of_counter()?;
        self.set_live(|l| l.sending = true);
        let result = self.run(road).await;
        let now = self.now();
        let jitter = u32::from_be_bytes(self.edge.random::<4>());
        self.set_live(|l| {
            l.sending = false;
            match &result {
                Ok(_) => (l.state, l.tries, l.next_try) = ("connected".into(), 0, 0),
                Err(p) => {
                    l.state = state_after(p).into();
                    l.next_try = now + i64::try_from(wait_ms(l.tries, jitter)).unwrap_or(i64::MAX);
                    l.tries += 1;
                }
            }
        });
        self.note_result(result.as_ref().err())?;
        beside::write(&self.dir, &self.db)?;
        result
    }

    async fn run(&self, road: &dyn Road) -> Result<Ran, Problem> {
        let mut ran = Ran::default();
        let (most, packing) = (wire::BATCH_EVENTS_MAX, self.live().packing);
        let mut manner = Manner { most, anchors: false, whole: false, packing, bytes: 0 };
        if let Err(problem) = unattended::send_kept(&self.dir, road).await {
            // It stays and is tried again; what is here now does not wait for it.
            tracing::warn!("what was packed before the database broke was not sent: {problem}");
        }
        let mut before = self.db.read(|tx| self.standing(tx))?;
        let (mut apart, mut ways) = (self.apart()?, self.ways_to_sign()?);
        for _ in 0..CALLS_MAX {
            manner.bytes = call_bytes(self.live().rate);
            let prepared = self.prepare_after(manner, &apart)?;
            let (sent, way) = (prepared.events, ways.front().copied().unwrap_or(USUAL));
            let mut reply = self.carried(road, &prepared, manner.packing, way).await?;
            let mut next = after(reply.status, sent);
            if next == Next::Opaque {
                reply = self.hand_over(road, &prepared, way, &reply).await?;
                (next, manner.most) = (after(reply.status, 0), wire::BATCH_EVENTS_MAX);
            }
            if next != Next::TakeIn {
                self.otherwise(next, &reply, sent, &mut manner, &mut ways)?;
                continue;
            }
            let (answer, entries) = self.read_answer(&reply.body)?;
            let ahead = self.identity.clock.machine_ms() - answer.time;
            self.set_live(|l| l.clock_ahead = ahead);
            self.told_time(answer.time)?;
            let took = self.take_in(&prepared.head.code, &answer, &entries)?;
            self.heard_online()?;
            if answer.ended.as_deref() == Some(LOST) {
                if self.kept_apart(&mut apart, &prepared.head, &answer)? {
                    continue;
                }
                return Err(Problem::new("device_lost"));
            }
            // Something got through: the next failure is a first one again.
            self.set_live(|l| l.tries = 0);
            self.answered(way.by);
            ways = self.ways_to_sign()?;
            ran.acknowledged += took.acknowledged;
            ran.received += took.entries;
            ran.scans += self.deliver_scans(road, &answer).await?;
            let now = self.db.read(|tx| self.standing(tx))?;
            let asked = (answer.ask, took.lacks) != (manner.anchors, manner.whole);
            (manner.anchors, manner.whole) = (answer.ask, took.lacks);
            let done = now.quiet(answer.head) && !answer.ask && !took.lacks || (now == before && !asked);
            // A key that the district knows since this answer is used at once, and no paper waits for symbols.
            if done && !took.key_told && !took.nameless {
                return Ok(ran);
            }
            before = now;
        }
        Ok(ran)
    }

    /// How the same is tried otherwise after a refusal; the error says that it is not.
    fn otherwise(
        &self,
        next: Next,
        reply: &Reply,
        sent: usize,
        manner: &mut Manner,
        ways: &mut VecDeque<Way>,
    ) -> Result<(), Problem> {
        match next {
            Next::Halve => manner.most = (sent / 2).max(1),
            Next::Plain => {
                manner.packing = manner.packing.simpler().ok_or_else(|| Problem::new("server_busy"))?;
                self.set_live(|l| l.packing = manner.packing);
            }
            Next::TakeIn | Next::Opaque | Next::Wait => {
                return Err(Problem::new("server_busy").with("status", reply.status));
            }
            Next::Elsewhere => return Err(Problem::new("half")),
            Next::Stop(Why::NotEnrolled) => {
                let problem = refused(&reply.body);
                // The district may know another of this computer's keys.
                ways.pop_front();
                if ways.is_empty() || problem.code != "not_enrolled" {
                    return Err(problem);
                }
            }
            Next::Stop(Why::TooOld) => return Err(Problem::new("too_old")),
        }
        Ok(())
    }

    /// One call and what came back.
    async fn carried(
        &self,
        road: &dyn Road,
        prepared: &Prepared,
        packing: Packing,
        way: Way,
    ) -> Result<Reply, Problem> {
        let call = self.sign(prepared, packing, level(self.live().rate), way)?;
        let (up, began) = (call.body.len(), self.now());
        point("send");
        let carried = road.carry(call).await;
        point("sent");
        if !matches!(&carried, Err(p) if p.code == "offline") {
            self.note_left(&prepared.head)?;
        }
        let reply = carried?;
        self.measured(up + reply.body.len(), began);
        Ok(reply)
    }

    /// Takes what was moved since `began` into the rate of the link.
    pub(crate) fn measured(&self, bytes: usize, began: i64) {
        let ms = self.now() - began;
        self.set_live(|l| l.rate = rate_after(l.rate, i64::try_from(bytes).unwrap_or(0), ms));
    }

    /// The network is there again: what failed without it says nothing about it.
    pub fn network_returned(&self) {
        self.set_live(|l| (l.tries, l.next_try, l.small_pieces) = (0, 0, false));
    }

    /// Where this counter stands: a call after which nothing of it changed has nothing more to do.
    fn standing(&self, tx: &mut dyn Tx) -> Result<Standing, Problem> {
        let logs = lives::all(tx)?;
        let head = feed::head(tx, &self.identity.office.code).map_err(stored)?;
        let back = first(tx, "SELECT count(*) FROM event WHERE turn < 0", &[]).map_err(stored)?;
        Ok(Standing {
            feed: head.n,
            logs: logs.iter().map(|l| (l.incarnation, l.acked)).collect(),
            unsent: logs.iter().map(lives::Log::unsent).sum(),
            back: back.map_or(Ok(0), |r| r.int(0)).map_err(stored)?,
        })
    }

    /// Writes why sending failed beside everything that waits, so that each row can say it.
    fn note_result(&self, problem: Option<&Problem>) -> Result<(), Problem> {
        let (code, add) = problem.map_or(("", 0_i64), |p| (p.code.as_str(), 1));
        self.db.write(|tx| {
            tx.execute("UPDATE queue SET problem = $1, tries = tries + $2", params![code, add]).map_err(stored)?;
            settings::set(tx, "rate", &self.live().rate.to_string())
        })
    }
}

/// The state of the connection after a problem.
fn state_after(problem: &Problem) -> &'static str {
    match problem.code.as_str() {
        "offline" => "offline",
        "device_pending" => "pending",
        "device_lost" => LOST,
        _ => "half",
    }
}

/// Why the district takes nothing of this computer: nobody has approved it yet, or it is not one of its own (any more).
fn refused(body: &[u8]) -> Problem {
    if !is_the_districts(body) {
        return Problem::new("half");
    }
    let told: Option<Problem> = serde_json::from_slice(body).ok();
    Problem::new(if told.is_some_and(|p| p.code == "device_pending") { "device_pending" } else { "not_enrolled" })
}

/// What one run did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ran {
    /// Events the district has acknowledged in this run.
    pub acknowledged: i64,
    /// Feed entries taken in.
    pub received: usize,
    /// Scans delivered.
    pub scans: usize,
}

/// See [`Office::standing`].
#[derive(Debug, PartialEq, Eq)]
struct Standing {
    feed: i64,
    logs: Vec<(i64, i64)>,
    unsent: i64,
    back: i64,
}

impl Standing {
    /// Both sides have the same.
    fn quiet(&self, head: i64) -> bool {
        self.feed >= head && self.unsent == 0 && self.back == 0
    }
}
