//! What one application says: the answers, the papers, the reasons and the resident's consent.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Answers by path, each as text in its normalised form (dates `YYYY-MM-DD`, `YYYY-MM` or `YYYY`).
pub type Fields = BTreeMap<String, String>;

/// One application as it is checked, sent and printed.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Application {
    /// Service code, e.g. `BIRTH_CERT`.
    pub service: String,
    /// Variant of the service, where it has some.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
    /// Calendar day it was handed in at the counter, `YYYY-MM-DD` in the office's zone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reported: Option<String>,
    /// Latest day on which the Dinas promised to be done, `YYYY-MM-DD`: as its settings stood when it was handed in, and as
    /// the paper in the family's hand says it. None when nothing was promised.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub promised: Option<String>,
    /// The answers.
    #[serde(default)]
    pub fields: Fields,
    /// Reasons given for "check again" findings, by field.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub reasons: Fields,
    /// The papers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
    /// Requirements that could not be met and why, by requirement id.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub missing: Fields,
    /// How it was read back to the resident.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_back: Option<ReadBack>,
    /// What the resident agreed to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent: Option<Consent>,
}

/// A scan of one paper.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attachment {
    /// Requirement it answers.
    pub requirement: String,
    /// Substitute used instead of the paper itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub substitute: Option<String>,
    /// SHA-256 of the final bytes, 64 hex digits.
    pub sha256: String,
    /// Size in bytes.
    pub bytes: u32,
    /// Media type: `image/jpeg` or `application/pdf`.
    pub media: String,
    /// Answer to the requirement's one-key question, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<bool>,
    /// The four digits seen on the photo matched (none: not asked).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub legible: Option<bool>,
    /// Where the original is, unless it went back to the resident at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original: Option<Original>,
}

/// Where the original of a paper is, when it did not go straight back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Original {
    /// The office keeps it for now.
    Kept,
    /// It was not brought: the scan is of an earlier application.
    OnFile,
    /// The application came as a file: nobody here held it.
    Unseen,
}

/// How the summary was read back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReadBack {
    /// `screen` or `spoken`; `file` when the application came as one and this counter does not know.
    pub mode: String,
    /// Paths the resident corrected.
    #[serde(default)]
    pub corrected: Vec<String>,
}

/// What the resident agreed to, and how that is shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Consent {
    /// Version of the text that was read out, e.g. `2026-11`.
    pub text_version: String,
    /// Agreed to the use of the data for this service.
    pub agreed: bool,
    /// Agreed to news by WhatsApp to the contact.
    pub news: bool,
    /// Who agreed: `self`, `guardian` or `proxy`.
    pub given_by: String,
    /// The resident's mark: `paper`, `strokes`, `thumbprint` or `oral`.
    pub mark: String,
    /// SHA-256 of the scan or of the strokes, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<String>,
    /// Names of the witnesses (two for a thumbprint, one for oral).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub witnesses: Vec<String>,
}
