//! Registration numbers such as `K7F-0417-N`: made offline, never doubled, hard to mistype (protocol 0.5).

use std::fmt;

/// Digits and capitals without I, L, O, S and U: 31 symbols, a prime, so that weights catch every single wrong symbol
/// and every swap of two.
pub const ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKMNPQRTVWXYZ";

/// Symbols of the device code.
pub const CODE_LEN: usize = 3;

/// Counters reserved ahead at a time: a lying disk loses at most this many numbers, never doubles one (R10).
pub const BLOCK: i64 = 20;

/// Largest counter: five digits; a counter that issues 40 a day reaches it after ten years.
pub const COUNTER_MAX: i64 = 99_999;

/// A registration number that passed its check symbol.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Number {
    code: String,
    counter: i64,
}

/// Why a typed number is not one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NumberProblem {
    /// Too short or too long.
    #[error("number_length")]
    Length,
    /// A symbol that is never used.
    #[error("number_symbol")]
    Symbol,
    /// The check symbol does not fit: something was mistyped.
    #[error("number_check")]
    Check,
}

impl Number {
    /// The number of `counter` for the device code `code`; `None` when either is out of range.
    #[must_use]
    pub fn new(code: &str, counter: i64) -> Option<Number> {
        let code = code.to_ascii_uppercase();
        let fits = code.len() == CODE_LEN && code.bytes().all(|b| value(b).is_some());
        (fits && (1..=COUNTER_MAX).contains(&counter)).then_some(Number { code, counter })
    }

    /// Reads what somebody typed or said: any case, spaces and dashes anywhere, O for 0, I and L for 1, S for 5, U for V.
    ///
    /// # Errors
    /// Length, an impossible symbol, or a check symbol that does not fit.
    pub fn parse(text: &str) -> Result<Number, NumberProblem> {
        let symbols: Vec<u8> = text
            .chars()
            .filter(|c| c.is_ascii_alphanumeric())
            .map(|c| forgiven(c.to_ascii_uppercase() as u8))
            .collect();
        if text.chars().any(|c| !c.is_ascii_alphanumeric() && !c.is_whitespace() && !matches!(c, '-' | '–' | '.' | '/'))
        {
            return Err(NumberProblem::Symbol);
        }
        if !(CODE_LEN + 5..=CODE_LEN + 6).contains(&symbols.len()) {
            return Err(NumberProblem::Length);
        }
        let (body, check) = symbols.split_at(symbols.len() - 1);
        if symbols.iter().any(|b| value(*b).is_none()) {
            return Err(NumberProblem::Symbol);
        }
        if check_symbol(body) != Some(check[0]) {
            return Err(NumberProblem::Check);
        }
        let (code, digits) = body.split_at(CODE_LEN);
        let counter = std::str::from_utf8(digits).ok().and_then(|d| d.parse().ok()).ok_or(NumberProblem::Symbol)?;
        if digits.len() == 5 && counter < 10_000 {
            return Err(NumberProblem::Check);
        }
        Number::new(&String::from_utf8_lossy(code), counter).ok_or(NumberProblem::Check)
    }

    /// The counter inside the device code.
    #[must_use]
    pub fn counter(&self) -> i64 {
        self.counter
    }

    /// The device code.
    #[must_use]
    pub fn code(&self) -> &str {
        &self.code
    }

    /// The number as it is read aloud: symbol by symbol, grouped, with words where a letter is easily misheard.
    #[must_use]
    pub fn spoken(&self) -> String {
        self.to_string()
            .split('-')
            .map(|group| group.chars().map(spoken_symbol).collect::<Vec<_>>().join(" "))
            .collect::<Vec<_>>()
            .join(", ")
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let body = format!("{}{:04}", self.code, self.counter);
        let check = check_symbol(body.as_bytes()).unwrap_or(b'?') as char;
        write!(f, "{}-{:04}-{check}", self.code, self.counter)
    }
}

/// Fewest symbols of a part that is looked for: fewer stand in half of all numbers.
pub const PART_MIN: usize = 3;

/// The symbols of a part of a number, without dashes, forgiven as in [`Number::parse`]; `None` for a text that is none: too
/// short, without a digit (a name), or with a symbol no number has.
#[must_use]
pub fn part(text: &str) -> Option<String> {
    let kept = text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '-' | '–' | '.' | '/'));
    let plain: Vec<char> = kept.collect();
    let fits = (PART_MIN..=CODE_LEN + 6).contains(&plain.len()) && plain.iter().any(char::is_ascii_digit);
    let symbols = plain.iter().map(|c| u8::try_from(*c).ok().map(|b| forgiven(b.to_ascii_uppercase())));
    let symbols = symbols.map(|b| b.filter(|b| value(*b).is_some()).map(char::from)).collect::<Option<String>>()?;
    fits.then_some(symbols)
}

fn value(symbol: u8) -> Option<u32> {
    ALPHABET.iter().position(|s| *s == symbol).and_then(|p| u32::try_from(p).ok())
}

fn forgiven(symbol: u8) -> u8 {
    match symbol {
        b'O' => b'0',
        b'I' | b'L' => b'1',
        b'S' => b'5',
        b'U' => b'V',
        other => other,
    }
}

/// Weighted sum modulo 31 with a different weight (1, 2, 3 …) per place. The check symbol has weight 30 (that is, −1), so
/// it too differs from every other place.
fn check_symbol(body: &[u8]) -> Option<u8> {
    let mut sum = 0u32;
    for (place, symbol) in (1u32..).zip(body) {
        sum += place * value(*symbol)?;
    }
    ALPHABET.get((sum % 31) as usize).copied()
}

fn spoken_symbol(symbol: char) -> String {
    let word = match symbol {
        '0' => "nol",
        '1' => "satu",
        '2' => "dua",
        '3' => "tiga",
        '4' => "empat",
        '5' => "lima",
        '6' => "enam",
        '7' => "tujuh",
        '8' => "delapan",
        '9' => "sembilan",
        letter => return letter.to_string(),
    };
    word.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Vec<String> {
        (1..400)
            .flat_map(|n| ["K7F", "X2Z", "00A"].map(|c| Number::new(c, n * 37).expect("in range").to_string()))
            .collect()
    }

    #[test]
    fn every_single_wrong_symbol_is_caught() {
        for text in sample() {
            for i in (0..text.len()).filter(|i| text.as_bytes()[*i] != b'-') {
                for s in ALPHABET.iter().filter(|s| **s != text.as_bytes()[i]) {
                    let mut wrong = text.clone().into_bytes();
                    wrong[i] = *s;
                    let wrong = String::from_utf8(wrong).expect("ascii");
                    assert!(Number::parse(&wrong).is_err(), "{text} read as {wrong}");
                }
            }
        }
    }

    #[test]
    fn every_swap_of_two_symbols_is_caught() {
        for text in sample() {
            let plain: Vec<u8> = text.bytes().filter(|b| *b != b'-').collect();
            for i in 0..plain.len() {
                for j in i + 1..plain.len() {
                    if plain[i] != plain[j] {
                        let mut wrong = plain.clone();
                        wrong.swap(i, j);
                        assert!(Number::parse(&String::from_utf8(wrong).expect("ascii")).is_err());
                    }
                }
            }
        }
    }

    #[test]
    fn a_number_typed_carelessly_is_the_same_number() {
        let number = Number::new("K7F", 1052).expect("in range");
        let text = number.to_string();
        for typed in [
            text.to_lowercase(),
            text.replace('-', " "),
            text.replace('0', "O").replace('1', "i"),
            format!("  {}  ", text.replace('-', "")),
        ] {
            assert_eq!(Number::parse(&typed), Ok(number.clone()), "{typed}");
        }
    }

    #[test]
    fn long_counters_grow_to_five_digits() {
        let number = Number::new("K7F", 12_345).expect("in range");
        assert_eq!(Number::parse(&number.to_string()), Ok(number));
    }
}
