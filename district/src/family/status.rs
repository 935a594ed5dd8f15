//! What a family sees of its application: the number and a second fact open it, or a link that the family was given.

use super::tries::{LOOKS, Tries, WRONG};
use crate::District;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::civil::Date;
use jukung_crypto::proof;
use jukung_domain::calendar::{Local, working_days_after};
use jukung_domain::catalogue::{Catalogue, Service};
use jukung_domain::event::HeldBack;
use jukung_domain::number::Number;
use jukung_domain::problem::Problem;
use jukung_domain::region::Regions;
use jukung_domain::status::Status;
use jukung_domain::wire::{DistrictSettings, Office};
use jukung_domain::{check, two_words};
use jukung_ledger::projection::{self, Case};
use jukung_ledger::tx::first;
use jukung_ledger::{Tx, params};
use subtle::ConstantTimeEq;

/// Days a family's link opens: an application is settled in weeks, and a link that was passed on dies by itself.
const LINK_DAYS: i64 = 180;
const DAY_MS: i64 = 24 * 3_600_000;
/// Bytes of a link's proof: 128 bits, beyond guessing.
const LINK_PROOF: usize = 16;

/// What somebody holds in the hand beside the number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proof {
    /// What was typed: the applicant's year of birth, or the two words of the receipt.
    Typed(String),
    /// The end of a family's link: the day it dies, and its proof.
    Link { until: i64, proof: Vec<u8> },
}

/// An application as its family may see it: no NIK, no full name, no answer of the form.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    /// Registration number.
    pub number: String,
    /// Name of the service.
    pub service: String,
    /// First letters of the subject's name: `S••• A•••`.
    pub subject: String,
    /// Where it stands.
    pub status: Status,
    /// Day it came to stand there.
    pub since: Date,
    /// Day it should be ready by; none once it is, or when the Dinas promises none.
    pub promised: Option<Date>,
    /// That day has passed.
    pub late: bool,
    /// Paper to bring again, in the catalogue's words.
    pub paper: String,
    /// Answer to correct, in the catalogue's words.
    pub field: String,
    /// What the Dinas wrote to the family: why it came back or was refused; long digits are left out.
    pub note: String,
    /// Where it can be collected or who carries it.
    pub place: String,
    /// Since which day it is held back, in words; empty for most.
    pub held: String,
    /// The office it came from.
    pub office: Office,
    /// The two words of the receipt: for messages alone, no page shows them.
    pub words: [&'static str; 2],
    /// The end of a link that opens this page again, and the day it dies.
    pub link: (String, Date),
}

/// Why nothing is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotSeen {
    /// Not found, a wrong fact, or not arrived yet: nobody learns which.
    Unknown,
    /// The number cannot be one: it was mistyped.
    Mistyped,
    /// It is a complaint's number: the end of the link to its own page.
    Complaint(String),
    /// Asked too often; minutes to wait.
    TooOften(i64),
    /// The server itself failed.
    Failed(Problem),
}

impl From<jukung_ledger::DbProblem> for NotSeen {
    fn from(problem: jukung_ledger::DbProblem) -> NotSeen {
        NotSeen::Failed(problem.into())
    }
}

impl District {
    /// Looks an application up for whoever calls from `address` at `now`. Wrong facts count against the number, every look
    /// against the address (security.md 4.4); a link is beyond guessing and counts against the address alone.
    ///
    /// # Errors
    /// [`NotSeen`].
    pub fn seen(&self, number: &str, held: &Proof, address: &str, now: i64) -> Result<Seen, NotSeen> {
        let settings = self.settings()?;
        // In one transaction: two guesses at once are two guesses. What is refused is counted too, so nothing is undone.
        self.db.write(|tx| -> Result<Result<Seen, NotSeen>, NotSeen> {
            let tries = Tries { secret: &self.seed, now };
            if let Some(minutes) = tries.blocked(tx, LOOKS, address)? {
                return Ok(Err(NotSeen::TooOften(minutes)));
            }
            tries.count(tx, LOOKS, address)?;
            let Ok(number) = Number::parse(number) else { return Ok(Err(NotSeen::Mistyped)) };
            let number = number.to_string();
            let guessed = matches!(held, Proof::Typed(_));
            if guessed && let Some(minutes) = tries.blocked(tx, WRONG, &number)? {
                return Ok(Err(NotSeen::TooOften(minutes)));
            }
            match self.opened(tx, &number, held, now)? {
                Some(case) => Ok(Ok(self.seen_of(tx, &case, &settings, now)?)),
                None => {
                    if let Proof::Typed(text) = held
                        && let Some(link) = self.complaint_named(tx, &number, text, now).map_err(NotSeen::Failed)?
                    {
                        return Ok(Err(NotSeen::Complaint(link)));
                    }
                    if guessed {
                        tries.count(tx, WRONG, &number)?;
                    }
                    Ok(Err(NotSeen::Unknown))
                }
            }
        })?
    }

    /// The application that this number and fact open; a doubled number stands on two.
    fn opened(&self, tx: &mut dyn Tx, number: &str, held: &Proof, now: i64) -> Result<Option<Case>, NotSeen> {
        let sql = "SELECT app FROM lookup WHERE key = $1 AND kind = 'number' ORDER BY app";
        for row in tx.query(sql, params![number])? {
            if let Some(case) = projection::load(tx, &row.text(0)?)?
                && self.opens(&case, held, now)
            {
                return Ok(Some(case));
            }
        }
        Ok(None)
    }

    fn opens(&self, case: &Case, held: &Proof, now: i64) -> bool {
        match held {
            Proof::Typed(text) => {
                let year = case.state.application.fields.get("applicant.birthDate").and_then(|d| d.get(..4));
                let same = year.is_some_and(|year| bool::from(year.as_bytes().ct_eq(text.trim().as_bytes())));
                same || case.id.parse().is_ok_and(|id| two_words::named(id, text))
            }
            Proof::Link { .. } => self.link_opens(&case.id, held, now),
        }
    }

    /// Whether a link's end opens what has this id.
    pub(crate) fn link_opens(&self, id: &str, held: &Proof, now: i64) -> bool {
        let Proof::Link { until, proof } = held else { return false };
        *until >= now / DAY_MS && bool::from(self.link_proof(id, *until).as_slice().ct_eq(proof))
    }

    /// The end of a link that opens what has this id, for half a year.
    pub(crate) fn link_to(&self, number: &str, id: &str, now: i64) -> String {
        let until = now / DAY_MS + LINK_DAYS;
        format!("{number}.{until}.{}", URL_SAFE_NO_PAD.encode(self.link_proof(id, until)))
    }

    fn link_proof(&self, application: &str, until: i64) -> [u8; LINK_PROOF] {
        let text = format!("jukung-family-link-1\n{application}\n{until}");
        let mut short = [0; LINK_PROOF];
        short.copy_from_slice(&proof::prove(self.seed.as_slice(), text.as_bytes())[..LINK_PROOF]);
        short
    }

    /// The same for an officer who has it open.
    ///
    /// # Errors
    /// Those of the database.
    pub(crate) fn seen_of_case(&self, case: &Case) -> Result<Seen, Problem> {
        let settings = self.settings()?;
        self.db.read(|tx| self.seen_of(tx, case, &settings, self.edge.now())).map_err(|why| match why {
            NotSeen::Failed(problem) => problem,
            NotSeen::Unknown | NotSeen::Mistyped | NotSeen::Complaint(_) | NotSeen::TooOften(_) => {
                Problem::new("not_found")
            }
        })
    }

    fn seen_of(&self, tx: &mut dyn Tx, case: &Case, settings: &DistrictSettings, now: i64) -> Result<Seen, NotSeen> {
        let doc = &case.state.application;
        let zone = Regions::zone(&case.office);
        let (today, status) = (Local::at(now, zone).day(), case.state.status);
        let service = Catalogue::embedded().service(&doc.service);
        let held = case.state.held_back.as_ref().map_or_else(String::new, HeldBack::day);
        // Nobody works on what is held back: no day is promised, and none is late.
        let promised = promised(case, service, settings).filter(|_| awaited(status) && held.is_empty());
        let returned = case.state.returned.as_ref();
        let until = now / DAY_MS + LINK_DAYS;
        let link =
            format!("{}.{until}.{}", case.state.number, URL_SAFE_NO_PAD.encode(self.link_proof(&case.id, until)));
        Ok(Seen {
            number: case.state.number.clone(),
            service: service.map_or_else(|| doc.service.clone(), |s| s.name.clone()),
            subject: masked(&projection::subject(&case.state)),
            status,
            since: Local::at(since(tx, case)?, zone).day(),
            late: promised.is_some_and(|day| day < today),
            promised,
            paper: returned.and_then(|r| paper_name(service?, &r.target)).unwrap_or_default(),
            field: returned.and_then(|r| field_label(case, service?, &r.target, today)).unwrap_or_default(),
            note: without_numbers(&told(case), DIGITS_HIDDEN),
            place: if matches!(status, Status::ReadyForPickup | Status::Shipped) {
                without_numbers(&case.state.delivery, NIK_DIGITS)
            } else {
                String::new()
            },
            held,
            office: crate::enrol::card_of(&case.office)
                .unwrap_or_else(|_| Office { name: case.office.clone(), ..Office::default() }),
            words: case.id.parse().map(two_words::of).unwrap_or(["", ""]),
            link: (link, Local::at(until * DAY_MS, zone).day()),
        })
    }
}

/// Reads the end of a family's link.
#[must_use]
pub fn read_link(text: &str) -> Option<(String, Proof)> {
    let (number, rest) = text.split_once('.')?;
    let (until, proof) = rest.split_once('.')?;
    let proof = URL_SAFE_NO_PAD.decode(proof).ok()?;
    Some((number.to_owned(), Proof::Link { until: until.parse().ok()?, proof }))
}

/// The Dinas still owes the document.
fn awaited(status: Status) -> bool {
    matches!(status, Status::Submitted | Status::InVerification | Status::InProcess)
}

fn promised(case: &Case, service: Option<&Service>, settings: &DistrictSettings) -> Option<Date> {
    if let Some(on_paper) = &case.state.application.promised {
        return on_paper.parse().ok();
    }
    let service = service?;
    let days = settings.promised_days.get(&service.code).copied().unwrap_or(service.promised_days);
    let from = case.day.parse::<Date>().ok()?;
    (days > 0).then(|| working_days_after(from, days, &settings.holidays))
}

/// What the Dinas wrote to the family.
fn told(case: &Case) -> String {
    match (case.state.status, &case.state.returned) {
        (Status::NeedsCorrection, Some(returned)) => returned.note.clone(),
        (Status::Rejected, _) => case.state.closed_reason.clone(),
        (_, _) => String::new(),
    }
}

/// When it came to stand where it stands: the last event that moved it.
fn since(tx: &mut dyn Tx, case: &Case) -> Result<i64, NotSeen> {
    let sql = "SELECT at FROM event WHERE app = $1 AND outcome LIKE 'applied%' AND kind IN ('app.create/1',
        'app.resubmit/1', 'app.withdraw/1', 'st.taken/1', 'st.returned/1', 'st.approved/1', 'st.refused/1', 'st.issued/1',
        'st.ready/1', 'st.shipped/1', 'st.delivered/1', 'doc.handed/1', 'doc.unhanded/1') ORDER BY turn DESC, uid LIMIT 1";
    let row = first(tx, sql, params![&case.id])?;
    Ok(row.map(|r| r.int(0)).transpose()?.unwrap_or(case.changed))
}

fn paper_name(service: &Service, target: &str) -> Option<String> {
    let id = target.strip_prefix("requirement.")?;
    service.requirements.iter().find(|r| r.id == id).map(|r| r.name.clone())
}

fn field_label(case: &Case, service: &Service, target: &str, today: Date) -> Option<String> {
    let fields = check::shown_fields(service, &case.state.application, today);
    fields.into_iter().find(|shown| shown.path == target).map(|shown| shown.field.label.clone())
}

/// `S••• A•••`: the first letter of each word; the dots do not tell how long it is.
#[must_use]
pub fn masked(name: &str) -> String {
    name.split_whitespace().filter_map(|w| w.chars().next()).map(|c| format!("{c}•••")).collect::<Vec<_>>().join(" ")
}

/// Fewest digits in a row that are left out of a remark: a NIK and a KK number have 16, a telephone number 10; a house
/// number stays.
const DIGITS_HIDDEN: usize = 9;
/// Digits of a NIK and of a KK number: left out even where the number of a parcel must stay.
const NIK_DIGITS: usize = 16;

/// A text for families without any number of `least` digits or more, however they are divided: officers sometimes write
/// a NIK.
#[must_use]
pub fn without_numbers(text: &str, least: usize) -> String {
    let mut out = String::new();
    let mut run = String::new();
    for c in text.chars() {
        if c.is_ascii_digit() || (!run.is_empty() && matches!(c, ' ' | '.' | '-')) {
            run.push(c);
        } else {
            close(&mut run, &mut out, least);
            out.push(c);
        }
    }
    close(&mut run, &mut out, least);
    out
}

fn close(run: &mut String, out: &mut String, least: usize) {
    let number = run.trim_end_matches([' ', '.', '-']);
    if number.bytes().filter(u8::is_ascii_digit).count() >= least {
        out.push_str("•••");
        out.push_str(&run[number.len()..]);
    } else {
        out.push_str(run);
    }
    run.clear();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_long_number_is_left_however_it_is_divided() {
        for nik in ["6305044107489901", "6305 0441 0748 9901", "63.05.04.410748.9901", "RE6305044107489901"] {
            let told = without_numbers(&format!("NIK {nik} tidak terbaca."), DIGITS_HIDDEN);
            assert!(!told.contains("6305") && told.ends_with("tidak terbaca."), "{told}");
        }
        let house = "RT 003, nomor 12. Bawa 2 foto 3x4";
        assert_eq!(without_numbers(house, DIGITS_HIDDEN), house);
        assert_eq!(without_numbers("PT Pos 2608123456789", NIK_DIGITS), "PT Pos 2608123456789");
    }

    #[test]
    fn a_masked_name_shows_first_letters_and_not_how_long_it_is() {
        assert_eq!(masked("Siti  Aminah"), "S••• A•••");
        assert_eq!(masked(""), "");
    }
}
