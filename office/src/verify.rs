//! Checking a receipt that somebody shows: by its QR alone, and where this counter is open, beside its own records.

use crate::edge::{Local, long_day};
use crate::{Office, home, stored};
use jukung_crypto::receipt_token::Claims;
use jukung_crypto::verdict::{Ruling, Trust, Verdict, judge};
use jukung_domain::problem::Problem;
use jukung_domain::receipt;
use jukung_domain::region::Regions;
use jukung_domain::texts::say;
use jukung_domain::wire::DistrictSettings;
use jukung_ledger::projection;
use serde::Serialize;

/// What the screen shows of a checked receipt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Checked {
    /// `genuine`, `not_genuine` or `unsure`.
    pub ruling: String,
    /// The same in words.
    pub title: String,
    /// Why, and what to do.
    pub why: String,
    /// What the QR says: label and value; empty where nothing of it can be believed.
    pub facts: Vec<(String, String)>,
    /// What this computer's own records say of it.
    pub record: String,
    /// Id of the application here; empty when there is none.
    pub application: String,
}

/// Whom a computer believes: the district of its card, and the lost computers its settings name.
#[must_use]
pub fn trust(card: &home::Card, settings: &DistrictSettings) -> Trust {
    let key = |text: &String| hex::decode(text).ok().and_then(|bytes| bytes.try_into().ok());
    let regency: String = card.office.code.chars().filter(char::is_ascii_digit).take(4).collect();
    Trust {
        keys: key(&card.district_key).into_iter().collect(),
        district: regency.parse().unwrap_or(0),
        lost: settings.lost.iter().filter_map(key).collect(),
    }
}

/// Checks without opening anything: nobody has to be signed in, but what this counter recorded is not looked at.
#[must_use]
pub fn by_card(card: &home::Card, text: &str) -> Checked {
    let verdict = judge(text, &trust(card, &DistrictSettings::default()));
    Checked { record: say("verify.record.unread", &[]), ..told(&verdict, &card.office.zone) }
}

fn told(verdict: &Verdict, zone: &str) -> Checked {
    let facts = match (&verdict.claims, &verdict.number) {
        (Some(claims), _) => facts(claims, zone),
        (None, Some(number)) => vec![(say("verify.number", &[]), number.clone())],
        (None, None) => Vec::new(),
    };
    Checked {
        ruling: verdict.ruling.code().into(),
        title: say(&format!("verify.{}", verdict.ruling.code()), &[]),
        why: say(&format!("verify.why.{}", verdict.reason), &[]),
        facts,
        record: String::new(),
        application: String::new(),
    }
}

fn facts(claims: &Claims, zone: &str) -> Vec<(String, String)> {
    let at = Local::at(claims.issued_s.saturating_mul(1000), zone);
    let row = |key: &str, value: String| (say(&format!("verify.{key}"), &[]), value);
    vec![
        row("number", claims.number.clone()),
        row("office", office_name(claims.office)),
        row("issued", format!("{}, {} {zone}", long_day(at.day()), at.time())),
        row("group", say(&format!("verify.group.{}", claims.group), &[])),
        row("documents", say("verify.documents_n", &[("n", &claims.documents.to_string())])),
        row("initials", claims.initials.clone()),
    ]
}

/// Name of an office from its code without dots; the code with its dots where the tables lack it.
pub(crate) fn office_name(code: i64) -> String {
    let digits = code.to_string();
    let cut = |from: usize, to: usize| digits.get(from..to.min(digits.len())).unwrap_or_default();
    let dotted = [cut(0, 2), cut(2, 4), cut(4, 6), cut(6, 10)].into_iter().filter(|p| !p.is_empty());
    let dotted = dotted.collect::<Vec<_>>().join(".");
    let Some(name) = Regions::current().name(&dotted) else { return dotted };
    let kind = if digits.len() == 10 { Regions::village_kind(&dotted) } else { "Kecamatan" };
    format!("{kind} {name}")
}

impl Office {
    /// Checks what was pasted or read from a picture, also beside this counter's records.
    ///
    /// # Errors
    /// Those of storage.
    pub fn verify(&self, text: &str) -> Result<Checked, Problem> {
        Ok(self.judged(text)?.1)
    }

    /// The same with what it rests on.
    pub(crate) fn judged(&self, text: &str) -> Result<(Verdict, Checked), Problem> {
        let card = home::card(&self.dir)?.ok_or_else(|| Problem::new("not_enrolled_here"))?;
        let mut verdict = judge(text, &trust(&card, &self.district_settings()?));
        let (record, application) = self.recorded(&mut verdict)?;
        let checked = Checked { record, application, ..told(&verdict, &self.identity.office.zone) };
        Ok((verdict, checked))
    }

    /// What the records say, and the application; they may settle what the QR alone leaves open.
    fn recorded(&self, verdict: &mut Verdict) -> Result<(String, String), Problem> {
        let claimed = verdict.claims.as_ref();
        let Some(number) = claimed.map(|c| c.number.clone()).or_else(|| verdict.number.clone()) else {
            return Ok((String::new(), String::new()));
        };
        self.make_findable()?;
        let found = self.db.read(|tx| projection::by_number(tx, &number)).map_err(stored)?;
        let Some(id) = found else { return Ok((say("verify.record.none", &[]), String::new())) };
        let Some(claims) = claimed else { return Ok((say("verify.record.number", &[]), id)) };
        let Ok(application) = id.parse() else { return Ok((String::new(), id)) };
        if receipt::nonce(application) != claims.nonce {
            (verdict.ruling, verdict.reason) = (Ruling::Unsure, "other_record");
            return Ok((String::new(), id));
        }
        let same = claims.digest == receipt::digest(application, &self.receipt_said(&id)?);
        if verdict.reason == "lost" && same {
            (verdict.ruling, verdict.reason) = (Ruling::Genuine, "recorded");
        }
        Ok((say(if same { "verify.record.same" } else { "verify.record.changed" }, &[]), id))
    }
}
