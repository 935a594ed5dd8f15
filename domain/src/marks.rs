//! Short marks that name what both sides have, so that it is not sent again.

use sha2::{Digest, Sha256};

/// Names a text of settings by the first 4 bytes of its hash: it only saves sending them again.
#[must_use]
pub fn settings_mark(text: &str) -> String {
    hex::encode(&Sha256::digest(text.as_bytes())[..4])
}

/// Names the events of a range: the first 8 bytes of the hash over their uids.
#[must_use]
pub fn range_mark(uids: &[String]) -> String {
    let mut hash = Sha256::new();
    for uid in uids {
        hash.update(uid.as_bytes());
    }
    hex::encode(&hash.finalize()[..8])
}
