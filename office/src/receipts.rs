//! Receipts and other papers, made only from what was committed.

use crate::audit::{Act, Did, Object};
use crate::edge::long_day;
use crate::paper::{self, ConsentFacts, Layout, PaperKept, PaperSize, PaperToBring, ReceiptFacts, RequirementFacts};
use crate::review::{self, contact};
use crate::view::{Message, Paper};
use crate::{Office, clock, drafts, own, printer, stored};
use jukung_domain::application::{Attachment, Original};
use jukung_domain::catalogue::{AskedBy, Need};
use jukung_domain::event::{Body, Printed};
use jukung_domain::number::Number;
use jukung_domain::problem::Problem;
use jukung_domain::texts::say;
use jukung_ledger::point::point;
use jukung_ledger::{DbProblem, params, projection};
use sha2::{Digest, Sha256};
use std::path::Path;

/// Most copies printed at once: a slip of the key must not empty the tray.
const COPIES_MAX: u32 = 3;
/// Folder of the PDFs that were "printed" into files, inside the data folder.
pub(crate) const PRINTS: &str = "cetak";

fn size(paper: &str) -> PaperSize {
    if paper == "a4" { PaperSize::A4 } else { PaperSize::A5 }
}

fn pdf(layout: &Layout) -> Result<Vec<u8>, Problem> {
    paper::to_pdf(layout).map_err(|e| Problem::new(e.code()))
}

/// What the receipt says of a paper's original.
fn original(paper: &Attachment) -> &'static str {
    match paper.original {
        Some(Original::Kept) => "receipt.original_kept",
        Some(Original::OnFile) => "receipt.original_on_file",
        Some(Original::Unseen) => "receipt.original_unseen",
        None => "receipt.original_returned",
    }
}

impl Office {
    /// The facts of a receipt as they stand in the database; `copy` is 0 for the first print.
    fn receipt_facts(&self, id: &str, copy: u32) -> Result<ReceiptFacts, Problem> {
        let (case, doubted) = self
            .db
            .read(|tx| Ok::<_, DbProblem>((projection::load(tx, id)?, clock::was_doubted(tx, id)?)))
            .map_err(stored)?;
        let case = case.ok_or_else(|| Problem::new("not_found"))?;
        let doc = &case.state.application;
        let service = self.service(&doc.service)?;
        let settings = self.district_settings()?;
        let at = self.local(case.created);
        let contact = contact(doc);
        let delivery = doc.fields.get("delivery.method").map_or("village", String::as_str);
        let mut facts = ReceiptFacts {
            office: self.identity.office.name.clone(),
            agency: self.identity.office.agency.clone(),
            number: case.state.number.clone(),
            proof: String::new(),
            words: case.id.parse().map(jukung_domain::two_words::of).unwrap_or(["", ""]).map(str::to_owned),
            spoken: Number::parse(&case.state.number).map(|n| n.spoken()).unwrap_or_default(),
            resident: doc.fields.get("applicant.name").cloned().unwrap_or_default(),
            service: service.name.clone(),
            subject: projection::subject(&case.state),
            papers: doc
                .attachments
                .iter()
                // "Asli" is said once, where it goes back. The signed sheet is the office's own paper: nothing of it goes back.
                .filter(|a| a.requirement != "consent")
                .map(|a| PaperKept {
                    name: self.paper_name(service, a).trim_end_matches(" (asli)").to_owned(),
                    done: say(original(a), &[]),
                })
                .collect(),
            promised: self.promised(doc).map(long_day),
            hotline: settings.hotline,
            hotline_hours: settings.hotline_hours,
            contact: (!contact.is_empty()).then_some(contact),
            delivery: say(&format!("receipt.delivery.{delivery}"), &[]),
            officer: self.taken_in_by(id)?,
            received: format!("{}, {} {}", long_day(at.day()), at.time(), self.identity.office.zone),
            clock: if doubted { paper::Clock::Unsure } else { paper::Clock::Sure },
            copy,
            sample: settings.sample,
        };
        facts.proof = self.proof(&case, &settings.site, &facts.said());
        Ok(facts)
    }

    /// What a receipt printed now would stand for.
    pub(crate) fn receipt_said(&self, id: &str) -> Result<String, Problem> {
        Ok(self.receipt_facts(id, 0)?.said())
    }

    /// Who took an application in: the paper names them, whoever prints it again.
    fn taken_in_by(&self, id: &str) -> Result<String, Problem> {
        let sql = "SELECT raw FROM event WHERE app = $1 AND kind = 'app.create/1'";
        let row = self.db.read(|tx| jukung_ledger::tx::first(tx, sql, params![id])).map_err(stored)?;
        let raw = row.map(|r| r.text(0)).transpose().map_err(stored)?;
        // Of a closed application the events are forgotten after a while; who signs for the paper then is who prints it.
        let author = raw.and_then(|raw| jukung_domain::event::read(&raw).ok()).map(|e| e.u);
        Ok(author.map_or_else(|| self.identity.person.name.clone(), |id| self.person_name(&id)))
    }

    /// The receipt as it would be printed now.
    ///
    /// # Errors
    /// `not_found`; those of storage.
    pub fn receipt(&self, id: &str, paper: &str) -> Result<Paper, Problem> {
        let printed = self.printed(id)?;
        let facts = self.receipt_facts(id, printed)?;
        Ok(Paper {
            pages: paper::to_svg(&paper::receipt(&facts, size(paper))),
            file_name: format!("Bukti-{}.pdf", facts.number),
            printed,
            printed_at: String::new(),
        })
    }

    /// The receipt's PDF; making it twice gives the same bytes.
    ///
    /// # Errors
    /// `not_found`, `paper_font`.
    pub fn receipt_pdf(&self, id: &str, paper: &str) -> Result<Vec<u8>, Problem> {
        let facts = self.receipt_facts(id, self.printed(id)?)?;
        pdf(&paper::receipt(&facts, size(paper)))
    }

    fn printed(&self, id: &str) -> Result<u32, Problem> {
        let case =
            self.db.read(|tx| projection::load(tx, id)).map_err(stored)?.ok_or_else(|| Problem::new("not_found"))?;
        Ok(case.state.printed)
    }

    /// Prints the receipt, then writes down that it was printed: a print that failed is not one.
    ///
    /// # Errors
    /// `not_found`, `printer_silent`, `paper_font`.
    pub fn print_receipt(&self, id: &str, paper: &str, copies: u32) -> Result<Paper, Problem> {
        let printed = self.printed(id)?;
        let facts = self.receipt_facts(id, printed)?;
        let bytes = pdf(&paper::receipt(&facts, size(paper)))?;
        point("print");
        self.to_printer(&bytes, &format!("Bukti-{}.pdf", facts.number), copies)?;
        point("printed");
        let now = self.now();
        let body =
            Body::Printed(Printed { n: facts.number, sha256: hex::encode(Sha256::digest(&bytes)), copy: printed + 1 });
        self.db.write(|tx| own::append(tx, &self.identity, id, &body, now))?;
        let mut shown = self.receipt(id, paper)?;
        shown.printed_at = self.local(now).time();
        Ok(shown)
    }

    fn to_printer(&self, bytes: &[u8], name: &str, copies: u32) -> Result<(), Problem> {
        let printer = self.setting("printer")?;
        printer::print(bytes, &printer, copies.clamp(1, COPIES_MAX), &self.dir.join(PRINTS), name)
            .map_err(|e| Problem::new(e.code()))
    }

    /// Prints the sheet the resident signs or thumb-prints.
    ///
    /// # Errors
    /// `draft_gone`, `printer_silent`, `paper_font`.
    pub fn print_consent_sheet(&self, draft: &str) -> Result<(), Problem> {
        self.print_noted(&self.consent_layout(draft)?, "Lembar-persetujuan.pdf", ("draft", draft))
    }

    /// Writes the receipt's PDF into `folder` and says where it lies.
    ///
    /// # Errors
    /// `not_found`, `paper_font`, `read_only`.
    pub fn save_receipt(&self, id: &str, paper: &str, folder: &Path) -> Result<String, Problem> {
        let bytes = self.receipt_pdf(id, paper)?;
        self.note(&Did::new(Act::Export, ("case", id), "receipt"))?;
        let file = folder.join(self.receipt(id, paper)?.file_name);
        let failed = |e: std::io::Error| crate::scan::store::failed(&e);
        std::fs::create_dir_all(folder).and_then(|()| std::fs::write(&file, bytes)).map_err(failed)?;
        Ok(file.display().to_string())
    }

    /// Prints what to bring for a service; nothing of anybody is kept.
    ///
    /// # Errors
    /// `service_unknown`, `printer_silent`, `paper_font`.
    pub fn print_requirements(&self, service: &str) -> Result<(), Problem> {
        self.print_layout(&self.requirement_layout(service)?, &format!("Syarat-{service}.pdf"))
    }

    /// The sheet the resident signs or thumb-prints.
    ///
    /// # Errors
    /// `draft_gone`.
    pub fn consent_layout(&self, draft: &str) -> Result<Layout, Problem> {
        let review = self.review(draft)?;
        let draft = self.db.read(|tx| drafts::load(tx, draft))?;
        Ok(paper::consent_sheet(&ConsentFacts {
            office: self.identity.office.name.clone(),
            resident: draft.application.fields.get("applicant.name").cloned().unwrap_or_default(),
            service: self.service_name(&draft.application.service),
            text: review.consent,
            ticks: match review::news("id", &draft.application) {
                news if news.is_empty() => Vec::new(),
                news => vec![format!("{news}. {}", say("consent.news_back", &[]))],
            },
            day: long_day(self.today()),
            sample: self.district_settings()?.sample,
        }))
    }

    /// The list of papers to bring, in large type; nothing is stored for it.
    ///
    /// # Errors
    /// `service_unknown`.
    pub fn requirement_layout(&self, service: &str) -> Result<Layout, Problem> {
        let service = self.service(service)?;
        let settings = self.district_settings()?;
        let papers = service
            .requirements
            .iter()
            .filter(|r| r.asked_by == AskedBy::Nation || settings.extras.contains(&r.id))
            .map(|r| PaperToBring {
                name: r.name.clone(),
                needed: r.need == Need::Must && r.when.is_none(),
                instead: r.substitutes.iter().map(|s| s.name.clone()).collect(),
            })
            .collect();
        Ok(paper::requirement_sheet(
            &RequirementFacts {
                office: self.identity.office.name.clone(),
                service: service.name.clone(),
                papers,
                product: service.output.clone(),
                days: Some(settings.promised_days.get(&service.code).copied().unwrap_or(service.promised_days))
                    .filter(|days| *days > 0),
                agency: self.identity.office.agency.clone(),
                since: (!settings.since.is_empty()).then(|| crate::views::day_words(&settings.since)),
                hotline: settings.hotline,
            },
            PaperSize::A4,
        ))
    }

    /// A layout for the window.
    #[must_use]
    pub fn shown(&self, layout: &Layout, name: &str) -> Paper {
        Paper { pages: paper::to_svg(layout), file_name: name.to_owned(), printed: 0, printed_at: String::new() }
    }

    /// [`Office::print_layout`] of a sheet about somebody: that it is printed is written down first.
    pub(crate) fn print_noted(&self, layout: &Layout, name: &str, about: Object<'_>) -> Result<(), Problem> {
        self.note(&Did::new(Act::Print, about, ""))?;
        self.print_layout(layout, name)
    }

    /// Prints a sheet that belongs to no application yet.
    ///
    /// # Errors
    /// `printer_silent`, `paper_font`.
    pub fn print_layout(&self, layout: &Layout, name: &str) -> Result<(), Problem> {
        self.to_printer(&pdf(layout)?, name, 1)
    }

    /// A text made ready for WhatsApp; the app itself sends nothing. No NIK in it.
    ///
    /// # Errors
    /// `not_found`.
    pub fn message(&self, id: &str) -> Result<Message, Problem> {
        let case = self.application(id)?;
        let fields = self.document(id)?.fields;
        let name = fields.get("applicant.name").cloned().unwrap_or_default();
        let received = case.sending.state == "received";
        let told = ["READY_FOR_PICKUP", "SHIPPED", "REJECTED"].contains(&case.status.as_str());
        let key = if told {
            "message.news"
        } else if received {
            "message.received"
        } else {
            "message.saved"
        };
        let text = say(
            key,
            &[
                ("name", &name),
                ("tell", &case.tell),
                ("service", &case.service_name),
                ("number", &case.number),
                ("promised", &case.promised),
            ],
        );
        let phone = fields.get("helper.phone").or_else(|| fields.get("applicant.phone"));
        let to = phone.map(|p| p.trim_start_matches('+').to_owned()).unwrap_or_default();
        let encoded: String = text
            .bytes()
            .map(|b| if b.is_ascii_alphanumeric() { (b as char).to_string() } else { format!("%{b:02X}") })
            .collect();
        Ok(Message { text, url: format!("https://wa.me/{to}?text={encoded}") })
    }

    /// The application with this registration number, however it was typed.
    ///
    /// # Errors
    /// `number_unknown`.
    pub fn by_number(&self, typed: &str) -> Result<String, Problem> {
        let number = Number::parse(typed).map_err(|e| Problem::new(&e.to_string()))?.to_string();
        self.make_findable()?;
        let found = self.db.read(|tx| projection::by_number(tx, &number)).map_err(stored)?;
        found.ok_or_else(|| Problem::new("number_unknown").with("number", number))
    }

    /// How many events of an application are kept here, for tests and `status`.
    ///
    /// # Errors
    /// Those of storage.
    pub fn events_of(&self, id: &str) -> Result<i64, Problem> {
        let row = self
            .db
            .read(|tx| jukung_ledger::tx::first(tx, "SELECT count(*) FROM event WHERE app = $1", params![id]))
            .map_err(stored)?;
        row.map_or(Ok(0), |r| r.int(0)).map_err(stored)
    }
}
