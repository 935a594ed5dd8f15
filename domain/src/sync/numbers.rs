//! Registration numbers given out of blocks reserved ahead (protocol 2.10).

use crate::number::BLOCK;

/// The numbers of one device code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Numbers {
    /// The next number.
    pub next: i64,
    /// Last number of the block reserved.
    pub reserved_to: i64,
}

impl Numbers {
    /// Before the first number.
    pub const FRESH: Numbers = Numbers { next: 1, reserved_to: 0 };

    /// Takes the next number, reserving a block when the last is used up.
    #[must_use]
    pub fn take(self) -> (i64, Numbers) {
        let reserved_to = if self.next > self.reserved_to { self.next + BLOCK - 1 } else { self.reserved_to };
        (self.next, Numbers { next: self.next + 1, reserved_to })
    }
}

/// R10: what is skipped after an unclean end, from and to. A whole block beyond the newest commit this database has: the
/// disk may have lost the commits after it, and with them numbers that stand on paper. Also the reservation itself may
/// be among what was lost, so the rest of the reserved block alone would not do.
#[must_use]
pub fn after_unclean_end(numbers: Numbers) -> (Numbers, (i64, i64)) {
    let to = numbers.reserved_to.max(numbers.next + BLOCK - 1);
    (Numbers { next: to + 1, reserved_to: to }, (numbers.next, to))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commits_lost_at_any_place_never_give_a_number_twice() {
        for kept in 0..60_i64 {
            for lost in 0..BLOCK {
                let mut numbers = Numbers::FRESH;
                for _ in 0..kept {
                    numbers = numbers.take().1;
                }
                let (mut beyond, mut printed) = (numbers, 0);
                for _ in 0..lost {
                    (printed, beyond) = beyond.take();
                }
                let (again, _) = after_unclean_end(numbers);
                assert!(again.take().0 > printed, "{kept} kept, {lost} lost");
            }
        }
    }
}
