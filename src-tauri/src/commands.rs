//! What the window may ask for. Each command only passes on; every rule is in the office.

use crate::{App, sending};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jukung_domain::application::Consent;
use jukung_domain::catalogue::Catalogue;
use jukung_domain::enrolment::{Invitation, Vouched};
use jukung_domain::problem::Problem;
use jukung_office::Office;
use jukung_office::closed::DayScreen;
use jukung_office::enrol::{self, Enrolment};
use jukung_office::road::Http;
use jukung_office::settle::Chosen;
use jukung_office::verify::Checked;
use jukung_office::view::{
    AttentionRow, Carried, Case, Change, Connection, Draft, HandedOut, Hit, Invited, KnownPerson, Message, Paper,
    PaperOnFile, QueuePage, QueueRow, Region, Resident, Review, Saved, Scan, SendingPanel, Settings, SettingsChange,
    StaffRow, Start, Storage, Submitted,
};
use jukung_office::{courier, home, printer, qr, sticks, trouble};
use std::path::Path;
use std::sync::{Arc, PoisonError};
use tauri::ipc::Invoke;
use tauri::{AppHandle, Emitter, Manager, State, Wry};

type Answer<T> = Result<T, Problem>;
type Shared<'a> = State<'a, App>;

/// The open office, for whoever may work in it.
fn office(app: &App) -> Answer<Arc<Office>> {
    let open = opened(app)?;
    if open.passphrase_was_given() { Err(Problem::new("passphrase_given")) } else { Ok(open) }
}

/// The open office, also for somebody who has to choose a passphrase first.
fn opened(app: &App) -> Answer<Arc<Office>> {
    let open = app.office.lock().unwrap_or_else(PoisonError::into_inner).clone();
    open.ok_or_else(|| Problem::new("signed_out"))
}

/// Ends cleanly, so that the next start skips no numbers.
pub fn close(handle: &AppHandle) {
    let app = handle.state::<App>();
    let open = app.office.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some(Err(problem)) = open.map(|office| office.close()) {
        tracing::error!("closing: {problem}");
    }
}

#[tauri::command]
fn start(app: Shared<'_>) -> Answer<Start> {
    home::start(&app.dir, &app.edge, opened(&app).ok().as_deref())
}

#[tauri::command]
async fn enrol(app: Shared<'_>, server: String, code: String, name: String, passphrase: String) -> Answer<Start> {
    let who = Enrolment::new(&server, &code, &name, &passphrase);
    let road = Http::new(&enrol::server(&who)?)?;
    enrol::enrol(&app.dir, &app.edge, &road, &who).await?;
    home::start(&app.dir, &app.edge, None)
}

/// The invitation in a file from a stick: its text, or a photo of its QR.
#[tauri::command(async)]
fn read_invitation(base64: String) -> Answer<Invited> {
    let unreadable = || Problem::new("invitation_unreadable");
    let bytes = STANDARD.decode(base64).map_err(|_| unreadable())?;
    let text = qr::text_of(&bytes).ok_or_else(unreadable)?;
    let read = Invitation::read(&text).ok_or_else(unreadable)?;
    Ok(Invited { server: read.server, office: read.office, text })
}

/// Sticks, before anyone can sign in.
#[tauri::command(async)]
fn enrol_folders() -> Vec<String> {
    sticks::plugged_in()
}

/// Writes what is carried to the Dinas, and says where it lies.
#[tauri::command(async)]
fn enrol_request(
    app: Shared<'_>,
    server: String,
    code: String,
    name: String,
    passphrase: String,
    folder: String,
) -> Answer<String> {
    let who = Enrolment::new(&server, &code, &name, &passphrase);
    enrol::save_request(&app.dir, &app.edge, &who, Path::new(&folder))
}

/// Takes what the Dinas answered by file.
#[tauri::command(async)]
fn enrol_answer(app: Shared<'_>, base64: String, passphrase: String) -> Answer<Start> {
    let read = STANDARD.decode(base64).ok().and_then(|bytes| Vouched::read(&bytes));
    enrol::take_answer(&app.dir, &app.edge, &passphrase, &read.ok_or_else(|| Problem::new("half"))?)?;
    let open = opened(&app).ok();
    if let Some(office) = &open {
        office.read_certificate()?;
    }
    home::start(&app.dir, &app.edge, open.as_deref())
}

#[tauri::command]
async fn sign_in(app: Shared<'_>, handle: AppHandle, person: String, passphrase: String) -> Answer<Start> {
    let opened = Arc::new(Office::open(&app.dir, &person, &passphrase, app.edge.clone())?);
    // A day that nobody closed is closed now, as such. That it cannot be keeps nobody from working.
    if let Err(problem) = opened.close_missed() {
        tracing::warn!("a missed day was not closed: {problem}");
    }
    tauri::async_runtime::spawn(sending::run(Arc::downgrade(&opened), handle));
    *app.office.lock().unwrap_or_else(PoisonError::into_inner) = Some(opened.clone());
    home::start(&app.dir, &app.edge, Some(&opened))
}

/// Off the window's thread: what waits is sealed for the time while this is locked, which takes a while after a week
/// without a network.
#[tauri::command(async)]
fn lock(app: Shared<'_>, handle: AppHandle) -> Answer<Start> {
    close(&handle);
    home::start(&app.dir, &app.edge, None)
}

#[tauri::command(async)]
fn propose_passphrase(app: Shared<'_>) -> Answer<String> {
    Ok(opened(&app)?.propose_passphrase())
}

#[tauri::command(async)]
fn change_passphrase(app: Shared<'_>, old: String, new: String) -> Answer<Start> {
    let open = opened(&app)?;
    open.change_passphrase(&old, &new)?;
    home::start(&app.dir, &app.edge, Some(&open))
}

#[tauri::command]
fn catalogue() -> &'static Catalogue {
    Catalogue::embedded()
}

/// Commands that only pass on to the office, off the window's thread.
macro_rules! pass_on {
    ($($name:ident($($arg:ident: $kind:ty),*) -> $answer:ty => |$office:ident| $call:expr;)*) => {$(
        #[tauri::command(async)]
        fn $name(app: Shared<'_>, $($arg: $kind),*) -> Answer<$answer> {
            let $office = office(&app)?;
            $call
        }
    )*};
}

pass_on! {
    queue(filter: String, page: u32) -> QueuePage => |o| o.queue(&filter, page);
    bin() -> Vec<QueueRow> => |o| o.bin();
    attention() -> Vec<AttentionRow> => |o| o.attention();
    settle(event: String, later: bool) -> Vec<AttentionRow> => |o| { o.settle(&event, if later { Chosen::Later } else { Chosen::First })?; o.attention() };
    renumber(id: String) -> Submitted => |o| o.renumber(&id);
    sending_panel() -> SendingPanel => |o| o.sending();
    connection() -> Connection => |o| o.connection();
    send_now() -> SendingPanel => |o| { o.nudge(); o.sending() };
    new_draft(service: String, variant: Option<String>, resident: Option<String>) -> Draft => |o| o.new_draft(&service, variant.as_deref(), resident.as_deref());
    open_draft(id: String) -> Draft => |o| o.open_draft(&id);
    save(change: Change) -> Saved => |o| o.save(&change);
    choose_variant(draft: String, variant: String) -> Draft => |o| o.choose_variant(&draft, &variant);
    discard_draft(id: String) -> () => |o| o.discard_draft(&id);
    restore_draft(id: String) -> Draft => |o| o.restore_draft(&id);
    detach(id: String) -> () => |o| o.detach(&id);
    restore_scan(id: String) -> Scan => |o| o.restore_scan(&id);
    turn_scan(id: String, quarters: i32) -> Scan => |o| o.turn_scan(&id, quarters);
    crop_scan(id: String, corners: [f64; 8]) -> Scan => |o| o.crop_scan(&id, corners);
    answer_paper(id: String, yes: bool) -> Scan => |o| o.answer_paper(&id, yes);
    confirm_legible(id: String, digits: String) -> Scan => |o| o.confirm_legible(&id, &digits);
    review(draft: String) -> Review => |o| o.review(&draft);
    record_read_back(draft: String, mode: String, corrected: Vec<String>) -> Review => |o| o.record_read_back(&draft, &mode, &corrected);
    submit(draft: String, consent: Consent) -> Submitted => |o| o.submit(&draft, &consent);
    application(id: String) -> Case => |o| o.application(&id);
    correct(id: String) -> Draft => |o| o.correct(&id);
    withdraw(id: String, reason: String) -> Case => |o| { o.withdraw(&id, &reason)?; o.application(&id) };
    receipt(application: String, paper: String) -> Paper => |o| o.receipt(&application, &paper);
    print_receipt(application: String, paper: String, copies: u32) -> Paper => |o| o.print_receipt(&application, &paper, copies);
    print_consent_sheet(draft: String) -> () => |o| o.print_consent_sheet(&draft);
    attach_newest(draft: String, requirement: String, substitute: Option<String>) -> Scan => |o| o.attach_newest(&draft, &requirement, substitute.as_deref());
    print_requirements(service: String) -> () => |o| o.print_requirements(&service);
    message(application: String) -> Message => |o| o.message(&application);
    printers() -> Vec<(String, String)> => |_o| Ok(printer::list());
    search(text: String) -> Vec<Hit> => |o| o.search(&text);
    verify(text: String) -> Checked => |o| o.verify(&text);
    resident(id: String, purpose: String) -> Resident => |o| o.resident(&id, &purpose);
    people(draft: String, path: String, text: String) -> Vec<KnownPerson> => |o| o.people(&draft, &path, &text);
    often() -> Vec<String> => |o| o.often();
    papers_on_file(draft: String) -> Vec<PaperOnFile> => |o| o.papers_on_file(&draft);
    take_on_file(draft: String, scan: String) -> Scan => |o| o.take_on_file(&draft, &scan);
    keep_original(id: String, kept: bool) -> Scan => |o| o.keep_original(&id, kept);
    regions(kind: String, text: String) -> Vec<Region> => |o| o.regions(&kind, &text);
    storage() -> Storage => |o| o.storage();
    settings() -> Settings => |o| o.settings();
    change_settings(change: SettingsChange) -> Settings => |o| o.change_settings(&change);
    day() -> DayScreen => |o| o.day();
    close_day(day: String) -> DayScreen => |o| { o.close_day(&day)?; o.day() };
    day_read(id: String) -> DayScreen => |o| o.day_read(&id);
    print_day(id: String, paper: String) -> () => |o| o.print_day(&id, &paper);
    row(id: String) -> Option<QueueRow> => |o| o.row(&id);
    staff() -> Vec<StaffRow> => |o| o.staff();
    add_person(name: String, role: String) -> HandedOut => |o| o.add_person(&name, &role);
    reissue(id: String) -> HandedOut => |o| o.reissue(&id);
    remove_person(id: String) -> Vec<StaffRow> => |o| o.remove_person(&id);
    courier_folders() -> Vec<String> => |_o| Ok(sticks::plugged_in());
}

/// Writes what waits onto a stick, telling how far it is.
#[tauri::command(async)]
fn courier_out(app: Shared<'_>, handle: AppHandle, folder: String) -> Answer<Carried> {
    /// Told after so many bytes: a stick that writes 200 KB a second moves every second.
    const STEP: u64 = 200_000;
    let mut told = 0;
    let loaded = office(&app)?.courier_out_told(Path::new(&folder), &mut |bytes| {
        if bytes / STEP > told {
            told = bytes / STEP;
            let _ = handle.emit("courier", bytes);
        }
    })?;
    Ok(Carried { lines: lines(&courier::loaded(&loaded)), broken: loaded.unreadable > 0 })
}

/// Reads what the Dinas gave back.
#[tauri::command(async)]
fn courier_in(app: Shared<'_>, folder: String) -> Answer<Carried> {
    let brought = office(&app)?.courier_in(Path::new(&folder))?;
    Ok(Carried { lines: lines(&courier::brought(&brought)), broken: !brought.missing.is_empty() })
}

fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::to_owned).collect()
}

/// Whether the Dinas answers, asked before anyone signs in.
#[tauri::command]
async fn reached(app: Shared<'_>) -> Answer<String> {
    let Some(card) = home::card(&app.dir)? else { return Ok("unknown".into()) };
    Ok(Http::new(&card.server)?.reached().await.into())
}

/// Writes an unexpected problem into the local log.
#[tauri::command(async)]
fn note_problem(app: Shared<'_>, code: String) -> Answer<()> {
    trouble::note(&app.dir, &code, app.edge.clock.now_ms())
}

#[tauri::command(async)]
fn attach_bytes(
    app: Shared<'_>,
    draft: String,
    requirement: String,
    substitute: Option<String>,
    base64: String,
) -> Answer<Scan> {
    let bytes = STANDARD.decode(base64).map_err(|_| Problem::new("scan_unreadable"))?;
    office(&app)?.attach(&draft, &requirement, substitute.as_deref(), &bytes)
}

/// Checks a receipt in a picture; one without a QR holds none, which is said as such.
#[tauri::command(async)]
fn verify_file(app: Shared<'_>, base64: String) -> Answer<Checked> {
    let bytes = STANDARD.decode(base64).map_err(|_| Problem::new("bad_request"))?;
    office(&app)?.verify(&qr::text_of(&bytes).unwrap_or_default())
}

/// Into the user's own documents, where other programs find it.
#[tauri::command(async)]
fn save_receipt(app: Shared<'_>, handle: AppHandle, application: String, paper: String) -> Answer<String> {
    let folder = handle.path().document_dir().or_else(|_| handle.path().home_dir()).unwrap_or_else(|_| app.dir.clone());
    office(&app)?.save_receipt(&application, &paper, &folder.join("Jukung"))
}

/// Into the user's own documents, beside the receipts.
#[tauri::command(async)]
fn save_day(app: Shared<'_>, handle: AppHandle, id: String, paper: String) -> Answer<String> {
    let folder = handle.path().document_dir().or_else(|_| handle.path().home_dir()).unwrap_or_else(|_| app.dir.clone());
    office(&app)?.save_day(&id, &paper, &folder.join("Jukung"))
}

#[tauri::command(async)]
fn scan_image(app: Shared<'_>, id: String) -> Answer<String> {
    let (bytes, media) = office(&app)?.scan_image(&id)?;
    Ok(format!("data:{media};base64,{}", STANDARD.encode(bytes)))
}

#[tauri::command(async)]
fn consent_sheet(app: Shared<'_>, draft: String) -> Answer<Paper> {
    let office = office(&app)?;
    Ok(office.shown(&office.consent_layout(&draft)?, "Lembar-persetujuan.pdf"))
}

/// Every command of the window.
#[rustfmt::skip]
pub fn handler() -> impl Fn(Invoke<Wry>) -> bool + Send + Sync + 'static {
    tauri::generate_handler![
        start, enrol, read_invitation, enrol_folders, enrol_request, enrol_answer, sign_in, lock, propose_passphrase,
        change_passphrase, staff, add_person, reissue, remove_person, catalogue, queue, bin, attention, settle,
        renumber, sending_panel, connection, send_now, new_draft, open_draft, save, choose_variant, discard_draft,
        restore_draft, detach, restore_scan, turn_scan, crop_scan, answer_paper, confirm_legible, review,
        record_read_back, submit, application, correct, withdraw, receipt, print_receipt, print_consent_sheet,
        day, close_day, day_read, print_day, save_day,
        attach_newest, save_receipt, print_requirements, message, printers, search, resident, people, regions, often,
        papers_on_file, take_on_file, keep_original, storage, reached, note_problem, settings, change_settings, row,
        courier_folders, courier_out, courier_in, attach_bytes, scan_image, consent_sheet, verify,
        verify_file,
    ]
}
