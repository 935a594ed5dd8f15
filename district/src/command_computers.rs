//! The commands about computers: who may come in, who is there, whose permission ends.

use crate::{Home, off, open};
use clap::Subcommand;
use jukung_district::enrol::Approval;
use jukung_domain::problem::Problem;
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
    /// Ends a computer's permission (lost or stolen): its calls are refused from now on.
    Revoke {
        #[command(flatten)]
        home: Home,
        /// Device id or its three symbols.
        #[arg(long)]
        device: String,
    },
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
        Computers::Revoke { home, device } => off(move || open(&home)?.revoke(&device)).await,
    }
}
