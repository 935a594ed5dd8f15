//! `jukung-office enrol`: by network with a code, or by two files that somebody carries.

use jukung_domain::enrolment::Vouched;
use jukung_domain::problem::Problem;
use jukung_domain::texts::say;
use jukung_office::edge::Edge;
use jukung_office::enrol::{self, Enrolment};
use jukung_office::{home, qr};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(clap::Args)]
pub struct Args {
    /// Address of the Dinas; an invitation may say it.
    #[arg(long, default_value = "")]
    server: String,
    /// One-time code.
    #[arg(long, default_value = "")]
    code: String,
    /// The invitation of the Dinas: its text file, or a picture of its QR.
    #[arg(long, conflicts_with = "code")]
    invitation: Option<PathBuf>,
    /// Name of the officer.
    #[arg(long, default_value = "Petugas")]
    name: String,
    /// Without a network: writes what is carried to the Dinas into this file.
    #[arg(long)]
    request_file: Option<PathBuf>,
    /// Without a network: reads what the Dinas answered.
    #[arg(long, conflicts_with_all = ["request_file", "code", "invitation"])]
    answer_file: Option<PathBuf>,
}

/// Enrols, or does one half of it by file.
pub async fn run(data: &Path, edge: &Edge, args: &Args, passphrase: &str) -> Result<ExitCode, Problem> {
    let unreadable = |file: &Path, e: &dyn ToString| {
        Problem::new("file_unreadable").with("file", file.display()).with("why", e.to_string())
    };
    if let Some(file) = &args.answer_file {
        let bytes = std::fs::read(file).map_err(|e| unreadable(file, &e))?;
        let answer = Vouched::read(&bytes).ok_or_else(|| unreadable(file, &"JSON"))?;
        enrol::take_answer(data, edge, passphrase, &answer)?;
        return enrolled(data);
    }
    let code = match &args.invitation {
        Some(file) => qr::text_of(&std::fs::read(file).map_err(|e| unreadable(file, &e))?)
            .ok_or_else(|| Problem::new("code_unreadable"))?,
        None => args.code.clone(),
    };
    let who = Enrolment::new(&args.server, &code, &args.name, passphrase);
    let begun = enrol::begin(data, edge, &who)?;
    if let Some(file) = &args.request_file {
        let text = serde_json::to_vec(&begun.request).map_err(|e| Problem::new("internal").with("at", e))?;
        std::fs::write(file, text)
            .map_err(|e| Problem::new("file_unwritable").with("file", file.display()).with("why", e))?;
        println!("{}", say("enrol.request_written", &[("file", &file.display().to_string())]));
        tell_words(&enrol::words(data)?);
        return Ok(ExitCode::SUCCESS);
    }
    if begun.server.is_empty() {
        return Err(Problem::new("server_needed"));
    }
    enrol::enrol(data, edge, &enrol::road(&who)?, &who).await?;
    enrolled(data)
}

fn enrolled(data: &Path) -> Result<ExitCode, Problem> {
    let card = home::card(data)?.ok_or_else(|| Problem::new("not_enrolled_here"))?;
    println!("{}: {} ({})", card.office.name, say("cli.enrolled", &[]), card.code);
    tell_words(&enrol::words(data)?);
    Ok(ExitCode::SUCCESS)
}

/// The six words, as long as somebody has to hear them.
fn tell_words(words: &[String]) {
    if !words.is_empty() {
        println!("{}\n  {}", say("enrol.read_out", &[]), words.join(" "));
    }
}
