//! The Indonesian sentences: `ui/texts/id/*.json`, the same files the screens read.

use std::collections::BTreeMap;
use std::sync::OnceLock;

const FILES: [&str; 6] = [
    include_str!("../../ui/texts/id/finding.json"),
    include_str!("../../ui/texts/id/counter.json"),
    include_str!("../../ui/texts/id/paper.json"),
    include_str!("../../ui/texts/id/district.json"),
    include_str!("../../ui/texts/id/problem.json"),
    include_str!("../../ui/texts/id/help.json"),
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
    let mut text = all().get(key).cloned().unwrap_or_else(|| key.to_owned());
    for (name, value) in values {
        text = text.replace(&format!("{{{name}}}"), value);
    }
    text
}

/// Whether there is a sentence for `key`.
#[must_use]
pub fn has(key: &str) -> bool {
    all().contains_key(key)
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_text_file_is_readable() {
        for file in super::FILES {
            serde_json::from_str::<std::collections::BTreeMap<String, String>>(file).expect("flat JSON of texts");
        }
    }
}
