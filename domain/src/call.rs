//! A sync call as it arrived: taken apart, counted, and never trusted before its signature was looked at.

use crate::problem::Problem;
use crate::wire::{self, FeedEntry, LogPart, SyncHead};
use serde::{Deserialize, Serialize};

/// Road of a sync call.
pub const SYNC: &str = "/v1/sync";
/// Road of one event whose call could not be read (protocol 2.3).
pub const QUARANTINE: &str = "/v1/quarantine";

/// First line of a call that hands one event over as bytes of their own: as little as can go wrong. Everything behind the
/// line is the event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OpaqueHead {
    /// Wire version.
    pub v: u32,
    /// Device.
    pub d: uuid::Uuid,
    /// Its place in its log; one event.
    pub log: LogPart,
    /// Feed position, as in a sync call.
    pub cur: (i64, String),
    /// How the device's key has changed, as in a sync call.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<(String, String)>,
    /// Ed25519 as in a sync call, over this road.
    pub sig: String,
}

/// A sync call that was read.
#[derive(Debug, Clone)]
pub struct Call {
    /// [`SYNC`] or [`QUARANTINE`]: the signature is for one of them.
    pub road: &'static str,
    /// Header.
    pub head: SyncHead,
    /// Raw events in order.
    pub events: Vec<String>,
    /// Feed entries handed back.
    pub witness: Vec<FeedEntry>,
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
    let first_line = lines.next().unwrap_or_default();
    let head: SyncHead = serde_json::from_str(first_line).map_err(|e| bad(&e.to_string()))?;
    let lines: Vec<String> = lines.filter(|l| !l.is_empty()).map(str::to_owned).collect();
    let announced = head.logs.iter().try_fold(0_usize, |sum, l| sum.checked_add(usize::try_from(l.m).ok()?));
    let announced = announced.ok_or_else(|| bad("number of events"))?;
    let handed_back = usize::try_from(head.wit).map_err(|_| bad("number of entries"))?;
    if head.v != wire::VERSION
        || announced.checked_add(handed_back) != Some(lines.len())
        || announced > wire::BATCH_EVENTS_MAX
        || head.wit > wire::WITNESS_MAX
    {
        return Err(bad("version or number of events"));
    }
    let unsigned = wire::unsigned(first_line, &lines, &head.sig).ok_or_else(|| bad("signature"))?;
    let (events, back) = lines.split_at(announced);
    // A line that cannot be read is no event of anybody: it is left out, and stays with the counter.
    let witness = back.iter().filter_map(|line| serde_json::from_str(line).ok()).collect();
    Ok(Call { road: SYNC, head, events: events.to_vec(), witness, unsigned })
}

/// Reads the body of [`QUARANTINE`]: whatever stands behind the first line is the event.
///
/// # Errors
/// `bad_request` when not even that can be read.
pub fn read_opaque(body: &[u8]) -> Result<Call, Problem> {
    let bad = |why: &str| Problem::new("bad_request").with("why", why);
    let text = std::str::from_utf8(body).map_err(|_| bad("not UTF-8"))?;
    let (first_line, raw) = text.split_once('\n').ok_or_else(|| bad("no event"))?;
    let OpaqueHead { v, d, log, cur, keys, sig } = serde_json::from_str(first_line).map_err(|e| bad(&e.to_string()))?;
    if v != wire::VERSION || log.m != 1 {
        return Err(bad("version or number of events"));
    }
    let events = vec![raw.to_owned()];
    let unsigned = wire::unsigned(first_line, &events, &sig).ok_or_else(|| bad("signature"))?;
    let head = SyncHead {
        v,
        d,
        logs: vec![log],
        cur,
        anch: Vec::new(),
        wit: 0,
        whole: false,
        code: String::new(),
        cert: false,
        keys,
        blobs: Vec::new(),
        au: Vec::new(),
        sub: false,
        pin: None,
        wall: 0,
        app: String::new(),
        caps: Vec::new(),
        set: String::new(),
        sig,
    };
    Ok(Call { road: QUARANTINE, head, events, witness: Vec::new(), unsigned })
}
