//! The road by stick (protocol 2.16): what the district has not acknowledged, packed so that whoever carries it cannot
//! read it; and its answers coming back.

use crate::audit::{Act, Did, NOTHING};
use crate::device_key::{By, Way};
use crate::offer::Packing;
use crate::sync::Manner;
use crate::update::{self, Update};
use crate::{Office, beside, lives, offer, settings};
use jukung_crypto::bundle as sealed;
use jukung_domain::bundle::{self, Assembly, Seen, Slip};
use jukung_domain::pack;
use jukung_domain::problem::Problem;
use jukung_domain::texts::say;
use jukung_domain::wire;
use jukung_ledger::stick::{self, Writer};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::Path;

/// What was put on a stick, and may be carried away now.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Loaded {
    /// Names of the files.
    pub files: Vec<String>,
    /// Segments.
    pub segments: u32,
    /// Bytes.
    pub bytes: u64,
    /// Events that the district has not acknowledged.
    pub events: usize,
    /// Scans that it has not received.
    pub scans: usize,
    /// Scans that cannot be read here; they stay, and the sending panel tells them.
    pub unreadable: usize,
}

/// What a stick brought.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Brought {
    /// Answers for this computer that were taken in.
    pub answers: usize,
    /// Events that count as received now and did not before.
    pub acknowledged: i64,
    /// News of the district: its decisions and what else its feed tells.
    pub received: usize,
    /// Files for other computers.
    pub others: usize,
    /// Segments of this computer's files that are broken or missing, by file.
    pub missing: BTreeMap<String, Vec<u32>>,
    /// Answers that did not fit what is here; the next stick or the network brings newer ones.
    pub unfit: usize,
    /// Of the program itself.
    pub update: Update,
}

/// What a person reads when a stick was written: only then it may be pulled out.
#[must_use]
pub fn loaded(loaded: &Loaded) -> String {
    let n = |n: usize| n.to_string();
    let values = [("files", &*n(loaded.files.len())), ("events", &*n(loaded.events)), ("scans", &*n(loaded.scans))];
    let mut lines = vec![say("courier.safe", &values), loaded.files.join(", ")];
    if loaded.unreadable > 0 {
        lines.push(say("courier.unreadable", &[("n", &n(loaded.unreadable))]));
    }
    lines.join("\n")
}

/// What a person reads when a stick was read.
#[must_use]
pub fn brought(brought: &Brought) -> String {
    let mut lines = Vec::new();
    let (acknowledged, received) = (brought.acknowledged.to_string(), brought.received.to_string());
    if brought.answers > 0 {
        lines.push(say("courier.brought", &[("acknowledged", &acknowledged), ("received", &received)]));
    } else if brought.missing.is_empty() {
        lines.push(say("courier.nothing", &[]));
    }
    for (file, parts) in &brought.missing {
        lines.push(bundle::missing(file, parts));
    }
    if brought.unfit > 0 {
        lines.push(say("courier.unfit", &[("n", &brought.unfit.to_string())]));
    }
    if brought.others > 0 {
        lines.push(say("courier.others", &[("n", &brought.others.to_string())]));
    }
    lines.extend(update::told(&brought.update));
    lines.join("\n")
}

/// Which numbers and links the segments of this computer have come to.
struct Train {
    slip: Slip,
    to: String,
    /// How its bodies and segments are signed.
    way: Way,
    /// How many pieces the sink was given.
    counts: Loaded,
}

/// Where sealed segments go; `true` for those that only ask.
pub(crate) type Sink<'a> = &'a mut dyn FnMut(bool, Vec<u8>) -> Result<(), Problem>;

/// How bodies for a stick are made: anchors always, because a question back would cost a journey.
pub(crate) fn manner(most: usize, whole: bool) -> Manner {
    let bytes = i64::try_from(bundle::PIECE_BYTES_MAX).unwrap_or(0);
    Manner { most, anchors: true, whole, packing: Packing::Zstd, bytes }
}

fn count(tx: &mut dyn jukung_ledger::Tx, key: &str) -> Result<i64, Problem> {
    Ok(settings::get(tx, key)?.parse().unwrap_or(0))
}

impl Office {
    /// Puts everything that the district has not acknowledged into `folder`, reads it back and compares it.
    ///
    /// # Errors
    /// `no_courier_key` before the first answer of the district; `stick_full`, `stick_unwritable`, `stick_bad`; those of
    /// storage. A bundle that was not finished leaves nothing behind.
    pub fn courier_out(&self, folder: &Path) -> Result<Loaded, Problem> {
        self.courier_out_told(folder, &mut |_| {})
    }

    /// [`Office::courier_out`], telling how many bytes are written.
    ///
    /// # Errors
    /// The same.
    pub fn courier_out_told(&self, folder: &Path, tell: &mut dyn FnMut(u64)) -> Result<Loaded, Problem> {
        self.note(&Did::new(Act::Stick, NOTHING, "out"))?;
        let mut bytes = 0;
        stick::forget_unfinished(folder)?;
        let (number, code) = self.next_bundle()?;
        let office = &self.identity.office.code;
        let mut writer =
            Writer::new(folder, bundle::FILE_BYTES_MAX, |part| bundle::file_name(office, &code, number, part));
        let standing = self.prepare(manner(wire::BATCH_EVENTS_MAX, false))?.head;
        let mut loaded = self.pack(number, &mut |_, sealed| {
            bytes += sealed.len() as u64;
            tell(bytes);
            writer.add(sealed)
        })?;
        let stowed = writer.finish()?;
        self.note_packed(&standing)?;
        let name = |p: &std::path::PathBuf| p.file_name().unwrap_or_default().to_string_lossy().into_owned();
        loaded.files = stowed.files.iter().map(name).collect();
        (loaded.segments, loaded.bytes) = (stowed.segments, stowed.bytes);
        Ok(loaded)
    }

    /// The number of the next bundle, and the symbols this computer numbers with.
    pub(crate) fn next_bundle(&self) -> Result<(i64, String), Problem> {
        self.db.write(|tx| {
            let number = count(tx, "courier_bundle")? + 1;
            settings::set(tx, "courier_bundle", &number.to_string())?;
            let open = lives::all(tx)?.pop();
            Ok((number, open.map_or_else(|| self.identity.code.clone(), |log| log.code)))
        })
    }

    /// Seals everything that is not acknowledged, piece by piece: events in the order of the log, scans from the smallest
    /// on, and last the questions which of all this has arrived.
    pub(crate) fn pack(&self, number: i64, sink: Sink<'_>) -> Result<Loaded, Problem> {
        let to = self.district_settings()?.courier_key;
        if to.is_empty() {
            return Err(Problem::new("no_courier_key"));
        }
        let way = self.way_by_stick()?;
        let r = sealed::recipient(&self.seed_of(way.by)).map_err(|e| Problem::new("internal").with("at", e))?;
        let (n, p, life, whole) = self.db.read(|tx| {
            let life = lives::all(tx)?.pop().map_or(0, |log| log.incarnation);
            let whole = !settings::get(tx, "courier_whole")?.is_empty();
            Ok::<_, Problem>((count(tx, "courier_segment")?, settings::get(tx, "courier_link")?, life, whole))
        })?;
        let slip = Slip {
            v: bundle::VERSION,
            k: String::new(),
            d: self.identity.device,
            i: wire::incarnation_hex(life),
            b: number,
            n,
            p,
            h: String::new(),
            of: 0,
            at: 0,
            s: String::new(),
            r,
            q: self.statements(),
        };
        let mut train = Train { slip, to, way, counts: Loaded::default() };
        let packed = self.pack_events(&mut train, whole, sink)?;
        let scans = self.db.read(|tx| offer::offered(tx, i64::MAX))?;
        self.pack_scans(&mut train, &scans, sink)?;
        self.pack_questions(&mut train, whole, &packed, &scans, sink)?;
        self.db.write(|tx| {
            settings::set(tx, "courier_segment", &train.slip.n.to_string())?;
            settings::set(tx, "courier_link", &train.slip.p)
        })?;
        Ok(train.counts)
    }

    /// Every unacknowledged event, in bodies that each fit one segment. Says up to where each life is packed.
    fn pack_events(&self, train: &mut Train, whole: bool, sink: Sink<'_>) -> Result<BTreeMap<i64, i64>, Problem> {
        let (mut packed, mut most, mut first) = (BTreeMap::new(), wire::BATCH_EVENTS_MAX, true);
        loop {
            let mut prepared = self.prepare_after(manner(most, whole), &packed)?;
            prepared.head.blobs.clear();
            if !first {
                // What is handed back goes with the first body alone.
                prepared.lines.truncate(prepared.events);
                prepared.head.wit = 0;
            }
            if prepared.lines.is_empty() {
                return Ok(packed);
            }
            let body = self.sign(&prepared, Packing::Zstd, pack::LEVEL_FAST, train.way)?.body;
            if body.len() > bundle::PIECE_BYTES_MAX && prepared.events > 1 {
                most = prepared.events / 2;
                continue;
            }
            self.emit(train, "sync", &body, &mut |s| sink(false, s))?;
            for part in &prepared.head.logs {
                let life = wire::incarnation_from_hex(&part.i).unwrap_or(0);
                packed.insert(life, part.f - 1 + part.m);
            }
            train.counts.events += prepared.events;
            (first, most) = (false, wire::BATCH_EVENTS_MAX);
        }
    }

    fn pack_scans(&self, train: &mut Train, scans: &[String], sink: Sink<'_>) -> Result<(), Problem> {
        for sha in scans.iter().filter_map(|offer| offer.split(':').next()) {
            match self.scan_bytes(sha) {
                Ok(Some(bytes)) => {
                    self.emit(train, "scan", &bytes, &mut |s| sink(false, s))?;
                    train.counts.scans += 1;
                }
                Ok(None) => {}
                Err(p) if p.code == "scan_unreadable" => train.counts.unreadable += 1,
                Err(p) => return Err(p),
            }
        }
        Ok(())
    }

    /// Bodies without events that offer every scan: the district answers them when it has read all the rest.
    fn pack_questions(
        &self,
        train: &mut Train,
        whole: bool,
        packed: &BTreeMap<i64, i64>,
        scans: &[String],
        sink: Sink<'_>,
    ) -> Result<(), Problem> {
        let most = usize::try_from(offer::OFFER_MAX).unwrap_or(1);
        let groups = scans.chunks(most).chain(scans.is_empty().then_some([].as_slice()));
        for group in groups {
            let mut prepared = self.prepare_after(manner(0, whole), packed)?;
            prepared.lines.clear();
            prepared.head.wit = 0;
            prepared.head.blobs = group.to_vec();
            let body = self.sign(&prepared, Packing::Zstd, pack::LEVEL_FAST, train.way)?.body;
            self.emit(train, "sync", &body, &mut |s| sink(true, s))?;
        }
        Ok(())
    }

    fn emit(
        &self,
        train: &mut Train,
        kind: &str,
        item: &[u8],
        sink: &mut dyn FnMut(Vec<u8>) -> Result<(), Problem>,
    ) -> Result<(), Problem> {
        let internal = |e: jukung_crypto::CryptoProblem| Problem::new("internal").with("at", e);
        let base = train.slip.clone();
        for (mut slip, piece) in base.pieces(kind, item) {
            train.slip.n += 1;
            (slip.n, slip.p) = (train.slip.n, train.slip.p.clone());
            let text = serde_json::to_vec(&slip).map_err(|e| Problem::new("internal").with("at", e))?;
            let plain = sealed::plain(&self.seed_of(train.way.by), &text, piece).map_err(internal)?;
            train.slip.p = hex::encode(Sha256::digest(&plain));
            sink(sealed::seal(&train.to, &plain).map_err(internal)?)?;
        }
        Ok(())
    }

    /// Takes in the answers of the district that lie in `folder` and are for this computer. Twice, late, or after a
    /// network was there: it takes what is new and harms nothing.
    ///
    /// # Errors
    /// `stick_unreadable`; those of storage.
    pub fn courier_in(&self, folder: &Path) -> Result<Brought, Problem> {
        self.note(&Did::new(Act::Stick, NOTHING, "in"))?;
        let mut brought = Brought::default();
        for file in stick::files(folder, true)? {
            let (mut seen, mut mine, mut assembly) = (Seen::default(), false, Assembly::default());
            stick::frames(&file, |frame| {
                seen.note(&frame);
                let Some((slip, piece, by)) = self.open_answer(&frame.sealed) else { return Ok(()) };
                mine = true;
                let Some(item) = assembly.add(&slip, piece) else { return Ok(()) };
                self.take_carried(&slip, &item, &mut brought)?;
                self.answered(by);
                Ok(())
            })?;
            let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let missing = seen.missing();
            match (mine, missing.is_empty() && seen.whole_end()) {
                (true, true) => {}
                (true, false) => drop(brought.missing.insert(name, missing)),
                (false, _) => brought.others += 1,
            }
        }
        beside::write(&self.dir, &self.db)?;
        // Last, for the answers may have brought who releases it.
        brought.update = self.take_update(folder)?;
        Ok(brought)
    }

    /// A segment that the district signed for this computer, and which of its keys it was sealed to: the district believed
    /// that one. Nothing for any other computer.
    fn open_answer(&self, bytes: &[u8]) -> Option<(Slip, Vec<u8>, By)> {
        let mut seeds = self.seeds_that_open().into_iter();
        let (opened, by) = seeds.find_map(|(seed, by)| Some((sealed::open(&seed, bytes).ok()?, by)))?;
        let slip = Slip::read(opened.slip(), &opened.piece)?;
        let genuine = opened.is_by(&self.identity.district_key) && slip.k == "answer" && slip.d == self.identity.device;
        genuine.then_some((slip, opened.piece, by))
    }

    fn take_carried(&self, slip: &Slip, item: &[u8], brought: &mut Brought) -> Result<(), Problem> {
        let Ok((mut answer, entries)) = self.read_answer(item) else {
            brought.unfit += 1;
            return Ok(());
        };
        let late = self.db.read(|tx| Ok::<_, Problem>(slip.b < count(tx, "courier_heard")?))?;
        if late {
            if answer.ask || answer.common.is_some() {
                brought.unfit += 1;
                return Ok(());
            }
            self.only_forward(&mut answer)?;
        }
        match self.take_in(&slip.r, &answer, &entries) {
            Ok(took) => {
                brought.answers += 1;
                brought.acknowledged += took.acknowledged;
                brought.received += took.entries;
                if !late {
                    self.db.write(|tx| {
                        settings::set(tx, "courier_heard", &slip.b.to_string())?;
                        settings::set(tx, "courier_whole", if took.lacks { "yes" } else { "" })
                    })?;
                }
                Ok(())
            }
            // Another history, or a page whose beginning is on a stick that did not come: nothing of it was kept.
            Err(p) if p.code == "feed_gap" => {
                brought.unfit += 1;
                Ok(())
            }
            Err(p) => Err(p),
        }
    }

    /// Leaves of an answer, which is older than what the district said since, what can only go forward. By numbers this
    /// computer gave, never by a clock (R11).
    fn only_forward(&self, answer: &mut wire::SyncAnswer) -> Result<(), Problem> {
        let logs = self.db.read(|tx| lives::all(tx))?;
        let here = |i: &str| logs.iter().find(|l| wire::incarnation_hex(l.incarnation) == i).map_or(0, |l| l.acked);
        answer.ack.retain(|(i, n, _)| *n >= here(i));
        answer.need.clear();
        answer.fork.clear();
        answer.have.clear();
        answer.want.clear();
        (answer.code, answer.settings) = (None, None);
        Ok(())
    }

    /// The district answered by network: answers to bundles packed until now are older than that.
    pub(crate) fn heard_online(&self) -> Result<(), Problem> {
        self.db.write(|tx| {
            let next = (count(tx, "courier_bundle")? + 1).to_string();
            if settings::get(tx, "courier_heard")? == next { Ok(()) } else { settings::set(tx, "courier_heard", &next) }
        })
    }

    /// Whether bundles can be sealed: the district's key came with one of its answers.
    ///
    /// # Errors
    /// Those of storage.
    pub fn can_courier(&self) -> Result<bool, Problem> {
        Ok(!self.is_of_school() && !self.district_settings()?.courier_key.is_empty())
    }
}
