//! Named moments at which a test lets a program be killed: around every write, flush, rename, commit, send, print and reply.
//!
//! A program looks at `JUKUNG_DIE_AT` once, in `main`, and hands it to [`arm`]. Builds for counters and districts (release)
//! have no such moments. What a program passes is told with `RUST_LOG=jukung_ledger::point=trace`.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// The environment variable: `NAME:N`.
pub const DIE_AT: &str = "JUKUNG_DIE_AT";

struct Armed {
    name: String,
    left: AtomicU32,
}

static ARMED: OnceLock<Armed> = OnceLock::new();

/// Lets this program be killed when the point `NAME` is passed for the `N`th time (`said` is `NAME:N`; the first time
/// without `N`). Only the first call counts.
pub fn arm(said: Option<&str>) {
    if let (true, Some(said)) = (cfg!(debug_assertions), said) {
        let (name, n) = said.rsplit_once(':').unwrap_or((said, "1"));
        let left = AtomicU32::new(n.parse().unwrap_or(1));
        let _ = ARMED.set(Armed { name: name.to_owned(), left });
    }
}

/// The program passes here; if it was to die at this passing, it does.
pub fn point(name: &'static str) {
    if cfg!(debug_assertions) {
        tracing::trace!("passes {name}");
        if ARMED.get().is_some_and(|a| a.name == name && a.left.fetch_sub(1, Ordering::Relaxed) == 1) {
            tracing::error!("dies at {name}");
            die();
        }
    }
}

/// SIGKILL, as the system itself would send it: nothing is flushed, closed or told. The shell sends it, for no safe call does.
fn die() -> ! {
    if cfg!(unix) {
        let _ = std::process::Command::new("sh").args(["-c", "kill -KILL $PPID"]).status();
    }
    std::process::abort()
}
