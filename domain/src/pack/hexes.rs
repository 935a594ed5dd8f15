//! Hashes, ids and signatures as bytes: chance does not pack, and its hexadecimal digits take five bits each instead of four
//! and spoil the tables for the text around them. Half of a lone application is such chance.
//!
//! `fold` takes them out of a body and leaves a mark; `unfold` puts exactly the same digits back.

use std::collections::BTreeMap;

/// What is taken out: a mark below the printable characters, which no JSON text contains, and how many digits it stands for.
const MARKS: [(u8, usize); 6] = [(1, UUID), (2, 128), (3, 64), (4, 32), (5, 16), (6, 8)];
/// Mark of a value that was taken out before; its place follows in two characters.
const AGAIN: u8 = 7;
/// Length of an id with its four hyphens.
const UUID: usize = 36;
/// Where the hyphens of an id stand.
const HYPHENS: [usize; 4] = [8, 13, 18, 23];
/// Places are written in two printable characters of this base, from `!` on.
const BASE: usize = 90;

/// The text without its chance, and the chance as bytes. `None` when a mark's character stands in the text already.
#[must_use]
pub fn fold(body: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    if body.iter().any(|b| (1..=AGAIN).contains(b)) {
        return None;
    }
    let (mut text, mut chance, mut seen) = (Vec::with_capacity(body.len()), Vec::new(), BTreeMap::new());
    let mut at = 0;
    while at < body.len() {
        text.push(body[at]);
        at += 1;
        let Some((mark, digits)) = (body[at - 1] == b'"').then(|| taken(&body[at..])).flatten() else { continue };
        at += digits.len();
        let place = seen.len();
        match seen.get(digits) {
            Some(place) => text.extend([AGAIN, printable(place / BASE), printable(place % BASE)]),
            None if place < BASE * BASE => {
                seen.insert(digits, place);
                text.push(mark);
                let plain: Vec<u8> = digits.iter().copied().filter(|b| *b != b'-').collect();
                chance.extend(hex::decode(plain).unwrap_or_default());
            }
            // More than any body holds: the rest stays as it is.
            None => text.extend_from_slice(digits),
        }
    }
    Some((text, chance))
}

fn printable(digit: usize) -> u8 {
    b'!' + u8::try_from(digit).unwrap_or(0)
}

/// The digits at the beginning of `rest`, when a quote or a colon ends them and they are one of the lengths. Sixteen decimal
/// digits are a NIK: these pack better as text.
fn taken(rest: &[u8]) -> Option<(u8, &[u8])> {
    let length = rest.iter().position(|b| matches!(b, b'"' | b':'))?;
    let digits = &rest[..length];
    let (mark, _) = MARKS.into_iter().find(|(_, n)| *n == length)?;
    let hex = |b: &u8| matches!(b, b'0'..=b'9' | b'a'..=b'f');
    let whole = if length == UUID {
        digits.iter().enumerate().all(|(n, b)| if HYPHENS.contains(&n) { *b == b'-' } else { hex(b) })
    } else {
        digits.iter().all(hex)
    };
    (whole && !digits.iter().all(u8::is_ascii_digit)).then_some((mark, digits))
}

/// The body that [`fold`] made `text` and `chance` of; `None` when they do not belong together, or it is longer than `most`.
#[must_use]
pub fn unfold(text: &[u8], chance: &[u8], most: usize) -> Option<Vec<u8>> {
    let (mut body, mut seen, mut rest): (Vec<u8>, Vec<Vec<u8>>, _) = (Vec::new(), Vec::new(), chance);
    let mut marks = text.iter();
    while let Some(byte) = marks.next() {
        match *byte {
            AGAIN => {
                let mut digit = || Some(usize::from(marks.next()?.checked_sub(b'!')?));
                let place = digit()? * BASE + digit()?;
                body.extend_from_slice(seen.get(place)?);
            }
            mark @ 1..=6 => {
                let (_, digits) = MARKS[usize::from(mark) - 1];
                let size = if digits == UUID { 16 } else { digits / 2 };
                let value = rest.get(..size)?;
                rest = &rest[size..];
                let mut written = hex::encode(value).into_bytes();
                if digits == UUID {
                    for hyphen in HYPHENS {
                        written.insert(hyphen, b'-');
                    }
                }
                body.extend_from_slice(&written);
                seen.push(written);
            }
            other => body.push(other),
        }
        if body.len() > most {
            return None;
        }
    }
    rest.is_empty().then_some(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOST: usize = 100_000;

    fn round(body: &str) -> (usize, usize) {
        let (text, chance) = fold(body.as_bytes()).expect("no marks");
        assert_eq!(unfold(&text, &chance, MOST).as_deref(), Some(body.as_bytes()), "{body}");
        (text.len(), chance.len())
    }

    #[test]
    fn chance_leaves_the_text_and_comes_back() {
        let sha = "d0bb80e998efc62b29a41b6ac3b4bd8c8abe47cc43f0102ed9e32d7ca6643c55";
        assert_eq!(round(&format!("[\"{sha}:40000\",\"{sha}\"]")), (17, 32), "told twice, sent once");
        assert_eq!(round("{\"d\":\"c9a45000-5346-e675-7d4a-8aa3ac91cc55\"}"), (9, 16));
        assert_eq!(round("{\"nik\":\"3507120611059924\"}"), (26, 0), "a NIK stays");
        for odd in ["", "\"", "\"\"", "\"C9A45000\"", "\"c9a4500\"", "\"c9a45000", "c9a45000\"", "Contoh\nContoh"] {
            assert_eq!(round(odd).1, 0, "{odd}");
        }
    }

    #[test]
    fn what_does_not_belong_together_is_refused() {
        assert_eq!(fold(b"\x01"), None);
        for (text, chance) in [
            (&b"\x01"[..], &b"short"[..]),
            (b"\x07!!", b""),
            (b"\x07", b""),
            (b"text", b"left over"),
            (b"\x07\x01\x01", b""),
        ] {
            assert_eq!(unfold(text, chance, MOST), None, "{text:?}");
        }
        let (text, chance) = fold(format!("\"{}\"", "ab".repeat(64)).as_bytes()).expect("no marks");
        let bomb = [text, b"\x07!!".repeat(1_000)].concat();
        assert_eq!(unfold(&bomb, &chance, MOST), None, "no more than allowed, however small it came");
    }
}
