//! The code in the sealed envelope: 25 symbols that open a computer whose passphrases are lost, and one that finds slips.

/// Crockford's base32: nothing in it is read as another symbol.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Symbols that carry chance: 125 bits, above the 112 of ASVS 6.5.2.
const SYMBOLS: usize = 25;
/// Symbols that are read in one breath.
const GROUP: usize = 5;

/// Random bytes that [`code`] takes: five bits of each.
pub const CHANCE_BYTES: usize = SYMBOLS;

/// Weighted sum modulo the prime 31: one wrong symbol and two that changed places are found.
fn check(symbols: &[usize]) -> usize {
    symbols.iter().zip(1..).map(|(value, weight)| value * weight).sum::<usize>() % 31
}

fn symbol(value: usize) -> char {
    char::from(ALPHABET[value % ALPHABET.len()])
}

/// A code as it is printed: `AAAAA-BBBBB-CCCCC-DDDDD-EEEEE-F`.
#[must_use]
pub fn code(chance: [u8; CHANCE_BYTES]) -> String {
    let values = chance.map(|byte| usize::from(byte) % ALPHABET.len());
    let mut out = String::new();
    for (at, value) in values.into_iter().enumerate() {
        out.push(symbol(value));
        if at % GROUP == GROUP - 1 {
            out.push('-');
        }
    }
    out.push(symbol(check(&values)));
    out
}

/// The same code however it was typed: spaces, dashes and small letters do not matter, O is zero, I and L are one. Nothing
/// when it cannot be one, or a symbol is wrong.
#[must_use]
pub fn read(typed: &str) -> Option<String> {
    let values: Option<Vec<usize>> = typed
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '-')
        .map(|c| match c.to_ascii_uppercase() {
            'O' => Some(0),
            'I' | 'L' => Some(1),
            other => ALPHABET.iter().position(|a| char::from(*a) == other),
        })
        .collect();
    let values = values.filter(|v| v.len() == SYMBOLS + 1)?;
    let (own, last) = values.split_at(SYMBOLS);
    (last == [check(own)]).then(|| values.iter().map(|v| symbol(*v)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn() -> String {
        code(std::array::from_fn(|at| u8::try_from(at * 37 % 251).unwrap_or(0)))
    }

    #[test]
    fn a_code_is_read_however_it_was_typed() {
        let code = drawn();
        assert_eq!(code.len(), 25 + 5 + 1);
        let bare = code.replace('-', "");
        let sloppy = code.to_lowercase().replace('-', " ").replace('0', "o").replace('1', "l");
        assert_eq!((read(&code), read(&sloppy)), (Some(bare.clone()), Some(bare)));
    }

    #[test]
    fn one_wrong_symbol_and_two_that_changed_places_are_found() {
        let bare: Vec<char> = drawn().replace('-', "").chars().collect();
        let (mut tried, mut found) = (0, 0);
        let mut ask = |changed: &[char]| {
            if changed != bare {
                tried += 1;
                found += usize::from(read(&changed.iter().collect::<String>()).is_none());
            }
        };
        for at in 0..bare.len() {
            for value in 0..31 {
                let mut changed = bare.clone();
                changed[at] = symbol(value);
                ask(&changed);
            }
            let mut changed = bare.clone();
            changed.swap(at, (at + 1) % bare.len());
            ask(&changed);
        }
        assert!(tried > 700 && found * 100 >= tried * 99, "{found} of {tried} slips found");
    }

    #[test]
    fn what_is_no_code_is_none() {
        for typed in ["", "AAAAA", &drawn()[1..], "perahu sungai pasar pagi malam sore"] {
            assert_eq!(read(typed), None, "{typed}");
        }
    }
}
