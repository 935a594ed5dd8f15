//! The feed coming down: where a counter stands in it, what follows, and what it hands back.

use super::log::common;
use crate::event::{Hash, feed_next, short};

/// A place in a feed: the number alone says nothing after a restore.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// Last number.
    pub n: i64,
    /// Chain up to it.
    pub hash: Hash,
}

/// What the district answers to a counter's position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stand {
    /// Page on from here.
    Page,
    /// The histories differ: the counter is asked for anchors.
    Ask,
    /// They are the same up to this number; the counter rolls back to it.
    Common(i64),
}

/// R4: a position counts only when number and hash both fit. `ours` is this district's chain at a number.
#[must_use]
pub fn stand(claimed: (i64, &str), anchors: &[(i64, String)], ours: impl Fn(i64) -> Option<Hash>) -> Stand {
    if ours(claimed.0).is_some_and(|h| short(&h) == claimed.1) {
        return Stand::Page;
    }
    if anchors.is_empty() { Stand::Ask } else { Stand::Common(common(anchors, ours)) }
}

/// R5: what the counter hands to a district whose feed ends at `common`: everything it holds above, own and foreign,
/// the district's own decisions too. `kind` is `ok`, `st` or `rel`; a release follows again by itself.
#[must_use]
pub fn witness(n: i64, kind: &str, common: i64) -> bool {
    n > common && kind != "rel"
}

/// R6: the place of the next entry. Called inside the committing transaction, under the office's row lock.
#[must_use]
pub fn next(head: &Position, kind: &str, reference: &str, outcome: &str, body: &str) -> Position {
    Position { n: head.n + 1, hash: feed_next(&head.hash, kind, reference, outcome, body) }
}

/// What a counter does with an entry that arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Follows {
    /// It is the next one.
    Next,
    /// It is here already.
    Known,
    /// Something is missing before it: the feed stops, it never skips.
    Gap,
}

/// Whether entry `n` may be taken in at `head`.
#[must_use]
pub fn follows(head: i64, n: i64) -> Follows {
    match n - head {
        1 => Follows::Next,
        ..=0 => Follows::Known,
        _ => Follows::Gap,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_number_with_another_hash_is_another_history() {
        let ours = |n: i64| (n <= 3).then_some([u8::try_from(n).unwrap_or(0); 32]);
        assert_eq!(stand((3, &short(&[3; 32])), &[], ours), Stand::Page);
        assert_eq!(stand((3, &short(&[9; 32])), &[], ours), Stand::Ask);
        assert_eq!(stand((4, &short(&[4; 32])), &[(2, short(&[2; 32]))], ours), Stand::Common(2));
    }

    #[test]
    fn a_feed_never_skips_an_entry() {
        assert_eq!(follows(4, 5), Follows::Next);
        assert_eq!(follows(4, 4), Follows::Known);
        assert_eq!(follows(4, 6), Follows::Gap);
    }
}
