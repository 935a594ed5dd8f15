//! The commands of a school helper's screen, and those that make one; every rule is in the office.

use crate::App;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jukung_domain::assignment::Assignment;
use jukung_domain::policy::Action;
use jukung_domain::problem::Problem;
use jukung_office::school::view::{ClassReport, Given, SchoolScreen};
use jukung_office::view::{Draft, HandedOut};
use tauri::State;

type Answer<T> = Result<T, Problem>;
type Shared<'a> = State<'a, App>;

#[tauri::command(async)]
pub fn school(app: Shared<'_>, class: String) -> Answer<SchoolScreen> {
    app.session.permit(Action::FileList)?.school(&class)
}

/// A class list, XLSX or CSV.
#[tauri::command(async)]
pub fn import_class(app: Shared<'_>, base64: String) -> Answer<ClassReport> {
    let office = app.session.permit(Action::FileWrite)?;
    office.import_class(&STANDARD.decode(base64).map_err(|_| Problem::new("sheet_unreadable"))?)
}

#[tauri::command(async)]
pub fn school_draft(app: Shared<'_>, service: String, pupil: String) -> Answer<Draft> {
    app.session.permit(Action::FileWrite)?.school_draft(&service, &pupil)
}

/// To the counter; from there on the helper sees only where it stands.
#[tauri::command(async)]
pub fn give_to_counter(app: Shared<'_>, class: String) -> Answer<Given> {
    app.session.permit(Action::FileWrite)?.give_and_show(&class)
}

/// The slip for the family; says where the PDF lies when no printer is set.
#[tauri::command(async)]
pub fn print_slip(app: Shared<'_>, id: String) -> Answer<String> {
    app.session.permit(Action::SlipPrint)?.print_slip(&id)
}

#[tauri::command(async)]
pub fn add_helper(app: Shared<'_>, name: String, assignment: Assignment) -> Answer<HandedOut> {
    app.session.permit(Action::PeopleChange)?.add_helper(&name, &assignment)
}

/// Another letter for somebody who is a helper already.
#[tauri::command(async)]
pub fn assign_helper(app: Shared<'_>, id: String, assignment: Assignment) -> Answer<HandedOut> {
    app.session.permit(Action::PeopleChange)?.assign_helper(&id, &assignment)
}
