//! The keys of a computer one after the other: each is named by a signature of the one before (protocol 2.15, decision
//! 0023). Who knows any of them and reads the statements knows the newest; nobody else can name one.

use crate::sign;

/// Statements kept and read: eight changes, which is years of a counter.
pub const STATEMENTS_MAX: usize = 8;

/// That a key follows another: the new public key and the signature of the one before over it, both in hex.
pub type Statement = (String, String);

fn covered(device: &str, next: &[u8; 32]) -> Vec<u8> {
    format!("jukung-device-key-1\n{device}\n{}", hex::encode(next)).into_bytes()
}

/// Says that `next` follows the key of `seed` at `device`.
#[must_use]
pub fn name(seed: &[u8; 32], device: &str, next: &[u8; 32]) -> Statement {
    (hex::encode(next), hex::encode(sign::sign(seed, &covered(device, next))))
}

/// The key that the holder of `by` named in `statement`; none when somebody else did.
#[must_use]
pub fn named(by: &[u8; 32], device: &str, statement: &Statement) -> Option<[u8; 32]> {
    let mut next = [0; 32];
    hex::decode_to_slice(&statement.0, &mut next).ok()?;
    let signature = hex::decode(&statement.1).ok()?;
    sign::verify(by, &covered(device, &next), &signature).then_some(next)
}

/// The keys that follow those in `known` by `statements`, in their order; at most [`STATEMENTS_MAX`] are read.
#[must_use]
pub fn follow(known: &[[u8; 32]], device: &str, statements: &[Statement]) -> Vec<[u8; 32]> {
    let mut reached: Vec<[u8; 32]> = Vec::new();
    for statement in statements.iter().take(STATEMENTS_MAX) {
        let next = known.iter().chain(&reached).find_map(|by| named(by, device, statement));
        reached.extend(next.filter(|key| !known.contains(key) && !reached.contains(key)));
    }
    reached
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_key_is_known_from_any_older_one_and_named_by_nobody_else() {
        let keys: Vec<[u8; 32]> = (1..=4).map(|n| sign::public_key(&[n; 32])).collect();
        let all: Vec<Statement> = (1..=3).map(|n| name(&[n; 32], "d1", &keys[usize::from(n)])).collect();
        assert_eq!(follow(&keys[..1], "d1", &all), keys[1..]);
        assert_eq!(follow(&keys[1..2], "d1", &all), keys[2..], "what came before it says nothing to it");
        assert_eq!(follow(&keys[..1], "d2", &all), Vec::<[u8; 32]>::new(), "another computer");
        assert_eq!(follow(&keys[..1], "d1", &all[1..]), Vec::<[u8; 32]>::new(), "a link is missing");
        let forged = vec![name(&[9; 32], "d1", &keys[1]), (all[0].0.clone(), all[1].1.clone())];
        assert_eq!(follow(&keys[..1], "d1", &forged), Vec::<[u8; 32]>::new());
    }
}
