//! Bundle files on a stick: written under another name, brought onto the disk, renamed, read back and compared; read as
//! far as they are intact.

use crate::point::point;
use jukung_domain::bundle::{self, Frame, Scanner};
use jukung_domain::problem::Problem;
use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

/// Bytes read at once: one segment, so that a broken block costs no more than the segments it lies in.
const CHUNK: usize = bundle::SEALED_BYTES_MAX;
/// Ending of a file that is not finished; no reader looks at it.
const UNFINISHED: &str = "part";

/// What a stick that was not written is for a person.
#[must_use]
pub fn failed(e: &std::io::Error) -> Problem {
    let full = matches!(e.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge);
    let code = if full { "stick_full" } else { "stick_unwritable" };
    Problem::new(code).with("why", e)
}

/// A bundle being written; dropped unfinished, it leaves nothing behind.
pub struct Writer<'a> {
    folder: PathBuf,
    name: Box<dyn Fn(u32) -> String + 'a>,
    most: u64,
    closed: bool,
    part: u32,
    index: u32,
    open: Option<Open>,
    done: Vec<Written>,
    held: Option<Vec<u8>>,
}

struct Open {
    file: File,
    path: PathBuf,
    hash: Sha256,
    bytes: u64,
}

struct Written {
    unfinished: PathBuf,
    path: PathBuf,
    hash: [u8; 32],
    bytes: u64,
}

/// What was written and compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stowed {
    /// Files.
    pub files: Vec<PathBuf>,
    /// Segments.
    pub segments: u32,
    /// Bytes.
    pub bytes: u64,
}

impl<'a> Writer<'a> {
    /// A bundle in `folder`; `name` gives the name of its first, second … file, none larger than `most` bytes.
    pub fn new(folder: &Path, most: u64, name: impl Fn(u32) -> String + 'a) -> Writer<'a> {
        let name = Box::new(name);
        Writer {
            folder: folder.to_owned(),
            name,
            most,
            closed: false,
            part: 0,
            index: 0,
            open: None,
            done: Vec::new(),
            held: None,
        }
    }

    /// For a folder of the program's own: nobody else may even see how much lies there.
    #[must_use]
    pub fn closed(mut self) -> Writer<'a> {
        self.closed = true;
        self
    }

    /// Takes the next sealed segment. It is written when it is known whether another one follows.
    ///
    /// # Errors
    /// `stick_full`, `stick_unwritable`.
    pub fn add(&mut self, sealed: Vec<u8>) -> Result<(), Problem> {
        let before = self.held.replace(sealed);
        before.map_or(Ok(()), |sealed| self.write(sealed, false))
    }

    fn write(&mut self, sealed: Vec<u8>, last: bool) -> Result<(), Problem> {
        self.index += 1;
        let bytes = Frame { index: self.index, last, sealed }.bytes();
        let length = bytes.len() as u64;
        if self.open.as_ref().is_some_and(|o| o.bytes + length > self.most) {
            self.end_file()?;
        }
        if self.open.is_none() {
            self.part += 1;
            let path = self.folder.join((self.name)(self.part));
            // Neither FAT nor exFAT keeps modes, so none is set: what is written can be read by its addressee alone.
            let unfinished = path.with_extension(UNFINISHED);
            let file = if self.closed { crate::private::new_file(&unfinished) } else { File::create(unfinished) };
            let file = file.map_err(|e| failed(&e))?;
            self.open = Some(Open { file, path, hash: Sha256::new(), bytes: 0 });
            self.put(bundle::OPENING)?;
        }
        self.put(&bytes)
    }

    fn put(&mut self, bytes: &[u8]) -> Result<(), Problem> {
        let Some(open) = &mut self.open else { return Ok(()) };
        open.hash.update(bytes);
        open.bytes += bytes.len() as u64;
        open.file.write_all(bytes).map_err(|e| failed(&e))
    }

    fn end_file(&mut self) -> Result<(), Problem> {
        let Some(open) = self.open.take() else { return Ok(()) };
        let unfinished = open.path.with_extension(UNFINISHED);
        let (path, bytes, hash) = (open.path, open.bytes, open.hash.finalize().into());
        self.done.push(Written { unfinished, path, hash, bytes });
        point("bundle.written");
        open.file.sync_all().map_err(|e| failed(&e))?;
        point("bundle.flushed");
        Ok(())
    }

    /// Ends the bundle: everything on the stick under its name, read back, and the same.
    ///
    /// # Errors
    /// `stick_full`, `stick_unwritable`; `stick_bad` when something else was read than was written.
    pub fn finish(mut self) -> Result<Stowed, Problem> {
        if let Some(sealed) = self.held.take() {
            self.write(sealed, true)?;
        }
        self.end_file()?;
        for part in &self.done {
            fs::rename(&part.unfinished, &part.path).map_err(|e| failed(&e))?;
            point("bundle.renamed");
        }
        crate::private::sync_folder(&self.folder).map_err(|e| failed(&e))?;
        point("bundle.kept");
        for part in &self.done {
            if hash_of(&part.path).map_err(|e| failed(&e))? != part.hash {
                let _ = fs::remove_file(&part.path);
                return Err(Problem::new("stick_bad").with("file", part.path.display()));
            }
        }
        let done = std::mem::take(&mut self.done);
        let bytes = done.iter().map(|p| p.bytes).sum();
        Ok(Stowed { files: done.into_iter().map(|p| p.path).collect(), segments: self.index, bytes })
    }
}

impl Drop for Writer<'_> {
    fn drop(&mut self) {
        let open = self.open.take().map(|o| o.path.with_extension(UNFINISHED));
        for path in self.done.drain(..).map(|p| p.unfinished).chain(open) {
            let _ = fs::remove_file(path);
        }
    }
}

fn hash_of(path: &Path) -> std::io::Result<[u8; 32]> {
    let (mut file, mut hash, mut buffer) = (File::open(path)?, Sha256::new(), vec![0; CHUNK]);
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hash.finalize().into()),
            n => hash.update(&buffer[..n]),
        }
    }
}

/// The bundle files of a folder, by name; `back` for those that come back from the district.
///
/// # Errors
/// `stick_unreadable`.
pub fn files(folder: &Path, back: bool) -> Result<Vec<PathBuf>, Problem> {
    let unreadable = |e: std::io::Error| Problem::new("stick_unreadable").with("why", e);
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let name = path.file_name().and_then(|n| n.to_str()).unwrap_or_default();
        if bundle::direction(name) == Some(back) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// Removes bundles that nobody finished: a program that was cut leaves them, and no reader looks at them.
///
/// # Errors
/// `stick_unreadable`, `stick_unwritable`.
pub fn forget_unfinished(folder: &Path) -> Result<(), Problem> {
    let entries = fs::read_dir(folder).map_err(|e| Problem::new("stick_unreadable").with("why", e))?;
    let unfinished = |path: &PathBuf| {
        let finished = path.with_extension(bundle::ENDING.trim_start_matches('.'));
        path.extension().is_some_and(|e| e == UNFINISHED)
            && finished.file_name().and_then(|n| n.to_str()).is_some_and(|n| bundle::direction(n).is_some())
    };
    for path in entries.flatten().map(|e| e.path()).filter(unfinished) {
        fs::remove_file(path).map_err(|e| failed(&e))?;
    }
    Ok(())
}

/// Gives every intact frame of a file to `each`. A block that cannot be read is passed over: what lies behind it counts.
///
/// # Errors
/// `stick_unreadable` when the file cannot be opened; those of `each`.
pub fn frames(path: &Path, mut each: impl FnMut(Frame) -> Result<(), Problem>) -> Result<(), Problem> {
    use std::io::{Seek, SeekFrom};
    let unreadable = |e: std::io::Error| Problem::new("stick_unreadable").with("why", e);
    let mut file = File::open(path).map_err(unreadable)?;
    let length = file.metadata().map_err(unreadable)?.len();
    let (mut scanner, mut buffer, mut at) = (Scanner::default(), vec![0; CHUNK], 0);
    while at < length {
        match file.read(&mut buffer) {
            Ok(0) => break,
            Ok(n) => {
                at += n as u64;
                scanner.push(&buffer[..n]).into_iter().try_for_each(&mut each)?;
            }
            Err(e) if e.kind() == ErrorKind::Interrupted => {}
            Err(e) => {
                tracing::warn!("a block of {} cannot be read: {e}", path.display());
                scanner.finish().into_iter().try_for_each(&mut each)?;
                at += BLOCK;
                file.seek(SeekFrom::Start(at)).map_err(unreadable)?;
            }
        }
    }
    scanner.finish().into_iter().try_for_each(&mut each)
}

/// What is passed over when the stick cannot read: the block of flash memory that fails as one.
const BLOCK: u64 = 4 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bundle_is_split_below_the_largest_file_and_read_whole() {
        let folder = tempfile::tempdir().expect("folder");
        let mut writer = Writer::new(folder.path(), 3_000, |part| bundle::file_name("63.05", "K7F", 1, part));
        for n in 0..10u8 {
            writer.add(vec![n; 1_000]).expect("added");
        }
        let stowed = writer.finish().expect("finished");
        assert_eq!((stowed.files.len(), stowed.segments), (5, 10));
        let mut read = Vec::new();
        for file in files(folder.path(), false).expect("listed") {
            assert!(fs::metadata(&file).expect("there").len() <= 3_000);
            frames(&file, |f| {
                read.push((f.index, f.last, f.sealed[0]));
                Ok(())
            })
            .expect("read");
        }
        assert_eq!(read.len(), 10);
        assert!(read.iter().all(|(i, last, n)| *i == u32::from(*n) + 1 && *last == (*i == 10)));
    }

    #[test]
    fn what_is_not_finished_leaves_nothing_behind() {
        let folder = tempfile::tempdir().expect("folder");
        let mut writer = Writer::new(folder.path(), 1_500, |part| bundle::file_name("63.05", "K7F", 1, part));
        for n in 0..4u8 {
            writer.add(vec![n; 1_000]).expect("added");
        }
        drop(writer);
        assert_eq!(fs::read_dir(folder.path()).expect("folder").count(), 0);
    }
}
