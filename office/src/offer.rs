//! What goes up in one call: of each life of this computer's log what waits, what is handed back, and which scans are here.

use crate::device_key::{By, Way};
use crate::lives::{self, Log};
use crate::sync::{Call, Manner};
use crate::{Office, audit_told, deliver, settings, stored};
use jukung_domain::event::{self, Origin};
use jukung_domain::pack;
use jukung_domain::problem::Problem;
use jukung_domain::sync::log::anchors;
use jukung_domain::wire::{self, FeedEntry, LogPart, SyncHead};
use jukung_ledger::log::Signed;
use jukung_ledger::{Tx, feed, log, params};
use std::collections::BTreeMap;

/// Scans offered in one call: their names cost 75 bytes each.
pub(crate) const OFFER_MAX: i64 = 64;
/// How much smaller events are at least when packed: a sixth to a tenth was measured (targets.md 1).
pub(crate) const PACKED: i64 = 5;

/// How a call is packed: the best this computer knows, until the district answers that it does not know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Packing {
    /// With the newest dictionary and the short header.
    #[default]
    Short,
    /// zstd alone, which every district knows that knows any.
    Zstd,
    /// As it is.
    Plain,
}

impl Packing {
    /// What to try after a district said that it does not know this; none when it was already plain.
    #[must_use]
    pub fn simpler(self) -> Option<Packing> {
        match self {
            Packing::Short => Some(Packing::Zstd),
            Packing::Zstd => Some(Packing::Plain),
            Packing::Plain => None,
        }
    }
}

/// A call about to be signed.
pub(crate) struct Prepared {
    pub head: SyncHead,
    /// Events, then what is handed back.
    pub lines: Vec<String>,
    /// How many of the lines are events.
    pub events: usize,
}

impl Office {
    pub(crate) fn prepare(&self, manner: Manner) -> Result<Prepared, Problem> {
        self.prepare_after(manner, &BTreeMap::new())
    }

    /// The call that follows others which are packed but not answered: per life, the last place they carry.
    pub(crate) fn prepare_after(&self, manner: Manner, packed: &BTreeMap<i64, i64>) -> Result<Prepared, Problem> {
        let office = &self.identity.office.code;
        self.db.read(|tx| {
            let (mut logs, mut lines, mut bytes) = (Vec::new(), Vec::new(), 0);
            let mut code = String::new();
            let most_bytes =
                usize::try_from(manner.bytes * if manner.packing == Packing::Plain { 1 } else { PACKED }).unwrap_or(0);
            for log in lives::all(tx)? {
                let room = if bytes > most_bytes { 0 } else { manner.most.saturating_sub(lines.len()) };
                let from = packed.get(&log.incarnation).copied().unwrap_or(0);
                logs.push(self.part(tx, &log, from, (room, most_bytes), &mut lines, &mut bytes)?);
                if !log.closed {
                    code = log.code;
                }
            }
            let events = lines.len();
            let back = handed_back(tx, self.identity.device)?;
            for entry in &back {
                lines.push(serde_json::to_string(entry).map_err(|e| Problem::new("internal").with("at", e))?);
            }
            let here = feed::head(tx, office).map_err(stored)?;
            let mut anch = Vec::new();
            for n in if manner.anchors { anchors(here.n) } else { Vec::new() } {
                anch.extend(feed::hash_at(tx, office, n).map_err(stored)?.map(|h| (n, event::short(&h))));
            }
            let head = SyncHead {
                v: wire::VERSION,
                d: self.identity.device,
                logs,
                cur: (here.n, event::short(&here.hash)),
                anch,
                wit: i64::try_from(back.len()).unwrap_or(0),
                whole: manner.whole,
                code,
                cert: self.wants_certificate(),
                keys: Vec::new(),
                blobs: offered_and_unconfirmed(tx)?,
                au: audit_told::heads(tx)?,
                sub: self.asks_for_subdistrict(tx)?,
                pin: self.live().pin.ask,
                wall: self.now(),
                app: env!("CARGO_PKG_VERSION").into(),
                caps: Vec::new(),
                set: String::new(),
                sig: String::new(),
            };
            Ok(Prepared { head, lines, events })
        })
    }

    /// What waits of one life: at most `room` events, and no more than its bytes, but always one.
    fn part(
        &self,
        tx: &mut dyn Tx,
        log: &Log,
        packed: i64,
        (room, most_bytes): (usize, usize),
        lines: &mut Vec<String>,
        bytes: &mut usize,
    ) -> Result<LogPart, Problem> {
        let device = self.identity.device;
        let first = log.acked.max(log.gone).max(packed) + 1;
        let most = i64::try_from(room).unwrap_or(1);
        let waiting = log::read_from(tx, device, log.incarnation, first, most).map_err(stored)?;
        let (mut moved, mut runs, mut last) = (Vec::new(), Vec::new(), first - 1);
        for event in waiting {
            if *bytes > most_bytes {
                break;
            }
            *bytes += event.raw.len();
            if event.origin != (Origin { device, incarnation: log.incarnation, seq: event.seq }) {
                moved.push((event.seq, wire::incarnation_hex(event.origin.incarnation), event.origin.seq));
            }
            last = event.seq;
            note_run(&mut runs, event.seq, event.by);
            lines.push(event.raw);
        }
        let mut chain = |seq| log::chain_at(tx, device, log.incarnation, seq).map_err(stored);
        Ok(LogPart {
            i: wire::incarnation_hex(log.incarnation),
            f: first,
            m: last + 1 - first,
            pc: chain(first - 1)?.map(hex::encode).unwrap_or_default(),
            tc: if last < first { String::new() } else { chain(last)?.map(hex::encode).unwrap_or_default() },
            n: log.last,
            c: log.closed,
            o: moved,
            r: runs,
        })
    }

    /// The call as it leaves. Which version it is stands in its media type and in its first line; how it is packed, in
    /// `Content-Encoding` and in the frame itself. A district that does not know it answers 415.
    pub(crate) fn sign(&self, prepared: &Prepared, packing: Packing, level: i32, way: Way) -> Result<Call, Problem> {
        let json = |e: serde_json::Error| stored(e.into());
        let mut head = prepared.head.clone();
        if way.said {
            head.keys = self.statements();
        }
        // Another key needs another certificate, and the district knows it from this call on.
        head.cert |= way.by == By::Next;
        if packing == Packing::Short {
            head = head.shortened(&self.db.read(|tx| settings::get(tx, "district_settings"))?);
        }
        let unsigned = wire::body(&head, &prepared.lines).map_err(json)?;
        let signed = wire::signed_bytes("/v1/sync", &unsigned);
        head.sig = hex::encode(jukung_crypto::sign::sign(&self.seed_of(way.by), &signed));
        let body = wire::body(&head, &prepared.lines).map_err(json)?;
        let mut headers = vec![("content-type", wire::SYNC_MEDIA.to_owned())];
        let (named, body) = match packing {
            Packing::Short => (pack::SHORT, pack::pack_short(&body, level, pack::NEWEST.id)),
            Packing::Zstd => (pack::ZSTD, pack::pack(&body, level, None)),
            Packing::Plain => ("", Ok(body)),
        };
        let body = body.map_err(|e| Problem::new("internal").with("at", e))?;
        if named.is_empty() {
            return Ok(Call { method: "POST", path: "/v1/sync".into(), headers, body });
        }
        headers.extend([("content-encoding", named.to_owned()), ("accept-encoding", named.to_owned())]);
        Ok(Call { method: "POST", path: "/v1/sync".into(), headers, body })
    }
}

/// One more event of a call, and who stands for it: a run goes on while that is the same person.
fn note_run(runs: &mut Vec<(i64, String, String)>, seq: i64, by: Signed) {
    let Signed { person, signature } = by;
    if person.is_empty() {
        return;
    }
    match runs.last_mut() {
        Some((to, who, sig)) if *to + 1 == seq && *who == person => (*to, *sig) = (seq, signature),
        Some(_) | None => runs.push((seq, person, signature)),
    }
}

/// What a restored district lacks and this counter holds, oldest first (R5). This computer's own that the district never
/// handed to it stands in its log, and goes again from there with its author's signature.
fn handed_back(tx: &mut dyn Tx, device: uuid::Uuid) -> Result<Vec<FeedEntry>, Problem> {
    let sql = "SELECT uid, kind, outcome, raw, device, incarnation, seq, turn, proof FROM event
               WHERE turn < 0 AND (device <> $1 OR proof <> '') ORDER BY turn DESC LIMIT $2";
    let rows = tx.query(sql, params![device.to_string(), wire::WITNESS_MAX]).map_err(stored)?;
    let entry = |r: &jukung_ledger::Row| {
        Ok(FeedEntry {
            n: -r.int(7)?,
            t: if r.text(1)?.starts_with("st.") { "st" } else { "ok" }.into(),
            r: r.text(0)?,
            o: r.text(2)?,
            b: r.text(3)?,
            d: Some(log::id(&r.text(4)?)?),
            s: Some((wire::incarnation_hex(r.int(5)?), r.int(6)?)),
            g: r.text(8)?,
            k: 0,
        })
    };
    rows.iter().map(|r| entry(r).map_err(stored)).collect()
}

/// What a call asks about: scans that wait, and those whose arrival no signed answer has told.
fn offered_and_unconfirmed(tx: &mut dyn Tx) -> Result<Vec<String>, Problem> {
    let mut named = offered(tx, OFFER_MAX)?;
    let room = OFFER_MAX - i64::try_from(named.len()).unwrap_or(OFFER_MAX);
    named.extend(deliver::unconfirmed(tx, room)?);
    Ok(named)
}

/// Scans of applications that were handed in, smallest first.
pub(crate) fn offered(tx: &mut dyn Tx, most: i64) -> Result<Vec<String>, Problem> {
    let sql =
        "SELECT DISTINCT b.sha256, b.bytes FROM blob b JOIN scan s ON s.sha256 = b.sha256 JOIN app a ON a.id = s.draft
               WHERE b.state <> 'received' AND s.binned = 0 ORDER BY b.bytes LIMIT $1";
    let rows = tx.query(sql, params![most]).map_err(stored)?;
    rows.iter().map(|r| Ok(format!("{}:{}", r.text(0).map_err(stored)?, r.int(1).map_err(stored)?))).collect()
}
