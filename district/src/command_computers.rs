//! The commands about computers: who may come in, who is there, whose permission ends.

use crate::{Home, off, open};
use clap::Subcommand;
use jukung_district::ended::End;
use jukung_district::enrol::Approval;
use jukung_district::recovery::read_key;
use jukung_domain::problem::Problem;
use jukung_domain::texts::say;
use jukung_ledger::private;
use std::path::{Path, PathBuf};

#[derive(Subcommand)]
pub enum Computers {
    /// Prints a one-time code for an office (valid 7 days). The computer that uses it waits until it is approved.
    Enrol {
        #[command(flatten)]
        home: Home,
        /// Kemendagri code, e.g. 63.05.04.1004
        #[arg(long)]
        office: String,
        /// Address at which counters reach this server; it goes into the invitation.
        #[arg(long, default_value = "")]
        server: String,
        /// Writes the whole invitation (address, code, keys) as a text file.
        #[arg(long)]
        file: Option<PathBuf>,
        /// Writes it as a QR picture (PNG).
        #[arg(long)]
        qr: Option<PathBuf>,
        /// Nobody compares words: only for samples and tests.
        #[arg(long)]
        approve_at_once: bool,
    },
    /// Answers a request to enrol that was carried here as a file. The same request again brings its approval.
    EnrolFile {
        /// What the counter wrote.
        request: PathBuf,
        #[command(flatten)]
        home: Home,
        /// Where the answer is written.
        #[arg(long)]
        answer: PathBuf,
    },
    /// Prints the computers of every office, one JSON line each.
    Devices {
        #[command(flatten)]
        home: Home,
    },
    /// Approves a computer that waits: its six words, as the village reads them out by telephone.
    Approve {
        #[command(flatten)]
        home: Home,
        /// Device id or its three symbols.
        #[arg(long)]
        device: String,
        /// The six words in their order.
        #[arg(long)]
        words: String,
    },
    /// Refuses a computer that waits: its words were others, or nobody asked for it.
    Refuse {
        #[command(flatten)]
        home: Home,
        /// Device id or its three symbols.
        #[arg(long)]
        device: String,
    },
    /// Ends a computer as planned: it may still deliver what it had.
    Retire {
        /// Device id or its three symbols.
        device: String,
        #[command(flatten)]
        home: Home,
    },
    /// Ends a computer that was lost or stolen: it learns nothing more, and what it sends waits for an officer.
    Lost {
        /// Device id or its three symbols.
        device: String,
        #[command(flatten)]
        home: Home,
    },
    /// Goes back to the key that a computer had before: it was put together from a backup of that time. Ask there first.
    OldKey {
        /// Device id or its three symbols.
        device: String,
        #[command(flatten)]
        home: Home,
    },
    /// Prints what lost computers sent and nobody has settled, one JSON line each.
    Apart {
        #[command(flatten)]
        home: Home,
    },
    /// Prints which computers sent something that its author has not signed, and how much, one JSON line each.
    Unproven {
        #[command(flatten)]
        home: Home,
    },
    /// Takes in what a computer sent without its author's signature. Ask there first who wrote it.
    Believe {
        /// Device id or its three symbols.
        device: String,
        #[command(flatten)]
        home: Home,
    },
    /// Makes the recovery key: FILE is carried away and kept offline; counters seal their keys to its public half.
    RecoveryKey {
        #[command(flatten)]
        home: Home,
        /// The new file with the secret half.
        #[arg(long)]
        file: PathBuf,
    },
    /// Lets an office in again whose passphrases are lost: writes a file for the stick and prints a code for the telephone.
    Recover {
        #[command(flatten)]
        home: Home,
        /// Device id or its three symbols.
        #[arg(long)]
        device: String,
        /// The file with the recovery key.
        #[arg(long)]
        key: PathBuf,
        /// The computer's office.json, when it had sent nothing yet.
        #[arg(long)]
        card: Option<PathBuf>,
        /// The new file for the stick.
        #[arg(long)]
        to: PathBuf,
    },
    /// Prints the code for somebody who forgot a PIN and reads six digits from the locked screen.
    PinCode {
        #[command(flatten)]
        home: Home,
        /// Device id or its three symbols.
        #[arg(long)]
        device: String,
        /// The six digits.
        #[arg(long)]
        challenge: String,
    },
}

fn read(file: &Path) -> Result<Vec<u8>, Problem> {
    std::fs::read(file).map_err(|e| Problem::new("file_unreadable").with("file", file.display()).with("why", e))
}

async fn recover(home: Home, device: String, key: PathBuf, card: Option<PathBuf>, to: PathBuf) -> Result<(), Problem> {
    let secret = read_key(&String::from_utf8_lossy(&read(&key)?))?;
    let carried = card.map(|file| read(&file)).transpose()?;
    let wrapped = off(move || open(&home)?.recover(&device, &secret, carried.as_deref())).await?;
    write(&to, &serde_json::to_vec(&wrapped.slot).map_err(|e| Problem::new("internal").with("at", e))?)?;
    println!("{}", say("cli.recovered", &[("code", &wrapped.code), ("file", &to.display().to_string())]));
    Ok(())
}

/// Who is written down when a command and no officer approved or ended a computer.
const BY_COMMAND: &str = "jukung-district";

/// Writes a file that holds a code or an answer for one computer: for this account alone.
fn write(file: &Path, bytes: &[u8]) -> Result<(), Problem> {
    let failed = |e| Problem::new("file_unwritable").with("file", file.display()).with("why", e);
    private::new_file(file).and_then(|mut f| std::io::Write::write_all(&mut f, bytes)).map_err(failed)
}

/// Does what one of them asks.
pub async fn run(command: Computers) -> Result<(), Problem> {
    match command {
        Computers::Enrol { home, office, server, file, qr, approve_at_once } => {
            let approval = if approve_at_once { Approval::AtOnce } else { Approval::ByWords };
            let invitation = off(move || open(&home)?.invite(&office, &server, approval)).await?;
            let text = invitation.text().map_err(|e| Problem::new("internal").with("at", e))?;
            if let Some(file) = file {
                write(&file, text.as_bytes())?;
            }
            if let Some(file) = qr {
                write(&file, &jukung_district::picture::qr_png(&text)?)?;
            }
            println!("{}", invitation.code);
            Ok(())
        }
        Computers::EnrolFile { request, home, answer } => {
            let text = std::fs::read(&request).map_err(|e| Problem::new("not_found").with("why", e))?;
            let asked = serde_json::from_slice(&text).map_err(|e| Problem::new("bad_request").with("why", e))?;
            let told = off(move || open(&home)?.enrol(&asked)).await?;
            write(&answer, &serde_json::to_vec(&told).map_err(|e| Problem::new("internal").with("at", e))?)
        }
        Computers::Devices { home } => {
            for computer in off(move || open(&home)?.devices()).await? {
                println!("{}", serde_json::to_string(&computer).map_err(|e| Problem::new("internal").with("at", e))?);
            }
            Ok(())
        }
        Computers::Approve { home, device, words } => {
            off(move || open(&home)?.approve(&device, &words, BY_COMMAND)).await
        }
        Computers::Refuse { home, device } => off(move || open(&home)?.refuse(&device, BY_COMMAND)).await,
        Computers::RecoveryKey { home, file } => {
            let told = say("cli.recovery_key", &[("file", &file.display().to_string())]);
            off(move || open(&home)?.new_recovery_key(|secret| write(&file, secret.as_bytes()))).await?;
            println!("{told}");
            Ok(())
        }
        Computers::Recover { home, device, key, card, to } => recover(home, device, key, card, to).await,
        Computers::PinCode { home, device, challenge } => {
            println!("{}", off(move || open(&home)?.pin_code(&device, &challenge)).await?);
            Ok(())
        }
        Computers::Retire { device, home } => off(move || open(&home)?.end(&device, End::Retired)).await,
        Computers::Lost { device, home } => off(move || open(&home)?.end(&device, End::Lost)).await,
        Computers::OldKey { device, home } => off(move || open(&home)?.old_key(&device)).await,
        Computers::Unproven { home } => {
            for one in off(move || open(&home)?.unproven()).await? {
                println!("{}", serde_json::to_string(&one).map_err(|e| Problem::new("internal").with("at", e))?);
            }
            Ok(())
        }
        Computers::Believe { device, home } => {
            let taken = off(move || open(&home)?.accept_unproven(&device, BY_COMMAND)).await?;
            println!("{}", say("cli.believed", &[("n", &taken.to_string())]));
            Ok(())
        }
        Computers::Apart { home } => {
            for one in off(move || open(&home)?.apart()).await? {
                println!("{}", serde_json::to_string(&one).map_err(|e| Problem::new("internal").with("at", e))?);
            }
            Ok(())
        }
    }
}
