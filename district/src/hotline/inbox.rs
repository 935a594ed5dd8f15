//! What families write: each message taken in once, answered by rule, or handed over to a person at the desk.

use super::Way;
use super::outbox::{WINDOW_MS, queue};
use super::reply::{self, Wish};
use crate::District;
use crate::complaint::Source;
use crate::family::status::{NotSeen, Proof, Seen, without_numbers};
use jukung_domain::complaint::{Complaint, SHORT_MAX, WORDS_MAX};
use jukung_domain::problem::Problem;
use jukung_domain::texts::say;
use jukung_domain::two_words;
use jukung_domain::words::long_day;
use jukung_ledger::tx::first;
use jukung_ledger::{Tx, params};
use serde::Serialize;
use utoipa::ToSchema;

/// Longest message kept, in characters; WhatsApp itself allows 4,096.
pub const TEXT_MAX: usize = 4_096;
/// Talks shown to officers.
const TALKS_MAX: i64 = 100;
/// Lines of one talk shown.
const LINES_MAX: i64 = 100;
/// Digits of a NIK: never kept from a message, whoever wrote it.
const NIK_DIGITS: usize = 16;

/// One message as the carrier told it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// The carrier's name of the message.
    pub name: String,
    /// E.164.
    pub sender: String,
    /// When it was written, ms.
    pub at: i64,
    /// Its text; empty for anything but text.
    pub text: String,
}

/// One talk as officers see it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Talk {
    /// The number, as stored.
    sender: String,
    /// A person is asked for.
    waits: bool,
    /// When the family wrote last, ms.
    heard: i64,
    /// One may still write freely.
    open: bool,
    /// Lines, oldest first: `in` or `out`, and the text.
    lines: Vec<(String, String)>,
}

impl District {
    /// Takes one message in and queues its answer in the same transaction. One that came before changes nothing; one that
    /// is older than what was heard already is kept and answered all the same.
    ///
    /// # Errors
    /// Those of the database.
    pub fn hear(&self, heard: &Heard, now: i64) -> Result<(), Problem> {
        let plain: String = heard.text.replace('\0', "").chars().take(TEXT_MAX).collect();
        let text = without_numbers(&plain, NIK_DIGITS);
        let fresh = self.db.write(|tx| {
            let sql = "INSERT INTO heard (name, sender, at, body) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
            if tx.execute(sql, params![&heard.name, &heard.sender, heard.at, &text])? == 0 {
                return Ok(false);
            }
            tx.execute(
                "INSERT INTO talk (sender, heard, waits, lost) VALUES ($1, $2, 0, 0) ON CONFLICT (sender) DO UPDATE SET
                   heard = CASE WHEN talk.heard < excluded.heard THEN excluded.heard ELSE talk.heard END",
                params![&heard.sender, heard.at.min(now)],
            )?;
            Ok::<_, Problem>(true)
        })?;
        if !fresh {
            return Ok(());
        }
        let answer = if text == plain { self.answer_to(&text, heard, now)? } else { Some(say("hotline.no_nik", &[])) };
        let Some(answer) = answer else { return Ok(()) };
        let cause = format!("reply:{}", heard.name);
        self.db.write(|tx| queue(tx, &cause, (Way::WhatsApp, &heard.sender), &answer, &[], now))
    }

    /// The answer by rule; none while a person answers.
    fn answer_to(&self, text: &str, heard: &Heard, now: i64) -> Result<Option<String>, Problem> {
        let settings = self.settings()?;
        match reply::wish(text) {
            Wish::Status(number) => {
                let address = format!("wa:{}", heard.sender);
                // The year of birth is no second fact here: who writes has the paper with the two words.
                let seen = self.seen(&number, &Proof::Typed(format!("{number} {text}")), &address, now);
                Ok(Some(match seen {
                    Ok(seen) => status(&seen),
                    Err(NotSeen::Complaint(link)) if !settings.site.is_empty() => {
                        let url = format!("{}/pengaduan/{link}", settings.site.trim_end_matches('/'));
                        say("hotline.complaint_link", &[("number", &number), ("url", &url)])
                    }
                    Err(NotSeen::TooOften(minutes)) => say("hotline.too_often", &[("minutes", &minutes.to_string())]),
                    Err(NotSeen::Failed(problem)) => return Err(problem),
                    Err(NotSeen::Unknown | NotSeen::Mistyped | NotSeen::Complaint(_)) => say("hotline.unknown", &[]),
                }))
            }
            Wish::Complaint(kind, words) => self.db.write(|tx| {
                let contact: String = heard.sender.chars().take(SHORT_MAX).collect();
                let words = words.chars().take(WORDS_MAX).collect();
                let complaint = Complaint { kind: kind.into(), words, contact, ..Complaint::default() };
                let kept = self.complain(tx, complaint, Source::WhatsApp, now)?;
                let due = kept.due.parse().map_or_else(|_| kept.due.clone(), long_day);
                let words = kept.id.parse().map(two_words::of).unwrap_or(["", ""]).join(" ");
                Ok(Some(say("hotline.complaint", &[("number", &kept.number), ("words", &words), ("day", &due)])))
            }),
            Wish::EmptyComplaint => Ok(Some(say("hotline.complaint_how", &[]))),
            Wish::Person => self.hand_over(&heard.sender, &settings.hotline_hours),
            Wish::Unclear => self.not_understood(&heard.sender, &settings.hotline_hours),
        }
    }

    fn hand_over(&self, sender: &str, hours: &str) -> Result<Option<String>, Problem> {
        let waited = self.db.write(|tx| {
            let waits = waits(tx, sender)?;
            tx.execute("UPDATE talk SET waits = 1 WHERE sender = $1", params![sender])?;
            Ok::<_, Problem>(waits)
        })?;
        Ok((!waited).then(|| say("hotline.person", &[("hours", hours)])))
    }

    /// The first time, what the hotline can do is told; the second time in a row a person is asked for. While one is, the
    /// rules are silent.
    fn not_understood(&self, sender: &str, hours: &str) -> Result<Option<String>, Problem> {
        let (waits, lost) = self.db.write(|tx| {
            let waits = waits(tx, sender)?;
            tx.execute("UPDATE talk SET lost = lost + 1 WHERE sender = $1", params![sender])?;
            let row = first(tx, "SELECT lost FROM talk WHERE sender = $1", params![sender])?;
            Ok::<_, Problem>((waits, row.map_or(Ok(0), |r| r.int(0))?))
        })?;
        match (waits, lost) {
            (true, _) => Ok(None),
            (false, 1) => Ok(Some(say("hotline.help", &[]))),
            (false, _) => self.hand_over(sender, hours),
        }
    }

    /// Talks in which a person is asked for first, then the newest.
    ///
    /// # Errors
    /// Those of the database.
    pub fn talks(&self) -> Result<Vec<Talk>, Problem> {
        if !self.area.is_whole() {
            return Ok(Vec::new());
        }
        let now = self.edge.now();
        self.db.read(|tx| {
            let sql = "SELECT sender, waits, heard FROM talk ORDER BY waits DESC, heard DESC, sender LIMIT $1";
            let mut talks = Vec::new();
            for row in tx.query(sql, params![TALKS_MAX])? {
                let (sender, heard) = (row.text(0)?, row.int(2)?);
                let sql = "SELECT way, body FROM (
                    SELECT 'in' AS way, body, at AS t, name AS n FROM heard WHERE sender = $1
                    UNION ALL SELECT 'out' AS way, body, made AS t, id AS n FROM message WHERE recipient = $1
                  ) AS lines ORDER BY t DESC, n LIMIT $2";
                let mut lines = Vec::new();
                for line in tx.query(sql, params![&sender, LINES_MAX])? {
                    lines.push((line.text(0)?, line.text(1)?));
                }
                lines.reverse();
                talks.push(Talk { sender, waits: row.int(1)? == 1, heard, open: now - heard < WINDOW_MS, lines });
            }
            Ok(talks)
        })
    }

    /// A person answers; the rules answer again afterwards. Outside the 24 hours nothing may be written freely.
    ///
    /// # Errors
    /// `reason_needed` without words, `not_found`, `not_allowed` outside the window.
    pub fn answer_talk(&self, sender: &str, words: &str) -> Result<(), Problem> {
        self.sees_everything()?;
        let now = self.edge.now();
        let words: String =
            without_numbers(words.trim(), NIK_DIGITS).replace('\0', "").chars().take(TEXT_MAX).collect();
        if words.is_empty() {
            return Err(Problem::new("reason_needed"));
        }
        let cause = format!("person:{}", self.edge.new_id());
        self.db.write(|tx| {
            let row = first(tx, "SELECT heard FROM talk WHERE sender = $1", params![sender])?;
            let heard = row.ok_or_else(|| Problem::new("not_found"))?.int(0)?;
            if now - heard >= WINDOW_MS {
                return Err(Problem::new("not_allowed").with("status", "window"));
            }
            tx.execute("UPDATE talk SET waits = 0, lost = 0 WHERE sender = $1", params![sender])?;
            queue(tx, &cause, (Way::WhatsApp, sender), &words, &[], now)
        })
    }
}

fn waits(tx: &mut dyn Tx, sender: &str) -> Result<bool, Problem> {
    tx.execute("UPDATE talk SET waits = waits WHERE sender = $1", params![sender])?;
    let row = first(tx, "SELECT waits FROM talk WHERE sender = $1", params![sender])?;
    Ok(row.map_or(Ok(0), |r| r.int(0))? == 1)
}

/// Where an application stands, beginning with the two words that the family wrote: so it knows that we are the ones.
fn status(seen: &Seen) -> String {
    let code = seen.status.code();
    let (status, next) = if seen.held.is_empty() {
        (format!("family.status.{code}"), format!("family.next.{code}"))
    } else {
        ("family.status.held".to_owned(), "family.next.held".to_owned())
    };
    let promised = seen.promised.map_or_else(String::new, |day| say("hotline.promised", &[("day", &long_day(day))]));
    let text = say(
        "hotline.status",
        &[
            ("words", &seen.words.join(" ")),
            ("service", &seen.service),
            ("number", &seen.number),
            ("status", &say(&status, &[("day", &seen.held)])),
            ("since", &long_day(seen.since)),
            ("next", &say(&next, &[("office", &seen.office.name)])),
        ],
    );
    format!("{text} {promised}").trim_end().to_owned()
}
