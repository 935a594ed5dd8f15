//! What the window is shown: plain shapes that cross IPC, with no 64-bit numbers and no domain logic.

use jukung_domain::application::{Application, Attachment, Consent, Fields};
use jukung_domain::finding::Finding;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

pub use crate::masked_view::{Choice, Resident, Revealed, ReviewRow};
pub use crate::staff_view::{HandedOut, Recovered, StaffRow};

macro_rules! view {
    ($($(#[$m:meta])* $name:ident { $($(#[$fm:meta])* $f:ident : $t:ty),* $(,)? })*) => {$(
        $(#[$m])*
        #[derive(Debug, Clone, Serialize, Deserialize)]
        pub struct $name { $($(#[$fm])* pub $f: $t),* }
    )*};
}

view! {
    /// What the window needs to know before anyone signs in.
    Start {
        /// `enrol` (no office yet), `sign_in`, `locked` (a PIN opens it) or `ready`.
        state: String,
        office: Option<OfficeCard>,
        /// People of the counter who may sign in here.
        people: Vec<Person>,
        /// School helpers who may. Neither an envelope nor the Dinas brings them back in: their supervisor does.
        helpers: Vec<Person>,
        /// Who is signed in.
        person: Option<Person>,
        /// `officer`, `supervisor` or `helper`; empty while nobody is signed in.
        role: String,
        /// School of the helper who is signed in; otherwise empty.
        school: String,
        /// The passphrase was handed out by somebody else: it has to be replaced before anything else.
        given: bool,
        /// The person has a PIN.
        pin: bool,
        /// Today in the office's zone, `YYYY-MM-DD`.
        today: String,
        /// The day to ask about while the computer's clock cannot be believed, `YYYY-MM-DD`; otherwise empty.
        asked_day: String,
        /// The data folder holds made-up sample data.
        sample: bool,
        version: String,
        /// The six words to read out by telephone while the Dinas has not approved this computer; otherwise empty.
        words: Vec<String>,
        /// Number to call for that; empty when the Dinas gave none.
        hotline: String,
    }
    /// What an invitation says.
    Invited {
        server: String,
        /// Kemendagri code of the office.
        office: String,
        /// The whole invitation, which goes where a typed code goes.
        text: String,
    }
    /// The office this computer belongs to.
    OfficeCard {
        /// Kemendagri code, e.g. `63.05.04.1004`.
        code: String,
        /// `Kelurahan Rantau Kiwa`.
        name: String,
        district: String,
        regency: String,
        /// `Disdukcapil Kabupaten Tapin`.
        agency: String,
        /// Symbols that start this computer's registration numbers, e.g. `K7F`.
        number_code: String,
        /// `WIB`, `WITA` or `WIT`.
        zone: String,
    }
    /// A person of this counter.
    Person { id: String, name: String }
    /// One row of the queue.
    QueueRow {
        /// Id of a draft, an application or a complaint.
        id: String,
        /// `draft`, `application` or `complaint`: which page Enter opens.
        kind: String,
        /// Empty for a draft that has no number yet.
        number: String,
        /// Name of the person the document is about.
        name: String,
        /// Name of the resident at the counter, when another.
        applicant: String,
        service: String,
        service_name: String,
        /// `10.12`, or `5 Agu` when not today.
        when: String,
        sending: Sending,
        /// Status code of domain.md 4.3, e.g. `NEEDS_CORRECTION`; empty until received.
        status: String,
        status_text: String,
        /// The row asks for someone's help.
        needs_attention: bool,
    }
    /// Where the file is on its way (never mixed with what the Dinas decides).
    Sending {
        /// `draft`, `waiting`, `sending`, `retrying`, `stuck` or `received`.
        state: String,
        /// The words shown, e.g. `Menunggu internet`.
        text: String,
        /// Why, in words; empty when all is well.
        reason: String,
        /// Attachments the district has said it holds.
        scans_received: u32,
        scans_total: u32,
        /// Bytes of those the district does not hold yet.
        scans_bytes: i64,
        /// How long it has waited, in words; empty when received.
        age: String,
    }
    /// A page of the queue.
    QueuePage {
        rows: Vec<QueueRow>,
        /// Rows by filter: `all`, `draft`, `waiting`, `correction`, `ready`.
        counts: BTreeMap<String, u32>,
        /// Unfinished rows of earlier days.
        earlier: u32,
        page: u32,
        pages: u32,
    }
    /// One line of "Perlu perhatian".
    AttentionRow {
        id: String,
        kind: String,
        number: String,
        name: String,
        service_name: String,
        /// What is wrong in one sentence.
        sentence: String,
        /// Label of the one action.
        action: String,
        /// What the action does: `correct`, `continue`, `send_now`, `open`, `choose`, `seen`, `noted`, `renumber`.
        does: String,
        /// Field path or `requirement.<id>` to open at.
        target: String,
        age: String,
        /// The event to settle; empty when there is none.
        event: String,
        /// What differs, side by side.
        choices: Vec<Choice>,
    }
    /// The sending panel.
    SendingPanel {
        connection: Connection,
        rows: Vec<QueueRow>,
        waiting_files: u32,
        waiting_scans: u32,
        waiting_bytes: f64,
        /// `Kira-kira 4 menit …`; empty while nothing was measured.
        estimate: String,
        sent_7_days: u32,
        sent: Vec<QueueRow>,
    }
    /// What a stick was given or brought, in sentences.
    Carried {
        lines: Vec<String>,
        /// Part of it was broken or missing.
        broken: bool,
    }
    /// How far another counter's stick is passed on by network.
    Passing {
        /// The file that goes now, counted from one.
        file: u32,
        files: u32,
        /// What has gone so far of everything on the stick, in 1,000 bytes.
        kb: u32,
        of_kb: u32,
    }
    /// Whether the Dinas can be reached.
    Connection {
        /// What a person has to know when the Dinas ended this computer's work; empty while it goes on.
        ended: String,
        /// `connected`, `offline`, `half` (internet, no answer from the Dinas), `busy` (sending now) or `unknown` (not tried yet).
        state: String,
        text: String,
        waiting: u32,
        /// `Terakhir terkirim 09.32`; empty when never.
        last_sent: String,
        /// `Dicoba lagi pukul 11.20`; empty when nothing is planned.
        next_try: String,
        /// What little room on the disk means, and what to do; empty while there is plenty.
        room: String,
        /// That this computer's clock is far from the Dinas's, and what to do; empty while they agree.
        clock: String,
        attention: u32,
    }
    /// A draft with everything the form needs.
    Draft {
        id: String,
        /// Set when this draft corrects an application already sent.
        corrects: Option<String>,
        number: String,
        application: Application,
        /// Where the cursor was: section id and field path.
        section: String,
        field: String,
        /// Fields still holding the answer that was put in beforehand.
        defaults: Vec<String>,
        findings: Vec<Finding>,
        sections: Vec<SectionState>,
        scans: Vec<Scan>,
        /// Note of the Dinas pinned to its target.
        returned: Option<Returned>,
        /// `10.14`; empty when nothing was saved yet.
        saved_at: String,
        created_by: String,
        /// Papers the district asks for on top of the nation's, by id.
        extras: Vec<String>,
        /// Forms this becomes on paper, e.g. `F-2.01`, in `edition`; empty for a service without one.
        forms: Vec<String>,
        /// Edition of the forms the district uses, e.g. `2019`.
        edition: String,
    }
    /// How far a section is.
    SectionState {
        id: String,
        /// Shown at all (its condition holds).
        shown: bool,
        complete: bool,
        errors: u32,
        /// Required answers still empty.
        missing: u32,
    }
    /// Answer to an autosave.
    Saved {
        saved_at: String,
        findings: Vec<Finding>,
        sections: Vec<SectionState>,
    }
    /// Why and where the Dinas returned an application.
    Returned { note: String, target: String, at: String, by: String }
    /// A scan as the form shows it.
    Scan {
        id: String, attachment: Attachment,
        /// Name of the paper or of its substitute.
        name: String, pages: u32,
        /// What was done to it, e.g. `Foto dikecilkan menjadi 118 KB.`
        note: String,
        /// `blur`, `dark`, `glare` warnings.
        warnings: Vec<String>,
        /// When its picture was deleted here, in words.
        gone: String,
    }
    /// Staff check before the read-back.
    Review {
        findings: Vec<Finding>,
        rows: Vec<ReviewRow>,
        /// Pages for the resident, 3–4 facts each.
        pages: Vec<ReadBackPage>,
        /// What staff read aloud.
        script: String,
        /// Consent text, filled in.
        consent: String,
        consent_version: String,
        /// What the resident agrees to with the news, by the ways there are; empty without any.
        news: String,
        can_send: bool,
    }
    /// One page of the resident's screen.
    ReadBackPage { facts: Vec<Fact>, papers: Vec<Scan> }
    /// One fact in large type.
    Fact { path: String, label: String, value: String, large: bool }
    /// Result of handing in.
    Submitted { application: String, number: String, spoken: String }
    /// A page drawn from the very layout the PDF is made of.
    Paper {
        /// One SVG per page.
        pages: Vec<String>,
        file_name: String,
        /// How often it was printed before.
        printed: u32,
        printed_at: String,
    }
    /// A paper that was handed in before and may be taken again.
    PaperOnFile {
        /// The requirement it answers.
        requirement: String,
        scan: String,
        /// `3 Mar 2026`: when it was handed in, and for what.
        day: String,
        service_name: String,
    }
    /// Room on this computer's disk, in megabytes; `low` below 1 GB (protocol 2.17). `copies` says when the last verified copy was made, `deleted` what went by itself.
    Storage { used_mb: u32, free_mb: u32, low: bool, copies: String, deleted: Vec<String> }
    /// A printer of this computer.
    Printer { id: String, name: String }
    /// A text made ready for WhatsApp; the app itself sends nothing.
    Message { text: String, url: String }
    /// An application that was handed in.
    Case {
        id: String,
        number: String,
        service_name: String,
        subject: String,
        sending: Sending,
        status: String,
        status_text: String,
        rows: Vec<ReviewRow>,
        scans: Vec<Scan>,
        history: Vec<HistoryLine>,
        returned: Option<Returned>,
        /// `Paling lambat Rabu, 12 Agustus 2026`; empty when the Dinas set none.
        promised: String,
        printed: u32,
        /// What the answer of the Dinas means for the resident; empty while there is none.
        tell: String,
        /// `correct`, `retract`, `withdraw`, `receipt`, `message`, `hand_over`, `take_back`.
        actions: Vec<String>,
        /// Who may take the document without a letter; empty while it is not here.
        receivers: Vec<Receiver>,
        /// That the family's contact may not take it, in words; empty otherwise.
        not_named: String,
    }
    /// Somebody who may take a document: `applicant` or `helper`.
    Receiver { who: String, name: String, relation: String }
    /// One line of an application's story.
    HistoryLine { when: String, who: String, text: String }
    /// A search result.
    Hit {
        /// Card of a `resident`, which is no number of theirs; application or draft id otherwise.
        id: String,
        /// `resident`, `application` or `draft`.
        kind: String,
        name: String,
        /// `77 tahun · RT 003 · ibu: Galuh`.
        about: String,
        number: String,
        service_name: String,
    }
    /// Somebody a form can be filled with; `fields` are the ends of paths: `name`, `nik`, `birthDate`, `sex`, `kk`. Those of
    /// a resident are empty until they are asked for by `card`; somebody in this form has none.
    KnownPerson { name: String, about: String, card: String, fields: Fields }
    /// Settings of this counter and of the Dinas.
    Settings {
        /// `light` or `contrast`.
        theme: String,
        /// 100, 115, 130 or 150 (percent).
        text_size: u32,
        /// `id`, `en` or `bjn`: the resident's screen.
        resident_language: String,
        printer: String,
        /// `a5` or `a4`.
        paper: String,
        scanner_folder: String,
        /// `second`: the read-back stands on the other monitor where there is one; `this`: never.
        resident_screen: String,
        /// Minutes without a key until the screen locks: 2, 5, 10 or 15.
        idle_minutes: u32,
        server: String,
        /// Set by the Dinas; `district_since` says from when.
        district: BTreeMap<String, String>,
        district_since: String,
        /// Codes of services that the Dinas takes at no counter for now.
        services_off: Vec<String>,
        data_folder: String,
        version: String,
        /// A newer version that came by stick.
        update: Option<Ready>,
    }
    /// A package that lies ready to be installed.
    Ready { version: String, file: String }
    /// What may be changed at the counter.
    SettingsChange {
        theme: Option<String>,
        text_size: Option<u32>,
        resident_language: Option<String>,
        printer: Option<String>,
        paper: Option<String>,
        scanner_folder: Option<String>,
        resident_screen: Option<String>,
        idle_minutes: Option<u32>,
    }
    /// A file waiting in the scanner folder.
    ScannerFile { name: String, bytes: u32, age: String }
    /// The scanner folder.
    Scanner { folder: String, files: Vec<ScannerFile> }
    /// What one autosave carries: only what changed.
    Change {
        draft: String,
        /// Changed answers; an empty text removes one.
        fields: Fields,
        /// Changed reasons for "check again".
        reasons: Fields,
        /// Changed explanations for missing papers.
        missing: Fields,
        /// Where the cursor is.
        section: String,
        field: String,
    }
    /// What the resident decided.
    Decision { draft: String, consent: Consent }
    /// A region for pickers: code and names.
    Region { code: String, name: String, within: String }
    /// A problem as the window gets it: code and details; the sentence is in `texts` under `problem.<code>`.
    Problem { code: String, details: BTreeMap<String, String> }
}
