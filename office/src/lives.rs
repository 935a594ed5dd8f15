//! The lives of this computer's log: how far the district has each, when a new one begins, and what may be deleted.

use crate::forget::{Class, note_fed, write_down};
use crate::{Identity, audit, edge::Edge, stored};
use jukung_domain::event::{self, Hash};
use jukung_domain::number::ALPHABET;
use jukung_domain::problem::Problem;
use jukung_domain::sync::log::{Life, may_delete};
use jukung_ledger::log::{self, Place, chain_at, hash};
use jukung_ledger::tx::first;
use jukung_ledger::{Tx, params};

/// A day in ms.
const DAY_MS: i64 = 86_400_000;

/// One life.
#[derive(Debug, Clone)]
pub struct Log {
    /// Incarnation.
    pub incarnation: i64,
    /// Symbols that start its registration numbers.
    pub code: String,
    /// Last sequence.
    pub last: i64,
    /// Chain there.
    pub chain: Hash,
    /// Last logical clock in ms.
    pub hlc: i64,
    /// Last sequence the district acknowledged.
    pub acked: i64,
    /// Last sequence whose event is deleted.
    pub gone: i64,
    /// Nothing is written to it any more.
    pub closed: bool,
}

impl Log {
    /// How many events the district has not acknowledged.
    #[must_use]
    pub fn unsent(&self) -> i64 {
        self.last - self.acked.max(self.gone)
    }
}

/// Every life, the open one last.
///
/// # Errors
/// Those of storage.
pub fn all(tx: &mut dyn Tx) -> Result<Vec<Log>, Problem> {
    let sql = "SELECT inc, code, next, chain, hlc, acked, gone, closed FROM inc ORDER BY closed DESC, inc";
    let rows = tx.query(sql, &[]).map_err(stored)?;
    let log = |r: &jukung_ledger::Row| {
        Ok(Log {
            incarnation: r.int(0)?,
            code: r.text(1)?,
            last: r.int(2)? - 1,
            chain: hash(&r.text(3)?)?,
            hlc: r.int(4)?,
            acked: r.int(5)?,
            gone: r.int(6)?,
            closed: r.int(7)? != 0,
        })
    };
    rows.iter().map(|r| log(r).map_err(stored)).collect()
}

/// Opens a new life with a random incarnation (R1), numbering with `code` from its first number on.
///
/// # Errors
/// Those of storage.
pub fn open(tx: &mut dyn Tx, identity: &Identity, edge: &Edge, code: &str, hlc: i64) -> Result<(), Problem> {
    let incarnation = i64::from_be_bytes(edge.random::<8>()) & i64::MAX;
    let chain = hex::encode(event::chain_start(identity.device, incarnation));
    put_numbers_back(tx)?;
    tx.execute("UPDATE inc SET closed = 1 WHERE closed = 0", &[]).map_err(stored)?;
    tx.execute(
        "INSERT INTO inc (inc, code, next, chain, hlc, acked, closed, gone, indexed, number)
         VALUES ($1, $2, 1, $3, $4, 0, 0, 0, 0, 1)",
        params![incarnation, code, chain, hlc],
    )
    .map_err(stored)?;
    take_numbers_of(tx, code)?;
    audit::begin_with_life(tx, identity, edge.clock.now_ms())
}

/// Before the open life gets another code or ends: how far the numbers of its code are.
fn put_numbers_back(tx: &mut dyn Tx) -> Result<(), Problem> {
    let sql = "UPDATE num SET next = (SELECT number FROM inc WHERE closed = 0)
               WHERE code = (SELECT code FROM inc WHERE closed = 0)";
    tx.execute(sql, &[]).map_err(stored)?;
    Ok(())
}

/// The open life goes on with the numbers of a code, from where an earlier life left them.
fn take_numbers_of(tx: &mut dyn Tx, code: &str) -> Result<(), Problem> {
    tx.execute("INSERT INTO num (code, next, reserved_to) VALUES ($1, 1, 0) ON CONFLICT DO NOTHING", params![code])
        .map_err(stored)?;
    let sql = "UPDATE inc SET number = (SELECT next FROM num WHERE code = $1) WHERE closed = 0";
    tx.execute(sql, params![code]).map_err(stored)?;
    Ok(())
}

/// A code for the time until the district gives one: `X` and two random symbols (protocol 2.9).
#[must_use]
pub fn provisional(edge: &Edge) -> String {
    let symbol = |bytes: [u8; 8]| {
        let at = u64::from_be_bytes(bytes) % ALPHABET.len() as u64;
        char::from(ALPHABET[usize::try_from(at).unwrap_or(0)])
    };
    ['X', symbol(edge.random()), symbol(edge.random())].iter().collect()
}

/// The open life numbers with these symbols of the district from now on.
///
/// # Errors
/// Those of storage.
pub fn take_code(tx: &mut dyn Tx, code: &str) -> Result<(), Problem> {
    put_numbers_back(tx)?;
    tx.execute("UPDATE inc SET code = $1 WHERE closed = 0", params![code]).map_err(stored)?;
    take_numbers_of(tx, code)
}

/// Ends a life at `keep`; what stands after it moves, with its origin, to the life that goes on (R9).
///
/// # Errors
/// Those of storage.
pub fn branch(
    tx: &mut dyn Tx,
    identity: &Identity,
    edge: &Edge,
    log: &Log,
    keep: i64,
    life: Life,
) -> Result<(), Problem> {
    if life == Life::Same {
        return Ok(());
    }
    let (device, id) = (identity.device, identity.device.to_string());
    let keep = keep.min(log.last);
    let Some(chain) = chain_at(tx, device, log.incarnation, keep).map_err(stored)? else {
        return Err(Problem::new("internal").with("at", "a log without its chain"));
    };
    let moved = log::read_from(tx, device, log.incarnation, keep + 1, i64::MAX).map_err(stored)?;
    tx.execute(
        "DELETE FROM log WHERE device = $1 AND incarnation = $2 AND seq > $3",
        params![&id, log.incarnation, keep],
    )
    .map_err(stored)?;
    tx.execute(
        "UPDATE inc SET closed = 1, next = $1, chain = $2, acked = $3, gone = $4 WHERE inc = $5",
        params![keep + 1, hex::encode(chain), log.acked.min(keep), log.gone.min(keep), log.incarnation],
    )
    .map_err(stored)?;
    tx.execute("DELETE FROM safe WHERE inc = $1 AND seq > $2", params![log.incarnation, keep]).map_err(stored)?;
    if life == Life::New {
        open(tx, identity, edge, &provisional(edge), log.hlc)?;
    }
    let moved: Vec<_> = moved.into_iter().map(|e| (event::uid(&e.origin, &e.raw), e.application)).collect();
    go_on_with(tx, identity, &moved)
}

/// Puts events that are here at the end of the open life; they keep their origin (R9). Each comes with its application.
/// Whoever is signed in stands for their new places: their authors, who signed the old ones, may not be here.
///
/// # Errors
/// Those of storage.
pub(crate) fn go_on_with(tx: &mut dyn Tx, identity: &Identity, events: &[(Hash, String)]) -> Result<(), Problem> {
    let device = identity.device;
    let Some(mut to) = all(tx)?.pop().filter(|l| !l.closed) else {
        return Err(Problem::new("internal").with("at", "no open log"));
    };
    for (uid, application) in events {
        (to.last, to.chain) = (to.last + 1, event::chain_next(&to.chain, uid));
        let at = Place { device, incarnation: to.incarnation, seq: to.last };
        log::place(tx, at, uid, &to.chain, &identity.signs(at, &to.chain)).map_err(stored)?;
        wait_again(tx, "app = $1", params![application])?;
        tx.execute(
            "UPDATE queue SET inc = $1, last_seq = $2 WHERE app = $3",
            params![to.incarnation, to.last, application],
        )
        .map_err(stored)?;
    }
    tx.execute(
        "UPDATE inc SET next = $1, chain = $2 WHERE inc = $3",
        params![to.last + 1, hex::encode(to.chain), to.incarnation],
    )
    .map_err(stored)?;
    Ok(())
}

/// Sets how far the district has a life, forwards or backwards; what it lost counts as unsent again (R2).
///
/// # Errors
/// Those of storage.
pub fn acknowledge(tx: &mut dyn Tx, log: &Log, to: i64, now: i64) -> Result<(), Problem> {
    let inc = log.incarnation;
    tx.execute("UPDATE inc SET acked = $1 WHERE inc = $2", params![to, inc]).map_err(stored)?;
    let arrived = "INSERT INTO sent (app, since, last_seq, received, inc)
                   SELECT app, since, last_seq, $1, inc FROM queue WHERE inc = $2 AND last_seq <= $3";
    tx.execute(arrived, params![now, inc, to]).map_err(stored)?;
    tx.execute("DELETE FROM queue WHERE inc = $1 AND last_seq <= $2", params![inc, to]).map_err(stored)?;
    if to < log.acked {
        // What was rightly deleted here cannot be sent again; others hand it back.
        wait_again(tx, "inc = $1 AND last_seq > $2", params![inc, to.max(log.gone)])?;
        // Its scans may be lost with it: they are offered again, and the district takes only what it lacks.
        let scans = "UPDATE blob SET state = 'local' WHERE state = 'received' AND sha256 IN (SELECT s.sha256 FROM log l
                     JOIN event e ON e.uid = l.uid JOIN scan s ON s.draft = e.app WHERE l.incarnation = $1 AND l.seq > $2)";
        tx.execute(scans, params![inc, to]).map_err(stored)?;
        // What it told about them is void: the backups it makes until it has them again lack them.
        tx.execute("DELETE FROM safe WHERE inc = $1 AND seq > $2", params![inc, to]).map_err(stored)?;
    }
    Ok(())
}

/// Puts what had arrived back on its way.
fn wait_again(tx: &mut dyn Tx, which: &str, values: &[jukung_ledger::Value]) -> Result<(), Problem> {
    let back = "INSERT INTO queue (app, since, last_seq, tries, problem, inc) SELECT app, since, last_seq, 0, '', inc FROM sent WHERE";
    tx.execute(&format!("{back} {which}"), values).map_err(stored)?;
    tx.execute(&format!("DELETE FROM sent WHERE {which}"), values).map_err(stored)?;
    Ok(())
}

/// Notes what the district told as safe, and deletes what the rule lets go (R3): events of closed applications, from the
/// oldest on. Days are those this counter has lived through by its own clock and the district's (decision 0042).
///
/// # Errors
/// Those of storage.
pub fn forget(tx: &mut dyn Tx, identity: &Identity, log: &Log, safe: i64, lived_ms: i64) -> Result<(), Problem> {
    let (device, inc) = (identity.device, log.incarnation);
    let safe = safe.min(log.acked);
    let known = first(tx, "SELECT coalesce(max(seq), 0) FROM safe WHERE inc = $1", params![inc]).map_err(stored)?;
    if safe > known.map_or(Ok(0), |r| r.int(0)).map_err(stored)? {
        tx.execute("INSERT INTO safe (inc, seq, told) VALUES ($1, $2, $3)", params![inc, safe, lived_ms])
            .map_err(stored)?;
        note_fed(tx, identity, inc, safe, lived_ms)?;
    }
    let mut free = log.gone;
    for row in tx.query("SELECT seq, told FROM safe WHERE inc = $1", params![inc]).map_err(stored)? {
        let (seq, told) = (row.int(0).map_err(stored)?, row.int(1).map_err(stored)?);
        let had = seq.min(log.acked);
        if may_delete(had, log.acked, seq, (lived_ms - told) / DAY_MS) {
            free = free.max(had);
        }
    }
    if free <= log.gone {
        return Ok(());
    }
    // A complaint that nobody has answered is as open as an application, and so is what is held back.
    let sql = r#"SELECT l.seq, l.uid, coalesce((SELECT 'HELD' FROM folded f WHERE f.app = e.app AND f.state LIKE '%"held_back":%'),
                 a.status, CASE WHEN e.kind = 'complaint.create/1' AND NOT EXISTS
                 (SELECT 1 FROM event s WHERE s.app = e.app AND s.kind = 'st.complaint/1') THEN 'SUBMITTED' ELSE 'DELIVERED' END)
               FROM log l JOIN event e ON e.uid = l.uid LEFT JOIN app a ON a.id = e.app
               WHERE l.device = $1 AND l.incarnation = $2 AND l.seq > $3 AND l.seq <= $4 ORDER BY l.seq"#;
    let mut went = 0;
    for row in tx.query(sql, params![device.to_string(), inc, log.gone, free]).map_err(stored)? {
        let status = jukung_domain::status::Status::from_code(&row.text(2).map_err(stored)?);
        if !status.is_some_and(jukung_domain::status::Status::is_closed) {
            break;
        }
        tx.execute("DELETE FROM event WHERE uid = $1", params![row.text(1).map_err(stored)?]).map_err(stored)?;
        tx.execute("UPDATE inc SET gone = $1 WHERE inc = $2", params![row.int(0).map_err(stored)?, inc])
            .map_err(stored)?;
        went += 1;
    }
    if went > 0 { write_down(tx, identity, Class::Own, went, "", &[]) } else { Ok(()) }
}
