//! What a program did to its disk, in the order of the calls that came back: read from what `strace` wrote down.

use std::collections::HashMap;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Every call that may change a file, a name or what is on the disk.
const CALLS: &str = "trace=openat,creat,write,writev,pwrite64,pwritev,pwritev2,truncate,ftruncate,fallocate,copy_file_range,sendfile,\
    splice,rename,renameat,renameat2,link,linkat,symlink,symlinkat,unlink,unlinkat,rmdir,mkdir,mkdirat,fsync,fdatasync,\
    sync_file_range,msync,sync,syncfs,lseek";
/// More than any one write: nothing is cut off.
const STRING_BYTES_MAX: &str = "8000000";
/// Shared memory of the write-ahead log: no power cut leaves any of it, and SQLite makes it anew.
const MEMORY: &str = "-shm";

/// One deed; paths are relative to the data folder.
#[derive(Debug, Clone)]
pub enum Deed {
    /// A file was opened: made when it was not there, emptied, its writes going to its end.
    Open { path: PathBuf, fd: i64, makes: bool, empties: bool, appends: bool },
    /// Bytes at a place, or where the descriptor stands.
    Write { path: PathBuf, fd: i64, at: Option<u64>, bytes: Vec<u8> },
    /// The descriptor stands here now.
    Seek { fd: i64, at: u64 },
    /// The file is this long now.
    Cut { path: PathBuf, length: u64 },
    /// A file or a folder was brought onto the disk.
    Flush { path: PathBuf },
    /// A name became another.
    Rename { from: PathBuf, to: PathBuf },
    /// A name went.
    Remove { path: PathBuf },
    /// A folder was made.
    Folder { path: PathBuf },
    /// The program told its clerk that this is kept.
    Said(String),
}

/// The command that writes down what `program` does.
pub fn recorded(program: &Path, to: &Path) -> Command {
    let mut command = Command::new("strace");
    command.args([
        "-f",
        "-qq",
        "-y",
        "-xx",
        "-s",
        STRING_BYTES_MAX,
        "--seccomp-bpf",
        "-e",
        "signal=none",
        "-e",
        CALLS,
        "-o",
    ]);
    command.arg(to).arg("--").arg(program);
    command
}

/// The deeds below `data`, and the lines written to `acks`.
pub fn read(written: &str, data: &Path, acks: &Path) -> Vec<Deed> {
    let (mut begun, mut deeds) = (HashMap::new(), Vec::new());
    for line in written.lines() {
        let (thread, call) = line.split_once(' ').expect("a thread and its call");
        let call = call.trim_start();
        let whole = if let Some(half) = call.strip_suffix(" <unfinished ...>") {
            begun.insert(thread.to_owned(), half.to_owned());
            continue;
        } else if let Some(rest) = call.strip_prefix("<... ") {
            let rest = rest.split_once("resumed>").expect("how it ended").1;
            begun.remove(thread).expect("it had begun") + rest
        } else {
            call.to_owned()
        };
        deeds.extend(deed(&whole, &Around { data, acks }));
    }
    deeds
}

struct Around<'a> {
    data: &'a Path,
    acks: &'a Path,
}

impl Around<'_> {
    /// The place below the data folder; none for any other file, one that has no name any more, and shared memory.
    fn place(&self, path: &Path) -> Option<PathBuf> {
        let inside = path.strip_prefix(self.data).ok()?;
        (!inside.to_string_lossy().ends_with(MEMORY)).then(|| inside.to_owned())
    }
}

/// The bytes of `\x..` text.
fn bytes(text: &str) -> Vec<u8> {
    hex::decode(text.replace("\\x", "")).unwrap_or_else(|e| panic!("{e}: {text:.80}"))
}

fn path(text: &str) -> PathBuf {
    PathBuf::from(std::ffi::OsString::from_vec(bytes(text)))
}

/// The file behind a descriptor, `5<\x2f…>`; none when it has no name any more.
fn behind(argument: &str) -> Option<PathBuf> {
    let (_, rest) = argument.split_once('<')?;
    let (name, after) = rest.split_once('>')?;
    (after.is_empty() && name.starts_with("\\x2f")).then(|| path(name))
}

fn quoted(argument: &str) -> &str {
    assert!(!argument.ends_with("..."), "strace cut something off");
    argument.trim_matches('"')
}

/// A name beside the folder it is relative to.
fn named(folder: Option<&str>, argument: &str) -> PathBuf {
    folder.and_then(behind).unwrap_or_default().join(path(quoted(argument)))
}

fn number(text: &str) -> i64 {
    let digits = text.trim_start().split(|c: char| c != '-' && !c.is_ascii_digit()).next().unwrap_or_default();
    digits.parse().unwrap_or(-1)
}

fn deed(call: &str, around: &Around<'_>) -> Option<Deed> {
    let (before, told) = call.rsplit_once(" = ")?;
    let (name, arguments) = before.trim_end().strip_suffix(')')?.split_once('(')?;
    let args: Vec<&str> = arguments.split(", ").collect();
    let result = number(told);
    if result < 0 {
        return None;
    }
    let (fd, of_fd) = (number(args[0]), || behind(args[0]).and_then(|p| around.place(&p)));
    let length = |n: i64| u64::try_from(n).expect("a length");
    let at = |folder: Option<&str>, argument: &str| around.place(&named(folder, argument));
    match name {
        "openat" => {
            let flag = |name: &str| args[2].split('|').any(|f| f == name);
            let path = at(Some(args[0]), args[1])?;
            let (makes, empties, appends) = (flag("O_CREAT"), flag("O_TRUNC"), flag("O_APPEND"));
            Some(Deed::Open { path, fd: result, makes, empties, appends })
        }
        "write" if behind(args[0]).as_deref() == Some(around.acks) => {
            Some(Deed::Said(String::from_utf8(bytes(quoted(args[1]))).expect("a line")))
        }
        "write" | "pwrite64" => {
            let (path, mut written) = (of_fd()?, bytes(quoted(args[1])));
            written.truncate(usize::try_from(result).expect("a length"));
            Some(Deed::Write { path, fd, at: args.get(3).map(|n| length(number(n))), bytes: written })
        }
        "lseek" => of_fd().map(|_| Deed::Seek { fd, at: length(result) }),
        "ftruncate" => Some(Deed::Cut { path: of_fd()?, length: length(number(args[1])) }),
        "fsync" | "fdatasync" => Some(Deed::Flush { path: of_fd()? }),
        "rename" => moved(at(None, args[0]), at(None, args[1])),
        "renameat" | "renameat2" => moved(at(Some(args[0]), args[1]), at(Some(args[2]), args[3])),
        "unlink" | "rmdir" => Some(Deed::Remove { path: at(None, args[0])? }),
        "unlinkat" => Some(Deed::Remove { path: at(Some(args[0]), args[1])? }),
        "mkdir" => Some(Deed::Folder { path: at(None, args[0])? }),
        "mkdirat" => Some(Deed::Folder { path: at(Some(args[0]), args[1])? }),
        _ => {
            let inside = |a: &&str| behind(a).and_then(|p| around.place(&p)).is_some();
            assert!(!args.iter().any(inside), "{name} touches the data folder, and nobody reads it here: {call:.200}");
            None
        }
    }
}

/// Names move within the data folder only: what comes from elsewhere would have no bytes here.
fn moved(from: Option<PathBuf>, to: Option<PathBuf>) -> Option<Deed> {
    assert_eq!(from.is_some(), to.is_some(), "a file came from elsewhere, or went there");
    Some(Deed::Rename { from: from?, to: to? })
}
