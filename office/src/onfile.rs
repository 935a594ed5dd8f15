//! Papers this resident handed in before: offered first, taken again with one key, stored once.

use crate::view::{PaperOnFile, Scan};
use crate::{Office, drafts, scans, stored, views};
use jukung_domain::application::{Attachment, Original};
use jukung_domain::problem::Problem;
use jukung_domain::texts::say;
use jukung_ledger::params;
use jukung_ledger::tx::first;

/// Earlier papers looked through: the newest of each kind is offered, and nobody brought more in a year.
const LOOKED_MAX: i64 = 200;

/// Papers that say the same a month later. A report or a statement belongs to its own loss, birth or death: not offered.
const LASTING: [&str; 5] = ["kk", "ktp", "parents_ktp", "birth_cert", "marriage_proof"];

impl Office {
    /// Lasting papers of the same kind that the applicant of a draft handed in before: the newest for each requirement that has
    /// none yet. Nobody is known before their NIK was typed.
    ///
    /// # Errors
    /// `draft_gone`; those of storage.
    pub fn papers_on_file(&self, draft: &str) -> Result<Vec<PaperOnFile>, Problem> {
        self.make_findable()?;
        let draft = self.db.read(|tx| drafts::load(tx, draft))?;
        let service = self.service(&draft.application.service)?;
        let Some(nik) = draft.application.fields.get("applicant.nik") else { return Ok(Vec::new()) };
        let (there, before) = self.db.read(|tx| {
            let there = scans::papers(tx, &draft.id)?;
            let rows = tx
                .query(
                    "SELECT s.id, s.paper, a.created, a.service FROM resident_case c JOIN app a ON a.id = c.app JOIN scan s ON s.draft = c.app
                     JOIN blob b ON b.sha256 = s.sha256 WHERE c.resident = $1 AND s.binned = 0 AND b.key <> '' AND c.app <> $2
                     ORDER BY a.created DESC, s.id LIMIT $3",
                    params![nik, &draft.corrects, LOOKED_MAX],
                )
                .map_err(stored)?;
            Ok::<_, Problem>((there, rows))
        })?;
        let mut out: Vec<PaperOnFile> = Vec::new();
        for row in before {
            let paper: Attachment =
                serde_json::from_str(&row.text(1).map_err(stored)?).map_err(|e| stored(e.into()))?;
            let asked = service.requirements.iter().find(|r| r.id == paper.requirement);
            let lasting = LASTING.contains(&paper.requirement.as_str());
            let lawful = asked.filter(|_| lasting).is_some_and(|r| {
                paper.substitute.as_ref().is_none_or(|s| r.substitutes.iter().any(|known| known.id == *s))
            });
            let taken = there.iter().any(|s| s.attachment.requirement == paper.requirement)
                || out.iter().any(|p| p.requirement == paper.requirement);
            if !lawful || taken {
                continue;
            }
            let day = self.local(row.int(2).map_err(stored)?).day().to_string();
            out.push(PaperOnFile {
                scan: row.text(0).map_err(stored)?,
                requirement: paper.requirement,
                day: views::day_words(&day),
                service_name: self.service_name(&row.text(3).map_err(stored)?),
            });
        }
        Ok(out)
    }

    /// Takes a paper handed in before into a draft, marked with its day. The content is not stored again; what was asked
    /// about it is asked anew, for it answered another application.
    ///
    /// # Errors
    /// `draft_gone`; `not_found` when it is not offered for this draft.
    pub fn take_on_file(&self, draft: &str, scan: &str) -> Result<Scan, Problem> {
        let offered = self.papers_on_file(draft)?;
        let paper = offered.iter().find(|p| p.scan == scan).ok_or_else(|| Problem::new("not_found"))?;
        let note = say("papers.from_file", &[("date", &paper.day), ("service", &paper.service_name)]);
        let (id, now) = (self.edge.new_id().to_string(), self.now());
        self.db.write(|tx| {
            let row = first(tx, "SELECT s.sha256, s.paper, s.pages, s.warnings FROM scan s JOIN blob b ON b.sha256 = s.sha256 WHERE s.id = $1 AND b.key <> ''", params![scan])
                .map_err(stored)?
                .ok_or_else(|| Problem::new("not_found"))?;
            let mut kept: Attachment =
                serde_json::from_str(&row.text(1).map_err(stored)?).map_err(|e| stored(e.into()))?;
            (kept.asked, kept.legible, kept.original) = (None, None, Some(Original::OnFile));
            let text = serde_json::to_string(&kept).map_err(|e| Problem::new("internal").with("at", e))?;
            tx.execute(
                "INSERT INTO scan (id, draft, sha256, paper, pages, note, warnings, binned, at) VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $8)",
                params![&id, draft, row.text(0).map_err(stored)?, text, row.int(2).map_err(stored)?, note, row.text(3).map_err(stored)?, now],
            )
            .map_err(stored)?;
            self.note_paper(tx, &id, "on_file")
        })?;
        self.one(&id)
    }
}
