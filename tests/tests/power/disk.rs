//! A disk that keeps what was flushed, and of everything else what chance leaves of it.
//!
//! Bytes wait in their file until that file is flushed, a name until its folder is: then any part of the writes may be there,
//! in any order, torn at sectors. Of the names that wait, the oldest are there, for file systems keep that order.

use crate::record::Deed;
use jukung_tests::chance::Chance;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// What a disk writes whole or not at all.
const SECTOR: usize = 512;

/// A change that no flush has brought onto the disk yet.
#[derive(Debug, Clone)]
enum Change {
    Put { at: u64, bytes: Vec<u8> },
    Cut(u64),
}

#[derive(Debug, Clone, Default)]
struct Kept {
    /// On the disk for certain.
    bytes: Vec<u8>,
    waiting: Vec<Change>,
    /// How long the program sees it.
    length: u64,
}

#[derive(Debug, Clone)]
enum Naming {
    Named { path: PathBuf, file: usize },
    Moved { from: PathBuf, to: PathBuf, file: usize },
    Gone { path: PathBuf },
    Folder { path: PathBuf },
}

#[derive(Debug, Clone)]
struct Noted {
    naming: Naming,
    flushed: bool,
}

#[derive(Debug, Clone, Default)]
struct Names {
    files: BTreeMap<PathBuf, usize>,
    folders: BTreeSet<PathBuf>,
}

impl Names {
    fn take(&mut self, naming: &Naming) {
        match naming {
            Naming::Named { path, file } => drop(self.files.insert(path.clone(), *file)),
            Naming::Moved { from, to, file } => {
                if self.files.get(from) == Some(file) {
                    self.files.remove(from);
                }
                self.files.insert(to.clone(), *file);
            }
            Naming::Gone { path } => {
                self.files.remove(path);
                self.folders.remove(path);
            }
            Naming::Folder { path } => drop(self.folders.insert(path.clone())),
        }
    }
}

/// Whether a flush is believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flushes {
    Kept,
    /// A disk that lies: for the proof that a loss is seen.
    Forgotten,
}

/// What becomes of what waits in one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Luck {
    Nothing,
    All,
    /// The oldest writes, the last of them torn.
    First,
    /// Any of them, torn.
    Any,
}

/// A data folder on such a disk.
#[derive(Debug, Clone)]
pub struct Disk {
    flushes: Flushes,
    files: Vec<Kept>,
    /// Before the recording.
    began: Names,
    noted: Vec<Noted>,
    /// As the program sees them.
    seen: Names,
    /// Where descriptors stand; `None` at the end of the file.
    stands: BTreeMap<i64, Option<u64>>,
}

impl Disk {
    /// What lies in a folder now, all of it flushed.
    pub fn of(folder: &Path, flushes: Flushes) -> Disk {
        let (mut files, mut began) = (Vec::new(), Names::default());
        let mut open = vec![folder.to_owned()];
        while let Some(dir) = open.pop() {
            for path in std::fs::read_dir(dir).unwrap().map(|e| e.unwrap().path()) {
                let inside = path.strip_prefix(folder).unwrap().to_owned();
                if path.is_dir() {
                    began.folders.insert(inside);
                    open.push(path);
                } else {
                    let bytes = std::fs::read(path).unwrap();
                    began.files.insert(inside, files.len());
                    files.push(Kept { length: bytes.len() as u64, bytes, waiting: Vec::new() });
                }
            }
        }
        Disk { flushes, files, seen: began.clone(), began, noted: Vec::new(), stands: BTreeMap::new() }
    }

    fn note(&mut self, naming: Naming) {
        self.seen.take(&naming);
        self.noted.push(Noted { naming, flushed: false });
    }

    fn change(&mut self, path: &Path, change: Change) {
        let file =
            &mut self.files[*self.seen.files.get(path).unwrap_or_else(|| panic!("{} is not there", path.display()))];
        file.length = match &change {
            Change::Put { at, bytes } => file.length.max(at + bytes.len() as u64),
            Change::Cut(length) => *length,
        };
        file.waiting.push(change);
    }

    /// The program does this.
    pub fn does(&mut self, deed: &Deed) {
        match deed {
            Deed::Open { path, fd, makes, empties, appends } => {
                if *makes && !self.seen.files.contains_key(path) {
                    self.files.push(Kept::default());
                    self.note(Naming::Named { path: path.clone(), file: self.files.len() - 1 });
                } else if *empties {
                    self.change(path, Change::Cut(0));
                }
                self.stands.insert(*fd, (!appends).then_some(0));
            }
            Deed::Write { path, fd, at, bytes } => {
                let length = self.files[self.seen.files[path]].length;
                let begins = at.unwrap_or_else(|| self.stands[fd].unwrap_or(length));
                if let (None, Some(stands)) = (at, self.stands.get_mut(fd).and_then(Option::as_mut)) {
                    *stands += bytes.len() as u64;
                }
                self.change(path, Change::Put { at: begins, bytes: bytes.clone() });
            }
            Deed::Seek { fd, at } => drop(self.stands.insert(*fd, Some(*at))),
            Deed::Cut { path, length } => self.change(path, Change::Cut(*length)),
            Deed::Flush { path } if self.flushes == Flushes::Kept => self.flush(path),
            Deed::Flush { .. } | Deed::Said(_) => {}
            Deed::Rename { from, to } => {
                let file = self.seen.files[from];
                self.note(Naming::Moved { from: from.clone(), to: to.clone(), file });
            }
            Deed::Remove { path } => self.note(Naming::Gone { path: path.clone() }),
            Deed::Folder { path } => self.note(Naming::Folder { path: path.clone() }),
        }
    }

    fn flush(&mut self, path: &Path) {
        if let Some(file) = self.seen.files.get(path) {
            let file = &mut self.files[*file];
            file.waiting.drain(..).for_each(|change| put(&mut file.bytes, &change));
            return;
        }
        let here = |p: &PathBuf| p.parent() == Some(path);
        for noted in &mut self.noted {
            noted.flushed |= match &noted.naming {
                Naming::Moved { from, to, .. } => here(from) || here(to),
                Naming::Named { path, .. } | Naming::Gone { path } | Naming::Folder { path } => here(path),
            };
        }
    }

    /// Whether something waits that a power cut could take.
    pub fn waits(&self) -> bool {
        self.files.iter().any(|f| !f.waiting.is_empty()) || self.noted.iter().any(|n| !n.flushed)
    }

    /// Puts into `to` what a power cut leaves now. `luck` of every file, or chance for each.
    pub fn after_power_cut(&self, luck: Option<Luck>, chance: &mut Chance, to: &Path) {
        let mut names = self.began.clone();
        let waiting = self.noted.iter().filter(|n| !n.flushed).count();
        let mut left = match luck {
            Some(Luck::Nothing) => 0,
            Some(Luck::All) => waiting,
            _ => chance.below(waiting + 1),
        };
        for noted in &self.noted {
            if !noted.flushed {
                if left == 0 {
                    continue;
                }
                left -= 1;
            }
            names.take(&noted.naming);
        }
        std::fs::create_dir_all(to).unwrap();
        let there = |folder: &Path| folder.ancestors().all(|f| f.as_os_str().is_empty() || names.folders.contains(f));
        for folder in names.folders.iter().filter(|folder| there(folder)) {
            std::fs::create_dir_all(to.join(folder)).unwrap();
        }
        for (path, file) in names.files.iter().filter(|(path, _)| path.parent().is_some_and(there)) {
            let drawn = luck.unwrap_or_else(|| *chance.pick(&[Luck::Nothing, Luck::All, Luck::First, Luck::Any]));
            std::fs::write(to.join(path), left_of(&self.files[*file], drawn, chance)).unwrap();
        }
    }
}

fn put(bytes: &mut Vec<u8>, change: &Change) {
    match change {
        Change::Cut(length) => bytes.resize(usize::try_from(*length).unwrap(), 0),
        Change::Put { at, bytes: new } => {
            let at = usize::try_from(*at).unwrap();
            if bytes.len() < at + new.len() {
                bytes.resize(at + new.len(), 0);
            }
            bytes[at..at + new.len()].copy_from_slice(new);
        }
    }
}

fn left_of(file: &Kept, luck: Luck, chance: &mut Chance) -> Vec<u8> {
    let mut bytes = file.bytes.clone();
    let some = match luck {
        Luck::Nothing => 0,
        Luck::All | Luck::Any => file.waiting.len(),
        Luck::First => chance.below(file.waiting.len() + 1),
    };
    for (n, change) in file.waiting[..some].iter().enumerate() {
        let torn = luck == Luck::Any || luck == Luck::First && n + 1 == some;
        match change {
            Change::Put { at, bytes: new } if torn => tear(&mut bytes, *at, new, chance),
            Change::Cut(_) if torn && chance.happens(500) => {}
            Change::Put { .. } | Change::Cut(_) => put(&mut bytes, change),
        }
    }
    bytes
}

/// Any sectors of a write, each whole.
fn tear(bytes: &mut Vec<u8>, at: u64, new: &[u8], chance: &mut Chance) {
    let (mut from, whole) = (0, chance.happens(300));
    while from < new.len() {
        let place = at + from as u64;
        let room = SECTOR - usize::try_from(place % SECTOR as u64).unwrap();
        let to = new.len().min(from + room);
        if whole || chance.happens(500) {
            put(bytes, &Change::Put { at: place, bytes: new[from..to].to_vec() });
        }
        from = to;
    }
}
