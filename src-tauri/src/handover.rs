//! The commands of handing a document over: found by its receipt, written down, taken back; every rule is in the office.

use crate::App;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jukung_domain::policy::Action;
use jukung_domain::problem::Problem;
use jukung_office::handover::HandOver;
use jukung_office::qr;
use jukung_office::view::Case;
use tauri::State;

type Answer<T> = Result<T, Problem>;
type Shared<'a> = State<'a, App>;

#[tauri::command(async)]
pub fn hand_over(app: Shared<'_>, id: String, given: HandOver) -> Answer<Case> {
    let office = app.session.permit(Action::Deliver)?;
    let photo = STANDARD.decode(&given.photo).map_err(|_| Problem::new("scan_unreadable"))?;
    office.hand_over_document(&id, &given, &photo)?;
    office.application(&id)
}

#[tauri::command(async)]
pub fn take_back(app: Shared<'_>, id: String, reason: String) -> Answer<Case> {
    let office = app.session.permit(Action::Deliver)?;
    office.take_back_hand_over(&id, &reason)?;
    office.application(&id)
}

/// The application whose document is collected with a receipt that was typed by a scanner or pasted.
#[tauri::command(async)]
pub fn collect(app: Shared<'_>, text: String) -> Answer<String> {
    app.session.permit(Action::Deliver)?.to_collect(&text)
}

/// The same from a picture; one without a QR holds no receipt, which is said as such.
#[tauri::command(async)]
pub fn collect_file(app: Shared<'_>, base64: String) -> Answer<String> {
    let bytes = STANDARD.decode(base64).map_err(|_| Problem::new("bad_request"))?;
    app.session.permit(Action::Deliver)?.to_collect(&qr::text_of(&bytes).unwrap_or_default())
}
