//! Taking in what a counter sends: one transaction, an outcome for every event, and never a refusal because of one (R7).

use crate::ended::End;
use crate::keys::Known;
use crate::{District, receive, said, tell};
use jukung_crypto::sign;
use jukung_domain::problem::Problem;
use jukung_domain::sync::log::may_acknowledge;
use jukung_domain::wire::{self, SyncAnswer};
use jukung_ledger::{Tx, params};
use sha2::{Digest, Sha256};

/// Life of a token for scans (protocol 0.4).
const TOKEN_MS: i64 = 15 * 60_000;

pub use jukung_domain::call::{Call, QUARANTINE, read, read_opaque};

impl District {
    /// Answers a sync call. The acknowledgement is made only after the commit, and the commit always writes (R8).
    ///
    /// # Errors
    /// `device_unknown` (also for a wrong signature or a device that was refused); `device_pending` until it is approved;
    /// those of the database.
    pub fn sync(&self, call: &Call) -> Result<Vec<u8>, Problem> {
        let now = self.edge.now();
        let token = hex::encode(self.edge.random::<16>());
        let (mut answer, lines) = self.db.write(|tx| self.ingest(tx, call, now, &token))?;
        let settings = serde_json::to_string(&self.settings()?).map_err(|e| Problem::new("internal").with("at", e))?;
        let told = answer.ended.as_deref() != Some(End::Lost.code()) && wire::settings_mark(&settings) != call.head.set;
        answer.settings = told.then_some(settings);
        // Counted after the commit: nobody else waits for it.
        if call.head.sub && answer.ended.is_none() {
            answer.sub = self.subdistrict(&call.head.d.to_string())?;
        }
        if let (Some(ask), None) = (&call.head.pin, &answer.ended) {
            answer.pin = Some(self.pin_for(&call.head.d.to_string(), ask)?);
        }
        self.signed(answer, &lines)
    }

    /// An answer as it is sent: signed by this district.
    pub(crate) fn signed(&self, mut answer: SyncAnswer, lines: &[String]) -> Result<Vec<u8>, Problem> {
        let json = |e: serde_json::Error| Problem::new("internal").with("at", e);
        let unsigned = wire::body(&answer, lines).map_err(json)?;
        answer.sig = hex::encode(sign::sign(&self.seed, &wire::signed_bytes("answer", &unsigned)));
        wire::body(&answer, lines).map_err(json)
    }

    fn ingest(
        &self,
        tx: &mut dyn Tx,
        call: &Call,
        now: i64,
        token: &str,
    ) -> Result<(SyncAnswer, Vec<String>), Problem> {
        let device = call.head.d.to_string();
        let barrier =
            tx.execute("UPDATE device SET last_sync = $1, syncs = syncs + 1 WHERE id = $2", params![now, &device])?;
        if !may_acknowledge(barrier) {
            return Err(Problem::new("device_unknown"));
        }
        let Caller { office, state, next } = caller(tx, call, now)?;
        let mut answer = empty_answer(call, now, token);
        answer.next = next;
        if state == End::Lost.code() {
            self.set_apart(tx, call, &office, now, &mut answer)?;
            return Ok((answer, Vec::new()));
        }
        answer.ended = (state == End::Retired.code()).then_some(state);
        if call.road == QUARANTINE {
            note_opaque(tx, call, &device, now)?;
        }
        let apart = self.stands_apart(tx, &office, &call.head.cur)?;
        let mut rest = call.events.as_slice();
        let mut told = Vec::new();
        for part in &call.head.logs {
            let (mine, others) = rest.split_at(usize::try_from(part.m).unwrap_or(0).min(rest.len()));
            rest = others;
            told.extend(receive::take_log(tx, call.head.d, &office, part, mine, now, &mut answer)?);
        }
        said::note(tx, call, &answer, now)?;
        if apart {
            self.note_lost(tx, &device, &call.head.logs, &answer.need, &answer.ack, now)?;
        }
        told.extend(self.compare_days(tx, &device, now)?);
        for entry in &call.witness {
            told.extend(self.take_witness(tx, call.head.d, &office, entry, now)?);
        }
        answer.au = self.take_audit(tx, &device, &call.head.au, !answer.fork.is_empty(), now)?;
        // The feed's row is locked last, after every application's (protocol 2.4): officers decide in the same order.
        receive::tell_all(tx, &office, &told)?;
        tell::scans_wanted(tx, &office, &call.head.blobs, &mut answer)?;
        answer.code = self.code_for(tx, call)?;
        if call.head.cert {
            answer.cert = self.certificate_for(tx, &device, now)?;
        }
        tx.execute(
            "INSERT INTO token (hash, device, expires) VALUES ($1, $2, $3)",
            params![hex::encode(Sha256::digest(token.as_bytes())), &device, now + TOKEN_MS],
        )?;
        tx.execute("DELETE FROM token WHERE expires < $1", params![now])?;
        let lines = self.page(tx, &office, &call.head, &mut answer)?;
        Ok((answer, lines))
    }
}

/// Writes down for whoever looks after the server that an event came as bytes: its call could not be read.
fn note_opaque(tx: &mut dyn Tx, call: &Call, device: &str, now: i64) -> Result<(), Problem> {
    for (part, raw) in call.head.logs.iter().zip(&call.events) {
        let id = hex::encode(Sha256::digest(format!("{device} {} {}\n{raw}", part.i, part.f)));
        tx.execute(
            "INSERT INTO quarantine (id, device, raw, reason, at) VALUES ($1, $2, $3, 'envelope', $4) ON CONFLICT DO NOTHING",
            params![id, device, raw, now],
        )?;
    }
    Ok(())
}

/// Who signed a call.
struct Caller {
    office: String,
    state: String,
    /// The key it may sign with as well, when it named one.
    next: Option<String>,
}

/// The device that signed the call, when anything of it is taken; and which of its keys holds from now on.
fn caller(tx: &mut dyn Tx, call: &Call, now: i64) -> Result<Caller, Problem> {
    let unknown = || Problem::new("device_unknown");
    let known = Known::of(tx, call.head.d.to_string())?.ok_or_else(unknown)?;
    let (statements, signed) = (&call.head.keys, wire::signed_bytes(call.road, &call.unsigned));
    let signature = hex::decode(&call.head.sig).map_err(|_| unknown())?;
    let believed = known.believed(tx, statements)?;
    let by = believed.iter().find(|key| sign::verify(key, &signed, &signature)).ok_or_else(unknown)?;
    let (office, state) = (known.office.clone(), known.state.clone());
    match state.as_str() {
        // Nobody has compared its words yet: nothing of it is stored (decision 0012).
        "pending" => Err(Problem::new("device_pending")),
        "active" | "retired" => {
            let next = known.signed_by(tx, by, &believed, statements, now)?;
            Ok(Caller { office, state, next })
        }
        // Nothing it says about itself is believed any more.
        "lost" => Ok(Caller { office, state, next: None }),
        _ => Err(unknown()),
    }
}

pub(crate) fn empty_answer(call: &Call, now: i64, token: &str) -> SyncAnswer {
    SyncAnswer {
        v: wire::VERSION,
        ack: Vec::new(),
        safe: Vec::new(),
        need: Vec::new(),
        fork: Vec::new(),
        ask: false,
        common: None,
        code: None,
        cert: None,
        next: None,
        cur: call.head.cur.clone(),
        head: 0,
        want: Vec::new(),
        have: Vec::new(),
        time: now,
        token: token.to_owned(),
        au: Vec::new(),
        settings: None,
        sub: None,
        pin: None,
        ended: None,
        apart: Vec::new(),
        sig: String::new(),
    }
}
