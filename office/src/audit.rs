//! What people do here, written down in the transaction of what it tells of (security.md 6.1, decision 0026): one chain of
//! records, objects by HMAC, never a name or a NIK. Events bring their record with them; the rest is noted where it happens.

use crate::edge::Edge;
use crate::{Identity, Office, settings, stored};
use jukung_crypto::proof;
use jukung_domain::audit::{self, BEGIN, Before, FORM, Record, Why};
use jukung_domain::event::{Body, Hash, short};
use jukung_domain::problem::Problem;
use jukung_domain::wire;
use jukung_ledger::log::hash;
use jukung_ledger::tx::first;
use jukung_ledger::{Tx, params};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

/// Value in `meta`: the key of the HMACs. It never changes, so that a record can be found by its object for years.
pub(crate) const KEY: &str = "audit_key";
/// The same person opening the same thing again is one opening for so long.
const AGAIN_MS: i64 = 10 * 60_000;
/// Openings kept in memory while the disk is full; more of them are counted as one.
const WAITING_MAX: usize = 1_000;
/// Drafts remembered as written into: many days of one sign-in.
const DRAFTS_MAX: usize = 2_000;
/// Longest name of a field that is written down.
const FIELD_MAX: usize = 80;

/// What was done, beside events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// Somebody signed in or opened a locked screen.
    Unlock,
    /// The screen was locked, or the session ended.
    Lock,
    /// A wrong PIN or code.
    Refused,
    /// The policy said no.
    Denied,
    /// Somebody came in by a recovery code.
    Recovered,
    /// Searches, counted.
    Search,
    /// An application was opened.
    Open,
    /// A resident's history was opened, with a purpose.
    Resident,
    /// NIK and KK numbers were shown in full, with a purpose.
    Numbers,
    /// An answer or a mark of the highest class was shown, with a purpose.
    Highest,
    /// A scan was looked at.
    Scan,
    /// A draft was begun, opened, first written into, thrown away or taken back.
    Draft,
    /// A paper was taken in, changed or put away.
    Paper,
    /// Something was printed that has personal data and is no receipt.
    Print,
    /// Something was written into a folder of the user's.
    Export,
    /// What waits was written onto a stick, or a stick was read.
    Stick,
    /// A backup was made.
    Backup,
    /// A person was added, removed or given another passphrase.
    Person,
    /// Somebody chose another secret of their own.
    Secret,
    /// The computer's keys or its recovery code were replaced.
    Key,
    /// A setting of this counter, or those of the Dinas, changed.
    Setting,
    /// What had been kept long enough was deleted, with how much.
    Destroy,
}

impl Act {
    /// Its name in records.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Act::Unlock => "unlock",
            Act::Lock => "lock",
            Act::Refused => "refused",
            Act::Denied => "denied",
            Act::Recovered => "recovered",
            Act::Search => "search",
            Act::Open => "open",
            Act::Resident => "open.resident",
            Act::Numbers => "reveal.number",
            Act::Highest => "reveal.highest",
            Act::Scan => "open.scan",
            Act::Draft => "draft",
            Act::Paper => "paper",
            Act::Print => "print",
            Act::Export => "export",
            Act::Stick => "stick",
            Act::Backup => "backup",
            Act::Person => "person",
            Act::Secret => "secret",
            Act::Key => "key",
            Act::Setting => "setting",
            Act::Destroy => "destroy",
        }
    }
}

/// A reason, when it is a code: words of a person are not written down.
pub(crate) fn code_of(reason: &str) -> &str {
    let is_code = reason.len() <= 20 && reason.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    if is_code { reason } else { "words" }
}

/// What an act was done to: its kind and id.
pub(crate) type Object<'a> = (&'static str, &'a str);
/// An act about nothing in particular.
pub(crate) const NOTHING: Object<'static> = ("", "");

/// One thing that somebody did.
#[derive(Debug, Clone, Default)]
pub(crate) struct Did {
    kind: &'static str,
    object: &'static str,
    id: String,
    fields: Vec<String>,
    event: String,
    why: String,
}

impl Did {
    /// `act` on an object; `why` is a code.
    pub fn new(act: Act, (object, id): Object<'_>, why: &str) -> Did {
        Did { kind: act.code(), object, id: id.to_owned(), why: why.to_owned(), ..Did::default() }
    }

    /// The same, naming fields or counts.
    pub fn with(self, fields: Vec<String>) -> Did {
        Did { fields, ..self }
    }

    /// What an event tells; values stay in the event.
    pub fn event(application: &str, body: &Body, uid: &Hash) -> Did {
        let fields = if let Body::Edit(edit) = body {
            edit.f.keys().chain(edit.r.keys()).chain(edit.m.keys()).cloned().collect()
        } else {
            Vec::new()
        };
        let (kind, event) = (body.kind(), short(uid));
        Did { kind, object: "case", id: application.to_owned(), fields, event, why: String::new() }
    }
}

/// What the records of one sign-in have in common, and what waits for the next one.
pub struct Noter {
    session: String,
    chain: Mutex<i64>,
    drawn: [u8; 32],
    key: OnceLock<[u8; 32]>,
    searched: Mutex<BTreeMap<&'static str, (u32, usize)>>,
    opened: Mutex<BTreeMap<String, i64>>,
    saved: Mutex<BTreeMap<String, BTreeSet<String>>>,
    waiting: Mutex<Vec<(Did, i64)>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Noter {
    /// For a session that begins.
    #[must_use]
    pub fn new(edge: &Edge) -> Noter {
        Noter {
            session: hex::encode(edge.random::<4>()),
            chain: Mutex::new(i64::from_be_bytes(edge.random()) & i64::MAX),
            drawn: edge.random(),
            key: OnceLock::new(),
            searched: Mutex::default(),
            opened: Mutex::default(),
            saved: Mutex::default(),
            waiting: Mutex::default(),
        }
    }

    fn new_chain(&self) -> i64 {
        let mut chain = lock(&self.chain);
        *chain = (*chain ^ 1).wrapping_add(2) & i64::MAX;
        *chain
    }

    /// Whether this opening is another one than the last of the same thing; it counts as the last one from now on.
    fn is_news(&self, did: &Did, now: i64) -> bool {
        let mut opened = lock(&self.opened);
        opened.retain(|_, at| (0..AGAIN_MS).contains(&(now - *at)));
        opened.insert(format!("{} {}", did.kind, did.id), now).is_none()
    }

    /// Whether this is the first save of a draft in this sign-in. The fields are named in the next record.
    pub(crate) fn is_first_save<'a>(&self, draft: &str, fields: impl Iterator<Item = &'a String>) -> bool {
        let mut saved = lock(&self.saved);
        if saved.len() > DRAFTS_MAX {
            saved.clear();
        }
        let is_name = |f: &&String| f.len() <= FIELD_MAX && f.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.');
        let first = !saved.contains_key(draft);
        saved.entry(draft.to_owned()).or_default().extend(fields.filter(is_name).cloned());
        first
    }

    /// What happened without a transaction of its own since the last record.
    fn waiting(&self, now: i64) -> Vec<(Did, i64)> {
        let counted: Vec<String> = std::mem::take(&mut *lock(&self.searched))
            .into_iter()
            .map(|(kind, (times, hits))| format!("{kind}:{times}:{hits}"))
            .collect();
        let mut all = std::mem::take(&mut *lock(&self.waiting));
        for (draft, fields) in lock(&self.saved).iter_mut().filter(|(_, fields)| !fields.is_empty()) {
            let fields = std::mem::take(fields).into_iter().collect();
            all.push((Did::new(Act::Draft, ("draft", draft.as_str()), "save").with(fields), now));
        }
        if !counted.is_empty() {
            all.push((Did::new(Act::Search, NOTHING, "").with(counted), now));
        }
        all
    }
}

/// The end of the newest chain.
#[derive(Debug, Clone, Copy)]
pub(crate) struct End {
    /// Id of its last record.
    pub id: i64,
    /// Chain.
    pub chain: i64,
    /// Place of that record in it.
    pub n: i64,
    /// Hash there.
    pub hash: Hash,
}

/// The hash that stands beside a record; of one that was written over, a hash of what stands there: nobody is kept from
/// working by it, and [`Office::audit`] tells.
fn stands(text: &str) -> Hash {
    hash(text).unwrap_or_else(|_| Sha256::digest(text).into())
}

/// The end of the newest chain; none while there is no chain.
///
/// # Errors
/// Those of storage.
pub(crate) fn end(tx: &mut dyn Tx) -> Result<Option<End>, Problem> {
    let sql = "SELECT a.id, a.hash, c.chain, c.first FROM (SELECT id, hash FROM audit ORDER BY id DESC LIMIT 1) a
               JOIN audit_chain c ON c.first = (SELECT max(first) FROM audit_chain)";
    let Some(row) = first(tx, sql, &[]).map_err(stored)? else { return Ok(None) };
    let (id, text) = (row.int(0).map_err(stored)?, row.text(1).map_err(stored)?);
    let (chain, from) = (row.int(2).map_err(stored)?, row.int(3).map_err(stored)?);
    Ok(Some(End { id, chain, n: id + 1 - from, hash: stands(&text) }))
}

/// The key of the HMACs; drawn with the first record.
pub(crate) fn key(tx: &mut dyn Tx, noter: &Noter) -> Result<[u8; 32], Problem> {
    if let Some(key) = noter.key.get() {
        return Ok(*key);
    }
    let mut key = [0; 32];
    if hex::decode_to_slice(settings::get(tx, KEY)?, &mut key).is_ok() {
        // Kept only once it is committed: a transaction that drew it may still roll back.
        return Ok(*noter.key.get_or_init(|| key));
    }
    settings::set(tx, KEY, &hex::encode(noter.drawn))?;
    Ok(noter.drawn)
}

/// What stands in records for an object.
pub(crate) fn reference(key: &[u8; 32], (object, id): Object<'_>) -> String {
    hex::encode(&proof::prove(key, format!("{object}\n{id}").as_bytes())[..16])
}

/// Writes down what somebody did, and what waited before it. The transaction is the caller's.
///
/// # Errors
/// Those of storage.
pub(crate) fn note(tx: &mut dyn Tx, identity: &Identity, did: &Did, now: i64) -> Result<(), Problem> {
    let mut at = match end(tx)? {
        Some(end) => end,
        None => begin(tx, identity, Why::Cut, now)?,
    };
    for (waited, when) in identity.audit.waiting(now) {
        let record = told(tx, identity, &waited, when)?;
        at = write(tx, identity, &at, record)?;
    }
    let record = told(tx, identity, did, now)?;
    write(tx, identity, &at, record).map(|_| ())
}

/// The record of it, without its place.
fn told(tx: &mut dyn Tx, identity: &Identity, did: &Did, now: i64) -> Result<Record, Problem> {
    let object = (did.object, did.id.as_str());
    let i = if object == NOTHING { String::new() } else { reference(&key(tx, &identity.audit)?, object) };
    Ok(Record {
        w: now,
        k: did.kind.to_owned(),
        o: did.object.to_owned(),
        i,
        f: did.fields.clone(),
        e: did.event.clone(),
        y: did.why.clone(),
        ..Record::default()
    })
}

/// Puts a record at the end of a chain.
fn write(tx: &mut dyn Tx, identity: &Identity, at: &End, record: Record) -> Result<End, Problem> {
    let record = Record {
        v: FORM,
        l: wire::incarnation_hex(at.chain),
        n: at.n + 1,
        c: identity.clock.mark().to_string(),
        u: identity.person.id.clone(),
        r: identity.role.code().to_owned(),
        s: identity.audit.session.clone(),
        a: env!("CARGO_PKG_VERSION").to_owned(),
        ..record
    };
    let text = serde_json::to_string(&record).map_err(|e| stored(e.into()))?;
    let next = End { id: at.id + 1, chain: at.chain, n: at.n + 1, hash: audit::next(&at.hash, &text) };
    let sql = "INSERT INTO audit (id, record, hash) VALUES ($1, $2, $3)";
    tx.execute(sql, params![next.id, text, hex::encode(next.hash)]).map_err(stored)?;
    Ok(next)
}

/// Begins a chain; its first record names the end of the one before.
///
/// # Errors
/// Those of storage.
pub(crate) fn begin(tx: &mut dyn Tx, identity: &Identity, why: Why, now: i64) -> Result<End, Problem> {
    let (before, chain) = (end(tx)?, identity.audit.new_chain());
    let sql = "SELECT coalesce(max(id), 0), (SELECT next - 1 FROM inc WHERE closed = 0) FROM audit";
    let row = first(tx, sql, &[]).map_err(stored)?.ok_or_else(|| Problem::new("internal"))?;
    let (id, z) = (row.int(0).map_err(stored)?, row.int(1).unwrap_or(0));
    let sql = "INSERT INTO audit_chain (chain, first, acked, hash, told, sig, parted) VALUES ($1, $2, 0, '', 0, '', 0)";
    tx.execute(sql, params![chain, id + 1]).map_err(stored)?;
    let p = before.map(|b| Before { l: wire::incarnation_hex(b.chain), n: b.n, h: short(&b.hash) });
    let record = Record { w: now, k: BEGIN.to_owned(), y: why.code().to_owned(), p, z, ..Record::default() };
    let at = End { id, chain, n: 0, hash: audit::start(identity.device, chain) };
    write(tx, identity, &at, record)
}

/// A chain for a new life of the log: what an older copy goes on with is not told as the end of what was before.
///
/// # Errors
/// Those of storage.
pub(crate) fn begin_with_life(tx: &mut dyn Tx, identity: &Identity, now: i64) -> Result<(), Problem> {
    let why = if end(tx)?.is_some() { Why::Life } else { Why::New };
    begin(tx, identity, why, now).map(|_| ())
}

impl Office {
    /// Writes down what somebody did that changes nothing in the database; before it is done, where it can be. On a full
    /// disk it is kept and written with the next record: sending and the stick go on then (protocol 2.17).
    ///
    /// # Errors
    /// Those of storage.
    pub(crate) fn note(&self, did: &Did) -> Result<(), Problem> {
        let now = self.now();
        match self.db.write(|tx| note(tx, &self.identity, did, now)) {
            Err(problem) if ["disk_full", "read_only"].contains(&problem.code.as_str()) => {
                let mut waiting = lock(&self.identity.audit.waiting);
                if waiting.len() < WAITING_MAX {
                    waiting.push((did.clone(), now));
                }
                Ok(())
            }
            done => done,
        }
    }

    /// Writes down that something was opened, once in a while.
    ///
    /// # Errors
    /// Those of storage.
    pub(crate) fn note_opened(&self, did: &Did) -> Result<(), Problem> {
        if self.identity.audit.is_news(did, self.now()) { self.note(did) } else { Ok(()) }
    }

    /// Counts a search; it is written with the next record, for each letter typed is one.
    pub(crate) fn note_search(&self, kind: &'static str, hits: usize) {
        let mut searched = lock(&self.identity.audit.searched);
        let counted = searched.entry(kind).or_default();
        *counted = (counted.0 + 1, counted.1 + hits);
    }

    /// Writes down that the policy refused something; it never keeps anybody from being refused.
    pub(crate) fn note_denied(&self, action: &str) {
        if let Err(problem) = self.note_opened(&Did::new(Act::Denied, ("action", action), action)) {
            tracing::warn!("a refusal was not written down: {problem}");
        }
    }
}
