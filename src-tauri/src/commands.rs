//! What the window may ask for. Each command only passes on; every rule is in the office.

use crate::{App, courier, reveal, second, sending};
use base64::{Engine, engine::general_purpose::STANDARD};
use jukung_domain::application::Consent;
use jukung_domain::catalogue::Catalogue;
use jukung_domain::enrolment::{Invitation, Vouched};
use jukung_domain::policy::Action;
use jukung_domain::problem::Problem;
use jukung_office::closed::DayScreen;
use jukung_office::enrol::{self, Enrolment};
use jukung_office::recovery::Brought;
use jukung_office::resident_view::{ResidentPage, Shown};
use jukung_office::road::Http;
use jukung_office::settle::Chosen;
use jukung_office::tls::Trusted;
use jukung_office::verify::Checked;
use jukung_office::view::{
    AttentionRow, Case, Change, Connection, Draft, HandedOut, Hit, Invited, KnownPerson, Message, Paper, PaperOnFile,
    QueuePage, QueueRow, Recovered, Region, Resident, Review, Saved, Scan, SendingPanel, Settings, SettingsChange,
    StaffRow, Start, Storage, Submitted,
};
use jukung_office::{backup, complaints, home, printer, qr, sticks, trouble};
use std::path::Path;
use tauri::ipc::Invoke;
use tauri::{AppHandle, Manager, State, Wry};

pub type Answer<T> = Result<T, Problem>;
pub type Shared<'a> = State<'a, App>;

#[tauri::command]
fn start(app: Shared<'_>) -> Answer<Start> {
    app.session.start()
}

#[tauri::command]
async fn enrol(app: Shared<'_>, server: String, code: String, name: String, passphrase: String) -> Answer<Start> {
    let who = Enrolment::new(&server, &code, &name, &passphrase);
    let road = enrol::road(&who)?;
    enrol::enrol(&app.dir, &app.edge, &road, &who).await?;
    app.session.start()
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
    app.session.read_certificate()?;
    app.session.start()
}

#[tauri::command]
async fn sign_in(app: Shared<'_>, handle: AppHandle, person: String, passphrase: String) -> Answer<Start> {
    let opened = app.session.sign_in(&person, &passphrase)?;
    tauri::async_runtime::spawn(sending::run(opened, handle));
    app.session.start()
}

/// Off the window's thread: what waits is sealed for the time while this is locked, which takes a while after a week
/// without a network.
#[tauri::command(async)]
fn lock(app: Shared<'_>, handle: AppHandle) -> Answer<Start> {
    second::clear(&handle);
    app.session.lock();
    app.session.start()
}

#[tauri::command(async)]
fn unlock(app: Shared<'_>, pin: String) -> Answer<Start> {
    app.session.unlock(&pin)?;
    app.session.start()
}

/// What is read out by telephone by somebody who forgot the PIN.
#[tauri::command]
fn pin_challenge(app: Shared<'_>) -> Answer<(String, String)> {
    app.session.pin_forgotten()
}

#[tauri::command(async)]
fn reset_pin(app: Shared<'_>, told: String, pin: String) -> Answer<Start> {
    app.session.reset_pin(&told, &pin)?;
    app.session.start()
}

/// Lets somebody in who has the code of the sealed envelope, or the district's file (base64) and its code.
#[tauri::command(async)]
fn recover(app: Shared<'_>, person: String, code: String, file: Option<String>) -> Answer<Recovered> {
    let bytes = file.map(|text| STANDARD.decode(text).map_err(|_| Problem::new("recovery_file"))).transpose()?;
    let brought = bytes.as_ref().map_or(Brought::Envelope(&code), |bytes| Brought::File(bytes, &code));
    app.session.recover(&person, brought)
}

/// Somebody touched the keyboard or the mouse.
#[tauri::command(async)]
fn alive(app: Shared<'_>) -> Answer<()> {
    app.session.alive();
    Ok(())
}

#[tauri::command(async)]
fn set_day(app: Shared<'_>, day: String) -> Answer<Start> {
    app.session.permit(Action::FileWrite)?.set_day(&day)?;
    app.session.start()
}

#[tauri::command(async)]
fn change_passphrase(app: Shared<'_>, old: String, new: String) -> Answer<Start> {
    app.session.permit(Action::OwnSecret)?.change_passphrase(&old, &new)?;
    app.session.start()
}

#[tauri::command(async)]
fn set_pin(app: Shared<'_>, pin: String) -> Answer<Start> {
    app.session.permit(Action::OwnSecret)?.set_pin(&pin)?;
    app.session.start()
}

#[tauri::command]
fn catalogue() -> &'static Catalogue {
    Catalogue::embedded()
}

/// Commands that only pass on to the office, off the window's thread, under what the policy calls them.
macro_rules! pass_on {
    ($($action:ident {$(
        $name:ident($($arg:ident: $kind:ty),*) -> $answer:ty => |$office:ident| $call:expr;
    )*})*) => {$($(
        #[tauri::command(async)]
        fn $name(app: Shared<'_>, $($arg: $kind),*) -> Answer<$answer> {
            let $office = app.session.permit(Action::$action)?;
            $call
        }
    )*)*};
}

pass_on! {
    OwnSecret {
        propose_passphrase() -> String => |o| Ok(o.propose_passphrase());
    }
    FileList {
        queue(filter: String, page: u32) -> QueuePage => |o| o.queue(&filter, page);
        row(id: String) -> Option<QueueRow> => |o| o.row(&id);
        bin() -> Vec<QueueRow> => |o| o.bin();
        attention() -> Vec<AttentionRow> => |o| o.attention();
        sending_panel() -> SendingPanel => |o| o.sending();
        connection() -> Connection => |o| o.connection();
        often() -> Vec<String> => |o| o.often();
    }
    FileRead {
        application(id: String) -> Case => |o| o.application(&id);
        receipt(application: String, paper: String) -> Paper => |o| o.receipt(&application, &paper);
        verify(text: String) -> Checked => |o| o.verify(&text);
        message(application: String) -> Message => |o| o.message(&application);
        consent_sheet(draft: String) -> Paper => |o| Ok(o.shown(&o.consent_layout(&draft)?, "Lembar-persetujuan.pdf"));
    }
    FileWrite {
        new_draft(service: String, variant: Option<String>, resident: Option<String>) -> Draft => |o| o.new_draft(&service, variant.as_deref(), resident.as_deref());
        applicant_of(application: String) -> String => |o| o.applicant_of(&application);
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
        attach_newest(draft: String, requirement: String, substitute: Option<String>) -> Scan => |o| o.attach_newest(&draft, &requirement, substitute.as_deref());
        papers_on_file(draft: String) -> Vec<PaperOnFile> => |o| o.papers_on_file(&draft);
        take_on_file(draft: String, scan: String) -> Scan => |o| o.take_on_file(&draft, &scan);
        keep_original(id: String, kept: bool) -> Scan => |o| o.keep_original(&id, kept);
        regions(kind: String, text: String) -> Vec<Region> => |o| o.regions(&kind, &text);
        review(draft: String) -> Review => |o| o.review(&draft);
        record_read_back(draft: String, mode: String, corrected: Vec<String>) -> Review => |o| o.record_read_back(&draft, &mode, &corrected);
    }
    FileSubmit {
        submit(draft: String, consent: Consent) -> Submitted => |o| o.submit(&draft, &consent);
        correct(id: String) -> Draft => |o| o.correct(&id);
        withdraw(id: String, reason: String) -> Case => |o| { o.withdraw(&id, &reason)?; o.application(&id) };
    }
    FileSettle {
        settle(event: String, later: bool) -> Vec<AttentionRow> => |o| { o.settle(&event, if later { Chosen::Later } else { Chosen::First })?; o.attention() };
        renumber(id: String) -> Submitted => |o| o.renumber(&id);
    }
    FilePrint {
        print_receipt(application: String, paper: String, copies: u32) -> Paper => |o| o.print_receipt(&application, &paper, copies);
        print_consent_sheet(draft: String) -> () => |o| o.print_consent_sheet(&draft);
    }
    SettingsRead {
        print_requirements(service: String) -> () => |o| o.print_requirements(&service);
        printers() -> Vec<(String, String)> => |_o| Ok(printer::list());
        storage() -> Storage => |o| o.storage();
        settings() -> Settings => |o| o.settings();
    }
    SettingsChange {
        change_settings(change: SettingsChange) -> Settings => |o| o.change_settings(&change);
    }
    ResidentFind {
        search(text: String) -> Vec<Hit> => |o| o.search(&text);
        people(draft: String, path: String, text: String) -> Vec<KnownPerson> => |o| o.people(&draft, &path, &text);
    }
    ResidentOpen {
        resident(id: String, purpose: String) -> Resident => |o| o.resident(&id, &purpose);
    }
    Send {
        send_now() -> SendingPanel => |o| { o.nudge(); o.sending() };
        courier_folders() -> Vec<String> => |_o| Ok(sticks::plugged_in());
    }
    DayClose {
        day() -> DayScreen => |o| o.day();
        close_day(day: String) -> DayScreen => |o| { o.close_day(&day)?; o.day() };
        day_read(id: String) -> DayScreen => |o| o.day_read(&id);
        print_day(id: String, paper: String) -> () => |o| o.print_day(&id, &paper);
    }
    ComplaintTake {
        complaints() -> complaints::ComplaintScreen => |o| o.complaints();
        complain(form: complaints::ComplaintForm) -> complaints::ComplaintTaken => |o| o.take_complaint(&form);
        keep_complaint(form: complaints::ComplaintForm) -> () => |o| o.keep_complaint(&form);
        print_complaint(id: String) -> () => |o| o.print_complaint(&id);
    }
    PeopleRead {
        staff() -> Vec<StaffRow> => |o| o.staff();
    }
    PeopleChange {
        add_person(name: String, role: String) -> HandedOut => |o| o.add_person(&name, &role);
        reissue(id: String) -> HandedOut => |o| o.reissue(&id);
        remove_person(id: String) -> Vec<StaffRow> => |o| o.remove_person(&id);
        new_recovery_code() -> String => |o| o.new_recovery_code();
        print_recovery_code(code: String) -> () => |o| o.print_recovery_code(&code);
    }
}

/// Whether the Dinas answers, asked before anyone signs in.
#[tauri::command]
async fn reached(app: Shared<'_>) -> Answer<String> {
    let Some(card) = home::card(&app.dir)? else { return Ok("unknown".into()) };
    Ok(Http::new(&card.server, Trusted::before_sign_in(&card.pins))?.reached().await.into())
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
    app.session.permit(Action::FileWrite)?.attach(&draft, &requirement, substitute.as_deref(), &bytes)
}

/// Checks a receipt in a picture; one without a QR holds none, which is said as such.
#[tauri::command(async)]
fn verify_file(app: Shared<'_>, base64: String) -> Answer<Checked> {
    let bytes = STANDARD.decode(base64).map_err(|_| Problem::new("bad_request"))?;
    app.session.permit(Action::FileRead)?.verify(&qr::text_of(&bytes).unwrap_or_default())
}

/// The text of the QR in a picture of the camera; nothing when none can be read in it.
#[tauri::command(async)]
fn qr_in_picture(app: Shared<'_>, base64: String) -> Answer<Option<String>> {
    app.session.permit(Action::FileRead)?;
    let bytes = STANDARD.decode(base64).map_err(|_| Problem::new("bad_request"))?;
    Ok(qr::read(&bytes))
}

/// Whether this computer can read aloud.
#[tauri::command(async)]
fn voice(app: Shared<'_>) -> Answer<bool> {
    app.session.permit(Action::SettingsRead)?;
    Ok(app.voice().is_some())
}

/// Reads a page of the read-back aloud, the consent (no page), or a sentence to try the voice (no draft).
#[tauri::command(async)]
fn read_aloud(app: Shared<'_>, draft: Option<String>, page: Option<usize>) -> Answer<()> {
    let office = app.session.permit(Action::FileWrite)?;
    let voice = app.voice().ok_or_else(|| Problem::new("voice_none"))?;
    let sample = || Ok(vec![jukung_domain::texts::say("settings.voice_sample", &[])]);
    voice.read(&draft.map_or_else(sample, |draft| office.aloud(&draft, page))?)
}

/// Puts a page of the read-back on the resident's own screen; false where there is none. What was read aloud ends.
#[tauri::command(async)]
fn show_resident(app: Shared<'_>, handle: AppHandle, shown: Shown) -> Answer<bool> {
    app.hush();
    second::show(&handle, &*app.session.permit(Action::FileWrite)?, shown)
}

/// What the resident's window draws.
#[tauri::command(async)]
fn resident_page(app: Shared<'_>) -> Answer<Option<ResidentPage>> {
    second::page(&app, &*app.session.permit(Action::FileWrite)?)
}

/// The page is gone: silence, and a word of patience.
#[tauri::command(async)]
fn clear_resident(app: Shared<'_>, handle: AppHandle) -> Answer<()> {
    app.session.permit(Action::SettingsRead)?;
    second::clear(&handle);
    Ok(())
}

/// Brings the backup on a stick up to what is here.
#[tauri::command(async)]
fn back_up(app: Shared<'_>, folder: String) -> Answer<String> {
    let to = Path::new(&folder).join(backup::FOLDER);
    Ok(app.session.permit(Action::Send)?.back_up(&to)?.told())
}

/// Into the user's own documents, where other programs find it.
#[tauri::command(async)]
fn save_receipt(app: Shared<'_>, handle: AppHandle, application: String, paper: String) -> Answer<String> {
    let folder = handle.path().document_dir().or_else(|_| handle.path().home_dir()).unwrap_or_else(|_| app.dir.clone());
    app.session.permit(Action::FilePrint)?.save_receipt(&application, &paper, &folder.join("Jukung"))
}

/// Into the user's own documents, beside the receipts.
#[tauri::command(async)]
fn save_day(app: Shared<'_>, handle: AppHandle, id: String, paper: String) -> Answer<String> {
    let folder = handle.path().document_dir().or_else(|_| handle.path().home_dir()).unwrap_or_else(|_| app.dir.clone());
    app.session.permit(Action::DayClose)?.save_day(&id, &paper, &folder.join("Jukung"))
}

#[tauri::command(async)]
fn scan_image(app: Shared<'_>, id: String) -> Answer<String> {
    let (bytes, media) = app.session.permit(Action::FileRead)?.scan_image(&id)?;
    Ok(format!("data:{media};base64,{}", STANDARD.encode(bytes)))
}

/// Every command of the window.
#[rustfmt::skip]
pub fn handler() -> impl Fn(Invoke<Wry>) -> bool + Send + Sync + 'static {
    tauri::generate_handler![
        start, enrol, read_invitation, enrol_folders, enrol_request, enrol_answer, sign_in, lock, unlock, alive, pin_challenge, reset_pin, recover, new_recovery_code, print_recovery_code,
        propose_passphrase, change_passphrase, set_day, set_pin, staff, add_person, reissue, remove_person, catalogue, queue, bin, attention, settle,
        renumber, sending_panel, connection, send_now, new_draft, applicant_of, open_draft, save, choose_variant, discard_draft,
        restore_draft, detach, restore_scan, turn_scan, crop_scan, answer_paper, confirm_legible, review,
        record_read_back, submit, application, correct, withdraw, receipt, print_receipt, print_consent_sheet, crate::handover::hand_over, crate::handover::take_back, crate::handover::collect, crate::handover::collect_file,
        day, close_day, day_read, print_day, save_day, complaints, complain, keep_complaint, print_complaint, attach_newest, save_receipt, print_requirements, message, printers, search, resident, people, regions, often,
        papers_on_file, take_on_file, keep_original, storage, reached, note_problem, settings, change_settings, row,
        voice, read_aloud, show_resident, resident_page, clear_resident, back_up, courier_folders, courier::courier_out, courier::courier_in, courier::courier_pass, attach_bytes, scan_image, consent_sheet, verify, verify_file, qr_in_picture, reveal::reveal_numbers, reveal::reveal_highest, reveal::reveal_mark, reveal::known_person,
        crate::school::school, crate::school::import_class, crate::school::school_draft, crate::school::give_to_counter, crate::school::print_slip, crate::school::add_helper, crate::school::assign_helper,
        crate::subdistrict::subdistrict, crate::subdistrict::ask_subdistrict, crate::subdistrict::ask_pin_code, crate::subdistrict::read_sample,
        crate::subdistrict::shown_to, crate::subdistrict::print_sheets,
    ]
}
