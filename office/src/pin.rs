//! A person's PIN: six digits that open their own locked screen again and nothing else.

use crate::audit::{self, Act, Did};
use crate::{Office, stored};
use jukung_crypto::pin;
use jukung_domain::problem::Problem;
use jukung_ledger::params;
use jukung_ledger::tx::first;

/// Digits of a PIN (ux.md 1.13).
pub const DIGITS: usize = 6;

/// Salt and hash of a PIN.
type Kept = ([u8; 16], [u8; 32]);

/// Whether a PIN is one of those that are tried first: one digit six times, or six in a row.
fn is_simple(pin: &str) -> bool {
    let steps: Vec<i32> = pin.as_bytes().windows(2).map(|w| i32::from(w[1]) - i32::from(w[0])).collect();
    [0, 1, -1].iter().any(|step| steps.iter().all(|s| s == step))
}

/// A PIN as it was typed.
///
/// # Errors
/// `pin_digits`, `pin_simple`.
pub(crate) fn checked(pin: &str) -> Result<&str, Problem> {
    let pin = pin.trim();
    if pin.len() != DIGITS || !pin.bytes().all(|b| b.is_ascii_digit()) {
        return Err(Problem::new("pin_digits").with("digits", DIGITS));
    }
    if is_simple(pin) { Err(Problem::new("pin_simple")) } else { Ok(pin) }
}

impl Office {
    /// Whether the person who is signed in has a PIN.
    ///
    /// # Errors
    /// Those of storage.
    pub fn has_pin(&self) -> Result<bool, Problem> {
        self.pin_kept().map(|kept| kept.is_some())
    }

    /// Sets the PIN of the person who is signed in.
    ///
    /// # Errors
    /// `pin_digits`, `pin_simple`; those of storage.
    pub fn set_pin(&self, pin: &str) -> Result<(), Problem> {
        let (pin, salt) = (checked(pin)?, self.edge.random::<16>());
        let hash = pin::hash(pin, &salt).map_err(|e| Problem::new("internal").with("at", e))?;
        let (me, now) = (&self.identity.person.id, self.now());
        self.db
            .write(|tx| {
                let sql = "INSERT INTO pin (person, salt, hash, made) VALUES ($1, $2, $3, $4)
                           ON CONFLICT (person) DO UPDATE SET salt = excluded.salt, hash = excluded.hash, made = excluded.made";
                tx.execute(sql, params![me, hex::encode(salt), hex::encode(hash), now]).map_err(stored)?;
                audit::note(tx, &self.identity, &Did::new(Act::Secret, ("person", me.as_str()), "pin"), now)
            })?;
        // From now on somebody may forget it, and the district has to be able to help.
        self.keep_escrow(None)
    }

    /// Whether `pin` is that of the person who is signed in; none when they have none.
    ///
    /// # Errors
    /// Those of storage.
    pub(crate) fn pin_is(&self, pin: &str) -> Result<Option<bool>, Problem> {
        let Some((salt, hash)) = self.pin_kept()? else { return Ok(None) };
        pin::is(pin.trim(), &salt, &hash).map(Some).map_err(|e| Problem::new("internal").with("at", e))
    }

    /// What is kept of the PIN.
    fn pin_kept(&self) -> Result<Option<Kept>, Problem> {
        let me = &self.identity.person.id;
        let row = self.db.read(|tx| first(tx, "SELECT salt, hash FROM pin WHERE person = $1", params![me]));
        let Some(row) = row.map_err(stored)? else { return Ok(None) };
        let (mut salt, mut hash) = ([0u8; 16], [0u8; 32]);
        let read = hex::decode_to_slice(row.text(0).map_err(stored)?, &mut salt)
            .and_then(|()| hex::decode_to_slice(row.text(1).unwrap_or_default(), &mut hash));
        // A hash that cannot be read is nobody's PIN: the passphrase is asked for.
        Ok(read.is_ok().then_some((salt, hash)))
    }
}

#[cfg(test)]
mod tests {
    use super::checked;

    #[test]
    fn six_digits_that_are_no_row_are_a_pin() {
        for good in ["482107", " 482107 ", "112233", "135791"] {
            assert!(checked(good).is_ok(), "{good}");
        }
        for bad in ["", "12345", "1234567", "48210a", "٤٨٢١٠٧"] {
            assert_eq!(checked(bad).expect_err(bad).code, "pin_digits");
        }
        for bad in ["000000", "123456", "987654"] {
            assert_eq!(checked(bad).expect_err(bad).code, "pin_simple");
        }
    }
}
