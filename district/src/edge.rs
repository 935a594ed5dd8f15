//! The edges of the server: one clock and one source of chance, handed in.

/// Clock and chance.
#[derive(Clone, Copy)]
pub struct Edge {
    /// Now, in ms since 1970 UTC.
    pub now_ms: fn() -> i64,
    /// Fills the slice with random bytes.
    pub fill: fn(&mut [u8]),
}

#[expect(clippy::disallowed_methods, reason = "the edge where the clock comes in")]
fn now_ms() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}

#[expect(clippy::disallowed_methods, reason = "the edge where chance comes in")]
fn fill(bytes: &mut [u8]) {
    if let Err(e) = getrandom::fill(bytes) {
        tracing::error!("no source of chance: {e}");
        std::process::abort();
    }
}

impl Edge {
    /// The machine's own.
    #[must_use]
    pub fn system() -> Edge {
        Edge { now_ms, fill }
    }

    /// Now, in ms.
    #[must_use]
    pub fn now(&self) -> i64 {
        (self.now_ms)()
    }

    /// `N` random bytes.
    #[must_use]
    pub fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0u8; N];
        (self.fill)(&mut bytes);
        bytes
    }

    /// A random id.
    #[must_use]
    pub fn new_id(&self) -> uuid::Uuid {
        uuid::Builder::from_random_bytes(self.random()).into_uuid()
    }

    /// `length` symbols of the registration alphabet: 31 symbols, so bytes of 248 and above are drawn again.
    #[must_use]
    pub fn symbols(&self, length: usize) -> String {
        let alphabet = jukung_domain::number::ALPHABET;
        let mut out = String::new();
        while out.len() < length {
            let [byte] = self.random::<1>();
            if byte < 248 {
                out.push(alphabet[usize::from(byte) % alphabet.len()] as char);
            }
        }
        out
    }
}
