//! `jukung-office audit`: whether the records of what people did here are whole, and who did what with one application.

use clap::Subcommand;
use jukung_domain::audit::Record;
use jukung_domain::problem::Problem;
use jukung_domain::texts::say;
use jukung_office::Office;
use jukung_office::audit_check::Told;
use std::process::ExitCode;

/// What `audit verify --help` says about its end.
pub const EXIT_CODES: &str = "Exit codes: 0 whole; 1 trouble of the program; 3 something was changed, cut off or put back; 4 \
whole, but an older copy was used or records came back from beside the database, as the lines say.";

#[derive(Subcommand)]
pub enum Audit {
    /// Reads every record and the signed words of the Dinas, and names what does not fit.
    #[command(after_help = EXIT_CODES)]
    Verify {
        /// JSON lines instead of sentences: one for each finding, then one for the whole.
        #[arg(long)]
        json: bool,
    },
    /// Who opened, changed or printed the application of a number, as JSON lines; a supervisor's.
    Of { number: String },
}

/// Does what was asked.
///
/// # Errors
/// `number_unknown`, `not_permitted`; those of storage.
pub fn run(office: &Office, what: &Audit) -> Result<ExitCode, Problem> {
    match what {
        Audit::Verify { json } => verify(office, *json),
        Audit::Of { number } => of(office, number),
    }
}

fn line(value: &impl serde::Serialize) -> Result<(), Problem> {
    println!("{}", serde_json::to_string(value).map_err(|e| Problem::new("internal").with("at", e))?);
    Ok(())
}

fn verify(office: &Office, json: bool) -> Result<ExitCode, Problem> {
    let (audited, said) = office.audit_told()?;
    for told in &audited.told {
        if json {
            line(told)?;
        } else {
            println!("{}", sentence(told));
        }
    }
    let code = match (audited.is_wrong(), audited.told.is_empty()) {
        (true, _) => 3,
        (false, false) => 4,
        (false, true) => 0,
    };
    if json {
        let (records, chains, acknowledged) = (audited.records, audited.chains, audited.acknowledged);
        let whole =
            serde_json::json!({"records": records, "chains": chains, "acknowledged": acknowledged, "exit": code});
        line(&whole)?;
    } else {
        println!("{said}");
        if code == 0 {
            println!("{}", say("audit.whole", &[]));
        }
    }
    Ok(ExitCode::from(code))
}

/// A finding, marked as `doctor` marks what is wrong.
pub fn sentence(told: &Told) -> String {
    format!("{} {}", if told.is == "wrong" { "!" } else { "-" }, told.sentence())
}

fn of(office: &Office, number: &str) -> Result<ExitCode, Problem> {
    for Record { w, u, r, k, y, f, .. } in office.audit_of(&office.by_number(number)?)? {
        let who = office.person_name(&u);
        line(&serde_json::json!({"at": w, "person": who, "role": r, "did": k, "why": y, "fields": f}))?;
    }
    Ok(ExitCode::SUCCESS)
}
