//! A helper hands drafts over to the counter: sealed to it, then out of the helper's database with every key that opens
//! their papers. A cut in between leaves the draft, which is handed over again under the same id.

use super::{COUNTER, FORM, HANDED, HandedOver, Paper, change, sealed_file};
use crate::audit::{self, Act, Did};
use crate::drafts::{self, Stored};
use crate::scan::store::failed;
use crate::scans::{self, forget_unnamed};
use crate::staff::sealed;
use crate::{Office, settings, stored, views};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jukung_crypto::bundle;
use jukung_domain::application::Application;
use jukung_domain::check;
use jukung_domain::problem::Problem;
use jukung_ledger::point::point;
use jukung_ledger::{params, private};
use zeroize::Zeroizing;

/// Digits of a NIK that stay in a helper's hands, so that two pupils of one name are told apart.
pub(super) const DIGITS_LEFT: usize = 4;

/// The last digits of a number.
pub(super) fn ends(nik: &str) -> String {
    nik.chars().skip(nik.chars().count().saturating_sub(DIGITS_LEFT)).collect()
}

impl Office {
    /// Hands over every draft that lacks nothing; the others stay. Says how many went.
    ///
    /// # Errors
    /// `not_permitted` for people of the counter; `room_text`, `disk_full`; `scan_unreadable`. What was handed over before a
    /// problem is handed over.
    pub fn give_to_counter(&self) -> Result<u32, Problem> {
        self.only_of_school()?;
        self.room_for_text()?;
        let to = self.db.read(|tx| settings::get(tx, COUNTER))?;
        let mut given = 0;
        for draft in self.school_drafts()? {
            if !self.lacks_something(&self.with_papers(&draft)?) {
                self.give(&draft, &to)?;
                given += 1;
            }
        }
        Ok(given)
    }

    /// The helper's drafts, oldest first.
    pub(super) fn school_drafts(&self) -> Result<Vec<Stored>, Problem> {
        self.db.read(|tx| {
            let sql = "SELECT id FROM draft WHERE binned = 0 ORDER BY created, id";
            let rows = tx.query(sql, &[]).map_err(stored)?;
            let ids = rows.iter().map(|r| r.text(0)).collect::<Result<Vec<_>, _>>().map_err(stored)?;
            ids.iter().map(|id| drafts::load(tx, id)).collect()
        })
    }

    /// Whether the counter could not hand it in as it is; the resident's word comes there.
    pub(super) fn lacks_something(&self, application: &Application) -> bool {
        check::blocks_sending(&self.findings(application), application)
    }

    fn give(&self, draft: &Stored, to: &str) -> Result<(), Problem> {
        let bytes = Zeroizing::new(self.handed_over(draft)?);
        let sealed = bundle::seal(to, &bytes).map_err(sealed)?;
        let (file, folder) = (sealed_file(&self.dir, &draft.id), self.dir.join(HANDED));
        private::folder(&folder).map_err(|e| failed(&e))?;
        private::whole(&file.with_extension("new"), &file, &sealed).map_err(|e| failed(&e))?;
        point("school.sealed");
        let subject = self.service(&draft.application.service)?.subject.clone();
        let nik = draft.application.fields.get(&format!("{subject}.nik")).cloned().unwrap_or_default();
        let (now, name) = (self.now(), views::name_in(&draft.application));
        self.db.write(|tx| {
            // Loaded again inside the transaction: two clicks hand over once.
            drafts::load(tx, &draft.id)?;
            let sql = "INSERT INTO handed (id, pupil, service, name, ends, at, state, changed)
                       SELECT $1, coalesce((SELECT pupil FROM pupil_file WHERE draft = $1), ''), $2, $3, $4, $5, 'handed', $5";
            change(tx, sql, params![&draft.id, &draft.application.service, name, ends(&nik), now])?;
            let sql = "UPDATE pupil SET nik = substr(nik, -4) WHERE id = (SELECT pupil FROM pupil_file WHERE draft = $1)";
            change(tx, sql, params![&draft.id])?;
            change(tx, "DELETE FROM pupil_file WHERE draft = $1", params![&draft.id])?;
            change(tx, "DELETE FROM draft WHERE id = $1", params![&draft.id])?;
            let rows = tx.query("SELECT DISTINCT sha256 FROM scan WHERE draft = $1", params![&draft.id]).map_err(stored)?;
            let shas = rows.iter().map(|r| r.text(0)).collect::<Result<Vec<_>, _>>().map_err(stored)?;
            change(tx, "DELETE FROM scan WHERE draft = $1", params![&draft.id])?;
            forget_unnamed(tx, &shas)?;
            audit::note(tx, &self.identity, &Did::new(Act::Draft, ("draft", draft.id.as_str()), "give"), now)
        })?;
        point("school.handed");
        Ok(())
    }

    /// What goes to the counter of a draft.
    fn handed_over(&self, draft: &Stored) -> Result<Vec<u8>, Problem> {
        let mut papers = Vec::new();
        for scan in self.db.read(|tx| scans::papers(tx, &draft.id))? {
            let bytes = self.scan_bytes(&scan.attachment.sha256)?.ok_or_else(|| Problem::new("scan_unreadable"))?;
            papers.push(Paper { note: scan.note, bytes: STANDARD.encode(bytes), attachment: scan.attachment });
        }
        let application =
            Application { attachments: Vec::new(), read_back: None, consent: None, ..draft.application.clone() };
        let defaults = draft.defaults.clone();
        let handed = HandedOver { v: FORM, id: draft.id.clone(), application, defaults, papers };
        serde_json::to_vec(&handed).map_err(|e| Problem::new("internal").with("at", e))
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn four_digits_of_a_number_stay() {
        assert_eq!(super::ends("6305040107159901"), "9901");
        assert_eq!(super::ends("99"), "99");
        assert_eq!(super::ends(""), "");
    }
}
