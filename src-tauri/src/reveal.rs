//! What the window asks for to see what is masked: for a purpose, one file or resident at a time.

use crate::App;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jukung_domain::policy::Action;
use jukung_domain::problem::Problem;
use jukung_office::view::{KnownPerson, Revealed};
use tauri::State;

type Answer<T> = Result<T, Problem>;
type Shared<'a> = State<'a, App>;

/// NIK and KK numbers of a file, a draft, a resident or a waiting change.
#[tauri::command(async)]
pub fn reveal_numbers(app: Shared<'_>, of: String, id: String, purpose: String) -> Answer<Revealed> {
    app.session.permit(Action::RevealNumber)?.reveal_numbers(&of, &id, &purpose)
}

/// A resident who was chosen to fill a form.
#[tauri::command(async)]
pub fn known_person(app: Shared<'_>, card: String) -> Answer<KnownPerson> {
    app.session.permit(Action::RevealNumber)?.known_person(&card)
}

/// One answer of the highest class.
#[tauri::command(async)]
pub fn reveal_highest(app: Shared<'_>, of: String, id: String, path: String, purpose: String) -> Answer<Revealed> {
    app.session.permit(Action::RevealHighest)?.reveal_highest(&of, &id, &path, &purpose)
}

/// The mark of a consent that was handed in, as a picture.
#[tauri::command(async)]
pub fn reveal_mark(app: Shared<'_>, id: String, purpose: String) -> Answer<String> {
    let (bytes, media) = app.session.permit(Action::RevealHighest)?.reveal_mark(&id, &purpose)?;
    Ok(format!("data:{media};base64,{}", STANDARD.encode(bytes)))
}
