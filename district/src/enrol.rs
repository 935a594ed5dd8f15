//! Enrolling a counter: a one-time code is printed here, proven there, and burned.

use crate::District;
use jukung_crypto::proof;
use jukung_domain::number::CODE_LEN;
use jukung_domain::problem::Problem;
use jukung_domain::region::Regions;
use jukung_domain::wire::{EnrolAnswer, EnrolCall, Office, enrol_bytes};
use jukung_ledger::params;
use jukung_ledger::tx::first;

/// How long a printed code may be used.
const CODE_LIFE_MS: i64 = 7 * 86_400_000;
/// Symbols of the code's public part.
const SLOT_LEN: usize = 6;
/// Symbols of its secret part: 26 symbols of 31 are 128 bits.
const SECRET_LEN: usize = 26;
/// Tries to draw an unused device code: at 29,791 codes and 300 devices one draw in a hundred fails.
const DRAWS_MAX: usize = 50;
/// Computers on one page: a district has at most 300.
const DEVICES_SHOWN_MAX: i64 = 1000;

/// A computer of an office.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct Computer {
    /// Device id.
    pub id: String,
    /// Office code.
    pub office: String,
    /// Its three symbols.
    pub code: String,
    /// Name given at enrolment.
    pub name: String,
    /// `active`, `retired` or `lost`.
    pub state: String,
    /// Last sync in ms since 1970 UTC; 0 when never.
    pub last_sync_ms: i64,
}

impl District {
    /// Prints a one-time code for an office, in groups of four.
    ///
    /// # Errors
    /// `office_unknown` when the code names no village or district of the tables.
    pub fn new_code(&self, office: &str) -> Result<String, Problem> {
        let card = card_of(office)?;
        let text = serde_json::to_string(&card).map_err(|e| Problem::new("internal").with("at", e))?;
        let (slot, secret, now) = (self.edge.symbols(SLOT_LEN), self.edge.symbols(SECRET_LEN), self.edge.now());
        self.db.write(|tx| {
            tx.execute(
                "INSERT INTO office (code, card) VALUES ($1, $2) ON CONFLICT (code) DO UPDATE SET card = excluded.card",
                params![office, text],
            )?;
            tx.execute(
                "INSERT INTO enrolment (slot, office, secret, made, expires, used) VALUES ($1, $2, $3, $4, $5, 0)",
                params![&slot, office, &secret, now, now + CODE_LIFE_MS],
            )?;
            Ok::<_, Problem>(())
        })?;
        let whole = format!("{slot}{secret}");
        Ok(whole.as_bytes().chunks(4).map(|c| String::from_utf8_lossy(c).into_owned()).collect::<Vec<_>>().join("-"))
    }

    /// Answers an enrolment. The code is burned in the same transaction.
    ///
    /// # Errors
    /// `code_refused` for an unknown code or a wrong proof, `code_used`, `code_expired`.
    pub fn enrol(&self, call: &EnrolCall) -> Result<EnrolAnswer, Problem> {
        let now = self.edge.now();
        let settings = self.settings()?;
        self.db.write(|tx| {
            tx.execute("UPDATE enrolment SET used = used WHERE slot = $1", params![&call.slot])?;
            let row =
                first(tx, "SELECT office, secret, expires, used FROM enrolment WHERE slot = $1", params![&call.slot])?;
            let row = row.ok_or_else(|| Problem::new("code_refused"))?;
            let (office, secret) = (row.text(0)?, row.text(1)?);
            let given = hex::decode(&call.proof).map_err(|_| Problem::new("code_refused"))?;
            if !proof::holds(secret.as_bytes(), &enrol_bytes(&call.slot, &call.public_key, &call.name), &given) {
                return Err(Problem::new("code_refused"));
            }
            if row.int(3)? != 0 {
                return Err(Problem::new("code_used"));
            }
            if row.int(2)? < now {
                return Err(Problem::new("code_expired"));
            }
            let card = first(tx, "SELECT card FROM office WHERE code = $1", params![&office])?
                .ok_or_else(|| Problem::new("code_refused"))?;
            let card: Office =
                serde_json::from_str(&card.text(0)?).map_err(|e| Problem::new("internal").with("at", e))?;
            let device = self.edge.new_id();
            let code = self.unused_code(tx)?;
            tx.execute(
                "INSERT INTO device (id, office, code, public_key, name, state, enrolled, last_sync, syncs)
                 VALUES ($1, $2, $3, $4, $5, 'active', $6, 0, 0)",
                params![device.to_string(), &office, &code, &call.public_key, &call.name, now],
            )?;
            crate::tell::keep_code(tx, &code, &device.to_string(), 0)?;
            tx.execute("UPDATE enrolment SET used = $1 WHERE slot = $2", params![now, &call.slot])?;
            let mut answer = EnrolAnswer {
                device,
                code,
                office: card,
                district_key: self.public_key(),
                settings: settings.clone(),
                time: now,
                proof: String::new(),
            };
            let unsigned = serde_json::to_vec(&answer).map_err(|e| Problem::new("internal").with("at", e))?;
            answer.proof = hex::encode(proof::prove(secret.as_bytes(), &unsigned));
            Ok(answer)
        })
    }

    /// Ends the permission of a computer, by id or by its three symbols. Nothing it holds is thrown away unseen.
    ///
    /// # Errors
    /// `not_found` when there is no such device.
    pub fn revoke(&self, device: &str) -> Result<(), Problem> {
        let changed = self.db.write(|tx| {
            let sql = "UPDATE device SET state = 'lost' WHERE id = $1 OR code = $2";
            tx.execute(sql, params![device.to_lowercase(), device.to_uppercase()]).map_err(Problem::from)
        })?;
        if changed == 0 { Err(Problem::new("not_found")) } else { Ok(()) }
    }

    /// The computers of every office, by office and name.
    ///
    /// # Errors
    /// Those of the database.
    pub fn devices(&self) -> Result<Vec<Computer>, Problem> {
        self.db.read(|tx| {
            let sql = "SELECT id, office, code, name, state, last_sync FROM device ORDER BY office, name, id LIMIT $1";
            let rows = tx.query(sql, params![DEVICES_SHOWN_MAX])?;
            rows.iter()
                .map(|r| {
                    Ok(Computer {
                        id: r.text(0)?,
                        office: r.text(1)?,
                        code: r.text(2)?,
                        name: r.text(3)?,
                        state: r.text(4)?,
                        last_sync_ms: r.int(5)?,
                    })
                })
                .collect()
        })
    }

    /// Three symbols that no device of this district ever had; `X` in front is kept for provisional codes.
    pub(crate) fn unused_code(&self, tx: &mut dyn jukung_ledger::Tx) -> Result<String, Problem> {
        for _ in 0..DRAWS_MAX {
            let code = self.edge.symbols(CODE_LEN);
            if !code.starts_with('X') && first(tx, "SELECT code FROM code WHERE code = $1", params![&code])?.is_none() {
                return Ok(code);
            }
        }
        Err(Problem::new("internal").with("at", "device codes"))
    }
}

/// The card of an office from its Kemendagri code.
pub(crate) fn card_of(code: &str) -> Result<Office, Problem> {
    let regions = Regions::current();
    let name = |cut: usize| code.get(..cut).and_then(|c| regions.name(c)).unwrap_or_default().to_owned();
    let own = regions.name(code).ok_or_else(|| Problem::new("office_unknown").with("code", code))?;
    let kind = if code.len() == 13 { Regions::village_kind(code) } else { "Kecamatan" };
    let regency = name(5);
    Ok(Office {
        code: code.to_owned(),
        name: format!("{kind} {own}"),
        district: name(8),
        agency: format!("Disdukcapil {regency}"),
        regency,
        province: name(2),
        zone: Regions::zone(code).into(),
        postcode: String::new(),
    })
}
