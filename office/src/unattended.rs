//! The road of a locked counter (protocol 0.1): packed and sealed when somebody locks, sent by the operating system's
//! timer. What sends opens no database and knows no passphrase: it moves sealed bytes from one folder to the other.

use crate::edge::{Edge, Local};
use crate::sync::{Call, Road};
use crate::{Office, home, offer, settings};
use jukung_crypto::sign;
use jukung_domain::bundle::{self, Scanner, Seen};
use jukung_domain::problem::Problem;
use jukung_domain::texts::{of_problem, say};
use jukung_ledger::point::point;
use jukung_ledger::private;
use jukung_ledger::stick::{self, Writer};
use sha2::{Digest, Sha256};
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

/// Sealed events and scans: each file goes once the district has answered.
const SEND: &str = "outbox/send";
/// What a database had packed that broke since: it may hold what could not be brought back, and goes first.
const KEPT: &str = "outbox/kept";
/// Sealed questions: kept, so that every night brings what is new.
const ASK: &str = "outbox/ask";
/// Sealed answers until somebody signs in.
const INBOX: &str = "inbox";
const LOCK: &str = "outbox/lock";
/// What a person may read about the nights.
pub const LOG: &str = "unattended.log";
/// Lines kept of it: a year of nights.
const LOG_LINES_MAX: usize = 400;
/// Most bytes in one call: at 50 kbit/s three minutes, which is what a cut may cost.
const CALL_BYTES_MAX: usize = 1024 * 1024;

/// What one run did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sent {
    /// Files of events and scans that the district has taken.
    pub files: usize,
    /// Bytes sent.
    pub bytes: usize,
    /// Answers stored for the next unlock.
    pub answers: usize,
}

/// Exit codes of `sync --unattended`, as its help tells them.
#[must_use]
pub fn exit_code(problem: &Problem) -> u8 {
    match problem.code.as_str() {
        "offline" | "half" | "server_busy" => 3,
        "already_running" => 4,
        "not_enrolled_here" | "bundle_refused" => 5,
        "disk_full" | "read_only" | "stick_full" | "stick_unwritable" | "stick_unreadable" | "stick_bad" => 6,
        _ => 1,
    }
}

impl Office {
    /// Packs what is unsent for the time while this counter is locked; what was packed before is replaced.
    ///
    /// # Errors
    /// `stick_full` when the disk is; those of storage. Without the district's key nothing is packed.
    pub fn pack_unattended(&self) -> Result<(), Problem> {
        if !self.can_courier()? {
            return Ok(());
        }
        let (send, ask) = (self.dir.join(SEND), self.dir.join(ASK));
        let stands = self.standing_print()?;
        if self.db.read(|tx| settings::get(tx, "outbox_print"))? == stands && !waiting(&ask)?.is_empty() {
            return Ok(());
        }
        // Sealed copies of what lies here anyway must not take the last room.
        let unsent = self.sending()?.waiting_bytes;
        if !self.room_for_copy(unsent) {
            return Err(Problem::new("disk_full"));
        }
        let folder = |p: &Path| private::folder(p).map_err(|e| crate::scan::store::failed(&e));
        folder(&self.dir.join("outbox")).and_then(|()| folder(&send)).and_then(|()| folder(&ask))?;
        let (number, code) = self.next_bundle()?;
        let name = |part| bundle::file_name(&self.identity().office.code, &code, number, part);
        let mut sending = Writer::new(&send, bundle::FILE_BYTES_MAX, name).closed();
        let mut asking = Writer::new(&ask, bundle::FILE_BYTES_MAX, name).closed();
        self.pack(number, &mut |asks, sealed| if asks { asking.add(sealed) } else { sending.add(sealed) })?;
        let written = [sending.finish()?.files, asking.finish()?.files].concat();
        let failed = |e: std::io::Error| crate::scan::store::failed(&e);
        // What was packed before, and what a power cut left half written.
        for folder in [send, ask] {
            for old in
                fs::read_dir(folder).map_err(failed)?.flatten().map(|f| f.path()).filter(|p| !written.contains(p))
            {
                fs::remove_file(old).map_err(failed)?;
            }
        }
        self.db.write(|tx| settings::set(tx, "outbox_print", &stands))
    }

    /// Where this counter stands towards the district: as long as it is the same, what was packed still fits.
    fn standing_print(&self) -> Result<String, Problem> {
        let mut head = self.prepare(crate::courier::manner(0, false))?.head;
        head.wall = 0;
        // A lock is written down itself; what people did goes along and is no reason to seal everything again.
        head.au.clear();
        // What was packed with another key is packed again.
        head.sig = hex::encode(sign::public_key(&self.seed_of(self.way_by_stick()?.by)));
        head.blobs = self.db.read(|tx| offer::offered(tx, i64::MAX))?;
        let text = serde_json::to_vec(&head).map_err(|e| Problem::new("internal").with("at", e))?;
        Ok(hex::encode(Sha256::digest(text)))
    }

    /// Takes in what came while this counter was locked.
    ///
    /// # Errors
    /// Those of storage; the answers stay for the next time then.
    pub fn take_inbox(&self) -> Result<(), Problem> {
        let inbox = self.dir.join(INBOX);
        if !inbox.is_dir() {
            return Ok(());
        }
        self.courier_in(&inbox)?;
        for file in stick::files(&inbox, true)? {
            fs::remove_file(file).map_err(|e| crate::scan::store::failed(&e))?;
        }
        Ok(())
    }
}

/// Sends what lies packed in the data folder and stores the answer. Needs no passphrase and no key.
///
/// # Errors
/// `already_running`, `not_enrolled_here`, `offline`, `half`, `server_busy`, `bundle_refused`, `stick_full`. Nothing that
/// was not answered is deleted.
pub async fn send(dir: &Path, edge: &Edge, road: &dyn Road) -> Result<Sent, Problem> {
    let card = home::card(dir)?.ok_or_else(|| Problem::new("not_enrolled_here"))?;
    let disk = |e: std::io::Error| crate::scan::store::failed(&e);
    private::folder(&dir.join("outbox")).map_err(disk)?;
    let lock: File = private::new_file(&dir.join(LOCK)).map_err(disk)?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(Problem::new("already_running")),
        Err(TryLockError::Error(e)) => return Err(disk(e)),
    }
    let result = send_all(dir, road).await;
    note(dir, edge, &card.office.zone, &result).map_err(disk)?;
    result
}

/// Puts what was packed by, so that the mended database does not replace it.
pub(crate) fn keep_packed(dir: &Path) -> std::io::Result<()> {
    let files = stick::files(&dir.join(SEND), false).unwrap_or_default();
    for file in files {
        private::folder(&dir.join(KEPT))?;
        if let Some(name) = file.file_name() {
            fs::rename(&file, dir.join(KEPT).join(name))?;
        }
    }
    Ok(())
}

/// Whether something was put by and is not sent yet.
pub(crate) fn keeps(dir: &Path) -> bool {
    waiting(&dir.join(KEPT)).is_ok_and(|files| !files.is_empty())
}

/// Sends what was put by, if anything was.
pub(crate) async fn send_kept(dir: &Path, road: &dyn Road) -> Result<(), Problem> {
    send_files(&dir.join(KEPT), road, &mut Sent::default()).await
}

async fn send_files(folder: &Path, road: &dyn Road, sent: &mut Sent) -> Result<(), Problem> {
    for file in waiting(folder)? {
        for body in bodies(&file)? {
            sent.bytes += body.len();
            post(road, body).await?;
        }
        fs::remove_file(&file).map_err(|e| crate::scan::store::failed(&e))?;
        point("night.forgotten");
        sent.files += 1;
    }
    Ok(())
}

async fn send_all(dir: &Path, road: &dyn Road) -> Result<Sent, Problem> {
    let mut sent = Sent::default();
    send_files(&dir.join(KEPT), road, &mut sent).await?;
    send_files(&dir.join(SEND), road, &mut sent).await?;
    for file in waiting(&dir.join(ASK))? {
        let mut answer = Vec::new();
        for body in bodies(&file)? {
            sent.bytes += body.len();
            answer = post(road, body).await?;
        }
        let mut scanner = Scanner::default();
        let mut frames = scanner.push(&answer);
        frames.extend(scanner.finish());
        if frames.is_empty() {
            continue;
        }
        let inbox = dir.join(INBOX);
        private::folder(&inbox).map_err(|e| crate::scan::store::failed(&e))?;
        let name = |part| bundle::answer_name("", "", part);
        let mut writer = Writer::new(&inbox, bundle::FILE_BYTES_MAX, name).closed();
        frames.into_iter().try_for_each(|f| writer.add(f.sealed))?;
        writer.finish()?;
        sent.answers += 1;
    }
    Ok(sent)
}

fn waiting(folder: &Path) -> Result<Vec<PathBuf>, Problem> {
    if folder.is_dir() { stick::files(folder, false) } else { Ok(Vec::new()) }
}

/// The intact frames of a file in bodies of one call each.
fn bodies(file: &Path) -> Result<Vec<Vec<u8>>, Problem> {
    bodies_seen(file, CALL_BYTES_MAX, &mut Seen::default())
}

/// [`bodies`] of at most so many bytes, noting which frames were there.
pub(crate) fn bodies_seen(file: &Path, most: usize, seen: &mut Seen) -> Result<Vec<Vec<u8>>, Problem> {
    let mut bodies = vec![bundle::OPENING.to_vec()];
    stick::frames(file, |frame| {
        seen.note(&frame);
        let bytes = frame.bytes();
        match bodies.last_mut() {
            Some(body) if body.len() + bytes.len() <= most => body.extend(bytes),
            _ => bodies.push([bundle::OPENING, &bytes].concat()),
        }
        Ok(())
    })?;
    Ok(bodies)
}

/// Sends sealed segments, and gives the sealed answers.
pub(crate) async fn post(road: &dyn Road, body: Vec<u8>) -> Result<Vec<u8>, Problem> {
    let headers = vec![("content-type", bundle::MEDIA.to_owned())];
    point("night.send");
    let reply = road.carry(Call { method: "POST", path: "/v1/bundles".into(), headers, body }).await?;
    point("night.sent");
    match reply.status {
        200 if reply.body.starts_with(bundle::OPENING) => Ok(reply.body),
        // Something answered that is not the district: a portal that wants money, a proxy.
        200..=399 => Err(Problem::new("half")),
        400..=428 | 430..=499 => Err(Problem::new("bundle_refused").with("status", reply.status)),
        status => Err(Problem::new("server_busy").with("status", status)),
    }
}

/// Writes a line about this run, and lets the oldest go.
fn note(dir: &Path, edge: &Edge, zone: &str, result: &Result<Sent, Problem>) -> std::io::Result<()> {
    let now = Local::at(edge.clock.now_ms(), zone);
    let what = match result {
        Ok(sent) => {
            let n = |n: usize| n.to_string();
            let values = [("files", n(sent.files)), ("kb", n(sent.bytes.div_ceil(1000))), ("answers", n(sent.answers))];
            let values: Vec<(&str, &str)> = values.iter().map(|(k, v)| (*k, v.as_str())).collect();
            say("unattended.sent", &values)
        }
        Err(p) => format!("{} [{}]", of_problem(p), exit_code(p)),
    };
    let path = dir.join(LOG);
    let before = fs::read_to_string(&path).unwrap_or_default();
    let mut lines: Vec<&str> = before.lines().collect();
    let line = format!("{} {} {zone}: {what}", now.day(), now.time());
    lines.push(&line);
    let kept = lines[lines.len().saturating_sub(LOG_LINES_MAX)..].join("\n");
    private::whole(&dir.join("unattended.new"), &path, format!("{kept}\n").as_bytes())
}
