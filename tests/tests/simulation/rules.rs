//! The twelve rules as the simulation asks for them: the product's own functions, unless one rule is removed.

use jukung_domain::event::{Hash, Origin};
use jukung_domain::sync::feed::{self, Stand};
use jukung_domain::sync::log::{self, Held, Life, Mine, Moves, Offer, Received, Sign, Told};
use jukung_domain::sync::numbers::{self, Numbers};
use jukung_domain::sync::outcome::Outcome;
use jukung_domain::sync::{clock, patience, room};

/// A rule that is removed. Only the simulation can do that: the product's functions have no such switch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Removed {
    /// R1: a fork told by the district is ignored.
    R1Fork,
    /// R1: the file beside the database is not read at start.
    R1Start,
    /// R1: the district never compares what stands at a sequence ("on conflict do nothing").
    R1Compare,
    /// R2: the counter trusts its own upload mark.
    R2,
    /// R3: own events are deleted once acknowledged.
    R3,
    /// R4: the position is a number only.
    R4,
    /// R5: nothing is handed back.
    R5,
    /// R6: feed numbers are taken before the commit.
    R6,
    /// R7: an event that does not fit is refused and forgotten.
    R7,
    /// R8: a pure duplicate is acknowledged without writing.
    R8,
    /// R9: an event that moves is a new event.
    R9,
    /// R10: nothing is skipped after an unclean end.
    R10Skip,
    /// R10: a new life keeps the old code.
    R10Code,
    /// R11: the wall clock is the order.
    R11,
    /// R12: a call may last two minutes in all.
    R12,
    /// I11: nobody looks at the disk before writing.
    Room,
}

/// Every removal.
pub const ALL: [Removed; 16] = [
    Removed::R1Fork,
    Removed::R1Start,
    Removed::R1Compare,
    Removed::R2,
    Removed::R3,
    Removed::R4,
    Removed::R5,
    Removed::R6,
    Removed::R7,
    Removed::R8,
    Removed::R9,
    Removed::R10Skip,
    Removed::R10Code,
    Removed::R11,
    Removed::R12,
    Removed::Room,
];

/// The rules in force.
#[derive(Debug, Clone, Copy)]
pub struct Rules(pub Option<Removed>);

impl Rules {
    pub fn lacks(self, rule: Removed) -> bool {
        self.0 == Some(rule)
    }

    pub fn receive(self, held: &Held, offer: &Offer<'_>) -> Received {
        let decided = log::receive(held, offer);
        if decided != Received::Fork || !self.lacks(Removed::R1Compare) {
            return decided;
        }
        let skip = usize::try_from(held.acked + 1 - offer.first).expect("not negative").min(offer.uids.len());
        Received::Append { skip, chain: held.overlap.or(held.before).unwrap_or(offer.before) }
    }

    pub fn life_after(self, sign: Sign) -> Life {
        match (self.0, sign) {
            (Some(Removed::R1Fork), Sign::Forked { .. }) | (Some(Removed::R1Start), Sign::Started { .. }) => Life::Same,
            _ => log::life_after(sign),
        }
    }

    pub fn watermark(self, told: &Told, mine: &Mine, before: i64) -> Moves {
        match (log::watermark(told, mine), self.0) {
            (Moves::To(at), Some(Removed::R2)) => Moves::To(at.max(before)),
            (_, Some(Removed::R1Compare)) => Moves::To(told.acked.min(mine.last)),
            (moves, _) => moves,
        }
    }

    pub fn may_delete(self, seq: i64, acked: i64, safe: i64, days: i64) -> bool {
        if self.lacks(Removed::R3) { seq <= acked } else { log::may_delete(seq, acked, safe, days) }
    }

    pub fn stand(self, claimed: (i64, &str), anchors: &[(i64, String)], ours: impl Fn(i64) -> Option<Hash>) -> Stand {
        if self.lacks(Removed::R4) {
            return Stand::Page;
        }
        feed::stand(claimed, anchors, ours)
    }

    pub fn witness(self, n: i64, kind: &str, common: i64) -> bool {
        !self.lacks(Removed::R5) && feed::witness(n, kind, common)
    }

    /// Whether a counter looks at number and hash of what comes down.
    pub fn checks_feed(self) -> bool {
        !self.lacks(Removed::R4) && !self.lacks(Removed::R6)
    }

    pub fn forgets(self, outcome: Outcome) -> bool {
        self.lacks(Removed::R7) && outcome.code().starts_with("parked")
    }

    pub fn barrier(self) -> u64 {
        u64::from(!self.lacks(Removed::R8))
    }

    pub fn may_acknowledge(self, barrier_rows: u64) -> bool {
        self.lacks(Removed::R8) || log::may_acknowledge(barrier_rows)
    }

    pub fn origin(self, first_written: Option<Origin>, place: Origin) -> Origin {
        if self.lacks(Removed::R9) { place } else { log::origin(first_written, place) }
    }

    pub fn after_unclean_end(self, had: Numbers) -> Numbers {
        if self.lacks(Removed::R10Skip) { had } else { numbers::after_unclean_end(had).0 }
    }

    pub fn tick(self, last: i64, wall: i64, known: i64) -> i64 {
        if self.lacks(Removed::R11) { wall } else { clock::tick(last, wall, known) }
    }

    pub fn may_write(self, free: i64, bytes: i64) -> bool {
        self.lacks(Removed::Room) || room::may_write(free, bytes)
    }

    /// Whether a call that began at `began` and last moved at `progress` is given up at `now` (ms).
    pub fn gives_up(self, began: u64, progress: u64, now: u64) -> bool {
        if self.lacks(Removed::R12) {
            now - began > 120_000
        } else {
            patience::stalled(progress, now, patience::IDLE_MAX_MS)
        }
    }
}
