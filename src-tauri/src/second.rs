//! The resident's own screen: a second window on another monitor, with the page that is read back and no buttons
//! (ux.md 2.2). Where there is no other monitor the officer turns this one.

use crate::App;
use jukung_domain::problem::Problem;
use jukung_office::Office;
use jukung_office::resident_view::{ResidentPage, Shown};
use std::str::FromStr;
use std::sync::PoisonError;
use tauri::{AppHandle, Emitter, Manager, WebviewUrl, WebviewWindow, WebviewWindowBuilder};

/// Label of the officer's window.
pub const MAIN: &str = "main";
/// Label of the resident's; the screens know by it what to draw.
const LABEL: &str = "resident";
/// Tells the resident's window that its page is another one.
const TURNED: &str = "resident_page";

/// Shows a page on the other monitor; false where there is none, or where the counter does not want it used.
///
/// # Errors
/// `screen_silent` when the window cannot be opened; those of storage.
pub fn show(handle: &AppHandle, office: &Office, shown: Shown) -> Result<bool, Problem> {
    let app = handle.state::<App>();
    let wanted = office.setting("resident_screen")? == "second";
    let Some(place) = app.resident_screen.or_else(|| other_monitor(handle)).filter(|_| wanted) else {
        end(handle);
        return Ok(false);
    };
    *app.resident.lock().unwrap_or_else(PoisonError::into_inner) = Some(shown);
    if handle.get_webview_window(LABEL).is_some() {
        let _ = handle.emit_to(LABEL, TURNED, ());
    } else {
        open(handle, place).map_err(|e| Problem::new("screen_silent").with("why", e))?;
    }
    Ok(true)
}

/// What the resident's window draws; none while nothing is read back, and nothing of anybody while the counter is locked.
///
/// # Errors
/// `draft_gone`; those of storage.
pub fn page(app: &App, office: &Office) -> Result<Option<ResidentPage>, Problem> {
    let shown = app.resident.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let Some(Shown { draft, page, huge, turned }) = shown else { return Ok(None) };
    let (language, pages) = (office.setting("resident_language")?, office.review(&draft)?.pages);
    Ok(pages.into_iter().nth(page).map(|page| ResidentPage { language, page, huge, turned }))
}

/// The page is no longer read back, or is nobody's to see: silence, and the window asks the resident to wait.
pub fn clear(handle: &AppHandle) {
    handle.state::<App>().hush();
    *handle.state::<App>().resident.lock().unwrap_or_else(PoisonError::into_inner) = None;
    let _ = handle.emit_to(LABEL, TURNED, ());
}

/// Closes the resident's window: the officer's is gone, or the monitor is.
pub fn end(handle: &AppHandle) {
    if let Some(window) = handle.get_webview_window(LABEL) {
        let _ = window.destroy();
    }
}

/// A part of the desktop, in logical pixels: one monitor.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Place {
    width: f64,
    height: f64,
    x: f64,
    y: f64,
}

impl FromStr for Place {
    type Err = String;

    /// `WIDTHxHEIGHT+X+Y`, as X11 writes it.
    fn from_str(text: &str) -> Result<Place, String> {
        let numbers: Option<Vec<f64>> = text.split(['x', '+']).map(|n| n.parse().ok()).collect();
        match numbers.as_deref() {
            Some(&[width, height, x, y]) if width > 0.0 && height > 0.0 => Ok(Place { width, height, x, y }),
            _ => Err("write it as WIDTHxHEIGHT+X+Y, for example 1024x768+1366+0".into()),
        }
    }
}

fn other_monitor(handle: &AppHandle) -> Option<Place> {
    let main: WebviewWindow = handle.get_webview_window(MAIN)?;
    let here = *main.current_monitor().ok()??.position();
    let other = main.available_monitors().ok()?.into_iter().find(|m| *m.position() != here)?;
    let scale = other.scale_factor();
    let (at, size) = (other.position().to_logical::<f64>(scale), other.size().to_logical::<f64>(scale));
    Some(Place { width: size.width, height: size.height, x: at.x, y: at.y })
}

fn open(handle: &AppHandle, place: Place) -> tauri::Result<()> {
    let window = WebviewWindowBuilder::new(handle, LABEL, WebviewUrl::default())
        .title("Layar warga")
        .position(place.x, place.y)
        .inner_size(place.width, place.height)
        .decorations(false)
        // The keyboard stays with the officer.
        .focused(false)
        .skip_taskbar(true)
        .build()?;
    crate::paint::by_processor(&window);
    // Once it stands there: full screen is that monitor's.
    window.set_fullscreen(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_as_x11_writes_it_and_anything_else_says_how() {
        let place = Place { width: 1024.0, height: 768.0, x: 1366.0, y: 0.0 };
        assert_eq!("1024x768+1366+0".parse(), Ok(place));
        for wrong in ["", "1024x768", "0x768+0+0", "1024x768+1366+0+1", "a"] {
            assert!(wrong.parse::<Place>().unwrap_err().contains("WIDTHxHEIGHT+X+Y"), "{wrong}");
        }
    }
}
