//! What officers of the Dinas saw and did, as one chain (security.md 6.1, decision 0043): each record holds the one before it,
//! names what it is about by an HMAC, and is written in the transaction of what it tells. The end goes, signed, to where the
//! backup lies, so that a server that was broken into cannot cut or rewrite it unseen.

use crate::District;
use jukung_crypto::{proof, sign};
use jukung_domain::event::Hash;
use jukung_domain::problem::Problem;
use jukung_ledger::log::hash;
use jukung_ledger::params;
use jukung_ledger::tx::{Tx, first};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::io::Write;
use std::path::Path;
use utoipa::ToSchema;

/// Ends of the chain, one line for each backup.
pub const HEADS: &str = "desk-audit-heads.jsonl";
/// What the first record holds instead of one before it.
const START: &[u8] = b"jukung-desk-audit-1";
/// Records read at once.
const PAGE: i64 = 5000;
/// Records that are gone through for a page; the command goes through all.
pub(crate) const NEWEST: i64 = 100_000;

/// One thing that somebody did.
pub(crate) struct Did<'a> {
    pub at: i64,
    pub officer: &'a str,
    /// `open`, `reveal`, `enter`, `refused`, `retention`.
    pub act: &'static str,
    /// Id of what it is about; it is not written down as it is.
    pub of: &'a str,
    /// A code, never words that somebody typed.
    pub what: &'a str,
}

#[derive(Serialize, Deserialize)]
struct Written<'a> {
    v: u8,
    n: i64,
    at: i64,
    who: &'a str,
    act: &'a str,
    of: String,
    what: &'a str,
}

/// How far the chain goes, and whether it holds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = DeskAudit)]
pub struct Chain {
    /// First record that was gone through.
    pub from: i64,
    /// Last record.
    pub to: i64,
    /// First record that does not fit; 0 when all do.
    pub broken: i64,
}

/// A signed end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// Number of the last record.
    pub n: i64,
    /// Its hash, in hex.
    pub hash: String,
    /// When it was written down, in ms since 1970 UTC.
    pub at: i64,
    /// The district's signature over the three, in hex.
    pub sig: String,
}

fn start() -> Hash {
    Sha256::digest(START).into()
}

fn next(before: &Hash, record: &str) -> Hash {
    Sha256::new().chain_update([0]).chain_update(before).chain_update(record).finalize().into()
}

fn said(n: i64, hash: &str, at: i64) -> Vec<u8> {
    format!("jukung-desk-audit-head-1|{n}|{hash}|{at}").into_bytes()
}

/// `n hash` in one place of `meta`.
fn point_at(tx: &mut dyn Tx, key: &str) -> Result<(i64, Hash), Problem> {
    let row = first(tx, "SELECT v FROM meta WHERE k = $1", params![key])?;
    let Some(text) = row.map(|r| r.text(0)).transpose()? else { return Ok((0, start())) };
    let damaged = || Problem::new("internal").with("at", key);
    let (n, end) = text.split_once(' ').ok_or_else(damaged)?;
    Ok((n.parse().map_err(|_| damaged())?, hash(end)?))
}

const HEAD: &str = "desk_audit";
/// Up to where records were destroyed by rule.
const GONE: &str = "desk_audit_gone";

fn point_to(tx: &mut dyn Tx, key: &str, (n, end): (i64, &Hash)) -> Result<(), Problem> {
    let sql = "INSERT INTO meta (k, v) VALUES ($1, $2) ON CONFLICT (k) DO UPDATE SET v = excluded.v";
    tx.execute(sql, params![key, format!("{n} {}", hex::encode(end))])?;
    Ok(())
}

/// Before what is older than `before` is destroyed: where the rest begins.
pub(crate) fn leave_before(tx: &mut dyn Tx, before: i64) -> Result<(), Problem> {
    let sql = "SELECT n, hash FROM desk_audit WHERE n <= (SELECT max(n) FROM desk_audit WHERE at < $1) ORDER BY n DESC LIMIT 1";
    let Some(row) = first(tx, sql, params![before])? else { return Ok(()) };
    point_to(tx, GONE, (row.int(0)?, &hash(&row.text(1)?)?))
}

impl District {
    /// Writes down what somebody did, in the transaction of what they did. The end is locked until it ends: last of all.
    ///
    /// # Errors
    /// Those of the database.
    pub(crate) fn chained(&self, tx: &mut dyn Tx, did: &Did<'_>) -> Result<(), Problem> {
        let begun = "INSERT INTO meta (k, v) VALUES ($1, $2) ON CONFLICT (k) DO UPDATE SET v = meta.v";
        tx.execute(begun, params![HEAD, format!("0 {}", hex::encode(start()))])?;
        let (n, before) = point_at(tx, HEAD)?;
        let of = if did.of.is_empty() {
            String::new()
        } else {
            let about = format!("jukung-desk-audit-1\n{}", did.of);
            hex::encode(&proof::prove(self.seed.as_slice(), about.as_bytes())[..16])
        };
        let Did { at, officer: who, act, what, .. } = *did;
        let record = serde_json::to_string(&Written { v: 1, n: n + 1, at, who, act, of, what });
        let record = record.map_err(|e| Problem::new("internal").with("at", e))?;
        let end = next(&before, &record);
        let sql = "INSERT INTO desk_audit (n, at, record, hash) VALUES ($1, $2, $3, $4)";
        tx.execute(sql, params![n + 1, at, record, hex::encode(end)])?;
        point_to(tx, HEAD, (n + 1, &end))
    }

    /// Goes through the newest records, or through all.
    ///
    /// # Errors
    /// Those of the database.
    pub fn desk_audit(&self, newest: Option<i64>) -> Result<Chain, Problem> {
        let (to, end) = self.db.read(|tx| point_at(tx, HEAD))?;
        let (gone, mut before) = self.db.read(|tx| point_at(tx, GONE))?;
        let mut at = gone;
        if let Some(skipped) = newest.map(|newest| to - newest).filter(|skipped| *skipped > gone) {
            let sql = "SELECT hash FROM desk_audit WHERE n = $1";
            let row = self.db.read(|tx| first(tx, sql, params![skipped]))?;
            let Some(row) = row else { return Ok(Chain { from: skipped, to, broken: skipped }) };
            (at, before) = (skipped, hash(&row.text(0)?)?);
        }
        let from = at + 1;
        loop {
            let sql = "SELECT n, record, hash FROM desk_audit WHERE n > $1 ORDER BY n LIMIT $2";
            let rows = self.db.read(|tx| tx.query(sql, params![at, PAGE]))?;
            for row in &rows {
                let (n, record) = (row.int(0)?, row.text(1)?);
                before = next(&before, &record);
                if n != at + 1 || hex::encode(before) != row.text(2)? {
                    return Ok(Chain { from, to, broken: at + 1 });
                }
                at = n;
            }
            if rows.is_empty() {
                break;
            }
        }
        // What was written while it was read stands behind `to`; what is missing before it was cut off.
        let fits = at > to || (at == to && before == end);
        Ok(Chain { from, to, broken: if fits { 0 } else { at + 1 } })
    }

    /// Compares the chain with ends that were written down elsewhere: the first that does not fit. Ends of what was destroyed
    /// by rule say nothing any more.
    ///
    /// # Errors
    /// `audit_heads` for lines that this district did not sign; those of the database and the file system.
    pub fn desk_audit_against(&self, heads: &Path) -> Result<Option<Head>, Problem> {
        let text = std::fs::read_to_string(heads).map_err(|e| crate::backup::failed(&e))?;
        let key = sign::public_key(&self.seed);
        let (gone, _) = self.db.read(|tx| point_at(tx, GONE))?;
        for (at, line) in text.lines().enumerate() {
            let strange = || Problem::new("audit_heads").with("line", at + 1);
            let head: Head = serde_json::from_str(line).map_err(|_| strange())?;
            let sig = hex::decode(&head.sig).map_err(|_| strange())?;
            if !sign::verify(&key, &said(head.n, &head.hash, head.at), &sig) {
                return Err(strange());
            }
            let row = self.db.read(|tx| first(tx, "SELECT hash FROM desk_audit WHERE n = $1", params![head.n]))?;
            let ours = row.map(|r| r.text(0)).transpose()?;
            if head.n > gone && ours.as_ref() != Some(&head.hash) {
                return Ok(Some(head));
            }
        }
        Ok(None)
    }

    /// Writes the end down beside the backup.
    ///
    /// # Errors
    /// Those of the database and the file system.
    pub fn leave_head(&self, folder: &Path) -> Result<(), Problem> {
        let ((n, end), at) = (self.db.read(|tx| point_at(tx, HEAD))?, self.edge.now());
        if n == 0 {
            return Ok(());
        }
        let end = hex::encode(end);
        let sig = hex::encode(sign::sign(&self.seed, &said(n, &end, at)));
        let line = serde_json::to_string(&Head { n, hash: end, at, sig });
        let line = line.map_err(|e| Problem::new("internal").with("at", e))?;
        let failed = |e: std::io::Error| crate::backup::failed(&e);
        let file = std::fs::File::options().create(true).append(true).open(folder.join(HEADS));
        let mut file = file.map_err(failed)?;
        writeln!(file, "{line}").and_then(|()| file.sync_all()).map_err(failed)
    }
}
