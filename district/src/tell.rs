//! What a counter is told: the next page of its office's feed, the scans that are wanted, the start of its numbers.

use crate::District;
use crate::doubt::UNPROVEN;
use crate::ingest::Call;
use jukung_domain::event::{self, Hash};
use jukung_domain::problem::Problem;
use jukung_domain::sync::feed::{Stand, stand};
use jukung_domain::wire::{self, FeedEntry, SyncAnswer, SyncHead};
use jukung_ledger::tx::first;
use jukung_ledger::{Tx, feed, params};
use std::collections::BTreeMap;

/// Of the scans offered: which are wanted, and which this office has delivered. Others' scans are no business of theirs.
///
/// # Errors
/// Those of the database.
pub fn scans_wanted(tx: &mut dyn Tx, office: &str, offered: &[String], answer: &mut SyncAnswer) -> Result<(), Problem> {
    for offer in offered {
        let sha = offer.split(':').next().unwrap_or_default();
        let row = first(tx, "SELECT state FROM blob WHERE sha256 = $1 AND office = $2", params![sha, office])?;
        match row.map(|r| r.text(0)).transpose()?.as_deref() {
            // What was destroyed by rule was here, and is not asked for again.
            Some("held" | "destroyed") => answer.have.push(sha.to_owned()),
            Some(_) => answer.want.push(sha.to_owned()),
            None => {}
        }
    }
    Ok(())
}

impl District {
    /// The next page of the feed from the counter's position, once both know that they mean the same one (R4). The
    /// counter's own events come without their bodies, unless it lacks some.
    ///
    /// # Errors
    /// Those of the database.
    pub fn page(
        &self,
        tx: &mut dyn Tx,
        office: &str,
        head: &SyncHead,
        answer: &mut SyncAnswer,
    ) -> Result<Vec<String>, Problem> {
        answer.head = feed::head(tx, office)?.n;
        let mut ours: BTreeMap<i64, Hash> = BTreeMap::new();
        for n in std::iter::once(head.cur.0).chain(head.anch.iter().map(|(n, _)| *n)) {
            ours.extend(feed::hash_at(tx, office, n)?.map(|hash| (n, hash)));
        }
        let from = match stand((head.cur.0, &head.cur.1), &head.anch, |n| ours.get(&n).copied()) {
            Stand::Page => head.cur.0,
            Stand::Common(n) => {
                answer.common = Some(n);
                n
            }
            Stand::Ask => {
                answer.ask = true;
                return Ok(Vec::new());
            }
        };
        answer.cur.0 = from;
        let rows = tx.query(
            "SELECT f.n, f.kind, f.ref, f.outcome, e.raw, e.device, e.incarnation, e.seq FROM feed f JOIN event e ON e.uid = f.ref
             WHERE f.office = $1 AND f.n > $2 ORDER BY f.n LIMIT $3",
            params![office, from, wire::FEED_PAGE_MAX],
        )?;
        let (mut lines, caller) = (Vec::new(), head.d.to_string());
        let mut range = Range::default();
        let ranges = !head.whole && head.caps.iter().any(|c| c == wire::RANGES);
        for row in rows {
            let (kind, reference, outcome, device) = (row.text(1)?, row.text(2)?, row.text(3)?, row.text(5)?);
            let bare = kind == "rel" || (device == caller && !head.whole);
            answer.cur.0 = row.int(0)?;
            if ranges && kind == "ok" && device == caller {
                let own = Own { n: row.int(0)?, uid: reference, outcome, at: (row.int(6)?, row.int(7)?) };
                lines.extend(range.takes(own).map(|entry| line(&entry)).transpose()?);
                continue;
            }
            lines.extend(range.ends().map(|entry| line(&entry)).transpose()?);
            let entry = FeedEntry {
                n: row.int(0)?,
                b: if bare { String::new() } else { row.text(4)? },
                d: if bare { None } else { device.parse().ok() },
                s: if bare { None } else { Some((wire::incarnation_hex(row.int(6)?), row.int(7)?)) },
                // What nobody proved is not taken back at this district's word after a restore.
                g: if bare || outcome == UNPROVEN { String::new() } else { self.mark(office, &reference) },
                t: kind,
                r: reference,
                o: outcome,
                k: 0,
            };
            lines.push(line(&entry)?);
        }
        lines.extend(range.ends().map(|entry| line(&entry)).transpose()?);
        if let Some(hash) = feed::hash_at(tx, office, answer.cur.0)? {
            answer.cur.1 = event::short(&hash);
        }
        Ok(lines)
    }

    /// New symbols for a computer's registration numbers, when those it has are provisional or somebody else's; the same
    /// ones again when the answer was lost. A restored district learns here what it gave out after its backup.
    ///
    /// # Errors
    /// Those of the database.
    pub fn code_for(&self, tx: &mut dyn Tx, call: &Call) -> Result<Option<String>, Problem> {
        let (code, device) = (call.head.code.as_str(), call.head.d.to_string());
        let open = call.head.logs.iter().find(|l| !l.c).and_then(|l| wire::incarnation_from_hex(&l.i));
        let Some(incarnation) = open.filter(|_| !code.is_empty()) else { return Ok(None) };
        let holder = first(tx, "SELECT device FROM code WHERE code = $1", params![code])?;
        let holder = holder.map(|r| r.text(0)).transpose()?;
        let provisional = code.starts_with('X');
        if !provisional && holder.as_ref().is_none_or(|h| *h == device) {
            if holder.is_none() {
                keep_code(tx, code, &device, incarnation)?;
            }
            return Ok(None);
        }
        let sql = "SELECT code FROM code WHERE device = $1 AND incarnation = $2 AND code <> $3";
        if let Some(row) = first(tx, sql, params![&device, incarnation, code])? {
            return Ok(Some(row.text(0)?));
        }
        let new = self.unused_code(tx)?;
        keep_code(tx, &new, &device, incarnation)?;
        Ok(Some(new))
    }
}

fn line(entry: &FeedEntry) -> Result<String, Problem> {
    serde_json::to_string(entry).map_err(|e| Problem::new("internal").with("at", e))
}

/// One of the caller's own events: its number in the feed, and where it was first written.
struct Own {
    n: i64,
    uid: String,
    outcome: String,
    at: (i64, i64),
}

/// Own events that follow each other, told in one line (protocol 2.7).
#[derive(Default)]
struct Range(Vec<Own>);

impl Range {
    /// Takes the next one. When it does not go on what is here, that is told first.
    fn takes(&mut self, own: Own) -> Option<FeedEntry> {
        let follows = self.0.last().is_none_or(|last| {
            last.outcome == own.outcome && last.n + 1 == own.n && (last.at.0, last.at.1 + 1) == own.at
        });
        let told = if follows { None } else { self.ends() };
        self.0.push(own);
        told
    }

    fn ends(&mut self) -> Option<FeedEntry> {
        let all = std::mem::take(&mut self.0);
        let first = all.first()?;
        let uids: Vec<String> = all.iter().map(|own| own.uid.clone()).collect();
        Some(FeedEntry {
            n: first.n,
            t: "ok".into(),
            r: wire::range_mark(&uids),
            o: first.outcome.clone(),
            b: String::new(),
            d: None,
            k: i64::try_from(all.len()).unwrap_or(0),
            s: Some((wire::incarnation_hex(first.at.0), first.at.1)),
            g: String::new(),
        })
    }
}

/// Writes down who has a code, for ever.
///
/// # Errors
/// Those of the database.
pub fn keep_code(tx: &mut dyn Tx, code: &str, device: &str, incarnation: i64) -> Result<(), Problem> {
    tx.execute(
        "INSERT INTO code (code, device, incarnation) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        params![code, device, incarnation],
    )?;
    tx.execute("UPDATE device SET code = $1 WHERE id = $2", params![code, device])?;
    Ok(())
}
