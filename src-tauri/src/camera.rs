//! The camera of this computer, for the QR of a receipt: the officer's page may see through it and never listen, and a picture
//! goes no further than [`crate::commands`], which looks for a QR in it and keeps nothing.

use crate::second::MAIN;
use tauri::{App, Manager};

/// With it set, a build for tests shows the web view's own made-up camera.
#[cfg(target_os = "linux")]
const MADE_UP: &str = "JUKUNG_MADE_UP_CAMERA";

/// Lets the officer's page ask for a camera. Where the system has none, the page offers none.
pub fn begin(app: &App) {
    if let Some(window) = app.get_webview_window(MAIN) {
        allow(&window);
    }
}

#[cfg(target_os = "linux")]
fn allow(window: &tauri::WebviewWindow) {
    use gio::glib::object::Cast;
    use webkit2gtk::UserMediaPermissionRequestExt;
    use webkit2gtk::{PermissionRequestExt, SettingsExt, UserMediaPermissionRequest, WebViewExt};
    let told = window.with_webview(|view| {
        let view = view.inner();
        if let Some(settings) = view.settings() {
            settings.set_enable_media_stream(true);
            settings.set_enable_mock_capture_devices(cfg!(debug_assertions) && std::env::var_os(MADE_UP).is_some());
        }
        view.connect_permission_request(|_, asked| {
            let Some(media) = asked.downcast_ref::<UserMediaPermissionRequest>() else { return false };
            // Pictures alone: a microphone is no part of this program.
            if media.is_for_video_device() && !media.is_for_audio_device() {
                asked.allow()
            } else {
                asked.deny()
            }
            true
        });
    });
    if let Err(e) = told {
        tracing::warn!("no camera: {e}");
    }
}

/// WebView2 asks the person who sits there.
#[cfg(not(target_os = "linux"))]
fn allow(_window: &tauri::WebviewWindow) {}
