//! The ends of this computer's audit chains on their way to the district, its signed word about them, and what comes back
//! into a database that lost records (decision 0026).

use crate::audit::{self, KEY};
use crate::forget::records::{self, ANCHOR, Anchor};
use crate::remains::{AUDIT, AUDIT_CHAINS, Remains};
use crate::{Identity, settings, stored};
use jukung_crypto::sign;
use jukung_domain::audit::{AuditHead, AuditWord, BEGIN, HEADS_MAX, Record, Why, next, start, word_bytes};
use jukung_domain::event::{Hash, short};
use jukung_domain::problem::Problem;
use jukung_domain::wire;
use jukung_ledger::log::hash;
use jukung_ledger::tx::first;
use jukung_ledger::{Tx, params};
use std::collections::BTreeMap;

/// Value in `meta`: the district told less than it had acknowledged, and is shown its own word.
const SHOW: &str = "audit_show";

/// One chain as it stands here.
#[derive(Debug, Clone)]
pub(crate) struct Chain {
    /// Chain.
    pub chain: i64,
    /// Id of its first record.
    pub first: i64,
    /// Last record, as its place in the chain.
    pub n: i64,
    /// Last record the district acknowledged; 0 for none.
    pub acked: i64,
    /// Hash of that record, as the district said it.
    pub hash: String,
    /// When it said so, by its clock.
    pub told: i64,
    /// Its signature.
    pub sig: String,
    /// It holds another history.
    pub parted: bool,
}

/// Every chain, oldest first.
///
/// # Errors
/// Those of storage.
pub(crate) fn chains(tx: &mut dyn Tx) -> Result<Vec<Chain>, Problem> {
    let sql = "SELECT chain, first, acked, hash, told, sig, parted FROM audit_chain ORDER BY first";
    let rows = tx.query(sql, &[]).map_err(stored)?;
    let last = first(tx, "SELECT coalesce(max(id), 0) FROM audit", &[]).map_err(stored)?;
    let last = last.map_or(Ok(0), |r| r.int(0)).map_err(stored)?;
    let chain = |r: &jukung_ledger::Row| {
        let (acked, told, parted) = (r.int(2)?, r.int(4)?, r.int(6)? != 0);
        Ok(Chain { chain: r.int(0)?, first: r.int(1)?, n: 0, acked, hash: r.text(3)?, told, sig: r.text(5)?, parted })
    };
    let mut all = rows.iter().map(|r| chain(r).map_err(stored)).collect::<Result<Vec<Chain>, Problem>>()?;
    let mut after = last + 1;
    for chain in all.iter_mut().rev() {
        chain.n = after - chain.first;
        after = chain.first;
    }
    Ok(all)
}

fn hash_at(tx: &mut dyn Tx, chain: &Chain, n: i64) -> Result<Option<Hash>, Problem> {
    if !(1..=chain.n).contains(&n) {
        return Ok(None);
    }
    let row = first(tx, "SELECT hash FROM audit WHERE id = $1", params![chain.first + n - 1]).map_err(stored)?;
    Ok(row.and_then(|r| hash(&r.text(0).ok()?).ok()))
}

/// The ends that the district has not acknowledged, oldest chain first.
///
/// # Errors
/// Those of storage.
pub(crate) fn heads(tx: &mut dyn Tx) -> Result<Vec<AuditHead>, Problem> {
    let mut heads = Vec::new();
    for chain in chains(tx)?.iter().filter(|c| !c.parted) {
        heads.extend(head(tx, chain)?);
    }
    let most = usize::try_from(HEADS_MAX).unwrap_or(1);
    Ok(heads.split_off(heads.len().saturating_sub(most)))
}

/// The end of a chain, when it is another one than the district acknowledged: longer, shorter, or changed.
fn head(tx: &mut dyn Tx, chain: &Chain) -> Result<Option<AuditHead>, Problem> {
    let Some(end) = hash_at(tx, chain, chain.n)?.filter(|end| hex::encode(end) != chain.hash) else { return Ok(None) };
    let i = wire::incarnation_hex(chain.chain);
    let mut head = AuditHead { i, n: chain.n, h: hex::encode(end), p: None, y: String::new(), b: None, g: None };
    if chain.acked > 0 {
        head.p = hash_at(tx, chain, chain.acked)?.map(|h| (chain.acked, short(&h)));
        if settings::get(tx, SHOW)? == "yes" && !chain.sig.is_empty() {
            head.g = Some((chain.hash.clone(), chain.told, chain.sig.clone()));
        }
    } else {
        let row = first(tx, "SELECT record FROM audit WHERE id = $1", params![chain.first]).map_err(stored)?;
        let begun: Option<Record> = row.and_then(|r| serde_json::from_str(&r.text(0).ok()?).ok());
        (head.y, head.b) = begun.map(|record| (record.y, record.p)).unwrap_or_default();
    }
    Ok(Some(head))
}

/// What the district signed about a chain is genuine.
pub(crate) fn is_genuine(identity: &Identity, word: &AuditWord) -> bool {
    let said = word_bytes(&identity.device.to_string(), &word.i, word.n, &word.h, word.t);
    hex::decode(&word.g).is_ok_and(|sig| sign::verify(&identity.district_key, &said, &sig))
}

/// Takes the district's word about chains: what agrees is kept as its acknowledgement; what does not ends the chain, and
/// the next one names where.
///
/// # Errors
/// Those of storage.
pub(crate) fn take_words(tx: &mut dyn Tx, identity: &Identity, words: &[AuditWord], now: i64) -> Result<(), Problem> {
    for word in words.iter().filter(|word| is_genuine(identity, word)) {
        let all = chains(tx)?;
        let newest = all.last().map_or(0, |c| c.chain);
        let Some(chain) = all.into_iter().find(|c| wire::incarnation_hex(c.chain) == word.i) else { continue };
        let agrees = hash_at(tx, &chain, word.n)?.is_some_and(|own| hex::encode(own) == word.h);
        if agrees && word.n >= chain.acked {
            let sql = "UPDATE audit_chain SET acked = $1, hash = $2, told = $3, sig = $4 WHERE chain = $5";
            tx.execute(sql, params![word.n, &word.h, word.t, &word.g, chain.chain]).map_err(stored)?;
            settings::set(tx, SHOW, "")?;
        } else if agrees {
            // It was restored to an earlier day: next time it is shown what it said.
            settings::set(tx, SHOW, "yes")?;
        } else if !chain.parted {
            tracing::warn!("the district holds another history of an audit chain, up to {}", word.n);
            tx.execute("UPDATE audit_chain SET parted = 1 WHERE chain = $1", params![chain.chain]).map_err(stored)?;
            if chain.chain == newest {
                audit::begin(tx, identity, Why::Fork, now)?;
            }
        }
    }
    Ok(())
}

type Rows = BTreeMap<i64, (String, String)>;

fn rows(remains: &Remains) -> Rows {
    let row = |r: &jukung_ledger::Row| Some((r.int(0).ok()?, (r.text(1).ok()?, r.text(2).ok()?)));
    remains.rows(AUDIT).iter().filter_map(row).collect()
}

/// Puts back the records that `sources` have beyond the last one here, as far as each follows from the one before; and
/// the key of their objects, when it is lost. Gives how many came back.
///
/// # Errors
/// Those of storage.
pub(crate) fn bring_back(tx: &mut dyn Tx, identity: &Identity, sources: &[&Remains]) -> Result<i64, Problem> {
    if settings::get(tx, KEY)?.is_empty()
        && let Some(key) = sources.iter().map(|r| r.value(KEY)).find(|key| !key.is_empty())
    {
        settings::set(tx, KEY, &key)?;
    }
    let mut all = Rows::new();
    for source in sources {
        all.extend(rows(source));
    }
    let (mut id, mut before) = match audit::end(tx)? {
        Some(end) => (end.id, Some(end.hash)),
        None => after_purge(tx, identity, sources)?,
    };
    let mut back = 0;
    while let Some((record, stands)) = all.get(&(id + 1)) {
        let read: Option<Record> = serde_json::from_str(record).ok();
        let begins = read.filter(|r| r.k == BEGIN).and_then(|r| wire::incarnation_from_hex(&r.l));
        let prev = begins.map(|chain| start(identity.device, chain)).or(before);
        let Some(hash) = prev.map(|prev| next(&prev, record)).filter(|h| hex::encode(h) == *stands) else { break };
        if let Some(chain) = begins {
            put_chain(tx, chain, id + 1, sources)?;
        }
        let sql = "INSERT INTO audit (id, record, hash) VALUES ($1, $2, $3)";
        tx.execute(sql, params![id + 1, record, stands]).map_err(stored)?;
        (id, before, back) = (id + 1, Some(hash), back + 1);
    }
    Ok(back)
}

/// Where records begin in a database that has none: behind those that were old enough to be deleted, where a source knows.
fn after_purge(tx: &mut dyn Tx, identity: &Identity, sources: &[&Remains]) -> Result<(i64, Option<Hash>), Problem> {
    let known = sources.iter().filter_map(|r| serde_json::from_str::<Anchor>(&r.value(ANCHOR)).ok());
    let Some(anchor) = known.max_by_key(|anchor| anchor.id) else { return Ok((0, None)) };
    settings::set(tx, ANCHOR, &serde_json::to_string(&anchor).map_err(|e| stored(e.into()))?)?;
    let begun = anchor.id + 1 - anchor.n;
    tracing::warn!("the audit of {} begins behind {} deleted records", identity.device, anchor.id);
    put_chain(tx, anchor.chain, begun, sources)?;
    Ok((anchor.id, hash(&anchor.hash).ok()))
}

/// A chain that came back, with the latest word of the district about it.
fn put_chain(tx: &mut dyn Tx, chain: i64, begins_at: i64, sources: &[&Remains]) -> Result<(), Problem> {
    let known = sources.iter().flat_map(|s| s.rows(AUDIT_CHAINS)).filter(|r| r.int(0).is_ok_and(|c| c == chain));
    let word = known.max_by_key(|r| r.int(2).unwrap_or(0));
    let int = |at: usize| word.and_then(|r| r.int(at).ok()).unwrap_or(0);
    let text = |at: usize| word.and_then(|r| r.text(at).ok()).unwrap_or_default();
    let sql =
        "INSERT INTO audit_chain (chain, first, acked, hash, told, sig, parted) VALUES ($1, $2, $3, $4, $5, $6, $7)
               ON CONFLICT (chain) DO NOTHING";
    let values = params![chain, begins_at, int(2), text(3), int(4), text(5), int(6)].to_vec();
    tx.execute(sql, &values).map_err(stored)?;
    Ok(())
}

/// Compares the newest records with those that the file beside the database keeps. Where that file knows more, it is put
/// back; where it differs, a new chain says so.
///
/// # Errors
/// Those of storage.
pub(crate) fn against_tail(tx: &mut dyn Tx, identity: &Identity, kept: &Remains, now: i64) -> Result<(), Problem> {
    let mut known = rows(kept);
    // What was deleted for its age since that file was written is missing rightly.
    let gone = records::anchor(tx)?.map_or(0, |a| a.id);
    known.retain(|id, _| *id > gone);
    let Some(from) = known.keys().next() else { return Ok(()) };
    let here = tx.query("SELECT id, record, hash FROM audit WHERE id >= $1", params![*from]).map_err(stored)?;
    let mut stand = Rows::new();
    for row in &here {
        stand.insert(row.int(0).map_err(stored)?, (row.text(1).map_err(stored)?, row.text(2).map_err(stored)?));
    }
    if known.iter().all(|(id, row)| stand.get(id) == Some(row)) {
        return Ok(());
    }
    tracing::warn!("the file beside the database knows other audit records than the database");
    bring_back(tx, identity, &[kept])?;
    audit::begin(tx, identity, Why::Cut, now).map(|_| ())
}
