//! Taking in what a counter sends: one transaction, an outcome for every event, and never a refusal because of one (R7).

use crate::District;
use jukung_crypto::sign;
use jukung_domain::event::{self, Body, Hash, Origin};
use jukung_domain::fold::Folded;
use jukung_domain::problem::Problem;
use jukung_domain::search_key;
use jukung_domain::sync::log::may_acknowledge;
use jukung_domain::wire::{self, FeedEntry, LogPart, SyncAnswer, SyncHead};
use jukung_ledger::log::{self, Appended, NewEvent};
use jukung_ledger::projection::{self, Context};
use jukung_ledger::tx::first;
use jukung_ledger::{Tx, feed, params};
use sha2::{Digest, Sha256};

/// Life of a token for scans (protocol 0.4).
const TOKEN_MS: i64 = 15 * 60_000;

/// A sync call that was read.
#[derive(Debug, Clone)]
pub struct Call {
    /// Header.
    pub head: SyncHead,
    /// Raw events in order.
    pub events: Vec<String>,
    /// The body with an empty signature, which the signature covers.
    pub unsigned: Vec<u8>,
}

/// Reads a decompressed body.
///
/// # Errors
/// `bad_request` when the envelope is unreadable: the counter then halves its batch.
pub fn read(body: &[u8]) -> Result<Call, Problem> {
    let bad = |why: &str| Problem::new("bad_request").with("why", why);
    let text = std::str::from_utf8(body).map_err(|_| bad("not UTF-8"))?;
    let mut lines = text.split('\n');
    let head: SyncHead = serde_json::from_str(lines.next().unwrap_or_default()).map_err(|e| bad(&e.to_string()))?;
    let events: Vec<String> = lines.filter(|l| !l.is_empty()).map(str::to_owned).collect();
    let announced: i64 = head.logs.iter().map(|l| l.m).sum();
    if head.v != wire::VERSION
        || usize::try_from(announced).ok() != Some(events.len())
        || events.len() > wire::BATCH_EVENTS_MAX
    {
        return Err(bad("version or number of events"));
    }
    let bare = SyncHead { sig: String::new(), ..head.clone() };
    let unsigned = wire::body(&bare, &events).map_err(|e| bad(&e.to_string()))?;
    Ok(Call { head, events, unsigned })
}

impl District {
    /// Answers a sync call. The acknowledgement is made only after the commit, and the commit always writes (R8).
    ///
    /// # Errors
    /// `device_unknown` (also for a wrong signature or a device whose permission ended); those of the database.
    pub fn sync(&self, call: &Call) -> Result<Vec<u8>, Problem> {
        let now = self.edge.now();
        let token = hex::encode(self.edge.random::<16>());
        let (mut answer, lines) = self.db.write(|tx| self.ingest(tx, call, now, &token))?;
        answer.settings =
            Some(serde_json::to_string(&self.settings()?).map_err(|e| Problem::new("internal").with("at", e))?);
        let json = |e: serde_json::Error| Problem::new("internal").with("at", e);
        let unsigned = wire::body(&answer, &lines).map_err(json)?;
        answer.sig = hex::encode(sign::sign(&self.seed, &wire::signed_bytes("answer", &unsigned)));
        wire::body(&answer, &lines).map_err(json)
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
        let row = first(tx, "SELECT office, public_key, state FROM device WHERE id = $1", params![&device])?;
        let row = row.ok_or_else(|| Problem::new("device_unknown"))?;
        let (office, key, state) = (row.text(0)?, row.text(1)?, row.text(2)?);
        let mut public_key = [0u8; 32];
        hex::decode_to_slice(&key, &mut public_key).map_err(|_| Problem::new("device_unknown"))?;
        let signature = hex::decode(&call.head.sig).map_err(|_| Problem::new("device_unknown"))?;
        if state == "lost" || !sign::verify(&public_key, &wire::signed_bytes("/v1/sync", &call.unsigned), &signature) {
            return Err(Problem::new("device_unknown"));
        }
        let mut answer = SyncAnswer {
            v: wire::VERSION,
            ack: Vec::new(),
            need: None,
            fork: None,
            cur: call.head.cur.clone(),
            head: 0,
            want: Vec::new(),
            have: Vec::new(),
            time: now,
            token: token.to_owned(),
            settings: None,
            sig: String::new(),
        };
        let mut rest = call.events.as_slice();
        let mut told: Vec<Told<'_>> = Vec::new();
        for part in &call.head.logs {
            let (mine, others) = rest.split_at(usize::try_from(part.m).unwrap_or(0).min(rest.len()));
            rest = others;
            told.extend(take_log(tx, call.head.d, &office, part, mine, now, &mut answer)?);
        }
        // The feed's row is locked last, after every application's (protocol 2.4): officers decide in the same order.
        for (uid, outcome, raw) in &told {
            feed::append(tx, &office, &feed::Entry { kind: "ok", reference: uid, outcome, raw })?;
        }
        scans_wanted(tx, &office, &call.head.blobs, &mut answer)?;
        tx.execute(
            "INSERT INTO token (hash, device, expires) VALUES ($1, $2, $3)",
            params![hex::encode(Sha256::digest(token.as_bytes())), &device, now + TOKEN_MS],
        )?;
        tx.execute("DELETE FROM token WHERE expires < $1", params![now])?;
        let lines = page(tx, &office, &device, &mut answer)?;
        Ok((answer, lines))
    }
}

/// What the feed will tell about an event: uid in hex, outcome, raw.
type Told<'a> = (String, String, &'a str);

/// Takes the part of one log that came with a call, and says what the feed must tell.
fn take_log<'a>(
    tx: &mut dyn Tx,
    device: uuid::Uuid,
    office: &str,
    part: &LogPart,
    events: &'a [String],
    now: i64,
    answer: &mut SyncAnswer,
) -> Result<Vec<Told<'a>>, Problem> {
    let mut told = Vec::new();
    let Some(incarnation) = wire::incarnation_from_hex(&part.i) else { return Ok(told) };
    let id = device.to_string();
    let row = first(
        tx,
        "SELECT acked, chain FROM log_head WHERE device = $1 AND incarnation = $2",
        params![&id, incarnation],
    )?;
    let (mut acked, mut chain) = match row {
        Some(row) => (row.int(0)?, log::hash(&row.text(1)?)?),
        None => (0, event::chain_start(device, incarnation)),
    };
    if part.f > acked + 1 {
        // This server lost what the counter still has (restored backup): the counter sends it again (R2).
        answer.need = Some((part.i.clone(), acked + 1));
        answer.ack.push((part.i.clone(), acked));
        return Ok(told);
    }
    if part.n < acked {
        answer.fork = Some("the counter's log is shorter than what was acknowledged".into());
    }
    if part.f == acked + 1 && !part.pc.is_empty() && part.pc != hex::encode(chain) {
        answer.fork = Some("the histories differ before the first event sent".into());
        answer.ack.push((part.i.clone(), acked));
        return Ok(told);
    }
    for (seq, raw) in (part.f..).zip(events) {
        let origin = Origin { device, incarnation, seq };
        let uid = event::uid(&origin, raw);
        if seq <= acked {
            if first(tx, "SELECT seq FROM event WHERE uid = $1", params![hex::encode(uid)])?.is_none() {
                answer.fork = Some(format!("another event stands at {seq}"));
                break;
            }
            continue;
        }
        let next = event::chain_next(&chain, &uid);
        let Some(outcome) = take_event(tx, office, origin, raw, &uid, next, now)? else {
            answer.fork = Some(format!("another event stands at {seq}"));
            break;
        };
        told.push((hex::encode(uid), outcome, raw.as_str()));
        (chain, acked) = (next, seq);
    }
    tx.execute(
        "INSERT INTO log_head (device, incarnation, acked, chain) VALUES ($1, $2, $3, $4)
         ON CONFLICT (device, incarnation) DO UPDATE SET acked = excluded.acked, chain = excluded.chain",
        params![&id, incarnation, acked, hex::encode(chain)],
    )?;
    answer.ack.push((part.i.clone(), acked));
    Ok(told)
}

/// Stores one event and gives its outcome. Whatever is wrong with it becomes the outcome, never a refusal; `None` when
/// another event stands at its place.
fn take_event(
    tx: &mut dyn Tx,
    office: &str,
    origin: Origin,
    raw: &str,
    uid: &Hash,
    chain: Hash,
    now: i64,
) -> Result<Option<String>, Problem> {
    let envelope = event::read(raw).ok().filter(|_| raw.len() <= event::RAW_BYTES_MAX);
    let (app, kind) = envelope.as_ref().map_or((String::new(), String::new()), |e| (e.a.to_string(), e.k.clone()));
    let outcome = match &envelope {
        None => "parked:unreadable".to_owned(),
        Some(envelope) => match Body::read(envelope) {
            Err(_) => "parked:unreadable".to_owned(),
            Ok(None) => "held:newer-app".to_owned(),
            Ok(Some(body)) if kind.starts_with("st.") => format!("parked:not-owner:{}", body.kind()),
            Ok(Some(body)) => fold_or_hold(tx, office, &app, envelope.b.as_deref(), &body, uid, now)?,
        },
    };
    let new = NewEvent { origin, raw, application: app, kind, chain, outcome: outcome.clone(), at: now };
    Ok(match log::append(tx, &new)? {
        Appended::New(_) | Appended::Already(_) => Some(outcome),
        Appended::Fork => None,
    })
}

/// Folds an event in, inside a savepoint: what the engine refuses (a NUL letter in PostgreSQL) is undone and held for a
/// person, and the events after it go on (R7). No room on the disk is nobody's event: then the whole call waits.
fn fold_or_hold(
    tx: &mut dyn Tx,
    office: &str,
    app: &str,
    base: Option<&str>,
    body: &Body,
    uid: &Hash,
    now: i64,
) -> Result<String, Problem> {
    tx.batch("SAVEPOINT one_event")?;
    match fold_in(tx, office, app, base, body, uid, now) {
        Ok(outcome) => {
            tx.batch("RELEASE SAVEPOINT one_event")?;
            Ok(outcome)
        }
        Err(problem) if problem.code == "internal" => {
            tracing::error!("an event is held, the engine refused it: {problem}");
            tx.batch("ROLLBACK TO SAVEPOINT one_event")?;
            tx.batch("RELEASE SAVEPOINT one_event")?;
            Ok("held:server-fault".into())
        }
        Err(problem) => Err(problem),
    }
}

fn fold_in(
    tx: &mut dyn Tx,
    office: &str,
    app: &str,
    base: Option<&str>,
    body: &Body,
    uid: &Hash,
    now: i64,
) -> Result<String, Problem> {
    let before = projection::load(tx, app)?;
    if before.as_ref().is_some_and(|c| c.office != office) {
        return Ok("parked:not-owner".into());
    }
    if let (Body::Edit(edit), Some(case), Some(base)) = (body, &before, base)
        && case.head != base
        && overlaps(tx, app, base, edit, case)?
    {
        return Ok("parked:conflict".into());
    }
    let folded = projection::apply(tx, app, body, uid, Context { office, at: now })?;
    if let (Body::Create(created), Folded::Applied) = (body, folded) {
        name_words(tx, app, &created.d.fields)?;
        want_scans(tx, office, created.d.attachments.iter().map(|a| (&a.sha256, a.bytes, &a.media)), now)?;
    }
    if let (Body::Edit(edit), Folded::Applied) = (body, folded) {
        name_words(tx, app, &edit.f)?;
    }
    if let (Body::Attach(a), Folded::Applied) = (body, folded) {
        want_scans(tx, office, std::iter::once((&a.sha256, a.bytes, &a.media)), now)?;
        let replaced = before.map(|c| c.state.application.attachments).unwrap_or_default();
        crate::scans::forget_replaced(tx, office, &replaced)?;
    }
    Ok(match folded {
        Folded::Applied => "applied",
        Folded::NotAllowed => "parked:not-owner",
        // An event that folds into nothing by its nature (skipped numbers) is applied; the rest waits for its start.
        Folded::NoApplication if matches!(body, Body::NumbersSkipped(_)) => "applied",
        Folded::NoApplication => "held",
    }
    .into())
}

/// Whether an edit made on an older head changes an answer that somebody changed since: the first accepted stays.
fn overlaps(
    tx: &mut dyn Tx,
    app: &str,
    base: &str,
    edit: &event::Edited,
    case: &projection::Case,
) -> Result<bool, Problem> {
    let rows =
        tx.query("SELECT uid, raw FROM event WHERE app = $1 AND outcome = 'applied' ORDER BY at, seq", params![app])?;
    let mut since = false;
    for row in rows {
        if since {
            let changed = event::read(&row.text(1)?).ok().and_then(|e| Body::read(&e).ok().flatten());
            let answers = &case.state.application.fields;
            if let Some(Body::Edit(other)) = changed
                && edit.f.iter().any(|(path, value)| other.f.contains_key(path) && answers.get(path) != Some(value))
            {
                return Ok(true);
            }
        }
        since = since || row.text(0)?.starts_with(base);
    }
    Ok(false)
}

fn name_words(tx: &mut dyn Tx, app: &str, fields: &jukung_domain::application::Fields) -> Result<(), Problem> {
    for (_, name) in fields.iter().filter(|(p, _)| p.ends_with(".name")) {
        for word in search_key::fold(name).split_whitespace() {
            tx.execute("INSERT INTO name_word (word, app) VALUES ($1, $2) ON CONFLICT DO NOTHING", params![word, app])?;
        }
    }
    Ok(())
}

fn want_scans<'a>(
    tx: &mut dyn Tx,
    office: &str,
    scans: impl Iterator<Item = (&'a String, u32, &'a String)>,
    now: i64,
) -> Result<(), Problem> {
    for (sha, bytes, media) in scans {
        tx.execute(
            "INSERT INTO blob (sha256, office, bytes, media, state, key, at) VALUES ($1, $2, $3, $4, 'wanted', '', $5) ON CONFLICT DO NOTHING",
            params![sha, office, i64::from(bytes), media, now],
        )?;
    }
    Ok(())
}

/// Of the scans offered: which are wanted, and which this office has delivered. Others' scans are no business of theirs.
fn scans_wanted(tx: &mut dyn Tx, office: &str, offered: &[String], answer: &mut SyncAnswer) -> Result<(), Problem> {
    for offer in offered {
        let sha = offer.split(':').next().unwrap_or_default();
        let row = first(tx, "SELECT state FROM blob WHERE sha256 = $1 AND office = $2", params![sha, office])?;
        match row.map(|r| r.text(0)).transpose()?.as_deref() {
            Some("held") => answer.have.push(sha.to_owned()),
            Some(_) => answer.want.push(sha.to_owned()),
            None => {}
        }
    }
    Ok(())
}

/// The next page of the feed from the counter's position; its own events come without their bodies.
fn page(tx: &mut dyn Tx, office: &str, device: &str, answer: &mut SyncAnswer) -> Result<Vec<String>, Problem> {
    let head = feed::head(tx, office)?;
    answer.head = head.n;
    let from = answer.cur.0;
    let here = feed::hash_at(tx, office, from)?;
    if here.map(|h| event::short(&h)).as_ref() != Some(&answer.cur.1) {
        answer.fork = Some("the counter's feed and this server's differ".into());
        return Ok(Vec::new());
    }
    let rows = tx.query(
        "SELECT f.n, f.kind, f.ref, f.outcome, e.raw, e.device, e.incarnation, e.seq FROM feed f JOIN event e ON e.uid = f.ref
         WHERE f.office = $1 AND f.n > $2 ORDER BY f.n LIMIT $3",
        params![office, from, wire::FEED_PAGE_MAX],
    )?;
    let mut lines = Vec::new();
    for row in rows {
        let own = row.text(5)? == device;
        let entry = FeedEntry {
            n: row.int(0)?,
            t: row.text(1)?,
            r: row.text(2)?,
            o: row.text(3)?,
            b: if own { String::new() } else { row.text(4)? },
            d: if own { None } else { row.text(5)?.parse().ok() },
            s: if own { None } else { Some((wire::incarnation_hex(row.int(6)?), row.int(7)?)) },
        };
        answer.cur = (entry.n, String::new());
        lines.push(serde_json::to_string(&entry).map_err(|e| Problem::new("internal").with("at", e))?);
    }
    if let Some(hash) = feed::hash_at(tx, office, answer.cur.0)? {
        answer.cur.1 = event::short(&hash);
    }
    Ok(lines)
}
