//! A sync call as it arrived: taken apart, counted, and never trusted before its signature was looked at.

use crate::problem::Problem;
use crate::wire::{self, FeedEntry, SyncHead};

/// A sync call that was read.
#[derive(Debug, Clone)]
pub struct Call {
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
    Ok(Call { head, events: events.to_vec(), witness, unsigned })
}
