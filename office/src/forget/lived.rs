//! The time this counter has lived through, kept beside its data: an older copy of the database has lived for less.

use super::one;
use crate::{Identity, settings};
use jukung_domain::problem::Problem;
use jukung_domain::sync::lived::Lived;
use jukung_ledger::Tx;

/// Value in `meta`: the time, the district's clock and this computer's.
const LIVED: &str = "lived";

/// A day of it, in ms.
const DAY_MS: i64 = 86_400_000;

/// Which day lived a moment of it is.
pub(super) fn day(ms: i64) -> i64 {
    ms.div_euclid(DAY_MS)
}

/// How far the time is, in ms; nothing before the district has answered.
///
/// # Errors
/// Those of storage.
pub(super) fn now(tx: &mut dyn Tx) -> Result<Option<i64>, Problem> {
    Ok(read(&settings::get(tx, LIVED)?).map(|lived| lived.ms))
}

fn read(text: &str) -> Option<Lived> {
    let mut parts = text.split(' ').map(|part| part.parse().ok());
    Some(Lived { ms: parts.next()??, district_ms: parts.next()??, machine_ms: parts.next()?? })
}

/// The district signed an answer at `district_ms`: how far the time is now, in ms. It begins where the newest word "safe" of
/// an earlier version stands, which was noted by the district's clock.
///
/// # Errors
/// Those of storage.
pub(crate) fn hear(tx: &mut dyn Tx, identity: &Identity, district_ms: i64) -> Result<i64, Problem> {
    let machine_ms = identity.clock.machine_ms();
    let lived = match read(&settings::get(tx, LIVED)?) {
        Some(before) => before.heard(district_ms, machine_ms),
        None => {
            let told = one(tx, "SELECT coalesce(max(told), 0) FROM safe")?;
            Lived { ms: if told > 0 { told } else { district_ms }, district_ms, machine_ms }
        }
    };
    settings::set(tx, LIVED, &format!("{} {} {}", lived.ms, lived.district_ms, lived.machine_ms))?;
    Ok(lived.ms)
}
