//! What the desktop says of who sits here: the screen is locked when the computer goes to sleep or is locked itself. Where no
//! bus says so, the clock tells of sleep afterwards ([`jukung_office::session::Session::look`]).

use crate::App;
use std::time::Duration;
use tauri::{AppHandle, Emitter, Manager};

/// The window saves what was just typed before it locks. One that hangs is locked without it after this time: long enough
/// for a save on a slow disk, short enough that nobody has woken the screen.
const SAVES_MS: u64 = 1_000;

/// Asks the window to lock, and locks if it does not.
#[cfg_attr(not(target_os = "linux"), allow(dead_code))]
fn away(handle: &AppHandle) {
    let opening = handle.state::<App>().session.opening();
    let _ = handle.emit("away", ());
    let handle = handle.clone();
    tauri::async_runtime::spawn(async move {
        tokio::time::sleep(Duration::from_millis(SAVES_MS)).await;
        // It seals what waits, which takes a while. The window hears of it at the session's next look at the clock.
        let _ = tokio::task::spawn_blocking(move || handle.state::<App>().session.away(opening)).await;
    });
}

/// Listens for as long as the program runs: systemd-logind before sleep and when the session is locked (`loginctl
/// lock-session`, a closed lid), and whatever locks the screen of this desktop (`ActiveChanged` of a `…ScreenSaver`, the
/// same word in GNOME, KDE, Xfce, MATE and Cinnamon). Who sends it is not asked: they can do no more than lock.
#[cfg(target_os = "linux")]
pub fn listen(handle: &AppHandle) {
    use gio::{BusType, Cancellable};
    let signals: [(BusType, Option<&str>, &str); 3] = [
        (BusType::System, Some("org.freedesktop.login1.Manager"), "PrepareForSleep"),
        (BusType::System, Some("org.freedesktop.login1.Session"), "Lock"),
        (BusType::Session, None, "ActiveChanged"),
    ];
    let mut heard = Vec::new();
    for (bus, interface, member) in signals {
        match gio::bus_get_sync(bus, None::<&Cancellable>) {
            Ok(connection) => {
                subscribe(&connection, interface, member, handle.clone());
                heard.push(connection);
            }
            Err(e) => tracing::warn!("this desktop does not say when it sleeps or locks ({member}): {e}"),
        }
    }
    handle.manage(Heard { _connections: heard });
}

/// Connections that are listened to: each ends with the last who holds it.
#[cfg(target_os = "linux")]
struct Heard {
    _connections: Vec<gio::DBusConnection>,
}

/// Nothing is heard of the system elsewhere yet: sleep is seen by the clock.
#[cfg(not(target_os = "linux"))]
pub fn listen(_handle: &AppHandle) {}

#[cfg(target_os = "linux")]
fn subscribe(connection: &gio::DBusConnection, interface: Option<&str>, member: &str, handle: AppHandle) {
    let flags = gio::DBusSignalFlags::NONE;
    let told =
        move |_: &gio::DBusConnection, _: &str, _: &str, interface: &str, member: &str, given: &gio::glib::Variant| {
            // Sleep and screen savers say whether it begins (true) or ends.
            let begins = given.n_children() == 0 || given.child_value(0).get::<bool>() == Some(true);
            if begins && (member != "ActiveChanged" || interface.ends_with(".ScreenSaver")) {
                away(&handle);
            }
        };
    let _ = connection.signal_subscribe(None, interface, Some(member), None, None, flags, told);
}
