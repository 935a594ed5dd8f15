//! Folders and files that nobody but the program's own user may read, whatever the umask says; and memory that nobody reads
//! from the disk afterwards.

use crate::point::point;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

/// Makes the folder when it is missing and closes it to others (0700). On Windows the user's profile does that. The name of
/// a new one is brought onto the disk: otherwise a power cut may take it with every file that was flushed inside.
///
/// # Errors
/// Those of the file system.
pub fn folder(path: &Path) -> io::Result<()> {
    let missing = path.ancestors().take_while(|folder| !folder.as_os_str().is_empty() && !folder.exists()).count();
    fs::create_dir_all(path)?;
    only_owner(path, 0o700)?;
    for parent in path.ancestors().skip(1).take(missing) {
        sync_folder(if parent.as_os_str().is_empty() { Path::new(".") } else { parent })?;
    }
    Ok(())
}

/// A new, empty file that only its owner may read and write (0600); an older one of that name is emptied and closed.
///
/// # Errors
/// Those of the file system.
pub fn new_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    open(path, &mut options)
}

/// Makes sure that the file is there and only its owner may read it, without touching what is in it. SQLite gives its
/// companions (WAL, shared memory) the mode of the database file.
///
/// # Errors
/// Those of the file system.
pub fn existing_file(path: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    open(path, &mut options).map(drop)
}

/// Writes a file whole or not at all: under the name `temporary`, flushed, then renamed to `path`, and the folder flushed. What
/// failed leaves nothing behind; what a power cut left under `temporary` is overwritten by the next one.
///
/// # Errors
/// Those of the file system.
pub fn whole(temporary: &Path, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let written = new_file(temporary).and_then(|mut file| {
        file.write_all(bytes)?;
        point("file.written");
        file.sync_all()
    });
    point("file.flushed");
    if let Err(e) = written.and_then(|()| fs::rename(temporary, path)) {
        let _ = fs::remove_file(temporary);
        return Err(e);
    }
    point("file.renamed");
    path.parent().map_or(Ok(()), sync_folder)?;
    point("file.kept");
    Ok(())
}

/// Brings a rename in this folder onto the disk. Windows offers no such call and keeps names by itself.
///
/// # Errors
/// Those of the file system.
pub fn sync_folder(path: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(path)?.sync_all() } else { Ok(()) }
}

fn open(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    let file = options.open(path)?;
    only_owner(path, 0o600)?;
    Ok(file)
}

#[cfg(unix)]
fn only_owner(path: &Path, mode: u32) -> io::Result<()> {
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(mode))
}

#[cfg(not(unix))]
fn only_owner(_path: &Path, _mode: u32) -> io::Result<()> {
    Ok(())
}

/// Bytes a core dump may have: none. One, not zero, since Linux asks this limit for a dump that goes to a program (systemd-coredump,
/// apport) only when it is exactly one (core(5), `do_coredump`).
#[cfg(unix)]
const DUMP_BYTES: u64 = 1;

/// A program that falls over leaves no picture of its memory on the disk, nor does one it starts (the web view's own
/// processes): keys, names and numbers stand in it. Windows keeps none unless its owner asks for them.
pub fn no_core_dump() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
        let allowed = getrlimit(Resource::Core).maximum.unwrap_or(DUMP_BYTES).min(DUMP_BYTES);
        let limit = Rlimit { current: Some(allowed), maximum: Some(allowed) };
        if let Err(e) = setrlimit(Resource::Core, limit) {
            tracing::warn!("core dumps cannot be switched off: {e}");
        }
    }
}
