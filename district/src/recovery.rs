//! The district's part when a counter's passphrases are lost: a key that lies offline opens what the counter sealed to it,
//! and wraps it for one code; and the code that is read back by telephone to somebody who forgot a PIN.

use crate::{District, keys};
use jukung_crypto::escrow::{self, Of};
use jukung_crypto::slot::{MEMORY_KIB, Slot};
use jukung_crypto::{bundle, pin};
use jukung_domain::event::{self, Body, Escrowed};
use jukung_domain::problem::Problem;
use jukung_domain::recovery_code;
use jukung_ledger::tx::first;
use jukung_ledger::{DbProblem, params};
use zeroize::Zeroizing;

/// Where the public half of the recovery key stands.
const KEY: &str = "recovery_key";

/// What brings a computer back: a file for the stick and a code for the telephone; neither opens anything alone.
pub struct Wrapped {
    /// The slot that the code opens.
    pub slot: Slot,
    /// As it is read out.
    pub code: String,
}

/// A computer as its escrow needs it.
struct Computer {
    id: String,
    keys: Vec<[u8; 32]>,
}

/// Reads a recovery key as [`District::new_recovery_key`] gave it.
///
/// # Errors
/// `recovery_no_key`.
pub fn read_key(text: &str) -> Result<Zeroizing<[u8; 32]>, Problem> {
    let mut key = Zeroizing::new([0u8; 32]);
    hex::decode_to_slice(text.trim(), key.as_mut_slice()).map_err(|_| Problem::new("recovery_no_key"))?;
    Ok(key)
}

impl District {
    /// Public half of the recovery key; empty until there is one.
    ///
    /// # Errors
    /// Those of the database.
    pub fn recovery_key(&self) -> Result<String, DbProblem> {
        let row = self.db.read(|tx| first(tx, "SELECT v FROM meta WHERE k = $1", params![KEY]))?;
        row.map(|r| r.text(0)).transpose().map(Option::unwrap_or_default)
    }

    /// Makes a recovery key: counters learn its public half with their next answer and seal their keys to it. The secret
    /// half goes to `keep` and stays nowhere here; only when it was kept does the new key hold.
    ///
    /// # Errors
    /// What `keep` says; those of the database.
    pub fn new_recovery_key(&self, keep: impl FnOnce(&str) -> Result<(), Problem>) -> Result<(), Problem> {
        let secret = Zeroizing::new(self.edge.random::<32>());
        let public = bundle::recipient(&secret).map_err(|e| Problem::new("internal").with("at", e))?;
        keep(&Zeroizing::new(hex::encode(secret.as_slice())))?;
        let sql = "INSERT INTO meta (k, v) VALUES ($1, $2) ON CONFLICT (k) DO UPDATE SET v = excluded.v";
        Ok(self.db.write(|tx| tx.execute(sql, params![KEY, public]).map(|_| ()))?)
    }

    /// Wraps a computer's keys for one code, with the offline key's secret. They come from the newest escrow that arrived,
    /// or from `carried` (the computer's `office.json`) when that one is newer.
    ///
    /// # Errors
    /// `not_found` for the computer; `recovery_not_kept` when nothing was sealed to this key; those of the database.
    pub fn recover(&self, device: &str, secret: &[u8; 32], carried: Option<&[u8]>) -> Result<Wrapped, Problem> {
        let computer = self.computer(device)?;
        let kept = self.escrows(&computer.id)?.into_iter().filter(|e| !e.k.is_empty()).map(|e| (e.g, e.k));
        let mut found: Vec<(u32, String)> = kept.chain(carried.and_then(carried_escrow)).collect();
        found.sort_by_key(|(generation, _)| std::cmp::Reverse(*generation));
        let opened = found.iter().find_map(|(generation, sealed)| {
            let of = Of { device: &computer.id, generation: *generation };
            let keys = computer.keys.iter().find_map(|key| escrow::open(secret, of, key, sealed).ok())?;
            Some((of, keys))
        });
        let (of, keys) = opened.ok_or_else(|| Problem::new("recovery_not_kept"))?;
        let code = recovery_code::code(self.edge.random());
        let bare = recovery_code::read(&code).ok_or_else(|| Problem::new("internal").with("at", "recovery code"))?;
        let slot = escrow::slot(&keys, of, &bare, MEMORY_KIB, &mut |b| (self.edge.fill)(b));
        Ok(Wrapped { slot: slot.map_err(|e| Problem::new("internal").with("at", e))?, code })
    }

    /// The code for somebody who forgot a PIN and reads `challenge` from a locked screen, `1234-5678`.
    ///
    /// # Errors
    /// `not_found` for the computer; `recovery_not_kept` before its secret arrived; those of the database.
    pub fn pin_code(&self, device: &str, challenge: &str) -> Result<String, Problem> {
        let computer = self.computer(device)?;
        let told = self.escrows(&computer.id)?.into_iter().find(|e| !e.p.is_empty());
        let sealed = told.and_then(|e| hex::decode(e.p).ok()).ok_or_else(|| Problem::new("recovery_not_kept"))?;
        let secret = bundle::open_bytes(&self.seed, &sealed).map_err(|e| Problem::new("internal").with("at", e))?;
        let secret: [u8; 32] = secret.as_slice().try_into().map_err(|_| Problem::new("recovery_not_kept"))?;
        let code = pin::told(&secret, &computer.id, challenge.trim());
        Ok(format!("{}-{}", &code[..4], &code[4..]))
    }

    fn computer(&self, device: &str) -> Result<Computer, Problem> {
        let names = [device.trim().to_lowercase(), device.trim().to_uppercase()];
        self.db.read(|tx| {
            let row = first(tx, "SELECT id FROM device WHERE id = $1 OR code = $2", params![&names[0], &names[1]])?;
            let id = row.ok_or_else(|| Problem::new("not_found"))?.text(0)?;
            // Its keys may have been sealed before it changed the one it signs with.
            Ok(Computer { keys: keys::all(tx, &id)?, id })
        })
    }

    /// What a computer sealed, newest first.
    fn escrows(&self, device: &str) -> Result<Vec<Escrowed>, Problem> {
        let sql =
            "SELECT raw FROM event WHERE device = $1 AND kind = 'device.escrow/1' ORDER BY incarnation DESC, seq DESC";
        let rows = self.db.read(|tx| tx.query(sql, params![device]))?;
        let mut out = Vec::new();
        for row in rows {
            if let Ok(Ok(Some(Body::Escrowed(told)))) = event::read(&row.text(0)?).map(|e| Body::read(&e)) {
                out.push(told);
            }
        }
        Ok(out)
    }
}

/// What lies in a computer's `office.json`.
fn carried_escrow(card: &[u8]) -> Option<(u32, String)> {
    let card: serde_json::Value = serde_json::from_slice(card).ok()?;
    let escrow = card.get("escrow")?;
    Some((u32::try_from(escrow.get("generation")?.as_u64()?).ok()?, escrow.get("keys")?.as_str()?.to_owned()))
}
