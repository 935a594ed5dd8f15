//! The document that SIAK gave, attached to its application: looked at before it is kept, with what its signatures say; and
//! the official's own signature on it, whose file is kept before anybody is told.

use super::look::{Seen, Signature, Trust, Verdict};
use super::{Asked, DocumentSealer};
use crate::District;
use crate::delivery::ZONE;
use jukung_domain::calendar::Local;
use jukung_domain::event::{Body, Reason};
use jukung_domain::problem::Problem;
use jukung_domain::status::Status;
use jukung_domain::texts::say;
use jukung_domain::words;
use jukung_ledger::projection::Case;
use jukung_ledger::tx::first;
use jukung_ledger::{Row, Tx, params, private};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use utoipa::ToSchema;

/// Documents kept of one application: a draft, a signed one, and those of two corrections.
const DOCUMENTS_MAX: i64 = 6;
/// What a document of SIAK never holds, and what a program in it would need.
const ACTIVE: [&[u8]; 4] = [b"/JavaScript", b"/Launch", b"/EmbeddedFile", b"/OpenAction"];

/// A document as officers see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct IssuedPdf {
    /// Content address.
    pub sha256: String,
    /// What its signatures say together.
    pub verdict: Verdict,
    /// The same in words, and each signature in words.
    pub told: Vec<String>,
    /// Who attached or signed it, and when.
    pub by: String,
    /// A signing was asked for and nobody knows what became of it.
    pub unsure: bool,
}

/// What is stored beside a document.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Kept {
    seen: Seen,
    /// What BSrE's own service said; empty where it was not asked.
    #[serde(default)]
    service: String,
}

fn allowed(case: &Case) -> Result<(), Problem> {
    match case.state.status {
        Status::InProcess | Status::Issued | Status::ReadyForPickup => Ok(()),
        Status::Submitted
        | Status::InVerification
        | Status::NeedsCorrection
        | Status::Shipped
        | Status::Delivered
        | Status::Rejected
        | Status::Cancelled => Err(Problem::new("not_allowed").with("status", case.state.status.code())),
    }
}

/// One signature in words.
fn signature(one: &Signature) -> String {
    let trust = match one.trust {
        Trust::NoRoot => "no_root",
        Trust::Leads => "leads",
        Trust::Stranger => "stranger",
        Trust::Ours => "ours",
    };
    let when = if one.at > 0 {
        let at = Local::at(one.at, ZONE);
        format!("{}, {} {ZONE}", words::day(at.day()), at.time())
    } else {
        say("issued.no_time", &[])
    };
    let who = if one.signer.is_empty() { say("issued.nobody", &[]) } else { one.signer.clone() };
    let issuer = if one.issuer.is_empty() { say("issued.nobody", &[]) } else { one.issuer.clone() };
    let key = if one.stamped.is_empty() { "issued.signature" } else { "issued.signature_stamped" };
    let trust = say(&format!("issued.trust.{trust}"), &[]);
    say(key, &[("who", &who), ("issuer", &issuer), ("when", &when), ("trust", &trust)])
}

fn verdict(of: Verdict) -> String {
    let code = match of {
        Verdict::Unsigned => "unsigned",
        Verdict::Intact => "intact",
        Verdict::Appended => "appended",
        Verdict::Changed => "changed",
        Verdict::Unknown => "unknown",
    };
    say(&format!("issued.verdict.{code}"), &[])
}

fn told(kept: &Kept) -> Vec<String> {
    let service = Some(&kept.service).filter(|said| !said.is_empty());
    let service = service.map(|said| say("issued.service", &[("said", said)]));
    [verdict(kept.seen.verdict)].into_iter().chain(kept.seen.signatures.iter().map(signature)).chain(service).collect()
}

fn read(row: &Row) -> Result<IssuedPdf, Problem> {
    let kept: Kept = serde_json::from_str(&row.text(3)?).map_err(|e| Problem::new("internal").with("at", e))?;
    let at = Local::at(row.int(2)?, ZONE);
    let by = say("issued.by", &[("who", &row.text(1)?), ("day", &words::day(at.day())), ("time", &at.time())]);
    Ok(IssuedPdf { sha256: row.text(0)?, verdict: kept.seen.verdict, told: told(&kept), by, unsure: row.int(4)? != 0 })
}

/// The documents of an application, the newest first.
///
/// # Errors
/// Those of the database.
pub(crate) fn of(tx: &mut dyn Tx, app: &str) -> Result<Vec<IssuedPdf>, Problem> {
    let sql = "SELECT sha256, officer, at, seen, asked FROM issued_pdf WHERE app = $1 ORDER BY at DESC, sha256";
    tx.query(sql, params![app])?.iter().map(read).collect()
}

impl District {
    /// Looks at a document and keeps it, when it is one and not a byte was changed behind its signature.
    ///
    /// # Errors
    /// Those of [`super::look::look`]; `pdf_active`; `pdf_changed`; `not_allowed` before it is approved; `issued_many`; `processing_held`.
    pub async fn attach_issued(self: &Arc<Self>, app: String, officer: String, pdf: Vec<u8>) -> Result<(), Problem> {
        if ACTIVE.iter().any(|word| pdf.windows(word.len()).any(|w| w == *word)) {
            return Err(Problem::new("pdf_active"));
        }
        let here = self.clone();
        let (pdf, seen) = off(move || Ok((here.signatures_of(&pdf)?, pdf)).map(|(seen, pdf)| (pdf, seen))).await?;
        if seen.verdict == Verdict::Changed {
            return Err(Problem::new("pdf_changed"));
        }
        let service = self.asked_service(&pdf, &seen).await;
        let here = self.clone();
        off(move || here.keep_issued(&app, &officer, &pdf, &Kept { seen, service }, None)).await
    }

    /// What BSrE's service says of a signed file; nothing where it is not set, or does not answer.
    async fn asked_service(&self, pdf: &[u8], seen: &Seen) -> String {
        let Some(bsre) = self.bsre.get().filter(|_| !seen.signatures.is_empty()) else { return String::new() };
        match bsre.verify(pdf).await {
            Ok(said) => said,
            Err(problem) => {
                tracing::warn!("the signing service could not be asked: {}", problem.code);
                String::new()
            }
        }
    }

    /// Brings a file onto the disk, then says in one transaction that it is there, what it is and, in the application's own
    /// log, that it was attached. `of` is the one that was signed.
    fn keep_issued(&self, app: &str, officer: &str, pdf: &[u8], kept: &Kept, of: Option<&str>) -> Result<(), Problem> {
        let full = |e: std::io::Error| Problem::new("disk_full").with("why", e);
        let sha256 = hex::encode(Sha256::digest(pdf));
        let path = self.scan_path(&sha256);
        if let Some(folder) = path.parent() {
            private::folder(folder).map_err(full)?;
        }
        private::whole(&self.unfinished(&sha256)?, &path, pdf).map_err(full)?;
        let text = serde_json::to_string(kept).map_err(|e| Problem::new("internal").with("at", e))?;
        let key = if of.is_some() { "issued.note_signed" } else { "issued.note" };
        let note = Body::DistrictNote(Reason { reason: say(key, &[("told", &told(kept).join(" "))]) });
        let now = self.edge.now();
        self.decide_and(app, officer, std::slice::from_ref(&note), |tx, case| {
            allowed(case)?;
            // One that was sent to be signed before it was held back is kept: a signature is not asked for twice.
            if of.is_none() {
                crate::hold::refuse(case)?;
            }
            let count = first(tx, "SELECT count(*) FROM issued_pdf WHERE app = $1", params![app])?;
            if count.map_or(Ok(0), |row| row.int(0))? >= DOCUMENTS_MAX {
                return Err(Problem::new("issued_many").with("most", DOCUMENTS_MAX));
            }
            tx.execute(
                "INSERT INTO blob (sha256, office, bytes, media, state, key, at) VALUES ($1, $2, $3, 'application/pdf', 'held', '', $4)
                 ON CONFLICT (sha256, office) DO UPDATE SET state = 'held'",
                params![&sha256, &case.office, i64::try_from(pdf.len()).unwrap_or(i64::MAX), now],
            )?;
            tx.execute(
                "INSERT INTO issued_pdf (app, sha256, officer, at, seen, signed_of, asked) VALUES ($1, $2, $3, $4, $5, $6, 0)
                 ON CONFLICT (app, sha256) DO UPDATE SET officer = excluded.officer, at = excluded.at, seen = excluded.seen",
                params![app, &sha256, officer, now, text, of.unwrap_or_default()],
            )?;
            if let Some(of) = of {
                asked(tx, app, of, 0)?;
            }
            // Whoever proposed to issue it saw other documents.
            Ok(crate::second::falls(tx, app, now)?)
        })
    }

    /// The bytes of a document; that `officer` opened it is written down first.
    ///
    /// # Errors
    /// `not_found`; those of the database.
    pub fn open_issued(&self, app: &str, officer: &str, sha256: &str) -> Result<Vec<u8>, Problem> {
        let sql = "SELECT at FROM issued_pdf WHERE app = $1 AND sha256 = $2";
        let row = self.db.read(|tx| {
            self.case(tx, app)?;
            Ok::<_, Problem>(first(tx, sql, params![app, sha256])?)
        })?;
        row.ok_or_else(|| Problem::new("not_found"))?;
        self.note_opening(app, officer, sha256)?;
        std::fs::read(self.scan_path(sha256)).map_err(|_| Problem::new("not_found"))
    }

    /// Has a document signed by `sealer`. That it was asked is written down before, for a second call is a second signature:
    /// whose outcome nobody knows is not asked again unless the officer says so. The answer is kept before it is told, and
    /// looked at like any other.
    ///
    /// # Errors
    /// `not_found`; `not_allowed`; `signing_unsure` when an earlier call's outcome is not known; `pdf_changed` when what came
    /// back is not signed and whole; those of the sealer.
    pub async fn sign_issued(
        self: &Arc<Self>,
        wanted: Wanted,
        sealer: &dyn DocumentSealer,
        again: Again,
    ) -> Result<(), Problem> {
        let (here, what) = (self.clone(), wanted.clone());
        let begun = off(move || {
            let pdf = here.open_issued(&what.app, &what.officer, &what.sha256)?;
            here.begin_signing(&what.app, &what.sha256, again)?;
            Ok((pdf, here.agency()))
        });
        let (pdf, name) = begun.await?;
        let reason = say("issued.reason", &[]);
        let signed = match sealer.seal(&Asked { pdf: &pdf, name: &name, reason: &reason, at: self.edge.now() }).await {
            Ok(signed) => signed.pdf,
            Err(problem) if problem.code == "signing_unsure" => return Err(problem),
            Err(problem) => {
                let here = self.clone();
                off(move || here.db.write(|tx| Ok(asked(tx, &wanted.app, &wanted.sha256, 0)?))).await?;
                return Err(problem);
            }
        };
        let here = self.clone();
        let (signed, seen) =
            off(move || Ok((here.signatures_of(&signed)?, signed)).map(|(seen, pdf)| (pdf, seen))).await?;
        let service = self.asked_service(&signed, &seen).await;
        let (here, whole) = (self.clone(), seen.is_whole());
        let Wanted { app, officer, sha256 } = wanted;
        off(move || here.keep_issued(&app, &officer, &signed, &Kept { seen, service }, Some(&sha256))).await?;
        if whole { Ok(()) } else { Err(Problem::new("signing_bad")) }
    }

    fn begin_signing(&self, app: &str, sha256: &str, again: Again) -> Result<(), Problem> {
        let now = self.edge.now();
        self.db.write(|tx| {
            tx.execute("UPDATE app SET id = id WHERE id = $1", params![app])?;
            let case = self.to_process(tx, app)?;
            allowed(&case)?;
            let sql = "SELECT asked FROM issued_pdf WHERE app = $1 AND sha256 = $2";
            let row = first(tx, sql, params![app, sha256])?.ok_or_else(|| Problem::new("not_found"))?;
            if row.int(0)? != 0 && again == Again::No {
                return Err(Problem::new("signing_unsure"));
            }
            Ok(asked(tx, app, sha256, now)?)
        })
    }
}

/// Work with the database, whose client runs its own loop.
async fn off<T: Send + 'static>(work: impl FnOnce() -> Result<T, Problem> + Send + 'static) -> Result<T, Problem> {
    tokio::task::spawn_blocking(work).await.map_err(|_| crate::http::ended())?
}

/// Which document somebody wants signed.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// Its application.
    pub app: String,
    /// The officer.
    pub officer: String,
    /// Its content address.
    pub sha256: String,
}

/// Whether a signing whose outcome nobody knows is asked once more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Again {
    /// The officer looked, and it was not signed.
    Yes,
    /// No.
    No,
}

fn asked(tx: &mut dyn Tx, app: &str, sha256: &str, at: i64) -> Result<(), jukung_ledger::DbProblem> {
    tx.execute("UPDATE issued_pdf SET asked = $1 WHERE app = $2 AND sha256 = $3", params![at, app, sha256])?;
    Ok(())
}
