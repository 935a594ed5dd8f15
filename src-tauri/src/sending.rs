//! Sends in the background while somebody is signed in: at once when something was handed in, else after the wait that
//! the sync decided.

use jukung_office::Office;
use jukung_office::road::{Http, way_out};
use std::sync::{Arc, Weak};
use std::time::Duration;
use tauri::{AppHandle, Emitter};

/// How often the district is asked for news while all is sent.
const ASK: Duration = Duration::from_secs(60);

/// A run that takes longer than this is told as "sending": a shorter one would only flicker.
const FIRST_TOLD: Duration = Duration::from_millis(300);
/// How often its progress is told: often enough to see scans leave, seldom enough for an old computer.
const TOLD: Duration = Duration::from_secs(2);

/// How often a waiting loop looks whether the network has come back. Looking sends nothing.
const LOOK: Duration = Duration::from_secs(3);

/// Runs until the office is closed.
pub async fn run(office: Weak<Office>, handle: AppHandle) {
    loop {
        let Some(open) = office.upgrade() else { return };
        let tended = open.clone();
        if let Ok(Err(problem)) = tokio::task::spawn_blocking(move || tended.tend()).await {
            // Only room or a copy is missing then; what is here goes on.
            tracing::warn!("the disk could not be tended: {problem}");
        }
        // A helper's keys speak with nobody: theirs is only the disk.
        if !open.is_of_school()
            && let Ok(road) = open.trusted().and_then(|trusted| Http::new(&open.identity().server, trusted))
        {
            send(&open, &road, &handle).await;
        }
        // The answer may have told another key that this computer's keys are sealed to.
        let sealing = open.clone();
        if let Ok(Err(problem)) = tokio::task::spawn_blocking(move || sealing.keep_escrow(None)).await {
            tracing::warn!("the keys were not sealed to the district: {problem}");
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

/// One run, told while it goes on: on 2G it takes minutes, and a panel that says nothing looks broken.
async fn send(office: &Office, road: &Http, handle: &AppHandle) {
    let sync = office.sync(road);
    tokio::pin!(sync);
    let mut pause = FIRST_TOLD;
    loop {
        tokio::select! {
            // What went wrong is written beside each waiting row; the loop only goes on.
            _ = &mut sync => return,
            () = tokio::time::sleep(pause) => { let _ = handle.emit("changed", "queue"); }
        }
        pause = TOLD;
    }
}

/// Waits, but not on when the network comes back or becomes another one: then it is tried at once.
async fn wait_for(office: &Arc<Office>, wait: Duration) {
    let (before, mut left) = (way_out(), wait);
    loop {
        let pause = left.min(LOOK);
        tokio::select! {
            () = office.wake.notified() => return,
            () = tokio::time::sleep(pause) => {}
        }
        let now = way_out();
        if now.is_some() && now != before {
            return office.network_returned();
        }
        left -= pause;
        if left.is_zero() {
            return;
        }
    }
}
