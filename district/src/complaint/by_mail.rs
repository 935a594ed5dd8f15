//! The answer to a complaint, sent to whoever left an e-mail address for it.

use super::{Happened, Kept, settings_in};
use crate::District;
use crate::family::status::without_numbers;
use crate::hotline::outbox::{COMPLAINANT, queue};
use crate::hotline::{Way, mail};
use jukung_domain::complaint::past_the_counter;
use jukung_domain::problem::Problem;
use jukung_domain::texts::say;
use jukung_domain::{email, two_words};
use jukung_ledger::Tx;

/// Digits of a NIK: never in a message.
const NIK_DIGITS: usize = 16;

impl District {
    /// Queues step `n` of a complaint where it is an answer and an e-mail address was left. Of a complaint that went past the
    /// counter only that there is an answer: others may read that letter box. The address stays where it is, sealed.
    ///
    /// # Errors
    /// Those of the database.
    pub(super) fn answer_by_mail(&self, tx: &mut dyn Tx, kept: &Kept, n: i64, step: &Happened) -> Result<(), Problem> {
        if step.what != "answer" || email::parse(&kept.complaint.contact).is_err() {
            return Ok(());
        }
        let Ok(words) = kept.id.parse().map(two_words::of) else { return Ok(()) };
        let (words, number) = (words.join(" "), kept.number.as_str());
        let text = if past_the_counter(&kept.kind) {
            say("hotline.mail.answer_link", &[("words", &words), ("number", number)])
        } else {
            let answer = without_numbers(step.words.trim(), NIK_DIGITS);
            say("hotline.mail.answer", &[("words", &words), ("number", number), ("answer", &answer)])
        };
        let site = settings_in(tx)?.site;
        let text = if site.is_empty() {
            text
        } else {
            let url = format!("{}/pengaduan/{}", site.trim_end_matches('/'), self.link_to(number, &kept.id, step.at));
            say("hotline.mail.page", &[("text", &text), ("url", &url)])
        };
        let to = format!("{COMPLAINANT}{}", kept.id);
        queue(tx, &format!("answer:{}:{n}", kept.id), (Way::Mail, &to), &mail::letter(&text), &[], step.at)
    }
}
