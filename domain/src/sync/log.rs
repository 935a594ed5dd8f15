//! One log going up: what is sent, what the district does with it, and what the counter does with the answer.

use crate::event::{Hash, Origin, chain_next, short};

/// Days a counter keeps its own events after they are safe (protocol 0.10): it is what heals a restored district.
pub const KEEP_DAYS: i64 = 400;
/// Most anchors in one answer: exponentially spaced, 16 reach back 16,384 entries before the last one is the start.
pub const ANCHORS_MAX: usize = 16;

/// What the counter offers of one log.
#[derive(Debug, Clone, Copy)]
pub struct Offer<'a> {
    /// First sequence offered.
    pub first: i64,
    /// Chain before it.
    pub before: Hash,
    /// Identities of the events offered.
    pub uids: &'a [Hash],
    /// The counter's own last sequence.
    pub last: i64,
    /// The counter has closed this life; what the district holds beyond `last` is no news.
    pub closed: bool,
}

/// What the district holds of that log, where the offer touches it.
#[derive(Debug, Clone, Copy)]
pub struct Held {
    /// Last sequence held.
    pub acked: i64,
    /// Chain at `first - 1`, when held.
    pub before: Option<Hash>,
    /// Chain at the last place both have, when the offer reaches into what is held.
    pub overlap: Option<Hash>,
}

/// What the district does with an offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Received {
    /// The district lacks what stands before: send again from here.
    Need {
        /// First sequence wanted.
        from: i64,
    },
    /// The histories differ.
    Fork,
    /// Take the events after the first `skip`, which are here already.
    Append {
        /// How many are duplicates.
        skip: usize,
        /// Chain after them.
        chain: Hash,
    },
}

/// Decides about an offer (protocol 2.4). Duplicates are compared by their chain, so a different event never passes as
/// a duplicate.
#[must_use]
pub fn receive(held: &Held, offer: &Offer<'_>) -> Received {
    if offer.first > held.acked + 1 {
        return Received::Need { from: held.acked + 1 };
    }
    if held.before != Some(offer.before) || (offer.last < held.acked && !offer.closed) {
        return Received::Fork;
    }
    let both = usize::try_from(held.acked + 1 - offer.first).unwrap_or(0).min(offer.uids.len());
    let chain = offer.uids[..both].iter().fold(offer.before, |chain, uid| chain_next(&chain, uid));
    if both > 0 && held.overlap != Some(chain) {
        return Received::Fork;
    }
    Received::Append { skip: both, chain }
}

/// How far the district's word on a log reaches: never past the end of what was offered. Beyond it nobody has compared, and
/// a counter whose history differs only there could neither go on nor see that they part (seeds 44332, 44791, 45924).
#[must_use]
pub fn word_to(acked: i64, first: i64, offered: i64) -> i64 {
    acked.min(first - 1 + offered).max(0)
}

/// The district's word on a log: how far it holds it, and the short chain there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Last sequence held.
    pub acked: i64,
    /// First 8 bytes of the chain there, in hex.
    pub chain: String,
}

/// What the counter has of that log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mine {
    /// Its own last sequence.
    pub last: i64,
    /// Its chain at the sequence the district told, when it has one.
    pub chain: Option<Hash>,
    /// The life is closed: what the district holds beyond `last` belongs to another branch.
    pub closed: bool,
}

/// Where the counter stands after an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moves {
    /// To here, forwards or backwards.
    To(i64),
    /// Nowhere: the district holds more of this log than the counter, which the fork in the same answer tells.
    Stay,
    /// The district holds other events there. With anchors in the answer this is a fork; without, it is an old answer.
    Differs,
}

/// R2: where the counter stands after an answer. The district's word wins, also when it goes backwards: what a restored
/// district lost is sent again. A word about another history moves nothing, so nothing counts as received that is not.
#[must_use]
pub fn watermark(told: &Told, mine: &Mine) -> Moves {
    if told.acked > mine.last {
        return if mine.closed { Moves::To(mine.last) } else { Moves::Stay };
    }
    if mine.chain.is_some_and(|chain| short(&chain) == told.chain) { Moves::To(told.acked) } else { Moves::Differs }
}

/// How far a counter's log and numbers have come, as its database or the file beside it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// Open incarnation.
    pub incarnation: i64,
    /// Last sequence in it.
    pub last: i64,
    /// Next registration number.
    pub next_number: i64,
}

/// What a counter knows when it asks whether its log may go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// The program starts.
    Started {
        /// What the database says.
        database: Head,
        /// What the file beside it says, which no backup holds; `None` when there is none.
        beside: Option<Head>,
    },
    /// The district says that its history of this log differs, or lacks what the counter has rightly deleted.
    Forked {
        /// The log is the one being written.
        open: bool,
    },
    /// The district gave symbols for numbers to the open life, which had an unclean end: it may have given the same ones
    /// before, the disk may have lost the commit that took them, and numbers under them stand on paper.
    NamedAfterUncleanEnd,
}

/// Whether the log goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Life {
    /// It goes on.
    Same,
    /// A new incarnation begins; what was not acknowledged moves there with its origin.
    New,
    /// Events move to the life that is open already.
    MoveOnly,
}

/// R1: a database that is older than the file beside it, or whose log the district knows otherwise, begins a new life. So
/// does one that would number with symbols it may have lost: however often a disk lies, a new life was never given any.
#[must_use]
pub fn life_after(sign: Sign) -> Life {
    match sign {
        Sign::Started { database, beside: Some(beside) }
            if database.incarnation != beside.incarnation
                || database.last < beside.last
                || database.next_number < beside.next_number =>
        {
            Life::New
        }
        Sign::Started { .. } => Life::Same,
        Sign::Forked { open: true } | Sign::NamedAfterUncleanEnd => Life::New,
        Sign::Forked { open: false } => Life::MoveOnly,
    }
}

/// R9: where an event was first written. Moving it to another place changes nothing about it.
#[must_use]
pub fn origin(first_written: Option<Origin>, place: Origin) -> Origin {
    first_written.unwrap_or(place)
}

/// R3: whether a counter may delete its event at `seq`. An acknowledgement is not enough: only what lies in a verified
/// backup of the district (up to `safe`), and only [`KEEP_DAYS`] after that was told: until then the district may still
/// be restored from a backup that was made before. It may have been, while this counter was silent, so the district must
/// also have the event by its word of today (`acked`): what it asks for again is never deleted (seeds 116491, 717211).
#[must_use]
pub fn may_delete(seq: i64, acked: i64, safe: i64, days_since_told: i64) -> bool {
    seq <= safe.min(acked) && days_since_told > KEEP_DAYS
}

/// R8: an acknowledgement may leave only after a commit that itself wrote. A pure duplicate writes nothing, so its
/// commit would not wait for the standby (protocol 2.5): `barrier_rows` are the rows the always-written line touched.
#[must_use]
pub fn may_acknowledge(barrier_rows: u64) -> bool {
    barrier_rows > 0
}

/// Places at which two histories of length `head` are compared: the last, then exponentially further back, the start last.
#[must_use]
pub fn anchors(head: i64) -> Vec<i64> {
    let mut places = vec![head];
    let mut back = 1;
    while head - back > 0 && places.len() < ANCHORS_MAX - 1 {
        places.push(head - back);
        back *= 2;
    }
    if head > 0 {
        places.push(0);
    }
    places
}

/// The highest anchor at which this side has the same hash; 0 when none: everything is then compared by identity.
#[must_use]
pub fn common(theirs: &[(i64, String)], mine: impl Fn(i64) -> Option<Hash>) -> i64 {
    theirs.iter().filter(|(n, hash)| mine(*n).is_some_and(|h| short(&h) == *hash)).map(|(n, _)| *n).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chain(uids: &[Hash]) -> Hash {
        uids.iter().fold([0; 32], |c, u| chain_next(&c, u))
    }

    #[test]
    fn a_repeated_offer_appends_only_what_is_new() {
        let uids = [[1; 32], [2; 32], [3; 32]];
        let held = Held { acked: 2, before: Some([0; 32]), overlap: Some(chain(&uids[..2])) };
        let offer = Offer { first: 1, before: [0; 32], uids: &uids, last: 3, closed: false };
        assert_eq!(receive(&held, &offer), Received::Append { skip: 2, chain: chain(&uids[..2]) });
    }

    #[test]
    fn another_event_at_the_same_place_is_a_fork_and_never_a_duplicate() {
        let held = Held { acked: 1, before: Some([0; 32]), overlap: Some(chain(&[[1; 32]])) };
        let offer = Offer { first: 1, before: [0; 32], uids: &[[9; 32]], last: 1, closed: false };
        assert_eq!(receive(&held, &offer), Received::Fork);
    }

    #[test]
    fn the_word_on_a_log_ends_where_nobody_has_compared() {
        assert_eq!(word_to(72, 1, 50), 50, "it holds more than was offered");
        assert_eq!(word_to(50, 1, 50), 50, "the usual answer");
        assert_eq!(word_to(2, 5, 3), 2, "it lacks what stands before");
        assert_eq!(word_to(12, 10, 0), 9, "a closed life offers nothing");
    }

    #[test]
    fn a_district_that_lost_events_asks_for_them_and_a_counter_that_lost_its_tail_is_a_fork() {
        let offer = Offer { first: 5, before: [0; 32], uids: &[], last: 9, closed: false };
        let held = Held { acked: 2, before: None, overlap: None };
        assert_eq!(receive(&held, &offer), Received::Need { from: 3 });
        let offer = Offer { first: 4, last: 3, ..offer };
        let held = Held { acked: 7, before: Some([0; 32]), overlap: None };
        assert_eq!(receive(&held, &offer), Received::Fork);
        assert!(matches!(receive(&held, &Offer { closed: true, ..offer }), Received::Append { skip: 0, .. }));
    }

    #[test]
    fn the_watermark_goes_back_with_the_district_and_never_over_another_history() {
        let told = |acked, hash: u8| Told { acked, chain: short(&[hash; 32]) };
        let mine = Mine { last: 9, chain: Some([1; 32]), closed: false };
        assert_eq!(watermark(&told(4, 1), &mine), Moves::To(4));
        assert_eq!(watermark(&told(4, 2), &mine), Moves::Differs, "another event stands there");
        assert_eq!(watermark(&told(12, 1), &mine), Moves::Stay, "this counter lost its tail");
        assert_eq!(watermark(&told(12, 1), &Mine { closed: true, ..mine }), Moves::To(9));
    }

    #[test]
    fn an_acknowledged_event_is_not_deleted_before_it_is_safe_and_old() {
        assert!(!may_delete(5, 9, 4, 10_000));
        assert!(!may_delete(5, 9, 9, KEEP_DAYS));
        assert!(may_delete(5, 9, 9, KEEP_DAYS + 1));
    }

    #[test]
    fn what_a_restored_district_asks_for_again_is_never_deleted() {
        assert!(!may_delete(5, 4, 9, 10_000));
    }

    #[test]
    fn anchors_end_at_the_start_and_find_the_highest_common_place() {
        for head in [0, 1, 2, 3, 17, 100_000] {
            let places = anchors(head);
            assert!(places.len() <= ANCHORS_MAX && places.first() == Some(&head) && places.last() == Some(&0));
        }
        let theirs: Vec<_> =
            anchors(9).into_iter().map(|n| (n, short(&[u8::try_from(n).expect("small"); 32]))).collect();
        let mine = |n: i64| (n < 6).then(|| [u8::try_from(n).expect("small"); 32]);
        assert_eq!(common(&theirs, mine), 5);
    }
}
