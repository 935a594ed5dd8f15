//! `jukung-office check`: the findings of an application or of one value, as JSON lines.

use jiff::civil::Date;
use jukung_domain::catalogue::{Catalogue, FieldKind};
use jukung_domain::check::{Ground, check, check_single};
use jukung_domain::finding::{Finding, Strength};
use jukung_domain::problem::Problem;
use jukung_domain::region::Regions;
use jukung_office::edge::{Edge, Local};
use jukung_office::import;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(clap::Args)]
pub struct Args {
    /// An application as JSON.
    file: Option<PathBuf>,
    #[arg(long)]
    nik: Option<String>,
    #[arg(long)]
    kk: Option<String>,
    #[arg(long)]
    phone: Option<String>,
    #[arg(long)]
    date: Option<String>,
    #[arg(long)]
    new_name: Option<String>,
    #[arg(long)]
    name: Option<String>,
    #[arg(long)]
    postcode: Option<String>,
    #[arg(long)]
    rt: Option<String>,
    #[arg(long)]
    rw: Option<String>,
    /// Kemendagri code of a desa or kelurahan: 63.05.04.1004
    #[arg(long)]
    village: Option<String>,
    /// Today, for checks that must repeat: 2026-11-23
    #[arg(long)]
    today: Option<Date>,
}

/// Prints what is found; 1 when anything keeps it from being sent.
pub fn run(args: &Args, edge: &Edge) -> Result<ExitCode, Problem> {
    let today = args.today.unwrap_or_else(|| Local::at(edge.clock.now_ms(), "WITA").day());
    let regions = Regions::current();
    if args.file.is_none() && single_values(args).iter().all(|(_, _, value)| value.is_none()) {
        return Err(Problem::new("nothing_to_check"));
    }
    let mut findings: Vec<Finding> = Vec::new();
    for (field, kind, value) in single_values(args) {
        if let Some(value) = value {
            findings.extend(check_single(field, kind, value, regions, today));
        }
    }
    if let Some(file) = &args.file {
        let catalogue = Catalogue::embedded();
        for (_, value) in import::read(file)? {
            let (application, papers) = import::application(value?)?;
            let service = catalogue.offered(&application.service)?;
            let ground = Ground { catalogue, regions, today, extras: &[], limits: &BTreeMap::new() };
            let named = |f: &Finding| {
                papers
                    .iter()
                    .any(|p| p.get("requirement").and_then(|r| r.as_str()) == f.field.strip_prefix("requirement."))
            };
            findings.extend(check(service, &application, ground).into_iter().filter(|f| !named(f)));
        }
    }
    for finding in &findings {
        println!("{}", serde_json::to_string(finding).map_err(|e| Problem::new("internal").with("at", e))?);
    }
    Ok(if findings.iter().any(|f| f.strength == Strength::Error) { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn single_values(args: &Args) -> [(&'static str, FieldKind, &Option<String>); 10] {
    [
        ("nik", FieldKind::Nik, &args.nik),
        ("kk", FieldKind::Kk, &args.kk),
        ("phone", FieldKind::Phone, &args.phone),
        ("date", FieldKind::Date, &args.date),
        ("new_name", FieldKind::NewName, &args.new_name),
        ("name", FieldKind::Name, &args.name),
        ("postcode", FieldKind::Postcode, &args.postcode),
        ("rt", FieldKind::Rt, &args.rt),
        ("rw", FieldKind::Rw, &args.rw),
        ("village", FieldKind::Village, &args.village),
    ]
}
