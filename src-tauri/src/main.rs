//! The window: opens the data folder, offers the commands, and keeps sending in the background.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

mod camera;
mod commands;
mod courier;
mod desktop;
mod handover;
mod paint;
mod reveal;
mod school;
mod second;
mod sending;
mod subdistrict;

use clap::Parser;
use jukung_domain::region::Regions;
use jukung_office::edge::Edge;
use jukung_office::resident_view::Shown;
use jukung_office::session::{LOOK_MS, Look, Session};
use jukung_office::voice::Voice;
use second::Place;
use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::{Mutex, OnceLock};
use std::time::Duration;
use tauri::{AppHandle, Emitter, Manager, RunEvent, WindowEvent};

#[derive(Parser)]
#[command(name = "jukung", version, about = "The counter")]
struct Cli {
    /// Data folder of this counter.
    #[arg(long, env = "JUKUNG_DATA", default_value = "jukung-data")]
    data: PathBuf,
    /// Folder with the region tables of other provinces; without it, `regions` in the data folder.
    #[arg(long, env = "JUKUNG_REGIONS")]
    regions: Option<PathBuf>,
    /// Where the resident's screen lies (`1024x768+1366+0`), when the system does not tell it as a monitor of its own.
    #[arg(long, env = "JUKUNG_RESIDENT_SCREEN")]
    resident_screen: Option<Place>,
}

/// What every command may reach.
pub struct App {
    /// Data folder.
    pub dir: PathBuf,
    /// Clock and chance.
    pub edge: Edge,
    /// Who sits here; the only way to the office.
    pub session: Session,
    /// What reads aloud, looked for when somebody first asks.
    voice: OnceLock<Option<Voice>>,
    /// What stands on the resident's screen.
    resident: Mutex<Option<Shown>>,
    /// Where that screen is said to lie.
    resident_screen: Option<Place>,
}

impl App {
    /// The voice of this computer, if it has one.
    pub fn voice(&self) -> Option<&Voice> {
        self.voice.get_or_init(|| Voice::find(&std::env::var_os("PATH").unwrap_or_default())).as_ref()
    }

    /// Ends what is being read aloud: the page it stood on is gone.
    pub fn hush(&self) {
        if let Some(voice) = self.voice.get().and_then(Option::as_ref) {
            voice.hush();
        }
    }
}

/// With it set, the web view lets another program of this computer read and press everything (stack.md 4).
const AUTOMATION: &str = "TAURI_WEBVIEW_AUTOMATION";

/// How this program was built.
#[derive(Clone, Copy)]
enum Build {
    /// For tests, which drive the window.
    Debug,
    /// For counters.
    Release,
}

const BUILD: Build = if cfg!(debug_assertions) { Build::Debug } else { Build::Release };

/// Whether the window must not open: at a counter nobody may drive it from outside, whatever the variable says.
fn refuses(build: Build, automation: Option<&OsStr>) -> bool {
    match build {
        Build::Debug => false,
        Build::Release => automation.is_some(),
    }
}

/// Before the first page is painted.
///
/// # Errors
/// None; the type is the one that `tauri::Builder::setup` asks for.
fn begin(app: &mut tauri::App) -> Result<(), Box<dyn std::error::Error>> {
    paint::begin(app);
    camera::begin(app);
    desktop::listen(app.handle());
    Ok(())
}

fn main() -> ExitCode {
    tracing_subscriber::fmt().with_env_filter(tracing_subscriber::EnvFilter::from_default_env()).init();
    if refuses(BUILD, std::env::var_os(AUTOMATION).as_deref()) {
        tracing::error!("{AUTOMATION} is set: another program could drive this window. Unset it and start again.");
        return ExitCode::FAILURE;
    }
    jukung_office::no_core_dump();
    let cli = Cli::parse();
    match Regions::with_folder(&cli.regions.unwrap_or_else(|| cli.data.join("regions"))) {
        Ok(regions) => Regions::choose(regions),
        Err(problem) => {
            tracing::error!("{problem}: {:?}", problem.details);
            return ExitCode::FAILURE;
        }
    }
    let edge = Edge::system();
    let session = Session::new(cli.data.clone(), edge.clone());
    let app = App {
        dir: cli.data,
        edge,
        session,
        voice: OnceLock::new(),
        resident: Mutex::default(),
        resident_screen: cli.resident_screen,
    };
    let built = tauri::Builder::default()
        .manage(app)
        .setup(begin)
        .invoke_handler(commands::handler())
        .build(tauri::generate_context!());
    match built {
        Ok(window) => {
            tauri::async_runtime::spawn(watch(window.handle().clone()));
            window.run(|handle, event| {
                if let RunEvent::Exit = event {
                    // Cleanly, so that the next start skips no numbers.
                    handle.state::<App>().session.end();
                } else if let RunEvent::WindowEvent { label, event: WindowEvent::Destroyed, .. } = event
                    && label == second::MAIN
                {
                    // The resident's window never outlives the officer's.
                    second::end(handle);
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

/// Has the session look at the clock, and tells the window when that locked it.
async fn watch(handle: AppHandle) {
    let mut every = tokio::time::interval(Duration::from_millis(LOOK_MS));
    every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
    loop {
        every.tick().await;
        let looking = handle.clone();
        let looked = tokio::task::spawn_blocking(move || looking.state::<App>().session.look()).await;
        if looked.is_ok_and(|look| look == Look::Blanked) {
            second::clear(&handle);
            let _ = handle.emit("blanked", ());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_built_for_counters_cannot_be_driven_from_outside() {
        for value in ["true", "false", ""] {
            assert!(refuses(Build::Release, Some(OsStr::new(value))), "{value}");
            assert!(!refuses(Build::Debug, Some(OsStr::new(value))), "{value}");
        }
        assert!(!refuses(Build::Release, None));
    }
}
