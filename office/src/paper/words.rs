//! The sentences of the papers: `paper.*` of the shared texts, or the wording beside this file while a key is not there.

use std::collections::BTreeMap;
use std::sync::OnceLock;

fn own() -> &'static BTreeMap<String, String> {
    static OWN: OnceLock<BTreeMap<String, String>> = OnceLock::new();
    OWN.get_or_init(|| serde_json::from_str(include_str!("words.json")).unwrap_or_default())
}

/// The sentence of `paper.<key>` with its placeholders filled in.
pub fn say(key: &str, values: &[(&str, &str)]) -> String {
    let key = format!("paper.{key}");
    if jukung_domain::texts::has(&key) {
        return jukung_domain::texts::say(&key, values);
    }
    let mut text = own().get(&key).cloned().unwrap_or(key);
    for (name, value) in values {
        text = text.replace(&format!("{{{name}}}"), value);
    }
    text
}
