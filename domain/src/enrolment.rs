//! How a computer becomes a counter: the invitation, the request, the answer, and the bytes that their proofs cover
//! (security.md 3.1, protocol 2.15). By network and by two files they are the same bytes.

use crate::passphrase::word;
use crate::wire::Office;
use serde::{Deserialize, Serialize};

/// Version of what is said here.
pub const VERSION: u32 = 2;
/// What an invitation says it is: whatever else is pasted or photographed is not taken for one.
pub const INVITATION: &str = "jukung-pasang-2";
/// Symbols of the code's public part, after which its secret part begins.
pub const SLOT_LEN: usize = 6;
/// Longest request or answer read, in bytes: the real ones have one to four thousand, with a district's settings.
pub const SAID_BYTES_MAX: usize = 64 * 1024;
/// Words that are read out by telephone: 6 of 2,048 are 66 bits, and each try costs a key derivation.
pub const WORDS: usize = 6;

/// What the district prints, shows as a QR or gives as a file. It holds the code, so it goes from hand to hand only.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Invitation {
    /// [`INVITATION`].
    pub jukung: String,
    /// Address of the district's server; empty when the person types it.
    #[serde(default)]
    pub server: String,
    /// Kemendagri code of the office.
    pub office: String,
    /// One-time code.
    pub code: String,
    /// District's Ed25519 public key, hex: trust comes from this paper, not from the network.
    pub district_key: String,
    /// SHA-256 of the public keys (SPKI, base64) that the server's certificate may have: this one and the next one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pins: Vec<String>,
    /// Until when the code may be used, ms since 1970 UTC.
    pub until: i64,
}

impl Invitation {
    /// One line of text: content of the QR and of the file.
    ///
    /// # Errors
    /// When it cannot be written, which no content is known to cause.
    pub fn text(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }

    /// Reads a pasted text, a file or what a QR held; nothing when it is no invitation.
    #[must_use]
    pub fn read(text: &str) -> Option<Invitation> {
        let read: Invitation = serde_json::from_str(text.trim().trim_start_matches('\u{feff}')).ok()?;
        (read.jukung == INVITATION).then_some(read)
    }
}

/// A text with its proofs, over its bytes as sent: a reader of another version need not write it again to check them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Vouched {
    /// JSON text: an [`EnrolCall`] or an [`EnrolAnswer`].
    pub said: String,
    /// HMAC-SHA256 by the code's secret over [`covered`], hex. The code itself never travels.
    pub proof: String,
    /// District's Ed25519 signature over [`covered`], hex; empty in a request.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub sig: String,
}

impl Vouched {
    /// Reads a request or an answer that came as a file; nothing when it is neither.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Option<Vouched> {
        if bytes.len() > SAID_BYTES_MAX * 2 { None } else { serde_json::from_slice(bytes).ok() }
    }
}

/// What a computer asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnrolCall {
    /// [`VERSION`].
    pub v: u32,
    /// Public part of the one-time code.
    pub slot: String,
    /// Ed25519 public key of the device, hex. The key that answers are sealed to comes from the same seed and travels in
    /// each signed bundle.
    pub public_key: String,
    /// Name of the computer.
    pub name: String,
}

/// What the district answers; to the same request always about the same device.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EnrolAnswer {
    /// [`VERSION`].
    pub v: u32,
    /// SHA-256 of the request's text, hex: the answer to another request is none.
    pub call: String,
    /// `pending` until somebody compared the words, then `active`.
    pub state: String,
    /// Id given to the device.
    pub device: uuid::Uuid,
    /// Symbols that start its registration numbers.
    pub code: String,
    /// The office.
    pub office: Office,
    /// District's Ed25519 public key, hex.
    pub district_key: String,
    /// The district's word for this device's key, hex (crypto `receipt_token`); empty while it is pending.
    #[serde(default)]
    pub certificate: String,
    /// Settings of the district as JSON text.
    pub settings: String,
    /// Where the office's feed begins: number 0 and its short hash.
    pub feed: (i64, String),
    /// District time in ms.
    pub time: i64,
}

/// Bytes that the proofs of a request (`call`) or an answer (`answer`) cover.
#[must_use]
pub fn covered(which: &str, said: &str) -> Vec<u8> {
    format!("jukung-enrol-2\n{which}\n{said}").into_bytes()
}

/// A code without dashes and spaces, split into its public and its secret part; nothing when it is too short for one.
#[must_use]
pub fn split_code(code: &str) -> Option<(String, String)> {
    let bare: String = code.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect();
    let (slot, secret) = bare.split_at_checked(SLOT_LEN)?;
    (secret.len() > SLOT_LEN).then(|| (slot.to_owned(), secret.to_owned()))
}

/// The words that stand for what both sides computed from the request and the district's key.
#[must_use]
pub fn words(heard: [u16; WORDS]) -> [&'static str; WORDS] {
    heard.map(word)
}

/// The first place, from 1 on, at which typed words are not these; nothing when all six are.
#[must_use]
pub fn differs(words: &[&str; WORDS], typed: &str) -> Option<usize> {
    let typed: Vec<String> =
        typed.split(|c: char| !c.is_alphabetic()).filter(|w| !w.is_empty()).map(str::to_lowercase).collect();
    let at = (0..WORDS).find(|at| typed.get(*at).map(String::as_str) != Some(words[*at]));
    at.or((typed.len() > WORDS).then_some(WORDS)).map(|at| at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typed_words_are_compared_whatever_stands_between_them() {
        let six = words([0, 1, 2, 3, 4, 2047]);
        assert_eq!(differs(&six, &six.join(" ")), None);
        assert_eq!(differs(&six, &six.join(", ").to_uppercase()), None);
        assert_eq!(differs(&six, &six[..5].join(" ")), Some(6));
        assert_eq!(differs(&six, &format!("{} lagi", six.join(" "))), Some(7));
        assert_eq!(differs(&six, ""), Some(1));
    }

    #[test]
    fn only_an_invitation_is_read_as_one() {
        let mine = Invitation { jukung: INVITATION.into(), code: "AAAA".into(), until: 7, ..Invitation::default() };
        let text = mine.text().expect("text");
        assert_eq!(Invitation::read(&format!("\u{feff}{text}\n")), Some(mine));
        assert_eq!(Invitation::read(&text.replace("pasang", "lain")), None);
        assert_eq!(Invitation::read("AAAA-BBBB-CCCC"), None);
    }

    #[test]
    fn a_code_is_split_however_it_was_typed_and_a_short_one_is_none() {
        let parts = Some(("ABCDEF".to_owned(), "GHJKLMN".to_owned()));
        assert_eq!(split_code("abcd-efgh jklm-n"), parts);
        assert_eq!(split_code("ABCD-EFGH-JKLM"), None);
        assert_eq!(split_code("ÄÖÜ"), None);
    }
}
