//! Applications handed in as files: JSON, JSON lines or a table, with a report line by line of what was refused and why.

use crate::normal;
use crate::view::Submitted;
use crate::{Office, scan};
use jukung_domain::application::{Application, Attachment, Original};
use jukung_domain::catalogue::Catalogue;
use jukung_domain::problem::Problem;
use serde::Deserialize;
use std::fs;
use std::path::Path;

/// Most applications in one file: a school's year of pupils.
const LINES_MAX: usize = 5_000;
/// Largest file with applications, in bytes.
const FILE_BYTES_MAX: u64 = 32 * 1024 * 1024;

/// A paper of a file: the scan's own file beside it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Paper {
    requirement: String,
    #[serde(default)]
    substitute: Option<String>,
    file: String,
}

/// What became of one line.
#[derive(Debug)]
pub struct Line {
    /// Line in the file, from 1.
    pub line: usize,
    /// Handed in, or refused.
    pub result: Result<Submitted, Problem>,
}

/// One line of a file: its number, and what it says or why it cannot be read.
pub type Read = (usize, Result<serde_json::Value, Problem>);

/// Reads the applications of a file, each with its line number.
///
/// # Errors
/// `file_unreadable`, `file_too_large`; those of [`lines`].
pub fn read(path: &Path) -> Result<Vec<Read>, Problem> {
    let size = fs::metadata(path)
        .map_err(|e| Problem::new("file_unreadable").with("file", path.display()).with("why", e))?
        .len();
    if size > FILE_BYTES_MAX {
        return Err(Problem::new("file_too_large").with("mb_max", FILE_BYTES_MAX / 1024 / 1024));
    }
    let bytes =
        fs::read(path).map_err(|e| Problem::new("file_unreadable").with("file", path.display()).with("why", e))?;
    lines(&bytes, path.extension().and_then(|e| e.to_str()))
}

/// The applications in the bytes of a file whose name ends in `.csv`, `.jsonl`, `.ndjson` or otherwise (one, in JSON).
///
/// # Errors
/// `too_many_lines`; a line that cannot be read is refused by itself.
pub fn lines(bytes: &[u8], ending: Option<&str>) -> Result<Vec<Read>, Problem> {
    let text = text_of(bytes);
    let bad = |e: &dyn std::fmt::Display| Problem::new("bad_request").with("why", e);
    let lines = match ending {
        Some("csv") => table(&text),
        Some("jsonl" | "ndjson") => {
            let numbered = (1..).zip(text.lines()).filter(|(_, l)| !l.trim().is_empty());
            numbered.map(|(n, l)| (n, serde_json::from_str(l).map_err(|e| bad(&e)))).collect()
        }
        Some(_) | None => vec![(1, serde_json::from_str(&text).map_err(|e| bad(&e)))],
    };
    if lines.len() > LINES_MAX {
        return Err(Problem::new("too_many_lines").with("max", LINES_MAX));
    }
    Ok(lines)
}

/// What a spreadsheet saved: UTF-8 with or without its mark, UTF-16 with its mark, else Windows-1252's Latin letters.
pub(crate) fn text_of(bytes: &[u8]) -> String {
    let wide = |read: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = bytes[2..].chunks_exact(2).map(|pair| read([pair[0], pair[1]])).collect();
        String::from_utf16_lossy(&units)
    };
    match bytes {
        [0xff, 0xfe, ..] => wide(u16::from_le_bytes),
        [0xfe, 0xff, ..] => wide(u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        _ => std::str::from_utf8(bytes).map_or_else(|_| bytes.iter().map(|b| windows(*b)).collect(), str::to_owned),
    }
}

/// One byte of Windows-1252; of its extra signs only the quotes and dashes that stand in names and addresses.
fn windows(byte: u8) -> char {
    match byte {
        0x91 => '‘',
        0x92 => '’',
        0x93 => '“',
        0x94 => '”',
        0x96 => '–',
        0x97 => '—',
        other => char::from(other),
    }
}

/// The sign between columns: the one that stands most often in the first line (Indonesian Excel writes semicolons).
pub(crate) fn delimiter(text: &str) -> u8 {
    let head = text.lines().next().unwrap_or_default();
    [b',', b';', b'\t']
        .into_iter()
        .max_by_key(|d| (head.bytes().filter(|b| b == d).count(), *d == b','))
        .unwrap_or(b',')
}

/// Text that a spreadsheet guards as `="0012"` or `'0012` so that it stays text; any other formula is refused.
pub(crate) fn cell(text: &str) -> Result<&str, Problem> {
    let text = text.trim();
    let inner = text.strip_prefix("=\"").and_then(|t| t.strip_suffix('"')).or_else(|| text.strip_prefix('\''));
    match inner {
        Some(inner) => Ok(inner),
        None if text.starts_with(['=', '@']) => Err(Problem::new("cell_formula").with("cell", text)),
        None if scientific(text) => Err(Problem::new("cell_rounded").with("cell", text)),
        None => Ok(text),
    }
}

/// `6,30504E+15`: a NIK that Excel has rounded; its last digits are gone for good.
fn scientific(text: &str) -> bool {
    text.split_once(['E', 'e']).is_some_and(|(number, power)| {
        number.starts_with(|c: char| c.is_ascii_digit())
            && number.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b','))
            && power.strip_prefix('+').is_some_and(|p| !p.is_empty() && p.bytes().all(|b| b.is_ascii_digit()))
    })
}

/// A table: `service`, `variant`, `reported`, `consent.…`, `missing.…`, `reason.…`, then one column per answer path. Nothing in it can name a file.
fn table(text: &str) -> Vec<Read> {
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter(text)).flexible(false).from_reader(text.as_bytes());
    let heads = reader.headers().cloned().unwrap_or_default();
    reader
        .records()
        // The row as the spreadsheet numbers it, below its heading; a cell of several lines does not shift it.
        .zip(2..)
        .map(|(record, line)| {
            let value = record.map_err(|e| unread(&e));
            (line, value.and_then(|record| one_row(&heads, &record)))
        })
        .collect()
}

/// Columns of the consent: `consent.agreed` and so on.
const CONSENT: &str = "consent.";
/// Columns that say why a paper is not there: `missing.kk`.
const MISSING: &str = "missing.";
/// Columns with the reason for a value to be checked again: `reason.applicant.nik`.
const REASON: &str = "reason.";

/// A cell of the consent: `yes` and `no` are ticks, the names of witnesses are kept apart by a stroke.
fn agreed(part: &str, text: &str) -> serde_json::Value {
    match text.to_ascii_lowercase().as_str() {
        "yes" | "ya" => true.into(),
        "no" | "tidak" => false.into(),
        _ if part == "witnesses" => text.split('|').map(str::trim).collect::<Vec<_>>().into(),
        _ => text.into(),
    }
}

/// Why a row cannot be read, in words a clerk can act on; the reader's own are English and count from elsewhere.
fn unread(e: &csv::Error) -> Problem {
    if let csv::ErrorKind::UnequalLengths { expected_len, len, .. } = e.kind() {
        return Problem::new("row_columns").with("have", len).with("want", expected_len);
    }
    Problem::new("bad_request").with("why", e)
}

fn one_row(heads: &csv::StringRecord, record: &csv::StringRecord) -> Result<serde_json::Value, Problem> {
    let mut whole = serde_json::Map::new();
    let mut fields = serde_json::Map::new();
    let mut consent = serde_json::Map::new();
    let mut missing = serde_json::Map::new();
    let mut reasons = serde_json::Map::new();
    for (head, text) in heads.iter().map(str::trim).zip(record.iter()) {
        let text = cell(text)?;
        if text.is_empty() {
            continue;
        }
        if matches!(head, "service" | "variant" | "reported") {
            whole.insert(head.to_owned(), text.into());
        } else if let Some(part) = head.strip_prefix(CONSENT) {
            consent.insert(part.to_owned(), agreed(part, text));
        } else if let Some(part) = head.strip_prefix(MISSING) {
            missing.insert(part.to_owned(), text.into());
        } else if let Some(part) = head.strip_prefix(REASON) {
            reasons.insert(part.to_owned(), text.into());
        } else {
            fields.insert(head.to_owned(), text.into());
        }
    }
    whole.insert("fields".into(), fields.into());
    whole.insert("missing".into(), missing.into());
    whole.insert("reasons".into(), reasons.into());
    if !consent.is_empty() {
        whole.insert("consent".into(), consent.into());
    }
    Ok(serde_json::Value::Object(whole))
}

/// Makes a whole application of what a file says, its answers in their stored form, without its papers.
///
/// # Errors
/// `bad_request` when it is not of that shape.
pub fn application(value: serde_json::Value) -> Result<(Application, Vec<serde_json::Value>), Problem> {
    let mut value = value;
    let papers = match value.get_mut("attachments").map(serde_json::Value::take) {
        Some(serde_json::Value::Array(papers)) => papers,
        Some(_) | None => Vec::new(),
    };
    if let Some(map) = value.as_object_mut() {
        map.remove("attachments");
    }
    let mut application: Application =
        serde_json::from_value(value).map_err(|e| Problem::new("bad_request").with("why", e))?;
    if let Some(service) = Catalogue::embedded().service(&application.service) {
        application.variant = application.variant.or_else(|| service.variants.first().map(|v| v.code.clone()));
        let raw = std::mem::take(&mut application.fields);
        application.fields = raw.into_iter().map(|(p, v)| (p.clone(), normal::answer(service, &p, &v))).collect();
    }
    Ok((application, papers))
}

impl Office {
    /// Hands in every application of a file; one bad line never stops the others.
    ///
    /// # Errors
    /// Only when the file itself cannot be read.
    pub fn submit_file(&self, path: &Path) -> Result<Vec<Line>, Problem> {
        let folder = path.parent().unwrap_or(Path::new("."));
        let lines = read(path)?;
        Ok(lines
            .into_iter()
            .map(|(line, value)| Line { line, result: value.and_then(|v| self.submit_value(v, folder)) })
            .collect())
    }

    fn submit_value(&self, value: serde_json::Value, folder: &Path) -> Result<Submitted, Problem> {
        let (mut application, papers) = application(value)?;
        let service = self.service(&application.service)?;
        self.offers(service)?;
        application.reported.get_or_insert_with(|| self.today().to_string());
        crate::drafts::put_defaults(service, &self.identity.office, &mut application, &mut Vec::new());
        let consent = application.consent.clone().ok_or_else(|| Problem::new("consent_needed"))?;
        let draft = self.new_draft(&application.service, application.variant.as_deref(), None)?.id;
        let result = self.fill(&draft, &application, &papers, folder).and_then(|()| self.hand_in(&draft, &consent));
        if result.is_err() {
            // What was refused leaves no half draft behind: its file is still there to be mended.
            self.discard_draft(&draft)?;
        }
        result
    }

    fn fill(
        &self,
        draft: &str,
        application: &Application,
        papers: &[serde_json::Value],
        folder: &Path,
    ) -> Result<(), Problem> {
        for paper in papers {
            if let Ok(known) = serde_json::from_value::<Attachment>(paper.clone()) {
                return Err(
                    Problem::new("bad_request").with("why", format!("attachment {} needs a file", known.requirement))
                );
            }
            let paper: Paper =
                serde_json::from_value(paper.clone()).map_err(|e| Problem::new("bad_request").with("why", e))?;
            let bytes = fs::read(folder.join(&paper.file))
                .map_err(|e| Problem::new("file_unreadable").with("file", &paper.file).with("why", e))?;
            if bytes.len() > scan::intake::BYTES_MAX {
                return Err(Problem::new("scan_too_large"));
            }
            let scan = self.attach(draft, &paper.requirement, paper.substitute.as_deref(), &bytes)?;
            // Nobody at this counter held the original.
            self.say_original(&scan.id, Some(Original::Unseen))?;
        }
        self.change_draft(draft, |d| {
            d.fields.clone_from(&application.fields);
            d.reasons.clone_from(&application.reasons);
            d.missing.clone_from(&application.missing);
            d.reported.clone_from(&application.reported);
            d.read_back = application
                .read_back
                .clone()
                .or(Some(jukung_domain::application::ReadBack { mode: "file".into(), corrected: Vec::new() }));
        })
    }
}
