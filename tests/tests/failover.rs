//! Goal: what a counter was told is safe survives the loss of the primary (protocol 2.5, R8): `experiments/syncrep.sh` on the
//! product, with a PostgreSQL primary, one synchronous standby that stands still, and the primary destroyed.
//!
//! Runs with JUKUNG_FAILOVER=1 (`./test --failover`), because it makes two clusters; needs PostgreSQL 15's programs. The same
//! variable says how often three nodes under Patroni lose their primary ([`again`]).

#[path = "failover/again.rs"]
mod again;
mod district_world;
#[path = "failover/patroni.rs"]
mod patroni;

use district_world::{Counter, OFFICE, World, shared};
use jukung_district::District;
use postgres::{Client, NoTls};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::thread;

/// The standby, with the programs of the newest PostgreSQL here.
struct Standby {
    bin: PathBuf,
    data: PathBuf,
}

const STANDBY_PORT: &str = "5433";

/// How it runs: a standby must allow as many connections as its primary (`tools/pg-private.sh`), or it does not start.
fn options(host: &str) -> String {
    format!("-k '{host}' -p {STANDBY_PORT} -c listen_addresses='' -c max_connections=200")
}

/// Runs a program of PostgreSQL, as its own user when this is root: it refuses to run as root.
fn run(program: &Path, arguments: &[&str]) {
    let root = Command::new("id").arg("-u").output().expect("id").stdout == b"0\n";
    let mut command = if root { Command::new("runuser") } else { Command::new(program) };
    if root {
        command.args(["-u", "postgres", "--"]).arg(program);
    }
    let done = command
        .args(arguments)
        .current_dir("/")
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .output()
        .expect("it runs");
    assert!(done.status.success(), "{}: {}", program.display(), String::from_utf8_lossy(&done.stderr));
}

impl Standby {
    /// A copy of the cluster whose sockets lie in `sockets`, following it synchronously.
    fn of(sockets: &Path, primary: &mut Client) -> Standby {
        let mut versions: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
            .expect("PostgreSQL")
            .map(|d| d.expect("folder").path().join("bin"))
            .collect();
        versions.sort();
        let data = sockets.join("standby");
        let standby = Standby { bin: versions.pop().expect("a version"), data };
        let host = sockets.display().to_string();
        let from = format!("application_name=s1 host={host} user=postgres");
        run(
            &standby.bin.join("pg_basebackup"),
            &["-c", "fast", "-D", &standby.path(), "-R", "-X", "stream", "-d", &from],
        );
        let options = options(&host);
        run(
            &standby.bin.join("pg_ctl"),
            &["-D", &standby.path(), "-w", "-o", &options, "-l", &format!("{host}/standby.log"), "start"],
        );
        for sql in [
            "ALTER SYSTEM SET synchronous_standby_names = '*'",
            "ALTER SYSTEM SET synchronous_commit = 'on'",
            "SELECT pg_reload_conf()",
        ] {
            primary.batch_execute(sql).expect(sql);
        }
        seen(primary, "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'");
        standby
    }

    fn path(&self) -> String {
        self.data.display().to_string()
    }

    fn signal(&self, name: &str) {
        let _ = signal(&self.data, name);
    }

    /// Makes it the primary, without what still lies unread in its connection to the old one.
    fn promote(&self) {
        let killed = signal(&self.data, "KILL");
        while killed.iter().any(|pid| lives(pid)) {
            thread::yield_now();
        }
        let log = self.data.with_extension("log").display().to_string();
        let folder = self.data.parent().expect("a folder");
        // Nobody may have collected it yet, and then its locks look like those of a server that runs.
        let lock = folder.join(format!(".s.PGSQL.{STANDBY_PORT}.lock"));
        for left in [self.data.join("postmaster.pid"), lock] {
            let _ = std::fs::remove_file(left);
        }
        let host = folder.display().to_string();
        let options = options(&host);
        run(&self.bin.join("pg_ctl"), &["-D", &self.path(), "-w", "-o", &options, "-l", &log, "start"]);
        run(&self.bin.join("pg_ctl"), &["-D", &self.path(), "-w", "promote"]);
    }
}

impl Drop for Standby {
    fn drop(&mut self) {
        self.signal("CONT");
        let mut stop = Command::new("runuser");
        stop.args(["-u", "postgres", "--"]).arg(self.bin.join("pg_ctl")).args([
            "-D",
            &self.path(),
            "-m",
            "immediate",
            "stop",
        ]);
        let _ = stop.stdout(Stdio::null()).stderr(Stdio::null()).status();
    }
}

/// Sends a signal to the server of a data folder and its children, by the number it wrote down; gives all numbers.
fn signal(data: &Path, name: &str) -> Vec<String> {
    let Ok(written) = std::fs::read_to_string(data.join("postmaster.pid")) else { return Vec::new() };
    let parent = written.lines().next().unwrap_or_default().to_owned();
    let children = Command::new("pgrep").args(["-P", &parent]).output().expect("pgrep").stdout;
    let children = String::from_utf8_lossy(&children);
    let all: Vec<String> = [parent.as_str()].into_iter().chain(children.lines()).map(str::to_owned).collect();
    for pid in &all {
        let _ = Command::new("kill").args([&format!("-{name}"), pid]).stderr(Stdio::null()).status();
    }
    all
}

/// Whether a process still runs: one that ended and was not collected does not.
fn lives(pid: &str) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(')').is_some_and(|(_, rest)| !rest.trim_start().starts_with('Z'))
}

/// Asks until `sql` counts something: the server's own progress, not a pause, ends the wait.
fn seen(client: &mut Client, sql: &str) {
    while client.query_one(sql, &[]).expect(sql).get::<_, i64>(0) == 0 {
        thread::yield_now();
    }
}

const WAITS: &str = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'";
/// Events of the district.
const EVENTS: &str = "SELECT count(*) FROM event";

#[test]
fn nothing_is_acknowledged_that_a_failover_loses() {
    if std::env::var("JUKUNG_FAILOVER").is_err() {
        eprintln!("skipped: JUKUNG_FAILOVER is not set (./test --failover)");
        return;
    }
    // A cluster of its own: the standby stands still and the primary is destroyed.
    let folder = PathBuf::from(format!("/tmp/jukung-fo.{}", std::process::id()));
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tools/pg-private.sh");
    let cluster = folder.display().to_string();
    let url = Command::new(&script).args(["start", &cluster]).output().expect("a cluster").stdout;
    let url = String::from_utf8(url).expect("a URL").trim().to_owned();
    let mut admin = Client::connect(&url, NoTls).expect("the primary");
    let home = tempfile::tempdir().expect("folder");
    let district = Arc::new(District::open(home.path(), Some(&url), shared()).expect("a district"));
    let world = World { district, folder: home };
    let counter = Counter::enrol(&world, OFFICE, 1);
    let (event, _) = counter.create(1, "Halimah Contoh", None);
    let standby = Standby::of(&folder, &mut admin);
    standby.signal("STOP");

    for deed in ["pg_cancel_backend", "pg_terminate_backend"] {
        let told = thread::scope(|scope| {
            let sending =
                scope.spawn(|| counter.send(&world, std::slice::from_ref(&event), &[]).map(|(answer, _)| answer.ack));
            seen(&mut admin, WAITS);
            let sql = format!("SELECT {deed}(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'");
            admin.batch_execute(&sql).expect("done");
            sending.join().expect("it ends")
        });
        assert!(told.is_err(), "{deed}: the commit was not awaited, so nothing is acknowledged: {told:?}");
    }
    // It lies in the primary all the same: that is what makes a retry dangerous.
    assert_eq!(admin.query_one(EVENTS, &[]).expect("read").get::<_, i64>(0), 1);
    let again = "BEGIN; INSERT INTO event SELECT * FROM event ON CONFLICT DO NOTHING; COMMIT";
    admin
        .batch_execute(again)
        .expect("a retry that writes nothing waits for nobody: without R8 it would be acknowledged here");

    let told = thread::scope(|scope| {
        let sending =
            scope.spawn(|| counter.send(&world, std::slice::from_ref(&event), &[]).map(|(answer, _)| answer.ack));
        seen(&mut admin, WAITS);
        assert!(!sending.is_finished(), "the retry wrote something, so it waits for the standby too");
        // The primary is destroyed.
        signal(&folder.join("data"), "KILL");
        sending.join().expect("it ends")
    });
    assert!(told.is_err(), "no acknowledgement: {told:?}");
    standby.promote();
    let url = format!("{url}&port={STANDBY_PORT}");
    let mut promoted = Client::connect(&url, NoTls).expect("the new primary");
    assert_eq!(promoted.query_one(EVENTS, &[]).expect("read").get::<_, i64>(0), 0, "it was lost with the primary");
    promoted
        .batch_execute("ALTER SYSTEM RESET synchronous_standby_names")
        .and_then(|()| promoted.batch_execute("SELECT pg_reload_conf()"))
        .expect("alone now");
    let district = Arc::new(District::open(world.folder.path(), Some(&url), shared()).expect("the district again"));
    let World { folder: home, .. } = world;
    let world = World { district, folder: home };
    let (answer, _) = counter.send(&world, std::slice::from_ref(&event), &[]).expect("an answer");
    assert_eq!(answer.ack[0].1, 1, "the counter sends it again, as nobody told it otherwise");
    assert_eq!(promoted.query_one(EVENTS, &[]).expect("read").get::<_, i64>(0), 1);
    drop(standby);
    Command::new(&script).args(["stop", &cluster]).status().expect("stopped");
    let _ = std::fs::remove_dir_all(&folder);
}
