//! Enrolling this computer, by network or by two files (security.md 3.1): the one-time code proves us to the district and
//! the district to us, and never travels. What was asked is kept until it is answered, so a lost answer costs no code.

use crate::certificate;
use crate::edge::Edge;
use crate::home::{self, Card, Waiting};
use crate::road::Http;
use crate::sync::{Call, Road};
use crate::tls::Trusted;
use jukung_crypto::heard::heard;
use jukung_crypto::keyring::Keys;
use jukung_crypto::slot::{MEMORY_KIB, Slot, Who};
use jukung_crypto::{proof, sign};
use jukung_domain::enrolment::{self, EnrolAnswer, EnrolCall, Invitation, Vouched, covered, split_code};
use jukung_domain::passphrase::{LENGTH_MIN, long_enough};
use jukung_domain::policy::Role;
use jukung_domain::problem::Problem;
use jukung_domain::wire::DistrictSettings;
use jukung_ledger::private;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::io::Write;
use std::path::Path;
use zeroize::Zeroizing;

/// Room a counter's first database, card and log take, four times over.
const ROOM_BYTES: usize = 1024 * 1024;
/// What was asked and is not answered yet. It holds the code, so only this account reads it, and it goes with the answer.
const BEGUN: &str = "enrolment.json";

/// Who enrols.
#[derive(Debug, Clone)]
pub struct Enrolment<'a> {
    /// Address of the district's server; empty when the invitation says it.
    pub server: &'a str,
    /// One-time code as printed or typed, or the text of a whole invitation.
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

/// An enrolment that was begun.
#[derive(Serialize, Deserialize)]
pub struct Begun {
    /// Address of the district's server.
    pub server: String,
    /// What is asked.
    pub request: Vouched,
    /// Public part of the code.
    code: String,
    secret: String,
    /// District's key from the invitation; empty when only the code was typed.
    district_key: String,
    pins: Vec<String>,
    person: Slot,
}

fn half() -> Problem {
    Problem::new("half")
}

fn failed(e: &std::io::Error) -> Problem {
    crate::scan::store::failed(e)
}

/// Whether a new counter's first files can be written into `dir`, tried and taken away again.
fn has_room(dir: &Path) -> std::io::Result<()> {
    private::folder(dir)?;
    let trial = dir.join("trial");
    let written = private::new_file(&trial).and_then(|mut f| f.write_all(&[0; ROOM_BYTES]));
    written.and(std::fs::remove_file(&trial))
}

/// Makes this computer's key and what it asks with, or finds what was asked before with the same code and passphrase.
///
/// # Errors
/// `already_enrolled`, `name_needed`, `passphrase_short`, `code_unreadable`, `disk_full`, `read_only`.
pub fn begin(dir: &Path, edge: &Edge, who: &Enrolment<'_>) -> Result<Begun, Problem> {
    if home::card(dir)?.is_some() {
        return Err(Problem::new("already_enrolled"));
    }
    if who.name.trim().is_empty() {
        return Err(Problem::new("name_needed"));
    }
    if !long_enough(who.passphrase) {
        return Err(Problem::new("passphrase_short").with("min", LENGTH_MIN));
    }
    let invitation =
        Invitation::read(who.code).unwrap_or_else(|| Invitation { code: who.code.to_owned(), ..Invitation::default() });
    let (code, secret) = split_code(&invitation.code).ok_or_else(|| Problem::new("code_unreadable"))?;
    let server = if who.server.trim().is_empty() { &invitation.server } else { who.server };
    let server = server.trim().trim_end_matches('/').to_owned();
    if let Some(begun) = begun(dir)?
        && (&begun.code, &begun.secret) == (&code, &secret)
        && begun.person.open(who.passphrase).is_ok()
    {
        return Ok(Begun { server, ..begun });
    }
    // Before the code is used up: a computer that cannot keep what it gets would need another one.
    has_room(dir).map_err(|e| failed(&e))?;
    let keys = Keys::new(Zeroizing::new(edge.random()), Zeroizing::new(edge.random()));
    let person = edge.new_id().to_string();
    // The computer has no id before it is answered; the slot is made again with it then.
    let made = founder("", &person, who.name);
    let mut fill = |bytes: &mut [u8]| edge.chance.fill(bytes);
    let person = Slot::make(made, who.passphrase, &keys, who.memory_kib, &mut fill)
        .map_err(|_| Problem::new("internal").with("at", "slot"))?;
    let said = serde_json::to_string(&EnrolCall {
        v: enrolment::VERSION,
        slot: code.clone(),
        public_key: hex::encode(sign::public_key(&keys.device)),
        name: who.name.trim().to_owned(),
    })
    .map_err(|e| Problem::new("internal").with("at", e))?;
    let proof = hex::encode(proof::prove(secret.as_bytes(), &covered("call", &said)));
    let request = Vouched { said, proof, sig: String::new() };
    let (district_key, pins) = (invitation.district_key, invitation.pins);
    let begun = Begun { server, request, code, secret, district_key, pins, person };
    keep(dir, &begun).map_err(|e| failed(&e))?;
    Ok(begun)
}

/// Address of the district's server: what was typed, else what the invitation says.
///
/// # Errors
/// `server_needed` when neither says one.
pub fn server(who: &Enrolment<'_>) -> Result<String, Problem> {
    let typed = who.server.trim();
    let said = if typed.is_empty() { Invitation::read(who.code).map(|i| i.server) } else { Some(typed.to_owned()) };
    said.filter(|s| !s.is_empty()).ok_or_else(|| Problem::new("server_needed"))
}

/// The road to that server, by the keys the invitation names.
///
/// # Errors
/// As [`server`]; `internal` when TLS cannot be set up.
pub fn road(who: &Enrolment<'_>) -> Result<Http, Problem> {
    let pins = Invitation::read(who.code).map(|i| i.pins).unwrap_or_default();
    Http::new(&server(who)?, Trusted::before_sign_in(&pins))
}

/// Name of the file that is carried to the district.
const REQUEST_FILE: &str = "jukung-permintaan.json";

/// Writes what is asked into `folder`, and says where.
///
/// # Errors
/// Those of [`begin`]; `file_unwritable`.
pub fn save_request(dir: &Path, edge: &Edge, who: &Enrolment<'_>, folder: &Path) -> Result<String, Problem> {
    let begun = begin(dir, edge, who)?;
    let file = folder.join(REQUEST_FILE);
    let text = serde_json::to_vec(&begun.request).map_err(|e| Problem::new("internal").with("at", e))?;
    std::fs::write(&file, text)
        .map_err(|e| Problem::new("file_unwritable").with("file", file.display()).with("why", e))?;
    Ok(file.display().to_string())
}

fn keep(dir: &Path, begun: &Begun) -> std::io::Result<()> {
    private::whole(&dir.join("enrolment.new"), &dir.join(BEGUN), &serde_json::to_vec(begun)?)
}

/// What was asked here and is not answered yet.
///
/// # Errors
/// `cannot_open` when the folder cannot be read.
pub fn begun(dir: &Path) -> Result<Option<Begun>, Problem> {
    match std::fs::read(dir.join(BEGUN)) {
        // What cannot be read was never finished: it is asked anew.
        Ok(bytes) => Ok(serde_json::from_slice(&bytes).ok()),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(Problem::new("cannot_open").with("file", BEGUN).with("why", e)),
    }
}

/// Enrols the data folder `dir` by network.
///
/// # Errors
/// Those of [`begin`]; `code_refused`, `code_used`, `code_expired`, `offline`, `half`, `server_needed`. After the last ones
/// the same code works again.
pub async fn enrol(dir: &Path, edge: &Edge, road: &dyn Road, who: &Enrolment<'_>) -> Result<(), Problem> {
    let begun = begin(dir, edge, who)?;
    let body = serde_json::to_vec(&begun.request).map_err(|e| Problem::new("internal").with("at", e))?;
    let headers = vec![("content-type", "application/json".to_owned())];
    let reply = road.carry(Call { method: "POST", path: "/v1/enrol".into(), headers, body }).await?;
    if reply.status != 200 {
        let problem: Option<Problem> = serde_json::from_slice(&reply.body).ok();
        return Err(problem
            .filter(|p| !p.code.is_empty())
            .unwrap_or_else(|| Problem::new("code_refused").with("status", reply.status)));
    }
    let answer = serde_json::from_slice(&reply.body).map_err(|_| half())?;
    take_answer(dir, edge, who.passphrase, &answer)
}

/// Takes the district's answer, however it came: the first one makes this computer a counter, a later one brings its
/// approval.
///
/// # Errors
/// `half` for an answer that is not the district's; `answer_of_another` for one to another request; `wrong_passphrase`;
/// `nothing_asked`; those of storage.
pub fn take_answer(dir: &Path, edge: &Edge, passphrase: &str, answer: &Vouched) -> Result<(), Problem> {
    if answer.said.len() > enrolment::SAID_BYTES_MAX {
        return Err(half());
    }
    let told: EnrolAnswer = serde_json::from_str(&answer.said).map_err(|_| half())?;
    let by = |key: &str| {
        let (mut public, covered) = ([0; 32], covered("answer", &answer.said));
        let sig = hex::decode(&answer.sig).unwrap_or_default();
        hex::decode_to_slice(key, &mut public).is_ok() && sign::verify(&public, &covered, &sig)
    };
    if let Some(card) = home::card(dir)? {
        if !by(&card.district_key) {
            return Err(half());
        }
        if told.device != card.device {
            return Err(Problem::new("answer_of_another"));
        }
        return certificate::keep(dir, &told.certificate);
    }
    let begun = begun(dir)?.ok_or_else(|| Problem::new("nothing_asked"))?;
    if told.call != hex::encode(Sha256::digest(begun.request.said.as_bytes())) {
        return Err(Problem::new("answer_of_another"));
    }
    let given = hex::decode(&answer.proof).map_err(|_| half())?;
    let proven = proof::holds(begun.secret.as_bytes(), &covered("answer", &answer.said), &given);
    let same = begun.district_key.is_empty() || begun.district_key == told.district_key;
    if !proven || !same || !by(&told.district_key) {
        return Err(half());
    }
    settle(dir, edge, passphrase, begun, told)
}

/// Whoever sets the computer up answers for it, until there is another supervisor.
fn founder<'a>(device: &'a str, person: &'a str, name: &'a str) -> Who<'a> {
    Who { device, person, name: name.trim(), role: Role::Supervisor.code(), generation: 1, terms: "" }
}

/// Writes the card and the first settings. What was asked goes last: a power cut before that takes the same answer again.
fn settle(dir: &Path, edge: &Edge, passphrase: &str, begun: Begun, told: EnrolAnswer) -> Result<(), Problem> {
    let keys = begun.person.open(passphrase).map_err(|_| Problem::new("wrong_passphrase"))?.keys;
    let (device, mut fill) = (told.device.to_string(), |bytes: &mut [u8]| edge.chance.fill(bytes));
    let made = founder(&device, &begun.person.person, &begun.person.name);
    let slot = Slot::make(made, passphrase, &keys, begun.person.memory_kib, &mut fill)
        .map_err(|_| Problem::new("internal").with("at", "slot"))?;
    let settings: DistrictSettings = serde_json::from_str(&told.settings).map_err(|_| half())?;
    let mut key = [0; 32];
    hex::decode_to_slice(&told.district_key, &mut key).map_err(|_| half())?;
    let heard = heard(begun.request.said.as_bytes(), &key).map_err(|e| Problem::new("internal").with("at", e))?;
    let waits = told.state != "active";
    let card = Card {
        device: told.device,
        code: told.code,
        office: told.office,
        server: begun.server,
        district_key: told.district_key,
        sample: settings.sample,
        certificate: told.certificate,
        pins: if settings.pins.is_empty() { begun.pins } else { settings.pins },
        waiting: waits.then(|| Waiting {
            words: enrolment::words(heard).map(str::to_owned).to_vec(),
            hotline: settings.hotline,
            request: begun.request,
        }),
        key: String::new(),
        keys: Vec::new(),
        slots: vec![slot],
        recovery: None,
        recovery_next: None,
        escrow: None,
    };
    home::write_card(dir, &card)?;
    let office = crate::Office::open(dir, &begun.person.person, passphrase, edge.clone())?;
    office.db.write(|tx| crate::settings::set(tx, "district_settings", &told.settings))?;
    office.close()?;
    std::fs::remove_file(dir.join(BEGUN)).map_err(|e| failed(&e))
}

/// What is carried to the district instead of asked by network: of a computer that waits for approval the same again.
///
/// # Errors
/// `nothing_asked`; `cannot_open`.
pub fn request(dir: &Path) -> Result<Vouched, Problem> {
    let waiting = home::card(dir)?.and_then(|card| card.waiting).map(|w| w.request);
    let asked = waiting.or(begun(dir)?.map(|b| b.request));
    asked.ok_or_else(|| Problem::new("nothing_asked"))
}

/// The six words this computer's request stands for, where the invitation said the district's key; they are read out by
/// telephone before the answer is there.
///
/// # Errors
/// `cannot_open`.
pub fn words(dir: &Path) -> Result<Vec<String>, Problem> {
    if let Some(card) = home::card(dir)? {
        return Ok(card.waiting.map(|w| w.words).unwrap_or_default());
    }
    let Some(begun) = begun(dir)? else { return Ok(Vec::new()) };
    let mut key = [0; 32];
    if hex::decode_to_slice(&begun.district_key, &mut key).is_err() {
        return Ok(Vec::new());
    }
    let heard = heard(begun.request.said.as_bytes(), &key).map_err(|e| Problem::new("internal").with("at", e))?;
    Ok(enrolment::words(heard).map(str::to_owned).to_vec())
}
