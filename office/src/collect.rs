//! Somebody comes for a document and shows the receipt: which application it is, or in plain words why nothing is handed over
//! for this paper here. The receipt finds the row; who may take the document is asked as always.

use crate::handover::is_here;
use crate::verify::office_name;
use crate::{Office, stored};
use jukung_crypto::verdict::{Ruling, Verdict};
use jukung_domain::problem::Problem;
use jukung_domain::status::Status;
use jukung_ledger::projection;

/// Whether the paper may find a row: it is genuine, or it carries the number alone, which everybody may write down, as they
/// may say it.
fn finds(verdict: &Verdict) -> bool {
    match verdict.ruling {
        Ruling::Genuine => true,
        Ruling::Unsure => verdict.reason == "number_only",
        Ruling::NotGenuine => false,
    }
}

impl Office {
    /// The application whose document is collected with this receipt: what a scanner typed, was pasted or read from a picture.
    ///
    /// # Errors
    /// `collect_unreadable` for what is no receipt; `collect_not_valid` with the ruling and its reason; `collect_elsewhere` with
    /// the office of another counter; `collect_unknown` for a number that is not here; `delivered_already` with to whom, when
    /// and where; `handover_not_here`; those of storage.
    pub fn to_collect(&self, text: &str) -> Result<String, Problem> {
        let (verdict, shown) = self.judged(text)?;
        if verdict.reason == "unreadable" {
            return Err(Problem::new("collect_unreadable"));
        }
        if !finds(&verdict) {
            return Err(Problem::new("collect_not_valid").with("title", shown.title).with("why", shown.why));
        }
        if shown.application.is_empty() {
            let own = self.identity.office.code.replace('.', "");
            return Err(match (verdict.claims, verdict.number) {
                (Some(claims), _) if claims.office.to_string() != own => {
                    let problem = Problem::new("collect_elsewhere").with("number", claims.number);
                    problem.with("office", office_name(claims.office))
                }
                (Some(claims), _) => Problem::new("collect_unknown").with("number", claims.number),
                (None, number) => Problem::new("collect_unknown").with("number", number.unwrap_or_default()),
            });
        }
        let id = shown.application;
        self.db.read(|tx| {
            let case = projection::load(tx, &id).map_err(stored)?.ok_or_else(|| Problem::new("not_found"))?;
            if case.state.status == Status::Delivered {
                return Err(self.already(tx, &id, &case.state.number)?);
            }
            if is_here(&case.state) { Ok(()) } else { Err(Problem::new("handover_not_here")) }
        })?;
        Ok(id)
    }
}
