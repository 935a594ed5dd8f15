//! Seeded chance: the same seed gives the same run on every machine.

/// What the state of SplitMix64 grows by.
pub const STEP: u64 = 0x9E37_79B9_7F4A_7C15;

/// The number SplitMix64 makes of a state.
#[must_use]
pub fn scramble(state: u64) -> u64 {
    let mut z = state;
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// Fills `bytes` from the states that `next` gives: enough chance for ids.
pub fn fill(bytes: &mut [u8], mut next: impl FnMut() -> u64) {
    for chunk in bytes.chunks_mut(8) {
        chunk.copy_from_slice(&scramble(next()).to_le_bytes()[..chunk.len()]);
    }
}

/// SplitMix64: small, and good enough to choose faults and moments.
#[derive(Debug, Clone)]
pub struct Chance(u64);

impl Chance {
    /// The chance of a seed.
    #[must_use]
    pub fn new(seed: u64) -> Chance {
        Chance(seed ^ STEP)
    }

    /// The next 64 bits.
    pub fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(STEP);
        scramble(self.0)
    }

    /// A number below `n`, which is not 0.
    pub fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.draw() % n as u64).unwrap()
    }

    /// The same for numbers larger than a list.
    pub fn under(&mut self, n: u64) -> u64 {
        self.draw() % n
    }

    /// From `low` to `high`, both included.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        low + i64::try_from(self.draw() % (high - low + 1).unsigned_abs()).unwrap()
    }

    /// True `per_mille` times in a thousand.
    pub fn happens(&mut self, per_mille: usize) -> bool {
        self.below(1000) < per_mille
    }

    /// One of a list that is not empty.
    pub fn pick<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        let at = self.below(list.len());
        &list[at]
    }

    /// An id.
    pub fn id(&mut self) -> uuid::Uuid {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&self.draw().to_be_bytes());
        bytes[8..].copy_from_slice(&self.draw().to_be_bytes());
        uuid::Uuid::from_bytes(bytes)
    }

    /// A random incarnation: 63 bits.
    pub fn incarnation(&mut self) -> i64 {
        i64::try_from(self.draw() >> 1).unwrap()
    }
}
