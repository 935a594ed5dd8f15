//! "Penyelia": the counters of the subdistrict as the Dinas last told them, kept here so that they are shown without a
//! network too, each with its age (decision 0034). Counters are compared, people never.

use crate::audit::{self, Act, Did};
use crate::edge::{age, long_day, short_day};
use crate::samples::SampleLine;
use crate::{Office, settings, stored};
use jukung_domain::number::Number;
use jukung_domain::problem::Problem;
use jukung_domain::subdistrict::{OfficeTold, PinAsk, PinTold, Subdistrict, WeekTold, is_older, supervises};
use jukung_domain::texts::{has, say};
use jukung_domain::wire::SyncAnswer;
use jukung_ledger::Tx;
use serde::{Deserialize, Serialize};

/// Digits that a locked screen shows (office `session`).
const CHALLENGE_DIGITS: usize = 6;

/// Values in `meta`: what was told, and when by this computer's clock.
const TOLD: &str = "subdistrict";
const TAKEN: &str = "subdistrict_taken";
/// While the screen is open, what is older than this is asked for again: a call with 20 villages costs a kilobyte.
const LOOKED_AT_MS: i64 = 5 * 60_000;
/// Otherwise, once somebody has looked at it: so that the morning begins with yesterday evening's at the oldest.
const UNSEEN_MS: i64 = 6 * 60 * 60_000;
/// A counter that was silent for longer is told as of that day.
const STALE_MS: i64 = 2 * 86_400_000;

/// A counter in one week.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CounterLine {
    /// Kemendagri code.
    pub code: String,
    /// `Desa Tungkap`, and that it is this counter.
    pub office: String,
    /// People who handed files in.
    pub people: u32,
    /// Files that arrived.
    pub files: u32,
    /// What had not come with its last call, in words; empty when all had.
    pub unsent: Vec<String>,
    /// `2 (50 %)`.
    pub returned: String,
    /// So many came back that somebody should ask why.
    pub conspicuous: bool,
    /// Why they came back, the most frequent reason first.
    pub reasons: Vec<String>,
    /// The oldest version among its computers; empty when none has called.
    pub version: String,
    /// There is a newer one.
    pub old_version: bool,
    /// Its last contact.
    pub last: String,
    /// Of when the line is, when that is long ago: `data 3 hari lalu`; empty otherwise.
    pub stale: String,
    /// Another computer of the office has been silent for long; empty when none has.
    pub silent: String,
}

/// The counters in one week.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CounterWeek {
    /// `Minggu ini`, with its first day.
    pub title: String,
    /// By code, in no order of merit.
    pub lines: Vec<CounterLine>,
}

/// The screen "Penyelia".
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SubdistrictScreen {
    /// `Kecamatan Tapin Utara`, or the village's own office.
    pub title: String,
    /// `subdistrict`, or `own` for an office that supervises no other.
    pub reach: String,
    /// When the Dinas told it, in words; empty before it did.
    pub told: String,
    /// It is time to ask again.
    pub old: bool,
    /// This week and the last one; empty before the Dinas told anything.
    pub weeks: Vec<CounterWeek>,
    /// No other office of the subdistrict has a computer at work.
    pub alone: bool,
    /// Files of this counter to be read, those not read yet first.
    pub samples: Vec<SampleLine>,
    /// How many of them nobody has read.
    pub unread: u32,
    /// Where the help with a forgotten PIN stands, in words; empty when nobody asked for it.
    pub pin: String,
    /// The code to be read out, once the Dinas told it.
    pub pin_code: String,
}

/// A forgotten PIN at another counter: what is asked of the Dinas, and what it last answered. It is stored nowhere.
#[derive(Debug, Clone, Default)]
pub struct PinHelp {
    /// Goes with the next call.
    pub ask: Option<PinAsk>,
    /// The last answer.
    pub told: Option<PinTold>,
}

/// What was told, and when it was taken by this computer's clock.
type Kept = Option<(Subdistrict, i64)>;

fn kept(tx: &mut dyn Tx) -> Result<Kept, Problem> {
    let (text, taken) = (settings::get(tx, TOLD)?, settings::get(tx, TAKEN)?);
    let told: Option<Subdistrict> = serde_json::from_str(&text).ok();
    Ok(told.map(|told| (told, taken.parse().unwrap_or(0))))
}

/// Whether more than `most` passed since; also when the clock went back, for then nobody knows.
fn is_past(since: i64, most: i64, now: i64) -> bool {
    !(0..most).contains(&(now - since))
}

fn pin_words(help: &PinHelp) -> String {
    if let Some(ask) = &help.ask {
        return say("subdistrict.pin_asked", &[("code", &ask.code)]);
    }
    let Some(told) = &help.told else { return String::new() };
    let key = match told.problem.as_str() {
        "" => "subdistrict.pin_told",
        "recovery_not_kept" => "subdistrict.pin_not_kept",
        _ => "subdistrict.pin_not_found",
    };
    say(key, &[("code", &told.ask.code), ("challenge", &told.ask.challenge)])
}

impl Office {
    /// The screen. What stands here and is not read anew is what the Dinas told last.
    ///
    /// # Errors
    /// Those of storage.
    pub fn subdistrict(&self) -> Result<SubdistrictScreen, Problem> {
        let (now, card) = (self.now(), &self.identity.office);
        let kept = self.db.read(kept)?;
        let samples = self.samples()?;
        let others = kept.iter().flat_map(|(told, _)| &told.offices).filter(|office| office.code != card.code).count();
        let reach = if supervises(&card.code) { "subdistrict" } else { "own" };
        Ok(SubdistrictScreen {
            title: card.name.clone(),
            reach: reach.into(),
            told: kept.as_ref().map_or_else(String::new, |(told, _)| self.told_when(told.at, now)),
            old: kept.as_ref().is_none_or(|(_, taken)| is_past(*taken, LOOKED_AT_MS, now)),
            weeks: kept.as_ref().map_or_else(Vec::new, |(told, _)| self.weeks(told, now)),
            alone: others == 0,
            unread: u32::try_from(samples.iter().filter(|s| !s.read).count()).unwrap_or(u32::MAX),
            samples,
            pin: pin_words(&self.live().pin),
            pin_code: self.live().pin.told.map(|told| told.told).unwrap_or_default(),
        })
    }

    /// Asks the Dinas for the code that lets somebody at another counter choose a new PIN: with the next call, made now. It
    /// is written down who asked for which computer.
    ///
    /// # Errors
    /// `pin_ask_wrong` for what is no code of a computer or no six digits; those of storage.
    pub fn ask_pin_code(&self, computer: &str, challenge: &str) -> Result<(), Problem> {
        let digits: String = challenge.chars().filter(char::is_ascii_digit).collect();
        let code = computer.trim().to_uppercase();
        if digits.len() != CHALLENGE_DIGITS || Number::new(&code, 1).is_none() {
            return Err(Problem::new("pin_ask_wrong"));
        }
        let challenge = format!("{}-{}-{}", &digits[..2], &digits[2..4], &digits[4..]);
        let (did, now) = (Did::new(Act::Secret, ("computer", code.as_str()), "pin_code"), self.now());
        self.db.write(|tx| audit::note(tx, &self.identity, &did, now))?;
        self.set_live(|live| live.pin = PinHelp { ask: Some(PinAsk { code, challenge }), told: None });
        self.nudge();
        Ok(())
    }

    /// The next call asks the Dinas for the figures, and is made now.
    pub fn ask_subdistrict(&self) {
        self.set_live(|live| live.asks = true);
        self.nudge();
    }

    /// Whether a call asks for them: a supervisor looks, or somebody looked once and they grew old. Counters where nobody
    /// ever opened the screen never ask.
    ///
    /// # Errors
    /// Those of storage.
    pub(crate) fn asks_for_subdistrict(&self, tx: &mut dyn Tx) -> Result<bool, Problem> {
        Ok(self.live().asks || kept(tx)?.is_some_and(|(_, taken)| is_past(taken, UNSEEN_MS, self.now())))
    }

    /// Takes the figures out of an answer. One that comes late, by stick or twice, does not replace a newer one; a newer one
    /// that lies in the future was told by a clock that was wrong.
    ///
    /// # Errors
    /// Those of storage.
    pub(crate) fn take_subdistrict(&self, tx: &mut dyn Tx, answer: &SyncAnswer, now: i64) -> Result<(), Problem> {
        if let Some(told) = answer.pin.clone() {
            // An answer to what is not asked any more is nobody's.
            self.set_live(|live| {
                if live.pin.ask.as_ref() == Some(&told.ask) {
                    live.pin = PinHelp { ask: None, told: Some(told) };
                }
            });
        }
        let Some(told) = &answer.sub else { return Ok(()) };
        self.set_live(|live| live.asks = false);
        if kept(tx)?.is_some_and(|(before, _)| before.at > told.at && before.at <= now) {
            return Ok(());
        }
        let text = serde_json::to_string(told).map_err(|e| stored(e.into()))?;
        settings::set(tx, TOLD, &text)?;
        settings::set(tx, TAKEN, &now.to_string())
    }

    fn weeks(&self, told: &Subdistrict, now: i64) -> Vec<CounterWeek> {
        let title = |at: usize, first: &String| {
            let day = first.parse().map_or_else(|_| first.clone(), short_day);
            say(if at == 0 { "subdistrict.this_week" } else { "subdistrict.last_week" }, &[("day", &day)])
        };
        let lines = |at: usize| told.offices.iter().map(|office| self.line(told, office, at, now)).collect();
        told.weeks
            .iter()
            .enumerate()
            .map(|(at, first)| CounterWeek { title: title(at, first), lines: lines(at) })
            .collect()
    }

    fn line(&self, told: &Subdistrict, office: &OfficeTold, at: usize, now: i64) -> CounterLine {
        let nothing = WeekTold::default();
        let week = office.weeks.get(at).unwrap_or(&nothing);
        let versions = office.computers.iter().map(|c| c.version.as_str()).filter(|v| !v.is_empty());
        let version = versions.reduce(|one, other| if is_older(other, one) { other } else { one }).unwrap_or_default();
        let last = office.computers.iter().map(|c| c.last).max().unwrap_or(0);
        let is_stale = last > 0 && now - last > STALE_MS;
        let number = |n: i64| u32::try_from(n).unwrap_or(0);
        CounterLine {
            code: office.code.clone(),
            office: if office.code == self.identity.office.code {
                say("subdistrict.mine", &[("office", &office.name)])
            } else {
                office.name.clone()
            },
            people: number(week.people),
            files: number(week.files),
            unsent: unsent(office, now),
            returned: returned(week),
            conspicuous: week.is_conspicuous(),
            reasons: reasons(week),
            version: version.to_owned(),
            old_version: is_older(version, &told.version),
            last: self.contact(last, now),
            stale: if is_stale { say("subdistrict.stale", &[("age", &age(last, now))]) } else { String::new() },
            silent: if is_stale { String::new() } else { silent(office, last, now) },
        }
    }

    /// `hari ini 09.32`, `kemarin 15.10`, `20 Nov`.
    fn contact(&self, at: i64, now: i64) -> String {
        if at == 0 {
            return say("subdistrict.never", &[]);
        }
        let (then, today) = (self.local(at), self.local(now).day());
        let named = |key: &str| say(key, &[("time", &then.time())]);
        if then.day() == today {
            named("subdistrict.today")
        } else if then.day().tomorrow().is_ok_and(|next| next == today) {
            named("subdistrict.yesterday")
        } else {
            short_day(then.day())
        }
    }

    fn told_when(&self, at: i64, now: i64) -> String {
        let then = self.local(at);
        let values = [("day", long_day(then.day())), ("time", then.time()), ("age", age(at, now))];
        let values: Vec<(&str, &str)> = values.iter().map(|(k, v)| (*k, v.as_str())).collect();
        say("subdistrict.told", &values)
    }
}

fn returned(week: &WeekTold) -> String {
    let (n, percent) = (week.returned.to_string(), week.percent().to_string());
    if week.returned == 0 { n } else { say("subdistrict.returned", &[("n", &n), ("percent", &percent)]) }
}

fn reasons(week: &WeekTold) -> Vec<String> {
    let mut all: Vec<(i64, String)> = week
        .reasons
        .iter()
        .map(|(code, n)| {
            let key = format!("why.{code}");
            let why = say(if has(&key) { &key } else { "why.other" }, &[]);
            (-n, say("subdistrict.reason", &[("why", &why), ("n", &n.to_string())]))
        })
        .collect();
    all.sort();
    all.into_iter().map(|(_, said)| said).collect()
}

/// What the Dinas knew to be missing with the last call; what was written since, it does not know.
fn unsent(office: &OfficeTold, now: i64) -> Vec<String> {
    let said = |key: &str, n: i64, since: i64| say(key, &[("n", &n.to_string()), ("age", &age(since, now))]);
    let mut out = Vec::new();
    if office.waits > 0 {
        out.push(said("subdistrict.waits", office.waits, office.waits_since));
    }
    let left: i64 = office.computers.iter().map(|c| c.left).sum();
    if let Some(since) = office.computers.iter().filter(|c| c.left > 0).map(|c| c.left_since).min() {
        out.push(said("subdistrict.left", left, since));
    }
    out
}

/// Other computers of an office that have been silent for long although one of them calls.
fn silent(office: &OfficeTold, last: i64, now: i64) -> String {
    let silent: Vec<i64> =
        office.computers.iter().map(|c| c.last).filter(|at| *at < last && now - *at > STALE_MS).collect();
    let Some(since) = silent.iter().min() else { return String::new() };
    let n = silent.len().to_string();
    if *since == 0 {
        return say("subdistrict.silent_ever", &[("n", &n)]);
    }
    say("subdistrict.silent", &[("n", &n), ("age", &age(*since, now))])
}

#[cfg(test)]
mod tests {
    use super::*;
    use jukung_domain::subdistrict::ComputerTold;

    const HOUR: i64 = 3_600_000;
    const DAY: i64 = 24 * HOUR;

    fn office(last: &[i64]) -> OfficeTold {
        let computer = |last: &i64| ComputerTold { last: *last, ..ComputerTold::default() };
        OfficeTold { computers: last.iter().map(computer).collect(), ..OfficeTold::default() }
    }

    #[test]
    fn a_computer_that_fell_silent_is_told_beside_one_that_calls() {
        let now = 100 * DAY;
        assert_eq!(silent(&office(&[now - HOUR, now - DAY]), now - HOUR, now), "");
        assert!(silent(&office(&[now - HOUR, now - 5 * DAY]), now - HOUR, now).contains("5 hari"));
        assert!(silent(&office(&[now - HOUR, 0]), now - HOUR, now).contains("belum pernah"));
    }

    #[test]
    fn what_had_not_come_is_told_with_the_age_of_the_oldest() {
        let now = 100 * DAY;
        let mut told = office(&[now]);
        assert!(unsent(&told, now).is_empty());
        (told.waits, told.waits_since) = (3, now - 26 * HOUR);
        (told.computers[0].left, told.computers[0].left_since) = (12, now - 2 * HOUR);
        let said = unsent(&told, now);
        assert!(said.len() == 2 && said[0].contains("3 berkas") && said[1].contains("12 catatan"), "{said:?}");
        assert!(said[0].contains("1 hari") && said[1].contains("2 jam"), "{said:?}");
    }

    #[test]
    fn figures_are_asked_for_again_when_old_and_when_the_clock_went_back() {
        assert!(!is_past(10, 5, 12) && is_past(10, 5, 15) && is_past(10, 5, 9));
    }
}
