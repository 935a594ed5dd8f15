//! The sentences of the papers: `paper.*` of the shared texts.

/// The sentence of `paper.<key>` with its placeholders filled in.
pub fn say(key: &str, values: &[(&str, &str)]) -> String {
    jukung_domain::texts::say(&format!("paper.{key}"), values)
}
