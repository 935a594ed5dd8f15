//! People already known: those written in the same form, and residents served here, so that nobody is typed twice.

use crate::view::KnownPerson;
use crate::{Office, drafts, findable, residents};
use jukung_domain::application::{Application, Fields};
use jukung_domain::masked::Class;
use jukung_domain::problem::Problem;
use jukung_domain::search_key;

/// What belongs to a person wherever a form asks for one; the end of a path such as `mother.nik`.
const OF_A_PERSON: [&str; 8] = ["name", "nik", "birthDate", "sex", "kk", "rt", "rw", "address"];
/// Those who report a birth or a death or are its parents: none of them can be its witness.
const NOT_WITNESSES: [&str; 3] = ["applicant", "mother", "father"];
/// Digits of a NIK: a whole one names one person.
const NIK_DIGITS: usize = 16;
/// Suggestions shown at once: the list must not cover the question below it.
const SHOWN_MAX: usize = 5;
/// Fewest letters that are suggested for.
const TEXT_MIN: usize = 2;

/// Everybody in a form who has a name and a NIK, by the beginning of their paths (`mother`, `witness1`).
#[must_use]
pub fn in_form(application: &Application) -> Vec<Fields> {
    let fields = &application.fields;
    let beginnings = fields.keys().filter_map(|path| path.strip_suffix(".name"));
    beginnings.map(|start| of(fields, start)).filter(|person| person.contains_key("nik")).collect()
}

/// The answers about one person, without the beginning of their paths.
fn of(fields: &Fields, start: &str) -> Fields {
    let one = |part: &&str| fields.get(&format!("{start}.{part}")).map(|v| ((*part).to_owned(), v.clone()));
    OF_A_PERSON.iter().filter_map(one).collect()
}

impl Office {
    /// People whose name begins like `text` (any word of it, old spellings folded) or whose NIK it is, those of this draft
    /// first. For `path` of a witness, whoever cannot be one is left out. What is known of residents stays here until one
    /// of them is chosen ([`Office::known_person`]).
    ///
    /// # Errors
    /// `draft_gone`; those of storage. Fewer than two letters suggest nobody.
    pub fn people(&self, draft: &str, path: &str, text: &str) -> Result<Vec<KnownPerson>, Problem> {
        let wanted = search_key::fold(text);
        if wanted.chars().count() < TEXT_MIN {
            return Ok(Vec::new());
        }
        let fits = |name: &str| {
            let folded = search_key::fold(name);
            wanted.split(' ').all(|w| folded.split(' ').any(|part| part.starts_with(w)))
        };
        let draft = self.db.read(|tx| drafts::load(tx, draft))?;
        let mut found: Vec<(Option<String>, Fields)> =
            in_form(&draft.application).into_iter().map(|person| (None, person)).collect();
        // Part of a NIK names nobody: the numbers of residents are not to be guessed at.
        if text.bytes().all(|b| b.is_ascii_digit()) {
            if text.len() != NIK_DIGITS {
                return Ok(Vec::new());
            }
            found.extend(self.known(text).map(|known| (Some(text.to_owned()), of(&known, "applicant"))));
            found.retain(|(_, p)| p.get("nik").is_some_and(|n| n == text) && p.contains_key("name"));
        } else {
            found.retain(|(_, p)| p.get("name").is_some_and(|n| fits(n)));
            for hit in self.found(text)?.into_iter().filter(|h| h.kind == "resident") {
                let known = of(&self.known(&hit.id)?, "applicant");
                found.push((Some(hit.id), known));
            }
        }
        if path.starts_with("witness") {
            let others = ["witness1", "witness2"].into_iter().filter(|w| !path.starts_with(w));
            let not: Vec<&String> = NOT_WITNESSES
                .into_iter()
                .chain(others)
                .filter_map(|start| draft.application.fields.get(&format!("{start}.nik")))
                .collect();
            found.retain(|(_, p)| p.get("nik").is_some_and(|n| !not.contains(&n)));
        }
        let mut niks: Vec<String> = Vec::new();
        found.retain(|(_, person)| {
            let nik = person.get("nik").cloned().unwrap_or_default();
            let once = !nik.is_empty() && !niks.contains(&nik);
            niks.push(nik);
            once
        });
        found.truncate(SHOWN_MAX);
        self.db.read(|tx| {
            let mut offered = Vec::new();
            for (resident, fields) in found {
                let person = self.person(fields);
                let Some(resident) = resident else {
                    offered.push(person);
                    continue;
                };
                let card = findable::card_of(tx, &resident)?;
                offered.extend(card.map(|card| KnownPerson { card, fields: Fields::new(), ..person }));
            }
            Ok(offered)
        })
    }

    fn person(&self, fields: Fields) -> KnownPerson {
        let name = fields.get("name").cloned().unwrap_or_default();
        let born = fields.get("birthDate").map(String::as_str).unwrap_or_default();
        let years = crate::views::years(born, self.today()).map(|y| format!("{y} tahun"));
        KnownPerson { name, about: years.unwrap_or_default(), card: String::new(), fields }
    }

    /// A resident who was chosen to fill a form, with NIK and KK number: written down as shown.
    ///
    /// # Errors
    /// `not_found`, `reveal_budget`; those of storage.
    pub fn known_person(&self, card: &str) -> Result<KnownPerson, Problem> {
        let known = self.db.write(|tx| {
            let resident = findable::resident_of(tx, card)?;
            self.note_filled(tx, &resident)?;
            residents::known(tx, &resident)
        });
        let known = self.refused_too(Class::Number, known)?;
        Ok(KnownPerson { card: card.to_owned(), ..self.person(of(&known, "applicant")) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_people_with_a_number_are_offered() {
        let answers =
            [("mother.name", "Halimah"), ("mother.nik", "1"), ("mother.phone", "2"), ("father.name", "Ahmad")];
        let fields = answers.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        let people = in_form(&Application { fields, ..Application::default() });
        assert_eq!(people.len(), 1);
        assert_eq!(people[0].keys().collect::<Vec<_>>(), ["name", "nik"]);
    }
}
