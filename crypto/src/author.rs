//! Who wrote a run of events: one signature by the person's own key over the end of the run (protocol 0.3). The chain there
//! covers every event before it, so a run costs one signature, however long it is.

use crate::sign;

/// The end of a run in a device's log.
#[derive(Debug, Clone, Copy)]
pub struct End<'a> {
    /// Device id.
    pub device: &'a str,
    /// Incarnation of the log.
    pub incarnation: i64,
    /// Place of the run's last event.
    pub seq: i64,
    /// Chain of the log up to and with it.
    pub chain: &'a [u8; 32],
}

impl End<'_> {
    /// Bytes that the signature covers.
    fn bytes(&self) -> Vec<u8> {
        let End { device, incarnation, seq, chain } = self;
        format!("jukung-run-1|{device}|{incarnation}|{seq}|{}", hex::encode(chain)).into_bytes()
    }

    /// The signature of whoever wrote the run, in hex.
    #[must_use]
    pub fn sign(&self, seed: &[u8; 32]) -> String {
        hex::encode(sign::sign(seed, &self.bytes()))
    }

    /// Whether the holder of this key, in hex, signed the run. Whatever is no key or no signature proves nothing.
    #[must_use]
    pub fn is_by(&self, public_key: &str, signature: &str) -> bool {
        let mut key = [0u8; 32];
        let read = hex::decode_to_slice(public_key, &mut key);
        let signature = hex::decode(signature).unwrap_or_default();
        read.is_ok() && sign::verify(&key, &self.bytes(), &signature)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_proven_by_its_writers_key_at_its_own_place_alone() {
        let (seed, chain, other) = ([7; 32], [1; 32], [2; 32]);
        let key = hex::encode(sign::public_key(&seed));
        let end = End { device: "d", incarnation: 3, seq: 9, chain: &chain };
        let signature = end.sign(&seed);
        assert!(end.is_by(&key, &signature));
        assert!(!end.is_by(&hex::encode(sign::public_key(&[8; 32])), &signature), "another person");
        let moved = [
            End { device: "e", ..end },
            End { incarnation: 4, ..end },
            End { seq: 8, ..end },
            End { chain: &other, ..end },
        ];
        assert!(moved.iter().all(|m| !m.is_by(&key, &signature)), "another place or another history");
        for rubbish in ["", "00", "not hex"] {
            assert!(!end.is_by(&key, rubbish) && !end.is_by(rubbish, &signature), "{rubbish}");
        }
    }
}
