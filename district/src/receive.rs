//! What a call brings of each log, and what a counter hands back: compared, placed, and given to the outcome.

use crate::outcome::Writer;
use crate::{District, at_once, authors, outcome, own};
use jukung_crypto::proof;
use jukung_domain::call::Call;
use jukung_domain::event::{self, Hash, Origin};
use jukung_domain::problem::Problem;
use jukung_domain::sync::log::{Held, Offer, Received, anchors, origin, receive, word_to};
use jukung_domain::wire::{self, FeedEntry, Gap, LogPart, SyncAnswer};
use jukung_ledger::log::{self, Place, chain_at};
use jukung_ledger::tx::first;
use jukung_ledger::{Tx, feed, params};

/// What the feed will tell about an event.
#[derive(Debug, Clone)]
pub struct Told {
    /// `ok`, `st` or `rel`.
    pub kind: &'static str,
    /// uid in hex.
    pub uid: String,
    /// Outcome.
    pub outcome: String,
    /// Exact bytes; empty for `rel`.
    pub raw: String,
}

/// Puts at the end of an office's feed what it must tell.
///
/// # Errors
/// Those of the database.
pub fn tell_all(tx: &mut dyn Tx, office: &str, told: &[Told]) -> Result<(), Problem> {
    let entry = |t| {
        let Told { kind, uid, outcome, raw }: &Told = t;
        feed::Entry { kind, reference: uid, outcome, raw }
    };
    feed::append_all(tx, office, &told.iter().map(entry).collect::<Vec<_>>())?;
    Ok(())
}

/// Takes the part of one log that came with a call, and says what the feed must tell.
///
/// # Errors
/// Those of the database.
pub fn take_log(
    tx: &mut dyn Tx,
    device: uuid::Uuid,
    office: &str,
    part: &LogPart,
    raws: &[String],
    now: i64,
    answer: &mut SyncAnswer,
) -> Result<Vec<Told>, Problem> {
    let Some(incarnation) = wire::incarnation_from_hex(&part.i) else { return Ok(Vec::new()) };
    let place = |seq: i64| Place { device, incarnation, seq };
    let events = placed(part, place(0), raws);
    let (acked, safe) = head(tx, place(0))?;
    let received = compare(tx, part, place(part.f), &events, acked)?;
    let mut told = Vec::new();
    let mut acked_now = acked;
    match received {
        Received::Need { .. } | Received::Fork => {
            let gap = gap(tx, part, place(0), acked)?;
            if received == Received::Fork { answer.fork.push(gap) } else { answer.need.push(gap) }
        }
        Received::Append { skip, mut chain } => {
            let mut placed = Vec::new();
            let begins = (acked + 1, chain);
            let writers = authors::writers(tx, place(0), &part.r, &events[skip..], begins, now)?;
            for (_, uid, _) in &events[skip..] {
                acked_now += 1;
                chain = event::chain_next(&chain, uid);
                placed.push((*uid, chain));
            }
            told.extend(at_once::take_events(tx, office, &events[skip..], writers, now)?);
            log::place_all(tx, place(acked + 1), &placed)?;
            authors::keep(tx, place(0), part, acked, acked_now)?;
            if acked_now > acked {
                keep_head(tx, place(acked_now), &chain)?;
            }
        }
    }
    let word = word_to(acked_now, part.f, part.m);
    let chain = chain_at(tx, device, incarnation, word)?.map(|h| event::short(&h)).unwrap_or_default();
    answer.ack.push((part.i.clone(), word, chain));
    if safe > 0 {
        answer.safe.push((part.i.clone(), safe));
    }
    Ok(told)
}

/// The events of one log in a call, each with where it was first written and what it is known by.
fn placed<'a>(part: &LogPart, log: Place, raws: &'a [String]) -> Vec<(Origin, Hash, &'a String)> {
    let one = |(seq, raw): (i64, &'a String)| {
        let origin = origin_of(part, Place { seq, ..log });
        (origin, event::uid(&origin, raw), raw)
    };
    (part.f..).zip(raws).map(one).collect()
}

/// Where an event of this call was first written: at its place, unless the call says otherwise.
pub(crate) fn origin_of(part: &LogPart, at: Place) -> Origin {
    let moved = part.o.iter().find(|(seq, _, _)| *seq == at.seq);
    let written = moved.and_then(|(_, i, seq)| {
        Some(Origin { device: at.device, incarnation: wire::incarnation_from_hex(i)?, seq: *seq })
    });
    origin(written, Origin { device: at.device, incarnation: at.incarnation, seq: at.seq })
}

/// Last place held and last place that is safe.
fn head(tx: &mut dyn Tx, log: Place) -> Result<(i64, i64), Problem> {
    let sql = "SELECT acked, safe FROM log_head WHERE device = $1 AND incarnation = $2";
    let row = first(tx, sql, params![log.device.to_string(), log.incarnation])?;
    row.map_or(Ok((0, 0)), |r| Ok((r.int(0)?, r.int(1)?)))
}

fn keep_head(tx: &mut dyn Tx, at: Place, chain: &Hash) -> Result<(), Problem> {
    tx.execute(
        "INSERT INTO log_head (device, incarnation, acked, chain, safe) VALUES ($1, $2, $3, $4, 0)
         ON CONFLICT (device, incarnation) DO UPDATE SET acked = excluded.acked, chain = excluded.chain",
        params![at.device.to_string(), at.incarnation, at.seq, hex::encode(chain)],
    )?;
    Ok(())
}

/// Asks the rule what to do with an offer, with the chains of this database where the offer touches it.
fn compare(
    tx: &mut dyn Tx,
    part: &LogPart,
    from: Place,
    events: &[(Origin, Hash, &String)],
    acked: i64,
) -> Result<Received, Problem> {
    let uids: Vec<Hash> = events.iter().map(|(_, uid, _)| *uid).collect();
    let reach = acked.min(part.f - 1 + i64::try_from(uids.len()).unwrap_or(0));
    let mut chain = |seq: i64| chain_at(tx, from.device, from.incarnation, seq);
    let overlap = if reach >= part.f { chain(reach)? } else { None };
    let own = chain(part.f - 1)?;
    let held = Held { acked, before: own, overlap };
    let Some(before) = chain_before(&part.pc, own) else { return Ok(Received::Fork) };
    Ok(receive(&held, &Offer { first: part.f, before, uids: &uids, last: part.n, closed: part.c }))
}

/// The chain a call says stands before its events. In the short form its first 8 bytes stand for the whole; when they are
/// not this database's, any other chain says so.
fn chain_before(told: &str, own: Option<Hash>) -> Option<Hash> {
    let mut before = [0; 32];
    if told.len() == wire::SHORT_HEX {
        hex::decode_to_slice(told, &mut before[..8]).ok()?;
        return Some(own.filter(|own| own[..8] == before[..8]).unwrap_or(before));
    }
    hex::decode_to_slice(told, &mut before).ok()?;
    Some(before)
}

/// This database's chain at some places of a log, so that the counter finds where the histories part.
fn gap(tx: &mut dyn Tx, part: &LogPart, log: Place, acked: i64) -> Result<Gap, Problem> {
    let mut places = Vec::new();
    for n in anchors(acked.min(part.n)) {
        places.extend(chain_at(tx, log.device, log.incarnation, n)?.map(|h| (n, event::short(&h))));
    }
    Ok(Gap { i: part.i.clone(), a: places })
}

/// Bytes that the mark on a told event covers: an office cannot hand back what another one was told.
fn marked(office: &str, uid: &str) -> Vec<u8> {
    format!("jukung-told-1\n{office}\n{uid}").into_bytes()
}

impl District {
    /// The mark that this district told an event to an office: half an HMAC, in hex. It needs no list of what was told,
    /// so it holds after this database is restored from an old backup.
    #[must_use]
    pub fn mark(&self, office: &str, uid: &str) -> String {
        hex::encode(&proof::prove(self.seed.as_slice(), &marked(office, uid))[..16])
    }

    /// Takes back an event that this database may have lost (R5): what carries this district's mark is believed. The caller's
    /// own without it is taken as if nobody had signed it, for its log brings it again with its author's signature. Anything
    /// else is put aside for a person. Whose log it was written to says what it is, never the line it comes in.
    ///
    /// # Errors
    /// Those of the database.
    pub fn take_witness(
        &self,
        tx: &mut dyn Tx,
        caller: uuid::Uuid,
        office: &str,
        entry: &FeedEntry,
        now: i64,
    ) -> Result<Vec<Told>, Problem> {
        let place = entry.s.as_ref().and_then(|(i, seq)| Some((wire::incarnation_from_hex(i)?, *seq)));
        let Some((incarnation, seq)) = place else { return Ok(Vec::new()) };
        let origin = Origin { device: entry.d.unwrap_or(caller), incarnation, seq };
        let uid = event::uid(&origin, &entry.b);
        let name = hex::encode(uid);
        let (marked, decision) = (entry.g == self.mark(office, &name), origin.device == own::log_of(office));
        if !marked && (decision || origin.device != caller) {
            tx.execute(
                "INSERT INTO quarantine (id, device, raw, reason, at) VALUES ($1, $2, $3, 'witness', $4) ON CONFLICT DO NOTHING",
                params![&name, caller.to_string(), &entry.b, now],
            )?;
            return Ok(Vec::new());
        }
        if decision {
            return outcome::take_decision(tx, office, origin, &entry.b, &uid, now);
        }
        let writer = if marked { Writer::Believed } else { authors::unsigned(tx, caller, &entry.b)? };
        outcome::take_event(tx, office, origin, &entry.b, (&uid, writer), now)
    }

    /// Events behind a broken segment: they are stored and decided now, and placed in the log when what stands before
    /// them has come. So a half-broken stick delivers all that is intact, and nothing is acknowledged too early.
    pub(crate) fn take_beyond(&self, call: &Call, answer: &SyncAnswer, office: &str) -> Result<(), Problem> {
        let now = self.edge.now();
        let mut rest = call.events.as_slice();
        for part in &call.head.logs {
            let (mine, others) = rest.split_at(usize::try_from(part.m).unwrap_or(0).min(rest.len()));
            rest = others;
            let Some(incarnation) = wire::incarnation_from_hex(&part.i) else { continue };
            if mine.is_empty() || !answer.need.iter().any(|gap| gap.i == part.i) {
                continue;
            }
            self.db.write(|tx| {
                let sql = "UPDATE device SET last_sync = $1, syncs = syncs + 1 WHERE id = $2";
                tx.execute(sql, params![now, call.head.d.to_string()])?;
                let log = Place { device: call.head.d, incarnation, seq: 0 };
                let events = placed(part, log, mine);
                // A sealed call tells the whole chain; where it does not, nobody's signature fits.
                let begins = (part.f, chain_before(&part.pc, None).unwrap_or_default());
                let writers = authors::writers(tx, log, &part.r, &events, begins, now)?;
                let told = at_once::take_events(tx, office, &events, writers, now)?;
                tell_all(tx, office, &told)?;
                Ok::<_, Problem>(())
            })?;
        }
        Ok(())
    }
}
