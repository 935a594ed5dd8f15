//! How the windows are painted: by the processor, not through a graphics library (decision 0029). A counter's PC has no
//! graphics card worth the name, and then each layer would be drawn by a renderer in software and copied once more.

use crate::second::MAIN;
use tauri::{App, Manager, WebviewWindow};

/// Sets up the officer's window before its first page is painted.
pub fn begin(app: &App) {
    if let Some(window) = app.get_webview_window(MAIN) {
        by_processor(&window);
    }
}

/// Paints this window by the processor. A window that cannot be told so is painted all the same.
#[cfg(target_os = "linux")]
pub fn by_processor(window: &WebviewWindow) {
    use webkit2gtk::{HardwareAccelerationPolicy, SettingsExt, WebViewExt};
    let told = window.with_webview(|view| {
        if let Some(settings) = view.inner().settings() {
            settings.set_hardware_acceleration_policy(HardwareAccelerationPolicy::Never);
        }
    });
    if let Err(e) = told {
        tracing::warn!("the window is painted as the system likes: {e}");
    }
}

/// Paints this window as the system likes: WebView2 decides by the drivers it finds.
#[cfg(not(target_os = "linux"))]
pub fn by_processor(_window: &WebviewWindow) {}
