//! The loop that carries events up and brings answers down. What to do next is decided in `domain::sync`.

use crate::own::{self, Life};
use crate::{Office, residents, settings, stored, views};
use jukung_domain::event::{self, Body, Hash};
use jukung_domain::problem::Problem;
use jukung_domain::sync::feed::{Follows, follows};
use jukung_domain::sync::{Next, Why, after, wait_ms};
use jukung_domain::wire::{self, FeedEntry, LogPart, SyncAnswer, SyncHead};
use jukung_ledger::log::{self, NewEvent};
use jukung_ledger::projection::{self, Context};
use jukung_ledger::tx::first;
use jukung_ledger::{Tx, feed, params};
use std::future::Future;
use std::pin::Pin;

/// Scans offered in one call: their names cost 75 bytes each.
const OFFER_MAX: i64 = 64;
/// Calls in one run: 256 events each, so a counter's worst week fits, and a server that answers oddly cannot keep us here.
const CALLS_MAX: usize = 200;
/// Compression level: fast links do not feel it, and at 50 kbit/s level 19 saves 11 ms an application (targets.md 1).
const ZSTD_LEVEL: i32 = 9;

/// A request to the district.
#[derive(Debug, Clone)]
pub struct Call {
    /// `POST` or `PUT`.
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
    /// `connected`, `offline`, `half` or empty before the first try.
    pub state: String,
    /// When the next try is planned, ms; 0 when none.
    pub next_try: i64,
    /// Failures in a row.
    pub tries: u32,
    /// Bytes per second of the last upload; 0 while unknown.
    pub rate: i64,
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

struct Prepared {
    head: SyncHead,
    lines: Vec<String>,
    life: Life,
}

impl Office {
    /// Sends and fetches until both sides have the same, or something stops it.
    ///
    /// # Errors
    /// `offline`, `half`, `not_enrolled`, `too_old`, `server_busy`, `fork`. Nothing is lost by any of them.
    pub async fn sync(&self, road: &dyn Road) -> Result<Ran, Problem> {
        self.set_live(|l| l.sending = true);
        let result = self.run(road).await;
        let now = self.now();
        let jitter = u32::from_be_bytes(self.edge.random::<4>());
        self.set_live(|l| {
            l.sending = false;
            match &result {
                Ok(_) => (l.state, l.tries, l.next_try) = ("connected".into(), 0, 0),
                Err(p) => {
                    l.state = if p.code == "offline" { "offline".into() } else { "half".into() };
                    l.next_try = now + i64::try_from(wait_ms(l.tries, jitter)).unwrap_or(i64::MAX);
                    l.tries += 1;
                }
            }
        });
        self.note_result(result.as_ref().err())?;
        result
    }

    async fn run(&self, road: &dyn Road) -> Result<Ran, Problem> {
        let mut ran = Ran::default();
        let mut most = wire::BATCH_EVENTS_MAX;
        for _ in 0..CALLS_MAX {
            let prepared = self.prepare(most)?;
            let sent = prepared.lines.len();
            let reply = road.carry(self.sign(&prepared)?).await?;
            match after(reply.status, sent) {
                Next::TakeIn => {}
                Next::Halve => {
                    most = (sent / 2).max(1);
                    continue;
                }
                Next::Wait => return Err(Problem::new("server_busy").with("status", reply.status)),
                Next::Stop(Why::NotEnrolled) => return Err(Problem::new("not_enrolled")),
                Next::Stop(Why::TooOld) => return Err(Problem::new("too_old")),
            }
            let (answer, entries) = self.read_answer(&reply.body)?;
            let took = self.take_in(&prepared, &answer, &entries)?;
            ran.acknowledged += took;
            ran.received += entries.len();
            ran.scans += self.deliver_scans(road, &answer).await?;
            let more_up = self.db.read(|tx| own::life(tx).map(|l| l.next - 1 > l.acked)).map_err(stored)?;
            if answer.cur.0 >= answer.head && !(more_up && took > 0) {
                return Ok(ran);
            }
        }
        Ok(ran)
    }

    fn prepare(&self, most: usize) -> Result<Prepared, Problem> {
        let office = &self.identity.office.code;
        self.db.read(|tx| {
            let life = own::life(tx).map_err(stored)?;
            let device = self.identity.device;
            let from = life.acked + 1;
            let most = i64::try_from(most).unwrap_or(1);
            let events = log::read_from(tx, &device.to_string(), life.incarnation, from, most).map_err(stored)?;
            let before = log::chain_at(tx, device, life.incarnation, life.acked).map_err(stored)?;
            let last = events.last().map_or(life.acked, |(seq, _)| *seq);
            let to = log::chain_at(tx, device, life.incarnation, last).map_err(stored)?;
            let position = feed::head(tx, office).map_err(stored)?;
            let offered = tx
                .query(
                    "SELECT DISTINCT b.sha256, b.bytes FROM blob b JOIN scan s ON s.sha256 = b.sha256 JOIN app a ON a.id = s.draft
                     WHERE b.state <> 'received' AND s.binned = 0 ORDER BY b.bytes LIMIT $1",
                    params![OFFER_MAX],
                )
                .map_err(stored)?;
            let mut blobs = Vec::new();
            for row in offered {
                blobs.push(format!("{}:{}", row.text(0).map_err(stored)?, row.int(1).map_err(stored)?));
            }
            let part = LogPart {
                i: wire::incarnation_hex(life.incarnation),
                f: from,
                m: i64::try_from(events.len()).unwrap_or(0),
                pc: before.map(hex::encode).unwrap_or_default(),
                tc: to.map(hex::encode).unwrap_or_default(),
                n: life.next - 1,
            };
            let head = SyncHead {
                v: wire::VERSION,
                d: device,
                logs: vec![part],
                cur: (position.n, event::short(&position.hash)),
                blobs,
                wall: self.now(),
                app: env!("CARGO_PKG_VERSION").into(),
                sig: String::new(),
            };
            Ok(Prepared { head, lines: events.into_iter().map(|(_, raw)| raw).collect(), life })
        })
    }

    fn sign(&self, prepared: &Prepared) -> Result<Call, Problem> {
        let json = |e: serde_json::Error| stored(e.into());
        let mut head = prepared.head.clone();
        let unsigned = wire::body(&head, &prepared.lines).map_err(json)?;
        head.sig =
            hex::encode(jukung_crypto::sign::sign(&self.identity.seed, &wire::signed_bytes("/v1/sync", &unsigned)));
        let body = wire::body(&head, &prepared.lines).map_err(json)?;
        let body = zstd::bulk::compress(&body, ZSTD_LEVEL).map_err(|e| Problem::new("internal").with("at", e))?;
        let headers = vec![("content-type", wire::SYNC_MEDIA.to_owned()), ("content-encoding", "zstd".to_owned())];
        Ok(Call { method: "POST", path: "/v1/sync".into(), headers, body })
    }

    /// Reads an answer and refuses one that the district did not sign: only its own word counts as "received".
    fn read_answer(&self, body: &[u8]) -> Result<(SyncAnswer, Vec<FeedEntry>), Problem> {
        let half = || Problem::new("half");
        let body = zstd::bulk::decompress(body, wire::BODY_BYTES_MAX).unwrap_or_else(|_| body.to_vec());
        let text = String::from_utf8(body).map_err(|_| half())?;
        let mut lines = text.split('\n');
        let mut answer: SyncAnswer = serde_json::from_str(lines.next().unwrap_or_default()).map_err(|_| half())?;
        let rest: Vec<String> = lines.filter(|l| !l.is_empty()).map(str::to_owned).collect();
        let signature = std::mem::take(&mut answer.sig);
        let unsigned = wire::body(&answer, &rest).map_err(|_| half())?;
        let signature = hex::decode(signature).map_err(|_| half())?;
        if !jukung_crypto::sign::verify(
            &self.identity.district_key,
            &wire::signed_bytes("answer", &unsigned),
            &signature,
        ) {
            return Err(half());
        }
        let entries =
            rest.iter().map(|l| serde_json::from_str(l)).collect::<Result<Vec<_>, _>>().map_err(|_| half())?;
        Ok((answer, entries))
    }

    /// Takes an answer in: watermark, feed, settings, in one transaction. Returns how many events were acknowledged.
    fn take_in(&self, prepared: &Prepared, answer: &SyncAnswer, entries: &[FeedEntry]) -> Result<i64, Problem> {
        if let Some(why) = &answer.fork {
            return Err(Problem::new("fork").with("why", why));
        }
        let now = self.now();
        let mine = wire::incarnation_hex(prepared.life.incarnation);
        self.db.write(|tx| {
            // The district's watermark always wins, also when it goes backwards (R2).
            let mut acked = answer.ack.iter().find(|(i, _)| *i == mine).map_or(0, |(_, seq)| *seq);
            if let Some((_, from)) = answer.need.as_ref().filter(|(i, _)| *i == mine) {
                acked = acked.min(from - 1);
            }
            tx.execute("UPDATE inc SET acked = $1 WHERE inc = $2", params![acked, prepared.life.incarnation]).map_err(stored)?;
            for entry in entries {
                self.take_entry(tx, entry, now)?;
            }
            tx.execute("UPDATE queue SET received = $1, problem = '' WHERE received = 0 AND last_seq <= $2 AND problem NOT LIKE 'parked%'", params![now, acked]).map_err(stored)?;
            for sha in &answer.have {
                tx.execute("UPDATE blob SET state = 'received' WHERE sha256 = $1", params![sha]).map_err(stored)?;
            }
            if let Some(text) = &answer.settings {
                settings::set(tx, "district_settings", text)?;
            }
            settings::set(tx, "last_sync", &now.to_string())?;
            Ok(acked - prepared.life.acked)
        })
    }

    /// One entry of the feed: exactly the next number, chained to the last (a gap stops the feed, it never skips).
    fn take_entry(&self, tx: &mut dyn Tx, entry: &FeedEntry, now: i64) -> Result<(), Problem> {
        let office = &self.identity.office.code;
        let head = feed::head(tx, office).map_err(stored)?;
        match follows(head.n, entry.n) {
            Follows::Next => {}
            Follows::Known => return Ok(()),
            Follows::Gap => return Err(Problem::new("feed_gap").with("n", entry.n)),
        }
        let raw = if entry.b.is_empty() {
            first(tx, "SELECT raw FROM event WHERE uid = $1", params![&entry.r])
                .map_err(stored)?
                .ok_or_else(|| Problem::new("feed_gap").with("n", entry.n))?
                .text(0)
                .map_err(stored)?
        } else {
            entry.b.clone()
        };
        let next = feed::Entry { kind: &entry.t, reference: &entry.r, outcome: &entry.o, raw: &raw };
        feed::append(tx, office, &next).map_err(stored)?;
        if entry.b.is_empty() {
            return self.own_outcome(tx, entry, now);
        }
        self.foreign_event(tx, entry, &raw, now)
    }

    /// The district's word on an event of this computer.
    fn own_outcome(&self, tx: &mut dyn Tx, entry: &FeedEntry, now: i64) -> Result<(), Problem> {
        if entry.o == "applied" || entry.o == "merged" {
            return Ok(());
        }
        let app = first(tx, "SELECT app FROM event WHERE uid = $1", params![&entry.r]).map_err(stored)?;
        let app = app.map_or(Ok(String::new()), |r| r.text(0)).map_err(stored)?;
        tx.execute("UPDATE event SET outcome = $1 WHERE uid = $2", params![&entry.o, &entry.r]).map_err(stored)?;
        tx.execute(
            "INSERT INTO attention (uid, app, reason, detail, opened, closed) VALUES ($1, $2, $3, '', $4, 0) ON CONFLICT DO NOTHING",
            params![&entry.r, &app, &entry.o, now],
        )
        .map_err(stored)?;
        tx.execute("UPDATE queue SET problem = 'parked' WHERE app = $1", params![app]).map_err(stored)?;
        Ok(())
    }

    /// An event of the district or of a sibling: stored whole, folded when this build knows its kind.
    fn foreign_event(&self, tx: &mut dyn Tx, entry: &FeedEntry, raw: &str, now: i64) -> Result<(), Problem> {
        let Ok(envelope) = event::read(raw) else { return Ok(()) };
        let (device, place) = (entry.d.unwrap_or_default(), entry.s.clone().unwrap_or_default());
        let origin =
            event::Origin { device, incarnation: wire::incarnation_from_hex(&place.0).unwrap_or(0), seq: place.1 };
        let uid: Hash = event::uid(&origin, raw);
        if hex::encode(uid) != entry.r {
            return Err(Problem::new("feed_gap").with("n", entry.n));
        }
        let app = envelope.a.to_string();
        let new = NewEvent {
            origin,
            raw,
            application: app.clone(),
            kind: envelope.k.clone(),
            chain: uid,
            outcome: entry.o.clone(),
            at: now,
        };
        log::append(tx, &new).map_err(stored)?;
        if entry.o != "applied" && entry.o != "merged" {
            return Ok(());
        }
        let Ok(Some(body)) = Body::read(&envelope) else { return Ok(()) };
        let context = Context { office: &self.identity.office.code, at: now };
        projection::apply(tx, &app, &body, &uid, context).map_err(stored)?;
        if let Body::Create(created) = &body {
            residents::remember(tx, &app, &created.d, now)?;
            residents::name(tx, "application", &app, &views::names_in(&created.d))?;
        }
        Ok(())
    }

    async fn deliver_scans(&self, road: &dyn Road, answer: &SyncAnswer) -> Result<usize, Problem> {
        let mut delivered = 0;
        for sha in &answer.want {
            let Some(bytes) = self.scan_bytes(sha)? else { continue };
            let (size, began) = (bytes.len(), self.now());
            let headers = vec![
                ("authorization", format!("Bearer {}", answer.token)),
                ("content-type", "application/octet-stream".to_owned()),
            ];
            let reply =
                road.carry(Call { method: "PUT", path: format!("/v1/blobs/{sha}"), headers, body: bytes }).await?;
            if !matches!(reply.status, 200 | 201) {
                return Err(Problem::new("server_busy").with("status", reply.status));
            }
            self.db
                .write(|tx| tx.execute("UPDATE blob SET state = 'received' WHERE sha256 = $1", params![sha]))
                .map_err(stored)?;
            let ms = (self.now() - began).max(1);
            self.set_live(|l| l.rate = i64::try_from(size).unwrap_or(0) * 1000 / ms);
            delivered += 1;
        }
        Ok(delivered)
    }

    /// Writes why sending failed beside everything that waits, so that each row can say it.
    fn note_result(&self, problem: Option<&Problem>) -> Result<(), Problem> {
        let (code, add) = problem.map_or(("", 0_i64), |p| (p.code.as_str(), 1));
        self.db.write(|tx| {
            tx.execute(
                "UPDATE queue SET problem = $1, tries = tries + $2 WHERE received = 0 AND problem NOT LIKE 'parked%'",
                params![code, add],
            )
            .map_err(stored)?;
            Ok(())
        })
    }
}
