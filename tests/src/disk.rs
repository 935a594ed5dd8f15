//! A small disk of its own that a test can fill, empty and make read-only: what a full or locked disk does is not imagined.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A file system in memory (tmpfs) on a folder, gone with the test.
pub struct SmallDisk {
    at: PathBuf,
}

fn mount(arguments: &[&str], at: &Path) -> bool {
    // Only root may mount; without it sudo is asked, and never for a password.
    [&["mount"][..], &["sudo", "-n", "mount"]].iter().any(|call| {
        let command = Command::new(call[0]).args(&call[1..]).args(arguments).arg(at).output();
        command.is_ok_and(|done| done.status.success())
    })
}

impl SmallDisk {
    /// A disk of `mib` on the folder `at`, which is made; `None` (said aloud) where nobody may mount, which under CI=true
    /// is a failure.
    ///
    /// # Panics
    /// When the folder cannot be made; under CI=true, when nothing can be mounted.
    #[must_use]
    pub fn new(at: &Path, mib: u32) -> Option<SmallDisk> {
        std::fs::create_dir_all(at).unwrap();
        if mount(&["-t", "tmpfs", "-o", &format!("size={mib}m,mode=700"), "tmpfs"], at) {
            return Some(SmallDisk { at: at.to_owned() });
        }
        assert!(std::env::var("CI").as_deref() != Ok("true"), "CI must be able to mount a tmpfs");
        eprintln!("skipped: a full disk needs root or sudo without a password, to mount a tmpfs");
        None
    }

    fn filler(&self) -> PathBuf {
        self.at.join("somebody-elses-video.mp4")
    }

    /// Fills it to the last byte, as somebody's videos do.
    ///
    /// # Panics
    /// When it does not get full.
    pub fn fill(&self) {
        let mut file = File::options().create(true).append(true).open(self.filler()).unwrap();
        for size in [1 << 16, 1 << 10, 1] {
            let chunk = vec![0_u8; size];
            while file.write_all(&chunk).is_ok() {}
        }
        file.write_all(&[0]).expect_err("the disk is full");
    }

    /// Makes room again.
    ///
    /// # Panics
    /// When it was not filled.
    pub fn empty(&self) {
        std::fs::remove_file(self.filler()).unwrap();
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
