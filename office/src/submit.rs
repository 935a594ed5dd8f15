//! Handing in: check, number, event, projection and queue row, in ONE transaction. The receipt comes after, from what
//! was committed, and so does making it findable ([`crate::findable`]).

use crate::drafts::{self, Stored};
use crate::view::Submitted;
use crate::{Office, own, scans, stored};
use jukung_domain::application::{Application, Attachment, Consent};
use jukung_domain::event::{Body, Created, Edited};
use jukung_domain::finding::Finding;
use jukung_domain::number::Number;
use jukung_domain::problem::Problem;
use jukung_ledger::{Tx, params, projection};

/// Most findings named in one refusal: the screen shows the rest beside their fields.
const NAMED_MAX: usize = 5;
/// Marks of which a picture must lie with the application (ux.md 2.4).
const SCANNED: [&str; 3] = ["paper", "strokes", "thumbprint"];

impl Office {
    /// Hands in a draft after the resident agreed.
    ///
    /// # Errors
    /// `consent_needed`, `mark_needed`, `read_back_needed`, `incomplete` (with what is missing), `disk_full`. Nothing is
    /// handed in then, and the draft stays.
    pub fn submit(&self, draft: &str, consent: &Consent) -> Result<Submitted, Problem> {
        let prepared = self.db.read(|tx| drafts::load(tx, draft))?;
        let sheet = self.with_papers(&prepared)?.attachments.into_iter().find(|a| a.requirement == "consent");
        let evidence = sheet.map(|s| s.sha256).or_else(|| consent.evidence.clone());
        // A correction rests on the mark that was given when it was first handed in.
        if prepared.corrects.is_empty() && SCANNED.contains(&consent.mark.as_str()) && evidence.is_none() {
            return Err(Problem::new(if consent.agreed { "mark_needed" } else { "consent_needed" }));
        }
        self.hand_in(draft, &Consent { evidence, ..consent.clone() })
    }

    /// Hands in a draft whose mark was seen: scanned at this counter, or signed elsewhere when it came as a file.
    ///
    /// # Errors
    /// As [`Office::submit`].
    pub(crate) fn hand_in(&self, draft: &str, consent: &Consent) -> Result<Submitted, Problem> {
        self.of_counter()?;
        self.room_for_text()?;
        agreed(consent)?;
        let now = self.now();
        let prepared = self.db.read(|tx| drafts::load(tx, draft))?;
        let mut application = self.with_papers(&prepared)?;
        if application.read_back.is_none() {
            return Err(Problem::new("read_back_needed"));
        }
        application.consent = Some(consent.clone());
        let id = if prepared.corrects.is_empty() { self.edge.new_id().to_string() } else { prepared.corrects.clone() };
        let number = self.db.write(|tx| {
            // Loaded again inside the transaction: two clicks hand in once.
            drafts::load(tx, draft)?;
            self.refuse_incomplete(tx, &application)?;
            let number = if prepared.corrects.is_empty() {
                self.hand_in_new(tx, &id, &application, now)?
            } else {
                self.hand_in_correction(tx, &id, &application, now)?
            };
            self.close_draft(tx, &prepared, &id)?;
            Ok::<_, Problem>(number)
        })?;
        self.nudge();
        let spoken = Number::parse(&number).map(|n| n.spoken()).unwrap_or_default();
        Ok(Submitted { application: id, number, spoken })
    }

    /// Hands in an application that came as a file, already agreed to on paper.
    ///
    /// # Errors
    /// As [`Office::submit`].
    pub fn submit_document(&self, application: &Application) -> Result<Submitted, Problem> {
        self.of_counter()?;
        self.room_for_text()?;
        let consent = application.consent.clone().ok_or_else(|| Problem::new("consent_needed"))?;
        agreed(&consent)?;
        let (id, now) = (self.edge.new_id().to_string(), self.now());
        let number = self.db.write(|tx| {
            self.refuse_incomplete(tx, application)?;
            self.hand_in_new(tx, &id, application, now)
        })?;
        self.nudge();
        let spoken = Number::parse(&number).map(|n| n.spoken()).unwrap_or_default();
        Ok(Submitted { application: id, number, spoken })
    }

    /// In the transaction that saves: by the settings of the Dinas that hold then.
    fn refuse_incomplete(&self, tx: &mut dyn Tx, application: &Application) -> Result<(), Problem> {
        let findings = self.findings_by(&*self.settings_in(tx)?, application);
        if !jukung_domain::check::blocks_sending(&findings, application) {
            return Ok(());
        }
        let blocking: Vec<&Finding> = findings
            .iter()
            .filter(|f| jukung_domain::check::blocks_sending(std::slice::from_ref(*f), application))
            .collect();
        let named: Vec<String> =
            blocking.iter().take(NAMED_MAX).map(|f| format!("{}: {}", f.field, f.message)).collect();
        Err(Problem::new("incomplete").with("count", blocking.len()).with("list", named.join(" · ")))
    }

    fn hand_in_new(&self, tx: &mut dyn Tx, id: &str, application: &Application, now: i64) -> Result<String, Problem> {
        let promised = self.promise_in(tx, application)?.map(|day| day.to_string());
        let document = Application { promised, ..application.clone() };
        let body = |n| Body::Create(Created { n, d: document.clone() });
        let (number, seq) = own::append_numbered(tx, &self.identity, id, body, now)?;
        queue(tx, id, seq, now)?;
        Ok(number)
    }

    fn hand_in_correction(
        &self,
        tx: &mut dyn Tx,
        id: &str,
        application: &Application,
        now: i64,
    ) -> Result<String, Problem> {
        let case = projection::load(tx, id).map_err(stored)?.ok_or_else(|| Problem::new("not_found"))?;
        let before = &case.state.application;
        let edit = Edited {
            f: changed(&before.fields, &application.fields),
            r: changed(&before.reasons, &application.reasons),
            m: changed(&before.missing, &application.missing),
        };
        let mut seq = 0;
        if edit != Edited::default() {
            (_, seq) = own::append(tx, &self.identity, id, &Body::Edit(edit), now)?;
        }
        let new_papers: Vec<Attachment> =
            application.attachments.iter().filter(|a| !before.attachments.contains(a)).cloned().collect();
        for paper in new_papers {
            (_, seq) = own::append(tx, &self.identity, id, &Body::Attach(paper), now)?;
        }
        if case.state.returned.is_some() {
            (_, seq) = own::append(tx, &self.identity, id, &Body::Resubmit, now)?;
        }
        if seq > 0 {
            queue(tx, id, seq, now)?;
        }
        Ok(case.state.number)
    }

    fn close_draft(&self, tx: &mut dyn Tx, draft: &Stored, application: &str) -> Result<(), Problem> {
        tx.execute("DELETE FROM draft WHERE id = $1", params![&draft.id]).map_err(stored)?;
        // Of a school: the helper is told where it stands from now on.
        tx.execute("UPDATE taken SET app = $1 WHERE id = $2", params![application, &draft.id]).map_err(stored)?;
        // A correction replaces only the papers it brings anew; the others stay, also those still on their way.
        let anew = scans::papers(tx, &draft.id)?;
        for old in scans::papers(tx, application)? {
            if anew.iter().any(|n| n.attachment.requirement == old.attachment.requirement) {
                tx.execute("DELETE FROM scan WHERE id = $1", params![&old.id]).map_err(stored)?;
            }
        }
        tx.execute("UPDATE scan SET draft = $1 WHERE draft = $2", params![application, &draft.id]).map_err(stored)?;
        Ok(())
    }

    /// Withdraws an application for a reason; before the Dinas has it, this is "tarik kembali".
    ///
    /// # Errors
    /// `reason_needed`, `not_allowed`, `not_found`.
    pub fn withdraw(&self, id: &str, reason: &str) -> Result<(), Problem> {
        self.room_for_text()?;
        if reason.trim().is_empty() {
            return Err(Problem::new("reason_needed"));
        }
        let now = self.now();
        let body = Body::Withdraw(jukung_domain::event::Reason { reason: reason.trim().to_owned() });
        self.db.write(|tx| {
            let (_, seq) = own::append(tx, &self.identity, id, &body, now)?;
            queue(tx, id, seq, now)
        })?;
        self.nudge();
        Ok(())
    }
}

fn agreed(consent: &Consent) -> Result<(), Problem> {
    if !consent.agreed {
        return Err(Problem::new("consent_needed"));
    }
    let witnesses = consent.witnesses.iter().filter(|w| !w.trim().is_empty()).count();
    let enough = match consent.mark.as_str() {
        // What came as a file was signed on paper elsewhere; strokes exist only as their picture.
        "paper" => true,
        "strokes" => consent.evidence.is_some(),
        "thumbprint" => witnesses >= 2,
        "oral" => witnesses >= 1,
        _ => false,
    };
    if enough { Ok(()) } else { Err(Problem::new("mark_needed")) }
}

fn changed(
    before: &jukung_domain::application::Fields,
    after: &jukung_domain::application::Fields,
) -> jukung_domain::application::Fields {
    let mut out = jukung_domain::application::Fields::new();
    for (path, value) in after {
        if before.get(path) != Some(value) {
            out.insert(path.clone(), value.clone());
        }
    }
    for path in before.keys().filter(|p| !after.contains_key(*p)) {
        out.insert(path.clone(), String::new());
    }
    out
}

/// Puts an application (back) on its way to the Dinas.
///
/// # Errors
/// Those of storage.
pub fn queue(tx: &mut dyn Tx, application: &str, seq: i64, now: i64) -> Result<(), Problem> {
    tx.execute(
        "INSERT INTO queue (app, since, last_seq, tries, problem, inc)
         SELECT $1, $2, $3, 0, '', inc FROM inc WHERE closed = 0
         ON CONFLICT (app) DO UPDATE SET since = excluded.since, last_seq = excluded.last_seq, tries = 0, problem = '',
           inc = excluded.inc",
        params![application, now, seq],
    )
    .map_err(stored)?;
    tx.execute("DELETE FROM sent WHERE app = $1", params![application]).map_err(stored)?;
    Ok(())
}
