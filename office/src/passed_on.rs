//! A stick of any counter, passed on by network (protocol 2.16): sealed segments go to the Dinas as they are, and its sealed
//! answers onto the same stick. Neither this counter nor its network can read any of it, and no passphrase is needed.

use crate::sync::Road;
use crate::unattended::{bodies_seen, post};
use crate::view::Passing;
use jukung_domain::bundle::{self, Scanner, Seen};
use jukung_domain::problem::Problem;
use jukung_domain::texts::say;
use jukung_ledger::stick::{self, Writer};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Most bytes of one call: what a person watches moves at least every 45 s at 50 kbit/s.
const CALL_BYTES_MAX: usize = 256 * 1024;

/// What was passed on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PassedOn {
    /// Files that the Dinas has read.
    pub files: usize,
    /// Bytes sent.
    pub bytes: usize,
    /// Computers whose answer was written onto the stick.
    pub answers: usize,
    /// Files that the Dinas did not take: of computers that nobody has approved yet.
    pub refused: Vec<String>,
    /// Broken or missing segments, by file.
    pub missing: BTreeMap<String, Vec<u32>>,
}

/// What a person reads when a stick was passed on.
#[must_use]
pub fn told(passed: &PassedOn) -> String {
    let n = |n: usize| n.to_string();
    let values = [("files", n(passed.files)), ("kb", n(passed.bytes.div_ceil(1000))), ("answers", n(passed.answers))];
    let values: Vec<(&str, &str)> = values.iter().map(|(k, v)| (*k, v.as_str())).collect();
    let nothing = passed.files == 0 && passed.refused.is_empty() && passed.missing.is_empty();
    let mut lines = vec![say(if nothing { "courier.none_to_pass" } else { "courier.passed" }, &values)];
    lines.extend(passed.refused.iter().map(|file| say("courier.not_passed", &[("file", file)])));
    lines.extend(passed.missing.iter().map(|(file, parts)| bundle::missing(file, parts)));
    lines.join("\n")
}

/// Sends every bundle in `folder`, whoever's it is, and writes what the Dinas answers beside it. The bundles stay: sent or
/// carried once more, they do no harm.
///
/// # Errors
/// `pass_offline`, `pass_half`, `pass_busy`: what was sent counts, and the same again goes on; `stick_unreadable`,
/// `stick_full`, `stick_unwritable`, `stick_bad`.
pub async fn pass_on(folder: &Path, road: &dyn Road) -> Result<PassedOn, Problem> {
    pass_on_told(folder, road, &mut |_| ()).await
}

/// [`pass_on`], telling before each call how far it is.
///
/// # Errors
/// As [`pass_on`].
pub async fn pass_on_told(folder: &Path, road: &dyn Road, tell: &mut dyn FnMut(Passing)) -> Result<PassedOn, Problem> {
    let mut passed = PassedOn::default();
    let mut computers: BTreeMap<(String, String), Vec<PathBuf>> = BTreeMap::new();
    let mut far = Passing { file: 0, files: 0, kb: 0, of_kb: 0 };
    for file in stick::files(folder, false)? {
        far.files += 1;
        far.of_kb += kb(std::fs::metadata(&file).map_or(0, |m| m.len()));
        computers.entry(whose(&name_of(&file))).or_default().push(file);
    }
    for ((office, code), files) in computers {
        let mut newest = Vec::new();
        for file in files {
            far.file += 1;
            let mut far_now = |bytes: usize| tell(Passing { kb: kb(bytes as u64).min(far.of_kb), ..far.clone() });
            let answer = pass_file(&file, road, &mut passed, &mut far_now).await.map_err(|p| stopped(&p))?;
            if !answer.is_empty() {
                newest = answer;
            }
        }
        if newest.is_empty() {
            continue;
        }
        let mut writer = Writer::new(folder, bundle::FILE_BYTES_MAX, |part| bundle::answer_name(&office, &code, part));
        newest.into_iter().try_for_each(|sealed| writer.add(sealed))?;
        writer.finish()?;
        passed.answers += 1;
    }
    Ok(passed)
}

/// Without a network nothing of this goes by itself later, unlike what lies on this computer: that has to be said.
fn stopped(problem: &Problem) -> Problem {
    match problem.code.as_str() {
        "offline" => Problem::new("pass_offline"),
        "half" => Problem::new("pass_half"),
        "server_busy" => Problem::new("pass_busy"),
        _ => problem.clone(),
    }
}

fn kb(bytes: u64) -> u32 {
    u32::try_from(bytes.div_ceil(1000)).unwrap_or(u32::MAX)
}

/// Sends one file, telling before each call how many bytes have gone by then; the sealed segments of the answer.
async fn pass_file(
    file: &Path,
    road: &dyn Road,
    passed: &mut PassedOn,
    tell: &mut dyn FnMut(usize),
) -> Result<Vec<Vec<u8>>, Problem> {
    let (mut seen, mut newest, name) = (Seen::default(), Vec::new(), name_of(file));
    let bodies = bodies_seen(file, CALL_BYTES_MAX, &mut seen)?;
    let lacking = seen.missing();
    if !lacking.is_empty() || !seen.whole_end() {
        passed.missing.insert(name.clone(), lacking);
    }
    if seen.count() == 0 {
        return Ok(newest);
    }
    for body in bodies {
        tell(passed.bytes);
        let bytes = body.len();
        let answer = match post(road, body).await {
            Ok(answer) => answer,
            Err(problem) if problem.code == "bundle_refused" => {
                tracing::warn!("{name} was not taken: {problem}");
                passed.refused.push(name);
                return Ok(newest);
            }
            Err(problem) => return Err(problem),
        };
        passed.bytes += bytes;
        let mut scanner = Scanner::default();
        let mut frames = scanner.push(&answer);
        frames.extend(scanner.finish());
        if !frames.is_empty() {
            newest = frames.into_iter().map(|frame| frame.sealed).collect();
        }
    }
    passed.files += 1;
    Ok(newest)
}

fn name_of(file: &Path) -> String {
    file.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// Office and symbols in the name of a bundle: the answer gets the name that the Dinas itself would give it.
fn whose(name: &str) -> (String, String) {
    let mut words = name.split('-').skip(1).map(str::to_owned);
    (words.next().unwrap_or_default(), words.next().unwrap_or_default())
}
