//! What people do at a counter, as a chain of records that name no resident, and what its end proves to the district
//! (security.md 6.1, decision 0026). Pure: what is written, what is signed, and what follows when two ends are compared.

use crate::event::{Hash, short};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Form of the records.
pub const FORM: u32 = 1;
/// Chains named in one call: a counter has one, and one more for each time an old copy of it was used.
pub const HEADS_MAX: i64 = 8;

/// Why a chain begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// The computer is new, or its program was until now of a version that wrote no records.
    New,
    /// A new life of the log: the database was restored, copied or put together again (protocol 2.9).
    Life,
    /// The district holds a longer or another history of the chain before.
    Fork,
    /// The file beside the database knows records that were cut off or changed in it.
    Cut,
}

impl Why {
    /// Its name in records and on the wire.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Why::New => "new",
            Why::Life => "life",
            Why::Fork => "fork",
            Why::Cut => "cut",
        }
    }
}

/// Where the chain before a new one ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Before {
    /// Chain, 16 hex digits.
    pub l: String,
    /// Its last record.
    pub n: i64,
    /// First 8 bytes of the hash there, in hex.
    pub h: String,
}

/// Kind of the record that begins a chain.
pub const BEGIN: &str = "chain.begin";

/// One record. Short keys; what does not apply is left out. Nothing in it is a NIK, a name or anybody's words.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Form.
    pub v: u32,
    /// Chain, 16 hex digits.
    pub l: String,
    /// Place in it, dense from 1.
    pub n: i64,
    /// Wall clock in ms: evidence, never order.
    pub w: i64,
    /// How far that clock could be believed, as events say it.
    pub c: String,
    /// Person's id.
    pub u: String,
    /// Their role.
    pub r: String,
    /// The sign-in it belongs to.
    pub s: String,
    /// What was done: a kind of event, or one of the office's own.
    pub k: String,
    /// Kind of the object.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub o: String,
    /// The object: half an HMAC of its id, in hex.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub i: String,
    /// Names of fields, or counts; never a value.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub f: Vec<String>,
    /// First 8 bytes of the uid of the event that was written with it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub e: String,
    /// Code of the reason.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub y: String,
    /// Version of the app.
    pub a: String,
    /// The chain before, in a record that begins one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p: Option<Before>,
    /// In a record that begins a chain: last place of the open log then; what was written after it has a record.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub z: i64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the shape serde asks for")]
fn is_zero(n: &i64) -> bool {
    *n == 0
}

/// What stands before the first record of a chain: no record can be moved to another chain or computer.
#[must_use]
pub fn start(device: uuid::Uuid, chain: i64) -> Hash {
    Sha256::new()
        .chain_update(b"jukung-audit-1")
        .chain_update(device.as_bytes())
        .chain_update(chain.to_be_bytes())
        .finalize()
        .into()
}

/// Hash of the chain up to and with a record, over its exact bytes (security.md 6.1).
#[must_use]
pub fn next(before: &Hash, record: &str) -> Hash {
    Sha256::new().chain_update([0]).chain_update(before).chain_update(record).finalize().into()
}

/// An end of a chain, as a counter tells it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditHead {
    /// Chain, 16 hex digits.
    pub i: String,
    /// Last record.
    pub n: i64,
    /// Hash there, in hex.
    pub h: String,
    /// The last record that the district acknowledged, and the first 8 bytes of this counter's hash there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p: Option<(i64, String)>,
    /// Why it began, until the district has acknowledged it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub y: String,
    /// The chain before, until then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub b: Option<Before>,
    /// The district's own word, when it told less than that: hash, time and signature.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub g: Option<(String, i64, String)>,
}

/// What the district holds of a chain, in its signed word.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditWord {
    /// Chain, 16 hex digits.
    pub i: String,
    /// Last record it knows.
    pub n: i64,
    /// Hash there, in hex.
    pub h: String,
    /// District time in ms.
    pub t: i64,
    /// Signature over [`word_bytes`], in hex: the counter keeps it and can show it to anybody.
    pub g: String,
}

/// What the district signs: that it knows this record of this chain as the last one.
#[must_use]
pub fn word_bytes(device: &str, chain: &str, n: i64, hash: &str, time: i64) -> Vec<u8> {
    format!("jukung-audit-word-1\n{device}\n{chain}\n{n}\n{hash}\n{time}").into_bytes()
}

/// The end of a chain that the district holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    /// Last record.
    pub n: i64,
    /// Hash there.
    pub hash: Hash,
}

/// Whether the district's own word lies with what a counter tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// It is there and genuine.
    Holds,
    /// It is not there, or not genuine.
    Lacks,
}

/// What follows from an end that a counter told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Follows {
    /// It goes on from what is held: keep it.
    Keep,
    /// It goes on from more than is held, and the district's word proves it: this database was restored. Keep it.
    KeepAfterRestore,
    /// Nothing is to be kept: it is held already, or the counter has to look at what is held first.
    Tell,
    /// The chain is shorter than it was.
    Shorter,
    /// Records that are held as acknowledged were changed.
    Differs,
}

/// Compares an end with what is held of the same chain. Lost answers make a counter tell an old `p`: then it is told what
/// is held, and compares itself.
#[must_use]
pub fn compare(held: Option<Held>, told: &AuditHead, told_hash: &Hash, proof: Proof) -> Follows {
    let (acked, at) = told.p.as_ref().map_or((0, ""), |(n, h)| (*n, h.as_str()));
    let Some(held) = held else {
        return if acked > 0 && proof == Proof::Holds { Follows::KeepAfterRestore } else { Follows::Keep };
    };
    if told.n < held.n {
        return Follows::Shorter;
    }
    if told.n == held.n {
        return if *told_hash == held.hash { Follows::Tell } else { Follows::Differs };
    }
    match acked.cmp(&held.n) {
        std::cmp::Ordering::Less => Follows::Tell,
        std::cmp::Ordering::Equal if at == short(&held.hash) => Follows::Keep,
        std::cmp::Ordering::Equal => Follows::Differs,
        std::cmp::Ordering::Greater if proof == Proof::Holds => Follows::KeepAfterRestore,
        std::cmp::Ordering::Greater => Follows::Tell,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(n: i64, p: Option<(i64, u8)>) -> AuditHead {
        let p = p.map(|(n, byte)| (n, short(&[byte; 32])));
        AuditHead { i: "0".repeat(16), n, h: String::new(), p, y: String::new(), b: None, g: None }
    }

    #[test]
    fn an_end_goes_on_only_from_what_is_held() {
        let held = Some(Held { n: 5, hash: [5; 32] });
        let ask = |held, n, p, proof| compare(held, &told(n, p), &[9; 32], proof);
        assert_eq!(ask(None, 3, None, Proof::Lacks), Follows::Keep);
        assert_eq!(ask(held, 8, Some((5, 5)), Proof::Lacks), Follows::Keep);
        assert_eq!(ask(held, 8, Some((5, 6)), Proof::Lacks), Follows::Differs, "rewritten and chained anew");
        assert_eq!(ask(held, 4, Some((4, 4)), Proof::Lacks), Follows::Shorter, "cut off, or an older copy");
        assert_eq!(ask(held, 5, Some((4, 4)), Proof::Lacks), Follows::Differs);
        assert_eq!(compare(held, &told(5, Some((4, 4))), &[5; 32], Proof::Lacks), Follows::Tell, "told twice");
        assert_eq!(ask(held, 8, Some((3, 3)), Proof::Lacks), Follows::Tell, "the last answer was lost");
        assert_eq!(ask(held, 8, Some((7, 7)), Proof::Lacks), Follows::Tell, "restored, and nothing proves it");
        assert_eq!(ask(held, 8, Some((7, 7)), Proof::Holds), Follows::KeepAfterRestore);
        assert_eq!(ask(None, 8, Some((7, 7)), Proof::Holds), Follows::KeepAfterRestore);
    }

    #[test]
    fn a_record_holds_at_its_place_of_its_chain_only() {
        let device = uuid::Uuid::from_u128(7);
        let one = next(&start(device, 1), "{}");
        assert_ne!(one, next(&start(device, 2), "{}"), "another chain");
        assert_ne!(one, next(&start(uuid::Uuid::from_u128(8), 1), "{}"), "another computer");
        assert_ne!(one, next(&start(device, 1), "{ }"), "other bytes");
        assert_ne!(one, next(&one, "{}"), "another place");
    }
}
