//! The Indonesian sentences: `ui/texts/id/*.json`, the same files the screens read.

use crate::problem::Problem;
use std::collections::BTreeMap;
use std::sync::OnceLock;

const FILES: &[&str] = &[
    include_str!("../../ui/texts/id/finding.json"),
    include_str!("../../ui/texts/id/counter.json"),
    include_str!("../../ui/texts/id/handin.json"),
    include_str!("../../ui/texts/id/paper.json"),
    include_str!("../../ui/texts/id/district.json"),
    include_str!("../../ui/texts/id/doubt.json"),
    include_str!("../../ui/texts/id/figures.json"),
    include_str!("../../ui/texts/id/problem.json"),
    include_str!("../../ui/texts/id/help.json"),
    include_str!("../../ui/texts/id/form.json"),
    include_str!("../../ui/texts/id/courier.json"),
    include_str!("../../ui/texts/id/people.json"),
    include_str!("../../ui/texts/id/disk.json"),
    include_str!("../../ui/texts/id/enrol.json"),
    include_str!("../../ui/texts/id/family.json"),
    include_str!("../../ui/texts/id/day.json"),
    include_str!("../../ui/texts/id/subdistrict.json"),
    include_str!("../../ui/texts/id/complaints.json"),
    include_str!("../../ui/texts/id/verify.json"),
    include_str!("../../ui/texts/id/delivery.json"),
    include_str!("../../ui/texts/id/handover.json"),
    include_str!("../../ui/texts/id/audit.json"),
    include_str!("../../ui/texts/id/reveal.json"),
    include_str!("../../ui/texts/id/school.json"),
    include_str!("../../ui/texts/id/seal.json"),
    include_str!("../../ui/texts/id/second.json"),
    include_str!("../../ui/texts/id/retention.json"),
];

/// What residents hear and read in another language; whatever a file lacks is said in Indonesian.
const RESIDENT: [(&str, &str); 2] = [
    ("en", include_str!("../../ui/texts/en/resident.json")),
    ("bjn", include_str!("../../ui/texts/bjn/resident.json")),
];

fn all() -> &'static BTreeMap<String, String> {
    static TEXTS: OnceLock<BTreeMap<String, String>> = OnceLock::new();
    TEXTS.get_or_init(|| {
        FILES.iter().flat_map(|f| serde_json::from_str::<BTreeMap<String, String>>(f).unwrap_or_default()).collect()
    })
}

/// The sentence of `key` with its `{placeholders}` filled in; the key itself when there is none.
#[must_use]
pub fn say(key: &str, values: &[(&str, &str)]) -> String {
    filled(all().get(key).cloned().unwrap_or_else(|| key.to_owned()), values)
}

fn filled(mut text: String, values: &[(&str, &str)]) -> String {
    for (name, value) in values {
        text = text.replace(&format!("{{{name}}}"), value);
    }
    text
}

/// What a problem says to a person. Places that it has no value for are left out: nobody reads `{why}`.
#[must_use]
pub fn of_problem(problem: &Problem) -> String {
    let values: Vec<(&str, &str)> = problem.details.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    // Filled last, so that braces in a value stay what they are.
    let sentence = all().get(&format!("problem.{}", problem.code)).cloned().unwrap_or_default();
    let mut rest = sentence.as_str();
    let mut kept = String::new();
    while let Some((before, (name, after))) = rest.split_once('{').and_then(|(b, r)| Some((b, r.split_once('}')?))) {
        kept.push_str(before);
        if problem.details.contains_key(name) {
            kept.push_str(&format!("{{{name}}}"));
        }
        rest = after;
    }
    kept.push_str(rest);
    let words: Vec<&str> = kept.split_whitespace().collect();
    filled(words.join(" ").trim_end_matches([':', ' ']).to_owned(), &values)
}

/// The sentence in the resident's language (`id`, `en`, `bjn`); Indonesian where that language has none.
#[must_use]
pub fn say_in(language: &str, key: &str, values: &[(&str, &str)]) -> String {
    let own = RESIDENT
        .iter()
        .find(|(l, _)| *l == language)
        .and_then(|(_, file)| serde_json::from_str::<BTreeMap<String, String>>(file).unwrap_or_default().remove(key));
    own.map_or_else(|| say(key, values), |text| filled(text, values))
}

/// Whether there is a sentence for `key`.
#[must_use]
pub fn has(key: &str) -> bool {
    all().contains_key(key)
}

#[cfg(test)]
mod tests {
    use crate::problem::Problem;

    #[test]
    fn a_problem_is_told_without_the_places_it_has_no_value_for() {
        let told = |problem: Problem| super::of_problem(&problem);
        assert_eq!(told(Problem::new("not_found")), "Tidak ditemukan.");
        assert_eq!(told(Problem::new("not_found").with("why", "kosong {x}")), "Tidak ditemukan. kosong {x}");
        assert_eq!(told(Problem::new("bad_request")), "Isi berkas tidak terbaca");
        assert_eq!(told(Problem::new("number_unknown").with("number", "K7F")), "Nomor K7F tidak ada di loket ini.");
    }

    #[test]
    fn another_language_translates_known_sentences_with_the_same_places() {
        let places = |text: &str| {
            text.split('{')
                .skip(1)
                .map(|p| p.split('}').next().map(str::to_owned))
                .collect::<std::collections::BTreeSet<_>>()
        };
        for (language, file) in super::RESIDENT {
            for (key, text) in
                serde_json::from_str::<std::collections::BTreeMap<String, String>>(file).expect("flat JSON")
            {
                let own = super::say(&key, &[]);
                assert!(super::has(&key) && places(&own) == places(&text), "{language} {key}: {own} / {text}");
            }
        }
        assert_eq!(super::say_in("bjn", "consent.agree", &[]), super::say("consent.agree", &[]));
    }

    #[test]
    fn every_text_file_is_readable() {
        for file in super::FILES {
            serde_json::from_str::<std::collections::BTreeMap<String, String>>(file).expect("flat JSON of texts");
        }
    }
}
