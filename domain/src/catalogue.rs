//! The services as data: what `domain/catalogue/*.toml` may say, read once and drawn by every screen.
//!
//! A service is one file. Fields that several services share live in `blocks.toml` and are pulled in with
//! `use = [{ block = "person", at = "witness1" }]`; code lists live in `lists.toml`. Loading expands the blocks, so
//! what leaves this module has only plain fields with full paths.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Everything the screens need to draw every service.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Catalogue {
    /// Services in menu order.
    pub services: Vec<Service>,
    /// Code lists by name; each entry keeps the official number and the label shown.
    pub lists: BTreeMap<String, Vec<ListEntry>>,
    /// Services of the Dinas that this counter does not take, each with where to go instead.
    pub elsewhere: Vec<Elsewhere>,
}

/// A service that residents ask for and that is not applied for here.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Elsewhere {
    /// Stable code of domain.md 1.4, e.g. `MARRIAGE_CERT`.
    pub code: String,
    /// Name as the resident knows it.
    pub name: String,
    /// Other words it is asked for with, lower case.
    #[serde(default)]
    pub words: Vec<String>,
    /// Where to go and what to do, one or two sentences for the officer to read out.
    pub sentence: String,
}

/// One entry of a code list.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListEntry {
    /// Stable key that is stored (never the printed number: forms disagree on numbers).
    pub key: String,
    /// Label shown and printed.
    pub label: String,
    /// Number printed in the box of the form, where the form has one.
    #[serde(default)]
    pub number: Option<u16>,
}

/// One service a resident can apply for.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Service {
    /// Stable code, e.g. `BIRTH_CERT`.
    pub code: String,
    /// Name in the menu and on the receipt.
    pub name: String,
    /// Menu group: `birth`, `death`, `kk`, `ktp`, `kia`, `move`, `data`, `other`.
    pub group: String,
    /// Place in the menu, lowest first.
    pub order: u16,
    /// One sentence for the officer.
    pub summary: String,
    /// The document or result the resident gets.
    pub output: String,
    /// Path prefix of the person the document is about, e.g. `child`; `<subject>.name` is shown in lists.
    pub subject: String,
    /// Promised days when the district has set none; working days from a complete file.
    pub promised_days: u16,
    /// Forms by edition; the district chooses the edition.
    pub forms: Vec<Form>,
    /// Law and where it was read.
    #[serde(default)]
    pub legal: Vec<String>,
    /// Variants the officer picks first (empty: the service has one way only).
    #[serde(default)]
    pub variants: Vec<Variant>,
    /// Sections in the order of the conversation.
    pub sections: Vec<Section>,
    /// Papers to be shown.
    #[serde(default)]
    pub requirements: Vec<Requirement>,
    /// Checks across fields.
    #[serde(default)]
    pub rules: Vec<Rule>,
    /// Sentences shown while the form is filled, some only under a condition.
    #[serde(default)]
    pub notices: Vec<Notice>,
    /// Services to offer together with this one (e.g. 3 in 1 after a death), by code.
    #[serde(default)]
    pub together_with: Vec<String>,
}

/// A form code in one edition. Codes are data because they changed in 2026.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Form {
    /// Code as printed, e.g. `F-2.01`.
    pub code: String,
    /// Official name.
    pub name: String,
    /// Edition: `2019` (Permendagri 109/2019) or `2026` (reported Permendagri 6/2026).
    pub edition: String,
    /// First day it may be used, `YYYY-MM-DD`.
    pub valid_from: String,
    /// Last day it may be used; none while it still runs.
    #[serde(default)]
    pub valid_until: Option<String>,
}

impl Service {
    /// The forms to fill on `day` in the edition the district chose; where that edition has none in force, any in force.
    #[must_use]
    pub fn forms_on(&self, edition: &str, day: jiff::civil::Date) -> Vec<&Form> {
        let day = day.to_string();
        let runs = |f: &&Form| f.valid_from <= day && f.valid_until.as_ref().is_none_or(|until| *until >= day);
        let chosen: Vec<&Form> = self.forms.iter().filter(runs).filter(|f| f.edition == edition).collect();
        if chosen.is_empty() { self.forms.iter().filter(runs).collect() } else { chosen }
    }
}

/// A way of applying that shows other fields.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variant {
    /// Stable code, e.g. `child`.
    pub code: String,
    /// Name shown.
    pub name: String,
    /// When to choose it.
    #[serde(default)]
    pub hint: Option<String>,
}

/// One screen of the form: 4–8 fields that fit 1366×768.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Section {
    /// Stable id, e.g. `child`.
    pub id: String,
    /// Title in the strip; at most three words.
    pub title: String,
    /// Blocks pulled in before `fields` (only in the file; empty after loading).
    #[serde(default, rename = "use", skip_serializing_if = "Vec::is_empty")]
    pub uses: Vec<BlockUse>,
    /// Fields in typing order. After loading: blocks first, then these.
    #[serde(default)]
    pub fields: Vec<Field>,
    /// Repeated rows, e.g. the members of a family: field paths then hold `*` for the row number.
    #[serde(default)]
    pub repeat: Option<Repeat>,
    /// Shown only when this holds.
    #[serde(default)]
    pub when: Option<Condition>,
}

/// A shared block placed at a path prefix.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BlockUse {
    /// Name in `blocks.toml`.
    pub block: String,
    /// Path prefix, e.g. `witness1`; `{at}` in labels and conditions is replaced by it.
    pub at: String,
    /// Put before each label, e.g. "Saksi I:"; empty when the section title says it.
    #[serde(default)]
    pub label: Option<String>,
    /// Fields of the block left out here, by their path inside the block.
    #[serde(default)]
    pub without: Vec<String>,
    /// Needs that differ from the block's own, by path inside the block.
    #[serde(default)]
    pub need: BTreeMap<String, Need>,
}

/// Rows that repeat.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Repeat {
    /// Path of the list, e.g. `members`.
    pub path: String,
    /// Heading of a row; `{n}` is its number, `{name}` the answer at `<path>.<row>.name`.
    pub title: String,
    /// Fewest rows.
    pub min: u16,
    /// Most rows (the form's own limit is in domain.md; longer families continue on a second sheet).
    pub max: u16,
    /// More questions about the rows of an earlier section: as many rows as there, and none can be added here.
    #[serde(default)]
    pub follows: bool,
}

/// One question.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// Where the answer is kept, e.g. `child.birthDate`.
    pub path: String,
    /// Label, sentence case.
    pub label: String,
    /// What is asked of the value.
    pub kind: FieldKind,
    /// Hint under the label.
    #[serde(default)]
    pub hint: Option<String>,
    /// Code list for `choice`.
    #[serde(default)]
    pub list: Option<String>,
    /// Whether an answer is needed to send.
    #[serde(default)]
    pub need: Need,
    /// Shown only when this holds.
    #[serde(default)]
    pub when: Option<Condition>,
    /// Answer put in beforehand and marked "bawaan". `{office.village}`, `{office.district}`, `{office.regency}`,
    /// `{office.regency_name}`, `{office.postcode}` are filled from the office.
    #[serde(default)]
    pub default: Option<String>,
    /// Longest answer in characters (text kinds).
    #[serde(default)]
    pub max_chars: Option<u16>,
    /// Smallest and largest number that need no second look (`integer`); outside is "check again".
    #[serde(default)]
    pub usual: Option<(i32, i32)>,
    /// Smallest and largest number possible (`integer`); outside is an error.
    #[serde(default)]
    pub bounds: Option<(i32, i32)>,
    /// Unit shown behind the box, e.g. `gram`.
    #[serde(default)]
    pub unit: Option<String>,
    /// Place on the resident's read-back screen, lowest first; none: not read back.
    #[serde(default)]
    pub read_back: Option<u16>,
    /// Health, disability and the like: hidden by default, never spoken.
    #[serde(default)]
    pub sensitive: bool,
    /// Dates: which side of today the answer may lie. Past is the rule.
    #[serde(default)]
    pub may_be_future: bool,
    /// Phones: news goes there by WhatsApp, which no fixed line takes.
    #[serde(default)]
    pub whatsapp: bool,
    /// Seldom needed: behind "more questions" until it is opened, filled or returned, so it costs nobody else a key.
    #[serde(default)]
    pub folded: bool,
}

/// What kind of answer a field takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldKind {
    /// Name of a person already registered: as on the document.
    Name,
    /// Name given for the first time (Permendagri 73/2022).
    NewName,
    /// One line.
    Text,
    /// Several lines.
    LongText,
    /// Nomor Induk Kependudukan.
    Nik,
    /// Nomor Kartu Keluarga.
    Kk,
    /// Calendar date, possibly without day or month.
    Date,
    /// Time of day.
    Time,
    /// Phone number.
    Phone,
    /// E-mail address.
    Email,
    /// One key of a code list.
    Choice,
    /// Whole number.
    Integer,
    /// Village by Kemendagri code.
    Village,
    /// Regency by Kemendagri code.
    Regency,
    /// RT, three digits.
    Rt,
    /// RW, three digits.
    Rw,
    /// Postcode, five digits.
    Postcode,
    /// `yes` or empty.
    Tick,
}

/// Whether an answer is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Need {
    /// Sending is blocked without it.
    Must,
    /// May stay empty.
    #[default]
    May,
}

/// When something is shown or asked. Every part that is given must hold.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// One of these variants.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub variant: Vec<String>,
    /// The field looked at by the parts below.
    #[serde(default)]
    pub field: Option<String>,
    /// Its answer is one of these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub is: Vec<String>,
    /// Its answer is none of these (and is not empty).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub is_not: Vec<String>,
    /// It is filled (`true`) or empty (`false`).
    #[serde(default)]
    pub filled: Option<bool>,
    /// As a birth date: at least this many full years before today.
    #[serde(default)]
    pub years_min: Option<u16>,
    /// As a birth date: fewer than this many full years before today.
    #[serde(default)]
    pub years_below: Option<u16>,
}

/// A paper to be shown.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Requirement {
    /// Stable id, e.g. `birth_letter`.
    pub id: String,
    /// Name as the resident knows it.
    pub name: String,
    /// Who asks for it: the nation, or this district on top.
    #[serde(default)]
    pub asked_by: AskedBy,
    /// Whether it is needed to send.
    #[serde(default)]
    pub need: Need,
    /// Needed only when this holds.
    #[serde(default)]
    pub when: Option<Condition>,
    /// Lawful substitutes, best first.
    #[serde(default)]
    pub substitutes: Vec<Substitute>,
    /// A one-key question about the paper, e.g. "Nama anak tertulis di surat ini".
    #[serde(default)]
    pub ask: Option<String>,
    /// The main identity paper: staff type the last four digits of the NIK seen on the photo, compared with this path.
    #[serde(default)]
    pub legible_by: Option<String>,
    /// Hint, e.g. who issues it.
    #[serde(default)]
    pub hint: Option<String>,
    /// Where the rule was read, e.g. `SE 470/13287`.
    #[serde(default)]
    pub source: Option<String>,
}

/// A paper that lawfully stands in for another.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Substitute {
    /// Stable id, e.g. `sptjm_birth`.
    pub id: String,
    /// Name, e.g. "SPTJM Kebenaran Data Kelahiran (F-2.03)".
    pub name: String,
    /// When to offer it.
    #[serde(default)]
    pub hint: Option<String>,
    /// Witnesses it needs.
    #[serde(default)]
    pub witnesses: u8,
    /// Form code it is written on.
    #[serde(default)]
    pub form: Option<String>,
}

/// Who asks for a paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AskedBy {
    /// National rule.
    #[default]
    Nation,
    /// Extra of this district; may be switched off there.
    District,
}

/// A check across fields. `code` names the sentence in `ui/texts/id/finding.json`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Code of the finding.
    pub code: String,
    /// What is checked.
    pub kind: RuleKind,
    /// Strength of the finding.
    pub strength: crate::finding::Strength,
    /// The fields looked at; the first one carries the finding. `*` stands for every row.
    pub fields: Vec<String>,
    /// A number the check needs (days, years). Days can be set by the district, by the rule's code.
    #[serde(default)]
    pub limit: Option<i32>,
    /// Answers the check needs.
    #[serde(default)]
    pub values: Vec<String>,
    /// Checked only when this holds.
    #[serde(default)]
    pub when: Option<Condition>,
}

/// What a rule checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleKind {
    /// First date is more than `limit` calendar days before the day of reporting.
    LaterThanDays,
    /// First date must not lie before the second.
    NotBefore,
    /// All filled answers must differ from the first one.
    Differs,
    /// The person born on the first date must have `limit` full years today.
    AtLeastYears,
    /// The person with this NIK may be younger than `limit` years, by the later of the two dates it could mean.
    NikAtLeastYears,
    /// The person born on the first date must have fewer than `limit` full years today.
    BelowYears,
    /// At least one of the fields must be filled.
    OneOf,
    /// Every row's birth date (`members.*.birthDate`) is under `limit` years: nobody can be head.
    AllBelowYears,
    /// No row's answer (`members.*.shdk`) is one of `values`.
    NoRowIs,
    /// At least one row's answer (`members.*.shdk`) is one of `values`.
    SomeRowIs,
    /// No two rows' answers (`members.*.nik`) are the same: one person stands in a list once.
    RowsDiffer,
    /// The second field is needed once the first is filled.
    Needs,
}

/// A sentence shown while the form is filled.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Notice {
    /// The sentence.
    pub text: String,
    /// Shown in this section only.
    #[serde(default)]
    pub section: Option<String>,
    /// Shown only when this holds.
    #[serde(default)]
    pub when: Option<Condition>,
}
