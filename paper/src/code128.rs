//! Code 128, set B (ISO/IEC 15417): the bar code that every hand scanner of a post office reads.

/// Widths of bar, gap, bar, gap, bar, gap of each symbol in modules; the last one is the stop, which ends in one more bar.
const WIDTHS: [&str; 107] = [
    "212222", "222122", "222221", "121223", "121322", "131222", "122213", "122312", "132212", "221213", "221312",
    "231212", "112232", "122132", "122231", "113222", "123122", "123221", "223211", "221132", "221231", "213212",
    "223112", "312131", "311222", "321122", "321221", "312212", "322112", "322211", "212123", "212321", "232121",
    "111323", "131123", "131321", "112313", "132113", "132311", "211313", "231113", "231311", "112133", "112331",
    "132131", "113123", "113321", "133121", "313121", "211331", "231131", "213113", "213311", "213131", "311123",
    "311321", "331121", "312113", "312311", "332111", "314111", "221411", "431111", "111224", "111422", "121124",
    "121421", "141122", "141221", "112214", "112412", "122114", "122411", "142112", "142211", "241211", "221114",
    "413111", "241112", "134111", "111242", "121142", "121241", "114212", "124112", "124211", "411212", "421112",
    "421211", "212141", "214121", "412121", "111143", "111341", "131141", "114113", "114311", "411113", "411311",
    "113141", "114131", "311141", "411131", "211412", "211214", "211232", "2331112",
];
const START_B: usize = 104;
const STOP: usize = 106;
/// White modules on either side that belong to the code.
pub const QUIET_MODULES: f32 = 10.0;
/// Longest text: registration and run numbers have 11 letters, tracking numbers at most 30.
const LETTERS_MAX: usize = 30;

/// Dark bars from the left, in modules, without the white around them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bars {
    /// Left edge and width of each.
    pub dark: Vec<(u32, u32)>,
    /// Width of the whole.
    pub modules: u32,
}

/// The symbols of `text` from start to stop, with the check symbol; nothing for an empty or long one, or for letters that set
/// B has not.
fn symbols(text: &str) -> Option<Vec<usize>> {
    let letters: Vec<usize> =
        text.bytes().map(|b| usize::from(b).checked_sub(32).filter(|v| *v < 95)).collect::<Option<_>>()?;
    if letters.is_empty() || letters.len() > LETTERS_MAX {
        return None;
    }
    let sum: usize = letters.iter().enumerate().map(|(at, value)| (at + 1) * value).sum();
    Some([vec![START_B], letters, vec![(START_B + sum) % 103, STOP]].concat())
}

/// The bars of `text`; nothing when Code 128 cannot say it here.
#[must_use]
pub fn bars(text: &str) -> Option<Bars> {
    let mut out = Bars { dark: Vec::new(), modules: 0 };
    for symbol in symbols(text)? {
        for (at, width) in WIDTHS[symbol].bytes().enumerate() {
            let width = u32::from(width - b'0');
            if at % 2 == 0 {
                out.dark.push((out.modules, width));
            }
            out.modules += width;
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_symbol_is_eleven_modules_wide_and_none_is_like_another() {
        let wide = |w: &str| w.bytes().map(|b| u32::from(b - b'0')).sum::<u32>();
        assert!(WIDTHS[..STOP].iter().all(|w| w.len() == 6 && wide(w) == 11));
        assert_eq!(wide(WIDTHS[STOP]), 13);
        assert_eq!(WIDTHS.iter().collect::<BTreeSet<_>>().len(), WIDTHS.len());
        // The three bars of a symbol are an even number of modules: how readers notice a misread one.
        let dark = |w: &str| w.bytes().step_by(2).map(|b| u32::from(b - b'0')).sum::<u32>();
        assert!(WIDTHS[..STOP].iter().all(|w| dark(w) % 2 == 0));
    }

    #[test]
    fn the_check_symbol_is_the_weighted_sum_and_the_width_follows() {
        // The example of the literature in set B: 104 + 48 + 84 + 126 + 68 + 90 + 114 + 245 = 879, and 879 mod 103 is 55.
        assert_eq!(symbols("PJJ123C").map(|s| s[8]), Some(55));
        assert_eq!(bars("PJJ123C").map(|b| b.modules), Some(9 * 11 + 13));
        for no in ["", "é", &"A".repeat(31)] {
            assert_eq!(bars(no), None, "{no}");
        }
    }
}
