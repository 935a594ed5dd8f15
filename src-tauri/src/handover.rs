//! The commands of handing a document over and of taking that back; every rule is in the office.

use crate::App;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jukung_domain::policy::Action;
use jukung_domain::problem::Problem;
use jukung_office::handover::HandOver;
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
