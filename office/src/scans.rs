//! Papers of drafts and applications: taken in, turned, cut, put in the bin, and given to the check.

use crate::audit::{self, Act, Did};
use crate::drafts::Stored;
use crate::edge::long_day;
use crate::scan::store::ScanStore;
use crate::scan::{self, ScanProblem, picture, straighten};
use crate::view::Scan;
use crate::{Office, forget, stored};
use jukung_domain::application::{Application, Attachment, Original};
use jukung_domain::catalogue::Service;
use jukung_domain::event::HANDOVER;
use jukung_domain::problem::Problem;
use jukung_domain::texts::say;
use jukung_ledger::projection::NAMED;
use jukung_ledger::tx::first;
use jukung_ledger::{Row, Tx, params};

fn problem(e: ScanProblem) -> Problem {
    Problem::new(e.code())
}

const COLUMNS: &str = "id, paper, pages, note, warnings";
/// The warning that the same picture lies with another paper of the application.
const TWICE: &str = "twice";

impl Office {
    /// Takes a file in as the paper for `requirement`; an earlier scan of it goes to the bin.
    ///
    /// # Errors
    /// `draft_gone`, `requirement_unknown`, and every reason of [`ScanProblem`]; nothing is kept then.
    pub fn attach(
        &self,
        draft: &str,
        requirement: &str,
        substitute: Option<&str>,
        bytes: &[u8],
    ) -> Result<Scan, Problem> {
        let service =
            self.db.read(|tx| crate::drafts::load(tx, draft)).and_then(|d| self.service(&d.application.service))?;
        if requirement != "consent" && !service.requirements.iter().any(|r| r.id == requirement) {
            return Err(Problem::new("requirement_unknown").with("requirement", requirement));
        }
        let taken = scan::take_in(bytes).map_err(problem)?;
        let smaller = taken.bytes.len() < bytes.len();
        let note = if smaller {
            say("papers.smaller", &[("kb", &(taken.bytes.len() / 1024).to_string())])
        } else {
            String::new()
        };
        let paper = Attachment {
            requirement: requirement.into(),
            substitute: substitute.map(str::to_owned),
            sha256: ScanStore::address(&taken.bytes),
            bytes: u32::try_from(taken.bytes.len()).unwrap_or(u32::MAX),
            media: taken.media.into(),
            asked: None,
            legible: None,
            original: None,
        };
        let now = self.now();
        let id = self.db.write(|tx| {
            for old in papers(tx, draft)?.iter().filter(|s| s.attachment.requirement == requirement) {
                tx.execute("UPDATE scan SET binned = $1 WHERE id = $2", params![now, &old.id]).map_err(stored)?;
            }
            let id = self.add_scan(tx, draft, &paper, &taken)?;
            tx.execute("UPDATE scan SET note = $1 WHERE id = $2", params![note, &id]).map_err(stored)?;
            Ok::<_, Problem>(id)
        })?;
        self.one(&id)
    }

    /// Keeps a scan as a paper of a draft or an application, in the caller's transaction; gives the id of its row.
    pub(crate) fn add_scan(
        &self,
        tx: &mut dyn Tx,
        of: &str,
        paper: &Attachment,
        taken: &scan::Scanned,
    ) -> Result<String, Problem> {
        let (id, now) = (self.edge.new_id().to_string(), self.now());
        let text = serde_json::to_string(paper).map_err(|e| Problem::new("internal").with("at", e))?;
        self.keep(tx, &taken.bytes, taken.media)?;
        tx.execute(
            "INSERT INTO scan (id, draft, sha256, paper, pages, note, warnings, binned, at) VALUES ($1, $2, $3, $4, $5, '', $6, 0, $7)",
            params![&id, of, &paper.sha256, text, i64::from(taken.pages), taken.warnings.join(" "), now],
        )
        .map_err(stored)?;
        self.note_paper(tx, &id, "add")?;
        Ok(id)
    }

    pub(crate) fn note_paper(&self, tx: &mut dyn Tx, scan: &str, what: &str) -> Result<(), Problem> {
        audit::note(tx, &self.identity, &Did::new(Act::Paper, ("scan", scan), what), self.now())
    }

    /// Keeps bytes under their content: the same content twice is stored once. File and row belong to the caller's
    /// transaction, which lets one in at a time: two that bring the same content at once cannot seal it with two keys,
    /// and a process that dies in between leaves a file without a name, which the next start sweeps away.
    fn keep(&self, tx: &mut dyn Tx, bytes: &[u8], media: &str) -> Result<(), Problem> {
        let sha256 = ScanStore::address(bytes);
        let known = key_of(tx, &sha256)?;
        if known.is_some() && self.scans.holds(&sha256) {
            return Ok(());
        }
        self.room_for_scan(bytes.len())?;
        let key = known.unwrap_or_else(|| self.edge.random());
        self.scans.put(bytes, &key, &mut |b| self.edge.chance.fill(b))?;
        if known.is_some() {
            // It had left for room, and is brought again.
            return Ok(());
        }
        let (now, size) = (self.now(), i64::try_from(bytes.len()).unwrap_or(i64::MAX));
        tx.execute(
            // One that was deleted here and is brought again begins anew.
            "INSERT INTO blob (sha256, office, bytes, media, state, key, at) VALUES ($1, $2, $3, $4, 'local', $5, $6)
             ON CONFLICT (sha256, office) DO UPDATE SET state = 'local', key = excluded.key, at = excluded.at",
            params![sha256, &self.identity.office.code, size, media, hex::encode(key), now],
        )
        .map_err(stored)?;
        Ok(())
    }

    /// Bytes of a scan that is kept here.
    ///
    /// # Errors
    /// `scan_unreadable`; `Ok(None)` when this computer never had it.
    pub fn scan_bytes(&self, sha256: &str) -> Result<Option<Vec<u8>>, Problem> {
        self.db.read(|tx| key_of(tx, sha256))?.map(|key| self.scans.get(sha256, &key)).transpose()
    }

    /// Bytes and media type of a scan, for the preview; of one that left this computer for room, its small picture.
    ///
    /// # Errors
    /// `not_found`, `scan_gone`, `scan_unreadable`; `reveal_first` for the mark of a consent that was handed in.
    pub fn scan_image(&self, id: &str) -> Result<(Vec<u8>, String), Problem> {
        if self.is_masked(id)? {
            return Err(Problem::new("reveal_first"));
        }
        self.scan_picture(id)
    }

    /// [`Office::scan_image`], whatever it shows.
    ///
    /// # Errors
    /// `not_found`, `scan_unreadable`.
    pub(crate) fn scan_picture(&self, id: &str) -> Result<(Vec<u8>, String), Problem> {
        let scan = self.one(id)?;
        self.note_opened(&Did::new(Act::Scan, ("scan", id), ""))?;
        if let Some(date) = self.gone_day(&scan.attachment.sha256)? {
            return Err(Problem::new("scan_gone").with("date", date));
        }
        let key = self.db.read(|tx| key_of(tx, &scan.attachment.sha256))?;
        if let Some(small) = key.filter(|_| !self.scans.holds(&scan.attachment.sha256))
            && let Some(bytes) = self.small_picture(&scan.attachment.sha256, &small)
        {
            return Ok((bytes, scan.attachment.media));
        }
        let bytes = self.scan_bytes(&scan.attachment.sha256)?.ok_or_else(|| Problem::new("not_found"))?;
        Ok((bytes, scan.attachment.media))
    }

    /// Turns a scan by quarter turns to the right.
    ///
    /// # Errors
    /// `not_found`, `scan_unreadable`.
    pub fn turn_scan(&self, id: &str, quarters: i32) -> Result<Scan, Problem> {
        self.remake(id, |bytes, _| Ok(picture::turn(bytes, quarters)?))
    }

    /// Cuts a paper out of its photo by four corners, as [`straighten::straighten`] takes them, and makes it rectangular.
    ///
    /// # Errors
    /// `not_found`, `scan_unreadable`, `corners_crossed`; the scan stays as it was.
    pub fn crop_scan(&self, id: &str, corners: [f64; 8]) -> Result<Scan, Problem> {
        self.remake(id, |bytes, warnings| {
            warnings.retain(|w| w != straighten::CUT);
            if straighten::cuts_paper(bytes, corners)? {
                warnings.push(straighten::CUT.into());
            }
            straighten::straighten(bytes, corners)
        })
    }

    /// The day on which a scan was deleted here, in words.
    fn gone_day(&self, sha256: &str) -> Result<Option<String>, Problem> {
        Ok(self.db.read(|tx| forget::gone_on(tx, sha256))?.map(|at| long_day(self.local(at).day())))
    }

    fn remake(
        &self,
        id: &str,
        change: impl FnOnce(&[u8], &mut Vec<String>) -> Result<Vec<u8>, ScanProblem>,
    ) -> Result<Scan, Problem> {
        let (bytes, media) = self.scan_picture(id)?;
        if media != "image/jpeg" {
            return Err(Problem::new("scan_wrong_type"));
        }
        let mut warnings = self.one(id)?.warnings;
        let made = change(&bytes, &mut warnings).map_err(problem)?;
        self.change_paper(id, |tx, scan| {
            self.keep(tx, &made, "image/jpeg")?;
            scan.warnings = warnings;
            let paper = &mut scan.attachment;
            paper.sha256 = ScanStore::address(&made);
            paper.bytes = u32::try_from(made.len()).unwrap_or(u32::MAX);
            paper.legible = None;
            Ok(())
        })
    }

    fn change_paper(
        &self,
        id: &str,
        change: impl FnOnce(&mut dyn Tx, &mut Scan) -> Result<(), Problem>,
    ) -> Result<Scan, Problem> {
        self.db.write(|tx| {
            let mut scan = one(tx, id)?;
            change(tx, &mut scan)?;
            let text = serde_json::to_string(&scan.attachment).map_err(|e| Problem::new("internal").with("at", e))?;
            tx.execute(
                "UPDATE scan SET paper = $1, sha256 = $2, warnings = $3 WHERE id = $4",
                params![text, &scan.attachment.sha256, scan.warnings.join(" "), id],
            )
            .map_err(stored)?;
            self.note_paper(tx, id, "change")
        })?;
        self.one(id)
    }

    /// Answers the requirement's one-key question.
    ///
    /// # Errors
    /// `not_found`.
    pub fn answer_paper(&self, id: &str, yes: bool) -> Result<Scan, Problem> {
        self.change_paper(id, |_, scan| {
            scan.attachment.asked = Some(yes);
            Ok(())
        })
    }

    /// Writes down whether the original of a paper stays at the office for now; it goes back unless somebody said so.
    ///
    /// # Errors
    /// `not_found`.
    pub fn keep_original(&self, id: &str, kept: bool) -> Result<Scan, Problem> {
        self.say_original(id, kept.then_some(Original::Kept))
    }

    pub(crate) fn say_original(&self, id: &str, original: Option<Original>) -> Result<Scan, Problem> {
        self.change_paper(id, |_, scan| {
            scan.attachment.original = original;
            Ok(())
        })
    }

    /// Compares the four digits seen on the photo with the answer they belong to.
    ///
    /// # Errors
    /// `not_found`.
    pub fn confirm_legible(&self, id: &str, digits: &str) -> Result<Scan, Problem> {
        let row = self.db.read(|tx| first(tx, "SELECT draft FROM scan WHERE id = $1", params![id])).map_err(stored)?;
        let draft = row.ok_or_else(|| Problem::new("not_found"))?.text(0).map_err(stored)?;
        let draft = self.db.read(|tx| crate::drafts::load(tx, &draft))?;
        let service = self.service(&draft.application.service)?;
        self.change_paper(id, |_, scan| {
            let paper = &mut scan.attachment;
            let by =
                service.requirements.iter().find(|r| r.id == paper.requirement).and_then(|r| r.legible_by.as_ref());
            let answer = by.and_then(|path| draft.application.fields.get(path));
            paper.legible = Some(answer.is_some_and(|a| digits.trim().len() == 4 && a.ends_with(digits.trim())));
            Ok(())
        })
    }

    /// Puts a scan in the bin.
    ///
    /// # Errors
    /// Those of storage.
    pub fn detach(&self, id: &str) -> Result<(), Problem> {
        let now = self.now();
        self.db.write(|tx| {
            tx.execute("UPDATE scan SET binned = $1 WHERE id = $2 AND binned = 0", params![now, id]).map_err(stored)?;
            self.note_paper(tx, id, "bin")
        })
    }

    /// Takes a scan out of the bin.
    ///
    /// # Errors
    /// `not_found`.
    pub fn restore_scan(&self, id: &str) -> Result<Scan, Problem> {
        self.db.write(|tx| {
            tx.execute("UPDATE scan SET binned = 0 WHERE id = $1", params![id]).map_err(stored)?;
            self.note_paper(tx, id, "restore")
        })?;
        self.one(id)
    }

    pub(crate) fn one(&self, id: &str) -> Result<Scan, Problem> {
        self.db.read(|tx| one(tx, id))
    }

    /// The application of a draft with its papers as they lie in the scan rows.
    ///
    /// # Errors
    /// Those of storage.
    pub fn with_papers(&self, draft: &Stored) -> Result<Application, Problem> {
        let mut application = draft.application.clone();
        for scan in self.db.read(|tx| papers(tx, &draft.id))? {
            application.attachments.retain(|a| a.requirement != scan.attachment.requirement);
            application.attachments.push(scan.attachment);
        }
        Ok(application)
    }

    /// The scans shown for a draft or an application.
    ///
    /// # Errors
    /// Those of storage.
    pub fn scans_of(&self, id: &str, application: &Application) -> Result<Vec<Scan>, Problem> {
        let service = self.service(&application.service)?;
        let mut scans = self.db.read(|tx| papers(tx, id))?;
        let sums: Vec<String> = scans.iter().map(|s| s.attachment.sha256.clone()).collect();
        for scan in &mut scans {
            scan.name = self.paper_name(service, &scan.attachment);
            if let Some(date) = self.gone_day(&scan.attachment.sha256)? {
                scan.gone = say("problem.scan_gone", &[("date", &date)]);
            }
            if sums.iter().filter(|sum| **sum == scan.attachment.sha256).count() > 1 {
                scan.warnings.push(TWICE.into());
            }
        }
        Ok(scans)
    }

    /// Name of a paper or of what lawfully stands in for it.
    #[must_use]
    pub fn paper_name(&self, service: &Service, paper: &Attachment) -> String {
        if paper.requirement == HANDOVER {
            return say("papers.handover", &[]);
        }
        let Some(requirement) = service.requirements.iter().find(|r| r.id == paper.requirement) else {
            return say("papers.consent", &[]);
        };
        let substitute = paper.substitute.as_ref().and_then(|id| requirement.substitutes.iter().find(|s| s.id == *id));
        substitute.map_or_else(|| requirement.name.clone(), |s| s.name.clone())
    }
}

fn one(tx: &mut dyn Tx, id: &str) -> Result<Scan, Problem> {
    let row = first(tx, &format!("SELECT {COLUMNS} FROM scan WHERE id = $1"), params![id]).map_err(stored)?;
    scan_of(&row.ok_or_else(|| Problem::new("not_found"))?)
}

/// The key of a scan; none when it never was here, or was deleted here.
fn key_of(tx: &mut dyn Tx, sha256: &str) -> Result<Option<[u8; 32]>, Problem> {
    let sql = "SELECT key FROM blob WHERE sha256 = $1 AND key <> ''";
    let row = first(tx, sql, params![sha256]).map_err(stored)?;
    row.map(|r| r.text(0).and_then(|k| jukung_ledger::log::hash(&k)).map_err(stored)).transpose()
}

/// Forgets the contents that neither a scan, a draft nor an application names; their files go with the next sweep.
///
/// # Errors
/// Those of storage.
pub(crate) fn forget_unnamed(tx: &mut dyn Tx, sha256s: &[String]) -> Result<(), Problem> {
    for sha in sha256s {
        tx.execute(
            &format!(
                "DELETE FROM blob WHERE sha256 = $1 AND NOT EXISTS (SELECT 1 FROM scan WHERE sha256 = $1)
                   AND NOT EXISTS (SELECT 1 FROM draft WHERE document LIKE '%' || $1 || '%') AND NOT EXISTS ({NAMED})"
            ),
            params![sha],
        )
        .map_err(stored)?;
    }
    Ok(())
}

/// Papers of a draft or an application that are not in the bin, oldest first.
pub(crate) fn papers(tx: &mut dyn Tx, id: &str) -> Result<Vec<Scan>, Problem> {
    let rows = tx
        .query(&format!("SELECT {COLUMNS} FROM scan WHERE draft = $1 AND binned = 0 ORDER BY at, id"), params![id])
        .map_err(stored)?;
    rows.iter().map(scan_of).collect()
}

fn scan_of(row: &Row) -> Result<Scan, Problem> {
    Ok(Scan {
        id: row.text(0).map_err(stored)?,
        attachment: serde_json::from_str(&row.text(1).map_err(stored)?).map_err(|e| stored(e.into()))?,
        name: String::new(),
        pages: u32::try_from(row.int(2).map_err(stored)?).unwrap_or(1),
        note: row.text(3).map_err(stored)?,
        warnings: row.text(4).map_err(stored)?.split_whitespace().map(str::to_owned).collect(),
        gone: String::new(),
    })
}
