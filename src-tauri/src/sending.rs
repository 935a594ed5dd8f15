//! Sends in the background while somebody is signed in: at once when something was handed in, else after the wait that
//! the sync decided.

use jukung_office::Office;
use jukung_office::road::Http;
use std::sync::{Arc, Weak};
use std::time::Duration;
use tauri::{AppHandle, Emitter};

/// How often the district is asked for news while all is sent.
const ASK: Duration = Duration::from_secs(60);

/// Runs until the office is closed.
pub async fn run(office: Weak<Office>, handle: AppHandle) {
    loop {
        let Some(open) = office.upgrade() else { return };
        if let Ok(road) = Http::new(&open.identity().server) {
            // What went wrong is written beside each waiting row; the loop only goes on.
            let _ = open.sync(&road).await;
        }
        let _ = handle.emit("changed", "queue");
        let live = open.live();
        let wait = u64::try_from(live.next_try - open.now())
            .ok()
            .filter(|_| live.next_try > 0)
            .map_or(ASK, Duration::from_millis);
        let wake = wait_for(&open, wait.max(Duration::from_secs(1)));
        wake.await;
    }
}

async fn wait_for(office: &Arc<Office>, wait: Duration) {
    tokio::select! {
        () = office.wake.notified() => {}
        () = tokio::time::sleep(wait) => {}
    }
}
