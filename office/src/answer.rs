//! What the district's answer does here: how far it has each log, whether a new life begins, and the feed.

use crate::audit::{self, Act, Did};
use crate::device_key::TOLD;
use crate::lives::{self, Log};
use crate::{Office, audit_told, clock, deliver, ended, forget, own, settings, stored};
use jukung_domain::event::{Hash, short};
use jukung_domain::pack;
use jukung_domain::problem::Problem;
use jukung_domain::sync::log::{Life, Mine, Moves, Sign, Told, common, life_after, watermark};
use jukung_domain::wire::{self, FeedEntry, Gap, SyncAnswer};
use jukung_ledger::{Tx, feed, log};
use std::collections::BTreeMap;

/// What an entry takes beside its event: its row in the feed and in the indexes.
const FEED_ROW_BYTES: usize = 512;
/// An entry is stored, folded, indexed, and stands in the write-ahead log meanwhile.
const FEED_ROWS_FACTOR: usize = 4;

/// What taking in an answer did.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Took {
    /// Events that count as received now and did not before.
    pub acknowledged: i64,
    /// Feed entries taken in.
    pub entries: usize,
    /// An event of this computer was named that is not here: the next call asks for whole entries.
    pub lacks: bool,
    /// The district knows since this answer the key that this computer changes to.
    pub key_told: bool,
    /// A life has begun that wants symbols of its own.
    pub nameless: bool,
}

/// When an answer is taken in, in ms: by this computer's clock, and as the counter has lived.
#[derive(Clone, Copy)]
struct When {
    now: i64,
    lived: i64,
}

impl Office {
    /// Reads an answer and refuses one that the district did not sign: only its own word counts as "received".
    pub(crate) fn read_answer(&self, body: &[u8]) -> Result<(SyncAnswer, Vec<FeedEntry>), Problem> {
        let half = || Problem::new("half");
        // How it is packed is seen, not asked: a proxy may have unpacked it, and an answer by stick has no headers.
        let unpacked =
            pack::unpack(body, wire::BODY_BYTES_MAX).or_else(|_| pack::unpack_short(body, wire::BODY_BYTES_MAX));
        let body = unpacked.unwrap_or_else(|_| body.to_vec());
        let text = String::from_utf8(body).map_err(|_| half())?;
        let mut lines = text.split('\n');
        let first_line = lines.next().unwrap_or_default();
        let answer: SyncAnswer = serde_json::from_str(first_line).map_err(|_| half())?;
        let rest: Vec<String> = lines.filter(|l| !l.is_empty()).map(str::to_owned).collect();
        let unsigned = wire::unsigned(first_line, &rest, &answer.sig).ok_or_else(half)?;
        let signature = hex::decode(&answer.sig).map_err(|_| half())?;
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

    /// Takes an answer in, in one transaction. `asked` are the symbols that this computer numbered with when it asked.
    pub(crate) fn take_in(&self, asked: &str, answer: &SyncAnswer, entries: &[FeedEntry]) -> Result<Took, Problem> {
        let now = self.now();
        if let Some(certificate) = &answer.cert {
            self.keep_certificate(certificate)?;
        }
        if let Some(text) = &answer.settings {
            self.keep_pins(text)?;
        }
        self.db.write(|tx| {
            let mut took = Took::default();
            let when = When { now, lived: forget::hear(tx, &self.identity, answer.time)? };
            for (i, acked, chain) in &answer.ack {
                let Some(incarnation) = wire::incarnation_from_hex(i) else { continue };
                let told = Told { acked: *acked, chain: chain.clone() };
                took.acknowledged += self.take_word(tx, incarnation, &told, answer, when)?;
            }
            if let Some(n) = answer.common {
                self.roll_back(tx, n)?;
            }
            // I11: the feed waits at the Dinas rather than take the last room; its position stays at what is stored.
            let bytes = entries.iter().map(|e| FEED_ROWS_FACTOR * (e.b.len() + FEED_ROW_BYTES)).sum();
            if !answer.ask && (entries.is_empty() || self.room_for_feed(bytes)) {
                self.read_feed(tx, answer, entries, now, &mut took)?;
            }
            audit_told::take_words(tx, &self.identity, &answer.au, now)?;
            // What was said before the district lost it says nothing of now: it is offered again.
            if !clock::is_late(tx, answer.time)? {
                deliver::told(tx, answer, now)?;
            }
            if let Some(text) = &answer.settings {
                audit::note(tx, &self.identity, &Did::new(Act::Setting, ("setting", "district"), "district"), now)?;
                settings::set(tx, "district_settings", text)?;
            }
            if let Some(key) = &answer.next {
                took.key_told = settings::get(tx, TOLD)? != *key;
                settings::set(tx, TOLD, key)?;
            }
            if let Some(code) = &answer.code {
                took.nameless = self.take_code(tx, asked, code, answer)?;
            }
            self.take_subdistrict(tx, answer, now)?;
            ended::note(tx, answer)?;
            settings::set(tx, "last_sync", &now.to_string())?;
            Ok(took)
        })
    }

    /// Takes over symbols for numbers, when the answer is about the life that numbers now: a late one may have been meant for
    /// a life before, whose papers have these numbers. After an unclean end this life may have had them, too, and lost the
    /// commit that took them (R10; simulation on files, seeds 77 and 1126): a new one begins and asks, which is told.
    fn take_code(&self, tx: &mut dyn Tx, asked: &str, code: &str, answer: &SyncAnswer) -> Result<bool, Problem> {
        let life = own::life(tx).map_err(stored)?;
        let open = wire::incarnation_hex(life.incarnation);
        if life.code != asked || !answer.ack.iter().any(|(i, _, _)| *i == open) {
            return Ok(false);
        }
        if !own::ended_uncleanly(tx, &life)? {
            lives::take_code(tx, code)?;
            return Ok(false);
        }
        let Some(log) = life_of(tx, life.incarnation)? else { return Ok(false) };
        let next = life_after(Sign::NamedAfterUncleanEnd);
        lives::branch(tx, &self.identity, &self.edge, &log, log.acked.max(log.gone), next)?;
        Ok(true)
    }

    /// The district's word on one life: its mark, and whether the histories part (R1, R2, R3).
    fn take_word(
        &self,
        tx: &mut dyn Tx,
        incarnation: i64,
        told: &Told,
        answer: &SyncAnswer,
        When { now, lived }: When,
    ) -> Result<i64, Problem> {
        let device = self.identity.device;
        let Some(log) = life_of(tx, incarnation)? else { return Ok(0) };
        let chain = log::chain_at(tx, device, incarnation, told.acked).map_err(stored)?;
        let name = wire::incarnation_hex(incarnation);
        let forked = answer.fork.iter().find(|g| g.i == name);
        let apart = forked.or_else(|| answer.need.iter().find(|g| g.i == name));
        let moves = watermark(told, &Mine { last: log.last, chain, closed: log.closed });
        let (was, mut acked) = (log.acked, log.acked);
        if let (Moves::To(to), None) = (moves, forked) {
            lives::acknowledge(tx, &log, to, now)?;
            acked = to;
            if let Some((_, safe)) = answer.safe.iter().find(|(i, _)| *i == name) {
                lives::forget(tx, &self.identity, &Log { acked, ..log.clone() }, *safe, lived)?;
            }
        }
        let Some(log) = life_of(tx, incarnation)? else { return Ok(0) };
        let sign = life_after(Sign::Forked { open: !log.closed });
        let parted = match apart {
            Some(gap) if forked.is_some() || (moves == Moves::Differs && !gap.a.is_empty()) => {
                Some(self.parting(tx, &log, gap)?)
            }
            // The district lost what was rightly deleted here (others hand it back): what follows moves on.
            _ if moves == Moves::To(log.acked) && log.acked < log.gone && log.last > log.gone => Some(log.gone),
            _ => None,
        };
        if let Some(keep) = parted {
            self.part_from(tx, &log, keep, sign)?;
        }
        Ok((acked - was).max(0))
    }

    /// The last place at which both histories of a life are the same.
    fn parting(&self, tx: &mut dyn Tx, log: &Log, gap: &Gap) -> Result<i64, Problem> {
        let mut mine: BTreeMap<i64, Hash> = BTreeMap::new();
        for (n, _) in gap.a.iter().filter(|(n, _)| *n <= log.last) {
            mine.extend(log::chain_at(tx, self.identity.device, log.incarnation, *n).map_err(stored)?.map(|h| (*n, h)));
        }
        Ok(common(&gap.a, |n| mine.get(&n).copied()))
    }

    fn part_from(&self, tx: &mut dyn Tx, log: &Log, keep: i64, life: Life) -> Result<(), Problem> {
        tracing::warn!("the district knows another history of this log after {keep}: {life:?}");
        lives::branch(tx, &self.identity, &self.edge, log, keep, life)
    }

    /// Reads a page. It must end at the chain the district named, or nothing of it is kept.
    fn read_feed(
        &self,
        tx: &mut dyn Tx,
        answer: &SyncAnswer,
        entries: &[FeedEntry],
        now: i64,
        took: &mut Took,
    ) -> Result<(), Problem> {
        let (entries, lacks) = self.take_entries(tx, entries, now)?;
        (took.entries, took.lacks) = (entries, lacks);
        let head = feed::head(tx, &self.identity.office.code).map_err(stored)?;
        if !lacks && head.n == answer.cur.0 && short(&head.hash) != answer.cur.1 {
            return Err(Problem::new("feed_gap").with("n", head.n));
        }
        Ok(())
    }
}

fn life_of(tx: &mut dyn Tx, incarnation: i64) -> Result<Option<Log>, Problem> {
    Ok(lives::all(tx)?.into_iter().find(|l| l.incarnation == incarnation))
}
