//! `jukung-office`: the counter without its window: enrol, submit, sync, status, receipt, print, check, correct,
//! doctor, backup, restore.
#![expect(clippy::print_stdout, reason = "a command line answers on standard output")]

#[path = "jukung-office/audit.rs"]
mod audit;
#[path = "jukung-office/check.rs"]
mod check;
#[path = "jukung-office/disk.rs"]
mod disk;
#[path = "jukung-office/enrol.rs"]
mod enrol;
#[path = "jukung-office/people.rs"]
mod people;
#[path = "jukung-office/verify.rs"]
mod verify;

use clap::{Parser, Subcommand};
use jukung_domain::problem::Problem;
use jukung_domain::region::Regions;
use jukung_domain::texts::{of_problem, say};
use jukung_ledger::point;
use jukung_office::courier as told;
use jukung_office::edge::Edge;
use jukung_office::road::Http;
use jukung_office::tls::Trusted;
use jukung_office::{Office, home, normal, passed_on};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(Parser)]
#[command(name = "jukung-office", version, about = "The counter of Jukung without its window")]
struct Cli {
    /// Data folder of this counter.
    #[arg(long, default_value = "jukung-data")]
    data: PathBuf,
    /// Folder with the region tables of other provinces; without it, `regions` in the data folder.
    #[arg(long, env = "JUKUNG_REGIONS")]
    regions: Option<PathBuf>,
    /// Passphrase of the officer; better given as the environment variable.
    #[arg(long, env = "JUKUNG_PASSPHRASE", hide_env_values = true, default_value = "")]
    passphrase: String,
    /// Name of the officer; without it, the first of this computer.
    #[arg(long, env = "JUKUNG_PERSON", default_value = "")]
    person: String,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Enrols this computer with the one-time code of the Dinas, by network or by two files.
    Enrol(enrol::Args),
    /// Hands in the applications of a file (JSON, JSON lines or CSV).
    Submit { file: PathBuf },
    /// Sends and fetches now.
    #[command(after_help = EXIT_CODES)]
    Sync {
        /// Sends what was sealed when this counter was locked; needs no passphrase and can read no application.
        #[arg(long)]
        unattended: bool,
        /// Waits a random time of up to so many seconds first, so that not all counters call at once.
        #[arg(long, default_value_t = 0, requires = "unattended")]
        delay_max: u32,
    },
    /// What is here and where it is.
    Status,
    /// Writes the receipt of a number as PDF.
    Receipt {
        number: String,
        #[arg(short, long)]
        output: PathBuf,
        /// a5 or a4
        #[arg(long, default_value = "a5")]
        paper: String,
    },
    /// Prints the receipt of a number on this counter's printer, or into `cetak` in the data folder where it has none.
    Print {
        number: String,
        /// a5 or a4
        #[arg(long, default_value = "a5")]
        paper: String,
    },
    /// Corrects what the Dinas returned: FILE.json has {"fields": {…}}.
    Correct { number: String, file: PathBuf },
    /// Prints the findings of an application or of one value as JSON lines; exits 1 on any error.
    Check(check::Args),
    /// Checks a receipt by its QR, without a network: its text, or a file with the text or a picture.
    #[command(after_help = verify::EXIT_CODES)]
    Verify { receipt: String },
    /// Carries what waits by stick, and reads what the Dinas gave back.
    Courier {
        #[command(subcommand)]
        way: Way,
    },
    /// Reads everything in the data folder and says what is wrong.
    Doctor,
    /// Lets somebody in whose passphrase is lost: the code of the sealed envelope in JUKUNG_RECOVERY_CODE, or --file of the
    /// Dinas and its code there. Prints another passphrase and the next code.
    Recover {
        #[arg(long)]
        file: Option<PathBuf>,
    },
    /// Brings a backup up to date: the database whole, of the scans only new ones, everything read back. Carry it elsewhere.
    Backup {
        /// Folder of the backup, best on a disk or stick of its own.
        #[arg(long)]
        to: PathBuf,
    },
    /// Takes this office over on a spare computer: makes the data folder of a backup and opens it.
    Restore {
        /// Folder of the backup.
        #[arg(long)]
        from: PathBuf,
    },
    /// The key that this computer signs with.
    Key {
        #[command(subcommand)]
        what: Key,
    },
    /// What people did here: whether its records are whole, and who did what.
    Audit {
        #[command(subcommand)]
        what: audit::Audit,
    },
    /// The people of this computer; changes are a supervisor's.
    People {
        #[command(subcommand)]
        what: people::People,
    },
}

#[derive(Subcommand)]
enum Key {
    /// Draws another one, because somebody may have copied it; a supervisor's. The Dinas learns it with the next call, and
    /// then knows the old one no more: make new backups.
    Rotate,
}

#[derive(Subcommand)]
enum Way {
    /// Writes everything that the Dinas has not acknowledged into FOLDER, reads it back and compares it.
    Out { folder: PathBuf },
    /// Reads the answers of the Dinas in FOLDER.
    In { folder: PathBuf },
    /// Sends by network what any counter wrote into FOLDER, and writes the answers of the Dinas beside it. Everything stays
    /// sealed; needs no passphrase.
    Pass { folder: PathBuf },
}

#[tokio::main]
async fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
        .with_writer(std::io::stderr)
        .init();
    jukung_office::no_core_dump();
    point::arm(std::env::var(point::DIE_AT).ok().as_deref());
    match run(Cli::parse()).await {
        Ok(code) => code,
        Err(problem) => {
            println!("{}", sentence(&problem));
            ExitCode::FAILURE
        }
    }
}

fn sentence(problem: &Problem) -> String {
    format!("{} [{problem}]", of_problem(problem))
}

async fn run(cli: Cli) -> Result<ExitCode, Problem> {
    let edge = Edge::system();
    let folder = cli.regions.unwrap_or_else(|| cli.data.join("regions"));
    Regions::choose(Regions::with_folder(&folder)?);
    match cli.command {
        Command::Check(args) => return check::run(&args, &edge),
        Command::Verify { receipt } if cli.passphrase.is_empty() => return verify::by_card(&cli.data, &receipt),
        Command::Enrol(args) => return enrol::run(&cli.data, &edge, &args, &cli.passphrase).await,
        Command::Recover { file } => return people::recover(&cli.data, &cli.person, file.as_deref(), edge),
        Command::Courier { way: Way::Pass { folder } } => return pass_on(&cli.data, &folder).await,
        Command::Sync { unattended: true, delay_max } => return unattended(&cli.data, &edge, delay_max).await,
        Command::Submit { .. }
        | Command::Sync { .. }
        | Command::Status
        | Command::Receipt { .. }
        | Command::Print { .. }
        | Command::Correct { .. }
        | Command::Courier { .. }
        | Command::People { .. }
        | Command::Verify { .. }
        | Command::Backup { .. }
        | Command::Key { .. }
        | Command::Audit { .. }
        | Command::Doctor => {}
        Command::Restore { ref from } => disk::restore(from, &cli.data)?,
    }
    let office = Office::open(&cli.data, &cli.person, &cli.passphrase, edge)?;
    if let Err(problem) = office.tend() {
        // What is asked for may still work; where it needs room, it says so itself.
        tracing::warn!("the disk could not be tended: {problem}");
    }
    let done = if office.is_of_school() && !matches!(cli.command, Command::People { what: people::People::Passphrase })
    {
        // A school helper works in the window alone.
        Err(Problem::new("not_permitted"))
    } else if let Command::People { what } = &cli.command {
        people::run(&office, what, &cli.passphrase)
    } else if office.passphrase_was_given() {
        Err(Problem::new("passphrase_given"))
    } else {
        with_office(&office, cli.command).await
    };
    office.close()?;
    done
}

async fn with_office(office: &Office, command: Command) -> Result<ExitCode, Problem> {
    match command {
        Command::Submit { file } => return submit(office, &file),
        Command::Sync { .. } => {
            let ran = office.sync(&Http::new(&office.identity().server, office.trusted()?)?).await?;
            println!(
                "{}",
                say(
                    "cli.synced",
                    &[
                        ("acknowledged", &ran.acknowledged.to_string()),
                        ("received", &ran.received.to_string()),
                        ("scans", &ran.scans.to_string())
                    ]
                )
            );
        }
        Command::Status => status(office)?,
        Command::Receipt { number, output, paper } => {
            let pdf = office.receipt_pdf(&office.by_number(&number)?, &paper)?;
            std::fs::write(&output, pdf)
                .map_err(|e| Problem::new("file_unwritable").with("file", output.display()).with("why", e))?;
            println!("{}", output.display());
        }
        Command::Print { number, paper } => {
            let printed = office.print_receipt(&office.by_number(&number)?, &paper, 1)?;
            println!("{}", printed.file_name);
        }
        Command::Correct { number, file } => correct(office, &number, &file)?,
        Command::Courier { way: Way::Out { folder } } => println!("{}", told::loaded(&office.courier_out(&folder)?)),
        Command::Courier { way: Way::In { folder } } => {
            let brought = office.courier_in(&folder)?;
            println!("{}", told::brought(&brought));
            return Ok(if brought.missing.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE });
        }
        Command::Verify { receipt } => return verify::told(&office.verify(&verify::text(&receipt)?)?),
        Command::Key { what: Key::Rotate } => {
            office.rotate_key()?;
            println!("{}", say("cli.key_rotated", &[]));
        }
        Command::Audit { what } => return audit::run(office, &what),
        Command::Doctor => return disk::doctor(office),
        Command::Backup { to } => return disk::back_up(office, &to),
        Command::Restore { .. } => disk::tell(office)?,
        Command::Courier { way: Way::Pass { .. } }
        | Command::Check(_)
        | Command::Enrol(_)
        | Command::People { .. }
        | Command::Recover { .. } => {}
    }
    Ok(ExitCode::SUCCESS)
}

/// What `sync --help` says about the end of an unattended run.
const EXIT_CODES: &str = "Exit codes with --unattended: 0 sent, or nothing to send; 1 trouble of the program; 2 wrong use; \
3 no network or no answer of the Dinas; 4 another run is at work; 5 not enrolled here, or refused by the Dinas; 6 disk full \
or not writable. A line about each run stands in unattended.log in the data folder.";

async fn unattended(data: &Path, edge: &Edge, delay_max: u32) -> Result<ExitCode, Problem> {
    let most = u64::from(delay_max) * 1000;
    let wait = u64::from_be_bytes(edge.random()).checked_rem(most).unwrap_or(0);
    tokio::time::sleep(std::time::Duration::from_millis(wait)).await;
    let sent = async { jukung_office::unattended::send(data, edge, &road_by_card(data)?).await };
    match sent.await {
        Ok(sent) => {
            let (files, kb, answers) =
                (sent.files.to_string(), sent.bytes.div_ceil(1000).to_string(), sent.answers.to_string());
            println!("{}", say("unattended.sent", &[("files", &files), ("kb", &kb), ("answers", &answers)]));
            Ok(ExitCode::SUCCESS)
        }
        Err(problem) => {
            println!("{}", sentence(&problem));
            Ok(ExitCode::from(jukung_office::unattended::exit_code(&problem)))
        }
    }
}

/// The way to the Dinas of a computer at which nobody has signed in.
fn road_by_card(data: &Path) -> Result<Http, Problem> {
    let card = home::card(data)?.ok_or_else(|| Problem::new("not_enrolled_here"))?;
    Http::new(&card.server, Trusted::before_sign_in(&card.pins))
}

async fn pass_on(data: &Path, folder: &Path) -> Result<ExitCode, Problem> {
    let passed = passed_on::pass_on(folder, &road_by_card(data)?).await?;
    println!("{}", passed_on::told(&passed));
    let whole = passed.missing.is_empty() && passed.refused.is_empty();
    Ok(if whole { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn submit(office: &Office, file: &Path) -> Result<ExitCode, Problem> {
    let mut refused = 0;
    for line in office.submit_file(file)? {
        match line.result {
            Ok(done) => println!("{}: {}", line.line, done.number),
            Err(problem) => {
                refused += 1;
                println!("{}: {}", line.line, sentence(&problem));
            }
        }
    }
    Ok(if refused == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn status(office: &Office) -> Result<(), Problem> {
    let connection = office.connection()?;
    println!("{} · {} {}", office.identity().office.name, connection.text, connection.last_sent);
    for row in office.queue("all", 0)?.rows {
        let number = if row.number.is_empty() { "-" } else { &row.number };
        println!("{number}\t{}\t{}\t{}\t{}", row.name, row.service_name, row.sending.text, row.status_text);
    }
    for row in office.attention()? {
        println!("! {} {}: {}", row.number, row.name, row.sentence);
    }
    Ok(())
}

fn correct(office: &Office, number: &str, file: &Path) -> Result<(), Problem> {
    let text = std::fs::read_to_string(file)
        .map_err(|e| Problem::new("file_unreadable").with("file", file.display()).with("why", e))?;
    let changes: jukung_domain::application::Application =
        serde_json::from_str(&text).map_err(|e| Problem::new("bad_request").with("why", e))?;
    let id = office.by_number(number)?;
    let draft = office.correct(&id)?;
    let consent =
        office.document(&id)?.consent.or(changes.consent.clone()).ok_or_else(|| Problem::new("consent_needed"))?;
    let service = office.service(&draft.application.service)?;
    office.change_draft(&draft.id, |a| {
        for (path, value) in &changes.fields {
            a.fields.insert(path.clone(), normal::answer(service, path, value));
        }
        a.reasons.extend(changes.reasons.clone());
        a.missing.extend(changes.missing.clone());
    })?;
    office.record_read_back(&draft.id, "spoken", &[])?;
    println!("{}", office.submit(&draft.id, &consent)?.number);
    Ok(())
}
