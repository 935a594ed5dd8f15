//! Files brought to a backup or back from one: whole under their name or not at all, read back and compared.

use crate::point::point;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::Path;

/// Bytes compared at a time.
const CHUNK: usize = 256 * 1024;

/// What was brought.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Brought {
    /// Files that were not there before.
    pub files: usize,
    /// Their bytes.
    pub bytes: u64,
}

/// Copies one file: a temporary name, flushed, read back, compared, and only then its own name.
///
/// # Errors
/// Those of the file system; `InvalidData` when something else was read back than was written.
pub fn one(from: &Path, to: &Path) -> io::Result<()> {
    let temporary = to.with_extension("part");
    let copied = File::create(&temporary).and_then(|mut file| {
        io::copy(&mut File::open(from)?, &mut file)?;
        file.flush()?;
        point("copy.written");
        file.sync_all()
    });
    point("copy.flushed");
    let done = copied.and_then(|()| {
        if !same(from, &temporary)? {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "read back otherwise than written"));
        }
        fs::rename(&temporary, to)
    });
    point("copy.renamed");
    if done.is_err() {
        let _ = fs::remove_file(&temporary);
    }
    done
}

/// Whether a file that is named by its content is there already.
#[must_use]
pub fn is_there(from: &Path, to: &Path) -> bool {
    let length = |path: &Path| fs::metadata(path).map(|m| m.len()).ok();
    length(to).is_some_and(|l| Some(l) == length(from))
}

/// Copies the files of a folder of folders (`ab/abcd…`) that are not there yet; unfinished ones are left out.
///
/// # Errors
/// Those of [`one`].
pub fn folders(from: &Path, to: &Path) -> io::Result<Brought> {
    let mut brought = Brought::default();
    for folder in fs::read_dir(from).into_iter().flatten().flatten().map(|e| e.path()).filter(|p| p.is_dir()) {
        let Some(name) = folder.file_name() else { continue };
        let inner = files(&folder, &to.join(name))?;
        brought = Brought { files: brought.files + inner.files, bytes: brought.bytes + inner.bytes };
    }
    Ok(brought)
}

/// Copies the files of one folder that are not there yet; unfinished ones are left out.
///
/// # Errors
/// Those of [`one`].
pub fn files(from: &Path, to: &Path) -> io::Result<Brought> {
    let mut brought = Brought::default();
    for file in fs::read_dir(from).into_iter().flatten().flatten().map(|e| e.path()).filter(|p| p.is_file()) {
        let Some(name) = file.file_name() else { continue };
        let target = to.join(name);
        if file.extension().is_some() || is_there(&file, &target) {
            continue;
        }
        crate::private::folder(to)?;
        one(&file, &target)?;
        brought = Brought { files: brought.files + 1, bytes: brought.bytes + fs::metadata(&target)?.len() };
    }
    Ok(brought)
}

fn same(one: &Path, other: &Path) -> io::Result<bool> {
    let (mut one, mut other) = (File::open(one)?, File::open(other)?);
    let (mut a, mut b) = (vec![0; CHUNK], vec![0; CHUNK]);
    loop {
        let n = one.read(&mut a)?;
        if n == 0 {
            return Ok(other.read(&mut b)? == 0);
        }
        if other.read_exact(&mut b[..n]).is_err() || a[..n] != b[..n] {
            return Ok(false);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_new_is_brought_and_nothing_unfinished() {
        let dir = tempfile::tempdir().expect("a folder");
        let (from, to) = (dir.path().join("from"), dir.path().join("to"));
        fs::create_dir_all(from.join("ab")).expect("made");
        fs::write(from.join("ab/abcd"), b"a scan").expect("written");
        fs::write(from.join("ab/abce.part"), b"half").expect("written");
        assert_eq!(folders(&from, &to).expect("brought"), Brought { files: 1, bytes: 6 });
        assert_eq!(fs::read(to.join("ab/abcd")).expect("there"), b"a scan");
        assert_eq!(folders(&from, &to).expect("brought"), Brought::default());
        assert_eq!(fs::read_dir(to.join("ab")).expect("listed").count(), 1);
    }
}
