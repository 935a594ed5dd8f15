//! The computers of the offices: who they are, whom a person has approved, what they are certified as, and their end.

use crate::District;
use jukung_crypto::heard::heard;
use jukung_crypto::receipt_token::{Device, certify};
use jukung_domain::enrolment::{differs, words};
use jukung_domain::problem::Problem;
use jukung_ledger::tx::first;
use jukung_ledger::{DbProblem, Tx, params};

/// Computers on one page: a district has at most 300.
const DEVICES_SHOWN_MAX: i64 = 1000;
/// Lost computers told to counters and on the public page: 70 bytes each, and a district has at most 300 computers.
const LOST_TOLD_MAX: i64 = 300;
/// How long a certificate holds (security.md 4.4), in seconds.
const CERTIFIED_S: i64 = 400 * 86_400;
/// How much before its making it holds: a counter's clock may be a day behind.
const CERTIFIED_BEFORE_S: i64 = 86_400;
/// Age at which a counter that asks gets a new one, in ms: two months are left then.
const RENEWED_MS: i64 = 340 * 86_400_000;

/// A computer of an office.
#[derive(Debug, Clone, serde::Serialize, utoipa::ToSchema)]
pub struct Computer {
    /// Device id.
    pub id: String,
    /// Office code.
    pub office: String,
    /// Its three symbols.
    pub code: String,
    /// Name given at enrolment.
    pub name: String,
    /// `pending`, `active`, `refused`, `retired` or `lost`.
    pub state: String,
    /// Last sync in ms since 1970 UTC; 0 when never.
    pub last_sync_ms: i64,
    /// When it asked, in ms.
    pub enrolled_ms: i64,
    /// When its work ended, in ms; 0 while it goes on.
    pub ended_ms: i64,
    /// Who compared the words; empty when nobody did.
    pub approved_by: String,
}

/// The certificate of a device as hex: who it is, its key, and from when to when the district vouches for it.
pub(crate) fn certificate(
    seed: &[u8; 32],
    office: &str,
    code: &str,
    public_key: &str,
    certified_ms: i64,
) -> Result<String, Problem> {
    let internal = |e: &dyn ToString| Problem::new("internal").with("at", e.to_string());
    let mut key = [0; 32];
    hex::decode_to_slice(public_key, &mut key).map_err(|e| internal(&e))?;
    let regency: String = office.chars().filter(char::is_ascii_digit).take(4).collect();
    let since_s = certified_ms / 1000;
    let device = Device {
        district: regency.parse().unwrap_or(0),
        code: code.to_owned(),
        valid_s: (since_s - CERTIFIED_BEFORE_S, since_s + CERTIFIED_S),
        key,
    };
    Ok(hex::encode(certify(seed, &device).map_err(|e| internal(&e))?))
}

/// The row of a device, by its id or its three symbols: id and state. The row is locked until the commit.
pub(crate) fn locked(tx: &mut dyn Tx, device: &str) -> Result<(String, String), Problem> {
    let names = [device.trim().to_lowercase(), device.trim().to_uppercase()];
    tx.execute("UPDATE device SET state = state WHERE id = $1 OR code = $2", params![&names[0], &names[1]])?;
    let row = first(tx, "SELECT id, state FROM device WHERE id = $1 OR code = $2", params![&names[0], &names[1]])?;
    let row = row.ok_or_else(|| Problem::new("not_found"))?;
    Ok((row.text(0)?, row.text(1)?))
}

/// Public keys of the computers reported lost last, hex, also those they had before.
///
/// # Errors
/// Those of the database.
pub(crate) fn lost_keys(tx: &mut dyn Tx) -> Result<Vec<String>, DbProblem> {
    let sql = "SELECT public_key, ended, id FROM device WHERE state = 'lost'
               UNION SELECT next_key, ended, id FROM device WHERE state = 'lost' AND next_key <> ''
               UNION SELECT k.public_key, d.ended, d.id FROM device_key k JOIN device d ON d.id = k.device WHERE d.state = 'lost'
               ORDER BY 2 DESC, 3, 1 LIMIT $1";
    tx.query(sql, params![LOST_TOLD_MAX])?.iter().map(|row| row.text(0)).collect()
}

impl District {
    /// Approves a computer whose six words somebody heard by telephone and typed.
    ///
    /// # Errors
    /// `not_found`; `words_differ` with the place of the first wrong word; `not_pending` when there is nothing to approve.
    pub fn approve(&self, device: &str, typed: &str, officer: &str) -> Result<(), Problem> {
        let now = self.edge.now();
        let key = jukung_crypto::sign::public_key(&self.seed);
        self.db.write(|tx| {
            self.sees_computer(tx, device)?;
            let (id, state) = locked(tx, device)?;
            if state != "pending" {
                return Err(Problem::new("not_pending").with("state", state));
            }
            let call = first(tx, "SELECT call FROM device WHERE id = $1", params![&id])?;
            let call = call.ok_or_else(|| Problem::new("not_found"))?.text(0)?;
            let six = heard(call.as_bytes(), &key).map_err(|e| Problem::new("internal").with("at", e))?;
            if let Some(at) = differs(&words(six), typed) {
                return Err(Problem::new("words_differ").with("at", at));
            }
            let sql =
                "UPDATE device SET state = 'active', approved = $1, approved_by = $2, certified = $1 WHERE id = $3";
            tx.execute(sql, params![now, officer, &id])?;
            Ok(())
        })
    }

    /// Refuses a computer that waits: its words were others, or nobody there asked for it. Its code stays burned.
    ///
    /// # Errors
    /// `not_found`; `not_pending` when it does not wait.
    pub fn refuse(&self, device: &str, officer: &str) -> Result<(), Problem> {
        let now = self.edge.now();
        self.db.write(|tx| {
            self.sees_computer(tx, device)?;
            let (id, state) = locked(tx, device)?;
            if state != "pending" {
                return Err(Problem::new("not_pending").with("state", state));
            }
            let sql = "UPDATE device SET state = 'refused', ended = $1, approved_by = $2 WHERE id = $3";
            tx.execute(sql, params![now, officer, &id])?;
            Ok(())
        })
    }

    /// The computers of every office that is seen, by office and name.
    ///
    /// # Errors
    /// Those of the database.
    pub fn devices(&self) -> Result<Vec<Computer>, Problem> {
        self.db.read(|tx| {
            let sql = format!(
                "SELECT id, office, code, name, state, last_sync, enrolled, approved_by, ended FROM device
                 WHERE {} ORDER BY office, name, id LIMIT $1",
                self.area.office("office")
            );
            let rows = tx.query(&sql, params![DEVICES_SHOWN_MAX])?;
            rows.iter()
                .map(|r| {
                    Ok(Computer {
                        id: r.text(0)?,
                        office: r.text(1)?,
                        code: r.text(2)?,
                        name: r.text(3)?,
                        state: r.text(4)?,
                        last_sync_ms: r.int(5)?,
                        enrolled_ms: r.int(6)?,
                        approved_by: r.text(7)?,
                        ended_ms: r.int(8)?,
                    })
                })
                .collect()
        })
    }

    /// The certificate for a device that asks for one: the one it has, or a new one when it has none or it grows old.
    ///
    /// # Errors
    /// Those of the database.
    pub(crate) fn certificate_for(&self, tx: &mut dyn Tx, device: &str, now: i64) -> Result<Option<String>, Problem> {
        let sql = "SELECT office, code, public_key, certified, state FROM device WHERE id = $1";
        let Some(row) = first(tx, sql, params![device])? else { return Ok(None) };
        if row.text(4)? != "active" {
            return Ok(None);
        }
        let mut certified = row.int(3)?;
        if certified == 0 || now - certified > RENEWED_MS {
            certified = now;
            tx.execute("UPDATE device SET certified = $1 WHERE id = $2", params![now, device])?;
        }
        certificate(&self.seed, &row.text(0)?, &row.text(1)?, &row.text(2)?, certified).map(Some)
    }
}
