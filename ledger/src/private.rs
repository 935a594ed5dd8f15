//! Folders and files that nobody but the program's own user may read, whatever the umask says.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::Path;

/// Makes the folder when it is missing and closes it to others (0700). On Windows the user's profile does that.
///
/// # Errors
/// Those of the file system.
pub fn folder(path: &Path) -> io::Result<()> {
    fs::create_dir_all(path)?;
    only_owner(path, 0o700)
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
