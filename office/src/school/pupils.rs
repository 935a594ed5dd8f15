//! The helper's screen: pupils of one school, what each has, and drafts begun from the list (S17).

use super::class_list::{self, Line, PUPILS_MAX, Pupil, same};
use super::give::ends;
use super::meet::{DAMAGED, DROPPED};
use super::view::{ClassReport, Given, HandedRow, PupilRow, RefusedLine, SchoolClass, SchoolFile, SchoolScreen};
use super::{SERVICES, slip, text};
use crate::audit::{self, Act, Did};
use crate::drafts::Stored;
use crate::edge::short_day;
use crate::view::{Change, Draft};
use crate::{Office, stored, views};
use jukung_domain::problem::Problem;
use jukung_domain::status::Status;
use jukung_domain::texts::{of_problem, say};
use jukung_ledger::tx::first;
use jukung_ledger::{Row, Tx, params};
use std::collections::BTreeMap;

/// A card for children is for those below this age, a first identity card for those who reached it (domain.md).
const ADULT_YEARS: i16 = 17;
/// Things named that a draft lacks; the form shows the rest.
const LACKS_MAX: usize = 2;
/// What was handed over that is shown.
const HANDED_MAX: i64 = 100;

/// The visit at home.
const VISIT: &str = "HOME_VISIT_REQUEST";

/// Files by the pupil they are of; empty for nobody on the list.
type ByPupil = BTreeMap<String, Vec<SchoolFile>>;

struct Kept {
    id: String,
    pupil: Pupil,
}

fn kept(row: &Row) -> Result<Kept, Problem> {
    let pupil = Pupil {
        class: text(row, 1)?,
        name: text(row, 2)?,
        nik: text(row, 3)?,
        birth: text(row, 4)?,
        sex: text(row, 5)?,
        card: text(row, 6)? == "yes",
    };
    Ok(Kept { id: text(row, 0)?, pupil })
}

const PUPIL: &str = "SELECT id, class, name, nik, birth, sex, card FROM pupil";

fn all(tx: &mut dyn Tx) -> Result<Vec<Kept>, Problem> {
    let rows = tx.query(&format!("{PUPIL} ORDER BY class, name, id"), &[]).map_err(stored)?;
    rows.iter().map(kept).collect()
}

impl Office {
    /// The screen of a class; of all classes when it is empty.
    ///
    /// # Errors
    /// `not_permitted` for people of the counter; those of storage.
    pub fn school(&self, class: &str) -> Result<SchoolScreen, Problem> {
        self.only_of_school()?;
        let assignment = self.assignment().unwrap_or_default();
        let (pupils, whose) = self.db.read(|tx| Ok::<_, Problem>((all(tx)?, whose(tx)?)))?;
        let mut ready = 0;
        let mut files: ByPupil = BTreeMap::new();
        for draft in self.school_drafts()? {
            let file = self.school_file(&draft)?;
            ready += u32::from(file.complete);
            files.entry(whose.get(&draft.id).cloned().unwrap_or_default()).or_default().push(file);
        }
        let (handed, mut given) = self.handed_rows()?;
        let mut classes: BTreeMap<&str, u32> = BTreeMap::new();
        pupils.iter().for_each(|p| *classes.entry(&p.pupil.class).or_default() += 1);
        let classes = classes.iter().map(|(name, n)| SchoolClass { name: (*name).to_owned(), pupils: *n }).collect();
        let rows: Vec<PupilRow> = pupils
            .iter()
            .filter(|p| class.is_empty() || p.pupil.class == class)
            .map(|p| {
                let mut own = files.remove(&p.id).unwrap_or_default();
                own.append(&mut given.remove(&p.id).unwrap_or_default());
                self.pupil_row(p, own)
            })
            .collect();
        Ok(SchoolScreen {
            until: views::day_words(&assignment.until),
            school: assignment.school,
            counter: self.identity.office.name.clone(),
            classes,
            class: class.to_owned(),
            counts: counts(&rows),
            pupils: rows,
            loose: files.remove("").unwrap_or_default(),
            handed,
            ready,
        })
    }

    fn pupil_row(&self, kept: &Kept, files: Vec<SchoolFile>) -> PupilRow {
        let Pupil { class, name, nik, birth, card, .. } = &kept.pupil;
        let age = views::years(birth, self.today());
        let years = age.map(|n| say("school.years", &[("n", &n.to_string())])).unwrap_or_default();
        let number = if nik.is_empty() { String::new() } else { format!("…{}", ends(nik)) };
        let about: Vec<&str> = [years.as_str(), number.as_str()].into_iter().filter(|s| !s.is_empty()).collect();
        let fits = |service: &str| match service {
            "KIA_NEW" => !card && age.is_none_or(|n| n < ADULT_YEARS),
            "KTP_NEW" => age.is_some_and(|n| n >= ADULT_YEARS),
            _ => true,
        };
        // A pupil has one card, and more than one grandparent.
        let has = |service: &str| service != VISIT && files.iter().any(|file| file.service == service);
        PupilRow {
            id: kept.id.clone(),
            name: name.clone(),
            class: class.clone(),
            about: about.join(" · "),
            card: *card,
            offers: SERVICES.iter().filter(|s| fits(s) && !has(s)).map(|s| (*s).to_owned()).collect(),
            files,
        }
    }

    /// A draft as the screen shows it: what it lacks, in words.
    fn school_file(&self, draft: &Stored) -> Result<SchoolFile, Problem> {
        let application = self.with_papers(draft)?;
        let complete = !self.lacks_something(&application);
        let service = self.service(&application.service)?;
        let findings = self.findings(&application);
        let paper = |field: &str| {
            let id = field.strip_prefix("requirement.")?;
            service.requirements.iter().find(|r| r.id == id).map(|r| r.name.clone())
        };
        let blocking =
            || findings.iter().filter(|f| jukung_domain::check::blocks_sending(std::slice::from_ref(*f), &application));
        let mut lacks: Vec<String> = blocking().filter_map(|f| paper(&f.field)).take(LACKS_MAX).collect();
        let answers = blocking().filter(|f| paper(&f.field).is_none()).count();
        if answers > 0 {
            lacks.insert(0, say("school.lacks_answers", &[("n", &answers.to_string())]));
        }
        let state =
            if complete { say("school.complete", &[]) } else { say("school.lacks", &[("what", &lacks.join(", "))]) };
        let name = views::name_in(&application);
        let name = if name.is_empty() { say("school.no_name", &[]) } else { name };
        let (service, service_name) = (service.code.clone(), service.name.clone());
        Ok(SchoolFile { draft: draft.id.clone(), name, service, service_name, state, complete })
    }

    /// What was handed over, and the same by pupil.
    fn handed_rows(&self) -> Result<(Vec<HandedRow>, ByPupil), Problem> {
        let sql = "SELECT id, name, ends, service, at, state, pupil FROM handed ORDER BY at DESC, id LIMIT $1";
        let rows = self.db.read(|tx| tx.query(sql, params![HANDED_MAX])).map_err(stored)?;
        let mut by_pupil: ByPupil = BTreeMap::new();
        let mut handed = Vec::new();
        for row in &rows {
            let day = self.local(row.int(4).map_err(stored)?).day();
            let code = text(row, 5)?;
            // A state of ours, or the status of what it became.
            let of_ours = code.bytes().all(|b| b.is_ascii_lowercase());
            let state = say(&format!("{}{code}", if of_ours { "school.state." } else { "status." }), &[]);
            let (name, service, number) = (text(row, 1)?, text(row, 3)?, text(row, 2)?);
            let service_name = self.service_name(&service);
            let to_nothing =
                [DROPPED, DAMAGED, Status::Rejected.code(), Status::Cancelled.code()].contains(&code.as_str());
            by_pupil.entry(text(row, 6)?).or_default().push(SchoolFile {
                draft: String::new(),
                name: name.clone(),
                service: if to_nothing { String::new() } else { service },
                service_name: service_name.clone(),
                state: state.clone(),
                complete: true,
            });
            handed.push(HandedRow {
                id: text(row, 0)?,
                name,
                ends: if number.is_empty() { number } else { format!("…{number}") },
                service_name,
                when: say("school.handed_on", &[("date", &short_day(day))]),
                state,
                slip: slip::holds(&code),
            });
        }
        Ok((handed, by_pupil))
    }

    /// Takes a class list in: new pupils are added, known ones brought up to what it says; lines that cannot be taken are told.
    ///
    /// # Errors
    /// `not_permitted` for people of the counter; those of [`class_list::read`] and of storage. Nothing was changed then.
    pub fn import_class(&self, bytes: &[u8]) -> Result<ClassReport, Problem> {
        self.only_of_school()?;
        self.room_for_text()?;
        let lines = class_list::read(bytes)?;
        let now = self.now();
        let (added, known) = self.db.write(|tx| {
            let mut there: BTreeMap<String, String> = BTreeMap::new();
            for one in all(tx)? {
                there.insert(same(&one.pupil), one.id.clone());
                // One whose number was shortened, and one that the list before had no number of.
                let by_name = Pupil { nik: String::new(), ..one.pupil };
                there.entry(same(&by_name)).or_insert(one.id);
            }
            let (mut added, mut known) = (0, 0);
            for pupil in lines.iter().filter_map(|l| l.pupil.as_ref().ok()) {
                let by_name = Pupil { nik: String::new(), ..pupil.clone() };
                let found =
                    there.get(&same(pupil)).or_else(|| there.get(&same(&by_name)).filter(|_| !pupil.birth.is_empty()));
                match found {
                    Some(id) => {
                        known += 1;
                        correct(tx, id, pupil)?;
                    }
                    None => {
                        added += 1;
                        add(tx, &self.edge.new_id().to_string(), pupil, now)?;
                    }
                }
            }
            let row = first(tx, "SELECT count(*) FROM pupil", &[]).map_err(stored)?;
            if row.is_some_and(|r| r.int(0).is_ok_and(|n| n > i64::try_from(PUPILS_MAX).unwrap_or(i64::MAX))) {
                return Err(Problem::new("pupils_full").with("max", PUPILS_MAX));
            }
            let did = Did::new(Act::Draft, ("class", "list"), "import").with(vec![format!("pupils:{added}:{known}")]);
            audit::note(tx, &self.identity, &did, now)?;
            Ok((added, known))
        })?;
        let refused = lines.iter().filter_map(refused).collect();
        Ok(ClassReport { added, known, refused, screen: self.school("")? })
    }

    /// Begins a service for a pupil, or for nobody on the list when `pupil` is empty.
    ///
    /// # Errors
    /// `not_permitted` for people of the counter and other services; `not_found`; those of storage.
    pub fn school_draft(&self, service: &str, pupil: &str) -> Result<Draft, Problem> {
        self.only_of_school()?;
        let found = self
            .db
            .read(|tx| first(tx, &format!("{PUPIL} WHERE id = $1"), params![pupil]))
            .map_err(stored)?
            .map(|row| kept(&row))
            .transpose()?;
        if found.is_none() && !pupil.is_empty() {
            return Err(Problem::new("not_found"));
        }
        let draft = self.new_draft(service, None, None)?;
        let mut answers = vec![("appliedBy".to_owned(), "school".to_owned())];
        if let Some(Kept { id, pupil }) = &found {
            self.db
                .write(|tx| {
                    let sql = "INSERT INTO pupil_file (draft, pupil) VALUES ($1, $2)";
                    tx.execute(sql, params![&draft.id, id]).map(|_| ())
                })
                .map_err(stored)?;
            answers.extend(known_of(service, pupil));
        }
        self.save(&Change {
            draft: draft.id.clone(),
            fields: answers.into_iter().collect(),
            reasons: BTreeMap::new(),
            missing: BTreeMap::new(),
            section: draft.section.clone(),
            field: String::new(),
        })?;
        self.open_draft(&draft.id)
    }

    /// Hands over what lacks nothing, and shows the screen.
    ///
    /// # Errors
    /// Those of [`Office::give_to_counter`].
    pub fn give_and_show(&self, class: &str) -> Result<Given, Problem> {
        Ok(Given { given: self.give_to_counter()?, screen: self.school(class)? })
    }
}

/// What a list says that the form of a service asks for. At a grandparent's home the pupil is whom the counter calls.
fn known_of(service: &str, pupil: &Pupil) -> Vec<(String, String)> {
    let one = |path: &str, value: &str| (path.to_owned(), value.to_owned());
    let of = |who: &str| {
        // A number that was shortened is typed again.
        let nik = if pupil.nik.len() == jukung_domain::nik::DIGITS { pupil.nik.as_str() } else { "" };
        let mut known = vec![
            one(&format!("{who}.name"), &pupil.name),
            one(&format!("{who}.nik"), nik),
            one(&format!("{who}.birthDate"), &pupil.birth),
        ];
        if who == "child" {
            known.push(one("child.sex", &pupil.sex));
        }
        known
    };
    match service {
        "KIA_NEW" => of("child"),
        "KTP_NEW" => of("applicant"),
        _ => vec![one("helper.kind", "grandchild"), one("helper.name", &pupil.name)],
    }
}

fn whose(tx: &mut dyn Tx) -> Result<BTreeMap<String, String>, Problem> {
    let rows = tx.query("SELECT draft, pupil FROM pupil_file", &[]).map_err(stored)?;
    rows.iter().map(|r| Ok((text(r, 0)?, text(r, 1)?))).collect()
}

fn add(tx: &mut dyn Tx, id: &str, pupil: &Pupil, now: i64) -> Result<(), Problem> {
    let Pupil { class, name, nik, birth, sex, card } = pupil;
    let sql = "INSERT INTO pupil (id, class, name, nik, birth, sex, card, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    let card = if *card { "yes" } else { "" };
    tx.execute(sql, params![id, class, name, nik, birth, sex, card, now]).map(|_| ()).map_err(stored)
}

/// What a newer list says replaces what was there; what it does not say stays, and so does a number that was shortened.
fn correct(tx: &mut dyn Tx, id: &str, pupil: &Pupil) -> Result<(), Problem> {
    let Pupil { class, name, nik, birth, sex, card } = pupil;
    let sql = "UPDATE pupil SET class = $1, name = $2, nik = CASE WHEN length(nik) = 4 OR $3 = '' THEN nik ELSE $3 END,
                 birth = CASE WHEN $4 = '' THEN birth ELSE $4 END, sex = CASE WHEN $5 = '' THEN sex ELSE $5 END,
                 card = CASE WHEN $6 = '' THEN card ELSE $6 END WHERE id = $7";
    let card = if *card { "yes" } else { "" };
    tx.execute(sql, params![class, name, nik, birth, sex, card, id]).map(|_| ()).map_err(stored)
}

fn refused(line: &Line) -> Option<RefusedLine> {
    let why = of_problem(line.pupil.as_ref().err()?);
    Some(RefusedLine { line: u32::try_from(line.line).unwrap_or(u32::MAX), name: line.name.clone(), why })
}

/// `24 murid: 19 sudah punya KIA · 3 draf · 1 diserahkan · 1 belum`.
fn counts(rows: &[PupilRow]) -> String {
    let count = |test: &dyn Fn(&PupilRow) -> bool| rows.iter().filter(|r| test(r)).count().to_string();
    let is_open = |r: &PupilRow| r.files.iter().any(|f| !f.draft.is_empty());
    say(
        "school.counts",
        &[
            ("n", &rows.len().to_string()),
            ("have", &count(&|r| r.card)),
            ("open", &count(&|r| is_open(r))),
            ("given", &count(&|r| !is_open(r) && !r.files.is_empty())),
            ("none", &count(&|r| !r.card && r.files.is_empty())),
        ],
    )
}
