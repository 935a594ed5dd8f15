//! The window: opens the data folder, offers the commands, and keeps sending in the background.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

mod commands;
mod sending;

use clap::Parser;
use jukung_office::Office;
use jukung_office::edge::Edge;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::{Arc, Mutex};

#[derive(Parser)]
#[command(name = "jukung", version, about = "The counter")]
struct Cli {
    /// Data folder of this counter.
    #[arg(long, env = "JUKUNG_DATA", default_value = "jukung-data")]
    data: PathBuf,
}

/// What every command may reach.
pub struct App {
    /// Data folder.
    pub dir: PathBuf,
    /// Clock and chance.
    pub edge: Edge,
    /// The open office; none while nobody is signed in.
    pub office: Mutex<Option<Arc<Office>>>,
}

fn main() -> ExitCode {
    tracing_subscriber::fmt().with_env_filter(tracing_subscriber::EnvFilter::from_default_env()).init();
    let app = App { dir: Cli::parse().data, edge: Edge::system(), office: Mutex::new(None) };
    let built =
        tauri::Builder::default().manage(app).invoke_handler(commands::handler()).build(tauri::generate_context!());
    match built {
        Ok(window) => {
            window.run(|handle, event| {
                if let tauri::RunEvent::Exit = event {
                    commands::close(handle);
                }
            });
            ExitCode::SUCCESS
        }
        Err(e) => {
            tracing::error!("the window cannot be opened: {e}");
            ExitCode::FAILURE
        }
    }
}
