//! The stick: what waits is written onto it, what the Dinas gave back is read, and another counter's is passed on.

use crate::commands::{Answer, Shared};
use jukung_domain::policy::Action;
use jukung_domain::problem::Problem;
use jukung_office::road::Http;
use jukung_office::view::{Carried, Passing};
use jukung_office::{courier, passed_on};
use std::path::Path;
use tauri::{AppHandle, Emitter, async_runtime};

/// Writes what waits onto a stick, telling how far it is.
#[tauri::command(async)]
pub fn courier_out(app: Shared<'_>, handle: AppHandle, folder: String) -> Answer<Carried> {
    /// Told after so many bytes: a stick that writes 200 KB a second moves every second.
    const STEP: u64 = 200_000;
    let mut told = 0;
    let loaded = app.session.permit(Action::Send)?.courier_out_told(Path::new(&folder), &mut |bytes| {
        if bytes / STEP > told {
            told = bytes / STEP;
            let _ = handle.emit("courier", bytes);
        }
    })?;
    Ok(Carried { lines: lines(&courier::loaded(&loaded)), broken: loaded.unreadable > 0 })
}

/// Reads what the Dinas gave back.
#[tauri::command(async)]
pub fn courier_in(app: Shared<'_>, folder: String) -> Answer<Carried> {
    let brought = app.session.permit(Action::Send)?.courier_in(Path::new(&folder))?;
    Ok(Carried { lines: lines(&courier::brought(&brought)), broken: !brought.missing.is_empty() })
}

/// Sends what other counters saved onto a stick, and writes the answers beside it, telling how far it is. It is sealed to
/// the Dinas, so it goes on when this counter is locked meanwhile.
#[tauri::command]
pub async fn courier_pass(app: Shared<'_>, handle: AppHandle, folder: String) -> Answer<Carried> {
    let road = {
        let office = app.session.permit(Action::Send)?;
        Http::new(&office.identity().server, office.trusted()?)?
    };
    // On a thread of its own: a slow stick holds up no other command.
    let passing = move || {
        let mut tell = |far: Passing| {
            let _ = handle.emit("passing", far);
        };
        async_runtime::block_on(passed_on::pass_on_told(Path::new(&folder), &road, &mut tell))
    };
    let passed = async_runtime::spawn_blocking(passing).await.map_err(|e| Problem::new("internal").with("at", e))??;
    let broken = !passed.missing.is_empty() || !passed.refused.is_empty();
    Ok(Carried { lines: lines(&passed_on::told(&passed)), broken })
}

fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::to_owned).collect()
}
