//! Enrolling this computer: the one-time code proves us to the district and the district to us, and never travels.

use crate::edge::Edge;
use crate::home::{self, Card};
use crate::sync::{Call, Road};
use jukung_crypto::keyring::Keys;
use jukung_crypto::slot::{MEMORY_KIB, Slot, Who};
use jukung_crypto::{proof, sign};
use jukung_domain::passphrase::{LENGTH_MIN, long_enough};
use jukung_domain::policy::Role;
use jukung_domain::problem::Problem;
use jukung_domain::wire::{EnrolAnswer, EnrolCall, enrol_bytes};
use jukung_ledger::private;
use std::io::Write;
use std::path::Path;
use zeroize::Zeroizing;

/// Symbols of the code's public part, after which its secret part begins.
pub const SLOT_LEN: usize = 6;
/// Room a counter's first database, card and log take, four times over.
const ROOM_BYTES: usize = 1024 * 1024;

/// Who enrols.
#[derive(Debug, Clone)]
pub struct Enrolment<'a> {
    /// Address of the district's server.
    pub server: &'a str,
    /// One-time code, as printed or typed.
    pub code: &'a str,
    /// Name of the first officer.
    pub name: &'a str,
    /// Their passphrase.
    pub passphrase: &'a str,
    /// Memory of the key derivation in KiB; [`MEMORY_KIB`] outside tests.
    pub memory_kib: u32,
}

impl<'a> Enrolment<'a> {
    /// An enrolment with the production parameters.
    #[must_use]
    pub fn new(server: &'a str, code: &'a str, name: &'a str, passphrase: &'a str) -> Self {
        Enrolment { server, code, name, passphrase, memory_kib: MEMORY_KIB }
    }
}

/// The code without dashes and spaces, split into its public and its secret part.
///
/// # Errors
/// `code_unreadable`.
pub fn split_code(code: &str) -> Result<(String, String), Problem> {
    let bare: String = code.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect();
    if bare.len() <= SLOT_LEN * 2 {
        return Err(Problem::new("code_unreadable"));
    }
    let (slot, secret) = bare.split_at(SLOT_LEN);
    Ok((slot.to_owned(), secret.to_owned()))
}

/// Whether a new counter's first files can be written into `dir`, tried and taken away again.
fn has_room(dir: &Path) -> std::io::Result<()> {
    private::folder(dir)?;
    let trial = dir.join("trial");
    let written = private::new_file(&trial).and_then(|mut f| f.write_all(&[0; ROOM_BYTES]));
    written.and(std::fs::remove_file(&trial))
}

/// Enrols the data folder `dir`.
///
/// # Errors
/// `already_enrolled`, `name_needed`, `passphrase_short`, `code_unreadable`, `code_refused`, `offline`, `half`;
/// `disk_full`, `read_only` before the code is used up.
pub async fn enrol(dir: &Path, edge: &Edge, road: &dyn Road, who: &Enrolment<'_>) -> Result<(), Problem> {
    if home::card(dir)?.is_some() {
        return Err(Problem::new("already_enrolled"));
    }
    if who.name.trim().is_empty() {
        return Err(Problem::new("name_needed"));
    }
    if !long_enough(who.passphrase) {
        return Err(Problem::new("passphrase_short").with("min", LENGTH_MIN));
    }
    let (slot, secret) = split_code(who.code)?;
    // Before the code is used up: a computer that cannot keep what it gets would need another one.
    has_room(dir).map_err(|e| crate::scan::store::failed(&e))?;
    let keys =
        Keys { database: Zeroizing::new(edge.random()), device: Zeroizing::new(edge.random()), former: Vec::new() };
    let public_key = hex::encode(sign::public_key(&keys.device));
    let answer = ask(road, &slot, &secret, &public_key, who.name).await?;
    let mut fill = |bytes: &mut [u8]| edge.chance.fill(bytes);
    let person = edge.new_id().to_string();
    // Whoever sets the computer up answers for it, until there is another supervisor.
    let (device, role) = (answer.device.to_string(), Role::Supervisor.code());
    let made = Who { device: &device, person: &person, name: who.name.trim(), role, generation: 1 };
    let slot = Slot::make(made, who.passphrase, &keys, who.memory_kib, &mut fill)
        .map_err(|_| Problem::new("internal").with("at", "slot"))?;
    let card = Card {
        device: answer.device,
        code: answer.code,
        office: answer.office,
        server: who.server.trim_end_matches('/').to_owned(),
        district_key: answer.district_key,
        sample: answer.settings.sample,
        slots: vec![slot],
    };
    home::write_card(dir, &card)?;
    let office = crate::Office::open(dir, &person, who.passphrase, edge.clone())?;
    let text = serde_json::to_string(&answer.settings).map_err(|e| Problem::new("internal").with("at", e))?;
    office.db.write(|tx| crate::settings::set(tx, "district_settings", &text))?;
    office.close()
}

async fn ask(road: &dyn Road, slot: &str, secret: &str, public_key: &str, name: &str) -> Result<EnrolAnswer, Problem> {
    let json = |e: serde_json::Error| Problem::new("half").with("at", e);
    let call = EnrolCall {
        slot: slot.to_owned(),
        public_key: public_key.to_owned(),
        name: name.to_owned(),
        proof: hex::encode(proof::prove(secret.as_bytes(), &enrol_bytes(slot, public_key, name))),
    };
    let body = serde_json::to_vec(&call).map_err(json)?;
    let headers = vec![("content-type", "application/json".to_owned())];
    let reply = road.carry(Call { method: "POST", path: "/v1/enrol".into(), headers, body }).await?;
    if reply.status != 200 {
        let problem: Option<Problem> = serde_json::from_slice(&reply.body).ok();
        return Err(problem
            .filter(|p| !p.code.is_empty())
            .unwrap_or_else(|| Problem::new("code_refused").with("status", reply.status)));
    }
    let mut answer: EnrolAnswer = serde_json::from_slice(&reply.body).map_err(json)?;
    let proof_of_district = std::mem::take(&mut answer.proof);
    let unsigned = serde_json::to_vec(&answer).map_err(json)?;
    let given = hex::decode(proof_of_district).map_err(|_| Problem::new("half"))?;
    if proof::holds(secret.as_bytes(), &unsigned, &given) { Ok(answer) } else { Err(Problem::new("half")) }
}
