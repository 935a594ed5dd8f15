//! Passphrases that people get: words drawn from a committed list, easy to say on the telephone and to type.

/// Words in the list: 11 bits each.
const WORDS: usize = 2048;
/// Words of a generated passphrase: 44 bits, 156 years of one large graphics card on average (security.md 2.2).
pub const WORD_COUNT: usize = 4;
/// Shortest passphrase that a person may choose: four generated words are longer; less is typed by mistake.
pub const LENGTH_MIN: usize = 12;

const LIST: &str = include_str!("../data/words.txt");

/// Random bytes that [`words`] takes.
pub const CHANCE_BYTES: usize = WORD_COUNT * 2;

/// The word at a place of the list, counted round.
#[must_use]
pub fn word(at: u16) -> &'static str {
    LIST.lines().nth(usize::from(at) % WORDS).unwrap_or("jukung")
}

/// Four words from as many pairs of random bytes.
#[must_use]
pub fn words(chance: [u8; CHANCE_BYTES]) -> String {
    let list: Vec<&str> = LIST.lines().collect();
    let drawn = chance.as_chunks::<2>().0.iter().map(|pair| usize::from(u16::from_be_bytes(*pair)) % WORDS);
    drawn.filter_map(|at| list.get(at).copied()).collect::<Vec<_>>().join(" ")
}

/// Whether a person may choose `text`.
#[must_use]
pub fn long_enough(text: &str) -> bool {
    text.trim().chars().count() >= LENGTH_MIN
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_list_has_2048_different_words_of_small_letters() {
        let words: Vec<&str> = LIST.lines().collect();
        assert_eq!(words.iter().collect::<BTreeSet<_>>().len(), WORDS);
        assert_eq!(words.len(), WORDS);
        assert!(words.iter().all(|w| (4..=8).contains(&w.len()) && w.bytes().all(|b| b.is_ascii_lowercase())));
    }

    #[test]
    fn every_word_can_be_drawn_and_a_passphrase_has_four() {
        assert_eq!(words([0; CHANCE_BYTES]).split(' ').count(), WORD_COUNT);
        let drawn: BTreeSet<String> = (0..=u16::MAX)
            .map(|n| {
                let [a, b] = n.to_be_bytes();
                words([a, b, 0, 0, 0, 0, 0, 0])
            })
            .collect();
        assert_eq!(drawn.len(), WORDS);
        assert!(long_enough(&words([0; CHANCE_BYTES])));
    }
}
