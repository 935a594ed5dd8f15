//! Enrolling a counter: a one-time code is printed here, proven there, and burned; a person compares six words.

use crate::District;
use crate::devices::certificate;
use jukung_crypto::{proof, sign};
use jukung_domain::enrolment::{self, EnrolAnswer, EnrolCall, INVITATION, Invitation, SLOT_LEN, Vouched, covered};
use jukung_domain::event::{feed_start, short};
use jukung_domain::number::CODE_LEN;
use jukung_domain::problem::Problem;
use jukung_domain::region::Regions;
use jukung_domain::wire::Office;
use jukung_ledger::tx::first;
use jukung_ledger::{Row, Tx, params};
use sha2::{Digest, Sha256};

/// How long a printed code may be used.
const CODE_LIFE_MS: i64 = 7 * 86_400_000;
/// Symbols of its secret part: 26 symbols of 31 are 128 bits.
const SECRET_LEN: usize = 26;
/// Tries to draw an unused device code: at 29,791 codes and 300 devices one draw in a hundred fails.
const DRAWS_MAX: usize = 50;
/// Longest request kept: a key, a code's public part and a name.
const CALL_BYTES_MAX: usize = 2 * 1024;

/// Who vouches for a computer that proves the code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Approval {
    /// A person, who compares six words by telephone.
    ByWords,
    /// Nobody: for samples and tests.
    AtOnce,
}

fn internal(e: impl ToString) -> Problem {
    Problem::new("internal").with("at", e)
}

impl District {
    /// A one-time code in groups of four whose computer needs no approval: for samples and tests.
    ///
    /// # Errors
    /// `office_unknown` when the code names no village or district of the tables.
    pub fn new_code(&self, office: &str) -> Result<String, Problem> {
        Ok(self.invite(office, "", Approval::AtOnce)?.code)
    }

    /// What an office needs to enrol one computer: printed, shown as a QR or given as a file, never sent by network.
    ///
    /// # Errors
    /// `office_unknown` when the code names no village or district of the tables.
    pub fn invite(&self, office: &str, server: &str, approval: Approval) -> Result<Invitation, Problem> {
        let text = serde_json::to_string(&card_of(office)?).map_err(internal)?;
        if !self.area.covers(office) {
            return Err(Problem::new("not_permitted"));
        }
        let (slot, secret, now) = (self.edge.symbols(SLOT_LEN), self.edge.symbols(SECRET_LEN), self.edge.now());
        let until = now + CODE_LIFE_MS;
        self.db.write(|tx| {
            tx.execute(
                "INSERT INTO office (code, card) VALUES ($1, $2) ON CONFLICT (code) DO UPDATE SET card = excluded.card",
                params![office, text],
            )?;
            tx.execute(
                "INSERT INTO enrolment (slot, office, secret, made, expires, used, device, at_once)
                 VALUES ($1, $2, $3, $4, $5, 0, '', $6)",
                params![&slot, office, &secret, now, until, i64::from(approval == Approval::AtOnce)],
            )?;
            Ok::<_, Problem>(())
        })?;
        let groups: Vec<String> =
            format!("{slot}{secret}").as_bytes().chunks(4).map(|c| String::from_utf8_lossy(c).into_owned()).collect();
        Ok(Invitation {
            jukung: INVITATION.into(),
            server: server.trim_end_matches('/').to_owned(),
            office: office.to_owned(),
            code: groups.join("-"),
            district_key: self.public_key(),
            pins: self.settings()?.pins,
            until,
        })
    }

    /// Answers a request to enrol, the same one as often as it comes. The code is burned in the same transaction.
    ///
    /// # Errors
    /// `code_refused` for an unknown code, a wrong proof or a computer that was refused; `code_used`, `code_expired`.
    pub fn enrol(&self, asked: &Vouched) -> Result<Vouched, Problem> {
        let refused = || Problem::new("code_refused");
        if asked.said.len() > CALL_BYTES_MAX {
            return Err(refused());
        }
        let call: EnrolCall = serde_json::from_str(&asked.said).map_err(|_| refused())?;
        let mut key = [0; 32];
        hex::decode_to_slice(&call.public_key, &mut key).map_err(|_| refused())?;
        let (now, settings) = (self.edge.now(), self.settings()?);
        let settings = serde_json::to_string(&settings).map_err(internal)?;
        self.db.write(|tx| {
            tx.execute("UPDATE enrolment SET used = used WHERE slot = $1", params![&call.slot])?;
            let sql = "SELECT office, secret, expires, used, device, at_once FROM enrolment WHERE slot = $1";
            let row = first(tx, sql, params![&call.slot])?.ok_or_else(refused)?;
            let secret = row.text(1)?;
            let given = hex::decode(&asked.proof).map_err(|_| refused())?;
            if !proof::holds(secret.as_bytes(), &covered("call", &asked.said), &given) {
                return Err(refused());
            }
            let device = match row.int(3)? {
                0 if row.int(2)? < now => return Err(Problem::new("code_expired")),
                0 => self.new_device(tx, &row, &call, &asked.said, now)?,
                _ => row.text(4)?,
            };
            let said = self.answer_enrolment(tx, &device, &asked.said, &settings, now)?;
            Ok(Vouched {
                proof: hex::encode(proof::prove(secret.as_bytes(), &covered("answer", &said))),
                sig: hex::encode(sign::sign(&self.seed, &covered("answer", &said))),
                said,
            })
        })
    }

    fn new_device(
        &self,
        tx: &mut dyn Tx,
        code: &Row,
        call: &EnrolCall,
        said: &str,
        now: i64,
    ) -> Result<String, Problem> {
        let device = self.edge.new_id().to_string();
        let symbols = self.unused_code(tx)?;
        let at_once = code.int(5)? == 1;
        let (state, certified) = if at_once { ("active", now) } else { ("pending", 0) };
        tx.execute(
            "INSERT INTO device (id, office, code, public_key, name, state, enrolled, last_sync, syncs, call, approved,
                                 approved_by, certified, ended, next_key)
             VALUES ($1, $2, $3, $4, $5, $6, $7, 0, 0, $8, $9, '', $9, 0, '')",
            params![&device, code.text(0)?, &symbols, &call.public_key, &call.name, state, now, said, certified],
        )?;
        crate::tell::keep_code(tx, &symbols, &device, 0)?;
        tx.execute("UPDATE enrolment SET used = $1, device = $2 WHERE slot = $3", params![now, &device, &call.slot])?;
        Ok(device)
    }

    /// What is told about a device; `code_used` when another request burned the code.
    fn answer_enrolment(
        &self,
        tx: &mut dyn Tx,
        device: &str,
        call: &str,
        settings: &str,
        now: i64,
    ) -> Result<String, Problem> {
        let sql = "SELECT d.office, d.code, d.public_key, d.state, d.certified, o.card FROM device d JOIN office o ON o.code = d.office
                   WHERE d.id = $1 AND d.call = $2";
        let row = first(tx, sql, params![device, call])?.ok_or_else(|| Problem::new("code_used"))?;
        let (office, code, state) = (row.text(0)?, row.text(1)?, row.text(3)?);
        let certificate = match state.as_str() {
            "active" => certificate(&self.seed, &office, &code, &row.text(2)?, row.int(4)?)?,
            "pending" => String::new(),
            _ => return Err(Problem::new("code_refused")),
        };
        let answer = EnrolAnswer {
            v: enrolment::VERSION,
            call: hex::encode(Sha256::digest(call.as_bytes())),
            state,
            device: device.parse().map_err(internal)?,
            code,
            office: serde_json::from_str(&row.text(5)?).map_err(internal)?,
            district_key: self.public_key(),
            certificate,
            settings: settings.to_owned(),
            feed: (0, short(&feed_start(&office))),
            time: now,
        };
        serde_json::to_string(&answer).map_err(internal)
    }

    /// Three symbols that no device of this district ever had; `X` in front is kept for provisional codes.
    pub(crate) fn unused_code(&self, tx: &mut dyn Tx) -> Result<String, Problem> {
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
