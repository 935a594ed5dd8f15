//! A newer package of the counter's program on its way by stick: believed only with the minisign signature of who releases
//! Jukung (security.md 7.2), whose key stands in the district's signed settings.

use crate::{private, stick};
use jukung_domain::problem::Problem;
use minisign_verify::{PublicKey, Signature};
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// Ending of the signature beside a package, as the minisign tool writes it.
const SIGNATURE: &str = "minisig";
/// Ending of a package that this system installs.
pub const ENDING: &str = if cfg!(windows) { "exe" } else { "deb" };
/// A package of today is 20 MB; what is far larger is none.
const BYTES_MAX: u64 = 500 * 1024 * 1024;
/// Read at once.
const CHUNK: usize = 256 * 1024;

/// Major, minor and patch, compared as numbers.
pub type Version = (u32, u32, u32);

/// A package that its signature vouches for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    /// Of the program inside, by the name that was signed.
    pub version: Version,
    /// Where it lies.
    pub file: PathBuf,
}

impl Release {
    /// `0.2.0`.
    #[must_use]
    pub fn shown(&self) -> String {
        let (major, minor, patch) = self.version;
        format!("{major}.{minor}.{patch}")
    }
}

/// Reads `0.2.0`; none for anything else.
#[must_use]
pub fn version(text: &str) -> Option<Version> {
    let numbers: Vec<u32> = text.split('.').map(|n| n.parse().ok()).collect::<Option<_>>()?;
    <[u32; 3]>::try_from(numbers).ok().map(|[major, minor, patch]| (major, minor, patch))
}

/// The version in a name like `jukung_0.2.0_amd64.deb`.
fn version_in(name: &str) -> Option<Version> {
    name.strip_prefix("jukung_").and_then(|rest| rest.split('_').next()).and_then(version)
}

/// Packages in a folder that come with a signature, believed or not.
///
/// # Errors
/// `stick_unreadable`.
pub fn offered(folder: &Path) -> Result<Vec<PathBuf>, Problem> {
    let entries = fs::read_dir(folder).map_err(|e| Problem::new("stick_unreadable").with("why", e))?;
    let packages = entries.flatten().map(|entry| entry.path());
    let mut found: Vec<PathBuf> =
        packages.filter(|p| p.extension().is_some_and(|e| e == ENDING) && beside(p).is_file()).collect();
    found.sort();
    Ok(found)
}

fn beside(package: &Path) -> PathBuf {
    let mut name = package.as_os_str().to_owned();
    name.push(".");
    name.push(SIGNATURE);
    PathBuf::from(name)
}

fn untrusted(package: &Path) -> Problem {
    Problem::new("release_untrusted").with("file", name_of(package))
}

fn name_of(package: &Path) -> String {
    package.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// Believes a package whose signature `key` (base64, the second line of `minisign.pub`) made, over its bytes and its name.
///
/// # Errors
/// `release_untrusted` for any other; `stick_unreadable`.
pub fn verified(package: &Path, key: &str) -> Result<Release, Problem> {
    let unreadable = |e: io::Error| Problem::new("stick_unreadable").with("why", e);
    let doubted = |_| untrusted(package);
    let key = PublicKey::from_base64(key.trim()).map_err(doubted)?;
    let text = fs::read_to_string(beside(package)).map_err(unreadable)?;
    let signature = Signature::decode(&text).map_err(doubted)?;
    let mut file = File::open(package).map_err(unreadable)?;
    if file.metadata().map_err(unreadable)?.len() > BYTES_MAX {
        return Err(untrusted(package));
    }
    let mut check = key.verify_stream(&signature).map_err(doubted)?;
    let mut chunk = vec![0; CHUNK];
    loop {
        let read = file.read(&mut chunk).map_err(unreadable)?;
        if read == 0 {
            break;
        }
        check.update(&chunk[..read]);
    }
    check.finalize().map_err(doubted)?;
    // The tool signs the name too: an old package under a new name is no new one.
    let name = name_of(package);
    let signed = signature.trusted_comment().split('\t').any(|word| word.strip_prefix("file:") == Some(&*name));
    let version = version_in(&name).filter(|_| signed).ok_or_else(|| untrusted(package))?;
    Ok(Release { version, file: package.to_owned() })
}

/// Copies a package and its signature into another folder and believes the copy, read back, by the same key. What did not
/// fit or was not believed leaves nothing behind.
///
/// # Errors
/// Those of [`verified`]; `stick_full`, `stick_unwritable`.
pub fn carry(package: &Path, key: &str, to: &Path) -> Result<Release, Problem> {
    verified(package, key)?;
    let staging = to.join("pembaruan.part");
    let copied = copy_into(package, &staging).and_then(|copy| verified(&copy, key));
    let moved = copied.and_then(|mut release| {
        let last = to.join(name_of(package));
        let kept = fs::rename(beside(&release.file), beside(&last)).and_then(|()| fs::rename(&release.file, &last));
        kept.and_then(|()| private::sync_folder(to)).map_err(|e| stick::failed(&e))?;
        release.file = last;
        Ok(release)
    });
    let _ = fs::remove_dir_all(&staging);
    moved
}

fn copy_into(package: &Path, staging: &Path) -> Result<PathBuf, Problem> {
    let copy = staging.join(name_of(package));
    // Without modes: FAT has none, and a computer's data folder is closed as a whole.
    let copied = fs::create_dir_all(staging).and_then(|()| {
        for (from, to) in [(beside(package), beside(&copy)), (package.to_owned(), copy.clone())] {
            let mut file = File::create(&to)?;
            io::copy(&mut File::open(from)?, &mut file)?;
            file.sync_all()?;
        }
        Ok(())
    });
    copied.map(|()| copy).map_err(|e| stick::failed(&e))
}

/// Removes packages of a folder that are not newer than `than`.
///
/// # Errors
/// Those of the file system.
pub fn forget_older(folder: &Path, than: Version) -> io::Result<()> {
    for package in offered(folder).unwrap_or_default() {
        if version_in(&name_of(&package)).is_none_or(|own| own <= than) {
            fs::remove_file(beside(&package))?;
            fs::remove_file(package)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made once with the minisign tool (0.11), by a key that is thrown away.
    const KEY: &str = "RWRwv0i0JjJIxjtnt/3d+UFCByW1rHrVBr3hazZazbZkIqxTjsQIg6kk";
    const NAME: &str = "jukung_7.2.0_amd64.deb";
    const BYTES: &str = "made-up package signed by the minisign tool";
    const SIGNED: &str = "untrusted comment: signature from minisign secret key
RURwv0i0JjJIxn68mdUWXzmgYIwgtbT7NPy2udjDHxCtY2jUDCS/Gy90en6cBI2rWIgvpnc39F/EdxBqZkK4VQiQ0z77YInKcA4=
trusted comment: timestamp:1795792301\tfile:jukung_7.2.0_amd64.deb\thashed
DpC07q7DpApQ693pC62YWJtDa9rTbhpOQTKHUfNtTxQtmHt625an4HdWGf8oHBZ3rBvbJGpx5/RdzYJE7fP3CA==
";

    #[test]
    fn what_the_minisign_tool_signed_is_believed_and_not_a_byte_of_it_changed() {
        let folder = tempfile::tempdir().expect("folder");
        let package = folder.path().join(NAME);
        let put = |bytes: &str, signed: &str| {
            fs::write(&package, bytes).expect("written");
            fs::write(beside(&package), signed).expect("written");
        };
        put(BYTES, SIGNED);
        assert_eq!(verified(&package, KEY).expect("believed").version, (7, 2, 0));
        for (bytes, signed) in [
            (BYTES.replace("made", "Made"), SIGNED.to_owned()),
            (BYTES.to_owned(), SIGNED.replace("1795792301", "1795792302")),
            (BYTES.to_owned(), SIGNED.replace("7.2.0", "7.2.1")),
            (BYTES.to_owned(), String::new()),
        ] {
            put(&bytes, &signed);
            assert_eq!(verified(&package, KEY).expect_err("changed").code, "release_untrusted", "{signed}");
        }
    }

    #[test]
    fn versions_are_numbers_and_stand_in_the_name() {
        assert_eq!(version_in("jukung_0.10.2_amd64.deb"), Some((0, 10, 2)));
        assert!(version("0.10.0") > version("0.9.9"));
        for not in ["jukung-district_0.2.0_amd64.deb", "jukung_0.2_amd64.deb", "jukung_0.2.x_amd64.deb", "jukung.deb"] {
            assert_eq!(version_in(not), None, "{not}");
        }
    }
}
