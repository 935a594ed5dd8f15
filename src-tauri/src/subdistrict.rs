//! What the window asks for of the supervisor's screen: the counters of the subdistrict, and files to read.

use crate::App;
use jukung_domain::policy::Action;
use jukung_domain::problem::Problem;
use jukung_office::shown_to::ShownDay;
use jukung_office::subdistrict::SubdistrictScreen;
use tauri::State;

type Answer<T> = Result<T, Problem>;
type Shared<'a> = State<'a, App>;

#[tauri::command(async)]
pub fn subdistrict(app: Shared<'_>) -> Answer<SubdistrictScreen> {
    app.session.permit(Action::CountersRead)?.subdistrict()
}

/// Asks the Dinas; what it tells shows with the next look.
#[tauri::command(async)]
pub fn ask_subdistrict(app: Shared<'_>) -> Answer<SubdistrictScreen> {
    let office = app.session.permit(Action::CountersRead)?;
    office.ask_subdistrict();
    office.subdistrict()
}

/// Asks the Dinas for the code of a forgotten PIN; what it answers shows with the next look.
#[tauri::command(async)]
pub fn ask_pin_code(app: Shared<'_>, computer: String, challenge: String) -> Answer<SubdistrictScreen> {
    let office = app.session.permit(Action::PinHelp)?;
    office.ask_pin_code(&computer, &challenge)?;
    office.subdistrict()
}

/// A file that was drawn is about to be opened.
#[tauri::command(async)]
pub fn read_sample(app: Shared<'_>, id: String) -> Answer<()> {
    app.session.permit(Action::CountersRead)?.read_sample(&id)
}

/// Who was shown how much, day by day.
#[tauri::command(async)]
pub fn shown_to(app: Shared<'_>) -> Answer<Vec<ShownDay>> {
    app.session.permit(Action::AuditRead)?.shown_to()
}

/// The sheets of every service and the poster; says where the file lies when no printer is set.
#[tauri::command(async)]
pub fn print_sheets(app: Shared<'_>) -> Answer<String> {
    app.session.permit(Action::CountersRead)?.print_sheets()
}
