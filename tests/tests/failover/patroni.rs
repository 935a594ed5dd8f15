//! Three PostgreSQL nodes under Patroni with etcd, on this machine: what Debian packs, set as docs/operations.md says.

use super::signal;
use postgres::{Client, NoTls};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;

/// Nodes of the cluster.
pub const NODES: usize = 3;
/// How long a node may be silent before another takes over, in seconds: the shortest that two rounds of questions allow.
/// Patroni's own default is 30.
const TTL_S: u32 = 8;

/// A program that runs as PostgreSQL's own user and is killed with the cluster.
struct Running(Child);

impl Running {
    fn start(program: &str, arguments: &[String], log: &Path) -> Running {
        let root = Command::new("id").arg("-u").output().expect("id").stdout == b"0\n";
        // It becomes the program, where runuser would stay beside it and die alone.
        let mut command = Command::new(if root { "setpriv" } else { program });
        if root {
            command.args(["--reuid", "postgres", "--regid", "postgres", "--init-groups", program]);
        }
        let log = std::fs::File::options().create(true).append(true).open(log).expect("a log");
        let command = command.args(arguments).current_dir("/").stdin(Stdio::null());
        let command = command.stdout(log.try_clone().expect("a log")).stderr(log);
        Running(command.spawn().unwrap_or_else(|why| panic!("{program}: {why} (./test --failover installs it)")))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The cluster. A node that is `None` is dead.
pub struct Cluster {
    folder: PathBuf,
    ports: [u16; NODES],
    nodes: [Option<Running>; NODES],
    _etcd: Running,
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a free port").port()
}

fn newest_programs() -> String {
    let folders = std::fs::read_dir("/usr/lib/postgresql").expect("PostgreSQL");
    let mut bins: Vec<_> = folders.map(|d| d.expect("folder").path().join("bin")).collect();
    bins.sort();
    bins.pop().expect("a version").display().to_string()
}

/// What Patroni reads: a cluster in which nothing is acknowledged that only one node has (docs/operations.md).
fn settings(folder: &Path, n: usize, (port, rest, etcd): (u16, u16, u16)) -> String {
    let (folder, bin) = (folder.display(), newest_programs());
    format!(
        r#"{{"scope": "jukung", "name": "n{n}",
        "restapi": {{"listen": "127.0.0.1:{rest}", "connect_address": "127.0.0.1:{rest}"}},
        "etcd3": {{"host": "127.0.0.1:{etcd}"}},
        "bootstrap": {{
          "dcs": {{"ttl": {TTL_S}, "loop_wait": 2, "retry_timeout": 3, "master_start_timeout": 0, "check_timeline": true,
            "synchronous_mode": true, "synchronous_mode_strict": true,
            "postgresql": {{"use_pg_rewind": true,
              "parameters": {{"synchronous_commit": "on", "max_connections": 60, "wal_keep_size": "512MB"}}}}}},
          "initdb": [{{"encoding": "UTF8"}}, {{"locale": "C"}}, {{"auth": "trust"}}]}},
        "postgresql": {{
          "listen": "127.0.0.1:{port}", "connect_address": "127.0.0.1:{port}",
          "data_dir": "{folder}/n{n}", "bin_dir": "{bin}", "pgpass": "{folder}/pgpass{n}",
          "authentication": {{"superuser": {{"username": "postgres"}}, "replication": {{"username": "replicator"}},
            "rewind": {{"username": "postgres"}}}},
          "pg_hba": ["host all all 127.0.0.1/32 trust", "host replication all 127.0.0.1/32 trust", "local all all trust"],
          "parameters": {{"unix_socket_directories": "{folder}"}}}}}}"#
    )
}

impl Cluster {
    /// Makes it in `folder`; every node follows when it is there.
    pub fn start(folder: &Path) -> Cluster {
        std::fs::create_dir_all(folder).expect("folder");
        if Command::new("id").arg("-u").output().expect("id").stdout == b"0\n" {
            Command::new("chown").arg("postgres").arg(folder).status().expect("chown");
        }
        let (etcd, peer) = (free_port(), free_port());
        let (client, peers) = (format!("http://127.0.0.1:{etcd}"), format!("http://127.0.0.1:{peer}"));
        let data = folder.join("etcd").display().to_string();
        let arguments = [
            ("name", "e".to_owned()),
            ("data-dir", data),
            ("listen-client-urls", client.clone()),
            ("advertise-client-urls", client),
            ("listen-peer-urls", peers.clone()),
            ("initial-advertise-peer-urls", peers.clone()),
            ("initial-cluster", format!("e={peers}")),
        ];
        let arguments: Vec<String> = arguments.iter().flat_map(|(k, v)| [format!("--{k}"), v.clone()]).collect();
        let etcd_runs = Running::start("etcd", &arguments, &folder.join("etcd.log"));
        let ports = std::array::from_fn(|_| free_port());
        for (n, port) in ports.iter().enumerate() {
            let text = settings(folder, n, (*port, free_port(), etcd));
            std::fs::write(folder.join(format!("n{n}.json")), text).expect("settings");
        }
        let mut cluster = Cluster { folder: folder.to_owned(), ports, nodes: Default::default(), _etcd: etcd_runs };
        (0..NODES).for_each(|n| cluster.revive(n));
        cluster.whole();
        cluster
    }

    /// For the district: whichever node takes writes.
    pub fn url(&self, database: &str) -> String {
        let hosts: Vec<String> = self.ports.iter().map(|port| format!("127.0.0.1:{port}")).collect();
        format!(
            "postgresql://postgres@{}/{database}?target_session_attrs=read-write&connect_timeout=3",
            hosts.join(",")
        )
    }

    fn ask(&self, n: usize, sql: &str) -> Option<i64> {
        let url = format!("postgresql://postgres@127.0.0.1:{}/postgres?connect_timeout=3", self.ports[n]);
        let mut client = Client::connect(&url, NoTls).ok()?;
        client.query_one(sql, &[]).ok().map(|row| row.get(0))
    }

    /// The node that takes writes, as soon as there is one.
    pub fn leader(&self) -> usize {
        loop {
            let leads = |n: &usize| self.ask(*n, "SELECT (NOT pg_is_in_recovery())::int::bigint") == Some(1);
            if let Some(n) = (0..NODES).find(leads) {
                return n;
            }
            thread::yield_now();
        }
    }

    /// Waits until both others follow the leader and one of them is awaited by every commit; gives the leader.
    pub fn whole(&self) -> usize {
        let follow = "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'";
        let awaited = format!("{follow} AND sync_state IN ('sync', 'quorum')");
        loop {
            let n = self.leader();
            let all = i64::try_from(NODES - 1).expect("few");
            if self.ask(n, follow) == Some(all) && self.ask(n, &awaited).is_some_and(|count| count > 0) {
                return n;
            }
            thread::yield_now();
        }
    }

    /// The machine of a node stops at once: Patroni, the server and all its processes.
    pub fn kill(&mut self, n: usize) {
        self.nodes[n] = None;
        signal(&self.folder.join(format!("n{n}")), "KILL");
    }

    /// The machine starts again.
    pub fn revive(&mut self, n: usize) {
        let settings = self.folder.join(format!("n{n}.json")).display().to_string();
        let log = self.folder.join(format!("n{n}.log"));
        self.nodes[n] = Some(Running::start("patroni", &[settings], &log));
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        (0..NODES).for_each(|n| self.kill(n));
    }
}
