//! A small disk of its own that a test can fill, empty and make read-only: what a full or locked disk does is not imagined.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A file system in memory (tmpfs) on a folder, gone with the test.
pub struct SmallDisk {
    at: PathBuf,
    mib: u32,
}

fn mount(arguments: &[&str], at: &Path) -> bool {
    // Only root may mount; without it sudo is asked, and never for a password.
    [&["mount"][..], &["sudo", "-n", "mount"]].iter().any(|call| {
        let command = Command::new(call[0]).args(&call[1..]).args(arguments).arg(at).output();
        command.is_ok_and(|done| done.status.success())
    })
}

impl SmallDisk {
    /// A disk of `mib` (it takes no memory before it is written to) on the folder `at`, which is made; `None` (said aloud) where nobody may mount, which under CI=true
    /// is a failure.
    ///
    /// # Panics
    /// When the folder cannot be made; under CI=true, when nothing can be mounted.
    #[must_use]
    pub fn new(at: &Path, mib: u32) -> Option<SmallDisk> {
        std::fs::create_dir_all(at).unwrap();
        if mount(&["-t", "tmpfs", "-o", &format!("size={mib}m,mode=700"), "tmpfs"], at) {
            return Some(SmallDisk { at: at.to_owned(), mib });
        }
        assert!(std::env::var("CI").as_deref() != Ok("true"), "CI must be able to mount a tmpfs");
        eprintln!("skipped: a full disk needs root or sudo without a password, to mount a tmpfs");
        None
    }

    /// Gives it another size: somebody's videos come and go, without writing them.
    fn resize(&self, bytes: u64) {
        assert!(mount(&["-o", &format!("remount,size={bytes}")], &self.at), "cannot be resized");
    }

    fn used(&self) -> u64 {
        let said = Command::new("stat").args(["-f", "-c", "%S %b %f"]).arg(&self.at).output().unwrap();
        let said = String::from_utf8(said.stdout).unwrap();
        let n: Vec<u64> = said.split_whitespace().map(|n| n.parse().unwrap()).collect();
        n[0] * (n[1] - n[2])
    }

    /// Leaves so many bytes free.
    ///
    /// # Panics
    /// When it cannot be resized.
    pub fn leave(&self, free: u64) {
        self.resize(self.used() + free);
    }

    /// Fills it to the last page, as somebody's videos do.
    ///
    /// # Panics
    /// When it does not get full.
    pub fn fill(&self) {
        self.leave(0);
        let probe = self.at.join("probe");
        let refused = File::create(&probe).and_then(|mut f| f.write_all(&[0; 8192])).expect_err("the disk is full");
        assert_eq!(refused.kind(), std::io::ErrorKind::StorageFull);
        let _ = std::fs::remove_file(probe);
    }

    /// Makes room again.
    ///
    /// # Panics
    /// When it cannot be resized.
    pub fn empty(&self) {
        self.resize(u64::from(self.mib) << 20);
    }

    /// Makes it read-only, as a disk with a fault or a stick with its lock closed is.
    ///
    /// # Panics
    /// When a program still writes to it.
    pub fn lock(&self) {
        assert!(mount(&["-o", "remount,ro"], &self.at), "still in use");
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily: a program that still ends does not keep it.
        for call in [&["umount"][..], &["sudo", "-n", "umount"]] {
            if Command::new(call[0]).args(&call[1..]).arg("-l").arg(&self.at).output().is_ok_and(|d| d.status.success())
            {
                return;
            }
        }
    }
}
