//! One event: the exact bytes that were first written, and what they say (protocol 2.1, 2.2).

use crate::application::{Application, Attachment, Fields};
use crate::closing::{DayClosed, DayCompared};
use crate::complaint::{Complaint, Stepped};
pub use crate::payload::*;
use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};
use sha2::{Digest, Sha256};

/// Longest raw event in bytes: a 20-member family with reasons stays below 40 KiB; more is not an application.
pub const RAW_BYTES_MAX: usize = 64 * 1024;

/// 32 bytes of SHA-256.
pub type Hash = [u8; 32];

/// Where an event was first written; it never changes, even when the event is sent again under another sequence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Origin {
    /// Device id.
    pub device: uuid::Uuid,
    /// Incarnation of the device's log.
    pub incarnation: i64,
    /// Place in that log, dense from 1.
    pub seq: i64,
}

/// The outer shape of every event, with short keys (protocol 2.2).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Envelope {
    /// Kind and version, e.g. `app.edit/1`.
    pub k: String,
    /// Application id (UUIDv7).
    pub a: uuid::Uuid,
    /// First 8 bytes, in hex, of the head the author saw; absent on create.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub b: Option<String>,
    /// Hybrid logical clock: milliseconds and counter. Evidence, never order.
    pub h: (i64, i64),
    /// Clock state: `t`rusted, `u`nverified, `x` broken.
    pub c: char,
    /// Author: the person's id at the counter, or the officer's name at the district.
    pub u: String,
    /// Payload, read by kind.
    pub p: serde_json::Value,
}

/// An [`Envelope`] on its way to bytes, without a copy of what it holds.
#[derive(Serialize)]
struct Written<'a> {
    k: &'static str,
    a: uuid::Uuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    b: Option<&'a str>,
    h: (i64, i64),
    c: char,
    u: &'a str,
    p: &'a Body,
}

/// What an event of a known kind says.
#[derive(Debug, Clone, PartialEq)]
pub enum Body {
    /// `app.create/1`: a new application with its registration number.
    Create(Created),
    /// `app.edit/1`: named answers only, never a whole record. An empty text removes an answer.
    Edit(Edited),
    /// `app.attach/1`: one more paper, or another scan for one.
    Attach(Attachment),
    /// `app.resubmit/1`: the counter has corrected what the Dinas returned (decision 0004).
    Resubmit,
    /// `app.withdraw/1`: taken back by the resident or the counter.
    Withdraw(Reason),
    /// `app.note/1`: a remark.
    Note(Reason),
    /// `doc.issued/1`: a receipt was printed.
    Printed(Printed),
    /// `num.skipped/1`: registration numbers that will never be used.
    NumbersSkipped(Skipped),
    /// `app.renumber/1`: a new registration number, because another application has the first one (decision 0009).
    Renumber(Renumbered),
    /// `conflict.resolve/1`: a person has settled what the district could not take in (decision 0009).
    Resolve(Resolved),
    /// `clock.set/1`: a person said what day it is, as the computer's clock could not be believed; of no application.
    ClockSet(ClockSet),
    /// `day.closed/1`: the sheet that closes a day at this counter; of no application (decision 0014).
    DayClosed(DayClosed),
    /// `device.escrow/1`: this computer's keys, sealed to the district's offline recovery key; of no application.
    Escrowed(Escrowed),
    /// `person.key/1`: the key a person of this computer signs with; of no application (decision 0030).
    PersonKey(PersonKey),
    /// `device.recovered/1`: a broken database was put together again; of no application (decision 0018).
    Recovered(Recovered),
    /// `complaint.create/1`: a complaint taken at the counter; of no application, under an id of its own.
    Complained(Complaint),
    /// `doc.handed/1`: a counter handed the document over, with or without a network.
    Handed(Delivered),
    /// `doc.unhanded/1`: a counter's hand-over was written down by mistake; the document stands where it stood before.
    Unhanded(Unhanded),
    /// `st.taken/1`: an officer has it in hand.
    Taken,
    /// `st.returned/1`: to be corrected at the counter.
    Returned(Returned),
    /// `st.approved/1`: verified; being processed in SIAK.
    Approved,
    /// `st.refused/1`: refused, with a reason.
    Refused(Reason),
    /// `st.issued/1`: the document exists.
    Issued(Issued),
    /// `st.ready/1`: can be collected.
    Ready(Place),
    /// `st.shipped/1`: on its way.
    Shipped(Shipped),
    /// `st.delivered/1`: in somebody's hands.
    Delivered(Delivered),
    /// `st.note/1`: a remark of the district.
    DistrictNote(Reason),
    /// `st.day/1`: what the district found when it compared a sheet; of no application.
    DayCompared(DayCompared),
    /// `st.complaint/1`: a complaint of this office was answered, settled or opened again.
    ComplaintStepped(Stepped),
    /// `st.settled/1`: an officer found out about a hand-over that came second.
    Settled(Settled),
    /// `st.held/1`: processing is held back at the person's request (decision 0040).
    HeldBack(HeldBack),
    /// `st.resumed/1`: it goes on, with what the person said.
    Resumed(Reason),
}

/// Payload of `app.create/1`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Created {
    /// Registration number.
    pub n: String,
    /// The application as handed in.
    pub d: Application,
}

/// Payload of `app.edit/1`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Edited {
    /// Changed answers.
    #[serde(default)]
    pub f: Fields,
    /// Changed reasons.
    #[serde(default, skip_serializing_if = "Fields::is_empty")]
    pub r: Fields,
    /// Changed explanations for missing papers.
    #[serde(default, skip_serializing_if = "Fields::is_empty")]
    pub m: Fields,
}

impl Body {
    /// Kind with version, as written in `k`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Body::Create(_) => "app.create/1",
            Body::Edit(_) => "app.edit/1",
            Body::Attach(_) => "app.attach/1",
            Body::Resubmit => "app.resubmit/1",
            Body::Withdraw(_) => "app.withdraw/1",
            Body::Note(_) => "app.note/1",
            Body::Printed(_) => "doc.issued/1",
            Body::NumbersSkipped(_) => "num.skipped/1",
            Body::Renumber(_) => "app.renumber/1",
            Body::Resolve(_) => "conflict.resolve/1",
            Body::ClockSet(_) => "clock.set/1",
            Body::DayClosed(_) => "day.closed/1",
            Body::Escrowed(_) => "device.escrow/1",
            Body::PersonKey(_) => "person.key/1",
            Body::Recovered(_) => "device.recovered/1",
            Body::Complained(_) => "complaint.create/1",
            Body::Handed(_) => "doc.handed/1",
            Body::Unhanded(_) => "doc.unhanded/1",
            Body::Taken => "st.taken/1",
            Body::Returned(_) => "st.returned/1",
            Body::Approved => "st.approved/1",
            Body::Refused(_) => "st.refused/1",
            Body::Issued(_) => "st.issued/1",
            Body::Ready(_) => "st.ready/1",
            Body::Shipped(_) => "st.shipped/1",
            Body::Delivered(_) => "st.delivered/1",
            Body::DistrictNote(_) => "st.note/1",
            Body::DayCompared(_) => "st.day/1",
            Body::ComplaintStepped(_) => "st.complaint/1",
            Body::Settled(_) => "st.settled/1",
            Body::HeldBack(_) => "st.held/1",
            Body::Resumed(_) => "st.resumed/1",
        }
    }

    /// Reads the payload of `envelope`.
    ///
    /// # Errors
    /// `Ok(None)` for a kind this build does not know (it is carried whole, not folded); `Err` when the kind is known and
    /// the payload is not of its shape.
    pub fn read(envelope: &Envelope) -> Result<Option<Body>, serde_json::Error> {
        let p = envelope.p.clone();
        Ok(Some(match envelope.k.as_str() {
            "app.create/1" => Body::Create(serde_json::from_value(p)?),
            "app.edit/1" => Body::Edit(serde_json::from_value(p)?),
            "app.attach/1" => Body::Attach(serde_json::from_value(p)?),
            "app.resubmit/1" => Body::Resubmit,
            "app.withdraw/1" => Body::Withdraw(serde_json::from_value(p)?),
            "app.note/1" => Body::Note(serde_json::from_value(p)?),
            "doc.issued/1" => Body::Printed(serde_json::from_value(p)?),
            "num.skipped/1" => Body::NumbersSkipped(serde_json::from_value(p)?),
            "app.renumber/1" => Body::Renumber(serde_json::from_value(p)?),
            "conflict.resolve/1" => Body::Resolve(serde_json::from_value(p)?),
            "device.escrow/1" => Body::Escrowed(serde_json::from_value(p)?),
            "person.key/1" => Body::PersonKey(serde_json::from_value(p)?),
            "device.recovered/1" => Body::Recovered(serde_json::from_value(p)?),
            "clock.set/1" => Body::ClockSet(serde_json::from_value(p)?),
            "day.closed/1" => Body::DayClosed(serde_json::from_value(p)?),
            "st.taken/1" => Body::Taken,
            "st.returned/1" => Body::Returned(serde_json::from_value(p)?),
            "st.approved/1" => Body::Approved,
            "st.refused/1" => Body::Refused(serde_json::from_value(p)?),
            "st.issued/1" => Body::Issued(serde_json::from_value(p)?),
            "st.ready/1" => Body::Ready(serde_json::from_value(p)?),
            "st.shipped/1" => Body::Shipped(serde_json::from_value(p)?),
            "st.delivered/1" => Body::Delivered(serde_json::from_value(p)?),
            "st.note/1" => Body::DistrictNote(serde_json::from_value(p)?),
            "st.day/1" => Body::DayCompared(serde_json::from_value(p)?),
            "doc.handed/1" => Body::Handed(serde_json::from_value(p)?),
            "doc.unhanded/1" => Body::Unhanded(serde_json::from_value(p)?),
            "st.settled/1" => Body::Settled(serde_json::from_value(p)?),
            "st.held/1" => Body::HeldBack(serde_json::from_value(p)?),
            "st.resumed/1" => Body::Resumed(serde_json::from_value(p)?),
            "complaint.create/1" => Body::Complained(serde_json::from_value(p)?),
            "st.complaint/1" => Body::ComplaintStepped(serde_json::from_value(p)?),
            _ => return Ok(None),
        }))
    }
}

/// The payload alone: its kind stands beside it.
impl Serialize for Body {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Body::Create(p) => p.serialize(to),
            Body::Edit(p) => p.serialize(to),
            Body::Attach(p) => p.serialize(to),
            Body::Printed(p) => p.serialize(to),
            Body::NumbersSkipped(p) => p.serialize(to),
            Body::Renumber(p) => p.serialize(to),
            Body::Resolve(p) => p.serialize(to),
            Body::ClockSet(p) => p.serialize(to),
            Body::DayClosed(p) => p.serialize(to),
            Body::Escrowed(p) => p.serialize(to),
            Body::PersonKey(p) => p.serialize(to),
            Body::Recovered(p) => p.serialize(to),
            Body::DayCompared(p) => p.serialize(to),
            Body::Complained(p) => p.serialize(to),
            Body::ComplaintStepped(p) => p.serialize(to),
            Body::Returned(p) => p.serialize(to),
            Body::Issued(p) => p.serialize(to),
            Body::Ready(p) => p.serialize(to),
            Body::Shipped(p) => p.serialize(to),
            Body::Delivered(p) | Body::Handed(p) => p.serialize(to),
            Body::Unhanded(p) => p.serialize(to),
            Body::Settled(p) => p.serialize(to),
            Body::HeldBack(p) => p.serialize(to),
            Body::Withdraw(p) | Body::Note(p) | Body::Refused(p) | Body::DistrictNote(p) | Body::Resumed(p) => {
                p.serialize(to)
            }
            Body::Resubmit | Body::Taken | Body::Approved => to.serialize_map(Some(0))?.end(),
        }
    }
}

/// Who writes, when, and on what it saw: everything of an event but its meaning.
#[derive(Debug, Clone)]
pub struct Authorship {
    /// The application.
    pub application: uuid::Uuid,
    /// Head the author saw, first 8 bytes in hex; none on create.
    pub base: Option<String>,
    /// Hybrid logical clock.
    pub hlc: (i64, i64),
    /// Clock state.
    pub clock: char,
    /// Author.
    pub author: String,
}

/// Writes the one raw form of an event. Nobody ever serialises it again.
///
/// # Errors
/// Only when a payload cannot be written as JSON, which no payload above can cause.
pub fn write(by: &Authorship, body: &Body) -> Result<String, serde_json::Error> {
    serde_json::to_string(&Written {
        k: body.kind(),
        a: by.application,
        b: by.base.as_deref(),
        h: by.hlc,
        c: by.clock,
        u: &by.author,
        p: body,
    })
}

/// Reads the outer shape of a raw event.
///
/// # Errors
/// When `raw` is not such a JSON object.
pub fn read(raw: &str) -> Result<Envelope, serde_json::Error> {
    serde_json::from_str(raw)
}

/// Identity of an event: it survives being sent again under another sequence (R9).
#[must_use]
pub fn uid(origin: &Origin, raw: &str) -> Hash {
    Sha256::new()
        .chain_update(b"ev1")
        .chain_update(origin.device.as_bytes())
        .chain_update(origin.incarnation.to_be_bytes())
        .chain_update(origin.seq.to_be_bytes())
        .chain_update(raw.as_bytes())
        .finalize()
        .into()
}

/// Start of a log's hash chain.
#[must_use]
pub fn chain_start(device: uuid::Uuid, incarnation: i64) -> Hash {
    Sha256::new()
        .chain_update(b"ch1")
        .chain_update(device.as_bytes())
        .chain_update(incarnation.to_be_bytes())
        .finalize()
        .into()
}

/// Next link of a log's hash chain.
#[must_use]
pub fn chain_next(previous: &Hash, uid: &Hash) -> Hash {
    Sha256::new().chain_update(previous).chain_update(uid).finalize().into()
}

/// Start of an office's feed chain.
#[must_use]
pub fn feed_start(office: &str) -> Hash {
    Sha256::new().chain_update(b"fd1").chain_update(office.as_bytes()).finalize().into()
}

/// Next link of an office's feed chain.
#[must_use]
pub fn feed_next(previous: &Hash, kind: &str, reference: &str, outcome: &str, body: &str) -> Hash {
    let body: Hash = Sha256::digest(body.as_bytes()).into();
    Sha256::new()
        .chain_update(previous)
        .chain_update(kind.as_bytes())
        .chain_update(reference.as_bytes())
        .chain_update(outcome.as_bytes())
        .chain_update(body)
        .finalize()
        .into()
}

/// First 8 bytes of a hash in hex: enough to name a head or a feed position.
#[must_use]
pub fn short(hash: &Hash) -> String {
    hex::encode(&hash[..8])
}
