//! The sheet that closes a day at a counter (Tutup hari, peers.md N1): what it says, what its number range adds up to,
//! and where the district's own view differs from it. Which events belong to it is told by places in the log, never by
//! a clock: the sheets of a computer cover its log without a gap.

use crate::event::{self, Body};
use crate::number::{COUNTER_MAX, Number};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};

/// Numbers named in one difference: more would not be read; how many there are is said.
pub const NAMED_MAX: usize = 20;
/// Runs of numbers in one sheet: a day of two hundred unclean ends; what is beyond stands in the log all the same.
pub const RUNS_MAX: usize = 200;

/// Payload of `day.closed/1`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct DayClosed {
    /// Number of the sheet, dense from 1 on this computer.
    pub n: i64,
    /// The calendar day that is closed, `YYYY-MM-DD`.
    pub day: String,
    /// The calendar day on which it was closed: another one when nobody closed it in time.
    pub on: String,
    /// Hash of the sheet before, in hex; empty on the first.
    pub prev: String,
    /// Which places of the log it covers.
    pub logs: Vec<Span>,
    /// The registration numbers given out in them.
    pub numbers: Vec<Numbers>,
    /// Applications taken in.
    pub taken: i64,
    /// Of these, how many have left this computer at least once, by network or stick.
    pub sent: i64,
    /// Of these, how many the district has acknowledged.
    pub acknowledged: i64,
    /// Receipts printed.
    pub printed: i64,
    /// Applications taken in without a printed receipt.
    pub unprinted: i64,
    /// Applications that only this computer has, those of earlier days too.
    pub waiting: i64,
    /// Scans that only this computer has.
    pub scans: i64,
    /// Where this computer stood in the office's feed: number and short hash.
    pub seen: (i64, String),
    /// Ed25519 by the computer over [`DayClosed::signed_bytes`], in hex; empty while signing.
    pub sig: String,
}

/// Places of one life of the log.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Span {
    /// Incarnation, 16 hex digits.
    pub i: String,
    /// First place.
    pub f: i64,
    /// Last place.
    pub t: i64,
    /// Short chain at the last place.
    pub c: String,
    /// Last place the district has acknowledged, when the day was closed.
    pub a: i64,
}

/// The numbers of one code.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Numbers {
    /// Symbols in front.
    pub c: String,
    /// First counter.
    pub f: i64,
    /// Last counter.
    pub t: i64,
    /// Given to applications, in runs.
    pub used: Vec<(i64, i64)>,
    /// Never to be used, as `num.skipped` says, in runs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub skipped: Vec<(i64, i64)>,
}

impl Numbers {
    /// Counters of the range that neither stand on an application nor were skipped: nobody explains them.
    #[must_use]
    pub fn unexplained(&self) -> Vec<(i64, i64)> {
        let known = self.used.iter().chain(&self.skipped);
        let known: BTreeSet<i64> = known.flat_map(|(from, to)| *from..=(*to).min(self.t)).collect();
        let missing: BTreeSet<i64> = (self.f..=self.t).filter(|n| !known.contains(n)).collect();
        runs(&missing)
    }
}

/// Payload of `st.day/1`: what the district found when it compared a sheet.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct DayCompared {
    /// The sheet, by its uid in hex.
    pub r: String,
    /// Its computer.
    pub d: String,
    /// The day it closes.
    pub day: String,
    /// What differs; empty when both say the same.
    pub x: Vec<Difference>,
}

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// What: `signature`, `link`, `twice`, `log`, `taken`, `printed`, `numbers`, `gap`, `lost`, `early`, `more`.
    pub w: String,
    /// What the sheet says, in words or numbers.
    pub s: String,
    /// What the district has.
    pub h: String,
}

/// A difference of kind `what`.
#[must_use]
pub fn differs(what: &str, said: impl ToString, held: impl ToString) -> Difference {
    Difference { w: what.to_owned(), s: said.to_string(), h: held.to_string() }
}

impl DayClosed {
    /// Bytes that the computer signs.
    ///
    /// # Errors
    /// When it cannot be written as JSON, which nothing in it can cause.
    pub fn signed_bytes(&self) -> Result<Vec<u8>, serde_json::Error> {
        let bare = DayClosed { sig: String::new(), ..self.clone() };
        Ok([b"jukung-day-1\n".as_slice(), &serde_json::to_vec(&bare)?].concat())
    }

    /// What the next sheet names as the one before.
    ///
    /// # Errors
    /// As [`DayClosed::signed_bytes`].
    pub fn hash(&self) -> Result<String, serde_json::Error> {
        Ok(hex::encode(Sha256::digest(serde_json::to_vec(self)?)))
    }
}

/// What the events of a day add up to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Counted {
    /// Numbers of the applications taken in.
    pub taken: BTreeSet<String>,
    /// Receipts printed.
    pub printed: i64,
    /// Numbers on printed receipts.
    pub on_paper: BTreeSet<String>,
    used: BTreeMap<String, BTreeSet<i64>>,
    skipped: BTreeMap<String, BTreeSet<i64>>,
}

impl Counted {
    /// Takes one event in, and gives the number of an application that was taken in by it.
    pub fn add(&mut self, raw: &str) -> Option<String> {
        let Ok(Ok(Some(body))) = event::read(raw).map(|e| Body::read(&e)) else { return None };
        if let Body::Create(created) = body {
            self.give(&created.n);
            self.taken.insert(created.n.clone());
            return Some(created.n);
        }
        if let Body::Renumber(renumbered) = &body {
            self.give(&renumbered.n);
        }
        // It has a number of the same run, and is no application.
        if let Body::Complained(complaint) = &body {
            self.give(&complaint.n);
        }
        if let Body::Printed(print) = &body {
            self.printed += 1;
            self.on_paper.insert(print.n.clone());
        }
        // Older builds did not say whose numbers: their sheets do not exist either.
        if let Body::NumbersSkipped(skip) = body
            && !skip.code.is_empty()
        {
            self.skipped.entry(skip.code).or_default().extend(skip.from..=skip.to.min(skip.from + COUNTER_MAX));
        }
        None
    }

    fn give(&mut self, number: &str) {
        if let Ok(number) = Number::parse(number) {
            self.used.entry(number.code().to_owned()).or_default().insert(number.counter());
        }
    }

    /// The number ranges; each begins after what the sheets before have told. What moved here from another life and was
    /// told there counts as told.
    #[must_use]
    pub fn numbers(&self, told: &BTreeMap<String, i64>) -> Vec<Numbers> {
        let codes: BTreeSet<&String> = self.used.keys().chain(self.skipped.keys()).collect();
        let mut all = Vec::new();
        for code in codes {
            let after = |from: &BTreeMap<String, BTreeSet<i64>>, than: i64| -> BTreeSet<i64> {
                from.get(code).into_iter().flatten().copied().filter(|n| *n > than).collect()
            };
            let had = told.get(code).copied().unwrap_or(0);
            let (used, skipped) = (after(&self.used, had), after(&self.skipped, had));
            // A code whose numbers were all told before stays named, so that the district counts from the same place.
            let t = used.iter().chain(&skipped).max().copied().unwrap_or(had);
            all.push(Numbers { c: code.clone(), f: had + 1, t, used: runs(&used), skipped: runs(&skipped) });
        }
        all
    }

    /// Numbers of the applications that no sheet before has told.
    #[must_use]
    pub fn untold(&self, told: &BTreeMap<String, i64>) -> BTreeSet<String> {
        let is_new =
            |n: &&String| Number::parse(n).map_or(true, |n| n.counter() > told.get(n.code()).copied().unwrap_or(0));
        self.taken.iter().filter(is_new).cloned().collect()
    }
}

/// Neighbours as runs, at most [`RUNS_MAX`].
#[must_use]
pub fn runs(numbers: &BTreeSet<i64>) -> Vec<(i64, i64)> {
    let mut out: Vec<(i64, i64)> = Vec::new();
    for n in numbers {
        match out.last_mut() {
            Some(last) if last.1 + 1 == *n => last.1 = *n,
            _ => out.push((*n, *n)),
        }
    }
    out.truncate(RUNS_MAX);
    out
}

/// What the sheet itself told before: the ends of its ranges' beginnings.
#[must_use]
pub fn told_before(sheet: &DayClosed) -> BTreeMap<String, i64> {
    sheet.numbers.iter().map(|n| (n.c.clone(), n.f - 1)).collect()
}

/// The district's view of the places a sheet covers.
#[derive(Debug, Clone, Default)]
pub struct View {
    /// Per span: short chain at its last place; none when nothing stands there.
    pub chains: Vec<Option<String>>,
    /// Events of the spans.
    pub counted: Counted,
    /// Numbers that the sheet calls acknowledged and this database had lost.
    pub lost: Vec<String>,
    /// Numbers that this district had told the computer and the sheet calls not acknowledged.
    pub early: Vec<String>,
    /// Numbers in this database of places that no sheet covers.
    pub more: Vec<String>,
    /// Hash of the sheet before this one; none when it is not here.
    pub before: Option<String>,
    /// The computer's signature is on the sheet.
    pub signed: bool,
    /// Another sheet has the same number.
    pub twice: bool,
}

/// Every difference between a sheet and the district's view, in the order in which a person looks for causes.
#[must_use]
pub fn compare(sheet: &DayClosed, view: &View) -> Vec<Difference> {
    let mut found = Vec::new();
    if !view.signed {
        found.push(differs("signature", "", ""));
    }
    if view.twice {
        found.push(differs("twice", sheet.n, ""));
    }
    if sheet.n > 1 && view.before.as_ref() != Some(&sheet.prev) {
        found.push(differs("link", sheet.n, sheet.n - 1));
    }
    for (span, chain) in sheet.logs.iter().zip(&view.chains) {
        if chain.as_ref() != Some(&span.c) {
            found.push(differs("log", span.t, chain.as_deref().unwrap_or("-")));
        }
    }
    let told = told_before(sheet);
    let taken = i64::try_from(view.counted.untold(&told).len()).unwrap_or(i64::MAX);
    if taken != sheet.taken {
        found.push(differs("taken", sheet.taken, taken));
    }
    if view.counted.printed != sheet.printed {
        found.push(differs("printed", sheet.printed, view.counted.printed));
    }
    let numbers = view.counted.numbers(&told);
    if numbers != sheet.numbers {
        found.push(differs("numbers", written(&sheet.numbers), written(&numbers)));
    }
    for range in &sheet.numbers {
        let missing = range.unexplained();
        if !missing.is_empty() {
            found.push(differs("gap", of_code(&range.c, &missing), ""));
        }
    }
    for (what, numbers) in [("lost", &view.lost), ("early", &view.early), ("more", &view.more)] {
        if !numbers.is_empty() {
            found.push(differs(what, named(numbers), numbers.len()));
        }
    }
    found
}

fn named(numbers: &[String]) -> String {
    numbers.iter().take(NAMED_MAX).cloned().collect::<Vec<_>>().join(", ")
}

/// `K7F 41–52, 73` for runs of one code.
#[must_use]
pub fn of_code(code: &str, runs: &[(i64, i64)]) -> String {
    let run = |(f, t): &(i64, i64)| if f == t { format!("{f:04}") } else { format!("{f:04}–{t:04}") };
    format!("{code}-{}", runs.iter().map(run).collect::<Vec<_>>().join(", "))
}

fn written(numbers: &[Numbers]) -> String {
    if numbers.is_empty() {
        return "–".into();
    }
    numbers.iter().map(|n| of_code(&n.c, &n.used)).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(used: &[(i64, i64)], skipped: &[(i64, i64)], t: i64) -> Numbers {
        Numbers { c: "K7F".into(), f: 1, t, used: used.to_vec(), skipped: skipped.to_vec() }
    }

    #[test]
    fn a_number_that_nobody_explains_is_named() {
        assert_eq!(numbers(&[(1, 3), (24, 24)], &[(4, 23)], 24).unexplained(), []);
        assert_eq!(numbers(&[(1, 3), (24, 24)], &[(5, 22)], 24).unexplained(), [(4, 4), (23, 23)]);
    }

    #[test]
    fn runs_join_neighbours_and_nothing_else() {
        assert_eq!(runs(&[1, 2, 3, 7, 9, 10].into()), [(1, 3), (7, 7), (9, 10)]);
    }

    #[test]
    fn a_sheet_that_says_what_is_held_has_no_difference_and_each_change_of_it_has_one() {
        let mut counted = Counted::default();
        for n in 1..=3 {
            let number = Number::new("K7F", n).expect("number").to_string();
            counted.give(&number);
            counted.taken.insert(number);
        }
        let view = View {
            chains: vec![Some("ab".into())],
            counted,
            before: Some("p".into()),
            signed: true,
            ..View::default()
        };
        let sheet = DayClosed {
            n: 2,
            prev: "p".into(),
            logs: vec![Span { c: "ab".into(), t: 3, ..Span::default() }],
            numbers: vec![numbers(&[(1, 3)], &[], 3)],
            taken: 3,
            ..DayClosed::default()
        };
        assert_eq!(compare(&sheet, &view), []);
        let changed = |change: &dyn Fn(&mut DayClosed)| {
            let mut other = sheet.clone();
            change(&mut other);
            compare(&other, &view).into_iter().map(|d| d.w).collect::<Vec<_>>()
        };
        assert_eq!(changed(&|s| s.prev = "q".into()), ["link"]);
        assert_eq!(changed(&|s| s.taken = 2), ["taken"]);
        assert_eq!(changed(&|s| s.printed = 1), ["printed"]);
        assert_eq!(changed(&|s| s.logs[0].c = "cd".into()), ["log"]);
        assert_eq!(changed(&|s| s.numbers[0].used = vec![(1, 1), (3, 3)]), ["numbers", "gap"]);
        assert_ne!(sheet.hash().expect("hash"), DayClosed { taken: 4, ..sheet.clone() }.hash().expect("hash"));
    }
}
