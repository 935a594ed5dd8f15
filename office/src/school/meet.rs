//! The counter takes what helpers handed over, and tells them where it stands: at every sign-in and every end of a session of
//! the counter. Two databases cannot commit as one, so the counter's remembers what it took: a cut between the two, at any
//! moment, makes one draft (protocol 2, decision 0032).

use super::accounts::{ASKED, Helper};
use super::{FORM, HandedOver, SERVICES, place, sealed_file, text};
use crate::audit::{self, Act, Did};
use crate::drafts::{self, Stored};
use crate::scan::{self, Scanned};
use crate::{Office, home, settings, stored};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jukung_crypto::bundle;
use jukung_domain::application::{Application, Attachment, Original};
use jukung_domain::problem::Problem;
use jukung_ledger::migrate::{self, Home};
use jukung_ledger::point::point;
use jukung_ledger::tx::first;
use jukung_ledger::{Db, Tx, params};
use std::path::Path;
use zeroize::Zeroizing;

/// Largest hand-over that is read: every paper of a service at its largest, in base64.
const SEALED_BYTES_MAX: u64 = 32 * 1024 * 1024;
/// State of what waits to be taken.
pub(super) const HANDED: &str = "handed";
/// State of what the counter has as a draft.
pub(super) const TAKEN: &str = "taken";
/// State of what the counter threw away as a draft.
pub(super) const DROPPED: &str = "dropped";
/// State of what cannot be read: the helper does it again.
pub(super) const DAMAGED: &str = "damaged";

fn damaged(why: impl ToString) -> Problem {
    Problem::new(DAMAGED).with("why", why)
}

impl Office {
    /// Takes and tells, for every helper of this counter. A helper's folder that cannot be read keeps nobody from working.
    pub(crate) fn meet_helpers(&self) {
        if self.is_of_school() {
            return;
        }
        let met = self.helpers().map(|all| all.iter().for_each(|helper| self.met(helper)));
        if let Err(problem) = met {
            tracing::warn!("the helpers are not known: {problem}");
        }
    }

    fn met(&self, helper: &Helper) {
        let place = place(&self.dir, &helper.id);
        let met = match home::card(&place) {
            Ok(Some(_)) if place.join(home::DATABASE).exists() => self.take_from(helper, &place),
            // A removal or a beginning that was cut short.
            Ok(_) => self.end_helper(helper),
            Err(problem) => Err(problem),
        };
        if let Err(problem) = met {
            tracing::warn!("what {} handed over was not looked at: {problem}", helper.id);
        }
    }

    /// Takes what a helper handed over and tells them where everything stands.
    ///
    /// # Errors
    /// Those of storage: what was not taken waits.
    pub(super) fn take_from(&self, helper: &Helper, place: &Path) -> Result<(), Problem> {
        let db = Db::open_sqlite(&place.join(home::DATABASE), Some(&helper.key)).map_err(stored)?;
        db.write(|tx| migrate::run(tx, Home::Office)).map_err(stored)?;
        self.tell(&db, place)?;
        self.witness(helper, &db)?;
        let sql = "SELECT id FROM handed WHERE state = $1 ORDER BY at, id";
        let rows = db.read(|tx| tx.query(sql, params![HANDED])).map_err(stored)?;
        for row in rows {
            let id = text(&row, 0)?;
            let state = match self.take(helper, &sealed_file(place, &id), &id) {
                Ok(()) => TAKEN,
                Err(problem) if problem.code == DAMAGED => {
                    tracing::error!("hand-over {id} cannot be read: {problem}");
                    DAMAGED
                }
                Err(problem) => return Err(problem),
            };
            point("school.taken");
            mark(&db, &id, state, self.now())?;
        }
        Ok(())
    }

    /// Makes a draft of one hand-over; of one that was taken before, nothing.
    fn take(&self, helper: &Helper, file: &Path, id: &str) -> Result<(), Problem> {
        if self.db.read(|tx| is_taken(tx, id))? {
            return Ok(());
        }
        self.room_for_text()?;
        let handed = read(helper, file, id)?;
        let papers: Vec<(Attachment, String, Scanned)> = handed.papers.into_iter().filter_map(taken_in).collect();
        let service = self.service(&handed.application.service)?;
        let now = self.now();
        let draft = Stored {
            id: id.to_owned(),
            corrects: String::new(),
            application: handed.application,
            defaults: handed.defaults,
            section: service.sections.first().map(|s| s.id.clone()).unwrap_or_default(),
            field: String::new(),
            author: helper.id.clone(),
            saved: now,
        };
        self.db.write(|tx| {
            let sql = "INSERT INTO taken (id, helper, app, at) VALUES ($1, $2, '', $3) ON CONFLICT (id) DO NOTHING";
            let new = tx.execute(sql, params![id, &helper.id, now]).map_err(stored)? > 0;
            // An id that is somebody else's draft is no pupil's: nothing of the counter is ever written over.
            if !new || first(tx, "SELECT id FROM draft WHERE id = $1", params![id]).map_err(stored)?.is_some() {
                return Ok(());
            }
            drafts::write(tx, &draft, now)?;
            for (paper, note, scanned) in &papers {
                let scan = self.add_scan(tx, id, paper, scanned)?;
                tx.execute("UPDATE scan SET note = $1 WHERE id = $2", params![note, scan]).map_err(stored)?;
            }
            audit::note(tx, &self.identity, &Did::new(Act::Draft, ("draft", id), "school"), now)
        })
    }

    /// Tells a helper's database where everything stands that was handed over, and what the Dinas asks for now.
    fn tell(&self, db: &Db, place: &Path) -> Result<(), Problem> {
        let rows = db.read(|tx| tx.query("SELECT id, state FROM handed WHERE state <> $1", params![HANDED]));
        for row in rows.map_err(stored)? {
            let (id, told) = (text(&row, 0)?, text(&row, 1)?);
            if told == DAMAGED {
                continue;
            }
            let stands = self.db.read(|tx| standing(tx, &id))?;
            if stands == HANDED && told != TAKEN {
                // An older copy of the counter's database: what became an application comes back with the feed.
                continue;
            }
            if stands != told {
                mark(db, &id, &stands, self.now())?;
            }
            if stands != TAKEN && stands != HANDED {
                // It is an application, or nothing any more: the sealed draft has done its work.
                let _ = std::fs::remove_file(sealed_file(place, &id));
            }
        }
        let asked = self.db.read(|tx| settings::get(tx, ASKED))?;
        if db.read(|tx| settings::get(tx, ASKED))? != asked {
            db.write(|tx| settings::set(tx, ASKED, &asked))?;
        }
        Ok(())
    }
}

/// Opens one hand-over and believes nothing of it.
fn read(helper: &Helper, file: &Path, id: &str) -> Result<HandedOver, Problem> {
    let unread = |e: std::io::Error| {
        if e.kind() == std::io::ErrorKind::NotFound { damaged(e) } else { scan::store::failed(&e) }
    };
    if std::fs::metadata(file).map_err(unread)?.len() > SEALED_BYTES_MAX {
        return Err(damaged("size"));
    }
    let sealed = std::fs::read(file).map_err(unread)?;
    let plain = Zeroizing::new(bundle::open_bytes(&helper.secret, &sealed).map_err(damaged)?);
    let handed: HandedOver = serde_json::from_slice(&plain).map_err(damaged)?;
    let fits = handed.v == FORM && handed.id == id && uuid::Uuid::parse_str(id).is_ok();
    if !fits || !SERVICES.contains(&handed.application.service.as_str()) {
        return Err(damaged("content"));
    }
    let application =
        Application { attachments: Vec::new(), read_back: None, consent: None, promised: None, ..handed.application };
    Ok(HandedOver { application, ..handed })
}

/// A paper that came along, decoded and encoded anew like any file; one that is none stays away, and the form says so.
fn taken_in(paper: super::Paper) -> Option<(Attachment, String, Scanned)> {
    let bytes = STANDARD.decode(&paper.bytes).ok()?;
    let scanned = scan::take_in(&bytes).ok()?;
    let attachment = Attachment {
        sha256: scan::store::ScanStore::address(&scanned.bytes),
        bytes: u32::try_from(scanned.bytes.len()).unwrap_or(u32::MAX),
        media: scanned.media.to_owned(),
        // Nobody at this counter held it yet.
        original: Some(Original::Unseen),
        ..paper.attachment
    };
    Some((attachment, paper.note, scanned))
}

fn mark(db: &Db, id: &str, state: &str, now: i64) -> Result<(), Problem> {
    let sql = "UPDATE handed SET state = $1, changed = $2 WHERE id = $3";
    db.write(|tx| tx.execute(sql, params![state, now, id]).map(|_| ())).map_err(stored)
}

fn is_taken(tx: &mut dyn Tx, id: &str) -> Result<bool, Problem> {
    Ok(first(tx, "SELECT id FROM taken WHERE id = $1", params![id]).map_err(stored)?.is_some())
}

/// Where a hand-over stands at the counter. One that this database never took (it is an older copy) waits again.
fn standing(tx: &mut dyn Tx, id: &str) -> Result<String, Problem> {
    let sql = "SELECT t.app, coalesce((SELECT a.status FROM app a WHERE a.id = t.app), ''),
                 (SELECT count(*) FROM draft d WHERE d.id = t.id) FROM taken t WHERE t.id = $1";
    let Some(row) = first(tx, sql, params![id]).map_err(stored)? else { return Ok(HANDED.into()) };
    let (app, status) = (text(&row, 0)?, text(&row, 1)?);
    Ok(match (app.as_str(), row.int(2).map_err(stored)?) {
        ("", 0) => DROPPED.into(),
        ("", _) => TAKEN.into(),
        _ if status.is_empty() => jukung_domain::status::Status::Submitted.code().into(),
        _ => status,
    })
}
