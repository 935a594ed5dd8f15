//! `jukung-district`: serve, print enrolment codes, add officers, tell who opened what.
#![expect(clippy::print_stdout, reason = "a command line answers on standard output")]

mod command_computers;
mod command_load;
mod command_seal;

use clap::{Parser, Subcommand};
use jukung_district::District;
use jukung_district::edge::Edge;
use jukung_district::hotline::whatsapp::{self, WhatsApp};
use jukung_district::hotline::{Carrier, mail};
use jukung_district::signature::bsre;
use jukung_district::signature::local::Authority;
use jukung_domain::problem::Problem;
use jukung_domain::region::Regions;
use jukung_domain::texts::{of_problem, say};
use jukung_domain::wire::DistrictSettings;
use jukung_ledger::{Db, point, private};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

#[derive(Parser)]
#[command(name = "jukung-district", version, about = "The district's side of Jukung")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Args, Clone)]
struct Home {
    /// Folder for scans, the key and, without --database, the SQLite file.
    #[arg(long)]
    data: PathBuf,
    /// Folder with the region tables of other provinces; without it, `regions` in the data folder.
    #[arg(long, env = "JUKUNG_REGIONS")]
    regions: Option<PathBuf>,
    /// PostgreSQL instead of SQLite: postgres://user@host/database
    #[arg(long, env = "JUKUNG_DATABASE")]
    database: Option<String>,
}

#[derive(Subcommand)]
enum Command {
    /// Answers counters and officers.
    Serve {
        #[command(flatten)]
        home: Home,
        /// Address to listen on.
        #[arg(long, default_value = "127.0.0.1:8710")]
        listen: SocketAddr,
        /// Seconds that calls on their way have to end once the server is told to stop: a line that died says nothing for
        /// ever, and what was cut is sent again.
        #[arg(long, env = "JUKUNG_GRACE_S", default_value_t = 10)]
        grace: u64,
    },
    #[command(flatten)]
    Computers(command_computers::Computers),
    #[command(flatten)]
    Seal(command_seal::OnPdf),
    /// Adds an officer or changes a passphrase (read from JUKUNG_OFFICER_PASSPHRASE).
    Officer {
        #[command(flatten)]
        home: Home,
        /// Name for signing in.
        #[arg(long)]
        name: String,
        /// verifier, head, courier, complaint, auditor or admin, once for each; without it a new officer has them all.
        #[arg(long)]
        role: Vec<String>,
        /// Subdistrict that this officer sees (63.05.04), once for each; `all` for the whole district again. Without it nothing
        /// changes, and a new officer sees everything.
        #[arg(long)]
        area: Vec<String>,
        /// Their telephone is lost: signs in with the passphrase alone again.
        #[arg(long)]
        forget_code: bool,
    },
    /// Copies the SQLite database, the key and new scans, and verifies every event and every new scan. Run it nightly onto a
    /// disk that this computer's fire does not reach; the folder holds the key: keep it closed.
    Backup {
        #[command(flatten)]
        home: Home,
        /// Folder of the backup, in which the newest 14 copies of the database stay; or one file that ends in .db.
        #[arg(long, env = "JUKUNG_BACKUP")]
        to: PathBuf,
    },
    /// Verifies a copy made by other tools (a restored pg_dump): a file, or postgres://user@host/database.
    VerifyBackup {
        #[command(flatten)]
        home: Home,
        /// The copy.
        #[arg(long)]
        copy: String,
        /// Folder with the copied scans: an event whose scan is not there is not safe.
        #[arg(long)]
        scans: PathBuf,
    },
    /// Reads bundles that were carried here, or writes the answers that are carried back.
    Courier {
        #[command(subcommand)]
        way: Way,
    },
    /// Replaces the district's settings from a JSON file.
    Settings {
        #[command(flatten)]
        home: Home,
        /// JSON with form_edition, promised_days, extras, limits, hotline, hotline_hours, since, sample.
        #[arg(long)]
        file: PathBuf,
    },
    #[command(flatten)]
    Load(command_load::Load),
    /// Prints how far the audit of each computer is known, and what did not fit, one JSON line each; exits 1 when something did
    /// not. The first line is the Dinas's own chain: {from, to, broken}.
    Audit {
        #[command(flatten)]
        home: Home,
        /// Ends that were written down beside the backup (desk-audit-heads.jsonl), to be compared with.
        #[arg(long)]
        heads: Option<PathBuf>,
    },
    /// Prints who opened an application and its scans, one JSON line each: {at, officer, scan}.
    Openings {
        #[command(flatten)]
        home: Home,
        /// Registration number.
        #[arg(long)]
        number: String,
    },
}

#[derive(Subcommand)]
enum Way {
    /// Takes in every bundle in FOLDER as far as it is intact; exits 1 when something is missing.
    In {
        folder: PathBuf,
        #[command(flatten)]
        home: Home,
    },
    /// Writes an answer for every computer that ever sent a bundle into FOLDER.
    Out {
        folder: PathBuf,
        /// Takes this package of the counter's program along, with its .minisig beside it.
        #[arg(long)]
        release: Option<PathBuf>,
        #[command(flatten)]
        home: Home,
    },
}

#[tokio::main]
async fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
        .with_writer(std::io::stderr)
        .init();
    private::no_core_dump();
    point::arm(std::env::var(point::DIE_AT).ok().as_deref());
    match run(Cli::parse().command).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            tracing::error!("{problem}");
            println!("{} ({problem})", of_problem(&problem));
            ExitCode::FAILURE
        }
    }
}

fn open(home: &Home) -> Result<District, Problem> {
    let regions = home.regions.clone().unwrap_or_else(|| home.data.join("regions"));
    Regions::choose(Regions::with_folder(&regions)?);
    District::open(&home.data, home.database.as_deref(), Edge::system())
}

fn open_copy(copy: &str) -> Result<Db, Problem> {
    if copy.starts_with("postgres") {
        return Ok(Db::open_postgres(copy)?);
    }
    let file = std::path::Path::new(copy);
    if !file.is_file() {
        return Err(Problem::new("not_found").with("file", copy));
    }
    Ok(Db::open_sqlite(file, None)?)
}

/// What a backup holds, for the log of the night.
fn tell(verified: &jukung_district::backup::Verified) {
    let (logs, events, safe) = (verified.logs.to_string(), verified.events.to_string(), verified.safe.to_string());
    let (brought, broken) = (verified.brought.to_string(), verified.broken.to_string());
    println!(
        "{}",
        say("backup.verified", &[("logs", &logs), ("events", &events), ("safe", &safe), ("scans", &brought)])
    );
    if verified.broken > 0 {
        println!("{}", say("backup.broken", &[("n", &broken)]));
    }
}

fn line(value: &impl serde::Serialize) -> Result<(), Problem> {
    println!("{}", serde_json::to_string(value).map_err(|e| Problem::new("internal").with("at", e))?);
    Ok(())
}

/// Opening and asking may connect to PostgreSQL, whose client runs its own loop: keep it off ours.
async fn off<T: Send + 'static>(work: impl FnOnce() -> Result<T, Problem> + Send + 'static) -> Result<T, Problem> {
    tokio::task::spawn_blocking(work).await.map_err(|e| Problem::new("internal").with("at", e))?
}

/// Ends on Ctrl+C and on what systemd sends; calls under way are answered first.
async fn stop() {
    let interrupt = async {
        let _ = tokio::signal::ctrl_c().await;
    };
    #[cfg(unix)]
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => drop(signal.recv().await),
            Err(_) => std::future::pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminate = std::future::pending::<()>();
    tokio::select! { () = interrupt => {}, () = terminate => {} }
}

/// How often messages that are due are looked for.
const HOTLINE_EVERY: std::time::Duration = std::time::Duration::from_secs(5);

/// Sends messages in the background where WhatsApp or a mail server is configured; without it they wait in their table.
fn hotline(district: &Arc<District>) -> Result<(), Problem> {
    if let Some(config) = whatsapp::Config::from_environment() {
        let carrier = WhatsApp::new(config.clone()).map_err(|e| Problem::new("internal").with("at", e))?;
        let _ = district.whatsapp.set(config);
        send(district, Box::new(carrier));
    }
    if let Some(config) = mail::Config::read(|name| std::env::var(name).ok())? {
        send(district, Box::new(mail::Mail::new(config)?));
    }
    Ok(())
}

/// Sends the messages of one carrier, for ever.
fn send(district: &Arc<District>, carrier: Box<dyn Carrier>) {
    let district = district.clone();
    tokio::spawn(async move {
        let mut every = tokio::time::interval(HOTLINE_EVERY);
        loop {
            every.tick().await;
            if let Err(problem) = district.send_due(carrier.as_ref()).await {
                tracing::error!("messages wait: {problem}");
            }
        }
    });
}

/// Adds an officer, or changes what is said of one.
async fn officer(
    home: Home,
    name: String,
    role: Vec<String>,
    area: Vec<String>,
    forget_code: bool,
) -> Result<(), Problem> {
    let passphrase =
        std::env::var("JUKUNG_OFFICER_PASSPHRASE").map_err(|_| Problem::new("passphrase_short").with("min", 12))?;
    let add = move || {
        let district = open(&home)?;
        district.set_officer(&name, &passphrase)?;
        if forget_code {
            district.forget_code(&name)?;
        }
        if !area.is_empty() {
            district.set_areas(&name, &area)?;
        }
        if role.is_empty() { Ok(()) } else { district.set_roles(&name, &role) }
    };
    off(add).await
}

/// Answers calls until told to stop, and `grace` longer those that are on their way.
async fn serve(home: Home, listen: SocketAddr, grace: std::time::Duration) -> Result<(), Problem> {
    let district = Arc::new(off(move || open(&home)).await?);
    let socket = tokio::net::TcpListener::bind(listen)
        .await
        .map_err(|e| Problem::new("cannot_listen").with("address", listen).with("why", e))?;
    // What was bound, not what was asked: port 0 means that the system chooses.
    println!("jukung-district listens on http://{}", socket.local_addr().unwrap_or(listen));
    hotline(&district)?;
    let authority = Authority::from_environment().map_err(|e| Problem::new("internal").with("at", e))?;
    authority.map(|authority| district.time.set(authority));
    if let Some(config) = bsre::Config::from_environment() {
        let service = bsre::Bsre::new(config).map_err(|e| Problem::new("internal").with("at", e))?;
        let _ = district.bsre.set(Arc::new(service));
    }
    // With the caller's address: public pages count by it.
    let router = jukung_district::http::router(district).into_make_service_with_connect_info::<SocketAddr>();
    let (told, stopping) = tokio::sync::oneshot::channel::<()>();
    let stopped = async move {
        stop().await;
        let _ = told.send(());
    };
    let served = async { axum::serve(socket, router).with_graceful_shutdown(stopped).await };
    let too_long = async {
        let _ = stopping.await;
        tokio::time::sleep(grace).await;
    };
    tokio::select! {
        done = served => done.map_err(|e| Problem::new("internal").with("at", e)),
        () = too_long => {
            tracing::warn!("calls that did not end are cut");
            Ok(())
        }
    }
}

/// How far everybody's audit is known, and whether it holds.
async fn audit(home: Home, heads: Option<PathBuf>) -> Result<(), Problem> {
    let asked = move || {
        let district = open(&home)?;
        let chain = district.desk_audit(None)?;
        let differs = heads.map(|heads| district.desk_audit_against(&heads)).transpose()?.flatten();
        Ok((district.audit_known()?, district.audit_found()?, chain, differs))
    };
    let (known, found, chain, differs) = off(asked).await?;
    line(&chain)?;
    known.iter().try_for_each(line)?;
    found.iter().try_for_each(line)?;
    if let Some(head) = differs {
        return Err(Problem::new("desk_audit_differs").with("n", head.n));
    }
    if chain.broken > 0 {
        return Err(Problem::new("desk_audit_broken").with("n", chain.broken));
    }
    if found.is_empty() { Ok(()) } else { Err(Problem::new("audit_found").with("n", found.len())) }
}

async fn run(command: Command) -> Result<(), Problem> {
    match command {
        Command::Serve { home, listen, grace } => serve(home, listen, std::time::Duration::from_secs(grace)).await,
        Command::Computers(command) => command_computers::run(command).await,
        Command::Officer { home, name, role, area, forget_code } => officer(home, name, role, area, forget_code).await,
        Command::Load(command) => command_load::run(command).await,
        Command::Seal(command) => command_seal::run(command).await,
        Command::Openings { home, number } => {
            for opening in off(move || open(&home)?.openings(&number)).await? {
                line(&opening)?;
            }
            Ok(())
        }
        Command::Audit { home, heads } => audit(home, heads).await,
        Command::Backup { home, to } => {
            let verified = off(move || open(&home)?.back_up(&to)).await?;
            tell(&verified);
            Ok(())
        }
        Command::VerifyBackup { home, copy, scans } => {
            let verify = move || {
                let district = open(&home)?;
                let verified = district.verify_with(&open_copy(&copy)?, Some(&scans))?;
                // Beside the copied scans, as `backup` leaves it beside its own.
                district.leave_head(scans.parent().unwrap_or(&scans))?;
                Ok(verified)
            };
            let verified = off(verify).await?;
            tell(&verified);
            Ok(())
        }
        Command::Courier { way: Way::In { folder, home } } => {
            let taken = off(move || open(&home)?.courier_in(&folder)).await?;
            println!("{}", jukung_district::courier::told(&taken));
            if taken.missing.is_empty() { Ok(()) } else { Err(Problem::new("stick_broken")) }
        }
        Command::Courier { way: Way::Out { folder, release, home } } => {
            let (stowed, along) = off(move || {
                let district = open(&home)?;
                let along = release.map(|package| district.carry_release(&package, &folder)).transpose()?;
                Ok((district.courier_out(&folder)?, along))
            })
            .await?;
            if let Some(release) = along {
                println!("{}", say("update.along", &[("version", &release.shown())]));
            }
            println!("{}", say("courier.answered", &[("n", &stowed.len().to_string())]));
            Ok(())
        }
        Command::Settings { home, file } => {
            let text = std::fs::read_to_string(&file).map_err(|e| Problem::new("not_found").with("why", e))?;
            let settings: DistrictSettings =
                serde_json::from_str(&text).map_err(|e| Problem::new("bad_request").with("why", e))?;
            off(move || open(&home)?.set_settings(&settings).map_err(Problem::from)).await
        }
    }
}
