//! Taking a complaint at the counter, without a network: number, event and queue row in one transaction, and the slip that
//! the resident takes home. What is about money or an officer is sealed to the Dinas before it is saved.

pub use crate::complaints_told::ComplaintScreen;
use crate::complaints_told::{complaint, kind_text};
use crate::edge::long_day;
use crate::paper::{self, ComplaintFacts, PaperSize};
use crate::submit::queue;
use crate::{Office, own};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jukung_crypto::bundle as sealed;
use jukung_domain::complaint::{Complaint, due, past_the_counter, wrong};
use jukung_domain::event::Body;
use jukung_domain::number::Number;
use jukung_domain::problem::Problem;
use jukung_domain::texts::say;
use jukung_domain::wire::DistrictSettings;
use jukung_domain::{email, phone, two_words};
use serde::{Deserialize, Serialize};

/// A complaint as it is typed.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct ComplaintForm {
    /// One of [`jukung_domain::complaint::KINDS`].
    pub kind: String,
    /// Number of the application it is about, however it was typed; may be empty.
    pub about: String,
    /// Who complains; may be empty.
    pub name: String,
    /// Telephone or e-mail for the answer; may be empty.
    pub contact: String,
    /// The story in the resident's own words.
    pub words: String,
}

/// A complaint that was saved.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ComplaintTaken {
    pub id: String,
    pub number: String,
    pub spoken: String,
    /// Last day for an answer, in words.
    pub due: String,
    /// It went past the counter.
    pub direct: bool,
}

impl Office {
    /// Takes a complaint in: number, event and queue row in one transaction. What goes past the counter is sealed to the
    /// Dinas first, so that its words are never written here.
    ///
    /// # Errors
    /// `complaint_kind`, `complaint_words`, `complaint_long`, `complaint_about`, `complaint_contact`; `complaint_key` when
    /// the Dinas never gave the key to seal with; `disk_full`, `numbers_used_up`. Nothing is saved then.
    pub fn take_complaint(&self, form: &ComplaintForm) -> Result<ComplaintTaken, Problem> {
        self.room_for_text()?;
        let typed = checked(form)?;
        let direct = past_the_counter(&typed.kind);
        let settings = self.district_settings()?;
        let day = due(&typed.kind, self.today(), &settings);
        let kept = if direct { past(&typed, &settings)? } else { typed };
        let kept = Complaint { due: day.to_string(), ..kept };
        let (id, now) = (self.edge.new_id().to_string(), self.now());
        let number = self.db.write(|tx| {
            let body = |n| Body::Complained(Complaint { n, ..kept.clone() });
            let (number, seq) = own::append_numbered_note(tx, &self.identity, &id, body, now)?;
            queue(tx, &id, seq, now)?;
            self.forget_complaint(tx)?;
            Ok::<_, Problem>(number)
        })?;
        self.nudge();
        let spoken = Number::parse(&number).map(|n| n.spoken()).unwrap_or_default();
        Ok(ComplaintTaken { id, number, spoken, due: long_day(day), direct })
    }

    /// Prints the slip of a complaint.
    ///
    /// # Errors
    /// `not_found`, `printer_silent`, `paper_font`.
    pub fn print_complaint(&self, id: &str) -> Result<(), Problem> {
        let facts = self.complaint_facts(id)?;
        let name = format!("Pengaduan-{}.pdf", facts.number);
        self.print_noted(&paper::complaint_slip(&facts, PaperSize::A5), &name, ("case", id))
    }

    /// What stands on the slip, from what was committed.
    ///
    /// # Errors
    /// `not_found`; those of storage.
    pub fn complaint_facts(&self, id: &str) -> Result<ComplaintFacts, Problem> {
        let known = self.db.read(|tx| complaint(tx, id))?.ok_or_else(|| Problem::new("not_found"))?;
        let settings = self.district_settings()?;
        let at = self.local(known.made);
        let Complaint { n, kind, about, sealed, due, .. } = known.complaint;
        let topic = match (sealed.is_empty(), about.is_empty()) {
            (false, _) => say("paper.complaint_direct", &[]),
            (true, true) => kind_text(&kind),
            (true, false) => say("paper.complaint_about", &[("kind", &kind_text(&kind)), ("number", &about)]),
        };
        Ok(ComplaintFacts {
            office: self.identity.office.name.clone(),
            agency: self.identity.office.agency.clone(),
            spoken: Number::parse(&n).map(|n| n.spoken()).unwrap_or_default(),
            number: n,
            words: id.parse().map(two_words::of).unwrap_or(["", ""]).map(str::to_owned),
            topic,
            due: due.parse().map_or(due, long_day),
            site: settings.site,
            officer: self.person_name(&known.author),
            received: format!("{}, {} {}", long_day(at.day()), at.time(), self.identity.office.zone),
            clock: if known.clock == 'x' { paper::Clock::Unsure } else { paper::Clock::Sure },
            sample: settings.sample,
        })
    }
}

/// What was typed, as it is kept.
fn checked(form: &ComplaintForm) -> Result<Complaint, Problem> {
    let about = match form.about.trim() {
        "" => String::new(),
        typed => Number::parse(typed).map_err(|_| Problem::new("complaint_about"))?.to_string(),
    };
    let contact = match form.contact.trim() {
        "" => String::new(),
        mail if mail.contains('@') => email::parse(mail).map_err(|_| Problem::new("complaint_contact"))?.to_string(),
        typed => phone::parse(typed).map_err(|_| Problem::new("complaint_contact"))?.to_string(),
    };
    let complaint = Complaint {
        kind: form.kind.clone(),
        about,
        name: form.name.trim().to_owned(),
        contact,
        words: form.words.trim().to_owned(),
        ..Complaint::default()
    };
    wrong(&complaint).map_or(Ok(complaint), |code| Err(Problem::new(code)))
}

/// All of it sealed to the Dinas, and nothing beside that.
fn past(complaint: &Complaint, settings: &DistrictSettings) -> Result<Complaint, Problem> {
    if settings.courier_key.is_empty() {
        return Err(Problem::new("complaint_key"));
    }
    let plain = serde_json::to_vec(complaint).map_err(|e| Problem::new("internal").with("at", e))?;
    let bytes = sealed::seal(&settings.courier_key, &plain).map_err(|_| Problem::new("complaint_key"))?;
    Ok(Complaint { sealed: STANDARD.encode(bytes), ..Complaint::default() })
}
