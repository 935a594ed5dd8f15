//! The Indonesian sentences: `ui/texts/id/*.json`, the same files the screens read.

use std::collections::BTreeMap;
use std::sync::OnceLock;

const FILES: &[&str] = &[
    include_str!("../../ui/texts/id/finding.json"),
    include_str!("../../ui/texts/id/counter.json"),
    include_str!("../../ui/texts/id/handin.json"),
    include_str!("../../ui/texts/id/paper.json"),
    include_str!("../../ui/texts/id/district.json"),
    include_str!("../../ui/texts/id/problem.json"),
    include_str!("../../ui/texts/id/help.json"),
    include_str!("../../ui/texts/id/form.json"),
    include_str!("../../ui/texts/id/courier.json"),
    include_str!("../../ui/texts/id/people.json"),
    include_str!("../../ui/texts/id/disk.json"),
    include_str!("../../ui/texts/id/enrol.json"),
    include_str!("../../ui/texts/id/family.json"),
    include_str!("../../ui/texts/id/day.json"),
    include_str!("../../ui/texts/id/complaints.json"),
    include_str!("../../ui/texts/id/verify.json"),
    include_str!("../../ui/texts/id/delivery.json"),
    include_str!("../../ui/texts/id/audit.json"),
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
