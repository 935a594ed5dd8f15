//! Bundles that arrive by stick or by a computer that is locked (protocol 0.1, 2.16): opened, believed only when a known
//! device signed them, taken in like a call, and answered so that only that device can read it.

use crate::ended::End;
use crate::keys::Known;
use crate::{District, ingest};
use jukung_crypto::bundle as sealed;
use jukung_domain::bundle::{self, Seen, Slip};
use jukung_domain::pack;
use jukung_domain::problem::Problem;
use jukung_domain::texts::say;
use jukung_domain::wire::{self, SyncAnswer};
use jukung_ledger::point::point;
use jukung_ledger::release::{self, Release};
use jukung_ledger::stick::{self, Stowed, Writer};
use jukung_ledger::tx::first;
use jukung_ledger::{DbProblem, params, private};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Most pages of the feed in one answer: 16,000 entries, years of an office; the rest comes with the next one.
const PAGES_MAX: usize = 32;

/// What became of a bundle.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Taken {
    /// Files read.
    pub files: usize,
    /// Intact segments.
    pub segments: usize,
    /// Bodies taken in.
    pub bodies: usize,
    /// Scans that are whole now.
    pub scans: usize,
    /// Scans that no application here names yet: they come again.
    pub unnamed: usize,
    /// Segments that are sealed to somebody else: another district's.
    pub foreign: usize,
    /// Segments whose writer is unknown here or whose permission ended, and those that cannot be read.
    pub refused: usize,
    /// Segments of computers that nobody has approved yet: they are sent again.
    pub pending: usize,
    /// Bodies of lost computers, kept apart for an officer.
    pub apart: usize,
    /// Segments that do not follow the one before them.
    pub unlinked: usize,
    /// Broken or missing segments, by bundle.
    pub missing: BTreeMap<String, Vec<u32>>,
    /// Devices that asked for an answer.
    pub asked: BTreeSet<String>,
}

/// What a person reads when a stick was read.
#[must_use]
pub fn told(taken: &Taken) -> String {
    let n = |n: usize| n.to_string();
    let values =
        [("bodies", n(taken.bodies)), ("scans", n(taken.scans)), ("files", n(taken.files)), ("n", n(taken.segments))];
    let values: Vec<(&str, &str)> = values.iter().map(|(k, v)| (*k, v.as_str())).collect();
    let mut lines = vec![say("courier.taken", &values)];
    for (key, count) in [
        ("courier.foreign", taken.foreign),
        ("courier.refused", taken.refused),
        ("courier.pending", taken.pending),
        ("courier.apart", taken.apart),
        ("courier.unlinked", taken.unlinked),
        ("courier.unnamed", taken.unnamed),
    ] {
        if count > 0 {
            lines.push(say(key, &[("n", &n(count))]));
        }
    }
    for (file, parts) in &taken.missing {
        lines.push(bundle::missing(file, parts));
    }
    lines.join("\n")
}

/// The last question of a device, kept until the next one: it is asked again whenever an answer is carried back.
#[derive(Debug, Serialize, Deserialize)]
struct Question {
    slip: Slip,
    office: String,
    body: Vec<u8>,
}

/// A sealed answer to one computer.
pub struct Answered {
    /// Its office.
    pub office: String,
    /// Symbols that it numbers with.
    pub code: String,
    /// Sealed segments.
    pub segments: Vec<Vec<u8>>,
}

/// Who wrote a segment.
struct Writing {
    slip: Slip,
    office: String,
    state: String,
}

fn full(e: std::io::Error) -> Problem {
    Problem::new("disk_full").with("why", e)
}

fn internal(e: impl ToString) -> Problem {
    Problem::new("internal").with("at", e)
}

impl District {
    /// The key that bundles are sealed to. It comes from the signing key, so that one backup holds both.
    #[must_use]
    pub fn courier_key(&self) -> String {
        sealed::recipient(&self.seed).unwrap_or_default()
    }

    /// Puts a package of the counter's program onto a stick, read back, when who releases it signed it.
    ///
    /// # Errors
    /// `release_untrusted`, also while the settings name nobody; `stick_unreadable`, `stick_full`, `stick_unwritable`.
    pub fn carry_release(&self, package: &Path, folder: &Path) -> Result<Release, Problem> {
        release::carry(package, &self.settings()?.release_key, folder)
    }

    /// Reads every bundle of a folder. What is intact counts, in any order and any number of times.
    ///
    /// # Errors
    /// `stick_unreadable`, `disk_full`; those of the database. What was taken in until then stays.
    pub fn courier_in(&self, folder: &Path) -> Result<Taken, Problem> {
        let mut taken = Taken::default();
        let mut bundles: BTreeMap<String, Seen> = BTreeMap::new();
        for file in stick::files(folder, false)? {
            taken.files += 1;
            let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let seen = bundles.entry(bundle::of_part(&name)).or_default();
            let mut link = String::new();
            stick::frames(&file, |frame| {
                seen.note(&frame);
                self.take_segment(&frame.sealed, &mut link, &mut taken)
            })?;
        }
        for (name, seen) in bundles {
            taken.segments += seen.count();
            let missing = seen.missing();
            if !missing.is_empty() || !seen.whole_end() {
                taken.missing.insert(name, missing);
            }
        }
        Ok(taken)
    }

    /// Takes one sealed segment in. `link` is the hash of the one before it, empty when that is not known.
    ///
    /// # Errors
    /// `disk_full`; those of the database. Whatever is wrong with the segment itself is counted, not an error.
    pub fn take_segment(&self, bytes: &[u8], link: &mut String, taken: &mut Taken) -> Result<(), Problem> {
        let before = std::mem::take(link);
        let Ok(opened) = sealed::open(&self.seed, bytes) else {
            taken.foreign += 1;
            return Ok(());
        };
        let Some(writing) = self.writer(&opened)? else {
            taken.refused += 1;
            return Ok(());
        };
        if writing.state == "pending" {
            taken.pending += 1;
            return Ok(());
        }
        if !before.is_empty() && writing.slip.p != before {
            taken.unlinked += 1;
        }
        *link = hex::encode(Sha256::digest(&opened.plain));
        let Some(item) = self.whole(&writing, opened.piece)? else { return Ok(()) };
        match writing.slip.k.as_str() {
            "sync" => self.take_body(&writing, &item, taken),
            "scan" => self.take_scan(&writing, &item, taken),
            _ => {
                taken.refused += 1;
                Ok(())
            }
        }
    }

    /// Whose segment it is, when a device of this district signed it.
    fn writer(&self, opened: &sealed::Opened) -> Result<Option<Writing>, Problem> {
        let Some(slip) = Slip::read(opened.slip(), &opened.piece) else { return Ok(None) };
        let believed = self.db.read(|tx| {
            let Some(known) = Known::of(tx, slip.d.to_string())? else { return Ok(None) };
            Ok::<_, DbProblem>(Some((known.believed(tx, &slip.q)?, known)))
        })?;
        let Some((keys, known)) = believed.filter(|(_, known)| known.state != "refused") else { return Ok(None) };
        let genuine = keys.iter().any(|key| opened.is_by(key));
        Ok(genuine.then_some(Writing { slip, office: known.office, state: known.state }))
    }

    /// The item once all its pieces are here. Pieces wait on the disk: the rest may come with another stick.
    fn whole(&self, writing: &Writing, piece: Vec<u8>) -> Result<Option<Vec<u8>>, Problem> {
        let slip = &writing.slip;
        if slip.of == piece.len() as u64 {
            return Ok((slip.h == slip.s).then_some(piece));
        }
        if slip.k == "scan" && self.scan_state(&slip.h, &writing.office)?.as_deref() != Some("wanted") {
            // Nobody names it yet, or it is here: only its last piece is counted, by the one who takes it.
            let end = slip.at + piece.len() as u64 == slip.of;
            return Ok(end.then(Vec::new));
        }
        let folder = self.waiting().join(format!("{}-{}", slip.d, slip.h));
        private::folder(&self.dir.join("courier")).and_then(|()| private::folder(&self.waiting())).map_err(full)?;
        private::folder(&folder).map_err(full)?;
        fs::write(folder.join(format!("{:012}", slip.at)), &piece).map_err(full)?;
        point("bundle.piece");
        let mut item = Vec::new();
        let mut files: Vec<PathBuf> = fs::read_dir(&folder).map_err(full)?.flatten().map(|f| f.path()).collect();
        files.sort();
        for file in files {
            item.extend(fs::read(file).map_err(full)?);
        }
        if (item.len() as u64) < slip.of {
            return Ok(None);
        }
        fs::remove_dir_all(&folder).map_err(full)?;
        Ok((hex::encode(Sha256::digest(&item)) == slip.h).then_some(item))
    }

    fn waiting(&self) -> PathBuf {
        self.dir.join("courier").join("pieces")
    }

    fn scan_state(&self, sha: &str, office: &str) -> Result<Option<String>, Problem> {
        let sql = "SELECT state FROM blob WHERE sha256 = $1 AND office = $2";
        let row = self.db.read(|tx| first(tx, sql, params![sha, office]))?;
        Ok(row.map(|r| r.text(0)).transpose()?)
    }

    fn take_scan(&self, writing: &Writing, item: &[u8], taken: &mut Taken) -> Result<(), Problem> {
        match self.scan_state(&writing.slip.h, &writing.office)?.as_deref() {
            Some("wanted") => {}
            Some(_) => return Ok(()),
            None => {
                taken.unnamed += 1;
                return Ok(());
            }
        }
        let mut arriving = self.begin_scan(&writing.slip.h, &writing.office)?;
        match arriving.take(item).and_then(|()| self.finish_scan(arriving)) {
            Ok(()) => taken.scans += 1,
            Err(p) if p.code == "disk_full" => return Err(p),
            Err(_) => taken.refused += 1,
        }
        Ok(())
    }

    fn take_body(&self, writing: &Writing, item: &[u8], taken: &mut Taken) -> Result<(), Problem> {
        let read = pack::unpack(item, wire::BODY_BYTES_MAX).map_err(internal).and_then(|b| ingest::read(&b));
        let Some(call) = read.ok().filter(|call| call.head.d == writing.slip.d) else {
            taken.refused += 1;
            return Ok(());
        };
        let answer = match self.sync(&call) {
            Ok(answer) => answer,
            Err(p) if p.code == "device_unknown" => {
                taken.refused += 1;
                return Ok(());
            }
            Err(p) => return Err(p),
        };
        let head = head_of(&answer)?;
        if head.ended.as_deref() == Some(End::Lost.code()) {
            taken.apart += 1;
        } else {
            self.take_beyond(&call, &head, &writing.office)?;
            taken.bodies += 1;
        }
        taken.asked.insert(writing.slip.d.to_string());
        let question = Question { slip: writing.slip.clone(), office: writing.office.clone(), body: item.to_vec() };
        self.keep_question(&question)
    }

    fn questions(&self) -> PathBuf {
        self.dir.join("courier").join("questions")
    }

    /// Lets go of what a device asked last: it is not answered any more.
    ///
    /// # Errors
    /// `disk_full`.
    pub(crate) fn forget_question(&self, device: &str) -> Result<(), Problem> {
        match fs::remove_file(self.questions().join(device)) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(full(e)),
            Ok(()) | Err(_) => Ok(()),
        }
    }

    /// Keeps the newest question of a device: the last segment of its last bundle.
    fn keep_question(&self, new: &Question) -> Result<(), Problem> {
        let path = self.questions().join(new.slip.d.to_string());
        if let Some(old) = read_question(&path)
            && old.slip.i == new.slip.i
            && (old.slip.b, old.slip.n) > (new.slip.b, new.slip.n)
        {
            return Ok(());
        }
        private::folder(&self.dir.join("courier")).and_then(|()| private::folder(&self.questions())).map_err(full)?;
        let text = serde_json::to_vec(new).map_err(internal)?;
        let temporary = self.unfinished("question")?;
        private::whole(&temporary, &path, &text).map_err(full)
    }

    /// Writes an answer for every device that ever sent a bundle; each replaces that device's older one.
    ///
    /// # Errors
    /// `stick_full`, `stick_unwritable`, `stick_bad`; those of the database.
    pub fn courier_out(&self, folder: &Path) -> Result<Vec<Stowed>, Problem> {
        let mut all = Vec::new();
        let Ok(files) = fs::read_dir(self.questions()) else { return Ok(all) };
        let mut devices: Vec<String> = files
            .flatten()
            .map(|f| f.file_name().to_string_lossy().into_owned())
            .filter(|n| !n.contains('.'))
            .collect();
        devices.sort();
        for device in devices {
            let Some(Answered { office, code, segments }) = self.answer(&device)? else { continue };
            let name = |part| bundle::answer_name(&office, &code, part);
            let mut writer = Writer::new(folder, bundle::FILE_BYTES_MAX, name);
            for segment in segments {
                writer.add(segment)?;
            }
            all.push(writer.finish()?);
        }
        Ok(all)
    }

    /// The answer to a device's last question, as it stands now.
    ///
    /// # Errors
    /// Those of the database.
    pub fn answer(&self, device: &str) -> Result<Option<Answered>, Problem> {
        let Some(question) = read_question(&self.questions().join(device)) else { return Ok(None) };
        let body = pack::unpack(&question.body, wire::BODY_BYTES_MAX).map_err(internal)?;
        let call = ingest::read(&body)?;
        let mut pages = match self.sync(&call) {
            Ok(answer) => vec![answer],
            // Its permission ended since it asked.
            Err(p) if p.code == "device_unknown" => return Ok(None),
            Err(p) => return Err(p),
        };
        let mut last = head_of(&pages[0])?;
        while last.cur.0 < last.head && !last.ask && pages.len() < PAGES_MAX {
            let page = self.next_page(&call, &last, &question.office)?;
            last = head_of(&page)?;
            pages.push(page);
        }
        let (mut segments, mut slip) = (Vec::new(), question.slip.clone());
        (slip.r, slip.p) = (call.head.code.clone(), String::new());
        for page in pages {
            let item = zstd::bulk::compress(&page, 9).map_err(internal)?;
            let base = slip.clone();
            for (mut own, piece) in base.pieces("answer", &item) {
                slip.n += 1;
                (own.n, own.p) = (slip.n, slip.p.clone());
                let text = serde_json::to_vec(&own).map_err(internal)?;
                let plain = sealed::plain(&self.seed, &text, piece).map_err(internal)?;
                slip.p = hex::encode(Sha256::digest(&plain));
                segments.push(sealed::seal(&question.slip.r, &plain).map_err(internal)?);
            }
        }
        Ok(Some(Answered { office: question.office, code: call.head.code, segments }))
    }

    /// The page of the feed that follows `last`, as an answer that says nothing else.
    fn next_page(&self, call: &ingest::Call, last: &SyncAnswer, office: &str) -> Result<Vec<u8>, Problem> {
        let mut from = call.clone();
        (from.head.cur, from.head.anch) = (last.cur.clone(), Vec::new());
        let mut answer = ingest::empty_answer(&from, self.edge.now(), "");
        let lines = self.db.read(|tx| self.page(tx, office, &from.head, &mut answer))?;
        self.signed(answer, &lines)
    }
}

fn read_question(path: &Path) -> Option<Question> {
    serde_json::from_slice(&fs::read(path).ok()?).ok()
}

fn head_of(answer: &[u8]) -> Result<SyncAnswer, Problem> {
    serde_json::from_slice(answer.split(|b| *b == b'\n').next().unwrap_or_default()).map_err(internal)
}
