//! People already known: those written in the same form, and residents served here, so that nobody is typed twice.

use crate::view::KnownPerson;
use crate::{Office, drafts};
use jukung_domain::application::{Application, Fields};
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
    /// first. For `path` of a witness, whoever cannot be one is left out.
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
        let mut found = in_form(&draft.application);
        // Part of a NIK names nobody: the numbers of residents are not to be guessed at.
        if text.bytes().all(|b| b.is_ascii_digit()) {
            if text.len() != NIK_DIGITS {
                return Ok(Vec::new());
            }
            found.extend(self.known(text).map(|known| of(&known, "applicant")));
            found.retain(|p| p.get("nik").is_some_and(|n| n == text) && p.contains_key("name"));
        } else {
            found.retain(|p| p.get("name").is_some_and(|n| fits(n)));
            for hit in self.search(text)?.iter().filter(|h| h.kind == "resident") {
                found.push(of(&self.known(&hit.id)?, "applicant"));
            }
        }
        if path.starts_with("witness") {
            let others = ["witness1", "witness2"].into_iter().filter(|w| !path.starts_with(w));
            let not: Vec<&String> = NOT_WITNESSES
                .into_iter()
                .chain(others)
                .filter_map(|start| draft.application.fields.get(&format!("{start}.nik")))
                .collect();
            found.retain(|p| p.get("nik").is_some_and(|n| !not.contains(&n)));
        }
        let mut out: Vec<KnownPerson> = Vec::new();
        for fields in found {
            let nik = fields.get("nik").cloned().unwrap_or_default();
            if nik.is_empty() || out.iter().any(|p| p.fields.get("nik") == Some(&nik)) {
                continue;
            }
            let name = fields.get("name").cloned().unwrap_or_default();
            let born = fields.get("birthDate").map(String::as_str).unwrap_or_default();
            let years = crate::views::years(born, self.today()).map(|y| format!("{y} tahun"));
            out.push(KnownPerson { name, about: years.unwrap_or_default(), fields });
        }
        out.truncate(SHOWN_MAX);
        Ok(out)
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
