//! What an official typed to sign with: kept in memory for one session of one officer, for a quarter of an hour after its last
//! use, wiped when it goes. It is in no database, no log and no backup.

use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use zeroize::Zeroizing;

/// How long it is held after its last use, in ms.
const HELD_MS: i64 = 15 * 60_000;
/// Officers who sign at the same time: a Dinas has one head and a few sections.
const HELD_MAX: usize = 32;

/// Whose signature, and what opens it.
pub struct Held {
    /// NIK by which the service knows the official.
    pub nik: Zeroizing<String>,
    /// The passphrase.
    pub passphrase: Zeroizing<String>,
}

/// What is held, by session.
#[derive(Default)]
pub struct Signings(Mutex<All>);

/// Until when each is held, and what, by the hash of its session.
type All = BTreeMap<Vec<u8>, (i64, Arc<Held>)>;

fn name(session: &str) -> Vec<u8> {
    Sha256::digest(session.as_bytes()).to_vec()
}

impl Signings {
    fn change<T>(&self, now: i64, work: impl FnOnce(&mut All) -> T) -> T {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|_, (until, _)| *until > now);
        work(&mut all)
    }

    /// Holds it for this session; whoever was held longest goes when there are too many.
    pub fn hold(&self, session: &str, held: Held, now: i64) {
        self.change(now, |all| {
            if all.len() >= HELD_MAX
                && let Some(oldest) = all.iter().min_by_key(|(_, (until, _))| *until).map(|(name, _)| name.clone())
            {
                all.remove(&oldest);
            }
            all.insert(name(session), (now + HELD_MS, Arc::new(held)));
        });
    }

    /// What this session holds, for as long again.
    #[must_use]
    pub fn of(&self, session: &str, now: i64) -> Option<Arc<Held>> {
        self.change(now, |all| {
            let (until, held) = all.get_mut(&name(session))?;
            *until = now + HELD_MS;
            Some(held.clone())
        })
    }

    /// Forgets it.
    pub fn forget(&self, session: &str, now: i64) {
        self.change(now, |all| all.remove(&name(session)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held() -> Held {
        Held { nik: Zeroizing::new("6305044107489901".into()), passphrase: Zeroizing::new("rahasia".into()) }
    }

    #[test]
    fn it_is_one_sessions_own_and_goes_a_quarter_of_an_hour_after_its_last_use() {
        let all = Signings::default();
        all.hold("a", held(), 0);
        assert!(all.of("b", 1).is_none());
        assert!(all.of("a", HELD_MS - 1).is_some() && all.of("a", 2 * HELD_MS - 2).is_some());
        assert!(all.of("a", 3 * HELD_MS).is_none());
        all.hold("a", held(), 0);
        all.forget("a", 1);
        assert!(all.of("a", 1).is_none());
        for n in 0..=HELD_MAX {
            all.hold(&n.to_string(), held(), i64::try_from(n).unwrap_or(0));
        }
        assert!(all.of("0", 50).is_none() && all.of("1", 50).is_some());
    }
}
