//! `jukung-office backup`, `restore` and `doctor`: a backup that is carried away, a spare computer, and what is wrong here.

use jukung_domain::problem::Problem;
use jukung_domain::texts::say;
use jukung_domain::words::long_day;
use jukung_ledger::check;
use jukung_office::{Office, backup};
use std::path::Path;
use std::process::ExitCode;

/// Brings the backup in a folder up to date.
///
/// # Errors
/// Those of [`Office::back_up`].
pub fn back_up(office: &Office, to: &Path) -> Result<ExitCode, Problem> {
    println!("{}", office.back_up(to)?.told());
    println!("{}", to.display());
    Ok(ExitCode::SUCCESS)
}

/// Makes a data folder of a backup; it is opened afterwards.
///
/// # Errors
/// Those of [`backup::restore`].
pub fn restore(from: &Path, data: &Path) -> Result<(), Problem> {
    let made = backup::restore(from, data)?;
    println!("{}", say("backup.restored", &[("date", &made.day.map_or_else(String::new, long_day))]));
    Ok(())
}

/// What a person must know after a recovery, and has not read yet.
///
/// # Errors
/// Those of storage.
pub fn tell(office: &Office) -> Result<(), Problem> {
    for row in office.attention()?.iter().filter(|row| row.does == "noted") {
        println!("! {}", [row.number.as_str(), row.name.as_str(), row.sentence.as_str()].join(" ").trim());
    }
    Ok(())
}

/// Reads everything and says what is wrong: pages, identities, chains, copies, room.
///
/// # Errors
/// Those of storage.
pub fn doctor(office: &Office) -> Result<ExitCode, Problem> {
    let mut wrong = office.db().quick_check().map_err(jukung_office::stored)?;
    let identity = office.identity();
    match office.db().read(|tx| check::everything(tx, identity.device, &identity.office.code)) {
        Ok(checked) => {
            let (events, lives) = (checked.events.to_string(), checked.lives.to_string());
            let entries = checked.entries.to_string();
            println!("{}", say("doctor.read", &[("events", &events), ("lives", &lives), ("entries", &entries)]));
        }
        Err(problem) => wrong.push(problem.to_string()),
    }
    let (audited, said) = office.audit_told()?;
    println!("{said}");
    for told in &audited.told {
        println!("{}", crate::audit::sentence(told));
    }
    for line in &wrong {
        println!("! {line}");
    }
    println!("{}: {}", say("settings.copies", &[]), office.copies_told());
    let storage = office.storage()?;
    let (used, free) = (storage.used_mb.to_string(), storage.free_mb.to_string());
    println!("{}: {}", say("settings.storage", &[]), say("settings.room", &[("used", &used), ("free", &free)]));
    println!("{}:", say("forget.title", &[]));
    for line in &storage.deleted {
        println!("  {line}");
    }
    let room = office.room_told();
    if !room.is_empty() {
        println!("! {room}");
    }
    tell(office)?;
    let panel = office.sending()?;
    let (waiting, scans) = (panel.waiting_files.to_string(), panel.waiting_scans.to_string());
    println!("{}", say("cli.doctor", &[("waiting", &waiting), ("scans", &scans)]));
    Ok(if wrong.is_empty() && !audited.is_wrong() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
