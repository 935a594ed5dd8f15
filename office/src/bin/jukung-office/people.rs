//! `jukung-office people`: who may sign in at this computer.

use clap::Subcommand;
use jukung_domain::problem::Problem;
use jukung_domain::texts::say;
use jukung_office::Office;
use jukung_office::edge::Edge;
use jukung_office::recovery::{self, Brought};
use std::path::Path;
use std::process::ExitCode;

#[derive(Subcommand)]
pub enum People {
    /// Who may sign in here.
    List,
    /// Adds a person and prints the passphrase to hand out.
    Add {
        #[arg(long)]
        name: String,
        /// officer or supervisor
        #[arg(long, default_value = "officer")]
        role: String,
    },
    /// Removes a person; the database gets another key.
    Remove {
        #[arg(long)]
        name: String,
    },
    /// Prints another passphrase for somebody who forgot theirs.
    Reissue {
        #[arg(long)]
        name: String,
    },
    /// Prints a new code for the sealed envelope; the one before opens nothing any more.
    RecoveryCode,
    /// Replaces one's own passphrase with the one in JUKUNG_NEW_PASSPHRASE.
    Passphrase,
}

/// Does what was asked; `passphrase` is the one that was signed in with.
///
/// # Errors
/// `person_unknown`; those of the office.
pub fn run(office: &Office, what: &People, passphrase: &str) -> Result<ExitCode, Problem> {
    let id = |name: &str| {
        let found = office.staff()?.into_iter().find(|p| p.name == name);
        found.map(|p| p.id).ok_or_else(|| Problem::new("person_unknown"))
    };
    let handed = match what {
        People::Add { name, role } => office.add_person(name, role)?,
        People::Reissue { name } => office.reissue(&id(name)?)?,
        People::Remove { name } => {
            office.remove_person(&id(name)?)?;
            return Ok(ExitCode::SUCCESS);
        }
        People::Passphrase => {
            let new = std::env::var("JUKUNG_NEW_PASSPHRASE").unwrap_or_default();
            office.change_passphrase(passphrase, &new)?;
            return Ok(ExitCode::SUCCESS);
        }
        People::RecoveryCode => {
            println!("{}", office.new_recovery_code()?);
            return Ok(ExitCode::SUCCESS);
        }
        People::List => {
            for person in office.staff()? {
                println!("{}\t{}", person.name, say(&format!("role.{}", person.role), &[]));
            }
            return Ok(ExitCode::SUCCESS);
        }
    };
    println!("{}: {}", handed.name, handed.passphrase);
    Ok(ExitCode::SUCCESS)
}

/// Lets somebody in again with the code in JUKUNG_RECOVERY_CODE and, from the district, a file.
///
/// # Errors
/// Those of [`recovery::recover`].
pub fn recover(data: &Path, person: &str, file: Option<&Path>, edge: Edge) -> Result<ExitCode, Problem> {
    let code = std::env::var("JUKUNG_RECOVERY_CODE").unwrap_or_default();
    let unreadable = |e| Problem::new("file_unreadable").with("why", e);
    let bytes = file.map(|f| std::fs::read(f).map_err(unreadable)).transpose()?;
    let brought = bytes.as_ref().map_or(Brought::Envelope(&code), |bytes| Brought::File(bytes, &code));
    let done = recovery::recover(data, person, brought, edge)?;
    println!("{}: {}\n{}: {}", done.handed.name, done.handed.passphrase, say("recovery.next", &[]), done.code);
    Ok(ExitCode::SUCCESS)
}
