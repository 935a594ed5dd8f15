//! Names folded so that "Noerhajati" finds "Hj. Nurhayati": old spelling, titles and accents fall away (ux.md 1.7).

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

const TITLES: [&str; 12] = ["h", "hj", "haji", "hajah", "kh", "dr", "drs", "dra", "ir", "ny", "tn", "sdr"];
const MUHAMMAD: [&str; 8] = ["m", "muh", "mhd", "moh", "mohd", "mohammad", "mohamad", "muhamad"];

/// The folded form: words of plain letters and digits, one space between.
#[must_use]
pub fn fold(text: &str) -> String {
    let plain: String = text.nfkd().filter(|c| !is_combining_mark(*c)).collect::<String>().to_lowercase();
    let words = plain
        .split(|c: char| !c.is_ascii_alphanumeric() && c != '\'' && c != '’' && c != '"')
        .filter(|w| !w.is_empty());
    let mut out = Vec::new();
    for word in words {
        let word: String = word.chars().filter(char::is_ascii_alphanumeric).collect();
        if word.is_empty() || TITLES.contains(&word.as_str()) {
            continue;
        }
        out.push(if MUHAMMAD.contains(&word.as_str()) { "muhamad".to_owned() } else { spelling(&word) });
    }
    // A name that is nothing but a title is still a name.
    if out.is_empty() { plain.chars().filter(char::is_ascii_alphanumeric).collect() } else { out.join(" ") }
}

/// Old spelling to new, in an order in which no rule undoes another: `j` becomes `y` only where it stands alone.
fn spelling(word: &str) -> String {
    let mut s = word.to_owned();
    for (old, new) in [
        ("oe", "u"),
        ("dj", "\u{1}"),
        ("tj", "c"),
        ("nj", "ny"),
        ("sj", "sy"),
        ("ch", "kh"),
        ("j", "y"),
        ("\u{1}", "j"),
    ] {
        s = s.replace(old, new);
    }
    // Doubled letters come and go in hand-written names: Noorhayati, Nurhayati; Aminnah, Aminah.
    s = s.replace("oo", "u");
    let mut out = String::with_capacity(s.len());
    for c in s.chars() {
        if !out.ends_with(c) {
            out.push(c);
        }
    }
    // With j and y folded together, a modern J is found too.
    out.replace('j', "y")
}

#[cfg(test)]
mod tests {
    use super::fold;

    #[test]
    fn old_and_new_spelling_are_one_name() {
        for old in ["Noerhajati", "Noorhayati", "Hj. Nurhayati", "NUR HAYATI".replace(' ', "").as_str()] {
            assert_eq!(fold(old), "nurhayati", "{old}");
        }
        assert_eq!(fold("Djamilah"), fold("Jamilah"));
        assert_eq!(fold("Tjoet Njak"), fold("Cut Nyak"));
        assert_eq!(fold("M. Rizki"), fold("Muhammad Rizki"));
    }
}
