//! What travels between an office and the district, versioned from the first byte (protocol 2.3).
//!
//! A sync body is one header line, then the raw events, one per line; an answer is one header line, then feed entries.

use crate::audit::{AuditHead, AuditWord};
pub use crate::marks::{range_mark, settings_mark};
use crate::subdistrict::{PinAsk, PinTold, Subdistrict};
use serde::{Deserialize, Serialize};

/// Version of the wire.
pub const VERSION: u32 = 1;
/// Media type of a sync body.
pub const SYNC_MEDIA: &str = "application/vnd.jukung-sync+ndjson;v=1";
/// Most events in one call: keeps a cut cheap on 2G.
pub const BATCH_EVENTS_MAX: usize = 256;
/// Largest body once decompressed (protocol 0.2).
pub const BODY_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Most feed entries in one answer; the rest comes with the next call.
pub const FEED_PAGE_MAX: i64 = 500;
/// Most entries handed back in one call: 64 of 300 bytes are three seconds at 50 kbit/s.
pub const WITNESS_MAX: i64 = 64;

/// First line of a sync call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SyncHead {
    /// Wire version.
    pub v: u32,
    /// Device.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = "uuid"))]
    pub d: uuid::Uuid,
    /// Its logs.
    pub logs: Vec<LogPart>,
    /// Feed position: number and short hash.
    pub cur: (i64, String),
    /// Feed positions further back, each with its short hash: only after the district asked for them (R4).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub anch: Vec<(i64, String)>,
    /// How many feed entries stand after the events: what a restored district may have lost (R5).
    #[serde(default, skip_serializing_if = "is_zero")]
    pub wit: i64,
    /// Tell this device's own events with their bodies too: it lacks some of them.
    #[serde(default, skip_serializing_if = "is_false")]
    pub whole: bool,
    /// Symbols that start its registration numbers now; with `X` in front they are provisional (protocol 2.9).
    #[serde(default)]
    pub code: String,
    /// The device lacks a certificate that is good for a while.
    #[serde(default, skip_serializing_if = "is_false")]
    pub cert: bool,
    /// How this device's signing key has changed: each new public key and the signature of the one before over it, in hex
    /// (crypto `succession`). Only while it changes to another, or when the district did not know the one it signs with.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<(String, String)>,
    /// Scans offered, as `sha256:bytes`.
    #[serde(default)]
    pub blobs: Vec<String>,
    /// Ends of the chains of what people did here, when the district has not acknowledged them (decision 0026).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub au: Vec<AuditHead>,
    /// A supervisor of this office waits for the figures of its subdistrict (decision 0034).
    #[serde(default, skip_serializing_if = "is_false")]
    pub sub: bool,
    /// A supervisor helps somebody with a forgotten PIN at another counter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pin: Option<PinAsk>,
    /// Wall clock of the device in ms: evidence only.
    pub wall: i64,
    /// Version of the app.
    pub app: String,
    /// What this build can read beyond the first version: [`RANGES`]. Only in the short form.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub caps: Vec<String>,
    /// Settings it has, as [`settings_mark`]: they are only told again when they are others. Only in the short form.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub set: String,
    /// Ed25519 over [`signed_bytes`], in hex; empty while signing.
    pub sig: String,
}

impl SyncHead {
    /// The short form, for a district that knows it ([`crate::pack::SHORT`]): 56 bytes of chance less for each log.
    #[must_use]
    pub fn shortened(mut self, settings: &str) -> SyncHead {
        for part in &mut self.logs {
            part.tc.clear();
            part.pc.truncate(SHORT_HEX);
        }
        self.caps = vec![RANGES.to_owned()];
        self.set = settings_mark(settings);
        self
    }
}

/// Digits of a hash cut to its first 8 bytes.
pub const SHORT_HEX: usize = 16;
/// A counter that says this may be told its own events as ranges ([`FeedEntry::k`]).
pub const RANGES: &str = "ranges";

/// The part of one log that travels in this call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LogPart {
    /// Incarnation, 16 hex digits (numbers above 2^53 are not safe in JSON).
    pub i: String,
    /// First sequence sent.
    pub f: i64,
    /// How many events follow.
    pub m: i64,
    /// Chain before the first one, in hex: whole, or its first 8 bytes in the short form.
    pub pc: String,
    /// Chain after the last one, in hex. Nobody needs it, as it follows from the rest; builds before the short form ask for
    /// the field to be there.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub tc: String,
    /// The device's own last sequence.
    pub n: i64,
    /// The device has closed this life.
    #[serde(default, skip_serializing_if = "is_false")]
    pub c: bool,
    /// Events of this call that were first written elsewhere: place, incarnation and sequence of their origin (R9).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub o: Vec<(i64, String, i64)>,
    /// Who stands for these events: of each run the last place, the person, and that person's signature over the chain there,
    /// in hex (protocol 0.3; crypto `author`). What stands behind the last run is not signed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub r: Vec<(i64, String, String)>,
}

/// Where two histories of one log do not meet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Gap {
    /// Incarnation.
    pub i: String,
    /// The district's short chain at some places: at the highest that both have alike, the histories part.
    pub a: Vec<(i64, String)>,
}

/// First line of an answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SyncAnswer {
    /// Wire version.
    pub v: u32,
    /// Per incarnation: last sequence held, and the short chain there, which the counter compares with its own.
    pub ack: Vec<(String, i64, String)>,
    /// Per incarnation: last sequence that lies in a verified backup (R3).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub safe: Vec<(String, i64)>,
    /// Logs of which the district lacks what stands before the events sent: they are sent again after `ack`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub need: Vec<Gap>,
    /// Logs of which the district holds another history.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fork: Vec<Gap>,
    /// The feeds differ: the counter calls again with anchors.
    #[serde(default, skip_serializing_if = "is_false")]
    pub ask: bool,
    /// The feeds are the same up to this number; the counter rolls back to it, then reads the entries below.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub common: Option<i64>,
    /// New symbols for registration numbers, when those of the call are provisional or another computer's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Feed position after the entries below: number and short hash.
    pub cur: (i64, String),
    /// Feed position the district has in all.
    pub head: i64,
    /// Scans the district lacks, sha256 in hex.
    #[serde(default)]
    pub want: Vec<String>,
    /// Scans of this office the district holds among those offered.
    #[serde(default)]
    pub have: Vec<String>,
    /// District time in ms.
    pub time: i64,
    /// Bearer token for scans, 15 minutes.
    pub token: String,
    /// The district's word for the device's key, hex, when the call asked for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cert: Option<String>,
    /// Public key, hex, that the district will know this device by as well: it may sign with it from now on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// What the district holds of the chains that the call named, signed for each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub au: Vec<AuditWord>,
    /// Settings of the district when they changed, as JSON text.
    #[serde(default)]
    pub settings: Option<String>,
    /// Figures of the counters of the caller's subdistrict, when the call asked for them: of its own office alone, unless that
    /// is the subdistrict's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sub: Option<Subdistrict>,
    /// What was asked about a forgotten PIN, answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pin: Option<PinTold>,
    /// How this computer's work ended: `retired` or `lost` (protocol 2.15).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<String>,
    /// Per incarnation of a lost computer: last sequence that is kept apart until an officer has seen it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub apart: Vec<(String, i64)>,
    /// District's Ed25519 signature over [`signed_bytes`], in hex; empty while signing.
    pub sig: String,
}

/// One line of the feed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FeedEntry {
    /// Number, dense from 1 in the office.
    pub n: i64,
    /// `ok` for the office's own event, `st` for an event of the district, `rel` for one that was held until now.
    pub t: String,
    /// uid of the event in hex; of a range, its [`range_mark`].
    pub r: String,
    /// Outcome: `applied`, `parked:not-owner`, `held`, `held:newer-app`, `parked:author` …
    pub o: String,
    /// Raw event; empty for events the device itself sent.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub b: String,
    /// Device that wrote it, for `ok` entries of siblings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = "uuid"))]
    pub d: Option<uuid::Uuid>,
    /// A range: so many of the caller's own events with the same outcome stand here in a row, the first one at `s`; `n` is
    /// the number of the first. 12 bytes instead of 32 for each (protocol 2.7).
    #[serde(default, skip_serializing_if = "is_zero")]
    pub k: i64,
    /// Incarnation (hex) and sequence in that device's log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub s: Option<(String, i64)>,
    /// The district's mark that it told this event, in hex: a restored district takes back only what carries it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub g: String,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the shape serde asks for")]
fn is_zero(n: &i64) -> bool {
    *n == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the shape serde asks for")]
fn is_false(b: &bool) -> bool {
    !*b
}

/// Who an office is.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Office {
    /// Kemendagri code, e.g. `63.05.04.1004`.
    pub code: String,
    /// `Kelurahan Rantau Kiwa`.
    pub name: String,
    /// Kecamatan.
    pub district: String,
    /// Kabupaten or kota.
    pub regency: String,
    /// Province.
    pub province: String,
    /// `Disdukcapil Kabupaten Tapin`.
    pub agency: String,
    /// `WIB`, `WITA` or `WIT`.
    pub zone: String,
    /// Postcode, where known.
    #[serde(default)]
    pub postcode: String,
}

/// What the district decides for its counters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DistrictSettings {
    /// Edition of the forms in use: `2019` or `2026`.
    pub form_edition: String,
    /// Promised working days by service code; others use the catalogue's.
    #[serde(default)]
    pub promised_days: std::collections::BTreeMap<String, u16>,
    /// Requirements of the district switched on, by id.
    #[serde(default)]
    pub extras: Vec<String>,
    /// Deadlines in days that differ from the catalogue's, by code of the rule, e.g. `letter_old`.
    #[serde(default)]
    pub limits: std::collections::BTreeMap<String, i32>,
    /// Number for questions, as shown.
    #[serde(default)]
    pub hotline: String,
    /// When it is answered.
    #[serde(default)]
    pub hotline_hours: String,
    /// Calendar day since when these hold.
    #[serde(default)]
    pub since: String,
    /// SHA-256 of the public keys (SPKI, base64) that the server's certificate may have: this one and the next one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pins: Vec<String>,
    /// Working days for an answer by kind of complaint; others have [`crate::complaint::DAYS`].
    #[serde(default, skip_serializing_if = "std::collections::BTreeMap::is_empty")]
    pub complaint_days: std::collections::BTreeMap<String, u16>,
    /// Days nobody works beside Saturday and Sunday, `YYYY-MM-DD`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub holidays: Vec<String>,
    /// When the counters are open, as shown.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub office_hours: String,
    /// Address of the district's pages for families, e.g. `https://dukcapil.tapinkab.go.id`; without it, the one asked.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub site: String,
    /// WhatsApp number of the hotline in digits with its country, e.g. `62811500000`; empty when there is none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub whatsapp: String,
    /// Public keys of computers that were reported lost, hex: receipts they sign are not believed by the QR alone. Written
    /// by the district itself, whatever the file of settings says.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lost: Vec<String>,
    /// Codes of services that are begun at no counter for now; what was begun or handed in goes its way.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub services_off: Vec<String>,
    /// A sentence of the Dinas on top of the counters' queue; empty for none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub notice_counter: String,
    /// A sentence of the Dinas on the pages for families; empty for none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub notice_family: String,
    /// Steps of officers that need a second one, `issue` and `reject`; empty where the district does not want that.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub second: Vec<String>,
    /// Who releases Jukung: base64 key of the minisign tool. Counters take packages from a stick that it signed; empty: none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub release_key: String,
    /// Made-up data: papers say so.
    #[serde(default)]
    pub sample: bool,
    /// X25519 key (`age1…`) that courier bundles are sealed to. It travels inside the signed settings, so a computer that
    /// was enrolled before there were bundles learns it with its next answer.
    #[serde(default)]
    pub courier_key: String,
    /// X25519 key (`age1…`) whose secret lies offline: counters seal their keys to it. Empty until the district made one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub recovery_key: String,
}

impl DistrictSettings {
    /// Whether counters begin applications for this service.
    #[must_use]
    pub fn offers(&self, service: &str) -> bool {
        !self.services_off.iter().any(|code| code == service)
    }
}

impl Default for DistrictSettings {
    fn default() -> Self {
        DistrictSettings {
            release_key: String::new(),
            second: Vec::new(),
            form_edition: "2019".into(),
            promised_days: std::collections::BTreeMap::new(),
            extras: Vec::new(),
            limits: std::collections::BTreeMap::new(),
            hotline: String::new(),
            hotline_hours: String::new(),
            since: String::new(),
            pins: Vec::new(),
            complaint_days: std::collections::BTreeMap::new(),
            holidays: Vec::new(),
            office_hours: String::new(),
            site: String::new(),
            whatsapp: String::new(),
            lost: Vec::new(),
            services_off: Vec::new(),
            notice_counter: String::new(),
            notice_family: String::new(),
            sample: false,
            courier_key: String::new(),
            recovery_key: String::new(),
        }
    }
}

/// Bytes a sync signature covers: road, body with `sig` empty.
#[must_use]
pub fn signed_bytes(road: &str, body_without_signature: &[u8]) -> Vec<u8> {
    use sha2::{Digest, Sha256};
    let mut bytes = format!("jukung-sync-1\n{road}\n").into_bytes();
    bytes.extend_from_slice(&Sha256::digest(body_without_signature));
    bytes
}

/// What a signature covers of a body as it arrived: its bytes, with the signature of the first line taken out. Nothing is
/// written anew, so a field that a newer build adds does not break the signature here. `None` when the signature does not
/// stand there exactly once.
#[must_use]
pub fn unsigned(first_line: &str, lines: &[String], signature: &str) -> Option<Vec<u8>> {
    let field = format!("\"sig\":\"{signature}\"");
    let (before, after) = first_line.split_once(&field)?;
    if after.contains(&field) {
        return None;
    }
    let mut bytes = format!("{before}\"sig\":\"\"{after}").into_bytes();
    for line in lines {
        bytes.push(b'\n');
        bytes.extend_from_slice(line.as_bytes());
    }
    Some(bytes)
}

/// A body as it is sent: one header line, then lines.
///
/// # Errors
/// When the header cannot be written.
pub fn body<H: Serialize>(head: &H, lines: &[String]) -> Result<Vec<u8>, serde_json::Error> {
    let mut bytes = serde_json::to_vec(head)?;
    for line in lines {
        bytes.push(b'\n');
        bytes.extend_from_slice(line.as_bytes());
    }
    Ok(bytes)
}

/// An incarnation as it is written in JSON.
#[must_use]
pub fn incarnation_hex(incarnation: i64) -> String {
    format!("{incarnation:016x}")
}

/// Reads an incarnation from its 16 hex digits.
#[must_use]
pub fn incarnation_from_hex(text: &str) -> Option<i64> {
    (text.len() == 16).then(|| i64::from_str_radix(text, 16).ok()).flatten()
}
