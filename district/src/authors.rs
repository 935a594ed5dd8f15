//! Who wrote what a counter sends: each run of a log is signed by its author, and the keys come in the log itself
//! (protocol 0.3, decision 0030). Nothing is refused for it: what is not proven is stored and waits for an officer.

use crate::devices::locked;
use crate::doubt::{self, UNPROVEN, Verdict, Why};
use crate::outcome::Writer;
use crate::{District, audit, receive};
use jukung_crypto::author::End;
use jukung_domain::event::{self, Body, Hash, Origin};
use jukung_domain::problem::Problem;
use jukung_domain::wire::LogPart;
use jukung_ledger::log::{self, Place, Signed};
use jukung_ledger::{Tx, params};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// What of an event tells whose it is.
#[derive(Deserialize)]
struct Peek<'a> {
    #[serde(borrow)]
    k: Cow<'a, str>,
    #[serde(borrow)]
    u: Cow<'a, str>,
}

/// How well a run is proven.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Proof {
    /// Signed with a key of the person it names.
    Proven,
    /// Of a person whose key nobody has told: a build of before, or a log whose beginning is gone.
    NoKey,
    /// Not by the person it names.
    None(Why),
}

/// The keys of the people of one computer.
struct Keys {
    device: String,
    of: BTreeMap<String, Vec<String>>,
}

impl Keys {
    fn of(tx: &mut dyn Tx, device: String) -> Result<Keys, Problem> {
        let mut of: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for row in tx.query("SELECT person, public_key FROM author WHERE device = $1", params![&device])? {
            of.entry(row.text(0)?).or_default().push(row.text(1)?);
        }
        Ok(Keys { device, of })
    }

    /// How well a run that `who` signed proves what `signer` has to stand for.
    fn proves(&self, signer: &str, who: &str, end: &End<'_>, signature: &str) -> Proof {
        match self.of.get(signer).filter(|known| !known.is_empty()) {
            None => Proof::NoKey,
            Some(known) if signer == who && known.iter().any(|key| end.is_by(key, signature)) => Proof::Proven,
            Some(_) if who.is_empty() => Proof::None(Why::Unsigned),
            Some(_) if signer != who => Proof::None(Why::Other),
            Some(_) => Proof::None(Why::Unfit),
        }
    }

    /// Takes the key that an event tells. The first one of a person counts unless somebody who is doubted tells it, and one
    /// that somebody else who is proven vouches for. Another one that a person says alone counts, too, for so it is after a
    /// recovery without a network; but it is found and shown, so whoever has the computer's key alone cannot become one of
    /// its people unseen.
    fn take(&mut self, tx: &mut dyn Tx, by: &str, proof: Proof, raw: &str, now: i64) -> Result<(), Problem> {
        let Ok(Ok(Some(Body::PersonKey(told)))) = event::read(raw).map(|e| Body::read(&e)) else { return Ok(()) };
        if matches!(proof, Proof::None(_)) && by != told.person {
            return Ok(());
        }
        let known = self.of.entry(told.person.clone()).or_default();
        if known.contains(&told.key) {
            return Ok(());
        }
        let vouched = proof == Proof::Proven && by != told.person;
        if !known.is_empty() && !vouched {
            if by != told.person {
                return Ok(());
            }
            let keys = i64::try_from(known.len()).unwrap_or(i64::MAX - 1);
            audit::note(tx, &self.device, ("author", 0, keys, keys + 1), now)?;
        }
        let sql = "INSERT INTO author (device, person, public_key, vouched, since) VALUES ($1, $2, $3, $4, $5)";
        tx.execute(sql, params![&self.device, &told.person, &told.key, by, now])?;
        known.push(told.key);
        Ok(())
    }
}

/// Which of these events of one log, the first at `first` with the chain `before` it, are not proven to be their author's.
/// Keys that the events tell are taken.
///
/// # Errors
/// Those of the database.
pub(crate) fn writers(
    tx: &mut dyn Tx,
    log: Place,
    runs: &[(i64, String, String)],
    events: &[(Origin, Hash, &String)],
    (first, before): (i64, Hash),
    now: i64,
) -> Result<Vec<Writer>, Problem> {
    if events.is_empty() {
        return Ok(Vec::new());
    }
    let Place { device, incarnation, .. } = log;
    let mut keys = Keys::of(tx, device.to_string())?;
    let name = device.to_string();
    let (mut chain, mut from, mut writers) = (before, 0, Vec::with_capacity(events.len()));
    let ends = runs.iter().map(|(to, who, sig)| (*to, who.as_str(), sig.as_str()));
    let rest = first + i64::try_from(events.len()).unwrap_or(0) - 1;
    for (to, who, signature) in ends.chain([(rest, "", "")]) {
        let upto = usize::try_from(to + 1 - first).unwrap_or(0).clamp(from, events.len());
        let run = &events[from..upto];
        let begins = first + i64::try_from(from).unwrap_or(0);
        from = upto;
        chain = run.iter().fold(chain, |chain, (_, uid, _)| event::chain_next(&chain, uid));
        let end = End { device: &name, incarnation, seq: to, chain: &chain };
        for (place, (origin, _, raw)) in (begins..).zip(run) {
            let Ok(Peek { k, u }) = serde_json::from_str::<Peek<'_>>(raw) else {
                // It cannot be read: that is its outcome.
                writers.push(Writer::Believed);
                continue;
            };
            // Somebody else may stand for what moved here from another life (R9); nobody for what they did not write.
            let moved = *origin != Origin { device, incarnation, seq: place };
            let signer = if moved && !who.is_empty() { who } else { u.as_ref() };
            let proof = keys.proves(signer, who, &end, signature);
            if k == "person.key/1" {
                keys.take(tx, &u, proof, raw, now)?;
            }
            // A key that this very event tells may prove it.
            let again = matches!(proof, Proof::None(_));
            writers.push(match if again { keys.proves(signer, who, &end, signature) } else { proof } {
                Proof::None(why) => Writer::Doubted(why),
                Proof::NoKey | Proof::Proven => Writer::Believed,
            });
        }
    }
    Ok(writers)
}

/// Whether an event of this computer that comes without any signature is taken for its author's.
///
/// # Errors
/// Those of the database.
pub(crate) fn unsigned(tx: &mut dyn Tx, device: uuid::Uuid, raw: &str) -> Result<Writer, Problem> {
    let Ok(Peek { u, .. }) = serde_json::from_str::<Peek<'_>>(raw) else { return Ok(Writer::Believed) };
    let known = Keys::of(tx, device.to_string())?.of.contains_key(u.as_ref());
    Ok(if known { Writer::Doubted(Why::Unsigned) } else { Writer::Believed })
}

/// Keeps the signatures of the runs that end within what was just placed.
///
/// # Errors
/// Those of the database.
pub(crate) fn keep(tx: &mut dyn Tx, log: Place, part: &LogPart, after: i64, to: i64) -> Result<(), Problem> {
    for (seq, person, signature) in part.r.iter().filter(|(seq, ..)| (after + 1..=to).contains(seq)) {
        let by = Signed { person: person.clone(), signature: signature.clone() };
        log::proven(tx, Place { seq: *seq, ..log }, &by)?;
    }
    Ok(())
}

/// Events of one computer whose author is not proven.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unproven {
    /// Device id.
    pub device: String,
    /// Name of the computer.
    pub name: String,
    /// Office.
    pub office: String,
    /// How many.
    pub events: i64,
}

/// Takes the key that an event tells which an officer believes.
///
/// # Errors
/// Those of the database.
pub(crate) fn take_key(tx: &mut dyn Tx, device: &str, raw: &str, now: i64) -> Result<(), Problem> {
    match serde_json::from_str::<Peek<'_>>(raw) {
        Ok(Peek { k, u }) if k == "person.key/1" => {
            Keys::of(tx, device.to_owned())?.take(tx, &u, Proof::Proven, raw, now)
        }
        Ok(_) | Err(_) => Ok(()),
    }
}

impl District {
    /// Computers that sent something whose author is not proven, and how much.
    ///
    /// # Errors
    /// Those of the database.
    pub fn unproven(&self) -> Result<Vec<Unproven>, Problem> {
        let sql = "SELECT e.device, d.name, d.office, count(*) FROM event e JOIN device d ON d.id = e.device
                   WHERE e.outcome = 'parked:author' GROUP BY e.device, d.name, d.office ORDER BY d.office, d.name";
        let rows = self.db.read(|tx| tx.query(sql, &[]))?;
        let one = |r: &jukung_ledger::Row| {
            Ok(Unproven { device: r.text(0)?, name: r.text(1)?, office: r.text(2)?, events: r.int(3)? })
        };
        rows.iter().map(one).collect()
    }

    /// Takes what a computer sent without proof of its author, by its id or three symbols, after somebody asked the counter
    /// about it: each event is decided about as if it came now, in the order it was written, and told; the keys that it
    /// tells are taken. Gives how many there were.
    ///
    /// # Errors
    /// `not_found` for a computer that is not here; those of the database.
    pub fn accept_unproven(&self, device: &str, officer: &str) -> Result<usize, Problem> {
        let now = self.edge.now();
        self.db.write(|tx| {
            let (device, _) = locked(tx, device)?;
            let sql = "SELECT uid FROM event WHERE outcome = $1 AND device = $2 ORDER BY incarnation, seq";
            let (mut taken, mut all) = (0, (String::new(), Vec::new()));
            for row in tx.query(sql, params![UNPROVEN, &device])? {
                if let Some((office, told)) = doubt::settle(tx, &row.text(0)?, (Verdict::Believed, officer), now)? {
                    all.0 = office;
                    all.1.extend(told);
                    taken += 1;
                }
            }
            receive::tell_all(tx, &all.0, &all.1)?;
            Ok(taken)
        })
    }
}
