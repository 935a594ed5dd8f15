//! From what the district knows to the papers it seals: for the family, for the officer, for who delivers.

use super::local::Authority;
use super::papers::{Facts, paper};
use super::{Sealed, Time};
use crate::District;
use crate::family::status::{NotSeen, Proof, Seen};
use crate::family::{page, said};
use crate::papers::requirement_name;
use jukung_domain::calendar::Local;
use jukung_domain::problem::Problem;
use jukung_domain::region::Regions;
use jukung_domain::status::Status;
use jukung_domain::texts::say;
use jukung_domain::words::long_day;
use jukung_ledger::projection::{self, Case};

/// A paper that waits for the seal.
pub struct Made {
    /// The PDF.
    pub pdf: Vec<u8>,
    /// Name of the file.
    pub name: String,
    /// Why it is sealed, as it stands in the seal.
    pub reason: String,
}

fn label(key: &str) -> String {
    say(&format!("seal.{key}"), &[])
}

impl District {
    /// Who says when something was sealed; none where the district has no authority.
    #[must_use]
    pub fn authority(&self) -> Option<Authority> {
        self.time.get().cloned()
    }

    fn moment(&self, office: &str) -> String {
        let zone = Regions::zone(office);
        let now = Local::at(self.edge.now(), zone);
        format!("{}, {} {zone}", long_day(now.day()), now.time())
    }

    fn facts(&self, kind: &'static str, number: &str, office: &str) -> Result<Facts, Problem> {
        let (made, agency, number) = (self.moment(office), self.agency(), number.to_owned());
        let (lines, notes) = (Vec::new(), Vec::new());
        Ok(Facts { kind, agency, number, made, lines, notes, sample: self.settings()?.sample })
    }

    fn set(&self, facts: &Facts) -> Result<Made, Problem> {
        let pdf = jukung_paper::to_pdf(&paper(facts)).map_err(|e| Problem::new(e.code()))?;
        let title = say(&format!("seal.{}.title", facts.kind), &[]);
        Ok(Made {
            pdf,
            name: format!("{}-{}.pdf", label(&format!("{}.file", facts.kind)), facts.number),
            reason: title,
        })
    }

    /// Where an application stands, as its page says it.
    fn status_letter(&self, seen: &Seen) -> Result<Made, Problem> {
        let settings = self.settings()?;
        let mut facts = self.facts("status", &seen.number, &seen.office.code)?;
        let since = long_day(seen.since);
        let status = say(&format!("family.status.{}", seen.status.code()), &[]);
        facts.lines = vec![
            (label("service"), seen.service.clone()),
            (label("subject"), seen.subject.clone()),
            (label("status"), say("seal.status_since", &[("status", &status), ("day", &since)])),
        ];
        // What comes next is said of the page itself in these two.
        let of_the_page = seen.held.is_empty() && matches!(seen.status, Status::InVerification | Status::Issued);
        let left_out =
            |name: &String| *name == say("family.number", &[]) || of_the_page && *name == say("family.next", &[]);
        facts.lines.extend(said(seen, &settings).into_iter().filter(|(name, _)| !left_out(name)));
        facts.notes.push(say("seal.status.later", &[("made", &facts.made)]));
        self.set(&facts)
    }

    /// The status letter of a family, which holds a link or knows a second fact.
    ///
    /// # Errors
    /// Those of [`District::seen`].
    pub fn family_letter(&self, number: &str, proof: &Proof, caller: &str) -> Result<Made, NotSeen> {
        let seen = self.seen(number, proof, caller, self.edge.now())?;
        self.status_letter(&seen).map_err(NotSeen::Failed)
    }

    /// A paper about an application for the officer who has it open: `status.pdf` or `receipt.pdf`.
    ///
    /// # Errors
    /// `not_found` also for another name; those of the database.
    pub fn officer_paper(&self, id: &str, paper: &str) -> Result<Made, Problem> {
        let case = self.db.read(|tx| self.case(tx, id))?;
        match paper {
            "status.pdf" => {
                let mut seen = self.seen_of_case(&case)?;
                seen.subject = projection::subject(&case.state);
                self.status_letter(&seen)
            }
            "receipt.pdf" => self.receipt_copy(&case),
            _ => Err(Problem::new("not_found")),
        }
    }

    fn receipt_copy(&self, case: &Case) -> Result<Made, Problem> {
        let (doc, settings, seen) = (&case.state.application, self.settings()?, self.seen_of_case(case)?);
        let mut facts = self.facts("receipt", &case.state.number, &case.office)?;
        let day = case.day.parse().map_or_else(|_| case.day.clone(), long_day);
        let names: Vec<String> = doc.attachments.iter().map(|a| requirement_name(doc, &a.requirement)).collect();
        let mut papers: Vec<String> = Vec::new();
        for name in names {
            if !papers.contains(&name) {
                papers.push(name);
            }
        }
        let field = |path: &str| doc.fields.get(path).cloned().unwrap_or_default();
        facts.lines = vec![
            (label("received"), say("seal.received_at", &[("office", &seen.office.name), ("day", &day)])),
            (label("applicant"), field("applicant.name")),
            (label("service"), seen.service.clone()),
            (label("subject"), projection::subject(&case.state)),
            (label("papers"), papers.join(", ")),
            (say("family.when", &[]), seen.promised.map(long_day).unwrap_or_default()),
            (say("family.ask", &[]), page::whom_to_ask(&seen.office.name, &settings)),
            (label("words"), seen.words.join(" ")),
        ];
        facts.notes.push(say("seal.free", &[]));
        self.set(&facts)
    }

    /// The slip that goes with one document of a run.
    ///
    /// # Errors
    /// `not_found`; those of the database.
    pub fn delivery_slip(&self, run: &str, app: &str) -> Result<Made, Problem> {
        let run = self.run(run)?;
        let item = run.items.iter().find(|item| item.app == app && item.state != "gone");
        let item = item.ok_or_else(|| Problem::new("not_found"))?;
        let case = self.db.read(|tx| self.case(tx, app))?;
        let mut facts = self.facts("slip", &item.number, &case.office)?;
        facts.lines = vec![
            (label("document"), self.seen_of_case(&case)?.service),
            (label("to"), item.recipient.clone()),
            (label("address"), item.address.clone()),
            (label("may_collect"), item.may_collect.clone()),
            (label("run"), run.row.number.clone()),
            (label("carrier"), [run.row.way_text.as_str(), run.row.carrier.as_str()].join(" · ")),
            (label("tracking"), item.tracking.clone()),
            (label("cod"), run.cod.clone()),
        ];
        facts.notes = vec![say("seal.slip.check", &[]), say("seal.free", &[])];
        self.set(&facts)
    }

    /// Seals a paper that was made.
    ///
    /// # Errors
    /// `internal`.
    pub async fn seal_made(&self, made: &Made, agency: &str) -> Result<Sealed, Problem> {
        let sealed = self.seal_as(self.authority(), &made.pdf, agency, &made.reason).await?;
        self.answered.sealed(&sealed.time);
        Ok(sealed)
    }
}

/// What an answer says of the time in its seal.
#[must_use]
pub fn told(time: &Time) -> &'static str {
    match time {
        Time::Own => "own",
        Time::Stamped => "stamped",
        Time::Missing(_) => "missing",
        Time::Theirs => "theirs",
    }
}
