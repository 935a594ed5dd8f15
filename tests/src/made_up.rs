//! Made-up applications of every service in the catalogue, from a seed: the same seed gives the same bytes everywhere.

pub mod calls;
mod words;

use crate::chance::Chance;
use jiff::civil::{Date, date};
use jukung_domain::application::{Application, Attachment, Consent, ReadBack};
use jukung_domain::catalogue::{Catalogue, Field, FieldKind, Need, Service};
use jukung_domain::event::{self, Authorship, Body, Created, Edited, Issued, Place, Printed, Reason, Returned};
use jukung_domain::number::Number;
use jukung_domain::shown;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
pub use words::{HELD_OUT, TRAINING, Words};

/// How often each service is asked for, of a hundred; the rest are shared by the others. Cards and families are most of a
/// village's work (domain.md 1.4).
const OFTEN: [(&str, usize); 6] =
    [("KTP_DAMAGED", 15), ("KTP_LOST", 15), ("KK_CHANGE", 15), ("BIRTH_CERT", 15), ("KTP_NEW", 10), ("KIA_NEW", 10)];
/// The day all of it happens on.
pub const TODAY: Date = date(2026, 11, 23);
/// 23 November 2026, 08.00 in WITA.
const MORNING_MS: i64 = 1_795_392_000_000;

/// A village counter's day, made up.
pub struct Village {
    pub chance: Chance,
    pub words: Words,
    /// Kemendagri code.
    pub office: String,
    /// Symbols its registration numbers begin with.
    pub code: String,
    now: i64,
    numbers: i64,
}

/// One made-up person: what is asked about them hangs together.
#[derive(Clone)]
struct Person {
    name: String,
    nik: String,
    kk: String,
    birth: String,
}

impl Village {
    /// The village of a seed.
    #[must_use]
    pub fn new(seed: u64, words: Words) -> Village {
        let mut chance = Chance::new(seed);
        let office = (*chance.pick(words.villages)).to_owned();
        let symbol = |c: &mut Chance| char::from(*c.pick(&jukung_domain::number::ALPHABET[..]));
        let code = (0..3).map(|_| symbol(&mut chance)).collect();
        let now = MORNING_MS + chance.between(0, 86_400_000);
        let numbers = chance.between(0, 4_000);
        Village { chance, words, office, code, now, numbers }
    }

    fn hex(&mut self, bytes: usize) -> String {
        let mut out = vec![0; bytes];
        for chunk in out.chunks_mut(8) {
            chunk.copy_from_slice(&self.chance.draw().to_le_bytes()[..chunk.len()]);
        }
        hex::encode(out)
    }

    fn by(&mut self, application: uuid::Uuid, base: bool) -> Authorship {
        self.now += self.chance.between(200, 600_000);
        let base = base.then(|| self.hex(8));
        let author = (*self.chance.pick(self.words.authors)).to_owned();
        Authorship { application, base, hlc: (self.now, 0), clock: 't', author }
    }

    fn id(&mut self) -> uuid::Uuid {
        let mut bytes = [0; 10];
        for chunk in bytes.chunks_mut(8) {
            chunk.copy_from_slice(&self.chance.draw().to_le_bytes()[..chunk.len()]);
        }
        uuid::Builder::from_unix_timestamp_millis(self.now.unsigned_abs(), &bytes).into_uuid()
    }

    /// An application handed in, as the raw event that is sent: its id, its number, its bytes.
    pub fn handed_in(&mut self) -> (uuid::Uuid, String, String) {
        self.numbers += 1;
        let number = Number::new(&self.code, self.numbers).unwrap().to_string();
        let (id, document) = (self.id(), self.application());
        let by = self.by(id, false);
        (id, number.clone(), event::write(&by, &Body::Create(Created { n: number, d: document })).unwrap())
    }

    /// A receipt printed of it.
    pub fn printed(&mut self, id: uuid::Uuid, number: &str) -> String {
        let sha256 = self.hex(32);
        let by = self.by(id, true);
        event::write(&by, &Body::Printed(Printed { n: number.to_owned(), sha256, copy: 1 })).unwrap()
    }

    /// One answer of it corrected.
    pub fn corrected(&mut self, id: uuid::Uuid) -> String {
        let (path, value) = match self.chance.below(4) {
            0 => ("applicant.phone", self.phone()),
            1 => ("applicant.name", self.name()),
            2 => ("applicant.address", self.address()),
            _ => ("child.birthDate", self.birth(0, 17).to_string()),
        };
        let mut edited = Edited::default();
        edited.f.insert(path.into(), value);
        let by = self.by(id, true);
        event::write(&by, &Body::Edit(edited)).unwrap()
    }

    /// A word of the district about it.
    pub fn decided(&mut self, id: uuid::Uuid) -> String {
        let reason = (*self.chance.pick(self.words.phrases)).to_owned();
        let body = match self.chance.below(6) {
            0 => Body::Taken,
            1 => Body::Approved,
            2 => Body::Issued(Issued { document: format!("AL{}", self.chance.under(900_000_000)) }),
            3 => Body::Ready(Place { place: (*self.chance.pick(self.words.places)).to_owned() }),
            4 => {
                Body::Returned(Returned { reason: "unreadable".into(), target: "requirement.kk".into(), note: reason })
            }
            _ => Body::DistrictNote(Reason { reason }),
        };
        let by = self.by(id, true);
        event::write(&by, &body).unwrap()
    }

    fn service(&mut self) -> &'static Service {
        let catalogue = Catalogue::embedded();
        let mut at = self.chance.below(100);
        for (code, share) in OFTEN {
            if at < share {
                return catalogue.service(code).unwrap();
            }
            at -= share;
        }
        self.chance.pick(&catalogue.services)
    }

    /// An application filled as a counter fills it.
    pub fn application(&mut self) -> Application {
        let service = self.service();
        let mut made =
            Application { service: service.code.clone(), reported: Some(TODAY.to_string()), ..Application::default() };
        if !service.variants.is_empty() {
            made.variant = Some(self.chance.pick(&service.variants).code.clone());
        }
        let mut people = BTreeMap::new();
        // Answers open further questions: a few rounds until nothing new is asked.
        for _ in 0..4 {
            for shown::Shown { path, field, .. } in shown::fields(service, &made, TODAY) {
                let field = Field { path: path.into_owned(), ..field.clone() };
                if let Entry::Vacant(place) = made.fields.entry(field.path.clone()) {
                    place.insert(self.answer(&field, &mut people));
                }
            }
        }
        made.fields.retain(|_, answer| !answer.is_empty());
        made = shown::visible(service, &made, TODAY).into_owned();
        self.papers(service, &mut made);
        if self.chance.happens(100) {
            let reason = (*self.chance.pick(self.words.phrases)).to_owned();
            made.reasons.insert("applicant.birthDate".into(), reason);
        }
        let corrected = if self.chance.happens(50) { vec!["applicant.name".to_owned()] } else { Vec::new() };
        made.read_back = Some(ReadBack { mode: "spoken".into(), corrected });
        made.consent = Some(Consent {
            text_version: "2026-11".into(),
            agreed: true,
            news: self.chance.happens(600),
            given_by: if self.chance.happens(900) { "self" } else { "proxy" }.into(),
            mark: if self.chance.happens(900) { "paper" } else { "thumbprint" }.into(),
            evidence: None,
            witnesses: Vec::new(),
        });
        made
    }

    /// The papers that must be there, scanned; one in twenty is missing with a word why.
    fn papers(&mut self, service: &Service, made: &mut Application) {
        let needed = service.requirements.iter().filter(|r| r.need == Need::Must);
        for requirement in needed.filter(|r| shown::holds(r.when.as_ref(), made, TODAY)).collect::<Vec<_>>() {
            if self.chance.happens(50) {
                let why = (*self.chance.pick(self.words.phrases)).to_owned();
                made.missing.insert(requirement.id.clone(), why);
                continue;
            }
            made.attachments.push(Attachment {
                requirement: requirement.id.clone(),
                substitute: requirement.substitutes.first().filter(|_| self.chance.happens(150)).map(|s| s.id.clone()),
                sha256: self.hex(32),
                bytes: u32::try_from(self.chance.between(40_000, 150_000)).unwrap(),
                media: "image/jpeg".into(),
                asked: requirement.ask.as_ref().map(|_| true),
                legible: requirement.legible_by.as_ref().map(|_| true),
                original: None,
            });
        }
    }

    fn answer(&mut self, field: &Field, people: &mut BTreeMap<String, Person>) -> String {
        // Few residents of a village have an e-mail address; the measured ones have none.
        if field.kind == FieldKind::Email && field.path != "family.email" {
            return String::new();
        }
        let asked = if field.need == Need::Must {
            1000
        } else if field.folded {
            40
        } else {
            500
        };
        if let Some(default) = field.default.as_ref().filter(|_| self.chance.happens(850)) {
            return default.replace("{office.regency_name}", self.words.places[1]).replace(['{', '}'], "");
        }
        if !self.chance.happens(asked) {
            return String::new();
        }
        let (of, what) = field.path.rsplit_once('.').unwrap_or(("", &field.path));
        let (of, what) = (of.to_owned(), what.to_owned());
        let young = of.starts_with("child") || of.starts_with("members");
        let person = people.entry(of).or_insert_with(|| self.person(young)).clone();
        match field.kind {
            FieldKind::Name | FieldKind::NewName => person.name,
            FieldKind::Nik => person.nik,
            FieldKind::Kk => person.kk,
            FieldKind::Date if what.contains("irthDate") => person.birth,
            FieldKind::Date => self.birth(0, 1).to_string(),
            FieldKind::Time => format!("{:02}:{:02}", self.chance.below(24), self.chance.below(12) * 5),
            FieldKind::Phone => self.phone(),
            FieldKind::Email => format!("{}@contoh.id", self.chance.pick(self.words.phrases).len()),
            FieldKind::Choice => self.choice(field),
            FieldKind::Integer => {
                let (low, high) = field.usual.or(field.bounds).unwrap_or((1, 5));
                self.chance.between(low.into(), high.into()).to_string()
            }
            FieldKind::Village => (*self.chance.pick(self.words.villages)).to_owned(),
            FieldKind::Regency => self.chance.pick(self.words.villages)[..5].to_owned(),
            FieldKind::Rt => format!("{:03}", self.chance.between(1, 12)),
            FieldKind::Rw => format!("{:03}", self.chance.between(1, 4)),
            FieldKind::Postcode => format!("71{:03}", self.chance.below(200)),
            FieldKind::Tick => "yes".into(),
            FieldKind::Text if what.to_lowercase().contains("address") => self.address(),
            FieldKind::Text if what.to_lowercase().contains("place") || what.contains("City") => {
                (*self.chance.pick(self.words.places)).to_owned()
            }
            FieldKind::Text | FieldKind::LongText => (*self.chance.pick(self.words.phrases)).to_owned(),
        }
    }

    fn choice(&mut self, field: &Field) -> String {
        let list = field.list.as_ref().and_then(|name| Catalogue::embedded().lists.get(name));
        let Some(list) = list.filter(|list| !list.is_empty()) else { return String::new() };
        // The first of a list are the usual ones.
        let at = self.chance.below(list.len()).min(self.chance.below(list.len()));
        list[at].key.clone()
    }

    fn person(&mut self, young: bool) -> Person {
        let birth = if young { self.birth(0, 17) } else { self.birth(17, 85) };
        let day = birth.day() + if self.chance.happens(500) { 40 } else { 0 };
        let six = self.office.replace('.', "")[..6].to_owned();
        let (month, year) = (birth.month(), birth.year() % 100);
        let kk = format!(
            "{six}{:02}{:02}{:02}99{:02}",
            self.chance.between(1, 28),
            self.chance.between(1, 12),
            self.chance.between(5, 26),
            self.chance.below(100)
        );
        // Made-up NIK end in 99xx (CONTRIBUTING.md).
        let nik = format!("{six}{day:02}{month:02}{year:02}99{:02}", self.chance.below(100));
        Person { name: self.name(), nik, kk, birth: birth.to_string() }
    }

    fn birth(&mut self, from: i64, to: i64) -> Date {
        let days = self.chance.between(from * 365, to * 365 + 30);
        TODAY.checked_sub(jiff::Span::new().days(days)).unwrap()
    }

    /// Two of the usual names, and now and then one that no list holds.
    fn name(&mut self) -> String {
        let usual = |c: &mut Chance, list: &[&'static str]| list[c.below(list.len()).min(c.below(list.len()))];
        let mut name = usual(&mut self.chance, self.words.first).to_owned();
        if self.chance.happens(700) {
            name = format!("{name} {}", usual(&mut self.chance, self.words.second));
        }
        if self.chance.happens(400) {
            let mut rare: String =
                (0..self.chance.between(2, 4)).map(|_| *self.chance.pick(self.words.syllables)).collect();
            rare[..1].make_ascii_uppercase();
            name = format!("{name} {rare}");
        }
        name
    }

    fn address(&mut self) -> String {
        format!("{} Nomor {}", self.chance.pick(self.words.streets), self.chance.between(1, 90))
    }

    fn phone(&mut self) -> String {
        format!("+62812{:07}", self.chance.under(10_000_000))
    }
}
